//! Acknowledging and submitting: by the body, or by a caseworker for it.

use crate::support::advice::a_report;
use crate::support::{both, json};

both! {
    fn an_adviser_acknowledges_and_submits_on_the_services_own_day(app: &TestApp) {
        let trust = app.health("Health Trust");
        let id = app.assessed_case();
        let adviser = app.adviser_of(&trust);
        let medical = adviser.work_list("").pop().unwrap();
        app.on_day("2026-01-08");
        let acknowledged = adviser.advice_step(&medical, "acknowledgement", &json!({"on": "2026-01-08"})).expect(200);
        assert_eq!((&acknowledged.json["status"], &acknowledged.json["acknowledged_on"]), (&json!("acknowledged"), &json!("2026-01-08")));
        assert_eq!(acknowledged.etag, "\"2\"");
        adviser.advice_step(&medical, "acknowledgement", &json!({"on": "2026-01-08"})).refused(409, "not_in_stage");
        app.on_day("2026-02-17");
        assert_eq!((&adviser.advice(&medical).json["overdue"], &adviser.advice(&medical).json["days_late"]), (&json!(true), &json!(1)));
        let mut report = a_report();
        for (day, code) in [("2026-02-16", "not_today"), ("2026-02-18", "date_in_future")] {
            report["submitted_on"] = json!(day);
            let refused = adviser.advice_step(&medical, "submissions", &report).expect(422);
            assert_eq!(refused.faults(), [("/submitted_on", code)]);
        }
        report["submitted_on"] = json!("2026-02-17");
        let case_before = app.caseworker().case(&id);
        let submitted = adviser.advice_step(&medical, "submissions", &report).expect(200);
        assert_eq!((&submitted.json["status"], &submitted.json["submitted_on"]), (&json!("submitted"), &json!("2026-02-17")));
        assert_eq!((&submitted.json["overdue"], &submitted.json["days_late"]), (&json!(false), &json!(1)));
        let one = &submitted.json["submissions"][0];
        assert_eq!((&one["number"], &one["submitted_on"], &one["recorded_on"], &one["on_behalf"]), (&json!(1), &json!("2026-02-17"), &json!("2026-02-17"), &json!(false)));
        assert_eq!((&one["needs"], &one["outcomes"], &one["provision"]), (&json!(["Attention"]), &json!(["Reads aloud"]), &json!(["A teaching assistant"])));
        assert!(one["author"]["name"].as_str().unwrap().starts_with("Ada Adviser"), "whoever submits it wrote it");
        let case = app.caseworker().case(&id);
        assert_eq!(case.json["advice"]["received"], 1);
        assert_eq!(case.json["version"].as_i64(), case_before.json["version"].as_i64().map(|version| version + 1));
        assert!(case.warnings().contains(&"advice_to_accept"));
        let medical_deadline = case.deadlines("advice").into_iter().find(|one| one["subject"]["id"] == submitted.json["id"]).unwrap();
        assert_eq!((&medical_deadline["status"], &medical_deadline["met_on"]), (&json!("met_late"), &json!("2026-02-17")));
        adviser.advice_step(&medical, "submissions", &a_report()).refused(409, "not_in_stage");
    }

    fn a_caseworker_records_what_came_on_paper_with_both_days(app: &TestApp) {
        let trust = app.health("Health Trust");
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        app.on_day("2026-02-20");
        let early = json!({"summary": "Well.", "submitted_on": "2026-01-04"});
        let refused = caseworker.advice_step(&medical, "submissions", &early).expect(422);
        assert_eq!(refused.faults(), [("/submitted_on", "date_before_previous_step")]);
        let paper = json!({"summary": "Well.", "submitted_on": "2026-02-10", "author": {"name": "Dr Ellis", "role": "Paediatrician"}});
        let recorded = caseworker.advice_step(&medical, "submissions", &paper).expect(200);
        let one = &recorded.json["submissions"][0];
        assert_eq!((&one["submitted_on"], &one["recorded_on"], &one["on_behalf"]), (&json!("2026-02-10"), &json!("2026-02-20"), &json!(true)));
        assert_eq!(one["author"], json!({"name": "Dr Ellis", "role": "Paediatrician"}));
        assert_eq!((&recorded.json["submitted_on"], &recorded.json["days_late"]), (&json!("2026-02-10"), &json!(0)), "the day it came counts");
        let event = app.events().into_iter().find(|event| event.action == "advice_submitted").unwrap();
        assert!(event.details.contains("on_behalf") && !event.details.contains("Well."), "{}", event.details);
        assert_eq!(app.adviser_of(&trust).advice(&medical).json["submissions"], recorded.json["submissions"]);
        // The family's own views are written down by a caseworker, and are never late.
        let family = caseworker.advice_of_kind(&id, "family");
        let views = caseworker.advice_step(&family, "submissions", &json!({"summary": "Loves trains."})).expect(200);
        assert_eq!((&views.json["status"], &views.json["days_late"]), (&json!("submitted"), &json!(null)));
    }

    fn a_report_says_something_and_every_fault_is_told_at_once(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let refused = caseworker.advice_step(&medical, "submissions", &json!({})).expect(422);
        assert_eq!(refused.faults(), [("/summary", "missing_field")]);
        let body = json!({
            "submitted_on": "2026-01-06", "summary": " ", "needs": ["A need", " "], "provision": ["x".repeat(5001)],
            "author": {"name": " "}, "qualified_teacher": {"name": " ", "on": "2026-01-06"}, "documents": [id],
        });
        assert_eq!(
            caseworker.advice_step(&medical, "submissions", &body).expect(422).faults(),
            [
                ("/submitted_on", "date_in_future"),
                ("/summary", "blank"),
                ("/needs/1", "blank"),
                ("/provision/0", "too_long"),
                ("/author/name", "blank"),
                ("/qualified_teacher/name", "blank"),
                ("/qualified_teacher/on", "date_in_future"),
                ("/documents/0", "unknown_document"),
            ]
        );
        assert_eq!(caseworker.advice_step(&medical, "submissions", &json!({"needs": "one"})).expect(422).faults(), [("/needs", "wrong_type")]);
        assert_eq!(app.count("advice_submissions"), 0);
        assert_eq!(caseworker.advice(&medical).etag, "\"1\"");
    }

    fn impaired_sight_or_hearing_calls_for_a_qualified_teacher(app: &TestApp) {
        use crate::support::cases::{a_case, to_assess};
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case().person("sensory_impairment", json!("hearing"))).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let education = caseworker.advice_of_kind(&id, "education");
        caseworker.advice_step(&education, "submissions", &a_report()).expect(200);
        assert!(caseworker.case(&id).warnings().contains(&"qualified_teacher_missing"));
        caseworker.advice_step(&education, "return", &json!({"reason": "Who was involved?"})).expect(200);
        let mut report = a_report();
        report["qualified_teacher"] = json!({"name": "Toni Teacher", "on": "2026-01-05"});
        caseworker.advice_step(&education, "submissions", &report).expect(200);
        assert!(!caseworker.case(&id).warnings().contains(&"qualified_teacher_missing"));
    }

    fn two_who_answer_one_request_at_once_do_not_both_succeed(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let submit = || caseworker.step(&format!("/advice-requests/{medical}/submissions"), "\"1\"", &a_report()).status;
        let mut statuses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(submit)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412]);
        assert_eq!(app.count("advice_submissions"), 1);
    }

    fn steps_on_two_requests_of_one_case_at_once_both_count(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let before = caseworker.case(&id).json["version"].as_i64().unwrap();
        let kinds = ["education", "medical", "psychological", "social_care"];
        let requests: Vec<String> = kinds.iter().map(|kind| caseworker.advice_of_kind(&id, kind)).collect();
        std::thread::scope(|scope| {
            for request in &requests {
                let path = format!("/advice-requests/{request}/submissions");
                let caseworker = &caseworker;
                scope.spawn(move || caseworker.step(&path, "\"1\"", &a_report()).expect(200));
            }
        });
        let case = caseworker.case(&id);
        assert_eq!(case.json["version"].as_i64(), Some(before + 4));
        assert_eq!(case.json["advice"]["received"], 4);
    }

    fn a_step_on_a_request_and_one_on_its_case_at_once_do_not_break_each_other(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let requests: Vec<String> = ["education", "medical", "psychological"].iter().map(|kind| caseworker.advice_of_kind(&id, kind)).collect();
        let etag = caseworker.case(&id).etag;
        let decided = std::thread::scope(|scope| {
            let decide = || {
                let body = json!({"outcome": "issue", "decided_on": "2026-01-05"});
                caseworker.step(&format!("/cases/{id}/plan-decision"), &etag, &body).status
            };
            let decision = scope.spawn(decide);
            for request in &requests {
                let path = format!("/advice-requests/{request}/submissions");
                let caseworker = &caseworker;
                scope.spawn(move || caseworker.step(&path, "\"1\"", &a_report()).expect(200));
            }
            decision.join().unwrap()
        });
        assert!([200, 412].contains(&decided), "decided on the version it names, or told that it is stale: {decided}");
        assert_eq!(caseworker.case(&id).json["advice"]["received"], 3);
    }
}
