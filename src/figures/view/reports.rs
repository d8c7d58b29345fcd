//! Each report, from what is asked to what is answered; with the cases that it names.

use std::collections::{BTreeMap, HashMap};

use chrono::Datelike;
use statute::RULES_VERSION;
use utoipa::ToSchema;

use super::definition;
use super::made::{Ahead, Compared};
use super::since;
use crate::auth::Acting;
use crate::db::{Conn, Page, Window, page_window};
use crate::error::Error;
use crate::figures::model::benchmark::{self, compared};
use crate::figures::model::delay::{Pareto, worst};
use crate::figures::model::measure::{Advice, Decided, Decisions, Plans, Timeliness};
use crate::figures::model::{
    AdviceCut, AdviceQuery, AdviceReport, AskedCase, AskedCasesQuery, AskedNumber, Behind, BenchmarkView, CaseName,
    CasesQuery, Cut, DecidedCase, DecidedCasesQuery, DecidedNumber, DecisionsQuery, DecisionsReport, DelayedCase,
    DelaysQuery, DelaysReport, Group, Period, PlanCase, TimelinessQuery, TimelinessReport,
};
use crate::figures::store;
use crate::ids::Id;

/// A report, and the cases that it names.
pub type Report<T> = (T, Vec<Id>);

/// How many plans were in time, with what others published and, for a past day, what has changed since.
pub fn timeliness(
    conn: &mut Conn,
    acting: &Acting,
    query: &TimelinessQuery,
    others: &Compared,
) -> Result<Report<TimelinessReport>, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let cut = query.group_by.map_or(Cut::Month, |word| word.0);
    let disputed_too = query.include_mediation_tribunal.unwrap_or(false);
    let found = store::first_plans(conn, &period, cut)?;
    let left_out = if disputed_too { 0 } else { found.iter().filter(|one| one.1).map(|one| one.2.count).sum() };
    let plans = counted(found, disputed_too);
    let since = if period.is_past() {
        let now = counted(store::first_plans(conn, &period.as_of_today(), cut)?, disputed_too);
        let total = Timeliness::of(now.iter().map(|(_, plans)| plans));
        Some(since::of_plans(conn, &period, cut, disputed_too, total)?)
    } else {
        None
    };
    let named = since.iter().flat_map(|since| &since.corrected).map(|one| one.case.id).collect();
    let total = Timeliness::of(plans.iter().map(|(_, plans)| plans));
    let groups = grouped(conn, plans, cut, &period, |plans| Timeliness::of(plans))?;
    let codes: Vec<String> = others.own.iter().chain(&others.comparators).cloned().collect();
    let published = store::benchmarks(conn, &codes)?;
    let compared =
        compared(&published, others.own.as_deref(), &others.comparators, period.from.year(), period.to.year());
    let benchmarks = compared.into_iter().map(|(role, one)| BenchmarkView {
        area: one.name.clone(),
        level: one.level,
        code: Some(one.code.clone()).filter(|code| !code.is_empty()),
        role,
        year: one.year,
        pct_within_20_weeks_ex: one.pct_ex(),
        pct_within_20_weeks: one.pct(),
        plans_issued: one.plans_issued,
        pct_of_requests_refused: one.pct_refused(),
    });
    let report = TimelinessReport {
        definition: definition::timeliness(&period, disputed_too),
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        from: period.from,
        to: period.to,
        group_by: cut.into(),
        include_mediation_tribunal: disputed_too,
        left_out_mediation_tribunal: left_out,
        total,
        groups,
        benchmarks: benchmarks.collect(),
        benchmarks_source: benchmark::SOURCE,
        since,
    };
    Ok((report, named))
}

/// Those that count: without the cases where mediation or a tribunal took place before, unless they are asked for.
fn counted(found: Vec<(Option<String>, bool, Plans)>, disputed_too: bool) -> Vec<(Option<String>, Plans)> {
    found.into_iter().filter(|(_, disputed, _)| disputed_too || !disputed).map(|(key, _, plans)| (key, plans)).collect()
}

