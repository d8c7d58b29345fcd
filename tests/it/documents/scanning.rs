//! Uploads are scanned where a scanner is set up.

use std::time::{Duration, Instant};

use super::{stored, wait_until_stored};
use crate::support::app::FIRST_DAY;
use crate::support::cases::{a_case, to_assess};
use crate::support::clamd::{Clamd, MALWARE, Mood};
use crate::support::{Backend, Persona, TestApp};
use crate::upkeep::run;

/// Runs a test on both databases, beside a scanner.
fn scanned(test: impl Fn(&TestApp, &Clamd)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if backend.is_there() {
            let clamd = Clamd::start();
            let settings = [("EHCP_CLAMD_URL", clamd.url()), ("EHCP_CLAMD_TIMEOUT_SECONDS", "1".to_owned())];
            let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
            test(&TestApp::with(backend, FIRST_DAY, &settings), &clamd);
        }
    }
}

fn infected() -> Vec<u8> {
    [b"A letter, and ".as_slice(), MALWARE, b" in it."].concat()
}

#[test]
fn a_clean_file_is_kept_and_says_so() {
    scanned(|app, clamd| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        let content = vec![b'a'; 1_000_000];
        let made = caseworker.add_file(&case, "a.txt", &content).expect(201);
        assert_eq!(made.json["scan"], "clean");
        assert_eq!(clamd.scanned(), std::slice::from_ref(&content), "all of it was scanned");
        assert_eq!(caseworker.get(&format!("/documents/{}/content", made.id())).expect(200).bytes, content);
    });
}

#[test]
fn an_infected_file_is_refused_and_nothing_of_it_stays() {
    scanned(|app, _| {
        let trust = app.health("Health Trust");
        let (caseworker, case) = (app.caseworker(), app.assessed_case());
        let medical = caseworker.advice_of_kind(&case, "medical");
        let refused = caseworker.add_file(&case, "a.txt", &infected()).refused(422, "infected_file");
        assert_eq!(refused.faults(), [("/file", "infected_file")]);
        app.adviser_of(&trust).add_to_answer(&medical, "a.txt", &infected()).refused(422, "infected_file");
        assert_eq!((app.count("documents"), stored(app)), (0, vec![]));
        assert!(!app.events().iter().any(|event| event.action == "document_added"));
    });
}

#[test]
fn while_the_scanner_is_down_a_file_waits_and_only_its_sender_downloads_it() {
    scanned(|app, clamd| {
        let trust = app.health("Health Trust");
        let (caseworker, adviser) = (app.caseworker(), app.adviser_of(&trust));
        let colleague = app.colleague("Ben Adviser", ehcp_tracker::auth::Role::Adviser, Some(&trust));
        let case = caseworker.open_case(a_case()).id();
        clamd.is(Mood::Closes);
        let shared = [("file", Some("a.txt"), b"Our views.".as_slice()), ("shared_with_advisers", None, b"true")];
        let own = caseworker.send_form(&format!("/cases/{case}/documents"), &shared).expect(201);
        assert_eq!(own.json["scan"], "unscanned");
        caseworker.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let medical = caseworker.advice_of_kind(&case, "medical");
        clamd.is(Mood::Refuses);
        let theirs = adviser.add_to_answer(&medical, "b.txt", b"Our report.").expect(201);
        let on_behalf = caseworker.add_to_answer(&medical, "c.txt", b"On paper.").expect(201);
        let content = |who: &Persona, document: &str| who.get(&format!("/documents/{document}/content"));
        for (document, may, may_not) in [
            (own.id(), [&caseworker, &app.manager()], [&adviser, &colleague]),
            (theirs.id(), [&adviser, &colleague], [&caseworker, &app.manager()]),
            (on_behalf.id(), [&caseworker, &app.manager()], [&adviser, &colleague]),
        ] {
            for who in may {
                content(who, &document).expect(200);
            }
            for who in may_not {
                content(who, &document).refused(409, "document_unscanned");
                assert_eq!(who.get(&format!("/documents/{document}")).expect(200).json["scan"], "unscanned");
            }
        }
        // Somebody who may not know of it still does not.
        let stranger = app.adviser_of(&app.organisation("Another Trust", "health"));
        content(&stranger, &theirs.id()).refused(404, "not_found");
        let waiting = run(app, &["documents", "rescan"], &[]);
        assert_eq!(
            (waiting.code, waiting.stdout.as_str()),
            (0, "documents: 0 clean, 0 infected, 3 still waiting\n"),
            "{waiting:?}"
        );
        clamd.is(Mood::Works);
        let done = run(app, &["documents", "rescan"], &[]);
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (0, "documents: 3 clean, 0 infected, 0 still waiting\n"),
            "{done:?}"
        );
        assert_eq!(content(&adviser, &own.id()).expect(200).bytes, b"Our views.");
        assert_eq!(content(&caseworker, &theirs.id()).expect(200).bytes, b"Our report.");
        assert_eq!(caseworker.get(&format!("/documents/{}", theirs.id())).expect(200).json["scan"], "clean");
        assert_eq!(app.events().iter().filter(|event| event.action == "document_found_clean").count(), 3);
        assert_eq!(clamd.scanned().len(), 3);
    });
}

