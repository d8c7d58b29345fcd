//! The second reading: every row becomes a case.

use std::collections::HashMap;
use std::io::Read;

use chrono::Datelike;
use sha2::{Digest, Sha256};
use statute::{AdviceKind, Calendar};

use super::build::{Belongs, Builder, Written};
use super::check::{Checked, Verdict};
use super::people::Slot;
use super::row::{Parsed, Row};
use super::{BATCH, Pass, changed};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::case;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::import::model::{Sheet, Watch};
use crate::import::store;
use crate::organisation;
use crate::organisation::model::{Organisation, OrganisationView};
use crate::person;
use crate::person::model::{Person, PersonView};
use crate::time::Reading;

/// Writes a sheet as it was checked.
pub(super) fn write<R: Read>(
    tx: &mut Tx<'_>,
    acting: &Acting,
    mut sheet: Sheet<R>,
    checked: &Checked,
    calendar: &Calendar,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    write_settings(tx, acting, checked.settings.made())?;
    let mut writer = Writer {
        acting,
        checked,
        builder: Builder { acting, calendar, defaults: default_organisations(tx)? },
        numbers: first_numbers(tx, checked)?,
        people: HashMap::new(),
    };
    let now = Reading { at: acting.at, today: acting.today };
    let mut verdicts = checked.verdicts.iter();
    let mut digest = Sha256::new();
    loop {
        let mut rows = Vec::with_capacity(BATCH);
        let mut read: usize = 0;
        while read < BATCH
            && let Some(line) = sheet.next_line()?
        {
            read = read.saturating_add(1);
            let row = Parsed::read(sheet.layout(), &line, now).into_whole().ok_or_else(changed)?;
            digest.update(&row.digest);
            rows.push((row, *verdicts.next().ok_or_else(changed)?));
        }
        if read == 0 {
            break;
        }
        writer.write(tx, &rows)?;
        watch.progress(Pass::Writing, sheet.bytes());
    }
    if verdicts.next().is_some() || digest.finalize().to_vec() != checked.digest {
        return Err(changed());
    }
    Ok(())
}

fn write_settings(tx: &mut Tx<'_>, acting: &Acting, made: &[Organisation]) -> Result<(), Error> {
    store::insert_settings(tx, made)?;
    let events = made.iter().map(|setting| {
        let view = OrganisationView::from(setting.clone());
        Event::new("organisation_added", "organisation", setting.id).after(&view)
    });
    audit::record_all(tx, acting, events.collect())
}

fn default_organisations(conn: &mut Conn) -> Result<HashMap<AdviceKind, Organisation>, Error> {
    let all = organisation::store::defaults(conn)?;
    let of = |kind: &AdviceKind| Some((*kind, organisation::model::addressee(*kind, None, &all)?.clone()));
    Ok(AdviceKind::ALL.iter().filter_map(of).collect())
}

/// Takes the numbers of all references at once; answers the first of each year.
fn first_numbers(tx: &mut Tx<'_>, checked: &Checked) -> Result<HashMap<i32, i32>, Error> {
    let mut numbers = HashMap::new();
    for (year, count) in &checked.years {
        let last = case::store::last_number_after(tx, *year, *count)?;
        numbers.insert(*year, last.saturating_sub(*count).saturating_add(1));
    }
    Ok(numbers)
}

struct Writer<'a> {
    acting: &'a Acting,
    checked: &'a Checked,
    builder: Builder<'a>,
    /// The next number of each year.
    numbers: HashMap<i32, i32>,
    /// Whom the new people became.
    people: HashMap<Slot, Id>,
}

/// A person of some rows.
struct Seen {
    person: Person,
    /// As they are kept already; none for somebody new.
    kept: Option<Person>,
}

