//! Twenty weeks of one case, and five of another that nobody works on, day by day: the whole correspondence is
//! `correspondence.txt` beside this file, to be read as those who get it would.
//!
//! After a change of words, `RENEW_CORRESPONDENCE=1 cargo test --test it reminders::walk` writes it anew; then read what
//! changed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use super::{Rules, Value, json, texts_of};
use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
use crate::support::mail::Mail;
use crate::support::{Backend, Persona, TestApp};

/// Every personal text of the case, as the API shows them to whoever may see all.
fn personal(manager: &Persona, case: &str) -> Vec<String> {
    let mut found = Vec::new();
    let shown = manager.case(case).json;
    for part in ["person", "requester", "contacts", "setting", "exceptions", "decisions"] {
        texts_of(&shown[part], &mut found);
    }
    for one in manager.advice_of(case) {
        let request = manager.advice(one["id"].as_str().unwrap()).json;
        for part in ["child", "questions", "submissions", "exceptions"] {
            texts_of(&request[part], &mut found);
        }
    }
    let notes = manager.get(&format!("/cases/{case}/notes")).expect(200).json;
    texts_of(&notes["items"], &mut found);
    let plans = manager.get(&format!("/cases/{case}/plans")).expect(200).json;
    for plan in plans["items"].as_array().into_iter().flatten() {
        texts_of(
            &manager.get(&format!("/plans/{}", plan["id"].as_str().unwrap())).expect(200).json["sections"],
            &mut found,
        );
    }
    // A birth date as a letter would write it.
    for born in
        found.clone().iter().filter_map(|text| text.parse::<NaiveDate>().ok()).filter(|day| *day < day_of("2025-01-01"))
    {
        found.extend(["%-d %B %Y", "%d/%m/%Y", "%-d/%-m/%Y", "%d.%m.%Y"].map(|form| born.format(form).to_string()));
    }
    // Days of the case, ids and words of the service's own say nothing about anybody.
    let own = |text: &String| {
        text.parse::<NaiveDate>().is_ok_and(|day| day >= day_of("2025-01-01"))
            || text.parse::<ehcp_tracker::ids::Id>().is_ok()
            || text.contains("T") && text.ends_with('Z')
            || text.len() < 3
            || (text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !text.contains(' '))
    };
    found.retain(|text| !own(text));
    found
}

fn day_of(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What a mail says to whoever gets it, in both forms and with its headers but for the address.
fn said(mail: &Mail) -> String {
    format!("{}\n{}\n{}", mail.subject, mail.text, mail.html).to_lowercase()
}

/// A mail as it stands in the file: links and the line under every mail are the same each time.
fn as_read(day: NaiveDate, mail: &Mail) -> String {
    let mut text = String::new();
    for line in mail.text.split("\n-- \n").next().unwrap_or_default().trim().lines() {
        let line = match line.split_once("/api/v1/advice-links/") {
            Some((before, _)) => format!("{before}/api/v1/advice-links/..."),
            None => line.to_owned(),
        };
        writeln!(text, "    {line}").unwrap();
    }
    let text: Vec<_> = text.lines().map(str::trim_end).collect();
    format!("{}\nto {}\n{}\n\n{}\n", day.format("%A %-d %B %Y"), mail.to.join(", "), mail.subject, text.join("\n"))
}

struct Walk<'a> {
    app: &'a TestApp,
    cass: Persona,
    mina: Persona,
    case: String,
    left: String,
}

