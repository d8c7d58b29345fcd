//! How fast the service is beside the database it stands on: `cargo bench --bench load`.
//!
//! A database of generated cases is filled by the program's own import. Then the release binary answers on loopback, and
//! beside it, in the same run, the statements that it sends run raw. `/healthz` shows what HTTP alone allows. From both
//! comes the limit of a service that did nothing but hand statements through: `1 / (1/raw + 1/healthz)`.
//!
//! Every repetition has fresh copies of the database, so that what one measurement wrote does not slow the next; service
//! and raw take turns, since a shared machine is not equally fast all the time. Nothing here judges a time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that finds something else than it expects stops"
)]
#![expect(clippy::disallowed_methods, reason = "where the installed programs are is told by the environment")]

mod access;
mod capture;
mod cases;
mod client;
mod data;
mod print;
mod raw;
mod report;
mod service;
mod uploads;

#[path = "../../tests/it/support/postgres.rs"]
mod postgres;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use capture::{Statements, capture};
use cases::{Case, Caseload};
use client::{Sample, drive};
use data::Dice;
use postgres::{Server, find_binaries};
use raw::{Pgbench, RawSample, measure_sqlite};
use service::{Memory, Service, get, post};

/// How often everything is measured.
const REPETITIONS: usize = 3;

/// How often the service is started, to see how long that takes.
const STARTS: usize = 5;

/// The page that a caseworker would look at first.
const LIST: &str = "/api/v1/cases?status=overdue&limit=50";

/// Measures the service on a caseload, beside its databases without it.
#[derive(Debug, Parser)]
#[command(name = "load", bin_name = "cargo bench --bench load --")]
struct Options {
    /// On which database.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// How many cases there are.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1000..=1_000_000))]
    cases: u32,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How many connections ask at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    clients: u16,
    /// Measures what uploads take of memory, and nothing else.
    #[arg(long)]
    uploads: bool,
    /// Measures what the record of who read what costs a case reading, and nothing else.
    #[arg(long)]
    access_record: bool,
    /// Writes docs/performance.md, or docs/uploads.md.
    #[arg(long)]
    save: bool,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
    Both,
}

/// The most connections of the private server: those of pgbench, the service and the benchmark itself.
const SERVER: [&str; 6] = [
    "max_connections=120",
    // What the service sends is read from here. Nothing is logged but while that happens.
    "logging_collector=on",
    "log_destination=csvlog",
    "log_directory=..",
    "log_filename=statements",
    "log_rotation_size=0",
];

/// What was measured on one database.
#[derive(Debug)]
struct Measured {
    /// Its name and version.
    database: String,
    /// How many statements requests take, where that could be seen.
    statements: Option<String>,
    import: Duration,
    import_memory: Option<Memory>,
    starts: Vec<Duration>,
    idle: Vec<Memory>,
    loaded: Vec<Memory>,
    rounds: Vec<Round>,
}

/// One repetition.
#[derive(Debug, Clone, Copy)]
struct Round {
    health: Sample,
    read: Sample,
    list: Sample,
    decision: Sample,
    raw: Option<RawSample>,
}

