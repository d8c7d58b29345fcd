//! Information that a setting is asked for before it is decided whether to assess.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment};
use crate::support::{Response, TestApp, both, json};

/// The mailbox of the school.
const OFFICE: &str = "office@school.example";

/// A school with a mailbox, and its summer holidays of 2026: six weeks, from 22 July to 2 September.
fn a_school(app: &TestApp) -> String {
    let body = json!({"name": "Marlbrook School", "kind": "education_setting", "mailbox": OFFICE});
    let school = app.admin().post("/organisations", &body).expect(201).id();
    let summer =
        json!({"setting_id": school, "closed_from": "2026-07-22", "reopens_on": "2026-09-02", "label": "Summer"});
    app.admin().post("/calendar/closures", &summer).expect(201);
    school
}

/// A case of a child at the school, received on 14 July 2026: to be decided by 25 August.
fn received(app: &TestApp, school: &str) -> String {
    let case = a_case().received_on("2026-07-14").with("setting_id", json!(school));
    app.caseworker().open_case(case).id()
}

/// Asks the setting of the case; answers the case and the id of the request.
fn ask(app: &TestApp, case: &str, on: &str) -> (Response, String) {
    let asked = app.caseworker().case_step(case, "information-requests", &json!({"asked_on": on})).expect(200);
    let all = asked.json["information_requests"].as_array().unwrap();
    let id = all.last().unwrap()["id"].as_str().unwrap().to_owned();
    (asked, id)
}

