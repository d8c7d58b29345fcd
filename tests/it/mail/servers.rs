//! Mail servers as councils have them: with TLS of either kind, with user and password, slow, and unwilling.

use std::time::{Duration, Instant};

use ehcp_tracker::config::{Settings, Source};
use ehcp_tracker::jobs::{self, Report};

use super::a_mail;
use crate::support::app::FIRST_DAY;
use crate::support::smtp::{Behaviour, Encryption, MailServer, Moment};
use crate::support::{Backend, TestApp};

/// The service with these settings for mail, and a queued mail; whether it was delivered, and what was said.
fn try_one(settings: &[(&str, &str)]) -> (Report, String) {
    let app = TestApp::with(Backend::Sqlite, FIRST_DAY, settings);
    app.queue(a_mail("one"));
    let report = app.deliver();
    let answers = app.texts("SELECT server_answer AS text FROM messages");
    (report, answers.concat())
}

#[track_caller]
fn sent((report, answer): (Report, String)) {
    assert_eq!(report, Report { sent: 1, ..Report::default() }, "{answer}");
    assert_eq!(answer, "250 2.0.0 taken as 4711");
}

/// It waits for another try, and nothing of it has reached the server.
#[track_caller]
fn kept((report, answer): (Report, String), server: &MailServer, why: &str) {
    assert_eq!(report, Report { deferred: 1, left: true, ..Report::default() }, "{answer}");
    assert!(answer.contains(why), "{answer}");
    assert_eq!(server.received(), []);
}

/// Only what everybody may hear.
#[track_caller]
fn told_nothing_in_clear(server: &MailServer) {
    let heard = server.heard_in_clear();
    let harmless = |line: &String| line.starts_with("EHLO ") || line == "STARTTLS" || line == "QUIT";
    assert!(heard.iter().all(harmless), "{heard:?}");
}

#[test]
fn mail_leaves_by_starttls_and_by_implicit_tls_to_a_server_whose_certificate_is_trusted() {
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let server = MailServer::with_tls(encryption, "127.0.0.1");
        let folder = tempfile::tempdir().unwrap();
        let ca = server.certificate_in(folder.path());
        sent(try_one(&[("EHCP_SMTP_URL", &server.url()), ("EHCP_SMTP_CA_FILE", &ca.to_string_lossy())]));
        assert_eq!(server.received().len(), 1);
        told_nothing_in_clear(&server);
        assert_eq!(server.heard_in_clear().is_empty(), encryption == Encryption::Implicit);
    }
}

#[test]
fn a_server_whose_certificate_is_not_trusted_or_is_anothers_gets_no_mail() {
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let server = MailServer::with_tls(encryption, "127.0.0.1");
        kept(try_one(&[("EHCP_SMTP_URL", &server.url())]), &server, "certificate");
        told_nothing_in_clear(&server);
        let server = MailServer::with_tls(encryption, "mail.example.org");
        let folder = tempfile::tempdir().unwrap();
        let ca = server.certificate_in(folder.path());
        let settings = [("EHCP_SMTP_URL", server.url()), ("EHCP_SMTP_CA_FILE", ca.to_string_lossy().into_owned())];
        kept(try_one(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))), &server, "certificate");
        told_nothing_in_clear(&server);
    }
}

#[test]
fn where_starttls_is_required_a_server_that_does_not_offer_it_is_told_nothing() {
    let server = MailServer::start();
    server.wants_login("ehcp", "secret");
    let url = format!("{}?tls=required", server.url_for("ehcp", "secret"));
    kept(try_one(&[("EHCP_SMTP_URL", &url)]), &server, "does not offer STARTTLS");
    told_nothing_in_clear(&server);
}

#[test]
fn user_and_password_go_through_tls_alone_and_a_wrong_one_loses_no_mail() {
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let server = MailServer::with_tls(encryption, "127.0.0.1");
        server.wants_login("ehcp@example.org", "the right one");
        let folder = tempfile::tempdir().unwrap();
        let ca = server.certificate_in(folder.path());
        let with = |password: &str| {
            let url = server.url_for("ehcp%40example.org", password);
            try_one(&[("EHCP_SMTP_URL", &url), ("EHCP_SMTP_CA_FILE", &ca.to_string_lossy())])
        };
        kept(with("wrong"), &server, "at the sign-in: permanent error (535): 5.7.8 wrong user or password");
        sent(with("the%20right%20one"));
        told_nothing_in_clear(&server);
    }
}

