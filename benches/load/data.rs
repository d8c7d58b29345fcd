//! A caseload to measure on, as a sheet: the same at every run, believable in its mix of stages, no two people alike.

use std::io::Write;
use std::path::Path;

use chrono::{Days, NaiveDate};

/// The day of casework on which everything is measured.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 15).unwrap()
}

/// Who works on the cases. The first one is who calls.
pub const CASEWORKERS: [&str; 8] = [
    "ana@example.org",
    "ben@example.org",
    "cas@example.org",
    "dev@example.org",
    "eve@example.org",
    "fay@example.org",
    "gil@example.org",
    "hal@example.org",
];

/// Who answers for the organisation whose work list is read.
pub const ADVISER: &str = "ada@example.org";

/// Who reads figures.
pub const MANAGER: &str = "mia@example.org";

/// The organisation whose work list is read.
pub const ORGANISATION: &str = "01a00000-0000-7000-8000-000000000001";

/// How many requests that organisation is asked.
const ASKED: u32 = 300;

/// What the import of a sheet does not make: organisations that are asked by mail unless told otherwise, and one whose
/// adviser has a work list. The same words for both databases.
pub fn organisations(moment: &str) -> String {
    let defaults = [
        ("2", "health", "medical"),
        ("3", "educational_psychology", "psychological"),
        ("4", "social_care", "social_care"),
    ];
    let insert = |number: &str, kind: &str, mailbox: &str, default_for: &str| {
        format!(
            "INSERT INTO organisations (id, name, kind, mailbox, section_31_body, answers_by_link, default_for, version, created_at, updated_at) \
             VALUES ('01a00000-0000-7000-8000-00000000000{number}', 'Service {number}', '{kind}', {mailbox}, (1 = 0), (1 = 0), '{default_for}', 1, {moment}, {moment});\n"
        )
    };
    let mut sql = insert("1", "other", "NULL", "[]");
    for (number, kind, advice) in defaults {
        sql.push_str(&insert(number, kind, &format!("'{advice}@example.org'"), &format!(r#"["{advice}"]"#)));
    }
    sql.push_str(&format!(
        "UPDATE advice_requests SET organisation_id = '{ORGANISATION}' WHERE id IN (SELECT id FROM advice_requests WHERE outstanding ORDER BY id LIMIT {ASKED});\n"
    ));
    sql
}

const ADVICE: [&str; 6] = ["family", "education", "medical", "psychological", "social_care", "other"];
const FORENAMES: [&str; 12] =
    ["Amira", "Ben", "Chloe", "Dylan", "Ela", "Finn", "Grace", "Hamza", "Isla", "Jacob", "Kira", "Leo"];
const SYLLABLES: [&str; 20] = [
    "ash", "bar", "cor", "den", "el", "far", "gar", "hal", "ing", "jar", "ken", "lan", "mor", "nor", "ox", "pen",
    "rad", "sut", "tor", "wel",
];

/// Numbers that look random and are the same at every run (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    /// A number from `least` to `most`.
    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }
}

/// Writes a sheet of so many cases.
pub fn write_sheet(file: &Path, cases: usize) {
    let mut sheet = csv::Writer::from_path(file).unwrap();
    let mut headings: Vec<String> = [
        "external_reference",
        "forename",
        "surname",
        "date_of_birth",
        "nhs_number",
        "received_on",
        "request_source",
        "assessment_decision",
        "assessment_decided_on",
        "plan_decision",
        "plan_decided_on",
        "draft_served_on",
        "final_issued_on",
        "setting_name",
        "withdrawn_on",
        "transferred_on",
        "transferred_to",
        "caseworker_email",
    ]
    .map(str::to_owned)
    .to_vec();
    for kind in ADVICE {
        headings.push(format!("advice_{kind}_requested_on"));
        headings.push(format!("advice_{kind}_received_on"));
    }
    sheet.write_record(&headings).unwrap();
    let mut dice = Dice::new(1);
    for number in 0..cases {
        let row = Row::thrown(number, &mut dice);
        sheet.write_record(headings.iter().map(|heading| row.cell(heading))).unwrap();
    }
    sheet.into_inner().unwrap().flush().unwrap();
}

/// A row as far as it is filled.
#[derive(Debug, Default)]
struct Row(Vec<(String, String)>);

impl Row {
    fn cell(&self, heading: &str) -> &str {
        self.0.iter().find(|(name, _)| name == heading).map_or("", |(_, value)| value)
    }

    fn put(&mut self, heading: &str, value: impl ToString) {
        self.0.push((heading.to_owned(), value.to_string()));
    }

    fn thrown(number: usize, dice: &mut Dice) -> Self {
        let mut row = Self::default();
        row.put("external_reference", format!("LOAD-{number:07}"));
        row.put("forename", FORENAMES[number % FORENAMES.len()]);
        // A surname and a week of birth together belong to one person alone.
        let (names, week) = (number % 8000, number / 8000 * 37 % 600);
        let surname = [names / 400, names / 20 % 20, names % 20].map(|place| SYLLABLES[place]).concat();
        row.put("surname", surname);
        let first = NaiveDate::from_ymd_opt(2007, 1, 1).unwrap();
        row.put("date_of_birth", first + Days::new(u64::try_from(week * 7 + dice.below(7)).unwrap()));
        if let Some(nhs_number) = nhs_number(number) {
            row.put("nhs_number", nhs_number);
        }
        row.put("request_source", ["family", "education_setting", "health_professional"][dice.below(3)]);
        row.put("setting_name", format!("School number {}", dice.below(120) + 1));
        row.put("caseworker_email", CASEWORKERS[dice.below(CASEWORKERS.len())]);
        row.steps(dice);
        row
    }

    /// Of a hundred: 30 awaiting a decision (a quarter of them late), 20 gathering advice, 12 in drafting or with a
    /// draft served, 23 with a plan, 15 ended otherwise.
    fn steps(&mut self, dice: &mut Dice) {
        let which = dice.below(100);
        let age = match which {
            0..30 => dice.between(0, 55),
            30..50 => dice.between(45, 120),
            50..62 => dice.between(118, 150),
            _ => dice.between(160, 900),
        };
        let day =
            |after: usize| today() - Days::new(u64::try_from(age).unwrap()) + Days::new(u64::try_from(after).unwrap());
        self.put("received_on", day(0));
        if which < 30 {
            return;
        }
        if (93..97).contains(&which) {
            self.put("withdrawn_on", day(dice.between(3, 30)));
            return;
        }
        let decided = dice.between(25, 43);
        self.put("assessment_decision", if (85..90).contains(&which) { "refuse" } else { "assess" });
        self.put("assessment_decided_on", day(decided));
        if (85..90).contains(&which) {
            return;
        }
        for kind in ADVICE {
            self.put(&format!("advice_{kind}_requested_on"), day(decided));
            // While advice is gathered, some of it is still owed; later none is.
            let took = dice.between(1, 60);
            if which >= 50 || decided + took < age && dice.below(3) > 0 {
                self.put(&format!("advice_{kind}_received_on"), day(decided + took));
            }
        }
        if which < 50 {
            return;
        }
        if which >= 97 {
            self.put("transferred_on", day(112));
            self.put("transferred_to", "394");
            return;
        }
        self.put("plan_decision", if (90..93).contains(&which) { "refuse" } else { "issue" });
        self.put("plan_decided_on", day(108));
        if (56..62).contains(&which) || (62..85).contains(&which) {
            self.put("draft_served_on", day(112));
        }
        if (62..85).contains(&which) {
            self.put("final_issued_on", day(dice.between(128, 155)));
        }
    }
}

/// An NHS number with its check digit; a tenth of all numbers has none.
fn nhs_number(number: usize) -> Option<String> {
    let digits = format!("{:09}", 400_000_000 + number);
    let sum: usize = digits.bytes().zip((2..=10).rev()).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    match 11 - sum % 11 {
        10 => None,
        check => Some(format!("{digits}{}", check % 11)),
    }
}
