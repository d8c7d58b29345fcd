//! From the rows of a case to the facts of the law, and from the law's deadlines back to rows.
//!
//! The deadlines are a projection: derived from the facts in the transaction of every change, kept for lists and
//! figures, and never changed by hand.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    ExpressionMethods, Insertable, NullableExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use statute::{
    AdviceFacts, AdviceStatus, AssessmentDecision, AssessmentOutcome, Basis, Calendar, CaseFacts, ConsultationFacts,
    Deadline, Decided, Disputed, End, FinalPlanFacts, Holder, Inconsistent, PlanDecision, PlanOutcome, PlanStatus,
    Progress, RULES, ServedDraft, Stage, SubjectKind, Summary, Track,
};

use super::figures::{Counted, social_care_status, write_counted};
use crate::advice::model::AdviceRequest;
use crate::appeal::model::{Appeal, Mediation, Order, OrderDay};
use crate::case::model::{Case, CaseEnd, Decision, DecisionAbout, DecisionOutcome, Exception, ExceptionState};
use crate::db::schema::{
    advice_requests, appeals, case_ends, case_imports, consultations, deadlines, decisions, exceptions,
    information_requests, mediations, order_days, orders, organisations, plans, representations,
};
use crate::db::{Conn, OneOf, Tx, native};
use crate::error::Error;
use crate::ids::Id;
use crate::information::model::InformationRequest;
use crate::time::Instant;
use crate::words::{BasisWord, HolderWord, PlanStatusWord, RuleIdWord, SubjectKindWord};

/// How many deadlines one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// A deadline as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deadlines, treat_none_as_default_value = false)]
pub struct Derived {
    /// Its id, kept through re-derivations.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The rule.
    pub rule: RuleIdWord,
    /// What stands behind it.
    pub basis: BasisWord,
    /// Whose time runs.
    pub holder: HolderWord,
    /// The legal rule.
    pub citation: String,
    /// What kind of thing it is about.
    pub subject_kind: Option<SubjectKindWord>,
    /// Which.
    pub subject_id: Option<String>,
    /// In words.
    pub subject_label: Option<String>,
    /// The day it runs from.
    pub starts_on: NaiveDate,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
    /// The day it was met.
    pub met_on: Option<NaiveDate>,
    /// Whether anything is owed.
    pub applicable: bool,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// The deadline explained.
    pub derivation: String,
    /// From which day on a morning's mail can tell that this limit of the authority's was broken: the day after the last
    /// one, or where it became known later, the day after that. None where it is kept, relieved or moot.
    pub breach_told_from: Option<NaiveDate>,
}

impl Derived {
    /// The row of a deadline that is not kept yet.
    pub fn new(case_id: Id, deadline: &Deadline) -> Self {
        let subject = deadline.subject.as_ref();
        Self {
            id: Id::new(),
            case_id,
            rule: deadline.rule.into(),
            basis: deadline.basis.into(),
            holder: deadline.holder.into(),
            citation: deadline.citation.to_owned(),
            subject_kind: subject.map(|subject| subject.kind.into()),
            subject_id: subject.map(|subject| subject.id.clone()),
            subject_label: subject.map(|subject| subject.label.clone()),
            starts_on: deadline.starts_on,
            due_on: deadline.due_on,
            act_by: deadline.act_by,
            met_on: deadline.met_on,
            applicable: deadline.applicable,
            excepted: deadline.excepted,
            derivation: deadline.derivation.clone(),
            breach_told_from: None,
        }
    }

    /// Decides from when on a breach can be told, as things are known on a day. One that could be told before stays as
    /// old as it is: a step that is taken on it, or a day that moves a little, makes it no new one.
    pub fn judge_breach(&mut self, before: Option<&Self>, today: NaiveDate) {
        let ours = self.holder.0 == Holder::LocalAuthority && self.basis.0 == Basis::Statutory;
        if !ours || !self.applicable || self.excepted {
            self.breach_told_from = None;
            return;
        }
        // Past a limit that binds a refusal only, nothing is broken until a refusal is notified.
        let binds_refusal_only = RULES.iter().any(|rule| rule.id == self.rule.0 && rule.binds_refusal_only);
        let morrow = |day: NaiveDate| day.succ_opt().unwrap_or(day);
        let known = before.and_then(|before| before.breach_told_from).filter(|from| *from <= today);
        self.breach_told_from = match self.met_on {
            None if binds_refusal_only => None,
            None if self.due_on >= today => Some(morrow(self.due_on)),
            Some(met_on) if met_on <= self.due_on => None,
            _ => known.or_else(|| Some(morrow(self.due_on.max(today)))),
        };
    }

