//! Mediation, appeals, and what orders open.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
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
        self.step(
            "assessment-decision",
            &json!({"outcome": "assess", "decided_on": on, "notified_on": on, "request_advice": false}),
        )
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

    /// Records what became known of mediation or of an appeal since.
    fn know(&self, of: &str, id: &str, body: &Value) -> Response {
        let etag = self.case().etag;
        self.officer.patch(&format!("/cases/{}/{of}/{id}", self.case), &etag, body)
    }

    /// How what is kept of the case differs from what the law derives.
    fn differences(&self, app: &TestApp) -> Vec<ehcp_tracker::case::store::Difference> {
        let found = app.db().read(|conn| {
            let calendar = ehcp_tracker::calendar::store::working_days(conn)?;
            let case = ehcp_tracker::case::store::find(conn, self.case.parse().unwrap())?.unwrap();
            ehcp_tracker::case::store::differences(conn, &case, &calendar)
        });
        found.unwrap()
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

    fn after_an_order_to_reconsider_a_case_stays_on_the_lists_until_the_draft_or_the_notice(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        let case = this.order(&appeal, "reconsider", "2026-11-20").expect(200);
        assert_eq!((&case.json["stage"], ordered(&case)), (&json!("gathering_advice"), vec![("order_reconsider", "2026-12-04", "due_soon")]));
        let decided = this.step("plan-decision", &json!({"outcome": "issue", "decided_on": "2026-11-25"})).expect(200);
        assert_eq!(ordered(&decided), [("order_reconsider", "2026-12-04", "due_soon")], "the draft is owed too");
        assert_eq!((&decided.json["clock"]["status"], &decided.json["clock"]["next"]["rule"]), (&json!("due_soon"), &json!("order_reconsider")));
        let list = |query: &str| {
            let found = this.officer.get(&format!("/cases?{query}")).expect(200).json;
            found["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(list("status=due_soon"), std::slice::from_ref(&this.case));
        app.on_day("2026-12-05");
        assert_eq!(list("status=overdue"), std::slice::from_ref(&this.case));
        let plan = this.written();
        let served = this.serve(&plan, "2026-12-04").expect(200);
        assert_eq!(served.json["served_on"], "2026-12-04");
        let case = this.case();
        assert_eq!(ordered(&case), [("order_reconsider", "2026-12-04", "met"), ("order_reconsider_final", "2026-12-19", "due_soon")]);
        assert_eq!((&case.json["clock"]["status"], &case.json["clock"]["next"]["rule"]), (&json!("on_track"), &json!("order_reconsider_final")));
        assert_eq!(list("due_to=2026-12-19"), std::slice::from_ref(&this.case));
    }

    fn an_order_to_reconsider_is_refused_on_anything_but_a_refusal_to_issue(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let appeal = this.appeal("refusal_to_assess", "2026-03-02");
        let refused = this.order(&appeal, "reconsider", "2026-11-20").refused(409, "order_not_available");
        assert!(refused.json["citation"].as_str().unwrap().contains("43(2)(d)"), "{}", refused.text());
        assert_eq!(app.count("orders"), 0);
        // One that was recorded before is read, and the case says what is wrong with it.
        this.order(&appeal, "assess", "2026-11-20").expect(200);
        app.execute("UPDATE orders SET kind = 'reconsider'");
        let certificate = json!({"about": "refusal_to_assess", "certificate_on": "2026-03-20"});
        let read = this.step("mediation", &certificate).expect(200);
        assert_eq!((&read.json["stage"], ordered(&read)), (&json!("awaiting_decision"), vec![("order_reconsider", "2026-12-04", "due_soon")]));
        assert!(read.warnings().contains(&"order_not_available"), "{:?}", read.warnings());
        let again = this.step("assessment-decision", &to_refuse_assessment("2026-11-30")).expect(200);
        assert_eq!((&again.json["stage"], ordered(&again)[0].2), (&json!("assessment_refused"), "met"));
        assert_eq!(again.json["decisions"]["assessment"]["decided_on"], REFUSED);
        assert_eq!(again.json["orders"][0]["decisions"]["assessment"]["decided_on"], "2026-11-30");
        assert_eq!(again.deadlines("appeal").len(), 2, "each refusal opens its own appeal");
    }

    fn a_conceded_placement_takes_five_weeks_where_the_contents_are_appealed_too(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let appeal = this.appeal("plan", "2026-06-01");
        assert!(this.case().warnings().contains(&"appeal_parts_unknown"));
        let concede = |order: &str| {
            let body = json!({"ordered_on": "2026-11-16", "order": order, "conceded": true});
            this.step(&format!("appeals/{appeal}/order"), &body)
        };
        let placement = concede("amend_placement").expect(200);
        assert_eq!(ordered(&placement), [("order_amend_placement", "2026-11-30", "overdue")], "the placement alone");
        let said = this.know("appeals", &appeal, &json!({"plan_parts": "contents_and_placement"})).expect(200);
        assert_eq!(ordered(&said), [("order_amend_placement", "2026-12-21", "pending")]);
        let limit = said.deadline("order_amend_placement");
        assert_eq!(limit["citation"], "Regulation 45 SEND Regulations 2014, as amended in 2015");
        let both = concede("amend_contents").expect(200);
        assert_eq!(ordered(&both)[0], ("order_amend_contents", "2026-12-21", "pending"));
        let body = json!({"about": "ceasing", "registered_on": "2026-11-17", "plan_parts": "contents"});
        assert_eq!(this.step("appeals", &body).expect(422).faults(), [("/plan_parts", "contradiction")]);
    }

    fn what_is_conceded_after_the_response_is_an_order_by_consent_with_its_own_day(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        let days = json!({"received_on": "2026-05-26", "responded_on": "2026-06-30"});
        this.know("appeals", &appeal, &days).expect(200);
        let end = |body: &Value| this.step(&format!("appeals/{appeal}/order"), body);
        let conceded = json!({"ordered_on": "2026-09-01", "order": "make_plan", "conceded": true});
        let refused = end(&conceded).refused(409, "conceded_after_response");
        assert!(refused.json["citation"].as_str().unwrap().contains("45"), "{}", refused.text());
        let both = json!({"ordered_on": "2026-09-01", "order": "make_plan", "conceded": true, "by_consent": true});
        assert_eq!(end(&both).expect(422).faults(), [("/by_consent", "contradiction")]);
        assert_eq!(app.count("orders"), 0);
        let consent = json!({"ordered_on": "2026-11-09", "order": "make_plan", "by_consent": true});
        let case = end(&consent).expect(200);
        assert_eq!(case.json["orders"][0]["source"], "consent");
        assert_eq!(ordered(&case), [("order_make_plan_draft", "2026-12-14", "due_soon"), ("order_make_plan_final", "2027-01-25", "pending")]);
        assert!(case.deadline("order_make_plan_draft")["derivation"].as_str().unwrap().starts_with("The order to make a plan was made by consent on 9 November 2026."));
    }

    fn a_response_is_not_dated_before_what_was_conceded_without_one(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        let conceded = json!({"ordered_on": "2026-06-15", "order": "make_plan", "conceded": true});
        this.step(&format!("appeals/{appeal}/order"), &conceded).expect(200);
        this.know("appeals", &appeal, &json!({"responded_on": "2026-06-10"})).refused(409, "conceded_after_response");
        assert_eq!(this.case().json["appeals"][0]["responded_on"], Value::Null);
    }

    fn a_direction_sets_another_day_for_a_limit_of_an_order(app: &TestApp) {
        let this = Disputed::refused_plan(app);
        let appeal = this.appeal("refusal_to_issue", "2026-05-20");
        let case = this.order(&appeal, "make_plan", "2026-11-02").expect(200);
        let order = case.json["orders"][0]["id"].as_str().unwrap().to_owned();
        let manager = app.manager();
        let set = |who: &Persona, body: &Value| who.case_step(&this.case, &format!("orders/{order}/days"), body);
        let file = this.officer.add_file(&this.case, "direction.txt", b"It is directed.").expect(201).id();
        let direction = json!({
            "rule": "order_make_plan_draft", "due_on": "2026-12-18", "basis": "direction", "dated_on": "2026-11-10",
            "document_id": file, "reason": "Two reports are still to come.",
        });
        set(&this.officer, &direction).refused(403, "forbidden");
        let changed = |field: &str, value: Value| {
            let mut body = direction.clone();
            body[field] = value;
            body
        };
        for (field, value, code) in [
            ("rule", json!("order_amend_contents"), "unknown_value"),
            ("rule", json!("issue_final_plan"), "unknown_value"),
            ("due_on", json!("2026-11-09"), "date_before_previous_step"),
            ("dated_on", json!("2026-11-01"), "date_before_previous_step"),
            ("dated_on", json!("2026-12-02"), "date_in_future"),
            ("basis", json!("a_talk"), "unknown_value"),
            ("document_id", json!(this.case), "unknown_document"),
            ("reason", json!(" "), "blank"),
        ] {
            let answer = set(&manager, &changed(field, value)).expect(422);
            assert_eq!(answer.faults(), [(format!("/{field}").as_str(), code)]);
        }
        let agreed = set(&manager, &changed("basis", json!("written_agreement"))).refused(409, "direction_needed");
        assert!(agreed.json["citation"].as_str().unwrap().contains("44(1)"), "{}", agreed.text());
        assert_eq!(app.count("order_days"), 0);
        manager.case_step(&this.case, &format!("orders/{appeal}/days"), &direction).refused(404, "not_found");
        let case = set(&manager, &direction).expect(200);
        assert_eq!(ordered(&case), [("order_make_plan_draft", "2026-12-18", "pending"), ("order_make_plan_final", "2027-01-18", "pending")]);
        let limit = case.deadline("order_make_plan_draft");
        assert_eq!(limit["citation"], "Regulation 44(1) SEND Regulations 2014");
        let derivation = limit["derivation"].as_str().unwrap();
        assert!(derivation.contains("A direction of the tribunal, dated 10 November 2026, sets another day in the place of 7 December 2026: 18 December 2026"), "{derivation}");
        let day = &case.json["orders"][0]["days"][0];
        assert_eq!((&day["rule"], &day["basis"], &day["document_id"]), (&json!("order_make_plan_draft"), &json!("direction"), &json!(file)));
        assert!(!case.warnings().contains(&"set_day_without_document"));
        // The one recorded last counts; without its document the case warns.
        let mut second = changed("due_on", json!("2027-01-08"));
        second.as_object_mut().unwrap().remove("document_id");
        let case = set(&manager, &second).expect(200);
        assert_eq!(case.deadline("order_make_plan_draft")["due_on"], "2027-01-08");
        assert!(case.warnings().contains(&"set_day_without_document"));
        let event = app.events().into_iter().rfind(|event| event.action == "order_day_set").unwrap();
        assert!(event.details.contains("2027-01-08"), "{}", event.details);
        // A day before it was so stands as it was.
        assert_eq!(this.differences(app), []);
    }

    fn the_parties_agree_in_writing_on_another_day_for_what_they_agreed_at_mediation(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let agreed = json!({"about": "refusal_to_assess", "agreement": {"agreed_on": "2026-11-23", "order": "assess"}});
        let case = this.step("mediation", &agreed).expect(200);
        let order = case.json["orders"][0]["id"].as_str().unwrap();
        let body = json!({
            "rule": "order_assess_notify", "due_on": "2026-12-21", "basis": "written_agreement", "dated_on": "2026-11-30",
            "reason": "The family is away.",
        });
        let case = app.manager().case_step(&this.case, &format!("orders/{order}/days"), &body).expect(200);
        let limit = case.deadline("order_assess_notify");
        assert_eq!((&limit["due_on"], &limit["citation"]), (&json!("2026-12-21"), &json!("Regulation 42(5) SEND Regulations 2014")));
    }

    fn the_duties_around_mediation_are_deadlines_of_an_ended_case(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let told = json!({"about": "refusal_to_assess", "told_on": "2026-11-16", "about_health": "in_part"});
        let case = this.step("mediation", &told).expect(200);
        let id = case.json["mediations"][0]["id"].as_str().unwrap().to_owned();
        let tell = case.deadline("tell_icb_of_mediation");
        assert_eq!((&tell["due_on"], &tell["status"], &tell["subject"]["type"]), (&json!("2026-11-19"), &json!("overdue"), &json!("mediation")));
        let arrange = case.deadline("arrange_mediation");
        assert_eq!((&arrange["due_on"], &arrange["status"]), (&json!("2026-12-16"), &json!("pending")));
        assert_eq!((&case.json["stage"], &case.json["clock"]["status"]), (&json!("assessment_refused"), &json!("overdue")));
        assert_eq!(case.json["clock"]["days_left"], Value::Null);
        let listed = this.officer.get("/cases?status=overdue").expect(200).json;
        assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["clock"]["next"]["rule"]), (&json!(this.case), &json!("tell_icb_of_mediation")));
        let breaches = app.report("breaches");
        assert_eq!(breaches["items"][0]["rule"], "tell_icb_of_mediation", "{breaches}");
        // Each step meets its own; a day on record is a manager's to correct.
        let know = |body: &Value| this.know("mediation", &id, body);
        know(&json!({"icb_told_on": "2026-11-20", "arranged_on": "2026-12-01"})).expect(200);
        know(&json!({"arranged_on": "2026-11-30"})).refused(409, "already_exists");
        let correct = json!({"step": "mediation", "field": "icb_told_on", "value": "2026-11-18", "reason": "Mistyped."});
        let case = app.manager().case_step(&this.case, "corrections", &correct).expect(200);
        assert_eq!((&case.deadline("tell_icb_of_mediation")["status"], &case.deadline("arrange_mediation")["status"]), (&json!("met"), &json!("met")));
        assert_eq!(case.json["clock"]["status"], "ended");
        let correct = json!({"step": "mediation", "field": "icb_told_on", "value": "2026-11-15", "reason": "Mistyped."});
        app.manager().case_step(&this.case, "corrections", &correct).refused(422, "date_before_previous_step");
        // What was agreed on matters beside.
        let agreed = know(&json!({"held_on": "2026-12-01", "other_agreed_on": "2026-12-01"})).expect(200);
        assert_eq!((&agreed.deadline("carry_out_agreement")["due_on"], &agreed.json["clock"]["next"]["rule"]), (&json!("2026-12-15"), &json!("carry_out_agreement")));
        assert_eq!(this.differences(app), []);
    }

    fn a_step_around_mediation_does_not_come_before_what_it_follows(app: &TestApp) {
        let this = Disputed::refused_assessment(app);
        let before = app.events().len();
        for (mut body, faults) in [
            (json!({"told_on": "2026-02-09"}), vec![("/told_on", "date_before_previous_step")]),
            (json!({"told_on": "2026-12-02"}), vec![("/told_on", "date_in_future")]),
            (json!({"held_on": "2026-03-02", "icb_told_on": "2026-03-01", "about_health": "alone"}), vec![("/told_on", "missing_field")]),
            (json!({"told_on": "2026-03-02", "icb_told_on": "2026-03-01", "about_health": "alone"}), vec![("/icb_told_on", "date_before_previous_step")]),
            (json!({"told_on": "2026-03-02", "icb_told_on": "2026-03-02"}), vec![("/about_health", "contradiction")]),
            (json!({"told_on": "2026-03-02", "arranged_on": "2026-03-01"}), vec![("/arranged_on", "date_before_previous_step")]),
            (json!({"told_on": "2026-03-02", "held_on": "2026-03-01"}), vec![("/held_on", "date_before_previous_step")]),
            (json!({"held_on": "2026-03-02", "carried_out_on": "2026-03-09"}), vec![("/other_agreed_on", "missing_field")]),
            (json!({"about_health": "alone"}), vec![("/certificate_on", "missing_field")]),
        ] {
            body["about"] = json!("refusal_to_assess");
            assert_eq!(this.step("mediation", &body).expect(422).faults(), faults, "{body}");
        }
        assert_eq!((app.count("mediations"), app.events().len()), (0, before));
        let asked = this.step("mediation", &json!({"about": "refusal_to_assess", "told_on": "2026-03-02"})).expect(200);
        assert!(asked.warnings().contains(&"mediation_health_unknown"));
        let id = asked.json["mediations"][0]["id"].as_str().unwrap();
        assert_eq!(this.know("mediation", id, &json!({"held_on": "2026-03-01"})).expect(422).faults(), [("/held_on", "date_before_previous_step")]);
        this.know("mediation", &this.case, &json!({"held_on": "2026-03-05"})).refused(404, "not_found");
    }

    fn an_appeal_is_responded_to_and_recommendations_are_answered(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let appeal = this.appeal("plan", "2026-06-01");
        assert!(this.case().warnings().contains(&"appeal_received_on_missing"));
        let know = |body: &Value| this.know("appeals", &appeal, body);
        let received = know(&json!({"received_on": "2026-07-17"})).expect(200);
        let respond = received.deadline("respond_to_appeal");
        assert_eq!((&respond["due_on"], &respond["status"], &respond["subject"]["type"]), (&json!("2026-09-28"), &json!("overdue"), &json!("appeal")));
        assert_eq!((&received.json["stage"], &received.json["clock"]["status"]), (&json!("plan_issued"), &json!("overdue")));
        assert!(!received.warnings().contains(&"appeal_received_on_missing"));
        let listed = this.officer.get("/cases?status=overdue&open=true").expect(200).json;
        assert_eq!(listed["items"][0]["clock"]["next"]["rule"], "respond_to_appeal");
        for (body, faults) in [
            (json!({"responded_on": "2026-07-16"}), vec![("/responded_on", "date_before_previous_step")]),
            (json!({"answered_on": "2026-09-01"}), vec![("/recommendations_on", "missing_field")]),
            (json!({"recommendations_on": "2026-05-31"}), vec![("/recommendations_on", "date_before_previous_step")]),
            (json!({"recommendations_on": "2026-11-02", "answered_on": "2026-11-01"}), vec![("/answered_on", "date_before_previous_step")]),
            (json!({"responded_on": "2026-12-02"}), vec![("/responded_on", "date_in_future")]),
        ] {
            assert_eq!(know(&body).expect(422).faults(), faults, "{body}");
        }
        let responded = know(&json!({"responded_on": "2026-09-28"})).expect(200);
        assert_eq!(responded.deadline("respond_to_appeal")["status"], "met");
        assert_eq!(responded.json["clock"]["status"], "completed_in_time");
        know(&json!({"received_on": "2026-07-18"})).refused(409, "already_exists");
        let recommended = know(&json!({"recommendations_on": "2026-11-02"})).expect(200);
        let answer = recommended.deadline("respond_to_recommendations");
        assert_eq!((&answer["due_on"], &answer["status"]), (&json!("2026-12-07"), &json!("due_soon")));
        let answered = know(&json!({"answered_on": "2026-12-01"})).expect(200);
        assert_eq!(answered.deadline("respond_to_recommendations")["status"], "met");
        let correct = json!({"step": "appeal", "field": "answered_on", "value": "2026-11-01", "reason": "Mistyped."});
        app.manager().case_step(&this.case, "corrections", &correct).refused(422, "date_before_previous_step");
        assert_eq!(this.differences(app), []);
    }

    fn a_plan_that_was_to_cease_goes_on_and_is_amended_or_may_end(app: &TestApp) {
        let this = Disputed::issued_plan(app);
        let appeal = this.appeal("ceasing", "2026-06-01");
        let case = this.order(&appeal, "continue", "2026-11-09").expect(200);
        let limit = case.deadline("order_continue");
        assert_eq!((&limit["due_on"], &limit["status"], &case.json["stage"]), (&json!("2026-11-09"), &json!("met"), &json!("plan_issued")));
        this.order(&appeal, "cease_upheld", "2026-11-09").refused(409, "already_exists");
        let amended = this.order(&appeal, "amend_contents", "2026-11-09").expect(200);
        assert_eq!((&amended.json["stage"], &amended.deadline("order_amend_contents")["due_on"]), (&json!("drafting"), &json!("2026-12-14")));
        let next = this.officer.post(&format!("/cases/{}/plans", this.case), &json!({})).expect(201).id();
        this.write(&next, "F", "What the tribunal ordered.").expect(200);
        this.issue(&next, "2026-11-12").expect(200);
        let second = this.appeal("ceasing", "2026-11-20");
        let case = this.order(&second, "cease_upheld", "2026-12-01").expect(200);
        assert_eq!((&case.deadline("order_cease_upheld")["status"], &case.json["stage"]), (&json!("not_applicable"), &json!("plan_issued")));
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
        this.step("assessment-decision", &to_assess("2026-02-02")).expect(200);
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
        assert_eq!(this.differences(app), []);
    }

    fn a_day_to_respond_that_the_tribunal_directed_stands_in_the_place_of_the_thirty_days(app: &TestApp) {
        app.on_day("2026-06-01");
        let (officer, manager) = (app.caseworker(), app.manager());
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-02")).expect(200);
        let appeal = json!({"about": "refusal_to_assess", "registered_on": "2026-03-02", "received_on": "2026-03-02"});
        let registered = officer.case_step(&case, "appeals", &appeal).expect(200);
        assert_eq!(registered.deadline("respond_to_appeal")["due_on"], "2026-04-15");
        let id = registered.json["appeals"][0]["id"].as_str().unwrap().to_owned();
        let change = |persona: &Persona, body: Value| {
            persona.patch(&format!("/cases/{case}/appeals/{id}"), &persona.case(&case).etag, &body)
        };
        let directed = json!({"respond_by": "2026-07-18", "directed_on": "2026-04-10"});
        change(&officer, directed.clone()).refused(403, "forbidden");
        assert_eq!(change(&manager, json!({"respond_by": "2026-07-18"})).expect(422).faults(), [("/directed_on", "missing_field")]);
        assert_eq!(change(&manager, json!({"respond_by": "2026-04-09", "directed_on": "2026-04-10"})).expect(422).faults(), [("/respond_by", "date_before_previous_step")]);
        let set = change(&manager, directed).expect(200);
        let deadline = set.deadline("respond_to_appeal");
        assert_eq!((&deadline["due_on"], &deadline["status"]), (&json!("2026-07-18"), &json!("pending")), "a Saturday stands as given");
        assert!(deadline["derivation"].as_str().unwrap().contains("10 April 2026"), "{deadline}");
        let again = change(&manager, json!({"respond_by": "2026-08-03", "directed_on": "2026-05-20"})).expect(200);
        assert_eq!(again.deadline("respond_to_appeal")["due_on"], "2026-08-03", "the last direction counts");
    }

    fn mediation_that_cannot_be_arranged_is_told_to_the_adviser(app: &TestApp) {
        app.on_day("2026-06-01");
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-02")).expect(200);
        let asked = json!({"about": "refusal_to_assess", "told_on": "2026-03-02", "about_health": "none"});
        let asked = officer.case_step(&case, "mediation", &asked).expect(200);
        assert_eq!(asked.deadline("arrange_mediation")["status"], "overdue");
        let id = asked.json["mediations"][0]["id"].as_str().unwrap().to_owned();
        let change = |body: Value| officer.patch(&format!("/cases/{case}/mediation/{id}"), &officer.case(&case).etag, &body);
        assert_eq!(change(json!({"adviser_told_on": "2026-03-01"})).expect(422).faults(), [("/adviser_told_on", "date_before_previous_step")]);
        let told = change(json!({"adviser_told_on": "2026-03-20"})).expect(200);
        assert_eq!(told.json["mediations"][0]["adviser_told_on"], "2026-03-20");
        assert_eq!(told.deadline("arrange_mediation")["status"], "not_applicable");
    }
}
