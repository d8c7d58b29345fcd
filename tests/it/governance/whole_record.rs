//! The whole of a person's record in one file.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{MARK, known};
use crate::support::{Value, both, json};

both! {
    fn it_holds_all_that_was_written_and_every_document(app: &TestApp) {
        let known = known(app);
        let answer = app.manager().get(&format!("/people/{}/record", known.person)).expect(200);
        assert_eq!(answer.header("content-type"), Some("application/zip"));
        assert!(answer.header("content-disposition").unwrap().contains("record.zip"), "no name stands in a header");
        let mut zip = ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
        let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let mut read = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let document = names.iter().find(|name| name.starts_with("documents/")).unwrap();
        assert_eq!(read(document), "A letter about Zebedee.");
        let text = read("record.json");
        for part in ["A note on", "A report on", "Too short of", "A letter of", "Not for", "More of", "Yes for", "Pat", "1 Row", "Panel of", "School of", "A school for", "Of Zebedee"] {
            assert!(text.contains(part), "{part} is not told");
        }
        let record: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&record["person"]["forename"], &record["person"]["nhs_number"]), (&json!(MARK), &json!("9434765919")));
        let case = &record["cases"][0];
        assert_eq!(case["case"]["id"], json!(known.case));
        for part in ["notes", "advice_requests", "plans", "representations", "consultations", "documents", "history", "access_log"] {
            assert!(!case[part].as_array().unwrap().is_empty(), "{part} is empty");
        }
        let log = app.manager().get(&format!("/cases/{}/access-log", known.case)).expect(200).json;
        assert!(log["items"].as_array().unwrap().iter().any(|row| row["what"] == "whole_record"));
        app.caseworker().get(&format!("/people/{}/record", known.person)).refused(403, "forbidden");
        let left: Vec<_> = std::fs::read_dir(app.data_dir()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!left.iter().any(|name| name.starts_with(".tmp")), "{left:?}");
    }
}
