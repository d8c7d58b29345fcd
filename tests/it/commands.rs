//! The command line: the program itself, as an operator starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ehcp_tracker::db::migrate;
use tempfile::TempDir;

use crate::migrations::make_newer;
use crate::support::Backend;
use crate::support::database::Database;

const PASSWORD: &str = "wide green umbrella\n";

/// What a command did.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder, and in it the data of an installation.
pub struct Place {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("ehcp.db").display());
        let data = folder.path().join("data").to_string_lossy().into_owned();
        Self { folder, settings: Vec::new() }.set("EHCP_DATABASE_URL", &url).set("EHCP_DATA_DIR", &data)
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().envs(self.settings.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str], stdin: &str) -> Outcome {
        let mut child = self.command(arguments).spawn().unwrap();
        // A command that reads no input has ended before it is written.
        drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The command fails with this code and one line that says all of this.
    #[track_caller]
    pub fn refuses(&self, code: i32, arguments: &[&str], says: &[&str]) {
        let outcome = self.run(arguments, PASSWORD);
        let lines: Vec<_> = outcome.stderr.lines().collect();
        assert_eq!((outcome.code, lines.len()), (code, 1), "{outcome:?}");
        assert!(lines[0].starts_with("ehcp-tracker: "), "{outcome:?}");
        assert!(says.iter().all(|part| lines[0].contains(part)), "{outcome:?} does not say {says:?}");
    }
}

#[test]
fn a_setting_that_cannot_be_used_stops_the_start_with_its_name() {
    let check = &["serve", "--check"];
    for (name, value, expected) in [
        ("EHCP_LISTEN", "nonsense", "127.0.0.1:8080"),
        ("EHCP_COLOUR", "green", "no such setting"),
        ("EHCP_DATABASE_URL", "mysql://x", "sqlite://PATH"),
        ("EHCP_FIXED_TODAY", "2026-02-30", "YYYY-MM-DD"),
        ("EHCP_JWT_SECRET", "short", "32 bytes"),
        ("EHCP_ENV", "staging", "production"),
        ("EHCP_JOBS", "maybe", "on or off"),
        ("EHCP_DATABASE_POOL", "0", "1 to 200"),
        ("EHCP_AUTHORITY_CODE", "12", "3 digits"),
        ("EHCP_CLAMD_URL", "clamd:3310", "tcp://HOST:PORT"),
        ("EHCP_CLAMD_TIMEOUT_SECONDS", "0", "1 to 600"),
    ] {
        Place::new().set(name, value).refuses(2, check, &[name, expected]);
    }
    let fine = Place::new().run(check, "");
    assert_eq!((fine.code, fine.stdout.as_str()), (0, "the settings can be used\n"));
}

#[test]
fn a_settings_file_is_read_and_the_environment_wins() {
    let place = Place::new();
    let write = |text: &str| std::fs::write(place.folder.path().join("settings.toml"), text).unwrap();
    let check = &["--config", "settings.toml", "serve", "--check"];
    write("EHCP_LISTEN = \"nonsense\"\n");
    place.refuses(2, check, &["EHCP_LISTEN"]);
    write("EHCP_COLOUR = \"green\"\n");
    place.refuses(2, check, &["EHCP_COLOUR"]);
    write("EHCP_LISTEN = \"127.0.0.1:0\"\nEHCP_DATABASE_POOL = 2\n");
    assert_eq!(place.run(check, "").code, 0);
    write("EHCP_DATABASE_URL = \"mysql://x\"\n");
    assert_eq!(place.run(check, "").code, 0);
    write("EHCP_LISTEN = \n");
    place.refuses(2, check, &["settings.toml", "not TOML"]);
    place.refuses(2, &["--config", "nowhere.toml", "serve", "--check"], &["nowhere.toml", "can't be read"]);
}

#[test]
fn production_refuses_what_would_be_careless_there() {
    let check = &["serve", "--check"];
    let production = || {
        let secret = "a secret of this council, long enough to be one";
        Place::new().set("EHCP_ENV", "production").set("EHCP_SMTP_URL", "smtps://mail").set("EHCP_JWT_SECRET", secret)
    };
    assert_eq!(production().run(check, "").code, 0);
    production().set("EHCP_FIXED_TODAY", "2026-01-05").refuses(2, check, &["EHCP_FIXED_TODAY", "production"]);
    let example = "change-me-change-me-change-me-change-me";
    production().set("EHCP_JWT_SECRET", example).refuses(2, check, &["EHCP_JWT_SECRET", "production"]);
    production().set("EHCP_SMTP_URL", "").refuses(2, check, &["EHCP_SMTP_URL", "production"]);
}

