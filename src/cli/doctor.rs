//! `doctor`: checks that what is kept is right, and changes nothing. Exit code 1 where something is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use object_store::ObjectStore;
use sha2::{Digest, Sha256};
use statute::{Calendar, RuleId, rule};

use super::{Failure, open_existing};
use crate::app::{document_store, documents_folder};
use crate::config::Settings;
use crate::db::{Db, MigrationState, Window, migration_states};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Clock;
use crate::{audit, calendar, case, content, document, figures};

/// How many cases or documents are looked at together: memory stays bounded whatever there is.
const BATCH: i64 = 500;

/// How many frozen reports: each may be large.
const REPORTS: i64 = 20;

pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    println!("settings: fine");
    let db = open_existing(settings)?;
    check_schema(settings)?;
    println!("database: {} is of this program's version", settings.database.url);
    let today = Clock::new(settings.casework.fixed_today).read().today;
    check_calendar(&db, today)?;
    let wrong = check_cases(&db)?.saturating_add(check_documents(&db, settings)?).saturating_add(check_reports(&db)?);
    if wrong > 0 {
        return Err(Failure::Failed(format!("{wrong} thing(s) are not as they should be; they stand above")));
    }
    println!("everything is as it should be");
    Ok(())
}

fn check_schema(settings: &Settings) -> Result<(), Failure> {
    let states = migration_states(&settings.database.url)?;
    let count = |state| states.iter().filter(|status| status.state == state).count();
    if count(MigrationState::Unknown) > 0 {
        return Err(Failure::Failed(
            "the database is of a newer version than this program: use the newer one".to_owned(),
        ));
    }
    match count(MigrationState::Pending) {
        0 => Ok(()),
        n => Err(Failure::Failed(format!("the database lacks {n} migration(s): run `ehcp-tracker migrate`"))),
    }
}

/// A calendar that ends too soon is no fault of what is kept, so it is a warning.
fn check_calendar(db: &Db, today: NaiveDate) -> Result<(), Failure> {
    let known = db.read(calendar::store::bank_holidays)?;
    let needed = rule(RuleId::IssueFinalPlan, today).due_on(today, &Calendar::EMPTY);
    match calendar::model::covers_until(known.iter().map(|one| one.day)) {
        Some(until) if until >= needed => println!("calendar: bank holidays are known until {until}"),
        Some(until) => println!(
            "warning: bank holidays are known until {until}, and a request of today is due on {needed}: load the next years with PUT /api/v1/calendar/bank-holidays"
        ),
        None => println!("warning: no bank holiday is known: load them with PUT /api/v1/calendar/bank-holidays"),
    }
    Ok(())
}

/// Derives every case again and tells what is kept otherwise.
fn check_cases(db: &Db) -> Result<usize, Failure> {
    let total = u64::try_from(db.read(case::store::count)?).unwrap_or_default();
    let bar = progress(total, "cases");
    let (mut wrong, mut seen) = (0_usize, 0_u64);
    let mut last = None;
    loop {
        // Each batch on one state of the data: the service may be at work meanwhile.
        let (found, idle, next, count) = db.snapshot(|conn| {
            let working_days: Calendar = calendar::store::working_days(conn)?;
            let cases = case::store::after(conn, last, BATCH)?;
            let (mut found, mut idle) = (Vec::new(), Vec::new());
            for case in &cases {
                let differences = case::store::differences(conn, case, &working_days)?;
                found.extend(differences.into_iter().map(|one| (case.reference.clone(), one)));
                for (id, ground) in case::store::idle_exceptions(conn, case.id)? {
                    idle.push((case.reference.clone(), id, ground));
                }
            }
            Ok((found, idle, cases.last().map(|case| case.id), cases.len()))
        })?;
        wrong = wrong.saturating_add(found.len());
        bar.suspend(|| {
            for (reference, id, ground) in &idle {
                println!(
                    "warning: {reference}: the confirmed exception {id} ({ground}) relieves nothing: have a manager look at its days, or lift it"
                );
            }
            for (reference, one) in &found {
                println!(
                    "{reference}: {}, {}: kept is {}; it should be {}",
                    one.of, one.field, one.kept, one.should_be
                );
            }
        });
        let count = u64::try_from(count).unwrap_or_default();
        bar.inc(count);
        seen = seen.saturating_add(count);
        match next {
            Some(next) => last = Some(next),
            None => break,
        }
    }
    bar.finish_and_clear();
    println!("cases: {seen} derived again, {wrong} difference(s)");
    tell_derived_anew(db)?;
    Ok(wrong)
}

