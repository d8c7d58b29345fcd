//! The authority reverses its own refusal; what was entered in error is undone; a withdrawal says who, how and why.

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
use crate::support::{Persona, Response, TestApp, Value, both, json};

const TODAY: &str = "2026-05-20";

fn to_refuse_plan(on: &str) -> Value {
    json!({
        "outcome": "refuse", "decided_on": on, "notified_on": on,
        "reasons": "The needs can be met without a plan.", "notice": whole_notice(),
    })
}

fn to_issue(on: &str) -> Value {
    json!({"outcome": "issue", "decided_on": on, "notified_on": on})
}

fn to_reverse(on: &str) -> Value {
    json!({"on": on, "reason": "The meeting about the way forward showed more needs."})
}

fn in_error(step: &str) -> Value {
    json!({"step": step, "reason": "It belongs to another child."})
}

struct Case {
    officer: Persona,
    manager: Persona,
    id: String,
}

impl Case {
    fn open(app: &TestApp) -> Self {
        app.on_day(TODAY);
        let officer = app.caseworker();
        let id = officer.open_case(a_case()).id();
        Self { officer, manager: app.manager(), id }
    }

    fn refused(app: &TestApp) -> Self {
        let this = Self::open(app);
        this.step("assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        this
    }

    fn assessed(app: &TestApp) -> Self {
        let this = Self::open(app);
        this.step("assessment-decision", &without_advice(to_assess("2026-02-10"))).expect(200);
        this
    }

    fn plan_refused(app: &TestApp) -> Self {
        let this = Self::assessed(app);
        this.step("plan-decision", &to_refuse_plan("2026-04-20")).expect(200);
        this
    }

    fn step(&self, step: &str, body: &Value) -> Response {
        self.officer.case_step(&self.id, step, body)
    }

    fn reverse(&self, on: &str) -> Response {
        self.manager.case_step(&self.id, "reversal", &to_reverse(on))
    }

    fn undo(&self, step: &str) -> Response {
        self.manager.case_step(&self.id, "entered-in-error", &in_error(step))
    }

    fn case(&self) -> Response {
        self.officer.case(&self.id)
    }

    fn served(&self, on: &str) -> String {
        let plan = self.officer.post(&format!("/cases/{}/plans", self.id), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = self.officer.get(&format!("/plans/{plan}")).expect(200).etag;
            let text = json!({"text": "A text."});
            self.officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &text).expect(200);
        }
        let etag = self.officer.get(&format!("/plans/{plan}")).expect(200).etag;
        self.officer.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": on})).expect(200);
        plan
    }

    fn issue(&self, plan: &str, on: &str) -> Response {
        let body = json!({
            "plan_id": plan, "issued_on": on, "placement": {"setting_type": "A special school"}, "notice": whole_notice(),
        });
        self.step("final-plan", &body)
    }

    fn history(&self) -> Vec<Value> {
        let history = self.manager.get(&format!("/cases/{}/history", self.id)).expect(200).json;
        history["items"].as_array().unwrap().clone()
    }
}

fn without_advice(mut decision: Value) -> Value {
    decision["request_advice"] = json!(false);
    decision
}

