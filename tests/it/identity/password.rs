//! Changing one's own password.

use crate::support::personas::PASSWORD;
use crate::support::{both, json};

const NEW: &str = "a brighter red bicycle";

both! {
    fn a_changed_password_ends_the_other_sessions_and_takes_effect_at_once(app: &TestApp) {
        let (here, there) = (app.caseworker(), app.sign_in("cass.caseworker@example.org", PASSWORD));
        here.post("/auth/password", &json!({"current_password": PASSWORD, "new_password": NEW})).expect(204);
        here.get("/me").expect(200);
        there.get("/me").refused(401, "invalid_token");
        let login = |password: &str| {
            let body = json!({"email": here.email, "password": password});
            app.request("POST", "/auth/login").json(&body).send()
        };
        login(PASSWORD).refused(401, "invalid_credentials");
        login(NEW).expect(200);
    }

    fn a_weak_password_is_refused_with_its_reason(app: &TestApp) {
        let caseworker = app.caseworker();
        for weak in ["too short", "Cass.Caseworker once more", &"x".repeat(257)] {
            let body = json!({"current_password": PASSWORD, "new_password": weak});
            let answer = caseworker.post("/auth/password", &body).refused(422, "password_too_weak");
            assert_eq!(answer.faults(), [("/new_password", "password_too_weak")]);
        }
        let answer = caseworker.post("/auth/password", &json!({"old": "x"})).expect(422);
        assert_eq!(answer.faults().len(), 3, "{:?}", answer.faults());
    }

    fn guessing_the_current_password_counts_as_failed_sign_ins(app: &TestApp) {
        let caseworker = app.caseworker();
        let body = json!({"current_password": "a guess of somebody", "new_password": NEW});
        for _ in 0..5 {
            caseworker.post("/auth/password", &body).refused(401, "invalid_credentials");
        }
        let right = json!({"current_password": PASSWORD, "new_password": NEW});
        caseworker.post("/auth/password", &right).refused(429, "throttled");
        caseworker.get("/me").expect(200);
    }
}
