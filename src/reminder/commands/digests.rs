//! Digests: for each caseworker what is due on their cases, for managers what is due on cases that nobody works on, and
//! once a week which limits were and will be broken.
//!
//! What is due is read once, in the order of its days and a page at a time, and sorted into the digests it belongs to. A
//! digest keeps no more lines than it shows, so the memory of a run grows with the number of caseworkers, not of cases.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use statute::{Basis, RuleId};

use super::{Due, PageOf, SCANNED, capitalised, long};
use crate::auth::Acting;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::organisation::model::OrganisationKind;
use crate::outbox;
use crate::outbox::model::{MessageState, NewMessage, TRIED_AT_LEAST};
use crate::outbox::store::Superseded;
use crate::reminder::model::{
    Day, Digest, Line, Section, Weekly, mail_in_words, next_step, reader_of, stage_in_words, summary,
};
use crate::reminder::store::{self, AdviceDue, CaseDue, CasesOf, Chased, GivenUp, Limit, OpenLimit};
use crate::text::fold_address;
use crate::time::Instant;
use crate::words::Vocabulary;

/// How many days back a digest looks for chases that have not been told.
const CHASES_OF: u64 = 14;

/// What a newer digest takes the place of.
const SUPERSEDED: [Notice; 3] = [Notice::CaseworkerDigest, Notice::ManagersDigest, Notice::ManagersWeekly];

/// What the managers are told beside what is due on cases that nobody works on.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    /// What was wrong with the service since the last digest that was sent, a sentence each.
    pub(super) troubles: Vec<String>,
    /// The mails that were given up since then.
    pub(super) given_up: GivenUpMails,
}

/// Mails that were given up: how many, and a line for the first of them.
#[derive(Debug, Clone, Default)]
pub(super) struct GivenUpMails {
    total: usize,
    lines: Vec<Value>,
}

impl GivenUpMails {
    /// Those since a moment, told with no name and no address.
    pub(super) fn since(conn: &mut Conn, after: Option<Instant>, most: usize) -> Result<Self, Error> {
        let (found, total) = store::given_up(conn, after, i64::try_from(most).unwrap_or(SCANNED))?;
        let marked = outbox::store::marked(conn, found.iter().map(|one| &one.recipient))?;
        let lines =
            found.iter().map(|one| given_up_line(one, marked.contains(&fold_address(&one.recipient)))).collect();
        Ok(Self { total: usize::try_from(total).unwrap_or(usize::MAX), lines })
    }

    fn fact(&self) -> Value {
        json!({ "total": self.total, "lines": self.lines, "more": self.total.saturating_sub(self.lines.len()) })
    }
}

fn given_up_line(one: &GivenUp, refuses: bool) -> Value {
    let notice = one.kind.0;
    let kind = one.params.0.get("kind").and_then(Value::as_str).unwrap_or("advice");
    let escalates = one.params.0.get("to_escalation").and_then(Value::as_bool).unwrap_or(false);
    let asked = match &one.organisation {
        // The name of a child's school says who they are.
        Some((_, kind)) if kind.0 == OrganisationKind::EducationSetting => "the setting that was asked".to_owned(),
        Some((name, _)) => name.clone(),
        None => reader_of(notice).to_owned(),
    };
    let to = if escalates { format!("the escalation contact of {asked}") } else { asked };
    let why = if refuses {
        "Its address refuses mail and has to be put right."
    } else if one.lost {
        "No mail could leave for a day."
    } else if one.attempts >= TRIED_AT_LEAST {
        "A mail server put it off for a day."
    } else {
        "A mail server refused it."
    };
    json!({
        "reference": one.reference,
        "what": mail_in_words(notice, kind, one.chase),
        "to": to,
        "on": one.not_before.day_in_london(),
        "why": why,
        "replaced": one.dedupe_key.is_none(),
    })
}

/// What is due on everybody's cases.
#[derive(Debug, Default)]
pub(super) struct Digests {
    /// Everybody who can work on cases and whom mail reaches, with their address.
    working: BTreeMap<Id, String>,
    /// Those who could work on cases, but whose mail comes back.
    unreached: HashSet<Id>,
    of: BTreeMap<Id, Digest>,
    of_nobody: Digest,
}

