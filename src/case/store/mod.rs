//! The queries on cases.

mod check;
mod facts;
mod figures;
mod list;
mod marks;
mod parts;
mod past;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    SelectableHelper,
};

pub use check::{Difference, after, count, differences, idle_exceptions};
pub use facts::{
    AdviceClock, Derived, Parts, PlanDays, appeals, deadlines, derive, facts, facts_of, fill, insert_deadlines,
    latest_decisions, mediations, order_days, orders, parts_of, progress, project, track_id,
};
pub use figures::{Counted, forget_mistake, insert_counted};
pub use list::{Key, Row, list};
pub use marks::{is_marked, mark};
pub use parts::{
    ClosureRow, answered_suggestions, closures_of, decisions, end, exception, exceptions, insert_decision, insert_end,
    insert_exception, insert_note, insert_suggestion_answer, notes, update_decision, update_end, update_exception,
};
pub use past::{MENDED, caseworkers_as_at, known_after, parts_as_at};

use statute::{Calendar, CaseFacts, Stage};

use super::model::Case;
use crate::auth::{Acting, Actor, Role};
use crate::codes::Code;
use crate::db::schema::{
    advice_links, advice_requests, case_viewers, case_words, cases, organisations, people, person_erasures,
    reference_counters, users,
};
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::organisation::model::Organisation;
use crate::outbox;
use crate::outbox::model::Moot;
use crate::person::model::Person;
use crate::text;

/// Which cases an actor may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// All: a manager, and the service itself.
    All,
    /// What is not restricted, and what names this user.
    NamedOrOpen(Id),
    /// None: whoever comes by a secure link sees one request for advice, and never a case.
    Nothing,
}

impl Sight {
    fn of(acting: &Acting) -> Self {
        match &acting.actor {
            Actor::System(_) => Self::All,
            Actor::User(user) if user.role == Role::Manager => Self::All,
            Actor::User(user) => Self::NamedOrOpen(user.user_id),
            Actor::Link(_) => Self::Nothing,
        }
    }
}

/// The case of an id, if the actor may know that there is one.
pub fn visible(conn: &mut Conn, acting: &Acting, id: Id) -> Result<Option<Case>, Error> {
    let mut query = cases::table.filter(cases::id.eq(id)).select(Case::as_select()).into_boxed();
    match Sight::of(acting) {
        Sight::All => {}
        Sight::NamedOrOpen(viewer) => {
            let named = case_viewers::table.filter(case_viewers::user_id.eq(viewer)).select(case_viewers::case_id);
            query = query.filter(cases::restricted.eq(false).or(cases::id.eq_any(named)));
        }
        Sight::Nothing => return Ok(None),
    }
    Ok(query.first(conn).optional()?)
}

/// Makes whoever changes this case or a part of it at the same moment wait for this transaction's end; what is read
/// after this stays as it is. On SQLite every transaction that writes waits for the one before anyway.
pub fn lock(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    if let Conn::Pg(pg) = &mut **tx {
        cases::table.find(id).select(cases::id).for_update().first::<Id>(pg).optional()?;
    }
    Ok(())
}

/// The case of an id, locked for a step on it or on a part of it: of two steps at once the second finds the version of
/// the first, and is told that it is stale.
pub fn open_for_step(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<Case, Error> {
    lock(tx, id)?;
    let case = visible(tx, acting, id)?.ok_or(Error::NotFound)?;
    refuse_erased(tx, case.person_id)?;
    Ok(case)
}

/// Nothing is written on a case of somebody whose record was erased: it would have to be erased again.
pub fn refuse_erased(conn: &mut Conn, person_id: Id) -> Result<(), Error> {
    let erased = person_erasures::table.find(person_id).select(person_erasures::person_id).first::<Id>(conn);
    match erased.optional()? {
        None => Ok(()),
        Some(_) => {
            let detail = "This person's record was erased: nothing of it is left to change, and nothing is added to it. \
                If it has to go on, record a new request with a new person.";
            Err(Error::conflict(Code::NotNow, detail))
        }
    }
}

/// The case of an id, whoever asks. For what has been decided to be visible by other means.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Case>, Error> {
    Ok(cases::table.find(id).select(Case::as_select()).first(conn).optional()?)
}

