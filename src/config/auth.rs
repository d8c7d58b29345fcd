//! `EHCP_JWT_SECRET` (made and kept in the data folder): signs access tokens, at least 32 bytes. `EHCP_ADVICE_LINK_DAYS`
//! (`49`): how many days a secure link to a request for advice is good for; each mail that carries one brings a new one.
//! `EHCP_OTP` (`optional`): `required` makes one-time codes compulsory for everybody who signs in with a password.

use super::{SettingError, Source};

/// The secret that stands in examples, and must therefore not be used.
const EXAMPLE: &str = "change-me-change-me-change-me-change-me";

/// How people sign in.
#[derive(Clone)]
pub struct AuthSettings {
    /// Signs access tokens; made and kept where it is not given.
    pub jwt_secret: Option<String>,
    /// How many days a secure link is good for.
    pub advice_link_days: u16,
    /// Whether one-time codes are compulsory.
    pub otp_required: bool,
}

impl std::fmt::Debug for AuthSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthSettings")
            .field("jwt_secret", &self.jwt_secret.as_ref().map(|_| "..."))
            .field("advice_link_days", &self.advice_link_days)
            .field("otp_required", &self.otp_required)
            .finish()
    }
}

impl AuthSettings {
    pub(super) fn read(source: &mut Source, production: bool) -> Result<Self, SettingError> {
        let name = "EHCP_JWT_SECRET";
        let jwt_secret = source.text(name);
        if jwt_secret.as_ref().is_some_and(|secret| secret.len() < 32) {
            return Err(SettingError::new(name, "expected at least 32 bytes"));
        }
        if production && jwt_secret.as_deref() == Some(EXAMPLE) {
            return Err(SettingError::new(
                name,
                "expected a secret of your own in production, not the one of the examples",
            ));
        }
        let (name, expected) = ("EHCP_ADVICE_LINK_DAYS", "expected a whole number of days from 1 to 365, such as 49");
        let advice_link_days = source.parsed(name, expected)?.unwrap_or(49);
        if !(1..=365).contains(&advice_link_days) {
            return Err(SettingError::new(name, expected));
        }
        let otp_required = match source.text("EHCP_OTP").as_deref() {
            None | Some("optional") => false,
            Some("required") => true,
            Some(_) => return Err(SettingError::new("EHCP_OTP", "expected optional or required")),
        };
        Ok(Self { jwt_secret, advice_link_days, otp_required })
    }
}
