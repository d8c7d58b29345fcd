//! The work list: the most urgent first, page by page, along an index.

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::{TestApp, both, json};

/// A case of a child of their own, assessed on a day; answers the id of its medical request.
fn medical_of(app: &TestApp, surname: &str, day: &str) -> String {
    let caseworker = app.caseworker();
    let id = caseworker.open_case(a_case().of("Kim", surname, "2015-01-01")).id();
    caseworker.case_step(&id, "assessment-decision", &to_assess(day)).expect(200);
    caseworker.advice_of_kind(&id, "medical")
}

both! {
    fn what_is_owed_comes_first_by_the_day_it_is_due_then_the_rest_newest_first(app: &TestApp) {
        let trust = app.health("Health Trust");
        let adviser = app.adviser_of(&trust);
        app.on_day("2026-01-20");
        let late = medical_of(app, "Late", "2026-01-15");
        let soon = medical_of(app, "Soon", "2026-01-05");
        let done = medical_of(app, "Done", "2026-01-05");
        let newer = medical_of(app, "Newer", "2026-01-06");
        let middle = medical_of(app, "Middle", "2026-01-10");
        for request in [&done, &newer] {
            adviser.advice_step(request, "submissions", &a_report()).expect(200);
        }
        let order = [soon.clone(), middle, late, newer, done];
        assert_eq!(adviser.work_list(""), order);
        for size in 1..=5 {
            let mut seen = Vec::new();
            let mut path = format!("/advice-requests?count=true&limit={size}");
            loop {
                let page = adviser.get(&path).expect(200).json;
                assert_eq!(page["total"], 5);
                seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                path = format!("/advice-requests?count=true&limit={size}&cursor={cursor}");
            }
            assert_eq!(seen, order, "pages of {size}");
        }
        adviser.get("/advice-requests?cursor=nonsense").refused(422, "invalid_cursor");
        adviser.get("/advice-requests?limit=0").refused(422, "out_of_range");
        app.on_day("2026-02-17");
        assert_eq!(adviser.work_list("overdue=true"), [soon]);
        assert_eq!(adviser.work_list("overdue=false").len(), 4);
    }

    fn the_list_is_filtered_by_what_a_request_is(app: &TestApp) {
        let trust = app.health("Health Trust");
        let caseworker = app.caseworker();
        let medical = medical_of(app, "Lee", "2026-01-05");
        caseworker.advice_step(&medical, "acknowledgement", &json!({})).expect(200);
        assert_eq!(caseworker.work_list("").len(), 5);
        assert_eq!(caseworker.work_list("status=acknowledged"), std::slice::from_ref(&medical));
        assert_eq!(caseworker.work_list(&format!("organisation_id={trust}")), std::slice::from_ref(&medical));
        assert_eq!(caseworker.work_list("kind=medical&status=requested").len(), 0);
        assert_eq!(caseworker.work_list("kind=family").len(), 1);
        assert_eq!(caseworker.work_list("unaddressed=true").len(), 3);
        for wrong in ["status=lost", "overdue=maybe", "organisation_id=7", "colour=green"] {
            caseworker.get(&format!("/advice-requests?{wrong}")).refused(422, "invalid_parameter");
        }
    }

    fn the_requests_of_a_case_come_in_pages_too(app: &TestApp) {
        let id = app.assessed_case();
        let caseworker = app.caseworker();
        let first = caseworker.get(&format!("/cases/{id}/advice-requests?limit=3&count=true")).expect(200).json;
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = caseworker.get(&format!("/cases/{id}/advice-requests?limit=3&cursor={cursor}")).expect(200).json;
        let kinds: Vec<_> = [&first, &rest].iter().flat_map(|page| page["items"].as_array().unwrap()).map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!((first["total"].as_i64(), &rest["next_cursor"]), (Some(5), &json!(null)));
        assert_eq!(kinds, ["family", "education", "medical", "psychological", "social_care"]);
    }
}
