//! The final plan: what it may be made of, when, and with what.

use super::*;
use crate::support::both;

both! {
    fn a_final_plan_ends_the_case_and_opens_the_appeal(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let issued = working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).expect(200);
        assert_eq!(issued.etag, format!("\"{}\"", issued.json["version"]));
        assert_eq!((&issued.json["stage"], &issued.json["clock"]["status"]), (&json!("plan_issued"), &json!("completed_in_time")));
        assert_eq!(issued.deadline("issue_final_plan")["met_on"], AFTER_FIFTEEN);
        assert_eq!(issued.deadline("appeal")["due_on"], "2026-06-29", "28 June is a Sunday");
        let rights = json!({"contact_mediation_adviser_by": "2026-06-28", "appeal_by": "2026-06-29"});
        assert_eq!(issued.json["plan"]["appeal_rights"], rights);
        let short = &issued.json["plan"];
        assert_eq!((&short["kind"], &short["number"], &short["issued_on"]), (&json!("final"), &json!(2), &json!(AFTER_FIFTEEN)));
        let plan = working.plan(short["id"].as_str().unwrap());
        assert_eq!((plan.etag.as_str(), &plan.json["status"]), ("\"1\"", &json!("issued")));
        assert_eq!(plan.json["signed_by"], "Sam Signatory");
        assert_eq!(plan.json["appeal_rights"]["appeal_by"], "2026-06-29");
        assert!(plan.json["appeal_rights"]["mediation_citation"].as_str().unwrap().contains("33"));
        assert_eq!(plan.json["issued_to"], json!(["family", "health"]));
        assert_eq!(plan.json["sections"]["I"]["text"], "<p>A mainstream secondary school</p>");
        let served = working.plan(&draft).json;
        assert_eq!(plan.json["sections"]["B"], served["sections"]["B"]);
        assert_eq!((&served["status"], &served["sections"]["I"]["text"]), (&json!("served"), &json!("")));
        let event = app.events().pop().unwrap();
        assert_eq!(event.action, "final_plan_issued");
        assert!(event.details.contains("appeal_rights") && event.details.contains("Sam Signatory"), "{}", event.details);
        working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).refused(409, "case_ended");
        working.write(&plan.id(), "B", "x").refused(409, "plan_is_fixed");
    }

    fn the_last_day_to_appeal_runs_in_tribunal_time(app: &TestApp) {
        // Two months from 10 June 2026 end in August, when no time to appeal runs out.
        let (working, draft) = Working::served(app);
        app.on_day("2026-06-10");
        let issued = working.issue(&lawful_final(&draft, "2026-06-10")).expect(200);
        assert_eq!(issued.deadline("contact_mediation_adviser")["due_on"], "2026-08-10");
        let appeal = issued.deadline("appeal");
        assert_eq!((&appeal["due_on"], &appeal["act_by"]), (&json!("2026-09-01"), &json!("2026-09-01")));
        assert!(appeal["derivation"].as_str().unwrap().contains("10 August 2026 is in August"), "{appeal}");
        assert_eq!(issued.json["plan"]["appeal_rights"]["appeal_by"], "2026-09-01");
        app.on_day("2026-08-31");
        let id = issued.json["id"].as_str().unwrap();
        assert_ne!(app.caseworker().case(id).deadline("appeal")["status"], "not_applicable", "the window is open");
    }

    fn a_final_plan_needs_a_served_draft(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        working.issue(&lawful_final(&plan, TODAY)).refused(409, "not_in_stage");
    }

    fn the_final_plan_waits_until_the_fifteen_days_are_over(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let refused = working.issue(&lawful_final(&draft, LAST_OF_FIFTEEN)).refused(409, "representation_period_open");
        assert!(refused.json["citation"].as_str().unwrap().contains("13(1)(a)"));
        assert_eq!(app.count("plans"), 1);
        working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).expect(200);
    }

    fn a_family_that_has_finished_in_writing_need_not_be_waited_for(app: &TestApp) {
        let (working, draft) = Working::served(app);
        working.represent(&json!({"received_on": "2026-04-20", "finished": true})).expect(201);
        working.issue(&lawful_final(&draft, "2026-04-19")).refused(409, "representation_period_open");
        working.issue(&lawful_final(&draft, "2026-04-20")).expect(200);
    }

    fn an_amended_draft_gives_the_family_its_days_again(app: &TestApp) {
        let (working, first) = Working::served(app);
        working.represent(&json!({"received_on": "2026-04-14", "finished": true})).expect(201);
        let amended = working.start().expect(201).id();
        working.write(&amended, "B", "New needs.").expect(200);
        working.serve(&amended, "2026-04-20").expect(200);
        working.issue(&lawful_final(&amended, "2026-05-04")).refused(409, "representation_period_open");
        working.issue(&lawful_final(&first, "2026-05-05")).refused(409, "not_possible_now");
        let issued = working.issue(&lawful_final(&amended, "2026-05-05")).expect(200);
        let plan = working.plan(issued.json["plan"]["id"].as_str().unwrap());
        assert_eq!(plan.json["sections"]["B"]["text"], "New needs.");
    }

    fn a_section_that_differs_names_the_representation_it_answers(app: &TestApp) {
        let (working, _) = Working::served(app);
        let answered = working.represent(&json!({"received_on": "2026-04-20", "text": "More hours."})).expect(201).id();
        let next = working.start().expect(201).id();
        // Markup, spaces and the placement are no differences.
        working.write(&next, "B", "Needs help\n<strong>with</strong> reading.").expect(200);
        working.write(&next, "I", "Hill School").expect(200);
        working.write(&next, "F", "Twelve hours a week.").expect(200);
        let refused = working.issue(&lawful_final(&next, AFTER_FIFTEEN)).refused(409, "amended_draft_needed");
        assert!(refused.json["citation"].as_str().unwrap().contains("9.125"));
        assert!(refused.json["detail"].as_str().unwrap().contains("section F "), "{}", refused.text());
        let body = json!({"text": "Twelve hours a week.", "representation_id": answered});
        working.put(&next, "F", &body).expect(200);
        let issued = working.issue(&lawful_final(&next, AFTER_FIFTEEN)).expect(200);
        let plan = working.plan(issued.json["plan"]["id"].as_str().unwrap()).json;
        assert_eq!(plan["overrides"], Value::Null);
        assert_eq!(plan["sections"]["F"]["representation_id"], json!(answered));
        assert_eq!(plan["sections"]["F"]["text"], "Twelve hours a week.");
        assert_eq!(plan["sections"]["I"]["text"], "<p>A mainstream secondary school</p>");
        assert_eq!(plan["number"], 3);
    }

    fn a_manager_overrides_with_a_reason_that_an_amended_draft_is_needed(app: &TestApp) {
        let (working, _) = Working::served(app);
        let next = working.start().expect(201).id();
        working.write(&next, "F", "Twelve hours a week.").expect(200);
        let mut body = lawful_final(&next, AFTER_FIFTEEN);
        let refused = working.issue(&body).refused(409, "amended_draft_needed");
        assert!(refused.json["detail"].as_str().unwrap().contains("A manager may override this with a reason."));
        body["overrides"] = json!({"amended_draft_needed": "Twelve hours are what the school can give."});
        working.issue(&body).refused(403, "forbidden");
        let manager = app.manager();
        let issue = |body: &Value| manager.case_step(&working.case, "final-plan", body);
        let mut blank = body.clone();
        blank["overrides"]["amended_draft_needed"] = json!(" ");
        assert_eq!(issue(&blank).expect(422).faults(), [("/overrides/amended_draft_needed", "blank")]);
        let mut other = body.clone();
        other["overrides"] = json!({"setting_not_consulted": "Another reason."});
        issue(&other).refused(409, "amended_draft_needed");
        assert_eq!(app.count("plans"), 2, "nothing was written");
        body["overrides"]["setting_not_consulted"] = json!("It was not needed.");
        let issued = issue(&body).expect(200);
        let plan = working.plan(issued.json["plan"]["id"].as_str().unwrap()).json;
        let overrides = json!({
            "amended_draft_needed": "Twelve hours are what the school can give.", "setting_not_consulted": null,
            "health_provision_not_agreed": null,
        });
        assert_eq!((&plan["overrides"], &plan["sections"]["F"]["text"]), (&overrides, &json!("Twelve hours a week.")));
        let history = working.officer.get(&format!("/cases/{}/history", working.case)).expect(200).json;
        assert_eq!(history["items"][0]["reason"], "Twelve hours are what the school can give.");
    }

    fn a_value_in_another_column_is_another_provision(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let table = |cells: &str| format!("<table><thead><tr><th></th><th>Each week</th><th>Each term</th></tr></thead><tbody><tr><th>Therapy</th>{cells}</tr></tbody></table>");
        working.write(&plan, "F", &table("<td>2 hours</td><td></td>")).expect(200);
        working.serve(&plan, SERVED).expect(200);
        let next = working.start().expect(201).id();
        working.write(&next, "F", &table("<td></td><td>2 hours</td>")).expect(200);
        let changes = working.officer.get(&format!("/plans/{next}/changes?since={plan}")).expect(200).json;
        assert_eq!(changes["sections"].as_array().unwrap().len(), 1, "{changes}");
        working.issue(&lawful_final(&next, AFTER_FIFTEEN)).refused(409, "amended_draft_needed");
        let check = working.officer.get(&format!("/plans/{next}/check")).expect(200).json;
        let finding = &check["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "amended_draft_needed").unwrap();
        assert_eq!((&finding["severity"], &check["lawful"]), (&json!("warns"), &json!(true)), "served anew, it is lawful");
    }

    fn a_representation_of_another_case_explains_nothing(app: &TestApp) {
        let (working, _) = Working::served(app);
        let other = Working::drafting_of(app, a_case().of("Ada", "Birch", "2016-01-01"), false);
        let plan = other.written();
        other.serve(&plan, SERVED).expect(200);
        let foreign = other.represent(&json!({"received_on": SERVED, "text": "x"})).expect(201).id();
        let next = working.start().expect(201).id();
        let body = json!({"text": "y", "representation_id": foreign});
        working.put(&next, "F", &body).refused(422, "unknown_representation");
        working.officer.get(&format!("/cases/{}/representations/{foreign}", working.case)).refused(404, "not_found");
    }

    fn the_served_draft_can_be_issued_while_another_version_is_written(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let next = working.start().expect(201).id();
        working.write(&next, "F", "Twelve hours a week.").expect(200);
        let issued = working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).expect(200);
        let plan = working.plan(issued.json["plan"]["id"].as_str().unwrap()).json;
        assert_eq!((&plan["number"], &plan["sections"]["F"]["text"]), (&json!(3), &json!("<p>Ten hours a week.</p>")));
        working.write(&next, "F", "z").refused(409, "case_ended");
    }

    fn a_final_plan_says_where_education_takes_place(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let with = |placement: Value| {
            let mut body = lawful_final(&draft, AFTER_FIFTEEN);
            body["placement"] = placement;
            working.issue(&body)
        };
        for none in [json!(null), json!({})] {
            let refused = with(none).refused(409, "placement_missing");
            assert!(refused.json["citation"].as_str().unwrap().contains("39"));
        }
        let two = with(json!({"setting_type": "Special school", "education_otherwise": "family"})).expect(422);
        assert_eq!(two.faults(), [("/placement", "invalid_format")]);
        assert_eq!(with(json!({"setting_type": " "})).expect(422).faults(), [("/placement/setting_type", "blank")]);
        let health = app.organisation("Health Trust", "health");
        for wrong in [health, working.case.clone()] {
            let answer = with(json!({"setting_id": wrong})).expect(422);
            assert_eq!(answer.faults(), [("/placement/setting_id", "unknown_setting")]);
        }
        with(json!({"education_otherwise": "home"})).refused(422, "unknown_value");
        let school = app.organisation("Hill & Dale School", "education_setting");
        working.consult(&school, SERVED).expect(201);
        let issued = with(json!({"setting_id": school, "setting_type": "A special school"})).expect(200);
        let plan = working.plan(issued.json["plan"]["id"].as_str().unwrap()).json;
        assert_eq!(plan["sections"]["I"]["text"], "<p>Hill &amp; Dale School</p><p>Type: A special school</p>");
        assert_eq!(plan["issued_to"], json!(["family", "setting", "health"]));
        let placement = json!({
            "setting_id": school, "setting_name": "Hill & Dale School", "setting_type": "A special school",
            "education_otherwise": null, "inappropriate_because": null, "family_consulted_on": null,
        });
        assert_eq!(plan["placement"], placement);
    }

    fn education_that_the_family_arranges_is_said_in_words(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let mut body = lawful_final(&draft, AFTER_FIFTEEN);
        body["placement"] = json!({"education_otherwise": "family"});
        let issued = working.issue(&body).expect(200);
        let plan = working.plan(issued.json["plan"]["id"].as_str().unwrap()).json;
        assert!(plan["sections"]["I"]["text"].as_str().unwrap().contains("by the family"), "{plan}");
        assert_eq!(plan["placement"]["education_otherwise"], "family");
    }

    fn a_final_plan_goes_with_the_notice_of_appeal_rights(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let mut body = lawful_final(&draft, AFTER_FIFTEEN);
        body["notice"]["mediation"] = json!(false);
        let refused = working.issue(&body).refused(409, "notice_incomplete");
        assert!(refused.json["citation"].as_str().unwrap().contains("14"));
        body.as_object_mut().unwrap().remove("notice");
        working.issue(&body).refused(409, "notice_incomplete");
        let mut body = lawful_final(&draft, AFTER_FIFTEEN);
        body["notice"]["reasons"] = json!(false);
        working.issue(&body).expect(200);
    }

    fn from_year_9_a_final_plan_prepares_for_adulthood(app: &TestApp) {
        // Year 9 begins in September: the draft of July owed nothing, the final plan of September does.
        let working = Working::drafting_of(app, a_case().of("Cy", "Cole", "2012-09-01"), false);
        app.on_day("2026-09-30");
        let draft = working.written();
        working.serve(&draft, "2026-07-20").expect(200);
        working.issue(&lawful_final(&draft, "2026-09-01")).refused(409, "preparing_for_adulthood_missing");
        working.issue(&lawful_final(&draft, "2026-08-31")).expect(200);
    }

    fn every_fault_of_a_final_plan_is_told_at_once_and_nothing_is_written(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let body = json!({
            "plan_id": working.case, "issued_on": "2026-06-02", "signed_by": " ",
            "placement": {"setting_id": working.case},
        });
        assert_eq!(
            working.issue(&body).expect(422).faults(),
            [
                ("/issued_on", "date_in_future"),
                ("/signed_by", "blank"),
                ("/plan_id", "unknown_plan"),
                ("/placement/setting_id", "unknown_setting"),
            ]
        );
        working.issue(&lawful_final(&draft, "2026-04-12")).refused(422, "date_before_previous_step");
        let other = Working::drafting_of(app, a_case().of("Ada", "Birch", "2016-01-01"), false);
        let foreign = other.start().expect(201).id();
        working.issue(&lawful_final(&foreign, AFTER_FIFTEEN)).refused(422, "unknown_plan");
        assert_eq!(app.count("plans"), 2);
        assert_eq!(working.officer.case(&working.case).json["stage"], "draft_served");
    }

    fn of_two_who_issue_at_once_one_wins(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let path = format!("/cases/{}/final-plan", working.case);
        let body = lawful_final(&draft, AFTER_FIFTEEN);
        working.officer.post(&path, &body).refused(428, "precondition_required");
        let etag = working.officer.case(&working.case).etag;
        let mut statuses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| working.officer.step(&path, &etag, &body).status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412]);
        assert_eq!(app.count("plans"), 2);
    }

    fn every_fault_of_a_final_plan_is_told_at_once(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let mut body = lawful_final(&draft, "2026-06-02");
        body["plan_id"] = json!("01a20043-353a-76c2-a2c1-b6d8007653c9");
        body["placement"] = json!({"setting_id": "01a20043-353a-76c2-a2c1-b6d8007653c9", "education_otherwise": "nowhere", "town": "Bath"});
        body["signed_by"] = json!(" ");
        let refused = working.issue(&body).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [
            ("/issued_on", "date_in_future"),
            ("/placement/education_otherwise", "unknown_value"),
            ("/placement/setting_id", "unknown_setting"),
            ("/placement/town", "unknown_field"),
            ("/plan_id", "unknown_plan"),
            ("/signed_by", "blank"),
        ]);
    }
}
