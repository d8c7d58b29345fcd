//! What a user, a session and a sign-in are.

mod council;
mod one_time;

use std::collections::HashSet;

use chrono::TimeDelta;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use council::{CouncilIdentity, CouncilToken};
pub use one_time::{
    KeptSecret, OtpBody, OtpConfirmationBody, OtpRemovalBody, OtpView, RecoveryCode, RecoveryCodesView,
};

use crate::auth::{LinkPurposeWord, RoleWord};
use crate::db::schema::{account_links, refresh_tokens, sessions, sign_in_failures, users};
use crate::ids::Id;
use crate::text::fold_address;
use crate::time::Instant;

/// How long a session lasts that nobody refreshes.
pub const IDLE: TimeDelta = TimeDelta::hours(12);

/// How long a session lasts at most.
pub const LONGEST: TimeDelta = TimeDelta::days(30);

/// How long a failed sign-in counts.
pub const FAILURES_COUNT_FOR: TimeDelta = TimeDelta::minutes(15);

/// How many sign-ins to one account may fail within [`FAILURES_COUNT_FOR`].
pub const FAILURES_OF_ACCOUNT: i64 = 5;

/// How many sign-ins from one address may fail within [`FAILURES_COUNT_FOR`]: an office shares one.
pub const FAILURES_OF_ADDRESS: i64 = 50;

/// A user as they are kept.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct User {
    /// Their id.
    pub id: Id,
    /// Their e-mail address in lower case: with it they sign in.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they are in this service.
    pub role: RoleWord,
    /// Whom they answer for; an adviser always has one.
    pub organisation_id: Option<Id>,
    /// Whether they may sign in.
    pub active: bool,
    /// The hash of their password, once they have one.
    pub password_hash: Option<String>,
    /// Raised by every change.
    pub version: i32,
    /// When they were added.
    pub created_at: Instant,
    /// When they were last changed.
    pub updated_at: Instant,
}

impl std::fmt::Debug for User {
    /// Without anything that belongs in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A sign-in as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub user_id: Id,
    /// When they signed in.
    pub created_at: Instant,
    /// When it was last refreshed.
    pub last_used_at: Instant,
    /// When it ends, unless it is refreshed before.
    pub expires_at: Instant,
    /// When it was ended.
    pub revoked_at: Option<Instant>,
    /// From where they signed in.
    pub address: Option<String>,
}

impl Session {
    /// When a session ends that was begun at one moment and last refreshed at another.
    pub fn ends(created_at: Instant, last_used_at: Instant) -> Instant {
        last_used_at.plus(IDLE).min(created_at.plus(LONGEST))
    }

    /// Whether it stands at this moment.
    pub fn stands(&self, at: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at > at
    }
}

/// A refresh token as it is kept: its digest.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
pub struct RefreshToken {
    /// The digest of the token.
    pub token_hash: String,
    /// The session that it prolongs.
    pub session_id: Id,
    /// When it was handed out.
    pub issued_at: Instant,
    /// When it was exchanged: it is good for once.
    pub used_at: Option<Instant>,
}

/// A link by which somebody chooses a password, as it is kept: its digest.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_links)]
pub struct AccountLink {
    /// Its id, from which its token is worked out.
    pub id: Id,
    /// Whose account it is for.
    pub user_id: Id,
    /// An invitation, or a reset.
    pub purpose: LinkPurposeWord,
    /// The digest of its token.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
    /// When it was used, or taken back.
    pub ended_at: Option<Instant>,
}

impl AccountLink {
    /// Whether it is good at this moment.
    pub fn stands(&self, at: Instant) -> bool {
        self.ended_at.is_none() && self.expires_at > at
    }
}

/// An attempt to sign in that did not succeed, or has not yet.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = sign_in_failures)]
pub struct Attempt {
    /// Its id.
    pub id: Id,
    /// The digest of the account's e-mail address, whether there is such an account or not.
    pub account_hash: String,
    /// From where.
    pub address: String,
    /// When.
    pub failed_at: Instant,
}

/// A sign-in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    /// The e-mail address; case does not matter.
    #[schema(max_length = 254)]
    pub email: String,
    /// The password.
    #[schema(max_length = 1000, format = Password)]
    pub password: String,
    /// The one-time code that the device shows, or a recovery code, for those who have set codes up.
    #[schema(max_length = 40)]
    pub otp: Option<String>,
}

impl std::fmt::Debug for LoginBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginBody")
    }
}

/// A refresh token.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// The token, as it was handed out.
    #[schema(max_length = 200)]
    pub refresh_token: String,
}

impl std::fmt::Debug for RefreshBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshBody")
    }
}

/// Somebody who can't sign in any more.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetBody {
    /// The e-mail address with which they sign in; case does not matter.
    #[schema(max_length = 254)]
    pub email: String,
}

impl std::fmt::Debug for PasswordResetBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordResetBody")
    }
}

/// A new password, and what shows that it may be set: the token of a link, or the password until now.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The token of the link in an invitation or a reset. Whoever shows one need not be signed in.
    #[schema(max_length = 200)]
    pub token: Option<String>,
    /// The password until now, of whoever is signed in.
    #[schema(max_length = 1000, format = Password)]
    pub current_password: Option<String>,
    /// The password from now on: 12 to 256 characters, without the part of your e-mail address before the @.
    #[schema(format = Password)]
    pub new_password: String,
}

