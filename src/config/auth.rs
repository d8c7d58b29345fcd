//! `EHCP_JWT_SECRET` (made and kept in the data folder): signs access tokens, at least 32 bytes.

use super::{SettingError, Source};

/// The secret that stands in examples, and must therefore not be used.
const EXAMPLE: &str = "change-me-change-me-change-me-change-me";

/// How people sign in.
#[derive(Clone)]
pub struct AuthSettings {
    /// Signs access tokens; made and kept where it is not given.
    pub jwt_secret: Option<String>,
}

impl std::fmt::Debug for AuthSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthSettings").field("jwt_secret", &self.jwt_secret.as_ref().map(|_| "...")).finish()
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
        Ok(Self { jwt_secret })
    }
}
