//! A document as PDF: tagged, so that it can be read out, searched and copied.
//!
//! First the document is set: every line, box and rule gets its page and its place, and the tree of tags its branches.
//! Then the pages are painted, which by then know how many they are. Headers and footers are no part of the tree.

use std::num::NonZeroU16;
use std::rc::Rc;

use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, ListNumbering, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document as Pdf, SerializeSettings};

use super::Document;
use super::blocks::{Block, Row, Run, blocks};
use super::typeset::{FACES, Style, Text, Typesetter};
use crate::error::Error;
use crate::markup;

// A4, in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 56.7;
/// Where the text of a page begins and ends.
const TOP: f32 = 82.0;
const BOTTOM: f32 = HEIGHT - 70.0;
const FULL: f32 = WIDTH - 2.0 * MARGIN;
/// How many lines the council's name may take at the head of a page.
const NAME_LINES: usize = 3;
/// How far a list is set in.
const INDENT: f32 = 18.0;
/// The space between the rule of a cell and its text.
const PADDING: f32 = 5.0;
/// How much must follow a heading on its page.
const KEPT_WITH_HEADING: f32 = 48.0;

const BODY: Style = Style { size: 10.5, bold: false, italic: false };
const BOLD: Style = Style { bold: true, ..BODY };
const ITALIC: Style = Style { italic: true, ..BODY };
const TITLE: Style = Style { size: 22.0, bold: true, italic: false };
const SECTION: Style = Style { size: 14.0, bold: true, italic: false };
const HEADING: Style = Style { size: 12.0, bold: true, italic: false };
const SMALL: Style = Style { size: 8.5, bold: false, italic: false };
const SMALL_BOLD: Style = Style { bold: true, ..SMALL };
const MARK: Style = Style { size: 12.0, bold: true, italic: false };

/// Red, green, blue.
type Colour = [u8; 3];

const INK: Colour = [11, 12, 12];
const GREY: Colour = [80, 90, 95];
const RULE: Colour = [150, 158, 163];
const SHADE: Colour = [238, 241, 244];
const BLUE: Colour = [29, 53, 87];
const RED: Colour = [148, 37, 20];

/// The document as PDF. It claims to be of the standard for accessibility, PDF/UA-1, where the library finds it so; a
/// text that it would not let pass, such as one of private signs, is printed all the same, tagged.
pub fn pdf(document: &Document) -> Result<Vec<u8>, Error> {
    let mut set = Set::new()?;
    set.document(document);
    match paint(&set, document, true) {
        Err(Unpainted::NotAccessible) => paint(&set, document, false),
        painted => painted,
    }
    .map_err(|fault| match fault {
        Unpainted::NotAccessible => Error::internal("a document was not painted"),
        Unpainted::Because(why) => Error::internal(why),
    })
}

/// A branch of the tree of tags.
struct Branch {
    kind: TagKind,
    parent: Option<usize>,
}

/// Something at its place on a page.
enum Item {
    Line { x: f32, top: f32, text: Rc<Text>, line: usize, colour: Colour, tag: Option<usize> },
    Box { rect: [f32; 4], colour: Colour },
}

/// One line of a text that is to be placed.
#[derive(Clone)]
struct Piece {
    /// The space before it, but for the first on a page.
    before: f32,
    height: f32,
    x: f32,
    text: Rc<Text>,
    line: usize,
    colour: Colour,
    tag: Option<usize>,
    /// Stands beside the next piece, at the same height.
    beside: bool,
}

struct Set {
    setter: Typesetter,
    tree: Vec<Branch>,
    pages: Vec<Vec<Item>>,
    y: f32,
    /// Headings for the outline: text, page, height.
    outline: Vec<(String, usize, f32)>,
}

impl Set {
    fn new() -> Result<Self, Error> {
        let root = Branch { kind: Tag::Part.into(), parent: None };
        let pages = vec![Vec::new()];
        Ok(Self { setter: Typesetter::new()?, tree: vec![root], pages, y: TOP, outline: Vec::new() })
    }

