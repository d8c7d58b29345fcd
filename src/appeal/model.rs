//! What mediation, an appeal and an order are.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::{OrderFacts, OrderSource};
use utoipa::ToSchema;

use crate::db::schema::{appeals, mediations, orders};
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{DisputedWord, OrderKindWord};

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
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
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
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
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
    /// Whether the authority conceded.
    pub conceded: bool,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl Order {
    /// Whence it comes.
    pub fn source(&self) -> OrderSource {
        match (self.mediation_id, self.conceded) {
            (Some(_), _) => OrderSource::Agreement,
            (None, true) => OrderSource::Concession,
            (None, false) => OrderSource::Tribunal,
        }
    }

    /// The order as the law's crate takes it.
    pub fn to_statute(&self) -> OrderFacts {
        let what = self.kind.0.in_words();
        OrderFacts {
            id: self.id.to_string(),
            label: match self.source() {
                OrderSource::Tribunal => what.to_owned(),
                OrderSource::Concession => format!("{what}, by concession"),
                OrderSource::Agreement => format!("{what}, agreed at mediation"),
            },
            source: self.source(),
            kind: self.kind.0,
            about: self.about.0,
            on: self.ordered_on,
        }
    }
}

/// What was agreed at mediation. It counts as an order of the tribunal (Regs 42).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementBody {
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// What is to be done: `assess`, `make_plan`, `amend_contents` or `amend_placement`.
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
}

/// An appeal that the tribunal registered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealBody {
    /// What is disputed.
    pub about: DisputedWord,
    /// The day on which the tribunal registered it.
    pub registered_on: NaiveDate,
}

/// How an appeal ends.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// The day of the order; of a conceded appeal, the day of the authority's notice to the tribunal (Regs 45).
    pub ordered_on: NaiveDate,
    /// What is ordered, or conceded.
    pub order: OrderKindWord,
    /// Whether the authority conceded.
    pub conceded: Option<bool>,
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
            recorded_at: row.recorded_at,
        }
    }
}
