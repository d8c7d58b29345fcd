//! Why a plan was late: the days that each step took, beside the days that it may take. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use statute::{AdviceKind, Calendar, RuleId, rule};
use utoipa::ToSchema;

use super::Named;
use super::measure::Tenths;
use crate::words::{AdviceKindWord, vocabulary};

vocabulary! {
    /// A step on the way to a plan.
    Step as StepWord {
        /// From the request to the notice that it will be assessed.
        Decision = "decision",
        /// From the day on which a body had the request for advice to the day of its answer.
        Advice = "advice",
        /// From the last advice, or the decision where there was none, to the first draft that was served.
        Drafting = "drafting",
        /// From the first draft that was served to the final plan.
        Comment = "comment",
        /// From the day on which a setting was consulted to the day of its answer.
        Consultation = "consultation",
    }
}

impl Step {
    /// As people read it.
    const fn label(self) -> &'static str {
        match self {
            Self::Decision => "decision whether to assess",
            Self::Advice => "advice",
            Self::Drafting => "from the last advice to the draft",
            Self::Comment => "from the draft to the final plan",
            Self::Consultation => "consultation of a setting",
        }
    }
}

/// The facts of one case.
#[derive(Debug, Clone)]
pub struct Course {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The day of the notice whether it will be assessed.
    pub notified_on: Option<NaiveDate>,
    /// The requests for advice.
    pub advice: Vec<AdviceTaken>,
    /// The day on which the first draft was served.
    pub served_on: Option<NaiveDate>,
    /// The day on which the first plan was sent.
    pub issued_on: Option<NaiveDate>,
    /// The settings that were consulted: who, from when, and the day of the answer.
    pub consultations: Vec<(Named, NaiveDate, Option<NaiveDate>)>,
}

/// One request for advice.
#[derive(Debug, Clone)]
pub struct AdviceTaken {
    /// Of what kind.
    pub kind: AdviceKind,
    /// Who was asked.
    pub organisation: Option<Named>,
    /// The day on which the body had the request.
    pub from: NaiveDate,
    /// The day of its answer; none while it is owed.
    pub to: Option<NaiveDate>,
    /// The last day in time.
    pub due_on: Option<NaiveDate>,
}

/// One step as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepTaken {
    /// Which.
    pub step: StepWord,
    /// Which advice, where it is one.
    pub kind: Option<AdviceKindWord>,
    /// Whose step it was, where it was another's.
    pub organisation: Option<Named>,
    /// How many days it took.
    pub days: i64,
    /// How many it may take.
    pub limit: i64,
    /// How many it took beyond.
    pub beyond: i64,
    /// Whether it is still being taken.
    pub open: bool,
}

/// How many days a rule gives, from the event that it counts from.
fn days_of(id: RuleId, received_on: NaiveDate) -> i64 {
    rule(id, received_on).due_on(received_on, &Calendar::EMPTY).signed_duration_since(received_on).num_days()
}

impl Course {
    /// Every step that is known, in the order in which a case meets them; what is not finished counts up to `as_at`.
    pub fn steps(&self, as_at: NaiveDate) -> Vec<StepTaken> {
        let days = |id| days_of(id, self.received_on);
        let taken = |step: Step, from: NaiveDate, to: Option<NaiveDate>, limit: i64| {
            let took = to.unwrap_or(as_at).signed_duration_since(from).num_days().max(0);
            StepTaken {
                step: step.into(),
                kind: None,
                organisation: None,
                days: took,
                limit,
                beyond: took.saturating_sub(limit).max(0),
                open: to.is_none(),
            }
        };
        let mut steps = Vec::new();
        // A step whose day is not known, because it was taken before the case was taken over, is left out.
        let past_decision = self.served_on.or(self.issued_on).is_some() || !self.advice.is_empty();
        if self.notified_on.is_some() || !past_decision {
            steps.push(taken(Step::Decision, self.received_on, self.notified_on, days(RuleId::DecideToAssess)));
        }
        for one in &self.advice {
            let limit = one
                .due_on
                .map_or_else(|| days(RuleId::Advice), |due_on| due_on.signed_duration_since(one.from).num_days());
            // Of an answer that never came the draft, or the plan, did not wait any longer.
            let never =
                if one.to.is_none() && self.issued_on.is_some() { self.served_on.or(self.issued_on) } else { None };
            steps.push(StepTaken {
                kind: Some(one.kind.into()),
                organisation: one.organisation.clone(),
                ..taken(Step::Advice, one.from, one.to.or(never), limit)
            });
        }
        // The target for the draft leaves drafting what the decision and the advice do not take.
        let drafting = days(RuleId::SendDraftPlan)
            .saturating_sub(days(RuleId::DecideToAssess))
            .saturating_sub(days(RuleId::Advice));
        let begins = match self.served_on {
            // What came afterwards, or never, it did not wait for.
            Some(served_on) => {
                let came = self.advice.iter().filter_map(|one| one.to).filter(|came_on| *came_on <= served_on);
                came.chain(self.notified_on).max()
            }
            None => {
                let advised = self.advice.iter().map(|one| one.to).collect::<Option<Vec<_>>>();
                advised.and_then(|days| days.into_iter().chain(self.notified_on).max())
            }
        };
        if let Some(from) = begins.filter(|_| self.served_on.is_some() || self.issued_on.is_none()) {
            steps.push(taken(Step::Drafting, from, self.served_on, drafting));
        }
        let comment = days(RuleId::IssueFinalPlan).saturating_sub(days(RuleId::SendDraftPlan));
        if let Some(served_on) = self.served_on {
            steps.push(taken(Step::Comment, served_on, self.issued_on, comment));
        }
        for (setting, from, to) in &self.consultations {
            if to.is_some() || self.issued_on.is_none() {
                let limit = rule(RuleId::SettingConsultation, self.received_on).due_on(*from, &Calendar::EMPTY);
                steps.push(StepTaken {
                    organisation: Some(setting.clone()),
                    ..taken(Step::Consultation, *from, *to, limit.signed_duration_since(*from).num_days())
                });
            }
        }
        steps
    }
}

