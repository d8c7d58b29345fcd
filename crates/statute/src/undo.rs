//! What was entered by mistake, and may be taken off the record as long as nothing rests on it.

use chrono::NaiveDate;

use crate::{
    advice::AdviceStatus,
    facts::{
        AssessmentDecision, AssessmentOutcome, CaseFacts, EndKind, FinalPlanFacts, PlanDecision, Reversals, ServedDraft,
    },
    history::Step,
    order::Disputed,
    refusal::{Code, Refusal},
    text::text_enum,
};

text_enum! {
    /// A step that can have been entered by mistake.
    pub enum Mistake {
        /// The decision whether to assess.
        AssessmentDecision => "assessment_decision",
        /// The decision whether to issue a plan.
        PlanDecision => "plan_decision",
        /// The issue of the final plan.
        FinalPlan => "final_plan",
        /// The reversal of a refusal.
        Reversal => "reversal",
        /// The withdrawal.
        Withdrawal => "withdrawal",
        /// The transfer.
        Transfer => "transfer",
    }
}

impl Mistake {
    const fn step(self) -> Step {
        match self {
            Self::AssessmentDecision => Step::AssessmentDecision,
            Self::PlanDecision => Step::PlanDecision,
            Self::FinalPlan => Step::FinalPlan,
            Self::Reversal => Step::Reversal,
            Self::Withdrawal | Self::Transfer => Step::End,
        }
    }

    fn not_taken(self) -> Refusal {
        let step = self.step().in_words();
        let since = "What was recorded before an order stays as it was.";
        Refusal::policy(Code::NotInStage, format!("There is nothing to undo: {step} is not on record. {since}"))
    }

    fn depended_on(self, by: &str) -> Refusal {
        let step = self.step().in_words();
        Refusal::policy(
            Code::SomethingRestsOnIt,
            format!("Entered in error cannot be said of {step} while something rests on it: {by}."),
        )
    }
}

/// The course that is being followed: the last track, or the first course where nothing was ordered.
struct Current<'a> {
    assessment: Option<AssessmentDecision>,
    plan: Option<PlanDecision>,
    reversals: Reversals,
    drafts: &'a [ServedDraft],
    final_plan: Option<&'a FinalPlanFacts>,
}

impl<'a> Current<'a> {
    fn of(facts: &'a CaseFacts) -> Self {
        let (assessment, plan, reversals, drafts, final_plan) = match facts.track() {
            None => (facts.assessment, facts.plan, facts.reversals, &facts.drafts, facts.final_plan.as_ref()),
            Some(track) => (track.assessment, track.plan, track.reversals, &track.drafts, track.final_plan.as_ref()),
        };
        Self { assessment, plan, reversals, drafts, final_plan }
    }
}

/// Refuses to take a step off the record that is not the one recorded last in its course, or on which something rests.
/// `disputes` are all mediation and all appeals: what each is about, and its day.
pub fn check_entered_in_error(
    facts: &CaseFacts,
    mistake: Mistake,
    disputes: &[(Disputed, NaiveDate)],
) -> Result<(), Refusal> {
    let current = Current::of(facts);
    let ended = facts.ended.is_some();
    let disputed =
        |about: Disputed, told_on: NaiveDate| disputes.iter().any(|(what, on)| *what == about && *on >= told_on);
    let rests: Vec<(bool, &str)> = match mistake {
        Mistake::Withdrawal | Mistake::Transfer => {
            let kind = if mistake == Mistake::Withdrawal { EndKind::Withdrawn } else { EndKind::Transferred };
            let taken = facts.ended.is_some_and(|end| end.kind == kind);
            return if taken { Ok(()) } else { Err(mistake.not_taken()) };
        }
        Mistake::AssessmentDecision => {
            let decision = current.assessment.ok_or_else(|| mistake.not_taken())?;
            let refused = decision.outcome == AssessmentOutcome::Refuse;
            vec![
                (ended, ENDED),
                (current.reversals.assessment.is_some(), REVERSED),
                (refused && disputed(Disputed::RefusalToAssess, decision.notified_on), DISPUTED),
                (current.final_plan.is_some(), ISSUED),
                (!current.drafts.is_empty(), SERVED),
                (current.plan.is_some(), DECIDED),
                (facts.has_answered_advice(), ANSWERED),
            ]
        }
        Mistake::PlanDecision => {
            let decision = current.plan.ok_or_else(|| mistake.not_taken())?;
            let told_on = decision.notified_on.unwrap_or(decision.decided_on);
            vec![
                (ended, ENDED),
                (current.reversals.plan.is_some(), REVERSED),
                (disputed(Disputed::RefusalToIssue, told_on), DISPUTED),
                (current.final_plan.is_some(), ISSUED),
                (!current.drafts.is_empty(), SERVED),
                (facts.has_consulted_since(decision.decided_on), CONSULTED),
            ]
        }
        Mistake::Reversal => {
            let Reversals { assessment, plan } = current.reversals;
            if assessment.is_none() && plan.is_none() {
                return Err(mistake.not_taken());
            }
            // Where both refusals were reversed, that of the plan came last.
            let of_assessment = plan.is_none();
            vec![
                (ended, ENDED),
                (current.final_plan.is_some(), ISSUED),
                (!current.drafts.is_empty(), SERVED),
                (of_assessment && current.plan.is_some(), DECIDED),
                (of_assessment && facts.has_answered_advice(), ANSWERED),
                (plan.is_some_and(|on| facts.has_consulted_since(on)), CONSULTED),
            ]
        }
        Mistake::FinalPlan => {
            let plan = current.final_plan.ok_or_else(|| mistake.not_taken())?;
            // What it says is disputed, or that it is to cease: both rest on it.
            let about_it = [Disputed::Plan, Disputed::Ceasing];
            vec![(ended, ENDED), (about_it.into_iter().any(|about| disputed(about, plan.issued_on)), DISPUTED)]
        }
    };
    match rests.iter().find(|(rests, _)| *rests) {
        None => Ok(()),
        Some((_, by)) => Err(mistake.depended_on(by)),
    }
}

const ENDED: &str = "the case was withdrawn or transferred after it; undo that first";
const REVERSED: &str = "the authority has reversed it";
const ISSUED: &str = "the final plan has been issued";
const SERVED: &str = "a draft has been served";
const DECIDED: &str = "whether to issue a plan has been decided";
const ANSWERED: &str = "advice that was asked for has been answered";
const CONSULTED: &str = "a setting has been consulted";
const DISPUTED: &str = "mediation or an appeal about it is on record";

impl CaseFacts {
    /// Whether a setting has been consulted since a day, in the course that is being followed.
    fn has_consulted_since(&self, day: NaiveDate) -> bool {
        self.consultations.iter().any(|one| one.received_on >= day && !self.is_of_earlier_course(one.received_on))
    }

    /// Whether advice that was asked for in the course that is being followed has been answered, in whatever way.
    fn has_answered_advice(&self) -> bool {
        self.advice.iter().any(|one| {
            !self.is_of_earlier_course(one.received_by_body_on)
                && !matches!(one.status, AdviceStatus::Requested | AdviceStatus::Acknowledged | AdviceStatus::Cancelled)
        })
    }
}
