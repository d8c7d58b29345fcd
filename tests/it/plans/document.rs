//! The document of a version, as HTML and as PDF.

use super::*;
use crate::support::{both, poppler};

impl Working {
    pub(super) fn document(&self, plan: &str, accept: &str) -> Response {
        self.officer.request("GET", &format!("/plans/{plan}/document")).header("Accept", accept).send()
    }
}

/// A table, a list and signs that markup could take for its own.
const RICH: &str = "<h3>Reading</h3><p>Needs <strong>help</strong> &amp; time, 3 &lt; 4.</p>\
    <table><thead><tr><th>Need</th><th>Provision</th></tr></thead>\
    <tbody><tr><th>Reading</th><td>Ten hours</td></tr></tbody></table><ul><li>first</li><li>second</li></ul>";

both! {
    fn the_html_is_accessible_and_holds_every_section(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        working.write(&plan, "F", &format!("{RICH}<script>alert('x')</script>")).expect(200);
        let answer = working.document(&plan, "text/html").expect(200);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let page = answer.text();
        for part in [
            "<html lang=\"en-GB\">",
            "<h1>Education, Health and Care plan</h1>",
            "<p class=\"draft\">DRAFT</p>",
            "Robin Ashdown",
            "4 March 2016",
            "<th scope=\"col\">Need</th>",
            "<th scope=\"row\">Reading</th>",
            "3 &lt; 4.",
            "@page",
            "Version 1, draft, being written",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for section in ["A", "B", "C", "D", "E", "F", "G", "H1", "H2", "I", "J", "K"] {
            assert!(page.contains(&format!("Section {section}: ")), "{section}");
        }
        assert!(page.contains("A draft does not name a school, college or other setting."));
        assert!(!page.contains("<script") && !page.contains("alert"), "no script survives");
        // Without a wish it is HTML too; what is not had is said.
        assert_eq!(working.officer.get(&format!("/plans/{plan}/document")).expect(200).text(), page);
        working.document(&plan, "application/json").refused(406, "not_acceptable");
    }

    fn the_same_content_is_the_same_pdf_byte_for_byte(app: &TestApp) {
        let (working, plan) = Working::served(app);
        let first = working.document(&plan, "application/pdf").expect(200);
        assert_eq!(first.header("content-type"), Some("application/pdf"));
        let reference = working.officer.case(&working.case).json["reference"].as_str().unwrap().to_owned();
        let name = format!("inline; filename=\"{reference}-version-1.pdf\"");
        assert_eq!(first.header("content-disposition"), Some(name.as_str()), "no name of a child");
        assert!(first.bytes.starts_with(b"%PDF-"));
        app.on_day("2026-06-02");
        assert_eq!(working.document(&plan, "application/pdf").expect(200).bytes, first.bytes);
        let next = working.start().expect(201).id();
        assert_ne!(working.document(&next, "application/pdf").expect(200).bytes, first.bytes);
    }

    fn what_was_sent_says_for_ever_whose_plan_it_was(app: &TestApp) {
        let (working, served) = Working::served(app);
        let issued = working.issue(&lawful_final(&served, AFTER_FIFTEEN)).expect(200);
        let issued = issued.json["plan"]["id"].as_str().unwrap().to_owned();
        let all = || [&served, &issued].map(|plan| working.document(plan, "application/pdf").expect(200).bytes);
        let before = all();
        let case = working.officer.case(&working.case).json;
        let person = working.officer.get(&format!("/people/{}", case["person"]["id"].as_str().unwrap())).expect(200);
        let renamed = json!({"forename": "Robyn", "date_of_birth": "2016-03-05"});
        working.officer.patch(&format!("/people/{}", person.id()), &person.etag, &renamed).expect(200);
        assert!(all() == before, "a correction changes no document that was sent");
        let page = working.document(&issued, "text/html").expect(200).text();
        assert!(page.contains("Robin Ashdown") && page.contains("4 March 2016"), "{page}");
    }

    fn every_page_of_a_draft_says_so_and_a_final_plan_does_not(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        let long = format!("<p>{}</p>", "A sentence that fills a line of the page. ".repeat(20)).repeat(20);
        working.write(&plan, "B", &long).expect(200);
        working.serve(&plan, SERVED).expect(200);
        let Some(pages) = poppler::pages(&working.document(&plan, "application/pdf").expect(200).bytes) else { return };
        assert!(pages.len() >= 4, "{}", pages.len());
        for (number, page) in (1..).zip(&pages) {
            for part in ["DRAFT", "Local authority", "Version 1, draft, served on 13 April 2026"] {
                assert!(page.contains(part), "page {number} lacks {part}: {page}");
            }
            assert!(page.contains(&format!("Page {number} of {}", pages.len())), "{page}");
        }
        let issued = working.issue(&lawful_final(&plan, AFTER_FIFTEEN)).expect(200);
        let final_plan = issued.json["plan"]["id"].as_str().unwrap();
        let pages = poppler::pages(&working.document(final_plan, "application/pdf").expect(200).bytes).unwrap();
        let text = pages.join("\n");
        assert!(!text.contains("DRAFT"), "{text}");
        for part in ["Sam Signatory", "Your rights to mediation and appeal", "28 June 2026", "A mainstream secondary school"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let html = working.document(final_plan, "text/html").expect(200).text();
        assert!(html.contains("Your rights to mediation and appeal") && !html.contains("DRAFT"));
    }

    fn the_pdf_is_text_with_its_structure(app: &TestApp) {
        let working = Working::drafting(app);
        let plan = working.written();
        working.write(&plan, "F", RICH).expect(200);
        let Some(tree) = poppler::structure(&working.document(&plan, "application/pdf").expect(200).bytes) else { return };
        for part in ["H1", "H2", "H3", "Table", "THead", "TH", "TD", "\"Ten hours\"", "LI", "Lbl", "LBody", "P (block)"] {
            assert!(tree.contains(part), "{part}: {tree}");
        }
        assert!(!tree.contains("Page 1 of"), "what stands on every page is not read out: {tree}");
    }

    fn a_document_is_seen_by_those_who_see_the_case_and_the_reading_is_on_record(app: &TestApp) {
        let (working, plan) = Working::served(app);
        let reader = app.caseworker_named("Rhea Reader");
        reader.request("GET", &format!("/plans/{plan}/document")).header("Accept", "application/pdf").send().expect(200);
        let log = app.manager().get(&format!("/cases/{}/access-log", working.case)).expect(200).json;
        assert_eq!((&log["items"][0]["user"]["name"], &log["items"][0]["what"]), (&json!("Rhea Reader"), &json!("plan_document")));
        let etag = working.officer.case(&working.case).etag;
        working.officer.patch(&format!("/cases/{}", working.case), &etag, &json!({"restricted": true})).expect(200);
        reader.get(&format!("/plans/{plan}/document")).refused(404, "not_found");
        app.admin().get(&format!("/plans/{plan}/document")).refused(403, "forbidden");
    }
}

#[test]
fn a_long_name_of_a_council_stands_whole_on_every_page() {
    let name = "The Council of the Royal Borough and Metropolitan District of Upper and Lower Examplewold-on-the-Water";
    let app = TestApp::with(crate::support::Backend::Sqlite, TODAY, &[("EHCP_AUTHORITY_NAME", name)]);
    let (working, plan) = Working::served(&app);
    let pdf = working.document(&plan, "application/pdf").expect(200).bytes;
    let Some(pages) = poppler::pages(&pdf) else { return };
    let last = pages.last().unwrap();
    for part in ["The Council of the Royal", "Examplewold-on-the-Water", "DRAFT", "EHC-2026-000001"] {
        assert!(last.contains(part), "{part}: {last}");
    }
}
