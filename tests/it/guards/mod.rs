//! The code itself, held to its own rules.

mod architecture;
mod codes;
mod dependencies;
mod openapi;
mod statements;