    fn branch(&mut self, kind: impl Into<TagKind>, parent: usize) -> usize {
        self.tree.push(Branch { kind: kind.into(), parent: Some(parent) });
        self.tree.len().saturating_sub(1)
    }

    fn page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }

    fn at_top(&self) -> bool {
        self.y <= TOP
    }

    fn document(&mut self, document: &Document) {
        let plain = |text: &str| vec![Run { text: text.to_owned(), ..Run::default() }];
        self.paragraph(&plain(&document.authority), BOLD, 0.0, 0.0, 0, Tag::P.into(), BLUE);
        let title = Tag::Hn(NonZeroU16::MIN, Some(document.title.clone())).into();
        self.paragraph(&plain(&document.title), TITLE, 2.0, 0.0, 0, title, INK);
        self.outline.push((document.title.clone(), 0, TOP));
        self.y += 8.0;
        let rows: Vec<Row> = document
            .details
            .iter()
            .map(|(name, value)| {
                let cell =
                    |header, text: &str| super::blocks::Cell { header, blocks: vec![Block::Paragraph(plain(text))] };
                Row { cells: vec![cell(true, name), cell(false, value)] }
            })
            .collect();
        self.table(&rows, 0.0, FULL, 0, Some(&[0.3, 0.7]));
        for section in &document.sections {
            let made = blocks(&section.text);
            // A heading that another follows at once is kept with what follows that one.
            let headed = matches!(made.first(), Some(Block::Heading { .. }));
            self.section(&section.heading, if headed { 2.0 * KEPT_WITH_HEADING } else { KEPT_WITH_HEADING });
            if markup::is_blank(&section.text) {
                self.paragraph(&plain(&section.instead), ITALIC, 4.0, 0.0, 0, Tag::P.into(), GREY);
            } else {
                self.blocks(&made, 0.0, 0);
            }
        }
    }

    fn section(&mut self, heading: &str, kept: f32) {
        let level = NonZeroU16::new(2).unwrap_or(NonZeroU16::MIN);
        let runs = [Run { text: heading.to_owned(), ..Run::default() }];
        let text = Rc::new(self.setter.set(&runs, SECTION, FULL));
        let height: f32 = text.layout.lines().map(|line| line.metrics().line_height).sum();
        if self.y + 26.0 + height + kept > BOTTOM {
            self.page();
        }
        if !self.at_top() {
            self.y += 18.0;
        }
        let rect = [MARGIN, self.y, FULL, 1.2];
        self.put(Item::Box { rect, colour: BLUE });
        self.y += 8.0;
        let page = self.pages.len().saturating_sub(1);
        self.outline.push((heading.to_owned(), page, self.y));
        let tag = self.branch(Tag::Hn(level, Some(heading.to_owned())), 0);
        let pieces = pieces(&text, 0.0, 0.0, BLUE, Some(tag));
        self.place(&pieces, 0.0);
        self.y += 2.0;
    }

    #[expect(clippy::too_many_arguments, reason = "all of them are what a paragraph is")]
    fn paragraph(
        &mut self,
        runs: &[Run],
        style: Style,
        before: f32,
        x: f32,
        parent: usize,
        kind: TagKind,
        colour: Colour,
    ) {
        let text = Rc::new(self.setter.set(runs, style, FULL - x));
        let tag = self.branch(kind, parent);
        self.place(&pieces(&text, before, x, colour, Some(tag)), 0.0);
    }

    fn blocks(&mut self, blocks: &[Block], x: f32, parent: usize) {
        // A second heading without a first before it would leave out a level.
        let mut first_heading = false;
        for block in blocks {
            match block {
                Block::Paragraph(runs) => self.paragraph(runs, BODY, 6.0, x, parent, Tag::P.into(), INK),
                Block::Heading { second, runs } => {
                    let level =
                        NonZeroU16::new(if *second && first_heading { 4 } else { 3 }).unwrap_or(NonZeroU16::MIN);
                    first_heading |= !*second;
                    let style = if *second { BOLD } else { HEADING };
                    let text = Rc::new(self.setter.set(runs, style, FULL - x));
                    let title: String = runs.iter().map(|run| run.text.as_str()).collect();
                    let tag = self.branch(Tag::Hn(level, Some(title.replace('\n', " "))), parent);
                    self.place(&pieces(&text, 10.0, x, INK, Some(tag)), KEPT_WITH_HEADING);
                }
                Block::List { .. } => {
                    let mut made = Vec::new();
                    self.list(block, x, parent, &mut made);
                    self.placed_or_tables(made);
                }
                Block::Table(rows) => {
                    self.y += 8.0;
                    self.table(rows, x, FULL - x, parent, None);
                    self.y += 4.0;
                }
            }
        }
    }

    fn placed_or_tables(&mut self, made: Vec<Part>) {
        let mut waiting = Vec::new();
        for part in made {
            match part {
                Part::Piece(piece) => waiting.push(piece),
                Part::Table { rows, x, parent } => {
                    self.place(&std::mem::take(&mut waiting), 0.0);
                    self.y += 8.0;
                    self.table(&rows, x, FULL - x, parent, None);
                    self.y += 4.0;
                }
            }
        }
        self.place(&waiting, 0.0);
    }

    /// A list as pieces: the label of an item beside its first line.
    fn list(&mut self, list: &Block, x: f32, parent: usize, made: &mut Vec<Part>) {
        let Block::List { ordered, items } = list else {
            return;
        };
        let numbering = if *ordered { ListNumbering::Decimal } else { ListNumbering::Disc };
        let tag = self.branch(Tag::L(numbering), parent);
        for (number, item) in (1_usize..).zip(items) {
            let of_item = self.branch(Tag::LI, tag);
            let label = if *ordered { format!("{number}.") } else { "•".to_owned() };
            let label = self.setter.set(&[Run { text: label, ..Run::default() }], BODY, INDENT);
            let of_label = self.branch(Tag::Lbl, of_item);
            let mut label = pieces(&Rc::new(label), 4.0, x, INK, Some(of_label));
            label.truncate(1);
            label.iter_mut().for_each(|piece| piece.beside = true);
            made.extend(label.into_iter().map(Part::Piece));
            let body = self.branch(Tag::LBody, of_item);
            self.parts(item, x + INDENT, FULL, body, made, 4.0);
        }
    }

    /// Blocks as pieces within a width.
    fn parts(&mut self, blocks: &[Block], x: f32, right: f32, parent: usize, made: &mut Vec<Part>, first: f32) {
        for (index, block) in blocks.iter().enumerate() {
            let before = if index == 0 { first } else { 4.0 };
            match block {
                Block::Paragraph(runs) | Block::Heading { runs, .. } => {
                    let style = if matches!(block, Block::Paragraph(_)) { BODY } else { BOLD };
                    let text = Rc::new(self.setter.set(runs, style, (right - x).max(30.0)));
                    let tag = self.branch(Tag::P, parent);
                    made.extend(pieces(&text, before, x, INK, Some(tag)).into_iter().map(Part::Piece));
                }
                Block::List { .. } => self.list(block, x, parent, made),
                Block::Table(rows) => made.push(Part::Table { rows: rows.clone(), x, parent }),
            }
        }
    }

    /// Places pieces one under the other; the last of them leaves this much on its page.
    fn place(&mut self, all: &[Piece], kept: f32) {
        let whole: f32 = all.iter().map(|piece| piece.height).sum();
        if kept > 0.0 && self.y + whole + kept > BOTTOM && !self.at_top() {
            self.page();
        }
        let mut beside = false;
        for piece in all {
            if !beside {
                let before = if self.at_top() { 0.0 } else { piece.before };
                if self.y + before + piece.height > BOTTOM && !self.at_top() {
                    self.page();
                } else {
                    self.y += before;
                }
            }
            let (x, top) = (MARGIN + piece.x, self.y);
            let (text, line, colour, tag) = (Rc::clone(&piece.text), piece.line, piece.colour, piece.tag);
            self.put(Item::Line { x, top, text, line, colour, tag });
            beside = piece.beside;
            if !beside {
                self.y += piece.height;
            }
        }
    }

    /// A table whose head is repeated on every page that it reaches. A row that fits on a page stays whole.
    fn table(&mut self, rows: &[Row], x: f32, width: f32, parent: usize, shares: Option<&[f32]>) {
        let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        if columns == 0 {
            return;
        }
        let widths = match shares {
            Some(shares) => shares.iter().map(|share| share * width).collect(),
            None => self.widths(rows, columns, width),
        };
        let table = self.branch(Tag::Table, parent);
        let heads = rows.iter().take_while(|row| row.is_head()).count();
        let (head, body) = rows.split_at(heads);
        let mut repeated = Vec::new();
        if !head.is_empty() && !body.is_empty() {
            let group = self.branch(Tag::THead, table);
            for row in head {
                let cells = self.cells(row, &widths, group, true);
                self.row(&cells, &widths, x, &[]);
                repeated.push(cells);
            }
        }
        // A head that fills pages by itself is read once: repeated, it would leave no room for what stands below it.
        if repeated.iter().map(|cells| row_height(cells)).sum::<f32>() > (BOTTOM - TOP) * REPEATED_AT_MOST {
            repeated.clear();
        }
        let body = if body.is_empty() { head } else { body };
        let group = self.branch(Tag::TBody, table);
        for row in body {
            let cells = self.cells(row, &widths, group, false);
            self.row(&cells, &widths, x, &repeated);
        }
    }

    /// Wide columns for long texts: by the root of their length, so that a short one is not squeezed.
    fn widths(&self, rows: &[Row], columns: usize, width: f32) -> Vec<f32> {
        let mut weights = vec![1.0_f32; columns];
        for row in rows {
            for (weight, cell) in weights.iter_mut().zip(&row.cells) {
                let letters = length(&cell.blocks).min(4_000);
                let letters = f32::from(u16::try_from(letters).unwrap_or(u16::MAX));
                *weight = weight.max((letters + 8.0).sqrt());
            }
        }
        let sum: f32 = weights.iter().sum();
        weights.into_iter().map(|weight| width * weight / sum).collect()
    }

    fn cells(&mut self, row: &Row, widths: &[f32], group: usize, of_columns: bool) -> Vec<(bool, Vec<Piece>)> {
        let of_row = self.branch(Tag::TR, group);
        let mut cells = Vec::new();
        let mut x = 0.0;
        for (index, width) in widths.iter().enumerate() {
            let cell = row.cells.get(index);
            let header = cell.is_some_and(|cell| cell.header);
            let scope = if of_columns { TableHeaderScope::Column } else { TableHeaderScope::Row };
            let tag = match header {
                true => self.branch(Tag::TH(scope), of_row),
                false => self.branch(Tag::TD, of_row),
            };
            let mut made = Vec::new();
            if let Some(cell) = cell {
                self.parts(&cell.blocks, x + PADDING, x + width - PADDING, tag, &mut made, 0.0);
            }
            let mut pieces = Vec::new();
            self.flatten(made, x + PADDING, x + width - PADDING, &mut pieces);
            if header {
                self.embolden(cell.map(|cell| cell.blocks.as_slice()).unwrap_or_default(), x, *width, &mut pieces);
            }
            cells.push((header, pieces));
            x += width;
        }
        cells
    }

    /// A header cell of one paragraph is set in bold.
    fn embolden(&mut self, blocks: &[Block], x: f32, width: f32, pieces_of_cell: &mut Vec<Piece>) {
        if let ([Block::Paragraph(runs)], Some(tag)) = (blocks, pieces_of_cell.first().map(|piece| piece.tag)) {
            let text = Rc::new(self.setter.set(runs, BOLD, (width - 2.0 * PADDING).max(30.0)));
            *pieces_of_cell = pieces(&text, 0.0, x + PADDING, INK, tag);
        }
    }

    /// A table within a cell is set as the texts of its cells, one under the other.
    fn flatten(&mut self, parts: Vec<Part>, x: f32, right: f32, pieces: &mut Vec<Piece>) {
        for part in parts {
            match part {
                Part::Piece(piece) => pieces.push(piece),
                Part::Table { rows, parent, .. } => {
                    for cell in rows.into_iter().flat_map(|row| row.cells) {
                        let mut made = Vec::new();
                        self.parts(&cell.blocks, x, right, parent, &mut made, 4.0);
                        self.flatten(made, x, right, pieces);
                    }
                }
            }
        }
    }

    fn row(&mut self, cells: &[(bool, Vec<Piece>)], widths: &[f32], x: f32, repeated: &[Vec<(bool, Vec<Piece>)>]) {
        let whole = row_height(cells);
        let on_a_page = BOTTOM - TOP;
        if self.y + whole > BOTTOM && !self.at_top() && whole <= on_a_page * 0.8 {
            self.next_page_of_table(widths, x, repeated);
        }
        let mut rest: Vec<&[Piece]> = cells.iter().map(|(_, pieces)| pieces.as_slice()).collect();
        loop {
            let room = BOTTOM - self.y - 2.0 * PADDING;
            let mut taken: Vec<&[Piece]> = Vec::new();
            let mut any = false;
            for pieces in &mut rest {
                let (now, later) = split(pieces, room);
                any |= !now.is_empty();
                taken.push(now);
                *pieces = later;
            }
            let more = rest.iter().any(|pieces| !pieces.is_empty());
            if any || !more {
                let high = taken.iter().map(|pieces| height(pieces)).fold(0.0, f32::max) + 2.0 * PADDING;
                self.draw_row(cells, &taken, widths, x, high);
            }
            if !more {
                return;
            }
            if !any && self.at_top() {
                // A line higher than a page can't be: nothing in a text has such a size.
                return;
            }
            self.next_page_of_table(widths, x, repeated);
        }
    }

    fn next_page_of_table(&mut self, widths: &[f32], x: f32, repeated: &[Vec<(bool, Vec<Piece>)>]) {
        self.page();
        for row in repeated {
            // The head was read once: what is repeated of it is no part of the text.
            let cells: Vec<(bool, Vec<Piece>)> = row
                .iter()
                .map(|(header, pieces)| {
                    (*header, pieces.iter().map(|piece| Piece { tag: None, ..piece.clone() }).collect())
                })
                .collect();
            let pieces: Vec<&[Piece]> = cells.iter().map(|(_, pieces)| pieces.as_slice()).collect();
            let high = pieces.iter().map(|pieces| height(pieces)).fold(0.0, f32::max) + 2.0 * PADDING;
            self.draw_row(&cells, &pieces, widths, x, high);
        }
    }

    fn draw_row(&mut self, cells: &[(bool, Vec<Piece>)], taken: &[&[Piece]], widths: &[f32], x: f32, high: f32) {
        let (left, top) = (MARGIN + x, self.y);
        let mut at = left;
        for ((header, _), width) in cells.iter().zip(widths) {
            if *header {
                self.put(Item::Box { rect: [at, top, *width, high], colour: SHADE });
            }
            at += width;
        }
        let right = at;
        for y in [top, top + high] {
            self.put(Item::Box { rect: [left - 0.3, y - 0.3, right - left + 0.6, 0.6], colour: RULE });
        }
        at = left;
        for width in std::iter::once(&0.0).chain(widths) {
            at += width;
            self.put(Item::Box { rect: [at - 0.3, top - 0.3, 0.6, high + 0.6], colour: RULE });
        }
        for pieces in taken {
            let mut y = top + PADDING;
            for (index, piece) in pieces.iter().enumerate() {
                let beside = index.checked_sub(1).and_then(|before| pieces.get(before)).is_some_and(|one| one.beside);
                if index > 0 && !beside {
                    y += piece.before;
                }
                let (text, line, colour, tag) = (Rc::clone(&piece.text), piece.line, piece.colour, piece.tag);
                self.put(Item::Line { x: left + piece.x, top: y, text, line, colour, tag });
                if !piece.beside {
                    y += piece.height;
                }
            }
        }
        self.y = top + high;
    }
}

