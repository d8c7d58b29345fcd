//! What a person does with a plan: one public function for each thing, named after the step.

mod choice;
mod consult;
mod draft;
mod final_plan;
mod health;
mod represent;
mod seed;
mod serve;

use chrono::NaiveDate;
use statute::{
    AdviceStatus, CaseFacts, DifferingSection, PlanContent, PlanStatus, PreparingForAdulthood, Section,
    in_or_beyond_year_9,
};

pub use consult::{consult, open_consultation, record_response};
pub use draft::{start_version, write_section};
pub use final_plan::{FinalPlanBody, issue_final_plan};
pub use health::record_health_answer;
pub use represent::record_representation;
pub use serve::serve_draft;

use super::model::{Plan, Printed, Sections, Source};
use super::store;
use crate::advice;
use crate::advice::model::{AdviceRequest, SubmissionContent};
use crate::auth::Acting;
use crate::body::Expected;
use crate::calendar;
use crate::case;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::organisation;
use crate::organisation::model::Organisation;

/// A version of a plan with its case, if the actor may know that there is one: a plan is seen by those who see its case.
pub fn open(conn: &mut Conn, acting: &Acting, id: Id) -> Result<(Case, Plan), Error> {
    let plan = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let case = case::store::visible(conn, acting, plan.case_id)?.ok_or(Error::NotFound)?;
    Ok((case, plan))
}

/// The advice and information gathered for a case: what was accepted, what stands in for new advice, and what was not
/// obtained since the body declined.
pub fn gathered(conn: &mut Conn, case_id: Id) -> Result<Vec<Source>, Error> {
    Ok(reports(conn, case_id)?.into_iter().map(|(source, _)| source).collect())
}

/// The reports of a case that were accepted, each with what it says.
fn accepted(conn: &mut Conn, case_id: Id) -> Result<Vec<(Source, SubmissionContent)>, Error> {
    Ok(reports(conn, case_id)?.into_iter().filter_map(|(source, content)| Some((source, content?))).collect())
}

/// What was gathered for a case, in the order in which it was asked for; a report that was accepted with what it says.
fn reports(conn: &mut Conn, case_id: Id) -> Result<Vec<(Source, Option<SubmissionContent>)>, Error> {
    let mut requests = advice::store::of_case(conn, case_id)?;
    requests.retain(|one| {
        matches!(one.status.0, AdviceStatus::Accepted | AdviceStatus::CoveredByExistingAdvice | AdviceStatus::Declined)
    });
    let ids: Vec<Id> = requests.iter().map(|request| request.id).collect();
    let submissions = advice::store::submissions(conn, &ids)?;
    let bodies: Vec<Id> = requests.iter().filter_map(|request| request.organisation_id).collect();
    let bodies = organisation::store::of_ids(conn, &bodies)?;
    let report = |request: &AdviceRequest| {
        let body = bodies.iter().find(|body| request.organisation_id == Some(body.id));
        let blank = Source {
            advice_request_id: request.id,
            kind: request.kind,
            organisation: body.map(|body| body.name.clone()),
            author: None,
            role: None,
            dated: None,
            submission: None,
            texts: Vec::new(),
            declined_on: None,
        };
        let closing = request.closing.as_ref().map(|closing| &closing.0);
        if request.status.0 == AdviceStatus::CoveredByExistingAdvice {
            let existing = closing.and_then(|closing| closing.existing_advice.clone());
            let author = existing.as_ref().and_then(|existing| existing.author.clone());
            return (Source { author, dated: existing.and_then(|existing| existing.dated), ..blank }, None);
        }
        if request.status.0 == AdviceStatus::Declined {
            return (Source { declined_on: closing.map(|closing| closing.on), ..blank }, None);
        }
        // The last is the one that was accepted.
        let submission = submissions.iter().rfind(|submission| submission.advice_request_id == request.id);
        let content = submission.map(|submission| submission.content.0.clone()).unwrap_or_default();
        let source = Source {
            author: content.author.as_ref().map(|author| author.name.clone()),
            role: content.author.as_ref().and_then(|author| author.role.clone()),
            dated: request.submitted_on,
            submission: submission.map(|submission| submission.number),
            ..blank
        };
        (source, Some(content))
    };
    Ok(requests.iter().map(report).collect())
}

