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
        assert_eq!(in_short(&working.check(&plan)), []);
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
}
