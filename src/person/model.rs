//! What is known of a person, and whether it can be true.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::{RecordedYear, rights_pass_on, school_year};
use utoipa::ToSchema;

use crate::codes::Code;
use crate::db::schema::people;
use crate::error::{Candidate, Error, Faults};
use crate::ids::Id;
use crate::numbers::{self, is_nhs_number, is_postcode, is_uln, is_upn, squeeze, with_space};
use crate::text::name_key;
use crate::time::Instant;
use crate::words::{SocialCareStatus, SocialCareStatusWord, vocabulary};

vocabulary! {
    /// Sex as school records have it.
    Sex as SexWord {
        /// Male.
        M = "M",
        /// Female.
        F = "F",
        /// Unknown.
        U = "U",
    }
}

vocabulary! {
    /// Whether sight or hearing is impaired: a qualified teacher must then be involved (Regs 6(2)).
    SensoryImpairment as SensoryImpairmentWord {
        /// Neither.
        None = "none",
        /// Sight.
        Vision = "vision",
        /// Hearing.
        Hearing = "hearing",
        /// Both.
        Both = "both",
    }
}

/// A person as they are kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = people, treat_none_as_null = true)]
pub struct Person {
    /// Their id.
    pub id: Id,
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
    /// Both names folded, to find the same person under another spelling.
    pub name_key: String,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// Sex.
    pub sex: Option<SexWord>,
    /// Ethnicity, in the council's own words or codes.
    pub ethnicity: Option<String>,
    /// Postcode.
    pub postcode: Option<String>,
    /// Unique pupil number.
    pub upn: Option<String>,
    /// Unique learner number.
    pub uln: Option<String>,
    /// NHS number.
    pub nhs_number: Option<String>,
    /// National curriculum year, 0 for reception, as it was told.
    pub national_curriculum_year: Option<i32>,
    /// The school year that it was told for, by the calendar year in which that began.
    pub curriculum_year_told_for: Option<i32>,
    /// How social care is involved.
    pub social_care_status: SocialCareStatusWord,
    /// Whether sight or hearing is impaired.
    pub sensory_impairment: SensoryImpairmentWord,
    /// Whether a parent serves in the armed forces, where somebody has said so.
    pub parent_in_armed_forces: Option<bool>,
    /// Raised by every change.
    pub version: i32,
    /// When they were recorded.
    pub created_at: Instant,
    /// When they were last changed.
    pub updated_at: Instant,
    /// Whether, as a young person, they lack the capacity for what a case asks of them; none where nobody decided.
    pub lacks_capacity: Option<bool>,
    /// The day on which that was decided.
    pub capacity_decided_on: Option<NaiveDate>,
    /// Who decided it.
    pub capacity_decided_by: Option<String>,
}

/// What was decided on the capacity of a young person: where it is lacking, notices go to their representative, else to
/// the parent (section 80 of the Act, Regs 63 to 65).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Capacity)]
pub struct CapacityBody {
    /// Whether it is lacking.
    pub lacking: bool,
    /// Who decided.
    #[schema(min_length = 1, max_length = 200)]
    pub decided_by: String,
    /// The day on which it was decided.
    pub decided_on: NaiveDate,
}

/// A person to be recorded.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    /// Forename.
    #[schema(min_length = 1, max_length = 200)]
    pub forename: String,
    /// Surname.
    #[schema(min_length = 1, max_length = 200)]
    pub surname: String,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// Sex.
    pub sex: Option<SexWord>,
    /// Ethnicity.
    #[schema(max_length = 100)]
    pub ethnicity: Option<String>,
    /// Postcode.
    #[schema(format = "postcode")]
    pub postcode: Option<String>,
    /// Unique pupil number.
    #[schema(format = "upn")]
    pub upn: Option<String>,
    /// Unique learner number.
    #[schema(format = "uln")]
    pub uln: Option<String>,
    /// NHS number; spaces are fine.
    #[schema(format = "nhs-number")]
    pub nhs_number: Option<String>,
    /// National curriculum year, 0 for reception to 14; worked out from the birth date where it is not given.
    #[schema(minimum = 0, maximum = 14)]
    pub national_curriculum_year: Option<i32>,
    /// How social care is involved; `none` unless told.
    pub social_care_status: Option<SocialCareStatusWord>,
    /// Whether sight or hearing is impaired; `none` unless told.
    pub sensory_impairment: Option<SensoryImpairmentWord>,
    /// Whether a parent serves in the armed forces: the Secretary of State for Defence is then asked for advice too.
    pub parent_in_armed_forces: Option<bool>,
}

