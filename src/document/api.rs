//! The routes of documents.

use actix_multipart::Multipart;
use actix_web::{HttpResponse, get, post};

use super::commands;
use super::model::{DocumentView, NewDocument, Side};
use super::store;
use crate::app::{Answer, App, Mark};
use crate::auth::{AnswerAdvice, Caller, WorkOnCases};
use crate::db::{Page, PageQuery};
use crate::http::{self, Filter, PathId, Problem, Routes, UploadForm, Uploaded, receive};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
    config.service(add);
    config.service(read);
    config.service(download);
}

impl From<Uploaded> for NewDocument {
    fn from(uploaded: Uploaded) -> Self {
        Self {
            title: uploaded.title,
            file_name: uploaded.file_name,
            media_type: uploaded.media_type,
            shared_with_advisers: uploaded.shared_with_advisers,
            scan: uploaded.scan,
            file: uploaded.file,
        }
    }
}

/// Lists the documents of a case, newest first.
#[utoipa::path(tag = "documents", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<DocumentView>)))]
#[get("/cases/{id}/documents")]
async fn list(app: App, caller: Caller<WorkOnCases>, id: PathId, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "documents", move |_, conn, acting| {
        commands::check_case(conn, acting, id.0)?;
        let page = store::of_case(conn, id.0, &page.window()?)?;
        let page = page.map(|(document, uploader)| DocumentView::new(document, uploader));
        Ok((Answer::ok(&page)?, vec![id.0]))
    });
    Ok(answer.await?)
}

/// Adds a document to a case. Its type is told from its content; the name gets an extension that suits it.
///
/// Where it is shared with advisers, requests for advice that are made later share it of themselves; one that stands already
/// shares it once `shared_documents` names it. Content that is there already is not stored again. Where a scanner is set up, an infected file is refused with
/// `infected_file`; while the scanner is out of reach, the document is kept as `unscanned`. `Idempotency-Key` is not looked
/// at.
#[utoipa::path(
    tag = "documents",
    params(("id" = Id, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = DocumentView), (status = 507, description = "There is no room left"))
)]
#[post("/cases/{id}/documents")]
async fn add(app: App, caller: Caller<WorkOnCases>, id: PathId, form: Multipart) -> Result<Answer, Problem> {
    app.read(caller.clone(), move |_, conn, acting| commands::check_case(conn, acting, id.0)).await?;
    let new = NewDocument::from(receive(&app, form).await?);
    let sha256 = new.file.content().sha256.clone();
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        let document = commands::add(tx, acting, id.0, new)?;
        let location = format!("/api/v1/documents/{}", document.id);
        Answer::created(location, None, &DocumentView::new(document, Some(acting.name().to_owned())))
    });
    Ok(commands::or_removed(&app, sha256, answer.await).await?)
}

/// Reads what is known of a document. An adviser sees those that are shared with their organisation.
#[utoipa::path(tag = "documents", params(("id" = Id, Path)), responses((status = 200, body = DocumentView)))]
#[get("/documents/{id}")]
async fn read(app: App, caller: Caller<AnswerAdvice>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "document", move |_, conn, acting| {
        let (document, uploader) = commands::visible(conn, acting, id.0)?;
        let case_id = document.case_id;
        Ok((Answer::ok(&DocumentView::new(document, uploader))?, vec![case_id]))
    });
    Ok(answer.await?)
}

/// Reads a document's content, to be saved: a browser does not show it on this service's address.
///
/// 409 `document_unscanned` while it waits for its scan, but for the side that sent it in: the authority's people, or the
/// advisers of the organisation whose answer it is. 409 `document_infected` for ever, once the scanner has found something.
#[utoipa::path(
    tag = "documents",
    params(("id" = Id, Path)),
    responses((status = 200, description = "The content", body = String, content_type = "application/octet-stream"))
)]
#[get("/documents/{id}/content")]
async fn download(app: App, caller: Caller<AnswerAdvice>, id: PathId) -> Result<HttpResponse, Problem> {
    let reading = app.read_cases(caller, "document_content", move |_, conn, acting| {
        let (document, _) = commands::visible(conn, acting, id.0)?;
        commands::check_content(&document, Side::of(acting)?)?;
        let case_id = document.case_id;
        Ok((document, vec![case_id]))
    });
    let document = reading.await?;
    Ok(http::download(&app, &document.sha256, document.media_type.0, &document.file_name).await?)
}
