//! Who works with the demonstration: one login a role, the organisations that are asked for advice, two closures.

use serde_json::json;

use super::words;
use crate::auth::{Acting, Role};
use crate::body::Submitted;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::organisation::model::Organisation;
use crate::user::model::UserBody;
use crate::words::Word;
use crate::{calendar, organisation, user};

/// Everybody's password: the demonstration listens on this machine alone unless told otherwise, and holds no secret.
pub const PASSWORD: &str = "marlbrook open day";

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// What they are.
    pub role: Role,
    /// With what they sign in.
    pub email: &'static str,
    name: &'static str,
    /// Whom they answer for.
    organisation: Option<&'static str>,
}

/// One login a role.
pub const LOGINS: [Login; 4] = [
    Login { role: Role::Caseworker, email: "caseworker@example.org", name: "Cass Orchard", organisation: None },
    Login { role: Role::Manager, email: "manager@example.org", name: "Mina Weaver", organisation: None },
    Login { role: Role::Adviser, email: "adviser@example.org", name: "Dr Ade Linden", organisation: Some(HEALTH) },
    Login { role: Role::Admin, email: "admin@example.org", name: "Adam Locke", organisation: None },
];

/// Colleagues among whom the caseload is shared.
const COLLEAGUES: [Login; 2] = [
    Login { role: Role::Caseworker, email: "bea.caseworker@example.org", name: "Bea Thatcher", organisation: None },
    Login { role: Role::Caseworker, email: "dev.caseworker@example.org", name: "Dev Mason", organisation: None },
];

/// Who works on cases.
pub(super) const CASEWORKERS: &[&str] =
    &["caseworker@example.org", "bea.caseworker@example.org", "dev.caseworker@example.org"];

const HEALTH: &str = "Marlbrook Designated Clinical Officer";

/// Who has no accounts, and answers by secure link.
const ANSWERS_BY_LINK: &str = "Marlbrook Educational Psychology Service";

/// Name, kind and mailbox of whoever is asked for advice, and for which kinds.
const ORGANISATIONS: &[(&str, &str, &str, &[&str])] = &[
    ("Marlbrook Council", "local_authority", "send@example.org", &["preparing_for_adulthood"]),
    (HEALTH, "health", "dco@example.org", &["medical"]),
    ("Marlbrook Speech and Language Therapy", "health", "speech@example.org", &[]),
    ("Marlbrook Children's Social Care", "social_care", "social.care@example.org", &["social_care"]),
    (ANSWERS_BY_LINK, "educational_psychology", "psychology@example.org", &["psychological"]),
];

/// What an earlier start has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Done {
    /// Logins and organisations are there.
    pub(super) people: bool,
    /// Everything is: the last thing that is made is the second closure.
    pub(super) finished: bool,
}

pub(super) fn done(conn: &mut Conn) -> Result<Done, Error> {
    let [first, ..] = LOGINS;
    let people = user::store::by_email(conn, first.email)?.is_some();
    let finished = people && super::steps::taken(conn)?;
    Ok(Done { people, finished })
}

/// Makes them all, in one transaction. They share one password, so they share its hash.
pub(super) fn make(tx: &mut Tx<'_>, acting: &Acting, password_hash: &str) -> Result<(), Error> {
    for (name, kind, mailbox, default_for) in ORGANISATIONS {
        let by_link = *name == ANSWERS_BY_LINK;
        let body = json!({ "name": name, "kind": kind, "mailbox": mailbox, "default_for": default_for, "answers_by_link": by_link });
        add(tx, acting, &body)?;
    }
    for (name, urn) in words::NURSERIES {
        let nursery = json!({
            "name": name, "kind": "early_years_provider", "urn": urn,
            "setting_type": "A nursery", "setting_kind": "independent",
        });
        add(tx, acting, &nursery)?;
    }
    for login in LOGINS.iter().chain(&COLLEAGUES) {
        let organisation = match login.organisation {
            None => None,
            Some(name) => organisation::store::by_name(tx, name)?.pop(),
        };
        let body = UserBody {
            email: login.email.to_owned(),
            name: login.name.to_owned(),
            role: Word(login.role),
            organisation_id: organisation.map(|organisation| organisation.id),
            active: None,
            password: Some(PASSWORD.to_owned()),
        };
        user::commands::create(tx, acting, &body, Some(password_hash.to_owned()))?;
    }
    Ok(())
}

fn add(tx: &mut Tx<'_>, acting: &Acting, body: &serde_json::Value) -> Result<Organisation, Error> {
    organisation::commands::add(tx, acting, Submitted::parse(body.to_string().as_bytes()))
}

/// Records a closure, of one setting or of all.
pub(super) fn close(tx: &mut Tx<'_>, acting: &Acting, body: &serde_json::Value) -> Result<(), Error> {
    calendar::commands::add_closure(tx, acting, Submitted::parse(body.to_string().as_bytes()))?;
    Ok(())
}
