//! What families are told, where the authority has switched it on.

use super::{Rules, json};
use crate::support::app::FIRST_DAY;
use crate::support::cases::{CaseBuilder, a_case, to_assess};
use crate::support::{Backend, TestApp};

const FAMILY: &str = "pat@family.example";

fn a_family() -> CaseBuilder {
    a_case().with(
        "contacts",
        json!([{"name": "Chris Ashdown", "phone": "01632 960001"}, {"name": "Pat Ashdown", "email": FAMILY}]),
    )
}

/// The mails of a day to the family.
fn to_family(app: &TestApp, day: &str) -> Vec<crate::support::mail::Mail> {
    app.mails_on(day).into_iter().filter(|mail| mail.to == [FAMILY]).collect()
}

/// Runs a test with families switched on, on both databases.
fn switched_on(test: impl Fn(&TestApp)) {
    let rules = Rules::new("[family]\nnotices = true");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if backend.is_there() {
            test(&TestApp::with(backend, FIRST_DAY, &[("EHCP_NOTICES_FILE", rules.path())]));
        }
    }
}

#[test]
fn nothing_goes_to_families_unless_it_is_switched_on() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let case = app.caseworker().open_case(a_family()).id();
        app.caseworker().case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        assert_eq!(app.subjects_on("2026-01-06", FAMILY), Vec::<String>::new());
        assert_eq!(app.subjects_on("2026-04-13", FAMILY), Vec::<String>::new());
    });
}

