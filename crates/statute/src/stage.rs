//! The stages of a case, and the steps from one to the next.
//!
//! [`Progress`] has one variant a stage, each with what is known there and nothing else, so a draft
//! without a decision to issue cannot be written down by a step. A step consumes the progress it starts
//! from and gives the next one or a [`Refusal`]: a step once taken cannot be taken again.
//!
//! Whether a day is possible at all is a fault of input and judged by [`check_day`]; whether the step is
//! lawful now is judged here. After an order the steps are taken again in its track, on the same stages; where the
//! order says what is to be done, it stands in for the decision that would have said so.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    facts::{AssessmentDecision, AssessmentOutcome, CaseFacts, EndKind, PlanDecision, PlanOutcome},
    history::{Inconsistent, Step, check_consistent},
    notice::{Notice, NoticeKind, RefusalGrounds, check_notice, check_refusal},
    order::{Disputed, ORDER, OrderKind, OrderSource, Track},
    plan::{
        Choice, DifferingSection, PlanContent, PlanKind, Section, check_advice_settled, check_consulted,
        check_differences, check_health_agreement, check_representations_over, check_requests_answered,
        refuse_unlawful,
    },
    refusal::{Code, Refusal},
    text::{capital, text_enum},
};

/// Where a plan in force may be amended: after an order, after a review, or where the authority thinks it necessary.
const AMENDMENTS: &str = "Regulations 22, 28, 42, 44 and 45 SEND Regulations 2014";

text_enum! {
    /// Where a case stands.
    pub enum Stage {
        /// Received; whether to assess is undecided.
        AwaitingDecision => "awaiting_decision",
        /// Being assessed.
        GatheringAdvice => "gathering_advice",
        /// A plan is to be issued; no draft served yet.
        Drafting => "drafting",
        /// A draft is with the family.
        DraftServed => "draft_served",
        /// Ended with a plan.
        PlanIssued => "plan_issued",
        /// Ended: no assessment.
        AssessmentRefused => "assessment_refused",
        /// Ended: no plan.
        PlanRefused => "plan_refused",
        /// Ended by the requester, or ceased.
        Withdrawn => "withdrawn",
        /// Ended here: another authority is responsible.
        Transferred => "transferred",
    }
}

impl Stage {
    /// Whether steps can still follow.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::AwaitingDecision | Self::GatheringAdvice | Self::Drafting | Self::DraftServed)
    }

    /// The stage that the latest known step leads to. Total: it asks nothing of the steps in between.
    pub fn of(facts: &CaseFacts) -> Self {
        match facts.ended.map(|end| end.kind) {
            Some(EndKind::Withdrawn) => return Self::Withdrawn,
            Some(EndKind::Transferred) => return Self::Transferred,
            None => {}
        }
        match facts.track() {
            Some(track) => track.stage(),
            None => Self::at_first(facts),
        }
    }

    /// The stage at the end of the first course: before any order, and whether or not the case was ended otherwise.
    fn at_first(facts: &CaseFacts) -> Self {
        if facts.final_plan.is_some() {
            return Self::PlanIssued;
        }
        if !facts.drafts.is_empty() {
            return Self::DraftServed;
        }
        match facts.standing_plan_decision().map(|decision| decision.outcome) {
            Some(PlanOutcome::Issue) => return Self::Drafting,
            Some(PlanOutcome::Refuse) => return Self::PlanRefused,
            None => {}
        }
        match facts.standing_assessment().map(|decision| decision.outcome) {
            Some(AssessmentOutcome::Assess) => Self::GatheringAdvice,
            Some(AssessmentOutcome::Refuse) => Self::AssessmentRefused,
            None => Self::AwaitingDecision,
        }
    }

    const fn so_far(self) -> &'static str {
        match self {
            Self::AwaitingDecision => "whether to assess is not decided yet",
            Self::GatheringAdvice => "an assessment is being made and whether to issue a plan is not decided yet",
            Self::Drafting => "a plan is to be issued and no draft is served yet",
            Self::DraftServed => "a draft has been served",
            Self::PlanIssued => "the final plan has been issued",
            Self::AssessmentRefused => "the assessment was refused",
            Self::PlanRefused => "a plan was refused",
            Self::Withdrawn => "the request was withdrawn",
            Self::Transferred => "the case was transferred",
        }
    }
}

