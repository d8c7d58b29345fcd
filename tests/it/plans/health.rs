//! Provision in section G is agreed by the integrated care board.

use super::*;
use crate::support::both;

impl Working {
    pub(super) fn health_answer(&self, plan: &str, body: &Value) -> Response {
        let etag = self.plan(plan).etag;
        self.officer.step(&format!("/plans/{plan}/health-agreement"), &etag, body)
    }

    fn finding(&self, plan: &str) -> Option<String> {
        let check = self.officer.get(&format!("/plans/{plan}/check")).expect(200).json;
        let all = check["findings"].as_array().unwrap();
        let found = all.iter().find(|one| one["rule"] == "health_provision_not_agreed")?;
        assert!(found["citation"].as_str().unwrap().contains("12(2)"));
        found["severity"].as_str().map(str::to_owned)
    }
}

/// A case whose draft provides for health, with its family.
fn served_with_provision(app: &TestApp) -> (Working, String) {
    let working = Working::drafting(app);
    let plan = working.written();
    working.write(&plan, "C", "Asthma.").expect(200);
    working.write(&plan, "G", "A nurse once a week.").expect(200);
    assert_eq!(working.finding(&plan).as_deref(), Some("warns"));
    working.serve(&plan, SERVED).expect(200);
    (working, plan)
}

both! {
    fn health_provision_without_agreement_is_warned_about_in_a_draft_and_refused_in_a_final_plan(app: &TestApp) {
        let (working, plan) = served_with_provision(app);
        assert!(working.officer.case(&working.case).warnings().contains(&"health_provision_not_agreed"));
        let refused = working.issue(&lawful_final(&plan, AFTER_FIFTEEN)).refused(409, "health_provision_not_agreed");
        assert!(refused.json["citation"].as_str().unwrap().contains("12(2)"));
        assert_eq!(working.officer.case(&working.case).json["stage"], "draft_served");
        let answer = json!({"agreed": true, "by": "Dana Clinical", "on": "2026-04-20"});
        let agreed = working.health_answer(&plan, &answer).expect(200).json;
        assert_eq!(agreed["health_agreement"], json!({"agreed": true, "by": "Dana Clinical", "on": "2026-04-20", "reasons": null}));
        assert_eq!(app.events().last().unwrap().action, "health_provision_agreed");
        assert_eq!(working.finding(&plan), None);
        assert!(!working.officer.case(&working.case).warnings().contains(&"health_provision_not_agreed"));
        let issued = working.issue(&lawful_final(&plan, AFTER_FIFTEEN)).expect(200);
        let last = issued.json["plan"]["id"].as_str().unwrap().to_owned();
        assert_eq!(working.plan(&last).json["health_agreement"]["by"], "Dana Clinical");
        assert_eq!(working.finding(&last), None);
        working.health_answer(&plan, &answer).refused(409, "case_ended");
    }

    fn a_refusal_of_the_board_is_recorded_as_such_and_a_manager_may_override(app: &TestApp) {
        let (working, plan) = served_with_provision(app);
        let answer = json!({"agreed": false, "by": "Dana Clinical", "on": "2026-04-20", "reasons": "No nurse can be had."});
        let refused = working.health_answer(&plan, &answer).expect(200).json;
        assert_eq!((&refused["health_agreement"]["agreed"], &refused["health_agreement"]["reasons"]), (&json!(false), &json!("No nurse can be had.")));
        assert_eq!(app.events().last().unwrap().action, "health_provision_refused");
        let mut body = lawful_final(&plan, AFTER_FIFTEEN);
        let refused = working.issue(&body).refused(409, "health_provision_not_agreed");
        assert!(refused.json["detail"].as_str().unwrap().contains("has refused"), "{}", refused.text());
        body["overrides"] = json!({"health_provision_not_agreed": "The board is asked again."});
        working.issue(&body).refused(403, "forbidden");
        let issued = app.manager().case_step(&working.case, "final-plan", &body).expect(200);
        let last = issued.json["plan"]["id"].as_str().unwrap().to_owned();
        assert_eq!(working.plan(&last).json["overrides"]["health_provision_not_agreed"], "The board is asked again.");
        assert_eq!(working.finding(&last).as_deref(), Some("policy"));
    }

    fn what_was_agreed_stands_as_long_as_the_words_of_section_g(app: &TestApp) {
        let (working, plan) = served_with_provision(app);
        working.health_answer(&plan, &json!({"agreed": true, "by": "Dana Clinical", "on": "2026-04-20"})).expect(200);
        let next = working.start().expect(201);
        assert_eq!(next.json["health_agreement"]["agreed"], true);
        let next = next.id();
        let same = working.write(&next, "G", "<p>A nurse <strong>once</strong> a week.</p>").expect(200);
        assert_eq!(same.json["health_agreement"]["agreed"], true);
        let other = working.write(&next, "G", "A nurse twice a week.").expect(200);
        assert_eq!(other.json["health_agreement"], Value::Null);
        assert_eq!(working.finding(&next).as_deref(), Some("warns"));
        assert_eq!(working.plan(&plan).json["health_agreement"]["agreed"], true);
    }

    fn an_answer_that_can_not_be_is_refused_and_nothing_is_written(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let path = format!("/plans/{plan}/health-agreement");
        let answer = json!({"agreed": true, "by": "Dana Clinical", "on": "2026-04-20"});
        working.health_answer(&plan, &answer).refused(409, "not_possible_now");
        working.write(&plan, "G", "A nurse.").expect(200);
        working.officer.post(&path, &answer).refused(428, "precondition_required");
        working.officer.step(&path, "\"1\"", &answer).refused(412, "stale");
        let wrong = json!({"agreed": "yes", "by": " ", "on": "2026-06-02", "reasons": " ", "stray": 1});
        let refused = working.health_answer(&plan, &wrong).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/agreed", "wrong_type"), ("/by", "blank"), ("/on", "date_in_future"), ("/reasons", "blank"), ("/stray", "unknown_field")]);
        let early = json!({"agreed": true, "by": "Dana Clinical", "on": "2026-01-04"});
        assert_eq!(working.health_answer(&plan, &early).expect(422).faults(), [("/on", "date_before_previous_step")]);
        assert_eq!(working.plan(&plan).json["health_agreement"], Value::Null);
    }
}
