//! The first reading: every row is judged, by itself, beside the others and beside what is known.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use chrono::Datelike;
use sha2::{Digest, Sha256};

use super::people::{Clash, People, Slot, Who};
use super::row::{Parsed, Row};
use super::settings::{Place, Settings};
use super::{BATCH, Pass};
use crate::auth::Acting;
use crate::codes::Code;
use crate::db::Conn;
use crate::error::Error;
use crate::ids::Id;
use crate::import::model::{Column, Outcome, Sheet, SheetFault, Watch};
use crate::import::store::{self, Imported};
use crate::person::model::Person;
use crate::time::Reading;

/// What is to be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken over before.
    Unchanged,
    /// It becomes a case of this person, at this setting.
    Create(Slot, Option<Place>),
}

/// What the first reading found.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) outcome: Outcome,
    /// One for each row, in order.
    pub(super) verdicts: Vec<Verdict>,
    pub(super) people: People,
    pub(super) settings: Settings,
    /// Who can work on a case, by e-mail address.
    pub(super) caseworkers: HashMap<String, Id>,
    /// How many cases there will be of each year.
    pub(super) years: BTreeMap<i32, i32>,
    /// A digest over all rows: the second reading must find the same.
    pub(super) digest: Vec<u8>,
}

/// Judges a whole sheet; every fault is told to `watch` in the order of the rows.
pub(super) fn check<R: Read>(
    conn: &mut Conn,
    acting: &Acting,
    mut sheet: Sheet<R>,
    watch: &mut dyn Watch,
) -> Result<Checked, Error> {
    let mut check = Check {
        acting,
        numbers: HashMap::new(),
        digest: Sha256::new(),
        checked: Checked {
            outcome: Outcome::default(),
            verdicts: Vec::new(),
            people: People::default(),
            settings: Settings::new(store::settings(conn)?),
            caseworkers: store::caseworkers(conn)?,
            years: BTreeMap::new(),
            digest: Vec::new(),
        },
    };
    let now = Reading { at: acting.at, today: acting.today };
    loop {
        let mut rows = Vec::with_capacity(BATCH);
        while rows.len() < BATCH
            && let Some(line) = sheet.next_line()?
        {
            rows.push(Parsed::read(sheet.layout(), &line, now));
        }
        if rows.is_empty() {
            break;
        }
        check.judge(conn, rows, watch)?;
        watch.progress(Pass::Checking, sheet.bytes());
    }
    let mut checked = check.checked;
    checked.digest = check.digest.finalize().to_vec();
    if checked.outcome.faults > 0 {
        checked.outcome.created = 0;
    }
    Ok(checked)
}

struct Check<'a> {
    acting: &'a Acting,
    /// In which row each of the council's own numbers stands; the number as a digest.
    numbers: HashMap<[u8; 32], u32>,
    digest: Sha256,
    checked: Checked,
}

