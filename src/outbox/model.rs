//! What a message is.

use chrono::{NaiveDate, TimeDelta};
use diesel::{Identifiable, Insertable, Queryable, Selectable};
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use statute::Addressee;
use utoipa::{IntoParams, ToSchema};

use crate::db::columns::Doc;
use crate::db::schema::{bounces, messages};
use crate::ids::Id;
use crate::mail::{Link, Notice, NoticeWord};
use crate::time::Instant;
use crate::words::{AddresseeWord, Word, vocabulary};

/// For how long a message is tried before it is given up.
pub const TRIED_FOR: TimeDelta = TimeDelta::hours(24);

/// How many attempts are made at least: a weekend on which nothing may be sent is no day of trying.
pub const TRIED_AT_LEAST: i32 = 12;

vocabulary! {
    /// Where a message stands.
    MessageState as MessageStateWord {
        /// It waits to be sent, or to be tried again.
        Queued = "queued",
        /// A mail server took it.
        Sent = "sent",
        /// A mail server refused it, or none took it for a day.
        Failed = "failed",
        /// A step made it moot before it was sent.
        Withdrawn = "withdrawn",
    }
}

/// A message as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct Message {
    /// Its id, and that of its Message-ID.
    pub id: Id,
    /// What it must be the only one of; none once it is withdrawn, so that the same may be queued again.
    pub dedupe_key: Option<String>,
    /// Which notice it is.
    pub kind: NoticeWord,
    /// To which address.
    pub recipient: String,
    /// The facts that its words are made from. Never anything about a child.
    pub params: Doc<Map<String, Value>>,
    /// The case it is about.
    pub case_id: Option<Id>,
    /// The request for advice it is about.
    pub advice_request_id: Option<Id>,
    /// Which chase of that request it is, 1 for the first.
    pub chase_number: Option<i32>,
    /// Whether it may leave outside the hours and days of casework: account mails and secret links.
    pub at_any_hour: bool,
    /// Not before this moment of casework.
    pub not_before: Instant,
    /// Where it stands.
    pub state: MessageStateWord,
    /// How many times it has been tried.
    pub attempts: i32,
    /// When it was tried first.
    pub first_attempt_at: Option<Instant>,
    /// Not to be tried again before then.
    pub next_attempt_at: Instant,
    /// The claim of whoever is sending it.
    pub lease: Option<Id>,
    /// Until when nobody else may claim it.
    pub leased_until: Option<Instant>,
    /// What the mail server last answered, or why it could not be asked.
    pub server_answer: Option<String>,
    /// When it was queued.
    pub created_at: Instant,
    /// When it was sent, given up or withdrawn.
    pub settled_at: Option<Instant>,
    /// Whether somebody wants it tried although its address has refused mail before.
    pub insisted: bool,
    /// Whether it was given up because no mail could leave: nothing is wrong with it, nor with its address.
    pub lost: bool,
    /// The information request to a setting it is about.
    pub information_request_id: Option<Id>,
}

impl Message {
    /// Whether the day that it tells, if it tells one, is not over on a day.
    pub fn is_told_in_time(&self, on: NaiveDate) -> bool {
        let told = ["due_on", "expires_on"].iter().find_map(|name| self.params.0.get(*name)?.as_str()?.parse().ok());
        told.is_none_or(|told: NaiveDate| told >= on)
    }

    /// Why it is about to leave, and why it has not yet.
    pub fn why_it_waits(&self) -> String {
        let queued = format!("it was queued on {}", self.not_before.day_in_london().format("%-d %B %Y"));
        match (self.attempts, &self.server_answer) {
            (0, _) => queued,
            (1, Some(answer)) => format!("{queued}, and was tried once ({answer})"),
            (1, None) => format!("{queued}, and was tried once"),
            (attempts, Some(answer)) => format!("{queued}, and was tried {attempts} times ({answer})"),
            (attempts, None) => format!("{queued}, and was tried {attempts} times"),
        }
    }

    /// Whether it failed and can be sent again: nothing newer has taken its place.
    pub fn is_retryable(&self) -> bool {
        self.state.0 == MessageState::Failed && self.dedupe_key.is_some()
    }
}

/// How many messages an address must have refused to be one that no more mail is tried at.
pub const BOUNCES: i32 = 2;

/// An address that refused mail for good.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = bounces)]
pub struct Bounce {
    /// The address, as `text::fold_address` writes it.
    pub address: String,
    /// How many messages it refused.
    pub refused: i32,
    /// The last of them.
    pub last_message_id: Id,
    /// What the server said to that.
    pub last_answer: String,
    /// When.
    pub last_refused_at: Instant,
}

impl Bounce {
    /// Whether no more mail is tried there.
    pub fn is_marked(&self) -> bool {
        self.refused >= BOUNCES
    }

