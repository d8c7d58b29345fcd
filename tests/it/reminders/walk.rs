//! Twenty weeks of one case, and five of another that nobody works on, day by day; then another case on those days on
//! which something goes otherwise. The whole correspondence is `correspondence.txt` beside this file, to be read as those
//! who get it would.
//!
//! After a change of words, `RENEW_CORRESPONDENCE=1 cargo test --test it reminders::walk` writes it anew; then read what
//! changed.

use std::collections::BTreeSet;
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

/// What a mail says to whoever gets it, in both forms and with its headers but for the address; without the secrets of its
/// links, in which any short name may stand by chance.
fn said(mail: &Mail) -> String {
    let whole = format!("{}\n{}\n{}", mail.subject, mail.text, mail.html);
    let is_of_secret = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let words = whole.split_inclusive(|c| !is_of_secret(c));
    words.filter(|word| word.trim_end_matches(|c| !is_of_secret(c)).len() < 30).collect::<String>().to_lowercase()
}

/// A mail as it stands in the file: links and the line under every mail are the same each time.
fn as_read(day: NaiveDate, mail: &Mail) -> String {
    let mut text = String::new();
    for line in mail.text.split("\n-- \n").next().unwrap_or_default().trim().lines() {
        writeln!(text, "    {}", the_same_each_time(line)).unwrap();
    }
    let text: Vec<_> = text.lines().map(str::trim_end).collect();
    let subject = the_same_each_time(&mail.subject);
    format!("{}\nto {}\n{subject}\n\n{}\n", day.format("%A %-d %B %Y"), mail.to.join(", "), text.join("\n"))
}

