//! The cases, as rows of a sheet that is made while it is read.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use statute::{AdviceKind, AssessmentRefusalReason, Ground, RequestSource, in_or_beyond_year_9, statutory_set};

use super::{Wish, history, people, words};
use crate::import::model::Column;
use crate::numbers::{is_nhs_number, is_upn};
use crate::words::Vocabulary;

/// A course that a case can take, with how often it is taken: days ago and days since the request, all of them such that
/// the status that it stands for holds whatever the day.
type Course = (u32, fn(&mut Story<'_>));

/// Every course, the first of which make a small caseload that has everything.
const COURSES: &[Course] = &[
    (8, |s| s.received(1, 17)),
    (4, |s| s.received(32, 39)),
    (3, |s| s.received(45, 75)),
    (4, |s| {
        s.received(52, 72);
        s.assess(38, 40);
        s.advice((10, 30), &[AdviceKind::Psychological]);
    }),
    (4, |s| {
        s.received(52, 72);
        s.assess(38, 40);
        s.advice((10, 30), &[AdviceKind::Medical, AdviceKind::Psychological]);
    }),
    (3, |s| {
        s.received(48, 60);
        s.assess(34, 40);
        s.advice((3, 14), &[AdviceKind::Medical, AdviceKind::Psychological, AdviceKind::SocialCare]);
    }),
    (6, |s| {
        s.received(92, 112);
        s.assess(34, 40);
        s.advice((15, 50), &[AdviceKind::Psychological, AdviceKind::SocialCare]);
    }),
    (4, |s| {
        s.received(100, 115);
        s.plan_after(&[], (88, 95));
    }),
    (3, |s| {
        s.received(146, 200);
        s.plan_after(&[], (100, 130));
    }),
    (2, |s| {
        s.received(146, 220);
        s.plan_after(&[], (100, 120));
        s.exception(Ground::ExceptionalPersonalCircumstances, 60, None);
    }),
    (3, |s| {
        s.received(106, 115);
        s.plan_after(&[], (86, 94));
        s.day(Column::DraftServedOn, 97, 102);
    }),
    (3, |s| {
        s.received(128, 136);
        s.plan_after(&[], (100, 108));
        s.day(Column::DraftServedOn, 113, 118);
    }),
    (2, |s| {
        s.received(156, 190);
        s.plan_after(&[], (110, 120));
        s.day(Column::DraftServedOn, 126, 140);
    }),
    (16, |s| {
        s.received(150, 900);
        s.plan_after(&[], (86, 100));
        s.day(Column::DraftServedOn, 103, 112);
        s.day(Column::FinalIssuedOn, 129, 139);
    }),
    (12, |s| {
        s.received(300, 900);
        s.plan_after(&[], (120, 140));
        s.day(Column::DraftServedOn, 145, 165);
        s.day(Column::FinalIssuedOn, 185, 280);
    }),
    (2, |s| {
        s.received(450, 1000);
        s.plan_after(&[], (200, 240));
        s.day(Column::DraftServedOn, 300, 330);
        s.day(Column::FinalIssuedOn, 370, 420);
    }),
    (3, |s| {
        s.received(300, 900);
        s.plan_after(&[], (110, 125));
        s.day(Column::DraftServedOn, 135, 150);
        s.day(Column::FinalIssuedOn, 175, 230);
        s.exception(Ground::AbsentFromArea, 60, Some(105));
    }),
    (8, |s| {
        s.received(60, 700);
        s.refuse(30, 41);
    }),
    (2, |s| {
        s.received(80, 700);
        s.refuse(45, 60);
    }),
    (3, |s| {
        s.received(150, 700);
        s.decision_after(&[], "refuse", (95, 108));
    }),
    (1, |s| {
        s.received(160, 700);
        s.decision_after(&[], "refuse", (114, 125));
    }),
    (2, |s| {
        s.received(40, 500);
        s.day(Column::WithdrawnOn, 5, 25);
    }),
    (1, |s| {
        s.received(120, 500);
        s.assess(30, 40);
        s.advice((20, 40), &[AdviceKind::Psychological, AdviceKind::SocialCare]);
        s.day(Column::TransferredOn, 60, 90);
        s.pick(Column::TransferredTo, words::ELSEWHERE);
    }),
    (2, |s| {
        s.received(1_200, 2_400);
        s.day(Column::FinalIssuedOn, 100, 160);
    }),
    (1, |s| {
        s.received(700, 1_100);
        s.refuse(35, 41);
        s.say(Column::Tribunal, "true");
        s.day(Column::FinalIssuedOn, 330, 400);
    }),
];

/// How many cases are made of the courses, which show everything there is; from then on it is the years behind them.
const SHOWN: u32 = 60;

/// Up to this many NHS numbers are kept for tests; whoever comes after is known by the UPN.
const NHS_NUMBERS: u32 = 140_000;

/// A sheet of so many cases, always the same for a seed and a day.
pub(super) struct Sheet {
    wish: Wish,
    today: NaiveDate,
    rng: StdRng,
    made: u32,
    /// What has been made and not yet read.
    text: std::io::Cursor<Vec<u8>>,
}

impl Sheet {
    pub(super) fn new(wish: Wish, today: NaiveDate) -> Self {
        let headings: Vec<&str> = Column::all().iter().map(|column| column.as_str()).collect();
        let headings = format!("{}\n", headings.join(",")).into_bytes();
        let rng = StdRng::seed_from_u64(wish.seed);
        Self { wish, today, rng, made: 0, text: std::io::Cursor::new(headings) }
    }

    fn next_row(&mut self) -> Option<String> {
        if self.made >= self.wish.cases {
            return None;
        }
        let number = self.made;
        self.made = self.made.saturating_add(1);
        let course = usize::try_from(number).ok().and_then(|number| COURSES.get(number)).or_else(|| {
            // Every course once; from then on as often as it is taken.
            COURSES.choose_weighted(&mut self.rng, |(weight, _)| *weight).ok()
        });
        let (_, take) = course?;
        let mut story = Story::new(&mut self.rng, number, self.today);
        if number < SHOWN {
            take(&mut story);
        } else {
            history::live(&mut story);
        }
        story.finish();
        let cell = |column: &Column| story.cells.get(column).map_or("", String::as_str);
        Some(format!("{}\n", Column::all().iter().map(cell).collect::<Vec<_>>().join(",")))
    }
}

impl Read for Sheet {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self.text.read(into)? {
                0 if !into.is_empty() => match self.next_row() {
                    Some(row) => self.text = std::io::Cursor::new(row.into_bytes()),
                    None => return Ok(0),
                },
                read => return Ok(read),
            }
        }
    }
}

