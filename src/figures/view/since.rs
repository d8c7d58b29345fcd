//! What has become of a figure since the day as at which it is asked: what happened since, and what is known otherwise.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::case::store::Counted;
use crate::db::Conn;
use crate::error::Error;
use crate::figures::model::measure::{Decisions, Timeliness};
use crate::figures::model::{CaseName, Change, Corrected, Cut, Period, Since};
use crate::figures::store;
use crate::ids::Id;

/// How a case counts as at the day that is asked for: each fact by its name.
type Counts = BTreeMap<&'static str, String>;

pub(super) fn of_plans(
    conn: &mut Conn,
    period: &Period,
    cut: Cut,
    disputed_too: bool,
    total: Timeliness,
) -> Result<Since<Timeliness>, Error> {
    let only = if disputed_too { "" } else { " AND (disputed_on IS NULL OR disputed_on >= issued_on)" };
    let happened_since = store::happened_since(conn, period, &["issued_on"], only)?;
    let corrected = corrected(conn, period, |known| {
        let issued_on = known.issued_on.filter(|on| (period.from..=period.last()).contains(on))?;
        if !disputed_too && known.disputed_on.is_some_and(|on| on < issued_on) {
            return None;
        }
        Some(BTreeMap::from([
            ("group", key_of(known, cut, issued_on)),
            ("days", known.issued_after.unwrap_or_default().to_string()),
            ("in_time", (issued_on <= known.final_due_on).to_string()),
            ("excepted", known.final_excepted.to_string()),
        ]))
    })?;
    Ok(Since { today: period.today, total, happened_since, corrected })
}

pub(super) fn of_decisions(
    conn: &mut Conn,
    period: &Period,
    cut: Cut,
    total: Decisions,
) -> Result<Since<Decisions>, Error> {
    let days = ["received_on", "assessment_notified_on", "plan_refused_on"];
    let happened_since = store::happened_since(conn, period, &days, "")?;
    let corrected = corrected(conn, period, |known| {
        let mut counts = BTreeMap::new();
        let within = |on: &chrono::NaiveDate| (period.from..=period.last()).contains(on);
        if within(&known.received_on) {
            counts.insert("requested_in", key_of(known, cut, known.received_on));
        }
        if let (Some(on), Some(outcome)) = (known.assessment_notified_on.filter(within), known.assessment_outcome) {
            counts.insert("decided_in", key_of(known, cut, on));
            counts.insert("outcome", outcome.to_string());
            counts.insert("in_time", (on <= known.decide_due_on).to_string());
            counts.extend(known.refusal_reason.map(|reason| ("refusal_reason", reason.to_string())));
        }
        if let Some(on) = known.plan_refused_on.filter(within) {
            counts.insert("plan_refused_in", key_of(known, cut, on));
            counts.insert("plan_refused_in_time", (on <= known.refuse_due_on).to_string());
        }
        (!counts.is_empty()).then_some(counts)
    })?;
    Ok(Since { today: period.today, total, happened_since, corrected })
}

/// The part of the figure that a case belongs to.
fn key_of(known: &Counted, cut: Cut, day: chrono::NaiveDate) -> String {
    let or_none = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    match cut {
        Cut::Caseworker => or_none(known.caseworker_id),
        Cut::Setting => or_none(known.setting_id),
        Cut::RequestSource => known.request_source.to_string(),
        Cut::SocialCareStatus => known.social_care_status.to_string(),
        _ => cut.key_of(&day.format("%Y-%m").to_string()).unwrap_or_default(),
    }
}

/// The cases that count otherwise today than they would if nothing had been corrected.
fn corrected(
    conn: &mut Conn,
    period: &Period,
    count: impl Fn(&Counted) -> Option<Counts>,
) -> Result<Vec<Corrected>, Error> {
    let pairs: Vec<_> = store::known_otherwise(conn, period.as_at)?
        .into_iter()
        .map(|(then, now)| (count(&then), count(&now), then, now))
        .filter(|(counted, counts, _, _)| counted != counts)
        .collect();
    let ids: Vec<Id> = pairs.iter().map(|(_, _, then, _)| then.case_id).collect();
    let references = store::references(conn, &ids)?;
    let mut corrected: Vec<Corrected> = pairs
        .into_iter()
        .map(|(counted, counts, then, now)| Corrected {
            case: CaseName { id: now.case_id, reference: references.get(&now.case_id).cloned().unwrap_or_default() },
            changed_on: now.known_from,
            differs: differs(&then, &now),
            counted,
            counts,
        })
        .collect();
    corrected.sort_by(|one, other| one.case.reference.cmp(&other.case.reference));
    Ok(corrected)
}

/// Each fact in which two differ.
fn differs(then: &Counted, now: &Counted) -> BTreeMap<&'static str, Change> {
    fn said(value: Option<impl Display>) -> Option<String> {
        value.map(|value| value.to_string())
    }
    let facts = |known: &Counted| {
        [
            ("received_on", said(Some(known.received_on))),
            ("request_source", said(Some(known.request_source))),
            ("setting_id", said(known.setting_id)),
            ("caseworker_id", said(known.caseworker_id)),
            ("social_care_status", said(Some(known.social_care_status))),
            ("final_due_on", said(Some(known.final_due_on))),
            ("excepted", said(Some(known.final_excepted))),
            ("assessment_outcome", said(known.assessment_outcome)),
            ("assessment_notified_on", said(known.assessment_notified_on)),
            ("refusal_reason", said(known.refusal_reason)),
            ("plan_refused_on", said(known.plan_refused_on)),
            ("issued_on", said(known.issued_on)),
        ]
    };
    facts(then)
        .into_iter()
        .zip(facts(now))
        .filter(|((_, was), (_, is))| was != is)
        .map(|((name, was), (_, is))| (name, Change { was, is }))
        .collect()
}
