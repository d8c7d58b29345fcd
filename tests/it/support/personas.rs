//! The people of the tests. They act through the public API alone.

use std::sync::Arc;

use ehcp_tracker::app::App;
use ehcp_tracker::auth::Role;
use ehcp_tracker::calendar::commands::seed_if_empty;
use ehcp_tracker::config::{Settings, Source};
use ehcp_tracker::user::commands;
use ehcp_tracker::user::model::UserBody;
use ehcp_tracker::words::{Vocabulary, Word};
use serde_json::{Value, json};

use super::app::{Base, Request, Response, TestApp};

/// Everybody's password.
pub const PASSWORD: &str = "wide green umbrella";

/// Whom every database knows from the start.
const KNOWN: [(Role, &str); 3] =
    [(Role::Manager, "Mina Manager"), (Role::Caseworker, "Cass Caseworker"), (Role::Admin, "Adam Admin")];

/// The e-mail address of somebody of this name.
pub fn email_of(name: &str) -> String {
    let local: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    format!("{local}@example.org")
}

/// Adds what every test knows to the template: users, and the bank holidays that come with the program.
pub fn add_to(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_string_lossy();
    let pairs = [("EHCP_DATABASE_URL", url), ("EHCP_DATA_DIR", &data_dir)];
    let app = App::new(Settings::read(Source::from_pairs(pairs)).unwrap()).unwrap();
    let acting = app.system("tests");
    let password_hash = app.passwords().hash(PASSWORD).unwrap();
    app.db()
        .write(|tx| {
            seed_if_empty(tx)?;
            for (role, name) in KNOWN {
                let body = UserBody {
                    email: email_of(name),
                    name: name.to_owned(),
                    role: Word(role),
                    organisation_id: None,
                    active: None,
                    password: Some(PASSWORD.to_owned()),
                };
                commands::create(tx, &acting, &body, Some(password_hash.clone()))?;
            }
            Ok(())
        })
        .unwrap();
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Persona {
    pub id: String,
    pub name: String,
    pub email: String,
    pub access_token: String,
    pub refresh_token: String,
    base: Arc<Base>,
}

impl Persona {
    /// Signs in at the service at this address, with everybody's password.
    pub fn sign_in_at(address: &str, email: &str) -> Self {
        Self::sign_in(&Base::at(address), email, PASSWORD)
    }

    /// Signs in over HTTP.
    pub fn sign_in(base: &Arc<Base>, email: &str, password: &str) -> Self {
        let body = json!({"email": email, "password": password});
        let tokens = Request::new(base, "POST", "/auth/login").json(&body).send().expect(200);
        let text = |name: &str| tokens.json[name].as_str().unwrap().to_owned();
        let (access_token, refresh_token) = (text("access_token"), text("refresh_token"));
        let me = Request::new(base, "GET", "/me").bearer(&access_token).send().expect(200);
        Self {
            id: me.json["id"].as_str().unwrap().to_owned(),
            name: me.json["name"].as_str().unwrap().to_owned(),
            email: email.to_owned(),
            access_token,
            refresh_token,
            base: Arc::clone(base),
        }
    }

    /// A request of any kind, with this person's token.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(&self.base, method, path).bearer(&self.access_token)
    }

    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path).send()
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.request("POST", path).json(body).send()
    }

    /// A POST that changes something which has versions: `etag` as it was answered.
    pub fn step(&self, path: &str, etag: &str, body: &Value) -> Response {
        self.request("POST", path).if_match(etag).json(body).send()
    }

    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Response {
        self.request("PATCH", path).if_match(etag).json(body).send()
    }

    pub fn put(&self, path: &str, etag: &str, body: &Value) -> Response {
        self.request("PUT", path).if_match(etag).json(body).send()
    }

    pub fn delete(&self, path: &str) -> Response {
        self.request("DELETE", path).send()
    }
}

impl TestApp {
    /// A manager, who is there from the start.
    pub fn manager(&self) -> Persona {
        self.persona("Mina Manager")
    }

    /// A caseworker, who is there from the start.
    pub fn caseworker(&self) -> Persona {
        self.persona("Cass Caseworker")
    }

    /// An administrator, who is there from the start.
    pub fn admin(&self) -> Persona {
        self.persona("Adam Admin")
    }

    /// Another caseworker.
    pub fn caseworker_named(&self, name: &str) -> Persona {
        self.colleague(name, Role::Caseworker, None)
    }

    /// An adviser of an organisation.
    pub fn adviser_of(&self, organisation_id: &str) -> Persona {
        let end: String = organisation_id.chars().rev().take(6).collect();
        self.colleague(&format!("Ada Adviser {end}"), Role::Adviser, Some(organisation_id))
    }

    /// Somebody of a name, whom an administrator adds at the first call.
    pub fn colleague(&self, name: &str, role: Role, organisation_id: Option<&str>) -> Persona {
        if !self.knows(name) {
            let body = json!({
                "email": email_of(name),
                "name": name,
                "role": role.as_str(),
                "organisation_id": organisation_id,
                "password": PASSWORD,
            });
            self.admin().post("/users", &body).expect(201);
        }
        self.persona(name)
    }

    /// An organisation, which an administrator adds; answers its id.
    pub fn organisation(&self, name: &str, kind: &str) -> String {
        let body = json!({"name": name, "kind": kind, "mailbox": "team@example.org"});
        self.admin().post("/organisations", &body).expect(201).json["id"].as_str().unwrap().to_owned()
    }
}
