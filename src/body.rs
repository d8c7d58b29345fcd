//! A request's body and its preconditions, checked in the order that the contract fixes.
//!
//! The thing that a step changes is looked up first, so that what a caller may not know answers 404 whatever the body
//! says. Then the body must be JSON (400), the version must be named and right (428, 412), the fields must be valid
//! (422), and only then is the step itself judged (409). A [`Step`] carries the pieces to the command, which opens it
//! with the version that it found.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::codes::Code;
use crate::error::{Error, Fault};
use crate::numbers;
use crate::text::is_email;

/// A body as it came: parsed, not yet judged.
#[derive(Debug, Clone)]
pub struct Submitted<T> {
    body: Result<T, BodyFault>,
}

#[derive(Debug, Clone)]
enum BodyFault {
    Malformed(String),
    Invalid(Vec<Fault>),
}

impl From<BodyFault> for Error {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::Malformed(detail) => Self::Malformed(detail),
            BodyFault::Invalid(faults) => Self::Invalid(faults),
        }
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> Submitted<T> {
    /// Parses a body and checks it against the schema of `T`, the very one that the OpenAPI document shows.
    pub fn parse(bytes: &[u8]) -> Self {
        Self { body: parse(bytes) }
    }

    /// The body, or every fault in it.
    pub fn open(self) -> Result<T, Error> {
        self.body.map_err(Error::from)
    }
}

/// A step on a thing that has versions.
#[derive(Debug, Clone)]
pub struct Step<T> {
    /// The version that the caller saw, from `If-Match`.
    pub expected: Option<Expected>,
    /// The body.
    pub body: Submitted<T>,
}

/// The versions that `If-Match` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `*`: whatever the version is.
    Any,
    /// One of these strong tags.
    OneOf(Vec<i32>),
}

impl<T> Step<T> {
    /// The body, if it is JSON, the caller saw this version, and every field is valid: in this order.
    pub fn against(self, version: i32) -> Result<T, Error> {
        if let Err(BodyFault::Malformed(detail)) = self.body.body {
            return Err(Error::Malformed(detail));
        }
        match self.expected {
            None => return Err(Error::PreconditionRequired),
            Some(Expected::OneOf(versions)) if !versions.contains(&version) => return Err(Error::Stale),
            Some(_) => {}
        }
        self.body.body.map_err(Error::from)
    }
}

/// An empty object, for steps that say all they say by their address.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

/// Tells a field that is null from one that was left out: `Some(None)` from `None`.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

fn parse<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<T, BodyFault> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let value: Value = serde_json::from_slice(bytes).map_err(|fault| {
        BodyFault::Malformed(format!("Not JSON at line {}, column {}.", fault.line(), fault.column()))
    })?;
    let validator = validator::<T>();
    let mut faults = Vec::new();
    for error in validator.iter_errors(&value) {
        collect(&error, &value, &mut faults);
    }
    find_nul(&value, &mut String::new(), &mut faults);
    if !faults.is_empty() {
        faults.dedup();
        return Err(BodyFault::Invalid(faults));
    }
    // The schema is derived from the type, so this can only fail where a type is stricter than its schema can say.
    serde_path_to_error::deserialize(value).map_err(|fault| {
        let pointer = pointer_of(fault.path());
        BodyFault::Invalid(vec![Fault::new(pointer, Code::InvalidFormat, "Not in the form that is expected here.")])
    })
}

/// PostgreSQL's text holds no U+0000, so neither does ours.
fn find_nul(value: &Value, at: &mut String, faults: &mut Vec<Fault>) {
    let length = at.len();
    match value {
        Value::String(text) if text.contains('\0') => {
            faults.push(Fault::new(at.clone(), Code::InvalidFormat, "A text can't hold the character U+0000."));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push_str(&format!("/{index}"));
                find_nul(item, at, faults);
                at.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                at.push_str(&format!("/{}", escape(name)));
                find_nul(field, at, faults);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{}", escape(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// A name as a step of a JSON Pointer (RFC 6901, section 3).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The validator of a body type, made once.
fn validator<T: ToSchema + 'static>() -> Arc<Validator> {
    static MADE: OnceLock<RwLock<HashMap<TypeId, Arc<Validator>>>> = OnceLock::new();
    let made = MADE.get_or_init(RwLock::default);
    let key = TypeId::of::<T>();
    if let Some(validator) = made.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Arc::clone(validator);
    }
    let validator = Arc::new(make_validator::<T>());
    made.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&validator));
    validator
}

