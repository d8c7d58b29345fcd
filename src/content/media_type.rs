//! What a file is, told from its bytes. Names and declared types are not believed.

use crate::words::vocabulary;

vocabulary! {
    /// The types of documents that are taken.
    MediaType as MediaTypeWord {
        /// Portable Document Format.
        Pdf = "application/pdf",
        /// Word since 2007.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// Word before.
        Doc = "application/msword",
        /// OpenDocument text.
        Odt = "application/vnd.oasis.opendocument.text",
        /// Rich Text Format.
        Rtf = "application/rtf",
        /// Plain text.
        Txt = "text/plain",
        /// A picture.
        Png = "image/png",
        /// A photograph.
        Jpg = "image/jpeg",
    }
}

impl MediaType {
    /// The extensions that its files go by, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Doc => &["doc"],
            Self::Odt => &["odt"],
            Self::Rtf => &["rtf"],
            Self::Txt => &["txt"],
            Self::Png => &["png"],
            Self::Jpg => &["jpg", "jpeg"],
        }
    }

    /// The extension that its files usually go by.
    pub fn extension(self) -> &'static str {
        self.extensions().first().copied().unwrap_or_default()
    }
}

/// What the beginning of a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It is this.
    Is(MediaType),
    /// A zip container: its table of contents tells more.
    Zip,
    /// A compound file, as Office wrote them before 2007: its directory tells more.
    Compound,
    /// Text that a machine would act on: a web page, a script.
    Markup,
    /// Something else, plain text perhaps.
    Other,
}

/// What a file that begins with `head` may be.
pub(super) fn form(head: &[u8]) -> Form {
    if head.starts_with(b"PK\x03\x04") {
        return Form::Zip;
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Form::Compound;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.get(..4).is_some_and(|beginning| beginning.eq_ignore_ascii_case(b"<svg")) {
        return Form::Markup;
    }
    match infer::get(head).or_else(|| infer::get(text)) {
        Some(found) => match found.mime_type() {
            "application/pdf" => Form::Is(MediaType::Pdf),
            "application/rtf" => Form::Is(MediaType::Rtf),
            "image/png" => Form::Is(MediaType::Png),
            "image/jpeg" => Form::Is(MediaType::Jpg),
            mime if mime.starts_with("text/") => Form::Markup,
            // Two letters make a bitmap or a program for this library: a note that begins with "BMI" is neither.
            _ => Form::Other,
        },
        None => Form::Other,
    }
}

/// How much of a zip container's end is needed to find its table of contents, in bytes: the record at its end with the
/// longest comment (APPNOTE.TXT, section 4.3.16).
pub(super) const ZIP_TAIL: u64 = 22 + 65_535;

/// Where the table of contents of a zip container is: its offset and its length, in bytes.
pub(super) fn zip_directory(tail: &[u8]) -> Option<(u64, u64)> {
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let record = tail.get(at..)?;
    Some((number32(record, 16)?, number32(record, 12)?))
}

/// What a zip container is, by its beginning and its table of contents.
pub(super) fn of_zip(head: &[u8], directory: &[u8]) -> Option<MediaType> {
    let names = names(directory);
    let has = |name: &[u8]| names.contains(&name);
    // Word looks names up whatever their case (ISO/IEC 29500-2, equivalence of part names).
    let macros = names.iter().any(|name| name.to_ascii_lowercase().ends_with(b"vbaproject.bin"));
    let word = names.iter().any(|name| name.starts_with(b"word/document") && name.ends_with(b".xml"));
    if has(b"[Content_Types].xml") && word && !macros {
        return Some(MediaType::Docx);
    }
    (has(b"content.xml") && opendocument_text(head)).then_some(MediaType::Odt)
}

/// The first entry of an OpenDocument file is its type, neither packed nor locked (OpenDocument 1.2, part 3, section 3.3).
fn opendocument_text(head: &[u8]) -> bool {
    const TEXT: &[u8] = b"application/vnd.oasis.opendocument.text";
    let entry = || {
        let name_length = number16(head, 26)?;
        let extra = number16(head, 28)?;
        let name = head.get(30..)?.get(..name_length)?;
        let content = head.get(30..)?.get(name_length.checked_add(extra)?..)?;
        // A template's type goes on with "-template".
        Some(name == b"mimetype" && content.starts_with(TEXT) && content.get(TEXT.len()) != Some(&b'-'))
    };
    entry().unwrap_or(false)
}

/// The names in a zip container's table of contents (APPNOTE.TXT, section 4.3.12).
fn names(mut directory: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    while directory.starts_with(b"PK\x01\x02") {
        let entry = || {
            let (name, extra, comment) = (number16(directory, 28)?, number16(directory, 30)?, number16(directory, 32)?);
            let rest = directory.get(46..)?;
            Some((rest.get(..name)?, rest.get(name.checked_add(extra)?.checked_add(comment)?..)?))
        };
        let Some((name, rest)) = entry() else {
            break;
        };
        names.push(name);
        directory = rest;
    }
    names
}

/// Where the first part of a compound file's directory is: its offset and its length, in bytes ([MS-CFB], section 2.2).
pub(super) fn compound_directory(head: &[u8]) -> Option<(u64, u64)> {
    let sector = 1_u64.checked_shl(u32::try_from(number16(head, 30)?).ok()?)?;
    if !(512..=4096).contains(&sector) {
        return None;
    }
    let first = number32(head, 48)?;
    Some((first.checked_add(1)?.checked_mul(sector)?, sector))
}

/// What a compound file is, by the first part of its directory: Word marks the root with its class, and every writer of
/// Word documents has a stream of this name.
pub(super) fn of_compound(directory: &[u8]) -> Option<MediaType> {
    const WORD: [u8; 16] = [0x06, 0x09, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
    let class = directory.get(80..96);
    let stream: Vec<u8> = "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let named = directory.chunks(128).any(|entry| entry.starts_with(&stream));
    (class == Some(WORD.as_slice()) || named).then_some(MediaType::Doc)
}

fn number16(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
}

fn number32(bytes: &[u8], at: usize) -> Option<u64> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u64::from(u32::from_le_bytes(four.try_into().ok()?)))
}

