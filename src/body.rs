//! A request's body and its preconditions, checked in the order that the contract fixes.
//!
//! The thing that a step changes is looked up first, so that what a caller may not know answers 404 whatever the body
//! says. Then the body must be JSON (400), the version must be named and right (428, 412), the fields must be valid
//! (422), and only then is the step itself judged (409). A [`Step`] carries the pieces to the command, which opens it
//! with the version that it found, and adds the faults that only it can see: all of them are answered at once.

mod repair;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use self::repair::Schema;
use crate::codes::Code;
use crate::error::{Error, Fault, Faults, MOST_FAULTS};
use crate::numbers;
use crate::text::is_email;
use crate::time;

/// A body as it came: parsed, not yet judged.
#[derive(Debug, Clone)]
pub struct Submitted<T>(Body<T>);

#[derive(Debug, Clone)]
enum Body<T> {
    /// It is no JSON.
    Malformed(String),
    /// What can be read of it, and what is wrong with it by its schema.
    Read(Option<T>, Vec<Fault>),
}

impl<T: DeserializeOwned + ToSchema + 'static> Submitted<T> {
    /// Parses a body and checks it against the schema of `T`, the very one that the OpenAPI document shows.
    pub fn parse(bytes: &[u8]) -> Self {
        Self(parse(bytes).unwrap_or_else(Body::Malformed))
    }
}

impl<T> Submitted<T> {
    /// The body, where its schema sees no fault in it.
    pub fn sound(&self) -> Option<&T> {
        match &self.0 {
            Body::Read(body, faults) if faults.is_empty() => body.as_ref(),
            _ => None,
        }
    }

    /// The body, or every fault in it that its schema can see.
    pub fn open(self) -> Result<T, Error> {
        self.judge(|_, _| Ok(())).map(|(body, ())| body)
    }

    /// The body and what `check` answers about it, or every fault in it: those that its schema sees and those that
    /// `check` adds.
    ///
    /// Where the schema sees faults, `check` is shown the body without the faulty values, or with others in their place
    /// where it can't do without. What it says about those is not heard; where it compares one value with another, it asks
    /// [`Faults::is_sound`]. Whatever it answers, such a body is an error. A refusal of the step (409) is told only of a
    /// body without fault.
    pub fn judge<C>(self, check: impl FnOnce(&T, &mut Faults) -> Result<C, Error>) -> Result<(T, C), Error> {
        let (body, mut faults) = match self.0 {
            Body::Malformed(detail) => return Err(Error::Malformed(detail)),
            Body::Read(None, faults) => return Err(Error::Invalid(faults)),
            Body::Read(Some(body), faults) => (body, Faults::after(faults)),
        };
        match check(&body, &mut faults) {
            Ok(found) => faults.check().map(|()| (body, found)),
            Err(Error::Invalid(more)) => {
                more.into_iter().for_each(|fault| faults.add(fault.pointer, fault.code, fault.detail));
                Err(faults.into())
            }
            Err(refusal @ (Error::Refused(_) | Error::Conflict { .. })) => Err(faults.check().err().unwrap_or(refusal)),
            Err(fault) => Err(fault),
        }
    }
}

/// A step on a thing that has versions.
#[derive(Debug, Clone)]
pub struct Step<T> {
    /// The version that the caller saw, from `If-Match`.
    pub expected: Option<Expected>,
    /// The body.
    pub body: Submitted<T>,
}

/// The versions that `If-Match` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `*`: whatever the version is.
    Any,
    /// One of these strong tags.
    OneOf(Vec<i32>),
}

impl<T> Step<T> {
    /// The body, if it is JSON, the caller saw this version, and every field is valid by its schema: in this order.
    pub fn against(self, version: i32) -> Result<T, Error> {
        self.judge(version, |_, _| Ok(())).map(|(body, ())| body)
    }

    /// The body and what `check` answers about it, if it is JSON, the caller saw this version, and neither its schema nor
    /// `check` finds a fault: in this order. See [`Submitted::judge`].
    pub fn judge<C>(
        self,
        version: i32,
        check: impl FnOnce(&T, &mut Faults) -> Result<C, Error>,
    ) -> Result<(T, C), Error> {
        if let Body::Malformed(detail) = self.body.0 {
            return Err(Error::Malformed(detail));
        }
        match self.expected {
            None => return Err(Error::PreconditionRequired),
            Some(Expected::OneOf(versions)) if !versions.contains(&version) => return Err(Error::Stale),
            Some(_) => {}
        }
        self.body.judge(check)
    }
}

/// An empty object, for steps that say all they say by their address.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

/// Tells a field that is null from one that was left out: `Some(None)` from `None`.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

