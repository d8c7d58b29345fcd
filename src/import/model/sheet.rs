//! A sheet as it is read: line by line, never whole.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::{Layout, SheetFault};
use crate::error::Error;

/// A line below the headings.
#[derive(Debug, Clone)]
pub struct Line {
    /// The row as a spreadsheet numbers it.
    pub row: u32,
    /// What stands there.
    pub record: StringRecord,
}

/// A sheet that is being read.
pub struct Sheet<R> {
    reader: csv::Reader<R>,
    layout: Layout,
    row: u32,
}

impl<R> std::fmt::Debug for Sheet<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("row", &self.row).finish_non_exhaustive()
    }
}

impl<R: Read> Sheet<R> {
    /// Reads the headings; the inner error is what is wrong with them.
    pub fn open(source: R) -> Result<Result<Self, Vec<SheetFault>>, Error> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
        let mut sheet = Self { reader, layout: Layout::default(), row: 0 };
        let headings = sheet.next_record()?.unwrap_or_default();
        Ok(Layout::read(&headings).map(|layout| Self { layout, ..sheet }))
    }

    /// Where each column stands.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How much has been read.
    pub fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next line in which anything stands.
    pub fn next_line(&mut self) -> Result<Option<Line>, Error> {
        while let Some(record) = self.next_record()? {
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(Some(Line { row: self.row, record }));
            }
        }
        Ok(None)
    }

    fn next_record(&mut self) -> Result<Option<StringRecord>, Error> {
        let before = self.reader.position().line();
        let mut record = ByteRecord::new();
        let more = self
            .reader
            .read_byte_record(&mut record)
            .map_err(|fault| Error::Malformed(format!("the sheet can't be read on after row {}: {fault}", self.row)))?;
        if !more {
            return Ok(None);
        }
        // The reader passes over empty lines, which a spreadsheet counts; a line break within quotes is no new row.
        let lines = self.reader.position().line().saturating_sub(before);
        let within: usize = record.iter().map(|cell| cell.iter().filter(|byte| **byte == b'\n').count()).sum();
        let passed = lines.saturating_sub(u64::try_from(within).unwrap_or(0)).max(1);
        self.row = self.row.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        StringRecord::from_byte_record(record).map(Some).map_err(|_not_utf_8| {
            Error::Malformed(format!("row {} is not UTF-8: save the sheet as CSV in UTF-8", self.row))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: &str = "external_reference,forename,surname,date_of_birth,received_on,request_source";

    fn rows(text: &str) -> Vec<(u32, String)> {
        let mut sheet = Sheet::open(text.as_bytes()).unwrap().unwrap();
        let mut rows = Vec::new();
        while let Some(line) = sheet.next_line().unwrap() {
            rows.push((line.row, line.record.get(0).unwrap_or_default().to_owned()));
        }
        rows
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
        let expected = [(2, "a\nb".to_owned()), (3, "c".to_owned()), (5, "d".to_owned()), (7, "e".to_owned())];
        let text = format!("{HEADINGS}\n\"a\nb\",x\nc,x\n\nd,x\n,,,,,\ne,x");
        assert_eq!(rows(&text), expected);
        let windows = text.replace('\n', "\r\n").replace("a\r\nb", "a\nb");
        assert_eq!(rows(&windows), expected);
        assert_eq!(rows(&format!("\u{feff}{text}\n\n")), expected, "a byte-order mark is passed over");
    }

    #[test]
    fn what_is_not_utf_8_is_told_by_its_row() {
        let mut bytes = format!("{HEADINGS}\nA,x\n").into_bytes();
        bytes.extend(b"B,Ren\xe9e\n");
        let mut sheet = Sheet::open(bytes.as_slice()).unwrap().unwrap();
        assert!(sheet.next_line().unwrap().is_some());
        let told = sheet.next_line().unwrap_err().to_string();
        assert_eq!(told, "row 3 is not UTF-8: save the sheet as CSV in UTF-8");
    }

    #[test]
    fn a_sheet_without_anything_lacks_its_headings() {
        assert_eq!(Sheet::open(&b""[..]).unwrap().unwrap_err().len(), 6);
    }
}
