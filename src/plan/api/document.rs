//! The route of a plan's document.

use actix_web::http::header::{
    ACCEPT, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ContentDisposition, DispositionParam, DispositionType, VARY,
};
use actix_web::{HttpRequest, HttpResponse, get};

use crate::app::App;
use crate::auth::{Caller, WorkOnCases};
use crate::error::Error;
use crate::http::{PathId, Problem, Routes, preferred};
use crate::ids::Id;
use crate::plan::commands;
use crate::plan::view::document;
use crate::printing;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(read_document);
}

/// A form in which a document is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    Pdf,
}

const FORMS: [(Form, &str); 2] = [(Form::Html, "text/html"), (Form::Pdf, "application/pdf")];

/// Reads the document of a version: HTML that prints well, or tagged PDF with `Accept: application/pdf`. A draft says on
/// every page that it is one. The same content gives the same bytes.
#[utoipa::path(
    tag = "plans",
    params(("id" = Id, Path), ("Accept" = Option<String>, Header, description = "`text/html`, unless told, or `application/pdf`")),
    responses((status = 200, description = "The document", content((String = "text/html"), (Vec<u8> = "application/pdf"))))
)]
#[get("/plans/{id}/document")]
async fn read_document(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let accept: Vec<&str> = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    let wanted = wanted(&accept.join(","));
    let reading = app.read_cases(caller, "plan_document", move |app, conn, acting| {
        let (case, plan) = commands::open(conn, acting, id.0)?;
        let name = format!("{}-version-{}", case.reference, plan.number);
        let made = document(conn, &app.settings().casework.authority_name, &case, &plan)?;
        Ok(((made, name), vec![case.id]))
    });
    let (made, name) = reading.await?;
    let form = wanted.ok_or(Error::NotAcceptable("Ask for text/html or application/pdf."))?;
    let (type_, ending, bytes) = match form {
        Form::Html => {
            ("text/html; charset=utf-8", "html", app.print(move || printing::html(&made)).await?.into_bytes())
        }
        Form::Pdf => ("application/pdf", "pdf", app.print(move || printing::pdf(&made)).await?),
    };
    let disposition = ContentDisposition {
        disposition: DispositionType::Inline,
        parameters: vec![DispositionParam::Filename(format!("{name}.{ending}"))],
    };
    Ok(HttpResponse::Ok()
        .content_type(type_)
        .insert_header((VARY, "Accept"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"))
        .body(bytes))
}

/// The form that `Accept` likes best; of two that it likes alike, HTML. `None` for neither.
fn wanted(accept: &str) -> Option<Form> {
    let place = preferred(accept, &FORMS.map(|(_, media_type)| media_type))?;
    FORMS.get(place).map(|(form, _)| *form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_accept_likes_best() {
        for (accept, form) in [
            ("", Some(Form::Html)),
            ("*/*", Some(Form::Html)),
            ("text/html", Some(Form::Html)),
            ("application/pdf", Some(Form::Pdf)),
            ("Application/PDF; q=0.9, text/html;q=0.5", Some(Form::Pdf)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Form::Html)),
            ("text/html;q=0, */*", Some(Form::Pdf)),
            ("application/*", Some(Form::Pdf)),
            ("application/json", None),
            ("text/html;q=0", None),
        ] {
            assert_eq!(wanted(accept), form, "{accept}");
        }
    }
}
