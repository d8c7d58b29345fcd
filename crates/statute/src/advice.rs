//! Advice and information for an assessment: what must be sought, and the life of one request for it.

use chrono::{Datelike, NaiveDate};

use crate::{
    refusal::{Code, Refusal},
    request::{Warning, WarningCode},
    text::{list, text_enum},
};

text_enum! {
    /// The kinds of advice of Regulation 6(1).
    pub enum AdviceKind {
        /// (a) The parent's or young person's own. Never due, never chased, in no service's figures.
        Family => "family",
        /// (b) Education.
        Education => "education",
        /// (b)(iv) The Secretary of State for Defence, where a parent serves in the armed forces.
        ArmedForces => "armed_forces",
        /// (c) Medical.
        Medical => "medical",
        /// (d) Psychological.
        Psychological => "psychological",
        /// (e) Social care.
        SocialCare => "social_care",
        /// (f) Anyone the authority thinks appropriate.
        Other => "other",
        /// (g) Provision to prepare for adulthood, in or beyond year 9.
        PreparingForAdulthood => "preparing_for_adulthood",
        /// (h) Anyone the family reasonably asks for.
        FamilyRequested => "family_requested",
    }
}

impl AdviceKind {
    /// Where the duty to seek it is written.
    pub const fn regulation(self) -> &'static str {
        match self {
            Self::Family => "Regulation 6(1)(a) SEND Regulations 2014",
            Self::Education => "Regulation 6(1)(b) SEND Regulations 2014",
            // Not checked against the official text.
            Self::ArmedForces => "Regulation 6(1)(b)(iv) SEND Regulations 2014",
            Self::Medical => "Regulation 6(1)(c) SEND Regulations 2014",
            Self::Psychological => "Regulation 6(1)(d) SEND Regulations 2014",
            Self::SocialCare => "Regulation 6(1)(e) SEND Regulations 2014",
            Self::Other => "Regulation 6(1)(f) SEND Regulations 2014",
            Self::PreparingForAdulthood => "Regulation 6(1)(g) SEND Regulations 2014",
            Self::FamilyRequested => "Regulation 6(1)(h) SEND Regulations 2014",
        }
    }

    /// The kind as it stands in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Family => "the family's views",
            Self::Education => "education advice",
            Self::ArmedForces => "armed forces advice",
            Self::Medical => "medical advice",
            Self::Psychological => "psychological advice",
            Self::SocialCare => "social care advice",
            Self::Other => "other advice",
            Self::PreparingForAdulthood => "advice on preparing for adulthood",
            Self::FamilyRequested => "advice the family asked for",
        }
    }
}

/// What must be sought in every assessment, in the order of Regulation 6(1). Kinds (f) and (h) are added as chosen.
///
/// Where a parent serves in the armed forces, the Secretary of State for Defence is asked too.
pub fn statutory_set(in_or_beyond_year_9: bool, parent_in_armed_forces: bool) -> Vec<AdviceKind> {
    let mut set = vec![AdviceKind::Family, AdviceKind::Education];
    if parent_in_armed_forces {
        set.push(AdviceKind::ArmedForces);
    }
    set.extend([AdviceKind::Medical, AdviceKind::Psychological, AdviceKind::SocialCare]);
    if in_or_beyond_year_9 {
        set.push(AdviceKind::PreparingForAdulthood);
    }
    set
}

/// The school year of a day, by the calendar year in which it began: it begins on 1 September.
pub fn school_year(on: NaiveDate) -> i32 {
    if on.month() >= 9 { on.year() } else { on.year().saturating_sub(1) }
}

/// A national curriculum year as somebody told it, 0 for reception.
///
/// It ages: year 8 told in July is year 9 in September. A child taught outside their age group keeps the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedYear {
    /// The year that was told.
    pub year: i32,
    /// The school year it was told for; see [`school_year`].
    pub school_year: i32,
}

/// Reception takes those who turned 4 in the school year before, that is the fifth school year after that of their birth.
const SCHOOL_YEARS_TO_RECEPTION: i32 = 5;

