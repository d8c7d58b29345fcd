//! Mediation, appeals, and what orders open.

use crate::support::cases::{a_case, to_refuse_assessment, whole_notice};
use crate::support::{Persona, Response, TestApp, Value, both, json};

/// The day of every test here: everything before it is recorded late.
const TODAY: &str = "2026-12-01";
const REFUSED: &str = "2026-02-10";

struct Disputed {
    officer: Persona,
    case: String,
}

impl Disputed {
    fn open(app: &TestApp) -> Self {
        app.on_day(TODAY);
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        Self { officer, case }
    }

    fn refused_assessment(app: &TestApp) -> Self {
        let this = Self::open(app);
        this.step("assessment-decision", &to_refuse_assessment(REFUSED)).expect(200);
        this
    }

    fn refused_plan(app: &TestApp) -> Self {
        let this = Self::open(app);
        this.assess("2026-02-02").expect(200);
        let refusal = json!({
            "outcome": "refuse", "decided_on": "2026-04-20", "notified_on": "2026-04-20",
            "reasons": "The needs can be met without a plan.", "notice": whole_notice(),
        });
        this.step("plan-decision", &refusal).expect(200);
        this
    }

    fn issued_plan(app: &TestApp) -> Self {
        let this = Self::open(app);
        this.assess("2026-02-02").expect(200);
        this.step("plan-decision", &json!({"outcome": "issue", "decided_on": "2026-04-07"})).expect(200);
        let plan = this.written();
        this.serve(&plan, "2026-04-13").expect(200);
        this.issue(&plan, "2026-04-28").expect(200);
        this
    }

    fn assess(&self, on: &str) -> Response {
        self.step("assessment-decision", &json!({"outcome": "assess", "decided_on": on, "request_advice": false}))
    }

    fn step(&self, step: &str, body: &Value) -> Response {
        self.officer.case_step(&self.case, step, body)
    }

    fn case(&self) -> Response {
        self.officer.case(&self.case)
    }

    fn written(&self) -> String {
        let plan = self.officer.post(&format!("/cases/{}/plans", self.case), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            self.write(&plan, section, "A text.").expect(200);
        }
        plan
    }

    fn write(&self, plan: &str, section: &str, text: &str) -> Response {
        let etag = self.officer.get(&format!("/plans/{plan}")).expect(200).etag;
        self.officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": text}))
    }

    fn serve(&self, plan: &str, on: &str) -> Response {
        let etag = self.officer.get(&format!("/plans/{plan}")).expect(200).etag;
        self.officer.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": on}))
    }

    fn issue(&self, plan: &str, on: &str) -> Response {
        let body = json!({
            "plan_id": plan, "issued_on": on, "placement": {"setting_type": "A special school"}, "notice": whole_notice(),
        });
        self.step("final-plan", &body)
    }

    fn appeal(&self, about: &str, on: &str) -> String {
        let case = self.step("appeals", &json!({"about": about, "registered_on": on})).expect(200).json;
        case["appeals"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn order(&self, appeal: &str, order: &str, on: &str) -> Response {
        self.step(&format!("appeals/{appeal}/order"), &json!({"ordered_on": on, "order": order}))
    }
}

/// The rules of the deadlines that orders opened, with their days and how they stand.
fn ordered(case: &Response) -> Vec<(&str, &str, &str)> {
    let text = |deadline: &'_ Value, name: &str| -> &'static str {
        Box::leak(deadline[name].as_str().unwrap().to_owned().into_boxed_str())
    };
    let all = case.json["deadlines"].as_array().unwrap();
    let of_orders = all.iter().filter(|deadline| deadline["subject"]["type"] == "order");
    let mut found: Vec<_> =
        of_orders.map(|one| (text(one, "rule"), text(one, "due_on"), text(one, "status"))).collect();
    found.sort_unstable();
    found
}

both! {
    fn every_fault_of_a_mediation_an_appeal_and_an_order_is_told_at_once(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let mediation = json!({"about": "refusal_to_assess", "certificate_on": "2026-02-30", "held_on": "2026-12-02", "agreement": {"agreed_on": "2026-12-03", "order": "make_plan"}, "stray": 1});
        let mut faults = this.step("mediation", &mediation).expect(422).json["faults"].as_array().unwrap().iter().map(|one| (one["pointer"].as_str().unwrap().to_owned(), one["code"].as_str().unwrap().to_owned())).collect::<Vec<_>>();
        faults.sort();
        let expected = [("/agreement/agreed_on", "date_in_future"), ("/agreement/order", "unknown_value"), ("/certificate_on", "invalid_date"), ("/held_on", "date_in_future"), ("/stray", "unknown_field")];
        assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
        let appeal = json!({"about": "refusal_to_assess", "registered_on": "2026-12-02", "stray": 1});
        assert_eq!(this.step("appeals", &appeal).expect(422).faults(), [("/stray", "unknown_field"), ("/registered_on", "date_in_future")]);
        let registered = this.step("appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-03-01"})).expect(200);
        let appeal = registered.json["appeals"][0]["id"].as_str().map(str::to_owned).unwrap_or_else(|| app.texts("SELECT CAST(id AS text) AS text FROM appeals").pop().unwrap());
        let order = json!({"ordered_on": "2026-02-28", "order": "dismissed", "conceded": true, "stray": 1});
        assert_eq!(
            this.step(&format!("appeals/{appeal}/order"), &order).expect(422).faults(),
            [("/stray", "unknown_field"), ("/ordered_on", "date_before_previous_step"), ("/conceded", "contradiction")]
        );
        assert_eq!((app.count("mediations"), app.count("orders")), (0, 0));
    }

