//! What the Department for Education publishes, as a sheet: read whole, or not at all.

use std::borrow::Cow;
use std::collections::BTreeSet;

use diesel::{Insertable, Queryable, Selectable};

use super::measure::Tenths;
use crate::codes::Code;
use crate::config::is_authority_code;
use crate::db::schema::benchmarks;
use crate::words::{Vocabulary, vocabulary};

/// Who publishes it, and on which terms.
pub const SOURCE: &str = "Department for Education, Education, health and care plans (SEN2). Contains public sector \
    information licensed under the Open Government Licence v3.0.";

/// The headings of the sheet, in this order.
pub const HEADINGS: [&str; 14] = [
    "year",
    "level",
    "code",
    "ons_code",
    "name",
    "region",
    "plans_issued",
    "plans_issued_ex",
    "within_20_weeks",
    "within_20_weeks_ex",
    "pct_within_20_weeks",
    "pct_within_20_weeks_ex",
    "requests_received",
    "requests_refused",
];

vocabulary! {
    /// What kind of area a published figure is of.
    Level as LevelWord {
        /// England.
        Country = "country",
        /// A region of it.
        Region = "region",
        /// A local authority.
        LocalAuthority = "local_authority",
    }
}

/// The published figures of one area in one year.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = benchmarks, treat_none_as_default_value = false)]
pub struct Benchmark {
    /// The calendar year.
    pub year: i32,
    /// What kind of area.
    pub level: LevelWord,
    /// The authority's 3-digit code; empty for the others.
    pub code: String,
    /// The area's code of the Office for National Statistics, where it has one. An area that was given another in a year
    /// stands with both.
    pub ons_code: String,
    /// The area.
    pub name: String,
    /// The region that it lies in, or is; empty for the country.
    pub region: String,
    /// Plans issued.
    pub plans_issued: Option<i32>,
    /// The same, without exceptions.
    pub plans_issued_ex: Option<i32>,
    /// Within 20 weeks.
    pub within_20_weeks: Option<i32>,
    /// The same, without exceptions.
    pub within_20_weeks_ex: Option<i32>,
    /// The share within 20 weeks, in tenths of a hundredth.
    pub tenths_within_20_weeks: Option<i32>,
    /// The same, without exceptions.
    pub tenths_within_20_weeks_ex: Option<i32>,
    /// Requests received.
    pub requests_received: Option<i32>,
    /// Of them refused.
    pub requests_refused: Option<i32>,
}

impl Benchmark {
    /// Whether anything is published of it.
    fn is_published(&self) -> bool {
        self.plans_issued.or(self.requests_received).or(self.tenths_within_20_weeks_ex).is_some()
    }

    /// The share within 20 weeks.
    pub fn pct(&self) -> Option<Tenths> {
        self.tenths_within_20_weeks.map(Tenths)
    }

    /// The same, without exceptions.
    pub fn pct_ex(&self) -> Option<Tenths> {
        self.tenths_within_20_weeks_ex.map(Tenths)
    }

    /// The refusals for every hundred requests.
    pub fn pct_refused(&self) -> Option<Tenths> {
        Tenths::percent(self.requests_refused?.into(), self.requests_received?.into())
    }
}

/// Something wrong with a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFault {
    /// In which row; the headings are row 1.
    pub row: usize,
    /// In which column.
    pub column: Cow<'static, str>,
    /// What kind of fault.
    pub code: Code,
    /// What is expected.
    pub what: String,
}

impl SheetFault {
    fn new(row: usize, column: impl Into<Cow<'static, str>>, code: Code, what: impl Into<String>) -> Self {
        Self { row, column: column.into(), code, what: what.into() }
    }
}

