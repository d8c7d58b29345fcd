//! How many statements the service sends to a database, counted by diesel's own instrumentation.

use std::collections::HashMap;
use std::sync::{Mutex, Once, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::TestApp;

/// By the address of the database: every test has one of its own.
static SENT: Mutex<Option<HashMap<String, Vec<String>>>> = Mutex::new(None);

/// Counts for one connection.
#[derive(Debug, Default)]
struct Counter {
    url: String,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                // What the service adds to an address is none of the test's.
                let known = url.split_once("connect_timeout").map_or(url, |(before, _)| before);
                known.trim_end_matches(['?', '&']).clone_into(&mut self.url);
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let statement = query.to_string();
                // What asks whether a connection lives, and what begins and ends a transaction.
                let apart = ["BEGIN", "COMMIT", "ROLLBACK", "SELECT 1", "PRAGMA"];
                if apart.iter().any(|word| statement.starts_with(word)) {
                    return;
                }
                let mut sent = SENT.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(sent) = sent.as_mut().and_then(|sent| sent.get_mut(&self.url)) {
                    sent.push(statement);
                }
            }
            _ => {}
        }
    }
}

/// Counts on every connection that is made from now on.
pub fn count_from_now_on() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| set_default_instrumentation(|| Some(Box::new(Counter::default()))).unwrap());
}

impl TestApp {
    /// The statements that were sent to this test's database during `work`. Connections that were made before the test
    /// asked for them are not heard.
    pub fn statements(&self, work: impl FnOnce()) -> Vec<String> {
        let url = self.settings()["EHCP_DATABASE_URL"].clone();
        // SQLite's connections know the file alone.
        let key = url.strip_prefix("sqlite://").unwrap_or(&url).to_owned();
        let sent = || SENT.lock().unwrap_or_else(PoisonError::into_inner);
        sent().get_or_insert_default().insert(key.clone(), Vec::new());
        work();
        sent().get_or_insert_default().remove(&key).unwrap()
    }
}
