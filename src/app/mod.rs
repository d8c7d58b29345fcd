//! The running service: what every request and every job works with, and the one way into the database.

mod idempotency;
mod store;
mod throttle;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant as Monotonic};

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use statute::Calendar;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::throttle::Throttle;
use crate::audit::{AccessLog, AccessRecord};
use crate::auth::{Acting, Actor, Caller, Claims, Council, CouncilClaims, PasswordHasher, Role, Tokens};
use crate::codes::Code;
use crate::config::Settings;
use crate::db::{Conn, Db, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::jobs::Signal;
use crate::mail::{Mailer, Places, Renderer};
use crate::time::{Clock, Instant, Reading};

/// How long a request waits for its turn before it is told to come again.
const TURN_WAITED_FOR: Duration = Duration::from_secs(10);

/// How long the database may take to say that it is there.
const PROBED_FOR: Duration = Duration::from_secs(6);

/// How long a document waits for others to be printed.
const PRINTER_WAITED_FOR: Duration = Duration::from_secs(10);

/// What stands on record of whoever was told that a person is known whose case is hidden from them.
const DUPLICATE_CHECK: &str = "duplicate check";

/// How long readers go on with the bank holidays they know. Writers always look.
const CALENDAR_KEPT: Duration = Duration::from_secs(30);

/// The service. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    db: Db,
    reporting: Db,
    clock: Clock,
    tokens: Tokens,
    council: Option<Arc<Council>>,
    passwords: PasswordHasher,
    documents: Arc<dyn ObjectStore>,
    accesses: AccessLog,
    mailer: Mailer,
    letters: Renderer,
    jobs: Signal,
    /// As many requests as there are connections: more would only wait inside.
    permits: Arc<Semaphore>,
    /// Figures add much up: they take half of the connections at most, so that casework finds one free.
    reports: Arc<Semaphore>,
    /// Passwords take a core for long on purpose: at most half of the cores work on them, and nobody else waits for them.
    password_checks: Arc<Semaphore>,
    /// As many documents are printed at once as there are cores: printing is work for a whole one.
    printer: Arc<Semaphore>,
    /// Whoever asks whether the database answers waits for nobody who uses it.
    probes: Arc<Semaphore>,
    calendar: RwLock<Option<(Monotonic, Arc<Calendar>)>>,
    /// What is counted of those who ask for last days without a sign-in.
    calculations: Throttle,
}

/// Who calls, before the sign-in has been looked up.
#[derive(Debug, Clone)]
pub struct Who {
    /// What they came with.
    pub credential: Credential,
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
}

/// What somebody came with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A token of this service.
    Own(Claims),
    /// A token of the council's sign-in.
    Council(CouncilClaims),
}

/// Who calls, with a sign-in of this service.
struct Admitted {
    claims: Claims,
    request_id: String,
    address: Option<String>,
}

/// What was refused to somebody who is known.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The method and the pattern of the address.
    pub operation: String,
    /// The thing that the address names: its collection and its id.
    pub thing: Option<(String, Id)>,
    /// Why.
    pub code: Code,
}

/// Where a request comes from, as far as that is known before anybody has signed in.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
}

/// A request that may be repeated: its key, and what it must be the same as.
#[derive(Debug, Clone, Default)]
pub struct Mark {
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    /// A digest of method, path and body.
    pub fingerprint: String,
}

impl Mark {
    /// The mark of a request.
    pub fn new(key: Option<String>, method: &str, path: &str, body: &[u8]) -> Self {
        let mut digest = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            digest.update(part);
            digest.update([0]);
        }
        Self { key, fingerprint: format!("{:x}", digest.finalize()) }
    }
}

/// An answer as it will be presented: kept with an idempotency key, it can be given again word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The version, for `ETag`.
    pub version: Option<i32>,
    /// Where the thing is that was made.
    pub location: Option<String>,
    /// JSON, or nothing.
    pub body: String,
}

impl Answer {
    /// The thing that was asked for.
    pub fn ok(view: &impl Serialize) -> Result<Self, Error> {
        Self::with(200, None, None, view)
    }

    /// A thing that has versions.
    pub fn versioned(version: i32, view: &impl Serialize) -> Result<Self, Error> {
        Self::with(200, Some(version), None, view)
    }

