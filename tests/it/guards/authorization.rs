//! Who may do what, as a table (`authorization.txt`): every documented operation, asked by everybody there is.
//!
//! To add an operation: add its row. A thing that its address names and that [`things`] does not know is one that is not
//! there, so the row of an operation on it says 404 where somebody may.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ehcp_tracker::auth::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

use crate::support::app::JWT_SECRET;
use crate::support::cases::{a_case, to_assess};
use crate::support::{Persona, TestApp, Value, both, json};

const TABLE: &str = include_str!("authorization.txt");

const NOWHERE: &str = "01a20043-353a-76c2-a2c1-b6d8007653c9";

/// What nobody may read who does not see the restricted case.
const SECRETS: [&str; 3] = ["Quillon", "Hushaby", "2014-07-19"];

/// An operation and what it answers to each caller, in the order of the table's head.
type Row = (&'static str, Vec<Statuses>);

/// What may be answered: one status, but where it depends on what somebody came with.
type Statuses = Vec<u16>;

fn columns() -> Vec<&'static str> {
    let head = TABLE.lines().rfind(|line| line.starts_with("# operation")).unwrap();
    head.trim_start_matches("# operation").split_whitespace().collect()
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let mut words = line.split_whitespace();
        let operation = line.split_inclusive(char::is_whitespace).take(2).map(str::len).sum::<usize>();
        let read = |word: &str| word.split('/').map(|status| status.parse().unwrap()).collect();
        let statuses: Vec<Statuses> = words.by_ref().skip(2).map(read).collect();
        assert_eq!(statuses.len(), columns().len(), "{line}");
        (line[..operation].trim_end(), statuses)
    };
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(row).collect()
}

fn documented() -> BTreeSet<String> {
    let document = serde_json::to_value(ehcp_tracker::http::document()).unwrap();
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                operations.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    operations
}

#[test]
fn the_table_has_every_operation_and_no_other() {
    let listed: Vec<String> = rows().into_iter().map(|(operation, _)| operation.to_owned()).collect();
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "an operation stands in the table twice");
    let documented = documented();
    let missing: Vec<_> = documented.difference(&once).collect();
    let gone: Vec<_> = once.difference(&documented).collect();
    assert!(missing.is_empty() && gone.is_empty(), "add to authorization.txt: {missing:#?}\nremove: {gone:#?}");
}

/// The body that is asked for medical advice.
fn health(app: &TestApp) -> String {
    let body = json!({"name": "Health Trust", "kind": "health", "default_for": ["medical"], "mailbox": "team@health.example.org"});
    app.admin().post("/organisations", &body).expect(201).id()
}

