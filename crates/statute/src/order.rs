//! Orders of the tribunal, and what counts as one: an agreement at mediation and a conceded appeal.
//!
//! An order opens a track of its own on the same case. What was decided first stays as it was; the steps after the
//! order are taken again, on the time limits of Regulation 44, and one final plan ends a track.

use chrono::NaiveDate;

use crate::{
    facts::{AssessmentDecision, AssessmentOutcome, FinalPlanFacts, PlanDecision, PlanOutcome, Reversals, ServedDraft},
    refusal::{Code, Refusal},
    rules::RuleId,
    stage::Stage,
    text::{list, text_enum},
};

/// Where the time limits of a conceded appeal are written.
const CONCEDED: &str = "Regulation 45 SEND Regulations 2014, as amended in 2015";

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
        /// That the plan is to cease.
        Ceasing => "ceasing",
    }
}

impl Disputed {
    /// As it stands in a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::RefusalToAssess => "refusal to assess",
            Self::RefusalToIssue => "refusal to issue a plan",
            Self::Plan => "final plan",
            Self::Ceasing => "decision to cease the plan",
        }
    }

    /// The stage in which a case waits for the dispute to end.
    const fn stage(self) -> Stage {
        match self {
            Self::RefusalToAssess => Stage::AssessmentRefused,
            Self::RefusalToIssue => Stage::PlanRefused,
            Self::Plan | Self::Ceasing => Stage::PlanIssued,
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
        /// To decide again whether to issue a plan: Regulation 43(2)(d).
        Reconsider => "reconsider",
        /// To amend what the plan says of needs or provision.
        AmendContents => "amend_contents",
        /// To amend the placement.
        AmendPlacement => "amend_placement",
        /// To maintain a plan that was to cease.
        Continue => "continue",
        /// Nothing: the plan may cease, as decided.
        CeaseUpheld => "cease_upheld",
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
            Self::Continue => "order to maintain the plan",
            Self::CeaseUpheld => "order that upholds the decision to cease the plan",
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
            Self::Continue => "maintain the plan",
            Self::CeaseUpheld => "cease the plan",
            Self::Dismissed => "do nothing",
        }
    }

    /// What can be ordered where this is disputed.
    pub const fn of(about: Disputed) -> &'static [Self] {
        match about {
            Disputed::RefusalToAssess => &[Self::Assess, Self::Dismissed],
            Disputed::RefusalToIssue => &[Self::MakePlan, Self::Reconsider, Self::Dismissed],
            Disputed::Plan => &[Self::AmendContents, Self::AmendPlacement, Self::Dismissed],
            // What is to be amended of a plan that goes on is ordered beside: Regulation 44(2)(h).
            Disputed::Ceasing => &[Self::Continue, Self::AmendContents, Self::CeaseUpheld],
        }
    }

    /// Whether steps follow it: a decision, a draft or a plan.
    pub const fn opens_track(self) -> bool {
        !matches!(self, Self::Continue | Self::CeaseUpheld | Self::Dismissed)
    }

    /// Whether the appeal is lost with it.
    pub const fn dismisses(self) -> bool {
        matches!(self, Self::CeaseUpheld | Self::Dismissed)
    }

    /// Whether both can end one appeal: a plan is amended in its contents and its placement, or goes on and is amended.
    pub fn goes_with(self, other: Self) -> bool {
        self != other && !self.dismisses() && !other.dismisses()
    }

    /// The time limits that it opens.
    pub const fn limits(self) -> &'static [RuleId] {
        match self {
            Self::Assess => &[RuleId::OrderAssessNotify, RuleId::OrderAssessRefusePlan, RuleId::OrderAssessIssueFinal],
            Self::MakePlan => &[RuleId::OrderMakePlanDraft, RuleId::OrderMakePlanFinal],
            Self::Reconsider => &[RuleId::OrderReconsider],
            Self::AmendContents => &[RuleId::OrderAmendContents],
            Self::AmendPlacement => &[RuleId::OrderAmendPlacement],
            Self::Continue | Self::CeaseUpheld | Self::Dismissed => &[],
        }
    }
}

