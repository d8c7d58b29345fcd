//! The queries on working days and closures.

mod feeds;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use statute::{Calendar, RuleId};

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

/// The cases that a change of the calendar may concern, by reference: those with a deadline that is due on one of these
/// days, and those with a deadline of one of these rules that runs over a day of this span.
pub fn concerned(
    conn: &mut Conn,
    days: &[NaiveDate],
    rules: &[RuleId],
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<Id>, Error> {
    let mut found = BTreeSet::new();
    let cases_of = || deadlines::table.inner_join(cases::table).select((cases::reference, cases::id));
    for chunk in days.chunks(CHUNK) {
        found.extend(cases_of().filter(deadlines::due_on.eq_any(chunk.to_vec())).load::<(String, Id)>(conn)?);
    }
    let rules: Vec<RuleIdWord> = rules.iter().map(|rule| (*rule).into()).collect();
    let running = cases_of()
        .filter(deadlines::rule.eq_any(rules))
        .filter(deadlines::starts_on.le(last))
        .filter(deadlines::due_on.ge(first));
    found.extend(running.load::<(String, Id)>(conn)?);
    Ok(found.into_iter().map(|(_, id)| id).collect())
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