/// A case with a thing of every kind, by the place that names it in an address.
fn things(app: &TestApp, health: &str, restricted: bool) -> BTreeMap<&'static str, String> {
    let (caseworker, manager) = (app.caseworker(), app.manager());
    let case = match restricted {
        false => a_case(),
        true => a_case().of("Quillon", "Hushaby", "2014-07-19").with("restricted", json!(true)),
    };
    let opened = caseworker.open_case(case);
    let id = opened.id();
    let school = app.organisation(&format!("School {restricted}"), "education_setting");
    let asked = caseworker.case_step(&id, "information-requests", &json!({"organisation_id": school})).expect(200);
    let notice = json!({"about": "receipt", "recipients": ["icb"]});
    let given = caseworker.case_step(&id, "given-notices", &notice).expect(200);
    caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
    let exception = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-05", "evidence": "A letter."});
    let proposed = caseworker.case_step(&id, "exceptions", &exception).expect(200);
    let medical = caseworker.advice_of_kind(&id, "medical");
    let document = caseworker.add_file(&id, "letter.txt", b"Quillon Hushaby's letter.").expect(201).id();
    caseworker.case_step(&id, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-01-05"})).expect(200);
    let plan = caseworker.post(&format!("/cases/{id}/plans"), &json!({})).expect(201).id();
    for section in ["A", "B", "E", "F"] {
        let etag = caseworker.get(&format!("/plans/{plan}")).expect(200).etag;
        let body = json!({"text": "Of Quillon Hushaby."});
        caseworker.put(&format!("/plans/{plan}/sections/{section}"), &etag, &body).expect(200);
    }
    let served = json!({"served_on": "2026-01-05", "override_reason": "The family asked for it."});
    let etag = manager.get(&format!("/plans/{plan}")).expect(200).etag;
    manager.step(&format!("/plans/{plan}/service"), &etag, &served).expect(200);
    let said = json!({"received_on": "2026-01-05", "text": "Quillon Hushaby needs more."});
    let representation = caseworker.post(&format!("/cases/{id}/representations"), &said).expect(201).id();
    let consulted = json!({"setting_id": school, "sent_on": "2026-01-05"});
    let consultation = caseworker.post(&format!("/cases/{id}/consultations"), &consulted).expect(201).id();
    let closure =
        json!({"setting_id": school, "closed_from": "2026-08-01", "reopens_on": "2026-08-08", "label": "Summer"});
    let closure = app.admin().post("/calendar/closures", &closure).expect(201).id();
    caseworker.post(&format!("/advice-requests/{medical}/links"), &json!({})).expect(201);
    let mails = manager.get(&format!("/notifications?case_id={id}")).expect(200);
    BTreeMap::from([
        ("cases", id),
        ("people", opened.json["person"]["id"].as_str().unwrap().to_owned()),
        ("advice-requests", medical),
        ("documents", document),
        ("plans", plan.clone()),
        ("since", plan),
        ("{rid}", representation),
        ("consultations", consultation),
        ("calendar", closure),
        ("notifications", mails.json["items"][0]["id"].as_str().unwrap().to_owned()),
        ("organisations", health.to_owned()),
        ("users", caseworker.id),
        ("{eid}", proposed.json["exceptions"][0]["id"].as_str().unwrap().to_owned()),
        ("{nid}", given.json["given_notices"][0]["id"].as_str().unwrap().to_owned()),
        ("{iid}", asked.json["information_requests"][0]["id"].as_str().unwrap().to_owned()),
        ("{section}", "B".to_owned()),
    ])
}

fn address(path: &str, things: &BTreeMap<&str, String>) -> String {
    let collection = path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let part = |part: &str| match part.split_once('}') {
        Some(("{id", _)) => things.get(collection).map_or(NOWHERE, String::as_str).to_owned(),
        Some((_, ending)) => format!("{}{ending}", things.get(part).map_or(NOWHERE, String::as_str)),
        None => part.to_owned(),
    };
    let address: Vec<String> = path.split('/').map(part).collect();
    let mut address = address.join("/");
    if path.ends_with("/changes") {
        address = format!("{address}?since={}", things["since"]);
    }
    // What is not below /api/v1 stands at the root.
    if address.starts_with("/api/v1/") { address } else { format!("/{address}") }
}

/// Tokens that must open nothing, and those of users who might do something if they were still active: a manager, an
/// administrator.
fn unusable(app: &TestApp) -> (Vec<Option<String>>, [String; 2]) {
    let token = app.caseworker().access_token;
    let payload = token.split('.').nth(1).unwrap();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let signed = |claims: &Value, secret: &str| {
        encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    let forged = signed(&claims, "another secret of thirty-two bytes and more");
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let unsigned = format!("{none}.{payload}.");
    claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 1);
    let expired = signed(&claims, JWT_SECRET);
    let gone = [("Gwen Gone", Role::Manager), ("Gary Gone", Role::Admin)].map(|(name, role)| {
        let gone = app.colleague(name, role, None);
        let path = format!("/users/{}", gone.id);
        let etag = app.admin().get(&path).expect(200).etag;
        app.admin().patch(&path, &etag, &json!({"active": false})).expect(200);
        gone.access_token
    });
    (vec![None, Some(expired), Some(forged), Some(unsigned)], gone)
}