text_enum! {
    /// Whence an order comes.
    pub enum OrderSource {
        /// The tribunal made it.
        Tribunal => "tribunal",
        /// The tribunal made it by consent, because the authority conceded after its response.
        Consent => "consent",
        /// The authority conceded the appeal before its response. Regulation 45.
        Concession => "concession",
        /// It was agreed at mediation. Regulation 42.
        Agreement => "agreement",
    }
}

impl OrderSource {
    /// Where it is written that its limits are those of an order, where the tribunal did not make it.
    pub(crate) const fn citation(self) -> &'static str {
        match self {
            Self::Tribunal | Self::Consent => ORDER,
            Self::Concession => CONCEDED,
            Self::Agreement => "Regulations 42 and 44 SEND Regulations 2014",
        }
    }
}

text_enum! {
    /// By what another day is set for a limit of an order.
    pub enum DayBasis {
        /// The tribunal directed it: Regulation 44(1).
        Direction => "direction",
        /// The parties agreed on it in writing, where an agreement at mediation set the limit: Regulation 42(5).
        WrittenAgreement => "written_agreement",
    }
}

impl DayBasis {
    /// Where it is written that it replaces the limit.
    pub(crate) const fn citation(self) -> &'static str {
        match self {
            Self::Direction => "Regulation 44(1) SEND Regulations 2014",
            Self::WrittenAgreement => "Regulation 42(5) SEND Regulations 2014",
        }
    }

    /// As a sentence begins that ends with its day.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Direction => "A direction of the tribunal, dated",
            Self::WrittenAgreement => "A written agreement of the parties, dated",
        }
    }
}

/// Another day for a limit of an order, in the place of the one that the law counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetDay {
    /// The limit.
    pub rule: RuleId,
    /// Its last day.
    pub due_on: NaiveDate,
    /// By what it is set.
    pub basis: DayBasis,
    /// The day of the direction, or of the agreement.
    pub dated_on: NaiveDate,
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
    /// The appeal that it ends; none of an agreement at mediation.
    pub appeal: Option<String>,
    /// Other days that were set for its limits, in the order in which they were recorded: the last one counts.
    pub days: Vec<SetDay>,
}

impl OrderFacts {
    /// The day that is set for one of its limits.
    pub fn day_of(&self, rule: RuleId) -> Option<&SetDay> {
        self.days.iter().rev().find(|day| day.rule == rule)
    }
}

text_enum! {
    /// Whether what is to be mediated is about health: that decides who arranges it.
    pub enum HealthIssues {
        /// It is not.
        None => "none",
        /// In part.
        InPart => "in_part",
        /// It is about health alone: the NHS commissioner arranges it.
        Alone => "alone",
    }
}

/// Mediation, as far as it has come. Each day is known or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediationFacts {
    /// The caller's id.
    pub id: String,
    /// What is disputed.
    pub about: Disputed,
    /// The day of the certificate.
    pub certificate_on: Option<NaiveDate>,
    /// The day on which the family told the authority that it wants mediation.
    pub told_on: Option<NaiveDate>,
    /// Whether it is about health.
    pub about_health: Option<HealthIssues>,
    /// The day on which the authority told the NHS commissioner.
    pub icb_told_on: Option<NaiveDate>,
    /// The day on which it was arranged.
    pub arranged_on: Option<NaiveDate>,
    /// The day on which it took place.
    pub held_on: Option<NaiveDate>,
    /// The day of an agreement on what can be appealed against.
    pub agreed_on: Option<NaiveDate>,
    /// The day of an agreement on what cannot.
    pub other_agreed_on: Option<NaiveDate>,
    /// The day on which that was carried out.
    pub carried_out_on: Option<NaiveDate>,
    /// The day on which the mediation adviser was told that it cannot be arranged.
    pub adviser_told_on: Option<NaiveDate>,
}

