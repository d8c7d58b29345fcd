//! The measures, pure: from what was counted to what is told. There is no figure where there is nothing to divide by.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

const DAYS_OF_WEEK: i64 = 7;

/// A number with one decimal, half of the next rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub i32);

impl Tenths {
    /// `part` of `whole` in a hundred; none of nothing.
    pub fn percent(part: i64, whole: i64) -> Option<Self> {
        Self::divide(part.saturating_mul(100), whole)
    }

    /// `number` divided by `by`; nothing is divided by none.
    pub fn divide(number: i64, by: i64) -> Option<Self> {
        let doubled = by.checked_mul(2).filter(|doubled| *doubled > 0)?;
        let tenths = number.checked_mul(20)?.checked_add(by)?.checked_div_euclid(doubled)?;
        i32::try_from(tenths).ok().map(Self)
    }

    /// As a number.
    pub fn number(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl Serialize for Tenths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.number())
    }
}

impl utoipa::PartialSchema for Tenths {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        f64::schema()
    }
}

impl ToSchema for Tenths {}

/// How many there are of each number of days.
#[derive(Debug, Clone, Default)]
pub struct Spread(std::collections::BTreeMap<i32, i64>);

impl Spread {
    /// `count` more of this many days.
    pub fn add(&mut self, days: i32, count: i64) {
        let there = self.0.entry(days).or_default();
        *there = there.saturating_add(count);
    }

    fn count(&self) -> i64 {
        self.0.values().sum()
    }

    /// The two in the middle, which are one where the number is odd; none of nothing.
    fn middle(&self) -> Option<(i32, i32)> {
        let count = self.count();
        let at = |place: i64| {
            let mut seen: i64 = 0;
            self.0.iter().find_map(|(days, of_them)| {
                seen = seen.saturating_add(*of_them);
                (seen > place).then_some(*days)
            })
        };
        Some((at(count.saturating_sub(1) / 2)?, at(count / 2)?))
    }

    /// The mean, where `unit` days are one.
    fn mean(&self, unit: i64) -> Option<Tenths> {
        let sum: i64 = self.0.iter().map(|(days, count)| i64::from(*days).saturating_mul(*count)).sum();
        Tenths::divide(sum, self.count().saturating_mul(unit))
    }

    /// The median, where `unit` days are one.
    fn median_of(&self, unit: i64) -> Option<Tenths> {
        let (lower, upper) = self.middle()?;
        Tenths::divide(i64::from(lower).saturating_add(i64::from(upper)), unit.saturating_mul(2))
    }

    /// The median in days.
    pub fn median_days(&self) -> Option<Tenths> {
        self.median_of(1)
    }
}

/// Plans that were alike in all that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plans {
    /// How many days after the request they were sent.
    pub days: i32,
    /// Whether that was after the last day.
    pub late: bool,
    /// Whether a confirmed exception relieved them.
    pub excepted: bool,
    /// How many.
    pub count: i64,
}

/// How long first plans took. `_ex`: without those that a confirmed exception relieved, late or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Timeliness {
    /// Plans first issued.
    pub plans_issued: i64,
    /// The same, without exceptions.
    pub plans_issued_ex: i64,
    /// Of them within 20 weeks.
    pub within_20_weeks: i64,
    /// The same, without exceptions.
    pub within_20_weeks_ex: i64,
    /// The share within 20 weeks; null where there is none to share.
    pub pct_within_20_weeks: Option<Tenths>,
    /// The headline: the same, without exceptions.
    pub pct_within_20_weeks_ex: Option<Tenths>,
    /// After 20 weeks and within 52.
    pub from_20_to_52_weeks_ex: i64,
    /// After 52 weeks.
    pub over_52_weeks_ex: i64,
    /// The mean, in weeks.
    pub mean_weeks_ex: Option<Tenths>,
    /// The median, in weeks.
    pub median_weeks_ex: Option<Tenths>,
}

impl Timeliness {
    /// The measures of these plans.
    pub fn of<'a>(plans: impl IntoIterator<Item = &'a Plans>) -> Self {
        let (mut issued, mut issued_ex, mut in_time, mut in_time_ex, mut over) = (0_i64, 0_i64, 0_i64, 0_i64, 0_i64);
        let mut spread = Spread::default();
        for one in plans {
            issued = issued.saturating_add(one.count);
            in_time = in_time.saturating_add(if one.late { 0 } else { one.count });
            if one.excepted {
                continue;
            }
            issued_ex = issued_ex.saturating_add(one.count);
            in_time_ex = in_time_ex.saturating_add(if one.late { 0 } else { one.count });
            if one.late && statute::is_in_longest_band(one.days.into()) {
                over = over.saturating_add(one.count);
            }
            spread.add(one.days, one.count);
        }
        Self {
            plans_issued: issued,
            plans_issued_ex: issued_ex,
            within_20_weeks: in_time,
            within_20_weeks_ex: in_time_ex,
            pct_within_20_weeks: Tenths::percent(in_time, issued),
            pct_within_20_weeks_ex: Tenths::percent(in_time_ex, issued_ex),
            from_20_to_52_weeks_ex: issued_ex.saturating_sub(in_time_ex).saturating_sub(over),
            over_52_weeks_ex: over,
            mean_weeks_ex: spread.mean(DAYS_OF_WEEK),
            median_weeks_ex: spread.median_of(DAYS_OF_WEEK),
        }
    }
}