/// A change to a person: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// Forename.
    #[schema(min_length = 1, max_length = 200)]
    pub forename: Option<String>,
    /// Surname.
    #[schema(min_length = 1, max_length = 200)]
    pub surname: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<SexWord>,
    /// Ethnicity.
    #[schema(max_length = 100)]
    pub ethnicity: Option<String>,
    /// Postcode.
    #[schema(format = "postcode")]
    pub postcode: Option<String>,
    /// Unique pupil number.
    #[schema(format = "upn")]
    pub upn: Option<String>,
    /// Unique learner number.
    #[schema(format = "uln")]
    pub uln: Option<String>,
    /// NHS number.
    #[schema(format = "nhs-number")]
    pub nhs_number: Option<String>,
    /// National curriculum year.
    #[schema(minimum = 0, maximum = 14)]
    pub national_curriculum_year: Option<i32>,
    /// How social care is involved.
    pub social_care_status: Option<SocialCareStatusWord>,
    /// Whether sight or hearing is impaired.
    pub sensory_impairment: Option<SensoryImpairmentWord>,
    /// Whether a parent serves in the armed forces.
    pub parent_in_armed_forces: Option<bool>,
    /// What was decided on the capacity of the young person; null takes it back.
    #[serde(default, deserialize_with = "crate::body::nullable")]
    #[schema(value_type = Option<CapacityBody>)]
    pub capacity: Option<Option<CapacityBody>>,
    /// The person is none of the candidates of a `possible_duplicate` answer.
    pub confirm_new_person: Option<bool>,
}

/// A person as those who work on their case see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    /// Their id.
    pub id: Id,
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// The first day on which notices, consent, representations and appeals are the young person's and no longer the
    /// parent's (Act s.80; Education Act 1996 s.8).
    pub rights_pass_on: NaiveDate,
    /// Sex.
    pub sex: Option<SexWord>,
    /// Ethnicity.
    pub ethnicity: Option<String>,
    /// Postcode.
    #[schema(format = "postcode")]
    pub postcode: Option<String>,
    /// Unique pupil number.
    #[schema(format = "upn")]
    pub upn: Option<String>,
    /// Unique learner number.
    #[schema(format = "uln")]
    pub uln: Option<String>,
    /// NHS number.
    #[schema(format = "nhs-number")]
    pub nhs_number: Option<String>,
    /// National curriculum year, as it was told.
    pub national_curriculum_year: Option<i32>,
    /// The school year that it was told for, by the calendar year in which that began: each 1 September after it the person
    /// is a year further.
    pub curriculum_year_told_for: Option<i32>,
    /// How social care is involved.
    pub social_care_status: SocialCareStatusWord,
    /// Whether sight or hearing is impaired.
    pub sensory_impairment: SensoryImpairmentWord,
    /// Whether a parent serves in the armed forces; null where nobody has said so.
    pub parent_in_armed_forces: Option<bool>,
    /// What was decided on the capacity of the young person.
    pub capacity: Option<CapacityBody>,
    /// Raised by every change.
    pub version: i32,
}

impl From<Person> for PersonView {
    fn from(row: Person) -> Self {
        Self {
            id: row.id,
            capacity: row.capacity(),
            forename: row.forename,
            surname: row.surname,
            date_of_birth: row.date_of_birth,
            rights_pass_on: rights_pass_on(row.date_of_birth),
            sex: row.sex,
            ethnicity: row.ethnicity,
            postcode: row.postcode,
            upn: row.upn,
            uln: row.uln,
            nhs_number: row.nhs_number,
            national_curriculum_year: row.national_curriculum_year,
            curriculum_year_told_for: row.curriculum_year_told_for,
            social_care_status: row.social_care_status,
            sensory_impairment: row.sensory_impairment,
            parent_in_armed_forces: row.parent_in_armed_forces,
            version: row.version,
        }
    }
}