/// Reads a sheet: all of its rows, or everything that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Vec<Benchmark>, Vec<SheetFault>> {
    // A sheet from a spreadsheet program begins with a mark of the byte order.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut authorities = BTreeSet::new();
    for (record, row) in reader.records().zip(1_usize..) {
        let record = match record {
            Ok(record) => record,
            Err(fault) => {
                let what = match fault.kind() {
                    csv::ErrorKind::Utf8 { .. } => "Save the sheet as CSV in UTF-8.".to_owned(),
                    _ => format!("This is no CSV: {fault}."),
                };
                return Err(vec![SheetFault::new(row, "", Code::InvalidFormat, what)]);
            }
        };
        if row == 1 {
            if !record.iter().map(str::trim).eq(HEADINGS) {
                let what = format!("The first row must hold these headings in this order: {}.", HEADINGS.join(","));
                return Err(vec![SheetFault::new(1, "", Code::UnknownField, what)]);
            }
            continue;
        }
        if record.len() != HEADINGS.len() {
            let what = format!("Expected {} cells, found {}.", HEADINGS.len(), record.len());
            faults.push(SheetFault::new(row, "", Code::InvalidFormat, what));
            continue;
        }
        let before = faults.len();
        let benchmark = Cells { record: &record, row, faults: &mut faults }.read();
        let key = benchmark.as_ref().map(|one| (one.year, one.level, one.name.clone(), one.ons_code.clone()));
        // An area that was given another code of the Office stands with both, and is published with one of them.
        let published = benchmark.as_ref().filter(|one| one.is_published() && !one.code.is_empty());
        let published = published.map(|one| (one.year, one.code.clone()));
        if key.is_some_and(|key| !seen.insert(key)) {
            faults.push(SheetFault::new(row, "name", Code::Contradiction, "This area stands twice for this year."));
        } else if published.is_some_and(|published| !authorities.insert(published)) {
            let what = "Of an authority with this code there are figures already for this year.";
            faults.push(SheetFault::new(row, "code", Code::Contradiction, what));
        }
        if faults.len() == before {
            rows.extend(benchmark);
        }
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(SheetFault::new(1, "", Code::MissingField, "The sheet has no rows."));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// The cells of one row.
struct Cells<'a> {
    record: &'a csv::StringRecord,
    row: usize,
    faults: &'a mut Vec<SheetFault>,
}

