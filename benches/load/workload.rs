//! What people ask of the service while it is measured.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cases::{Case, Caseload};
use super::data::{self, Dice};
use super::service::{PASSWORD, get, post, sign_in};

/// The page that a caseworker would look at first.
const LIST: &str = "/api/v1/cases?status=overdue&limit=50";

/// What an adviser would look at first.
const WORK_LIST: &str = "/api/v1/advice-requests";

/// How the whole year before this one went.
const TIMELINESS: &str = "/api/v1/reports/timeliness?from=2025-01-01&to=2025-12-31&group_by=month";

/// A name as somebody would type it: many have the forename, few the surname, and one of 24,000 both.
const SEARCH: &str = r#"{"q":"Kira Ashbarcor"}"#;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Whether the process lives: what HTTP alone allows.
    Health,
    /// Reading a case.
    Read,
    /// A page of the list of cases, filtered.
    List,
    /// Searching by name.
    Search,
    /// An adviser's work list.
    WorkList,
    /// The timeliness of a year.
    Timeliness,
    /// Deciding to assess a case, which asks for the advice in the same step.
    Decision,
}

impl Kind {
    /// All of them; what changes the data comes last.
    pub const ALL: [Self; 7] =
        [Self::Health, Self::Read, Self::List, Self::Search, Self::WorkList, Self::Timeliness, Self::Decision];

    /// Those that read the database.
    pub const READINGS: [Self; 5] = [Self::Read, Self::List, Self::Search, Self::WorkList, Self::Timeliness];

    /// What it is called in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Health => "health check, `GET /healthz`",
            Self::Read => "a case, `GET /cases/{id}`",
            Self::List => "a list page, `GET /cases?status=overdue&limit=50`",
            Self::Search => "a search by name, `POST /cases/search`",
            Self::WorkList => "an adviser's work list, `GET /advice-requests`",
            Self::Timeliness => "a year's timeliness, `GET /reports/timeliness`",
            Self::Decision => "a decision, `POST /cases/{id}/assessment-decision`",
        }
    }

    /// Whether the answer waits until it is on record who read it.
    pub fn is_on_record(self) -> bool {
        matches!(self, Self::Read | Self::List | Self::Search | Self::WorkList)
    }

    /// The share of the limit that is aimed at, on PostgreSQL and on SQLite. Readings without their record.
    pub fn target(self) -> Option<(f64, f64)> {
        match self {
            Self::Read => Some((0.6, 0.35)),
            Self::List => Some((0.5, 0.35)),
            Self::Decision => Some((0.6, 0.6)),
            _ => None,
        }
    }

    /// Who asks.
    pub fn asked_by(self) -> Who {
        match self {
            Self::WorkList => Who::Adviser,
            Self::Timeliness => Who::Manager,
            _ => Who::Caseworker,
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The first of the caseworkers.
    Caseworker,
    /// Somebody who answers for an organisation.
    Adviser,
    /// A manager.
    Manager,
}

impl Who {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Caseworker, Self::Adviser, Self::Manager];

    /// Whose account it is.
    pub fn email(self) -> &'static str {
        match self {
            Self::Caseworker => data::CASEWORKERS[0],
            Self::Adviser => data::ADVISER,
            Self::Manager => data::MANAGER,
        }
    }

    /// The place among all.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap()
    }
}

/// The requests to one service, by people who have signed in there.
#[derive(Debug)]
pub struct Requests<'a> {
    tokens: [String; 3],
    readings: Vec<Vec<u8>>,
    awaiting: &'a [Case],
    decided: AtomicUsize,
    dice: Vec<Mutex<Dice>>,
}

impl<'a> Requests<'a> {
    /// Signs everybody in to the service at an address.
    pub fn to(address: &str, caseload: &'a Caseload, clients: usize) -> Self {
        let tokens = Who::ALL.map(|who| sign_in(address, who.email(), PASSWORD));
        let readings = caseload.readings.iter().map(|case| get(&case.path(), Some(&tokens[0]))).collect();
        let dice = (0..clients).map(|client| Mutex::new(Dice::new(u64::try_from(client).unwrap()))).collect();
        Self { tokens, readings, awaiting: &caseload.awaiting, decided: AtomicUsize::new(0), dice }
    }

    fn token(&self, kind: Kind) -> Option<&str> {
        Some(&self.tokens[kind.asked_by().number()])
    }

    /// The next request of a kind; none where no case is left to be decided.
    pub fn next(&self, kind: Kind, client: usize) -> Option<Vec<u8>> {
        Some(match kind {
            Kind::Health => get("/healthz", None),
            Kind::Read => self.readings[self.dice[client].lock().unwrap().below(self.readings.len())].clone(),
            Kind::List => get(LIST, self.token(kind)),
            Kind::Search => post("/api/v1/cases/search", self.token(kind), None, SEARCH),
            Kind::WorkList => get(WORK_LIST, self.token(kind)),
            Kind::Timeliness => get(TIMELINESS, self.token(kind)),
            Kind::Decision => {
                let case = self.awaiting.get(self.decided.fetch_add(1, Ordering::Relaxed))?;
                self.decision(case)
            }
        })
    }

    /// Reading one case.
    pub fn reading(&self, case: &Case) -> Vec<u8> {
        get(&case.path(), self.token(Kind::Read))
    }

    /// Deciding to assess a case.
    pub fn decision(&self, case: &Case) -> Vec<u8> {
        let body = serde_json::json!({"outcome": "assess", "decided_on": data::today(), "notified_on": data::today()});
        let path = format!("{}/assessment-decision", case.path());
        post(&path, self.token(Kind::Decision), Some("1"), &body.to_string())
    }
}
