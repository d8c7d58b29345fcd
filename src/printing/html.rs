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
            let text = Value::from_safe_string(with_scopes(&section.text));
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

/// Says of each header cell what it heads: those of a head their columns, the others their rows.
fn with_scopes(cleaned: &str) -> String {
    let mut made = String::with_capacity(cleaned.len());
    let mut in_head = false;
    for (index, part) in cleaned.split('<').enumerate() {
        if index > 0 {
            made.push('<');
        }
        match part.split_once('>') {
            Some(("thead", _)) => in_head = true,
            Some(("/thead", _)) => in_head = false,
            Some(("th", rest)) => {
                made.push_str(if in_head { "th scope=\"col\">" } else { "th scope=\"row\">" });
                made.push_str(rest);
                continue;
            }
            _ => {}
        }
        made.push_str(part);
    }
    made
}
