//! What administrators do with the calendar.

mod feeds;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::json;
use statute::{RULES, RuleId};

pub use feeds::{Shown, add_feed, read_feed, revoke_feeds};

use super::model::{
    BankHoliday, BankHolidaysBody, BankHolidaysView, ClosureBody, ClosureView, MoveView, ReplacedView, Replacement,
    SettingClosure,
};
use super::store;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Submitted;
use crate::case;
use crate::case::model::Case;
use crate::case::store::Derived;
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
    Ok(report(true, &replacement, moving))
}

/// Replaces the bank holidays of the years that are given. Every case of which a day moves is derived
/// again.
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
    Ok(report(false, &replacement, moving))
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

/// A case of which days move, as the new calendar gives them.
struct Moving {
    case: Case,
    deadlines: Vec<MoveView>,
}

/// The cases of which days move: days to act by, and the last days of limits that look at bank holidays themselves.
fn moving(conn: &mut Conn, replacement: &Replacement) -> Result<Vec<Moving>, Error> {
    let Some(span) = replacement.span else {
        return Ok(Vec::new());
    };
    let days: Vec<_> = replacement.act_by.iter().copied().collect();
    let rules: BTreeSet<RuleId> =
        RULES.iter().filter(|rule| rule.depends_on_bank_holidays()).map(|rule| rule.id).collect();
    let rules: Vec<RuleId> = rules.into_iter().collect();
    let mut moving = Vec::new();
    for id in store::concerned(conn, &days, &rules, span)? {
        let case = case::store::find(conn, id)?
            .ok_or_else(|| Error::internal(format!("the case {id} of a deadline is gone")))?;
        let facts = case::store::facts(conn, &case)?;
        let (_, derived, _) = case::store::derive(&facts, &replacement.calendar);
        let after: BTreeMap<_, _> = derived
            .iter()
            .map(|deadline| Derived::new(id, deadline))
            .map(|row| (row.key(), (row.due_on, row.act_by)))
            .collect();
        let moves = |row: &Derived| {
            let (due_on, act_by) = *after.get(&row.key())?;
            ((due_on, act_by) != (row.due_on, row.act_by)).then_some(MoveView {
                rule: row.rule,
                due_on: row.due_on,
                due_on_after: due_on,
                act_by_before: row.act_by,
                act_by_after: act_by,
                deadlines: 1,
            })
        };
        let deadlines: Vec<MoveView> = case::store::deadlines(conn, id)?.iter().filter_map(moves).collect();
        if !deadlines.is_empty() {
            moving.push(Moving { case, deadlines });
        }
    }
    Ok(moving)
}

fn derive_again(tx: &mut Tx<'_>, acting: &Acting, moving: &[Moving]) -> Result<(), Error> {
    let calendar = store::working_days(tx)?;
    for Moving { case, deadlines } in moving {
        case::store::keep(tx, acting, case.clone(), &calendar).map_err(|fault| match fault {
            Error::Stale => Error::unavailable("a case was changed while the calendar was being replaced"),
            other => other,
        })?;
        let days = |of: fn(&MoveView) -> (NaiveDate, NaiveDate)| {
            let all: Vec<_> = deadlines
                .iter()
                .map(|one| {
                    let (due_on, act_by) = of(one);
                    json!({ "rule": one.rule, "due_on": due_on, "act_by": act_by })
                })
                .collect();
            json!(all)
        };
        let event = Event::new("act_by_moved", "case", case.id).case(case.id);
        let event = event.before(&days(|one| (one.due_on, one.act_by_before)));
        audit::record(tx, acting, event.after(&days(|one| (one.due_on_after, one.act_by_after))))?;
    }
    Ok(())
}

/// What administrators are told, who see no case: how many deadlines move. Those of open cases count, and of others those
/// whose last day moves.
fn report(dry_run: bool, replacement: &Replacement, moving: Vec<Moving>) -> ReplacedView {
    let mut counts: BTreeMap<(NaiveDate, MoveView), usize> = BTreeMap::new();
    for Moving { case, deadlines } in moving {
        for one in deadlines.into_iter().filter(|one| case.open || one.due_on != one.due_on_after) {
            let count = counts.entry((one.due_on, one)).or_default();
            *count = count.saturating_add(1);
        }
    }
    ReplacedView {
        dry_run,
        years: replacement.years.iter().copied().collect(),
        added: replacement.added,
        removed: replacement.removed,
        moves: counts.into_iter().map(|((_, one), deadlines)| MoveView { deadlines, ..one }).collect(),
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
