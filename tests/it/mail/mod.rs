//! Mail: what waits, what leaves, and what becomes of it when something fails.

mod alarm;
mod bounces;
mod crashes;
mod delivery;
mod notifications;
mod servers;

use ehcp_tracker::auth::LinkPurpose;
use ehcp_tracker::ids::Id;
use ehcp_tracker::mail::{Link, Notice};
use ehcp_tracker::outbox::{self, model::NewMessage};

use crate::support::smtp::MailServer;
use crate::support::{Backend, TestApp};

/// A mail that leaves at once.
fn a_mail(key: &str) -> NewMessage {
    a_mail_to(&format!("{key}@nhs.example"), key)
}

fn a_mail_to(address: &str, key: &str) -> NewMessage {
    NewMessage::new(Notice::AdviceLink, address, key)
        .with("reference", "EHC-2026-000001")
        .with("kind", "medical advice")
        .with("due_on", "2026-02-16")
        .with_link(Link::new(LinkPurpose::AdviceLink, Id::new()))
        .at_any_hour()
}

impl TestApp {
    /// Queues a message as a step would.
    fn queue(&self, message: NewMessage) {
        let acting = self.process().system("a test");
        self.db().write(|tx| outbox::enqueue(tx, &acting, message)).unwrap();
    }

    /// Makes every wait be over and every lease have ended, as time alone would.
    fn later(&self) {
        self.execute("UPDATE messages SET next_attempt_at = created_at, leased_until = NULL, lease = NULL");
    }
}

/// The service with a mail server of its own.
fn with_server(backend: Backend, day: &str) -> Option<(TestApp, MailServer)> {
    backend.is_there().then(|| {
        let server = MailServer::start();
        let app = TestApp::with(backend, day, &[("EHCP_SMTP_URL", &server.url())]);
        (app, server)
    })
}

/// Writes a test with a mail server once and runs it on both databases.
macro_rules! with_mail {
    ($($(#[$doc:meta])* fn $name:ident($app:ident: &TestApp, $server:ident: &MailServer) $body:block)+) => { $(
        $(#[$doc])*
        mod $name {
            use super::*;

            fn test($app: &TestApp, $server: &MailServer) $body

            #[test]
            fn sqlite() {
                if let Some((app, server)) = with_server(Backend::Sqlite, FIRST_DAY) { test(&app, &server); }
            }

            #[test]
            fn postgres() {
                if let Some((app, server)) = with_server(Backend::Postgres, FIRST_DAY) { test(&app, &server); }
            }
        }
    )+ };
}
use with_mail;
