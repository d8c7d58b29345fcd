//! What a monitor sees, and what the managers are told: mail that fails, jobs that do not run.

use chrono::TimeDelta;
use ehcp_tracker::jobs::{self, Job};
use ehcp_tracker::outbox::model::MessageState;
use ehcp_tracker::words::Vocabulary;

use super::{a_mail, with_mail, with_server};
use crate::support::app::FIRST_DAY;
use crate::support::cases::a_case;
use crate::support::smtp::{Behaviour, MailServer};
use crate::support::{Backend, TestApp, both};

/// The figure of a metric, with its labels.
fn figure(app: &TestApp, name: &str) -> Option<f64> {
    let answer = app.request("GET", "//metrics").send().expect(200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0"));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

fn alarm(app: &TestApp, name: &str) -> bool {
    let value = figure(app, &format!("ehcp_alarm{{name=\"{name}\"}}")).unwrap_or_else(|| panic!("no alarm {name}"));
    // Whatever the alarms say, the service serves.
    app.request("GET", "//readyz").send().expect(200);
    value == 1.0
}

/// What the managers are told of the mail of the last week.
fn told_of_mail(app: &TestApp) -> Vec<String> {
    told(app).into_iter().filter(|line| line.starts_with("Mail ")).collect()
}

/// What the managers are told of the last week.
fn told(app: &TestApp) -> Vec<String> {
    let now = app.process().now().at;
    app.db().read(|conn| jobs::troubles(conn, now, now.plus(TimeDelta::days(-7)))).unwrap()
}

/// Makes everything that is on record of the alarms be so many minutes older.
fn minutes_pass(app: &TestApp, minutes: i64) {
    for (table, column) in [("job_marks", "at"), ("mail_troubles", "since")] {
        let rows = app.texts(&format!("SELECT CAST({column} AS text) AS text FROM {table}"));
        for row in rows {
            let at: chrono::DateTime<chrono::Utc> = row.replace(' ', "T").replace("+00", "Z").parse().unwrap();
            let before = at - TimeDelta::minutes(minutes);
            let before = before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            app.execute(&format!("UPDATE {table} SET {column} = '{before}' WHERE {column} = '{row}'"));
        }
    }
}

fn run_all(app: &TestApp) {
    let process = app.process();
    for job in Job::all() {
        jobs::run(&process, *job).unwrap();
    }
}

with_mail! {
    fn mail_that_fails_for_an_hour_is_an_alarm_and_is_told_once_it_is_back(app: &TestApp, server: &MailServer) {
        run_all(app);
        assert!(!alarm(app, "mail_failing") && !alarm(app, "nothing_sent"));
        server.go_down();
        app.queue(a_mail("one"));
        app.queue(a_mail("two"));
        assert_eq!(app.deliver().sent, 0);
        assert!(alarm(app, "nothing_sent"), "at once");
        assert!(!alarm(app, "mail_failing"), "not yet");
        minutes_pass(app, 59);
        assert!(!alarm(app, "mail_failing"));
        minutes_pass(app, 2);
        assert!(alarm(app, "mail_failing"));
        assert!(figure(app, "ehcp_mail_failing_seconds").unwrap() >= 3600.0);
        app.later();
        app.deliver();
        assert!(alarm(app, "mail_failing"), "another run that fails takes nothing away");
        let now = told(app);
        assert!(now.iter().any(|line| line.starts_with("Mail failed from ") && line.contains("and still: ")), "{now:?}");
        server.come_up();
        app.later();
        assert_eq!(app.deliver().sent, 2);
        assert!(!alarm(app, "mail_failing") && !alarm(app, "nothing_sent"));
        assert!(figure(app, "ehcp_mail_seconds_since_last_sent").unwrap() < 60.0);
        let later = told_of_mail(app);
        assert_eq!(later.len(), 2, "{later:?}");
        assert!(later[0].starts_with("Mail was due and none could be sent from ") || later[1].starts_with("Mail was due"), "{later:?}");
        assert!(later.iter().any(|line| line.starts_with("Mail failed from ") && line.contains(" until ")), "{later:?}");
        minutes_pass(app, 8 * 24 * 60);
        app.execute("UPDATE mail_troubles SET ended_at = '2020-01-01T00:00:00.000000Z'");
        assert!(!told(app).iter().any(|line| line.starts_with("Mail failed")), "what ended long ago is told no more");
    }

    fn a_mail_that_is_put_off_for_a_moment_is_no_news(app: &TestApp, server: &MailServer) {
        run_all(app);
        server.then(&[Behaviour::Defer("451 4.7.1 greylisted")]);
        app.queue(a_mail("one"));
        app.deliver();
        assert!(alarm(app, "nothing_sent"));
        app.later();
        assert_eq!(app.deliver().sent, 1);
        assert!(!told(app).iter().any(|line| line.starts_with("Mail failed")), "{:?}", told(app));
        assert!(!alarm(app, "nothing_sent"));
    }

    fn a_server_that_refuses_mails_for_good_works(app: &TestApp, server: &MailServer) {
        server.then(&[Behaviour::Reject("550 5.1.1 nobody")]);
        app.queue(a_mail("one"));
        app.deliver();
        assert!(alarm(app, "nothing_sent"), "the run had something to send and sent nothing");
        minutes_pass(app, 90);
        assert!(!alarm(app, "mail_failing"));
        app.deliver();
        assert!(!alarm(app, "nothing_sent"), "nothing waits any more");
        assert_eq!(figure(app, "ehcp_mail_queue{name=\"failed\"}"), Some(1.0));
        assert_eq!(figure(app, "ehcp_mail_addresses_refusing"), Some(0.0));
        app.execute("UPDATE bounces SET refused = 2");
        assert_eq!(figure(app, "ehcp_mail_addresses_refusing"), Some(1.0));
    }

    fn the_queue_is_shown_by_state_with_the_age_of_the_oldest(app: &TestApp, server: &MailServer) {
        for n in 0..3 {
            app.queue(a_mail(&format!("m{n}")));
        }
        let depth = |state: &str| figure(app, &format!("ehcp_mail_queue{{name=\"{state}\"}}"));
        assert_eq!((depth("queued"), depth("sending"), depth("failed")), (Some(3.0), Some(0.0), Some(0.0)));
        app.execute("UPDATE messages SET next_attempt_at = '2020-01-01T00:00:00.000000Z'");
        assert!(figure(app, "ehcp_mail_oldest_due_seconds").unwrap() > 1e8);
        server.hold();
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| app.deliver());
            server.wait_for_held();
            assert_eq!(depth("sending"), Some(3.0));
            server.let_go();
            sending.join().unwrap();
        });
        assert_eq!((depth("queued"), figure(app, "ehcp_mail_oldest_due_seconds")), (Some(0.0), Some(0.0)));
        assert_eq!(app.texts("SELECT DISTINCT state AS text FROM messages"), [MessageState::Sent.as_str()]);
    }
}

