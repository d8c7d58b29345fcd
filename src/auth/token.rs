//! Access tokens: JSON Web Tokens (RFC 7519) signed with HS256. The algorithm is fixed here, never read from the token.

use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::auth::{Role, RoleWord, random_token};
use crate::codes::Code;
use crate::error::Error;
use crate::folders::make_private;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{Vocabulary, Word, vocabulary};

vocabulary! {
    /// What a secret link in a mail is good for.
    LinkPurpose as LinkPurposeWord {
        /// Answers one request for advice.
        AdviceLink = "advice_link",
        /// Chooses the first password of an account.
        Invitation = "invitation",
        /// Chooses a new password of an account.
        PasswordReset = "password_reset",
    }
}

/// How long an access token is valid, in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;

const ISSUER: &str = "ehcp-tracker";

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// The service.
    pub iss: String,
    /// The user.
    pub sub: Id,
    /// The sign-in that it belongs to.
    pub sid: Id,
    /// The user's role when it was issued.
    pub role: RoleWord,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// Until when it is valid, in seconds since 1970.
    pub exp: i64,
    /// Good for nothing but setting up one-time codes, which the settings ask for and the user does not have yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enrolling: bool,
}

impl Claims {
    /// What a token of this service would say for a sign-in at the council.
    pub fn of_council(user: Id, session: Id, role: Role, expires_at: Instant) -> Self {
        let exp = expires_at.utc().timestamp();
        Self { iss: ISSUER.to_owned(), sub: user, sid: session, role: Word(role), iat: exp, exp, enrolling: false }
    }
}

/// Issues and verifies access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Signs with the secret that was set, or with one made and kept in the data folder.
    pub fn open(secret: Option<&str>, data_dir: &Path) -> Result<Self, Error> {
        match secret {
            Some(secret) => Ok(Self::new(secret)),
            None => Ok(Self::new(&kept_secret(data_dir)?)),
        }
    }

    fn new(secret: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 0;
        Self {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
            validation,
        }
    }

    /// A token for a user's sign-in; one that is `enrolling` is good for setting up one-time codes alone.
    pub fn issue(&self, user: Id, session: Id, role: Role, enrolling: bool, at: Instant) -> Result<String, Error> {
        let iat = at.utc().timestamp();
        let exp = iat.saturating_add(ACCESS_TOKEN_SECONDS);
        let claims = Claims { iss: ISSUER.to_owned(), sub: user, sid: session, role: Word(role), iat, exp, enrolling };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|fault| Error::internal(fault.to_string()))
    }

    /// A digest of a text that nobody without the secret can make or try guesses on (HMAC with SHA-256).
    pub fn keyed_digest(&self, text: &[u8]) -> Result<String, Error> {
        jsonwebtoken::crypto::sign(text, &self.encoding, Algorithm::HS256)
            .map_err(|fault| Error::internal(fault.to_string()))
    }

    /// A key of 256 bits for a purpose of its own, which only this service can work out.
    pub(super) fn derived_key(&self, purpose: &str) -> Result<Vec<u8>, Error> {
        // What is signed as a token has no colon, so no token can be made that gives the key away.
        let digest = self.keyed_digest(format!("key:{purpose}").as_bytes())?;
        URL_SAFE_NO_PAD.decode(digest).map_err(|fault| Error::internal(fault.to_string()))
    }

    /// The token of a secret link: 256 bits that only this service can work out, the same at each call.
    ///
    /// So a link can be written into a mail at the moment the mail leaves, and neither the link nor the mail has to be
    /// kept in clear. What is kept of it for looking it up is its [`token_digest`](super::token_digest).
    pub fn link_token(&self, purpose: LinkPurpose, id: Id) -> Result<String, Error> {
        self.keyed_digest(format!("{}:{id}", purpose.as_str()).as_bytes())
    }

    /// What a token says, if this service signed it and it is still valid.
    pub fn verify(&self, token: &str) -> Result<Claims, Error> {
        match decode::<Claims>(token, &self.decoding, &self.validation) {
            Ok(data) => Ok(data.claims),
            Err(_fault) => Err(Error::Unauthenticated(Code::InvalidToken)),
        }
    }
}

fn kept_secret(data_dir: &Path) -> Result<String, Error> {
    let file = data_dir.join("jwt-secret");
    let failed = |fault: std::io::Error| {
        Error::internal(format!("cannot keep the signing secret in {}: {fault}; set EHCP_DATA_DIR", file.display()))
    };
    make_private(data_dir).map_err(failed)?;
    if !file.exists() {
        // Written whole elsewhere, then linked into place: of two processes that start at once the second finds the
        // first one's, and none finds half of one.
        let draft = data_dir.join(format!("jwt-secret.{}", Id::new()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut made = options.open(&draft).map_err(failed)?;
        made.write_all(random_token().as_bytes()).and_then(|()| made.sync_all()).map_err(failed)?;
        let linked = fs::hard_link(&draft, &file);
        fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(fault) if fault.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(fault)),
            _ => {}
        }
    }
    let secret = fs::read_to_string(&file).map_err(failed)?;
    if secret.len() < 32 {
        return Err(Error::internal(format!("{} is too short: delete it to have a new one made", file.display())));
    }
    Ok(secret)
}
