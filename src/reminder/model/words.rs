//! Steps and stages as a mail puts them.

use statute::{RuleId, Stage};

use crate::mail::Notice;

/// What the authority has to do next under a rule, as a line of a digest begins.
pub const fn next_step(rule: RuleId) -> &'static str {
    match rule {
        RuleId::DecideToAssess => "Decide whether to assess, and tell the family",
        RuleId::Advice => "Advice",
        RuleId::DecideOnPlan => "Decide whether to issue a plan",
        RuleId::SendDraftPlan => "Send the draft plan",
        RuleId::Representations => "The family's comments on the draft",
        RuleId::SettingConsultation => "A consulted setting's reply",
        RuleId::IssueFinalPlan => "Send the final plan",
        RuleId::ContactMediationAdviser => "The family's time to contact a mediation adviser",
        RuleId::Appeal | RuleId::MediationCertificateAppeal => "The family's time to appeal",
        RuleId::OrderAssessNotify => "As ordered: tell the family that you will assess",
        RuleId::OrderAssessRefusePlan => "As ordered: decide whether to issue a plan",
        RuleId::OrderAssessIssueFinal => "As ordered: send the final plan",
        RuleId::OrderMakePlanDraft => "As ordered: send the draft plan",
        RuleId::OrderMakePlanFinal => "As ordered: send the final plan made on the order",
        RuleId::OrderReconsider => "As ordered: reconsider, and send the draft plan or tell that there will be none",
        RuleId::OrderReconsiderFinal => "After reconsidering: send the final plan",
        RuleId::OrderAmendContents => "As ordered: send the amended plan",
        RuleId::OrderAmendPlacement => "As ordered: send the plan with the amended placement",
        RuleId::OrderContinue => "As ordered: continue the plan",
        RuleId::OrderCeaseUpheld => "As ordered: the plan may end",
        RuleId::TellIcbOfMediation => "Tell the ICB of the mediation",
        RuleId::ArrangeMediation => "Arrange mediation",
        RuleId::CarryOutAgreement => "Carry out what was agreed at mediation",
        RuleId::RespondToAppeal => "Respond to the appeal",
        RuleId::RespondToRecommendations => "Answer the Tribunal's recommendations",
        RuleId::Review | RuleId::TransferInReview => "Review the plan",
        RuleId::ReviewDecide => "Decide after the review, and tell the family",
        RuleId::ReviewRepresentations => "The family's comments on the amendments",
        RuleId::ReviewFinal | RuleId::AmendFinal => "Send the amended plan",
        RuleId::PhaseTransfer => "Amend the plan for the next phase of education",
        RuleId::ReassessDecide => "Decide whether to re-assess, and tell the family",
        RuleId::ReassessFinal => "Send the final plan after the re-assessment",
        RuleId::TransferOut => "Send the plan to the new authority",
        RuleId::TransferInTell => "Tell the family that the plan has come",
    }
}

/// How far a case has come, as a line of a digest says it beside the reference.
pub const fn stage_in_words(stage: Stage) -> &'static str {
    match stage {
        Stage::AwaitingDecision => "awaiting the decision whether to assess",
        Stage::GatheringAdvice => "gathering advice",
        Stage::Drafting => "drafting the plan",
        Stage::DraftServed => "draft with the family",
        Stage::PlanIssued => "plan issued",
        Stage::AssessmentRefused => "assessment refused",
        Stage::PlanRefused => "plan refused",
        Stage::Withdrawn => "withdrawn",
        Stage::Transferred => "transferred",
    }
}

/// A mail that could not be sent, as a line of a digest says it; of what is about advice, `kind` says which.
pub fn mail_in_words(notice: Notice, kind: &str, chase: Option<i32>) -> String {
    match (notice, chase) {
        (Notice::AdviceChase, Some(number)) => format!("chase {number} for {kind}"),
        (Notice::AdviceChase, None) => format!("a chase for {kind}"),
        (Notice::AdviceRequest, _) => format!("the request for {kind}"),
        (Notice::AdviceReminder, _) => format!("a reminder of {kind}"),
        (Notice::AdviceLink, _) => format!("a secure link to the request for {kind}"),
        (Notice::InformationRequest, _) => "the request for information".to_owned(),
        (Notice::InformationReminder, _) => "a reminder of the request for information".to_owned(),
        (Notice::InformationChase, _) => "a chase for information".to_owned(),
        (Notice::CaseworkerDigest, _) => "the digest of their cases".to_owned(),
        (Notice::ManagersDigest, _) => "the managers' digest".to_owned(),
        (Notice::ManagersWeekly, _) => "the weekly list of breaches".to_owned(),
        (Notice::FamilyRequestReceived, _) => "that the request was received".to_owned(),
        (Notice::FamilyDraftServed, _) => "that the draft plan was sent".to_owned(),
        (Notice::FamilyPlanIssued, _) => "that the final plan was sent".to_owned(),
        (Notice::FamilyDateAtRisk, _) => "that the date for the plan is at risk".to_owned(),
        (Notice::Invitation, _) => "an invitation".to_owned(),
        (Notice::PasswordReset, _) => "a link to choose a new password".to_owned(),
    }
}

/// To whom a mail goes that is not about advice, by their part and not by name.
pub const fn reader_of(notice: Notice) -> &'static str {
    match notice {
        Notice::AdviceLink | Notice::AdviceRequest | Notice::AdviceReminder | Notice::AdviceChase => "those asked",
        Notice::InformationRequest | Notice::InformationReminder | Notice::InformationChase => {
            "the setting that was asked"
        }
        Notice::CaseworkerDigest => "a caseworker",
        Notice::ManagersDigest | Notice::ManagersWeekly => "a manager",
        Notice::FamilyRequestReceived
        | Notice::FamilyDraftServed
        | Notice::FamilyPlanIssued
        | Notice::FamilyDateAtRisk => "the family",
        Notice::Invitation | Notice::PasswordReset => "a user",
    }
}

/// A number of things in words: `1 day`, `3 days`.
pub fn in_words(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
