//! Lawful exceptions: they relieve a limit and move nothing.

use crate::support::cases::{a_case, to_assess};
use crate::support::{Response, both, json};

fn of(case: &Response, rule: &str) -> (String, String, bool) {
    let deadline = case.deadline(rule);
    let text = |name: &str| deadline[name].as_str().unwrap().to_owned();
    (text("due_on"), text("status"), deadline["excepted"].as_bool().unwrap())
}

both! {
    fn a_proposed_exception_counts_when_a_manager_confirms_it(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let id = caseworker.open_case(a_case()).id();
        app.on_day("2026-02-17");
        let body = json!({
            "rules": ["decide_to_assess", "issue_final_plan"], "ground": "exceptional_personal_circumstances",
            "from_on": "2026-02-01", "evidence": "Letter of the hospital.", "family_told_on": "2026-02-10",
        });
        let proposed = caseworker.case_step(&id, "exceptions", &body).expect(200);
        assert_eq!(of(&proposed, "decide_to_assess"), ("2026-02-16".into(), "overdue".into(), false));
        assert_eq!(proposed.json["clock"]["status"], "overdue");
        assert!(proposed.warnings().contains(&"exception_to_confirm"));
        let eid = proposed.json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(proposed.json["exceptions"][0]["state"], "proposed");
        let confirm = format!("exceptions/{eid}/confirmation");
        caseworker.case_step(&id, &confirm, &json!({})).refused(403, "forbidden");
        let confirmed = manager.case_step(&id, &confirm, &json!({})).expect(200);
        assert_eq!(of(&confirmed, "decide_to_assess"), ("2026-02-16".into(), "overdue".into(), true), "the day doesn't move");
        assert_eq!(of(&confirmed, "issue_final_plan"), ("2026-05-25".into(), "pending".into(), true));
        assert_eq!(confirmed.json["clock"]["status"], "overdue_excepted");
        let listed = caseworker.get("/cases?status=overdue_excepted").expect(200);
        assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
        assert!(confirmed.deadline("decide_to_assess")["derivation"].as_str().unwrap().contains("as soon as practicable"));
        manager.case_step(&id, &confirm, &json!({})).refused(409, "not_possible_now");
        let lift = |who: &crate::support::Persona| {
            let etag = who.case(&id).etag;
            who.request("DELETE", &format!("/cases/{id}/exceptions/{eid}")).if_match(&etag).json(&json!({"reason": "Recorded on the wrong case."})).send()
        };
        lift(&caseworker).refused(403, "forbidden");
        let lifted = lift(&manager).expect(200);
        assert_eq!(of(&lifted, "decide_to_assess"), ("2026-02-16".into(), "overdue".into(), false));
        assert_eq!(lifted.json["exceptions"][0]["state"], "lifted", "it stays on record");
        lift(&manager).refused(409, "not_possible_now");
    }

    fn a_managers_exception_is_confirmed_at_once(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        let body = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-05", "evidence": "A letter."});
        let case = manager.case_step(&id, "exceptions", &body).expect(200);
        assert_eq!(case.json["exceptions"][0]["state"], "confirmed");
        assert!(of(&case, "issue_final_plan").2);
        assert!(!of(&case, "decide_to_assess").2, "only the rules it names");
    }

    fn an_exception_is_confirmed_only_with_its_evidence(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let id = caseworker.open_case(a_case()).id();
        let body = json!({"rules": ["decide_to_assess"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-05"});
        let refused_for_evidence = |answer: Response| {
            let refused = answer.refused(422, "evidence_required");
            assert_eq!(refused.faults(), [("/evidence", "evidence_required")]);
            assert_eq!(refused.json["citation"], "Regulation 5(4) SEND Regulations 2014");
            assert_eq!(refused.json["faults"][0]["citation"], refused.json["citation"]);
        };
        // A manager's is confirmed at once.
        refused_for_evidence(manager.case_step(&id, "exceptions", &body));
        let mut blank = body.clone();
        blank["evidence"] = json!("  ");
        refused_for_evidence(manager.case_step(&id, "exceptions", &blank));
        assert_eq!(app.count("exceptions"), 0);
        // A caseworker proposes without; whoever confirms says what shows it.
        let proposed = caseworker.case_step(&id, "exceptions", &body).expect(200);
        let confirm = format!("exceptions/{}/confirmation", proposed.json["exceptions"][0]["id"].as_str().unwrap());
        refused_for_evidence(manager.case_step(&id, &confirm, &json!({})));
        refused_for_evidence(manager.case_step(&id, &confirm, &json!({"evidence": " "})));
        let early = json!({"evidence": "A letter.", "family_told_on": "2026-01-04"});
        manager.case_step(&id, &confirm, &early).refused(422, "date_before_previous_step");
        assert_eq!(manager.case(&id).json["exceptions"][0]["state"], "proposed", "nothing was written");
        let shown = json!({"evidence": "The hospital's letter.", "family_told_on": "2026-01-05"});
        let confirmed = manager.case_step(&id, &confirm, &shown).expect(200);
        let exception = &confirmed.json["exceptions"][0];
        assert_eq!((&exception["state"], &exception["evidence"]), (&json!("confirmed"), &json!("The hospital's letter.")));
        assert_eq!(exception["family_told_on"], "2026-01-05");
        assert!(!confirmed.warnings().contains(&"exception_not_told"));
    }

    fn a_family_that_was_not_told_of_an_exception_is_warned_about_until_it_is(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        let body = json!({"rules": ["decide_to_assess"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-05", "evidence": "A letter."});
        let confirmed = manager.case_step(&id, "exceptions", &body).expect(200);
        assert!(confirmed.warnings().contains(&"exception_not_told"));
        let warning = confirmed.json["warnings"].as_array().unwrap().iter().find(|one| one["code"] == "exception_not_told").unwrap();
        assert!(warning["detail"].as_str().unwrap().contains("Code of Practice 9.43"), "{warning}");
        let told = |value: &str| {
            let body = json!({"step": "exception", "field": "family_told_on", "value": value, "reason": "The letter went out."});
            manager.case_step(&id, "corrections", &body)
        };
        told("2026-01-06").refused(422, "date_in_future");
        told("2026-01-04").refused(422, "date_before_previous_step");
        assert_eq!(manager.case(&id).json["exceptions"][0]["family_told_on"], json!(null));
        let told = told("2026-01-05").expect(200);
        assert_eq!(told.json["exceptions"][0]["family_told_on"], "2026-01-05");
        assert!(!told.warnings().contains(&"exception_not_told"));
    }

    fn a_ground_that_the_rule_does_not_know_is_refused_with_its_citation(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        for ground in ["missed_appointment", "exceptional_circumstances"] {
            let body = json!({"rules": ["issue_final_plan"], "ground": ground, "from_on": "2026-01-05"});
            let refused = manager.case_step(&id, "exceptions", &body).refused(422, "ground_not_available");
            assert!(refused.json["citation"].as_str().unwrap().contains("13(3)"), "{}", refused.text());
        }
        let shortage = json!({"rules": ["issue_final_plan"], "ground": "shortage_of_psychologists", "from_on": "2026-01-05"});
        manager.case_step(&id, "exceptions", &shortage).refused(422, "unknown_value");
        let draft = json!({"rules": ["send_draft_plan"], "ground": "absent_from_area", "from_on": "2026-01-05"});
        manager.case_step(&id, "exceptions", &draft).refused(422, "ground_not_available");
        let backwards = json!({"rules": ["issue_final_plan"], "ground": "absent_from_area", "from_on": "2026-01-05", "to_on": "2026-01-04"});
        manager.case_step(&id, "exceptions", &backwards).refused(422, "out_of_range");
        assert_eq!(app.count("exceptions"), 0);
    }

    fn an_absence_relieves_from_four_continuous_weeks(app: &TestApp) {
        let manager = app.manager();
        let excepted = |name: &str, to_on: &str| {
            let id = manager.open_case(a_case().of("Away", name, "2016-01-01")).id();
            let body = json!({"rules": ["decide_to_assess"], "ground": "absent_from_area", "from_on": "2026-01-10", "to_on": to_on, "evidence": "A letter."});
            let case = manager.case_step(&id, "exceptions", &body).expect(200);
            (of(&case, "decide_to_assess").2, case.warnings().contains(&"exception_does_not_relieve"))
        };
        assert_eq!(excepted("Twenty-seven", "2026-02-05"), (false, true));
        assert_eq!(excepted("Twenty-eight", "2026-02-06"), (true, false));
    }

    fn a_closure_relieves_only_when_the_setting_was_asked_within_its_window(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        let closed = json!({"rules": ["decide_to_assess", "issue_final_plan"], "ground": "school_closed", "from_on": "2026-01-05", "to_on": "2026-02-16", "evidence": "A letter."});
        let case = manager.case_step(&id, "exceptions", &closed).expect(200);
        assert!(!of(&case, "issue_final_plan").2, "nobody has been asked");
        let case = manager.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        assert!(of(&case, "issue_final_plan").2, "asked within the window");
        app.on_day("2026-03-01");
        manager.post(&format!("/cases/{id}/advice-requests"), &json!({"kind": "education", "requested_on": "2026-03-01"})).expect(201);
        assert!(of(&manager.case(&id), "issue_final_plan").2, "asking once more takes nothing away");
    }

    fn a_late_plan_decision_with_an_exception_is_excepted_and_stays_late(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        app.on_day("2026-03-01");
        let late = manager.case_step(&id, "assessment-decision", &to_assess("2026-03-01")).expect(200);
        assert_eq!(of(&late, "decide_to_assess"), ("2026-02-16".into(), "met_late".into(), false));
        let body = json!({"rules": ["decide_to_assess"], "ground": "exceptional_personal_circumstances", "from_on": "2026-02-01", "to_on": "2026-02-02", "evidence": "A letter."});
        let case = manager.case_step(&id, "exceptions", &body).expect(200);
        assert_eq!(of(&case, "decide_to_assess"), ("2026-02-16".into(), "met_late".into(), true));
    }
}
