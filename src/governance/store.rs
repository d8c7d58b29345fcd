//! The queries on the keeping of records, and what erases them: over the tables of every feature, in one place, so that none
//! is forgotten.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    RunQueryDsl, SelectableHelper,
};
use serde_json::{Map, Value, json};

use super::model::{Erasure, Hold, Keeping};
use crate::advice::model::Closing;
use crate::db::columns::Doc;
use crate::db::schema::{
    advice_requests, advice_shared_documents, advice_submissions, audit_events, bounces, case_ends, case_imports,
    case_viewers, cases, consultations, decisions, documents, exceptions, given_notices, idempotency_keys,
    information_requests, messages, notes, order_days, organisations, people, person_erasures, person_holds,
    plan_sections, plans, representations, suggestion_answers, users,
};
use crate::db::{Conn, OneOf, Tx, WITHHELD};
use crate::error::Error;
use crate::ids::Id;
use crate::outbox::model::MessageState;
use crate::plan::model::PlacementRecord;
use crate::text::fold_address;
use crate::time::Instant;
use crate::words::Word;

/// The cases that the thing of an id in a collection of the API belongs to.
pub fn cases_behind(conn: &mut Conn, collection: &str, id: Id) -> Result<Vec<Id>, Error> {
    Ok(match collection {
        "cases" => cases::table.find(id).select(cases::id).load(conn)?,
        "people" => cases::table.filter(cases::person_id.eq(id)).select(cases::id).load(conn)?,
        "plans" => plans::table.find(id).select(plans::case_id).load(conn)?,
        "documents" => documents::table.find(id).select(documents::case_id).load(conn)?,
        "advice-requests" => advice_requests::table.find(id).select(advice_requests::case_id).load(conn)?,
        "consultations" => consultations::table.find(id).select(consultations::case_id).load(conn)?,
        "notifications" => {
            let of: Vec<Option<Id>> = messages::table.find(id).select(messages::case_id).load(conn)?;
            of.into_iter().flatten().collect()
        }
        _ => Vec::new(),
    })
}

/// The hold on a person's record.
pub fn hold(conn: &mut Conn, person_id: Id) -> Result<Option<Hold>, Error> {
    Ok(person_holds::table.find(person_id).select(Hold::as_select()).first(conn).optional()?)
}

/// Keeps a hold.
pub fn insert_hold(tx: &mut Tx<'_>, hold: &Hold) -> Result<(), Error> {
    diesel::insert_into(person_holds::table).values(hold).execute(&mut **tx)?;
    Ok(())
}

/// Lifts a hold.
pub fn delete_hold(tx: &mut Tx<'_>, person_id: Id) -> Result<(), Error> {
    diesel::delete(person_holds::table.find(person_id)).execute(&mut **tx)?;
    Ok(())
}

/// The erasure of a person's record.
pub fn erasure(conn: &mut Conn, person_id: Id) -> Result<Option<Erasure>, Error> {
    Ok(person_erasures::table.find(person_id).select(Erasure::as_select()).first(conn).optional()?)
}

/// Those of these people whose record was erased, and on whose cases nothing was written since.
pub fn erased_for_good(conn: &mut Conn, people: &[Id]) -> Result<HashSet<Id>, Error> {
    let erased: Vec<Id> = person_erasures::table
        .filter(person_erasures::person_id.one_of(people))
        .select(person_erasures::person_id)
        .load(conn)?;
    let written_since: HashSet<Id> = person_erasures::table
        .inner_join(cases::table.on(cases::person_id.eq(person_erasures::person_id)))
        .inner_join(audit_events::table.on(audit_events::case_id.eq(cases::id.nullable())))
        .filter(person_erasures::person_id.one_of(&erased))
        .filter(audit_events::at.gt(person_erasures::erased_at))
        .select(person_erasures::person_id)
        .distinct()
        .load::<Id>(conn)?
        .into_iter()
        .collect();
    Ok(erased.into_iter().filter(|person| !written_since.contains(person)).collect())
}

