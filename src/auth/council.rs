//! The council's own sign-in: OpenID Connect access tokens, signed JSON Web Tokens (RFC 9068), verified by the issuer's keys.
//!
//! The keys are looked up at the issuer and kept. A token that names a key nobody knows leads to another look, but never
//! sooner than the settings' floor after the last: whoever sends made-up tokens can't make this service knock at the issuer
//! all day. Keys are looked up again after [`FRESH_FOR`], so that one that was withdrawn is no longer taken; while the issuer
//! is out of reach the last known are taken for [`KEPT_FOR`].

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant as Monotonic};

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::auth::{Role, token_digest};
use crate::codes::Code;
use crate::config::CouncilSettings;
use crate::error::Error;
use crate::time::Instant;

/// How long keys are taken without another look.
const FRESH_FOR: Duration = Duration::from_secs(15 * 60);

/// How long the last known keys are taken while the issuer is out of reach.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the issuer may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// The longest document that is read of the issuer, in bytes.
const LONGEST: u64 = 1_000_000;

/// How far the clocks of issuer and service may differ, in seconds.
const LEEWAY: u64 = 30;

/// The signatures that are taken: of a pair of keys, never of a shared secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureAlgorithms(Vec<Algorithm>);

impl Default for SignatureAlgorithms {
    fn default() -> Self {
        Self(vec![Algorithm::RS256, Algorithm::ES256])
    }
}

impl FromStr for SignatureAlgorithms {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let one = |name: &str| match name.trim().parse() {
            Ok(Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) | Err(_) => Err(()),
            Ok(algorithm) => Ok(algorithm),
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }
}

/// What a token of the council's sign-in says about somebody.
#[derive(Clone)]
pub struct CouncilClaims {
    /// Who issued it.
    pub issuer: String,
    /// Who they are to the issuer.
    pub subject: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Whether the address may be relied on to find their account.
    pub email_counts: bool,
    /// What they are called.
    pub name: Option<String>,
    /// What they are here.
    pub role: Role,
    /// Their organisation, by id or exact name.
    pub organisation: Option<String>,
    /// Until when the token is valid.
    pub expires_at: Instant,
    /// The digest of the token.
    pub token_hash: String,
}

