//! The queries on working days and closures.

use chrono::NaiveDate;
use diesel::{QueryDsl, RunQueryDsl};
use statute::Calendar;

use crate::db::Conn;
use crate::db::schema::bank_holidays;
use crate::error::Error;

/// The working days of England and Wales.
pub fn working_days(conn: &mut Conn) -> Result<Calendar, Error> {
    let days: Vec<NaiveDate> = bank_holidays::table.select(bank_holidays::day).load(conn)?;
    Ok(Calendar::new(days))
}
