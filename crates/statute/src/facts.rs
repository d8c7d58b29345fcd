//! What is known of a case, as far as the clock is concerned. Days and outcomes only: no person appears here.

use chrono::NaiveDate;

use crate::{
    advice::{AdviceKind, AdviceStatus},
    exception::{Exception, SettingAsked},
    order::{AppealFacts, Disputed, MediationFacts, OrderFacts, Track},
    text::text_enum,
};

text_enum! {
    /// What was decided on the request.
    pub enum AssessmentOutcome {
        /// An assessment is made.
        Assess => "assess",
        /// None is made.
        Refuse => "refuse",
    }
}

text_enum! {
    /// What was decided after the assessment.
    pub enum PlanOutcome {
        /// A plan is to be issued.
        Issue => "issue",
        /// None is.
        Refuse => "refuse",
    }
}

text_enum! {
    /// Why an assessment was refused, so that a council can explain its refusal rate.
    pub enum AssessmentRefusalReason {
        /// Nothing shows special educational needs.
        NoEvidenceOfSen => "no_evidence_of_sen",
        /// The needs are met without a plan.
        NeedsMetWithoutPlan => "needs_met_without_plan",
        /// Support available without a plan has not been tried enough.
        InsufficientActionSoFar => "insufficient_action_so_far",
        /// Asked for because another service could not be had.
        ServiceUnavailable => "service_unavailable",
        /// The evidence sent was incomplete.
        EvidenceIncomplete => "evidence_incomplete",
        /// Another reason.
        Other => "other",
    }
}

text_enum! {
    /// How a case ended other than by a decision of the authority.
    pub enum EndKind {
        /// The request was withdrawn, or the assessment ceased.
        Withdrawn => "withdrawn",
        /// The child moved to another authority.
        Transferred => "transferred",
    }
}

/// The decision whether to assess. It counts on the day it was notified: Regulation 5(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssessmentDecision {
    /// What was decided.
    pub outcome: AssessmentOutcome,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// The day the family was told.
    pub notified_on: NaiveDate,
}

/// The decision whether to issue a plan. A refusal counts on the day it was notified: Regulation 10(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanDecision {
    /// What was decided.
    pub outcome: PlanOutcome,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// The day the family was told; needed of a refusal, and unknown in some history.
    pub notified_on: Option<NaiveDate>,
}

/// The days on which the authority reversed its own refusals in one course of a case, where it did.
///
/// The refusal stays on record. From that day on what stands is the decision that the reversal is: to assess, or to issue
/// a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reversals {
    /// That of the refusal to assess.
    pub assessment: Option<NaiveDate>,
    /// That of the refusal to issue a plan.
    pub plan: Option<NaiveDate>,
}

impl Reversals {
    /// No refusal was reversed.
    pub const NONE: Self = Self { assessment: None, plan: None };

    /// The decision whether to assess that stands after these reversals.
    pub(crate) fn of_assessment(self, first: Option<AssessmentDecision>) -> Option<AssessmentDecision> {
        match (first?, self.assessment) {
            (first, Some(on)) if first.outcome == AssessmentOutcome::Refuse => {
                Some(AssessmentDecision { outcome: AssessmentOutcome::Assess, decided_on: on, notified_on: on })
            }
            (first, _) => Some(first),
        }
    }

    /// The decision whether to issue a plan that stands after these reversals.
    pub(crate) fn of_plan(self, first: Option<PlanDecision>) -> Option<PlanDecision> {
        match (first?, self.plan) {
            (first, Some(on)) if first.outcome == PlanOutcome::Refuse => {
                Some(PlanDecision { outcome: PlanOutcome::Issue, decided_on: on, notified_on: Some(on) })
            }
            (first, _) => Some(first),
        }
    }
}

/// How and when a case ended other than by a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Withdrawn or transferred.
    pub kind: EndKind,
    /// The day.
    pub on: NaiveDate,
}

/// One request for advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceFacts {
    /// The caller's id, returned in the deadline's subject.
    pub id: String,
    /// The caller's words for it, returned in the deadline's subject.
    pub label: String,
    /// Which kind; the family's own has no deadline.
    pub kind: AdviceKind,
    /// Where it stands.
    pub status: AdviceStatus,
    /// Whether the body is one of section 31 of the Act; else the time limit is guidance.
    pub section_31_body: bool,
    /// The day the body had the request: its day zero.
    pub received_by_body_on: NaiveDate,
    /// The day of the submission that stands; looked at while submitted or accepted.
    pub submitted_on: Option<NaiveDate>,
    /// Confirmed exceptions of this request, each for [`crate::RuleId::Advice`]; those of the case don't relieve an adviser.
    pub exceptions: Vec<Exception>,
}

