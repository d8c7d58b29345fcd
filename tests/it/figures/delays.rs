//! Why plans were late.

use serde_json::{Value, json};

use super::issued;
use crate::import::Sheet;
use crate::support::both;

/// A case that was assessed on time, and in which each service answered on a day.
fn course(sheet: Sheet, name: &str, psychology: &str, medical: &str, served: &str, sent: &str) -> Sheet {
    let cells = [
        ("assessment_decision", "assess"),
        ("assessment_decided_on", "2026-02-16"),
        ("advice_psychological_requested_on", "2026-02-16"),
        ("advice_psychological_received_on", psychology),
        ("advice_medical_requested_on", "2026-02-16"),
        ("advice_medical_received_on", medical),
        ("plan_decision", "issue"),
        ("plan_decided_on", served),
        ("draft_served_on", served),
    ];
    issued(sheet, name, "2026-01-05", sent, &cells)
}

both! {
    fn a_service_that_never_answered_is_told_with_how_late_it_was(app: &TestApp) {
        app.take_over(&course(Sheet::new(), "SILENT", "", "2026-03-30", "2026-06-11", "2026-06-29"));
        let period = "from=2026-01-01&to=2026-12-31";
        let worst = app.report(&format!("delays?{period}"))["cases"][0]["worst"].clone();
        // Up to the draft, from 16 February; the law gives 42 days.
        assert_eq!((&worst["kind"], &worst["days"], &worst["beyond"], &worst["open"]), (&json!("psychological"), &json!(115), &json!(73), &json!(false)));
        let part = app.part(&format!("advice?{period}"), "psychological");
        let expected = json!({"requested": 1, "on_time": 0, "late": 0, "open": 0, "overdue": 0, "unanswered": 1, "not_owed": 0, "pct_on_time": 0.0, "median_days_late": 91.0});
        assert_eq!(crate::figures::of_the_same_names(&part, &expected), expected);
        let behind = app.report(&format!("advice/cases?{period}&number=unanswered&count=true"));
        assert_eq!((&behind["total"], &behind["items"][0]["days_late"], &behind["items"][0]["kind"]), (&json!(1), &json!(91), &json!("psychological")));
        let then = app.part(&format!("advice?{period}&as_at=2026-06-01"), "psychological");
        assert_eq!((&then["overdue"], &then["unanswered"]), (&json!(1), &json!(0)));
        let after = app.part(&format!("advice?{period}&as_at=2026-07-01"), "psychological");
        assert_eq!((&after["overdue"], &after["unanswered"], &after["median_days_late"]), (&json!(0), &json!(1), &json!(91.0)));
    }

    fn the_step_that_took_most_beyond_its_limit_is_named_and_added_up(app: &TestApp) {
        app.health("Community Paediatrics");
        let psychology = app.organisation("Educational Psychology", "educational_psychology");
        let etag = app.admin().get("/organisations").expect(200).json["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(psychology)).unwrap()["version"].clone();
        app.admin().patch(&format!("/organisations/{psychology}"), &format!("\"{etag}\""), &json!({"default_for": ["psychological"]})).expect(200);
        let sheet = course(Sheet::new(), "PSYCHOLOGY", "2026-06-01", "2026-03-30", "2026-06-11", "2026-06-29");
        let sheet = course(sheet, "MEDICAL", "2026-03-30", "2026-05-11", "2026-06-01", "2026-06-22");
        let sheet = course(sheet, "IN-TIME", "2026-03-30", "2026-03-30", "2026-05-01", "2026-05-25");
        let sheet = issued(sheet, "HISTORY", "2026-01-05", "2026-07-01", &[]);
        let sheet = sheet.row("OPEN", &[("received_on", "2026-05-04")]);
        app.take_over(&sheet);
        let report = app.report("delays?from=2026-01-01&to=2026-12-31");
        assert_eq!((&report["late_cases"], &report["not_explained"]), (&json!(4), &json!(1)));
        let worst: Vec<(&Value, &Value, &Value)> = report["cases"].as_array().unwrap().iter().map(|one| (&one["days_late"], &one["worst"]["step"], &one["worst"]["kind"])).collect();
        // The open case is late since 21 September, and still waits for its decision.
        let expected = [
            (json!(60), json!("decision"), json!(null)),
            (json!(37), json!(null), json!(null)),
            (json!(35), json!("advice"), json!("psychological")),
            (json!(28), json!("advice"), json!("medical")),
        ];
        assert_eq!(worst, expected.iter().map(|(late, step, kind)| (late, step, kind)).collect::<Vec<_>>());
        let first = &report["cases"][0];
        assert_eq!((&first["issued_on"], &first["steps"][0]["open"], &first["steps"][0]["beyond"]), (&json!(null), &json!(true), &json!(158)));
        let services: Vec<(&Value, &Value, &Value)> = report["by_service"].as_array().unwrap().iter().map(|one| (&one["label"], &one["days_beyond"], &one["worst_of"])).collect();
        let own = (&json!("The local authority"), &json!(158 + 3 + 6), &json!(1));
        assert_eq!(services, [own, (&json!("Educational Psychology"), &json!(63), &json!(1)), (&json!("Community Paediatrics"), &json!(42), &json!(1))]);
        let steps: Vec<(&str, i64)> = report["by_step"].as_array().unwrap().iter().map(|one| (one["key"].as_str().unwrap(), one["days_beyond"].as_i64().unwrap())).collect();
        assert_eq!(steps, [("decision", 158), ("advice_psychological", 63), ("advice_medical", 42), ("comment", 3 + 6)]);
        assert_eq!(report["by_step"].as_array().unwrap().last().unwrap()["cumulative_pct"], json!(100.0));
        let all = |shares: &Value| shares.as_array().unwrap().iter().map(|one| one["days_beyond"].as_i64().unwrap()).sum::<i64>();
        assert_eq!(all(&report["by_service"]), all(&report["by_step"]), "somebody took each step");
        // Page by page the same cases.
        let page = app.report("delays?from=2026-01-01&to=2026-12-31&limit=3");
        let rest = app.report(&format!("delays?from=2026-01-01&to=2026-12-31&limit=3&cursor={}", page["next_cursor"].as_str().unwrap()));
        assert_eq!((page["cases"].as_array().unwrap().len(), &rest["cases"][0], &rest["late_cases"]), (3, &report["cases"][3], &json!(4)));
        // On 1 June one of the plans was late and not yet sent.
        let then = app.report("delays?from=2026-01-01&to=2026-12-31&as_at=2026-06-01");
        assert_eq!(then["late_cases"], json!(3));
        assert!(then["cases"].as_array().unwrap().iter().all(|one| one["issued_on"].is_null()));
    }
}
