//! The program: everything is in the library, so that tests and benchmarks can use it.

use std::process::ExitCode;

// The one allocator for Rust and for the C of SQLite: docs/adr/0013-memory-that-is-given-back.md.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ehcp_tracker::cli::run()
}
