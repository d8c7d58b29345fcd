//! What the figures count of a case: kept beside it, in the transaction of every change, so that a figure over many years
//! reads one narrow row a case.
//!
//! A row says what was known from one day to another. What happens to a case completes its rows, since it has a day of
//! its own by which a figure can leave it out; what was known otherwise before (a received date that is mended, an
//! exception that is lifted) closes the row and opens another. So a figure can be had as it stood on a day.

use chrono::NaiveDate;
use diesel::{
    AsChangeset, ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};
use statute::{Calendar, CaseFacts, Deadline, PlanOutcome, RuleId};

use super::facts::{Parts, facts_of, parts};
use crate::appeal::model::Appeal;
use crate::case::model::{Case, DecisionAbout};
use crate::db::schema::{case_figures, people};
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::ids::Id;
use crate::words::{AssessmentOutcomeWord, AssessmentRefusalReasonWord, RequestSourceWord, SocialCareStatusWord};

/// How many rows one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// From when on the first row of a case is known, and when a dispute was whose day nobody knows: before everything.
const ALWAYS: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// What the figures count of a case, as it was known from one day to another.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_figures, primary_key(case_id, known_from), treat_none_as_null = true)]
pub struct Counted {
    /// The case.
    pub case_id: Id,
    /// The first day on which this was known.
    pub known_from: NaiveDate,
    /// The first day on which it no longer was; none for what is known today.
    pub known_to: Option<NaiveDate>,
    /// Day zero.
    pub received_on: NaiveDate,
    /// Who asked.
    pub request_source: RequestSourceWord,
    /// The child's school, college or provider.
    pub setting_id: Option<Id>,
    /// Who works on it.
    pub caseworker_id: Option<Id>,
    /// How social care is involved.
    pub social_care_status: SocialCareStatusWord,
    /// The last day to decide whether to assess.
    pub decide_due_on: NaiveDate,
    /// The last day to refuse a plan.
    pub refuse_due_on: NaiveDate,
    /// The last day for the final plan.
    pub final_due_on: NaiveDate,
    /// Whether a confirmed exception relieves the final plan.
    pub final_excepted: bool,
    /// The first decision whether to assess.
    pub assessment_outcome: Option<AssessmentOutcomeWord>,
    /// The day on which it was notified.
    pub assessment_notified_on: Option<NaiveDate>,
    /// Why it was a refusal.
    pub refusal_reason: Option<AssessmentRefusalReasonWord>,
    /// The day on which a plan was first refused.
    pub plan_refused_on: Option<NaiveDate>,
    /// The day on which the first plan was sent.
    pub issued_on: Option<NaiveDate>,
    /// How many days after the request that was.
    pub issued_after: Option<i32>,
    /// The first day on which mediation or a tribunal took place.
    pub disputed_on: Option<NaiveDate>,
}

impl Counted {
    /// What is to be counted of a case.
    pub fn of(
        case: &Case,
        social_care_status: SocialCareStatusWord,
        parts: &Parts,
        facts: &CaseFacts,
        derived: &[Deadline],
    ) -> Result<Self, Error> {
        let limit = |rule: RuleId| {
            let found = derived.iter().find(|deadline| deadline.rule == rule);
            found.ok_or_else(|| Error::internal(format!("case {} has no limit {}", case.id, rule.as_str())))
        };
        let reason_of_first = || {
            let first =
                parts.decisions.iter().find(|one| one.about.0 == DecisionAbout::Assessment && one.order_id.is_none());
            first.and_then(|decision| decision.refusal_reason)
        };
        let later = facts.tracks.iter().filter_map(|track| track.final_plan.as_ref());
        let plans = facts.final_plan.iter().chain(later).map(|plan| plan.issued_on);
        let held = parts.mediations.iter().flat_map(|one| [one.held_on, one.agreed_on]).flatten();
        // An appeal that the authority overtook by reversing its refusal changes nothing in what is published.
        let stands = |one: &&Appeal| facts.overtaken_on(one.about.0, one.registered_on).is_none();
        let appealed = parts.appeals.iter().filter(stands).map(|one| one.registered_on);
        let before = parts.mediation_or_tribunal.then_some(ALWAYS);
        let refused = facts.plan.filter(|decision| decision.outcome == PlanOutcome::Refuse);
        let final_plan = limit(RuleId::IssueFinalPlan)?;
        let mut counted = Self {
            case_id: case.id,
            known_from: ALWAYS,
            known_to: None,
            received_on: case.received_on,
            request_source: case.request_source,
            setting_id: case.setting_id,
            caseworker_id: case.caseworker_id,
            social_care_status,
            decide_due_on: limit(RuleId::DecideToAssess)?.due_on,
            refuse_due_on: limit(RuleId::DecideOnPlan)?.due_on,
            final_due_on: final_plan.due_on,
            final_excepted: final_plan.excepted,
            assessment_outcome: facts.assessment.map(|decision| decision.outcome.into()),
            assessment_notified_on: facts.assessment.map(|decision| decision.notified_on),
            refusal_reason: reason_of_first(),
            plan_refused_on: refused.and_then(|decision| decision.notified_on),
            issued_on: plans.min(),
            issued_after: None,
            disputed_on: held.chain(appealed).chain(before).min(),
        };
        counted.count_days();
        Ok(counted)
    }

