//! What figures cost among few cases and among many: `cargo bench --bench figures`.
//!
//! The demonstration makes a small authority's seven years. In one copy of its database they are multiplied until there
//! are about as many cases as in all of England in that time. The release binary answers a manager on loopback, on both
//! copies; beside it runs the single query that gives the same numbers, on a connection of its own. What counts are the
//! ratios: of an answer to that query, and of many cases to few. Nothing here judges a time.
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
use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::{Datelike, Days, NaiveDate};
use clap::{Parser, ValueEnum};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use ehcp_tracker::demo::PASSWORD;
use ehcp_tracker::time::Clock;

use client::Connection as Line;
use postgres::{Server, find_binaries};
use service::{Service, get, sign_in};

/// The manager of the demonstration.
const MANAGER: &str = "manager@example.org";

/// Measures what figures cost among few cases and among many.
#[derive(Debug, Parser)]
#[command(name = "figures", bin_name = "cargo bench --bench figures --")]
struct Options {
    /// On which database.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// How many cases there are in the small copy.
    #[arg(long, default_value_t = 10_000)]
    few: u32,
    /// How many times as many there are in the large one.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=200))]
    times: u32,
    /// How long each question is asked, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Writes docs/figures-speed.md.
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

/// One thing that is asked for, with the single query that gives the same numbers.
struct Question {
    name: &'static str,
    path: String,
    raw: String,
}

/// The whole year before this one, which has all its plans.
fn year() -> i32 {
    data::today().year() - 1
}

fn questions(soon: NaiveDate) -> Vec<Question> {
    let (year, today) = (year(), data::today());
    let open = "ended_status IS NULL";
    vec![
        Question {
            name: "timeliness of a year by month",
            path: format!("/api/v1/reports/timeliness?from={year}-01-01&to={year}-12-31&group_by=month"),
            raw: format!(
                "SELECT substr(CAST(issued_on AS TEXT), 1, 7) AS month, issued_after, issued_on > final_due_on AS late, final_excepted, \
                 (disputed_on IS NOT NULL AND disputed_on < issued_on) AS disputed, COUNT(*) AS plans FROM case_figures \
                 WHERE known_to IS NULL AND issued_on >= '{year}-01-01' AND issued_on <= '{year}-12-31' GROUP BY 1, 2, 3, 4, 5"
            ),
        },
        Question {
            name: "caseload",
            path: "/api/v1/reports/caseload".to_owned(),
            raw: format!(
                "SELECT CAST(caseworker_id AS TEXT) AS caseworker, stage, CASE WHEN open_due_on < '{today}' THEN 'overdue' \
                 WHEN excepted_due_on < '{today}' THEN 'overdue_excepted' WHEN soonest_act_by <= '{soon}' THEN 'due_soon' \
                 ELSE 'on_track' END AS status, COUNT(*) AS cases FROM cases WHERE {open} GROUP BY 1, 2, 3"
            ),
        },
        Question {
            name: "breaches, first page",
            path: "/api/v1/reports/breaches".to_owned(),
            raw: format!(
                "SELECT deadlines.id, deadlines.rule, deadlines.citation, deadlines.due_on, deadlines.excepted, cases.reference, cases.stage, users.name, \
                 (SELECT string_agg(advice_requests.kind, ',') FROM advice_requests WHERE advice_requests.case_id = cases.id \
                 AND advice_requests.outstanding), (SELECT string_agg(organisations.name, ',') FROM consultations JOIN organisations \
                 ON organisations.id = consultations.setting_id WHERE consultations.case_id = cases.id AND consultations.responded_on IS NULL) \
                 FROM deadlines JOIN cases ON cases.id = deadlines.case_id LEFT JOIN users ON users.id = cases.caseworker_id \
                 WHERE deadlines.basis = 'statutory' AND deadlines.holder <> 'family' AND deadlines.met_on IS NULL AND deadlines.applicable \
                 AND deadlines.due_on < '{today}' AND deadlines.rule NOT IN ('decide_on_plan', 'order_assess_refuse_plan') \
                 ORDER BY deadlines.due_on, deadlines.id LIMIT 51"
            ),
        },
        Question {
            name: "list of cases, first page",
            path: "/api/v1/cases".to_owned(),
            raw: "SELECT cases.*, people.forename, people.surname, people.date_of_birth, organisations.name AS setting, users.name AS caseworker \
                  FROM cases JOIN people ON people.id = cases.person_id LEFT JOIN organisations ON organisations.id = cases.setting_id \
                  LEFT JOIN users ON users.id = cases.caseworker_id ORDER BY cases.next_due_on, cases.id LIMIT 51"
                .to_owned(),
        },
    ]
}

/// A connection for what is measured beside the service, and for making the data.
enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    fn open(url: &str) -> Self {
        match url.strip_prefix("sqlite://") {
            Some(file) => {
                let mut conn = SqliteConnection::establish(file).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 60000; PRAGMA cache_size = -200000").unwrap();
                Self::Sqlite(conn)
            }
            None => Self::Postgres(PgConnection::establish(url).unwrap()),
        }
    }

