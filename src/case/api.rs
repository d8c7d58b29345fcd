//! The routes of cases.

use actix_web::{delete, get, patch, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::commands::CaseBody;
use super::model::{
    AssessmentDecisionBody, CaseChange, CaseFilter, CaseSearch, ConfirmationBody, CorrectionBody, EnteredInErrorBody,
    ExceptionBody, LiftBody, Note, NoteBody, PlanDecisionBody, ReversalBody, SuggestionBody, TransferBody,
    WithdrawalBody,
};
use super::view::{CaseRowView, CaseView, Judged, UserView, answer, case_view};
use super::{commands, store};
use crate::advice;
use crate::app::{Answer, App};
use crate::audit;
use crate::auth::{Acting, Caller, ManageCases, WorkOnCases};
use crate::codes::Code;
use crate::db::{Conn, Page, PageQuery, page_window};
use crate::error::{Error, Fault};
use crate::http::{Body, Filter, PathId, Problem, Routes, StepBody, StepHeaders, WriteHeaders};
use crate::ids::Id;
use crate::time::Instant;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
    config.service(search);
    config.service(record);
    config.service(read);
    config.service(change);
    config.service(correct);
    config.service(decide_to_assess);
    config.service(decide_on_plan);
    config.service(reverse_refusal);
    config.service(enter_in_error);
    config.service(propose_exception);
    config.service(confirm_exception);
    config.service(lift_exception);
    config.service(answer_suggestion);
    config.service(withdraw);
    config.service(transfer);
    config.service(notes);
    config.service(add_note);
    config.service(history);
    config.service(access_log);
}

/// By which days this request judges a case.
pub fn judged(app: &App, conn: &mut Conn, acting: &Acting) -> Result<Judged, Error> {
    let calendar = app.calendar(conn)?;
    Ok(Judged::new(acting.today, &calendar, app.settings().casework.due_soon_days))
}

type Rows = (Page<CaseRowView>, Vec<Id>);

fn rows(app: &App, conn: &mut Conn, acting: &Acting, filter: &CaseFilter, typed: Option<&str>) -> Result<Rows, Error> {
    let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
    let judged = judged(app, conn, acting)?;
    let page = store::list(conn, acting, filter, typed, judged.soon, &window)?;
    let ids: Vec<Id> = page.items.iter().map(|row| row.case.id).collect();
    let overdue = advice::store::overdue_by_case(conn, &ids, judged.today)?;
    let overdue_of = |id: Id| overdue.iter().find(|(case, _)| *case == id).map_or(0, |(_, count)| *count);
    let page = page.map(|row| {
        let overdue = overdue_of(row.case.id);
        CaseRowView::new(row, overdue, judged)
    });
    Ok((page, ids))
}

/// Lists the cases that you may see, the next due first; each row shows its clock.
#[utoipa::path(tag = "cases", params(CaseFilter), responses((status = 200, body = Page<CaseRowView>)))]
#[get("/cases")]
async fn list(app: App, caller: Caller<WorkOnCases>, filter: Filter<CaseFilter>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "list", move |app, conn, acting| {
        let (page, ids) = rows(app, conn, acting, &filter, None)?;
        Ok((Answer::ok(&page)?, ids))
    });
    Ok(answer.await?)
}

/// Searches by name, reference, UPN or NHS number, as a person would type them; accents and case don't matter.
#[utoipa::path(tag = "cases", request_body = CaseSearch, responses((status = 200, body = Page<CaseRowView>)))]
#[post("/cases/search")]
async fn search(app: App, caller: Caller<WorkOnCases>, body: Body<CaseSearch>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "search", move |app, conn, acting| {
        let search = body.submitted.open()?;
        let q = search.q.clone();
        if !q.chars().any(char::is_alphanumeric) {
            return Err(Fault::new("/q", Code::Blank, "Give a letter or a digit to search for.").into());
        }
        let (page, ids) = rows(app, conn, acting, &search.into(), Some(&q))?;
        Ok((Answer::ok(&page)?, ids))
    });
    Ok(answer.await?)
}

/// Records a request for an assessment; every deadline is derived from the day it was received.
#[utoipa::path(tag = "cases", params(WriteHeaders), request_body = CaseBody, responses((status = 201, body = CaseView)))]
#[post("/cases")]
async fn record(app: App, caller: Caller<WorkOnCases>, body: Body<CaseBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::record_request(app, tx, acting, body.submitted)?;
        let location = format!("/api/v1/cases/{}", case.id);
        let judged = judged(app, tx, acting)?;
        let view = case_view(tx, acting, case, judged)?;
        Answer::created(location, Some(view.version), &view)
    });
    Ok(answer.await?)
}