impl Walk<'_> {
    fn advice(&self, kind: &str, step: &str, body: &Value) {
        let id = self.cass.advice_of_kind(&self.case, kind);
        self.cass.advice_step(&id, step, body).expect(200);
    }

    /// What a caseworker records when a report comes.
    fn report(&self, kind: &str) {
        let body = json!({
            "summary": "Robin stammers when tired.", "needs": ["Speech and language therapy"], "outcomes": ["Speaks in class"],
            "provision": ["Weekly therapy"], "author": {"name": "Dr Ines Quill", "role": "therapist"},
        });
        self.advice(kind, "submissions", &body);
    }

    fn accept(&self, kind: &str) {
        self.advice(kind, "acceptance", &json!({}));
    }

    /// What people do on a day.
    fn steps(&self, day: &str) {
        match day {
            "2026-02-10" => {
                // A manager gives the other case to somebody.
                let etag = self.mina.case(&self.left).etag;
                self.mina
                    .patch(&format!("/cases/{}", self.left), &etag, &json!({"caseworker_id": self.cass.id}))
                    .expect(200);
            }
            "2026-02-12" => {
                self.cass.case_step(&self.case, "assessment-decision", &to_assess(day)).expect(200);
            }
            "2026-02-20" => {
                self.cass.case_step(&self.left, "assessment-decision", &to_refuse_assessment(day)).expect(200);
            }
            "2026-03-10" => self.report("social_care"),
            "2026-03-12" => self.accept("social_care"),
            "2026-03-16" => {
                let body = json!({"on": day, "reason": "Robin's mother wrote to us."});
                self.advice("family", "not-provided", &body);
            }
            "2026-03-20" => self.report("education"),
            "2026-03-23" => self.advice("education", "return", &json!({"reason": "Robin's attendance is missing."})),
            "2026-03-25" => self.report("education"),
            "2026-03-26" => self.accept("education"),
            "2026-03-30" => {
                let medical = self.cass.advice_of_kind(&self.case, "medical");
                let body = json!({"ground": "missed_appointment", "from_on": "2026-03-02", "to_on": "2026-03-02", "evidence": "Robin had chickenpox."});
                let proposed = self.cass.advice_step(&medical, "exceptions", &body).expect(200);
                let id = proposed.json["exceptions"][0]["id"].as_str().unwrap().to_owned();
                self.cass.advice_step(&medical, &format!("exceptions/{id}/confirmation"), &json!({})).expect(200);
            }
            "2026-04-09" => self.report("medical"),
            "2026-04-10" => self.accept("medical"),
            "2026-04-24" => self.report("psychological"),
            "2026-04-27" => self.accept("psychological"),
            "2026-04-28" => {
                self.cass
                    .case_step(&self.case, "plan-decision", &json!({"outcome": "issue", "decided_on": day}))
                    .expect(200);
            }
            "2026-04-30" => {
                let plan = self
                    .cass
                    .post(&format!("/cases/{}/plans", self.case), &json!({"from_advice": true}))
                    .expect(201)
                    .id();
                let etag = self.cass.get(&format!("/plans/{plan}")).expect(200).etag;
                self.cass
                    .put(
                        &format!("/plans/{plan}/sections/A"),
                        &etag,
                        &json!({"text": "<p>Robin Ashdown likes trains.</p>"}),
                    )
                    .expect(200);
                let etag = self.cass.get(&format!("/plans/{plan}")).expect(200).etag;
                self.cass.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": day})).expect(200);
            }
            "2026-05-21" => {
                let plans = self.cass.get(&format!("/cases/{}/plans", self.case)).expect(200).json;
                let body = json!({
                    "plan_id": plans["items"][0]["id"], "issued_on": day, "placement": {"setting_type": "A mainstream primary school"},
                    "signed_by": "Sam Signatory", "notice": whole_notice(),
                });
                self.cass.case_step(&self.case, "final-plan", &body).expect(200);
            }
            _ => {}
        }
    }
}

const STEPS: &[&str] = &[
    "2026-02-10",
    "2026-02-12",
    "2026-02-20",
    "2026-03-10",
    "2026-03-12",
    "2026-03-16",
    "2026-03-20",
    "2026-03-23",
    "2026-03-25",
    "2026-03-26",
    "2026-03-30",
    "2026-04-09",
    "2026-04-10",
    "2026-04-24",
    "2026-04-27",
    "2026-04-28",
    "2026-04-30",
    "2026-05-21",
];

