//! The two decisions, and the guards around them.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
use crate::support::{both, json};

both! {
    fn assessing_asks_for_the_statutory_advice_in_one_step(app: &TestApp) {
        let school = app.organisation("Hill School", "education_setting");
        let health = app.organisation("Health Trust", "health");
        app.admin().patch(&format!("/organisations/{health}"), "*", &json!({"default_for": ["medical"]})).expect(200);
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case().with("setting_id", json!(school))).id();
        let case = caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        assert_eq!(case.json["stage"], "gathering_advice");
        assert_eq!(case.json["advice"], json!({"requested": 5, "received": 0, "overdue": 0, "accepted": 0}));
        let advice = case.deadlines("advice");
        assert_eq!(advice.len(), 4, "the family's own is never due");
        for one in &advice {
            assert_eq!(one["due_on"], "2026-02-16");
        }
        let basis = |label: &str| {
            let one = advice.iter().find(|one| one["subject"]["label"].as_str().unwrap().ends_with(label)).unwrap();
            one["basis"].as_str().unwrap().to_owned()
        };
        assert_eq!((basis("from Health Trust"), basis("from Hill School")), ("statutory".into(), "guidance".into()));
        assert_eq!(case.warnings().iter().filter(|code| **code == "advice_unaddressed").count(), 2, "no psychologist, no social care");
        assert_eq!(case.deadline("decide_to_assess")["status"], "met");
        app.on_day("2026-02-17");
        assert_eq!(caseworker.case(&id).json["advice"]["overdue"], 4);
        assert_eq!(caseworker.get("/cases").expect(200).json["items"][0]["advice"]["overdue"], 4);
    }

    fn year_nine_adds_preparation_for_adulthood(app: &TestApp) {
        let caseworker = app.caseworker();
        let requested = |case| {
            let id = caseworker.open_case(case).id();
            let decided = caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
            decided.json["advice"]["requested"].as_i64().unwrap()
        };
        assert_eq!(requested(a_case().of("Year", "Eight", "2012-09-01")), 5);
        assert_eq!(requested(a_case().of("Year", "Nine", "2012-08-31")), 6);
        assert_eq!(requested(a_case().of("Year", "Told", "2013-08-31").person("national_curriculum_year", json!(9))), 6);
    }

    fn a_recorded_school_year_ages_each_september(app: &TestApp) {
        let caseworker = app.caseworker();
        app.on_day("2026-07-15");
        let asked = |case: crate::support::cases::CaseBuilder, on: &str| {
            let id = caseworker.open_case(case.received_on("2026-07-15")).id();
            app.on_day(on);
            let decided = caseworker.case_step(&id, "assessment-decision", &to_assess(on)).expect(200);
            decided.json["advice"]["requested"].as_i64().unwrap()
        };
        let told = |name: &str| a_case().of("Year", name, "2013-11-02").person("national_curriculum_year", json!(8));
        assert_eq!(asked(told("Eight"), "2026-07-20"), 5, "still in year 8");
        app.on_day("2026-07-15");
        assert_eq!(asked(told("Nine"), "2026-09-01"), 6, "year 8 told in July is year 9 in September");
        app.on_day("2026-09-02");
        let id = caseworker.open_case(a_case().of("Year", "Said", "2013-11-02").received_on("2026-09-02").person("national_curriculum_year", json!(8))).id();
        let decided = caseworker.case_step(&id, "assessment-decision", &to_assess("2026-09-02")).expect(200);
        assert_eq!(decided.json["advice"]["requested"], 5, "told in September it is this year's");
    }

    fn advice_is_not_asked_for_where_told_so(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        let body = json!({"outcome": "assess", "decided_on": "2026-01-05", "notified_on": "2026-01-05", "request_advice": false});
        assert_eq!(caseworker.case_step(&id, "assessment-decision", &body).expect(200).json["advice"]["requested"], 0);
    }

    fn a_refusal_needs_reasons_and_a_whole_notice(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        let refuse = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut body = to_refuse_assessment("2026-01-05");
            change(&mut body);
            caseworker.case_step(&id, "assessment-decision", &body)
        };
        let refused = refuse(&|body| body["reasons"] = json!("  ")).refused(409, "reasons_required");
        assert!(refused.json["citation"].as_str().unwrap().contains("5(3)"), "{}", refused.text());
        for part in ["reasons", "appeal_rights", "time_limits", "mediation", "disagreement_resolution", "advice_and_information"] {
            let refused = refuse(&|body| body["notice"][part] = json!(false)).refused(409, "notice_incomplete");
            assert!(refused.json["citation"].as_str().unwrap().contains("5(3)"));
        }
        refuse(&|body| { body.as_object_mut().unwrap().remove("notice"); }).refused(409, "notice_incomplete");
        let faults = refuse(&|body| {
            body.as_object_mut().unwrap().remove("notified_on");
            body.as_object_mut().unwrap().remove("refusal_reason");
        }).expect(422);
        assert_eq!(faults.faults(), [("/notified_on", "missing_field"), ("/refusal_reason", "missing_field")]);
        assert_eq!(caseworker.case(&id).json["stage"], "awaiting_decision");
        assert_eq!(app.count("decisions"), 0);
        let done = refuse(&|_| {}).expect(200);
        assert_eq!(done.json["decisions"]["assessment"]["refusal_reason"], "needs_met_without_plan");
        assert_eq!(done.json["decisions"]["assessment"]["notice"], whole_notice());
    }

    fn assessing_needs_the_day_the_family_was_told(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        app.on_day("2026-02-20");
        let untold = json!({"outcome": "assess", "decided_on": "2026-02-16"});
        let refused = caseworker.case_step(&id, "assessment-decision", &untold).refused(422, "missing_field");
        assert_eq!(refused.faults(), [("/notified_on", "missing_field")]);
        assert_eq!(caseworker.case(&id).json["stage"], "awaiting_decision");
        assert_eq!((app.count("decisions"), app.count("advice_requests")), (0, 0));
        let told = json!({"outcome": "assess", "decided_on": "2026-02-16", "notified_on": "2026-02-17"});
        let late = caseworker.case_step(&id, "assessment-decision", &told).expect(200);
        let deadline = late.deadline("decide_to_assess");
        assert_eq!((&deadline["met_on"], &deadline["status"]), (&json!("2026-02-17"), &json!("met_late")), "decided on day 42, told on day 43");
    }

    fn steps_out_of_order_are_refused(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        let issue = json!({"outcome": "issue", "decided_on": "2026-01-05"});
        caseworker.case_step(&id, "plan-decision", &issue).refused(409, "not_in_stage");
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).refused(409, "not_in_stage");
        caseworker.case_step(&id, "plan-decision", &issue).expect(200);
        caseworker.case_step(&id, "plan-decision", &issue).refused(409, "not_in_stage");
    }

    fn the_days_of_a_decision_are_checked_all_at_once(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        app.on_day("2026-01-20");
        let body = json!({"outcome": "assess", "decided_on": "2026-01-04", "notified_on": "2026-01-21", "panel_on": "2026-01-03"});
        let refused = caseworker.case_step(&id, "assessment-decision", &body).expect(422);
        let expected = [
            ("/decided_on", "date_before_previous_step"), ("/notified_on", "date_in_future"), ("/panel_on", "date_before_previous_step"),
        ];
        assert_eq!(refused.faults(), expected);
        let early = json!({"outcome": "assess", "decided_on": "2026-01-10", "notified_on": "2026-01-09"});
        caseworker.case_step(&id, "assessment-decision", &early).refused(422, "date_before_previous_step");
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-12")).expect(200);
        let plan = json!({"outcome": "issue", "decided_on": "2026-01-11"});
        caseworker.case_step(&id, "plan-decision", &plan).refused(422, "date_before_previous_step");
    }

    fn a_refusal_to_issue_needs_a_whole_notice_and_ends_the_case(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let mut body = json!({"outcome": "refuse", "decided_on": "2026-01-05", "notified_on": "2026-01-05", "reasons": "Met."});
        caseworker.case_step(&id, "plan-decision", &body).refused(409, "notice_incomplete");
        body["notice"] = whole_notice();
        let ended = caseworker.case_step(&id, "plan-decision", &body).expect(200);
        assert_eq!(ended.json["stage"], "plan_refused");
        assert_eq!((&ended.deadline("decide_on_plan")["status"], &ended.deadline("decide_on_plan")["met_on"]), (&json!("met"), &json!("2026-01-05")));
        assert_eq!(ended.deadline("appeal")["due_on"], "2026-03-05");
        assert_eq!(ended.json["advice"]["overdue"], 0);
        app.on_day("2026-06-01");
        assert_eq!(caseworker.case(&id).json["advice"]["overdue"], 0, "nothing is owed on a case that has ended");
    }

    fn of_two_people_who_decide_at_once_one_wins(app: &TestApp) {
        let (one, other) = (app.caseworker(), app.manager());
        let case = one.open_case(a_case());
        let path = format!("/cases/{}/assessment-decision", case.id());
        let mut statuses = std::thread::scope(|scope| {
            let threads = [
                scope.spawn(|| one.step(&path, &case.etag, &to_assess("2026-01-05")).status),
                scope.spawn(|| other.step(&path, &case.etag, &to_refuse_assessment("2026-01-05")).status),
            ];
            threads.map(|thread| thread.join().unwrap())
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        assert_eq!(app.count("decisions"), 1, "nothing is half done");
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).filter(|action| action.starts_with("assessment")).collect();
        assert_eq!(actions.len(), 1);
    }

    fn the_checks_come_in_the_order_of_the_contract(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case());
        let path = format!("/cases/{}/assessment-decision", case.id());
        let nowhere = "/cases/01a20043-353a-76c2-a2c1-b6d8007653c9/assessment-decision";
        let send = |path: &str, body: &'static str| caseworker.request("POST", path).body("application/json", body);
        app.request("POST", &path).body("application/json", "{").send().refused(401, "unauthenticated");
        send(nowhere, "{").send().refused(404, "not_found");
        send(&path, "{").send().refused(400, "malformed_json");
        send(&path, "{}").send().refused(428, "precondition_required");
        send(&path, "{}").if_match("\"9\"").send().refused(412, "stale");
        send(&path, "{}").if_match("\"1\"").send().refused(422, "missing_field");
        app.admin().step(&path, "\"1\"", &to_assess("2026-01-05")).refused(403, "forbidden");
    }

    fn what_happened_is_on_record_newest_first(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let id = caseworker.open_case(a_case()).id();
        caseworker.case_step(&id, "assessment-decision", &json!({"outcome": "assess", "decided_on": "2026-01-05", "notified_on": "2026-01-05", "request_advice": false})).expect(200);
        caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": "Rang the family."})).expect(201);
        caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": " "})).refused(422, "blank");
        let notes = manager.get(&format!("/cases/{id}/notes")).expect(200);
        assert_eq!((&notes.json["items"][0]["text"], &notes.json["items"][0]["created_by"]["name"]), (&json!("Rang the family."), &json!("Cass Caseworker")));
        let history = manager.get(&format!("/cases/{id}/history?limit=2&count=true")).expect(200);
        let actions: Vec<_> = history.json["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["note_added", "assessment_decided"]);
        assert_eq!(history.json["total"], 3);
        let cursor = history.json["next_cursor"].as_str().unwrap();
        let rest = manager.get(&format!("/cases/{id}/history?cursor={cursor}")).expect(200);
        assert_eq!(rest.json["items"][0]["action"], "request_recorded");
        assert_eq!(rest.json["items"][0]["actor"], "Cass Caseworker");
        assert_eq!(rest.json["next_cursor"], json!(null));
        let readers = manager.get(&format!("/cases/{id}/access-log")).expect(200);
        assert!(readers.json["items"].as_array().unwrap().iter().any(|one| one["user"]["name"] == "Cass Caseworker" && one["what"] == "case"));
        assert_eq!(readers.json["items"][0]["what"], "history", "newest first");
        caseworker.get(&format!("/cases/{id}/access-log")).refused(403, "forbidden");
    }
}
