//! The clock: judged against today at the moment of reading; no job has run.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment};
use crate::support::{both, json};

both! {
    fn a_case_past_a_limit_shows_as_breached_without_any_job(app: &TestApp) {
        let id = app.caseworker().open_case(a_case()).id();
        let status_on = |day: &str| {
            app.on_day(day);
            let case = app.caseworker().case(&id);
            let list = app.caseworker().get("/cases").expect(200);
            assert_eq!(list.json["items"][0]["clock"], case.json["clock"], "the list shows the clock of the case");
            let status = case.json["clock"]["status"].as_str().unwrap().to_owned();
            let filtered = app.caseworker().get(&format!("/cases?status={status}")).expect(200);
            assert_eq!(filtered.json["items"].as_array().unwrap().len(), 1, "the filter agrees on {day}");
            (status, case.deadline("decide_to_assess")["status"].as_str().unwrap().to_owned())
        };
        let is = |status: &str, deadline: &str| (status.to_owned(), deadline.to_owned());
        assert_eq!(status_on("2026-01-05"), is("on_track", "pending"));
        assert_eq!(status_on("2026-01-30"), is("on_track", "pending"), "eleven working days ahead");
        assert_eq!(status_on("2026-02-02"), is("due_soon", "due_soon"), "ten working days ahead");
        assert_eq!(status_on("2026-02-16"), is("due_soon", "due_soon"), "the last day in time");
        assert_eq!(status_on("2026-02-17"), is("overdue", "overdue"), "the day after");
    }

    fn the_sixteen_weeks_bind_a_refusal_only(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        app.on_day("2026-04-28");
        let case = caseworker.case(&id);
        assert_eq!(case.deadline("decide_on_plan")["due_on"], "2026-04-27");
        assert_eq!(case.deadline("decide_on_plan")["status"], "overdue");
        assert_eq!(case.json["clock"]["status"], "on_track", "being past it breaches nothing");
        assert!(case.warnings().contains(&"refusal_would_be_late"));
        let issue = json!({"outcome": "issue", "decided_on": "2026-04-28"});
        let decided = caseworker.case_step(&id, "plan-decision", &issue).expect(200);
        assert_eq!(decided.deadline("decide_on_plan")["status"], "not_applicable");
        assert_eq!(decided.json["stage"], "drafting");
    }

    fn a_refusal_notified_late_is_a_breach_on_record(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        app.on_day("2026-03-01");
        let mut refusal = to_refuse_assessment("2026-02-16");
        refusal["notified_on"] = json!("2026-02-17");
        let refused = caseworker.case_step(&id, "assessment-decision", &refusal).expect(200);
        let deadline = refused.deadline("decide_to_assess");
        assert_eq!((&deadline["status"], &deadline["met_on"]), (&json!("met_late"), &json!("2026-02-17")), "the notice counts, not the decision");
        assert_eq!(refused.json["stage"], "assessment_refused");
        assert_eq!((&refused.json["clock"]["status"], &refused.json["clock"]["next"]), (&json!("ended"), &json!(null)));
        assert_eq!(refused.json["clock"]["days_left"], json!(null));
        assert_eq!(refused.deadline("appeal")["due_on"], "2026-04-17");
        assert_eq!(refused.deadline("issue_final_plan")["status"], "not_applicable");
    }

    fn the_clock_counts_days_and_weeks_from_receipt_not_from_the_record(app: &TestApp) {
        app.on_day("2026-05-26");
        let case = app.caseworker().open_case(a_case());
        let clock = &case.json["clock"];
        assert_eq!((&clock["day"], &clock["week"], &clock["days_left"]), (&json!(141), &json!(20), &json!(-1)));
        assert_eq!(clock["status"], "overdue");
        assert_ne!(case.json["created_at"].as_str().unwrap()[..10], *"2026-01-05");
    }

    fn withdrawal_and_transfer_end_the_clock(app: &TestApp) {
        let caseworker = app.caseworker();
        let first = caseworker.open_case(a_case()).id();
        let withdrawn = caseworker.case_step(&first, "withdrawal", &json!({"on": "2026-01-05", "reason": "Moved on."})).expect(200);
        assert_eq!((&withdrawn.json["stage"], &withdrawn.json["clock"]["status"]), (&json!("withdrawn"), &json!("ended")));
        assert_eq!(withdrawn.json["end"]["reason"], "Moved on.");
        caseworker.case_step(&first, "withdrawal", &json!({"on": "2026-01-05"})).refused(409, "case_ended");
        caseworker.case_step(&first, "assessment-decision", &to_assess("2026-01-05")).refused(409, "case_ended");
        let second = caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id();
        let refused = caseworker.case_step(&second, "transfer", &json!({"on": "2026-01-04", "to_local_authority": "39"})).expect(422);
        assert_eq!(refused.faults(), [("/on", "date_before_previous_step"), ("/to_local_authority", "invalid_format")]);
        let moved = caseworker.case_step(&second, "transfer", &json!({"on": "2026-01-05", "to_local_authority": "394"})).expect(200);
        assert_eq!((&moved.json["stage"], &moved.json["end"]["to_local_authority"]), (&json!("transferred"), &json!("394")));
    }
}
