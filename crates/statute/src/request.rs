//! The request itself: who made it, for whom one can be made, and what an earlier plan or assessment means for it.

use chrono::{Datelike, Months, NaiveDate};

use crate::{
    facts::CaseFacts,
    refusal::{Code, Refusal},
    stage::Stage,
    text::text_enum,
};

text_enum! {
    /// Who asked for the assessment, as the national return counts it.
    pub enum RequestSource {
        /// Code 1.
        Family => "family",
        /// Code 2: a school, college or other setting.
        EducationSetting => "education_setting",
        /// Code 3.
        HealthProfessional => "health_professional",
        /// Code 4.
        SocialCareProfessional => "social_care_professional",
        /// Code 5.
        Other => "other",
    }
}

impl RequestSource {
    /// The source behind a code of the national return, 1 to 5.
    pub const fn from_return_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Family),
            2 => Some(Self::EducationSetting),
            3 => Some(Self::HealthProfessional),
            4 => Some(Self::SocialCareProfessional),
            5 => Some(Self::Other),
            _ => None,
        }
    }
}

text_enum! {
    /// Something the law lets pass but a caseworker must see.
    pub enum WarningCode {
        /// A plan exists for this child or young person.
        PlanExists => "plan_exists",
        /// An assessment was made within the last six months.
        AssessedRecently => "assessed_recently",
        /// The rights pass from the parent to the young person inside the case.
        RightsPass => "rights_pass",
        /// The person turns 25 before the final plan is issued.
        Turns25 => "turns_25",
        /// A last day to appeal can be read two ways: a person should check it.
        TribunalDayUncertain => "tribunal_day_uncertain",
        /// The family is not known to have been told of a confirmed exception.
        ExceptionNotTold => "exception_not_told",
        /// Somebody is not on record as notified that an assessment is considered.
        ReceiptNotNotified => "receipt_not_notified",
        /// Somebody is not on record as notified of the decision whether to assess.
        AssessmentDecisionNotNotified => "assessment_decision_not_notified",
        /// Somebody is not on record as notified that no plan will be issued.
        PlanRefusalNotNotified => "plan_refusal_not_notified",
        /// The family is not known to have been told of its right to give views.
        FamilyViewsNotInvited => "family_views_not_invited",
        /// Notices go to the young person, whom no contact names.
        AddresseeMissing => "addressee_missing",
        /// Advice has to be sought, and no request for it stands.
        AdviceNotSought => "advice_not_sought",
        /// Sight or hearing is impaired and no qualified teacher was involved.
        QualifiedTeacherMissing => "qualified_teacher_missing",
        /// How a draft was sent is not on record.
        DraftSendingUnrecorded => "draft_sending_unrecorded",
        /// What the notice with a draft told the family is not on record.
        DraftNoticeIncomplete => "draft_notice_incomplete",
        /// A draft provides for health and that is not agreed.
        HealthProvisionNotAgreed => "health_provision_not_agreed",
        /// The family asks for an institution that need not be named.
        RequestedSettingIndependent => "requested_setting_independent",
        /// The family asks for a setting of which only the name is known.
        RequestedSettingUnknown => "requested_setting_unknown",
    }
}

/// A warning: nothing is refused. The caller adds which earlier case it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// For programs.
    pub code: WarningCode,
    /// For people.
    pub sentence: String,
    /// The legal rule.
    pub citation: &'static str,
}

/// Whether the person is 25 or over on that day: too old for an assessment, Act section 36(8).
/// Someone born on 29 February is a year older on 1 March in other years than leap years.
pub fn too_old(date_of_birth: NaiveDate, on: NaiveDate) -> bool {
    let had_birthday = (on.month(), on.day()) >= (date_of_birth.month(), date_of_birth.day());
    let years = on.year().saturating_sub(date_of_birth.year());
    years > 25 || (years == 25 && had_birthday)
}

/// Refuses an information request to a setting that is dated after the decision whether to assess, or after the end of
/// the case. Such a request serves the decision; once an assessment is made, advice is asked for: Regulation 6(1).
pub fn check_can_ask_for_information(facts: &CaseFacts, asked_on: NaiveDate) -> Result<(), Refusal> {
    let decided_on = facts.assessment.map(|decision| decision.decided_on);
    let last = [decided_on, facts.ended.map(|end| end.on)].into_iter().flatten().min();
    let before = match last {
        Some(last) => asked_on <= last,
        None => Stage::of(facts) == Stage::AwaitingDecision,
    };
    if before {
        return Ok(());
    }
    Err(Refusal::policy(
        Code::NotInStage,
        "A setting is asked for information before it is decided whether to assess. After that, ask it for advice.",
    ))
}

/// What an earlier plan or assessment means for a request, as information: every request is decided and the family told
/// (Act section 36(3) and (5)), and a refusal can be appealed. Where a plan is in force the request is one for a
/// re-assessment. After an assessment in the six months before, the notice of section 36(7) is not due.
/// `last_assessed_on` is the day the latest assessment was decided upon or ended.
pub fn earlier_case_warning(
    plan_in_force: bool,
    last_assessed_on: Option<NaiveDate>,
    received_on: NaiveDate,
) -> Option<Warning> {
    if plan_in_force {
        return Some(Warning {
            code: WarningCode::PlanExists,
            sentence: "A plan is in force: this is a request for a re-assessment. Decide it and tell the family."
                .to_owned(),
            citation: "Section 44(2) Children and Families Act 2014",
        });
    }
    let assessed_on = last_assessed_on.filter(|assessed_on| *assessed_on <= received_on)?;
    let until = assessed_on.checked_add_months(Months::new(6))?;
    (received_on < until).then(|| Warning {
        code: WarningCode::AssessedRecently,
        sentence: "An assessment was made in the six months before this request. The request must still be decided and the family told, and a refusal can be appealed; only the notice of section 36(7) is not due."
            .to_owned(),
        citation: "Section 36(3), (5), (6) and (7) Children and Families Act 2014",
    })
}

/// Education advice on a child whose sight or hearing is impaired must come with a qualified teacher's involvement.
pub fn qualified_teacher_warning(sensory_impairment: bool, teacher_named: bool) -> Option<Warning> {
    (sensory_impairment && !teacher_named).then(|| Warning {
        code: WarningCode::QualifiedTeacherMissing,
        sentence: "Sight or hearing is impaired and the education advice names no qualified teacher: ask the setting who was involved."
            .to_owned(),
        citation: "Regulation 6(2) SEND Regulations 2014",
    })
}