    /// Why a message to it is not tried.
    pub fn reason(&self) -> String {
        format!(
            "Not tried: {} refused {} messages, the last on {} ({}). Give the right address, or send this message again \
             to try it once more.",
            self.address,
            self.refused,
            self.last_refused_at.day_in_london().format("%-d %B %Y"),
            self.last_answer
        )
    }
}

/// The fact that says whom of the family a notice is for.
const ADDRESSEE: &str = "addressee";

/// A message to be queued.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) dedupe_key: String,
    pub(crate) kind: Notice,
    pub(crate) recipient: String,
    pub(crate) params: Map<String, Value>,
    pub(crate) case_id: Option<Id>,
    pub(crate) advice_request_id: Option<Id>,
    pub(crate) information_request_id: Option<Id>,
    pub(crate) chase_number: Option<i32>,
    pub(crate) at_any_hour: bool,
    pub(crate) not_before: Option<Instant>,
}

impl NewMessage {
    /// A notice to an address. Of all messages with one `dedupe_key` only the first is queued.
    pub fn new(kind: Notice, recipient: impl Into<String>, dedupe_key: impl Into<String>) -> Self {
        Self {
            dedupe_key: dedupe_key.into(),
            kind,
            recipient: recipient.into(),
            params: Map::new(),
            case_id: None,
            advice_request_id: None,
            information_request_id: None,
            chase_number: None,
            at_any_hour: false,
            not_before: None,
        }
    }

    /// With a fact for its words: a reference, a step, a day, an id. Never a name, a birth date, a need or an address.
    #[must_use]
    pub fn with(mut self, name: &str, fact: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), fact.into());
        self
    }

    /// To the family: whom of it the notice is for.
    #[must_use]
    pub fn to_addressee(self, addressee: Addressee) -> Self {
        self.with(ADDRESSEE, addressee.as_str())
    }

    /// With a secret link, as the fact `link`. Its token is worked out when the mail leaves.
    #[must_use]
    pub fn with_link(self, link: Link) -> Self {
        let fact = serde_json::json!(link);
        self.with("link", fact)
    }

    /// About a case.
    #[must_use]
    pub fn about_case(mut self, id: Id) -> Self {
        self.case_id = Some(id);
        self
    }

    /// About a request for advice.
    #[must_use]
    pub fn about_request(mut self, id: Id) -> Self {
        self.advice_request_id = Some(id);
        self
    }

    /// About an information request to a setting.
    #[must_use]
    pub fn about_information(mut self, id: Id) -> Self {
        self.information_request_id = Some(id);
        self
    }

    /// As the chase of this number of the request it is about.
    #[must_use]
    pub fn as_chase(mut self, number: i32) -> Self {
        self.chase_number = Some(number);
        self
    }

    /// At once, by day or night: account mails and secret links.
    #[must_use]
    pub fn at_any_hour(mut self) -> Self {
        self.at_any_hour = true;
        self
    }

    /// Not before a moment of casework.
    #[must_use]
    pub fn not_before(mut self, moment: Instant) -> Self {
        self.not_before = Some(moment);
        self
    }
}

/// A chase that was sent, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chase {
    /// The request for advice that it is about.
    pub advice_request_id: Id,
    /// 1 for the first of the request.
    pub number: i32,
    /// Whether a mail server took it.
    pub sent: bool,
    /// When a mail server took it, or it was given up.
    pub settled_at: Instant,
    /// To which address.
    pub to: String,
}

/// What was written about a request for advice or an information request, sent or still to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The request.
    pub request_id: Id,
    /// The day of casework on which it was queued.
    pub on: NaiveDate,
    /// Which chase it is, where it is one.
    pub chase: Option<i32>,
    /// The last day in time that it tells.
    pub due_on: Option<NaiveDate>,
    /// Where it stands.
    pub state: MessageState,
    /// Whether it failed because no mail could leave.
    pub lost: bool,
}

/// Which messages a step makes moot: those that fit everything that is given.
#[derive(Debug, Clone, Default)]
pub struct Moot {
    /// About this case.
    pub case_id: Option<Id>,
    /// About these requests for advice; about any or none where there is none.
    pub advice_requests: Vec<Id>,
    /// About this information request.
    pub information_request: Option<Id>,
    /// Of these kinds; of any where there is none.
    pub kinds: Vec<Notice>,
    /// The one of this key.
    pub dedupe_key: Option<String>,
}

/// How long to wait after this many attempts: a minute, then twice as long each time, an hour at most; a little sooner
/// or later by chance, so that what failed together is not tried together.
pub fn wait_after(attempts: i32) -> TimeDelta {
    let doubled = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(10);
    let minutes = 2_i64.saturating_pow(doubled).min(60);
    let percent: i64 = rand::rng().random_range(80..=120);
    TimeDelta::milliseconds(minutes.saturating_mul(600).saturating_mul(percent))
}

