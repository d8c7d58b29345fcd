//! The same statements without the service: through pgbench on PostgreSQL, in a loop of one thread on SQLite.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Nullable, Text, Untyped};
use diesel::sqlite::Sqlite;
use diesel::{Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, deserialize};

use super::capture::{Captured, Statement, Statements, Value, is_list_of_ids, items};
use super::cases::{Case, Caseload};
use super::data::Dice;
use super::postgres::Server;
use super::workload::{Kind, Who};

/// The statements of the service, sent without it.
pub trait Raw {
    /// How many requests a second their statements allow; where asked for, with those that put the reading on record.
    fn rate(&mut self, kind: Kind, on_record: bool) -> f64;
}

/// More values than pgbench takes in a statement: they go into its text.
const PGBENCH_VALUES: usize = 200;

/// pgbench, on a database that the decisions change.
#[derive(Debug)]
pub struct Pgbench<'a> {
    /// The server.
    pub server: &'a Server,
    /// Its programs.
    pub binaries: &'a Path,
    /// The database.
    pub database: &'a str,
    /// How many connections.
    pub clients: usize,
    /// How long each measurement takes.
    pub span: Duration,
    /// Where its scripts go.
    pub folder: &'a Path,
    /// The cases.
    pub caseload: &'a Caseload,
    /// What the service sends.
    pub statements: &'a Statements,
}

impl Raw for Pgbench<'_> {
    fn rate(&mut self, kind: Kind, on_record: bool) -> f64 {
        let scripts = match kind {
            Kind::Read => {
                let script = |(stage, captured): (&String, &Captured)| {
                    let share = self.caseload.readings.iter().filter(|case| case.stage == *stage).count();
                    let look_up = format!(
                        "\\set n random(1, {share})\nSELECT id, reference, person, setting, caseworker FROM bench.readings WHERE stage = '{stage}' AND n = :n \\gset\n"
                    );
                    (self.script(&look_up, captured, on_record), share)
                };
                self.statements.readings.iter().map(script).collect()
            }
            Kind::Decision => {
                let look_up = "SELECT * FROM bench.awaiting WHERE n = (SELECT nextval('bench.next')) \\gset\n";
                vec![(self.script(look_up, self.statements.of(kind), false), 1)]
            }
            _ => vec![(self.script("", self.statements.of(kind), on_record), 1)],
        };
        self.run(&scripts)
    }
}

