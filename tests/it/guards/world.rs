//! Worlds to compare: a record with so much of everything in it that a list can hold, and every step taken in it.

use std::collections::BTreeMap;

use crate::support::advice::a_report;
use crate::support::cases::{a_case, to_assess, to_refuse_assessment, whole_notice};
use crate::support::{TestApp, Value, json};

/// The first plan of a case is made from all of its advice, later ones from the plan before.
const FROM_ADVICE: &str = "POST /cases/{id}/plans, from advice";

/// A record with so much of everything in it that a list can hold.
pub struct World {
    /// What stands for an id in each documented address.
    ids: BTreeMap<&'static str, String>,
    /// What the last step of each operation sent, when the most was there.
    pub sent: Sent,
}

pub type Sent = BTreeMap<&'static str, Vec<String>>;

/// Takes a step, and notes what its operation sent.
fn noted<T>(app: &TestApp, sent: &mut Sent, operation: &'static str, work: impl FnOnce() -> T) -> T {
    let mut done = None;
    sent.insert(operation, app.statements(|| done = Some(work())));
    done.unwrap()
}

impl World {
    /// With one of each, then `more`.
    pub fn of(app: &TestApp, more: usize) -> Self {
        app.on_day("2026-06-01");
        let (officer, admin) = (app.caseworker(), app.admin());
        let (mut ids, mut sent) = (BTreeMap::new(), Sent::new());
        for n in 0..=more {
            noted(app, &mut sent, "POST /organisations", || app.organisation(&format!("Trust {n}"), "health"));
            app.colleague(&format!("Pat Person{n}"), ehcp_tracker::auth::Role::Caseworker, None);
            let closed =
                json!({"closed_from": format!("2026-07-{:02}", n + 1), "reopens_on": "2026-09-01", "label": "Summer"});
            let closure = || admin.post("/calendar/closures", &closed).expect(201).id();
            ids.insert("/calendar/closures/", noted(app, &mut sent, "POST /calendar/closures", closure));
            let case = || officer.open_case(a_case().of("Robin", &format!("Ash{n}"), "2016-03-04"));
            noted(app, &mut sent, "POST /cases", case);
        }
        let schools: Vec<String> =
            (0..=more).map(|n| app.organisation(&format!("School {n}"), "education_setting")).collect();
        let case = officer.open_case(a_case()).id();
        for school in &schools {
            let body = json!({"organisation_id": school, "asked_on": "2026-01-06"});
            let ask = || officer.case_step(&case, "information-requests", &body).expect(200);
            noted(app, &mut sent, "POST /cases/{id}/information-requests", ask);
        }
        let asked = officer.case(&case).json["information_requests"][0]["id"].as_str().unwrap().to_owned();
        for (operation, step, body) in [
            ("POST /cases/{id}/information-requests/{iid}/answer", "answer", json!({})),
            (
                "POST /cases/{id}/information-requests/{iid}/cancellation",
                "cancellation",
                json!({"reason": "Of another child."}),
            ),
        ] {
            let step = format!("information-requests/{asked}/{step}");
            noted(app, &mut sent, operation, || officer.case_step(&case, &step, &body).expect(200));
        }
        let mut given = String::new();
        for _ in 0..=more {
            let body = json!({"about": "receipt", "recipients": ["icb", "social_care", "setting"]});
            let give = || officer.case_step(&case, "given-notices", &body).expect(200);
            let case = noted(app, &mut sent, "POST /cases/{id}/given-notices", give);
            given = case.json["given_notices"][0]["id"].as_str().unwrap().to_owned();
        }
        noted(app, &mut sent, "POST /cases/{id}/given-notices/{nid}/cancellation", || {
            let step = format!("given-notices/{given}/cancellation");
            officer.case_step(&case, &step, &json!({"reason": "Of another child."})).expect(200)
        });
        let decide = || officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        noted(app, &mut sent, "POST /cases/{id}/assessment-decision", decide);
        for (n, school) in schools.iter().enumerate() {
            let note = json!({"text": format!("Note {n}.")});
            noted(app, &mut sent, "POST /cases/{id}/notes", || {
                officer.post(&format!("/cases/{case}/notes"), &note).expect(201)
            });
            let add = || officer.add_file(&case, "a.txt", format!("Document {n}.").as_bytes()).expect(201);
            let document = noted(app, &mut sent, "POST /cases/{id}/documents", add);
            ids.insert("/documents/", document.id());
            let body = json!({"kind": "other", "organisation_id": school, "requested_on": "2026-02-02"});
            noted(app, &mut sent, "POST /cases/{id}/advice-requests", || officer.ask(&case, &body).expect(201));
        }
        let mut request = String::new();
        for advice in officer.advice_of(&case) {
            request = advice["id"].as_str().unwrap().to_owned();
            for submission in 0..=more {
                let mut report = a_report();
                report["submitted_on"] = json!(format!("2026-03-{}", 10 + submission));
                noted(app, &mut sent, "POST /advice-requests/{id}/submissions", || {
                    officer.advice_step(&request, "submissions", &report).expect(200)
                });
                let (operation, step, body) = if submission == more {
                    ("POST /advice-requests/{id}/acceptance", "acceptance", json!({"on": "2026-03-28"}))
                } else {
                    let body = json!({"on": format!("2026-03-{}", 10 + submission), "reason": "Say more."});
                    ("POST /advice-requests/{id}/return", "return", body)
                };
                noted(app, &mut sent, operation, || officer.advice_step(&request, step, &body).expect(200));
            }
        }
        ids.insert("/advice-requests/", request);
        let issue = json!({"outcome": "issue", "decided_on": "2026-04-07"});
        noted(app, &mut sent, "POST /cases/{id}/plan-decision", || {
            officer.case_step(&case, "plan-decision", &issue).expect(200)
        });
        let mut served = String::new();
        for (n, school) in schools.iter().enumerate() {
            let from = json!({"from_advice": n == 0});
            let draft = || officer.post(&format!("/cases/{case}/plans"), &from).expect(201).id();
            let plan = noted(app, &mut sent, if n == 0 { FROM_ADVICE } else { "POST /cases/{id}/plans" }, draft);
            for section in ["A", "B", "E", "F", "G"] {
                let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
                let (path, body) = (format!("/plans/{plan}/sections/{section}"), json!({"text": format!("Text {n}.")}));
                noted(app, &mut sent, "PUT /plans/{id}/sections/{section}", || {
                    officer.put(&path, &etag, &body).expect(200)
                });
            }
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            let (path, body) =
                (format!("/plans/{plan}/health-agreement"), json!({"agreed": true, "by": "Dana", "on": "2026-04-10"}));
            noted(app, &mut sent, "POST /plans/{id}/health-agreement", || {
                officer.step(&path, &etag, &body).expect(200)
            });
            let etag = officer.get(&format!("/plans/{plan}")).expect(200).etag;
            let (path, body) = (format!("/plans/{plan}/service"), json!({"served_on": format!("2026-04-{}", 13 + n)}));
            noted(app, &mut sent, "POST /plans/{id}/service", || officer.step(&path, &etag, &body).expect(200));
            let said = json!({"received_on": "2026-05-01", "text": "We ask for more."});
            let represent = || officer.post(&format!("/cases/{case}/representations"), &said).expect(201).id();
            ids.insert("/representations/", noted(app, &mut sent, "POST /cases/{id}/representations", represent));
            let asked = json!({"setting_id": school, "sent_on": "2026-04-20"});
            let consult = || officer.post(&format!("/cases/{case}/consultations"), &asked).expect(201).id();
            ids.insert("/consultations/", noted(app, &mut sent, "POST /cases/{id}/consultations", consult));
            served = plan;
        }
        // The one that is being written takes over what has been gathered.
        let plan = officer.post(&format!("/cases/{case}/plans"), &json!({})).expect(201).id();
        ids.insert("/plans/", plan);
        ids.insert("served", served);
        ids.insert("/people/", officer.case(&case).json["person"]["id"].as_str().unwrap().to_owned());
        ids.insert("/organisations/", schools[0].clone());
        ids.insert("/users/", officer.id.clone());
        let frozen = json!({"report": "caseload", "note": "Board"});
        let freeze = || app.manager().post("/reports/snapshots", &frozen).expect(201).id();
        ids.insert("/snapshots/", noted(app, &mut sent, "POST /reports/snapshots", freeze));
        ids.insert("/cases/", case);
        Self { ids, sent }
    }

