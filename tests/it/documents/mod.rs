//! Documents: what is taken, what is kept, and who may read it.

mod answers;
mod crashes;
mod files;
mod reading;
mod scanning;
mod taking;

use std::path::Path;

use crate::support::{Persona, Response, TestApp};

/// Every file in the document store.
pub fn stored(app: &TestApp) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                walk(&entry.path(), found);
            } else {
                found.push(entry.path().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&app.data_dir().join("documents"), &mut found);
    found.sort();
    found
}

/// Waits until so many files are in the document store: what is refused late is removed after the answer.
#[track_caller]
pub fn wait_until_stored(app: &TestApp, count: usize) {
    let started = std::time::Instant::now();
    while stored(app).len() != count {
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "not {count}: {:?}", stored(app));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A part of a form: its name, the file's name where it is one, and its content.
pub type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

const BOUNDARY: &str = "----a-boundary-that-stands-in-no-file";

/// The type of a form.
pub fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// A form as a browser sends it.
pub fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        body.extend_from_slice(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"").as_bytes());
        if let Some(file_name) = file_name {
            body.extend_from_slice(format!("; filename=\"{file_name}\"\r\nContent-Type: image/gif").as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

impl Persona {
    /// Sends a form.
    pub fn send_form(&self, path: &str, parts: &[Part<'_>]) -> Response {
        self.request("POST", path).body(&form_type(), form(parts)).send()
    }

    /// Adds a file to the answer to a request for advice; the answer is for the test to judge.
    pub fn add_to_answer(&self, request: &str, name: &str, content: &[u8]) -> Response {
        self.send_form(&format!("/advice-requests/{request}/documents"), &[("file", Some(name), content)])
    }

    /// Adds a file to a case; the answer is for the test to judge.
    pub fn add_file(&self, case: &str, name: &str, content: &[u8]) -> Response {
        self.send_form(&format!("/cases/{case}/documents"), &[("file", Some(name), content)])
    }
}
