//! What a person records of mediation and the tribunal.

use chrono::NaiveDate;
use serde_json::json;
use statute::{CaseFacts, Disputed, OrderKind, Progress, Refusal, can_be_agreed, check_order};

use super::model::{Appeal, AppealBody, Mediation, MediationBody, Order, OrderBody};
use super::store;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;
use crate::{calendar, case};

/// Records mediation: its certificate, that it was held, and what was agreed. An agreement counts as an order.
pub fn record_mediation(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<MediationBody>) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    let (body, agreed_on) = step.judge(case.version, |body, faults| {
        let agreed_on = body.agreement.as_ref().map(|agreement| agreement.agreed_on);
        let days: Vec<NaiveDate> = body.certificate_on.into_iter().chain(body.held_on).collect();
        let late = if agreed_on.is_none() { days.as_slice() } else { &[] };
        let (disputable, not_before) = disputable(&progress, &facts, &case, body.about.0, late);
        for (pointer, on) in
            [("/certificate_on", body.certificate_on), ("/held_on", body.held_on), ("/agreement/agreed_on", agreed_on)]
        {
            if let Some(on) = on {
                faults.day(pointer, on, not_before, acting.today);
            }
        }
        let said = body.certificate_on.is_some() || body.held_on.is_some() || body.agreement.is_some();
        let readable = ["/certificate_on", "/held_on", "/agreement"].iter().all(|at| faults.is_sound(at));
        let detail = "Give the day of the certificate, the day on which it was held, or what was agreed.";
        faults.unless(said || !readable, "/certificate_on", Code::MissingField, detail);
        if let (Some(held_on), Some(agreed_on)) = (body.held_on, agreed_on)
            && faults.is_sound("/agreement")
        {
            let detail = "Mediation is held no later than what it leads to is agreed.";
            faults.unless(held_on <= agreed_on, "/held_on", Code::Contradiction, detail);
        }
        if let Some(agreement) = &body.agreement
            && faults.is_sound("/about")
        {
            let fine = can_be_agreed(body.about.0, agreement.order.0);
            let detail = format!("This can't be agreed on a {}.", body.about.0.in_words());
            faults.unless(fine, "/agreement/order", Code::UnknownValue, detail);
        }
        disputable?;
        Ok(agreed_on)
    })?;
    let mediation = Mediation {
        id: Id::new(),
        case_id: id,
        about: body.about,
        certificate_on: body.certificate_on,
        held_on: body.held_on,
        agreed_on,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    };
    store::insert_mediation(tx, &mediation)?;
    let event = Event::new("mediation_recorded", "mediation", mediation.id).case(id);
    let state = json!({
        "about": mediation.about,
        "certificate_on": mediation.certificate_on,
        "held_on": mediation.held_on,
        "agreed_on": mediation.agreed_on,
        "order": body.agreement.as_ref().map(|agreement| agreement.order),
    });
    audit::record(tx, acting, event.after(&state))?;
    if let Some(agreement) = body.agreement {
        let order = new_order(acting, &case, &facts, body.about.0, agreement.order.0, agreement.agreed_on);
        add_order(tx, acting, &Order { mediation_id: Some(mediation.id), ..order })?;
    }
    keep(tx, acting, case)
}

/// Records that the tribunal registered an appeal.
pub fn record_appeal(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<AppealBody>) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        let (disputable, not_before) = disputable(&progress, &facts, &case, body.about.0, &[body.registered_on]);
        faults.day("/registered_on", body.registered_on, not_before, acting.today);
        disputable?;
        let same = |one: &Appeal| one.about == body.about && one.registered_on == body.registered_on;
        if case::store::appeals(tx, id)?.iter().any(same) {
            return Err(Error::conflict(Code::AlreadyExists, "This appeal is on record already."));
        }
        Ok(())
    })?;
    let appeal = Appeal {
        id: Id::new(),
        case_id: id,
        about: body.about,
        registered_on: body.registered_on,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    };
    store::insert_appeal(tx, &appeal)?;
    let event = Event::new("appeal_registered", "appeal", appeal.id).case(id).on(appeal.registered_on);
    let state = json!({ "about": appeal.about, "registered_on": appeal.registered_on });
    audit::record(tx, acting, event.after(&state))?;
    keep(tx, acting, case)
}

