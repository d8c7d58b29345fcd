//! Who else is told of a request and of what was decided on it, and whom the family's notices are for.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
use crate::support::{Persona, Response, Value, both, json};

/// The codes of the warnings about notices that are not on record.
fn not_told(case: &Response) -> Vec<&str> {
    let about_notices = |code: &&str| code.ends_with("_not_notified") || *code == "family_views_not_invited";
    case.warnings().into_iter().filter(about_notices).collect()
}

fn warning<'a>(case: &'a Response, code: &str) -> &'a Value {
    let mut all = case.json["warnings"].as_array().unwrap().iter();
    all.find(|one| one["code"] == code).unwrap_or_else(|| panic!("no {code}: {}", case.text()))
}

fn told(about: &str, recipients: &[&str], on: &str) -> Value {
    json!({"about": about, "recipients": recipients, "given_on": on})
}

/// Says what became of a person's capacity, or who may be written to.
fn change_person(persona: &Persona, case: &str, change: &Value) -> Response {
    let person = persona.case(case).json["person"]["id"].as_str().unwrap().to_owned();
    let path = format!("/people/{person}");
    let etag = persona.get(&path).expect(200).etag;
    persona.patch(&path, &etag, change)
}

fn contacts(persona: &Persona, case: &str, contacts: &Value) -> Response {
    persona.patch(&format!("/cases/{case}"), &persona.case(case).etag, &json!({"contacts": contacts})).expect(200)
}

const ALL: [&str; 3] = ["icb", "social_care", "setting"];

