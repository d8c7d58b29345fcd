//! The queries on secure links.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::advice::model::AdviceLink;
use crate::db::schema::{advice_links, organisations};
use crate::db::{Conn, OneOf, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// The link of a token's digest, with the name of the organisation that it was mailed to.
pub fn by_token(conn: &mut Conn, token_hash: &str) -> Result<Option<(AdviceLink, String)>, Error> {
    Ok(advice_links::table
        .inner_join(organisations::table)
        .filter(advice_links::token_hash.eq(token_hash))
        .select((AdviceLink::as_select(), organisations::name))
        .first(conn)
        .optional()?)
}

/// A link of a request.
pub fn find(conn: &mut Conn, request: Id, id: Id) -> Result<Option<AdviceLink>, Error> {
    Ok(advice_links::table
        .find(id)
        .filter(advice_links::advice_request_id.eq(request))
        .select(AdviceLink::as_select())
        .first(conn)
        .optional()?)
}

/// The links of a request, newest first.
pub fn of_request(conn: &mut Conn, request: Id, window: &Window<Id>) -> Result<Page<AdviceLink>, Error> {
    let mut query = advice_links::table
        .filter(advice_links::advice_request_id.eq(request))
        .order(advice_links::id.desc())
        .limit(window.fetch())
        .select(AdviceLink::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(advice_links::id.lt(after));
    }
    let rows: Vec<AdviceLink> = query.load(conn)?;
    let total = window
        .count
        .then(|| advice_links::table.filter(advice_links::advice_request_id.eq(request)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows, total, |link| link.id))
}

/// How many links one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// Keeps new links.
pub fn insert_all(tx: &mut Tx<'_>, links: &[AdviceLink]) -> Result<(), Error> {
    for chunk in links.chunks(AT_ONCE) {
        native!(&mut **tx, |conn| diesel::insert_into(advice_links::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

/// Revokes a link; answers whether it was not revoked before.
pub fn revoke(tx: &mut Tx<'_>, id: Id, at: Instant) -> Result<bool, Error> {
    let changed = diesel::update(advice_links::table.find(id).filter(advice_links::revoked_at.is_null()))
        .set(advice_links::revoked_at.eq(at))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Ends every link of a request: it is settled, or asked of another body. A link that has ended stays so.
pub fn spend(tx: &mut Tx<'_>, requests: &[Id], at: Instant) -> Result<(), Error> {
    diesel::update(
        advice_links::table
            .filter(advice_links::advice_request_id.one_of(requests))
            .filter(advice_links::spent_at.is_null()),
    )
    .set(advice_links::spent_at.eq(at))
    .execute(&mut **tx)?;
    Ok(())
}
