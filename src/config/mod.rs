//! Settings: environment variables, or the same keys in a TOML file. The environment wins.
//!
//! Each section reads its own keys and lists them in its module documentation. A key that nobody reads and a value
//! that nobody understands stop the start: a council that mistypes a setting must hear of it.

mod auth;
mod casework;
mod council;
mod database;
mod http;
mod mail;
mod notices;
mod retention;
mod scan;
mod source;

use std::path::{Path, PathBuf};

pub use auth::AuthSettings;
pub use casework::{CaseworkSettings, is_authority_code};
pub use council::CouncilSettings;
pub use database::DatabaseSettings;
pub use http::HttpSettings;
pub use mail::{MailSettings, MailTransport, Sender, SmtpServer, SmtpTls};
pub use notices::{AdviceRules, CaseworkerRules, FamilyRules, Hours, ManagerRules, NoticeRules};
pub use retention::RetentionSettings;
pub use scan::ScanSettings;
pub use source::{SettingError, Source};

use crate::words::vocabulary;

vocabulary! {
    /// What the service runs for.
    Environment as EnvironmentWord {
        /// On a developer's machine or as a demonstration.
        Development = "development",
        /// For a council: what would be careless there is refused.
        Production = "production",
    }
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `EHCP_ENV`: `development` (default) or `production`.
    pub environment: Environment,
    /// `EHCP_DATA_DIR`: where documents and captured mail are kept, `data` unless told.
    pub data_dir: PathBuf,
    /// Where the service listens.
    pub http: HttpSettings,
    /// Where the data is.
    pub database: DatabaseSettings,
    /// How people sign in.
    pub auth: AuthSettings,
    /// How people sign in at the council, where they do.
    pub council: Option<CouncilSettings>,
    /// How mail leaves.
    pub mail: MailSettings,
    /// When mail goes out, to whom, and how often.
    pub notices: NoticeRules,
    /// How uploads are scanned.
    pub scan: ScanSettings,
    /// How long records are kept.
    pub retention: RetentionSettings,
    /// The council and its day.
    pub casework: CaseworkSettings,
}

impl Settings {
    /// Reads the settings from the environment and, where given, a file.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingError> {
        Self::read(Source::from_environment(file)?)
    }

    /// Reads the settings from `source`.
    pub fn read(mut source: Source) -> Result<Self, SettingError> {
        let environment = source.word("EHCP_ENV")?.unwrap_or(Environment::Development);
        let data_dir = source.text("EHCP_DATA_DIR").map_or_else(|| PathBuf::from("data"), PathBuf::from);
        let production = environment == Environment::Production;
        let settings = Self {
            environment,
            http: HttpSettings::read(&mut source)?,
            database: DatabaseSettings::read(&mut source)?,
            auth: AuthSettings::read(&mut source, production)?,
            council: CouncilSettings::read(&mut source, production)?,
            mail: MailSettings::read(&mut source, production, &data_dir)?,
            notices: NoticeRules::read(&mut source)?,
            scan: ScanSettings::read(&mut source)?,
            retention: RetentionSettings::read(&mut source)?,
            casework: CaseworkSettings::read(&mut source, production)?,
            data_dir,
        };
        source.finish()?;
        Ok(settings)
    }
}
