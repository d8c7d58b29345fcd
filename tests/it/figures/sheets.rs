//! Reports as sheets, as a workbook and as a picture.

use std::io::{Cursor, Read};

use super::issued;
use crate::import::Sheet;
use crate::support::cases::a_case;
use crate::support::{Response, TestApp, both};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn ask(app: &TestApp, path: &str, accept: &str) -> Response {
    app.manager().request("GET", &format!("/reports/{path}")).header("Accept", accept).send().expect(200)
}

fn rows(answer: &Response) -> Vec<csv::StringRecord> {
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("spreadsheet programs know UTF-8 by its mark");
    csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

fn file(xlsx: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(xlsx.to_vec())).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

both! {
    fn every_report_is_had_as_a_sheet_that_no_spreadsheet_changes(app: &TestApp) {
        let school = app.organisation("=HYPERLINK(\"http://example.org\")", "education_setting");
        let plain = app.organisation("007", "education_setting");
        let sheet = issued(Sheet::new(), "LATE", "2026-01-05", "2026-05-26", &[]);
        app.take_over(&sheet);
        for (n, setting) in [&school, &plain].into_iter().enumerate() {
            app.caseworker().open_case(a_case().of("Robin", &format!("Child{n}"), "2016-03-04").with("setting_id", serde_json::json!(setting)));
        }
        for report in ["timeliness", "timeliness/cases", "decisions", "decisions/cases", "advice", "advice/cases", "caseload", "breaches", "delays"] {
            let answer = ask(app, report, "text/csv");
            assert_eq!(answer.header("content-type").unwrap(), "text/csv; charset=utf-8; header=present", "{report}");
            assert!(answer.header("content-disposition").unwrap().contains(".csv"), "{report}");
            let rows = rows(&answer);
            for cell in rows.iter().flat_map(csv::StringRecord::iter) {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{report}: {cell}");
            }
        }
        let settings = rows(&ask(app, "decisions?from=2026-01-01&group_by=setting", "text/csv"));
        let labels: Vec<&str> = settings.iter().map(|row| &row[1]).collect();
        assert!(labels.contains(&"'=HYPERLINK(\"http://example.org\")") && labels.contains(&"'007"), "{labels:?}");
        let months = rows(&ask(app, "timeliness?from=2026-01-01&to=2026-12-31", "text/csv"));
        let heading = |name: &str| months[0].iter().position(|heading| heading == name).unwrap();
        let may = months.iter().find(|row| &row[0] == "'2026-05").expect("a month is no day");
        assert_eq!((&may[heading("plans_issued")], &may[heading("pct_within_20_weeks_ex")], &may[heading("as_at")]), ("1", "0.0", "2026-11-20"));
        assert!(months[1][heading("definition")].contains("20 weeks"), "what was counted stands in the sheet");
        let published: Vec<&csv::StringRecord> = months.iter().filter(|row| row[0].starts_with("published_")).collect();
        assert_eq!(&published[0][0], "published_2024_country");
        assert!(published.iter().all(|row| row[heading("source")].contains("Open Government Licence v3.0")), "{published:?}");
        assert_eq!(&months[1][heading("left_out_mediation_tribunal")], "0");
        let cases = rows(&ask(app, "timeliness/cases?from=2026-01-01", "text/csv"));
        let said = |name: &str| cases[1][cases[0].iter().position(|heading| heading == name).unwrap()].to_owned();
        assert_eq!((said("from"), said("as_at"), said("rules_version")), ("2026-01-01".to_owned(), "2026-11-20".to_owned(), statute::RULES_VERSION.to_owned()));
        assert!(said("definition").contains("20 weeks"), "a list of cases says what it was counted for");
        assert_eq!((&cases[1][1], &cases[1][3]), ("2026-01-05", "2026-05-26"));
    }

    fn a_sheet_of_a_past_day_tells_what_has_become_otherwise(app: &TestApp) {
        let sheet = issued(Sheet::new(), "IN-TIME", "2026-01-05", "2026-05-25", &[]);
        app.take_over(&issued(sheet, "LATER", "2026-01-05", "2026-05-27", &[]));
        app.on_day("2026-06-01");
        let told = |path: &str, names: &[&str]| -> Vec<Vec<String>> {
            let sheet = rows(&ask(app, path, "text/csv"));
            let place = |name: &&str| sheet[0].iter().position(|heading| heading == *name).unwrap_or_else(|| panic!("{name}"));
            let places: Vec<usize> = names.iter().map(place).collect();
            let totals = sheet.iter().filter(|row| row[0].starts_with("total"));
            totals.map(|row| places.iter().map(|place| row[*place].to_owned()).collect()).collect()
        };
        let year = "from=2026-01-01&to=2026-12-31";
        let columns = ["key", "label", "plans_issued", "happened_since", "corrected_since"];
        assert_eq!(
            told(&format!("timeliness?{year}&as_at=2026-05-26"), &columns),
            [["total", "Total", "1", "1", "0"], ["total_today", "Total as it stands on 2026-06-01", "2", "1", "0"]]
        );
        let columns = ["key", "requests", "happened_since"];
        assert_eq!(told(&format!("decisions?{year}&as_at=2026-01-04"), &columns), [["total", "0", "2"], ["total_today", "2", "2"]]);
        // Of today there is nothing since, and no column of it.
        assert_eq!(told(&format!("timeliness?{year}"), &["key", "plans_issued"]), [["total", "2"]]);
        assert!(!ask(app, &format!("timeliness?{year}"), "text/csv").text().contains("happened_since"));
    }

    fn the_breaches_are_had_as_a_workbook(app: &TestApp) {
        app.caseworker().open_case(a_case());
        app.on_day("2026-03-02");
        let answer = ask(app, "breaches", XLSX);
        assert_eq!(answer.header("content-type").unwrap(), XLSX);
        assert!(answer.header("content-disposition").unwrap().contains("breaches-as-at-2026-03-02.xlsx"));
        let strings = file(&answer.bytes, "xl/sharedStrings.xml");
        for text in ["EHC-2026-000001", "decide_to_assess", "decision whether to assess", "Statutory limits"] {
            assert!(strings.contains(text), "{text}: {strings}");
        }
        let cells = file(&answer.bytes, "xl/worksheets/sheet1.xml");
        // A day is a number with the form of a day, 46069 being 16 February 2026; nothing is a formula.
        assert!(cells.contains("<v>46069</v>") && !cells.contains("<f>"), "{cells}");
    }

    fn the_run_chart_can_be_read_without_being_seen(app: &TestApp) {
        let settings = [("EHCP_AUTHORITY_NAME", "Marl & Brook <Council>"), ("EHCP_DATABASE_URL", &app.settings()["EHCP_DATABASE_URL"].clone())];
        let sheet = issued(Sheet::new(), "IN-TIME", "2024-01-05", "2024-05-24", &[]);
        let sheet = issued(sheet, "LATE", "2024-01-05", "2024-05-27", &[]);
        app.take_over(&sheet);
        let own = TestApp::with(app.backend(), "2026-11-20", &settings);
        let answer = ask(&own, "timeliness?from=2024-01-01&to=2024-12-31", "image/svg+xml");
        assert_eq!(answer.header("content-type").unwrap(), "image/svg+xml");
        let svg = answer.text();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        let child = |name: &str| root.children().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name))).unwrap().text().unwrap().to_owned();
        assert_eq!(child("title"), "Marl & Brook <Council>: EHC plans issued within 20 weeks, 2024-01-01 to 2024-12-31");
        assert!(child("desc").contains("1 of 2 plans within 20 weeks without exceptions, 50.0 %"), "{}", child("desc"));
        let rows: Vec<Vec<String>> = document
            .descendants()
            .filter(|node| node.attribute("role") == Some("row"))
            .map(|row| row.children().filter(roxmltree::Node::is_element).map(|cell| cell.text().unwrap_or_default().to_owned()).collect())
            .collect();
        assert_eq!(rows.len(), 14, "headings, twelve months and all of them");
        assert_eq!(rows[5], ["May 2024", "50.0 %", "50.0 %", "2", "46.4 % (2024)"]);
        assert_eq!(rows[1], ["January 2024", "no figure", "no figure", "0", "46.4 % (2024)"]);
        assert_eq!(document.descendants().filter(|node| node.attribute("role") == Some("table")).count(), 1);
        for text in ["As at 2026-11-20, by the rules send-2014.3.", "Left out: 0 plans after mediation or a tribunal."] {
            assert!(svg.contains(text), "a printed chart says it: {text}");
        }
        assert!(!svg.contains("href") && !svg.contains("@font-face"), "it needs nothing from elsewhere");
    }
}
