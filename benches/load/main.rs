//! How fast the service is beside the database it stands on: `cargo bench --bench load`.
//!
//! A database of generated cases is filled by the program's own import. Then the release binary answers on loopback, and
//! beside it, in the same run, the statements that it sends run raw. `/healthz` shows what HTTP alone allows. From both
//! comes the limit of a service that did nothing but hand statements through: `1 / (1/raw + 1/healthz)`.
//!
//! Every repetition has fresh copies of the database, so that what one measurement wrote does not slow the next; the
//! service, the service without its record of readings and raw take turns, since a shared machine is not equally fast all
//! the time. Then a caseload of few and one of many answer in turns, at a pace that both can keep. Nothing here judges a
//! time.
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
mod multiply;
mod print;
mod raw;
mod report;
mod service;
mod sizes;
mod uploads;
mod workload;

#[path = "../../tests/it/support/postgres.rs"]
mod postgres;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use access::Inside;
use capture::{Statements, capture};
use cases::Caseload;
use client::{Sample, drive};
use multiply::{Dialect, multiply};
use postgres::{Server, find_binaries};
use raw::{Loop, Pgbench, Raw};
use service::{Memory, Service};
use sizes::BySize;
use workload::{Kind, Requests};

// As the program has it: one of the services that are compared runs in this process.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How often the service is started, to see how long that takes.
const STARTS: usize = 5;

/// Measures the service on a caseload, beside its databases without it.
#[derive(Debug, Parser)]
#[command(name = "load", bin_name = "cargo bench --bench load --")]
struct Options {
    /// On which database.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// How many cases there are.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1000..=200_000))]
    cases: u32,
    /// How many cases few are, which readings are compared with.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1000..=100_000))]
    few: u32,
    /// How many times the cases many are: the readings among many are compared with those among few. 1 leaves this out.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=20))]
    times: u32,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How many connections ask at once: several numbers, with commas between.
    #[arg(long, value_delimiter = ',', default_value = "8,1,64", value_parser = clap::value_parser!(u16).range(1..=64))]
    clients: Vec<u16>,
    /// How often everything is measured.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    repetitions: u16,
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
const SERVER: [&str; 9] = [
    "max_connections=120",
    "shared_buffers=1GB",
    "max_wal_size=4GB",
    // What the service sends is read from here. Nothing is logged but while that happens.
    "logging_collector=on",
    "log_destination=csvlog",
    "log_directory=..",
    "log_filename=statements",
    "log_rotation_size=0",
    "log_rotation_age=0",
];

/// What was measured on one database.
#[derive(Debug)]
struct Measured {
    dialect: Dialect,
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
    by_size: Option<BySize>,
}

/// One repetition with so many connections.
#[derive(Debug)]
struct Round {
    clients: u16,
    results: Vec<Outcome>,
}

/// What one repetition showed of one kind of request.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    kind: Kind,
    service: Sample,
    /// Microseconds of the processor that the service, without its database where that is a server, took for a request.
    processor: f64,
    /// The service without its record of readings.
    without_record: Option<Sample>,
    /// Its statements without the service, a second.
    raw: Option<f64>,
    /// The same with those of the record.
    raw_on_record: Option<f64>,
}

impl Round {
    fn of(&self, kind: Kind) -> Option<&Outcome> {
        self.results.iter().find(|outcome| outcome.kind == kind)
    }
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
    let binaries = find_binaries();
    let server = binaries.as_deref().map(|binaries| Server::start(binaries, &SERVER));
    let bench = Bench {
        options: &options,
        folder: folder.path(),
        server: server.as_ref().zip(binaries.as_deref()),
        began: Instant::now(),
    };
    if options.access_record {
        print(&bench.access_record(), None);
        return;
    }
    let measured = match (options.database, bench.server) {
        (Which::Sqlite, _) => vec![bench.sqlite()],
        (Which::Postgres, Some(_)) => vec![bench.postgres()],
        (Which::Both, Some(_)) => {
            let sqlite = bench.sqlite();
            // Should the other stop halfway, this much is known.
            println!("{}", report::tables(&sqlite, &options));
            vec![sqlite, bench.postgres()]
        }
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
    server: Option<(&'a Server, &'a Path)>,
    began: Instant,
}

/// An SQLite database, of which copies are made.
#[derive(Debug)]
struct File<'a> {
    folder: &'a Path,
    base: PathBuf,
}