    /// What makes two rows the same deadline.
    pub fn key(&self) -> (RuleIdWord, Option<String>) {
        (self.rule, self.subject_id.clone())
    }
}

/// The deadlines of a case as they are kept, by due day.
pub fn deadlines(conn: &mut Conn, case_id: Id) -> Result<Vec<Derived>, Error> {
    Ok(deadlines::table
        .filter(deadlines::case_id.eq(case_id))
        .order((deadlines::due_on, deadlines::id))
        .select(Derived::as_select())
        .load(conn)?)
}

/// The rows of a case that its clock is derived from.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Its decisions.
    pub decisions: Vec<Decision>,
    /// Its withdrawal or transfer.
    pub end: Option<CaseEnd>,
    /// Its exceptions and those of its requests for advice, whatever their state.
    pub exceptions: Vec<Exception>,
    /// Its requests for advice in the order in which they were made, each with the name of the organisation asked.
    pub advice: Vec<(AdviceRequest, Option<String>)>,
    /// What settings were asked before it was decided whether to assess.
    pub information: Vec<InformationRequest>,
    /// The versions of its plan, by number.
    pub plans: Vec<PlanDays>,
    /// The settings that were consulted, in the order in which that was recorded.
    pub consultations: Vec<Consulted>,
    /// Mediation.
    pub mediations: Vec<Mediation>,
    /// Appeals.
    pub appeals: Vec<Appeal>,
    /// Orders, and what counts as one, in the order in which they were recorded.
    pub orders: Vec<Order>,
    /// Other days for the limits of orders, in the order in which they were recorded.
    pub order_days: Vec<OrderDay>,
    /// Whether mediation or a tribunal took place before the case was taken over from elsewhere.
    pub mediation_or_tribunal: bool,
    /// What was entered in error: no part of the case.
    pub in_error: InError,
}

/// What was entered in error. It counts for nothing; what was known while it stood is told from it.
#[derive(Debug, Clone, Default)]
pub struct InError {
    /// Decisions.
    pub(super) decisions: Vec<Mistaken<Decision>>,
    /// Withdrawals and transfers.
    pub(super) ends: Vec<Mistaken<CaseEnd>>,
    /// Final plans.
    pub(super) plans: Vec<Mistaken<PlanDays>>,
}

/// A row that was entered in error.
#[derive(Debug, Clone)]
pub(super) struct Mistaken<T> {
    pub(super) row: T,
    /// When it was recorded; none of what came with a spreadsheet, which was always there.
    pub(super) recorded_at: Option<Instant>,
    /// When it was found to be a mistake.
    pub(super) found_at: Instant,
}

/// A consultation as far as the clock looks at it.
#[derive(Debug, Clone, Queryable)]
pub struct Consulted {
    /// Its id.
    pub id: Id,
    /// The setting.
    pub setting_id: Id,
    /// Its name.
    pub setting: String,
    /// The day the setting had it.
    pub received_on: NaiveDate,
    /// The day it answered.
    pub responded_on: Option<NaiveDate>,
}

/// A version of a plan as far as the clock looks at it.
#[derive(Debug, Clone)]
pub struct PlanDays {
    /// Its id.
    pub id: Id,
    /// The number of the document.
    pub number: i32,
    /// Where it stands.
    pub status: PlanStatus,
    /// The day it was served as a draft.
    pub served_on: Option<NaiveDate>,
    /// The day it was sent as the final plan.
    pub issued_on: Option<NaiveDate>,
    /// The day the family said in writing that it had finished commenting on it.
    pub finished_on: Option<NaiveDate>,
    /// The order in whose track it was begun.
    pub order_id: Option<Id>,
}

