//! The release binary: run for a command, or running as a service on loopback.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::Connection;
use super::data;

/// The program under measurement.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_ehcp-tracker");

/// Whom a password lets in.
pub const PASSWORD: &str = "something to measure with";

/// How long anything that starts may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The settings of a measurement.
pub fn settings(url: &str, folder: &Path) -> [(String, String); 4] {
    [
        ("EHCP_DATABASE_URL", url.to_owned()),
        ("EHCP_DATA_DIR", folder.join("data").to_string_lossy().into_owned()),
        ("EHCP_JWT_SECRET", "a secret of the benchmark, and of nothing else".to_owned()),
        ("EHCP_FIXED_TODAY", data::today().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// The program with the settings of a measurement, and with no others.
pub fn program(url: &str, folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear();
    command.envs(settings(url, folder));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A child that does not outlive this process, however that ends: a small shell waits for its own standard input to end
/// and then ends the child.
#[derive(Debug)]
struct Owned {
    child: Child,
    keeper: Child,
}

impl Owned {
    fn spawn(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", "trap '' INT HUP TERM; read -r _; kill -KILL \"$1\"", "keeper", &child.id().to_string()]);
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child, keeper: keeper.spawn().unwrap() }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // The keeper first: the child's number may soon be another's. Either may have ended by itself.
        drop(self.keeper.kill());
        drop(self.keeper.wait());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Adds the people who work on the cases.
pub fn add_users(url: &str, folder: &Path) {
    for email in data::CASEWORKERS {
        add_user(url, folder, &["--role", "caseworker", "--email", email, "--name", email]);
    }
}

/// Adds the manager, and the adviser of the organisation that has a work list.
pub fn add_manager_and_adviser(url: &str, folder: &Path) {
    add_user(url, folder, &["--role", "manager", "--email", data::MANAGER, "--name", data::MANAGER]);
    let adviser = ["--role", "adviser", "--email", data::ADVISER, "--name", data::ADVISER, "--organisation"];
    add_user(url, folder, &[&adviser[..], &[data::ORGANISATION]].concat());
}

/// Adds somebody; `who` is what the command takes beside the password.
pub fn add_user(url: &str, folder: &Path, who: &[&str]) {
    let mut command = program(url, folder);
    command.args(["user", "add"]).args(who);
    let mut child = Owned::spawn(command.stdin(Stdio::piped()).stderr(Stdio::inherit()));
    writeln!(child.child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.child.wait().unwrap().success(), "`user add` failed");
}

/// Takes a sheet over; answers how long it took and the most memory it had.
pub fn import(url: &str, folder: &Path, sheet: &Path) -> (Duration, Option<Memory>) {
    let started = Instant::now();
    let mut command = program(url, folder);
    command.args(["import", "cases"]).arg(sheet).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    let mut child = Owned::spawn(&mut command);
    let mut memory = None;
    loop {
        memory = Memory::of(child.child.id()).or(memory);
        if let Some(status) = child.child.try_wait().unwrap() {
            assert!(status.success(), "the import failed");
            return (started.elapsed(), memory);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Memory of a process, in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// What it has now.
    pub now: u32,
    /// The most it has had.
    pub peak: u32,
}

impl Memory {
    /// As the kernel tells it; none where it does not, and of a process that has ended.
    fn of(process: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let field = |name: &str| {
            status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
        };
        Some(Self { now: field("VmRSS:")?, peak: field("VmHWM:")? })
    }
}

/// The service, running.
#[derive(Debug)]
pub struct Service {
    child: Owned,
    /// Where it listens.
    pub address: String,
    /// From the start of the process until it said that it is ready.
    pub ready_after: Duration,
}

impl Service {
    /// Starts it and waits until it is ready.
    pub fn start(url: &str, folder: &Path) -> Self {
        Self::start_with(url, folder, &[])
    }

    /// Starts it without what it does by itself beside the requests, such as sending the mails that they queue.
    pub fn start_without_jobs(url: &str, folder: &Path) -> Self {
        Self::start_with(url, folder, &[("EHCP_JOBS", "off")])
    }

    fn start_with(url: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = program(url, folder);
        command.arg("serve").env("EHCP_LISTEN", &address).envs(settings.iter().copied());
        let started = Instant::now();
        let mut child = Owned::spawn(&mut command);
        loop {
            let ready = Connection::open(&address).and_then(|mut connection| connection.send(&get("/readyz", None)));
            if ready.is_ok_and(|status| status == 200) {
                return Self { child, address, ready_after: started.elapsed() };
            }
            if let Some(status) = child.child.try_wait().unwrap() {
                panic!("the service ended at once: {status}");
            }
            assert!(started.elapsed() < PATIENCE, "the service is not ready after {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets the peak of its memory begin anew from what it has now (proc(5), `clear_refs`).
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.child.id()), "5").unwrap();
    }

    /// Seconds of the processor that it has used.
    pub fn processor(&self) -> f64 {
        processor(&self.child.child.id().to_string())
    }

    /// Waits until it has done nothing for a second: what it does by itself at its start is over.
    pub fn calm_down(&self) {
        let started = Instant::now();
        let mut used = -1.0;
        while used < self.processor() {
            assert!(started.elapsed() < PATIENCE, "the service is not calm after {PATIENCE:?}");
            used = self.processor();
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Its memory.
    pub fn memory(&self) -> Option<Memory> {
        Memory::of(self.child.child.id())
    }

    /// Signs the first caseworker in; answers the access token.
    pub fn sign_in(&self) -> String {
        self.sign_in_as(data::CASEWORKERS[0])
    }

    /// Signs somebody in; answers the access token.
    pub fn sign_in_as(&self, email: &str) -> String {
        sign_in(&self.address, email, PASSWORD)
    }
}

/// How many ticks of the processor's clock Linux counts in a second.
const TICKS: f64 = 100.0;

/// Seconds of the processor that a process has used, or `self`.
pub fn processor(process: &str) -> f64 {
    let said = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = said.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
}

/// Signs somebody in to a service that listens there; answers the access token.
pub fn sign_in(address: &str, email: &str, password: &str) -> String {
    let mut connection = Connection::open(address).unwrap();
    let body = serde_json::json!({"email": email, "password": password});
    let status = connection.send(&post("/api/v1/auth/login", None, None, &body.to_string())).unwrap();
    assert_eq!(status, 200, "signing in: {}", connection.body());
    let tokens: serde_json::Value = serde_json::from_str(&connection.body()).unwrap();
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// A GET, whole.
pub fn get(path: &str, token: Option<&str>) -> Vec<u8> {
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{token}\r\n").into_bytes()
}

/// A POST, whole; `version` is what the caller last saw.
pub fn post(path: &str, token: Option<&str>, version: Option<&str>, body: &str) -> Vec<u8> {
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let version = version.map(|version| format!("If-Match: \"{version}\"\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{token}{version}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
