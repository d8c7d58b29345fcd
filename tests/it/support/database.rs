//! A database of its own for every test, copied from a template that is made once a run.
//!
//! SQLite is a file. PostgreSQL is a private server, started from whatever installed binaries are found, on a socket in a
//! folder of its own. The statics of a test binary are never dropped, so the server is the child of a small shell that
//! waits for this process to end, however it ends, and then stops the server and removes the folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use ehcp_tracker::db::{DatabaseUrl, Db, migrate};
use tempfile::TempDir;

use super::personas;

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
            Backend::Postgres => Self::create(server().unwrap().template()),
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
            Some(binaries) => Some(Server::start(&binaries)),
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

/// The folder with `initdb` and `postgres`: the newest there is.
fn find_binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    let version = |folder: &PathBuf| {
        folder.parent().and_then(|folder| folder.file_name()?.to_str()?.parse::<u32>().ok()).unwrap_or(0)
    };
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    if let Ok(said) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()));
    }
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Whom the server runs as: it refuses root, so then another user that is there already.
fn unprivileged() -> Option<(u32, u32)> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

#[derive(Debug)]
struct Server {
    sockets: PathBuf,
    admin: Mutex<Option<Admin>>,
    /// Its standard input is what keeps the server running.
    _keeper: Child,
    template: OnceLock<String>,
}

/// A connection that can be debugged.
struct Admin(PgConnection);

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Admin")
    }
}

/// Makes and starts the cluster, tells the server's process id, and stops it when standard input ends. A signal from the
/// terminal reaches the tests too, whose end is what counts.
const KEEPER: &str = r#"
trap '' INT HUP TERM
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$2/log" 2>&1 || { cat "$2/log" >&2; rm -rf "$2"; exit 1; }
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=400 -c shared_buffers=64MB -c autovacuum=off >>"$2/log" 2>&1 </dev/null &
server=$!
echo "$server"
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

impl Server {
    fn start(binaries: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("ehcp-pg-").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(binaries).arg(&folder).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if fs::metadata(&folder).unwrap().uid() == 0 {
            let (user, group) = unprivileged().expect("a user that is not root, for PostgreSQL to run as");
            chown(&folder, Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let mut keeper = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        said.trim().parse::<u32>().expect("initdb made a cluster and postgres was started");
        let server = Self { sockets: folder, admin: Mutex::default(), _keeper: keeper, template: OnceLock::new() };
        let started = Instant::now();
        let admin = loop {
            match PgConnection::establish(&server.url("postgres")) {
                Ok(admin) => break admin,
                Err(fault) if started.elapsed() > Duration::from_secs(60) => {
                    let log = fs::read_to_string(server.sockets.join("log")).unwrap_or_default();
                    panic!("the private PostgreSQL server does not answer: {fault}\n{log}")
                }
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        *server.admin.lock().unwrap() = Some(Admin(admin));
        server
    }

    fn url(&self, name: &str) -> String {
        format!("postgres:///{name}?host={}&user=postgres", self.sockets.display())
    }

    fn execute(&self, sql: &str) {
        let mut admin = self.admin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        admin.as_mut().unwrap().0.batch_execute(sql).unwrap();
    }

    fn template(&self) -> &str {
        self.template.get_or_init(|| {
            self.execute("CREATE DATABASE made_once TEMPLATE template0");
            drop(fill(&self.url("made_once")));
            // A template must have no connections; that of a log may take a moment to close.
            self.execute("ALTER DATABASE made_once ALLOW_CONNECTIONS false");
            self.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'made_once'");
            "made_once".to_owned()
        })
    }
}
