//! What a process leaves that dies at the worst moment, and who removes it: `documents sweep`.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, SystemTime};

use ehcp_tracker::document::commands::{GRACE, sweep};
use ehcp_tracker::time::Clock;
use sha2::{Digest, Sha256};

use super::{form, stored};
use crate::support::cases::a_case;
use crate::support::replica::{Replica, within};
use crate::support::{Backend, Persona, TestApp, both};
use crate::upkeep::run;

/// Begins an upload and sends so much of its form; the rest can follow.
fn upload(address: &str, who: &Persona, case: &str, body: &[u8], sent: usize) -> TcpStream {
    let head = format!(
        "POST /api/v1/cases/{case}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=----a-boundary-that-stands-in-no-file\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        who.access_token,
        body.len()
    );
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&body[..sent]).unwrap();
    connection
}

/// Makes a file look as if nobody had written to it for two days.
fn age(file: &str) {
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    File::options().write(true).open(file).unwrap().set_modified(long_ago).unwrap();
}

fn place(app: &TestApp, content: &[u8]) -> String {
    let digest = format!("{:x}", Sha256::digest(content));
    app.data_dir().join("documents/sha256").join(&digest[..2]).join(&digest).to_string_lossy().into_owned()
}

/// The line that a sweep prints, where nothing is amiss.
#[track_caller]
fn swept(app: &TestApp, uploads: usize, contents: usize) {
    let outcome = run(app, &["documents", "sweep"], &[]);
    let expected = format!("removed: {uploads} unfinished upload(s), {contents} content(s) that no document needs\n");
    assert_eq!((outcome.code, outcome.stdout), (0, expected), "{}", outcome.stderr);
}

both! {
    fn a_file_that_was_coming_when_the_process_was_killed_is_swept_up(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        let kept = caseworker.add_file(&case, "kept.txt", b"Kept.").expect(201);
        let replica = Replica::start(app);
        let body = form(&[("file", Some("a.txt"), &vec![b'a'; 4_000_000])]);
        let connection = upload(&replica.address, &caseworker, &case, &body, 3_000_000);
        within("arriving", || stored(app).len() == 2);
        replica.kill();
        drop(connection);
        let left: Vec<String> = stored(app).into_iter().filter(|file| file.contains("/uploads/")).collect();
        assert_eq!(left.len(), 1, "{left:?}");
        swept(app, 0, 0);
        age(&left[0]);
        age(&place(app, b"Kept."));
        swept(app, 1, 0);
        assert_eq!(stored(app), [place(app, b"Kept.")]);
        assert_eq!(caseworker.get(&format!("/documents/{}/content", kept.id())).expect(200).bytes, b"Kept.");
    }

    fn content_that_lost_its_row_is_swept_up_and_content_that_has_one_is_not(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        for content in [b"One.", b"Two."] {
            caseworker.add_file(&case, "a.txt", content).expect(201);
        }
        app.execute(&format!("DELETE FROM documents WHERE sha256 = '{:x}'", Sha256::digest(b"One.")));
        swept(app, 0, 0);
        for file in stored(app) {
            age(&file);
        }
        swept(app, 0, 1);
        assert_eq!(stored(app), [place(app, b"Two.")]);
        swept(app, 0, 0);
    }

    fn a_folder_of_another_database_is_left_alone(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        caseworker.add_file(&case, "a.txt", b"One.").expect(201);
        age(&place(app, b"One."));
        app.execute("DELETE FROM documents");
        let outcome = run(app, &["documents", "sweep"], &[]);
        assert!(outcome.code == 1 && outcome.stderr.contains("EHCP_DATA_DIR"), "{outcome:?}");
        assert_eq!(stored(app).len(), 1);
    }

    fn an_upload_in_progress_outlives_a_sweep(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        let content = vec![b'a'; 2_000_000];
        let body = form(&[("file", Some("a.txt"), &content)]);
        let mut connection = upload(&app.address(), &caseworker, &case, &body, 1_500_000);
        within("arriving", || stored(app).len() == 1);
        swept(app, 0, 0);
        connection.write_all(&body[1_500_000..]).unwrap();
        within("kept", || app.count("documents") == 1);
        assert!(Path::new(&place(app, &content)).is_file());
    }

    fn an_upload_of_the_same_content_never_loses_to_a_sweep(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        caseworker.add_file(&case, "kept.txt", b"Kept.").expect(201);
        let (folder, db) = (app.data_dir().join("documents"), app.db());
        for round in 0..20 {
            let document = std::thread::scope(|scope| {
                let sweeping = scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(round % 10));
                    sweep(&db, &folder, Clock::default().read().at, GRACE).unwrap()
                });
                let document = caseworker.add_file(&case, "a.txt", b"Alike.").expect(201).id();
                assert!(!sweeping.join().unwrap().not_ours);
                document
            });
            let path = format!("/documents/{document}/content");
            assert_eq!(caseworker.get(&path).expect(200).bytes, b"Alike.", "round {round}");
            app.execute(&format!("DELETE FROM documents WHERE id = '{document}'"));
            age(&place(app, b"Alike."));
        }
        swept(app, 0, 1);
    }
}

