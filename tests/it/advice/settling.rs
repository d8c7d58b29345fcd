//! Accepting, returning, cancelling, existing advice, and the family's own views.

use ehcp_tracker::auth::{Acting, LinkPurpose};
use ehcp_tracker::mail::{Link, Notice};
use ehcp_tracker::outbox;
use ehcp_tracker::outbox::model::NewMessage;
use ehcp_tracker::time::Clock;

use crate::support::advice::a_report;
use crate::support::{both, json};

both! {
    fn a_returned_report_is_owed_again_and_lateness_is_that_of_the_one_accepted(app: &TestApp) {
        let trust = app.health("Health Trust");
        let (caseworker, adviser) = (app.caseworker(), app.adviser_of(&trust));
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        app.on_day("2026-02-10");
        adviser.advice_step(&medical, "submissions", &a_report()).expect(200);
        app.on_day("2026-02-12");
        caseworker.advice_step(&medical, "return", &json!({"on": "2026-02-12"})).refused(422, "missing_field");
        let early = caseworker.advice_step(&medical, "return", &json!({"on": "2026-02-09", "reason": " "})).expect(422);
        assert_eq!(early.faults(), [("/on", "date_before_previous_step"), ("/reason", "blank")]);
        let returned = caseworker.advice_step(&medical, "return", &json!({"on": "2026-02-12", "reason": "No outcomes."})).expect(200);
        assert_eq!((&returned.json["status"], &returned.json["submitted_on"]), (&json!("returned"), &json!(null)));
        assert_eq!(returned.json["due_on"], "2026-02-16", "the day stays what it was");
        let first = &returned.json["submissions"][0];
        assert_eq!((&first["returned_on"], &first["return_reason"]), (&json!("2026-02-12"), &json!("No outcomes.")));
        app.on_day("2026-02-18");
        assert_eq!(adviser.advice(&medical).json["days_late"], 2);
        let behalf = json!({"summary": "Better.", "submitted_on": "2026-02-11"});
        let refused = caseworker.advice_step(&medical, "submissions", &behalf).expect(422);
        assert_eq!(refused.faults(), [("/submitted_on", "date_before_previous_step")], "it follows the return");
        adviser.advice_step(&medical, "submissions", &json!({"summary": "Better."})).expect(200);
        app.on_day("2026-02-25");
        let accepted = caseworker.advice_step(&medical, "acceptance", &json!({"on": "2026-02-25"})).expect(200);
        assert_eq!((&accepted.json["status"], &accepted.json["accepted_on"], &accepted.json["days_late"]), (&json!("accepted"), &json!("2026-02-25"), &json!(2)));
        let numbers: Vec<_> = accepted.json["submissions"].as_array().unwrap().iter().map(|one| one["number"].clone()).collect();
        assert_eq!(numbers, [1, 2], "every submission stays");
        assert_eq!(accepted.json["submissions"][0]["needs"], json!(["Attention"]));
        assert_eq!(caseworker.case(&id).json["advice"]["accepted"], 1);
        for (step, body) in [("acceptance", json!({})), ("cancellation", json!({"reason": "No."}))] {
            caseworker.advice_step(&medical, step, &body).refused(409, "not_in_stage");
        }
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).filter(|action| action.starts_with("advice_")).skip(5).collect();
        assert_eq!(actions, ["advice_submitted", "advice_returned", "advice_submitted", "advice_accepted"]);
    }

    fn what_was_accepted_can_still_be_returned_and_nothing_is_lost(app: &TestApp) {
        let trust = app.health("Health Trust");
        let (caseworker, adviser) = (app.caseworker(), app.adviser_of(&trust));
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        app.on_day("2026-02-10");
        adviser.advice_step(&medical, "submissions", &a_report()).expect(200);
        caseworker.advice_step(&medical, "acceptance", &json!({})).expect(200);
        app.on_day("2026-02-20");
        let early = caseworker.advice_step(&medical, "return", &json!({"on": "2026-02-09", "reason": "It is another child's."})).expect(422);
        assert_eq!(early.faults(), [("/on", "date_before_previous_step")]);
        let returned = caseworker.advice_step(&medical, "return", &json!({"reason": "It is another child's."})).expect(200);
        assert_eq!((&returned.json["status"], &returned.json["accepted_on"], &returned.json["submitted_on"]), (&json!("returned"), &json!(null), &json!(null)));
        assert_eq!((&returned.json["overdue"], &returned.json["days_late"]), (&json!(true), &json!(4)), "it is owed since its day");
        let first = &returned.json["submissions"][0];
        assert_eq!((&first["summary"], &first["returned_on"]), (&json!("Needs small groups."), &json!("2026-02-20")));
        assert_eq!(caseworker.case(&id).json["advice"], json!({"requested": 5, "received": 0, "overdue": 4, "accepted": 0}));
        let event = app.events().pop().unwrap();
        assert!(event.action == "advice_returned" && event.details.contains("2026-02-10"), "the day of acceptance stays on record: {}", event.details);
        adviser.advice_step(&medical, "submissions", &json!({"summary": "The right one."})).expect(200);
        let accepted = caseworker.advice_step(&medical, "acceptance", &json!({})).expect(200);
        assert_eq!((&accepted.json["days_late"], accepted.json["submissions"].as_array().unwrap().len()), (&json!(4), 2));
    }

    fn neither_a_return_nor_a_cancellation_loses_a_chase_from_the_record(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let acting = Acting::system("a test", Clock::new("2026-01-05".parse().ok()).read());
        for number in [1, 2] {
            let chase = NewMessage::new(Notice::AdviceLink, "dco@example.org", format!("chase {number}"))
                .with("reference", "EHC-2026-000001").with("kind", "medical advice").with("due_on", "2026-02-16")
                .with_link(Link::new(LinkPurpose::AdviceLink, medical.parse().unwrap()))
                .about_case(id.parse().unwrap()).about_request(medical.parse().unwrap()).as_chase(number).at_any_hour();
            app.db().write(|tx| outbox::enqueue(tx, &acting, chase)).unwrap();
            if number == 1 {
                assert_eq!(app.deliver().sent, 1);
            }
        }
        let chased = || caseworker.advice(&medical).json["chases"].as_array().unwrap().iter().map(|one| (one["number"].clone(), one["to"].clone(), one["sent_at"].is_string())).collect::<Vec<_>>();
        let first = [(json!(1), json!("dco@example.org"), true)];
        assert_eq!(chased(), first, "what waits was not sent");
        caseworker.advice_step(&medical, "submissions", &a_report()).expect(200);
        caseworker.advice_step(&medical, "acceptance", &json!({})).expect(200);
        caseworker.advice_step(&medical, "return", &json!({"reason": "Another child's."})).expect(200);
        assert_eq!(chased(), first);
        caseworker.advice_step(&medical, "cancellation", &json!({"reason": "Asked in error."})).expect(200);
        assert_eq!((chased(), app.deliver().sent), (first.to_vec(), 0));
        assert_eq!(caseworker.advice(&medical).json["submissions"].as_array().unwrap().len(), 1);
    }

    fn a_manager_mends_a_mistyped_day_of_what_is_settled(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        app.on_day("2026-02-20");
        caseworker.advice_step(&medical, "submissions", &a_report()).expect(200);
        let accepted = caseworker.advice_step(&medical, "acceptance", &json!({})).expect(200);
        assert_eq!(accepted.json["days_late"], 4);
        let path = format!("/advice-requests/{medical}");
        let mended = json!({"received_by_body_on": "2026-01-12"});
        caseworker.patch(&path, &accepted.etag, &mended).refused(409, "not_possible_now");
        app.manager().patch(&path, &accepted.etag, &json!({"received_by_body_on": "2026-01-12", "questions": "Why?"})).refused(409, "not_possible_now");
        let right = app.manager().patch(&path, &accepted.etag, &mended).expect(200);
        assert_eq!((&right.json["due_on"], &right.json["days_late"], &right.json["status"]), (&json!("2026-02-23"), &json!(0), &json!("accepted")));
        let told = caseworker.get(&format!("/cases/{id}/history?limit=1")).expect(200).json["items"][0].clone();
        assert_eq!((&told["before"]["due_on"], &told["after"]["due_on"]), (&json!("2026-02-16"), &json!("2026-02-23")));
    }

    fn acceptance_is_not_before_the_submission_nor_in_the_future(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        caseworker.advice_step(&medical, "acceptance", &json!({})).refused(409, "not_in_stage");
        app.on_day("2026-01-10");
        caseworker.advice_step(&medical, "submissions", &a_report()).expect(200);
        for (day, code) in [("2026-01-09", "date_before_previous_step"), ("2026-01-11", "date_in_future")] {
            assert_eq!(caseworker.advice_step(&medical, "acceptance", &json!({"on": day})).expect(422).faults(), [("/on", code)]);
        }
    }

    fn existing_advice_stands_in_only_where_all_three_agreed(app: &TestApp) {
        let trust = app.health("Health Trust");
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let mut body = json!({"author": "Dr Ellis", "dated": "2025-11-02", "adviser_agreed_on": "2026-01-05", "authority_agreed_on": "2026-01-05"});
        let refused = caseworker.advice_step(&medical, "existing-advice", &body).refused(409, "existing_advice_not_agreed");
        assert_eq!(refused.json["citation"], "Regulation 6(4) SEND Regulations 2014");
        assert!(refused.json["detail"].as_str().unwrap().contains("the family"));
        body["family_agreed_on"] = json!("2026-01-06");
        body["document_id"] = json!(id);
        let refused = caseworker.advice_step(&medical, "existing-advice", &body).expect(422);
        assert_eq!(refused.faults(), [("/document_id", "unknown_document"), ("/family_agreed_on", "date_in_future")]);
        app.on_day("2026-01-06");
        body.as_object_mut().unwrap().remove("document_id");
        let family = caseworker.advice_of_kind(&id, "family");
        caseworker.advice_step(&family, "existing-advice", &body).refused(409, "family_advice_not_replaceable");
        let adviser = app.adviser_of(&trust);
        adviser.advice_step(&medical, "existing-advice", &body).refused(403, "forbidden");
        let covered = caseworker.advice_step(&medical, "existing-advice", &body).expect(200);
        assert_eq!((&covered.json["status"], &covered.json["overdue"]), (&json!("covered_by_existing_advice"), &json!(false)));
        assert_eq!((&covered.json["closing"]["on"], &covered.json["closing"]["existing_advice"]["author"]), (&json!("2026-01-06"), &json!("Dr Ellis")));
        assert_eq!(adviser.advice(&medical).json["closing"], json!(null), "what the family agreed to is not the adviser's");
        let case = caseworker.case(&id);
        assert_eq!((&case.json["advice"]["received"], &case.json["advice"]["accepted"]), (&json!(1), &json!(1)));
    }

    fn only_the_family_may_give_no_views(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let (family, medical) = (caseworker.advice_of_kind(&id, "family"), caseworker.advice_of_kind(&id, "medical"));
        caseworker.advice_step(&medical, "not-provided", &json!({"on": "2026-01-05"})).refused(409, "only_family_advice_may_be_missing");
        let none = caseworker.advice_step(&family, "not-provided", &json!({"on": "2026-01-05", "reason": "Asked twice."})).expect(200);
        assert_eq!((&none.json["status"], &none.json["closing"]["reason"]), (&json!("not_provided"), &json!("Asked twice.")));
    }

    fn what_is_cancelled_is_no_longer_owed(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        caseworker.advice_step(&medical, "cancellation", &json!({})).refused(422, "missing_field");
        let cancelled = caseworker.advice_step(&medical, "cancellation", &json!({"reason": "Asked twice."})).expect(200);
        assert_eq!((&cancelled.json["status"], &cancelled.json["closing"]["reason"]), (&json!("cancelled"), &json!("Asked twice.")));
        app.on_day("2026-03-01");
        assert_eq!(caseworker.advice(&medical).json["overdue"], false);
        assert_eq!(caseworker.case(&id).json["advice"], json!({"requested": 4, "received": 0, "overdue": 3, "accepted": 0}));
    }

    fn no_step_is_taken_on_a_case_that_has_ended(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        caseworker.advice_step(&medical, "exceptions", &json!({"ground": "missed_appointment", "from_on": "2026-01-05", "evidence": "A letter."})).expect(200);
        let exception = caseworker.advice(&medical).json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        caseworker.case_step(&id, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let agreed = json!({"adviser_agreed_on": "2026-01-05", "authority_agreed_on": "2026-01-05", "family_agreed_on": "2026-01-05"});
        for (step, body) in [
            ("acknowledgement", json!({})),
            ("submissions", a_report()),
            ("acceptance", json!({})),
            ("return", json!({"reason": "No."})),
            ("cancellation", json!({"reason": "No."})),
            ("not-provided", json!({})),
            ("existing-advice", agreed),
            ("exceptions", json!({"ground": "missed_appointment", "from_on": "2026-01-05"})),
            (&format!("exceptions/{exception}/confirmation"), json!({})),
        ] {
            caseworker.advice_step(&medical, step, &body).refused(409, "case_ended");
        }
        let path = format!("/advice-requests/{medical}");
        caseworker.patch(&path, &caseworker.advice(&medical).etag, &json!({"questions": "Why?"})).refused(409, "case_ended");
    }

    fn the_order_of_faults_is_that_of_the_contract(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let path = format!("/advice-requests/{}/acceptance", caseworker.advice_of_kind(&id, "medical"));
        caseworker.step("/advice-requests/none/acceptance", "\"1\"", &json!({"on": "never"})).refused(404, "not_found");
        caseworker.request("POST", &path).body("application/json", "{").send().refused(400, "malformed_json");
        caseworker.post(&path, &json!({"on": "never"})).refused(428, "precondition_required");
        caseworker.step(&path, "\"9\"", &json!({"on": "never"})).refused(412, "stale");
        caseworker.step(&path, "\"1\"", &json!({"on": "never"})).refused(422, "invalid_date");
        caseworker.step(&path, "\"1\"", &json!({"on": "2026-01-05"})).refused(409, "not_in_stage");
    }
}
