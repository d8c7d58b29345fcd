//! What nobody would send: texts of the corpora in tests/corpora, changed by chance. Each reader answers, with what it read
//! or with what is wrong, and never breaks.
//!
//! `NONSENSE_SECONDS` says for how long each is tried, a second unless told, and `NONSENSE_SEED` by what chance. A text that
//! breaks one is printed: keep it, in its corpus, as a file of its own.

mod queries;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use ehcp_tracker::error::Error;
use ehcp_tracker::import::commands::Mode;
use ehcp_tracker::{markup, numbers};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::prop_oneof;
use proptest::sample::{Index, select};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::import::{TODAY, import_bytes};
use crate::support::{Backend, TestApp};

/// The texts of a corpus.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// What often breaks readers.
const AWKWARD: [&[u8]; 16] = [
    b"<",
    b">",
    b"\"",
    b"'",
    b",",
    b"\r\n",
    b"\0",
    b"&",
    b"&#x1F600;",
    b"</",
    b"<!--",
    b"-->",
    b"\xff",
    "\u{202e}".as_bytes(),
    b"=",
    b"0",
];

/// A change to a text.
#[derive(Debug, Clone)]
enum Change {
    /// Leaves some of it out.
    LeaveOut(Index, Index),
    /// Says some of it again elsewhere.
    Double(Index, Index, Index),
    /// Puts something awkward in.
    Awkward(Index, &'static [u8]),
    /// Puts a piece of another text in.
    Piece(Index, Index, Index),
    /// Changes a byte.
    Byte(Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), at()).prop_map(|(from, to)| Change::LeaveOut(from, to)),
        (at(), at(), at()).prop_map(|(from, to, again)| Change::Double(from, to, again)),
        (at(), select(AWKWARD.as_slice())).prop_map(|(at, what)| Change::Awkward(at, what)),
        (at(), at(), at()).prop_map(|(at, other, from)| Change::Piece(at, other, from)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
    ]
}

impl Change {
    fn make(&self, text: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let place = |at: &Index| at.index(text.len() + 1);
        let span = |from: &Index, to: &Index| {
            let (from, to) = (place(from).min(place(to)), place(from).max(place(to)));
            from..to.min(from + 40)
        };
        match self {
            Self::LeaveOut(from, to) => drop(text.drain(span(from, to))),
            Self::Double(from, to, again) => {
                let (piece, at) = (text[span(from, to)].to_vec(), place(again));
                drop(text.splice(at..at, piece));
            }
            Self::Awkward(at, what) => {
                let at = place(at);
                drop(text.splice(at..at, what.iter().copied()));
            }
            Self::Piece(at, other, from) => {
                let (at, other) = (place(at), other.get(corpus));
                let piece: Vec<u8> = other.iter().skip(from.index(other.len() + 1)).take(60).copied().collect();
                drop(text.splice(at..at, piece));
            }
            Self::Byte(at, byte) => {
                let at = place(at);
                if let Some(old) = text.get_mut(at) {
                    *old = *byte;
                }
            }
        }
    }
}

/// Tries changed texts of a corpus for as long as is asked for. Of one that breaks a reader the least change that does so is
/// told.
fn with_nonsense(name: &str, try_it: impl Fn(&[u8])) {
    let seconds = std::env::var("NONSENSE_SECONDS").map_or(1, |seconds| seconds.parse().unwrap());
    let corpus = corpus(name);
    // Those of the corpus as they are come first.
    corpus.iter().for_each(|text| try_it(text));
    // The gate is sent the same nonsense every time; `.ci/long` is sent new.
    let seed: u64 = std::env::var("NONSENSE_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key));
    let texts = (select(corpus.clone()), vec(change(), 0..12)).prop_map(move |(mut text, changes)| {
        changes.iter().for_each(|change| change.make(&mut text, &corpus));
        text
    });
    let (begun, mut tried) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let text = texts.new_tree(&mut runner).unwrap();
        let outcome = runner.run_one(text, |text| {
            try_it(&text);
            Ok(())
        });
        if let Err(TestError::Fail(why, text)) = outcome {
            panic!("after {tried} texts, seed {seed}, broken by {:?}: {why}", String::from_utf8_lossy(&text));
        }
        tried += 1;
    }
    eprintln!("{tried} texts of {name}, seed {seed}");
}

#[test]
fn a_sheet_of_nonsense_is_taken_or_told_what_is_wrong() {
    let app = TestApp::on(Backend::Sqlite, TODAY);
    // One pool for all of them: each has threads, which outlive it for a while.
    let db = app.db();
    with_nonsense("sheets", |sheet| {
        // Not all of it is UTF-8, as in spreadsheets' own exports.
        match import_bytes(&db, TODAY, Mode::DryRun, sheet) {
            Ok(_) | Err(Error::Malformed(_)) => {}
            Err(fault) => panic!("{fault:?}"),
        }
    });
    assert_eq!(app.count("cases"), 0, "a dry run writes nothing");
}

#[test]
fn a_text_of_nonsense_is_cleaned_once_and_for_all() {
    let kept: BTreeSet<&str> =
        ["p", "ul", "ol", "li", "strong", "em", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "br"].into();
    with_nonsense("texts", |text| {
        let text = String::from_utf8_lossy(text);
        let once = markup::clean(&text);
        // Whatever stands between angle brackets is a tag that is kept, without any attribute.
        for part in once.split('<').skip(1) {
            let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("a tag that nothing ends: {once:?}"));
            assert!(kept.contains(tag.trim_start_matches('/')), "{tag:?} in {once:?}");
        }
        let twice = markup::clean(&once);
        assert_eq!(markup::words_of(&twice), markup::words_of(&once), "{once:?}");
        assert_eq!(markup::is_blank(&twice), markup::is_blank(&once));
    });
}

#[test]
fn a_day_of_nonsense_is_a_day_that_exists_or_none() {
    with_nonsense("days", |text| {
        for day in String::from_utf8_lossy(text).lines() {
            let body = serde_json::json!({"on": day, "reason": "Nonsense."}).to_string();
            let read =
                ehcp_tracker::body::Submitted::<ehcp_tracker::case::model::WithdrawalBody>::parse(body.as_bytes());
            if let Some(body) = read.sound() {
                assert_eq!(body.on.to_string(), day, "one day, written in one way");
                assert!(day.parse::<NaiveDate>().is_ok());
            }
        }
    });
}

#[test]
fn a_number_of_nonsense_is_an_nhs_number_or_none() {
    with_nonsense("numbers", |text| {
        for number in String::from_utf8_lossy(text).lines() {
            let squeezed = numbers::squeeze(number);
            let is_one = numbers::is_nhs_number(&squeezed);
            assert_eq!(is_one, fits(&squeezed), "{number:?}");
            numbers::is_upn(&squeezed);
            numbers::is_uln(&squeezed);
            numbers::is_postcode(&numbers::with_space(squeezed));
        }
    });
}

/// The rule of the NHS Data Dictionary, written anew: ten digits; weighed from 10 down to 2, and the last added, they are
/// divisible by 11.
fn fits(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.is_ascii().then(|| c.to_digit(10)).flatten()).collect();
    digits.is_some_and(|digits| {
        digits.len() == 10
            && digits.iter().zip((1..=10).rev()).map(|(digit, weight)| digit * weight).sum::<u32>() % 11 == 0
    })
}
