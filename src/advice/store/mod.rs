//! The queries on requests for advice.

pub mod links;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use serde::{Deserialize, Serialize};
use statute::{AdviceKind, AdviceStatus};

use crate::advice::model::{AdviceFilter, AdviceRequest, Closing, Submission, SubmissionContent};
use crate::auth::{Acting, Actor, Role};
use crate::case::model::Exception;
use crate::db::columns::Doc;
use crate::db::schema::advice_requests::dsl;
use crate::db::schema::{
    advice_requests, advice_shared_documents, advice_submissions, case_viewers, cases, documents, exceptions, people,
};
use crate::db::{Conn, OneOf, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::Word;

/// The key of a row in a work list: what is owed by the day it is due, then the rest by age.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Key {
    /// Among what is outstanding.
    Outstanding(NaiveDate, Id),
    /// Among the rest.
    Rest(Id),
}

/// What a request shows of its case: nothing else of it reaches an adviser.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct OfCase {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
    /// The child's setting.
    pub setting_id: Option<Id>,
}

/// What a request shows of the child or young person.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = people)]
pub struct OfPerson {
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// NHS number, for health organisations.
    pub nhs_number: Option<String>,
}

/// A request with what it shows of its case.
#[derive(Debug, Clone)]
pub struct Row {
    /// The request.
    pub request: AdviceRequest,
    /// Its case.
    pub case: OfCase,
    /// Whom the case is about.
    pub child: OfPerson,
}

impl From<(AdviceRequest, OfCase, OfPerson)> for Row {
    fn from((request, case, child): (AdviceRequest, OfCase, OfPerson)) -> Self {
        Self { request, case, child }
    }
}

/// A document in short.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = documents)]
pub struct OfDocument {
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// The name of the file.
    pub file_name: String,
    /// What kind of file it is.
    pub media_type: String,
    /// Its size, in bytes.
    pub size: i64,
    /// Whether advisers may be shown it.
    pub shared_with_advisers: bool,
    /// The request for advice that it came with.
    pub advice_request_id: Option<Id>,
}

impl OfDocument {
    /// Whether the body that a request was addressed to may know of it.
    pub fn is_for_body_of(&self, request: Id) -> bool {
        self.shared_with_advisers || self.advice_request_id == Some(request)
    }
}

/// Whose requests an actor sees.
#[derive(Debug, Clone, Copy)]
enum Scope {
    /// An adviser: those of their organisation, of restricted cases too. That it was asked is the reason to know.
    Of(Id),
    /// A caseworker: those of cases that are not restricted or name them.
    SeenBy(Id),
    /// A manager, or the service.
    All,
}

impl Scope {
    fn of(acting: &Acting) -> Result<Self, Error> {
        match &acting.actor {
            Actor::User(user) => match user.role {
                Role::Adviser => user.organisation_id.map(Self::Of).ok_or(Error::NotFound),
                Role::Manager => Ok(Self::All),
                Role::Caseworker | Role::Admin => Ok(Self::SeenBy(user.user_id)),
            },
            // A secure link opens one request, and no list of others.
            Actor::Link(_) => Err(Error::NotFound),
            Actor::System(_) => Ok(Self::All),
        }
    }
}

/// The request of an id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<AdviceRequest>, Error> {
    Ok(dsl::advice_requests.find(id).select(AdviceRequest::as_select()).first(conn).optional()?)
}

/// The requests of a case, in the order in which they were made.
pub fn of_case(conn: &mut Conn, case_id: Id) -> Result<Vec<AdviceRequest>, Error> {
    Ok(dsl::advice_requests
        .filter(dsl::case_id.eq(case_id))
        .order(dsl::id)
        .select(AdviceRequest::as_select())
        .load(conn)?)
}

/// A request with what it shows of its case. Who may see it has been decided by other means.
pub fn row(conn: &mut Conn, id: Id) -> Result<Option<Row>, Error> {
    let found: Option<(AdviceRequest, OfCase, OfPerson)> = advice_requests::table
        .inner_join(cases::table.inner_join(people::table))
        .filter(advice_requests::id.eq(id))
        .select((AdviceRequest::as_select(), OfCase::as_select(), OfPerson::as_select()))
        .first(conn)
        .optional()?;
    Ok(found.map(Row::from))
}

