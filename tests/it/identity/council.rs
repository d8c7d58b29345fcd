//! Coming by the council's own sign-in: which tokens are taken, and who somebody is by one.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

use crate::support::openid::{AUDIENCE, Key, Provider};
use crate::support::personas::PASSWORD;
use crate::support::{Backend, Response, TestApp, Value, json};

/// Runs a test on each database against a provider of its own with one key.
fn with_provider(test: fn(&TestApp, &Provider, &Key)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if backend.is_there() {
            let key = Key::new("first");
            let provider = Provider::start(&[&key]);
            let app = TestApp::with(backend, "2026-01-05", &provider.settings());
            test(&app, &provider, &key);
        }
    }
}

fn get(app: &TestApp, path: &str, token: &str) -> Response {
    app.request("GET", path).bearer(token).send()
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    changed[name] = value;
    changed
}

#[test]
fn whoever_comes_for_the_first_time_becomes_a_user_with_the_role_of_the_claims() {
    with_provider(|app, provider, key| {
        let claims = provider.claims("s-1", "New.Person@council.example");
        let token = key.sign(&claims);
        let me = get(app, "/me", &token).expect(200).json;
        assert_eq!((&me["email"], &me["name"]), (&json!("new.person@council.example"), &json!("Person s-1")));
        assert_eq!((&me["role"], &me["has_otp"]), (&json!("caseworker"), &json!(false)));
        get(app, "/cases", &token).expect(200);
        let made = app
            .request("POST", "/cases")
            .bearer(&token)
            .json(crate::support::cases::a_case().body())
            .send()
            .expect(201);
        let history = app.manager().get(&format!("/cases/{}/history", made.id())).expect(200).json;
        assert_eq!(history["items"][0]["actor"], "Person s-1");
        // One user and one session, however often they come.
        assert_eq!(app.count("users"), 4);
        let sessions = get(app, "/me/sessions", &token).expect(200).json;
        assert_eq!((sessions["items"].as_array().unwrap().len(), &sessions["items"][0]["current"]), (1, &json!(true)));
        // The highest role in the order of the settings counts, and a new one takes effect with the next token.
        let higher = with(&claims, "realm_access", json!({"roles": ["send-caseworkers", "send-managers"]}));
        let next = key.sign(&with(&higher, "name", json!("Person Renamed")));
        let me = get(app, "/me", &next).expect(200).json;
        assert_eq!((&me["role"], &me["name"]), (&json!("manager"), &json!("Person Renamed")));
        get(app, "/me", &token).refused(401, "invalid_token");
        assert_eq!(app.count("users"), 4);
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).collect();
        for action in ["user_added", "linked_to_council", "signed_in", "user_changed"] {
            assert!(actions.iter().any(|done| done == action), "{action}");
        }
    });
}

#[test]
fn what_is_refused_to_whoever_comes_by_it_is_on_record() {
    with_provider(|app, provider, key| {
        let case = app.caseworker().open_case(crate::support::cases::a_case()).id();
        let token = key.sign(&provider.claims("s-1", "new.person@council.example"));
        // The first time they come, so that nobody knew them before.
        get(app, "/audit", &token).refused(403, "forbidden");
        let refused = || {
            app.texts("SELECT user_name || ': ' || what || ': ' || refused AS text FROM access_records WHERE refused IS NOT NULL ORDER BY sequence")
        };
        assert_eq!(refused(), ["Person s-1: GET /api/v1/audit: forbidden"]);
        let me = get(app, "/me", &token).expect(200).json;
        let path = format!("/users/{}", me["id"].as_str().unwrap());
        let etag = app.admin().get(&path).expect(200).etag;
        app.admin().patch(&path, &etag, &json!({"active": false})).expect(200);
        get(app, &format!("/cases/{case}"), &token).refused(401, "invalid_token");
        assert_eq!(refused()[1..], ["Person s-1: GET /api/v1/cases/{id}: invalid_token"]);
    });
}

