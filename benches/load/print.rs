//! How long a plan of forty pages takes to print.

use std::fmt::Write as _;
use std::time::Instant;

use ehcp_tracker::markup::clean;
use ehcp_tracker::printing::{Document, Section, pdf};

use super::service::processor;

/// How often it is printed; the first time counts like the others.
const TIMES: u32 = 10;

/// Prints a plan of forty pages and tells what that took, as a table.
pub fn table() -> String {
    let plan = plan();
    let (begun, used) = (Instant::now(), processor("self"));
    let mut bytes = Vec::new();
    for _ in 0..TIMES {
        bytes = pdf(&plan).unwrap();
    }
    let milliseconds = |seconds: f64| seconds * 1000.0 / f64::from(TIMES);
    let (wall, cpu) = (milliseconds(begun.elapsed().as_secs_f64()), milliseconds(processor("self") - used));
    let mut table = String::new();
    write!(
        table,
        "\n## A plan as PDF\n\n| | |\n|---|---|\n| pages | {} |\n| size | {} KiB |\n| processor | {cpu:.0} ms, the mean of {TIMES} |\n\
        | from beginning to end | {wall:.0} ms |\n",
        pages(&bytes),
        bytes.len() / 1024,
    )
    .unwrap();
    table
}

/// The pages stand in the file as objects of this type.
fn pages(pdf: &[u8]) -> usize {
    let sign = b"/Type/Page/";
    let loose = b"/Type /Page\n";
    let count = |sign: &[u8]| pdf.windows(sign.len()).filter(|window| *window == sign).count();
    count(sign).max(count(loose))
}

/// Twelve sections of paragraphs, lists and tables.
fn plan() -> Document {
    let sentence = "Robin needs a structured approach to reading, with small steps, repetition and the chance to show \
        what was <strong>understood</strong>. ";
    let paragraph = format!("<p>{}</p>", sentence.repeat(4));
    let list = format!("<ul>{}</ul>", format!("<li>{sentence}</li>").repeat(6));
    let row = format!("<tr><th>Reading</th><td>{sentence}</td><td>2 hours a week</td></tr>");
    let head = "<thead><tr><th>Need</th><th>Provision</th><th>How much</th></tr></thead>";
    let table = format!("<table>{head}<tbody>{}</tbody></table>", row.repeat(8));
    let text = clean(&format!("<h3>Needs</h3>{}{list}{table}{}", paragraph.repeat(6), paragraph.repeat(11)));
    let section = |letter: &str| Section {
        heading: format!("Section {letter}: A heading of some length"),
        text: text.clone(),
        instead: String::new(),
    };
    Document {
        authority: "Marlbrook Council".to_owned(),
        title: "Education, Health and Care plan".to_owned(),
        reference: "EHC-2026-000001".to_owned(),
        version: "Version 2, amended draft, served on 13 April 2026".to_owned(),
        draft: true,
        details: vec![("Name".to_owned(), "Robin Ashdown".to_owned())],
        sections: ["A", "B", "C", "D", "E", "F", "G", "H1", "H2", "I", "J", "K"].map(section).to_vec(),
    }
}