/// Whether a message that was tried this often, first at that time, is given up now.
pub fn is_given_up(attempts: i32, first_attempt_at: Instant, now: Instant) -> bool {
    attempts >= TRIED_AT_LEAST && first_attempt_at.plus(TRIED_FOR) <= now
}

/// Which messages to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotificationFilter {
    /// Only those that stand so.
    #[param(inline)]
    pub state: Option<MessageStateWord>,
    /// Only those of this kind.
    #[param(inline)]
    pub kind: Option<NoticeWord>,
    /// Only those about this case.
    pub case_id: Option<Id>,
    /// Only those about this request for advice.
    pub advice_request_id: Option<Id>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// The case of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NotificationCase)]
pub struct CaseOfMessage {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
}

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotificationView {
    /// Its id; the mail's Message-ID begins with it.
    pub id: Id,
    /// Which notice it is.
    pub kind: NoticeWord,
    /// Where it stands.
    pub state: MessageStateWord,
    /// To which address.
    pub to: String,
    /// Whom of the family it is for; null of a mail to somebody else.
    pub addressee: Option<AddresseeWord>,
    /// The case it is about.
    pub case: Option<CaseOfMessage>,
    /// The request for advice it is about.
    pub advice_request_id: Option<Id>,
    /// The information request to a setting it is about.
    pub information_request_id: Option<Id>,
    /// Which chase of that request it is.
    pub chase_number: Option<i32>,
    /// When it was queued.
    pub created_at: Instant,
    /// The moment of casework before which it does not leave.
    pub not_before: Instant,
    /// How many times it has been tried.
    pub attempts: i32,
    /// When it will be tried again at the earliest; null once it is settled.
    pub next_attempt_at: Option<Instant>,
    /// When a mail server took it.
    pub sent_at: Option<Instant>,
    /// When it was given up.
    pub failed_at: Option<Instant>,
    /// What the mail server last answered, or why it could not be asked.
    pub server_answer: Option<String>,
    /// Whether it failed and can be sent again: no newer one has taken its place.
    pub retryable: bool,
}

/// What became of all that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NotificationsRetried)]
pub struct RetriedView {
    /// How many are sent again.
    pub queued: usize,
    /// How many failed ones were left as they are: their address refuses mail, a newer one has taken their place, or
    /// there were too many for one call.
    pub left: usize,
}

impl NotificationView {
    /// How a message is shown, with the reference of its case.
    pub fn new(message: Message, reference: Option<String>) -> Self {
        let state = message.state.0;
        let when = |wanted| message.settled_at.filter(|_| state == wanted);
        Self {
            retryable: message.is_retryable(),
            id: message.id,
            kind: message.kind,
            addressee: message.params.0.get(ADDRESSEE).and_then(Value::as_str).and_then(Addressee::parse).map(Word),
            state: Word(state),
            case: message.case_id.zip(reference).map(|(id, reference)| CaseOfMessage { id, reference }),
            advice_request_id: message.advice_request_id,
            information_request_id: message.information_request_id,
            chase_number: message.chase_number,
            created_at: message.created_at,
            not_before: message.not_before,
            attempts: message.attempts,
            next_attempt_at: (state == MessageState::Queued).then_some(message.next_attempt_at),
            sent_at: when(MessageState::Sent),
            failed_at: when(MessageState::Failed),
            server_answer: message.server_answer,
            to: message.recipient,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Clock;

    #[test]
    fn the_wait_doubles_up_to_an_hour_and_is_never_the_same_for_all() {
        for (attempts, minutes) in [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (40, 60), (i32::MAX, 60)] {
            for _ in 0..50 {
                let wait = wait_after(attempts);
                let whole = TimeDelta::minutes(minutes);
                assert!(wait >= whole * 8 / 10 && wait <= whole * 12 / 10, "{attempts}: {wait}");
            }
        }
        let waits: std::collections::BTreeSet<_> = (0..50).map(|_| wait_after(7)).collect();
        assert!(waits.len() > 1);
    }

    #[test]
    fn a_message_is_given_up_after_a_day_of_trying_and_a_weekend_is_none() {
        let first = Clock::default().read().at;
        assert!(!is_given_up(TRIED_AT_LEAST, first, first.plus(TimeDelta::hours(23))));
        assert!(is_given_up(TRIED_AT_LEAST, first, first.plus(TimeDelta::hours(24))));
        assert!(!is_given_up(TRIED_AT_LEAST - 1, first, first.plus(TimeDelta::hours(63))));
    }
}
