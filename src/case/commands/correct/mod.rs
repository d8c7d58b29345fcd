//! Corrections: a mistyped day or text, mended by a manager. The old value stays on record, every deadline is derived again.

mod disputes;
mod plans;

use chrono::NaiveDate;
use serde_json::json;
use statute::{CaseFacts, Progress};

use super::keep;
use crate::advice;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::{Case, CorrectedStep, CorrectionBody, Decision, DecisionAbout, Exception, ExceptionState};
use crate::case::{notices, store};
use crate::codes::Code;
use crate::config::is_authority_code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Fault, Faults};
use crate::ids::Id;
use crate::time;
use crate::words::Word;

/// What was mended: which thing, where a case can have several, and what stood there before.
struct Mended {
    subject_id: Option<Id>,
    old: Option<String>,
}

impl Mended {
    fn of(id: Id, old: impl ToString) -> Self {
        Self { subject_id: Some(id), old: Some(old.to_string()) }
    }
}

/// Mends a field of a step. The facts must still be ones that can all be true.
pub fn correct(app: &App, tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<CorrectionBody>) -> Result<Case, Error> {
    let mut case = store::open_for_step(tx, acting, id)?;
    acting.must_manage("Only a manager corrects what is on record.")?;
    let (body, mended) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        faults.not_blank("/value", Some(&body.value));
        let needed = ["/step", "/subject_id", "/field", "/value"];
        if body.value.trim().is_empty() || !needed.iter().all(|at| faults.is_sound(at)) {
            return Ok(Mended { subject_id: None, old: None });
        }
        // History that was taken over as it was need not hold to what the steps ask: it is not made worse.
        let facts = store::facts(tx, &case)?;
        let sound = check_days(tx, &case, &facts).is_ok();
        // Whether the facts can all be true shows only once the value is mended. A fault undoes that again.
        let mended = mend(tx, acting, &mut case, body)?;
        let facts = store::facts(tx, &case)?;
        // A correction that contradicts the rest of the record is a fault of its value, not a step out of order.
        Progress::from_facts(&facts).map_err(|fault| contradicts(&fault.to_string()))?;
        if sound {
            check_days(tx, &case, &facts)?;
        }
        Ok(mended)
    })?;
    let state = |value: Option<&String>| json!({ "step": body.step, "subject_id": mended.subject_id, "field": body.field, "value": value });
    let event = Event::new("corrected", "case", id)
        .case(id)
        .on(acting.today)
        .because(body.reason.clone())
        .before(&state(mended.old.as_ref()))
        .after(&state(Some(&body.value)));
    audit::record(tx, acting, event)?;
    let case = keep(tx, acting, case)?;
    let draft = crate::plan::store::last_served(tx, id)?;
    let plan = crate::plan::store::in_short(tx, id)?.and_then(|(plan, _, _, _, issued_on)| Some((plan, issued_on?)));
    notices::corrected(app, tx, acting, &case, (draft, plan))?;
    Ok(case)
}

fn contradicts(what: &str) -> Error {
    let detail = format!("With this value, {what}. Correct the other step first, or give another value.");
    Fault::new("/value", Code::DateBeforePreviousStep, detail).into()
}

/// What the steps checked when they were taken holds after a correction too.
fn check_days(conn: &mut Conn, case: &Case, facts: &CaseFacts) -> Result<(), Error> {
    if facts.assessment.is_some_and(|decision| decision.decided_on < facts.received_on) {
        return Err(contradicts("the decision whether to assess is dated before the request was received"));
    }
    disputes::check(conn, case, facts)?;
    plans::check(conn, case, facts)?;
    let later = facts.tracks.iter().map(|track| (&track.drafts, &track.final_plan));
    for (drafts, final_plan) in std::iter::once((&facts.drafts, &facts.final_plan)).chain(later) {
        // In the order of their numbers: a later draft is not served before an earlier one.
        for (earlier, later) in drafts.iter().zip(drafts.iter().skip(1)) {
            if later.served_on < earlier.served_on {
                return Err(contradicts("a later draft was served before an earlier one"));
            }
        }
        if let (Some(draft), Some(plan)) = (drafts.last(), final_plan) {
            let (served_on, finished_on) = (draft.served_on, draft.finished_on);
            statute::check_representations_over(served_on, finished_on, plan.issued_on, facts.received_on)?;
        }
    }
    Ok(())
}

