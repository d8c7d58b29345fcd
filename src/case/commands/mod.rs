//! What a person does with a case: one public function for each thing, named after the step.

mod correct;
mod decide;
mod end;
mod exceptions;
mod mistake;
mod record_request;
mod rederive;
mod reverse;

pub use correct::correct;
pub use decide::{decide_on_plan, decide_to_assess};
pub use end::{transfer, withdraw};
pub use exceptions::{answer_suggestion, confirm_exception, lift_exception, propose_exception};
pub use mistake::enter_in_error;
pub use record_request::{CaseBody, record_request};
pub use rederive::{DERIVED_ANEW, derive_under_new_rules};
pub use reverse::reverse_refusal;
use serde_json::json;

use super::model::{Case, CaseChange, Note, NoteBody};
use super::store;
use crate::audit::{self, Event};
use crate::auth::{Acting, Role};
use crate::body::{Step, Submitted};
use crate::calendar;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::governance;
use crate::ids::Id;

/// Keeps a case after a step, derived again.
pub(super) fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    store::keep(tx, acting, case, &calendar)
}

/// Changes who works on a case, where the child goes to school, whom to write to, and who sees it.
pub fn change(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<CaseChange>) -> Result<Case, Error> {
    let mut case = store::open_for_step(tx, acting, id)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        check_caseworker(tx, acting, body.caseworker_id.unwrap_or(case.caseworker_id), case.caseworker_id, faults)?;
        check_setting(tx, body.setting_id.flatten(), faults)?;
        record_request::check_people(None, body.contacts.as_deref().unwrap_or_default(), faults);
        check_viewers(tx, body.viewers.as_deref().unwrap_or_default(), faults)
    })?;
    let before = summary_of(tx, &case)?;
    case.caseworker_id = body.caseworker_id.unwrap_or(case.caseworker_id);
    case.setting_id = body.setting_id.unwrap_or(case.setting_id);
    case.contacts = body.contacts.map_or(case.contacts, crate::db::columns::Doc);
    let mut viewers = body.viewers.map_or_else(|| store::viewers(tx, id), Ok)?;
    case.restricted = body.restricted.unwrap_or(case.restricted);
    if case.restricted {
        name_those_who_work(tx, acting, &case, &mut viewers)?;
    }
    store::set_viewers(tx, id, &viewers)?;
    let case = keep(tx, acting, case)?;
    let after = summary_of(tx, &case)?;
    if case.restricted
        && (before.get("restricted"), before.get("viewers")) != (after.get("restricted"), after.get("viewers"))
    {
        // A repetition must not hand out what its sender may no longer see.
        let seeing = store::viewers(tx, id)?;
        governance::store::withhold_answers(tx, &seeing)?;
    }
    let event = Event::new("case_changed", "case", id).case(id).on(acting.today);
    audit::record(tx, acting, event.before(&before).after(&after))?;
    Ok(case)
}

/// What stands on record of a change to a case.
fn summary_of(conn: &mut Conn, case: &Case) -> Result<serde_json::Value, Error> {
    Ok(json!({
        "caseworker_id": case.caseworker_id,
        "setting_id": case.setting_id,
        "contacts": case.contacts.0,
        "restricted": case.restricted,
        "viewers": store::viewers(conn, case.id)?,
    }))
}

/// A restricted case is seen by those it names; so it names whoever works on it, and whoever restricts it.
pub(super) fn name_those_who_work(
    conn: &mut Conn,
    acting: &Acting,
    case: &Case,
    viewers: &mut Vec<Id>,
) -> Result<(), Error> {
    let working =
        [acting.user().filter(|user| user.role == Role::Caseworker).map(|user| user.user_id), case.caseworker_id];
    for user in working.into_iter().flatten() {
        if store::active_user(conn, user, &[Role::Caseworker])?.is_some() {
            viewers.push(user);
        }
    }
    viewers.sort();
    viewers.dedup();
    Ok(())
}

/// Managers give cases to others; a caseworker takes one in their own name, or gives up their own.
pub(super) fn check_caseworker(
    conn: &mut Conn,
    acting: &Acting,
    caseworker: Option<Id>,
    before: Option<Id>,
    faults: &mut Faults,
) -> Result<(), Error> {
    let own = acting.user_id();
    let may = acting.is(Role::Manager)
        || caseworker == before
        || match caseworker {
            Some(caseworker) => own == Some(caseworker),
            None => own == before,
        };
    if !may {
        return Err(Error::Forbidden(
            "Only a manager gives a case to somebody else; you can take it in your own name.",
        ));
    }
    if let Some(caseworker) = caseworker {
        let known = store::active_user(conn, caseworker, &[Role::Caseworker, Role::Manager])?.is_some();
        faults.unless(known, "/caseworker_id", Code::UnknownUser, "Choose an active caseworker or manager.");
    }
    Ok(())
}

/// A setting is an organisation that a child can attend.
pub(super) fn check_setting(conn: &mut Conn, setting: Option<Id>, faults: &mut Faults) -> Result<(), Error> {
    if let Some(setting) = setting {
        let found = crate::organisation::store::find(conn, setting)?;
        let fine = found.is_some_and(|organisation| organisation.kind.0.is_setting());
        let detail = "Choose an organisation of kind education_setting or early_years_provider.";
        faults.unless(fine, "/setting_id", Code::UnknownSetting, detail);
    }
    Ok(())
}

/// Viewers are active caseworkers or managers.
pub(super) fn check_viewers(conn: &mut Conn, viewers: &[Id], faults: &mut Faults) -> Result<(), Error> {
    for (index, viewer) in viewers.iter().enumerate() {
        let known = store::active_user(conn, *viewer, &[Role::Caseworker, Role::Manager])?.is_some();
        let detail = "Choose an active caseworker or manager.";
        faults.unless(known, format!("/viewers/{index}"), Code::UnknownUser, detail);
    }
    Ok(())
}

/// Makes a note on a case.
pub fn add_note(tx: &mut Tx<'_>, acting: &Acting, id: Id, body: Submitted<NoteBody>) -> Result<Note, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let (body, ()) = body.judge(|body, faults| {
        faults.not_blank("/text", Some(&body.text));
        Ok(())
    })?;
    let note = Note {
        id: Id::new(),
        case_id: case.id,
        text: body.text,
        created_by: acting.person()?.user_id,
        created_at: acting.at,
    };
    store::insert_note(tx, &note)?;
    audit::record(tx, acting, Event::new("note_added", "note", note.id).case(id).after(&json!({ "text": note.text })))?;
    Ok(note)
}
