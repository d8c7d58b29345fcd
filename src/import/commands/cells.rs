//! The cells of a row: each judged by itself, and what is read of them noted in one form.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use csv::StringRecord;
use sha2::{Digest, Sha256};
use statute::RequestSource;

use crate::codes::Code;
use crate::import::model::{Column, Layout, Line, SheetFault};
use crate::words::{Vocabulary, one_of};

/// The sentence with a capital at its beginning.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut signs = sentence.chars();
    match signs.next() {
        Some(first) => first.to_uppercase().chain(signs).collect(),
        None => String::new(),
    }
}

/// The cells of a row; what is read is noted in one form, for the digest.
pub(super) struct Cells<'a> {
    layout: &'a Layout,
    record: &'a StringRecord,
    number: u32,
    /// The day of casework on which they are judged.
    pub(super) today: NaiveDate,
    /// Everything that is wrong with them.
    pub(super) faults: Vec<SheetFault>,
    /// Those that can't be read, or are missing and required.
    pub(super) unread: BTreeSet<Column>,
    said: BTreeMap<Column, String>,
}

impl<'a> Cells<'a> {
    /// Those of a line, as they are judged on this day of casework.
    pub(super) fn of(layout: &'a Layout, line: &'a Line, today: NaiveDate) -> Self {
        Self {
            layout,
            record: &line.record,
            number: line.row,
            today,
            faults: Vec::new(),
            unread: BTreeSet::new(),
            said: BTreeMap::new(),
        }
    }

    /// Something is wrong with what stands there.
    pub(super) fn fault(&mut self, column: Column, code: Code, what: impl Into<String>) {
        self.faults.push(SheetFault::new(self.number, column, code, what));
    }

    /// A fault that leaves nothing to go on with.
    pub(super) fn unreadable(&mut self, column: Column, code: Code, what: impl Into<String>) {
        self.unread.insert(column);
        self.fault(column, code, what);
    }

    /// Notes what stands there.
    pub(super) fn say(&mut self, column: Column, what: String) {
        self.said.insert(column, what);
    }

    /// Whether anything stands there, right or wrong.
    pub(super) fn has(&self, column: Column) -> bool {
        self.layout.cell(self.record, column).is_some()
    }

    /// What `read` finds there; nothing is a fault.
    pub(super) fn required<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&mut Self, Column) -> Option<T>,
    ) -> Option<T> {
        if !self.has(column) {
            self.unreadable(column, Code::MissingField, "This is required.");
        }
        read(self, column)
    }

    /// A text of at most so many characters.
    pub(super) fn text(&mut self, column: Column, longest: usize) -> Option<String> {
        let text = self.layout.cell(self.record, column)?.to_owned();
        if text.chars().any(char::is_control) {
            self.unreadable(column, Code::InvalidFormat, "Leave out line breaks and other signs that can't be seen.");
            return None;
        }
        if text.chars().count() > longest {
            self.fault(column, Code::TooLong, format!("At most {longest} characters."));
        }
        self.say(column, text.clone());
        Some(text)
    }

    /// A day.
    pub(super) fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let day = date(self.layout.cell(self.record, column)?);
        match day {
            Some(day) => self.say(column, day.to_string()),
            None => {
                let what = "Expected a day that exists, as YYYY-MM-DD or DD/MM/YYYY.";
                self.unreadable(column, Code::InvalidDate, what);
            }
        }
        day
    }

    /// The day of something that has happened.
    pub(super) fn past(&mut self, column: Column) -> Option<NaiveDate> {
        let day = self.date(column)?;
        if day > self.today {
            let what = format!("Give a day no later than today, {}.", self.today);
            self.fault(column, Code::DateInFuture, what);
        }
        Some(day)
    }

    /// A word of a vocabulary.
    pub(super) fn word<T: Vocabulary>(&mut self, column: Column) -> Option<T> {
        let word = T::parse(self.layout.cell(self.record, column)?);
        match word {
            Some(word) => self.say(column, word.as_str().to_owned()),
            None => self.unreadable(column, Code::UnknownValue, capitalised(&format!("{}.", one_of::<T>()))),
        }
        word
    }

    /// A source as a word, or as a code of the national return.
    pub(super) fn source(&mut self, column: Column) -> Option<RequestSource> {
        let cell = self.layout.cell(self.record, column)?;
        let source = RequestSource::parse(cell).or_else(|| RequestSource::from_return_code(cell.parse().ok()?));
        match source {
            Some(source) => self.say(column, source.to_string()),
            None => {
                let what = format!("{}, or a code from 1 to 5.", one_of::<RequestSource>());
                self.unreadable(column, Code::UnknownValue, capitalised(&what));
            }
        }
        source
    }

    /// `true`; `false`, as is nothing.
    pub(super) fn flag(&mut self, column: Column) -> bool {
        let Some(cell) = self.layout.cell(self.record, column) else {
            return false;
        };
        let flag = cell.eq_ignore_ascii_case("true");
        if flag {
            self.say(column, "true".to_owned());
        } else if !cell.eq_ignore_ascii_case("false") {
            self.unreadable(column, Code::UnknownValue, "Expected true or false.");
        }
        flag
    }

    /// A decision and its day, which go together; `told` is the column of its notice.
    pub(super) fn both<T>(
        &mut self,
        (decision, outcome): (Column, Option<T>),
        (day, decided_on): (Column, Option<NaiveDate>),
        told: Column,
    ) -> Option<(T, NaiveDate)> {
        if !self.has(decision) && (self.has(day) || self.has(told)) {
            self.fault(decision, Code::MissingField, "A day without the decision: give both or neither.");
        }
        if self.has(decision) && !self.has(day) {
            self.fault(day, Code::MissingField, "A decision has a day: give both or neither.");
        }
        Some((outcome?, decided_on?))
    }

    /// A digest of all that was noted.
    pub(super) fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for (column, text) in &self.said {
            digest.update(column.as_str());
            digest.update([0]);
            digest.update(text);
            digest.update([0]);
        }
        format!("{:x}", digest.finalize())
    }
}

/// A day as `YYYY-MM-DD` or `DD/MM/YYYY`, digit for digit.
fn date(text: &str) -> Option<NaiveDate> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let format = match shape.as_str() {
        "9999-99-99" => "%Y-%m-%d",
        "99/99/9999" => "%d/%m/%Y",
        _ => return None,
    };
    NaiveDate::parse_from_str(text, format).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_two_ways_and_no_other() {
        let february = NaiveDate::from_ymd_opt(2026, 2, 28);
        assert_eq!(date("2026-02-28"), february);
        assert_eq!(date("28/02/2026"), february);
        for wrong in
            ["2026-02-30", "30/02/2026", "2026-2-28", "28/2/2026", "28/02/26", "02/28/2026", "28-02-2026", "46081"]
        {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }
}