/// A draft about to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftService {
    /// The day of service.
    pub served_on: NaiveDate,
    /// What it holds.
    pub content: PlanContent,
    /// A manager serves it although advice is unsettled and has given a reason.
    pub override_given: bool,
}

/// A final plan about to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalPlan {
    /// The day it is sent.
    pub issued_on: NaiveDate,
    /// Every section whose text differs from the draft last served.
    pub differing: Vec<DifferingSection>,
    /// What it holds, with its placement.
    pub content: PlanContent,
    /// How its setting was chosen. Not looked at where an order to amend is carried out without a draft: there no notice
    /// asks the family for its choice.
    pub choice: Choice,
    /// What the notice with it tells the family.
    pub notice: Notice,
    /// What a manager overrides, each with a reason, of [`Progress::overridable`].
    pub overridden: BTreeSet<Code>,
}

/// Received; whether to assess is undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitingDecision {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The day of an order to decide again.
    pub ordered_on: Option<NaiveDate>,
}

/// An assessment is being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatheringAdvice {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The decision to assess; an order that says so stands in for it.
    pub assessment: AssessmentDecision,
    /// An order says so, and that the family was told is not on record yet.
    pub to_be_told: bool,
}

/// A plan is to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafting {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The decision to issue; an order that says so stands in for it.
    pub plan: PlanDecision,
    /// A plan in force is amended as an order says: no draft needs to be served, since nothing is left to comment on.
    pub amending: bool,
    /// Whether only the placement is to be amended: any other change goes to the family as a draft.
    pub placement_alone: bool,
    /// Whether the tribunal ordered it, with or without consent: then the setting that is named was chosen there.
    pub ordered_by_tribunal: bool,
}

/// A draft is with the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftServed {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The day the latest draft was served.
    pub served_on: NaiveDate,
    /// The day the family said in writing that it has finished.
    pub finished_on: Option<NaiveDate>,
}

/// Ended with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanIssued {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The day the final plan was sent.
    pub issued_on: NaiveDate,
}

/// Ended without an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentRefused {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The refusal.
    pub assessment: AssessmentDecision,
}

/// Ended without a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRefused {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The refusal.
    pub plan: PlanDecision,
}

/// Withdrawn or transferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Day zero.
    pub received_on: NaiveDate,
    /// The day it ended.
    pub on: NaiveDate,
}

/// How far a case has come; one variant a [`Stage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// See [`Stage::AwaitingDecision`].
    AwaitingDecision(AwaitingDecision),
    /// See [`Stage::GatheringAdvice`].
    GatheringAdvice(GatheringAdvice),
    /// See [`Stage::Drafting`].
    Drafting(Drafting),
    /// See [`Stage::DraftServed`].
    DraftServed(DraftServed),
    /// See [`Stage::PlanIssued`].
    PlanIssued(PlanIssued),
    /// See [`Stage::AssessmentRefused`].
    AssessmentRefused(AssessmentRefused),
    /// See [`Stage::PlanRefused`].
    PlanRefused(PlanRefused),
    /// See [`Stage::Withdrawn`].
    Withdrawn(Ended),
    /// See [`Stage::Transferred`].
    Transferred(Ended),
}

