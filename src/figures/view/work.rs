//! The reports on work that is to be done: who has how much, and what is late.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use statute::{ClockStatus, Holder, RULES_VERSION, RuleId, Stage};

use super::definition;
use super::made::Ahead;
use super::reports::{Report, window};
use crate::auth::Acting;
use crate::db::{Conn, Page, Window};
use crate::error::Error;
use crate::figures::model::{
    Breach, BreachesQuery, BreachesReport, CaseName, CaseloadQuery, CaseloadReport, Counted, Group, Load, Named,
    Period, Waiting,
};
use crate::figures::store;
use crate::ids::Id;

/// The open cases of each caseworker.
pub fn caseload(
    conn: &mut Conn,
    acting: &Acting,
    query: &CaseloadQuery,
    ahead: &Ahead,
) -> Result<CaseloadReport, Error> {
    let period = Period::new(None, None, query.as_at, acting.today)?;
    let soon = ahead.soon(period.as_at);
    let found = if period.is_past() {
        let mut found: Vec<Counted> = Vec::new();
        store::open_on(conn, period.as_at, &ahead.calendar, |one| {
            let status = one.clock.status(period.as_at, soon);
            found.push((one.caseworker_id, one.stage.into(), status.into(), 1));
        })?;
        found
    } else {
        store::caseload(conn, acting.today, soon)?
    };
    let mut parts: BTreeMap<Option<Id>, Vec<Counted>> = BTreeMap::new();
    for one in &found {
        parts.entry(one.0).or_default().push(*one);
    }
    let ids: Vec<Id> = parts.keys().flatten().copied().collect();
    let names = store::user_names(conn, &ids)?;
    let mut groups: Vec<Group<Load>> = parts
        .into_iter()
        .map(|(id, of_part)| Group {
            key: id.map(|id| id.to_string()),
            label: id.map_or_else(|| "Nobody".to_owned(), |id| names.get(&id).cloned().unwrap_or_default()),
            measures: load(&of_part),
        })
        .collect();
    groups.sort_by(|one, other| {
        (one.key.is_none(), &one.label, &one.key).cmp(&(other.key.is_none(), &other.label, &other.key))
    });
    Ok(CaseloadReport {
        definition: definition::caseload(&period, ahead.days),
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        total: load(&found),
        groups,
    })
}

fn load(found: &[Counted]) -> Load {
    let of = |status: ClockStatus| found.iter().filter(|one| one.2.0 == status).map(|one| one.3).sum();
    let at = |stage: Stage| found.iter().filter(|one| one.1.0 == stage).map(|one| one.3).sum();
    Load {
        open: found.iter().map(|one| one.3).sum(),
        overdue: of(ClockStatus::Overdue),
        overdue_excepted: of(ClockStatus::OverdueExcepted),
        due_soon: of(ClockStatus::DueSoon),
        by_stage: Stage::ALL.iter().filter(|stage| stage.is_open()).map(|stage| (stage.as_str(), at(*stage))).collect(),
    }
}

/// What is late, and what it waits for. `whole`: all of it, for a sheet.
pub fn breaches(
    conn: &mut Conn,
    acting: &Acting,
    query: &BreachesQuery,
    ahead: &Ahead,
    whole: bool,
) -> Result<Report<BreachesReport>, Error> {
    let period = Period::new(None, None, query.as_at, acting.today)?;
    let page = if period.is_past() {
        past_breaches(conn, query, &period, ahead, whole)?
    } else {
        let window = window(query.limit, query.cursor.as_deref(), query.count, whole)?;
        let only = (query.rule.map(|rule| rule.0), query.holder.map(|holder| holder.0), query.caseworker_id);
        let page = store::breaches(conn, acting.today, only, &window)?;
        let mut ids: Vec<Id> = page.items.iter().map(|row| row.case.id).collect();
        ids.sort();
        ids.dedup();
        let waiting = store::waiting(conn, &ids)?;
        page.map(|row| {
            let owed = waiting.get(&row.case.id).map_or(&[][..], Vec::as_slice);
            breach(row, owed, acting.today)
        })
    };
    let mut ids: Vec<Id> = page.items.iter().map(|one| one.case.id).collect();
    ids.sort();
    ids.dedup();
    let report = BreachesReport {
        definition: definition::breaches(&period),
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        items: page.items,
        next_cursor: page.next_cursor,
        total: page.total,
    };
    Ok((report, ids))
}

