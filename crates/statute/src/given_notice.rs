//! Who else is notified of a request and of what was decided on it. What is not on record is warned about, never refused.

use chrono::NaiveDate;

use crate::{
    facts::{AssessmentDecision, AssessmentOutcome, PlanDecision, PlanOutcome, Reversals},
    refusal::{Code, Refusal},
    request::{Warning, WarningCode},
    text::{list, text_enum},
};

text_enum! {
    /// What others are notified of.
    pub enum NoticeAbout {
        /// That the authority is considering a request: Regulation 4(2), and section 36(7) for the family.
        Receipt => "receipt",
        /// The decision whether to assess: Regulation 5(2).
        AssessmentDecision => "assessment_decision",
        /// The decision not to issue a plan: Regulation 10(2).
        PlanRefusal => "plan_refusal",
    }
}

text_enum! {
    /// Who is notified.
    pub enum Recipient {
        /// The integrated care board, which commissions health services.
        Icb => "icb",
        /// The authority's officers of social care.
        SocialCare => "social_care",
        /// The head of the school, the early-years provider or the principal.
        Setting => "setting",
        /// The parent or the young person.
        Family => "family",
    }
}

impl NoticeAbout {
    const fn citation(self) -> &'static str {
        match self {
            Self::Receipt => "Regulation 4(2) SEND Regulations 2014",
            Self::AssessmentDecision => "Regulation 5(2) SEND Regulations 2014",
            Self::PlanRefusal => "Regulation 10(2) SEND Regulations 2014",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Receipt => "that an assessment is being considered",
            Self::AssessmentDecision => "of the decision whether to assess",
            Self::PlanRefusal => "that no plan will be issued",
        }
    }

    const fn warning(self) -> WarningCode {
        match self {
            Self::Receipt => WarningCode::ReceiptNotNotified,
            Self::AssessmentDecision => WarningCode::AssessmentDecisionNotNotified,
            Self::PlanRefusal => WarningCode::PlanRefusalNotNotified,
        }
    }
}

impl Recipient {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Icb => "the ICB",
            Self::SocialCare => "the officers of social care",
            Self::Setting => "the school, college or provider",
            Self::Family => "the family",
        }
    }
}

/// That somebody was notified, on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenNotice {
    /// Of what.
    pub about: NoticeAbout,
    /// Who.
    pub recipient: Recipient,
    /// When.
    pub on: NaiveDate,
}

/// The latest decisions of a case, be it in its first course or after an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decided {
    /// The decision whether to assess.
    pub assessment: Option<AssessmentDecision>,
    /// The decision whether to issue a plan.
    pub plan: Option<PlanDecision>,
    /// The reversals of these decisions, where they were refusals.
    pub reversals: Reversals,
}

/// What others are to be told of in a case, as far as it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticesDue {
    /// The day of receipt.
    received_on: NaiveDate,
    /// The day of the decision whether to assess that stands.
    assessment_decided_on: Option<NaiveDate>,
    /// The day of the refusal to issue a plan that stands.
    plan_refused_on: Option<NaiveDate>,
    /// The child attends a school, a college or a provider.
    has_setting: bool,
    /// The family is to be told of its right to give views and evidence.
    family_gives_views: bool,
}

impl NoticesDue {
    /// What others are to be told of a request of that day. `earlier_case` says that a plan was in force, or that there was
    /// an assessment in the six months before the request: then the notice of section 36(7) is not due.
    pub fn of(received_on: NaiveDate, decided: Decided, has_setting: bool, earlier_case: bool) -> Self {
        let assessment = decided.reversals.of_assessment(decided.assessment);
        let plan = decided.reversals.of_plan(decided.plan);
        let refused = plan.filter(|decision| decision.outcome == PlanOutcome::Refuse);
        Self {
            received_on,
            assessment_decided_on: assessment.map(|decision| decision.decided_on),
            plan_refused_on: refused.map(|decision| decision.decided_on),
            has_setting,
            family_gives_views: !earlier_case
                && assessment.is_some_and(|decision| decision.outcome == AssessmentOutcome::Assess),
        }
    }

    /// The first day on which somebody can be notified of it; none before it has happened.
    pub const fn from_day(&self, about: NoticeAbout) -> Option<NaiveDate> {
        match about {
            NoticeAbout::Receipt => Some(self.received_on),
            NoticeAbout::AssessmentDecision => self.assessment_decided_on,
            NoticeAbout::PlanRefusal => self.plan_refused_on,
        }
    }

    /// Refuses to record a notice of what has not happened.
    pub fn check(&self, about: NoticeAbout) -> Result<(), Refusal> {
        let sentence = match about {
            _ if self.from_day(about).is_some() => return Ok(()),
            NoticeAbout::PlanRefusal => "No refusal to issue a plan is on record: nobody can have been notified of it.",
            _ => "Whether to assess is not decided yet: record the decision first.",
        };
        Err(Refusal::lawful(Code::NotInStage, about.citation(), sentence))
    }

    /// Refuses to record a notice of a decision to the family here: its day stands with the decision.
    pub fn check_recipients(about: NoticeAbout, recipients: &[Recipient]) -> Result<(), Refusal> {
        if about != NoticeAbout::Receipt && recipients.contains(&Recipient::Family) {
            return Err(Refusal::lawful(
                Code::FamilyNotifiedByDecision,
                about.citation(),
                "The day on which the family was told of a decision stands with the decision, as notified_on.",
            ));
        }
        Ok(())
    }

    /// Who is to be notified of it.
    fn recipients(&self, about: NoticeAbout) -> impl Iterator<Item = Recipient> {
        let (has_setting, family_gives_views) = (self.has_setting, self.family_gives_views);
        Recipient::ALL.iter().copied().filter(move |recipient| match recipient {
            Recipient::Icb => true,
            Recipient::SocialCare => about != NoticeAbout::PlanRefusal,
            Recipient::Setting => has_setting,
            Recipient::Family => about == NoticeAbout::Receipt && family_gives_views,
        })
    }

    /// Warns, for each thing that has happened, of those whose notice since then is not on record.
    pub fn warnings(&self, notified: &[GivenNotice]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for about in NoticeAbout::ALL.iter().copied() {
            let Some(from) = self.from_day(about) else {
                continue;
            };
            let is_missing = |recipient: &Recipient| {
                !notified.iter().any(|one| one.about == about && one.recipient == *recipient && one.on >= from)
            };
            let (family, others): (Vec<_>, Vec<_>) =
                self.recipients(about).filter(is_missing).partition(|one| *one == Recipient::Family);
            let others: Vec<&str> = others.into_iter().map(Recipient::in_words).collect();
            if !others.is_empty() {
                warnings.push(Warning {
                    code: about.warning(),
                    sentence: format!(
                        "Not on record as notified {}: {}. Notify them, and record the day.",
                        about.in_words(),
                        list(&others),
                    ),
                    citation: about.citation(),
                });
            }
            if !family.is_empty() {
                warnings.push(Warning {
                    code: WarningCode::FamilyViewsNotInvited,
                    sentence:
                        "It is not on record that the family was told of its right to give views and evidence: tell \
                               the family, and record the day."
                            .to_owned(),
                    citation: "Section 36(7) Children and Families Act 2014",
                });
            }
        }
        warnings
    }
}