/// Tells what a corrected rule changed when cases were derived anew, and why.
fn tell_derived_anew(db: &Db) -> Result<(), Failure> {
    let anew = db.read(|conn| audit::store::recorded_as(conn, case::commands::DERIVED_ANEW))?;
    let mut changed: BTreeMap<String, usize> = BTreeMap::new();
    for one in anew.iter().filter_map(|one| one.after.as_ref()?.get("changed")?.as_array()).flatten() {
        let text = |name| one.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        // One request for advice is called by its id: here only how many there are counts.
        let of = text("of").split(' ').next().unwrap_or_default();
        let count = changed.entry(format!("{of}, {}", text("field"))).or_default();
        *count = count.saturating_add(1);
    }
    if let Some(why) = anew.last().and_then(|one| one.reason.as_deref()) {
        println!("derived anew after an upgrade: {} case(s). {why}", anew.len());
        for (what, count) in changed {
            println!("  {what}: {count}");
        }
    }
    Ok(())
}

/// Looks for the content of every document.
fn check_documents(db: &Db, settings: &Settings) -> Result<usize, Failure> {
    let store = match documents_folder(&settings.data_dir).is_dir() {
        true => Some(document_store(&settings.data_dir)?),
        false => None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Failure::failed)?;
    let (mut wrong, mut seen) = (0_usize, 0_usize);
    let mut last: Option<Id> = None;
    loop {
        let batch = db.read(|conn| document::store::after(conn, last, BATCH))?;
        // What was found infected has lost its content.
        for one in batch.iter().filter(|one| one.scan.0 != content::Scan::Infected) {
            let size = runtime.block_on(size_of(store.as_ref(), &one.sha256))?;
            if size.and_then(|size| i64::try_from(size).ok()) != Some(one.size) {
                wrong = wrong.saturating_add(1);
                let kept = size.map_or("none".to_owned(), |size| format!("{size} bytes"));
                println!("document {}: its content is {kept}; it should be {} bytes", one.id, one.size);
            }
        }
        seen = seen.saturating_add(batch.len());
        match batch.last() {
            Some(one) => last = Some(one.id),
            None => break,
        }
    }
    println!("documents: {seen} looked for, {wrong} not as they should be");
    Ok(wrong)
}

/// Compares each frozen report with its digest, and its digest with what stands on record of its freezing.
fn check_reports(db: &Db) -> Result<usize, Failure> {
    let frozen = db.read(|conn| audit::store::recorded_as(conn, "report_frozen"))?;
    let mut on_record: BTreeMap<Id, Option<String>> = BTreeMap::new();
    for one in frozen {
        let sha256 = one.after.as_ref().and_then(|after| after.get("sha256")).and_then(|sha256| sha256.as_str());
        on_record.extend(one.event.subject_id.map(|id| (id, sha256.map(str::to_owned))));
    }
    let (mut wrong, mut seen, mut last) = (0_usize, 0_usize, None);
    let mut tell = |id: Id, what: &str| {
        wrong = wrong.saturating_add(1);
        println!("report {id}: {what}");
    };
    loop {
        let window = Window { limit: REPORTS, after: last, count: false };
        let page = db.read(|conn| figures::store::snapshots(conn, &window))?;
        for one in &page.items {
            let sha256 = format!("{:x}", Sha256::digest(one.content.as_bytes()));
            if sha256 != one.sha256 {
                tell(one.id, "its content is not what its digest says");
            }
            match on_record.remove(&one.id) {
                None => tell(one.id, "it was not frozen by the service: nothing is on record of it"),
                Some(kept) if kept.as_deref() != Some(one.sha256.as_str()) => {
                    tell(one.id, "it is not what was frozen: its digest is another than the one on record");
                }
                Some(_) => {}
            }
        }
        seen = seen.saturating_add(page.items.len());
        match page.items.last() {
            Some(one) if page.next_cursor.is_some() => last = Some(one.id),
            _ => break,
        }
    }
    for id in on_record.into_keys() {
        tell(id, "it was removed");
    }
    println!("frozen reports: {seen} compared, {wrong} not as they should be");
    Ok(wrong)
}

async fn size_of(store: Option<&Arc<dyn ObjectStore>>, sha256: &str) -> Result<Option<u64>, Error> {
    match store {
        Some(store) => content::size(store.as_ref(), sha256).await,
        None => Ok(None),
    }
}

/// A bar on a terminal; nothing where the output goes elsewhere.
fn progress(total: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}