impl Pgbench<'_> {
    /// Numbers the cases. What a request makes new ids of is numbered too: they ascend, as those of the service do.
    pub fn lay_ground(&self) {
        let Self { caseload, statements, .. } = self;
        let mut sql = "CREATE SCHEMA bench; CREATE SEQUENCE bench.next;
            CREATE TABLE bench.readings (stage text, n int, id uuid, reference text, person uuid, setting uuid, caseworker uuid,
                PRIMARY KEY (stage, n));\n"
            .to_owned();
        sql.push_str(&sessions(statements));
        let mut counts = HashMap::new();
        for case in &caseload.readings {
            let n = counts.entry(&case.stage).or_insert(0);
            *n += 1;
            let Case { id, reference, person, setting, caseworker, stage, .. } = case;
            writeln!(
                sql,
                "INSERT INTO bench.readings VALUES ('{stage}', {n}, '{id}', '{reference}', '{person}', '{setting}', '{caseworker}');"
            )
            .unwrap();
        }
        let deadlines = caseload.awaiting[0].deadlines.len();
        let known: String = (0..deadlines).map(|k| format!(", had[{}] AS d{k}", k + 1)).collect();
        let new: String = (0..statements.of(Kind::Decision).new_ids())
            .map(|k| format!(", ('01ffffff-0000-7000-8000-' || lpad(to_hex(n * 64 + {k}), 12, '0'))::uuid AS u{k}"))
            .collect();
        writeln!(
            sql,
            "CREATE TABLE bench.awaiting AS SELECT n, id, reference, person, setting, caseworker{known}{new} FROM (
                SELECT row_number() OVER (ORDER BY id)::int AS n, id, reference, person_id AS person,
                    setting_id AS setting, caseworker_id AS caseworker, had FROM (
                    SELECT id, reference, person_id, setting_id, caseworker_id,
                        (SELECT array_agg(d.id ORDER BY d.rule, d.id) FROM deadlines d WHERE d.case_id = c.id) AS had
                    FROM cases c WHERE stage = 'awaiting_decision') AS one
                WHERE cardinality(had) = {deadlines}) AS numbered;
            CREATE UNIQUE INDEX ON bench.awaiting (n);
            ANALYZE bench.readings;
            ANALYZE bench.awaiting;
            CHECKPOINT;"
        )
        .unwrap();
        let mut conn = PgConnection::establish(&self.server.url(self.database)).unwrap();
        conn.batch_execute(&sql).unwrap();
    }

    /// A script, and the values that it needs. Looking the case up is a round trip that the service does not make.
    fn script(&self, look_up: &str, captured: &Captured, on_record: bool) -> (PathBuf, Vec<String>) {
        let (mut script, mut variables) = (look_up.to_owned(), Vec::new());
        // Values are told for a whole run of several scripts, so their names are those of one script alone.
        let own = std::fs::read_dir(self.folder).unwrap().count();
        let answer = captured.answer.iter().skip_while(|statement| statement.sql == "SELECT 1");
        let record = captured.record.iter().filter(|_| on_record);
        for (number, statement) in answer.chain(record).enumerate() {
            let inline = statement.values.len() > PGBENCH_VALUES;
            for (text, value) in pieces(statement) {
                script.push_str(text);
                match value.map(|place| (place, &statement.values[place])) {
                    None => {}
                    Some((place, Value::Fixed(fixed))) if !inline => {
                        write!(script, ":v{own}_{number}_{place}").unwrap();
                        variables.push(format!("--define=v{own}_{number}_{place}={fixed}"));
                    }
                    Some((_, value)) => script.push_str(&self.spelled(value, look_up, inline)),
                }
            }
            script.push_str(";\n");
        }
        let file = self.folder.join(format!("{own}.sql"));
        std::fs::write(&file, script).unwrap();
        (file, variables)
    }

    /// A value in the text of a script.
    fn spelled(&self, value: &Value, look_up: &str, inline: bool) -> String {
        match value {
            Value::Null => "NULL".to_owned(),
            Value::Case => ":id".to_owned(),
            Value::Reference => ":reference".to_owned(),
            Value::Person => ":person".to_owned(),
            Value::Setting => ":setting".to_owned(),
            Value::Caseworker => ":caseworker".to_owned(),
            Value::Caller(n) if inline => format!("'{}'", self.caseload.callers[*n]),
            Value::Caller(n) => format!(":caller{n}"),
            Value::Deadline(k) => format!(":d{k}"),
            Value::New(k) if look_up.contains("bench.awaiting") => format!(":u{k}"),
            // Of readings only the id of the request is new, which need not be the only one of its kind.
            Value::New(_) => "'01ffffff-0000-7000-8000-000000000000'".to_owned(),
            Value::Fixed(fixed) => format!("'{}'", fixed.replace('\'', "''")),
            Value::Ids(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| self.spelled(id, look_up, inline)).collect();
                format!("ARRAY[{}]::uuid[]", ids.join(", "))
            }
        }
    }

    /// Runs scripts, each as often as its share says.
    fn run(&self, scripts: &[((PathBuf, Vec<String>), usize)]) -> f64 {
        let mut command = Command::new(self.binaries.join("pgbench"));
        command.args(self.caseload.callers.iter().enumerate().map(|(n, id)| format!("--define=caller{n}={id}")));
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--username=postgres"]);
        command.arg(format!("--client={}", self.clients)).arg(format!("--time={}", self.span.as_secs().max(1)));
        command.arg(format!("--host={}", self.server.folder.display()));
        for ((file, variables), share) in scripts {
            command.arg(format!("--file={}@{share}", file.display())).args(variables);
        }
        let output = command.arg(self.database).output().unwrap();
        let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && !complaint.contains("aborted"), "pgbench: {complaint}");
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.expect("pgbench tells its transactions a second")
    }
}

