//! Of which days a figure is, as known on which day, and how it is cut.

use chrono::{Datelike, Months, NaiveDate};
use statute::RequestSource;

use crate::codes::Code;
use crate::error::{Error, Fault, Faults};
use crate::ids::Id;
use crate::words::{SocialCareStatus, Vocabulary, one_of, vocabulary};

/// The longest period a figure is made of, in years.
const YEARS: u32 = 50;

/// The first year of which days are taken: long before there were plans, and one that every database can write.
const FIRST_YEAR: i32 = 1900;

/// The first month of a school year.
const SEPTEMBER: u32 = 9;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

vocabulary! {
    /// How a figure is cut.
    Cut as CutWord {
        /// By month.
        Month = "month",
        /// By quarter of the calendar year.
        Quarter = "quarter",
        /// By calendar year, as the Department for Education publishes.
        CalendarYear = "calendar_year",
        /// By school year, from September to August.
        AcademicYear = "academic_year",
        /// By who works on the case.
        Caseworker = "caseworker",
        /// By the child's school, college or provider.
        Setting = "setting",
        /// By who asked.
        RequestSource = "request_source",
        /// By how social care is involved.
        SocialCareStatus = "social_care_status",
    }
}

/// Of which days, as known on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The day as at which it is asked.
    pub as_at: NaiveDate,
    /// Today.
    pub today: NaiveDate,
}

impl Period {
    /// The period that is asked for: the calendar year so far unless told.
    pub fn new(
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        as_at: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let known = as_at.unwrap_or(today);
        if known > today {
            faults.add("/as_at", Code::DateInFuture, format!("Give a day no later than today, {today}."));
        }
        for (pointer, day) in [("/from", from), ("/to", to), ("/as_at", as_at)] {
            if day.is_some_and(|day| day.year() < FIRST_YEAR) {
                faults.add(pointer, Code::OutOfRange, format!("Give a day of {FIRST_YEAR} or later."));
            }
        }
        let to = to.unwrap_or_else(|| from.map_or(known, |from| from.max(known)));
        let from = from.or_else(|| to.with_day(1).and_then(|day| day.with_month(1))).unwrap_or(to);
        if to < from {
            faults.add("/to", Code::OutOfRange, "Give a last day that is not before the first.");
        } else if from.checked_add_months(Months::new(YEARS.saturating_mul(12))).is_none_or(|last| to >= last) {
            faults.add("/to", Code::OutOfRange, format!("Give a period of at most {YEARS} years."));
        }
        faults.check()?;
        Ok(Self { from, to, as_at: known, today })
    }

    /// Whether it is asked how things stood on a day before today.
    pub fn is_past(&self) -> bool {
        self.as_at < self.today
    }

    /// The last day whose events count: what happens after the day as at which it is asked is not known yet.
    pub fn last(&self) -> NaiveDate {
        self.to.min(self.as_at)
    }

    /// The same period as it stands today.
    pub fn as_of_today(&self) -> Self {
        Self { as_at: self.today, ..*self }
    }

    /// The keys of every part of the period, in order; none where it is not cut by time.
    pub fn keys(&self, cut: Cut) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        let mut month = self.from.with_day(1);
        while let Some(day) = month.filter(|day| *day <= self.to) {
            if let Some(key) = cut.key_of(&day.format("%Y-%m").to_string())
                && keys.last() != Some(&key)
            {
                keys.push(key);
            }
            month = day.checked_add_months(Months::new(1));
        }
        keys
    }

    /// Refuses a key that no part of the figure can have.
    pub fn check_key(&self, cut: Cut, key: Option<&str>) -> Result<(), Error> {
        let Some(key) = key else {
            return Ok(());
        };
        let expected = match cut {
            Cut::Month | Cut::Quarter | Cut::CalendarYear | Cut::AcademicYear => {
                let keys = self.keys(cut);
                let known = keys.iter().any(|one| one == key);
                (!known).then(|| match (keys.first(), keys.last()) {
                    (Some(first), Some(last)) => format!("Give one of the parts of the period, {first} to {last}."),
                    _ => "Give one of the parts of the period.".to_owned(),
                })
            }
            Cut::Caseworker | Cut::Setting => (!key.is_empty() && key.parse::<Id>().is_err())
                .then(|| "Give an id, or nothing for the cases without.".to_owned()),
            Cut::RequestSource => RequestSource::parse(key).is_none().then(one_of::<RequestSource>),
            Cut::SocialCareStatus => SocialCareStatus::parse(key).is_none().then(one_of::<SocialCareStatus>),
        };
        expected.map_or(Ok(()), |expected| Err(Fault::new("/key", Code::InvalidParameter, expected).into()))
    }

    /// The part of the period that a key stands for; `None` where it is no part of it.
    pub fn part(&self, cut: Cut, key: &str) -> Option<Self> {
        let mut months = Vec::new();
        let mut month = self.from.with_day(1);
        while let Some(day) = month.filter(|day| *day <= self.to) {
            if cut.key_of(&day.format("%Y-%m").to_string()).as_deref() == Some(key) {
                months.push(day);
            }
            month = day.checked_add_months(Months::new(1));
        }
        let first = months.first()?;
        let last = months.last()?.checked_add_months(Months::new(1))?.pred_opt()?;
        Some(Self { from: self.from.max(*first), to: self.to.min(last), ..*self })
    }
}

