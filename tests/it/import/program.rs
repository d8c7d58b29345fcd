//! The program itself, as an operator starts it.

use ehcp_tracker::db::{DatabaseUrl, Db};

use super::Sheet;
use crate::commands::Place;

#[test]
fn a_sheet_is_taken_over_and_the_sum_is_told() {
    let place = Place::new().set("EHCP_FIXED_TODAY", super::TODAY);
    let sheet = Sheet::new().row("One", &[]).row("Two", &[]);
    std::fs::write(place.path("cases.csv"), sheet.csv()).unwrap();
    let dry = place.run(&["import", "cases", "cases.csv", "--dry-run"], "");
    assert_eq!((dry.code, dry.stderr.as_str()), (0, ""));
    assert_eq!(dry.stdout, "rows read: 2\ncreated: 2 (dry run: nothing was written)\nunchanged: 0\nfaults: 0\n");
    let first = place.run(&["import", "cases", "cases.csv"], "");
    assert_eq!((first.code, first.stdout.as_str()), (0, "rows read: 2\ncreated: 2\nunchanged: 0\nfaults: 0\n"));
    let second = place.run(&["import", "cases", "cases.csv"], "");
    assert_eq!((second.code, second.stdout.as_str()), (0, "rows read: 2\ncreated: 0\nunchanged: 2\nfaults: 0\n"));
    assert_eq!(place.run(&["doctor"], "").code, 0);
    let verified = place.run(&["audit", "verify"], "");
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn faults_are_told_a_line_each_and_the_program_fails() {
    let place = Place::new().set("EHCP_FIXED_TODAY", super::TODAY);
    let sheet = Sheet::new().row("One", &[("received_on", "soon")]).row("Two", &[]).row("Two", &[]);
    std::fs::write(place.path("cases.csv"), sheet.csv()).unwrap();
    let outcome = place.run(&["import", "cases", "cases.csv"], "");
    assert_eq!(outcome.code, 1);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "row,column,code,what",
            "2,received_on,invalid_date,\"Expected a day that exists, as YYYY-MM-DD or DD/MM/YYYY.\"",
            "4,external_reference,already_exists,Row 3 has this number as well: each case has its own.",
            "rows read: 3",
            "created: 0",
            "unchanged: 0",
            "faults: 2",
        ]
    );
    assert_eq!(outcome.stderr, "ehcp-tracker: nothing was written, for there are 2 faults in the sheet\n");
}

#[test]
fn a_sheet_that_cannot_be_read_is_told_in_one_line() {
    let place = Place::new();
    place.refuses(1, &["import", "cases", "nowhere.csv"], &["nowhere.csv", "can't be read"]);
    place.refuses(1, &["import", "cases", "."], &["it is a folder"]);
    assert!(!place.path("ehcp.db").exists(), "what can't be read makes no database");
    let mut bytes = Sheet::new().row("One", &[]).csv().into_bytes();
    bytes.extend(b"Ren\xe9e,x,x,x,x,x\n");
    std::fs::write(place.path("latin.csv"), bytes).unwrap();
    place.refuses(1, &["import", "cases", "latin.csv"], &["row 3 is not UTF-8"]);
    assert_eq!(place.run(&["import", "cases"], "").code, 2);
}

#[test]
fn an_import_leaves_no_log_behind_although_somebody_has_the_database_open() {
    let place = Place::new().set("EHCP_FIXED_TODAY", super::TODAY);
    assert_eq!(place.run(&["migrate"], "").code, 0);
    let open = Db::open(&DatabaseUrl::Sqlite(place.path("ehcp.db")), 1).unwrap();
    open.ping().unwrap();
    let sheet = (0..200).fold(Sheet::new(), |sheet, n| sheet.row(&format!("Row {n}"), &[]));
    std::fs::write(place.path("cases.csv"), sheet.csv()).unwrap();
    assert_eq!(place.run(&["import", "cases", "cases.csv"], "").code, 0);
    let log = std::fs::metadata(place.path("ehcp.db-wal")).unwrap();
    assert_eq!(log.len(), 0);
}
