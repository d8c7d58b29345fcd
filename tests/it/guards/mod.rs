//! The code itself, held to its own rules.

mod architecture;
mod authorization;
mod codes;
mod dependencies;
mod openapi;
mod security;
mod statements;
mod world;