/// Requests, decisions and refusals.
pub fn decisions(conn: &mut Conn, acting: &Acting, query: &DecisionsQuery) -> Result<Report<DecisionsReport>, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let cut = query.group_by.map_or(Cut::Month, |word| word.0);
    let all = |conn: &mut Conn, period: &Period| -> Result<Vec<(Option<String>, Decided)>, Error> {
        let mut found = store::requests(conn, period, cut)?;
        found.extend(store::decided(conn, period, cut)?);
        Ok(found)
    };
    let found = all(conn, &period)?;
    let since = if period.is_past() {
        let now = all(conn, &period.as_of_today())?;
        Some(since::of_decisions(conn, &period, cut, Decisions::of(now.iter().map(|(_, one)| one)))?)
    } else {
        None
    };
    let named = since.iter().flat_map(|since| &since.corrected).map(|one| one.case.id).collect();
    let total = Decisions::of(found.iter().map(|(_, one)| one));
    let report = DecisionsReport {
        definition: definition::decisions(&period),
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        from: period.from,
        to: period.to,
        group_by: cut.into(),
        total,
        groups: grouped(conn, found, cut, &period, |decided| Decisions::of(decided))?,
        since,
    };
    Ok((report, named))
}

/// Puts what was counted into its parts, in order, and measures each. Of a figure by time every part of the period is
/// there, also one in which nothing happened.
fn grouped<T, M: ToSchema>(
    conn: &mut Conn,
    found: Vec<(Option<String>, T)>,
    cut: Cut,
    period: &Period,
    measure: impl Fn(&[T]) -> M,
) -> Result<Vec<Group<M>>, Error> {
    let mut parts: BTreeMap<Option<String>, Vec<T>> = BTreeMap::new();
    for key in period.keys(cut) {
        parts.entry(Some(key)).or_default();
    }
    for (key, one) in found {
        let key = if cut.by_time() { key.and_then(|month| cut.key_of(&month)) } else { key };
        parts.entry(key).or_default().push(one);
    }
    let ids: Vec<Id> = parts.keys().flatten().filter_map(|key| key.parse().ok()).collect();
    let names = match cut {
        Cut::Caseworker => store::user_names(conn, &ids)?,
        Cut::Setting => store::organisation_names(conn, &ids)?,
        _ => HashMap::new(),
    };
    let label = |key: &Option<String>| match (key, cut) {
        (None, Cut::Caseworker) => "Nobody".to_owned(),
        (None, _) => "Not known".to_owned(),
        (Some(key), Cut::Caseworker | Cut::Setting) => {
            key.parse().ok().and_then(|id: Id| names.get(&id).cloned()).unwrap_or_default()
        }
        (Some(key), _) => cut.label_of(key).unwrap_or_else(|| in_words(key)),
    };
    let mut groups: Vec<Group<M>> = parts
        .into_iter()
        .map(|(key, of_part)| Group { label: label(&key), key, measures: measure(&of_part) })
        .collect();
    if !cut.by_time() {
        groups.sort_by(|one, other| {
            (one.key.is_none(), &one.label, &one.key).cmp(&(other.key.is_none(), &other.label, &other.key))
        });
    }
    Ok(groups)
}

