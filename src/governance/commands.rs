//! What managers do about the keeping of a person's record, and what the service does by itself.

use chrono::{Datelike, Months, NaiveDate};
use serde_json::json;

use super::model::{Erasure, ErasureBody, ErasureView, Hold, HoldBody, Keeping};
use super::store;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::{Step, Submitted};
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::person::model::{Person, SensoryImpairment};
use crate::text::{self, name_key};
use crate::{calendar, case, person};

/// How many people are looked at together.
const BATCH: i64 = 200;

/// A person all of whose cases the actor may see, with the cases.
pub fn open(conn: &mut Conn, acting: &Acting, id: Id) -> Result<(Person, Vec<Case>), Error> {
    let found = person::store::find(conn, id)?.into_iter().collect();
    let person = case::store::people_visible(conn, acting, found)?.pop().ok_or(Error::NotFound)?;
    let cases = case::store::of_person(conn, id)?;
    Ok((person, cases))
}

/// Keeps a person's record from being erased. A hold that is there already is replaced.
pub fn place_hold(tx: &mut Tx<'_>, acting: &Acting, id: Id, body: Submitted<HoldBody>) -> Result<Hold, Error> {
    let (_, cases) = open(tx, acting, id)?;
    let (body, ()) = body.judge(|body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    case::store::refuse_erased(tx, id)?;
    let hold = Hold { person_id: id, reason: body.reason, placed_by: acting.person()?.user_id, placed_at: acting.at };
    store::delete_hold(tx, id)?;
    store::insert_hold(tx, &hold)?;
    let events = cases
        .iter()
        .map(|one| Event::new("hold_placed", "person", id).case(one.id).on(acting.today).because(hold.reason.clone()));
    audit::record_all(tx, acting, events.collect())?;
    Ok(hold)
}

/// Lifts the hold on a person's record.
pub fn lift_hold(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(), Error> {
    let (_, cases) = open(tx, acting, id)?;
    store::hold(tx, id)?.ok_or(Error::NotFound)?;
    store::delete_hold(tx, id)?;
    let events = cases.iter().map(|one| Event::new("hold_lifted", "person", id).case(one.id).on(acting.today));
    audit::record_all(tx, acting, events.collect())
}

/// What an erasure did, and the digests of the documents whose content has to go once it is committed.
#[derive(Debug, Default)]
pub struct Erased {
    /// What it did.
    pub view: ErasureView,
    /// The digests.
    pub contents: Vec<String>,
}

/// Erases a person's record, whatever its age, as a manager decides.
pub fn erase(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<ErasureBody>) -> Result<Erased, Error> {
    let (person, _) = open(tx, acting, id)?;
    let (body, ()) = step.judge(person.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    erase_record(tx, acting, id, &body.reason)
}

/// Takes out of a person's record whatever tells who they are and what was written about them. Days and outcomes stay, so
/// that every figure stays what it was; the chain of what happened stays, without why, before and after. A record that was erased
/// is erased again where something has been written since.
fn erase_record(tx: &mut Tx<'_>, acting: &Acting, id: Id, reason: &str) -> Result<Erased, Error> {
    for one in case::store::of_person(tx, id)? {
        case::store::lock(tx, one.id)?;
    }
    let (mut person, cases) = open(tx, acting, id)?;
    if !store::erased_for_good(tx, &[id])?.is_empty() {
        return Err(Error::conflict(Code::NotNow, "This person's record was erased, and nothing was written since."));
    }
    if store::hold(tx, id)?.is_some() {
        return Err(Error::conflict(Code::NotNow, "A hold keeps this person's record: lift it first."));
    }
    if cases.iter().any(|one| one.open) {
        return Err(Error::conflict(Code::NotNow, "A case of this person is open: end it first."));
    }
    forget_who(&mut person, acting);
    person::store::update(tx, &person)?;
    store::keep_erasure(tx, &Erasure { person_id: id, erased_by: acting.user_id(), erased_at: acting.at })?;
    store::forget_answers(tx)?;
    let calendar = calendar::store::working_days(tx)?;
    let mut erased = Erased::default();
    for mut one in cases {
        let removed = store::empty_case(tx, one.id, acting.at)?;
        one.requester = None;
        one.contacts = Doc(Vec::new());
        case::store::set_words(tx, one.id, &reference_words(&one.reference))?;
        erased.view.cases = erased.view.cases.saturating_add(1);
        erased.view.documents = erased.view.documents.saturating_add(removed.contents.len());
        erased.view.notes = erased.view.notes.saturating_add(removed.notes);
        erased.view.mails = erased.view.mails.saturating_add(removed.mails);
        erased.contents.extend(removed.contents);
        let changes = audit::store::forget_details(tx, one.id)?;
        erased.view.changes = erased.view.changes.saturating_add(changes);
        let event = Event::new("person_erased", "person", id).case(one.id).on(acting.today).because(reason);
        let left = json!({ "documents": erased.view.documents, "notes": removed.notes, "mails": removed.mails });
        audit::record(tx, acting, event.after(&left))?;
        case::store::keep(tx, acting, one, &calendar)?;
    }
    Ok(erased)
}

/// The year of birth stays: how old people are is a figure.
fn forget_who(person: &mut Person, acting: &Acting) {
    person.forename = String::new();
    person.surname = String::new();
    person.name_key = name_key("", "");
    person.date_of_birth = NaiveDate::from_ymd_opt(person.date_of_birth.year(), 1, 1).unwrap_or(person.date_of_birth);
    person.sex = None;
    person.ethnicity = None;
    person.postcode = None;
    person.upn = None;
    person.uln = None;
    person.nhs_number = None;
    person.national_curriculum_year = None;
    person.curriculum_year_told_for = None;
    person.sensory_impairment = SensoryImpairment::None.into();
    person.parent_in_armed_forces = None;
    person.lacks_capacity = None;
    person.capacity_decided_on = None;
    person.capacity_decided_by = None;
    person.version = person.version.saturating_add(1);
    person.updated_at = acting.at;
}

fn reference_words(reference: &str) -> Vec<String> {
    let mut words = text::words(reference);
    words.extend(reference.rsplit('-').next().map(|number| number.trim_start_matches('0').to_owned()));
    words.sort();
    words.dedup();
    words
}

/// The next people whose record has been kept long enough by a day, after one of them; and where to go on, until there are
/// none.
pub fn kept_long_enough(
    app: &App,
    conn: &mut Conn,
    today: NaiveDate,
    after: Option<Id>,
) -> Result<(Vec<Keeping>, Option<Id>), Error> {
    let settings = &app.settings().retention;
    let Some(years) = [settings.plan_years, settings.other_years].into_iter().flatten().min() else {
        return Ok((Vec::new(), None));
    };
    let Some(born_by) = today.checked_sub_months(Months::new(years.saturating_mul(12))) else {
        return Ok((Vec::new(), None));
    };
    let batch = store::unkept(conn, born_by, after, BATCH)?;
    let next = batch.last().map(|one| one.person_id);
    let ids: Vec<Id> = batch.iter().map(|one| one.person_id).collect();
    let erased = store::erased_for_good(conn, &ids)?;
    let batch = batch.into_iter().filter(|one| !erased.contains(&one.person_id));
    // Whoever is not too old for a plan may ask for one again, whatever the settings say.
    let due = batch.filter(|one| {
        one.until(settings).is_some_and(|until| until <= today) && statute::too_old(one.date_of_birth, today)
    });
    Ok((due.collect(), next))
}

/// Erases a record that has been kept long enough, unless a hold or a new case has come meanwhile.
pub fn erase_kept(tx: &mut Tx<'_>, acting: &Acting, one: Keeping) -> Result<Option<Erased>, Error> {
    match erase_record(tx, acting, one.person_id, "It was kept as long as the settings say.") {
        Ok(erased) => Ok(Some(erased)),
        // Each of these is found before anything was written.
        Err(Error::Conflict { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}