/// A line without what another run would say otherwise: secrets, and moments of the machine's time, to which accounts'
/// links are good and in which mail failed.
fn the_same_each_time(line: &str) -> String {
    if let Some((before, after)) = line.split_once("Mail failed from ") {
        return format!(
            "{before}Mail failed from ... until ...: {}",
            after.split_once(": ").map_or(after, |(_, then)| then)
        );
    }
    let ends = [
        "/api/v1/advice-links/",
        "/api/v1/auth/password-links/",
        "choose a password by ",
        "Choose a new password by ",
        "choose one by ",
    ];
    let cut =
        ends.iter().find_map(|end| line.split_once(end).map(|(before, after)| (format!("{before}{end}..."), after)));
    match cut {
        // What stands in the sentences after it is kept.
        Some((kept, after)) => match after.split_once(". ") {
            Some((_, rest)) => format!("{kept} {rest}"),
            None => kept,
        },
        None => line.to_owned(),
    }
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
            "2026-01-08" => {
                self.cass.case_step(&self.case, "information-requests", &json!({})).expect(200);
            }
            "2026-01-26" => {
                let case = self.cass.case(&self.case).json;
                let request = case["information_requests"][0]["id"].as_str().unwrap();
                self.cass
                    .case_step(&self.case, &format!("information-requests/{request}/answer"), &json!({}))
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
                let agreed = json!({"agreed": true, "by": "Dana Clinical", "on": day});
                self.cass.step(&format!("/plans/{plan}/health-agreement"), &etag, &agreed).expect(200);
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
    "2026-01-08",
    "2026-01-26",
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
    names_nobody(
        &all,
        &[&walk.case, &walk.left].map(|case| personal(&walk.mina, case)).concat(),
        &[
            "Robin",
            "Ashdown",
            "2016-03-04",
            "4 March 2016",
            "H801200001001",
            "7 Orchard Row, Marlbrook",
            "Robin had chickenpox.",
            "Oakfield Primary",
            "Grandmother collects on Fridays.",
        ],
    );
    assert!(all.len() > 60, "{}", all.len());
    read
}

/// That no mail says anything personal of its case; `known` is what must be among it.
#[track_caller]
fn names_nobody(all: &[Mail], personal: &[String], known: &[&str]) {
    for known in known {
        assert!(personal.iter().any(|text| text == known), "{known} is not looked for: {personal:?}");
    }
    for mail in all {
        let said = said(mail);
        for text in personal {
            assert!(!said.contains(&text.to_lowercase()), "{text} stands in: {said}");
        }
    }
}

/// The mails of one day with what led to them.
fn scene(app: &TestApp, day: &str, title: &str, steps: impl Fn(), told: &mut (String, Vec<Mail>)) {
    let mut mails = app.mails_on(day);
    app.on_day(day);
    steps();
    mails.extend(app.mails_on(day));
    writeln!(told.0, "=== {title}\n").unwrap();
    for mail in mails {
        writeln!(told.0, "{}", as_read(day_of(day), &mail)).unwrap();
        told.1.push(mail);
    }
}

/// What happens to another case that goes otherwise, on the days on which it does.
fn what_goes_otherwise(app: &TestApp) -> String {
    let (admin, cass, mina) = (app.admin(), app.caseworker(), app.manager());
    let mut told = (String::new(), Vec::new());
    app.clinic(true);
    let body = a_case()
        .with("contacts", json!([{"name": "Pat Ashdown", "relationship": "Mother", "email": "pat@family.example"}]))
        .with("caseworker_id", json!(cass.id));
    let case = std::cell::RefCell::new(String::new());
    let opened = || case.borrow().clone();
    let medical = || cass.advice_of_kind(&opened(), "medical");
    let mut scene = |day: &str, title: &str, steps: &dyn Fn()| scene(app, day, title, steps, &mut told);
    scene(
        "2026-01-05",
        "Somebody gets an account, somebody else has forgotten their password, a request comes",
        &|| {
            let new = json!({"email": "nia.new@council.example", "name": "Nia New", "role": "caseworker"});
            admin.post("/users", &new).expect(201);
            app.request("POST", "/auth/password-reset").json(&json!({"email": cass.email})).send().expect(204);
            *case.borrow_mut() = cass.open_case(body.clone()).id();
        },
    );
    scene("2026-01-06", "The day of the request was written down wrong", &|| {
        let body =
            json!({"step": "request", "field": "received_on", "value": "2026-01-02", "reason": "Robin's stamp."});
        mina.case_step(&opened(), "corrections", &body).expect(200);
    });
    scene("2026-01-07", "It is decided to assess; for most of the advice nobody is known to ask", &|| {
        cass.case_step(&opened(), "assessment-decision", &to_assess("2026-01-07")).expect(200);
    });
    scene("2026-01-08", "The digest of the day after; the clinic has lost its link and gets another", &|| {
        cass.post(&format!("/advice-requests/{}/links", medical()), &json!({})).expect(201);
    });
    scene("2026-02-04", "A reminder", &|| {});
    scene("2026-02-05", "The request reached the clinic later than was thought: its last day moves", &|| {
        let etag = cass.advice(&medical()).etag;
        let body = json!({"received_by_body_on": "2026-01-12"});
        cass.patch(&format!("/advice-requests/{}", medical()), &etag, &body).expect(200);
    });
    scene("2026-02-09", "The reminder for the day that holds now", &|| {});
    scene("2026-02-10", "An exception is confirmed", &|| {
        let body = json!({"ground": "missed_appointment", "from_on": "2026-02-02", "to_on": "2026-02-02", "evidence": "Robin had chickenpox."});
        let proposed = cass.advice_step(&medical(), "exceptions", &body).expect(200);
        let id = proposed.json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        cass.advice_step(&medical(), &format!("exceptions/{id}/confirmation"), &json!({})).expect(200);
    });
    scene("2026-02-16", "It changes the words of the next reminder", &|| {});
    scene("2026-02-24", "And of a chase", &|| {});
    scene("2026-03-02", "Mail to the clinic begins to come back", &|| app.refuses(super::TEAM));
    scene("2026-03-03", "So its escalation contact alone is chased", &|| {});
    scene("2026-03-04", "What is told of that the next day; then no mail leaves for more than a day", &|| {
        app.execute("DELETE FROM bounces");
        let now = app.process().now().at;
        app.execute(&format!(
            "INSERT INTO mail_troubles (id, kind, since, ended_at) VALUES ('01a200aa-5353-7005-a75b-f23cbf098010', \
             'mail_failing', '{}', '{now}')",
            now.plus(chrono::TimeDelta::hours(-30)),
        ));
    });
    scene("2026-03-05", "Mail leaves again; a case comes that nobody is to work on", &|| {
        mina.open_case(a_case().of("Kim", "Larch", "2012-05-05").received_on("2026-03-05"));
        app.refuses(&cass.email);
    });
    scene("2026-03-06", "Mail to the caseworker comes back", &|| app.execute("DELETE FROM bounces"));
    scene("2026-04-10", "Week 14", &|| {});
    scene("2026-05-26", "The whole case is late", &|| {});
    let cases = mina.get("/cases").expect(200).json;
    let of_all: Vec<String> = cases["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| personal(&mina, one["id"].as_str().unwrap()))
        .collect();
    names_nobody(&told.1, &of_all, &["Robin", "Ashdown", "Larch", "Robin had chickenpox.", "4 March 2016"]);
    told.0
}

/// The templates of which a mail was sent.
fn kinds(app: &TestApp) -> BTreeSet<String> {
    app.texts("SELECT DISTINCT kind AS text FROM messages WHERE state = 'sent'").into_iter().collect()
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
        ("EHCP_FRONT_END_URL", "https://send.marlbrook.example"),
    ];
    let (usual, otherwise) =
        (TestApp::with(backend, "2026-01-05", &settings), TestApp::with(backend, "2026-01-05", &settings));
    let read = correspondence(&usual) + &what_goes_otherwise(&otherwise);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail");
    let templates = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let templates: BTreeSet<String> =
        templates.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let shown: BTreeSet<String> = kinds(&usual).into_iter().chain(kinds(&otherwise)).collect();
    assert_eq!(shown, templates, "a reader sees every template at least once");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/reminders/correspondence.txt");
    if std::env::var_os("RENEW_CORRESPONDENCE").is_some() && backend == Backend::Sqlite {
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
