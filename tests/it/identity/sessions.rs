//! Sessions: refreshing, signing out, and looking after one's own.

use crate::support::personas::PASSWORD;
use crate::support::{Response, TestApp, both, json};

fn refresh(app: &TestApp, token: &str) -> Response {
    app.request("POST", "/auth/refresh").json(&json!({"refresh_token": token})).send()
}

fn token(answer: &Response, name: &str) -> String {
    answer.json[name].as_str().unwrap().to_owned()
}

both! {
    fn a_refresh_token_is_good_for_once_and_a_second_use_ends_its_family(app: &TestApp) {
        let (mine, other) = (app.caseworker(), app.sign_in("cass.caseworker@example.org", PASSWORD));
        let first = refresh(app, &mine.refresh_token).expect(200);
        let second = refresh(app, &token(&first, "refresh_token")).expect(200);
        let access = token(&second, "access_token");
        app.request("GET", "/me").bearer(&access).send().expect(200);
        refresh(app, &token(&first, "refresh_token")).refused(401, "invalid_token");
        app.request("GET", "/me").bearer(&access).send().refused(401, "invalid_token");
        refresh(app, &token(&second, "refresh_token")).refused(401, "invalid_token");
        mine.get("/me").refused(401, "invalid_token");
        other.get("/me").expect(200);
        assert_eq!(app.events().iter().filter(|event| event.action == "session_ended").count(), 1);
    }

    fn of_two_who_show_a_token_at_once_one_is_refused_and_the_session_ends(app: &TestApp) {
        let mine = app.caseworker();
        let held = "UPDATE refresh_tokens SET issued_at = issued_at";
        let mut statuses = app.at_once(held, 4, |_| refresh(app, &mine.refresh_token).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401]);
        mine.get("/me").refused(401, "invalid_token");
    }

    fn signing_out_ends_the_session_at_once_and_is_answered_alike(app: &TestApp) {
        let mine = app.caseworker();
        let out = |token: &str| app.request("POST", "/auth/logout").json(&json!({"refresh_token": token})).send();
        out(&mine.refresh_token).expect(204);
        mine.get("/me").refused(401, "invalid_token");
        refresh(app, &mine.refresh_token).refused(401, "invalid_token");
        out(&mine.refresh_token).expect(204);
        out("no token at all").expect(204);
        refresh(app, "no token at all").refused(401, "invalid_token");
    }

    fn a_session_that_nobody_refreshed_has_ended(app: &TestApp) {
        let mine = app.caseworker();
        app.execute("UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000000Z'");
        mine.get("/me").refused(401, "invalid_token");
        refresh(app, &mine.refresh_token).refused(401, "invalid_token");
        // What ended is forgotten at the next sign-in.
        app.sign_in(&mine.email, PASSWORD).get("/me").expect(200);
        assert_eq!(app.count("sessions"), 1);
        assert_eq!(app.count("refresh_tokens"), 1);
    }

    fn people_see_and_end_their_own_sessions_and_no_others(app: &TestApp) {
        let (here, there) = (app.caseworker(), app.sign_in("cass.caseworker@example.org", PASSWORD));
        let listed = here.get("/me/sessions?count=true").expect(200).json;
        assert_eq!(listed["total"], 2);
        let items = listed["items"].as_array().unwrap();
        assert_eq!(items.iter().map(|item| item["current"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
        assert_eq!(items[0]["address"], "127.0.0.1");
        let path = format!("/me/sessions/{}", items[0]["id"].as_str().unwrap());
        app.manager().delete(&path).refused(404, "not_found");
        there.get("/me").expect(200);
        here.delete(&path).expect(204);
        there.get("/me").refused(401, "invalid_token");
        here.delete(&path).refused(404, "not_found");
        assert_eq!(here.get("/me/sessions").expect(200).json["items"].as_array().unwrap().len(), 1);
    }

    fn tokens_and_passwords_are_not_kept_as_they_are(app: &TestApp) {
        let mine = app.caseworker();
        let kept = app.texts("SELECT token_hash AS text FROM refresh_tokens");
        assert!(!kept.is_empty() && !kept.contains(&mine.refresh_token));
        let kept = app.texts("SELECT password_hash AS text FROM users WHERE password_hash IS NOT NULL");
        assert!(kept.iter().all(|hash| hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")), "{kept:?}");
    }
}
