//! What is known of a person, and whether it can be true.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::Code;
use crate::db::schema::people;
use crate::error::Faults;
use crate::ids::Id;
use crate::text::name_key;
use crate::time::Instant;
use crate::words::vocabulary;

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
    /// How social care is involved.
    SocialCareStatus as SocialCareStatusWord {
        /// It is not.
        None = "none",
        /// A child in need (Children Act 1989 s.17).
        ChildInNeed = "child_in_need",
        /// A child protection plan.
        ChildProtection = "child_protection",
        /// Looked after by an authority (Children Act 1989 s.22).
        LookedAfter = "looked_after",
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
    /// National curriculum year, 0 for reception.
    pub national_curriculum_year: Option<i32>,
    /// How social care is involved.
    pub social_care_status: SocialCareStatusWord,
    /// Whether sight or hearing is impaired.
    pub sensory_impairment: SensoryImpairmentWord,
    /// Raised by every change.
    pub version: i32,
    /// When they were recorded.
    pub created_at: Instant,
    /// When they were last changed.
    pub updated_at: Instant,
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
    pub postcode: Option<String>,
    /// Unique pupil number.
    pub upn: Option<String>,
    /// Unique learner number.
    pub uln: Option<String>,
    /// NHS number; spaces are fine.
    pub nhs_number: Option<String>,
    /// National curriculum year, 0 for reception to 14; worked out from the birth date where it is not given.
    #[schema(minimum = 0, maximum = 14)]
    pub national_curriculum_year: Option<i32>,
    /// How social care is involved; `none` unless told.
    pub social_care_status: Option<SocialCareStatusWord>,
    /// Whether sight or hearing is impaired; `none` unless told.
    pub sensory_impairment: Option<SensoryImpairmentWord>,
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
    pub postcode: Option<String>,
    /// Unique pupil number.
    pub upn: Option<String>,
    /// Unique learner number.
    pub uln: Option<String>,
    /// NHS number.
    pub nhs_number: Option<String>,
    /// National curriculum year.
    #[schema(minimum = 0, maximum = 14)]
    pub national_curriculum_year: Option<i32>,
    /// How social care is involved.
    pub social_care_status: Option<SocialCareStatusWord>,
    /// Whether sight or hearing is impaired.
    pub sensory_impairment: Option<SensoryImpairmentWord>,
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
    /// Sex.
    pub sex: Option<SexWord>,
    /// Ethnicity.
    pub ethnicity: Option<String>,
    /// Postcode.
    pub postcode: Option<String>,
    /// Unique pupil number.
    pub upn: Option<String>,
    /// Unique learner number.
    pub uln: Option<String>,
    /// NHS number.
    pub nhs_number: Option<String>,
    /// National curriculum year.
    pub national_curriculum_year: Option<i32>,
    /// How social care is involved.
    pub social_care_status: SocialCareStatusWord,
    /// Whether sight or hearing is impaired.
    pub sensory_impairment: SensoryImpairmentWord,
    /// Raised by every change.
    pub version: i32,
}

impl From<Person> for PersonView {
    fn from(row: Person) -> Self {
        Self {
            id: row.id,
            forename: row.forename,
            surname: row.surname,
            date_of_birth: row.date_of_birth,
            sex: row.sex,
            ethnicity: row.ethnicity,
            postcode: row.postcode,
            upn: row.upn,
            uln: row.uln,
            nhs_number: row.nhs_number,
            national_curriculum_year: row.national_curriculum_year,
            social_care_status: row.social_care_status,
            sensory_impairment: row.sensory_impairment,
            version: row.version,
        }
    }
}

