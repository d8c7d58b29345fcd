//! Whether the known steps of a case can all be true: rows of a spreadsheet, corrections, stored rows.

use chrono::NaiveDate;

use crate::{
    facts::{AssessmentOutcome, CaseFacts, EndKind, PlanOutcome},
    order::Track,
    stage::Stage,
    text::text_enum,
};

text_enum! {
    /// A step that moves a case.
    pub enum Step {
        /// The request is received.
        Receipt => "receipt",
        /// Whether to assess is decided.
        AssessmentDecision => "assessment_decision",
        /// Whether to issue a plan is decided.
        PlanDecision => "plan_decision",
        /// A draft is served.
        Draft => "draft",
        /// The final plan is issued.
        FinalPlan => "final_plan",
        /// The case is withdrawn or transferred.
        End => "end",
        /// The tribunal orders something, or what counts as an order is made.
        Order => "order",
        /// The authority reverses its own refusal.
        Reversal => "reversal",
    }
}

impl Step {
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Receipt => "the receipt of the request",
            Self::AssessmentDecision => "the decision whether to assess",
            Self::PlanDecision => "the decision whether to issue a plan",
            Self::Draft => "the service of a draft",
            Self::FinalPlan => "the issue of the final plan",
            Self::End => "the withdrawal or transfer",
            Self::Order => "the order",
            Self::Reversal => "the reversal of the refusal",
        }
    }

    /// What a person can do about a step that was taken wrongly; nothing where that is not said of this step.
    pub(crate) const fn what_a_correction_takes(self) -> &'static str {
        match self {
            Self::AssessmentDecision | Self::PlanDecision => {
                " A manager can correct its days and its texts, not what was decided."
            }
            _ => "",
        }
    }
}

/// Facts that contradict each other: a row of a spreadsheet, a correction, or a row in the database to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    /// A step has a day before that of a step it follows.
    #[error("{later} is dated before {earlier}", later = later.in_words(), earlier = earlier.in_words())]
    OutOfOrder {
        /// The step that comes first in law.
        earlier: Step,
        /// The step whose day is too early.
        later: Step,
    },
    /// The family was told before the decision was taken.
    #[error("{} was notified before it was taken", .0.in_words())]
    NotifiedBeforeDecided(Step),
    /// A step follows a refusal, and neither mediation nor a tribunal is known to have taken place.
    #[error("{later} follows a refusal in {refusal}, with neither mediation nor a tribunal between", later = later.in_words(), refusal = refusal.in_words())]
    AfterRefusal {
        /// The decision that was a refusal.
        refusal: Step,
        /// The step that followed.
        later: Step,
    },
    /// The case was withdrawn although a decision had ended it.
    #[error("the case was withdrawn after {} had ended it", .0.in_words())]
    WithdrawnAfter(Step),
}

/// Each known step in the order of the law with its day; the steps not known are left out.
fn known_steps(facts: &CaseFacts) -> impl Iterator<Item = (Step, NaiveDate)> {
    [
        (Step::Receipt, Some(facts.received_on)),
        (Step::AssessmentDecision, facts.assessment.map(|decision| decision.notified_on)),
        (Step::Reversal, facts.reversals.assessment),
        (Step::PlanDecision, facts.plan.map(|decision| decision.decided_on)),
        (Step::Reversal, facts.reversals.plan),
        (Step::Draft, facts.first_draft().map(|draft| draft.served_on)),
        (Step::Draft, facts.latest_draft().map(|draft| draft.served_on)),
        (Step::FinalPlan, facts.final_plan.as_ref().map(|plan| plan.issued_on)),
    ]
    .into_iter()
    .filter_map(|(step, on)| on.map(|on| (step, on)))
}

/// The known steps of a track, in the order of the law.
fn steps_of(track: &Track) -> impl Iterator<Item = (Step, NaiveDate)> {
    [
        (Step::Order, Some(track.order.on)),
        (Step::AssessmentDecision, track.assessment.map(|decision| decision.notified_on)),
        (Step::Reversal, track.reversals.assessment),
        (Step::PlanDecision, track.plan.map(|decision| decision.decided_on)),
        (Step::Reversal, track.reversals.plan),
        (Step::Draft, track.first_draft().map(|draft| draft.served_on)),
        (Step::Draft, track.latest_draft().map(|draft| draft.served_on)),
        (Step::FinalPlan, track.final_plan.as_ref().map(|plan| plan.issued_on)),
    ]
    .into_iter()
    .filter_map(|(step, on)| on.map(|on| (step, on)))
}

/// Refuses facts that cannot all be true. Steps that are not known are no contradiction.
pub(crate) fn check_consistent(facts: &CaseFacts) -> Result<(), Inconsistent> {
    let mut before = (Step::Receipt, facts.received_on);
    let of_tracks = facts.tracks.iter().flat_map(steps_of);
    let end = facts.ended.map(|end| (Step::End, end.on));
    for step in known_steps(facts).chain(of_tracks).chain(end) {
        if step.1 < before.1 {
            return Err(Inconsistent::OutOfOrder { earlier: before.0, later: step.0 });
        }
        before = step;
    }
    let assessments = facts.tracks.iter().map(|track| track.assessment).chain([facts.assessment]);
    if assessments.flatten().any(|decision| decision.notified_on < decision.decided_on) {
        return Err(Inconsistent::NotifiedBeforeDecided(Step::AssessmentDecision));
    }
    let mut plans = facts.tracks.iter().map(|track| track.plan).chain([facts.plan]).flatten();
    if plans.any(|decision| decision.notified_on.is_some_and(|notified| notified < decision.decided_on)) {
        return Err(Inconsistent::NotifiedBeforeDecided(Step::PlanDecision));
    }
    let refused = |step| match step {
        Step::AssessmentDecision => {
            facts.standing_assessment().is_some_and(|decision| decision.outcome == AssessmentOutcome::Refuse)
        }
        Step::PlanDecision => {
            facts.standing_plan_decision().is_some_and(|decision| decision.outcome == PlanOutcome::Refuse)
        }
        _ => false,
    };
    let mut refusal = None;
    for (step, _) in known_steps(facts) {
        if let Some(refusal) = refusal {
            return Err(Inconsistent::AfterRefusal { refusal, later: step });
        }
        if refused(step) && !facts.mediation_or_tribunal {
            refusal = Some(step);
        }
    }
    let ended_by = match facts.track().map(Track::stage) {
        None => facts.final_plan.as_ref().map(|_| Step::FinalPlan).or(refusal),
        Some(Stage::PlanIssued) => Some(Step::FinalPlan),
        Some(Stage::PlanRefused) => Some(Step::PlanDecision),
        Some(Stage::AssessmentRefused) => Some(Step::AssessmentDecision),
        Some(_) => None,
    };
    if let (Some(step), Some(EndKind::Withdrawn)) = (ended_by, facts.ended.map(|end| end.kind)) {
        return Err(Inconsistent::WithdrawnAfter(step));
    }
    Ok(())
}
