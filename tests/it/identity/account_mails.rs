//! Invitations and resets: a mail, a link that is good for once, and a password of one's own.

use crate::support::mail::Mail;
use crate::support::personas::PASSWORD;
use crate::support::{Backend, Response, TestApp, both, json};

const NEW: &str = "a brighter red bicycle";

const CASS: &str = "cass.caseworker@example.org";

fn ask(app: &TestApp, email: &str) -> Response {
    app.request("POST", "/auth/password-reset").json(&json!({"email": email})).send()
}

fn login(app: &TestApp, email: &str, password: &str) -> Response {
    app.request("POST", "/auth/login").json(&json!({"email": email, "password": password})).send()
}

fn set(app: &TestApp, token: &str, password: &str) -> Response {
    app.request("POST", "/auth/password").json(&json!({"token": token, "new_password": password})).send()
}

/// What the mail of a reset says that is asked for now and good for some minutes: until when, not for how long, since it
/// may leave later.
fn subject_now(app: &TestApp, minutes: i64) -> String {
    let until = app.process().now().at.plus(chrono::TimeDelta::minutes(minutes)).utc();
    until.with_timezone(&chrono_tz::Europe::London).format("Choose a new password by %H:%M on %-d %B %Y").to_string()
}

/// The token in the newest mail.
fn mailed_token(app: &TestApp) -> String {
    app.deliver();
    token_in(app.mails().last().expect("a mail"))
}

fn token_in(mail: &Mail) -> String {
    let (_, rest) = mail.text.split_once("/api/v1/auth/password-links/").unwrap_or_else(|| panic!("{}", mail.text));
    rest.split_whitespace().next().unwrap().to_owned()
}

fn invite(app: &TestApp, email: &str) -> Response {
    let body = json!({"email": email, "name": "Nia New", "role": "caseworker"});
    app.admin().post("/users", &body).expect(201)
}