/// A draft as served, the first or an amended one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedDraft {
    /// The caller's id of the plan.
    pub id: String,
    /// The caller's words for it.
    pub label: String,
    /// The day of service.
    pub served_on: NaiveDate,
    /// The day the family said in writing that it has finished commenting.
    pub finished_on: Option<NaiveDate>,
}

/// A school or college consulted about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsultationFacts {
    /// The caller's id.
    pub id: String,
    /// The caller's words for it.
    pub label: String,
    /// The day the setting had the consultation: its day zero.
    pub received_on: NaiveDate,
    /// The day it replied.
    pub responded_on: Option<NaiveDate>,
}

/// The final plan as sent: Regulation 13(2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalPlanFacts {
    /// The caller's id of the plan.
    pub id: String,
    /// The caller's words for it.
    pub label: String,
    /// The day it was sent.
    pub issued_on: NaiveDate,
}

/// Everything the deadlines of a case are derived from.
///
/// The decisions, the drafts and the final plan are those of the first course of the case, from receipt to its first
/// end; what follows an order stands in its track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    /// Day zero: the day the authority received the request or became responsible, not the day it was logged.
    pub received_on: NaiveDate,
    /// The decision whether to assess.
    pub assessment: Option<AssessmentDecision>,
    /// The decision whether to issue a plan.
    pub plan: Option<PlanDecision>,
    /// The reversals of these decisions, where they were refusals.
    pub reversals: Reversals,
    /// Every request for advice.
    pub advice: Vec<AdviceFacts>,
    /// Every draft served, in any order.
    pub drafts: Vec<ServedDraft>,
    /// Every consultation of a setting.
    pub consultations: Vec<ConsultationFacts>,
    /// The final plan.
    pub final_plan: Option<FinalPlanFacts>,
    /// Withdrawal or transfer.
    pub ended: Option<End>,
    /// Confirmed exceptions of the case.
    pub exceptions: Vec<Exception>,
    /// The days on which the child's setting was asked for information or education advice: what closures are compared
    /// with.
    pub setting_asked: Vec<SettingAsked>,
    /// Every mediation.
    pub mediations: Vec<MediationFacts>,
    /// Every appeal.
    pub appeals: Vec<AppealFacts>,
    /// What orders opened, the oldest first.
    pub tracks: Vec<Track>,
    /// Orders about a plan that was to cease, which open no track: it goes on, or it may end.
    pub of_ceasing: Vec<OrderFacts>,
    /// Mediation or a tribunal took place elsewhere before these facts were taken over, so a refusal may be followed by
    /// later steps without an order on record.
    pub mediation_or_tribunal: bool,
}

impl CaseFacts {
    /// A request received, and nothing more yet.
    pub const fn received(received_on: NaiveDate) -> Self {
        Self {
            received_on,
            assessment: None,
            plan: None,
            reversals: Reversals::NONE,
            advice: Vec::new(),
            drafts: Vec::new(),
            consultations: Vec::new(),
            final_plan: None,
            ended: None,
            exceptions: Vec::new(),
            setting_asked: Vec::new(),
            mediations: Vec::new(),
            appeals: Vec::new(),
            tracks: Vec::new(),
            of_ceasing: Vec::new(),
            mediation_or_tribunal: false,
        }
    }

    /// The first draft served.
    pub fn first_draft(&self) -> Option<&ServedDraft> {
        self.drafts.iter().min_by_key(|draft| draft.served_on)
    }

    /// The decision whether to assess that stands in the first course: where a refusal was reversed, the reversal.
    pub fn standing_assessment(&self) -> Option<AssessmentDecision> {
        self.reversals.of_assessment(self.assessment)
    }

    /// The decision whether to issue a plan that stands in the first course: where a refusal was reversed, the reversal.
    pub fn standing_plan_decision(&self) -> Option<PlanDecision> {
        self.reversals.of_plan(self.plan)
    }

    /// The track that is being followed, or was followed last.
    pub fn track(&self) -> Option<&Track> {
        self.tracks.last()
    }