impl Progress {
    /// How far the facts show a case to have come, or why they cannot all be true.
    ///
    /// History may lack steps (a final plan with no draft known): the latest known step gives the stage.
    pub fn from_facts(facts: &CaseFacts) -> Result<Self, Inconsistent> {
        check_consistent(facts)?;
        let received_on = facts.received_on;
        if let Some(end) = facts.ended {
            let ended = Ended { received_on, on: end.on };
            return Ok(match end.kind {
                EndKind::Withdrawn => Self::Withdrawn(ended),
                EndKind::Transferred => Self::Transferred(ended),
            });
        }
        if let Some(track) = facts.track() {
            return Ok(Self::in_track(received_on, track));
        }
        if let Some(plan) = &facts.final_plan {
            return Ok(Self::PlanIssued(PlanIssued { received_on, issued_on: plan.issued_on }));
        }
        if let Some(draft) = facts.latest_draft() {
            return Ok(Self::DraftServed(DraftServed {
                received_on,
                served_on: draft.served_on,
                finished_on: draft.finished_on,
            }));
        }
        if let Some(plan) = facts.standing_plan_decision() {
            return Ok(match plan.outcome {
                PlanOutcome::Issue => Self::Drafting(Drafting {
                    received_on,
                    plan,
                    amending: false,
                    placement_alone: false,
                    ordered_by_tribunal: false,
                }),
                PlanOutcome::Refuse => Self::PlanRefused(PlanRefused { received_on, plan }),
            });
        }
        Ok(match facts.standing_assessment() {
            Some(assessment) => match assessment.outcome {
                AssessmentOutcome::Assess => {
                    Self::GatheringAdvice(GatheringAdvice { received_on, assessment, to_be_told: false })
                }
                AssessmentOutcome::Refuse => Self::AssessmentRefused(AssessmentRefused { received_on, assessment }),
            },
            None => Self::AwaitingDecision(AwaitingDecision { received_on, ordered_on: None }),
        })
    }

    /// How far a track has come. Where no decision was taken in it, the order says what is to be done.
    fn in_track(received_on: NaiveDate, track: &Track) -> Self {
        let on = track.order.on;
        let ordered = AssessmentDecision { outcome: AssessmentOutcome::Assess, decided_on: on, notified_on: on };
        let issue = PlanDecision { outcome: PlanOutcome::Issue, decided_on: on, notified_on: Some(on) };
        match (track.stage(), track.latest_draft(), &track.final_plan) {
            (Stage::PlanIssued, _, Some(plan)) => {
                Self::PlanIssued(PlanIssued { received_on, issued_on: plan.issued_on })
            }
            (Stage::DraftServed, Some(draft), _) => Self::DraftServed(DraftServed {
                received_on,
                served_on: draft.served_on,
                finished_on: draft.finished_on,
            }),
            (Stage::PlanRefused, ..) => {
                Self::PlanRefused(PlanRefused { received_on, plan: track.plan.unwrap_or(issue) })
            }
            (Stage::AssessmentRefused, ..) => Self::AssessmentRefused(AssessmentRefused {
                received_on,
                assessment: track.assessment.unwrap_or(ordered),
            }),
            (Stage::AwaitingDecision, ..) => {
                Self::AwaitingDecision(AwaitingDecision { received_on, ordered_on: Some(on) })
            }
            (Stage::GatheringAdvice, ..) => Self::GatheringAdvice(GatheringAdvice {
                received_on,
                assessment: track.standing_assessment().unwrap_or(ordered),
                to_be_told: track.assessment.is_none() && track.order.kind == OrderKind::Assess,
            }),
            _ => Self::Drafting(Drafting {
                received_on,
                plan: track.standing_plan_decision().unwrap_or(issue),
                amending: track.amends(),
                placement_alone: track.amends_placement_alone(),
                ordered_by_tribunal: matches!(track.order.source, OrderSource::Tribunal | OrderSource::Consent),
            }),
        }
    }

    /// The stage, as a word.
    pub const fn stage(&self) -> Stage {
        match self {
            Self::AwaitingDecision(_) => Stage::AwaitingDecision,
            Self::GatheringAdvice(_) => Stage::GatheringAdvice,
            Self::Drafting(_) => Stage::Drafting,
            Self::DraftServed(_) => Stage::DraftServed,
            Self::PlanIssued(_) => Stage::PlanIssued,
            Self::AssessmentRefused(_) => Stage::AssessmentRefused,
            Self::PlanRefused(_) => Stage::PlanRefused,
            Self::Withdrawn(_) => Stage::Withdrawn,
            Self::Transferred(_) => Stage::Transferred,
        }
    }

    /// Day zero.
    pub const fn received_on(&self) -> NaiveDate {
        match self {
            Self::AwaitingDecision(AwaitingDecision { received_on, .. })
            | Self::GatheringAdvice(GatheringAdvice { received_on, .. })
            | Self::Drafting(Drafting { received_on, .. })
            | Self::DraftServed(DraftServed { received_on, .. })
            | Self::PlanIssued(PlanIssued { received_on, .. })
            | Self::AssessmentRefused(AssessmentRefused { received_on, .. })
            | Self::PlanRefused(PlanRefused { received_on, .. })
            | Self::Withdrawn(Ended { received_on, .. })
            | Self::Transferred(Ended { received_on, .. }) => *received_on,
        }
    }

