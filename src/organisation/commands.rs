//! What administrators do with organisations.

use super::model::{Organisation, OrganisationBody, OrganisationChange, OrganisationKind};
use super::store;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::{Step, Submitted};
use crate::codes::Code;
use crate::config::is_authority_code;
use crate::db::columns::Doc;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::organisation::model::OrganisationView;
use crate::outbox;
use crate::text::is_email;

/// Adds an organisation.
pub fn add(tx: &mut Tx<'_>, acting: &Acting, body: Submitted<OrganisationBody>) -> Result<Organisation, Error> {
    let (_, organisation) = body.judge(|body, faults| {
        let body = body.clone();
        let organisation = Organisation {
            id: Id::new(),
            name: body.name.trim().to_owned(),
            kind: body.kind,
            mailbox: body.mailbox,
            escalation_mailbox: body.escalation_mailbox,
            urn: body.urn,
            section_31_body: body.section_31_body.unwrap_or(body.kind.0 == OrganisationKind::Health),
            answers_by_link: body.answers_by_link.unwrap_or(false),
            default_for: Doc(body.default_for.unwrap_or_default()),
            version: 1,
            created_at: acting.at,
            updated_at: acting.at,
            setting_type: body.setting_type,
            setting_kind: body.setting_kind,
            maintained_by: body.maintained_by,
        };
        check(&organisation, faults);
        Ok(organisation)
    })?;
    free_of_others(tx, &organisation)?;
    store::insert(tx, &organisation)?;
    let event = Event::new("organisation_added", "organisation", organisation.id);
    audit::record(tx, acting, event.after(&OrganisationView::from(organisation.clone())))?;
    Ok(organisation)
}

/// Changes an organisation.
pub fn change(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<OrganisationChange>) -> Result<Organisation, Error> {
    let before = store::find(tx, id)?.ok_or(Error::NotFound)?;
    let (given, organisation) = step.judge(before.version, |body, faults| {
        let (body, mut organisation) = (body.clone(), before.clone());
        if let Some(name) = body.name {
            organisation.name = name.trim().to_owned();
        }
        organisation.kind = body.kind.unwrap_or(organisation.kind);
        organisation.mailbox = body.mailbox.or(organisation.mailbox);
        organisation.escalation_mailbox = body.escalation_mailbox.or(organisation.escalation_mailbox);
        organisation.urn = body.urn.or(organisation.urn);
        organisation.section_31_body = body.section_31_body.unwrap_or(organisation.section_31_body);
        organisation.answers_by_link = body.answers_by_link.unwrap_or(organisation.answers_by_link);
        organisation.default_for = body.default_for.map_or(organisation.default_for, Doc);
        organisation.setting_type = body.setting_type.or(organisation.setting_type);
        organisation.setting_kind = body.setting_kind.or(organisation.setting_kind);
        organisation.maintained_by = body.maintained_by.or(organisation.maintained_by);
        organisation.version = organisation.version.saturating_add(1);
        organisation.updated_at = acting.at;
        check(&organisation, faults);
        Ok(organisation)
    })?;
    for address in given.mailbox.iter().chain(&given.escalation_mailbox) {
        outbox::trust_again(tx, address)?;
    }
    free_of_others(tx, &organisation)?;
    store::update(tx, &organisation)?;
    let event = Event::new("organisation_changed", "organisation", id);
    let event = event.before(&OrganisationView::from(before)).after(&OrganisationView::from(organisation.clone()));
    audit::record(tx, acting, event)?;
    Ok(organisation)
}

fn check(organisation: &Organisation, faults: &mut Faults) {
    faults.not_blank("/name", Some(&organisation.name));
    for (pointer, address) in
        [("/mailbox", &organisation.mailbox), ("/escalation_mailbox", &organisation.escalation_mailbox)]
    {
        let fine = address.as_deref().is_none_or(is_email);
        faults.unless(fine, pointer, Code::InvalidEmail, "Expected an address such as team@example.org.");
    }
    faults.not_blank("/setting_type", organisation.setting_type.as_deref());
    let fine = organisation.maintained_by.as_deref().is_none_or(is_authority_code);
    faults.unless(fine, "/maintained_by", Code::InvalidFormat, "Expected the authority's 3-digit code.");
    let setting = organisation.kind.0.is_setting();
    let detail = "Only an education_setting or an early_years_provider has this.";
    faults.unless(setting || organisation.setting_type.is_none(), "/setting_type", Code::Contradiction, detail);
    faults.unless(setting || organisation.setting_kind.is_none(), "/setting_kind", Code::Contradiction, detail);
    faults.unless(setting || organisation.maintained_by.is_none(), "/maintained_by", Code::Contradiction, detail);
    if let Some(urn) = &organisation.urn {
        let fine = (5..=8).contains(&urn.len()) && urn.bytes().all(|byte| byte.is_ascii_digit());
        faults.unless(fine, "/urn", Code::InvalidFormat, "Expected the digits of a unique reference number.");
    }
}

/// Says so before the database does, which then can't be asked anything else in this transaction.
fn free_of_others(conn: &mut Conn, organisation: &Organisation) -> Result<(), Error> {
    match organisation.urn.as_deref().map(|urn| store::by_urn(conn, urn)).transpose()?.flatten() {
        Some(other) if other.id != organisation.id => {
            Err(Error::conflict(Code::AlreadyExists, "Another organisation has this unique reference number."))
        }
        _ => Ok(()),
    }
}