    /// A thing that was made.
    pub fn created(location: String, version: Option<i32>, view: &impl Serialize) -> Result<Self, Error> {
        Self::with(201, version, Some(location), view)
    }

    /// Nothing to say.
    pub fn no_content() -> Self {
        Self { status: 204, version: None, location: None, body: String::new() }
    }

    fn with(status: u16, version: Option<i32>, location: Option<String>, view: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_string(view).map_err(|fault| Error::internal(fault.to_string()))?;
        Ok(Self { status, version, location, body })
    }
}

impl App {
    /// Puts the service together. The database must be of the right version already.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::build(settings, AccessLog::start)
    }

    /// The same service without a record of who read what, for the benchmark that tells what the record costs. Only code
    /// can make one, no setting.
    #[doc(hidden)]
    pub fn to_measure_without_access_record(settings: Settings) -> Result<Self, Error> {
        Self::build(settings, |_| Ok(AccessLog::that_keeps_nothing()))
    }

    fn build(settings: Settings, accesses: impl FnOnce(Db) -> Result<AccessLog, Error>) -> Result<Self, Error> {
        let opened = |fault: crate::db::OpenError| Error::unavailable(fault.to_string());
        let db = Db::open_to_serve(&settings.database.url, settings.database.pool).map_err(opened)?;
        let reporting = match &settings.database.reporting_url {
            Some(url) => Db::open_to_serve(url, settings.database.pool).map_err(opened)?,
            None => db.clone(),
        };
        Ok(Self(Arc::new(Inner {
            clock: Clock::new(settings.casework.fixed_today),
            tokens: Tokens::open(settings.auth.jwt_secret.as_deref(), &settings.data_dir)?,
            council: settings.council.clone().map(Council::new),
            passwords: PasswordHasher::new()?,
            documents: document_store(&settings.data_dir)?,
            accesses: accesses(db.clone())?,
            mailer: mailer(&settings)?,
            letters: Renderer::new(&settings.casework.authority_name, places(&settings))?,
            jobs: Signal::default(),
            permits: Arc::new(Semaphore::new(usize::try_from(db.size()).unwrap_or(1))),
            reports: Arc::new(Semaphore::new(usize::try_from(db.size() / 2).unwrap_or(1).max(1))),
            password_checks: Arc::new(Semaphore::new((cores() / 2).max(1))),
            printer: Arc::new(Semaphore::new(cores())),
            probes: Arc::new(Semaphore::new(2)),
            calendar: RwLock::default(),
            calculations: Throttle::default(),
            settings,
            db,
            reporting,
        })))
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The database, for what runs outside a request.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The database that reports read: a replica where one is set.
    pub fn reporting_db(&self) -> &Db {
        &self.0.reporting
    }

    /// The tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// The council's own sign-in, where there is one.
    pub fn council(&self) -> Option<&Arc<Council>> {
        self.0.council.as_ref()
    }

    /// The passwords.
    pub fn passwords(&self) -> &PasswordHasher {
        &self.0.passwords
    }

    /// Where documents' content is kept.
    pub fn documents(&self) -> &Arc<dyn ObjectStore> {
        &self.0.documents
    }

    /// The way by which mail leaves.
    pub fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    /// The words of mails.
    pub fn letters(&self) -> &Renderer {
        &self.0.letters
    }

    /// What wakes the jobs of this process, and stops them.
    pub fn jobs(&self) -> &Signal {
        &self.0.jobs
    }

    /// The moment by which it is judged what mail is due.
    pub fn moment_of_casework(&self) -> Instant {
        self.0.clock.moment_of_casework()
    }

    /// Reads the clock.
    pub fn now(&self) -> Reading {
        self.0.clock.read()
    }

    /// The service itself, acting now.
    pub fn system(&self, name: &'static str) -> Acting {
        Acting::system(name, self.now())
    }

    /// The service, acting under `name` for somebody who has not signed in.
    pub fn acting_for(&self, name: &'static str, origin: Origin) -> Acting {
        Acting { request_id: origin.request_id, address: origin.address, ..self.system(name) }
    }

    /// The working days, as readers may judge by them.
    pub fn calendar(&self, conn: &mut Conn) -> Result<Arc<Calendar>, Error> {
        if let Some((read_at, calendar)) = &*self.0.calendar.read().unwrap_or_else(PoisonError::into_inner)
            && read_at.elapsed() < CALENDAR_KEPT
        {
            return Ok(Arc::clone(calendar));
        }
        let calendar = Arc::new(crate::calendar::store::working_days(conn)?);
        *self.0.calendar.write().unwrap_or_else(PoisonError::into_inner) =
            Some((Monotonic::now(), Arc::clone(&calendar)));
        Ok(calendar)
    }

    /// Refuses to calculate for an address that has asked too often within a minute.
    pub fn admit_calculation(&self, origin: &Origin) -> Result<(), Error> {
        let limit = self.settings().http.calculations_per_minute;
        let address = origin.address.as_deref().unwrap_or_default();
        self.0.calculations.admit(address, limit).map_err(|retry_after| Error::Throttled { retry_after })
    }

    /// Forgets the working days: they have just changed.
    pub fn forget_calendar(&self) {
        *self.0.calendar.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Runs blocking work, such as what needs the database.
    pub async fn block<T: Send + 'static>(
        &self,
        f: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.block_in(&self.0.permits, TURN_WAITED_FOR, f).await
    }

    /// Runs blocking work that checks or hashes a password.
    pub async fn block_on_password<T: Send + 'static>(
        &self,
        f: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.block_in(&self.0.password_checks, TURN_WAITED_FOR, f).await
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        let asked = self.block_in(&self.0.probes, PROBED_FOR, |app| app.db().ping());
        matches!(tokio::time::timeout(PROBED_FOR, asked).await, Ok(Ok(())))
    }

    /// Runs blocking work when its turn comes. Whoever would wait too long is told to come again.
    async fn block_in<T: Send + 'static>(
        &self,
        turns: &Arc<Semaphore>,
        patience: Duration,
        f: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let app = self.clone();
        work_in(turns, patience, move || f(&app)).await
    }

    /// Prints a document: long work for the processor alone, beside the threads that serve. Whoever would wait too long for
    /// others is told to come again.
    pub async fn print<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.block_in(&self.0.printer, PRINTER_WAITED_FOR, |_| f()).await
    }

    /// Reads for a caller, on one state of the data.
    pub async fn read<P: Send + 'static, T: Send + 'static>(
        &self,
        caller: Caller<P>,
        f: impl FnOnce(&App, &mut Conn, &Acting) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let who = caller.who;
        self.block(move |app| {
            let who = app.admit(who)?;
            app.db().snapshot(|conn| {
                let acting = app.acting(conn, who)?;
                f(app, conn, &acting)
            })
        })
        .await
    }

    /// Reads something about cases for a caller: what was read is on record before the answer leaves.
    ///
    /// `f` answers what it read and of which cases.
    pub async fn read_cases<P: Send + 'static, T: Send + 'static>(
        &self,
        caller: Caller<P>,
        what: &'static str,
        f: impl FnOnce(&App, &mut Conn, &Acting) -> Result<(T, Vec<Id>), Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (value, records) = self
            .read(caller, move |app, conn, acting| {
                let (value, cases) = f(app, conn, acting)?;
                let records = cases.into_iter().filter_map(|case| AccessRecord::new(acting, case, what));
                Ok((value, records.collect::<Vec<_>>()))
            })
            .await?;
        self.0.accesses.record(records).await?;
        Ok(value)
    }

    /// Adds figures up for a caller, on one state of the data of the database that reports read: a replica where one is set,
    /// and nowhere does a writer wait for it. Which cases the answer names is on record before it leaves.
    pub async fn report<P: Send + 'static, T: Send + 'static>(
        &self,
        caller: Caller<P>,
        what: &'static str,
        f: impl FnOnce(&App, &mut Conn, &Acting) -> Result<(T, Vec<Id>), Error> + Send + 'static,
    ) -> Result<T, Error> {
        let who = caller.who;
        let permit = turn(&self.0.reports, TURN_WAITED_FOR).await?;
        let work = move |app: &App| {
            let _permit = permit;
            let who = app.admit(who)?;
            // Whether the sign-in still stands is known where it was made: a replica may lag behind.
            let acting = app.db().read(|conn| app.acting(conn, who))?;
            let (value, cases) = app.reporting_db().snapshot(|conn| f(app, conn, &acting))?;
            let records = cases.into_iter().filter_map(|case| AccessRecord::new(&acting, case, what));
            Ok((value, records.collect::<Vec<_>>()))
        };
        let (value, records) = self.block(work).await?;
        self.0.accesses.record(records).await?;
        Ok(value)
    }

    /// Returns once readings are on record: for those who come without a sign-in.
    pub async fn keep_readings(&self, records: Vec<AccessRecord>) -> Result<(), Error> {
        self.0.accesses.record(records).await
    }

    /// Puts a refused attempt on record. What was not found is none unless it is there and hidden from whoever asked.
    pub async fn record_refusal(&self, who: Who, refused: Refused) -> Result<(), Error> {
        let looking = self.block(move |app| {
            if matches!(who.credential, Credential::Council(_)) {
                // Whoever is refused the first time they come has to be somebody before the record can name them. That
                // their sign-in does not stand is no reason to leave the refusal out.
                drop(app.admit(who.clone()));
            }
            app.db().snapshot(|conn| app.refusals(conn, who, refused))
        });
        let records = looking.await?;
        self.0.accesses.record(records).await
    }

    fn refusals(&self, conn: &mut Conn, who: Who, refused: Refused) -> Result<Vec<AccessRecord>, Error> {
        let known = match &who.credential {
            Credential::Own(claims) => Some(claims.sub),
            Credential::Council(shown) => crate::user::store::council::user_of(conn, &shown.issuer, &shown.subject)?,
        };
        let known = known.map(|user| crate::auth::store::known(conn, user)).transpose()?;
        let Some(principal) = known.flatten() else {
            return Ok(Vec::new());
        };
        let reading = self.now();
        let acting = Acting {
            actor: Actor::User(principal),
            at: reading.at,
            today: reading.today,
            request_id: who.request_id,
            address: who.address,
        };
        let Refused { operation, thing, code } = refused;
        let mut cases = match thing {
            Some((collection, id)) => crate::governance::store::cases_behind(conn, &collection, id)?,
            None => Vec::new(),
        };
        if code == Code::NotFound {
            if acting.is(Role::Caseworker) || acting.is(Role::Manager) {
                let mut hidden = Vec::new();
                for case in cases {
                    if crate::case::store::visible(conn, &acting, case)?.is_none() {
                        hidden.push(case);
                    }
                }
                cases = hidden;
            }
            if cases.is_empty() {
                return Ok(Vec::new());
            }
        }
        let record = |case| AccessRecord::refused(&acting, case, operation.clone(), code.as_str());
        Ok(match cases.as_slice() {
            [] => record(None).into_iter().collect(),
            cases => cases.iter().filter_map(|case| record(Some(*case))).collect(),
        })
    }

    /// Changes something for a caller: the change, its record, its mail and its idempotency key commit together.
    pub async fn write<P: Send + 'static>(
        &self,
        caller: Caller<P>,
        mark: Mark,
        f: impl FnOnce(&App, &mut Tx<'_>, &Acting) -> Result<Answer, Error> + Send + 'static,
    ) -> Result<Answer, Error> {
        let who = caller.who;
        let work = self.block(move |app| {
            let who = app.admit(who)?;
            // A body may hold a password: what is kept of it must be of no use to whoever reads the database.
            let fingerprint = app.tokens().keyed_digest(mark.fingerprint.as_bytes())?;
            let mark = Mark { fingerprint, ..mark };
            let mut refused = Vec::new();
            let answer = app.db().write(|tx| {
                let acting = app.acting(tx, who)?;
                let answer = idempotency::once(tx, &acting, &mark, |tx| f(app, tx, &acting));
                if let Err(Error::Conflict { code, hidden, .. }) = &answer {
                    let refusal = |case: &Id| {
                        AccessRecord::refused(&acting, Some(*case), DUPLICATE_CHECK.to_owned(), code.as_str())
                    };
                    refused.extend(hidden.iter().filter_map(refusal));
                }
                answer
            });
            if answer.is_ok() {
                // There may be mail to send now.
                app.jobs().nudge();
            }
            Ok((answer, refused))
        });
        let (answer, refused) = work.await?;
        // That somebody is known tells of a case that is hidden: it does so on record alone.
        self.0.accesses.record(refused).await?;
        answer
    }

    /// Forgets the answers that were kept for repetitions long enough: on a quiet system no request comes to do so.
    pub fn forget_old_answers(&self) -> Result<(), Error> {
        let at = self.now().at;
        self.db().write(|tx| idempotency::forget_old(tx, at))
    }

    /// Turns what somebody came with into a sign-in of this service. Whoever comes by the council's sign-in may be seen for
    /// the first time, which is a change: so it is done before the work's own transaction.
    fn admit(&self, who: Who) -> Result<Admitted, Error> {
        let Who { credential, request_id, address } = who;
        let claims = match credential {
            Credential::Own(claims) => claims,
            Credential::Council(shown) => {
                let origin = Origin { request_id: request_id.clone(), address: address.clone() };
                crate::user::commands::admit(self, &self.acting_for("council sign-in", origin), &shown)?
            }
        };
        Ok(Admitted { claims, request_id, address })
    }

    fn acting(&self, conn: &mut Conn, who: Admitted) -> Result<Acting, Error> {
        let reading = self.now();
        let principal = crate::auth::store::principal(conn, &who.claims, reading.at)?
            .ok_or(Error::Unauthenticated(Code::InvalidToken))?;
        Ok(Acting {
            actor: Actor::User(principal),
            at: reading.at,
            today: reading.today,
            request_id: who.request_id,
            address: who.address,
        })
    }
}

