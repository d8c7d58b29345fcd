//! What can still be read of a body in which some values are faulty.
//!
//! The faults that only a command can see are to be told together with those that the schema sees. So each faulty value
//! is left out, or stood in for where the schema requires one, and the command judges the rest. No such body gets any
//! further: see [`Submitted::judge`](super::Submitted::judge).

use serde_json::{Map, Value};

/// A JSON schema with the document that its references point into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema<'a> {
    document: &'a Value,
    at: &'a Value,
}

impl<'a> Schema<'a> {
    /// The schema that a document is of.
    pub(super) fn of(document: &'a Value) -> Self {
        Self { document, at: document }
    }

    /// Takes the value at `pointer` out of `body`, or puts one in its place that could stand there. Answers whether that
    /// is possible: nothing stands in for a whole body.
    pub(super) fn repair(self, body: &mut Value, pointer: &str) -> bool {
        let Some((parent, name)) = pointer.rsplit_once('/') else {
            return false;
        };
        let Some(schema) = parent.split('/').skip(1).try_fold(self, |schema, name| schema.below(&unescape(name)))
        else {
            return false;
        };
        let name = unescape(name);
        match body.pointer_mut(parent) {
            Some(Value::Object(fields)) => match schema.below(&name).filter(|_| schema.requires(&name)) {
                Some(field) => {
                    fields.insert(name, field.stand_in());
                }
                None => {
                    fields.remove(&name);
                }
            },
            Some(Value::Array(items)) => {
                let item = name.parse().ok().and_then(|index: usize| items.get_mut(index));
                let (Some(item), Some(schema)) = (item, schema.below(&name)) else {
                    return false;
                };
                // An item that were left out would move those that follow.
                *item = schema.stand_in();
            }
            _ => return false,
        }
        true
    }

    /// The schemas that this one is made of, once its references are followed.
    fn parts(self) -> Vec<Self> {
        if let Some(reference) = self.at.get("$ref").and_then(Value::as_str) {
            let target = self.document.pointer(reference.trim_start_matches('#'));
            return target.map(|at| Self { at, ..self }.parts()).unwrap_or_default();
        }
        let of = |word| self.at.get(word).and_then(Value::as_array).into_iter().flatten();
        let mut parts = vec![self];
        for part in of("oneOf").chain(of("anyOf")).chain(of("allOf")) {
            parts.extend(Self { at: part, ..self }.parts());
        }
        parts
    }

    /// The schema of a field or an item.
    fn below(self, name: &str) -> Option<Self> {
        self.parts().into_iter().find_map(|part| {
            let field = part.at.get("properties").and_then(|fields| fields.get(name));
            field.or_else(|| part.at.get("items")).map(|at| Self { at, ..self })
        })
    }

    fn requires(self, name: &str) -> bool {
        self.parts().into_iter().any(|part| {
            part.at.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|one| one == name))
        })
    }

    fn is(self, word: &str) -> bool {
        match self.at.get("type") {
            Some(Value::Array(words)) => words.iter().any(|one| one == word),
            Some(one) => one == word,
            None => false,
        }
    }

    /// A value of this schema, the plainest.
    fn stand_in(self) -> Value {
        let parts = self.parts();
        if parts.iter().any(|part| part.is("null")) {
            return Value::Null;
        }
        for part in &parts {
            if let Some(first) = part.at.get("enum").and_then(Value::as_array).and_then(|words| words.first()) {
                return first.clone();
            }
            if part.is("object") {
                let names = part.at.get("required").and_then(Value::as_array).into_iter().flatten();
                let fields = names.filter_map(Value::as_str).filter_map(|name| {
                    let field = part.below(name)?;
                    Some((name.to_owned(), field.stand_in()))
                });
                return Value::Object(fields.collect::<Map<_, _>>());
            }
            if part.is("array") {
                return Value::Array(Vec::new());
            }
            if part.is("string") {
                let text = match part.at.get("format").and_then(Value::as_str) {
                    Some("date") => "2000-01-01",
                    Some("date-time") => "2000-01-01T00:00:00Z",
                    Some("uuid") => "00000000-0000-0000-0000-000000000000",
                    _ => "-",
                };
                return text.into();
            }
            if part.is("integer") || part.is("number") {
                return part.at.get("minimum").cloned().unwrap_or_else(|| 0.into());
            }
            if part.is("boolean") {
                return false.into();
            }
        }
        Value::Null
    }
}

/// A step of a JSON Pointer as a name (RFC 6901, section 4).
fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
