//! The routes of the record and of its keeping.

use std::io::{Read, Seek, Write};

use actix_web::body::SizedStream;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpResponse, delete, get, post, put};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::model::{AuditFilter, ErasureBody, ErasureView, HoldBody, HoldView, RecordKind, RecordView, RetentionView};
use super::{commands, store};
use crate::app::{Answer, App, Mark};
use crate::audit::store::Sought;
use crate::auth::{Acting, Caller, ManageCases};
use crate::case::model::Case;
use crate::case::view::{Judged, case_view};
use crate::db::{Conn, Page, Window, page_window};
use crate::document::model::DocumentView;
use crate::error::Error;
use crate::http::{Body, Filter, PathId, Problem, Routes, StepBody, StepHeaders, WriteHeaders};
use crate::ids::Id;
use crate::outbox::model::{NotificationFilter, NotificationView};
use crate::person::model::PersonView;
use crate::plan::model::RepresentationView;
use crate::time::Instant;
use crate::{advice, audit, case, content, document, outbox, plan};

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(records);
    config.service(retention);
    config.service(place_hold);
    config.service(lift_hold);
    config.service(erase);
    config.service(whole_record);
}

/// Lists who did what, who read what and what was refused to whom, newest first (managers).
#[utoipa::path(tag = "audit", operation_id = "list", params(AuditFilter), responses((status = 200, body = Page<RecordView>)))]
#[get("/audit")]
async fn records(app: App, caller: Caller<ManageCases>, filter: Filter<AuditFilter>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "audit", move |_, conn, _| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), None)?;
        let (from, until) = Instant::span_in_london(filter.from, filter.to);
        let sought = Sought { case_id: filter.case_id, user_id: filter.user_id, from, until };
        let changes = audit::store::changes(conn, &sought, window.after, window.fetch())?;
        let readings = audit::store::readings(conn, &sought, window.after, window.fetch())?;
        let keyed = changes.into_iter().map(|one| ((one.event.at, 0, one.event.sequence), RecordView::from(one)));
        let keyed_readings = readings.into_iter().map(|one| ((one.at, 1, one.sequence), RecordView::from(one)));
        let mut all: Vec<(audit::store::RecordKey, RecordView)> = keyed.chain(keyed_readings).collect();
        // Newest first; of one moment changes before readings, each by falling sequence.
        all.sort_by(|((at, kind, sequence), _), ((other_at, other_kind, other), _)| {
            other_at.cmp(at).then(kind.cmp(other_kind)).then(other.cmp(sequence))
        });
        let page = window.page(all, None, |(key, _)| *key).map(|(_, view)| view);
        let mut cases: Vec<Id> =
            page.items.iter().filter(|one| one.kind == RecordKind::Change).filter_map(|one| one.case_id).collect();
        cases.sort_unstable();
        cases.dedup();
        Ok((Answer::ok(&page)?, cases))
    });
    Ok(answer.await?)
}

/// Tells how long a person's record is kept, and what keeps it (managers).
#[utoipa::path(tag = "people", params(("id" = Id, Path)), responses((status = 200, body = RetentionView)))]
#[get("/people/{id}/retention")]
async fn retention(app: App, caller: Caller<ManageCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "retention", move |app, conn, acting| {
        let (person, cases) = commands::open(conn, acting, id.0)?;
        let erased_at = store::erasure(conn, id.0)?.map(|one| one.erased_at);
        let plan_issued = store::plan_issued(conn, id.0)?;
        let keeping = super::model::Keeping { person_id: id.0, date_of_birth: person.date_of_birth, plan_issued };
        let until = if erased_at.is_some() { None } else { keeping.until(&app.settings().retention) };
        let view = RetentionView {
            person_id: id.0,
            until,
            plan_issued,
            case_open: cases.iter().any(|one| one.open),
            hold: store::hold(conn, id.0)?.map(HoldView::from),
            erased_at,
        };
        Ok((Answer::versioned(person.version, &view)?, cases.into_iter().map(|one| one.id).collect()))
    });
    Ok(answer.await?)
}