    /// The day that the next step may not precede: hand it to [`check_day`].
    pub const fn last_step_on(&self) -> NaiveDate {
        match self {
            Self::AwaitingDecision(state) => match state.ordered_on {
                Some(ordered_on) => ordered_on,
                None => state.received_on,
            },
            Self::GatheringAdvice(state) => state.assessment.notified_on,
            Self::Drafting(state) => state.plan.decided_on,
            Self::DraftServed(state) => state.served_on,
            Self::PlanIssued(state) => state.issued_on,
            Self::AssessmentRefused(state) => state.assessment.notified_on,
            Self::PlanRefused(state) => match state.plan.notified_on {
                Some(notified_on) => notified_on,
                None => state.plan.decided_on,
            },
            Self::Withdrawn(state) | Self::Transferred(state) => state.on,
        }
    }

    /// Records the decision whether to assess. A refusal needs reasons and a complete notice: Regulation 5(3).
    pub fn decide_to_assess(
        self,
        decision: AssessmentDecision,
        refusal: Option<RefusalGrounds>,
    ) -> Result<Self, Refusal> {
        let received_on = match self {
            Self::AwaitingDecision(AwaitingDecision { received_on, .. }) => received_on,
            Self::GatheringAdvice(GatheringAdvice { received_on, to_be_told: true, .. }) => {
                if decision.outcome == AssessmentOutcome::Refuse {
                    return Err(Refusal::lawful(
                        Code::OrderBinds,
                        ORDER,
                        "An assessment is ordered: it cannot be refused. Record the day on which the family was told that it is made.",
                    ));
                }
                received_on
            }
            other => return Err(other.out_of_order(Step::AssessmentDecision)),
        };
        match decision.outcome {
            AssessmentOutcome::Assess => {
                Ok(Self::GatheringAdvice(GatheringAdvice { received_on, assessment: decision, to_be_told: false }))
            }
            AssessmentOutcome::Refuse => {
                check_refusal(NoticeKind::RefusalToAssess, refusal)?;
                Ok(Self::AssessmentRefused(AssessmentRefused { received_on, assessment: decision }))
            }
        }
    }

    /// Records the decision whether to issue a plan. A refusal needs reasons and a complete notice: Regulation 10.
    pub fn decide_on_plan(self, decision: PlanDecision, refusal: Option<RefusalGrounds>) -> Result<Self, Refusal> {
        let Self::GatheringAdvice(GatheringAdvice { received_on, to_be_told, .. }) = self else {
            return Err(self.out_of_order(Step::PlanDecision));
        };
        if to_be_told {
            return Err(Refusal::lawful(
                Code::NotInStage,
                ORDER,
                "The tribunal ordered an assessment: record first the day on which the family was told that it is made.",
            ));
        }
        match decision.outcome {
            PlanOutcome::Issue => Ok(Self::Drafting(Drafting {
                received_on,
                plan: decision,
                amending: false,
                placement_alone: false,
                ordered_by_tribunal: false,
            })),
            PlanOutcome::Refuse => {
                check_refusal(NoticeKind::RefusalToIssue, refusal)?;
                Ok(Self::PlanRefused(PlanRefused { received_on, plan: decision }))
            }
        }
    }

    /// The authority reverses its own refusal: of a refusal to assess that is the decision to assess on that day, of a
    /// refusal to issue a plan the decision to issue one.
    pub fn reverse_refusal(self, on: NaiveDate) -> Result<Self, Refusal> {
        match self {
            Self::AssessmentRefused(AssessmentRefused { received_on, .. }) => {
                let assessment =
                    AssessmentDecision { outcome: AssessmentOutcome::Assess, decided_on: on, notified_on: on };
                Ok(Self::GatheringAdvice(GatheringAdvice { received_on, assessment, to_be_told: false }))
            }
            Self::PlanRefused(PlanRefused { received_on, .. }) => {
                let plan = PlanDecision { outcome: PlanOutcome::Issue, decided_on: on, notified_on: Some(on) };
                Ok(Self::Drafting(Drafting {
                    received_on,
                    plan,
                    amending: false,
                    placement_alone: false,
                    ordered_by_tribunal: false,
                }))
            }
            other => Err(other.out_of_order(Step::Reversal)),
        }
    }

