//! The plan itself: its sections, and what must hold before one is served or issued.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use crate::{
    advice::AdviceKind,
    calendar::Calendar,
    order::Track,
    refusal::{Code, Refusal},
    request::{Warning, WarningCode},
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

/// The section of a name, for somebody to write: Regulation 12. The list of the advice gathered is made, not written.
pub fn section_to_write(name: &str) -> Result<Section, Refusal> {
    const CITATION: &str = "Regulation 12 SEND Regulations 2014";
    match Section::parse(name) {
        Some(Section::K) => Err(Refusal::lawful(
            Code::SectionNotWritten,
            CITATION,
            "Section K lists the advice and information gathered: it is made from the advice that is accepted or covered.",
        )),
        Some(section) => Ok(section),
        None => Err(Refusal::lawful(
            Code::UnknownSection,
            CITATION,
            "A plan has the sections A, B, C, D, E, F, G, H1, H2, I, J and K: name one of them.",
        )),
    }
}

impl Section {
    /// The heading of the section in the plan.
    pub const fn title(self) -> &'static str {
        match self {
            Self::A => "The views, interests and aspirations of the child and their parents, or of the young person",
            Self::B => "Special educational needs",
            Self::C => "Health needs related to special educational needs",
            Self::D => "Social care needs related to special educational needs or to a disability",
            Self::E => "Outcomes sought",
            Self::F => "Special educational provision",
            Self::G => "Health provision reasonably required",
            Self::H1 => {
                "Social care provision that must be made under section 2 of the Chronically Sick and Disabled Persons Act 1970"
            }
            Self::H2 => "Other social care provision reasonably required",
            Self::I => "Placement",
            Self::J => "Personal budget and direct payments",
            Self::K => "Advice and information gathered",
        }
    }

    /// Whether it sets out provision, in which preparation for adulthood may stand: Regulation 12(3).
    pub const fn is_provision(self) -> bool {
        matches!(self, Self::F | Self::G | Self::H1 | Self::H2)
    }

    /// Where the law asks for the section.
    pub const fn regulation(self) -> &'static str {
        match self {
            Self::A => "Regulation 12(1)(a) SEND Regulations 2014",
            Self::B => "Regulation 12(1)(b) SEND Regulations 2014",
            Self::C => "Regulation 12(1)(c) SEND Regulations 2014",
            Self::D => "Regulation 12(1)(d) SEND Regulations 2014",
            Self::E => "Regulation 12(1)(e) SEND Regulations 2014",
            Self::F => "Regulation 12(1)(f) SEND Regulations 2014",
            Self::G => "Regulation 12(1)(g) SEND Regulations 2014",
            Self::H1 | Self::H2 => "Regulation 12(1)(h) SEND Regulations 2014",
            Self::I => "Regulation 12(1)(i) SEND Regulations 2014",
            Self::J => "Regulation 12(1)(j) SEND Regulations 2014",
            Self::K => "Regulation 12(4) SEND Regulations 2014",
        }
    }
}

/// The sections in which a report's content belongs, until an author moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// For what the report says in short; only the family's own words have such a place.
    pub summary: Option<Section>,
    /// For needs.
    pub needs: Section,
    /// For outcomes.
    pub outcomes: Section,
    /// For provision. Which social care provision falls under the Act of 1970 only the authority can tell, so all
    /// of it begins in H2.
    pub provision: Section,
}

/// Where the content of a report of this kind belongs.
pub const fn places_of(kind: AdviceKind) -> Places {
    let (needs, provision) = match kind {
        AdviceKind::Medical => (Section::C, Section::G),
        AdviceKind::SocialCare => (Section::D, Section::H2),
        AdviceKind::Family
        | AdviceKind::Education
        | AdviceKind::ArmedForces
        | AdviceKind::Psychological
        | AdviceKind::Other
        | AdviceKind::PreparingForAdulthood
        | AdviceKind::FamilyRequested => (Section::B, Section::F),
    };
    let summary = match kind {
        AdviceKind::Family => Some(Section::A),
        _ => None,
    };
    Places { summary, needs, outcomes: Section::E, provision }
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
    /// What section I says of it; `None` where it stays blank.
    pub const fn in_words(self) -> Option<&'static str> {
        match self {
            Self::AuthorityS61 => None,
            Self::Family => Some("Education otherwise than in a school or college, arranged by the family"),
        }
    }
}