/// What was decided, all of it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Requests that came.
    Requested(i64),
    /// Decisions to assess: how many, and whether in time.
    Assess(i64, bool),
    /// Refusals to assess: how many, whether in time, and why.
    Refuse(i64, bool, Option<statute::AssessmentRefusalReason>),
    /// Refusals to issue a plan: how many, and whether in time.
    RefusePlan(i64, bool),
}

/// What became of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Decisions {
    /// Requests received in the period.
    pub requests: i64,
    /// Requests whose first decision whether to assess was notified in the period.
    pub decided: i64,
    /// Of these, notified within 6 weeks.
    pub decided_within_6_weeks: i64,
    /// Their share of those decided.
    pub pct_within_6_weeks: Option<Tenths>,
    /// Of those decided, refusals to assess.
    pub refused: i64,
    /// Their share of those decided.
    pub pct_refused: Option<Tenths>,
    /// Their number for every hundred requests received in the period: the rate that is published.
    pub pct_of_requests_refused: Option<Tenths>,
    /// How many refusals each reason had; `not_recorded` where none was given.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub refusal_reasons: std::collections::BTreeMap<&'static str, i64>,
    /// Refusals to issue a plan that were notified in the period.
    pub plan_refusals: i64,
    /// Of these, notified within 16 weeks.
    pub plan_refusals_within_16_weeks: i64,
    /// Their share.
    pub pct_plan_refusals_within_16_weeks: Option<Tenths>,
}

impl Decisions {
    /// The measures of these decisions.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Decided>) -> Self {
        let (mut requests, mut decided, mut in_time, mut refused) = (0_i64, 0_i64, 0_i64, 0_i64);
        let (mut plans_refused, mut plans_in_time) = (0_i64, 0_i64);
        let mut reasons: std::collections::BTreeMap<&'static str, i64> =
            statute::AssessmentRefusalReason::ALL.iter().map(|reason| (reason.as_str(), 0)).collect();
        for one in all {
            match *one {
                Decided::Requested(count) => requests = requests.saturating_add(count),
                Decided::Assess(count, timely) => {
                    decided = decided.saturating_add(count);
                    in_time = in_time.saturating_add(if timely { count } else { 0 });
                }
                Decided::Refuse(count, timely, reason) => {
                    decided = decided.saturating_add(count);
                    in_time = in_time.saturating_add(if timely { count } else { 0 });
                    refused = refused.saturating_add(count);
                    let of_reason = reasons.entry(reason.map_or("not_recorded", |reason| reason.as_str())).or_default();
                    *of_reason = of_reason.saturating_add(count);
                }
                Decided::RefusePlan(count, timely) => {
                    plans_refused = plans_refused.saturating_add(count);
                    plans_in_time = plans_in_time.saturating_add(if timely { count } else { 0 });
                }
            }
        }
        Self {
            requests,
            decided,
            decided_within_6_weeks: in_time,
            pct_within_6_weeks: Tenths::percent(in_time, decided),
            refused,
            pct_refused: Tenths::percent(refused, decided),
            pct_of_requests_refused: Tenths::percent(refused, requests),
            refusal_reasons: reasons,
            plan_refusals: plans_refused,
            plan_refusals_within_16_weeks: plans_in_time,
            pct_plan_refusals_within_16_weeks: Tenths::percent(plans_in_time, plans_refused),
        }
    }
}

/// Requests for advice that were alike in all that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// How they stand.
    pub standing: Standing,
    /// How many days the answer took, where one came.
    pub days: Option<i32>,
    /// How many days it was late, or is.
    pub days_late: i32,
    /// Whether a confirmed exception relieved them.
    pub excepted: bool,
    /// How many.
    pub count: i64,
}

/// How a request for advice stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// An answer has come.
    Answered,
    /// One is still owed.
    Owed,
    /// None came, and the last day was over when the case ended without it.
    Unanswered,
    /// None is owed: existing advice stands in, or the case ended before the last day.
    Spared,
}

/// How long advice took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Advice {
    /// Requests made in the period, but for those that were cancelled.
    pub requested: i64,
    /// Answered by the last day.
    pub on_time: i64,
    /// Answered later.
    pub late: i64,
    /// Answered after the last day or never, and relieved by a confirmed exception: neither late nor unanswered.
    pub excepted: i64,
    /// Still owed.
    pub open: i64,
    /// Never answered: the case ended without it, after its last day.
    pub unanswered: i64,
    /// Neither answered nor owed: existing advice stands in, or the case ended before the last day.
    pub not_owed: i64,
    /// Of those still owed, the ones whose last day is over without a confirmed exception.
    pub overdue: i64,
    /// The share on time of those that were on time, late, unanswered or are overdue.
    pub pct_on_time: Option<Tenths>,
    /// The median number of days that an answer took.
    pub median_days: Option<Tenths>,
    /// The median number of days beyond the last one, of those that were late, are overdue, or were never answered until the
    /// case ended.
    pub median_days_late: Option<Tenths>,
}

