//! Cases: recording a request, its clock, its decisions, exceptions, ends, and who sees it.

mod clock;
mod corrections;
mod decisions;
mod exceptions;
mod list;
mod notices;
mod recording;
mod reversals;
mod visibility;
