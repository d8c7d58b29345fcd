//! A document as HTML: one page without scripts or anything from elsewhere, to be read, read out and printed.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, Value, context};

use super::Document;
use crate::error::Error;
use crate::markup;

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.add_template("document", include_str!("../../templates/plan/document.html"))?;
    Ok(templates)
});

/// The document as a page of HTML.
pub fn html(document: &Document) -> Result<String, Error> {
    let fault = |fault: &minijinja::Error| Error::internal(format!("the template of a document: {fault:#}"));
    let templates = TEMPLATES.as_ref().map_err(fault)?;
    let sections: Vec<Value> = document
        .sections
        .iter()
        .map(|section| {
            let blank = markup::is_blank(&section.text);
            // Only cleaned markup comes here: it has no attribute and no tag but those of plain text.
            let text = Value::from_safe_string(made_accessible(&section.text));
            context! { heading => section.heading.clone(), blank => blank, text => text, instead => section.instead.clone() }
        })
        .collect();
    let foot = format!("{}, {}", document.reference, document.version);
    let running = context! {
        head => Value::from_safe_string(css_string(&document.authority)),
        foot => Value::from_safe_string(css_string(&foot)),
    };
    let page = context! {
        running => running,
        authority => document.authority.clone(),
        title => document.title.clone(),
        reference => document.reference.clone(),
        version => document.version.clone(),
        draft => document.draft,
        details => document.details.clone(),
        sections => sections,
    };
    templates.get_template("document").and_then(|template| template.render(page)).map_err(|why| fault(&why))
}

/// A text as a string of CSS: whatever is no plain letter, digit or space stands there as its number and the space
/// that ends it, so that nothing can end the string or the style sheet.
fn css_string(text: &str) -> String {
    let sign = |c: char| match c {
        c if c.is_ascii_alphanumeric() || c == ' ' => c.to_string(),
        c => format!("\\{:x} ", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(sign).collect::<String>())
}

/// Says of each header cell what it heads: those of a head, or of a row of nothing else, their columns, the others their
/// rows. A heading of the second level that no first one precedes is one of the first.
fn made_accessible(cleaned: &str) -> String {
    let parts: Vec<&str> = cleaned.split('<').collect();
    let mut made = String::with_capacity(cleaned.len());
    let (mut in_head, mut heads, mut headed, mut raised) = (false, false, false, false);
    for (index, part) in parts.iter().enumerate() {
        let Some((tag, rest)) = part.split_once('>').filter(|_| index > 0) else {
            made.push_str(part);
            continue;
        };
        let tag = match tag {
            "thead" | "/thead" => {
                in_head = tag == "thead";
                tag
            }
            "tr" => {
                heads = is_row_of_headers(parts.get(index..).unwrap_or_default());
                tag
            }
            "th" if in_head || heads => "th scope=\"col\"",
            "th" => "th scope=\"row\"",
            "h3" => {
                headed = true;
                tag
            }
            "h4" if !headed => {
                raised = true;
                "h3"
            }
            "/h4" if std::mem::take(&mut raised) => {
                headed = true;
                "/h3"
            }
            _ => tag,
        };
        made.push('<');
        made.push_str(tag);
        made.push('>');
        made.push_str(rest);
    }
    made
}

/// Whether the row that begins with the first of these parts holds header cells and no other.
fn is_row_of_headers(parts: &[&str]) -> bool {
    let tags = parts.iter().skip(1).map(|part| part.split('>').next().unwrap_or_default());
    let mut cells =
        tags.take_while(|tag| !matches!(*tag, "tr" | "/tr" | "/table")).filter(|tag| matches!(*tag, "th" | "td"));
    let mut any = false;
    cells.all(|tag| {
        any = true;
        tag == "th"
    }) && any
}

#[cfg(test)]
mod tests {
    use super::made_accessible;

    #[test]
    fn a_row_of_headers_heads_its_columns() {
        let row =
            "<table><tbody><tr><th>Need</th><th>Who</th></tr><tr><th>Reading</th><td>Tutor</td></tr></tbody></table>";
        let made = made_accessible(row);
        assert_eq!(made.matches("scope=\"col\"").count(), 2, "{made}");
        assert!(made.contains("<th scope=\"row\">Reading</th>"), "{made}");
    }

    #[test]
    fn no_level_of_headings_is_left_out() {
        assert_eq!(made_accessible("<h4>a</h4><h4>b</h4>"), "<h3>a</h3><h4>b</h4>");
        assert_eq!(made_accessible("x &lt; y<h3>a</h3><h4>b</h4>"), "x &lt; y<h3>a</h3><h4>b</h4>");
    }
}
