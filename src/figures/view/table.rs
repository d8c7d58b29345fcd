//! A report as a sheet: CSV that a spreadsheet program opens without changing it, and a workbook.

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use utoipa::ToSchema;

use crate::error::Error;
use crate::figures::model::delay::StepTaken;
use crate::figures::model::measure::{Advice, Decisions, Tenths, Timeliness};
use crate::figures::model::{
    AdviceReport, AskedCase, Behind, BreachesReport, CaseloadReport, DecidedCase, DecisionsReport, DelaysReport, Load,
    PlanCase, Since, TimelinessReport, Waiting,
};
use crate::time::Instant;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A day.
    Day(NaiveDate),
    /// A whole number.
    Number(i64),
    /// A number with one decimal.
    Decimal(Tenths),
    /// Yes or no.
    Truth(bool),
    /// Nothing.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<Tenths> for Cell {
    fn from(number: Tenths) -> Self {
        Self::Decimal(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A sheet.
#[derive(Debug, Clone, Default)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<Cell>>,
    definition: String,
    /// Of which days it is, what has become otherwise since, and by which rules, by name.
    about: Vec<(String, Cell)>,
}

/// What a spreadsheet program would not take as the text that it is: what begins like a formula, and what looks like a
/// number or a day to it, as `007`, `2025-01` or `January 2025` do.
fn would_be_changed(text: &str) -> bool {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let numeric = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "-/.,:eE ".contains(c));
    let month = text.split_once(' ').is_some_and(|(month, year)| {
        MONTHS.iter().any(|name| {
            name.eq_ignore_ascii_case(month) || name.get(..3).is_some_and(|short| short.eq_ignore_ascii_case(month))
        }) && year.chars().all(|c| c.is_ascii_digit())
    });
    formula || numeric || month
}

/// The months by which a spreadsheet program knows a day.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Table {
    fn new(headings: &[&str], definition: &str) -> Self {
        Self {
            headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
            rows: Vec::new(),
            definition: definition.to_owned(),
            about: Vec::new(),
        }
    }

    fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Says in columns of every row, which the reader can move about with it, of which days it is and what else holds for
    /// all of it, and by which rules; in the first row also what was counted. A list of nothing says so, for that too has
    /// to be shown.
    fn said(mut self, about: &[(&str, Cell)], rules_version: &str) -> Self {
        if self.rows.is_empty() {
            let rest = self.headings.len().saturating_sub(1);
            self.rows.push(std::iter::once("none".into()).chain(std::iter::repeat_n(Cell::Empty, rest)).collect());
        }
        self.about = about.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect();
        self.about.push(("rules_version".to_owned(), rules_version.into()));
        self.headings.extend(self.about.iter().map(|(name, _)| name.clone()));
        self.headings.push("definition".to_owned());
        let mut definition = Cell::from(self.definition.as_str());
        for row in &mut self.rows {
            row.extend(self.about.iter().map(|(_, cell)| cell.clone()));
            row.push(std::mem::replace(&mut definition, Cell::Empty));
        }
        self
    }

    /// As CSV: UTF-8 with the mark by which spreadsheet programs know it, days as YYYY-MM-DD. A text that such a program
    /// would take for a formula, a number or a day is preceded by an apostrophe, which stays to be seen: whoever reads the
    /// sheet by a program takes it away.
    pub fn csv(&self) -> Result<Vec<u8>, Error> {
        let broken = |fault: csv::Error| Error::internal(format!("a sheet can't be written: {fault}"));
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
        writer.write_record(&self.headings).map_err(broken)?;
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Cell::Text(text) if would_be_changed(text) => format!("'{text}"),
                Cell::Text(text) => text.clone(),
                Cell::Day(day) => day.format("%Y-%m-%d").to_string(),
                Cell::Number(number) => number.to_string(),
                Cell::Decimal(number) => format!("{:.1}", number.number()),
                Cell::Truth(truth) => truth.to_string(),
                Cell::Empty => String::new(),
            });
            writer.write_record(cells).map_err(broken)?;
        }
        writer.into_inner().map_err(|fault| Error::internal(format!("a sheet can't be written: {fault}")))
    }

    /// As a workbook: days are days and texts are texts, whatever they look like.
    pub fn workbook(&self, title: &str, at: Instant) -> Result<Vec<u8>, Error> {
        self.fill(title, at).map_err(|fault| Error::internal(format!("a workbook can't be written: {fault}")))
    }

    fn fill(&self, title: &str, at: Instant) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let made = ExcelDateTime::from_timestamp(at.utc().timestamp())?;
        workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
        let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"));
        let decimal = Format::new().set_num_format("0.0");
        let sheet = workbook.add_worksheet();
        sheet.set_name(title)?;
        for (heading, column) in self.headings.iter().zip(0_u16..) {
            sheet.write_string_with_format(0, column, heading, &bold)?;
        }
        let write = |sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell| -> Result<(), XlsxError> {
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Day(on) => sheet.write_datetime_with_format(row, column, on, &day)?,
                Cell::Number(value) => {
                    let number = i32::try_from(*value).map_err(|_none| XlsxError::ParameterError(value.to_string()))?;
                    sheet.write_number(row, column, f64::from(number))?
                }
                Cell::Decimal(value) => sheet.write_number_with_format(row, column, value.number(), &decimal)?,
                Cell::Truth(truth) => sheet.write_boolean(row, column, *truth)?,
                Cell::Empty => return Ok(()),
            };
            Ok(())
        };
        for (cells, row) in self.rows.iter().zip(1_u32..) {
            for (cell, column) in cells.iter().zip(0_u16..) {
                write(sheet, row, column, cell)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        let (rows, columns) = (
            u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
            u16::try_from(self.headings.len()).unwrap_or(u16::MAX),
        );
        if columns > 0 {
            sheet.autofilter(0, 0, rows, columns.saturating_sub(1))?;
        }
        sheet.autofit();
        let about = workbook.add_worksheet();
        about.set_name("Definition")?;
        about.set_column_width(0, 100)?;
        about.write_string_with_format(0, 0, &self.definition, &Format::new().set_text_wrap())?;
        for ((name, cell), row) in self.about.iter().zip(2_u32..) {
            about.write_string(row, 0, name)?;
            write(about, row, 1, cell)?;
        }
        workbook.save_to_buffer()
    }
}

