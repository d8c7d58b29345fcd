//! The schema: the same on both databases and in `src/db/schema.rs`, every step back proven, safe at many starts at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use ehcp_tracker::db::{MigrationState, migrate, migration_states, revert_last};

use crate::support::Backend;
use crate::support::database::Database;

/// Everything that a schema says, one line a fact: how the lines of two schemas differ is how the schemas do.
type Facts = BTreeSet<String>;

#[test]
fn both_folders_hold_the_same_migrations() {
    let names = |backend: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(backend);
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            for file in ["up.sql", "down.sql"] {
                assert!(entry.path().join(file).is_file(), "{} has no {file}", entry.path().display());
            }
            names.insert(entry.file_name());
        }
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn both_databases_have_the_same_schema() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let facts = |backend| {
        let database = migrated(backend);
        // Types are compared with `schema.rs`, which has those of both; here they can only differ.
        let facts = facts(&database, backend).into_iter();
        facts.filter(|fact| !fact.starts_with("type ")).collect::<Facts>()
    };
    assert_same(&facts(Backend::Sqlite), &facts(Backend::Postgres));
}

#[test]
fn the_code_knows_the_schema_of_sqlite() {
    code_knows(Backend::Sqlite);
}

#[test]
fn the_code_knows_the_schema_of_postgres() {
    if Backend::Postgres.is_there() {
        code_knows(Backend::Postgres);
    }
}

fn code_knows(backend: Backend) {
    let columns = |fact: &String| ["type ", "nullable ", "key "].iter().any(|kind| fact.starts_with(kind));
    let found = facts(&migrated(backend), backend).into_iter().filter(columns).collect();
    assert_same(&facts_of_code(backend), &found);
}

/// Whatever belongs to a case is read with it, at every reading: a table without an index for that is read whole.
#[test]
fn what_belongs_to_a_case_is_found_by_an_index_of_its_own() {
    let sql = "SELECT tables.name AS text FROM sqlite_master AS tables \
        JOIN pragma_table_info(tables.name) AS columns ON columns.name = 'case_id' \
        WHERE tables.type = 'table' AND NOT EXISTS (SELECT 1 FROM pragma_index_list(tables.name) AS indexes \
            JOIN pragma_index_info(indexes.name) AS parts ON parts.seqno = 0 AND parts.name = 'case_id' \
            WHERE indexes.partial = 0) ORDER BY tables.name";
    let without: Vec<OneText> = migrated(Backend::Sqlite).open().read(|conn| Ok(sql_query(sql).load(conn)?)).unwrap();
    let names: Vec<String> = without.into_iter().map(|one| one.text).collect();
    assert!(names.is_empty(), "{names:?}");
}

#[derive(Debug, QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

#[test]
fn every_step_can_be_undone_and_done_again_on_sqlite() {
    down_and_up(Backend::Sqlite);
}

#[test]
fn every_step_can_be_undone_and_done_again_on_postgres() {
    if Backend::Postgres.is_there() {
        down_and_up(Backend::Postgres);
    }
}

fn down_and_up(backend: Backend) {
    let database = migrated(backend);
    let before = facts(&database, backend);
    let applied = || {
        let states = migration_states(&database.address()).unwrap();
        states.iter().filter(|status| status.state == MigrationState::Applied).count()
    };
    let all = applied();
    for left in (0..all).rev() {
        revert_last(&database.address()).unwrap();
        assert_eq!(applied(), left);
    }
    assert_same(&Facts::new(), &facts(&database, backend));
    assert_eq!(migrate(&database.address()).unwrap(), all);
    assert_same(&before, &facts(&database, backend));
    assert_eq!(migrate(&database.address()).unwrap(), 0);
}

#[test]
fn many_may_migrate_at_once_on_sqlite() {
    migrate_at_once(Backend::Sqlite);
}

#[test]
fn many_may_migrate_at_once_on_postgres() {
    if Backend::Postgres.is_there() {
        migrate_at_once(Backend::Postgres);
    }
}

fn migrate_at_once(backend: Backend) {
    let database = Database::empty(backend);
    let ran: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| migrate(&database.address()).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(ran, migration_states(&database.address()).unwrap().len());
}

#[test]
fn a_newer_database_is_refused_in_one_sentence_on_sqlite() {
    newer_is_refused(Backend::Sqlite);
}

