//! Refusals that the authority reversed, and what was entered in error, in the figures.

use serde_json::{Value, json};

use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
use crate::support::{Persona, TestApp, both};

const YEAR: &str = "from=2026-01-01&to=2026-12-31";

fn decided(app: &TestApp, month: &str, more: &str) -> (Value, Value, Value) {
    let part = app.part(&format!("decisions?{YEAR}&group_by=month{more}"), month);
    (part["decided"].clone(), part["refused"].clone(), part["plan_refusals"].clone())
}

fn issued(app: &TestApp, more: &str) -> (Value, Value) {
    let total = app.report(&format!("timeliness?{YEAR}{more}"))["total"].clone();
    (total["plans_issued"].clone(), total["pct_within_20_weeks_ex"].clone())
}

/// A plan written, served and issued of a case that is being drafted.
fn send(officer: &Persona, case: &str, served_on: &str, issued_on: &str) {
    let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
    for section in ["A", "B", "E", "F"] {
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
    }
    let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
    officer.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": served_on})).expect(200);
    let last = json!({"plan_id": plan, "issued_on": issued_on, "placement": {"setting_type": "A special school"}, "notice": whole_notice()});
    officer.case_step(case, "final-plan", &last).expect(200);
}

fn without_advice(on: &str) -> Value {
    let mut decision = to_assess(on);
    decision["request_advice"] = json!(false);
    decision
}

