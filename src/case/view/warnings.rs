//! What somebody should look at: nothing of it is refused, and nothing of it is stored.
//!
//! To add a warning, write a function that pushes it and call it in [`warnings_of`].

use serde::Serialize;
use statute::{AdviceKind, AdviceStatus, Calendar, Disputed, EndKind, OrderKind, RuleId, Stage};
use utoipa::ToSchema;

use super::{InformationRequestView, Judged};
use crate::advice::model::AdviceRequest;
use crate::appeal::model::{Appeal, Mediation, Order, OrderDay};
use crate::auth::Acting;
use crate::case::model::{Case, CaseEnd, Decision, Exception, ExceptionState, is_named};
use crate::case::store::{self, Derived};
use crate::db::Conn;
use crate::error::Error;
use crate::given_notice::model::GivenNotice;
use crate::ids::Id;
use crate::person::model::{Person, SensoryImpairment};

/// Something that somebody should look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Warning)]
pub struct WarningView {
    /// What kind of thing.
    pub code: &'static str,
    /// What it is, and what to do.
    pub detail: String,
    /// An earlier case that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<Id>,
}

/// What is read of a case anyway, for its warnings.
pub(super) struct Known<'a> {
    /// Whom it is about.
    pub person: &'a Person,
    /// What was decided, after orders too.
    pub decisions: &'a [Decision],
    /// What settings were asked before it was decided whether to assess.
    pub information: &'a [InformationRequestView],
    /// Who else was told.
    pub given_notices: &'a [GivenNotice],
    /// Its requests for advice.
    pub requests: &'a [AdviceRequest],
    /// Its exceptions, but for those of advisers.
    pub exceptions: &'a [Exception],
    /// The exceptions of its advisers.
    pub of_advisers: &'a [Exception],
    /// Its time limits.
    pub deadlines: &'a [Derived],
}

/// Every warning of a case. `of_person` are all cases of its person.
pub(super) fn warnings_of(
    conn: &mut Conn,
    acting: &Acting,
    case: &Case,
    known: &Known<'_>,
    of_person: Vec<Case>,
    judged: Judged,
    calendar: &Calendar,
) -> Result<Vec<WarningView>, Error> {
    let mut warnings = Vec::new();
    warn_of_information(known.information, &mut warnings);
    warn_of_advice(known.requests, &mut warnings);
    warn_of_advice_not_sought(case, known, judged, &mut warnings);
    warn_of_evidence(conn, case, known.requests, &mut warnings)?;
    warn_of_armed_forces(case, known.person, known.requests, &mut warnings);
    warn_of_exceptions(known.exceptions, known.deadlines, &mut warnings);
    let confirmed = known.of_advisers.iter().filter(|one| one.state.0 == ExceptionState::Confirmed);
    let told = confirmed.filter_map(|one| statute::exception_not_told_warning(one.family_told_on));
    warnings.extend(told.take(1).map(law_warning));
    warn_of_late_refusal(case, known.deadlines, judged, &mut warnings);
    let earlier_case = warn_of_earlier_case(conn, acting, case, of_person, &mut warnings)?;
    warn_of_notices(case, known.given_notices, known.decisions, earlier_case, &mut warnings)?;
    warn_of_uncertain_days(case, known.deadlines, calendar, judged, &mut warnings);
    warn_of_teacher(conn, case, known.person, &mut warnings)?;
    warn_of_age(case, known.person, judged, &mut warnings);
    warn_of_addressee(case, known.person, judged, &mut warnings);
    warn_of_assumed_days(known.decisions, &mut warnings);
    Ok(warnings)
}

fn warn_of_advice(requests: &[AdviceRequest], warnings: &mut Vec<WarningView>) {
    for one in requests {
        if one.organisation_id.is_none() && one.kind.0 != AdviceKind::Family && !one.status.0.is_settled() {
            warnings.push(WarningView {
                code: "advice_unaddressed",
                detail: format!("Nobody has been asked for the advice of kind {}: choose an organisation.", one.kind),
                case_id: None,
            });
        }
        if one.status.0 == AdviceStatus::Submitted {
            warnings.push(WarningView {
                code: "advice_to_accept",
                detail: format!("Advice of kind {} has come: accept it, or return it with a reason.", one.kind),
                case_id: None,
            });
        }
        if one.status.0 == AdviceStatus::Declined {
            warnings.push(WarningView {
                code: "advice_declined",
                detail: format!("Advice of kind {} was declined with reasons, and is not obtained.", one.kind),
                case_id: None,
            });
        }
    }
}

