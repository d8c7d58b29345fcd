//! `EHCP_CLAMD_URL` (none: uploads are not scanned): `tcp://HOST:PORT` or `unix:///PATH` of clamd.
//! `EHCP_CLAMD_TIMEOUT_SECONDS` (`30`): how long a scan may take until the scanner is taken to be down.

use std::time::Duration;

use super::{SettingError, Source};
use crate::content::Scanner;

/// How uploads are scanned.
#[derive(Debug, Clone)]
pub struct ScanSettings {
    /// By whom; none where they are not.
    pub scanner: Option<Scanner>,
}

impl ScanSettings {
    pub(super) fn read(source: &mut Source) -> Result<Self, SettingError> {
        let url = source.parsed("EHCP_CLAMD_URL", "expected tcp://HOST:PORT or unix:///PATH")?;
        let (name, expected) = ("EHCP_CLAMD_TIMEOUT_SECONDS", "expected a whole number of seconds, from 1 to 600");
        let seconds: u64 = source.parsed(name, expected)?.unwrap_or(30);
        if !(1..=600).contains(&seconds) {
            return Err(SettingError::new(name, expected));
        }
        Ok(Self { scanner: url.map(|url| Scanner::new(url, Duration::from_secs(seconds))) })
    }
}