/// What a list or a cell is made of.
enum Part {
    Piece(Piece),
    Table { rows: Vec<Row>, x: f32, parent: usize },
}

/// The lines of a text as pieces; the space before is the first one's.
fn pieces(text: &Rc<Text>, before: f32, x: f32, colour: Colour, tag: Option<usize>) -> Vec<Piece> {
    text.layout
        .lines()
        .enumerate()
        .map(|(line, set)| Piece {
            before: if line == 0 { before } else { 0.0 },
            height: set.metrics().line_height,
            x,
            text: Rc::clone(text),
            line,
            colour,
            tag,
            beside: false,
        })
        .collect()
}

/// How much of a page the head of a table may take on each page that it is repeated on.
const REPEATED_AT_MOST: f32 = 0.3;

/// How high a row is, whole.
fn row_height(cells: &[(bool, Vec<Piece>)]) -> f32 {
    cells.iter().map(|(_, pieces)| height(pieces)).fold(0.0, f32::max) + 2.0 * PADDING
}

/// How high pieces are, one under the other.
fn height(pieces: &[Piece]) -> f32 {
    split_at(pieces, f32::INFINITY).1
}

/// As many pieces as fit into a height, and the rest.
fn split(pieces: &[Piece], room: f32) -> (&[Piece], &[Piece]) {
    pieces.split_at(split_at(pieces, room).0)
}

