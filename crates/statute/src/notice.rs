//! What the notice of a refusal or of a final plan must tell the family.

use chrono::NaiveDate;

use crate::{
    calendar::Calendar,
    refusal::{Code, Refusal},
    request::{Warning, WarningCode},
    rules::{RuleId, rule},
    text::{list, text_enum},
};

text_enum! {
    /// Which notice a family gets; what it must tell differs.
    pub enum NoticeKind {
        /// Regulation 5(3).
        RefusalToAssess => "refusal_to_assess",
        /// Regulation 10.
        RefusalToIssue => "refusal_to_issue",
        /// Regulation 14.
        FinalPlan => "final_plan",
    }
}

impl NoticeKind {
    const fn citation(self) -> &'static str {
        match self {
            Self::RefusalToAssess => "Regulation 5(3) SEND Regulations 2014",
            Self::RefusalToIssue => "Regulation 10 SEND Regulations 2014",
            Self::FinalPlan => "Regulation 14 SEND Regulations 2014",
        }
    }
}

/// What a caseworker confirms the notice told the family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notice {
    /// Why it was decided so. Not looked at for a final plan.
    pub reasons: bool,
    /// That the family may appeal.
    pub appeal_rights: bool,
    /// By when.
    pub time_limits: bool,
    /// Mediation.
    pub mediation: bool,
    /// Disagreement resolution.
    pub disagreement_resolution: bool,
    /// Where to get advice and information.
    pub advice_and_information: bool,
}

/// Refuses a notice that leaves out what it must tell, naming each missing part.
pub fn check_notice(kind: NoticeKind, notice: &Notice) -> Result<(), Refusal> {
    let reasons = notice.reasons || kind == NoticeKind::FinalPlan;
    let missing: Vec<&str> = [
        (reasons, "the reasons"),
        (notice.appeal_rights, "the right of appeal"),
        (notice.time_limits, "the time limits for an appeal"),
        (notice.mediation, "mediation"),
        (notice.disagreement_resolution, "disagreement resolution"),
        (notice.advice_and_information, "where to get advice and information"),
    ]
    .into_iter()
    .filter_map(|(present, what)| (!present).then_some(what))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::NoticeIncomplete,
        kind.citation(),
        format!(
            "The notice to the family must also tell: {}. Send a complete notice, then confirm each part.",
            list(&missing)
        ),
    ))
}

/// What a caseworker confirms the notice with a draft told the family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DraftNotice {
    /// That it may make representations about the content.
    pub representations: bool,
    /// That it may ask for a school or other institution to be named.
    pub request_setting: bool,
    /// That it may ask for a meeting with an officer.
    pub meeting: bool,
    /// Where to find information about schools and colleges.
    pub where_to_find_settings: bool,
}

/// What is not on record of the service of a draft: how it was sent, and that its notice told all that it must.
pub fn draft_service_warnings(way_recorded: bool, notice: &DraftNotice) -> Vec<Warning> {
    const CITATION: &str = "Section 38 Children and Families Act 2014, Regulation 13(1) SEND Regulations 2014";
    let mut warnings = Vec::new();
    if !way_recorded {
        warnings.push(Warning {
            code: WarningCode::DraftSendingUnrecorded,
            sentence: "How the draft was sent to the family is not on record: by e-mail, portal, post or hand."
                .to_owned(),
            citation: CITATION,
        });
    }
    let missing: Vec<&str> = [
        (notice.representations, "the right to make representations"),
        (notice.request_setting, "the right to ask for a school or other institution"),
        (notice.meeting, "the right to a meeting with an officer"),
        (notice.where_to_find_settings, "where to find information about schools and colleges"),
    ]
    .into_iter()
    .filter_map(|(told, what)| (!told).then_some(what))
    .collect();
    if !missing.is_empty() {
        warnings.push(Warning {
            code: WarningCode::DraftNoticeIncomplete,
            sentence: format!(
                "That the notice with the draft told the family this is not on record: {}.",
                list(&missing)
            ),
            citation: CITATION,
        });
    }
    warnings
}

/// Until when a family may go to mediation and to the tribunal against a decision or a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppealRights {
    /// The last day on which it may contact a mediation adviser.
    pub contact_mediation_adviser_by: NaiveDate,
    /// Where that is written.
    pub mediation_citation: &'static str,
    /// The last day of an appeal, but for the later one that a mediation certificate may give.
    pub appeal_by: NaiveDate,
    /// Where that is written.
    pub appeal_citation: &'static str,
}

/// The rights that a notice sent on that day opens. `calendar` holds the bank holidays, by which Tribunal time is counted.
pub fn appeal_rights(sent_on: NaiveDate, received_on: NaiveDate, calendar: &Calendar) -> AppealRights {
    let mediation = rule(RuleId::ContactMediationAdviser, received_on);
    let appeal = rule(RuleId::Appeal, received_on);
    AppealRights {
        contact_mediation_adviser_by: mediation.due_on(sent_on, calendar),
        mediation_citation: mediation.citation,
        appeal_by: appeal.due_on(sent_on, calendar),
        appeal_citation: appeal.citation,
    }
}

/// The last day on which the Tribunal must have the family's appeal: the later of the time counted from the notice and
/// the time counted from a mediation certificate, compared after Tribunal time moved each.
pub fn last_day_to_appeal(
    sent_on: NaiveDate,
    certificate_on: Option<NaiveDate>,
    received_on: NaiveDate,
    calendar: &Calendar,
) -> NaiveDate {
    let of = |id, on| rule(id, received_on).due_on(on, calendar);
    let after_notice = of(RuleId::Appeal, sent_on);
    certificate_on.map_or(after_notice, |on| after_notice.max(of(RuleId::MediationCertificateAppeal, on)))
}

/// What a refusal must rest on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefusalGrounds {
    /// Reasons were written down, and are not blank.
    pub reasons: bool,
    /// What the notice told the family.
    pub notice: Notice,
}

/// Refuses a refusal without reasons or with an incomplete notice.
pub(crate) fn check_refusal(kind: NoticeKind, grounds: Option<RefusalGrounds>) -> Result<(), Refusal> {
    let grounds = grounds.unwrap_or_default();
    if !grounds.reasons {
        return Err(Refusal::lawful(
            Code::ReasonsRequired,
            kind.citation(),
            "A refusal must state its reasons: write them down as the family was given them.",
        ));
    }
    check_notice(kind, &grounds.notice)
}
