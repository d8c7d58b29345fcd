//! How the rules and their last days are shown.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use statute::{Calendar, CountedFrom, Counting, NoDueDate, Period, RULES, RULES_VERSION, Rule, RuleId, TribunalTime};
use utoipa::{IntoParams, ToSchema};

use crate::codes::Code;
use crate::error::{Error, Fault};
use crate::words::{BasisWord, GroundWord, HolderWord, PhaseWord, RuleIdWord, vocabulary};

vocabulary! {
    /// What a period is measured in.
    Unit as UnitWord {
        /// Calendar days.
        Days = "days",
        /// Weeks of seven days.
        Weeks = "weeks",
        /// Calendar months: the corresponding date, or the month's last day where it has no such date.
        Months = "months",
        /// Monday to Friday without the bank holidays of England and Wales.
        WorkingDays = "working_days",
    }
}

vocabulary! {
    /// How the days of a period are counted.
    CountedAs as CountedAsWord {
        /// "Within ... of": the day of the event is not counted.
        After = "after",
        /// "Beginning with": the day of the event is the first day.
        BeginningWith = "beginning_with",
    }
}

vocabulary! {
    /// Whether the Tribunal's rule 12 on time applies.
    InTribunalTime as InTribunalTimeWord {
        /// It does not: the last day stands as counted.
        No = "no",
        /// A last day that is not a working day, or lies in August or between 25 December and 1 January, moves on.
        LastDayMoves = "last_day_moves",
        /// The days of August and of 25 December to 1 January are not counted.
        ClosedDaysNotCounted = "closed_days_not_counted",
    }
}

/// How long a time limit is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Period)]
pub struct PeriodView {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: UnitWord,
}

/// A time limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Rule)]
pub struct RuleView {
    /// Its id, as deadlines name it.
    pub id: RuleIdWord,
    /// How long; null where no single length says it: see `note`.
    pub period: Option<PeriodView>,
    /// How the first day counts.
    pub counting: CountedAsWord,
    /// Whether it runs in Tribunal time.
    pub tribunal_time: InTribunalTimeWord,
    /// What stands behind it; only a statutory one can be breached.
    pub basis: BasisWord,
    /// Whose time runs.
    pub holder: HolderWord,
    /// Where it is written.
    pub citation: &'static str,
    /// The grounds on which it need not be met.
    pub grounds: Vec<GroundWord>,
    /// The first day it applies to; null where it goes back to the beginning.
    pub applies_from: Option<NaiveDate>,
    /// The last day it applies to; null while in force.
    pub applies_to: Option<NaiveDate>,
    /// What a reader should know besides.
    pub note: Option<&'static str>,
}

/// Every time limit, with the name of the table's content.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Rules)]
pub struct RulesView {
    /// Changes whenever a rule does.
    pub rules_version: &'static str,
    /// The rules, in the order in which a case meets them.
    pub rules: Vec<RuleView>,
}

impl RulesView {
    /// The table as it stands.
    pub fn new() -> Self {
        Self { rules_version: RULES_VERSION, rules: RULES.iter().map(RuleView::from).collect() }
    }
}

impl Default for RulesView {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&Rule> for RuleView {
    fn from(rule: &Rule) -> Self {
        let period = rule.period.map(|period| match period {
            Period::Days(amount) => (amount, Unit::Days),
            Period::Weeks(amount) => (amount, Unit::Weeks),
            Period::Months(amount) => (amount, Unit::Months),
            Period::WorkingDays(amount) => (amount, Unit::WorkingDays),
        });
        let counting = match rule.counting {
            Counting::After => CountedAs::After,
            Counting::BeginningWith => CountedAs::BeginningWith,
        };
        let tribunal_time = match rule.tribunal_time {
            TribunalTime::No => InTribunalTime::No,
            TribunalTime::LastDayMoves => InTribunalTime::LastDayMoves,
            TribunalTime::ClosedDaysNotCounted => InTribunalTime::ClosedDaysNotCounted,
        };
        Self {
            id: rule.id.into(),
            period: period.map(|(amount, unit)| PeriodView { amount, unit: unit.into() }),
            counting: counting.into(),
            tribunal_time: tribunal_time.into(),
            basis: rule.basis.into(),
            holder: rule.holder.into(),
            citation: rule.citation,
            grounds: rule.grounds.iter().map(|ground| (*ground).into()).collect(),
            applies_from: rule.applies_from,
            applies_to: rule.applies_to,
            note: rule.note,
        }
    }
}

/// What a last day is counted from. Each rule takes some of these and no others.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DueDateQuery {
    /// The day of the event that the limit runs from: every rule but `phase_transfer` and `transfer_in_review` needs it.
    pub starts_on: Option<NaiveDate>,
    /// The day of a mediation certificate, for `appeal`: the later of the two limits counts.
    pub certificate_on: Option<NaiveDate>,
    /// The transfer between phases of education, for `phase_transfer`.
    #[param(inline)]
    pub phase: Option<PhaseWord>,
    /// The calendar year of that transfer.
    #[param(minimum = 1, maximum = 9999)]
    pub transfer_year: Option<i32>,
    /// The day the plan was made or last reviewed, for `transfer_in_review`.
    pub last_reviewed_on: Option<NaiveDate>,
    /// The day the plan was transferred, for `transfer_in_review`.
    pub transferred_on: Option<NaiveDate>,
}

/// The last day of a time limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DueDate)]
pub struct DueDateView {
    /// The rule.
    pub rule: RuleIdWord,
    /// The day it is counted from; null for `phase_transfer`.
    pub starts_on: Option<NaiveDate>,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
    /// How it was found, in sentences fit for a letter.
    pub derivation: String,
    /// Where the limit is written.
    pub citation: &'static str,
}

/// The last day of a rule by its word.
pub fn due_date_view(rule: &str, query: &DueDateQuery, calendar: &Calendar) -> Result<DueDateView, Error> {
    let id = RuleId::parse(rule).ok_or(Error::NotFound)?;
    let from = CountedFrom {
        starts_on: query.starts_on,
        certificate_on: query.certificate_on,
        phase: query.phase.map(|phase| phase.0),
        transfer_year: query.transfer_year,
        last_reviewed_on: query.last_reviewed_on,
        transferred_on: query.transferred_on,
    };
    let due = statute::due_date(id, from, calendar).map_err(|fault| {
        let (name, code, detail) = match fault {
            NoDueDate::Missing(name) => (name, Code::MissingField, format!("{id} is counted from {name}: give it.")),
            NoDueDate::NotTaken(name) => {
                (name, Code::InvalidParameter, format!("{id} is not counted from {name}: leave it out."))
            }
            NoDueDate::NoSuchYear => ("transfer_year", Code::OutOfRange, "There is no such year.".to_owned()),
        };
        Error::from(Fault::new(format!("/{name}"), code, detail))
    })?;
    Ok(DueDateView {
        rule: due.rule.into(),
        starts_on: due.starts_on,
        due_on: due.due_on,
        act_by: due.act_by,
        derivation: due.derivation,
        citation: due.citation,
    })
}
