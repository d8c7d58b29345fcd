//! The record as managers read it: who did what, who read what, what was refused.

use crate::support::cases::a_case;
use crate::support::{TestApp, Value, both, json};

/// Every record that a filter finds, page by page.
fn all(app: &TestApp, filter: &str, limit: usize) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.manager().get(&format!("/audit?limit={limit}&{filter}{cursor}")).expect(200).json;
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

both! {
    fn every_change_stands_with_its_actor_day_request_address_and_both_states(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case());
        let path = format!("/cases/{}", case.id());
        caseworker.request("PATCH", &path).if_match("\"1\"").header("X-Request-Id", "of-the-test").json(&json!({"caseworker_id": caseworker.id})).send().expect(200);
        let found = all(app, &format!("case_id={}", case.id()), 50);
        let change = found.iter().find(|one| one["action"] == "case_changed").unwrap();
        assert_eq!((&change["kind"], &change["actor"], &change["actor_id"]), (&json!("change"), &json!("Cass Caseworker"), &json!(caseworker.id)));
        assert_eq!((&change["request_id"], &change["address"]), (&json!("of-the-test"), &json!("127.0.0.1")));
        assert_eq!((&change["before"]["caseworker_id"], &change["after"]["caseworker_id"]), (&json!(null), &json!(caseworker.id)));
        let recorded = found.iter().find(|one| one["action"] == "request_recorded").unwrap();
        assert_eq!((&recorded["on"], &recorded["number"]), (&json!("2026-01-05"), &json!(1)));
        assert_eq!(change["number"], json!(2));
    }

    fn it_is_found_by_case_by_user_and_by_day(app: &TestApp) {
        let (caseworker, other) = (app.caseworker(), app.caseworker_named("Otto Other"));
        let (one, two) = (caseworker.open_case(a_case()).id(), caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id());
        other.case(&one);
        app.admin().get(&format!("/cases/{one}")).expect(403);
        let kinds = |found: &[Value], name: &str| found.iter().filter(|row| row["kind"] == name).count();
        let of_one = all(app, &format!("case_id={one}"), 50);
        assert!(of_one.iter().all(|row| row["case_id"] == json!(one)));
        assert!(kinds(&of_one, "change") >= 1 && kinds(&of_one, "reading") == 1 && kinds(&of_one, "refusal") == 1, "{of_one:?}");
        let of_other = all(app, &format!("user_id={}&case_id={one}", other.id), 50);
        assert_eq!(of_other.len(), 1);
        assert!(all(app, &format!("user_id={}&case_id={two}", other.id), 50).is_empty());
        let today = ehcp_tracker::time::Clock::new(None).read().today;
        let (yesterday, tomorrow) = (today.pred_opt().unwrap(), today.succ_opt().unwrap());
        assert!(all(app, &format!("case_id={one}&to={yesterday}"), 50).is_empty());
        assert!(all(app, &format!("case_id={one}&from={tomorrow}"), 50).is_empty());
        assert!(!all(app, &format!("case_id={two}&from={yesterday}&to={tomorrow}"), 50).is_empty());
        // That it was read is on record as well.
        assert!(all(app, &format!("case_id={one}"), 50).iter().any(|row| row["action"] == "audit"));
    }

    fn pages_of_it_neither_repeat_nor_leave_out(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        for _ in 0..4 {
            caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": "A note."})).expect(201);
            caseworker.case(&id);
        }
        let filter = format!("user_id={}", caseworker.id);
        let digests = |found: Vec<Value>| found.iter().map(|row| row["digest"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let whole = digests(all(app, &filter, 200));
        assert!(whole.len() >= 9);
        assert_eq!(digests(all(app, &filter, 3)), whole);
        assert_eq!(digests(all(app, &filter, 1)), whole);
    }

    fn an_access_request_is_answered_by_day(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case()).id();
        caseworker.case(&id);
        let today = ehcp_tracker::time::Clock::new(None).read().today;
        let path = format!("/cases/{id}/access-log?count=true");
        let total = |query: String| app.manager().get(&format!("{path}{query}")).expect(200).json["total"].clone();
        assert_eq!(total(format!("&to={}", today.pred_opt().unwrap())), json!(0));
        assert!(total(format!("&from={}", today.pred_opt().unwrap())).as_i64().unwrap() >= 1);
        let row = app.manager().get(&path).expect(200).json["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&row["user"]["name"], &row["what"], &row["refused"], &row["address"]), (&json!("Cass Caseworker"), &json!("case"), &json!(null), &json!("127.0.0.1")));
        caseworker.get(&path).refused(403, "forbidden");
    }
}