fn split_at(pieces: &[Piece], room: f32) -> (usize, f32) {
    let (mut count, mut used, mut beside) = (0, 0.0, false);
    for (index, piece) in pieces.iter().enumerate() {
        let before = if index == 0 || beside { 0.0 } else { piece.before };
        beside = piece.beside;
        // A label counts with the line that it stands beside.
        let high = if piece.beside { 0.0 } else { piece.height };
        let next = if piece.beside { pieces.get(index.saturating_add(1)).map_or(0.0, |next| next.height) } else { 0.0 };
        if used + before + high + next > room {
            break;
        }
        used += before + high;
        count = index.saturating_add(1);
    }
    (count, used)
}

fn length(blocks: &[Block]) -> usize {
    let of_runs = |runs: &[Run]| runs.iter().map(|run| run.text.chars().count()).sum::<usize>();
    blocks
        .iter()
        .map(|block| match block {
            Block::Heading { runs, .. } | Block::Paragraph(runs) => of_runs(runs),
            Block::List { items, .. } => items.iter().map(|item| length(item).saturating_add(4)).sum(),
            Block::Table(rows) => rows.iter().flat_map(|row| &row.cells).map(|cell| length(&cell.blocks)).sum(),
        })
        .sum()
}

/// Why nothing was painted.
enum Unpainted {
    /// The library does not find it accessible in every point.
    NotAccessible,
    Because(String),
}

