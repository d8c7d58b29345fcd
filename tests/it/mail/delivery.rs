//! From the outbox to a real mail server, whatever that does.

use ehcp_tracker::auth::LinkPurpose;
use ehcp_tracker::ids::Id;
use ehcp_tracker::jobs::{self, Report};
use ehcp_tracker::mail::Link;
use ehcp_tracker::outbox::model::Moot;
use ehcp_tracker::outbox::{self, store};

use super::{a_mail, with_mail, with_server};
use crate::support::app::FIRST_DAY;
use crate::support::smtp::{Behaviour, MailServer};
use crate::support::{Backend, TestApp, both};

fn report(sent: usize, deferred: usize, failed: usize) -> Report {
    Report { sent, deferred, failed, ..Report::default() }
}

both! {
    fn a_mail_is_a_file_where_no_server_is_set(app: &TestApp) {
        app.queue(a_mail("one"));
        assert_eq!(app.deliver(), report(1, 0, 0));
        let mails = app.mails();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.to, ["one@nhs.example"]);
        assert_eq!(mail.from, "no-reply@localhost");
        assert_eq!(mail.subject, "EHC-2026-000001: medical advice requested by 16 February 2026");
        assert!(mail.text.contains("Please reply by 16 February 2026."), "{}", mail.text);
        assert!(mail.raw.contains("Auto-Submitted: auto-generated"), "{}", mail.raw);
        assert_eq!(app.deliver(), report(0, 0, 0), "what was sent is not sent again");
    }

    fn a_secret_link_leaves_with_the_mail_and_stands_nowhere_else(app: &TestApp) {
        let id = Id::new();
        app.queue(a_mail("one").with_link(Link::new(LinkPurpose::AdviceLink, id)));
        app.deliver();
        let token = app.process().tokens().link_token(LinkPurpose::AdviceLink, id).unwrap();
        assert_eq!(token.len(), 43, "256 bits");
        let link = format!("http://localhost:8080/api/v1/advice-links/{token}");
        let mail = &app.mails()[0];
        assert!(mail.text.contains(&link), "{}", mail.text);
        let kept = app.texts("SELECT CAST(params AS text) || COALESCE(server_answer, '') AS text FROM messages");
        assert!(!kept[0].contains(&token), "{kept:?}");
        let other = app.process().tokens().link_token(LinkPurpose::AdviceLink, Id::new()).unwrap();
        assert_ne!(token, other);
    }

    fn a_second_message_of_the_same_key_is_the_first(app: &TestApp) {
        app.queue(a_mail("one"));
        app.queue(a_mail("one"));
        assert_eq!(app.count("messages"), 1);
        app.deliver();
        app.queue(a_mail("one"));
        assert_eq!(app.deliver(), report(0, 0, 0));
        assert_eq!(app.mails().len(), 1);
    }

    fn what_a_failed_change_queued_never_leaves(app: &TestApp) {
        let acting = app.process().system("a test");
        let outcome: Result<(), _> = app.db().write(|tx| {
            outbox::enqueue(tx, &acting, a_mail("one"))?;
            Err(ehcp_tracker::error::Error::NotFound)
        });
        outcome.unwrap_err();
        assert_eq!(app.deliver(), report(0, 0, 0));
    }

    fn what_a_step_makes_moot_is_withdrawn_and_may_be_queued_again(app: &TestApp) {
        let case: Id = app.caseworker().open_case(crate::support::cases::a_case()).id().parse().unwrap();
        app.queue(a_mail("one").about_case(case));
        app.queue(a_mail("two"));
        let acting = app.process().system("a test");
        let withdraw = || {
            let moot = Moot { case_id: Some(case), ..Moot::default() };
            app.db().write(|tx| outbox::withdraw(tx, &acting, &moot)).unwrap()
        };
        assert_eq!(withdraw(), 1);
        assert_eq!(withdraw(), 0);
        assert_eq!(app.deliver(), report(1, 0, 0), "the other one");
        app.queue(a_mail("one").about_case(case));
        assert_eq!(app.deliver(), report(1, 0, 0));
        let everything = app.db().write(|tx| outbox::withdraw(tx, &acting, &Moot::default()));
        everything.unwrap_err();
    }

    fn a_mail_of_casework_waits_for_a_working_day_and_a_secret_link_does_not(app: &TestApp) {
        app.on_day("2026-01-10");
        app.queue(a_mail("casework"));
        app.execute("UPDATE messages SET at_any_hour = FALSE");
        app.queue(a_mail("link"));
        assert_eq!(app.deliver(), report(1, 0, 0), "a Saturday");
        app.on_day("2026-01-11");
        assert_eq!(app.deliver(), report(0, 0, 0), "a Sunday");
        app.on_day("2026-01-12");
        assert_eq!(app.deliver(), report(1, 0, 0), "a Monday");
    }
}

