//! What stands in the way of a sheet: told by row and column, and nothing is written.
//!
//! What can be wrong with a row by itself is tested beside the code that reads it.

use ehcp_tracker::import::commands::Mode;

use super::Sheet;
use crate::support::cases::a_case;
use crate::support::{TestApp, both, json};

#[track_caller]
fn refused(app: &TestApp, sheet: &Sheet, faults: &[(u32, &str, &str)]) {
    let before = (app.count("cases"), app.count("people"), app.count("organisations"), app.events().len());
    let said = app.import(sheet);
    assert_eq!(said.faults(), faults);
    assert_eq!((said.outcome.created, usize::try_from(said.outcome.faults).unwrap()), (0, faults.len()));
    let after = (app.count("cases"), app.count("people"), app.count("organisations"), app.events().len());
    assert_eq!(after, before, "nothing was written");
    let dry = app.import_as(Mode::DryRun, &sheet.csv()).unwrap();
    assert_eq!(dry.faults, said.faults, "a dry run tells the same");
}

both! {
    fn every_fault_of_every_row_is_told_at_once(app: &TestApp) {
        let sheet = Sheet::new()
            .row("Fine", &[("setting_name", "Hill School")])
            .row("Wrong", &[("received_on", "2026-02-30"), ("upn", "nonsense"), ("mediation", "maybe")])
            .row("Later", &[("received_on", "2026-11-21")])
            .row("Both", &[("final_issued_on", "2026-08-31"), ("caseworker_email", "nobody@example.org")]);
        let expected = [
            (3, "received_on", "invalid_date"),
            (3, "upn", "invalid_upn"),
            (3, "mediation", "unknown_value"),
            (4, "received_on", "date_in_future"),
            (5, "final_issued_on", "date_before_previous_step"),
            (5, "caseworker_email", "unknown_user"),
        ];
        refused(app, &sheet, &expected);
    }

    fn a_cell_that_cannot_be_read_hides_no_other_fault_of_its_row(app: &TestApp) {
        let sheet = Sheet::new()
            .row("Born", &[("date_of_birth", "30/02/2015"), ("upn", "nonsense"), ("final_issued_on", "2027-01-01"), ("caseworker_email", "nobody@example.org")])
            .row("Received", &[("received_on", "2026-02-30"), ("setting_urn", "123456"), ("caseworker_email", "nobody@example.org")])
            .row("Source", &[("request_source", "neighbour"), ("nhs_number", "9434765919")])
            .row("Same", &[("nhs_number", "943 476 5919"), ("date_of_birth", "2014-01-01")])
            .row("Received", &[("caseworker_email", "nobody@example.org")]);
        let expected = [
            (2, "date_of_birth", "invalid_date"),
            (2, "upn", "invalid_upn"),
            (2, "final_issued_on", "date_in_future"),
            (2, "caseworker_email", "unknown_user"),
            (3, "received_on", "invalid_date"),
            (3, "caseworker_email", "unknown_user"),
            (3, "setting_name", "missing_field"),
            (4, "request_source", "unknown_value"),
            (5, "date_of_birth", "contradiction"),
            (6, "external_reference", "already_exists"),
            (6, "caseworker_email", "unknown_user"),
        ];
        refused(app, &sheet, &expected);
    }

    fn no_fault_repeats_what_stands_in_the_sheet(app: &TestApp) {
        let sheet = Sheet::new().row("Zyxwv", &[("received_on", "Zyxwv"), ("nhs_number", "Zyxwv"), ("caseworker_email", "Zyxwv"), ("sex", "Zyxwv"), ("exception_ground", "Zyxwv")]);
        let csv = sheet.csv().replacen("sex", "sex,Zyxwv", 1);
        for said in [app.import(&sheet), app.import_as(Mode::Write, &csv).unwrap()] {
            assert!(!said.faults.is_empty());
            assert!(!format!("{:?}", said.faults).contains("Zyxwv"), "{:?}", said.faults);
        }
    }

    fn the_headings_must_be_right_before_anything_is_read(app: &TestApp) {
        let csv = "external_reference,forename,surname,date_of_birth,received,request_source\nA,B,C,2015-03-02,2026-01-05,1\n";
        let said = app.import_as(Mode::Write, csv).unwrap();
        assert_eq!(said.faults(), [(1, "column 5", "unknown_field"), (1, "received_on", "missing_field")]);
        assert_eq!(said.counts(), (0, 0, 0, 2));
    }

    fn a_number_stands_once_in_a_sheet(app: &TestApp) {
        let sheet = Sheet::new().row("One", &[]).row("One", &[]).row("One", &[("surname", "Other")]);
        refused(app, &sheet, &[(3, "external_reference", "already_exists"), (4, "external_reference", "already_exists")]);
    }

    fn a_row_that_was_taken_over_must_not_say_something_else(app: &TestApp) {
        app.take_over(&Sheet::new().row("One", &[]));
        let changed = Sheet::new().row("One", &[("postcode", "BS1 4ST")]).row("New", &[]);
        refused(app, &changed, &[(2, "external_reference", "imported_otherwise")]);
    }

    fn one_person_has_one_open_case(app: &TestApp) {
        let sheet = Sheet::new()
            .row("One", &[("surname", "Same"), ("upn", "H801200001001")])
            .row("Two", &[("surname", "Same")])
            .row("Three", &[("surname", "Different"), ("upn", "H801200001001")])
            .row("Ended", &[("surname", "Same"), ("withdrawn_on", "2026-09-02")]);
        refused(app, &sheet, &[(3, "external_reference", "case_already_open"), (4, "external_reference", "case_already_open")]);
    }

    fn nor_beside_one_that_is_known(app: &TestApp) {
        app.caseworker().open_case(a_case().of("Ines", "Example", "2015-03-02").person("nhs_number", json!("9434765919")));
        let sheet = Sheet::new()
            .row("Name", &[("forename", "ines"), ("surname", "Example")])
            .row("Number", &[("nhs_number", "943-476-5919")])
            .row("Ended", &[("nhs_number", "943-476-5919"), ("withdrawn_on", "2026-09-02")]);
        refused(app, &sheet, &[(2, "external_reference", "case_already_open"), (3, "external_reference", "case_already_open")]);
    }

    fn one_number_is_of_one_birth(app: &TestApp) {
        let number = ("nhs_number", "9434765919");
        let sheet = Sheet::new()
            .row("One", &[number, ("withdrawn_on", "2026-09-02")])
            .row("Two", &[number, ("date_of_birth", "2015-02-03")]);
        refused(app, &sheet, &[(3, "date_of_birth", "contradiction")]);
    }

    fn who_may_be_two_people_is_told_apart_by_hand(app: &TestApp) {
        let caseworker = app.caseworker();
        caseworker.open_case(a_case().of("Ines", "Example", "2015-03-02"));
        let other = a_case().of("Ines", "Example", "2015-03-02").with("confirm_new_person", json!(true));
        caseworker.open_case(other);
        let sheet = Sheet::new().row("Which", &[("forename", "Ines"), ("surname", "Example"), ("withdrawn_on", "2026-09-02")]);
        refused(app, &sheet, &[(2, "nhs_number", "possible_duplicate")]);
    }

    fn a_setting_must_be_clear(app: &TestApp) {
        for urn in ["123456", "234567"] {
            let body = json!({"name": "St Mary", "kind": "education_setting", "urn": urn});
            app.admin().post("/organisations", &body).expect(201);
        }
        let sheet = Sheet::new()
            .row("Which", &[("setting_name", "St Mary")])
            .row("Nameless", &[("setting_urn", "345678")])
            .row("Fine", &[("setting_urn", "234567")]);
        refused(app, &sheet, &[(2, "setting_name", "unknown_setting"), (3, "setting_name", "missing_field")]);
    }

    fn a_caseworker_is_active_and_works_on_cases(app: &TestApp) {
        let leaver = app.caseworker_named("Lea Leaver");
        let path = format!("/users/{}", leaver.id);
        let etag = app.admin().get(&path).expect(200).etag;
        app.admin().patch(&path, &etag, &json!({"active": false})).expect(200);
        let admin = app.admin().email;
        let sheet = Sheet::new()
            .row("Left", &[("caseworker_email", &leaver.email)])
            .row("Admin", &[("caseworker_email", &admin)])
            .row("Manager", &[("caseworker_email", &app.manager().email)]);
        refused(app, &sheet, &[(2, "caseworker_email", "unknown_user"), (3, "caseworker_email", "unknown_user")]);
    }

    fn what_cannot_be_read_is_told_in_a_sentence(app: &TestApp) {
        let told = app.import_as(Mode::Write, "").unwrap();
        assert_eq!(told.outcome.faults, 6, "an empty sheet lacks its headings");
        assert_eq!(app.count("cases"), 0);
    }
}
