//! One-time codes (RFC 6238), and how the secret behind them is kept.
//!
//! The secret is encrypted with a key derived from the one that signs tokens, and bound to its user: neither a copy of the
//! database nor a row moved to another user opens an account.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use rand::RngCore;
use totp_rs::{Builder, Secret, Totp};

use super::Tokens;
use crate::codes::Code;
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// How many recovery codes somebody is given.
const RECOVERY_CODES: usize = 10;

/// The signs of recovery codes: none that are taken for one another when they are read from paper.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Where in a sealed text the nonce ends.
const NONCE: usize = 12;

/// The secret behind somebody's one-time codes.
pub struct OneTimeSecret([u8; 20]);

impl std::fmt::Debug for OneTimeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeSecret")
    }
}

impl OneTimeSecret {
    /// A new one of 160 bits, as RFC 4226 recommends.
    pub fn new() -> Self {
        let mut bytes = [0; 20];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// As people type it into a device that can't scan.
    pub fn to_base32(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// The address that devices scan, with the council and the account on it.
    pub fn to_uri(&self, issuer: &str, account: &str) -> Result<String, Error> {
        // A colon stands between the two, so neither may hold one.
        let plain = |text: &str| text.replace(':', " ");
        let builder = Builder::new().with_secret(Secret::new_stack(self.0));
        let totp = builder.with_account_name(plain(account)).with_issuer(Some(plain(issuer))).build();
        totp.and_then(|totp| totp.to_url()).map_err(|fault| Error::internal(fault.to_string()))
    }

    /// The step of time that a code belongs to, if it is one of now, of the step before or of the one after.
    pub fn step_of(&self, code: &str, at: Instant) -> Result<Option<i64>, Error> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(at.utc().timestamp()).unwrap_or(0);
        let step = self.totp()?.check(&digits, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn totp(&self) -> Result<Totp, Error> {
        let totp = Builder::new().with_secret(Secret::new_stack(self.0)).build();
        totp.map_err(|fault| Error::internal(fault.to_string()))
    }

    /// The secret as it is kept.
    pub fn seal(&self, tokens: &Tokens, user: Id) -> Result<String, Error> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let about = user.to_string();
        let payload = Payload { msg: &self.0, aad: about.as_bytes() };
        let sealed = cipher(tokens)?.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_fault| Error::internal("a secret of one-time codes can't be encrypted"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The secret of a user that was sealed with the same signing secret. One that was sealed with another can't be opened by
    /// anybody any more: whoever signs in is told what to do, and the log tells whoever runs the service.
    pub fn open(sealed: &str, tokens: &Tokens, user: Id) -> Result<Self, Error> {
        let cannot = || {
            tracing::warn!(%user, "the one-time codes of a user can't be read: EHCP_JWT_SECRET is another than before");
            Error::Unauthenticated(Code::OtpUnreadable)
        };
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_fault| cannot())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or_else(cannot)?;
        let about = user.to_string();
        let payload = Payload { msg: sealed, aad: about.as_bytes() };
        let opened = cipher(tokens)?.decrypt(&Nonce::from(*nonce), payload).map_err(|_fault| cannot())?;
        Ok(Self(opened.try_into().map_err(|_fault| cannot())?))
    }
}

impl Default for OneTimeSecret {
    fn default() -> Self {
        Self::new()
    }
}

fn cipher(tokens: &Tokens) -> Result<ChaCha20Poly1305, Error> {
    let key = tokens.derived_key("one-time codes")?;
    ChaCha20Poly1305::new_from_slice(&key).map_err(|fault| Error::internal(fault.to_string()))
}

/// New recovery codes, such as `k3tz-9wqp-2mxa-7fhd`: 80 bits each.
pub fn recovery_codes() -> Vec<String> {
    let code = || {
        let mut bytes = [0_u8; 16];
        rand::rng().fill_bytes(&mut bytes);
        let signs = bytes.iter().map(|byte| SIGNS.get(usize::from(byte % 32)).copied().map_or('a', char::from));
        let signs: Vec<char> = signs.collect();
        signs.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    };
    std::iter::repeat_with(code).take(RECOVERY_CODES).collect()
}

/// What is kept of a user's recovery code, however they typed it. Nobody without the signing secret can try guesses on it.
pub fn recovery_digest(tokens: &Tokens, user: Id, code: &str) -> Result<String, Error> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    tokens.keyed_digest(format!("recovery code:{user}:{}", plain.to_ascii_lowercase()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const OF_THE_RFC: &[u8; 20] = b"12345678901234567890";

    fn tokens(secret: &str) -> Tokens {
        Tokens::open(Some(secret), std::path::Path::new("")).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = OneTimeSecret(*OF_THE_RFC);
        // The appendix has eight digits, of which a code of six has the last.
        for (at, code) in
            [("1970-01-01T00:00:59Z", "287082"), ("2005-03-18T01:58:29Z", "081804"), ("2033-05-18T03:33:20Z", "279037")]
        {
            let at: Instant = at.parse().unwrap();
            assert_eq!(secret.step_of(code, at).unwrap(), Some(at.utc().timestamp() / 30), "{code}");
        }
        let at: Instant = "2005-03-18T01:58:29Z".parse().unwrap();
        let later = |seconds| at.plus(chrono::TimeDelta::seconds(seconds));
        assert!(secret.step_of(" 081 804 ", later(30)).unwrap().is_some(), "a clock may be a step late");
        assert!(secret.step_of("081804", later(61)).unwrap().is_none());
        for wrong in ["", "081805", "0818040", "abcdef", "81804"] {
            assert!(secret.step_of(wrong, at).unwrap().is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_sealed_secret_opens_for_its_user_and_its_signing_secret_alone() {
        let (mine, other) =
            (tokens("a signing secret of thirty-two bytes"), tokens("another secret of thirty-two bytes"));
        let user = Id::new();
        let secret = OneTimeSecret::new();
        let sealed = secret.seal(&mine, user).unwrap();
        assert_ne!(sealed, secret.seal(&mine, user).unwrap());
        assert!(!sealed.contains(&secret.to_base32()));
        assert_eq!(OneTimeSecret::open(&sealed, &mine, user).unwrap().0, secret.0);
        assert!(OneTimeSecret::open(&sealed, &mine, Id::new()).is_err());
        assert!(OneTimeSecret::open(&sealed, &other, user).is_err());
        assert!(OneTimeSecret::open("", &mine, user).is_err());
    }

    #[test]
    fn recovery_codes_differ_and_are_known_however_they_are_typed() {
        let codes = recovery_codes();
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        assert!(codes.iter().all(|code| code.len() == 19));
        let (tokens, user) = (tokens("a signing secret of thirty-two bytes"), Id::new());
        let digest = |code: &str| recovery_digest(&tokens, user, code).unwrap();
        assert_eq!(digest("k3tz-9wqp-2mxa-7fhd"), digest(" K3TZ9WQP 2MXA7FHD"));
        assert_ne!(digest("k3tz"), digest("k3ty"));
    }

    #[test]
    fn a_device_is_told_the_council_and_the_account() {
        let uri = OneTimeSecret(*OF_THE_RFC).to_uri("Council: of X", "ada@example.org").unwrap();
        assert!(uri.starts_with("otpauth://totp/") && uri.contains("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
    }
}
