//! All faults at once: those that the schema of a body sees, and those that only the command can see.

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::{Response, both, json};

const NOWHERE: &str = "01a20043-353a-76c2-a2c1-b6d8007653c9";

/// The faults of a refusal by pointer; its code is the first one's.
#[track_caller]
fn faults(refused: &Response) -> Vec<(&str, &str)> {
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(refused.code(), refused.faults()[0].1);
    let mut faults = refused.faults();
    faults.sort_unstable();
    faults
}

both! {
    fn of_a_request(app: &TestApp) {
        let case = a_case()
            .person("date_of_birth", json!("2026-02-30"))
            .person("upn", json!("A801200001001"))
            .received_on("2026-01-06")
            .with("setting_id", json!(NOWHERE))
            .with("viewers", json!([NOWHERE, "nobody"]))
            .with("colour", json!("blue"));
        let refused = app.caseworker().post("/cases", case.body());
        assert_eq!(faults(&refused), [
            ("/colour", "unknown_field"),
            ("/person/date_of_birth", "invalid_date"),
            ("/person/upn", "invalid_upn"),
            ("/received_on", "date_in_future"),
            ("/setting_id", "unknown_setting"),
            ("/viewers/0", "unknown_user"),
            ("/viewers/1", "invalid_format"),
        ]);
        assert_eq!((app.count("cases"), app.count("people")), (0, 0));
    }

    fn what_is_compared_with_a_faulty_value_is_not_at_fault(app: &TestApp) {
        // Neither the birth nor the age can be told; the day in the future can.
        let unknown_birth = a_case().person("date_of_birth", json!(7)).received_on("1950-01-05");
        assert_eq!(faults(&app.caseworker().post("/cases", unknown_birth.body())), [("/person/date_of_birth", "wrong_type")]);
        let unknown_day = a_case().received_on("soon");
        assert_eq!(faults(&app.caseworker().post("/cases", unknown_day.body())), [("/received_on", "invalid_date")]);
        let unknown_person = a_case().without("person").with("person_id", json!("Robin"));
        assert_eq!(faults(&app.caseworker().post("/cases", unknown_person.body())), [("/person_id", "invalid_format")]);
        let no_person = a_case().with("person", json!("Robin"));
        assert_eq!(faults(&app.caseworker().post("/cases", no_person.body())), [("/person", "wrong_type")]);
        app.caseworker().post("/cases", &json!([])).refused(422, "wrong_type");
    }

    fn of_a_step_come_after_its_version_and_before_its_refusal(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        let path = format!("/cases/{id}/plan-decision");
        let body = json!({"outcome": "issue", "decided_on": "2026-01-06", "colour": "blue"});
        caseworker.request("POST", &path).json(&body).send().refused(428, "precondition_required");
        caseworker.step(&path, "\"9\"", &body).refused(412, "stale");
        let refused = caseworker.step(&path, "\"1\"", &body);
        assert_eq!(faults(&refused), [("/colour", "unknown_field"), ("/decided_on", "date_in_future")]);
        caseworker.step(&path, "\"1\"", &json!({"outcome": "issue", "decided_on": "2026-01-05"})).refused(409, "not_in_stage");
    }

    fn of_an_assessment_decision(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        let body = json!({
            "outcome": "refuse", "decided_on": "2026-02-30", "notified_on": "2026-01-06", "panel_on": "2026-01-04",
            "notice": {"reasons": "yes"}, "chair": "Kim",
        });
        assert_eq!(faults(&caseworker.case_step(&id, "assessment-decision", &body)), [
            ("/chair", "unknown_field"),
            ("/decided_on", "invalid_date"),
            ("/notice/reasons", "wrong_type"),
            ("/notified_on", "date_in_future"),
            ("/panel_on", "date_before_previous_step"),
            ("/refusal_reason", "missing_field"),
        ]);
        // What only one outcome has is not judged where the outcome can't be read.
        let unknown = json!({"outcome": "perhaps", "decided_on": "2026-01-06", "refusal_reason": "other"});
        let refused = caseworker.case_step(&id, "assessment-decision", &unknown);
        assert!(refused.faults().contains(&("/outcome", "unknown_value")), "{}", refused.text());
        assert!(refused.faults().contains(&("/decided_on", "date_in_future")), "{}", refused.text());
        assert!(!refused.faults().contains(&("/refusal_reason", "unknown_field")), "{}", refused.text());
        assert_eq!(caseworker.case(&id).json["stage"], "awaiting_decision");
    }

    fn of_a_request_for_advice(app: &TestApp) {
        let case = app.assessed_case();
        let body = json!({
            "kind": "astrology", "organisation_id": NOWHERE, "requested_on": "2026-01-04", "received_by_body_on": "2026-01-06",
            "questions": " ", "shared_documents": [NOWHERE], "urgent": true,
        });
        assert_eq!(faults(&app.caseworker().ask(&case, &body)), [
            ("/kind", "unknown_value"),
            ("/organisation_id", "unknown_organisation"),
            ("/questions", "blank"),
            ("/received_by_body_on", "date_in_future"),
            ("/requested_on", "date_before_previous_step"),
            ("/shared_documents/0", "unknown_document"),
            ("/urgent", "unknown_field"),
        ]);
    }

    fn of_a_submission(app: &TestApp) {
        let case = app.assessed_case();
        let request = app.caseworker().advice_of_kind(&case, "medical");
        let mut body = a_report();
        body["summary"] = json!(7);
        body["needs"] = json!(["", 8]);
        body["submitted_on"] = json!("2026-01-06");
        body["qualified_teacher"] = json!({"name": "", "on": "2026-01-07"});
        body["documents"] = json!([NOWHERE]);
        assert_eq!(faults(&app.caseworker().advice_step(&request, "submissions", &body)), [
            ("/documents/0", "unknown_document"),
            ("/needs/0", "blank"),
            ("/needs/1", "wrong_type"),
            ("/qualified_teacher/name", "blank"),
            ("/qualified_teacher/on", "date_in_future"),
            ("/submitted_on", "date_in_future"),
            ("/summary", "wrong_type"),
        ]);
    }

    fn of_a_correction(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        manager.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let correct = |value: &str| {
            let body = json!({"step": "assessment_decision", "field": "decided_on", "value": value, "reason": "", "colour": 1});
            manager.case_step(&id, "corrections", &body)
        };
        let expected = |code: &'static str| [("/colour", "unknown_field"), ("/reason", "blank"), ("/value", code)];
        assert_eq!(faults(&correct("2026-01-06")), expected("date_in_future"));
        assert_eq!(faults(&correct("2026-02-30")), expected("invalid_date"));
        assert_eq!(faults(&correct("2026-01-04")), expected("date_before_previous_step"));
        let unknown = json!({"step": "request", "field": "shoe_size", "value": "7", "reason": " "});
        assert_eq!(faults(&manager.case_step(&id, "corrections", &unknown)), [("/field", "unknown_value"), ("/reason", "blank")]);
        // A fault leaves nothing mended behind.
        let case = manager.case(&id);
        assert_eq!(case.json["decisions"]["assessment"]["decided_on"], "2026-01-05");
    }

    fn of_an_exception(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        let body = json!({"rules": ["advice"], "ground": "tuesday", "from_on": "2026-02-30", "to_on": "1999-01-01", "family_told_on": "2026-01-06"});
        assert_eq!(faults(&caseworker.case_step(&id, "exceptions", &body)), [
            ("/family_told_on", "date_in_future"),
            ("/from_on", "invalid_date"),
            ("/ground", "unknown_value"),
            ("/rules", "unknown_value"),
        ]);
    }

    fn of_a_person_an_organisation_a_user_and_a_closure(app: &TestApp) {
        let caseworker = app.caseworker();
        let person = caseworker.open_case(a_case()).json["person"]["id"].as_str().unwrap().to_owned();
        let body = json!({"upn": "A801200001001", "date_of_birth": "2026-01-06", "forename": " ", "colour": "blue"});
        assert_eq!(faults(&caseworker.patch(&format!("/people/{person}"), "\"1\"", &body)), [
            ("/colour", "unknown_field"),
            ("/date_of_birth", "date_before_birth"),
            ("/date_of_birth", "date_in_future"),
            ("/forename", "blank"),
            ("/upn", "invalid_upn"),
        ]);
        let admin = app.admin();
        let body = json!({"name": " ", "kind": "circus", "mailbox": "nowhere", "urn": "12x"});
        assert_eq!(faults(&admin.post("/organisations", &body)), [
            ("/kind", "unknown_value"),
            ("/mailbox", "invalid_email"),
            ("/name", "blank"),
            ("/urn", "invalid_format"),
        ]);
        let body = json!({"email": "nowhere", "name": 7, "role": "caseworker", "organisation_id": NOWHERE, "password": "short"});
        assert_eq!(faults(&admin.post("/users", &body)), [
            ("/email", "invalid_email"),
            ("/name", "wrong_type"),
            ("/organisation_id", "unknown_organisation"),
            ("/password", "password_too_weak"),
        ]);
        let body = json!({"label": " ", "closed_from": "2026-02-30", "reopens_on": "1999-01-01", "setting_id": NOWHERE});
        assert_eq!(faults(&admin.post("/calendar/closures", &body)), [
            ("/closed_from", "invalid_date"),
            ("/label", "blank"),
            ("/setting_id", "unknown_setting"),
        ]);
    }
}