with_mail! {
    fn many_mails_go_through_one_connection(app: &TestApp, server: &MailServer) {
        for n in 0..45 {
            app.queue(a_mail(&format!("m{n:02}")));
        }
        assert_eq!(app.deliver(), report(45, 0, 0));
        let received = server.received();
        let mut to: Vec<_> = received.iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        assert_eq!(to, (0..45).map(|n| format!("m{n:02}@nhs.example")).collect::<Vec<_>>());
        assert_eq!(server.sessions(), 1);
        assert_eq!(app.texts("SELECT DISTINCT server_answer AS text FROM messages"), ["250 2.0.0 taken as 4711"]);
    }

    fn a_mail_that_is_put_off_is_tried_again_later(app: &TestApp, server: &MailServer) {
        server.then(&[Behaviour::Defer("451 4.7.1 greylisted, come back")]);
        app.queue(a_mail("one"));
        app.queue(a_mail("two"));
        assert_eq!(app.deliver(), report(1, 1, 0), "the others are not held up");
        assert_eq!(app.deliver(), report(0, 0, 0), "not at once");
        let answers = app.texts("SELECT server_answer AS text FROM messages WHERE state = 'queued'");
        assert_eq!(answers.len(), 1);
        assert!(answers[0].contains("4.7.1 greylisted, come back"), "{answers:?}");
        app.later();
        assert_eq!(app.deliver(), report(1, 0, 0));
        assert_eq!(server.received().len(), 2);
    }

    fn a_mail_that_is_refused_fails_at_once_and_is_not_tried_again(app: &TestApp, server: &MailServer) {
        server.then(&[Behaviour::Reject("550 5.1.1 no such mailbox")]);
        app.queue(a_mail("one"));
        assert_eq!(app.deliver(), report(0, 0, 1));
        app.later();
        assert_eq!(app.deliver(), report(0, 0, 0));
        assert!(server.received().is_empty());
    }

    fn a_connection_that_breaks_off_after_the_content_costs_a_double_of_the_same_id_and_no_mail(
        app: &TestApp, server: &MailServer
    ) {
        server.then(&[Behaviour::DropAfterData]);
        app.queue(a_mail("one"));
        app.queue(a_mail("two"));
        assert_eq!(app.deliver(), report(1, 1, 0));
        app.later();
        assert_eq!(app.deliver(), report(1, 0, 0));
        let received = server.received();
        let of = |to: &str| -> Vec<String> {
            let sent = received.iter().filter(|mail| mail.to == [format!("{to}@nhs.example")]);
            sent.map(|mail| mail.message_id.clone()).collect()
        };
        let (one, two) = (of("one"), of("two"));
        assert_eq!(one.len() + two.len(), 3);
        let twice = if one.len() == 2 { one } else { two };
        assert_eq!(twice[0], twice[1]);
    }

    fn a_server_that_is_down_costs_nothing_but_time(app: &TestApp, server: &MailServer) {
        for n in 0..5 {
            app.queue(a_mail(&format!("m{n}")));
        }
        server.go_down();
        let down = app.deliver();
        assert_eq!((down.sent, down.deferred, down.failed, down.left), (0, 1, 0, true), "the first one tells for all");
        let tried = app.texts("SELECT kind AS text FROM messages WHERE attempts > 0 OR first_attempt_at IS NOT NULL");
        assert_eq!(tried.len(), 1, "the others were not tried");
        server.come_up();
        assert_eq!(app.deliver(), report(4, 0, 0));
        app.later();
        assert_eq!(app.deliver(), report(1, 0, 0));
        assert_eq!(server.received().len(), 5);
    }

    fn after_a_day_without_success_a_mail_is_given_up(app: &TestApp, server: &MailServer) {
        server.then(&[Behaviour::Defer("452 4.2.2 mailbox full"); 2]);
        app.queue(a_mail("one"));
        app.execute("UPDATE messages SET attempts = 30, first_attempt_at = '2020-01-01T00:00:00.000000Z'");
        assert_eq!(app.deliver(), report(0, 0, 1));
        app.queue(a_mail("two"));
        app.execute("UPDATE messages SET attempts = 5, first_attempt_at = '2020-01-01T00:00:00.000000Z' WHERE state = 'queued'");
        assert_eq!(app.deliver(), report(0, 1, 0), "a weekend is not a day of trying");
    }

    fn a_wrong_password_loses_no_mail(app: &TestApp, server: &MailServer) {
        server.wants_login("ehcp", "the right one");
        app.queue(a_mail("one"));
        assert!(app.deliver().left);
        app.later();
        let url = server.url().replace("smtp://", "smtp://ehcp:the%20right%20one@");
        let mut settings = app.settings();
        settings.insert("EHCP_SMTP_URL".into(), url);
        let mended = app.process_with(&settings);
        assert_eq!(jobs::deliver(&mended).unwrap(), report(1, 0, 0));
    }

    fn two_processes_at_once_send_nothing_twice(app: &TestApp, server: &MailServer) {
        for n in 0..60 {
            app.queue(a_mail(&format!("m{n:02}")));
        }
        let processes: Vec<_> = (0..3).map(|_| app.process()).collect();
        std::thread::scope(|scope| {
            for process in &processes {
                scope.spawn(move || {
                    // Whoever finds everything held by others goes on when its turn comes again.
                    for _ in 0..20 {
                        drop(jobs::deliver(process));
                    }
                });
            }
        });
        let mut to: Vec<_> = server.received().iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        assert_eq!(to, (0..60).map(|n| format!("m{n:02}@nhs.example")).collect::<Vec<_>>());
    }

    fn a_process_that_dies_leaves_its_mail_to_the_others_once_its_lease_is_over(app: &TestApp, server: &MailServer) {
        app.queue(a_mail("one"));
        let process = app.process();
        let now = process.now().at;
        let claim = store::Claim { now, moment: process.moment_of_casework(), in_hours: true };
        let (_, taken) = app.db().write(|tx| store::claim(tx, claim, now.plus(chrono::TimeDelta::minutes(15)), 20)).unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!(app.deliver(), report(0, 0, 0), "it is held");
        app.later();
        assert_eq!(app.deliver(), report(1, 0, 0));
        assert_eq!(server.received().len(), 1);
    }

    fn a_message_that_was_sent_while_a_step_withdrew_it_is_on_record_as_sent(app: &TestApp, server: &MailServer) {
        let case: Id = app.caseworker().open_case(crate::support::cases::a_case()).id().parse().unwrap();
        app.queue(a_mail("one").about_case(case));
        server.hold();
        let acting = app.process().system("a test");
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| app.deliver());
            server.wait_for_held();
            let moot = Moot { case_id: Some(case), ..Moot::default() };
            app.db().write(|tx| outbox::withdraw(tx, &acting, &moot)).unwrap();
            server.let_go();
            assert_eq!(sending.join().unwrap(), report(1, 0, 0));
        });
        assert_eq!(app.texts("SELECT state AS text FROM messages"), ["sent"]);
    }
}

