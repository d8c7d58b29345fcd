//! What becomes of a sheet without faults.

use ehcp_tracker::import::commands::Mode;
use ehcp_tracker::import::model::Pass;

use super::{Sheet, TODAY};
use crate::support::cases::a_case;
use crate::support::{Persona, Response, Value, both, json};

const ASSESS: [(&str, &str); 2] = [("assessment_decision", "assess"), ("assessment_decided_on", "2026-02-02")];
const ISSUE: [(&str, &str); 2] = [("plan_decision", "issue"), ("plan_decided_on", "2026-04-20")];

fn cells<'a>(parts: &[&[(&'a str, &'a str)]]) -> Vec<(&'a str, &'a str)> {
    parts.concat()
}

/// The case of a row: its surname is its number.
#[track_caller]
fn case_of(person: &Persona, reference: &str) -> Response {
    let found = person.post("/cases/search", &json!({"q": reference})).expect(200).json;
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{reference}: {found}");
    person.case(items[0]["id"].as_str().unwrap())
}

fn every_stage() -> Sheet {
    let january = ("received_on", "2026-01-05");
    Sheet::new()
        .row("Awaiting", &[("received_on", "2026-11-02")])
        .row("Overdue", &[("received_on", "2026-09-01")])
        .row(
            "Gathering",
            &cells(&[&[
                ("received_on", "2026-10-01"),
                ("assessment_decision", "assess"),
                ("assessment_decided_on", "2026-11-01"),
            ]]),
        )
        .row("Drafting", &cells(&[&[january], &ASSESS, &ISSUE]))
        .row("Served", &cells(&[&[january], &ASSESS, &ISSUE, &[("draft_served_on", "2026-05-05")]]))
        .row(
            "Issued",
            &cells(&[
                &[january],
                &ASSESS,
                &ISSUE,
                &[("draft_served_on", "2026-05-05"), ("final_issued_on", "2026-05-25")],
            ]),
        )
        .row(
            "Late",
            &cells(&[
                &[january],
                &ASSESS,
                &ISSUE,
                &[("draft_served_on", "2026-05-05"), ("final_issued_on", "2026-05-26")],
            ]),
        )
        .row(
            "Excepted",
            &cells(&[
                &[january],
                &ASSESS,
                &[
                    ("final_issued_on", "2026-06-26"),
                    ("exception_ground", "exceptional_personal_circumstances"),
                    ("exception_from", "2026-03-01"),
                    ("exception_to", "2026-03-31"),
                ],
            ]),
        )
        .row(
            "Unassessed",
            &[
                january,
                ("assessment_decision", "refuse"),
                ("assessment_decided_on", "2026-02-02"),
                ("refusal_reason", "evidence_incomplete"),
            ],
        )
        .row(
            "Unplanned",
            &cells(&[
                &[january],
                &ASSESS,
                &[("plan_decision", "refuse"), ("plan_decided_on", "2026-04-20"), ("plan_notified_on", "2026-04-28")],
            ]),
        )
        .row("Withdrawn", &[january, ("withdrawn_on", "2026-01-20")])
        .row(
            "Transferred",
            &cells(&[&[january], &ASSESS, &[("transferred_on", "2026-03-20"), ("transferred_to", "394")]]),
        )
}

