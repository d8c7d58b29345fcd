//! Plans: drafts and their sections, service, representations, the final plan.

mod advice;
mod changes;
mod check;
mod consultations;
mod document;
mod drafts;
mod final_plan;
mod health;
mod placement;
mod representations;
mod service;
mod story;
mod visibility;

use crate::support::cases::{CaseBuilder, a_case, to_assess, whole_notice};
use crate::support::{Persona, Response, TestApp, Value, json};

/// The day of every test here: everything before it is recorded late.
const TODAY: &str = "2026-06-01";
/// When the request was received.
const RECEIVED: &str = "2026-01-05";
/// When it was decided to issue a plan.
const DECIDED: &str = "2026-04-07";
/// When the draft was served, unless a test says another day.
const SERVED: &str = "2026-04-13";
/// The last of the family's fifteen days, and the first day after them.
const LAST_OF_FIFTEEN: &str = "2026-04-27";
const AFTER_FIFTEEN: &str = "2026-04-28";

/// A case and somebody who works on it.
struct Working {
    officer: Persona,
    case: String,
}

impl Working {
    /// A case of which it is decided to issue a plan. No advice is asked for, so none is outstanding.
    fn drafting(app: &TestApp) -> Self {
        Self::drafting_of(app, a_case(), false)
    }

    fn drafting_of(app: &TestApp, case: CaseBuilder, request_advice: bool) -> Self {
        let working = Self::assessing(app, case, request_advice);
        let body = json!({"outcome": "issue", "decided_on": DECIDED});
        working.officer.case_step(&working.case, "plan-decision", &body).expect(200);
        working
    }

    /// A case that is being assessed.
    fn assessing(app: &TestApp, case: CaseBuilder, request_advice: bool) -> Self {
        app.on_day(TODAY);
        let officer = app.caseworker();
        let case = officer.open_case(case.received_on(RECEIVED)).id();
        let mut decision = to_assess("2026-02-02");
        decision["request_advice"] = json!(request_advice);
        officer.case_step(&case, "assessment-decision", &decision).expect(200);
        Self { officer, case }
    }

    /// A case whose draft, with a text where the law asks for one, is with the family.
    fn served(app: &TestApp) -> (Self, String) {
        let working = Self::drafting(app);
        let plan = working.written();
        working.serve(&plan, SERVED).expect(200);
        (working, plan)
    }

    /// A draft with a text in A, B, E and F.
    fn written(&self) -> String {
        let plan = self.start().expect(201).id();
        self.write(&plan, "A", "<p>Likes trains.</p>").expect(200);
        self.write(&plan, "E", "<p>Reads a page aloud.</p>").expect(200);
        self.write(&plan, "B", "<p>Needs <em>help</em> with reading.</p>").expect(200);
        self.write(&plan, "F", "<p>Ten hours a week.</p>").expect(200);
        plan
    }

    fn start(&self) -> Response {
        self.officer.post(&format!("/cases/{}/plans", self.case), &json!({}))
    }

    fn plan(&self, id: &str) -> Response {
        self.officer.get(&format!("/plans/{id}")).expect(200)
    }

    /// Writes a section of the plan as it stands.
    fn put(&self, plan: &str, section: &str, body: &Value) -> Response {
        let etag = self.plan(plan).etag;
        self.officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, body)
    }

    fn write(&self, plan: &str, section: &str, text: &str) -> Response {
        self.put(plan, section, &json!({"text": text}))
    }

    /// Serves the plan as it stands.
    fn serve_with(&self, person: &Persona, plan: &str, body: &Value) -> Response {
        let etag = self.plan(plan).etag;
        person.step(&format!("/plans/{plan}/service"), &etag, body)
    }

    fn serve(&self, plan: &str, on: &str) -> Response {
        self.serve_with(&self.officer, plan, &json!({"served_on": on}))
    }

    fn represent(&self, body: &Value) -> Response {
        self.officer.post(&format!("/cases/{}/representations", self.case), body)
    }

    /// The requests for advice: ids and kinds.
    fn advice(&self) -> Vec<(String, String)> {
        let listed = self.officer.get(&format!("/cases/{}/advice-requests", self.case)).expect(200).json;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        listed["items"].as_array().unwrap().iter().map(|row| (text(row, "id"), text(row, "kind"))).collect()
    }

    fn on_advice(&self, id: &str, step: &str, body: Value) {
        let etag = self.officer.get(&format!("/advice-requests/{id}")).expect(200).etag;
        self.officer.step(&format!("/advice-requests/{id}/{step}"), &etag, &body).expect(200);
    }

    /// A report came and is accepted.
    fn accept_on(&self, id: &str, on: &str) {
        let author = json!({"name": "Ann & Co", "role": "psychologist"});
        self.on_advice(id, "submissions", json!({"submitted_on": on, "summary": "See report.", "author": author}));
        self.on_advice(id, "acceptance", json!({"on": on}));
    }

    fn accept(&self, id: &str) {
        self.accept_on(id, "2026-03-10");
    }

    fn issue(&self, body: &Value) -> Response {
        self.officer.case_step(&self.case, "final-plan", body)
    }
}

/// A lawful final plan with a type of setting.
fn lawful_final(plan: &str, on: &str) -> Value {
    json!({
        "plan_id": plan,
        "issued_on": on,
        "placement": {"setting_type": "A mainstream secondary school"},
        "signed_by": "Sam Signatory",
        "notice": whole_notice(),
    })
}
