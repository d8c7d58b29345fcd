//! Cases as a caseworker makes them: through the API, one step after another.

use serde_json::{Value, json};

use super::{Persona, Response};

/// A request that is about to be recorded.
#[derive(Debug, Clone)]
pub struct CaseBuilder(Value);

/// A request of an ordinary kind, received on the first day of every test.
pub fn a_case() -> CaseBuilder {
    CaseBuilder(json!({
        "person": {"forename": "Robin", "surname": "Ashdown", "date_of_birth": "2016-03-04"},
        "received_on": "2026-01-05",
        "request_source": "family",
    }))
}

impl CaseBuilder {
    pub fn received_on(self, day: &str) -> Self {
        self.with("received_on", json!(day))
    }

    pub fn of(mut self, forename: &str, surname: &str, date_of_birth: &str) -> Self {
        self.0["person"] = json!({"forename": forename, "surname": surname, "date_of_birth": date_of_birth});
        self
    }

    pub fn person(mut self, field: &str, value: Value) -> Self {
        self.0["person"][field] = value;
        self
    }

    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.0[field] = value;
        self
    }

    pub fn without(mut self, field: &str) -> Self {
        self.0.as_object_mut().unwrap().remove(field);
        self
    }

    pub fn body(&self) -> &Value {
        &self.0
    }
}

/// What a notice tells the family, all of it.
pub fn whole_notice() -> Value {
    json!({
        "reasons": true, "appeal_rights": true, "time_limits": true,
        "mediation": true, "disagreement_resolution": true, "advice_and_information": true,
    })
}

/// A decision to assess.
pub fn to_assess(day: &str) -> Value {
    json!({"outcome": "assess", "decided_on": day, "notified_on": day})
}

/// A lawful refusal to assess.
pub fn to_refuse_assessment(day: &str) -> Value {
    json!({
        "outcome": "refuse", "decided_on": day, "notified_on": day, "reasons": "The school meets the needs.",
        "refusal_reason": "needs_met_without_plan", "notice": whole_notice(),
    })
}

impl Persona {
    /// Records a request.
    #[track_caller]
    pub fn open_case(&self, case: CaseBuilder) -> Response {
        self.post("/cases", case.body()).expect(201)
    }

    /// The case as it stands.
    #[track_caller]
    pub fn case(&self, id: &str) -> Response {
        self.get(&format!("/cases/{id}")).expect(200)
    }

    /// Takes a step on the case as it stands; the answer is for the test to judge.
    #[track_caller]
    pub fn case_step(&self, id: &str, step: &str, body: &Value) -> Response {
        let etag = self.case(id).etag;
        self.step(&format!("/cases/{id}/{step}"), &etag, body)
    }
}

impl Response {
    /// The deadline of a rule; of several the first.
    #[track_caller]
    pub fn deadline(&self, rule: &str) -> &Value {
        self.deadlines(rule).first().copied().unwrap_or_else(|| panic!("no deadline {rule}: {}", self.text()))
    }

    /// The deadlines of a rule.
    pub fn deadlines(&self, rule: &str) -> Vec<&Value> {
        let all = self.json["deadlines"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|deadline| deadline["rule"] == rule).collect()
    }

    /// The codes of the warnings on a case.
    pub fn warnings(&self) -> Vec<&str> {
        let all = self.json["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(|warning| warning["code"].as_str()).collect()
    }
}
