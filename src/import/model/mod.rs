//! What a sheet says, and what may be wrong with it.

mod columns;
mod sheet;

use std::borrow::Cow;

pub use columns::{Column, ColumnWord, Layout};
pub use sheet::{Line, Sheet};

use crate::codes::Code;
use crate::error::Error;

/// One thing wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFault {
    /// The row as a spreadsheet numbers it: the headings are row 1.
    pub row: u32,
    /// The column by its heading, or by its place where it has none that is known.
    pub column: Cow<'static, str>,
    /// What kind of fault.
    pub code: Code,
    /// What is expected. Never what stands there: it is about a child.
    pub what: String,
}

impl SheetFault {
    /// A fault in a column that is known.
    pub fn new(row: u32, column: Column, code: Code, what: impl Into<String>) -> Self {
        use crate::words::Vocabulary;
        Self { row, column: Cow::Borrowed(column.as_str()), code, what: what.into() }
    }
}

/// Which reading of the sheet is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Every row is judged.
    Checking,
    /// Every row is written.
    Writing,
}

/// Hears how an import goes.
pub trait Watch {
    /// A fault was found. An error stops the import.
    fn fault(&mut self, fault: &SheetFault) -> Result<(), Error>;
    /// So many bytes of the sheet have been read in this pass.
    fn progress(&mut self, pass: Pass, bytes: u64);
}

/// What became of a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The rows below the headings, but for empty ones.
    pub read: u32,
    /// The cases that were made, or in a dry run would be; none where there was a fault.
    pub created: u32,
    /// The rows that had been taken over before, with the same content.
    pub unchanged: u32,
    /// The faults.
    pub faults: u32,
}