impl Advice {
    /// The measures of these requests.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Asked>) -> Self {
        let (mut requested, mut on_time, mut late, mut excepted) = (0_i64, 0_i64, 0_i64, 0_i64);
        let (mut open, mut overdue, mut unanswered, mut not_owed) = (0_i64, 0_i64, 0_i64, 0_i64);
        let (mut took, mut beyond) = (Spread::default(), Spread::default());
        for one in all {
            let add = |to: &mut i64| *to = to.saturating_add(one.count);
            add(&mut requested);
            if one.standing == Standing::Owed {
                add(&mut open);
            }
            if let (Standing::Answered, Some(days)) = (one.standing, one.days) {
                took.add(days, one.count);
            }
            match (one.standing, one.days_late > 0) {
                (Standing::Answered, false) => add(&mut on_time),
                (Standing::Answered | Standing::Unanswered, true) if one.excepted => add(&mut excepted),
                // It stands among those that are open.
                (Standing::Owed, true) if one.excepted => {}
                (Standing::Answered, true) => {
                    add(&mut late);
                    beyond.add(one.days_late, one.count);
                }
                (Standing::Owed, true) => {
                    add(&mut overdue);
                    beyond.add(one.days_late, one.count);
                }
                (Standing::Unanswered, _) => {
                    add(&mut unanswered);
                    beyond.add(one.days_late, one.count);
                }
                (Standing::Spared, _) => add(&mut not_owed),
                (Standing::Owed, false) => {}
            }
        }
        let judged = on_time.saturating_add(late).saturating_add(unanswered).saturating_add(overdue);
        Self {
            requested,
            on_time,
            late,
            excepted,
            open,
            unanswered,
            not_owed,
            overdue,
            pct_on_time: Tenths::percent(on_time, judged),
            median_days: took.median_days(),
            median_days_late: beyond.median_days(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans(days: i32, late: bool, excepted: bool, count: i64) -> Plans {
        Plans { days, late, excepted, count }
    }

    #[test]
    fn nothing_divided_is_no_figure() {
        let none = Timeliness::of([]);
        assert_eq!((none.pct_within_20_weeks, none.mean_weeks_ex, none.median_weeks_ex), (None, None, None));
        let all_excepted = Timeliness::of(&[plans(100, false, true, 3)]);
        assert_eq!(all_excepted.pct_within_20_weeks, Some(Tenths(1_000)));
        assert_eq!(all_excepted.pct_within_20_weeks_ex, None);
        assert_eq!(Decisions::of([]).pct_refused, None);
        assert_eq!(Advice::of([]).pct_on_time, None);
    }

    #[test]
    fn half_of_a_tenth_is_rounded_up() {
        assert_eq!(Tenths::percent(1, 8), Some(Tenths(125)));
        assert_eq!(Tenths::percent(1, 16), Some(Tenths(63)), "6.25");
        assert_eq!(Tenths::percent(1, 3), Some(Tenths(333)));
        assert_eq!(Tenths::percent(2, 3), Some(Tenths(667)));
        assert_eq!(Tenths::percent(5, 2_000), Some(Tenths(3)), "0.25");
        assert_eq!(serde_json::to_string(&Tenths(250)).unwrap(), "25.0");
    }

    #[test]
    fn an_exception_leaves_the_headline_whether_late_or_not() {
        let all = [
            plans(140, false, false, 2),
            plans(141, true, false, 1),
            plans(100, false, true, 1),
            plans(365, true, true, 1),
        ];
        let measures = Timeliness::of(&all);
        assert_eq!((measures.plans_issued, measures.plans_issued_ex), (5, 3));
        assert_eq!((measures.within_20_weeks, measures.within_20_weeks_ex), (3, 2));
        assert_eq!((measures.from_20_to_52_weeks_ex, measures.over_52_weeks_ex), (1, 0));
    }

    #[test]
    fn the_bands_end_at_52_weeks() {
        let measures = Timeliness::of(&[plans(364, true, false, 1), plans(365, true, false, 2)]);
        assert_eq!((measures.from_20_to_52_weeks_ex, measures.over_52_weeks_ex), (1, 2));
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let mut spread = Spread::default();
        spread.add(10, 1);
        spread.add(13, 1);
        assert_eq!(spread.median_days(), Some(Tenths(115)));
        spread.add(40, 1);
        assert_eq!(spread.median_days(), Some(Tenths(130)));
        assert_eq!(spread.mean(1), Some(Tenths(210)));
    }
}
