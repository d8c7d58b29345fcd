//! One-time codes: setting them up, signing in with them, losing the device, and where they are compulsory.

use std::time::SystemTime;

use totp_rs::{Builder, Secret};

use crate::support::personas::PASSWORD;
use crate::support::{Backend, Persona, Response, TestApp, Value, both, json};

const MAIL: &str = "cass.caseworker@example.org";

/// The code that a device shows so many steps from now.
fn code(secret: &str, steps_from_now: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(now + 30 * steps_from_now).to_string()
}

fn login(app: &TestApp, otp: Option<&str>) -> Response {
    let mut body = json!({"email": MAIL, "password": PASSWORD});
    if let Some(otp) = otp {
        body["otp"] = json!(otp);
    }
    app.request("POST", "/auth/login").json(&body).send()
}

fn begin(persona: &Persona) -> String {
    let begun = persona.post("/me/otp", &json!({"current_password": PASSWORD})).expect(200);
    assert!(begun.json["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
    begun.json["secret"].as_str().unwrap().to_owned()
}

/// Sets codes up; answers the secret and the recovery codes.
fn set_up(persona: &Persona) -> (String, Vec<String>) {
    let secret = begin(persona);
    let confirmed = persona.post("/me/otp/confirmation", &json!({"otp": code(&secret, 0)})).expect(200);
    let codes = confirmed.json["recovery_codes"].as_array().unwrap().iter();
    (secret, codes.map(|code| code.as_str().unwrap().to_owned()).collect())
}

both! {
    fn signing_in_asks_for_a_code_once_codes_are_set_up(app: &TestApp) {
        let (here, there) = (app.caseworker(), app.sign_in(MAIL, PASSWORD));
        let secret = begin(&here);
        login(app, None).expect(200);
        here.post("/me/otp/confirmation", &json!({"otp": "12345"})).refused(422, "wrong_otp");
        assert_eq!(here.get("/me").expect(200).json["has_otp"], false);
        here.post("/me/otp/confirmation", &json!({"otp": code(&secret, 0)})).expect(200);
        assert_eq!(here.get("/me").expect(200).json["has_otp"], true);
        there.get("/me").refused(401, "invalid_token");
        login(app, None).refused(401, "otp_required");
        login(app, Some(" ")).refused(401, "otp_required");
        login(app, Some("000000")).refused(401, "invalid_credentials");
        login(app, Some(&code(&secret, 1))).expect(200);
        here.post("/me/otp/confirmation", &json!({"otp": code(&secret, 1)})).refused(409, "already_exists");
        here.post("/me/otp", &json!({"current_password": PASSWORD})).refused(409, "already_exists");
        let actions: Vec<_> = app.events().into_iter().map(|event| event.action).collect();
        assert_eq!(actions.iter().filter(|action| *action == "otp_asked_for").count(), 2, "the password was right: {actions:?}");
        assert!(actions.contains(&"otp_set_up".to_owned()) && actions.contains(&"sign_in_failed".to_owned()));
    }

    fn a_code_that_was_used_is_taken_from_nobody_again(app: &TestApp) {
        let (secret, _) = set_up(&app.caseworker());
        login(app, Some(&code(&secret, 0))).refused(401, "invalid_credentials");
        let next = code(&secret, 1);
        let mut statuses = app.at_once("UPDATE users SET version = version", 4, |_| login(app, Some(&next)).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401]);
    }

    fn guesses_of_a_code_close_the_account_like_guesses_of_a_password(app: &TestApp) {
        let (secret, _) = set_up(&app.caseworker());
        for _ in 0..8 {
            login(app, None).refused(401, "otp_required");
        }
        for _ in 0..5 {
            login(app, Some("000000")).refused(401, "invalid_credentials");
        }
        login(app, Some(&code(&secret, 1))).refused(429, "throttled");
    }

    fn a_recovery_code_opens_the_account_once(app: &TestApp) {
        let (_, codes) = set_up(&app.caseworker());
        assert_eq!(codes.len(), 10);
        login(app, Some(&codes[0].to_uppercase().replace('-', " "))).expect(200);
        login(app, Some(&codes[0])).refused(401, "invalid_credentials");
        login(app, Some(&codes[1])).expect(200);
        // They are one person's own.
        let manager = json!({"email": "mina.manager@example.org", "password": PASSWORD, "otp": codes[2]});
        set_up(&app.manager());
        app.request("POST", "/auth/login").json(&manager).send().refused(401, "invalid_credentials");
        assert_eq!(app.events().iter().filter(|event| event.action == "recovery_code_used").count(), 2);
    }

    fn codes_are_given_up_with_the_password_and_a_code(app: &TestApp) {
        let caseworker = app.caseworker();
        let give_up = |password: &str, otp: &str| {
            caseworker.request("DELETE", "/me/otp").json(&json!({"current_password": password, "otp": otp})).send()
        };
        give_up(PASSWORD, "123456").refused(404, "not_found");
        let (secret, codes) = set_up(&caseworker);
        give_up("another password", &code(&secret, 1)).refused(401, "invalid_credentials");
        give_up(PASSWORD, "000000").refused(401, "invalid_credentials");
        give_up(PASSWORD, &code(&secret, 1)).expect(204);
        login(app, None).expect(200);
        assert_eq!((app.count("one_time_secrets"), app.count("recovery_codes")), (0, 0));
        set_up(&caseworker);
        login(app, Some(&codes[0])).refused(401, "invalid_credentials");
    }

    fn an_administrator_helps_whoever_lost_everything(app: &TestApp) {
        let (admin, caseworker) = (app.admin(), app.caseworker());
        let path = format!("/users/{}/otp", caseworker.id);
        admin.delete(&path).refused(404, "not_found");
        set_up(&caseworker);
        app.manager().delete(&path).refused(403, "forbidden");
        set_up(&admin);
        let own = admin.delete(&format!("/users/{}/otp", admin.id)).refused(403, "forbidden");
        assert!(own.text().contains("/me/otp"), "{}", own.text());
        assert_eq!(admin.get("/me").expect(200).json["has_otp"], true);
        admin.delete(&path).expect(204);
        caseworker.get("/me").refused(401, "invalid_token");
        login(app, None).expect(200);
        let events = app.events();
        let event = events.iter().find(|event| event.action == "otp_removed").unwrap();
        assert_eq!((&event.actor_name, &event.subject_id), (&admin.name, &caseworker.id));
    }

    fn neither_secrets_nor_recovery_codes_are_kept_as_they_are(app: &TestApp) {
        let (secret, codes) = set_up(&app.caseworker());
        let kept = app.texts("SELECT secret AS text FROM one_time_secrets");
        assert!(kept.len() == 1 && !kept[0].contains(&secret));
        let kept = app.texts("SELECT code_hash AS text FROM recovery_codes");
        assert!(kept.len() == 10 && !kept.iter().any(|hash| codes.iter().any(|code| hash.contains(code.as_str()))));
        assert!(app.events().iter().all(|event| !event.details.contains(&secret)));
        assert_eq!(app.count("idempotency_keys"), 0);
    }

    fn a_secret_moved_to_another_account_opens_none(app: &TestApp) {
        set_up(&app.caseworker());
        let manager = app.manager();
        let (secret, _) = set_up(&manager);
        app.execute(&format!(
            "UPDATE one_time_secrets SET last_step = 0, secret = (SELECT secret FROM one_time_secrets WHERE user_id = '{}')",
            manager.id
        ));
        login(app, Some(&code(&secret, 1))).refused(401, "otp_unreadable");
    }

    fn after_a_change_of_the_signing_secret_people_are_told_what_to_do(app: &TestApp) {
        let (who, manager) = (app.caseworker(), app.manager());
        let (secret, recovery_codes) = set_up(&who);
        begin(&manager);
        app.admin();
        let database = app.settings()["EHCP_DATABASE_URL"].clone();
        let settings = [("EHCP_DATABASE_URL", database.as_str()), ("EHCP_JWT_SECRET", "another secret of thirty-two bytes and more")];
        let changed = TestApp::with(app.backend(), "2026-01-05", &settings);
        for shown in [&code(&secret, 1), &recovery_codes[0]] {
            let told = login(&changed, Some(shown)).refused(401, "otp_unreadable");
            assert!(told.text().contains("Ask an administrator"), "{}", told.text());
        }
        login(&changed, None).refused(401, "otp_required");
        // What was begun and not confirmed is begun again.
        let manager = changed.manager();
        manager.post("/me/otp/confirmation", &json!({"otp": "123456"})).refused(409, "not_possible_now");
        set_up(&manager);
        changed.admin().delete(&format!("/users/{}/otp", who.id)).expect(204);
        login(&changed, None).expect(200);
    }

    fn signing_out_everywhere_ends_every_session_of_ones_own(app: &TestApp) {
        let (here, there, other) = (app.caseworker(), app.sign_in(MAIL, PASSWORD), app.manager());
        here.delete("/me/sessions").expect(204);
        for mine in [&here, &there] {
            mine.get("/me").refused(401, "invalid_token");
            let body = json!({"refresh_token": mine.refresh_token});
            app.request("POST", "/auth/refresh").json(&body).send().refused(401, "invalid_token");
        }
        other.get("/me").expect(200);
        login(app, None).expect(200);
        assert!(app.events().iter().any(|event| event.action == "signed_out_everywhere"));
    }

    fn common_passwords_are_refused_wherever_one_is_set(app: &TestApp) {
        let caseworker = app.caseworker();
        for common in ["passwordpassword", "Liverpool2026!", "123456789012"] {
            let body = json!({"current_password": PASSWORD, "new_password": common});
            caseworker.post("/auth/password", &body).refused(422, "password_too_weak");
            let body = json!({"email": "new@example.org", "name": "New", "role": "caseworker", "password": common});
            app.admin().post("/users", &body).refused(422, "password_too_weak");
        }
    }
}

fn where_codes_are_compulsory(test: fn(&TestApp)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if backend.is_there() {
            test(&TestApp::with(backend, "2026-01-05", &[("EHCP_OTP", "required")]));
        }
    }
}

