//! What a board was shown, kept byte for byte.

use diesel::connection::SimpleConnection;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::issued;
use crate::import::Sheet;
use crate::support::both;
use crate::support::cases::a_case;

both! {
    fn a_snapshot_gives_the_same_bytes_whatever_is_corrected_later(app: &TestApp) {
        app.take_over(&issued(Sheet::new(), "LATE", "2026-01-05", "2026-05-26", &[]));
        let query = json!({"from": "2026-01-01", "to": "2026-12-31", "group_by": "quarter", "include_mediation_tribunal": true});
        let made = app.manager().post("/reports/snapshots", &json!({"report": "timeliness", "query": query, "note": "Board of November"})).expect(201);
        let location = made.header("location").unwrap().to_owned();
        assert_eq!((&made.json["report"], &made.json["note"], &made.json["query"], &made.json["taken_by"]["name"]), (&json!("timeliness"), &json!("Board of November"), &query, &json!("Mina Manager")));
        let first = app.manager().get(&location).expect(200);
        assert_eq!(first.json["total"]["pct_within_20_weeks_ex"], json!(0.0));
        assert_eq!(made.json["sha256"], json!(format!("{:x}", Sha256::digest(&first.bytes))));
        assert_eq!((first.etag.trim_matches('"'), &made.json["size"]), (made.json["sha256"].as_str().unwrap(), &json!(first.bytes.len())));
        let live = app.manager().get("/reports/timeliness?from=2026-01-01&to=2026-12-31&group_by=quarter&include_mediation_tribunal=true").expect(200);
        assert_eq!(live.bytes, first.bytes, "what was on the screen is what was frozen");
        let case = app.report("timeliness/cases?from=2026-01-01")["items"][0]["case"]["id"].as_str().unwrap().to_owned();
        let mended = json!({"step": "request", "field": "received_on", "value": "2026-01-06", "reason": "It was typed a day early."});
        app.manager().case_step(&case, "corrections", &mended).expect(200);
        assert_eq!(app.report("timeliness?from=2026-01-01")["total"]["pct_within_20_weeks_ex"], json!(100.0));
        app.on_day("2026-12-18");
        assert_eq!(app.manager().get(&location).expect(200).bytes, first.bytes);
        let listed = app.report("snapshots");
        assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["id"]), (1, &made.json["id"]));
    }

    fn what_is_wrong_with_the_parameters_is_told_where_it_stands(app: &TestApp) {
        let freeze = |report: &str, query: &serde_json::Value| {
            app.manager().post("/reports/snapshots", &json!({"report": report, "query": query})).expect(422).faults().into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect::<Vec<_>>()
        };
        let at = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(freeze("breaches", &json!({"limit": 2})), at("/query/limit", "invalid_parameter"));
        assert_eq!(freeze("delays", &json!({"cursor": "x"})), at("/query/cursor", "invalid_parameter"));
        assert_eq!(freeze("timeliness", &json!({"as_at": "2999-01-01"})), at("/query/as_at", "date_in_future"));
        assert_eq!(app.count("report_snapshots"), 0);
    }

    fn the_database_itself_refuses_to_change_or_remove_one(app: &TestApp) {
        app.manager().post("/reports/snapshots", &json!({"report": "caseload"})).expect(201);
        for sql in ["UPDATE report_snapshots SET content = '{}'", "DELETE FROM report_snapshots"] {
            let refused = app.db().write(|tx| Ok(tx.batch_execute(sql)?));
            assert!(refused.is_err(), "{sql}");
        }
        assert_eq!(app.count("report_snapshots"), 1);
    }

    fn every_report_can_be_frozen_and_whoever_reads_it_reads_of_the_cases_it_names(app: &TestApp) {
        let case = app.caseworker().open_case(a_case()).id();
        app.on_day("2026-03-02");
        for report in ["timeliness", "decisions", "advice", "caseload", "delays"] {
            app.manager().post("/reports/snapshots", &json!({"report": report})).expect(201);
        }
        let frozen = app.manager().post("/reports/snapshots", &json!({"report": "breaches"})).expect(201);
        let whole = app.manager().get(frozen.header("location").unwrap()).expect(200).json;
        assert_eq!(whole["items"][0]["case"]["id"], json!(case));
        let read = app.manager().get(&format!("/cases/{case}/access-log")).expect(200).json;
        assert!(read["items"].as_array().unwrap().iter().any(|one| one["what"] == "report_snapshot"), "{read}");
    }

    fn a_past_day_is_frozen_as_it_is_answered(app: &TestApp) {
        app.caseworker().open_case(a_case());
        app.on_day("2026-07-01");
        for report in ["caseload", "breaches"] {
            let made = app.manager().post("/reports/snapshots", &json!({"report": report, "query": {"as_at": "2026-03-02"}})).expect(201);
            assert_eq!(made.json["as_at"], json!("2026-03-02"), "{report}");
            let live = app.manager().get(&format!("/reports/{report}?as_at=2026-03-02")).expect(200);
            assert_eq!(app.manager().get(made.header("location").unwrap()).expect(200).bytes, live.bytes, "{report}");
        }
    }

    fn a_snapshot_that_cannot_be_made_is_refused_where_the_fault_is(app: &TestApp) {
        let post = |body: serde_json::Value| app.manager().post("/reports/snapshots", &body);
        assert_eq!(post(json!({"report": "weather"})).expect(422).faults(), [("/report", "unknown_value")]);
        assert_eq!(post(json!({"report": "timeliness", "query": {"group_by": "moon"}})).expect(422).faults(), [("/query/group_by", "invalid_parameter")]);
        assert_eq!(post(json!({"report": "caseload", "query": {"group_by": "month"}})).expect(422).faults()[0].1, "invalid_parameter");
        assert_eq!(post(json!({"report": "timeliness", "query": {"from": ["x"]}})).expect(422).faults(), [("/query/from", "invalid_parameter")]);
        assert_eq!(app.count("report_snapshots"), 0);
        app.manager().get("/reports/snapshots/0199c2a0-0000-7000-8000-000000000000").refused(404, "not_found");
    }
}