    /// Refuses to ask for advice before an assessment is made, or after the case has ended: Regulation 6(1).
    pub fn check_can_seek_advice(&self) -> Result<(), Refusal> {
        match self {
            Self::GatheringAdvice(_) | Self::Drafting(_) | Self::DraftServed(_) => Ok(()),
            _ => Err(self.out_of_order(Step::PlanDecision)),
        }
    }

    /// Refuses what is done about a part of a case after the case has ended: nothing is owed any longer.
    pub fn check_not_ended(&self) -> Result<(), Refusal> {
        if self.stage().is_open() { Ok(()) } else { Err(self.out_of_order(Step::End)) }
    }

    /// Refuses to start or edit a draft before a plan is to be issued, or after the case has ended.
    pub fn check_can_draft(&self) -> Result<(), Refusal> {
        match self {
            Self::Drafting(_) | Self::DraftServed(_) => Ok(()),
            _ => Err(self.out_of_order(Step::Draft)),
        }
    }

    /// Serves a draft, the first or an amended one; an amended one gives the family its days again.
    pub fn serve_draft(self, draft: &DraftService) -> Result<Self, Refusal> {
        self.check_can_draft()?;
        refuse_unlawful(PlanKind::Draft, &draft.content)?;
        check_advice_settled(draft.content.unsettled_advice, draft.override_given)?;
        Ok(Self::DraftServed(DraftServed {
            received_on: self.received_on(),
            served_on: draft.served_on,
            finished_on: None,
        }))
    }

    /// The draft that is with the family; refuses to record what the family says to one where none is.
    pub fn draft_with_family(&self) -> Result<&DraftServed, Refusal> {
        match self {
            Self::DraftServed(state) => Ok(state),
            _ => Err(self.out_of_order(Step::FinalPlan)),
        }
    }

    /// Issues the final plan: Regulations 13(2) and 14.
    pub fn issue_final_plan(self, plan: &FinalPlan) -> Result<Self, Refusal> {
        let draft = match &self {
            Self::DraftServed(state) => Some(state),
            Self::Drafting(Drafting { amending: true, .. }) => None,
            _ => return Err(self.out_of_order(Step::FinalPlan)),
        };
        if self.is_placement_alone() {
            check_differences(&plan.differing)?;
        }
        refuse_unlawful(PlanKind::Final, &plan.content)?;
        let unsettled = self.overridable(plan).into_iter().find(|refusal| !plan.overridden.contains(&refusal.code));
        if let Some(refusal) = unsettled {
            return Err(refusal);
        }
        if let Some(draft) = draft {
            check_requests_answered(&plan.choice.passed_over)?;
            check_representations_over(draft.served_on, draft.finished_on, plan.issued_on, draft.received_on)?;
        }
        check_notice(NoticeKind::FinalPlan, &plan.notice)?;
        Ok(Self::PlanIssued(PlanIssued { received_on: self.received_on(), issued_on: plan.issued_on }))
    }

    /// What stands against a final plan, unless a manager overrides it with a reason: changes that nothing explains, since
    /// section 40 asks the authority to make those that it thinks necessary; a setting that nobody consulted; provision in
    /// section G that is not agreed.
    pub fn overridable(&self, plan: &FinalPlan) -> Vec<Refusal> {
        let with_family = matches!(self, Self::DraftServed(_));
        let chosen_by_tribunal = matches!(self, Self::Drafting(Drafting { ordered_by_tribunal: true, .. }));
        let differences = check_differences(&plan.differing);
        let consulted = check_consulted(&plan.choice);
        let of_draft = [(differences, with_family), (consulted, !chosen_by_tribunal)];
        let of_draft = of_draft.into_iter().filter_map(|(checked, applies)| applies.then_some(checked));
        let provided = plan.content.written.contains(&Section::G);
        let agreed = check_health_agreement(provided, plan.content.health_agreement);
        let found = of_draft.chain([agreed]).filter_map(Result::err);
        let by_manager = |refusal: Refusal| Refusal {
            sentence: format!("{} A manager may override this with a reason.", refusal.sentence),
            ..refusal
        };
        found.map(by_manager).collect()
    }

