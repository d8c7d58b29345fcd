//! Cleaned markup as the blocks of a page.
//!
//! The text comes from `markup::clean`: a small subset of HTML without attributes, whose tags are nested as a browser
//! nests them. What nests deeper than anybody can follow on paper is set at the deepest level there is.

/// How deep lists and tables are nested on a page.
const DEEPEST: usize = 8;

/// A piece of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) strong: bool,
    pub(super) emphasis: bool,
}

/// A block of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading within a section: of the first level or the second.
    Heading {
        second: bool,
        runs: Vec<Run>,
    },
    Paragraph(Vec<Run>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    Table(Vec<Row>),
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) header: bool,
    pub(super) blocks: Vec<Block>,
}

impl Row {
    /// Whether it heads the columns: every cell is a header.
    pub(super) fn is_head(&self) -> bool {
        !self.cells.is_empty() && self.cells.iter().all(|cell| cell.header)
    }
}

/// The blocks of a cleaned text.
pub(super) fn blocks(cleaned: &str) -> Vec<Block> {
    let mut reader = Reader { tokens: tokens(cleaned), at: 0 };
    let mut all = Vec::new();
    while reader.at < reader.tokens.len() {
        all.extend(reader.flow(&[], 0));
        // A tag that closes nothing.
        reader.at = reader.at.saturating_add(1);
    }
    all
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'a> {
    Text(String),
    Open(&'a str),
    Close(&'a str),
}

fn tokens(cleaned: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, part) in cleaned.split('<').enumerate() {
        let text = match part.split_once('>').filter(|_| index > 0) {
            None => part,
            Some((tag, text)) => {
                tokens.push(tag.strip_prefix('/').map_or(Token::Open(tag), Token::Close));
                text
            }
        };
        if !text.is_empty() {
            // An ampersand last, or `&amp;lt;` would become a sign that nobody wrote.
            let plain =
                text.replace("&nbsp;", "\u{a0}").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            tokens.push(Token::Text(plain));
        }
    }
    tokens
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).cloned();
        self.at = self.at.saturating_add(1);
        token
    }

    fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Blocks until one of these tags closes, or something closes that was not opened here.
    fn flow(&mut self, until: &[&str], depth: usize) -> Vec<Block> {
        let mut made = Flow::default();
        while let Some(token) = self.next() {
            match token {
                Token::Text(text) => made.text(&text),
                Token::Open("br") => made.line_break(),
                Token::Open("strong") => made.strong = made.strong.saturating_add(1),
                Token::Close("strong") => made.strong = made.strong.saturating_sub(1),
                Token::Open("em") => made.emphasis = made.emphasis.saturating_add(1),
                Token::Close("em") => made.emphasis = made.emphasis.saturating_sub(1),
                Token::Open("h3") => made.begin(Kind::Heading),
                Token::Open("h4") => made.begin(Kind::SecondHeading),
                Token::Open("p") | Token::Close("p" | "h3" | "h4") => made.begin(Kind::Paragraph),
                Token::Open(list @ ("ul" | "ol")) if depth < DEEPEST => {
                    made.begin(Kind::Paragraph);
                    let items = self.items(list, depth.saturating_add(1));
                    if !items.is_empty() {
                        made.blocks.push(Block::List { ordered: list == "ol", items });
                    }
                }
                Token::Open("table") if depth < DEEPEST => {
                    made.begin(Kind::Paragraph);
                    let rows = self.rows(depth.saturating_add(1));
                    if !rows.is_empty() {
                        made.blocks.push(Block::Table(rows));
                    }
                }
                Token::Close(tag) if until.contains(&tag) => break,
                // Where something else ends, this has ended too; and where nothing nests any more, it is a new line.
                Token::Close("li" | "ul" | "ol" | "td" | "th" | "tr" | "table" | "thead" | "tbody")
                | Token::Open("li" | "td" | "th" | "tr" | "thead" | "tbody")
                    if depth < DEEPEST =>
                {
                    self.back();
                    break;
                }
                Token::Open(_) | Token::Close(_) => made.begin(Kind::Paragraph),
            }
        }
        made.begin(Kind::Paragraph);
        made.blocks
    }

    fn items(&mut self, list: &str, depth: usize) -> Vec<Vec<Block>> {
        let mut items = Vec::new();
        while let Some(token) = self.next() {
            match token {
                Token::Close(tag) if tag == list => break,
                Token::Close("ul" | "ol" | "td" | "th" | "tr" | "table" | "thead" | "tbody") => {
                    self.back();
                    break;
                }
                // What does not belong into a list is passed over; what it holds is not.
                Token::Open("li" | "td" | "th" | "tr" | "thead" | "tbody") | Token::Close(_) => {}
                _ => {
                    self.back();
                    items.extend(Some(self.flow(&["li"], depth)).filter(|blocks| !blocks.is_empty()));
                }
            }
        }
        items
    }

    fn rows(&mut self, depth: usize) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        while let Some(token) = self.next() {
            match token {
                Token::Close("table") => break,
                Token::Close("ul" | "ol" | "li") => {
                    self.back();
                    break;
                }
                Token::Open("tr") => rows.push(Row::default()),
                Token::Open(tag @ ("th" | "td")) => {
                    let blocks = self.flow(&["th", "td"], depth);
                    if rows.is_empty() {
                        rows.push(Row::default());
                    }
                    if let Some(row) = rows.last_mut() {
                        row.cells.push(Cell { header: tag == "th", blocks });
                    }
                }
                _ => {}
            }
        }
        rows.retain(|row| !row.cells.is_empty());
        rows
    }
}

