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
    if case.summary().is_past_a_limit(acting.today) {
        acting.must_manage("This case is past a limit: only a manager records its withdrawal.")?;
    }
    let (before, _) = store::progress(tx, &case)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        check_day(&before, &case, body.on, acting, faults);
        faults.not_blank("/withdrawn_by", body.withdrawn_by.as_deref());
        faults.not_blank("/reason", body.reason.as_deref());
        Ok(())
    })?;
    before.withdraw(body.on)?;
    let row = CaseEnd {
        reason: body.reason,
        withdrawn_by: body.withdrawn_by,
        withdrawn_how: body.how,
        ..blank(acting, case.id, EndKind::Withdrawn, body.on)
    };
    end(tx, acting, case, row)
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
    let row = CaseEnd {
        to_local_authority: Some(body.to_local_authority),
        ..blank(acting, case.id, EndKind::Transferred, body.on)
    };
    end(tx, acting, case, row)
}

fn check_day(before: &Progress, case: &Case, on: NaiveDate, acting: &Acting, faults: &mut Faults) {
    let not_before = if case.open { before.last_step_on() } else { case.received_on };
    faults.day("/on", on, not_before, acting.today);
}

fn blank(acting: &Acting, case_id: Id, kind: EndKind, on: NaiveDate) -> CaseEnd {
    CaseEnd {
        id: Id::new(),
        case_id,
        kind: kind.into(),
        ended_on: on,
        reason: None,
        to_local_authority: None,
        recorded_by: acting.user_id(),
        recorded_at: acting.moment_of_casework(),
        withdrawn_by: None,
        withdrawn_how: None,
        entered_in_error_at: None,
    }
}

fn end(tx: &mut Tx<'_>, acting: &Acting, case: Case, row: CaseEnd) -> Result<Case, Error> {
    store::insert_end(tx, &row)?;
    let action = match row.kind.0 {
        EndKind::Withdrawn => "case_withdrawn",
        EndKind::Transferred => "case_transferred",
    };
    let event = Event::new(action, "case", case.id).case(case.id).on(row.ended_on);
    let event = event.after(&json!({
        "on": row.ended_on,
        "withdrawn_by": row.withdrawn_by,
        "how": row.withdrawn_how,
        "reason": row.reason,
        "to_local_authority": row.to_local_authority,
    }));
    audit::record(tx, acting, event)?;
    keep(tx, acting, case)
}
