//! The last day of any limit, for whoever wants to check a date: the functions that cases use, without a case.

use chrono::NaiveDate;

use crate::{
    calendar::Calendar,
    notice::last_day_to_appeal,
    plan_life::{Phase, phase_transfer_due_on, transfer_in_review_due_on},
    rules::{RuleId, rule},
    text::long,
};

/// What a limit is counted from. Each rule takes some of these days and no others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountedFrom {
    /// The day of the event that the limit runs from: what every rule takes but the two below.
    pub starts_on: Option<NaiveDate>,
    /// The day of a mediation certificate: for [`RuleId::Appeal`], where the later of the two limits counts.
    pub certificate_on: Option<NaiveDate>,
    /// The transfer between phases of education: for [`RuleId::PhaseTransfer`].
    pub phase: Option<Phase>,
    /// The calendar year of that transfer.
    pub transfer_year: Option<i32>,
    /// The day the plan was made or last reviewed: for [`RuleId::TransferInReview`].
    pub last_reviewed_on: Option<NaiveDate>,
    /// The day the plan was transferred to the new authority: for the same.
    pub transferred_on: Option<NaiveDate>,
}

/// The last day of a limit, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDate {
    /// The rule.
    pub rule: RuleId,
    /// The day it is counted from; `None` where it is counted from none.
    pub starts_on: Option<NaiveDate>,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
    /// How it was found, in sentences fit for a letter.
    pub derivation: String,
    /// Where the limit is written.
    pub citation: &'static str,
}

/// Why no day can be told. Each names the day of [`CountedFrom`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDueDate {
    /// The rule is counted from it.
    #[error("the rule is counted from {0}")]
    Missing(&'static str),
    /// The rule is not counted from it.
    #[error("the rule is not counted from {0}")]
    NotTaken(&'static str),
    /// There is no such year.
    #[error("there is no such year")]
    NoSuchYear,
}

/// The last day of the limit `id`.
pub fn due_date(id: RuleId, from: CountedFrom, calendar: &Calendar) -> Result<DueDate, NoDueDate> {
    refuse_what_is_not_taken(id, &from)?;
    let (starts_on, due_on, derivation) = match id {
        RuleId::PhaseTransfer => of_phase_transfer(&from)?,
        RuleId::TransferInReview => of_first_review(&from)?,
        _ => of_event(id, &from, calendar)?,
    };
    Ok(DueDate {
        rule: id,
        starts_on,
        due_on,
        act_by: calendar.last_working_day_on_or_before(due_on),
        derivation,
        citation: rule(id, starts_on.unwrap_or(due_on)).citation,
    })
}

type Found = (Option<NaiveDate>, NaiveDate, String);

fn of_event(id: RuleId, from: &CountedFrom, calendar: &Calendar) -> Result<Found, NoDueDate> {
    let starts_on = from.starts_on.ok_or(NoDueDate::Missing("starts_on"))?;
    let rule = rule(id, starts_on);
    let due = rule.due(starts_on, calendar);
    let mut sentences = vec![format!("Counted from {}.", long(starts_on))];
    sentences.extend(rule.explain(due, rule.citation));
    let mut due_on = due.on;
    if let Some(certificate_on) = from.certificate_on {
        due_on = last_day_to_appeal(starts_on, Some(certificate_on), starts_on, calendar);
        sentences.push(if due_on > due.on {
            format!(
                "The time counted from the mediation certificate of {} ends later: the last day to appeal is {}.",
                long(certificate_on),
                long(due_on)
            )
        } else {
            format!("The time counted from the mediation certificate of {} ends no later.", long(certificate_on))
        });
    }
    Ok((Some(starts_on), due_on, sentences.join(" ")))
}

fn of_phase_transfer(from: &CountedFrom) -> Result<Found, NoDueDate> {
    let phase = from.phase.ok_or(NoDueDate::Missing("phase"))?;
    let year = from.transfer_year.ok_or(NoDueDate::Missing("transfer_year"))?;
    let due_on = phase_transfer_due_on(phase, year).ok_or(NoDueDate::NoSuchYear)?;
    let rule = rule(RuleId::PhaseTransfer, due_on);
    let derivation = format!(
        "A transfer ({phase}) in {year}: by {} {} ({}). {}",
        long(due_on),
        rule.what,
        rule.citation,
        rule.note.unwrap_or_default()
    );
    Ok((None, due_on, derivation))
}

fn of_first_review(from: &CountedFrom) -> Result<Found, NoDueDate> {
    let last_reviewed_on = from.last_reviewed_on.ok_or(NoDueDate::Missing("last_reviewed_on"))?;
    let transferred_on = from.transferred_on.ok_or(NoDueDate::Missing("transferred_on"))?;
    let due_on = transfer_in_review_due_on(last_reviewed_on, transferred_on);
    let rule = rule(RuleId::TransferInReview, transferred_on);
    let derivation = format!(
        "The plan was made or last reviewed on {} and transferred on {}: by {} {} ({}). {}",
        long(last_reviewed_on),
        long(transferred_on),
        long(due_on),
        rule.what,
        rule.citation,
        rule.note.unwrap_or_default()
    );
    Ok((Some(transferred_on), due_on, derivation))
}

fn refuse_what_is_not_taken(id: RuleId, from: &CountedFrom) -> Result<(), NoDueDate> {
    let (transfer, review) = (id == RuleId::PhaseTransfer, id == RuleId::TransferInReview);
    let given = [
        ("starts_on", from.starts_on.is_some(), !transfer && !review),
        ("certificate_on", from.certificate_on.is_some(), id == RuleId::Appeal),
        ("phase", from.phase.is_some(), transfer),
        ("transfer_year", from.transfer_year.is_some(), transfer),
        ("last_reviewed_on", from.last_reviewed_on.is_some(), review),
        ("transferred_on", from.transferred_on.is_some(), review),
    ];
    match given.into_iter().find(|(_, given, taken)| *given && !taken) {
        Some((name, ..)) => Err(NoDueDate::NotTaken(name)),
        None => Ok(()),
    }
}