    fn run(&mut self, sql: &str) {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
            Self::Postgres(conn) => conn.batch_execute(sql).unwrap(),
        }
    }

    /// An id of a copy: the first eight digits are the copy's number, the others stay.
    fn copied(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('%08x', n) || substr({id}, 9)"),
            Self::Postgres(_) => format!("CAST(lpad(to_hex(n), 8, '0') || substr(CAST({id} AS text), 9) AS uuid)"),
        }
    }

    /// Multiplies what there is: every case with its person, its decisions, advice, plans, deadlines and what is counted of
    /// it. The texts that explain a deadline, the words of the search and the record of changes are left out.
    fn multiply(&mut self, times: u32) {
        let series = match self {
            Self::Sqlite(_) => format!(
                "(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {}) SELECT n FROM series)",
                times - 1
            ),
            Self::Postgres(_) => format!("(SELECT generate_series(1, {}) AS n)", times - 1),
        };
        for (table, ids, changed, same) in TABLES.iter().filter(|_| times > 1) {
            let copied: Vec<String> = ids.iter().map(|id| self.copied(id)).collect();
            let changed_to = changed.iter().map(|(_, to)| (*to).to_owned());
            let columns = ids.iter().copied().chain(changed.iter().map(|(name, _)| *name)).chain(same.iter().copied());
            let columns = columns.collect::<Vec<_>>().join(", ");
            let values = copied.into_iter().chain(changed_to).chain(same.iter().map(|name| (*name).to_owned()));
            let values = values.collect::<Vec<_>>().join(", ");
            let started = Instant::now();
            self.run(&format!("INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT * FROM {table}) AS kept, {series} AS copies"));
            eprintln!("  {table}: {:.0} s", started.elapsed().as_secs_f64());
        }
        let after: [&str; 2] = match self {
            Self::Sqlite(_) => ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Self::Postgres(_) => ["VACUUM ANALYZE", "CHECKPOINT"],
        };
        // Each by itself: PostgreSQL takes several at once for a transaction, in which it does not tidy up.
        for sql in after {
            self.run(sql);
        }
    }
}

/// A table: the ids that are a copy's own, the columns that are changed in a copy, and those that stay.
type Copied = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)], &'static [&'static str]);

