//! The figures, as a manager asks for them.

mod as_at;
mod benchmarks;
mod caseload;
mod delays;
mod faults;
mod measures;
mod past;
mod published;
mod sheets;
mod snapshots;
mod undone;

use serde_json::Value;

use crate::import::Sheet;
use crate::support::TestApp;

/// The day on which these figures are asked for: a Friday.
pub const TODAY: &str = crate::import::TODAY;

/// A case whose plan was sent: history, of which nothing else is known.
pub fn issued(sheet: Sheet, reference: &str, received_on: &str, issued_on: &str, cells: &[(&str, &str)]) -> Sheet {
    let days = [("received_on", received_on), ("final_issued_on", issued_on)];
    sheet.row(reference, &[&days, cells].concat())
}

impl TestApp {
    /// A report, as a manager reads it.
    #[track_caller]
    pub fn report(&self, path: &str) -> Value {
        self.manager().get(&format!("/reports/{path}")).expect(200).json
    }

    /// The part of a report that has this key.
    #[track_caller]
    pub fn part(&self, path: &str, key: &str) -> Value {
        let report = self.report(path);
        let groups = report["groups"].as_array().unwrap();
        groups.iter().find(|group| group["key"] == key).unwrap_or_else(|| panic!("no {key} in {report}")).clone()
    }
}

/// Those fields of an object that another names.
pub fn of_the_same_names(found: &Value, expected: &Value) -> Value {
    let names = expected.as_object().unwrap().keys();
    names.map(|name| (name.clone(), found[name].clone())).collect::<serde_json::Map<_, _>>().into()
}
