//! Who may read a document.

use crate::support::cases::{a_case, to_assess};
use crate::support::{both, json};

both! {
    fn a_document_is_seen_by_those_who_see_its_case(app: &TestApp) {
        let manager = app.manager();
        let case = manager.open_case(a_case().with("restricted", json!(true))).id();
        let document = manager.add_file(&case, "a.txt", b"A note.").expect(201).id();
        for path in [format!("/documents/{document}"), format!("/documents/{document}/content")] {
            app.caseworker().get(&path).refused(404, "not_found");
            app.admin().get(&path).refused(403, "forbidden");
            app.request("GET", &path).send().refused(401, "unauthenticated");
            manager.get(&path).expect(200);
        }
        manager.get("/documents/not-an-id/content").refused(404, "not_found");
    }

    fn an_adviser_sees_what_is_shared_with_their_organisation(app: &TestApp) {
        let (caseworker, school) = (app.caseworker(), app.organisation("A School", "education_setting"));
        let stranger = app.organisation("Another School", "education_setting");
        let case = caseworker.open_case(a_case().with("setting_id", json!(school))).id();
        caseworker.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let add = |shared: &[u8]| {
            let parts = [("file", Some("a.txt"), b"Our views.".as_slice()), ("shared_with_advisers", None, shared)];
            caseworker.send_form(&format!("/cases/{case}/documents"), &parts).expect(201).id()
        };
        let (shared, elsewhere, private) = (add(b"true"), add(b"true"), add(b"false"));
        let ask = |of: &str, documents: &[&str]| {
            let body = json!({"kind": "other", "organisation_id": of, "shared_documents": documents});
            caseworker.post(&format!("/cases/{case}/advice-requests"), &body).expect(201)
        };
        let request = ask(&school, &[&shared]);
        ask(&stranger, &[&elsewhere]);
        let (theirs, others) = (app.adviser_of(&school), app.adviser_of(&stranger));
        assert_eq!(theirs.get(&format!("/documents/{shared}/content")).expect(200).bytes, b"Our views.");
        theirs.get(&format!("/documents/{shared}")).expect(200);
        others.get(&format!("/documents/{elsewhere}")).expect(200);
        for (who, hidden) in [(&theirs, &elsewhere), (&theirs, &private), (&others, &shared), (&others, &private)] {
            who.get(&format!("/documents/{hidden}")).refused(404, "not_found");
            who.get(&format!("/documents/{hidden}/content")).refused(404, "not_found");
        }
        theirs.get(&format!("/cases/{case}/documents")).refused(403, "forbidden");
        theirs.add_file(&case, "b.txt", b"More.").refused(403, "forbidden");
        // A document that came with a service's own answer stays its to read, shared with others or not.
        app.execute(&format!("UPDATE documents SET advice_request_id = '{}', organisation_id = '{school}' WHERE id = '{private}'", request.id()));
        theirs.get(&format!("/documents/{private}")).expect(200);
        others.get(&format!("/documents/{private}")).refused(404, "not_found");
        app.execute("UPDATE documents SET shared_with_advisers = FALSE");
        theirs.get(&format!("/documents/{shared}")).refused(404, "not_found");
        app.execute("UPDATE documents SET shared_with_advisers = TRUE");
        app.execute("UPDATE advice_requests SET status = 'cancelled', outstanding = FALSE");
        theirs.get(&format!("/documents/{shared}")).refused(404, "not_found");
        theirs.get(&format!("/documents/{private}")).refused(404, "not_found");
    }

    fn those_asked_by_the_decision_get_what_is_shared_with_advisers(app: &TestApp) {
        let (caseworker, school) = (app.caseworker(), app.organisation("A School", "education_setting"));
        let case = caseworker.open_case(a_case().with("setting_id", json!(school))).id();
        let add = |shared: &[u8]| {
            let parts = [("file", Some("a.txt"), b"Our views.".as_slice()), ("shared_with_advisers", None, shared)];
            caseworker.send_form(&format!("/cases/{case}/documents"), &parts).expect(201).id()
        };
        let (shared, private) = (add(b"true"), add(b"false"));
        caseworker.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let adviser = app.adviser_of(&school);
        let work = adviser.get("/advice-requests").expect(200);
        let documents = work.json["items"][0]["shared_documents"].as_array().unwrap();
        assert_eq!(documents.iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), [shared.as_str()]);
        adviser.get(&format!("/documents/{shared}/content")).expect(200);
        adviser.get(&format!("/documents/{private}/content")).refused(404, "not_found");
    }

    fn a_list_of_documents_comes_in_pages_the_newest_first(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        for n in 0..3 {
            caseworker.add_file(&case, &format!("{n}.txt"), b"A note.").expect(201);
        }
        let names = |page: &crate::support::Value| {
            let items = page["items"].as_array().unwrap();
            items.iter().map(|item| item["file_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let path = format!("/cases/{case}/documents?limit=2&count=true");
        let first = caseworker.get(&path).expect(200).json;
        assert_eq!((names(&first), &first["total"]), (vec!["2.txt".to_owned(), "1.txt".to_owned()], &json!(3)));
        let second = caseworker.get(&format!("{path}&cursor={}", first["next_cursor"].as_str().unwrap())).expect(200).json;
        assert_eq!((names(&second), &second["next_cursor"]), (vec!["0.txt".to_owned()], &json!(null)));
    }

    fn a_row_whose_content_is_gone_is_a_fault_of_ours(app: &TestApp) {
        let (caseworker, case) = (app.caseworker(), app.caseworker().open_case(a_case()).id());
        let document = caseworker.add_file(&case, "a.txt", b"A note.").expect(201).id();
        std::fs::remove_dir_all(app.data_dir().join("documents/sha256")).unwrap();
        caseworker.get(&format!("/documents/{document}/content")).refused(500, "internal");
        caseworker.get(&format!("/documents/{document}")).expect(200);
    }
}