fn paint(set: &Set, document: &Document, accessible: bool) -> Result<Vec<u8>, Unpainted> {
    let because = |why: &str| Unpainted::Because(format!("a document was not painted: {why}"));
    let mut settings = SerializeSettings { enable_tagging: true, ..SerializeSettings::default() };
    if accessible {
        settings.configuration = ConfigurationBuilder::new()
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .map_err(|_fault| because("no such configuration"))?;
    }
    let mut pdf = Pdf::new_with(settings);
    let fonts: Vec<Font> = FACES
        .iter()
        .map(|face| Font::new((*face).into(), 0))
        .collect::<Option<_>>()
        .ok_or_else(|| because("a font"))?;
    let mut leaves: Vec<Vec<Node>> = set.tree.iter().map(|_| Vec::new()).collect();
    let mut painter = Painter { setter: &set.setter, fonts };
    let mut frame = Frame::new(document).map_err(|_fault| because("the frame of a page"))?;
    for (index, items) in set.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| because("the size of a page"))?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        frame.paint(&mut painter, &mut surface, index.saturating_add(1), set.pages.len());
        for item in items {
            match item {
                Item::Box { rect, colour } => {
                    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
                    painter.fill(&mut surface, *rect, *colour);
                    surface.end_tagged();
                }
                Item::Line { x, top, text, line, colour, tag } => {
                    let content = match tag {
                        Some(_) => ContentTag::Span(SpanTag::empty()),
                        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
                    };
                    let leaf = surface.start_tagged(content);
                    painter.line(&mut surface, *x, *top, text, *line, *colour);
                    surface.end_tagged();
                    if let Some(leaves) = tag.and_then(|tag| leaves.get_mut(tag)) {
                        leaves.push(leaf.into());
                    }
                }
            }
        }
        surface.finish();
        page.finish();
    }
    pdf.set_tag_tree(tree(set, leaves));
    pdf.set_outline(outline(set));
    let title = format!("{}, {}, {}", document.title, document.reference, document.version);
    pdf.set_metadata(
        Metadata::new()
            .title(if document.draft { format!("DRAFT: {title}") } else { title })
            .authors(vec![document.authority.clone()])
            .language("en-GB".to_owned())
            .creator("ehcp-tracker".to_owned()),
    );
    match pdf.finish() {
        Ok(bytes) => Ok(bytes),
        Err(krilla::error::KrillaError::Validation(_)) if accessible => Err(Unpainted::NotAccessible),
        Err(fault) => Err(because(&format!("{fault:?}"))),
    }
}

