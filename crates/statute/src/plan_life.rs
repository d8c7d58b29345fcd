//! Dates in the life of a plan that no single period says: transfers between phases of education, and the first review
//! by a new authority.

use chrono::{Months, NaiveDate};

use crate::{
    calendar::Calendar,
    rules::{RuleId, months_beginning_with, rule},
    text::text_enum,
};

text_enum! {
    /// A transfer between phases of education: Regulations 2(1) and 18.
    pub enum Phase {
        /// From early-years education to school.
        EarlyYearsToSchool => "early_years_to_school",
        /// From infant to junior school.
        InfantToJunior => "infant_to_junior",
        /// From primary to middle school.
        PrimaryToMiddle => "primary_to_middle",
        /// From primary to secondary school.
        PrimaryToSecondary => "primary_to_secondary",
        /// From middle to secondary school.
        MiddleToSecondary => "middle_to_secondary",
        /// From secondary school to a post-16 institution.
        SecondaryToPost16 => "secondary_to_post_16",
    }
}

/// The last day on which a plan can be reviewed and amended before a transfer in the calendar year `year`: the day before
/// 31 March from secondary school to post-16, the day before 15 February at every other transfer. `None` for a year that
/// the calendar does not have. Regulation 18(1).
pub fn phase_transfer_due_on(phase: Phase, year: i32) -> Option<NaiveDate> {
    match phase {
        Phase::SecondaryToPost16 => NaiveDate::from_ymd_opt(year, 3, 31),
        Phase::EarlyYearsToSchool
        | Phase::InfantToJunior
        | Phase::PrimaryToMiddle
        | Phase::PrimaryToSecondary
        | Phase::MiddleToSecondary => NaiveDate::from_ymd_opt(year, 2, 15),
    }?
    .pred_opt()
}

/// The last day on which a plan can be reviewed and amended before a move from one post-16 institution to another: five
/// months before it. Regulation 18(2).
pub fn post_16_transfer_due_on(transfer_on: NaiveDate) -> NaiveDate {
    transfer_on.checked_sub_months(Months::new(5)).unwrap_or(NaiveDate::MIN)
}

/// How many months the new authority has for its first review, where they end later than the time of every review.
const MONTHS_AFTER_TRANSFER: u32 = 3;

/// The last day on which a new authority can review a plan that was transferred to it: the later of 12 months beginning
/// with the day it was made or last reviewed, and 3 months beginning with the transfer. Regulation 15(5).
pub fn transfer_in_review_due_on(last_reviewed_on: NaiveDate, transferred_on: NaiveDate) -> NaiveDate {
    let review = rule(RuleId::Review, last_reviewed_on).due_on(last_reviewed_on, &Calendar::EMPTY);
    months_beginning_with(transferred_on, MONTHS_AFTER_TRANSFER).map_or(review, |after| after.max(review))
}
