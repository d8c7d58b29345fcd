//! The queries on people.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::Person;
use crate::db::schema::people::dsl;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// The person of an id. Who may see them is decided by who sees one of their cases.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Person>, Error> {
    Ok(dsl::people.find(id).select(Person::as_select()).first(conn).optional()?)
}

/// Those other than `person` who may be the same: by the NHS number, the UPN, or name and birth date together, as far as
/// these are not what they were `before`. Nobody else can add or change a person until the end of the transaction.
pub fn alike(tx: &mut Tx<'_>, person: &Person, before: Option<&Person>) -> Result<Vec<Person>, Error> {
    tx.keep_others_from_writing(&["people"])?;
    let is_new = |same: fn(&Person, &Person) -> bool| before.is_none_or(|before| !same(before, person));
    let mut alike: Vec<Person> = Vec::new();
    if is_new(|one, other| one.name_key == other.name_key && one.date_of_birth == other.date_of_birth) {
        let named = dsl::name_key.eq(&person.name_key).and(dsl::date_of_birth.eq(person.date_of_birth));
        alike.extend(dsl::people.filter(named).select(Person::as_select()).load(&mut **tx)?);
    }
    if let Some(number) =
        person.nhs_number.as_deref().filter(|_| is_new(|one, other| one.nhs_number == other.nhs_number))
    {
        alike.extend(dsl::people.filter(dsl::nhs_number.eq(number)).select(Person::as_select()).load(&mut **tx)?);
    }
    if let Some(number) = person.upn.as_deref().filter(|_| is_new(|one, other| one.upn == other.upn)) {
        alike.extend(dsl::people.filter(dsl::upn.eq(number)).select(Person::as_select()).load(&mut **tx)?);
    }
    alike.retain(|one| one.id != person.id);
    alike.sort_by_key(|one| one.id);
    alike.dedup_by_key(|one| one.id);
    Ok(alike)
}

/// Keeps a new person.
pub fn insert(tx: &mut Tx<'_>, person: &Person) -> Result<(), Error> {
    diesel::insert_into(dsl::people).values(person).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a change; `person.version` is the new one.
pub fn update(tx: &mut Tx<'_>, person: &Person) -> Result<(), Error> {
    let before = person.version.saturating_sub(1);
    let changed =
        diesel::update(dsl::people.find(person.id).filter(dsl::version.eq(before))).set(person).execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}
