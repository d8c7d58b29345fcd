//! The words of a mail, made from its notice's templates at the moment it leaves.
//!
//! What is kept until then are a few facts: a reference, a step, days, ids. So a mail that waits holds no secret, and a
//! better wording reaches the mails that still wait.

use chrono::NaiveDate;
use chrono_tz::Europe::London;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value};

use super::notice::{LAYOUT, Notice, texts};
use crate::auth::{LinkPurpose, LinkPurposeWord, Tokens};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{Vocabulary, Word};

/// A secret link among the facts of a mail. Its token is worked out when the mail leaves and never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is good for.
    pub purpose: LinkPurposeWord,
    /// What it is about.
    pub id: Id,
}

impl Link {
    /// A link that is good for one thing.
    pub fn new(purpose: LinkPurpose, id: Id) -> Self {
        Self { purpose: Word(purpose), id }
    }

    /// Where it leads.
    fn address(self, places: &Places, tokens: &Tokens) -> Result<String, Error> {
        let token = tokens.link_token(self.purpose.0, self.id)?;
        let public_url = &places.public_url;
        Ok(match (self.purpose.0, &places.account_url) {
            (LinkPurpose::AdviceLink, _) => format!("{public_url}/api/v1/advice-links/{token}"),
            // What follows the # reaches the page and no server, so it stands in no log on the way.
            (LinkPurpose::Invitation | LinkPurpose::PasswordReset, Some(page)) => format!("{page}#token={token}"),
            (LinkPurpose::Invitation | LinkPurpose::PasswordReset, None) => {
                format!("{public_url}/api/v1/auth/password-links/{token}")
            }
        })
    }
}

/// Where links lead.
#[derive(Debug, Clone)]
pub struct Places {
    /// The address that people use; no slash at the end.
    pub public_url: String,
    /// The front-end's address, where people sign in; none where there is no front-end.
    pub front_end_url: Option<String>,
    /// The page of a front-end at which people choose a password; the service's own where there is none.
    pub account_url: Option<String>,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Makes letters.
#[derive(Debug)]
pub struct Renderer {
    templates: Environment<'static>,
    places: Places,
}

impl Renderer {
    /// Reads all templates: a fault in one stops the start, not a mail.
    pub fn new(authority_name: &str, places: Places) -> Result<Self, Error> {
        let mut templates = Environment::new();
        // A fact that a template names and a mail does not have is a fault; an empty place in a letter would be worse.
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(fault)?);
        templates.set_auto_escape_callback(
            |name| {
                if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
            },
        );
        templates.add_filter("day", |text: &str| day(text, "%-d %B %Y"));
        templates.add_filter("weekday", |text: &str| day(text, "%A %-d %B %Y"));
        templates.add_filter("days_until", days_until);
        templates.add_filter("moment", |text: &str| moment(text));
        templates.add_filter("days", |count: i64| counted(count, "day"));
        templates.add_filter("times", |count: i64| counted(count, "time"));
        templates.add_global("authority", authority_name.to_owned());
        templates.add_global("front_end", places.front_end_url.clone());
        let mut add = |name: String, text| templates.add_template_owned(name, text).map_err(fault);
        for (name, text) in LAYOUT {
            add(name.to_owned(), text)?;
        }
        for notice in Notice::all() {
            let (name, texts) = (notice.as_str(), texts(*notice));
            add(format!("{name}/subject.txt"), texts.subject)?;
            add(format!("{name}/body.txt"), texts.text)?;
            add(format!("{name}/body.html"), texts.html)?;
        }
        Ok(Self { templates, places })
    }

    /// What a notice says with these facts when it leaves on a day: what it counts in days, it counts from that one.
    pub fn letter(
        &self,
        notice: Notice,
        facts: &Map<String, Value>,
        today: NaiveDate,
        tokens: &Tokens,
    ) -> Result<Letter, Error> {
        let mut facts = self.with_links(facts, tokens)?;
        facts.insert("today".to_owned(), Value::String(today.to_string()));
        let render = |part: &str| {
            let template = self.templates.get_template(&format!("{}/{part}", notice.as_str())).map_err(fault)?;
            template.render(Serde(&facts)).map_err(fault)
        };
        let subject = render("subject.txt")?;
        Ok(Letter {
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: without_gaps(&render("body.txt")?),
            html: render("body.html")?,
        })
    }

    /// The facts, with each secret link as the address that it is.
    fn with_links(&self, facts: &Map<String, Value>, tokens: &Tokens) -> Result<Map<String, Value>, Error> {
        let mut facts = facts.clone();
        if let Some(value) = facts.get_mut("link") {
            let link: Link = serde_json::from_value(value.take())
                .map_err(|fault| Error::internal(format!("the link of a mail is not one: {fault}")))?;
            *value = Value::String(link.address(&self.places, tokens)?);
        }
        Ok(facts)
    }
}

/// A day as people write it.
fn day(text: &str, form: &str) -> Result<String, minijinja::Error> {
    Ok(date(text)?.format(form).to_string())
}

fn date(text: &str) -> Result<NaiveDate, minijinja::Error> {
    text.parse()
        .map_err(|_fault| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "a day is written YYYY-MM-DD"))
}

/// How many days there are until a day; negative once it is over.
fn days_until(text: &str, today: &str) -> Result<i64, minijinja::Error> {
    Ok(date(text)?.signed_duration_since(date(today)?).num_days())
}

/// A moment as people write it, in London.
fn moment(text: &str) -> Result<String, minijinja::Error> {
    let moment: Instant = text.parse().map_err(|_fault| {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "a moment is written as RFC 3339 has it")
    })?;
    Ok(moment.utc().with_timezone(&London).format("%H:%M on %-d %B %Y").to_string())
}

/// A text with no more than one empty line at a time: what a template leaves out leaves no gap.
fn without_gaps(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines().map(|line| if line == "-- " { line } else { line.trim_end() }) {
        if !line.is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
}

/// A number with its unit as people write it: `1 day`, `3 days`.
fn counted(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn fault(fault: minijinja::Error) -> Error {
    Error::internal(format!("a mail's template can't be used: {fault:#}"))
}