const PLANS: [&str; 12] = [
    "key",
    "label",
    "plans_issued",
    "plans_issued_ex",
    "within_20_weeks",
    "within_20_weeks_ex",
    "pct_within_20_weeks",
    "pct_within_20_weeks_ex",
    "from_20_to_52_weeks_ex",
    "over_52_weeks_ex",
    "mean_weeks_ex",
    "median_weeks_ex",
];

fn plans(key: Option<&str>, label: &str, m: &Timeliness) -> Vec<Cell> {
    vec![
        key.into(),
        label.into(),
        m.plans_issued.into(),
        m.plans_issued_ex.into(),
        m.within_20_weeks.into(),
        m.within_20_weeks_ex.into(),
        m.pct_within_20_weeks.into(),
        m.pct_within_20_weeks_ex.into(),
        m.from_20_to_52_weeks_ex.into(),
        m.over_52_weeks_ex.into(),
        m.mean_weeks_ex.into(),
        m.median_weeks_ex.into(),
    ]
}

/// The days that a report is of.
fn days(from: NaiveDate, to: NaiveDate, as_at: NaiveDate) -> [(&'static str, Cell); 3] {
    [("from", from.into()), ("to", to.into()), ("as_at", as_at.into())]
}

/// What of a figure as at a past day has become otherwise since: how many cases, in columns of every row.
fn otherwise<M: ToSchema>(since: Option<&Since<M>>) -> Vec<(&'static str, Cell)> {
    let count = |cases: usize| Cell::from(i64::try_from(cases).unwrap_or(i64::MAX));
    since.map_or_else(Vec::new, |since| {
        vec![("happened_since", since.happened_since.into()), ("corrected_since", count(since.corrected.len()))]
    })
}

/// What the row of today's total is called beside that of a past day.
fn total_of_today(today: NaiveDate) -> String {
    format!("Total as it stands on {today}")
}

impl From<&TimelinessReport> for Table {
    fn from(report: &TimelinessReport) -> Self {
        let mut headings = PLANS.to_vec();
        headings.extend(["left_out_mediation_tribunal", "source"]);
        let mut table = Self::new(&headings, &report.definition);
        let mut total = plans(Some("total"), "Total", &report.total);
        total.extend([report.left_out_mediation_tribunal.into(), Cell::Empty]);
        table.row(total);
        if let Some(since) = &report.since {
            let mut cells = plans(Some("total_today"), &total_of_today(since.today), &since.total);
            cells.extend([Cell::Empty, Cell::Empty]);
            table.row(cells);
        }
        for group in &report.groups {
            let mut cells = plans(group.key.as_deref(), &group.label, &group.measures);
            cells.extend([Cell::Empty, Cell::Empty]);
            table.row(cells);
        }
        for one in &report.benchmarks {
            // Of one year there are several: each is known by why it stands here, and an authority by its code too.
            let key = ["published", &one.year.to_string(), one.role]
                .into_iter()
                .chain(one.code.as_deref())
                .collect::<Vec<_>>()
                .join("_");
            let label = format!("{} {}, published by the Department for Education", one.area, one.year);
            let mut cells = vec![Cell::from(key), label.into()];
            cells.extend([one.plans_issued.into(), Cell::Empty, Cell::Empty, Cell::Empty]);
            cells.extend([one.pct_within_20_weeks.into(), one.pct_within_20_weeks_ex.into()]);
            cells.extend(std::iter::repeat_n(Cell::Empty, 5));
            cells.push(report.benchmarks_source.into());
            table.row(cells);
        }
        let mut about = days(report.from, report.to, report.as_at).to_vec();
        about.extend(otherwise(report.since.as_ref()));
        table.said(&about, report.rules_version)
    }
}

impl From<&DecisionsReport> for Table {
    fn from(report: &DecisionsReport) -> Self {
        let reasons: Vec<&'static str> = statute::AssessmentRefusalReason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .chain(["not_recorded"])
            .collect();
        let mut headings = vec![
            "key",
            "label",
            "requests",
            "decided",
            "decided_within_6_weeks",
            "pct_within_6_weeks",
            "refused",
            "pct_refused",
            "pct_of_requests_refused",
            "plan_refusals",
            "plan_refusals_within_16_weeks",
            "pct_plan_refusals_within_16_weeks",
        ];
        headings.extend(&reasons);
        let cells = |key: Option<&str>, label: &str, m: &Decisions| {
            let mut cells = vec![
                key.into(),
                label.into(),
                m.requests.into(),
                m.decided.into(),
                m.decided_within_6_weeks.into(),
                m.pct_within_6_weeks.into(),
                m.refused.into(),
                m.pct_refused.into(),
                m.pct_of_requests_refused.into(),
                m.plan_refusals.into(),
                m.plan_refusals_within_16_weeks.into(),
                m.pct_plan_refusals_within_16_weeks.into(),
            ];
            cells.extend(
                reasons.iter().map(|reason| Cell::from(m.refusal_reasons.get(reason).copied().unwrap_or_default())),
            );
            cells
        };
        let mut table = Self::new(&headings, &report.definition);
        table.row(cells(Some("total"), "Total", &report.total));
        if let Some(since) = &report.since {
            table.row(cells(Some("total_today"), &total_of_today(since.today), &since.total));
        }
        for group in &report.groups {
            table.row(cells(group.key.as_deref(), &group.label, &group.measures));
        }
        let mut about = days(report.from, report.to, report.as_at).to_vec();
        about.extend(otherwise(report.since.as_ref()));
        table.said(&about, report.rules_version)
    }
}

impl From<&AdviceReport> for Table {
    fn from(report: &AdviceReport) -> Self {
        let headings = [
            "key",
            "label",
            "requested",
            "on_time",
            "late",
            "excepted",
            "open",
            "unanswered",
            "not_owed",
            "overdue",
            "pct_on_time",
            "median_days",
            "median_days_late",
        ];
        let cells = |key: Option<&str>, label: &str, m: &Advice| {
            vec![
                key.into(),
                label.into(),
                m.requested.into(),
                m.on_time.into(),
                m.late.into(),
                m.excepted.into(),
                m.open.into(),
                m.unanswered.into(),
                m.not_owed.into(),
                m.overdue.into(),
                m.pct_on_time.into(),
                m.median_days.into(),
                m.median_days_late.into(),
            ]
        };
        let mut table = Self::new(&headings, &report.definition);
        table.row(cells(Some("total"), "Total", &report.total));
        for group in &report.groups {
            table.row(cells(group.key.as_deref(), &group.label, &group.measures));
        }
        table.said(&days(report.from, report.to, report.as_at), report.rules_version)
    }
}

impl From<&CaseloadReport> for Table {
    fn from(report: &CaseloadReport) -> Self {
        let stages: Vec<&'static str> = report.total.by_stage.keys().copied().collect();
        let mut headings = vec!["key", "label", "open", "overdue", "overdue_excepted", "due_soon"];
        headings.extend(&stages);
        let cells = |key: Option<&str>, label: &str, load: &Load| {
            let mut cells: Vec<Cell> = vec![
                key.into(),
                label.into(),
                load.open.into(),
                load.overdue.into(),
                load.overdue_excepted.into(),
                load.due_soon.into(),
            ];
            cells.extend(stages.iter().map(|stage| Cell::from(load.by_stage.get(stage).copied().unwrap_or_default())));
            cells
        };
        let mut table = Self::new(&headings, &report.definition);
        table.row(cells(Some("total"), "Total", &report.total));
        for group in &report.groups {
            table.row(cells(group.key.as_deref(), &group.label, &group.measures));
        }
        table.said(&[("as_at", report.as_at.into())], report.rules_version)
    }
}

impl From<&BreachesReport> for Table {
    fn from(report: &BreachesReport) -> Self {
        let headings = [
            "reference",
            "stage",
            "caseworker",
            "rule",
            "citation",
            "holder",
            "about",
            "due_on",
            "days_late",
            "excepted",
            "waits_for",
            "case_id",
        ];
        let waiting = |one: &Waiting| match &one.organisation {
            Some(organisation) => format!("{} ({})", one.what, organisation.name),
            None => one.what.clone(),
        };
        let mut table = Self::new(&headings, &report.definition);
        for one in &report.items {
            table.row(vec![
                one.case.reference.as_str().into(),
                one.stage.0.as_str().into(),
                one.caseworker.as_ref().map(|user| user.name.as_str()).into(),
                one.rule.0.as_str().into(),
                one.citation.as_str().into(),
                one.holder.0.as_str().into(),
                one.about.as_deref().into(),
                one.due_on.into(),
                one.days_late.into(),
                one.excepted.into(),
                one.waits_for.iter().map(waiting).collect::<Vec<_>>().join("; ").into(),
                one.case.id.to_string().into(),
            ]);
        }
        table.said(&[("as_at", report.as_at.into())], report.rules_version)
    }
}

/// First what the steps and the services add up to, then each step of each late case; `row` tells which a row is.
impl From<&DelaysReport> for Table {
    fn from(report: &DelaysReport) -> Self {
        const OF_CASES: [&str; 15] = [
            "reference",
            "received_on",
            "due_on",
            "issued_on",
            "days_late",
            "excepted",
            "step",
            "advice",
            "organisation",
            "days",
            "limit",
            "beyond",
            "open",
            "worst",
            "case_id",
        ];
        const OF_SUMS: [&str; 7] = ["key", "label", "times", "worst_of", "days_beyond", "pct", "cumulative_pct"];
        let headings: Vec<&str> = std::iter::once("row").chain(OF_CASES).chain(OF_SUMS).collect();
        let mut table = Self::new(&headings, &report.definition);
        let sums =
            report.by_step.iter().map(|one| ("step", one)).chain(report.by_service.iter().map(|one| ("service", one)));
        for (row, one) in sums {
            let mut cells = vec![row.into()];
            cells.extend(OF_CASES.map(|_| Cell::Empty));
            cells.extend([
                one.key.as_str().into(),
                one.label.as_str().into(),
                one.times.into(),
                one.worst_of.into(),
                one.days_beyond.into(),
                one.pct.into(),
                one.cumulative_pct.into(),
            ]);
            table.row(cells);
        }
        for one in &report.cases {
            let case = [
                "case".into(),
                one.case.reference.as_str().into(),
                one.received_on.into(),
                one.due_on.into(),
                one.issued_on.into(),
                one.days_late.into(),
                one.excepted.into(),
            ];
            let id = Cell::from(one.case.id.to_string());
            let of_step = |step: &StepTaken| {
                [
                    step.step.to_string().into(),
                    step.kind.map(|kind| kind.to_string()).into(),
                    step.organisation.as_ref().map(|organisation| organisation.name.as_str()).into(),
                    step.days.into(),
                    step.limit.into(),
                    step.beyond.into(),
                    step.open.into(),
                    (one.worst.as_ref() == Some(step)).into(),
                ]
            };
            let none_known = one.steps.is_empty().then_some([const { Cell::Empty }; 8]);
            for steps in one.steps.iter().map(of_step).chain(none_known) {
                let mut cells = case.to_vec();
                cells.extend(steps);
                cells.push(id.clone());
                cells.extend(OF_SUMS.map(|_| Cell::Empty));
                table.row(cells);
            }
        }
        table.said(&days(report.from, report.to, report.as_at), report.rules_version)
    }
}

impl From<&Behind<PlanCase>> for Table {
    fn from(behind: &Behind<PlanCase>) -> Self {
        let headings = [
            "reference",
            "received_on",
            "due_on",
            "issued_on",
            "days",
            "in_time",
            "excepted",
            "mediation_tribunal",
            "case_id",
        ];
        let mut table = Self::new(&headings, &behind.definition);
        for one in &behind.items {
            table.row(vec![
                one.case.reference.as_str().into(),
                one.received_on.into(),
                one.due_on.into(),
                one.issued_on.into(),
                one.days.into(),
                one.in_time.into(),
                one.excepted.into(),
                one.mediation_tribunal.into(),
                one.case.id.to_string().into(),
            ]);
        }
        table.said(&days(behind.from, behind.to, behind.as_at), behind.rules_version)
    }
}

impl From<&Behind<DecidedCase>> for Table {
    fn from(behind: &Behind<DecidedCase>) -> Self {
        let headings = ["reference", "received_on", "on", "due_on", "in_time", "outcome", "refusal_reason", "case_id"];
        let mut table = Self::new(&headings, &behind.definition);
        for one in &behind.items {
            table.row(vec![
                one.case.reference.as_str().into(),
                one.received_on.into(),
                one.on.into(),
                one.due_on.into(),
                one.in_time.into(),
                one.outcome.map(|outcome| outcome.to_string()).into(),
                one.refusal_reason.map(|reason| reason.to_string()).into(),
                one.case.id.to_string().into(),
            ]);
        }
        table.said(&days(behind.from, behind.to, behind.as_at), behind.rules_version)
    }
}

impl From<&Behind<AskedCase>> for Table {
    fn from(behind: &Behind<AskedCase>) -> Self {
        let headings = [
            "reference",
            "kind",
            "organisation",
            "requested_on",
            "due_on",
            "submitted_on",
            "days_late",
            "excepted",
            "owed",
            "advice_request_id",
            "case_id",
        ];
        let mut table = Self::new(&headings, &behind.definition);
        for one in &behind.items {
            table.row(vec![
                one.case.reference.as_str().into(),
                one.kind.to_string().into(),
                one.organisation.as_ref().map(|organisation| organisation.name.as_str()).into(),
                one.requested_on.into(),
                one.due_on.into(),
                one.submitted_on.into(),
                one.days_late.into(),
                one.excepted.into(),
                one.owed.into(),
                one.advice_request_id.to_string().into(),
                one.case.id.to_string().into(),
            ]);
        }
        table.said(&days(behind.from, behind.to, behind.as_at), behind.rules_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_change_is_marked_as_text() {
        for text in [
            "=1+1",
            "+44 1632",
            "-",
            "@x",
            "\tx",
            "\rx",
            "007",
            "2025-01",
            "2024/25",
            "12,5",
            "1e5",
            "January 2026",
            "may 26",
        ] {
            assert!(would_be_changed(text), "{text}");
        }
        for text in [
            "EHC-2026-000123",
            "2025-Q1",
            "Zoë's School",
            "3rd Avenue School",
            "",
            "north = south",
            "May Sibley",
            "March House 2",
        ] {
            assert!(!would_be_changed(text), "{text}");
        }
    }

    #[test]
    fn a_sheet_begins_with_the_mark_of_utf_8_and_keeps_days_and_numbers_bare() {
        let mut table = Table::new(&["a", "b", "c", "d"], "");
        table.row(vec![
            "=HYPERLINK(\"x\")".into(),
            "2025-01-31".parse::<NaiveDate>().unwrap().into(),
            Tenths(5).into(),
            Cell::Empty,
        ]);
        let csv = String::from_utf8(table.csv().unwrap()).unwrap();
        assert_eq!(csv, "\u{feff}a,b,c,d\r\n\"'=HYPERLINK(\"\"x\"\")\",2025-01-31,0.5,\r\n");
    }
}