#[expect(
    clippy::panic,
    reason = "a body type whose schema is no schema is a fault of the code that every test run meets"
)]
fn make_validator<T: ToSchema>() -> Validator {
    let mut parts = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut parts);
    let parts: HashMap<String, _> = parts.into_iter().collect();
    let document = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{}", T::name()),
        "components": { "schemas": parts },
    });
    let options = jsonschema::options()
        .should_validate_formats(true)
        .with_format("nhs-number", |text: &str| blank(text) || numbers::is_nhs_number(&numbers::squeeze(text)))
        .with_format("upn", |text: &str| blank(text) || numbers::is_upn(&numbers::squeeze(text)))
        .with_format("uln", |text: &str| blank(text) || numbers::is_uln(&numbers::squeeze(text)))
        .with_format("postcode", |text: &str| {
            blank(text) || numbers::is_postcode(&numbers::with_space(numbers::squeeze(text)))
        })
        .with_format("email", is_email);
    match options.build(&document) {
        Ok(validator) => validator,
        Err(fault) => panic!("the schema of {} is none: {fault}", T::name()),
    }
}

/// An empty text is a number that was left out.
fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Turns one finding of the validator into faults. What was sent is never repeated: it may be about a child.
fn collect(error: &ValidationError<'_>, root: &Value, faults: &mut Vec<Fault>) {
    let at = error.instance_path().to_string();
    let mut add = |code, detail: String| faults.push(Fault::new(at.clone(), code, detail));
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            faults.extend(unexpected.iter().map(|name| {
                Fault::new(format!("{at}/{}", escape(name)), Code::UnknownField, "There is no such field here.")
            }));
        }
        // An object that takes no field at all: the validator does not say which it met.
        Kind::FalseSchema => {
            let names = root.pointer(&at).and_then(Value::as_object).into_iter().flatten();
            faults.extend(names.map(|(name, _)| {
                Fault::new(format!("{at}/{}", escape(name)), Code::UnknownField, "There is no such field here.")
            }));
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            faults.push(Fault::new(format!("{at}/{}", escape(name)), Code::MissingField, "This field is required."));
        }
        Kind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
            };
            add(Code::WrongType, format!("Expected {expected}."));
        }
        Kind::Enum { options } => {
            let words: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            add(Code::UnknownValue, format!("Expected one of {}.", words.join(", ")));
        }
        Kind::Format { format } => match format.as_str() {
            "nhs-number" => add(Code::InvalidNhsNumber, numbers::EXPECTED_NHS_NUMBER.to_owned()),
            "upn" => add(Code::InvalidUpn, numbers::EXPECTED_UPN.to_owned()),
            "uln" => add(Code::InvalidUln, numbers::EXPECTED_ULN.to_owned()),
            "postcode" => add(Code::InvalidPostcode, numbers::EXPECTED_POSTCODE.to_owned()),
            "email" => add(Code::InvalidEmail, "Expected an address such as name@example.org.".to_owned()),
            "date" => add(Code::InvalidDate, "Expected a day that exists, as YYYY-MM-DD.".to_owned()),
            other => add(Code::InvalidFormat, format!("Expected {other}.")),
        },
        Kind::MinLength { .. } => add(Code::Blank, "Give a text.".to_owned()),
        Kind::MaxLength { limit } => add(Code::TooLong, format!("At most {limit} characters.")),
        Kind::Minimum { limit } => add(Code::OutOfRange, format!("At least {limit}.")),
        Kind::Maximum { limit } => add(Code::OutOfRange, format!("At most {limit}.")),
        Kind::MaxItems { limit } => add(Code::TooLong, format!("At most {limit} items.")),
        Kind::MinItems { limit } => add(Code::TooShort, format!("At least {limit} item(s).")),
        // A nullable part is "null or this": the branch that is meant is the one that got furthest.
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
            let mut best: Option<Vec<Fault>> = None;
            for branch in context {
                let mut inner = Vec::new();
                for error in branch {
                    collect(error, root, &mut inner);
                }
                let shallow = inner.iter().any(|fault| fault.code == Code::WrongType && fault.pointer == at);
                if best.is_none() || !shallow {
                    best = Some(inner);
                }
            }
            faults.extend(best.unwrap_or_default());
        }
        _ => add(Code::InvalidFormat, "Not in the form that is expected here.".to_owned()),
    }
}
