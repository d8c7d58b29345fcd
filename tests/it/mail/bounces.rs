//! Addresses that refuse mail for good: marked, shown, spared, and trusted again.

use super::{a_mail_to, with_mail, with_server};
use crate::support::app::FIRST_DAY;
use crate::support::cases::{a_case, to_assess};
use crate::support::smtp::{Behaviour, MailServer};
use crate::support::{Backend, TestApp, json};

const NOBODY: Behaviour = Behaviour::Reject("550 5.1.1 no such mailbox");

/// Sends a mail to an address; answers how it stands then, and why.
fn mail_to(app: &TestApp, address: &str) -> (String, String) {
    let key = format!("m{}", app.count("messages"));
    app.queue(a_mail_to(address, &key));
    app.deliver();
    let newest = app.manager().get("/notifications?limit=1").expect(200).json["items"][0].clone();
    (newest["state"].as_str().unwrap().to_owned(), newest["server_answer"].as_str().unwrap_or_default().to_owned())
}

with_mail! {
    fn an_address_that_refused_two_messages_is_marked_shown_and_spared(app: &TestApp, server: &MailServer) {
        let body = json!({"name": "Marlbrook Health", "kind": "health", "mailbox": "Team@NHS.example", "escalation_mailbox": "boss@nhs.example"});
        let path = format!("/organisations/{}", app.admin().post("/organisations", &body).expect(201).id());
        let marks = || {
            let shown = app.caseworker().get(&path).expect(200).json;
            (shown["mailbox_bounced"].clone(), shown["escalation_mailbox_bounced"].clone())
        };
        server.then(&[NOBODY, NOBODY]);
        assert_eq!(mail_to(app, "team@nhs.example").0, "failed");
        assert_eq!(marks(), (json!(false), json!(false)), "once may be a mistake");
        assert_eq!(mail_to(app, "TEAM@nhs.example").0, "failed");
        assert_eq!(marks(), (json!(true), json!(false)));
        let listed = app.caseworker().get("/organisations").expect(200).json;
        assert_eq!(listed["items"][0]["mailbox_bounced"], true);
        let heard = server.heard_in_clear().len();
        let (state, reason) = mail_to(app, "team@nhs.example");
        assert_eq!(state, "failed");
        assert!(reason.starts_with("Not tried: team@nhs.example refused 2 messages, the last on "), "{reason}");
        assert!(reason.contains("no such mailbox") && reason.contains("Give the right address"), "{reason}");
        assert_eq!(server.heard_in_clear().len(), heard, "the server hears nothing of it");
        assert_eq!(app.manager().get("/notifications?limit=1").expect(200).json["items"][0]["attempts"], 0);
        assert_eq!(mail_to(app, "boss@nhs.example").0, "sent");
    }

    fn the_same_message_refused_twice_counts_once(app: &TestApp, server: &MailServer) {
        server.then(&[NOBODY, NOBODY]);
        mail_to(app, "team@nhs.example");
        let id = app.manager().get("/notifications").expect(200).json["items"][0]["id"].as_str().unwrap().to_owned();
        app.manager().post(&format!("/notifications/{id}/retry"), &json!({})).expect(200);
        assert_eq!(app.deliver().failed, 1);
        assert_eq!(mail_to(app, "team@nhs.example").0, "sent");
        assert_eq!(app.count("bounces"), 0, "what arrived shows that the address is good");
    }

    fn a_retry_is_tried_all_the_same_and_its_success_takes_the_mark_away(app: &TestApp, server: &MailServer) {
        server.then(&[NOBODY, NOBODY]);
        for _ in 0..2 {
            mail_to(app, "team@nhs.example");
        }
        assert_eq!(mail_to(app, "team@nhs.example").0, "failed");
        let id = app.manager().get("/notifications").expect(200).json["items"][0]["id"].as_str().unwrap().to_owned();
        app.manager().post(&format!("/notifications/{id}/retry"), &json!({})).expect(200);
        assert_eq!(app.deliver().sent, 1);
        assert_eq!(mail_to(app, "team@nhs.example").0, "sent");
    }

    fn an_address_that_is_given_anew_is_tried_again(app: &TestApp, server: &MailServer) {
        let body = json!({"name": "Marlbrook Health", "kind": "health", "mailbox": "team@nhs.example"});
        let made = app.admin().post("/organisations", &body).expect(201);
        server.then(&[NOBODY, NOBODY]);
        for _ in 0..2 {
            mail_to(app, "team@nhs.example");
        }
        let path = format!("/organisations/{}", made.id());
        let other = app.admin().patch(&path, &made.etag, &json!({"mailbox": "new@nhs.example"})).expect(200);
        assert_eq!(other.json["mailbox_bounced"], false, "another address has refused nothing");
        assert_eq!(mail_to(app, "team@nhs.example").0, "failed", "the old one still does");
        let same = app.admin().patch(&path, &other.etag, &json!({"mailbox": "team@nhs.example"})).expect(200);
        assert_eq!(same.json["mailbox_bounced"], false);
        assert_eq!(mail_to(app, "team@nhs.example").0, "sent");
    }

    fn what_is_refused_for_another_reason_marks_no_address(app: &TestApp, server: &MailServer) {
        let others = [
            Behaviour::Defer("450 4.2.1 busy"),
            Behaviour::Reject("550 5.7.1 relaying denied"),
            Behaviour::AtSender("550 5.1.8 unknown sender"),
            Behaviour::AtContent("554 5.6.0 looks odd"),
        ];
        for behaviour in others {
            for _ in 0..2 {
                server.then(&[behaviour]);
                mail_to(app, "team@nhs.example");
            }
        }
        assert_eq!(app.count("bounces"), 0);
        assert_eq!(mail_to(app, "team@nhs.example").0, "sent");
    }

    fn a_request_shows_that_its_bodys_mailbox_refuses_mail(app: &TestApp, server: &MailServer) {
        let body = json!({"name": "EP Service", "kind": "educational_psychology", "default_for": ["psychological"], "mailbox": "ep@service.example", "answers_by_link": true});
        app.admin().post("/organisations", &body).expect(201);
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case()).id();
        server.then(&[NOBODY, NOBODY]);
        caseworker.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        app.deliver();
        let shown = || {
            let listed = caseworker.get(&format!("/cases/{case}/advice-requests?limit=200")).expect(200).json;
            let items = listed["items"].as_array().unwrap().clone();
            items.into_iter().find(|one| one["kind"] == "psychological").unwrap()
        };
        assert_eq!(shown()["mailbox_bounced"], false);
        let request = shown()["id"].as_str().unwrap().to_owned();
        caseworker.post(&format!("/advice-requests/{request}/links"), &json!({})).expect(201);
        app.deliver();
        assert_eq!(shown()["mailbox_bounced"], true);
        let listed = caseworker.get("/advice-requests?limit=200&kind=psychological").expect(200).json;
        assert_eq!(listed["items"][0]["mailbox_bounced"], true);
        caseworker.post(&format!("/advice-requests/{request}/links"), &json!({})).expect(201);
        app.deliver();
        let newest = caseworker.get(&format!("/notifications?case_id={case}&limit=1")).expect(200).json;
        assert!(newest["items"][0]["server_answer"].as_str().unwrap().starts_with("Not tried: "), "{newest}");
    }

    fn an_administrator_sees_whose_address_refuses_the_mails_of_their_account(app: &TestApp, server: &MailServer) {
        server.then(&[NOBODY, NOBODY]);
        let body = json!({"email": "mistyped@example.org", "name": "Nia New", "role": "caseworker"});
        let made = app.admin().post("/users", &body).expect(201);
        assert_eq!(made.json["email_bounced"], false);
        app.deliver();
        app.request("POST", "/auth/password-reset").json(&json!({"email": "mistyped@example.org"})).send().expect(204);
        app.deliver();
        let path = format!("/users/{}", made.id());
        let shown = app.admin().get(&path).expect(200);
        assert_eq!(shown.json["email_bounced"], true);
        assert!(app.admin().get("/users").expect(200).text().contains("\"email_bounced\":true"));
        assert!(!app.manager().get("/users").expect(200).text().contains("email_bounced"));
        app.admin().patch(&path, &shown.etag, &json!({"email": "right@example.org"})).expect(200);
        assert_eq!(app.deliver().sent, 1);
    }
}
