//! Folders and files that hold data about children: nobody but the service's own user reads them.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder and what leads to it, closed to other users of the machine. One that is there stays as it is: whoever
/// made it decided who reads it.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an empty file, closed to other users of the machine. One that is there stays as it is.
pub fn make_private_file(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(fault) if !file.exists() => Err(fault),
        Ok(_) | Err(_) => Ok(()),
    }
}
