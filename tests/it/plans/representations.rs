//! What the family says to a draft, and its fifteen days.

use super::*;
use crate::support::both;

both! {
    fn the_family_s_words_are_recorded_on_the_draft_it_has(app: &TestApp) {
        let (working, plan) = Working::served(app);
        let before = working.officer.case(&working.case).json["version"].as_i64().unwrap();
        let body = json!({
            "received_on": "2026-04-20",
            "text": "We ask for more hours.",
            "requested_setting": "Hill School",
            "meeting_requested": true,
        });
        let made = working.represent(&body).expect(201);
        assert_eq!(made.json["plan_id"], json!(plan));
        assert_eq!((&made.json["meeting_requested"], &made.json["finished"]), (&json!(true), &json!(false)));
        assert_eq!(working.officer.get(made.header("location").unwrap()).expect(200).json, made.json);
        assert_eq!(working.officer.case(&working.case).json["version"], json!(before + 1));
        let later = working.represent(&json!({"received_on": "2026-04-21", "finished": true})).expect(201);
        let listed = working.officer.get(&format!("/cases/{}/representations?count=true", working.case)).expect(200);
        assert_eq!((&listed.json["items"], &listed.json["total"]), (&json!([later.json, made.json]), &json!(2)));
        assert!(app.events().iter().any(|event| event.action == "representation_received"
            && event.details.contains("We ask for more hours.")));
    }

    fn a_representation_needs_a_draft_that_is_with_the_family(app: &TestApp) {
        let working = Working::drafting(app);
        let body = json!({"received_on": "2026-04-20", "text": "x"});
        working.represent(&body).refused(409, "not_in_stage");
        let plan = working.written();
        working.represent(&body).refused(409, "not_in_stage");
        working.serve(&plan, SERVED).expect(200);
        working.represent(&body).expect(201);
        working.issue(&lawful_final(&plan, TODAY)).expect(200);
        working.represent(&body).refused(409, "case_ended");
    }

    fn a_representation_comes_between_the_service_and_today(app: &TestApp) {
        let (working, _) = Working::served(app);
        let on = |day: &str| working.represent(&json!({"received_on": day, "text": "x"}));
        on("2026-04-12").refused(422, "date_before_previous_step");
        on("2026-06-02").refused(422, "date_in_future");
        on(SERVED).expect(201);
        on(TODAY).expect(201);
    }

    fn a_representation_says_something(app: &TestApp) {
        let (working, _) = Working::served(app);
        working.represent(&json!({"received_on": SERVED})).refused(422, "missing_field");
        working.represent(&json!({"received_on": SERVED, "finished": false})).refused(422, "missing_field");
        let answer = working.represent(&json!({"received_on": SERVED, "text": " ", "requested_setting": ""})).expect(422);
        assert_eq!(answer.faults(), [("/text", "blank"), ("/requested_setting", "blank")]);
        assert_eq!(app.count("representations"), 0);
    }

    fn representations_at_once_are_all_kept(app: &TestApp) {
        let (working, _) = Working::served(app);
        std::thread::scope(|scope| {
            for number in 0..5 {
                let working = &working;
                let body = json!({"received_on": SERVED, "text": format!("Point {number}.")});
                scope.spawn(move || working.represent(&body).expect(201));
            }
        });
        assert_eq!(app.count("representations"), 5);
    }

    /// Every row of the oracle's table, through the whole service: served on one day, due on the other.
    fn the_fifteen_days_end_on_the_days_of_the_oracle(app: &TestApp) {
        app.on_day("2027-03-01");
        let officer = app.caseworker();
        let table = include_str!("../../../crates/statute/tests/vectors/periods.csv");
        let rows = table.lines().filter_map(|line| line.strip_prefix("representations,"));
        let mut count = 0;
        for row in rows {
            let (starts_on, due_on) = row.split_once(',').unwrap();
            count += 1;
            let case = a_case().received_on(starts_on).of("Robin", &format!("Row{count}"), "2012-10-04");
            let case = officer.open_case(case).id();
            let decision = json!({"outcome": "assess", "decided_on": starts_on, "notified_on": starts_on, "request_advice": false});
            officer.case_step(&case, "assessment-decision", &decision).expect(200);
            officer.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": starts_on})).expect(200);
            let working = Working { officer: officer.clone(), case };
            let plan = working.written();
            working.put(&plan, "F", &json!({"text": "x", "preparing_for_adulthood": true})).expect(200);
            working.serve(&plan, starts_on).expect(200);
            let shown = officer.case(&working.case);
            let deadline = shown.deadline("representations");
            assert_eq!((&deadline["starts_on"], &deadline["due_on"]), (&json!(starts_on), &json!(due_on)));
        }
        assert_eq!(count, 12);
    }

    fn every_fault_of_a_representation_is_told_at_once(app: &TestApp) {
        let (working, _) = Working::served(app);
        let refused = working.represent(&json!({"received_on": "2026-06-02", "finished": "yes"})).expect(422);
        assert_eq!(refused.faults(), [("/finished", "wrong_type"), ("/received_on", "date_in_future")]);
    }
}
