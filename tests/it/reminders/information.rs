//! Settings that were asked for information before a decision: asked, reminded, chased as long as nothing is decided.

use super::json;
use crate::support::cases::a_case;
use crate::support::{TestApp, both};

/// Mailboxes of the school.
const OFFICE: &str = "office@school.example";
const HEAD: &str = "head@school.example";

/// A case of a child at a school that was asked on the first day, to answer by Monday 19 January 2026.
fn asked(app: &TestApp) -> (String, String) {
    let body =
        json!({"name": "Marlbrook School", "kind": "education_setting", "mailbox": OFFICE, "escalation_mailbox": HEAD});
    let school = app.admin().post("/organisations", &body).expect(201).id();
    let officer = app.caseworker();
    let case = officer.open_case(a_case().with("setting_id", json!(school))).id();
    let made = officer.case_step(&case, "information-requests", &json!({})).expect(200);
    (case, made.json["information_requests"][0]["id"].as_str().unwrap().to_owned())
}

both! {
    fn a_setting_is_asked_reminded_and_chased_like_advice_with_reference_step_and_date_only(app: &TestApp) {
        let (case, request) = asked(app);
        app.deliver();
        let mail = app.mails().pop().unwrap();
        assert_eq!((mail.to.as_slice(), mail.subject.as_str()), (&[OFFICE.to_owned()][..], "EHC-2026-000001: information requested by 19 January 2026"));
        assert!(mail.text.contains("Please reply by 19 January 2026.") && !mail.text.contains("Ashdown") && !mail.text.contains("advice"), "{}", mail.text);
        let mut sent = Vec::new();
        for day in ["2026-01-05", "2026-01-12", "2026-01-16", "2026-01-19", "2026-01-20", "2026-01-21", "2026-01-27", "2026-02-03"] {
            let mails = app.mails_on(day).into_iter().filter(|mail| mail.to == [OFFICE] || mail.to == [HEAD]);
            sent.extend(mails.map(|mail| (day, mail.to[0].clone(), mail.subject)));
        }
        let said = |day: &'static str, to: &str, subject: &str| (day, to.to_owned(), format!("EHC-2026-000001: information {subject}"));
        sent.sort();
        assert_eq!(sent, [
            said("2026-01-12", OFFICE, "due in 7 days, by 19 January 2026"),
            // A day before is a Sunday.
            said("2026-01-16", OFFICE, "due in 3 days, by 19 January 2026"),
            said("2026-01-20", OFFICE, "1 day late (chase 1)"),
            said("2026-01-27", OFFICE, "8 days late (chase 2)"),
            said("2026-02-03", HEAD, "15 days late (chase 3)"),
            said("2026-02-03", OFFICE, "15 days late (chase 3)"),
        ]);
        let history = app.caseworker().get(&format!("/cases/{case}/history?limit=200")).expect(200).json;
        let chased: Vec<_> = history["items"].as_array().unwrap().iter().filter(|one| one["action"] == "information_chased").collect();
        assert_eq!((chased.len(), &chased[0]["subject_id"]), (4, &json!(request)), "each is on the record of the case");
        app.on_day("2026-02-04");
        let shown = app.caseworker().case(&case);
        assert_eq!(shown.json["information_requests"][0]["overdue"], true);
        assert!(shown.warnings().contains(&"information_overdue"), "{:?}", shown.warnings());
        let messages = app.manager().get(&format!("/notifications?case_id={case}&kind=information_chase")).expect(200).json;
        assert_eq!(messages["items"][0]["information_request_id"], json!(request));
    }

    fn whoever_answered_is_not_reminded_and_what_waited_is_withdrawn(app: &TestApp) {
        let (case, request) = asked(app);
        app.remind_on("2026-01-20");
        let states = || app.texts("SELECT state AS text FROM messages WHERE kind IN ('information_request', 'information_chase') ORDER BY id");
        assert_eq!(states(), ["queued", "queued"]);
        app.caseworker().case_step(&case, &format!("information-requests/{request}/answer"), &json!({})).expect(200);
        assert_eq!(states(), ["withdrawn", "withdrawn"]);
        assert!(app.mails_on("2026-01-21").iter().all(|mail| mail.to != [OFFICE]));
        assert!(!app.caseworker().case(&case).warnings().contains(&"information_overdue"));
    }

    fn a_preview_names_the_request_it_is_about(app: &TestApp) {
        let (_, request) = asked(app);
        app.deliver();
        let preview = app.manager().get("/notifications/preview?on=2026-01-12").expect(200).json;
        let about = preview["items"].as_array().unwrap().iter().find(|one| one["kind"] == "information_reminder").unwrap();
        assert_eq!((&about["information_request_id"], &about["why"]), (&json!(request), &json!("7 days before 19 January 2026, when it is due")));
    }
}
