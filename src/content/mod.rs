//! Files as bytes: kept once for each digest, their type taken from what they are and not from what they are called.
//! Knows no feature.
//!
//! A file that comes in is written to an object of its own while it is still coming ([`Incoming`]), so that it is never
//! whole in memory. Then its type is looked at ([`Arrived::media_type`]), it is scanned where there is a scanner
//! ([`Arrived::scan`]), and it is moved to the place that its SHA-256 names ([`Arrived::keep`]).
//!
//! # Crashes, and who sweeps up
//!
//! Folder and database can't commit together. The row is written first, then the content is moved, then the
//! transaction commits. Whoever sees the row sees the content: a document is never without it. A process that dies leaves
//! one of two things, and [`leftovers`] finds both:
//!
//! - Below `uploads/`, a file that was coming or had just come. No row ever names one. An upload is given an hour at most
//!   (`http/upload`), so that a file which nobody has written to for a day is nobody's.
//! - Below `sha256/`, content without a row: the process died between the move and the commit, or the commit failed.
//!
//! Content may be removed only while nobody can be about to write a row for it. A sweep therefore looks for the row, and
//! removes the content, in one transaction that holds the table of documents against writers; whoever adds a document
//! has written to that table before the content is moved, and so holds the lock until the commit. One of the two comes
//! first. If it is the sweep, the content is removed and the other moves its own copy, which lay below `uploads/` all the
//! while, to the place. If it is the other, its row is there when the sweep looks. On SQLite the one writer is that lock,
//! across processes too; replicas share the database, and so the lock. It does not matter that the content is the same.
//!
//! A row that is marked as infected needs no content: infected content is removed in the same way.

mod file_name;
mod incoming;
pub mod leftovers;
mod media_type;
mod scan;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

pub use file_name::{cleaned, with_extension};
pub use incoming::{Arrived, Content, Incoming};
pub use media_type::{MediaType, MediaTypeWord};
pub use scan::{ClamdUrl, NotScanned, Scan, ScanWord, Scanner, Verdict};

use crate::error::Error;

/// Where files lie while they come.
const UPLOADS: &str = "uploads";

/// Where content is kept.
const CONTENT: &str = "sha256";

/// Where content of this digest is kept.
fn place(sha256: &str) -> Path {
    let shelf: String = sha256.chars().take(2).collect();
    Path::from_iter([CONTENT, &shelf, sha256])
}

/// Waits for the document store or the scanner, on a thread that may wait: of those that do the blocking work of a
/// running service, or of a command.
pub fn wait_for<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    match tokio::runtime::Handle::try_current() {
        Ok(running) => Ok(running.block_on(work)),
        Err(_none) => {
            let own = tokio::runtime::Builder::new_current_thread().enable_all().build();
            Ok(own.map_err(|fault| Error::internal(fault.to_string()))?.block_on(work))
        }
    }
}

/// The content of a digest, piece by piece, with its size in bytes.
pub async fn read(
    store: &dyn ObjectStore,
    sha256: &str,
) -> Result<(u64, BoxStream<'static, std::io::Result<bytes::Bytes>>), Error> {
    let found = store.get(&place(sha256)).await.map_err(failed)?;
    Ok((found.meta.size, found.into_stream().map(|piece| piece.map_err(std::io::Error::other)).boxed()))
}

/// The size in bytes of the content of a digest; none where there is no such content.
pub async fn size(store: &dyn ObjectStore, sha256: &str) -> Result<Option<u64>, Error> {
    match store.head(&place(sha256)).await {
        Ok(found) => Ok(Some(found.size)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(fault) => Err(failed(fault)),
    }
}

/// What the store's failure means to whoever asked.
fn failed(fault: object_store::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&fault);
    while let Some(one) = cause {
        if one.downcast_ref::<std::io::Error>().is_some_and(is_full) {
            return Error::DiskFull;
        }
        cause = one.source();
    }
    Error::internal(format!("the document store: {fault}"))
}

/// What a failure in the store's folder means to whoever asked.
fn failed_io(fault: std::io::Error) -> Error {
    if is_full(&fault) { Error::DiskFull } else { Error::internal(format!("the documents' folder: {fault}")) }
}

fn is_full(fault: &std::io::Error) -> bool {
    matches!(fault.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let store_says = |kind: std::io::ErrorKind| object_store::Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(std::io::Error::from(kind)),
        };
        assert!(matches!(failed(store_says(std::io::ErrorKind::StorageFull)), Error::DiskFull));
        assert!(matches!(failed(store_says(std::io::ErrorKind::QuotaExceeded)), Error::DiskFull));
        assert!(matches!(failed(store_says(std::io::ErrorKind::PermissionDenied)), Error::Internal(_)));
    }
}