/// The step that took most beyond its limit; of several the first.
pub fn worst(steps: &[StepTaken]) -> Option<&StepTaken> {
    let beyond = steps.iter().filter(|step| step.beyond > 0);
    beyond.fold(None, |worst: Option<&StepTaken>, step| match worst {
        Some(one) if one.beyond >= step.beyond => Some(one),
        _ => Some(step),
    })
}

/// What the authority's own steps are known by among the services.
const OWN: &str = "local_authority";

/// What advice is known by among them of which nobody had been asked.
const NOBODY: &str = "nobody";

/// The share of a step or a service in all delay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Share {
    /// The step's word with the kind of advice; or the id of the service, `local_authority` or `nobody`.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// How often it took longer than it may.
    pub times: i64,
    /// Of how many late cases it was the worst.
    pub worst_of: i64,
    /// How many days it took beyond its limits, all together.
    pub days_beyond: i64,
    /// Its share of all such days.
    pub pct: Option<Tenths>,
    /// The share of it and of all before it.
    pub cumulative_pct: Option<Tenths>,
}

/// Adds up the steps of all late cases.
#[derive(Debug, Default)]
pub struct Pareto {
    /// By key: label, times, worst of, days beyond.
    steps: BTreeMap<String, (String, i64, i64, i64)>,
    /// The same by the id of the service; the authority's own steps stand under [`OWN`].
    services: BTreeMap<String, (String, i64, i64, i64)>,
    /// How many cases none of whose steps is known to have taken longer than it may.
    pub not_explained: i64,
}

impl Pareto {
    /// Adds a late case.
    pub fn add(&mut self, steps: &[StepTaken]) {
        let worst = worst(steps);
        if worst.is_none() {
            self.not_explained = self.not_explained.saturating_add(1);
        }
        for step in steps.iter().filter(|step| step.beyond > 0) {
            let is_worst = i64::from(worst.is_some_and(|one| std::ptr::eq(one, step)));
            let add = |(_, times, worst_of, days): &mut (String, i64, i64, i64)| {
                *times = times.saturating_add(1);
                *worst_of = worst_of.saturating_add(is_worst);
                *days = days.saturating_add(step.beyond);
            };
            let (key, label) = match step.kind {
                Some(kind) => (format!("advice_{kind}"), kind.0.description().to_owned()),
                None => (step.step.to_string(), step.step.0.label().to_owned()),
            };
            add(self.steps.entry(key).or_insert((label, 0, 0, 0)));
            let (key, label) = match (&step.organisation, step.kind) {
                (Some(service), _) => (service.id.to_string(), service.name.as_str()),
                (None, None) => (OWN.to_owned(), "The local authority"),
                (None, Some(_)) => (NOBODY.to_owned(), "Nobody was asked yet"),
            };
            add(self.services.entry(key).or_insert((label.to_owned(), 0, 0, 0)));
        }
    }

    /// The steps, the most days first.
    pub fn by_step(&self) -> Vec<Share> {
        ranked(self.steps.iter().map(|(key, sum)| (key.clone(), sum)))
    }

    /// The services, the most days first.
    pub fn by_service(&self) -> Vec<Share> {
        ranked(self.services.iter().map(|(key, sum)| (key.clone(), sum)))
    }
}