/// The tree of tags, built from its leaves: a branch is always made after the one that it grows from.
fn tree(set: &Set, leaves: Vec<Vec<Node>>) -> TagTree {
    let mut children: Vec<Vec<(usize, Node)>> = set.tree.iter().map(|_| Vec::new()).collect();
    let mut root = Vec::new();
    for ((index, branch), own) in set.tree.iter().enumerate().zip(leaves).rev() {
        let mut grown: Vec<(usize, Node)> = children.get_mut(index).map(std::mem::take).unwrap_or_default();
        grown.sort_by_key(|(index, _)| *index);
        let nodes: Vec<Node> = own.into_iter().chain(grown.into_iter().map(|(_, node)| node)).collect();
        match branch.parent {
            None => root = nodes,
            // What holds nothing is no part of the document; an empty cell is, or its row would lack one.
            Some(_) if nodes.is_empty() && !matches!(branch.kind, TagKind::TD(_) | TagKind::TH(_)) => {}
            Some(parent) => {
                let node = TagGroup::with_children(branch.kind.clone(), nodes).into();
                if let Some(siblings) = children.get_mut(parent) {
                    siblings.push((index, node));
                }
            }
        }
    }
    TagTree::from(root).with_lang(Some("en-GB".to_owned()))
}

fn outline(set: &Set) -> Outline {
    let mut outline = Outline::new();
    for (text, page, y) in &set.outline {
        let at = XyzDestination::new(*page, Point::from_xy(MARGIN, (y - 12.0).max(0.0)));
        outline.push_child(OutlineNode::new(text.clone(), at));
    }
    outline
}