impl Person {
    /// A new person of what was said about them, as it will be kept.
    pub fn new(body: PersonBody, at: Instant) -> Self {
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
            social_care_status: body.social_care_status.unwrap_or(SocialCareStatus::None.into()),
            sensory_impairment: body.sensory_impairment.unwrap_or(SensoryImpairment::None.into()),
            version: 1,
            created_at: at,
            updated_at: at,
        };
        person.normalise();
        person
    }

    /// The same person after a change.
    pub fn changed(mut self, body: PersonChange, at: Instant) -> Self {
        self.forename = body.forename.unwrap_or(self.forename);
        self.surname = body.surname.unwrap_or(self.surname);
        self.date_of_birth = body.date_of_birth.unwrap_or(self.date_of_birth);
        self.sex = body.sex.or(self.sex);
        self.ethnicity = body.ethnicity.or(self.ethnicity);
        self.postcode = body.postcode.or(self.postcode);
        self.upn = body.upn.or(self.upn);
        self.uln = body.uln.or(self.uln);
        self.nhs_number = body.nhs_number.or(self.nhs_number);
        self.national_curriculum_year = body.national_curriculum_year.or(self.national_curriculum_year);
        self.social_care_status = body.social_care_status.unwrap_or(self.social_care_status);
        self.sensory_impairment = body.sensory_impairment.unwrap_or(self.sensory_impairment);
        self.version = self.version.saturating_add(1);
        self.updated_at = at;
        self.normalise();
        self
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
        self.national_curriculum_year = self.national_curriculum_year.or(other.national_curriculum_year);
    }

    fn normalise(&mut self) {
        self.forename = self.forename.trim().to_owned();
        self.surname = self.surname.trim().to_owned();
        self.name_key = name_key(&self.forename, &self.surname);
        let squeeze = |text: &String| text.split_whitespace().collect::<String>().to_uppercase().replace('-', "");
        for number in [&mut self.upn, &mut self.uln, &mut self.nhs_number] {
            *number = number.as_ref().map(squeeze).filter(|text| !text.is_empty());
        }
        self.postcode = self.postcode.as_ref().map(squeeze).filter(|text| !text.is_empty()).map(with_space);
    }

    /// Adds a fault for everything that can't be true of a person. `at` is where they stand in the body.
    pub fn check(&self, at: &str, today: NaiveDate, faults: &mut Faults) {
        faults.not_blank(&format!("{at}/forename"), Some(&self.forename));
        faults.not_blank(&format!("{at}/surname"), Some(&self.surname));
        let born = self.date_of_birth <= today;
        faults.unless(born, format!("{at}/date_of_birth"), Code::DateInFuture, "Give a day no later than today.");
        let checks: [(&str, bool, Code, &str); 4] = [
            (
                "nhs_number",
                self.nhs_number.as_deref().is_none_or(is_nhs_number),
                Code::InvalidNhsNumber,
                "Expected ten digits of which the last is the check digit (modulus 11).",
            ),
            (
                "upn",
                self.upn.as_deref().is_none_or(is_upn),
                Code::InvalidUpn,
                "Expected a check letter and twelve digits; in a temporary number the last is a letter.",
            ),
            (
                "uln",
                self.uln.as_deref().is_none_or(is_uln),
                Code::InvalidUln,
                "Expected ten digits of which the last is the check digit.",
            ),
            (
                "postcode",
                self.postcode.as_deref().is_none_or(is_postcode),
                Code::InvalidPostcode,
                "Expected a postcode such as BS1 4ST.",
            ),
        ];
        for (field, fine, code, detail) in checks {
            faults.unless(fine, format!("{at}/{field}"), code, detail);
        }
    }

    /// The national curriculum year as the law's crate takes it.
    pub fn curriculum_year(&self) -> Option<u8> {
        self.national_curriculum_year.and_then(|year| u8::try_from(year).ok())
    }
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// The sum of digits, each weighted by its place from the right, of all but the last; and the last.
fn weighed(text: &str) -> Option<(u32, u32)> {
    let digits = digits(text).filter(|digits| digits.len() == 10)?;
    let (last, rest) = digits.split_last()?;
    Some((rest.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum(), *last))
}

/// Whether the check digit of an NHS number fits: modulus 11 (NHS Data Dictionary, NHS NUMBER).
pub fn is_nhs_number(text: &str) -> bool {
    weighed(text).is_some_and(|(sum, last)| (11 - sum % 11) % 11 == last)
}