/// Everything that the law needs to know of a case.
pub fn facts(conn: &mut Conn, case: &Case) -> Result<CaseFacts, Error> {
    facts_of(case.received_on, &parts(conn, case.id)?)
}

/// How far a case has come, with the facts behind it.
pub fn progress(conn: &mut Conn, case: &Case) -> Result<(Progress, CaseFacts), Error> {
    let facts = facts(conn, case)?;
    let contradicts = |fault: Inconsistent| Error::internal(format!("case {} contradicts itself: {fault}", case.id));
    Ok((Progress::from_facts(&facts).map_err(contradicts)?, facts))
}

/// Everything that the law needs to know of a case with these parts.
pub fn facts_of(received_on: NaiveDate, parts: &Parts) -> Result<CaseFacts, Error> {
    let of = |request: Option<Id>| {
        let confirmed = |one: &&Exception| one.state.0 == ExceptionState::Confirmed && one.advice_request_id == request;
        parts.exceptions.iter().filter(confirmed).map(Exception::to_statute).collect()
    };
    let mut facts = CaseFacts::received(received_on);
    for order in &parts.orders {
        let known = order.to_statute(&parts.order_days);
        if !order.kind.0.opens_track() {
            if order.about.0 == Disputed::Ceasing {
                facts.of_ceasing.push(known);
            }
            continue;
        }
        match order.track_id.and_then(|id| track_mut(&mut facts.tracks, id)) {
            Some(track) => track.further.push(known),
            None => facts.tracks.push(Track::opened_by(known)),
        }
    }
    for decision in &parts.decisions {
        let track = decision.order_id.map(|id| track_of(&mut facts.tracks, id)).transpose()?;
        let (assessment, plan, reversals) = match track {
            None => (&mut facts.assessment, &mut facts.plan, &mut facts.reversals),
            Some(track) => (&mut track.assessment, &mut track.plan, &mut track.reversals),
        };
        match decision.about.0 {
            DecisionAbout::Assessment => {
                *assessment = Some(assessment_of(decision)?);
                reversals.assessment = decision.reversal();
            }
            DecisionAbout::Plan => {
                *plan = Some(plan_of(decision));
                reversals.plan = decision.reversal();
            }
        }
    }
    facts.exceptions = of(None);
    facts.ended = parts.end.as_ref().map(|end| End { kind: end.kind.0, on: end.ended_on });
    facts.setting_asked = AdviceRequest::education_asked(parts.advice.iter().map(|(one, _)| one));
    facts.setting_asked.extend(InformationRequest::asked(&parts.information));
    facts.advice = parts
        .advice
        .iter()
        .map(|(one, organisation)| AdviceFacts {
            id: one.id.to_string(),
            label: match organisation {
                Some(name) => format!("{} from {name}", one.kind.0.description()),
                None => one.kind.0.description().to_owned(),
            },
            kind: one.kind.0,
            status: one.status.0,
            section_31_body: one.section_31_body,
            received_by_body_on: one.received_by_body_on,
            submitted_on: one.submitted_on,
            exceptions: of(Some(one.id)),
        })
        .collect();
    for plan in &parts.plans {
        let track = plan.order_id.map(|id| track_of(&mut facts.tracks, id)).transpose()?;
        let (drafts, final_plan) = match track {
            None => (&mut facts.drafts, &mut facts.final_plan),
            Some(track) => (&mut track.drafts, &mut track.final_plan),
        };
        match (plan.status, plan.served_on, plan.issued_on) {
            (PlanStatus::Served, Some(served_on), _) => drafts.push(ServedDraft {
                id: plan.id.to_string(),
                label: format!("Draft plan, version {}", plan.number),
                served_on,
                finished_on: plan.finished_on,
            }),
            (PlanStatus::Issued, _, Some(issued_on)) => {
                *final_plan = Some(FinalPlanFacts {
                    id: plan.id.to_string(),
                    label: format!("Final plan, version {}", plan.number),
                    issued_on,
                });
            }
            _ => {}
        }
    }
    facts.mediations = parts.mediations.iter().map(Mediation::to_statute).collect();
    let ended_on = |appeal: &Appeal| {
        parts.orders.iter().filter(|order| order.appeal_id == Some(appeal.id)).map(|order| order.ordered_on).min()
    };
    facts.appeals = parts.appeals.iter().map(|one| one.to_statute(ended_on(one))).collect();
    facts.consultations = parts
        .consultations
        .iter()
        .map(|one| ConsultationFacts {
            id: one.id.to_string(),
            label: format!("consultation of {}", one.setting),
            received_on: one.received_on,
            responded_on: one.responded_on,
        })
        .collect();
    facts.mediation_or_tribunal = parts.mediation_or_tribunal;
    Ok(facts)
}

