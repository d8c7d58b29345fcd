//! A database of its own for every test, copied from a template that is made once a run.
//!
//! SQLite is a file. PostgreSQL is a private server, one for all tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ehcp_tracker::db::{DatabaseUrl, Db, migrate};
use tempfile::TempDir;

use super::personas;
use super::postgres::{Server, find_binaries};

/// What a test's server does without: nothing of it is needed after a power cut.
const FAST: [&str; 6] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=400",
    "shared_buffers=64MB",
    "autovacuum=off",
];

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// Whether it is there. Without PostgreSQL its half of the tests is skipped, and said to be, unless
    /// `TEST_REQUIRE_POSTGRES=1` asks for it.
    pub fn is_there(self) -> bool {
        self == Self::Sqlite || server().is_some()
    }
}

/// A database; dropped, it is gone.
#[derive(Debug)]
pub struct Database {
    pub url: String,
    name: Option<String>,
    _folder: Option<TempDir>,
}

impl Database {
    /// A copy of the template: migrated, and with the users of [`personas`].
    pub fn from_template(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let database = Self::empty(backend);
                let file = database.url.strip_prefix("sqlite://").unwrap();
                fs::copy(sqlite_template(), file).unwrap();
                database
            }
            Backend::Postgres => Self::create(postgres_template()),
        }
    }

    /// An empty database: on SQLite a file that is not there yet.
    pub fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("ehcp.db").display());
                Self { url, name: None, _folder: Some(folder) }
            }
            Backend::Postgres => Self::create("template0"),
        }
    }

    /// A copy of an SQLite database that another process has open, made by SQLite itself.
    pub fn copy_of(file: &Path, to: &Path) -> PathBuf {
        let from = Db::open(&format!("sqlite://{}", file.display()).parse().unwrap(), 1).unwrap();
        from.copy_to(to).unwrap().unwrap();
        to.to_owned()
    }

    fn create(template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = server().unwrap();
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        server.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url: server.url(&name), name: Some(name), _folder: None }
    }

    /// The address as the service takes it.
    pub fn address(&self) -> DatabaseUrl {
        self.url.parse().unwrap()
    }

    /// Opens it.
    pub fn open(&self) -> Db {
        Db::open(&self.address(), 2).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (&self.name, server()) {
            server.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Migrates a database and adds the users that every test can sign in as.
fn fill(url: &str) -> Db {
    let address: DatabaseUrl = url.parse().unwrap();
    migrate(&address).unwrap();
    personas::add_to(url);
    Db::open(&address, 1).unwrap()
}

fn sqlite_template() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        // Under the build folder, where nobody minds that it outlives the run; each run makes it anew.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = folder.join(format!("template-{}.db", std::process::id()));
        for old in fs::read_dir(folder).unwrap().flatten() {
            let hour = Duration::from_secs(3600);
            let aged = old
                .metadata()
                .and_then(|data| data.modified())
                .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > hour));
            if aged && old.file_name().to_string_lossy().starts_with("template-") {
                drop(fs::remove_file(old.path()));
            }
        }
        drop(fs::remove_file(&file));
        let making = tempfile::tempdir().unwrap();
        let db = fill(&format!("sqlite://{}", making.path().join("template.db").display()));
        db.copy_to(&file).unwrap().unwrap();
        file
    })
}

/// The private server of this run, if PostgreSQL is installed.
fn server() -> Option<&'static Server> {
    static STARTED: OnceLock<Option<Server>> = OnceLock::new();
    STARTED
        .get_or_init(|| match find_binaries() {
            Some(binaries) => Some(Server::start(&binaries, &FAST)),
            None if std::env::var_os("TEST_REQUIRE_POSTGRES").is_some_and(|value| value == "1") => {
                panic!("TEST_REQUIRE_POSTGRES=1, but no PostgreSQL server is installed: initdb and postgres were looked for in PATH, in /usr/lib/postgresql/*/bin and where pg_config says")
            }
            None => {
                // Written past the test runner, which keeps what a test prints to itself.
                let said = "\nno PostgreSQL server is installed: the PostgreSQL half of the tests is SKIPPED\n";
                std::io::stderr().write_all(said.as_bytes()).unwrap();
                None
            }
        })
        .as_ref()
}

fn postgres_template() -> &'static str {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let server = server().unwrap();
        server.execute("CREATE DATABASE made_once TEMPLATE template0");
        drop(fill(&server.url("made_once")));
        // A template must have no connections; that of a log may take a moment to close.
        server.execute("ALTER DATABASE made_once ALLOW_CONNECTIONS false");
        server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'made_once'");
    });
    "made_once"
}