/// The national curriculum year on a day: the recorded one, moved on by the school years since, else the one of the child's
/// age, where year 9 holds those who turned 13 in the school year before.
pub fn curriculum_year(recorded: Option<RecordedYear>, date_of_birth: NaiveDate, on: NaiveDate) -> i32 {
    match recorded {
        Some(told) => told.year.saturating_add(school_year(on)).saturating_sub(told.school_year),
        None => school_year(on).saturating_sub(school_year(date_of_birth)).saturating_sub(SCHOOL_YEARS_TO_RECEPTION),
    }
}

/// Warns of advice that has to be sought for an assessment and of which no request stands.
pub fn advice_not_sought_warning(missing: &[AdviceKind]) -> Option<Warning> {
    let kinds: Vec<&str> = missing.iter().map(|kind| kind.as_str()).collect();
    (!kinds.is_empty()).then(|| Warning {
        code: WarningCode::AdviceNotSought,
        sentence: format!(
            "Advice of these kinds has to be sought, and no request for it stands: {}. Ask for it.",
            list(&kinds)
        ),
        citation: "Regulation 6(1) SEND Regulations 2014",
    })
}

/// Whether the child or young person is in or beyond year 9 on a day, for Regulations 6(1)(g) and 12(3).
pub fn in_or_beyond_year_9(recorded: Option<RecordedYear>, date_of_birth: NaiveDate, on: NaiveDate) -> bool {
    curriculum_year(recorded, date_of_birth, on) >= 9
}

text_enum! {
    /// Where a request for advice stands.
    pub enum AdviceStatus {
        /// Asked for.
        Requested => "requested",
        /// The body has said that it has the request.
        Acknowledged => "acknowledged",
        /// A report has come and awaits the authority's acceptance.
        Submitted => "submitted",
        /// The report was not good enough; it is owed again.
        Returned => "returned",
        /// The report is accepted.
        Accepted => "accepted",
        /// Earlier advice stands in: Regulation 6(4).
        CoveredByExistingAdvice => "covered_by_existing_advice",
        /// The family gave none. No other adviser may.
        NotProvided => "not_provided",
        /// The body declined, with written reasons. Only one of section 31 of the Act may.
        Declined => "declined",
        /// The request was withdrawn by the authority.
        Cancelled => "cancelled",
    }
}

/// The three agreements without which earlier advice cannot stand in for new: Regulation 6(4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExistingAdvice {
    /// When the adviser was satisfied that it is sufficient.
    pub adviser_agreed_on: Option<NaiveDate>,
    /// When the local authority was.
    pub authority_agreed_on: Option<NaiveDate>,
    /// When the family was.
    pub family_agreed_on: Option<NaiveDate>,
}