impl fmt::Debug for CouncilClaims {
    /// Without anything that belongs in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CouncilClaims").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Whether a token is one of the council's sign-in, going by what it says of itself: this service signs with HS256.
pub fn is_of_council(token: &str) -> bool {
    decode_header(token).is_ok_and(|header| header.alg != Algorithm::HS256)
}

/// Verifies tokens of the council's sign-in.
pub struct Council {
    settings: CouncilSettings,
    agent: ureq::Agent,
    known: RwLock<Known>,
    /// One look at a time; those who wait for it find what it brought.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: Vec<Jwk>,
    found_at: Option<Monotonic>,
    looked_at: Option<Monotonic>,
}

impl fmt::Debug for Council {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Council").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl Council {
    /// Trusts the authorities that the system trusts. Nothing is looked up yet: the service starts without the issuer.
    pub fn new(settings: CouncilSettings) -> Arc<Self> {
        let trusted = rustls_native_certs::load_native_certs().certs;
        let trusted = trusted.iter().map(|one| Certificate::from_der(one).to_owned());
        let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(trusted.collect()))).build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(settings.issuer.starts_with("https:"))
            .max_redirects(0)
            .timeout_global(Some(ANSWERS_WITHIN))
            .build()
            .new_agent();
        Arc::new(Self { settings, agent, known: RwLock::default(), looking: tokio::sync::Mutex::default() })
    }

    /// What a token says, if it is one of the issuer for this service and still valid.
    pub async fn verify(self: &Arc<Self>, token: &str) -> Result<CouncilClaims, Error> {
        let invalid = || Error::Unauthenticated(Code::InvalidToken);
        let header = decode_header(token).map_err(|_fault| invalid())?;
        if !self.settings.algorithms.0.contains(&header.alg) {
            return Err(invalid());
        }
        let key = self.key(header.kid.as_deref(), header.alg).await?.ok_or_else(invalid)?;
        let key = DecodingKey::from_jwk(&key).map_err(|_fault| invalid())?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&self.settings.audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        let claims = decode::<Map<String, Value>>(token, &key, &validation).map_err(|_fault| invalid())?.claims;
        self.read(token, &claims)
    }

    /// The key of a token: the one it names, or the only one where it names none.
    async fn key(self: &Arc<Self>, id: Option<&str>, algorithm: Algorithm) -> Result<Option<Jwk>, Error> {
        if let Some(key) = self.known_key(id, algorithm, FRESH_FOR) {
            return Ok(Some(key));
        }
        let _one_at_a_time = self.looking.lock().await;
        // Somebody else may have looked while this one waited.
        if let Some(key) = self.known_key(id, algorithm, FRESH_FOR) {
            return Ok(Some(key));
        }
        if self.may_look() {
            let council = Arc::clone(self);
            let looked = tokio::task::spawn_blocking(move || council.look()).await;
            if let Err(fault) = looked.map_err(|fault| Error::internal(fault.to_string()))? {
                tracing::warn!(%fault, "the keys of the council's sign-in can't be looked up");
            }
        }
        match self.known_key(id, algorithm, KEPT_FOR) {
            None if self.knows_none() => Err(Error::unavailable("no keys of the council's sign-in are known")),
            found => Ok(found),
        }
    }

    fn known_key(&self, id: Option<&str>, algorithm: Algorithm, for_so_long: Duration) -> Option<Jwk> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.found_at.is_none_or(|at| at.elapsed() > for_so_long) {
            return None;
        }
        let mut fitting = known.keys.iter().filter(|key| {
            let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
            let of_algorithm = key.common.key_algorithm.is_none_or(|own| own.to_string() == format!("{algorithm:?}"));
            let named = id.is_none_or(|id| key.common.key_id.as_deref() == Some(id));
            signs && of_algorithm && named
        });
        // Of several that a token does not choose from, none is meant.
        fitting.next().filter(|_| fitting.next().is_none()).cloned()
    }

    fn knows_none(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.found_at.is_none_or(|at| at.elapsed() > KEPT_FOR)
    }

    /// Whether the last look is long enough ago; if so, this is the next.
    fn may_look(&self) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.looked_at.is_some_and(|at| at.elapsed() < self.settings.refresh_floor) {
            return false;
        }
        known.looked_at = Some(Monotonic::now());
        true
    }

    fn look(&self) -> Result<(), String> {
        let address = match &self.settings.jwks_url {
            Some(address) => address.clone(),
            None => self.discover()?,
        };
        let keys: Keys = self.fetch(&address)?;
        // A key of a kind that is not known here must not hide the others.
        let keys: Vec<Jwk> = keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        if keys.is_empty() {
            return Err("there is no key that is known here".to_owned());
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.keys = keys;
        known.found_at = Some(Monotonic::now());
        Ok(())
    }

    /// Where the issuer keeps its keys (OpenID Connect Discovery 1.0, section 4).
    fn discover(&self) -> Result<String, String> {
        let issuer = &self.settings.issuer;
        let found: Discovered =
            self.fetch(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
        // Section 4.3: another issuer's document would bring another issuer's keys.
        if &found.issuer == issuer {
            Ok(found.jwks_uri)
        } else {
            Err("the document found is another issuer's".to_owned())
        }
    }

    fn fetch<T: serde::de::DeserializeOwned>(&self, address: &str) -> Result<T, String> {
        let mut answer = self.agent.get(address).call().map_err(|fault| fault.to_string())?;
        answer.body_mut().with_config().limit(LONGEST).read_json().map_err(|fault| fault.to_string())
    }

    fn read(&self, token: &str, claims: &Map<String, Value>) -> Result<CouncilClaims, Error> {
        let settings = &self.settings;
        let text = |name: &str| {
            let text = at(claims, name).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty() && !text.contains('\0')).map(str::to_owned)
        };
        let has = values(at(claims, &settings.role_claim));
        let role = settings.roles.iter().find(|(value, _)| has.contains(&value.as_str())).map(|(_, role)| *role);
        let Some(role) = role else {
            return Err(Error::Forbidden("The council's sign-in gives you no role in this service."));
        };
        let organisation = settings.organisation_claim.as_deref().and_then(|claim| {
            let has = values(at(claims, claim));
            let mapped = settings.organisations.iter().find(|(value, _)| has.contains(&value.as_str()));
            mapped.map(|(_, meant)| meant.clone()).or_else(|| has.first().map(|one| (*one).to_owned()))
        });
        let expires_at = claims.get("exp").and_then(Value::as_f64).and_then(moment);
        let (Some(subject), Some(expires_at)) = (text("sub"), expires_at) else {
            return Err(Error::Unauthenticated(Code::InvalidToken));
        };
        Ok(CouncilClaims {
            issuer: settings.issuer.clone(),
            subject,
            email: text(&settings.email_claim),
            email_counts: settings.trust_email || claims.get("email_verified").and_then(Value::as_bool) == Some(true),
            name: text(&settings.name_claim),
            role,
            organisation,
            expires_at,
            token_hash: token_digest(token),
        })
    }
}

#[derive(Debug, Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

#[derive(Debug, Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

/// A claim by its name; where there is none of that name, dots lead into objects.
fn at<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        at(claims.get(outer)?.as_object()?, inner)
    })
}

/// A claim's texts: a list's, or one.
fn values(claim: Option<&Value>) -> Vec<&str> {
    match claim {
        Some(Value::String(text)) => vec![text.as_str()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A moment from seconds since 1970, which may have a fraction (RFC 7519, section 2).
#[expect(clippy::as_conversions, reason = "the fraction is cut off, and what is out of range is no moment of chrono's")]
fn moment(seconds: f64) -> Option<Instant> {
    DateTime::<Utc>::from_timestamp(seconds as i64, 0).map(Instant::from_utc)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_signatures_of_a_pair_of_keys_can_be_allowed() {
        assert_eq!("RS256, EdDSA".parse(), Ok(SignatureAlgorithms(vec![Algorithm::RS256, Algorithm::EdDSA])));
        for not in ["HS256", "RS256, HS512", "none", "", "RS256,"] {
            assert_eq!(not.parse::<SignatureAlgorithms>(), Err(()), "{not}");
        }
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_by_the_way_into_objects() {
        let claims =
            json!({"roles": "one", "realm_access": {"roles": ["two", 3, "four"]}, "https://a.example/roles": ["five"]});
        let claims = claims.as_object().unwrap();
        let found = |name| values(at(claims, name));
        assert_eq!(found("roles"), ["one"]);
        assert_eq!(found("realm_access.roles"), ["two", "four"]);
        assert_eq!(found("https://a.example/roles"), ["five"]);
        assert!(found("realm_access").is_empty() && found("roles.more").is_empty() && found("none").is_empty());
    }
}