#[test]
fn a_stop_finishes_the_mail_in_hand_and_gives_the_rest_back() {
    let (app, server) = with_server(Backend::Sqlite, FIRST_DAY).unwrap();
    for n in 0..5 {
        app.queue(a_mail(&format!("m{n}")));
    }
    server.hold();
    let process = app.process();
    let scheduler = jobs::start(process.clone()).unwrap();
    server.wait_for_held();
    process.jobs().stop();
    server.let_go();
    scheduler.stop();
    assert_eq!(server.received().len(), 1);
    let waiting =
        app.texts("SELECT kind AS text FROM messages WHERE state = 'queued' AND attempts = 0 AND lease IS NULL");
    assert_eq!(waiting.len(), 4);
    assert_eq!(app.deliver(), report(4, 0, 0));
}

#[test]
fn a_change_wakes_the_jobs() {
    let (app, server) = with_server(Backend::Sqlite, FIRST_DAY).unwrap();
    let process = app.process();
    let scheduler = jobs::start(process.clone()).unwrap();
    // The first run is over when the second is asked for.
    std::thread::sleep(std::time::Duration::from_millis(300));
    app.queue(a_mail("one"));
    process.jobs().nudge();
    server.hold();
    server.wait_for_held();
    server.let_go();
    scheduler.stop();
    assert_eq!(server.received().len(), 1);
}
