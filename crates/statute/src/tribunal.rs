//! Tribunal time: rule 12 of the Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber)
//! Rules 2008, as it stands for special educational needs cases.
//!
//! A last day that is not a working day moves to the next one (rule 12(2)). In August and from 25 December to 1 January
//! nothing runs out: the last day of a notice that starts proceedings moves to the first working day after the period
//! (rule 12(3)(a)), and for any other act the days of the period are not counted (rule 12(3)(b)).
//!
//! Where the step to the next working day itself leads into such a period (Saturday 31 July to Monday 2 August) the rule
//! can be read two ways. This crate gives that next working day, the earlier of the two, and says so.

use chrono::{Datelike, NaiveDate};

use crate::{
    calendar::Calendar,
    request::{Warning, WarningCode},
    rules::{Due, RuleId, rule},
    text::long,
};

/// How Tribunal time moved a last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The end of the period as counted.
    pub from: NaiveDate,
    /// Why it moved.
    pub why: MovedBecause,
}

/// Why a last day moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovedBecause {
    /// It was not a working day.
    NotAWorkingDay,
    /// It lay in August.
    August,
    /// It lay between 25 December and 1 January.
    Christmas,
    /// It was not a working day, and the next one lies in a closed period: the rule can be read two ways, and a person
    /// should check the day.
    IntoClosedPeriod,
}

impl Moved {
    /// Whether the rule can be read two ways here, so that a person should check the day.
    pub const fn is_to_be_checked(&self) -> bool {
        matches!(self.why, MovedBecause::IntoClosedPeriod)
    }

    pub(crate) fn explain(&self, to: NaiveDate) -> String {
        let (from, to) = (long(self.from), long(to));
        match self.why {
            MovedBecause::NotAWorkingDay => {
                format!("{from} is not a working day, so the last day is the next working day, {to} (rule 12(2)).")
            }
            MovedBecause::August => format!(
                "{from} is in August, so the last day is the first working day after 31 August, {to} (rule 12(3)(a))."
            ),
            MovedBecause::Christmas => format!(
                "{from} is between 25 December and 1 January, so the last day is the first working day after 1 January, {to} (rule 12(3)(a))."
            ),
            MovedBecause::IntoClosedPeriod => format!(
                "{from} is not a working day, so the last day is the next working day, {to} (rule 12(2)). {to} itself is in August or between 25 December and 1 January, when the rule can be read to move the day further (rule 12(3)(a)): have the day checked, and don't rely on a later one."
            ),
        }
    }
}

/// Warns of a last day in Tribunal time that can be read two ways: the limit `id` of a case received on `received_on`,
/// counted from `starts_on`.
pub fn uncertain_day_warning(
    id: RuleId,
    received_on: NaiveDate,
    starts_on: NaiveDate,
    calendar: &Calendar,
) -> Option<Warning> {
    let rule = rule(id, received_on);
    let due = rule.due(starts_on, calendar);
    due.moved.filter(Moved::is_to_be_checked).map(|moved| Warning {
        code: WarningCode::TribunalDayUncertain,
        sentence: moved.explain(due.on),
        citation: rule.citation,
    })
}

/// The last day of a notice that starts proceedings, where its period ends on `counted`.
pub(crate) fn last_day(counted: NaiveDate, calendar: &Calendar) -> Due {
    let moved = |on, why| Due { on, moved: Some(Moved { from: counted, why }) };
    if let Some((last, why)) = closed_period(counted) {
        return moved(calendar.add_working_days(last, 1), why);
    }
    let next = calendar.first_working_day_on_or_after(counted);
    if next == counted {
        Due { on: counted, moved: None }
    } else if closed_period(next).is_some() {
        moved(next, MovedBecause::IntoClosedPeriod)
    } else {
        moved(next, MovedBecause::NotAWorkingDay)
    }
}

/// The `n`-th working day after `day` that does not lie in a closed period.
pub(crate) fn add_working_days(day: NaiveDate, n: u32, calendar: &Calendar) -> NaiveDate {
    let mut candidate = day;
    let mut left = n;
    while left > 0 {
        let next = calendar.add_working_days(candidate, 1);
        // The calendar ends: no later day can be told.
        if next == candidate {
            break;
        }
        candidate = next;
        if closed_period(candidate).is_none() {
            left -= 1;
        }
    }
    candidate
}

/// The last day of the closed period in which a day lies, and which one it is.
fn closed_period(day: NaiveDate) -> Option<(NaiveDate, MovedBecause)> {
    match (day.month(), day.day()) {
        (8, _) => Some((day.with_day(31)?, MovedBecause::August)),
        (12, 25..) => Some((NaiveDate::from_ymd_opt(day.year().checked_add(1)?, 1, 1)?, MovedBecause::Christmas)),
        (1, 1) => Some((day, MovedBecause::Christmas)),
        _ => None,
    }
}
