//! `doctor` finds whatever is not as the law derives it.

use diesel::connection::SimpleConnection;

use super::run;
use crate::support::cases::{a_case, to_assess};
use crate::support::{Backend, TestApp, both, json};

/// A case with advice asked for, an exception, and a document.
fn a_caseload(app: &TestApp) {
    let (manager, school) = (app.manager(), app.organisation("A School", "education_setting"));
    let id = manager.open_case(a_case().with("setting_id", json!(school))).id();
    manager.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
    let exception = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-01-05", "evidence": "A letter."});
    manager.case_step(&id, "exceptions", &exception).expect(200);
    manager.add_file(&id, "a.txt", b"A note.").expect(201);
    let ended = manager.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id();
    manager.case_step(&ended, "withdrawal", &json!({"on": "2026-01-05", "reason": "Moved away."})).expect(200);
}

both! {
    fn what_the_service_keeps_is_as_it_should_be(app: &TestApp) {
        a_caseload(app);
        let outcome = run(app, &["doctor"], &[]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
        for line in ["bank holidays are known until 2028-12-31", "cases: 2 derived again, 0 difference(s)", "documents: 1 looked for, 0 not", "everything is as it should be"] {
            assert!(outcome.stdout.contains(line), "{line}: {outcome:?}");
        }
    }

    fn whatever_differs_is_told_with_what_should_be(app: &TestApp) {
        a_caseload(app);
        app.execute("UPDATE deadlines SET act_by = '2026-05-21' WHERE rule = 'issue_final_plan' AND applicable");
        app.execute("UPDATE cases SET stage = 'drafting', advice_received = 7 WHERE reference = 'EHC-2026-000001'");
        app.execute("UPDATE advice_requests SET due_on = '2026-02-17' WHERE kind = 'education'");
        app.execute("DELETE FROM deadlines WHERE rule = 'decide_on_plan' AND applicable");
        std::fs::remove_dir_all(app.data_dir().join("documents/sha256")).unwrap();
        let outcome = run(app, &["doctor"], &[]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (1, "ehcp-tracker: 6 thing(s) are not as they should be; they stand above\n"), "{outcome:?}");
        for line in [
            "EHC-2026-000001: issue_final_plan, act_by: kept is 2026-05-21; it should be 2026-05-22",
            "EHC-2026-000001: case, stage: kept is drafting; it should be gathering_advice",
            "EHC-2026-000001: case, advice_received: kept is 7; it should be 0",
            "EHC-2026-000001: decide_on_plan, row: kept is none; it should be due on 2026-04-27",
            "due_on: kept is 2026-02-17; it should be 2026-02-16",
            "its content is none; it should be 7 bytes",
        ] {
            assert!(outcome.stdout.contains(line), "{line}: {outcome:?}");
        }
        assert!(!outcome.stdout.contains("EHC-2026-000002") && !outcome.stdout.contains("Ashdown"), "{outcome:?}");
        assert_eq!(run(app, &["doctor"], &[]).stdout, outcome.stdout, "it changes nothing");
    }

    fn an_upgrade_derives_every_case_anew_and_what_changed_and_why_is_told(app: &TestApp) {
        a_caseload(app);
        // As a version with other rules left it.
        app.execute("UPDATE deadlines SET due_on = '2026-05-20' WHERE rule = 'issue_final_plan' AND applicable");
        let migrated = run(app, &["migrate"], &[]);
        assert!(migrated.code == 0 && migrated.stdout.contains("1 case(s) were derived anew under the rules send-2014.3"), "{migrated:?}");
        let told = run(app, &["doctor"], &[]);
        assert_eq!(told.code, 0, "{told:?}");
        assert!(told.stdout.contains("derived anew after an upgrade: 1 case(s). The rules were corrected"), "{told:?}");
        assert!(told.stdout.contains("  issue_final_plan, due_on: 1"), "{told:?}");
        let event = app.events().into_iter().find(|event| event.action == "deadlines_derived_anew").unwrap();
        assert!(event.details.contains("2026-05-20") && event.details.contains("2026-05-25"), "{}", event.details);
        let again = run(app, &["migrate"], &[]);
        assert!(!again.stdout.contains("derived anew"), "once for each version: {again:?}");
    }

    fn a_confirmed_exception_that_relieves_nothing_is_named(app: &TestApp) {
        let manager = app.manager();
        let id = manager.open_case(a_case()).id();
        let body = json!({
            "rules": ["issue_final_plan"], "ground": "school_closed", "from_on": "2026-07-22", "to_on": "2026-09-02",
            "evidence": "The school's calendar.", "family_told_on": "2026-01-05",
        });
        let case = manager.case_step(&id, "exceptions", &body).expect(200);
        let exception = case.json["exceptions"][0]["id"].as_str().unwrap();
        let told = run(app, &["doctor"], &[]);
        let line = format!("warning: EHC-2026-000001: the confirmed exception {exception} (school_closed) relieves nothing");
        assert!(told.code == 0 && told.stdout.contains(&line), "{told:?}");
    }

    fn a_calendar_that_ends_too_soon_is_a_warning(app: &TestApp) {
        let late = run(app, &["doctor"], &[("EHCP_FIXED_TODAY", "2028-10-01")]);
        assert!(late.code == 0 && late.stdout.contains("warning: bank holidays are known until 2028-12-31"), "{late:?}");
        app.execute("DELETE FROM bank_holidays");
        let none = run(app, &["doctor"], &[]);
        assert!(none.code == 0 && none.stdout.contains("warning: no bank holiday is known"), "{none:?}");
    }

    fn a_frozen_report_that_is_not_what_was_frozen_is_told(app: &TestApp) {
        let freeze = || {
            app.manager().post("/reports/snapshots", &json!({"report": "caseload"})).expect(201).json["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let (altered, made_anew, removed) = (freeze(), freeze(), freeze());
        let fine = run(app, &["doctor"], &[]);
        assert!(fine.code == 0 && fine.stdout.contains("frozen reports: 3 compared, 0 not"), "{fine:?}");
        match app.backend() {
            Backend::Sqlite => {
                let replaced = app
                    .db()
                    .write(|tx| Ok(tx.batch_execute("REPLACE INTO report_snapshots SELECT * FROM report_snapshots")?));
                assert!(format!("{:?}", replaced.unwrap_err()).contains("never changed"));
                app.execute("DROP TRIGGER report_snapshots_stay_as_they_are; DROP TRIGGER report_snapshots_are_kept");
            }
            Backend::Postgres => app.execute("ALTER TABLE report_snapshots DISABLE TRIGGER ALL"),
        }
        app.execute(&format!("UPDATE report_snapshots SET content = '{{}}' WHERE id = '{altered}'"));
        let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        app.execute(&format!(
            "UPDATE report_snapshots SET content = '{{}}', sha256 = '{digest}' WHERE id = '{made_anew}'"
        ));
        app.execute(&format!("DELETE FROM report_snapshots WHERE id = '{removed}'"));
        let found = run(app, &["doctor"], &[]);
        assert_eq!(found.code, 1, "{found:?}");
        for line in [
            format!("report {altered}: its content is not what its digest says"),
            format!("report {made_anew}: it is not what was frozen"),
            format!("report {removed}: it was removed"),
            "frozen reports: 2 compared, 3 not as they should be".to_owned(),
        ] {
            assert!(found.stdout.contains(&line), "{line}: {found:?}");
        }
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    TestApp::run_on(crate::support::Backend::Sqlite, |app| {
        let file = app.data_dir().join("nowhere.db");
        let url = format!("sqlite://{}", file.display());
        let outcome = run(app, &["doctor"], &[("EHCP_DATABASE_URL", &url)]);
        assert!(outcome.code == 1 && outcome.stderr.contains("there is no database"), "{outcome:?}");
        assert!(!file.exists());
        std::fs::write(&file, "").unwrap();
        let empty = run(app, &["doctor"], &[("EHCP_DATABASE_URL", &url)]);
        assert!(empty.code == 1 && empty.stderr.contains("ehcp-tracker migrate"), "{empty:?}");
    });
}
