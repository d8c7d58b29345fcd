//! Advice that a body of section 31 declines to give, and that of the Secretary of State for Defence.

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::{both, json};

both! {
    fn a_section_31_body_declines_with_written_reasons_and_is_settled_and_not_late(app: &TestApp) {
        let trust = app.health("Health Trust");
        let (caseworker, adviser) = (app.caseworker(), app.adviser_of(&trust));
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        // It was due on 16 February.
        app.on_day("2026-03-02");
        assert_eq!(adviser.advice(&medical).json["overdue"], true);
        adviser.advice_step(&medical, "declination", &json!({})).refused(422, "missing_field");
        adviser.advice_step(&medical, "declination", &json!({"reasons": " "})).refused(422, "blank");
        let early = adviser.advice_step(&medical, "declination", &json!({"declined_on": "2026-03-01", "reasons": "Not known to us."})).expect(422);
        assert_eq!(early.faults(), [("/declined_on", "not_today")], "its own answer bears the service's day");
        let declined = adviser.advice_step(&medical, "declination", &json!({"reasons": "Not known to us."})).expect(200);
        assert_eq!((&declined.json["status"], &declined.json["overdue"], &declined.json["days_late"]), (&json!("declined"), &json!(false), &json!(null)));
        let closing = &caseworker.advice(&medical).json["closing"];
        assert_eq!((&closing["on"], &closing["reason"]), (&json!("2026-03-02"), &json!("Not known to us.")));
        adviser.advice_step(&medical, "submissions", &a_report()).refused(409, "not_in_stage");
        adviser.advice_step(&medical, "declination", &json!({"reasons": "Again."})).refused(409, "not_in_stage");
        let case = caseworker.case(&id);
        let deadline = case.deadlines("advice").into_iter().find(|one| one["subject"]["id"] == json!(medical)).unwrap();
        assert_eq!(deadline["status"], "not_applicable");
        assert!(case.warnings().contains(&"advice_declined"), "{:?}", case.warnings());
        let report = app.manager().get("/reports/advice?from=2026-01-01&to=2026-12-31").expect(200).json;
        let part = report["groups"].as_array().unwrap().iter().find(|group| group["key"] == "medical").unwrap();
        for (number, count) in [("requested", 1), ("not_owed", 1), ("late", 0), ("overdue", 0), ("unanswered", 0)] {
            assert_eq!(part[number], json!(count), "{number}: {part}");
        }
        // On the day before it was still owed.
        let then = app.manager().get("/reports/advice?from=2026-01-01&to=2026-12-31&as_at=2026-03-01").expect(200).json;
        let part = then["groups"].as_array().unwrap().iter().find(|group| group["key"] == "medical").unwrap();
        assert_eq!((&part["overdue"], &part["not_owed"]), (&json!(1), &json!(0)));
    }

    fn a_caseworker_records_for_the_body_that_it_declined_on_an_earlier_day(app: &TestApp) {
        app.health("Health Trust");
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        app.on_day("2026-02-10");
        for (day, code) in [("2026-01-04", "date_before_previous_step"), ("2026-02-11", "date_in_future")] {
            let body = json!({"declined_on": day, "reasons": "Not known to them."});
            assert_eq!(caseworker.advice_step(&medical, "declination", &body).expect(422).faults(), [("/declined_on", code)]);
        }
        let body = json!({"declined_on": "2026-02-02", "reasons": "Not known to them."});
        assert_eq!(caseworker.advice_step(&medical, "declination", &body).expect(200).json["closing"]["on"], "2026-02-02");
        let event = app.events().pop().unwrap();
        assert!(event.action == "advice_declined" && event.details.contains("Not known to them."), "{event:?}");
    }

    fn who_is_no_section_31_body_and_the_family_do_not_decline(app: &TestApp) {
        let service = json!({"name": "A Service", "kind": "educational_psychology", "default_for": ["psychological"]});
        let service = app.admin().post("/organisations", &service).expect(201).id();
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let (psychological, family) = (caseworker.advice_of_kind(&id, "psychological"), caseworker.advice_of_kind(&id, "family"));
        let body = json!({"reasons": "No capacity."});
        let refused = app.adviser_of(&service).advice_step(&psychological, "declination", &body).refused(409, "declining_not_available");
        assert!(refused.json["citation"].as_str().unwrap().starts_with("Section 31(2)"), "{}", refused.text());
        let refused = caseworker.advice_step(&family, "declination", &body).refused(409, "declining_not_available");
        assert!(refused.json["citation"].as_str().unwrap().contains("6(1)(a)"), "{}", refused.text());
        for request in [&psychological, &family] {
            let kept = caseworker.advice(request).json;
            assert_eq!((&kept["status"], &kept["closing"]), (&json!("requested"), &json!(null)));
        }
        assert!(app.events().iter().all(|event| event.action != "advice_declined"));
    }

    fn a_body_declines_by_its_secure_link_as_a_program_and_by_the_form(app: &TestApp) {
        app.answers_by_link("Health Trust", "health", "medical");
        let caseworker = app.caseworker();
        let of_child = |surname: &str| {
            let id = caseworker.open_case(a_case().of("Robin", surname, "2016-03-04")).id();
            caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
            (caseworker.advice_of_kind(&id, "medical"), app.visitor())
        };
        let (by_program, visitor) = of_child("One");
        assert!(visitor.look().expect(200).text().contains("Decline to give this advice"));
        visitor.decline(&json!({})).refused(422, "missing_field");
        assert_eq!(visitor.decline(&json!({"reasons": "Not known to us."})).expect(200).json["status"], "declined");
        visitor.get("").refused(404, "not_found");
        let (by_form, visitor) = of_child("Two");
        let page = visitor.send_declination(&[("reasons", " ")]).expect(422);
        assert!(page.text().contains("There is a problem") && page.text().contains("reasons-fault"), "{}", page.text());
        let page = visitor.send_declination(&[("reasons", "Not known to us.")]).expect(200);
        assert!(page.text().contains("Thank you"), "{}", page.text());
        for request in [by_program, by_form] {
            let kept = caseworker.advice(&request).json;
            assert_eq!((&kept["status"], &kept["closing"]["reason"]), (&json!("declined"), &json!("Not known to us.")));
        }
        // Who is no body of section 31 is not offered it.
        let service = app.answers_by_link("A Service", "educational_psychology", "psychological");
        let id = app.caseworker().open_case(a_case().of("Robin", "Three", "2016-03-04")).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        caseworker.ask(&id, &json!({"kind": "other", "organisation_id": service})).expect(201);
        let visitor = app.visitor();
        let page = visitor.look().expect(200);
        assert!(page.text().contains("other advice") && !page.text().contains("Decline to give"), "{}", page.text());
        visitor.decline(&json!({"reasons": "No capacity."})).refused(409, "declining_not_available");
    }

    fn section_k_lists_declined_advice_as_not_obtained_with_its_day(app: &TestApp) {
        app.health("Health Trust");
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        for one in caseworker.advice_of(&id) {
            let request = one["id"].as_str().unwrap();
            match one["kind"].as_str().unwrap() {
                "medical" => caseworker.advice_step(request, "declination", &json!({"reasons": "Robin is not known to us."})).expect(200),
                _ => caseworker.advice_step(request, "cancellation", &json!({"reason": "Not needed."})).expect(200),
            };
        }
        caseworker.case_step(&id, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-01-05"})).expect(200);
        let plan = caseworker.post(&format!("/cases/{id}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = caseworker.get(&format!("/plans/{plan}")).expect(200).etag;
            caseworker.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        // What was declined is settled: no manager has to override.
        let etag = caseworker.get(&format!("/plans/{plan}")).expect(200).etag;
        caseworker.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": "2026-01-05"})).expect(200);
        let k = caseworker.get(&format!("/plans/{plan}")).expect(200).json["sections"]["K"].clone();
        assert_eq!(k["text"], "<ul><li>Medical advice, Health Trust, not obtained: declined on 5 January 2026</li></ul>");
        assert_eq!(k["sources"][0]["declined_on"], "2026-01-05");
        assert!(!k.to_string().contains("not known to us"), "{k}");
    }

    fn where_a_parent_serves_in_the_armed_forces_the_secretary_of_state_for_defence_is_asked(app: &TestApp) {
        let caseworker = app.caseworker();
        let of_child = |surname: &str, serves: Option<bool>| {
            let case = a_case().of("Robin", surname, "2016-03-04").person("parent_in_armed_forces", json!(serves));
            caseworker.open_case(case).id()
        };
        let kinds = |case: &str| caseworker.advice_of(case).into_iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let (serves, does_not, unknown) = (of_child("Serves", Some(true)), of_child("Stays", Some(false)), of_child("Unknown", None));
        let not_known = |case: &str| caseworker.case(case).warnings().contains(&"armed_forces_not_known");
        assert_eq!([not_known(&serves), not_known(&does_not), not_known(&unknown)], [false, false, true]);
        for case in [&serves, &does_not, &unknown] {
            caseworker.case_step(case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        }
        assert_eq!(kinds(&does_not), ["family", "education", "medical", "psychological", "social_care"]);
        assert_eq!(kinds(&unknown), kinds(&does_not));
        assert_eq!(kinds(&serves), ["family", "education", "armed_forces", "medical", "psychological", "social_care"]);
        let asked = caseworker.advice_of_kind(&serves, "armed_forces");
        assert_eq!(caseworker.advice(&asked).json["organisation"], json!(null), "nobody is configured");
        let unaddressed = caseworker.work_list("unaddressed=true");
        assert!(unaddressed.contains(&asked), "it is listed as something to fix");
        // It becomes known later: the case says what is still to be asked.
        let person = caseworker.case(&unknown).json["person"]["id"].as_str().unwrap().to_owned();
        let path = format!("/people/{person}");
        let etag = caseworker.get(&path).expect(200).etag;
        assert_eq!(caseworker.patch(&path, &etag, &json!({"parent_in_armed_forces": true})).expect(200).json["parent_in_armed_forces"], true);
        assert!(caseworker.case(&unknown).warnings().contains(&"armed_forces_not_asked"));
        let defence = json!({"name": "Ministry", "kind": "other", "default_for": ["armed_forces"]});
        let ministry = app.admin().post("/organisations", &defence).expect(201).id();
        let made = caseworker.ask(&unknown, &json!({"kind": "armed_forces"})).expect(201);
        assert_eq!(made.json["organisation"]["id"], json!(ministry));
        assert!(!caseworker.case(&unknown).warnings().contains(&"armed_forces_not_asked"));
        let next = of_child("Next", Some(true));
        caseworker.case_step(&next, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let asked = caseworker.advice_of_kind(&next, "armed_forces");
        assert_eq!(caseworker.advice(&asked).json["organisation"]["id"], json!(ministry), "addressed to the default organisation");
    }

    fn advice_that_is_not_sought_and_evidence_that_is_not_passed_on_are_warned_about(app: &TestApp) {
        app.on_day("2026-02-20");
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case()).id();
        let assessed = caseworker.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        assert!(!assessed.warnings().contains(&"advice_not_sought") && !assessed.warnings().contains(&"evidence_not_passed_on"));
        let medical = caseworker.advice_of_kind(&case, "medical");
        caseworker.advice_step(&medical, "cancellation", &json!({"reason": "Not needed."})).expect(200);
        let cancelled = caseworker.case(&case);
        let warning = cancelled.json["warnings"].as_array().unwrap().iter().find(|one| one["code"] == "advice_not_sought").unwrap();
        assert!(warning["detail"].as_str().unwrap().contains("stands: medical. Ask"), "{warning}");
        caseworker.ask(&case, &json!({"kind": "medical", "requested_on": "2026-02-03"})).expect(201);
        assert!(!caseworker.case(&case).warnings().contains(&"advice_not_sought"));
        let none = caseworker.open_case(a_case().of("Ada", "Birch", "2016-01-01")).id();
        let without = json!({"outcome": "assess", "decided_on": "2026-02-02", "notified_on": "2026-02-02", "request_advice": false});
        assert!(caseworker.case_step(&none, "assessment-decision", &without).expect(200).warnings().contains(&"advice_not_sought"));
        // What the family sends after advice was asked for goes to those who still owe theirs.
        let shared = [("file", Some("a.txt"), b"A letter.".as_slice()), ("shared_with_advisers", None, b"true")];
        let document = caseworker.send_form(&format!("/cases/{case}/documents"), &shared).expect(201).id();
        assert!(caseworker.case(&case).warnings().contains(&"evidence_not_passed_on"));
        for one in caseworker.advice_of(&case).iter().filter(|one| one["kind"] != "family" && one["status"] != "cancelled") {
            let path = format!("/advice-requests/{}", one["id"].as_str().unwrap());
            let etag = caseworker.get(&path).expect(200).etag;
            caseworker.patch(&path, &etag, &json!({"shared_documents": [document]})).expect(200);
        }
        assert!(!caseworker.case(&case).warnings().contains(&"evidence_not_passed_on"));
    }
}
