//! One connection type for both databases, and how one is opened.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::expression::Selectable;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError, RunQueryDsl};

/// A connection to whichever database the settings name.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// The embedded SQLite.
    Sqlite(SqliteConnection),
}

impl Conn {
    /// How many days there are from one column to another, in the database's own words. The names stand in a query as they
    /// are, so they are ones of the schema.
    pub fn days_between(&self, from: &'static str, to: &'static str) -> String {
        match self {
            Self::Pg(_) => format!("({to} - {from})"),
            Self::Sqlite(_) => format!("CAST(julianday({to}) - julianday({from}) AS INTEGER)"),
        }
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pg(_) => "Conn::Pg",
            Self::Sqlite(_) => "Conn::Sqlite",
        })
    }
}

/// The same statement compiled for each database's own connection, for what the derived connection can't do:
/// `ON CONFLICT` and inserts of several rows.
macro_rules! native {
    ($conn:expr, |$c:ident| $e:expr) => {
        match &mut *$conn {
            $crate::db::Conn::Pg($c) => $e,
            $crate::db::Conn::Sqlite($c) => $e,
        }
    };
}
pub(crate) use native;

/// The column list of a row type, for `RETURNING`: diesel's `as_returning()` does not compile on the derived connection.
pub trait Columns: Selectable<MultiBackend> {
    /// The columns.
    fn columns() -> Self::SelectExpression {
        Self::construct_selection()
    }
}

impl<T: Selectable<MultiBackend>> Columns for T {}

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as libpq understands it.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => match url::Url::parse(url) {
                Ok(url) => write!(
                    f,
                    "postgres://{}:{}{}",
                    url.host_str().unwrap_or("localhost"),
                    url.port().unwrap_or(5432),
                    url.path()
                ),
                Err(_) => f.write_str("postgres"),
            },
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite://")
            && !path.is_empty()
        {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            url::Url::parse(text).map_err(|fault| format!("expected a PostgreSQL address: {fault}"))?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("expected sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME".to_owned())
    }
}

impl DatabaseUrl {
    /// Opens a connection.
    ///
    /// diesel's derived `establish` tries each database in turn and hides the true error, so it is not used.
    pub(super) fn connect(&self) -> Result<Conn, ConnectionError> {
        match self {
            Self::Postgres(url) => PgConnection::establish(&patient(url)).map(Conn::Pg),
            Self::Sqlite(path) => connect_sqlite(path).map(Conn::Sqlite),
        }
    }
}

/// What libpq is told unless the address says it itself: a server that does not answer, or has gone without a word, is
/// found out (PostgreSQL, "Parameter Key Words"; seconds, and milliseconds for the last one).
const PATIENCE: &[(&str, &str)] = &[
    ("connect_timeout", "5"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "30000"),
];

/// The address of a PostgreSQL server, with how long it is waited for.
fn patient(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else {
        return address.to_owned();
    };
    let said: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    for (name, value) in PATIENCE.iter().filter(|(name, _)| !said.iter().any(|said| said == name)) {
        url.query_pairs_mut().append_pair(name, value);
    }
    url.into()
}

/// How long PostgreSQL works on one statement of a server, waits for one lock, and keeps a transaction that asks nothing
/// more. What takes longer is answered 503; whoever runs a command by hand may wait as long as it takes.
const SERVING: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
                       SET idle_in_transaction_session_timeout = '60s'";

fn connect_sqlite(path: &Path) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    let broken = ConnectionError::CouldntSetupConfiguration;
    // The log's file would otherwise stay as large as the largest transaction ever made it. What is deleted is overwritten:
    // an erased word must not be had from the file.
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; \
         PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;",
    )
    .map_err(broken)?;
    // Switching a new file to WAL ignores the busy timeout, so two processes that start at once collide here.
    let started = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;") {
            Ok(()) => return Ok(conn),
            Err(fault) if started.elapsed() > Duration::from_secs(10) => return Err(broken(fault)),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// After how long without use a connection is asked whether it still lives. Under load a round trip for every request
/// would cost more than it tells: whoever asks may still lose the connection a moment later.
const TRUSTED: Duration = Duration::from_secs(1);

/// A connection of the pool.
#[derive(Debug)]
pub(super) struct Pooled {
    conn: Conn,
    /// When it was last known to live.
    lived_at: Instant,
}

impl Pooled {
    /// Works on it. Only what succeeds shows that it lives.
    pub(super) fn work<T, E>(&mut self, f: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let outcome = f(&mut self.conn);
        if outcome.is_ok() {
            self.lived_at = Instant::now();
        }
        outcome
    }
}

/// Opens pooled connections.
#[derive(Debug)]
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    /// Requests wait for what is done: nothing may take without end.
    pub(super) serving: bool,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let mut conn = self.url.connect().map_err(diesel::r2d2::Error::ConnectionError)?;
        if let (Conn::Pg(pg), true) = (&mut conn, self.serving) {
            pg.batch_execute(SERVING).map_err(diesel::r2d2::Error::QueryError)?;
        }
        Ok(Pooled { conn, lived_at: Instant::now() })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        match &mut pooled.conn {
            Conn::Pg(_) if pooled.lived_at.elapsed() < TRUSTED => Ok(()),
            Conn::Pg(pg) => {
                diesel::sql_query("SELECT 1").execute(pg).map(drop).map_err(diesel::r2d2::Error::QueryError)
            }
            // A file does not go away between two uses.
            Conn::Sqlite(_) => Ok(()),
        }
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        use diesel::connection::TransactionManager;
        // A connection that was given back inside a transaction must not be handed out again.
        let status = <Conn as Connection>::TransactionManager::transaction_manager_status_mut(&mut pooled.conn);
        std::thread::panicking() || !matches!(status.transaction_depth(), Ok(None))
    }
}
