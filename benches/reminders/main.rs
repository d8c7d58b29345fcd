//! The daily run over a large caseload: `cargo bench --bench reminders`.
//!
//! Rows of cases, deadlines and requests for advice are made in the database, of which a few have something due. A process
//! of its own then makes the day's run, as `jobs run --once --job remind` does, and tells how long it took and how much
//! memory it took at most; a second one makes it again and must queue nothing. Beside them stands one SQL statement that
//! reads the rows that a run has to look at, in the same run on the same rows. Nothing here judges a time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark that finds something else than it expects stops"
)]
#![expect(dead_code, reason = "what it shares with the load benchmark has more than it needs")]

#[path = "../load/data.rs"]
mod data;
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use ehcp_tracker::app::App;
use ehcp_tracker::config::{Settings, Source};
use ehcp_tracker::db::migrate;
use ehcp_tracker::reminder;
use ehcp_tracker::time::Clock;

use postgres::{Server, find_binaries};

/// Among how many caseworkers the cases are shared.
const CASEWORKERS: u32 = 100;

/// Of how many organisations advice is asked.
const ORGANISATIONS: u32 = 50;

/// Measures the daily run.
#[derive(Debug, Parser)]
#[command(name = "reminders", bin_name = "cargo bench --bench reminders --")]
struct Options {
    /// On which database.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// How many cases there are.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    cases: u32,
    /// How many of them have something due: a step of the authority, and advice to be chased.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..))]
    due: u32,
    /// Writes docs/reminders.md.
    #[arg(long)]
    save: bool,
    /// Makes one run on this database, and tells about it.
    #[arg(long, hide = true)]
    run_on: Option<String>,
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
    if let Some(url) = &options.run_on {
        return run(url);
    }
    let folder = tempfile::Builder::new().prefix("reminders-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut page = head(&options);
    if options.database != Which::Postgres {
        let file = folder.path().join("reminders.db");
        let url = format!("sqlite://{}", file.display());
        migrate(&url.parse().unwrap()).unwrap();
        let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
        conn.batch_execute(&rows(&Sqlite, &options)).unwrap();
        page.push_str(&measure("SQLite", &url, folder.path(), || {
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            sql_query(scan()).load::<Row>(&mut conn).unwrap().len()
        }));
    }
    if options.database != Which::Sqlite {
        let Some(binaries) = find_binaries() else {
            eprintln!("no PostgreSQL server is installed: --database sqlite does without");
            std::process::exit(1);
        };
        let server = Server::start(&binaries, &["max_connections=60"]);
        server.execute("CREATE DATABASE reminders");
        let url = server.url("reminders");
        migrate(&url.parse().unwrap()).unwrap();
        PgConnection::establish(&url).unwrap().batch_execute(&rows(&Postgres, &options)).unwrap();
        page.push_str(&measure("PostgreSQL", &url, folder.path(), || {
            let mut conn = PgConnection::establish(&url).unwrap();
            sql_query(scan()).load::<Row>(&mut conn).unwrap().len()
        }));
    }
    println!("{page}");
    if options.save {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reminders.md");
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
    let Options { cases, due, .. } = options;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let day = Clock::new(None).read().today;
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "# The daily run of reminders\n\n\
        Written by the benchmark itself; run it again rather than edit this page:\n\n```sh\n\
        cargo bench --bench reminders -- --database {database} --cases {cases} --due {due} --save\n```\n\n\
        {cases} cases, of which {due} have a step due within 10 working days or late, and advice that is to be chased. The raw scan is one SQL statement \
        that reads the same due rows, all of them at once, and writes nothing; the first run reads them, decides, and queues a mail for each; the second \
        finds that all is written. Peak memory is that of a process that makes one run and nothing else. ehcp-tracker {version}, {day}, {cores} cores that \
        program and database share, load before the run {load}.\n\n\
        | database | what | rows or mails | seconds | peak memory, MB |\n|---|---|---|---|---|\n"
    )
}

fn measure(database: &str, url: &str, folder: &Path, scan: impl Fn() -> usize) -> String {
    let timed = || {
        let started = Instant::now();
        let rows = scan();
        (rows, started.elapsed().as_secs_f64())
    };
    let mut table = String::new();
    // What is read for the first time comes from the disk: not what is compared.
    timed();
    let (rows, seconds) = timed();
    writeln!(table, "| {database} | raw scan before | {rows} | {seconds:.2} | - |").unwrap();
    for what in ["first run", "second run"] {
        let outcome = Command::new(std::env::current_exe().unwrap())
            .args(["--run-on", url])
            .env_clear()
            .current_dir(folder)
            .output()
            .unwrap();
        let told = String::from_utf8(outcome.stdout).unwrap();
        assert!(outcome.status.success(), "{told}{}", String::from_utf8_lossy(&outcome.stderr));
        let [queued, seconds, memory] = told.split_whitespace().collect::<Vec<_>>().try_into().expect("three numbers");
        assert!(what == "first run" || queued == "0", "the second run queued {queued}");
        writeln!(table, "| {database} | {what} | {queued} | {seconds} | {memory} |").unwrap();
    }
    let (rows, seconds) = timed();
    writeln!(table, "| {database} | raw scan after | {rows} | {seconds:.2} | - |").unwrap();
    table
}

/// Makes one run, as a process that does nothing else.
fn run(url: &str) {
    let today = data::today().to_string();
    let pairs = [("EHCP_DATABASE_URL", url), ("EHCP_DATA_DIR", "data"), ("EHCP_FIXED_TODAY", &today)];
    let app = App::new(Settings::read(Source::from_pairs(pairs)).unwrap()).unwrap();
    let started = Instant::now();
    let queued = reminder::commands::queue(&app).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok());
    println!(
        "{} {seconds:.2} {}",
        queued.queued,
        peak.map_or_else(|| "?".to_owned(), |kilobytes| (kilobytes / 1_000).to_string())
    );
}