#[test]
fn a_newer_database_is_refused_in_one_sentence_on_postgres() {
    if Backend::Postgres.is_there() {
        newer_is_refused(Backend::Postgres);
    }
}

fn newer_is_refused(backend: Backend) {
    let database = migrated(backend);
    make_newer(&database);
    let refusal = migrate(&database.address()).unwrap_err().to_string();
    assert!(refusal.contains("newer version (migration 99999999000001)") && !refusal.contains('\n'), "{refusal}");
    let states = migration_states(&database.address()).unwrap();
    assert_eq!(states.last().unwrap().state, MigrationState::Unknown);
}

/// Leaves the mark of a migration that this program does not know.
pub fn make_newer(database: &Database) {
    let sql = "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('99999999000001', CURRENT_TIMESTAMP)";
    database.open().write(|tx| Ok(tx.batch_execute(sql)?)).unwrap();
}

fn migrated(backend: Backend) -> Database {
    let database = Database::empty(backend);
    migrate(&database.address()).unwrap();
    database
}

#[track_caller]
fn assert_same(expected: &Facts, found: &Facts) {
    let missing: Vec<_> = expected.difference(found).collect();
    let further: Vec<_> = found.difference(expected).collect();
    assert!(missing.is_empty() && further.is_empty(), "missing: {missing:#?}\nfurther: {further:#?}");
}

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Text)]
    c: String,
    #[diesel(sql_type = Text)]
    d: String,
}

fn rows(database: &Database, sql: &str) -> Vec<Row> {
    database.open().read(|conn| Ok(sql_query(sql).load(conn)?)).unwrap()
}

fn facts(database: &Database, backend: Backend) -> Facts {
    match backend {
        Backend::Sqlite => facts_of_sqlite(database),
        Backend::Postgres => facts_of_postgres(database),
    }
}

fn facts_of_sqlite(database: &Database) -> Facts {
    let mut facts = Facts::new();
    let columns = "SELECT t.name AS a, c.name AS b, c.type AS c, (c.\"notnull\" = 0 AND c.pk = 0) || ',' || c.pk AS d \
        FROM sqlite_master t, pragma_table_info(t.name) c \
        WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'";
    for Row { a: table, b: column, c: kind, d } in rows(database, columns) {
        let (nullable, key) = d.split_once(',').unwrap();
        facts.insert(format!("type {table}.{column} {kind}"));
        if nullable == "1" {
            facts.insert(format!("nullable {table}.{column}"));
        }
        if key != "0" {
            facts.insert(format!("key {table} {key} {column}"));
        }
    }
    let indexes =
        "SELECT sql AS a, '' AS b, '' AS c, '' AS d FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    facts.extend(rows(database, indexes).iter().map(|row| index_fact(&row.a)));
    let keys = "SELECT t.name AS a, k.\"from\" AS b, k.\"table\" || '.' || coalesce(k.\"to\", 'id') AS c, k.on_delete AS d \
        FROM sqlite_master t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'";
    for Row { a, b, c, d } in rows(database, keys) {
        facts.insert(format!("reference {a}.{b} {c} on delete {}", d.to_lowercase()));
    }
    let tables = "SELECT name AS a, sql AS b, '' AS c, '' AS d FROM sqlite_master \
        WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
    for Row { a: table, b: sql, .. } in rows(database, tables) {
        assert!(sql.trim_end().ends_with("STRICT"), "{table} takes values of any type: make it STRICT");
        for check in sql.split("CHECK (").skip(1) {
            let check = condition(balanced(check));
            // PostgreSQL has a type for what is true or false.
            if let Some(column) = check.strip_suffix(" IN 0, 1") {
                facts.insert(format!("type {table}.{column} only 0 or 1"));
            } else {
                facts.insert(format!("check {table} {check}"));
            }
        }
    }
    facts
}

