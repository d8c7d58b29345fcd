//! Orders of the tribunal, and what counts as one: an agreement at mediation and a conceded appeal.
//!
//! An order opens a track of its own on the same case. What was decided first stays as it was; the steps after the
//! order are taken again, on the time limits of Regulation 44, and one final plan ends a track.

use chrono::NaiveDate;

use crate::{
    facts::{AssessmentDecision, AssessmentOutcome, FinalPlanFacts, PlanDecision, PlanOutcome, Reversals, ServedDraft},
    refusal::{Code, Refusal},
    stage::Stage,
    text::{list, text_enum},
};

/// Where the time limits of an order are written.
pub(crate) const ORDER: &str = "Regulation 44 SEND Regulations 2014";

text_enum! {
    /// What a family disputes.
    pub enum Disputed {
        /// That no assessment is made.
        RefusalToAssess => "refusal_to_assess",
        /// That no plan is issued.
        RefusalToIssue => "refusal_to_issue",
        /// What the plan says.
        Plan => "plan",
    }
}

impl Disputed {
    /// As it stands in a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::RefusalToAssess => "refusal to assess",
            Self::RefusalToIssue => "refusal to issue a plan",
            Self::Plan => "final plan",
        }
    }

    /// The stage in which a case waits for the dispute to end.
    const fn stage(self) -> Stage {
        match self {
            Self::RefusalToAssess => Stage::AssessmentRefused,
            Self::RefusalToIssue => Stage::PlanRefused,
            Self::Plan => Stage::PlanIssued,
        }
    }
}

text_enum! {
    /// What is ordered.
    pub enum OrderKind {
        /// To make an assessment.
        Assess => "assess",
        /// To make a plan.
        MakePlan => "make_plan",
        /// To decide again.
        Reconsider => "reconsider",
        /// To amend what the plan says of needs or provision.
        AmendContents => "amend_contents",
        /// To amend the placement.
        AmendPlacement => "amend_placement",
        /// Nothing: the appeal is dismissed.
        Dismissed => "dismissed",
    }
}

impl OrderKind {
    /// As it stands in a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Assess => "order to assess",
            Self::MakePlan => "order to make a plan",
            Self::Reconsider => "order to reconsider",
            Self::AmendContents => "order to amend the plan's contents",
            Self::AmendPlacement => "order to amend the placement",
            Self::Dismissed => "dismissal of the appeal",
        }
    }

    /// What the authority has to do, as it follows "to".
    pub(crate) const fn to_do(self) -> &'static str {
        match self {
            Self::Assess => "assess",
            Self::MakePlan => "make a plan",
            Self::Reconsider => "decide again",
            Self::AmendContents => "amend the plan's contents",
            Self::AmendPlacement => "amend the placement",
            Self::Dismissed => "do nothing",
        }
    }

    /// What can be ordered where this is disputed.
    pub const fn of(about: Disputed) -> &'static [Self] {
        match about {
            Disputed::RefusalToAssess => &[Self::Assess, Self::Reconsider, Self::Dismissed],
            Disputed::RefusalToIssue => &[Self::MakePlan, Self::Reconsider, Self::Dismissed],
            Disputed::Plan => &[Self::AmendContents, Self::AmendPlacement, Self::Dismissed],
        }
    }

    /// Whether something is to be done.
    pub const fn opens_track(self) -> bool {
        !matches!(self, Self::Dismissed)
    }
}

text_enum! {
    /// Whence an order comes.
    pub enum OrderSource {
        /// The tribunal made it.
        Tribunal => "tribunal",
        /// The authority conceded the appeal. Regulation 45.
        Concession => "concession",
        /// It was agreed at mediation. Regulation 42.
        Agreement => "agreement",
    }
}

impl OrderSource {
    /// Where it is written that its limits are those of an order, where the tribunal did not make it.
    pub(crate) const fn citation(self) -> &'static str {
        match self {
            Self::Tribunal => ORDER,
            Self::Concession => "Regulations 44 and 45 SEND Regulations 2014",
            Self::Agreement => "Regulations 42 and 44 SEND Regulations 2014",
        }
    }
}

/// An order, or what counts as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// The caller's id.
    pub id: String,
    /// The caller's words for it.
    pub label: String,
    /// What is ordered.
    pub kind: OrderKind,
    /// What was disputed.
    pub about: Disputed,
    /// Whence it comes.
    pub source: OrderSource,
    /// The day of the order, of the agreement, or of the authority's notice that it concedes: its day zero.
    pub on: NaiveDate,
}

/// Mediation, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediationFacts {
    /// The caller's id.
    pub id: String,
    /// What is disputed.
    pub about: Disputed,
    /// The day of the certificate.
    pub certificate_on: NaiveDate,
}

/// An appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppealFacts {
    /// What is disputed.
    pub about: Disputed,
    /// The day on which the tribunal registered it.
    pub registered_on: NaiveDate,
}

