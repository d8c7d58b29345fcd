//! What holds for every request: the order of checks, problems, headers.

use crate::support::{both, json};

const NOBODY: &str = "/organisations/01890000-0000-7000-8000-000000000000";

both! {
    fn the_checks_come_in_the_order_of_the_contract(app: &TestApp) {
        let admin = app.admin();
        let path = format!("/organisations/{}", app.organisation("Health Trust", "health"));
        let (not_json, wrong) = ("{\"name\": ", "{\"name\": 7}");
        let patch = |path: &str, body: &str| admin.request("PATCH", path).body("application/json", body);
        app.request("PATCH", NOBODY).body("application/json", not_json).send().refused(401, "unauthenticated");
        let forbidden = app.caseworker().request("PATCH", NOBODY).body("application/json", not_json);
        forbidden.send().refused(403, "forbidden");
        patch(NOBODY, not_json).send().refused(404, "not_found");
        patch(&path, not_json).send().refused(400, "malformed_json");
        patch(&path, not_json).if_match("\"9\"").send().refused(400, "malformed_json");
        patch(&path, wrong).send().refused(428, "precondition_required");
        patch(&path, wrong).if_match("\"9\"").send().refused(412, "stale");
        patch(&path, wrong).if_match("\"1\"").send().refused(422, "wrong_type");
        app.admin().post("/organisations", &json!({"name": "S", "kind": "education_setting", "urn": "123456"})).expect(201);
        let both_wrong = json!({"urn": "123456", "mailbox": "nowhere"});
        admin.patch(&path, "\"1\"", &both_wrong).refused(422, "invalid_email");
        admin.patch(&path, "\"1\"", &json!({"urn": "123456"})).refused(409, "already_exists");
    }

    fn a_problem_has_the_shape_of_rfc_9457(app: &TestApp) {
        let answer = app.admin().request("GET", NOBODY).header("X-Request-Id", "one-of-mine").send().expect(404);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let problem = answer.json.as_object().unwrap();
        let fields: Vec<_> = problem.keys().collect();
        assert_eq!(fields, ["type", "title", "status", "code", "detail", "request_id"]);
        assert_eq!((&problem["type"], &problem["status"]), (&json!("urn:ehcp-tracker:problem:not_found"), &json!(404)));
        assert_eq!(problem["request_id"], "one-of-mine");
    }

    fn every_answer_bears_the_id_of_its_request(app: &TestApp) {
        let id = |value: &str| {
            let answer = app.request("GET", "//healthz").header("X-Request-Id", value).send().expect(200);
            answer.header("x-request-id").unwrap().to_owned()
        };
        assert_eq!(id("abc-123_x.y:z"), "abc-123_x.y:z");
        for strange in ["two words", "<script>", &"x".repeat(129)] {
            let made = id(strange);
            assert_eq!((made.len(), made != strange), (36, true), "{made}");
        }
        let admin = app.admin();
        let request = admin.request("POST", "/organisations").header("X-Request-Id", "kept-on-record");
        request.json(&json!({"name": "Health Trust", "kind": "health"})).send().expect(201);
        assert_eq!(app.events().last().unwrap().request_id, "kept-on-record");
        let missing = app.request("GET", "/nowhere").send().refused(404, "not_found");
        assert_eq!(missing.json["request_id"], missing.header("x-request-id").unwrap());
    }

    fn answers_are_not_stored_on_the_way(app: &TestApp) {
        for answer in [app.admin().get("/organisations"), app.request("GET", "/me").send()] {
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
    }

    fn a_wrong_method_is_told_the_right_ones(app: &TestApp) {
        let admin = app.admin();
        let answer = admin.delete("/organisations").refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET, POST"));
        admin.put(NOBODY, "\"1\"", &json!({})).refused(405, "method_not_allowed");
        admin.step(NOBODY, "\"1\"", &json!({})).refused(405, "method_not_allowed");
        app.request("GET", "//nowhere").send().refused(404, "not_found");
        // A word where another address has an id, and an ending where another has none, are addresses of their own.
        let cass = app.caseworker();
        let answer = cass.patch("/cases/search", "\"1\"", &json!({})).refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("POST"));
        // Whoever asks: the route with an id there would refuse an administrator, and one without a token.
        for answer in [
            cass.delete("/calendar/feeds/secret.ics"),
            admin.delete("/calendar/feeds/secret.ics"),
            app.request("DELETE", "/calendar/feeds/secret.ics").send(),
        ] {
            assert_eq!(answer.refused(405, "method_not_allowed").header("allow"), Some("GET"));
        }
        // Where an id does stand, it stays refused.
        admin.delete(&NOBODY.replace("organisations", "calendar/feeds")).refused(403, "forbidden");
    }

    fn a_body_that_is_not_json_by_its_type_is_refused(app: &TestApp) {
        let admin = app.admin();
        let post = |content_type: &str| {
            admin.request("POST", "/organisations").body(content_type, r#"{"name": "T", "kind": "health"}"#).send()
        };
        post("text/plain").refused(415, "unsupported_media_type");
        post("application/x-www-form-urlencoded").refused(415, "unsupported_media_type");
        post("application/json; charset=utf-8").expect(201);
    }

    fn a_body_that_is_too_large_is_refused(app: &TestApp) {
        let admin = app.admin();
        let large = json!({"name": "x".repeat(2_000_001), "kind": "health"});
        admin.post("/organisations", &large).refused(413, "too_large");
        let long = json!({"name": "x".repeat(201), "kind": "health"});
        assert_eq!(admin.post("/organisations", &long).expect(422).faults(), [("/name", "too_long")]);
    }

    fn an_idempotency_key_has_a_length(app: &TestApp) {
        let admin = app.admin();
        let request = admin.request("POST", "/organisations").idempotency_key(&"x".repeat(256));
        let answer = request.json(&json!({"name": "T", "kind": "health"})).send().refused(422, "invalid_format");
        assert_eq!(answer.faults(), [("/Idempotency-Key", "invalid_format")]);
    }

    fn it_lives_and_is_ready_and_shows_its_document(app: &TestApp) {
        assert_eq!(app.request("GET", "//healthz").send().expect(200).text(), "ok");
        assert_eq!(app.request("GET", "//readyz").send().expect(200).text(), "ready");
        assert!(app.request("GET", "//openapi.yaml").send().expect(200).text().starts_with("openapi: 3.1"));
        assert!(app.request("GET", "//docs/").send().expect(200).text().contains("swagger"));
    }
}