impl Cells<'_> {
    fn read(mut self) -> Option<Benchmark> {
        let year = self.number("year").filter(|year| (2000..=2100).contains(year));
        if year.is_none() {
            self.fault("year", Code::OutOfRange, "Expected a year such as 2024.");
        }
        let level = Level::parse(self.text("level"));
        if level.is_none() {
            self.fault("level", Code::UnknownValue, format!("{}.", crate::words::one_of::<Level>()));
        }
        let code = self.text("code").to_owned();
        match level {
            Some(Level::LocalAuthority) if !is_authority_code(&code) => {
                self.fault("code", Code::InvalidFormat, "Expected the authority's 3-digit code.");
            }
            Some(Level::Country | Level::Region) if !code.is_empty() => {
                self.fault("code", Code::InvalidFormat, "Expected none: only a local authority has one.");
            }
            _ => {}
        }
        let name = self.text("name").to_owned();
        if name.is_empty() {
            self.fault("name", Code::Blank, "Give the name of the area.");
        }
        let benchmark = Benchmark {
            year: year.unwrap_or_default(),
            level: level?.into(),
            code,
            ons_code: self.text("ons_code").to_owned(),
            name,
            region: self.text("region").to_owned(),
            plans_issued: self.number("plans_issued"),
            plans_issued_ex: self.number("plans_issued_ex"),
            within_20_weeks: self.number("within_20_weeks"),
            within_20_weeks_ex: self.number("within_20_weeks_ex"),
            tenths_within_20_weeks: self.percent("pct_within_20_weeks"),
            tenths_within_20_weeks_ex: self.percent("pct_within_20_weeks_ex"),
            requests_received: self.number("requests_received"),
            requests_refused: self.number("requests_refused"),
        };
        for (part, of, column, whole) in [
            (benchmark.plans_issued_ex, benchmark.plans_issued, "plans_issued_ex", "plans_issued"),
            (benchmark.within_20_weeks, benchmark.plans_issued, "within_20_weeks", "plans_issued"),
            (benchmark.within_20_weeks_ex, benchmark.plans_issued_ex, "within_20_weeks_ex", "plans_issued_ex"),
            (benchmark.within_20_weeks_ex, benchmark.within_20_weeks, "within_20_weeks_ex", "within_20_weeks"),
            (benchmark.requests_refused, benchmark.requests_received, "requests_refused", "requests_received"),
        ] {
            if part.zip(of).is_some_and(|(part, of)| part > of) {
                self.fault(column, Code::Contradiction, format!("This can't be more than {whole}."));
            }
        }
        for (said, part, of, column) in [
            (benchmark.pct(), benchmark.within_20_weeks, benchmark.plans_issued, "pct_within_20_weeks"),
            (benchmark.pct_ex(), benchmark.within_20_weeks_ex, benchmark.plans_issued_ex, "pct_within_20_weeks_ex"),
        ] {
            let follows = part.zip(of).and_then(|(part, of)| Tenths::percent(part.into(), of.into()));
            if let (Some(said), Some(follows)) = (said, follows)
                && said != follows
            {
                let what = format!("The counts beside it make {:.1}.", follows.number());
                self.fault(column, Code::Contradiction, what);
            }
        }
        if level == Some(Level::Region) && benchmark.region != benchmark.name {
            self.fault("region", Code::Contradiction, "A region stands here by its own name.");
        }
        Some(benchmark)
    }

    fn text(&self, column: &str) -> &str {
        let place = HEADINGS.iter().position(|heading| *heading == column);
        place.and_then(|place| self.record.get(place)).unwrap_or_default().trim()
    }

    fn fault(&mut self, column: &'static str, code: Code, what: impl Into<String>) {
        self.faults.push(SheetFault::new(self.row, column, code, what));
    }

    /// A whole number that is not negative; none where nothing is published.
    fn number(&mut self, column: &'static str) -> Option<i32> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let number = text.parse::<i32>().ok().filter(|number| *number >= 0);
        if number.is_none() {
            self.fault(column, Code::InvalidFormat, "Expected a whole number, or nothing.");
        }
        number
    }

    /// A percentage of at most one decimal, in tenths.
    fn percent(&mut self, column: &'static str) -> Option<i32> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let tenths = if digits(whole) && digits(tenth) && tenth.len() == 1 {
            whole.parse::<i32>().ok().zip(tenth.parse::<i32>().ok())
        } else {
            None
        };
        match tenths.and_then(|(whole, tenth)| whole.checked_mul(10)?.checked_add(tenth)) {
            Some(tenths) if tenths <= 1_000 => Some(tenths),
            Some(_) => {
                self.fault(column, Code::OutOfRange, "A percentage is at most 100.");
                None
            }
            None => {
                self.fault(column, Code::InvalidFormat, "Expected a percentage with one decimal, such as 46.4.");
                None
            }
        }
    }
}

/// An area that others are compared with, and why.
pub type Compared<'a> = (&'static str, &'a Benchmark);

/// Those to compare an authority with: England, its region, itself and the authorities that it names; each in the years
/// from `from` to `to`, or where nothing is published of these in the latest year before.
pub fn compared<'a>(
    all: &'a [Benchmark],
    own: Option<&str>,
    comparators: &[String],
    from: i32,
    to: i32,
) -> Vec<Compared<'a>> {
    let of_code = |code: &str| {
        let code = code.to_owned();
        move |one: &Benchmark| one.level.0 == Level::LocalAuthority && one.code == code
    };
    let region = own
        .and_then(|own| all.iter().filter(|one| of_code(own)(one)).max_by_key(|one| one.year))
        .map(|one| one.region.clone());
    let mut found = pick(all, "country", from, to, |one| one.level.0 == Level::Country);
    if let Some(region) = region {
        found.extend(pick(all, "region", from, to, |one| one.level.0 == Level::Region && one.name == region));
    }
    if let Some(own) = own {
        found.extend(pick(all, "own", from, to, of_code(own)));
    }
    for code in comparators.iter().filter(|code| own != Some(code.as_str())) {
        found.extend(pick(all, "comparator", from, to, of_code(code)));
    }
    found
}

