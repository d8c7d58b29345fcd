//! How a mail leaves: to an SMTP server, or as a file in a folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{Message, SmtpTransport, Transport as _};

use super::render::Letter;
use crate::config::{MailTransport, SmtpServer, SmtpTls};
use crate::error::Error;
use crate::folders::make_private;
use crate::ids::Id;
use crate::time::Instant;

/// How long a server may take for each of its answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How long a connection is kept for the next mail.
const KEPT_OPEN: Duration = Duration::from_secs(30);

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
    Smtp(Box<SmtpTransport>),
    Folder(PathBuf),
}

impl Mailer {
    /// Sends from `name` at `address`.
    pub fn new(transport: &MailTransport, name: String, address: &str) -> Result<Self, Error> {
        let address =
            address.parse().map_err(|fault| Error::internal(format!("the sender of mails, {address}: {fault}")))?;
        let way = match transport {
            MailTransport::Folder(folder) => Way::Folder(folder.clone()),
            MailTransport::Smtp(server) => Way::Smtp(Box::new(smtp(server)?)),
        };
        Ok(Self { way, from: Mailbox::new(Some(name), address) })
    }

    /// The Message-ID of a message: the same at every attempt, so that a repetition is known for one.
    pub fn message_id(&self, id: Id) -> String {
        format!("<{id}@{}>", self.from.email.domain())
    }

    /// Tries to send a mail.
    pub fn send(&self, mail: &Mail) -> Attempt {
        let message = match self.compose(mail) {
            Ok(message) => message,
            Err(why) => return Attempt::Refused(why),
        };
        match &self.way {
            Way::Smtp(server) => match server.send(&message) {
                Ok(response) => {
                    let lines: Vec<&str> = response.message().collect();
                    Attempt::Sent(short(&format!("{} {}", response.code(), lines.join(" "))))
                }
                Err(fault) => judge(&fault),
            },
            Way::Folder(folder) => match write(folder, mail.id, &message.formatted()) {
                Ok(()) => Attempt::Sent("written to the mail folder".to_owned()),
                Err(fault) => Attempt::Unreachable(short(&format!("{}: {fault}", folder.display()))),
            },
        }
    }

    fn compose(&self, mail: &Mail) -> Result<Message, String> {
        let to = mail.to.parse().map_err(|_fault| "the address is not one that mail can be sent to".to_owned())?;
        let Letter { subject, text, html } = mail.letter.clone();
        Message::builder()
            .message_id(Some(self.message_id(mail.id)))
            .date(SystemTime::from(mail.at.utc()))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
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

fn smtp(server: &SmtpServer) -> Result<SmtpTransport, Error> {
    let parameters = || -> Result<TlsParameters, Error> {
        let failed = |fault: &dyn std::fmt::Display| Error::internal(format!("TLS to the mail server: {fault}"));
        let mut builder = TlsParameters::builder(server.host.clone());
        if let Some(file) = &server.ca_file {
            let named = |fault: &dyn std::fmt::Display| failed(&format!("{}: {fault}", file.display()));
            let pem = fs::read(file).map_err(|fault| named(&fault))?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|fault| named(&fault))?);
        }
        builder.build().map_err(|fault| failed(&fault))
    };
    let tls = match server.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Required => Tls::Required(parameters()?),
        SmtpTls::Implicit => Tls::Wrapper(parameters()?),
    };
    let mut builder = SmtpTransport::builder_dangerous(&server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(ANSWER_WITHIN))
        .pool_config(PoolConfig::new().max_size(2).idle_timeout(KEPT_OPEN));
    if let Some((user, password)) = &server.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder.build())
}

/// What an error of the server, or of the way to it, means for the mail.
fn judge(fault: &SmtpError) -> Attempt {
    let answer = short(&describe(fault));
    let code = fault.status().map(|code| code.to_string());
    match code.as_deref() {
        // The server turns this service away, not this mail: a mistyped password must not lose what is queued.
        Some("421" | "454" | "530" | "534" | "535" | "538") => Attempt::Unreachable(answer),
        Some(_) if fault.is_permanent() => Attempt::Refused(answer),
        Some(_) => Attempt::Deferred(answer),
        // The server broke off in the middle of an answer, perhaps over this mail alone: the others are still tried.
        None if fault.is_response() => Attempt::Deferred(answer),
        None => Attempt::Unreachable(answer),
    }
}

fn describe(fault: &SmtpError) -> String {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(inner) = cause {
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
