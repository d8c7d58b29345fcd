//! Signing in, and how failures are answered.

use ehcp_tracker::ids::Id;
use ehcp_tracker::time::Clock;

use crate::support::personas::PASSWORD;
use crate::support::{Backend, Response, TestApp, Value, both, json};

fn login(app: &TestApp, email: &str, password: &str) -> Response {
    app.request("POST", "/auth/login").json(&json!({"email": email, "password": password})).send()
}

both! {
    fn a_sign_in_hands_out_tokens_and_says_who_somebody_is(app: &TestApp) {
        let answer = login(app, " Mina.Manager@EXAMPLE.org ", PASSWORD).expect(200);
        assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let me = app.manager().get("/me").expect(200).json;
        assert_eq!(me["email"], "mina.manager@example.org");
        assert_eq!((&me["name"], &me["role"], &me["organisation"]), (&json!("Mina Manager"), &json!("manager"), &json!(null)));
        assert!(me["permissions"].as_array().unwrap().contains(&json!("manage_cases")));
        let organisation = app.organisation("Health Trust", "health");
        let me = app.adviser_of(&organisation).get("/me").expect(200).json;
        assert_eq!(me["organisation"], json!({"id": organisation, "name": "Health Trust"}));
        assert_eq!(me["permissions"], json!(["signed_in", "answer_advice", "read_organisations"]));
    }

    fn unknown_wrong_inactive_and_without_password_are_answered_alike(app: &TestApp) {
        let admin = app.admin();
        let add = |name: &str, more: Value| {
            let mut body = json!({"email": format!("{name}@example.org"), "name": name, "role": "caseworker"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin.post("/users", &body).expect(201);
        };
        add("gone", json!({"active": false, "password": PASSWORD}));
        add("new", json!({}));
        let answers: Vec<_> = ["nobody@example.org", "gone@example.org", "new@example.org", "not an address"]
            .iter()
            .map(|email| login(app, email, PASSWORD))
            .chain([login(app, "mina.manager@example.org", "not the password")])
            .map(|answer| {
                let mut problem = answer.refused(401, "invalid_credentials").json;
                problem["request_id"].take();
                problem
            })
            .collect();
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    }

    fn an_unknown_account_takes_as_long_as_a_wrong_password(app: &TestApp) {
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..3 {
            for _ in 0..5 {
                for (times, email) in took.iter_mut().zip(["mina.manager@example.org", "nobody@example.org"]) {
                    let began = std::time::Instant::now();
                    login(app, email, "not the password").refused(401, "invalid_credentials");
                    times.push(began.elapsed());
                }
            }
            app.execute("DELETE FROM sign_in_failures");
        }
        let [wrong, unknown] = took.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        });
        // A hash takes many times as long as the rest, so that leaving it out would show.
        assert!(unknown * 2 > wrong && wrong * 2 > unknown, "wrong {wrong:?}, unknown {unknown:?}");
    }

    fn a_one_time_code_is_taken_from_those_who_have_none(app: &TestApp) {
        let body = json!({"email": "mina.manager@example.org", "password": PASSWORD, "otp": "123456"});
        app.request("POST", "/auth/login").json(&body).send().expect(200);
    }

    fn a_body_that_is_not_a_sign_in_is_a_fault(app: &TestApp) {
        let answer = app.request("POST", "/auth/login").json(&json!({"email": 7, "pass": "x"})).send().expect(422);
        let mut faults = answer.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/email", "wrong_type"), ("/pass", "unknown_field"), ("/password", "missing_field")]);
    }

    fn five_failures_close_an_account_for_a_while_known_or_not(app: &TestApp) {
        for email in ["mina.manager@example.org", "nobody@example.org"] {
            for _ in 0..5 {
                login(app, email, "not the password").refused(401, "invalid_credentials");
            }
            let answer = login(app, email, PASSWORD).refused(429, "throttled");
            let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((800..=900).contains(&seconds), "{seconds}");
        }
        login(app, "cass.caseworker@example.org", PASSWORD).expect(200);
        // The count is in the database, so a start anew does not forget it.
        app.on_day("2026-01-06");
        login(app, "Mina.Manager@example.org", PASSWORD).refused(429, "throttled");
        app.execute("UPDATE sign_in_failures SET failed_at = '2020-01-01T00:00:00.000000Z'");
        login(app, "mina.manager@example.org", PASSWORD).expect(200);
    }

    fn a_success_forgets_the_failures_before_it_and_refusals_do_not_count(app: &TestApp) {
        let email = "mina.manager@example.org";
        for _ in 0..2 {
            for _ in 0..4 {
                login(app, email, "not the password").refused(401, "invalid_credentials");
            }
            login(app, email, PASSWORD).expect(200);
        }
    }

    fn many_failures_from_one_address_close_it(app: &TestApp) {
        let at = Clock::default().read().at;
        let rows: Vec<_> = (0..50).map(|n| format!("('{}', 'account {n}', '127.0.0.1', '{at}')", Id::new())).collect();
        let insert = "INSERT INTO sign_in_failures (id, account_hash, address, failed_at) VALUES";
        app.execute(&format!("{insert} {}", rows[..49].join(",")));
        login(app, "mina.manager@example.org", PASSWORD).expect(200);
        app.execute(&format!("{insert} {}", rows[49]));
        login(app, "mina.manager@example.org", PASSWORD).refused(429, "throttled");
    }

    fn many_attempts_at_once_do_not_slip_past_the_count(app: &TestApp) {
        let judged = std::thread::scope(|scope| {
            let attempt = || login(app, "mina.manager@example.org", "not the password").status;
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(attempt)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).filter(|status| *status == 401).count()
        });
        assert!((1..=5).contains(&judged), "{judged} passwords were tried");
    }

    fn sign_ins_are_on_record_without_an_address_of_mail(app: &TestApp) {
        let manager = app.manager();
        login(app, &manager.email, "not the password").refused(401, "invalid_credentials");
        login(app, "nobody@example.org", "not the password").refused(401, "invalid_credentials");
        let body = json!({"refresh_token": manager.refresh_token});
        app.request("POST", "/auth/logout").json(&body).header("X-Request-Id", "the-last-one").send().expect(204);
        let events = app.events();
        let of_manager: Vec<_> = events.iter().filter(|event| event.subject_id == manager.id).collect();
        let actions: Vec<_> = of_manager.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(actions, ["user_added", "signed_in", "sign_in_failed", "signed_out"]);
        assert!(of_manager[1..].iter().all(|event| event.address.as_deref() == Some("127.0.0.1")));
        assert!(of_manager[1..].iter().all(|event| event.details.is_empty()), "{of_manager:?}");
        assert_eq!(of_manager[3].request_id, "the-last-one");
    }
}

