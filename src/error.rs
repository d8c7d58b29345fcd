//! What can go wrong, without any notion of how it is transported.

use std::fmt;

use serde::Serialize;

use crate::codes::Code;
use crate::ids::Id;

/// Why something was not done. Each variant says when to use it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know that there is.
    #[error("not found")]
    NotFound,
    /// The caller may see it and may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The caller must set up one-time codes before anything else.
    #[error("one-time codes are not set up")]
    EnrolFirst,
    /// The caller is not signed in, or the sign-in did not succeed.
    #[error("{}", .0.title())]
    Unauthenticated(Code),
    /// The body is not JSON at all, or a file not of the kind that is expected.
    #[error("{0}")]
    Malformed(String),
    /// The body is not a form, or broke off.
    #[error("not a form")]
    MalformedForm,
    /// Fields of the request are wrong: all of them at once.
    #[error("{} fault(s) in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// The law refuses the step now.
    #[error(transparent)]
    Refused(#[from] statute::Refusal),
    /// The service refuses, for a reason of its own that is no rule of law.
    #[error("{detail}")]
    Conflict {
        /// Its code.
        code: Code,
        /// What to do.
        detail: String,
        /// Those that it may be about.
        candidates: Vec<Candidate>,
        /// Cases that it may be about and that the caller may not know of: not told, and put on record as refused.
        hidden: Vec<Id>,
    },
    /// Somebody else changed the thing first.
    #[error("stale")]
    Stale,
    /// Somebody else changed a plan first: these of its sections.
    #[error("stale")]
    StaleSections(Vec<&'static str>),
    /// A step needs to name the version it changes.
    #[error("If-Match is missing")]
    PreconditionRequired,
    /// The body is larger than this service takes.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// The request came more slowly than a client sends.
    #[error("too slow")]
    TooSlow,
    /// The body is of a type that is not taken here.
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    /// The thing is not had in a form that the caller takes.
    #[error("{0}")]
    NotAcceptable(&'static str),
    /// Too many attempts.
    #[error("throttled")]
    Throttled {
        /// When to try again, in seconds.
        retry_after: u64,
    },
    /// The database or another part is out of reach or too busy; trying again may succeed.
    #[error("unavailable")]
    Unavailable(Hidden),
    /// The disk is full.
    #[error("disk full")]
    DiskFull,
    /// A fault of the service's own. Its text goes to the log, never to the client.
    #[error("internal")]
    Internal(Hidden),
}

/// Text for the log alone: it cannot be displayed, only debugged.
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error {
    /// For a fault of our own: a broken invariant, a row that can't be.
    pub fn internal(why: impl Into<String>) -> Self {
        Self::Internal(Hidden(why.into()))
    }

    /// For a part that is out of reach or too busy.
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(Hidden(why.into()))
    }

    /// For a refusal that is the service's own.
    pub fn conflict(code: Code, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into(), candidates: Vec::new(), hidden: Vec::new() }
    }
}

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) into the body, or `/name` of a parameter.
    pub pointer: String,
    /// What kind of fault.
    pub code: Code,
    /// What is expected. Never the value that was sent: it may be about a child.
    pub detail: String,
    /// The legal rule, where the fault is against one.
    pub citation: Option<&'static str>,
}

/// The most faults that are told of one request: whoever sends a million gets no million back.
pub const MOST_FAULTS: usize = 100;

/// The longest pointer of a fault, in characters. A pointer repeats names that were sent.
const LONGEST_POINTER: usize = 200;

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, code: Code, detail: impl Into<String>) -> Self {
        let mut pointer = pointer.into();
        if let Some((end, _)) = pointer.char_indices().nth(LONGEST_POINTER) {
            pointer.truncate(end);
            pointer.push('…');
        }
        Self { pointer, code, detail: detail.into(), citation: None }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults.found)
    }
}

/// Gathers faults, so that a request hears of all of them at once.
#[derive(Debug, Default)]
pub struct Faults {
    found: Vec<Fault>,
    /// Where a body's schema has found fault: no value stands there that could be judged.
    unsound: Vec<String>,
}

impl Faults {
    /// Goes on from what a body's schema has found.
    pub fn after(mut found: Vec<Fault>) -> Self {
        found.truncate(MOST_FAULTS);
        // A field that is not known leaves those that are as they are.
        let known = found.iter().filter(|fault| fault.code != Code::UnknownField);
        let unsound = known.map(|fault| fault.pointer.clone()).collect();
        Self { found, unsound }
    }

