//! What mediation, an appeal and an order are.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::{AppealFacts, MediationFacts, OrderFacts, OrderSource, SetDay};
use utoipa::ToSchema;

use crate::db::schema::{appeals, mediations, order_days, orders};
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{DayBasisWord, DisputedWord, HealthIssuesWord, OrderKindWord, PlanPartsWord, RuleIdWord};

/// Mediation as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = mediations)]
pub struct Mediation {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// What is disputed.
    pub about: DisputedWord,
    /// The day of the certificate.
    pub certificate_on: Option<NaiveDate>,
    /// The day it took place.
    pub held_on: Option<NaiveDate>,
    /// The day of an agreement.
    pub agreed_on: Option<NaiveDate>,
    /// The day on which the family told the authority that it wants mediation.
    pub told_on: Option<NaiveDate>,
    /// Whether it is about health.
    pub about_health: Option<HealthIssuesWord>,
    /// The day on which the NHS commissioner was told.
    pub icb_told_on: Option<NaiveDate>,
    /// The day on which it was arranged.
    pub arranged_on: Option<NaiveDate>,
    /// The day of an agreement on what cannot be appealed against.
    pub other_agreed_on: Option<NaiveDate>,
    /// The day on which that was carried out.
    pub carried_out_on: Option<NaiveDate>,
    /// The day on which the mediation adviser was told that it cannot be arranged.
    pub adviser_told_on: Option<NaiveDate>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl Mediation {
    /// A day that may not be known, by its name.
    pub fn day_mut(&mut self, name: &str) -> Option<&mut Option<NaiveDate>> {
        match name {
            "certificate_on" => Some(&mut self.certificate_on),
            "held_on" => Some(&mut self.held_on),
            "told_on" => Some(&mut self.told_on),
            "icb_told_on" => Some(&mut self.icb_told_on),
            "arranged_on" => Some(&mut self.arranged_on),
            "other_agreed_on" => Some(&mut self.other_agreed_on),
            "carried_out_on" => Some(&mut self.carried_out_on),
            "adviser_told_on" => Some(&mut self.adviser_told_on),
            _ => None,
        }
    }

    /// Every day of it.
    pub fn days_mut(&mut self) -> [&mut Option<NaiveDate>; 9] {
        [
            &mut self.certificate_on,
            &mut self.held_on,
            &mut self.agreed_on,
            &mut self.told_on,
            &mut self.icb_told_on,
            &mut self.arranged_on,
            &mut self.other_agreed_on,
            &mut self.carried_out_on,
            &mut self.adviser_told_on,
        ]
    }

    /// The mediation as the law's crate takes it.
    pub fn to_statute(&self) -> MediationFacts {
        MediationFacts {
            id: self.id.to_string(),
            about: self.about.0,
            certificate_on: self.certificate_on,
            told_on: self.told_on,
            about_health: self.about_health.map(|word| word.0),
            icb_told_on: self.icb_told_on,
            arranged_on: self.arranged_on,
            held_on: self.held_on,
            agreed_on: self.agreed_on,
            other_agreed_on: self.other_agreed_on,
            carried_out_on: self.carried_out_on,
            adviser_told_on: self.adviser_told_on,
        }
    }
}

/// An appeal as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = appeals)]
pub struct Appeal {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// What is disputed.
    pub about: DisputedWord,
    /// The day on which the tribunal registered it.
    pub registered_on: NaiveDate,
    /// What of the plan it is about.
    pub plan_parts: Option<PlanPartsWord>,
    /// The day on which the authority received it.
    pub received_on: Option<NaiveDate>,
    /// The day on which the authority responded to it.
    pub responded_on: Option<NaiveDate>,
    /// The day of the tribunal's recommendations on health or social care.
    pub recommendations_on: Option<NaiveDate>,
    /// The day on which the authority answered them.
    pub answered_on: Option<NaiveDate>,
    /// The last day to respond, as the tribunal directed it.
    pub respond_by: Option<NaiveDate>,
    /// The day of that direction.
    pub directed_on: Option<NaiveDate>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl Appeal {
    /// A day that may not be known, by its name.
    pub fn day_mut(&mut self, name: &str) -> Option<&mut Option<NaiveDate>> {
        match name {
            "received_on" => Some(&mut self.received_on),
            "responded_on" => Some(&mut self.responded_on),
            "recommendations_on" => Some(&mut self.recommendations_on),
            "answered_on" => Some(&mut self.answered_on),
            "directed_on" => Some(&mut self.directed_on),
            _ => None,
        }
    }

    /// Every day of it that may not be known.
    pub fn days_mut(&mut self) -> [&mut Option<NaiveDate>; 4] {
        [&mut self.received_on, &mut self.responded_on, &mut self.recommendations_on, &mut self.answered_on]
    }

    /// The appeal as the law's crate takes it, with the day on which it ended.
    pub fn to_statute(&self, ended_on: Option<NaiveDate>) -> AppealFacts {
        AppealFacts {
            id: self.id.to_string(),
            about: self.about.0,
            parts: self.plan_parts.map(|word| word.0),
            registered_on: self.registered_on,
            received_on: self.received_on,
            responded_on: self.responded_on,
            recommendations_on: self.recommendations_on,
            answered_on: self.answered_on,
            respond_by: self.respond_by.zip(self.directed_on),
            ended_on,
        }
    }
}

/// An order, or what counts as one, as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = orders)]
pub struct Order {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The appeal that it ends.
    pub appeal_id: Option<Id>,
    /// The mediation at which it was agreed.
    pub mediation_id: Option<Id>,
    /// The order whose track was open when it was made; none for one that opened a track, or that dismissed an appeal.
    pub track_id: Option<Id>,
    /// What was disputed.
    pub about: DisputedWord,
    /// What is ordered.
    pub kind: OrderKindWord,
    /// The day of the order, of the agreement, or of the notice that the appeal is conceded: its day zero.
    pub ordered_on: NaiveDate,
    /// Whether the authority conceded before its response.
    pub conceded: bool,
    /// Whether the tribunal made it by consent.
    pub by_consent: bool,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// Another day for a limit of an order, as it is kept. The one recorded last counts.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = order_days)]
pub struct OrderDay {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The order.
    pub order_id: Id,
    /// The limit.
    pub rule: RuleIdWord,
    /// Its last day.
    pub due_on: NaiveDate,
    /// By what it is set.
    pub basis: DayBasisWord,
    /// The day of the direction, or of the agreement.
    pub dated_on: NaiveDate,
    /// The document that holds it.
    pub document_id: Option<Id>,
    /// Why.
    pub reason: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl OrderDay {
    /// The day as the law's crate takes it.
    pub fn to_statute(&self) -> SetDay {
        SetDay { rule: self.rule.0, due_on: self.due_on, basis: self.basis.0, dated_on: self.dated_on }
    }
}

impl Order {
    /// Whence it comes.
    pub fn source(&self) -> OrderSource {
        match (self.mediation_id, self.conceded, self.by_consent) {
            (Some(_), ..) => OrderSource::Agreement,
            (None, true, _) => OrderSource::Concession,
            (None, false, true) => OrderSource::Consent,
            (None, false, false) => OrderSource::Tribunal,
        }
    }

