//! Many times the caseload that there is, made in the database itself: an import of a million cases would take a quarter
//! of an hour.

use std::time::Instant;

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::query_builder::SqlQuery;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};

use super::data::ORGANISATION;

/// What a case is made of. The record of what was done is left out: no workload reads it.
const TABLES: [&str; 12] = [
    "people",
    "cases",
    "case_imports",
    "case_ends",
    "case_figures",
    "case_words",
    "decisions",
    "advice_requests",
    "advice_submissions",
    "plans",
    "exceptions",
    "deadlines",
];

/// The columns that hold the id of something that is copied.
const OWN: [&str; 6] = ["id", "case_id", "person_id", "advice_request_id", "plan_id", "subject_id"];

/// The columns that only one row may have.
const UNIQUE: [&str; 2] = ["reference", "external_reference"];

/// A column and its type, or an index and how it is made.
#[derive(Debug, QueryableByName)]
pub struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// How a database says what the two say differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    fn columns(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!("SELECT name AS name, type AS kind FROM pragma_table_info('{table}')"),
            Self::Postgres => format!(
                "SELECT CAST(column_name AS text) AS name, CAST(data_type AS text) AS kind FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema = current_schema() ORDER BY ordinal_position"
            ),
        }
    }

    /// The id of a copy: the first eight digits are the copy's number, the others stay.
    fn copied(self, Column { name, kind }: &Column) -> String {
        match self {
            Self::Sqlite => format!("printf('%08x', n) || substr({name}, 9)"),
            Self::Postgres => {
                format!("CAST(lpad(to_hex(n), 8, '0') || substr(CAST({name} AS text), 9) AS {kind})")
            }
        }
    }

    /// Every index but those that hold what only one row may have: its name, and how it is made.
    fn indexes(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!(
                "SELECT name AS name, sql AS kind FROM sqlite_master \
                 WHERE type = 'index' AND tbl_name = '{table}' AND sql LIKE 'CREATE INDEX %'"
            ),
            Self::Postgres => format!(
                "SELECT CAST(indexname AS text) AS name, CAST(indexdef AS text) AS kind FROM pg_indexes \
                 WHERE tablename = '{table}' AND schemaname = current_schema() AND indexdef LIKE 'CREATE INDEX %'"
            ),
        }
    }

    fn series(self, to: u32) -> String {
        match self {
            Self::Sqlite => format!(
                "(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {to}) SELECT n FROM series)"
            ),
            Self::Postgres => format!("(SELECT generate_series(1, {to}) AS n)"),
        }
    }

    /// What makes it quicker: nothing here has to outlive a power cut, and what is copied refers to what is copied too.
    fn before(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "PRAGMA foreign_keys = OFF"],
            Self::Postgres => &["SET session_replication_role = replica", "SET synchronous_commit = off"],
        }
    }

    fn after(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Self::Postgres => &["VACUUM ANALYZE", "CHECKPOINT"],
        }
    }
}

/// Makes `times` as many cases of those that there are, with whom and what belongs to them. The adviser's organisation is
/// asked no more than before.
pub fn multiply<C>(conn: &mut C, dialect: Dialect, times: u32)
where
    C: LoadConnection + SimpleConnection,
    for<'q> SqlQuery: LoadQuery<'q, C, Column>,
{
    let run = |conn: &mut C, sql: &str| conn.batch_execute(sql).unwrap();
    for sql in dialect.before() {
        run(conn, sql);
    }
    let series = dialect.series(times - 1);
    for table in TABLES.iter().filter(|_| times > 1) {
        let started = Instant::now();
        let columns = diesel::sql_query(dialect.columns(table)).load::<Column>(conn).unwrap();
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let value = |column: &Column| match column.name.as_str() {
            name if OWN.contains(&name) => dialect.copied(column),
            name if UNIQUE.contains(&name) => format!("{name} || '-' || CAST(n AS TEXT)"),
            "organisation_id" => format!("NULLIF(organisation_id, '{ORGANISATION}')"),
            name => name.to_owned(),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        // An index is made much sooner of all rows than it is kept while they come in no order of its own.
        let indexes = diesel::sql_query(dialect.indexes(table)).load::<Column>(conn).unwrap();
        indexes.iter().for_each(|index| run(conn, &format!("DROP INDEX {}", index.name)));
        run(
            conn,
            &format!(
                "INSERT INTO {table} ({}) SELECT {} FROM (SELECT * FROM {table}) AS kept, {series} AS copies",
                names.join(", "),
                values.join(", ")
            ),
        );
        indexes.iter().for_each(|index| run(conn, &index.kind));
        eprintln!("  {table}: {:.0} s", started.elapsed().as_secs_f64());
    }
    // Each by itself: PostgreSQL takes several at once for a transaction, in which it does not tidy up.
    for sql in dialect.after() {
        run(conn, sql);
    }
}
