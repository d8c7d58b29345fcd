//! Who acts, when and in which request: made once, handed to every command.

use std::net::IpAddr;

use chrono::NaiveDate;

use crate::auth::Role;
use crate::error::Error;
use crate::ids::Id;
use crate::time::{Instant, Reading};

/// A user as the service knows them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user_id: Id,
    /// The sign-in that the request came with.
    pub session_id: Id,
    /// For records.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Whom they answer for.
    pub organisation_id: Option<Id>,
}

/// Somebody who came by a secure link: without an account, for one request for advice of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkHolder {
    /// The link.
    pub link_id: Id,
    /// The request for advice that it opens, and nothing else.
    pub request_id: Id,
    /// The organisation that the link was mailed to.
    pub organisation_id: Id,
    /// For records: the organisation, since the person is not known.
    pub name: String,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A user.
    User(Principal),
    /// Somebody at the organisation that a secure link was mailed to.
    Link(LinkHolder),
    /// The service itself: a job, an import, the demonstration.
    System(&'static str),
}

/// One act: the actor, one reading of the clock, and the request that it belongs to.
#[derive(Debug, Clone)]
pub struct Acting {
    /// Who.
    pub actor: Actor,
    /// When, by the machine's clock.
    pub at: Instant,
    /// The day of casework.
    pub today: NaiveDate,
    /// The request, or the run of a job.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
}

/// What an address is counted as. An IPv6 client has a whole network of addresses, so it is counted by its /64.
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

impl Acting {
    /// The service itself, acting under `name`.
    pub fn system(name: &'static str, reading: Reading) -> Self {
        Self {
            actor: Actor::System(name),
            at: reading.at,
            today: reading.today,
            request_id: Id::new().to_string(),
            address: None,
        }
    }

    /// What attempts and requests from this address are counted as.
    pub fn network(&self) -> String {
        network(self.address.as_deref().unwrap_or_default())
    }

    /// The moment from which on it is known in casework what is done now: the machine's, or noon in London of the day at which
    /// casework stands still.
    pub fn moment_of_casework(&self) -> Instant {
        let frozen = Instant::in_london(self.today, 12).filter(|_| self.at.day_in_london() != self.today);
        frozen.unwrap_or(self.at)
    }

    /// The user who acts; the service itself has none.
    pub fn user(&self) -> Option<&Principal> {
        match &self.actor {
            Actor::User(principal) => Some(principal),
            Actor::Link(_) | Actor::System(_) => None,
        }
    }

    /// Whoever came by a secure link.
    pub fn link(&self) -> Option<&LinkHolder> {
        match &self.actor {
            Actor::Link(holder) => Some(holder),
            Actor::User(_) | Actor::System(_) => None,
        }
    }

    /// The id of the user who acts.
    pub fn user_id(&self) -> Option<Id> {
        self.user().map(|user| user.user_id)
    }

    /// The user who acts, where only a user can.
    pub fn person(&self) -> Result<&Principal, Error> {
        self.user().ok_or_else(|| Error::internal("a step that only a user can take was taken by the service"))
    }

    /// The name for records.
    pub fn name(&self) -> &str {
        match &self.actor {
            Actor::User(principal) => &principal.name,
            Actor::Link(holder) => &holder.name,
            Actor::System(name) => name,
        }
    }

    /// Whether the actor has a role. The service itself acts with a manager's powers, a secure link with an adviser's.
    pub fn is(&self, role: Role) -> bool {
        match &self.actor {
            Actor::User(principal) => principal.role == role,
            Actor::Link(_) => role == Role::Adviser,
            Actor::System(_) => role == Role::Manager,
        }
    }

    /// Refuses those who are not managers.
    pub fn must_manage(&self, what: &'static str) -> Result<(), Error> {
        if self.is(Role::Manager) { Ok(()) } else { Err(Error::Forbidden(what)) }
    }
}