#[derive(Debug, Clone, Copy, Default)]
enum Kind {
    #[default]
    Paragraph,
    Heading,
    SecondHeading,
}

#[derive(Debug, Default)]
struct Flow {
    blocks: Vec<Block>,
    runs: Vec<Run>,
    kind: Kind,
    strong: usize,
    emphasis: usize,
}

impl Flow {
    fn text(&mut self, text: &str) {
        let at_beginning = self.runs.last().is_none_or(|run| run.text.ends_with([' ', '\n']));
        let mut plain = String::with_capacity(text.len());
        let mut after_space = at_beginning;
        for c in text.chars() {
            // What browsers take for space, which U+00A0 is not.
            let space = matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
            if space && after_space {
                continue;
            }
            plain.push(if space { ' ' } else { c });
            after_space = space;
        }
        if !plain.is_empty() {
            self.runs.push(Run { text: plain, strong: self.strong > 0, emphasis: self.emphasis > 0 });
        }
    }

    fn line_break(&mut self) {
        if !self.runs.is_empty() {
            self.runs.push(Run { text: "\n".to_owned(), ..Run::default() });
        }
    }

    /// Ends the block that is being read and begins another.
    fn begin(&mut self, kind: Kind) {
        let mut runs = std::mem::take(&mut self.runs);
        while let Some(last) = runs.last_mut() {
            last.text.truncate(last.text.trim_end_matches([' ', '\n']).len());
            if !last.text.is_empty() {
                break;
            }
            runs.pop();
        }
        if !runs.is_empty() {
            self.blocks.push(match self.kind {
                Kind::Paragraph => Block::Paragraph(runs),
                Kind::Heading => Block::Heading { second: false, runs },
                Kind::SecondHeading => Block::Heading { second: true, runs },
            });
        }
        self.kind = kind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{MOST_TAGS, clean};

    fn plain(text: &str) -> Run {
        Run { text: text.to_owned(), ..Run::default() }
    }

    fn paragraph(text: &str) -> Block {
        Block::Paragraph(vec![plain(text)])
    }

    #[test]
    fn a_text_becomes_its_blocks() {
        let text = "<h3>Needs</h3><p>One <strong>two</strong> <em>three</em><br>four</p>tail\n of it &lt;3 &amp;amp;\
            <ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>";
        let strong = Run { strong: true, ..plain("two") };
        let emphasis = Run { emphasis: true, ..plain("three") };
        let nested = Block::List { ordered: true, items: vec![vec![paragraph("c")]] };
        assert_eq!(
            blocks(&clean(text)),
            [
                Block::Heading { second: false, runs: vec![plain("Needs")] },
                Block::Paragraph(vec![plain("One "), strong, plain(" "), emphasis, plain("\n"), plain("four")]),
                paragraph("tail of it <3 &amp;"),
                Block::List { ordered: false, items: vec![vec![paragraph("a")], vec![paragraph("b"), nested]] },
            ]
        );
    }

    #[test]
    fn a_table_has_rows_and_headers() {
        let text = "<table><thead><tr><th>h</th><th>i</th></tr></thead><tbody><tr><th>r</th><td>d<p>e</p></td></tr></tbody></table>x";
        let made = blocks(&clean(text));
        let [Block::Table(rows), rest] = made.as_slice() else { panic!("{made:?}") };
        assert_eq!(rest, &paragraph("x"));
        assert_eq!(rows.iter().map(Row::is_head).collect::<Vec<_>>(), [true, false]);
        assert_eq!(rows[1].cells[1], Cell { header: false, blocks: vec![paragraph("d"), paragraph("e")] });
    }

    #[test]
    fn blank_texts_make_no_block() {
        for text in ["", " \n ", "<p> </p>", "<ul></ul>", "<table></table>", "<p><br></p>"] {
            assert_eq!(blocks(&clean(text)), [], "{text:?}");
        }
    }

    #[test]
    fn no_word_is_lost_however_tags_are_nested() {
        let mut texts = vec![
            "<ul>loose<li>a</ul>b".to_owned(),
            "<table>loose<tr><td>a<ul><li>b</table>c".to_owned(),
            "<li>a</li><td>b</td>".to_owned(),
        ];
        for tags in ["<ul>", "<ul><li>x", "<table><tr><td>y", "<ol><li><table><tr><th>z", "<p><em>"] {
            let times = MOST_TAGS / tags.matches('<').count();
            texts.push(format!("{}w", tags.repeat(times)));
        }
        for text in texts {
            let cleaned = clean(&text);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let mut found = String::new();
            collect(&blocks(&cleaned), &mut found);
            assert_eq!(letters(&found), letters(&crate::markup::words_of(&cleaned)), "{:.40}", text);
        }
    }

    fn collect(blocks: &[Block], text: &mut String) {
        for block in blocks {
            match block {
                Block::Heading { runs, .. } | Block::Paragraph(runs) => {
                    runs.iter().for_each(|run| text.push_str(&run.text))
                }
                Block::List { items, .. } => items.iter().for_each(|item| collect(item, text)),
                Block::Table(rows) => {
                    rows.iter().flat_map(|row| &row.cells).for_each(|cell| collect(&cell.blocks, text));
                }
            }
        }
    }
}
