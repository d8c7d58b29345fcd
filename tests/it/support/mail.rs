//! Mail as it arrives, read by a parser that is not the service's own.

use ehcp_tracker::jobs::{self, Report};
use mail_parser::MessageParser;

use super::TestApp;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// To which addresses it was handed over.
    pub to: Vec<String>,
    /// The addresses that it shows.
    pub shown_to: String,
    pub from: String,
    pub subject: String,
    pub message_id: String,
    /// The body as plain text, and as HTML.
    pub text: String,
    pub html: String,
    /// All of it as it came.
    pub raw: String,
}

impl Mail {
    pub fn read(bytes: &[u8], to: Vec<String>) -> Self {
        let parsed = MessageParser::new().parse(bytes).expect("a mail can be parsed");
        assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1), "one body in two forms");
        let address = |list: Option<&mail_parser::Address<'_>>| {
            list.and_then(|list| list.first()).and_then(|one| one.address()).unwrap_or_default().to_owned()
        };
        Self {
            to,
            shown_to: address(parsed.to()),
            from: address(parsed.from()),
            subject: parsed.subject().unwrap_or_default().to_owned(),
            message_id: parsed.message_id().unwrap_or_default().to_owned(),
            text: parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: parsed.body_html(0).unwrap_or_default().replace("\r\n", "\n"),
            raw: String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

impl TestApp {
    /// Sends what is queued and due, as another process would.
    pub fn deliver(&self) -> Report {
        jobs::deliver(&self.process()).unwrap()
    }

    /// The mails that were written to the mail folder, in the order in which they were queued.
    pub fn mails(&self) -> Vec<Mail> {
        let folder = self.data_dir().join("mail");
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |file: &std::path::PathBuf| {
            assert!(file.extension().is_some_and(|extension| extension == "eml"), "{}", file.display());
            let mail = Mail::read(&std::fs::read(file).unwrap(), Vec::new());
            Mail { to: vec![mail.shown_to.clone()], ..mail }
        };
        files.iter().map(read).collect()
    }
}
