//! Digests: for each caseworker what is due on their cases, for managers what is due on cases that nobody works on, and
//! once a week which limits were and will be broken.
//!
//! What is due is read once, in the order of its days and a page at a time, and sorted into the digests it belongs to. A
//! digest keeps no more lines than it shows, so the memory of a run grows with the number of caseworkers, not of cases.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::json;
use statute::{Basis, RuleId};

use super::{Due, PageOf, SCANNED, capitalised, long};
use crate::auth::Acting;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::outbox;
use crate::outbox::model::NewMessage;
use crate::outbox::store::Superseded;
use crate::reminder::model::{Day, Digest, Line, Section, Weekly, next_step, stage_in_words, summary};
use crate::reminder::store::{self, AdviceDue, CaseDue, Limit, OpenLimit};
use crate::time::Instant;
use crate::words::Vocabulary;

/// What a newer digest takes the place of.
const SUPERSEDED: [Notice; 3] = [Notice::CaseworkerDigest, Notice::ManagersDigest, Notice::ManagersWeekly];

/// What is due on everybody's cases.
#[derive(Debug, Default)]
pub(super) struct Digests {
    /// Everybody who can work on cases, with their address.
    working: BTreeMap<Id, String>,
    of: BTreeMap<Id, Digest>,
    of_nobody: Digest,
}

impl Digests {
    /// Gathers what is due by the day that counts as soon.
    pub(super) fn gather(conn: &mut Conn, day: &Day) -> Result<Self, Error> {
        let mut digests = Self { working: store::working(conn)?, ..Self::default() };
        let (soon, lines) = (day.soon(), day.rules.caseworkers.lines);
        in_pages(conn, |conn, after| {
            let cases = store::cases_due(conn, soon, after, SCANNED)?;
            let ids: Vec<Id> = cases.iter().map(|case| case.id).collect();
            let by_id: HashMap<Id, &CaseDue> = cases.iter().map(|case| (case.id, case)).collect();
            for limit in store::open_limits(conn, &ids, soon)? {
                if let Some(case) = by_id.get(&limit.case_id) {
                    digests.add(case.caseworker_id, limit_line(case, &limit, day), lines);
                }
            }
            Ok(last(&cases, |case| Some((case.next_due_on, case.id))))
        })?;
        in_pages(conn, |conn, after| {
            let due = store::advice_due(conn, soon, after, SCANNED)?;
            for one in &due {
                if let Some(line) = advice_line(one, day) {
                    digests.add(one.caseworker_id, line, lines);
                }
            }
            Ok(last(&due, |one| Some((one.due_on?, one.id))))
        })?;
        in_pages(conn, |conn, after| {
            let came = store::advice_to_read(conn, after, SCANNED)?;
            for one in &came {
                if let Some(line) = read_line(one, day) {
                    digests.whose(one.caseworker_id).read.add(line, lines);
                }
            }
            Ok(last(&came, |one| Some(one.id)))
        })?;
        Ok(digests)
    }

    fn add(&mut self, caseworker: Option<Id>, line: Line, lines: usize) {
        let digest = self.whose(caseworker);
        let section = if line.days < 0 { &mut digest.overdue } else { &mut digest.soon };
        section.add(line, lines);
    }

    /// The digest that a case belongs into: its caseworker's, if they can still work on it.
    fn whose(&mut self, caseworker: Option<Id>) -> &mut Digest {
        match caseworker.filter(|id| self.working.contains_key(id)) {
            Some(id) => self.of.entry(id).or_default(),
            None => &mut self.of_nobody,
        }
    }

    /// The digests of the caseworkers after one.
    pub(super) fn to_caseworkers(&self, day: &Day, after: Option<Id>, most: usize) -> PageOf<Id> {
        if !day.rules.caseworkers.digest {
            return (Vec::new(), None);
        }
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let most = most.min(usize::try_from(SCANNED).unwrap_or(usize::MAX));
        let mut page: Vec<(Id, Due)> = Vec::new();
        for (id, digest) in self.of.range((from, std::ops::Bound::Unbounded)) {
            if page.len() >= most {
                break;
            }
            if let Some(to) = self.working.get(id) {
                page.push((*id, digest_to(Notice::CaseworkerDigest, (*id, to), digest, day)));
            }
        }
        let last = page.last().filter(|_| page.len() >= most).map(|(id, _)| *id);
        (page.into_iter().map(|(_, due)| due).collect(), last)
    }