    /// The order as the law's crate takes it, with the days that were set for its limits, in the order in which they were
    /// recorded.
    pub fn to_statute(&self, days: &[OrderDay]) -> OrderFacts {
        let what = self.kind.0.in_words();
        OrderFacts {
            id: self.id.to_string(),
            label: match self.source() {
                OrderSource::Tribunal => what.to_owned(),
                OrderSource::Consent => format!("{what}, by consent"),
                OrderSource::Concession => format!("{what}, by concession"),
                OrderSource::Agreement => format!("{what}, agreed at mediation"),
            },
            source: self.source(),
            kind: self.kind.0,
            about: self.about.0,
            on: self.ordered_on,
            appeal: self.appeal_id.map(|id| id.to_string()),
            days: days.iter().filter(|day| day.order_id == self.id).map(OrderDay::to_statute).collect(),
        }
    }
}

/// What was agreed at mediation. It counts as an order of the tribunal (Regs 42).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementBody {
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// What is to be done: `assess`, `make_plan`, `amend_contents`, `amend_placement` or `continue`.
    pub order: OrderKindWord,
}

/// Mediation, as far as it has come. At least one of its parts.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediationBody {
    /// What is disputed.
    pub about: DisputedWord,
    /// The day of the mediation certificate, from which one more month to appeal counts.
    pub certificate_on: Option<NaiveDate>,
    /// The day on which mediation took place.
    pub held_on: Option<NaiveDate>,
    /// What was agreed: opens deadlines of its own.
    pub agreement: Option<AgreementBody>,
    /// The day on which the family told the authority that it wants mediation: from it the time to
    /// arrange it counts.
    pub told_on: Option<NaiveDate>,
    /// Whether it is about health: then the NHS commissioner (the ICB) is told, and arranges it where it is about
    /// health alone.
    pub about_health: Option<HealthIssuesWord>,
    /// The day on which the NHS commissioner was told.
    pub icb_told_on: Option<NaiveDate>,
    /// The day on which it was arranged.
    pub arranged_on: Option<NaiveDate>,
    /// The day of an agreement on what cannot be appealed against: it has a time limit of its own (Regs 42(3)).
    pub other_agreed_on: Option<NaiveDate>,
    /// The day on which that was carried out.
    pub carried_out_on: Option<NaiveDate>,
    /// The day on which the mediation adviser was told that it cannot be arranged: the adviser then certifies so.
    pub adviser_told_on: Option<NaiveDate>,
}

/// What became known of mediation since it was recorded. A day that is on record is not changed here: a manager corrects
/// it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediationChange {
    /// The day of the mediation certificate.
    pub certificate_on: Option<NaiveDate>,
    /// The day on which mediation took place.
    pub held_on: Option<NaiveDate>,
    /// The day on which the family told the authority that it wants mediation.
    pub told_on: Option<NaiveDate>,
    /// Whether it is about health.
    pub about_health: Option<HealthIssuesWord>,
    /// The day on which the NHS commissioner was told.
    pub icb_told_on: Option<NaiveDate>,
    /// The day on which it was arranged.
    pub arranged_on: Option<NaiveDate>,
    /// The day of an agreement on what cannot be appealed against.
    pub other_agreed_on: Option<NaiveDate>,
    /// The day on which that was carried out.
    pub carried_out_on: Option<NaiveDate>,
    /// The day on which the mediation adviser was told that it cannot be arranged: the adviser then certifies so.
    pub adviser_told_on: Option<NaiveDate>,
}

/// An appeal that the tribunal registered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealBody {
    /// What is disputed.
    pub about: DisputedWord,
    /// The day on which the tribunal registered it.
    pub registered_on: NaiveDate,
    /// What of the plan it is about: a concession of the placement takes longer where the contents are disputed too.
    pub plan_parts: Option<PlanPartsWord>,
    /// The day on which the authority received it: from it the time to respond counts.
    pub received_on: Option<NaiveDate>,
    /// The day on which the authority responded to it.
    pub responded_on: Option<NaiveDate>,
    /// The day of the tribunal's recommendations on health or social care: from it the time to answer counts.
    pub recommendations_on: Option<NaiveDate>,
    /// The day on which the authority answered them.
    pub answered_on: Option<NaiveDate>,
    /// The last day to respond that the tribunal directed, in the place of the one that the law counts (managers).
    pub respond_by: Option<NaiveDate>,
    /// The day of that direction.
    pub directed_on: Option<NaiveDate>,
}

