//! What no sheet can say: the steps of people on some of the cases.

use chrono::{Days, NaiveDate};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use statute::{AdviceKind, AdviceStatus, NoticeAbout, Section, Stage};
use utoipa::ToSchema;

use super::people::{LOGINS, close};
use super::words;
use crate::advice::model::AdviceRequest;
use crate::auth::{Acting, Actor, Principal, Role};
use crate::body::{Expected, Step, Submitted};
use crate::case::model::{Case, CaseFilter, CaseOrder};
use crate::db::{Conn, Tx, page_window};
use crate::error::Error;
use crate::ids::Id;
use crate::{advice, calendar, case, given_notice, organisation, plan, user};

/// Names the closure that is recorded last: where it stands, everything has been done.
const LAST: &str = "Building works (demonstration)";

/// Whether the steps have been taken.
pub(super) fn taken(conn: &mut Conn) -> Result<bool, Error> {
    let window = page_window(Some(200), None, None)?;
    Ok(calendar::store::closures(conn, None, &window)?.items.iter().any(|closure| closure.label == LAST))
}

/// Takes them, in one transaction. A small caseload may lack the case for a step; then there is none.
pub(super) fn take(tx: &mut Tx<'_>, acting: &Acting) -> Result<(), Error> {
    let caseworker = acting_as(tx, acting, Role::Caseworker)?;
    let manager = acting_as(tx, acting, Role::Manager)?;
    let adviser = acting_as(tx, acting, Role::Adviser)?;
    let gathering = at(tx, acting, Stage::GatheringAdvice)?;
    let drafting = at(tx, acting, Stage::Drafting)?;
    let served = at(tx, acting, Stage::DraftServed)?;
    let awaiting = at(tx, acting, Stage::AwaitingDecision)?;
    let open = awaiting.iter().chain(&gathering).chain(&drafting).chain(&served);
    // Of every fifth case nobody has recorded who was told: it shows as a warning.
    for (_, case) in open.enumerate().filter(|(place, _)| place % 5 != 0) {
        give_notices(tx, &caseworker, case)?;
    }
    take_notes(tx, &caseworker, gathering.iter().chain(&awaiting).take(6))?;
    answer_advice(tx, &adviser, &gathering)?;
    if let Some(case) = drafting.iter().find(|case| case.open_due_on.is_some_and(|due_on| due_on < acting.today)) {
        propose_exception(tx, &caseworker, case)?;
    }
    if let Some(case) = drafting.last() {
        write_draft(tx, &caseworker, case)?;
    }
    if let Some(case) = served.first() {
        hear_the_family(tx, &caseworker, case)?;
    }
    if let Some(case) = awaiting.last() {
        let body = json!({
            "restricted": true,
            "contacts": [{ "name": "Parent of the child", "relationship": "parent", "phone": "01632 960123" }],
        });
        case::commands::change(tx, &manager, case.id, step(&body))?;
    }
    describe_settings(tx, acting)?;
    close_for_the_summer(tx, acting)?;
    close_for_works(tx, acting, &gathering)
}

/// Somebody of the demonstration, acting now.
fn acting_as(conn: &mut Conn, acting: &Acting, role: Role) -> Result<Acting, Error> {
    let lacking = || Error::internal("the demonstration lacks a login");
    let login = LOGINS.iter().find(|login| login.role == role).ok_or_else(lacking)?;
    let user = user::store::by_email(conn, login.email)?.ok_or_else(lacking)?;
    let principal = Principal {
        user_id: user.id,
        // They have not signed in, so there is no session; nothing that is done here asks for one.
        session_id: Id::new(),
        name: user.name,
        role,
        organisation_id: user.organisation_id,
    };
    Ok(Acting { actor: Actor::User(principal), ..acting.clone() })
}

/// Some cases at a stage, the most urgent first.
fn at(conn: &mut Conn, acting: &Acting, stage: Stage) -> Result<Vec<Case>, Error> {
    let filter = CaseFilter { stage: Some(stage.into()), sort: Some(CaseOrder::DueOn.into()), ..CaseFilter::default() };
    let window = page_window(Some(50), None, None)?;
    let page = case::store::list(conn, acting, &filter, None, acting.today, &window)?;
    Ok(page.items.into_iter().map(|row| row.case).collect())
}