/// The cases of a person, newest first.
pub fn of_person(conn: &mut Conn, person_id: Id) -> Result<Vec<Case>, Error> {
    Ok(cases::table
        .filter(cases::person_id.eq(person_id))
        .order((cases::received_on.desc(), cases::id.desc()))
        .select(Case::as_select())
        .load(conn)?)
}

/// Those of these people none of whose cases is hidden from the actor: what is known of a person, a protected address
/// above all, belongs to every case of theirs.
pub fn people_visible(conn: &mut Conn, acting: &Acting, people: Vec<Person>) -> Result<Vec<Person>, Error> {
    let mut visible_people = Vec::new();
    for person in people {
        if !has_hidden_case(conn, acting, person.id)? {
            visible_people.push(person);
        }
    }
    Ok(visible_people)
}

/// The cases of these people that the actor may not know of.
pub fn hidden_cases(conn: &mut Conn, acting: &Acting, people: &[Person]) -> Result<Vec<Id>, Error> {
    let mut hidden = Vec::new();
    for person in people {
        for case in of_person(conn, person.id)?.into_iter().filter(|case| case.restricted) {
            if visible(conn, acting, case.id)?.is_none() {
                hidden.push(case.id);
            }
        }
    }
    Ok(hidden)
}

/// Whether a person has a case that the actor may not know of.
pub fn has_hidden_case(conn: &mut Conn, acting: &Acting, person_id: Id) -> Result<bool, Error> {
    let all = of_person(conn, person_id)?;
    is_one_hidden(conn, acting, &all)
}