fn ranked<'a>(sums: impl Iterator<Item = (String, &'a (String, i64, i64, i64))>) -> Vec<Share> {
    let mut shares: Vec<Share> = sums
        .map(|(key, (label, times, worst_of, days_beyond))| Share {
            key,
            label: label.clone(),
            times: *times,
            worst_of: *worst_of,
            days_beyond: *days_beyond,
            pct: None,
            cumulative_pct: None,
        })
        .collect();
    shares.sort_by(|one, other| other.days_beyond.cmp(&one.days_beyond).then_with(|| one.key.cmp(&other.key)));
    let all: i64 = shares.iter().map(|share| share.days_beyond).sum();
    let mut so_far: i64 = 0;
    for share in &mut shares {
        so_far = so_far.saturating_add(share.days_beyond);
        share.pct = Tenths::percent(share.days_beyond, all);
        share.cumulative_pct = Tenths::percent(so_far, all);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn service(name: &str) -> Named {
        Named { id: Id::new(), name: name.to_owned() }
    }

    fn course() -> Course {
        Course {
            received_on: day("2025-01-06"),
            notified_on: Some(day("2025-02-17")),
            advice: vec![
                AdviceTaken {
                    kind: AdviceKind::Psychological,
                    organisation: Some(service("Psychology")),
                    from: day("2025-02-17"),
                    to: Some(day("2025-06-17")),
                    due_on: Some(day("2025-03-31")),
                },
                AdviceTaken {
                    kind: AdviceKind::Medical,
                    organisation: Some(service("Health")),
                    from: day("2025-02-17"),
                    to: Some(day("2025-03-31")),
                    due_on: Some(day("2025-03-31")),
                },
            ],
            served_on: Some(day("2025-06-27")),
            issued_on: Some(day("2025-07-14")),
            consultations: vec![(service("School"), day("2025-06-27"), Some(day("2025-07-10")))],
        }
    }

    #[test]
    fn the_worst_step_is_the_one_that_took_most_beyond_its_limit() {
        let steps = course().steps(day("2026-01-01"));
        let told: Vec<_> = steps.iter().map(|step| (step.step.0, step.days, step.limit, step.beyond)).collect();
        assert_eq!(
            told,
            [
                (Step::Decision, 42, 42, 0),
                (Step::Advice, 120, 42, 78),
                (Step::Advice, 42, 42, 0),
                (Step::Drafting, 10, 41, 0),
                (Step::Comment, 17, 15, 2),
                (Step::Consultation, 13, 15, 0),
            ]
        );
        assert_eq!(worst(&steps).unwrap().kind.unwrap().0, AdviceKind::Psychological);
        // Decision, the longest advice, drafting and comment are the whole way.
        assert_eq!(42 + 120 + 10 + 17, day("2025-07-14").signed_duration_since(day("2025-01-06")).num_days());
    }

    #[test]
    fn what_is_not_known_is_no_step() {
        let history =
            Course { notified_on: None, advice: Vec::new(), served_on: None, consultations: Vec::new(), ..course() };
        assert_eq!(history.steps(day("2026-01-01")), []);
        let mut pareto = Pareto::default();
        pareto.add(&history.steps(day("2026-01-01")));
        assert_eq!((pareto.not_explained, pareto.by_step().len()), (1, 0));
    }

    #[test]
    fn what_is_still_owed_counts_up_to_the_day_it_is_asked() {
        let mut open = Course { served_on: None, issued_on: None, consultations: Vec::new(), ..course() };
        open.advice[0].to = None;
        let steps = open.steps(day("2025-06-17"));
        assert_eq!(steps.iter().filter(|step| step.open).map(|step| step.days).collect::<Vec<_>>(), [120]);
        assert!(steps.iter().all(|step| step.step.0 != Step::Drafting), "it has not begun");
    }

    #[test]
    fn an_answer_that_never_came_is_somebodys_delay_and_not_the_drafters() {
        let mut silent = course();
        silent.advice[0].to = None;
        let steps = silent.steps(day("2026-01-01"));
        let psychology = steps.iter().find(|step| step.kind.is_some_and(|kind| kind.0 == AdviceKind::Psychological));
        let psychology = psychology.unwrap();
        // Up to the draft, which was made without it.
        assert_eq!((psychology.days, psychology.beyond, psychology.open), (130, 88, false));
        assert_eq!(worst(&steps), Some(psychology));
        // Drafting began with the last answer that did come, and what came after the draft did not hold it up.
        let drafting = |course: &Course| {
            let steps = course.steps(day("2026-01-01"));
            steps.iter().find(|step| step.step.0 == Step::Drafting).map(|step| step.days)
        };
        assert_eq!(drafting(&silent), Some(88));
        silent.advice[0].to = Some(day("2025-07-01"));
        assert_eq!(drafting(&silent), Some(88));
        let of_history = Course { served_on: None, ..silent.clone() };
        assert_eq!(drafting(&of_history), None);
        silent.advice[0].to = None;
        let undated = Course { served_on: None, ..silent };
        assert_eq!(undated.steps(day("2026-01-01"))[1].days, 147, "up to the plan where no draft is known");
    }

    #[test]
    fn shares_add_up_to_all_the_days() {
        let mut pareto = Pareto::default();
        pareto.add(&course().steps(day("2026-01-01")));
        let shares = pareto.by_step();
        assert_eq!(
            shares.iter().map(|share| share.key.as_str()).collect::<Vec<_>>(),
            ["advice_psychological", "comment"]
        );
        assert_eq!(shares[0].pct, Some(Tenths(975)));
        assert_eq!(shares[1].cumulative_pct, Some(Tenths(1_000)));
        assert_eq!((shares[0].worst_of, shares[1].worst_of), (1, 0));
        let services = pareto.by_service();
        let told: Vec<(&str, i64)> = services.iter().map(|share| (share.label.as_str(), share.days_beyond)).collect();
        assert_eq!(told, [("Psychology", 78), ("The local authority", 2)], "as many days as by step");
    }
}
