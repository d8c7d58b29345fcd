//! Documents that come with the answer to a request for advice.

use super::files::program;
use super::{stored, wait_until_stored};
use crate::support::advice::a_report;
use crate::support::{TestApp, both, json};

/// A case under assessment, with a trust that is asked for medical advice; answers the trust, the case and the request.
fn asked(app: &TestApp) -> (String, String, String) {
    let trust = app.health("Health Trust");
    let case = app.assessed_case();
    let medical = app.caseworker().advice_of_kind(&case, "medical");
    (trust, case, medical)
}

both! {
    fn an_adviser_adds_a_document_and_submits_it(app: &TestApp) {
        let (trust, case, medical) = asked(app);
        let (adviser, caseworker) = (app.adviser_of(&trust), app.caseworker());
        let before = caseworker.case(&case).json["version"].as_i64().unwrap();
        let path = format!("/advice-requests/{medical}/documents");
        let parts = [("file", Some("report.exe"), b"%PDF-1.7\nA report.".as_slice()), ("title", None, b"The report"), ("shared_with_advisers", None, b"true")];
        let made = adviser.send_form(&path, &parts).expect(201);
        let expected = [
            ("case_id", json!(case)), ("advice_request_id", json!(medical)), ("organisation_id", json!(trust)), ("on_behalf", json!(false)),
            ("title", json!("The report")), ("file_name", json!("report.exe.pdf")), ("scan", json!("not_scanned")),
            ("shared_with_advisers", json!(false)), ("uploaded_by", json!({"id": adviser.id, "name": adviser.name})),
        ];
        for (field, value) in expected {
            assert_eq!(made.json[field], value, "{field}");
        }
        assert_eq!(adviser.get(made.header("location").unwrap()).expect(200).json, made.json);
        assert_eq!(adviser.get(&format!("/documents/{}/content", made.id())).expect(200).bytes, b"%PDF-1.7\nA report.");
        assert_eq!(caseworker.case(&case).json["version"].as_i64(), Some(before + 1), "a part of the case was added");
        assert_eq!(adviser.advice(&medical).etag, "\"1\"", "whoever is about to submit has read the request");
        let mut report = a_report();
        report["documents"] = json!([made.id()]);
        let submitted = adviser.step(&format!("/advice-requests/{medical}/submissions"), "\"1\"", &report).expect(200);
        assert_eq!(submitted.json["submissions"][0]["documents"][0]["id"], json!(made.id()));
        let event = app.events().into_iter().find(|event| event.action == "document_added").unwrap();
        assert_eq!((event.subject_id.as_str(), event.actor_name.as_str()), (made.id().as_str(), adviser.name.as_str()));
        assert_eq!(caseworker.get(&format!("/cases/{case}/documents")).expect(200).json["items"], json!([made.json]));
    }

    fn a_caseworker_adds_one_for_the_body_and_no_other_body_sees_it(app: &TestApp) {
        let (trust, case, medical) = asked(app);
        let path = format!("/advice-requests/{medical}/documents");
        let parts = [("file", Some("a.txt"), b"On paper.".as_slice()), ("shared_with_advisers", None, b"true")];
        let made = app.caseworker().send_form(&path, &parts).expect(201);
        assert_eq!((&made.json["on_behalf"], &made.json["shared_with_advisers"]), (&json!(true), &json!(false)));
        assert_eq!(made.json["organisation_id"], json!(trust));
        app.adviser_of(&trust).get(&format!("/documents/{}/content", made.id())).expect(200);
        // Not even where somebody would share it: another service's advice is nobody else's.
        app.execute("UPDATE documents SET shared_with_advisers = TRUE");
        let other = app.organisation("Another Trust", "health");
        let asked = app.caseworker().ask(&case, &json!({"kind": "other", "organisation_id": other})).expect(201);
        assert_eq!(asked.json["shared_documents"], json!([]));
        let sharing = json!({"shared_documents": [made.id()]});
        let refused = app.caseworker().patch(&format!("/advice-requests/{}", asked.id()), &asked.etag, &sharing).expect(422);
        assert_eq!(refused.faults(), [("/shared_documents/0", "unknown_document")]);
        app.adviser_of(&other).get(&format!("/documents/{}", made.id())).refused(404, "not_found");
    }

    fn nobody_adds_a_document_to_a_request_that_they_do_not_see(app: &TestApp) {
        let (trust, case, medical) = asked(app);
        let other = app.organisation("Another Trust", "health");
        app.adviser_of(&other).add_to_answer(&medical, "a.txt", b"A note.").refused(404, "not_found");
        app.admin().add_to_answer(&medical, "a.txt", b"A note.").refused(403, "forbidden");
        app.request("POST", &format!("/advice-requests/{medical}/documents")).send().refused(401, "unauthenticated");
        let unknown = app.caseworker().add_to_answer(&case, "a.txt", b"A note.");
        unknown.refused(404, "not_found");
        app.execute(&format!("UPDATE cases SET restricted = TRUE WHERE id = '{case}'"));
        app.caseworker().add_to_answer(&medical, "a.txt", b"A note.").refused(404, "not_found");
        assert_eq!((app.count("documents"), stored(app)), (0, vec![]));
        // That it was asked is the body's reason to know, of a restricted case too.
        app.adviser_of(&trust).add_to_answer(&medical, "a.txt", b"A note.").expect(201);
    }

    fn a_document_is_taken_as_long_as_a_submission_would_be(app: &TestApp) {
        let (trust, case, medical) = asked(app);
        let (adviser, caseworker) = (app.adviser_of(&trust), app.caseworker());
        let refuses = |code: &str| {
            for who in [&adviser, &caseworker] {
                who.add_to_answer(&medical, "late.txt", b"Too late.").refused(409, code);
            }
            adviser.add_to_answer(&medical, "report.pdf", &program()).refused(415, "unsupported_media_type");
            adviser.send_form(&format!("/advice-requests/{medical}/documents"), &[]).expect(422);
            wait_until_stored(app, 0);
        };
        adviser.advice_step(&medical, "submissions", &a_report()).expect(200);
        refuses("not_in_stage");
        caseworker.advice_step(&medical, "return", &json!({"reason": "Say more."})).expect(200);
        adviser.add_to_answer(&medical, "more.txt", b"More.").expect(201);
        app.execute("DELETE FROM documents");
        std::fs::remove_dir_all(app.data_dir().join("documents/sha256")).unwrap();
        adviser.advice_step(&medical, "submissions", &a_report()).expect(200);
        caseworker.advice_step(&medical, "acceptance", &json!({})).expect(200);
        refuses("not_in_stage");
        let asked_too = caseworker.ask(&case, &json!({"kind": "other", "organisation_id": trust})).expect(201).id();
        caseworker.advice_step(&asked_too, "cancellation", &json!({"reason": "Not needed."})).expect(200);
        adviser.add_to_answer(&asked_too, "late.txt", b"Too late.").refused(409, "not_in_stage");
        let open = caseworker.ask(&case, &json!({"kind": "other", "organisation_id": trust})).expect(201).id();
        caseworker.case_step(&case, "withdrawal", &json!({"on": "2026-01-05", "reason": "Moved away."})).expect(200);
        adviser.add_to_answer(&open, "late.txt", b"Too late.").refused(409, "not_possible_now");
        assert_eq!(caseworker.add_to_answer(&open, "late.txt", b"Too late.").status, 409);
        wait_until_stored(app, 0);
        assert_eq!(app.count("documents"), 0);
    }

    fn what_one_body_sent_in_stays_its_own_when_another_is_asked(app: &TestApp) {
        let (trust, _, medical) = asked(app);
        let other = app.organisation("Another Trust", "health");
        let (first, second, caseworker) = (app.adviser_of(&trust), app.adviser_of(&other), app.caseworker());
        let theirs = first.add_to_answer(&medical, "a.txt", b"Ours.").expect(201).id();
        let etag = caseworker.advice(&medical).etag;
        caseworker.patch(&format!("/advice-requests/{medical}"), &etag, &json!({"organisation_id": other})).expect(200);
        for who in [&first, &second] {
            who.get(&format!("/documents/{theirs}")).refused(404, "not_found");
            who.get(&format!("/documents/{theirs}/content")).refused(404, "not_found");
        }
        let mut report = a_report();
        report["documents"] = json!([theirs]);
        let refused = second.advice_step(&medical, "submissions", &report).expect(422);
        assert_eq!(refused.faults(), [("/documents/0", "unknown_document")]);
        let own = second.add_to_answer(&medical, "b.txt", b"Ours too.").expect(201);
        report["documents"] = json!([own.id()]);
        second.advice_step(&medical, "submissions", &report).expect(200);
        caseworker.get(&format!("/documents/{theirs}/content")).expect(200);
    }
}
