//! `backup` copies a database that is in use.

use super::run;
use crate::support::cases::a_case;
use crate::support::{Backend, TestApp};

#[test]
fn a_backup_is_a_whole_database_and_names_what_else_to_copy() {
    TestApp::run_on(Backend::Sqlite, |app| {
        app.caseworker().open_case(a_case());
        let file = app.data_dir().join("it's a copy.db");
        let name = file.to_string_lossy().into_owned();
        let outcome = run(app, &["backup", &name], &[]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
        assert!(outcome.stdout.contains(&app.data_dir().join("documents").display().to_string()), "{outcome:?}");
        let checked = run(app, &["doctor"], &[("EHCP_DATABASE_URL", &format!("sqlite://{name}"))]);
        assert!(checked.code == 0 && checked.stdout.contains("cases: 1 derived again"), "{checked:?}");
        let left: Vec<_> = std::fs::read_dir(app.data_dir()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".unfinished")), "{left:?}");
    });
}

#[test]
fn a_file_that_is_there_already_is_not_touched() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let file = app.data_dir().join("precious.txt");
        std::fs::write(&file, "precious").unwrap();
        let outcome = run(app, &["backup", &file.to_string_lossy()], &[]);
        assert!(outcome.code == 1 && outcome.stderr.contains("is there already"), "{outcome:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        let nowhere = run(app, &["backup", "no/such/folder/copy.db"], &[]);
        assert!(nowhere.code == 1 && nowhere.stderr.lines().count() == 1, "{nowhere:?}");
        assert_eq!(run(app, &["backup"], &[]).code, 2);
    });
}

#[test]
fn postgres_has_its_own_tool() {
    TestApp::run_on(Backend::Postgres, |app| {
        let outcome = run(app, &["backup", "copy.dump"], &[]);
        assert!(outcome.code == 1 && outcome.stderr.contains("pg_dump"), "{outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1);
        assert!(!app.data_dir().join("copy.dump").exists());
    });
}
