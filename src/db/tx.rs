//! Reading and writing. "In a transaction" is a type: a [`Tx`] can only come from [`Db::write`] and
//! [`Db::write_much`].

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use scheduled_thread_pool::ScheduledThreadPool;

use super::conn::{Conn, DatabaseUrl, Manager};
use crate::error::Error;

/// How long a request waits for a free connection before it is answered 503.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);

/// How much of the database SQLite holds in memory for a connection: as it does when it is told nothing, and while much is
/// changed.
const USUAL_KIB: u32 = 2_000;
const MUCH_KIB: u32 = 128 * 1024;

/// The database could not be opened: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub(super) String);

/// The database. Cloning it is cheap; every clone shares the same connections.
#[derive(Debug, Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    url: DatabaseUrl,
    pool: r2d2::Pool<Manager>,
    /// SQLite allows one writer at a time: queueing here rather than in its busy handler keeps the wait short and fair.
    writer: Option<Mutex<Conn>>,
}

/// A connection inside a transaction. What changes data takes one.
#[derive(Debug)]
pub struct Tx<'c> {
    conn: &'c mut Conn,
    gathered: Vec<Box<dyn Gathered>>,
}

/// What a transaction gathers while it runs and writes at its end: once, whatever was added how often, and holding what
/// others wait for no longer than the commit takes.
pub trait Gathered: Any + fmt::Debug {
    /// Writes what was gathered, in the transaction that gathered it.
    fn write(self: Box<Self>, tx: &mut Tx<'_>) -> Result<(), Error>;
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

impl Tx<'_> {
    /// What this transaction has gathered of a kind, to add to it.
    pub fn gathered<T: Gathered + Default>(&mut self) -> Result<&mut T, Error> {
        fn known<T: 'static>(one: &dyn Gathered) -> bool {
            let one: &dyn Any = one;
            one.is::<T>()
        }
        if !self.gathered.iter().any(|one| known::<T>(one.as_ref())) {
            self.gathered.push(Box::<T>::default());
        }
        let found = self.gathered.iter_mut().find_map(|one| {
            let one: &mut dyn Any = one.as_mut();
            one.downcast_mut()
        });
        found.ok_or_else(|| Error::internal("what a transaction gathers has gone"))
    }

    /// Writes now what was gathered so far: a transaction that gathers without end must not hold it all in memory.
    pub fn write_gathered(&mut self) -> Result<(), Error> {
        for one in std::mem::take(&mut self.gathered) {
            one.write(self)?;
        }
        Ok(())
    }

    /// Waits for those who have changed or locked a row of `table`, and lets nobody else do so until this transaction
    /// ends. Readers go on. On SQLite there is one writer at a time anyway.
    pub fn lock_against_writers(&mut self, table: &'static str) -> Result<(), Error> {
        self.lock_table(table, "EXCLUSIVE")
    }

    /// The same, and readers wait too: nobody goes on with what was in `table` before.
    pub fn lock_against_readers(&mut self, table: &'static str) -> Result<(), Error> {
        self.lock_table(table, "ACCESS EXCLUSIVE")
    }

    fn lock_table(&mut self, table: &str, mode: &str) -> Result<(), Error> {
        match &mut *self.conn {
            Conn::Pg(pg) => Ok(pg.batch_execute(&format!("LOCK TABLE {table} IN {mode} MODE"))?),
            Conn::Sqlite(_) => Ok(()),
        }
    }

    /// Waits for those that are changing these tables, and keeps others from changing them until this transaction ends;
    /// reading goes on. On SQLite there is one writer at a time anyway.
    pub fn keep_others_from_writing(&mut self, tables: &[&'static str]) -> Result<(), Error> {
        match &mut *self.conn {
            Conn::Pg(pg) => {
                Ok(pg.batch_execute(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", ")))?)
            }
            Conn::Sqlite(_) => Ok(()),
        }
    }
}

impl Db {
    /// Opens the database with `size` pooled connections. The schema is not touched.
    pub fn open(url: &DatabaseUrl, size: u32) -> Result<Self, OpenError> {
        Self::with(url, size, false)
    }

    /// The same for a server: nothing takes without end there.
    pub fn open_to_serve(url: &DatabaseUrl, size: u32) -> Result<Self, OpenError> {
        Self::with(url, size, true)
    }

    fn with(url: &DatabaseUrl, size: u32, serving: bool) -> Result<Self, OpenError> {
        // The first connection is opened by hand: a pool would retry and hide why it can't.
        let first = connect(url)?;
        let writer = matches!(url, DatabaseUrl::Sqlite(_)).then(|| Mutex::new(first));
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(WAIT_FOR_CONNECTION)
            .thread_pool(Arc::clone(housekeepers()))
            .build(Manager { url: url.clone(), serving })
            .map_err(|fault| cannot_open(url, &fault.to_string()))?;
        Ok(Self { inner: Arc::new(Inner { url: url.clone(), pool, writer }) })
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// How many requests can use the database at once.
    pub fn size(&self) -> u32 {
        self.inner.pool.max_size()
    }

    /// Runs `f` on a connection; each statement sees the latest data.
    pub fn read<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
        self.connection()?.work(f)
    }