#[test]
fn only_tokens_of_the_issuer_for_this_service_are_taken() {
    with_provider(|app, provider, key| {
        let good = provider.claims("s-1", "person@council.example");
        let now = good["iat"].as_u64().unwrap();
        let refused = |token: &str| drop(get(app, "/me", token).refused(401, "invalid_token"));
        for (name, value) in [
            ("iss", json!("https://another.example")),
            ("aud", json!("another service")),
            ("exp", json!(now - 60)),
            ("nbf", json!(now + 600)),
            ("sub", json!("")),
        ] {
            refused(&key.sign(&with(&good, name, value)));
        }
        for name in ["iss", "aud", "exp", "sub"] {
            let mut without = good.clone();
            without.as_object_mut().unwrap().remove(name);
            refused(&key.sign(&without));
        }
        // A key of somebody else's under the name of the provider's, and one that nobody knows.
        refused(&Key::new("first").sign(&good));
        refused(&Key::new("unknown").sign(&good));
        // A public key taken for a shared secret, another algorithm, and none.
        let public = provider_key_text(key);
        for algorithm in [Algorithm::HS256, Algorithm::HS384] {
            let header = Header { kid: Some("first".to_owned()), ..Header::new(algorithm) };
            refused(&encode(&header, &good, &EncodingKey::from_secret(public.as_bytes())).unwrap());
        }
        let token = key.sign(&good);
        let mut parts: Vec<&str> = token.split('.').collect();
        parts[0] = "eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ";
        refused(&parts.join("."));
        refused(&format!("{}.{}.", parts[0], parts[1]));
        refused(&token[..token.len() - 4]);
        assert_eq!((app.count("users"), app.count("council_tokens")), (3, 0));
        get(app, "/me", &key.sign(&with(&good, "aud", json!(["another", AUDIENCE])))).expect(200);
        // Those of this service are taken as before.
        app.caseworker().get("/me").expect(200);
    });
}

fn provider_key_text(key: &Key) -> String {
    key.published().to_string()
}

#[test]
fn a_new_key_is_looked_up_and_made_up_keys_do_not_make_the_service_ask_again_and_again() {
    with_provider(|app, provider, key| {
        let good = provider.claims("s-1", "person@council.example");
        get(app, "/me", &key.sign(&good)).expect(200);
        assert_eq!(provider.asked_for_keys(), 1);
        let second = Key::new("second");
        provider.publish(&[key, &second]);
        std::thread::sleep(Duration::from_millis(1100));
        get(app, "/me", &second.sign(&good)).expect(200);
        get(app, "/me", &key.sign(&good)).expect(200);
        assert_eq!(provider.asked_for_keys(), 2);
        for n in 0..10 {
            get(app, "/me", &Key::new(&format!("made up {n}")).sign(&good)).refused(401, "invalid_token");
        }
        assert!(provider.asked_for_keys() <= 3, "{}", provider.asked_for_keys());
        // A key that was withdrawn is no longer taken once the service has looked again.
        provider.publish(&[&second]);
        std::thread::sleep(Duration::from_millis(1100));
        get(app, "/me", &Key::new("another").sign(&good)).refused(401, "invalid_token");
        get(app, "/me", &key.sign(&good)).refused(401, "invalid_token");
        get(app, "/me", &second.sign(&good)).expect(200);
    });
}

