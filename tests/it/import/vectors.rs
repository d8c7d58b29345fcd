//! The golden dates of an independent oracle, as rows of a sheet, read back over HTTP.

use ehcp_tracker::import::commands::Mode;

use super::Sheet;
use crate::support::both;

fn lines(file: &str) -> Vec<Vec<String>> {
    let path = format!("{}/crates/statute/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

both! {
    fn every_case_has_the_deadlines_of_the_oracle(app: &TestApp) {
        // Those of all the years of the oracle, and no others.
        let values: Vec<String> = lines("bank_holidays.csv").iter().map(|line| format!("('{}', 'Bank holiday', '', false)", line[0])).collect();
        app.execute("DELETE FROM bank_holidays");
        app.execute(&format!("INSERT INTO bank_holidays (day, title, notes, bunting) VALUES {}", values.join(", ")));
        let known = lines("case_deadlines.csv");
        let mut sheet = Sheet::new();
        for line in &known {
            sheet = sheet.row(&line[0], &[("received_on", &line[0])]);
        }
        let said = app.import_on("2028-12-01", Mode::Write, &sheet.csv()).unwrap();
        assert_eq!(said.faults, []);
        app.on_day("2028-12-01");
        app.assert_derived();
        let caseworker = app.caseworker();
        for line in &known {
            let found = caseworker.get(&format!("/cases?received_from={0}&received_to={0}", line[0])).expect(200).json;
            let case = caseworker.case(found["items"][0]["id"].as_str().unwrap());
            for (rule, days) in ["decide_to_assess", "decide_on_plan", "send_draft_plan", "issue_final_plan"].iter().zip(line[1..].chunks(2)) {
                let deadline = case.deadline(rule);
                assert_eq!((&deadline["due_on"], &deadline["act_by"]), (&days[0].clone().into(), &days[1].clone().into()), "{rule} {}", line[0]);
            }
        }
    }
}