fn submitted<T: DeserializeOwned + ToSchema + 'static>(body: &Value) -> Submitted<T> {
    Submitted::parse(body.to_string().as_bytes())
}

fn step<T: DeserializeOwned + ToSchema + 'static>(body: &Value) -> Step<T> {
    Step { expected: Some(Expected::Any), body: submitted(body) }
}

fn take_notes<'a>(tx: &mut Tx<'_>, caseworker: &Acting, cases: impl Iterator<Item = &'a Case>) -> Result<(), Error> {
    const NOTES: [&str; 3] = [
        "Rang the family to say where things stand; they prefer to be rung after four.",
        "The school will send its provision map by the end of the week.",
        "Asked the service for a date; they are short of staff until next month.",
    ];
    for (case, text) in cases.zip(NOTES.iter().cycle()) {
        case::commands::add_note(tx, caseworker, case.id, submitted(&json!({ "text": text })))?;
    }
    Ok(())
}

/// The ICB, social care and the setting were told of the request and of the decision, the family of its right to give views.
fn give_notices(tx: &mut Tx<'_>, caseworker: &Acting, case: &Case) -> Result<(), Error> {
    let mut others = vec!["icb", "social_care"];
    others.extend(case.setting_id.map(|_| "setting"));
    let mut give = |about: NoticeAbout, recipients: &[&str], on: NaiveDate| {
        let given_on = on.min(caseworker.today);
        let body = json!({ "about": about.as_str(), "recipients": recipients, "given_on": given_on });
        given_notice::commands::give(tx, caseworker, case.id, step(&body)).map(drop)
    };
    give(NoticeAbout::Receipt, &others, after(case.received_on, 2))?;
    if case.stage.0 == Stage::AwaitingDecision {
        return Ok(());
    }
    give(NoticeAbout::Receipt, &["family"], after(case.received_on, 5))?;
    give(NoticeAbout::AssessmentDecision, &others, caseworker.today)
}

/// The adviser has said of one request that it came, and has answered another.
fn answer_advice(tx: &mut Tx<'_>, adviser: &Acting, gathering: &[Case]) -> Result<(), Error> {
    let mut asked: Vec<AdviceRequest> = Vec::new();
    for case in gathering {
        let requests = advice::store::of_case(tx, case.id)?;
        asked.extend(requests.into_iter().filter(|one| {
            one.kind.0 == AdviceKind::Medical
                && one.status.0 == AdviceStatus::Requested
                && one.organisation_id.is_some()
                && one.organisation_id == adviser.user().and_then(|user| user.organisation_id)
        }));
    }
    let mut asked = asked.into_iter();
    if let Some(request) = asked.next() {
        let body = json!({
            "submitted_on": adviser.today,
            "summary": "Seen in clinic. Hearing and sight are within the usual range; sleep and attention need support.",
            "needs": ["Sleep that is too short for a school day", "Attention that tires after ten minutes"],
            "outcomes": ["Follows a task of fifteen minutes with one reminder"],
            "provision": ["A sleep plan, reviewed each term by the school nurse"],
            "author": { "name": "Dr Ade Linden", "role": "Community paediatrician" },
        });
        advice::commands::submit(tx, adviser, request.id, step(&body))?;
    }
    if let Some(request) = asked.next() {
        advice::commands::acknowledge(tx, adviser, request.id, step(&json!({ "on": adviser.today })))?;
    }
    Ok(())
}

/// An exception waits for a manager.
fn propose_exception(tx: &mut Tx<'_>, caseworker: &Acting, case: &Case) -> Result<(), Error> {
    let body = json!({
        "rules": ["issue_final_plan"],
        "ground": "exceptional_personal_circumstances",
        "from_on": after(case.received_on, 90),
        "evidence": "A bereavement in the family; the letter is among the documents of the school.",
    });
    case::commands::propose_exception(tx, caseworker, case.id, step(&body))?;
    Ok(())
}

