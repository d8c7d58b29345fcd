//! `backup` copies a database that is in use.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::run;
use crate::support::cases::{a_case, to_assess};
use crate::support::database::Database;
use crate::support::postgres::find_binaries;
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

#[cfg(unix)]
#[test]
fn neither_a_backup_nor_a_new_database_is_read_by_others_of_the_machine() {
    use std::os::unix::fs::PermissionsExt;
    TestApp::run_on(Backend::Sqlite, |app| {
        let open = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o077;
        let copy = app.data_dir().join("copy.db");
        assert_eq!(run(app, &["backup", copy.to_str().unwrap()], &[]).code, 0);
        assert_eq!(open(&copy), 0);
        let new = app.data_dir().join("new.db");
        let made = run(app, &["migrate"], &[("EHCP_DATABASE_URL", &format!("sqlite://{}", new.display()))]);
        assert_eq!((made.code, open(&new)), (0, 0), "{made:?}");
    });
}

#[test]
fn whoever_stops_reading_ends_a_command_quietly() {
    TestApp::run_on(Backend::Sqlite, |_app| {
        let mut openapi = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"));
        let mut child = openapi
            .arg("openapi")
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
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

/// Runs `back_up` while people write: cases, decisions and documents come before, during and after it. Answers the id of a
/// case and of a document that were there before.
fn while_people_write(app: &TestApp, back_up: impl FnOnce()) -> (String, String) {
    let caseworker = app.caseworker();
    let case = caseworker.open_case(a_case()).id();
    let document = caseworker.add_file(&case, "report.txt", b"What stood in the report.").expect(201).id();
    let (stop, written) = (AtomicBool::new(false), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let (app, stop, written) = (&app, &stop, &written);
            scope.spawn(move || {
                let caseworker = app.caseworker_named(&format!("Wanda Writer {writer}"));
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = caseworker
                        .open_case(a_case().of(&format!("Writ {writer}"), &format!("Ten {n}"), "2016-03-04"))
                        .id();
                    caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
                    let content = format!("{writer} {n}");
                    caseworker.add_file(&id, "note.txt", content.as_bytes()).expect(201);
                    written.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while written.load(Ordering::Relaxed) < 5 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let before = written.load(Ordering::Relaxed);
        back_up();
        // Somebody wrote meanwhile, or comes to do so now.
        while written.load(Ordering::Relaxed) < before + 3 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        stop.store(true, Ordering::Relaxed);
    });
    (case, document)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            // What was being written when it was listed has its name by now, or is gone.
            drop(fs::copy(entry.path(), to.join(entry.file_name())));
        }
    }
}

/// Whether what was restored is whole, passes `doctor`, and serves.
fn serves(app: &TestApp, database: &str, folder: &Path, case: &str, document: &str) {
    let settings = [("EHCP_DATABASE_URL", database), ("EHCP_DATA_DIR", folder.to_str().unwrap())];
    let checked = run(app, &["doctor"], &settings);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{checked:?}");
    let verified = run(app, &["audit", "verify"], &settings);
    assert_eq!((verified.code, verified.stderr.as_str()), (0, ""), "{verified:?}");
    let restored = TestApp::with(app.backend(), "2026-01-05", &settings);
    let caseworker = restored.caseworker();
    assert_eq!(caseworker.case(case).json["person"]["surname"], "Ashdown");
    let content = caseworker.get(&format!("/documents/{document}/content")).expect(200);
    assert_eq!(content.bytes, b"What stood in the report.");
    let listed = caseworker.get("/cases?count=true").expect(200).json["total"].as_i64().unwrap();
    assert!(listed >= 6 && listed <= app.count("cases"), "{listed}");
    caseworker.open_case(a_case().of("After", "Restoring", "2016-03-04"));
}

#[test]
fn a_backup_of_sqlite_taken_while_people_write_is_restored_as_the_guide_says() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let kept = tempfile::tempdir().unwrap();
        let copy = kept.path().join("backup.db");
        let (case, document) = while_people_write(app, || {
            let outcome = run(app, &["backup", copy.to_str().unwrap()], &[]);
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
            copy_folder(&app.data_dir().join("documents"), &kept.path().join("documents"));
        });
        let restored = tempfile::tempdir().unwrap();
        fs::copy(&copy, restored.path().join("ehcp.db")).unwrap();
        copy_folder(&kept.path().join("documents"), &restored.path().join("documents"));
        let url = format!("sqlite://{}", restored.path().join("ehcp.db").display());
        serves(app, &url, restored.path(), &case, &document);
    });
}

#[test]
fn a_dump_of_postgres_taken_while_people_write_is_restored_as_the_guide_says() {
    TestApp::run_on(Backend::Postgres, |app| {
        let tool = |name: &str, arguments: &[&str]| {
            let output = Command::new(find_binaries().unwrap().join(name)).args(arguments).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let kept = tempfile::tempdir().unwrap();
        let dump = kept.path().join("backup.dump").to_str().unwrap().to_owned();
        let (case, document) = while_people_write(app, || {
            let from = app.settings()["EHCP_DATABASE_URL"].clone();
            tool("pg_dump", &["--format=custom", "--no-owner", "--file", &dump, &from]);
            copy_folder(&app.data_dir().join("documents"), &kept.path().join("documents"));
        });
        let restored = Database::empty(Backend::Postgres);
        tool(
            "pg_restore",
            &["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", &restored.url, &dump],
        );
        serves(app, &restored.url, kept.path(), &case, &document);
    });
}
