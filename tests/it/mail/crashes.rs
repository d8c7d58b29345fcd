//! Processes that die while they send, at every moment there is; and several that send at once. In the end every mail has
//! arrived, and whatever arrived twice has the same Message-ID.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::process::Child;
use std::time::Duration;

use super::{a_mail, with_mail, with_server};
use crate::support::app::FIRST_DAY;
use crate::support::replica::{Replica, spawn, within};
use crate::support::smtp::{MailServer, Moment};
use crate::support::{Backend, TestApp, json};

/// A process that delivers what is due, and can be killed.
fn delivery(app: &TestApp) -> Child {
    spawn(app, &["jobs", "run", "--once", "--job", "deliver"], &[])
}

/// As `kill -9` does.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Queues mails to addresses of a round.
fn queue(app: &TestApp, round: &str, mails: usize) -> Vec<String> {
    let keys: Vec<String> = (0..mails).map(|n| format!("{round}{n:02}")).collect();
    keys.iter().for_each(|key| app.queue(a_mail(key)));
    keys
}

/// Lets time pass, sends what is left, and counts how often each of these mails arrived.
#[track_caller]
fn arrivals(app: &TestApp, server: &MailServer, keys: &[String]) -> BTreeMap<String, usize> {
    app.later();
    within("sent", || {
        app.deliver();
        app.texts("SELECT kind AS text FROM messages WHERE state <> 'sent'").is_empty()
    });
    let received = server.received();
    let count = |key: &String| {
        let to = [format!("{key}@nhs.example")];
        let ids: Vec<_> = received.iter().filter(|mail| mail.to == to).map(|mail| &mail.message_id).collect();
        assert!(!ids.is_empty(), "{key} was lost");
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{key} came under several ids: {ids:?}");
        (key.clone(), ids.len())
    };
    keys.iter().map(count).collect()
}

/// Does `f` while nobody else can write to the messages.
fn while_locked(app: &TestApp, f: impl FnOnce()) {
    app.db()
        .write(|tx| {
            tx.lock_against_writers("messages")?;
            f();
            Ok(())
        })
        .unwrap();
}

