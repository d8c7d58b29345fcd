//! The pages that people without an account see in a browser: HTML without script, in one layout.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::Error;

const CSS: &str = include_str!("../templates/pages/page.css");

const TEMPLATES: [(&str, &str); 5] = [
    ("layout.html", include_str!("../templates/pages/layout.html")),
    ("advice_link.html", include_str!("../templates/pages/advice_link.html")),
    ("password.html", include_str!("../templates/pages/password.html")),
    ("root.html", include_str!("../templates/pages/root.html")),
    ("closed.html", include_str!("../templates/pages/closed.html")),
];

static PAGES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    pages.add_global("css", CSS);
    for (name, text) in TEMPLATES {
        pages.add_template(name, text)?;
    }
    Ok(pages)
});

/// What a browser may do with a page: show it with its own style, and send its form back here. Nothing else is loaded,
/// no script runs, no other site may frame it.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(CSS.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page with these facts.
pub fn render(name: &str, facts: &Value) -> Result<String, Error> {
    let failed = |fault: &minijinja::Error| Error::internal(format!("the page {name}: {fault:#}"));
    let pages = PAGES.as_ref().map_err(failed)?;
    pages
        .get_template(name)
        .and_then(|page| page.render(minijinja::value::Serde(facts)))
        .map_err(|fault| failed(&fault))
}

/// A page that says why there is nothing to see here.
pub fn closed(authority: &str, heading: &str, detail: &str, what_to_do: Option<&str>) -> Result<String, Error> {
    render(
        "closed.html",
        &json!({ "authority": authority, "heading": heading, "detail": detail, "what_to_do": what_to_do }),
    )
}
