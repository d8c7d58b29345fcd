//! What each figure counts, in words that can stand under it in a board's paper.

use statute::{RuleId, rule};

use crate::figures::model::Period;

/// How long a limit is, as the rule in force at the end of the period has it.
fn length(id: RuleId, period: &Period) -> String {
    rule(id, period.to).length_in_words()
}

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
         {disputes} Where nothing is counted there is no figure.{}",
        as_known(period)
    )
}

pub(super) fn decisions(period: &Period) -> String {
    format!(
        "Requests by the day on which they were received; first decisions whether to assess by the day on which the family \
         was notified, in time within {} of the request; refusals to issue a plan by the day on which they were notified, in \
         time within {}. pct_refused is the share of those decided, pct_of_requests_refused the refusals for every hundred \
         requests of the same period, as it is published. Exceptions are not taken out. Where nothing is counted there is no \
         figure.{}",
        length(RuleId::DecideToAssess, period),
        length(RuleId::DecideOnPlan, period),
        as_known(period)
    )
}

pub(super) fn advice(period: &Period) -> String {
    format!(
        "Requests for advice by the day on which they were made, without the family's own views and those that were \
         cancelled. On time is an answer within {} of the day on which the body had the request; an answer that was returned \
         is owed again. Late or still owed with a confirmed exception counts as excepted. pct_on_time is the share of those \
         on time, late or overdue. A request that existing advice covers, or whose case has ended, counts as requested \
         alone. As at a day: what had been answered by then.",
        length(RuleId::Advice, period)
    )
}

pub(super) fn caseload() -> &'static str {
    "Open cases by who works on them, as they stand today. Overdue is a case with a statutory limit of the authority that is \
     over without an exception; overdue_excepted one where an exception relieves each such limit; due_soon one with such a \
     limit in the next working days. A limit that binds a refusal alone is not looked at."
}

pub(super) fn breaches() -> &'static str {
    "Statutory limits of the authority and of the bodies asked for advice that are over today and not met, the longest late \
     first. With a confirmed exception a step is late and no breach (excepted). A limit that binds a refusal alone is no \
     breach while nothing has been refused; targets and guidance are none, nor are the windows of a family."
}

pub(super) fn delays(period: &Period) -> String {
    format!(
        "Cases whose first plan was sent in the period and later than {}, without those where mediation or a tribunal took \
         place before; and cases whose last day lies in the period and whose plan is still owed. Each step in days: the \
         decision from the request to its notice; each advice from the day on which the body had the request to its answer; \
         drafting from the last answer to the first draft that was served; comment from that draft to the final plan; each \
         consultation from its arrival to the answer. Advice and consultations run side by side. The limit of a step is the \
         rule's; drafting has none in law and is given what the target for the draft leaves. A step whose days are not known \
         is left out. Excepted cases are late too and are marked.{}",
        length(RuleId::IssueFinalPlan, period),
        if period.is_past() { format!(" As it stood on {}.", period.as_at) } else { String::new() }
    )
}
