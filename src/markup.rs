//! Text with markup, as the sections of a plan hold it: cleaned on the way in, compared and judged blank without it.
//!
//! What is kept is a small subset of HTML without any attribute, so that it can be shown and printed anywhere. Plain
//! text is valid: it is HTML without tags.
//!
//! Cleaning has two passes. The first takes tags one by one: it drops attributes, comments and every tag that is not
//! kept. Then ammonia, which parses as browsers do, repairs the nesting and decides what may stay. The first pass is
//! there because a parser of HTML takes time and memory out of proportion for deep nesting and for emphasis that
//! differs in its attributes: a text of a few thousand characters can be made to cost gigabytes.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// The most tags in one text: with so many, even the worst nesting is cleaned within a second.
pub const MOST_TAGS: usize = 10_000;

/// The longest that a text may be, as it is sent and as it is kept, in bytes: 200 kB.
pub const MOST_BYTES: usize = 200_000;

/// How often a text is read anew until reading it anew changes nothing.
const MOST_ROUNDS: usize = 6;

/// The tags that are kept.
const KEPT: [&str; 15] =
    ["p", "ul", "ol", "li", "strong", "em", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "br"];

/// What editors write for a tag that is kept.
const RENAMED: [(&str, &str); 7] =
    [("b", "strong"), ("i", "em"), ("h1", "h3"), ("h2", "h3"), ("h5", "h4"), ("h6", "h4"), ("tfoot", "tbody")];

/// Blocks that are not kept: each stands on lines of its own, or its words would run into those before and after it.
const BROKEN: [&str; 30] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "main",
    "menu",
    "nav",
    "option",
    "pre",
    "section",
    "summary",
];

/// Tags within a line that are not kept; what they hold is. A name that no list has is no tag but what somebody wrote.
const INLINE: [&str; 62] = [
    "a", "abbr", "acronym", "area", "audio", "base", "bdi", "bdo", "big", "button", "canvas", "cite", "code", "col",
    "colgroup", "data", "datalist", "del", "dfn", "embed", "font", "head", "iframe", "img", "input", "ins", "kbd",
    "label", "link", "map", "mark", "math", "meta", "meter", "nobr", "noscript", "object", "optgroup", "output",
    "param", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "select", "small", "source", "span",
    "strike", "sub", "sup", "svg", "template", "textarea", "time", "tt", "u", "var",
];

/// Stand in compared words where a row and a cell of a table begin: a value in another column is another value.
const ROW: char = '\u{241e}';
const CELL: char = '\u{241f}';

/// What goes with its content.
const DROPPED: [&str; 2] = ["script", "style"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(KEPT))
        .clean_content_tags(HashSet::from(DROPPED))
        .tag_attributes(HashMap::new())
        .generic_attributes(HashSet::new())
        .link_rel(None);
    cleaner
});

/// Whether a text has so few tags that it can be cleaned in good time.
pub fn is_manageable(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'<').count() <= MOST_TAGS
}

/// Whether a text is of a size that is kept.
pub fn fits(text: &str) -> bool {
    text.len() <= MOST_BYTES && is_manageable(text)
}

/// The text with no markup but that which is kept. In a text without any tag, lines and paragraphs are those that were
/// typed. Cleaning twice is cleaning once.
pub fn clean(text: &str) -> String {
    let (plain, tagged) = plain_tags(text);
    let mut cleaned = if tagged { plain } else { with_lines(&plain) };
    // Tags that are nested as nothing may be come out in another order, which reads anew as another nesting.
    for _ in 0..MOST_ROUNDS {
        let again = CLEANER.clean(&cleaned).to_string().trim().to_owned();
        if again == cleaned {
            break;
        }
        cleaned = again;
    }
    cleaned
}