/// How many cores there are.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Runs blocking work when its turn comes.
async fn work_in<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    patience: Duration,
    f: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let permit = turn(turns, patience).await?;
    // The permit goes with the work: whoever asked may go away, and the work goes on.
    let work = move || {
        let _permit = permit;
        f()
    };
    tokio::task::spawn_blocking(work).await.map_err(|fault| Error::internal(format!("the work broke off: {fault}")))?
}

/// Waits for a turn.
async fn turn(turns: &Arc<Semaphore>, patience: Duration) -> Result<OwnedSemaphorePermit, Error> {
    tokio::time::timeout(patience, Arc::clone(turns).acquire_owned())
        .await
        .map_err(|_late| Error::unavailable("the turn did not come in time: others are being served"))?
        .map_err(|fault| Error::unavailable(fault.to_string()))
}

/// Where the links in mails lead.
fn places(settings: &Settings) -> Places {
    Places {
        public_url: settings.http.public_url.clone(),
        front_end_url: settings.http.front_end_url.clone(),
        account_url: settings.auth.account_url.clone(),
    }
}

/// The way by which mail leaves: from the sender of the settings, or from an address at the service's own host that takes
/// no replies.
fn mailer(settings: &Settings) -> Result<Mailer, Error> {
    let own_host = || {
        let url: Option<url::Url> = settings.http.public_url.parse().ok();
        let host = url.as_ref().and_then(url::Url::host_str).unwrap_or("localhost").to_owned();
        format!("no-reply@{host}")
    };
    let (name, address) = match &settings.mail.from {
        Some(sender) => (sender.name.clone(), sender.address.clone()),
        None => (None, own_host()),
    };
    let name = name.unwrap_or_else(|| settings.casework.authority_name.clone());
    Mailer::new(&settings.mail.transport, name, &address)
}