fn parse<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<Body<T>, String> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut value: Value = serde_json::from_slice(bytes)
        .map_err(|fault| format!("Not JSON at line {}, column {}.", fault.line(), fault.column()))?;
    let shape = shape::<T>();
    let mut faults = Vec::new();
    for error in shape.validator.iter_errors(&value) {
        collect(&error, &value, &mut faults);
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    find_nul(&value, &mut String::new(), &mut faults);
    faults.dedup();
    // With so many faults no command can say more about the body, and reading it fault by fault would take too long.
    if faults.len() >= MOST_FAULTS {
        faults.truncate(MOST_FAULTS);
        return Ok(Body::Read(None, faults));
    }
    let schema = Schema::of(&shape.document);
    let mut whole = true;
    for fault in &faults {
        whole &= schema.repair(&mut value, &fault.pointer);
    }
    let body = if whole { read(&mut value, schema, &mut faults) } else { None };
    Ok(Body::Read(body, faults))
}

/// The schema is derived from the type, so this finds a fault only where a type is stricter than its schema can say.
fn read<T: DeserializeOwned>(value: &mut Value, schema: Schema<'_>, faults: &mut Vec<Fault>) -> Option<T> {
    loop {
        let pointer = match serde_path_to_error::deserialize(&*value) {
            Ok(body) => return Some(body),
            Err(fault) => pointer_of(fault.path()),
        };
        let found = Fault::new(pointer.clone(), Code::InvalidFormat, "Not in the form that is expected here.");
        let known = faults.iter().any(|fault| fault.pointer == found.pointer);
        if !known {
            faults.push(found);
        }
        if known || faults.len() >= MOST_FAULTS || !schema.repair(value, &pointer) {
            return None;
        }
    }
}

/// PostgreSQL's text holds no U+0000, so neither does ours.
fn find_nul(value: &Value, at: &mut String, faults: &mut Vec<Fault>) {
    if faults.len() >= MOST_FAULTS {
        return;
    }
    let length = at.len();
    match value {
        Value::String(text) if text.contains('\0') => {
            faults.push(Fault::new(at.clone(), Code::InvalidFormat, "A text can't hold the character U+0000."));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push_str(&format!("/{index}"));
                find_nul(item, at, faults);
                at.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                at.push_str(&format!("/{}", escape(name)));
                find_nul(field, at, faults);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{}", escape(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// A name as a step of a JSON Pointer (RFC 6901, section 3).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The shape of a body type.
struct Shape {
    document: Value,
    validator: Validator,
}

/// The shape of a body type, made once.
fn shape<T: ToSchema + 'static>() -> Arc<Shape> {
    static MADE: OnceLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = OnceLock::new();
    let made = MADE.get_or_init(RwLock::default);
    let key = TypeId::of::<T>();
    if let Some(shape) = made.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Arc::clone(shape);
    }
    let shape = Arc::new(make_shape::<T>());
    made.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&shape));
    shape
}

#[expect(
    clippy::panic,
    reason = "a body type whose schema is no schema is a fault of the code that every test run meets"
)]
fn make_shape<T: ToSchema>() -> Shape {
    let mut parts = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut parts);
    let parts: HashMap<String, _> = parts.into_iter().collect();
    let document = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{}", T::name()),
        "components": { "schemas": parts },
    });
    let options = jsonschema::options()
        .should_validate_formats(true)
        .with_format("nhs-number", |text: &str| blank(text) || numbers::is_nhs_number(&numbers::squeeze(text)))
        .with_format("upn", |text: &str| blank(text) || numbers::is_upn(&numbers::squeeze(text)))
        .with_format("uln", |text: &str| blank(text) || numbers::is_uln(&numbers::squeeze(text)))
        .with_format("postcode", |text: &str| {
            blank(text) || numbers::is_postcode(&numbers::with_space(numbers::squeeze(text)))
        })
        // The validator's own lets a year have a sign.
        .with_format("date", |text: &str| time::day(text).is_some())
        .with_format("email", is_email);
    match options.build(&document) {
        Ok(validator) => Shape { document, validator },
        Err(fault) => panic!("the schema of {} is none: {fault}", T::name()),
    }
}

