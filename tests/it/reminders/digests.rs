//! What caseworkers and managers are told.

use super::{Rules, TEAM, json};
use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess};
use crate::support::mail::Mail;
use crate::support::personas::email_of;
use crate::support::{TestApp, both};

impl TestApp {
    /// The mail of a day to somebody, where there is one.
    fn digest_on(&self, day: &str, to: &str) -> Option<Mail> {
        let mut mails: Vec<_> = self.mails_on(day).into_iter().filter(|mail| mail.to == [to]).collect();
        assert!(mails.len() <= 1, "one mail, not one a deadline: {mails:?}");
        mails.pop()
    }
}

/// Where in a text these stand, in this order.
#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("{part} is missing in: {rest}"));
        rest = after;
    }
}

both! {
    fn a_caseworker_gets_one_digest_only_if_there_is_something(app: &TestApp) {
        let cass = app.caseworker();
        app.clinic(false);
        assert_eq!(app.digest_on("2026-01-05", &cass.email), None);
        let early = cass.open_case(a_case().with("caseworker_id", json!(cass.id))).id();
        assert_eq!(app.digest_on("2026-01-30", &cass.email), None, "due in eleven working days");
        let digest = app.digest_on("2026-02-02", &cass.email).unwrap();
        assert_eq!(digest.subject, "Your cases on 2 February 2026: 1 due soon");
        in_order(&digest.text, &["DUE WITHIN 10 WORKING DAYS (1)", "EHC-2026-000001, awaiting the decision whether to assess", "Decide whether to assess, and tell the family: due on Monday 16 February 2026, in 14 days."]);
        // Another is assessed: one answer is missing, one is late, one came in.
        app.on_day("2026-02-02");
        let other = cass.open_case(a_case().of("Kim", "Larch", "2015-05-05").with("caseworker_id", json!(cass.id))).id();
        cass.case_step(&other, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let social = cass.advice_of_kind(&other, "social_care");
        let mut report = a_report();
        report["submitted_on"] = json!("2026-02-02");
        cass.advice_step(&social, "submissions", &report).expect(200);
        let digest = app.digest_on("2026-02-17", &cass.email).unwrap();
        assert_eq!(digest.subject, "Your cases on 17 February 2026: 4 overdue, 1 to read");
        in_order(&digest.text, &[
            "OVERDUE (4)", "EHC-2026-000001, awaiting", "was due on Monday 16 February 2026, 1 day ago",
            "EHC-2026-000002, gathering advice", "Nobody is asked yet.",
            "ADVICE THAT CAME IN (1)", "Social care advice, came on Monday 2 February 2026.",
        ]);
        assert!(digest.text.contains("Medical advice: was due on Monday 16 February 2026, 1 day ago."), "{}", digest.text);
        cass.case_step(&early, "withdrawal", &json!({"on": "2026-02-02", "reason": "Moved."})).expect(200);
        assert!(app.digest_on("2026-02-18", &cass.email).unwrap().subject.contains("3 overdue"));
    }

    fn a_digest_says_by_when_to_act_and_what_an_exception_changes(app: &TestApp) {
        let cass = app.caseworker();
        let case = app.case_of(&cass);
        let digest = app.digest_on("2026-05-14", &cass.email).unwrap();
        in_order(&digest.text, &["Send the final plan: due on Monday 25 May 2026, in 11 days; act by Friday 22 May 2026, the last working day before."]);
        assert!(digest.text.contains("A refusal would be late now; a decision to issue a plan would not."), "{}", digest.text);
        app.on_day("2026-05-14");
        let body = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-02-01", "to_on": "2026-03-01", "evidence": "A bereavement."});
        app.manager().case_step(&case, "exceptions", &body).expect(200);
        let digest = app.digest_on("2026-05-26", &cass.email).unwrap();
        in_order(&digest.text, &["Send the final plan: was due on Monday 25 May 2026, 1 day ago. A lawful exception is on record: do it as soon as practicable."]);
        assert!(!digest.text.contains("bereavement"), "{}", digest.text);
        let weekly: Vec<_> = app.mails_on("2026-06-01").into_iter().filter(|mail| mail.to == [app.manager().email]).collect();
        assert_eq!(weekly, [], "what an exception relieves is no breach");
    }

    fn a_case_without_an_active_caseworker_goes_to_the_managers(app: &TestApp) {
        let (mina, otto) = (app.manager(), app.caseworker_named("Otto Other"));
        let first = mina.open_case(a_case()).id();
        mina.open_case(a_case().of("Kim", "Larch", "2015-05-05").with("caseworker_id", json!(otto.id)).with("restricted", json!(true)));
        let digest = app.digest_on("2026-02-03", &mina.email).unwrap();
        assert_eq!(digest.subject, "Needs a manager, 3 February 2026: 1 due soon");
        assert!(app.digest_on("2026-02-04", &otto.email).is_some());
        let users = app.admin().get("/users?limit=200").expect(200).json;
        let etag = users["items"].as_array().unwrap().iter().find(|one| one["id"] == otto.id.as_str()).map(|one| format!("\"{}\"", one["version"]));
        let etag = etag.filter(|etag| etag != "\"null\"").unwrap_or_else(|| app.admin().get(&format!("/users/{}", otto.id)).expect(200).etag);
        app.admin().patch(&format!("/users/{}", otto.id), &etag, &json!({"active": false})).expect(200);
        assert_eq!(app.digest_on("2026-02-05", &otto.email), None, "who has left gets no mail");
        let digest = app.digest_on("2026-02-06", &mina.email).unwrap();
        in_order(&digest.text, &["DUE WITHIN 10 WORKING DAYS (2)", "EHC-2026-000001", "EHC-2026-000002"]);
        app.on_day("2026-02-06");
        let cass = app.caseworker();
        let etag = mina.case(&first).etag;
        mina.patch(&format!("/cases/{first}"), &etag, &json!({"caseworker_id": cass.id})).expect(200);
        assert!(app.digest_on("2026-02-10", &mina.email).unwrap().text.contains("WORKING DAYS (1)"));
        assert!(app.digest_on("2026-02-11", &cass.email).unwrap().text.contains("EHC-2026-000001"));
    }

    fn managers_get_the_weeks_breaches_once(app: &TestApp) {
        let (mina, cass) = (app.manager(), app.caseworker());
        let open = |surname: &str, received: &str| {
            cass.open_case(a_case().of("Kim", surname, "2015-05-05").received_on(received).with("caseworker_id", json!(cass.id))).id()
        };
        app.on_day("2026-01-16");
        let (late, _soon, done) = (open("Larch", "2026-01-05"), open("Rowan", "2026-01-14"), open("Maple", "2026-01-06"));
        // Limits end on 16, 25 and 17 February.
        let weekly = app.digest_on("2026-02-16", &mina.email).unwrap();
        assert_eq!(weekly.subject, "The week from 16 February 2026: 2 due this week");
        app.on_day("2026-02-19");
        cass.case_step(&done, "assessment-decision", &to_assess("2026-02-19")).expect(200);
        assert_eq!(app.digest_on("2026-02-17", &mina.email), None);
        let weekly = app.digest_on("2026-02-23", &mina.email).unwrap();
        assert_eq!(weekly.subject, "The week from 23 February 2026: 2 new breaches, 1 due this week");
        in_order(&weekly.text, &[
            "became known to be, since 16 February 2026", "broken by 1 March 2026",
            "NEW BREACHES (2)", "EHC-2026-000001, awaiting", "was due on Monday 16 February 2026, 7 days ago",
            "EHC-2026-000003, gathering advice", "It has been done since.",
            "DUE THIS WEEK (1)", "EHC-2026-000002", "due on Wednesday 25 February 2026, in 2 days",
        ]);
        let weekly = app.digest_on("2026-03-03", &mina.email).unwrap();
        assert_eq!(weekly.subject, "The week from 2 March 2026: 1 new breach", "what Monday missed comes on Tuesday");
        assert_eq!(app.digest_on("2026-03-04", &mina.email), None);
        assert_eq!(app.digest_on("2026-03-09", &mina.email), None, "a breach is told once");
        drop(late);
    }

    fn a_late_refusal_is_a_breach_of_the_week_it_is_notified_in(app: &TestApp) {
        let (mina, cass) = (app.manager(), app.caseworker());
        let case = app.case_of(&cass);
        for id in cass.advice_of(&case).iter().map(|one| one["id"].as_str().unwrap()) {
            cass.advice_step(id, "cancellation", &json!({"reason": "Not needed."})).expect(200);
        }
        assert_eq!(app.digest_on("2026-05-05", &mina.email), None, "undecided past 16 weeks breaches nothing");
        app.on_day("2026-05-06");
        let refusal = json!({"outcome": "refuse", "decided_on": "2026-05-06", "notified_on": "2026-05-06", "reasons": "Met.", "notice": crate::support::cases::whole_notice()});
        cass.case_step(&case, "plan-decision", &refusal).expect(200);
        let weekly = app.digest_on("2026-05-11", &mina.email).unwrap();
        in_order(&weekly.text, &["NEW BREACHES (1)", "plan refused", "Decide whether to issue a plan: was due on Monday 27 April 2026", "It has been done since."]);
    }

    fn an_order_has_days_of_its_own_in_the_digest(app: &TestApp) {
        let cass = app.caseworker();
        let case = cass.open_case(a_case().with("caseworker_id", json!(cass.id))).id();
        cass.case_step(&case, "assessment-decision", &crate::support::cases::to_refuse_assessment("2026-01-05")).expect(200);
        app.on_day("2026-04-01");
        let appeal = cass.case_step(&case, "appeals", &json!({"about": "refusal_to_assess", "registered_on": "2026-02-02"})).expect(200);
        let appeal = appeal.json["appeals"][0]["id"].as_str().unwrap().to_owned();
        cass.case_step(&case, &format!("appeals/{appeal}/order"), &json!({"ordered_on": "2026-04-01", "order": "assess"})).expect(200);
        let digest = app.digest_on("2026-04-07", &cass.email).unwrap();
        in_order(&digest.text, &["As ordered: tell the family that you will assess: due on Wednesday 15 April 2026, in 8 days."]);
    }

    fn a_long_list_is_cut_and_counted(app: &TestApp) {
        let cass = app.caseworker();
        for n in 0..5 {
            cass.open_case(a_case().of("Kim", &format!("Larch{n}"), "2015-05-05").with("caseworker_id", json!(cass.id)));
        }
        let rules = Rules::new("[caseworkers]\nlines = 2\ndue_within_working_days = 3");
        let mut settings = app.settings();
        settings.insert("EHCP_NOTICES_FILE".into(), rules.path().to_owned());
        settings.insert("EHCP_FIXED_TODAY".into(), "2026-02-11".into());
        let process = app.process_with(&settings);
        ehcp_tracker::jobs::run(&process, ehcp_tracker::jobs::Job::Remind).unwrap();
        ehcp_tracker::jobs::run(&process, ehcp_tracker::jobs::Job::Deliver).unwrap();
        let mail = app.mails().pop().unwrap();
        in_order(&mail.text, &["DUE WITHIN 3 WORKING DAYS (5)", "EHC-2026-000001", "EHC-2026-000002", "- and 3 more"]);
        assert!(!mail.text.contains("EHC-2026-000003"), "{}", mail.text);
    }

    fn a_digest_that_never_left_gives_way_to_the_next(app: &TestApp) {
        let cass = app.caseworker();
        cass.open_case(a_case().with("caseworker_id", json!(cass.id)));
        app.remind_on("2026-02-16");
        app.remind_on("2026-02-17");
        let states = app.texts("SELECT state AS text FROM messages WHERE kind = 'caseworker_digest' ORDER BY id");
        assert_eq!(states, ["withdrawn", "queued"]);
        assert_eq!(email_of("Cass Caseworker"), cass.email);
    }

    fn a_mailbox_that_refuses_mail_is_named_in_the_digest(app: &TestApp) {
        let cass = app.caseworker();
        app.clinic(false);
        app.case_of(&cass);
        app.refuses(TEAM);
        let digest = app.digest_on("2026-02-12", &cass.email).unwrap();
        in_order(&digest.text, &["Medical advice: due on Monday 16 February 2026", "Mail to those asked comes back: their address has to be put right."]);
    }

    fn a_caseworker_whose_mail_comes_back_counts_as_nobody(app: &TestApp) {
        let (cass, mina) = (app.caseworker(), app.manager());
        cass.open_case(a_case().with("caseworker_id", json!(cass.id)));
        app.refuses(&cass.email);
        let mails = app.mails_on("2026-02-03");
        assert!(mails.iter().all(|mail| mail.to != [cass.email.clone()]), "{mails:?}");
        let digest = mails.into_iter().find(|mail| mail.to == [mina.email.clone()]).unwrap();
        in_order(&digest.text, &["EHC-2026-000001", "Mail to its caseworker comes back."]);
    }

    fn what_could_not_be_sent_is_told_to_the_managers_once(app: &TestApp) {
        let (cass, mina) = (app.caseworker(), app.manager());
        app.clinic(false);
        app.case_of(&cass);
        app.deliver();
        app.remind_on("2026-02-17");
        app.fails("advice_chase", false);
        let digest = app.digest_on("2026-02-18", &mina.email).unwrap();
        assert_eq!(digest.subject, "Needs a manager, 18 February 2026: 1 mail not sent");
        in_order(&digest.text, &[
            "MAIL THAT COULD NOT BE SENT (1)", "EHC-2026-000001: chase 1 for medical advice, to Marlbrook Clinic, queued on Tuesday 17 February 2026.",
            "A mail server refused it.", "all at once", "/api/v1/notifications/retry",
        ]);
        assert!(!digest.text.contains(TEAM), "{}", digest.text);
        assert_eq!(app.digest_on("2026-02-19", &mina.email), None, "told once");
    }

    fn a_setting_is_not_named_among_what_could_not_be_sent(app: &TestApp) {
        let (cass, mina) = (app.caseworker(), app.manager());
        let school = app.admin().post("/organisations", &json!({"name": "Oakfield Primary", "kind": "education_setting", "urn": "123456", "mailbox": "office@school.example"})).expect(201).id();
        let case = cass.open_case(a_case().with("caseworker_id", json!(cass.id)).with("setting_id", json!(school))).id();
        cass.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        app.fails("advice_request", false);
        let digest = app.digest_on("2026-01-06", &mina.email).unwrap();
        in_order(&digest.text, &["EHC-2026-000001: the request for education advice, to the setting that was asked"]);
        assert!(!digest.text.contains("Oakfield"), "{}", digest.text);
    }

    fn troubles_are_told_since_the_last_digest_that_was_sent(app: &TestApp) {
        let (mina, now) = (app.manager(), app.process().now().at);
        mina.open_case(a_case());
        assert!(app.digest_on("2026-02-03", &mina.email).is_some());
        let ago = |hours: i64| now.plus(chrono::TimeDelta::hours(-hours));
        let trouble = |id: u8, from: i64, until: i64| app.execute(&format!(
            "INSERT INTO mail_troubles (id, kind, since, ended_at) VALUES ('01a200aa-5353-7005-a75b-f23cbf0980{id:02}', 'mail_failing', '{}', '{}')", ago(from), ago(until)
        ));
        // Five days ago on the machine's clock, and the digest that was sent before is older still.
        app.execute(&format!("UPDATE messages SET created_at = '{}', settled_at = '{}' WHERE kind = 'managers_digest'", ago(240), ago(240)));
        trouble(10, 130, 120);
        trouble(11, 400, 300);
        let digest = app.digest_on("2026-02-04", &mina.email).unwrap();
        assert_eq!(digest.text.matches("Mail failed from").count(), 1, "{}", digest.text);
        assert!(digest.text.contains("came late"), "{}", digest.text);
        trouble(12, 100, 60);
        app.execute(&format!("UPDATE messages SET created_at = '{}', settled_at = '{}' WHERE kind = 'managers_digest'", ago(110), ago(110)));
        let digest = app.digest_on("2026-02-05", &mina.email).unwrap();
        assert_eq!(digest.text.matches("Mail failed from").count(), 1, "{}", digest.text);
        assert!(!digest.text.contains("came late.") && digest.text.contains("given up"), "after a day what was tried was given up: {}", digest.text);
    }

    fn a_case_that_nobody_works_on_is_told_from_its_first_day(app: &TestApp) {
        let (mina, cass) = (app.manager(), app.caseworker());
        let case = mina.open_case(a_case()).id();
        let digest = app.digest_on("2026-01-06", &mina.email).unwrap();
        assert_eq!(digest.subject, "Needs a manager, 6 January 2026: 1 due later");
        in_order(&digest.text, &["DUE LATER (1)", "EHC-2026-000001, awaiting", "Decide whether to assess, and tell the family: due on Monday 16 February 2026", "It has no caseworker."]);
        app.on_day("2026-01-06");
        let etag = mina.case(&case).etag;
        mina.patch(&format!("/cases/{case}"), &etag, &json!({"caseworker_id": cass.id})).expect(200);
        assert_eq!(app.digest_on("2026-01-07", &mina.email), None);
        app.refuses(&cass.email);
        let digest = app.digest_on("2026-01-08", &mina.email).unwrap();
        in_order(&digest.text, &["DUE LATER (1)", "Mail to its caseworker comes back."]);
    }

    fn advice_that_nobody_is_asked_for_is_told_from_the_decision_on(app: &TestApp) {
        let cass = app.caseworker();
        app.clinic(false);
        app.case_of(&cass);
        let digest = app.digest_on("2026-01-06", &cass.email).unwrap();
        assert_eq!(digest.subject, "Your cases on 6 January 2026: 3 to ask for");
        in_order(&digest.text, &["ADVICE THAT NOBODY IS ASKED FOR (3)", "EHC-2026-000001, gathering advice", "due on Monday 16 February 2026"]);
        assert!(!digest.text.contains("Medical advice"), "{}", digest.text);
        let digest = app.digest_on("2026-02-05", &cass.email).unwrap();
        assert_eq!(digest.subject, "Your cases on 5 February 2026: 4 due soon", "once each");
    }

    fn a_breach_that_became_known_late_is_told_once(app: &TestApp) {
        let (mina, cass) = (app.manager(), app.caseworker());
        app.on_day("2026-03-04");
        let case = cass.open_case(a_case().received_on("2026-01-05").with("caseworker_id", json!(cass.id))).id();
        let weekly = app.digest_on("2026-03-09", &mina.email).unwrap();
        assert_eq!(weekly.subject, "The week from 9 March 2026: 1 new breach");
        in_order(&weekly.text, &["NEW BREACHES (1)", "was due on Monday 16 February 2026"]);
        // Another step on it, and even a day that moves a little, make it no new one.
        app.on_day("2026-03-10");
        cass.case_step(&case, "assessment-decision", &to_assess("2026-03-10")).expect(200);
        let body = json!({"step": "request", "field": "received_on", "value": "2026-01-06", "reason": "Mistyped."});
        mina.case_step(&case, "corrections", &body).expect(200);
        assert_eq!(app.digest_on("2026-03-16", &mina.email), None);
        // One that is recorded on the very day of the weekly mail, after it left, comes with the next.
        app.on_day("2026-03-16");
        cass.open_case(a_case().of("Kim", "Larch", "2015-05-05").received_on("2026-01-02").with("caseworker_id", json!(cass.id)));
        assert_eq!(app.digest_on("2026-03-23", &mina.email).unwrap().subject, "The week from 23 March 2026: 1 new breach");
        assert_eq!(app.digest_on("2026-03-30", &mina.email), None);
    }

    fn an_exception_that_is_taken_back_leaves_a_new_breach(app: &TestApp) {
        let (mina, cass) = (app.manager(), app.caseworker());
        let case = app.case_of(&cass);
        app.on_day("2026-05-14");
        let body = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-02-01", "to_on": "2026-03-01", "evidence": "A bereavement."});
        let made = mina.case_step(&case, "exceptions", &body).expect(200);
        let exception = made.json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(app.digest_on("2026-06-01", &mina.email), None);
        app.on_day("2026-06-03");
        let etag = mina.case(&case).etag;
        let reason = json!({"reason": "Another child's."});
        mina.request("DELETE", &format!("/cases/{case}/exceptions/{exception}")).if_match(&etag).json(&reason).send().expect(200);
        let weekly = app.digest_on("2026-06-08", &mina.email).unwrap();
        in_order(&weekly.text, &["NEW BREACHES (1)", "Send the final plan: was due on Monday 25 May 2026"]);
    }

    fn a_week_whose_mail_never_left_is_told_with_the_next(app: &TestApp) {
        let (mina, cass) = (app.manager(), app.caseworker());
        cass.open_case(a_case().with("caseworker_id", json!(cass.id)));
        app.mails_on("2026-02-16");
        app.remind_on("2026-02-23");
        app.fails("managers_weekly", true);
        let subjects = app.subjects_on("2026-03-02", &mina.email);
        assert_eq!(subjects, ["Needs a manager, 2 March 2026: 1 mail not sent", "The week from 2 March 2026: 1 new breach"]);
    }

    fn an_inactive_caseworker_is_flagged_beside_the_case(app: &TestApp) {
        let (mina, otto) = (app.manager(), app.caseworker_named("Otto Other"));
        mina.open_case(a_case().with("caseworker_id", json!(otto.id)));
        let etag = app.admin().get(&format!("/users/{}", otto.id)).expect(200).etag;
        app.admin().patch(&format!("/users/{}", otto.id), &etag, &json!({"active": false})).expect(200);
        let mails = app.mails_on("2026-02-23");
        let of = |subject: &str| mails.iter().find(|mail| mail.to == [mina.email.clone()] && mail.subject.starts_with(subject)).unwrap();
        in_order(&of("The week").text, &["EHC-2026-000001", "Its caseworker's account is closed."]);
        in_order(&of("Needs a manager").text, &["EHC-2026-000001", "Its caseworker's account is closed."]);
    }

    fn chases_since_the_last_digest_are_told_and_those_that_failed_too(app: &TestApp) {
        let cass = app.caseworker();
        app.clinic(false);
        app.case_of(&cass);
        app.deliver();
        let digest = app.digest_on("2026-02-17", &cass.email).unwrap();
        assert!(!digest.text.contains("CHASED SINCE"), "{}", digest.text);
        let digest = app.digest_on("2026-02-18", &cass.email).unwrap();
        in_order(&digest.text, &["CHASED SINCE THE LAST DIGEST (1)", "EHC-2026-000001, gathering advice", "Medical advice: chase 1 was sent."]);
        assert!(!app.digest_on("2026-02-19", &cass.email).unwrap().text.contains("CHASED SINCE"), "told once");
        app.remind_on("2026-02-24");
        app.fails("advice_chase", false);
        let digest = app.digest_on("2026-02-25", &cass.email).unwrap();
        in_order(&digest.text, &["CHASED SINCE THE LAST DIGEST (1)", "Medical advice: chase 2 could not be sent."]);
    }
}
