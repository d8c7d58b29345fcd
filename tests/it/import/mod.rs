//! Taking a caseload over from a spreadsheet.

mod faults;
mod program;
mod sheets;
mod vectors;

use std::io::Cursor;

use ehcp_tracker::auth::Acting;
use ehcp_tracker::calendar;
use ehcp_tracker::case;
use ehcp_tracker::db::Db;
use ehcp_tracker::error::Error;
use ehcp_tracker::import::commands::{Mode, import_cases};
use ehcp_tracker::import::model::{Outcome, Pass, SheetFault, Watch};
use ehcp_tracker::time::Clock;

use crate::support::TestApp;

/// The day of every import here: a Friday.
pub const TODAY: &str = "2026-11-20";

/// A sheet in the making: each row names the cells that it fills.
#[derive(Debug, Default, Clone)]
pub struct Sheet(Vec<Vec<(String, String)>>);

impl Sheet {
    pub fn new() -> Self {
        Self::default()
    }

    /// A row with a name of its own and these cells; an empty cell takes one away.
    pub fn row(mut self, reference: &str, cells: &[(&str, &str)]) -> Self {
        let mut row: Vec<(String, String)> = [
            ("external_reference", reference),
            ("forename", "Robin"),
            ("surname", reference),
            ("date_of_birth", "2015-03-02"),
            ("received_on", "2026-09-01"),
            ("request_source", "family"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in cells {
            row.retain(|(known, _)| known != name);
            row.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.0.push(row);
        self
    }

    /// The sheet as CSV, with the headings that its rows need.
    pub fn csv(&self) -> String {
        let mut headings: Vec<&str> = Vec::new();
        for (name, _) in self.0.iter().flatten() {
            if !headings.contains(&name.as_str()) {
                headings.push(name);
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&headings).unwrap();
        for row in &self.0 {
            let cell = |heading: &&str| row.iter().find(|(name, _)| name == heading).map_or("", |(_, value)| value);
            writer.write_record(headings.iter().map(cell)).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }
}

/// What an import said.
#[derive(Debug, Default)]
pub struct Said {
    pub outcome: Outcome,
    pub faults: Vec<SheetFault>,
    pub passes: Vec<Pass>,
}

impl Said {
    /// Row, column and code of every fault, in order.
    pub fn faults(&self) -> Vec<(u32, &str, &str)> {
        self.faults.iter().map(|fault| (fault.row, fault.column.as_ref(), fault.code.as_str())).collect()
    }

    /// Rows read, cases created, rows unchanged, faults.
    pub fn counts(&self) -> (u32, u32, u32, u32) {
        (self.outcome.read, self.outcome.created, self.outcome.unchanged, self.outcome.faults)
    }
}

impl Watch for Said {
    fn fault(&mut self, fault: &SheetFault) -> Result<(), Error> {
        self.faults.push(fault.clone());
        Ok(())
    }

    fn progress(&mut self, pass: Pass, _bytes: u64) {
        if self.passes.last() != Some(&pass) {
            self.passes.push(pass);
        }
    }
}

/// Takes a sheet over into a database, in whatever signs it is written.
pub fn import_bytes(db: &Db, today: &str, mode: Mode, sheet: &[u8]) -> Result<Said, Error> {
    let acting = Acting::system("import", Clock::new(Some(today.parse().unwrap())).read());
    let mut said = Said::default();
    said.outcome = import_cases(db, &acting, mode, || Ok(Cursor::new(sheet.to_vec())), &mut said)?;
    Ok(said)
}

impl TestApp {
    /// Takes a sheet over, or tries to.
    pub fn import_as(&self, mode: Mode, csv: &str) -> Result<Said, Error> {
        self.import_on(TODAY, mode, csv)
    }

    /// The same on another day.
    pub fn import_on(&self, today: &str, mode: Mode, csv: &str) -> Result<Said, Error> {
        import_bytes(&self.db(), today, mode, csv.as_bytes())
    }

    /// Takes a sheet over.
    #[track_caller]
    pub fn import(&self, sheet: &Sheet) -> Said {
        self.import_as(Mode::Write, &sheet.csv()).unwrap()
    }

    /// Takes a sheet over that has no fault.
    #[track_caller]
    pub fn take_over(&self, sheet: &Sheet) -> Said {
        let said = self.import(sheet);
        assert_eq!(said.faults, []);
        self.on_day(TODAY);
        self.assert_derived();
        said
    }

    /// Whatever is kept of every case's clock is what the law derives from its facts.
    #[track_caller]
    pub fn assert_derived(&self) {
        let found = self.db().read(|conn| {
            let calendar = calendar::store::working_days(conn)?;
            let mut found = Vec::new();
            for case in case::store::after(conn, None, i64::MAX)? {
                found.extend(case::store::differences(conn, &case, &calendar)?);
            }
            Ok(found)
        });
        assert_eq!(found.unwrap(), []);
    }
}