struct Painter<'a> {
    setter: &'a Typesetter,
    fonts: Vec<Font>,
}

impl Painter<'_> {
    fn fill(&self, surface: &mut Surface<'_>, [x, y, width, height]: [f32; 4], colour: Colour) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
        if let Some(path) = path.finish() {
            surface.set_fill(Some(ink(colour)));
            surface.draw_path(&path);
        }
    }

    fn line(&self, surface: &mut Surface<'_>, x: f32, top: f32, text: &Text, line: usize, colour: Colour) {
        let Some(set) = text.layout.get(line) else {
            return;
        };
        let y = top + set.metrics().baseline - set.metrics().block_min_coord;
        surface.set_fill(Some(ink(colour)));
        for stretch in self.setter.stretches(text, line) {
            let Some(font) = self.fonts.get(stretch.face) else {
                continue;
            };
            let glyphs: Vec<KrillaGlyph> = stretch
                .glyphs
                .into_iter()
                .map(|one| KrillaGlyph::new(GlyphId::new(one.id), one.advance, one.x, one.y, 0.0, one.range, None))
                .collect();
            let at = Point::from_xy(x + stretch.x, y);
            surface.draw_glyphs(at, &glyphs, font.clone(), &text.text, stretch.size, false);
        }
    }
}

fn ink([red, green, blue]: Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::default(),
    }
}

