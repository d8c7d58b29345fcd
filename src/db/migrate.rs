//! The schema's history, embedded in the binary and brought up to date at start, by one process at a time.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::{Connection, ExpressionMethods, QueryDsl, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::{Conn, DatabaseUrl};
use super::tx::OpenError;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The key of the lock under which PostgreSQL migrates: any number that nothing else uses.
const LOCK: i64 = 0x4548_4350;

/// Whether a migration has been run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// It has.
    Applied,
    /// It has not.
    Pending,
    /// The database has it, this binary doesn't know it.
    Unknown,
}

/// One migration and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its version, the digits of its folder's name.
    pub version: String,
    /// Its state in this database.
    pub state: MigrationState,
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Brings the schema up to date; answers how many migrations ran. Safe when several processes start at once.
pub fn migrate(url: &DatabaseUrl) -> Result<usize, OpenError> {
    with_connection(url, |conn| {
        let states = states(conn)?;
        refuse_newer(url, &states)?;
        if states.iter().all(|status| status.state == MigrationState::Applied) {
            // The usual start waits for nobody.
            return Ok(0);
        }
        locked(conn, |conn| match conn {
            Conn::Pg(pg) => Ok(pg.run_pending_migrations(POSTGRES)?.len()),
            Conn::Sqlite(sqlite) => Ok(sqlite.run_pending_migrations(SQLITE)?.len()),
        })
    })
}

/// Every migration that the binary or the database knows, oldest first.
pub fn migration_states(url: &DatabaseUrl) -> Result<Vec<MigrationStatus>, OpenError> {
    with_connection(url, states)
}

/// Undoes the migration that ran last.
pub fn revert_last(url: &DatabaseUrl) -> Result<(), OpenError> {
    with_connection(url, |conn| {
        locked(conn, |conn| {
            match conn {
                Conn::Pg(pg) => pg.revert_last_migration(POSTGRES)?,
                Conn::Sqlite(sqlite) => sqlite.revert_last_migration(SQLITE)?,
            };
            Ok(())
        })
    })
}

/// The version of the newest migration in the binary.
pub fn latest_migration() -> String {
    known::<diesel::sqlite::Sqlite>(&SQLITE).ok().and_then(|mut all| all.pop()).unwrap_or_default()
}

fn with_connection<T>(url: &DatabaseUrl, f: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, OpenError> {
    let failed = |fault: Fault| match fault.downcast::<OpenError>() {
        Ok(open) => *open,
        Err(fault) => OpenError(format!("cannot bring the database {url} up to date: {fault}")),
    };
    let mut conn = super::tx::connect(url)?;
    f(&mut conn).map_err(failed)
}

/// PostgreSQL: under an advisory lock, which ends with the connection at the latest. SQLite: in one immediate transaction.
fn locked<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
    match conn {
        Conn::Pg(pg) => pg.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?,
        Conn::Sqlite(sqlite) => {
            sqlite.batch_execute("PRAGMA busy_timeout = 30000")?;
            begin_immediate(sqlite)?;
        }
    }
    let outcome = f(conn);
    match conn {
        Conn::Pg(pg) => pg.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?,
        Conn::Sqlite(_) => {
            use diesel::connection::TransactionManager;
            type Manager = <Conn as Connection>::TransactionManager;
            if outcome.is_ok() { Manager::commit_transaction(conn)? } else { Manager::rollback_transaction(conn)? }
        }
    }
    outcome
}

fn begin_immediate(sqlite: &mut SqliteConnection) -> Result<(), Fault> {
    Ok(diesel::connection::AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?)
}

fn states(conn: &mut Conn) -> Result<Vec<MigrationStatus>, Fault> {
    let applied = applied(conn)?;
    let known = match conn {
        Conn::Pg(_) => known::<diesel::pg::Pg>(&POSTGRES)?,
        Conn::Sqlite(_) => known::<diesel::sqlite::Sqlite>(&SQLITE)?,
    };
    let mut all: Vec<MigrationStatus> = known
        .iter()
        .map(|version| MigrationStatus {
            version: version.clone(),
            state: if applied.contains(version) { MigrationState::Applied } else { MigrationState::Pending },
        })
        .collect();
    all.extend(
        applied
            .into_iter()
            .filter(|version| !known.contains(version))
            .map(|version| MigrationStatus { version, state: MigrationState::Unknown }),
    );
    all.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(all)
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}

/// Reads the list without making it: asking for the state of a database must not change it.
fn applied(conn: &mut Conn) -> Result<Vec<String>, Fault> {
    use __diesel_schema_migrations::dsl;
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let sql = match conn {
        Conn::Pg(_) => {
            "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema() AND tablename = '__diesel_schema_migrations'"
        }
        Conn::Sqlite(_) => "SELECT count(*) AS n FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
    };
    let found: Found = diesel::sql_query(sql).get_result(conn)?;
    if found.n == 0 {
        return Ok(Vec::new());
    }
    Ok(dsl::__diesel_schema_migrations.select(dsl::version).order(dsl::version.asc()).load(conn)?)
}

fn known<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>, Fault>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations: Vec<Box<dyn Migration<DB>>> = source.migrations()?;
    let mut versions: Vec<String> = migrations
        .iter()
        .map(|migration| MigrationVersion::as_owned(&migration.name().version()).to_string())
        .collect();
    versions.sort();
    Ok(versions)
}

fn refuse_newer(url: &DatabaseUrl, states: &[MigrationStatus]) -> Result<(), OpenError> {
    match states.iter().find(|status| status.state == MigrationState::Unknown) {
        None => Ok(()),
        Some(status) => Err(OpenError(format!(
            "the database {url} is of a newer version (migration {}) than this program knows: use the newer program, or restore a backup",
            status.version
        ))),
    }
}
