//! What uploading takes of memory: `cargo bench --bench load -- --uploads`.
//!
//! The release binary on a new SQLite database takes documents of the largest size, one after another and several at
//! once. The most memory that the kernel saw it have is compared with what it had when it had nothing to do.

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::client::Connection;
use super::report::Surroundings;
use super::service::{self, Memory, Service, post};

/// The size of a document, in bytes: the largest that is taken unless a setting says otherwise.
const SIZE: usize = 25_000_000;

/// How many are sent, one way and the other.
const UPLOADS: usize = 10;

/// How many are sent at once.
const AT_ONCE: usize = 4;

/// How much more than idle the service may have, in bytes.
const ALLOWED: u32 = 16_000_000;

/// What parts the fields of the form.
const BOUNDARY: &str = "what-stands-in-no-file";

/// What was measured with so many uploads at once.
#[derive(Debug)]
struct Round {
    at_once: usize,
    idle: Memory,
    loaded: Memory,
    took: Duration,
}

impl Round {
    /// How much more than idle it had at most, in bytes.
    fn above_idle(&self) -> u32 {
        self.loaded.peak.saturating_sub(self.idle.now) * 1024
    }
}

/// Measures, and answers a page about it.
pub fn measure(folder: &Path, surroundings: &Surroundings) -> String {
    let url = format!("sqlite://{}", folder.join("uploads.db").display());
    service::add_users(&url, folder);
    let service = Service::start(&url, folder);
    let token = service.sign_in();
    let path = format!("/api/v1/cases/{}/documents", a_case(&service, &token));
    drop(service);
    // Signing in takes memory too, some of which a process keeps: here it has done nothing yet.
    let service = Service::start(&url, folder);
    std::thread::sleep(Duration::from_secs(2));
    let idle = service.memory().expect("the kernel tells the memory of a process");
    let next = AtomicUsize::new(0);
    let rounds = [1, AT_ONCE].map(|at_once| {
        service.forget_peak();
        let end = next.load(Ordering::Relaxed) + UPLOADS;
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| {
                    while let Ok(number) = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |number| {
                        (number < end).then_some(number + 1)
                    }) {
                        upload(&service.address, &form(&path, &token, number, SIZE));
                    }
                });
            }
        });
        Round { at_once, idle, loaded: service.memory().unwrap(), took: started.elapsed() }
    });
    page(surroundings, &rounds)
}

fn a_case(service: &Service, token: &str) -> String {
    let body = serde_json::json!({
        "person": {"forename": "Robin", "surname": "Invented", "date_of_birth": "2016-03-04"},
        "received_on": super::data::today(),
        "request_source": "family",
    });
    let mut connection = Connection::open(&service.address).unwrap();
    let status = connection.send(&post("/api/v1/cases", Some(token), None, &body.to_string())).unwrap();
    assert_eq!(status, 201, "{}", connection.body());
    let case: serde_json::Value = serde_json::from_str(&connection.body()).unwrap();
    case["id"].as_str().unwrap().to_owned()
}

/// An upload, whole. Plain text, which is looked at from its beginning to its end; no two are the same.
fn form(path: &str, token: &str, number: usize, size: usize) -> Vec<u8> {
    let mut content = format!("Document {number}\n");
    content.push_str(&"a line of a long report\n".repeat((size - content.len()) / 24));
    content.push_str(&"x".repeat(size - content.len()));
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"report.txt\"\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n"
    );
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

fn upload(address: &str, request: &[u8]) {
    let mut connection = Connection::open(address).unwrap();
    let status = connection.send(request).unwrap();
    assert_eq!(status, 201, "{}", connection.body());
}

fn page(surroundings: &Surroundings, rounds: &[Round]) -> String {
    let mut text = String::from(
        "# Memory while uploading\n\nWritten by the benchmark itself; run it again rather than edit this page:\n\n```sh\ncargo bench --bench load -- --uploads --save\n```\n\n",
    );
    writeln!(
        text,
        "On {}: {UPLOADS} uploads of {} MB of text to the release binary, on loopback and SQLite. *Idle* is what the process had when it had just been started; *at most* is the peak that the kernel saw (`VmHWM`, set back before). {} MB above idle are allowed.\n",
        surroundings.machine(),
        SIZE / 1_000_000,
        ALLOWED / 1_000_000,
    )
    .unwrap();
    text.push_str("| at once | idle, MB | at most, MB | above idle, MB | MB a second | |\n|---|---|---|---|---|---|\n");
    for round in rounds {
        let megabytes = |kibibytes: u32| f64::from(kibibytes) * 1024.0 / 1e6;
        let above = round.above_idle();
        let size = f64::from(u32::try_from(UPLOADS * SIZE).unwrap());
        writeln!(
            text,
            "| {} | {:.1} | {:.1} | {:.1} | {:.0} | {} |",
            round.at_once,
            megabytes(round.idle.now),
            megabytes(round.loaded.peak),
            f64::from(above) / 1e6,
            size / 1e6 / round.took.as_secs_f64(),
            if above <= ALLOWED { "within" } else { "TOO MUCH" },
        )
        .unwrap();
    }
    text
}