fn track_mut(tracks: &mut [Track], order: Id) -> Option<&mut Track> {
    let order = order.to_string();
    tracks.iter_mut().find(|track| track.order.id == order)
}

fn track_of(tracks: &mut [Track], order: Id) -> Result<&mut Track, Error> {
    track_mut(tracks, order).ok_or_else(|| Error::internal(format!("the order {order} opened no track")))
}

/// The order in whose track the next step is taken; `None` before any order.
pub fn track_id(facts: &CaseFacts) -> Result<Option<Id>, Error> {
    let parse = |track: &Track| track.order.id.parse().map_err(|_fault| Error::internal("an order without an id"));
    facts.track().map(parse).transpose()
}

/// Reads the rows that the clocks of some cases are derived from, table by table. `$only` says of the id of the case in
/// each which cases it is.
macro_rules! parts_where {
    ($conn:expr, $case_id:ident => $only:expr) => {{
        let conn: &mut Conn = $conn;
        let mut found: HashMap<Id, Parts> = HashMap::new();
        macro_rules! rows {
            ($table:ident, $order:expr) => {{
                let $case_id = $table::case_id;
                $table::table.filter($only).order($order)
            }};
        }
        for row in rows!(decisions, decisions::id).select(Decision::as_select()).load(conn)? {
            let parts = found.entry(row.case_id).or_default();
            match row.entered_in_error_at {
                None => parts.decisions.push(row),
                Some(found_at) => parts.in_error.decisions.push(Mistaken {
                    recorded_at: row.recorded_by.map(|_| row.recorded_at),
                    found_at,
                    row,
                }),
            }
        }
        for row in rows!(case_ends, case_ends::id).select(CaseEnd::as_select()).load(conn)? {
            let parts = found.entry(row.case_id).or_default();
            match row.entered_in_error_at {
                None => parts.end = Some(row),
                Some(found_at) => parts.in_error.ends.push(Mistaken {
                    recorded_at: row.recorded_by.map(|_| row.recorded_at),
                    found_at,
                    row,
                }),
            }
        }
        for row in rows!(exceptions, exceptions::id).select(Exception::as_select()).load(conn)? {
            found.entry(row.case_id).or_default().exceptions.push(row);
        }
        let asked: Vec<(AdviceRequest, Option<String>)> = rows!(advice_requests, advice_requests::id)
            .left_join(organisations::table)
            .select((AdviceRequest::as_select(), organisations::name.nullable()))
            .load(conn)?;
        for row in asked {
            found.entry(row.0.case_id).or_default().advice.push(row);
        }
        for row in
            rows!(information_requests, information_requests::id).select(InformationRequest::as_select()).load(conn)?
        {
            found.entry(row.case_id).or_default().information.push(row);
        }
        type Days = (Option<NaiveDate>, Option<NaiveDate>);
        type Recorded = (Option<Id>, Instant, Option<Instant>);
        type Planned = (Id, Id, i32, PlanStatusWord, Days, Option<Id>, Recorded);
        let planned: Vec<Planned> = rows!(plans, plans::number)
            .select((
                plans::case_id,
                plans::id,
                plans::number,
                plans::status,
                (plans::served_on, plans::issued_on),
                plans::order_id,
                (plans::created_by, plans::created_at, plans::entered_in_error_at),
            ))
            .load(conn)?;
        let finished: Vec<(Id, NaiveDate)> = if planned.is_empty() {
            Vec::new()
        } else {
            rows!(representations, representations::received_on)
                .filter(representations::finished.eq(true))
                .select((representations::plan_id, representations::received_on))
                .load(conn)?
        };
        let mut first_finished: HashMap<Id, NaiveDate> = HashMap::new();
        for (plan, on) in finished {
            first_finished.entry(plan).or_insert(on);
        }
        for (case_id, id, number, status, (served_on, issued_on), order_id, recorded) in planned {
            let row = PlanDays {
                id,
                number,
                status: status.0,
                served_on,
                issued_on,
                finished_on: first_finished.get(&id).copied(),
                order_id,
            };
            let parts = found.entry(case_id).or_default();
            match recorded {
                (_, _, None) => parts.plans.push(row),
                (created_by, created_at, Some(found_at)) => {
                    let recorded_at = created_by.map(|_| created_at);
                    parts.in_error.plans.push(Mistaken { row, recorded_at, found_at });
                }
            }
        }
        let consulted: Vec<(Id, Consulted)> = rows!(consultations, consultations::id)
            .inner_join(organisations::table)
            .select((
                consultations::case_id,
                (
                    consultations::id,
                    consultations::setting_id,
                    organisations::name,
                    consultations::received_on,
                    consultations::responded_on,
                ),
            ))
            .load(conn)?;
        for (case_id, row) in consulted {
            found.entry(case_id).or_default().consultations.push(row);
        }
        for row in rows!(mediations, mediations::id).select(Mediation::as_select()).load(conn)? {
            found.entry(row.case_id).or_default().mediations.push(row);
        }
        for row in rows!(appeals, appeals::id).select(Appeal::as_select()).load(conn)? {
            found.entry(row.case_id).or_default().appeals.push(row);
        }
        for row in rows!(orders, orders::id).select(Order::as_select()).load(conn)? {
            found.entry(row.case_id).or_default().orders.push(row);
        }
        if found.values().any(|parts| !parts.orders.is_empty()) {
            for row in rows!(order_days, order_days::id).select(OrderDay::as_select()).load(conn)? {
                found.entry(row.case_id).or_default().order_days.push(row);
            }
        }
        let elsewhere: Vec<(Id, bool, bool)> = rows!(case_imports, case_imports::case_id)
            .select((case_imports::case_id, case_imports::mediation, case_imports::tribunal))
            .load(conn)?;
        for (case_id, mediation, tribunal) in elsewhere {
            found.entry(case_id).or_default().mediation_or_tribunal = mediation || tribunal;
        }
        found
    }};
}

