//! Secure links: an organisation answers one request from its shared mailbox, without an account.

use crate::documents::Part;
use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::{Response, TestApp, both, json};

/// A case whose psychological advice is asked of a service that answers by link; answers the case and the request.
fn asked_by_link(app: &TestApp) -> (String, String) {
    app.answers_by_link("Psychology Service", "educational_psychology", "psychological");
    let case = a_case()
        .person("nhs_number", json!("9434765919"))
        .person("postcode", json!("BS1 4ST"))
        .with("contacts", json!([{"name": "Pat Parent", "email": "pat@example.org", "address": "1 Hidden Row"}]));
    let caseworker = app.caseworker();
    let id = caseworker.open_case(case).id();
    caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": "An internal note."})).expect(201);
    caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
    let social = caseworker.advice_of_kind(&id, "social_care");
    caseworker.advice_step(&social, "submissions", &json!({"summary": "Another service's words."})).expect(200);
    (id.clone(), caseworker.advice_of_kind(&id, "psychological"))
}

/// Mails a link; answers it as the caseworker sees it.
fn mailed(app: &TestApp, request: &str) -> Response {
    app.caseworker().post(&format!("/advice-requests/{request}/links"), &json!({})).expect(201)
}

/// A report that says who wrote it.
fn signed() -> crate::support::Value {
    let mut report = a_report();
    report["author"] = json!({"name": "Eli Psychologist", "role": "Educational psychologist"});
    report
}