/// Writes the new value; answers the old one.
fn mend(tx: &mut Tx<'_>, acting: &Acting, case: &mut Case, body: &CorrectionBody) -> Result<Mended, Error> {
    match body.step.0 {
        CorrectedStep::Request => mend_request(tx, acting, case, body),
        CorrectedStep::AssessmentDecision => mend_decision(tx, acting, case, body, DecisionAbout::Assessment),
        CorrectedStep::PlanDecision => mend_decision(tx, acting, case, body, DecisionAbout::Plan),
        CorrectedStep::Exception => mend_exception(tx, acting, case, body),
        CorrectedStep::Withdrawal | CorrectedStep::Transfer => mend_end(tx, acting, case, body),
        CorrectedStep::Reversal => mend_reversal(tx, acting, case, body),
        CorrectedStep::DraftService => plans::mend_service(tx, acting, case, body),
        CorrectedStep::Representation => plans::mend_representation(tx, acting, case, body),
        CorrectedStep::Consultation => plans::mend_consultation(tx, acting, case, body),
        CorrectedStep::FinalPlan => plans::mend_final_plan(tx, acting, case, body),
        CorrectedStep::Mediation => disputes::mend_mediation(tx, acting, case, body),
        CorrectedStep::Appeal => disputes::mend_appeal(tx, acting, case, body),
        CorrectedStep::Order => disputes::mend_order(tx, acting, case, body),
    }
}

fn mend_request(tx: &mut Tx<'_>, acting: &Acting, case: &mut Case, body: &CorrectionBody) -> Result<Mended, Error> {
    no_subject(body)?;
    match body.field.as_str() {
        "received_on" => {
            let on = day(body, acting)?;
            let person = store::person(tx, case)?;
            let mut faults = Faults::default();
            faults.unless(
                on >= person.date_of_birth,
                "/value",
                Code::DateBeforeBirth,
                "Give a day no earlier than the birth.",
            );
            let too_old = statute::too_old(person.date_of_birth, on);
            faults.unless(!too_old, "/value", Code::TooOld, "The person was 25 or over on this day.");
            faults.check()?;
            let old = case.received_on;
            case.received_on = on;
            Ok(Mended { subject_id: None, old: Some(old.to_string()) })
        }
        "request_source" => {
            let old = case.request_source;
            case.request_source = word(body)?;
            Ok(Mended { subject_id: None, old: Some(old.to_string()) })
        }
        _ => Err(unknown_field("received_on, request_source")),
    }
}

fn mend_decision(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
    about: DecisionAbout,
) -> Result<Mended, Error> {
    let of_it = store::decisions(tx, case.id)?.into_iter().filter(|decision| decision.about.0 == about).collect();
    let mut decision: Decision = chosen(body, of_it, |decision| decision.id)?;
    let old = match (body.field.as_str(), about) {
        ("decided_on", _) => Some(std::mem::replace(&mut decision.decided_on, day(body, acting)?).to_string()),
        ("notified_on", DecisionAbout::Assessment) => {
            let new = day(body, acting)?;
            let old = decision.told_on();
            decision.notified_on = Some(new);
            if let Some(old) = old {
                // The statutory set is asked for on the day of the notice: it moves with it.
                advice::store::move_asked_on(tx, case.id, old, new)?;
            }
            old.map(|old| old.to_string())
        }
        ("notified_on", DecisionAbout::Plan) => {
            decision.notified_on.replace(day(body, acting)?).map(|old| old.to_string())
        }
        ("panel_on", _) => {
            let new = day(body, acting)?;
            if new < case.received_on {
                return Err(contradicts("the panel is dated before the request was received"));
            }
            decision.panel_on.replace(new).map(|old| old.to_string())
        }
        ("decided_by", _) => decision.decided_by.replace(body.value.clone()),
        ("reasons", _) => decision.reasons.replace(body.value.clone()),
        ("refusal_reason", DecisionAbout::Assessment) if decision.refusal_reason.is_some() => {
            decision.refusal_reason.replace(word(body)?).map(|old| old.to_string())
        }
        _ => {
            return Err(unknown_field(
                "decided_on, notified_on, panel_on, decided_by, reasons, refusal_reason (of a refusal to assess)",
            ));
        }
    };
    store::update_decision(tx, &decision)?;
    Ok(Mended { subject_id: Some(decision.id), old })
}

fn mend_reversal(tx: &mut Tx<'_>, acting: &Acting, case: &Case, body: &CorrectionBody) -> Result<Mended, Error> {
    let reversed =
        store::decisions(tx, case.id)?.into_iter().filter(|decision| decision.reversal().is_some()).collect();
    let mut refusal: Decision = chosen(body, reversed, |decision| decision.id)?;
    let old = match body.field.as_str() {
        "on" => {
            let new = day(body, acting)?;
            let old = refusal.reversed_on.replace(new);
            if let Some(old) = old.filter(|_| refusal.about.0 == DecisionAbout::Assessment) {
                // The statutory set was asked for on the day of the reversal: it moves with it.
                advice::store::move_asked_on(tx, case.id, old, new)?;
            }
            old.map(|old| old.to_string())
        }
        "reason" => refusal.reversal_reason.replace(body.value.clone()),
        _ => return Err(unknown_field("on, reason")),
    };
    store::update_decision(tx, &refusal)?;
    Ok(Mended { subject_id: Some(refusal.id), old })
}

