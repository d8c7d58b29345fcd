//! The routes of the calendar.

mod feeds;

use actix_web::{delete, get, post, put};

use super::model::{BankHolidaysBody, BankHolidaysView, ClosureBody, ClosureFilter, ClosureView, DryRun, ReplacedView};
use super::{commands, store};
use crate::app::{Answer, App, Mark};
use crate::auth::{Administer, Caller, ReadCalendar};
use crate::db::{Page, page_window};
use crate::error::Error;
use crate::http::{Body, Filter, PathId, Problem, Routes, WriteHeaders};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(bank_holidays);
    config.service(replace_bank_holidays);
    config.service(closures);
    config.service(add_closure);
    config.service(closure);
    config.service(remove_closure);
    config.service(feeds::feeds);
    config.service(feeds::add_feed);
    config.service(feeds::revoke_feeds);
    config.service(feeds::revoke_feed);
    config.service(feeds::read_feed);
}

/// Reads the bank holidays of England and Wales, in the form in which GOV.UK publishes them.
///
/// They move no deadline; they decide the working day by which people plan. `covers_until` is how far they reach.
#[utoipa::path(tag = "calendar", responses((status = 200, body = BankHolidaysView)))]
#[get("/calendar/bank-holidays")]
async fn bank_holidays(app: App, caller: Caller<ReadCalendar>) -> Result<Answer, Problem> {
    let answer = app.read(caller, |_, conn, _| Answer::ok(&BankHolidaysView::new(store::bank_holidays(conn)?)));
    Ok(answer.await?)
}

/// Takes the bank holidays as GOV.UK publishes them: the years that they cover are replaced, others stay.
///
/// Of the divisions only England and Wales counts. With `dry_run=true` nothing is changed; the answer is the same, and
/// tells which days to act by of open cases move. No due day moves.
#[utoipa::path(tag = "calendar", params(DryRun), request_body = BankHolidaysBody, responses((status = 200, body = ReplacedView)))]
#[put("/calendar/bank-holidays")]
async fn replace_bank_holidays(
    app: App,
    caller: Caller<Administer>,
    query: Filter<DryRun>,
    body: Body<BankHolidaysBody>,
) -> Result<Answer, Problem> {
    if query.dry_run.unwrap_or(false) {
        let answer =
            app.read(caller, |_, conn, _| Answer::ok(&commands::try_bank_holidays(conn, body.submitted)?)).await?;
        return Ok(answer);
    }
    let answer = app
        .write(caller, body.mark, |_, tx, acting| {
            Answer::ok(&commands::replace_bank_holidays(tx, acting, body.submitted)?)
        })
        .await?;
    app.forget_calendar();
    Ok(answer)
}

/// Lists days on which settings are closed, the latest first.
#[utoipa::path(tag = "calendar", params(ClosureFilter), responses((status = 200, body = Page<ClosureView>)))]
#[get("/calendar/closures")]
async fn closures(app: App, caller: Caller<ReadCalendar>, filter: Filter<ClosureFilter>) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, _| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        Answer::ok(&store::closures(conn, filter.setting_id, &window)?.map(ClosureView::from))
    });
    Ok(answer.await?)
}

/// Records days on which a setting, or every setting, is closed: cases that it may excuse then suggest an exception.
#[utoipa::path(tag = "calendar", params(WriteHeaders), request_body = ClosureBody, responses((status = 201, body = ClosureView)))]
#[post("/calendar/closures")]
async fn add_closure(app: App, caller: Caller<Administer>, body: Body<ClosureBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let made = commands::add_closure(tx, acting, body.submitted)?;
        Answer::created(format!("/api/v1/calendar/closures/{}", made.id), None, &ClosureView::from(made))
    });
    Ok(answer.await?)
}

/// Reads a closure.
#[utoipa::path(tag = "calendar", params(("id" = Id, Path)), responses((status = 200, body = ClosureView)))]
#[get("/calendar/closures/{id}")]
async fn closure(app: App, caller: Caller<ReadCalendar>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, _| {
        Answer::ok(&ClosureView::from(store::closure(conn, id.0)?.ok_or(Error::NotFound)?))
    });
    Ok(answer.await?)
}

/// Takes a closure back. Exceptions that were made because of it stay.
#[utoipa::path(tag = "calendar", params(("id" = Id, Path)), responses((status = 204, description = "It is gone")))]
#[delete("/calendar/closures/{id}")]
async fn remove_closure(app: App, caller: Caller<Administer>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::remove_closure(tx, acting, id.0)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}