/// Reads the rows that a case's clock is derived from.
pub(super) fn parts(conn: &mut Conn, id: Id) -> Result<Parts, Error> {
    Ok(parts_where!(conn, case_id => case_id.eq(id)).remove(&id).unwrap_or_default())
}

/// The same of several cases, in as many statements; of one without any there is nothing.
pub fn parts_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Parts>, Error> {
    Ok(parts_where!(conn, case_id => case_id.one_of(ids)))
}

/// The mediations of a case, in the order in which they were recorded.
pub fn mediations(conn: &mut Conn, case_id: Id) -> Result<Vec<Mediation>, Error> {
    Ok(mediations::table
        .filter(mediations::case_id.eq(case_id))
        .order(mediations::id)
        .select(Mediation::as_select())
        .load(conn)?)
}

/// The appeals of a case, in the order in which they were recorded.
pub fn appeals(conn: &mut Conn, case_id: Id) -> Result<Vec<Appeal>, Error> {
    Ok(appeals::table.filter(appeals::case_id.eq(case_id)).order(appeals::id).select(Appeal::as_select()).load(conn)?)
}

/// The orders of a case, in the order in which they were recorded.
pub fn orders(conn: &mut Conn, case_id: Id) -> Result<Vec<Order>, Error> {
    Ok(orders::table.filter(orders::case_id.eq(case_id)).order(orders::id).select(Order::as_select()).load(conn)?)
}

