//! The notices that this service sends, each with its texts: a subject, and a body as plain text and as HTML.

use crate::words::vocabulary;

vocabulary! {
    /// What a mail is about.
    Notice as NoticeWord {
        /// Advice is asked of a body that answers by a secret link.
        AdviceLink = "advice_link",
        /// Somebody has a new account and is to choose a password.
        Invitation = "invitation",
        /// Somebody asked to choose a new password.
        PasswordReset = "password_reset",
    }
}

/// The texts of a notice, as templates.
pub(super) struct Texts {
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
    pub(super) html: &'static str,
}

/// Takes the three files of a notice into the program.
macro_rules! texts {
    ($name:literal) => {
        Texts {
            subject: include_str!(concat!("../../templates/mail/", $name, "/subject.txt")),
            text: include_str!(concat!("../../templates/mail/", $name, "/body.txt")),
            html: include_str!(concat!("../../templates/mail/", $name, "/body.html")),
        }
    };
}

/// What every body stands in: plain text and HTML.
pub(super) const LAYOUT: [(&str, &str); 2] = [
    ("layout.txt", include_str!("../../templates/mail/layout.txt")),
    ("layout.html", include_str!("../../templates/mail/layout.html")),
];

/// The texts of a notice.
pub(super) fn texts(notice: Notice) -> Texts {
    match notice {
        Notice::AdviceLink => texts!("advice_link"),
        Notice::Invitation => texts!("invitation"),
        Notice::PasswordReset => texts!("password_reset"),
    }
}
