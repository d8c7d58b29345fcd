//! The demonstration: made by the program itself, looked at through the API.

use std::io::{BufRead, BufReader};

use ehcp_tracker::demo::{LOGINS, PASSWORD};

use crate::commands::Place;
use crate::support::database::Database;
use crate::support::{Backend, Persona, TestApp, Value, both};

const TODAY: &str = "2026-11-20";

const STAGES: [&str; 9] = [
    "awaiting_decision",
    "gathering_advice",
    "drafting",
    "draft_served",
    "plan_issued",
    "assessment_refused",
    "plan_refused",
    "withdrawn",
    "transferred",
];

const STATUSES: [&str; 8] = [
    "on_track",
    "due_soon",
    "overdue",
    "overdue_excepted",
    "completed_in_time",
    "completed_late",
    "completed_late_excepted",
    "ended",
];

/// A demonstration that has been made, and the service on it.
fn demonstration(backend: Backend, today: &str) -> (Place, Database, TestApp) {
    let database = Database::empty(backend);
    let place = Place::new().set("EHCP_DATABASE_URL", &database.url);
    let made = place.run(&["demo", "--no-serve", "--cases", "60", "--seed", "1", "--today", today], "");
    assert_eq!((made.code, made.stderr.as_str()), (0, ""), "{made:?}");
    assert!(made.stdout.starts_with("60 invented cases were made"), "{made:?}");
    let app = TestApp::with(backend, today, &[("EHCP_DATABASE_URL", &database.url)]);
    (place, database, app)
}

fn count(person: &Persona, path: &str) -> i64 {
    person.get(&format!("{path}&limit=1&count=true")).expect(200).json["total"].as_i64().unwrap()
}

fn items(person: &Persona, path: &str) -> Vec<Value> {
    person.get(path).expect(200).json["items"].as_array().unwrap().clone()
}

both! {
    fn it_shows_every_stage_and_every_status(app: &TestApp) {
        let (place, _database, demo) = demonstration(app.backend(), TODAY);
        let manager = demo.sign_in("manager@example.org", PASSWORD);
        for stage in STAGES {
            assert!(count(&manager, &format!("/cases?stage={stage}")) > 0, "{stage}");
        }
        for status in STATUSES {
            assert!(count(&manager, &format!("/cases?status={status}")) > 0, "{status}");
        }
        for status in ["requested", "acknowledged", "submitted", "accepted"] {
            assert!(!items(&manager, &format!("/advice-requests?status={status}")).is_empty(), "{status}");
        }
        assert!(!items(&manager, "/advice-requests?overdue=true").is_empty());
        let cases: Vec<Value> = items(&manager, "/cases?limit=200").iter().map(|row| manager.case(row["id"].as_str().unwrap()).json).collect();
        assert_eq!(cases.len(), 60);
        let any = |what: fn(&Value) -> bool| cases.iter().any(what);
        assert!(any(|case| case["exceptions"].as_array().unwrap().iter().any(|one| one["state"] == "proposed")));
        assert!(any(|case| !case["suggested_exceptions"].as_array().unwrap().is_empty()));
        assert!(any(|case| case["restricted"] == true));
        assert!(any(|case| case["stage"] == "drafting" && !case["plan"].is_null()), "a draft is being written");
        assert!(any(|case| case["caseworker"].is_null()), "somebody has to take it");
        let place = place.set("EHCP_FIXED_TODAY", TODAY);
        for check in [&["doctor"][..], &["audit", "verify"]] {
            let checked = place.run(check, "");
            assert_eq!(checked.code, 0, "{check:?}: {checked:?}");
        }
    }

    fn there_is_a_login_for_every_role(app: &TestApp) {
        let (place, _database, demo) = demonstration(app.backend(), TODAY);
        let told = place.run(&["demo", "--no-serve", "--today", TODAY], "").stdout;
        for login in LOGINS {
            assert!(told.contains(login.email) && told.contains(PASSWORD), "{told}");
            let person = demo.sign_in(login.email, PASSWORD);
            let me = person.get("/me").expect(200).json;
            assert_eq!(me["role"], ehcp_tracker::words::Vocabulary::as_str(login.role));
        }
        let adviser = demo.sign_in("adviser@example.org", PASSWORD);
        let asked = items(&adviser, "/advice-requests?limit=200");
        assert!(!asked.is_empty() && asked.iter().all(|one| one["kind"] == "medical"));
        let caseworker = demo.sign_in("caseworker@example.org", PASSWORD);
        assert!(count(&caseworker, &format!("/cases?caseworker_id={}", caseworker.id)) > 0);
    }

    fn a_second_start_keeps_what_is_there(app: &TestApp) {
        let (place, _database, demo) = demonstration(app.backend(), TODAY);
        let manager = demo.sign_in("manager@example.org", PASSWORD);
        let before = manager.get("/cases?limit=200").expect(200).json;
        let again = place.run(&["demo", "--no-serve", "--cases", "90", "--seed", "2", "--today", TODAY], "");
        assert!(again.code == 0 && again.stdout.starts_with("60 cases are in"), "{again:?}");
        assert_eq!(manager.get("/cases?limit=200").expect(200).json, before);
    }

    fn the_same_seed_on_the_same_day_gives_the_same(app: &TestApp) {
        let rows = || {
            let (_place, _database, demo) = demonstration(app.backend(), "2026-12-27");
            let manager = demo.sign_in("manager@example.org", PASSWORD);
            let mut rows = items(&manager, "/cases?limit=200&sort=reference");
            for row in &mut rows {
                for made in ["id", "setting", "caseworker"] {
                    row.as_object_mut().unwrap().remove(made);
                }
            }
            rows
        };
        let first = rows();
        let statuses: Vec<_> = first.iter().map(|row| row["clock"]["status"].as_str().unwrap()).collect();
        assert!(STATUSES.iter().all(|status| statuses.contains(status)), "on a day after Christmas too: {statuses:?}");
        assert_eq!(first, rows());
    }
}

#[test]
fn it_serves_what_it_has_made() {
    let place = Place::new().set("EHCP_LISTEN", "127.0.0.1:0");
    let mut child = place.command(&["demo", "--cases", "5"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let serving = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("serving on "));
    let address = serving.and_then(|line| line.split([' ', ';']).nth(2).map(str::to_owned)).unwrap();
    let mut left = 100;
    // The sum is told just before the service begins to answer.
    let answered = loop {
        match ureq::get(format!("{address}/healthz")).call() {
            Ok(answer) => break answer.status().as_u16(),
            Err(_) if left > 0 => {
                left -= 1;
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            Err(fault) => panic!("{fault}"),
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answered, 200);
}

#[test]
fn it_is_not_for_production_nor_beside_real_cases() {
    let secret = "a secret of this council, long enough to be one";
    let production = Place::new().set("EHCP_ENV", "production").set("EHCP_SMTP_URL", "smtps://mail");
    production.set("EHCP_JWT_SECRET", secret).refuses(2, &["demo", "--no-serve"], &["EHCP_ENV"]);
    let place = Place::new().set("EHCP_FIXED_TODAY", TODAY);
    let sheet =
        "external_reference,forename,surname,date_of_birth,received_on,request_source\nA,B,C,2015-03-02,2026-11-02,1\n";
    std::fs::write(place.path("cases.csv"), sheet).unwrap();
    assert_eq!(place.run(&["import", "cases", "cases.csv"], "").code, 0);
    place.refuses(1, &["demo", "--no-serve"], &["EHCP_DATABASE_URL"]);
}
