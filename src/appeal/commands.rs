//! What a person records of mediation and the tribunal.

use chrono::NaiveDate;
use serde_json::json;
use statute::{
    CaseFacts, Disputed, HealthIssues, OrderKind, Progress, Refusal, can_be_agreed, check_concession, check_day_basis,
    check_order,
};

use super::model::{
    Appeal, AppealBody, AppealChange, Mediation, MediationBody, MediationChange, Order, OrderBody, OrderDay,
    OrderDayBody,
};
use super::store;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::Tx;
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::{calendar, case, document};

/// Records mediation: its certificate, that it was held, and what was agreed. An agreement counts as an order.
pub fn record_mediation(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<MediationBody>) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    let (body, agreed_on) = step.judge(case.version, |body, faults| {
        let agreed_on = body.agreement.as_ref().map(|agreement| agreement.agreed_on);
        let days: Vec<NaiveDate> =
            [body.certificate_on, body.held_on, body.told_on, body.other_agreed_on].into_iter().flatten().collect();
        let late = if agreed_on.is_none() { days.as_slice() } else { &[] };
        let (disputable, not_before) = disputable(&progress, &facts, &case, body.about.0, late);
        for (pointer, on) in [
            ("/certificate_on", body.certificate_on),
            ("/held_on", body.held_on),
            ("/agreement/agreed_on", agreed_on),
            ("/told_on", body.told_on),
            ("/other_agreed_on", body.other_agreed_on),
        ] {
            if let Some(on) = on {
                faults.day(pointer, on, not_before, acting.today);
            }
        }
        check_mediation(&new_mediation(acting, id, body), acting.today, faults);
        let said = !days.is_empty() || body.agreement.is_some();
        let places = ["/certificate_on", "/held_on", "/agreement", "/told_on", "/other_agreed_on"];
        let readable = places.iter().all(|at| faults.is_sound(at));
        let detail = "Give the day of the certificate, the day on which the family asked for it or on which it was held, or what was agreed.";
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
    let mediation = Mediation { agreed_on, ..new_mediation(acting, id, &body) };
    store::insert_mediation(tx, &mediation)?;
    let event = Event::new("mediation_recorded", "mediation", mediation.id).case(id);
    let mut state = state_of_mediation(&mediation);
    if let Some(fields) = state.as_object_mut() {
        fields.insert("order".to_owned(), json!(body.agreement.as_ref().map(|agreement| agreement.order)));
    }
    audit::record(tx, acting, event.after(&state))?;
    if let Some(agreement) = body.agreement {
        let order = new_order(acting, &case, &facts, body.about.0, agreement.order.0, agreement.agreed_on);
        add_order(tx, acting, &Order { mediation_id: Some(mediation.id), ..order })?;
    }
    keep(tx, acting, case)
}

fn new_mediation(acting: &Acting, case_id: Id, body: &MediationBody) -> Mediation {
    Mediation {
        id: Id::new(),
        case_id,
        about: body.about,
        certificate_on: body.certificate_on,
        held_on: body.held_on,
        agreed_on: None,
        told_on: body.told_on,
        about_health: body.about_health,
        icb_told_on: body.icb_told_on,
        arranged_on: body.arranged_on,
        other_agreed_on: body.other_agreed_on,
        carried_out_on: body.carried_out_on,
        adviser_told_on: body.adviser_told_on,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    }
}

fn state_of_mediation(one: &Mediation) -> serde_json::Value {
    json!({
        "about": one.about,
        "certificate_on": one.certificate_on,
        "held_on": one.held_on,
        "agreed_on": one.agreed_on,
        "told_on": one.told_on,
        "about_health": one.about_health,
        "icb_told_on": one.icb_told_on,
        "arranged_on": one.arranged_on,
        "other_agreed_on": one.other_agreed_on,
        "carried_out_on": one.carried_out_on,
        "adviser_told_on": one.adviser_told_on,
    })
}

/// The steps around mediation follow each other: the family asks for it, the NHS commissioner is told, it is arranged, held,
/// and what was agreed is carried out.
fn check_mediation(one: &Mediation, today: NaiveDate, faults: &mut Faults) {
    let told = ("/told_on", one.told_on);
    follows(("/icb_told_on", one.icb_told_on), told, today, faults);
    follows(("/arranged_on", one.arranged_on), told, today, faults);
    follows(("/adviser_told_on", one.adviser_told_on), told, today, faults);
    follows(("/carried_out_on", one.carried_out_on), ("/other_agreed_on", one.other_agreed_on), today, faults);
    if let (Some(held_on), Some(since)) = (one.held_on, one.arranged_on.or(one.told_on))
        && ["/held_on", "/arranged_on", "/told_on"].iter().all(|at| faults.is_sound(at))
    {
        let detail = "Mediation is held no earlier than it is asked for and arranged.";
        faults.unless(since <= held_on, "/held_on", Code::DateBeforePreviousStep, detail);
    }
    let of_health = matches!(one.about_health.map(|word| word.0), Some(HealthIssues::InPart | HealthIssues::Alone));
    if one.icb_told_on.is_some() && faults.is_sound("/about_health") {
        let detail =
            "The NHS commissioner is told where mediation is about health: say whether it is, in part or alone.";
        faults.unless(of_health, "/about_health", Code::Contradiction, detail);
    }
}

/// A day that can only come after another: that one has to be known, and to be no later.
fn follows(
    (pointer, on): (&str, Option<NaiveDate>),
    (cause, since): (&str, Option<NaiveDate>),
    today: NaiveDate,
    faults: &mut Faults,
) {
    match (on, since) {
        (Some(on), Some(since)) => faults.day(pointer, on, since, today),
        (Some(_), None) => faults.add(cause, Code::MissingField, "Give the day of the step before too."),
        (None, _) => {}
    }
}

/// Fills in what was not known; refuses what is known already.
fn fill<T: Copy>(place: &mut Option<T>, said: Option<T>) -> Result<(), Error> {
    match (*place, said) {
        (_, None) => Ok(()),
        (None, said) => {
            *place = said;
            Ok(())
        }
        (Some(_), Some(_)) => {
            let detail = "One of these is on record already: a manager can correct it.";
            Err(Error::conflict(Code::AlreadyExists, detail))
        }
    }
}

/// Records what became known of mediation since.
pub fn change_mediation(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    mediation_id: Id,
    step: Step<MediationChange>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let before = store::mediation(tx, id, mediation_id)?.ok_or(Error::NotFound)?;
    let facts = case::store::facts(tx, &case)?;
    let (_, changed) = step.judge(case.version, |body, faults| {
        let mut one = before.clone();
        for (place, said) in [
            (&mut one.certificate_on, body.certificate_on),
            (&mut one.held_on, body.held_on),
            (&mut one.told_on, body.told_on),
            (&mut one.icb_told_on, body.icb_told_on),
            (&mut one.arranged_on, body.arranged_on),
            (&mut one.other_agreed_on, body.other_agreed_on),
            (&mut one.carried_out_on, body.carried_out_on),
            (&mut one.adviser_told_on, body.adviser_told_on),
        ] {
            fill(place, said)?;
        }
        fill(&mut one.about_health, body.about_health)?;
        let since = facts.first_told_on(before.about.0).unwrap_or(case.received_on);
        for (pointer, on) in [
            ("/certificate_on", body.certificate_on),
            ("/held_on", body.held_on),
            ("/told_on", body.told_on),
            ("/other_agreed_on", body.other_agreed_on),
        ] {
            if let Some(on) = on {
                faults.day(pointer, on, since, acting.today);
            }
        }
        check_mediation(&one, acting.today, faults);
        Ok(one)
    })?;
    store::update_mediation(tx, &changed)?;
    let event = Event::new("mediation_changed", "mediation", mediation_id).case(id).on(acting.today);
    let event = event.before(&state_of_mediation(&before)).after(&state_of_mediation(&changed));
    audit::record(tx, acting, event)?;
    keep(tx, acting, case)
}

/// Records that the tribunal registered an appeal.
pub fn record_appeal(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<AppealBody>) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        let (disputable, not_before) = disputable(&progress, &facts, &case, body.about.0, &[body.registered_on]);
        faults.day("/registered_on", body.registered_on, not_before, acting.today);
        check_appeal(&new_appeal(acting, id, body), acting.today, faults);
        check_may_direct(acting, body.respond_by)?;
        disputable?;
        let same = |one: &Appeal| one.about == body.about && one.registered_on == body.registered_on;
        if case::store::appeals(tx, id)?.iter().any(same) {
            return Err(Error::conflict(Code::AlreadyExists, "This appeal is on record already."));
        }
        Ok(())
    })?;
    let appeal = new_appeal(acting, id, &body);
    store::insert_appeal(tx, &appeal)?;
    let event = Event::new("appeal_registered", "appeal", appeal.id).case(id).on(appeal.registered_on);
    audit::record(tx, acting, event.after(&state_of_appeal(&appeal)))?;
    keep(tx, acting, case)
}