both! {
    fn every_operation_answers_each_caller_as_the_table_says(app: &TestApp) {
        let health = health(app);
        let other = app.organisation("Another Trust", "health");
        let people: Vec<(&str, Persona)> = vec![
            ("caseworker", app.caseworker()),
            ("manager", app.manager()),
            ("adviser", app.adviser_of(&health)),
            ("other", app.adviser_of(&other)),
            ("admin", app.admin()),
            ("hidden", app.caseworker_named("Sam Stranger")),
        ];
        let (open, restricted) = (things(app, &health, false), things(app, &health, true));
        let (unusable, [gone_manager, gone_admin]) = unusable(app);
        let columns = columns();
        let mut wrong = String::new();
        for (operation, statuses) in rows() {
            let (method, path) = operation.split_once(' ').unwrap();
            // Links that open nothing make an address wait after many, which is shown elsewhere.
            app.execute("DELETE FROM sign_in_failures");
            let by_role = |name: &str| &statuses[columns.iter().position(|column| *column == name).unwrap()];
            let gone = if *by_role("manager") == [403] { &gone_admin } else { &gone_manager };
            for (column, expected) in columns.iter().zip(&statuses) {
                let address = address(path, if *column == "hidden" { &restricted } else { &open });
                let tokens: Vec<Option<String>> = match people.iter().find(|(name, _)| name == column) {
                    Some((_, person)) => vec![Some(person.access_token.clone())],
                    None => unusable.iter().cloned().chain([Some(gone.clone())]).collect(),
                };
                for (n, token) in tokens.into_iter().enumerate() {
                    let mut request = app.request(method, &address).if_match("\"0\"");
                    if let Some(token) = token {
                        request = request.bearer(&token);
                    }
                    if ["POST", "PUT", "PATCH"].contains(&method) || operation.contains("/exceptions/{eid}") {
                        request = request.json(&json!({"colour": "blue"}));
                    }
                    let answer = request.send();
                    if !expected.contains(&answer.status) {
                        writeln!(wrong, "{operation}: {column} {n}: {} instead of {expected:?}: {}", answer.status, answer.code()).unwrap();
                    }
                    if *column == "hidden" {
                        for secret in SECRETS.into_iter().chain([restricted["cases"].as_str()]) {
                            assert!(!answer.text().contains(secret), "{operation} tells a stranger of {secret}: {}", answer.text());
                        }
                    }
                    if ["other", "admin", "unknown"].contains(column) {
                        assert!(!answer.text().contains("Ashdown"), "{operation} tells {column} of a child: {}", answer.text());
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    }

    fn what_is_restricted_shows_in_no_list_no_count_and_no_search(app: &TestApp) {
        let health = health(app);
        let restricted = things(app, &health, true);
        let stranger = app.caseworker_named("Sam Stranger");
        let case = &restricted["cases"];
        let nothing = json!([]);
        for path in [
            "/cases?count=true".to_owned(),
            "/cases?count=true&stage=draft_served".to_owned(),
            "/cases?count=true&reference=EHC-2026-000001".to_owned(),
            "/notifications?count=true".to_owned(),
            format!("/notifications?count=true&case_id={case}"),
            "/advice-requests?count=true".to_owned(),
            "/advice-requests?count=true&kind=medical".to_owned(),
            format!("/advice-requests?count=true&organisation_id={health}"),
        ] {
            let manager = app.manager().get(&path).expect(200);
            assert!(manager.json["total"].as_i64().unwrap() > 0, "{path}: {}", manager.text());
            let answer = stranger.get(&path).expect(200);
            assert_eq!((&answer.json["items"], &answer.json["total"]), (&nothing, &json!(0)), "{path}");
        }
        for typed in ["hushaby", "quillon", "EHC-2026-000001"] {
            let body = json!({"q": typed});
            assert_eq!(app.manager().post("/cases/search", &body).expect(200).json["items"].as_array().unwrap().len(), 1, "{typed}");
            assert_eq!(stranger.post("/cases/search", &body).expect(200).json["items"], nothing, "{typed}");
        }
        let again = a_case().of("Quillon", "Hushaby", "2014-07-19");
        let refused = stranger.post("/cases", again.body()).refused(409, "possible_duplicate");
        assert_eq!(refused.json["candidates"], nothing);
    }
}