/// One case in the making.
pub(super) struct Story<'a> {
    pub(super) rng: &'a mut StdRng,
    number: u32,
    pub(super) today: NaiveDate,
    pub(super) received_on: NaiveDate,
    pub(super) born: NaiveDate,
    pub(super) notified_on: Option<NaiveDate>,
    cells: BTreeMap<Column, String>,
}

impl<'a> Story<'a> {
    fn new(rng: &'a mut StdRng, number: u32, today: NaiveDate) -> Self {
        Self { rng, number, today, received_on: today, born: today, notified_on: None, cells: BTreeMap::new() }
    }

    pub(super) fn say(&mut self, column: Column, what: impl Into<String>) {
        self.cells.insert(column, what.into());
    }

    /// Takes back what was said.
    pub(super) fn forget(&mut self, column: Column) {
        self.cells.remove(&column);
    }

    pub(super) fn pick(&mut self, column: Column, from: &[&str]) {
        if let Some(one) = from.choose(self.rng) {
            self.say(column, *one);
        }
    }

    /// Whether something happens that does so in so many cases of a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// The request came so many days ago.
    pub(super) fn received(&mut self, from: u64, to: u64) {
        let ago = self.rng.random_range(from..=to);
        self.received_on = at_work(self.today.checked_sub_days(Days::new(ago)).unwrap_or(self.today));
        self.say(Column::ReceivedOn, self.received_on.to_string());
        // Most are between 3 and 16 years old, some older.
        let years = if self.chance(10) { self.rng.random_range(17..=22) } else { self.rng.random_range(3..=16) };
        let days: u64 = self.rng.random_range(0..360);
        let born = self.received_on.checked_sub_days(Days::new(years * 365 + days));
        self.born = born.unwrap_or(self.received_on);
    }

