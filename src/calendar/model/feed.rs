//! What a calendar feed is: a private address at which a calendar program reads the days by which somebody acts.

use chrono::NaiveDate;
use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Role;
use crate::db::columns::Doc;
use crate::db::schema::calendar_feeds;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{AdviceKindWord, RuleIdWord, vocabulary};

vocabulary! {
    /// Whose days a calendar feed shows.
    FeedScope as FeedScopeWord {
        /// Those of your own cases: the authority's deadlines, and the advice that is owed for them.
        Caseworker = "caseworker",
        /// Those of the cases of some caseworkers, or of all cases.
        Team = "team",
        /// Those of the advice that your organisation owes.
        Organisation = "organisation",
    }
}

impl FeedScope {
    /// Whether somebody of this role may have such a feed.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Caseworker => matches!(role, Role::Caseworker | Role::Manager),
            Self::Team => role == Role::Manager,
            Self::Organisation => role == Role::Adviser,
        }
    }

    /// What somebody of this role wants who says nothing.
    pub fn usual_for(role: Role) -> Self {
        match role {
            Role::Manager => Self::Team,
            Role::Adviser => Self::Organisation,
            Role::Caseworker | Role::Admin => Self::Caseworker,
        }
    }
}

/// A feed as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = calendar_feeds)]
pub struct Feed {
    /// Its id, to revoke it by.
    pub id: Id,
    /// Who made it, and with whose eyes it is read.
    pub user_id: Id,
    /// Whose days it shows.
    pub scope: FeedScopeWord,
    /// The caseworkers of a team; all cases where there are none.
    pub caseworker_ids: Doc<Vec<Id>>,
    /// The organisation that owes the advice.
    pub organisation_id: Option<Id>,
    /// The digest of its token.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// The digest of what it last showed.
    pub content_hash: Option<String>,
    /// Since when it shows that.
    pub changed_at: Option<Instant>,
}

/// A feed to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedBody {
    /// Whose days it shows: unless told, a caseworker's own cases, a manager's team, an adviser's organisation.
    pub scope: Option<FeedScopeWord>,
    /// The caseworkers of a team; all cases where there are none.
    #[schema(max_items = 200)]
    pub caseworker_ids: Option<Vec<Id>>,
}

/// A feed, without its address: that is shown once, to whoever makes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CalendarFeed)]
pub struct FeedView {
    /// Its id, to revoke it by.
    pub id: Id,
    /// Whose days it shows.
    pub scope: FeedScopeWord,
    /// The caseworkers of a team; all cases where there are none.
    pub caseworker_ids: Vec<Id>,
    /// The organisation that owes the advice.
    pub organisation_id: Option<Id>,
    /// When it was made.
    pub created_at: Instant,
}

impl From<Feed> for FeedView {
    fn from(row: Feed) -> Self {
        Self {
            id: row.id,
            scope: row.scope,
            caseworker_ids: row.caseworker_ids.0,
            organisation_id: row.organisation_id,
            created_at: row.created_at,
        }
    }
}

/// A feed with its address.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NewCalendarFeed)]
pub struct NewFeedView {
    /// The feed.
    #[serde(flatten)]
    pub feed: FeedView,
    /// The private address, for a calendar program to subscribe to. Whoever has it reads the feed; it is not shown again.
    pub url: String,
}

/// What is done by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What a rule asks of the authority.
    Rule(RuleIdWord),
    /// Advice that is owed.
    Advice(AdviceKindWord),
}

/// A day of a feed.
#[derive(Debug, Clone)]
pub struct Due {
    /// The case.
    pub case_id: Id,
    /// What people call it.
    pub reference: String,
    /// What is to be done.
    pub step: Step,
    /// What it is about, where a case can have several.
    pub subject: Option<String>,
    /// The last working day in time.
    pub act_by: NaiveDate,
    /// The version of the case: whatever moves the day raises it.
    pub version: i32,
    /// When the case was last changed.
    pub updated_at: Instant,
}