/// Whose plan it is, and whose council's, as it stands now. `authority` is the council's name.
pub fn printed_now(conn: &mut Conn, case: &Case, authority: &str) -> Result<Printed, Error> {
    let person = case::store::person(conn, case)?;
    Ok(Printed {
        name: format!("{} {}", person.forename, person.surname),
        date_of_birth: person.date_of_birth,
        authority: authority.to_owned(),
    })
}

/// A version with its case, held until the end of the transaction. The version is read once the case is held: whoever
/// held it before may have changed it.
fn hold(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(Case, Plan), Error> {
    let (case, _) = open(tx, acting, id)?;
    let case = case::store::open_for_step(tx, acting, case.id)?;
    let plan = store::find(tx, id)?.ok_or(Error::NotFound)?;
    Ok((case, plan))
}

/// Keeps a case after a step on its plan, derived again.
fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)
}

/// What a version holds, as the law's crate judges it where its final plan is issued on a day.
pub fn content_of(
    conn: &mut Conn,
    case: &Case,
    plan: &Plan,
    sections: &Sections,
    unsettled_advice: usize,
    on: NaiveDate,
) -> Result<PlanContent, Error> {
    let person = case::store::person(conn, case)?;
    let owed = in_or_beyond_year_9(person.curriculum_year(), person.date_of_birth, on);
    Ok(PlanContent {
        written: sections.written(),
        placement: plan.placement.as_ref().and_then(|placement| placement.0.to_statute()),
        preparing_for_adulthood: PreparingForAdulthood::judge(owed, sections.prepares_for_adulthood()),
        health_agreement: plan.health_agreement(),
        unsettled_advice,
    })
}

/// What a final plan made of a version is compared with: the draft last served in the track, else the plan in force.
pub fn basis_of(conn: &mut Conn, case_id: Id, track: Option<Id>) -> Result<Option<Plan>, Error> {
    match store::latest_with(conn, case_id, track, PlanStatus::Served)? {
        Some(served) => Ok(Some(served)),
        // Where a plan is amended as an order says, it begins from the plan in force and no draft need be served.
        None => store::in_force(conn, case_id),
    }
}

/// The sections of a version that differ from what it is compared with.
pub fn differing(
    conn: &mut Conn,
    case_id: Id,
    sections: &Sections,
    basis: &Plan,
) -> Result<Vec<DifferingSection>, Error> {
    let (sent, answerable) = (store::sections(conn, basis.id)?, store::answerable(conn, case_id, basis.id)?);
    Ok(sections.differing_from(&sent, &answerable))
}

/// Refuses to go on with a version that was begun before an order: what is ordered is written anew.
fn of_now(plan: &Plan, facts: &CaseFacts) -> Result<(), Error> {
    if plan.order_id == case::store::track_id(facts)? {
        return Ok(());
    }
    let detail = "This version was begun before the order that is being carried out: start a new one, which begins from the latest.";
    Err(Error::conflict(Code::NotNow, detail))
}

/// Adds a fault where an id is not that of a school, college or provider.
fn known_setting(
    conn: &mut Conn,
    pointer: &str,
    setting: Option<Id>,
    faults: &mut Faults,
) -> Result<Option<Organisation>, Error> {
    let Some(setting) = setting else {
        return Ok(None);
    };
    let found = organisation::store::find(conn, setting)?.filter(|organisation| organisation.kind.0.is_setting());
    let detail = "Choose an organisation of kind education_setting or early_years_provider.";
    faults.unless(found.is_some(), pointer, Code::UnknownSetting, detail);
    Ok(found)
}

/// Tells whoever comes second which sections somebody else changed since the version that they saw.
fn stale(fault: Error, expected: Option<&Expected>, sections: &Sections) -> Error {
    let seen = match expected {
        Some(Expected::OneOf(versions)) => versions.iter().max(),
        _ => None,
    };
    match (fault, seen) {
        (Error::Stale, Some(seen)) => {
            let changed = sections.changed_after(*seen).into_iter().map(Section::as_str).collect();
            Error::StaleSections(changed)
        }
        (fault, _) => fault,
    }
}