/// What became known of an appeal since it was recorded. A day that is on record is not changed here: a manager corrects
/// it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealChange {
    /// What of the plan it is about.
    pub plan_parts: Option<PlanPartsWord>,
    /// The day on which the authority received it.
    pub received_on: Option<NaiveDate>,
    /// The day on which the authority responded to it.
    pub responded_on: Option<NaiveDate>,
    /// The day of the tribunal's recommendations on health or social care.
    pub recommendations_on: Option<NaiveDate>,
    /// The day on which the authority answered them.
    pub answered_on: Option<NaiveDate>,
    /// The last day to respond that the tribunal directed, in the place of the one that the law counts (managers).
    pub respond_by: Option<NaiveDate>,
    /// The day of that direction.
    pub directed_on: Option<NaiveDate>,
}

/// Another day for a limit of an order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderDayBody {
    /// The limit: one that this order opened.
    pub rule: RuleIdWord,
    /// Its last day, in the place of the one that the law counts.
    pub due_on: NaiveDate,
    /// By what it is set: `direction` of the tribunal (Regs 44(1)), or, for what was agreed at mediation alone,
    /// `written_agreement` of the parties (Regs 42(5)).
    pub basis: DayBasisWord,
    /// The day of the direction, or of the agreement.
    pub dated_on: NaiveDate,
    /// The document of the case that holds it.
    pub document_id: Option<Id>,
    /// Why.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}

/// How an appeal ends.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// The day of the order; of a conceded appeal, the day of the authority's notice to the tribunal (Regs 45).
    pub ordered_on: NaiveDate,
    /// What is ordered, or conceded.
    pub order: OrderKindWord,
    /// Whether the authority conceded before its response (Regs 45).
    pub conceded: Option<bool>,
    /// Whether the tribunal made the order by consent: so ends what the authority concedes after its response.
    pub by_consent: Option<bool>,
}