both! {
    fn a_link_answers_one_request_without_an_account(app: &TestApp) {
        let (id, request) = asked_by_link(app);
        mailed(app, &request);
        let visitor = app.visitor();
        let seen = visitor.get("").expect(200);
        assert_eq!((&seen.json["id"], &seen.json["kind"]), (&json!(request), &json!("psychological")));
        assert_eq!(visitor.submit(&a_report()).expect(422).faults(), [("/author/name", "missing_field")], "a mailbox has no name");
        let mut early = signed();
        early["submitted_on"] = json!("2026-01-04");
        assert_eq!(visitor.submit(&early).expect(422).faults(), [("/submitted_on", "not_today")]);
        let answered = visitor.submit(&signed()).expect(200);
        assert_eq!((&answered.json["status"], &answered.json["submitted_on"]), (&json!("submitted"), &json!("2026-01-05")));
        let one = &answered.json["submissions"][0];
        assert_eq!((&one["on_behalf"], &one["author"]["name"]), (&json!(false), &json!("Eli Psychologist")));
        visitor.submit(&signed()).refused(409, "not_in_stage");
        let event = app.events().into_iter().rfind(|event| event.action == "advice_submitted").unwrap();
        assert_eq!(event.actor_name, "Psychology Service");
        assert!(event.details.contains("link_id"));
        app.caseworker().advice_step(&request, "return", &json!({"reason": "Say how often."})).expect(200);
        assert_eq!(visitor.submit(&signed()).expect(200).json["submissions"].as_array().unwrap().len(), 2, "the same link answers again");
        assert_eq!(app.caseworker().case(&id).json["advice"]["received"], 2);
    }

    fn a_link_shows_no_more_than_an_adviser_sees(app: &TestApp) {
        let (_, request) = asked_by_link(app);
        mailed(app, &request);
        let visitor = app.visitor();
        let seen = visitor.get("").expect(200);
        let organisation = seen.json["organisation"]["id"].as_str().unwrap().to_owned();
        assert_eq!(seen.json, app.adviser_of(&organisation).advice(&request).json);
        assert_eq!(seen.etag, "\"1\"");
        let page = visitor.look().expect(200);
        for secret in ["Pat Parent", "Hidden Row", "BS1 4ST", "internal note", "Another service", "Cass", "9434765919"] {
            assert!(!seen.text().contains(secret) && !page.text().contains(secret), "{secret}");
        }
        for shown in ["Robin Ashdown", "4 March 2016", "Please give psychological advice", "Psychology Service", "16 February 2026"] {
            assert!(page.text().contains(shown), "{shown}: {}", page.text());
        }
    }

    fn a_wrong_an_expired_a_revoked_and_a_spent_link_look_alike(app: &TestApp) {
        let (_, request) = asked_by_link(app);
        let alike = |answer: Response| {
            let mut body = answer.refused(404, "not_found").json;
            body.as_object_mut().unwrap().remove("request_id");
            body
        };
        let wrong = alike(app.visitor_with("no-token-at-all").get(""));
        let page = app.visitor_with("no-token-at-all").look().expect(404).text();
        assert!(page.contains("This link does not open anything"), "{page}");
        assert_eq!(alike(app.visitor_with("no-token-at-all").submit(&signed())), wrong);

        let revoked = mailed(app, &request);
        let visitor = app.visitor();
        let path = format!("/advice-requests/{request}/links/{}", revoked.id());
        for _ in 0..2 {
            app.caseworker().delete(&path).expect(204);
        }
        assert_eq!((alike(visitor.get("")), alike(visitor.submit(&signed()))), (wrong.clone(), wrong.clone()));
        assert_eq!(visitor.look().expect(404).text(), page);

        mailed(app, &request);
        let expired = app.visitor();
        expired.get("").expect(200);
        app.execute("UPDATE advice_links SET expires_at = '2026-01-01T00:00:00.000000Z'");
        assert_eq!(alike(expired.get("")), wrong);

        mailed(app, &request);
        let spent = app.visitor();
        spent.submit(&signed()).expect(200);
        app.caseworker().advice_step(&request, "acceptance", &json!({})).expect(200);
        assert_eq!((alike(spent.get("")), alike(spent.submit(&signed()))), (wrong.clone(), wrong.clone()));
        assert_eq!(spent.look().expect(404).text(), page);
        app.caseworker().advice_step(&request, "return", &json!({"reason": "Not enough after all."})).expect(200);
        assert_eq!(alike(spent.get("")), wrong, "a link that was spent stays so");
    }

    fn a_link_ends_with_its_organisation_and_with_the_case(app: &TestApp) {
        let (id, request) = asked_by_link(app);
        mailed(app, &request);
        let visitor = app.visitor();
        visitor.get("").expect(200);
        let other = app.organisation("Another Service", "educational_psychology");
        let etag = app.caseworker().advice(&request).etag;
        app.caseworker().patch(&format!("/advice-requests/{request}"), &etag, &json!({"organisation_id": other})).expect(200);
        visitor.get("").refused(404, "not_found");
        // Asked of the same service again, it gets a link of its own: what has ended stays so.
        let etag = app.caseworker().advice(&request).etag;
        let first = app.caseworker().get(&format!("/advice-requests/{request}/links")).expect(200).json["items"][0]["id"].clone();
        let service = app.texts("SELECT CAST(id AS text) AS text FROM organisations WHERE name = 'Psychology Service'").pop().unwrap();
        app.caseworker().patch(&format!("/advice-requests/{request}"), &etag, &json!({"organisation_id": service})).expect(200);
        visitor.get("").refused(404, "not_found");
        app.visitor().get("").expect(200);
        let links = app.caseworker().get(&format!("/advice-requests/{request}/links")).expect(200);
        let stands: Vec<_> = links.json["items"].as_array().unwrap().iter().map(|one| one["stands"].clone()).collect();
        assert_eq!(stands, [json!(true), json!(false), json!(false)]);
        assert_ne!(links.json["items"][0]["id"], first);
        let etag = app.caseworker().advice(&request).etag;
        app.caseworker().patch(&format!("/advice-requests/{request}"), &etag, &json!({"organisation_id": other})).expect(200);
        let medical = app.caseworker().advice_of_kind(&id, "medical");
        let first = app.caseworker().advice(&request).json["organisation"]["id"].clone();
        assert_eq!(first, json!(other));
        let etag = app.caseworker().advice(&medical).etag;
        let service = app.answers_by_link("Paediatrics", "health", "medical");
        app.caseworker().patch(&format!("/advice-requests/{medical}"), &etag, &json!({"organisation_id": service})).expect(200);
        mailed(app, &medical);
        let visitor = app.visitor();
        visitor.get("").expect(200);
        app.caseworker().case_step(&id, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        visitor.get("").refused(404, "not_found");
        visitor.submit(&signed()).refused(404, "not_found");
        let links = app.caseworker().get(&format!("/advice-requests/{medical}/links")).expect(200);
        assert!(links.json["items"].as_array().unwrap().iter().all(|one| one["stands"] == false && one["spent_at"].is_string()));
    }

    fn a_mail_that_would_bring_a_link_to_nothing_is_withdrawn(app: &TestApp) {
        let waiting = || {
            let texts = app.texts("SELECT state AS text FROM messages ORDER BY created_at, id");
            texts.into_iter().collect::<Vec<_>>().join(" ")
        };
        let caseworker = app.caseworker();
        let (id, request) = asked_by_link(app);
        assert_eq!(waiting(), "queued", "the decision queued the first");
        let link = mailed(app, &request);
        caseworker.delete(&format!("/advice-requests/{request}/links/{}", link.id())).expect(204);
        assert_eq!(waiting(), "queued withdrawn", "only the mail of the link that was revoked");
        let other = app.admin().post("/organisations", &json!({"name": "Another Service", "kind": "educational_psychology"})).expect(201).id();
        let etag = caseworker.advice(&request).etag;
        caseworker.patch(&format!("/advice-requests/{request}"), &etag, &json!({"organisation_id": other})).expect(200);
        assert_eq!(waiting(), "withdrawn withdrawn");
        let paediatrics = app.answers_by_link("Paediatrics", "health", "medical");
        let medical = caseworker.advice_of_kind(&id, "medical");
        caseworker.patch(&format!("/advice-requests/{medical}"), &caseworker.advice(&medical).etag, &json!({"organisation_id": paediatrics})).expect(200);
        caseworker.advice_step(&medical, "cancellation", &json!({"reason": "Not needed."})).expect(200);
        assert_eq!(waiting(), "withdrawn withdrawn withdrawn");
        let again = caseworker.ask(&id, &json!({"kind": "medical"})).expect(201);
        assert_eq!(again.json["organisation"]["id"], json!(paediatrics));
        caseworker.case_step(&id, "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        assert_eq!(waiting(), "withdrawn withdrawn withdrawn withdrawn");
        assert_eq!((app.deliver().sent, app.mails().len()), (0, 0));
        // One that failed can't be sent again either, once it is moot.
        let message = app.texts("SELECT CAST(id AS text) AS text FROM messages").pop().unwrap();
        app.manager().post(&format!("/notifications/{message}/retry"), &json!({})).refused(409, "not_possible_now");
        assert_eq!(app.manager().post(&format!("/notifications/{message}/retry"), &json!({"stray": 1})).expect(422).faults(), [("/stray", "unknown_field")]);
    }

    fn a_link_cannot_fill_the_disk(app: &TestApp) {
        let (_, request) = asked_by_link(app);
        mailed(app, &request);
        let visitor = app.visitor();
        for number in 0..20 {
            visitor.upload(&[("file", Some("a.txt"), format!("Page {number}.").as_bytes())], "application/json").expect(201);
        }
        visitor.upload(&[("file", Some("a.txt"), b"One too many.")], "application/json").refused(409, "not_possible_now");
        visitor.submit(&signed()).expect(200);
    }

    fn reading_spends_nothing_and_is_on_record(app: &TestApp) {
        let (id, request) = asked_by_link(app);
        let link = mailed(app, &request);
        assert_eq!((&link.json["last_opened_at"], &link.json["stands"]), (&json!(null), &json!(true)));
        let visitor = app.visitor();
        for _ in 0..3 {
            visitor.get("").expect(200);
            visitor.look().expect(200);
        }
        let links = app.caseworker().get(&format!("/advice-requests/{request}/links?count=true")).expect(200);
        assert_eq!(links.json["total"], 2, "the decision to assess mailed the other");
        assert!(links.json["items"][0]["last_opened_at"].is_string());
        assert_eq!(links.json["items"][1]["last_opened_at"], json!(null));
        assert_eq!(links.json["items"][0]["mailed_to"], "team@service.example.org");
        let log = app.manager().get(&format!("/cases/{id}/access-log")).expect(200);
        let opened: Vec<_> = log.json["items"].as_array().unwrap().iter().filter(|row| row["link"]["id"] == link.json["id"]).collect();
        assert_eq!(opened.len(), 6);
        assert_eq!((&opened[0]["user"], &opened[0]["what"], &opened[0]["link"]["organisation"]), (&json!(null), &json!("advice_link"), &json!("Psychology Service")));
        visitor.submit(&signed()).expect(200);
    }

    fn only_the_digest_of_a_link_is_kept(app: &TestApp) {
        let (_, request) = asked_by_link(app);
        let link = mailed(app, &request);
        let token = app.visitor().token;
        assert!(token.len() >= 43, "256 bits: {token}");
        assert!(!link.text().contains(&token));
        let kept = app.texts("SELECT token_hash AS text FROM advice_links").pop().unwrap();
        assert_ne!(kept, token);
        let queued = app.texts("SELECT CAST(params AS text) AS text FROM messages").concat();
        assert!(!queued.contains(&token), "{queued}");
        mailed(app, &request);
        assert_ne!(app.visitor().token, token, "each mail brings a link of its own");
        app.visitor_with(&token).get("").expect(200);
    }

    fn guesses_are_throttled_by_address(app: &TestApp) {
        let (_, request) = asked_by_link(app);
        mailed(app, &request);
        let visitor = app.visitor();
        for guess in 0..50 {
            app.visitor_with(&format!("guess-{guess}")).get("").expect(404);
        }
        let refused = app.visitor_with("one-more").get("").refused(429, "throttled");
        assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().unwrap() > 0));
        visitor.get("").refused(429, "throttled");
        assert!(visitor.look().expect(429).text().contains("<!doctype html>"));
        // Whoever signs in from there is not kept out by it.
        app.sign_in("cass.caseworker@example.org", crate::support::personas::PASSWORD);
    }

    fn a_link_is_mailed_where_there_is_somebody_to_answer(app: &TestApp) {
        let (id, request) = asked_by_link(app);
        let caseworker = app.caseworker();
        let mail = |request: &str| caseworker.post(&format!("/advice-requests/{request}/links"), &json!({}));
        let unaddressed = caseworker.advice_of_kind(&id, "medical");
        mail(&unaddressed).refused(409, "not_possible_now");
        let trust = app.health("Health Trust");
        caseworker.patch(&format!("/advice-requests/{unaddressed}"), "\"1\"", &json!({"organisation_id": trust})).expect(200);
        mail(&unaddressed).refused(409, "not_possible_now");
        let family = caseworker.advice_of_kind(&id, "family");
        mail(&family).refused(409, "not_possible_now");
        caseworker.advice_step(&request, "cancellation", &json!({"reason": "Asked in error."})).expect(200);
        mail(&request).refused(409, "not_possible_now");
        app.adviser_of(&trust).post(&format!("/advice-requests/{unaddressed}/links"), &json!({})).refused(403, "forbidden");
        app.adviser_of(&trust).get(&format!("/advice-requests/{unaddressed}/links")).refused(403, "forbidden");
        let stranger = app.caseworker_named("Sam Stranger");
        let hidden = app.manager().case(&id).etag;
        app.manager().patch(&format!("/cases/{id}"), &hidden, &json!({"restricted": true})).expect(200);
        for path in [format!("/advice-requests/{request}/links"), format!("/advice-requests/{unaddressed}/links")] {
            stranger.get(&path).refused(404, "not_found");
            stranger.post(&path, &json!({})).refused(404, "not_found");
        }
    }

    fn the_page_is_a_form_that_needs_no_script(app: &TestApp) {
        let (_, request) = asked_by_link(app);
        mailed(app, &request);
        let visitor = app.visitor();
        let page = visitor.look().expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!((page.header("cache-control"), page.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("form-action 'self'"), "{policy}");
        let html = page.text();
        assert!(html.contains("<html lang=\"en-GB\">") && !html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
        for field in ["file", "summary", "needs", "outcomes", "provision", "author_name", "author_role"] {
            assert!(html.contains(&format!("<label for=\"{field}\">")) && html.contains(&format!("id=\"{field}\"")), "{field}: {html}");
        }
        let refused = visitor.send_form(&[("summary", "Needs <b>small</b> groups."), ("needs", "One\r\nTwo"), ("author_name", ""), ("teacher_name", "")]).expect(422);
        let html = refused.text();
        assert!(html.contains("There is a problem") && html.contains("href=\"#author_name\"") && html.contains("Say who wrote the advice."), "{html}");
        assert!(html.contains("Needs &lt;b&gt;small&lt;/b&gt; groups.") || html.contains("Needs &lt;b&gt;small&lt;&#x2f;b&gt; groups."), "what was written is not lost: {html}");
        let sent = visitor.send_form(&[("summary", "Needs small groups."), ("needs", "One\r\n\r\nTwo\r\n"), ("outcomes", ""), ("author_name", "Eli"), ("author_role", "Psychologist")]).expect(303);
        assert_eq!(sent.header("location"), Some(format!("/api/v1/advice-links/{}", visitor.token).as_str()));
        let thanks = visitor.look().expect(200).text();
        assert!(thanks.contains("Your advice came on 5 January 2026") && thanks.contains("Eli, Psychologist") && !thanks.contains("<form"), "{thanks}");
        let seen = app.caseworker().advice(&request).json;
        assert_eq!(seen["submissions"][0]["needs"], json!(["One", "Two"]));
        let twice = visitor.send_form(&[("summary", "Again."), ("author_name", "Eli")]).expect(409).text();
        assert!(twice.contains("Your advice came on 5 January 2026"), "a form that was sent twice shows what stands: {twice}");
        app.caseworker().advice_step(&request, "return", &json!({"reason": "Say how often."})).expect(200);
        let again = visitor.look().expect(200).text();
        assert!(again.contains("needs more") && again.contains("Say how often.") && again.contains("<form"), "{again}");
        app.on_day("2026-02-18");
        assert!(visitor.look().expect(200).text().contains("is 2 days late"));
    }

    fn documents_come_and_go_through_a_link(app: &TestApp) {
        let (id, request) = asked_by_link(app);
        let caseworker = app.caseworker();
        let upload = |name: &str, shared: &[u8]| {
            let parts: [Part<'_>; 2] = [("file", Some(name), b"A letter to the team.".as_slice()), ("shared_with_advisers", None, shared)];
            caseworker.send_form(&format!("/cases/{id}/documents"), &parts).expect(201).id()
        };
        let (shared, kept_back) = (upload("letter.txt", b"true"), upload("diary.txt", b"false"));
        let etag = caseworker.advice(&request).etag;
        caseworker.patch(&format!("/advice-requests/{request}"), &etag, &json!({"shared_documents": [shared]})).expect(200);
        mailed(app, &request);
        let visitor = app.visitor();
        let read = visitor.get(&format!("/documents/{shared}")).expect(200);
        assert_eq!((read.text().as_str(), read.header("content-security-policy")), ("A letter to the team.", Some("default-src 'none'; sandbox")));
        assert!(read.header("content-disposition").unwrap().starts_with("attachment"));
        visitor.get(&format!("/documents/{kept_back}")).refused(404, "not_found");
        visitor.get("/documents/nonsense").refused(404, "not_found");
        assert!(visitor.look().expect(200).text().contains(&format!("/documents/{shared}\"")));

        let report: [Part<'_>; 1] = [("file", Some("report.txt"), b"The report, whole.".as_slice())];
        let added = visitor.upload(&report, "application/json").expect(201);
        assert_eq!((&added.json["advice_request_id"], &added.json["uploaded_by"], &added.json["shared_with_advisers"]), (&json!(request), &json!(null), &json!(false)));
        assert_eq!((&added.json["organisation_id"], &added.json["on_behalf"]), (&visitor.get("").expect(200).json["organisation"]["id"], &json!(false)));
        assert!(added.header("location").unwrap().ends_with(&format!("/documents/{}", added.id())));
        let program: [Part<'_>; 1] = [("file", Some("report.pdf"), b"\x7fELF\x02\x01\x01\x00".as_slice())];
        visitor.upload(&program, "application/json").refused(415, "unsupported_media_type");
        let page = visitor.upload(&program, "text/html").expect(415).text();
        assert!(page.contains("There is a problem") && page.contains("href=\"#file\""), "{page}");
        visitor.upload(&report, "text/html").expect(303);
        let page = visitor.look().expect(200).text();
        assert_eq!((page.matches("type=\"checkbox\"").count(), page.matches(" checked>").count()), (2, 2), "{page}");
        let refused = visitor.send_form(&[("summary", ""), ("documents", &added.id())]).expect(422).text();
        assert_eq!(refused.matches(" checked>").count(), 1, "what was left out stays so: {refused}");

        let foreign = json!({"author": {"name": "Eli"}, "documents": [kept_back]});
        assert_eq!(visitor.submit(&foreign).expect(422).faults(), [("/documents/0", "unknown_document")]);
        visitor.send_form(&[("summary", ""), ("author_name", "Eli"), ("documents", &added.id())]).expect(303);
        let seen = caseworker.advice(&request).json;
        assert_eq!(seen["submissions"][0]["documents"][0]["id"], json!(added.id()));
        assert_eq!(caseworker.get(&format!("/documents/{}/content", added.id())).expect(200).text(), "The report, whole.");
        assert_eq!(visitor.get(&format!("/documents/{}", added.id())).expect(200).text(), "The report, whole.");
        visitor.upload(&report, "application/json").refused(409, "not_in_stage");
        app.visitor_with("no-token").upload(&report, "application/json").refused(404, "not_found");
        let log = app.manager().get(&format!("/cases/{id}/access-log")).expect(200);
        let reads = log.json["items"].as_array().unwrap().iter().filter(|row| row["link"].is_object() && row["what"] == "document_content").count();
        assert_eq!(reads, 2);
    }
}
