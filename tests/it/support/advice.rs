//! Requests for advice as people work on them: through the API, one step after another.

use serde_json::{Value, json};

use super::cases::{a_case, to_assess};
use super::mail::Mail;
use super::{Persona, Response, TestApp};
use crate::documents::{Part, form, form_type};

/// A report that says something.
pub fn a_report() -> Value {
    json!({"summary": "Needs small groups.", "needs": ["Attention"], "outcomes": ["Reads aloud"], "provision": ["A teaching assistant"]})
}

impl TestApp {
    /// A health organisation that is asked for medical advice unless told otherwise.
    pub fn health(&self, name: &str) -> String {
        let body = json!({"name": name, "kind": "health", "default_for": ["medical"]});
        self.admin().post("/organisations", &body).expect(201).id()
    }

    /// A case on which it was decided on the first day to assess; answers its id.
    pub fn assessed_case(&self) -> String {
        let id = self.caseworker().open_case(a_case()).id();
        self.caseworker().case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        id
    }
}

impl Persona {
    /// The requests of a case.
    #[track_caller]
    pub fn advice_of(&self, case: &str) -> Vec<Value> {
        let page = self.get(&format!("/cases/{case}/advice-requests")).expect(200);
        page.json["items"].as_array().unwrap().clone()
    }

    /// The id of the first request of a kind.
    #[track_caller]
    pub fn advice_of_kind(&self, case: &str, kind: &str) -> String {
        let all = self.advice_of(case);
        let found = all.iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind} advice: {all:?}"));
        found["id"].as_str().unwrap().to_owned()
    }

    /// Asks for advice; the answer is for the test to judge.
    pub fn ask(&self, case: &str, body: &Value) -> Response {
        self.post(&format!("/cases/{case}/advice-requests"), body)
    }

    /// The request as it stands.
    #[track_caller]
    pub fn advice(&self, id: &str) -> Response {
        self.get(&format!("/advice-requests/{id}")).expect(200)
    }

    /// Takes a step on the request as it stands; the answer is for the test to judge.
    #[track_caller]
    pub fn advice_step(&self, id: &str, step: &str, body: &Value) -> Response {
        let etag = self.advice(id).etag;
        self.step(&format!("/advice-requests/{id}/{step}"), &etag, body)
    }

    /// The ids of the work list.
    #[track_caller]
    pub fn work_list(&self, query: &str) -> Vec<String> {
        let page = self.get(&format!("/advice-requests?limit=200&{query}")).expect(200);
        page.json["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Somebody with a secure link and no account.
#[derive(Debug)]
pub struct Visitor<'a> {
    app: &'a TestApp,
    pub token: String,
}

impl TestApp {
    /// An organisation that answers by secure link, asked for a kind of advice unless told otherwise.
    pub fn answers_by_link(&self, name: &str, kind: &str, advice: &str) -> String {
        let body = json!({"name": name, "kind": kind, "default_for": [advice], "mailbox": "team@service.example.org", "answers_by_link": true});
        self.admin().post("/organisations", &body).expect(201).id()
    }

    /// Whoever opens the newest mail with a secure link.
    pub fn visitor(&self) -> Visitor<'_> {
        self.deliver();
        let brings_one = |mail: &Mail| mail.text.contains("/api/v1/advice-links/");
        let mail = self.mails().into_iter().rfind(brings_one).expect("a mail with a link");
        let (_, rest) =
            mail.text.split_once("/api/v1/advice-links/").unwrap_or_else(|| panic!("no link: {}", mail.text));
        Visitor { app: self, token: rest.split_whitespace().next().unwrap().to_owned() }
    }

    /// Whoever tries a token.
    pub fn visitor_with(&self, token: &str) -> Visitor<'_> {
        Visitor { app: self, token: token.to_owned() }
    }
}

impl Visitor<'_> {
    fn path(&self, below: &str) -> String {
        format!("/advice-links/{}{below}", self.token)
    }

    /// Reads as a program.
    pub fn get(&self, below: &str) -> Response {
        self.app.request("GET", &self.path(below)).send()
    }

    /// Reads as a browser.
    pub fn look(&self) -> Response {
        self.app.request("GET", &self.path("")).header("Accept", "text/html,*/*;q=0.8").send()
    }

    /// Submits as a program.
    pub fn submit(&self, body: &Value) -> Response {
        self.app.request("POST", &self.path("/submissions")).json(body).send()
    }

    /// Declines as a program.
    pub fn decline(&self, body: &Value) -> Response {
        self.app.request("POST", &self.path("/declination")).json(body).send()
    }

    /// Uploads a file, as a browser or as a program.
    pub fn upload(&self, parts: &[Part<'_>], accept: &str) -> Response {
        let request = self.app.request("POST", &self.path("/documents")).header("Accept", accept);
        request.body(&form_type(), form(parts)).send()
    }

    /// Sends the page's form.
    pub fn send_form(&self, fields: &[(&str, &str)]) -> Response {
        self.send_form_to("/submissions", fields)
    }

    /// Sends the page's form with which a body declines.
    pub fn send_declination(&self, fields: &[(&str, &str)]) -> Response {
        self.send_form_to("/declination", fields)
    }

    fn send_form_to(&self, below: &str, fields: &[(&str, &str)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.app.request("POST", &self.path(below)).header("Accept", "text/html,*/*;q=0.8");
        request.body("application/x-www-form-urlencoded", body).send()
    }
}
