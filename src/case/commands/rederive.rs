//! Deriving every case anew after an upgrade that changed the rules.
//!
//! Deadlines are stored, so a corrected rule changes nothing by itself. The first start of a version with other rules, or
//! `ehcp-tracker migrate`, derives each case again; what changed stands on record with the case. Nothing that a person
//! entered is changed.

use serde_json::json;
use statute::{RULES_VERSION, Stage};

use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::calendar;
use crate::case::store::{self, Difference};
use crate::db::Db;
use crate::error::Error;

/// What stands on record of a case that was derived anew.
pub const DERIVED_ANEW: &str = "deadlines_derived_anew";

/// How many cases are looked at together.
const BATCH: i64 = 500;

/// Why deadlines changed with this version of the rules, in words that a caseworker can pass on.
const WHY: &str = "The rules were corrected: days to appeal run in Tribunal time; a closure relieves only a limit within which \
    the setting was asked and had not answered before it closed; a case that was sent back to be reconsidered is open until \
    the draft or the notice.";

/// Derives every case anew, once for each version of the rules. Answers how many cases changed.
pub fn derive_under_new_rules(db: &Db, acting: &Acting) -> Result<usize, Error> {
    let mark = format!("derived_under_{RULES_VERSION}");
    if db.read(|conn| store::is_marked(conn, &mark))? {
        return Ok(0);
    }
    let (mut changed, mut last) = (0_usize, None);
    loop {
        let (cases, found) = db.snapshot(|conn| {
            let working_days = calendar::store::working_days(conn)?;
            let cases = store::after(conn, last, BATCH)?;
            let mut found = Vec::new();
            for case in &cases {
                if !store::differences(conn, case, &working_days)?.is_empty() {
                    found.push(case.id);
                }
            }
            Ok((cases.last().map(|case| case.id), found))
        })?;
        for id in found {
            changed = changed.saturating_add(usize::from(derive_anew(db, acting, id)?));
        }
        match cases {
            Some(id) => last = Some(id),
            None => break,
        }
    }
    db.write(|tx| store::mark(tx, &mark, acting.at))?;
    Ok(changed)
}

/// Derives one case anew, unless somebody else has meanwhile.
fn derive_anew(db: &Db, acting: &Acting, id: crate::ids::Id) -> Result<bool, Error> {
    db.write(|tx| {
        store::lock(tx, id)?;
        let Some(case) = store::find(tx, id)? else {
            return Ok(false);
        };
        let working_days = calendar::store::working_days(tx)?;
        let differences = store::differences(tx, &case, &working_days)?;
        if differences.is_empty() {
            return Ok(false);
        }
        let of_days = |one: &&Difference| one.field != "derivation";
        let told: Vec<_> = differences
            .iter()
            .filter(of_days)
            .map(|one| json!({ "of": one.of, "field": one.field, "was": one.kept, "is": one.should_be }))
            .collect();
        let stage: Stage = case.stage.0;
        let event = Event::new(DERIVED_ANEW, "case", id).case(id).because(WHY);
        audit::record(
            tx,
            acting,
            event.after(&json!({ "rules_version": RULES_VERSION, "stage": stage.as_str(), "changed": told })),
        )?;
        store::keep(tx, acting, case, &working_days)?;
        Ok(true)
    })
}