/// Looks at a whole file, piece by piece: is it plain text, in UTF-8 or as Windows wrote it before (code page 1252)?
#[derive(Debug)]
pub(super) struct TextCheck {
    printable: bool,
    utf8: bool,
    windows: bool,
    /// The beginning of a character whose end is in the next piece.
    cut: Vec<u8>,
}

impl Default for TextCheck {
    fn default() -> Self {
        Self { printable: true, utf8: true, windows: true, cut: Vec::new() }
    }
}

impl TextCheck {
    /// The next piece.
    pub(super) fn look_at(&mut self, piece: &[u8]) {
        self.printable &= !piece.iter().any(|byte| byte.is_ascii_control() && !b"\t\n\r\x0c".contains(byte));
        self.windows &= !piece.iter().any(|byte| [0x81, 0x8d, 0x8f, 0x90, 0x9d].contains(byte));
        if !self.utf8 {
            return;
        }
        let mut bytes = std::mem::take(&mut self.cut);
        bytes.extend_from_slice(piece);
        if let Err(fault) = std::str::from_utf8(&bytes) {
            match fault.error_len() {
                None => self.cut = bytes.split_off(fault.valid_up_to()),
                Some(_) => self.utf8 = false,
            }
        }
    }

    /// Whether it was text to its end.
    pub(super) fn is_text(&self) -> bool {
        self.printable && ((self.utf8 && self.cut.is_empty()) || self.windows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[&[u8]]) -> bool {
        let mut check = TextCheck::default();
        pieces.iter().for_each(|piece| check.look_at(piece));
        check.is_text()
    }

    #[test]
    fn beginnings_are_known() {
        assert_eq!(form(b"%PDF-1.7\n"), Form::Is(MediaType::Pdf));
        assert_eq!(form(b"\x89PNG\r\n\x1a\n"), Form::Is(MediaType::Png));
        assert_eq!(form(b"\xff\xd8\xff\xe0"), Form::Is(MediaType::Jpg));
        assert_eq!(form(b"{\\rtf1\\ansi"), Form::Is(MediaType::Rtf));
        assert_eq!(form(b"<html><body>"), Form::Markup);
        assert_eq!(form(b"#!/bin/sh\n"), Form::Markup);
        assert_eq!(form(b"\xef\xbb\xbf\n<html><body>"), Form::Markup);
        assert_eq!(form(b"  <SVG onload=\"x\">"), Form::Markup);
        assert_eq!(form(b"BMI 17.2\n"), Form::Other);
        assert_eq!(form(b""), Form::Other);
    }

    #[test]
    fn text_is_utf8_or_windows_1252_without_control_signs() {
        assert!(text(&[b"Zo\xc3", b"\xab says hello\r\n"]));
        assert!(text(&[b"Provision costs \xa3400"]));
        assert!(!text(&[b"MZ\x90\x00\x03"]));
        assert!(!text(&[b"ELF\x01"]));
        assert!(!text(&[b"caf\xc3\x81\xff"]));
    }

    #[test]
    fn cut_off_containers_are_nothing() {
        assert_eq!(zip_directory(b"PK\x05\x06"), None);
        assert_eq!(of_zip(b"PK\x03\x04", b"PK\x01\x02"), None);
        assert_eq!(compound_directory(b"\xd0\xcf\x11\xe0"), None);
        assert_eq!(of_compound(b""), None);
    }

    #[test]
    fn a_compound_file_is_a_text_if_word_wrote_it() {
        let entry = |name: &str, class: &[u8]| {
            let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            entry.resize(80, 0);
            entry.extend_from_slice(class);
            entry.resize(128, 0);
            entry
        };
        let root = entry("Root Entry", &[]);
        assert_eq!(of_compound(&[root.clone(), entry("WordDocument", &[])].concat()), Some(MediaType::Doc));
        assert_eq!(of_compound(&[root, entry("Workbook", &[])].concat()), None);
        let word = [0x06, 0x09, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
        assert_eq!(of_compound(&entry("Root Entry", &word)), Some(MediaType::Doc));
    }
}
