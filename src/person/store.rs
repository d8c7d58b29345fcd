//! The queries on people.

use chrono::NaiveDate;
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

/// Those who may be the same person: the same NHS number, UPN, or name and birth date.
pub fn alike(
    conn: &mut Conn,
    nhs_number: Option<&str>,
    upn: Option<&str>,
    name_key: &str,
    date_of_birth: NaiveDate,
) -> Result<Vec<Person>, Error> {
    let same_name = dsl::name_key.eq(name_key).and(dsl::date_of_birth.eq(date_of_birth));
    let mut query = dsl::people.filter(same_name).into_boxed();
    if let Some(number) = nhs_number {
        query = query.or_filter(dsl::nhs_number.eq(number));
    }
    if let Some(number) = upn {
        query = query.or_filter(dsl::upn.eq(number));
    }
    Ok(query.order(dsl::id).select(Person::as_select()).load(conn)?)
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
