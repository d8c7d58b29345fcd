//! Files as bytes: kept once for each digest, their type taken from what they are and not from what they are called.
//! Knows no feature.
//!
//! A file that comes in is written to an object of its own while it is still coming ([`Incoming`]), so that it is never
//! whole in memory. Then its type is looked at ([`Arrived::media_type`]), and it is moved to the place that its SHA-256
//! names ([`Arrived::keep`]). Only after that is its row written: a row always has its content. A process that dies in
//! between leaves content without a row, which harms nobody and takes up room until it is swept up.

mod file_name;
mod incoming;
mod media_type;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

pub use file_name::{cleaned, with_extension};
pub use incoming::{Arrived, Content, Incoming};
pub use media_type::{MediaType, MediaTypeWord};

use crate::error::Error;

/// Where content of this digest is kept.
fn place(sha256: &str) -> Path {
    let shelf: String = sha256.chars().take(2).collect();
    Path::from_iter(["sha256", &shelf, sha256])
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
        let full = one.downcast_ref::<std::io::Error>().is_some_and(|fault| {
            matches!(fault.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        });
        if full {
            return Error::DiskFull;
        }
        cause = one.source();
    }
    Error::internal(format!("the document store: {fault}"))
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
