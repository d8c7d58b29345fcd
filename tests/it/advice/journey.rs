//! A whole case with six organisations, each of which answers in another way.

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::{Persona, TestApp, Value, both, json};

/// The six who are asked, with their requests.
struct Asked {
    case: String,
    /// On time.
    social_care: String,
    /// Late.
    medical: String,
    /// Returned and submitted again.
    psychological: String,
    /// Covered by existing advice.
    therapy: String,
    /// Excepted for a missed appointment.
    vision: String,
    /// By secure link.
    education: String,
    family: String,
}

fn ask(app: &TestApp) -> (Asked, [Persona; 5]) {
    let trust = app.health("Health Trust");
    let with_default = |name: &str, kind: &str, advice: &str| {
        let body = json!({"name": name, "kind": kind, "default_for": [advice]});
        app.admin().post("/organisations", &body).expect(201).id()
    };
    let psychology = with_default("Psychology Service", "educational_psychology", "psychological");
    let social = with_default("Social Care", "social_care", "social_care");
    let (therapy, vision) = (app.organisation("Therapy", "other"), app.organisation("Vision Service", "other"));
    let school = app.admin().post("/organisations", &json!({"name": "Hill School", "kind": "education_setting", "mailbox": "senco@hill.example.org", "answers_by_link": true})).expect(201).id();
    let advisers = [&trust, &psychology, &social, &therapy, &vision].map(|organisation| app.adviser_of(organisation));
    let caseworker = app.caseworker();
    let case = caseworker.open_case(a_case().with("setting_id", json!(school))).id();
    caseworker.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
    let further = |kind: &str, organisation: &str| {
        caseworker.ask(&case, &json!({"kind": kind, "organisation_id": organisation})).expect(201).id()
    };
    let of_kind = |kind: &str| caseworker.advice_of_kind(&case, kind);
    let asked = Asked {
        social_care: of_kind("social_care"),
        medical: of_kind("medical"),
        psychological: of_kind("psychological"),
        education: of_kind("education"),
        family: of_kind("family"),
        therapy: further("other", &therapy),
        vision: further("family_requested", &vision),
        case,
    };
    (asked, advisers)
}

