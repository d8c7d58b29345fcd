//! Access tokens that must not be taken.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

use crate::support::app::JWT_SECRET;
use crate::support::{TestApp, Value, both, json};

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn signed(claims: &Value, algorithm: Algorithm, secret: &str) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn refused(app: &TestApp, token: &str) {
    let answer = app.request("GET", "/me").bearer(token).send().refused(401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
}

both! {
    fn only_tokens_of_this_service_are_taken(app: &TestApp) {
        let token = app.caseworker().access_token;
        let good = claims(&token);
        let with = |name: &str, value: Value| {
            let mut changed = good.clone();
            changed[name] = value;
            changed
        };
        let same = signed(&good, Algorithm::HS256, JWT_SECRET);
        app.request("GET", "/me").bearer(&same).send().expect(200);
        refused(app, "garbage");
        refused(app, &token[..token.len() - 2]);
        refused(app, &signed(&good, Algorithm::HS256, "another secret of thirty-two bytes and more"));
        refused(app, &signed(&good, Algorithm::HS512, JWT_SECRET));
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let payload = token.split('.').nth(1).unwrap();
        refused(app, &format!("{unsigned}.{payload}."));
        refused(app, &format!("{unsigned}.{payload}.{}", token.split('.').nth(2).unwrap()));
        refused(app, &signed(&with("exp", json!(good["iat"].as_i64().unwrap() - 1)), Algorithm::HS256, JWT_SECRET));
        refused(app, &signed(&with("iss", json!("somebody-else")), Algorithm::HS256, JWT_SECRET));
        refused(app, &signed(&with("role", json!("admin")), Algorithm::HS256, JWT_SECRET));
        refused(app, &signed(&with("sub", json!(app.manager().id)), Algorithm::HS256, JWT_SECRET));
        refused(app, &signed(&with("sid", json!(ehcp_tracker::ids::Id::new())), Algorithm::HS256, JWT_SECRET));
    }

    fn without_a_token_nothing_is_said(app: &TestApp) {
        app.request("GET", "/me").send().refused(401, "unauthenticated");
        app.request("GET", "/me").header("Authorization", "Basic Zm9vOmJhcg==").send().refused(401, "unauthenticated");
        app.request("GET", "/users").send().refused(401, "unauthenticated");
    }
}
