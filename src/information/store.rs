//! The queries on information requests.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::{information_requests, organisations};
use crate::db::{Conn, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::information::model::InformationRequest;
use crate::organisation::model::Organisation;

/// A request with the setting that is asked.
pub type Asked = (InformationRequest, Organisation);

/// The request of an id, if it is of this case.
pub fn find(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<InformationRequest>, Error> {
    Ok(information_requests::table
        .find(id)
        .filter(information_requests::case_id.eq(case_id))
        .select(InformationRequest::as_select())
        .first(conn)
        .optional()?)
}

/// The requests of a case, in the order in which they were recorded.
pub fn of_case(conn: &mut Conn, case_id: Id) -> Result<Vec<Asked>, Error> {
    Ok(information_requests::table
        .inner_join(organisations::table)
        .filter(information_requests::case_id.eq(case_id))
        .order(information_requests::id)
        .select((InformationRequest::as_select(), Organisation::as_select()))
        .load(conn)?)
}

/// A page of the requests of a case, in the order in which they were recorded.
pub fn page_of_case(conn: &mut Conn, case_id: Id, window: &Window<Id>) -> Result<Page<Asked>, Error> {
    let mut query = information_requests::table
        .inner_join(organisations::table)
        .filter(information_requests::case_id.eq(case_id))
        .order(information_requests::id)
        .limit(window.fetch())
        .select((InformationRequest::as_select(), Organisation::as_select()))
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(information_requests::id.gt(after));
    }
    let rows: Vec<Asked> = query.load(conn)?;
    let of_case = information_requests::table.filter(information_requests::case_id.eq(case_id));
    let total = window.count.then(|| of_case.count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |(request, _)| request.id))
}

/// Keeps a new request.
pub fn insert(tx: &mut Tx<'_>, request: &InformationRequest) -> Result<(), Error> {
    diesel::insert_into(information_requests::table).values(request).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a changed request. The caller has locked its case.
pub fn update(tx: &mut Tx<'_>, request: &InformationRequest) -> Result<(), Error> {
    diesel::update(information_requests::table.find(request.id)).set(request).execute(&mut **tx)?;
    Ok(())
}