#[test]
fn a_family_is_told_that_the_request_was_received_unless_it_has_been_decided() {
    switched_on(|app| {
        app.caseworker().open_case(a_family());
        let mails = to_family(app, "2026-01-05");
        assert_eq!(mails[0].to, [FAMILY]);
        assert_eq!(mails[0].subject, "EHC-2026-000001: we have received the request");
        assert!(
            mails[0].text.contains("By 16 February 2026 we decide whether to carry out the assessment"),
            "{}",
            mails[0].text
        );
        let quick = app.caseworker().open_case(a_family().of("Kim", "Larch", "2015-05-05")).id();
        app.caseworker().case_step(&quick, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        assert_eq!(app.subjects_on("2026-01-05", FAMILY), Vec::<String>::new());
    });
}

#[test]
fn a_day_that_was_told_wrong_is_told_right() {
    switched_on(|app| {
        let case = app.caseworker().open_case(a_family()).id();
        let correct = |value: &str| {
            let body = json!({"step": "request", "field": "received_on", "value": value, "reason": "Mistyped."});
            app.manager().case_step(&case, "corrections", &body).expect(200);
        };
        correct("2026-01-02");
        let mails = to_family(app, "2026-01-05");
        assert_eq!(mails.len(), 1, "what waits is told right at once");
        assert!(mails[0].text.contains("By 13 February 2026") && !mails[0].text.contains("sorry"), "{}", mails[0].text);
        correct("2026-01-05");
        let mails = to_family(app, "2026-01-06");
        assert_eq!(mails[0].subject, "EHC-2026-000001: a corrected date for the decision");
        assert!(mails[0].text.contains("By 16 February 2026") && mails[0].text.contains("sorry"), "{}", mails[0].text);
    });
}

#[test]
fn a_family_is_warned_in_week_14_if_advice_is_outstanding() {
    switched_on(|app| {
        let cass = app.caseworker();
        let case = cass.open_case(a_family()).id();
        cass.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        app.deliver();
        assert_eq!(app.subjects_on("2026-04-10", FAMILY), Vec::<String>::new(), "week 13");
        app.remind_on("2026-04-13");
        app.on_day("2026-04-13");
        // All of it comes that very day: what waits to warn is moot.
        for one in cass.advice_of(&case) {
            cass.advice_step(one["id"].as_str().unwrap(), "cancellation", &json!({"reason": "Not needed."}))
                .expect(200);
        }
        assert_eq!(app.texts("SELECT state AS text FROM messages WHERE kind = 'family_date_at_risk'"), ["withdrawn"]);
        let other = cass.open_case(a_family().of("Kim", "Larch", "2015-05-05")).id();
        cass.case_step(&other, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let mails = app.mails_on("2026-04-14");
        let warning = mails.iter().find(|mail| mail.to == [FAMILY]).unwrap();
        assert_eq!(warning.subject, "EHC-2026-000002: the date for the plan is at risk");
        assert!(
            warning.text.contains("Advice from 4 of them has not come yet.")
                && warning.text.contains("due by 25 May 2026"),
            "{}",
            warning.text
        );
        assert_eq!(app.subjects_on("2026-04-15", FAMILY), Vec::<String>::new(), "once");
    });
}

#[test]
fn a_warning_says_only_what_is_true() {
    switched_on(|app| {
        let cass = app.caseworker();
        app.clinic(false);
        let case = cass.open_case(a_family()).id();
        cass.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        for one in cass.advice_of(&case) {
            if one["kind"] != "medical" && one["kind"] != "family" {
                cass.advice_step(one["id"].as_str().unwrap(), "cancellation", &json!({"reason": "Not needed."}))
                    .expect(200);
            }
        }
        app.deliver();
        // The body was asked, and never again: no mail told it that it is late.
        app.execute("UPDATE organisations SET mailbox = NULL");
        let warning = |day: &str| app.mails_on(day).into_iter().find(|mail| mail.to == [FAMILY]).unwrap();
        let text = warning("2026-04-13").text;
        assert!(text.contains("Advice from one of them has not come yet."), "{text}");
        assert!(!text.contains("again"), "{text}");
        // Another, whose body has been chased.
        app.execute("UPDATE organisations SET mailbox = 'clinic@nhs.example'");
        app.mails_on("2026-04-14");
        app.execute("UPDATE messages SET dedupe_key = NULL WHERE kind = 'family_date_at_risk'");
        let text = warning("2026-04-15").text;
        assert!(text.contains("We have asked for it again."), "{text}");
    });
}

#[test]
fn a_warning_does_not_hang_on_the_stage() {
    switched_on(|app| {
        let cass = app.caseworker();
        let case = cass.open_case(a_family()).id();
        cass.case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        app.on_day("2026-03-30");
        cass.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-03-30"})).expect(200);
        assert!(!cass.advice_of(&case).is_empty());
        let mails = app.mails_on("2026-04-13");
        let warning = mails.iter().find(|mail| mail.to == [FAMILY]).unwrap();
        assert_eq!(warning.subject, "EHC-2026-000001: the date for the plan is at risk");
    });
}

#[test]
fn a_familys_mail_goes_to_the_young_person_once_the_rights_have_passed() {
    switched_on(|app| {
        app.on_day("2026-06-27");
        let officer = app.caseworker();
        let parent = json!({"name": "Pat Sixteen", "email": FAMILY, "role": "parent"});
        let young = json!({"name": "Kim Sixteen", "email": "kim@family.example", "role": "young_person"});
        let unmarked = json!({"name": "Pat Sixteen", "email": FAMILY});
        let told = |surname: &str, born: &str, contacts: &[&serde_json::Value]| {
            let case = a_case().of("Kim", surname, born).received_on("2026-06-26").with("contacts", json!(contacts));
            let case = officer.open_case(case).id();
            let mails = app.manager().get(&format!("/notifications?case_id={case}")).expect(200).json;
            let all = mails["items"].as_array().unwrap().iter();
            let told = all.map(|mail| (mail["to"].clone(), mail["addressee"].clone())).collect::<Vec<_>>();
            (told, officer.case(&case).warnings().contains(&"addressee_missing"))
        };
        // The rights of who was born on 31 August 2010 have passed today, those of who was born a day later have not.
        let both = [&parent, &young];
        assert_eq!(
            told("Elder", "2010-08-31", &both),
            (vec![(json!("kim@family.example"), json!("young_person"))], false)
        );
        assert_eq!(told("Younger", "2010-09-01", &both), (vec![(json!(FAMILY), json!("parent"))], false));
        // Who is not marked is written to as before, with a warning; what is the parent's own is not the young person's.
        assert_eq!(told("Unmarked", "2010-08-31", &[&unmarked]), (vec![(json!(FAMILY), json!("young_person"))], true));
        assert_eq!(told("Parents", "2010-08-31", &[&parent]), (vec![], true));
    });
}

#[test]
fn a_last_day_to_appeal_that_was_told_wrong_is_told_right() {
    switched_on(|app| {
        app.on_day("2026-06-20");
        let officer = app.caseworker();
        let case = officer.open_case(a_family()).id();
        let assess = json!({"outcome": "assess", "decided_on": "2026-02-02", "notified_on": "2026-02-02", "request_advice": false});
        officer.case_step(&case, "assessment-decision", &assess).expect(200);
        officer.case_step(&case, "plan-decision", &json!({"outcome": "issue", "decided_on": "2026-04-07"})).expect(200);
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
        for section in ["A", "B", "E", "F"] {
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            officer.put(&format!("/plans/{plan}/sections/{section}"), &etag, &json!({"text": "A text."})).expect(200);
        }
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        officer.step(&format!("/plans/{plan}/service"), &etag, &json!({"served_on": "2026-04-13"})).expect(200);
        let notice = crate::support::cases::whole_notice();
        let last = json!({"plan_id": plan, "issued_on": "2026-05-02", "placement": {"setting_type": "A special school"}, "notice": notice});
        officer.case_step(&case, "final-plan", &last).expect(200);
        let correct = |value: &str| {
            let body = json!({"step": "final_plan", "field": "issued_on", "value": value, "reason": "Mistyped."});
            app.manager().case_step(&case, "corrections", &body).expect(200);
        };
        // Two months from 2 May end on 2 July, from 10 June in August: then no time to appeal runs out.
        correct("2026-06-10");
        let mails = to_family(app, "2026-06-22");
        assert_eq!(mails.len(), 1, "what waits is told right at once: {mails:?}");
        assert_eq!(mails[0].subject, "EHC-2026-000001: the final plan has been sent");
        assert!(
            mails[0].text.contains("until 1 September 2026") && !mails[0].text.contains("sorry"),
            "{}",
            mails[0].text
        );
        correct("2026-05-02");
        let mails = to_family(app, "2026-06-23");
        assert_eq!(mails[0].subject, "EHC-2026-000001: a corrected date for an appeal");
        assert!(mails[0].text.contains("until 2 July 2026") && mails[0].text.contains("sorry"), "{}", mails[0].text);
    });
}