    /// Takes, once the world is there, every step that did not make it.
    pub fn take_the_other_steps(&mut self, app: &TestApp, more: usize) {
        self.on_its_case(app);
        self.on_cases_of_other_fates(app, more);
        self.on_closures(app, more);
        self.on_requests_for_advice(app, more);
        self.in_the_office(app, more);
        self.on_its_person(app);
    }

    fn take<T>(&mut self, app: &TestApp, operation: &'static str, work: impl FnOnce() -> T) -> T {
        noted(app, &mut self.sent, operation, work)
    }

    fn on_its_case(&mut self, app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        let case = self.ids["/cases/"].clone();
        let etag = officer.case(&case).etag;
        let assigned = json!({"caseworker_id": officer.id});
        let assign = || officer.patch(&format!("/cases/{case}"), &etag, &assigned).expect(200);
        self.take(app, "PATCH /cases/{id}", assign);
        let mended =
            json!({"step": "request", "field": "received_on", "value": "2026-01-06", "reason": "The stamp says so."});
        let correct = || manager.case_step(&case, "corrections", &mended).expect(200);
        self.take(app, "POST /cases/{id}/corrections", correct);
        let response = format!("/consultations/{}/response", self.ids["/consultations/"]);
        let answer = json!({"responded_on": "2026-05-05", "can_meet_need": true});
        self.take(app, "POST /consultations/{id}/response", || officer.post(&response, &answer).expect(200));
        let exception = json!({
            "rules": ["issue_final_plan"], "ground": "exceptional_personal_circumstances", "from_on": "2026-02-02",
            "evidence": "A letter.",
        });
        let except = || officer.case_step(&case, "exceptions", &exception).expect(200);
        let excepted = self.take(app, "POST /cases/{id}/exceptions", except);
        let id = excepted.json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        let confirm = || manager.case_step(&case, &format!("exceptions/{id}/confirmation"), &json!({})).expect(200);
        let etag = self.take(app, "POST /cases/{id}/exceptions/{eid}/confirmation", confirm).etag;
        let lift = manager.request("DELETE", &format!("/cases/{case}/exceptions/{id}")).if_match(&etag);
        let lift = lift.json(&json!({"reason": "It was of another child."}));
        self.take(app, "DELETE /cases/{id}/exceptions/{eid}", || lift.send().expect(200));
        let last = json!({
            "plan_id": self.ids["served"], "issued_on": "2026-05-20", "placement": {"setting_type": "A special school"},
            "notice": whole_notice(),
        });
        self.take(app, "POST /cases/{id}/final-plan", || officer.case_step(&case, "final-plan", &last).expect(200));
    }

