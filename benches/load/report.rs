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

use super::multiply::Dialect;
use super::service::{Memory, PROGRAM};
use super::sizes::{self, Pair};
use super::workload::Kind;
use super::{Measured, Options, Outcome, Round, STARTS, Which, print};

/// What is aimed at beside the shares of the limit.
const IDLE: f64 = 40.0;
const LOADED: f64 = 120.0;
const READY: f64 = 200.0;
const BY_SIZE: f64 = 1.5;

/// With how many connections the targets are compared.
const COMPARED: u16 = 8;

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
    let Options { cases, few, times, seconds, repetitions, .. } = options;
    let database = match options.database {
        Which::Sqlite => "sqlite",
        Which::Postgres => "postgres",
        Which::Both => "both",
    };
    let clients = options.clients.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    let command = format!(
        "cargo bench --bench load -- --database {database} --cases {cases} --few {few} --times {times} --seconds {seconds} --clients {clients} --repetitions {repetitions} --save"
    );
    let Surroundings { machine, load, rustc, binary } = surroundings;
    let databases = measured.iter().map(|one| one.database.as_str()).collect::<Vec<_>>().join(", ");
    let day = Clock::new(None).read().today;
    let build = if cfg!(debug_assertions) { "not a release build: compare nothing" } else { "release build" };
    let version = env!("CARGO_PKG_VERSION");
    write!(
        page,
        "# Performance\n\n\
        Written by the benchmark itself; run it again rather than edit this page. What is missed of the targets, and why: \
        [performance-notes.md](performance-notes.md).\n\n```sh\n{command}\n```\n\n\
        | | |\n|---|---|\n\
        | day | {day} |\n\
        | machine | {machine}; client, service and database share it |\n\
        | load before the run | {load} (what other programs did: where it is above 0.5 they slowed what was measured) |\n\
        | program | ehcp-tracker {version}, {build}, {}, {rustc} |\n\
        | databases | {databases}; every commit reaches the disk (`synchronous=FULL`, `fsync=on`) |\n\
        | caseload | {} cases; {seconds} s a measurement, {repetitions} repetitions on fresh copies |\n",
        mib(*binary),
        grouped(f64::from(*cases)),
    )
    .unwrap();
    page.push_str(&targets(measured));
    for one in measured {
        page.push_str(&tables(one, options));
    }
    page.push_str(&print::table());
    page.push_str(READING);
    page
}

/// What is aimed at beside what was measured.
fn targets(measured: &[Measured]) -> String {
    let mut text =
        "\n## What is aimed at\n\n| database | what | aimed at | measured | |\n|---|---|---|---|---|\n".to_owned();
    let mut row = |database: &str,
                   what: &str,
                   aim: String,
                   values: Vec<f64>,
                   show: fn(f64) -> String,
                   met: &dyn Fn(f64) -> bool| {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        // Of an even number the one of the two in the middle that misses, if one does.
        let middle_two = [sorted.len().saturating_sub(1) / 2, sorted.len() / 2];
        let median = middle_two.iter().filter_map(|place| sorted.get(*place)).min_by_key(|value| met(**value));
        let Some(median) = median else {
            return;
        };
        let verdict = if met(*median) { "met" } else { "MISSED" };
        writeln!(text, "| {database} | {what} | {aim} | {} | {verdict} |", middle(&sorted, *median, show)).unwrap();
    };
    for one in measured {
        for kind in Kind::ALL {
            let Some((postgres, sqlite)) = kind.target() else {
                continue;
            };
            let aim = if one.dialect == Dialect::Postgres { postgres } else { sqlite };
            let rounds = one.rounds.iter().filter(|round| round.clients == COMPARED);
            let values = rounds.filter_map(|round| share(round, kind, !kind.is_on_record())).collect();
            let what = if kind.is_on_record() { "of the limit, without its record" } else { "of the limit" };
            row(
                &one.database,
                &format!("{}: {what}", kind.name()),
                format!("at least {aim}"),
                values,
                two,
                &|median| median >= aim,
            );
        }
        if let Some(by_size) = &one.by_size {
            for kind in Kind::READINGS {
                let ratios = |(of, pair): &(Kind, Pair)| (*of == kind).then(|| pair.p99[1] / pair.p99[0]);
                let values = by_size.rounds.iter().filter_map(ratios).collect();
                let what = format!("{}: p99 among many by that among few", kind.name());
                row(&one.database, &what, format!("at most {BY_SIZE}"), values, two, &|median| median <= BY_SIZE);
            }
        }
        let megabytes = |kib: u32| f64::from(kib) * 1024.0 / 1e6;
        let idle = one.idle.iter().map(|memory| megabytes(memory.now)).collect();
        row(&one.database, "memory, idle, MB", format!("under {IDLE}"), idle, two, &|median| median < IDLE);
        let loaded = one.loaded.iter().map(|memory| megabytes(memory.peak)).collect();
        row(&one.database, "memory, the most under load, MB", format!("at most {LOADED}"), loaded, two, &|median| {
            median <= LOADED
        });
        let starts = one.starts.iter().map(|took| took.as_secs_f64() * 1000.0).collect();
        row(
            &one.database,
            "ready on an existing database, ms",
            format!("at most {READY}"),
            starts,
            |ms| format!("{ms:.0}"),
            &|median| median <= READY,
        );
    }
    text.push_str(&format!(
        "\nThe median, and from least to most of the repetitions: shares with {COMPARED} connections, memory with every number \
         of them.\n"
    ));
    text
}

