//! Neither a reading nor one of the steps that a case takes sends a statement for each row: of two worlds, one with more of
//! everything in it, each takes as many.

use std::collections::BTreeMap;

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::statements::count_from_now_on;
use crate::support::{Persona, TestApp, Value, both, json};

/// A record with so much of everything in it that a list can hold.
struct World {
    /// What stands for an id in each documented address.
    ids: BTreeMap<&'static str, String>,
    /// What the last step of each kind sent, when the most was there.
    sent: Sent,
}

type Sent = BTreeMap<&'static str, Vec<String>>;

/// Takes a step, and notes what it sent.
fn noted<T>(app: &TestApp, sent: &mut Sent, step: &'static str, work: impl FnOnce() -> T) -> T {
    let mut done = None;
    sent.insert(step, app.statements(|| done = Some(work())));
    done.unwrap()
}

impl World {
    /// With one of each, then `more`.
    fn of(app: &TestApp, more: usize) -> Self {
        app.on_day("2026-06-01");
        let (officer, admin) = (app.caseworker(), app.admin());
        let (mut ids, mut sent) = (BTreeMap::new(), Sent::new());
        for n in 0..=more {
            noted(app, &mut sent, "an organisation", || app.organisation(&format!("Trust {n}"), "health"));
            app.colleague(&format!("Pat Person{n}"), ehcp_tracker::auth::Role::Caseworker, None);
            let closed =
                json!({"closed_from": format!("2026-07-{:02}", n + 1), "reopens_on": "2026-09-01", "label": "Summer"});
            let closure = || admin.post("/calendar/closures", &closed).expect(201).id();
            ids.insert("/calendar/closures/", noted(app, &mut sent, "a closure", closure));
            let case = || officer.open_case(a_case().of("Robin", &format!("Ash{n}"), "2016-03-04"));
            noted(app, &mut sent, "a case", case);
        }
        let schools: Vec<String> =
            (0..=more).map(|n| app.organisation(&format!("School {n}"), "education_setting")).collect();
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        for (n, school) in schools.iter().enumerate() {
            let note = json!({"text": format!("Note {n}.")});
            noted(app, &mut sent, "a note", || officer.post(&format!("/cases/{case}/notes"), &note).expect(201));
            let add = || officer.add_file(&case, "a.txt", format!("Document {n}.").as_bytes()).expect(201);
            let document = noted(app, &mut sent, "a document", add);
            ids.insert("/documents/", document.id());
            let body = json!({"kind": "other", "organisation_id": school, "requested_on": "2026-02-02"});
            noted(app, &mut sent, "asking", || officer.ask(&case, &body).expect(201));
        }
        let mut request = String::new();
        for advice in officer.advice_of(&case) {
            request = advice["id"].as_str().unwrap().to_owned();
            for submission in 0..=more {
                let mut report = a_report();
                report["submitted_on"] = json!(format!("2026-03-{}", 10 + submission));
                noted(app, &mut sent, "a report", || officer.advice_step(&request, "submissions", &report).expect(200));
                let (step, body) = if submission == more {
                    ("acceptance", json!({"on": "2026-03-28"}))
                } else {
                    ("return", json!({"on": format!("2026-03-{}", 10 + submission), "reason": "Say more."}))
                };
                noted(app, &mut sent, step, || officer.advice_step(&request, step, &body).expect(200));
            }
        }
        ids.insert("/advice-requests/", request);
        let issue = json!({"outcome": "issue", "decided_on": "2026-04-07"});
        noted(app, &mut sent, "plan-decision", || officer.case_step(&case, "plan-decision", &issue).expect(200));
        let mut served = String::new();
        for (n, school) in schools.iter().enumerate() {
            let from = json!({"from_advice": n == 0});
            let draft = || officer.post(&format!("/cases/{case}/plans"), &from).expect(201).id();
            let plan = noted(app, &mut sent, if n == 0 { "a plan from advice" } else { "a plan" }, draft);
            for section in ["A", "B", "E", "F"] {
                let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
                let (path, body) = (format!("/plans/{plan}/sections/{section}"), json!({"text": format!("Text {n}.")}));
                noted(app, &mut sent, "a section", || officer.put(&path, &etag, &body).expect(200));
            }
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            let (path, body) = (format!("/plans/{plan}/service"), json!({"served_on": format!("2026-04-{}", 13 + n)}));
            noted(app, &mut sent, "service", || officer.step(&path, &etag, &body).expect(200));
            let said = json!({"received_on": "2026-05-01", "text": "We ask for more."});
            let represent = || officer.post(&format!("/cases/{case}/representations"), &said).expect(201).id();
            ids.insert("/representations/", noted(app, &mut sent, "a representation", represent));
            let asked = json!({"setting_id": school, "sent_on": "2026-04-20"});
            let consult = || officer.post(&format!("/cases/{case}/consultations"), &asked).expect(201).id();
            ids.insert("/consultations/", noted(app, &mut sent, "a consultation", consult));
            served = plan;
        }
        // The one that is being written takes over what has been gathered.
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
        ids.insert("/plans/", plan);
        ids.insert("served", served);
        ids.insert("/people/", officer.case(&case).json["person"]["id"].as_str().unwrap().to_owned());
        ids.insert("/organisations/", schools[0].clone());
        ids.insert("/users/", officer.id.clone());
        let frozen = json!({"report": "caseload", "note": "Board"});
        let freeze = || app.manager().post("/reports/snapshots", &frozen).expect(201).id();
        ids.insert("/snapshots/", noted(app, &mut sent, "a snapshot", freeze));
        ids.insert("/cases/", case);
        Self { ids, sent }
    }