fn main() {
    let options = Options::parse();
    let surroundings = report::Surroundings::look();
    remove_left_behind(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let folder = tempfile::Builder::new().prefix("load-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if options.uploads {
        let text = uploads::measure(folder.path(), &surroundings);
        print(&text, options.save.then_some("docs/uploads.md"));
        return;
    }
    let sheet = folder.path().join("cases.csv");
    data::write_sheet(&sheet, usize::try_from(options.cases).unwrap());
    let binaries = find_binaries();
    let server = binaries.as_deref().map(|binaries| Server::start(binaries, &SERVER));
    let bench = Bench {
        options: &options,
        folder: folder.path(),
        sheet: &sheet,
        server: server.as_ref().zip(binaries.as_deref()),
    };
    if options.access_record {
        print(&bench.access_record(), None);
        return;
    }
    let measured = match (options.database, bench.server) {
        (Which::Sqlite, _) => vec![bench.sqlite()],
        (Which::Postgres, Some(_)) => vec![bench.postgres()],
        (Which::Both, Some(_)) => vec![bench.sqlite(), bench.postgres()],
        (Which::Postgres | Which::Both, None) => {
            eprintln!(
                "no PostgreSQL server is installed: initdb, postgres and pgbench are needed; --database sqlite does without"
            );
            std::process::exit(1);
        }
    };
    let text = report::write(&options, &surroundings, &measured);
    print(&text, options.save.then_some("docs/performance.md"));
}

fn print(text: &str, save_to: Option<&str>) {
    println!("{text}");
    if let Some(name) = save_to {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        fs::write(&file, text).unwrap();
        println!("written to {}", file.display());
    }
}

/// Removes what a run that was killed has left: a gigabyte is too much to stay.
fn remove_left_behind(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let hour = Duration::from_secs(3600);
        let aged =
            entry.metadata().and_then(|data| data.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > hour));
        if aged && entry.path().is_dir() && entry.file_name().to_string_lossy().starts_with("load-") {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// What all measurements share.
#[derive(Debug)]
struct Bench<'a> {
    options: &'a Options,
    folder: &'a Path,
    sheet: &'a Path,
    server: Option<(&'a Server, &'a Path)>,
}

impl Bench<'_> {
    fn span(&self) -> Duration {
        Duration::from_secs(self.options.seconds)
    }

    /// What the record of readings costs, on each database that is asked for.
    fn access_record(&self) -> String {
        let how = (usize::from(self.options.clients), self.span());
        let mut text = String::new();
        if self.options.database != Which::Postgres {
            let base = self.folder.join("base.db");
            self.fill(&format!("sqlite://{}", base.display()));
            let mut conn = SqliteConnection::establish(&base.to_string_lossy()).unwrap();
            let caseload = Caseload::of(&mut conn);
            conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
            drop(conn);
            let copy = |name: &str| {
                for end in ["", "-wal", "-shm"] {
                    drop(fs::remove_file(self.folder.join(format!("{name}{end}"))));
                }
                let file = self.folder.join(name);
                fs::copy(&base, &file).unwrap();
                format!("sqlite://{}", file.display())
            };
            text.push_str(&access::measure("SQLite", self.folder, &caseload, how, copy));
        }
        if let (Which::Postgres | Which::Both, Some((server, _))) = (self.options.database, self.server) {
            server.execute("CREATE DATABASE base");
            let url = server.url("base");
            self.fill(&url);
            let mut conn = PgConnection::establish(&url).unwrap();
            conn.batch_execute("VACUUM (ANALYZE)").unwrap();
            let caseload = Caseload::of(&mut conn);
            drop(conn);
            let copy = |name: &str| {
                server.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'base'");
                server.execute(&format!("CREATE DATABASE {name} TEMPLATE base"));
                server.url(name)
            };
            text.push_str(&access::measure("PostgreSQL", self.folder, &caseload, how, copy));
        }
        text
    }

    fn sqlite(&self) -> Measured {
        let base = self.folder.join("base.db");
        let url = format!("sqlite://{}", base.display());
        let (import, import_memory) = self.fill(&url);
        let mut conn = SqliteConnection::establish(&base.to_string_lossy()).unwrap();
        let database = report::version(&mut conn, "SQLite", "SELECT sqlite_version() AS version");
        let caseload = Caseload::of(&mut conn);
        // Whatever is still in the log goes into the file that is copied.
        conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
        drop(conn);
        // Only PostgreSQL logs what the service sends, so that it is asked about a small database of its own.
        let statements = self.server.map(|(server, _)| {
            server.execute("CREATE DATABASE small");
            let small = self.folder.join("small.csv");
            data::write_sheet(&small, 1000);
            let url = server.url("small");
            service::add_users(&url, self.folder);
            service::import(&url, self.folder, &small);
            let mut conn = PgConnection::establish(&url).unwrap();
            let caseload = Caseload::of(&mut conn);
            drop(conn);
            server.execute("CREATE DATABASE capture TEMPLATE small");
            let statements = capture(server, self.folder, &caseload);
            server.execute("DROP DATABASE capture WITH (FORCE)");
            server.execute("DROP DATABASE small WITH (FORCE)");
            self.keep_statements(&statements);
            statements
        });
        if statements.is_none() {
            eprintln!(
                "no PostgreSQL server is installed: nothing is measured raw, since its log is where the statements are taken from"
            );
        }
        let copy = |name: &str| {
            let file = self.folder.join(name);
            for end in ["", "-wal", "-shm"] {
                drop(fs::remove_file(self.folder.join(format!("{name}{end}"))));
            }
            fs::copy(&base, &file).unwrap();
            fs::File::open(&file).unwrap().sync_all().unwrap();
            file
        };
        let url_of = |file: PathBuf| format!("sqlite://{}", file.display());
        let counts = statements.as_ref().map(Statements::counts);
        self.measure(
            (database, counts),
            (import, import_memory),
            &caseload,
            |name| url_of(copy(name)),
            || {
                statements
                    .as_ref()
                    .map(|statements| measure_sqlite(&copy("raw.db"), &caseload, statements, self.span()))
            },
        )
    }

    fn postgres(&self) -> Measured {
        let (server, binaries) = self.server.unwrap();
        server.execute("CREATE DATABASE base");
        let url = server.url("base");
        let (import, import_memory) = self.fill(&url);
        let mut conn = PgConnection::establish(&url).unwrap();
        // The server would do so by itself a little later.
        conn.batch_execute("VACUUM (ANALYZE)").unwrap();
        let database = report::version(&mut conn, "PostgreSQL", "SELECT current_setting('server_version') AS version");
        let caseload = Caseload::of(&mut conn);
        drop(conn);
        let copy = |name: &str| {
            server.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'base'");
            server.execute(&format!("CREATE DATABASE {name} TEMPLATE base"));
            server.execute("CHECKPOINT");
            server.url(name)
        };
        copy("capture");
        let statements = capture(server, self.folder, &caseload);
        server.execute("DROP DATABASE capture WITH (FORCE)");
        self.keep_statements(&statements);
        let scripts = self.folder.join("scripts");
        fs::create_dir_all(&scripts).unwrap();
        let pgbench = Pgbench {
            server,
            binaries,
            clients: usize::from(self.options.clients),
            span: self.span(),
            folder: &scripts,
            caller: caseload.caller.clone(),
        };
        self.measure((database, Some(statements.counts())), (import, import_memory), &caseload, copy, || {
            copy("raw");
            Some(pgbench.measure("raw", &caseload, &statements))
        })
    }

    /// Fills a new database by the program's own commands.
    fn fill(&self, url: &str) -> (Duration, Option<Memory>) {
        service::add_users(url, self.folder);
        service::import(url, self.folder, self.sheet)
    }

    /// For whoever wants to see what ran raw.
    fn keep_statements(&self, statements: &Statements) {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load-statements.txt");
        fs::write(file, format!("{statements:#?}\n")).unwrap();
    }

    fn measure(
        &self,
        (database, statements): (String, Option<String>),
        (import, import_memory): (Duration, Option<Memory>),
        caseload: &Caseload,
        copy: impl Fn(&str) -> String,
        raw: impl Fn() -> Option<RawSample>,
    ) -> Measured {
        let url = copy("service");
        let starts = (0..STARTS).map(|_| Service::start(&url, self.folder).ready_after).collect();
        let (mut idle, mut loaded, mut rounds) = (Vec::new(), Vec::new(), Vec::new());
        for number in 1..=REPETITIONS {
            eprintln!("{database}: repetition {number} of {REPETITIONS}");
            let service = Service::start(&copy("service"), self.folder);
            std::thread::sleep(Duration::from_secs(1));
            idle.extend(service.memory());
            let round = self.round(&service, caseload);
            loaded.extend(service.memory());
            drop(service);
            rounds.push(Round { raw: raw(), ..round });
        }
        Measured { database, statements, import, import_memory, starts, idle, loaded, rounds }
    }

    fn round(&self, service: &Service, caseload: &Caseload) -> Round {
        let clients = usize::from(self.options.clients);
        let token = service.sign_in();
        let run = |span: Duration, next: &(dyn Fn(usize) -> Option<Vec<u8>> + Sync)| {
            drive(&service.address, clients, span, next)
        };
        // What a process does for the first time is not what is measured.
        let warmed = |next: &(dyn Fn(usize) -> Option<Vec<u8>> + Sync)| {
            run(Duration::from_secs(1), next);
            run(self.span(), next)
        };
        let health = get("/healthz", None);
        let list = get(LIST, Some(&token));
        let readings: Vec<Vec<u8>> = caseload.readings.iter().map(|case| get(&case.path(), Some(&token))).collect();
        let dice: Vec<_> =
            (0..clients).map(|client| std::sync::Mutex::new(Dice::new(u64::try_from(client).unwrap()))).collect();
        let any = |client: usize| Some(readings[dice[client].lock().unwrap().below(readings.len())].clone());
        let undecided = AtomicUsize::new(0);
        let decide =
            |_| caseload.awaiting.get(undecided.fetch_add(1, Ordering::Relaxed)).map(|case| decision(case, &token));
        Round {
            health: warmed(&|_| Some(health.clone())),
            read: warmed(&any),
            list: warmed(&|_| Some(list.clone())),
            decision: warmed(&decide),
            raw: None,
        }
    }
}

/// Deciding to assess a case, which asks for the advice in the same step.
fn decision(case: &Case, token: &str) -> Vec<u8> {
    let body = serde_json::json!({"outcome": "assess", "decided_on": data::today()});
    post(&format!("{}/assessment-decision", case.path()), Some(token), Some("1"), &body.to_string())
}