/// Where a final plan says that education takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Section I names a school or other institution.
    Setting {
        /// It gives its type too.
        type_given: bool,
    },
    /// Section I gives the type of school or institution alone.
    SettingType,
    /// The authority arranges education elsewhere, and section I stays blank.
    AuthorityS61 {
        /// Why it finds a school or college inappropriate is on record.
        finding_given: bool,
        /// It consulted the family first.
        family_consulted: bool,
    },
    /// The family arranges education elsewhere.
    Family,
}

text_enum! {
    /// What kind of school or institution a setting is, as section 38(3) of the Act divides them.
    pub enum SettingKind {
        /// Paragraph (a).
        MaintainedSchool => "maintained_school",
        /// Paragraph (b).
        MaintainedNursery => "maintained_nursery",
        /// Paragraph (c).
        Academy => "academy",
        /// Paragraph (d): an institution within the further education sector in England.
        FurtherEducation => "further_education",
        /// Paragraph (e).
        NonMaintainedSpecial => "non_maintained_special",
        /// Paragraph (f): an independent institution that the Secretary of State has approved under section 41.
        Section41 => "section_41",
        /// None of them: an independent school or other institution outside section 41.
        Independent => "independent",
    }
}

impl SettingKind {
    /// Whether it is one that the family can ask for with the right that it be named: Act section 38(3).
    pub const fn can_be_requested(self) -> bool {
        !matches!(self, Self::Independent)
    }
}

/// Whether a setting that the family asks for counts as one of section 38(3). Where nobody has said what kind it is, a
/// school or college does, so that no right of the family is passed over, and an early-years provider does not.
pub fn can_be_requested(kind: Option<SettingKind>, early_years_provider: bool) -> bool {
    kind.map_or(!early_years_provider, SettingKind::can_be_requested)
}

/// Whether the family asked for a setting in the time that the notice with the draft gave it.
pub fn asked_in_time(asked_on: NaiveDate, served_on: NaiveDate, received_on: NaiveDate) -> bool {
    asked_on <= rule(RuleId::Representations, received_on).due_on(served_on, &Calendar::EMPTY)
}

/// A setting that the family asked for in time, and that a final plan does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOver {
    /// It counts as one of section 38(3): see [`can_be_requested`].
    pub can_be_requested: bool,
    /// A ground is given with its reasons, or the family took its request back.
    pub answered: bool,
}

/// How the setting of a final plan was chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// A setting is named, and nobody consulted it.
    pub setting_not_consulted: bool,
    /// A setting is named that another authority maintains, and nobody consulted that authority.
    pub authority_not_consulted: bool,
    /// What the family asked for instead.
    pub passed_over: Vec<PassedOver>,
}

text_enum! {
    /// What the responsible commissioning body said of the provision in section G.
    pub enum HealthAgreement {
        /// Nothing that is on record.
        Unrecorded => "unrecorded",
        /// It agreed.
        Agreed => "agreed",
        /// It refused.
        Refused => "refused",
    }
}

text_enum! {
    /// Why a school or college that is asked for need not be named: Act section 39(4).
    pub enum PlacementGround {
        /// It is unsuitable for the age, ability, aptitude or needs of the child or young person.
        Unsuitable => "unsuitable",
        /// Their attendance is incompatible with the efficient education of others.
        IncompatibleWithOthers => "incompatible_with_others",
        /// Their attendance is incompatible with the efficient use of resources.
        Inefficient => "inefficient",
    }
}

impl PlacementGround {
    /// Where the ground is written.
    pub const fn citation(self) -> &'static str {
        match self {
            Self::Unsuitable => "Section 39(4)(a) Children and Families Act 2014",
            Self::IncompatibleWithOthers => "Section 39(4)(b)(i) Children and Families Act 2014",
            Self::Inefficient => "Section 39(4)(b)(ii) Children and Families Act 2014",
        }
    }
}