    /// What is due on cases that nobody works on, and what is wrong with the service, to the managers after one.
    pub(super) fn to_managers(
        &self,
        conn: &mut Conn,
        day: &Day,
        troubles: &[String],
        after: Option<Id>,
        most: usize,
    ) -> Result<PageOf<Id>, Error> {
        if !day.rules.managers.digest || (self.of_nobody.is_empty() && troubles.is_empty()) {
            return Ok((Vec::new(), None));
        }
        to_each_manager(conn, after, most, |id, to| {
            let mut due = digest_to(Notice::ManagersDigest, (id, to), &self.of_nobody, day);
            due.message = due.message.with("troubles", troubles.to_vec());
            if !troubles.is_empty() {
                due.why = summary(&[(troubles.len(), "troubles of the service")]) + "; " + &due.why;
            }
            due
        })
    }
}

fn digest_to(kind: Notice, (id, to): (Id, &String), digest: &Digest, day: &Day) -> Due {
    let lines = day.rules.caseworkers.lines;
    let message = NewMessage::new(kind, to, format!("{}:{id}:{}", kind.as_str(), day.on))
        .with("on", json!(day.on))
        .with("summary", digest.summary())
        .with("within", day.rules.caseworkers.due_within_working_days)
        .with("overdue", digest.overdue.fact(lines))
        .with("soon", digest.soon.fact(lines))
        .with("read", digest.read.fact(lines));
    Due { message, reference: None, why: digest.summary(), link_of: None }
}

/// The weekly mail, to the managers after one.
pub(super) fn weekly(conn: &mut Conn, day: &Day, after: Option<Id>, most: usize) -> Result<PageOf<Id>, Error> {
    if !day.rules.managers.weekly {
        return Ok((Vec::new(), None));
    }
    let (week, lines) = (Weekly::of(day), day.rules.caseworkers.lines);
    let before = |day: NaiveDate| day.pred_opt().unwrap_or(day);
    let (mut breaches, mut ahead) = (Section::default(), Section::default());
    let past = (week.since, before(week.on));
    in_pages(conn, |conn, after| {
        let found = store::not_kept(conn, past, after, SCANNED)?;
        found.iter().for_each(|limit| breaches.add(breach_line(limit, day), lines));
        Ok(last(&found, |limit| Some((limit.due_on, limit.id))))
    })?;
    in_pages(conn, |conn, after| {
        let found = store::refused_late(conn, past, after, SCANNED)?;
        found.iter().for_each(|limit| breaches.add(breach_line(limit, day), lines));
        Ok(last(&found, |limit| Some((limit.met_on?, limit.id))))
    })?;
    in_pages(conn, |conn, after| {
        let found = store::not_kept(conn, (day.on, before(week.next)), after, SCANNED)?;
        let open = found.iter().filter(|limit| limit.met_on.is_none());
        open.for_each(|limit| ahead.add(breach_line(limit, day), lines));
        Ok(last(&found, |limit| Some((limit.due_on, limit.id))))
    })?;
    let counts = summary(&[(breaches.total(), "new breaches"), (ahead.total(), "due this week")]);
    if counts.is_empty() {
        return Ok((Vec::new(), None));
    }
    to_each_manager(conn, after, most, |id, to| {
        let message = NewMessage::new(Notice::ManagersWeekly, to, format!("managers_weekly:{id}:{}", week.on))
            .with("on", json!(week.on))
            .with("since", json!(week.since))
            .with("until", json!(before(week.next)))
            .with("summary", counts.clone())
            .with("breaches", breaches.fact(lines))
            .with("ahead", ahead.fact(lines));
        let why = format!("the week from {}: {counts}", long(week.on));
        Due { message, reference: None, why, link_of: None }
    })
}

fn to_each_manager(
    conn: &mut Conn,
    after: Option<Id>,
    most: usize,
    letter: impl Fn(Id, &String) -> Due,
) -> Result<PageOf<Id>, Error> {
    let limit = i64::try_from(most).unwrap_or(SCANNED).min(SCANNED);
    let managers = store::managers(conn, after, limit)?;
    let full = managers.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let last = managers.last().filter(|_| full).map(|(id, _)| *id);
    Ok((managers.iter().map(|(id, to)| letter(*id, to)).collect(), last))
}

