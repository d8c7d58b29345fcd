//! The golden figures of an independent oracle, and those that the Department for Education published, rebuilt as cases.

use chrono::{Days, NaiveDate};
use ehcp_tracker::import::commands::Mode;
use serde_json::{Value, json};

use super::of_the_same_names;
use crate::import::Sheet;
use crate::support::{TestApp, both};

const VECTORS: &str = include_str!("vectors/timeliness_cases.csv");
const EXPECTED: &str = include_str!("vectors/timeliness_expected.json");
const PUBLISHED: &str = include_str!("../../../src/figures/sen2-benchmarks.csv");

/// An exception that relieves the twenty weeks: it covers every day of them.
fn excepted(received_on: &str) -> [(&str, &str); 2] {
    [("exception_ground", "exceptional_personal_circumstances"), ("exception_from", received_on)]
}

/// The published counts of an authority: plans, and of them within 20 weeks, with and without exceptions.
struct Counts {
    code: &'static str,
    issued: usize,
    issued_ex: usize,
    within: usize,
    within_ex: usize,
    pct: f64,
    pct_ex: f64,
}

fn counts(code: &'static str) -> Counts {
    let mut reader = csv::Reader::from_reader(PUBLISHED.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let row = rows.iter().find(|row| &row[0] == "2024" && &row[2] == code).unwrap();
    let number = |place: usize| row[place].parse().unwrap();
    let share = |place: usize| row[place].parse().unwrap();
    Counts {
        code,
        issued: number(6),
        issued_ex: number(7),
        within: number(8),
        within_ex: number(9),
        pct: share(10),
        pct_ex: share(11),
    }
}

/// As many cases as were counted, the plans spread over the year.
fn rebuilt(counts: &Counts) -> Sheet {
    let first: NaiveDate = "2024-01-01".parse().unwrap();
    let late_ex = counts.issued_ex - counts.within_ex;
    let excepted_in_time = counts.within - counts.within_ex;
    let excepted_late = counts.issued - counts.issued_ex - excepted_in_time;
    let kinds = [
        (counts.within_ex, 140, false),
        (late_ex, 141, false),
        (excepted_in_time, 120, true),
        (excepted_late, 200, true),
    ];
    let mut sheet = Sheet::new();
    let mut number = 0_u64;
    for (count, days, with_exception) in kinds {
        for _ in 0..count {
            let issued_on = first + Days::new(number % 366);
            let received_on = (issued_on - Days::new(days)).to_string();
            let reference = format!("{}-{number}", counts.code);
            let exception = if with_exception { excepted(&received_on).to_vec() } else { Vec::new() };
            sheet = super::issued(sheet, &reference, &received_on, &issued_on.to_string(), &exception);
            number += 1;
        }
    }
    sheet
}

both! {
    fn the_figures_of_the_oracle_come_out_exactly(app: &TestApp) {
        let mut sheet = Sheet::new();
        let mut reader = csv::Reader::from_reader(VECTORS.as_bytes());
        for row in reader.records().map(Result::unwrap) {
            let exception = if &row[3] == "true" { excepted(&row[1]).to_vec() } else { Vec::new() };
            sheet = crate::figures::issued(sheet, &format!("V-{}", &row[0]), &row[1], &row[2], &exception);
        }
        app.take_over(&sheet);
        let expected: Value = serde_json::from_str(EXPECTED).unwrap();
        let report = app.report("timeliness?from=2025-01-01&to=2025-12-31&group_by=month");
        assert_eq!(of_the_same_names(&report["total"], &expected["year"]), expected["year"]);
        let months = expected["months"].as_object().unwrap();
        assert_eq!(report["groups"].as_array().unwrap().len(), months.len());
        for group in report["groups"].as_array().unwrap() {
            let month = &months[group["key"].as_str().unwrap()];
            assert_eq!(of_the_same_names(group, month), *month, "{}", group["key"]);
        }
        let year = app.part("timeliness?from=2025-01-01&to=2025-12-31&group_by=calendar_year", "2025");
        assert_eq!(of_the_same_names(&year, &expected["year"]), expected["year"]);
        // The cases behind the figure are as many, and those of a month are those of the month.
        let cases = app.report("timeliness/cases?from=2025-01-01&to=2025-12-31&count=true&limit=200");
        assert_eq!(cases["total"], expected["year"]["plans_issued"]);
        let in_time = cases["items"].as_array().unwrap().iter().filter(|case| case["in_time"] == true && case["excepted"] == false).count();
        assert_eq!(json!(in_time), expected["year"]["within_20_weeks_ex"]);
        let march = app.report("timeliness/cases?from=2025-01-01&to=2025-12-31&group_by=month&key=2025-03&count=true");
        assert_eq!(march["total"], expected["months"]["2025-03"]["plans_issued"]);
        assert!(march["items"].as_array().unwrap().iter().all(|case| case["issued_on"].as_str().unwrap().starts_with("2025-03")));
    }
}

/// Each of five authorities, whose counts were published, gives back its published percentages.
fn gives_back(app: &TestApp, code: &'static str) {
    let counts = counts(code);
    assert_eq!(app.import_on(super::TODAY, Mode::Write, &rebuilt(&counts).csv()).unwrap().faults, []);
    app.on_day(super::TODAY);
    let total = app.report("timeliness?from=2024-01-01&to=2024-12-31&group_by=calendar_year")["total"].clone();
    let expected = json!({
        "plans_issued": counts.issued,
        "plans_issued_ex": counts.issued_ex,
        "within_20_weeks": counts.within,
        "within_20_weeks_ex": counts.within_ex,
        "pct_within_20_weeks": counts.pct,
        "pct_within_20_weeks_ex": counts.pct_ex,
    });
    assert_eq!(of_the_same_names(&total, &expected), expected);
}

both! {
    fn north_somerset_gives_back_its_published_percentages(app: &TestApp) { gives_back(app, "802"); }
    fn sefton_gives_back_its_published_percentages(app: &TestApp) { gives_back(app, "343"); }
    fn somerset_gives_back_its_published_percentages(app: &TestApp) { gives_back(app, "933"); }
    fn sunderland_gives_back_its_published_percentages(app: &TestApp) { gives_back(app, "394"); }
    fn wiltshire_gives_back_its_published_percentages(app: &TestApp) { gives_back(app, "865"); }
}
