//! Shorthand for days and facts.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use statute::{
    AssessmentDecision, AssessmentOutcome, Calendar, CaseFacts, Choice, Deadline, DraftService, FinalPlan,
    FinalPlanFacts, HealthAgreement, Notice, Placement, PlanContent, PlanDecision, PlanOutcome, PreparingForAdulthood,
    Progress, RefusalGrounds, RuleId, Section, ServedDraft, Summary, derive, summarise,
};

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

pub fn after(start: NaiveDate, days: u64) -> NaiveDate {
    start + Days::new(days)
}

/// GOV.UK's bank holidays of England and Wales, 2012 to 2028.
pub fn england() -> Calendar {
    let mut reader = csv::Reader::from_reader(include_str!("../vectors/bank_holidays.csv").as_bytes());
    Calendar::new(reader.records().map(|row| day(&row.unwrap()[0])))
}

/// Day zero in most tests: a Monday whose 20 weeks end on a bank holiday.
pub fn day_zero() -> NaiveDate {
    day("2026-01-05")
}

/// The day so many days after day zero.
pub fn on_day(days: u64) -> NaiveDate {
    after(day_zero(), days)
}

pub fn received() -> CaseFacts {
    CaseFacts::received(day_zero())
}

pub fn assessment(outcome: AssessmentOutcome, days: u64) -> AssessmentDecision {
    AssessmentDecision { outcome, decided_on: on_day(days), notified_on: on_day(days) }
}

pub fn plan_decision(outcome: PlanOutcome, days: u64) -> PlanDecision {
    PlanDecision { outcome, decided_on: on_day(days), notified_on: Some(on_day(days)) }
}

pub fn draft(days: u64) -> ServedDraft {
    ServedDraft { id: "draft".to_owned(), label: "draft plan".to_owned(), served_on: on_day(days), finished_on: None }
}

pub fn final_plan(days: u64) -> FinalPlanFacts {
    FinalPlanFacts { id: "final".to_owned(), label: "final plan".to_owned(), issued_on: on_day(days) }
}

/// A case whose final plan was sent so many days after receipt, every step known.
pub fn issued(days: u64) -> CaseFacts {
    CaseFacts {
        assessment: Some(assessment(AssessmentOutcome::Assess, 30)),
        plan: Some(plan_decision(PlanOutcome::Issue, 80)),
        drafts: vec![draft(90)],
        final_plan: Some(final_plan(days)),
        ..received()
    }
}

pub fn deadlines(facts: &CaseFacts) -> Vec<Deadline> {
    derive(facts, &england())
}

pub fn deadline(facts: &CaseFacts, rule: RuleId) -> Deadline {
    deadlines(facts).into_iter().find(|deadline| deadline.rule == rule).expect("a deadline under the rule")
}

pub fn summary(facts: &CaseFacts) -> Summary {
    summarise(facts, &deadlines(facts))
}

pub fn complete_notice() -> Notice {
    Notice {
        reasons: true,
        appeal_rights: true,
        time_limits: true,
        mediation: true,
        disagreement_resolution: true,
        advice_and_information: true,
    }
}

pub fn grounds() -> RefusalGrounds {
    RefusalGrounds { reasons: true, notice: complete_notice() }
}

pub fn lawful_draft(days: u64) -> DraftService {
    DraftService {
        served_on: on_day(days),
        content: content_of(&[Section::A, Section::B, Section::E, Section::F]),
        override_given: false,
    }
}

/// A plan of which these sections are written.
pub fn content_of(written: &[Section]) -> PlanContent {
    PlanContent {
        written: written.iter().copied().collect(),
        placement: None,
        health_agreement: HealthAgreement::Unrecorded,
        preparing_for_adulthood: PreparingForAdulthood::NotOwed,
        unsettled_advice: 0,
    }
}

pub fn lawful_final(days: u64) -> FinalPlan {
    FinalPlan {
        issued_on: on_day(days),
        differing: Vec::new(),
        content: PlanContent {
            placement: Some(Placement::Setting { type_given: true }),
            ..content_of(&[Section::A, Section::B, Section::E, Section::F, Section::I])
        },
        choice: Choice::default(),
        notice: complete_notice(),
        overridden: BTreeSet::new(),
    }
}

pub fn progress(facts: &CaseFacts) -> Progress {
    Progress::from_facts(facts).expect("consistent facts")
}
