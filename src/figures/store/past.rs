//! The cases that were open on a past day, as the law derives their clocks from what had happened by it.
//!
//! The request's day and who worked on the case are those of the day; of exceptions and of what happened see
//! `case/store/past`.

use chrono::NaiveDate;
use diesel::dsl::not;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use statute::{AdviceKind, AssessmentOutcome, Basis, Calendar, Deadline, Holder, RuleId, Stage, SubjectKind, Summary};

use crate::case::store::{Parts, caseworkers_as_at, derive, facts_of, parts_as_at};
use crate::db::Conn;
use crate::db::schema::{case_ends, case_figures, decisions, mediations};
use crate::error::Error;
use crate::figures::model::{Named, Waiting};
use crate::ids::Id;
use crate::words::Word;

/// A case that was open on the day.
#[derive(Debug, Clone)]
pub struct Open {
    /// The case.
    pub case_id: Id,
    /// Day zero.
    pub received_on: NaiveDate,
    /// Who worked on it.
    pub caseworker_id: Option<Id>,
    /// How far it had come.
    pub stage: Stage,
    /// The sum of its clock.
    pub clock: Summary,
    /// Its limits.
    deadlines: Vec<Deadline>,
    parts: Parts,
}

/// Tells of every case that was open on a day, or on which something was owed around a dispute, in no order. The cases are
/// derived some at a time, so that a long past costs time and no memory.
pub fn open_on(conn: &mut Conn, day: NaiveDate, calendar: &Calendar, mut each: impl FnMut(&Open)) -> Result<(), Error> {
    let ended = case_ends::table
        .filter(case_ends::ended_on.le(day))
        .filter(case_ends::entered_in_error_at.is_null())
        .select(case_ends::case_id);
    let reversed = decisions::table.filter(decisions::reversed_on.is_not_null()).select(decisions::case_id);
    // Those that had a plan or were refused by then are left aside, unless a dispute or the authority itself may have
    // opened them again.
    let asked = mediations::table.filter(mediations::told_on.is_not_null()).select(mediations::case_id);
    let opened_again = case_figures::disputed_on
        .is_not_null()
        .or(case_figures::case_id.eq_any(reversed))
        .or(case_figures::case_id.eq_any(asked));
    let may_be_open = opened_again.or(case_figures::issued_on
        .is_null()
        .or(case_figures::issued_on.assume_not_null().gt(day))
        .and(case_figures::plan_refused_on.is_null().or(case_figures::plan_refused_on.assume_not_null().gt(day)))
        .and(
            case_figures::assessment_notified_on
                .is_null()
                .or(case_figures::assessment_notified_on.assume_not_null().gt(day))
                .or(not(case_figures::assessment_outcome.assume_not_null().eq(Word(AssessmentOutcome::Refuse)))),
        ));
    let candidates: Vec<(Id, NaiveDate, Option<Id>)> = case_figures::table
        .filter(case_figures::known_from.le(day))
        .filter(case_figures::known_to.is_null().or(case_figures::known_to.assume_not_null().gt(day)))
        .filter(case_figures::received_on.le(day))
        .filter(may_be_open)
        .filter(case_figures::case_id.ne_all(ended))
        .select((case_figures::case_id, case_figures::received_on, case_figures::caseworker_id))
        .load(conn)?;
    for some in candidates.chunks(super::AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|(id, _, _)| *id).collect();
        let mut found = parts_as_at(conn, &ids, day)?;
        let worked = caseworkers_as_at(conn, &ids, day)?;
        for (case_id, received_on, caseworker_id) in some {
            let parts = found.remove(case_id).unwrap_or_default();
            let (stage, deadlines, clock) = derive(&facts_of(*received_on, &parts)?, calendar);
            if clock.ended.is_none() {
                let caseworker_id = worked.get(case_id).copied().unwrap_or(*caseworker_id);
                let (case_id, received_on) = (*case_id, *received_on);
                each(&Open { case_id, received_on, caseworker_id, stage, clock, deadlines, parts });
            }
        }
    }
    Ok(())
}

impl Open {
    /// The statutory limits of others than the family that were over and not met. What binds a refusal alone is none.
    pub fn breached(&self, day: NaiveDate) -> impl Iterator<Item = &Deadline> {
        self.deadlines.iter().filter(move |one| {
            one.basis == Basis::Statutory
                && one.holder != Holder::Family
                && one.is_open()
                && one.due_on < day
                && !statute::rule(one.rule, self.received_on).binds_refusal_only
        })
    }

    /// The last day for the final plan, where it was over and the plan still owed, and whether an exception relieved it.
    pub fn plan_overdue(&self, day: NaiveDate) -> Option<(NaiveDate, bool)> {
        let mut breached = self.breached(day);
        breached.find(|one| one.rule == RuleId::IssueFinalPlan).map(|one| (one.due_on, one.excepted))
    }

    /// What it waited for that was in the hands of others: advice, and the answers of settings.
    pub fn waiting(&self) -> Vec<Waiting> {
        let open = |id: Id| {
            let of_it = |one: &&Deadline| {
                one.subject
                    .as_ref()
                    .is_some_and(|subject| subject.kind == SubjectKind::AdviceRequest && subject.id == id.to_string())
            };
            self.deadlines.iter().find(of_it).filter(|one| one.is_open())
        };
        let mut advice: Vec<Waiting> = self
            .parts
            .advice
            .iter()
            .filter(|(request, _)| request.kind.0 != AdviceKind::Family)
            .filter_map(|(request, organisation)| {
                let name = organisation.clone();
                Some(Waiting {
                    what: request.kind.0.description().to_owned(),
                    organisation: request.organisation_id.zip(name).map(|(id, name)| Named { id, name }),
                    due_on: Some(open(request.id)?.due_on),
                })
            })
            .collect();
        advice.sort_by_key(|one| one.due_on);
        let consulted = self.parts.consultations.iter().filter(|one| one.responded_on.is_none());
        advice.extend(consulted.map(|one| Waiting {
            what: "answer to a consultation".to_owned(),
            organisation: Some(Named { id: one.setting_id, name: one.setting.clone() }),
            due_on: None,
        }));
        advice
    }
}
