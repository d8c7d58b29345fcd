//! Working days in England: Monday to Friday without the bank holidays of England and Wales.
//!
//! Limits in calendar days don't move for a weekend or a holiday: for them the calendar serves planning only, the day by
//! which a person should act when the last day in time is one on which nobody is at work. Limits in working days, and
//! those that run in Tribunal time, are counted by it.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The bank holidays a council has loaded. Days it knows nothing about are judged by the weekday alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    bank_holidays: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// A calendar without bank holidays, for limits in calendar days, which look at none.
    pub const EMPTY: Self = Self { bank_holidays: BTreeSet::new() };

    /// A calendar of these bank holidays; the order and repetitions don't matter.
    pub fn new(bank_holidays: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self { bank_holidays: bank_holidays.into_iter().collect() }
    }

    /// Whether people are at work on `day`.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.bank_holidays.contains(&day)
    }

    /// `day` itself when it is a working day, else the nearest one before it.
    pub fn last_working_day_on_or_before(&self, day: NaiveDate) -> NaiveDate {
        let mut candidate = day;
        while !self.is_working_day(candidate) {
            match candidate.pred_opt() {
                Some(earlier) => candidate = earlier,
                None => return day,
            }
        }
        candidate
    }

    /// `day` itself when it is a working day, else the nearest one after it.
    pub fn first_working_day_on_or_after(&self, day: NaiveDate) -> NaiveDate {
        if self.is_working_day(day) { day } else { self.add_working_days(day, 1) }
    }

    /// The `n`-th working day after `day`; `day` itself when `n` is 0, working day or not.
    pub fn add_working_days(&self, day: NaiveDate, n: u32) -> NaiveDate {
        let mut candidate = day;
        let mut left = n;
        while left > 0 {
            match candidate.checked_add_days(Days::new(1)) {
                Some(later) => candidate = later,
                None => return candidate,
            }
            if self.is_working_day(candidate) {
                left -= 1;
            }
        }
        candidate
    }
}
