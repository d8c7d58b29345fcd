//! `EHCP_SMTP_URL` (none: mails are written to `mail/*.eml` in the data folder): `smtp://`, `smtps://`, `?tls=required`.
//! `EHCP_MAIL_FROM`: the sender.

use std::path::{Path, PathBuf};

use super::{SettingError, Source};

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTransport {
    /// Each mail becomes a file in this folder.
    Folder(PathBuf),
    /// An SMTP server.
    Smtp(String),
}

/// How mail leaves, and from whom.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// How.
    pub transport: MailTransport,
    /// From whom.
    pub from: Option<String>,
}

impl MailSettings {
    pub(super) fn read(source: &mut Source, production: bool, data_dir: &Path) -> Result<Self, SettingError> {
        let name = "EHCP_SMTP_URL";
        let transport = match source.text(name) {
            Some(url) if url.starts_with("smtp://") || url.starts_with("smtps://") => MailTransport::Smtp(url),
            Some(_) => return Err(SettingError::new(name, "expected smtp://HOST:PORT or smtps://HOST:PORT")),
            None if production => {
                return Err(SettingError::new(
                    name,
                    "expected a mail server in production, such as smtps://mail.example.gov.uk",
                ));
            }
            None => MailTransport::Folder(data_dir.join("mail")),
        };
        Ok(Self { transport, from: source.text("EHCP_MAIL_FROM") })
    }
}