/// A row that a run has to look at.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    due_on: String,
    #[diesel(sql_type = BigInt)]
    reminded: i64,
}

/// The rows that a run has to look at, in one statement: steps that are due soon or late, and advice that is.
fn scan() -> String {
    let soon = "2026-06-29";
    format!(
        "SELECT cases.reference, deadlines.rule AS what, CAST(deadlines.due_on AS text) AS due_on, CAST(0 AS bigint) AS reminded
         FROM cases JOIN deadlines ON deadlines.case_id = cases.id
         WHERE cases.open AND cases.next_due_on <= '{soon}' AND deadlines.due_on <= '{soon}' AND deadlines.applicable AND deadlines.met_on IS NULL
         UNION ALL
         SELECT cases.reference, advice_requests.kind AS what, CAST(advice_requests.due_on AS text) AS due_on,
             (SELECT count(*) FROM messages WHERE messages.advice_request_id = advice_requests.id) AS reminded
         FROM advice_requests JOIN cases ON cases.id = advice_requests.case_id JOIN organisations ON organisations.id = advice_requests.organisation_id
         WHERE advice_requests.outstanding AND advice_requests.due_on <= '{soon}'"
    )
}

/// How a database writes what the two write differently.
trait Dialect {
    /// The id of number `n` among things of a kind.
    fn id(&self, kind: u32, n: &str) -> String;
    /// A series `n` from 1 to this number.
    fn series(&self, to: u32) -> String;
    /// The day of casework, this many days later: a number that `n` gives.
    fn day(&self, days: &str) -> String;
    /// A moment.
    fn moment(&self) -> &'static str;
    /// What helps the database to plan.
    fn analyse(&self) -> &'static str;
}

struct Sqlite;
struct Postgres;

impl Dialect for Sqlite {
    fn id(&self, kind: u32, n: &str) -> String {
        format!("printf('01a{kind:05}-0000-7000-8000-%012x', {n})")
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

    fn analyse(&self) -> &'static str {
        "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);"
    }
}

impl Dialect for Postgres {
    fn id(&self, kind: u32, n: &str) -> String {
        format!("CAST('01a{kind:05}-0000-7000-8000-' || lpad(to_hex({n}), 12, '0') AS uuid)")
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

    fn analyse(&self) -> &'static str {
        "ANALYZE; CHECKPOINT;"
    }
}

