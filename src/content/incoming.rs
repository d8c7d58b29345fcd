//! A file on its way in.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};

use super::media_type::{self, Form, MediaType, TextCheck};
use super::scan::{NotScanned, Scanner, Verdict};
use super::{UPLOADS, failed, place, wait_for};
use crate::error::Error;
use crate::ids::Id;

/// How much of a file's beginning is looked at, in bytes.
const HEAD: u64 = 8192;

/// The largest table of contents of a zip container that is looked at, in bytes. A text has a few dozen entries.
const DIRECTORY: u64 = 1_000_000;

/// How much is gathered before it is written, in bytes. It is all that a file on its way in takes of memory, beside what
/// the network holds, however large the file is and however many come at once.
const PART: usize = 256 * 1024;

/// A file that is still coming. Dropped, it leaves nothing behind.
pub struct Incoming {
    store: Arc<dyn ObjectStore>,
    path: Path,
    upload: Box<dyn MultipartUpload>,
    part: BytesMut,
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
        let path = Path::from_iter([UPLOADS, &Id::new().to_string()]);
        let upload = store.put_multipart(&path).await.map_err(failed)?;
        Ok(Self { store, path, upload, part: BytesMut::with_capacity(PART), digest: Sha256::new(), size: 0 })
    }

    /// Takes the next piece; answers how many bytes have come.
    pub async fn write(&mut self, piece: Bytes) -> Result<u64, Error> {
        self.digest.update(&piece);
        self.size = self.size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        self.part.extend_from_slice(&piece);
        if self.part.len() >= PART {
            self.write_part().await?;
        }
        Ok(self.size)
    }

    async fn write_part(&mut self) -> Result<(), Error> {
        let part = self.part.split().freeze();
        self.upload.put_part(part.into()).await.map_err(failed)
    }

    /// The file has come whole.
    pub async fn finish(mut self) -> Result<Arrived, Error> {
        if !self.part.is_empty() {
            self.write_part().await?;
        }
        self.upload.complete().await.map_err(failed)?;
        let sha256 = format!("{:x}", self.digest.finalize());
        let content = Content { sha256, size: self.size };
        Ok(Arrived { store: self.store, path: self.path, content, settled: false })
    }

    /// The file is not wanted.
    pub async fn abandon(mut self) -> Result<(), Error> {
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

/// A file that has come, not yet kept. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Arrived {
    store: Arc<dyn ObjectStore>,
    path: Path,
    content: Content,
    /// Whether it has been kept or forgotten already.
    settled: bool,
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        // Where nothing runs that could remove it, it is removed with what a crash leaves.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (store, path) = (Arc::clone(&self.store), self.path.clone());
            drop(runtime.spawn(async move { store.delete(&path).await }));
        }
    }
}

impl Arrived {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.content.size
    }

    /// What will be kept of it.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Has it scanned.
    pub async fn scan(&self, scanner: &Scanner) -> Result<Verdict, NotScanned> {
        scanner.scan(&self.store, &self.path).await
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
    ///
    /// For the end of the transaction that has written its row: see the module's words on crashes. It waits for the disk,
    /// so it is not for a thread that serves requests.
    pub fn keep(mut self) -> Result<(), Error> {
        wait_for(self.store.rename(&self.path, &place(&self.content.sha256)))?.map_err(failed)?;
        self.settled = true;
        Ok(())
    }

    /// Forgets it.
    pub async fn discard(mut self) -> Result<(), Error> {
        self.settled = true;
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
