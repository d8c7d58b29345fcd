//! What a caseworker does with a person: mend a name, add a number.

use super::model::{Person, PersonChange, PersonView, possible_duplicate};
use super::store;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::calendar;
use crate::case;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// The person, if the actor may see one of their cases.
pub fn read(conn: &mut Conn, acting: &Acting, id: Id) -> Result<Person, Error> {
    let found = store::find(conn, id)?.into_iter().collect();
    case::store::people_visible(conn, acting, found)?.pop().ok_or(Error::NotFound)
}

/// Changes what is known of a person; their cases are found under the new words and derived again.
pub fn change(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<PersonChange>) -> Result<Person, Error> {
    let before = read(tx, acting, id)?;
    for one in case::store::of_person(tx, id)? {
        case::store::lock(tx, one.id)?;
    }
    let cases = case::store::of_person(tx, id)?;
    let (body, person) = step.judge(before.version, |body, faults| {
        let person = before.clone().changed(body.clone(), acting.at, acting.today);
        person.check("", acting.today, faults);
        for one in &cases {
            if person.date_of_birth > one.received_on {
                let detail = "Give a day no later than that of the request.";
                faults.add("/date_of_birth", Code::DateBeforeBirth, detail);
            } else if statute::too_old(person.date_of_birth, one.received_on) {
                let detail = "The person would have been 25 or over when the request was received.";
                faults.add("/date_of_birth", Code::TooOld, detail);
            }
        }
        Ok(person)
    })?;
    case::store::refuse_erased(tx, id)?;
    if !body.confirm_new_person.unwrap_or(false) {
        let alike = store::alike(tx, &person, Some(&before))?;
        if !alike.is_empty() {
            let detail = "Another person may be the same: check the number, or the name and the birth date. If they are \
                two, repeat the change with confirm_new_person: true. Where no candidate is shown, ask a manager.";
            let hidden = case::store::hidden_cases(tx, acting, &alike)?;
            return Err(possible_duplicate(case::store::people_visible(tx, acting, alike)?, hidden, detail));
        }
    }
    store::update(tx, &person)?;
    let calendar = calendar::store::working_days(tx)?;
    let any_restricted = cases.iter().any(|one| one.restricted);
    for one in cases {
        case::store::set_words(tx, one.id, &case::store::search_words(&one.reference, &person))?;
        // Who sees an open case of a person need not see a restricted one: the details stand on the restricted alone.
        let mut event = Event::new("person_changed", "person", id).case(one.id);
        if one.restricted || !any_restricted {
            event = event.before(&PersonView::from(before.clone())).after(&PersonView::from(person.clone()));
        }
        audit::record(tx, acting, event)?;
        case::store::keep(tx, acting, one, &calendar)?;
    }
    Ok(person)
}
