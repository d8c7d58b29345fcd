//! The service as it runs in production, on a free port, with a database and a data folder of its own.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use diesel::connection::SimpleConnection;
use ehcp_tracker::app::App;
use ehcp_tracker::config::{Settings, Source};
use ehcp_tracker::db::Db;
use ehcp_tracker::http;
use serde_json::Value;
use tempfile::TempDir;
use ureq::RequestBuilder;

use super::database::{Backend, Database};
use super::logs;
use super::personas::{self, Persona};

/// The day on which a test begins unless it says another: a Monday.
pub const FIRST_DAY: &str = "2026-01-05";

/// Signs the access tokens of every test.
pub const JWT_SECRET: &str = "a secret of the tests, and of nothing else";

/// The service, running.
#[derive(Debug)]
pub struct TestApp {
    settings: Mutex<HashMap<String, String>>,
    base: Arc<Base>,
    people: Mutex<HashMap<String, Persona>>,
    /// Where in the log of the run this service's begins.
    logged_from: AtomicUsize,
    // In this order: the server lets go of the database before it is dropped.
    server: Mutex<Option<Server>>,
    database: Database,
    data_dir: TempDir,
}

impl TestApp {
    /// Runs a test on a database; says so and does nothing where there is no such database.
    pub fn run_on(backend: Backend, test: impl FnOnce(&Self)) {
        if backend.is_there() {
            test(&Self::on(backend, FIRST_DAY));
        }
    }

    /// Starts the service on a copy of the template, on a day of casework.
    pub fn on(backend: Backend, day: &str) -> Self {
        Self::with(backend, day, &[])
    }

    /// Starts the service with further settings.
    pub fn with(backend: Backend, day: &str, settings: &[(&str, &str)]) -> Self {
        let database = Database::from_template(backend);
        let data_dir = tempfile::tempdir().unwrap();
        let mut all: HashMap<String, String> = HashMap::new();
        all.insert("EHCP_DATABASE_URL".into(), database.url.clone());
        all.insert("EHCP_DATA_DIR".into(), data_dir.path().to_string_lossy().into_owned());
        all.insert("EHCP_JWT_SECRET".into(), JWT_SECRET.into());
        all.insert("EHCP_FIXED_TODAY".into(), day.into());
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let logged_from = AtomicUsize::new(logs::mark());
        let (server, address) = Server::start(&all);
        Self {
            logged_from,
            settings: Mutex::new(all),
            base: Base::at(&address),
            people: Mutex::default(),
            server: Mutex::new(Some(server)),
            database,
            data_dir,
        }
    }

    /// Goes on with the same data on another day of casework: the service is started anew, people stay signed in.
    pub fn on_day(&self, day: &str) {
        self.with_setting("EHCP_FIXED_TODAY", day);
    }

    /// Goes on with the same data and another setting: the service is started anew, people stay signed in.
    pub fn with_setting(&self, name: &str, value: &str) {
        let settings = {
            let mut settings = self.settings.lock().unwrap();
            settings.insert(name.into(), value.into());
            settings.clone()
        };
        let mut running = self.server.lock().unwrap();
        drop(running.take());
        let (server, address) = Server::start(&settings);
        *self.base.address.lock().unwrap() = address;
        *running = Some(server);
    }

    /// The settings that the service was last started with.
    pub fn settings(&self) -> HashMap<String, String> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another process on the same data: what runs without a request, and what a second replica is.
    pub fn process(&self) -> App {
        self.process_with(&self.settings())
    }

    /// The same, with settings of its own.
    pub fn process_with(&self, settings: &HashMap<String, String>) -> App {
        let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        App::new(Settings::read(Source::from_pairs(pairs)).unwrap()).unwrap()
    }

    /// Where the service listens.
    pub fn address(&self) -> String {
        let address = self.base.address.lock().unwrap_or_else(PoisonError::into_inner);
        address.strip_prefix("http://").unwrap().to_owned()
    }

