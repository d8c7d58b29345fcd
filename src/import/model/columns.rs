//! The headings that a sheet can have.

use std::borrow::Cow;
use std::collections::BTreeMap;

use csv::StringRecord;
use statute::AdviceKind;

use super::SheetFault;
use crate::codes::Code;
use crate::words::{Vocabulary, vocabulary};

vocabulary! {
    /// A column of the sheet.
    Column as ColumnWord {
        /// The council's own number of the case.
        ExternalReference = "external_reference",
        /// Forename.
        Forename = "forename",
        /// Surname.
        Surname = "surname",
        /// Date of birth.
        DateOfBirth = "date_of_birth",
        /// Unique pupil number.
        Upn = "upn",
        /// Unique learner number.
        Uln = "uln",
        /// NHS number.
        NhsNumber = "nhs_number",
        /// Sex.
        Sex = "sex",
        /// Ethnicity.
        Ethnicity = "ethnicity",
        /// Postcode.
        Postcode = "postcode",
        /// How social care is involved.
        SocialCareStatus = "social_care_status",
        /// National curriculum year.
        NationalCurriculumYear = "national_curriculum_year",
        /// Day zero.
        ReceivedOn = "received_on",
        /// Who asked, as a word or as a code of the national return.
        RequestSource = "request_source",
        /// The decision whether to assess.
        AssessmentDecision = "assessment_decision",
        /// Its day.
        AssessmentDecidedOn = "assessment_decided_on",
        /// The day the family was told; that of the decision unless told.
        AssessmentNotifiedOn = "assessment_notified_on",
        /// The main reason of a refusal to assess.
        RefusalReason = "refusal_reason",
        /// The day the family was asked for its views.
        FamilyRequestedOn = "advice_family_requested_on",
        /// The day they came.
        FamilyReceivedOn = "advice_family_received_on",
        /// The day education advice was asked for.
        EducationRequestedOn = "advice_education_requested_on",
        /// The day it came.
        EducationReceivedOn = "advice_education_received_on",
        /// The day armed forces advice was asked for.
        ArmedForcesRequestedOn = "advice_armed_forces_requested_on",
        /// The day it came.
        ArmedForcesReceivedOn = "advice_armed_forces_received_on",
        /// The day medical advice was asked for.
        MedicalRequestedOn = "advice_medical_requested_on",
        /// The day it came.
        MedicalReceivedOn = "advice_medical_received_on",
        /// The day psychological advice was asked for.
        PsychologicalRequestedOn = "advice_psychological_requested_on",
        /// The day it came.
        PsychologicalReceivedOn = "advice_psychological_received_on",
        /// The day social care advice was asked for.
        SocialCareRequestedOn = "advice_social_care_requested_on",
        /// The day it came.
        SocialCareReceivedOn = "advice_social_care_received_on",
        /// The day other advice was asked for.
        OtherRequestedOn = "advice_other_requested_on",
        /// The day it came.
        OtherReceivedOn = "advice_other_received_on",
        /// The day advice on preparing for adulthood was asked for.
        PreparingForAdulthoodRequestedOn = "advice_preparing_for_adulthood_requested_on",
        /// The day it came.
        PreparingForAdulthoodReceivedOn = "advice_preparing_for_adulthood_received_on",
        /// The day advice was asked for that the family wished.
        FamilyRequestedRequestedOn = "advice_family_requested_requested_on",
        /// The day it came.
        FamilyRequestedReceivedOn = "advice_family_requested_received_on",
        /// The decision whether to issue a plan.
        PlanDecision = "plan_decision",
        /// Its day.
        PlanDecidedOn = "plan_decided_on",
        /// The day the family was told.
        PlanNotifiedOn = "plan_notified_on",
        /// The day the draft was served.
        DraftServedOn = "draft_served_on",
        /// The day the final plan was sent.
        FinalIssuedOn = "final_issued_on",
        /// The name of the child's school, college or provider.
        SettingName = "setting_name",
        /// Its unique reference number.
        SettingUrn = "setting_urn",
        /// The ground of a 20-week exception.
        ExceptionGround = "exception_ground",
        /// Its first day.
        ExceptionFrom = "exception_from",
        /// Its last day.
        ExceptionTo = "exception_to",
        /// The day of the withdrawal.
        WithdrawnOn = "withdrawn_on",
        /// The day of the transfer.
        TransferredOn = "transferred_on",
        /// The 3-digit code of the authority that the case went to.
        TransferredTo = "transferred_to",
        /// Whether mediation took place.
        Mediation = "mediation",
        /// Whether a tribunal was involved.
        Tribunal = "tribunal",
        /// Who works on the case.
        CaseworkerEmail = "caseworker_email",
    }
}