both! {
    fn a_reversed_refusal_stays_one_in_its_month_and_the_plan_counts_from_the_first_day(app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        app.on_day("2026-05-26");
        let [first, second] = ["Ashdown", "Birch"].map(|name| officer.open_case(a_case().of("Robin", name, "2016-03-04")).id());
        officer.case_step(&first, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        officer.case_step(&second, "assessment-decision", &without_advice("2026-02-10")).expect(200);
        let refusal = json!({"outcome": "refuse", "decided_on": "2026-04-20", "notified_on": "2026-04-20", "reasons": "x", "notice": whole_notice()});
        officer.case_step(&second, "plan-decision", &refusal).expect(200);
        let before = decided(app, "2026-02", "");
        for (case, on) in [(&first, "2026-03-02"), (&second, "2026-04-27")] {
            manager.case_step(case, "reversal", &json!({"on": on, "reason": "More is known."})).expect(200);
        }
        assert_eq!(decided(app, "2026-02", ""), before);
        assert_eq!(decided(app, "2026-02", "").1, json!(1), "one refusal to assess in its month");
        assert_eq!(decided(app, "2026-03", "").0, json!(0), "the reversal is no decision of its own in the figures");
        assert_eq!(decided(app, "2026-04", "").2, json!(1), "and one to issue");
        // Both are open again, also as seen on a past day.
        assert_eq!(app.report("caseload")["total"]["open"], json!(2));
        app.on_day("2026-06-01");
        assert_eq!(app.report("caseload?as_at=2026-05-26")["total"]["open"], json!(2));
        assert_eq!(app.report("caseload?as_at=2026-03-01")["total"]["open"], json!(1), "one was refused then");
        for request in app.texts("SELECT CAST(id AS text) AS text FROM advice_requests") {
            officer.advice_step(&request, "cancellation", &json!({"reason": "It is known."})).expect(200);
        }
        let to_issue = json!({"outcome": "issue", "decided_on": "2026-04-27", "notified_on": "2026-04-27"});
        officer.case_step(&first, "plan-decision", &to_issue).expect(200);
        send(&officer, &first, "2026-05-04", "2026-05-25");
        send(&officer, &second, "2026-05-04", "2026-05-26");
        assert_eq!(issued(app, ""), (json!(2), json!(50.0)), "one on day 140, one on day 141, neither disputed");
        let cases = app.report(&format!("timeliness/cases?{YEAR}"));
        let days: Vec<_> = cases["items"].as_array().unwrap().iter().map(|one| (one["days"].clone(), one["mediation_tribunal"].clone())).collect();
        assert_eq!(days, [(json!(140), json!(false)), (json!(141), json!(false))]);
        app.assert_derived();
    }

    fn what_was_entered_in_error_is_in_no_figure_and_a_past_day_is_told_as_it_was_known(app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        let [refused, sent] = ["Ashdown", "Birch"].map(|name| officer.open_case(a_case().of("Robin", name, "2016-03-04")).id());
        app.on_day("2026-03-02");
        officer.case_step(&refused, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        officer.case_step(&sent, "assessment-decision", &without_advice("2026-02-10")).expect(200);
        app.on_day("2026-05-11");
        officer.case_step(&sent, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-04-20", "notified_on": "2026-04-20"})).expect(200);
        send(&officer, &sent, "2026-04-21", "2026-05-06");
        let undo = |case: &str, step: &str| {
            manager.case_step(case, "entered-in-error", &json!({"step": step, "reason": "Of another child."})).expect(200)
        };
        app.on_day("2026-06-01");
        assert_eq!((decided(app, "2026-02", "").1, issued(app, "").0), (json!(1), json!(1)));
        undo(&refused, "assessment_decision");
        undo(&sent, "final_plan");
        assert_eq!((decided(app, "2026-02", ""), issued(app, "").0), ((json!(1), json!(0), json!(0)), json!(0)), "today it is in none");
        app.assert_derived();
        app.on_day("2026-06-15");
        for (day, refusals, plans) in [
            // Before it was recorded nobody knew of it, though its day was over.
            ("2026-03-01", 0, 0),
            ("2026-03-02", 1, 0),
            ("2026-05-10", 1, 0),
            ("2026-05-11", 1, 1),
            ("2026-05-31", 1, 1),
            ("2026-06-01", 0, 0),
            ("2026-06-14", 0, 0),
        ] {
            let as_at = format!("&as_at={day}");
            assert_eq!((decided(app, "2026-02", &as_at).1, issued(app, &as_at).0), (json!(refusals), json!(plans)), "{day}");
            let open = app.report(&format!("caseload?as_at={day}"))["total"]["open"].clone();
            assert_eq!(open, json!(2 - refusals - plans), "{day}");
        }
        let listed = |number: &str| app.report(&format!("decisions/cases?{YEAR}&number={number}"))["items"].as_array().unwrap().len();
        assert_eq!((listed("refused"), listed("decided")), (0, 1));
        let delays = app.report(&format!("timeliness/cases?{YEAR}"));
        assert_eq!(delays["items"], json!([]));
        // The right decision counts by its own day.
        officer.case_step(&refused, "assessment-decision", &without_advice("2026-02-12")).expect(200);
        assert_eq!(decided(app, "2026-02", ""), (json!(2), json!(0), json!(0)));
        app.assert_derived();
    }

    fn what_was_entered_and_undone_on_one_day_is_in_no_figure_of_any_day(app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        let case = officer.open_case(a_case()).id();
        app.on_day("2026-03-02");
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        manager.case_step(&case, "entered-in-error", &json!({"step": "assessment_decision", "reason": "A slip."})).expect(200);
        app.on_day("2026-03-10");
        for day in ["2026-02-11", "2026-03-01", "2026-03-02", "2026-03-10"] {
            assert_eq!(decided(app, "2026-02", &format!("&as_at={day}")).0, json!(0), "{day}");
        }
        app.assert_derived();
    }

    fn a_withdrawal_entered_in_error_leaves_the_case_in_the_caseload(app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        app.health("Community Paediatrics");
        let case = officer.open_case(a_case()).id();
        app.on_day("2026-02-10");
        officer.case_step(&case, "assessment-decision", &to_assess("2026-02-10")).expect(200);
        let open = |more: &str| app.report(&format!("caseload{more}"))["total"]["open"].clone();
        let owed = |more: &str| app.report(&format!("advice?{YEAR}{more}"))["total"]["open"].clone();
        app.on_day("2026-03-02");
        let before = owed("");
        officer.case_step(&case, "withdrawal", &json!({"on": "2026-02-20"})).expect(200);
        app.on_day("2026-03-16");
        assert_eq!(open(""), json!(0));
        manager.case_step(&case, "entered-in-error", &json!({"step": "withdrawal", "reason": "Of another child."})).expect(200);
        app.on_day("2026-03-20");
        assert_eq!((open(""), owed("")), (json!(1), before.clone()));
        for (day, expected) in [("2026-02-25", 1), ("2026-03-02", 0), ("2026-03-15", 0), ("2026-03-16", 1)] {
            assert_eq!(open(&format!("?as_at={day}")), json!(expected), "{day}");
        }
        app.assert_derived();
    }
}