    /// Runs `f` on one state of the data: what it reads belongs together.
    pub fn snapshot<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
        self.connection()?.work(|conn| {
            match conn {
                Conn::Pg(pg) => AnsiTransactionManager::begin_transaction_sql(
                    pg,
                    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
                )?,
                Conn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN")?,
            }
            finish(conn, f)
        })
    }

    /// Runs `f` in a transaction that is committed if it succeeds and leaves nothing behind if it fails.
    pub fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match &self.inner.writer {
            Some(writer) => {
                let mut conn = writer.lock().unwrap_or_else(PoisonError::into_inner);
                write_on(&mut conn, f)
            }
            None => self.connection()?.work(|conn| write_on(conn, f)),
        }
    }

    /// The same for what changes much of the database, such as an import: SQLite may hold more of what is changed in
    /// memory until the commit. Pages that it has to put aside go to its log again and again, which took most of the time
    /// of a large import.
    pub fn write_much<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let Some(writer) = &self.inner.writer else {
            return self.write(f);
        };
        let mut conn = writer.lock().unwrap_or_else(PoisonError::into_inner);
        conn.batch_execute(&format!("PRAGMA cache_size = -{MUCH_KIB}"))?;
        let outcome = write_on(&mut conn, f);
        // What was done is done, and what went wrong is the news: memory that is kept is neither.
        drop(conn.batch_execute(&format!("PRAGMA cache_size = -{USUAL_KIB}; PRAGMA shrink_memory")));
        outcome
    }

    /// Whether the database answers, on a connection of its own: whether others wait for one is another question.
    pub fn ping(&self) -> Result<(), Error> {
        if let DatabaseUrl::Sqlite(path) = &self.inner.url
            && !path.exists()
        {
            return Err(Error::unavailable("the database's file is gone"));
        }
        let mut conn = self.inner.url.connect().map_err(|fault| Error::unavailable(fault.to_string()))?;
        Ok(conn.batch_execute("SELECT 1")?)
    }

    /// Copies an SQLite database to a new file while it is in use. `None` on PostgreSQL, which has its own tools.
    pub fn copy_to(&self, file: &Path) -> Result<Option<()>, Error> {
        self.read(|conn| match conn {
            Conn::Pg(_) => Ok(None),
            Conn::Sqlite(sqlite) => {
                let quoted = file.to_string_lossy().replace('\'', "''");
                sqlite.batch_execute(&format!("VACUUM INTO '{quoted}'"))?;
                Ok(Some(()))
            }
        })
    }

    /// Takes what SQLite's write-ahead log holds into the database and empties the log's file, as far as readers of older
    /// states let it. PostgreSQL looks after its own.
    pub fn empty_log(&self) -> Result<(), Error> {
        if let Some(writer) = &self.inner.writer {
            writer.lock().unwrap_or_else(PoisonError::into_inner).batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(())
    }

    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, Error> {
        self.inner.pool.get().map_err(|fault| Error::unavailable(format!("no database connection: {fault}")))
    }
}

fn write_on<T>(conn: &mut Conn, f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
    match conn {
        Conn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
        Conn::Pg(pg) => AnsiTransactionManager::begin_transaction(pg)?,
    }
    finish(conn, |conn| {
        let mut tx = Tx { conn, gathered: Vec::new() };
        let value = f(&mut tx)?;
        tx.write_gathered()?;
        Ok(value)
    })
}

/// Ends the transaction that the caller began: a panic in `f` rolls back too, so that the writer can be used again.
fn finish<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
    type Manager = <Conn as Connection>::TransactionManager;
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(conn)));
    match outcome {
        Ok(Ok(value)) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Ok(Err(fault)) => {
            Manager::rollback_transaction(conn)?;
            Err(fault)
        }
        Err(panic) => {
            // The panic is the news; a rollback that fails as well leaves a connection that the pool throws away.
            drop(Manager::rollback_transaction(conn));
            std::panic::resume_unwind(panic)
        }
    }
}

/// The threads that open and close the connections of every pool of this process: a pool of its own would keep three for as
/// long as it lives, and half a minute longer.
fn housekeepers() -> &'static Arc<ScheduledThreadPool> {
    static MADE: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    let make = || ScheduledThreadPool::builder().num_threads(4).thread_name_pattern("connections-{}").build();
    MADE.get_or_init(|| Arc::new(make()))
}

/// Opens one connection, and makes the folder of an SQLite database if need be.
pub(super) fn connect(url: &DatabaseUrl) -> Result<Conn, OpenError> {
    if let DatabaseUrl::Sqlite(path) = url {
        make_folder(path)?;
        crate::folders::make_private_file(path).map_err(|fault| cannot_open(url, &fault.to_string()))?;
    }
    url.connect().map_err(|fault| cannot_open(url, &fault.to_string()))
}

fn make_folder(file: &Path) -> Result<(), OpenError> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        None => Ok(()),
        Some(folder) => crate::folders::make_private(folder).map_err(|fault| {
            OpenError(format!(
                "cannot make the folder {}: {fault}; choose another place with EHCP_DATABASE_URL",
                folder.display()
            ))
        }),
    }
}

fn cannot_open(url: &DatabaseUrl, fault: &str) -> OpenError {
    let fault = fault.lines().next().unwrap_or_default();
    OpenError(format!(
        "cannot open the database {url}: {fault}; check that it runs and that EHCP_DATABASE_URL is right"
    ))
}
