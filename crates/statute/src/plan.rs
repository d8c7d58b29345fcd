//! The plan itself: its sections, and what must hold before one is served or issued.

use chrono::{Days, NaiveDate};

use crate::{
    refusal::{Code, Refusal},
    rules::{RuleId, rule},
    text::{list, long, text_enum},
};

text_enum! {
    /// The sections of a plan: Regulation 12(1).
    pub enum Section {
        /// Views, interests and aspirations.
        A => "A",
        /// Special educational needs.
        B => "B",
        /// Health needs.
        C => "C",
        /// Social care needs.
        D => "D",
        /// Outcomes.
        E => "E",
        /// Special educational provision.
        F => "F",
        /// Health provision.
        G => "G",
        /// Social care provision under section 2 of the Chronically Sick and Disabled Persons Act 1970.
        H1 => "H1",
        /// Other social care provision.
        H2 => "H2",
        /// Placement.
        I => "I",
        /// Direct payments.
        J => "J",
        /// The advice and information gathered; made by the service.
        K => "K",
    }
}

text_enum! {
    /// What a version of the plan is for.
    pub enum PlanKind {
        /// The first draft.
        Draft => "draft",
        /// A draft served again after the first.
        AmendedDraft => "amended_draft",
        /// The plan as issued.
        Final => "final",
    }
}

text_enum! {
    /// Where a version of the plan stands.
    pub enum PlanStatus {
        /// Being written.
        Editing => "editing",
        /// Served on the family as a draft.
        Served => "served",
        /// Issued as the final plan.
        Issued => "issued",
    }
}

impl PlanStatus {
    /// Serves this version; once only. What is served next is another version.
    pub fn serve(self) -> Result<Self, Refusal> {
        self.check_editable().map(|()| Self::Served)
    }

    /// Refuses to change a plan that has been sent: Code of Practice 9.125.
    pub fn check_editable(self) -> Result<(), Refusal> {
        match self {
            Self::Editing => Ok(()),
            Self::Served | Self::Issued => Err(Refusal::lawful(
                Code::PlanIsFixed,
                CODE_AMENDMENTS,
                format!(
                    "This version of the plan has been {self} and is fixed: start a new version to change the text."
                ),
            )),
        }
    }
}

text_enum! {
    /// Education otherwise than at a school or college. The terms could not be checked against the official text.
    pub enum EducationOtherwise {
        /// Arranged by the authority: Act section 61.
        AuthorityS61 => "authority_s61",
        /// Arranged by the family.
        Family => "family",
    }
}

impl EducationOtherwise {
    /// What section I says of it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::AuthorityS61 => {
                "Education otherwise than in a school or college, arranged by the local authority under section 61 of the Children and Families Act 2014"
            }
            Self::Family => "Education otherwise than in a school or college, arranged by the family",
        }
    }
}

/// What section I of a final plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It names a school or other institution.
    Setting,
    /// It gives the type of school or institution.
    SettingType,
    /// Education takes place elsewhere.
    EducationOtherwise(EducationOtherwise),
}

/// Whether section F holds provision to prepare for adulthood: Regulation 12(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreparingForAdulthood {
    /// Below year 9: none is owed.
    NotOwed,
    /// Owed, and not there.
    Missing,
    /// There.
    Present,
}

impl PreparingForAdulthood {
    /// From the child's year (see [`crate::in_or_beyond_year_9`]) and what the author said of section F.
    pub const fn judge(in_or_beyond_year_9: bool, present: bool) -> Self {
        match (in_or_beyond_year_9, present) {
            (_, true) => Self::Present,
            (true, false) => Self::Missing,
            (false, false) => Self::NotOwed,
        }
    }
}

/// A section whose text is not that of the draft last served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DifferingSection {
    /// Which one.
    pub section: Section,
    /// Whether it names the family's representation it answers.
    pub names_representation: bool,
}

const CODE_AMENDMENTS: &str = "SEND Code of Practice 2015, paragraph 9.125";