/// Withdraws what still waits from an earlier day to the same people: it would tell them what no longer stands.
pub(super) fn supersede(tx: &mut Tx<'_>, acting: &Acting, midnight: Instant, found: &[Due]) -> Result<(), Error> {
    for kind in SUPERSEDED {
        let of_kind = found.iter().filter(|due| due.message.kind == kind);
        let to: Vec<String> = of_kind.map(|due| due.message.recipient.clone()).collect();
        if !to.is_empty() {
            outbox::store::supersede(tx, &[kind], midnight, Superseded::To(&to), acting.at)?;
        }
    }
    Ok(())
}

/// Reads pages until one is not full.
fn in_pages<K>(
    conn: &mut Conn,
    mut page: impl FnMut(&mut Conn, Option<K>) -> Result<Option<K>, Error>,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        after = page(conn, after)?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The key of a full page's last row.
fn last<T, K>(rows: &[T], key: impl Fn(&T) -> Option<K>) -> Option<K> {
    let full = rows.len() >= usize::try_from(SCANNED).unwrap_or(usize::MAX);
    rows.last().filter(|_| full).and_then(key)
}

/// The last working day, where it is another day than the last one and not over.
fn act_by(act_by: NaiveDate, due_on: NaiveDate, day: &Day) -> Option<NaiveDate> {
    (act_by != due_on && act_by >= day.on).then_some(act_by)
}

fn limit_line(case: &CaseDue, limit: &OpenLimit, day: &Day) -> Line {
    let days = day.days_until(limit.due_on);
    let note = match (limit.rule.0, limit.basis.0) {
        _ if limit.excepted => Some("A lawful exception is on record: do it as soon as practicable."),
        (RuleId::DecideOnPlan | RuleId::OrderAssessRefusePlan, _) if days < 0 => {
            Some("A refusal would be late now; a decision to issue a plan would not.")
        }
        (RuleId::DecideOnPlan | RuleId::OrderAssessRefusePlan, _) => Some("After that day a refusal would be late."),
        (_, Basis::Target) => Some("A target, so that the family has its days to comment."),
        _ => None,
    };
    Line {
        due_on: limit.due_on,
        reference: case.reference.clone(),
        what: next_step(limit.rule.0).to_owned(),
        stage: stage_in_words(case.stage.0),
        days,
        act_by: act_by(limit.act_by, limit.due_on, day),
        note,
    }
}

fn advice_line(one: &AdviceDue, day: &Day) -> Option<Line> {
    let due_on = one.due_on?;
    let note = match (one.organisation_id, &one.mailbox) {
        (None, _) => Some("Nobody is asked yet."),
        _ if one.excepted => Some("An exception is on record: it does not count as late."),
        (Some(_), None) => Some("Those asked have no mailbox, so nobody reminds them."),
        _ => None,
    };
    Some(Line {
        due_on,
        reference: one.reference.clone(),
        what: capitalised(one.kind.0),
        stage: stage_in_words(one.stage.0),
        days: day.days_until(due_on),
        act_by: act_by(one.act_by.unwrap_or(due_on), due_on, day),
        note,
    })
}

fn read_line(one: &AdviceDue, day: &Day) -> Option<Line> {
    let came_on = one.submitted_on?;
    Some(Line {
        due_on: came_on,
        reference: one.reference.clone(),
        what: capitalised(one.kind.0),
        stage: stage_in_words(one.stage.0),
        days: day.days_until(came_on),
        act_by: None,
        note: None,
    })
}

fn breach_line(limit: &Limit, day: &Day) -> Line {
    let note = match (limit.met_on, limit.caseworker_id) {
        (Some(_), _) => Some("It has been done since."),
        (None, None) => Some("Nobody works on this case."),
        _ => None,
    };
    Line {
        due_on: limit.due_on,
        reference: limit.reference.clone(),
        what: next_step(limit.rule.0).to_owned(),
        stage: stage_in_words(limit.stage.0),
        days: day.days_until(limit.due_on),
        act_by: act_by(limit.act_by, limit.due_on, day),
        note,
    }
}