/// Refuses to take a person for somebody new who may be one of others. `alike` are those whom the actor may see, `detail`
/// says how to go on.
pub fn possible_duplicate(alike: Vec<Person>, hidden: Vec<Id>, detail: &str) -> Error {
    let candidates = alike.into_iter().map(|one| Candidate {
        id: one.id,
        forename: one.forename,
        surname: one.surname,
        date_of_birth: one.date_of_birth,
    });
    Error::Conflict {
        code: Code::PossibleDuplicate,
        detail: detail.to_owned(),
        candidates: candidates.collect(),
        hidden,
    }
}

/// The greatest age, in years, of whoever the service can know of: an earlier birth is a mistyped year.
const OLDEST: u32 = 100;

impl Person {
    /// A new person of what was said about them, as it will be kept. The school year is that of the day on which it was
    /// said: of a request, the day of receipt.
    pub fn new(body: PersonBody, at: Instant, said_on: NaiveDate) -> Self {
        let mut person = Self {
            id: Id::new(),
            forename: body.forename,
            surname: body.surname,
            name_key: String::new(),
            date_of_birth: body.date_of_birth,
            sex: body.sex,
            ethnicity: body.ethnicity,
            postcode: body.postcode,
            upn: body.upn,
            uln: body.uln,
            nhs_number: body.nhs_number,
            national_curriculum_year: body.national_curriculum_year,
            curriculum_year_told_for: body.national_curriculum_year.map(|_| school_year(said_on)),
            social_care_status: body.social_care_status.unwrap_or(SocialCareStatus::None.into()),
            sensory_impairment: body.sensory_impairment.unwrap_or(SensoryImpairment::None.into()),
            parent_in_armed_forces: body.parent_in_armed_forces,
            version: 1,
            created_at: at,
            updated_at: at,
            lacks_capacity: None,
            capacity_decided_on: None,
            capacity_decided_by: None,
        };
        person.normalise();
        person
    }

    /// The same person after a change.
    pub fn changed(mut self, body: PersonChange, at: Instant, today: NaiveDate) -> Self {
        self.forename = body.forename.unwrap_or(self.forename);
        self.surname = body.surname.unwrap_or(self.surname);
        self.date_of_birth = body.date_of_birth.unwrap_or(self.date_of_birth);
        self.sex = body.sex.or(self.sex);
        self.ethnicity = body.ethnicity.or(self.ethnicity);
        self.postcode = body.postcode.or(self.postcode);
        self.upn = body.upn.or(self.upn);
        self.uln = body.uln.or(self.uln);
        self.nhs_number = body.nhs_number.or(self.nhs_number);
        if body.national_curriculum_year.is_some() {
            self.national_curriculum_year = body.national_curriculum_year;
            self.curriculum_year_told_for = Some(school_year(today));
        }
        self.social_care_status = body.social_care_status.unwrap_or(self.social_care_status);
        self.sensory_impairment = body.sensory_impairment.unwrap_or(self.sensory_impairment);
        self.parent_in_armed_forces = body.parent_in_armed_forces.or(self.parent_in_armed_forces);
        if let Some(capacity) = body.capacity {
            self.lacks_capacity = capacity.as_ref().map(|one| one.lacking);
            self.capacity_decided_on = capacity.as_ref().map(|one| one.decided_on);
            self.capacity_decided_by = capacity.map(|one| one.decided_by.trim().to_owned());
        }
        self.version = self.version.saturating_add(1);
        self.updated_at = at;
        self.normalise();
        self
    }

    /// What was decided on their capacity, where it was.
    pub fn capacity(&self) -> Option<CapacityBody> {
        match (self.lacks_capacity, self.capacity_decided_on, &self.capacity_decided_by) {
            (Some(lacking), Some(decided_on), Some(decided_by)) => {
                Some(CapacityBody { lacking, decided_by: decided_by.clone(), decided_on })
            }
            _ => None,
        }
    }

