//! The clock of a case: one status out of all its deadlines, and what is next.
//!
//! [`Summary`] holds what does not depend on the day, so it can be stored and indexed; [`Summary::status`]
//! and [`Summary::clock`] compare it with a day the caller gives.

use chrono::NaiveDate;

use crate::{
    calendar::Calendar,
    deadline::{Deadline, DeadlineStatus},
    facts::CaseFacts,
    order::OrderKind,
    rules::{Basis, Holder, RuleId, rule},
    stage::Stage,
    text::text_enum,
};

text_enum! {
    /// How a case stands against the statutory limits.
    pub enum ClockStatus {
        /// Nothing is due soon.
        OnTrack => "on_track",
        /// A statutory step is due soon.
        DueSoon => "due_soon",
        /// A statutory limit is breached.
        Overdue => "overdue",
        /// A statutory limit is past, with a lawful exception on record.
        OverdueExcepted => "overdue_excepted",
        /// Ended with a plan within the limit.
        CompletedInTime => "completed_in_time",
        /// Ended with a plan after the limit.
        CompletedLate => "completed_late",
        /// Ended with a plan after the limit, with a lawful exception on record.
        CompletedLateExcepted => "completed_late_excepted",
        /// Ended otherwise.
        Ended => "ended",
    }
}

/// The authority's earliest open deadline, targets included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// The rule.
    pub rule: RuleId,
    /// Its last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
}

/// What the clock of a case shows, before it is compared with a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The next thing the authority owes or plans.
    pub next: Option<Next>,
    /// The earliest last day of its open statutory limits without an exception.
    pub due_on: Option<NaiveDate>,
    /// The earliest last day of those with one.
    pub excepted_due_on: Option<NaiveDate>,
    /// The earliest `act_by` of both.
    pub act_by: Option<NaiveDate>,
    /// Whether steps can still follow. A case that has ended can have duties of a dispute.
    pub open: bool,
    /// How the case ended; `None` while it is open, or something is owed on it.
    pub ended: Option<ClockStatus>,
    /// The last day for the final plan.
    pub final_due_on: NaiveDate,
}

/// The clock as a row of a list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The day it was read.
    pub today: NaiveDate,
    /// Days since receipt, which is day 0.
    pub day: i64,
    /// Whole weeks since receipt.
    pub week: i64,
    /// The last day for the final plan.
    pub final_due_on: NaiveDate,
    /// Days left until then, negative when late; `None` once ended.
    pub days_left: Option<i64>,
    /// The status on that day.
    pub status: ClockStatus,
    /// What is next; `None` once ended.
    pub next: Option<Next>,
}

/// Sums up the deadlines that [`crate::derive`] gave for these facts.
///
/// A limit that binds a refusal only is work to be done, so it can be `next`; being past it breaches
/// nothing, so it does not count for the status. Targets likewise.
pub fn summarise(facts: &CaseFacts, deadlines: &[Deadline]) -> Summary {
    let owed = || deadlines.iter().filter(|deadline| deadline.holder == Holder::LocalAuthority && deadline.is_open());
    let judged = || {
        owed().filter(|deadline| {
            deadline.basis == Basis::Statutory && !rule(deadline.rule, facts.received_on).binds_refusal_only
        })
    };
    Summary {
        next: owed().min_by_key(|deadline| deadline.due_on).map(|deadline| Next {
            rule: deadline.rule,
            due_on: deadline.due_on,
            act_by: deadline.act_by,
        }),
        due_on: judged().filter(|deadline| !deadline.excepted).map(|deadline| deadline.due_on).min(),
        excepted_due_on: judged().filter(|deadline| deadline.excepted).map(|deadline| deadline.due_on).min(),
        act_by: judged().map(|deadline| deadline.act_by).min(),
        open: Stage::of(facts).is_open(),
        // What is owed around a dispute keeps an ended case on the lists.
        ended: if owed().next().is_some() { None } else { ended(facts, deadlines) },
        final_due_on: rule(RuleId::IssueFinalPlan, facts.received_on).due_on(facts.received_on, &Calendar::EMPTY),
    }
}

fn ended(facts: &CaseFacts, deadlines: &[Deadline]) -> Option<ClockStatus> {
    if Stage::of(facts).is_open() {
        return None;
    }
    // A case that was withdrawn or moved while an order was being carried out did not end with a plan.
    if facts.ended.is_some() && facts.track().is_some_and(|track| track.stage().is_open()) {
        return Some(ClockStatus::Ended);
    }
    // The first final plan is judged on its twenty weeks, whatever was ordered of it later; one that exists only by an
    // order, on the limit of that order.
    let by_order = facts.tracks.iter().find_map(|track| Some((track.final_plan.as_ref()?, Some(&track.order))));
    let Some((plan, order)) = facts.final_plan.as_ref().map(|plan| (plan, None)).or(by_order) else {
        return Some(ClockStatus::Ended);
    };
    let rule = match order.map(|order| order.kind) {
        None => Some(RuleId::IssueFinalPlan),
        Some(OrderKind::Assess) => Some(RuleId::OrderAssessIssueFinal),
        Some(OrderKind::MakePlan) => Some(RuleId::OrderMakePlanFinal),
        // The law sets no day for the plan that is issued on reconsideration; it sets one for its draft.
        Some(OrderKind::Reconsider) => Some(RuleId::OrderReconsider),
        Some(_) => None,
    };
    let of_final = deadlines.iter().find(|deadline| {
        Some(deadline.rule) == rule
            && order.is_none_or(|order| deadline.subject.as_ref().is_some_and(|subject| subject.id == order.id))
    });
    // The day compared with is the deadline's own last day, so what is soon doesn't matter.
    let late =
        of_final.is_some_and(|deadline| deadline.status(plan.issued_on, plan.issued_on) == DeadlineStatus::MetLate);
    Some(match (late, of_final.is_some_and(|deadline| deadline.excepted)) {
        (false, _) => ClockStatus::CompletedInTime,
        (true, false) => ClockStatus::CompletedLate,
        (true, true) => ClockStatus::CompletedLateExcepted,
    })
}

impl Summary {
    /// Whether an open statutory limit is past, be it with a lawful exception on record.
    pub fn is_past_a_limit(&self, today: NaiveDate) -> bool {
        let open = [self.due_on, self.excepted_due_on];
        self.ended.is_none() && open.into_iter().flatten().any(|due_on| due_on < today)
    }

    /// How the case stands on `today`, the worst first: overdue, overdue with an exception, due soon, on track.
    /// `soon` is the last day that counts as soon.
    pub fn status(&self, today: NaiveDate, soon: NaiveDate) -> ClockStatus {
        let past = |due_on: Option<NaiveDate>| due_on.is_some_and(|due_on| due_on < today);
        if let Some(ended) = self.ended {
            ended
        } else if past(self.due_on) {
            ClockStatus::Overdue
        } else if past(self.excepted_due_on) {
            ClockStatus::OverdueExcepted
        } else if self.act_by.is_some_and(|act_by| act_by <= soon) {
            ClockStatus::DueSoon
        } else {
            ClockStatus::OnTrack
        }
    }

    /// The clock on `today`.
    pub fn clock(&self, received_on: NaiveDate, today: NaiveDate, soon: NaiveDate) -> Clock {
        let day = today.signed_duration_since(received_on).num_days();
        Clock {
            today,
            day,
            week: day.div_euclid(7),
            final_due_on: self.final_due_on,
            days_left: self.open.then(|| self.final_due_on.signed_duration_since(today).num_days()),
            status: self.status(today, soon),
            next: self.next,
        }
    }
}
