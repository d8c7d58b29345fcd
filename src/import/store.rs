//! The queries of an import: many rows at a time.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::{
    ExpressionMethods, Insertable, JoinOnDsl, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};

use crate::advice::model::{AdviceRequest, Submission};
use crate::auth::{Role, RoleWord};
use crate::case::model::{Case, CaseEnd, Decision, Exception};
use crate::db::schema::{
    advice_requests, advice_submissions, case_ends, case_imports, case_words, cases, decisions, exceptions,
    organisations, people, plans, users,
};
use crate::db::{Conn, OneOf, Tx, native};
use crate::error::Error;
use crate::ids::Id;
use crate::organisation::model::{Organisation, OrganisationKind};
use crate::person::model::Person;
use crate::plan::model::Plan;
use crate::time::Instant;
use crate::words::Word;

/// How many values one statement may carry: SQLite takes 32,766, PostgreSQL 65,535.
const VALUES: usize = 30_000;

/// A row that was taken over before.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The digest of what it said.
    pub digest: String,
    /// The person of its case.
    pub person_id: Id,
}

/// Where a case came from.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_imports, treat_none_as_default_value = false)]
pub struct ImportRow {
    /// The case.
    pub case_id: Id,
    /// The council's own number.
    pub external_reference: String,
    /// The digest of what the row said.
    pub digest: String,
    /// Whether mediation took place.
    pub mediation: bool,
    /// Whether a tribunal was involved.
    pub tribunal: bool,
    /// When.
    pub imported_at: Instant,
}

/// Everything that some rows of a sheet become.
#[derive(Debug, Default)]
pub struct Batch {
    /// New people.
    pub people: Vec<Person>,
    /// Cases.
    pub cases: Vec<Case>,
    /// The words by which they are found.
    pub words: Vec<(Id, Vec<String>)>,
    /// Where they came from.
    pub imports: Vec<ImportRow>,
    /// Their decisions.
    pub decisions: Vec<Decision>,
    /// Their requests for advice.
    pub advice: Vec<AdviceRequest>,
    /// The submissions of these.
    pub submissions: Vec<Submission>,
    /// Their plans.
    pub plans: Vec<Plan>,
    /// Their exceptions.
    pub exceptions: Vec<Exception>,
    /// Their withdrawals and transfers.
    pub ends: Vec<CaseEnd>,
}

/// Waits for those who are changing what an import looks at, and lets nobody else change it until the transaction ends.
pub fn hold(tx: &mut Tx<'_>) -> Result<(), Error> {
    tx.keep_others_from_writing(&["people", "cases", "organisations", "case_imports"])
}

/// Those of these numbers that were taken over before.
pub fn imported(conn: &mut Conn, external_references: &[&str]) -> Result<HashMap<String, Imported>, Error> {
    let found: Vec<(String, String, Id)> = case_imports::table
        .inner_join(cases::table.on(cases::id.eq(case_imports::case_id)))
        .filter(case_imports::external_reference.eq_any(external_references.to_vec()))
        .select((case_imports::external_reference, case_imports::digest, cases::person_id))
        .load(conn)?;
    Ok(found.into_iter().map(|(number, digest, person_id)| (number, Imported { digest, person_id })).collect())
}