/// Advice that has to be sought, and of which no request stands: none was made, or it was cancelled. In or beyond year 9 that
/// is advice on preparing for adulthood too, also where year 9 began after advice was asked for.
fn warn_of_advice_not_sought(case: &Case, known: &Known<'_>, judged: Judged, warnings: &mut Vec<WarningView>) {
    if !matches!(case.stage.0, Stage::GatheringAdvice | Stage::Drafting | Stage::DraftServed) {
        return;
    }
    let person = known.person;
    let beyond = statute::in_or_beyond_year_9(person.curriculum_year(), person.date_of_birth, judged.today);
    let asked: Vec<AdviceKind> =
        known.requests.iter().filter(|one| one.status.0 != AdviceStatus::Cancelled).map(|one| one.kind.0).collect();
    let missing = statute::statutory_set(beyond, false).into_iter().filter(|kind| !asked.contains(kind));
    warnings.extend(statute::advice_not_sought_warning(&missing.collect::<Vec<_>>()).map(law_warning));
}

/// The family's representations and evidence go to those who are asked (Regs 6(3)).
fn warn_of_evidence(
    conn: &mut Conn,
    case: &Case,
    requests: &[AdviceRequest],
    warnings: &mut Vec<WarningView>,
) -> Result<(), Error> {
    let owing: Vec<Id> = requests
        .iter()
        .filter(|one| one.kind.0 != AdviceKind::Family && !one.status.0.is_settled())
        .map(|one| one.id)
        .collect();
    if owing.is_empty() {
        return Ok(());
    }
    let evidence = crate::advice::store::shared_of_case(conn, case.id)?;
    if evidence.is_empty() {
        return Ok(());
    }
    let shared = crate::advice::store::shared_documents(conn, &owing)?;
    let lacks = |request: &Id| {
        let with = |document: &Id| shared.iter().any(|(with, one)| with == request && one.id == *document);
        !evidence.iter().all(with)
    };
    let lacking = owing.iter().filter(|request| lacks(request)).count();
    if lacking > 0 {
        warnings.push(WarningView {
            code: "evidence_not_passed_on",
            detail: format!(
                "Documents may be shared with advisers, and {lacking} of the requests for advice that are open lack some of \
                 them: add them to `shared_documents` of each. (Regulation 6(3) SEND Regulations 2014)"
            ),
            case_id: None,
        });
    }
    Ok(())
}

/// A confirmed exception that relieves nothing it was meant to is worth a second look.
fn warn_of_exceptions(exceptions: &[Exception], rows: &[Derived], warnings: &mut Vec<WarningView>) {
    for one in exceptions {
        match one.state.0 {
            ExceptionState::Confirmed => {
                let idle: Vec<String> = one
                    .rules
                    .0
                    .iter()
                    .filter(|rule| rows.iter().any(|row| row.rule == **rule && row.applicable && !row.excepted))
                    .map(|rule| rule.to_string())
                    .collect();
                if !idle.is_empty() {
                    warnings.push(WarningView {
                        code: "exception_does_not_relieve",
                        detail: format!(
                            "The exception on the ground {} does not relieve {}: its days do not meet what the ground requires.",
                            one.ground,
                            idle.join(", ")
                        ),
                        case_id: None,
                    });
                }
                if one.evidence.as_deref().is_none_or(|evidence| evidence.trim().is_empty()) {
                    warnings.push(WarningView {
                        code: "exception_without_evidence",
                        detail: format!(
                            "The exception on the ground {} is confirmed, and nothing is on record that shows it: correct \
                             its `evidence`, or lift it.",
                            one.ground
                        ),
                        case_id: None,
                    });
                }
                warnings.extend(statute::exception_not_told_warning(one.family_told_on).map(law_warning));
            }
            ExceptionState::Proposed => warnings.push(WarningView {
                code: "exception_to_confirm",
                detail: format!("An exception on the ground {} waits for a manager to confirm it.", one.ground),
                case_id: None,
            }),
            ExceptionState::Lifted => {}
        }
    }
}

fn warn_of_late_refusal(case: &Case, rows: &[Derived], judged: Judged, warnings: &mut Vec<WarningView>) {
    let late = rows.iter().any(|row| {
        case.open
            && row.applicable
            && row.met_on.is_none()
            && row.due_on < judged.today
            && statute::rule(row.rule.0, case.received_on).binds_refusal_only
    });
    if late {
        warnings.push(WarningView {
            code: "refusal_would_be_late",
            detail: "A refusal to issue a plan would now be late; a decision to issue one would not.".to_owned(),
            case_id: None,
        });
    }
}