/// A page of the requests of a case, in the order in which they were made.
pub fn page_of_case(conn: &mut Conn, case_id: Id, window: &Window<Id>) -> Result<Page<Row>, Error> {
    let mut query = advice_requests::table
        .inner_join(cases::table.inner_join(people::table))
        .filter(advice_requests::case_id.eq(case_id))
        .order(advice_requests::id.asc())
        .limit(window.fetch())
        .select((AdviceRequest::as_select(), OfCase::as_select(), OfPerson::as_select()))
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(advice_requests::id.gt(after));
    }
    let rows: Vec<(AdviceRequest, OfCase, OfPerson)> = query.load(conn)?;
    let total = window
        .count
        .then(|| dsl::advice_requests.filter(dsl::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows.into_iter().map(Row::from).collect(), total, |row| row.request.id))
}

/// A page of the requests that the actor may see: what is owed first, the soonest due at the top, then the rest, the
/// newest first. Two queries at most, each along an index that holds its order.
pub fn list(conn: &mut Conn, acting: &Acting, filter: &AdviceFilter, window: &Window<Key>) -> Result<Page<Row>, Error> {
    let today = acting.today;
    let scope = Scope::of(acting)?;
    let settled: Vec<_> = AdviceStatus::ALL.iter().copied().filter(|status| status.is_settled()).map(Word).collect();
    let filtered = || {
        let mut query = advice_requests::table.inner_join(cases::table.inner_join(people::table)).into_boxed();
        match scope {
            Scope::Of(organisation) => query = query.filter(advice_requests::organisation_id.eq(organisation)),
            Scope::SeenBy(viewer) => {
                let named = case_viewers::table.filter(case_viewers::user_id.eq(viewer)).select(case_viewers::case_id);
                query = query.filter(cases::restricted.eq(false).or(cases::id.eq_any(named)));
            }
            Scope::All => {}
        }
        if let Some(status) = filter.status {
            query = query.filter(advice_requests::status.eq(status));
        }
        if let Some(organisation) = filter.organisation_id {
            query = query.filter(advice_requests::organisation_id.eq(organisation));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(advice_requests::kind.eq(kind));
        }
        match filter.overdue {
            Some(true) => {
                query = query.filter(advice_requests::outstanding.eq(true)).filter(advice_requests::due_on.lt(today));
            }
            Some(false) => {
                query = query.filter(
                    advice_requests::outstanding
                        .eq(false)
                        .or(advice_requests::due_on.is_null())
                        .or(advice_requests::due_on.ge(today)),
                );
            }
            None => {}
        }
        let family = Word(AdviceKind::Family);
        match filter.unaddressed {
            Some(true) => {
                query = query
                    .filter(advice_requests::organisation_id.is_null())
                    .filter(advice_requests::kind.ne(family))
                    .filter(advice_requests::status.ne_all(settled.clone()));
            }
            Some(false) => {
                query = query.filter(
                    advice_requests::organisation_id
                        .is_not_null()
                        .or(advice_requests::kind.eq(family))
                        .or(advice_requests::status.eq_any(settled.clone())),
                );
            }
            None => {}
        }
        query
    };
    let columns = || (AdviceRequest::as_select(), OfCase::as_select(), OfPerson::as_select());
    let mut found: Vec<(AdviceRequest, OfCase, OfPerson)> = Vec::new();
    if !matches!(window.after, Some(Key::Rest(_))) {
        let mut query = filtered().filter(advice_requests::outstanding.eq(true));
        if let Some(Key::Outstanding(due_on, id)) = window.after {
            query = query.filter(
                advice_requests::due_on
                    .gt(due_on)
                    .or(advice_requests::due_on.eq(due_on).and(advice_requests::id.gt(id))),
            );
        }
        found = query
            .order((advice_requests::due_on.asc(), advice_requests::id.asc()))
            .limit(window.fetch())
            .select(columns())
            .load(conn)?;
    }
    let missing = window.fetch().saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
    if missing > 0 {
        let mut query = filtered().filter(advice_requests::outstanding.eq(false));
        if let Some(Key::Rest(id)) = window.after {
            query = query.filter(advice_requests::id.lt(id));
        }
        let rest: Vec<(AdviceRequest, OfCase, OfPerson)> =
            query.order(advice_requests::id.desc()).limit(missing).select(columns()).load(conn)?;
        found.extend(rest);
    }
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    Ok(window.page(found.into_iter().map(Row::from).collect(), total, |Row { request, .. }| match request.due_on {
        Some(due_on) if request.outstanding => Key::Outstanding(due_on, request.id),
        _ => Key::Rest(request.id),
    }))
}