#[test]
fn unusable_arguments_exit_with_two() {
    let user = ["user", "add", "--email", "a@example.org", "--name", "A", "--role"];
    for arguments in [vec!["fly"], vec!["serve", "--fast"], [user.as_slice(), &["king"]].concat(), vec!["user", "add"]]
    {
        let outcome = Place::new().run(&arguments, PASSWORD);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(!outcome.stderr.is_empty() && !outcome.stderr.contains("panicked"), "{outcome:?}");
    }
}

#[test]
fn a_database_out_of_reach_is_one_line() {
    let nobody_listens = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://user:hidden-word@{nobody_listens}/ehcp");
    for arguments in [["migrate", "--status"].as_slice(), &["migrate"], &["serve"]] {
        let place = Place::new().set("EHCP_DATABASE_URL", &url).set("EHCP_LISTEN", "127.0.0.1:0");
        place.refuses(1, arguments, &["cannot open the database", "EHCP_DATABASE_URL"]);
        assert!(!place.run(arguments, "").stderr.contains("hidden-word"));
    }
    let place = Place::new().set("EHCP_DATABASE_URL", "sqlite:///dev/null/ehcp.db");
    place.refuses(1, &["migrate"], &["/dev/null", "EHCP_DATABASE_URL"]);
    let place = Place::new();
    std::fs::write(place.folder.path().join("ehcp.db"), "this is a letter to the editor, not a database".repeat(99))
        .unwrap();
    place.refuses(1, &["migrate"], &["ehcp.db", "not a database"]);
}

#[test]
fn a_port_in_use_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new().set("EHCP_LISTEN", &address);
    place.refuses(1, &["serve"], &[&address, "EHCP_LISTEN"]);
    assert!(!place.folder.path().join("ehcp.db").exists(), "a start that fails leaves nothing behind");
}

#[test]
fn a_newer_database_is_refused_on_sqlite() {
    newer_is_refused(Backend::Sqlite);
}

#[test]
fn a_newer_database_is_refused_on_postgres() {
    if Backend::Postgres.is_there() {
        newer_is_refused(Backend::Postgres);
    }
}

fn newer_is_refused(backend: Backend) {
    let database = Database::empty(backend);
    migrate(&database.address()).unwrap();
    make_newer(&database);
    let place = Place::new().set("EHCP_DATABASE_URL", &database.url).set("EHCP_LISTEN", "127.0.0.1:0");
    for arguments in [["migrate"].as_slice(), &["serve"], &USER] {
        place.refuses(1, arguments, &["newer version", "99999999000001"]);
    }
    let status = place.run(&["migrate", "--status"], "");
    assert!(status.code == 0 && status.stdout.ends_with("99999999000001 unknown to this program\n"), "{status:?}");
}

#[test]
fn migrate_tells_what_is_missing_and_does_it() {
    let place = Place::new();
    let status = || place.run(&["migrate", "--status"], "").stdout;
    assert!(status().lines().all(|line| line.ends_with(" pending")), "{}", status());
    let done = place.run(&["migrate"], "");
    assert!(done.code == 0 && done.stdout.contains("migration(s) were run"), "{done:?}");
    assert!(status().lines().all(|line| line.ends_with(" applied")), "{}", status());
    assert!(place.run(&["migrate"], "").stdout.ends_with("is up to date\n"));
}

