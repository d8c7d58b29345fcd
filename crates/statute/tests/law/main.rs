//! The law as tests, one module a subject. One binary, so that the crate is linked once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing to unwrap has failed"
)]

mod advice;
mod calculator;
mod clock;
mod exceptions;
mod given_notices;
mod orders;
mod plans;
mod properties;
mod publication;
mod refusals;
mod reversals;
mod rules;
mod stages;
mod support;
mod tribunal;
mod vectors;
mod words;
mod young;