fn facts_of_postgres(database: &Database) -> Facts {
    let mut facts = Facts::new();
    let columns = "SELECT table_name::text AS a, column_name::text AS b, data_type::text AS c, is_nullable::text AS d \
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'";
    for Row { a: table, b: column, c: kind, d: nullable } in rows(database, columns) {
        facts.insert(format!("type {table}.{column} {kind}"));
        if nullable == "YES" {
            facts.insert(format!("nullable {table}.{column}"));
        }
    }
    let indexes = "SELECT indexdef AS a, '' AS b, '' AS c, '' AS d FROM pg_indexes \
        WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'";
    facts.extend(rows(database, indexes).iter().map(|row| index_fact(&row.a)));
    let constraints = "SELECT conrelid::regclass::text AS a, contype::text AS b, pg_get_constraintdef(oid, true) AS c, '' AS d \
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_%'";
    for Row { a: table, b: kind, c: sql, .. } in rows(database, constraints) {
        match kind.as_str() {
            "p" => facts.extend(
                columns_in(&sql).iter().enumerate().map(|(n, column)| format!("key {table} {} {column}", n + 1)),
            ),
            "f" => {
                let (from, to) = sql.split_once(" REFERENCES ").unwrap();
                let from = columns_in(from).join(",");
                let (to, delete) = to.split_once(" ON DELETE ").unwrap_or((to, "no action"));
                let to = to.replace('(', ".").replace(')', "");
                facts.insert(format!("reference {table}.{from} {to} on delete {}", delete.to_lowercase()));
            }
            "c" => {
                facts.insert(format!("check {table} {}", condition(balanced(sql.strip_prefix("CHECK (").unwrap()))));
            }
            "n" => {}
            other => panic!("{table} has a constraint of a kind ({other}) that this test does not compare: {sql}"),
        }
    }
    facts
}

/// What `schema.rs` says of every column, in the types of a database.
fn facts_of_code(backend: Backend) -> Facts {
    let types: BTreeMap<&str, (&str, &str)> = [
        ("Id", ("TEXT", "uuid")),
        ("Text", ("TEXT", "text")),
        ("Bool", ("INTEGER", "boolean")),
        ("Integer", ("INTEGER", "integer")),
        ("BigInt", ("INTEGER", "bigint")),
        ("Date", ("TEXT", "date")),
        ("Instant", ("TEXT", "timestamp with time zone")),
        ("Doc", ("TEXT", "jsonb")),
    ]
    .into();
    let schema = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs")).unwrap();
    let mut facts = Facts::new();
    let mut table = String::new();
    for line in schema.lines().map(str::trim) {
        if let Some((column, kind)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            let bare = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let (sqlite, postgres) = types[bare.unwrap_or(kind)];
            let own = if backend == Backend::Sqlite { sqlite } else { postgres };
            facts.insert(format!("type {table}.{column} {own}"));
            if backend == Backend::Sqlite && kind.contains("Bool") {
                facts.insert(format!("type {table}.{column} only 0 or 1"));
            }
            if bare.is_some() {
                facts.insert(format!("nullable {table}.{column}"));
            }
        } else if let Some((name, key)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            name.clone_into(&mut table);
            facts.extend(key.split(", ").enumerate().map(|(n, column)| format!("key {name} {} {column}", n + 1)));
        }
    }
    assert!(facts.len() > 200, "schema.rs is written in a way that this test does not read");
    facts
}

/// An index without what the two databases write differently.
fn index_fact(sql: &str) -> String {
    let (head, rest) = sql.split_once(" ON ").unwrap();
    let (body, condition) = rest.split_once(" WHERE ").unwrap_or((rest, ""));
    let table = body.split([' ', '(']).next().unwrap().trim_start_matches("public.");
    let condition = condition.replace(['(', ')'], "").replace(" = 1", "").replace("::text", "");
    let head = head.replace("CREATE ", "").to_lowercase();
    format!("{head} {table} ({}) where {condition}", columns_in(body).join(", "))
}

/// The names between the first parenthesis and the last.
fn columns_in(sql: &str) -> Vec<&str> {
    let inside = sql.split_once('(').unwrap().1.rsplit_once(')').unwrap().0;
    inside.split(", ").collect()
}

/// A text up to the parenthesis that closes it.
fn balanced(sql: &str) -> &str {
    let mut depth = 1;
    let end = sql.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &sql[..end.unwrap()]
}

/// A condition without what the two databases write differently: `x IN ('a', 'b')` and `x = ANY (ARRAY['a'::text, ..])`.
fn condition(sql: &str) -> String {
    let bare = sql.replace("::text", "").replace(" = ANY", " IN").replace("ARRAY[", "").replace(['(', ')', ']'], "");
    match bare.split_once(" IN ") {
        None => bare,
        Some((column, words)) => {
            let words: BTreeSet<_> = words.split(',').map(str::trim).collect();
            format!("{column} IN {}", words.into_iter().collect::<Vec<_>>().join(", "))
        }
    }
}
