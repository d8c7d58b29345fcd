//! What holds whatever the facts are.

use chrono::NaiveDate;
use proptest::prelude::*;
use statute::{
    AdviceFacts, AdviceKind, AdviceStatus, AskedFor, AssessmentDecision, AssessmentOutcome, CaseFacts, ClockStatus,
    ConsultationFacts, Disputed, End, EndKind, Exception, ExistingAdvice, FinalPlanFacts, Ground, MediationFacts,
    PlanDecision, PlanOutcome, PlanStatus, Progress, Reversals, RuleId, ServedDraft, SettingAsked, Stage, derive, rule,
    summarise,
};

use crate::support::{after, day, england, grounds, lawful_draft, lawful_final};

fn received_on() -> impl Strategy<Value = NaiveDate> {
    (0..4500_u64).prop_map(|days| after(day("2014-09-01"), days))
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

/// An exception on any ground, for any rules, with days around the case or none.
fn exception(received_on: NaiveDate) -> impl Strategy<Value = Exception> {
    (
        prop::collection::vec(one_of(RuleId::ALL), 1..4),
        one_of(Ground::ALL),
        prop::option::of(0..200_u64),
        prop::option::of(0..200_u64),
    )
        .prop_map(move |(rules, ground, from, to)| Exception {
            rules,
            ground,
            from_on: from.map(|days| after(received_on, days)),
            to_on: to.map(|days| after(received_on, days)),
            from_history: false,
        })
}

fn exceptions(received_on: NaiveDate) -> impl Strategy<Value = Vec<Exception>> {
    prop::collection::vec(exception(received_on), 0..4)
}

/// Facts in any combination, lawful or not, with no day before day zero.
fn facts() -> impl Strategy<Value = CaseFacts> {
    received_on().prop_flat_map(|received_on| {
        let any_day = move || (0..300_u64).prop_map(move |days| after(received_on, days));
        let assessment = (one_of(AssessmentOutcome::ALL), any_day(), any_day())
            .prop_map(|(outcome, decided_on, notified_on)| AssessmentDecision { outcome, decided_on, notified_on });
        let plan = (one_of(PlanOutcome::ALL), any_day(), prop::option::of(any_day()))
            .prop_map(|(outcome, decided_on, notified_on)| PlanDecision { outcome, decided_on, notified_on });
        let advice = (
            one_of(AdviceKind::ALL),
            one_of(AdviceStatus::ALL),
            any::<bool>(),
            any_day(),
            prop::option::of(any_day()),
            exceptions(received_on),
        )
            .prop_map(|(kind, status, section_31_body, received_by_body_on, submitted_on, exceptions)| AdviceFacts {
                id: String::new(),
                label: String::new(),
                kind,
                status,
                section_31_body,
                received_by_body_on,
                submitted_on,
                exceptions,
            });
        let draft = (any_day(), prop::option::of(any_day())).prop_map(|(served_on, finished_on)| ServedDraft {
            id: String::new(),
            label: String::new(),
            served_on,
            finished_on,
        });
        let consultation = (any_day(), prop::option::of(any_day())).prop_map(|(received_on, responded_on)| {
            ConsultationFacts { id: String::new(), label: String::new(), received_on, responded_on }
        });
        let end = (one_of(EndKind::ALL), any_day()).prop_map(|(kind, on)| End { kind, on });
        (
            (
                prop::option::of(assessment),
                prop::option::of(plan),
                prop::collection::vec(advice, 0..4),
                prop::collection::vec(draft, 0..3),
                prop::collection::vec(consultation, 0..3),
                (prop::option::of(any_day()), prop::option::of(any_day())),
            ),
            (
                prop::option::of(any_day()),
                prop::option::of(end),
                exceptions(received_on),
                prop::option::of(any_day()),
                prop::collection::vec(any_day(), 0..3),
                any::<bool>(),
            ),
        )
            .prop_map(
                move |(
                    (assessment, plan, advice, drafts, consultations, reversed),
                    (issued_on, ended, exceptions, asked_on, certificates, redirected),
                )| CaseFacts {
                    received_on,
                    assessment,
                    plan,
                    reversals: Reversals { assessment: reversed.0, plan: reversed.1 },
                    advice,
                    drafts,
                    consultations,
                    final_plan: issued_on.map(|issued_on| FinalPlanFacts {
                        id: String::new(),
                        label: String::new(),
                        issued_on,
                    }),
                    ended,
                    exceptions,
                    setting_asked: asked_on
                        .into_iter()
                        .map(|asked_on| SettingAsked { what: AskedFor::Advice, asked_on, answered_on: None })
                        .collect(),
                    mediations: certificates
                        .into_iter()
                        .map(|certificate_on| MediationFacts {
                            certificate_on: Some(certificate_on),
                            ..MediationFacts::of(String::new(), Disputed::Plan)
                        })
                        .collect(),
                    mediation_or_tribunal: redirected,
                    ..CaseFacts::received(received_on)
                },
            )
    })
}

fn without_exceptions(facts: &CaseFacts) -> CaseFacts {
    let mut plain = facts.clone();
    plain.exceptions.clear();
    for advice in &mut plain.advice {
        advice.exceptions.clear();
    }
    plain
}

/// The steps a person can try on a case; each given all it needs to be lawful but for its place in the order.
#[derive(Debug, Clone, Copy)]
enum Try {
    DecideToAssess(AssessmentOutcome),
    DecideOnPlan(PlanOutcome),
    ServeDraft,
    IssueFinalPlan,
    Withdraw,
    Transfer,
    Reverse,
}

const TRIES: &[Try] = &[
    Try::DecideToAssess(AssessmentOutcome::Assess),
    Try::DecideToAssess(AssessmentOutcome::Assess),
    Try::DecideToAssess(AssessmentOutcome::Refuse),
    Try::DecideOnPlan(PlanOutcome::Issue),
    Try::DecideOnPlan(PlanOutcome::Issue),
    Try::DecideOnPlan(PlanOutcome::Refuse),
    Try::ServeDraft,
    Try::IssueFinalPlan,
    Try::Withdraw,
    Try::Transfer,
    Try::Reverse,
];

/// A step tried on a day: the case after it, and the facts with it on record. `version` is the plan being written.
fn attempt(
    progress: Progress,
    facts: &CaseFacts,
    version: PlanStatus,
    step: Try,
    on: NaiveDate,
) -> Result<(Progress, CaseFacts), statute::Refusal> {
    let mut facts = facts.clone();
    let next = match step {
        Try::DecideToAssess(outcome) => {
            let decision = AssessmentDecision { outcome, decided_on: on, notified_on: on };
            facts.assessment = Some(decision);
            progress.decide_to_assess(decision, Some(grounds()))?
        }
        Try::DecideOnPlan(outcome) => {
            let decision = PlanDecision { outcome, decided_on: on, notified_on: Some(on) };
            facts.plan = Some(decision);
            progress.decide_on_plan(decision, Some(grounds()))?
        }
        Try::ServeDraft => {
            version.serve()?;
            let mut draft = lawful_draft(0);
            draft.served_on = on;
            facts.drafts.push(ServedDraft {
                id: String::new(),
                label: String::new(),
                served_on: on,
                finished_on: None,
            });
            progress.serve_draft(&draft)?
        }
        Try::IssueFinalPlan => {
            let mut plan = lawful_final(0);
            plan.issued_on = on;
            facts.final_plan = Some(FinalPlanFacts { id: String::new(), label: String::new(), issued_on: on });
            progress.issue_final_plan(&plan)?
        }
        Try::Withdraw => {
            facts.ended = Some(End { kind: EndKind::Withdrawn, on });
            progress.withdraw(on)?
        }
        Try::Transfer => {
            facts.ended = Some(End { kind: EndKind::Transferred, on });
            progress.transfer(on)?
        }
        Try::Reverse => {
            match progress.stage() {
                Stage::AssessmentRefused => facts.reversals.assessment = Some(on),
                _ => facts.reversals.plan = Some(on),
            }
            progress.reverse_refusal(on)?
        }
    };
    Ok((next, facts))
}

proptest! {
    #[test]
    fn no_deadline_has_a_day_before_day_zero(facts in facts()) {
        for deadline in derive(&facts, &england()) {
            prop_assert!(deadline.starts_on >= facts.received_on);
            prop_assert!(deadline.due_on >= deadline.starts_on);
            prop_assert!(deadline.act_by >= facts.received_on);
            prop_assert!(deadline.act_by <= deadline.due_on);
            prop_assert!(deadline.met_on.is_none_or(|met_on| met_on >= facts.received_on));
        }
    }

    #[test]
    fn a_request_received_later_is_never_due_earlier(first in received_on(), days in 0..400_u64) {
        let second = after(first, days);
        for id in RuleId::ALL {
            prop_assert!(rule(*id, first).due_on(first, &england()) <= rule(*id, second).due_on(second, &england()), "{id}");
        }
        let calendar = england();
        let (earlier, later) = (
            derive(&CaseFacts::received(first), &calendar),
            derive(&CaseFacts::received(second), &calendar),
        );
        prop_assert_eq!(earlier.len(), later.len());
        for (one, other) in earlier.iter().zip(&later) {
            prop_assert_eq!(one.rule, other.rule);
            prop_assert!(one.due_on <= other.due_on);
            prop_assert!(one.act_by <= other.act_by);
        }
    }

    #[test]
    fn an_exception_never_moves_a_day(facts in facts()) {
        let calendar = england();
        let with = derive(&facts, &calendar);
        let without = derive(&without_exceptions(&facts), &calendar);
        prop_assert_eq!(with.len(), without.len());
        for (one, other) in with.iter().zip(&without) {
            prop_assert_eq!(one.rule, other.rule);
            prop_assert_eq!(one.starts_on, other.starts_on);
            prop_assert_eq!(one.due_on, other.due_on);
            prop_assert_eq!(one.act_by, other.act_by);
            prop_assert_eq!(one.met_on, other.met_on);
            prop_assert_eq!(one.applicable, other.applicable);
            prop_assert!(!other.excepted);
            prop_assert_eq!(one.excepted, one.derivation.contains("A lawful exception is on record"));
        }
    }

    #[test]
    fn an_exception_changes_how_late_is_judged_and_nothing_else(facts in facts(), days in 0..300_u64) {
        let calendar = england();
        let today = after(facts.received_on, days);
        let status = |facts: &CaseFacts| {
            summarise(facts, &derive(facts, &calendar)).status(today, calendar.add_working_days(today, 10))
        };
        let (with, without) = (status(&facts), status(&without_exceptions(&facts)));
        let allowed = match without {
            ClockStatus::Overdue => vec![ClockStatus::Overdue, ClockStatus::OverdueExcepted],
            ClockStatus::CompletedLate => vec![ClockStatus::CompletedLate, ClockStatus::CompletedLateExcepted],
            other => vec![other],
        };
        prop_assert!(allowed.contains(&with), "{without} became {with}");
    }

    #[test]
    fn consistent_facts_have_one_stage(facts in facts()) {
        if let Ok(progress) = Progress::from_facts(&facts) {
            prop_assert_eq!(progress.stage(), Stage::of(&facts));
            prop_assert_eq!(progress.received_on(), facts.received_on);
            prop_assert!(progress.last_step_on() >= facts.received_on);
        }
    }

    #[test]
    fn a_step_that_was_taken_cannot_be_taken_again(
        received_on in received_on(),
        steps in prop::collection::vec((one_of(TRIES), 0..30_u64), 1..12),
    ) {
        let mut facts = CaseFacts::received(received_on);
        let mut progress = Progress::from_facts(&facts).unwrap();
        let mut on = received_on;
        for (step, days) in steps {
            on = after(on, days);
            // Each try is with a version of its own; once served it stays served.
            let Ok((next, recorded)) = attempt(progress.clone(), &facts, PlanStatus::Editing, step, on) else {
                continue;
            };
            prop_assert!(
                attempt(next.clone(), &recorded, PlanStatus::Served, step, on).is_err(),
                "{:?} twice", step
            );
            prop_assert_eq!(Progress::from_facts(&recorded), Ok(next.clone()), "the record leads to the same place");
            prop_assert_eq!(next.last_step_on(), on);
            if !progress.stage().is_open() && !matches!(step, Try::Reverse) {
                prop_assert!(false, "{:?} after the end", step);
            }
            progress = next;
            facts = recorded;
        }
    }

    #[test]
    fn a_step_of_advice_that_was_taken_cannot_be_taken_again(
        kind in one_of(AdviceKind::ALL),
        steps in prop::collection::vec(0..8_usize, 1..12),
        agreed_on in received_on(),
    ) {
        let agreements = ExistingAdvice {
            adviser_agreed_on: Some(agreed_on),
            authority_agreed_on: Some(agreed_on),
            family_agreed_on: Some(agreed_on),
        };
        let apply = |status: AdviceStatus, step: usize| match step {
            0 => status.acknowledge(),
            1 => status.submit(),
            2 => status.return_(),
            3 => status.accept(),
            4 => status.cover(kind, agreements),
            5 => status.not_provided(kind),
            6 => status.decline(kind, true),
            _ => status.cancel(),
        };
        let mut status = AdviceStatus::Requested;
        for step in steps {
            if let Ok(next) = apply(status, step) {
                // What was accepted can still be found wanting; nothing else leads back from an end.
                let found_wanting = step == 2 && status == AdviceStatus::Accepted;
                prop_assert!(!status.is_settled() || found_wanting);
                prop_assert!(apply(next, step).is_err(), "{step} twice");
                status = next;
            }
        }
    }
}