/// Where a plan is in force, or an assessment was made lately, the earlier case is named to those who may see it. Answers
/// whether there is one.
fn warn_of_earlier_case(
    conn: &mut Conn,
    acting: &Acting,
    case: &Case,
    of_person: Vec<Case>,
    warnings: &mut Vec<WarningView>,
) -> Result<bool, Error> {
    for other in of_person.into_iter().filter(|other| other.id != case.id && other.received_on <= case.received_on) {
        let facts = store::facts(conn, &other)?;
        let track = facts.track();
        let assessment = track.and_then(statute::Track::standing_assessment).or(facts.standing_assessment());
        let decided = track.and_then(statute::Track::standing_plan_decision).or(facts.standing_plan_decision());
        let assessed = assessment.is_some_and(|decision| decision.outcome == statute::AssessmentOutcome::Assess);
        let assessed_on = facts
            .plan_in_force()
            .map(|plan| plan.issued_on)
            .or(decided.map(|plan| plan.decided_on))
            .filter(|_| assessed || facts.plan_in_force().is_some());
        let has_plan = facts.plan_in_force().is_some_and(|plan| plan.issued_on <= case.received_on);
        if let Some(warning) = statute::earlier_case_warning(has_plan, assessed_on, case.received_on) {
            let seen = store::visible(conn, acting, other.id)?.map(|other| other.id);
            warnings.push(WarningView { case_id: seen, ..law_warning(warning) });
            return Ok(true);
        }
    }
    Ok(false)
}

/// Who is not on record as told of the request, or of what was decided on it. A case that was withdrawn or has moved is
/// left in peace: there is nothing to tell any more.
fn warn_of_notices(
    case: &Case,
    given: &[GivenNotice],
    decisions: &[Decision],
    earlier_case: bool,
    warnings: &mut Vec<WarningView>,
) -> Result<(), Error> {
    if matches!(case.stage.0, Stage::Withdrawn | Stage::Transferred) {
        return Ok(());
    }
    let decided = store::latest_decisions(decisions)?;
    let due = statute::NoticesDue::of(case.received_on, decided, case.setting_id.is_some(), earlier_case);
    let given: Vec<_> = given.iter().filter_map(GivenNotice::to_statute).collect();
    warnings.extend(due.warnings(&given).into_iter().map(law_warning));
    Ok(())
}

/// Whom notices go to now, where no contact is known to be theirs.
fn warn_of_addressee(case: &Case, person: &Person, judged: Judged, warnings: &mut Vec<WarningView>) {
    if case.open {
        let addressee = case.addressee((person.date_of_birth, person.lacks_capacity_since()), judged.today);
        let named = is_named(&case.contacts.0, addressee);
        warnings.extend(statute::addressee_missing_warning(addressee, named).map(law_warning));
    }
}

/// Where sight or hearing is impaired, a qualified teacher is involved (Regs 6(2)).
fn warn_of_teacher(
    conn: &mut Conn,
    case: &Case,
    person: &Person,
    warnings: &mut Vec<WarningView>,
) -> Result<(), Error> {
    if person.sensory_impairment.0 != SensoryImpairment::None
        && case.open
        && let Some(named) = crate::advice::store::education_names_teacher(conn, case.id)?
    {
        warnings.extend(statute::qualified_teacher_warning(true, named).map(law_warning));
    }
    Ok(())
}

/// A decision counts when the family was told: a day that nobody said is only assumed.
fn warn_of_assumed_days(decisions: &[Decision], warnings: &mut Vec<WarningView>) {
    if decisions.iter().any(Decision::is_told_day_assumed) {
        warnings.push(WarningView {
            code: "notified_on_assumed",
            detail:
                "Nobody said on which day the family was told of the decision whether to assess. It is taken to be \
                     the day of the decision: correct `notified_on` of the decision to the day of the notice."
                    .to_owned(),
            case_id: None,
        });
    }
}

pub(super) fn law_warning(warning: statute::Warning) -> WarningView {
    WarningView {
        code: warning.code.as_str(),
        detail: format!("{} ({})", warning.sentence, warning.citation),
        case_id: None,
    }
}

/// A withdrawal says who withdrew, how and why.
pub(super) fn incomplete_withdrawal(end: &CaseEnd) -> Option<WarningView> {
    let missing: Vec<&str> = [
        (end.withdrawn_by.is_none(), "who withdrew"),
        (end.withdrawn_how.is_none(), "how (a letter, an e-mail, the telephone, a meeting)"),
        (end.reason.is_none(), "why"),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then_some(what))
    .collect();
    if end.kind.0 != EndKind::Withdrawn || missing.is_empty() {
        return None;
    }
    Some(WarningView {
        code: "withdrawal_incomplete",
        detail: format!(
            "The withdrawal does not say {}: a manager can add it as a correction.",
            missing.join(", nor ")
        ),
        case_id: None,
    })
}

