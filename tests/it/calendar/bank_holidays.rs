//! Bank holidays: they move the day by which people act, and no limit but those that look at working days themselves.

use crate::support::cases::{a_case, to_refuse_assessment};
use crate::support::{Persona, Response, Value, both, json};

const PATH: &str = "/calendar/bank-holidays";

/// The bank holidays of a year as they are known, in GOV.UK's form.
fn of_year(person: &Persona, year: &str) -> Vec<Value> {
    let known = person.get(PATH).expect(200).json;
    let events = known["england-and-wales"]["events"].as_array().unwrap().clone();
    events.into_iter().filter(|event| event["date"].as_str().unwrap().starts_with(year)).collect()
}

fn as_published(events: &[Value]) -> Value {
    json!({
        "england-and-wales": {"division": "england-and-wales", "events": events},
        "scotland": {"division": "scotland", "events": [{"title": "St Andrew", "date": "2026-11-30", "notes": "", "bunting": true}]},
        "northern-ireland": {"division": "northern-ireland", "events": []},
    })
}

fn put(person: &Persona, path: &str, body: &Value) -> Response {
    person.request("PUT", path).json(body).send()
}

/// 2026 without the spring bank holiday, and with one on 16 February.
fn moved(person: &Persona) -> Vec<Value> {
    let mut events = of_year(person, "2026");
    events.retain(|event| event["date"] != "2026-05-25");
    events.push(json!({"title": "A jubilee", "date": "2026-02-16", "notes": "Extra bank holiday", "bunting": true}));
    events
}

fn act_by(case: &Response, rule: &str) -> String {
    case.deadline(rule)["act_by"].as_str().unwrap().to_owned()
}