    /// A working day so many days after the request; none where that is still to come.
    pub(super) fn some_day(&mut self, from: u64, to: u64) -> Option<NaiveDate> {
        let after = self.rng.random_range(from..=to);
        let day = self.received_on.checked_add_days(Days::new(after)).map(at_work)?;
        (day <= self.today).then_some(day.max(self.received_on))
    }

    pub(super) fn day(&mut self, column: Column, from: u64, to: u64) {
        if let Some(day) = self.some_day(from, to) {
            self.say(column, day.to_string());
        }
    }

    pub(super) fn assess(&mut self, from: u64, to: u64) {
        self.decide("assess", from, to);
    }

    fn refuse(&mut self, from: u64, to: u64) {
        self.decide("refuse", from, to);
        let reasons: Vec<&str> = AssessmentRefusalReason::ALL.iter().map(|reason| reason.as_str()).collect();
        self.pick(Column::RefusalReason, &reasons);
    }

    pub(super) fn decide(&mut self, outcome: &str, from: u64, to: u64) {
        if let Some(day) = self.some_day(from, to) {
            self.say(Column::AssessmentDecision, outcome);
            self.say(Column::AssessmentDecidedOn, day.to_string());
            self.say(Column::AssessmentNotifiedOn, day.to_string());
            self.notified_on = Some(day);
        }
    }

    /// Everybody is asked who must be; all but some have answered after so many days.
    fn advice(&mut self, (from, to): (u64, u64), waiting_for: &[AdviceKind]) {
        let Some(asked_on) = self.notified_on else {
            return;
        };
        for kind in statutory_set(in_or_beyond_year_9(None, self.born, asked_on), false) {
            let (requested, received) = Column::of_advice(kind);
            self.say(requested, asked_on.to_string());
            let after = self.rng.random_range(from..=to);
            let came_on = asked_on.checked_add_days(Days::new(after)).map(at_work);
            if let Some(came_on) = came_on.filter(|day| *day <= self.today && !waiting_for.contains(&kind)) {
                self.say(received, came_on.max(asked_on).to_string());
            }
        }
    }

    /// Assessed, advised, and a plan is to be issued.
    fn plan_after(&mut self, waiting_for: &[AdviceKind], decided: (u64, u64)) {
        self.decision_after(waiting_for, "issue", decided);
    }

    fn decision_after(&mut self, waiting_for: &[AdviceKind], outcome: &str, (from, to): (u64, u64)) {
        self.assess(30, 40);
        self.advice((18, 45), waiting_for);
        if let Some(day) = self.some_day(from, to) {
            self.say(Column::PlanDecision, outcome);
            self.say(Column::PlanDecidedOn, day.to_string());
            if outcome == "refuse" {
                self.say(Column::PlanNotifiedOn, day.to_string());
            }
        }
    }

    /// An exception from one day after the request to another.
    pub(super) fn exception(&mut self, ground: Ground, from: u64, to: Option<u64>) {
        self.say(Column::ExceptionGround, ground.as_str());
        let day = |after: u64| self.received_on.checked_add_days(Days::new(after)).map(|day| day.to_string());
        let (from, to) = (day(from), to.and_then(day));
        self.cells.extend(from.map(|day| (Column::ExceptionFrom, day)));
        self.cells.extend(to.map(|day| (Column::ExceptionTo, day)));
    }