    const fn is_placement_alone(&self) -> bool {
        matches!(self, Self::Drafting(Drafting { placement_alone: true, .. }))
    }

    /// The day that a final plan may not precede: that of the draft with the family, or of the order that it carries
    /// out. Refuses one where neither is.
    pub fn final_plan_not_before(&self) -> Result<NaiveDate, Refusal> {
        match self {
            Self::DraftServed(state) => Ok(state.served_on),
            Self::Drafting(state) if state.amending => Ok(state.plan.decided_on),
            _ => Err(self.out_of_order(Step::FinalPlan)),
        }
    }

    /// Refuses an order, or a dispute, about what is not in force: see [`crate::check_disputable`].
    pub fn check_disputable(&self, about: Disputed, track: Option<&Track>) -> Result<(), Refusal> {
        if matches!(self, Self::Withdrawn(_) | Self::Transferred(_)) {
            return Err(self.out_of_order(Step::Order));
        }
        crate::order::check_disputable(about, self.stage(), track)
    }

    /// The requester withdraws, or the assessment ceases.
    pub fn withdraw(self, on: NaiveDate) -> Result<Self, Refusal> {
        self.end(on).map(Self::Withdrawn)
    }

    /// Another authority becomes responsible.
    pub fn transfer(self, on: NaiveDate) -> Result<Self, Refusal> {
        self.end(on).map(Self::Transferred)
    }

    fn end(self, on: NaiveDate) -> Result<Ended, Refusal> {
        if self.stage().is_open() {
            Ok(Ended { received_on: self.received_on(), on })
        } else {
            Err(self.out_of_order(Step::End))
        }
    }

    /// Why a step cannot be taken from here: the case has ended, another step is first, or it was taken.
    fn out_of_order(&self, step: Step) -> Refusal {
        let stage = self.stage();
        if stage == Stage::PlanIssued && step == Step::FinalPlan {
            return Refusal::lawful(
                Code::CaseEnded,
                AMENDMENTS,
                "The final plan has been issued. It is amended after an order of the Tribunal, an agreement at mediation or a conceded appeal: record that first. It is also amended after a review or where the authority thinks it necessary, which this case does not record.",
            );
        }
        if step == Step::Reversal {
            let code = if stage.is_open() { Code::NotInStage } else { Code::CaseEnded };
            return Refusal::policy(
                code,
                format!(
                    "The case is in {stage}: {}. Only a refusal that stands, to assess or to issue a plan, can be reversed.",
                    stage.so_far()
                ),
            );
        }
        if !stage.is_open() {
            return Refusal::policy(
                Code::CaseEnded,
                format!("The case has ended ({stage}): {}. No further step can be recorded on it.", stage.so_far()),
            );
        }
        let next = match stage {
            Stage::AwaitingDecision => Step::AssessmentDecision,
            Stage::GatheringAdvice => Step::PlanDecision,
            _ => Step::Draft,
        };
        let advice = if step < next {
            let past = "is on record already, or another step stands in its place: it is not taken again.";
            format!("{} {past}{}", step.in_words(), step.what_a_correction_takes())
        } else {
            format!("Record {} first.", next.in_words())
        };
        Refusal::policy(Code::NotInStage, format!("The case is in {stage}: {}. {}", stage.so_far(), capital(&advice)))
    }
}

/// Why a day cannot be the day of a step: a fault of the field, not of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayFault {
    /// After today. Steps may be recorded late, never ahead.
    #[error("the day is in the future")]
    InFuture,
    /// Before the step that this one follows.
    #[error("the day is before the step that this one follows")]
    BeforePreviousStep,
}

/// Whether a step can have happened on that day: not before the step it follows ([`Progress::last_step_on`]), not after today.
pub fn check_day(on: NaiveDate, not_before: NaiveDate, today: NaiveDate) -> Result<(), DayFault> {
    if on > today {
        Err(DayFault::InFuture)
    } else if on < not_before {
        Err(DayFault::BeforePreviousStep)
    } else {
        Ok(())
    }
}
