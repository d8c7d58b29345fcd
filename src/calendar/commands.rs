//! What administrators do with the calendar.

mod feeds;

use std::collections::BTreeMap;

use serde_json::json;

pub use feeds::{Shown, add_feed, read_feed, revoke_feeds};

use super::model::{
    BankHoliday, BankHolidaysBody, BankHolidaysView, CaseInShort, ClosureBody, ClosureView, MoveView, ReplacedView,
    Replacement, SettingClosure,
};
use super::store::{self, Planned};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Submitted;
use crate::case;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;

/// The bank holidays that come with the program, as GOV.UK publishes them. The source stands in `README.md` beside it.
const BUNDLED: &str = include_str!("bank-holidays.json");

/// Gives a database that has no bank holidays those that come with the program. Of two processes that start at once,
/// one does.
pub fn seed_if_empty(tx: &mut Tx<'_>) -> Result<(), Error> {
    if store::has_bank_holidays(tx)? {
        return Ok(());
    }
    tx.lock_against_writers("bank_holidays")?;
    if store::has_bank_holidays(tx)? {
        return Ok(());
    }
    let bundled: BankHolidaysBody = serde_json::from_str(BUNDLED)
        .map_err(|fault| Error::internal(format!("the bundled bank holidays can't be read: {fault}")))?;
    store::insert_bank_holidays(tx, &bundled.days())
}

/// Tells what new bank holidays would change, and changes nothing.
pub fn try_bank_holidays(conn: &mut Conn, body: Submitted<BankHolidaysBody>) -> Result<ReplacedView, Error> {
    let new = days(body)?;
    let replacement = Replacement::new(store::bank_holidays(conn)?, new);
    let moving = moving(conn, &replacement)?;
    Ok(report(true, &replacement, &moving))
}

/// Replaces the bank holidays of the years that are given. Every case one of whose days to act by moves is derived again.
pub fn replace_bank_holidays(
    tx: &mut Tx<'_>,
    acting: &Acting,
    body: Submitted<BankHolidaysBody>,
) -> Result<ReplacedView, Error> {
    let new = days(body)?;
    // Steps that have read the old calendar finish first, and those that come read the new one: no case is left behind.
    // A step locks its case before it reads the calendar, so the cases come first here too.
    tx.lock_against_writers("cases")?;
    tx.lock_against_readers("bank_holidays")?;
    let replacement = Replacement::new(store::bank_holidays(tx)?, new);
    store::delete_years(tx, &replacement.years)?;
    store::insert_bank_holidays(tx, &replacement.after)?;
    let moving = moving(tx, &replacement)?;
    derive_again(tx, acting, &moving)?;
    let event = Event::new("bank_holidays_replaced", "bank_holidays", Id::new())
        .before(&BankHolidaysView::new(replacement.before.clone()))
        .after(&BankHolidaysView::new(sorted(replacement.after.clone())));
    audit::record(tx, acting, event)?;
    Ok(report(false, &replacement, &moving))
}

fn days(body: Submitted<BankHolidaysBody>) -> Result<Vec<BankHoliday>, Error> {
    let (body, ()) = body.judge(|body, faults| {
        body.check(faults);
        Ok(())
    })?;
    Ok(body.days())
}

fn sorted(mut days: Vec<BankHoliday>) -> Vec<BankHoliday> {
    days.sort_by_key(|one| one.day);
    days
}

/// A deadline with its new day to act by.
type Moving = (Planned, chrono::NaiveDate);

fn moving(conn: &mut Conn, replacement: &Replacement) -> Result<Vec<Moving>, Error> {
    let days: Vec<_> = replacement.act_by.keys().copied().collect();
    let planned = store::due_on(conn, &days)?;
    Ok(planned
        .into_iter()
        .filter_map(|one| replacement.act_by.get(&one.due_on).map(|act_by| (one.clone(), *act_by)))
        .filter(|(one, act_by)| one.act_by != *act_by)
        .collect())
}

fn derive_again(tx: &mut Tx<'_>, acting: &Acting, moving: &[Moving]) -> Result<(), Error> {
    let calendar = store::working_days(tx)?;
    let mut by_case: BTreeMap<Id, Vec<&Moving>> = BTreeMap::new();
    for one in moving {
        by_case.entry(one.0.case_id).or_default().push(one);
    }
    for (case_id, deadlines) in by_case {
        let case = case::store::find(tx, case_id)?
            .ok_or_else(|| Error::internal(format!("the case {case_id} of a deadline is gone")))?;
        case::store::keep(tx, acting, case, &calendar).map_err(|fault| match fault {
            Error::Stale => Error::unavailable("a case was changed while the calendar was being replaced"),
            other => other,
        })?;
        let days = |of: fn(&Moving) -> chrono::NaiveDate| {
            let all: Vec<_> = deadlines
                .iter()
                .map(|one| json!({ "rule": one.0.rule, "due_on": one.0.due_on, "act_by": of(one) }))
                .collect();
            json!(all)
        };
        let event = Event::new("act_by_moved", "case", case_id).case(case_id);
        audit::record(tx, acting, event.before(&days(|one| one.0.act_by)).after(&days(|one| one.1)))?;
    }
    Ok(())
}

fn report(dry_run: bool, replacement: &Replacement, moving: &[Moving]) -> ReplacedView {
    ReplacedView {
        dry_run,
        years: replacement.years.iter().copied().collect(),
        added: replacement.added,
        removed: replacement.removed,
        moves: moving
            .iter()
            .filter(|(one, _)| one.open)
            .map(|(one, act_by)| MoveView {
                case: CaseInShort { id: one.case_id, reference: one.reference.clone() },
                rule: one.rule,
                due_on: one.due_on,
                act_by_before: one.act_by,
                act_by_after: *act_by,
            })
            .collect(),
    }
}

/// Records days on which a setting, or every setting, is closed. Cases show what it excuses as soon as they are read.
pub fn add_closure(tx: &mut Tx<'_>, acting: &Acting, body: Submitted<ClosureBody>) -> Result<SettingClosure, Error> {
    let (body, ()) = body.judge(|body, faults| {
        faults.not_blank("/label", Some(&body.label));
        let detail = "Give a day after the first day closed.";
        let after = body.reopens_on > body.closed_from || !faults.is_sound("/closed_from");
        faults.unless(after, "/reopens_on", Code::OutOfRange, detail);
        if let Some(setting_id) = body.setting_id {
            let setting = organisation::store::find(tx, setting_id)?.filter(|found| found.kind.0.is_setting());
            let detail = "Choose an organisation of kind education_setting or early_years_provider.";
            faults.unless(setting.is_some(), "/setting_id", Code::UnknownSetting, detail);
        }
        Ok(())
    })?;
    let closure = SettingClosure {
        id: Id::new(),
        setting_id: body.setting_id,
        closed_from: body.closed_from,
        reopens_on: body.reopens_on,
        label: body.label.trim().to_owned(),
        created_at: acting.at,
    };
    store::insert_closure(tx, &closure)?;
    let event = Event::new("closure_added", "closure", closure.id);
    audit::record(tx, acting, event.after(&ClosureView::from(closure.clone())))?;
    Ok(closure)
}

/// Takes a closure back. Exceptions that rest on it stay: somebody has confirmed them.
pub fn remove_closure(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(), Error> {
    let closure = store::closure(tx, id)?.ok_or(Error::NotFound)?;
    store::delete_closure(tx, id)?;
    audit::record(tx, acting, Event::new("closure_removed", "closure", id).before(&ClosureView::from(closure)))
}
