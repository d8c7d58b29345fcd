//! Folders that hold data about children: nobody but the service's own user reads them.

use std::fs::DirBuilder;
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
