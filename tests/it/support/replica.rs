//! A second replica of the service, in a process of its own that can be killed.

use std::collections::HashMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Persona, TestApp};

/// A replica, running.
#[derive(Debug)]
pub struct Replica {
    child: Child,
    /// Where it listens, as `HOST:PORT`.
    pub address: String,
}

impl Replica {
    /// Starts one on the data of a test and waits until it is ready.
    pub fn start(app: &TestApp) -> Self {
        Self::start_with(&app.settings())
    }

    /// The same with further settings.
    pub fn with(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        let mut all = app.settings();
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::start_with(&all)
    }

    /// The same with settings of its own.
    pub fn start_with(settings: &HashMap<String, String>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"));
        command.arg("serve").env_clear().envs(settings);
        Self::of(command)
    }

    /// The same by a command that ends in the program, in whatever surroundings it makes for it.
    pub fn of(mut command: Command) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        command.env("EHCP_LISTEN", &address).stdout(Stdio::null()).stderr(Stdio::null());
        let replica = Self { child: command.spawn().unwrap(), address };
        // It listens before it has looked at its database.
        within("ready", || replica.ask("GET", "/readyz", None, &[], None).is_some_and(|answer| answer.status == 200));
        replica
    }

    /// Sends a request; `None` where no whole answer comes.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        who: Option<&Persona>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<Answer> {
        let mut headers: Vec<(&str, String)> =
            headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        if let Some(who) = who {
            headers.push(("Authorization", format!("Bearer {}", who.access_token)));
        }
        let url = format!("http://{}{path}", self.address);
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        let sent = match (method, body) {
            ("GET", _) => {
                headers.iter().fold(agent.get(url), |request, (name, value)| request.header(*name, value)).call()
            }
            (_, body) => headers
                .iter()
                .fold(agent.post(url), |request, (name, value)| request.header(*name, value))
                .header("Content-Type", "application/json")
                .send(body.map(Value::to_string).unwrap_or_default()),
        };
        let mut answer = sent.ok()?;
        let bytes = answer.body_mut().with_config().limit(200_000_000).read_to_vec().ok()?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Some(Answer {
            status: answer.status().as_u16(),
            etag: header("etag").unwrap_or_default(),
            retry_after: header("retry-after"),
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        })
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// As `kill -9` does.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the program on the data of a test.
pub fn spawn(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"));
    command.args(arguments).env_clear().envs(app.settings()).envs(settings.iter().copied());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// An answer of a replica.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub etag: String,
    pub retry_after: Option<String>,
    pub json: Value,
}

/// Waits until something is so; the test fails where it is not after half a minute.
#[track_caller]
pub fn within(what: &str, so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(30), "not {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
