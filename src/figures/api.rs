//! The routes of the figures: for managers, in the form that they ask for.

use actix_web::http::header::{
    ACCEPT, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ContentDisposition, DispositionParam, DispositionType, ETAG,
    LINK, VARY,
};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;

use super::model::{
    AdviceQuery, AdviceReport, AskedCase, AskedCasesQuery, Behind, BreachesQuery, BreachesReport, CaseloadQuery,
    CaseloadReport, CasesQuery, Cut, DecidedCase, DecidedCasesQuery, DecisionsQuery, DecisionsReport, DelaysQuery,
    DelaysReport, PlanCase, SnapshotBody, SnapshotView, TimelinessQuery, TimelinessReport,
};
use super::view::{self, Ahead, Compared, Table};
use super::{commands, store};
use crate::app::{Answer, App};
use crate::auth::{Caller, SeeFigures};
use crate::codes::Code;
use crate::db::{Conn, Page, PageQuery};
use crate::error::{Error, Fault};
use crate::http::{Body, Filter, PathId, Problem, Routes, WriteHeaders, preferred};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(timeliness);
    config.service(timeliness_cases);
    config.service(decisions);
    config.service(decisions_cases);
    config.service(advice);
    config.service(advice_cases);
    config.service(caseload);
    config.service(breaches);
    config.service(delays);
    config.service(take_snapshot);
    config.service(snapshots);
    config.service(read_snapshot);
}

/// A form in which a report is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
    Svg,
    Workbook,
}

impl Form {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Svg => "image/svg+xml",
            Self::Workbook => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

const SHEET: &[Form] = &[Form::Json, Form::Csv];
const PICTURE: &[Form] = &[Form::Json, Form::Csv, Form::Svg];
const WORKBOOK: &[Form] = &[Form::Json, Form::Csv, Form::Workbook];

/// The form that the request likes best of those that the report has.
fn form(request: &HttpRequest, offered: &[Form]) -> Result<Form, Error> {
    let accept: Vec<&str> = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    let types: Vec<&str> = offered.iter().map(|form| form.media_type()).collect();
    let place = preferred(&accept.join(","), &types);
    place.and_then(|place| offered.get(place).copied()).ok_or(Error::NotAcceptable(if offered.contains(&Form::Svg) {
        "Ask for application/json, text/csv or image/svg+xml."
    } else if offered.contains(&Form::Workbook) {
        "Ask for application/json, text/csv or application/vnd.openxmlformats-officedocument.spreadsheetml.sheet."
    } else {
        "Ask for application/json or text/csv."
    }))
}

/// A report in its form.
struct Shown {
    form: Form,
    /// What a saved file is called, without its ending.
    name: String,
    bytes: Vec<u8>,
    /// Where the same is had as a sheet, of a picture.
    table: Option<String>,
}

impl Shown {
    fn json(value: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(value).map_err(|fault| Error::internal(fault.to_string()))?;
        Ok(Self { form: Form::Json, name: String::new(), bytes, table: None })
    }

    /// As JSON or as a sheet.
    fn of<R: Serialize>(form: Form, name: String, report: &R, table: impl FnOnce(&R) -> Table) -> Result<Self, Error> {
        match form {
            Form::Csv => Ok(Self { form, name, bytes: table(report).csv()?, table: None }),
            _ => Self::json(report),
        }
    }
}

impl From<Shown> for HttpResponse {
    fn from(shown: Shown) -> Self {
        let (content_type, ending) = match shown.form {
            Form::Json => ("application/json", None),
            Form::Csv => ("text/csv; charset=utf-8; header=present", Some("csv")),
            Form::Svg => ("image/svg+xml", Some("svg")),
            Form::Workbook => (Form::Workbook.media_type(), Some("xlsx")),
        };
        let mut response = Self::Ok();
        response.content_type(content_type).insert_header((VARY, "Accept"));
        if let Some(ending) = ending {
            let kind = if shown.form == Form::Svg { DispositionType::Inline } else { DispositionType::Attachment };
            let parameters = vec![DispositionParam::Filename(format!("{}.{ending}", shown.name))];
            response.insert_header((CONTENT_DISPOSITION, ContentDisposition { disposition: kind, parameters }));
            response.insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"));
        }
        if let Some(table) = shown.table {
            response.insert_header((LINK, format!("<{table}>; rel=\"alternate\"; type=\"text/csv\"")));
        }
        response.body(shown.bytes)
    }
}

/// How many plans were issued within 20 weeks, with and without exceptions, as the Department for Education counts them;
/// beside what it published. `as_at` gives the figure as it stood on a past day, with what has been corrected since.
///
/// As `text/csv` a sheet; as `image/svg+xml` a run chart by month with its table.
#[utoipa::path(tag = "figures", params(TimelinessQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, `text/csv` or `image/svg+xml`")),
    responses((status = 200, description = "The figure", content((TimelinessReport = "application/json"), (String = "text/csv"), (String = "image/svg+xml")))))]