#[test]
fn a_file_that_had_come_when_the_process_was_killed_is_swept_up() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        let replica = Replica::start(app);
        let body = form(&[("file", Some("a.txt"), b"A note.")]);
        // While somebody else writes, the row has to wait.
        let connection = app.db().write(|_| {
            let connection = upload(&replica.address, &caseworker, &case, &body, body.len());
            within("whole", || stored(app).iter().any(|file| file.contains("/uploads/") && !file.contains('#')));
            replica.kill();
            Ok(connection)
        });
        drop(connection);
        assert_eq!((app.count("documents"), stored(app).len()), (0, 1));
        age(&stored(app)[0]);
        swept(app, 1, 0);
        assert_eq!(stored(app), Vec::<String>::new());
    });
}

/// Holds every commit of a new document up for some seconds, then lets it fail or succeed.
fn slow_commits(app: &TestApp, seconds: f64, then: &str) {
    app.execute(&format!(
        "CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({seconds}); {then} END $$; \
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON documents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_up()"
    ));
}

#[test]
fn content_whose_row_was_lost_with_the_process_is_swept_up() {
    TestApp::run_on(Backend::Postgres, |app| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        caseworker.add_file(&case, "kept.txt", b"Kept.").expect(201);
        slow_commits(app, 2.0, "RAISE EXCEPTION 'lost';");
        let replica = Replica::start(app);
        let body = form(&[("file", Some("a.txt"), b"A note.")]);
        let connection = upload(&replica.address, &caseworker, &case, &body, body.len());
        let left = place(app, b"A note.");
        within("moved", || Path::new(&left).is_file());
        replica.kill();
        drop(connection);
        age(&left);
        // The sweep waits until the transaction is over.
        swept(app, 0, 1);
        assert_eq!((app.count("documents"), stored(app)), (1, vec![place(app, b"Kept.")]));
    });
}

#[test]
fn content_whose_row_could_not_be_committed_is_removed_at_once() {
    TestApp::run_on(Backend::Postgres, |app| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        caseworker.add_file(&case, "kept.txt", b"Kept.").expect(201);
        slow_commits(app, 0.0, "RAISE EXCEPTION 'could not extend file: No space left on device';");
        for (content, left) in [(b"A note.".as_slice(), 1), (b"Kept.", 1)] {
            caseworker.add_file(&case, "a.txt", content).refused(507, "disk_full");
            assert_eq!((app.count("documents"), stored(app).len()), (1, left));
        }
        assert_eq!(stored(app), [place(app, b"Kept.")]);
    });
}

#[test]
fn a_sweep_waits_for_a_row_that_is_about_to_be_committed() {
    TestApp::run_on(Backend::Postgres, |app| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        caseworker.add_file(&case, "kept.txt", b"Kept.").expect(201);
        slow_commits(app, 2.0, "RETURN NULL;");
        std::thread::scope(|scope| {
            let adding = scope.spawn(|| caseworker.add_file(&case, "a.txt", b"A note.").expect(201).id());
            within("moved", || Path::new(&place(app, b"A note.")).is_file());
            // Its age alone must not protect it.
            age(&place(app, b"A note."));
            swept(app, 0, 0);
            let document = adding.join().unwrap();
            assert_eq!(caseworker.get(&format!("/documents/{document}/content")).expect(200).bytes, b"A note.");
        });
    });
}
