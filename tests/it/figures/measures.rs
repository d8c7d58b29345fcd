//! What is counted, and what is left out.

use serde_json::json;

use super::issued;
use crate::import::Sheet;
use crate::support::both;
use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};

const YEAR: &str = "from=2026-01-01&to=2026-12-31";

both! {
    fn a_figure_says_what_it_counted_and_nothing_gives_no_figure(app: &TestApp) {
        app.on_day("2026-06-01");
        let report = app.report(&format!("timeliness?{YEAR}"));
        assert_eq!(report["total"]["pct_within_20_weeks_ex"], json!(null));
        assert_eq!(report["total"]["mean_weeks_ex"], json!(null));
        assert_eq!((&report["as_at"], &report["from"], &report["to"]), (&json!("2026-06-01"), &json!("2026-01-01"), &json!("2026-12-31")));
        assert_eq!(report["rules_version"], json!(statute::RULES_VERSION));
        let definition = report["definition"].as_str().unwrap();
        assert!(definition.contains("20 weeks") && definition.contains("mediation or a tribunal") && definition.contains("left out"), "{definition}");
        assert_eq!(report["groups"].as_array().unwrap().len(), 12, "every month of the period");
        for path in ["decisions", "advice", "caseload", "breaches", "delays"] {
            let report = app.report(path);
            assert!(report["definition"].is_string() && report["rules_version"].is_string() && report["as_at"].is_string(), "{path}: {report}");
        }
        assert_eq!(app.report(&format!("decisions?{YEAR}"))["total"]["pct_refused"], json!(null));
        assert_eq!(app.report(&format!("advice?{YEAR}"))["total"]["pct_on_time"], json!(null));
    }

    fn an_appeal_that_a_reversal_overtook_leaves_the_plan_in_the_figures(app: &TestApp) {
        app.on_day("2026-11-20");
        let (officer, manager) = (app.caseworker(), app.manager());
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        officer.case_step(&case, "appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-03-02"})).expect(200);
        manager.case_step(&case, "reversal", &json!({"on": "2026-03-16", "reason": "New evidence."})).expect(200);
        officer.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-05-01"})).expect(200);
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        let served = json!({"served_on": "2026-05-04", "override_reason": "The advice is on its way."});
        manager.step(&format!("/plans/{plan}/service"), &etag, &served).expect(200);
        let last = json!({"plan_id": plan, "issued_on": "2026-06-01", "placement": {"setting_type": "A special school"}, "notice": whole_notice()});
        officer.case_step(&case, "final-plan", &last).expect(200);
        let total = app.report(&format!("timeliness?{YEAR}"))["total"].clone();
        assert_eq!(total["plans_issued"], 1, "{total}");
    }

    fn a_closure_after_the_limit_leaves_a_late_plan_in_the_headline(app: &TestApp) {
        // Two plans of July in time, and one of a request of 2 February: its 20 weeks were over on 22 June.
        let sheet = issued(Sheet::new(), "ONE", "2026-03-16", "2026-07-06", &[]);
        app.take_over(&issued(sheet, "TWO", "2026-03-16", "2026-07-07", &[]));
        app.on_day("2026-09-10");
        let (officer, manager) = (app.caseworker(), app.manager());
        let school = app.organisation("A School", "education_setting");
        let summer = json!({"setting_id": school, "closed_from": "2026-07-22", "reopens_on": "2026-09-02", "label": "Summer"});
        app.admin().post("/calendar/closures", &summer).expect(201);
        let case = officer.open_case(a_case().received_on("2026-02-02").with("setting_id", json!(school))).id();
        officer.case_step(&case, "assessment-decision", &to_assess("2026-03-02")).expect(200);
        let again = json!({"kind": "education", "organisation_id": school, "requested_on": "2026-07-16"});
        officer.ask(&case, &again).expect(201);
        officer.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-07-16"})).expect(200);
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        let served = json!({"served_on": "2026-07-16", "override_reason": "The school is about to close."});
        manager.step(&format!("/plans/{plan}/service"), &etag, &served).expect(200);
        let last = json!({"plan_id": plan, "issued_on": "2026-07-31", "placement": {"setting_type": "A special school"}, "notice": whole_notice()});
        assert_eq!(officer.case_step(&case, "final-plan", &last).expect(200).json["suggested_exceptions"], json!([]));
        let exception = json!({
            "rules": ["issue_final_plan"], "ground": "school_closed", "from_on": "2026-07-22", "to_on": "2026-09-02",
            "evidence": "The school's calendar.", "family_told_on": "2026-07-20",
        });
        let ended = manager.case_step(&case, "exceptions", &exception).expect(200);
        assert_eq!(ended.json["clock"]["status"], "completed_late");
        let july = app.report("timeliness?from=2026-07-01&to=2026-07-31");
        assert_eq!((&july["total"]["plans_issued_ex"], &july["total"]["pct_within_20_weeks_ex"]), (&json!(3), &json!(66.7)), "{july}");
    }

    fn cases_disputed_before_the_plan_are_left_out_unless_asked_for(app: &TestApp) {
        // One that says so in the sheet it came with, and one whose appeal was recorded here; the appeal of the last is after its plan.
        let sheet = issued(Sheet::new(), "SHEET", "2025-06-02", "2026-05-26", &[("tribunal", "true")]);
        let sheet = issued(sheet, "PLAIN", "2026-01-05", "2026-05-25", &[]);
        let sheet = issued(sheet, "AFTER", "2026-01-05", "2026-05-25", &[]);
        app.take_over(&sheet);
        let officer = app.caseworker();
        let plans = app.report(&format!("timeliness/cases?{YEAR}"));
        let after = plans["items"].as_array().unwrap()[0]["case"]["id"].as_str().unwrap().to_owned();
        officer.case_step(&after, "appeals", &json!({"about": "plan", "registered_on": "2026-06-15"})).expect(200);
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        let appealed = officer.case_step(&case, "appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-03-02"})).expect(200).json;
        let appeal = appealed["appeals"][0]["id"].as_str().unwrap();
        officer.case_step(&case, &format!("appeals/{appeal}/order"), &json!({"ordered_on": "2026-05-11", "order": "assess"})).expect(200);
        officer.case_step(&case, "assessment-decision", &json!({"outcome": "assess", "decided_on": "2026-05-18", "notified_on": "2026-05-18", "request_advice": false})).expect(200);
        officer.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-07-01"})).expect(200);
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        officer.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": "2026-07-06"})).expect(200);
        let last = json!({"plan_id": plan, "issued_on": "2026-07-27", "placement": {"setting_type": "A special school"}, "notice": whole_notice()});
        officer.case_step(&case, "final-plan", &last).expect(200);
        // The first plan counts, and it came of an order: before it a tribunal took place.
        let report = app.report(&format!("timeliness?{YEAR}"));
        assert_eq!((&report["total"]["plans_issued"], &report["left_out_mediation_tribunal"]), (&json!(2), &json!(2)));
        assert_eq!(report["total"]["pct_within_20_weeks_ex"], json!(100.0));
        let all = app.report(&format!("timeliness?{YEAR}&include_mediation_tribunal=true"));
        assert_eq!((&all["total"]["plans_issued"], &all["left_out_mediation_tribunal"]), (&json!(4), &json!(0)));
        assert!(all["definition"].as_str().unwrap().contains("before the plan are counted"));
        let cases = app.report(&format!("timeliness/cases?{YEAR}&include_mediation_tribunal=true"));
        let disputed = cases["items"].as_array().unwrap().iter().filter(|case| case["mediation_tribunal"] == true).count();
        assert_eq!(disputed, 2);
        let first = cases["items"].as_array().unwrap().iter().find(|one| one["case"]["id"] == json!(case)).unwrap();
        assert_eq!((&first["days"], &first["in_time"]), (&json!(203), &json!(false)), "counted from the request");
        app.assert_derived();
    }

    fn requests_and_refusals_are_told_by_reason_requester_setting_and_care(app: &TestApp) {
        let school = app.organisation("Kestrel School", "education_setting");
        app.on_day("2026-06-01");
        let officer = app.caseworker();
        let open = |n: u32, source: &str, status: &str| {
            let case = a_case().of("Robin", &format!("Child{n}"), "2016-03-04").received_on("2026-01-05");
            officer.open_case(case.with("request_source", json!(source)).with("setting_id", json!(school)).person("social_care_status", json!(status))).id()
        };
        let assess = |case: &str, on: &str| officer.case_step(case, "assessment-decision", &to_assess(on)).expect(200);
        assess(&open(1, "family", "none"), "2026-02-16");
        assess(&open(2, "family", "looked_after"), "2026-02-17");
        let refused = open(3, "education_setting", "none");
        officer.case_step(&refused, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        open(4, "family", "child_in_need");
        let total = app.report(&format!("decisions?{YEAR}"))["total"].clone();
        assert_eq!((&total["requests"], &total["decided"], &total["decided_within_6_weeks"]), (&json!(4), &json!(3), &json!(2)));
        assert_eq!((&total["pct_within_6_weeks"], &total["pct_refused"], &total["pct_of_requests_refused"]), (&json!(66.7), &json!(33.3), &json!(25.0)));
        assert_eq!((&total["refusal_reasons"]["needs_met_without_plan"], &total["refusal_reasons"]["other"]), (&json!(1), &json!(0)));
        let part = |cut: &str, key: &str| app.part(&format!("decisions?{YEAR}&group_by={cut}"), key);
        assert_eq!(part("request_source", "education_setting")["pct_refused"], json!(100.0));
        assert_eq!(part("request_source", "family")["pct_refused"], json!(0.0));
        assert_eq!(part("setting", &school)["label"], json!("Kestrel School"));
        assert_eq!(part("social_care_status", "looked_after")["pct_within_6_weeks"], json!(0.0));
        assert_eq!((&part("month", "2026-01")["requests"], &part("month", "2026-02")["decided"]), (&json!(4), &json!(3)));
        assert_eq!(part("academic_year", "2025/26")["requests"], json!(4));
        let cases = app.report(&format!("decisions/cases?{YEAR}&number=refused"));
        assert_eq!((cases["items"].as_array().unwrap().len(), &cases["items"][0]["case"]["id"]), (1, &json!(refused)));
        let of_family = app.report(&format!("decisions/cases?{YEAR}&number=requests&group_by=request_source&key=family&count=true&limit=2"));
        assert_eq!((&of_family["total"], of_family["items"].as_array().unwrap().len()), (&json!(3), 2));
        let cursor = of_family["next_cursor"].as_str().unwrap();
        let rest = app.report(&format!("decisions/cases?{YEAR}&number=requests&group_by=request_source&key=family&limit=2&cursor={cursor}"));
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    }

    fn a_refusal_of_a_plan_is_in_time_within_sixteen_weeks(app: &TestApp) {
        let row = |sheet: Sheet, name: &str, on: &str| {
            let cells = [("received_on", "2026-01-05"), ("assessment_decision", "assess"), ("assessment_decided_on", "2026-02-02"), ("plan_decision", "refuse"), ("plan_decided_on", on), ("plan_notified_on", on)];
            sheet.row(name, &cells)
        };
        app.take_over(&row(row(Sheet::new(), "IN-TIME", "2026-04-27"), "LATE", "2026-04-28"));
        let total = app.report(&format!("decisions?{YEAR}"))["total"].clone();
        assert_eq!((&total["plan_refusals"], &total["plan_refusals_within_16_weeks"], &total["pct_plan_refusals_within_16_weeks"]), (&json!(2), &json!(1), &json!(50.0)));
    }

    fn advice_is_told_by_service_with_how_late_it_is(app: &TestApp) {
        let health = app.health("Community Paediatrics");
        let officer = app.caseworker();
        let asked = |n: u32| {
            let case = officer.open_case(a_case().of("Robin", &format!("Child{n}"), "2016-03-04")).id();
            officer.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
            officer.advice_of_kind(&case, "medical")
        };
        let requests: Vec<String> = (0..3).map(asked).collect();
        app.on_day("2026-03-02");
        // Received on 5 January, due on 16 February.
        for (request, on) in requests.iter().zip(["2026-02-16", "2026-02-20"]) {
            let mut report = crate::support::advice::a_report();
            report["submitted_on"] = json!(on);
            officer.advice_step(request, "submissions", &report).expect(200);
        }
        let path = format!("advice?{YEAR}&group_by=organisation");
        let part = app.part(&path, &health);
        let expected = json!({"label": "Community Paediatrics", "requested": 3, "on_time": 1, "late": 1, "open": 1, "not_owed": 0, "overdue": 1, "excepted": 0, "pct_on_time": 33.3, "median_days": 44.0, "median_days_late": 9.0});
        assert_eq!(crate::figures::of_the_same_names(&part, &expected), expected);
        // On 17 February the second was still owed, by a day.
        let then = app.part(&format!("{path}&as_at=2026-02-17"), &health);
        assert_eq!((&then["on_time"], &then["late"], &then["overdue"], &then["median_days_late"]), (&json!(1), &json!(0), &json!(2), &json!(1.0)));
        assert_eq!(app.part(&format!("advice?{YEAR}"), "medical")["requested"], json!(3));
        let cases = app.report(&format!("advice/cases?{YEAR}&organisation_id={health}&kind=medical"));
        let late: Vec<_> = cases["items"].as_array().unwrap().iter().map(|one| one["days_late"].as_i64().unwrap()).collect();
        assert_eq!(late.iter().sum::<i64>(), 4 + 14);
        // Each number names as many as it counts, and says what it counted.
        let total = app.report(&format!("advice?{YEAR}"))["total"].clone();
        for number in ["requested", "on_time", "late", "excepted", "open", "overdue", "unanswered", "not_owed"] {
            let behind = app.report(&format!("advice/cases?{YEAR}&number={number}&count=true&limit=200"));
            assert_eq!((&behind["total"], &json!(behind["items"].as_array().unwrap().len())), (&total[number], &total[number]), "{number}");
            assert!(behind["definition"].is_string() && behind["as_at"] == "2026-03-02", "{behind}");
        }
        let sum: i64 = ["on_time", "late", "excepted", "open", "unanswered", "not_owed"].iter().map(|number| total[number].as_i64().unwrap()).sum();
        assert_eq!(json!(sum), total["requested"]);
        let nobody = app.report(&format!("advice/cases?{YEAR}&unaddressed=true&count=true"));
        assert!(nobody["items"].as_array().unwrap().iter().all(|one| one["organisation"].is_null()) && nobody["total"] != json!(0), "{nobody}");
        // The family's own views are nobody's service.
        let kinds = app.report(&format!("advice?{YEAR}"));
        assert!(kinds["groups"].as_array().unwrap().iter().all(|group| group["key"] != "family"));
    }
}
