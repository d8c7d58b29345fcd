//! `EHCP_AUTHORITY_NAME`, `EHCP_AUTHORITY_CODE`: the council and its 3-digit code. `EHCP_FIXED_TODAY`: freezes the day of
//! casework. `EHCP_DUE_SOON_DAYS` (`10`): how many working days ahead a deadline counts as due soon.
//! `EHCP_COMPARATORS`: 3-digit codes of the councils to compare with. `EHCP_JOBS` (`on`): `off` for replicas that only
//! serve.

use chrono::NaiveDate;

use super::{SettingError, Source};

/// The council and its day.
#[derive(Debug, Clone)]
pub struct CaseworkSettings {
    /// The council's name.
    pub authority_name: String,
    /// The council's 3-digit code.
    pub authority_code: Option<String>,
    /// The day at which casework stands still, for demonstrations and tests.
    pub fixed_today: Option<NaiveDate>,
    /// How many working days ahead a deadline counts as due soon.
    pub due_soon_days: u32,
    /// The councils to compare with.
    pub comparators: Vec<String>,
    /// Whether this process runs jobs.
    pub jobs: bool,
}

impl CaseworkSettings {
    pub(super) fn read(source: &mut Source, production: bool) -> Result<Self, SettingError> {
        let fixed_today = source.parsed("EHCP_FIXED_TODAY", "expected a day, as YYYY-MM-DD")?;
        if production && fixed_today.is_some() {
            return Err(SettingError::new(
                "EHCP_FIXED_TODAY",
                "expected none in production: the day must not stand still there",
            ));
        }
        let authority_code = source.text("EHCP_AUTHORITY_CODE");
        if authority_code.as_deref().is_some_and(|code| !is_authority_code(code)) {
            return Err(SettingError::new("EHCP_AUTHORITY_CODE", "expected 3 digits, such as 908"));
        }
        let comparators = source.text("EHCP_COMPARATORS").unwrap_or_default();
        let comparators: Vec<String> =
            comparators.split([',', ' ']).filter(|code| !code.is_empty()).map(str::to_owned).collect();
        if !comparators.iter().all(|code| is_authority_code(code)) {
            return Err(SettingError::new(
                "EHCP_COMPARATORS",
                "expected codes of 3 digits with commas between, such as 908,870",
            ));
        }
        let jobs = match source.text("EHCP_JOBS").as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => return Err(SettingError::new("EHCP_JOBS", "expected on or off")),
        };
        Ok(Self {
            authority_name: source.text("EHCP_AUTHORITY_NAME").unwrap_or_else(|| "Local authority".to_owned()),
            authority_code,
            fixed_today,
            due_soon_days: source
                .parsed("EHCP_DUE_SOON_DAYS", "expected a whole number of working days, such as 10")?
                .unwrap_or(10),
            comparators,
            jobs,
        })
    }
}

/// Whether this is a local authority's 3-digit code.
pub fn is_authority_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit())
}