/// Records how an appeal ended: by an order, or because the authority conceded. What is ordered opens a track of its own,
/// unless the appeal is dismissed.
pub fn record_order(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    appeal_id: Id,
    step: Step<OrderBody>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let appeal = store::appeal(tx, id, appeal_id)?.ok_or(Error::NotFound)?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    let (body, conceded) = step.judge(case.version, |body, faults| {
        let conceded = body.conceded.unwrap_or(false);
        let opens = body.order.0.opens_track() && faults.is_sound("/order");
        let disputable = progress.check_disputable(appeal.about.0, facts.track());
        // A plan may have been sent since the appeal was registered, by another order.
        let since = match facts.track().filter(|_| case.open) {
            _ if !opens || disputable.is_err() => appeal.registered_on,
            Some(track) => track.order.on,
            None => progress.last_step_on(),
        };
        faults.day("/ordered_on", body.ordered_on, since.max(appeal.registered_on), acting.today);
        let undone = matches!(body.order.0, OrderKind::Dismissed | OrderKind::Reconsider) && faults.is_sound("/order");
        let detail = "What is conceded is done: an appeal that is conceded is neither dismissed nor decided again.";
        faults.unless(!(conceded && undone), "/conceded", Code::Contradiction, detail);
        check_not_ended(tx, &appeal, body.order.0)?;
        check_order(appeal.about.0, body.order.0)?;
        if opens {
            disputable?;
        }
        Ok(conceded)
    })?;
    let order = new_order(acting, &case, &facts, appeal.about.0, body.order.0, body.ordered_on);
    add_order(tx, acting, &Order { appeal_id: Some(appeal_id), conceded, ..order })?;
    keep(tx, acting, case)
}

/// Refuses to end an appeal a second time: what it led to is on record. One appeal may lead to several orders of
/// different kinds, of which none dismisses it.
fn check_not_ended(tx: &mut Tx<'_>, appeal: &Appeal, kind: OrderKind) -> Result<(), Error> {
    let earlier = case::store::orders(tx, appeal.case_id)?;
    let ends = |order: &Order| order.kind.0 == kind || !order.kind.0.opens_track() || !kind.opens_track();
    if !earlier.iter().filter(|order| order.appeal_id == Some(appeal.id)).any(ends) {
        return Ok(());
    }
    let detail = "How this appeal ended is on record: its day can be corrected, and a new appeal can be recorded.";
    Err(Error::conflict(Code::AlreadyExists, detail))
}

/// Whether there is anything in force that these days of a dispute can be about, and the day that they may not precede.
/// What was before the order that is being carried out may be recorded late. Where nothing can be disputed the refusal
/// says so; no day would be right.
fn disputable(
    progress: &Progress,
    facts: &CaseFacts,
    case: &Case,
    about: Disputed,
    days: &[NaiveDate],
) -> (Result<(), Refusal>, NaiveDate) {
    if !days.is_empty() && days.iter().all(|on| facts.was_disputed_before_order(about, *on)) {
        return (Ok(()), case.received_on);
    }
    let disputable = progress.check_disputable(about, facts.track());
    let not_before = if disputable.is_ok() { progress.last_step_on() } else { case.received_on };
    (disputable, not_before)
}

fn new_order(
    acting: &Acting,
    case: &Case,
    facts: &CaseFacts,
    about: Disputed,
    kind: OrderKind,
    ordered_on: NaiveDate,
) -> Order {
    // One that comes while another is carried out belongs to its track.
    let open = facts.track().filter(|_| case.open).and_then(|track| track.order.id.parse().ok());
    Order {
        id: Id::new(),
        case_id: case.id,
        appeal_id: None,
        mediation_id: None,
        track_id: open.filter(|_| kind.opens_track()),
        about: about.into(),
        kind: kind.into(),
        ordered_on,
        conceded: false,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    }
}

fn add_order(tx: &mut Tx<'_>, acting: &Acting, order: &Order) -> Result<(), Error> {
    store::insert_order(tx, order)?;
    let event = Event::new("order_recorded", "order", order.id).case(order.case_id).on(order.ordered_on);
    let state = json!({
        "about": order.about,
        "order": order.kind,
        "ordered_on": order.ordered_on,
        "conceded": order.conceded,
        "appeal_id": order.appeal_id,
        "mediation_id": order.mediation_id,
    });
    audit::record(tx, acting, event.after(&state))
}

fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)
}
