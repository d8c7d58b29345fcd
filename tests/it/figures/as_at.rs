//! A figure as it stood: what has been corrected since shows as the difference, with the cases named.

use serde_json::{Value, json};

use super::issued;
use crate::import::Sheet;
use crate::support::cases::a_case;
use crate::support::{TestApp, both};

const YEAR: &str = "timeliness?from=2026-01-01&to=2026-12-31&group_by=calendar_year";

/// Two plans of spring: one in time, one late.
fn two_plans(app: &TestApp) -> (String, String) {
    let sheet = issued(Sheet::new(), "IN-TIME", "2026-01-05", "2026-05-25", &[]);
    let sheet = issued(sheet, "LATE", "2026-01-05", "2026-05-26", &[]);
    assert_eq!(
        app.import_on("2026-06-01", ehcp_tracker::import::commands::Mode::Write, &sheet.csv()).unwrap().faults,
        []
    );
    app.on_day("2026-06-01");
    let found = app.report("timeliness/cases?from=2026-01-01&to=2026-12-31");
    let id = |place: usize| found["items"][place]["case"]["id"].as_str().unwrap().to_owned();
    (id(0), id(1))
}

fn share(report: &Value) -> &Value {
    &report["total"]["pct_within_20_weeks_ex"]
}

both! {
    fn a_received_date_that_is_mended_changes_the_figure_of_today_and_not_of_the_past(app: &TestApp) {
        let (_, late) = two_plans(app);
        assert_eq!(*share(&app.report(YEAR)), json!(50.0));
        app.on_day("2026-07-10");
        let mended = json!({"step": "request", "field": "received_on", "value": "2026-01-06", "reason": "It was typed a day early."});
        app.manager().case_step(&late, "corrections", &mended).expect(200);
        assert_eq!(*share(&app.report(YEAR)), json!(100.0));
        app.on_day("2026-08-03");
        // From the day of the correction on it is known; the day before it was not.
        assert_eq!(*share(&app.report(&format!("{YEAR}&as_at=2026-07-10"))), json!(100.0));
        let then = app.report(&format!("{YEAR}&as_at=2026-07-09"));
        assert_eq!(*share(&then), json!(50.0));
        let since = &then["since"];
        assert_eq!((&since["today"], &since["total"]["pct_within_20_weeks_ex"], &since["happened_since"]), (&json!("2026-08-03"), &json!(100.0), &json!(0)));
        let corrected = since["corrected"].as_array().unwrap();
        assert_eq!(corrected.len(), 1);
        assert_eq!((&corrected[0]["case"]["id"], &corrected[0]["changed_on"]), (&json!(late), &json!("2026-07-10")));
        assert_eq!(corrected[0]["differs"]["received_on"], json!({"was": "2026-01-05", "is": "2026-01-06"}));
        assert_eq!((&corrected[0]["counted"]["in_time"], &corrected[0]["counts"]["in_time"]), (&json!("false"), &json!("true")));
        app.assert_derived();
        // As it stood can be looked into as well.
        let cases = app.report("timeliness/cases?from=2026-01-01&to=2026-12-31&as_at=2026-07-09");
        let days: Vec<&Value> = cases["items"].as_array().unwrap().iter().map(|case| &case["days"]).collect();
        assert_eq!(days, [&json!(140), &json!(141)]);
    }

    fn an_exception_that_is_lifted_counts_until_that_day(app: &TestApp) {
        let (_, late) = two_plans(app);
        let exception = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-02-02", "evidence": "A letter."});
        app.on_day("2026-06-15");
        let case = app.manager().case_step(&late, "exceptions", &exception).expect(200).json;
        let id = case["exceptions"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(*share(&app.report(YEAR)), json!(100.0));
        app.on_day("2026-09-01");
        let manager = app.manager();
        let etag = manager.case(&late).etag;
        manager.request("DELETE", &format!("/cases/{late}/exceptions/{id}")).if_match(&etag).json(&json!({"reason": "It was of another child."})).send().expect(200);
        assert_eq!(*share(&app.report(YEAR)), json!(50.0));
        for (as_at, expected) in [("2026-06-14", 50.0), ("2026-06-15", 100.0), ("2026-08-31", 100.0)] {
            assert_eq!(*share(&app.report(&format!("{YEAR}&as_at={as_at}"))), json!(expected), "{as_at}");
        }
        let since = &app.report(&format!("{YEAR}&as_at=2026-08-31"))["since"];
        assert_eq!(since["corrected"][0]["differs"], json!({"excepted": {"was": "true", "is": "false"}}));
        // Before it was confirmed it did not count and it does not now: nothing differs.
        assert_eq!(app.report(&format!("{YEAR}&as_at=2026-06-14"))["since"]["corrected"], json!([]));
        app.assert_derived();
    }

    fn what_happened_after_the_day_is_no_correction(app: &TestApp) {
        two_plans(app);
        let then = app.report(&format!("{YEAR}&as_at=2026-05-25"));
        assert_eq!((&then["total"]["plans_issued"], &then["since"]["happened_since"]), (&json!(1), &json!(1)));
        assert_eq!(then["since"]["corrected"], json!([]));
        // Correcting what had not happened by then changes nothing of then.
        let late = app.report("timeliness/cases?from=2026-05-26&to=2026-12-31")["items"][0]["case"]["id"].as_str().unwrap().to_owned();
        let mended = json!({"step": "request", "field": "received_on", "value": "2026-01-06", "reason": "It was typed a day early."});
        app.manager().case_step(&late, "corrections", &mended).expect(200);
        let then = app.report(&format!("{YEAR}&as_at=2026-05-25"));
        assert_eq!((&then["since"]["corrected"], &then["since"]["happened_since"]), (&json!([]), &json!(1)));
        // A plan that was recorded later than it was sent counts from its own day on: the import is of 1 June.
        assert_eq!(app.report(&format!("{YEAR}&as_at=2026-05-26"))["total"]["plans_issued"], json!(2));
        // What the figure leaves out has not happened to it either.
        let disputed = issued(Sheet::new(), "DISPUTED", "2026-01-05", "2026-05-27", &[("mediation", "true")]);
        app.take_over(&disputed);
        let then = app.report(&format!("{YEAR}&as_at=2026-05-25"));
        assert_eq!(then["since"]["happened_since"], json!(1));
        let with_it = app.report(&format!("{YEAR}&as_at=2026-05-25&include_mediation_tribunal=true"));
        assert_eq!(with_it["since"]["happened_since"], json!(2));
    }

    fn a_decision_whose_day_is_mended_moves_within_the_report_on_decisions(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case().received_on("2026-01-05")).id();
        app.on_day("2026-02-20");
        caseworker.case_step(&case, "assessment-decision", &json!({"outcome": "assess", "decided_on": "2026-02-20", "notified_on": "2026-02-20"})).expect(200);
        app.on_day("2026-03-02");
        let mend = |field: &str| json!({"step": "assessment_decision", "field": field, "value": "2026-02-16", "reason": "The letter went earlier."});
        app.manager().case_step(&case, "corrections", &mend("decided_on")).expect(200);
        app.manager().case_step(&case, "corrections", &mend("notified_on")).expect(200);
        let path = "decisions?from=2026-01-01&to=2026-12-31";
        assert_eq!(app.report(path)["total"]["decided_within_6_weeks"], json!(1));
        let then = app.report(&format!("{path}&as_at=2026-03-01"));
        assert_eq!(then["total"]["decided_within_6_weeks"], json!(0));
        assert_eq!(then["since"]["corrected"][0]["differs"]["assessment_notified_on"], json!({"was": "2026-02-20", "is": "2026-02-16"}));
        app.assert_derived();
    }

    fn a_caseload_from_before_the_figures_is_counted_like_any_other(app: &TestApp) {
        let sheet = issued(Sheet::new(), "PLAN", "2026-01-05", "2026-05-26", &[("exception_ground", "exceptional_personal_circumstances"), ("exception_from", "2026-02-02")]);
        let sheet = issued(sheet, "DISPUTED", "2025-01-05", "2026-05-26", &[("tribunal", "true")]);
        let sheet = sheet.row("REFUSED", &[("assessment_decision", "refuse"), ("assessment_decided_on", "2026-10-01"), ("refusal_reason", "other")]);
        let sheet = sheet.row("NO-PLAN", &[("received_on", "2026-01-05"), ("assessment_decision", "assess"), ("assessment_decided_on", "2026-02-01"), ("plan_decision", "refuse"), ("plan_decided_on", "2026-04-01"), ("plan_notified_on", "2026-04-02")]);
        app.take_over(&sheet);
        let kept = |app: &TestApp| app.report("timeliness?from=2026-01-01")["total"].clone();
        let before = kept(app);
        let up = match app.backend() {
            crate::support::Backend::Sqlite => include_str!("../../../migrations/sqlite/2026-11-25-000080_case_figures/up.sql"),
            crate::support::Backend::Postgres => include_str!("../../../migrations/postgres/2026-11-25-000080_case_figures/up.sql"),
        };
        let filling = up.split("INSERT INTO case_figures").nth(1).unwrap().split(';').next().unwrap();
        app.execute(&format!("DELETE FROM case_figures; INSERT INTO case_figures{filling}"));
        app.assert_derived();
        assert_eq!(kept(app), before);
    }
}
