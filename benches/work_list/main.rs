//! Whether an adviser's work list grows slower with the requests of everybody else: `cargo bench --bench work_list`.
//!
//! A small caseload is taken over by the program's own import. Its requests for advice are then multiplied in the
//! database, a small number in one copy and a large one in another; 300 of them are asked of one organisation in both.
//! The release binary answers an adviser of that organisation on loopback, on the two copies in turns, since a shared
//! machine is not equally fast all the time. What counts is the ratio of the two; nothing here judges a time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that finds something else than it expects stops"
)]
#![expect(clippy::disallowed_methods, reason = "where the installed programs are is told by the environment")]
#![expect(dead_code, reason = "what it shares with the load benchmark has more than it needs")]

#[path = "../load/client.rs"]
mod client;
#[path = "../load/data.rs"]
mod data;
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;
#[path = "../load/service.rs"]
mod service;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use ehcp_tracker::time::Clock;

use client::{Sample, drive};
use postgres::{Server, find_binaries};
use service::{Service, get};

/// How many requests the adviser's organisation is asked.
const OWN: u32 = 300;

/// How many cases the requests are about.
const CASES: usize = 2_000;

/// The organisation whose work list is read.
const ORGANISATION: &str = "01a00000-0000-7000-8000-000000000001";

/// Who answers for that organisation.
const ADVISER: &str = "ada@example.org";

/// What is read: the first page, only what is overdue, and the list of all that a caseworker may see.
const LISTS: [(&str, &str); 2] = [
    ("`GET /advice-requests`", "/api/v1/advice-requests"),
    ("`GET /advice-requests?overdue=true`", "/api/v1/advice-requests?overdue=true"),
];

/// Measures an adviser's work list among few and among many requests.
#[derive(Debug, Parser)]
#[command(name = "work_list", bin_name = "cargo bench --bench work_list --")]
struct Options {
    /// On which database.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// How many requests there are in the small copy.
    #[arg(long, default_value_t = 10_000)]
    few: u32,
    /// How many requests there are in the large copy.
    #[arg(long, default_value_t = 1_000_000)]
    many: u32,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How many connections ask at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    clients: u16,
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=20))]
    repetitions: u16,
    /// Writes docs/work-list.md.
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

fn main() {
    let options = Options::parse();
    let folder = tempfile::Builder::new().prefix("work-list-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut page = head(&options);
    page.push_str(
        "| database | list | requests | requests/s | median, ms | p99, ms | p99 among many by that among few |\n|---|---|---|---|---|---|---|\n",
    );
    if options.database != Which::Postgres {
        let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        let sql = |url: &str, sql: &str| {
            SqliteConnection::establish(url.trim_start_matches("sqlite://")).unwrap().batch_execute(sql).unwrap();
        };
        page.push_str(&compare("SQLite", &options, folder.path(), &url, &sql, &Sqlite));
    }
    if options.database != Which::Sqlite {
        let Some(binaries) = find_binaries() else {
            eprintln!(
                "no PostgreSQL server is installed: initdb and postgres are needed; --database sqlite does without"
            );
            std::process::exit(1);
        };
        let server = Server::start(&binaries, &["max_connections=60"]);
        let url = |name: &str| {
            server.execute(&format!("CREATE DATABASE {name}"));
            server.url(name)
        };
        let sql = |url: &str, sql: &str| PgConnection::establish(url).unwrap().batch_execute(sql).unwrap();
        page.push_str(&compare("PostgreSQL", &options, folder.path(), &url, &sql, &Postgres));
    }
    println!("{page}");
    if options.save {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/work-list.md");
        fs::write(&file, page).unwrap();
        println!("written to {}", file.display());
    }
}

/// What the page says before its table.
fn head(options: &Options) -> String {
    let database = match options.database {
        Which::Sqlite => "sqlite",
        Which::Postgres => "postgres",
        Which::Both => "both",
    };
    let Options { few, many, seconds, clients, repetitions, .. } = options;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let day = Clock::new(None).read().today;
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "# An adviser's work list among few requests and among many\n\n\
        Written by the benchmark itself; run it again rather than edit this page:\n\n```sh\n\
        cargo bench --bench work_list -- --database {database} --few {few} --many {many} --seconds {seconds} --clients {clients} --repetitions {repetitions} --save\n```\n\n\
        {OWN} of the requests are asked of the adviser's organisation, in both. The first page of 50, with {clients} connections, {seconds} s a measurement, \
        {repetitions} repetitions that take turns: the median of them, and from least to most. ehcp-tracker {version}, {day}, {cores} cores that client, service and \
        database share, load before the run {load}. What counts is the last column: an index look-up does not grow with what others are asked.\n\n"
    )
}