impl Check<'_> {
    fn judge(&mut self, conn: &mut Conn, rows: Vec<Parsed>, watch: &mut dyn Watch) -> Result<(), Error> {
        let numbers: Vec<&str> = rows.iter().filter_map(|row| row.external_reference.as_deref()).collect();
        let imported = store::imported(conn, &numbers)?;
        self.learn_people(conn, &rows, &imported)?;
        for parsed in rows {
            let mut faults = Vec::new();
            let before = parsed.external_reference.as_ref().and_then(|number| imported.get(number));
            let verdict = self.judge_row(&parsed, before, &mut faults);
            for fault in &faults {
                watch.fault(fault)?;
            }
            let outcome = &mut self.checked.outcome;
            outcome.read = outcome.read.saturating_add(1);
            outcome.faults = outcome.faults.saturating_add(u32::try_from(faults.len()).unwrap_or(u32::MAX));
            match verdict {
                Some(Verdict::Unchanged) => outcome.unchanged = outcome.unchanged.saturating_add(1),
                Some(Verdict::Create(..)) => outcome.created = outcome.created.saturating_add(1),
                None => {}
            }
            self.checked.verdicts.extend(verdict);
        }
        Ok(())
    }

    /// Takes everybody in who is known and may be somebody in these rows, before the first of them is placed.
    fn learn_people(
        &mut self,
        conn: &mut Conn,
        rows: &[Parsed],
        imported: &HashMap<String, Imported>,
    ) -> Result<(), Error> {
        let people: Vec<&Person> = rows.iter().filter_map(Parsed::person).collect();
        let ids: Vec<Id> = imported.values().map(|before| before.person_id).collect();
        let known = store::people_like(conn, &people, &ids)?;
        let ids: Vec<Id> = known.iter().map(|person| person.id).collect();
        let open = store::with_open_case(conn, &ids)?;
        for person in &known {
            self.checked.people.know(person.id, &Who::new(person), open.contains(&person.id));
        }
        Ok(())
    }

    /// What becomes of a row; none where a fault stands in the way of knowing.
    fn judge_row(
        &mut self,
        parsed: &Parsed,
        before: Option<&Imported>,
        faults: &mut Vec<SheetFault>,
    ) -> Option<Verdict> {
        let mut twice = None;
        if let Some(number) = &parsed.external_reference {
            let first = *self.numbers.entry(Sha256::digest(number).into()).or_insert(parsed.number);
            twice = (first != parsed.number).then_some(first);
        }
        let digest = parsed.whole().map(|row| row.digest.as_str());
        self.digest.update(digest.unwrap_or_default());
        if let (Some(before), Some(row), None) = (before, parsed.whole(), twice)
            && before.digest == row.digest
        {
            self.checked.people.put_with(before.person_id, &Who::new(&row.person));
            return Some(Verdict::Unchanged);
        }
        faults.extend(parsed.faults.iter().cloned());
        let mut fault = |column, code, what: String| faults.push(SheetFault::new(parsed.number, column, code, what));
        if let Some(first) = twice {
            let what = format!("Row {first} has this number as well: each case has its own.");
            fault(Column::ExternalReference, Code::AlreadyExists, what);
        } else if before.is_some() {
            let what = "A row of this number was taken over before, with other content: change the case itself.";
            fault(Column::ExternalReference, Code::ImportedOtherwise, what.to_owned());
        }
        let row = &parsed.row;
        if let Some(email) = &row.caseworker_email
            && !self.checked.caseworkers.contains_key(email)
        {
            let what = "Give the e-mail address of an active caseworker or manager, or leave it out.";
            fault(Column::CaseworkerEmail, Code::UnknownUser, what.to_owned());
        }
        let named = [Column::SettingName, Column::SettingUrn].iter().all(|column| !parsed.unread.contains(column));
        let setting = match named.then(|| self.checked.settings.of(row, self.acting)).transpose() {
            Ok(setting) => setting.flatten(),
            Err(unclear) => {
                fault(unclear.column, unclear.code, unclear.what.to_owned());
                None
            }
        };
        // A row that repeats another is nobody's further case.
        if twice.is_some() || before.is_some() {
            return None;
        }
        let (slot, clash) = self.checked.people.place(parsed.number, &Who::new(parsed.person()?), parsed.is_open());
        if let Some(clash) = clash {
            let (column, code, what) = told(clash);
            fault(column, code, what);
        }
        self.count_year(parsed.whole()?);
        Some(Verdict::Create(slot, setting))
    }

    fn count_year(&mut self, row: &Row) {
        let count = self.checked.years.entry(row.received_on.year()).or_default();
        *count = count.saturating_add(1);
    }
}

fn told(clash: Clash) -> (Column, Code, String) {
    match clash {
        Clash::Several => (
            Column::NhsNumber,
            Code::PossibleDuplicate,
            "Several people fit this row: give the number that tells them apart, or mend their records.".to_owned(),
        ),
        Clash::OtherBirthDate => (
            Column::DateOfBirth,
            Code::Contradiction,
            "The person with this number has another date of birth elsewhere: mend whichever is wrong.".to_owned(),
        ),
        Clash::OtherNhsNumber => (
            Column::NhsNumber,
            Code::Contradiction,
            "The same person has another NHS number elsewhere: mend whichever is wrong.".to_owned(),
        ),
        Clash::OpenIn(row) => (
            Column::ExternalReference,
            Code::CaseAlreadyOpen,
            format!("Row {row} is an open case of the same person, who can have one at a time."),
        ),
        Clash::BothOpen(one, two) => (
            Column::ExternalReference,
            Code::CaseAlreadyOpen,
            format!("By this row, rows {one} and {two} are open cases of one person, who can have one at a time."),
        ),
        Clash::OpenKnown => (
            Column::ExternalReference,
            Code::CaseAlreadyOpen,
            "The same person has an open case already and can have one at a time.".to_owned(),
        ),
    }
}
