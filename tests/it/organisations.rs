//! Organisations. The first feature: what holds for all that is added, changed and listed is tried on it.

use crate::support::{Persona, both, json};

fn names(person: &Persona, path: &str) -> Vec<String> {
    let page = person.get(path).expect(200).json;
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn an_organisation_is_added_read_and_changed(app: &TestApp) {
        let admin = app.admin();
        let made = admin.post("/organisations", &json!({"name": "Health Trust", "kind": "health"})).expect(201);
        assert_eq!(made.etag, "\"1\"");
        let location = made.header("location").unwrap();
        assert_eq!(location, format!("/api/v1/organisations/{}", made.id()));
        let read = app.caseworker().get(location).expect(200);
        assert_eq!((read.json, read.etag.as_str()), (made.json.clone(), "\"1\""));
        assert_eq!(made.json["section_31_body"], true);
        let changed = admin.patch(location, "\"1\"", &json!({"mailbox": "dco@trust.example.org"})).expect(200);
        assert_eq!((changed.etag.as_str(), &changed.json["mailbox"]), ("\"2\"", &json!("dco@trust.example.org")));
        assert_eq!(changed.json["name"], "Health Trust");
        app.on_day("2026-02-17");
        assert_eq!(app.caseworker().get(location).expect(200).json, changed.json);
    }

    fn a_change_names_the_version_that_was_seen(app: &TestApp) {
        let admin = app.admin();
        let path = format!("/organisations/{}", app.organisation("Health Trust", "health"));
        let body = json!({"name": "Health Board"});
        admin.request("PATCH", &path).json(&body).send().refused(428, "precondition_required");
        for stale in ["\"2\"", "\"0\"", "W/\"1\"", "1", "\"one\""] {
            admin.patch(&path, stale, &body).refused(412, "stale");
        }
        assert_eq!(admin.get(&path).expect(200).json["name"], "Health Trust");
        admin.patch(&path, "\"9\", \"1\"", &body).expect(200);
        admin.patch(&path, "\"1\"", &body).refused(412, "stale");
        admin.patch(&path, "*", &body).expect(200);
    }

    fn of_changes_to_one_version_at_once_one_wins(app: &TestApp) {
        let admin = app.admin();
        let path = format!("/organisations/{}", app.organisation("Health Trust", "health"));
        let mut statuses = app.at_once("UPDATE organisations SET version = version", 6, |n| {
            admin.patch(&path, "\"1\"", &json!({"name": format!("Trust {n}")})).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        assert_eq!(admin.get(&path).expect(200).etag, "\"2\"");
        assert_eq!(app.events().iter().filter(|event| event.action == "organisation_changed").count(), 1);
    }

    fn every_fault_is_told_at_once_and_nothing_is_written(app: &TestApp) {
        let admin = app.admin();
        let body = json!({"name": 7, "kind": "hospital", "colour": "green", "section_31_body": "yes", "default_for": ["tea"]});
        let answer = admin.post("/organisations", &body).expect(422);
        let mut faults = answer.faults();
        assert_eq!(answer.code(), faults[0].1);
        faults.sort_unstable();
        assert_eq!(
            faults,
            [
                ("/colour", "unknown_field"),
                ("/default_for/0", "unknown_value"),
                ("/kind", "unknown_value"),
                ("/name", "wrong_type"),
                ("/section_31_body", "wrong_type"),
            ]
        );
        assert!(!answer.text().contains("hospital"), "what was sent is not repeated: {}", answer.text());
        let body = json!({"name": " ", "kind": "health", "mailbox": "nowhere", "escalation_mailbox": "x@", "urn": "12a"});
        assert_eq!(
            admin.post("/organisations", &body).expect(422).faults(),
            [
                ("/name", "blank"),
                ("/mailbox", "invalid_email"),
                ("/escalation_mailbox", "invalid_email"),
                ("/urn", "invalid_format"),
            ]
        );
        admin.post("/organisations", &json!({})).refused(422, "missing_field");
        assert_eq!(app.count("organisations"), 0);
    }

    fn two_schools_do_not_share_a_reference_number(app: &TestApp) {
        let admin = app.admin();
        let school = |name: &str| json!({"name": name, "kind": "education_setting", "urn": "123456"});
        admin.post("/organisations", &school("Hill School")).expect(201);
        admin.post("/organisations", &school("Dale School")).refused(409, "already_exists");
        assert_eq!(names(&admin, "/organisations"), ["Hill School"]);
    }

    fn a_repeated_request_is_answered_with_the_first_answer(app: &TestApp) {
        let admin = app.admin();
        let post = |key: &str, name: &str| {
            let body = json!({"name": name, "kind": "health"});
            admin.request("POST", "/organisations").idempotency_key(key).json(&body).send()
        };
        let first = post("monday", "Health Trust").expect(201);
        let again = post("monday", "Health Trust").expect(201);
        assert_eq!((again.text(), &again.etag, again.header("location")), (first.text(), &first.etag, first.header("location")));
        assert_eq!(app.count("organisations"), 1);
        assert_eq!(app.events().iter().filter(|event| event.action == "organisation_added").count(), 1);
        post("monday", "Another Trust").refused(422, "idempotency_key_reused");
        post("tuesday", "Another Trust").expect(201);
        // What was refused is not kept: the same key may be used for the body put right.
        post("friday", " ").refused(422, "blank");
        post("friday", "Third Trust").expect(201);
        app.execute("UPDATE idempotency_keys SET created_at = '2020-01-01T00:00:00.000000Z'");
        post("monday", "Fourth Trust").expect(201);
    }

    fn a_request_repeated_at_the_same_moment_is_carried_out_once(app: &TestApp) {
        let admin = app.admin();
        let answers = std::thread::scope(|scope| {
            let post = || {
                let body = json!({"name": "Health Trust", "kind": "health"});
                admin.request("POST", "/organisations").idempotency_key("at once").json(&body).send().expect(201).text()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(post)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(app.count("organisations"), 1);
    }

    fn pages_follow_each_other_whatever_is_added_between(app: &TestApp) {
        let admin = app.admin();
        for name in ["B", "D", "F", "F", "H"] {
            app.organisation(name, "other");
        }
        let first = admin.get("/organisations?limit=3&count=true").expect(200).json;
        assert_eq!(first["total"], 5);
        app.organisation("A", "other");
        app.organisation("G", "other");
        let cursor = first["next_cursor"].as_str().unwrap();
        let seen: Vec<_> = first["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
        assert_eq!(seen, ["B", "D", "F"]);
        assert_eq!(names(&admin, &format!("/organisations?limit=3&cursor={cursor}")), ["F", "G", "H"]);
        let last = admin.get(&format!("/organisations?limit=3&cursor={cursor}")).expect(200).json;
        assert_eq!(last["next_cursor"], json!(null));
        assert!(last.get("total").is_none());
        admin.get("/organisations?cursor=nonsense").refused(422, "invalid_cursor");
        for limit in ["0", "201"] {
            admin.get(&format!("/organisations?limit={limit}")).refused(422, "out_of_range");
        }
        for wrong in ["limit=many", "kind=hospital", "colour=green"] {
            admin.get(&format!("/organisations?{wrong}")).refused(422, "invalid_parameter");
        }
        app.organisation("A school", "education_setting");
        assert_eq!(names(&admin, "/organisations?kind=education_setting"), ["A school"]);
    }

    fn advisers_see_their_own_and_only_administrators_write(app: &TestApp) {
        let (own, other) = (app.organisation("Own Trust", "health"), app.organisation("Other Trust", "health"));
        let adviser = app.adviser_of(&own);
        assert_eq!(names(&adviser, "/organisations"), ["Own Trust"]);
        adviser.get(&format!("/organisations/{own}")).expect(200);
        adviser.get(&format!("/organisations/{other}")).refused(404, "not_found");
        for person in [adviser, app.caseworker(), app.manager()] {
            person.post("/organisations", &json!({"name": "X", "kind": "other"})).refused(403, "forbidden");
            person.patch(&format!("/organisations/{own}"), "\"1\"", &json!({})).refused(403, "forbidden");
        }
    }
}