/// The steps that follow an order, until the next order after their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The order that opened it.
    pub order: OrderFacts,
    /// Orders made while it was open.
    pub further: Vec<OrderFacts>,
    /// The decision whether to assess, taken in it.
    pub assessment: Option<AssessmentDecision>,
    /// The decision whether to issue a plan, taken in it.
    pub plan: Option<PlanDecision>,
    /// The reversals of these decisions, where they were refusals.
    pub reversals: Reversals,
    /// The drafts served in it, in any order.
    pub drafts: Vec<ServedDraft>,
    /// The final plan that ended it.
    pub final_plan: Option<FinalPlanFacts>,
}

impl Track {
    /// A track of which nothing but the order is known.
    pub const fn opened_by(order: OrderFacts) -> Self {
        Self {
            order,
            further: Vec::new(),
            assessment: None,
            plan: None,
            reversals: Reversals::NONE,
            drafts: Vec::new(),
            final_plan: None,
        }
    }

    /// Its orders, the one that opened it first.
    pub fn orders(&self) -> impl Iterator<Item = &OrderFacts> {
        std::iter::once(&self.order).chain(&self.further)
    }

    /// The decision whether to assess that stands in it: where a refusal was reversed, the reversal.
    pub fn standing_assessment(&self) -> Option<AssessmentDecision> {
        self.reversals.of_assessment(self.assessment)
    }

    /// The decision whether to issue a plan that stands in it: where a refusal was reversed, the reversal.
    pub fn standing_plan_decision(&self) -> Option<PlanDecision> {
        self.reversals.of_plan(self.plan)
    }

    /// Whether it is to amend a plan that is in force.
    pub const fn amends(&self) -> bool {
        matches!(self.order.kind, OrderKind::AmendContents | OrderKind::AmendPlacement)
    }

    /// Whether what it is to amend is the placement and nothing else.
    pub fn amends_placement_alone(&self) -> bool {
        self.amends() && self.orders().all(|order| order.kind == OrderKind::AmendPlacement)
    }

    /// The draft served first.
    pub fn first_draft(&self) -> Option<&ServedDraft> {
        self.drafts.iter().min_by_key(|draft| draft.served_on)
    }

    /// The draft served last.
    pub fn latest_draft(&self) -> Option<&ServedDraft> {
        self.drafts.iter().max_by_key(|draft| draft.served_on)
    }

    /// The stage that its latest step leads to.
    pub fn stage(&self) -> Stage {
        if self.final_plan.is_some() {
            return Stage::PlanIssued;
        }
        if !self.drafts.is_empty() {
            return Stage::DraftServed;
        }
        match self.standing_plan_decision().map(|decision| decision.outcome) {
            Some(PlanOutcome::Issue) => return Stage::Drafting,
            Some(PlanOutcome::Refuse) => return Stage::PlanRefused,
            None => {}
        }
        match self.standing_assessment().map(|decision| decision.outcome) {
            Some(AssessmentOutcome::Assess) => return Stage::GatheringAdvice,
            Some(AssessmentOutcome::Refuse) => return Stage::AssessmentRefused,
            None => {}
        }
        match (self.order.kind, self.order.about) {
            (OrderKind::Reconsider, Disputed::RefusalToAssess) => Stage::AwaitingDecision,
            (OrderKind::Assess | OrderKind::Reconsider, _) => Stage::GatheringAdvice,
            _ => Stage::Drafting,
        }
    }
}

/// Refuses what cannot be ordered where this is disputed.
pub fn check_order(about: Disputed, kind: OrderKind) -> Result<(), Refusal> {
    let known = OrderKind::of(about);
    if known.contains(&kind) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
    Err(Refusal::lawful(
        Code::OrderNotAvailable,
        "Regulation 43 SEND Regulations 2014",
        format!("On a {} there can be ordered: {}.", about.in_words(), list(&known)),
    ))
}

/// Whether this can be agreed, or conceded: to do it, or to amend it, but neither to think again nor to dismiss.
pub fn can_be_agreed(about: Disputed, kind: OrderKind) -> bool {
    OrderKind::of(about).contains(&kind) && !matches!(kind, OrderKind::Dismissed | OrderKind::Reconsider)
}

/// Refuses to record a dispute about what has not been decided: `stage` is that of the case. An order to amend may be
/// followed by another while the first is being carried out.
pub fn check_disputable(about: Disputed, stage: Stage, track: Option<&Track>) -> Result<(), Refusal> {
    let being_amended = about == Disputed::Plan && stage.is_open() && track.is_some_and(Track::amends);
    if stage == about.stage() || being_amended {
        return Ok(());
    }
    Err(Refusal::policy(
        Code::NotInStage,
        format!(
            "The case is in {stage}: no {} is in force that could be disputed. Record it first, or name what is disputed.",
            about.in_words()
        ),
    ))
}