fn pick<'a>(
    all: &'a [Benchmark],
    role: &'static str,
    from: i32,
    to: i32,
    of: impl Fn(&Benchmark) -> bool,
) -> Vec<Compared<'a>> {
    let mut of_area: Vec<&Benchmark> =
        all.iter().filter(|one| of(one) && one.year <= to && one.is_published()).collect();
    of_area.sort_by_key(|one| one.year);
    let latest = of_area.last().map_or(from, |one| one.year.min(from));
    of_area.into_iter().filter(|one| one.year >= latest).map(|one| (role, one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "2024,local_authority,802,E06000024,North Somerset,South West,625,522,394,321,63,61.5,1092,431\n";

    fn sheet(rows: &str) -> Vec<u8> {
        format!("{}\n{rows}", HEADINGS.join(",")).into_bytes()
    }

    fn faults(rows: &str) -> Vec<(usize, String, &'static str)> {
        let faults = read(&sheet(rows)).unwrap_err();
        faults.into_iter().map(|fault| (fault.row, fault.column.into_owned(), fault.code.as_str())).collect()
    }

    #[test]
    fn a_row_is_read_to_the_decimal() {
        let rows = read(&sheet(GOOD)).unwrap();
        assert_eq!((rows[0].pct(), rows[0].pct_ex()), (Some(Tenths(630)), Some(Tenths(615))));
        assert_eq!(rows[0].pct_refused(), Some(Tenths(395)));
        let with_mark = [b"\xef\xbb\xbf".as_slice(), &sheet(GOOD)].concat();
        assert_eq!(read(&with_mark).unwrap(), rows);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = "2024,local_authority,80,x,A,South West,10,11,5,2,101,46.44,1,1\n24,town,,,B,,1,1,1,1,,,x,\n";
        let found = faults(&format!("{GOOD}{wrong}"));
        let expected = [
            (3, "code", "invalid_format"),
            (3, "pct_within_20_weeks", "out_of_range"),
            (3, "pct_within_20_weeks_ex", "invalid_format"),
            (3, "plans_issued_ex", "contradiction"),
            (4, "year", "out_of_range"),
            (4, "level", "unknown_value"),
        ];
        assert_eq!(found, expected.map(|(row, column, code)| (row, column.to_owned(), code)));
    }

    #[test]
    fn an_area_with_another_code_in_a_year_is_the_one_that_is_published() {
        let other = GOOD.replace("E06000024", "E06999999").replace("625,522,394,321,63,61.5,1092,431", ",,,,,,,");
        let rows = read(&sheet(&format!("{GOOD}{other}"))).unwrap();
        let found = compared(&rows, Some("802"), &[], 2024, 2024);
        assert_eq!(
            found.iter().map(|(role, one)| (*role, one.pct_ex())).collect::<Vec<_>>(),
            [("own", Some(Tenths(615)))]
        );
    }

    #[test]
    fn figures_that_contradict_each_other_are_refused() {
        let rows = [
            GOOD.replace("61.5", "99.9"),
            GOOD.replace("1092,431", "100,431"),
            GOOD.replace("394,321,63,61.5", "300,321,48,61.5"),
            "2024,region,,E12000009,South West,East,,,,,,,,\n".to_owned(),
        ];
        let expected = ["pct_within_20_weeks_ex", "requests_refused", "within_20_weeks_ex", "region"];
        for (row, column) in rows.iter().zip(expected) {
            assert_eq!(faults(row), [(2, column.to_owned(), "contradiction")], "{row}");
        }
        let other = GOOD.replace("North Somerset", "Other Town");
        assert_eq!(faults(&format!("{GOOD}{other}")), [(3, "code".to_owned(), "contradiction")]);
    }

    #[test]
    fn an_area_stands_once_a_year() {
        assert_eq!(faults(&format!("{GOOD}{GOOD}")), [(3, "name".to_owned(), "contradiction")]);
    }

    #[test]
    fn other_headings_are_refused() {
        let fault = read(b"year,level\n2024,country\n").unwrap_err();
        assert_eq!((fault.len(), fault[0].row, fault[0].code), (1, 1, Code::UnknownField));
        assert!(read(b"").is_err());
    }
}
