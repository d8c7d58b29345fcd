//! Every column that can hold what somebody wrote, and what an erasure does with it (`texts.txt`). A column that is new has
//! to be thought of: it fails here until it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const LISTED: &str = include_str!("texts.txt");

#[test]
fn an_erasure_has_thought_of_every_column_that_can_hold_a_text() {
    let schema = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs")).unwrap();
    let (mut columns, mut table) = (BTreeSet::new(), "");
    for line in schema.lines().map(str::trim) {
        if let Some((column, kind)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            if kind.contains("Text") || kind.contains("Doc") {
                columns.insert(format!("{table}.{column}"));
            }
        } else if let Some((name, _)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            table = name;
        }
    }
    let lines = LISTED.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let listed: BTreeSet<String> = lines
        .map(|line| {
            let (column, fate) = line.split_once(' ').unwrap();
            assert!(["erased", "kept:"].contains(&fate.trim().split(' ').next().unwrap()), "{line}");
            column.to_owned()
        })
        .collect();
    let missing: Vec<_> = columns.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&columns).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "think of, in texts.txt and governance/store.rs: {missing:#?}\ngone: {gone:#?}"
    );
}