fn mend_end(tx: &mut Tx<'_>, acting: &Acting, case: &Case, body: &CorrectionBody) -> Result<Mended, Error> {
    no_subject(body)?;
    let transfer = body.step.0 == CorrectedStep::Transfer;
    let mut end = store::end(tx, case.id)?
        .filter(|end| (end.kind.0 == statute::EndKind::Transferred) == transfer)
        .ok_or_else(not_taken)?;
    let old = match body.field.as_str() {
        "on" => Some(std::mem::replace(&mut end.ended_on, day(body, acting)?).to_string()),
        "reason" if !transfer => end.reason.replace(body.value.clone()),
        "withdrawn_by" if !transfer => end.withdrawn_by.replace(body.value.clone()),
        "how" if !transfer => end.withdrawn_how.replace(word(body)?).map(|old| old.to_string()),
        "to_local_authority" if transfer => {
            if !is_authority_code(&body.value) {
                return Err(Fault::new("/value", Code::InvalidFormat, "Expected the authority's 3-digit code.").into());
            }
            end.to_local_authority.replace(body.value.clone())
        }
        _ => {
            return Err(unknown_field(
                "on, and of a withdrawal reason, withdrawn_by, how, or of a transfer to_local_authority",
            ));
        }
    };
    store::update_end(tx, &end)?;
    Ok(Mended { subject_id: None, old })
}

/// What is told of a confirmed exception, and to whom. Its days and its ground are not mended: it is lifted, and another
/// is proposed.
fn mend_exception(tx: &mut Tx<'_>, acting: &Acting, case: &Case, body: &CorrectionBody) -> Result<Mended, Error> {
    let confirmed = |one: &Exception| one.state.0 == ExceptionState::Confirmed && one.advice_request_id.is_none();
    let of_case = store::exceptions(tx, case.id)?.into_iter().filter(confirmed).collect();
    let mut exception = chosen(body, of_case, |one| one.id)?;
    let old = match body.field.as_str() {
        "evidence" => exception.evidence.replace(body.value.clone()),
        "family_told_on" => {
            let new = day(body, acting)?;
            if new < case.received_on {
                return Err(contradicts("the family was told of an exception before the request was received"));
            }
            exception.family_told_on.replace(new).map(|old| old.to_string())
        }
        _ => return Err(unknown_field("evidence, family_told_on")),
    };
    store::update_exception(tx, &exception)?;
    Ok(Mended { subject_id: Some(exception.id), old })
}

/// The one that is meant of those on record, which stand in the order in which they were recorded: the one of this id,
/// else the latest.
fn chosen<T>(body: &CorrectionBody, on_record: Vec<T>, id_of: impl Fn(&T) -> Id) -> Result<T, Error> {
    let Some(id) = body.subject_id else {
        return on_record.into_iter().next_back().ok_or_else(not_taken);
    };
    on_record.into_iter().find(|one| id_of(one) == id).ok_or_else(|| {
        Fault::new("/subject_id", Code::UnknownValue, "Name one of this case's own, or leave it out for the latest.")
            .into()
    })
}

fn no_subject(body: &CorrectionBody) -> Result<(), Error> {
    match body.subject_id {
        None => Ok(()),
        Some(_) => {
            Err(Fault::new("/subject_id", Code::UnknownValue, "A case has one of these: leave this out.").into())
        }
    }
}

fn day(body: &CorrectionBody, acting: &Acting) -> Result<NaiveDate, Error> {
    let day = time::day(&body.value)
        .ok_or_else(|| Fault::new("/value", Code::InvalidDate, "Expected a day that exists, as YYYY-MM-DD."))?;
    if day > acting.today {
        let detail = format!("Give a day no later than today, {}.", acting.today);
        return Err(Fault::new("/value", Code::DateInFuture, detail).into());
    }
    Ok(day)
}

fn word<T: crate::words::Vocabulary>(body: &CorrectionBody) -> Result<Word<T>, Error> {
    T::parse(&body.value)
        .map(Word)
        .ok_or_else(|| Fault::new("/value", Code::UnknownValue, crate::words::one_of::<T>()).into())
}

fn unknown_field(known: &str) -> Error {
    Fault::new("/field", Code::UnknownValue, format!("Of this step, one of these can be corrected: {known}.")).into()
}

fn not_taken() -> Error {
    Error::conflict(Code::NotNow, "This step is not on record: there is nothing to correct.")
}