/// A median with the range around it.
fn middle(sorted: &[f64], median: f64, show: fn(f64) -> String) -> String {
    let all = range(sorted.iter().copied(), show);
    if all == show(median) { all } else { format!("{} ({all})", show(median)) }
}

/// The share that the service reaches of what statements and HTTP allow one after the other.
fn share(round: &Round, kind: Kind, on_record: bool) -> Option<f64> {
    let outcome = round.of(kind)?;
    let limit = 1.0 / (1.0 / outcome.raw? + 1.0 / round.of(Kind::Health)?.service.rate);
    let service = if on_record { outcome.service } else { outcome.without_record? };
    Some(service.rate / limit)
}

/// The tables of one database.
pub fn tables(one: &Measured, options: &Options) -> String {
    let mut text = format!("\n## {}\n", one.database);
    let mut clients = options.clients.clone();
    clients.sort_unstable();
    for clients in clients {
        let rounds: Vec<&Round> = one.rounds.iter().filter(|round| round.clients == clients).collect();
        write!(
            text,
            "\n### {} cases, {clients} {}\n\n\
            | request | requests/s | median, ms | p99, ms | service's processor, µs | without its record, 1/s | raw, 1/s | raw with its record, 1/s | of the limit | of the limit, without its record |\n\
            |---|---|---|---|---|---|---|---|---|---|\n",
            grouped(f64::from(options.cases)),
            if clients == 1 { "connection" } else { "connections" },
        )
        .unwrap();
        for kind in Kind::ALL {
            let of = |value: fn(&Outcome) -> Option<f64>, show: fn(f64) -> String| {
                range(rounds.iter().filter_map(|round| value(round.of(kind)?)), show)
            };
            let limit = |on_record: bool| range(rounds.iter().filter_map(|round| share(round, kind, on_record)), two);
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                kind.name(),
                of(|one| Some(one.service.rate), grouped),
                of(|one| Some(one.service.median), two),
                of(|one| Some(one.service.p99), two),
                of(|one| Some(one.processor), grouped),
                of(|one| Some(one.without_record?.rate), grouped),
                of(|one| one.raw, grouped),
                of(|one| one.raw_on_record, grouped),
                limit(true),
                limit(false),
            )
            .unwrap();
        }
    }
    text.push_str(&by_size(one));
    let peak = |all: &[Memory]| all.iter().map(|memory| memory.peak).max().map_or("-".to_owned(), mib);
    let idle = one.idle.iter().map(|memory| memory.now).max().map_or("-".to_owned(), mib);
    let starts = one.starts.iter().map(|took| took.as_secs_f64() * 1000.0);
    let rows = f64::from(options.cases) / one.import.as_secs_f64();
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

/// The readings among few and among many.
fn by_size(one: &Measured) -> String {
    let Some(by_size) = &one.by_size else {
        return String::new();
    };
    let [few, many] = by_size.cases.map(|cases| grouped(f64::from(cases)));
    let mut text = format!(
        "\n### {few} and {many} cases, {} connections\n\n\
        | request | most among {few}, 1/s | most among {many}, 1/s | asked, 1/s | median among {few}, ms | among {many} | p99 among {few}, ms | among {many} | p99 among many by that among few |\n\
        |---|---|---|---|---|---|---|---|---|\n",
        sizes::CLIENTS
    );
    for kind in Kind::READINGS {
        let of = |value: &dyn Fn(&Pair) -> f64, show: fn(f64) -> String| {
            range(by_size.rounds.iter().filter(|(of, _)| *of == kind).map(|(_, pair)| value(pair)), show)
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            kind.name(),
            of(&|pair| pair.most[0], grouped),
            of(&|pair| pair.most[1], grouped),
            of(&|pair| pair.pace, grouped),
            of(&|pair| pair.median[0], two),
            of(&|pair| pair.median[1], two),
            of(&|pair| pair.p99[0], two),
            of(&|pair| pair.p99[1], two),
            of(&|pair| pair.p99[1] / pair.p99[0], two),
        )
        .unwrap();
    }
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
  through pgbench (prepared, as many connections; a case that is read or decided is looked up first, a round trip that the
  service does not make), on SQLite in a loop of one thread that fetches rows and does not look at them, and in which a
  list of ids has a place for each where the service hands over one value. A case is read
  with the statements of its stage; values that do not tell one case from another are those of the request that was logged,
  the ids of a list those of the same list.
- A reading is on record before its answer leaves, and the service commits these records in groups. *raw* leaves them out;
  *raw with its record* commits them one by one, as a service without groups would. *without its record* is the same
  service with the record taken away by code, in the process of the benchmark.
- *of the limit* is what the service reaches of `1 / (1/raw + 1/healthz)`: of a service that did nothing but pass statements
  on. Beside SQLite, which answers in the same process, most of what is left is the work that the limit leaves out: signing
  in, deriving deadlines, JSON.
- *the service's processor* is what its process used for a request; PostgreSQL's is not in it, SQLite's is.
- Few and many cases are asked at the same pace, half of what the slower can do; an answer counts from when its request was
  due, so that a stall is not hidden.
- Client, service and database compete for the same cores, so a rate is of the whole machine. The service writes its log
  lines, but to nowhere. Memory idle and the start are those of the whole service, idle once it has
  looked through a caseload that it had never looked through before; under load the mails that a decision
  queues are left for later (`EHCP_JOBS=off`), since the statements beside it send none.
";

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