impl Digests {
    /// Gathers what is due by the day that counts as soon, and what stands whatever its day.
    pub(super) fn gather(conn: &mut Conn, day: &Day) -> Result<Self, Error> {
        let mut digests = Self::of_workers(conn)?;
        let (soon, lines) = (day.soon(), day.rules.caseworkers.lines);
        in_pages(conn, |conn, after| {
            let cases = store::cases_due(conn, soon, after, SCANNED)?;
            let ids: Vec<Id> = cases.iter().map(|case| case.id).collect();
            let by_id: HashMap<Id, &CaseDue> = cases.iter().map(|case| (case.id, case)).collect();
            for limit in store::open_limits(conn, &ids, soon)? {
                if let Some(case) = by_id.get(&limit.case_id) {
                    digests.add(case.caseworker_id, limit_line(case, &limit, day), day);
                }
            }
            Ok(last(&cases, |case| Some((case.next_due_on, case.id))))
        })?;
        in_pages(conn, |conn, after| {
            let due = store::advice_due(conn, soon, after, SCANNED)?;
            let mailboxes = due.iter().flat_map(|one| [&one.mailbox, &one.escalation_mailbox]).flatten();
            let marked = outbox::store::marked(conn, mailboxes)?;
            for one in &due {
                if let Some(line) = advice_line(one, &marked, day) {
                    digests.add(one.caseworker_id, line, day);
                }
            }
            Ok(last(&due, |one| Some((one.due_on?, one.id))))
        })?;
        in_pages(conn, |conn, after| {
            let found = store::advice_unasked(conn, soon, after, SCANNED)?;
            for one in &found {
                if let Some(line) = advice_line(one, &HashSet::new(), day) {
                    let (digest, _) = digests.whose(one.caseworker_id);
                    digest.unasked.add(Line { notes: Vec::new(), ..line }, lines);
                }
            }
            Ok(last(&found, |one| Some((one.due_on?, one.id))))
        })?;
        in_pages(conn, |conn, after| {
            let came = store::advice_to_read(conn, after, SCANNED)?;
            for one in &came {
                if let Some(line) = read_line(one) {
                    let (digest, _) = digests.whose(one.caseworker_id);
                    digest.read.add(line, lines);
                }
            }
            Ok(last(&came, |one| Some(one.id)))
        })?;
        digests.add_later(conn, day)?;
        digests.add_chases(conn, day)?;
        Ok(digests)
    }

    /// With those who can work on cases, and whether mail reaches them.
    fn of_workers(conn: &mut Conn) -> Result<Self, Error> {
        let mut working = store::working(conn)?;
        let marked = outbox::store::marked(conn, working.values())?;
        let unreached =
            working.iter().filter(|(_, to)| marked.contains(&fold_address(to))).map(|(id, _)| *id).collect();
        working.retain(|_, to| !marked.contains(&fold_address(to)));
        Ok(Self { working, unreached, ..Self::default() })
    }

    /// Adds the cases that nobody works on and on which nothing is due soon: they stand there from their first day.
    fn add_later(&mut self, conn: &mut Conn, day: &Day) -> Result<(), Error> {
        let mut without = store::not_working(conn)?;
        without.extend(&self.unreached);
        let chunks = without.chunks(usize::try_from(SCANNED).unwrap_or(usize::MAX)).map(CasesOf::Users);
        for of in std::iter::once(CasesOf::Nobody).chain(chunks) {
            in_pages(conn, |conn, after| {
                let cases = store::cases_due_after(conn, of, day.soon(), after, SCANNED)?;
                for case in &cases {
                    let (digest, note) = self.whose(case.caseworker_id);
                    digest.later.add(later_line(case, note, day), day.rules.caseworkers.lines);
                }
                Ok(last(&cases, |case| Some((case.next_due_on, case.id))))
            })?;
        }
        Ok(())
    }

    /// Adds the chases that left, or could not, since the last digest of each reader.
    fn add_chases(&mut self, conn: &mut Conn, day: &Day) -> Result<(), Error> {
        let from = day.on.checked_sub_days(Days::new(CHASES_OF)).and_then(|from| Instant::in_london(from, 0));
        let (Some(from), Some(midnight)) = (from, Instant::in_london(day.on, 0)) else {
            return Ok(());
        };
        let told: HashMap<String, Instant> =
            outbox::store::sent_between(conn, Notice::CaseworkerDigest, (from, midnight))?.into_iter().collect();
        let managers = outbox::store::last_sent(conn, Notice::ManagersDigest, midnight)?.map(|(at, _)| at);
        in_pages(conn, |conn, after| {
            let chases = store::chases_from(conn, from, after, SCANNED)?;
            for chase in &chases {
                let reader = chase.caseworker_id.and_then(|id| self.working.get(&id));
                let told = reader.map_or(managers, |to| told.get(to).copied());
                if told.is_none_or(|told| chase.settled_at > Some(told)) {
                    let (digest, _) = self.whose(chase.caseworker_id);
                    digest.chased.add(chased_line(chase), day.rules.caseworkers.lines);
                }
            }
            Ok(last(&chases, |one| Some((one.not_before, one.id))))
        })
    }

