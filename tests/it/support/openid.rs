//! An OpenID provider as far as a service that takes its tokens sees one: a discovery document, keys, and tokens.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::SecretKey;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::EncodePrivateKey;
use serde_json::{Value, json};

/// The audience of this service's tokens.
pub const AUDIENCE: &str = "https://ehcp.example.gov.uk/api";

/// A key of the provider's, made by the test.
#[derive(Debug, Clone)]
pub struct Key {
    id: String,
    der: Vec<u8>,
}

impl Key {
    pub fn new(id: &str) -> Self {
        let der = SecretKey::random(&mut OsRng).to_pkcs8_der().unwrap().as_bytes().to_vec();
        Self { id: id.to_owned(), der }
    }

    /// As the provider publishes it.
    pub fn published(&self) -> Value {
        let mut key = Jwk::from_encoding_key(&EncodingKey::from_ec_der(&self.der), Algorithm::ES256).unwrap();
        key.common.key_id = Some(self.id.clone());
        serde_json::to_value(key).unwrap()
    }

    /// A token that it signs.
    pub fn sign(&self, claims: &Value) -> String {
        let header =
            Header { kid: Some(self.id.clone()), typ: Some("at+jwt".to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &EncodingKey::from_ec_der(&self.der)).unwrap()
    }
}

/// What the provider does when it is asked.
#[derive(Debug, Default)]
struct State {
    keys: Vec<Value>,
    issuer: Option<String>,
    asked: Vec<String>,
    down: bool,
}

/// The provider, listening.
#[derive(Debug)]
pub struct Provider {
    pub issuer: String,
    state: Arc<Mutex<State>>,
}

impl Provider {
    pub fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/tenant", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let (its_state, its_issuer) = (Arc::clone(&state), issuer.clone());
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that has given up is no failure of a test.
                drop(answer(stream, &its_issuer, &its_state));
            }
        });
        let provider = Self { issuer, state };
        provider.publish(keys);
        provider
    }

    /// From now on it has these keys.
    pub fn publish(&self, keys: &[&Key]) {
        self.publish_as_they_are(keys.iter().map(|key| key.published()).collect());
    }

    /// From now on it publishes this.
    pub fn publish_as_they_are(&self, keys: Vec<Value>) {
        self.state.lock().unwrap().keys = keys;
    }

    /// From now on it claims to be another.
    pub fn claims_to_be(&self, issuer: &str) {
        self.state.lock().unwrap().issuer = Some(issuer.to_owned());
    }

    /// From now on it fails, or no longer.
    pub fn is_down(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }

    /// How often it was asked for its keys.
    pub fn asked_for_keys(&self) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|path| path.as_str() == "/tenant/keys").count()
    }

    /// What a service has to be told to take its tokens.
    pub fn settings(&self) -> Vec<(&str, &str)> {
        vec![
            ("EHCP_OIDC_ISSUER", &self.issuer),
            ("EHCP_OIDC_AUDIENCE", AUDIENCE),
            (
                "EHCP_OIDC_ROLES",
                "send-managers=manager, send-caseworkers=caseworker, send-advisers=adviser, send-admins=admin",
            ),
            ("EHCP_OIDC_ROLE_CLAIM", "realm_access.roles"),
            ("EHCP_OIDC_ORGANISATION_CLAIM", "department"),
            ("EHCP_OIDC_REFRESH_SECONDS", "1"),
        ]
    }

    /// What a token says of a caseworker, valid for an hour.
    pub fn claims(&self, subject: &str, email: &str) -> Value {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        json!({
            "iss": self.issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 3600,
            "email": email, "email_verified": true, "name": format!("Person {subject}"),
            "realm_access": {"roles": ["offline_access", "send-caseworkers"]},
        })
    }
}

fn answer(mut stream: TcpStream, issuer: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let body = {
        let mut state = state.lock().unwrap();
        state.asked.push(path.clone());
        let issuer = state.issuer.as_deref().unwrap_or(issuer);
        match path.as_str() {
            _ if state.down => None,
            "/tenant/.well-known/openid-configuration" => {
                let keys = format!("http://{}/tenant/keys", stream.local_addr()?);
                Some(json!({"issuer": issuer, "jwks_uri": keys}))
            }
            "/tenant/keys" => Some(json!({"keys": state.keys})),
            _ => None,
        }
    };
    let (status, body) = body.map_or(("503 Down", String::new()), |body| ("200 OK", body.to_string()));
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
