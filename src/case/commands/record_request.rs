//! Recording a request for an assessment.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use statute::Stage;
use utoipa::ToSchema;

use super::{check_caseworker, check_setting, check_viewers, name_those_who_work};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Submitted;
use crate::calendar;
use crate::case::model::{Case, Contact, NOTHING_DUE, Requester};
use crate::case::{notices, store};
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::governance;
use crate::ids::Id;
use crate::person;
use crate::person::model::{Person, PersonBody, PersonView, possible_duplicate};
use crate::text::is_email;
use crate::words::RequestSourceWord;

/// A request for an assessment, as it is recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseBody {
    /// Whom it is about, if they are not known yet.
    pub person: Option<PersonBody>,
    /// Whom it is about, if they are known.
    pub person_id: Option<Id>,
    /// Day zero: the day the authority received the request or became responsible, not the day it is logged.
    pub received_on: NaiveDate,
    /// Who asked.
    pub request_source: RequestSourceWord,
    /// Who asked, by name.
    pub requester: Option<Requester>,
    /// Whom to write to.
    #[schema(max_items = 20)]
    pub contacts: Option<Vec<Contact>>,
    /// The child's school, college or provider: an organisation of such a kind.
    pub setting_id: Option<Id>,
    /// Who works on it. A caseworker can name themselves only.
    pub caseworker_id: Option<Id>,
    /// Only named viewers and managers see it: a colleague's child, a protected address.
    pub restricted: Option<bool>,
    /// Who sees it while it is restricted. The caseworker who records it is always among them.
    #[schema(max_items = 100)]
    pub viewers: Option<Vec<Id>>,
    /// The person is none of the candidates of a `possible_duplicate` answer.
    pub confirm_new_person: Option<bool>,
}

/// Records a request: the person, if they are not known yet, and the case with every deadline.
pub fn record_request(app: &App, tx: &mut Tx<'_>, acting: &Acting, body: Submitted<CaseBody>) -> Result<Case, Error> {
    let (body, (person, is_new)) = body.judge(|body, faults| {
        let (person, is_new) = person_of(tx, acting, body, faults)?;
        check_received(person.as_ref(), body.received_on, acting.today, faults);
        check_people(body.requester.as_ref(), body.contacts.as_deref().unwrap_or_default(), faults);
        check_setting(tx, body.setting_id, faults)?;
        check_viewers(tx, body.viewers.as_deref().unwrap_or_default(), faults)?;
        check_caseworker(tx, acting, body.caseworker_id, None, faults)?;
        Ok((person, is_new))
    })?;
    let person = person.ok_or_else(|| Error::internal("a request without a person was not found faulty"))?;
    // Taking the number makes whoever records a case at the same moment wait: from here on nobody else can add the
    // same person.
    let reference = store::next_reference(tx, body.received_on)?;
    if is_new {
        refuse_duplicate(tx, acting, &person, body.confirm_new_person.unwrap_or(false))?;
        person::store::insert(tx, &person)?;
    }
    if store::of_person(tx, person.id)?.iter().any(|case| case.open) {
        return Err(store::already_open());
    }
    let calendar = calendar::store::working_days(tx)?;
    let case =
        store::insert_new(tx, new_case(reference, &person, body.received_on, acting, &body), &calendar, acting.today)?;
    store::set_words(tx, case.id, &store::search_words(&case.reference, &person))?;
    let mut viewers = body.viewers.unwrap_or_default();
    if case.restricted {
        name_those_who_work(tx, acting, &case, &mut viewers)?;
    }
    store::set_viewers(tx, case.id, &viewers)?;
    let event = Event::new("request_recorded", "case", case.id).case(case.id).on(case.received_on).after(&json!({
        "reference": case.reference,
        "received_on": case.received_on,
        "request_source": case.request_source,
        "person": PersonView::from(person),
    }));
    audit::record(tx, acting, event)?;
    notices::request_received(app, tx, acting, &case)?;
    Ok(case)
}

