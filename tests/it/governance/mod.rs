//! How long a person's record is kept, its erasure, and the whole of it in one file.

mod erasure;
mod retention;
mod texts;
mod whole_record;

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess, whole_notice};
use crate::support::{TestApp, Value, json};

/// What stands in every text that somebody wrote about the person, and nowhere else.
const MARK: &str = "Zebedee";

/// The day of these tests, on which the person's plan was issued long ago.
const TODAY: &str = "2026-06-01";

/// Somebody whose case has gone all the way, with a text wherever one can be.
struct Known {
    person: String,
    case: String,
    plan: String,
}

fn marked(text: &str) -> Value {
    json!(format!("{text} {MARK}"))
}

fn known(app: &TestApp) -> Known {
    app.on_day(TODAY);
    let (officer, manager) = (app.caseworker(), app.manager());
    let school = app.organisation("Hill School", "education_setting");
    let body = a_case()
        .of(MARK, "Thornapple", "2008-03-14")
        .person("nhs_number", json!("9434765919"))
        .person("postcode", json!("BS1 4ST"))
        .person("ethnicity", marked("WBRI"))
        .with(
            "requester",
            json!({"name": marked("Pat"), "email": "pat.zebedee@example.org", "relationship": marked("Mother")}),
        )
        .with(
            "contacts",
            json!([{"name": marked("Pat"), "email": "pat.zebedee@example.org", "address": marked("1 Row")}]),
        )
        .with("setting_id", json!(school));
    let post = officer.request("POST", "/cases").idempotency_key("once").json(body.body()).send().expect(201);
    let (case, person) = (post.id(), post.json["person"]["id"].as_str().unwrap().to_owned());
    let etag = officer.get(&format!("/people/{person}")).expect(200).etag;
    officer.patch(&format!("/people/{person}"), &etag, &json!({"surname": "Thornapple-Quince"})).expect(200);
    officer.post(&format!("/cases/{case}/notes"), &json!({"text": marked("A note on")})).expect(201);
    let mut assess = to_assess("2026-02-02");
    assess["reasons"] = marked("Since");
    assess["decided_by"] = marked("Panel of");
    officer.case_step(&case, "assessment-decision", &assess).expect(200);
    officer.add_file(&case, "Zebedee letter.txt", b"A letter about Zebedee.").expect(201);
    let exception = json!({"rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-02-05", "evidence": marked("A letter of")});
    manager.case_step(&case, "exceptions", &exception).expect(200);
    let social = officer.advice_of_kind(&case, "social_care");
    let mut report = a_report();
    report["summary"] = marked("A report on");
    report["author"] = json!({"name": marked("Ann")});
    report["submitted_on"] = json!("2026-03-10");
    officer.advice_step(&social, "submissions", &report).expect(200);
    officer.advice_step(&social, "return", &json!({"on": "2026-03-11", "reason": marked("Too short of")})).expect(200);
    report["submitted_on"] = json!("2026-03-12");
    officer.advice_step(&social, "submissions", &report).expect(200);
    officer.advice_step(&social, "acceptance", &json!({"on": "2026-03-12"})).expect(200);
    for one in officer.advice_of(&case) {
        if one["status"] != "accepted" {
            let id = one["id"].as_str().unwrap().to_owned();
            officer
                .patch(
                    &format!("/advice-requests/{id}"),
                    &officer.advice(&id).etag,
                    &json!({"questions": marked("Does")}),
                )
                .expect(200);
            officer.advice_step(&id, "cancellation", &json!({"reason": marked("Not for")}));
        }
    }
    officer
        .case_step(
            &case,
            "plan-decision",
            &json!({"outcome": "issue", "decided_on": "2026-04-07", "reasons": marked("Since")}),
        )
        .expect(200);
    let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
    for section in ["A", "B", "E", "F", "G"] {
        let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
        officer
            .put(
                &format!("/plans/{plan}/sections/{section}"),
                &etag,
                &json!({"text": "<p>Of Zebedee.</p>", "preparing_for_adulthood": (section == "F").then_some(true)}),
            )
            .expect(200);
    }
    let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
    let refused = json!({"agreed": false, "by": marked("Dana"), "on": "2026-04-10", "reasons": marked("No nurse for")});
    officer.step(&format!("/plans/{plan}/health-agreement"), &etag, &refused).expect(200);
    let etag = manager.get(&format!("/plans/{plan}")).expect(200).etag;
    manager
        .step(
            &format!("/plans/{plan}/service"),
            &etag,
            &json!({"served_on": "2026-04-13", "override_reason": marked("For")}),
        )
        .expect(200);
    officer.post(&format!("/cases/{case}/representations"), &json!({"received_on": "2026-04-20", "text": marked("More of"), "requested_setting": marked("School of"), "finished": true})).expect(201);
    let asked = officer
        .post(
            &format!("/cases/{case}/consultations"),
            &json!({"setting_id": school, "sent_on": "2026-04-14", "requested_by_family": true}),
        )
        .expect(201)
        .id();
    officer
        .post(
            &format!("/consultations/{asked}/response"),
            &json!({"responded_on": "2026-04-20", "can_meet_need": true, "text": marked("Yes for")}),
        )
        .expect(200);
    let told = json!({"step": "representation", "field": "requested_setting_id", "value": school, "reason": "It is this one."});
    manager.case_step(&case, "corrections", &told).expect(200);
    let last = json!({"plan_id": plan, "issued_on": "2026-05-12", "placement": {"setting_type": marked("A school for")}, "signed_by": marked("Sam"), "notice": whole_notice(), "not_named": [{"setting_id": school, "ground": "unsuitable", "reasons": marked("Too far for")}], "overrides": {"health_provision_not_agreed": marked("A nurse will come to")}});
    manager.case_step(&case, "final-plan", &last).expect(200);
    Known { person, case, plan }
}

/// Erases it as a manager; the answer is for the test to judge.
fn erase(app: &TestApp, person: &str) -> crate::support::Response {
    let etag = app.manager().get(&format!("/people/{person}/retention")).expect(200).etag;
    app.manager().step(&format!("/people/{person}/erasure"), &etag, &json!({"reason": "The family asked for it."}))
}
