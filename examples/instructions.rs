//! What three hot paths cost in instructions: `.ci/instructions` runs this under callgrind, which counts in the functions
//! below and nowhere else.
//!
//! Takes a database that `ehcp-tracker demo` made, which is the same for the same seed and day.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what finds something else than it expects stops")]

use std::hint::black_box;
use std::path::Path;

use chrono::NaiveDate;
use ehcp_tracker::auth::{Acting, Role, Tokens};
use ehcp_tracker::calendar;
use ehcp_tracker::case::model::CaseFilter;
use ehcp_tracker::case::store;
use ehcp_tracker::case::view::{CaseView, Judged, case_view};
use ehcp_tracker::db::{DatabaseUrl, Db, Window};
use ehcp_tracker::ids::Id;
use ehcp_tracker::time::Clock;
use statute::{Calendar, CaseFacts, Stage};

/// How often each path is taken: what happens once, such as the first look into a table, should weigh little.
const TIMES: u32 = 100;

/// The day of the demonstration, on which `.ci/instructions` makes it.
const TODAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 11, 23);

fn main() {
    let file = std::env::args().nth(1).expect("a database that `ehcp-tracker demo` made");
    let db = Db::open(&DatabaseUrl::Sqlite(file.into()), 1).unwrap();
    let acting = Acting::system("instructions", Clock::new(TODAY).read());
    let (facts, calendar, view) = db
        .snapshot(|conn| {
            let calendar = calendar::store::working_days(conn)?;
            // Such a case has all that comes before a final plan.
            let filter = CaseFilter { stage: Some(Stage::DraftServed.into()), ..CaseFilter::default() };
            let window = Window { limit: 1, after: None, count: false };
            let page = store::list(conn, &acting, &filter, None, acting.today, &window)?;
            let case = page.items.into_iter().next().expect("a case with a draft that was served").case;
            let facts = store::facts(conn, &case)?;
            let view = case_view(conn, &acting, case, Judged::new(acting.today, &calendar, 10))?;
            Ok((facts, calendar, view))
        })
        .unwrap();
    let tokens = Tokens::open(Some("a secret of nothing but this example"), Path::new("unused")).unwrap();
    let token = tokens.issue(Id::new(), Id::new(), Role::Caseworker, false, Clock::default().read().at).unwrap();
    derive_deadlines(&facts, &calendar);
    serialise_case(&view);
    parse_token(&tokens, &token);
    println!("each {TIMES} times");
}

/// Derives the deadlines of a case.
#[inline(never)]
fn derive_deadlines(facts: &CaseFacts, calendar: &Calendar) {
    for _ in 0..TIMES {
        black_box(statute::derive(black_box(facts), black_box(calendar)));
    }
}

/// Writes a case as JSON.
#[inline(never)]
fn serialise_case(view: &CaseView) {
    for _ in 0..TIMES {
        black_box(serde_json::to_string(black_box(view)).unwrap());
    }
}

/// Reads a token, and whether this service signed it.
#[inline(never)]
fn parse_token(tokens: &Tokens, token: &str) {
    for _ in 0..TIMES {
        black_box(tokens.verify(black_box(token)).unwrap());
    }
}
