//! What is due on a day: decisions without a database and without a clock.

mod digest;
mod ladder;
mod words;

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use statute::Calendar;
use utoipa::{IntoParams, ToSchema};

pub use digest::{Digest, Line, Section, Weekly, summary};
pub use ladder::{Earlier, Fate, Step, step_of};
pub use words::{in_words, mail_in_words, next_step, reader_of, stage_in_words};

use crate::config::NoticeRules;
use crate::ids::Id;
use crate::mail::NoticeWord;
use crate::time::Instant;

/// The day that a run decides about, with all that it decides by.
#[derive(Debug, Clone)]
pub struct Day {
    /// The day of casework.
    pub on: NaiveDate,
    /// The working days.
    pub calendar: Arc<Calendar>,
    /// The council's rules.
    pub rules: NoticeRules,
}

impl Day {
    /// Whether anything is queued on this day at all.
    pub fn is_open(&self) -> bool {
        self.calendar.is_working_day(self.on)
    }

    /// The last day that counts as soon for a digest: what is due by then has to be acted on within the working days of the
    /// rules. It takes in the closed days that follow, since what is due on them has to be acted on before.
    pub fn soon(&self) -> NaiveDate {
        let last = self.calendar.add_working_days(self.on, self.rules.caseworkers.due_within_working_days);
        self.day_before_next_working_day(last)
    }

    /// The last day in time of a request that a reminder can be due for on this day.
    pub fn latest_reminded(&self) -> NaiveDate {
        let longest = self.rules.advice.remind_days_before.first().copied().unwrap_or(0);
        later(self.day_before_next_working_day(self.on), u64::from(longest))
    }

    /// How many days from this day until another; negative once that is over.
    pub fn days_until(&self, day: NaiveDate) -> i64 {
        day.signed_duration_since(self.on).num_days()
    }

    fn day_before_next_working_day(&self, day: NaiveDate) -> NaiveDate {
        self.calendar.add_working_days(day, 1).pred_opt().unwrap_or(day)
    }
}

/// This many days after a day.
fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// This many days before a day.
fn earlier(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// Where a run has come to: which kind of message it is at, and after which row it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    /// What was lost while no mail left and is still owed. Only a preview looks at it.
    Lost(Option<Id>),
    /// What has been queued and waits. Only a preview looks at it.
    Waiting(Option<(Instant, Id)>),
    /// Requests for advice, by the day they are due.
    Advice(Option<(NaiveDate, Id)>),
    /// Information requests to settings, by the day they are to be answered.
    Information(Option<(NaiveDate, Id)>),
    /// Families, by the day their request was received.
    Families(Option<(NaiveDate, Id)>),
    /// Caseworkers.
    Caseworkers(Option<Id>),
    /// Managers, about cases that nobody works on.
    Managers(Option<Id>),
    /// Managers, about breaches.
    Weekly(Option<Id>),
}

/// Which day to preview.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewFilter {
    /// The day; today unless told. What happens until then is not known: it is judged by the cases as they stand.
    pub on: Option<NaiveDate>,
    /// How many, 50 unless told, 200 at most. A page may hold fewer although others follow.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// What a run on a day would send.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewView {
    /// The day.
    pub on: NaiveDate,
    /// Whether it is a working day: on others only account mails and secret links leave.
    pub working_day: bool,
    /// The messages.
    pub items: Vec<PreviewedView>,
    /// Hand it back as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A message that a run would send.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PreviewedNotification)]
pub struct PreviewedView {
    /// Which notice it is.
    pub kind: NoticeWord,
    /// To which address.
    pub to: String,
    /// Why it is due.
    pub why: String,
    /// Whether it is queued already.
    pub queued: bool,
    /// The case it is about.
    pub case: Option<PreviewedCase>,
    /// The request for advice it is about.
    pub advice_request_id: Option<Id>,
    /// The information request to a setting it is about.
    pub information_request_id: Option<Id>,
    /// Which chase of that request it is.
    pub chase_number: Option<i32>,
}

/// The case of a message that a run would send.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewedCase {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
}

/// What a run queued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Queued {
    /// Messages that were found to be due and not written yet.
    pub due: usize,
    /// Those of them that this run queued; another process may have been first.
    pub queued: usize,
    /// Messages that were lost while no mail left and are queued once more, since they are still owed.
    pub revived: usize,
    /// Whether the day is one on which nothing is queued.
    pub closed: bool,
}

impl std::fmt::Display for Queued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.closed {
            return f.write_str("nothing is sent today: it is no working day");
        }
        write!(f, "{} queued", self.queued)?;
        if self.revived > 0 { write!(f, ", {} queued once more", self.revived) } else { Ok(()) }
    }
}
