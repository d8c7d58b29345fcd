//! How the Department for Education publishes how long plans took. No limit of the law, and a number of weeks all the same.

/// The longest of the bands of *Education, health and care plans* (SEN2) begins beyond so many weeks: within 20 weeks, over
/// 20 to 52 weeks, over 52 weeks.
const LONGEST_BAND_WEEKS: i64 = 52;

const DAYS_OF_WEEK: i64 = 7;

/// Whether a plan that was sent so many days after the request is published in the longest band.
pub const fn is_in_longest_band(days: i64) -> bool {
    days > LONGEST_BAND_WEEKS.saturating_mul(DAYS_OF_WEEK)
}