/// Keeps a person's record from being erased, until the hold is lifted (managers).
#[utoipa::path(tag = "people", params(("id" = Id, Path), WriteHeaders), request_body = HoldBody, responses((status = 200, body = HoldView)))]
#[put("/people/{id}/hold")]
async fn place_hold(
    app: App,
    caller: Caller<ManageCases>,
    id: PathId,
    body: Body<HoldBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let hold = commands::place_hold(tx, acting, id.0, body.submitted)?;
        Answer::ok(&HoldView::from(hold))
    });
    Ok(answer.await?)
}

/// Lifts the hold on a person's record (managers).
#[utoipa::path(tag = "people", params(("id" = Id, Path)), responses((status = 204, description = "The hold is lifted")))]
#[delete("/people/{id}/hold")]
async fn lift_hold(app: App, caller: Caller<ManageCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::lift_hold(tx, acting, id.0)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Erases a person's record (managers): names, texts, documents, addresses of mails, and what stood before and after each
/// change. Days and outcomes stay, so that figures stay what they were. It can't be undone.
///
/// 409 `not_possible_now` while a case is open, while a hold keeps the record, and once it has been erased,
/// unless something was written since.
#[utoipa::path(tag = "people", params(("id" = Id, Path), StepHeaders), request_body = ErasureBody, responses((status = 200, body = ErasureView)))]
#[post("/people/{id}/erasure")]
async fn erase(
    app: App,
    caller: Caller<ManageCases>,
    id: PathId,
    body: StepBody<ErasureBody>,
) -> Result<Answer, Problem> {
    let (tell, told) = std::sync::mpsc::channel();
    let answer = app
        .write(caller, body.mark, move |_, tx, acting| {
            let erased = commands::erase(tx, acting, id.0, body.step)?;
            let answer = Answer::ok(&erased.view)?;
            drop(tell.send(erased.contents));
            Ok(answer)
        })
        .await?;
    // Of a repetition nothing is told, since nothing was erased by it.
    let contents: Vec<String> = told.try_iter().flatten().collect();
    app.block(move |app| {
        document::commands::remove_contents(app, &contents);
        app.db().empty_log()
    })
    .await?;
    Ok(answer)
}

/// Gives the whole record of a person in one file (managers): `record.json`, in the shapes of this API, and the documents.
#[utoipa::path(
    tag = "people",
    params(("id" = Id, Path)),
    responses((status = 200, description = "The record", body = Vec<u8>, content_type = "application/zip"))
)]
#[get("/people/{id}/record")]
async fn whole_record(app: App, caller: Caller<ManageCases>, id: PathId) -> Result<HttpResponse, Problem> {
    let reading = app.read_cases(caller, "whole_record", move |app, conn, acting| {
        let (person, cases) = commands::open(conn, acting, id.0)?;
        let ids = cases.iter().map(|one| one.id).collect();
        let mut documents = Vec::new();
        let mut told = Vec::new();
        for one in cases {
            let of_case = document::store::of_case(conn, one.id, &everything())?;
            let of_case: Vec<DocumentView> =
                of_case.items.into_iter().map(|(row, uploader)| DocumentView::new(row, uploader)).collect();
            told.push(whole_case(app, conn, acting, one, &of_case)?);
            documents.extend(of_case);
        }
        let record = json!({
            "made_at": acting.at,
            "person": PersonView::from(person),
            "hold": store::hold(conn, id.0)?.map(HoldView::from),
            "erased_at": store::erasure(conn, id.0)?.map(|one| one.erased_at),
            "cases": told,
        });
        Ok(((record, documents), ids))
    });
    let (record, documents) = reading.await?;
    let file = app.block(move |app| pack(app, &record, &documents)).await?;
    let length = file.metadata().map_err(|fault| Error::internal(fault.to_string()))?.len();
    let pieces = stream::unfold(Some(file), |file| async move {
        let mut file = file?;
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; 64 * 1024];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok::<_, std::io::Error>((piece, file))
        });
        match read.await.map_err(std::io::Error::other).flatten() {
            Ok((piece, _)) if piece.is_empty() => None,
            Ok((piece, file)) => Some((Ok(bytes::Bytes::from(piece)), Some(file))),
            Err(fault) => Some((Err(fault), None)),
        }
    });
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename("record.zip".to_owned())],
    };
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header(disposition)
        .body(SizedStream::new(length, pieces.boxed_local())))
}