const TABLES: [Copied; 10] = [
    (
        "people",
        &["id"],
        &[],
        &[
            "forename",
            "surname",
            "name_key",
            "date_of_birth",
            "sex",
            "ethnicity",
            "postcode",
            "upn",
            "uln",
            "nhs_number",
            "national_curriculum_year",
            "curriculum_year_told_for",
            "social_care_status",
            "sensory_impairment",
            "version",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "cases",
        &["id", "person_id"],
        &[("reference", "reference || '-' || CAST(n AS TEXT)")],
        &[
            "stage",
            "open",
            "received_on",
            "request_source",
            "requester",
            "contacts",
            "setting_id",
            "caseworker_id",
            "restricted",
            "version",
            "created_at",
            "updated_at",
            "final_due_on",
            "next_rule",
            "next_due_on",
            "next_act_by",
            "open_due_on",
            "excepted_due_on",
            "soonest_act_by",
            "ended_status",
            "advice_requested",
            "advice_received",
            "advice_accepted",
        ],
    ),
    (
        "case_imports",
        &["case_id"],
        &[("external_reference", "external_reference || '-' || CAST(n AS TEXT)")],
        &["digest", "mediation", "tribunal", "imported_at"],
    ),
    (
        "case_ends",
        &["id", "case_id"],
        &[],
        &["kind", "ended_on", "reason", "to_local_authority", "recorded_by", "recorded_at"],
    ),
    (
        "case_figures",
        &["case_id"],
        &[],
        &[
            "known_from",
            "known_to",
            "received_on",
            "request_source",
            "setting_id",
            "caseworker_id",
            "social_care_status",
            "decide_due_on",
            "refuse_due_on",
            "final_due_on",
            "final_excepted",
            "assessment_outcome",
            "assessment_notified_on",
            "refusal_reason",
            "plan_refused_on",
            "issued_on",
            "issued_after",
            "disputed_on",
        ],
    ),
    (
        "decisions",
        &["id", "case_id"],
        &[],
        &[
            "about",
            "outcome",
            "decided_on",
            "notified_on",
            "decided_by",
            "panel_on",
            "reasons",
            "refusal_reason",
            "notice",
            "recorded_by",
            "recorded_at",
        ],
    ),
    (
        "advice_requests",
        &["id", "case_id"],
        &[],
        &[
            "kind",
            "organisation_id",
            "section_31_body",
            "status",
            "questions",
            "requested_on",
            "received_by_body_on",
            "due_on",
            "act_by",
            "acknowledged_on",
            "submitted_on",
            "accepted_on",
            "excepted",
            "outstanding",
            "closing",
            "version",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "plans",
        &["id", "case_id"],
        &[],
        &[
            "number",
            "kind",
            "status",
            "preparing_for_adulthood",
            "served_on",
            "served_to",
            "override_reason",
            "issued_on",
            "issued_to",
            "placement",
            "signed_by",
            "version",
            "created_by",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "exceptions",
        &["id", "case_id"],
        &[],
        &[
            "rules",
            "ground",
            "from_on",
            "to_on",
            "evidence",
            "family_told_on",
            "state",
            "proposed_by",
            "proposed_at",
            "confirmed_by",
            "confirmed_at",
            "lifted_by",
            "lifted_at",
            "lift_reason",
        ],
    ),
    (
        "deadlines",
        &["id", "case_id"],
        &[("derivation", "''")],
        &[
            "rule",
            "basis",
            "holder",
            "citation",
            "subject_kind",
            "subject_id",
            "subject_label",
            "starts_on",
            "due_on",
            "act_by",
            "met_on",
            "applicable",
            "excepted",
        ],
    ),
];

fn main() {
    let options = Options::parse();
    let folder = tempfile::Builder::new().prefix("figures-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut page = head(&options);
    page.push_str(
        "| database | what | cases | median, ms | p99, ms | the query alone, median, ms | answer by query | p99 among many by that among few |\n|---|---|---|---|---|---|---|---|\n",
    );
    if options.database != Which::Postgres {
        let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        page.push_str(&compare("SQLite", &options, folder.path(), &url));
    }
    if options.database != Which::Sqlite {
        let Some(binaries) = find_binaries() else {
            eprintln!(
                "no PostgreSQL server is installed: initdb and postgres are needed; --database sqlite does without"
            );
            std::process::exit(1);
        };
        let server = Server::start(&binaries, &["max_connections=60", "shared_buffers=512MB", "max_wal_size=4GB"]);
        let url = |name: &str| {
            server.execute(&format!("CREATE DATABASE {name}"));
            server.url(name)
        };
        page.push_str(&compare("PostgreSQL", &options, folder.path(), &url));
    }
    println!("{page}");
    if options.save {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/figures-speed.md");
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
    let Options { few, times, seconds, .. } = options;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let day = Clock::new(None).read().today;
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "# What figures cost among few cases and among many\n\n\
        Written by the benchmark itself; run it again rather than edit this page:\n\n```sh\n\
        cargo bench --bench figures -- --database {database} --few {few} --times {times} --seconds {seconds} --save\n```\n\n\
        The demonstration's seven years of {few} cases, and {times} times as many. One manager asks over HTTP, the same question for {seconds} s: of either copy in turn the \
        service and then the query alone, so that what disturbs one disturbs all. An answer that names cases waits until that is on record. \"The query alone\" is the single query that gives the same numbers, on a \
        connection of its own in the benchmark, its rows fetched and thrown away. ehcp-tracker {version}, {day}, {cores} cores that client, service and \
        database share, load before the run {load}. What counts are the ratios.\n\n"
    )
}

fn compare(database: &str, options: &Options, folder: &Path, url: &dyn Fn(&str) -> String) -> String {
    let fill = |name: &str, times: u32| {
        eprintln!("{database}: making {} cases", options.few * times);
        let url = url(name);
        let mut demo = service::program(&url, folder);
        demo.args(["demo", "--no-serve", "--cases", &options.few.to_string()]).stderr(Stdio::inherit());
        assert!(demo.status().unwrap().success(), "the demonstration failed");
        let mut raw = Raw::open(&url);
        raw.multiply(times);
        url
    };
    let copies = [(options.few, fill("few", 1)), (options.few * options.times, fill("many", options.times))];
    let span = Duration::from_secs(options.seconds);
    // Ten working days ahead without a bank holiday between.
    let questions = questions(data::today() + Days::new(14));
    eprintln!("{database}: measuring");
    let mut asked: Vec<Asked> = copies.iter().map(|(_, url)| Asked::new(url, folder)).collect();
    let measured: Vec<Vec<Taken>> = questions.iter().map(|question| side_by_side(&mut asked, question, span)).collect();
    let mut rows = String::new();
    for (place, question) in questions.iter().enumerate() {
        for (copy, (cases, _)) in copies.iter().enumerate() {
            let taken = &measured[place][copy];
            let (median, p99, raw) = (at(&taken.answers, 50), at(&taken.answers, 99), at(&taken.queries, 50));
            let by_few =
                if copy == 0 { "-".to_owned() } else { format!("{:.2}", p99 / at(&measured[place][0].answers, 99)) };
            let name = question.name;
            writeln!(
                rows,
                "| {database} | {name} | {cases} | {median:.2} | {p99:.2} | {raw:.2} | {:.2} | {by_few} |",
                median / raw
            )
            .unwrap();
        }
    }
    rows
}

/// A copy that is asked: by the service on it, and by the query alone.
struct Asked {
    token: String,
    service: Service,
    raw: Raw,
}

impl Asked {
    fn new(url: &str, folder: &Path) -> Self {
        let service = Service::start(url, folder);
        Self { token: sign_in(&service.address, MANAGER, PASSWORD), service, raw: Raw::open(url) }
    }
}

/// How long each took, in milliseconds, in order.
#[derive(Default)]
struct Taken {
    answers: Vec<f64>,
    queries: Vec<f64>,
}

/// Asks every copy in turn, the service and then the query alone: what disturbs the machine disturbs them all.
fn side_by_side(asked: &mut [Asked], question: &Question, span: Duration) -> Vec<Taken> {
    let mut lines: Vec<Line> = asked.iter().map(|one| Line::open(&one.service.address).unwrap()).collect();
    let mut taken: Vec<Taken> = asked.iter().map(|_| Taken::default()).collect();
    let milliseconds = |started: Instant| started.elapsed().as_secs_f64() * 1_000.0;
    // What a process does for the first time is not what is measured.
    const FIRST: u32 = 5;
    let (begun, mut round) = (Instant::now(), 0);
    while begun.elapsed() < span || round < FIRST * 4 {
        for ((one, line), taken) in asked.iter_mut().zip(&mut lines).zip(&mut taken) {
            let request = get(&question.path, Some(&one.token));
            let started = Instant::now();
            let status = line.send(&request).unwrap();
            let answered = milliseconds(started);
            assert_eq!(status, 200, "{}", line.body());
            let started = Instant::now();
            one.raw.run(&question.raw);
            let queried = milliseconds(started);
            if round >= FIRST {
                taken.answers.push(answered);
                taken.queries.push(queried);
            }
        }
        round += 1;
    }
    for one in &mut taken {
        one.answers.sort_by(f64::total_cmp);
        one.queries.sort_by(f64::total_cmp);
    }
    taken
}

/// What so many of a hundred did not exceed.
fn at(sorted: &[f64], share: usize) -> f64 {
    sorted[sorted.len() * share / 100]
}
