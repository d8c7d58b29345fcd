//! What a digest tells, and on which days the weekly one goes.

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Day, later};

/// A line of a digest: a reference, a step and a day. Nothing about the child, and no name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// The last day in time; of advice that came in the day it came.
    pub due_on: NaiveDate,
    /// What people call the case.
    pub reference: String,
    /// What is to be done.
    pub what: String,
    /// How far the case has come.
    pub stage: &'static str,
    /// The last working day by then, where it is another day that is not over yet.
    pub act_by: Option<NaiveDate>,
    /// What else there is to know, a sentence each.
    pub notes: Vec<&'static str>,
}

/// A list of a digest: the first lines by day, and how many there are in all.
#[derive(Debug, Clone, Default)]
pub struct Section {
    total: usize,
    lines: Vec<Line>,
}

impl Section {
    /// Adds a line. Of more than `most` only the first by day are kept: a digest takes no more memory than it shows.
    pub fn add(&mut self, line: Line, most: usize) {
        self.total = self.total.saturating_add(1);
        self.lines.push(line);
        if self.lines.len() >= most.saturating_mul(2) {
            self.cut(most);
        }
    }

    fn cut(&mut self, most: usize) {
        self.lines.sort();
        self.lines.truncate(most);
    }

    /// How many lines there are in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// As a fact of a mail.
    pub fn fact(&self, most: usize) -> Value {
        let mut shown = self.clone();
        shown.cut(most);
        let more = self.total.saturating_sub(shown.lines.len());
        json!({ "total": self.total, "lines": shown.lines, "more": more })
    }
}

/// What is due on the cases of one caseworker, or on those that nobody works on.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    /// What is late.
    pub overdue: Section,
    /// What is due soon.
    pub soon: Section,
    /// What is due later, on cases that nobody works on.
    pub later: Section,
    /// Advice that is due later and that nobody is asked for.
    pub unasked: Section,
    /// Advice that came in and has not been read.
    pub read: Section,
    /// The chases since the last digest, sent or not.
    pub chased: Section,
}

impl Digest {
    /// Whether there is nothing to tell. That somebody was chased is none by itself: what they owe is overdue.
    pub fn is_empty(&self) -> bool {
        [&self.overdue, &self.soon, &self.later, &self.unasked, &self.read].iter().all(|section| section.total == 0)
    }

    /// In a few words.
    pub fn summary(&self) -> String {
        summary(&[
            (self.overdue.total, "overdue", "overdue"),
            (self.soon.total, "due soon", "due soon"),
            (self.later.total, "due later", "due later"),
            (self.unasked.total, "to ask for", "to ask for"),
            (self.read.total, "to read", "to read"),
        ])
    }
}

/// Counts in a few words, each with what one and several are called; without those that are nothing.
pub fn summary(counts: &[(usize, &str, &str)]) -> String {
    let told: Vec<_> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| format!("{count} {}", if *count == 1 { one } else { several }))
        .collect();
    told.join(", ")
}

/// The week that a weekly mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekly {
    /// The day of the mail before.
    pub since: NaiveDate,
    /// The day of this mail.
    pub on: NaiveDate,
    /// The day of the next one.
    pub next: NaiveDate,
}

impl Weekly {
    /// The week that a day is in. Its mail goes on its first day, or later if that was missed.
    pub fn of(day: &Day) -> Self {
        let on = latest(day, day.on);
        let since = latest(day, on.pred_opt().unwrap_or(on));
        // Two weeks on there is surely a later one; the first of those is the next.
        let next = on
            .iter_days()
            .skip(1)
            .take(21)
            .map(|candidate| latest(day, candidate))
            .find(|candidate| *candidate > on)
            .unwrap_or_else(|| later(on, 7));
        Self { since, on, next }
    }
}

/// The last day up to `until` on which a weekly mail goes.
fn latest(day: &Day, until: NaiveDate) -> NaiveDate {
    let weekday = u64::from(day.rules.managers.weekly_on.num_days_from_monday());
    let monday = until.checked_sub_days(Days::new(u64::from(until.weekday().num_days_from_monday()))).unwrap_or(until);
    (0..4_u64)
        .filter_map(|weeks| monday.checked_sub_days(Days::new(weeks.saturating_mul(7))))
        .map(|monday| {
            let set = later(monday, weekday);
            // On that day, or on the next working day.
            day.calendar.add_working_days(set.pred_opt().unwrap_or(set), 1)
        })
        .find(|candidate| *candidate <= until)
        .unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use statute::Calendar;

    use super::*;
    use crate::config::{Settings, Source};

    fn on(day: &str) -> NaiveDate {
        day.parse().unwrap()
    }

    fn week(text: &str) -> [String; 3] {
        let rules = Settings::read(Source::default()).unwrap().notices;
        let holidays = ["2026-04-03", "2026-04-06"].map(on);
        let day = Day { on: on(text), calendar: Arc::new(Calendar::new(holidays)), rules };
        let Weekly { since, on, next } = Weekly::of(&day);
        [since, on, next].map(|day| day.to_string())
    }

    #[test]
    fn a_week_begins_on_its_monday_or_where_that_is_closed_on_the_next_working_day() {
        assert_eq!(week("2026-01-12"), ["2026-01-05", "2026-01-12", "2026-01-19"]);
        assert_eq!(week("2026-01-16"), ["2026-01-05", "2026-01-12", "2026-01-19"]);
        assert_eq!(week("2026-03-31"), ["2026-03-23", "2026-03-30", "2026-04-07"], "Easter Monday is closed");
        assert_eq!(week("2026-04-06"), ["2026-03-23", "2026-03-30", "2026-04-07"]);
        assert_eq!(week("2026-04-07"), ["2026-03-30", "2026-04-07", "2026-04-13"]);
        assert_eq!(week("2026-04-13"), ["2026-04-07", "2026-04-13", "2026-04-20"]);
    }

    #[test]
    fn a_section_keeps_the_first_lines_and_counts_the_rest() {
        let mut section = Section::default();
        for n in (1..=25).rev() {
            let line = Line {
                due_on: later(on("2026-01-05"), n),
                reference: format!("EHC-2026-{n:06}"),
                what: String::new(),
                stage: "",
                act_by: None,
                notes: Vec::new(),
            };
            section.add(line, 3);
        }
        let fact = section.fact(3);
        assert_eq!((&fact["total"], &fact["more"]), (&json!(25), &json!(22)));
        let shown: Vec<_> = fact["lines"].as_array().unwrap().iter().map(|line| line["reference"].clone()).collect();
        assert_eq!(shown, ["EHC-2026-000001", "EHC-2026-000002", "EHC-2026-000003"]);
    }
}