fn new_appeal(acting: &Acting, case_id: Id, body: &AppealBody) -> Appeal {
    Appeal {
        id: Id::new(),
        case_id,
        about: body.about,
        registered_on: body.registered_on,
        plan_parts: body.plan_parts,
        received_on: body.received_on,
        responded_on: body.responded_on,
        recommendations_on: body.recommendations_on,
        answered_on: body.answered_on,
        respond_by: body.respond_by,
        directed_on: body.directed_on,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    }
}

fn state_of_appeal(one: &Appeal) -> serde_json::Value {
    json!({
        "about": one.about,
        "registered_on": one.registered_on,
        "plan_parts": one.plan_parts,
        "received_on": one.received_on,
        "responded_on": one.responded_on,
        "recommendations_on": one.recommendations_on,
        "answered_on": one.answered_on,
        "respond_by": one.respond_by,
        "directed_on": one.directed_on,
    })
}

/// A day that replaces a limit is a manager's to record.
fn check_may_direct(acting: &Acting, respond_by: Option<NaiveDate>) -> Result<(), Error> {
    match respond_by {
        Some(_) => acting.must_manage("Only a manager records a day that the tribunal directed."),
        None => Ok(()),
    }
}

/// The steps of an appeal follow each other: it is registered, reaches the authority and is responded to; the tribunal makes
/// recommendations, and they are answered.
fn check_appeal(one: &Appeal, today: NaiveDate, faults: &mut Faults) {
    let registered = ("/registered_on", Some(one.registered_on).filter(|_| faults.is_sound("/registered_on")));
    if registered.1.is_some() {
        let received = ("/received_on", one.received_on);
        follows(received, registered, today, faults);
        follows(
            ("/responded_on", one.responded_on),
            if received.1.is_some() { received } else { registered },
            today,
            faults,
        );
        follows(("/recommendations_on", one.recommendations_on), registered, today, faults);
    }
    follows(("/answered_on", one.answered_on), ("/recommendations_on", one.recommendations_on), today, faults);
    let directed = ("/directed_on", one.directed_on);
    if registered.1.is_some() {
        follows(directed, registered, today, faults);
    }
    if let Some(respond_by) = one.respond_by {
        faults.unless(
            one.directed_on.is_some(),
            "/directed_on",
            Code::MissingField,
            "Give the day of the direction too.",
        );
        let since = one.directed_on.is_none_or(|on| on <= respond_by);
        let detail = "Give a day no earlier than that of the direction.";
        faults.unless(since, "/respond_by", Code::DateBeforePreviousStep, detail);
    } else if one.directed_on.is_some() {
        faults.add("/respond_by", Code::MissingField, "Give the day that the tribunal directed.");
    }
    if one.plan_parts.is_some() && faults.is_sound("/about") {
        let detail = "Only an appeal against a plan is about parts of it.";
        faults.unless(one.about.0 == Disputed::Plan, "/plan_parts", Code::Contradiction, detail);
    }
}

