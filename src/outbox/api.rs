//! The routes of notifications: the mail that this service has sent, is about to send, or could not send.

use actix_web::{get, post};

use super::model::{NotificationFilter, NotificationView, RetriedView};
use super::{commands, store};
use crate::app::{Answer, App};
use crate::auth::{Caller, ManageCases, WorkOnCases};
use crate::body::EmptyBody;
use crate::db::{Page, page_window};
use crate::http::{Body, Filter, PathId, Problem, Routes, WriteHeaders};

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
    config.service(retry_all);
    config.service(retry);
}

/// Lists mails, the newest first: those of the cases that you see, and for managers all.
#[utoipa::path(tag = "notifications", params(NotificationFilter), responses((status = 200, body = Page<NotificationView>)))]
#[get("/notifications")]
async fn list(app: App, caller: Caller<WorkOnCases>, filter: Filter<NotificationFilter>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "notifications", move |_, conn, acting| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        let page = store::list(conn, acting, &filter, &window)?;
        let mut cases: Vec<_> = page.items.iter().filter_map(|(message, _)| message.case_id).collect();
        cases.sort();
        cases.dedup();
        let page = page.map(|(message, reference)| NotificationView::new(message, reference));
        Ok((Answer::ok(&page)?, cases))
    });
    Ok(answer.await?)
}

/// Sends all mails that failed once more, as after an outage of the mail server.
///
/// Left as they are: those to addresses that refuse mail, which are sent again one by one, and those whose place a newer
/// mail has taken. One call takes 5,000 at most.
#[utoipa::path(tag = "notifications", operation_id = "retry_notifications", params(WriteHeaders), request_body = EmptyBody, responses((status = 200, body = RetriedView)))]
#[post("/notifications/retry")]
async fn retry_all(app: App, caller: Caller<ManageCases>, body: Body<EmptyBody>) -> Result<Answer, Problem> {
    let answer = app
        .write(caller, body.mark, move |_, tx, acting| Answer::ok(&commands::retry_all(tx, acting, body.submitted)?));
    Ok(answer.await?)
}

/// Sends a mail that failed once more, under the same Message-ID.
#[utoipa::path(tag = "notifications", params(("id" = crate::ids::Id, Path), WriteHeaders), request_body = EmptyBody, responses((status = 200, body = NotificationView)))]
#[post("/notifications/{id}/retry")]
async fn retry(app: App, caller: Caller<ManageCases>, id: PathId, body: Body<EmptyBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (message, reference) = commands::retry(tx, acting, id.0, body.submitted)?;
        Answer::ok(&NotificationView::new(message, reference))
    });
    Ok(answer.await?)
}
