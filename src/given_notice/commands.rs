//! What a caseworker does with given notices: one public function for each thing, named after the step.

use serde_json::json;
use statute::{NoticesDue, Recipient};

use super::model::{GivenNotice, GivenNoticeBody, GivenNoticeCancellationBody};
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

/// Records that others were told of the request, or of what was decided on it. It may be recorded after the end of the
/// case too.
pub fn give(tx: &mut Tx<'_>, acting: &Acting, case_id: Id, step: Step<GivenNoticeBody>) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let decided = case::store::latest_decisions(&case::store::decisions(tx, case_id)?)?;
    // Who has to be told makes no difference to what may be recorded.
    let due = NoticesDue::of(case.received_on, decided, case.setting_id.is_some(), false);
    let (body, given_on) = step.judge(case.version, |body, faults| {
        let recipients: Vec<Recipient> = body.recipients.iter().map(|one| one.0).collect();
        for (at, one) in recipients.iter().enumerate() {
            let before = recipients.iter().take(at).any(|earlier| earlier == one);
            faults.unless(!before, format!("/recipients/{at}"), Code::Contradiction, "Name each recipient once.");
        }
        faults.lawful("/recipients", NoticesDue::check_recipients(body.about.0, &recipients));
        due.check(body.about.0)?;
        let given_on = body.given_on.unwrap_or(acting.today);
        let first = due.from_day(body.about.0).unwrap_or(case.received_on);
        faults.day("/given_on", given_on, first, acting.today);
        Ok(given_on)
    })?;
    let rows: Vec<GivenNotice> = body
        .recipients
        .iter()
        .map(|recipient| GivenNotice {
            id: Id::new(),
            case_id,
            about: body.about,
            recipient: *recipient,
            given_on,
            cancelled_on: None,
            cancellation_reason: None,
            recorded_by: acting.user_id(),
            recorded_at: acting.at,
        })
        .collect();
    store::insert(tx, &rows)?;
    let event = Event::new("notice_given", "case", case_id).case(case_id).on(given_on);
    let said = json!({ "about": body.about, "recipients": body.recipients, "given_on": given_on });
    audit::record(tx, acting, event.after(&said))?;
    keep(tx, acting, case)
}

/// Records that a notice was recorded by mistake: it counts for nothing, and stays on record.
pub fn cancel(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    id: Id,
    step: Step<GivenNoticeCancellationBody>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let mut notice = store::find(tx, case_id, id)?.ok_or(Error::NotFound)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    if notice.cancelled_on.is_some() {
        return Err(Error::conflict(Code::NotNow, "This notice was cancelled already: record anew what was given."));
    }
    let before = json!({ "about": notice.about, "recipient": notice.recipient, "given_on": notice.given_on });
    notice.cancelled_on = Some(acting.today);
    notice.cancellation_reason = Some(body.reason.clone());
    store::update(tx, &notice)?;
    let event = Event::new("notice_cancelled", "given_notice", id).case(case_id).on(acting.today).because(body.reason);
    audit::record(tx, acting, event.before(&before).after(&json!({ "cancelled_on": acting.today })))?;
    keep(tx, acting, case)
}

/// Keeps a case after a step: its version says that something of it changed.
fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)
}