both! {
    fn who_is_added_without_a_password_is_invited_to_choose_one(app: &TestApp) {
        app.on_day("2026-01-10");
        let made = invite(app, "Nia.New@example.org");
        assert_eq!(made.json["has_password"], false);
        let token = mailed_token(app);
        let mail = app.mails().pop().unwrap();
        assert_eq!(mail.to, ["nia.new@example.org"], "on a Saturday: account mails know no hours");
        assert!(mail.subject.starts_with("Your account with Local authority: choose a password by "), "{}", mail.subject);
        assert!(!mail.raw.contains("Nia New"), "{}", mail.raw);
        set(app, &token, NEW).expect(204);
        login(app, "nia.new@example.org", NEW).expect(200);
        let shown = app.admin().get(&format!("/users/{}", made.id())).expect(200).json;
        assert_eq!(shown["has_password"], true);
        let actions: Vec<_> = app.events().into_iter().filter(|event| event.subject_id == made.id()).map(|event| event.action).collect();
        assert_eq!(actions, ["user_added", "invitation_mailed", "password_set", "signed_in"]);
    }

    fn who_has_a_password_or_may_not_sign_in_is_not_invited(app: &TestApp) {
        let admin = app.admin();
        let add = |more: crate::support::Value| {
            let mut body = json!({"email": format!("u{}@example.org", app.count("users")), "name": "U", "role": "caseworker"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin.post("/users", &body).expect(201)
        };
        add(json!({"password": PASSWORD}));
        let gone = add(json!({"active": false}));
        assert_eq!(app.count("messages"), 0);
        let back = admin.patch(&format!("/users/{}", gone.id()), &gone.etag, &json!({"active": true})).expect(200);
        assert_eq!(app.count("messages"), 1, "who may sign in now is invited now");
        admin.patch(&format!("/users/{}", gone.id()), &back.etag, &json!({"name": "V"})).expect(200);
        assert_eq!(app.count("messages"), 1);
    }

    fn an_invitation_to_an_address_that_was_wrong_ends_and_goes_to_the_right_one(app: &TestApp) {
        let made = invite(app, "mistyped@example.org");
        let wrong = mailed_token(app);
        let path = format!("/users/{}", made.id());
        let changed = app.admin().patch(&path, &made.etag, &json!({"email": "right@example.org"})).expect(200);
        set(app, &wrong, NEW).refused(401, "invalid_token");
        let right = mailed_token(app);
        assert_eq!(app.mails().last().unwrap().to, ["right@example.org"]);
        // One that has not left yet is withdrawn with its link.
        app.admin().patch(&path, &changed.etag, &json!({"email": "final@example.org"})).expect(200);
        set(app, &right, NEW).refused(401, "invalid_token");
        let changed = app.admin().get(&path).expect(200);
        app.admin().patch(&path, &changed.etag, &json!({"active": false})).expect(200);
        assert_eq!(app.deliver().sent, 0);
        assert_eq!(app.texts("SELECT state AS text FROM messages ORDER BY id"), ["sent", "sent", "withdrawn"]);
    }

    fn a_forgotten_password_is_replaced_by_the_link_of_a_mail(app: &TestApp) {
        let signed_in = app.caseworker();
        for _ in 0..5 {
            login(app, CASS, "not the password").refused(401, "invalid_credentials");
        }
        login(app, CASS, PASSWORD).refused(429, "throttled");
        let asked = subject_now(app, 60);
        ask(app, " Cass.Caseworker@EXAMPLE.org ").expect(204);
        let token = mailed_token(app);
        let mail = app.mails().pop().unwrap();
        assert_eq!(mail.to, [CASS]);
        assert!([asked, subject_now(app, 60)].contains(&mail.subject), "{}", mail.subject);
        set(app, &token, "too short").refused(422, "password_too_weak");
        set(app, &token, "cass.caseworker is my name").refused(422, "password_too_weak");
        set(app, &token, NEW).expect(204);
        signed_in.get("/me").refused(401, "invalid_token");
        login(app, CASS, NEW).expect(200);
        login(app, CASS, PASSWORD).refused(401, "invalid_credentials");
        set(app, &token, "once more a password").refused(401, "invalid_token");
        let kept = app.texts("SELECT token_hash || purpose AS text FROM account_links");
        assert!(kept.iter().all(|row| !row.contains(&token)), "{kept:?}");
        let queued = app.texts("SELECT CAST(params AS text) AS text FROM messages");
        assert!(queued.iter().all(|row| !row.contains(&token)), "{queued:?}");
        let events = app.events();
        assert!(events.iter().all(|event| !event.details.contains(&token) && !event.details.contains("argon2")));
    }

    fn one_link_used_ends_the_others_and_time_ends_them_all(app: &TestApp) {
        ask(app, CASS).expect(204);
        let first = mailed_token(app);
        ask(app, CASS).expect(204);
        let second = mailed_token(app);
        ask(app, CASS).expect(204);
        assert_ne!(first, second);
        set(app, &second, NEW).expect(204);
        set(app, &first, NEW).refused(401, "invalid_token");
        assert_eq!(app.deliver().sent, 0, "the third mail is withdrawn with its link");
        ask(app, CASS).expect(204);
        let late = mailed_token(app);
        app.execute("UPDATE account_links SET expires_at = '2020-01-01T00:00:00.000000Z'");
        set(app, &late, NEW).refused(401, "invalid_token");
        ask(app, CASS).expect(204);
        let deactivated = mailed_token(app);
        assert_eq!(app.texts("SELECT purpose AS text FROM account_links WHERE ended_at IS NULL").len(), 1, "what expired is forgotten");
        app.execute("UPDATE users SET active = FALSE WHERE email = 'cass.caseworker@example.org'");
        set(app, &deactivated, NEW).refused(401, "invalid_token");
    }

    fn a_changed_password_ends_the_links_that_were_on_their_way(app: &TestApp) {
        let caseworker = app.caseworker();
        ask(app, CASS).expect(204);
        let token = mailed_token(app);
        caseworker.post("/auth/password", &json!({"current_password": PASSWORD, "new_password": NEW})).expect(204);
        set(app, &token, NEW).refused(401, "invalid_token");
    }

    fn of_two_who_use_a_link_at_once_one_is_too_late(app: &TestApp) {
        ask(app, CASS).expect(204);
        let token = mailed_token(app);
        let held = "UPDATE users SET version = version";
        let mut statuses = app.at_once(held, 3, |n| set(app, &token, &format!("{NEW} {n}")).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 401, 401]);
    }

    fn known_and_unknown_are_answered_alike_and_counted_alike(app: &TestApp) {
        app.admin().post("/users", &json!({"email": "gone@example.org", "name": "G", "role": "caseworker", "active": false, "password": PASSWORD})).expect(201);
        for email in [CASS, "gone@example.org", "nobody@example.org", "not an address"] {
            for _ in 0..5 {
                let answer = ask(app, email).expect(204);
                assert!(answer.bytes.is_empty());
            }
            let refused = ask(app, email).refused(429, "throttled");
            let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((800..=900).contains(&seconds), "{seconds}");
        }
        assert_eq!(app.count("messages"), 5, "for the one who is known");
        // Nobody shuts another's door by asking for resets, and failed sign-ins don't keep anybody from a reset.
        login(app, CASS, PASSWORD).expect(200);
    }

    fn many_requests_from_one_address_are_made_to_wait(app: &TestApp) {
        for n in 0..50 {
            ask(app, &format!("somebody{n}@example.org")).expect(204);
        }
        ask(app, CASS).refused(429, "throttled");
        login(app, CASS, PASSWORD).expect(200);
    }

    fn guessed_links_are_answered_alike_and_made_to_wait(app: &TestApp) {
        ask(app, CASS).expect(204);
        let token = mailed_token(app);
        for n in 0..50 {
            set(app, &format!("guess {n}"), NEW).refused(401, "invalid_token");
        }
        set(app, &token, NEW).refused(429, "throttled");
        app.request("GET", &format!("/auth/password-links/{token}")).send().expect(429);
        login(app, CASS, PASSWORD).expect(200);
    }

    fn the_link_opens_a_page_with_a_form_that_works_without_script(app: &TestApp) {
        ask(app, CASS).expect(204);
        let path = format!("/auth/password-links/{}", mailed_token(app));
        let send = |password: &str| {
            let body = form_urlencoded::Serializer::new(String::new()).append_pair("new_password", password).finish();
            app.request("POST", &path).body("application/x-www-form-urlencoded", body).send()
        };
        for _ in 0..3 {
            let page = app.request("GET", &path).send().expect(200);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
            assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
            assert!(page.text().contains("<label for=\"new_password\">") && !page.text().contains("<script"), "{}", page.text());
            assert!(!page.text().contains("child"), "it is about an account");
        }
        let weak = send("too short").expect(422).text();
        assert!(weak.contains("Error: Use at least 12 characters") && weak.contains("role=\"alert\""), "{weak}");
        assert!(send(NEW).expect(200).text().contains("You can sign in with it now"));
        assert!(send(NEW).expect(401).text().contains("does not open anything"));
        assert!(app.request("GET", &path).send().expect(404).text().contains("does not open anything"));
        login(app, CASS, NEW).expect(200);
        app.request("POST", &path).json(&json!({"new_password": NEW})).send().expect(415);
    }

    fn what_shows_that_a_password_may_be_set_is_given_and_once(app: &TestApp) {
        let post = |body: crate::support::Value| app.request("POST", "/auth/password").json(&body).send();
        post(json!({"new_password": NEW})).refused(401, "unauthenticated");
        post(json!({"current_password": PASSWORD, "new_password": NEW})).refused(401, "unauthenticated");
        assert_eq!(post(json!({"token": "x"})).expect(422).faults(), [("/new_password", "missing_field")]);
        ask(app, CASS).expect(204);
        let token = mailed_token(app);
        let twice = post(json!({"token": token, "current_password": PASSWORD, "new_password": NEW})).expect(422);
        assert_eq!(twice.faults(), [("/token", "contradiction")]);
        let neither = app.caseworker().post("/auth/password", &json!({"new_password": NEW})).expect(422);
        assert_eq!(neither.faults(), [("/current_password", "missing_field")]);
    }
}

#[test]
fn a_front_end_gets_the_token_where_no_log_sees_it() {
    let settings = [("EHCP_ACCOUNT_URL", "https://ehcp.example.gov.uk/password"), ("EHCP_PASSWORD_RESET_MINUTES", "5")];
    let app = TestApp::with(Backend::Sqlite, "2026-01-05", &settings);
    let asked = subject_now(&app, 5);
    ask(&app, CASS).expect(204);
    app.deliver();
    let mail = app.mails().pop().unwrap();
    let (_, rest) = mail.text.split_once("https://ehcp.example.gov.uk/password#token=").unwrap();
    let token = rest.split_whitespace().next().unwrap();
    assert!(
        mail.html.contains(&format!("https:&#x2f;&#x2f;ehcp.example.gov.uk&#x2f;password#token={token}")),
        "{}",
        mail.html
    );
    assert!([asked, subject_now(&app, 5)].contains(&mail.subject), "{}", mail.subject);
    set(&app, token, NEW).expect(204);
}