/// Whether a plan holds provision to prepare for adulthood: Regulation 12(3).
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
    /// From the child's year (see [`crate::in_or_beyond_year_9`]) and what the author said of the sections that set out
    /// provision (see [`Section::is_provision`]).
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

text_enum! {
    /// How a finding counts.
    pub enum Severity {
        /// It breaks the law: the plan is neither served nor issued with it.
        Refuses => "refuses",
        /// The plan is not sent with it, unless a manager overrides it with a reason.
        Policy => "policy",
        /// Somebody should look at it; it hinders nothing.
        Warns => "warns",
    }
}

/// What a version of the plan holds, as far as it can be judged without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanContent {
    /// The sections that show anything.
    pub written: BTreeSet<Section>,
    /// Where education takes place; looked at in a final plan alone.
    pub placement: Option<Placement>,
    /// Whether it prepares for adulthood.
    pub preparing_for_adulthood: PreparingForAdulthood,
    /// Whether section G is agreed.
    pub health_agreement: HealthAgreement,
    /// How many requests for advice are not settled; see [`crate::AdviceStatus::is_settled`].
    pub unsettled_advice: usize,
}

/// Something about a version of the plan that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The section it is about; `None` where it is about the whole.
    pub section: Option<Section>,
    /// The rule, by the code with which a step is refused for it.
    pub rule: Code,
    /// How it counts.
    pub severity: Severity,
    /// What is wrong and what to do about it.
    pub sentence: String,
    /// Where the rule is written; `None` for this service's policy.
    pub citation: Option<&'static str>,
}

impl Finding {
    fn of(section: Option<Section>, severity: Severity, refusal: Refusal) -> Self {
        Self { section, rule: refusal.code, severity, sentence: refusal.sentence, citation: refusal.citation }
    }
}

/// Everything that is not as it should be in a version meant as a draft or as the final plan, the gravest first.
pub fn findings(kind: PlanKind, content: &PlanContent) -> Vec<Finding> {
    let mut found = Vec::new();
    let has = |section| content.written.contains(&section);
    let mut refuses = |section, checked: Result<(), Refusal>| {
        found.extend(checked.err().map(|refusal| Finding::of(Some(section), Severity::Refuses, refusal)));
    };
    match kind {
        PlanKind::Draft | PlanKind::AmendedDraft => {
            refuses(Section::I, check_draft_names_no_setting(!has(Section::I)));
        }
        PlanKind::Final => refuses(Section::I, check_placement(content.placement)),
    }
    refuses(Section::F, check_preparing_for_adulthood(content.preparing_for_adulthood));
    for section in [Section::A, Section::B, Section::E, Section::F] {
        refuses(section, check_written(section, has(section)));
    }
    let unsettled = check_advice_settled(content.unsettled_advice, false).err();
    found.extend(unsettled.map(|refusal| Finding::of(None, Severity::Policy, refusal)));
    let not_agreed = check_health_agreement(has(Section::G), content.health_agreement).err();
    let severity = if kind == PlanKind::Final { Severity::Policy } else { Severity::Warns };
    found.extend(not_agreed.map(|refusal| Finding::of(Some(Section::G), severity, refusal)));
    let answers = [(Section::C, has(Section::G), "G"), (Section::D, has(Section::H1) || has(Section::H2), "H1 or H2")];
    for (needs, answered, by) in answers {
        if has(needs) && !answered {
            found.push(Finding {
                section: Some(needs),
                rule: Code::NeedsUnanswered,
                severity: Severity::Warns,
                sentence: format!(
                    "Section {needs} names needs and section {by} is blank: write there what is provided for them, or why nothing is."
                ),
                citation: Some("Section 37(2) Children and Families Act 2014"),
            });
        }
    }
    found
}