#[test]
fn many_mails_go_through_one_encrypted_connection_refusals_between_them_too() {
    let server = MailServer::with_tls(Encryption::StartTls, "127.0.0.1");
    let folder = tempfile::tempdir().unwrap();
    let ca = server.certificate_in(folder.path());
    let settings = [("EHCP_SMTP_URL", server.url()), ("EHCP_SMTP_CA_FILE", ca.to_string_lossy().into_owned())];
    let app =
        TestApp::with(Backend::Sqlite, FIRST_DAY, &settings.each_ref().map(|(name, value)| (*name, value.as_str())));
    for n in 0..25 {
        app.queue(a_mail(&format!("m{n}")));
    }
    let refusals = [
        Behaviour::Reject("550 5.1.1 no such mailbox"),
        Behaviour::Accept,
        Behaviour::Defer("450 4.2.1 busy"),
        Behaviour::AtSender("452 4.3.1 full"),
        Behaviour::AtContent("554 5.6.0 looks odd"),
    ];
    server.then(&refusals);
    assert_eq!(app.deliver(), Report { sent: 21, deferred: 2, failed: 2, left: false });
    assert_eq!(server.sessions(), 1);
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_made_anew() {
    let server = MailServer::start();
    let app = TestApp::with(Backend::Sqlite, FIRST_DAY, &[("EHCP_SMTP_URL", &server.url())]);
    let process = app.process();
    for name in ["one", "two"] {
        app.queue(a_mail(name));
        assert_eq!(jobs::deliver(&process).unwrap().sent, 1);
        server.go_down();
        server.come_up();
    }
    assert_eq!((server.received().len(), server.sessions()), (2, 2));
}

/// Each step has a limit: whatever the server keeps silent at, the mail waits for another try and the run ends.
#[test]
fn a_server_that_falls_silent_is_not_waited_for_at_any_step() {
    let moments = [
        (Moment::Greeting, "at the greeting", true),
        (Moment::Hello, "at the greeting", true),
        (Moment::Sender, "at the sender", true),
        (Moment::Recipient, "at the recipient", true),
        (Moment::Data, "before the content", true),
        // Perhaps it chews on this mail alone: the others are still tried.
        (Moment::Receipt, "after the content", false),
    ];
    for (moment, stage, left) in moments {
        let server = MailServer::start();
        server.hold_at(moment, 0);
        let settings = [("EHCP_SMTP_URL", server.url()), ("EHCP_SMTP_TIMEOUT_SECONDS", "1".to_owned())];
        let (report, answer) = try_one(&settings.each_ref().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(report, Report { deferred: 1, left, ..Report::default() }, "{moment:?}: {answer}");
        assert_eq!(answer, format!("{stage}: no answer in time"), "{moment:?}");
    }
}

#[test]
fn a_server_that_speaks_clear_text_where_tls_is_expected_is_not_waited_for() {
    let server = MailServer::start();
    server.hold_at(Moment::Greeting, 0);
    let url = format!("smtps://{}", server.address());
    let (report, answer) = try_one(&[("EHCP_SMTP_URL", &url), ("EHCP_SMTP_TIMEOUT_SECONDS", "1")]);
    assert!(report.left, "{answer}");
    assert!(server.heard_in_clear().is_empty());
}

/// An address of the kind that documentation uses: nobody answers there.
#[test]
fn a_server_that_nobody_reaches_is_not_waited_for() {
    let started = Instant::now();
    let (report, answer) = try_one(&[("EHCP_SMTP_URL", "smtp://192.0.2.1"), ("EHCP_SMTP_TIMEOUT_SECONDS", "1")]);
    assert!(report.left && answer.starts_with("at the greeting: "), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn a_server_that_turns_everybody_away_loses_no_mail() {
    for greeting in ["554 5.3.2 no service here", "421 4.3.2 shutting down", "nonsense"] {
        let server = MailServer::start();
        server.greets_with(greeting);
        kept(try_one(&[("EHCP_SMTP_URL", &server.url())]), &server, "at the greeting");
    }
}

/// What is for later is tried again, what is for ever is not; the answer is kept with the message, whatever the step.
#[test]
fn an_answer_is_judged_by_its_code_and_kept() {
    let cases = [
        (Behaviour::Defer("451 4.7.1 greylisted"), (1, 0), "at the recipient: transient error (451): 4.7.1 greylisted"),
        (Behaviour::Reject("550 5.1.1 nobody"), (0, 1), "at the recipient: permanent error (550): 5.1.1 nobody"),
        (Behaviour::AtSender("452 4.3.1 full"), (1, 0), "at the sender: transient error (452): 4.3.1 full"),
        (Behaviour::AtSender("553 5.1.8 who"), (0, 1), "at the sender: permanent error (553): 5.1.8 who"),
        (Behaviour::AtContent("451 4.3.0 later"), (1, 0), "after the content: transient error (451): 4.3.0 later"),
        (Behaviour::AtContent("554 5.6.0 odd"), (0, 1), "after the content: permanent error (554): 5.6.0 odd"),
    ];
    for (behaviour, (deferred, failed), expected) in cases {
        let server = MailServer::start();
        server.then(&[behaviour]);
        let (report, answer) = try_one(&[("EHCP_SMTP_URL", &server.url())]);
        assert_eq!((report, answer.as_str()), (Report { deferred, failed, ..Report::default() }, expected));
    }
}

#[test]
fn a_password_goes_in_clear_to_the_same_machine_alone() {
    let read = |url: &str| Settings::read(Source::from_pairs([("EHCP_SMTP_URL", url)])).map(|_| ());
    for url in
        ["smtp://ehcp:secret@mail.example", "smtp://ehcp:secret@10.0.0.5:25", "smtp://ehcp:secret@localhost.example"]
    {
        let fault = read(url).unwrap_err().to_string();
        assert!(fault.contains("EHCP_SMTP_URL") && fault.contains("?tls=required"), "{url}: {fault}");
        assert!(!fault.contains("secret"), "{fault}");
    }
    for url in [
        "smtp://ehcp:secret@localhost",
        "smtp://ehcp:secret@127.0.0.1:2525",
        "smtp://ehcp:secret@[::1]",
        "smtp://ehcp:secret@mail.example?tls=required",
        "smtps://ehcp:secret@mail.example",
        "smtp://mail.example",
    ] {
        read(url).unwrap();
    }
}
