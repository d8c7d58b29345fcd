//! The routes of calendar feeds.

use std::time::SystemTime;

use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, ETag, EntityTag, HttpDate, IfModifiedSince, IfNoneMatch, LastModified,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, delete, get, post, route, web};

use crate::app::{Answer, App, Mark, Origin};
use crate::auth::{AnswerAdvice, Caller};
use crate::calendar::commands::{self, Shown};
use crate::calendar::model::{FeedBody, FeedView, NewFeedView};
use crate::calendar::store;
use crate::db::{Page, PageQuery};
use crate::http::{Body, Filter, PathId, Problem};

/// Lists your calendar feeds that stand, the newest first, without their addresses.
#[utoipa::path(tag = "calendar", operation_id = "calendar_feeds", params(PageQuery), responses((status = 200, body = Page<FeedView>)))]
#[get("/calendar/feeds")]
pub(super) async fn feeds(app: App, caller: Caller<AnswerAdvice>, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, acting| {
        let page = store::feeds_of(conn, acting.person()?.user_id, &page.window()?)?;
        Answer::ok(&page.map(FeedView::from))
    });
    Ok(answer.await?)
}

/// Makes a private calendar address, for a calendar program to subscribe to.
///
/// It shows the days by which to act, each with a case's reference and the step, as you may see them when it is read:
/// of your own cases (`caseworker`), for managers of a team's or all (`team`), for advisers of the advice that their
/// organisation owes (`organisation`). The address is in this answer alone, so an `Idempotency-Key` is not looked at.
#[utoipa::path(tag = "calendar", operation_id = "add_calendar_feed", request_body = FeedBody, responses((status = 201, body = NewFeedView)))]
#[post("/calendar/feeds")]
pub(super) async fn add_feed(app: App, caller: Caller<AnswerAdvice>, body: Body<FeedBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |app, tx, acting| {
        let made = commands::add_feed(app, tx, acting, body.submitted)?;
        Answer::created(format!("/api/v1/calendar/feeds/{}", made.feed.id), None, &made)
    });
    Ok(answer.await?)
}

/// Revokes all your calendar feeds.
#[utoipa::path(tag = "calendar", operation_id = "revoke_calendar_feeds", responses((status = 204, description = "They are gone")))]
#[delete("/calendar/feeds")]
pub(super) async fn revoke_feeds(app: App, caller: Caller<AnswerAdvice>) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::revoke_feeds(tx, acting, None)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Revokes one of your calendar feeds: its address opens nothing from now on.
#[utoipa::path(tag = "calendar", operation_id = "revoke_calendar_feed", params(("id" = crate::ids::Id, Path)), responses((status = 204, description = "It is gone")))]
#[delete("/calendar/feeds/{id}")]
pub(super) async fn revoke_feed(app: App, caller: Caller<AnswerAdvice>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::revoke_feeds(tx, acting, Some(id.0))?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Reads a calendar feed (RFC 5545), with the secret of its address instead of a sign-in.
///
/// All-day events on the last working day in time, with a `UID` that stays and a `SEQUENCE` that grows when a day moves.
/// What has been done, and what belongs to a case that ended or that you may not see, is not in it. Answers 304 to
/// `If-None-Match` and `If-Modified-Since`. `HEAD` is answered as well.
#[utoipa::path(get, path = "/calendar/feeds/{token}.ics", tag = "calendar", operation_id = "read_calendar_feed", security(()), params(("token" = String, Path, description = "The secret of the feed")), responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar"), (status = 304, description = "It has not changed")))]
#[route("/calendar/feeds/{token}.ics", method = "GET", method = "HEAD")]
pub(super) async fn read_feed(
    request: HttpRequest,
    app: App,
    origin: Origin,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let shown = app.block(move |app| commands::read_feed(app, origin, &token)).await?;
    let tag = EntityTag::new_strong(shown.hash.clone());
    let modified = HttpDate::from(SystemTime::from(shown.changed_at.utc()));
    let known = is_known(&request, &shown, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header(ETag(tag))
        .insert_header(LastModified(modified))
        .insert_header((CACHE_CONTROL, "private, no-cache"));
    if known {
        return Ok(response.finish());
    }
    if request.method() != Method::HEAD {
        app.keep_readings(shown.records).await?;
    }
    response.insert_header((CONTENT_DISPOSITION, "inline; filename=\"ehc.ics\""));
    Ok(response.content_type("text/calendar; charset=utf-8").body(shown.content))
}

/// Whether whoever asks has this already (RFC 9110, section 13.2.2: the tag counts, where one is given).
fn is_known(request: &HttpRequest, shown: &Shown, tag: &EntityTag) -> bool {
    match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        None => request.get_header::<IfModifiedSince>().is_some_and(|IfModifiedSince(since)| {
            let known = SystemTime::from(since).duration_since(SystemTime::UNIX_EPOCH).map(|time| time.as_secs());
            let changed = u64::try_from(shown.changed_at.utc().timestamp());
            matches!((known, changed), (Ok(known), Ok(changed)) if known >= changed)
        }),
    }
}