with_mail! {
    /// Each stage of the conversation, for the first of three mails, the second and the last.
    fn a_process_that_dies_in_the_middle_of_a_conversation_loses_nothing(app: &TestApp, server: &MailServer) {
        let places = [
            (Moment::Greeting, 0),
            (Moment::Hello, 0),
            (Moment::Sender, 0),
            (Moment::Recipient, 0),
            (Moment::Data, 0),
            (Moment::Content, 0),
            (Moment::Receipt, 0),
            (Moment::Sender, 1),
            (Moment::Receipt, 2),
        ];
        for (n, (moment, passed)) in places.into_iter().enumerate() {
            let keys = queue(app, &format!("r{n}-"), 3);
            server.hold_at(moment, passed);
            let process = delivery(app);
            server.wait_for_held();
            kill(process);
            server.let_go();
            assert_eq!(app.deliver().sent, 0, "{moment:?}: what the dead process held is held until its lease is over");
            let arrived = arrivals(app, server, &keys);
            let twice = arrived.values().filter(|times| **times > 1).count();
            let content_was_there = matches!(moment, Moment::Content | Moment::Receipt);
            assert!(twice <= usize::from(content_was_there), "{moment:?}: {arrived:?}");
        }
    }

    fn a_process_that_dies_between_the_servers_word_and_the_rows_update_costs_one_double(app: &TestApp, server: &MailServer) {
        let keys = queue(app, "m", 3);
        server.hold();
        let process = delivery(app);
        server.wait_for_held();
        while_locked(app, || {
            server.let_go();
            // The server's word is on its way, and the row can't be updated.
            std::thread::sleep(Duration::from_millis(700));
            kill(process);
        });
        assert_eq!(app.texts("SELECT state AS text FROM messages WHERE state = 'sent'").len(), 0);
        let arrived = arrivals(app, server, &keys);
        let mut times: Vec<_> = arrived.into_values().collect();
        times.sort_unstable();
        assert_eq!(times, [1, 1, 2]);
    }

    fn a_process_that_dies_before_it_has_claimed_anything_leaves_all_to_others(app: &TestApp, server: &MailServer) {
        let keys = queue(app, "m", 3);
        while_locked(app, || {
            let process = delivery(app);
            std::thread::sleep(Duration::from_millis(1500));
            kill(process);
        });
        assert_eq!((server.sessions(), app.deliver().sent), (0, 3), "nothing is held");
        assert!(arrivals(app, server, &keys).values().all(|times| *times == 1));
    }

    fn a_process_that_dies_while_it_queues_leaves_neither_the_change_nor_its_mail(app: &TestApp, server: &MailServer) {
        let admin = app.admin();
        let replica = Replica::with(app, &[("EHCP_JOBS", "off")]);
        let body = json!({"email": "m00@nhs.example", "name": "Nia New", "role": "caseworker"});
        let text = body.to_string();
        while_locked(app, || {
            let mut connection = TcpStream::connect(&replica.address).unwrap();
            let head = format!(
                "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
                admin.access_token,
                text.len()
            );
            connection.write_all(head.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(1000));
            replica.kill();
        });
        let known = "SELECT email AS text FROM users WHERE email = 'm00@nhs.example'";
        within("rolled back", || app.texts(known).is_empty() && app.count("messages") == 0);
        admin.post("/users", &body).expect(201);
        assert_eq!(arrivals(app, server, &["m00".to_owned()])["m00"], 1);
    }

    fn a_process_that_dies_once_it_has_answered_leaves_its_mail_to_others(app: &TestApp, server: &MailServer) {
        let replica = Replica::with(app, &[("EHCP_JOBS", "off")]);
        let body = json!({"email": "m00@nhs.example", "name": "Nia New", "role": "caseworker"}).to_string();
        let answer = ureq::post(format!("http://{}/api/v1/users", replica.address))
            .header("Authorization", format!("Bearer {}", app.admin().access_token))
            .header("Content-Type", "application/json")
            .send(&body)
            .unwrap();
        assert_eq!(answer.status().as_u16(), 201);
        replica.kill();
        assert_eq!(arrivals(app, server, &["m00".to_owned()])["m00"], 1);
    }

    fn a_process_that_dies_at_any_moment_loses_nothing(app: &TestApp, server: &MailServer) {
        let keys = queue(app, "m", 40);
        for round in 0..8 {
            app.later();
            let process = delivery(app);
            std::thread::sleep(Duration::from_millis(60 + 70 * round));
            kill(process);
        }
        let arrived = arrivals(app, server, &keys);
        assert!(arrived.values().sum::<usize>() <= keys.len() + 8, "at most one double a death: {arrived:?}");
    }

    fn several_processes_at_once_share_the_work_and_send_nothing_twice(app: &TestApp, server: &MailServer) {
        let keys = queue(app, "m", 90);
        // None gets anything sent before all have begun: else the first may have done all by then.
        server.hold();
        let processes: Vec<Child> = (0..3).map(|_| delivery(app)).collect();
        server.wait_for_so_many_held(3);
        server.let_go();
        for mut process in processes {
            assert!(process.wait().unwrap().success());
        }
        within("sent", || {
            app.deliver();
            app.texts("SELECT kind AS text FROM messages WHERE state <> 'sent'").is_empty()
        });
        assert_eq!(server.received().len(), 90);
        let to: std::collections::BTreeSet<_> = server.received().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(to.len(), keys.len());
    }

    fn a_server_that_is_down_for_a_while_gets_everything_once_it_is_back(app: &TestApp, server: &MailServer) {
        let keys = queue(app, "m", 4);
        server.go_down();
        let replica = Replica::start(app);
        within("tried", || !app.texts("SELECT kind AS text FROM messages WHERE server_answer IS NOT NULL").is_empty());
        assert!(server.received().is_empty());
        server.come_up();
        replica.kill();
        assert!(arrivals(app, server, &keys).values().all(|times| *times == 1));
    }
}