impl File<'_> {
    fn url(&self) -> String {
        format!("sqlite://{}", self.base.display())
    }

    fn open(&self) -> SqliteConnection {
        SqliteConnection::establish(&self.base.to_string_lossy()).unwrap()
    }

    /// A new copy in the place of an older one of this name.
    fn copy(&self, name: &str) -> PathBuf {
        let file = self.folder.join(name);
        for end in ["", "-wal", "-shm"] {
            drop(fs::remove_file(self.folder.join(format!("{name}{end}"))));
        }
        fs::copy(&self.base, &file).unwrap();
        fs::File::open(&file).unwrap().sync_all().unwrap();
        file
    }

    fn copy_url(&self, name: &str) -> String {
        format!("sqlite://{}", self.copy(name).display())
    }
}

/// A new copy of a database of the server in the place of an older one of this name; answers its address.
fn copy_on(server: &Server, base: &str, name: &str) -> String {
    server.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    server.execute(&format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{base}'"));
    server.execute(&format!("CREATE DATABASE {name} TEMPLATE {base}"));
    server.execute("CHECKPOINT");
    server.url(name)
}

impl Bench<'_> {
    fn span(&self) -> Duration {
        Duration::from_secs(self.options.seconds)
    }

    fn tell(&self, what: &str) {
        eprintln!("{:>5.0} s  {what}", self.began.elapsed().as_secs_f64());
    }

    /// What the record of readings costs, on each database that is asked for.
    fn access_record(&self) -> String {
        let how = (usize::from(self.options.clients[0]), self.span());
        let mut text = String::new();
        if self.options.database != Which::Postgres {
            let (file, _) = self.filled_file("base.db", self.options.cases);
            let caseload = Caseload::of(&mut file.open());
            text.push_str(&access::measure("SQLite", self.folder, &caseload, how, |name| file.copy_url(name)));
        }
        if let (Which::Postgres | Which::Both, Some((server, _))) = (self.options.database, self.server) {
            self.filled_on(server, "base", self.options.cases);
            let caseload = Caseload::of(&mut PgConnection::establish(&server.url("base")).unwrap());
            let copy = |name: &str| copy_on(server, "base", name);
            text.push_str(&access::measure("PostgreSQL", self.folder, &caseload, how, copy));
        }
        text
    }

    /// A new SQLite database with so many cases, and what the import of them took.
    fn filled_file(&self, name: &str, cases: u32) -> (File<'_>, (Duration, Option<Memory>)) {
        self.tell(&format!("SQLite: {cases} cases"));
        let file = File { folder: self.folder, base: self.folder.join(name) };
        let import = self.fill(
            &file.url(),
            cases,
            &|sql| file.open().batch_execute(sql).unwrap(),
            "'2026-01-05T12:00:00.000000Z'",
        );
        // Whatever is still in the log goes into the file that is copied.
        file.open().batch_execute("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
        (file, import)
    }

    /// A new database of the server with so many cases, and what the import of them took.
    fn filled_on(&self, server: &Server, name: &str, cases: u32) -> (Duration, Option<Memory>) {
        self.tell(&format!("PostgreSQL: {cases} cases"));
        server.execute(&format!("CREATE DATABASE {name}"));
        let url = server.url(name);
        let run = |sql: &str| PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap();
        let import = self.fill(&url, cases, &run, "TIMESTAMPTZ '2026-01-05T12:00:00Z'");
        // The server would do so by itself a little later.
        run("VACUUM (ANALYZE)");
        import
    }

    /// Fills a new database by the program's own commands, and by a few statements.
    fn fill(&self, url: &str, cases: u32, run: &dyn Fn(&str), moment: &str) -> (Duration, Option<Memory>) {
        let sheet = self.folder.join(format!("{cases}.csv"));
        if !sheet.is_file() {
            data::write_sheet(&sheet, usize::try_from(cases).unwrap());
        }
        service::add_users(url, self.folder);
        let import = service::import(url, self.folder, &sheet);
        run(&data::organisations(moment));
        service::add_manager_and_adviser(url, self.folder);
        import
    }

    fn sqlite(&self) -> Measured {
        let (file, import) = self.filled_file("base.db", self.options.cases);
        let mut conn = file.open();
        let database = report::version(&mut conn, "SQLite", "SELECT sqlite_version() AS version");
        let caseload = Caseload::of(&mut conn);
        drop(conn);
        // Only PostgreSQL logs what the service sends, so that it is asked about a small database of its own.
        let statements = self.server.map(|(server, _)| {
            self.filled_on(server, "small", 1000);
            let caseload = Caseload::of(&mut PgConnection::establish(&server.url("small")).unwrap());
            let statements = self.captured(server, "small", &caseload);
            server.execute("DROP DATABASE small WITH (FORCE)");
            statements
        });
        if statements.is_none() {
            eprintln!(
                "no PostgreSQL server is installed: nothing is measured raw, since its log is where the statements are taken from"
            );
        }
        let listed = self.listed(&file.copy_url("service.db"), &caseload);
        let counts = statements.as_ref().map(Statements::counts);
        let mut measured = self.measure(
            (Dialect::Sqlite, database, counts),
            import,
            &caseload,
            |name| file.copy_url(&format!("{name}.db")),
            |_| {
                let file = file.copy("raw.db");
                let raw = |statements| -> Box<dyn Raw + '_> {
                    Box::new(Loop::on(&file, &caseload, statements, &listed, self.span()))
                };
                statements.as_ref().map(raw)
            },
        );
        if self.options.times > 1 {
            for name in ["raw.db", "service.db"] {
                drop(fs::remove_file(self.folder.join(name)));
            }
            let (few, _) = self.filled_file("few.db", self.options.few);
            self.tell(&format!("SQLite: {} times as many cases", self.options.times));
            multiply(&mut file.open(), Dialect::Sqlite, self.options.times);
            let caseloads = [&few, &file].map(|file| Caseload::to_read(&mut file.open()));
            measured.by_size = Some(sizes::compare(self, &measured.database, [&few.url(), &file.url()], &caseloads));
        }
        for file in [file.base, self.folder.join("few.db")] {
            drop(fs::remove_file(file));
        }
        measured
    }

    fn postgres(&self) -> Measured {
        let (server, binaries) = self.server.unwrap();
        let import = self.filled_on(server, "base", self.options.cases);
        let mut conn = PgConnection::establish(&server.url("base")).unwrap();
        let database = report::version(&mut conn, "PostgreSQL", "SELECT current_setting('server_version') AS version");
        let caseload = Caseload::of(&mut conn);
        drop(conn);
        let statements = self.captured(server, "base", &caseload);
        let scripts = self.folder.join("scripts");
        fs::create_dir_all(&scripts).unwrap();
        let mut measured = self.measure(
            (Dialect::Postgres, database, Some(statements.counts())),
            import,
            &caseload,
            |name| copy_on(server, "base", name),
            |clients| {
                copy_on(server, "base", "raw");
                let pgbench = Pgbench {
                    server,
                    binaries,
                    database: "raw",
                    clients: usize::from(clients),
                    span: self.span(),
                    folder: &scripts,
                    caseload: &caseload,
                    statements: &statements,
                };
                pgbench.lay_ground();
                let raw: Box<dyn Raw + '_> = Box::new(pgbench);
                Some(raw)
            },
        );
        if self.options.times > 1 {
            for name in ["raw", "service"] {
                server.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
            self.filled_on(server, "few", self.options.few);
            self.tell(&format!("PostgreSQL: {} times as many cases", self.options.times));
            let open = |name: &str| PgConnection::establish(&server.url(name)).unwrap();
            multiply(&mut open("base"), Dialect::Postgres, self.options.times);
            let caseloads = ["few", "base"].map(|name| Caseload::to_read(&mut open(name)));
            let urls = [&server.url("few"), &server.url("base")];
            measured.by_size = Some(sizes::compare(self, &measured.database, urls, &caseloads));
        }
        measured
    }

    /// The statements that the service sends, taken down on a copy of a database.
    fn captured(&self, server: &Server, base: &str, caseload: &Caseload) -> Statements {
        copy_on(server, base, "capture");
        let statements = capture(server, self.folder, caseload);
        server.execute("DROP DATABASE capture WITH (FORCE)");
        // For whoever wants to see what ran raw.
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load-statements.txt");
        fs::write(file, format!("{statements:#?}\n")).unwrap();
        statements
    }

    /// The ids that the answer to each kind of list holds.
    fn listed(&self, url: &str, caseload: &Caseload) -> HashMap<Kind, Vec<String>> {
        let service = Service::start_without_jobs(url, self.folder);
        let requests = Requests::to(&service.address, caseload, 1);
        let mut connection = client::Connection::open(&service.address).unwrap();
        let mut ids = |kind: Kind| {
            assert_eq!(connection.send(&requests.next(kind, 0).unwrap()).unwrap(), 200, "{}", connection.body());
            let page: serde_json::Value = serde_json::from_str(&connection.body()).unwrap();
            let items = page["items"].as_array().unwrap();
            assert!(!items.is_empty(), "{kind:?} finds nothing");
            items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
        };
        [Kind::List, Kind::Search, Kind::WorkList].map(|kind| (kind, ids(kind))).into()
    }

    fn measure<'r>(
        &self,
        (dialect, database, statements): (Dialect, String, Option<String>),
        (import, import_memory): (Duration, Option<Memory>),
        caseload: &Caseload,
        copy: impl Fn(&str) -> String,
        raw: impl Fn(u16) -> Option<Box<dyn Raw + 'r>>,
    ) -> Measured {
        let url = copy("service");
        let starts = (0..STARTS).map(|_| Service::start(&url, self.folder).ready_after).collect();
        let (mut idle, mut loaded, mut rounds) = (Vec::new(), Vec::new(), Vec::new());
        for repetition in 1..=self.options.repetitions {
            // One thread is one thread, however many connections the service has: its loop runs once a repetition.
            let mut of_one_thread: HashMap<(Kind, bool), f64> = HashMap::new();
            for clients in &self.options.clients {
                self.tell(&format!(
                    "{database}: repetition {repetition} of {}, {clients} connections",
                    self.options.repetitions
                ));
                let url = copy("service");
                let service = Service::start(&url, self.folder);
                service.calm_down();
                idle.extend(service.memory());
                drop(service);
                let service = Service::start_without_jobs(&url, self.folder);
                let mut beside =
                    (dialect == Dialect::Postgres || of_one_thread.is_empty()).then(|| raw(*clients)).flatten();
                let mut rate = |kind: Kind, on_record: bool| match &mut beside {
                    Some(raw) => {
                        let rate = raw.rate(kind, on_record);
                        of_one_thread.insert((kind, on_record), rate);
                        Some(rate)
                    }
                    None => of_one_thread.get(&(kind, on_record)).copied(),
                };
                let results = self.round(&service, &url, caseload, *clients, &mut rate);
                loaded.extend(service.memory());
                rounds.push(Round { clients: *clients, results });
            }
        }
        Measured { dialect, database, statements, import, import_memory, starts, idle, loaded, rounds, by_size: None }
    }

    fn round(
        &self,
        service: &Service,
        url: &str,
        caseload: &Caseload,
        clients: u16,
        raw: &mut dyn FnMut(Kind, bool) -> Option<f64>,
    ) -> Vec<Outcome> {
        let clients = usize::from(clients);
        // What a process does for the first time is not what is measured.
        let warm = |address: &str, requests: &Requests<'_>, kind: Kind| {
            drive(address, clients, Duration::from_secs(1), |client| requests.next(kind, client));
        };
        let run = |address: &str, requests: &Requests<'_>, kind: Kind| {
            drive(address, clients, self.span(), |client| requests.next(kind, client))
        };
        let requests = Requests::to(&service.address, caseload, clients);
        let inside = Inside::start(url, self.folder, false);
        let to_inside = Requests::to(&inside.address, caseload, clients);
        Kind::ALL
            .into_iter()
            .map(|kind| {
                warm(&service.address, &requests, kind);
                let used = service.processor();
                let sample = run(&service.address, &requests, kind);
                let processor = (service.processor() - used) * 1e6 / sample.count.max(1.0);
                let without_record = kind.is_on_record().then(|| {
                    warm(&inside.address, &to_inside, kind);
                    run(&inside.address, &to_inside, kind)
                });
                let alone = if kind == Kind::Health { None } else { raw(kind, false) };
                let raw_on_record = if kind.is_on_record() { raw(kind, true) } else { None };
                Outcome { kind, service: sample, processor, without_record, raw: alone, raw_on_record }
            })
            .collect()
    }
}