impl AdviceStatus {
    /// Nothing more is to come: a draft can be served without an override.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::CoveredByExistingAdvice | Self::NotProvided | Self::Declined | Self::Cancelled
        )
    }

    /// The adviser owes a report. A submitted one is neither outstanding nor settled: the authority has it to read.
    pub const fn is_outstanding(self) -> bool {
        matches!(self, Self::Requested | Self::Acknowledged | Self::Returned)
    }

    /// The body has the request. Only the first time, and before it answers.
    pub fn acknowledge(self) -> Result<Self, Refusal> {
        match self {
            Self::Requested => Ok(Self::Acknowledged),
            _ => Err(self.out_of_order("acknowledged", "while it is requested")),
        }
    }

    /// Another body is asked instead. Not once a report has come: what one body said is not another's.
    pub fn readdress(self) -> Result<Self, Refusal> {
        match self {
            Self::Requested | Self::Acknowledged => Ok(Self::Requested),
            _ => Err(self.out_of_order("addressed to another body", "before a report has come")),
        }
    }

    /// A report comes. Not while another awaits acceptance: that one is accepted or returned first.
    pub fn submit(self) -> Result<Self, Refusal> {
        if self.is_outstanding() {
            Ok(Self::Submitted)
        } else {
            Err(self.out_of_order("submitted", "while it is requested, acknowledged or returned"))
        }
    }

    /// The report is not good enough, be it seen only after it was accepted; the request is outstanding again.
    pub fn return_(self) -> Result<Self, Refusal> {
        match self {
            Self::Submitted | Self::Accepted => Ok(Self::Returned),
            _ => Err(self.out_of_order("returned", "once a report is submitted")),
        }
    }

    /// The report is good.
    pub fn accept(self) -> Result<Self, Refusal> {
        match self {
            Self::Submitted => Ok(Self::Accepted),
            _ => Err(self.out_of_order("accepted", "once a report is submitted")),
        }
    }

    /// Earlier advice stands in, if all three agreed that it is sufficient: Regulation 6(4).
    pub fn cover(self, kind: AdviceKind, agreements: ExistingAdvice) -> Result<Self, Refusal> {
        const CITATION: &str = "Regulation 6(4) SEND Regulations 2014";
        if kind == AdviceKind::Family {
            return Err(Refusal::lawful(
                Code::FamilyAdviceNotReplaceable,
                AdviceKind::Family.regulation(),
                "The family's views cannot be replaced by earlier advice: ask the family, or record that none were given.",
            ));
        }
        if self.is_settled() {
            return Err(self.out_of_order("covered by existing advice", "before it is settled"));
        }
        let missing: Vec<&str> = [
            (agreements.adviser_agreed_on, "the adviser"),
            (agreements.authority_agreed_on, "the local authority"),
            (agreements.family_agreed_on, "the family"),
        ]
        .into_iter()
        .filter_map(|(agreed_on, who)| agreed_on.is_none().then_some(who))
        .collect();
        if missing.is_empty() {
            Ok(Self::CoveredByExistingAdvice)
        } else {
            Err(Refusal::lawful(
                Code::ExistingAdviceNotAgreed,
                CITATION,
                format!(
                    "Existing advice may stand in only where adviser, local authority and family are all satisfied that it is sufficient. Record the day of agreement of {}.",
                    list(&missing)
                ),
            ))
        }
    }

    /// The family gave no views. Every other adviser's report stays owed.
    pub fn not_provided(self, kind: AdviceKind) -> Result<Self, Refusal> {
        if kind != AdviceKind::Family {
            return Err(Refusal::policy(
                Code::OnlyFamilyAdviceMayBeMissing,
                "Only the family's views can be recorded as not provided: chase the adviser, record an exception, or cancel the request.",
            ));
        }
        if self.is_settled() {
            return Err(self.out_of_order("recorded as not provided", "before it is settled"));
        }
        Ok(Self::NotProvided)
    }

    /// The body declines with written reasons: Act section 31(2) and (3). Only while a report is owed, and only a body
    /// of that section may.
    pub fn decline(self, kind: AdviceKind, section_31_body: bool) -> Result<Self, Refusal> {
        // Not checked against the official text.
        const CITATION: &str = "Section 31(2) and (3) Children and Families Act 2014";
        if kind == AdviceKind::Family {
            return Err(Refusal::lawful(
                Code::DecliningNotAvailable,
                AdviceKind::Family.regulation(),
                "The family's views are not declined: ask the family, or record that none were given.",
            ));
        }
        if !section_31_body {
            return Err(Refusal::lawful(
                Code::DecliningNotAvailable,
                CITATION,
                "Only a body of section 31 may decline. Chase this adviser, ask another, or cancel the request.",
            ));
        }
        if !self.is_outstanding() {
            return Err(self.out_of_order("declined", "while it is requested, acknowledged or returned"));
        }
        Ok(Self::Declined)
    }

    /// The authority no longer asks.
    pub fn cancel(self) -> Result<Self, Refusal> {
        if self.is_settled() {
            return Err(self.out_of_order("cancelled", "before it is settled"));
        }
        Ok(Self::Cancelled)
    }

    fn out_of_order(self, step: &str, when: &str) -> Refusal {
        Refusal::policy(Code::NotInStage, format!("This request for advice is {self}: it can be {step} only {when}."))
    }
}
