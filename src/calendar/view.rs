//! A calendar feed as a calendar program reads it (RFC 5545, RFC 7986): all-day events, which carry a case's reference and
//! the step that is due, and nothing else.

use chrono::Days;
use icalendar::{Calendar, Class, Component, Event, EventLike, Property};

use super::model::{Due, FeedScope, Step};
use crate::words::RuleIdWord;

/// How often a calendar program should look again.
const LOOK_AGAIN: &str = "PT1H";

/// What every UID ends with. It is no host: a service that moves to another one must not double the days of its readers.
const UID_ENDS: &str = "ehcp-tracker";

/// The feed with these days.
pub fn ics(scope: FeedScope, due: &[Due]) -> String {
    let mut calendar = Calendar::empty();
    let name = match scope {
        FeedScope::Caseworker => "EHC needs assessments: my cases",
        FeedScope::Team => "EHC needs assessments: the team's cases",
        FeedScope::Organisation => "EHC needs assessments: advice that we owe",
    };
    let mut refresh = Property::new("REFRESH-INTERVAL", LOOK_AGAIN);
    refresh.add_parameter("VALUE", "DURATION");
    for property in [
        Property::new("VERSION", "2.0"),
        Property::new("PRODID", "-//ehcp-tracker//EN"),
        Property::new("CALSCALE", "GREGORIAN"),
        Property::new("METHOD", "PUBLISH"),
        Property::new("NAME", name),
        Property::new("X-WR-CALNAME", name),
        refresh.done(),
        Property::new("X-PUBLISHED-TTL", LOOK_AGAIN),
    ] {
        calendar.append_property(property);
    }
    for one in due {
        calendar.push(event(one));
    }
    calendar.to_string()
}

fn event(due: &Due) -> Event {
    let (rule, words) = match due.step {
        Step::Rule(rule) => (rule.0.as_str(), in_words(rule).to_owned()),
        Step::Advice(kind) => ("advice", format!("{} due", kind.0.description())),
    };
    let subject = due.subject.as_ref().map(|subject| format!(".{subject}")).unwrap_or_default();
    let mut event = Event::with_uid(&format!("{}.{rule}{subject}@{UID_ENDS}", due.case_id));
    event
        .summary(&format!("{}: {words}", due.reference))
        .starts(due.act_by)
        .sequence(u32::try_from(due.version).unwrap_or(0))
        .timestamp(due.updated_at.utc())
        .last_modified(due.updated_at.utc())
        .class(Class::Private)
        // Whoever has something due is not away.
        .add_property("TRANSP", "TRANSPARENT")
        .add_property("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE")
        .add_property("X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
    if let Some(next) = due.act_by.checked_add_days(Days::new(1)) {
        event.ends(next);
    }
    event.done()
}

/// What a rule asks for, in a few words.
fn in_words(rule: RuleIdWord) -> &'static str {
    use statute::RuleId;
    match rule.0 {
        RuleId::DecideToAssess => "decide whether to assess, and notify",
        RuleId::Advice => "advice due",
        RuleId::DecideOnPlan => "decide whether to issue a plan, and notify",
        RuleId::SendDraftPlan => "send the draft plan",
        RuleId::Representations => "the family's comments due",
        RuleId::SettingConsultation => "the setting's reply due",
        RuleId::IssueFinalPlan => "send the final plan",
        RuleId::ContactMediationAdviser => "the family contacts a mediation adviser",
        RuleId::Appeal | RuleId::MediationCertificateAppeal => "last day to appeal",
        RuleId::OrderAssessNotify => "after an order: tell the family of the assessment",
        RuleId::OrderAssessRefusePlan => "after an order: notify that no plan is issued",
        RuleId::OrderAssessIssueFinal | RuleId::OrderMakePlanFinal => "after an order: send the final plan",
        RuleId::OrderMakePlanDraft => "after an order: send the draft plan",
        RuleId::OrderReconsider => "after an order: reconsider, and send the draft or notify that there is none",
        RuleId::OrderReconsiderFinal => "after reconsidering: send the final plan",
        RuleId::OrderAmendContents => "after an order: amend the plan",
        RuleId::OrderAmendPlacement => "after an order: amend the placement",
        RuleId::OrderContinue => "after an order: continue the plan",
        RuleId::OrderCeaseUpheld => "after an order: the plan may end",
        RuleId::TellIcbOfMediation => "tell the ICB of the mediation",
        RuleId::ArrangeMediation => "arrange mediation",
        RuleId::CarryOutAgreement => "carry out what was agreed at mediation",
        RuleId::RespondToAppeal => "respond to the appeal",
        RuleId::RespondToRecommendations => "answer the Tribunal's recommendations",
        RuleId::Review | RuleId::TransferInReview => "review the plan",
        RuleId::ReviewDecide => "decide after the review, and notify",
        RuleId::ReviewRepresentations => "the family's comments on the amendments due",
        RuleId::ReviewFinal | RuleId::AmendFinal => "send the amended plan",
        RuleId::PhaseTransfer => "amend the plan for the next phase of education",
        RuleId::ReassessDecide => "decide whether to re-assess, and notify",
        RuleId::ReassessFinal => "send the final plan after the re-assessment",
        RuleId::TransferOut => "send the plan to the new authority",
        RuleId::TransferInTell => "tell the family that the plan has come",
    }
}