/// What stands on every page: whose document it is, which, and which page of how many; on a draft, that it is one.
struct Frame {
    setter: Typesetter,
    left: Text,
    right: Text,
    foot: Text,
    mark: Option<Text>,
}

impl Frame {
    fn new(document: &Document) -> Result<Self, Error> {
        let mut setter = Typesetter::new()?;
        let run = |text: String| [Run { text, ..Run::default() }];
        // Between them stands, on a draft, its mark.
        let left = setter.set(&run(document.authority.clone()), SMALL_BOLD, FULL * 0.4);
        let right = setter.set(&run(format!("{}, {}", document.title, document.reference)), SMALL, FULL * 0.48);
        let foot = setter.set(&run(document.version.clone()), SMALL, FULL * 0.7);
        let mark = document.draft.then(|| setter.set(&run("DRAFT".to_owned()), MARK, FULL));
        Ok(Self { setter, left, right, foot, mark })
    }

    fn paint(&mut self, painter: &mut Painter<'_>, surface: &mut Surface<'_>, page: usize, of: usize) {
        let number = self.setter.set(&[Run { text: format!("Page {page} of {of}"), ..Run::default() }], SMALL, FULL);
        let painter = Painter { setter: &self.setter, fonts: painter.fonts.clone() };
        let head = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
        surface.start_tagged(head(ArtifactType::Header));
        // A long name grows upwards, away from the text.
        let lines = self.left.layout.len().min(NAME_LINES);
        for line in 0..lines {
            let below = u8::try_from(lines.saturating_sub(line).saturating_sub(1)).unwrap_or(0);
            painter.line(surface, MARGIN, 34.0 - f32::from(below) * 11.0, &self.left, line, GREY);
        }
        painter.line(surface, WIDTH - MARGIN - self.right.layout.width(), 34.0, &self.right, 0, GREY);
        painter.fill(surface, [MARGIN, 50.0, FULL, 0.6], RULE);
        if let Some(mark) = &self.mark {
            let width = mark.layout.width();
            let left = (WIDTH - width) / 2.0 - 10.0;
            painter.fill(surface, [left, 26.0, width + 20.0, 21.0], RED);
            painter.line(surface, left + 10.0, 28.0, mark, 0, [255, 255, 255]);
        }
        surface.end_tagged();
        surface.start_tagged(head(ArtifactType::Footer));
        painter.fill(surface, [MARGIN, HEIGHT - 54.0, FULL, 0.6], RULE);
        painter.line(surface, MARGIN, HEIGHT - 48.0, &self.foot, 0, GREY);
        painter.line(surface, WIDTH - MARGIN - number.layout.width(), HEIGHT - 48.0, &number, 0, GREY);
        surface.end_tagged();
    }
}
