//! Readings on record: queued, and committed in groups, so that a thousand readings cost far fewer than a thousand
//! commits. An answer waits for its group: nobody has seen a case without it being on record.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use super::store;
use crate::auth::{Acting, Actor};
use crate::db::Db;
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// The most readings that are committed together.
const GROUP: usize = 256;

/// Who read: a user, or whoever came by a secure link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A user.
    User(Id),
    /// A secure link.
    Link(Id),
}

/// One reading of a case.
#[derive(Debug, Clone)]
pub struct AccessRecord {
    pub(super) at: Instant,
    pub(super) reader: Reader,
    pub(super) name: String,
    pub(super) request_id: String,
    pub(super) address: Option<String>,
    pub(super) case_id: Id,
    pub(super) what: &'static str,
}

impl AccessRecord {
    /// The actor read `what` of a case. The service's own readings are not on record.
    pub fn new(acting: &Acting, case_id: Id, what: &'static str) -> Option<Self> {
        let reader = match &acting.actor {
            Actor::System(_) => return None,
            Actor::User(user) => Reader::User(user.user_id),
            Actor::Link(holder) => Reader::Link(holder.link_id),
        };
        Some(Self {
            at: acting.at,
            reader,
            name: acting.name().to_owned(),
            request_id: acting.request_id.clone(),
            address: acting.address.clone(),
            case_id,
            what,
        })
    }
}

type Entry = (Vec<AccessRecord>, oneshot::Sender<Result<(), Error>>);

/// Takes readings and puts them on record.
#[derive(Debug)]
pub struct AccessLog {
    /// None in a service that only a benchmark makes.
    queue: Option<mpsc::Sender<Entry>>,
}

impl AccessLog {
    /// Starts the thread that commits them; it ends when the log is dropped.
    pub fn start(db: Db) -> Result<Self, Error> {
        let (queue, entries) = mpsc::channel();
        thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || commit_in_groups(&db, &entries))
            .map_err(|fault| Error::internal(fault.to_string()))?;
        Ok(Self { queue: Some(queue) })
    }

    /// Keeps nothing: what a benchmark compares with. No setting leads here.
    pub(crate) fn that_keeps_nothing() -> Self {
        Self { queue: None }
    }

    /// Returns once the readings are committed.
    pub async fn record(&self, records: Vec<AccessRecord>) -> Result<(), Error> {
        let Some(queue) = self.queue.as_ref().filter(|_| !records.is_empty()) else {
            return Ok(());
        };
        let (done, committed) = oneshot::channel();
        let gone = || Error::unavailable("the access log has stopped");
        queue.send((records, done)).map_err(|_stopped| gone())?;
        committed.await.map_err(|_stopped| gone())?
    }
}

fn commit_in_groups(db: &Db, entries: &mpsc::Receiver<Entry>) {
    while let Ok(first) = entries.recv() {
        let mut group = vec![first];
        group.extend(entries.try_iter().take(GROUP));
        let records: Vec<AccessRecord> = group.iter().flat_map(|(records, _)| records.iter().cloned()).collect();
        let outcome = db.write(|tx| store::insert_accesses(tx, &records));
        if let Err(fault) = &outcome {
            tracing::error!(?fault, "readings could not be put on record");
        }
        for (_, done) in group {
            let answer = match &outcome {
                Ok(()) => Ok(()),
                Err(_) => Err(Error::unavailable("the reading could not be put on record")),
            };
            // A caller that has gone away no longer waits for its answer.
            drop(done.send(answer));
        }
    }
}