/// Records what became known of an appeal since.
pub fn change_appeal(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    appeal_id: Id,
    step: Step<AppealChange>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    let before = store::appeal(tx, id, appeal_id)?.ok_or(Error::NotFound)?;
    let orders = case::store::orders(tx, id)?;
    let (_, changed) = step.judge(case.version, |body, faults| {
        let mut one = before.clone();
        for (place, said) in [
            (&mut one.received_on, body.received_on),
            (&mut one.responded_on, body.responded_on),
            (&mut one.recommendations_on, body.recommendations_on),
            (&mut one.answered_on, body.answered_on),
        ] {
            fill(place, said)?;
        }
        // The tribunal may direct another day again: the last one stands.
        if body.respond_by.is_some() {
            (one.respond_by, one.directed_on) = (body.respond_by, body.directed_on);
        } else {
            fill(&mut one.directed_on, body.directed_on)?;
        }
        fill(&mut one.plan_parts, body.plan_parts)?;
        check_appeal(&one, acting.today, faults);
        check_may_direct(acting, body.respond_by)?;
        for order in orders.iter().filter(|order| order.appeal_id == Some(appeal_id) && order.conceded) {
            check_concession(order.ordered_on, one.responded_on)?;
        }
        Ok(one)
    })?;
    store::update_appeal(tx, &changed)?;
    let event = Event::new("appeal_changed", "appeal", appeal_id).case(id).on(acting.today);
    let event = event.before(&state_of_appeal(&before)).after(&state_of_appeal(&changed));
    audit::record(tx, acting, event)?;
    keep(tx, acting, case)
}