both! {
    fn who_is_not_on_record_as_told_of_a_request_and_its_decision_is_warned_about(app: &TestApp) {
        app.on_day("2026-02-20");
        let officer = app.caseworker();
        let school = app.organisation("Marlbrook School", "education_setting");
        let case = officer.open_case(a_case().with("setting_id", json!(school))).id();
        let say = |body: Value| officer.case_step(&case, "given-notices", &body);
        let new = officer.case(&case);
        assert_eq!(not_told(&new), ["receipt_not_notified"]);
        let detail = warning(&new, "receipt_not_notified")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("the ICB, the officers of social care and the school, college or provider"), "{detail}");
        assert!(detail.contains("Regulation 4(2)"), "{detail}");
        let some = say(told("receipt", &["icb", "setting"], "2026-01-06")).expect(200);
        assert!(warning(&some, "receipt_not_notified")["detail"].as_str().unwrap().contains(": the officers of social care."));
        assert_eq!(not_told(&say(told("receipt", &["social_care"], "2026-01-07")).expect(200)), Vec::<&str>::new());
        let assessed = officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        assert_eq!(not_told(&assessed), ["family_views_not_invited", "assessment_decision_not_notified"]);
        let all = say(told("assessment_decision", &ALL, "2026-02-03")).expect(200);
        assert_eq!(not_told(&all), ["family_views_not_invited"], "section 36(7)");
        let all = say(told("receipt", &["family"], "2026-02-03")).expect(200);
        assert_eq!(not_told(&all), Vec::<&str>::new());
        let shown: Vec<_> = all.json["given_notices"].as_array().unwrap().iter().map(|one| (one["about"].clone(), one["recipient"].clone(), one["given_on"].clone())).collect();
        assert_eq!(shown.len(), 7);
        assert_eq!(shown[0], (json!("receipt"), json!("icb"), json!("2026-01-06")));
        assert_eq!(shown[6], (json!("receipt"), json!("family"), json!("2026-02-03")));
    }

    fn of_a_refusal_the_setting_and_the_nhs_are_told_and_no_views_are_asked_for(app: &TestApp) {
        app.on_day("2026-04-20");
        let officer = app.caseworker();
        let refused = officer.open_case(a_case()).id();
        let refusal = officer.case_step(&refused, "assessment-decision", &to_refuse_assessment("2026-02-02")).expect(200);
        assert_eq!(not_told(&refusal), ["receipt_not_notified", "assessment_decision_not_notified"]);
        let say = |case: &str, body: Value| officer.case_step(case, "given-notices", &body).expect(200);
        // The child has no setting: there is no head to be told. A notice can be recorded after the end of the case.
        say(&refused, told("receipt", &["icb", "social_care"], "2026-01-06"));
        let all = say(&refused, told("assessment_decision", &["icb", "social_care"], "2026-02-02"));
        assert_eq!(not_told(&all), Vec::<&str>::new());
        let school = app.organisation("Marlbrook School", "education_setting");
        let case = officer.open_case(a_case().of("Ada", "Birch", "2016-01-01").with("setting_id", json!(school))).id();
        officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        let no_plan = json!({"outcome": "refuse", "decided_on": "2026-04-13", "notified_on": "2026-04-14", "reasons": "Needs are met.", "notice": whole_notice()});
        let ended = officer.case_step(&case, "plan-decision", &no_plan).expect(200);
        let detail = warning(&ended, "plan_refusal_not_notified")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(": the ICB and the school, college or provider.") && detail.contains("Regulation 10(2)"), "{detail}");
        let all = say(&case, told("plan_refusal", &["icb", "setting"], "2026-04-14"));
        assert!(!not_told(&all).contains(&"plan_refusal_not_notified"));
    }

    fn a_notice_that_cannot_be_true_is_refused_and_nothing_is_written(app: &TestApp) {
        app.on_day("2026-02-20");
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        let say = |body: &Value| officer.case_step(&case, "given-notices", body);
        for (body, faults) in [
            (told("receipt", &[], "2026-01-06"), vec![("/recipients", "too_short")]),
            (told("receipt", &["icb", "icb"], "2026-01-06"), vec![("/recipients/1", "contradiction")]),
            (told("receipt", &["press"], "2026-01-06"), vec![("/recipients/0", "unknown_value")]),
            (told("opening", &["icb"], "2026-01-06"), vec![("/about", "unknown_value")]),
            (told("receipt", &["icb"], "2026-01-04"), vec![("/given_on", "date_before_previous_step")]),
            (told("receipt", &["icb"], "2026-02-21"), vec![("/given_on", "date_in_future")]),
            (json!({"about": "receipt"}), vec![("/recipients", "missing_field")]),
        ] {
            assert_eq!(say(&body).expect(422).faults(), faults, "{body}");
        }
        say(&told("assessment_decision", &["icb"], "2026-01-06")).refused(409, "not_in_stage");
        say(&told("plan_refusal", &["icb"], "2026-01-06")).refused(409, "not_in_stage");
        let path = format!("/cases/{case}/given-notices");
        officer.post(&path, &told("receipt", &["icb"], "2026-01-06")).refused(428, "precondition_required");
        officer.step(&path, "\"99\"", &told("receipt", &["icb"], "2026-01-06")).refused(412, "stale");
        officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        let to_family = say(&told("assessment_decision", &["icb", "family"], "2026-02-02")).expect(422);
        assert_eq!(to_family.faults(), [("/recipients", "family_notified_by_decision")], "that is notified_on");
        assert!(to_family.text().contains("Regulation 5(2)"));
        assert_eq!(say(&told("assessment_decision", &["icb"], "2026-02-01")).expect(422).faults(), [("/given_on", "date_before_previous_step")]);
        assert_eq!(officer.case(&case).json["given_notices"], json!([]));
    }

    fn a_notice_that_was_recorded_by_mistake_counts_for_nothing_and_stays_on_record(app: &TestApp) {
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        let given = officer.case_step(&case, "given-notices", &json!({"about": "receipt", "recipients": ["icb", "social_care"]})).expect(200);
        assert_eq!(not_told(&given), Vec::<&str>::new());
        let id = given.json["given_notices"][0]["id"].as_str().unwrap().to_owned();
        let step = format!("given-notices/{id}/cancellation");
        officer.case_step(&case, &step, &json!({"reason": " "})).refused(422, "blank");
        let cancelled = officer.case_step(&case, &step, &json!({"reason": "It went to another trust."})).expect(200);
        assert_eq!(not_told(&cancelled), ["receipt_not_notified"]);
        let shown = &cancelled.json["given_notices"][0];
        assert_eq!((&shown["cancelled_on"], &shown["cancellation_reason"]), (&json!("2026-01-05"), &json!("It went to another trust.")));
        officer.case_step(&case, &step, &json!({"reason": "Again."})).refused(409, "not_possible_now");
        let other = officer.open_case(a_case().of("Ada", "Birch", "2016-01-01")).id();
        officer.case_step(&other, &step, &json!({"reason": "Of another case."})).refused(404, "not_found");
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).filter(|action| action.starts_with("notice_")).collect();
        assert_eq!(actions, ["notice_given", "notice_cancelled"]);
    }

    fn a_withdrawn_case_asks_for_no_more_notices(app: &TestApp) {
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        let ended = officer.case_step(&case, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        assert_eq!(not_told(&ended), Vec::<&str>::new());
    }

    fn each_notice_says_whom_it_is_for_and_the_rights_pass_in_between(app: &TestApp) {
        // Born on 31 August 2010: the rights pass on 27 June 2026.
        app.on_day("2026-07-20");
        let officer = app.caseworker();
        let case = officer.open_case(a_case().of("Kim", "Sixteen", "2010-08-31").received_on("2026-05-18")).id();
        let decided = officer.case_step(&case, "assessment-decision", &to_assess("2026-06-26")).expect(200);
        assert_eq!(decided.json["decisions"]["assessment"]["addressee"], "parent", "the Friday still belongs to the parent");
        assert_eq!(decided.json["addressee"], "young_person");
        let correct = json!({"step": "assessment_decision", "field": "notified_on", "value": "2026-06-27", "reason": "Sent a day later."});
        let corrected = app.manager().case_step(&case, "corrections", &correct).expect(200);
        assert_eq!(corrected.json["decisions"]["assessment"]["addressee"], "young_person");
        let younger = officer.open_case(a_case().of("Ada", "Birch", "2016-01-01"));
        assert_eq!(younger.json["addressee"], "parent");
        assert!(!younger.warnings().contains(&"addressee_missing"));
    }

    fn where_a_young_person_lacks_capacity_who_decided_it_and_when_is_kept(app: &TestApp) {
        app.on_day("2026-07-20");
        let officer = app.caseworker();
        let case = officer.open_case(a_case().of("Kim", "Sixteen", "2010-08-31").received_on("2026-07-01")).id();
        let opened = officer.case(&case);
        assert_eq!((&opened.json["addressee"], &opened.json["person"]["capacity"]), (&json!("young_person"), &Value::Null));
        assert!(opened.warnings().contains(&"addressee_missing"), "{:?}", opened.warnings());
        let marked = contacts(&officer, &case, &json!([{"name": "Kim Sixteen", "email": "kim@family.example", "role": "young_person"}]));
        assert!(!marked.warnings().contains(&"addressee_missing"));
        for (capacity, faults) in [
            (json!({"lacking": true, "decided_by": "Dr Wren"}), vec![("/capacity/decided_on", "missing_field")]),
            (json!({"lacking": true, "decided_on": "2026-07-10"}), vec![("/capacity/decided_by", "missing_field")]),
            (json!({"lacking": true, "decided_by": " ", "decided_on": "2026-07-10"}), vec![("/capacity/decided_by", "blank")]),
            (json!({"lacking": true, "decided_by": "Dr Wren", "decided_on": "2026-07-21"}), vec![("/capacity/decided_on", "date_in_future")]),
            (json!({"lacking": true, "decided_by": "Dr Wren", "decided_on": "2010-08-30"}), vec![("/capacity/decided_on", "date_before_previous_step")]),
        ] {
            assert_eq!(change_person(&officer, &case, &json!({"capacity": capacity})).expect(422).faults(), faults);
        }
        let lacking = json!({"lacking": true, "decided_by": "Dr Wren", "decided_on": "2026-07-10"});
        change_person(&officer, &case, &json!({"capacity": lacking})).expect(200);
        let known = officer.case(&case);
        assert_eq!((&known.json["addressee"], &known.json["person"]["capacity"]), (&json!("parent"), &lacking));
        let represented = contacts(&officer, &case, &json!([{"name": "Pat Aunt", "role": "representative"}]));
        assert_eq!(represented.json["addressee"], "representative");
        // What else is changed leaves it, and null takes it back.
        change_person(&officer, &case, &json!({"sex": "F"})).expect(200);
        assert_eq!(officer.case(&case).json["person"]["capacity"], lacking);
        let back = change_person(&officer, &case, &json!({"capacity": null})).expect(200);
        assert_eq!(back.json["capacity"], Value::Null);
        assert_eq!(officer.case(&case).json["addressee"], "young_person");
    }
}