impl Column {
    /// Those without which there is no case.
    const REQUIRED: [Self; 6] = [
        Self::ExternalReference,
        Self::Forename,
        Self::Surname,
        Self::DateOfBirth,
        Self::ReceivedOn,
        Self::RequestSource,
    ];

    /// The columns of a kind of advice: asked for, and came.
    pub fn of_advice(kind: AdviceKind) -> (Self, Self) {
        match kind {
            AdviceKind::Family => (Self::FamilyRequestedOn, Self::FamilyReceivedOn),
            AdviceKind::Education => (Self::EducationRequestedOn, Self::EducationReceivedOn),
            AdviceKind::ArmedForces => (Self::ArmedForcesRequestedOn, Self::ArmedForcesReceivedOn),
            AdviceKind::Medical => (Self::MedicalRequestedOn, Self::MedicalReceivedOn),
            AdviceKind::Psychological => (Self::PsychologicalRequestedOn, Self::PsychologicalReceivedOn),
            AdviceKind::SocialCare => (Self::SocialCareRequestedOn, Self::SocialCareReceivedOn),
            AdviceKind::Other => (Self::OtherRequestedOn, Self::OtherReceivedOn),
            AdviceKind::PreparingForAdulthood => {
                (Self::PreparingForAdulthoodRequestedOn, Self::PreparingForAdulthoodReceivedOn)
            }
            AdviceKind::FamilyRequested => (Self::FamilyRequestedRequestedOn, Self::FamilyRequestedReceivedOn),
        }
    }
}

/// Where each column stands in a sheet.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    places: BTreeMap<Column, usize>,
    width: usize,
}

impl Layout {
    /// Reads the headings, in any order; or tells everything that is wrong with them.
    ///
    /// A heading that is not known is named by its place: a sheet without headings has a child's name there.
    pub fn read(headings: &StringRecord) -> Result<Self, Vec<SheetFault>> {
        let mut layout = Self { width: headings.len(), ..Self::default() };
        let mut faults = Vec::new();
        for (place, heading) in headings.iter().enumerate() {
            let mut fault = |code, what: &str| {
                let column = Cow::Owned(format!("column {}", place.saturating_add(1)));
                faults.push(SheetFault { row: 1, column, code, what: what.to_owned() });
            };
            match Column::parse(heading.trim()) {
                None => {
                    fault(Code::UnknownField, "This heading is not known: leave the column out or mend its heading.")
                }
                Some(column) => {
                    if layout.places.insert(column, place).is_some() {
                        fault(Code::AlreadyExists, "This heading stands twice.");
                    }
                }
            }
        }
        for column in Column::REQUIRED {
            if !layout.places.contains_key(&column) {
                faults.push(SheetFault::new(1, column, Code::MissingField, "There is no column with this heading."));
            }
        }
        if faults.is_empty() { Ok(layout) } else { Err(faults) }
    }

    /// How many columns the sheet has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What stands in a column, without blanks around; none where that is nothing.
    pub fn cell<'r>(&self, record: &'r StringRecord, column: Column) -> Option<&'r str> {
        let text = record.get(*self.places.get(&column)?)?.trim();
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_advice_has_its_two_columns() {
        for kind in AdviceKind::ALL {
            let (requested, received) = Column::of_advice(*kind);
            assert_eq!(requested.as_str(), format!("advice_{kind}_requested_on"));
            assert_eq!(received.as_str(), format!("advice_{kind}_received_on"));
        }
    }

    #[test]
    fn headings_are_told_apart_and_those_that_lack_are_named() {
        let headings = StringRecord::from(vec!["forename", "shoe size", " surname ", "forename"]);
        let faults = Layout::read(&headings).unwrap_err();
        let told: Vec<_> = faults.iter().map(|fault| (fault.column.as_ref(), fault.code.as_str())).collect();
        assert_eq!(
            told,
            [
                ("column 2", "unknown_field"),
                ("column 4", "already_exists"),
                ("external_reference", "missing_field"),
                ("date_of_birth", "missing_field"),
                ("received_on", "missing_field"),
                ("request_source", "missing_field"),
            ]
        );
        assert!(faults.iter().all(|fault| !fault.what.contains("shoe")));
    }
}
