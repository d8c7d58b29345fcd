//! Who sees a case: nobody without a reason that the service knows.

use crate::support::cases::{a_case, to_assess};
use crate::support::{both, json};

both! {
    fn a_restricted_case_is_seen_by_named_viewers_and_managers_only(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let named = app.caseworker_named("Nia Named");
        let stranger = app.caseworker_named("Sam Stranger");
        let case = caseworker.open_case(a_case().with("restricted", json!(true)).with("viewers", json!([named.id])));
        let id = case.id();
        assert!(case.json["viewers"].as_array().unwrap().contains(&json!(caseworker.id)), "whoever records it can go on with it");
        for seen_by in [&caseworker, &manager, &named] {
            seen_by.get(&format!("/cases/{id}")).expect(200);
            assert_eq!(seen_by.get("/cases?count=true").expect(200).json["total"], 1);
        }
        let person = case.json["person"]["id"].as_str().unwrap();
        for path in [format!("/cases/{id}"), format!("/cases/{id}/history"), format!("/cases/{id}/notes"), format!("/people/{person}")] {
            stranger.get(&path).refused(404, "not_found");
        }
        assert_eq!(stranger.get("/cases?count=true").expect(200).json, json!({"items": [], "next_cursor": null, "total": 0}));
        assert_eq!(stranger.post("/cases/search", &json!({"q": "ashdown"})).expect(200).json["items"], json!([]));
        stranger.step(&format!("/cases/{id}/assessment-decision"), "*", &to_assess("2026-01-05")).refused(404, "not_found");
        let duplicate = stranger.post("/cases", a_case().body()).refused(409, "possible_duplicate");
        assert_eq!(duplicate.json["candidates"], json!([]), "a hidden person is no candidate: {}", duplicate.text());
        let by_id = a_case().without("person").with("person_id", json!(person));
        stranger.post("/cases", by_id.body()).refused(422, "unknown_person");
    }

    fn a_protected_address_does_not_show_through_an_earlier_case(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let stranger = app.caseworker_named("Sam Stranger");
        let first = caseworker.open_case(a_case());
        caseworker.case_step(&first.id(), "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let person = first.json["person"]["id"].clone();
        let second = a_case().without("person").with("person_id", person.clone()).with("restricted", json!(true));
        manager.open_case(second);
        let path = format!("/people/{}", person.as_str().unwrap());
        let etag = manager.get(&path).expect(200).etag;
        manager.patch(&path, &etag, &json!({"postcode": "BS1 4ST"})).expect(200);
        stranger.get(&path).refused(404, "not_found");
        stranger.patch(&path, "*", &json!({"surname": "Other"})).refused(404, "not_found");
        let seen = stranger.case(&first.id());
        assert_eq!((&seen.json["person"]["surname"], &seen.json["person"]["postcode"]), (&json!("Ashdown"), &json!(null)));
        assert!(!stranger.get(&format!("/cases/{}/history", first.id())).expect(200).text().contains("BS1"));
        assert_eq!(manager.case(&first.id()).json["person"]["postcode"], "BS1 4ST");
    }

    fn giving_a_restricted_case_to_somebody_names_them(app: &TestApp) {
        let manager = app.manager();
        let other = app.caseworker_named("Nia Named");
        let case = manager.open_case(a_case().with("restricted", json!(true)));
        other.get(&format!("/cases/{}", case.id())).refused(404, "not_found");
        let given = manager.patch(&format!("/cases/{}", case.id()), &case.etag, &json!({"caseworker_id": other.id})).expect(200);
        assert_eq!(given.json["viewers"], json!([other.id]));
        other.get(&format!("/cases/{}", case.id())).expect(200);
    }

    fn a_caseworker_takes_a_case_in_their_own_name_and_managers_give_them(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let other = app.caseworker_named("Otto Other");
        let id = caseworker.open_case(a_case()).id();
        let path = format!("/cases/{id}");
        let give = |by: &crate::support::Persona, to: serde_json::Value| {
            let etag = by.case(&id).etag;
            by.patch(&path, &etag, &json!({"caseworker_id": to}))
        };
        give(&caseworker, json!(other.id)).refused(403, "forbidden");
        assert_eq!(give(&caseworker, json!(caseworker.id)).expect(200).json["caseworker"]["name"], "Cass Caseworker");
        give(&other, json!(null)).refused(403, "forbidden");
        assert_eq!(give(&manager, json!(other.id)).expect(200).json["caseworker"]["name"], "Otto Other");
        assert_eq!(give(&other, json!(null)).expect(200).json["caseworker"], json!(null));
        give(&manager, json!("01a20043-353a-76c2-a2c1-b6d8007653c9")).refused(422, "unknown_user");
        let twice = json!({"viewers": [caseworker.id, caseworker.id], "contacts": [{"email": "nope"}]});
        caseworker.patch(&path, &caseworker.case(&id).etag, &twice).refused(422, "invalid_email");
        let twice = json!({"viewers": [caseworker.id, caseworker.id]});
        assert_eq!(caseworker.patch(&path, &caseworker.case(&id).etag, &twice).expect(200).json["viewers"], json!([caseworker.id]));
        let changed = caseworker.patch(&path, &caseworker.case(&id).etag, &json!({"contacts": [{"name": "A Parent", "email": "parent@example.org"}]})).expect(200);
        assert_eq!(changed.json["contacts"][0]["name"], "A Parent");
    }

    fn a_repetition_hands_out_nothing_of_a_case_that_was_restricted_since(app: &TestApp) {
        let (stranger, manager) = (app.caseworker_named("Sam Stranger"), app.manager());
        let post = || stranger.request("POST", "/cases").idempotency_key("once").json(a_case().body()).send();
        let id = post().expect(201).id();
        let note = || stranger.request("POST", &format!("/cases/{id}/notes")).idempotency_key("a note").json(&json!({"text": "Word."})).send();
        note().expect(201);
        assert_eq!((post().expect(201).id(), note().expect(201).status), (id.clone(), 201));
        let path = format!("/cases/{id}");
        let restricted = json!({"restricted": true, "viewers": []});
        manager.patch(&path, &manager.case(&id).etag, &restricted).expect(200);
        stranger.get(&path).refused(404, "not_found");
        // What was done is not done again either.
        post().refused(409, "not_possible_now");
        note().refused(409, "not_possible_now");
        assert_eq!((app.count("cases"), app.count("notes")), (1, 1));
    }

    fn advisers_and_administrators_see_no_case(app: &TestApp) {
        let case = app.caseworker().open_case(a_case());
        let health = app.organisation("Health Trust", "health");
        for outsider in [app.admin(), app.adviser_of(&health)] {
            for path in ["/cases".to_owned(), format!("/cases/{}", case.id()), format!("/people/{}", case.json["person"]["id"].as_str().unwrap())] {
                outsider.get(&path).refused(403, "forbidden");
            }
            outsider.post("/cases/search", &json!({"q": "ashdown"})).refused(403, "forbidden");
            outsider.post("/cases", a_case().body()).refused(403, "forbidden");
        }
    }
}