    /// The day since which they are known to lack capacity.
    pub fn lacks_capacity_since(&self) -> Option<NaiveDate> {
        self.capacity_decided_on.filter(|_| self.lacks_capacity == Some(true))
    }

    /// Takes over what is not known yet from another record of the same person.
    pub fn complete(&mut self, other: &Self) {
        let texts = [
            (&mut self.ethnicity, &other.ethnicity),
            (&mut self.postcode, &other.postcode),
            (&mut self.upn, &other.upn),
            (&mut self.uln, &other.uln),
            (&mut self.nhs_number, &other.nhs_number),
        ];
        for (own, others) in texts {
            if own.is_none() {
                own.clone_from(others);
            }
        }
        self.sex = self.sex.or(other.sex);
        if self.national_curriculum_year.is_none() {
            self.national_curriculum_year = other.national_curriculum_year;
            self.curriculum_year_told_for = other.curriculum_year_told_for;
        }
        self.parent_in_armed_forces = self.parent_in_armed_forces.or(other.parent_in_armed_forces);
        if self.lacks_capacity.is_none() {
            self.lacks_capacity = other.lacks_capacity;
            self.capacity_decided_on = other.capacity_decided_on;
            self.capacity_decided_by.clone_from(&other.capacity_decided_by);
        }
    }

    fn normalise(&mut self) {
        self.forename = self.forename.trim().to_owned();
        self.surname = self.surname.trim().to_owned();
        self.name_key = name_key(&self.forename, &self.surname);
        for number in [&mut self.upn, &mut self.uln, &mut self.nhs_number] {
            *number = number.as_deref().map(squeeze).filter(|text| !text.is_empty());
        }
        self.postcode = self.postcode.as_deref().map(squeeze).filter(|text| !text.is_empty()).map(with_space);
    }

    /// Adds a fault for everything that can't be true of a person. `at` is where they stand in the body.
    pub fn check(&self, at: &str, today: NaiveDate, faults: &mut Faults) {
        faults.not_blank(&format!("{at}/forename"), Some(&self.forename));
        faults.not_blank(&format!("{at}/surname"), Some(&self.surname));
        let born = self.date_of_birth <= today;
        faults.unless(born, format!("{at}/date_of_birth"), Code::DateInFuture, "Give a day no later than today.");
        let lived = today.years_since(self.date_of_birth).unwrap_or(0) <= OLDEST;
        faults.unless(lived, format!("{at}/date_of_birth"), Code::OutOfRange, "Check the year of birth.");
        let checks: [(&str, bool, Code, &str); 4] = [
            (
                "nhs_number",
                self.nhs_number.as_deref().is_none_or(is_nhs_number),
                Code::InvalidNhsNumber,
                numbers::EXPECTED_NHS_NUMBER,
            ),
            ("upn", self.upn.as_deref().is_none_or(is_upn), Code::InvalidUpn, numbers::EXPECTED_UPN),
            ("uln", self.uln.as_deref().is_none_or(is_uln), Code::InvalidUln, numbers::EXPECTED_ULN),
            (
                "postcode",
                self.postcode.as_deref().is_none_or(is_postcode),
                Code::InvalidPostcode,
                numbers::EXPECTED_POSTCODE,
            ),
        ];
        for (field, fine, code, detail) in checks {
            faults.unless(fine, format!("{at}/{field}"), code, detail);
        }
        if let Some(on) = self.capacity_decided_on {
            faults.day(&format!("{at}/capacity/decided_on"), on, self.date_of_birth, today);
        }
        faults.not_blank(&format!("{at}/capacity/decided_by"), self.capacity_decided_by.as_deref());
    }

    /// The national curriculum year as the law's crate takes it.
    pub fn curriculum_year(&self) -> Option<RecordedYear> {
        self.national_curriculum_year
            .zip(self.curriculum_year_told_for)
            .map(|(year, school_year)| RecordedYear { year, school_year })
    }
}
