//! What section I says, who was consulted, and what the family asked for.

use super::*;
use crate::support::{both, poppler};

impl Working {
    /// Issues the final plan of a draft with this placement.
    fn place(&self, draft: &str, placement: Value) -> Response {
        let mut body = lawful_final(draft, AFTER_FIFTEEN);
        body["placement"] = placement;
        self.issue(&body)
    }

    fn issued_plan(&self, issued: &Response) -> Value {
        self.plan(issued.json["plan"]["id"].as_str().unwrap()).json
    }

    fn consult_as_requested(&self, setting: &str) -> Response {
        let body = json!({"setting_id": setting, "sent_on": SERVED, "requested_by_family": true});
        self.officer.post(&format!("/cases/{}/consultations", self.case), &body)
    }
}

/// A school or college that is described so.
fn a_setting(app: &TestApp, name: &str, more: Value) -> String {
    let mut body = json!({"name": name, "kind": "education_setting"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.admin().post("/organisations", &body).expect(201).id()
}

both! {
    fn section_i_holds_name_and_type_and_the_organisations_type_is_taken_where_none_is_given(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let typed = a_setting(app, "Hill School", json!({"setting_type": "A maintained special school"}));
        let bare = a_setting(app, "Dale School", json!({}));
        for school in [&typed, &bare] {
            working.consult(school, SERVED).expect(201);
        }
        let refused = working.place(&draft, json!({"setting_id": bare})).expect(422);
        assert_eq!(refused.faults(), [("/placement/setting_type", "missing_field")]);
        assert!(refused.text().contains("Regulation 12(1)(i)"), "{}", refused.text());
        assert_eq!(app.count("plans"), 1, "nothing was written");
        let issued = working.place(&draft, json!({"setting_id": typed})).expect(200);
        let plan = working.issued_plan(&issued);
        assert_eq!(plan["sections"]["I"]["text"], "<p>Hill School</p><p>Type: A maintained special school</p>");
        assert_eq!((&plan["placement"]["setting_name"], &plan["placement"]["setting_type"]), (&json!("Hill School"), &json!("A maintained special school")));
        let id = plan["id"].as_str().unwrap();
        let page = working.document(id, "text/html").expect(200).text();
        assert!(page.contains("<p>Hill School</p>") && page.contains("<p>Type: A maintained special school</p>"), "{page}");
        let Some(pages) = poppler::pages(&working.document(id, "application/pdf").expect(200).bytes) else { return };
        let text = pages.join("\n");
        assert!(text.contains("Hill School") && text.contains("Type: A maintained special school"), "{text}");
    }

    fn the_type_that_is_given_goes_before_that_of_the_organisation(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let school = a_setting(app, "Hill School", json!({"setting_type": "A mainstream school"}));
        working.consult(&school, SERVED).expect(201);
        let placement = json!({"setting_id": school, "setting_type": "A mainstream school with a resourced provision"});
        let issued = working.place(&draft, placement).expect(200);
        let plan = working.issued_plan(&issued);
        assert_eq!(plan["sections"]["I"]["text"], "<p>Hill School</p><p>Type: A mainstream school with a resourced provision</p>");
    }

    fn education_that_the_authority_arranges_leaves_section_i_blank(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let refused = working.place(&draft, json!({"education_otherwise": "authority_s61"})).expect(422);
        let expected = [("/placement/inappropriate_because", "missing_field"), ("/placement/family_consulted_on", "missing_field")];
        assert_eq!(refused.faults(), expected);
        assert!(refused.text().contains("Section 61(2)") && refused.text().contains("Section 61(3)"), "{}", refused.text());
        let so = |because: &str, on: &str| {
            let placement = json!({
                "education_otherwise": "authority_s61", "inappropriate_because": because, "family_consulted_on": on,
            });
            working.place(&draft, placement)
        };
        assert_eq!(so(" ", "2026-04-20").expect(422).faults(), [("/placement/inappropriate_because", "blank")]);
        for day in ["2026-01-04", "2026-04-29"] {
            let refused = so("No school can meet the needs.", day).expect(422);
            assert_eq!(refused.faults(), [("/placement/family_consulted_on", "out_of_range")]);
        }
        let stray = json!({"setting_type": "A special school", "inappropriate_because": "x", "family_consulted_on": "2026-04-20"});
        let refused = working.place(&draft, stray).expect(422);
        let expected = [("/placement/inappropriate_because", "contradiction"), ("/placement/family_consulted_on", "contradiction")];
        assert_eq!(refused.faults(), expected);
        assert_eq!(app.count("plans"), 1, "nothing was written");
        let issued = so("No school can meet the needs.", AFTER_FIFTEEN).expect(200);
        let plan = working.issued_plan(&issued);
        assert_eq!(plan["sections"]["I"]["text"], "");
        assert_eq!(plan["placement"]["inappropriate_because"], "No school can meet the needs.");
        assert_eq!(plan["issued_to"], json!(["family", "health"]));
        let id = plan["id"].as_str().unwrap();
        let check = working.officer.get(&format!("/plans/{id}/check")).expect(200).json;
        assert_eq!((&check["lawful"], &check["findings"]), (&json!(true), &json!([])));
        let page = working.document(id, "text/html").expect(200).text();
        assert!(page.contains("This section is left blank.") && !page.contains("No school can meet"), "{page}");
    }

    fn a_setting_that_nobody_consulted_is_not_named_unless_a_manager_overrides(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let school = a_setting(app, "Hill School", json!({"setting_type": "A special school"}));
        let mut body = lawful_final(&draft, AFTER_FIFTEEN);
        body["placement"] = json!({"setting_id": school});
        let refused = working.issue(&body).refused(409, "setting_not_consulted");
        assert!(refused.json["citation"].as_str().unwrap().contains("39(2)"), "{}", refused.text());
        // Whoever is consulted after the issue was not consulted on it.
        working.consult(&school, "2026-04-29").expect(201);
        working.issue(&body).refused(409, "setting_not_consulted");
        assert_eq!(working.officer.case(&working.case).json["stage"], "draft_served");
        body["overrides"] = json!({"setting_not_consulted": "The school offered the place by itself."});
        working.issue(&body).refused(403, "forbidden");
        let issued = app.manager().case_step(&working.case, "final-plan", &body).expect(200);
        let plan = working.issued_plan(&issued);
        assert_eq!(plan["overrides"]["setting_not_consulted"], "The school offered the place by itself.");
    }

    fn the_authority_that_maintains_the_named_setting_is_consulted_too(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let school = a_setting(app, "Hill School", json!({"setting_type": "A special school", "maintained_by": "394"}));
        let asked = working.consult(&school, SERVED).expect(201);
        assert_eq!(asked.json["authority_consulted_on"], Value::Null);
        let refused = working.place(&draft, json!({"setting_id": school})).refused(409, "setting_not_consulted");
        assert!(refused.json["detail"].as_str().unwrap().contains("Another authority"), "{}", refused.text());
        let consult = |on: &str| {
            let body = json!({"setting_id": school, "sent_on": "2026-04-14", "authority_consulted_on": on});
            working.officer.post(&format!("/cases/{}/consultations", working.case), &body)
        };
        assert_eq!(consult("2026-06-02").expect(422).faults(), [("/authority_consulted_on", "date_in_future")]);
        assert_eq!(consult("2026-04-06").expect(422).faults(), [("/authority_consulted_on", "date_before_previous_step")]);
        // The day can be added to a consultation that is on record.
        let mended = json!({
            "step": "consultation", "subject_id": asked.id(), "field": "authority_consulted_on", "value": "2026-04-15",
            "reason": "Its e-mail was found.",
        });
        app.manager().case_step(&working.case, "corrections", &mended).expect(200);
        let asked = working.officer.get(&format!("/consultations/{}", asked.id())).expect(200).json;
        assert_eq!(asked["authority_consulted_on"], "2026-04-15");
        working.place(&draft, json!({"setting_id": school})).expect(200);
    }

    fn a_setting_that_the_family_asked_for_is_named_or_a_ground_is_given(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let asked = a_setting(app, "Kingfisher School", json!({"setting_kind": "academy"}));
        let other = a_setting(app, "Hill School", json!({}));
        // Of a setting that is known here, its name is enough.
        let said = json!({"received_on": LAST_OF_FIFTEEN, "requested_setting": "Kingfisher School"});
        assert_eq!(working.represent(&said).expect(201).json["requested_setting_id"], json!(asked));
        let mut body = lawful_final(&draft, AFTER_FIFTEEN);
        let refused = working.issue(&body).refused(409, "requested_setting_not_named");
        assert!(refused.json["citation"].as_str().unwrap().contains("39(3) and (4)"), "{}", refused.text());
        assert!(!refused.text().contains("Kingfisher"), "no name in a refusal: {}", refused.text());
        let not_named = |entries: Value| {
            let mut body = lawful_final(&draft, AFTER_FIFTEEN);
            body["not_named"] = entries;
            working.issue(&body)
        };
        for (entries, faults) in [
            (json!([{"setting_id": other, "ground": "unsuitable", "reasons": "x"}]), vec![("/not_named/0/setting_id", "unknown_setting")]),
            (json!([{"setting_id": asked}]), vec![("/not_named/0/ground", "missing_field")]),
            (json!([{"setting_id": asked, "ground": "unsuitable"}]), vec![("/not_named/0/reasons", "missing_field")]),
            (json!([{"setting_id": asked, "ground": "unsuitable", "reasons": " "}]), vec![("/not_named/0/reasons", "blank")]),
            (json!([{"setting_id": asked, "ground": "too_dear", "reasons": "x"}]), vec![("/not_named/0/ground", "unknown_value")]),
            (json!([{"setting_id": asked, "request_withdrawn_on": "2026-06-02"}]), vec![("/not_named/0/request_withdrawn_on", "date_in_future")]),
            (
                json!([{"setting_id": asked, "ground": "unsuitable", "reasons": "x", "request_withdrawn_on": "2026-04-28"}]),
                vec![("/not_named/0/request_withdrawn_on", "contradiction")],
            ),
            (
                json!([{"setting_id": asked, "request_withdrawn_on": "2026-04-28"}, {"setting_id": asked, "request_withdrawn_on": "2026-04-28"}]),
                vec![("/not_named/1/setting_id", "contradiction")],
            ),
        ] {
            assert_eq!(not_named(entries.clone()).expect(422).faults(), faults, "{entries}");
        }
        assert_eq!(app.count("plans"), 1, "nothing was written");
        let reasons = "Its classes are for another age.";
        body["not_named"] = json!([{"setting_id": asked, "ground": "unsuitable", "reasons": reasons}]);
        let issued = working.issue(&body).expect(200);
        let plan = working.issued_plan(&issued);
        assert_eq!((&plan["not_named"][0]["ground"], &plan["not_named"][0]["reasons"]), (&json!("unsuitable"), &json!(reasons)));
    }

    fn a_setting_of_which_nobody_said_the_kind_counts_as_one_with_the_right_to_be_named(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let asked = a_setting(app, "Kingfisher School", json!({"setting_type": "A special school"}));
        working.consult_as_requested(&asked).expect(201);
        working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).refused(409, "requested_setting_not_named");
        working.place(&draft, json!({"setting_id": asked})).expect(200);
    }

    fn a_request_that_the_family_took_back_or_made_too_late_needs_no_ground(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let asked = a_setting(app, "Kingfisher School", json!({}));
        let late = a_setting(app, "Hill School", json!({}));
        working.represent(&json!({"received_on": "2026-04-20", "requested_setting_id": asked})).expect(201);
        working.represent(&json!({"received_on": AFTER_FIFTEEN, "requested_setting_id": late})).expect(201);
        let refused = working.represent(&json!({"received_on": "2026-04-20", "requested_setting_id": working.case})).expect(422);
        assert_eq!(refused.faults(), [("/requested_setting_id", "unknown_setting")]);
        let mut body = lawful_final(&draft, AFTER_FIFTEEN);
        working.issue(&body).refused(409, "requested_setting_not_named");
        body["not_named"] = json!([{"setting_id": asked, "request_withdrawn_on": "2026-04-24"}]);
        working.issue(&body).expect(200);
    }

    fn an_independent_school_outside_section_41_is_warned_about(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let asked = a_setting(app, "Kingfisher School", json!({"setting_kind": "independent"}));
        let code = "requested_setting_independent";
        working.consult_as_requested(&asked).expect(201);
        assert!(working.officer.case(&working.case).warnings().contains(&code));
        let issued = working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).expect(200);
        assert!(issued.warnings().contains(&code));
    }

    fn a_setting_of_which_only_the_name_is_known_is_warned_about_and_can_be_told(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let said = working.represent(&json!({"received_on": "2026-04-20", "requested_setting": "Kingfisher School"})).expect(201);
        assert_eq!(said.json["requested_setting_id"], Value::Null);
        let code = "requested_setting_unknown";
        assert!(working.officer.case(&working.case).warnings().contains(&code));
        working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).refused(409, "requested_setting_not_named");
        let school = a_setting(app, "Kingfisher School", json!({}));
        let told = |value: &str| {
            let mended = json!({
                "step": "representation", "field": "requested_setting_id", "value": value, "reason": "It is this one.",
            });
            app.manager().case_step(&working.case, "corrections", &mended)
        };
        assert_eq!(told("Kingfisher").expect(422).faults(), [("/value", "unknown_setting")]);
        assert_eq!(told(&working.case).expect(422).faults(), [("/value", "unknown_setting")]);
        let case = told(&school).expect(200);
        assert!(!case.warnings().contains(&code));
        working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).refused(409, "requested_setting_not_named");
    }

    fn what_a_setting_is_can_be_said_of_settings_alone(app: &TestApp) {
        let add = |body: Value| app.admin().post("/organisations", &body);
        let all = json!({
            "name": "Trust", "kind": "health", "setting_type": "A school", "setting_kind": "academy", "maintained_by": "394",
        });
        let refused = add(all).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/maintained_by", "contradiction"), ("/setting_kind", "contradiction"), ("/setting_type", "contradiction")]);
        let wrong = json!({
            "name": "School", "kind": "education_setting", "setting_type": " ", "setting_kind": "castle", "maintained_by": "39",
        });
        let refused = add(wrong).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/maintained_by", "invalid_format"), ("/setting_kind", "unknown_value"), ("/setting_type", "blank")]);
        let made = add(json!({"name": "School", "kind": "education_setting"})).expect(201);
        let change = json!({"setting_type": "A mainstream school", "setting_kind": "section_41", "maintained_by": "394"});
        let changed = app.admin().patch(&format!("/organisations/{}", made.id()), &made.etag, &change).expect(200).json;
        assert_eq!(
            (&changed["setting_type"], &changed["setting_kind"], &changed["maintained_by"]),
            (&json!("A mainstream school"), &json!("section_41"), &json!("394"))
        );
    }
}
