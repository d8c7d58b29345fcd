//! `EHCP_JWT_SECRET` (made and kept in the data folder): signs access tokens, at least 32 bytes. `EHCP_ADVICE_LINK_DAYS`
//! (`49`): how many days a secure link to a request for advice is good for; each mail that carries one brings a new one.
//! `EHCP_INVITATION_DAYS` (`14`) and `EHCP_PASSWORD_RESET_MINUTES` (`60`): how long the link of an invitation, and of a
//! password reset, is good for. `EHCP_ACCOUNT_URL` (a page of the service's own): the page of a front-end at which people
//! choose a password; the link's secret follows it as `#token=...`.
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
    /// How many days an invitation is good for.
    pub invitation_days: u16,
    /// How many minutes the link of a password reset is good for.
    pub password_reset_minutes: u16,
    /// The page of a front-end at which people choose a password; the service's own where there is none.
    pub account_url: Option<String>,
    /// Whether one-time codes are compulsory.
    pub otp_required: bool,
}

impl std::fmt::Debug for AuthSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthSettings")
            .field("jwt_secret", &self.jwt_secret.as_ref().map(|_| "..."))
            .field("advice_link_days", &self.advice_link_days)
            .field("invitation_days", &self.invitation_days)
            .field("password_reset_minutes", &self.password_reset_minutes)
            .field("account_url", &self.account_url)
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
        Ok(Self {
            jwt_secret,
            advice_link_days: whole(source, "EHCP_ADVICE_LINK_DAYS", "days", 365, 49)?,
            invitation_days: whole(source, "EHCP_INVITATION_DAYS", "days", 90, 14)?,
            password_reset_minutes: whole(source, "EHCP_PASSWORD_RESET_MINUTES", "minutes", 1440, 60)?,
            account_url: account_url(source)?,
            otp_required: otp_required(source)?,
        })
    }
}

fn otp_required(source: &mut Source) -> Result<bool, SettingError> {
    match source.text("EHCP_OTP").as_deref() {
        None | Some("optional") => Ok(false),
        Some("required") => Ok(true),
        Some(_) => Err(SettingError::new("EHCP_OTP", "expected optional or required")),
    }
}

/// A whole number from 1 to `most`.
fn whole(source: &mut Source, name: &str, unit: &str, most: u16, usual: u16) -> Result<u16, SettingError> {
    let expected = format!("expected a whole number of {unit} from 1 to {most}, such as {usual}");
    let number = source.parsed(name, &expected)?.unwrap_or(usual);
    if (1..=most).contains(&number) { Ok(number) } else { Err(SettingError::new(name, expected)) }
}

fn account_url(source: &mut Source) -> Result<Option<String>, SettingError> {
    let (name, expected) =
        ("EHCP_ACCOUNT_URL", "expected the address of a page, such as https://ehcp.example.gov.uk/password, without #");
    let url: Option<url::Url> = source.parsed(name, expected)?;
    match url {
        Some(url) if !matches!(url.scheme(), "http" | "https") || url.fragment().is_some() => {
            Err(SettingError::new(name, expected))
        }
        url => Ok(url.map(String::from)),
    }
}