/// A last day to appeal that can be read two ways is to be checked by a person while the window is open.
fn warn_of_uncertain_days(
    case: &Case,
    rows: &[Derived],
    calendar: &Calendar,
    judged: Judged,
    warnings: &mut Vec<WarningView>,
) {
    let open = rows.iter().filter(|row| row.applicable && row.met_on.is_none() && row.due_on >= judged.today);
    let uncertain =
        open.filter_map(|row| statute::uncertain_day_warning(row.rule.0, case.received_on, row.starts_on, calendar));
    warnings.extend(uncertain.map(law_warning));
}

/// What is not known of a dispute, and what it is needed for.
pub(super) fn warn_of_disputes(
    case: &Case,
    mediations: &[Mediation],
    appeals: &[Appeal],
    (orders, days): (&[Order], &[OrderDay]),
    warnings: &mut Vec<WarningView>,
) {
    let length = |rule| statute::rule(rule, case.received_on).length_in_words();
    let mut warn = |code, detail: String| warnings.push(WarningView { code, detail, case_id: None });
    for one in mediations {
        let asked_for = [one.arranged_on, one.held_on, one.agreed_on, one.other_agreed_on].iter().any(Option::is_some);
        if one.told_on.is_none() && asked_for {
            warn(
                "mediation_told_on_missing",
                format!(
                    "When the family told that it wants mediation is not on record: mediation is arranged within {} of it.",
                    length(RuleId::ArrangeMediation)
                ),
            );
        }
        if one.told_on.is_some() && one.about_health.is_none() {
            warn(
                "mediation_health_unknown",
                format!(
                    "Whether mediation is about health is not on record: if it is, the NHS commissioner is told within {}.",
                    length(RuleId::TellIcbOfMediation)
                ),
            );
        }
    }
    for one in appeals.iter().filter(|one| !orders.iter().any(|order| order.appeal_id == Some(one.id))) {
        if one.received_on.is_none() {
            warn(
                "appeal_received_on_missing",
                format!(
                    "When the appeal was received is not on record: the response is due within {} of it.",
                    length(RuleId::RespondToAppeal)
                ),
            );
        }
        if one.about.0 == Disputed::Plan && one.plan_parts.is_none() {
            warn(
                "appeal_parts_unknown",
                "Whether the appeal is about the contents of the plan or the placement is not on record: the time to carry out a concession depends on it.".to_owned(),
            );
        }
    }
    for one in days.iter().filter(|day| day.document_id.is_none()) {
        warn(
            "set_day_without_document",
            format!("Another day is set for {}, and the document that says so is not on record.", one.rule),
        );
    }
    for one in orders.iter().filter(|order| order.kind.0 == OrderKind::Reconsider) {
        if let Err(refusal) = statute::check_order(one.about.0, one.kind.0) {
            warn(refusal.code.as_str(), format!("{} ({})", refusal.sentence, refusal.citation.unwrap_or_default()));
        }
    }
}

fn warn_of_information(requests: &[InformationRequestView], warnings: &mut Vec<WarningView>) {
    for one in requests.iter().filter(|one| one.overdue) {
        warnings.push(WarningView {
            code: "information_overdue",
            detail: format!("The setting was asked for information by {}, and has not answered.", one.reply_by),
            case_id: None,
        });
    }
}

/// Where a parent serves in the armed forces, the Secretary of State for Defence is asked for advice too.
fn warn_of_armed_forces(case: &Case, person: &Person, requests: &[AdviceRequest], warnings: &mut Vec<WarningView>) {
    let (code, detail) = match (case.stage.0, person.parent_in_armed_forces) {
        (Stage::AwaitingDecision | Stage::GatheringAdvice, None) => (
            "armed_forces_not_known",
            "Nobody has said whether a parent serves in the armed forces. Where one does, the Secretary of State for Defence is asked for advice.",
        ),
        (Stage::GatheringAdvice, Some(true)) if !requests.iter().any(|one| one.kind.0 == AdviceKind::ArmedForces) => (
            "armed_forces_not_asked",
            "A parent serves in the armed forces, and the Secretary of State for Defence has not been asked for advice: ask for advice of kind armed_forces.",
        ),
        _ => return,
    };
    let detail = format!("{detail} ({})", AdviceKind::ArmedForces.regulation());
    warnings.push(WarningView { code, detail, case_id: None });
}

/// While a case is open, whose rights they are may change, and the person may become too old.
fn warn_of_age(case: &Case, person: &Person, judged: Judged, warnings: &mut Vec<WarningView>) {
    if !case.open {
        return;
    }
    let (born, final_due_on) = (person.date_of_birth, case.summary().final_due_on);
    let passes = statute::rights_pass_warning(born, case.received_on, final_due_on, judged.today);
    let too_old = statute::turns_25_warning(born, final_due_on, judged.today);
    warnings.extend(passes.into_iter().chain(too_old).map(law_warning));
}
