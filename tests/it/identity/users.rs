//! Users, as administrators manage them and colleagues pick them.

use ehcp_tracker::auth::Role;

use crate::support::personas::PASSWORD;
use crate::support::{both, json};

both! {
    fn a_user_is_added_changed_and_listed(app: &TestApp) {
        let admin = app.admin();
        let body = json!({"email": "Nia.New@Example.org", "name": " Nia New ", "role": "caseworker", "password": PASSWORD});
        let made = admin.post("/users", &body).expect(201);
        assert_eq!((&made.json["email"], &made.json["name"]), (&json!("nia.new@example.org"), &json!("Nia New")));
        assert_eq!((&made.json["active"], &made.json["has_password"]), (&json!(true), &json!(true)));
        assert!(!made.text().contains("argon2"));
        let path = made.header("location").unwrap();
        assert_eq!(admin.get(path).expect(200).json, made.json);
        let changed = admin.patch(path, &made.etag, &json!({"name": "Nia Newman"})).expect(200);
        assert_eq!((&changed.json["name"], changed.etag.as_str()), (&json!("Nia Newman"), "\"2\""));
        admin.patch(path, &made.etag, &json!({"name": "Nia"})).refused(412, "stale");
        let listed = admin.get("/users?role=caseworker&active=true&count=true").expect(200).json;
        let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
        assert_eq!((names, &listed["total"]), (vec!["Cass Caseworker", "Nia Newman"], &json!(2)));
        assert!(listed["items"][0]["email"].is_string());
    }

    fn colleagues_see_ids_names_and_roles_alone(app: &TestApp) {
        for colleague in [app.caseworker(), app.manager()] {
            let listed = colleague.get("/users").expect(200).json;
            for user in listed["items"].as_array().unwrap() {
                let fields: Vec<_> = user.as_object().unwrap().keys().collect();
                assert_eq!(fields, ["id", "name", "role"]);
            }
            colleague.get(&format!("/users/{}", app.admin().id)).refused(403, "forbidden");
            colleague.post("/users", &json!({})).refused(403, "forbidden");
        }
        let organisation = app.organisation("Health Trust", "health");
        app.adviser_of(&organisation).get("/users").refused(403, "forbidden");
        app.admin().get("/users/nobody").refused(404, "not_found");
    }

    fn every_fault_of_a_user_is_told_at_once(app: &TestApp) {
        let admin = app.admin();
        let body = json!({"email": "no address", "name": "  ", "role": "adviser", "password": "short"});
        let answer = admin.post("/users", &body).expect(422);
        assert_eq!(
            answer.faults(),
            [
                ("/email", "invalid_email"),
                ("/name", "blank"),
                ("/organisation_id", "missing_field"),
                ("/password", "password_too_weak"),
            ]
        );
        let foreign = json!({"email": "a@example.org", "name": "A", "role": "adviser", "organisation_id": app.admin().id});
        assert_eq!(admin.post("/users", &foreign).expect(422).faults(), [("/organisation_id", "unknown_organisation")]);
        let taken = json!({"email": "MINA.manager@example.org", "name": "Another", "role": "manager"});
        admin.post("/users", &taken).refused(409, "already_exists");
        assert_eq!(app.count("users"), 3);
    }

    fn of_two_users_added_with_one_address_at_once_one_is_refused(app: &TestApp) {
        let admin = app.admin();
        let mut statuses = std::thread::scope(|scope| {
            let add = || {
                // The password takes its time to hash, so that all have looked before the first has added.
                let body = json!({"email": "twin@example.org", "name": "Twin", "role": "caseworker", "password": PASSWORD});
                admin.post("/users", &body).status
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(add)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }

    fn whoever_is_deactivated_stops_at_once(app: &TestApp) {
        let (admin, worker) = (app.admin(), app.caseworker_named("Wanda Worker"));
        let path = format!("/users/{}", worker.id);
        let etag = admin.get(&path).expect(200).etag;
        worker.get("/users").expect(200);
        admin.patch(&path, &etag, &json!({"active": false})).expect(200);
        worker.get("/users").refused(401, "invalid_token");
        let body = json!({"refresh_token": worker.refresh_token});
        app.request("POST", "/auth/refresh").json(&body).send().refused(401, "invalid_token");
        let body = json!({"email": worker.email, "password": PASSWORD});
        app.request("POST", "/auth/login").json(&body).send().refused(401, "invalid_credentials");
        admin.patch(&path, "\"2\"", &json!({"active": true})).expect(200);
        worker.get("/users").refused(401, "invalid_token");
        app.sign_in(&worker.email, PASSWORD).get("/users").expect(200);
    }

    fn another_role_or_organisation_ends_the_sessions_and_another_name_does_not(app: &TestApp) {
        let admin = app.admin();
        let (first, second) = (app.organisation("First Trust", "health"), app.organisation("Second Trust", "health"));
        let adviser = app.colleague("Ali Adviser", Role::Adviser, Some(&first));
        let path = format!("/users/{}", adviser.id);
        admin.patch(&path, "\"1\"", &json!({"name": "Ali Advisor"})).expect(200);
        adviser.get("/me").expect(200);
        admin.patch(&path, "\"2\"", &json!({"organisation_id": second})).expect(200);
        adviser.get("/me").refused(401, "invalid_token");
        let adviser = app.sign_in(&adviser.email, PASSWORD);
        assert_eq!(adviser.get("/me").expect(200).json["organisation"]["name"], "Second Trust");
        admin.patch(&path, "\"3\"", &json!({"role": "manager"})).expect(200);
        adviser.get("/me").refused(401, "invalid_token");
    }

    fn two_administrators_who_deactivate_each_other_at_once_do_not_both_go(app: &TestApp) {
        let pair = [app.admin(), app.colleague("Ada Admin", Role::Admin, None)];
        // Both have begun before either goes on.
        let held = "UPDATE users SET version = version WHERE role = 'admin'";
        let statuses = app.at_once(held, 2, |n| {
            let other = format!("/users/{}", pair[1 - n].id);
            pair[n].patch(&other, "*", &json!({"active": false})).status
        });
        assert!(statuses.contains(&200), "{statuses:?}");
        let left = app.texts("SELECT email AS text FROM users WHERE role = 'admin' AND active = (1 = 1)");
        assert_eq!(left.len(), 1, "{statuses:?}");
    }

    fn an_administrator_changes_no_role_of_their_own_and_one_is_always_left(app: &TestApp) {
        let admin = app.admin();
        let own = format!("/users/{}", admin.id);
        for body in [json!({"role": "manager"}), json!({"role": "caseworker"}), json!({"active": false})] {
            admin.patch(&own, "*", &body).refused(409, "not_possible_now");
        }
        assert_eq!(admin.patch(&own, "*", &json!({"name": "Adam Administrator", "role": "admin"})).expect(200).json["name"], "Adam Administrator");
        let other = app.colleague("Ada Admin", Role::Admin, None);
        other.patch(&own, "*", &json!({"active": false})).expect(200);
        // Of two who would remove each other, the second has no sign-in any more.
        admin.patch(&format!("/users/{}", other.id), "*", &json!({"active": false})).refused(401, "invalid_token");
        assert_eq!(app.count("users WHERE role = 'admin' AND active"), 1);
    }

    fn what_administrators_do_with_users_is_on_record(app: &TestApp) {
        let (admin, worker) = (app.admin(), app.caseworker_named("Wanda Worker"));
        admin.patch(&format!("/users/{}", worker.id), "\"1\"", &json!({"role": "manager"})).expect(200);
        let events = app.events();
        let event = events.iter().find(|event| event.action == "user_changed").unwrap();
        assert_eq!((&event.actor_name, &event.subject_id), (&admin.name, &worker.id));
        assert!(event.details.contains("\"manager\"") && event.details.contains("\"caseworker\""), "{}", event.details);
        assert!(events.iter().all(|event| !event.details.contains("argon2")));
    }
}