    /// Where the service keeps its files.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// A request of somebody who has not signed in.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(&self.base, method, path)
    }

    /// Which database it runs on.
    pub fn backend(&self) -> Backend {
        if self.settings()["EHCP_DATABASE_URL"].starts_with("sqlite") { Backend::Sqlite } else { Backend::Postgres }
    }

    /// The database behind the service's back: to make a state that time alone would make.
    pub fn db(&self) -> Db {
        self.database.open()
    }

    /// Runs SQL behind the service's back.
    pub fn execute(&self, sql: &str) {
        self.db().write(|tx| Ok(tx.batch_execute(sql)?)).unwrap();
    }

    /// Makes requests at once that really race: the rows that `held` updates are held until all have begun.
    pub fn at_once<T: Send>(&self, held: &str, requests: usize, request: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let request = &request;
        std::thread::scope(|scope| {
            let begun = self.db().write(|tx| {
                tx.batch_execute(held)?;
                let threads: Vec<_> = (0..requests).map(|n| scope.spawn(move || request(n))).collect();
                std::thread::sleep(Duration::from_millis(300));
                Ok(threads)
            });
            begun.unwrap().into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    /// Somebody by name, signed in at the first call.
    pub fn persona(&self, name: &str) -> Persona {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let sign_in = || Persona::sign_in(&self.base, &personas::email_of(name), personas::PASSWORD);
        people.entry(name.to_owned()).or_insert_with(sign_in).clone()
    }

    /// Signs somebody in once more: a session of its own.
    pub fn sign_in(&self, email: &str, password: &str) -> Persona {
        Persona::sign_in(&self.base, email, password)
    }

    /// Looks through the log from here on only.
    pub fn forget_logs(&self) {
        self.logged_from.store(logs::mark(), Ordering::Relaxed);
    }

    /// Whether somebody of this name has signed in before.
    pub fn knows(&self, name: &str) -> bool {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

impl Drop for TestApp {
    /// Every test ends with a look through the log for what it has entered about people.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_nothing_personal_was_logged(self.logged_from.load(Ordering::Relaxed));
        }
    }
}

/// Where the service is, and the client that talks to it.
#[derive(Debug)]
pub struct Base {
    address: Mutex<String>,
    agent: ureq::Agent,
}

impl Base {
    /// The service at this address.
    pub fn at(address: &str) -> Arc<Self> {
        Arc::new(Self { address: Mutex::new(address.to_owned()), agent: agent() })
    }
}

fn agent() -> ureq::Agent {
    // A client that keeps no connection can't trip over one that a restart has closed.
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        // A redirection is an answer for the test to judge.
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(60)))
        .max_idle_connections(0)
        .build()
        .new_agent()
}

#[derive(Debug)]
struct Server {
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(settings: &HashMap<String, String>) -> (Self, String) {
        let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let settings = Settings::read(Source::from_pairs(pairs)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (started, starting) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = http::start(App::new(settings).unwrap(), listener, 1).unwrap();
                started.send((running.handle(), running.address)).unwrap();
                running.server.await.unwrap();
            });
        });
        let (handle, address) = starting.recv().expect("the service starts");
        (Self { handle, thread: Some(thread) }, format!("http://{address}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order to stop is given by the call itself; waiting for it is waiting for the thread.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the service panicked");
        }
    }
}

/// A request in the making.
#[derive(Debug)]
pub struct Request {
    base: Arc<Base>,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// `path` is below `/api/v1`, unless it begins with that already or with `//`, which stands for the root.
    pub fn new(base: &Arc<Base>, method: &str, path: &str) -> Self {
        let path = match path.strip_prefix("//") {
            Some(rest) => format!("/{rest}"),
            None if path.starts_with("/api/v1/") => path.to_owned(),
            None => format!("/api/v1{path}"),
        };
        Self { base: Arc::clone(base), method: method.to_owned(), path, headers: Vec::new(), body: None }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn if_match(self, etag: &str) -> Self {
        self.header("If-Match", etag)
    }

    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// A body as it is.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    pub fn send(self) -> Response {
        let url = format!("{}{}", self.base.address.lock().unwrap(), self.path);
        let agent = &self.base.agent;
        let headers = &self.headers;
        let sent = match (self.method.as_str(), self.body) {
            ("GET", None) => with(agent.get(url), headers).call(),
            ("HEAD", None) => with(agent.head(url), headers).call(),
            ("DELETE", None) => with(agent.delete(url), headers).call(),
            ("DELETE", Some(body)) => with(agent.delete(url).force_send_body(), headers).send(body),
            ("POST", body) => with(agent.post(url), headers).send(body.unwrap_or_default()),
            ("PUT", body) => with(agent.put(url), headers).send(body.unwrap_or_default()),
            ("PATCH", body) => with(agent.patch(url), headers).send(body.unwrap_or_default()),
            (method, _) => panic!("the tests send no {method} of this kind"),
        };
        let mut answer = sent.unwrap_or_else(|fault| panic!("{} {}: {fault}", self.method, self.path));
        let bytes = answer.body_mut().with_config().limit(200_000_000).read_to_vec().unwrap();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Response {
            asked: format!("{} {}", self.method, self.path),
            status: answer.status().as_u16(),
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
            headers,
            etag: String::new(),
        }
        .with_etag()
    }
}

fn with<Any>(request: RequestBuilder<Any>, headers: &[(String, String)]) -> RequestBuilder<Any> {
    headers.iter().fold(request, |request, (name, value)| request.header(name, value))
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    asked: String,
    pub status: u16,
    /// The `ETag`, or an empty text.
    pub etag: String,
    /// The body as JSON; null where it is not.
    pub json: Value,
    pub bytes: Vec<u8>,
    headers: HashMap<String, String>,
}

impl Response {
    fn with_etag(mut self) -> Self {
        self.etag = self.header("etag").unwrap_or_default().to_owned();
        self
    }

    /// The answer, if it has this status; otherwise the test fails and shows what it has.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// The problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.code(), code, "{}: {}", answer.asked, answer.text());
        answer
    }

    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The pointers and codes of all faults, in order.
    pub fn faults(&self) -> Vec<(&str, &str)> {
        let all = self.json["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().map(|f| (f["pointer"].as_str().unwrap_or("?"), f["code"].as_str().unwrap_or("?"))).collect()
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The id of the thing that was answered.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap_or_else(|| panic!("{}: {}", self.asked, self.text())).to_owned()
    }
}
