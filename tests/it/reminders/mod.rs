//! Reminders, chases and digests: what is queued on which day, for whom, and in which words.

mod advice;
mod digests;
mod families;
mod information;
mod preview;
mod walk;

use std::collections::HashSet;

use ehcp_tracker::jobs::{self, Done, Job};
use ehcp_tracker::reminder::model::Queued;

use crate::support::cases::{a_case, to_assess};
use crate::support::mail::Mail;
use crate::support::{Persona, TestApp, Value, json};

/// Rules of a council's own, as a file that lives as long as this.
struct Rules(tempfile::NamedTempFile);

impl Rules {
    fn new(text: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Self(file)
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }
}

impl TestApp {
    /// Another process on a day, while the service itself stays on its own.
    fn process_on(&self, day: &str) -> ehcp_tracker::app::App {
        let mut settings = self.settings();
        settings.insert("EHCP_FIXED_TODAY".into(), day.into());
        self.process_with(&settings)
    }

    /// Queues what is due on a day.
    fn remind_on(&self, day: &str) -> Queued {
        self.execute("DELETE FROM job_marks");
        match jobs::run(&self.process_on(day), Job::Remind).unwrap() {
            Done::Reminders(queued) => queued,
            other => panic!("{other}"),
        }
    }

    /// What one run on a day, or two, bring: queued and delivered.
    fn mails_on(&self, day: &str) -> Vec<Mail> {
        let before: HashSet<String> = self.mails().into_iter().map(|mail| mail.message_id).collect();
        let process = self.process_on(day);
        for _ in 0..2 {
            // On a busy machine, days of casework pass more slowly than jobs may rest.
            self.execute("DELETE FROM job_marks");
            jobs::run(&process, Job::Remind).unwrap();
            jobs::run(&process, Job::Deliver).unwrap();
        }
        self.mails().into_iter().filter(|mail| !before.contains(&mail.message_id)).collect()
    }

    /// The subjects of the mails that a day brings to an address.
    fn subjects_on(&self, day: &str, to: &str) -> Vec<String> {
        self.mails_on(day).into_iter().filter(|mail| mail.to == [to]).map(|mail| mail.subject).collect()
    }

    /// Makes an address one that has refused mail twice.
    fn refuses(&self, address: &str) {
        self.execute(&format!(
            "INSERT INTO bounces (address, refused, last_message_id, last_answer, last_refused_at) VALUES \
             ('{address}', 2, '01a200aa-5353-7005-a75b-f23cbf098084', 'nobody', '2026-01-05T00:00:00.000000Z')"
        ));
    }

    /// Makes what waits of a kind fail: because no mail server could be reached, or because one refused it.
    fn fails(&self, kind: &str, lost: bool) {
        let now = self.process().now().at;
        let lost = if self.backend() == crate::support::Backend::Sqlite {
            i32::from(lost).to_string()
        } else {
            lost.to_string()
        };
        self.execute(&format!(
            "UPDATE messages SET state = 'failed', settled_at = '{now}', first_attempt_at = created_at, attempts = 1, \
             server_answer = 'no', lost = {lost} WHERE state = 'queued' AND kind = '{kind}'"
        ));
    }

    /// An organisation that is asked for medical advice, with both its mailboxes.
    fn clinic(&self, answers_by_link: bool) -> String {
        let body = json!({
            "name": "Marlbrook Clinic", "kind": "health", "default_for": ["medical"], "mailbox": TEAM,
            "escalation_mailbox": HEAD, "answers_by_link": answers_by_link,
        });
        self.admin().post("/organisations", &body).expect(201).id()
    }

    /// A case of a caseworker's, on which it was decided on the first day to assess.
    fn case_of(&self, caseworker: &Persona) -> String {
        let id = caseworker.open_case(a_case().with("caseworker_id", json!(caseworker.id))).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        id
    }
}

/// Mailboxes of the clinic.
const TEAM: &str = "clinic@nhs.example";
const HEAD: &str = "head.of.clinic@nhs.example";

/// Every text of a JSON document.
fn texts_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts_of(field, found)),
        _ => {}
    }
}