/// The sign-ins that the statements look for, which were made in another copy of the database.
fn sessions(statements: &Statements) -> String {
    let session = |who: Who| {
        format!(
            "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
            SELECT '{}', id, created_at, created_at, '2999-01-01T00:00:00.000000Z' FROM users WHERE email = '{}';\n",
            statements.sessions[who.number()],
            who.email()
        )
    };
    Who::ALL.map(session).concat()
}

/// The text of a statement cut at its values: each piece with the place of the value that follows it.
fn pieces(statement: &Statement) -> Vec<(&str, Option<usize>)> {
    let mut pieces = Vec::new();
    let mut rest = statement.sql.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let place: usize = after[..digits].parse().expect("the number of a value");
        pieces.push((before, Some(place - 1)));
        rest = &after[digits..];
    }
    pieces.push((rest, None));
    pieces
}

/// A loop of one thread, on an SQLite file that the decisions change.
pub struct Loop<'a> {
    conn: SqliteConnection,
    caseload: &'a Caseload,
    statements: &'a Statements,
    /// The ids that the answers of each kind hold, in the place of those of the database in which the statements were logged.
    listed: &'a HashMap<Kind, Vec<String>>,
    span: Duration,
    decided: usize,
}

impl<'a> Loop<'a> {
    /// Opens a file.
    pub fn on(
        file: &Path,
        caseload: &'a Caseload,
        statements: &'a Statements,
        listed: &'a HashMap<Kind, Vec<String>>,
        span: Duration,
    ) -> Self {
        let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
        conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;").unwrap();
        conn.batch_execute(&sessions(statements)).unwrap();
        Self { conn, caseload, statements, listed, span, decided: 0 }
    }

    fn run(&mut self, statements: &[Ported], case: Option<&Case>, number: u32) {
        for statement in statements {
            let values = statement.pieces.iter().filter_map(|(_, value)| value.as_ref());
            let binds = values.map(|value| bind(value, case, &self.caseload.callers, number)).collect();
            Asked { statement, binds }.load::<Unread>(&mut self.conn).unwrap();
        }
    }
}

impl<'a> Raw for Loop<'a> {
    fn rate(&mut self, kind: Kind, on_record: bool) -> f64 {
        let (span, caseload, statements) = (self.span, self.caseload, self.statements);
        match kind {
            Kind::Read => {
                let mut dice = Dice::new(3);
                let port = |case: &'a Case| (case, ported(&statements.readings[&case.stage], &[], on_record));
                let own: Vec<(&Case, Vec<Ported>)> = caseload.readings.iter().map(port).collect();
                repeat(span, |number| {
                    let (case, statements) = &own[dice.below(own.len())];
                    self.run(statements, Some(case), number);
                    true
                })
            }
            Kind::Decision => {
                let own = ported(statements.of(kind), &[], false);
                repeat(span, |number| {
                    let Some(case) = caseload.awaiting.get(self.decided) else {
                        return false;
                    };
                    self.decided += 1;
                    self.run(&own, Some(case), number);
                    true
                })
            }
            _ => {
                let listed = self.listed.get(&kind).map_or(&[][..], Vec::as_slice);
                let own = ported(statements.of(kind), listed, on_record);
                repeat(span, |number| {
                    self.run(&own, None, number);
                    true
                })
            }
        }
    }
}