impl MediationFacts {
    /// Mediation of which nothing but its matter is known.
    pub const fn of(id: String, about: Disputed) -> Self {
        Self {
            id,
            about,
            certificate_on: None,
            told_on: None,
            about_health: None,
            icb_told_on: None,
            arranged_on: None,
            held_on: None,
            agreed_on: None,
            other_agreed_on: None,
            carried_out_on: None,
            adviser_told_on: None,
        }
    }
}

text_enum! {
    /// What of a plan an appeal is about.
    pub enum PlanParts {
        /// What it says of needs or provision.
        Contents => "contents",
        /// The placement alone.
        Placement => "placement",
        /// Both.
        Both => "contents_and_placement",
    }
}

/// An appeal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealFacts {
    /// The caller's id.
    pub id: String,
    /// What is disputed.
    pub about: Disputed,
    /// What of the plan it is about; unknown in some history.
    pub parts: Option<PlanParts>,
    /// The day on which the tribunal registered it.
    pub registered_on: NaiveDate,
    /// The day on which the authority received it.
    pub received_on: Option<NaiveDate>,
    /// The last day to respond to it, and the day on which the tribunal directed it, where it did.
    pub respond_by: Option<(NaiveDate, NaiveDate)>,
    /// The day on which the authority responded to it.
    pub responded_on: Option<NaiveDate>,
    /// The day of the tribunal's recommendations on health or social care.
    pub recommendations_on: Option<NaiveDate>,
    /// The day on which the authority answered them.
    pub answered_on: Option<NaiveDate>,
    /// The day on which it ended.
    pub ended_on: Option<NaiveDate>,
}

impl AppealFacts {
    /// An appeal of which nothing but its registration is known.
    pub const fn registered(id: String, about: Disputed, registered_on: NaiveDate) -> Self {
        Self {
            id,
            about,
            parts: None,
            registered_on,
            received_on: None,
            respond_by: None,
            responded_on: None,
            recommendations_on: None,
            answered_on: None,
            ended_on: None,
        }
    }
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
    if kind == OrderKind::Reconsider {
        return Err(Refusal::lawful(
            Code::OrderNotAvailable,
            "Regulation 43(2)(d) SEND Regulations 2014",
            format!(
                "Only a refusal to issue a plan can be sent back to be reconsidered, and this appeal is about a {}. Read once more what was ordered.",
                about.in_words()
            ),
        ));
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
    OrderKind::of(about).contains(&kind) && !kind.dismisses() && kind != OrderKind::Reconsider
}

/// Refuses a concession on or after the day of the authority's response: then the tribunal ends the appeal by an order
/// made by consent, and the limits count from the day of that order.
pub fn check_concession(conceded_on: NaiveDate, responded_on: Option<NaiveDate>) -> Result<(), Refusal> {
    match responded_on {
        Some(responded_on) if conceded_on >= responded_on => Err(Refusal::lawful(
            Code::ConcededAfterResponse,
            CONCEDED,
            "The authority had responded to the appeal by this day. What it concedes after its response is ordered by consent: record the order of the tribunal with its own day, and say that it is by consent.",
        )),
        _ => Ok(()),
    }
}

/// Refuses a written agreement on another day where no agreement at mediation set the limit: an order's limits change only
/// by a direction of the tribunal.
pub fn check_day_basis(source: OrderSource, basis: DayBasis) -> Result<(), Refusal> {
    if basis == DayBasis::Direction || source == OrderSource::Agreement {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::DirectionNeeded,
        "Regulations 42(5) and 44(1) SEND Regulations 2014",
        "The parties can agree on another day only for what they agreed at mediation. The limits of an order, or of a conceded appeal, change only by a direction of the tribunal: record that.",
    ))
}

/// Refuses to record a dispute about what has not been decided: `stage` is that of the case. An order to amend may be
/// followed by another while the first is being carried out.
pub fn check_disputable(about: Disputed, stage: Stage, track: Option<&Track>) -> Result<(), Refusal> {
    let of_plan = matches!(about, Disputed::Plan | Disputed::Ceasing);
    let being_amended = of_plan && stage.is_open() && track.is_some_and(Track::amends);
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
