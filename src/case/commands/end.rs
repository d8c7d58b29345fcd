//! The ends that are neither a decision nor a plan: withdrawal and transfer.

use chrono::NaiveDate;
use serde_json::json;
use statute::{EndKind, Progress};

use super::keep;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::{Case, CaseEnd, TransferBody, WithdrawalBody};
use crate::case::store;
use crate::codes::Code;
use crate::config::is_authority_code;
use crate::db::Tx;
use crate::error::{Error, Faults};
use crate::ids::Id;

/// Records that the requester withdrew, or that the assessment ceased.
pub fn withdraw(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<WithdrawalBody>) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let (before, _) = store::progress(tx, &case)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        check_day(&before, &case, body.on, acting, faults);
        Ok(())
    })?;
    before.withdraw(body.on)?;
    end(tx, acting, case, EndKind::Withdrawn, body.on, body.reason, None)
}

/// Records that another authority became responsible.
pub fn transfer(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<TransferBody>) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let (before, _) = store::progress(tx, &case)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        check_day(&before, &case, body.on, acting, faults);
        let fine = is_authority_code(&body.to_local_authority);
        faults.unless(fine, "/to_local_authority", Code::InvalidFormat, "Expected the authority's 3-digit code.");
        Ok(())
    })?;
    before.transfer(body.on)?;
    end(tx, acting, case, EndKind::Transferred, body.on, None, Some(body.to_local_authority))
}

fn check_day(before: &Progress, case: &Case, on: NaiveDate, acting: &Acting, faults: &mut Faults) {
    let not_before = if case.open { before.last_step_on() } else { case.received_on };
    faults.day("/on", on, not_before, acting.today);
}

fn end(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: Case,
    kind: EndKind,
    on: NaiveDate,
    reason: Option<String>,
    to_local_authority: Option<String>,
) -> Result<Case, Error> {
    let row = CaseEnd {
        case_id: case.id,
        kind: kind.into(),
        ended_on: on,
        reason,
        to_local_authority,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    };
    store::insert_end(tx, &row)?;
    let action = match kind {
        EndKind::Withdrawn => "case_withdrawn",
        EndKind::Transferred => "case_transferred",
    };
    let event = Event::new(action, "case", case.id).case(case.id).on(on);
    let event = event.after(&json!({ "on": on, "reason": row.reason, "to_local_authority": row.to_local_authority }));
    audit::record(tx, acting, event)?;
    keep(tx, acting, case)
}