/// The caseload. Every so manieth case has a step and advice due; of the others half have ended, and half have time.
fn rows(dialect: &dyn Dialect, options: &Options) -> String {
    let (every, moment) = (options.cases.div_ceil(options.due), dialect.moment());
    let is_due = format!("n % {every} = 0");
    let ended = "n % 2 = 0";
    let (yes, no) = ("(1 = 1)", "(1 = 0)");
    // From late to due soon.
    let due_day = dialect.day(&format!("(n / {every}) % 20 - 10"));
    let (ahead, past, asked) = (dialect.day("60 + n % 40"), dialect.day("-30 - n % 300"), dialect.day("-100"));
    let [user, organisation, person, case] = [
        dialect.id(1, &format!("1 + n % {CASEWORKERS}")),
        dialect.id(2, &format!("1 + n % {ORGANISATIONS}")),
        dialect.id(3, "n"),
        dialect.id(4, "n"),
    ];
    let series = |to| dialect.series(to);
    format!(
        "{of_users}
         INSERT INTO users (id, email, name, role, active, version, created_at, updated_at)
         SELECT {own_user}, 'worker' || n || '@example.org', 'Worker ' || n, CASE WHEN n = 1 THEN 'manager' ELSE 'caseworker' END, {yes}, 1, {moment}, {moment} FROM series;
         {of_organisations}
         INSERT INTO organisations (id, name, kind, mailbox, section_31_body, answers_by_link, default_for, version, created_at, updated_at)
         SELECT {own_organisation}, 'Service ' || n, 'other', 'service' || n || '@example.org', {no}, {no}, '[]', 1, {moment}, {moment} FROM series;
         {of_cases}
         INSERT INTO people (id, forename, surname, name_key, date_of_birth, social_care_status, sensory_impairment, version, created_at, updated_at)
         SELECT {person}, 'F' || n, 'S' || n, 'f' || n, {asked}, 'none', 'none', 1, {moment}, {moment} FROM series;
         {of_cases}
         INSERT INTO cases (id, reference, stage, open, person_id, received_on, request_source, contacts, caseworker_id, restricted, version, created_at,
             updated_at, final_due_on, next_due_on, advice_requested, advice_received, advice_accepted)
         SELECT {case}, 'EHC-2026-' || n, CASE WHEN {is_due} THEN 'gathering_advice' WHEN {ended} THEN 'plan_issued' ELSE 'drafting' END,
             ({is_due} OR NOT {ended}), {person}, {asked}, 'family', '[]', {user}, {no}, 1, {moment}, {moment}, {ahead},
             CASE WHEN {is_due} THEN {due_day} WHEN {ended} THEN {never} ELSE {ahead} END, 1, 0, 0 FROM series;
         {of_cases}
         INSERT INTO deadlines (id, case_id, rule, basis, holder, citation, starts_on, due_on, act_by, met_on, applicable, excepted, derivation)
         SELECT {first}, {case}, 'decide_to_assess', 'statutory', 'local_authority', 'Regulation 4(1)', {asked}, {past}, {past}, {past}, {yes}, {no}, 'Derived.' FROM series;
         {of_cases}
         INSERT INTO deadlines (id, case_id, rule, basis, holder, citation, starts_on, due_on, act_by, met_on, applicable, excepted, derivation, breach_told_from)
         SELECT {second}, {case}, 'issue_final_plan', 'statutory', 'local_authority', 'Regulation 13(2)', {asked}, CASE WHEN {is_due} THEN {due_day} ELSE {ahead} END,
             CASE WHEN {is_due} THEN {due_day} ELSE {ahead} END, CASE WHEN NOT {is_due} AND {ended} THEN {past} END, {yes}, {no}, 'Derived.',
             CASE WHEN {is_due} THEN {due_morrow} WHEN NOT {ended} THEN {ahead_morrow} END FROM series;
         {of_cases}
         INSERT INTO advice_requests (id, case_id, kind, organisation_id, section_31_body, status, requested_on, received_by_body_on, due_on, act_by, excepted,
             outstanding, version, created_at, updated_at)
         SELECT {request}, {case}, 'medical', {organisation}, {no}, CASE WHEN {is_due} THEN 'requested' ELSE 'accepted' END, {asked}, {asked}, {past}, {past}, {no},
             ({is_due}), 1, {moment}, {moment} FROM series;
         {analyse}",
        of_users = series(CASEWORKERS + 1),
        own_user = dialect.id(1, "n"),
        of_organisations = series(ORGANISATIONS + 1),
        own_organisation = dialect.id(2, "n"),
        of_cases = series(options.cases),
        first = dialect.id(5, "n"),
        second = dialect.id(6, "n"),
        request = dialect.id(7, "n"),
        due_morrow = dialect.day(&format!("(n / {every}) % 20 - 9")),
        ahead_morrow = dialect.day("61 + n % 40"),
        never = dialect.day("3000"),
        analyse = dialect.analyse(),
    )
}
