//! The notices that this service sends, each with its texts: a subject, and a body as plain text and as HTML.

use crate::words::vocabulary;

vocabulary! {
    /// What a mail is about.
    Notice as NoticeWord {
        /// A secret link to a request for advice, which somebody had sent.
        AdviceLink = "advice_link",
        /// Advice is asked of a body, or owed again.
        AdviceRequest = "advice_request",
        /// Advice is due soon.
        AdviceReminder = "advice_reminder",
        /// Advice is late.
        AdviceChase = "advice_chase",
        /// A setting is asked for information before it is decided whether to assess.
        InformationRequest = "information_request",
        /// That information is due soon.
        InformationReminder = "information_reminder",
        /// That information is late.
        InformationChase = "information_chase",
        /// What is due on a caseworker's cases.
        CaseworkerDigest = "caseworker_digest",
        /// What is due on cases that nobody works on, and what troubles the service.
        ManagersDigest = "managers_digest",
        /// Limits that were broken, and that will be.
        ManagersWeekly = "managers_weekly",
        /// A family's request was received.
        FamilyRequestReceived = "family_request_received",
        /// A draft plan was sent to the family.
        FamilyDraftServed = "family_draft_served",
        /// The final plan was sent to the family.
        FamilyPlanIssued = "family_plan_issued",
        /// Advice is missing, and the day for the final plan is at risk.
        FamilyDateAtRisk = "family_date_at_risk",
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

/// What every body stands in, the way to answer and the lists of digests: plain text and HTML.
pub(super) const LAYOUT: [(&str, &str); 6] = [
    ("answer.txt", include_str!("../../templates/mail/answer.txt")),
    ("answer.html", include_str!("../../templates/mail/answer.html")),
    ("lists.txt", include_str!("../../templates/mail/lists.txt")),
    ("lists.html", include_str!("../../templates/mail/lists.html")),
    ("layout.txt", include_str!("../../templates/mail/layout.txt")),
    ("layout.html", include_str!("../../templates/mail/layout.html")),
];

/// The texts of a notice.
pub(super) fn texts(notice: Notice) -> Texts {
    match notice {
        Notice::AdviceLink => texts!("advice_link"),
        Notice::AdviceRequest => texts!("advice_request"),
        Notice::AdviceReminder => texts!("advice_reminder"),
        Notice::AdviceChase => texts!("advice_chase"),
        Notice::InformationRequest => texts!("information_request"),
        Notice::InformationReminder => texts!("information_reminder"),
        Notice::InformationChase => texts!("information_chase"),
        Notice::CaseworkerDigest => texts!("caseworker_digest"),
        Notice::ManagersDigest => texts!("managers_digest"),
        Notice::ManagersWeekly => texts!("managers_weekly"),
        Notice::FamilyRequestReceived => texts!("family_request_received"),
        Notice::FamilyDraftServed => texts!("family_draft_served"),
        Notice::FamilyPlanIssued => texts!("family_plan_issued"),
        Notice::FamilyDateAtRisk => texts!("family_date_at_risk"),
        Notice::Invitation => texts!("invitation"),
        Notice::PasswordReset => texts!("password_reset"),
    }
}