/// The refusal for what breaks the law: the first finding's, with the sentences of all.
pub(crate) fn refuse_unlawful(kind: PlanKind, content: &PlanContent) -> Result<(), Refusal> {
    let unlawful: Vec<_> =
        findings(kind, content).into_iter().filter(|finding| finding.severity == Severity::Refuses).collect();
    match unlawful.first() {
        None => Ok(()),
        Some(first) => Err(Refusal {
            code: first.rule,
            sentence: unlawful.iter().map(|finding| finding.sentence.as_str()).collect::<Vec<_>>().join(" "),
            citation: first.citation,
        }),
    }
}

/// Refuses a plan that says nothing where the law asks what it says: Regulation 12(1).
pub fn check_written(section: Section, written: bool) -> Result<(), Refusal> {
    if written {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::SectionBlank,
        section.regulation(),
        format!("Section {section} is blank: a plan must set out {}.", what_section_holds(section)),
    ))
}

const fn what_section_holds(section: Section) -> &'static str {
    match section {
        Section::A => "the views, interests and aspirations of the child and their parents, or of the young person",
        Section::B => "the special educational needs",
        Section::E => "the outcomes sought",
        Section::F => "the special educational provision",
        other => other.title(),
    }
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
            "In or beyond year 9 a plan must hold provision to prepare for adulthood: write it in section F, G, H1 or H2 and mark the section that holds it.",
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
    let last = rule(RuleId::Representations, received_on).due_on(served_on, &Calendar::EMPTY);
    last.checked_add_days(Days::new(1)).unwrap_or(last)
}

/// The day on which the final plan is expected to follow a draft: the first that is possible, or today where that is over.
pub fn expected_final_on(served_on: NaiveDate, received_on: NaiveDate, today: NaiveDate) -> NaiveDate {
    earliest_final_on(served_on, received_on).max(today)
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
            long(rule(RuleId::Representations, received_on).due_on(served_on, &Calendar::EMPTY)),
            long(earliest),
        ),
    ))
}

/// Refuses a final plan that says nowhere where education takes place, or not all that must be said of it.
pub fn check_placement(placement: Option<Placement>) -> Result<(), Refusal> {
    match placement {
        Some(Placement::Setting { type_given }) => check_type_given(type_given),
        Some(Placement::AuthorityS61 { finding_given, family_consulted }) => {
            check_s61_finding(finding_given)?;
            check_s61_family_consulted(family_consulted)
        }
        Some(Placement::SettingType | Placement::Family) => Ok(()),
        None => Err(Refusal::lawful(
            Code::PlacementMissing,
            "Sections 39 and 40 Children and Families Act 2014",
            "A final plan must name a setting or give its type, or record education otherwise: state the placement.",
        )),
    }
}

/// Refuses to name a setting without its type: section I holds both.
pub fn check_type_given(type_given: bool) -> Result<(), Refusal> {
    if type_given {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::PlacementMissing,
        Section::I.regulation(),
        "Section I holds the name and the type of the setting: give its type, or record it once with the organisation.",
    ))
}

/// Refuses education arranged elsewhere by the authority without its finding that a school or college is inappropriate.
pub fn check_s61_finding(finding_given: bool) -> Result<(), Refusal> {
    if finding_given {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::PlacementMissing,
        "Section 61(2) Children and Families Act 2014",
        "Education is arranged elsewhere only where a school or college is inappropriate: record the authority's finding.",
    ))
}

/// Refuses education arranged elsewhere by the authority without a consultation of the family.
pub fn check_s61_family_consulted(family_consulted: bool) -> Result<(), Refusal> {
    if family_consulted {
        return Ok(());
    }
    Err(Refusal::lawful(
        Code::PlacementMissing,
        "Section 61(3) Children and Families Act 2014",
        "Before education is arranged elsewhere the family is consulted: record on which day it was.",
    ))
}

/// Refuses to name a setting that nobody consulted, or whose maintaining authority nobody consulted.
pub fn check_consulted(choice: &Choice) -> Result<(), Refusal> {
    const CITATION: &str = "Sections 39(2) and 40(3) Children and Families Act 2014";
    let sentence = if choice.setting_not_consulted {
        "The setting that is named has not been consulted: consult it first."
    } else if choice.authority_not_consulted {
        "Another authority maintains the setting that is named and has not been consulted: record with the consultation of the setting on which day it was."
    } else {
        return Ok(());
    };
    Err(Refusal::lawful(Code::SettingNotConsulted, CITATION, sentence))
}

