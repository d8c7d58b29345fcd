//! The committed OpenAPI document is the one that the code makes.

use std::path::Path;

use ehcp_tracker::http::{document, yaml};

#[test]
fn the_committed_document_is_current() {
    let committed =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml")).unwrap_or_default();
    let made = yaml(&document()).unwrap();
    let at = made.lines().zip(committed.lines()).position(|(made, committed)| made != committed);
    let at = at.unwrap_or_else(|| made.lines().count().min(committed.lines().count())) + 1;
    assert!(
        made == committed,
        "openapi.yaml is not what the code makes, from line {at} on: refresh it with `cargo run -- openapi > openapi.yaml`"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_summary() {
    let document = document();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in &document.paths.paths {
        for operation in [&item.get, &item.post, &item.put, &item.patch, &item.delete].into_iter().flatten() {
            let name = operation.operation_id.as_deref().unwrap_or_default();
            assert!(names.insert(name.to_owned()), "{path}: {name} is the name of another operation too");
            assert!(operation.summary.is_some(), "{path}: {name} has no summary: give the handler a doc comment");
        }
    }
}
