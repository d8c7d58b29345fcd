//! The queries behind reminders and digests: each along an index, a page at a time.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, Queryable, RunQueryDsl,
};
use serde_json::{Map, Value};
use statute::{AdviceStatus, Basis, Holder, RULES, RuleId, Stage};

use crate::auth::Role;
use crate::case::model::{Contact, DecisionAbout, DecisionOutcome, Mailbox, addressee};
use crate::db::columns::Doc;
use crate::db::schema::{
    advice_requests, cases, deadlines, decisions, information_requests, messages, organisations, people, users,
};
use crate::db::{Conn, OneOf, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::{Notice, NoticeWord};
use crate::organisation::model::OrganisationKindWord;
use crate::outbox::model::{MessageState, MessageStateWord};
use crate::time::Instant;
use crate::words::{AdviceKindWord, AdviceStatusWord, RuleIdWord, StageWord, Word};

/// A request for advice that is owed by a body with a mailbox.
#[derive(Debug, Clone, Queryable)]
pub struct Owed {
    /// The request.
    pub id: Id,
    /// Its case.
    pub case_id: Id,
    /// What people call the case.
    pub reference: String,
    /// What is asked for.
    pub kind: AdviceKindWord,
    /// Where it stands.
    pub status: AdviceStatusWord,
    /// Whether section 31 of the Act binds the body.
    pub section_31_body: bool,
    /// The last day in time.
    pub due_on: Option<NaiveDate>,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Who is asked.
    pub organisation_id: Id,
    /// The shared mailbox.
    pub mailbox: Option<String>,
    /// Where later chases go too.
    pub escalation_mailbox: Option<String>,
    /// Whether it answers by secure link.
    pub answers_by_link: bool,
}

/// The requests that are owed by a body with a mailbox and due by a day, the longest due first; those after a key.
pub fn owed(
    conn: &mut Conn,
    due_by: NaiveDate,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<Owed>, Error> {
    let mut query = owed_by_reachable()
        .filter(advice_requests::due_on.le(due_by))
        .order((advice_requests::due_on.asc(), advice_requests::id.asc()))
        .limit(limit)
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(
            advice_requests::due_on.gt(day).or(advice_requests::due_on.eq(day).and(advice_requests::id.gt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// Those of these requests that are owed by a body with a mailbox.
pub fn still_owed(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Owed>, Error> {
    Ok(owed_by_reachable()
        .filter(advice_requests::id.one_of(ids))
        .order((advice_requests::due_on.asc(), advice_requests::id.asc()))
        .load(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn owed_by_reachable() -> _ {
    advice_requests::table
        .inner_join(cases::table)
        .inner_join(organisations::table.on(advice_requests::organisation_id.eq(organisations::id.nullable())))
        .filter(advice_requests::outstanding.eq(true))
        .filter(organisations::mailbox.is_not_null())
        .select((
            advice_requests::id,
            advice_requests::case_id,
            cases::reference,
            advice_requests::kind,
            advice_requests::status,
            advice_requests::section_31_body,
            advice_requests::due_on,
            advice_requests::excepted,
            organisations::id,
            organisations::mailbox,
            organisations::escalation_mailbox,
            organisations::answers_by_link,
        ))
}

/// An information request that a setting with a mailbox has not answered.
#[derive(Debug, Clone, Queryable)]
pub struct OwedInformation {
    /// The request.
    pub id: Id,
    /// Its case.
    pub case_id: Id,
    /// What people call the case.
    pub reference: String,
    /// By which day it is asked to answer.
    pub reply_by: NaiveDate,
    /// The shared mailbox.
    pub mailbox: Option<String>,
    /// Where later chases go too.
    pub escalation_mailbox: Option<String>,
}

/// The information requests that are to be answered by a day and have not been, while nothing is decided; those after a
/// key.
pub fn owed_information(
    conn: &mut Conn,
    reply_by: NaiveDate,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<OwedInformation>, Error> {
    let mut query = information_owed_by_reachable()
        .filter(information_requests::reply_by.le(reply_by))
        .filter(cases::stage.eq(Word(Stage::AwaitingDecision)))
        .order((information_requests::reply_by.asc(), information_requests::id.asc()))
        .limit(limit)
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(
            information_requests::reply_by
                .gt(day)
                .or(information_requests::reply_by.eq(day).and(information_requests::id.gt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// Those of these information requests that are still to be answered.
pub fn information_still_owed(conn: &mut Conn, ids: &[Id]) -> Result<Vec<OwedInformation>, Error> {
    Ok(information_owed_by_reachable()
        .filter(information_requests::id.one_of(ids))
        .filter(cases::stage.eq(Word(Stage::AwaitingDecision)))
        .order((information_requests::reply_by.asc(), information_requests::id.asc()))
        .load(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn information_owed_by_reachable() -> _ {
    information_requests::table
        .inner_join(cases::table)
        .inner_join(organisations::table.on(information_requests::organisation_id.eq(organisations::id)))
        .filter(information_requests::answered_on.is_null())
        .filter(information_requests::cancelled_on.is_null())
        .filter(organisations::mailbox.is_not_null())
        .select((
            information_requests::id,
            information_requests::case_id,
            cases::reference,
            information_requests::reply_by,
            organisations::mailbox,
            organisations::escalation_mailbox,
        ))
}

/// Holds these cases, so that no step is taken on them until this transaction ends, nor are they reminded of by another
/// process.
pub fn hold(tx: &mut Tx<'_>, cases: &[Id]) -> Result<(), Error> {
    if let Conn::Pg(pg) = &mut **tx {
        // In one order for all: two who hold many never wait for each other in a circle.
        cases::table
            .filter(cases::id.one_of(cases))
            .order(cases::id)
            .select(cases::id)
            .for_no_key_update()
            .load::<Id>(pg)?;
    }
    Ok(())
}

/// Of these cases, those whose plan is late: the earliest last day of an open limit for sending it.
pub fn late_plans(conn: &mut Conn, cases: &[Id], on: NaiveDate) -> Result<BTreeMap<Id, NaiveDate>, Error> {
    let final_plan: Vec<RuleIdWord> = [
        RuleId::IssueFinalPlan,
        RuleId::OrderAssessIssueFinal,
        RuleId::OrderMakePlanFinal,
        RuleId::OrderAmendContents,
        RuleId::OrderAmendPlacement,
    ]
    .map(Word)
    .to_vec();
    let rows: Vec<(Id, NaiveDate)> = deadlines::table
        .filter(deadlines::case_id.one_of(cases))
        .filter(deadlines::due_on.lt(on))
        .filter(deadlines::rule.eq_any(final_plan))
        .filter(deadlines::applicable.eq(true))
        .filter(deadlines::met_on.is_null())
        .order((deadlines::due_on.desc(), deadlines::id))
        .select((deadlines::case_id, deadlines::due_on))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// A family that may have to be warned.
#[derive(Debug, Clone, Queryable)]
pub struct Waiting {
    /// The case.
    pub case_id: Id,
    /// What people call it.
    pub reference: String,
    /// How far it has come.
    pub stage: StageWord,
    /// Day zero.
    pub received_on: NaiveDate,
    /// The last day for the final plan.
    pub final_due_on: NaiveDate,
    /// Whom to write to.
    pub contacts: Doc<Vec<Contact>>,
    /// The person's date of birth.
    pub date_of_birth: NaiveDate,
    /// Whether they lack capacity.
    pub lacks_capacity: Option<bool>,
    /// The day on which that was decided.
    pub capacity_decided_on: Option<NaiveDate>,
}

impl Waiting {
    /// Where a notice of a day goes.
    pub fn mailbox(&self, on: NaiveDate) -> Option<Mailbox> {
        let lacking_since = self.capacity_decided_on.filter(|_| self.lacks_capacity == Some(true));
        Mailbox::of(addressee((self.date_of_birth, lacking_since), &self.contacts.0, on), &self.contacts.0)
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn waiting() -> _ {
    cases::table
        .inner_join(people::table)
        .filter(cases::open)
        .order((cases::received_on.asc(), cases::id.asc()))
        .select((
            cases::id,
            cases::reference,
            cases::stage,
            cases::received_on,
            cases::final_due_on,
            cases::contacts,
            people::date_of_birth,
            people::lacks_capacity,
            people::capacity_decided_on,
        ))
}

/// The open cases whose request was received between two days, both included.
pub fn received_between(
    conn: &mut Conn,
    (from, to): (NaiveDate, NaiveDate),
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<Waiting>, Error> {
    let mut query = waiting().filter(cases::received_on.between(from, to)).limit(limit).into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(cases::received_on.gt(day).or(cases::received_on.eq(day).and(cases::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// Those of these cases that are still open.
pub fn still_open(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Waiting>, Error> {
    Ok(waiting().filter(cases::id.one_of(ids)).load(conn)?)
}

/// Of these cases, those in whose first course the final plan is owed by a day that can still be kept, each with whether an
/// exception is on record.
pub fn final_plan_ahead(conn: &mut Conn, cases: &[Id], on: NaiveDate) -> Result<BTreeMap<Id, bool>, Error> {
    let rows: Vec<(Id, bool)> = deadlines::table
        .filter(deadlines::case_id.one_of(cases))
        .filter(deadlines::rule.eq(Word(RuleId::IssueFinalPlan)))
        .filter(deadlines::applicable.eq(true))
        .filter(deadlines::met_on.is_null())
        .filter(deadlines::due_on.ge(on))
        .order(deadlines::id)
        .select((deadlines::case_id, deadlines::excepted))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The requests for advice of these cases that are owed: case and request.
pub fn owed_of_cases(conn: &mut Conn, cases: &[Id]) -> Result<Vec<(Id, Id)>, Error> {
    Ok(advice_requests::table
        .filter(advice_requests::case_id.one_of(cases))
        .filter(advice_requests::outstanding.eq(true))
        .order(advice_requests::id)
        .select((advice_requests::case_id, advice_requests::id))
        .load(conn)?)
}

/// A mail that was given up, with what it takes to say to whom it would have gone.
#[derive(Debug, Clone, Queryable)]
pub struct GivenUp {
    /// Which notice it was.
    pub kind: NoticeWord,
    /// What people call its case.
    pub reference: Option<String>,
    /// Which chase it was.
    pub chase: Option<i32>,
    /// Its facts.
    pub params: Doc<Map<String, Value>>,
    /// When it was queued, by casework.
    pub not_before: Instant,
    /// To which address.
    pub recipient: String,
    /// Whether no mail could leave.
    pub lost: bool,
    /// How often it was tried.
    pub attempts: i32,
    /// None where a newer one has taken its place.
    pub dedupe_key: Option<String>,
    /// The organisation that was asked, and what kind it is.
    pub organisation: Option<(String, OrganisationKindWord)>,
}

/// The mails that were given up after a moment, the newest first; and how many there are in all.
pub fn given_up(conn: &mut Conn, after: Option<Instant>, limit: i64) -> Result<(Vec<GivenUp>, i64), Error> {
    let mut all = messages::table.filter(messages::state.eq(Word(MessageState::Failed))).into_boxed();
    let mut found = messages::table
        .left_join(cases::table)
        .left_join(advice_requests::table.on(messages::advice_request_id.eq(advice_requests::id.nullable())))
        .left_join(organisations::table.on(advice_requests::organisation_id.eq(organisations::id.nullable())))
        .filter(messages::state.eq(Word(MessageState::Failed)))
        .order((messages::settled_at.desc(), messages::id.desc()))
        .limit(limit)
        .select((
            messages::kind,
            cases::reference.nullable(),
            messages::chase_number,
            messages::params,
            messages::not_before,
            messages::recipient,
            messages::lost,
            messages::attempts,
            messages::dedupe_key,
            (organisations::name, organisations::kind).nullable(),
        ))
        .into_boxed();
    if let Some(after) = after {
        all = all.filter(messages::settled_at.gt(after));
        found = found.filter(messages::settled_at.gt(after));
    }
    Ok((found.load(conn)?, all.count().get_result(conn)?))
}

/// A chase that left or could not, as a digest shows it.
#[derive(Debug, Clone, Queryable)]
pub struct Chased {
    /// The message.
    pub id: Id,
    /// What people call the case.
    pub reference: String,
    /// How far it has come.
    pub stage: StageWord,
    /// Who works on it.
    pub caseworker_id: Option<Id>,
    /// What was asked for.
    pub kind: AdviceKindWord,
    /// Which chase it is.
    pub number: Option<i32>,
    /// Whether it was sent.
    pub state: MessageStateWord,
    /// When it was queued, by casework.
    pub not_before: Instant,
    /// When it left or was given up.
    pub settled_at: Option<Instant>,
    /// Its facts.
    pub params: Doc<Map<String, Value>>,
}

/// The chases of open cases that were queued from a moment of casework on and have left or could not; those after a key.
pub fn chases_from(
    conn: &mut Conn,
    from: Instant,
    after: Option<(Instant, Id)>,
    limit: i64,
) -> Result<Vec<Chased>, Error> {
    let mut query = messages::table
        .inner_join(cases::table)
        .inner_join(advice_requests::table.on(messages::advice_request_id.eq(advice_requests::id.nullable())))
        .filter(messages::kind.eq(Word(Notice::AdviceChase)))
        .filter(messages::state.eq_any([Word(MessageState::Sent), Word(MessageState::Failed)]))
        .filter(messages::not_before.ge(from))
        .filter(cases::open)
        .order((messages::not_before.asc(), messages::id.asc()))
        .limit(limit)
        .select((
            messages::id,
            cases::reference,
            cases::stage,
            cases::caseworker_id,
            advice_requests::kind,
            messages::chase_number,
            messages::state,
            messages::not_before,
            messages::settled_at,
            messages::params,
        ))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(messages::not_before.gt(at).or(messages::not_before.eq(at).and(messages::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// A case with something due.
#[derive(Debug, Clone, Queryable)]
pub struct CaseDue {
    /// The case.
    pub id: Id,
    /// What people call it.
    pub reference: String,
    /// How far it has come.
    pub stage: StageWord,
    /// Who works on it.
    pub caseworker_id: Option<Id>,
    /// The next day on which the authority owes something.
    pub next_due_on: NaiveDate,
    /// What.
    pub next_rule: Option<RuleIdWord>,
    /// The last working day by then.
    pub next_act_by: Option<NaiveDate>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn open_cases() -> _ {
    cases::table.filter(cases::ended_status.is_null()).order((cases::next_due_on.asc(), cases::id.asc())).select((
        cases::id,
        cases::reference,
        cases::stage,
        cases::caseworker_id,
        cases::next_due_on,
        cases::next_rule,
        cases::next_act_by,
    ))
}

/// The open cases whose next day is at the latest this one, by that day; those after a key.
pub fn cases_due(
    conn: &mut Conn,
    due_by: NaiveDate,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<CaseDue>, Error> {
    let mut query = open_cases().filter(cases::next_due_on.le(due_by)).limit(limit).into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(cases::next_due_on.gt(day).or(cases::next_due_on.eq(day).and(cases::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// Whose cases are meant.
#[derive(Debug, Clone, Copy)]
pub enum CasesOf<'a> {
    /// Those without a caseworker.
    Nobody,
    /// Those of these users.
    Users(&'a [Id]),
}

/// The open cases of somebody whose next day is later than this one, by that day; those after a key.
pub fn cases_due_after(
    conn: &mut Conn,
    of: CasesOf<'_>,
    due_after: NaiveDate,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<CaseDue>, Error> {
    let mut query = open_cases().filter(cases::next_due_on.gt(due_after)).limit(limit).into_boxed();
    query = match of {
        CasesOf::Nobody => query.filter(cases::caseworker_id.is_null()),
        CasesOf::Users(ids) => query.filter(cases::caseworker_id.eq_any(ids.to_vec())),
    };
    if let Some((day, id)) = after {
        query = query.filter(cases::next_due_on.gt(day).or(cases::next_due_on.eq(day).and(cases::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// A limit of the authority's that is open.
#[derive(Debug, Clone, Queryable)]
pub struct OpenLimit {
    /// The case.
    pub case_id: Id,
    /// The rule.
    pub rule: RuleIdWord,
    /// What stands behind it.
    pub basis: crate::words::BasisWord,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
}

/// What the authority owes on these cases by a day.
pub fn open_limits(conn: &mut Conn, cases: &[Id], due_by: NaiveDate) -> Result<Vec<OpenLimit>, Error> {
    Ok(deadlines::table
        .filter(deadlines::case_id.one_of(cases))
        .filter(deadlines::due_on.le(due_by))
        .filter(deadlines::holder.eq(Word(Holder::LocalAuthority)))
        .filter(deadlines::applicable.eq(true))
        .filter(deadlines::met_on.is_null())
        .select((
            deadlines::case_id,
            deadlines::rule,
            deadlines::basis,
            deadlines::due_on,
            deadlines::act_by,
            deadlines::excepted,
        ))
        .load(conn)?)
}

/// A request for advice as a digest shows it.
#[derive(Debug, Clone, Queryable)]
pub struct AdviceDue {
    /// The request.
    pub id: Id,
    /// What people call its case.
    pub reference: String,
    /// How far the case has come.
    pub stage: StageWord,
    /// Who works on it.
    pub caseworker_id: Option<Id>,
    /// What is asked for.
    pub kind: AdviceKindWord,
    /// The last day in time.
    pub due_on: Option<NaiveDate>,
    /// The last working day by then.
    pub act_by: Option<NaiveDate>,
    /// The day of the answer.
    pub submitted_on: Option<NaiveDate>,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Who is asked.
    pub organisation_id: Option<Id>,
    /// Where they are written to.
    pub mailbox: Option<String>,
    /// Where later chases go too.
    pub escalation_mailbox: Option<String>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn advice_of_digest() -> _ {
    advice_requests::table
        .inner_join(cases::table)
        .left_join(organisations::table.on(advice_requests::organisation_id.eq(organisations::id.nullable())))
}

/// What digests show of a request.
macro_rules! advice_due_columns {
    () => {
        (
            advice_requests::id,
            cases::reference,
            cases::stage,
            cases::caseworker_id,
            advice_requests::kind,
            advice_requests::due_on,
            advice_requests::act_by,
            advice_requests::submitted_on,
            advice_requests::excepted,
            advice_requests::organisation_id,
            organisations::mailbox.nullable(),
            organisations::escalation_mailbox.nullable(),
        )
    };
}

/// The requests that are owed by a day, the longest due first; those after a key.
pub fn advice_due(
    conn: &mut Conn,
    due_by: NaiveDate,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<AdviceDue>, Error> {
    let mut query = advice_of_digest()
        .filter(advice_requests::outstanding.eq(true))
        .filter(advice_requests::due_on.le(due_by))
        .order((advice_requests::due_on.asc(), advice_requests::id.asc()))
        .limit(limit)
        .select(advice_due_columns!())
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(
            advice_requests::due_on.gt(day).or(advice_requests::due_on.eq(day).and(advice_requests::id.gt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// The requests that nobody is asked for and that are owed later than a day, the longest due first; those after a key.
pub fn advice_unasked(
    conn: &mut Conn,
    due_after: NaiveDate,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<AdviceDue>, Error> {
    let mut query = advice_of_digest()
        .filter(advice_requests::organisation_id.is_null())
        .filter(advice_requests::outstanding.eq(true))
        .filter(advice_requests::due_on.gt(due_after))
        .order((advice_requests::due_on.asc(), advice_requests::id.asc()))
        .limit(limit)
        .select(advice_due_columns!())
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(
            advice_requests::due_on.gt(day).or(advice_requests::due_on.eq(day).and(advice_requests::id.gt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// The requests of open cases whose answers wait to be read; those after one.
pub fn advice_to_read(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<AdviceDue>, Error> {
    let mut query = advice_of_digest()
        .filter(advice_requests::status.eq(Word(AdviceStatus::Submitted)))
        .filter(cases::open)
        .order(advice_requests::id.asc())
        .limit(limit)
        .select(advice_due_columns!())
        .into_boxed();
    if let Some(id) = after {
        query = query.filter(advice_requests::id.gt(id));
    }
    Ok(query.load(conn)?)
}

/// Everybody who can work on cases, by id.
pub fn working(conn: &mut Conn) -> Result<BTreeMap<Id, String>, Error> {
    let rows: Vec<(Id, String)> = users::table
        .filter(users::active.eq(true))
        .filter(users::role.eq_any([Word(Role::Caseworker), Word(Role::Manager)]))
        .select((users::id, users::email))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Everybody who can't work on cases, by id: their account is closed, or their part is another.
pub fn not_working(conn: &mut Conn) -> Result<Vec<Id>, Error> {
    let works = users::role.eq_any([Word(Role::Caseworker), Word(Role::Manager)]);
    Ok(users::table
        .filter(users::active.eq(false).or(diesel::dsl::not(works)))
        .order(users::id)
        .select(users::id)
        .load(conn)?)
}

/// The managers after one, by id.
pub fn managers(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<(Id, String)>, Error> {
    let mut query = users::table
        .filter(users::active.eq(true))
        .filter(users::role.eq(Word(Role::Manager)))
        .order(users::id.asc())
        .limit(limit)
        .select((users::id, users::email))
        .into_boxed();
    if let Some(id) = after {
        query = query.filter(users::id.gt(id));
    }
    Ok(query.load(conn)?)
}

/// A statutory limit of the authority's that was or may be broken.
#[derive(Debug, Clone, Queryable)]
pub struct Limit {
    /// Its id.
    pub id: Id,
    /// What people call the case.
    pub reference: String,
    /// How far the case has come.
    pub stage: StageWord,
    /// The rule.
    pub rule: RuleIdWord,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
    /// The day it was met.
    pub met_on: Option<NaiveDate>,
    /// Who works on the case.
    pub caseworker_id: Option<Id>,
    /// From which day on a breach of it can be told.
    pub breach_told_from: Option<NaiveDate>,
}

macro_rules! limit_columns {
    () => {
        (
            deadlines::id,
            cases::reference,
            cases::stage,
            deadlines::rule,
            deadlines::due_on,
            deadlines::act_by,
            deadlines::met_on,
            cases::caseworker_id,
            deadlines::breach_told_from,
        )
    };
}

/// The authority's statutory limits that no exception relieves.
macro_rules! statutory_limits {
    () => {
        deadlines::table
            .inner_join(cases::table)
            .filter(deadlines::holder.eq(Word(Holder::LocalAuthority)))
            .filter(deadlines::basis.eq(Word(Basis::Statutory)))
            .filter(deadlines::applicable.eq(true))
            .filter(deadlines::excepted.eq(false))
    };
}

/// The limits of which it can be told since a day, and on another one at the latest, that they were not kept: open, or met
/// late. Limits that bind a refusal only are left out.
pub fn newly_broken(
    conn: &mut Conn,
    (since, until): (NaiveDate, NaiveDate),
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<Limit>, Error> {
    let mut query = statutory_limits!()
        .filter(deadlines::breach_told_from.gt(since))
        .filter(deadlines::breach_told_from.le(until))
        .filter(deadlines::rule.ne_all(binding_refusals()))
        .filter(deadlines::met_on.is_null().or(deadlines::met_on.gt(deadlines::due_on.nullable()).assume_not_null()))
        .order((deadlines::breach_told_from.asc(), deadlines::id.asc()))
        .limit(limit)
        .select(limit_columns!())
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(
            deadlines::breach_told_from.gt(day).or(deadlines::breach_told_from.eq(day).and(deadlines::id.gt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// The limits that bind a refusal only, and of which it can be told since a day, and on another one at the latest, that a
/// refusal to issue a plan was notified past them.
pub fn newly_refused_late(
    conn: &mut Conn,
    (since, until): (NaiveDate, NaiveDate),
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<Limit>, Error> {
    let mut query = statutory_limits!()
        .inner_join(decisions::table.on(decisions::case_id.eq(deadlines::case_id)))
        .filter(decisions::about.eq(Word(DecisionAbout::Plan)))
        .filter(decisions::outcome.eq(Word(DecisionOutcome::Refuse)))
        .filter(decisions::entered_in_error_at.is_null())
        .filter(deadlines::breach_told_from.gt(since))
        .filter(deadlines::breach_told_from.le(until))
        .filter(deadlines::rule.eq_any(binding_refusals()))
        .filter(deadlines::met_on.eq(decisions::notified_on))
        .filter(deadlines::met_on.gt(deadlines::due_on.nullable()))
        .order((deadlines::breach_told_from.asc(), deadlines::id.asc()))
        .limit(limit)
        .select(limit_columns!())
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(
            deadlines::breach_told_from.gt(day).or(deadlines::breach_told_from.eq(day).and(deadlines::id.gt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// The open limits whose last day is between two days, both included. Limits that bind a refusal only are left out.
pub fn open_between(
    conn: &mut Conn,
    (from, to): (NaiveDate, NaiveDate),
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> Result<Vec<Limit>, Error> {
    let mut query = statutory_limits!()
        .filter(deadlines::due_on.between(from, to))
        .filter(deadlines::rule.ne_all(binding_refusals()))
        .filter(deadlines::met_on.is_null())
        .order((deadlines::due_on.asc(), deadlines::id.asc()))
        .limit(limit)
        .select(limit_columns!())
        .into_boxed();
    if let Some((day, id)) = after {
        query = query.filter(deadlines::due_on.gt(day).or(deadlines::due_on.eq(day).and(deadlines::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// The limits that bind a refusal only: past one nothing is broken until a refusal is notified.
fn binding_refusals() -> Vec<RuleIdWord> {
    RULES.iter().filter(|rule| rule.binds_refusal_only).map(|rule| Word(rule.id)).collect()
}