/// How a database writes what the two write differently.
trait Dialect {
    /// A new id for each row.
    fn id(&self) -> &'static str;
    /// A series `n` from 1 to this number.
    fn series(&self, to: u32) -> String;
    /// The day of casework, this many days earlier or later: a number that `n` gives.
    fn day(&self, days: &str) -> String;
    /// A moment.
    fn moment(&self) -> &'static str;
    /// Yes and no.
    fn truth(&self, condition: &str) -> String;
    /// What helps the database to plan.
    fn analyse(&self) -> &'static str;
}

struct Sqlite;
struct Postgres;

impl Dialect for Sqlite {
    fn id(&self) -> &'static str {
        "lower(substr(hex(randomblob(4)), 1, 8) || '-' || hex(randomblob(2)) || '-7' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
    }

    fn series(&self, to: u32) -> String {
        format!("WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {to})")
    }

    fn day(&self, days: &str) -> String {
        format!("date('{}', ({days}) || ' days')", data::today())
    }

    fn moment(&self) -> &'static str {
        "'2026-01-05T12:00:00.000000Z'"
    }

    fn truth(&self, condition: &str) -> String {
        format!("({condition})")
    }

    fn analyse(&self) -> &'static str {
        "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);"
    }
}

impl Dialect for Postgres {
    fn id(&self) -> &'static str {
        "gen_random_uuid()"
    }

    fn series(&self, to: u32) -> String {
        format!("WITH series(n) AS (SELECT generate_series(1, {to}))")
    }

    fn day(&self, days: &str) -> String {
        format!("(DATE '{}' + CAST(({days}) AS integer))", data::today())
    }

    fn moment(&self) -> &'static str {
        "TIMESTAMPTZ '2026-01-05T12:00:00Z'"
    }

    fn truth(&self, condition: &str) -> String {
        format!("({condition})")
    }

    fn analyse(&self) -> &'static str {
        "ANALYZE; CHECKPOINT;"
    }
}

fn compare(
    database: &str,
    options: &Options,
    folder: &Path,
    url: &dyn Fn(&str) -> String,
    sql: &dyn Fn(&str, &str),
    dialect: &dyn Dialect,
) -> String {
    let sheet = folder.join("cases.csv");
    data::write_sheet(&sheet, CASES);
    let fill = |name: &str, requests: u32| {
        let url = url(name);
        service::add_users(&url, folder);
        service::import(&url, folder, &sheet);
        sql(&url, &requests_for_everybody(dialect, requests));
        let who = ["--role", "adviser", "--email", ADVISER, "--name", ADVISER, "--organisation", ORGANISATION];
        service::add_user(&url, folder, &who);
        sql(&url, dialect.analyse());
        url
    };
    let copies = [(options.few, fill("few", options.few)), (options.many, fill("many", options.many))];
    let mut samples: Vec<[Vec<Sample>; 2]> = LISTS.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    for number in 1..=options.repetitions {
        eprintln!("{database}: repetition {number} of {}", options.repetitions);
        for (which, (_, url)) in copies.iter().enumerate() {
            let service = Service::start(url, folder);
            let token = service.sign_in_as(ADVISER);
            for (list, (_, path)) in LISTS.iter().enumerate() {
                let request = get(path, Some(&token));
                let run = |span| drive(&service.address, usize::from(options.clients), span, |_| Some(request.clone()));
                // What a process does for the first time is not what is measured.
                run(Duration::from_secs(1));
                samples[list][which].push(run(Duration::from_secs(options.seconds)));
            }
        }
    }
    let mut rows = String::new();
    for ((name, _), samples) in LISTS.iter().zip(&samples) {
        for (which, (requests, _)) in copies.iter().enumerate() {
            let of = |value: fn(&Sample) -> f64| range(samples[which].iter().map(value));
            let ratio = if which == 0 {
                "-".to_owned()
            } else {
                range(samples[1].iter().zip(&samples[0]).map(|(many, few)| many.p99 / few.p99))
            };
            writeln!(
                rows,
                "| {database} | {name} | {requests} | {} | {} | {} | {ratio} |",
                of(|sample| sample.rate),
                of(|sample| sample.median),
                of(|sample| sample.p99)
            )
            .unwrap();
        }
    }
    rows
}