/// A limit that was over on a past day: its last day, its case and its place among the limits of that, by which it is in
/// order; and what is told of it.
type PastBreach = ((NaiveDate, Id, usize), Option<Id>, store::BreachRow, Vec<Waiting>);

fn past_breaches(
    conn: &mut Conn,
    query: &BreachesQuery,
    period: &Period,
    ahead: &Ahead,
    whole: bool,
) -> Result<Page<Breach>, Error> {
    let window: Window<(NaiveDate, Id, usize)> = window(query.limit, query.cursor.as_deref(), query.count, whole)?;
    let mut found: Vec<PastBreach> = Vec::new();
    store::open_on(conn, period.as_at, &ahead.calendar, |one| {
        if query.caseworker_id.is_some_and(|id| one.caseworker_id != Some(id)) {
            return;
        }
        for (place, deadline) in one.breached(period.as_at).enumerate() {
            if query.rule.is_some_and(|rule| rule.0 != deadline.rule)
                || query.holder.is_some_and(|holder| holder.0 != deadline.holder)
            {
                continue;
            }
            let row = store::BreachRow {
                id: one.case_id,
                case: CaseName { id: one.case_id, reference: String::new() },
                stage: one.stage.into(),
                caseworker: None,
                rule: deadline.rule.into(),
                citation: deadline.citation.to_owned(),
                holder: deadline.holder.into(),
                about: deadline.subject.as_ref().map(|subject| subject.label.clone()),
                due_on: deadline.due_on,
                excepted: deadline.excepted,
            };
            found.push(((deadline.due_on, one.case_id, place), one.caseworker_id, row, one.waiting()));
        }
    })?;
    let total = window.count.then(|| i64::try_from(found.len()).unwrap_or(i64::MAX));
    found.sort_by_key(|one| one.0);
    if let Some(after) = window.after {
        found.retain(|one| one.0 > after);
    }
    found.truncate(usize::try_from(window.fetch()).unwrap_or(usize::MAX));
    let page = window.page(found, total, |one| one.0);
    let references = store::references(conn, &page.items.iter().map(|one| one.2.case.id).collect::<Vec<_>>())?;
    let names = store::user_names(conn, &page.items.iter().filter_map(|one| one.1).collect::<Vec<_>>())?;
    Ok(page.map(|(_, caseworker, mut row, owed)| {
        row.case.reference = references.get(&row.case.id).cloned().unwrap_or_default();
        row.caseworker = caseworker.and_then(|id| Some(Named { id, name: names.get(&id)?.clone() }));
        breach(row, &owed, period.as_at)
    }))
}

/// What is told of a limit that was over on a day, where others owed the case so much.
fn breach(row: store::BreachRow, owed: &[Waiting], day: NaiveDate) -> Breach {
    Breach {
        waits_for: waits_for(&row, owed),
        case: row.case,
        stage: row.stage,
        caseworker: row.caseworker,
        rule: row.rule,
        citation: row.citation,
        holder: row.holder,
        about: row.about,
        due_on: row.due_on,
        days_late: day.signed_duration_since(row.due_on).num_days(),
        excepted: row.excepted,
    }
}

/// What a late step waits for: what others owe, and where that is nothing or does not hold it up the authority's own step.
fn waits_for(row: &store::BreachRow, owed: &[Waiting]) -> Vec<Waiting> {
    if row.holder.0 == Holder::Adviser {
        let own = |one: &&Waiting| {
            row.about.as_deref().is_some_and(|about| about.starts_with(&one.what)) && one.due_on == Some(row.due_on)
        };
        return owed.iter().filter(own).cloned().collect();
    }
    let (own, rule) = match row.stage.0 {
        Stage::AwaitingDecision => ("decision whether to assess", Some(RuleId::DecideToAssess)),
        Stage::GatheringAdvice if !owed.is_empty() => return owed.to_vec(),
        Stage::GatheringAdvice => ("decision whether to issue a plan", None),
        Stage::Drafting => ("draft plan", None),
        _ => ("final plan", Some(RuleId::IssueFinalPlan)),
    };
    // Only where the step that is waited for is the one that is late is its last day the same.
    let due_on = (rule == Some(row.rule.0)).then_some(row.due_on);
    let own = Waiting { what: own.to_owned(), organisation: None, due_on };
    std::iter::once(own).chain(owed.iter().cloned()).collect()
}