/// Reads a case, whole: its clock, every deadline with its derivation, and what somebody should look at.
#[utoipa::path(tag = "cases", params(("id" = Id, Path)), responses((status = 200, body = CaseView)))]
#[get("/cases/{id}")]
async fn read(app: App, caller: Caller<WorkOnCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "case", move |app, conn, acting| {
        let case = store::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        Ok((answer(app, conn, acting, case)?, vec![id.0]))
    });
    Ok(answer.await?)
}

/// Changes who works on a case, where the child goes to school, whom to write to and who sees it.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = CaseChange, responses((status = 200, body = CaseView)))]
#[patch("/cases/{id}")]
async fn change(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<CaseChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::change(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Corrects a mistyped day or text of a step (managers): the old value stays on record, every deadline is derived again.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = CorrectionBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/corrections")]
async fn correct(
    app: App,
    caller: Caller<ManageCases>,
    id: PathId,
    body: StepBody<CorrectionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::correct(app, tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records the decision whether to assess; assessing asks for the advice of Regs 6(1) in the same step.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = AssessmentDecisionBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/assessment-decision")]
async fn decide_to_assess(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<AssessmentDecisionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::decide_to_assess(app, tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records the decision whether to issue a plan.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = PlanDecisionBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/plan-decision")]
async fn decide_on_plan(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<PlanDecisionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::decide_on_plan(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Reverses the authority's own refusal (managers). Of a refusal to assess it is the decision to assess on that day, and the
/// advice of Regs 6(1) is asked for; of a refusal to issue a plan, the draft is next. The refusal stays on record, and the
/// limits from receipt stay in force.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = ReversalBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/reversal")]
async fn reverse_refusal(
    app: App,
    caller: Caller<ManageCases>,
    id: PathId,
    body: StepBody<ReversalBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::reverse_refusal(app, tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Takes a step off the record that was entered by mistake (managers): a decision, a reversal, the final plan, a withdrawal
/// or a transfer.
/// The case goes back to the stage before; the step stays in the history and counts in no figure. Refused once something
/// rests on it.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = EnteredInErrorBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/entered-in-error")]
async fn enter_in_error(
    app: App,
    caller: Caller<ManageCases>,
    id: PathId,
    body: StepBody<EnteredInErrorBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::enter_in_error(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Proposes a lawful exception; a manager's is confirmed at once. It never moves a due day.
#[utoipa::path(tag = "exceptions", params(("id" = Id, Path), StepHeaders), request_body = ExceptionBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/exceptions")]
async fn propose_exception(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<ExceptionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::propose_exception(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Confirms a proposed exception (managers), with what shows it: from now on it counts.
#[utoipa::path(tag = "exceptions", params(("id" = Id, Path), ("eid" = Id, Path), StepHeaders), request_body = ConfirmationBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/exceptions/{eid}/confirmation")]
async fn confirm_exception(
    app: App,
    caller: Caller<ManageCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<ConfirmationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (id, eid) = two_ids(&ids)?;
        let case = commands::confirm_exception(tx, acting, id, eid, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Lifts an exception: it no longer counts and stays on record. A confirmed one takes a manager.
#[utoipa::path(tag = "exceptions", params(("id" = Id, Path), ("eid" = Id, Path), StepHeaders), request_body = LiftBody, responses((status = 200, body = CaseView)))]
#[delete("/cases/{id}/exceptions/{eid}")]
async fn lift_exception(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<LiftBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (id, eid) = two_ids(&ids)?;
        let case = commands::lift_exception(tx, acting, id, eid, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Answers an exception that a closure suggests: accepting proposes it, a manager's acceptance confirms it.
#[utoipa::path(tag = "exceptions", params(("id" = Id, Path), ("sid" = Id, Path), StepHeaders), request_body = SuggestionBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/exceptions/suggestions/{sid}")]
async fn answer_suggestion(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<SuggestionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (id, sid) = two_ids(&ids)?;
        let case = commands::answer_suggestion(tx, acting, id, sid, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

fn two_ids(path: &(String, String)) -> Result<(Id, Id), Error> {
    match (path.0.parse(), path.1.parse()) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        _ => Err(Error::NotFound),
    }
}

/// Records that the requester withdrew, or that the assessment ceased.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = WithdrawalBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/withdrawal")]
async fn withdraw(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<WithdrawalBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::withdraw(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records that another authority became responsible.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = TransferBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/transfer")]
async fn transfer(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<TransferBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::transfer(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// A note on a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
struct NoteView {
    /// Its id.
    id: Id,
    /// The text.
    text: String,
    /// Who wrote it.
    created_by: UserView,
    /// When.
    created_at: Instant,
}

impl NoteView {
    fn new(note: Note, author: String) -> Self {
        let created_by = UserView { id: note.created_by, name: author };
        Self { id: note.id, text: note.text, created_by, created_at: note.created_at }
    }
}

/// Lists the notes of a case, newest first. Internal: advisers never see them.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<NoteView>)))]
#[get("/cases/{id}/notes")]
async fn notes(app: App, caller: Caller<WorkOnCases>, id: PathId, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "notes", move |_, conn, acting| {
        let case = store::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        let page = store::notes(conn, case.id, &page.window()?)?;
        Ok((Answer::ok(&page.map(|(note, author)| NoteView::new(note, author)))?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Makes a note on a case.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), WriteHeaders), request_body = NoteBody, responses((status = 201, body = NoteView)))]
#[post("/cases/{id}/notes")]
async fn add_note(app: App, caller: Caller<WorkOnCases>, id: PathId, body: Body<NoteBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let note = commands::add_note(tx, acting, id.0, body.submitted)?;
        let location = format!("/api/v1/cases/{}/notes", id.0);
        Answer::created(location, None, &NoteView::new(note, acting.name().to_owned()))
    });
    Ok(answer.await?)
}

/// Something that happened on a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryEvent)]
struct EventView {
    /// Its id.
    id: Id,
    /// What happened, as one word.
    action: String,
    /// The day on which it happened, which may be before that of the record.
    on: Option<NaiveDate>,
    /// When it was recorded.
    at: Instant,
    /// The user; null for the service itself.
    actor_id: Option<Id>,
    /// Who, as they were called then.
    actor: String,
    /// What kind of thing it happened to.
    subject_kind: String,
    /// Which.
    subject_id: Option<Id>,
    /// Why.
    reason: Option<String>,
    /// Before.
    before: Option<serde_json::Value>,
    /// After.
    after: Option<serde_json::Value>,
    /// The request that did it.
    request_id: String,
}

/// Tells what happened on a case and by whom, newest first.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<EventView>)))]
#[get("/cases/{id}/history")]
async fn history(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    page: Filter<PageQuery>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "history", move |_, conn, acting| {
        let case = store::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        let page = audit::store::events_of_case(conn, case.id, &page.window()?)?;
        let page = page.map(|row| EventView {
            id: row.event.id,
            action: row.event.action,
            on: row.event.on_day,
            at: row.event.at,
            actor_id: row.event.actor_id,
            actor: row.event.actor_name,
            subject_kind: row.event.subject_kind,
            subject_id: row.event.subject_id,
            reason: row.reason,
            before: row.before,
            after: row.after,
            request_id: row.event.request_id,
        });
        Ok((Answer::ok(&page)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// A secure link that was opened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenedLink)]
struct OpenedLinkView {
    /// The link.
    id: Id,
    /// The organisation that it was mailed to.
    organisation: String,
}

/// Which readings to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccessFilter {
    /// From this day on, in London.
    from: Option<NaiveDate>,
    /// Up to and including this day.
    to: Option<NaiveDate>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
    /// Also answer how many there are in all.
    count: Option<bool>,
}

/// A reading of a case, or an attempt that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Access)]
struct AccessView {
    /// When.
    at: Instant,
    /// Who; null where it was through a secure link.
    user: Option<UserView>,
    /// The secure link that was opened, and the organisation it was mailed to; null where it was a user.
    link: Option<OpenedLinkView>,
    /// From where.
    address: Option<String>,
    /// What was read; of an attempt that was refused, what was asked for.
    what: String,
    /// Why it was refused, as the code that was answered; null where it was read.
    refused: Option<String>,
    /// The request.
    request_id: String,
}

/// Tells who read a case, and who tried to in vain, newest first (managers): what a subject access request is answered from.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), AccessFilter), responses((status = 200, body = Page<AccessView>)))]
#[get("/cases/{id}/access-log")]
async fn access_log(
    app: App,
    caller: Caller<ManageCases>,
    id: PathId,
    filter: Filter<AccessFilter>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "access_log", move |_, conn, acting| {
        let case = store::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        let span = Instant::span_in_london(filter.from, filter.to);
        let page = audit::store::accesses_of_case(conn, case.id, span, &window)?;
        let page = page.map(|row| AccessView {
            at: row.at,
            user: row.user_id.map(|id| UserView { id, name: row.user_name.clone() }),
            link: row.link_id.map(|id| OpenedLinkView { id, organisation: row.user_name }),
            address: row.address,
            what: row.what,
            refused: row.refused,
            request_id: row.request_id,
        });
        Ok((Answer::ok(&page)?, vec![case.id]))
    });
    Ok(answer.await?)
}
