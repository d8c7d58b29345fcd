//! The ladder of reminders and chases for one request for advice.

use chrono::NaiveDate;

use super::{Day, earlier, later};

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It still waits to leave.
    Waits,
    /// A mail server took it.
    Sent,
    /// It failed by itself: a mail server refused it, or put it off for a day.
    Refused,
    /// It failed with all others: no mail could leave.
    Lost,
}

/// A mail that was written about a request, sent or still to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The day of casework on which it was queued.
    pub on: NaiveDate,
    /// Which chase it is, where it is one.
    pub chase: Option<i32>,
    /// The last day in time that it tells.
    pub due_on: Option<NaiveDate>,
    /// What became of it.
    pub fate: Fate,
}

/// What is due to be written about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is due soon.
    Reminder {
        /// How many days before the last day in time the rule says.
        rung: u16,
    },
    /// It is late.
    Chase {
        /// Which chase of the request this is, 1 for the first: unique whatever becomes of its days.
        number: i32,
        /// Which chase since the day that is due now, 1 for the first.
        since_due: u16,
        /// Which try at one since that day, 1 for the first: those count that could not be sent.
        tried: u16,
        /// When the next one follows.
        next_on: NaiveDate,
    },
}

impl Step {
    /// Whether the escalation mailbox hears of it too: also where the chases before it did not reach the team.
    pub fn escalates(self, from: u16) -> bool {
        matches!(self, Self::Chase { tried, .. } if tried >= from)
    }
}

/// What is due on a working day to be written about a request that is owed and due on `due_on`, after what has been
/// written about it.
///
/// What was missed is made up for once: of several reminders that were missed the last one counts, and chases follow each
/// other by when they were sent. What was written of another last day counts for nothing: that day has moved. So does
/// what was lost while no mail left. A chase that was refused keeps its distance to the next and gives it its number.
pub fn step_of(due_on: NaiveDate, written: &[Earlier], day: &Day) -> Option<Step> {
    let of_this_day = || written.iter().filter(|one| one.due_on == Some(due_on) && one.fate != Fate::Lost);
    if day.on <= due_on {
        let (sent_on, rung) = rungs(due_on, day).filter(|(sent_on, _)| *sent_on <= day.on).max_by_key(|rung| rung.0)?;
        let known = of_this_day().any(|one| one.on >= sent_on);
        return (!known).then_some(Step::Reminder { rung });
    }
    let rules = &day.rules.advice;
    let every = u32::from(rules.chase_every_working_days);
    let chases = || of_this_day().filter(|one| one.chase.is_some());
    let due_from = match chases().map(|one| one.on).max() {
        Some(last) => day.calendar.add_working_days(last, every),
        None => later(due_on, u64::from(rules.chase_after_days)),
    };
    if day.on < due_from {
        return None;
    }
    // What still waits from an earlier day is never sent: this one takes its place, and its number.
    let counts = |one: &&Earlier| match one.fate {
        Fate::Sent => true,
        Fate::Waits => one.on >= day.on,
        Fate::Refused | Fate::Lost => false,
    };
    let number = written.iter().filter(counts).filter_map(|one| one.chase).max().unwrap_or(0).saturating_add(1);
    let mut numbers: Vec<i32> = chases().filter(counts).filter_map(|one| one.chase).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let since_due = u16::try_from(numbers.len()).unwrap_or(u16::MAX).saturating_add(1);
    let mut days: Vec<NaiveDate> =
        chases().filter(|one| one.fate == Fate::Refused || counts(one)).map(|one| one.on).collect();
    days.sort_unstable();
    days.dedup();
    let tried = u16::try_from(days.len()).unwrap_or(u16::MAX).saturating_add(1);
    Some(Step::Chase { number, since_due, tried, next_on: day.calendar.add_working_days(day.on, every) })
}

