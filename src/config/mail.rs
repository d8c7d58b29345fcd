//! `EHCP_SMTP_URL` (none: mails are written to `mail/*.eml` in the data folder): `smtp://USER:PASSWORD@HOST:PORT`, where
//! `?tls=required` asks for STARTTLS, or `smtps://`. `EHCP_SMTP_CA_FILE`: certificates, in PEM, of authorities to trust
//! beside the system's. `EHCP_SMTP_TIMEOUT_SECONDS` (`30`): how long the server may take for each step, for the
//! content three times as long. `EHCP_MAIL_FROM`: the sender, as an address or as `NAME <ADDRESS>`.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{SettingError, Source};
use crate::text::is_email;

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTransport {
    /// Each mail becomes a file in this folder.
    Folder(PathBuf),
    /// An SMTP server.
    Smtp(SmtpServer),
}

/// How the way to an SMTP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: for a server on the same machine.
    None,
    /// STARTTLS (RFC 3207); a server that does not offer it is not used.
    Required,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// An SMTP server and how it is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// Its name or address.
    pub host: String,
    /// Its port; the usual one unless told.
    pub port: u16,
    /// How the way is encrypted.
    pub tls: SmtpTls,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// Certificates of authorities to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long it may take for each step of a conversation.
    pub answer_within: Duration,
}

/// How long a server may take for each step unless told otherwise, in seconds.
const ANSWER_WITHIN: u64 = 30;

impl fmt::Debug for SmtpServer {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.tls)
    }
}

impl FromStr for SmtpServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected smtp://HOST:PORT, with ?tls=required for STARTTLS, or smtps://HOST:PORT";
        let url: url::Url = text.parse().map_err(|_fault| expected)?;
        let options: Vec<_> = url.query_pairs().collect();
        let tls =
            match (url.scheme(), options.as_slice()) {
                ("smtp", []) => SmtpTls::None,
                ("smtp" | "smtps", [(name, value)]) if name == "tls" && value == "required" => {
                    if url.scheme() == "smtps" { SmtpTls::Implicit } else { SmtpTls::Required }
                }
                ("smtps", []) => SmtpTls::Implicit,
                _ => return Err(expected),
            };
        let usual = match tls {
            SmtpTls::None => 25,
            SmtpTls::Required => 587,
            SmtpTls::Implicit => 465,
        };
        let decoded = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_fault| "expected user and password in UTF-8, percent-encoded")
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, decoded(password)?)),
            _ => return Err("expected both a user and a password, as smtp://USER:PASSWORD@HOST"),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(expected)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if credentials.is_some() && tls == SmtpTls::None && !is_this_machine(&host) {
            return Err(
                "expected TLS where a password is sent to another machine: smtp://HOST?tls=required or smtps://HOST",
            );
        }
        Ok(Self {
            host,
            port: url.port().unwrap_or(usual),
            tls,
            credentials,
            ca_file: None,
            answer_within: Duration::from_secs(ANSWER_WITHIN),
        })
    }
}

/// Whether a host is the machine itself, so that nothing said to it passes a network.
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// From whom mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name that is shown; the council's unless told.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

impl FromStr for Sender {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sender = match text.trim().strip_suffix('>').and_then(|rest| rest.split_once('<')) {
            Some((name, address)) => {
                let name = name.trim().trim_matches('"');
                Self { name: (!name.is_empty()).then(|| name.to_owned()), address: address.trim().to_owned() }
            }
            None => Self { name: None, address: text.trim().to_owned() },
        };
        let plain = sender.name.iter().all(|name| !name.chars().any(char::is_control));
        if is_email(&sender.address) && plain { Ok(sender) } else { Err(()) }
    }
}

/// How mail leaves, and from whom.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// How.
    pub transport: MailTransport,
    /// From whom; a no-reply address at the service's own host unless told.
    pub from: Option<Sender>,
}

impl MailSettings {
    pub(super) fn read(source: &mut Source, production: bool, data_dir: &Path) -> Result<Self, SettingError> {
        let name = "EHCP_SMTP_URL";
        let ca_file = source.text("EHCP_SMTP_CA_FILE").map(PathBuf::from);
        if let Some(file) = &ca_file
            && !file.is_file()
        {
            return Err(SettingError::new("EHCP_SMTP_CA_FILE", "expected a file with certificates in PEM"));
        }
        let (timeout, expected) = ("EHCP_SMTP_TIMEOUT_SECONDS", "expected a whole number of seconds, from 1 to 60");
        let seconds: u64 = source.parsed(timeout, expected)?.unwrap_or(ANSWER_WITHIN);
        if !(1..=60).contains(&seconds) {
            return Err(SettingError::new(timeout, expected));
        }
        let answer_within = Duration::from_secs(seconds);
        let transport = match source.text(name) {
            Some(url) => {
                let server: SmtpServer = url.parse().map_err(|expected| SettingError::new(name, expected))?;
                MailTransport::Smtp(SmtpServer { ca_file, answer_within, ..server })
            }
            None if production => {
                return Err(SettingError::new(
                    name,
                    "expected a mail server in production, such as smtps://mail.example.gov.uk",
                ));
            }
            None => MailTransport::Folder(data_dir.join("mail")),
        };
        let expected = "expected an address, or a name and an address as NAME <ADDRESS>";
        Ok(Self { transport, from: source.parsed("EHCP_MAIL_FROM", expected)? })
    }
}
