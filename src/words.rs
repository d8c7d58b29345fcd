//! Closed vocabularies: an enum that is one word in JSON, in a column and in the OpenAPI document.
//!
//! The law's own enums live in `statute`, which knows neither serde nor diesel. [`Word`] carries them, and the
//! service's, across every border in the same way.

use std::borrow::Cow;
use std::fmt;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An enum whose every value is one fixed snake_case word.
pub trait Vocabulary: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The name of the vocabulary in the OpenAPI document.
    const NAME: &'static str;
    /// Every value, in the order in which they are documented.
    fn all() -> &'static [Self];
    /// The word.
    fn as_str(self) -> &'static str;
    /// The value that a word stands for.
    fn parse(word: &str) -> Option<Self>;
}

/// Makes a vocabulary of the service's own.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident as $word_type:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        #[doc = concat!("A [`", stringify!($name), "`] at a border of the service.")]
        pub type $word_type = $crate::words::Word<$name>;

        impl $crate::words::Vocabulary for $name {
            const NAME: &'static str = stringify!($name);
            fn all() -> &'static [Self] { &[$(Self::$variant),+] }
            fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            fn parse(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
    };
}
pub(crate) use vocabulary;

/// A value of a vocabulary at a border of the service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Word<T: Vocabulary>(pub T);

impl<T: Vocabulary> fmt::Debug for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl<T: Vocabulary> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl<T: Vocabulary> From<T> for Word<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<'de, str>::deserialize(deserializer)?;
        T::parse(&word).map(Word).ok_or_else(|| D::Error::custom(one_of::<T>()))
    }
}

impl<T: Vocabulary> PartialSchema for Word<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(T::all().iter().map(|value| value.as_str())))
            .into()
    }
}

impl<T: Vocabulary> ToSchema for Word<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

/// The sentence that tells which words a vocabulary has.
pub fn one_of<T: Vocabulary>() -> String {
    let words: Vec<_> = T::all().iter().map(|value| value.as_str()).collect();
    format!("expected one of {}", words.join(", "))
}

/// Makes an enum of the law a vocabulary, and names the word that carries it.
///
/// utoipa looks into the arguments of a generic type, which for these are types of another crate: hence the names.
macro_rules! of_the_law {
    ($($name:ident as $word:ident),+ $(,)?) => { $(
        #[doc = concat!("A [`statute::", stringify!($name), "`] at a border of the service.")]
        pub type $word = Word<statute::$name>;

        impl Vocabulary for statute::$name {
            const NAME: &'static str = stringify!($name);
            fn all() -> &'static [Self] { &Self::ALL }
            fn as_str(self) -> &'static str { Self::as_str(self) }
            fn parse(word: &str) -> Option<Self> { Self::parse(word) }
        }
    )+ };
}

of_the_law!(
    Addressee as AddresseeWord,
    AdviceKind as AdviceKindWord,
    AdviceStatus as AdviceStatusWord,
    AssessmentOutcome as AssessmentOutcomeWord,
    AssessmentRefusalReason as AssessmentRefusalReasonWord,
    Basis as BasisWord,
    ClockStatus as ClockStatusWord,
    DayBasis as DayBasisWord,
    DeadlineStatus as DeadlineStatusWord,
    Disputed as DisputedWord,
    EducationOtherwise as EducationOtherwiseWord,
    EndKind as EndKindWord,
    Ground as GroundWord,
    HealthIssues as HealthIssuesWord,
    Holder as HolderWord,
    Mistake as MistakeWord,
    OrderKind as OrderKindWord,
    OrderSource as OrderSourceWord,
    Phase as PhaseWord,
    PlacementGround as PlacementGroundWord,
    NoticeAbout as NoticeAboutWord,
    PlanKind as PlanKindWord,
    PlanOutcome as PlanOutcomeWord,
    PlanParts as PlanPartsWord,
    PlanStatus as PlanStatusWord,
    Recipient as RecipientWord,
    RequestSource as RequestSourceWord,
    RuleId as RuleIdWord,
    Section as SectionWord,
    SettingKind as SettingKindWord,
    Severity as SeverityWord,
    Stage as StageWord,
    SubjectKind as SubjectKindWord,
);

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