/// Records another day for a limit of an order: as the tribunal directed it, or as the parties agreed in writing.
pub fn set_day(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    order_id: Id,
    step: Step<OrderDayBody>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, id)?;
    acting.must_manage("Only a manager records another day for a limit.")?;
    let order = store::order(tx, id, order_id)?.ok_or(Error::NotFound)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        let limits = order.kind.0.limits();
        let known: Vec<&str> = limits.iter().map(|rule| rule.as_str()).collect();
        let detail = match known.as_slice() {
            [] => "This order has no limit that could be changed.".to_owned(),
            known => format!("Name a limit of this order: {}.", known.join(", ")),
        };
        faults.unless(limits.contains(&body.rule.0), "/rule", Code::UnknownValue, detail);
        faults.day("/dated_on", body.dated_on, order.ordered_on, acting.today);
        if faults.is_sound("/dated_on") {
            let detail = "The day that is set is no earlier than what sets it.";
            faults.unless(body.due_on >= body.dated_on, "/due_on", Code::DateBeforePreviousStep, detail);
        }
        if let Some(document_id) = body.document_id.filter(|_| faults.is_sound("/document_id")) {
            let known = document::store::find(tx, document_id)?.is_some_and(|(found, _)| found.case_id == id);
            faults.unless(known, "/document_id", Code::UnknownDocument, "Name a document of the case.");
        }
        check_day_basis(order.source(), body.basis.0)?;
        Ok(())
    })?;
    let day = OrderDay {
        id: Id::new(),
        case_id: id,
        order_id,
        rule: body.rule,
        due_on: body.due_on,
        basis: body.basis,
        dated_on: body.dated_on,
        document_id: body.document_id,
        reason: Some(body.reason.clone()),
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    };
    store::insert_day(tx, &day)?;
    let state = json!({
        "rule": day.rule,
        "due_on": day.due_on,
        "basis": day.basis,
        "dated_on": day.dated_on,
        "document_id": day.document_id,
    });
    let event = Event::new("order_day_set", "order", order_id).case(id).on(day.dated_on).because(body.reason);
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
    let (body, (conceded, by_consent)) = step.judge(case.version, |body, faults| {
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
        let by_consent = body.by_consent.unwrap_or(false);
        let detail = "What is conceded before the response is no order by consent: it is one or the other.";
        faults.unless(!(conceded && by_consent), "/by_consent", Code::Contradiction, detail);
        let undone = (body.order.0.dismisses() || body.order.0 == OrderKind::Reconsider) && faults.is_sound("/order");
        let detail = "What is conceded is done: an appeal that is conceded is neither dismissed nor decided again.";
        faults.unless(!(conceded && undone), "/conceded", Code::Contradiction, detail);
        check_not_ended(tx, &appeal, body.order.0)?;
        check_order(appeal.about.0, body.order.0)?;
        if conceded {
            check_concession(body.ordered_on, appeal.responded_on)?;
        }
        if opens {
            disputable?;
        }
        Ok((conceded, by_consent))
    })?;
    let order = new_order(acting, &case, &facts, appeal.about.0, body.order.0, body.ordered_on);
    add_order(tx, acting, &Order { appeal_id: Some(appeal_id), conceded, by_consent, ..order })?;
    keep(tx, acting, case)
}

/// Refuses to end an appeal a second time: what it led to is on record. One appeal may lead to several orders of
/// different kinds, of which none dismisses it.
fn check_not_ended(tx: &mut Tx<'_>, appeal: &Appeal, kind: OrderKind) -> Result<(), Error> {
    let earlier = case::store::orders(tx, appeal.case_id)?;
    let ends = |order: &Order| !order.kind.0.goes_with(kind);
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
        by_consent: false,
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
        "by_consent": order.by_consent,
        "appeal_id": order.appeal_id,
        "mediation_id": order.mediation_id,
    });
    audit::record(tx, acting, event.after(&state))
}

fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)
}
