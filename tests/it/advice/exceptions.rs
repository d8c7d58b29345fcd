//! An adviser's lawful exceptions (Regs 8(2)).

use crate::support::{both, json};

both! {
    fn an_adviser_proposes_and_a_caseworker_confirms(app: &TestApp) {
        let trust = app.health("Health Trust");
        let (caseworker, adviser) = (app.caseworker(), app.adviser_of(&trust));
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let body = json!({"ground": "missed_appointment", "from_on": "2026-01-20", "to_on": "2026-01-20", "evidence": "Letter of 21 January."});
        let proposed = adviser.advice_step(&medical, "exceptions", &body).expect(200);
        let exception = &proposed.json["exceptions"][0];
        assert_eq!((&exception["state"], &exception["ground"]), (&json!("proposed"), &json!("missed_appointment")));
        assert_eq!((&proposed.json["excepted"], proposed.etag.as_str()), (&json!(false), "\"2\""), "only a confirmed one counts");
        let step = format!("exceptions/{}/confirmation", exception["id"].as_str().unwrap());
        adviser.advice_step(&medical, &step, &json!({})).refused(403, "forbidden");
        let confirmed = caseworker.advice_step(&medical, &step, &json!({})).expect(200);
        assert_eq!((&confirmed.json["exceptions"][0]["state"], &confirmed.json["excepted"]), (&json!("confirmed"), &json!(true)));
        assert_eq!(confirmed.json["due_on"], "2026-02-16", "it moves no day");
        caseworker.advice_step(&medical, &step, &json!({})).refused(409, "not_possible_now");
        app.on_day("2026-02-17");
        let late = adviser.advice(&medical).json;
        assert_eq!((&late["overdue"], &late["excepted"]), (&json!(true), &json!(true)));
        assert_eq!(caseworker.case(&id).json["exceptions"], json!([]), "it is the request's, not the case's");
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).filter(|action| action.starts_with("exception_")).collect();
        assert_eq!(actions, ["exception_proposed", "exception_confirmed"]);
    }

    fn a_ground_that_advice_does_not_know_is_refused_with_the_citation(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        for ground in ["school_closed", "early_years_provider_closed", "exceptional_personal_circumstances"] {
            let body = json!({"ground": ground, "from_on": "2026-01-05", "to_on": "2026-03-01"});
            let refused = caseworker.advice_step(&medical, "exceptions", &body).refused(422, "ground_not_available");
            assert!(refused.json["citation"].as_str().unwrap().contains("8(2)"), "{}", refused.text());
        }
        let body = json!({"ground": "absent_from_area", "from_on": "2026-01-05", "to_on": "2026-01-04", "evidence": " "});
        let refused = caseworker.advice_step(&medical, "exceptions", &body).expect(422);
        assert_eq!(refused.faults(), [("/to_on", "out_of_range"), ("/evidence", "blank")]);
        let family = caseworker.advice_of_kind(&id, "family");
        caseworker.advice_step(&family, "exceptions", &json!({"ground": "absent_from_area", "from_on": "2026-01-05"})).refused(409, "not_possible_now");
        assert_eq!(app.count("exceptions"), 0);
    }

    fn an_absence_relieves_from_28_days_within_the_six_weeks(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        for (kind, to_on, excepted) in [("medical", "2026-02-01", true), ("social_care", "2026-01-31", false)] {
            let request = caseworker.advice_of_kind(&id, kind);
            let body = json!({"ground": "absent_from_area", "from_on": "2026-01-05", "to_on": to_on, "evidence": "A letter."});
            let proposed = caseworker.advice_step(&request, "exceptions", &body).expect(200);
            let step = format!("exceptions/{}/confirmation", proposed.json["exceptions"][0]["id"].as_str().unwrap());
            assert_eq!(caseworker.advice_step(&request, &step, &json!({})).expect(200).json["excepted"], excepted, "{kind}");
        }
    }

    fn an_advisers_exception_is_confirmed_only_with_its_evidence(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let body = json!({"ground": "missed_appointment", "from_on": "2026-01-05"});
        let proposed = caseworker.advice_step(&medical, "exceptions", &body).expect(200);
        let step = format!("exceptions/{}/confirmation", proposed.json["exceptions"][0]["id"].as_str().unwrap());
        let refused = caseworker.advice_step(&medical, &step, &json!({})).refused(422, "evidence_required");
        assert_eq!(refused.faults(), [("/evidence", "evidence_required")]);
        assert_eq!(refused.json["citation"], "Regulation 8(2) SEND Regulations 2014");
        assert_eq!(caseworker.advice(&medical).json["exceptions"][0]["state"], "proposed");
        let confirmed = caseworker.advice_step(&medical, &step, &json!({"evidence": "The clinic's letter."})).expect(200);
        assert_eq!(confirmed.json["exceptions"][0]["evidence"], "The clinic's letter.");
    }

    fn an_exception_of_another_request_is_not_found(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let (medical, social) = (caseworker.advice_of_kind(&id, "medical"), caseworker.advice_of_kind(&id, "social_care"));
        let body = json!({"ground": "missed_appointment", "from_on": "2026-01-05"});
        let proposed = caseworker.advice_step(&medical, "exceptions", &body).expect(200);
        let exception = proposed.json["exceptions"][0]["id"].as_str().unwrap();
        caseworker.advice_step(&social, &format!("exceptions/{exception}/confirmation"), &json!({})).refused(404, "not_found");
        caseworker.advice_step(&social, "exceptions/none/confirmation", &json!({})).refused(404, "not_found");
    }
}
