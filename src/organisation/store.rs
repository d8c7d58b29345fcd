//! The queries on organisations.

use diesel::result::{DatabaseErrorKind, Error as Fault};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Organisation, OrganisationKind, OrganisationKindWord};
use crate::codes::Code;
use crate::db::schema::organisations::dsl;
use crate::db::{Conn, OneOf, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::words::Word;

/// The key of a row in the list.
pub type Key = (String, Id);

/// The organisation of an id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Organisation>, Error> {
    Ok(dsl::organisations.find(id).select(Organisation::as_select()).first(conn).optional()?)
}

/// The organisation of a school's unique reference number.
pub fn by_urn(conn: &mut Conn, urn: &str) -> Result<Option<Organisation>, Error> {
    Ok(dsl::organisations.filter(dsl::urn.eq(urn)).select(Organisation::as_select()).first(conn).optional()?)
}

/// The organisations of exactly this name.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Vec<Organisation>, Error> {
    Ok(dsl::organisations.filter(dsl::name.eq(name)).order(dsl::id).select(Organisation::as_select()).load(conn)?)
}

/// The organisations of which advice may be asked unless told otherwise: all but those that a child attends.
pub fn defaults(conn: &mut Conn) -> Result<Vec<Organisation>, Error> {
    Ok(dsl::organisations
        .filter(
            dsl::kind.ne_all([Word(OrganisationKind::EducationSetting), Word(OrganisationKind::EarlyYearsProvider)]),
        )
        .order(dsl::id)
        .select(Organisation::as_select())
        .load(conn)?)
}

/// The organisations of these ids.
pub fn of_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Organisation>, Error> {
    Ok(dsl::organisations.filter(dsl::id.one_of(ids)).select(Organisation::as_select()).load(conn)?)
}

/// A page of organisations by name; of one only, where `own` is given.
pub fn list(
    conn: &mut Conn,
    kind: Option<OrganisationKindWord>,
    own: Option<Id>,
    window: &Window<Key>,
) -> Result<Page<Organisation>, Error> {
    let filtered = || {
        let mut query = dsl::organisations.into_boxed();
        if let Some(kind) = kind {
            query = query.filter(dsl::kind.eq(kind));
        }
        if let Some(own) = own {
            query = query.filter(dsl::id.eq(own));
        }
        query
    };
    let mut query = filtered();
    if let Some((name, id)) = &window.after {
        query = query.filter(dsl::name.gt(name.clone()).or(dsl::name.eq(name.clone()).and(dsl::id.gt(*id))));
    }
    let rows: Vec<Organisation> = query
        .order((dsl::name.asc(), dsl::id.asc()))
        .limit(window.fetch())
        .select(Organisation::as_select())
        .load(conn)?;
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| (row.name.clone(), row.id)))
}

/// Keeps a new organisation.
pub fn insert(tx: &mut Tx<'_>, organisation: &Organisation) -> Result<(), Error> {
    diesel::insert_into(dsl::organisations).values(organisation).execute(&mut **tx).map_err(taken)?;
    Ok(())
}

/// Keeps a change; `organisation.version` is the new one.
pub fn update(tx: &mut Tx<'_>, organisation: &Organisation) -> Result<(), Error> {
    let before = organisation.version.saturating_sub(1);
    let changed = diesel::update(dsl::organisations.find(organisation.id).filter(dsl::version.eq(before)))
        .set(organisation)
        .execute(&mut **tx)
        .map_err(taken)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// The one unique index that an organisation can violate is that of unique reference numbers.
fn taken(fault: Fault) -> Error {
    match fault {
        Fault::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            Error::conflict(Code::AlreadyExists, "Another organisation has this unique reference number.")
        }
        other => other.into(),
    }
}
