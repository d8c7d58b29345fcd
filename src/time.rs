//! Time comes from one clock. A request or a job reads it once; everything it does happens at that reading.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound, TimeDelta, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::db::columns::sql;

/// A moment in UTC, to the microsecond: PostgreSQL keeps no more, and what is read must equal what was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Instant)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// The moment, cut to the microsecond.
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The moment as chrono knows it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The moment `span` later (or earlier, where it is negative).
    pub fn plus(self, span: TimeDelta) -> Self {
        Self(self.0.checked_add_signed(span).unwrap_or(self.0))
    }

    /// The moment at which it is `hour` o'clock in London on `day`. `None` for an hour that the day does not have; of an
    /// hour that it has twice the first.
    pub fn in_london(day: NaiveDate, hour: u32) -> Option<Self> {
        let local = day.and_hms_opt(hour, 0, 0)?.and_local_timezone(chrono_tz::Europe::London).earliest()?;
        Some(Self::from_utc(local.with_timezone(&Utc)))
    }

    /// From the beginning of one day in London to the end of another: the first moment of it, and the first after it.
    pub fn span_in_london(from: Option<NaiveDate>, to: Option<NaiveDate>) -> (Option<Self>, Option<Self>) {
        let begins = |day| Self::in_london(day, 0);
        (from.and_then(begins), to.and_then(|day| day.succ_opt()).and_then(begins))
    }

    /// The day it is in London at this moment.
    pub fn day_in_london(self) -> NaiveDate {
        self.0.with_timezone(&chrono_tz::Europe::London).date_naive()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from_utc(DateTime::parse_from_rfc3339(text)?.with_timezone(&Utc)))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Self::from_utc)
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for Instant {}

/// One reading of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The machine's time: records, tokens, leases and expiries run on it.
    pub at: Instant,
    /// The day in London by which casework is judged; frozen where the settings say so.
    pub today: NaiveDate,
}

/// Where time comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    fixed_today: Option<NaiveDate>,
}

impl Clock {
    /// The machine's clock, with the day of casework frozen where `fixed_today` is given.
    pub fn new(fixed_today: Option<NaiveDate>) -> Self {
        Self { fixed_today }
    }

    /// The moment by which it is judged what mail is due: the machine's, or noon in London of the day at which casework
    /// stands still.
    pub fn moment_of_casework(self) -> Instant {
        let frozen = self.fixed_today.and_then(|day| Instant::in_london(day, 12));
        frozen.unwrap_or_else(|| self.read().at)
    }

    /// Reads the clock.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's time is read")]
    pub fn read(self) -> Reading {
        let at = Instant::from_utc(Utc::now());
        Reading { at, today: self.fixed_today.unwrap_or_else(|| at.day_in_london()) }
    }
}

/// Whether a text is a day or a moment of a year that takes a sign, such as `-10000-01-01`: one that a calendar knows and a
/// database does not.
pub fn is_of_another_era(text: &str) -> bool {
    let signed = text.trim_start().strip_prefix(['+', '-']);
    let parts = signed.and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, rest)| {
        !year.is_empty() && year.bytes().all(|byte| byte.is_ascii_digit()) && rest.contains('-')
    })
}

/// A day as this service reads and writes it: `YYYY-MM-DD`, in the years that four digits write.
pub fn day(text: &str) -> Option<NaiveDate> {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'9' } else { byte });
    if shape.eq(b"9999-99-99".iter().copied()) { text.parse().ok() } else { None }
}
