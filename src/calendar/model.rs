//! What a calendar holds.

mod feed;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::Calendar;
use utoipa::{IntoParams, ToSchema};

pub use feed::{Due, Feed, FeedBody, FeedScope, FeedScopeWord, FeedView, NewFeedView, Step};

use crate::codes::Code;
use crate::db::schema::{bank_holidays, closures};
use crate::error::Faults;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::RuleIdWord;

/// The division of the United Kingdom whose bank holidays count here.
const DIVISION: &str = "england-and-wales";

/// The years for which bank holidays can be given; anything else is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// A bank holiday of England and Wales.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = bank_holidays, primary_key(day))]
pub struct BankHoliday {
    /// The day.
    pub day: NaiveDate,
    /// What it is called.
    pub title: String,
    /// Such as `Substitute day`; mostly empty.
    pub notes: String,
    /// Whether flags are flown, as GOV.UK has it.
    pub bunting: bool,
}

/// Bank holidays in the form in which GOV.UK publishes them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BankHolidaysBody)]
pub struct BankHolidaysBody {
    /// Those that count.
    #[serde(rename = "england-and-wales")]
    pub england_and_wales: Division,
    /// Not looked at.
    pub scotland: Option<serde_json::Value>,
    /// Not looked at.
    #[serde(rename = "northern-ireland")]
    pub northern_ireland: Option<serde_json::Value>,
    /// Not looked at: here so that what was read can be sent back.
    pub covers_until: Option<NaiveDate>,
}

/// The bank holidays of one division of the United Kingdom.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BankHolidaysOfDivision)]
pub struct Division {
    /// Which.
    #[schema(example = "england-and-wales")]
    pub division: String,
    /// The days.
    #[schema(min_items = 1, max_items = 2000)]
    pub events: Vec<BankHolidayBody>,
}

/// One bank holiday in GOV.UK's words.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BankHoliday)]
pub struct BankHolidayBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The day.
    pub date: NaiveDate,
    /// Such as `Substitute day`.
    #[serde(default)]
    #[schema(required = false, max_length = 500)]
    pub notes: String,
    /// Whether flags are flown.
    #[serde(default)]
    #[schema(required = false)]
    pub bunting: bool,
}

impl BankHolidaysBody {
    /// Adds a fault for everything that is wrong with the days.
    pub fn check(&self, faults: &mut Faults) {
        faults.unless(
            self.england_and_wales.division == DIVISION,
            format!("/{DIVISION}/division"),
            Code::UnknownValue,
            format!("Expected {DIVISION}."),
        );
        let mut seen = BTreeSet::new();
        for (index, event) in self.england_and_wales.events.iter().enumerate() {
            let pointer = |field: &str| format!("/{DIVISION}/events/{index}/{field}");
            faults.not_blank(&pointer("title"), Some(&event.title));
            let detail = format!("Expected a day from {} to {}.", YEARS.start(), YEARS.end());
            faults.unless(YEARS.contains(&event.date.year()), pointer("date"), Code::OutOfRange, detail);
            let twice = faults.is_sound(&pointer("date")) && !seen.insert(event.date);
            faults.unless(!twice, pointer("date"), Code::InvalidFormat, "This day is listed twice.");
        }
    }

    /// The days of England and Wales.
    pub fn days(self) -> Vec<BankHoliday> {
        self.england_and_wales.events.into_iter().map(BankHoliday::from).collect()
    }
}

impl From<BankHolidayBody> for BankHoliday {
    fn from(body: BankHolidayBody) -> Self {
        Self { day: body.date, title: body.title, notes: body.notes, bunting: body.bunting }
    }
}

/// The bank holidays that the service knows, in the form in which GOV.UK publishes them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BankHolidays)]
pub struct BankHolidaysView {
    /// Those of England and Wales.
    #[serde(rename = "england-and-wales")]
    pub england_and_wales: Division,
    /// The last day of the last year that has any. Later days are judged by the weekday alone: load the next years in time.
    pub covers_until: Option<NaiveDate>,
}

impl BankHolidaysView {
    /// The view of these days, which are in order.
    pub fn new(days: Vec<BankHoliday>) -> Self {
        let covers_until = covers_until(days.iter().map(|one| one.day));
        let events = days
            .into_iter()
            .map(|one| BankHolidayBody { title: one.title, date: one.day, notes: one.notes, bunting: one.bunting })
            .collect();
        Self { england_and_wales: Division { division: DIVISION.to_owned(), events }, covers_until }
    }
}

/// The last day of the last year in which there is a bank holiday: how far a calendar reaches.
pub fn covers_until(days: impl Iterator<Item = NaiveDate>) -> Option<NaiveDate> {
    days.max().and_then(|last| NaiveDate::from_ymd_opt(last.year(), 12, 31))
}

/// Whether to try only.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DryRun {
    /// Changes nothing, and tells what would change.
    pub dry_run: Option<bool>,
}

