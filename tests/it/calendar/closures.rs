//! Closures, and the exceptions that they suggest.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment};
use crate::support::{Response, TestApp, both, json};

const PATH: &str = "/calendar/closures";

fn golden() -> Vec<Vec<String>> {
    let path = format!("{}/crates/statute/tests/vectors/school_closure_exception.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A closure; of one setting, where it is named.
fn close(app: &TestApp, setting: Option<&str>, closed_from: &str, reopens_on: &str) -> Response {
    let body =
        json!({"setting_id": setting, "closed_from": closed_from, "reopens_on": reopens_on, "label": "Holidays"});
    app.admin().post(PATH, &body).expect(201)
}

/// A case of a child at a setting, whose education advice was asked for on the day.
fn asked_on(app: &TestApp, setting: &str, name: &str, day: &str) -> String {
    let case = a_case().of("Child", name, "2018-01-01").received_on(day).with("setting_id", json!(setting));
    let id = app.caseworker().open_case(case).id();
    app.caseworker().case_step(&id, "assessment-decision", &to_assess(day)).expect(200);
    id
}

fn grounds(app: &TestApp, case: &str) -> Vec<String> {
    let case = app.caseworker().case(case).json;
    let all = case["suggested_exceptions"].as_array().unwrap();
    all.iter().map(|one| one["ground"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn an_exception_is_suggested_on_the_days_of_the_oracle(app: &TestApp) {
        app.on_day("2027-12-01");
        for (n, row) in golden().iter().enumerate() {
            let setting = app.organisation(&format!("School {n}"), "education_setting");
            close(app, Some(&setting), &row[0], &row[1]);
            let case = asked_on(app, &setting, &format!("Number {n}"), &row[2]);
            let expected: Vec<&str> = if row[3] == "true" { vec!["school_closed"] } else { vec![] };
            assert_eq!(grounds(app, &case), expected, "{row:?}");
        }
    }

    fn a_closure_of_all_settings_concerns_each_by_its_kind(app: &TestApp) {
        let school = app.organisation("A School", "education_setting");
        let nursery = app.organisation("A Nursery", "early_years_provider");
        let other = app.organisation("Another School", "education_setting");
        app.on_day("2026-09-10");
        let of_all = close(app, None, "2026-07-22", "2026-09-02").id();
        close(app, Some(&other), "2026-07-22", "2026-09-02");
        let (at_school, at_nursery) = (asked_on(app, &school, "One", "2026-07-20"), asked_on(app, &nursery, "Two", "2026-07-20"));
        assert_eq!(grounds(app, &at_school), ["school_closed"]);
        assert_eq!(grounds(app, &at_nursery), ["early_years_provider_closed"]);
        app.admin().delete(&format!("{PATH}/{of_all}")).expect(204);
        assert!(grounds(app, &at_school).is_empty());
    }

    fn a_closure_relieves_no_limit_that_was_over_when_the_setting_was_asked(app: &TestApp) {
        let school = app.organisation("A School", "education_setting");
        app.on_day("2027-09-10");
        close(app, Some(&school), "2027-07-22", "2027-09-02");
        // 20 weeks from 1 February are over on 21 June.
        let case = a_case().of("Child", "Late", "2018-01-01").received_on("2027-02-01").with("setting_id", json!(school));
        let id = app.caseworker().open_case(case).id();
        app.caseworker().case_step(&id, "assessment-decision", &to_assess("2027-03-01")).expect(200);
        let again = json!({"kind": "education", "organisation_id": school, "requested_on": "2027-07-16"});
        app.caseworker().post(&format!("/cases/{id}/advice-requests"), &again).expect(201);
        assert!(grounds(app, &id).is_empty());
        let body = json!({
            "rules": ["issue_final_plan"], "ground": "school_closed", "from_on": "2027-07-22", "to_on": "2027-09-02",
            "evidence": "The school's calendar.", "family_told_on": "2027-07-20",
        });
        let confirmed = app.manager().case_step(&id, "exceptions", &body).expect(200);
        assert_eq!(confirmed.deadline("issue_final_plan")["excepted"], false);
        assert_eq!(confirmed.json["clock"]["status"], "overdue");
        assert!(confirmed.warnings().contains(&"exception_does_not_relieve"), "{:?}", confirmed.warnings());
    }

    fn a_closure_is_no_ground_where_another_was_asked_or_the_setting_had_answered(app: &TestApp) {
        let school = app.organisation("A School", "education_setting");
        let other = app.organisation("Another Body", "other");
        app.on_day("2026-09-10");
        close(app, Some(&school), "2026-07-22", "2026-09-02");
        let officer = app.caseworker();
        let readdress = |case: &str, body: serde_json::Value| {
            let request = officer.advice_of_kind(case, "education");
            let path = format!("/advice-requests/{request}");
            let etag = officer.advice(&request).etag;
            officer.patch(&path, &etag, &body).expect(200);
            (request, officer.case(case))
        };
        let held_up = asked_on(app, &school, "Held up", "2026-07-20");
        assert_eq!(grounds(app, &held_up), ["school_closed"]);
        // It is the setting's closure that holds up what the setting was asked for.
        let elsewhere = asked_on(app, &school, "Elsewhere", "2026-07-20");
        readdress(&elsewhere, json!({"organisation_id": other}));
        assert!(grounds(app, &elsewhere).is_empty());
        let late = asked_on(app, &school, "Late", "2026-07-20");
        readdress(&late, json!({"received_by_body_on": "2026-09-02"}));
        assert!(grounds(app, &late).is_empty(), "it reached the school after the holidays");
        let covered = asked_on(app, &school, "Covered", "2026-07-20");
        let request = officer.advice_of_kind(&covered, "education");
        let existing = json!({"author": "A teacher", "dated": "2026-06-01", "adviser_agreed_on": "2026-07-21", "authority_agreed_on": "2026-07-21", "family_agreed_on": "2026-07-21"});
        officer.advice_step(&request, "existing-advice", &existing).expect(200);
        assert!(grounds(app, &covered).is_empty(), "it had answered before it closed");
    }

    fn what_was_late_can_be_explained_by_a_closure_after_the_end_too(app: &TestApp) {
        let school = app.organisation("A School", "education_setting");
        app.on_day("2026-12-01");
        close(app, Some(&school), "2026-07-22", "2026-09-02");
        let case = a_case().of("Child", "Ended", "2018-01-01").received_on("2026-07-14").with("setting_id", json!(school));
        let officer = app.caseworker();
        let id = officer.open_case(case).id();
        officer.case_step(&id, "information-requests", &json!({"asked_on": "2026-07-19"})).expect(200);
        let refused = officer.case_step(&id, "assessment-decision", &to_refuse_assessment("2026-09-08")).expect(200);
        assert_eq!(refused.deadline("decide_to_assess")["status"], "met_late");
        let suggested = refused.json["suggested_exceptions"].as_array().unwrap().clone();
        assert_eq!(suggested.len(), 1, "{}", refused.text());
        assert_eq!(suggested[0]["rules"], json!(["decide_to_assess"]));
        let answer = json!({"accept": true, "reason": "The school confirms its dates."});
        let step = format!("exceptions/suggestions/{}", suggested[0]["id"].as_str().unwrap());
        let accepted = app.manager().case_step(&id, &step, &answer).expect(200);
        assert_eq!(accepted.deadline("decide_to_assess")["excepted"], true);
    }

    fn an_exception_stays_when_its_closure_is_taken_back(app: &TestApp) {
        let school = app.organisation("A School", "education_setting");
        app.on_day("2026-09-10");
        let closure = close(app, Some(&school), "2026-07-22", "2026-09-02").id();
        let case = asked_on(app, &school, "One", "2026-07-20");
        let answer = json!({"accept": true, "reason": "The school confirms its dates."});
        app.manager().case_step(&case, &format!("exceptions/suggestions/{closure}"), &answer).expect(200);
        app.admin().delete(&format!("{PATH}/{closure}")).expect(204);
        app.admin().delete(&format!("{PATH}/{closure}")).refused(404, "not_found");
        app.caseworker().get(&format!("{PATH}/{closure}")).refused(404, "not_found");
        let kept = app.caseworker().case(&case);
        assert_eq!(kept.json["exceptions"][0]["state"], "confirmed");
        assert_eq!(kept.deadline("issue_final_plan")["excepted"], true);
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).collect();
        assert!(actions.contains(&"closure_added".to_owned()) && actions.contains(&"closure_removed".to_owned()));
    }

    fn closures_are_read_by_those_who_work_on_cases_and_written_by_administrators(app: &TestApp) {
        let school = app.organisation("A School", "education_setting");
        let made = close(app, Some(&school), "2026-07-22", "2026-09-02");
        let location = made.header("location").unwrap().to_owned();
        assert_eq!(made.json["setting_id"], json!(school));
        assert_eq!(app.caseworker().get(&location).expect(200).json, made.json);
        let all = close(app, None, "2026-12-19", "2027-01-04");
        let other = app.organisation("Another School", "education_setting");
        close(app, Some(&other), "2026-10-26", "2026-11-02");
        let page = app.manager().get(&format!("{PATH}?setting_id={school}&count=true")).expect(200).json;
        assert_eq!(page["items"], json!([all.json, made.json]));
        assert_eq!(page["total"], 2);
        let first = app.manager().get(&format!("{PATH}?limit=2")).expect(200).json;
        let next = first["next_cursor"].as_str().unwrap();
        let second = app.manager().get(&format!("{PATH}?limit=2&cursor={next}")).expect(200).json;
        assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (1, &json!(null)));
        let body = json!({"closed_from": "2026-07-22", "reopens_on": "2026-09-02", "label": "Summer"});
        app.caseworker().post(PATH, &body).refused(403, "forbidden");
        app.manager().delete(&location).refused(403, "forbidden");
        app.adviser_of(&school).get(PATH).refused(403, "forbidden");
    }

    fn what_is_no_closure_is_refused(app: &TestApp) {
        let trust = app.organisation("Health Trust", "health");
        let body = json!({"setting_id": trust, "closed_from": "2026-07-22", "reopens_on": "2026-07-22", "label": " "});
        assert_eq!(
            app.admin().post(PATH, &body).expect(422).faults(),
            [("/label", "blank"), ("/reopens_on", "out_of_range"), ("/setting_id", "unknown_setting")]
        );
        app.admin().post(PATH, &json!({"label": "Summer"})).refused(422, "missing_field");
        assert_eq!(app.count("closures"), 0);
    }
}
