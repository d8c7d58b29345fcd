//! Files in the documents' folder that nothing needs any more: what is left of uploads that broke off with the process,
//! and content without a row.
//!
//! They are looked for in the folder itself: the document store does not show files that are still being written.

use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{CONTENT, UPLOADS, failed_io};
use crate::error::Error;

/// Removes the files of uploads that have not been written to since `before`; answers how many there were.
pub fn remove_uploads(folder: &Path, before: SystemTime) -> Result<usize, Error> {
    let mut removed = 0_usize;
    for entry in entries(&folder.join(UPLOADS)).map_err(failed_io)? {
        if written_before(&entry, before).map_err(failed_io)? && removed_now(&entry.path()).map_err(failed_io)? {
            removed = removed.saturating_add(1);
        }
    }
    Ok(removed)
}

/// The shelves that content stands on.
pub fn shelves(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = entries(&folder.join(CONTENT)).map_err(failed_io)?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

/// The digests of the content on a shelf that was written before `before`.
pub fn digests(shelf: &Path, before: SystemTime) -> Result<Vec<String>, Error> {
    let mut digests = Vec::new();
    for entry in entries(shelf).map_err(failed_io)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_digest(&name) && written_before(&entry, before).map_err(failed_io)? {
            digests.push(name);
        }
    }
    Ok(digests)
}

/// Whether content of this digest is in the folder.
pub fn holds(folder: &Path, sha256: &str) -> bool {
    place_in(folder, sha256).is_file()
}

/// Removes content, if it was written before `before`; answers whether it did. For a transaction that keeps others from
/// writing a row for it.
pub fn remove_content(folder: &Path, sha256: &str, before: SystemTime) -> Result<bool, Error> {
    let file = place_in(folder, sha256);
    match fs::metadata(&file).and_then(|data| data.modified()) {
        Ok(written) if written < before => removed_now(&file).map_err(failed_io),
        Ok(_recently) => Ok(false),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(false),
        Err(fault) => Err(failed_io(fault)),
    }
}

/// Where the file is that the document store keeps at [`super::place`].
fn place_in(folder: &Path, sha256: &str) -> PathBuf {
    super::place(sha256).parts().fold(folder.to_owned(), |path, part| path.join(part.as_ref()))
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// What is in a folder; nothing where there is none yet.
fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// Whether it is a file that nobody has written to since. One that vanishes meanwhile was somebody's who was at work.
fn written_before(entry: &DirEntry, before: SystemTime) -> io::Result<bool> {
    match entry.metadata() {
        Ok(data) => Ok(data.is_file() && data.modified()? < before),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Whether this very call removed it: another replica may sweep at the same time.
fn removed_now(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(false),
        Err(fault) => Err(fault),
    }
}