/// The correspondence of twenty weeks.
fn correspondence(app: &TestApp) -> String {
    let admin = app.admin();
    let organisation = |body: Value| admin.post("/organisations", &body).expect(201).id();
    organisation(
        json!({"name": "Marlbrook Clinic", "kind": "health", "default_for": ["medical"], "mailbox": "clinic@nhs.example"}),
    );
    organisation(json!({
        "name": "Marlbrook Psychology", "kind": "educational_psychology", "default_for": ["psychological"], "answers_by_link": true,
        "mailbox": "psychology@council.example", "escalation_mailbox": "head.of.psychology@council.example",
    }));
    organisation(
        json!({"name": "Children's Services", "kind": "social_care", "default_for": ["social_care"], "mailbox": "social.care@council.example"}),
    );
    let school = organisation(
        json!({"name": "Oakfield Primary", "kind": "education_setting", "urn": "123456", "mailbox": "office@school.example"}),
    );
    let (cass, mina) = (app.caseworker(), app.manager());
    let whole = a_case()
        .person("upn", json!("H801200001001")).person("nhs_number", json!("9434765919")).person("postcode", json!("YO1 7HH"))
        .person("ethnicity", json!("WBRI")).person("sex", json!("F"))
        .with("requester", json!({"name": "Pat Ashdown", "email": "pat@family.example", "phone": "01632 960001", "relationship": "Mother"}))
        .with("contacts", json!([{"name": "Pat Ashdown", "relationship": "Mother", "email": "pat@family.example", "phone": "01632 960001", "address": "7 Orchard Row, Marlbrook"}]))
        .with("setting_id", json!(school))
        .with("caseworker_id", json!(cass.id));
    let case = cass.open_case(whole).id();
    cass.post(&format!("/cases/{case}/notes"), &json!({"text": "Grandmother collects on Fridays."})).expect(201);
    let left = mina.open_case(a_case().of("Kim", "Larch", "2012-05-05")).id();
    let walk = Walk { app, cass, mina, case, left };
    let mut read = String::new();
    let mut all = Vec::new();
    for day in day_of("2026-01-05").iter_days().take_while(|day| *day <= day_of("2026-05-25")) {
        let text = day.to_string();
        // The runs of the morning come before what people do that day; what they cause leaves the same day.
        let mut mails = walk.app.mails_on(&text);
        if STEPS.contains(&text.as_str()) {
            walk.app.on_day(&text);
            walk.steps(&text);
            mails.extend(walk.app.mails_on(&text));
        }
        assert!(
            mails.is_empty() || !["Sat", "Sun"].contains(&day.format("%a").to_string().as_str()),
            "{day}: {mails:?}"
        );
        for mail in mails {
            writeln!(read, "{}", as_read(day, &mail)).unwrap();
            all.push(mail);
        }
    }
    let mut never: Vec<String> = personal(&walk.mina, &walk.case);
    never.extend(personal(&walk.mina, &walk.left));
    for known in [
        "Robin",
        "Ashdown",
        "2016-03-04",
        "4 March 2016",
        "H801200001001",
        "7 Orchard Row, Marlbrook",
        "Robin had chickenpox.",
        "Oakfield Primary",
        "Grandmother collects on Fridays.",
    ] {
        assert!(never.iter().any(|text| text == known), "{known} is not looked for: {never:?}");
    }
    for mail in &all {
        let said = said(mail);
        for text in &never {
            assert!(!said.contains(&text.to_lowercase()), "{text} stands in: {said}");
        }
    }
    assert!(all.len() > 60, "{}", all.len());
    read
}

#[track_caller]
fn compare(backend: Backend) {
    if !backend.is_there() {
        return;
    }
    let rules = Rules::new("[family]\nnotices = true");
    let settings = [
        ("EHCP_NOTICES_FILE", rules.path()),
        ("EHCP_AUTHORITY_NAME", "Marlbrook Council"),
        ("EHCP_PUBLIC_URL", "https://ehcp.marlbrook.example"),
    ];
    let read = correspondence(&TestApp::with(backend, "2026-01-05", &settings));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/reminders/correspondence.txt");
    if std::env::var_os("RENEW_CORRESPONDENCE").is_some() {
        fs::write(&file, &read).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let at = read.lines().zip(kept.lines()).position(|(read, kept)| read != kept);
    let at = at.unwrap_or_else(|| read.lines().count().min(kept.lines().count()));
    let shown: Vec<_> = read.lines().skip(at.saturating_sub(6)).take(14).collect();
    assert!(read == kept, "the correspondence differs from line {} on:\n{}", at + 1, shown.join("\n"));
}

#[test]
fn twenty_weeks_read_as_a_caseworker_would_wish_and_name_nobody() {
    compare(Backend::Sqlite);
}

#[test]
fn twenty_weeks_read_the_same_on_postgres() {
    compare(Backend::Postgres);
}
