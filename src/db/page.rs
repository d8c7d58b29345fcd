//! Keyset pages: a list continues after the last row that was seen, so that inserts neither repeat nor hide a row.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::codes::Code;
use crate::error::{Error, Fault};
use crate::time;

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Hand it back as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many rows there are in all, where `count=true` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// How much of a list is asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many rows, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Also answer how many rows there are in all.
    pub count: Option<bool>,
}

impl PageQuery {
    /// The checked window of a list whose rows are ordered by a key of type `K`.
    pub fn window<K: DeserializeOwned>(&self) -> Result<Window<K>, Error> {
        window(self.limit, self.cursor.as_deref(), self.count)
    }
}

/// The checked form of a page's limit and cursor.
pub fn window<K: DeserializeOwned>(
    limit: Option<i64>,
    cursor: Option<&str>,
    count: Option<bool>,
) -> Result<Window<K>, Error> {
    let limit = limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Fault::new("/limit", Code::OutOfRange, "A page has between 1 and 200 rows.").into());
    }
    let after = cursor.map(Cursor::read).transpose()?;
    Ok(Window { limit, after, count: count.unwrap_or(false) })
}

/// Which rows of a list to read.
#[derive(Debug, Clone)]
pub struct Window<K> {
    /// How many.
    pub limit: i64,
    /// The key of the last row that was seen.
    pub after: Option<K>,
    /// Whether the whole list is to be counted.
    pub count: bool,
}

impl<K: Serialize> Window<K> {
    /// How many rows to fetch: one more than the page holds, to know whether there is a next.
    pub fn fetch(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Makes a page of the rows that were fetched.
    pub fn page<R>(&self, mut rows: Vec<R>, total: Option<i64>, key: impl Fn(&R) -> K) -> Page<R> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(|row| Cursor::write(&key(row))) } else { None };
        Page { items: rows, next_cursor, total }
    }
}

impl<T> Page<T> {
    /// The same page with each row presented.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor, total: self.total }
    }
}

/// The text form of a row's key.
#[derive(Debug)]
pub struct Cursor;

impl Cursor {
    /// The text of a key.
    pub fn write<K: Serialize>(key: &K) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
    }

    /// The key of a text. One that no list gave out may hold what a database has no place for.
    fn read<K: DeserializeOwned>(text: &str) -> Result<K, Error> {
        let json = URL_SAFE_NO_PAD.decode(text).ok();
        let key = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok()).filter(can_be_asked);
        key.and_then(|key| serde_json::from_value(key).ok()).ok_or_else(|| {
            Fault::new("/cursor", Code::InvalidCursor, "Use the next_cursor of the page before, unchanged.").into()
        })
    }
}

fn can_be_asked(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains('\0') && !time::is_of_another_era(text),
        Value::Array(items) => items.iter().all(can_be_asked),
        Value::Object(fields) => fields.values().all(can_be_asked),
        _ => true,
    }
}