#[test]
fn many_processes_may_start_on_an_empty_database_at_once() {
    for backend in [Backend::Sqlite, Backend::Postgres].into_iter().filter(|backend| backend.is_there()) {
        let database = Database::empty(backend);
        let place = Place::new().set("EHCP_DATABASE_URL", &database.url);
        let children: Vec<Child> = (0..4).map(|_| place.command(&["migrate"]).spawn().unwrap()).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{backend:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

const USER: [&str; 8] = ["user", "add", "--email", "Nia@Example.org", "--name", "Nia New", "--role", "admin"];

#[test]
fn a_user_is_added_on_sqlite() {
    user_is_added(Backend::Sqlite);
}

#[test]
fn a_user_is_added_on_postgres() {
    if Backend::Postgres.is_there() {
        user_is_added(Backend::Postgres);
    }
}

fn user_is_added(backend: Backend) {
    let database = Database::empty(backend);
    let place = Place::new().set("EHCP_DATABASE_URL", &database.url);
    place.refuses(1, &[USER.as_slice(), &["--organisation", "Nowhere"]].concat(), &["no organisation", "Nowhere"]);
    let added = place.run(&USER, PASSWORD);
    assert_eq!((added.code, added.stderr.as_str()), (0, ""), "{added:?}");
    let id: ehcp_tracker::ids::Id = added.stdout.trim().parse().unwrap();
    place.refuses(1, &USER, &["a user with this e-mail address already"]);

    let running = Serving::start(&place);
    let body = r#"{"email":"nia@example.org","password":"wide green umbrella"}"#;
    let token = running.exchange("POST /api/v1/auth/login", "", body);
    let token = token.split("\"access_token\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert!(running.exchange("GET /api/v1/me", &bearer, "").contains(&id.to_string()));
    for name in ["Health Trust", "Twin", "Twin"] {
        let body = format!(r#"{{"name":"{name}","kind":"health"}}"#);
        assert!(running.exchange("POST /api/v1/organisations", &bearer, &body).starts_with("HTTP/1.1 201"));
    }
    running.stop();

    let adviser = |email, organisation: &[&'static str]| {
        let arguments = ["user", "add", "--email", email, "--name", "Ada", "--role", "adviser"];
        [arguments.as_slice(), organisation].concat()
    };
    place.refuses(1, &adviser("a@example.org", &[]), &["/organisation_id"]);
    place.refuses(1, &adviser("a@example.org", &["--organisation", "Twin"]), &["several organisations", "Twin"]);
    place.refuses(1, &adviser("no address", &["--organisation", "Health Trust"]), &["/email"]);
    assert_eq!(place.run(&adviser("a@example.org", &["--organisation", "Health Trust"]), PASSWORD).code, 0);
    let weak = place.run(&adviser("b@example.org", &["--organisation", "Health Trust"]), "short\n");
    assert!(weak.code == 1 && weak.stderr.contains("12 characters"), "{weak:?}");
    let none = place.run(&adviser("b@example.org", &["--organisation", "Health Trust"]), "");
    assert!(none.code == 1 && none.stderr.contains("standard input"), "{none:?}");
}

#[test]
fn the_document_is_printed_without_a_database() {
    let place = Place::new().set("EHCP_DATABASE_URL", "sqlite:///dev/null/ehcp.db");
    let printed = place.run(&["openapi"], "");
    assert_eq!(printed.code, 0, "{printed:?}");
    assert!(printed.stdout.starts_with("openapi: 3.1") && printed.stdout.contains("/api/v1/auth/login:"));
}

#[test]
fn a_request_in_flight_is_answered_before_the_service_stops() {
    let place = Place::new();
    let running = Serving::start(&place);
    let body = r#"{"email":"nobody@example.org","password":"not the password"}"#;
    let (head, tail) = body.split_at(20);
    let mut connection = TcpStream::connect(&running.address).unwrap();
    let length = body.len();
    let start = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{head}"
    );
    connection.write_all(start.as_bytes()).unwrap();
    // Until the service has taken the request in hand; a request that it has not seen is not in flight.
    std::thread::sleep(Duration::from_millis(300));
    running.signal("TERM");
    std::thread::sleep(Duration::from_millis(2500));
    connection.write_all(tail.as_bytes()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = [0; 4096];
    let read = connection.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_credentials"), "{answer}");
    drop(connection);
    assert_eq!(running.ended(), 0);
}

/// The service as a process.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["serve"]);
        command.env("EHCP_LISTEN", "127.0.0.1:0");
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("\"serving\"") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the service did not start");
        }
        // The log goes on: a full pipe would stop the service.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = event["fields"]["address"].as_str().unwrap().to_owned();
        Self { child, address }
    }

    fn exchange(&self, what: &str, headers: &str, body: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let request = format!(
            "{what} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    fn ended(mut self) -> i32 {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the service did not stop within 20 seconds");
    }

    fn stop(self) {
        self.signal("TERM");
        assert_eq!(self.ended(), 0);
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
