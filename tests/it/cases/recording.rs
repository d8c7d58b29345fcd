//! Recording a request: what is derived at once, and what is refused.

use crate::support::cases::{a_case, to_assess};
use crate::support::{both, json};

fn golden(file: &str) -> Vec<Vec<String>> {
    let path = format!("{}/crates/statute/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

both! {
    fn a_request_gets_a_reference_and_every_deadline(app: &TestApp) {
        let made = app.caseworker().open_case(a_case());
        assert_eq!(made.etag, "\"1\"");
        assert_eq!(made.header("location").unwrap(), format!("/api/v1/cases/{}", made.id()));
        assert_eq!(made.json["reference"], "EHC-2026-000001");
        assert_eq!(made.json["stage"], "awaiting_decision");
        assert_eq!(made.json["person"]["surname"], "Ashdown");
        assert_eq!(made.json["clock"]["status"], "on_track");
        assert_eq!(made.json["clock"]["day"], 0);
        assert_eq!(made.json["clock"]["final_due_on"], "2026-05-25");
        assert_eq!(made.json["clock"]["next"], json!({"rule": "decide_to_assess", "due_on": "2026-02-16", "act_by": "2026-02-16"}));
        let last = made.deadline("issue_final_plan");
        assert_eq!((&last["due_on"], &last["act_by"]), (&json!("2026-05-25"), &json!("2026-05-22")), "25 May 2026 is a bank holiday");
        assert!(last["derivation"].as_str().unwrap().contains("5 January 2026"));
        assert_eq!(app.caseworker().case(&made.id()).json, made.json);
        let second = app.caseworker().open_case(a_case().of("Kim", "Lee", "2015-01-01"));
        assert_eq!(second.json["reference"], "EHC-2026-000002");
    }

    fn rights_that_pass_inside_a_case_and_a_25th_birthday_are_warned_about(app: &TestApp) {
        app.on_day("2026-03-02");
        let caseworker = app.caseworker();
        let open = |name: &str, born: &str| caseworker.open_case(a_case().of("Kim", name, born).received_on("2026-03-02"));
        let sixteen = open("Sixteen", "2010-08-31");
        assert_eq!(sixteen.json["person"]["rights_pass_on"], "2026-06-27", "the Saturday after the last Friday in June");
        assert!(sixteen.warnings().contains(&"rights_pass"), "{:?}", sixteen.warnings());
        let younger = open("Younger", "2010-09-01");
        assert_eq!(younger.json["person"]["rights_pass_on"], "2027-06-26");
        assert!(!younger.warnings().contains(&"rights_pass"));
        // 20 weeks end on 20 July 2026.
        assert!(open("Old", "2001-07-20").warnings().contains(&"turns_25"));
        assert!(!open("Younger still", "2001-07-21").warnings().contains(&"turns_25"));
    }

    fn a_school_year_is_that_of_the_day_on_which_it_was_told_with_the_request(app: &TestApp) {
        // Told in July and logged in September: year 8 of the year before is year 9 by now.
        app.on_day("2026-09-10");
        let officer = app.caseworker();
        let case = a_case().of("Kim", "Larch", "2013-05-05").received_on("2026-07-10").person("national_curriculum_year", json!(8));
        let case = officer.open_case(case).id();
        assert_eq!(officer.case(&case).json["person"]["curriculum_year_told_for"], 2025);
        officer.case_step(&case, "assessment-decision", &to_assess("2026-09-07")).expect(200);
        officer.advice_of_kind(&case, "preparing_for_adulthood");
    }

    fn golden_dates_come_back_over_http(app: &TestApp) {
        app.on_day("2028-12-01");
        let caseworker = app.caseworker();
        for (n, row) in golden("case_deadlines.csv").iter().enumerate() {
            let case = caseworker.open_case(a_case().of("Row", &format!("Number {n}"), "2012-01-01").received_on(&row[0]));
            let rules = ["decide_to_assess", "decide_on_plan", "send_draft_plan", "issue_final_plan"];
            for (rule, days) in rules.iter().zip(row[1..].chunks(2)) {
                let deadline = case.deadline(rule);
                assert_eq!((&deadline["due_on"], &deadline["act_by"]), (&json!(days[0]), &json!(days[1])), "{rule} of {}", row[0]);
            }
        }
    }

    fn every_fault_of_a_request_is_told_at_once_and_nothing_is_written(app: &TestApp) {
        let body = json!({
            "person": {"forename": "", "surname": "Ashdown", "date_of_birth": "2026-02-30", "sex": "X", "upn": "A801200001001", "nickname": "Bobby"},
            "received_on": "tomorrow", "request_source": "neighbour", "restricted": "yes",
            "contacts": [{"email": "nobody"}],
        });
        let refused = app.caseworker().post("/cases", &body).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [
            ("/contacts/0/email", "invalid_email"),
            ("/person/date_of_birth", "invalid_date"),
            ("/person/forename", "blank"),
            ("/person/nickname", "unknown_field"),
            ("/person/sex", "unknown_value"),
            ("/person/upn", "invalid_upn"),
            ("/received_on", "invalid_date"),
            ("/request_source", "unknown_value"),
            ("/restricted", "wrong_type"),
        ]);
        assert!(!refused.text().contains("Ashdown") && !refused.text().contains("Bobby"), "{}", refused.text());
        assert_eq!((app.count("cases"), app.count("people")), (0, 0));
    }

    fn numbers_that_cannot_be_are_told_all_at_once(app: &TestApp) {
        let case = a_case()
            .person("nhs_number", json!("943 476 5918"))
            .person("upn", json!("A801200001001"))
            .person("uln", json!("1000000042"))
            .person("postcode", json!("BS1"))
            .with("contacts", json!([{"email": "nobody"}]));
        let refused = app.caseworker().post("/cases", case.body()).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [
            ("/contacts/0/email", "invalid_email"),
            ("/person/nhs_number", "invalid_nhs_number"),
            ("/person/postcode", "invalid_postcode"),
            ("/person/uln", "invalid_uln"),
            ("/person/upn", "invalid_upn"),
        ]);
        let nowhere = a_case().with("setting_id", json!("01a20043-353a-76c2-a2c1-b6d8007653c9"));
        app.caseworker().post("/cases", nowhere.body()).refused(422, "unknown_setting");
        app.caseworker().post("/cases", a_case().person("forename", json!("A\u{0}b")).body()).refused(422, "invalid_format");
        app.caseworker().get("/cases?reference=%00").refused(422, "invalid_parameter");
        assert_eq!(app.count("cases"), 0);
    }

    fn a_health_body_is_no_setting_and_an_adviser_no_caseworker(app: &TestApp) {
        let health = app.organisation("Health Trust", "health");
        let adviser = app.adviser_of(&health);
        let case = a_case().with("setting_id", json!(health)).with("viewers", json!([adviser.id])).with("caseworker_id", json!(adviser.id));
        let refused = app.manager().post("/cases", case.body()).expect(422);
        let expected = [("/setting_id", "unknown_setting"), ("/viewers/0", "unknown_user"), ("/caseworker_id", "unknown_user")];
        assert_eq!(refused.faults(), expected);
    }

    fn days_that_cannot_be_are_refused(app: &TestApp) {
        let caseworker = app.caseworker();
        let tomorrow = a_case().received_on("2026-01-06");
        assert_eq!(caseworker.post("/cases", tomorrow.body()).refused(422, "date_in_future").faults(), [("/received_on", "date_in_future")]);
        caseworker.post("/cases", a_case().received_on("2016-03-03").body()).refused(422, "date_before_birth");
        caseworker.post("/cases", a_case().person("date_of_birth", json!("2026-01-06")).body()).refused(422, "date_in_future");
        caseworker.post("/cases", a_case().person("date_of_birth", json!("2001-01-05")).body()).refused(422, "too_old");
        caseworker.open_case(a_case().person("date_of_birth", json!("2001-01-06")));
    }

    fn a_person_is_named_in_one_way(app: &TestApp) {
        let caseworker = app.caseworker();
        caseworker.post("/cases", a_case().without("person").body()).refused(422, "missing_field");
        let both_ways = a_case().with("person_id", json!("01a20043-353a-76c2-a2c1-b6d8007653c9"));
        assert_eq!(caseworker.post("/cases", both_ways.body()).expect(422).faults(), [("/person_id", "unknown_field")]);
        let nobody = both_ways.without("person");
        caseworker.post("/cases", nobody.body()).refused(422, "unknown_person");
    }

    fn a_person_who_may_be_known_is_shown_to_be_chosen(app: &TestApp) {
        let caseworker = app.caseworker();
        let first = caseworker.open_case(a_case().of("Zoë", "O'Neill", "2014-05-06").person("nhs_number", json!("943 476 5919")));
        let same_name = a_case().of("ZOE", "ONeill", "2014-05-06");
        let refused = caseworker.post("/cases", same_name.body()).refused(409, "possible_duplicate");
        let candidate = &refused.json["candidates"][0];
        assert_eq!((&candidate["id"], &candidate["forename"]), (&first.json["person"]["id"], &json!("Zoë")));
        let same_number = a_case().of("Another", "Name", "2015-01-01").person("nhs_number", json!("9434765919"));
        caseworker.post("/cases", same_number.body()).refused(409, "possible_duplicate");
        assert_eq!(app.count("cases"), 1);
        let same_person = same_name.clone().without("person").with("person_id", first.json["person"]["id"].clone());
        caseworker.post("/cases", same_person.body()).refused(409, "case_already_open");
        caseworker.open_case(same_name.with("confirm_new_person", json!(true)));
        caseworker.case_step(&first.id(), "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let again = caseworker.open_case(same_person);
        assert_eq!(again.json["person"]["id"], first.json["person"]["id"]);
    }

    fn an_earlier_plan_is_a_warning_that_names_the_case(app: &TestApp) {
        let manager = app.manager();
        let first = manager.open_case(a_case());
        let id = first.id();
        manager.case_step(&id, "assessment-decision", &crate::support::cases::to_assess("2026-01-05")).expect(200);
        let refuse = json!({
            "outcome": "refuse", "decided_on": "2026-01-05", "notified_on": "2026-01-05", "reasons": "Met.",
            "notice": crate::support::cases::whole_notice(),
        });
        manager.case_step(&id, "plan-decision", &refuse).expect(200);
        let again = a_case().without("person").with("person_id", first.json["person"]["id"].clone());
        let second = manager.open_case(again);
        let warning = second.json["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "assessed_recently").unwrap();
        assert_eq!(warning["case_id"], json!(id));
    }

    fn of_the_same_request_recorded_at_once_one_case_comes(app: &TestApp) {
        let caseworker = app.caseworker();
        let statuses = at_once(4, || caseworker.post("/cases", a_case().body()).status);
        assert_eq!(statuses, [201, 409, 409, 409]);
        assert_eq!((app.count("cases"), app.count("people")), (1, 1));
    }

    fn a_repeated_request_with_its_key_is_answered_with_the_first_answer(app: &TestApp) {
        let caseworker = app.caseworker();
        let send = || caseworker.request("POST", "/cases").idempotency_key("k-1").json(a_case().body()).send();
        let first = send().expect(201);
        let second = send().expect(201);
        assert_eq!((first.json.clone(), first.etag.clone()), (second.json.clone(), second.etag.clone()));
        assert_eq!(first.header("location"), second.header("location"));
        let other = a_case().of("Some", "One", "2015-01-01");
        caseworker.request("POST", "/cases").idempotency_key("k-1").json(other.body()).send().refused(422, "idempotency_key_reused");
        assert_eq!(app.count("cases"), 1);
    }

    fn a_change_that_makes_a_person_look_like_another_is_to_be_confirmed(app: &TestApp) {
        let caseworker = app.caseworker();
        let numbered = a_case().of("Zoë", "O'Neill", "2014-05-06").person("nhs_number", json!("9434765919")).person("upn", json!("H801200001001"));
        let known = caseworker.open_case(numbered).json["person"]["id"].clone();
        let other = caseworker.open_case(a_case().of("Sam", "Stone", "2015-01-01")).json["person"]["id"].as_str().unwrap().to_owned();
        let path = format!("/people/{other}");
        let change = |body| caseworker.patch(&path, "*", &body);
        for body in [
            json!({"nhs_number": "943 476 5919"}),
            json!({"upn": "h801200001001"}),
            json!({"forename": "ZOE", "surname": "ONeill", "date_of_birth": "2014-05-06"}),
        ] {
            let refused = change(body).refused(409, "possible_duplicate");
            let candidates = refused.json["candidates"].as_array().unwrap();
            assert_eq!((candidates.len(), &candidates[0]["id"], &candidates[0]["forename"]), (1, &known, &json!("Zoë")));
        }
        let person = caseworker.get(&path).expect(200);
        assert_eq!((person.etag.as_str(), &person.json["upn"], &person.json["surname"]), ("\"1\"", &json!(null), &json!("Stone")));
        // A fault comes first.
        change(json!({"nhs_number": "9434765919", "upn": "A801200001001"})).refused(422, "invalid_upn");
        // Half of name and birth date is nobody else, and a change of other things asks nothing.
        change(json!({"forename": "Zoë", "surname": "O'Neill"})).expect(200);
        change(json!({"date_of_birth": "2014-05-06", "confirm_new_person": true})).expect(200);
        change(json!({"ethnicity": "WBRI", "forename": "Zoe"})).expect(200);
        change(json!({"nhs_number": "9434765919", "confirm_new_person": false})).refused(409, "possible_duplicate");
    }

    fn whom_a_changed_person_may_be_is_not_shown_to_those_who_may_not_know(app: &TestApp) {
        let restricted = a_case().of("Zoë", "O'Neill", "2014-05-06").person("upn", json!("H801200001001")).with("restricted", json!(true));
        app.manager().open_case(restricted);
        let other = app.caseworker().open_case(a_case()).json["person"]["id"].as_str().unwrap().to_owned();
        let change = |persona: &crate::support::Persona| persona.patch(&format!("/people/{other}"), "*", &json!({"upn": "H801200001001"}));
        let refused = change(&app.caseworker()).refused(409, "possible_duplicate");
        assert_eq!(refused.json["candidates"], json!([]), "{}", refused.text());
        assert_eq!(change(&app.manager()).refused(409, "possible_duplicate").json["candidates"].as_array().unwrap().len(), 1);
    }

    fn of_two_people_who_are_given_one_number_at_once_one_gets_it(app: &TestApp) {
        let caseworker = app.caseworker();
        let person = |forename: &str| {
            let case = caseworker.open_case(a_case().of(forename, "Stone", "2015-01-01"));
            case.json["person"]["id"].as_str().unwrap().to_owned()
        };
        let people = [person("Sam"), person("Kim"), person("Ash")];
        let change = |id: &str| caseworker.patch(&format!("/people/{id}"), "\"1\"", &json!({"upn": "H801200001001"})).status;
        let change = &change;
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = people.iter().map(|id| scope.spawn(move || change(id))).collect();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409]);
    }

    fn a_misspelt_name_is_mended_and_found(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case());
        let path = format!("/people/{}", case.json["person"]["id"].as_str().unwrap());
        let person = caseworker.get(&path).expect(200);
        let mended = caseworker.patch(&path, &person.etag, &json!({"surname": "Ashdowne", "upn": "H801200001001"})).expect(200);
        assert_eq!((&mended.json["surname"], &mended.json["forename"]), (&json!("Ashdowne"), &json!("Robin")));
        caseworker.patch(&path, &person.etag, &json!({"surname": "X"})).refused(412, "stale");
        caseworker.patch(&path, &mended.etag, &json!({"date_of_birth": "2026-01-05"})).expect(200);
        let found = caseworker.post("/cases/search", &json!({"q": "ashdowne h801"})).expect(200);
        assert_eq!(found.json["items"][0]["id"], json!(case.id()));
        assert_eq!(caseworker.case(&case.id()).etag, "\"3\"", "a change to the person is one to the case");
    }
}

/// Does the same in several threads; the statuses in order.
fn at_once(n: usize, what: impl Fn() -> u16 + Sync) -> Vec<u16> {
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..n).map(|_| scope.spawn(&what)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}
