//! The rules and their last days, for whoever asks.

use crate::support::{Backend, Response, TestApp, both, json};

fn rows(file: &str) -> Vec<csv::StringRecord> {
    let path = format!("{}/crates/statute/tests/vectors/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    csv::Reader::from_path(path).unwrap().records().map(|row| row.unwrap()).collect()
}

/// Nobody has signed in.
fn ask(app: &TestApp, path: &str) -> Response {
    app.request("GET", path).send()
}

fn due_on(app: &TestApp, rule: &str, query: &str) -> String {
    ask(app, &format!("/rules/{rule}/due-date?{query}")).expect(200).json["due_on"].as_str().unwrap().to_owned()
}

both! {
    fn every_rule_is_told_to_whoever_asks(app: &TestApp) {
        let rules = ask(app, "/rules").expect(200);
        assert_eq!(rules.json["rules_version"], statute::RULES_VERSION);
        let all = rules.json["rules"].as_array().unwrap();
        assert_eq!(all.len(), statute::RULES.len());
        let of = |id: &str| all.iter().find(|rule| rule["id"] == id).unwrap();
        assert_eq!(of("issue_final_plan")["period"], json!({"amount": 20, "unit": "weeks"}));
        assert_eq!(of("respond_to_appeal")["period"], json!({"amount": 30, "unit": "working_days"}));
        assert_eq!((&of("appeal")["period"], &of("appeal")["tribunal_time"]), (&json!({"amount": 2, "unit": "months"}), &json!("last_day_moves")));
        assert_eq!(of("review")["counting"], "beginning_with");
        assert_eq!(of("advice")["grounds"], json!(["exceptional_circumstances", "absent_from_area", "missed_appointment"]));
        for rule in all {
            let period = rule["period"].is_object();
            assert!(period || rule["note"].is_string(), "{rule}");
            assert!(!rule["citation"].as_str().unwrap().is_empty(), "{rule}");
        }
    }

    fn every_vector_has_its_day_over_http(app: &TestApp) {
        for file in ["periods", "plan_life"] {
            for row in rows(file) {
                assert_eq!(due_on(app, &row[0], &format!("starts_on={}", &row[1])), row[2], "{row:?}");
            }
        }
        for row in rows("appeal_days") {
            let sent = format!("starts_on={}", &row[0]);
            assert_eq!(due_on(app, "contact_mediation_adviser", &sent), row[1], "{row:?}");
            assert_eq!(due_on(app, "appeal", &sent), row[2], "{row:?}");
            assert_eq!(due_on(app, "appeal", &format!("{sent}&certificate_on={}", &row[3])), row[4], "{row:?}");
        }
        for row in rows("phase_transfers") {
            let query = format!("phase={}&transfer_year={}", &row[0], &row[1]);
            assert_eq!(due_on(app, "phase_transfer", &query), row[2], "{row:?}");
        }
        assert_eq!(due_on(app, "transfer_in_review", "last_reviewed_on=2026-03-10&transferred_on=2026-05-01"), "2027-03-09");
    }

    fn a_last_day_is_explained(app: &TestApp) {
        let answer = ask(app, "/rules/appeal/due-date?starts_on=2028-06-10").expect(200);
        assert_eq!(
            (&answer.json["rule"], &answer.json["starts_on"], &answer.json["due_on"], &answer.json["act_by"]),
            (&json!("appeal"), &json!("2028-06-10"), &json!("2028-09-01"), &json!("2028-09-01"))
        );
        assert!(answer.json["derivation"].as_str().unwrap().contains("10 August 2028 is in August"), "{}", answer.text());
        assert!(answer.json["citation"].as_str().unwrap().contains("20(1)(c)"));
    }

    fn what_cannot_be_counted_is_refused(app: &TestApp) {
        ask(app, "/rules/no_such_rule/due-date?starts_on=2026-01-05").refused(404, "not_found");
        ask(app, "/rules/no_such_rule/due-date?starts_on=nonsense").refused(404, "not_found");
        let fault = |path: &str| {
            let refused = ask(app, path).expect(422);
            refused.faults().into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect::<Vec<_>>()
        };
        let one = |at: &str, code: &str| vec![(at.to_owned(), code.to_owned())];
        assert_eq!(fault("/rules/appeal/due-date?starts_on=2026-02-30"), one("/starts_on", "invalid_parameter"));
        assert_eq!(fault("/rules/appeal/due-date"), one("/starts_on", "missing_field"));
        assert_eq!(fault("/rules/advice/due-date?starts_on=2026-01-05&certificate_on=2026-01-06"), one("/certificate_on", "invalid_parameter"));
        assert_eq!(fault("/rules/phase_transfer/due-date?transfer_year=2027"), one("/phase", "missing_field"));
        assert_eq!(fault("/rules/phase_transfer/due-date?phase=primary_to_secondary&transfer_year=999999999"), one("/transfer_year", "out_of_range"));
        assert_eq!(fault("/rules/transfer_in_review/due-date?last_reviewed_on=2026-01-05"), one("/transferred_on", "missing_field"));
    }

    fn an_answer_can_be_kept_and_asked_for_again(app: &TestApp) {
        for path in ["/rules", "/rules/advice/due-date?starts_on=2026-01-05"] {
            let first = ask(app, path).expect(200);
            assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
            let again = app.request("GET", path).header("if-none-match", &first.etag).send().expect(304);
            assert!(again.bytes.is_empty());
            app.request("GET", path).header("if-none-match", "\"other\"").send().expect(200);
        }
    }
}

#[test]
fn an_address_that_asks_too_often_has_to_wait() {
    let app = TestApp::with(Backend::Sqlite, "2026-01-05", &[("EHCP_RULES_PER_MINUTE", "2")]);
    ask(&app, "/rules").expect(200);
    ask(&app, "/rules/advice/due-date?starts_on=2026-01-05").expect(200);
    let refused = ask(&app, "/rules").refused(429, "throttled");
    assert!(refused.header("retry-after").is_some());
}

#[test]
fn the_vectors_for_others_are_those_of_our_own_tests() {
    for file in ["periods", "plan_life", "appeal_days", "phase_transfers"] {
        let at = |folder: &str| std::fs::read(format!("{}/{folder}/{file}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(at("examples/conformance") == at("crates/statute/tests/vectors"), "{file}");
    }
}
