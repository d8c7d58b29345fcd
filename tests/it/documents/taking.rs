//! Documents that are taken, and files that are not.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::files::{compound, docx, opendocument, program, zip};
use super::{form, stored};
use crate::support::cases::a_case;
use crate::support::{Backend, TestApp, both, json};

fn a_case_of(app: &TestApp) -> String {
    app.caseworker().open_case(a_case()).id()
}

both! {
    fn a_title_is_one_line_of_text(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case()).id();
        for title in [&b"a\0b"[..], b"a\r\nb", b"\x1b[2J"] {
            let parts = [("file", Some("a.txt"), b"A note.".as_slice()), ("title", None, title)];
            let refused = caseworker.send_form(&format!("/cases/{case}/documents"), &parts).expect(422);
            assert_eq!(refused.faults(), [("/title", "invalid_format")]);
        }
        assert_eq!(app.count("documents"), 0);
    }

    fn a_document_is_kept_and_comes_back_as_it_was(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let content = b"%PDF-1.7\nA report.\n".as_slice();
        let parts = [("title", None, "Report of the school".as_bytes()), ("file", Some("reports/Zoë's report.exe"), content), ("shared_with_advisers", None, b"true")];
        let made = caseworker.send_form(&format!("/cases/{case}/documents"), &parts).expect(201);
        let digest = format!("{:x}", Sha256::digest(content));
        assert_eq!(made.header("location").unwrap(), format!("/api/v1/documents/{}", made.id()));
        let expected = [
            ("case_id", json!(case)), ("title", json!("Report of the school")), ("file_name", json!("Zoë's report.exe.pdf")),
            ("media_type", json!("application/pdf")), ("size", json!(19)), ("sha256", json!(digest)),
            ("shared_with_advisers", json!(true)), ("uploaded_by", json!({"id": caseworker.id, "name": caseworker.name})),
        ];
        for (field, value) in expected {
            assert_eq!(made.json[field], value, "{field}");
        }
        assert_eq!(caseworker.get(made.header("location").unwrap()).expect(200).json, made.json);
        assert_eq!(caseworker.get(&format!("/cases/{case}/documents")).expect(200).json["items"], json!([made.json]));
        assert_eq!(caseworker.case(&case).etag, "\"2\"", "a part was added");
        let download = caseworker.get(&format!("/documents/{}/content", made.id())).expect(200);
        assert_eq!(download.bytes, content);
        let header = |name: &str| download.header(name).unwrap().to_owned();
        assert_eq!((header("content-type"), header("content-length")), ("application/pdf".into(), "19".into()));
        assert_eq!(header("content-disposition"), "attachment; filename=\"Zoe_s report.exe.pdf\"; filename*=UTF-8''Zo%C3%AB%27s%20report.exe.pdf");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(header("cache-control"), "no-store");
        let event = app.events().into_iter().find(|event| event.action == "document_added").unwrap();
        assert_eq!(event.subject_id, made.id());
        let log = app.manager().get(&format!("/cases/{case}/access-log")).expect(200).text();
        assert!(log.contains("document_content"), "{log}");
    }

    fn the_type_is_told_from_the_content(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (content, media_type, name) in [
            (b"%PDF-1.4\n".to_vec(), "application/pdf", "letter.pdf"),
            (docx("word/styles.xml"), word, "letter.docx"),
            (compound(&["WordDocument"]), "application/msword", "letter.doc"),
            (opendocument("text"), "application/vnd.oasis.opendocument.text", "letter.odt"),
            (b"{\\rtf1\\ansi Hello}".to_vec(), "application/rtf", "letter.rtf"),
            ("BMI 17.2, Zoë\r\n".as_bytes().to_vec(), "text/plain", "letter.txt"),
            (b"\x89PNG\r\n\x1a\n\x00\x00".to_vec(), "image/png", "letter.png"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF".to_vec(), "image/jpeg", "letter.jpg"),
        ] {
            let made = caseworker.add_file(&case, "letter", &content).expect(201);
            assert_eq!((&made.json["media_type"], &made.json["file_name"]), (&json!(media_type), &json!(name)));
            assert_eq!(made.json["title"], name, "the name, where no title is given");
        }
        assert_eq!(app.count("documents"), 8);
    }

    fn what_is_not_on_the_list_is_refused_whatever_it_is_called(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        for content in [
            program(),
            b"\x7fELF\x02\x01\x01\x00\x00\x00".to_vec(),
            b"#!/bin/sh\nrm -r .\n".to_vec(),
            b"<!DOCTYPE html><html><script>alert(1)</script>".to_vec(),
            b"<?xml version=\"1.0\"?><svg/>".to_vec(),
            b"GIF89a\x01\x00\x01\x00".to_vec(),
            zip(&[("a.txt", b"x")]),
            zip(&[("[Content_Types].xml", b"<t/>"), ("xl/workbook.xml", b"<x/>")]),
            docx("word/vbaProject.bin"),
            docx("word/VBAPROJECT.BIN"),
            docx("customXml/vbaData.xml/../../word/vbaproject.bin"),
            [program(), docx("word/styles.xml")].concat(),
            opendocument("spreadsheet"),
            opendocument("text-template"),
            compound(&["Workbook"]),
            b"PK\x03\x04 cut off".to_vec(),
            b"\x00\x01\x02\x03".to_vec(),
        ] {
            let refused = caseworker.add_file(&case, "letter.pdf", &content);
            assert_eq!((refused.status, refused.code()), (415, "unsupported_media_type"), "{:?}", String::from_utf8_lossy(&content));
        }
        assert_eq!((app.count("documents"), stored(app)), (0, vec![]), "nothing stays of what is refused");
        assert_eq!(caseworker.case(&case).etag, "\"1\"");
    }

    fn a_program_is_refused_whatever_name_and_type_it_is_given(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        for name in ["report.pdf", "report.docx", "photo.jpg", "report.pdf.exe", "note.txt", "report.pdf\u{202e}exe"] {
            caseworker.add_file(&case, name, &program()).refused(415, "unsupported_media_type");
        }
        assert_eq!((app.count("documents"), stored(app)), (0, vec![]));
    }

    /// A picture can carry a script behind its picture: it is told by its beginning, and nothing that is downloaded runs.
    fn a_picture_with_a_script_in_it_is_a_picture_that_nobody_shows(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let script = b"\x89PNG\r\n\x1a\n\x00\x00<html><script>alert(1)</script></html>";
        let made = caseworker.add_file(&case, "picture.html", script).expect(201);
        assert_eq!((&made.json["media_type"], &made.json["file_name"]), (&json!("image/png"), &json!("picture.html.png")));
        let download = caseworker.get(&format!("/documents/{}/content", made.id())).expect(200);
        assert_eq!(download.bytes, script);
        let header = |name: &str| download.header(name).unwrap().to_owned();
        assert_eq!(header("content-type"), "image/png");
        assert!(header("content-disposition").starts_with("attachment; "), "{}", header("content-disposition"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        caseworker.add_file(&case, "picture.png", svg).refused(415, "unsupported_media_type");
    }

    fn a_name_can_neither_leave_its_folder_nor_break_a_header(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        for (sent, kept) in [
            ("../../etc/passwd", "passwd.txt"),
            ("..\\\\..\\\\boot.ini", "boot.ini.txt"),
            ("a;b=c.txt", "a;b=c.txt"),
            ("....", "document.txt"),
            ("Zo\u{eb}.txt", "Zo\u{eb}.txt"),
        ] {
            let made = caseworker.add_file(&case, sent, b"A note.").expect(201);
            assert_eq!(made.json["file_name"], kept, "{sent}");
            let download = caseworker.get(&format!("/documents/{}/content", made.id())).expect(200);
            let disposition = download.header("content-disposition").unwrap().to_owned();
            assert!(disposition.is_ascii() && disposition.matches(';').count() <= 3, "{disposition}");
        }
    }

    fn a_document_once_kept_is_never_changed(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let document = caseworker.add_file(&case, "a.txt", b"A note.").expect(201).id();
        for method in ["PATCH", "PUT", "DELETE", "POST"] {
            let answer = caseworker.request(method, &format!("/documents/{document}")).json(&json!({"title": "Another"})).send();
            answer.refused(405, "method_not_allowed");
        }
    }

    fn the_same_content_is_stored_once(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let (first, second) = std::thread::scope(|scope| {
            let add = || scope.spawn(|| caseworker.add_file(&case, "a.txt", b"Alike.").expect(201));
            let threads = (add(), add());
            (threads.0.join().unwrap(), threads.1.join().unwrap())
        });
        assert_ne!(first.id(), second.id());
        assert_eq!((app.count("documents"), stored(app).len()), (2, 1));
        for document in [first, second] {
            assert_eq!(caseworker.get(&format!("/documents/{}/content", document.id())).expect(200).bytes, b"Alike.");
        }
    }

    fn every_fault_of_a_form_is_told_at_once(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let path = format!("/cases/{case}/documents");
        let long = "x".repeat(201);
        let parts = [("title", None, b" ".as_slice()), ("shared_with_advisers", None, b"perhaps"), ("colour", None, b"red"), ("file", Some("a.txt"), b"A note.")];
        let answer = caseworker.send_form(&path, &parts).expect(422);
        assert_eq!(answer.faults(), [("/title", "blank"), ("/shared_with_advisers", "wrong_type"), ("/colour", "unknown_field")]);
        assert_eq!(caseworker.send_form(&path, &[("title", None, long.as_bytes())]).expect(422).faults(), [("/title", "too_long"), ("/file", "missing_field")]);
        assert_eq!(caseworker.add_file(&case, "a.txt", b"").expect(422).faults(), [("/file", "too_short")]);
        let two = [("file", Some("a.txt"), b"One.".as_slice()), ("file", Some("b.txt"), b"Two.")];
        assert_eq!(caseworker.send_form(&path, &two).expect(422).faults(), [("/file", "invalid_format")]);
        caseworker.post(&path, &json!({"file": "x"})).refused(415, "unsupported_media_type");
        caseworker.request("POST", &path).body("multipart/form-data; boundary=x", "--x\r\nnonsense").send().refused(400, "malformed_form");
        assert_eq!((app.count("documents"), stored(app)), (0, vec![]));
    }

    fn a_form_of_endless_parts_is_told_once_and_not_repeated(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let name = "n".repeat(3_000);
        let many: Vec<_> = (0..5_000).map(|_| (name.as_str(), None, b"x".as_slice())).collect();
        let refused = caseworker.send_form(&format!("/cases/{case}/documents"), &many).expect(422);
        let faults = refused.faults();
        assert_eq!(faults.len(), 12, "ten unknown fields, too many parts, and no file");
        assert_eq!((faults[0].1, faults[10], faults[11]), ("unknown_field", ("", "out_of_range"), ("/file", "missing_field")));
        assert!(refused.bytes.len() < 6_000, "{} bytes", refused.bytes.len());
        // A file before all of them leaves nothing behind.
        let mut parts = vec![("file", Some("a.txt"), b"A note.".as_slice())];
        parts.extend(many.iter().take(20));
        caseworker.send_form(&format!("/cases/{case}/documents"), &parts).expect(422);
        assert_eq!((app.count("documents"), stored(app).len()), (0, 0));
    }

    fn a_case_that_is_not_seen_takes_no_document(app: &TestApp) {
        let hidden = app.manager().open_case(a_case().with("restricted", json!(true))).id();
        app.caseworker().add_file(&hidden, "a.txt", b"A note.").refused(404, "not_found");
        app.caseworker().get(&format!("/cases/{hidden}/documents")).refused(404, "not_found");
        app.admin().add_file(&hidden, "a.txt", b"A note.").refused(403, "forbidden");
        app.request("POST", &format!("/cases/{hidden}/documents")).send().refused(401, "unauthenticated");
        assert_eq!(stored(app), Vec::<String>::new());
    }
}

#[test]
fn a_document_of_25_megabytes_is_taken_and_one_byte_more_is_not() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let mut content = vec![b'a'; 25_000_000];
        assert_eq!(caseworker.add_file(&case, "long.txt", &content).expect(201).json["size"], 25_000_000);
        content.push(b'a');
        caseworker.add_file(&case, "longer.txt", &content).refused(413, "too_large");
        assert_eq!((app.count("documents"), stored(app).len()), (1, 1));
    });
}

