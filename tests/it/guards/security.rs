//! `SECURITY.md` names, for each threat, the test that holds the answer to it. A promise whose test was renamed or removed is
//! one that nothing holds.

use std::fs;
use std::path::{Path, PathBuf};

/// The names between backticks of a row's last column.
fn tests_of(row: &str) -> Vec<&str> {
    let column = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap();
    column.split('`').skip(1).step_by(2).collect()
}

/// The rows of the page's tables, without heads.
fn rows(page: &str) -> Vec<&str> {
    page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat |")).collect()
}

/// The files in which a test of this path may stand: below `tests/it`, or beside the code.
fn files(modules: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = modules.strip_suffix(&["tests"]).unwrap_or(modules).join("/");
    let below = modules.join("/");
    vec![
        root.join(format!("tests/it/{below}.rs")),
        root.join(format!("tests/it/{below}/mod.rs")),
        root.join(format!("src/{beside}.rs")),
        root.join(format!("src/{beside}/mod.rs")),
    ]
}

fn is_there(test: &str) -> bool {
    let path: Vec<&str> = test.split("::").collect();
    let (name, modules) = path.split_last().unwrap();
    let tests = files(modules).into_iter().filter_map(|file| fs::read_to_string(file).ok());
    tests.into_iter().any(|text| text.contains(&format!("fn {name}(")))
}

#[test]
fn every_threat_names_a_test_and_every_test_is_there() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md")).unwrap();
    let rows = rows(&page);
    assert!(rows.len() > 40, "{} threats", rows.len());
    for row in rows {
        let tests = tests_of(row);
        assert!(!tests.is_empty(), "no test: {row}");
        let gone: Vec<_> = tests.into_iter().filter(|test| !is_there(test)).collect();
        assert!(gone.is_empty(), "{gone:?} are no tests: {row}");
    }
}