/// Keeps an erasure, in the place of an earlier one.
pub fn keep_erasure(tx: &mut Tx<'_>, erasure: &Erasure) -> Result<(), Error> {
    diesel::delete(person_erasures::table.find(erasure.person_id)).execute(&mut **tx)?;
    diesel::insert_into(person_erasures::table).values(erasure).execute(&mut **tx)?;
    Ok(())
}

/// Whether a plan was issued for a person.
pub fn plan_issued(conn: &mut Conn, person_id: Id) -> Result<bool, Error> {
    let issued = plans::table
        .inner_join(cases::table)
        .filter(cases::person_id.eq(person_id))
        .filter(plans::issued_on.is_not_null())
        .filter(plans::entered_in_error_at.is_null());
    Ok(diesel::select(exists(issued)).get_result(conn)?)
}

/// The next people by id who were born on a day or before, and whose record nothing keeps; those too who were erased.
pub fn unkept(conn: &mut Conn, born_by: NaiveDate, after: Option<Id>, limit: i64) -> Result<Vec<Keeping>, Error> {
    let open = cases::table.filter(cases::open.eq(true)).select(cases::person_id);
    let mut query = people::table
        .filter(people::date_of_birth.le(born_by))
        .filter(people::id.ne_all(open))
        .filter(people::id.ne_all(person_holds::table.select(person_holds::person_id)))
        .order(people::id)
        .limit(limit)
        .select((people::id, people::date_of_birth))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(people::id.gt(after));
    }
    let rows: Vec<(Id, NaiveDate)> = query.load(conn)?;
    rows.into_iter()
        .map(|(person_id, date_of_birth)| {
            Ok(Keeping { person_id, date_of_birth, plan_issued: plan_issued(conn, person_id)? })
        })
        .collect()
}

/// What was removed of a case.
#[derive(Debug, Default)]
pub struct Removed {
    /// The digests of the documents.
    pub contents: Vec<String>,
    /// How many notes.
    pub notes: usize,
    /// How many mails.
    pub mails: usize,
}

