//! A conversation with an SMTP server (RFC 5321), one step at a time: every step has a time limit, and of every refusal it
//! is known at which step it came. The connection is kept for the next mail.

use std::fmt;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Monotonic};

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use crate::config::{SmtpServer, SmtpTls};
use crate::error::Error;

/// How long a connection is kept for the next mail.
const KEPT_OPEN: Duration = Duration::from_secs(30);

/// How long the server may take for its goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// How many times longer than for any other answer the server may take for the content: it may scan it first, and
/// whoever hangs up too early sends it twice.
const CONTENT_TAKES: u32 = 3;

/// A step of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Reaching the server, its greeting and ours.
    Greeting,
    /// Going over to TLS.
    Encryption,
    /// User and password.
    SignIn,
    /// From whom the mail is.
    Sender,
    /// To whom.
    Recipient,
    /// Asking to send the content.
    Content,
    /// The server's word that it has it.
    Receipt,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "at the greeting",
            Self::Encryption => "at STARTTLS",
            Self::SignIn => "at the sign-in",
            Self::Sender => "at the sender",
            Self::Recipient => "at the recipient",
            Self::Content => "before the content",
            Self::Receipt => "after the content",
        })
    }
}

/// A step that did not succeed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) why: Why,
}

/// Why it did not.
#[derive(Debug)]
pub(super) enum Why {
    /// The server or the way to it.
    Smtp(SmtpError),
    /// The server does not offer what the settings ask for, so nothing was said to it.
    NotOffered(&'static str),
}

fn at(stage: Stage) -> impl Fn(SmtpError) -> Failure {
    move |fault| Failure { stage, why: Why::Smtp(fault) }
}

/// A server, and the connection to it that is kept.
pub(super) struct Session {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    answer_within: Duration,
    hello: ClientId,
    kept: Mutex<Option<(Monotonic, SmtpConnection)>>,
}

enum Encryption {
    None,
    Required(TlsParameters),
    Implicit(TlsParameters),
}

impl fmt::Debug for Session {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Session {
    /// For a server; nothing is said to it yet.
    pub(super) fn new(server: &SmtpServer) -> Result<Self, Error> {
        let encryption = match server.tls {
            SmtpTls::None => Encryption::None,
            SmtpTls::Required => Encryption::Required(tls_parameters(server)?),
            SmtpTls::Implicit => Encryption::Implicit(tls_parameters(server)?),
        };
        let credentials = server.credentials.clone().map(|(user, password)| Credentials::new(user, password));
        Ok(Self {
            host: server.host.clone(),
            port: server.port,
            encryption,
            credentials,
            answer_within: server.answer_within,
            hello: ClientId::default(),
            kept: Mutex::new(None),
        })
    }

    /// Hands a mail over; answers what the server said when it had it.
    pub(super) fn send(&self, from: &Address, to: &Address, content: &[u8]) -> Result<Response, Failure> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = kept.take().filter(|(used_at, _)| used_at.elapsed() < KEPT_OPEN);
        let still_there = recent.and_then(|(_, mut connection)| connection.test_connected().then_some(connection));
        let mut connection = match still_there {
            Some(connection) => connection,
            None => self.open()?,
        };
        let outcome = self.converse(&mut connection, from, to, content);
        let usable = match &outcome {
            Ok(_) => true,
            // The server refused this mail and still talks: the next one goes through the same connection.
            Err(Failure { why: Why::Smtp(fault), .. }) => {
                let code = fault.status().map(u16::from);
                code.is_some_and(|code| code != 421) && connection.command(Rset).is_ok()
            }
            Err(_) => false,
        };
        if usable {
            *kept = Some((Monotonic::now(), connection));
        }
        outcome
    }

    fn open(&self) -> Result<SmtpConnection, Failure> {
        let wrapped = match &self.encryption {
            Encryption::Implicit(parameters) => Some(parameters),
            Encryption::None | Encryption::Required(_) => None,
        };
        let within = Some(self.answer_within);
        let server = (self.host.as_str(), self.port);
        let mut connection =
            SmtpConnection::connect(server, within, &self.hello, wrapped, None).map_err(at(Stage::Greeting))?;
        if let Encryption::Required(parameters) = &self.encryption {
            if !connection.can_starttls() {
                return Err(Failure { stage: Stage::Encryption, why: Why::NotOffered("STARTTLS") });
            }
            connection.starttls(parameters, &self.hello).map_err(at(Stage::Encryption))?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).map_err(at(Stage::SignIn))?;
        }
        Ok(connection)
    }

    fn converse(
        &self,
        connection: &mut SmtpConnection,
        from: &Address,
        to: &Address,
        content: &[u8],
    ) -> Result<Response, Failure> {
        connection.command(Mail::new(Some(from.clone()), Vec::new())).map_err(at(Stage::Sender))?;
        connection.command(Rcpt::new(to.clone(), Vec::new())).map_err(at(Stage::Recipient))?;
        connection.command(Data).map_err(at(Stage::Content))?;
        let longer = self.answer_within.saturating_mul(CONTENT_TAKES);
        // A limit that can't be set is that of the steps before.
        drop(connection.set_timeout(Some(longer)));
        let receipt = connection.message(content).map_err(at(Stage::Receipt));
        drop(connection.set_timeout(Some(self.answer_within)));
        receipt
    }
}

impl Drop for Session {
    /// Takes leave of the server, as is polite, and does not wait long for its answer.
    fn drop(&mut self) {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, mut connection)) = kept.take()
            && connection.set_timeout(Some(GOODBYE_WITHIN)).is_ok()
        {
            drop(connection.quit());
        }
    }
}

fn tls_parameters(server: &SmtpServer) -> Result<TlsParameters, Error> {
    let failed = |fault: &dyn fmt::Display| Error::internal(format!("TLS to the mail server: {fault}"));
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.ca_file {
        let named = |fault: &dyn fmt::Display| failed(&format!("{}: {fault}", file.display()));
        let pem = fs::read(file).map_err(|fault| named(&fault))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|fault| named(&fault))?);
    }
    builder.build().map_err(|fault| failed(&fault))
}
