//! What is printed and kept.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use diesel::connection::LoadConnection;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use ehcp_tracker::time::Clock;

use super::client::Sample;
use super::raw::RawSample;
use super::service::{Memory, PROGRAM};
use super::{Measured, Options, REPETITIONS, Round, STARTS, Which, print};

/// The machine and what it runs, as it was before anything was measured.
#[derive(Debug)]
pub struct Surroundings {
    machine: String,
    load: String,
    rustc: String,
    binary: u32,
}

impl Surroundings {
    /// The machine.
    pub fn machine(&self) -> &str {
        &self.machine
    }

    /// Looks around.
    pub fn look() -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let after = |text: &str, name: &str| {
            text.lines()
                .find_map(|line| Some(line.strip_prefix(name)?.trim_start_matches([':', ' ', '\t']).trim().to_owned()))
        };
        let processor = after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown processor".to_owned());
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let memory: u32 = after(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.trim_end_matches(" kB").parse().ok())
            .unwrap_or(0);
        let kernel = read("/proc/sys/kernel/osrelease");
        let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
        let rustc = Command::new("rustc").arg("--version").output();
        Self {
            machine: format!("{processor}, {cores} cores, {} MiB, Linux {}", memory / 1024, kernel.trim()),
            load,
            rustc: rustc
                .map_or_else(|_| "rustc".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned()),
            binary: u32::try_from(fs::metadata(PROGRAM).unwrap().len() / 1024).unwrap(),
        }
    }
}

#[derive(Debug, QueryableByName)]
pub struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// A database's name and version.
pub fn version<C>(conn: &mut C, name: &str, sql: &str) -> String
where
    C: LoadConnection,
    for<'q> diesel::query_builder::SqlQuery: LoadQuery<'q, C, Version>,
{
    let rows = diesel::sql_query(sql).load::<Version>(conn).unwrap();
    format!("{name} {}", rows[0].version.split(' ').next().unwrap_or_default())
}

/// The page: what was measured, on what, and how to read it.
pub fn write(options: &Options, surroundings: &Surroundings, measured: &[Measured]) -> String {
    let mut page = String::new();
    let Options { cases, seconds, clients, .. } = options;
    let database = match options.database {
        Which::Sqlite => "sqlite",
        Which::Postgres => "postgres",
        Which::Both => "both",
    };
    let command = format!(
        "cargo bench --bench load -- --database {database} --cases {cases} --seconds {seconds} --clients {clients} --save"
    );
    let Surroundings { machine, load, rustc, binary } = surroundings;
    let databases = measured.iter().map(|one| one.database.as_str()).collect::<Vec<_>>().join(", ");
    let day = Clock::new(None).read().today;
    let build = if cfg!(debug_assertions) { "not a release build: compare nothing" } else { "release build" };
    let version = env!("CARGO_PKG_VERSION");
    write!(
        page,
        "# Performance\n\n\
        Written by the benchmark itself; run it again rather than edit this page:\n\n```sh\n{command}\n```\n\n\
        | | |\n|---|---|\n\
        | day | {day} |\n\
        | machine | {machine}; client, service and database share it |\n\
        | load before the run | {load} (what other programs did: where it is above 0.5 they slowed what was measured) |\n\
        | program | ehcp-tracker {version}, {build}, {}, {rustc} |\n\
        | databases | {databases}; every commit reaches the disk (`synchronous=FULL`, `fsync=on`) |\n\
        | caseload | {} cases, {clients} connections, {seconds} s a measurement, {REPETITIONS} repetitions on fresh copies |\n",
        mib(*binary),
        grouped(f64::from(*cases)),
    )
    .unwrap();
    for one in measured {
        page.push_str(&tables(one, *cases));
    }
    page.push_str(&print::table());
    page.push_str(READING);
    for one in measured {
        page.push_str(&findings(one));
    }
    page
}

type Service = fn(&Round) -> Sample;
type Raw = fn(&RawSample) -> f64;

/// Each kind of request: its name, what the service did, what the statements did raw.
const KINDS: [(&str, Service, Option<Raw>, Option<Raw>); 4] = [
    ("`GET /healthz`", |round| round.health, None, None),
    ("`GET /cases/{id}`", |round| round.read, Some(|raw| raw.read), Some(|raw| raw.read_on_record)),
    ("`GET /cases?status=overdue&limit=50`", |round| round.list, Some(|raw| raw.list), Some(|raw| raw.list_on_record)),
    ("`POST /cases/{id}/assessment-decision`", |round| round.decision, Some(|raw| raw.decision), None),
];