/// An empty text is a number that was left out.
fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Turns one finding of the validator into faults. What was sent is never repeated: it may be about a child.
fn collect(error: &ValidationError<'_>, root: &Value, faults: &mut Vec<Fault>) {
    let at = error.instance_path().to_string();
    let mut add = |code, detail: String| faults.push(Fault::new(at.clone(), code, detail));
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            faults.extend(unexpected.iter().take(MOST_FAULTS).map(|name| {
                Fault::new(format!("{at}/{}", escape(name)), Code::UnknownField, "There is no such field here.")
            }));
        }
        // An object that takes no field at all: the validator does not say which it met.
        Kind::FalseSchema => {
            let names = root.pointer(&at).and_then(Value::as_object).into_iter().flatten();
            faults.extend(names.take(MOST_FAULTS).map(|(name, _)| {
                Fault::new(format!("{at}/{}", escape(name)), Code::UnknownField, "There is no such field here.")
            }));
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            faults.push(Fault::new(format!("{at}/{}", escape(name)), Code::MissingField, "This field is required."));
        }
        Kind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
            };
            add(Code::WrongType, format!("Expected {expected}."));
        }
        Kind::Enum { options } => {
            let words: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            add(Code::UnknownValue, format!("Expected one of {}.", words.join(", ")));
        }
        Kind::Format { format } => match format.as_str() {
            "nhs-number" => add(Code::InvalidNhsNumber, numbers::EXPECTED_NHS_NUMBER.to_owned()),
            "upn" => add(Code::InvalidUpn, numbers::EXPECTED_UPN.to_owned()),
            "uln" => add(Code::InvalidUln, numbers::EXPECTED_ULN.to_owned()),
            "postcode" => add(Code::InvalidPostcode, numbers::EXPECTED_POSTCODE.to_owned()),
            "email" => add(Code::InvalidEmail, "Expected an address such as name@example.org.".to_owned()),
            "date" => add(Code::InvalidDate, "Expected a day that exists, as YYYY-MM-DD.".to_owned()),
            other => add(Code::InvalidFormat, format!("Expected {other}.")),
        },
        Kind::MinLength { .. } => add(Code::Blank, "Give a text.".to_owned()),
        Kind::MaxLength { limit } => add(Code::TooLong, format!("At most {limit} characters.")),
        Kind::Minimum { limit } => add(Code::OutOfRange, format!("At least {limit}.")),
        Kind::Maximum { limit } => add(Code::OutOfRange, format!("At most {limit}.")),
        Kind::MaxItems { limit } => add(Code::TooLong, format!("At most {limit} items.")),
        Kind::MinItems { limit } => add(Code::TooShort, format!("At least {limit} item(s).")),
        // A nullable part is "null or this": the branch that is meant is the one that got furthest.
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
            let mut best: Option<Vec<Fault>> = None;
            for branch in context {
                let mut inner = Vec::new();
                for error in branch {
                    collect(error, root, &mut inner);
                }
                let shallow = inner.iter().any(|fault| fault.code == Code::WrongType && fault.pointer == at);
                if best.is_none() || !shallow {
                    best = Some(inner);
                }
            }
            faults.extend(best.unwrap_or_default());
        }
        _ => add(Code::InvalidFormat, "Not in the form that is expected here.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use serde_json::json;

    use super::*;
    use crate::ids::Id;
    use crate::words::{AssessmentOutcomeWord, GroundWord};

    /// A part of every form that bodies have.
    #[derive(Debug, Clone, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "most parts are there to be read from a body")]
    struct Everything {
        outcome: AssessmentOutcomeWord,
        on: NaiveDate,
        id: Id,
        #[schema(min_length = 1)]
        text: String,
        #[schema(minimum = 3)]
        number: i32,
        yes: bool,
        grounds: Vec<GroundWord>,
        inner: Inner,
        later: Option<NaiveDate>,
        ground: Option<GroundWord>,
        other: Option<Inner>,
        many: Option<Vec<Inner>>,
    }

    #[derive(Debug, Clone, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "most parts are there to be read from a body")]
    struct Inner {
        on: NaiveDate,
        name: Option<String>,
    }

    fn whole() -> Value {
        json!({
            "outcome": "refuse", "on": "2026-01-05", "id": "01a20043-353a-76c2-a2c1-b6d8007653c9", "text": "t", "number": 4,
            "yes": true, "grounds": ["school_closed"], "inner": {"on": "2026-01-06"}, "later": "2026-01-07", "ground": null,
            "other": {"on": "2026-01-08", "name": "n"}, "many": [{"on": "2026-01-09"}, {"on": "2026-01-10"}],
        })
    }

    fn submitted(body: &Value) -> Submitted<Everything> {
        Submitted::parse(body.to_string().as_bytes())
    }

    /// What `check` is shown, if it is, and the answer.
    fn judged(body: &Value) -> (Option<Everything>, Vec<Fault>) {
        let mut shown = None;
        let answer = submitted(body).judge(|body, faults| {
            shown = Some(body.clone());
            faults.add("/text", Code::Blank, "Said by the command.");
            Ok(())
        });
        match answer {
            Err(Error::Invalid(faults)) => (shown, faults),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_without_fault_is_as_it_came() {
        let (body, ()) = submitted(&whole()).judge(|_, _| Ok(())).unwrap();
        assert_eq!((body.outcome.to_string(), body.on.to_string()), ("refuse".to_owned(), "2026-01-05".to_owned()));
        assert_eq!((body.number, body.many.map(|many| many.len())), (4, Some(2)));
        assert!(submitted(&whole()).sound().is_some());
    }

    #[test]
    fn a_check_is_shown_the_rest_of_a_body_whatever_is_wrong_with_it() {
        let places = [
            "/outcome",
            "/on",
            "/id",
            "/number",
            "/yes",
            "/grounds",
            "/grounds/0",
            "/inner",
            "/inner/on",
            "/inner/name",
            "/later",
            "/ground",
            "/other",
            "/other/on",
            "/other/name",
            "/many",
            "/many/0",
            "/many/0/on",
            "/many/1/name",
        ];
        for pointer in places {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            for wrong in [json!({"?": [1]}), json!([[]]), json!(""), json!("\0"), json!(1.5)] {
                let mut body = whole();
                match body.pointer_mut(parent).unwrap() {
                    Value::Array(items) => items[name.parse::<usize>().unwrap()] = wrong.clone(),
                    Value::Object(fields) => drop(fields.insert(name.to_owned(), wrong.clone())),
                    other => panic!("{other}"),
                }
                let (shown, faults) = judged(&body);
                // A text is fine where a text is expected.
                if !(pointer.ends_with("name") && wrong == "") {
                    assert!(
                        faults.iter().any(|fault| fault.pointer.starts_with(pointer)),
                        "{pointer} {wrong}: {faults:?}"
                    );
                }
                let shown = shown.unwrap_or_else(|| panic!("nothing is shown of {pointer} {wrong}: {faults:?}"));
                assert_eq!(shown.text, "t");
                assert_eq!(faults.last().unwrap().detail, "Said by the command.");
                let same = pointer == "/many" || shown.many.is_none_or(|many| many.len() == 2);
                assert!(same, "what follows a faulty item stays in its place");
                assert!(submitted(&body).sound().is_none() || faults.len() == 1);
            }
        }
    }

    #[test]
    fn what_is_required_and_missing_is_stood_in_for() {
        for name in ["outcome", "on", "id", "number", "yes", "grounds", "inner"] {
            let mut body = whole();
            body.as_object_mut().unwrap().remove(name);
            let (shown, faults) = judged(&body);
            assert!(shown.is_some(), "{name}");
            assert_eq!((faults[0].pointer.as_str(), faults[0].code), (format!("/{name}").as_str(), Code::MissingField));
        }
    }

    #[test]
    fn what_a_check_says_of_a_faulty_value_is_not_heard() {
        let mut body = whole();
        body["text"] = json!("");
        body["later"] = json!("2026-02-30");
        let answer = submitted(&body).judge(|body, faults| {
            assert_eq!(body.later, None);
            assert!(!faults.is_sound("/text") && !faults.is_sound("/text/0") && !faults.is_sound(""));
            assert!(faults.is_sound("/tex") && faults.is_sound("/texts") && faults.is_sound("/on"));
            faults.add("/text", Code::TooLong, "Not heard.");
            faults.add("/on", Code::DateInFuture, "Heard.");
            Ok(())
        });
        let Err(Error::Invalid(faults)) = answer else { panic!("{answer:?}") };
        let mut pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/later", "/on", "/text"]);
    }

    #[test]
    fn a_refusal_waits_for_a_body_without_fault_and_a_hidden_thing_does_not() {
        let mut faulty = whole();
        faulty["colour"] = json!("blue");
        let refuse = |_: &Everything, _: &mut Faults| Err::<(), _>(Error::conflict(Code::NotNow, "No."));
        assert!(matches!(submitted(&faulty).judge(refuse), Err(Error::Invalid(faults)) if faults.len() == 1));
        assert!(matches!(submitted(&whole()).judge(refuse), Err(Error::Conflict { .. })));
        assert!(matches!(submitted(&faulty).judge(|_, _| Err::<(), _>(Error::NotFound)), Err(Error::NotFound)));
        let more = |_: &Everything, _: &mut Faults| Err::<(), _>(Fault::new("/on", Code::DateInFuture, "No.").into());
        assert!(matches!(submitted(&faulty).judge(more), Err(Error::Invalid(faults)) if faults.len() == 2));
    }

    #[test]
    fn a_body_that_is_none_of_an_object_is_not_judged_further() {
        let answer = submitted(&json!([])).judge(|_, _| -> Result<(), Error> { panic!("nothing can be shown") });
        assert!(matches!(answer, Err(Error::Invalid(faults)) if faults[0].code == Code::WrongType));
    }
}
