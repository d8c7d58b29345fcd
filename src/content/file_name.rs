//! Names of files that are safe on whatever machine they are opened.

use super::MediaType;

/// The longest name that is kept, in characters.
const LONGEST: usize = 150;

/// The last part of a path as a browser may send it, without what a file system or a reader could take amiss.
pub fn cleaned(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control() && !turns_text(*c)).collect();
    let plain = plain.replace(['<', '>', ':', '"', '|', '?', '*'], "_");
    let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if plain.is_empty() { "document".to_owned() } else { plain.to_owned() }
}

/// The name with an extension that suits the type, whatever it had before: `letter.exe` that is a PDF becomes
/// `letter.exe.pdf`.
pub fn with_extension(name: &str, media_type: MediaType) -> String {
    let suits = |extension: &str| media_type.extensions().iter().any(|one| extension.eq_ignore_ascii_case(one));
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if suits(extension) && !stem.is_empty() => (stem, extension),
        _ => (name, media_type.extension()),
    };
    let stem: String = stem.chars().take(LONGEST).collect();
    format!("{stem}.{extension}")
}

/// Signs that turn the direction of text: with them, `gpj.exe` can be made to read `exe.jpg`.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_last_part_of_a_path_without_strange_signs() {
        assert_eq!(cleaned("C:\\Users\\me\\Report.pdf"), "Report.pdf");
        assert_eq!(cleaned("../../etc/passwd"), "passwd");
        assert_eq!(cleaned("a\r\nb\0c.txt"), "abc.txt");
        assert_eq!(cleaned("photo\u{202e}gpj.exe"), "photogpj.exe");
        assert_eq!(cleaned("..."), "document");
        assert_eq!(cleaned("Zo\u{eb}\u{2019}s \"views\".docx"), "Zo\u{eb}\u{2019}s _views_.docx");
    }

    #[test]
    fn the_extension_suits_the_type() {
        assert_eq!(with_extension("Photo.JPEG", MediaType::Jpg), "Photo.JPEG");
        assert_eq!(with_extension("letter.exe", MediaType::Pdf), "letter.exe.pdf");
        assert_eq!(with_extension("page.html", MediaType::Txt), "page.html.txt");
        assert_eq!(with_extension("document", MediaType::Odt), "document.odt");
        assert_eq!(with_extension(&"x".repeat(400), MediaType::Png).chars().count(), LONGEST + 4);
    }
}