#[test]
fn while_the_provider_is_down_known_keys_go_on_and_without_any_the_answer_is_503() {
    with_provider(|app, provider, key| {
        provider.is_down(true);
        let good = provider.claims("s-1", "person@council.example");
        let answer = get(app, "/me", &key.sign(&good)).refused(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
        app.caseworker().get("/me").expect(200);
        provider.is_down(false);
        std::thread::sleep(Duration::from_millis(1100));
        get(app, "/me", &key.sign(&good)).expect(200);
        provider.is_down(true);
        std::thread::sleep(Duration::from_millis(1100));
        get(app, "/me", &Key::new("unknown").sign(&good)).refused(401, "invalid_token");
        get(app, "/me", &key.sign(&good)).expect(200);
    });
}

#[test]
fn another_issuers_document_is_not_believed_and_strange_keys_hide_none() {
    with_provider(|app, provider, key| {
        provider.claims_to_be("https://another.example");
        let good = provider.claims("s-1", "person@council.example");
        get(app, "/me", &key.sign(&good)).refused(503, "unavailable");
        provider.claims_to_be(&provider.issuer);
        let secret = json!({"kty": "oct", "kid": "first-of-all", "k": "c2VjcmV0", "alg": "HS256"});
        provider.publish_as_they_are(vec![json!({"kty": "new", "kid": "x"}), json!(7), secret, key.published()]);
        std::thread::sleep(Duration::from_millis(1100));
        get(app, "/me", &key.sign(&good)).expect(200);
        let header = Header { kid: Some("first-of-all".to_owned()), ..Header::new(Algorithm::HS256) };
        let forged = encode(&header, &good, &EncodingKey::from_secret(b"secret")).unwrap();
        get(app, "/me", &forged).refused(401, "invalid_token");
    });
}

#[test]
fn an_account_is_found_by_its_address_where_the_council_vouches_for_it() {
    with_provider(|app, provider, key| {
        let before = app.caseworker();
        let claims = provider.claims("s-1", &before.email);
        let unverified = key.sign(&with(&claims, "email_verified", json!(false)));
        get(app, "/me", &unverified).refused(403, "forbidden");
        let token = key.sign(&claims);
        assert_eq!(get(app, "/me", &token).expect(200).json["id"], json!(before.id));
        assert_eq!(app.count("users"), 3);
        // From now on the council alone says who they are.
        before.get("/me").refused(401, "invalid_token");
        let body = json!({"email": before.email, "password": PASSWORD});
        app.request("POST", "/auth/login").json(&body).send().refused(401, "invalid_credentials");
        app.execute(&format!(
            "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = 'mina.manager@example.org') WHERE id = '{}'",
            before.id
        ));
        app.request("POST", "/auth/login").json(&body).send().refused(401, "invalid_credentials");
        // Nobody else gets the account, and another address does not lose it.
        get(app, "/me", &key.sign(&provider.claims("s-2", &before.email))).refused(403, "forbidden");
        let moved = key.sign(&provider.claims("s-1", "another@council.example"));
        assert_eq!(get(app, "/me", &moved).expect(200).json["id"], json!(before.id));
        let nobody = with(&provider.claims("s-3", "x"), "email", Value::Null);
        get(app, "/me", &key.sign(&nobody)).refused(403, "forbidden");
        get(app, "/me", &key.sign(&provider.claims("s-3", "no address"))).refused(403, "forbidden");
    });
}

#[test]
fn an_adviser_sees_what_the_organisation_of_the_claims_sees_and_nothing_else() {
    with_provider(|app, provider, key| {
        let health = app.health("Marlbrook Designated Clinical Officer");
        let case = app.assessed_case();
        let claims = provider.claims("s-1", "adviser@health.example");
        let adviser = with(&claims, "realm_access", json!({"roles": ["send-advisers"]}));
        get(app, "/me", &key.sign(&adviser)).refused(403, "forbidden");
        let unknown = with(&adviser, "department", json!("No Such Trust"));
        get(app, "/me", &key.sign(&unknown)).refused(403, "forbidden");
        let known = key.sign(&with(&adviser, "department", json!("Marlbrook Designated Clinical Officer")));
        assert_eq!(get(app, "/me", &known).expect(200).json["organisation"]["id"], json!(health));
        let list = get(app, "/advice-requests", &known).expect(200).json;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        get(app, &format!("/cases/{case}"), &known).refused(403, "forbidden");
        let none = with(&claims, "realm_access", json!({"roles": ["of-another-service"]}));
        get(app, "/me", &key.sign(&none)).refused(403, "forbidden");
    });
}

#[test]
fn a_session_of_the_councils_can_be_ended_here_and_whoever_is_deactivated_stays_out() {
    with_provider(|app, provider, key| {
        let claims = provider.claims("s-1", "person@council.example");
        let (first, second) = (key.sign(&claims), key.sign(&with(&claims, "jti", json!("2"))));
        let id = get(app, "/me", &first).expect(200).id();
        let sessions = get(app, "/me/sessions", &first).expect(200).json;
        get(app, "/me", &second).expect(200);
        let path = format!("/me/sessions/{}", sessions["items"][0]["id"].as_str().unwrap());
        app.request("DELETE", &path).bearer(&second).send().expect(204);
        get(app, "/me", &first).refused(401, "invalid_token");
        app.request("DELETE", "/me/sessions").bearer(&second).send().expect(204);
        get(app, "/me", &second).refused(401, "invalid_token");
        let admin = app.admin();
        let path = format!("/users/{id}");
        let etag = admin.get(&path).expect(200).etag;
        admin.patch(&path, &etag, &json!({"active": false})).expect(200);
        get(app, "/me", &key.sign(&with(&claims, "jti", json!("3")))).refused(401, "invalid_token");
    });
}

#[test]
fn many_first_requests_at_once_make_one_user_and_one_session() {
    with_provider(|app, provider, key| {
        let token = key.sign(&provider.claims("s-1", "person@council.example"));
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| get(app, "/me", &token).status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses, [200; 8]);
        assert_eq!((app.count("users"), app.count("sessions"), provider.asked_for_keys()), (4, 1, 1));
    });
}

#[test]
fn without_a_provider_no_token_but_the_services_own_is_taken() {
    let key = Key::new("first");
    let provider = Provider::start(&[&key]);
    let app = TestApp::on(Backend::Sqlite, "2026-01-05");
    get(&app, "/me", &key.sign(&provider.claims("s-1", "person@council.example"))).refused(401, "invalid_token");
    assert_eq!(provider.asked_for_keys(), 0);
}