    /// Whether the schema has found nothing wrong with the value at `pointer`, in it, or with what it stands in. Where a
    /// check compares several values, all of them have to be sound.
    pub fn is_sound(&self, pointer: &str) -> bool {
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.unsound.iter().any(|unsound| within(unsound, pointer) || within(pointer, unsound))
    }

    /// Adds a fault, unless the schema has found one there already.
    pub fn add(&mut self, pointer: impl Into<String>, code: Code, detail: impl Into<String>) {
        let pointer = pointer.into();
        if self.found.len() < MOST_FAULTS && self.is_sound(&pointer) {
            self.found.push(Fault::new(pointer, code, detail));
        }
    }

    /// Adds a fault unless `fine`.
    pub fn unless(&mut self, fine: bool, pointer: impl Into<String>, code: Code, detail: impl Into<String>) {
        if !fine {
            self.add(pointer, code, detail);
        }
    }

    /// Adds what the law refuses about the value at `pointer`, unless the schema has found a fault there already.
    pub fn lawful(&mut self, pointer: &str, judged: Result<(), statute::Refusal>) {
        if let Err(refusal) = judged
            && self.found.len() < MOST_FAULTS
            && self.is_sound(pointer)
        {
            let fault = Fault::new(pointer, Code::Law(refusal.code), refusal.sentence);
            self.found.push(Fault { citation: refusal.citation, ..fault });
        }
    }

    /// Adds a fault where a text is there but blank.
    pub fn not_blank(&mut self, pointer: &str, text: Option<&str>) {
        self.unless(
            text.is_none_or(|text| !text.trim().is_empty()),
            pointer,
            Code::Blank,
            "Give a text, or leave it out.",
        );
    }

    /// Adds a fault where a step's day is in the future or before the step that it follows.
    pub fn day(
        &mut self,
        pointer: &str,
        on: chrono::NaiveDate,
        not_before: chrono::NaiveDate,
        today: chrono::NaiveDate,
    ) {
        match statute::check_day(on, not_before, today) {
            Ok(()) => {}
            Err(statute::DayFault::InFuture) => {
                self.add(pointer, Code::DateInFuture, format!("Give a day no later than today, {today}."));
            }
            Err(statute::DayFault::BeforePreviousStep) => self.add(
                pointer,
                Code::DateBeforePreviousStep,
                format!("Give a day no earlier than {not_before}, the day of the step before."),
            ),
        }
    }

    /// The faults themselves, for what reports them in a way of its own.
    pub fn into_vec(self) -> Vec<Fault> {
        self.found
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The error, if there was a fault.
    pub fn check(self) -> Result<(), Error> {
        if self.found.is_empty() { Ok(()) } else { Err(Error::Invalid(self.found)) }
    }
}

/// Something that a refusal may be about: a person who may be the same.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Candidate {
    /// The person.
    pub id: crate::ids::Id,
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
    /// Date of birth.
    pub date_of_birth: chrono::NaiveDate,
}

impl From<diesel::result::Error> for Error {
    /// Internal or unavailable, nothing else: absence is `.optional()?` and decided by the caller.
    fn from(fault: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
        let text = describe(&fault);
        match &fault {
            Db::DatabaseError(Kind::ClosedConnection | Kind::SerializationFailure | Kind::ReadOnlyTransaction, _)
            | Db::BrokenTransactionManager => Self::unavailable(text),
            Db::DatabaseError(_, info) if is_busy(info.message()) => Self::unavailable(text),
            Db::DatabaseError(_, info) if is_disk_full(info.as_ref()) => Self::DiskFull,
            _ => Self::internal(text),
        }
    }
}

/// What a database error says, without the values of the row that it may quote.
fn describe(fault: &diesel::result::Error) -> String {
    match fault {
        diesel::result::Error::DatabaseError(kind, info) => {
            let message = info.message().lines().next().unwrap_or_default().to_owned();
            format!("{kind:?}: {message} ({})", info.constraint_name().or(info.table_name()).unwrap_or("-"))
        }
        other => other.to_string(),
    }
}

fn is_busy(message: &str) -> bool {
    [
        "database is locked",
        "deadlock detected",
        // A statement, a lock or a transaction took longer than the service waits.
        "canceling statement due to",
        "terminating connection",
        "server closed the connection",
        "too many clients",
        // A disk that the system has made read-only, as it does with one that fails.
        "attempt to write a readonly database",
        "Read-only file system",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

/// SQLite's words, the system's, and what PostgreSQL says where some of a page still fitted.
fn is_disk_full(info: &dyn diesel::result::DatabaseErrorInformation) -> bool {
    ["disk is full", "No space left on device"].iter().any(|sign| info.message().contains(sign))
        || info.hint() == Some("Check free disk space.")
}