both! {
    fn every_stage_of_a_sheet_is_as_the_service_would_have_it(app: &TestApp) {
        let said = app.take_over(&every_stage());
        assert_eq!(said.counts(), (12, 12, 0, 0));
        assert_eq!(said.passes, [Pass::Checking, Pass::Writing]);
        let caseworker = app.caseworker();
        for (name, stage, status) in [
            ("Awaiting", "awaiting_decision", "on_track"),
            ("Overdue", "awaiting_decision", "overdue"),
            ("Gathering", "gathering_advice", "on_track"),
            ("Drafting", "drafting", "overdue"),
            ("Served", "draft_served", "overdue"),
            ("Issued", "plan_issued", "completed_in_time"),
            ("Late", "plan_issued", "completed_late"),
            ("Excepted", "plan_issued", "completed_late_excepted"),
            ("Unassessed", "assessment_refused", "ended"),
            ("Unplanned", "plan_refused", "ended"),
            ("Withdrawn", "withdrawn", "ended"),
            ("Transferred", "transferred", "ended"),
        ] {
            let case = case_of(&caseworker, name);
            assert_eq!((&case.json["stage"], &case.json["clock"]["status"]), (&json!(stage), &json!(status)), "{name}");
            assert_eq!((&case.json["version"], case.etag.as_str()), (&json!(1), "\"1\""));
        }
        let refused = case_of(&caseworker, "Unassessed").json;
        assert_eq!(refused["decisions"]["assessment"]["refusal_reason"], "evidence_incomplete");
        assert_eq!(refused["decisions"]["assessment"]["notified_on"], "2026-02-02", "that of the decision unless told");
        let unplanned = case_of(&caseworker, "Unplanned");
        assert_eq!(unplanned.deadline("decide_on_plan")["status"], "met_late");
        assert_eq!(case_of(&caseworker, "Transferred").json["end"]["to_local_authority"], "394");
        let exception = &case_of(&caseworker, "Excepted").json["exceptions"][0];
        assert_eq!(
            (&exception["state"], &exception["rules"], &exception["proposed_by"]),
            (&json!("confirmed"), &json!(["issue_final_plan"]), &json!(null))
        );
    }

    fn every_case_is_on_record_with_where_it_came_from(app: &TestApp) {
        app.take_over(&Sheet::new().row("A-17", &[("nhs_number", "943 476 5919")]));
        let case = case_of(&app.caseworker(), "A-17");
        let history = app.caseworker().get(&format!("/cases/{}/history", case.id())).expect(200).json;
        let events = history["items"].as_array().unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["action"], "case_imported");
        let event = app.events().into_iter().find(|event| event.action == "case_imported").unwrap();
        assert_eq!(event.actor_name, "import");
        assert!(event.details.contains("A-17") && event.details.contains("9434765919"), "{}", event.details);
    }

    fn a_dry_run_writes_nothing_and_says_what_a_run_would(app: &TestApp) {
        let csv = every_stage().csv();
        let before = app.events().len();
        let dry = app.import_as(Mode::DryRun, &csv).unwrap();
        assert_eq!(dry.counts(), (12, 12, 0, 0));
        assert_eq!(dry.passes, [Pass::Checking]);
        for table in ["cases", "people", "deadlines", "case_imports", "organisations"] {
            assert_eq!(app.count(table), 0, "{table}");
        }
        assert_eq!(app.events().len(), before);
        assert_eq!(app.import_as(Mode::Write, &csv).unwrap().counts(), dry.counts());
    }

    fn a_second_run_changes_nothing(app: &TestApp) {
        app.take_over(&every_stage());
        let caseworker = app.caseworker();
        let before = caseworker.get("/cases?limit=200").expect(200).json;
        let events = app.events().len();
        for sheet in [every_stage().csv(), every_stage().csv().replace("2026-01-05", "05/01/2026").replace(",family", ",1")] {
            let again = app.import_as(Mode::Write, &sheet).unwrap();
            assert_eq!((again.counts(), again.faults()), ((12, 0, 12, 0), vec![]));
        }
        assert_eq!(caseworker.get("/cases?limit=200").expect(200).json, before);
        assert_eq!(app.events().len(), events);
    }

    fn a_second_run_adds_what_is_new_and_leaves_what_people_have_changed(app: &TestApp) {
        let first = Sheet::new().row("One", &[]).row("Two", &[]);
        app.take_over(&first);
        let caseworker = app.caseworker();
        let case = case_of(&caseworker, "One");
        let person = caseworker.get(&format!("/people/{}", case.json["person"]["id"].as_str().unwrap())).expect(200);
        let path = format!("/people/{}", person.id());
        caseworker.patch(&path, &person.etag, &json!({"surname": "Renamed", "date_of_birth": "2015-03-03"})).expect(200);
        let said = app.take_over(&first.row("Three", &[]));
        assert_eq!(said.counts(), (3, 1, 2, 0));
        assert_eq!(case_of(&caseworker, "Renamed").json["person"]["surname"], "Renamed");
        // Whoever has the old name is still known to be the same person, whose case is open.
        let said = app.import(&Sheet::new().row("One", &[]).row("Four", &[("surname", "One")]));
        assert_eq!(said.faults(), [(3, "external_reference", "case_already_open")]);
    }

    fn history_without_a_draft_stays_without(app: &TestApp) {
        app.take_over(&Sheet::new().row("Old", &[("received_on", "2019-06-03"), ("final_issued_on", "2019-10-21")]));
        let case = case_of(&app.caseworker(), "Old");
        assert_eq!((&case.json["stage"], &case.json["clock"]["status"]), (&json!("plan_issued"), &json!("completed_in_time")));
        for rule in ["decide_to_assess", "decide_on_plan", "send_draft_plan"] {
            assert_eq!(case.deadline(rule)["status"], "not_applicable", "{rule}");
            assert_eq!(case.deadline(rule)["met_on"], json!(null), "{rule}");
        }
        assert_eq!(case.json["decisions"], json!({"assessment": null, "plan": null}));
        assert_eq!(case.json["plan"]["kind"], "final");
        assert_eq!(case.json["plan"]["number"], 1);
        let plan = app.caseworker().get(&format!("/plans/{}", case.json["plan"]["id"].as_str().unwrap())).expect(200).json;
        assert_eq!((&plan["status"], &plan["issued_on"]), (&json!("issued"), &json!("2019-10-21")));
        assert_eq!(plan["sections"]["B"]["text"], "");
    }

    fn a_refusal_that_a_tribunal_overturned_goes_on(app: &TestApp) {
        let refused = [("received_on", "2025-01-06"), ("assessment_decision", "refuse"), ("assessment_decided_on", "2025-02-03")];
        let then = [("tribunal", "TRUE"), ("final_issued_on", "2025-12-01")];
        app.take_over(&Sheet::new().row("Appeal", &cells(&[&refused, &then])));
        assert_eq!(case_of(&app.caseworker(), "Appeal").json["stage"], "plan_issued");
    }

    fn advice_is_asked_of_those_who_are_always_asked(app: &TestApp) {
        let body = json!({"name": "Health Trust", "kind": "health", "default_for": ["medical"]});
        let trust = app.admin().post("/organisations", &body).expect(201).id();
        let advice = [
            ("received_on", "2026-01-05"),
            ("setting_name", "Hill School"),
            ("setting_urn", "123456"),
            ("advice_family_requested_on", "2026-02-02"),
            ("advice_family_received_on", "2026-02-09"),
            ("advice_education_requested_on", "2026-02-02"),
            ("advice_education_received_on", "2026-03-16"),
            ("advice_medical_requested_on", "2026-02-02"),
            ("advice_medical_received_on", "2026-03-17"),
            ("advice_psychological_requested_on", "2026-02-02"),
        ];
        app.take_over(&Sheet::new().row("Advice", &cells(&[&advice, &ASSESS])));
        let caseworker = app.caseworker();
        let case = case_of(&caseworker, "Advice");
        assert_eq!(case.json["advice"], json!({"requested": 4, "received": 3, "overdue": 1, "accepted": 3}));
        let requests = caseworker.get(&format!("/cases/{}/advice-requests", case.id())).expect(200).json;
        let of = |kind: &str| {
            let all = requests["items"].as_array().unwrap();
            all.iter().find(|one| one["kind"] == kind).cloned().unwrap()
        };
        assert_eq!(of("family")["due_on"], json!(null));
        assert_eq!(of("education")["organisation"]["name"], "Hill School");
        assert_eq!((&of("education")["status"], &of("education")["days_late"]), (&json!("accepted"), &json!(0)));
        assert_eq!(of("medical")["organisation"]["id"], json!(trust));
        assert_eq!((&of("medical")["days_late"], &of("medical")["accepted_on"]), (&json!(1), &json!("2026-03-17")));
        let submission = &of("medical")["submissions"][0];
        assert_eq!((&submission["submitted_on"], &submission["recorded_on"]), (&json!("2026-03-17"), &json!(TODAY)));
        assert_eq!((&of("psychological")["organisation"], &of("psychological")["overdue"]), (&json!(null), &json!(true)));
        let basis = |kind| case.deadlines("advice").into_iter().find(|one| one["subject"]["label"] == kind).unwrap()["basis"].clone();
        assert_eq!(basis("medical advice from Health Trust"), "statutory");
        assert_eq!(basis("education advice from Hill School"), "guidance");
    }

    fn a_day_of_notice_that_a_sheet_does_not_say_is_assumed_and_warned_about(app: &TestApp) {
        let decided = [("received_on", "2026-01-05"), ("assessment_decision", "assess"), ("assessment_decided_on", "2026-02-02")];
        let told = [decided[0], decided[1], decided[2], ("assessment_notified_on", "2026-02-02")];
        app.take_over(&Sheet::new().row("Untold", &decided).row("Told", &told));
        let manager = app.manager();
        let warns = |case: &Response| case.warnings().contains(&"notified_on_assumed");
        let untold = case_of(&manager, "Untold");
        assert!(warns(&untold));
        assert_eq!(untold.json["decisions"]["assessment"]["notified_on"], "2026-02-02", "the default");
        assert_eq!(untold.deadline("decide_to_assess")["met_on"], "2026-02-02");
        assert!(!warns(&case_of(&manager, "Told")));
        let mend = json!({"step": "assessment_decision", "field": "notified_on", "value": "2026-02-05", "reason": "The letter says so."});
        let mended = manager.case_step(&untold.id(), "corrections", &mend).expect(200);
        assert!(!warns(&mended));
        assert_eq!(mended.deadline("decide_to_assess")["met_on"], "2026-02-05");
        app.assert_derived();
    }

    fn an_exception_of_a_sheet_is_kept_without_evidence_and_warned_about(app: &TestApp) {
        app.take_over(&every_stage());
        let manager = app.manager();
        let case = case_of(&manager, "Excepted");
        assert_eq!(case.json["exceptions"][0]["state"], "confirmed");
        for warning in ["exception_without_evidence", "exception_not_told"] {
            assert!(case.warnings().contains(&warning), "{:?}", case.warnings());
        }
        let mend = json!({"step": "exception", "field": "evidence", "value": "The school's letter.", "reason": "Found in the file."});
        let mended = manager.case_step(&case.id(), "corrections", &mend).expect(200);
        assert_eq!(mended.json["exceptions"][0]["evidence"], "The school's letter.");
        assert!(!mended.warnings().contains(&"exception_without_evidence"));
        assert!(case_of(&manager, "Excepted").json["clock"]["status"] == "completed_late_excepted");
    }

    fn a_case_that_was_taken_over_goes_on_like_any_other(app: &TestApp) {
        app.take_over(&Sheet::new().row("Open", &[("received_on", "2026-11-02")]));
        let caseworker = app.caseworker();
        let id = case_of(&caseworker, "Open").id();
        let body = json!({"outcome": "assess", "decided_on": "2026-11-19", "notified_on": "2026-11-19"});
        let decided = caseworker.case_step(&id, "assessment-decision", &body).expect(200);
        assert_eq!(decided.json["stage"], "gathering_advice");
        let body = json!({"outcome": "issue", "decided_on": "2026-11-20"});
        caseworker.case_step(&id, "plan-decision", &body).expect(200);
        let plan = caseworker.post(&format!("/cases/{id}/plans"), &json!({})).expect(201);
        assert_eq!(plan.json["number"], 1);
        app.assert_derived();
    }

    fn the_draft_that_was_taken_over_is_followed_by_the_next(app: &TestApp) {
        let served = [("received_on", "2026-08-03"), ("draft_served_on", "2026-11-02")];
        app.take_over(&Sheet::new().row("Draft", &cells(&[&served, &[("assessment_decision", "assess"), ("assessment_decided_on", "2026-09-01"), ("plan_decision", "issue"), ("plan_decided_on", "2026-10-20")]])));
        let caseworker = app.caseworker();
        let case = case_of(&caseworker, "Draft");
        assert_eq!(case.deadline("representations")["due_on"], "2026-11-16");
        let plan = caseworker.post(&format!("/cases/{}/plans", case.id()), &json!({})).expect(201);
        assert_eq!((&plan.json["number"], &plan.json["kind"]), (&json!(2), &json!("amended_draft")));
    }

    fn a_final_plan_of_a_draft_that_was_taken_over_claims_no_text(app: &TestApp) {
        let draft = [("received_on", "2026-07-06"), ("draft_served_on", "2026-11-02"), ("assessment_decision", "assess"), ("assessment_decided_on", "2026-08-10"), ("plan_decision", "issue"), ("plan_decided_on", "2026-10-20")];
        app.take_over(&Sheet::new().row("Draft", &draft));
        let caseworker = app.caseworker();
        let case = case_of(&caseworker, "Draft");
        let body = json!({
            "plan_id": case.json["plan"]["id"], "issued_on": "2026-11-19", "placement": {"setting_type": "A special school"},
            "notice": crate::support::cases::whole_notice(),
        });
        let issued = caseworker.case_step(&case.id(), "final-plan", &body).expect(200).json["plan"]["id"].as_str().unwrap().to_owned();
        let plan = caseworker.get(&format!("/plans/{issued}")).expect(200).json;
        assert_eq!((&plan["status"], &plan["sections"]["I"]["text"]), (&json!("issued"), &json!("<p>A special school</p>")));
        let page = caseworker.get(&format!("/plans/{issued}/document")).expect(200).text();
        assert!(!page.contains("Nothing is recorded in this section."), "{page}");
        assert_eq!(page.matches("The text of this version is not kept in this service.").count(), 11, "all but I");
        assert!(page.contains("A special school"));
    }

    fn history_that_broke_a_rule_can_be_corrected_all_the_same(app: &TestApp) {
        let soon = [("received_on", "2026-01-05"), ("draft_served_on", "2026-05-01"), ("final_issued_on", "2026-05-10"), ("assessment_decision", "assess"), ("assessment_decided_on", "2026-02-10"), ("plan_decision", "issue"), ("plan_decided_on", "2026-04-20")];
        app.take_over(&Sheet::new().row("Soon", &soon));
        let manager = app.manager();
        let case = case_of(&manager, "Soon").id();
        let correct = |step: &str, field: &str, value: &str| {
            manager.case_step(&case, "corrections", &json!({"step": step, "field": field, "value": value, "reason": "Mistyped."}))
        };
        assert_eq!(correct("request", "request_source", "other").expect(200).json["request_source"], "other");
        // Once it holds, it must go on to.
        correct("final_plan", "issued_on", "2026-05-18").expect(200);
        correct("final_plan", "issued_on", "2026-05-10").refused(409, "representation_period_open");
    }

    fn one_person_can_have_several_cases(app: &TestApp) {
        let ended = [("received_on", "2025-01-06"), ("withdrawn_on", "2025-01-20"), ("surname", "Łukasz-Berg")];
        let open = [("received_on", "2026-11-02"), ("surname", "LUKASZ BERG"), ("nhs_number", "9434765919"), ("sex", "F")];
        app.take_over(&Sheet::new().row("First", &ended).row("Second", &open));
        assert_eq!((app.count("people"), app.count("cases")), (1, 2));
        let found = app.caseworker().post("/cases/search", &json!({"q": "943 476 5919"})).expect(200).json;
        let items = found["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "both are found by the number that only one row has");
        for item in items {
            let case = app.caseworker().case(item["id"].as_str().unwrap()).json;
            assert_eq!((&case["person"]["surname"], &case["person"]["sex"]), (&json!("Łukasz-Berg"), &json!("F")));
        }
    }

    fn what_social_care_knows_comes_in_with_the_sheet(app: &TestApp) {
        let known = app.caseworker().open_case(a_case().of("Ines", "Example", "2015-03-02")).id();
        app.caseworker().case_step(&known, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let cared_for = ("social_care_status", "looked_after");
        let again = [("forename", "Ines"), ("surname", "Example"), cared_for];
        app.take_over(&Sheet::new().row("First", &[cared_for]).row("Second", &[]).row("Again", &again));
        let asked = "/reports/decisions?from=2026-09-01&to=2026-09-30&group_by=social_care_status";
        let report = app.manager().get(asked).expect(200).json;
        let groups = report["groups"].as_array().unwrap();
        let counted: Vec<_> = groups.iter().map(|one| (one["key"].as_str().unwrap(), one["requests"].as_i64().unwrap())).collect();
        // What the service knew of Ines is not taken from an older sheet.
        assert_eq!(counted, [("looked_after", 1), ("none", 2)]);
    }

    fn who_is_known_is_used_and_completed(app: &TestApp) {
        let caseworker = app.caseworker();
        let made = caseworker.open_case(a_case().of("Ines", "Example", "2015-03-02").person("postcode", json!("BS1 4ST")));
        let id = made.id();
        caseworker.case_step(&id, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let before = caseworker.case(&id);
        let row = [("forename", "INES"), ("surname", "Éxample"), ("nhs_number", "9434765919"), ("postcode", "M1 1AE")];
        app.take_over(&Sheet::new().row("Again", &row));
        assert_eq!(app.count("people"), 1);
        let after = app.caseworker().case(&id);
        assert_ne!(after.etag, before.etag, "what the case shows has changed");
        let person = &after.json["person"];
        assert_eq!(
            (&person["surname"], &person["nhs_number"], &person["postcode"]),
            (&json!("Example"), &json!("9434765919"), &json!("BS1 4ST")),
            "what was known stays, what was not is added"
        );
        let found = app.caseworker().post("/cases/search", &json!({"q": "9434765919"})).expect(200).json;
        assert_eq!(found["items"].as_array().unwrap().len(), 2);
        assert!(app.events().iter().any(|event| event.action == "person_changed" && event.actor_name == "import"));
    }

    fn two_children_of_one_name_and_birth_date_are_told_apart_by_their_numbers(app: &TestApp) {
        let twin = |number| [("surname", "Same"), ("nhs_number", number)];
        app.take_over(&Sheet::new().row("One", &twin("9434765919")).row("Two", &twin("4505577104")));
        assert_eq!(app.count("people"), 2);
    }

    fn a_setting_is_found_by_number_then_by_name_else_made(app: &TestApp) {
        let school = |name: &str, urn: &str| {
            let body = json!({"name": name, "kind": "education_setting", "urn": urn});
            app.admin().post("/organisations", &body).expect(201).id()
        };
        let (hill, dale) = (school("Hill School", "123456"), school("Dale School", "234567"));
        app.organisation("Council", "local_authority");
        let sheet = Sheet::new()
            .row("Number", &[("setting_name", "Another name"), ("setting_urn", "123456")])
            .row("Name", &[("setting_name", "Dale School")])
            .row("Made", &[("setting_name", "Brook Nursery"), ("setting_urn", "345678")])
            .row("Likewise", &[("setting_name", "Brook Nursery")])
            .row("Another", &[("setting_name", "Hill School"), ("setting_urn", "456789")])
            .row("Council", &[("setting_name", "Council")]);
        app.take_over(&sheet);
        let setting = |name: &str| case_of(&app.caseworker(), name).json["setting"].clone();
        assert_eq!((&setting("Number")["id"], &setting("Name")["id"]), (&json!(hill), &json!(dale)));
        assert_eq!((&setting("Made")["name"], &setting("Made")["urn"]), (&json!("Brook Nursery"), &json!("345678")));
        assert_eq!(setting("Made")["id"], setting("Likewise")["id"]);
        assert_ne!(setting("Another")["id"], json!(hill), "another number is another school");
        let made = setting("Council")["id"].as_str().unwrap().to_owned();
        let made = app.admin().get(&format!("/organisations/{made}")).expect(200).json;
        assert_eq!(made["kind"], "education_setting", "the council is no setting");
        assert_eq!(app.count("organisations"), 6);
    }

    fn a_caseworker_is_named_by_their_address(app: &TestApp) {
        let caseworker = app.caseworker();
        app.take_over(&Sheet::new().row("Mine", &[("caseworker_email", &caseworker.email.to_uppercase())]).row("Nobodys", &[]));
        let mine = caseworker.get(&format!("/cases?caseworker_id={}", caseworker.id)).expect(200).json;
        assert_eq!(mine["items"].as_array().unwrap().len(), 1);
        assert_eq!(mine["items"][0]["person"]["surname"], "Mine");
    }

    fn references_are_of_the_year_of_the_request_and_go_on(app: &TestApp) {
        let caseworker = app.caseworker();
        assert_eq!(caseworker.open_case(a_case()).json["reference"], "EHC-2026-000001");
        let sheet = Sheet::new().row("Uno", &[]).row("Due", &[("received_on", "2025-09-01")]).row("Tre", &[]);
        app.take_over(&sheet);
        let reference = |name: &str| case_of(&app.caseworker(), name).json["reference"].clone();
        assert_eq!([reference("Uno"), reference("Due"), reference("Tre")], ["EHC-2026-000002", "EHC-2025-000001", "EHC-2026-000003"]);
        let next = app.caseworker().open_case(a_case().of("Next", "One", "2016-01-01").received_on("2026-11-20"));
        assert_eq!(next.json["reference"], "EHC-2026-000004");
    }

    fn a_sheet_is_read_as_spreadsheets_write_it(app: &TestApp) {
        let csv = "\u{feff}surname,forename, external_reference ,date_of_birth,received_on,request_source,mediation,setting_name\r\n\
            \"O'Neill, the younger\",\"Ana \"\"Bo\"\"\",Q-1,02/03/2015,05/01/2026,2,False,\"School, Hill\"\r\n\
            ,,,,,,,\r\n\
            Zoë,Élodie,Q-2,2015-03-02,2026-01-05,3,,\r\n\
            Last,One,Q-3,2015-03-02,2026-01-05,5,true,\r\n";
        let said = app.import_as(Mode::Write, csv).unwrap();
        assert_eq!((said.counts(), said.faults()), ((3, 3, 0, 0), vec![]));
        app.on_day(TODAY);
        let case = case_of(&app.caseworker(), "oneill");
        assert_eq!(
            (&case.json["person"]["surname"], &case.json["person"]["forename"]),
            (&json!("O'Neill, the younger"), &json!("Ana \"Bo\""))
        );
        assert_eq!((&case.json["received_on"], &case.json["setting"]["name"]), (&json!("2026-01-05"), &json!("School, Hill")));
        let sources = ["oneill", "zoe", "last"].map(|name| case_of(&app.caseworker(), name).json["request_source"].clone());
        assert_eq!(sources, ["education_setting", "health_professional", "other"]);
    }

    fn the_codes_of_the_national_return_are_sources(app: &TestApp) {
        let names = ["Una", "Duo", "Tria", "Quad", "Quin"];
        let mut sheet = Sheet::new();
        for (code, name) in ["1", "2", "3", "4", "5"].iter().zip(names) {
            sheet = sheet.row(name, &[("request_source", code)]);
        }
        app.take_over(&sheet);
        let sources: Vec<Value> = names.iter().map(|name| case_of(&app.caseworker(), name).json["request_source"].clone()).collect();
        assert_eq!(sources, ["family", "education_setting", "health_professional", "social_care_professional", "other"]);
    }

    fn a_long_sheet_is_one_whole(app: &TestApp) {
        let mut sheet = Sheet::new();
        for n in 0..1_300 {
            sheet = sheet.row(&format!("N{n}"), &[("date_of_birth", "2014-05-06")]);
        }
        // Far from its first case, a second one of the first person; and one more setting.
        let ended = [("surname", "N0"), ("date_of_birth", "2014-05-06"), ("received_on", "2025-01-06"), ("withdrawn_on", "2025-01-07")];
        let sheet = sheet.row("Again", &cells(&[&ended, &[("upn", "H801200001001")]]));
        assert_eq!(app.take_over(&sheet).counts(), (1_301, 1_301, 0, 0));
        assert_eq!((app.count("people"), app.count("cases")), (1_300, 1_301));
        let found = app.caseworker().post("/cases/search", &json!({"q": "H801200001001"})).expect(200).json;
        assert_eq!(found["items"].as_array().unwrap().len(), 2);
        assert_eq!(app.import(&sheet).counts(), (1_301, 0, 1_301, 0));
    }
}