impl Cut {
    /// Whether it cuts by time: then what is counted comes by month.
    pub fn by_time(self) -> bool {
        matches!(self, Self::Month | Self::Quarter | Self::CalendarYear | Self::AcademicYear)
    }

    /// The key of the part that a month (`2025-01`) belongs to; `None` where it does not cut by time.
    pub fn key_of(self, month: &str) -> Option<String> {
        let (year, number) = month.split_once('-')?;
        let (year, number): (i32, u32) = (year.parse().ok()?, number.parse().ok()?);
        match self {
            Self::Month => Some(month.to_owned()),
            Self::Quarter => Some(format!("{year:04}-Q{}", number.saturating_add(2) / 3)),
            Self::CalendarYear => Some(format!("{year:04}")),
            Self::AcademicYear => {
                let begins = if number < SEPTEMBER { year.saturating_sub(1) } else { year };
                Some(format!("{begins:04}/{:02}", begins.saturating_add(1).rem_euclid(100)))
            }
            _ => None,
        }
    }

    /// What a key of time is called.
    pub fn label_of(self, key: &str) -> Option<String> {
        let name = |number: usize| MONTHS.get(number).copied();
        match self {
            Self::Month => {
                let (year, month) = key.split_once('-')?;
                Some(format!("{} {year}", name(month.parse::<usize>().ok()?.checked_sub(1)?)?))
            }
            Self::Quarter => {
                let (year, quarter) = key.split_once("-Q")?;
                let first = quarter.parse::<usize>().ok()?.checked_sub(1)?.checked_mul(3)?;
                Some(format!("{} to {} {year}", name(first)?, name(first.checked_add(2)?)?))
            }
            Self::CalendarYear => Some(key.to_owned()),
            Self::AcademicYear => Some(format!("School year {key}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> Period {
        Period::new(Some(day(from)), Some(day(to)), None, day("2026-11-20")).unwrap()
    }

    #[test]
    fn months_make_quarters_calendar_years_and_school_years() {
        let keys = |cut: Cut| ["2024-08", "2024-09", "2024-12"].map(|month| cut.key_of(month).unwrap());
        assert_eq!(keys(Cut::Month), ["2024-08", "2024-09", "2024-12"]);
        assert_eq!(keys(Cut::Quarter), ["2024-Q3", "2024-Q3", "2024-Q4"]);
        assert_eq!(keys(Cut::CalendarYear), ["2024", "2024", "2024"]);
        assert_eq!(keys(Cut::AcademicYear), ["2023/24", "2024/25", "2024/25"]);
        assert_eq!(Cut::AcademicYear.key_of("1999-10").unwrap(), "1999/00");
        assert_eq!(Cut::Quarter.label_of("2025-Q4").unwrap(), "October to December 2025");
        assert_eq!(Cut::Month.label_of("2025-02").unwrap(), "February 2025");
    }

    #[test]
    fn every_part_of_a_period_has_a_key_also_where_nothing_happened() {
        assert_eq!(period("2024-11-15", "2025-02-01").keys(Cut::Month), ["2024-11", "2024-12", "2025-01", "2025-02"]);
        assert_eq!(period("2024-11-15", "2025-02-01").keys(Cut::Quarter), ["2024-Q4", "2025-Q1"]);
        assert!(period("2024-11-15", "2025-02-01").keys(Cut::Setting).is_empty());
    }

    #[test]
    fn a_part_is_cut_at_the_ends_of_the_period() {
        let whole = period("2024-11-15", "2025-02-01");
        let part = whole.part(Cut::Quarter, "2024-Q4").unwrap();
        assert_eq!((part.from, part.to), (day("2024-11-15"), day("2024-12-31")));
        let part = whole.part(Cut::Month, "2025-02").unwrap();
        assert_eq!((part.from, part.to), (day("2025-02-01"), day("2025-02-01")));
        assert!(whole.part(Cut::Month, "2026-02").is_none());
    }

    #[test]
    fn a_period_is_a_span_of_days_that_have_come_or_will() {
        let made = |from: &str, to: &str, as_at: &str| {
            Period::new(Some(day(from)), Some(day(to)), Some(day(as_at)), day("2026-11-20"))
        };
        assert!(made("2026-01-01", "2025-12-31", "2026-01-01").is_err());
        assert!(made("2026-01-01", "2026-12-31", "2026-11-21").is_err());
        assert!(made("1970-01-01", "2026-12-31", "2026-01-01").is_err());
        assert!(made("2026-01-01", "2026-01-01", "2026-01-01").is_ok());
        let year = Period::new(None, None, None, day("2026-11-20")).unwrap();
        assert_eq!((year.from, year.to), (day("2026-01-01"), day("2026-11-20")));
    }
}