/// The share that the service reaches of what statements and HTTP allow one after the other.
fn ratio(round: &Round, service: Service, raw: Raw) -> Option<f64> {
    let limit = 1.0 / (1.0 / raw(round.raw.as_ref()?) + 1.0 / round.health.rate);
    Some(service(round).rate / limit)
}

fn tables(one: &Measured, cases: u32) -> String {
    let mut text = format!(
        "\n## {}\n\n| request | requests/s | median, ms | p99, ms | raw, 1/s | raw with its record, 1/s | of the limit |\n\
        |---|---|---|---|---|---|---|\n",
        one.database
    );
    for (name, service, raw, on_record) in KINDS {
        let of = |value: fn(Sample) -> f64| one.rounds.iter().map(move |round| value(service(round)));
        let rawly = |raw: Option<Raw>| {
            let values = one.rounds.iter().filter_map(|round| Some(raw?(round.raw.as_ref()?)));
            range(values, grouped)
        };
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            range(of(|sample| sample.rate), grouped),
            range(of(|sample| sample.median), two),
            range(of(|sample| sample.p99), two),
            rawly(raw),
            rawly(on_record),
            range(one.rounds.iter().filter_map(|round| ratio(round, service, raw?)), two),
        )
        .unwrap();
    }
    let peak = |all: &[Memory]| all.iter().map(|memory| memory.peak).max().map_or("-".to_owned(), mib);
    let idle = one.idle.iter().map(|memory| memory.now).max().map_or("-".to_owned(), mib);
    let starts = one.starts.iter().map(|took| took.as_secs_f64() * 1000.0);
    let rows = f64::from(cases) / one.import.as_secs_f64();
    write!(
        text,
        "\n| | |\n|---|---|\n\
        | statements a request, without those that begin and end a transaction | {} |\n\
        | start, from exec to `/readyz` | {:.0} ms, the median of {STARTS} ({}) |\n\
        | memory, idle | {idle} |\n\
        | memory, the most under load | {} |\n\
        | import of the sheet | {:.1} s, {} rows/s |\n\
        | memory, the most while importing | {} |\n",
        one.statements.as_deref().unwrap_or("-"),
        median_start(one).as_secs_f64() * 1000.0,
        range(starts, |ms| format!("{ms:.0}")),
        peak(&one.loaded),
        one.import.as_secs_f64(),
        grouped(rows),
        one.import_memory.map_or("-".to_owned(), |memory| mib(memory.peak)),
    )
    .unwrap();
    text
}

fn median_start(one: &Measured) -> Duration {
    let mut starts = one.starts.clone();
    starts.sort_unstable();
    starts[starts.len() / 2]
}

/// How to read the tables.
const READING: &str = "
## Reading it

- From least to most of the repetitions: one number would say more than is known.
- *raw* is the statements that the service itself sends for the request, taken from the log of the server: on PostgreSQL
  through pgbench (prepared, as many connections, looking the case up in place of asking whether the connection lives), on
  SQLite in a loop of one thread that fetches rows and does not look at them. A case is read with the statements of its
  stage; values that do not tell one case from another are those of the request that was logged.
- A reading is on record before its answer leaves, and the service commits these records in groups. *raw* leaves them out;
  *raw with its record* commits them one by one, as a service without groups would.
- *of the limit* is what the service reaches of `1 / (1/raw + 1/healthz)`: of a service that did nothing but pass statements
  on, and kept no record of who read what. Beside SQLite, which answers in the same process, most of what is left is the
  work that the limit leaves out: signing in, deriving deadlines, JSON.
- Client, service and database compete for the same cores, so a rate is of the whole machine. The service writes its log
  lines, but to nowhere.
";

/// What the numbers say by themselves.
fn findings(one: &Measured) -> String {
    let rate = |service: Service| range(one.rounds.iter().map(|round| service(round).rate), grouped);
    let start = median_start(one).as_millis();
    format!(
        "- {}: {} cases read, {} pages of the list, {} decisions a second; ready after {start} ms{}.\n",
        one.database,
        rate(|round| round.read),
        rate(|round| round.list),
        rate(|round| round.decision),
        if start > 200 { ", which is more than the 200 ms that were aimed for" } else { "" }
    )
}

/// `least–most`, or one value where they look the same.
fn range(values: impl Iterator<Item = f64>, show: fn(f64) -> String) -> String {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match (values.first(), values.last()) {
        (Some(least), Some(most)) if show(*least) == show(*most) => show(*least),
        (Some(least), Some(most)) => format!("{}–{}", show(*least), show(*most)),
        _ => "-".to_owned(),
    }
}

fn two(value: f64) -> String {
    format!("{value:.2}")
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn mib(kib: u32) -> String {
    format!("{:.1} MiB", f64::from(kib) / 1024.0)
}
