//! Everything that the service logs in the whole run of the tests, and a look through it for what belongs in no log.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::TestApp;

/// Columns with what is about a child, a family or anybody else, or was written about them.
const PERSONAL: &[(&str, &str)] = &[
    ("people", "forename"),
    ("people", "surname"),
    ("people", "date_of_birth"),
    ("people", "postcode"),
    ("people", "upn"),
    ("people", "uln"),
    ("people", "nhs_number"),
    ("people", "capacity_decided_by"),
    ("users", "email"),
    ("users", "name"),
    ("cases", "requester"),
    ("cases", "contacts"),
    ("notes", "text"),
    ("decisions", "reasons"),
    ("decisions", "reversal_reason"),
    ("case_ends", "reason"),
    ("case_ends", "withdrawn_by"),
    ("documents", "title"),
    ("documents", "file_name"),
    ("advice_requests", "questions"),
    ("advice_submissions", "content"),
    ("advice_submissions", "return_reason"),
    ("advice_links", "mailed_to"),
    ("information_requests", "cancellation_reason"),
    ("given_notices", "cancellation_reason"),
    ("exceptions", "evidence"),
    ("exceptions", "lift_reason"),
    ("plans", "override_reason"),
    ("plans", "signed_by"),
    ("plan_sections", "text"),
    ("representations", "text"),
    ("representations", "requested_setting"),
    ("consultations", "text"),
    ("messages", "recipient"),
    ("bounces", "address"),
    ("suggestion_answers", "reason"),
    ("person_holds", "reason"),
];

#[derive(Debug, Default)]
struct Logged(Mutex<Vec<u8>>);

impl Logged {
    fn from(&self, mark: usize) -> String {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&all[mark..]).into_owned()
    }
}

struct Writer(&'static Logged);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for &'static Logged {
    type Writer = Writer;

    fn make_writer(&self) -> Writer {
        Writer(self)
    }
}

/// Begins to keep what is logged, more of it than a council would ask for.
fn logged() -> &'static Logged {
    static LOGGED: OnceLock<&'static Logged> = OnceLock::new();
    LOGGED.get_or_init(|| {
        let logged: &'static Logged = Box::leak(Box::default());
        ehcp_tracker::logging::start(EnvFilter::new("trace"), logged);
        logged
    })
}

/// How much is logged so far.
pub fn mark() -> usize {
    logged().0.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// What was logged since.
pub fn since(mark: usize) -> String {
    logged().from(mark)
}

impl TestApp {
    /// Everything personal that stands in the database and can be told from words that anybody writes.
    pub fn personal_data(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (table, column) in PERSONAL {
            let sql = format!("SELECT DISTINCT CAST({column} AS text) AS text FROM {table} WHERE {column} IS NOT NULL");
            for text in self.texts(&sql) {
                match serde_json::from_str::<Value>(&text) {
                    Ok(value @ (Value::Object(_) | Value::Array(_))) => texts(&value, &mut found),
                    _ => found.push(text),
                }
            }
        }
        let telling = |text: &String| {
            text.chars().count() >= 5 && !text.chars().all(|c| c.is_ascii_lowercase() || c == '_') && text != "EHCP_"
        };
        found.retain(telling);
        found.sort();
        found.dedup();
        found
    }

    /// The test fails if anything personal of its database was logged since the mark.
    pub fn assert_nothing_personal_was_logged(&self, mark: usize) {
        let logged = since(mark);
        for text in self.personal_data() {
            // As it is written, and as it stands inside JSON.
            let quoted = serde_json::to_string(&text).unwrap();
            let quoted = quoted.trim_matches('"');
            if let Some(line) = logged.lines().find(|line| line.contains(&text) || line.contains(quoted)) {
                panic!("{text:?} was logged: {line}");
            }
        }
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(fields) => fields.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}