/// Refuses a draft that names or describes a setting: Act section 38(5).
pub fn check_draft_names_no_setting(section_i_blank: bool) -> Result<(), Refusal> {
    if section_i_blank {
        Ok(())
    } else {
        Err(Refusal::lawful(
            Code::SettingNamedInDraft,
            "Section 38(5) Children and Families Act 2014",
            "A draft sent to the family must not name or describe a setting: empty section I, then serve the draft.",
        ))
    }
}

/// Refuses a plan without provision to prepare for adulthood where it is owed: Regulation 12(3).
pub fn check_preparing_for_adulthood(provision: PreparingForAdulthood) -> Result<(), Refusal> {
    match provision {
        PreparingForAdulthood::NotOwed | PreparingForAdulthood::Present => Ok(()),
        PreparingForAdulthood::Missing => Err(Refusal::lawful(
            Code::PreparingForAdulthoodMissing,
            "Regulation 12(3) SEND Regulations 2014",
            "In or beyond year 9 section F must hold provision to prepare for adulthood: write it and mark section F as holding it.",
        )),
    }
}

/// Refuses to serve a draft while advice is awaited, unless a manager overrides with a reason.
///
/// The law is a duty to seek advice; that all of it is settled before a draft goes out is this
/// service's policy, so the refusal has no citation.
pub fn check_advice_settled(unsettled: usize, override_given: bool) -> Result<(), Refusal> {
    if unsettled == 0 || override_given {
        return Ok(());
    }
    let sentence = if unsettled == 1 {
        "1 request for advice is not settled: accept the report, record existing advice or cancel the request, or have a manager override with a reason.".to_owned()
    } else {
        format!(
            "{unsettled} requests for advice are not settled: accept the reports, record existing advice or cancel the requests, or have a manager override with a reason."
        )
    };
    Err(Refusal::policy(Code::AdviceOutstanding, sentence))
}

/// The first day on which the final plan may follow a draft: the day after the family's days are over.
pub fn earliest_final_on(served_on: NaiveDate, received_on: NaiveDate) -> NaiveDate {
    let last = rule(RuleId::Representations, received_on).due_on(served_on);
    last.checked_add_days(Days::new(1)).unwrap_or(last)
}

/// Refuses a final plan while the family may still comment, unless it has said in writing that it has finished.
pub fn check_representations_over(
    served_on: NaiveDate,
    finished_on: Option<NaiveDate>,
    issued_on: NaiveDate,
    received_on: NaiveDate,
) -> Result<(), Refusal> {
    let earliest = earliest_final_on(served_on, received_on);
    if issued_on >= earliest || finished_on.is_some_and(|finished| finished <= issued_on) {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::RepresentationPeriodOpen,
        rule(RuleId::Representations, received_on).citation,
        format!(
            "The draft was served on {}; the family may comment until {}. Issue the final plan on {} or later, or record that the family has said in writing that it has finished.",
            long(served_on),
            long(rule(RuleId::Representations, received_on).due_on(served_on)),
            long(earliest),
        ),
    ))
}

/// Refuses a final plan that says nowhere where education takes place.
pub fn check_placement(placement: Option<Placement>) -> Result<(), Refusal> {
    match placement {
        Some(_) => Ok(()),
        None => Err(Refusal::lawful(
            Code::PlacementMissing,
            "Sections 39 and 40 Children and Families Act 2014",
            "A final plan must name a setting or give its type, or record education otherwise: state the placement.",
        )),
    }
}

/// Refuses a final plan that differs from the draft last served for a reason other than the family's
/// comments or the placement (section I): Code of Practice 9.125. Section K is made by the service and exempt.
pub fn check_differences(differing: &[DifferingSection]) -> Result<(), Refusal> {
    let unexplained: Vec<&str> = differing
        .iter()
        .filter(|differing| !differing.names_representation && !matches!(differing.section, Section::I | Section::K))
        .map(|differing| differing.section.as_str())
        .collect();
    if unexplained.is_empty() {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::AmendedDraftNeeded,
        CODE_AMENDMENTS,
        format!(
            "The plan differs from the served draft in {} {} without naming a representation of the family: name it, or serve an amended draft.",
            if unexplained.len() == 1 { "section" } else { "sections" },
            list(&unexplained),
        ),
    ))
}
