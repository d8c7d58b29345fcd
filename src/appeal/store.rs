//! The queries on mediation, appeals and orders.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Appeal, Mediation, Order, OrderDay};
use crate::db::schema::{appeals, mediations, order_days, orders};
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// One appeal of a case.
pub fn appeal(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<Appeal>, Error> {
    Ok(appeals::table
        .filter(appeals::id.eq(id))
        .filter(appeals::case_id.eq(case_id))
        .select(Appeal::as_select())
        .first(conn)
        .optional()?)
}

/// One mediation of a case.
pub fn mediation(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<Mediation>, Error> {
    Ok(mediations::table
        .filter(mediations::id.eq(id))
        .filter(mediations::case_id.eq(case_id))
        .select(Mediation::as_select())
        .first(conn)
        .optional()?)
}

/// One order of a case.
pub fn order(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<Order>, Error> {
    Ok(orders::table
        .filter(orders::id.eq(id))
        .filter(orders::case_id.eq(case_id))
        .select(Order::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps another day for a limit of an order.
pub fn insert_day(tx: &mut Tx<'_>, day: &OrderDay) -> Result<(), Error> {
    diesel::insert_into(order_days::table).values(day).execute(&mut **tx)?;
    Ok(())
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

/// Keeps corrected mediation.
pub fn update_mediation(tx: &mut Tx<'_>, mediation: &Mediation) -> Result<(), Error> {
    diesel::update(mediations::table.find(mediation.id)).set(mediation).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a corrected appeal.
pub fn update_appeal(tx: &mut Tx<'_>, appeal: &Appeal) -> Result<(), Error> {
    diesel::update(appeals::table.find(appeal.id)).set(appeal).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a corrected order.
pub fn update_order(tx: &mut Tx<'_>, order: &Order) -> Result<(), Error> {
    diesel::update(orders::table.find(order.id)).set(order).execute(&mut **tx)?;
    Ok(())
}