#[test]
fn the_limit_is_a_setting() {
    let app = TestApp::with(Backend::Sqlite, "2026-01-05", &[("EHCP_UPLOAD_LIMIT_MB", "1")]);
    let case = a_case_of(&app);
    app.caseworker().add_file(&case, "a.txt", &vec![b'a'; 1_000_001]).refused(413, "too_large");
    app.caseworker().add_file(&case, "a.txt", &vec![b'a'; 1_000_000]).expect(201);
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let (caseworker, case) = (app.caseworker(), a_case_of(app));
        let body = form(&[("file", Some("a.txt"), &vec![b'a'; 8_000_000])]);
        let head = format!(
            "POST /api/v1/cases/{case}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=----a-boundary-that-stands-in-no-file\r\nContent-Length: {}\r\n\r\n",
            caseworker.access_token,
            body.len()
        );
        let mut connection = TcpStream::connect(app.address()).unwrap();
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&body[..6_000_000]).unwrap();
        let started = Instant::now();
        let within = |what: &str, so: &dyn Fn() -> bool| {
            while !so() {
                assert!(started.elapsed() < Duration::from_secs(20), "not {what}: {:?}", stored(app));
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        within("arriving", &|| stored(app).len() == 1);
        drop(connection);
        within("cleared away", &|| stored(app).is_empty());
        assert_eq!(app.count("documents"), 0);
    });
}