    /// A documented address of this world. None where it is not about what stands in one.
    fn address(&self, documented: &str) -> Option<String> {
        let mut address = String::new();
        let mut rest = documented;
        while let Some((before, after)) = rest.split_once('{') {
            address.push_str(before);
            let kind = format!("/{}/", before.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
            let known = self.ids.iter().find(|(name, _)| name.ends_with(&kind))?.1;
            address.push_str(known);
            rest = after.split_once('}')?.1;
        }
        address.push_str(rest);
        if address.ends_with("/changes") {
            address.push_str(&format!("?since={}", self.ids["served"]));
        }
        Some(address)
    }
}

/// What a role that may sends to the database to see an address, for a period where it asks for one.
fn look(app: &TestApp, people: &[&Persona], address: &str) -> Option<Vec<String>> {
    let of_period = format!("{address}?from=2026-01-01&to=2026-12-31");
    people.iter().flat_map(|who| [(who, address), (who, of_period.as_str())]).find_map(|(who, address)| {
        // The first look may make a connection, or fill what is kept in memory.
        let status = who.get(address).status;
        (status == 200).then(|| app.statements(|| assert_eq!(who.get(address).status, 200, "{address}")))
    })
}

/// Readings that are not of rows: an answer without an account has tests of its own.
const APART: [&str; 3] = ["/advice-links/", "/auth/password-links/", "/calendar/feeds/"];

both! {
    fn a_reading_takes_as_many_statements_however_many_rows_there_are(app: &TestApp) {
        count_from_now_on();
        let more = TestApp::on(app.backend(), "2026-01-05");
        let worlds = [(app, World::of(app, 0)), (&more, World::of(&more, 3))];
        let mut counted = 0;
        let mut grown = Vec::new();
        for documented in documented_readings() {
            if APART.iter().any(|apart| documented.contains(apart)) {
                continue;
            }
            let mut found = Vec::new();
            for (app, world) in &worlds {
                let address = world.address(&documented).unwrap_or_else(|| panic!("{documented}: no world has it"));
                let people = [&app.manager(), &app.admin()];
                found.push(look(app, &people, &address).unwrap_or_else(|| panic!("{address}: nobody may read it")));
            }
            counted += 1;
            let [few, many] = [&found[0], &found[1]];
            if few.len() != many.len() {
                let heads: Vec<String> = many.iter().map(|one| one.chars().take(60).collect()).collect();
                grown.push(format!("{documented}: {} statements, then {}: {heads:#?}", few.len(), many.len()));
            }
            assert!(!many.is_empty(), "{documented}: nothing was counted");
        }
        assert!(counted > 25, "{counted}");
        assert!(grown.is_empty(), "{}", grown.join("\n"));
    }

    fn a_step_takes_as_many_statements_however_many_rows_there_are(app: &TestApp) {
        count_from_now_on();
        // Of two at least: the first of its kind in a process fills what is kept in memory.
        let [few, many] = [1, 4].map(|more| World::of(&TestApp::on(app.backend(), "2026-01-05"), more).sent);
        assert!(few.len() > 15 && few.keys().eq(many.keys()), "{few:#?}");
        let heads = |sent: &[String]| sent.iter().map(|one| one.chars().take(70).collect()).collect::<Vec<String>>();
        let grown = few.iter().filter(|(step, sent)| sent.is_empty() || many[*step].len() > sent.len());
        let grown: Vec<_> = grown.map(|(step, sent)| format!("{step}: {:#?}, then {:#?}", heads(sent), heads(&many[step]))).collect();
        assert!(grown.is_empty(), "{}", grown.join("\n"));
    }

    fn a_search_takes_as_many_statements_however_many_it_finds(app: &TestApp) {
        count_from_now_on();
        let officer = app.caseworker();
        let search = || {
            let body = json!({"q": "robin ash"});
            officer.post("/cases/search", &body).expect(200);
            let mut found = 0;
            let sent = app.statements(|| found = officer.post("/cases/search", &body).expect(200).json["items"].as_array().unwrap().len());
            (found, sent.len())
        };
        officer.open_case(a_case().of("Robin", "Ash", "2016-03-04"));
        let (one, few) = search();
        for n in 0..4 {
            officer.open_case(a_case().of("Robin", &format!("Ash{n}"), "2016-03-04"));
        }
        let (five, many) = search();
        assert_eq!((one, five), (1, 5));
        assert_eq!(few, many);
    }

    fn deciding_to_assess_takes_no_statement_for_each_request_that_it_opens(app: &TestApp) {
        count_from_now_on();
        let sent = |reached: bool| {
            let app = TestApp::on(app.backend(), "2026-02-02");
            for (kind, advice) in
                [("health", "medical"), ("educational_psychology", "psychological"), ("social_care", "social_care")]
            {
                let mailbox = reached.then(|| format!("{advice}@service.example"));
                let body = json!({"name": advice, "kind": kind, "default_for": [advice], "mailbox": mailbox});
                app.admin().post("/organisations", &body).expect(201);
            }
            let officer = app.caseworker();
            let decide = |surname: &str| {
                let case = officer.open_case(a_case().of("Robin", surname, "2016-03-04"));
                let path = format!("/cases/{}/assessment-decision", case.id());
                app.statements(|| drop(officer.step(&path, &case.etag, &to_assess("2026-02-02")).expect(200)))
            };
            // The first one may make a connection.
            decide("Ash");
            decide("Birch")
        };
        let [unreached, reached] = [false, true].map(|reached| sent(reached).len());
        // One that keeps the messages of all.
        assert!(reached <= unreached + 1, "{unreached}, then {reached}");
        assert!(reached <= 55, "{:#?}", sent(true));
    }
}

/// The addresses below `/api/v1` that can be read.
fn documented_readings() -> Vec<String> {
    let document: Value = json!(ehcp_tracker::http::document());
    let paths = document["paths"].as_object().unwrap();
    let readable = paths.iter().filter(|(_, item)| !item["get"].is_null());
    readable.filter_map(|(path, _)| path.strip_prefix("/api/v1").map(str::to_owned)).collect()
}