both! {
    fn what_was_cancelled_counts_for_nothing_and_stays_on_record(app: &TestApp) {
        app.on_day("2026-07-19");
        let school = a_school(app);
        let case = received(app, &school);
        let (_, id) = ask(app, &case, "2026-07-19");
        let step = format!("information-requests/{id}/cancellation");
        let cancelled = app.caseworker().case_step(&case, &step, &json!({"reason": "Asked twice."})).expect(200);
        assert_eq!(cancelled.json["suggested_exceptions"], json!([]));
        let request = &cancelled.json["information_requests"][0];
        assert_eq!((&request["cancelled_on"], &request["cancellation_reason"]), (&json!("2026-07-19"), &json!("Asked twice.")));
        app.caseworker().case_step(&case, &step, &json!({"reason": "Again."})).refused(409, "not_possible_now");
        app.caseworker().case_step(&case, &format!("information-requests/{id}/answer"), &json!({})).refused(409, "not_possible_now");
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).filter(|action| action.starts_with("information")).collect();
        assert_eq!(actions, ["information_requested", "information_cancelled"]);
    }

    fn information_is_no_advice(app: &TestApp) {
        app.on_day("2026-07-19");
        let school = a_school(app);
        let case = received(app, &school);
        ask(app, &case, "2026-07-19");
        let officer = app.caseworker();
        let shown = officer.case(&case);
        assert_eq!(shown.json["advice"], json!({"requested": 0, "received": 0, "overdue": 0, "accepted": 0}));
        assert!(shown.deadlines("advice").is_empty());
        assert!(officer.advice_of(&case).is_empty());
        let report = app.manager().get("/reports/advice?from=2026-01-01&to=2026-12-31").expect(200).json;
        assert_eq!(report["total"]["requested"], 0);
        // It neither waits to be settled nor stands in section K.
        let decided = json!({"outcome": "assess", "decided_on": "2026-07-19", "notified_on": "2026-07-19", "request_advice": false});
        officer.case_step(&case, "assessment-decision", &decided).expect(200);
        officer.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-07-19"})).expect(200);
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201);
        assert_eq!(plan.json["sections"]["K"]["text"], "");
        let check = officer.get(&format!("/plans/{}/check", plan.id())).expect(200);
        assert!(!check.text().contains("advice_outstanding"), "{}", check.text());
    }

    fn a_setting_can_be_asked_from_the_day_of_receipt_until_the_decision(app: &TestApp) {
        app.on_day("2026-08-20");
        let school = a_school(app);
        let case = received(app, &school);
        let officer = app.caseworker();
        let step = |body: &crate::support::Value| officer.case_step(&case, "information-requests", body);
        for (body, faults) in [
            (json!({"asked_on": "2026-07-13"}), vec![("/asked_on", "date_before_previous_step")]),
            (json!({"asked_on": "2026-08-21"}), vec![("/asked_on", "date_in_future")]),
            (json!({"asked_on": "2026-07-19", "reply_by": "2026-07-18"}), vec![("/reply_by", "out_of_range")]),
            (json!({"organisation_id": app.organisation("A Trust", "health")}), vec![("/organisation_id", "unknown_setting")]),
            (json!({"colour": "blue"}), vec![("/colour", "unknown_field")]),
        ] {
            assert_eq!(step(&body).expect(422).faults(), faults, "{body}");
        }
        officer.post(&format!("/cases/{case}/information-requests"), &json!({})).refused(428, "precondition_required");
        officer.step(&format!("/cases/{case}/information-requests"), "\"99\"", &json!({})).refused(412, "stale");
        let nowhere = officer.open_case(a_case().of("Wren", "Larkin", "2015-02-03").received_on("2026-07-14")).id();
        assert_eq!(officer.case_step(&nowhere, "information-requests", &json!({})).expect(422).faults(), [("/organisation_id", "missing_field")]);
        assert_eq!(app.count("information_requests"), 0);
        assert_eq!(step(&json!({"asked_on": "2026-07-14"})).expect(200).json["information_requests"].as_array().unwrap().len(), 1);
        let id = officer.case(&case).json["information_requests"][0]["id"].as_str().unwrap().to_owned();
        let answer = format!("information-requests/{id}/answer");
        assert_eq!(officer.case_step(&case, &answer, &json!({"answered_on": "2026-07-13"})).expect(422).faults(), [("/answered_on", "date_before_previous_step")]);
        assert_eq!(officer.case_step(&case, &answer, &json!({"answered_on": "2026-08-21"})).expect(422).faults(), [("/answered_on", "date_in_future")]);
        officer.case_step(&nowhere, &answer, &json!({})).refused(404, "not_found");
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-08-10")).expect(200);
        let refused = step(&json!({"asked_on": "2026-08-11"})).refused(409, "not_in_stage");
        assert!(refused.json["detail"].as_str().unwrap().contains("before it is decided"), "{}", refused.text());
        assert_eq!(app.count("information_requests"), 1);
        // What was asked in time may be recorded late, and so may the answer; nobody is asked by mail any more.
        step(&json!({"asked_on": "2026-08-10"})).expect(200);
        let answered = officer.case_step(&case, &answer, &json!({})).expect(200);
        assert_eq!(answered.json["information_requests"][0]["answered_on"], "2026-08-20");
        officer.case_step(&case, &answer, &json!({})).refused(409, "already_exists");
        let listed = officer.get(&format!("/cases/{case}/information-requests?limit=1&count=true")).expect(200).json;
        assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(2), &json!(id)));
        let next = listed["next_cursor"].as_str().unwrap();
        let rest = officer.get(&format!("/cases/{case}/information-requests?cursor={next}")).expect(200).json;
        assert_eq!(rest["items"][0]["asked_on"], "2026-08-10");
    }

    fn an_information_request_is_gone_from_a_record_that_is_erased_but_for_its_days(app: &TestApp) {
        app.on_day("2026-08-20");
        let school = a_school(app);
        let case = received(app, &school);
        let (asked, id) = ask(app, &case, "2026-07-19");
        app.caseworker().case_step(&case, &format!("information-requests/{id}/cancellation"), &json!({"reason": "Robin moved away."})).expect(200);
        app.caseworker().case_step(&case, "withdrawal", &json!({"on": "2026-08-20", "reason": "Moved."})).expect(200);
        let person = format!("/people/{}", asked.json["person"]["id"].as_str().unwrap());
        let etag = app.manager().get(&format!("{person}/retention")).expect(200).etag;
        app.manager().step(&format!("{person}/erasure"), &etag, &json!({"reason": "The family asked for it."})).expect(200);
        assert_eq!(app.count("information_requests"), 1);
        assert!(app.texts("SELECT cancellation_reason AS text FROM information_requests WHERE cancellation_reason IS NOT NULL").is_empty());
    }

    fn a_case_that_is_decided_says_nothing_more_to_the_setting(app: &TestApp) {
        app.on_day("2026-07-19");
        let school = a_school(app);
        let case = received(app, &school);
        ask(app, &case, "2026-07-19");
        assert_eq!(app.texts("SELECT state AS text FROM messages WHERE kind = 'information_request'"), ["queued"]);
        app.caseworker().case_step(&case, "assessment-decision", &to_assess("2026-07-19")).expect(200);
        assert_eq!(app.texts("SELECT state AS text FROM messages WHERE kind = 'information_request'"), ["withdrawn"]);
    }
}