/// Other days for the limits of the orders of a case, in the order in which they were recorded.
pub fn order_days(conn: &mut Conn, case_id: Id) -> Result<Vec<OrderDay>, Error> {
    Ok(order_days::table
        .filter(order_days::case_id.eq(case_id))
        .order(order_days::id)
        .select(OrderDay::as_select())
        .load(conn)?)
}

/// The latest decisions of those of a case, which stand in the order in which they were recorded.
pub fn latest_decisions(decisions: &[Decision]) -> Result<Decided, Error> {
    let mut latest = Decided::default();
    for decision in decisions {
        match decision.about.0 {
            DecisionAbout::Assessment => {
                latest.assessment = Some(assessment_of(decision)?);
                latest.reversals.assessment = decision.reversal();
            }
            DecisionAbout::Plan => {
                latest.plan = Some(plan_of(decision));
                latest.reversals.plan = decision.reversal();
            }
        }
    }
    Ok(latest)
}

fn assessment_of(decision: &Decision) -> Result<AssessmentDecision, Error> {
    Ok(AssessmentDecision {
        outcome: match decision.outcome.0 {
            DecisionOutcome::Assess => AssessmentOutcome::Assess,
            DecisionOutcome::Refuse => AssessmentOutcome::Refuse,
            DecisionOutcome::Issue => {
                return Err(Error::internal(format!("decision {} has an outcome of another kind", decision.id)));
            }
        },
        decided_on: decision.decided_on,
        notified_on: decision.notified_on.unwrap_or(decision.decided_on),
    })
}

fn plan_of(decision: &Decision) -> PlanDecision {
    PlanDecision {
        outcome: match decision.outcome.0 {
            DecisionOutcome::Refuse => PlanOutcome::Refuse,
            DecisionOutcome::Assess | DecisionOutcome::Issue => PlanOutcome::Issue,
        },
        decided_on: decision.decided_on,
        notified_on: decision.notified_on,
    }
}

/// What the law derives from a case as it stands: its stage, its deadlines and their sum.
pub fn derive(facts: &CaseFacts, calendar: &Calendar) -> (Stage, Vec<Deadline>, Summary) {
    let deadlines = statute::derive(facts, calendar);
    let summary = statute::summarise(facts, &deadlines);
    (Stage::of(facts), deadlines, summary)
}

/// Derives a case again after a change: writes its deadlines, and fills `case` with its stage and the sum of its clock.
/// The caller keeps `case`. Answers the requests for advice whose last day moved, or that are no longer owed: what waits
/// to remind of them is moot, and what waits to ask for them is to tell the new day.
pub fn project(
    tx: &mut Tx<'_>,
    case: &mut Case,
    calendar: &Calendar,
    today: NaiveDate,
) -> Result<Vec<(Id, AdviceClock)>, Error> {
    let parts = parts(tx, case.id)?;
    let facts = facts_of(case.received_on, &parts)?;
    let derived = fill(case, &facts, calendar);
    write_deadlines(tx, case.id, &derived, today)?;
    let moved = write_advice(tx, &parts.advice, &facts, &derived)?;
    let counted = Counted::of(case, social_care_status(tx, case)?, &parts, &facts, &derived)?;
    write_counted(tx, &counted, today)?;
    Ok(moved)
}

/// Fills `case` with its stage, the sum of its clock and how much of its advice has come; answers its deadlines.
pub fn fill(case: &mut Case, facts: &CaseFacts, calendar: &Calendar) -> Vec<Deadline> {
    let (stage, derived, summary) = derive(facts, calendar);
    case.stage = stage.into();
    case.open = stage.is_open();
    case.project(&summary);
    let standing = |statuses: &[AdviceStatus]| {
        i32::try_from(facts.advice.iter().filter(|one| statuses.contains(&one.status)).count()).unwrap_or(i32::MAX)
    };
    case.advice_requested =
        i32::try_from(facts.advice.len()).unwrap_or(i32::MAX).saturating_sub(standing(&[AdviceStatus::Cancelled]));
    case.advice_received =
        standing(&[AdviceStatus::Submitted, AdviceStatus::Accepted, AdviceStatus::CoveredByExistingAdvice]);
    case.advice_accepted = standing(&[AdviceStatus::Accepted, AdviceStatus::CoveredByExistingAdvice]);
    derived
}

