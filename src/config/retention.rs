//! `EHCP_RETENTION_PLAN_YEARS`, `EHCP_RETENTION_OTHER_YEARS` (none: nothing is erased by itself): how many years after
//! birth a person's record is kept, where a plan was issued and where none was.

use super::{SettingError, Source};

/// How long records are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionSettings {
    /// After birth, of a person for whom a plan was issued.
    pub plan_years: Option<u32>,
    /// After birth, of anybody else.
    pub other_years: Option<u32>,
}

impl RetentionSettings {
    pub(super) fn read(source: &mut Source) -> Result<Self, SettingError> {
        let mut years = |name: &str| {
            let expected = "expected a whole number of years after birth, from 1 to 150";
            match source.parsed(name, expected)? {
                Some(years) if !(1..=150).contains(&years) => Err(SettingError::new(name, expected)),
                years => Ok(years),
            }
        };
        Ok(Self { plan_years: years("EHCP_RETENTION_PLAN_YEARS")?, other_years: years("EHCP_RETENTION_OTHER_YEARS")? })
    }
}
