//! The queries on working days and closures.

mod feeds;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use statute::Calendar;

pub use feeds::{due, feed_by_token, feeds_of, insert_feed, keep_content, revoke_feeds, standing_feeds};

use super::model::{BankHoliday, SettingClosure};
use crate::db::schema::{bank_holidays, cases, closures, deadlines};
use crate::db::{Conn, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::words::RuleIdWord;

/// How many rows or days go into one statement: well below what either database allows.
const CHUNK: usize = 500;

/// The key of a closure in the list.
pub type ClosureKey = (NaiveDate, Id);

/// The working days of England and Wales.
pub fn working_days(conn: &mut Conn) -> Result<Calendar, Error> {
    let days: Vec<NaiveDate> = bank_holidays::table.select(bank_holidays::day).load(conn)?;
    Ok(Calendar::new(days))
}

/// Whether there is any bank holiday.
pub fn has_bank_holidays(conn: &mut Conn) -> Result<bool, Error> {
    let one: Option<NaiveDate> =
        bank_holidays::table.select(bank_holidays::day).order(bank_holidays::day).first(conn).optional()?;
    Ok(one.is_some())
}

/// Every bank holiday, in order.
pub fn bank_holidays(conn: &mut Conn) -> Result<Vec<BankHoliday>, Error> {
    Ok(bank_holidays::table.order(bank_holidays::day).select(BankHoliday::as_select()).load(conn)?)
}

/// Keeps new bank holidays.
pub fn insert_bank_holidays(tx: &mut Tx<'_>, days: &[BankHoliday]) -> Result<(), Error> {
    for chunk in days.chunks(CHUNK) {
        native!(&mut **tx, |conn| diesel::insert_into(bank_holidays::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

/// Forgets the bank holidays of these years.
pub fn delete_years(tx: &mut Tx<'_>, years: &BTreeSet<i32>) -> Result<(), Error> {
    for year in years {
        let (Some(first), Some(last)) = (NaiveDate::from_ymd_opt(*year, 1, 1), NaiveDate::from_ymd_opt(*year, 12, 31))
        else {
            return Err(Error::internal(format!("the year {year} has no days")));
        };
        diesel::delete(bank_holidays::table.filter(bank_holidays::day.between(first, last))).execute(&mut **tx)?;
    }
    Ok(())
}

/// A deadline that a change of the calendar may concern.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Planned {
    /// The case.
    pub case_id: Id,
    /// What people call it.
    pub reference: String,
    /// Whether it has not ended.
    pub open: bool,
    /// The rule.
    pub rule: RuleIdWord,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then, as it is kept.
    pub act_by: NaiveDate,
}

/// The deadlines of all cases that are due on one of these days, by case.
pub fn due_on(conn: &mut Conn, days: &[NaiveDate]) -> Result<Vec<Planned>, Error> {
    let mut found = Vec::new();
    for chunk in days.chunks(CHUNK) {
        let some: Vec<Planned> = deadlines::table
            .inner_join(cases::table)
            .filter(deadlines::due_on.eq_any(chunk.to_vec()))
            .order((cases::reference, deadlines::due_on, deadlines::id))
            .select((cases::id, cases::reference, cases::open, deadlines::rule, deadlines::due_on, deadlines::act_by))
            .load(conn)?;
        found.extend(some);
    }
    Ok(found)
}

/// The closure of an id.
pub fn closure(conn: &mut Conn, id: Id) -> Result<Option<SettingClosure>, Error> {
    Ok(closures::table.find(id).select(SettingClosure::as_select()).first(conn).optional()?)
}

/// A page of closures, the latest first; of those that concern one setting, where it is given.
pub fn closures(
    conn: &mut Conn,
    setting_id: Option<Id>,
    window: &Window<ClosureKey>,
) -> Result<Page<SettingClosure>, Error> {
    let filtered = || {
        let mut query = closures::table.into_boxed();
        if let Some(setting_id) = setting_id {
            query = query.filter(closures::setting_id.is_null().or(closures::setting_id.eq(setting_id)));
        }
        query
    };
    let mut query = filtered();
    if let Some((day, id)) = window.after {
        query = query.filter(closures::closed_from.lt(day).or(closures::closed_from.eq(day).and(closures::id.lt(id))));
    }
    let rows: Vec<SettingClosure> = query
        .order((closures::closed_from.desc(), closures::id.desc()))
        .limit(window.fetch())
        .select(SettingClosure::as_select())
        .load(conn)?;
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| (row.closed_from, row.id)))
}

/// Keeps a new closure.
pub fn insert_closure(tx: &mut Tx<'_>, closure: &SettingClosure) -> Result<(), Error> {
    diesel::insert_into(closures::table).values(closure).execute(&mut **tx)?;
    Ok(())
}

/// Forgets a closure.
pub fn delete_closure(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    diesel::delete(closures::table.find(id)).execute(&mut **tx)?;
    Ok(())
}
