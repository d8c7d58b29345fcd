//! The queries on documents. Their content is not here.

use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};
use statute::AdviceStatus;

use super::model::Document;
use crate::content::Scan;
use crate::db::schema::{advice_requests, advice_shared_documents, documents, users};
use crate::db::{Conn, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::words::Word;

/// A document and the name of whoever sent it in.
pub type Found = (Document, Option<String>);

/// The document of an id, whoever asks: whether they may know of it is for the caller to decide.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Found>, Error> {
    Ok(documents::table
        .left_join(users::table)
        .filter(documents::id.eq(id))
        .select((Document::as_select(), users::name.nullable()))
        .first(conn)
        .optional()?)
}

/// Whether an organisation may read a document: one that came with its own answer to a request for advice, or one that
/// such a request shares, as long as it is shared with advisers at all. What came with the answer of a body that was asked
/// before it stays that body's.
pub fn shared_with(conn: &mut Conn, document: &Document, organisation: Id) -> Result<bool, Error> {
    let standing = || {
        advice_requests::table
            .filter(advice_requests::organisation_id.eq(organisation))
            .filter(advice_requests::status.ne(Word(AdviceStatus::Cancelled)))
            .select(advice_requests::id)
    };
    if let Some(answered) = document.advice_request_id.filter(|_| document.organisation_id == Some(organisation)) {
        let own: Option<Id> = standing().filter(advice_requests::id.eq(answered)).first(conn).optional()?;
        if own.is_some() {
            return Ok(true);
        }
    }
    if !document.shared_with_advisers {
        return Ok(false);
    }
    let named = advice_shared_documents::table
        .filter(advice_shared_documents::document_id.eq(document.id))
        .select(advice_shared_documents::advice_request_id);
    let sharing: Option<Id> = standing().filter(advice_requests::id.eq_any(named)).first(conn).optional()?;
    Ok(sharing.is_some())
}

/// The documents of a case, newest first.
pub fn of_case(conn: &mut Conn, case_id: Id, window: &Window<Id>) -> Result<Page<Found>, Error> {
    let mut query = documents::table
        .left_join(users::table)
        .filter(documents::case_id.eq(case_id))
        .order(documents::id.desc())
        .limit(window.fetch())
        .select((Document::as_select(), users::name.nullable()))
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(documents::id.lt(after));
    }
    let rows: Vec<Found> = query.load(conn)?;
    let total = window
        .count
        .then(|| documents::table.filter(documents::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows, total, |(document, _)| document.id))
}

/// Keeps a new document. Its file is kept after it, in the same transaction: see `content` on crashes.
pub fn insert(tx: &mut Tx<'_>, document: &Document) -> Result<(), Error> {
    diesel::insert_into(documents::table).values(document).execute(&mut **tx)?;
    Ok(())
}

/// Those of these digests that a document needs the content of: one that is infected needs none.
pub fn needed(conn: &mut Conn, digests: &[String]) -> Result<Vec<String>, Error> {
    Ok(documents::table
        .filter(documents::sha256.eq_any(digests.to_vec()))
        .filter(documents::scan.ne(Word(Scan::Infected)))
        .select(documents::sha256)
        .distinct()
        .load(conn)?)
}

/// The digests of the documents that came last, and have content.
pub fn latest_digests(conn: &mut Conn, limit: i64) -> Result<Vec<String>, Error> {
    Ok(documents::table
        .filter(documents::scan.ne(Word(Scan::Infected)))
        .order(documents::id.desc())
        .limit(limit)
        .select(documents::sha256)
        .load(conn)?)
}

/// The next documents that wait for their scan, by id.
pub fn unscanned(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<Document>, Error> {
    let mut query = documents::table
        .filter(documents::scan.eq(Word(Scan::Unscanned)))
        .order(documents::id)
        .limit(limit)
        .select(Document::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(documents::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The documents that share content.
pub fn of_content(conn: &mut Conn, sha256: &str) -> Result<Vec<Document>, Error> {
    Ok(documents::table
        .filter(documents::sha256.eq(sha256))
        .order(documents::id)
        .select(Document::as_select())
        .load(conn)?)
}

/// Keeps what the scanner said of a document.
pub fn set_scan(tx: &mut Tx<'_>, id: Id, scan: Scan) -> Result<(), Error> {
    diesel::update(documents::table.find(id)).set(documents::scan.eq(Word(scan))).execute(&mut **tx)?;
    Ok(())
}

/// The next documents by id, whatever case they are of: for those who look after all of them.
pub fn after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<Document>, Error> {
    let mut query = documents::table.order(documents::id).limit(limit).select(Document::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(documents::id.gt(after));
    }
    Ok(query.load(conn)?)
}
