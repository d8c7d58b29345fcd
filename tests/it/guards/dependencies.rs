//! What the service is built from: licences that let anybody use it, and one source.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than their own text to be passed on.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "PostgreSQL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates under the MPL 2.0, which binds changes to their own files and nothing else; they are used unchanged. They
/// belong to the parser behind the cleaning of HTML.
const FILE_BY_FILE: &[&str] = &["cssparser", "dtoa-short"];

#[test]
fn every_dependency_may_be_used_by_anybody() {
    let mut refused = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        let known = licence == "MPL-2.0" && FILE_BY_FILE.contains(&name);
        if !permits(licence) && !known {
            refused.push(format!("{name}: {licence}"));
        }
    }
    assert!(refused.is_empty(), "licences that the list of this test does not have: {refused:#?}");
}

#[test]
fn every_dependency_comes_from_the_registry_or_from_here() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let sources: BTreeSet<_> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert!(
        sources.iter().all(|source| source.starts_with("\"registry+")),
        "from a repository or a folder: {sources:?}"
    );
    assert_eq!(sources.len(), 1, "one registry, and no second one beside it: {sources:?}");
}

#[test]
fn a_licence_is_read_as_it_is_meant() {
    for fine in [
        "MIT",
        "MIT OR GPL-3.0-only",
        "GPL-3.0-only/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "MIT AND (ISC OR GPL-2.0)",
    ] {
        assert!(permits(fine), "{fine}");
    }
    for not in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "none", "(MIT OR Apache-2.0) AND GPL-3.0-only", "LGPL-2.1"] {
        assert!(!permits(not), "{not}");
    }
}

/// Whether an SPDX expression leaves a choice of permissive licences alone. `/` is an old way to write `OR`.
fn permits(expression: &str) -> bool {
    let expression = expression.trim();
    let split = |by: &str| {
        let mut depth = 0;
        let mut parts = vec![String::new()];
        let mut rest = expression;
        while let Some(c) = rest.chars().next() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 && rest.starts_with(by) {
                parts.push(String::new());
                rest = &rest[by.len()..];
            } else {
                parts.last_mut().unwrap().push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        parts
    };
    for (by, any) in [(" OR ", true), ("/", true), (" AND ", false)] {
        let parts = split(by);
        if parts.len() > 1 {
            return if any { parts.iter().any(|part| permits(part)) } else { parts.iter().all(|part| permits(part)) };
        }
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => permits(inner),
        None => PERMISSIVE.contains(&expression),
    }
}

/// Every package that this machine builds from; those of other systems alone have not been downloaded.
fn packages() -> Vec<Value> {
    let cargo = |arguments: &[&str]| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = cargo(&["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}
