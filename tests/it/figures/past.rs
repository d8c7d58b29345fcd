//! What was seen on a day is what is answered of it later: whatever happened, was corrected or was lifted since.

use serde_json::{Value, json};

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess, to_refuse_assessment};
use crate::support::statements::count_from_now_on;
use crate::support::{TestApp, both};

const PERIOD: &str = "from=2026-01-01&to=2026-12-31";

/// Everything that the figures say of a day, but for what has changed since.
fn seen(app: &TestApp, as_at: &str) -> Value {
    let of = |path: &str, fields: &[&str]| -> Value {
        let mut report = app.report(&format!("{path}{as_at}"));
        for list in ["items", "cases"] {
            if let Some(list) = report[list].as_array_mut() {
                list.sort_by_key(ToString::to_string);
                list.iter_mut()
                    .filter_map(|one| one["waits_for"].as_array_mut())
                    .for_each(|waits| waits.sort_by_key(ToString::to_string));
            }
        }
        fields
            .iter()
            .map(|field| ((*field).to_owned(), report[field].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    json!({
        "timeliness": of(&format!("timeliness?{PERIOD}&include_mediation_tribunal=true"), &["total", "groups"]),
        "plans": of(&format!("timeliness/cases?{PERIOD}&count=true"), &["items", "total"]),
        "decisions": of(&format!("decisions?{PERIOD}&group_by=quarter"), &["total", "groups"]),
        "services": of(&format!("advice?{PERIOD}&group_by=organisation"), &["total", "groups"]),
        "kinds": of(&format!("advice?{PERIOD}"), &["groups"]),
        "asked": of(&format!("advice/cases?{PERIOD}&count=true&limit=200"), &["items", "total"]),
        "overdue": of(&format!("advice/cases?{PERIOD}&number=overdue&limit=200"), &["items"]),
        "excepted": of(&format!("advice/cases?{PERIOD}&number=excepted&limit=200"), &["items"]),
        "unanswered": of(&format!("advice/cases?{PERIOD}&number=unanswered&limit=200"), &["items"]),
        "not_owed": of(&format!("advice/cases?{PERIOD}&number=not_owed&limit=200"), &["items"]),
        "caseload": of("caseload?", &["total", "groups"]),
        "breaches": of("breaches?count=true&limit=200", &["items", "total"]),
        "delays": of(&format!("delays?{PERIOD}&limit=200"), &["late_cases", "not_explained", "by_step", "by_service", "cases"]),
    })
}

/// Where two values differ, so that a long report need not be read.
fn differences(path: &str, was: &Value, is: &Value, found: &mut Vec<String>) {
    match (was, is) {
        (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
            one.iter().for_each(|(name, value)| differences(&format!("{path}/{name}"), value, &other[name], found));
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).enumerate().for_each(|(n, (a, b))| differences(&format!("{path}/{n}"), a, b, found));
        }
        _ if was == is => {}
        _ => found.push(format!("{path}: was {was}, is {is}")),
    }
}

both! {
    fn a_past_day_is_answered_as_it_was_seen_on_it(app: &TestApp) {
        app.health("Community Paediatrics");
        let other_trust = app.organisation("Another Trust", "health");
        let (officer, second) = (app.caseworker(), app.caseworker_named("Second Officer"));
        let manager = app.manager();
        let mut days: Vec<(&str, Value)> = Vec::new();
        let mut look = |day: &'static str| days.push((day, seen(app, "")));
        let open = |n: u32| {
            // One is given to nobody at first.
            let caseworker = if n == 3 { Value::Null } else { json!(officer.id) };
            officer.open_case(a_case().of("Robin", &format!("Child{n}"), "2016-03-04").with("caseworker_id", caseworker)).id()
        };
        let [assessed, refused, withdrawn, forgotten, mistyped]: [String; 5] = [0, 1, 2, 3, 4].map(open);
        let mend = |case: &str, step: &str, field: &str, value: &str| {
            let body = json!({"step": step, "field": field, "value": value, "reason": "It was mistyped."});
            manager.case_step(case, "corrections", &body).expect(200);
        };
        look("2026-01-05");

        app.on_day("2026-02-10");
        let decide = |case: &str, on: &str| officer.case_step(case, "assessment-decision", &to_assess(on)).expect(200);
        decide(&assessed, "2026-02-10");
        decide(&withdrawn, "2026-02-10");
        decide(&mistyped, "2026-02-10");
        officer.case_step(&refused, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        let medical = officer.advice_of_kind(&assessed, "medical");
        let psychological = officer.advice_of_kind(&assessed, "psychological");
        let education = officer.advice_of_kind(&assessed, "education");
        let of_mistyped = officer.advice_of_kind(&mistyped, "medical");
        look("2026-02-10");

        app.on_day("2026-03-02");
        let answer = |request: &str, on: &str| {
            let mut report = a_report();
            report["submitted_on"] = json!(on);
            officer.advice_step(request, "submissions", &report).expect(200);
        };
        answer(&psychological, "2026-03-02");
        let excuse = json!({"rules": ["decide_to_assess"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-20", "evidence": "A letter."});
        let excused = manager.case_step(&forgotten, "exceptions", &excuse).expect(200).json;
        look("2026-03-02");

        app.on_day("2026-03-27");
        officer.advice_step(&psychological, "return", &json!({"on": "2026-03-27", "reason": "Say more."})).expect(200);
        let etag = manager.case(&forgotten).etag;
        manager.patch(&format!("/cases/{forgotten}"), &etag, &json!({"caseworker_id": officer.id})).expect(200);
        let missed = json!({"ground": "missed_appointment", "from_on": "2026-03-02", "evidence": "A letter."});
        let proposed = officer.advice_step(&medical, "exceptions", &missed).expect(200).json;
        let claimed = proposed["exceptions"][0]["id"].as_str().unwrap();
        officer.advice_step(&medical, &format!("exceptions/{claimed}/confirmation"), &json!({})).expect(200);
        look("2026-03-27");

        app.on_day("2026-04-07");
        answer(&psychological, "2026-04-07");
        officer.advice_step(&education, "cancellation", &json!({"reason": "The school has closed."})).expect(200);
        let exception = excused["exceptions"][0]["id"].as_str().unwrap();
        let etag = manager.case(&forgotten).etag;
        manager.request("DELETE", &format!("/cases/{forgotten}/exceptions/{exception}")).if_match(&etag).json(&json!({"reason": "Of another child."})).send().expect(200);
        let etag = manager.case(&assessed).etag;
        manager.patch(&format!("/cases/{assessed}"), &etag, &json!({"caseworker_id": second.id})).expect(200);
        look("2026-04-07");

        app.on_day("2026-05-05");
        mend(&mistyped, "assessment_decision", "notified_on", "2026-02-18");
        mend(&mistyped, "assessment_decision", "decided_on", "2026-02-12");
        let etag = officer.advice(&of_mistyped).etag;
        officer.patch(&format!("/advice-requests/{of_mistyped}"), &etag, &json!({"organisation_id": other_trust})).expect(200);
        officer.case_step(&withdrawn, "withdrawal", &json!({"on": "2026-05-05", "reason": "They moved."})).expect(200);
        answer(&medical, "2026-05-05");
        officer.case_step(&assessed, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-05-05"})).expect(200);
        look("2026-05-05");

        app.on_day("2026-05-26");
        let plan = officer.post(&format!("/cases/{assessed}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        let served = json!({"served_on": "2026-05-26", "override_reason": "The rest is not needed."});
        manager.step(&format!("/plans/{plan}/service"), &etag, &served).expect(200);
        let school = app.organisation("Kestrel School", "education_setting");
        officer.post(&format!("/cases/{assessed}/consultations"), &json!({"setting_id": school, "sent_on": "2026-05-26"})).expect(201);
        look("2026-05-26");

        app.on_day("2026-06-15");
        mend(&forgotten, "request", "received_on", "2026-02-02");
        let appealed = officer.case_step(&refused, "appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-06-15"})).expect(200).json;
        look("2026-06-15");

        app.on_day("2026-07-06");
        let last = json!({"plan_id": plan, "issued_on": "2026-07-06", "placement": {"setting_type": "A special school"}, "notice": crate::support::cases::whole_notice()});
        officer.case_step(&assessed, "final-plan", &last).expect(200);
        let appeal = appealed["appeals"][0]["id"].as_str().unwrap();
        officer.case_step(&refused, &format!("appeals/{appeal}/order"), &json!({"ordered_on": "2026-07-06", "order": "assess"})).expect(200);
        look("2026-07-06");

        app.on_day("2026-11-20");
        manager.case_step(&forgotten, "withdrawal", &json!({"on": "2026-11-20", "reason": "They moved."})).expect(200);
        mend(&assessed, "service", "served_on", "2026-05-28");
        let mut wrong = Vec::new();
        for (day, was) in &days {
            let mut found = Vec::new();
            differences("", was, &seen(app, &format!("&as_at={day}")), &mut found);
            wrong.extend(found.into_iter().map(|one| format!("{day}{one}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // There was something to see.
        let of = |day: &str| &days.iter().find(|(of, _)| *of == day).unwrap().1;
        assert_eq!(of("2026-03-02")["caseload"]["total"]["overdue_excepted"], json!(1));
        assert_eq!(of("2026-04-07")["caseload"]["total"]["overdue"], json!(1));
        assert_eq!(of("2026-05-05")["excepted"]["items"].as_array().unwrap().len(), 1);
        assert!(!of("2026-07-06")["unanswered"]["items"].as_array().unwrap().is_empty());
        assert!(of("2026-06-15")["delays"]["late_cases"].as_i64().unwrap() >= 2);
        assert_eq!(app.report("caseload?as_at=2026-04-07")["as_at"], json!("2026-04-07"));
        assert!(app.report("breaches?as_at=2026-04-07")["definition"].as_str().unwrap().contains("As it stood on 2026-04-07"));
    }

    fn a_past_day_takes_as_many_statements_however_many_cases_there_are(app: &TestApp) {
        count_from_now_on();
        let officer = app.caseworker();
        let more = |from: u32, to: u32| {
            for n in from..to {
                let case = officer.open_case(a_case().of("Robin", &format!("Child{n}"), "2016-03-04")).id();
                officer.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
            }
        };
        let count = || {
            let manager = app.manager();
            ["caseload?", "breaches?", "delays?from=2026-01-01&to=2026-12-31", "advice?from=2026-01-01", "advice/cases?from=2026-01-01"].map(|path| {
                let path = format!("/reports/{path}&as_at=2026-06-01");
                manager.get(&path).expect(200);
                app.statements(|| assert_eq!(manager.get(&path).status, 200)).len()
            })
        };
        more(0, 1);
        app.on_day("2026-07-01");
        let few = count();
        app.on_day("2026-01-05");
        more(1, 4);
        app.on_day("2026-07-01");
        assert_eq!(app.report("caseload?as_at=2026-06-01")["total"]["open"], json!(4));
        assert_eq!(few, count());
    }

    fn a_past_list_of_breaches_is_had_page_by_page(app: &TestApp) {
        let officer = app.caseworker();
        for n in 0..3 {
            officer.open_case(a_case().of("Robin", &format!("Child{n}"), "2016-03-04").with("caseworker_id", json!(officer.id)));
        }
        app.on_day("2026-07-01");
        let whole = app.report("breaches?as_at=2026-06-01&count=true");
        assert_eq!((&whole["total"], whole["items"].as_array().unwrap().len()), (&json!(6), 6), "the decision and the plan of each");
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.report(&format!("breaches?as_at=2026-06-01&limit=4{cursor}"));
            paged.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(json!(paged), whole["items"]);
        assert_eq!(whole["items"][0]["caseworker"]["name"], json!("Cass Caseworker"));
        for (narrowed, count) in [("rule=decide_to_assess", 3), ("holder=adviser", 0), (&format!("caseworker_id={}", officer.id), 6), (&format!("caseworker_id={}", app.manager().id), 0)] {
            assert_eq!(app.report(&format!("breaches?as_at=2026-06-01&count=true&{narrowed}"))["total"], json!(count), "{narrowed}");
        }
        // What is asked of today is in another order, so its place is none in the past.
        let today = app.report("breaches?limit=1");
        let mixed = app.manager().get(&format!("/reports/breaches?as_at=2026-06-01&cursor={}", today["next_cursor"].as_str().unwrap())).expect(422);
        assert_eq!(mixed.faults()[0].0, "/cursor");
        // Whoever reads the list has read of these cases.
        let case = whole["items"][0]["case"]["id"].as_str().unwrap();
        let read = app.manager().get(&format!("/cases/{case}/access-log")).expect(200).json;
        assert!(read["items"].as_array().unwrap().iter().any(|one| one["what"] == "breaches"), "{read}");
    }
}