/// The folder of the documents' content.
pub fn documents_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("documents")
}

/// Opens the store of the documents' content, and makes its folder if need be.
pub fn document_store(data_dir: &Path) -> Result<Arc<dyn ObjectStore>, Error> {
    let folder = documents_folder(data_dir);
    crate::folders::make_private(&folder).map_err(|fault| Error::internal(format!("{}: {fault}", folder.display())))?;
    let store = LocalFileSystem::new_with_prefix(&folder).map_err(|fault| Error::internal(fault.to_string()))?;
    // A document's row may be written only once its content would outlive a power cut.
    Ok(Arc::new(store.with_fsync(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_keeps_its_turn_when_its_caller_has_gone_and_others_do_not_wait_without_end() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(one_turn());
    }

    async fn one_turn() {
        let turns = Arc::new(Semaphore::new(1));
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let long = work_in(&turns, Duration::from_secs(1), move || {
            let _ended = ended.recv();
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), long).await.is_err(), "its caller goes away");
        assert_eq!(turns.available_permits(), 0, "the work goes on");
        let late = work_in(&turns, Duration::from_millis(20), || Ok(())).await;
        assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
        end.send(()).unwrap();
        work_in(&turns, Duration::from_secs(60), || Ok(())).await.unwrap();
    }
}
