//! Passwords and random tokens: argon2id at OWASP's parameters; tokens of 256 bits kept only as SHA-256 digests.

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Hashes and verifies passwords.
#[derive(Debug)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    /// A hash of nothing anybody knows: an unknown user must take as long as a wrong password.
    dummy: String,
}

impl PasswordHasher {
    /// argon2id with 19 MiB, 2 passes and 1 lane (OWASP Password Storage Cheat Sheet).
    pub fn new() -> Result<Self, Error> {
        let params = Params::new(19_456, 2, 1, None).map_err(|fault| Error::internal(fault.to_string()))?;
        let mut hasher =
            Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), dummy: String::new() };
        hasher.dummy = hasher.hash(&random_token())?;
        Ok(hasher)
    }

    /// The hash of a password, in PHC form with its salt and parameters.
    pub fn hash(&self, password: &str) -> Result<String, Error> {
        let salt = SaltString::generate(&mut OsRng);
        let hash = self.argon2.hash_password(password.as_bytes(), &salt);
        Ok(hash.map_err(|fault| Error::internal(fault.to_string()))?.to_string())
    }

    /// Whether the password is right. Takes as long where there is no hash to compare with.
    pub fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let matches = PasswordHash::new(hash.unwrap_or(&self.dummy))
            .is_ok_and(|parsed| self.argon2.verify_password(password.as_bytes(), &parsed).is_ok());
        matches && hash.is_some()
    }
}

/// A random token of 256 bits.
pub fn random_token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a token.
pub fn token_digest(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}