    fn add(&mut self, caseworker: Option<Id>, mut line: Line, day: &Day) {
        let (digest, note) = self.whose(caseworker);
        line.notes.extend(note);
        let section = if line.due_on < day.on { &mut digest.overdue } else { &mut digest.soon };
        section.add(line, day.rules.caseworkers.lines);
    }

    /// The digest that a case belongs into: its caseworker's, if they can work on it and mail reaches them. Otherwise that
    /// of the managers, and why.
    fn whose(&mut self, caseworker: Option<Id>) -> (&mut Digest, Option<&'static str>) {
        match caseworker.filter(|id| self.working.contains_key(id)) {
            Some(id) => (self.of.entry(id).or_default(), None),
            None => {
                let note = nobody(caseworker, &self.unreached);
                (&mut self.of_nobody, Some(note))
            }
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
        let told = self.of.range((from, std::ops::Bound::Unbounded)).filter(|(_, digest)| !digest.is_empty());
        for (id, digest) in told {
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

    /// What is due on cases that nobody works on, what could not be sent, and what is wrong with the service, to the
    /// managers after one.
    pub(super) fn to_managers(
        &self,
        conn: &mut Conn,
        day: &Day,
        news: &News,
        after: Option<Id>,
        most: usize,
    ) -> Result<PageOf<Id>, Error> {
        let News { troubles, given_up } = news;
        if !day.rules.managers.digest || (self.of_nobody.is_empty() && troubles.is_empty() && given_up.total == 0) {
            return Ok((Vec::new(), None));
        }
        let due = self.of_nobody.summary();
        let more = [
            (given_up.total, "mail not sent", "mails not sent"),
            (troubles.len(), "trouble of the service", "troubles of the service"),
        ];
        let counts = [due, summary(&more)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        to_each_manager(conn, after, most, |id, to| {
            let message = digest_to(Notice::ManagersDigest, (id, to), &self.of_nobody, day)
                .message
                .with("summary", counts.clone())
                .with("cases", !self.of_nobody.is_empty())
                .with("later", self.of_nobody.later.fact(day.rules.caseworkers.lines))
                .with("given_up", given_up.fact())
                .with("troubles", troubles.clone());
            Due { message, reference: None, why: counts.clone(), link_of: None }
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
        .with("unasked", digest.unasked.fact(lines))
        .with("read", digest.read.fact(lines))
        .with("chased", digest.chased.fact(lines));
    Due { message, reference: None, why: digest.summary(), link_of: None }
}

/// The weekly mail, to the managers after one.
pub(super) fn weekly(conn: &mut Conn, day: &Day, after: Option<Id>, most: usize) -> Result<PageOf<Id>, Error> {
    if !day.rules.managers.weekly {
        return Ok((Vec::new(), None));
    }
    let (week, lines) = (Weekly::of(day), day.rules.caseworkers.lines);
    let before = |day: NaiveDate| day.pred_opt().unwrap_or(day);
    let workers = Digests::of_workers(conn)?;
    let line = |limit: &Limit| breach_line(limit, &workers, day);
    let (mut breaches, mut ahead) = (Section::default(), Section::default());
    // What a week that was never sent would have told comes with this one.
    let midnight = Instant::in_london(week.on, 0);
    let last_sent = midnight.map(|midnight| outbox::store::last_sent(conn, Notice::ManagersWeekly, midnight));
    let told_on = last_sent.transpose()?.flatten().and_then(|(_, facts)| facts.get("on")?.as_str()?.parse().ok());
    let since = told_on.map_or(week.since, |told_on: NaiveDate| told_on.min(week.since));
    let past = (since, week.on);
    in_pages(conn, |conn, after| {
        let found = store::newly_broken(conn, past, after, SCANNED)?;
        found.iter().for_each(|limit| breaches.add(line(limit), lines));
        Ok(last(&found, |limit| Some((limit.breach_told_from?, limit.id))))
    })?;
    in_pages(conn, |conn, after| {
        let found = store::newly_refused_late(conn, past, after, SCANNED)?;
        found.iter().for_each(|limit| breaches.add(line(limit), lines));
        Ok(last(&found, |limit| Some((limit.breach_told_from?, limit.id))))
    })?;
    in_pages(conn, |conn, after| {
        let found = store::open_between(conn, (day.on, before(week.next)), after, SCANNED)?;
        found.iter().for_each(|limit| ahead.add(line(limit), lines));
        Ok(last(&found, |limit| Some((limit.due_on, limit.id))))
    })?;
    let counts =
        summary(&[(breaches.total(), "new breach", "new breaches"), (ahead.total(), "due this week", "due this week")]);
    if counts.is_empty() {
        return Ok((Vec::new(), None));
    }
    to_each_manager(conn, after, most, |id, to| {
        let message = NewMessage::new(Notice::ManagersWeekly, to, format!("managers_weekly:{id}:{}", week.on))
            .with("on", json!(week.on))
            .with("since", json!(since))
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
    // What comes back each time would be told the others each time.
    let marked = outbox::store::marked(conn, managers.iter().map(|(_, to)| to))?;
    let reached = managers.iter().filter(|(_, to)| !marked.contains(&fold_address(to)));
    Ok((reached.map(|(id, to)| letter(*id, to)).collect(), last))
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

/// Why the managers hear of a case.
fn nobody(caseworker: Option<Id>, unreached: &HashSet<Id>) -> &'static str {
    match caseworker {
        None => "It has no caseworker.",
        Some(id) if unreached.contains(&id) => "Mail to its caseworker comes back.",
        Some(_) => "Its caseworker's account is closed.",
    }
}

fn limit_line(case: &CaseDue, limit: &OpenLimit, day: &Day) -> Line {
    let note = match (limit.rule.0, limit.basis.0) {
        _ if limit.excepted => Some("A lawful exception is on record: do it as soon as practicable."),
        (RuleId::DecideOnPlan | RuleId::OrderAssessRefusePlan, _) if limit.due_on < day.on => {
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
        act_by: act_by(limit.act_by, limit.due_on, day),
        notes: note.into_iter().collect(),
    }
}

fn later_line(case: &CaseDue, note: Option<&'static str>, day: &Day) -> Line {
    Line {
        due_on: case.next_due_on,
        reference: case.reference.clone(),
        what: case.next_rule.map_or("What comes next", |rule| next_step(rule.0)).to_owned(),
        stage: stage_in_words(case.stage.0),
        act_by: case.next_act_by.and_then(|by| act_by(by, case.next_due_on, day)),
        notes: note.into_iter().collect(),
    }
}

fn advice_line(one: &AdviceDue, marked: &HashSet<String>, day: &Day) -> Option<Line> {
    let due_on = one.due_on?;
    let refuses = |to: &Option<String>| to.as_ref().is_some_and(|to| marked.contains(&fold_address(to)));
    let mut notes = Vec::new();
    if one.excepted {
        notes.push("An exception is on record: it does not count as late.");
    }
    match (one.organisation_id, &one.mailbox) {
        (None, _) => notes.push("Nobody is asked yet."),
        (Some(_), None) => notes.push("Those asked have no mailbox, so nobody reminds them."),
        (Some(_), Some(_)) if refuses(&one.mailbox) => {
            notes.push("Mail to those asked comes back: their address has to be put right.");
        }
        (Some(_), Some(_)) if refuses(&one.escalation_mailbox) => {
            notes.push("Mail to their escalation contact comes back.");
        }
        _ => {}
    }
    Some(Line {
        due_on,
        reference: one.reference.clone(),
        what: capitalised(one.kind.0),
        stage: stage_in_words(one.stage.0),
        act_by: act_by(one.act_by.unwrap_or(due_on), due_on, day),
        notes,
    })
}

fn read_line(one: &AdviceDue) -> Option<Line> {
    Some(Line {
        due_on: one.submitted_on?,
        reference: one.reference.clone(),
        what: capitalised(one.kind.0),
        stage: stage_in_words(one.stage.0),
        act_by: None,
        notes: Vec::new(),
    })
}

fn chased_line(one: &Chased) -> Line {
    let escalates = one.params.0.get("to_escalation").and_then(Value::as_bool).unwrap_or(false);
    let to = if escalates { " to the escalation contact" } else { "" };
    let became = if one.state.0 == MessageState::Sent { "was sent" } else { "could not be sent" };
    let number = one.number.unwrap_or(0);
    Line {
        due_on: one.not_before.day_in_london(),
        reference: one.reference.clone(),
        what: format!("{}: chase {number} {became}{to}", capitalised(one.kind.0)),
        stage: stage_in_words(one.stage.0),
        act_by: None,
        notes: Vec::new(),
    }
}

fn breach_line(limit: &Limit, workers: &Digests, day: &Day) -> Line {
    let works = limit.caseworker_id.is_some_and(|id| workers.working.contains_key(&id));
    let note = match limit.met_on {
        Some(_) => Some("It has been done since."),
        None if works => None,
        None => Some(nobody(limit.caseworker_id, &workers.unreached)),
    };
    Line {
        due_on: limit.due_on,
        reference: limit.reference.clone(),
        what: next_step(limit.rule.0).to_owned(),
        stage: stage_in_words(limit.stage.0),
        act_by: act_by(limit.act_by, limit.due_on, day),
        notes: note.into_iter().collect(),
    }
}
