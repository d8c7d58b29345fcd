//! The page behind a secure link: what an adviser's view shows, as a form that works without script, by keyboard and with
//! a screen reader. It never shows more than [`AdviceRequestView`] does to an adviser, but for what has come with the
//! request and is not submitted yet.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value, json};
use statute::{AdviceKind, AdviceStatus, Basis};

use super::{AdviceRequestView, DocumentInShort, SubmissionView};
use crate::advice::model::Author;
use crate::content::MediaType;
use crate::error::{Error, Fault};
use crate::ids::Id;
use crate::pages;
use crate::words::Vocabulary;

/// The fields of the forms, with the words beside them. Documents come beside these, each by its id.
const FIELDS: [(&str, &str); 9] = [
    ("summary", "Your advice"),
    ("needs", "Needs"),
    ("outcomes", "Outcomes"),
    ("provision", "Provision"),
    ("author_name", "Your name"),
    ("author_role", "Your role"),
    ("teacher_name", "Qualified teacher"),
    ("teacher_on", "Day they were involved"),
    ("reasons", "Your reasons"),
];

/// The fields that hold one item on each line.
const LISTS: [&str; 3] = ["needs", "outcomes", "provision"];

/// What somebody wrote into the form.
#[derive(Debug, Clone, Default)]
pub struct Entered {
    fields: HashMap<String, String>,
    documents: Vec<String>,
    /// Whether a form was sent at all: before that, every document is meant to go with the answer.
    sent: bool,
}

impl Entered {
    /// The pairs as a browser sends them (`application/x-www-form-urlencoded`).
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        let mut entered = Self { sent: true, ..Self::default() };
        for (name, value) in pairs {
            if name == "documents" {
                entered.documents.push(value);
            } else {
                entered.fields.insert(name, value.replace("\r\n", "\n"));
            }
        }
        entered
    }

    /// The same as a program would send it.
    pub fn as_submission(&self) -> Value {
        let text = |name: &str| self.fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let mut body = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        put("summary", text("summary").map(Value::from));
        for name in LISTS {
            let lines: Vec<&str> = text(name).unwrap_or_default().lines().map(str::trim).collect();
            let items: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            put(name, (!items.is_empty()).then(|| json!(items)));
        }
        let author = text("author_name").or(text("author_role"));
        put("author", author.map(|_| pair(("name", text("author_name")), ("role", text("author_role")))));
        let teacher = text("teacher_name").or(text("teacher_on"));
        put("qualified_teacher", teacher.map(|_| pair(("name", text("teacher_name")), ("on", text("teacher_on")))));
        put("documents", (!self.documents.is_empty()).then(|| json!(self.documents)));
        for (name, value) in &self.fields {
            if !FIELDS.iter().any(|(known, _)| known == name) {
                put(name, Some(json!(value)));
            }
        }
        Value::Object(body)
    }

    /// What a program would send to decline.
    pub fn as_declination(&self) -> Value {
        let filled = self.fields.iter().filter(|(_, text)| !text.trim().is_empty());
        filled.map(|(name, text)| (name.clone(), Value::from(text.trim()))).collect::<Map<_, _>>().into()
    }
}

fn pair(first: (&str, Option<&str>), second: (&str, Option<&str>)) -> Value {
    let fields = [first, second].into_iter();
    fields.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect::<Map<_, _>>().into()
}

/// A fault beside the field that it is about.
#[derive(Debug, Serialize)]
struct FieldFault {
    field: &'static str,
    label: &'static str,
    detail: String,
}

impl From<&Fault> for FieldFault {
    fn from(fault: &Fault) -> Self {
        let mut steps = fault.pointer.split('/').skip(1);
        let (first, second) = (steps.next().unwrap_or_default(), steps.next());
        let field = match (first, second) {
            ("author", Some("role")) => "author_role",
            ("author", _) => "author_name",
            ("qualified_teacher", Some("on")) => "teacher_on",
            ("qualified_teacher", _) => "teacher_name",
            (other, _) => other,
        };
        let known = FIELDS.iter().chain(&[("documents", "Documents"), ("file", "Document")]);
        let (field, label) = known.copied().find(|(name, _)| *name == field).unwrap_or(("summary", "The form"));
        // An item's number is its line's: lines without text are left out of both.
        let line = second.filter(|_| LISTS.contains(&field)).and_then(|index| index.parse::<usize>().ok());
        let detail = match line {
            Some(index) => format!("item {}: {}", index.saturating_add(1), fault.detail),
            None => fault.detail.clone(),
        };
        Self { field, label, detail }
    }
}

/// What a page needs to know beside the request.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// The council's name.
    pub authority: &'a str,
    /// The address of the page, without the host.
    pub path: &'a str,
    /// The largest document, in bytes.
    pub upload_limit: usize,
}