/// The whole of a list.
fn everything<K>() -> Window<K> {
    Window { limit: i64::MAX.saturating_sub(1), after: None, count: false }
}

/// All that is kept of a case, each part as its own address shows it.
fn whole_case(
    app: &App,
    conn: &mut Conn,
    acting: &Acting,
    case: Case,
    documents: &[DocumentView],
) -> Result<Value, Error> {
    let id = case.id;
    let rows = advice::store::page_of_case(conn, id, &everything())?;
    let requests = advice::view::page(conn, acting, rows)?.items;
    let versions = plan::store::of_case(conn, id, &everything())?.items;
    let versions = plan::view::plan_views(conn, &case, versions)?;
    let representations: Vec<RepresentationView> =
        plan::store::all_representations(conn, id)?.into_iter().map(RepresentationView::from).collect();
    let rows = plan::store::all_consultations(conn, id)?;
    let consultations = plan::view::consultation_views(conn, &case, rows, acting.today)?;
    let filter = NotificationFilter { case_id: Some(id), ..NotificationFilter::default() };
    let mails: Vec<NotificationView> = outbox::store::list(conn, acting, &filter, &everything())?
        .items
        .into_iter()
        .map(|(message, reference)| NotificationView::new(message, reference))
        .collect();
    let notes = case::store::notes(conn, id, &everything())?;
    let notes: Vec<Value> = notes
        .items
        .into_iter()
        .map(|(note, author)| json!({ "id": note.id, "text": note.text, "created_by": author, "created_at": note.created_at }))
        .collect();
    let history: Vec<RecordView> =
        audit::store::events_of_case(conn, id, &everything())?.items.into_iter().map(RecordView::from).collect();
    let accesses: Vec<RecordView> = audit::store::accesses_of_case(conn, id, (None, None), &everything())?
        .items
        .into_iter()
        .map(RecordView::from)
        .collect();
    let calendar = app.calendar(conn)?;
    let judged = Judged::new(acting.today, &calendar, app.settings().casework.due_soon_days);
    let view = case_view(conn, acting, case, judged)?;
    Ok(json!({
        "case": view,
        "notes": notes,
        "advice_requests": requests,
        "plans": versions,
        "representations": representations,
        "consultations": consultations,
        "documents": documents,
        "notifications": mails,
        "history": history,
        "access_log": accesses,
    }))
}

/// Packs the record into a file that has no name, and so goes with whoever sends it.
fn pack(app: &App, record: &impl Serialize, documents: &[DocumentView]) -> Result<std::fs::File, Error> {
    let failed = |fault: std::io::Error| match fault.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::DiskFull,
        _ => Error::internal(fault.to_string()),
    };
    let file = tempfile::tempfile_in(&app.settings().data_dir).map_err(failed)?;
    let mut zip = ZipWriter::new(file);
    // What documents are made of is packed already.
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).large_file(true);
    let begin = |zip: &mut ZipWriter<std::fs::File>, name: &str| {
        zip.start_file(name, stored).map_err(|fault| failed(fault.into()))
    };
    begin(&mut zip, "record.json")?;
    let text = serde_json::to_vec_pretty(record).map_err(|fault| Error::internal(fault.to_string()))?;
    zip.write_all(&text).map_err(failed)?;
    for one in documents.iter().filter(|one| one.scan.0 != content::Scan::Infected) {
        // The id makes the name the only one; what else is in a file's name was cleaned when it came.
        begin(&mut zip, &format!("documents/{}-{}", one.id, one.file_name))?;
        content::wait_for(async {
            let (_, pieces) = content::read(app.documents().as_ref(), &one.sha256).await?;
            pieces.try_for_each(|piece| std::future::ready(zip.write_all(&piece))).await.map_err(failed)
        })??;
    }
    let mut file = zip.finish().map_err(|fault| failed(fault.into()))?;
    file.rewind().map_err(failed)?;
    Ok(file)
}