impl Writer<'_> {
    fn write(&mut self, tx: &mut Tx<'_>, rows: &[(Row, Verdict)]) -> Result<(), Error> {
        let mut seen = self.seen(tx, rows)?;
        let mut to = Written::default();
        let mut found_by = Vec::new();
        for (row, verdict) in rows {
            let Verdict::Create(slot, setting) = *verdict else {
                continue;
            };
            let slot = self.checked.people.same(slot);
            let one = seen.entry(slot).or_insert_with(|| Seen { person: row.person.clone(), kept: None });
            one.person.complete(&row.person);
            self.people.insert(slot, one.person.id);
            let belongs = Belongs {
                person: &one.person,
                reference: self.reference(row)?,
                setting: setting.and_then(|place| self.checked.settings.get(place)),
                caseworker_id: row
                    .caseworker_email
                    .as_ref()
                    .and_then(|email| self.checked.caseworkers.get(email).copied()),
            };
            let reference = belongs.reference.clone();
            let id = self.builder.add(row, belongs, &mut to)?;
            found_by.push((slot, id, reference));
        }
        // Whoever stands in several rows is found by what the last of them added.
        for (slot, id, reference) in found_by {
            if let Some(one) = seen.get(&slot) {
                to.batch.words.push((id, case::store::search_words(&reference, &one.person)));
            }
        }
        to.batch.people = seen.values().filter(|one| one.kept.is_none()).map(|one| one.person.clone()).collect();
        to.batch.people.sort_by_key(|person| person.id);
        store::insert(tx, &to.batch)?;
        case::store::insert_deadlines(tx, &to.deadlines)?;
        case::store::insert_counted(tx, &to.counted)?;
        audit::record_all(tx, self.acting, to.events)?;
        for Seen { person, kept } in seen.into_values() {
            if let Some(kept) = kept {
                self.keep_completed(tx, kept, person)?;
            }
        }
        Ok(())
    }

    /// The people of these rows who are kept already: known before, or taken over with an earlier row.
    fn seen(&self, conn: &mut Conn, rows: &[(Row, Verdict)]) -> Result<HashMap<Slot, Seen>, Error> {
        let mut slots: HashMap<Id, Slot> = HashMap::new();
        for (_, verdict) in rows {
            if let Verdict::Create(slot, _) = *verdict {
                let slot = self.checked.people.same(slot);
                let kept = self.checked.people.known(slot).or_else(|| self.people.get(&slot).copied());
                slots.extend(kept.map(|id| (id, slot)));
            }
        }
        let ids: Vec<Id> = slots.keys().copied().collect();
        let people = store::people_of(conn, &ids)?;
        let slot_of = |person: Person| Some((*slots.get(&person.id)?, Seen { kept: Some(person.clone()), person }));
        Ok(people.into_iter().filter_map(slot_of).collect())
    }

    fn reference(&mut self, row: &Row) -> Result<String, Error> {
        let year = row.received_on.year();
        let number = self.numbers.get_mut(&year).ok_or_else(changed)?;
        let reference = case::store::reference(year, *number);
        *number = number.saturating_add(1);
        Ok(reference)
    }

    /// Keeps what the rows added to somebody who is kept; their cases are found by it.
    fn keep_completed(&self, tx: &mut Tx<'_>, kept: Person, mut person: Person) -> Result<(), Error> {
        let (before, after) = (PersonView::from(kept), PersonView::from(person.clone()));
        if before == after {
            return Ok(());
        }
        person.version = person.version.saturating_add(1);
        person.updated_at = self.acting.at;
        person::store::update(tx, &person)?;
        let after = PersonView { version: person.version, ..after };
        for one in case::store::of_person(tx, person.id)? {
            case::store::set_words(tx, one.id, &case::store::search_words(&one.reference, &person))?;
            let event = Event::new("person_changed", "person", person.id).case(one.id);
            audit::record(tx, self.acting, event.before(&before).after(&after))?;
            case::store::keep(tx, self.acting, one, self.builder.calendar)?;
        }
        Ok(())
    }
}