/// The lines and paragraphs of a text without tags as markup.
fn with_lines(text: &str) -> String {
    let text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    if !text.contains('\n') {
        return text;
    }
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.split('\n').map(str::trim) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() => paragraph.push(line),
            Some(paragraph) if !paragraph.is_empty() => paragraphs.push(Vec::new()),
            _ => {}
        }
    }
    paragraphs.iter().map(|lines| format!("<p>{}</p>", lines.join("<br>"))).collect()
}

/// The first pass: tags without attributes, and of those only the ones that are kept; and whether there was any tag.
fn plain_tags(text: &str) -> (String, bool) {
    let mut kept = String::with_capacity(text.len());
    let mut tagged = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        kept.push_str(before);
        rest = after;
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            kept.push_str("&lt;");
            continue;
        }
        let Some((tag, after)) = split_tag(after) else {
            // Nothing ends it, so it is no tag, and neither is anything behind it.
            kept.push_str("&lt;");
            kept.push_str(&rest.replace('<', "&lt;"));
            return (kept, tagged);
        };
        if is_tag(tag) {
            tagged = true;
            rest = after;
            push_tag(tag, &mut kept);
        } else {
            // What somebody wrote, such as "x<y".
            kept.push_str("&lt;");
        }
    }
    kept.push_str(rest);
    (kept, tagged)
}

/// The name of a tag, with the stroke of one that closes, in small letters.
fn name_of(tag: &str) -> (&'static str, String) {
    let (slash, tag) = tag.strip_prefix('/').map_or(("", tag), |tag| ("/", tag));
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    (slash, name.to_ascii_lowercase())
}

/// Whether something between angle brackets is markup: a comment, a tag of HTML, or one of an office program's own.
fn is_tag(tag: &str) -> bool {
    let (_, name) = name_of(tag);
    let name = name.as_str();
    name.starts_with(['!', '?'])
        || name.contains([':', '-'])
        || [KEPT.as_slice(), &BROKEN, &INLINE, &DROPPED].iter().any(|names| names.contains(&name))
        || RENAMED.iter().any(|(from, _)| *from == name)
}

/// Begins a new line, unless one has just begun.
fn break_line(kept: &mut String) {
    let so_far = kept.trim_end();
    // Only what is kept stands there, so the last `<` begins a tag.
    let last = so_far.rsplit_once('<').and_then(|(_, last)| last.strip_suffix('>')).filter(|tag| !tag.contains('>'));
    let begun = match last {
        Some(tag) => !["strong", "em"].contains(&tag.trim_start_matches('/')),
        None => so_far.is_empty(),
    };
    if !begun {
        kept.push_str("<br>");
    }
}

/// Splits at the end of a tag or comment, of which the first sign has been read. A sign within quotes ends nothing.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    if text.starts_with("!--") {
        return text.split_once("-->");
    }
    let mut quote = None;
    let end = text.find(|c| {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return true,
            _ => {}
        }
        false
    })?;
    let (tag, end) = text.split_at_checked(end)?;
    Some((tag, end.strip_prefix('>')?))
}

fn push_tag(tag: &str, kept: &mut String) {
    let (slash, name) = name_of(tag);
    if BROKEN.contains(&name.as_str()) {
        break_line(kept);
        return;
    }
    let name = RENAMED.iter().find(|(from, _)| *from == name).map_or(name.as_str(), |(_, to)| to);
    if KEPT.contains(&name) || DROPPED.contains(&name) {
        kept.push('<');
        kept.push_str(slash);
        kept.push_str(name);
        kept.push('>');
    }
}

