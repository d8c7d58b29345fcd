//! When mails of casework leave: in the hours of the office, on working days. Account mails and secret links know no hours.

use chrono_tz::Europe::London;
use statute::Calendar;

use crate::config::Hours;
use crate::time::Instant;

/// Whether a mail of casework may leave at this moment.
pub(super) fn is_open(moment: Instant, hours: Hours, calendar: &Calendar) -> bool {
    let local = moment.utc().with_timezone(&London);
    (hours.opens..hours.closes).contains(&local.time()) && calendar.is_working_day(local.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_are_those_of_london_in_winter_and_in_summer() {
        let holiday = "2026-12-25".parse().unwrap();
        let calendar = Calendar::new([holiday]);
        let at = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let hours = Hours { opens: at(8), closes: at(18) };
        for (moment, open) in [
            ("2026-03-27T07:59:59Z", false),
            ("2026-03-27T08:00:00Z", true),
            ("2026-03-27T17:59:59Z", true),
            ("2026-03-27T18:00:00Z", false),
            ("2026-03-30T06:59:59Z", false),
            ("2026-03-30T07:00:00Z", true),
            ("2026-03-30T16:59:59Z", true),
            ("2026-03-30T17:00:00Z", false),
            ("2026-10-23T07:00:00Z", true),
            ("2026-10-26T07:00:00Z", false),
            ("2026-03-28T12:00:00Z", false),
            ("2026-03-29T12:00:00Z", false),
            ("2026-12-25T12:00:00Z", false),
        ] {
            assert_eq!(is_open(moment.parse().unwrap(), hours, &calendar), open, "{moment}");
        }
    }
}
