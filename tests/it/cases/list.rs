//! The list that a caseworker lives in, and the search.

use crate::support::cases::{a_case, to_assess, to_refuse_assessment};
use crate::support::{Persona, both, json};

fn references(person: &Persona, query: &str) -> Vec<String> {
    let page = person.get(&format!("/cases{query}")).expect(200);
    page.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["reference"].as_str().unwrap()[9..].to_owned())
        .collect()
}

fn found(person: &Persona, q: &str) -> Vec<String> {
    let page = person.post("/cases/search", &json!({"q": q, "sort": "reference"})).expect(200);
    page.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["person"]["surname"].as_str().unwrap().to_owned())
        .collect()
}

both! {
    fn the_next_due_comes_first_and_what_has_nothing_due_last(app: &TestApp) {
        app.on_day("2026-03-02");
        let caseworker = app.caseworker();
        for (n, day) in ["2026-02-01", "2026-01-05", "2026-03-01", "2026-01-20"].iter().enumerate() {
            caseworker.open_case(a_case().of("Row", &format!("N{n}"), "2015-01-01").received_on(day));
        }
        let first = caseworker.get("/cases").expect(200).json["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(references(&caseworker, ""), ["000002", "000004", "000001", "000003"]);
        assert_eq!(references(&caseworker, "?sort=-due_on"), ["000003", "000001", "000004", "000002"]);
        assert_eq!(references(&caseworker, "?sort=received_on&limit=2"), ["000002", "000004"]);
        assert_eq!(references(&caseworker, "?sort=-reference"), ["000004", "000003", "000002", "000001"]);
        caseworker.case_step(&first, "assessment-decision", &to_refuse_assessment("2026-02-01")).expect(200);
        assert_eq!(references(&caseworker, ""), ["000004", "000001", "000003", "000002"], "nothing is due on it any more");
        assert_eq!(references(&caseworker, "?sort=-due_on"), ["000003", "000001", "000004", "000002"], "nor when turned round");
        let page = caseworker.get("/cases?sort=-due_on&limit=3").expect(200);
        let rest = caseworker.get(&format!("/cases?sort=-due_on&cursor={}", page.json["next_cursor"].as_str().unwrap())).expect(200);
        assert_eq!(rest.json["items"][0]["id"], json!(first));
        assert_eq!(references(&caseworker, "?status=ended"), ["000002"]);
        assert_eq!(references(&caseworker, "?due_from=2026-03-03&due_to=2026-03-31"), ["000004", "000001"]);
        assert_eq!(references(&caseworker, "?received_from=2026-01-20&received_to=2026-02-01"), ["000004", "000001"]);
        assert_eq!(references(&caseworker, "?reference=ehc-2026-000003"), ["000003"]);
    }

    fn pages_follow_each_other_though_cases_come_in_between(app: &TestApp) {
        let caseworker = app.caseworker();
        for n in 0..5 {
            caseworker.open_case(a_case().of("Row", &format!("N{n}"), "2015-01-01"));
        }
        for sort in ["due_on", "-due_on", "received_on", "-received_on", "reference", "-reference"] {
            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = caseworker.get(&format!("/cases?sort={sort}&limit=2&count=true{cursor}")).expect(200);
                assert!(page.json["total"].as_i64().unwrap() >= 5);
                seen.extend(page.json["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
                if seen.len() == 2 {
                    let n = app.count("cases");
                    caseworker.open_case(a_case().of("Late", &format!("Comer {n}"), "2015-01-01"));
                }
                match page.json["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "{sort}: no row comes twice");
            assert!(seen.len() >= 5, "{sort}: no row is missing");
        }
        let page = caseworker.get("/cases?limit=1").expect(200);
        let cursor = page.json["next_cursor"].as_str().unwrap();
        caseworker.get(&format!("/cases?sort=reference&cursor={cursor}")).refused(422, "invalid_cursor");
        caseworker.get("/cases?cursor=nonsense").refused(422, "invalid_cursor");
        caseworker.get("/cases?limit=201").refused(422, "out_of_range");
        caseworker.get("/cases?colour=blue").refused(422, "invalid_parameter");
        caseworker.get("/cases?stage=nowhere").refused(422, "invalid_parameter");
        caseworker.get("/cases?received_from=2026-02-30").refused(422, "invalid_parameter");
    }

    fn rows_are_filtered_by_stage_caseworker_and_setting(app: &TestApp) {
        let school = app.organisation("Hill School", "education_setting");
        let caseworker = app.caseworker();
        let mine = caseworker.open_case(a_case().with("caseworker_id", json!(caseworker.id)));
        caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01").with("setting_id", json!(school)));
        caseworker.case_step(&mine.id(), "assessment-decision", &to_assess("2026-01-05")).expect(200);
        assert_eq!(references(&caseworker, "?stage=gathering_advice"), ["000001"]);
        assert_eq!(references(&caseworker, "?stage=awaiting_decision"), ["000002"]);
        assert_eq!(references(&caseworker, "?unassigned=true"), ["000002"]);
        assert_eq!(references(&caseworker, "?unassigned=false"), ["000001"]);
        assert_eq!(references(&caseworker, &format!("?caseworker_id={}", caseworker.id)), ["000001"]);
        let rows = caseworker.get(&format!("/cases?setting_id={school}")).expect(200);
        assert_eq!(rows.json["items"][0]["setting"]["name"], "Hill School");
        let row = caseworker.get("/cases?unassigned=false").expect(200).json["items"][0].clone();
        assert_eq!(row["caseworker"], json!({"id": caseworker.id, "name": "Cass Caseworker"}));
        assert_eq!(row["person"], json!({"forename": "Robin", "surname": "Ashdown", "date_of_birth": "2016-03-04"}));
    }

    fn a_search_folds_accents_and_case_and_takes_numbers_as_typed(app: &TestApp) {
        let caseworker = app.caseworker();
        caseworker.open_case(a_case().of("Łukasz", "Ördög", "2015-01-01").person("nhs_number", json!("9434765919")));
        caseworker.open_case(a_case().of("Zoë", "O'Neill", "2015-01-01").person("upn", json!("H801200001001")));
        caseworker.open_case(a_case().of("Anne-Marie", "Smith-Jones", "2015-01-01"));
        for q in ["ördög", "ORDOG", "ord", "lukasz", "Łuk", "lukasz ordog", "943 476 5919", "9434765919", "ordog LUK"] {
            assert_eq!(found(&caseworker, q), ["Ördög"], "{q}");
        }
        for q in ["o'neill", "ONEILL", "neill", "O’Neill", "zoe", "h801200001001", "H8012", "EHC-2026-000002", "000002", "zoe oneill"] {
            assert_eq!(found(&caseworker, q), ["O'Neill"], "{q}");
        }
        for q in ["smith-jones", "jones", "annemarie", "anne jones", "Smith Jones", "smithjones"] {
            assert_eq!(found(&caseworker, q), ["Smith-Jones"], "{q}");
        }
        for q in ["eill", "ordog neill", "nobody", "ordox", "%zz", "' UNION SELECT 1 --"] {
            assert_eq!(found(&caseworker, q).len(), 0, "{q}");
        }
        for q in ["%", "_", "   ", "--"] {
            caseworker.post("/cases/search", &json!({"q": q})).refused(422, "blank");
        }
        caseworker.post("/cases/search", &json!({"q": ""})).refused(422, "blank");
        caseworker.post("/cases/search", &json!({})).refused(422, "missing_field");
        let narrowed = caseworker.post("/cases/search", &json!({"q": "o", "stage": "drafting"})).expect(200);
        assert_eq!(narrowed.json["items"], json!([]));
    }

    fn a_search_for_what_many_have_finds_who_has_it_all(app: &TestApp) {
        let caseworker = app.caseworker();
        let both = caseworker.open_case(a_case().of("Anna", "Bell", "2015-01-01")).id();
        caseworker.open_case(a_case().of("Anna", "Cole", "2015-01-01"));
        caseworker.open_case(a_case().of("Dora", "Bell", "2015-01-01"));
        caseworker.open_case(a_case().of("Annabel", "Cole", "2015-01-01"));
        let words = |from: &str| (0..600).map(|n| format!("('{from}{n:03}', '{both}')")).collect::<Vec<_>>().join(", ");
        let add = |from: &str| app.execute(&format!("INSERT INTO case_words (word, case_id) VALUES {}", words(from)));
        add("anna");
        assert_eq!(found(&caseworker, "anna bell"), ["Bell"], "few have the second");
        assert_eq!(found(&caseworker, "bell ann"), ["Bell"], "few have the first");
        add("bell");
        assert_eq!(found(&caseworker, "anna bell"), ["Bell"], "many have either");
        // Annabel comes after all that were added: whoever took the first of many for all would miss her.
        assert_eq!(found(&caseworker, "anna cole"), ["Cole", "Cole"]);
        assert_eq!(found(&caseworker, "cole anna"), ["Cole", "Cole"]);
        assert_eq!(found(&caseworker, "dora cole").len(), 0);
    }
}
