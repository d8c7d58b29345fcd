//! What can't be a figure is refused with a reason.

use crate::support::both;

both! {
    fn a_question_that_makes_no_sense_is_refused_where_the_fault_is(app: &TestApp) {
        let manager = app.manager();
        for (query, expected) in [
            ("from=2026-03-01&to=2026-02-28", ("/to", "out_of_range")),
            ("from=1900-01-01&to=2026-02-28", ("/to", "out_of_range")),
            ("from=0001-01-01&to=0001-02-01", ("/from", "out_of_range")),
            ("as_at=-0044-03-15", ("/as_at", "out_of_range")),
            ("as_at=2026-01-06", ("/as_at", "date_in_future")),
            ("group_by=moon", ("/group_by", "invalid_parameter")),
            ("from=2026-02-30", ("/from", "invalid_parameter")),
            ("weather=fine", ("", "invalid_parameter")),
        ] {
            for report in ["timeliness", "decisions"] {
                let answer = manager.get(&format!("/reports/{report}?{query}")).expect(422);
                assert_eq!(answer.faults()[0].1, expected.1, "{report}?{query}: {}", answer.text());
                if !expected.0.is_empty() {
                    assert_eq!(answer.faults()[0].0, expected.0, "{report}?{query}");
                }
            }
        }
        for report in ["caseload", "breaches", "advice", "delays"] {
            assert_eq!(manager.get(&format!("/reports/{report}?as_at=2026-01-06")).expect(422).faults(), [("/as_at", "date_in_future")], "{report}");
        }
        for (path, pointer) in [("breaches?limit=0", "/limit"), ("timeliness/cases?cursor=x", "/cursor"), ("delays?limit=201", "/limit")] {
            assert_eq!(manager.get(&format!("/reports/{path}")).expect(422).faults()[0].0, pointer);
        }
        let svg = |path: &str| manager.request("GET", &format!("/reports/{path}")).header("Accept", "image/svg+xml").send();
        svg("timeliness?group_by=setting").refused(422, "invalid_parameter");
        svg("decisions").refused(406, "not_acceptable");
        // A key that no group can have is a fault, and not a group without cases.
        for cut in ["month&key=1999-01", "month&key=2026", "quarter&key=zzz", "setting&key=nothing", "caseworker&key=x", "request_source&key=moon", "social_care_status&key="] {
            for report in ["timeliness", "decisions"] {
                assert_eq!(manager.get(&format!("/reports/{report}/cases?group_by={cut}")).expect(422).faults(), [("/key", "invalid_parameter")], "{report} {cut}");
            }
        }
        for cut in ["setting&key=", "setting&key=0199c2a0-0000-7000-8000-000000000000", "request_source&key=family"] {
            assert_eq!(manager.get(&format!("/reports/timeliness/cases?group_by={cut}")).expect(200).json["items"], serde_json::json!([]), "{cut}");
        }
    }
}