both! {
    fn a_manager_reverses_a_refusal_to_assess_and_the_advice_is_asked_for(app: &TestApp) {
        app.health("Community Paediatrics");
        let this = Case::refused(app);
        let appealed = this.step("appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-03-02"})).expect(200);
        assert_eq!((&appealed.json["clock"]["status"], appealed.deadline("issue_final_plan")["status"].as_str()), (&json!("ended"), Some("not_applicable")));
        assert_eq!(appealed.json["appeals"][0]["overtaken_on"], Value::Null);
        let case = this.reverse("2026-04-01").expect(200);
        assert_eq!(case.json["stage"], "gathering_advice");
        let first = &case.json["decisions"]["assessment"];
        assert_eq!((&first["outcome"], &first["decided_on"]), (&json!("refuse"), &json!("2026-02-10")), "the first decision stays");
        assert_eq!(first["reversal"], json!({"on": "2026-04-01", "reason": to_reverse("")["reason"]}));
        // The limits from receipt, and no other.
        assert_eq!((&case.deadline("decide_to_assess")["met_on"], &case.deadline("decide_to_assess")["status"]), (&json!("2026-02-10"), &json!("met")));
        assert_eq!((&case.deadline("decide_on_plan")["due_on"], &case.deadline("decide_on_plan")["status"]), (&json!("2026-04-27"), &json!("overdue")));
        assert_eq!((&case.deadline("issue_final_plan")["due_on"], &case.deadline("issue_final_plan")["status"]), (&json!("2026-05-25"), &json!("due_soon")));
        assert!(case.json["deadlines"].as_array().unwrap().iter().all(|one| !one["rule"].as_str().unwrap().starts_with("order_")));
        // The statutory advice, asked on the day of the reversal.
        let medical = this.officer.advice(&this.officer.advice_of_kind(&this.id, "medical"));
        assert_eq!((&medical.json["requested_on"], &medical.json["status"]), (&json!("2026-04-01"), &json!("requested")));
        assert_eq!(case.deadlines("advice").len(), 4, "all but the family's own");
        // What disputed the refusal is overtaken.
        for rule in ["contact_mediation_adviser", "appeal"] {
            let window = case.deadline(rule);
            assert_eq!(window["status"], "not_applicable", "{rule}");
            assert!(window["derivation"].as_str().unwrap().contains("the authority has reversed the refusal"), "{window}");
        }
        assert_eq!(case.json["appeals"][0]["overtaken_on"], "2026-04-01");
        let event = &this.history().into_iter().find(|event| event["action"] == "refusal_reversed").unwrap();
        assert_eq!((&event["on"], &event["reason"]), (&json!("2026-04-01"), &to_reverse("")["reason"]));
        let listed = this.officer.get("/cases?open=true").expect(200).json;
        assert_eq!(listed["items"][0]["clock"]["next"]["rule"], "decide_on_plan");
        app.assert_derived();
    }

    fn a_manager_reverses_a_refusal_to_issue_and_the_plan_is_judged_from_receipt(app: &TestApp) {
        let this = Case::plan_refused(app);
        let case = this.reverse("2026-04-27").expect(200);
        assert_eq!(case.json["stage"], "drafting");
        assert_eq!(case.deadline("decide_on_plan")["met_on"], "2026-04-20");
        assert_eq!(case.deadline("issue_final_plan")["due_on"], "2026-05-25");
        assert_eq!(case.deadline("appeal")["status"], "not_applicable");
        let school = app.organisation("Hill School", "education_setting");
        let consult = |on: &str| this.officer.post(&format!("/cases/{}/consultations", this.id), &json!({"setting_id": school, "sent_on": on}));
        consult("2026-04-26").refused(422, "date_before_previous_step");
        consult("2026-04-27").expect(201);
        let plan = this.served("2026-04-28");
        app.on_day("2026-05-26");
        let issued = this.issue(&plan, "2026-05-26").expect(200);
        assert_eq!((&issued.json["stage"], &issued.json["clock"]["status"]), (&json!("plan_issued"), &json!("completed_late")), "day 141");
        assert_eq!(issued.deadlines("appeal").len(), 2);
        app.assert_derived();
    }

    fn a_reversal_that_cannot_be_is_refused_and_nothing_is_written(app: &TestApp) {
        let this = Case::open(app);
        let untouched = |response: Response, status: u16, code: &str| {
            let before = (this.case().json["version"].clone(), this.history().len());
            response.refused(status, code);
            assert_eq!((this.case().json["version"].clone(), this.history().len()), before);
        };
        untouched(this.reverse(TODAY), 409, "not_in_stage");
        this.step("assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        untouched(this.step("reversal", &to_reverse(TODAY)), 403, "forbidden");
        untouched(this.reverse("2026-02-09"), 422, "date_before_previous_step");
        untouched(this.reverse("2026-05-21"), 422, "date_in_future");
        untouched(this.manager.case_step(&this.id, "reversal", &json!({"on": TODAY, "reason": " "})), 422, "blank");
        untouched(this.manager.case_step(&this.id, "reversal", &json!({"on": TODAY})), 422, "missing_field");
        untouched(this.manager.step(&format!("/cases/{}/reversal", this.id), "\"99\"", &to_reverse(TODAY)), 412, "stale");
        untouched(this.manager.post(&format!("/cases/{}/reversal", this.id), &to_reverse(TODAY)), 428, "precondition_required");
        // The person's other case is open.
        let mut again = a_case().body().clone();
        again["received_on"] = json!(TODAY);
        let person = this.case().json["person"]["id"].clone();
        again["person"] = Value::Null;
        again.as_object_mut().unwrap().remove("person");
        again["person_id"] = person;
        let other = this.officer.post("/cases", &again).expect(201).id();
        untouched(this.reverse(TODAY), 409, "case_already_open");
        assert_eq!(app.count("advice_requests"), 0);
        this.officer.case_step(&other, "withdrawal", &json!({"on": TODAY})).expect(200);
        this.reverse(TODAY).expect(200);
        untouched(this.reverse(TODAY), 409, "not_in_stage");
        app.assert_derived();
    }

    fn a_reversal_entered_in_error_is_undone_and_the_refusal_stands_again(app: &TestApp) {
        app.health("Community Paediatrics");
        let this = Case::refused(app);
        this.undo("reversal").refused(409, "not_in_stage");
        this.reverse("2026-04-01").expect(200);
        let undone = this.undo("reversal").expect(200);
        assert_eq!((&undone.json["stage"], &undone.json["clock"]["status"]), (&json!("assessment_refused"), &json!("ended")));
        assert_eq!((&undone.json["decisions"]["assessment"]["reversal"], &undone.json["advice"]["requested"]), (&Value::Null, &json!(0)));
        assert_eq!(undone.deadline("appeal")["status"], "not_applicable", "its two months are over");
        assert!(!undone.deadline("appeal")["derivation"].as_str().unwrap().contains("reversed"));
        let event = this.history()[0].clone();
        assert_eq!((&event["action"], &event["before"]["reversed_on"]), (&json!("entered_in_error"), &json!("2026-04-01")));
        // It was open on the day before, as far as was known then.
        app.on_day("2026-06-01");
        let open = |day: &str| this.manager.get(&format!("/reports/caseload?as_at={day}")).expect(200).json["total"]["open"].clone();
        assert_eq!((open("2026-05-19"), open(TODAY), open("2026-03-31")), (json!(1), json!(0), json!(0)));
        let again = this.reverse("2026-04-02").expect(200);
        assert_eq!((&again.json["decisions"]["assessment"]["reversal"]["on"], &again.json["advice"]["requested"]), (&json!("2026-04-02"), &json!(5)));
        let asked = this.officer.advice_of(&this.id);
        let medical = asked.iter().find(|one| one["kind"] == "medical" && one["status"] == "requested").unwrap();
        this.officer.advice_step(medical["id"].as_str().unwrap(), "submissions", &a_report()).expect(200);
        this.undo("reversal").refused(409, "something_rests_on_it");
        app.assert_derived();
    }

    fn what_disputed_a_refusal_before_its_reversal_can_be_recorded_late(app: &TestApp) {
        let this = Case::refused(app);
        this.reverse("2026-04-01").expect(200);
        let appeal = |on: &str| this.step("appeals", &json!({"about": "refusal_to_assess", "registered_on": on}));
        appeal("2026-04-02").refused(409, "not_in_stage");
        let appealed = appeal("2026-03-30").expect(200);
        assert_eq!(appealed.json["appeals"][0]["overtaken_on"], "2026-04-01");
        let id = appealed.json["appeals"][0]["id"].as_str().unwrap();
        let order = json!({"ordered_on": TODAY, "order": "assess"});
        this.step(&format!("appeals/{id}/order"), &order).refused(409, "not_in_stage");
        app.assert_derived();
    }

    fn the_day_and_the_reason_of_a_reversal_can_be_corrected(app: &TestApp) {
        app.health("Community Paediatrics");
        let this = Case::refused(app);
        this.reverse("2026-04-01").expect(200);
        let correct = |field: &str, value: &str| {
            let body = json!({"step": "reversal", "field": field, "value": value, "reason": "Mistyped."});
            this.manager.case_step(&this.id, "corrections", &body)
        };
        correct("on", "2026-02-09").refused(422, "date_before_previous_step");
        let mended = correct("on", "2026-04-02").expect(200);
        assert_eq!(mended.json["decisions"]["assessment"]["reversal"]["on"], "2026-04-02");
        assert!(mended.deadlines("advice").iter().all(|one| one["starts_on"] == "2026-04-02"), "the advice moves with it");
        let mended = correct("reason", "The school wrote again.").expect(200);
        assert_eq!(mended.json["decisions"]["assessment"]["reversal"]["reason"], "The school wrote again.");
        correct("colour", "green").refused(422, "unknown_value");
        app.assert_derived();
    }

    fn a_decision_entered_in_error_is_undone_and_stays_in_the_history(app: &TestApp) {
        app.health("Community Paediatrics");
        let this = Case::refused(app);
        let undone = this.undo("assessment_decision").expect(200);
        assert_eq!((&undone.json["stage"], &undone.json["decisions"]["assessment"]), (&json!("awaiting_decision"), &Value::Null));
        assert_eq!((undone.deadline("decide_to_assess")["status"].as_str(), undone.deadlines("appeal").len()), (Some("overdue"), 0));
        let event = this.history()[0].clone();
        assert_eq!((&event["action"], &event["reason"], &event["on"]), (&json!("entered_in_error"), &in_error("")["reason"], &json!(TODAY)));
        assert_eq!((&event["before"]["outcome"], &event["before"]["notified_on"]), (&json!("refuse"), &json!("2026-02-10")));
        assert!(this.history().iter().any(|event| event["action"] == "assessment_refused"), "the first record stays");
        // The right decision can follow, and be undone too; what was asked for because of it is cancelled.
        this.step("assessment-decision", &to_assess("2026-02-12")).expect(200);
        let medical = this.officer.advice_of_kind(&this.id, "medical");
        let undone = this.undo("assessment_decision").expect(200);
        assert_eq!((&undone.json["stage"], &undone.json["advice"]["requested"]), (&json!("awaiting_decision"), &json!(0)));
        assert_eq!(this.officer.advice(&medical).json["status"], "cancelled");
        let again = this.step("assessment-decision", &to_assess("2026-02-13")).expect(200);
        assert_eq!((&again.json["stage"], &again.json["advice"]["requested"]), (&json!("gathering_advice"), &json!(5)));
        assert_eq!(app.count("decisions"), 3, "every row is kept");
        app.assert_derived();
    }

    fn a_decision_on_which_something_rests_is_not_undone(app: &TestApp) {
        app.health("Community Paediatrics");
        let this = Case::open(app);
        let refused = |step: &str, code: &str, says: &str| {
            let version = this.case().json["version"].clone();
            let refusal = this.undo(step).refused(409, code);
            assert!(refusal.json["detail"].as_str().unwrap().contains(says), "{}", refusal.text());
            assert_eq!(this.case().json["version"], version);
        };
        refused("assessment_decision", "not_in_stage", "not on record");
        this.step("assessment-decision", &to_assess("2026-02-10")).expect(200);
        let medical = this.officer.advice_of_kind(&this.id, "medical");
        this.officer.advice_step(&medical, "submissions", &a_report()).expect(200);
        refused("assessment_decision", "something_rests_on_it", "advice that was asked for has been answered");
        this.step("plan-decision", &to_refuse_plan("2026-04-20")).expect(200);
        refused("assessment_decision", "something_rests_on_it", "has been decided");
        this.step("mediation", &json!({"about": "refusal_to_issue", "held_on": "2026-05-01"})).expect(200);
        refused("plan_decision", "something_rests_on_it", "mediation or an appeal");
        this.reverse("2026-05-04").expect(200);
        refused("plan_decision", "something_rests_on_it", "reversed");
        assert_eq!(app.texts("SELECT COUNT(entered_in_error_at) || '' AS text FROM decisions"), ["0"]);
    }

    fn a_final_plan_sent_in_error_is_none_and_goes_back_to_the_draft(app: &TestApp) {
        let this = Case::assessed(app);
        this.step("plan-decision", &to_issue("2026-04-07")).expect(200);
        let draft = this.served("2026-04-13");
        let issued = this.issue(&draft, "2026-04-28").expect(200);
        let plan = issued.json["plan"]["id"].as_str().unwrap().to_owned();
        let undone = this.undo("final_plan").expect(200);
        assert_eq!((&undone.json["stage"], &undone.json["plan"]["id"]), (&json!("draft_served"), &json!(draft)));
        assert_eq!((undone.deadlines("appeal").len(), undone.deadline("issue_final_plan")["met_on"].clone()), (0, Value::Null));
        let marked = this.officer.get(&format!("/plans/{plan}")).expect(200).json;
        assert!(marked["entered_in_error_at"].is_string() && marked["appeal_rights"].is_null(), "{marked}");
        assert_eq!(marked["sections"]["F"]["text"], "A text.", "its text is kept");
        this.undo("final_plan").refused(409, "not_in_stage");
        let again = this.issue(&draft, "2026-05-04").expect(200);
        assert_eq!((&again.json["plan"]["number"], &again.json["clock"]["status"]), (&json!(3), &json!("completed_in_time")));
        this.step("appeals", &json!({"about": "plan", "registered_on": "2026-05-18"})).expect(200);
        this.undo("final_plan").refused(409, "something_rests_on_it");
        app.assert_derived();
    }

    fn an_end_entered_in_error_opens_the_case_again(app: &TestApp) {
        let this = Case::assessed(app);
        this.manager.case_step(&this.id, "withdrawal", &json!({"on": "2026-05-18"})).expect(200);
        this.undo("transfer").refused(409, "not_in_stage");
        this.undo("assessment_decision").refused(409, "something_rests_on_it");
        let undone = this.undo("withdrawal").expect(200);
        assert_eq!((&undone.json["stage"], &undone.json["end"]), (&json!("gathering_advice"), &Value::Null));
        assert!(!undone.warnings().contains(&"withdrawal_incomplete"));
        let moved = this.step("transfer", &json!({"on": "2026-05-19", "to_local_authority": "394"})).expect(200);
        assert_eq!((&moved.json["stage"], &moved.json["end"]["on"]), (&json!("transferred"), &json!("2026-05-19")));
        // One open case a person.
        let mut again = a_case().body().clone();
        again.as_object_mut().unwrap().remove("person");
        again["person_id"] = moved.json["person"]["id"].clone();
        again["received_on"] = json!(TODAY);
        let other = this.officer.post("/cases", &again).expect(201).id();
        this.undo("transfer").refused(409, "case_already_open");
        assert_eq!(this.case().json["stage"], "transferred");
        this.officer.case_step(&other, "withdrawal", &json!({"on": TODAY})).expect(200);
        assert_eq!(this.undo("transfer").expect(200).json["stage"], "gathering_advice");
        app.assert_derived();
    }

    fn entered_in_error_is_said_by_a_manager_with_a_reason(app: &TestApp) {
        let this = Case::refused(app);
        let path = format!("/cases/{}/entered-in-error", this.id);
        this.step("entered-in-error", &in_error("assessment_decision")).refused(403, "forbidden");
        let say = |body: Value| this.manager.case_step(&this.id, "entered-in-error", &body);
        say(json!({"step": "assessment_decision", "reason": " "})).refused(422, "blank");
        say(json!({"step": "assessment_decision"})).refused(422, "missing_field");
        say(json!({"step": "end", "reason": "A slip."})).refused(422, "unknown_value");
        this.manager.post(&path, &in_error("assessment_decision")).refused(428, "precondition_required");
        this.manager.step(&path, "\"99\"", &in_error("assessment_decision")).refused(412, "stale");
        assert_eq!(this.case().json["stage"], "assessment_refused");
    }

    fn a_withdrawal_says_who_how_and_why_or_is_warned_about(app: &TestApp) {
        let manager = app.manager();
        let officer = app.caseworker();
        let bare = officer.open_case(a_case()).id();
        let withdrawn = officer.case_step(&bare, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        assert!(withdrawn.warnings().contains(&"withdrawal_incomplete"));
        let correct = |field: &str, value: &str| {
            let body = json!({"step": "withdrawal", "field": field, "value": value, "reason": "It was left out."});
            manager.case_step(&bare, "corrections", &body)
        };
        correct("how", "pigeon").refused(422, "unknown_value");
        correct("how", "letter").expect(200);
        correct("withdrawn_by", "The mother").expect(200);
        assert!(correct("reason", "They moved abroad.").expect(200).warnings().is_empty());
        let full = json!({"on": "2026-01-05", "withdrawn_by": "The mother", "how": "telephone", "reason": "They moved abroad."});
        let other = officer.open_case(a_case().of("Ada", "Birch", "2016-01-01")).id();
        let step = |field: &str, value: Value| {
            let mut body = full.clone();
            body[field] = value;
            officer.case_step(&other, "withdrawal", &body)
        };
        step("how", json!("pigeon")).refused(422, "unknown_value");
        step("withdrawn_by", json!(" ")).refused(422, "blank");
        step("reason", json!(" ")).refused(422, "blank");
        let ended = officer.case_step(&other, "withdrawal", &full).expect(200);
        assert_eq!(ended.json["end"], json!({"on": "2026-01-05", "withdrawn_by": "The mother", "how": "telephone", "reason": "They moved abroad.", "to_local_authority": null}));
        assert!(ended.warnings().is_empty());
    }

    fn only_a_manager_records_the_withdrawal_of_a_case_that_is_past_a_limit(app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        let id = officer.open_case(a_case()).id();
        let body = json!({"on": "2026-02-10", "withdrawn_by": "The mother", "how": "letter", "reason": "They moved abroad."});
        app.on_day("2026-02-17");
        officer.case_step(&id, "withdrawal", &body).refused(403, "forbidden");
        assert_eq!((officer.case(&id).json["stage"].as_str(), app.count("case_ends")), (Some("awaiting_decision"), 0));
        app.on_day("2026-02-16");
        let in_time = officer.open_case(a_case().of("Ada", "Birch", "2016-01-01")).id();
        officer.case_step(&in_time, "withdrawal", &body).expect(200);
        app.on_day("2026-02-17");
        assert_eq!(manager.case_step(&id, "withdrawal", &body).expect(200).json["stage"], "withdrawn");
    }
}
