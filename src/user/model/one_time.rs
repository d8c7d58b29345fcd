//! What one-time codes and recovery codes are.

use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::{one_time_secrets, recovery_codes};
use crate::ids::Id;
use crate::time::Instant;

/// The secret behind a user's one-time codes, as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_secrets)]
pub struct KeptSecret {
    /// Whose.
    pub user_id: Id,
    /// The secret, encrypted.
    pub secret: String,
    /// When it was handed out.
    pub begun_at: Instant,
    /// When a code made with it was shown: from then on it counts.
    pub confirmed_at: Option<Instant>,
    /// The step of time of the last code that was taken: none up to it is taken again.
    pub last_step: i64,
}

/// A recovery code as it is kept: its digest.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = recovery_codes)]
pub struct RecoveryCode {
    /// The digest of the code.
    pub code_hash: String,
    /// Whose.
    pub user_id: Id,
    /// When it was used: it is good for once.
    pub used_at: Option<Instant>,
}

/// Begins to set up one-time codes.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtpBody {
    /// Your password: a token that was stolen must not lock you out.
    #[schema(max_length = 1000, format = Password)]
    pub current_password: String,
}

impl std::fmt::Debug for OtpBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpBody")
    }
}

/// A code that shows that the device has the secret.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtpConfirmationBody {
    /// The code that the device shows.
    #[schema(min_length = 1, max_length = 20)]
    pub otp: String,
}

impl std::fmt::Debug for OtpConfirmationBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpConfirmationBody")
    }
}

/// Gives one-time codes up.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtpRemovalBody {
    /// Your password.
    #[schema(max_length = 1000, format = Password)]
    pub current_password: String,
    /// The code that the device shows, or a recovery code.
    #[schema(min_length = 1, max_length = 40)]
    pub otp: String,
}

impl std::fmt::Debug for OtpRemovalBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpRemovalBody")
    }
}

/// What a device needs to make one-time codes (RFC 6238). It is shown this once.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Otp)]
pub struct OtpView {
    /// The secret, to be typed.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// The same, to be shown as a QR code.
    #[schema(example = "otpauth://totp/...")]
    pub uri: String,
}

impl std::fmt::Debug for OtpView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpView")
    }
}

/// What opens the account once each where the device is lost. They are shown this once.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub struct RecoveryCodesView {
    /// The codes: keep them apart from the device.
    pub recovery_codes: Vec<String>,
}

impl std::fmt::Debug for RecoveryCodesView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodesView")
    }
}
