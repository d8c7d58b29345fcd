//! Settings that are asked whether they could be named.

use super::*;
use crate::support::both;

impl Working {
    pub(super) fn consult(&self, setting: &str, on: &str) -> Response {
        let body = json!({"setting_id": setting, "sent_on": on});
        self.officer.post(&format!("/cases/{}/consultations", self.case), &body)
    }

    pub(super) fn answer(&self, consultation: &str, body: &Value) -> Response {
        self.officer.post(&format!("/consultations/{consultation}/response"), body)
    }
}

both! {
    fn every_fault_of_a_consultation_and_its_answer_is_told_at_once(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let body = json!({"setting_id": draft, "sent_on": "2026-02-30", "received_on": "2030-01-01", "stray": 1});
        let path = format!("/cases/{}/consultations", working.case);
        let refused = working.officer.post(&path, &body).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/received_on", "date_in_future"), ("/sent_on", "invalid_date"), ("/setting_id", "unknown_setting"), ("/stray", "unknown_field")]);
        let school = app.organisation("Hill School", "education_setting");
        let made = working.consult(&school, SERVED).expect(201);
        let answer = json!({"responded_on": "2030-01-01", "can_meet_need": true, "grounds": ["unsuitable"], "text": " ", "stray": 1});
        let refused = working.answer(&made.id(), &answer).expect(422);
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/grounds", "contradiction"), ("/responded_on", "date_in_future"), ("/stray", "unknown_field"), ("/text", "blank")]);
    }

    fn a_setting_has_fifteen_days_the_day_it_heard_not_counted(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let school = app.organisation("Hill School", "education_setting");
        let body = json!({
            "setting_id": school, "sent_on": SERVED, "received_on": "2026-04-15", "requested_by_family": true,
        });
        let before = working.officer.case(&working.case).json["version"].as_i64().unwrap();
        let made = working.officer.post(&format!("/cases/{}/consultations", working.case), &body).expect(201);
        let location = made.header("location").unwrap();
        assert_eq!(location, format!("/api/v1/consultations/{}", made.id()));
        assert_eq!(working.officer.get(location).expect(200).json, made.json);
        assert_eq!((&made.json["due_on"], &made.json["act_by"]), (&json!("2026-04-30"), &json!("2026-04-30")));
        assert!(made.json["citation"].as_str().unwrap().contains("9.83"));
        assert_eq!((&made.json["plan_id"], &made.json["setting"]["name"]), (&json!(draft), &json!("Hill School")));
        assert_eq!(made.json["requested_by_family"], true);
        let case = working.officer.case(&working.case);
        assert_eq!(case.json["version"], json!(before + 1));
        let deadline = case.deadline("setting_consultation");
        assert_eq!((&deadline["starts_on"], &deadline["due_on"]), (&json!("2026-04-15"), &json!("2026-04-30")));
        assert_eq!((&deadline["basis"], &deadline["holder"]), (&json!("guidance"), &json!("setting")));
        assert_eq!(deadline["subject"]["label"], "consultation of Hill School");
        // Read on 1 June: nobody answered, and it shows. It holds up nothing.
        assert_eq!((&made.json["overdue"], &made.json["days_late"]), (&json!(true), &json!(32)));
        assert_eq!(deadline["status"], "overdue");
        let mut last = lawful_final(&draft, AFTER_FIFTEEN);
        // The family asked for it, so the plan that names another says on which ground (Act s.39(4)).
        last["not_named"] = json!([{"setting_id": school, "ground": "unsuitable", "reasons": "It has no lift."}]);
        working.issue(&last).expect(200);
    }

    fn an_answer_gives_the_legal_grounds(app: &TestApp) {
        let (working, _) = Working::served(app);
        let school = app.organisation("Hill School", "education_setting");
        let consultation = working.consult(&school, SERVED).expect(201).id();
        let body = json!({
            "responded_on": "2026-04-28", "can_meet_need": false,
            "grounds": ["inefficient", "unsuitable", "unsuitable"], "text": "No places in year 5.",
        });
        let answered = working.answer(&consultation, &body).expect(200).json;
        assert_eq!((&answered["can_meet_need"], &answered["days_late"]), (&json!(false), &json!(0)));
        let grounds = json!([
            {"ground": "unsuitable", "citation": "Section 39(4)(a) Children and Families Act 2014"},
            {"ground": "inefficient", "citation": "Section 39(4)(b)(ii) Children and Families Act 2014"},
        ]);
        assert_eq!(answered["grounds"], grounds);
        let case = working.officer.case(&working.case);
        assert_eq!(case.deadline("setting_consultation")["status"], "met");
        assert_eq!(app.events().last().unwrap().action, "setting_answered");
        working.answer(&consultation, &body).refused(409, "already_exists");
    }

    fn a_late_answer_is_shown_and_blocks_nothing(app: &TestApp) {
        let (working, draft) = Working::served(app);
        let school = app.organisation("Hill School", "education_setting");
        let late = working.consult(&school, SERVED).expect(201).id();
        let after_all = working.consult(&school, SERVED).expect(201).id();
        let body = |on: &str| json!({"responded_on": on, "can_meet_need": true});
        let answered = working.answer(&late, &body("2026-04-29")).expect(200).json;
        assert_eq!((&answered["due_on"], &answered["days_late"]), (&json!("2026-04-28"), &json!(1)));
        let case = working.officer.case(&working.case);
        let statuses: Vec<_> = case.deadlines("setting_consultation").iter().map(|one| &one["status"]).collect();
        assert!(statuses.contains(&&json!("met_late")), "{statuses:?}");
        working.issue(&lawful_final(&draft, "2026-05-20")).expect(200);
        let answered = working.answer(&after_all, &body("2026-05-25")).expect(200).json;
        assert_eq!(answered["days_late"], 27);
        assert_eq!(working.officer.case(&working.case).json["clock"]["status"], "completed_in_time");
    }

    fn bad_consultations_are_refused_and_nothing_is_written(app: &TestApp) {
        let working = Working::assessing(app, a_case(), false);
        let school = app.organisation("Hill School", "education_setting");
        let health = app.organisation("Hill Health", "health");
        working.consult(&school, "2026-03-01").refused(409, "not_in_stage");
        working.officer.case_step(&working.case, "plan-decision", &json!({"outcome": "issue", "decided_on": DECIDED})).expect(200);
        for unknown in [health.as_str(), working.case.as_str()] {
            let answer = working.consult(unknown, DECIDED).expect(422);
            assert_eq!(answer.faults(), [("/setting_id", "unknown_setting")]);
        }
        working.consult(&school, "2026-06-02").refused(422, "date_in_future");
        working.consult(&school, "2026-04-06").refused(422, "date_before_previous_step");
        assert_eq!(app.count("consultations"), 0);
        let consultation = working.consult(&school, DECIDED).expect(201).id();
        let answer = |body: Value| working.answer(&consultation, &body);
        answer(json!({"responded_on": "2026-04-06", "can_meet_need": true})).refused(422, "date_before_previous_step");
        answer(json!({"responded_on": "2026-04-10"})).refused(422, "missing_field");
        let contradiction = json!({"responded_on": "2026-04-10", "can_meet_need": true, "grounds": ["unsuitable"]});
        answer(contradiction).refused(422, "contradiction");
        answer(json!({"responded_on": "2026-04-10", "can_meet_need": false, "grounds": ["too_dear"]})).refused(422, "unknown_value");
        assert_eq!(working.officer.get(&format!("/consultations/{consultation}")).expect(200).json["responded_on"], Value::Null);
    }

    fn consultations_are_listed_and_seen_by_those_who_see_the_case(app: &TestApp) {
        let (working, _) = Working::served(app);
        let ids: Vec<String> = ["Hill School", "Dale School", "Vale School"]
            .iter()
            .map(|name| working.consult(&app.organisation(name, "education_setting"), SERVED).expect(201).id())
            .collect();
        let list = |query: &str| working.officer.get(&format!("/cases/{}/consultations?{query}", working.case)).expect(200).json;
        let page = list("limit=2&count=true");
        assert_eq!((&page["total"], &page["items"][0]["id"], &page["items"][1]["id"]), (&json!(3), &json!(ids[2]), &json!(ids[1])));
        let rest = list(&format!("cursor={}", page["next_cursor"].as_str().unwrap()));
        assert_eq!((&rest["items"][0]["id"], &rest["next_cursor"]), (&json!(ids[0]), &Value::Null));
        let etag = working.officer.case(&working.case).etag;
        let case = format!("/cases/{}", working.case);
        working.officer.patch(&case, &etag, &json!({"restricted": true})).expect(200);
        let stranger = app.caseworker_named("Sid Stranger");
        stranger.get(&format!("/consultations/{}", ids[0])).refused(404, "not_found");
        stranger.get(&format!("{case}/consultations")).refused(404, "not_found");
        let nonsense = json!({"colour": "green"});
        stranger.post(&format!("/consultations/{}/response", ids[0]), &nonsense).refused(404, "not_found");
        stranger.post(&format!("{case}/consultations"), &nonsense).refused(404, "not_found");
        app.admin().get(&format!("{case}/consultations")).refused(403, "forbidden");
    }
}
