//! Other processes of the service, which can be killed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::TestApp;

/// A second replica of the service, in a process of its own that can be killed.
pub struct Replica {
    child: Child,
    pub address: String,
}

impl Replica {
    pub fn start(app: &TestApp) -> Self {
        Self::with(app, &[])
    }

    /// With settings of its own.
    pub fn with(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = spawn(app, &["serve"], &[settings, &[("EHCP_LISTEN", &address)]].concat());
        let replica = Self { child, address };
        // It listens before it has looked at its database.
        within("ready", || {
            let Ok(mut connection) = TcpStream::connect(&replica.address) else { return false };
            connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
        });
        replica
    }

    /// As `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Starts the program on the data of a test.
pub fn spawn(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"));
    command.args(arguments).env_clear().envs(app.settings()).envs(settings.iter().copied());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until something is so.
#[track_caller]
pub fn within(what: &str, so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(30), "not {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