    /// Whom it is about, where they learn and who works on it.
    fn finish(&mut self) {
        self.say(Column::ExternalReference, format!("DEMO-{:06}", self.number.saturating_add(1)));
        self.pick(Column::Forename, words::FORENAMES);
        self.pick(Column::Surname, words::SURNAMES);
        self.say(Column::DateOfBirth, self.born.to_string());
        self.pick(Column::Sex, &["M", "M", "F"]);
        if self.chance(70) {
            self.pick(Column::Ethnicity, words::ETHNICITIES);
        }
        self.pick(Column::Postcode, words::POSTCODES);
        let numbered = self.number < NHS_NUMBERS;
        if numbered {
            self.say(Column::NhsNumber, nhs_number(self.number));
        }
        if self.chance(85) || !numbered {
            self.say(Column::Upn, upn(self.number));
        }
        let sources = [RequestSource::Family, RequestSource::EducationSetting, RequestSource::HealthProfessional];
        let source = sources.choose_weighted(self.rng, |source| match source {
            RequestSource::Family => 45,
            RequestSource::EducationSetting => 50,
            _ => 5,
        });
        let source = source.map_or(RequestSource::Other, |source| *source);
        self.cells.entry(Column::RequestSource).or_insert_with(|| source.as_str().to_owned());
        let age = self.received_on.year().saturating_sub(self.born.year());
        let settings = if age < 5 { words::NURSERIES } else { words::SCHOOLS };
        if let Some((name, urn)) = settings.choose(self.rng) {
            self.say(Column::SettingName, *name);
            self.say(Column::SettingUrn, *urn);
        }
        if !self.chance(12) {
            self.pick(Column::CaseworkerEmail, people::CASEWORKERS);
        }
    }
}

/// The day itself, or the Friday before a weekend: letters are sent and meetings held when people are at work.
pub(super) fn at_work(day: NaiveDate) -> NaiveDate {
    let back = match day.weekday() {
        Weekday::Sat => 1,
        Weekday::Sun => 2,
        _ => 0,
    };
    day.checked_sub_days(Days::new(back)).unwrap_or(day)
}

/// An NHS number that is given to nobody: those that begin with 999 are kept for tests.
fn nhs_number(number: u32) -> String {
    // Some numbers have no check digit; ten in a row never lack one.
    let stems = (0..10).map(|more| format!("999{:06}", number.saturating_mul(7).saturating_add(more) % 1_000_000));
    let checked = |stem: String| (0..10).map(move |check| format!("{stem}{check}"));
    stems.flat_map(checked).find(|text| is_nhs_number(text)).unwrap_or_default()
}