/// Mediation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Mediation)]
pub struct MediationView {
    /// Its id.
    pub id: Id,
    /// What is disputed.
    pub about: DisputedWord,
    /// The day of the certificate.
    pub certificate_on: Option<NaiveDate>,
    /// The day it took place.
    pub held_on: Option<NaiveDate>,
    /// The day of an agreement; the order that it counts as stands among the orders.
    pub agreed_on: Option<NaiveDate>,
    /// The day on which it was overtaken, since the authority reversed the refusal itself.
    pub overtaken_on: Option<NaiveDate>,
    /// The day on which the family told the authority that it wants mediation.
    pub told_on: Option<NaiveDate>,
    /// Whether it is about health.
    pub about_health: Option<HealthIssuesWord>,
    /// The day on which the NHS commissioner was told.
    pub icb_told_on: Option<NaiveDate>,
    /// The day on which it was arranged.
    pub arranged_on: Option<NaiveDate>,
    /// The day of an agreement on what cannot be appealed against.
    pub other_agreed_on: Option<NaiveDate>,
    /// The day on which that was carried out.
    pub carried_out_on: Option<NaiveDate>,
    /// The day on which the mediation adviser was told that it cannot be arranged.
    pub adviser_told_on: Option<NaiveDate>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl From<Mediation> for MediationView {
    fn from(row: Mediation) -> Self {
        Self {
            id: row.id,
            about: row.about,
            certificate_on: row.certificate_on,
            held_on: row.held_on,
            agreed_on: row.agreed_on,
            overtaken_on: None,
            told_on: row.told_on,
            about_health: row.about_health,
            icb_told_on: row.icb_told_on,
            arranged_on: row.arranged_on,
            other_agreed_on: row.other_agreed_on,
            carried_out_on: row.carried_out_on,
            adviser_told_on: row.adviser_told_on,
            recorded_at: row.recorded_at,
        }
    }
}

/// An appeal.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Appeal)]
pub struct AppealView {
    /// Its id.
    pub id: Id,
    /// What is disputed.
    pub about: DisputedWord,
    /// The day on which the tribunal registered it.
    pub registered_on: NaiveDate,
    /// The day on which it was overtaken, since the authority reversed the refusal itself.
    pub overtaken_on: Option<NaiveDate>,
    /// What of the plan it is about.
    pub plan_parts: Option<PlanPartsWord>,
    /// The day on which the authority received it.
    pub received_on: Option<NaiveDate>,
    /// The day on which the authority responded to it.
    pub responded_on: Option<NaiveDate>,
    /// The day of the tribunal's recommendations on health or social care.
    pub recommendations_on: Option<NaiveDate>,
    /// The day on which the authority answered them.
    pub answered_on: Option<NaiveDate>,
    /// The last day to respond that the tribunal directed.
    pub respond_by: Option<NaiveDate>,
    /// The day of that direction.
    pub directed_on: Option<NaiveDate>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl From<Appeal> for AppealView {
    fn from(row: Appeal) -> Self {
        Self {
            id: row.id,
            about: row.about,
            registered_on: row.registered_on,
            overtaken_on: None,
            plan_parts: row.plan_parts,
            received_on: row.received_on,
            responded_on: row.responded_on,
            recommendations_on: row.recommendations_on,
            answered_on: row.answered_on,
            respond_by: row.respond_by,
            directed_on: row.directed_on,
            recorded_at: row.recorded_at,
        }
    }
}

/// Another day for a limit of an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderDay)]
pub struct OrderDayView {
    /// Its id.
    pub id: Id,
    /// The limit.
    pub rule: RuleIdWord,
    /// Its last day.
    pub due_on: NaiveDate,
    /// By what it is set.
    pub basis: DayBasisWord,
    /// The day of the direction, or of the agreement.
    pub dated_on: NaiveDate,
    /// The document that holds it.
    pub document_id: Option<Id>,
    /// Why.
    pub reason: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl From<OrderDay> for OrderDayView {
    fn from(row: OrderDay) -> Self {
        Self {
            id: row.id,
            rule: row.rule,
            due_on: row.due_on,
            basis: row.basis,
            dated_on: row.dated_on,
            document_id: row.document_id,
            reason: row.reason,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
        }
    }
}