#[test]
fn what_a_later_scan_finds_infected_loses_its_content_and_is_never_handed_out() {
    scanned(|app, clamd| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        clamd.is(Mood::Closes);
        let bad = infected();
        let twice = [
            caseworker.add_file(&case, "a.txt", &bad).expect(201),
            caseworker.add_file(&case, "b.txt", &bad).expect(201),
        ];
        let good = caseworker.add_file(&case, "c.txt", b"A note.").expect(201);
        assert_eq!(stored(app).len(), 2);
        // One of them had come before there was a scanner: it shares the content, and its fate.
        app.execute(&format!("UPDATE documents SET scan = 'not_scanned' WHERE id = '{}'", twice[1].id()));
        clamd.is(Mood::Works);
        let done = run(app, &["documents", "rescan"], &[]);
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (0, "documents: 1 clean, 2 infected, 0 still waiting\n"),
            "{done:?}"
        );
        for document in &twice {
            caseworker.get(&format!("/documents/{}/content", document.id())).refused(409, "document_infected");
            assert_eq!(caseworker.get(&format!("/documents/{}", document.id())).expect(200).json["scan"], "infected");
        }
        caseworker.get(&format!("/documents/{}/content", good.id())).expect(200);
        assert_eq!(stored(app).len(), 1, "the content is gone");
        let history = caseworker.get(&format!("/cases/{case}/history")).expect(200).text();
        assert_eq!(history.matches("document_found_infected").count(), 2, "{history}");
        let doctor = run(app, &["doctor"], &[]);
        assert_eq!(doctor.code, 0, "{doctor:?}");
        // Nobody brings it back, scanned or not.
        caseworker.add_file(&case, "a.txt", &bad).refused(422, "infected_file");
        caseworker.get(&format!("/documents/{}/content", twice[0].id())).refused(409, "document_infected");
    });
}

#[test]
fn a_scanner_that_hangs_or_is_not_there_holds_nobody_up_for_long() {
    scanned(|app, clamd| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        clamd.is(Mood::Hangs);
        let started = Instant::now();
        assert_eq!(caseworker.add_file(&case, "a.txt", b"A note.").expect(201).json["scan"], "unscanned");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    });
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("tcp://{nobody}"), "unix:///no/such/socket".to_owned()] {
        let app = TestApp::with(Backend::Sqlite, FIRST_DAY, &[("EHCP_CLAMD_URL", &url)]);
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        assert_eq!(caseworker.add_file(&case, "a.txt", b"A note.").expect(201).json["scan"], "unscanned");
        wait_until_stored(&app, 1);
        let waiting = run(&app, &["documents", "rescan"], &[]);
        assert!(waiting.code == 0 && waiting.stdout.contains("1 still waiting"), "{waiting:?}");
    }
}

#[test]
fn without_a_scanner_nothing_is_scanned_and_nothing_waits() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        let made = caseworker.add_file(&case, "a.txt", &infected()).expect(201);
        assert_eq!(made.json["scan"], "not_scanned");
        caseworker.get(&format!("/documents/{}/content", made.id())).expect(200);
        let rescan = run(app, &["documents", "rescan"], &[]);
        assert!(rescan.code == 2 && rescan.stderr.contains("EHCP_CLAMD_URL"), "{rescan:?}");
    });
}