fn write_draft(tx: &mut Tx<'_>, caseworker: &Acting, case: &Case) -> Result<(), Error> {
    const TEXTS: [(Section, &str); 6] = [
        (Section::A, "<p>Likes drawing, trains and being read to. Hopes to have a friend at playtime.</p>"),
        (Section::B, "<p>Needs help to keep attention, and words that are said once and shown as well.</p>"),
        (Section::C, "<p>Sleeps too little for a school day.</p>"),
        (Section::E, "<ul><li>By the end of the year tells a story of five sentences.</li></ul>"),
        (Section::F, "<p>Fifteen hours a week with a teaching assistant in a group of no more than four.</p>"),
        (Section::G, "<p>A sleep plan, reviewed each term by the school nurse.</p>"),
    ];
    let (_, plan) = plan::commands::start_version(tx, caseworker, case.id, submitted(&json!({})))?;
    for (section, text) in TEXTS {
        plan::commands::write_section(tx, caseworker, plan.id, section.as_str(), step(&json!({ "text": text })))?;
    }
    let agreed = json!({ "agreed": true, "by": "Designated clinical officer", "on": caseworker.today });
    plan::commands::record_health_answer(tx, caseworker, plan.id, step(&agreed))?;
    Ok(())
}

fn hear_the_family(tx: &mut Tx<'_>, caseworker: &Acting, case: &Case) -> Result<(), Error> {
    let body = json!({
        "received_on": caseworker.today,
        "text": "We should like section F to say who trains the assistant.",
        "requested_setting": "Kingfisher School",
        "meeting_requested": true,
    });
    let said = plan::commands::record_representation(tx, caseworker, case.id, submitted(&body))?;
    if let Some(setting_id) = said.requested_setting_id {
        let asked = json!({ "setting_id": setting_id, "sent_on": caseworker.today, "requested_by_family": true });
        plan::commands::consult(tx, caseworker, case.id, submitted(&asked))?;
    }
    Ok(())
}

/// What schools and colleges are, as section I of a plan says it with their names. Those that no case names are not there.
fn describe_settings(tx: &mut Tx<'_>, acting: &Acting) -> Result<(), Error> {
    for (name, urn) in words::SCHOOLS {
        let (setting_type, setting_kind) = match name {
            name if name.contains("Academy") => ("A mainstream academy", "academy"),
            name if name.contains("College") => ("A college of further education", "further_education"),
            _ => ("A mainstream maintained school", "maintained_school"),
        };
        if let Some(school) = organisation::store::by_urn(tx, urn)? {
            let body = json!({ "setting_type": setting_type, "setting_kind": setting_kind });
            organisation::commands::change(tx, acting, school.id, step(&body))?;
        }
    }
    Ok(())
}

/// Every school closes for the summer, as the last summer that has begun shows.
fn close_for_the_summer(tx: &mut Tx<'_>, acting: &Acting) -> Result<(), Error> {
    use chrono::Datelike;
    let begins = |year: i32| NaiveDate::from_ymd_opt(year, 7, 22);
    let year = acting.today.year();
    let this = begins(year).filter(|day| *day <= acting.today);
    let Some(closed_from) = this.or_else(|| begins(year.saturating_sub(1))) else {
        return Ok(());
    };
    let label = format!("Summer holidays {}", closed_from.year());
    let reopens_on = after(closed_from, 42);
    close(tx, acting, &json!({ "closed_from": closed_from, "reopens_on": reopens_on, "label": label }))
}

/// One school closed just after it was asked for advice: its case shows an exception that somebody may propose.
fn close_for_works(tx: &mut Tx<'_>, acting: &Acting, gathering: &[Case]) -> Result<(), Error> {
    let mut closed = (None, acting.today);
    for case in gathering.iter().filter(|case| case.setting_id.is_some()) {
        let requests = advice::store::of_case(tx, case.id)?;
        if let Some(asked) = requests.iter().find(|one| one.kind.0 == AdviceKind::Education) {
            closed = (case.setting_id, after(asked.requested_on, 3));
            break;
        }
    }
    let (setting_id, closed_from) = closed;
    let reopens_on = after(closed_from, 35);
    let body = json!({ "setting_id": setting_id, "closed_from": closed_from, "reopens_on": reopens_on, "label": LAST });
    close(tx, acting, &body)
}

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}
