//! Corrections: a manager mends what was mistyped; what stood before stays on record.

use crate::support::cases::{a_case, to_assess};
use crate::support::{both, json};

both! {
    fn a_mistyped_day_is_mended_and_every_deadline_derived_again(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let id = caseworker.open_case(a_case()).id();
        app.on_day("2026-01-20");
        let body = json!({"step": "request", "field": "received_on", "value": "2026-01-12", "reason": "The stamp says the 12th."});
        caseworker.case_step(&id, "corrections", &body).refused(403, "forbidden");
        let before = manager.case(&id);
        let case = manager.case_step(&id, "corrections", &body).expect(200);
        assert_eq!((&case.json["received_on"], &case.json["clock"]["final_due_on"]), (&json!("2026-01-12"), &json!("2026-06-01")));
        assert_eq!(case.deadline("decide_to_assess")["due_on"], "2026-02-23");
        assert_eq!(case.deadline("decide_to_assess")["id"], before.deadline("decide_to_assess")["id"], "a deadline keeps its id");
        let history = manager.get(&format!("/cases/{id}/history")).expect(200);
        let event = &history.json["items"][0];
        assert_eq!((&event["action"], &event["reason"]), (&json!("corrected"), &json!("The stamp says the 12th.")));
        assert_eq!((&event["before"]["value"], &event["after"]["value"]), (&json!("2026-01-05"), &json!("2026-01-12")));
    }

    fn days_of_the_plan_and_of_what_came_back_on_it_are_corrected(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        app.on_day("2026-06-01");
        let mut decision = to_assess("2026-01-20");
        decision["request_advice"] = json!(false);
        manager.case_step(&id, "assessment-decision", &decision).expect(200);
        manager.case_step(&id, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-03-02"})).expect(200);
        let plan = manager.post(&format!("/cases/{id}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = manager.get(&format!("/plans/{plan}")).expect(200).etag;
            manager.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        let etag = manager.get(&format!("/plans/{plan}")).expect(200).etag;
        manager.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": "2026-04-13"})).expect(200);
        let school = app.organisation("Hill School", "education_setting");
        let asked = json!({"setting_id": school, "sent_on": "2026-04-13"});
        let consultation = manager.post(&format!("/cases/{id}/consultations"), &asked).expect(201).id();
        manager.post(&format!("/cases/{id}/representations"), &json!({"received_on": "2026-04-20", "finished": true})).expect(201);
        let correct = |step: &str, field: &str, value: &str| {
            manager.case_step(&id, "corrections", &json!({"step": step, "field": field, "value": value, "reason": "Mistyped."}))
        };
        assert_eq!(correct("service", "served_on", "2026-04-14").expect(200).deadline("representations")["due_on"], "2026-04-28");
        correct("representation", "received_on", "2026-04-13").refused(422, "date_before_previous_step");
        correct("service", "served_on", "2026-04-21").refused(422, "date_before_previous_step");
        correct("consultation", "sent_on", "2026-03-01").refused(422, "date_before_previous_step");
        correct("plan_decision", "decided_on", "2026-04-14").refused(422, "date_before_previous_step");
        assert_eq!(correct("representation", "received_on", "2026-04-21").expect(200).deadline("representations")["met_on"], "2026-04-21");
        correct("consultation", "responded_on", "2026-04-20").refused(409, "not_possible_now");
        correct("consultation", "received_on", "2026-04-12").refused(422, "date_before_previous_step");
        assert_eq!(correct("consultation", "received_on", "2026-04-15").expect(200).deadline("setting_consultation")["due_on"], "2026-04-30");
        let answer = json!({"responded_on": "2026-05-01", "can_meet_need": true});
        manager.post(&format!("/consultations/{consultation}/response"), &answer).expect(200);
        let mended = correct("consultation", "responded_on", "2026-04-30").expect(200);
        assert_eq!(mended.deadline("setting_consultation")["status"], "met");
    }

    fn a_correction_keeps_the_record_one_that_can_be_true(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        app.on_day("2026-02-01");
        manager.case_step(&id, "assessment-decision", &to_assess("2026-01-20")).expect(200);
        let correct = |step: &str, field: &str, value: &str| {
            manager.case_step(&id, "corrections", &json!({"step": step, "field": field, "value": value, "reason": "Mistyped."}))
        };
        correct("request", "received_on", "2026-01-21").refused(422, "date_before_previous_step");
        correct("request", "received_on", "2026-02-02").refused(422, "date_in_future");
        correct("request", "received_on", "2026-02-30").refused(422, "invalid_date");
        correct("request", "received_on", "2016-01-01").refused(422, "date_before_birth");
        correct("request", "colour", "blue").refused(422, "unknown_value");
        correct("plan_decision", "decided_on", "2026-01-21").refused(409, "not_possible_now");
        correct("assessment_decision", "notified_on", "2026-01-19").refused(422, "date_before_previous_step");
        assert_eq!(manager.case(&id).json["received_on"], "2026-01-05");
        let mended = correct("assessment_decision", "notified_on", "2026-01-22").expect(200);
        assert_eq!(mended.json["decisions"]["assessment"]["notified_on"], "2026-01-22");
        assert_eq!(mended.deadline("decide_to_assess")["met_on"], "2026-01-22");
        for advice in mended.deadlines("advice") {
            assert_eq!((&advice["starts_on"], &advice["due_on"]), (&json!("2026-01-22"), &json!("2026-03-05")));
        }
        correct("assessment_decision", "decided_on", "2026-01-04").refused(422, "date_before_previous_step");
        correct("assessment_decision", "panel_on", "2025-12-31").refused(422, "date_before_previous_step");
        assert_eq!(correct("request", "request_source", "other").expect(200).json["request_source"], "other");
    }

    fn that_it_can_be_corrected_is_said_only_of_what_a_correction_takes(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        manager.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let again = manager.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).refused(409, "not_in_stage");
        let said = again.json["detail"].as_str().unwrap();
        assert!(said.ends_with("A manager can correct its days and its texts, not what was decided."), "{said}");
        let correct = |field: &str, value: &str| {
            let body = json!({"step": "assessment_decision", "field": field, "value": value, "reason": "Mistyped."});
            manager.case_step(&id, "corrections", &body)
        };
        for (field, value) in [
            ("decided_on", "2026-01-05"), ("notified_on", "2026-01-05"), ("panel_on", "2026-01-05"),
            ("decided_by", "The panel"), ("reasons", "As the panel wrote them."),
        ] {
            correct(field, value).expect(200);
        }
        correct("outcome", "refuse").refused(422, "unknown_value");
    }
}
