//! What the notice of a refusal or of a final plan must tell the family.

use crate::{
    refusal::{Code, Refusal},
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
