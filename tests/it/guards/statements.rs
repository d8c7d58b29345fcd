//! Neither a reading nor a step sends a statement for each row that is there: of two worlds, one with more of everything in
//! it, each takes as many. What a body lists may take one each.

use super::world::World;
use crate::support::cases::{a_case, to_assess};
use crate::support::statements::count_from_now_on;
use crate::support::{Persona, TestApp, Value, both, json};

/// What a role that may sends to the database to see an address, for a period where it asks for one.
fn look(app: &TestApp, people: &[&Persona], address: &str) -> Option<Vec<String>> {
    let of_period = format!("{address}?from=2026-01-01&to=2026-12-31");
    people.iter().flat_map(|who| [(who, address), (who, of_period.as_str())]).find_map(|(who, address)| {
        // The first look may make a connection, or fill what is kept in memory.
        let status = who.get(address).status;
        (status == 200).then(|| app.statements(|| assert_eq!(who.get(address).status, 200, "{address}")))
    })
}

/// Readings that are not of rows: an answer without an account has tests of its own, and the rules are no rows.
const APART: [&str; 4] = ["/advice-links/", "/auth/password-links/", "/calendar/feeds/", "/rules"];

/// Steps on the account and the sessions of one person, which are single statements; the search, which has a test of its
/// own; and new bank holidays, which derive each case whose days they move, one after another.
const STEPS_APART: [&str; 5] = [" /auth/", " /me/", "/otp", " /cases/search", " /calendar/bank-holidays"];

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
        let [few, many] = [1, 4].map(|more| {
            let app = TestApp::on(app.backend(), "2026-01-05");
            let mut world = World::of(&app, more);
            world.take_the_other_steps(&app, more);
            world.sent
        });
        for documented in documented_steps() {
            let apart = STEPS_APART.iter().any(|apart| documented.contains(apart));
            assert!(apart != few.contains_key(documented.as_str()), "{documented}: is it taken?");
        }
        assert!(few.keys().eq(many.keys()), "{few:#?}");
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
        assert!(reached <= 60, "{:#?}", sent(true));
    }
}

/// The addresses below `/api/v1` that can be read.
fn documented_readings() -> Vec<String> {
    documented(&["get"]).into_iter().map(|(_, path)| path).collect()
}

/// The operations that change something.
fn documented_steps() -> Vec<String> {
    let steps = documented(&["post", "put", "patch", "delete"]).into_iter();
    steps.map(|(method, path)| format!("{} {path}", method.to_uppercase())).collect()
}

/// What the contract has of these methods, with its address below `/api/v1`.
fn documented(methods: &[&'static str]) -> Vec<(&'static str, String)> {
    let document: Value = json!(ehcp_tracker::http::document());
    let paths = document["paths"].as_object().unwrap().iter();
    let below = paths.filter_map(|(path, item)| Some((path.strip_prefix("/api/v1")?, item)));
    let found = below.flat_map(|(path, item)| {
        methods.iter().filter(|method| !item[**method].is_null()).map(|method| (*method, path.to_owned()))
    });
    found.collect()
}
