//! Who has how much to do, and what is late today.

use std::sync::Arc;

use ehcp_tracker::figures::model::CaseloadQuery;
use ehcp_tracker::figures::view::{Ahead, caseload};
use serde_json::{Value, json};

use crate::support::cases::{a_case, to_assess};
use crate::support::database::Database;
use crate::support::{TestApp, both};

both! {
    fn the_caseload_counts_what_the_list_of_cases_shows(app: &TestApp) {
        let officer = app.caseworker();
        let open = |n: u32, received_on: &str, caseworker: Value| {
            let case = a_case().of("Robin", &format!("Child{n}"), "2016-03-04").received_on(received_on);
            officer.open_case(case.with("caseworker_id", caseworker)).id()
        };
        app.on_day("2026-03-02");
        let mine = json!(officer.id);
        open(1, "2026-01-05", mine.clone());
        let assessed = open(2, "2026-02-02", mine.clone());
        officer.case_step(&assessed, "assessment-decision", &to_assess("2026-02-10")).expect(200);
        open(3, "2026-01-26", mine);
        open(4, "2026-02-23", json!(null));
        let report = app.report("caseload");
        assert_eq!((&report["total"]["open"], &report["as_at"]), (&json!(4), &json!("2026-03-02")));
        let own = app.part("caseload", &officer.id);
        assert_eq!((&own["label"], &own["open"], &own["overdue"], &own["due_soon"]), (&json!("Cass Caseworker"), &json!(3), &json!(1), &json!(1)));
        assert_eq!((&own["by_stage"]["awaiting_decision"], &own["by_stage"]["gathering_advice"]), (&json!(2), &json!(1)));
        let nobody = report["groups"].as_array().unwrap().iter().find(|group| group["key"].is_null()).unwrap();
        assert_eq!((&nobody["label"], &nobody["open"]), (&json!("Nobody"), &json!(1)));
        for status in ["overdue", "due_soon"] {
            let listed = app.manager().get(&format!("/cases?status={status}&count=true")).expect(200).json["total"].clone();
            assert_eq!(report["total"][status], listed, "{status}");
        }
        // A restricted case counts for a manager.
        let etag = app.manager().case(&assessed).etag;
        app.manager().patch(&format!("/cases/{assessed}"), &etag, &json!({"restricted": true})).expect(200);
        assert_eq!(app.report("caseload")["total"]["open"], json!(4));
    }

    fn a_breach_says_how_late_it_is_and_what_the_case_waits_for(app: &TestApp) {
        app.health("Community Paediatrics");
        let officer = app.caseworker();
        let undecided = officer.open_case(a_case().of("Robin", "One", "2016-03-04").received_on("2025-12-31")).id();
        let gathering = officer.open_case(a_case().of("Robin", "Two", "2016-03-04")).id();
        officer.case_step(&gathering, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        app.on_day("2026-05-26");
        let report = app.report("breaches?count=true");
        let told: Vec<(&Value, &Value, &Value, &Value)> =
            report["items"].as_array().unwrap().iter().map(|one| (&one["case"]["id"], &one["rule"], &one["holder"], &one["days_late"])).collect();
        // Nobody has refused a plan, so no sixteen weeks are breached; advice binds by law where the body is of section 31.
        let expected = [
            (&json!(undecided), &json!("decide_to_assess"), &json!("local_authority"), &json!(104)),
            (&json!(gathering), &json!("advice"), &json!("adviser"), &json!(99)),
            (&json!(undecided), &json!("issue_final_plan"), &json!("local_authority"), &json!(6)),
            (&json!(gathering), &json!("issue_final_plan"), &json!("local_authority"), &json!(1)),
        ];
        assert_eq!(told, expected);
        assert_eq!(report["total"], json!(4));
        assert_eq!(report["items"][0]["waits_for"], json!([{"what": "decision whether to assess", "organisation": null, "due_on": "2026-02-11"}]));
        // The plan of the case waits for the decision, whose last day was another.
        assert_eq!(report["items"][2]["waits_for"], json!([{"what": "decision whether to assess", "organisation": null, "due_on": null}]));
        let waits: Vec<&str> = report["items"][3]["waits_for"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
        assert!(waits.contains(&"medical advice") && waits.contains(&"psychological advice"), "{waits:?}");
        let medical = report["items"][3]["waits_for"].as_array().unwrap().iter().find(|one| one["what"] == "medical advice").unwrap();
        assert_eq!(medical["organisation"]["name"], json!("Community Paediatrics"));
        assert_eq!(report["items"][1]["waits_for"].as_array().unwrap().len(), 1, "the service's own breach waits for its own advice");
        // Page by page the same, and narrowed to one holder.
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.report(&format!("breaches?limit=1{cursor}"));
            paged.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(json!(paged), report["items"]);
        assert_eq!(app.report("breaches?holder=local_authority&count=true")["total"], json!(3));
        assert_eq!(app.report("breaches?rule=advice&count=true")["total"], json!(1));
        assert_eq!(app.report(&format!("breaches?caseworker_id={}&count=true", officer.id))["total"], json!(0));
        // Whoever reads the list has read of these cases.
        let read = app.manager().get(&format!("/cases/{undecided}/access-log")).expect(200).json;
        assert!(read["items"].as_array().unwrap().iter().any(|one| one["what"] == "breaches"), "{read}");
    }

    fn an_exception_leaves_a_breach_in_the_list_and_says_so(app: &TestApp) {
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        app.on_day("2026-03-02");
        let exception = json!({"rules": ["decide_to_assess"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-20", "evidence": "A letter."});
        app.manager().case_step(&case, "exceptions", &exception).expect(200);
        let item = app.report("breaches")["items"][0].clone();
        assert_eq!((&item["rule"], &item["excepted"]), (&json!("decide_to_assess"), &json!(true)));
        assert_eq!((&app.report("caseload")["total"]["overdue"], &app.report("caseload")["total"]["overdue_excepted"]), (&json!(0), &json!(1)));
    }

    fn nobody_who_writes_waits_for_a_figure(app: &TestApp) {
        app.caseworker().open_case(a_case().of("Robin", "One", "2016-03-04"));
        let process = app.process();
        let acting = process.system("tests");
        let (today, ahead) = (CaseloadQuery::default(), Ahead { calendar: Arc::new(statute::Calendar::new([])), days: 5 });
        let open = |conn: &mut ehcp_tracker::db::Conn| caseload(conn, &acting, &today, &ahead).map(|report| report.total.open);
        let seen = process.reporting_db().snapshot(|conn| {
            let before = open(conn)?;
            // While the figure is being added up, somebody records a case; the figure goes on with what it began with.
            app.caseworker().open_case(a_case().of("Robin", "Two", "2016-03-04"));
            Ok((before, open(conn)?))
        });
        assert_eq!(seen.unwrap(), (1, 1));
        assert_eq!(app.report("caseload")["total"]["open"], json!(2));
    }

    fn figures_read_the_database_that_is_set_for_them(app: &TestApp) {
        app.caseworker().open_case(a_case());
        assert_eq!(app.report("caseload")["total"]["open"], json!(1));
        let replica = Database::from_template(app.backend());
        let main = app.settings()["EHCP_DATABASE_URL"].clone();
        let settings = [("EHCP_DATABASE_URL", main.as_str()), ("EHCP_REPORTING_DATABASE_URL", replica.url.as_str())];
        let own = TestApp::with(app.backend(), "2026-01-05", &settings);
        // A replica that lags far behind: the case has not come there, the sign-in is known all the same.
        assert_eq!(own.report("caseload")["total"]["open"], json!(0));
        assert_eq!(own.manager().get("/cases?count=true").expect(200).json["total"], json!(1));
    }

    fn only_managers_see_figures(app: &TestApp) {
        let adviser = app.adviser_of(&app.health("Community Paediatrics"));
        for person in [app.caseworker(), app.admin(), adviser] {
            for path in ["timeliness", "timeliness/cases", "decisions", "decisions/cases", "advice", "advice/cases", "caseload", "breaches", "delays", "snapshots"] {
                person.get(&format!("/reports/{path}")).refused(403, "forbidden");
            }
            person.post("/reports/snapshots", &json!({"report": "caseload"})).refused(403, "forbidden");
        }
        app.request("GET", "/reports/timeliness").send().refused(401, "unauthenticated");
    }
}
