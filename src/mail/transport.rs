//! How a mail leaves: to an SMTP server, or as a file in a folder.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, Message};

use super::render::Letter;
use super::session::{Failure, Session, Stage, Why};
use crate::config::MailTransport;
use crate::error::Error;
use crate::folders::make_private;
use crate::ids::Id;
use crate::time::Instant;

/// The longest answer of a server that is kept, in characters.
const ANSWER_KEPT: usize = 500;

/// A mail as it leaves.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The message's id, from which the Message-ID is made: the same at every attempt.
    pub id: Id,
    /// To whom.
    pub to: String,
    /// When it was written.
    pub at: Instant,
    /// What it says.
    pub letter: Letter,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The server took it; what it answered.
    Sent(String),
    /// Not now: this mail may be tried again.
    Deferred(String),
    /// Never: the server refuses this mail for good.
    Refused(String),
    /// Never: the server refuses the address for good.
    Bounced(String),
    /// It was not tried: the address has refused mail before.
    Withheld(String),
    /// The server can't be used at all, so no other mail would fare better.
    Unreachable(String),
}

/// Sends mails.
#[derive(Debug)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
}

#[derive(Debug)]
enum Way {
    Smtp(Box<Session>),
    Folder(PathBuf),
}

impl Mailer {
    /// Sends from `name` at `address`.
    pub fn new(transport: &MailTransport, name: String, address: &str) -> Result<Self, Error> {
        let address =
            address.parse().map_err(|fault| Error::internal(format!("the sender of mails, {address}: {fault}")))?;
        let way = match transport {
            MailTransport::Folder(folder) => Way::Folder(folder.clone()),
            MailTransport::Smtp(server) => Way::Smtp(Box::new(Session::new(server)?)),
        };
        Ok(Self { way, from: Mailbox::new(Some(name), address) })
    }

    /// The Message-ID of a message: the same at every attempt, so that a repetition is known for one.
    pub fn message_id(&self, id: Id) -> String {
        format!("<{id}@{}>", self.from.email.domain())
    }

    /// Tries to send a mail.
    pub fn send(&self, mail: &Mail) -> Attempt {
        let composed = mail
            .to
            .parse::<Address>()
            .map_err(|_fault| "the address is not one that mail can be sent to".to_owned())
            .and_then(|to| Ok((self.compose(mail, &to)?, to)));
        let (message, to) = match composed {
            Ok(composed) => composed,
            Err(why) => return Attempt::Refused(why),
        };
        match &self.way {
            Way::Smtp(server) => match server.send(&self.from.email, &to, &message.formatted()) {
                Ok(response) => {
                    let lines: Vec<&str> = response.message().collect();
                    Attempt::Sent(short(&format!("{} {}", response.code(), lines.join(" "))))
                }
                Err(failure) => judge(&failure),
            },
            Way::Folder(folder) => match write(folder, mail.id, &message.formatted()) {
                Ok(()) => Attempt::Sent("written to the mail folder".to_owned()),
                Err(fault) => Attempt::Unreachable(short(&format!("{}: {fault}", folder.display()))),
            },
        }
    }

    fn compose(&self, mail: &Mail, to: &Address) -> Result<Message, String> {
        let Letter { subject, text, html } = mail.letter.clone();
        Message::builder()
            .message_id(Some(self.message_id(mail.id)))
            .date(SystemTime::from(mail.at.utc()))
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            // A machine that answers machines would answer this one (RFC 3834).
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|fault| format!("the mail can't be put together: {fault}"))
    }
}

/// The header that keeps holiday notes from answering.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// What a step that did not succeed means for the mail.
fn judge(failure: &Failure) -> Attempt {
    let stage = failure.stage;
    let fault = match &failure.why {
        Why::Smtp(fault) => fault,
        Why::NotOffered(what) => {
            return Attempt::Unreachable(format!("the server does not offer {what}, so it was told nothing"));
        }
    };
    let answer = short(&format!("{stage}: {}", describe(fault)));
    match (stage, fault.status().map(u16::from)) {
        // The server turns this service away, not this mail: a mistyped password must not lose what is queued.
        (Stage::Greeting | Stage::Encryption | Stage::SignIn, _) | (_, Some(421 | 454 | 530 | 534 | 535 | 538)) => {
            Attempt::Unreachable(answer)
        }
        (Stage::Recipient, Some(_)) if fault.is_permanent() && !is_about_policy(fault) => Attempt::Bounced(answer),
        (_, Some(_)) if fault.is_permanent() => Attempt::Refused(answer),
        (_, Some(_)) => Attempt::Deferred(answer),
        // The server broke off, perhaps over this mail alone: the others are still tried.
        (Stage::Receipt, None) => Attempt::Deferred(answer),
        (_, None) if fault.is_response() => Attempt::Deferred(answer),
        (_, None) => Attempt::Unreachable(answer),
    }
}

/// Whether a refusal says that this service may not send there, and nothing about the address (RFC 3463, section 3.8).
fn is_about_policy(fault: &SmtpError) -> bool {
    std::error::Error::source(fault).is_some_and(|words| words.to_string().starts_with("5.7."))
}

fn describe(fault: &SmtpError) -> String {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(inner) = cause {
        let waited = inner.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(waited, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)) {
            return "no answer in time".to_owned();
        }
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ANSWER_KEPT).collect()
}

/// Writes a mail whole elsewhere, then moves it into place: a reader of the folder never finds half of one.
fn write(folder: &Path, id: Id, bytes: &[u8]) -> std::io::Result<()> {
    make_private(folder)?;
    let draft = folder.join(format!("{id}.draft"));
    let mut file = fs::File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(format!("{id}.eml")))
}
