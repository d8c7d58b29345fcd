//! Text set in lines: which glyphs stand where, in the fonts that are part of the program.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::style::{FontFamily, FontFamilyName, FontStyle, FontWeight, LineHeight, OverflowWrap, StyleProperty};
use parley::{FontContext, Layout, LayoutContext};
use skrifa::{FontRef, MetadataProvider};

use super::blocks::Run;
use crate::error::Error;

/// The faces: upright, bold, italic, bold italic.
pub(super) const FACES: [&[u8]; 4] =
    [notosans::REGULAR_TTF, notosans::BOLD_TTF, notosans::ITALIC_TTF, notosans::BOLD_ITALIC_TTF];

/// The space between the baselines of lines, as a multiple of the size.
const LEADING: f32 = 1.4;

/// How a text is to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) italic: bool,
}

/// A text in lines of a width.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) layout: Layout<()>,
}

/// A glyph, its advance and offsets as multiples of the size.
pub(super) struct Glyph {
    pub(super) id: u32,
    pub(super) advance: f32,
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) range: Range<usize>,
}

/// Glyphs of one face that stand in a row.
pub(super) struct Stretch {
    /// Which of [`FACES`].
    pub(super) face: usize,
    pub(super) size: f32,
    pub(super) x: f32,
    pub(super) glyphs: Vec<Glyph>,
}

/// Sets texts. One of it serves a whole document.
pub(super) struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    faces: Vec<u64>,
    family: String,
    known: FontRef<'static>,
}

impl Typesetter {
    pub(super) fn new() -> Result<Self, Error> {
        let broken = |why: String| Error::internal(format!("a font of the program: {why}"));
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut fonts = FontContext { collection: Collection::new(options), source_cache: SourceCache::default() };
        let (mut faces, mut family) = (Vec::new(), None);
        for face in FACES {
            let blob = Blob::new(Arc::new(face));
            faces.push(blob.id());
            let registered = fonts.collection.register_fonts(blob, None);
            family = family.or(registered.first().map(|(id, _)| *id));
        }
        let family = family.and_then(|id| fonts.collection.family_name(id).map(str::to_owned));
        let [upright, ..] = FACES;
        Ok(Self {
            fonts,
            layouts: LayoutContext::new(),
            faces,
            family: family.ok_or_else(|| broken("it has no name".to_owned()))?,
            known: FontRef::new(upright).map_err(|fault| broken(fault.to_string()))?,
        })
    }

    /// Sets runs in lines of a width.
    pub(super) fn set(&mut self, runs: &[Run], style: Style, width: f32) -> Text {
        let mut text = String::new();
        let mut spans = Vec::new();
        for run in runs {
            let from = text.len();
            run.text.chars().for_each(|c| self.push(c, &mut text));
            spans.push((from..text.len(), run.strong || style.bold, run.emphasis || style.italic));
        }
        let family = FontFamilyName::Named(Cow::Borrowed(self.family.as_str()));
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, &text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::Single(family)));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(LEADING)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        for (range, bold, italic) in spans {
            if bold {
                builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
            }
            if italic {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), range);
            }
        }
        let mut layout = builder.build(&text);
        layout.break_all_lines(Some(width));
        Text { text, layout }
    }

    /// Adds a character; one that the font does not have, as it is written in plain letters.
    fn push(&self, c: char, text: &mut String) {
        if c == '\n' || self.known.charmap().map(c).is_some_and(|glyph| glyph.to_u32() != 0) {
            text.push(c);
        } else if !c.is_control() {
            text.push_str(deunicode::deunicode_char(c).unwrap_or("?"));
        }
    }

    /// The glyphs of a line, face by face.
    pub(super) fn stretches(&self, text: &Text, line: usize) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let mut x = 0.0;
        for run in text.layout.get(line).iter().flat_map(|line| line.runs()) {
            let face = self.faces.iter().position(|id| *id == run.font().data.id()).unwrap_or_default();
            let (size, begins) = (run.font_size(), x);
            let mut glyphs: Vec<Glyph> = Vec::new();
            for cluster in run.visual_clusters() {
                if cluster.is_ligature_continuation() {
                    if let Some(glyph) = glyphs.last_mut() {
                        glyph.range.end = cluster.text_range().end;
                    }
                    continue;
                }
                for glyph in cluster.glyphs() {
                    glyphs.push(Glyph {
                        id: glyph.id,
                        advance: glyph.advance / size,
                        x: glyph.x / size,
                        y: glyph.y / size,
                        range: cluster.text_range(),
                    });
                    x += glyph.advance;
                }
            }
            stretches.push(Stretch { face, size, x: begins, glyphs });
        }
        stretches
    }
}
