//! What each figure counts, in words that can stand under it in a board's paper.

use statute::{RuleId, rule};

use crate::figures::model::Period;

/// How long a limit is, as the rule in force at the end of the period has it.
fn length(id: RuleId, period: &Period) -> String {
    rule(id, period.to).length_in_words()
}

/// To which part of a figure a case belongs that is not a span of time.
const BELONGS: &str = " A case belongs to the caseworker, the setting and the social care status with which it is known on the day as at which it is asked.";

fn as_known(period: &Period) -> String {
    if period.is_past() {
        format!(
            " As it stood on {}: what happened by that day, as it was known then; corrections made since and exceptions \
             confirmed or lifted since are told apart.",
            period.as_at
        )
    } else {
        String::new()
    }
}

pub(super) fn timeliness(period: &Period, disputed_too: bool) -> String {
    let weeks = length(RuleId::IssueFinalPlan, period);
    let disputes = if disputed_too {
        "Cases where mediation or a tribunal took place before the plan are counted."
    } else {
        "Cases where mediation or a tribunal took place before the plan are left out."
    };
    format!(
        "EHC plans first issued in the period, by the day on which the final plan was sent. In time is a plan sent within \
         {weeks} of the day on which the request was received, that day not counted. Measures that end in _ex leave out every \
         case with a confirmed exception to that limit, whether its plan was late or not; they are the published headline. \
         {disputes} Where nothing is counted there is no figure.{BELONGS}{}",
        as_known(period)
    )
}

pub(super) fn decisions(period: &Period) -> String {
    format!(
        "Requests by the day on which they were received; first decisions whether to assess by the day on which the family \
         was notified, in time within {} of the request; refusals to issue a plan by the day on which they were notified, in \
         time within {}. pct_refused is the share of those decided, pct_of_requests_refused the refusals for every hundred \
         requests of the same period, as it is published. Exceptions are not taken out. Where nothing is counted there is no \
         figure.{BELONGS}{}",
        length(RuleId::DecideToAssess, period),
        length(RuleId::DecideOnPlan, period),
        as_known(period)
    )
}

pub(super) fn advice(period: &Period) -> String {
    format!(
        "Requests for advice by the day on which they were made, without the family's own views and those that were \
         cancelled. On time is an answer within {} of the day on which the body had the request; an answer that was returned \
         is owed again. unanswered is a request whose case ended without the answer, after the last day; its days late are \
         counted to that end. Answered late or never with a confirmed exception counts as excepted. pct_on_time is the share of \
         those on time, late, unanswered or overdue. not_owed is a request that existing advice covers, or whose case ended \
         before the last day. Those on time, late, excepted, open, unanswered or not owed are all of them; what is open is \
         overdue where its last day is over without an exception.{}",
        length(RuleId::Advice, period),
        as_derived(period)
    )
}

/// What is known of the past where it is derived again: see `case/store/past`.
fn as_derived(period: &Period) -> String {
    if period.is_past() {
        format!(
            " As it stood on {}: what had happened by that day, by its own day, also where it was recorded later, and as it was \
             known then: what was corrected since, and exceptions that were confirmed or lifted since, stand as they did.",
            period.as_at
        )
    } else {
        String::new()
    }
}

pub(super) fn caseload(period: &Period, soon: u32) -> String {
    format!(
        "Open cases, and those that have ended and on which something is owed around a dispute, by who works on them. \
         Overdue is a case with a statutory limit of the authority that is over without an exception; overdue_excepted one \
         where an exception relieves each such limit; due_soon one with such a limit in the next {soon} working days. \
         A limit that binds a refusal alone is not looked at.{}",
        as_derived(period)
    )
}

pub(super) fn breaches(period: &Period) -> String {
    format!(
        "Statutory limits of the authority and of the bodies asked for advice that are over and not met, the longest late \
         first. With a confirmed exception a step is late and no breach (excepted). A limit that binds a refusal alone is no \
         breach while nothing has been refused; targets and guidance are none, nor are the windows of a family.{}",
        as_derived(period)
    )
}

pub(super) fn delays(period: &Period) -> String {
    format!(
        "Cases whose first plan was sent in the period and later than {}, without those where mediation or a tribunal took \
         place before; and cases whose last day lies in the period and whose plan is still owed. Each step in days: the \
         decision from the request to its notice; each advice from the day on which the body had the request to its answer; \
         advice that never came counts up to that draft, or where none is known up to the plan; drafting from the last \
         answer that came before it to the first draft that was served; comment from that draft to the final plan; each \
         consultation from its arrival to the answer. Advice and consultations run side by side. The limit of a step is the \
         rule's; drafting and comment have none in law: drafting is given what the target for the draft leaves, comment the \
         days from that target to the last day for the plan. A step whose days are not known is left out. Excepted cases are \
         late too and are marked.{}",
        length(RuleId::IssueFinalPlan, period),
        as_derived(period)
    )
}
