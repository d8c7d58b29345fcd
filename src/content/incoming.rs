//! A file on its way in.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

use super::media_type::{self, Form, MediaType, TextCheck};
use super::{failed, place};
use crate::error::Error;
use crate::ids::Id;

/// How much of a file's beginning is looked at, in bytes.
const HEAD: u64 = 8192;

/// The largest table of contents of a zip container that is looked at, in bytes. A text has a few dozen entries.
const DIRECTORY: u64 = 1_000_000;

/// A file that is still coming. Dropped, it leaves nothing behind.
pub struct Incoming {
    store: Arc<dyn ObjectStore>,
    path: Path,
    upload: WriteMultipart,
    digest: Sha256,
    size: u64,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("path", &self.path).field("size", &self.size).finish_non_exhaustive()
    }
}

impl Incoming {
    /// Makes room for a file.
    pub async fn begin(store: Arc<dyn ObjectStore>) -> Result<Self, Error> {
        let path = Path::from_iter(["uploads", &Id::new().to_string()]);
        let upload = WriteMultipart::new(store.put_multipart(&path).await.map_err(failed)?);
        Ok(Self { store, path, upload, digest: Sha256::new(), size: 0 })
    }

    /// Takes the next piece; answers how many bytes have come.
    pub async fn write(&mut self, piece: Bytes) -> Result<u64, Error> {
        // One piece may be on its way to the disk while the next one comes, not more: memory stays bounded.
        self.upload.wait_for_capacity(1).await.map_err(failed)?;
        self.digest.update(&piece);
        self.size = self.size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        self.upload.put(piece);
        Ok(self.size)
    }

    /// The file has come whole.
    pub async fn finish(self) -> Result<Arrived, Error> {
        self.upload.finish().await.map_err(failed)?;
        let sha256 = format!("{:x}", self.digest.finalize());
        Ok(Arrived { store: self.store, path: self.path, content: Content { sha256, size: self.size } })
    }

    /// The file is not wanted.
    pub async fn abandon(self) -> Result<(), Error> {
        self.upload.abort().await.map_err(failed)
    }
}

/// What is kept of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
}

/// A file that has come, not yet kept.
#[derive(Debug)]
pub struct Arrived {
    store: Arc<dyn ObjectStore>,
    path: Path,
    content: Content,
}

impl Arrived {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.content.size
    }

    /// What it is, if it is of a type that is taken; by its content alone.
    pub async fn media_type(&self) -> Result<Option<MediaType>, Error> {
        let head = self.range(0, HEAD).await?;
        match media_type::form(&head) {
            Form::Is(media_type) => Ok(Some(media_type)),
            Form::Zip => self.zipped(&head).await,
            Form::Compound => self.compound(&head).await,
            Form::Markup => Ok(None),
            Form::Other => self.text().await,
        }
    }

    /// Moves it to where content of its digest is kept. Content that is there already is the same, byte for byte.
    pub async fn keep(self) -> Result<Content, Error> {
        self.store.rename(&self.path, &place(&self.content.sha256)).await.map_err(failed)?;
        Ok(self.content)
    }

    /// Forgets it.
    pub async fn discard(self) -> Result<(), Error> {
        self.store.delete(&self.path).await.map_err(failed)
    }

    async fn range(&self, from: u64, length: u64) -> Result<Bytes, Error> {
        let to = from.saturating_add(length).min(self.content.size);
        if from >= to {
            return Ok(Bytes::new());
        }
        self.store.get_range(&self.path, from..to).await.map_err(failed)
    }

    async fn zipped(&self, head: &[u8]) -> Result<Option<MediaType>, Error> {
        let start = self.content.size.saturating_sub(media_type::ZIP_TAIL);
        let tail = self.range(start, media_type::ZIP_TAIL).await?;
        let Some((from, length)) = media_type::zip_directory(&tail).filter(|(_, length)| *length <= DIRECTORY) else {
            return Ok(None);
        };
        Ok(media_type::of_zip(head, &self.range(from, length).await?))
    }

    async fn compound(&self, head: &[u8]) -> Result<Option<MediaType>, Error> {
        let Some((from, length)) = media_type::compound_directory(head) else {
            return Ok(None);
        };
        Ok(media_type::of_compound(&self.range(from, length).await?))
    }

    /// Plain text has no sign at its beginning: all of it has to be looked at.
    async fn text(&self) -> Result<Option<MediaType>, Error> {
        use futures_util::TryStreamExt;
        let mut check = TextCheck::default();
        let mut pieces = self.store.get(&self.path).await.map_err(failed)?.into_stream();
        while let Some(piece) = pieces.try_next().await.map_err(failed)? {
            check.look_at(&piece);
        }
        Ok(check.is_text().then_some(MediaType::Txt))
    }
}