/// What new bank holidays change.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BankHolidaysReplaced)]
pub struct ReplacedView {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// The years that are replaced; others stay.
    pub years: Vec<i32>,
    /// How many days become bank holidays.
    pub added: usize,
    /// How many days cease to be one.
    pub removed: usize,
    /// The days that move: of open cases the days to act by, and of all cases the last days of limits that look at bank
    /// holidays.
    pub moves: Vec<MoveView>,
}

/// Deadlines of one rule and one last day of which a day moves, counted: administrators see no case. The last day in time
/// moves only where the limit looks at bank holidays itself: time to appeal, and what is counted in working days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = ActByMove)]
pub struct MoveView {
    /// The rule.
    pub rule: RuleIdWord,
    /// The last day in time until now.
    pub due_on: NaiveDate,
    /// The last day in time from now on.
    pub due_on_after: NaiveDate,
    /// The day to act by until now.
    pub act_by_before: NaiveDate,
    /// The day to act by from now on.
    pub act_by_after: NaiveDate,
    /// Of how many deadlines.
    pub deadlines: usize,
}

/// Bank holidays that take the place of others, year by year.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// The years.
    pub years: BTreeSet<i32>,
    /// What these years had.
    pub before: Vec<BankHoliday>,
    /// What they get.
    pub after: Vec<BankHoliday>,
    /// How many days become bank holidays.
    pub added: usize,
    /// How many days cease to be one.
    pub removed: usize,
    /// The due days whose day to act by moves.
    pub act_by: BTreeSet<NaiveDate>,
    /// The first and the last day that become a bank holiday or cease to be one; none where none does.
    pub span: Option<(NaiveDate, NaiveDate)>,
    /// The calendar with the new days.
    pub calendar: Calendar,
}

impl Replacement {
    /// What it means to replace the years that `new` covers.
    pub fn new(known: Vec<BankHoliday>, new: Vec<BankHoliday>) -> Self {
        let years: BTreeSet<i32> = new.iter().map(|one| one.day.year()).collect();
        let days = |all: &[BankHoliday]| all.iter().map(|one| one.day).collect::<BTreeSet<_>>();
        let (before, stay): (Vec<_>, Vec<_>) = known.into_iter().partition(|one| years.contains(&one.day.year()));
        let (old, now, stay) = (days(&before), days(&new), days(&stay));
        let changed: Vec<NaiveDate> = old.symmetric_difference(&now).copied().collect();
        let calendar = |days: &BTreeSet<NaiveDate>| Calendar::new(days.iter().chain(&stay).copied());
        let (calendar_before, calendar) = (calendar(&old), calendar(&now));
        Self {
            years,
            before,
            after: new,
            added: now.difference(&old).count(),
            removed: old.difference(&now).count(),
            act_by: moved(&calendar_before, &calendar, &changed),
            span: changed.first().copied().zip(changed.last().copied()),
            calendar,
        }
    }
}

/// The days whose last working day differs between two calendars. They lie at a changed day or after it, up to the next
/// day on which both agree again.
fn moved(before: &Calendar, after: &Calendar, changed: &[NaiveDate]) -> BTreeSet<NaiveDate> {
    let mut moved = BTreeSet::new();
    for day in changed {
        for due_on in day.iter_days() {
            if after.last_working_day_on_or_before(due_on) != before.last_working_day_on_or_before(due_on) {
                moved.insert(due_on);
            } else if due_on > *day {
                break;
            }
        }
    }
    moved
}

/// Days on which a setting, or every setting, is closed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = closures)]
pub struct SettingClosure {
    /// Its id.
    pub id: Id,
    /// The school, college or provider; none for all of them.
    pub setting_id: Option<Id>,
    /// The first day closed.
    pub closed_from: NaiveDate,
    /// The first day open again.
    pub reopens_on: NaiveDate,
    /// What it is.
    pub label: String,
    /// When it was recorded.
    pub created_at: Instant,
}

/// A closure to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureBody {
    /// The school, college or provider; null for all of them.
    pub setting_id: Option<Id>,
    /// The first day closed.
    pub closed_from: NaiveDate,
    /// The first day open again.
    pub reopens_on: NaiveDate,
    /// What it is, such as `Summer holidays 2026`.
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
}

/// Which closures to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClosureFilter {
    /// Only those that concern this school, college or provider: its own, and those of all.
    pub setting_id: Option<Id>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// A closure as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Closure)]
pub struct ClosureView {
    /// Its id.
    pub id: Id,
    /// The school, college or provider; null for all of them.
    pub setting_id: Option<Id>,
    /// The first day closed.
    pub closed_from: NaiveDate,
    /// The first day open again.
    pub reopens_on: NaiveDate,
    /// What it is.
    pub label: String,
    /// When it was recorded.
    pub created_at: Instant,
}

impl From<SettingClosure> for ClosureView {
    fn from(row: SettingClosure) -> Self {
        Self {
            id: row.id,
            setting_id: row.setting_id,
            closed_from: row.closed_from,
            reopens_on: row.reopens_on,
            label: row.label,
            created_at: row.created_at,
        }
    }
}