fn new_case(reference: String, person: &Person, received_on: NaiveDate, acting: &Acting, body: &CaseBody) -> Case {
    Case {
        id: Id::new(),
        reference,
        stage: Stage::AwaitingDecision.into(),
        open: true,
        person_id: person.id,
        received_on,
        request_source: body.request_source,
        requester: body.requester.clone().map(Doc),
        contacts: Doc(body.contacts.clone().unwrap_or_default()),
        setting_id: body.setting_id,
        caseworker_id: body.caseworker_id,
        restricted: body.restricted.unwrap_or(false),
        version: 1,
        created_at: acting.at,
        updated_at: acting.at,
        final_due_on: received_on,
        next_rule: None,
        next_due_on: NOTHING_DUE,
        next_act_by: None,
        open_due_on: None,
        excepted_due_on: None,
        soonest_act_by: None,
        ended_status: None,
        advice_requested: 0,
        advice_received: 0,
        advice_accepted: 0,
    }
}

/// The person: known by id, or new.
fn person_of(
    conn: &mut Conn,
    acting: &Acting,
    body: &CaseBody,
    faults: &mut Faults,
) -> Result<(Option<Person>, bool), Error> {
    match (&body.person, body.person_id) {
        (Some(new), None) => {
            let said_on = body.received_on.min(acting.today);
            let person = Person::new(new.clone(), acting.at, said_on);
            person.check("/person", acting.today, faults);
            Ok((Some(person), true))
        }
        (None, Some(id)) => {
            let found: Vec<Person> = person::store::find(conn, id)?.into_iter().collect();
            let found = store::people_visible(conn, acting, found)?.pop();
            let erased = governance::store::erasure(conn, id)?.is_some();
            let found = found.filter(|_| !erased);
            faults.unless(found.is_some(), "/person_id", Code::UnknownPerson, "There is no such person.");
            Ok((found, false))
        }
        (Some(_), Some(_)) => {
            faults.add("/person_id", Code::UnknownField, "Give either person or person_id, not both.");
            Ok((None, false))
        }
        (None, None) => {
            let detail = "Give person, or person_id of somebody who is known.";
            faults.unless(!faults.is_sound("/person_id"), "/person", Code::MissingField, detail);
            Ok((None, false))
        }
    }
}

fn check_received(person: Option<&Person>, received_on: NaiveDate, today: NaiveDate, faults: &mut Faults) {
    if received_on > today {
        let detail = format!("Give a day no later than today, {today}.");
        faults.add("/received_on", Code::DateInFuture, detail);
    }
    let Some(person) = person else {
        return;
    };
    if !faults.is_sound("/received_on") || !faults.is_sound("/person/date_of_birth") {
        return;
    }
    if received_on < person.date_of_birth {
        faults.add("/received_on", Code::DateBeforeBirth, "Give a day no earlier than the birth.");
    } else if statute::too_old(person.date_of_birth, received_on) {
        let detail = "Whoever is 25 or over when the request is received cannot be assessed (section 36 of the Act).";
        faults.add("/person/date_of_birth", Code::TooOld, detail);
    }
}

pub(super) fn check_people(requester: Option<&Requester>, contacts: &[Contact], faults: &mut Faults) {
    let mut check = |pointer: String, email: Option<&str>| {
        let fine = email.is_none_or(is_email);
        faults.unless(fine, pointer, Code::InvalidEmail, "Expected an address such as name@example.org.");
    };
    check("/requester/email".to_owned(), requester.and_then(|one| one.email.as_deref()));
    for (index, contact) in contacts.iter().enumerate() {
        check(format!("/contacts/{index}/email"), contact.email.as_deref());
    }
}

/// A person who may be known already is a matter for whoever records the case to settle.
fn refuse_duplicate(tx: &mut Tx<'_>, acting: &Acting, person: &Person, confirmed: bool) -> Result<(), Error> {
    let alike = if confirmed { Vec::new() } else { person::store::alike(tx, person, None)? };
    if alike.is_empty() {
        return Ok(());
    }
    let detail = "Repeat the request with person_id of the candidate who it is, or with confirm_new_person: true. Where \
        no candidate is shown, ask a manager.";
    let hidden = store::hidden_cases(tx, acting, &alike)?;
    Err(possible_duplicate(store::people_visible(tx, acting, alike)?, hidden, detail))
}