/// Empties what people wrote about a case and whom it names. What figures and deadlines are made of stays: days, outcomes,
/// grounds, kinds, organisations.
pub fn empty_case(tx: &mut Tx<'_>, case_id: Id, at: Instant) -> Result<Removed, Error> {
    let conn = &mut **tx;
    let none = None::<String>;
    let requests: Vec<Id> =
        advice_requests::table.filter(advice_requests::case_id.eq(case_id)).select(advice_requests::id).load(conn)?;
    let closed: Vec<(Id, Option<Doc<Closing>>)> = advice_requests::table
        .filter(advice_requests::case_id.eq(case_id))
        .filter(advice_requests::closing.is_not_null())
        .select((advice_requests::id, advice_requests::closing))
        .load(conn)?;
    for (request, closing) in closed {
        let closing = closing.map(|Doc(mut closing)| {
            closing.reason = None;
            if let Some(existing) = &mut closing.existing_advice {
                existing.document_id = None;
                existing.author = None;
            }
            Doc(closing)
        });
        diesel::update(advice_requests::table.find(request)).set(advice_requests::closing.eq(closing)).execute(conn)?;
    }
    diesel::update(advice_requests::table.filter(advice_requests::case_id.eq(case_id)))
        .set(advice_requests::questions.eq(&none))
        .execute(conn)?;
    let nothing: Value = json!({ "summary": null, "needs": [], "outcomes": [], "provision": [], "author": null, "qualified_teacher": null, "documents": [] });
    diesel::update(advice_submissions::table.filter(advice_submissions::advice_request_id.eq_any(requests.clone())))
        .set((advice_submissions::content.eq(Doc(nothing)), advice_submissions::return_reason.eq(&none)))
        .execute(conn)?;
    diesel::delete(
        advice_shared_documents::table.filter(advice_shared_documents::advice_request_id.eq_any(requests.clone())),
    )
    .execute(conn)?;
    let contents: Vec<String> =
        documents::table.filter(documents::case_id.eq(case_id)).select(documents::sha256).load(conn)?;
    diesel::delete(documents::table.filter(documents::case_id.eq(case_id))).execute(conn)?;
    let notes = diesel::delete(notes::table.filter(notes::case_id.eq(case_id))).execute(conn)?;
    diesel::update(decisions::table.filter(decisions::case_id.eq(case_id)))
        .set((decisions::reasons.eq(&none), decisions::decided_by.eq(&none), decisions::reversal_reason.eq(&none)))
        .execute(conn)?;
    diesel::update(case_ends::table.filter(case_ends::case_id.eq(case_id)))
        .set((case_ends::reason.eq(&none), case_ends::withdrawn_by.eq(&none)))
        .execute(conn)?;
    // The number by which the council's other systems know the child. That the row was taken over stays.
    diesel::update(case_imports::table.filter(case_imports::case_id.eq(case_id)))
        .set((case_imports::external_reference.eq(format!("erased {case_id}")), case_imports::digest.eq("")))
        .execute(conn)?;
    diesel::delete(case_viewers::table.filter(case_viewers::case_id.eq(case_id))).execute(conn)?;
    diesel::update(exceptions::table.filter(exceptions::case_id.eq(case_id)))
        .set((exceptions::evidence.eq(&none), exceptions::lift_reason.eq(&none)))
        .execute(conn)?;
    diesel::update(information_requests::table.filter(information_requests::case_id.eq(case_id)))
        .set(information_requests::cancellation_reason.eq(&none))
        .execute(conn)?;
    diesel::update(given_notices::table.filter(given_notices::case_id.eq(case_id)))
        .set(given_notices::cancellation_reason.eq(&none))
        .execute(conn)?;
    diesel::update(suggestion_answers::table.filter(suggestion_answers::case_id.eq(case_id)))
        .set(suggestion_answers::reason.eq(""))
        .execute(conn)?;
    diesel::update(order_days::table.filter(order_days::case_id.eq(case_id)))
        .set(order_days::reason.eq(&none))
        .execute(conn)?;
    empty_plans(conn, case_id)?;
    diesel::update(representations::table.filter(representations::case_id.eq(case_id)))
        .set((representations::text.eq(&none), representations::requested_setting.eq(&none)))
        .execute(conn)?;
    diesel::update(consultations::table.filter(consultations::case_id.eq(case_id)))
        .set(consultations::text.eq(&none))
        .execute(conn)?;
    let mails = empty_mails(conn, case_id, requests, at)?;
    Ok(Removed { contents, notes, mails })
}

fn empty_plans(conn: &mut Conn, case_id: Id) -> Result<(), Error> {
    let versions: Vec<(Id, Option<Doc<PlacementRecord>>)> =
        plans::table.filter(plans::case_id.eq(case_id)).select((plans::id, plans::placement)).load(conn)?;
    diesel::update(plans::table.filter(plans::case_id.eq(case_id)))
        .set((
            plans::printed.eq(None::<Doc<Value>>),
            plans::override_reason.eq(None::<String>),
            plans::signed_by.eq(None::<String>),
            plans::not_named.eq(None::<Doc<Value>>),
            plans::overrides.eq(None::<Doc<Value>>),
            plans::health_agreement.eq(None::<Doc<Value>>),
        ))
        .execute(conn)?;
    let ids: Vec<Id> = versions.iter().map(|(id, _)| *id).collect();
    diesel::update(plan_sections::table.filter(plan_sections::plan_id.one_of(&ids)))
        .set((plan_sections::text.eq(""), plan_sections::sources.eq(Doc(Vec::<Value>::new()))))
        .execute(conn)?;
    for (id, Doc(mut placement)) in versions.into_iter().filter_map(|(id, placement)| Some((id, placement?))) {
        // What kind of placement it was decides over what the plan had to say; the words are the author's. Only the plan
        // that was sent has one.
        if placement.setting_type.is_some() || placement.inappropriate_because.is_some() {
            placement.setting_type = placement.setting_type.map(|_| String::new());
            placement.inappropriate_because = placement.inappropriate_because.map(|_| String::new());
            diesel::update(plans::table.find(id)).set(plans::placement.eq(Some(Doc(placement)))).execute(conn)?;
        }
    }
    Ok(())
}

