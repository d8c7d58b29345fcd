//! What the law, or the service's own policy, does not let a person do now.

use crate::text::text_enum;

text_enum! {
    /// Why a step was refused. The word is part of the HTTP contract.
    pub enum Code {
        /// The step is out of order: another comes first, or this one has been taken.
        NotInStage => "not_in_stage",
        /// The case has ended; nothing more is decided on it.
        CaseEnded => "case_ended",
        /// The rule does not know this ground for missing its time limit.
        GroundNotAvailable => "ground_not_available",
        /// An exception was to be confirmed and nothing shows it.
        EvidenceRequired => "evidence_required",
        /// The day on which the family was told of a decision stands with the decision.
        FamilyNotifiedByDecision => "family_notified_by_decision",
        /// A refusal was recorded without its reasons.
        ReasonsRequired => "reasons_required",
        /// The notice left out something that it must tell the family.
        NoticeIncomplete => "notice_incomplete",
        /// Section I of a draft is not blank.
        SettingNamedInDraft => "setting_named_in_draft",
        /// A plan has no such section.
        UnknownSection => "unknown_section",
        /// The section is made by the service and not written.
        SectionNotWritten => "section_not_written",
        /// A section that every plan must have says nothing.
        SectionBlank => "section_blank",
        /// Health or social care needs are named and nothing is provided for them; a finding, never a refusal.
        NeedsUnanswered => "needs_unanswered",
        /// Advice is still awaited or not yet accepted.
        AdviceOutstanding => "advice_outstanding",
        /// The family's days for comment on the draft are not over.
        RepresentationPeriodOpen => "representation_period_open",
        /// A final plan that says nowhere where education takes place, or not all that must be said of it.
        PlacementMissing => "placement_missing",
        /// A final plan names a setting that nobody consulted, or whose maintaining authority nobody consulted.
        SettingNotConsulted => "setting_not_consulted",
        /// A setting that the family has a right to ask for is not named, without a ground and its reasons.
        RequestedSettingNotNamed => "requested_setting_not_named",
        /// Section G provides for health without the agreement of the responsible commissioning body.
        HealthProvisionNotAgreed => "health_provision_not_agreed",
        /// The final text differs from the served draft for a reason other than the family's comments.
        AmendedDraftNeeded => "amended_draft_needed",
        /// The provision that prepares for adulthood is lacking.
        PreparingForAdulthoodMissing => "preparing_for_adulthood_missing",
        /// What is said to be ordered cannot be ordered where this is disputed.
        OrderNotAvailable => "order_not_available",
        /// The authority conceded an appeal that it had responded to: an order by consent ends it.
        ConcededAfterResponse => "conceded_after_response",
        /// Only the tribunal can set another day for the limits of an order.
        DirectionNeeded => "direction_needed",
        /// An order binds: what it orders is done, and not decided again.
        OrderBinds => "order_binds",
        /// A served or issued plan cannot be edited.
        PlanIsFixed => "plan_is_fixed",
        /// Existing advice may stand in only where adviser, authority and family all agreed.
        ExistingAdviceNotAgreed => "existing_advice_not_agreed",
        /// The family's own views cannot be replaced by an earlier report.
        FamilyAdviceNotReplaceable => "family_advice_not_replaceable",
        /// Something on record rests on the step that is to be taken off it.
        SomethingRestsOnIt => "something_rests_on_it",
        /// Only the family may leave a request for advice unanswered.
        OnlyFamilyAdviceMayBeMissing => "only_family_advice_may_be_missing",
        /// Only a body of section 31 of the Act may decline to give advice.
        DecliningNotAvailable => "declining_not_available",
    }
}

/// A step that was not taken, in words a caseworker can act on.
///
/// The sentence names stages, dates and rules, never a person or a need, so it may be logged and shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// For people: what is wrong and what to do about it.
    pub sentence: String,
    /// The legal rule; `None` where the refusal is the service's policy or plain order of steps.
    pub citation: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn lawful(code: Code, citation: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), citation: Some(citation) }
    }

    pub(crate) fn policy(code: Code, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), citation: None }
    }
}
