//! The council's own sign-in (OpenID Connect), off unless `EHCP_OIDC_ISSUER` names who issues its tokens.
//! `EHCP_OIDC_AUDIENCE`: what tokens for this service name as their audience; several with commas between.
//! `EHCP_OIDC_ROLES`: which values of the role claim give which role, as `VALUE=ROLE` with commas between; of several that
//! somebody has, the one that stands first here. `EHCP_OIDC_ROLE_CLAIM` (`roles`): the claim with the values, a text or a
//! list; dots lead into objects, as in `realm_access.roles`. `EHCP_OIDC_ORGANISATION_CLAIM` (none): the claim that tells an
//! adviser's organisation by its id or exact name. `EHCP_OIDC_ORGANISATIONS`: `VALUE=ID` with commas between, where the claim
//! tells it otherwise. `EHCP_OIDC_EMAIL_CLAIM` (`email`), `EHCP_OIDC_NAME_CLAIM` (`name`): the claims with address and name.
//! `EHCP_OIDC_TRUST_EMAIL` (`off`): `on` also matches accounts by an address that the token does not call verified.
//! `EHCP_OIDC_ALGORITHMS` (`RS256, ES256`): the signatures that are taken. `EHCP_OIDC_JWKS_URL`: where the keys are, unless the
//! issuer's discovery document tells. `EHCP_OIDC_REFRESH_SECONDS` (`30`): the least time between two looks at the keys.

use std::time::Duration;

use super::{SettingError, Source};
use crate::auth::{Role, SignatureAlgorithms};
use crate::words::{Vocabulary, one_of};

/// How people sign in at the council.
#[derive(Debug, Clone)]
pub struct CouncilSettings {
    /// Who issues the tokens, as the tokens name it.
    pub issuer: String,
    /// What tokens for this service name as their audience.
    pub audience: Vec<String>,
    /// Which values of the role claim give which role; the first wins.
    pub roles: Vec<(String, Role)>,
    /// The claim with those values.
    pub role_claim: String,
    /// The claim that tells an organisation.
    pub organisation_claim: Option<String>,
    /// Which of its values stands for which organisation, by id or exact name.
    pub organisations: Vec<(String, String)>,
    /// The claim with the e-mail address.
    pub email_claim: String,
    /// The claim with the name.
    pub name_claim: String,
    /// Whether an address counts that the token does not call verified.
    pub trust_email: bool,
    /// The signatures that are taken.
    pub algorithms: SignatureAlgorithms,
    /// Where the keys are, unless the issuer tells.
    pub jwks_url: Option<String>,
    /// The least time between two looks at the keys.
    pub refresh_floor: Duration,
}

impl CouncilSettings {
    pub(super) fn read(source: &mut Source, production: bool) -> Result<Option<Self>, SettingError> {
        let name = "EHCP_OIDC_ISSUER";
        let Some(issuer) = source.text(name) else {
            // The other settings stay where they are: without an issuer nobody knows them, and the start stops.
            return Ok(None);
        };
        check_address(name, &issuer, production)?;
        let jwks_url = source.text("EHCP_OIDC_JWKS_URL");
        if let Some(url) = &jwks_url {
            check_address("EHCP_OIDC_JWKS_URL", url, production)?;
        }
        let name = "EHCP_OIDC_AUDIENCE";
        let audience = list(&source.text(name).unwrap_or_default());
        if audience.is_empty() {
            return Err(SettingError::new(name, "expected what tokens for this service name as their audience"));
        }
        let name = "EHCP_OIDC_ROLES";
        let roles = pairs(name, &source.text(name).unwrap_or_default())?
            .into_iter()
            .map(|(value, word)| Role::parse(&word).map(|role| (value, role)))
            .collect::<Option<Vec<_>>>()
            .filter(|roles| !roles.is_empty())
            .ok_or_else(|| {
                SettingError::new(
                    name,
                    format!("expected VALUE=ROLE with commas between; a role is {}", one_of::<Role>()),
                )
            })?;
        let name = "EHCP_OIDC_ORGANISATIONS";
        let organisations = pairs(name, &source.text(name).unwrap_or_default())?;
        let trust_email = match source.text("EHCP_OIDC_TRUST_EMAIL").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(_) => return Err(SettingError::new("EHCP_OIDC_TRUST_EMAIL", "expected on or off")),
        };
        let algorithms = source
            .parsed(
                "EHCP_OIDC_ALGORITHMS",
                "expected some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA",
            )?
            .unwrap_or_default();
        let (name, expected) = ("EHCP_OIDC_REFRESH_SECONDS", "expected a whole number of seconds, from 1 to 3600");
        let seconds: u64 = source.parsed(name, expected)?.unwrap_or(30);
        if !(1..=3600).contains(&seconds) {
            return Err(SettingError::new(name, expected));
        }
        Ok(Some(Self {
            issuer,
            audience,
            roles,
            role_claim: source.text("EHCP_OIDC_ROLE_CLAIM").unwrap_or_else(|| "roles".to_owned()),
            organisation_claim: source.text("EHCP_OIDC_ORGANISATION_CLAIM"),
            organisations,
            email_claim: source.text("EHCP_OIDC_EMAIL_CLAIM").unwrap_or_else(|| "email".to_owned()),
            name_claim: source.text("EHCP_OIDC_NAME_CLAIM").unwrap_or_else(|| "name".to_owned()),
            trust_email,
            algorithms,
            jwks_url,
            refresh_floor: Duration::from_secs(seconds),
        }))
    }
}

/// Keys that came over an open line could be anybody's.
fn check_address(name: &str, text: &str, production: bool) -> Result<(), SettingError> {
    let scheme = text.parse::<url::Url>().map(|url| url.scheme().to_owned()).unwrap_or_default();
    match scheme.as_str() {
        "https" => Ok(()),
        "http" if !production => Ok(()),
        _ => Err(SettingError::new(
            name,
            "expected an address such as https://login.example.gov.uk/tenant; http only in development",
        )),
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn pairs(name: &str, text: &str) -> Result<Vec<(String, String)>, SettingError> {
    let pair = |part: String| {
        let (value, meaning) = part.rsplit_once('=')?;
        Some((value.trim().to_owned(), meaning.trim().to_owned()))
    };
    let pairs: Option<Vec<_>> = list(text).into_iter().map(pair).collect();
    pairs.ok_or_else(|| SettingError::new(name, "expected pairs such as VALUE=MEANING, with commas between"))
}
