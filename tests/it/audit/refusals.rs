//! Attempts that were refused stand on record too.

use crate::support::cases::{a_case, to_assess};
use crate::support::{TestApp, both, json};

const NOWHERE: &str = "01a20043-353a-76c2-a2c1-b6d8007653c9";

/// The refused attempts on record, oldest first: who, what, why, and whether a case is named.
fn refused(app: &TestApp) -> Vec<String> {
    app.texts("SELECT user_name || ': ' || what || ': ' || refused || CASE WHEN case_id IS NULL THEN '' ELSE ' *' END AS text \
        FROM access_records WHERE refused IS NOT NULL ORDER BY sequence")
}

both! {
    fn what_a_role_may_not_do_is_on_record_with_its_case(app: &TestApp) {
        let case = app.caseworker().open_case(a_case()).id();
        app.admin().get(&format!("/cases/{case}")).expect(403);
        app.admin().get("/cases").expect(403);
        app.caseworker().patch(&format!("/cases/{case}"), "\"1\"", &json!({"caseworker_id": app.manager().id})).expect(403);
        assert_eq!(refused(app), [
            "Adam Admin: GET /api/v1/cases/{id}: forbidden *",
            "Adam Admin: GET /api/v1/cases: forbidden",
            "Cass Caseworker: PATCH /api/v1/cases/{id}: forbidden *",
        ]);
    }

    fn what_is_there_and_hidden_is_on_record_and_what_is_not_there_is_not(app: &TestApp) {
        let stranger = app.caseworker_named("Sam Stranger");
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case().with("restricted", json!(true))).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let medical = caseworker.advice_of_kind(&id, "medical");
        let person = caseworker.case(&id).json["person"]["id"].as_str().unwrap().to_owned();
        let document = caseworker.add_file(&id, "a.txt", b"A letter.").expect(201).id();
        for path in [format!("/cases/{id}"), format!("/cases/{id}/history"), format!("/people/{person}"), format!("/advice-requests/{medical}"), format!("/documents/{document}/content")] {
            stranger.get(&path).expect(404);
        }
        let all = refused(app);
        assert_eq!(all.len(), 5, "{all:?}");
        assert!(all.iter().all(|line| line.starts_with("Sam Stranger: GET /api/v1/") && line.ends_with(": not_found *")), "{all:?}");
        // Nothing is hidden here: there is nothing, or it is the part that is not there.
        stranger.get(&format!("/cases/{NOWHERE}")).expect(404);
        caseworker.get(&format!("/cases/{id}/representations/{NOWHERE}")).expect(404);
        stranger.get("/nowhere").expect(404);
        assert_eq!(refused(app).len(), 5);
        // Whoever asks who saw the case is told who tried to.
        let log = app.manager().get(&format!("/cases/{id}/access-log?limit=200")).expect(200).json;
        let tried: Vec<_> = log["items"].as_array().unwrap().iter().filter(|row| row["refused"] == "not_found").collect();
        assert_eq!(tried.len(), 5);
        assert!(tried.iter().all(|row| row["user"]["name"] == "Sam Stranger"));
    }

    fn whoever_is_told_that_a_hidden_child_is_known_is_on_record(app: &TestApp) {
        let (caseworker, stranger) = (app.caseworker(), app.caseworker_named("Sam Stranger"));
        let id = caseworker.open_case(a_case().with("restricted", json!(true))).id();
        let told = stranger.post("/cases", a_case().body()).refused(409, "possible_duplicate");
        assert_eq!(told.json["candidates"], json!([]));
        let own = stranger.open_case(a_case().of("Kim", "Lee", "2015-01-01"));
        let person = format!("/people/{}", own.json["person"]["id"].as_str().unwrap());
        let like = caseworker.case(&id).json["person"].clone();
        let same = json!({"forename": like["forename"], "surname": like["surname"], "date_of_birth": like["date_of_birth"]});
        stranger.patch(&person, "*", &same).refused(409, "possible_duplicate");
        assert_eq!(refused(app), vec!["Sam Stranger: duplicate check: possible_duplicate *"; 2]);
        let log = app.manager().get(&format!("/cases/{id}/access-log")).expect(200).json;
        assert!(log["items"].as_array().unwrap().iter().any(|row| row["refused"] == "possible_duplicate" && row["user"]["name"] == "Sam Stranger"), "{log}");
    }

    fn a_sign_in_that_has_ended_is_on_record_and_a_token_of_nobody_is_not(app: &TestApp) {
        let case = app.caseworker().open_case(a_case()).id();
        let gone = app.caseworker_named("Gwen Gone");
        let path = format!("/users/{}", gone.id);
        let etag = app.admin().get(&path).expect(200).etag;
        app.admin().patch(&path, &etag, &json!({"active": false})).expect(200);
        gone.get(&format!("/cases/{case}")).refused(401, "invalid_token");
        app.request("GET", &format!("/cases/{case}")).send().expect(401);
        app.request("GET", &format!("/cases/{case}")).bearer("garbage").send().expect(401);
        assert_eq!(refused(app), ["Gwen Gone: GET /api/v1/cases/{id}: invalid_token *"]);
        crate::audit::sound(app);
    }
}