#[get("/reports/timeliness")]
async fn timeliness(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<TimelinessQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, PICTURE)?;
    let asked = request.query_string().to_owned();
    let shown = app.report(caller, "timeliness", move |app, conn, acting| {
        if form == Form::Svg && query.group_by.is_some_and(|cut| cut.0 != Cut::Month) {
            return Err(Fault::new("/group_by", Code::InvalidParameter, "The run chart is by month.").into());
        }
        let casework = &app.settings().casework;
        let (report, named) = view::timeliness(conn, acting, &query, &Compared::from(casework))?;
        let name = format!("timeliness-{}-{}-as-at-{}", report.from, report.to, report.as_at);
        let shown = if form == Form::Svg {
            let picture = view::run_chart(&report, &casework.authority_name)?;
            let table = Some(format!("timeliness?{}", asked));
            Shown { form, name, bytes: picture.into_bytes(), table }
        } else {
            Shown::of(form, name, &report, |report| Table::from(report))?
        };
        // Only JSON names the cases that were corrected.
        Ok((shown, if form == Form::Json { named } else { Vec::new() }))
    });
    Ok(shown.await?.into())
}

/// The cases behind a figure on plans, by the day of the plan; with `key` those of one of its groups.
#[utoipa::path(tag = "figures", params(CasesQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The cases", content((Behind<PlanCase> = "application/json"), (String = "text/csv")))))]
#[get("/reports/timeliness/cases")]
async fn timeliness_cases(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<CasesQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "timeliness_cases", move |_app, conn, acting| {
        let (page, named) = view::timeliness_cases(conn, acting, &query, form == Form::Csv)?;
        let table = |page: &Behind<PlanCase>| Table::from(page);
        Ok((Shown::of(form, "timeliness-cases".to_owned(), &page, table)?, named))
    });
    Ok(shown.await?.into())
}

/// Requests, decisions within six weeks, refusals with their reasons, and refusals to issue a plan.
#[utoipa::path(tag = "figures", params(DecisionsQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The figure", content((DecisionsReport = "application/json"), (String = "text/csv")))))]
#[get("/reports/decisions")]
async fn decisions(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<DecisionsQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "decisions", move |_app, conn, acting| {
        let (report, named) = view::decisions(conn, acting, &query)?;
        let name = format!("decisions-{}-{}-as-at-{}", report.from, report.to, report.as_at);
        let shown = Shown::of(form, name, &report, |report| Table::from(report))?;
        Ok((shown, if form == Form::Json { named } else { Vec::new() }))
    });
    Ok(shown.await?.into())
}

/// The cases behind a figure on requests and decisions; `number` says behind which.
#[utoipa::path(tag = "figures", params(DecidedCasesQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The cases", content((Behind<DecidedCase> = "application/json"), (String = "text/csv")))))]
#[get("/reports/decisions/cases")]
async fn decisions_cases(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<DecidedCasesQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "decisions_cases", move |_app, conn, acting| {
        let (page, named) = view::decisions_cases(conn, acting, &query, form == Form::Csv)?;
        let table = |page: &Behind<DecidedCase>| Table::from(page);
        Ok((Shown::of(form, "decisions-cases".to_owned(), &page, table)?, named))
    });
    Ok(shown.await?.into())
}

/// How long advice took, by kind, by service or by month: on time, late and by how much, still owed.
#[utoipa::path(tag = "figures", params(AdviceQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The figure", content((AdviceReport = "application/json"), (String = "text/csv")))))]
#[get("/reports/advice")]
async fn advice(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<AdviceQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "advice", move |app, conn, acting| {
        let ahead = ahead(app, conn)?;
        let report = view::advice(conn, acting, &query, &ahead)?;
        let name = format!("advice-{}-{}-as-at-{}", report.from, report.to, report.as_at);
        Ok((Shown::of(form, name, &report, |report| Table::from(report))?, Vec::new()))
    });
    Ok(shown.await?.into())
}

/// The requests behind a figure on advice, by the day on which they were made; `number` says behind which.
#[utoipa::path(tag = "figures", params(AskedCasesQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The requests", content((Behind<AskedCase> = "application/json"), (String = "text/csv")))))]
#[get("/reports/advice/cases")]
async fn advice_cases(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<AskedCasesQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "advice_cases", move |app, conn, acting| {
        let ahead = ahead(app, conn)?;
        let (page, named) = view::advice_cases(conn, acting, &query, &ahead, form == Form::Csv)?;
        let table = |page: &Behind<AskedCase>| Table::from(page);
        Ok((Shown::of(form, "advice-cases".to_owned(), &page, table)?, named))
    });
    Ok(shown.await?.into())
}

/// The open cases of each caseworker, how many are late and how far they have come; `as_at` gives them as they stood on a past
/// day. `GET /cases?open=true&caseworker_id=` names those of today.
#[utoipa::path(tag = "figures", params(CaseloadQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The figure", content((CaseloadReport = "application/json"), (String = "text/csv")))))]
#[get("/reports/caseload")]
async fn caseload(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<CaseloadQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "caseload", move |app, conn, acting| {
        let ahead = ahead(app, conn)?;
        let report = view::caseload(conn, acting, &query, &ahead)?;
        let name = format!("caseload-as-at-{}", report.as_at);
        Ok((Shown::of(form, name, &report, |report| Table::from(report))?, Vec::new()))
    });
    Ok(shown.await?.into())
}

