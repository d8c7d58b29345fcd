//! A plan from its first draft to the family's letterbox.

use super::*;
use crate::support::{both, poppler};

both! {
    fn a_plan_is_written_served_amended_and_issued(app: &TestApp) {
        let working = Working::drafting_of(app, a_case(), true);
        for (id, kind) in working.advice() {
            let report = json!({
                "submitted_on": "2026-03-10",
                "summary": format!("The {kind} summary."),
                "needs": [format!("The {kind} need.")],
                "outcomes": [format!("The {kind} outcome.")],
                "provision": [format!("The {kind} provision.")],
                "author": {"name": format!("Ann {kind}")},
            });
            working.on_advice(&id, "submissions", report);
            working.on_advice(&id, "acceptance", json!({"on": "2026-03-12"}));
        }
        // Written from the advice, served, and answered by the family.
        let plans = format!("/cases/{}/plans", working.case);
        let first = working.officer.post(&plans, &json!({"from_advice": true})).expect(201).id();
        let findings = working.officer.get(&format!("/plans/{first}/check")).expect(200).json["findings"].clone();
        let rules: Vec<_> = findings.as_array().unwrap().iter().map(|one| &one["rule"]).collect();
        assert_eq!(rules, ["health_provision_not_agreed"]);
        working.serve(&first, SERVED).expect(200);
        let wish = json!({"received_on": "2026-04-15", "text": "More of speech.", "requested_setting": "Hill School"});
        working.represent(&wish).expect(201);
        working.represent(&json!({"received_on": "2026-04-16", "meeting_requested": true})).expect(201);
        // Three settings are asked: one answers in time, one late, one not at all.
        let ask = |name: &str| working.consult(&app.organisation(name, "education_setting"), "2026-04-14").expect(201).id();
        let (hill, dale, _) = (ask("Hill School"), ask("Dale School"), ask("Vale School"));
        let yes = json!({"responded_on": "2026-04-20", "can_meet_need": true});
        working.answer(&hill, &yes).expect(200);
        let no = json!({"responded_on": "2026-05-05", "can_meet_need": false, "grounds": ["incompatible_with_others"]});
        assert_eq!(working.answer(&dale, &no).expect(200).json["days_late"], 6);
        // A need that nobody had commented on calls for an amended draft, which gives the family its days again.
        let second = working.start().expect(201).id();
        working.write(&second, "B", "<p>The need that was found later.</p>").expect(200);
        working.issue(&lawful_final(&second, AFTER_FIFTEEN)).refused(409, "amended_draft_needed");
        working.serve(&second, "2026-05-06").expect(200);
        let said = working.represent(&json!({"received_on": "2026-05-08", "text": "Twelve hours, please."})).expect(201).id();
        working.represent(&json!({"received_on": "2026-05-12", "finished": true})).expect(201);
        // The final answers what the family said, and names a setting.
        let third = working.start().expect(201).id();
        let body = json!({"text": "<p>Twelve hours a week, as the family asks.</p>", "representation_id": said});
        working.put(&third, "F", &body).expect(200);
        let school = working.officer.get(&format!("/consultations/{hill}")).expect(200).json["setting"]["id"].clone();
        let mut last = lawful_final(&third, "2026-05-12");
        last["placement"] = json!({"setting_id": school, "setting_type": "A mainstream maintained school"});
        working.issue(&last).refused(409, "health_provision_not_agreed");
        working.health_answer(&third, &json!({"agreed": true, "by": "Dana Clinical", "on": "2026-05-11"})).expect(200);
        let issued = working.issue(&last).expect(200);
        assert_eq!((&issued.json["stage"], &issued.json["clock"]["status"]), (&json!("plan_issued"), &json!("completed_in_time")));
        assert_eq!(issued.json["plan"]["appeal_rights"]["appeal_by"], "2026-07-13");
        let plan = issued.json["plan"]["id"].as_str().unwrap();
        assert_eq!(working.plan(plan).json["issued_to"], json!(["family", "setting", "health"]));
        let changes = working.officer.get(&format!("/plans/{plan}/changes?since={second}")).expect(200).json;
        let changed: Vec<_> = changes["sections"].as_array().unwrap().iter().map(|one| one["section"].as_str().unwrap()).collect();
        assert_eq!(changed, ["F", "I"]);
        // What the family gets, read by another program.
        let Some(pages) = poppler::pages(&working.document(plan, "application/pdf").expect(200).bytes) else { return };
        let text = pages.join("\n");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for section in ["A", "B", "C", "D", "E", "F", "G", "H1", "H2", "I", "J", "K"] {
            assert!(words.contains(&format!("Section {section}: ")), "{section}: {text}");
        }
        for part in [
            "The family summary.",
            "The need that was found later.",
            "The medical need.",
            "The social_care need.",
            "The psychological outcome.",
            "Twelve hours a week, as the family asks.",
            "The medical provision.",
            "The social_care provision.",
            "Hill School",
            "Type: A mainstream maintained school",
            "Psychological advice, Ann psychological, 10 March 2026",
            "Version 4, final plan, sent on 12 May 2026",
            "12 July 2026",
        ] {
            assert!(words.contains(part), "{part}: {text}");
        }
    }
}