/// Whether one of these cases is one that the actor may not know of.
pub fn is_one_hidden(conn: &mut Conn, acting: &Acting, all: &[Case]) -> Result<bool, Error> {
    for case in all.iter().filter(|case| case.restricted) {
        if visible(conn, acting, case.id)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The next reference of a year. Whoever records a case at the same moment, of whichever year, waits for this
/// transaction's end.
pub fn next_reference(tx: &mut Tx<'_>, received_on: NaiveDate) -> Result<String, Error> {
    if let Conn::Pg(pg) = &mut **tx {
        // In the order of every step: cases before bank holidays, which a new calendar locks in this order too.
        pg.batch_execute(
            "LOCK TABLE reference_counters IN SHARE ROW EXCLUSIVE MODE; LOCK TABLE cases IN ROW EXCLUSIVE MODE",
        )?;
    }
    let year = received_on.year();
    Ok(reference(year, last_number_after(tx, year, 1)?))
}

/// A reference as people write it.
pub fn reference(year: i32, number: i32) -> String {
    format!("EHC-{year}-{number:06}")
}

/// Takes the next `count` numbers of a year; answers the last of them.
pub fn last_number_after(tx: &mut Tx<'_>, year: i32, count: i32) -> Result<i32, Error> {
    Ok(native!(&mut **tx, |conn| diesel::insert_into(reference_counters::table)
        .values((reference_counters::year.eq(year), reference_counters::last_number.eq(count)))
        .on_conflict(reference_counters::year)
        .do_update()
        .set(reference_counters::last_number.eq(reference_counters::last_number + count))
        .returning(reference_counters::last_number)
        .get_result(conn))?)
}

/// Keeps a new case, derived from its day zero.
pub fn insert_new(tx: &mut Tx<'_>, mut case: Case, calendar: &Calendar, today: NaiveDate) -> Result<Case, Error> {
    let facts = CaseFacts::received(case.received_on);
    let (stage, derived, summary) = derive(&facts, calendar);
    case.stage = stage.into();
    case.project(&summary);
    diesel::insert_into(cases::table).values(&case).execute(&mut **tx).map_err(one_open_case)?;
    let mut new: Vec<Derived> = derived.iter().map(|deadline| Derived::new(case.id, deadline)).collect();
    new.iter_mut().for_each(|row| row.judge_breach(None, today));
    insert_deadlines(tx, &new)?;
    let status = figures::social_care_status(tx, &case)?;
    insert_counted(tx, &[Counted::of(&case, status, &Parts::default(), &facts, &derived)?])?;
    Ok(case)
}

/// Keeps a case after something about it or a part of it changed: derives it again and raises its version. The caller
/// has locked it.
pub fn keep(tx: &mut Tx<'_>, acting: &Acting, mut case: Case, calendar: &Calendar) -> Result<Case, Error> {
    let (was_open, stage) = (case.open, case.stage);
    let moved = project(tx, &mut case, calendar, acting.today)?;
    let requests: Vec<Id> = moved.iter().map(|(request, _)| *request).collect();
    let written_about = outbox::unsent_about(tx, &requests)?;
    let written_about = moved.iter().filter(|(request, _)| written_about.contains(request));
    rearm(tx, acting, written_about.copied().collect())?;
    if stage != case.stage || moved.iter().any(|(_, clock)| !clock.outstanding) {
        withdraw_what_is_over(tx, acting, &case)?;
    }
    if was_open && !case.open {
        end_links(tx, acting, case.id)?;
        // Whatever still waited to be said about it.
        outbox::withdraw(tx, acting, &Moot { case_id: Some(case.id), ..Moot::default() })?;
    }
    case.version = case.version.saturating_add(1);
    case.updated_at = acting.at;
    update(tx, &case)?;
    Ok(case)
}

/// What waits to remind of these requests is moot: their last day moved, or nothing is owed any more. What waits to ask for
/// them tells the new day, or is moot too.
fn rearm(tx: &mut Tx<'_>, acting: &Acting, moved: Vec<(Id, AdviceClock)>) -> Result<(), Error> {
    let mut owed: BTreeMap<NaiveDate, Vec<Id>> = BTreeMap::new();
    let (mut moot, mut over) = (Vec::new(), Vec::new());
    for (request, clock) in moved {
        match clock.due_on.filter(|_| clock.outstanding) {
            Some(due_on) => owed.entry(due_on).or_default().push(request),
            None => over.push(request),
        }
        moot.push(request);
    }
    // What was asked on one day is mostly due on one day.
    for (due_on, requests) in owed {
        outbox::tell_day(tx, &requests, &[Notice::AdviceRequest, Notice::AdviceLink], due_on)?;
    }
    let reminding = vec![Notice::AdviceReminder, Notice::AdviceChase];
    for (advice_requests, kinds) in [(moot, reminding), (over, vec![Notice::AdviceRequest])] {
        if !advice_requests.is_empty() {
            outbox::withdraw(tx, acting, &Moot { advice_requests, kinds, ..Moot::default() })?;
        }
    }
    Ok(())
}

/// Withdraws what still waits to tell the family or a setting of a stage that is over.
fn withdraw_what_is_over(tx: &mut Tx<'_>, acting: &Acting, case: &Case) -> Result<(), Error> {
    let stage = case.stage.0;
    let owed = advice_requests::table
        .filter(advice_requests::case_id.eq(case.id))
        .filter(advice_requests::outstanding.eq(true));
    let waits_for_advice = owed.select(advice_requests::id).first::<Id>(&mut **tx).optional()?.is_some();
    let kinds = [
        (Notice::FamilyRequestReceived, stage != Stage::AwaitingDecision),
        (Notice::InformationRequest, stage != Stage::AwaitingDecision),
        (Notice::InformationReminder, stage != Stage::AwaitingDecision),
        (Notice::InformationChase, stage != Stage::AwaitingDecision),
        (Notice::FamilyDraftServed, stage != Stage::DraftServed),
        (Notice::FamilyDateAtRisk, !waits_for_advice || !stage.is_open()),
    ];
    let kinds: Vec<_> = kinds.into_iter().filter(|(_, moot)| *moot).map(|(kind, _)| kind).collect();
    outbox::withdraw(tx, acting, &Moot { case_id: Some(case.id), kinds, ..Moot::default() })?;
    Ok(())
}

/// Ends the secure links to the requests of a case that has ended. If the case is opened again, advice is asked for anew.
fn end_links(tx: &mut Tx<'_>, acting: &Acting, case_id: Id) -> Result<(), Error> {
    let requests = advice_requests::table.filter(advice_requests::case_id.eq(case_id)).select(advice_requests::id);
    let standing = advice_links::table
        .filter(advice_links::advice_request_id.eq_any(requests))
        .filter(advice_links::spent_at.is_null())
        .select(advice_links::id);
    let ids: Vec<Id> = standing.load(&mut **tx)?;
    if !ids.is_empty() {
        diesel::update(advice_links::table.filter(advice_links::id.eq_any(ids)))
            .set(advice_links::spent_at.eq(acting.at))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The one unique index that a case can violate is that of one open case a person; references are given out by a counter.
fn one_open_case(fault: DieselError) -> Error {
    match fault {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => already_open(),
        other => other.into(),
    }
}

/// A person has one open case at a time.
pub fn already_open() -> Error {
    Error::conflict(Code::CaseAlreadyOpen, "This person has an open case: work on that one, or end it first.")
}

/// Keeps a change; `case.version` is the new one.
pub fn update(tx: &mut Tx<'_>, case: &Case) -> Result<(), Error> {
    let before = case.version.saturating_sub(1);
    let changed = diesel::update(cases::table.find(case.id).filter(cases::version.eq(before)))
        .set(case)
        .execute(&mut **tx)
        .map_err(one_open_case)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// The named viewers of a case.
pub fn viewers(conn: &mut Conn, case_id: Id) -> Result<Vec<Id>, Error> {
    Ok(case_viewers::table
        .filter(case_viewers::case_id.eq(case_id))
        .order(case_viewers::user_id)
        .select(case_viewers::user_id)
        .load(conn)?)
}

/// Names the viewers of a case, these and no others.
pub fn set_viewers(tx: &mut Tx<'_>, case_id: Id, viewers: &[Id]) -> Result<(), Error> {
    diesel::delete(case_viewers::table.filter(case_viewers::case_id.eq(case_id))).execute(&mut **tx)?;
    let named: BTreeSet<&Id> = viewers.iter().collect();
    for viewer in named {
        diesel::insert_into(case_viewers::table)
            .values((case_viewers::case_id.eq(case_id), case_viewers::user_id.eq(viewer)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The words by which a case is found.
pub fn search_words(reference: &str, person: &Person) -> Vec<String> {
    let mut words = text::words(reference);
    words.extend(reference.rsplit('-').next().map(|number| number.trim_start_matches('0').to_owned()));
    for part in [Some(&person.forename), Some(&person.surname), person.upn.as_ref(), person.nhs_number.as_ref()] {
        words.extend(part.into_iter().flat_map(|part| text::words(part)));
    }
    words.sort();
    words.dedup();
    words
}

/// Writes the words by which a case is found.
pub fn set_words(tx: &mut Tx<'_>, case_id: Id, words: &[String]) -> Result<(), Error> {
    diesel::delete(case_words::table.filter(case_words::case_id.eq(case_id))).execute(&mut **tx)?;
    let rows: Vec<_> = words.iter().map(|word| (case_words::word.eq(word), case_words::case_id.eq(case_id))).collect();
    native!(&mut **tx, |conn| diesel::insert_into(case_words::table).values(&rows).execute(conn))?;
    Ok(())
}

/// The active user of an id with one of these roles.
pub fn active_user(conn: &mut Conn, id: Id, roles: &[Role]) -> Result<Option<String>, Error> {
    let found: Option<(String, crate::auth::RoleWord)> = users::table
        .filter(users::id.eq(id))
        .filter(users::active.eq(true))
        .select((users::name, users::role))
        .first(conn)
        .optional()?;
    Ok(found.filter(|(_, role)| roles.contains(&role.0)).map(|(name, _)| name))
}

/// Whom a case is about, where the child goes to school, and the name of who works on it.
pub fn surroundings(conn: &mut Conn, case: &Case) -> Result<(Person, Option<Organisation>, Option<String>), Error> {
    cases::table
        .inner_join(people::table)
        .left_join(organisations::table)
        .left_join(users::table)
        .filter(cases::id.eq(case.id))
        .select((Person::as_select(), Option::<Organisation>::as_select(), users::name.nullable()))
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::internal(format!("case {} has no person", case.id)))
}

/// The person of a case.
pub fn person(conn: &mut Conn, case: &Case) -> Result<Person, Error> {
    people::table
        .find(case.person_id)
        .select(Person::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::internal(format!("case {} has no person", case.id)))
}
