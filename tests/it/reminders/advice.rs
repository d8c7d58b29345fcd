//! Those who owe advice: asked, reminded, chased. Asked on 5 January 2026, they owe it by Monday 16 February.

use ehcp_tracker::jobs;

use super::{HEAD, Rules, TEAM, json};
use crate::support::advice::a_report;
use crate::support::{TestApp, both};

impl TestApp {
    /// The numbers and addresses of the chases that a request shows.
    fn chases(&self, request: &str) -> Vec<(i64, String)> {
        let shown = self.caseworker().advice(request).json;
        let chases = shown["chases"].as_array().unwrap();
        chases.iter().map(|one| (one["number"].as_i64().unwrap(), one["to"].as_str().unwrap().to_owned())).collect()
    }

    /// Walks working days, each with one run; answers on which of them a mailbox was written to, and the subjects.
    fn walk(&self, days: &[&str], to: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for day in days {
            found.extend(self.subjects_on(day, to).into_iter().map(|subject| ((*day).to_owned(), subject)));
        }
        found
    }
}

both! {
    fn every_organisation_with_a_mailbox_is_told_that_it_is_asked(app: &TestApp) {
        app.clinic(false);
        app.admin().post("/organisations", &json!({"name": "No mailbox", "kind": "social_care", "default_for": ["social_care"]})).expect(201);
        let case = app.case_of(&app.caseworker());
        assert_eq!(app.deliver().sent, 1);
        let mail = app.mails().pop().unwrap();
        assert_eq!((mail.to.as_slice(), mail.subject.as_str()), (&[TEAM.to_owned()][..], "EHC-2026-000001: medical advice requested by 16 February 2026"));
        assert!(mail.text.contains("Please reply by 16 February 2026.") && mail.text.contains("sign in to the service of Local authority and open the request"), "{}", mail.text);
        assert!(!mail.text.contains("advice-links"), "{}", mail.text);
        let medical = app.caseworker().advice_of_kind(&case, "medical");
        app.caseworker().advice_step(&medical, "submissions", &a_report()).expect(200);
        app.caseworker().advice_step(&medical, "return", &json!({"reason": "Which clinic?"})).expect(200);
        app.deliver();
        let mail = app.mails().pop().unwrap();
        assert_eq!(mail.subject, "EHC-2026-000001: medical advice needed once more by 16 February 2026");
        assert!(mail.text.contains("Please send it again by 16 February 2026.") && !mail.text.contains("Which clinic"), "{}", mail.text);
    }

    fn the_ladder_reminds_and_chases_and_each_chase_is_evidence(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        let medical = app.caseworker().advice_of_kind(&case, "medical");
        app.deliver();
        let days = [
            "2026-01-30", "2026-02-02", "2026-02-03", "2026-02-06", "2026-02-09", "2026-02-12", "2026-02-13", "2026-02-15", "2026-02-16",
            "2026-02-17", "2026-02-18", "2026-02-23", "2026-02-24", "2026-02-28", "2026-03-02", "2026-03-03", "2026-03-10",
        ];
        let sent = app.walk(&days, TEAM);
        let said = |day: &str, subject: &str| (day.to_owned(), format!("EHC-2026-000001: medical advice {subject}"));
        assert_eq!(sent, [
            said("2026-02-02", "due in 14 days, by 16 February 2026"),
            said("2026-02-09", "due in 7 days, by 16 February 2026"),
            // A day before is a Sunday.
            said("2026-02-13", "due in 3 days, by 16 February 2026"),
            said("2026-02-17", "1 day late (chase 1)"),
            said("2026-02-24", "8 days late (chase 2)"),
            said("2026-03-03", "15 days late (chase 3)"),
            said("2026-03-10", "22 days late (chase 4)"),
        ]);
        let evidence = [(1, TEAM), (2, TEAM), (3, TEAM), (3, HEAD), (4, TEAM), (4, HEAD)].map(|(number, to)| (number, to.to_owned()));
        let mut chases = app.chases(&medical);
        chases.sort();
        let mut expected = evidence.to_vec();
        expected.sort();
        assert_eq!(chases, expected, "from the third on the escalation mailbox too");
        let history = app.caseworker().get(&format!("/cases/{case}/history?limit=200")).expect(200).json;
        let chased: Vec<_> = history["items"].as_array().unwrap().iter().filter(|one| one["action"] == "advice_chased").collect();
        assert_eq!(chased.len(), 6, "{chased:?}");
        assert_eq!((&chased[5]["on"], &chased[5]["after"]["number"]), (&json!("2026-02-17"), &json!(1)));
    }

    fn a_secret_link_comes_with_each_where_the_organisation_answers_by_link(app: &TestApp) {
        app.clinic(true);
        app.case_of(&app.caseworker());
        app.deliver();
        let mut tokens = Vec::new();
        for (day, mails) in [("2026-02-02", 1), ("2026-02-17", 1), ("2026-02-24", 1), ("2026-03-03", 2)] {
            let sent = app.mails_on(day);
            let with_link: Vec<_> = sent.iter().filter(|mail| mail.to == [TEAM] || mail.to == [HEAD]).collect();
            assert_eq!(with_link.len(), mails, "{day}");
            for mail in with_link {
                let (_, rest) = mail.text.split_once("/api/v1/advice-links/").unwrap_or_else(|| panic!("{}", mail.text));
                tokens.push(rest.split_whitespace().next().unwrap().to_owned());
            }
        }
        let distinct: std::collections::BTreeSet<_> = tokens.iter().collect();
        assert_eq!(distinct.len(), 5, "each mail has a link of its own");
        for token in &tokens {
            app.visitor_with(token).get("").expect(200);
        }
    }

    fn what_came_is_not_reminded_of_and_what_waited_to_remind_is_withdrawn(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        let medical = app.caseworker().advice_of_kind(&case, "medical");
        app.deliver();
        app.remind_on("2026-02-17");
        assert_eq!(app.texts("SELECT state AS text FROM messages WHERE kind = 'advice_chase'"), ["queued"]);
        app.caseworker().advice_step(&medical, "submissions", &a_report()).expect(200);
        assert_eq!(app.texts("SELECT state AS text FROM messages WHERE kind = 'advice_chase'"), ["withdrawn"]);
        assert_eq!(app.walk(&["2026-02-17", "2026-02-24", "2026-03-03"], TEAM), []);
        assert_eq!(app.chases(&medical), []);
        app.on_day("2026-03-04");
        app.caseworker().advice_step(&medical, "return", &json!({"reason": "Another child's."})).expect(200);
        assert_eq!(app.subjects_on("2026-03-04", TEAM).len(), 2, "it is owed again since its day: asked once more, and chased");
        assert_eq!(app.chases(&medical), [(1, TEAM.to_owned())], "what never left was no chase");
    }

    fn a_day_that_moves_is_reminded_of_anew(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        let medical = app.caseworker().advice_of_kind(&case, "medical");
        // The request has not left yet: it tells the day that holds then.
        app.on_day("2026-01-12");
        let etag = app.caseworker().advice(&medical).etag;
        app.caseworker().patch(&format!("/advice-requests/{medical}"), &etag, &json!({"received_by_body_on": "2026-01-07"})).expect(200);
        assert_eq!(app.subjects_on("2026-01-12", TEAM), ["EHC-2026-000001: medical advice requested by 18 February 2026"]);
        assert_eq!(app.walk(&["2026-02-04"], TEAM).len(), 1);
        app.remind_on("2026-02-11");
        app.on_day("2026-02-11");
        let etag = app.caseworker().advice(&medical).etag;
        app.caseworker().patch(&format!("/advice-requests/{medical}"), &etag, &json!({"received_by_body_on": "2026-01-12"})).expect(200);
        let sent = app.walk(&["2026-02-11", "2026-02-16", "2026-02-20", "2026-02-24"], TEAM);
        let days: Vec<_> = sent.iter().map(|(day, subject)| (day.as_str(), subject.contains("23 February") || subject.contains("1 day late"))).collect();
        // The one of 14 days before is made up for, and the one that waited with the old day never leaves.
        assert_eq!(days, [("2026-02-11", true), ("2026-02-16", true), ("2026-02-20", true), ("2026-02-24", true)], "{sent:?}");
    }

    fn an_exception_changes_the_words_and_not_the_duty(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        let medical = app.caseworker().advice_of_kind(&case, "medical");
        app.deliver();
        app.on_day("2026-02-16");
        let body = json!({"ground": "missed_appointment", "from_on": "2026-01-20", "to_on": "2026-01-20", "evidence": "Rang in sick."});
        let proposed = app.caseworker().advice_step(&medical, "exceptions", &body).expect(200);
        let exception = proposed.json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        app.caseworker().advice_step(&medical, &format!("exceptions/{exception}/confirmation"), &json!({})).expect(200);
        let mails = app.mails_on("2026-02-17");
        let chase = mails.iter().find(|mail| mail.to == [TEAM]).unwrap();
        assert_eq!(chase.subject, "EHC-2026-000001: medical advice still needed (chase 1)");
        assert!(chase.text.contains("does not count as late") && chase.text.contains("as soon as practicable"), "{}", chase.text);
        assert!(!chase.text.contains("sick"), "{}", chase.text);
    }

    fn once_the_whole_case_is_late_the_words_say_so(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.deliver();
        let mails = app.mails_on("2026-05-22");
        let early = mails.iter().find(|mail| mail.to == [TEAM]).unwrap();
        assert!(!early.text.contains("whole case"), "{}", early.text);
        let mails = app.mails_on("2026-06-01");
        let late = mails.iter().find(|mail| mail.to == [TEAM]).unwrap();
        assert_eq!(late.subject, "EHC-2026-000001: medical advice 105 days late, and the whole case is late (chase 2)");
        assert!(late.text.contains("the final plan was due by 25 May 2026"), "{}", late.text);
    }

    fn a_case_that_has_ended_is_never_chased(app: &TestApp) {
        app.clinic(true);
        let case = app.case_of(&app.caseworker());
        app.remind_on("2026-02-17");
        app.caseworker().case_step(&case, "withdrawal", &json!({"on": "2026-01-05", "reason": "Moved."})).expect(200);
        assert_eq!(app.texts("SELECT DISTINCT state AS text FROM messages WHERE case_id IS NOT NULL"), ["withdrawn"]);
        assert_eq!(app.walk(&["2026-02-17", "2026-02-24", "2026-03-03"], TEAM), []);
    }

    fn nothing_is_queued_and_nothing_leaves_on_a_closed_day(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.deliver();
        for closed in ["2026-02-21", "2026-02-22", "2026-04-03", "2026-04-06", "2026-12-25"] {
            let queued = app.remind_on(closed);
            assert!(queued.closed && queued.queued == 0, "{closed}");
            assert_eq!(app.mails_on(closed).len(), 0, "{closed}");
        }
        assert!(app.remind_on("2026-04-07").queued > 0);
        assert_eq!(app.mails_on("2026-04-11").len(), 0, "what is queued waits too");
    }

    fn a_run_that_is_repeated_and_two_at_once_queue_nothing_twice(app: &TestApp) {
        app.clinic(true);
        for (forename, surname) in [("Robin", "Ashdown"), ("Kim", "Larch"), ("Sam", "Rowan")] {
            let case = crate::support::cases::a_case().of(forename, surname, "2016-03-04").with("caseworker_id", json!(app.caseworker().id));
            let id = app.caseworker().open_case(case).id();
            app.caseworker().case_step(&id, "assessment-decision", &crate::support::cases::to_assess("2026-01-05")).expect(200);
        }
        app.deliver();
        let queued: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| app.remind_on("2026-03-03"))).collect();
            runs.into_iter().map(|run| run.join().unwrap().queued).collect()
        });
        assert_eq!(queued.iter().sum::<usize>(), 3 + 1, "three chases and a digest: {queued:?}");
        assert_eq!(app.remind_on("2026-03-03").due, 0);
        let doubles = app.texts("SELECT recipient || kind AS text FROM messages WHERE kind <> 'advice_request' GROUP BY recipient, kind, case_id HAVING count(*) > 1");
        assert_eq!(doubles, Vec::<String>::new());
        assert_eq!(app.count("advice_links"), 6, "no link without its mail");
    }

    fn a_council_sets_its_own_ladder(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.deliver();
        let rules = Rules::new("[advice]\nremind_days_before = [3]\nchase_after_days = 2\nchase_every_working_days = 1\nescalate_from_chase = 1");
        let sent = |day: &str| {
            let mut settings = app.settings();
            settings.insert("EHCP_FIXED_TODAY".into(), day.into());
            settings.insert("EHCP_NOTICES_FILE".into(), rules.path().to_owned());
            let process = app.process_with(&settings);
            ehcp_tracker::jobs::run(&process, ehcp_tracker::jobs::Job::Remind).unwrap();
            app.texts(&format!("SELECT kind AS text FROM messages WHERE kind LIKE 'advice%' AND kind <> 'advice_request' AND CAST(not_before AS text) LIKE '{day}%'")).len()
        };
        let days = ["2026-02-02", "2026-02-09", "2026-02-13", "2026-02-17", "2026-02-18", "2026-02-19"];
        assert_eq!(days.map(sent), [0, 0, 1, 0, 2, 2]);
    }

    fn a_chase_that_failed_is_no_chase_and_the_next_takes_its_number(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        let medical = app.caseworker().advice_of_kind(&case, "medical");
        app.deliver();
        app.remind_on("2026-02-17");
        app.fails("advice_chase", false);
        assert_eq!(app.walk(&["2026-02-18", "2026-02-23"], TEAM), [], "what was refused is not tried every day");
        let sent = app.walk(&["2026-02-24", "2026-03-03"], TEAM);
        let numbers: Vec<_> = sent.iter().map(|(_, subject)| subject.rsplit_once('(').unwrap().1).collect();
        assert_eq!(numbers, ["chase 1)", "chase 2)"]);
        // The third try escalates; it says how often they were chased in truth.
        assert_eq!(app.chases(&medical), [(1, TEAM.to_owned()), (2, TEAM.to_owned()), (2, HEAD.to_owned())]);
        let mails = app.mails_on("2026-03-10");
        let head = mails.iter().find(|mail| mail.to == [HEAD]).unwrap();
        assert!(head.text.contains("has been chased 2 times before"), "{}", head.text);
        let shown = app.caseworker().advice(&medical).json;
        let failed = shown["failed_chases"].as_array().unwrap();
        assert_eq!((failed.len(), &failed[0]["number"], &failed[0]["to"]), (1, &json!(1), &json!(TEAM)), "{shown}");
        assert!(failed[0]["failed_at"].is_string());
        let id = app.texts("SELECT CAST(id AS text) AS text FROM messages WHERE state = 'failed'").remove(0);
        app.manager().post(&format!("/notifications/{id}/retry"), &json!({})).refused(409, "not_possible_now");
        assert_eq!(app.manager().post("/notifications/retry", &json!({})).expect(200).json, json!({"queued": 0, "left": 1}));
    }

    fn what_failed_in_an_outage_is_queued_anew_once_it_is_over(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        app.fails("advice_request", true);
        app.execute("INSERT INTO mail_troubles (id, kind, since) VALUES ('01a200aa-5353-7005-a75b-f23cbf098010', 'mail_failing', '2026-01-05T00:00:00.000000Z')");
        let requests = || app.texts("SELECT state AS text FROM messages WHERE kind = 'advice_request'");
        app.remind_on("2026-01-06");
        assert_eq!(requests(), ["failed"], "no mail leaves yet");
        app.execute("DELETE FROM mail_troubles");
        let told = app.manager().get("/notifications/preview?on=2026-01-07").expect(200).json["items"][0].clone();
        assert_eq!((&told["kind"], &told["queued"]), (&json!("advice_request"), &json!(false)), "{told}");
        assert!(told["why"].as_str().unwrap().contains("still owed"), "{told}");
        assert_eq!(app.subjects_on("2026-01-07", TEAM), ["EHC-2026-000001: medical advice requested by 16 February 2026"]);
        assert_eq!(requests(), ["sent"]);
        // A reminder and a chase that were lost are due again at the next run.
        app.remind_on("2026-02-09");
        app.fails("advice_reminder", true);
        assert_eq!(app.subjects_on("2026-02-10", TEAM), ["EHC-2026-000001: medical advice due in 6 days, by 16 February 2026"]);
        app.remind_on("2026-02-17");
        app.fails("advice_chase", true);
        assert_eq!(app.subjects_on("2026-02-18", TEAM), ["EHC-2026-000001: medical advice 2 days late (chase 1)"]);
        // What came meanwhile is asked for no more.
        let other = app.caseworker().open_case(crate::support::cases::a_case().of("Kim", "Larch", "2015-05-05")).id();
        app.caseworker().case_step(&other, "assessment-decision", &crate::support::cases::to_assess("2026-01-05")).expect(200);
        app.fails("advice_request", true);
        let medical = app.caseworker().advice_of_kind(&other, "medical");
        app.caseworker().advice_step(&medical, "submissions", &a_report()).expect(200);
        assert_eq!(app.subjects_on("2026-02-19", TEAM), Vec::<String>::new());
        drop(case);
    }

    fn what_was_refused_is_not_queued_anew(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.fails("advice_request", false);
        assert_eq!(app.subjects_on("2026-01-07", TEAM), Vec::<String>::new());
    }

    fn a_mail_that_leaves_days_later_counts_from_that_day(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.deliver();
        app.remind_on("2026-02-09");
        let late = |day: &str| {
            app.execute("DELETE FROM messages WHERE kind = 'caseworker_digest'");
            jobs::run(&app.process_on(day), jobs::Job::Deliver).unwrap();
            app.mails().into_iter().rfind(|mail| mail.to == [TEAM]).unwrap()
        };
        let mail = late("2026-02-12");
        assert_eq!(mail.subject, "EHC-2026-000001: medical advice due in 4 days, by 16 February 2026");
        assert!(mail.text.contains("is due in 4 days"), "{}", mail.text);
        app.execute("UPDATE messages SET state = 'queued', settled_at = NULL, next_attempt_at = created_at WHERE kind = 'advice_reminder'");
        let mail = late("2026-02-18");
        assert!(mail.text.contains("was due on 16 February 2026") && !mail.subject.contains("in "), "{} {}", mail.subject, mail.text);
        app.execute("DELETE FROM messages WHERE kind = 'advice_reminder'");
        app.remind_on("2026-02-18");
        assert_eq!(late("2026-02-20").subject, "EHC-2026-000001: medical advice 4 days late (chase 1)");
    }

    fn where_mail_to_the_team_comes_back_the_escalation_contact_is_chased_at_once(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        app.deliver();
        app.refuses(TEAM);
        let mails = app.mails_on("2026-02-17");
        let head = mails.iter().find(|mail| mail.to == [HEAD]).unwrap();
        assert_eq!(head.subject, "EHC-2026-000001: medical advice 1 day late (chase 1)");
        assert!(head.text.contains("Mail to the team comes back, so that you alone get it."), "{}", head.text);
        assert!(!head.text.contains("before"), "{}", head.text);
        assert_eq!(app.chases(&app.caseworker().advice_of_kind(&case, "medical")), [(1, HEAD.to_owned())]);
    }
}