impl std::fmt::Debug for PasswordBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordBody")
    }
}

/// What a sign-in or a refresh hands out.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct TokensView {
    /// Send it with every request: `Authorization: Bearer <access_token>`.
    pub access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// How long the access token is valid, in seconds.
    pub expires_in: i64,
    /// Exchange it for new tokens; good for once.
    pub refresh_token: String,
    /// There and true where the access token is good for setting up one-time codes alone: they are compulsory, and you
    /// have none yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub otp_enrolment_required: bool,
}

impl std::fmt::Debug for TokensView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokensView")
    }
}

/// A user to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    /// Their e-mail address: with it they sign in. Case does not matter.
    #[schema(min_length = 1, max_length = 254)]
    pub email: String,
    /// What they are called.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What they are in this service.
    pub role: RoleWord,
    /// Whom they answer for: required for an adviser.
    pub organisation_id: Option<Id>,
    /// Whether they may sign in; true unless told.
    pub active: Option<bool>,
    /// A first password: 12 to 256 characters, without the part of the e-mail address before the @. Without one, an
    /// invitation is mailed to them, by whose link they choose their own.
    #[schema(format = Password)]
    pub password: Option<String>,
}

impl std::fmt::Debug for UserBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserBody")
    }
}

/// A change to a user: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Their e-mail address: with it they sign in.
    #[schema(min_length = 1, max_length = 254)]
    pub email: Option<String>,
    /// What they are called.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What they are in this service. A new role ends their sign-ins.
    pub role: Option<RoleWord>,
    /// Whom they answer for. Another organisation ends their sign-ins.
    pub organisation_id: Option<Id>,
    /// Whether they may sign in; `false` ends their sign-ins.
    pub active: Option<bool>,
}

/// Which users to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Only of this role.
    #[param(inline)]
    pub role: Option<RoleWord>,
    /// Only those who may sign in, or only those who may not.
    pub active: Option<bool>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// A user as administrators see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Their id.
    pub id: Id,
    /// Their e-mail address.
    pub email: String,
    /// Whether the address has refused mail for good, twice or more: no mail is tried there until an address is given
    /// anew, or a message that is sent again arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_bounced: Option<bool>,
    /// What they are called.
    pub name: String,
    /// What they are in this service.
    pub role: RoleWord,
    /// Whom they answer for.
    pub organisation_id: Option<Id>,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they have a password yet.
    pub has_password: bool,
    /// Raised by every change.
    pub version: i32,
    /// When they were added.
    pub created_at: Instant,
    /// When they were last changed.
    pub updated_at: Instant,
}

impl From<User> for UserView {
    fn from(row: User) -> Self {
        Self {
            id: row.id,
            email: row.email,
            email_bounced: None,
            name: row.name,
            role: row.role,
            organisation_id: row.organisation_id,
            active: row.active,
            has_password: row.password_hash.is_some(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl UserView {
    /// With whether their address is among those that refused mail.
    pub fn with_bounces(self, marked: &HashSet<String>) -> Self {
        Self { email_bounced: Some(marked.contains(&fold_address(&self.email))), ..self }
    }
}

/// A user as colleagues see them in a pick-list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Colleague)]
pub struct ColleagueView {
    /// Their id.
    pub id: Id,
    /// What they are called.
    pub name: String,
    /// What they are in this service.
    pub role: RoleWord,
}

impl From<User> for ColleagueView {
    fn from(row: User) -> Self {
        Self { id: row.id, name: row.name, role: row.role }
    }
}

/// A row of the list of users: the whole of it for administrators, a name for everybody else.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = UserRow)]
pub enum UserRowView {
    /// For administrators.
    Whole(UserView),
    /// For pick-lists.
    Name(ColleagueView),
}

/// Who is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// Your id.
    pub id: Id,
    /// What you are called.
    pub name: String,
    /// Your e-mail address.
    pub email: String,
    /// What you are in this service.
    pub role: RoleWord,
    /// Whom you answer for.
    pub organisation: Option<MyOrganisationView>,
    /// Whether signing in asks you for a one-time code.
    pub has_otp: bool,
    /// What you may do here, for interfaces that hide what you may not.
    pub permissions: Vec<&'static str>,
}

/// Whom somebody answers for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MyOrganisation)]
pub struct MyOrganisationView {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// One of your own sign-ins.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id.
    pub id: Id,
    /// When you signed in.
    pub created_at: Instant,
    /// When it was last refreshed.
    pub last_used_at: Instant,
    /// When it ends, unless it is refreshed before.
    pub expires_at: Instant,
    /// From where you signed in.
    pub address: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// An e-mail address as it is kept and looked up.
pub fn fold_email(email: &str) -> String {
    fold_address(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_idle_and_at_the_latest_after_thirty_days() {
        let begun: Instant = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(Session::ends(begun, begun), begun.plus(TimeDelta::hours(12)));
        assert_eq!(
            Session::ends(begun, begun.plus(TimeDelta::days(29) + TimeDelta::hours(20))),
            begun.plus(TimeDelta::days(30))
        );
    }
}