/// A word of a vocabulary as people read it.
pub(super) fn in_words(word: &str) -> String {
    let text = word.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How long advice took.
pub fn advice(conn: &mut Conn, acting: &Acting, query: &AdviceQuery, ahead: &Ahead) -> Result<AdviceReport, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let cut = query.group_by.map_or(AdviceCut::Kind, |word| word.0);
    let found = store::advice(conn, &period, cut, &ahead.calendar)?;
    let total = Advice::of(found.iter().map(|(_, asked)| asked));
    let mut parts: BTreeMap<Option<String>, Vec<_>> = BTreeMap::new();
    if cut == AdviceCut::Month {
        for key in period.keys(Cut::Month) {
            parts.entry(Some(key)).or_default();
        }
    }
    for (key, asked) in found {
        parts.entry(key).or_default().push(asked);
    }
    let ids: Vec<Id> = parts.keys().flatten().filter_map(|key| key.parse().ok()).collect();
    let names = if cut == AdviceCut::Organisation { store::organisation_names(conn, &ids)? } else { HashMap::new() };
    let label = |key: &Option<String>| match (key, cut) {
        (None, _) => "Nobody was asked yet".to_owned(),
        (Some(key), AdviceCut::Organisation) => {
            key.parse().ok().and_then(|id: Id| names.get(&id).cloned()).unwrap_or_default()
        }
        (Some(key), AdviceCut::Month) => Cut::Month.label_of(key).unwrap_or_default(),
        (Some(key), AdviceCut::Kind) => in_words(key),
    };
    let mut groups: Vec<Group<Advice>> =
        parts.into_iter().map(|(key, asked)| Group { label: label(&key), key, measures: Advice::of(&asked) }).collect();
    if cut != AdviceCut::Month {
        groups.sort_by(|one, other| {
            (one.key.is_none(), &one.label, &one.key).cmp(&(other.key.is_none(), &other.label, &other.key))
        });
    }
    Ok(AdviceReport {
        definition: definition::advice(&period),
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        from: period.from,
        to: period.to,
        group_by: cut.into(),
        total,
        groups,
    })
}

/// How much of a list is wanted: a page, or for a sheet all of it unless told.
pub(super) fn window<K: serde::de::DeserializeOwned>(
    limit: Option<i64>,
    cursor: Option<&str>,
    count: Option<bool>,
    whole: bool,
) -> Result<Window<K>, Error> {
    /// As many rows as a spreadsheet takes.
    const ROWS: i64 = 1_000_000;
    let window = page_window(limit, cursor, count)?;
    Ok(if whole && limit.is_none() { Window { limit: ROWS, ..window } } else { window })
}

/// Why plans were late. `whole`: with every late case, for a sheet.
pub fn delays(
    conn: &mut Conn,
    acting: &Acting,
    query: &DelaysQuery,
    ahead: &Ahead,
    whole: bool,
) -> Result<Report<DelaysReport>, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let window: Window<(i64, Id)> = window(query.limit, query.cursor.as_deref(), None, whole)?;
    let mut late = store::sent_late(conn, &period)?;
    if period.is_past() {
        store::open_on(conn, period.as_at, &ahead.calendar, |one| {
            let in_period = one.plan_overdue(period.as_at).filter(|(on, _)| (period.from..=period.to).contains(on));
            late.extend(in_period.map(|(due_on, excepted)| store::LateRow {
                case_id: one.case_id,
                received_on: one.received_on,
                due_on,
                issued_on: None,
                excepted,
            }));
        })?;
    } else {
        late.extend(store::owed_late(conn, &period)?);
    }
    let courses = store::courses(conn, &late, &period, &ahead.calendar)?;
    let mut pareto = Pareto::default();
    let mut cases = Vec::with_capacity(late.len());
    for row in late {
        let steps = courses.get(&row.case_id).map(|course| course.steps(period.as_at)).unwrap_or_default();
        pareto.add(&steps);
        let until = row.issued_on.unwrap_or(period.as_at);
        let days_late = until.signed_duration_since(row.due_on).num_days();
        cases.push(DelayedCase {
            case: CaseName { id: row.case_id, reference: String::new() },
            received_on: row.received_on,
            due_on: row.due_on,
            issued_on: row.issued_on,
            days_late,
            excepted: row.excepted,
            worst: worst(&steps).cloned(),
            steps,
        });
    }
    let late_cases = i64::try_from(cases.len()).unwrap_or(i64::MAX);
    // The latest first, and of those alike the one that came first.
    let place = |one: &DelayedCase| (one.days_late.saturating_neg(), one.case.id);
    cases.sort_by_key(place);
    if let Some((days, id)) = window.after {
        cases.retain(|one| place(one) > (days.saturating_neg(), id));
    }
    cases.truncate(usize::try_from(window.fetch()).unwrap_or(usize::MAX));
    let page = window.page(cases, None, |one| (one.days_late, one.case.id));
    let ids: Vec<Id> = page.items.iter().map(|one| one.case.id).collect();
    let references = store::references(conn, &ids)?;
    let named = |mut one: DelayedCase| {
        one.case.reference = references.get(&one.case.id).cloned().unwrap_or_default();
        one
    };
    let report = DelaysReport {
        definition: definition::delays(&period),
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        from: period.from,
        to: period.to,
        late_cases,
        not_explained: pareto.not_explained,
        by_step: pareto.by_step(),
        by_service: pareto.by_service(),
        cases: page.items.into_iter().map(named).collect(),
        next_cursor: page.next_cursor,
    };
    Ok((report, ids))
}

