//! Who sees a plan: those who see its case, and it is on record.

use super::*;
use crate::support::both;

both! {
    fn a_plan_is_seen_by_those_who_see_its_case(app: &TestApp) {
        let (working, plan) = Working::served(app);
        let case = &working.case;
        let said = working.represent(&json!({"received_on": SERVED, "text": "x"})).expect(201).id();
        let etag = working.officer.case(case).etag;
        working.officer.patch(&format!("/cases/{case}"), &etag, &json!({"restricted": true})).expect(200);
        let paths = [
            format!("/plans/{plan}"),
            format!("/cases/{case}/plans"),
            format!("/cases/{case}/representations"),
            format!("/cases/{case}/representations/{said}"),
        ];
        let stranger = app.caseworker_named("Sid Stranger");
        let adviser = app.adviser_of(&app.organisation("Health Trust", "health"));
        for path in &paths {
            stranger.get(path).refused(404, "not_found");
            for role in [&adviser, &app.admin()] {
                role.get(path).refused(403, "forbidden");
            }
            app.manager().get(path).expect(200);
            working.officer.get(path).expect(200);
        }
        // What a stranger may not know is not there, whatever else is wrong with the request.
        let nonsense = json!({"colour": "green"});
        stranger.post(&format!("/cases/{case}/plans"), &nonsense).refused(404, "not_found");
        stranger.post(&format!("/cases/{case}/representations"), &nonsense).refused(404, "not_found");
        stranger.post(&format!("/cases/{case}/final-plan"), &nonsense).refused(404, "not_found");
        stranger.post(&format!("/plans/{plan}/service"), &nonsense).refused(404, "not_found");
        stranger.request("PUT", &format!("/plans/{plan}/sections/A")).json(&nonsense).send().refused(404, "not_found");
    }

    fn reading_a_plan_is_on_record(app: &TestApp) {
        let (working, plan) = Working::served(app);
        let officer = app.caseworker_named("Rhea Reader");
        officer.get(&format!("/plans/{plan}")).expect(200);
        officer.get(&format!("/cases/{}/plans", working.case)).expect(200);
        officer.get(&format!("/cases/{}/representations", working.case)).expect(200);
        let log = app.manager().get(&format!("/cases/{}/access-log", working.case)).expect(200).json;
        let read: Vec<_> = log["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["user"]["name"] == "Rhea Reader")
            .map(|row| row["what"].as_str().unwrap())
            .collect();
        assert_eq!(read, ["representations", "plans", "plan"]);
    }

    fn a_step_repeated_with_its_key_is_taken_once(app: &TestApp) {
        let (working, _) = Working::served(app);
        let post = || {
            let path = format!("/cases/{}/representations", working.case);
            let body = json!({"received_on": SERVED, "text": "x"});
            working.officer.request("POST", &path).idempotency_key("monday").json(&body).send().expect(201).text()
        };
        assert_eq!(post(), post());
        assert_eq!(app.count("representations"), 1);
    }
}