#[test]
fn behind_a_trusted_proxy_the_address_is_the_clients() {
    let sign_in = |trusted: &str| {
        let app = TestApp::with(Backend::Sqlite, "2026-01-05", &[("EHCP_TRUSTED_PROXIES", trusted)]);
        let body = json!({"email": "mina.manager@example.org", "password": PASSWORD});
        let request = app.request("POST", "/auth/login").header("X-Forwarded-For", "203.0.113.9, 198.51.100.7");
        request.json(&body).send().expect(200);
        app.events().pop().unwrap().address
    };
    assert_eq!(sign_in("192.0.2.0/24, 127.0.0.1").as_deref(), Some("198.51.100.7"));
    assert_eq!(sign_in("192.0.2.0/24").as_deref(), Some("127.0.0.1"), "nobody else is believed");
}

#[test]
fn failed_sign_ins_are_counted_by_the_client_behind_a_trusted_proxy() {
    let app = TestApp::with(Backend::Sqlite, "2026-01-05", &[("EHCP_TRUSTED_PROXIES", "127.0.0.1")]);
    let at = Clock::default().read().at;
    let rows: Vec<_> = (0..50).map(|n| format!("('{}', 'account {n}', '198.51.100.7', '{at}')", Id::new())).collect();
    app.execute(&format!(
        "INSERT INTO sign_in_failures (id, account_hash, address, failed_at) VALUES {}",
        rows.join(",")
    ));
    let from = |address: &str| {
        let body = json!({"email": "mina.manager@example.org", "password": PASSWORD});
        app.request("POST", "/auth/login").header("X-Forwarded-For", address).json(&body).send().status
    };
    assert_eq!((from("198.51.100.7"), from("198.51.100.8")), (429, 200));
}