    fn on_cases_of_other_fates(&mut self, app: &TestApp, more: usize) {
        let officer = app.caseworker();
        let opened = |surname: &str| officer.open_case(a_case().of("Robin", surname, "2016-03-04")).id();
        let refused = opened("Brooksby");
        officer.case_step(&refused, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        let mediation = json!({"about": "refusal_to_assess", "certificate_on": "2026-03-02"});
        let mediate = || officer.case_step(&refused, "mediation", &mediation).expect(200);
        self.take(app, "POST /cases/{id}/mediation", mediate);
        let appeal = json!({"about": "refusal_to_assess", "registered_on": "2026-03-10"});
        let appeal = || officer.case_step(&refused, "appeals", &appeal).expect(200);
        let appealed = self.take(app, "POST /cases/{id}/appeals", appeal);
        let of_appeal = format!("appeals/{}", appealed.json["appeals"][0]["id"].as_str().unwrap());
        let known = |of: &str, body: &Value| {
            let etag = officer.case(&refused).etag;
            officer.patch(&format!("/cases/{refused}/{of}"), &etag, body).expect(200)
        };
        let received = json!({"received_on": "2026-03-12"});
        let appealed = self.take(app, "PATCH /cases/{id}/appeals/{aid}", || known(&of_appeal, &received));
        let mediation = format!("mediation/{}", appealed.json["mediations"][0]["id"].as_str().unwrap());
        let told = json!({"told_on": "2026-02-20"});
        self.take(app, "PATCH /cases/{id}/mediation/{mid}", || known(&mediation, &told));
        let step = format!("{of_appeal}/order");
        let order = json!({"ordered_on": "2026-05-11", "order": "assess"});
        let order = || officer.case_step(&refused, &step, &order).expect(200);
        let ordered = self.take(app, "POST /cases/{id}/appeals/{aid}/order", order);
        let days = format!("orders/{}/days", ordered.json["orders"][0]["id"].as_str().unwrap());
        let day = json!({
            "rule": "order_assess_issue_final", "due_on": "2026-09-01", "basis": "direction", "dated_on": "2026-05-12",
            "reason": "As directed.",
        });
        let direct = || app.manager().case_step(&refused, &days, &day).expect(200);
        self.take(app, "POST /cases/{id}/orders/{oid}/days", direct);
        let thought_again = opened("Cheswick");
        officer.case_step(&thought_again, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        let reversal = json!({"on": "2026-03-02", "reason": "More is known."});
        let reverse = || app.manager().case_step(&thought_again, "reversal", &reversal).expect(200);
        self.take(app, "POST /cases/{id}/reversal", reverse);
        let mistaken = opened("Dalby");
        officer.case_step(&mistaken, "assessment-decision", &to_assess("2026-02-10")).expect(200);
        for n in 0..=more {
            let body = json!({"kind": "other", "organisation_id": app.organisation(&format!("Mistaken {n}"), "other")});
            officer.ask(&mistaken, &body).expect(201);
        }
        let mistake = json!({"step": "assessment_decision", "reason": "Of another child."});
        let undo = || app.manager().case_step(&mistaken, "entered-in-error", &mistake).expect(200);
        self.take(app, "POST /cases/{id}/entered-in-error", undo);
        let (gone, elsewhere) =
            (json!({"on": "2026-05-01", "reason": "Moved."}), json!({"on": "2026-05-01", "to_local_authority": "394"}));
        for (operation, step, body, surname) in [
            ("POST /cases/{id}/withdrawal", "withdrawal", gone, "Calloway"),
            ("POST /cases/{id}/transfer", "transfer", elsewhere, "Dunmore"),
        ] {
            let case = opened(surname);
            officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
            for n in 0..=more {
                let body =
                    json!({"kind": "other", "organisation_id": app.organisation(&format!("{step} {n}"), "other")});
                officer.ask(&case, &body).expect(201);
            }
            // This case is past a limit.
            self.take(app, operation, || app.manager().case_step(&case, step, &body).expect(200));
        }
    }

    fn on_closures(&mut self, app: &TestApp, more: usize) {
        let (officer, admin) = (app.caseworker(), app.admin());
        let school = self.ids["/organisations/"].clone();
        let summer =
            json!({"setting_id": school, "closed_from": "2025-07-22", "reopens_on": "2025-09-02", "label": "Summer"});
        let closure = admin.post("/calendar/closures", &summer).expect(201).id();
        let mut concerned = String::new();
        for n in 0..=more {
            let pupil = a_case().of("Robin", &format!("Closed{n}"), "2016-03-04").received_on("2025-07-20");
            concerned = officer.open_case(pupil.with("setting_id", json!(school))).id();
            officer.case_step(&concerned, "assessment-decision", &to_assess("2025-07-20")).expect(200);
        }
        let step = format!("exceptions/suggestions/{closure}");
        let accepted = json!({"accept": true, "reason": "The school confirms its dates."});
        let accept = || app.manager().case_step(&concerned, &step, &accepted).expect(200);
        self.take(app, "POST /cases/{id}/exceptions/suggestions/{sid}", accept);
        let path = format!("/calendar/closures/{closure}");
        self.take(app, "DELETE /calendar/closures/{id}", || admin.delete(&path).expect(204));
    }

    fn on_requests_for_advice(&mut self, app: &TestApp, more: usize) {
        let officer = app.caseworker();
        let clinic = app.answers_by_link("A Clinic", "health", "medical");
        let case = officer.open_case(a_case().of("Robin", "Everleigh", "2016-03-04")).id();
        officer.case_step(&case, "assessment-decision", &to_assess("2026-02-02")).expect(200);
        let medical = officer.advice_of_kind(&case, "medical");
        let visitor = app.visitor();
        for n in 0..=more {
            let text = format!("Text {n}.");
            let upload = || visitor.upload(&[("file", Some("a.txt"), text.as_bytes())], "application/json").expect(201);
            self.take(app, "POST /advice-links/{token}/documents", upload);
            let add = || officer.add_to_answer(&medical, "b.txt", format!("More {n}.").as_bytes()).expect(201);
            self.take(app, "POST /advice-requests/{id}/documents", add);
            let path = format!("/advice-requests/{medical}/links");
            let link = || officer.post(&path, &json!({})).expect(201).id();
            let link = self.take(app, "POST /advice-requests/{id}/links", link);
            let withdraw = || officer.delete(&format!("{path}/{link}")).expect(204);
            self.take(app, "DELETE /advice-requests/{id}/links/{lid}", withdraw);
        }
        let etag = officer.advice(&medical).etag;
        let asked = json!({"questions": "What helps?"});
        let patch = || officer.patch(&format!("/advice-requests/{medical}"), &etag, &asked).expect(200);
        self.take(app, "PATCH /advice-requests/{id}", patch);
        let of_kind = |kind: &str| officer.advice_of_kind(&case, kind);
        let (psychological, family) = (of_kind("psychological"), of_kind("family"));
        let service = app.organisation("A Service", "other");
        let other = json!({"kind": "other", "organisation_id": service, "requested_on": "2026-02-02"});
        let other = officer.ask(&case, &other).expect(201).id();
        let trust = app.organisation("A Trust", "health");
        let declined = json!({"kind": "other", "organisation_id": trust, "requested_on": "2026-02-02"});
        let declined = officer.ask(&case, &declined).expect(201).id();
        let missed = json!({"ground": "missed_appointment", "from_on": "2026-02-20", "evidence": "A letter."});
        let agreed = json!({
            "author": "A. Therapist", "dated": "2025-11-02", "adviser_agreed_on": "2026-02-03",
            "authority_agreed_on": "2026-02-03", "family_agreed_on": "2026-02-03",
        });
        for (operation, request, step, body) in [
            ("POST /advice-requests/{id}/acknowledgement", &medical, "acknowledgement", json!({})),
            ("POST /advice-requests/{id}/exceptions", &medical, "exceptions", missed),
            (
                "POST /advice-requests/{id}/declination",
                &declined,
                "declination",
                json!({"reasons": "Not known to us."}),
            ),
            ("POST /advice-requests/{id}/existing-advice", &psychological, "existing-advice", agreed),
            (
                "POST /advice-requests/{id}/not-provided",
                &family,
                "not-provided",
                json!({"reason": "Asked three times."}),
            ),
            ("POST /advice-requests/{id}/cancellation", &other, "cancellation", json!({"reason": "Not needed."})),
        ] {
            self.take(app, operation, || officer.advice_step(request, step, &body).expect(200));
        }
        let exception = officer.advice(&medical).json["exceptions"][0]["id"].as_str().unwrap().to_owned();
        let step = format!("exceptions/{exception}/confirmation");
        let confirm = || app.manager().advice_step(&medical, &step, &json!({})).expect(200);
        self.take(app, "POST /advice-requests/{id}/exceptions/{eid}/confirmation", confirm);
        let mut report = a_report();
        report["author"] = json!({"name": "Dr. Ellis"});
        let submit = || visitor.submit(&report).expect(200);
        self.take(app, "POST /advice-links/{token}/submissions", submit);
        officer.ask(&case, &json!({"kind": "other", "organisation_id": clinic})).expect(201);
        let visitor = app.visitor();
        let decline = || visitor.decline(&json!({"reasons": "Not known to us."})).expect(200);
        self.take(app, "POST /advice-links/{token}/declination", decline);
        for n in 0..=more {
            let asked = json!({"kind": "other", "organisation_id": app.organisation(&format!("Lost {n}"), "other")});
            officer.ask(&case, &asked).expect(201);
        }
        let now = app.process().now().at;
        app.execute(&format!(
            "UPDATE messages SET state = 'failed', settled_at = '{now}', first_attempt_at = created_at, attempts = 1, \
             server_answer = 'no', lost = (1 = 1) WHERE state = 'queued' AND kind = 'advice_request'"
        ));
        let failed = app.texts("SELECT CAST(id AS text) AS text FROM messages WHERE state = 'failed' ORDER BY id DESC");
        let retry = || app.manager().post(&format!("/notifications/{}/retry", failed[0]), &json!({})).expect(200);
        self.take(app, "POST /notifications/{id}/retry", retry);
        let retry = || app.manager().post("/notifications/retry", &json!({})).expect(200);
        self.take(app, "POST /notifications/retry", retry);
    }

    fn in_the_office(&mut self, app: &TestApp, more: usize) {
        let (officer, admin) = (app.caseworker(), app.admin());
        let etag_of = |path: &str| admin.get(path).expect(200).etag;
        let path = format!("/organisations/{}", self.ids["/organisations/"]);
        let (etag, body) = (etag_of(&path), json!({"mailbox": "office@example.org"}));
        self.take(app, "PATCH /organisations/{id}", || admin.patch(&path, &etag, &body).expect(200));
        let new = json!({"email": "new.person@example.org", "name": "New Person", "role": "caseworker"});
        let user = self.take(app, "POST /users", || admin.post("/users", &new).expect(201)).id();
        for n in 0..=more {
            let pupil = a_case().of("Robin", &format!("Held{n}"), "2016-03-04");
            app.manager().open_case(pupil.with("caseworker_id", json!(user)));
        }
        let path = format!("/users/{user}");
        let (etag, body) = (etag_of(&path), json!({"active": false}));
        self.take(app, "PATCH /users/{id}", || admin.patch(&path, &etag, &body).expect(200));
        let feeds: Vec<String> = (0..=more)
            .map(|_| {
                self.take(app, "POST /calendar/feeds", || officer.post("/calendar/feeds", &json!({})).expect(201)).id()
            })
            .collect();
        let path = format!("/calendar/feeds/{}", feeds[0]);
        self.take(app, "DELETE /calendar/feeds/{id}", || officer.delete(&path).expect(204));
        self.take(app, "DELETE /calendar/feeds", || officer.delete("/calendar/feeds").expect(204));
    }

    fn on_its_person(&mut self, app: &TestApp) {
        let manager = app.manager();
        let path = format!("/people/{}", self.ids["/people/"]);
        let (etag, body) = (manager.get(&path).expect(200).etag, json!({"surname": "Ashby"}));
        self.take(app, "PATCH /people/{id}", || manager.patch(&path, &etag, &body).expect(200));
        let hold = format!("{path}/hold");
        let body = json!({"reason": "A complaint."});
        self.take(app, "PUT /people/{id}/hold", || manager.put(&hold, "*", &body).expect(200));
        self.take(app, "DELETE /people/{id}/hold", || manager.delete(&hold).expect(204));
        let etag = manager.get(&format!("{path}/retention")).expect(200).etag;
        let erase = || manager.step(&format!("{path}/erasure"), &etag, &json!({"reason": "The family asked for it."}));
        self.take(app, "POST /people/{id}/erasure", || erase().expect(200));
    }

    /// A documented address of this world. None where it is not about what stands in one.
    pub fn address(&self, documented: &str) -> Option<String> {
        let mut address = String::new();
        let mut rest = documented;
        while let Some((before, after)) = rest.split_once('{') {
            address.push_str(before);
            let kind = format!("/{}/", before.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
            let known = self.ids.iter().find(|(name, _)| name.ends_with(&kind))?.1;
            address.push_str(known);
            rest = after.split_once('}')?.1;
        }
        address.push_str(rest);
        if address.ends_with("/changes") {
            address.push_str(&format!("?since={}", self.ids["served"]));
        }
        Some(address)
    }
}
