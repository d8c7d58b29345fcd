//! Versions of a plan and their sections.

use super::*;
use crate::support::both;

fn all_sections() -> Vec<&'static str> {
    vec!["A", "B", "C", "D", "E", "F", "G", "H1", "H2", "I", "J", "K"]
}

both! {
    fn a_draft_begins_blank_with_every_section(app: &TestApp) {
        let working = Working::drafting(app);
        let before = working.officer.case(&working.case);
        let made = working.start().expect(201);
        assert_eq!(made.etag, "\"1\"");
        let location = made.header("location").unwrap();
        assert_eq!(location, format!("/api/v1/plans/{}", made.id()));
        let read = working.officer.get(location).expect(200);
        assert_eq!((&read.json, read.etag.as_str()), (&made.json, "\"1\""));
        let plan = &read.json;
        assert_eq!((&plan["number"], &plan["kind"], &plan["status"]), (&json!(1), &json!("draft"), &json!("editing")));
        assert_eq!(plan["case"], json!({"id": working.case, "reference": before.json["reference"]}));
        assert_eq!((&plan["served_on"], &plan["issued_on"]), (&Value::Null, &Value::Null));
        let sections = plan["sections"].as_object().unwrap();
        assert_eq!(sections.keys().collect::<Vec<_>>(), all_sections());
        assert_eq!(sections["A"], json!({"text": "", "sources": [], "representation_id": null}));
        let after = working.officer.case(&working.case);
        assert_eq!(after.json["plan"]["id"], plan["id"]);
        assert_eq!(after.json["version"], json!(before.json["version"].as_i64().unwrap() + 1));
        let listed = working.officer.get(&format!("/cases/{}/plans?count=true", working.case)).expect(200).json;
        assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &plan["id"]));
        assert!(listed["items"][0].get("sections").is_none());
    }

    fn a_draft_is_started_only_once_a_plan_is_to_be_issued(app: &TestApp) {
        let working = Working::assessing(app, a_case(), false);
        working.start().refused(409, "not_in_stage");
        let ended = Working::drafting_of(app, a_case().of("Ada", "Birch", "2016-01-01"), false);
        let plan = ended.start().expect(201).id();
        app.manager().case_step(&ended.case, "withdrawal", &json!({"on": TODAY, "reason": "Moved."})).expect(200);
        ended.start().refused(409, "case_ended");
        ended.write(&plan, "A", "text").refused(409, "case_ended");
        ended.serve(&plan, TODAY).refused(409, "case_ended");
        let body = json!({"colour": "green", "size": 1});
        let answer = working.officer.post(&format!("/cases/{}/plans", working.case), &body).expect(422);
        assert_eq!(answer.faults(), [("/colour", "unknown_field"), ("/size", "unknown_field")]);
    }

    fn one_version_is_written_at_a_time(app: &TestApp) {
        let working = Working::drafting(app);
        let mut statuses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..5).map(|_| scope.spawn(|| working.start().status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409]);
        working.start().refused(409, "already_exists");
        assert_eq!(app.count("plans"), 1);
    }

    fn a_section_is_kept_clean_and_on_record(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        let before = working.officer.case(&working.case).json["version"].as_i64().unwrap();
        let text = "<p onclick='x()'>Reads <b>slowly</b> &amp; well<script>alert(1)</script></p><div>a</div>b";
        let written = working.write(&plan, "B", text).expect(200);
        assert_eq!(written.etag, "\"2\"");
        let kept = "<p>Reads <strong>slowly</strong> &amp; well</p>a<br>b";
        assert_eq!(written.json["sections"]["B"]["text"], kept);
        assert_eq!(working.plan(&plan).json, written.json);
        assert_eq!(working.officer.case(&working.case).json["version"], json!(before + 1));
        working.write(&plan, "B", "Tom < Jerry").expect(200);
        let history = working.officer.get(&format!("/cases/{}/history", working.case)).expect(200).json;
        let event = &history["items"][0];
        assert_eq!((&event["action"], &event["subject_id"]), (&json!("section_written"), &json!(plan)));
        assert_eq!((&event["before"]["text"], &event["after"]["text"]), (&json!(kept), &json!("Tom &lt; Jerry")));
        for section in all_sections().into_iter().filter(|section| *section != "K") {
            working.write(&plan, section, "x").expect(200);
        }
    }

    fn a_section_names_the_version_that_was_seen(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        let path = format!("/plans/{plan}/sections/A");
        let body = json!({"text": "x"});
        working.officer.request("PUT", &path).json(&body).send().refused(428, "precondition_required");
        working.officer.put(&path, "\"2\"", &body).refused(412, "stale");
        let mut statuses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..5).map(|_| scope.spawn(|| working.officer.put(&path, "\"1\"", &body).status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412]);
        assert_eq!(working.plan(&plan).etag, "\"2\"");
    }

    fn whoever_comes_second_is_told_which_section_changed(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        for section in ["B", "F", "B"] {
            working.write(&plan, section, "x").expect(200);
        }
        let put = |section: &str, etag: &str| {
            working.officer.put(&format!("/plans/{plan}/sections/{section}"), etag, &json!({"text": "y"}))
        };
        let stale = put("F", "\"2\"").refused(412, "stale");
        assert_eq!(stale.json["changed_sections"], json!(["B", "F"]));
        assert!(stale.json["detail"].as_str().unwrap().contains("Sections B, F were changed"), "{}", stale.text());
        let stale = put("F", "\"3\"").refused(412, "stale");
        assert_eq!(stale.json["changed_sections"], json!(["B"]));
        assert!(stale.json["detail"].as_str().unwrap().contains("Section B was changed"), "{}", stale.text());
        let serve = working.officer.step(&format!("/plans/{plan}/service"), "\"1\"", &json!({"served_on": SERVED}));
        assert_eq!(serve.refused(412, "stale").json["changed_sections"], json!(["B", "F"]));
        put("F", "\"4\"").expect(200);
    }

    fn a_section_holds_two_hundred_kilobytes(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        working.write(&plan, "B", &"x".repeat(200_000)).expect(200);
        // Letters of two bytes each, and a text that cleaning makes longer.
        for text in ["é".repeat(100_001), "&".repeat(50_000)] {
            let answer = working.put(&plan, "B", &json!({"text": text})).expect(422);
            assert_eq!(answer.faults(), [("/text", "too_long")]);
        }
        assert_eq!(working.plan(&plan).etag, "\"2\"");
    }

    fn section_k_and_unknown_sections_cannot_be_written(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        for section in ["H", "b", "L", "%20A"] {
            let refused = working.write(&plan, section, "x").refused(422, "unknown_section");
            assert_eq!(refused.json["citation"], "Regulation 12 SEND Regulations 2014");
        }
        working.write(&plan, "K", "x").refused(422, "section_not_written");
        working.officer.put("/plans/nonsense/sections/A", "\"1\"", &json!({"text": "x"})).refused(404, "not_found");
        assert_eq!(working.plan(&plan).etag, "\"1\"");
    }

    fn every_fault_of_a_section_is_told_at_once(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        let other = working.case.clone();
        let body = json!({"text": "<p>".repeat(10_001), "representation_id": other, "preparing_for_adulthood": true});
        let answer = working.put(&plan, "B", &body).expect(422);
        assert_eq!(
            answer.faults(),
            [
                ("/text", "too_long"),
                ("/representation_id", "unknown_representation"),
                ("/preparing_for_adulthood", "unknown_field"),
            ]
        );
        working.put(&plan, "B", &json!({})).refused(422, "missing_field");
        working.put(&plan, "B", &json!({"text": "x".repeat(200_001)})).refused(422, "too_long");
        assert_eq!(working.plan(&plan).etag, "\"1\"");
    }

    fn the_author_of_f_says_whether_it_prepares_for_adulthood(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.start().expect(201).id();
        assert_eq!(working.plan(&plan).json["preparing_for_adulthood"], false);
        let body = json!({"text": "x", "preparing_for_adulthood": true});
        assert_eq!(working.put(&plan, "F", &body).expect(200).json["preparing_for_adulthood"], true);
        // What is left out stays as it is, whichever section is written.
        assert_eq!(working.write(&plan, "F", "y").expect(200).json["preparing_for_adulthood"], true);
        assert_eq!(working.write(&plan, "B", "y").expect(200).json["preparing_for_adulthood"], true);
        let body = json!({"text": "x", "preparing_for_adulthood": false});
        assert_eq!(working.put(&plan, "F", &body).expect(200).json["preparing_for_adulthood"], false);
    }

    fn a_later_version_begins_from_the_text_of_the_latest(app: &TestApp) {
        let (working, first) = Working::served(app);
        let second = working.start().expect(201);
        assert_eq!((&second.json["number"], &second.json["kind"]), (&json!(2), &json!("amended_draft")));
        assert_eq!(second.json["sections"]["B"], working.plan(&first).json["sections"]["B"]);
        working.write(&second.id(), "B", "Another text").expect(200);
        assert_ne!(working.plan(&first).json["sections"]["B"]["text"], "Another text");
        let listed = working.officer.get(&format!("/cases/{}/plans?limit=1", working.case)).expect(200).json;
        assert_eq!(listed["items"][0]["number"], 2);
        let cursor = listed["next_cursor"].as_str().unwrap();
        let rest = working.officer.get(&format!("/cases/{}/plans?cursor={cursor}", working.case)).expect(200).json;
        assert_eq!((&rest["items"][0]["number"], &rest["next_cursor"]), (&json!(1), &Value::Null));
    }

    fn section_k_lists_the_advice_that_was_gathered(app: &TestApp) {
        let working = Working::drafting_of(app, a_case(), true);
        let plan = working.written();
        let k = || working.plan(&plan).json["sections"]["K"].clone();
        assert_eq!(k()["text"], "");
        for (id, kind) in working.advice() {
            match kind.as_str() {
                "social_care" => working.on_advice(&id, "cancellation", json!({"reason": "Not known to them."})),
                "medical" => {
                    let agreed = "2026-03-02";
                    let body = json!({
                        "author": "Dr Old", "dated": "2025-12-01",
                        "adviser_agreed_on": agreed, "authority_agreed_on": agreed, "family_agreed_on": agreed,
                    });
                    working.on_advice(&id, "existing-advice", body);
                }
                _ => working.accept(&id),
            }
        }
        let listed = k();
        let text = listed["text"].as_str().unwrap();
        for item in ["Psychological advice, Ann &amp; Co (psychologist), 10 March 2026", "Medical advice, Dr Old, 1 December 2025"] {
            assert!(text.starts_with("<ul><li>") && text.contains(&format!("<li>{item}</li>")), "{text}");
        }
        assert_eq!(listed["sources"].as_array().unwrap().len(), 4, "{listed}");
        working.serve(&plan, SERVED).expect(200);
        let body = json!({"kind": "other", "requested_on": SERVED});
        let asked = working.officer.post(&format!("/cases/{}/advice-requests", working.case), &body).expect(201).id();
        working.accept_on(&asked, SERVED);
        assert_eq!(k(), listed, "what was served stays as it was");
        let next = working.start().expect(201);
        assert_eq!(next.json["sections"]["K"]["sources"].as_array().unwrap().len(), 5);
    }
}