    /// Whether the family had been told by a day what it can dispute as such: a refusal, or a final plan.
    pub fn was_told(&self, about: Disputed, by: NaiveDate) -> bool {
        self.first_told_on(about).is_some_and(|on| on <= by)
    }

    /// The day on which the family was first told what it can dispute as such.
    pub fn first_told_on(&self, about: Disputed) -> Option<NaiveDate> {
        self.courses().filter_map(|course| course.told_on(about)).min()
    }

    /// Whether mediation or an appeal of a day was before the order that is being, or was last, carried out, or before
    /// the reversal of the refusal: what is recorded of it late changes nothing that followed.
    pub fn was_disputed_before_order(&self, about: Disputed, on: NaiveDate) -> bool {
        (self.track().is_some_and(|track| on <= track.order.on) && self.was_told(about, on))
            || self.overtaken_on(about, on).is_some()
    }

    /// The day on which a dispute of a day was overtaken, since the authority reversed the refusal that it was about.
    pub fn overtaken_on(&self, about: Disputed, on: NaiveDate) -> Option<NaiveDate> {
        self.courses().find_map(|course| {
            let told_by_then = course.told_on(about).is_some_and(|told_on| told_on <= on);
            course.reversed_on(about).filter(|reversed_on| told_by_then && on <= *reversed_on)
        })
    }

    /// The first course of the case, and those that orders opened.
    pub(crate) fn courses(&self) -> impl Iterator<Item = Course<'_>> {
        let first = Course {
            order: None,
            assessment: self.assessment,
            plan: self.plan,
            reversals: self.reversals,
            final_plan: self.final_plan.as_ref(),
        };
        let later = self.tracks.iter().map(|track| Course {
            order: Some(track.order.id.as_str()),
            assessment: track.assessment,
            plan: track.plan,
            reversals: track.reversals,
            final_plan: track.final_plan.as_ref(),
        });
        std::iter::once(first).chain(later)
    }

    /// Whether what was asked of others on a day was asked before the order that is, or was last, carried out.
    pub fn is_of_earlier_course(&self, asked_on: NaiveDate) -> bool {
        self.track().is_some_and(|track| asked_on < track.order.on)
    }

    /// How many requests for advice still wait to be settled. What was asked before an order is not waited for after it.
    pub fn unsettled_advice(&self) -> usize {
        let waits =
            |one: &&AdviceFacts| !one.status.is_settled() && !self.is_of_earlier_course(one.received_by_body_on);
        self.advice.iter().filter(waits).count()
    }

    /// The final plan that is in force: the one sent last.
    pub fn plan_in_force(&self) -> Option<&FinalPlanFacts> {
        self.tracks.iter().rev().find_map(|track| track.final_plan.as_ref()).or(self.final_plan.as_ref())
    }

    /// The draft that counts: the one served last.
    pub fn latest_draft(&self) -> Option<&ServedDraft> {
        self.drafts.iter().max_by_key(|draft| draft.served_on)
    }
}

/// What was decided and sent in one course of a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course<'a> {
    /// The id of the order that opened it; none of the first.
    pub(crate) order: Option<&'a str>,
    assessment: Option<AssessmentDecision>,
    plan: Option<PlanDecision>,
    reversals: Reversals,
    /// The final plan that ended it.
    pub(crate) final_plan: Option<&'a FinalPlanFacts>,
}

impl Course<'_> {
    /// The day on which the family was told what it can dispute as such.
    pub(crate) fn told_on(&self, about: Disputed) -> Option<NaiveDate> {
        match about {
            Disputed::RefusalToAssess => self
                .assessment
                .filter(|decision| decision.outcome == AssessmentOutcome::Refuse)
                .map(|decision| decision.notified_on),
            Disputed::RefusalToIssue => {
                self.plan.filter(|decision| decision.outcome == PlanOutcome::Refuse)?.notified_on
            }
            // The day on which it was decided to cease a plan is not known here: it was in force by then.
            Disputed::Plan | Disputed::Ceasing => self.final_plan.map(|plan| plan.issued_on),
        }
    }

    /// The day on which the authority reversed what can be disputed as such.
    pub(crate) fn reversed_on(&self, about: Disputed) -> Option<NaiveDate> {
        match about {
            Disputed::RefusalToAssess => self.reversals.assessment,
            Disputed::RefusalToIssue => self.reversals.plan,
            Disputed::Plan | Disputed::Ceasing => None,
        }
    }
}
