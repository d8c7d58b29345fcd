//! A version of a plan as the document that a family gets.

use chrono::NaiveDate;
use statute::{Calendar, PlanKind, PlanStatus, RuleId, Section, appeal_rights, rule};

use super::sections;
use crate::calendar;
use crate::case::model::Case;
use crate::db::Conn;
use crate::error::Error;
use crate::markup;
use crate::plan::commands::printed_now;
use crate::plan::model::{Plan, Printed};
use crate::plan::store;
use crate::printing::{Document, Section as PrintedSection};

/// Puts the document of a version together. What was served or sent shows whose plan it was then; one that is being
/// written, or was taken over, whose it is now. `authority` is the council's name.
pub fn document(conn: &mut Conn, authority: &str, case: &Case, plan: &Plan) -> Result<Document, Error> {
    let Printed { name, date_of_birth, authority } = match plan.printed.clone() {
        Some(printed) => printed.0,
        None => printed_now(conn, case, authority)?,
    };
    let kept = store::has_text(conn, plan.id)?;
    let of_plan = sections(conn, plan)?;
    let draft = plan.kind.0 != PlanKind::Final;
    let otherwise = plan.placement.as_ref().is_some_and(|placement| placement.0.education_otherwise.is_some());
    let mut details = vec![
        ("Name".to_owned(), name),
        ("Date of birth".to_owned(), long(date_of_birth)),
        ("Reference".to_owned(), case.reference.clone()),
        ("Local authority".to_owned(), authority.clone()),
        ("Version".to_owned(), version(plan)),
    ];
    if let Some(signed_by) = &plan.signed_by {
        details.push(("Signed for the local authority by".to_owned(), signed_by.clone()));
    }
    let mut printed: Vec<PrintedSection> = Section::ALL
        .iter()
        .map(|section| PrintedSection {
            heading: format!("Section {section}: {}", section.title()),
            text: of_plan.get(*section).map_or_else(String::new, |row| row.text.clone()),
            instead: match (kept, section, draft) {
                (false, _, _) => "The text of this version is not kept in this service.",
                (true, Section::I, true) => {
                    "A draft does not name a school, college or other setting. The final plan will."
                }
                (true, Section::I, false) if otherwise => "This section is left blank.",
                (true, _, _) => "Nothing is recorded in this section.",
            }
            .to_owned(),
        })
        .collect();
    if let Some(sent_on) = plan.issued_on.filter(|_| plan.entered_in_error_at.is_none()) {
        printed.push(rights(sent_on, case, &calendar::store::working_days(conn)?));
    }
    Ok(Document {
        authority,
        title: "Education, Health and Care plan".to_owned(),
        reference: case.reference.clone(),
        version: version(plan),
        draft,
        details,
        sections: printed,
    })
}

fn version(plan: &Plan) -> String {
    let kind = match plan.kind.0 {
        PlanKind::Draft => "draft",
        PlanKind::AmendedDraft => "amended draft",
        PlanKind::Final => "final plan",
    };
    if plan.entered_in_error_at.is_some() {
        return format!("Version {}, entered in error: this is no plan", plan.number);
    }
    match (plan.status.0, plan.served_on, plan.issued_on) {
        (PlanStatus::Issued, _, Some(on)) => format!("Version {}, {kind}, sent on {}", plan.number, long(on)),
        (PlanStatus::Served, Some(on), _) => format!("Version {}, {kind}, served on {}", plan.number, long(on)),
        _ => format!("Version {}, {kind}, being written", plan.number),
    }
}

/// The notice of the family's rights that goes with a final plan (Regs 14), with its days.
fn rights(sent_on: NaiveDate, case: &Case, calendar: &Calendar) -> PrintedSection {
    let rights = appeal_rights(sent_on, case.received_on, calendar);
    let certificate = rule(RuleId::MediationCertificateAppeal, case.received_on);
    let row = |what: &str, until: String, citation: &str| {
        let cells = [until.as_str(), citation].map(|text| format!("<td>{}</td>", markup::escape(text))).concat();
        format!("<tr><th>{}</th>{cells}</tr>", markup::escape(what))
    };
    let rows = [
        row("Contact a mediation adviser", long(rights.contact_mediation_adviser_by), rights.mediation_citation),
        row(
            "Appeal to the First-tier Tribunal",
            format!(
                "{}, or {} after the date of a mediation certificate if that is later",
                long(rights.appeal_by),
                certificate.length_in_words()
            ),
            rights.appeal_citation,
        ),
    ]
    .concat();
    let text = format!(
        "<p>This plan was sent on {}. If you disagree with what sections B, F or I say, or that section I names no school, \
        college or other setting, you may appeal to the First-tier Tribunal (Special Educational Needs and Disability) under \
        section 51 of the Children and Families Act 2014.</p>\
        <table><thead><tr><th>What you may do</th><th>Until</th><th>Where this is written</th></tr></thead>\
        <tbody>{rows}</tbody></table>\
        <p>Before you appeal you must contact a mediation adviser and obtain a certificate, unless the appeal is only about \
        section I. Mediation is free, and you need not take part in it.</p>\
        <p>The letter with this plan tells how to reach a mediation adviser and the service for the resolution of \
        disagreements, and where to get advice and information.</p>",
        long(sent_on)
    );
    PrintedSection { heading: "Your rights to mediation and appeal".to_owned(), text, instead: String::new() }
}

fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}