both! {
    fn a_database_starts_with_those_that_are_published(app: &TestApp) {
        let known = app.caseworker().get(PATH).expect(200).json;
        let events = known["england-and-wales"]["events"].as_array().unwrap();
        assert_eq!((events.len(), &known["covers_until"]), (140, &json!("2028-12-31")));
        assert_eq!(events[0], json!({"title": "New Year’s Day", "date": "2012-01-02", "notes": "Substitute day", "bunting": true}));
        app.admin().get(PATH).expect(200);
        let setting = app.organisation("A School", "education_setting");
        app.adviser_of(&setting).get(PATH).refused(403, "forbidden");
    }

    fn a_dry_run_counts_what_moves_names_no_case_and_changes_nothing(app: &TestApp) {
        let (admin, caseworker) = (app.admin(), app.caseworker());
        let case = caseworker.open_case(a_case());
        let id = case.id();
        caseworker.open_case(a_case().of("Quillon", "Hushaby", "2015-01-01").with("restricted", json!(true)));
        let before = admin.get(PATH).expect(200).json;
        let answer = put(&admin, &format!("{PATH}?dry_run=true"), &as_published(&moved(&admin))).expect(200);
        assert_eq!(
            answer.json,
            json!({
                "dry_run": true, "years": [2026], "added": 1, "removed": 1,
                "moves": [
                    {"deadlines": 2, "rule": "decide_to_assess", "due_on": "2026-02-16", "due_on_after": "2026-02-16", "act_by_before": "2026-02-16", "act_by_after": "2026-02-13"},
                    {"deadlines": 2, "rule": "issue_final_plan", "due_on": "2026-05-25", "due_on_after": "2026-05-25", "act_by_before": "2026-05-22", "act_by_after": "2026-05-25"},
                ],
            })
        );
        assert_eq!(admin.get(PATH).expect(200).json, before);
        assert_eq!(caseworker.case(&id).json, case.json);
        assert!(!app.events().iter().any(|event| event.action == "bank_holidays_replaced"));
        assert!(put(&admin, PATH, &before).expect(200).json["moves"].as_array().unwrap().is_empty(), "what was read can be sent back");
    }

    fn new_days_derive_every_case_again_that_they_move(app: &TestApp) {
        let (admin, caseworker) = (app.admin(), app.caseworker());
        let open = caseworker.open_case(a_case()).id();
        let ended = caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id();
        caseworker.case_step(&ended, "withdrawal", &json!({"on": "2026-01-05", "reason": "Moved away."})).expect(200);
        let elsewhere = caseworker.open_case(a_case().of("Lou", "May", "2015-01-01").received_on("2026-01-02")).id();
        let untouched = caseworker.case(&elsewhere).json;
        let answer = put(&admin, PATH, &as_published(&moved(&admin))).expect(200).json;
        assert_eq!((&answer["dry_run"], answer["moves"].as_array().unwrap().len()), (&json!(false), 2));
        for (id, version) in [(&open, 2), (&ended, 3)] {
            let case = caseworker.case(id);
            assert_eq!(act_by(&case, "decide_to_assess"), "2026-02-13");
            assert_eq!(act_by(&case, "issue_final_plan"), "2026-05-25");
            assert_eq!(case.deadline("issue_final_plan")["due_on"], "2026-05-25", "no limit moves");
            assert_eq!(case.json["version"], version);
        }
        assert_eq!(caseworker.case(&open).json["clock"]["next"]["act_by"], "2026-02-13");
        assert_eq!(caseworker.case(&elsewhere).json["deadlines"], untouched["deadlines"]);
        assert_eq!(caseworker.case(&elsewhere).etag, "\"1\"");
        assert_eq!(of_year(&admin, "2026").len(), 8);
        assert_eq!(of_year(&admin, "2027").len(), 8, "other years stay");
        let events = app.events();
        let replaced = events.iter().find(|event| event.action == "bank_holidays_replaced").unwrap();
        assert!(replaced.actor_name == "Adam Admin" && replaced.details.contains("A jubilee"));
        assert_eq!(events.iter().filter(|event| event.action == "act_by_moved").count(), 2);
        let later = caseworker.open_case(a_case().of("Neu", "Neumann", "2015-01-01"));
        assert_eq!(act_by(&later, "decide_to_assess"), "2026-02-13");
    }

    fn new_days_move_the_limits_that_look_at_bank_holidays_and_move_them_back(app: &TestApp) {
        app.on_day("2026-02-20");
        let (admin, officer) = (app.admin(), app.caseworker());
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-02")).expect(200);
        let appeal = json!({"about": "refusal_to_assess", "registered_on": "2026-02-19", "received_on": "2026-02-19"});
        officer.case_step(&case, "appeals", &appeal).expect(200);
        let days = || {
            let case = officer.case(&case);
            ["appeal", "respond_to_appeal"].map(|rule| case.deadline(rule)["due_on"].as_str().unwrap().to_owned())
        };
        // Two months end on 2 April, the Thursday before Easter. Thirty working days from 19 February end on that day too.
        assert_eq!(days(), ["2026-04-02", "2026-04-02"]);
        let published = of_year(&admin, "2026");
        let mut more = published.clone();
        more.push(json!({"title": "A jubilee", "date": "2026-04-02", "notes": "", "bunting": true}));
        let answer = put(&admin, &format!("{PATH}?dry_run=true"), &as_published(&more)).expect(200).json;
        let told: Vec<_> = answer["moves"].as_array().unwrap().iter().map(|one| (one["rule"].as_str().unwrap(), one["due_on"].as_str().unwrap(), one["due_on_after"].as_str().unwrap())).collect();
        assert_eq!(told, [("appeal", "2026-04-02", "2026-04-07"), ("respond_to_appeal", "2026-04-02", "2026-04-07")]);
        assert_eq!(days(), ["2026-04-02", "2026-04-02"], "it was only tried");
        put(&admin, PATH, &as_published(&more)).expect(200);
        assert_eq!(days(), ["2026-04-07", "2026-04-07"]);
        // A day in the middle is one working day less; the last day of the family does not look at it.
        let mut middle = published.clone();
        middle.push(json!({"title": "A jubilee", "date": "2026-03-11", "notes": "", "bunting": true}));
        put(&admin, PATH, &as_published(&middle)).expect(200);
        assert_eq!(days(), ["2026-04-02", "2026-04-07"]);
        put(&admin, PATH, &as_published(&published)).expect(200);
        assert_eq!(days(), ["2026-04-02", "2026-04-02"], "what is taken back moves the days back");
        assert_eq!(app.events().iter().filter(|event| event.action == "act_by_moved").count(), 3);
    }

    fn every_fault_is_told_at_once(app: &TestApp) {
        let admin = app.admin();
        let count = app.count("bank_holidays");
        let body = json!({
            "england-and-wales": {"division": "england-and-wales", "events": [
                {"title": "", "date": "2026-02-30", "colour": "red"},
                {"title": "Christmas Day", "bunting": "yes"},
            ]},
            "wales": {},
        });
        let answer = put(&admin, PATH, &body).expect(422);
        let mut faults = answer.faults();
        faults.sort_unstable();
        assert_eq!(
            faults,
            [
                ("/england-and-wales/events/0/colour", "unknown_field"),
                ("/england-and-wales/events/0/date", "invalid_date"),
                ("/england-and-wales/events/0/title", "blank"),
                ("/england-and-wales/events/1/bunting", "wrong_type"),
                ("/england-and-wales/events/1/date", "missing_field"),
                ("/wales", "unknown_field"),
            ]
        );
        put(&admin, PATH, &json!([])).refused(422, "wrong_type");
        put(&admin, PATH, &json!({})).refused(422, "missing_field");
        put(&admin, PATH, &as_published(&[])).refused(422, "too_short");
        let day = |date: &str| json!({"title": "A day", "date": date});
        let body = json!({"england-and-wales": {"division": "scotland", "events": [day("1066-10-14"), day("2026-01-01"), day("2026-01-01")]}});
        let answer = put(&admin, PATH, &body).expect(422);
        assert_eq!(
            answer.faults(),
            [
                ("/england-and-wales/division", "unknown_value"),
                ("/england-and-wales/events/0/date", "out_of_range"),
                ("/england-and-wales/events/2/date", "invalid_format"),
            ]
        );
        admin.request("PUT", PATH).body("application/json", "{").send().refused(400, "malformed_json");
        put(&app.manager(), PATH, &as_published(&[day("2026-01-01")])).refused(403, "forbidden");
        put(&admin, &format!("{PATH}?dry=1"), &as_published(&[day("2026-01-01")])).refused(422, "invalid_parameter");
        assert_eq!(app.count("bank_holidays"), count);
    }
}
