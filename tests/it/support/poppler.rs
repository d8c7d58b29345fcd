//! An independent reader of PDF: poppler's `pdftotext` and `pdfinfo`, where they are installed.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the programs. Says so where there are none; fails where `TEST_REQUIRE_POPPLER=1` asks for them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .find(|folder| folder.join("pdftotext").is_file() && folder.join("pdfinfo").is_file());
    if found.is_none() {
        if std::env::var_os("TEST_REQUIRE_POPPLER").is_some_and(|value| value == "1") {
            panic!(
                "TEST_REQUIRE_POPPLER=1, but poppler's pdftotext and pdfinfo are not in PATH: install poppler-utils"
            );
        }
        // Written past the test runner, which keeps what a test prints to itself.
        let said = "\npoppler's pdftotext is not installed: what it would read in a PDF is NOT CHECKED\n";
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
    found
}

/// What a program of poppler says of a PDF; `None` where there is no such program.
fn ask(program: &str, before: &[&str], pdf: &[u8], after: &[&str]) -> Option<String> {
    let program = programs()?.join(program);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pdf).unwrap();
    let output = Command::new(program).args(before).arg(file.path()).args(after).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The text of a PDF, a page each.
pub fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let text = ask("pdftotext", &["-layout"], pdf, &["-"])?;
    Some(text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect())
}

/// The tree of tags of a PDF with its text.
pub fn structure(pdf: &[u8]) -> Option<String> {
    ask("pdfinfo", &["-struct-text"], pdf, &[])
}