/// Everybody who may be one of these people, and those with these ids; by id.
pub fn people_like(conn: &mut Conn, rows: &[&Person], ids: &[Id]) -> Result<Vec<Person>, Error> {
    let given = |of: fn(&Person) -> Option<&String>| rows.iter().filter_map(|person| of(person).cloned()).collect();
    let nhs_numbers: Vec<String> = given(|person| person.nhs_number.as_ref());
    let upns: Vec<String> = given(|person| person.upn.as_ref());
    let names: Vec<String> = given(|person| Some(&person.name_key));
    let born: HashSet<(&str, NaiveDate)> =
        rows.iter().map(|person| (person.name_key.as_str(), person.date_of_birth)).collect();
    let mut found: Vec<Person> = Vec::new();
    // One query for each, since an OR over three columns would use no index.
    let by_name: Vec<Person> =
        people::table.filter(people::name_key.eq_any(names)).select(Person::as_select()).load(conn)?;
    found.extend(by_name.into_iter().filter(|person| born.contains(&(person.name_key.as_str(), person.date_of_birth))));
    if !nhs_numbers.is_empty() {
        let by_number = people::table.filter(people::nhs_number.eq_any(nhs_numbers));
        found.extend(by_number.select(Person::as_select()).load::<Person>(conn)?);
    }
    if !upns.is_empty() {
        found.extend(people::table.filter(people::upn.eq_any(upns)).select(Person::as_select()).load::<Person>(conn)?);
    }
    found.extend(people_of(conn, ids)?);
    found.sort_by_key(|person| person.id);
    found.dedup_by_key(|person| person.id);
    Ok(found)
}

/// The people with these ids.
pub fn people_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Person>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(people::table.filter(people::id.one_of(ids)).select(Person::as_select()).load(conn)?)
}

/// Those of these people who have an open case.
pub fn with_open_case(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>, Error> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Id> = cases::table
        .filter(cases::person_id.one_of(ids))
        .filter(cases::open.eq(true))
        .select(cases::person_id)
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// Every school, college and provider.
pub fn settings(conn: &mut Conn) -> Result<Vec<Organisation>, Error> {
    let kinds = [Word(OrganisationKind::EducationSetting), Word(OrganisationKind::EarlyYearsProvider)];
    Ok(organisations::table
        .filter(organisations::kind.eq_any(kinds))
        .order(organisations::id)
        .select(Organisation::as_select())
        .load(conn)?)
}

/// Everybody who can work on a case, by e-mail address.
pub fn caseworkers(conn: &mut Conn) -> Result<HashMap<String, Id>, Error> {
    let found: Vec<(String, RoleWord, Id)> =
        users::table.filter(users::active.eq(true)).select((users::email, users::role, users::id)).load(conn)?;
    let works = |role: RoleWord| matches!(role.0, Role::Caseworker | Role::Manager);
    Ok(found.into_iter().filter(|(_, role, _)| works(*role)).map(|(email, _, id)| (email, id)).collect())
}

/// Inserts rows, as many at a time as one statement can carry; `$columns` is how many values a row has at most.
macro_rules! insert {
    ($tx:expr, $table:ident, $columns:literal, $rows:expr) => {
        for chunk in $rows.chunks(VALUES / $columns) {
            native!(&mut **$tx, |conn| diesel::insert_into($table::table).values(chunk).execute(conn))?;
        }
    };
}

/// Keeps new settings.
pub fn insert_settings(tx: &mut Tx<'_>, settings: &[Organisation]) -> Result<(), Error> {
    insert!(tx, organisations, 15, settings);
    Ok(())
}

/// Keeps everything that some rows became.
pub fn insert(tx: &mut Tx<'_>, batch: &Batch) -> Result<(), Error> {
    insert!(tx, people, 17, batch.people);
    insert!(tx, cases, 27, batch.cases);
    let words: Vec<_> = batch
        .words
        .iter()
        .flat_map(|(case_id, words)| {
            words.iter().map(|word| (case_words::word.eq(word), case_words::case_id.eq(*case_id)))
        })
        .collect();
    insert!(tx, case_words, 2, words);
    insert!(tx, case_imports, 6, batch.imports);
    insert!(tx, decisions, 18, batch.decisions);
    insert!(tx, advice_requests, 20, batch.advice);
    insert!(tx, advice_submissions, 10, batch.submissions);
    insert!(tx, plans, 25, batch.plans);
    insert!(tx, exceptions, 17, batch.exceptions);
    insert!(tx, case_ends, 11, batch.ends);
    Ok(())
}
