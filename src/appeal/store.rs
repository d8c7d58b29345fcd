//! The queries on mediation, appeals and orders.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Appeal, Mediation, Order};
use crate::db::schema::{appeals, mediations, orders};
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// The mediations of a case, in the order in which they were recorded.
pub fn mediations(conn: &mut Conn, case_id: Id) -> Result<Vec<Mediation>, Error> {
    Ok(mediations::table
        .filter(mediations::case_id.eq(case_id))
        .order(mediations::id)
        .select(Mediation::as_select())
        .load(conn)?)
}

/// The appeals of a case, in the order in which they were recorded.
pub fn appeals(conn: &mut Conn, case_id: Id) -> Result<Vec<Appeal>, Error> {
    Ok(appeals::table.filter(appeals::case_id.eq(case_id)).order(appeals::id).select(Appeal::as_select()).load(conn)?)
}

/// The orders of a case, in the order in which they were recorded.
pub fn orders(conn: &mut Conn, case_id: Id) -> Result<Vec<Order>, Error> {
    Ok(orders::table.filter(orders::case_id.eq(case_id)).order(orders::id).select(Order::as_select()).load(conn)?)
}

/// One appeal of a case.
pub fn appeal(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<Appeal>, Error> {
    Ok(appeals::table
        .filter(appeals::id.eq(id))
        .filter(appeals::case_id.eq(case_id))
        .select(Appeal::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps mediation.
pub fn insert_mediation(tx: &mut Tx<'_>, mediation: &Mediation) -> Result<(), Error> {
    diesel::insert_into(mediations::table).values(mediation).execute(&mut **tx)?;
    Ok(())
}

/// Keeps an appeal.
pub fn insert_appeal(tx: &mut Tx<'_>, appeal: &Appeal) -> Result<(), Error> {
    diesel::insert_into(appeals::table).values(appeal).execute(&mut **tx)?;
    Ok(())
}

/// Keeps an order.
pub fn insert_order(tx: &mut Tx<'_>, order: &Order) -> Result<(), Error> {
    diesel::insert_into(orders::table).values(order).execute(&mut **tx)?;
    Ok(())
}