    /// How long the plan took follows from the two days.
    fn count_days(&mut self) {
        let days = self.issued_on.map(|on| on.signed_duration_since(self.received_on).num_days());
        self.issued_after = days.and_then(|days| i32::try_from(days).ok());
    }

    /// Takes over what has happened and was not known to have. Each has a day of its own, so what was known on an earlier
    /// day stays to be told from it.
    fn completed(&self, now: &Self) -> Self {
        let mut row = self.clone();
        row.setting_id = row.setting_id.or(now.setting_id);
        row.caseworker_id = row.caseworker_id.or(now.caseworker_id);
        if row.assessment_notified_on.is_none() {
            row.assessment_outcome = now.assessment_outcome;
            row.assessment_notified_on = now.assessment_notified_on;
            row.refusal_reason = now.refusal_reason;
        }
        row.plan_refused_on = row.plan_refused_on.or(now.plan_refused_on);
        row.issued_on = row.issued_on.or(now.issued_on);
        row.count_days();
        row.disputed_on = [row.disputed_on, now.disputed_on].into_iter().flatten().min();
        row
    }

    /// The same without what was found to be a mistake: `now` holds what is left.
    fn without(&self, mistaken: &Self, now: &Self) -> Self {
        let mut row = self.clone();
        if mistaken.assessment_notified_on != now.assessment_notified_on {
            row.assessment_outcome = now.assessment_outcome;
            row.assessment_notified_on = now.assessment_notified_on;
            row.refusal_reason = now.refusal_reason;
        }
        if mistaken.plan_refused_on != now.plan_refused_on {
            row.plan_refused_on = now.plan_refused_on;
        }
        if mistaken.issued_on != now.issued_on {
            row.issued_on = now.issued_on;
            row.count_days();
        }
        row
    }

    /// The same as known in another span.
    fn known(&self, from: NaiveDate, to: Option<NaiveDate>) -> Self {
        Self { known_from: from, known_to: to, ..self.clone() }
    }
}

/// What is kept of a case, the oldest first.
pub(super) fn counted(conn: &mut Conn, case_id: Id) -> Result<Vec<Counted>, Error> {
    Ok(case_figures::table
        .filter(case_figures::case_id.eq(case_id))
        .order(case_figures::known_from)
        .select(Counted::as_select())
        .load(conn)?)
}

/// How social care is involved with the person of a case.
pub(super) fn social_care_status(conn: &mut Conn, case: &Case) -> Result<SocialCareStatusWord, Error> {
    Ok(people::table.find(case.person_id).select(people::social_care_status).first(conn)?)
}

/// Writes the rows of cases that have none yet.
pub fn insert_counted(tx: &mut Tx<'_>, new: &[Counted]) -> Result<(), Error> {
    for chunk in new.chunks(AT_ONCE) {
        native!(&mut **tx, |conn| diesel::insert_into(case_figures::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

/// Writes what is to be counted of a case now.
pub(super) fn write_counted(tx: &mut Tx<'_>, now: &Counted, today: NaiveDate) -> Result<(), Error> {
    let kept = counted(tx, now.case_id)?;
    let Some(current) = kept.last() else {
        return insert_counted(tx, std::slice::from_ref(now));
    };
    for row in &kept {
        let completed = row.completed(now);
        if completed != *row {
            change(tx, &completed)?;
        }
    }
    let known = current.completed(now);
    if known == now.known(known.known_from, None) {
        return Ok(());
    }
    if known.known_from >= today {
        // Of several corrections on one day the last stands.
        return change(tx, &now.known(known.known_from, None));
    }
    change(tx, &known.known(known.known_from, Some(today)))?;
    insert_counted(tx, &[now.known(today, None)])
}

/// Takes what was entered in error out of what is counted of a case. From the day on which it was recorded to the one on
/// which it was found to be a mistake it was what was known, and stays to be told so; before and after it is in no figure.
/// One that came with a spreadsheet has no such day: it was always there.
pub fn forget_mistake(
    tx: &mut Tx<'_>,
    case: &Case,
    recorded_on: Option<NaiveDate>,
    calendar: &Calendar,
    today: NaiveDate,
) -> Result<(), Error> {
    let parts = parts(tx, case.id)?;
    let facts = facts_of(case.received_on, &parts)?;
    let derived = statute::derive(&facts, calendar);
    let now = Counted::of(case, social_care_status(tx, case)?, &parts, &facts, &derived)?;
    let kept = counted(tx, case.id)?;
    let (Some(mistaken), Some(recorded_on)) = (kept.last().cloned(), recorded_on) else {
        return Ok(());
    };
    for row in kept.iter().filter(|row| row.known_from < recorded_on) {
        let right = row.without(&mistaken, &now);
        let reaches = row.known_to.is_none_or(|to| to > recorded_on);
        if right == *row {
            continue;
        }
        if reaches && recorded_on < today {
            change(tx, &right.known(row.known_from, Some(recorded_on)))?;
            insert_counted(tx, &[row.known(recorded_on, row.known_to)])?;
        } else {
            change(tx, &right)?;
        }
    }
    Ok(())
}

fn change(tx: &mut Tx<'_>, row: &Counted) -> Result<(), Error> {
    diesel::update(case_figures::table.find((row.case_id, row.known_from))).set(row).execute(&mut **tx)?;
    Ok(())
}