/// How often a second `f` can be done; ends early once it answers false.
fn repeat(span: Duration, mut f: impl FnMut(u32) -> bool) -> f64 {
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < span && f(count) {
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}

/// The statements as SQLite understands them: no locks, nobody asks whether the connection lives, it has other words for
/// the beginning of a transaction, for lists and for a column that is left out.
fn ported(captured: &Captured, listed: &[String], on_record: bool) -> Vec<Ported> {
    let record = captured.record.iter().filter(|_| on_record);
    let all = captured.answer.iter().chain(record).filter(|statement| {
        statement.sql != "SELECT 1" && !statement.sql.starts_with("LOCK TABLE") && !statement.sql.contains("FOR UPDATE")
    });
    all.map(|statement| match statement.sql.as_str() {
        "BEGIN" => Ported { pieces: vec![("BEGIN IMMEDIATE".to_owned(), None)] },
        sql if sql.starts_with("BEGIN TRANSACTION") => Ported { pieces: vec![("BEGIN".to_owned(), None)] },
        _ => {
            let mut ported = Ported { pieces: Vec::new() };
            for (text, value) in pieces(statement) {
                let text = text
                    .replace('"', "`")
                    .replace("!= ALL(", "NOT IN (")
                    .replace("= ANY(", "IN (")
                    .replace(" DEFAULT", " NULL")
                    .replace("(DEFAULT", "(NULL");
                match value.map(|place| &statement.values[place]) {
                    Some(Value::Fixed(list)) if text.ends_with("IN (") => {
                        // Of what is listed, not of the organisations that are looked up for it.
                        let of_list = is_list_of_ids(list) && !statement.sql.contains("FROM \"organisations\"");
                        let named: Vec<&str> = if of_list && !listed.is_empty() {
                            listed.iter().map(String::as_str).collect()
                        } else {
                            items(list).collect()
                        };
                        ported.list(text, named.into_iter().map(|item| Value::Fixed(item.to_owned())));
                    }
                    Some(Value::Ids(ids)) => ported.list(text, ids.iter().cloned()),
                    value => ported.pieces.push((text, value.cloned())),
                }
            }
            ported
        }
    })
    .collect()
}

#[derive(Debug, Clone)]
struct Ported {
    pieces: Vec<(String, Option<Value>)>,
}

impl Ported {
    /// A place for each item of a list.
    fn list(&mut self, text: String, items: impl Iterator<Item = Value>) {
        let texts = std::iter::once(text).chain(std::iter::repeat(", ".to_owned()));
        self.pieces.extend(texts.zip(items.map(Some)));
    }
}

/// A value as the service binds it on SQLite.
#[derive(Debug)]
enum Bind {
    Text(Option<String>),
    Number(i64),
}

fn bind(value: &Value, case: Option<&Case>, callers: &[String; 3], number: u32) -> Bind {
    let known = || case.expect("a request about a case");
    Bind::Text(match value {
        Value::Null => None,
        Value::Case => Some(known().id.clone()),
        Value::Reference => Some(known().reference.clone()),
        Value::Person => Some(known().person.clone()),
        Value::Setting => Some(known().setting.clone()),
        Value::Caseworker => Some(known().caseworker.clone()),
        Value::Caller(n) => Some(callers[*n].clone()),
        Value::Deadline(place) => Some(known().deadlines[*place].clone()),
        Value::New(place) => {
            Some(format!("01ffffff-0000-7000-8000-{:012x}", u64::from(number) * 64 + u64::try_from(*place).unwrap()))
        }
        Value::Ids(_) => unreachable!("a list has a place for each of its items"),
        Value::Fixed(fixed) => match (fixed.as_str(), fixed.parse()) {
            ("t", _) => return Bind::Number(1),
            ("f", _) => return Bind::Number(0),
            (text, Ok(whole)) if text == "0" || !text.starts_with('0') => return Bind::Number(whole),
            // An instant, as it is kept there.
            (text, _) if text.ends_with("+00") && text.as_bytes().get(10) == Some(&b' ') => {
                Some(format!("{}Z", text.trim_end_matches("+00").replace(' ', "T")))
            }
            (text, _) => Some(text.to_owned()),
        },
    })
}

thread_local! {
    /// How many rows came back, so that reading them can't be left out.
    static ROWS: Cell<u64> = const { Cell::new(0) };
}

/// A row that was fetched and not looked at.
#[derive(Debug)]
struct Unread;

impl QueryableByName<Sqlite> for Unread {
    fn build<'a>(_: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        ROWS.set(ROWS.get() + 1);
        Ok(Self)
    }
}

/// A statement with its values. diesel's own raw query is prepared anew each time; this one is kept, as the service's are.
#[derive(Debug)]
struct Asked<'a> {
    statement: &'a Ported,
    binds: Vec<Bind>,
}

impl QueryId for Asked<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Asked<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<SqliteConnection> for Asked<'_> {}

impl QueryFragment<Sqlite> for Asked<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        for (text, value) in &self.statement.pieces {
            out.push_sql(text);
            if value.is_some() {
                match binds.next().expect("a value for each place") {
                    Bind::Text(text) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                    Bind::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                }
            }
        }
        Ok(())
    }
}