/// The requests that the import made are removed, so that every copy has exactly as many as it should; `OWN` of them are
/// asked of one organisation, the others of 100 others. Half are still owed, some of those since long.
fn requests_for_everybody(dialect: &dyn Dialect, requests: u32) -> String {
    let (id, moment) = (dialect.id(), dialect.moment());
    let organisation = |id: &str, name: &str| {
        format!(
            "INSERT INTO organisations (id, name, kind, section_31_body, answers_by_link, default_for, version, created_at, updated_at) \
             VALUES ('{id}', '{name}', 'other', {no}, {no}, '[]', 1, {moment}, {moment});",
            no = dialect.truth("1 = 0"),
        )
    };
    let others = (0..100).map(|n| (format!("01a00000-0000-7000-8000-0000000001{n:02x}"), format!("Service {n}")));
    let others: String = others.map(|(id, name)| organisation(&id, &name)).collect();
    let own = requests / OWN;
    format!(
        "DELETE FROM advice_submissions; DELETE FROM advice_requests; {first} {others}
         CREATE TABLE numbered_cases AS SELECT row_number() OVER (ORDER BY id) - 1 AS number, id FROM cases;
         CREATE UNIQUE INDEX numbered ON numbered_cases (number);
         CREATE TABLE numbered_services AS SELECT row_number() OVER (ORDER BY id) - 1 AS number, id FROM organisations WHERE name LIKE 'Service %';
         CREATE UNIQUE INDEX numbered_too ON numbered_services (number);
         {series}
         INSERT INTO advice_requests (id, case_id, kind, organisation_id, section_31_body, status, requested_on, received_by_body_on,
             due_on, act_by, excepted, outstanding, version, created_at, updated_at)
         SELECT {id}, numbered_cases.id, 'other', CASE WHEN n % {own} = 0 THEN {own_id} ELSE numbered_services.id END, {no},
             CASE WHEN n % 2 = 0 THEN 'requested' ELSE 'submitted' END, {asked}, {asked}, {due}, {due}, {no}, {owed}, 1, {moment}, {moment}
         FROM series JOIN numbered_cases ON numbered_cases.number = n % {CASES} JOIN numbered_services ON numbered_services.number = n % 100;
         DROP TABLE numbered_cases; DROP TABLE numbered_services;",
        first = organisation(ORGANISATION, "Of the adviser"),
        series = dialect.series(requests),
        own_id = if dialect.id().starts_with("gen") { format!("CAST('{ORGANISATION}' AS uuid)") } else { format!("'{ORGANISATION}'") },
        no = dialect.truth("1 = 0"),
        owed = dialect.truth("(n / 7) % 2 = 0"),
        asked = dialect.day("-(n % 80) - 1"),
        due = dialect.day("41 - (n % 80)"),
    )
}

fn range(values: impl Iterator<Item = f64>) -> String {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    format!("{:.2} ({:.2}–{:.2})", values[values.len() / 2], values[0], values[values.len() - 1])
}