/// Refuses to leave unnamed a setting of section 38(3) that the family asked for in time, without a ground and its reasons.
pub fn check_requests_answered(passed_over: &[PassedOver]) -> Result<(), Refusal> {
    let unanswered = passed_over.iter().filter(|one| one.can_be_requested && !one.answered).count();
    if unanswered == 0 {
        return Ok(());
    }
    let asked = if unanswered == 1 { "a setting".to_owned() } else { format!("{unanswered} settings") };
    Err(Refusal::lawful(
        Code::RequestedSettingNotNamed,
        "Section 39(3) and (4) Children and Families Act 2014",
        format!(
            "The family asked for {asked} that the plan does not name: name it, or give for each the ground on which it is not named, with the reasons. Of one that is known by name only, say first which it is."
        ),
    ))
}

/// What somebody should know of a setting that the family asks for and that no plan names yet: no ground is asked for where
/// it is not one of section 38(3), and none can be where only its name is known.
pub fn request_warning(known: bool, can_be_requested: bool) -> Option<Warning> {
    let (code, sentence) = match (known, can_be_requested) {
        (true, true) => return None,
        (true, false) => (
            WarningCode::RequestedSettingIndependent,
            "The family asks for an institution outside section 38(3), such as an independent school outside section 41: no ground is needed to leave it unnamed, but the family's wish is to be considered and answered.",
        ),
        (false, _) => (
            WarningCode::RequestedSettingUnknown,
            "The family asks for a setting of which only the name is on record: consult it as one that the family asks for, so that it is named or a ground is given.",
        ),
    };
    Some(Warning {
        code,
        sentence: sentence.to_owned(),
        citation: "Sections 38(3) and 39 Children and Families Act 2014",
    })
}

/// The warning on a case that its draft provides for health, and that this is not agreed.
pub fn health_agreement_warning(provided: bool, agreement: HealthAgreement) -> Option<Warning> {
    let refusal = check_health_agreement(provided, agreement).err()?;
    let citation = refusal.citation?;
    Some(Warning { code: WarningCode::HealthProvisionNotAgreed, sentence: refusal.sentence, citation })
}

/// Refuses provision in section G that the responsible commissioning body has not agreed: Regulation 12(2).
pub fn check_health_agreement(provided: bool, agreement: HealthAgreement) -> Result<(), Refusal> {
    let sentence = match agreement {
        _ if !provided => return Ok(()),
        HealthAgreement::Agreed => return Ok(()),
        HealthAgreement::Unrecorded => {
            "Section G provides for health and no agreement of the integrated care board to it is on record: record who agreed and when. A final plan is not issued without."
        }
        HealthAgreement::Refused => {
            "The integrated care board has refused the provision in section G: agree with it on other provision. A final plan is not issued with this."
        }
    };
    Err(Refusal::lawful(Code::HealthProvisionNotAgreed, "Regulation 12(2) SEND Regulations 2014", sentence))
}

/// What is to be said of sections that differ, without a reason, from the version that was sent: where the placement alone
/// is to be amended they can't be issued; otherwise an amended draft is served first, or they name what they answer. `track`
/// is that of an order in which no draft has been served.
pub fn unexplained(differing: &[DifferingSection], track: Option<&Track>) -> Option<Finding> {
    let severity = match track {
        Some(track) if track.amends_placement_alone() => Severity::Refuses,
        // What else an order amends, it explains.
        Some(_) => return None,
        None => Severity::Warns,
    };
    check_differences(differing).err().map(|refusal| Finding::of(None, severity, refusal))
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
            "The plan differs from the version last sent in {} {} without naming a representation of the family: name it, or serve an amended draft.",
            if unexplained.len() == 1 { "section" } else { "sections" },
            list(&unexplained),
        ),
    ))
}
