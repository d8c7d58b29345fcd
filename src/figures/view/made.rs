//! A report by its name and parameters, as it is frozen.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use statute::Calendar;

use super::{reports, work};
use crate::auth::Acting;
use crate::codes::Code;
use crate::config::CaseworkSettings;
use crate::db::Conn;
use crate::error::{Error, Fault};
use crate::figures::model::Report;
use crate::ids::Id;

/// Whom an authority is compared with.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// Its own 3-digit code.
    pub own: Option<String>,
    /// Those of others.
    pub comparators: Vec<String>,
}

impl From<&CaseworkSettings> for Compared {
    fn from(settings: &CaseworkSettings) -> Self {
        Self { own: settings.authority_code.clone(), comparators: settings.comparators.clone() }
    }
}

/// The working days, and how many of them ahead is soon.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// The working days.
    pub calendar: Arc<Calendar>,
    /// How many are soon.
    pub days: u32,
}

impl Ahead {
    /// The last day that counts as soon on a day.
    pub fn soon(&self, day: NaiveDate) -> NaiveDate {
        self.calendar.add_working_days(day, self.days)
    }
}

/// A report as it will be frozen.
#[derive(Debug, Clone)]
pub struct Made {
    /// The answer, word for word.
    pub content: String,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// The cases that it names.
    pub named: Vec<Id>,
}

/// Makes the report of a name with all that it lists.
pub fn make(
    conn: &mut Conn,
    acting: &Acting,
    report: Report,
    query: &BTreeMap<String, Value>,
    others: &Compared,
    ahead: &Ahead,
) -> Result<Made, Error> {
    let whole = ["limit", "cursor"].into_iter().find(|name| query.contains_key(*name));
    if let Some(name) = whole {
        return Err(at_fault(name, "What is frozen is frozen whole: leave this out."));
    }
    made(conn, acting, report, query, others, ahead).map_err(|fault| match fault {
        // The parameters stand in the body here.
        Error::Invalid(faults) => Error::Invalid(faults.into_iter().map(within_query).collect()),
        other => other,
    })
}

fn within_query(fault: Fault) -> Fault {
    if fault.pointer.starts_with("/query") {
        fault
    } else {
        Fault { pointer: format!("/query{}", fault.pointer), ..fault }
    }
}

fn made(
    conn: &mut Conn,
    acting: &Acting,
    report: Report,
    query: &BTreeMap<String, Value>,
    others: &Compared,
    ahead: &Ahead,
) -> Result<Made, Error> {
    match report {
        Report::Timeliness => {
            let (made, named) = reports::timeliness(conn, acting, &read(query)?, others)?;
            frozen(&made, made.as_at, named)
        }
        Report::Decisions => {
            let (made, named) = reports::decisions(conn, acting, &read(query)?)?;
            frozen(&made, made.as_at, named)
        }
        Report::Advice => {
            let made = reports::advice(conn, acting, &read(query)?, ahead)?;
            frozen(&made, made.as_at, Vec::new())
        }
        Report::Caseload => {
            let made = work::caseload(conn, acting, &read(query)?, ahead)?;
            frozen(&made, made.as_at, Vec::new())
        }
        Report::Breaches => {
            let (made, named) = work::breaches(conn, acting, &read(query)?, ahead, true)?;
            frozen(&made, made.as_at, named)
        }
        Report::Delays => {
            let (made, named) = reports::delays(conn, acting, &read(query)?, ahead, true)?;
            frozen(&made, made.as_at, named)
        }
    }
}

fn frozen(made: &impl Serialize, as_at: NaiveDate, named: Vec<Id>) -> Result<Made, Error> {
    let content = serde_json::to_string(made).map_err(|fault| Error::internal(fault.to_string()))?;
    Ok(Made { content, as_at, named })
}

/// The parameters of a report, from what would stand in its address.
fn read<T: DeserializeOwned>(query: &BTreeMap<String, Value>) -> Result<T, Error> {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        match value {
            Value::Null => {}
            Value::String(text) => drop(pairs.append_pair(name, text)),
            Value::Number(number) => drop(pairs.append_pair(name, &number.to_string())),
            Value::Bool(truth) => drop(pairs.append_pair(name, &truth.to_string())),
            Value::Array(_) | Value::Object(_) => {
                return Err(at_fault(name, "Expected a text, a number, true or false."));
            }
        }
    }
    let text = pairs.finish();
    let parameters = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(parameters).map_err(|fault| {
        let name = match fault.path().to_string().as_str() {
            "." => String::new(),
            name => name.to_owned(),
        };
        at_fault(&name, "The report has no such parameter, or not in this form: see its documentation.")
    })
}

fn at_fault(name: &str, detail: &str) -> Error {
    let pointer = if name.is_empty() { "/query".to_owned() } else { format!("/query/{name}") };
    Fault::new(pointer, Code::InvalidParameter, detail).into()
}