both! {
    fn a_job_that_has_not_run_for_two_intervals_is_an_alarm_and_is_told(app: &TestApp) {
        assert!(alarm(app, "scheduler_stopped"), "no job has ever run");
        run_all(app);
        assert!(!alarm(app, "scheduler_stopped"));
        assert_eq!(told(app), Vec::<String>::new());
        for job in Job::all() {
            assert!(figure(app, &format!("ehcp_job_seconds_since_last_run{{name=\"{}\"}}", job.as_str())).unwrap() < 60.0);
        }
        minutes_pass(app, 2);
        assert!(alarm(app, "scheduler_stopped"));
        assert_eq!(figure(app, "ehcp_job_late{name=\"deliver\"}"), Some(1.0));
        assert_eq!(figure(app, "ehcp_job_late{name=\"rescan\"}"), Some(0.0), "its interval is longer");
        let lasting = told(app);
        assert!(lasting.len() == 1 && lasting[0].starts_with("The job \"deliver\" did not run from ") && lasting[0].ends_with(" and still."), "{lasting:?}");
        run_all(app);
        assert!(!alarm(app, "scheduler_stopped"));
        let over = told(app);
        assert!(over.len() == 1 && over[0].contains(" until "), "{over:?}");
        run_all(app);
        assert_eq!(told(app), over, "told once");
    }

    fn requests_are_counted_by_the_pattern_of_their_route_and_never_by_what_somebody_typed(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(a_case()).id();
        caseworker.get(&format!("/cases/{case}")).expect(200);
        caseworker.get(&format!("/cases/{case}")).expect(200);
        caseworker.get("/cases?reference=EHC-2026-000001").expect(200);
        app.request("GET", "/robin/ashdown").send().expect(404);
        let labels = "{method=\"GET\",route=\"/api/v1/cases/{id}\",status=\"200\"}";
        assert_eq!(figure(app, &format!("ehcp_http_request_duration_seconds_count{labels}")), Some(2.0));
        let text = app.request("GET", "//metrics").send().expect(200).text();
        for typed in [case.as_str(), "robin", "Ashdown", "ashdown", "EHC-2026", "example.org", "Cass"] {
            assert!(!text.contains(typed), "{typed}: {text}");
        }
        assert!(text.contains("route=\"-\",status=\"404\""), "{text}");
        assert!(text.contains("ehcp_database_up 1"));
    }
}
