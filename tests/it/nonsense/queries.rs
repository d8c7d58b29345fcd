//! Queries and cursors that no list gave out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::cases::{a_case, to_assess};
use crate::support::{Value, both, json};

const ID: &str = "01a20043-353a-76c2-a2c1-b6d8007653c9";

/// What a parameter may be sent.
const VALUES: &[&str] = &[
    "-10000-01-01",
    "%2B262142-12-31",
    "-262143-01-01",
    "0000-01-01",
    "9999-12-31",
    "2026-02-30",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "%00",
    "a%00b",
    "%F0%9F%92%A9",
    "%FF",
    "%27%22%3B--",
    "",
];

/// Cursors of every form that keys have, with what a calendar or a text knows and a database does not.
fn cursors() -> Vec<String> {
    let days = ["-10000-01-01", "+262142-12-31", "2026-01-05"];
    let moments = ["-10000-01-01T00:00:00Z", "+262142-12-31T00:00:00Z", "2026-01-05T12:00:00.000000Z"];
    let texts = ["a\0b", "\u{10ffff}", "", "EHC-2026-000001"];
    let mut keys: Vec<Value> =
        vec![json!(ID), json!(i64::MAX), json!(i64::MIN), json!(-1), json!(null), json!([]), json!({})];
    for first in days.iter().chain(&moments).chain(&texts) {
        keys.extend([json!(first), json!([first, ID]), json!([first, first, ID]), json!([ID, first])]);
        keys.extend([json!({"Day": [first, ID]}), json!({"Reference": [first, ID]})]);
    }
    for number in [i64::MAX, i64::MIN, 0] {
        keys.extend([json!([number, ID]), json!([ID, number]), json!([number])]);
    }
    keys.iter().map(|key| URL_SAFE_NO_PAD.encode(key.to_string())).collect()
}

/// The readings of the contract with the names of their parameters.
fn readings() -> Vec<(String, Vec<String>)> {
    let document: Value = json!(ehcp_tracker::http::document());
    let paths = document["paths"].as_object().unwrap().iter();
    let below = paths.filter_map(|(path, item)| Some((path.strip_prefix("/api/v1")?.to_owned(), &item["get"])));
    let named = below.filter(|(_, get)| !get.is_null()).map(|(path, get)| {
        let all = get["parameters"].as_array().into_iter().flatten();
        let names = all.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap().to_owned());
        (path, names.collect())
    });
    named.filter(|(_, names): &(String, Vec<String>)| !names.is_empty()).collect()
}

both! {
    fn a_query_of_nonsense_is_answered_or_told_what_is_wrong(app: &TestApp) {
        app.on_day("2026-02-20");
        let officer = app.caseworker();
        let case = officer.open_case(a_case()).id();
        officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        let readers = [officer, app.manager(), app.admin()];
        let cursors = cursors();
        let mut asked = 0;
        for (path, names) in readings() {
            let path = path.replace("{id}", &case);
            for name in &names {
                let values: Vec<&str> = match name.as_str() {
                    "cursor" => cursors.iter().map(String::as_str).chain(VALUES.iter().copied()).collect(),
                    _ => VALUES.to_vec(),
                };
                for value in values {
                    for reader in &readers {
                        let answer = reader.get(&format!("{path}?{name}={value}"));
                        assert!(answer.status < 500, "{path}?{name}={value}: {}", answer.text());
                        asked += 1;
                    }
                }
            }
        }
        assert!(asked > 2_000, "{asked}");
    }
}