/// The working days, and how many of them are soon.
fn ahead(app: &App, conn: &mut Conn) -> Result<Ahead, Error> {
    Ok(Ahead { calendar: app.calendar(conn)?, days: app.settings().casework.due_soon_days })
}

/// What is breached, the longest first, and what it waits for; `as_at` gives it as it stood on a past day. As a sheet or a
/// workbook all of it.
#[utoipa::path(tag = "figures", params(BreachesQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, `text/csv` or the type of an .xlsx workbook")),
    responses((status = 200, description = "The breaches", content((BreachesReport = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
#[get("/reports/breaches")]
async fn breaches(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<BreachesQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, WORKBOOK)?;
    let shown = app.report(caller, "breaches", move |app, conn, acting| {
        let ahead = ahead(app, conn)?;
        let (report, named) = view::breaches(conn, acting, &query, &ahead, form != Form::Json)?;
        let name = format!("breaches-as-at-{}", report.as_at);
        let shown = if form == Form::Workbook {
            Shown { form, name, bytes: Table::from(&report).workbook("Breaches", acting.at)?, table: None }
        } else {
            Shown::of(form, name, &report, |report| Table::from(report))?
        };
        Ok((shown, named))
    });
    Ok(shown.await?.into())
}

/// Why plans were late: the days that each step of each late case took, which took most beyond its limit, and added up over
/// the period by step and by service.
#[utoipa::path(tag = "figures", params(DelaysQuery, ("Accept" = Option<String>, Header, description = "`application/json`, unless told, or `text/csv`")),
    responses((status = 200, description = "The figure", content((DelaysReport = "application/json"), (String = "text/csv")))))]
#[get("/reports/delays")]
async fn delays(
    app: App,
    caller: Caller<SeeFigures>,
    request: HttpRequest,
    query: Filter<DelaysQuery>,
) -> Result<HttpResponse, Problem> {
    let form = form(&request, SHEET)?;
    let shown = app.report(caller, "delays", move |app, conn, acting| {
        let ahead = ahead(app, conn)?;
        let (report, named) = view::delays(conn, acting, &query, &ahead, form == Form::Csv)?;
        let name = format!("delays-{}-{}-as-at-{}", report.from, report.to, report.as_at);
        Ok((Shown::of(form, name, &report, |report| Table::from(report))?, named))
    });
    Ok(shown.await?.into())
}

/// Freezes a report as it stands: what a board was shown can be shown again, byte for byte. Lists are frozen whole.
#[utoipa::path(tag = "figures", params(WriteHeaders), request_body = SnapshotBody, responses((status = 201, body = SnapshotView)))]
#[post("/reports/snapshots")]
async fn take_snapshot(app: App, caller: Caller<SeeFigures>, body: Body<SnapshotBody>) -> Result<Answer, Problem> {
    let again = caller.clone();
    let submitted = body.submitted;
    // Added up first, so that no writer waits for it.
    let made = app.report(caller, "report", move |app, conn, acting| {
        let ahead = ahead(app, conn)?;
        let body = submitted.open()?;
        let others = Compared::from(&app.settings().casework);
        let made = view::make(conn, acting, body.report.0, &body.query, &others, &ahead)?;
        let named = made.named.clone();
        Ok(((body, made), named))
    });
    let (asked, made) = made.await?;
    let answer = app.write(again, body.mark, move |_app, tx, acting| {
        let view = SnapshotView::from(commands::freeze(tx, acting, asked, made)?);
        Answer::created(view.location.clone(), None, &view)
    });
    Ok(answer.await?)
}

/// Lists what was frozen, the newest first.
#[utoipa::path(tag = "figures", params(PageQuery), responses((status = 200, body = Page<SnapshotView>)))]
#[get("/reports/snapshots")]
async fn snapshots(app: App, caller: Caller<SeeFigures>, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_app, conn, _acting| {
        Answer::ok(&store::snapshots(conn, &page.window()?)?.map(SnapshotView::from))
    });
    Ok(answer.await?)
}

/// Reads what was frozen: the same bytes for ever, whose SHA-256 is the `ETag`.
#[utoipa::path(tag = "figures", params(("id" = Id, Path)), responses((status = 200, description = "The report as it was", body = serde_json::Value)))]
#[get("/reports/snapshots/{id}")]
async fn read_snapshot(app: App, caller: Caller<SeeFigures>, id: PathId) -> Result<HttpResponse, Problem> {
    let reading = app.read_cases(caller, "report_snapshot", move |_app, conn, _acting| {
        let mut snapshot = store::snapshot(conn, id.0)?.ok_or(Error::NotFound)?;
        let named = std::mem::take(&mut snapshot.named_cases.0);
        Ok((snapshot, named))
    });
    let snapshot = reading.await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((ETAG, format!("\"{}\"", snapshot.sha256)))
        .body(snapshot.content))
}
