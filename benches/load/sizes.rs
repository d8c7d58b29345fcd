//! The same readings among few cases and among many, in turns: whether a page costs what it shows, or what it is taken
//! from.

use std::time::Duration;

use super::cases::Caseload;
use super::client::{drive, drive_at};
use super::service::Service;
use super::workload::{Kind, Requests};
use super::{Bench, Options};

/// How many connections ask.
pub const CLIENTS: usize = 8;

/// The share of what the slower of the two can do at which both are asked.
const SHARE: f64 = 0.5;

/// What was measured.
#[derive(Debug)]
pub struct BySize {
    /// How many cases each has.
    pub cases: [u32; 2],
    /// Of each kind and repetition.
    pub rounds: Vec<(Kind, Pair)>,
}

/// One repetition.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// At which pace both were asked, in requests a second.
    pub pace: f64,
    /// The most that each answered, in requests a second.
    pub most: [f64; 2],
    /// The median of what an answer took among few and among many, in milliseconds.
    pub median: [f64; 2],
    /// What 99 of 100 answers did not exceed, in milliseconds.
    pub p99: [f64; 2],
}

/// Compares two databases.
pub fn compare(bench: &Bench<'_>, database: &str, urls: [&String; 2], caseloads: &[Caseload; 2]) -> BySize {
    let services = urls.map(|url| Service::start_without_jobs(url, bench.folder));
    let both = [0, 1].map(|which| Requests::to(&services[which].address, &caseloads[which], CLIENTS));
    let mut rounds = Vec::new();
    for repetition in 1..=bench.options.repetitions {
        bench.tell(&format!("{database}: few and many, repetition {repetition} of {}", bench.options.repetitions));
        for kind in Kind::READINGS {
            let next = |which: usize| {
                let requests = &both[which];
                move |client: usize| requests.next(kind, client)
            };
            let warm = Duration::from_secs(2);
            let most = [0, 1].map(|which| drive(&services[which].address, CLIENTS, warm, next(which)).rate);
            let pace = most[0].min(most[1]) * SHARE;
            let samples =
                [0, 1].map(|which| drive_at(Some(pace), &services[which].address, CLIENTS, bench.span(), next(which)));
            let pair =
                Pair { pace, most, median: samples.map(|sample| sample.median), p99: samples.map(|sample| sample.p99) };
            rounds.push((kind, pair));
        }
    }
    let Options { few, cases, times, .. } = bench.options;
    BySize { cases: [*few, cases * times], rounds }
}
