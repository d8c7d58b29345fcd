//! Young people: when the rights pass from the parent to them, and whom a notice goes to.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::{
    request::{Warning, WarningCode},
    text::{long, text_enum},
};

/// Where the end of compulsory school age is written.
const RIGHTS_PASS: &str = "Section 8 Education Act 1996, sections 80 and 83(2) Children and Families Act 2014, Regulations 63 to 65 SEND Regulations 2014";

/// Where the age up to which somebody is a young person is written.
const UNDER_25: &str = "Section 83(2) Children and Families Act 2014";

text_enum! {
    /// Whom a notice goes to.
    pub enum Addressee {
        /// The child's parent: until the end of compulsory school age, and after it where the young person lacks capacity
        /// and has no representative.
        Parent => "parent",
        /// The young person: after the end of compulsory school age.
        YoungPerson => "young_person",
        /// The representative of a young person who lacks capacity.
        Representative => "representative",
    }
}

/// The birthday on which a person is so old. Who is born on 29 February has it on 1 March in other years than leap years.
fn birthday(date_of_birth: NaiveDate, age: i32) -> NaiveDate {
    let year = date_of_birth.year().saturating_add(age);
    date_of_birth.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1)).unwrap_or(NaiveDate::MAX)
}

/// The first day on which notices, consent, representations and appeals are the young person's: the day after the last
/// Friday in June of the school year (from 1 September) in which the person turns 16.
///
/// Compulsory school age ends with the end of that Friday, also where the birthday falls later in that school year.
pub fn rights_pass_on(date_of_birth: NaiveDate) -> NaiveDate {
    let sixteen = birthday(date_of_birth, 16);
    let year = if sixteen.month() >= 9 { sixteen.year().saturating_add(1) } else { sixteen.year() };
    let Some(last_of_june) = NaiveDate::from_ymd_opt(year, 6, 30) else {
        return NaiveDate::MAX;
    };
    let after_friday = last_of_june.weekday().days_since(Weekday::Fri);
    let friday = last_of_june.checked_sub_days(Days::new(after_friday.into()));
    friday.and_then(|friday| friday.succ_opt()).unwrap_or(NaiveDate::MAX)
}

/// Whom a notice of that day goes to. `lacks_capacity_since` is the day on which it was decided that the young person
/// lacks the capacity for it, where that was decided.
pub fn addressee(
    date_of_birth: NaiveDate,
    lacks_capacity_since: Option<NaiveDate>,
    has_representative: bool,
    on: NaiveDate,
) -> Addressee {
    if on < rights_pass_on(date_of_birth) {
        return Addressee::Parent;
    }
    match lacks_capacity_since {
        Some(since) if since <= on && has_representative => Addressee::Representative,
        Some(since) if since <= on => Addressee::Parent,
        _ => Addressee::YoungPerson,
    }
}

/// Warns where the rights pass to the young person inside a case that is open: after its receipt, and not after the day on
/// which the final plan is due or, where that is over, today.
pub fn rights_pass_warning(
    date_of_birth: NaiveDate,
    received_on: NaiveDate,
    final_due_on: NaiveDate,
    today: NaiveDate,
) -> Option<Warning> {
    let on = rights_pass_on(date_of_birth);
    (received_on < on && on <= final_due_on.max(today)).then(|| Warning {
        code: WarningCode::RightsPass,
        sentence: format!(
            "The rights pass from the parent to the young person on {}: from then notices go to the young person, and consent, \
             representations and appeals are theirs.",
            long(on)
        ),
        citation: RIGHTS_PASS,
    })
}

/// Warns where the person turns 25 before the final plan of an open case is issued: on or before the day on which it is due
/// or, where that is over, today.
pub fn turns_25_warning(date_of_birth: NaiveDate, final_due_on: NaiveDate, today: NaiveDate) -> Option<Warning> {
    (birthday(date_of_birth, 25) <= final_due_on.max(today)).then(|| Warning {
        code: WarningCode::Turns25,
        sentence:
            "The person turns 25 before the final plan is issued: whoever is 25 is no young person any more. Decide \
                   before the birthday, or ask what can still be done."
                .to_owned(),
        citation: UNDER_25,
    })
}

/// Warns where notices go to the young person now and no contact of the case is known to be theirs.
pub fn addressee_missing_warning(addressee: Addressee, is_named: bool) -> Option<Warning> {
    (addressee == Addressee::YoungPerson && !is_named).then(|| Warning {
        code: WarningCode::AddresseeMissing,
        sentence:
            "Notices go to the young person, and no contact of the case is marked as theirs: ask them how they want \
                   to be reached."
                .to_owned(),
        citation: RIGHTS_PASS,
    })
}
