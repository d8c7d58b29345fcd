//! Serving a draft: the guards, the days, the override.

use super::*;
use crate::support::both;

/// The codes of the warnings about the draft.
fn of_draft(case: &Response) -> Vec<&str> {
    case.warnings().into_iter().filter(|code| code.starts_with("draft_")).collect()
}

both! {
    fn a_served_draft_moves_the_case_and_opens_the_fifteen_days(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let body = json!({"served_on": SERVED, "to": ["health", "family", "family"]});
        let served = working.serve_with(&working.officer, &plan, &body).expect(200);
        assert_eq!(served.etag, "\"6\"");
        assert_eq!((&served.json["status"], &served.json["served_on"]), (&json!("served"), &json!(SERVED)));
        assert_eq!(served.json["served_to"], json!(["family", "health"]));
        assert_eq!(served.json["override_reason"], Value::Null);
        let case = working.officer.case(&working.case);
        assert_eq!(case.json["stage"], "draft_served");
        assert_eq!(case.json["plan"]["served_on"], SERVED);
        let days = case.deadline("representations");
        assert_eq!((&days["starts_on"], &days["due_on"]), (&json!(SERVED), &json!(LAST_OF_FIFTEEN)));
        assert_eq!(case.deadline("send_draft_plan")["met_on"], SERVED);
        let events = app.events();
        assert_eq!(events.last().unwrap().action, "draft_served");
    }

    fn a_served_draft_is_fixed(app: &TestApp) {
        let (working, plan) = Working::served(app);
        let fixed = working.write(&plan, "B", "Another text").refused(409, "plan_is_fixed");
        assert!(fixed.json["citation"].as_str().unwrap().contains("9.125"));
        working.serve(&plan, TODAY).refused(409, "plan_is_fixed");
        working.write(&plan, "K", "x").refused(422, "section_not_written");
    }

    fn a_draft_that_names_a_setting_is_not_served(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        working.write(&plan, "I", "Hill School").expect(200);
        let refused = working.serve(&plan, SERVED).refused(409, "setting_named_in_draft");
        assert!(refused.json["citation"].as_str().unwrap().contains("38(5)"));
        assert_eq!(working.plan(&plan).json["status"], "editing");
        working.write(&plan, "I", "<p>&nbsp;</p>\u{200b}<ul><li> </li></ul>").expect(200);
        working.serve(&plan, SERVED).expect(200);
    }

    fn a_draft_waits_for_the_advice_unless_a_manager_overrides_with_a_reason(app: &TestApp) {
        let working = Working::drafting_of(app, a_case(), true);
        let plan = working.written();
        let refused = working.serve(&plan, SERVED).refused(409, "advice_outstanding");
        assert!(refused.json.get("citation").is_none_or(Value::is_null), "policy, not law");
        let with_reason = json!({"served_on": SERVED, "override_reason": "The report is promised for Friday."});
        working.serve_with(&working.officer, &plan, &with_reason).refused(403, "forbidden");
        let manager = app.manager();
        working.serve_with(&manager, &plan, &json!({"served_on": SERVED})).refused(409, "advice_outstanding");
        let blank = json!({"served_on": SERVED, "override_reason": " "});
        working.serve_with(&manager, &plan, &blank).refused(422, "blank");
        let served = working.serve_with(&manager, &plan, &with_reason).expect(200);
        assert_eq!(served.json["override_reason"], "The report is promised for Friday.");
        let history = working.officer.get(&format!("/cases/{}/history", working.case)).expect(200).json;
        assert_eq!(history["items"][0]["reason"], "The report is promised for Friday.");
        assert_eq!(history["items"][0]["after"]["unsettled_advice"], 5);
    }

    fn who_may_not_override_hears_so_before_the_version_is_looked_at(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let body = json!({"served_on": SERVED, "override_reason": "The report is promised for Friday."});
        working.officer.step(&format!("/plans/{plan}/service"), "\"1\"", &body).refused(403, "forbidden");
        app.manager().step(&format!("/plans/{plan}/service"), "\"1\"", &body).refused(412, "stale");
    }

    fn an_override_that_was_not_needed_is_none(app: &TestApp) {
        let working = Working::drafting_of(app, a_case(), true);
        let plan = working.written();
        working.advice().iter().for_each(|(id, _)| working.accept(id));
        let body = json!({"served_on": SERVED, "override_reason": "In case."});
        let served = working.serve_with(&app.manager(), &plan, &body).expect(200);
        assert_eq!(served.json["override_reason"], Value::Null);
    }

    fn from_year_9_a_draft_without_preparation_for_adulthood_is_not_served(app: &TestApp) {
        // By the recorded year, and by the birth date where none is recorded.
        let recorded = a_case().person("national_curriculum_year", json!(9));
        let worked_out = a_case().of("Ada", "Birch", "2012-08-31");
        for case in [recorded, worked_out] {
            let working = Working::drafting_of(app, case, false);
            let plan = working.written();
            let refused = working.serve(&plan, SERVED).refused(409, "preparing_for_adulthood_missing");
            assert!(refused.json["citation"].as_str().unwrap().contains("12(3)"));
            let body = json!({"text": "Ten hours, and travel training.", "preparing_for_adulthood": true});
            working.put(&plan, "F", &body).expect(200);
            working.serve(&plan, SERVED).expect(200);
        }
        let below = Working::drafting_of(app, a_case().of("Cy", "Cole", "2012-09-01"), false);
        let plan = below.written();
        below.serve(&plan, SERVED).expect(200);
    }

    fn a_draft_is_served_on_a_day_that_can_be(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        working.serve(&plan, "2026-06-02").refused(422, "date_in_future");
        working.serve(&plan, "2026-04-06").refused(422, "date_before_previous_step");
        working.serve(&plan, DECIDED).expect(200);
        let amended = working.start().expect(201).id();
        working.serve(&amended, "2026-04-06").refused(422, "date_before_previous_step");
        let answer = working.serve_with(&working.officer, &amended, &json!({"served_on": "2026-02-30", "to": ["mayor"]}));
        let answer = answer.expect(422);
        let mut faults = answer.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/served_on", "invalid_date"), ("/to/0", "unknown_value")]);
        working.serve(&amended, DECIDED).expect(200);
        let listed = working.officer.get(&format!("/cases/{}/plans", working.case)).expect(200).json;
        assert_eq!((&listed["items"][0]["kind"], &listed["items"][0]["status"]), (&json!("amended_draft"), &json!("served")));
    }

    fn a_draft_is_always_served_on_the_family(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        for to in [json!([]), json!(["setting", "health"])] {
            let answer = working.serve_with(&working.officer, &plan, &json!({"served_on": SERVED, "to": to}));
            assert_eq!(answer.expect(422).faults(), [("/to", "missing_field")]);
        }
        let served = working.serve(&plan, SERVED).expect(200);
        assert_eq!(served.json["served_to"], json!(["family"]));
    }

    fn a_service_names_the_version_that_was_seen(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let (path, body) = (format!("/plans/{plan}/service"), json!({"served_on": SERVED}));
        working.officer.post(&path, &body).refused(428, "precondition_required");
        working.officer.step(&path, "\"1\"", &body).refused(412, "stale");
        let mut statuses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| working.officer.step(&path, "\"5\"", &body).status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412]);
        assert_eq!(app.events().iter().filter(|event| event.action == "draft_served").count(), 1);
    }

    fn every_fault_of_a_service_is_told_at_once(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let body = json!({"served_on": "2026-06-02", "to": ["health"], "override_reason": " ", "by": "post"});
        let refused = working.serve_with(&app.manager(), &plan, &body).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        let expected = [("/by", "unknown_field"), ("/override_reason", "blank"), ("/served_on", "date_in_future"), ("/to", "missing_field")];
        assert_eq!(faults, expected);
        let body = json!({"served_on": "2026-06-02", "to": ["health", "press"]});
        let refused = working.serve_with(&working.officer, &plan, &body).expect(422);
        assert_eq!(refused.faults(), [("/to/1", "unknown_value"), ("/served_on", "date_in_future")]);
    }

    fn a_draft_served_without_how_or_with_what_notice_is_warned_about(app: &TestApp) {
        let served_so = |name: &str, more: Value| {
            let working = Working::drafting_of(app, a_case().of(name, "Birch", "2016-01-01"), false);
            let plan = working.written();
            let mut body = json!({"served_on": SERVED});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let served = working.serve_with(&working.officer, &plan, &body).expect(200).json;
            let case = working.officer.case(&working.case);
            let codes: Vec<String> = of_draft(&case).into_iter().map(str::to_owned).collect();
            (working, plan, served, codes, case.text())
        };
        let (working, plan, _, codes, _) = served_so("Ada", json!({}));
        assert_eq!(codes, ["draft_sending_unrecorded", "draft_notice_incomplete"]);
        working.issue(&lawful_final(&plan, AFTER_FIFTEEN)).expect(200);
        assert_eq!(of_draft(&working.officer.case(&working.case)), Vec::<&str>::new(), "they are about the draft");
        let notice = json!({"representations": true, "request_setting": true, "meeting": true});
        let (_, _, served, codes, text) = served_so("Bea", json!({"sent_by": "portal", "notice": notice}));
        assert_eq!((&served["sent_by"], &served["notice"]["meeting"], &served["notice"]["where_to_find_settings"]), (&json!("portal"), &json!(true), &json!(false)));
        assert_eq!(codes, ["draft_notice_incomplete"]);
        assert!(text.contains("where to find information about schools and colleges"), "{text}");
        let notice = json!({"representations": true, "request_setting": true, "meeting": true, "where_to_find_settings": true});
        let (_, _, _, codes, _) = served_so("Cy", json!({"sent_by": "by_hand", "notice": notice}));
        assert_eq!(codes, Vec::<String>::new());
        let working = Working::drafting_of(app, a_case().of("Dov", "Birch", "2016-01-01"), false);
        let plan = working.written();
        let wrong = json!({"served_on": SERVED, "sent_by": "pigeon", "notice": {"school": true}});
        let refused = working.serve_with(&working.officer, &plan, &wrong).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/notice/school", "unknown_field"), ("/sent_by", "unknown_value")]);
        assert_eq!(working.plan(&plan).json["status"], "editing");
    }
}
