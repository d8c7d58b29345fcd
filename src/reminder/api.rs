//! The route that tells what mail a run would send.

use actix_web::get;

use super::commands::{self, OF_ONE_ROW, Run};
use super::model::{Position, PreviewFilter, PreviewView, PreviewedCase, PreviewedView};
use crate::app::{Answer, App};
use crate::auth::{Caller, ManageCases};
use crate::db::{Cursor, page_window};
use crate::http::{Filter, Problem, Routes};
use crate::ids::Id;
use crate::outbox::model::Message;
use crate::words::Word;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(preview);
}

/// Tells what a run on a day would send, to whom and why: what waits already, then what it would queue. Nothing is sent.
#[utoipa::path(tag = "notifications", params(PreviewFilter), responses((status = 200, body = PreviewView)))]
#[get("/notifications/preview")]
async fn preview(app: App, caller: Caller<ManageCases>, filter: Filter<PreviewFilter>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "notifications_preview", move |app, conn, acting| {
        let window = page_window::<Position>(filter.limit, filter.cursor.as_deref(), None)?;
        // Room for what one row gives, so that a page is never longer than it should be but for this.
        let most = usize::try_from(window.limit).unwrap_or(0).max(OF_ONE_ROW);
        let on = filter.on.unwrap_or(acting.today);
        let mut run = Run::on(app, conn, on)?;
        let mut items = Vec::new();
        let kept = |(message, reference): (Message, Option<String>), why: String, queued: bool| PreviewedView {
            why,
            queued,
            case: case(message.case_id, reference),
            advice_request_id: message.advice_request_id,
            information_request_id: message.information_request_id,
            chase_number: message.chase_number,
            kind: message.kind,
            to: message.recipient,
        };
        let mut position = Some(window.after.unwrap_or(Position::Lost(None)));
        while let Some(at) = position {
            let room = most.saturating_sub(items.len());
            if room < OF_ONE_ROW {
                break;
            }
            position = if let Position::Lost(after) = at {
                let (lost, last) = commands::lost(conn, on, after, room)?;
                items.extend(lost.into_iter().map(|one| kept(one, commands::STILL_OWED.to_owned(), false)));
                Some(last.map_or(Position::Waiting(None), |last| Position::Lost(Some(last))))
            } else if let Position::Waiting(after) = at {
                let (waiting, last) = commands::waiting(conn, acting, &run, after, room)?;
                items.extend(waiting.into_iter().map(|one| {
                    let why = one.0.why_it_waits();
                    kept(one, why, true)
                }));
                let next = run.is_open().then_some(Position::Advice(None));
                last.map(|last| Position::Waiting(Some(last))).or(next)
            } else {
                let (due, next) = run.page(conn, at, room)?;
                items.extend(due.into_iter().map(|due| PreviewedView {
                    kind: Word(due.message.kind),
                    to: due.message.recipient,
                    why: due.why,
                    queued: false,
                    case: case(due.message.case_id, due.reference),
                    advice_request_id: due.message.advice_request_id,
                    information_request_id: due.message.information_request_id,
                    chase_number: due.message.chase_number,
                }));
                next
            };
        }
        let cases: Vec<Id> =
            items.iter().filter_map(|item: &PreviewedView| item.case.as_ref().map(|case| case.id)).collect();
        let next_cursor = position.map(|position| Cursor::write(&position));
        Ok((Answer::ok(&PreviewView { on, working_day: run.is_open(), items, next_cursor })?, distinct(cases)))
    });
    Ok(answer.await?)
}

fn case(id: Option<Id>, reference: Option<String>) -> Option<PreviewedCase> {
    id.zip(reference).map(|(id, reference)| PreviewedCase { id, reference })
}

fn distinct(mut ids: Vec<Id>) -> Vec<Id> {
    ids.sort();
    ids.dedup();
    ids
}
