//! Beginning a version from the advice.

use super::*;
use crate::support::both;

/// Reports of four services and the family's views, all accepted; the fifth service's is only submitted.
fn advised(app: &TestApp) -> Working {
    let trust = app.organisation("Hill Health", "health");
    let working = Working::drafting_of(app, a_case(), true);
    for (id, kind) in working.advice() {
        if kind == "medical" {
            let etag = working.officer.get(&format!("/advice-requests/{id}")).expect(200).etag;
            let body = json!({"organisation_id": trust, "received_by_body_on": "2026-02-02"});
            working.officer.patch(&format!("/advice-requests/{id}"), &etag, &body).expect(200);
        }
        let report = json!({
            "submitted_on": "2026-03-10",
            "summary": format!("The {kind} summary."),
            "needs": [format!("The {kind} need <1>.\nOn two lines."), format!("The {kind} need 2.")],
            "outcomes": [format!("The {kind} outcome.")],
            "provision": [format!("The {kind} provision.")],
            "author": {"name": format!("Dr {kind}"), "role": "specialist"},
        });
        working.on_advice(&id, "submissions", report);
        if kind != "social_care" {
            working.on_advice(&id, "acceptance", json!({"on": "2026-03-12"}));
        }
    }
    working
}

fn start_from_advice(working: &Working) -> Response {
    working.officer.post(&format!("/cases/{}/plans", working.case), &json!({"from_advice": true}))
}

both! {
    fn what_accepted_reports_say_is_placed_where_it_belongs_with_its_source(app: &TestApp) {
        let working = advised(app);
        let plan = start_from_advice(&working).expect(201).json;
        let text = |section: &str| plan["sections"][section]["text"].as_str().unwrap().to_owned();
        assert!(text("A").contains("The family summary."), "{}", text("A"));
        for (section, there, elsewhere) in [
            ("B", ["The education need", "The psychological need"].as_slice(), "medical"),
            ("C", &["The medical need"], "education"),
            ("E", &["The education outcome", "The medical outcome", "The family outcome"], "provision."),
            ("F", &["The education provision", "The psychological provision"], "medical"),
            ("G", &["The medical provision"], "education"),
        ] {
            for part in there {
                assert!(text(section).contains(part), "{section}: {}", text(section));
            }
            assert!(!text(section).contains(elsewhere), "{section}: {}", text(section));
        }
        assert_eq!((text("D"), text("H2")), (String::new(), String::new()), "what is not accepted yet stays out");
        assert!(text("C").contains("<h3>Medical advice, Hill Health, Dr medical (specialist), 10 March 2026</h3>"));
        assert!(text("C").contains("<li>The medical need &lt;1&gt;.<br>On two lines.</li>"), "{}", text("C"));
        let requests = working.advice();
        let (medical, _) = requests.iter().find(|(_, kind)| kind == "medical").unwrap();
        let source = json!({
            "advice_request_id": medical, "kind": "medical", "organisation": "Hill Health", "author": "Dr medical",
            "role": "specialist", "dated": "2026-03-10", "submission": 1,
            "texts": ["The medical need <1>.\nOn two lines.", "The medical need 2."],
        });
        assert_eq!(plan["sections"]["C"]["sources"], json!([source]));
        // Every sentence of a section that was taken over is found among its sources.
        let b = plan["sections"]["B"]["sources"].as_array().unwrap();
        let authors: Vec<_> = b.iter().map(|source| source["author"].as_str().unwrap()).collect();
        assert_eq!(authors, ["Dr family", "Dr education", "Dr psychological"]);
        let event = app.events().into_iter().rfind(|event| event.action == "plan_started").unwrap();
        assert!(event.details.contains(medical.as_str()), "{}", event.details);
    }

    fn a_later_version_takes_over_what_it_does_not_hold_yet(app: &TestApp) {
        let working = advised(app);
        let plan = start_from_advice(&working).expect(201).id();
        let (social_care, _) = working.advice().into_iter().find(|(_, kind)| kind == "social_care").unwrap();
        working.on_advice(&social_care, "acceptance", json!({"on": "2026-03-12"}));
        working.serve(&plan, SERVED).expect(200);
        let next = start_from_advice(&working).expect(201).json;
        assert!(next["sections"]["D"]["text"].as_str().unwrap().contains("The social_care need 2."));
        assert!(next["sections"]["H2"]["text"].as_str().unwrap().contains("The social_care provision."));
        assert_eq!(next["sections"]["C"], working.plan(&plan).json["sections"]["C"], "nothing stands twice");
        assert_eq!(next["sections"]["E"]["sources"].as_array().unwrap().len(), 5);
    }

    fn a_report_that_came_again_adds_only_what_is_new_in_it(app: &TestApp) {
        let working = advised(app);
        let plan = start_from_advice(&working).expect(201).id();
        let (education, _) = working.advice().into_iter().find(|(_, kind)| kind == "education").unwrap();
        working.on_advice(&education, "return", json!({"on": "2026-03-13", "reason": "A need is missing."}));
        let again = json!({
            "submitted_on": "2026-03-20", "summary": "The education summary.",
            "needs": ["The education need <1>.\nOn two lines.", "A need that was missing."],
            "outcomes": ["The education outcome."], "provision": ["The education provision."],
            "author": {"name": "Dr education", "role": "specialist"},
        });
        working.on_advice(&education, "submissions", again);
        working.on_advice(&education, "acceptance", json!({"on": "2026-03-21"}));
        working.serve(&plan, SERVED).expect(409);
        let (social_care, _) = working.advice().into_iter().find(|(_, kind)| kind == "social_care").unwrap();
        working.on_advice(&social_care, "acceptance", json!({"on": "2026-03-22"}));
        working.serve(&plan, SERVED).expect(200);
        let before = working.plan(&plan).json;
        let next = start_from_advice(&working).expect(201).json;
        let added = |section: &str| {
            let text = |plan: &Value| plan["sections"][section]["text"].as_str().unwrap().to_owned();
            text(&next).strip_prefix(&text(&before)).unwrap().to_owned()
        };
        assert_eq!(added("B").matches("<li>").count(), 1, "{}", added("B"));
        assert!(added("B").contains("20 March 2026") && added("B").contains("A need that was missing."), "{}", added("B"));
        assert_eq!((added("E").matches("education").count(), added("F")), (0, String::new()));
    }

    fn a_version_begins_blank_unless_told(app: &TestApp) {
        let working = advised(app);
        let plan = working.start().expect(201).json;
        assert_eq!(plan["sections"]["B"], json!({"text": "", "sources": [], "representation_id": null}));
    }

    fn advice_that_is_too_long_for_a_section_is_refused_whole(app: &TestApp) {
        let working = Working::drafting_of(app, a_case(), true);
        for (id, kind) in working.advice() {
            if kind == "education" {
                let needs = vec!["x".repeat(4_999); 41];
                working.on_advice(&id, "submissions", json!({"submitted_on": "2026-03-10", "needs": needs}));
                working.on_advice(&id, "acceptance", json!({"on": "2026-03-12"}));
            }
        }
        let answer = start_from_advice(&working).expect(422);
        assert_eq!(answer.faults(), [("/from_advice", "too_long")]);
        assert_eq!(app.count("plans"), 0);
        working.start().expect(201);
    }
}