/// The words of a cleaned text, one space between them: by these two texts are compared.
pub fn words_of(cleaned: &str) -> String {
    let mut plain = String::with_capacity(cleaned.len());
    // Cleaned, every `<` begins a tag, and no tag has an attribute.
    for (index, part) in cleaned.split('<').enumerate() {
        match part.split_once('>').filter(|_| index > 0) {
            None => plain.push_str(part),
            // Emphasis may stand inside a word; every other tag ends one.
            Some(("strong" | "/strong" | "em" | "/em", text)) => plain.push_str(text),
            Some((tag, text)) => {
                plain.push(' ');
                plain.extend(match tag {
                    "tr" => Some(ROW),
                    "td" | "th" => Some(CELL),
                    _ => None,
                });
                plain.push(' ');
                plain.push_str(text);
            }
        }
    }
    // An ampersand last, or `&amp;lt;` would become a sign that nobody wrote.
    let plain = plain.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a cleaned text shows nothing: markup, spaces and characters that have no shape.
pub fn is_blank(cleaned: &str) -> bool {
    let shapeless = |c: char| {
        matches!(
            c,
            ' ' | ROW | CELL | '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}'
        )
    };
    words_of(cleaned).chars().all(shapeless)
}

/// Plain text as it stands in markup.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Plain text as it stands in markup, with its line breaks.
pub fn from_plain(text: &str) -> String {
    escape(text.trim()).replace("\r\n", "\n").replace(['\n', '\r'], "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_a_subset_of_html_without_attributes() {
        let kept = "<h3>Needs</h3><p>One <strong>two</strong> <em>three</em><br>four</p><ul><li>a</li></ul>\
            <table><thead><tr><th>h</th></tr></thead><tbody><tr><td>d</td></tr></tbody></table>";
        assert_eq!(clean(kept), kept);
        assert_eq!(clean("<p class=x style='color:red' onclick=alert(1) title=t>a</p>"), "<p>a</p>");
        assert_eq!(clean("a<script>alert(1)</script><style>p{}</style><img src=x onerror=alert(1)>b"), "ab");
        assert_eq!(clean("<a href='javascript:alert(1)'>link</a><!-- note -->"), "link");
        assert_eq!(clean("<svg><p>x</svg>"), "<p>x</p>");
        assert_eq!(clean("<P>a</P><BR/><o:p>b</o:p>"), "<p>a</p><br>b");
    }

    #[test]
    fn what_editors_write_is_understood() {
        assert_eq!(clean("<b>a</b><i>b</i><h1>c</h1><h6>d</h6>"), "<strong>a</strong><em>b</em><h3>c</h3><h4>d</h4>");
        assert_eq!(clean("<div>one</div><div>two</div>"), "one<br>two<br>");
        assert_eq!(clean("Group of 1<div>2 hours</div>"), "Group of 1<br>2 hours<br>");
        assert_eq!(clean("12 hours<hr>5 adults"), "12 hours<br>5 adults");
        assert_eq!(clean("one<address>two</address>three"), "one<br>two<br>three");
        assert_eq!(
            clean("<ul><li><div>one</div></li></ul><div><div>two</div></div>"),
            "<ul><li>one<br></li></ul>two<br>"
        );
        assert_eq!(clean("<strong>1</strong><div>2</div>"), "<strong>1</strong><br>2<br>");
    }

    #[test]
    fn plain_text_is_valid_and_cleaning_twice_is_cleaning_once() {
        for text in
            ["plain", "Tom & Jerry, 3 < 4 > 2", "a &lt; b &amp;lt; c", "<div>x<p>y</div>z", "1\u{a0}2\n3", "<", "</p>"]
        {
            let once = clean(text);
            assert_eq!(clean(&once), once, "{text}");
        }
        assert_eq!(words_of(&clean("Tom & Jerry, 3 < 4 > 2")), "Tom & Jerry, 3 < 4 > 2");
        assert_eq!(words_of(&clean("a &amp;lt; b")), "a &lt; b");
    }

    #[test]
    fn lines_and_signs_of_plain_text_are_kept() {
        assert_eq!(clean("Dear all,\n\n1. First\r\n2. Second\n\n\n"), "<p>Dear all,</p><p>1. First<br>2. Second</p>");
        assert_eq!(clean("Reading age x<y and y>z"), "Reading age x&lt;y and y&gt;z");
        assert_eq!(clean("<p>a\nb</p>"), "<p>a\nb</p>", "in markup, a line break is a space");
        assert_eq!(clean("<b>x</b> <y> z"), "<strong>x</strong> &lt;y&gt; z");
    }

    #[test]
    fn a_value_in_another_column_is_another_value() {
        let table = |cells: &str| words_of(&clean(&format!("<table><tbody><tr>{cells}</tr></tbody></table>")));
        assert_ne!(
            table("<td>Therapy</td><td>2 hours</td><td></td>"),
            table("<td>Therapy</td><td></td><td>2 hours</td>")
        );
        assert_eq!(table("<td>Therapy</td><td>2 hours</td>"), table("<td><p>Therapy</p></td><td>2  hours</td>"));
        let rows = |text: &str| words_of(&clean(&format!("<table>{text}</table>")));
        assert_ne!(rows("<tr><td>a</td></tr><tr><td>b</td></tr>"), rows("<tr><td>a</td><td>b</td></tr>"));
        assert!(is_blank(&clean("<table><tr><td> </td></tr></table>")));
    }

    #[test]
    fn texts_are_compared_by_their_words() {
        let same = |a: &str, b: &str| words_of(&clean(a)) == words_of(&clean(b));
        assert!(same("<p>a b</p>", "a\n  <em>b</em>"));
        assert!(same("<ul><li>a</li><li>b</li></ul>", "<p>a</p><p>b</p>"));
        assert!(same("a&nbsp;b", "a b"));
        assert!(!same("<p>a</p><p>b</p>", "ab"));
        assert!(!same("10 hours", "1 hour"));
        assert!(!same("a", "A"));
    }

    #[test]
    fn markup_spaces_and_shapeless_characters_are_blank() {
        for text in [
            "",
            " \n",
            "<p>&nbsp;</p>",
            "<p><br></p><ul><li> </li></ul>",
            "\u{200b}\u{feff}\u{3000}",
            "<script>x</script>",
        ] {
            assert!(is_blank(&clean(text)), "{text:?}");
        }
        for text in ["x", "<p>.</p>", "&lt;p&gt;"] {
            assert!(!is_blank(&clean(text)), "{text:?}");
        }
    }

    #[test]
    fn a_tag_that_nothing_ends_is_text() {
        assert_eq!(clean("a <p title='x> b <em>c"), "a &lt;p title='x&gt; b &lt;em&gt;c");
        assert_eq!(clean("a <!-- b <p>c"), "a &lt;!-- b &lt;p&gt;c");
        assert_eq!(clean("a <!-- b > --> c"), "a  c");
        assert_eq!(clean("<p title=\"a>b\">c"), "<p>c</p>");
    }

    /// A parser of HTML left to itself takes minutes and gigabytes for some of these.
    #[test]
    fn the_worst_of_manageable_texts_is_cleaned_in_good_time() {
        let emphasis: String = (0..MOST_TAGS / 2).map(|n| format!("<b a{n}>")).collect();
        let mut worst = vec![format!("<p>{emphasis}{}", "</p><p>x".repeat(MOST_TAGS / 5)), "<p '".repeat(MOST_TAGS)];
        for tags in ["<ul>", "<li><ul>", "<table><td>", "<p><em>", "<ul><b><p>", "<svg>", "<div>"] {
            worst.push(tags.repeat(MOST_TAGS / tags.matches('<').count()));
        }
        for text in worst {
            assert!(is_manageable(&text));
            let begun = std::time::Instant::now();
            let cleaned = clean(&text);
            let taken = begun.elapsed();
            eprintln!("{:.20}: {taken:?}, {} -> {} bytes", text, text.len(), cleaned.len());
            assert!(taken.as_secs() < 20, "{:.20}: {taken:?}", text);
            assert!(cleaned.len() < 10_000_000);
        }
        assert!(!is_manageable(&"<p>".repeat(MOST_TAGS + 1)));
    }
}
