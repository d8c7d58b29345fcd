//! What a version lacks.

use super::*;
use crate::support::both;

impl Working {
    fn check(&self, plan: &str) -> Response {
        self.officer.get(&format!("/plans/{plan}/check")).expect(200)
    }
}

fn in_short(check: &Response) -> Vec<(&str, &str, &str)> {
    let text = |value: &'_ Value| value.as_str().map_or("-", |text| Box::leak(text.to_owned().into_boxed_str()));
    let all = check.json["findings"].as_array().unwrap();
    all.iter().map(|one| (text(&one["section"]), text(&one["rule"]), text(&one["severity"]))).collect()
}

both! {
    fn a_check_names_section_rule_and_citation(app: &TestApp) {
        let case = a_case().person("national_curriculum_year", json!(9));
        let working = Working::drafting_of(app, case, true);
        let plan = working.start().expect(201).id();
        for section in ["B", "C", "D", "F", "I"] {
            working.write(&plan, section, "A text.").expect(200);
        }
        let check = working.check(&plan);
        assert_eq!(
            in_short(&check),
            [
                ("I", "setting_named_in_draft", "refuses"),
                ("F", "preparing_for_adulthood_missing", "refuses"),
                ("A", "section_blank", "refuses"),
                ("E", "section_blank", "refuses"),
                ("-", "advice_outstanding", "policy"),
                ("C", "needs_unanswered", "warns"),
                ("D", "needs_unanswered", "warns"),
            ]
        );
        assert_eq!((&check.json["kind"], &check.json["lawful"]), (&json!("draft"), &json!(false)));
        assert_eq!(check.json["version"], working.plan(&plan).json["version"]);
        for one in check.json["findings"].as_array().unwrap() {
            assert_eq!(one["citation"].is_null(), one["severity"] == "policy", "{one}");
            assert!(one["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{one}");
        }
        assert!(check.json["findings"][0]["citation"].as_str().unwrap().contains("38(5)"));
    }

    fn a_draft_that_lacks_what_the_law_asks_for_is_not_served(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        for (section, sign) in [("A", "12(1)(a)"), ("B", "12(1)(b)"), ("E", "12(1)(e)"), ("F", "12(1)(f)")] {
            let text = working.plan(&plan).json["sections"][section]["text"].as_str().unwrap().to_owned();
            working.write(&plan, section, "<p> </p>").expect(200);
            let refused = working.serve(&plan, SERVED).refused(409, "section_blank");
            assert!(refused.json["citation"].as_str().unwrap().contains(sign), "{}", refused.text());
            working.write(&plan, section, &text).expect(200);
        }
        assert_eq!(working.plan(&plan).json["status"], "editing");
        working.serve(&plan, SERVED).expect(200);
    }

    fn needs_without_provision_are_warned_about_and_hinder_nothing(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        assert_eq!(in_short(&working.check(&plan)), []);
        working.write(&plan, "C", "Asthma.").expect(200);
        working.write(&plan, "D", "Short breaks.").expect(200);
        let check = working.check(&plan);
        assert_eq!(in_short(&check), [("C", "needs_unanswered", "warns"), ("D", "needs_unanswered", "warns")]);
        assert_eq!(check.json["lawful"], true);
        working.write(&plan, "G", "A nurse.").expect(200);
        working.write(&plan, "H1", "A break a month.").expect(200);
        assert_eq!(in_short(&working.check(&plan)), [("G", "health_provision_not_agreed", "warns")]);
        working.write(&plan, "H1", "").expect(200);
        working.serve(&plan, SERVED).expect(200);
    }

    fn a_final_plan_is_checked_as_one(app: &TestApp) {
        let (working, draft) = Working::served(app);
        assert_eq!(in_short(&working.check(&draft)), []);
        let issued = working.issue(&lawful_final(&draft, AFTER_FIFTEEN)).expect(200);
        let check = working.check(issued.json["plan"]["id"].as_str().unwrap());
        assert_eq!((in_short(&check), &check.json["kind"]), (vec![], &json!("final")));
    }

    fn a_draft_is_checked_by_the_day_on_which_its_final_plan_is_expected(app: &TestApp) {
        // Year 9 begins in September: a draft that is served at the end of August can't be followed before.
        let working = Working::drafting_of(app, a_case().of("Cy", "Cole", "2012-09-01"), false);
        app.on_day("2026-08-10");
        let plan = working.written();
        assert_eq!(in_short(&working.check(&plan)), [], "served today, issued on 25 August");
        app.on_day("2026-08-20");
        let missing = ("F", "preparing_for_adulthood_missing", "refuses");
        assert_eq!(in_short(&working.check(&plan)), [missing], "served today, issued on 4 September");
        working.serve(&plan, "2026-08-20").refused(409, "preparing_for_adulthood_missing");
        working.serve(&plan, "2026-08-15").expect(200);
        assert_eq!(in_short(&working.check(&plan)), [], "it can still be followed on 30 August");
        app.on_day("2026-09-01");
        assert_eq!(in_short(&working.check(&plan)), [missing], "issued today, it lacks something");
        working.issue(&lawful_final(&plan, "2026-09-01")).refused(409, "preparing_for_adulthood_missing");
        let issued = working.issue(&lawful_final(&plan, "2026-08-31")).expect(200);
        assert_eq!(in_short(&working.check(&plan)), [], "its final plan was issued in August");
        assert_eq!(in_short(&working.check(issued.json["plan"]["id"].as_str().unwrap())), []);
    }

    fn preparing_for_adulthood_may_stand_in_every_section_of_provision(app: &TestApp) {
        for (name, section) in [("Ada", "F"), ("Bea", "G"), ("Cy", "H1"), ("Dov", "H2")] {
            let working = Working::drafting_of(app, a_case().of(name, "Birch", "2012-08-31"), false);
            let plan = working.written();
            working.serve(&plan, SERVED).refused(409, "preparing_for_adulthood_missing");
            let body = json!({"text": "", "preparing_for_adulthood": true});
            let blank = if section == "F" { "H2" } else { section };
            working.put(&plan, blank, &body).expect(200);
            working.serve(&plan, SERVED).refused(409, "preparing_for_adulthood_missing");
            let body = json!({"text": "Travel training.", "preparing_for_adulthood": true});
            let written = working.put(&plan, section, &body).expect(200).json;
            assert_eq!((&written["preparing_for_adulthood"], &written["sections"][section]["preparing_for_adulthood"]), (&json!(true), &json!(true)));
            working.serve(&plan, SERVED).expect(200);
            // What is begun from it is marked as it was.
            let next = working.start().expect(201).json;
            assert_eq!((&next["preparing_for_adulthood"], &next["sections"][section]["preparing_for_adulthood"]), (&json!(true), &json!(true)));
        }
    }
}
