//! Asking for advice, and changing what was asked.

use crate::support::cases::{a_case, to_assess};
use crate::support::{TestApp, both, json};

/// A document behind the service's back; answers its id.
fn a_document(app: &TestApp, case: &str, shared: bool) -> String {
    let id = format!("01a20043-353a-76c2-a2c1-b6d80076{:04x}", app.count("documents"));
    let shared = if shared { "TRUE" } else { "FALSE" };
    app.execute(&format!(
        "INSERT INTO documents (id, case_id, title, file_name, media_type, size, sha256, shared_with_advisers, created_at) \
         VALUES ('{id}', '{case}', 'A letter', 'letter.pdf', 'application/pdf', 10, 'x', {shared}, '2026-01-05T12:00:00.000000Z')"
    ));
    id
}

both! {
    fn a_decision_to_assess_opens_requests_that_say_what_stands_behind_them(app: &TestApp) {
        let trust = app.health("Health Trust");
        let school = app.organisation("Hill School", "education_setting");
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case().person("nhs_number", json!("9434765919")).with("setting_id", json!(school))).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let all = caseworker.advice_of(&id);
        let kinds: Vec<_> = all.iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["family", "education", "medical", "psychological", "social_care"]);
        let (family, education, medical, unaddressed) = (&all[0], &all[1], &all[2], &all[3]);
        for field in ["basis", "citation", "organisation", "due_on", "act_by", "days_late"] {
            assert_eq!(family[field], json!(null), "{field}");
        }
        assert_eq!((&education["organisation"]["id"], &education["basis"]), (&json!(school), &json!("guidance")));
        assert_eq!((&medical["organisation"]["id"], &medical["basis"]), (&json!(trust), &json!("statutory")));
        assert_eq!(medical["citation"], "Regulation 8(1) SEND Regulations 2014");
        assert_eq!((&medical["due_on"], &medical["act_by"]), (&json!("2026-02-16"), &json!("2026-02-16")));
        assert_eq!(medical["child"]["nhs_number"], "9434765919");
        assert_eq!(education["child"]["nhs_number"], json!(null), "for health organisations only");
        assert_eq!(medical["child"]["setting"]["name"], "Hill School");
        assert_eq!((&medical["submissions"], &medical["chases"], &medical["exceptions"]), (&json!([]), &json!([]), &json!([])));
        assert_eq!(unaddressed["organisation"], json!(null));
        assert_eq!(caseworker.work_list("unaddressed=true").len(), 2);
        assert_eq!(caseworker.work_list("unaddressed=false").len(), 3);
    }

    fn further_advice_is_asked_while_an_assessment_is_made(app: &TestApp) {
        let caseworker = app.caseworker();
        let therapy = app.organisation("Therapy", "other");
        let early = caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id();
        let body = json!({"kind": "other", "organisation_id": therapy, "questions": "Which therapy helps?"});
        caseworker.ask(&early, &body).refused(409, "not_in_stage");
        let id = app.assessed_case();
        let before = caseworker.case(&id);
        app.on_day("2026-01-20");
        let made = caseworker.ask(&id, &body).expect(201);
        assert_eq!(made.etag, "\"1\"");
        assert_eq!(made.header("location"), Some(format!("/api/v1/advice-requests/{}", made.id()).as_str()));
        assert_eq!((&made.json["requested_on"], &made.json["received_by_body_on"], &made.json["due_on"]), (&json!("2026-01-20"), &json!("2026-01-20"), &json!("2026-03-03")));
        assert_eq!((&made.json["status"], &made.json["basis"]), (&json!("requested"), &json!("guidance")));
        assert_eq!(caseworker.advice(&made.id()).json, made.json);
        let after = caseworker.case(&id);
        assert_eq!(after.json["version"].as_i64(), before.json["version"].as_i64().map(|version| version + 1));
        assert_eq!(after.json["advice"]["requested"], 6);
        assert!(after.deadlines("advice").iter().any(|one| one["subject"]["id"] == made.json["id"]));
        assert!(app.events().iter().any(|event| event.action == "advice_requested" && event.subject_id == made.id()));
        caseworker.case_step(&id, "withdrawal", &json!({"on": "2026-01-20"})).expect(200);
        caseworker.ask(&id, &body).refused(409, "case_ended");
        let stopped = caseworker.advice(&made.id()).json;
        app.on_day("2026-05-01");
        assert_eq!(caseworker.advice(&made.id()).json["overdue"], false, "nothing is owed once a case has ended");
        assert_eq!(stopped["version"], 1);
    }

    fn a_day_that_moves_says_so_in_the_history(app: &TestApp) {
        let trust = app.health("Health Trust");
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let path = format!("/advice-requests/{medical}");
        let newest = || caseworker.get(&format!("/cases/{id}/history?limit=1")).expect(200).json["items"][0].clone();
        app.on_day("2026-01-09");
        let moved = caseworker.patch(&path, &caseworker.advice(&medical).etag, &json!({"received_by_body_on": "2026-01-08"})).expect(200);
        assert_eq!(moved.json["due_on"], "2026-02-19");
        let told = newest();
        assert_eq!((&told["action"], &told["before"]["due_on"], &told["after"]["due_on"]), (&json!("advice_changed"), &json!("2026-02-16"), &json!("2026-02-19")));
        assert_eq!((&told["before"]["received_by_body_on"], &told["after"]["received_by_body_on"]), (&json!("2026-01-05"), &json!("2026-01-08")));
        // Another body, which section 31 does not bind, has it from today: the day moves, and what stands behind it.
        let service = app.organisation("Community Paediatrics", "other");
        let readdressed = caseworker.patch(&path, &moved.etag, &json!({"organisation_id": service})).expect(200);
        assert_eq!((&moved.json["basis"], &readdressed.json["basis"]), (&json!("statutory"), &json!("guidance")));
        let told = newest();
        assert_eq!((&told["before"]["section_31_body"], &told["after"]["section_31_body"]), (&json!(true), &json!(false)));
        assert_eq!((&told["before"]["organisation_id"], &told["after"]["organisation_id"]), (&json!(trust), &json!(service)));
        assert_eq!((&told["before"]["due_on"], &told["after"]["due_on"], &readdressed.json["received_by_body_on"]), (&json!("2026-02-19"), &json!("2026-02-20"), &json!("2026-01-09")));
        let case = caseworker.case(&id);
        assert_eq!(case.deadlines("advice").into_iter().find(|one| one["subject"]["id"] == json!(medical)).unwrap()["basis"], "guidance");
        // A request that is no longer made has no day, and is in nobody's figures.
        let before = caseworker.case(&id).json["advice"]["requested"].as_i64().unwrap();
        caseworker.advice_step(&medical, "cancellation", &json!({"reason": "Another service knows the child."})).expect(200);
        let told = newest();
        assert_eq!((&told["action"], &told["before"]["due_on"], &told["after"]["due_on"]), (&json!("advice_cancelled"), &json!("2026-02-20"), &json!(null)));
        let case = caseworker.case(&id);
        let left = case.deadlines("advice").into_iter().find(|one| one["subject"]["id"] == json!(medical)).map(|one| one["status"].clone());
        assert_eq!(left, Some(json!("not_applicable")));
        assert_eq!(caseworker.case(&id).json["advice"]["requested"].as_i64(), Some(before - 1));
    }

    fn the_family_is_asked_once(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        caseworker.ask(&id, &json!({"kind": "family"})).refused(409, "already_exists");
        let first = caseworker.advice_of_kind(&id, "family");
        caseworker.advice_step(&first, "cancellation", &json!({"reason": "Asked in error."})).expect(200);
        let trust = app.health("Health Trust");
        let refused = caseworker.ask(&id, &json!({"kind": "family", "organisation_id": trust})).expect(422);
        assert_eq!(refused.faults(), [("/organisation_id", "unknown_field")]);
        let again = caseworker.ask(&id, &json!({"kind": "family", "organisation_id": null})).expect(201);
        assert_eq!(again.json["due_on"], json!(null));
    }

    fn of_two_who_ask_the_family_at_once_one_is_told_that_it_was_asked(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let first = caseworker.advice_of_kind(&id, "family");
        caseworker.advice_step(&first, "cancellation", &json!({"reason": "Asked in error."})).expect(200);
        let ask = || caseworker.ask(&id, &json!({"kind": "family"})).status;
        let mut statuses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }

    fn every_fault_of_a_request_is_told_at_once(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let hidden = a_document(app, &id, false);
        let elsewhere = caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id();
        let foreign = a_document(app, &elsewhere, true);
        let before = app.count("advice_requests");
        let body = json!({
            "kind": "other", "organisation_id": id, "requested_on": "2026-01-04", "received_by_body_on": "2026-01-03",
            "questions": " ", "shared_documents": [hidden, foreign],
        });
        assert_eq!(
            caseworker.ask(&id, &body).expect(422).faults(),
            [
                ("/organisation_id", "unknown_organisation"),
                ("/requested_on", "date_before_previous_step"),
                ("/received_by_body_on", "date_before_previous_step"),
                ("/questions", "blank"),
                ("/shared_documents/0", "unknown_document"),
                ("/shared_documents/1", "unknown_document"),
            ]
        );
        let body = json!({"kind": "other", "requested_on": "2026-01-06"});
        assert_eq!(caseworker.ask(&id, &body).expect(422).faults(), [("/requested_on", "date_in_future")]);
        caseworker.ask(&id, &json!({})).refused(422, "missing_field");
        caseworker.ask(&id, &json!({"kind": "astrology"})).refused(422, "unknown_value");
        assert_eq!(app.count("advice_requests"), before);
    }

    fn a_change_is_derived_again_and_names_the_version(app: &TestApp) {
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let (letter, trust) = (a_document(app, &id, true), app.health("Health Trust"));
        let medical = caseworker.advice_of_kind(&id, "medical");
        app.on_day("2026-01-20");
        let path = format!("/advice-requests/{medical}");
        let body = json!({"organisation_id": trust, "received_by_body_on": "2026-01-19", "questions": "Is there pain?", "shared_documents": [letter]});
        caseworker.request("PATCH", &path).json(&body).send().refused(428, "precondition_required");
        caseworker.patch(&path, "\"7\"", &body).refused(412, "stale");
        let before = caseworker.case(&id).json["version"].as_i64().unwrap();
        let changed = caseworker.patch(&path, "\"1\"", &body).expect(200);
        assert_eq!(changed.etag, "\"2\"");
        assert_eq!((&changed.json["organisation"]["name"], &changed.json["basis"]), (&json!("Health Trust"), &json!("statutory")));
        assert_eq!((&changed.json["requested_on"], &changed.json["due_on"]), (&json!("2026-01-05"), &json!("2026-03-02")));
        assert_eq!(changed.json["shared_documents"][0]["title"], "A letter");
        assert_eq!(caseworker.case(&id).json["version"].as_i64(), Some(before + 1));
        assert!(app.events().iter().any(|event| event.action == "advice_changed" && event.details.contains("Is there pain?")));
        // What is left out stays; null empties.
        let emptied = caseworker.patch(&path, "\"2\"", &json!({"questions": null, "shared_documents": []})).expect(200);
        assert_eq!((&emptied.json["questions"], &emptied.json["shared_documents"]), (&json!(null), &json!([])));
        assert_eq!(emptied.json["organisation"]["name"], "Health Trust");
        // The day the body had it follows the day it was asked only while both are the same.
        let refused = caseworker.patch(&path, "\"3\"", &json!({"requested_on": "2026-01-20"})).expect(422);
        assert_eq!(refused.faults(), [("/received_by_body_on", "date_before_previous_step")]);
        let education = caseworker.advice_of_kind(&id, "education");
        let moved = caseworker.patch(&format!("/advice-requests/{education}"), "\"1\"", &json!({"requested_on": "2026-01-12"})).expect(200);
        assert_eq!((&moved.json["received_by_body_on"], &moved.json["due_on"]), (&json!("2026-01-12"), &json!("2026-02-23")));
    }

    fn another_body_is_asked_only_until_one_has_answered(app: &TestApp) {
        let caseworker = app.caseworker();
        let trust = app.health("Health Trust");
        let other = app.organisation("Another Trust", "health");
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let path = format!("/advice-requests/{medical}");
        caseworker.advice_step(&medical, "acknowledgement", &json!({"on": "2026-01-05"})).expect(200);
        let moved = caseworker.patch(&path, "\"2\"", &json!({"organisation_id": other})).expect(200);
        assert_eq!((&moved.json["status"], &moved.json["acknowledged_on"]), (&json!("requested"), &json!(null)), "the other has not said anything");
        caseworker.advice_step(&medical, "exceptions", &json!({"ground": "missed_appointment", "from_on": "2026-01-05"})).expect(200);
        caseworker.patch(&path, "\"4\"", &json!({"organisation_id": trust})).refused(409, "not_possible_now");
        caseworker.advice_step(&medical, "submissions", &json!({"summary": "Well."})).expect(200);
        caseworker.patch(&path, "\"5\"", &json!({"organisation_id": trust})).refused(409, "not_in_stage");
        app.on_day("2026-01-20");
        let later = caseworker.patch(&path, "\"5\"", &json!({"received_by_body_on": "2026-01-06"})).expect(422);
        assert_eq!(later.faults(), [("/received_by_body_on", "out_of_range")]);
        caseworker.patch(&path, "\"5\"", &json!({"organisation_id": other, "questions": "More?"})).expect(200);
        caseworker.advice_step(&medical, "acceptance", &json!({})).expect(200);
        caseworker.patch(&path, "\"7\"", &json!({"questions": "Still more?"})).refused(409, "not_possible_now");
    }
}