fn token(answer: &Response, name: &str) -> String {
    answer.json[name].as_str().unwrap().to_owned()
}

#[test]
fn where_codes_are_compulsory_a_password_alone_sets_them_up_and_does_nothing_else() {
    where_codes_are_compulsory(|app| {
        let begun = login(app, None).expect(200);
        assert_eq!(begun.json["otp_enrolment_required"], true);
        let other = login(app, None).expect(200);
        let access = token(&begun, "access_token");
        let ask = |method: &str, path: &str, body: &Value| app.request(method, path).bearer(&access).json(body).send();
        for path in ["/cases", "/me", "/users", "/me/sessions", "/advice-requests", "/calendar/bank-holidays"] {
            app.request("GET", path).bearer(&access).send().refused(403, "otp_enrolment_required");
        }
        ask("POST", "/cases", &json!({})).refused(403, "otp_enrolment_required");
        let another = json!({"current_password": PASSWORD, "new_password": "narrow blue lantern"});
        ask("POST", "/auth/password", &another).refused(403, "otp_enrolment_required");
        let begun_otp = ask("POST", "/me/otp", &json!({"current_password": PASSWORD})).expect(200);
        let secret = token(&begun_otp, "secret");
        ask("POST", "/me/otp/confirmation", &json!({"otp": code(&secret, 0)})).expect(200);
        // The other session was begun with a password alone.
        let refresh = |of: &Response| {
            let body = json!({"refresh_token": token(of, "refresh_token")});
            app.request("POST", "/auth/refresh").json(&body).send()
        };
        refresh(&other).refused(401, "invalid_token");
        let whole = refresh(&begun).expect(200);
        assert!(whole.json.get("otp_enrolment_required").is_none());
        app.request("GET", "/cases").bearer(&token(&whole, "access_token")).send().expect(200);
        login(app, Some(&code(&secret, 1))).expect(200);
    });
}

#[test]
fn a_token_for_setting_up_can_not_be_made_one_for_everything() {
    where_codes_are_compulsory(|app| {
        let begun = login(app, None).expect(200);
        let body = json!({"refresh_token": token(&begun, "refresh_token")});
        let again = app.request("POST", "/auth/refresh").json(&body).send().expect(200);
        assert_eq!(again.json["otp_enrolment_required"], true);
        app.request("GET", "/cases")
            .bearer(&token(&again, "access_token"))
            .send()
            .refused(403, "otp_enrolment_required");
    });
}