/// The cases behind a figure on plans.
pub fn timeliness_cases(
    conn: &mut Conn,
    acting: &Acting,
    query: &CasesQuery,
    whole: bool,
) -> Result<Report<Behind<PlanCase>>, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let cut = query.group_by.map_or(Cut::Month, |word| word.0);
    period.check_key(cut, query.key.as_deref())?;
    let window = window(query.limit, query.cursor.as_deref(), query.count, whole)?;
    let disputed_too = query.include_mediation_tribunal.unwrap_or(false);
    let page = store::plan_cases(conn, &period, cut, query.key.as_deref(), disputed_too, &window)?;
    let ids = page.items.iter().map(|one| one.case.id).collect();
    Ok((behind(definition::timeliness(&period, disputed_too), &period, page), ids))
}

/// The cases behind a figure on requests and decisions.
pub fn decisions_cases(
    conn: &mut Conn,
    acting: &Acting,
    query: &DecidedCasesQuery,
    whole: bool,
) -> Result<Report<Behind<DecidedCase>>, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let cut = query.group_by.map_or(Cut::Month, |word| word.0);
    period.check_key(cut, query.key.as_deref())?;
    let number = query.number.map_or(DecidedNumber::Decided, |word| word.0);
    let window = window(query.limit, query.cursor.as_deref(), query.count, whole)?;
    let page = store::decided_cases(conn, &period, cut, query.key.as_deref(), number, &window)?;
    let ids = page.items.iter().map(|one| one.case.id).collect();
    Ok((behind(definition::decisions(&period), &period, page), ids))
}

/// The requests behind a figure on advice.
pub fn advice_cases(
    conn: &mut Conn,
    acting: &Acting,
    query: &AskedCasesQuery,
    ahead: &Ahead,
    whole: bool,
) -> Result<Report<Behind<AskedCase>>, Error> {
    let period = Period::new(query.from, query.to, query.as_at, acting.today)?;
    let window = window(query.limit, query.cursor.as_deref(), query.count, whole)?;
    let wanted = store::Wanted {
        number: query.number.map_or(AskedNumber::Requested, |word| word.0),
        kind: query.kind.map(|kind| kind.0),
        organisation: query.organisation_id,
        unaddressed: query.unaddressed.unwrap_or(false),
    };
    let page = store::asked_cases(conn, &period, &wanted, &ahead.calendar, &window)?;
    let mut ids: Vec<Id> = page.items.iter().map(|one| one.case.id).collect();
    ids.sort();
    ids.dedup();
    Ok((behind(definition::advice(&period), &period, page), ids))
}

/// A page of the cases behind a figure, with what it counted.
fn behind<T: ToSchema>(definition: String, period: &Period, page: Page<T>) -> Behind<T> {
    Behind {
        definition,
        rules_version: RULES_VERSION,
        as_at: period.as_at,
        from: period.from,
        to: period.to,
        items: page.items,
        next_cursor: page.next_cursor,
        total: page.total,
    }
}