/// Whether the check digit of a unique learner number fits (Learning Records Service).
pub fn is_uln(text: &str) -> bool {
    weighed(text).is_some_and(|(sum, last)| sum % 11 != 0 && 10 - sum % 11 == last)
}

/// Whether the check letter of a unique pupil number fits: modulus 23 (DfE, Unique pupil numbers).
pub fn is_upn(text: &str) -> bool {
    const LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";
    let mut signs = text.chars();
    let Some(check) = signs.next() else {
        return false;
    };
    let rest: Vec<char> = signs.collect();
    if rest.len() != 12 {
        return false;
    }
    let value = |(place, sign): (usize, &char)| -> Option<usize> {
        match sign.to_digit(10) {
            Some(digit) => usize::try_from(digit).ok(),
            // A temporary number ends in a letter.
            None if place == 11 => LETTERS.find(*sign),
            None => None,
        }
    };
    let values: Option<Vec<usize>> = rest.iter().enumerate().map(value).collect();
    values.is_some_and(|values| {
        let sum: usize = values.iter().zip(2..).map(|(value, weight)| value * weight).sum();
        LETTERS.chars().nth(sum % 23) == Some(check)
    })
}

/// Puts the space of a postcode where it belongs: before the last three signs.
fn with_space(squeezed: String) -> String {
    match squeezed.len().checked_sub(3).filter(|_| squeezed.is_ascii()) {
        Some(at) if at > 0 => {
            let (outward, inward) = squeezed.split_at(at);
            format!("{outward} {inward}")
        }
        _ => squeezed,
    }
}

/// Whether this has the form of a postcode (BS 7666).
pub fn is_postcode(text: &str) -> bool {
    let Some((outward, inward)) = text.split_once(' ') else {
        return false;
    };
    let shape: String = outward
        .chars()
        .map(|c| match c {
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            _ => '?',
        })
        .collect();
    let inward_fits = inward.len() == 3
        && inward.starts_with(|c: char| c.is_ascii_digit())
        && inward.chars().skip(1).all(|c| c.is_ascii_uppercase());
    text == "GIR 0AA" || (inward_fits && ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"].contains(&shape.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nhs_number_needs_its_check_digit() {
        assert!(is_nhs_number("9434765919"));
        assert!(!is_nhs_number("9434765918"));
        assert!(!is_nhs_number("943476591"));
        assert!(!is_nhs_number("94347659I9"));
    }

    #[test]
    fn a_upn_needs_its_check_letter() {
        let check =
            |digits: &str| "ABCDEFGHJKLMNPQRTUVWXYZ".chars().filter(|c| is_upn(&format!("{c}{digits}"))).count();
        assert_eq!(check("820200100001"), 1, "exactly one letter fits");
        assert_eq!(check("82020010000A"), 1, "a temporary number may end in a letter");
        assert_eq!(check("82020010A001"), 0, "a letter elsewhere is none");
        assert_eq!(check("8202001000"), 0);
        assert!(is_upn("H801200001001"));
        assert!(!is_upn("A801200001001"));
    }

    #[test]
    fn a_uln_needs_its_check_digit() {
        let fits = (0..10).filter(|last| is_uln(&format!("100000004{last}"))).count();
        assert!(fits <= 1);
        assert!(is_uln("1000000043"));
        assert!(!is_uln("1000000042"));
    }

    #[test]
    fn a_postcode_is_put_in_order_and_checked() {
        assert_eq!(with_space("BS14ST".to_owned()), "BS1 4ST");
        for fine in ["BS1 4ST", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 0AX", "EC1A 1BB", "GIR 0AA"] {
            assert!(is_postcode(fine), "{fine}");
        }
        for wrong in ["BS1", "BS1 44T", "1BS 4ST", "BS111 4ST", "BS1  4ST", "B?1 4ST"] {
            assert!(!is_postcode(wrong), "{wrong}");
        }
    }
}
