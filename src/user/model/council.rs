//! Who somebody is at the council's own sign-in.

use diesel::{Insertable, Queryable, Selectable};

use crate::db::schema::{council_identities, council_tokens};
use crate::ids::Id;
use crate::time::Instant;

/// Who a user is at the council's own sign-in.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = council_identities)]
pub struct CouncilIdentity {
    /// The user.
    pub user_id: Id,
    /// Who vouches for them.
    pub issuer: String,
    /// Who they are to the issuer.
    pub subject: String,
    /// When this was learnt.
    pub linked_at: Instant,
}

/// A token of the council's sign-in as it is kept: its digest, and the session that it is here.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = council_tokens)]
pub struct CouncilToken {
    /// The digest of the token.
    pub token_hash: String,
    /// The session.
    pub session_id: Id,
}
