//! What an adviser sees and may do: what their own organisation is asked, and nothing else.

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::{both, json};

both! {
    fn an_adviser_sees_what_was_asked_and_nothing_else_of_the_case(app: &TestApp) {
        let trust = app.health("Health Trust");
        let adviser = app.adviser_of(&trust);
        let caseworker = app.caseworker();
        let case = a_case()
            .person("nhs_number", json!("9434765919"))
            .person("postcode", json!("BS1 4ST"))
            .person("ethnicity", json!("WBRI"))
            .with("contacts", json!([{"name": "Pat Parent", "email": "pat@example.org", "address": "1 Hidden Row"}]));
        let id = caseworker.open_case(case).id();
        caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": "An internal note."})).expect(201);
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let social = caseworker.advice_of_kind(&id, "social_care");
        caseworker.advice_step(&social, "submissions", &json!({"summary": "Another service's words."})).expect(200);
        let medical = caseworker.advice_of_kind(&id, "medical");
        assert_eq!(adviser.work_list(""), std::slice::from_ref(&medical));
        let seen = adviser.advice(&medical);
        let mut fields: Vec<&str> = seen.json.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "accepted_on", "acknowledged_on", "act_by", "basis", "case", "chases", "child", "citation", "closing", "days_late",
                "due_on", "excepted", "exceptions", "failed_chases", "id", "kind", "mailbox_bounced", "organisation", "overdue", "questions", "received_by_body_on",
                "requested_on", "shared_documents", "status", "submissions", "submitted_on", "version",
            ]
        );
        assert_eq!(seen.json["case"].as_object().unwrap().len(), 2);
        assert_eq!(
            seen.json["child"],
            json!({"forename": "Robin", "surname": "Ashdown", "date_of_birth": "2016-03-04", "setting": null, "nhs_number": "9434765919"})
        );
        for secret in ["Pat Parent", "Hidden Row", "BS1 4ST", "WBRI", "internal note", "Another service", "Cass"] {
            assert!(!seen.text().contains(secret), "{secret}");
        }
    }

    fn what_another_organisation_is_asked_is_not_found(app: &TestApp) {
        let (trust, school) = (app.health("Health Trust"), app.organisation("Hill School", "education_setting"));
        let (adviser, teacher) = (app.adviser_of(&trust), app.adviser_of(&school));
        let caseworker = app.caseworker();
        let id = app.assessed_case();
        let medical = caseworker.advice_of_kind(&id, "medical");
        let unaddressed = caseworker.advice_of_kind(&id, "psychological");
        let family = caseworker.advice_of_kind(&id, "family");
        for request in [&unaddressed, &family] {
            adviser.get(&format!("/advice-requests/{request}")).refused(404, "not_found");
        }
        let path = format!("/advice-requests/{medical}");
        teacher.get(&path).refused(404, "not_found");
        for (step, body) in [("acknowledgement", json!({})), ("submissions", a_report()), ("exceptions", json!({"ground": "missed_appointment", "from_on": "2026-01-05"}))] {
            teacher.step(&format!("{path}/{step}"), "\"1\"", &body).refused(404, "not_found");
        }
        assert!(teacher.work_list("").is_empty());
        assert!(teacher.work_list(&format!("organisation_id={trust}")).is_empty(), "no filter widens what is seen");
        // Once another body is asked, the one before no longer knows of it.
        caseworker.patch(&path, "\"1\"", &json!({"organisation_id": school})).expect(200);
        adviser.get(&path).refused(404, "not_found");
        teacher.advice(&medical);
    }

    fn what_is_the_authoritys_to_do_is_forbidden_to_advisers(app: &TestApp) {
        let trust = app.health("Health Trust");
        let adviser = app.adviser_of(&trust);
        let id = app.assessed_case();
        let medical = app.caseworker().advice_of_kind(&id, "medical");
        let path = format!("/advice-requests/{medical}");
        for step in ["acceptance", "return", "cancellation", "not-provided", "existing-advice"] {
            adviser.step(&format!("{path}/{step}"), "\"1\"", &json!({"reason": "x"})).refused(403, "forbidden");
        }
        adviser.patch(&path, "\"1\"", &json!({"questions": "x"})).refused(403, "forbidden");
        adviser.get(&format!("/cases/{id}/advice-requests")).refused(403, "forbidden");
        adviser.ask(&id, &json!({"kind": "other"})).refused(403, "forbidden");
        for path in [format!("/cases/{id}"), "/cases".to_owned(), format!("/cases/{id}/history")] {
            adviser.get(&path).refused(403, "forbidden");
        }
        for path in ["/advice-requests".to_owned(), path] {
            app.admin().get(&path).refused(403, "forbidden");
            app.request("GET", &path).send().expect(401);
        }
    }

    fn a_restricted_case_is_known_to_those_who_are_asked_and_to_named_viewers(app: &TestApp) {
        let trust = app.health("Health Trust");
        let (adviser, stranger) = (app.adviser_of(&trust), app.caseworker_named("Sam Stranger"));
        let caseworker = app.caseworker();
        let id = caseworker.open_case(a_case().with("restricted", json!(true))).id();
        caseworker.case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let medical = caseworker.advice_of_kind(&id, "medical");
        adviser.advice(&medical);
        assert_eq!(adviser.work_list("").len(), 1);
        assert_eq!((caseworker.work_list("").len(), app.manager().work_list("").len()), (5, 5));
        assert!(stranger.work_list("").is_empty());
        stranger.get(&format!("/advice-requests/{medical}")).refused(404, "not_found");
        stranger.get(&format!("/cases/{id}/advice-requests")).refused(404, "not_found");
        stranger.step(&format!("/advice-requests/{medical}/cancellation"), "\"1\"", &json!({"reason": "x"})).refused(404, "not_found");
        stranger.ask(&id, &json!({"kind": "other"})).refused(404, "not_found");
    }

    fn what_an_adviser_read_is_on_the_access_log_of_the_case(app: &TestApp) {
        let trust = app.health("Health Trust");
        let adviser = app.adviser_of(&trust);
        let id = app.assessed_case();
        let medical = adviser.work_list("").pop().unwrap();
        adviser.advice(&medical);
        let log = app.manager().get(&format!("/cases/{id}/access-log")).expect(200);
        let read: Vec<_> = log.json["items"].as_array().unwrap().iter().filter(|row| row["user"]["id"] == adviser.id).map(|row| row["what"].clone()).collect();
        assert_eq!(read, ["advice_request", "advice_requests"]);
    }
}
