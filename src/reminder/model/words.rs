//! Steps and stages as a mail puts them.

use statute::{RuleId, Stage};

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
        RuleId::OrderReconsider => "As ordered: reconsider the decision",
        RuleId::OrderAmendContents => "As ordered: send the amended plan",
        RuleId::OrderAmendPlacement => "As ordered: send the plan with the amended placement",
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

/// A number of things in words: `1 day`, `3 days`.
pub fn in_words(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