/// What is written through to a request for advice, where work lists and chases read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdviceClock {
    /// The last day in time; none for the family's own.
    pub due_on: Option<NaiveDate>,
    /// The last working day by then.
    pub act_by: Option<NaiveDate>,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Whether something is still owed by somebody who can be late with it.
    pub outstanding: bool,
}

impl AdviceClock {
    /// The clock of one request among the deadlines of its case.
    pub fn of(one: &AdviceFacts, derived: &[Deadline]) -> Self {
        let deadline = derived.iter().find(|deadline| {
            deadline
                .subject
                .as_ref()
                .is_some_and(|subject| subject.kind == SubjectKind::AdviceRequest && subject.id == one.id)
        });
        Self {
            due_on: deadline.map(|deadline| deadline.due_on),
            act_by: deadline.map(|deadline| deadline.act_by),
            excepted: deadline.is_some_and(|deadline| deadline.excepted),
            outstanding: deadline.is_some_and(Deadline::is_open),
        }
    }
}

/// Writes the deadlines of cases that have none yet.
pub fn insert_deadlines(tx: &mut Tx<'_>, new: &[Derived]) -> Result<(), Error> {
    for chunk in new.chunks(AT_ONCE) {
        native!(&mut **tx, |conn| diesel::insert_into(deadlines::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

fn write_deadlines(tx: &mut Tx<'_>, case_id: Id, derived: &[Deadline], today: NaiveDate) -> Result<(), Error> {
    let mut kept: HashMap<_, Derived> = deadlines(tx, case_id)?.into_iter().map(|row| (row.key(), row)).collect();
    let (mut written, mut gone) = (Vec::new(), Vec::new());
    for deadline in derived {
        let mut row = Derived::new(case_id, deadline);
        match kept.remove(&row.key()) {
            None => {
                row.judge_breach(None, today);
                written.push(row);
            }
            Some(before) => {
                row.id = before.id;
                row.judge_breach(Some(&before), today);
                if row != before {
                    gone.push(before.id);
                    written.push(row);
                }
            }
        }
    }
    // What is otherwise now is written anew, so that two statements do however many there are.
    gone.extend(kept.into_values().map(|row| row.id));
    if !gone.is_empty() {
        diesel::delete(deadlines::table.filter(deadlines::id.one_of(&gone))).execute(&mut **tx)?;
    }
    insert_deadlines(tx, &written)
}

/// Writes due days and exceptions through to the requests for advice, where work lists and chases read them.
fn write_advice(
    tx: &mut Tx<'_>,
    rows: &[(AdviceRequest, Option<String>)],
    facts: &CaseFacts,
    derived: &[Deadline],
) -> Result<Vec<(Id, AdviceClock)>, Error> {
    let (mut moot, mut changed) = (Vec::new(), Vec::<(AdviceClock, Vec<Id>)>::new());
    for ((row, _), one) in rows.iter().zip(&facts.advice) {
        let clock = AdviceClock::of(one, derived);
        let kept = AdviceClock {
            due_on: row.due_on,
            act_by: row.act_by,
            excepted: row.excepted,
            outstanding: row.outstanding,
        };
        if clock == kept {
            continue;
        }
        if clock.due_on != kept.due_on || !clock.outstanding {
            moot.push((row.id, clock));
        }
        match changed.iter_mut().find(|(known, _)| *known == clock) {
            Some((_, requests)) => requests.push(row.id),
            None => changed.push((clock, vec![row.id])),
        }
    }
    // What was asked on one day is mostly due on one day.
    for (clock, requests) in changed {
        diesel::update(advice_requests::table.filter(advice_requests::id.eq_any(requests)))
            .set((
                advice_requests::due_on.eq(clock.due_on),
                advice_requests::act_by.eq(clock.act_by),
                advice_requests::excepted.eq(clock.excepted),
                advice_requests::outstanding.eq(clock.outstanding),
            ))
            .execute(&mut **tx)?;
    }
    Ok(moot)
}
