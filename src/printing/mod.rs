//! Documents as people get them: HTML that prints well, and tagged PDF. Knows no feature.
//!
//! Both are made of the same [`Document`], whose texts are cleaned markup. The same document gives the same bytes: no
//! time of printing stands in it, and everything that it needs, its fonts too, is in the program.

mod blocks;
mod html;
mod pdf;
mod typeset;

pub use html::html;
pub use pdf::pdf;

/// A document to be printed.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Whose document it is: the council's name.
    pub authority: String,
    /// What it is.
    pub title: String,
    /// What people call the case.
    pub reference: String,
    /// Which version of it: stands on every page.
    pub version: String,
    /// Whether it is a draft: every page says so.
    pub draft: bool,
    /// What it says of itself at its beginning: names and values.
    pub details: Vec<(String, String)>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// A section of a document.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// Its text: cleaned markup.
    pub text: String,
    /// What stands there where the text is blank.
    pub instead: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::clean;

    fn document(text: &str) -> Document {
        let section = |heading: &str, text: &str| Section {
            heading: heading.to_owned(),
            text: clean(text),
            instead: "Nothing is recorded in this section.".to_owned(),
        };
        Document {
            authority: "Marlbrook Council".to_owned(),
            title: "Education, Health and Care plan".to_owned(),
            reference: "EHC-2026-000001".to_owned(),
            version: "Version 1, draft, being written".to_owned(),
            draft: true,
            details: vec![("Name".to_owned(), "Robin <Ashdown> & Co".to_owned())],
            sections: vec![section("Section A: Views", text), section("Section B: Needs", "")],
        }
    }

    const RICH: &str = "<h3>One</h3><p>a <strong>b</strong> <em>c</em></p><h4>Two</h4><ul><li>d<ol><li>e</li></ol></li></ul>\
        <table><thead><tr><th>f</th><th>g</th></tr></thead><tbody><tr><th>h</th><td>i</td></tr><tr><td></td></tr></tbody></table>";

    fn holds(bytes: &[u8], sign: &[u8]) -> bool {
        bytes.windows(sign.len()).any(|window| window == sign)
    }

    #[test]
    fn a_document_is_held_to_the_standard_of_accessibility() {
        let made = pdf(&document(RICH)).unwrap();
        assert!(holds(&made, b"pdfuaid:part"), "krilla found a fault");
    }

    #[test]
    fn the_same_document_is_the_same_bytes() {
        let document = document(RICH);
        assert_eq!(pdf(&document).unwrap(), pdf(&document).unwrap());
        assert_eq!(html(&document).unwrap(), html(&document).unwrap());
    }

    #[test]
    fn whatever_stands_in_a_text_is_printed() {
        let word = "x".repeat(3_000);
        let row = "<tr><td>cell</td><td>another</td></tr>".repeat(400);
        let tall = format!("<table><tr><td>{}</td><td>b</td></tr></table>", "A line of a cell. ".repeat(2_000));
        for text in [
            "",
            "\u{200b}\u{feff} مرحبا 你好 \u{1f600} \u{e000}",
            word.as_str(),
            &format!("<table>{row}</table>"),
            &tall,
            // A head that fills a page, and one of many rows: neither is repeated until there is no room for the rest.
            &format!("<table><tr><th>{}</th></tr><tr><td>x</td></tr></table>", "A line of a head. ".repeat(400)),
            &format!("<table>{}<tr><td>x</td></tr></table>", "<tr><th>y</th></tr>".repeat(60)),
            &"<ul><li>x".repeat(2_000),
            &"<table><tr><td>y".repeat(2_000),
            &format!("<table><tr>{}</tr></table>", "<td>z</td>".repeat(200)),
        ] {
            assert!(pdf(&document(text)).unwrap().starts_with(b"%PDF-"), "{text:.40}");
        }
    }

    #[test]
    fn what_a_document_says_of_itself_is_text_and_no_markup() {
        let page = html(&document("<p>x</p>")).unwrap();
        assert!(page.contains("Robin &lt;Ashdown&gt; &amp; Co"), "{page}");
        // A number ends with a space of its own, or it would take the one behind it.
        assert!(
            page.contains(r#"content: "EHC\2d 2026\2d 000001\2c  Version 1\2c  draft\2c  being written";"#),
            "{page}"
        );
        let named = Document { authority: "\"; } </style><script>".to_owned(), ..document("") };
        let other = html(&named).unwrap();
        assert!(!other.contains("<script") && other.matches("</style>").count() == 1, "{other}");
        assert!(page.contains("<p>x</p>") && page.contains("Nothing is recorded in this section."));
    }
}