/// A UPN of an authority that does not exist.
fn upn(number: u32) -> String {
    let letters = "ABCDEFGHJKLMNPQRTUVWXYZ".chars();
    letters.map(|letter| format!("{letter}999{number:09}")).find(|text| is_upn(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(cases: u32, seed: u64, today: &str) -> String {
        let mut text = String::new();
        Sheet::new(Wish { cases, seed }, today.parse().unwrap()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_same_seed_and_day_give_the_same_cases() {
        let first = sheet(200, 1, "2026-11-20");
        assert_eq!(first, sheet(200, 1, "2026-11-20"));
        assert_ne!(first, sheet(200, 2, "2026-11-20"));
        assert_eq!(first.lines().count(), 201);
        assert!(sheet(100, 1, "2026-11-20").lines().zip(first.lines()).all(|(short, long)| short == long));
    }

    #[test]
    fn no_row_is_at_fault_whatever_the_day() {
        use crate::import::commands::Parsed;
        use crate::import::model::Sheet as Reader;
        use crate::time::Clock;
        // A Friday, a Sunday after Christmas, a leap day, a Monday that is a bank holiday.
        for (seed, today) in ["2026-11-20", "2026-12-27", "2028-02-29", "2027-05-31"].into_iter().enumerate() {
            let now = Clock::new(Some(today.parse().unwrap())).read();
            let text = sheet(12_000, u64::try_from(seed).unwrap(), today);
            let mut reader = Reader::open(text.as_bytes()).unwrap().unwrap();
            while let Some(line) = reader.next_line().unwrap() {
                let faults = Parsed::read(reader.layout(), &line, now).faults;
                assert_eq!(faults, [], "{today}: {:?}", line.record);
            }
        }
    }

    /// The cells of a column, by the day of the request.
    fn column(text: &str, name: &str) -> Vec<(NaiveDate, String)> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let place =
            |headings: &csv::StringRecord, name: &str| headings.iter().position(|heading| heading == name).unwrap();
        let headings = reader.headers().unwrap().clone();
        let (received, wanted) = (place(&headings, "received_on"), place(&headings, name));
        let rows = reader.records().map(Result::unwrap).skip(usize::try_from(SHOWN).unwrap());
        rows.map(|row| (row[received].parse().unwrap(), row[wanted].to_owned())).collect()
    }

    #[test]
    fn the_years_behind_a_caseload_have_seasons_and_a_shortage_that_ends() {
        let text = sheet(6_000, 4, "2026-11-20");
        let asked = column(&text, "advice_psychological_requested_on");
        let came = column(&text, "advice_psychological_received_on");
        let today = "2026-11-20".parse().unwrap();
        let (began, ended) = history::shortage(today);
        let late = |from: NaiveDate, to: NaiveDate| {
            let mut all = 0;
            let mut late = 0;
            for ((_, asked), (_, came)) in
                asked.iter().zip(&came).filter(|((_, asked), (_, came))| !asked.is_empty() && !came.is_empty())
            {
                let (asked, came): (NaiveDate, NaiveDate) = (asked.parse().unwrap(), came.parse().unwrap());
                if (from..to).contains(&asked) {
                    all += 1;
                    late += i32::from(
                        came > statute::rule(statute::RuleId::Advice, asked).due_on(asked, &statute::Calendar::EMPTY),
                    );
                }
            }
            (late * 100) / all
        };
        let year = |days: u64| Days::new(days);
        assert!(late(began - year(365), began) < 30, "before the shortage most answers come in time");
        assert!((45..80).contains(&late(began, ended)), "while it lasts most don't");
        let month = |days: u64| (began + Days::new(days), began + Days::new(days + 60));
        let ((first, second), (last, end)) = (month(0), month(480));
        assert!(late(first, second) < late(last, end), "and the longer the fewer do");
        assert!(late(ended, ended + year(200)) < 30, "and then it is over");
        let received: Vec<NaiveDate> = asked.iter().map(|(day, _)| *day).collect();
        let of_month = |month: u32| received.iter().filter(|day| day.month() == month).count();
        assert!(of_month(8) * 2 < of_month(6) && of_month(12) < of_month(11), "few ask in August and at Christmas");
        let of_year = |year: i32| received.iter().filter(|day| day.year() == year).count();
        assert!(of_year(2021) < of_year(2023) && of_year(2023) < of_year(2025), "there are more every year");
        for (column_name, least, most) in [
            ("refusal_reason", 15, 35),
            ("social_care_status", 10, 22),
            ("exception_ground", 2, 15),
            ("withdrawn_on", 1, 6),
            ("tribunal", 1, 30),
        ] {
            let filled = column(&text, column_name).into_iter().filter(|(_, cell)| !cell.is_empty()).count();
            let per_thousand = filled * 1_000 / received.len();
            let scale = if column_name == "tribunal" { 1 } else { 10 };
            assert!(
                (least * scale..=most * scale).contains(&per_thousand),
                "{column_name}: {per_thousand} of a thousand"
            );
        }
    }

    #[test]
    fn numbers_are_valid_and_of_one_person_each() {
        let numbers: Vec<String> = (0..2_000).chain(99_000..100_000).map(nhs_number).collect();
        assert!(numbers.iter().all(|number| is_nhs_number(number) && number.starts_with("999")));
        let distinct: std::collections::HashSet<_> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len());
        assert!((0..2_000).map(upn).all(|upn| is_upn(&upn)));
    }
}
