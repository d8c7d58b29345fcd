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