/// The page of a request: what is asked and, while an answer is owed, the form. `uploads` are documents that came with
/// the request and belong to no submission yet.
pub fn answering(
    frame: &Frame<'_>,
    view: &AdviceRequestView,
    uploads: &[DocumentInShort],
    entered: &Entered,
    faults: &[Fault],
) -> Result<String, Error> {
    let chosen = |id: Id| !entered.sent || entered.documents.contains(&id.to_string());
    let mut waiting = listed(uploads);
    for (shown, upload) in waiting.iter_mut().zip(uploads) {
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("chosen".to_owned(), chosen(upload.id).into());
        }
    }
    let entered: HashMap<&str, &str> = FIELDS
        .iter()
        .map(|(name, _)| (*name, entered.fields.get(*name).map(String::as_str).unwrap_or_default()))
        .collect();
    let kind = view.kind.0;
    // A statutory limit is that of a body of section 31.
    let bound = view.basis.is_some_and(|basis| basis.0 == Basis::Statutory);
    let standing = view.status.0 == AdviceStatus::Submitted;
    let last = view.submissions.last();
    pages::render(
        "advice_link.html",
        &json!({
            "authority": frame.authority,
            "path": frame.path,
            "upload_limit": size(i64::try_from(frame.upload_limit).unwrap_or(i64::MAX)),
            "heading": format!("Please give {}", kind.description()),
            "faults": faults.iter().map(FieldFault::from).collect::<Vec<_>>(),
            "entered": entered,
            "answered_on": last.filter(|_| standing).map(|one| long(one.submitted_on)),
            "returned": last.filter(|one| one.returned_on.is_some()).map(|one| json!({
                "submitted_on": long(one.submitted_on),
                "reason": one.return_reason,
            })),
            "can_answer": view.status.0.is_outstanding(),
            "can_decline": view.status.0.decline(kind, bound).is_ok(),
            "due_on": view.due_on.map(long),
            "act_by": view.act_by.map(long),
            "overdue": view.overdue,
            "days_late": view.days_late,
            "citation": view.citation,
            "reference": view.case.reference,
            "child": json!({
                "name": format!("{} {}", view.child.forename, view.child.surname),
                "date_of_birth": long(view.child.date_of_birth),
                "setting": view.child.setting.as_ref().map(|setting| &setting.name),
                "nhs_number": view.child.nhs_number,
            }),
            "organisation": view.organisation.as_ref().map(|organisation| &organisation.name),
            "requested_on": long(view.requested_on),
            "questions": view.questions,
            "shared": listed(&view.shared_documents),
            "uploads": waiting,
            "submissions": view.submissions.iter().map(shown).collect::<Vec<_>>(),
            "asks_for_teacher": kind == AdviceKind::Education,
        }),
    )
}

fn shown(one: &SubmissionView) -> Value {
    let parts = [("Needs", &one.needs), ("Outcomes", &one.outcomes), ("Provision", &one.provision)];
    json!({
        "submitted_on": long(one.submitted_on),
        "author": one.author.as_ref().map(signature),
        "summary": one.summary,
        "parts": parts
            .into_iter()
            .filter(|(_, items)| !items.is_empty())
            .map(|(label, items)| json!({ "label": label, "text": items.join("\n") }))
            .collect::<Vec<_>>(),
        "documents": one.documents.iter().map(|document| document.title.clone()).collect::<Vec<_>>(),
    })
}

fn signature(author: &Author) -> String {
    match &author.role {
        Some(role) => format!("{}, {role}", author.name),
        None => author.name.clone(),
    }
}

fn listed(documents: &[DocumentInShort]) -> Vec<Value> {
    let one = |one: &DocumentInShort| json!({ "id": one.id, "title": one.title, "kind": kind_of(&one.media_type), "size": size(one.size) });
    documents.iter().map(one).collect()
}

fn kind_of(media_type: &str) -> String {
    MediaType::parse(media_type).map_or_else(|| media_type.to_owned(), |known| known.extension().to_uppercase())
}

/// A size as people read it.
fn size(bytes: i64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.saturating_add(500) / 1_000),
        _ => format!("{} MB", bytes.saturating_add(500_000) / 1_000_000),
    }
}

/// A day as people write it.
fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;

    #[test]
    fn a_form_says_what_a_program_would() {
        let pairs = [
            ("summary", " Well.\r\n"),
            ("needs", "One\r\n\r\n Two \r\n"),
            ("outcomes", "\r\n"),
            ("author_name", "Dr Ellis"),
            ("author_role", ""),
            ("documents", "a"),
            ("documents", "b"),
            ("stray", "x"),
        ];
        let entered = Entered::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        assert_eq!(
            entered.as_submission(),
            json!({"summary": "Well.", "needs": ["One", "Two"], "author": {"name": "Dr Ellis"}, "documents": ["a", "b"], "stray": "x"})
        );
    }

    #[test]
    fn a_fault_stands_beside_its_field() {
        let beside = |pointer: &str| {
            let fault = FieldFault::from(&Fault::new(pointer, Code::Blank, "Give a text."));
            (fault.field, fault.detail)
        };
        assert_eq!(beside("/needs/1"), ("needs", "item 2: Give a text.".to_owned()));
        assert_eq!(beside("/author/name"), ("author_name", "Give a text.".to_owned()));
        assert_eq!(beside("/author"), ("author_name", "Give a text.".to_owned()));
        assert_eq!(beside("/qualified_teacher/on").0, "teacher_on");
        assert_eq!(beside("/documents/0").0, "documents");
        assert_eq!(beside("/stray").0, "summary");
    }

    #[test]
    fn sizes_are_rounded() {
        assert_eq!([size(999), size(1_500), size(25_000_000)], ["999 bytes", "2 kB", "25 MB"]);
    }
}