/// Withdraws what waits, and leaves of every mail that it was sent and when.
fn empty_mails(conn: &mut Conn, case_id: Id, requests: Vec<Id>, at: Instant) -> Result<usize, Error> {
    let of_case: Vec<Id> = messages::table.filter(messages::case_id.eq(case_id)).select(messages::id).load(conn)?;
    let mut ids: Vec<Id> =
        messages::table.filter(messages::advice_request_id.eq_any(requests)).select(messages::id).load(conn)?;
    ids.extend(of_case);
    ids.sort_unstable();
    ids.dedup();
    forget_addresses(conn, &ids)?;
    let waiting = [Word(MessageState::Queued), Word(MessageState::Failed)];
    diesel::update(messages::table.filter(messages::id.eq_any(ids.clone())).filter(messages::state.eq_any(waiting)))
        .set((messages::state.eq(Word(MessageState::Withdrawn)), messages::settled_at.eq(at)))
        .execute(conn)?;
    Ok(diesel::update(messages::table.filter(messages::id.eq_any(ids)))
        .set((
            messages::recipient.eq(""),
            messages::params.eq(Doc(Map::<String, Value>::new())),
            messages::dedupe_key.eq(None::<String>),
            messages::server_answer.eq(None::<String>),
        ))
        .execute(conn)?)
}

/// Forgets which addresses of these messages refuse mail, but for those of staff and of organisations: they are written to
/// about others too.
fn forget_addresses(conn: &mut Conn, ids: &[Id]) -> Result<(), Error> {
    let recipients: Vec<String> =
        messages::table.filter(messages::id.one_of(ids)).select(messages::recipient).distinct().load(conn)?;
    let mut addresses: HashSet<String> = recipients.iter().map(|recipient| fold_address(recipient)).collect();
    let folded: Vec<String> = addresses.iter().cloned().collect();
    let staff: Vec<String> = users::table.filter(users::email.eq_any(folded)).select(users::email).load(conn)?;
    let mailboxes: Vec<(Option<String>, Option<String>)> = organisations::table
        .filter(
            organisations::mailbox.eq_any(recipients.clone()).or(organisations::escalation_mailbox.eq_any(recipients)),
        )
        .select((organisations::mailbox, organisations::escalation_mailbox))
        .load(conn)?;
    let mailboxes = mailboxes.into_iter().flat_map(|(mailbox, escalation)| [mailbox, escalation]).flatten();
    for address in staff.into_iter().chain(mailboxes) {
        addresses.remove(&fold_address(&address));
    }
    diesel::delete(bounces::table.filter(bounces::address.eq_any(addresses))).execute(conn)?;
    Ok(())
}

/// Forgets the answers that are kept for repetitions: what an answer tells of whom can't be seen by looking at it. The request
/// at hand keeps its key, whose answer is not written yet.
pub fn forget_answers(tx: &mut Tx<'_>) -> Result<(), Error> {
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::status.ne(0))).execute(&mut **tx)?;
    Ok(())
}

/// Empties the answers that are kept for the repetitions of others than some users. Their keys stay taken, so that nothing is
/// done twice.
pub fn withhold_answers(tx: &mut Tx<'_>, but_of: &[Id]) -> Result<(), Error> {
    let answered = idempotency_keys::table
        .filter(idempotency_keys::status.ne(0))
        .filter(idempotency_keys::user_id.ne_all(but_of.to_vec()));
    diesel::update(answered)
        .set((
            idempotency_keys::status.eq(WITHHELD),
            idempotency_keys::headers.eq(Doc(json!({}))),
            idempotency_keys::body.eq(""),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
