//! The mails as people see them through the API.

use super::{a_mail, a_mail_to, with_mail, with_server};
use crate::support::app::FIRST_DAY;
use crate::support::cases::a_case;
use crate::support::smtp::{Behaviour, MailServer};
use crate::support::{Backend, Persona, TestApp, both, json};

impl Persona {
    /// The addresses of the mails in a list, in its order.
    fn mails_to(&self, query: &str) -> Vec<String> {
        let page = self.get(&format!("/notifications?{query}")).expect(200);
        page.json["items"].as_array().unwrap().iter().map(|one| one["to"].as_str().unwrap().to_owned()).collect()
    }
}

with_mail! {
    fn a_failed_mail_is_shown_with_the_servers_answer_and_can_be_sent_again(app: &TestApp, server: &MailServer) {
        server.then(&[Behaviour::Reject("550 5.1.1 no such mailbox")]);
        app.queue(a_mail("one"));
        app.deliver();
        let manager = app.manager();
        let page = manager.get("/notifications?state=failed&count=true").expect(200).json;
        assert_eq!(page["total"], 1);
        let failed = &page["items"][0];
        assert_eq!(failed["kind"], "advice_link");
        assert_eq!((&failed["attempts"], &failed["sent_at"], &failed["next_attempt_at"]), (&json!(1), &json!(null), &json!(null)));
        assert!(failed["failed_at"].is_string());
        assert!(failed["server_answer"].as_str().unwrap().contains("no such mailbox"), "{failed}");
        let id = failed["id"].as_str().unwrap();
        let retry = format!("/notifications/{id}/retry");
        app.caseworker().post(&retry, &json!({})).expect(403);
        let again = manager.post(&retry, &json!({})).expect(200);
        assert_eq!((&again.json["state"], &again.json["attempts"]), (&json!("queued"), &json!(0)));
        manager.post(&retry, &json!({})).refused(409, "not_possible_now");
        app.deliver();
        let sent = manager.get("/notifications?state=sent").expect(200).json;
        assert!(sent["items"][0]["sent_at"].is_string());
        assert!(server.received()[0].message_id.starts_with(id), "the Message-ID is the message's own");
        assert!(app.events().iter().any(|event| event.action == "notification_retried" && event.subject_id == id));
        manager.post("/notifications/01a200aa-5353-7005-a75b-f23cbf098084/retry", &json!({})).expect(404);
    }

    fn all_that_failed_is_sent_again_at_once_but_for_addresses_that_refuse_mail(app: &TestApp, server: &MailServer) {
        let nobody = Behaviour::Reject("550 5.1.1 no such mailbox");
        let odd = Behaviour::AtContent("554 5.6.0 looks odd");
        server.then(&[nobody, nobody, odd, odd, odd]);
        for n in 0..2 {
            app.queue(a_mail_to("gone@nhs.example", &format!("gone{n}")));
        }
        app.deliver();
        for n in 0..3 {
            app.queue(a_mail(&format!("m{n}")));
        }
        assert_eq!(app.deliver().failed, 3);
        let manager = app.manager();
        app.caseworker().post("/notifications/retry", &json!({})).expect(403);
        assert_eq!(manager.post("/notifications/retry", &json!({})).expect(200).json, json!({"queued": 3, "left": 2}));
        assert_eq!(manager.mails_to("state=failed"), ["gone@nhs.example", "gone@nhs.example"]);
        assert_eq!(app.deliver().sent, 3);
        assert_eq!(app.events().iter().filter(|event| event.action == "notification_retried").count(), 3);
        assert_eq!(manager.post("/notifications/retry", &json!({})).expect(200).json, json!({"queued": 0, "left": 2}));
    }
}

both! {
    fn mails_are_listed_newest_first_and_by_page(app: &TestApp) {
        for n in 0..5 {
            app.queue(a_mail(&format!("m{n}")));
        }
        let manager = app.manager();
        let to: Vec<_> = (0..5).rev().map(|n| format!("m{n}@nhs.example")).collect();
        assert_eq!(manager.mails_to("limit=10"), to);
        let page = manager.get("/notifications?limit=2").expect(200);
        let cursor = page.json["next_cursor"].as_str().unwrap();
        assert_eq!(manager.mails_to(&format!("limit=2&cursor={cursor}")), to[2..4]);
        assert_eq!(manager.mails_to("state=sent"), Vec::<String>::new());
        manager.get("/notifications?state=lost").refused(422, "invalid_parameter");
    }

    fn a_caseworker_sees_the_mails_of_the_cases_that_they_see(app: &TestApp) {
        let (manager, caseworker) = (app.manager(), app.caseworker());
        let open = caseworker.open_case(a_case()).id();
        let hidden = manager.open_case(a_case().of("Kim", "Larch", "2015-05-05").with("restricted", json!(true))).id();
        app.queue(a_mail("open").about_case(open.parse().unwrap()));
        app.queue(a_mail("hidden").about_case(hidden.parse().unwrap()));
        app.queue(a_mail("account"));
        assert_eq!(manager.mails_to(""), ["account@nhs.example", "hidden@nhs.example", "open@nhs.example"]);
        assert_eq!(caseworker.mails_to(""), ["open@nhs.example"]);
        assert_eq!(manager.mails_to(&format!("case_id={hidden}")), ["hidden@nhs.example"]);
        assert_eq!(caseworker.mails_to(&format!("case_id={hidden}")), Vec::<String>::new());
        let health = app.health("Marlbrook Health");
        app.adviser_of(&health).get("/notifications").expect(403);
        app.admin().get("/notifications").expect(403);
        let log = manager.get(&format!("/cases/{hidden}/access-log")).expect(200).json;
        assert!(log["items"].as_array().unwrap().iter().any(|one| one["what"] == "notifications"), "{log}");
    }
}