    fn an_order_to_assess_opens_a_track_and_the_refusal_stays(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let before = this.case();
        assert_eq!((&before.json["stage"], &before.json["clock"]["status"]), (&json!("assessment_refused"), &json!("ended")));
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        assert_eq!(this.case().deadline("appeal")["met_on"], "2026-03-02");
        let ordered_case = this.order(&appeal, "assess", "2026-10-01").expect(200);
        assert_eq!(ordered_case.json["stage"], "gathering_advice");
        assert_eq!(
            ordered(&ordered_case),
            [
                ("order_assess_issue_final", "2027-01-07", "pending"),
                ("order_assess_notify", "2026-10-15", "overdue"),
                ("order_assess_refuse_plan", "2026-12-10", "due_soon"),
            ]
        );
        assert_eq!(ordered_case.json["clock"]["status"], "overdue");
        assert_eq!(ordered_case.json["clock"]["next"]["rule"], "order_assess_notify");
        assert_eq!(ordered_case.json["decisions"]["assessment"]["outcome"], "refuse", "the first decision stays");
        assert_eq!(ordered_case.deadline("decide_to_assess")["met_on"], REFUSED);
        assert_eq!(ordered_case.deadline("issue_final_plan")["status"], "not_applicable");
        let order = &ordered_case.json["orders"][0];
        assert_eq!((&order["order"], &order["source"], &order["appeal_id"]), (&json!("assess"), &json!("tribunal"), &json!(appeal)));
        // The list knows it too.
        let listed = this.officer.get("/cases?status=overdue").expect(200).json;
        assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["clock"]["next"]["due_on"]), (&json!(this.case), &json!("2026-10-15")));
        // Carried out: told, assessed anew, drafted, served, issued.
        let refuse = to_refuse_assessment("2026-10-10");
        assert!(this.step("assessment-decision", &refuse).refused(409, "order_binds").json["citation"].as_str().unwrap().contains("44"));
        this.assess("2026-09-30").refused(422, "date_before_previous_step");
        let told = this.assess("2026-10-10").expect(200);
        assert_eq!(ordered(&told)[1], ("order_assess_notify", "2026-10-15", "met"));
        assert_eq!(told.json["clock"]["status"], "on_track", "ten weeks bind a refusal only");
        assert_eq!(told.json["orders"][0]["decisions"]["assessment"]["outcome"], "assess");
        assert_eq!(told.json["decisions"]["assessment"]["outcome"], "refuse");
        this.step("plan-decision", &json!({"outcome": "issue", "decided_on": "2026-11-02"})).expect(200);
        let plan = this.written();
        this.serve(&plan, "2026-11-05").expect(200);
        let issued = this.issue(&plan, "2026-11-20").expect(200);
        assert_eq!((&issued.json["stage"], &issued.json["clock"]["status"]), (&json!("plan_issued"), &json!("completed_in_time")));
        assert_eq!(ordered(&issued)[0], ("order_assess_issue_final", "2027-01-07", "met"));
        assert_eq!(issued.deadlines("appeal").len(), 2);
    }

    fn an_order_to_make_a_plan_goes_back_to_the_draft(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        let case = this.order(&appeal, "make_plan", "2026-11-02").expect(200);
        assert_eq!(case.json["stage"], "drafting");
        assert_eq!(
            ordered(&case),
            [("order_make_plan_draft", "2026-12-07", "due_soon"), ("order_make_plan_final", "2027-01-18", "pending")]
        );
        let plan = this.written();
        this.issue(&plan, "2026-11-20").refused(409, "not_in_stage");
        this.serve(&plan, "2026-11-10").expect(200);
        assert_eq!(ordered(&this.case())[0].2, "met");
        assert_eq!(this.issue(&plan, "2026-11-25").expect(200).json["clock"]["status"], "completed_in_time");
    }

    fn a_second_final_plan_follows_only_an_order(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let first = this.case().json["plan"]["id"].as_str().unwrap().to_owned();
        let refused = this.issue(&first, "2026-05-10").refused(409, "case_ended");
        assert!(refused.json["citation"].as_str().unwrap().contains("44"), "{}", refused.text());
        let appeal = this.appeal("plan", "2026-06-01");
        this.issue(&first, "2026-06-10").refused(409, "case_ended");
        let case = this.order(&appeal, "amend_contents", "2026-11-02").expect(200);
        assert_eq!((&case.json["stage"], &case.json["clock"]["next"]["rule"]), (&json!("drafting"), &json!("order_amend_contents")));
        let case = this.order(&appeal, "amend_placement", "2026-11-02").expect(200);
        assert_eq!(
            ordered(&case),
            [("order_amend_contents", "2026-12-07", "due_soon"), ("order_amend_placement", "2026-11-16", "overdue")]
        );
        let next = this.officer.post(&format!("/cases/{}/plans", this.case), &json!({})).expect(201);
        assert_eq!((&next.json["kind"], &next.json["number"]), (&json!("amended_draft"), &json!(3)));
        this.write(&next.id(), "F", "What the tribunal ordered.").expect(200);
        let check = this.officer.get(&format!("/plans/{}/check", next.id())).expect(200).json;
        assert_eq!((&check["kind"], &check["lawful"]), (&json!("final"), &json!(true)));
        this.issue(&next.id(), "2026-11-01").refused(422, "date_before_previous_step");
        let issued = this.issue(&next.id(), "2026-11-12").expect(200);
        assert_eq!(issued.json["stage"], "plan_issued");
        assert!(ordered(&issued).iter().all(|one| one.2 == "met"), "one plan carries out both");
        assert_eq!(issued.json["clock"]["status"], "completed_in_time");
        assert_eq!(issued.deadline("issue_final_plan")["met_on"], "2026-04-28", "the first plan stays");
        this.issue(&next.id(), "2026-11-20").refused(409, "case_ended");
        let texts = |id: &str| this.officer.get(&format!("/plans/{id}")).expect(200).json["sections"]["F"]["text"].clone();
        assert_eq!((texts(&first), texts(issued.json["plan"]["id"].as_str().unwrap())), (json!("A text."), json!("What the tribunal ordered.")));
    }

    fn an_order_to_reconsider_goes_back_to_the_decision_it_names(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        let case = this.order(&appeal, "reconsider", "2026-11-20").expect(200);
        assert_eq!((&case.json["stage"], ordered(&case)), (&json!("awaiting_decision"), vec![("order_reconsider", "2026-12-04", "due_soon")]));
        let again = this.step("assessment-decision", &to_refuse_assessment("2026-11-30")).expect(200);
        assert_eq!((&again.json["stage"], ordered(&again)[0].2), (&json!("assessment_refused"), "met"));
        assert_eq!(again.json["decisions"]["assessment"]["decided_on"], REFUSED);
        assert_eq!(again.json["orders"][0]["decisions"]["assessment"]["decided_on"], "2026-11-30");
        assert_eq!(again.deadlines("appeal").len(), 2, "each refusal opens its own appeal");
    }

    fn an_agreement_and_a_concession_count_as_orders(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let body = json!({"about": "refusal_to_assess", "certificate_on": "2026-03-20"});
        let certified = this.step("mediation", &body).expect(200);
        let window = certified.deadline("mediation_certificate_appeal");
        assert_eq!((&window["due_on"], &window["subject"]["type"]), (&json!("2026-04-20"), &json!("decision")));
        assert_eq!(certified.deadline("contact_mediation_adviser")["met_on"], "2026-03-20");
        let agreement = json!({"agreed_on": "2026-11-23", "order": "assess"});
        let body = json!({"about": "refusal_to_assess", "held_on": "2026-11-23", "agreement": agreement});
        let agreed = this.step("mediation", &body).expect(200);
        assert_eq!((&agreed.json["stage"], &agreed.json["orders"][0]["source"]), (&json!("gathering_advice"), &json!("agreement")));
        assert_eq!(agreed.json["mediations"].as_array().unwrap().len(), 2);
        assert!(ordered(&agreed).contains(&("order_assess_notify", "2026-12-07", "due_soon")));
        let subject = &agreed.deadline("order_assess_notify")["subject"];
        assert_eq!(subject["label"], "order to assess, agreed at mediation");
        let plan = {
            let etag = this.case().etag;
            this.officer.step(&format!("/cases/{}/withdrawal", this.case), &etag, &json!({"on": TODAY})).expect(200);
            Disputed { officer: this.officer.clone(), case: this.officer.open_case(a_case().of("Ada", "Birch", "2016-01-01")).id() }
        };
        plan.assess("2026-02-02").expect(200);
        let refusal = json!({
            "outcome": "refuse", "decided_on": "2026-04-20", "notified_on": "2026-04-20", "reasons": "x", "notice": whole_notice(),
        });
        plan.step("plan-decision", &refusal).expect(200);
        let appeal = plan.appeal("refusal_to_issue", "2026-05-20");
        let body = json!({"ordered_on": "2026-11-02", "order": "make_plan", "conceded": true});
        let conceded = plan.step(&format!("appeals/{appeal}/order"), &body).expect(200);
        assert_eq!((&conceded.json["stage"], &conceded.json["orders"][0]["source"]), (&json!("drafting"), &json!("concession")));
    }

    fn a_dismissed_appeal_opens_nothing(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let appeal = this.appeal("plan", "2026-06-01");
        let case = this.order(&appeal, "dismissed", "2026-11-02").expect(200);
        assert_eq!((&case.json["stage"], ordered(&case)), (&json!("plan_issued"), vec![]));
        this.order(&appeal, "amend_contents", "2026-11-02").refused(409, "already_exists");
    }

    fn what_cannot_be_disputed_or_ordered_is_refused_and_nothing_is_written(app: &TestApp) {
        let this = Disputed::open(app);
        let register = |about: &str, on: &str| this.step("appeals", &json!({"about": about, "registered_on": on}));
        register("refusal_to_assess", TODAY).refused(409, "not_in_stage");
        this.step("assessment-decision", &to_refuse_assessment(REFUSED)).expect(200);
        register("plan", TODAY).refused(409, "not_in_stage");
        register("refusal_to_assess", "2026-02-09").refused(422, "date_before_previous_step");
        register("refusal_to_assess", "2026-12-02").refused(422, "date_in_future");
        let mediate = |body: Value| this.step("mediation", &body);
        mediate(json!({"about": "refusal_to_assess"})).refused(422, "missing_field");
        let agreement = json!({"agreed_on": TODAY, "order": "dismissed"});
        mediate(json!({"about": "refusal_to_assess", "agreement": agreement})).refused(422, "unknown_value");
        assert_eq!((app.count("appeals"), app.count("mediations"), app.count("orders")), (0, 0, 0));
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        let refused = this.order(&appeal, "amend_contents", "2026-11-02").refused(409, "order_not_available");
        assert!(refused.json["citation"].as_str().unwrap().contains("43"));
        this.order(&appeal, "assess", "2026-03-01").refused(422, "date_before_previous_step");
        this.order(&this.case, "assess", "2026-11-02").refused(404, "not_found");
        assert_eq!(app.count("orders"), 0);
        let path = format!("/cases/{}/appeals", this.case);
        this.officer.post(&path, &json!({"about": "plan", "registered_on": TODAY})).refused(428, "precondition_required");
        let etag = this.case().etag;
        this.officer.patch(&format!("/cases/{}", this.case), &etag, &json!({"restricted": true})).expect(200);
        let stranger = app.caseworker_named("Sid Stranger");
        for path in ["mediation", "appeals", &format!("appeals/{appeal}/order")] {
            stranger.post(&format!("/cases/{}/{path}", this.case), &json!({"colour": "green"})).refused(404, "not_found");
        }
    }

    fn an_order_does_not_open_a_second_case_of_one_person(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        let person = this.case().json["person"]["id"].clone();
        let again = json!({"person_id": person, "received_on": "2026-09-01", "request_source": "family"});
        let other = this.officer.post("/cases", &again).expect(201).id();
        this.order(&appeal, "assess", "2026-10-01").refused(409, "case_already_open");
        assert_eq!(app.count("orders"), 0);
        app.manager().case_step(&other, "withdrawal", &json!({"on": TODAY})).expect(200);
        this.order(&appeal, "assess", "2026-10-01").expect(200);
    }

    fn days_of_a_dispute_are_corrected_and_the_limits_derived_again(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let manager = app.manager();
        let correct = |step: &str, subject: &Value, field: &str, value: &str| {
            let body = json!({"step": step, "subject_id": subject, "field": field, "value": value, "reason": "Mistyped."});
            manager.case_step(&this.case, "corrections", &body)
        };
        let certificate = json!({"about": "refusal_to_assess", "certificate_on": "2026-03-20"});
        let mediation = this.step("mediation", &certificate).expect(200).json["mediations"][0]["id"].clone();
        let mended = correct("mediation", &mediation, "certificate_on", "2026-03-23").expect(200);
        assert_eq!(mended.deadline("mediation_certificate_appeal")["due_on"], "2026-04-23");
        correct("mediation", &mediation, "certificate_on", "2026-02-09").refused(422, "date_before_previous_step");
        correct("mediation", &mediation, "held_on", "2026-03-22").refused(409, "not_possible_now");
        let held = json!({"about": "refusal_to_assess", "held_on": "2026-03-25"});
        let held = this.step("mediation", &held).expect(200).json["mediations"][1]["id"].clone();
        correct("mediation", &held, "held_on", "2026-01-02").refused(422, "date_before_previous_step");
        correct("mediation", &mediation, "agreed_on", "2026-03-22").refused(422, "unknown_value");
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        correct("appeal", &json!(appeal), "registered_on", "2026-02-09").refused(422, "date_before_previous_step");
        let mended = correct("appeal", &json!(appeal), "registered_on", "2026-03-30").expect(200);
        assert_eq!(mended.deadline("appeal")["met_on"], "2026-03-30");
        let ordered_case = this.order(&appeal, "assess", "2026-10-01").expect(200);
        let order = ordered_case.json["orders"][0]["id"].clone();
        correct("appeal", &json!(appeal), "registered_on", "2026-10-02").refused(422, "date_before_previous_step");
        correct("order", &order, "ordered_on", "2026-03-29").refused(422, "date_before_previous_step");
        let mended = correct("order", &order, "ordered_on", "2026-10-05").expect(200);
        assert_eq!(ordered(&mended)[1], ("order_assess_notify", "2026-10-19", "overdue"));
        // Once the track has a decision of its own, the first is named by its id.
        let first = mended.json["decisions"]["assessment"]["id"].clone();
        this.assess("2026-10-10").expect(200);
        let mended = correct("assessment_decision", &first, "notified_on", "2026-02-11").expect(200);
        assert_eq!(mended.json["decisions"]["assessment"]["notified_on"], "2026-02-11");
        assert_eq!(mended.json["orders"][0]["decisions"]["assessment"]["notified_on"], "2026-10-10");
        let latest = correct("assessment_decision", &Value::Null, "notified_on", "2026-10-12").expect(200);
        assert_eq!(latest.json["orders"][0]["decisions"]["assessment"]["notified_on"], "2026-10-12");
        correct("order", &json!(this.case), "ordered_on", "2026-10-05").refused(422, "unknown_value");
        correct("request", &order, "received_on", "2026-01-06").refused(422, "unknown_value");
        let event = app.events().into_iter().rfind(|event| event.action == "corrected").unwrap();
        assert!(event.details.contains("2026-10-12") && event.details.contains("2026-10-10"), "{}", event.details);
    }

    fn the_day_of_an_agreement_is_that_of_its_order(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let agreed = json!({"about": "refusal_to_issue", "agreement": {"agreed_on": "2026-11-02", "order": "make_plan"}});
        this.step("mediation", &agreed).expect(200);
        let body = json!({"step": "order", "field": "ordered_on", "value": "2026-11-03", "reason": "Mistyped."});
        let mended = app.manager().case_step(&this.case, "corrections", &body).expect(200);
        assert_eq!((&mended.json["orders"][0]["ordered_on"], &mended.json["mediations"][0]["agreed_on"]), (&json!("2026-11-03"), &json!("2026-11-03")));
    }

    fn an_order_wakes_nothing_that_was_asked_before_it(app: &TestApp) {
        app.on_day(TODAY);
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        let this = Disputed { officer, case };
        this.step("assessment-decision", &json!({"outcome": "assess", "decided_on": "2026-02-02"})).expect(200);
        let refusal = json!({
            "outcome": "refuse", "decided_on": "2026-04-20", "notified_on": "2026-04-20",
            "reasons": "The needs can be met without a plan.", "notice": whole_notice(),
        });
        this.step("plan-decision", &refusal).expect(200);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        let case = this.order(&appeal, "make_plan", "2026-11-02").expect(200);
        assert_eq!(case.json["advice"]["overdue"], 0);
        assert!(case.deadlines("advice").iter().all(|one| one["status"] == "not_applicable"));
        let list = this.officer.get("/advice-requests?overdue=true").expect(200).json;
        assert_eq!(list["items"], json!([]));
        // Nor does it hold up the draft.
        let plan = this.written();
        this.serve(&plan, "2026-11-10").expect(200);
    }

    fn an_order_about_the_placement_alone_is_checked_as_it_will_be_judged(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let appeal = this.appeal("plan", "2026-06-01");
        this.order(&appeal, "amend_placement", "2026-11-02").expect(200);
        let next = this.officer.post(&format!("/cases/{}/plans", this.case), &json!({})).expect(201).id();
        let check = || this.officer.get(&format!("/plans/{next}/check")).expect(200).json;
        assert_eq!(check()["lawful"], true);
        this.write(&next, "B", "Something else.").expect(200);
        let found = check();
        assert_eq!((&found["lawful"], &found["findings"][0]["rule"]), (&json!(false), &json!("amended_draft_needed")));
        this.issue(&next, "2026-11-12").refused(409, "amended_draft_needed");
    }

    fn what_was_before_an_order_is_recorded_late(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        this.order(&appeal, "assess", "2026-10-01").expect(200);
        let certificate = |on: &str| json!({"about": "refusal_to_assess", "certificate_on": on});
        let late = this.step("mediation", &certificate("2026-03-20")).expect(200);
        assert_eq!((&late.json["stage"], &late.deadline("mediation_certificate_appeal")["due_on"]), (&json!("gathering_advice"), &json!("2026-04-20")));
        this.step("appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-04-01"})).expect(200);
        this.step("appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-04-01"})).refused(409, "already_exists");
        this.step("mediation", &certificate("2026-10-02")).refused(409, "not_in_stage");
        this.step("mediation", &certificate("2026-02-09")).refused(409, "not_in_stage");
        this.step("appeals", &json!({"about": "plan", "registered_on": "2026-04-01"})).refused(409, "not_in_stage");
    }

    fn what_is_conceded_is_done_and_what_is_agreed_was_held(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        for order in ["reconsider", "dismissed"] {
            let body = json!({"ordered_on": "2026-06-01", "order": order, "conceded": true});
            this.step(&format!("appeals/{appeal}/order"), &body).refused(422, "contradiction");
        }
        let agreed = json!({
            "about": "refusal_to_issue", "held_on": "2026-06-10",
            "agreement": {"agreed_on": "2026-06-09", "order": "make_plan"},
        });
        this.step("mediation", &agreed).refused(422, "contradiction");
        let body = json!({"ordered_on": "2026-06-01", "order": "make_plan", "conceded": true});
        let case = this.step(&format!("appeals/{appeal}/order"), &body).expect(200);
        let derivation = case.deadline("order_make_plan_draft")["derivation"].as_str().unwrap().to_owned();
        assert!(derivation.starts_with("The authority's notice that it concedes the appeal"), "{derivation}");
    }

    fn a_second_order_tells_its_faults_before_its_refusal(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let appeal = this.appeal("plan", "2026-06-01");
        this.order(&appeal, "amend_contents", "2026-11-02").expect(200);
        this.order(&appeal, "amend_contents", "2026-11-01").refused(422, "date_before_previous_step");
        this.order(&appeal, "amend_contents", "2026-11-02").refused(409, "already_exists");
        // Withdrawn while it is carried out, the case did not end with a plan.
        let ended = this.step("withdrawal", &json!({"on": "2026-11-20", "reason": "Moved abroad."})).expect(200);
        assert_eq!(ended.json["clock"]["status"], "ended");
    }

    fn what_is_kept_of_a_track_is_what_the_law_derives(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        this.order(&appeal, "assess", "2026-10-01").expect(200);
        this.assess("2026-10-10").expect(200);
        let differences = app.db().read(|conn| {
            let calendar = ehcp_tracker::calendar::store::working_days(conn)?;
            let case = ehcp_tracker::case::store::find(conn, this.case.parse().unwrap())?.unwrap();
            ehcp_tracker::case::store::differences(conn, &case, &calendar)
        });
        assert_eq!(differences.unwrap(), []);
    }
}