/// How many requests of each of these cases are overdue on `today`.
pub fn overdue_by_case(conn: &mut Conn, cases: &[Id], today: NaiveDate) -> Result<Vec<(Id, i64)>, Error> {
    Ok(dsl::advice_requests
        .filter(dsl::case_id.one_of(cases))
        .filter(dsl::outstanding.eq(true))
        .filter(dsl::due_on.lt(today))
        .group_by(dsl::case_id)
        .select((dsl::case_id, count_star()))
        .load(conn)?)
}

/// Keeps new requests of one case, and which documents each shares.
pub fn insert_all(tx: &mut Tx<'_>, new: &[(AdviceRequest, &[Id])]) -> Result<(), Error> {
    let requests: Vec<&AdviceRequest> = new.iter().map(|(request, _)| request).collect();
    native!(&mut **tx, |conn| diesel::insert_into(advice_requests::table).values(requests).execute(conn))?;
    share(tx, new.iter().flat_map(|(request, shared)| shared.iter().map(|document| (request.id, *document))))
}

/// Keeps a change; `request.version` is the new one.
pub fn update(tx: &mut Tx<'_>, request: &AdviceRequest) -> Result<(), Error> {
    let before = request.version.saturating_sub(1);
    let changed = diesel::update(dsl::advice_requests.find(request.id).filter(dsl::version.eq(before)))
        .set(request)
        .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Cancels requests, all for the same reason.
pub fn cancel_all(tx: &mut Tx<'_>, requests: &[Id], closing: Closing, at: Instant) -> Result<(), Error> {
    diesel::update(dsl::advice_requests.filter(dsl::id.one_of(requests)))
        .set((
            dsl::status.eq(Word(AdviceStatus::Cancelled)),
            dsl::closing.eq(Some(Doc(closing))),
            dsl::version.eq(dsl::version + 1),
            dsl::updated_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Which documents each of these requests shares, by title. One that is no longer shared with advisers is left out.
pub fn shared_documents(conn: &mut Conn, requests: &[Id]) -> Result<Vec<(Id, OfDocument)>, Error> {
    Ok(advice_shared_documents::table
        .inner_join(documents::table)
        .filter(advice_shared_documents::advice_request_id.one_of(requests))
        .filter(documents::shared_with_advisers.eq(true))
        .order((documents::title.asc(), documents::id.asc()))
        .select((advice_shared_documents::advice_request_id, OfDocument::as_select()))
        .load(conn)?)
}

/// Shares these documents with a request, and no others.
pub fn set_shared_documents(tx: &mut Tx<'_>, request: Id, shared: &[Id]) -> Result<(), Error> {
    use advice_shared_documents::dsl;
    diesel::delete(dsl::advice_shared_documents.filter(dsl::advice_request_id.eq(request))).execute(&mut **tx)?;
    share(tx, shared.iter().map(|document| (request, *document)))
}

/// Shares documents with requests that share nothing yet.
fn share(tx: &mut Tx<'_>, pairs: impl Iterator<Item = (Id, Id)>) -> Result<(), Error> {
    use advice_shared_documents::dsl;
    let pairs: BTreeSet<(Id, Id)> = pairs.collect();
    let rows: Vec<_> = pairs
        .into_iter()
        .map(|(request, document)| (dsl::advice_request_id.eq(request), dsl::document_id.eq(document)))
        .collect();
    if !rows.is_empty() {
        native!(&mut **tx, |conn| diesel::insert_into(dsl::advice_shared_documents).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// The documents of these ids.
pub fn documents(conn: &mut Conn, ids: &[Id]) -> Result<Vec<OfDocument>, Error> {
    Ok(documents::table.filter(documents::id.one_of(ids)).select(OfDocument::as_select()).load(conn)?)
}

/// The documents of a case that are shared with advisers: the family's representations and evidence (Regs 6(3)), and no
/// service's advice.
pub fn shared_of_case(conn: &mut Conn, case_id: Id) -> Result<Vec<Id>, Error> {
    Ok(documents::table
        .filter(documents::case_id.eq(case_id))
        .filter(documents::shared_with_advisers.eq(true))
        .filter(documents::advice_request_id.is_null())
        .order(documents::id)
        .select(documents::id)
        .load(conn)?)
}

/// Those of these documents that are of a case and shared with advisers: none that came as a service's advice.
pub fn shareable(conn: &mut Conn, case_id: Id, ids: &[Id]) -> Result<Vec<Id>, Error> {
    Ok(documents::table
        .filter(documents::id.one_of(ids))
        .filter(documents::case_id.eq(case_id))
        .filter(documents::shared_with_advisers.eq(true))
        .filter(documents::advice_request_id.is_null())
        .select(documents::id)
        .load(conn)?)
}

/// What came with a request and belongs to none of its submissions yet, in the order in which it came.
pub fn unsubmitted_documents(conn: &mut Conn, request: Id) -> Result<Vec<OfDocument>, Error> {
    let submitted: Vec<Id> =
        submissions(conn, &[request])?.into_iter().flat_map(|one| one.content.0.documents).collect();
    let asked = dsl::advice_requests.filter(dsl::id.eq(request)).select(dsl::organisation_id);
    Ok(documents::table
        .filter(documents::advice_request_id.eq(request))
        .filter(documents::organisation_id.eq_any(asked))
        .filter(documents::id.ne_all(submitted))
        .order(documents::id)
        .select(OfDocument::as_select())
        .load(conn)?)
}

/// Those of these documents that are of a case; where a request for advice is given, only those that came with the answer
/// of the body that it asks now.
pub fn documents_of_case(conn: &mut Conn, case_id: Id, request: Option<Id>, ids: &[Id]) -> Result<Vec<Id>, Error> {
    let mut query = documents::table
        .filter(documents::id.one_of(ids))
        .filter(documents::case_id.eq(case_id))
        .select(documents::id)
        .into_boxed();
    if let Some(request) = request {
        let asked = dsl::advice_requests.filter(dsl::id.eq(request)).select(dsl::organisation_id);
        query = query.filter(documents::advice_request_id.eq(request)).filter(documents::organisation_id.eq_any(asked));
    }
    Ok(query.load(conn)?)
}

/// The submissions of these requests, each request's in their order.
pub fn submissions(conn: &mut Conn, requests: &[Id]) -> Result<Vec<Submission>, Error> {
    Ok(advice_submissions::table
        .filter(advice_submissions::advice_request_id.one_of(requests))
        .order((advice_submissions::advice_request_id, advice_submissions::number))
        .select(Submission::as_select())
        .load(conn)?)
}

/// The last submission of a request.
pub fn last_submission(conn: &mut Conn, request: Id) -> Result<Option<Submission>, Error> {
    Ok(advice_submissions::table
        .filter(advice_submissions::advice_request_id.eq(request))
        .order(advice_submissions::number.desc())
        .select(Submission::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps a new submission.
pub fn insert_submission(tx: &mut Tx<'_>, submission: &Submission) -> Result<(), Error> {
    diesel::insert_into(advice_submissions::table).values(submission).execute(&mut **tx)?;
    Ok(())
}

/// Keeps that a submission was returned: the only thing about it that ever changes.
pub fn return_submission(tx: &mut Tx<'_>, id: Id, on: NaiveDate, reason: &str) -> Result<(), Error> {
    diesel::update(advice_submissions::table.find(id))
        .set((advice_submissions::returned_on.eq(on), advice_submissions::return_reason.eq(reason)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The exceptions of these requests, in the order in which they were proposed.
pub fn exceptions(conn: &mut Conn, requests: &[Id]) -> Result<Vec<Exception>, Error> {
    Ok(exceptions::table
        .filter(exceptions::advice_request_id.eq_any(requests.to_vec()))
        .order(exceptions::id)
        .select(Exception::as_select())
        .load(conn)?)
}

/// Whether the education advice that came names a qualified teacher; `None` where none has come.
pub fn education_names_teacher(conn: &mut Conn, case_id: Id) -> Result<Option<bool>, Error> {
    let last: Option<Doc<SubmissionContent>> = advice_submissions::table
        .inner_join(dsl::advice_requests)
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::kind.eq(Word(AdviceKind::Education)))
        .order(advice_submissions::id.desc())
        .select(advice_submissions::content)
        .first(conn)
        .optional()?;
    Ok(last.map(|Doc(content)| content.qualified_teacher.is_some()))
}

/// Moves the days of requests that were asked for on one day to another: the day of the decision was mended.
pub fn move_asked_on(tx: &mut Tx<'_>, case_id: Id, old: NaiveDate, new: NaiveDate) -> Result<(), Error> {
    let asked = dsl::advice_requests.filter(dsl::case_id.eq(case_id)).filter(dsl::requested_on.eq(old));
    diesel::update(asked.filter(dsl::received_by_body_on.eq(old)))
        .set(dsl::received_by_body_on.eq(new))
        .execute(&mut **tx)?;
    diesel::update(asked).set((dsl::requested_on.eq(new), dsl::version.eq(dsl::version + 1))).execute(&mut **tx)?;
    Ok(())
}