both! {
    fn six_organisations_answer_a_case_each_in_its_own_way(app: &TestApp) {
        let (asked, [trust, psychology, social, therapy, vision]) = ask(app);
        let caseworker = app.caseworker();
        let accept = |request: &str| caseworker.advice_step(request, "acceptance", &json!({})).expect(200);
        // The school answers by link: the decision itself mailed one.
        let school = app.visitor();

        app.on_day("2026-01-12");
        social.advice_step(&asked.social_care, "acknowledgement", &json!({})).expect(200);
        app.on_day("2026-01-20");
        let agreed = json!({"author": "A. Therapist", "dated": "2025-11-02", "adviser_agreed_on": "2026-01-12", "authority_agreed_on": "2026-01-19", "family_agreed_on": "2026-01-20"});
        caseworker.advice_step(&asked.therapy, "existing-advice", &agreed).expect(200);
        app.on_day("2026-02-02");
        social.advice_step(&asked.social_care, "submissions", &a_report()).expect(200);
        accept(&asked.social_care);
        app.on_day("2026-02-10");
        psychology.advice_step(&asked.psychological, "submissions", &a_report()).expect(200);
        let missed = json!({"ground": "missed_appointment", "from_on": "2026-02-09", "to_on": "2026-02-09", "evidence": "The clinic's letter."});
        let proposed = vision.advice_step(&asked.vision, "exceptions", &missed).expect(200);
        let confirmation = format!("exceptions/{}/confirmation", proposed.json["exceptions"][0]["id"].as_str().unwrap());
        caseworker.advice_step(&asked.vision, &confirmation, &json!({})).expect(200);
        app.on_day("2026-02-12");
        caseworker.advice_step(&asked.psychological, "return", &json!({"reason": "No outcomes."})).expect(200);
        app.on_day("2026-02-13");
        let mut report = a_report();
        report["author"] = json!({"name": "Sal Senco", "role": "SENCO"});
        school.submit(&report).expect(200);
        accept(&asked.education);

        // The six weeks are over since yesterday: who owes what since when, at a glance.
        app.on_day("2026-02-17");
        let mut overdue = caseworker.work_list("overdue=true");
        overdue.sort();
        let mut owed = [&asked.medical, &asked.psychological, &asked.vision].map(Clone::clone);
        owed.sort();
        assert_eq!(overdue, owed);
        let counts = |of: &Value| ["requested", "received", "overdue", "accepted"].map(|name| of[name].as_i64().unwrap());
        assert_eq!(counts(&caseworker.case(&asked.case).json["advice"]), [7, 3, 3, 3]);

        app.on_day("2026-02-20");
        psychology.advice_step(&asked.psychological, "submissions", &json!({"summary": "With outcomes.", "outcomes": ["Reads aloud"]})).expect(200);
        accept(&asked.psychological);
        app.on_day("2026-02-25");
        trust.advice_step(&asked.medical, "submissions", &a_report()).expect(200);
        accept(&asked.medical);
        app.on_day("2026-03-02");
        vision.advice_step(&asked.vision, "submissions", &a_report()).expect(200);
        accept(&asked.vision);
        caseworker.advice_step(&asked.family, "not-provided", &json!({"reason": "Asked three times."})).expect(200);

        let all = caseworker.advice_of(&asked.case);
        let row = |id: &String| all.iter().find(|one| one["id"] == json!(id)).unwrap();
        let outcome = |id: &String| {
            let one = row(id);
            json!([one["status"], one["basis"], one["submitted_on"], one["days_late"], one["excepted"], one["submissions"].as_array().unwrap().len()])
        };
        assert_eq!(outcome(&asked.social_care), json!(["accepted", "guidance", "2026-02-02", 0, false, 1]));
        assert_eq!(outcome(&asked.medical), json!(["accepted", "statutory", "2026-02-25", 9, false, 1]));
        assert_eq!(outcome(&asked.psychological), json!(["accepted", "guidance", "2026-02-20", 4, false, 2]));
        assert_eq!(outcome(&asked.therapy), json!(["covered_by_existing_advice", "guidance", null, null, false, 0]));
        assert_eq!(outcome(&asked.vision), json!(["accepted", "guidance", "2026-03-02", 14, true, 1]));
        assert_eq!(outcome(&asked.education), json!(["accepted", "guidance", "2026-02-13", 0, false, 1]));
        assert_eq!(outcome(&asked.family), json!(["not_provided", null, null, null, false, 0]));
        let case = caseworker.case(&asked.case);
        assert_eq!(counts(&case.json["advice"]), [7, 6, 0, 6]);
        // Of the deadlines only a section 31 body's can be called a breach of law.
        let late: Vec<_> = case.deadlines("advice").into_iter().filter(|one| one["status"] == "met_late" && one["basis"] == "statutory").collect();
        assert_eq!(late.len(), 1);
        assert_eq!(late[0]["subject"]["id"], json!(asked.medical));

        let history = caseworker.get(&format!("/cases/{}/history?limit=200", asked.case)).expect(200);
        let mut told: Vec<(String, String, String)> = history.json["items"].as_array().unwrap().iter().map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
            (text("on"), text("action"), text("actor"))
        }).collect();
        told.reverse();
        let name_of = |persona: &Persona| persona.name.clone();
        let (cass, school) = ("Cass Caseworker".to_owned(), "Hill School".to_owned());
        let expected: Vec<(&str, &str, String)> = vec![
            ("2026-01-05", "request_recorded", cass.clone()),
            ("2026-01-05", "assessment_decided", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-05", "advice_link_mailed", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-05", "advice_requested", cass.clone()),
            ("2026-01-12", "advice_acknowledged", name_of(&social)),
            ("2026-01-20", "advice_covered", cass.clone()),
            ("2026-02-02", "advice_submitted", name_of(&social)),
            ("2026-02-02", "advice_accepted", cass.clone()),
            ("2026-02-10", "advice_submitted", name_of(&psychology)),
            ("2026-02-10", "exception_proposed", name_of(&vision)),
            ("2026-02-10", "exception_confirmed", cass.clone()),
            ("2026-02-12", "advice_returned", cass.clone()),
            ("2026-02-13", "advice_submitted", school),
            ("2026-02-13", "advice_accepted", cass.clone()),
            ("2026-02-20", "advice_submitted", name_of(&psychology)),
            ("2026-02-20", "advice_accepted", cass.clone()),
            ("2026-02-25", "advice_submitted", name_of(&trust)),
            ("2026-02-25", "advice_accepted", cass.clone()),
            ("2026-03-02", "advice_submitted", name_of(&vision)),
            ("2026-03-02", "advice_accepted", cass.clone()),
            ("2026-03-02", "advice_not_provided", cass),
        ];
        let told: Vec<(&str, &str, String)> = told.iter().map(|(on, action, actor)| (on.as_str(), action.as_str(), actor.clone())).collect();
        assert_eq!(told, expected);
        assert_eq!(therapy.work_list(""), std::slice::from_ref(&asked.therapy), "what was covered stays known to the body that agreed");
        everything_else_is_hidden(app, &asked, &social);
    }
}

/// What the service documents, asked for by an adviser: all but their own work is refused.
fn everything_else_is_hidden(app: &TestApp, asked: &Asked, adviser: &Persona) {
    const OWN: &[&str] = &[
        "/advice-requests",
        "/advice-requests/{id}",
        "/me",
        "/me/otp",
        "/me/otp/confirmation",
        "/me/sessions",
        "/me/sessions/{id}",
        "/auth/",
        "/advice-links/",
        "/calendar/feeds",
        "/organisations",
    ];
    let person = app.caseworker().case(&asked.case).json["person"]["id"].as_str().unwrap().to_owned();
    let file = app.caseworker().add_file(&asked.case, "letter.txt", b"A letter to the family.").expect(201).id();
    let document = serde_json::to_value(ehcp_tracker::http::document()).unwrap();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(below) = path.strip_prefix("/api/v1") else { continue };
        let own = |one: &str| below == one || (one.ends_with('/') && below.starts_with(one));
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_none() {
                continue;
            }
            let known = match below.split('/').nth(1).unwrap() {
                "cases" => &asked.case,
                "people" => &person,
                "documents" => &file,
                // Anybody may ask for the rules.
                "organisations" | "rules" => continue,
                _ => &asked.medical,
            };
            let mut address = below.replacen("{id}", known, 1);
            while let (Some(from), Some(to)) = (address.find('{'), address.find('}')) {
                address.replace_range(from..=to, &asked.case);
            }
            if OWN.iter().any(|one| own(one)) && !address.contains(asked.medical.as_str()) {
                continue;
            }
            let mut request = adviser.request(&method.to_uppercase(), &address).if_match("\"1\"");
            if method != "get" {
                request = request.json(&json!({}));
            }
            let answer = request.send();
            assert!([403, 404].contains(&answer.status), "{method} {below}: {} {}", answer.status, answer.text());
            for secret in ["Robin", "Ashdown", "2016-03-04"] {
                assert!(!answer.text().contains(secret), "{method} {below}: {secret}");
            }
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried} operations were tried");
}