/// The days on which reminders go, each with how many days before the last one it is.
fn rungs(due_on: NaiveDate, day: &Day) -> impl Iterator<Item = (NaiveDate, u16)> {
    day.rules
        .advice
        .remind_days_before
        .iter()
        .map(move |days| (day.calendar.last_working_day_on_or_before(earlier(due_on, u64::from(*days))), *days))
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

    fn day(text: &str) -> Day {
        let rules = Settings::read(Source::default()).unwrap().notices;
        let holidays = ["2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25"].map(on);
        Day { on: on(text), calendar: Arc::new(Calendar::new(holidays)), rules }
    }

    /// Walks day by day, as a run each working day would, and tells what was written.
    fn walk(due_on: &str, from: &str, to: &str, missed: &[&str]) -> Vec<(NaiveDate, Step)> {
        let (mut written, mut steps) = (Vec::new(), Vec::new());
        for date in on(from).iter_days().take_while(|date| *date <= on(to)) {
            let day = Day { on: date, ..day(from) };
            if !day.is_open() || missed.contains(&date.to_string().as_str()) {
                continue;
            }
            while let Some(step) = step_of(on(due_on), &written, &day) {
                steps.push((date, step));
                let chase = match step {
                    Step::Chase { number, .. } => Some(number),
                    Step::Reminder { .. } => None,
                };
                written.push(Earlier { on: date, chase, due_on: Some(on(due_on)), fate: Fate::Sent });
            }
        }
        steps
    }

    fn days(steps: &[(NaiveDate, Step)]) -> Vec<String> {
        let told = |(on, step): &(NaiveDate, Step)| match step {
            Step::Reminder { rung } => format!("{on} -{rung}"),
            Step::Chase { number, since_due, .. } => format!("{on} {number}/{since_due}"),
        };
        steps.iter().map(told).collect()
    }

    #[test]
    fn reminders_go_14_7_and_1_days_before_and_chases_from_the_day_after_every_5_working_days() {
        let steps = walk("2026-02-16", "2026-01-05", "2026-03-10", &[]);
        // A day before the Monday is a Sunday: the reminder goes on Friday.
        let expected = [
            "2026-02-02 -14",
            "2026-02-09 -7",
            "2026-02-13 -1",
            "2026-02-17 1/1",
            "2026-02-24 2/2",
            "2026-03-03 3/3",
            "2026-03-10 4/4",
        ];
        assert_eq!(days(&steps), expected);
        let escalated: Vec<_> =
            steps.iter().filter(|(_, step)| step.escalates(3)).map(|(on, _)| on.to_string()).collect();
        assert_eq!(escalated, ["2026-03-03", "2026-03-10"]);
    }

    #[test]
    fn over_easter_a_reminder_goes_before_the_closed_days_and_a_chase_after_them() {
        // Due on Good Friday: both a week and a day before are working days; the day after is not until Tuesday.
        let steps = walk("2026-04-03", "2026-03-01", "2026-04-20", &[]);
        assert_eq!(
            days(&steps),
            ["2026-03-20 -14", "2026-03-27 -7", "2026-04-02 -1", "2026-04-07 1/1", "2026-04-14 2/2"]
        );
        // A day before Tuesday is Easter Monday: the reminder goes on Thursday.
        let steps = walk("2026-04-07", "2026-03-30", "2026-04-08", &[]);
        assert_eq!(days(&steps), ["2026-03-30 -14", "2026-03-31 -7", "2026-04-02 -1", "2026-04-08 1/1"]);
    }

    #[test]
    fn what_was_missed_is_made_up_for_once() {
        let missed = ["2026-02-02", "2026-02-03", "2026-02-09", "2026-02-17", "2026-02-18"];
        let steps = walk("2026-02-16", "2026-01-05", "2026-03-01", &missed);
        let expected = ["2026-02-04 -14", "2026-02-10 -7", "2026-02-13 -1", "2026-02-19 1/1", "2026-02-26 2/2"];
        assert_eq!(days(&steps), expected);
        let steps = walk("2026-02-16", "2026-03-02", "2026-03-02", &[]);
        assert_eq!(days(&steps), ["2026-03-02 1/1"], "the first of a request that was late before anybody looked");
    }

    #[test]
    fn who_was_just_asked_is_not_reminded_at_once() {
        let asked = Earlier { on: on("2026-02-05"), chase: None, due_on: Some(on("2026-02-16")), fate: Fate::Sent };
        let step = |text: &str| step_of(on("2026-02-16"), std::slice::from_ref(&asked), &day(text));
        assert_eq!(step("2026-02-05"), None);
        assert_eq!(step("2026-02-06"), None);
        assert_eq!(step("2026-02-09"), Some(Step::Reminder { rung: 7 }));
    }

    #[test]
    fn a_day_that_moved_is_reminded_of_and_chased_anew_and_numbers_go_on() {
        let chase = |on_day: &str, number, due_on: &str| Earlier {
            on: on(on_day),
            chase: Some(number),
            due_on: Some(on(due_on)),
            fate: Fate::Sent,
        };
        let written = [chase("2026-02-17", 1, "2026-02-16"), chase("2026-02-24", 2, "2026-02-16")];
        let step = |text: &str| step_of(on("2026-03-02"), &written, &day(text));
        assert_eq!(step("2026-02-25"), Some(Step::Reminder { rung: 7 }));
        let Some(Step::Chase { number, since_due, .. }) = step("2026-03-03") else { panic!("a chase") };
        assert_eq!((number, since_due), (3, 1));
    }

    #[test]
    fn a_chase_that_never_left_gives_its_number_to_the_next() {
        let waiting =
            Earlier { on: on("2026-02-17"), chase: Some(1), due_on: Some(on("2026-02-16")), fate: Fate::Waits };
        let written = [waiting];
        assert_eq!(step_of(on("2026-02-16"), &written, &day("2026-02-23")), None);
        let step = step_of(on("2026-02-16"), &written, &day("2026-02-24"));
        assert_eq!(step, Some(Step::Chase { number: 1, since_due: 1, tried: 1, next_on: on("2026-03-03") }));
    }

    #[test]
    fn a_chase_that_failed_gives_its_number_to_the_next_and_only_what_was_lost_is_made_up_for_at_once() {
        let chase = |on_day: &str, number, fate| Earlier {
            on: on(on_day),
            chase: Some(number),
            due_on: Some(on("2026-02-16")),
            fate,
        };
        let first = |fate| [chase("2026-02-17", 1, fate)];
        assert_eq!(step_of(on("2026-02-16"), &first(Fate::Refused), &day("2026-02-18")), None);
        let due = Some(Step::Chase { number: 1, since_due: 1, tried: 2, next_on: on("2026-03-03") });
        assert_eq!(step_of(on("2026-02-16"), &first(Fate::Refused), &day("2026-02-24")), due);
        let at_once = Some(Step::Chase { number: 1, since_due: 1, tried: 1, next_on: on("2026-02-25") });
        assert_eq!(step_of(on("2026-02-16"), &first(Fate::Lost), &day("2026-02-18")), at_once);
        // Who can't be reached is escalated all the same.
        let twice = [chase("2026-02-17", 1, Fate::Refused), chase("2026-02-24", 1, Fate::Refused)];
        let third = step_of(on("2026-02-16"), &twice, &day("2026-03-03")).unwrap();
        assert!(third.escalates(3) && matches!(third, Step::Chase { number: 1, since_due: 1, .. }), "{third:?}");
        // One of two mailboxes was reached: that was a chase.
        let written = [
            chase("2026-02-17", 1, Fate::Sent),
            chase("2026-02-24", 2, Fate::Refused),
            chase("2026-02-24", 2, Fate::Sent),
        ];
        let Some(Step::Chase { number, since_due, .. }) = step_of(on("2026-02-16"), &written, &day("2026-03-03"))
        else {
            panic!("a chase")
        };
        assert_eq!((number, since_due), (3, 3));
        let lost = Earlier { on: on("2026-02-09"), chase: None, due_on: Some(on("2026-02-16")), fate: Fate::Lost };
        assert_eq!(step_of(on("2026-02-16"), &[lost], &day("2026-02-10")), Some(Step::Reminder { rung: 7 }));
    }

    #[test]
    fn what_is_due_within_10_working_days_takes_in_the_closed_days_after_them() {
        assert_eq!(day("2026-03-23").soon(), on("2026-04-08"), "two holidays and three weekends");
        assert_eq!(day("2026-01-05").soon(), on("2026-01-19"));
        assert_eq!(day("2026-01-09").soon(), on("2026-01-25"), "the Friday and the weekend after it");
    }
}
