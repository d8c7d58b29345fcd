//! Tracks Education, Health and Care needs assessments from request to final plan, on their statutory clock.
//!
//! # The map
//!
//! The law is in the crate `statute`: rules as dated data, deadlines, exceptions, stages; pure, and nowhere else.
//! Here, a folder is a feature (`case`, `advice`, `plan`, `appeal`, `person`, `organisation`, `user`, `calendar`, `document`,
//! `reminder`, `figures`, `governance`), and every feature has files of the same names, ranked:
//!
//! | rank | file | what it is |
//! |---|---|---|
//! | 1 | `model` | rows, bodies and views of the feature |
//! | 2 | `store` | its queries, written once for both databases |
//! | 3 | `commands` | one function for each thing that a person does |
//! | 3 | `view` | how a thing is shown that several features' stores make up |
//! | 4 | `api` | its routes: extract, one command, present |
//!
//! # The import rule
//!
//! A file may import any feature's file of *lower* rank, and never one of the same or a higher rank of another
//! feature: so there are no circles. The store of `figures`, which counts across features and which no other store may name,
//! reads through the stores of others. `tests/it/guards/architecture.rs` holds this, and these fences: actix in `http/`,
//! `api`, `auth/caller` and `cli/serve`; diesel in `db/` and `store` (a `model` may say that it is a row); tokens and
//! passwords in `auth/`; mail servers and templates in `mail/`; the environment in `config/`.
//!
//! `auth`, `audit`, `content`, `mail`, `outbox` and `db` know no feature. `jobs` is what runs beside the requests; `app`
//! is what runs; `cli` is how it is started.

pub mod advice;
pub mod app;
pub mod appeal;
pub mod audit;
pub mod auth;
pub mod body;
pub mod calendar;
pub mod case;
pub mod cli;
pub mod codes;
pub mod config;
pub mod content;
pub mod db;
pub mod demo;
pub mod document;
pub mod error;
pub mod figures;
pub mod folders;
pub mod given_notice;
pub mod governance;
pub mod http;
pub mod ids;
pub mod import;
pub mod information;
pub mod jobs;
pub mod logging;
pub mod mail;
pub mod markup;
pub mod numbers;
pub mod organisation;
pub mod outbox;
pub mod pages;
pub mod person;
pub mod plan;
pub mod printing;
pub mod reminder;
pub mod rules;
pub mod text;
pub mod time;
pub mod user;
pub mod words;
