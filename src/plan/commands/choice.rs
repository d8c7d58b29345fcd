//! How the setting of a final plan was chosen: who was consulted, and what the family asked for.

use chrono::NaiveDate;
use statute::{Choice, PassedOver};

use super::FinalPlanBody;
use crate::app::App;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::Conn;
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::organisation;
use crate::organisation::model::Organisation;
use crate::plan::model::{Consultation, NotNamed};
use crate::plan::store::Request;
use crate::text;

/// Adds the faults in what is said of the settings that the family asked for and that are not named.
pub(super) fn judge_not_named(
    case: &Case,
    body: &FinalPlanBody,
    requests: &[Request],
    today: NaiveDate,
    faults: &mut Faults,
) {
    let named = body.placement.as_ref().and_then(|placement| placement.setting_id);
    let all = body.not_named.as_deref().unwrap_or_default();
    for (index, one) in all.iter().enumerate() {
        let at = |field: &str| format!("/not_named/{index}/{field}");
        let asked = requests.iter().any(|request| request.setting_id == Some(one.setting_id));
        let detail = "Name a setting that the family asked for: in a representation, or with its consultation.";
        faults.unless(asked, at("setting_id"), Code::UnknownSetting, detail);
        let other = named != Some(one.setting_id) || !faults.is_sound("/placement/setting_id");
        faults.unless(other, at("setting_id"), Code::Contradiction, "The plan names this setting.");
        let first = all.iter().position(|other| other.setting_id == one.setting_id) == Some(index);
        faults.unless(first, at("setting_id"), Code::Contradiction, "Give each setting once.");
        let detail = "Give the ground, or the day on which the family took its request back.";
        let answered = one.ground.is_some() || one.request_withdrawn_on.is_some();
        let readable = faults.is_sound(&at("request_withdrawn_on"));
        faults.unless(answered || !readable, at("ground"), Code::MissingField, detail);
        let detail = "A request that the family took back needs no ground.";
        let contradicts = one.ground.is_some() && one.request_withdrawn_on.is_some();
        faults.unless(!contradicts, at("request_withdrawn_on"), Code::Contradiction, detail);
        let reasoned = one.ground.is_none() || one.reasons.is_some();
        faults.unless(reasoned, at("reasons"), Code::MissingField, "Give the reasons, with the ground.");
        faults.not_blank(&at("reasons"), one.reasons.as_deref());
        if let Some(on) = one.request_withdrawn_on {
            faults.day(&at("request_withdrawn_on"), on, case.received_on, today);
        }
    }
}

/// How the setting was chosen, as the law's crate judges it.
pub(super) fn choice(
    app: &App,
    conn: &mut Conn,
    (consultations, requests): (&[Consultation], &[Request]),
    named: Option<&Organisation>,
    not_named: &[NotNamed],
    issued_on: NaiveDate,
) -> Result<Choice, Error> {
    let mut passed_over: Vec<Id> =
        requests.iter().filter(|one| one.in_time).filter_map(|request| request.setting_id).collect();
    passed_over.sort_unstable();
    passed_over.dedup();
    passed_over.retain(|setting| named.is_none_or(|named| named.id != *setting));
    let settings = organisation::store::of_ids(conn, &passed_over)?;
    let passed_over = settings.iter().map(|setting| PassedOver {
        can_be_requested: setting.can_be_requested(),
        answered: not_named.iter().any(|one| one.setting_id == setting.id),
    });
    // Who is asked for by a name that nobody has told apart may be one of section 38(3): until it is told which it is, it
    // is passed over, unless the plan names one that is called the same.
    let is_named = |one: &&Request| {
        named.is_some_and(|named| one.name.as_ref().is_some_and(|name| text::fold(name) == text::fold(&named.name)))
    };
    let unknown = requests.iter().filter(|one| one.in_time && one.setting_id.is_none() && !is_named(one));
    let unknown = unknown.map(|_| PassedOver { can_be_requested: true, answered: false });
    let passed_over = passed_over.chain(unknown).collect();
    let Some(named) = named else {
        return Ok(Choice { passed_over, ..Choice::default() });
    };
    let by_issue = |day: NaiveDate| day <= issued_on;
    let of_named: Vec<&Consultation> =
        consultations.iter().filter(|one| one.setting_id == named.id && by_issue(one.sent_on)).collect();
    let ours = app.settings().casework.authority_code.as_ref();
    let by_another = named.maintained_by.as_ref().is_some_and(|code| Some(code) != ours);
    let authority_consulted = of_named.iter().any(|one| one.authority_consulted_on.is_some_and(by_issue));
    Ok(Choice {
        setting_not_consulted: of_named.is_empty(),
        authority_not_consulted: by_another && !authority_consulted,
        passed_over,
    })
}
