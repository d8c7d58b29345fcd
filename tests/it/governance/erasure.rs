//! What an erasure takes, and what it leaves.

use ehcp_tracker::audit::{self, Event};
use ehcp_tracker::mail::Notice;
use ehcp_tracker::outbox::{self, model::NewMessage};

use super::{MARK, erase, known};
use crate::support::cases::{a_case, to_refuse_assessment};
use crate::support::{Backend, TestApp, both, json};
use crate::upkeep::run;

/// Every row of every table as text.
fn everything(app: &TestApp) -> Vec<String> {
    let tables = match app.backend() {
        Backend::Sqlite => {
            app.texts("SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        }
        Backend::Postgres => {
            app.texts("SELECT table_name::text AS text FROM information_schema.tables WHERE table_schema = 'public'")
        }
    };
    let mut rows = Vec::new();
    for table in tables {
        let sql = match app.backend() {
            Backend::Postgres => format!("SELECT '{table} ' || CAST(one AS text) AS text FROM {table} AS one"),
            Backend::Sqlite => {
                let columns = app.texts(&format!("SELECT name AS text FROM pragma_table_info('{table}')"));
                let columns: Vec<String> = columns.iter().map(|name| format!("coalesce(\"{name}\", '')")).collect();
                format!("SELECT '{table} ' || {} AS text FROM {table}", columns.join(" || '|' || "))
            }
        };
        rows.extend(app.texts(&sql));
    }
    rows
}

/// What figures are made of.
fn figures(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT rule || basis || CAST(due_on AS text) || coalesce(CAST(met_on AS text), '-') || derivation AS text FROM deadlines ORDER BY rule, due_on, derivation",
        "SELECT about || outcome || CAST(decided_on AS text) || coalesce(CAST(notified_on AS text), '-') || coalesce(refusal_reason, '-') AS text FROM decisions ORDER BY id",
        "SELECT reference || stage || CAST(received_on AS text) || request_source || coalesce(ended_status, '-') || coalesce(CAST(setting_id AS text), '-') AS text FROM cases ORDER BY id",
        "SELECT kind || status || CAST(requested_on AS text) || coalesce(CAST(submitted_on AS text), '-') AS text FROM advice_requests ORDER BY id",
        "SELECT kind || status || coalesce(CAST(served_on AS text), '-') || coalesce(CAST(issued_on AS text), '-') AS text FROM plans ORDER BY id",
        "SELECT ground || state AS text FROM exceptions ORDER BY id",
        "SELECT social_care_status AS text FROM people ORDER BY id",
    ] {
        all.extend(app.texts(sql));
    }
    all
}

/// A case that was withdrawn, and the person whom it was about.
fn ended(app: &TestApp) -> (String, String) {
    let case = app.caseworker().open_case(a_case().of("Ann", "Zebedee", "2012-03-04"));
    app.caseworker().case_step(&case.id(), "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
    (case.id(), case.json["person"]["id"].as_str().unwrap().to_owned())
}

both! {
    fn why_another_day_was_set_for_a_limit_is_erased(app: &TestApp) {
        app.on_day("2026-06-01");
        let (officer, manager) = (app.caseworker(), app.manager());
        let opened = officer.open_case(a_case().of("Ann", MARK, "2012-03-04"));
        let case = opened.id();
        officer.case_step(&case, "assessment-decision", &to_refuse_assessment("2026-02-10")).expect(200);
        let agreed = json!({"about": "refusal_to_assess", "agreement": {"agreed_on": "2026-05-11", "order": "assess"}});
        let order = officer.case_step(&case, "mediation", &agreed).expect(200).json["orders"][0]["id"].clone();
        let day = json!({
            "rule": "order_assess_notify", "due_on": "2026-06-08", "basis": "written_agreement", "dated_on": "2026-05-12",
            "reason": format!("{MARK} is away."),
        });
        let days = format!("orders/{}/days", order.as_str().unwrap());
        let set = manager.case_step(&case, &days, &day).expect(200);
        assert_eq!(set.json["orders"][0]["days"][0]["reason"], format!("{MARK} is away."));
        officer.case_step(&case, "withdrawal", &json!({"on": "2026-06-01", "reason": "Moved."})).expect(200);
        erase(app, opened.json["person"]["id"].as_str().unwrap()).expect(200);
        assert_eq!(app.count("order_days"), 1);
        let told: Vec<String> = everything(app).into_iter().filter(|row| row.contains(MARK)).collect();
        assert!(told.is_empty(), "{told:#?}");
    }

    fn an_erasure_leaves_no_word_of_the_person_and_every_figure(app: &TestApp) {
        let known = known(app);
        let other = app.caseworker().open_case(a_case());
        // What is kept for repetitions names neither the case nor the person.
        let (officer, manager) = (app.caseworker(), app.manager());
        let note = json!({"text": "A second note on Zebedee"});
        officer.request("POST", &format!("/cases/{}/notes", known.case)).idempotency_key("a note").json(&note).send().expect(201);
        let hold = json!({"reason": "A complaint of Zebedee's."});
        manager.request("PUT", &format!("/people/{}/hold", known.person)).idempotency_key("a hold").json(&hold).send().expect(200);
        manager.delete(&format!("/people/{}/hold", known.person)).expect(204);
        app.caseworker().add_file(&other.id(), "other.txt", b"A letter about somebody else.").expect(201);
        // A mail to the family and one to staff were refused.
        let process = app.process();
        for address in ["Pat.Zebedee@example.org", "mina.manager@example.org"] {
            let message = NewMessage::new(Notice::FamilyRequestReceived, address, address).about_case(known.case.parse().unwrap());
            process.db().write(|tx| outbox::enqueue(tx, &process.system("a test"), message)).unwrap();
            let sql = format!("INSERT INTO bounces (address, refused, last_message_id, last_answer, last_refused_at) \
                SELECT lower(recipient), 2, id, '550 no such user', created_at FROM messages WHERE recipient = '{address}'");
            app.execute(&sql);
        }
        let secrets = [MARK, "zebedee", "Thornapple", "9434765919", "BS1 4ST", "2008-03-14", "thornapple"];
        let told = |row: &String| secrets.iter().any(|secret| row.contains(secret));
        let before = everything(app);
        let tables: std::collections::BTreeSet<&str> = before.iter().filter(|row| told(row)).map(|row| row.split(' ').next().unwrap()).collect();
        for table in ["people", "cases", "case_words", "notes", "documents", "decisions", "exceptions", "advice_requests", "advice_submissions", "plans", "plan_sections", "representations", "consultations", "messages", "bounces", "audit_details", "idempotency_keys"] {
            assert!(tables.contains(table), "nothing to erase in {table}: {tables:?}");
        }
        let figures_before = figures(app);
        let erased = erase(app, &known.person).expect(200).json;
        assert_eq!((&erased["cases"], &erased["documents"], &erased["notes"]), (&json!(1), &json!(1), &json!(2)));
        let left: Vec<String> = everything(app).into_iter().filter(told).collect();
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(figures(app), figures_before);
        assert_eq!(app.texts("SELECT address AS text FROM bounces"), ["mina.manager@example.org"], "staff is written to about others");
        assert_eq!(crate::documents::stored(app).len(), 1, "its content is gone, another's is not");
        // Case, plan and history can still be read, and say nothing.
        let case = app.manager().case(&known.case);
        assert_eq!((&case.json["person"]["surname"], &case.json["contacts"]), (&json!(""), &json!([])));
        app.manager().get(&format!("/plans/{}", known.plan)).expect(200);
        let history = app.manager().get(&format!("/audit?case_id={}&limit=200", known.case)).expect(200).json;
        let changes: Vec<_> = history["items"].as_array().unwrap().iter().filter(|row| row["kind"] == "change").collect();
        assert!(changes.len() > 15);
        assert_eq!((&changes[0]["action"], &changes[0]["reason"]), (&json!("person_erased"), &json!("The family asked for it.")));
        assert!(changes[1..].iter().all(|row| row["forgotten"] == true || row["before"].is_null() && row["after"].is_null()));
        let checked = run(app, &["audit", "verify"], &[]);
        assert!(checked.code == 0 && !checked.stdout.contains("which 0 have lost"), "{checked:?}");
        let doctor = run(app, &["doctor"], &[]);
        assert!(doctor.code == 0, "{doctor:?}");
        // Forgetting more than was erased is found.
        app.execute(&format!("DELETE FROM audit_details WHERE case_id = '{}'", other.id()));
        let found = run(app, &["audit", "verify"], &[]);
        assert!(found.code == 1 && found.stdout.contains(&format!("case {}, record 1", other.id())) && found.stdout.contains("its details were removed"), "{found:?}");
    }

    fn nothing_is_written_on_a_case_of_whoever_was_erased(app: &TestApp) {
        let (officer, manager) = (app.caseworker(), app.manager());
        let (case, person) = ended(app);
        erase(app, &person).expect(200);
        let before = everything(app).len();
        let again = officer.post(&format!("/cases/{case}/notes"), &json!({"text": "A note on Zebedee"})).refused(409, "not_possible_now");
        assert!(again.text().contains("record a new request"), "{}", again.text());
        officer.add_file(&case, "Zebedee.txt", b"A letter about Zebedee.").refused(409, "not_possible_now");
        let contacts = json!({"contacts": [{"name": "Pat Zebedee", "email": "pat.zebedee@example.org"}]});
        officer.patch(&format!("/cases/{case}"), &officer.case(&case).etag, &contacts).refused(409, "not_possible_now");
        let mended = json!({"step": "request", "field": "received_on", "value": "2026-01-04", "reason": "Zebedee's mother said so."});
        manager.case_step(&case, "corrections", &mended).refused(409, "not_possible_now");
        erase(app, &person).refused(409, "not_possible_now");
        // Only the readings that these answers needed are there beside.
        assert_eq!(app.texts("SELECT id AS text FROM notes"), Vec::<String>::new());
        let told: Vec<_> = everything(app).into_iter().filter(|row| row.contains("Zebedee")).collect();
        assert!(told.is_empty() && before > 0, "{told:?}");
    }

    fn what_was_written_after_an_erasure_is_erased_too(app: &TestApp) {
        let (case, person) = ended(app);
        erase(app, &person).expect(200);
        // As a version would that knew no better: a row, and what stands on record of it.
        let write = |id: &str| {
            app.execute(&format!("INSERT INTO notes (id, case_id, text, created_by, created_at) \
                SELECT '{id}', id, 'A note on Zebedee', '{}', created_at FROM cases WHERE id = '{case}'", app.caseworker().id));
            let process = app.process();
            let event = Event::new("note_added", "note", id.parse().unwrap()).case(case.parse().unwrap());
            process.db().write(|tx| audit::record(tx, &process.system("a test"), event.after(&json!({"text": "Zebedee"})))).unwrap();
        };
        let left = || everything(app).into_iter().filter(|row| row.contains("Zebedee")).count();
        write("01a20043-353a-76c2-a2c1-b6d8007653c1");
        assert_eq!(erase(app, &person).expect(200).json["notes"], 1);
        assert_eq!(left(), 0);
        erase(app, &person).refused(409, "not_possible_now");
        write("01a20043-353a-76c2-a2c1-b6d8007653c2");
        let settings = [("EHCP_FIXED_TODAY", "2060-03-14"), ("EHCP_RETENTION_OTHER_YEARS", "25")];
        let job = ["jobs", "run", "--once", "--job", "retention"];
        let outcome = run(app, &job, &settings);
        assert!(outcome.code == 0 && outcome.stdout.contains("1 record(s) erased"), "{outcome:?}");
        assert_eq!(left(), 0);
        let outcome = run(app, &job, &settings);
        assert!(outcome.code == 0 && outcome.stdout.contains("0 record(s) erased"), "{outcome:?}");
        assert_eq!(run(app, &["audit", "verify"], &[]).code, 0);
    }

    fn kept_answers_go_after_a_day_though_nobody_asks_for_anything(app: &TestApp) {
        let post = |key: &str, surname: &str| app.caseworker().request("POST", "/cases").idempotency_key(key).json(a_case().of("Ann", surname, "2016-03-04").body()).send().expect(201);
        post("old", "Ashdown");
        post("new", "Birch");
        app.execute("UPDATE idempotency_keys SET created_at = '2026-01-01T00:00:00.000000Z' WHERE key = 'old'");
        let swept = run(app, &["jobs", "run", "--once", "--job", "sweep"], &[]);
        assert_eq!(swept.code, 0, "{swept:?}");
        assert_eq!(app.texts("SELECT key AS text FROM idempotency_keys"), ["new"]);
    }

    fn what_is_open_held_or_gone_is_not_erased(app: &TestApp) {
        let manager = app.manager();
        let open = app.caseworker().open_case(a_case());
        let person = open.json["person"]["id"].as_str().unwrap().to_owned();
        erase(app, &person).refused(409, "not_possible_now");
        app.caseworker().case_step(&open.id(), "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let hold = format!("/people/{person}/hold");
        manager.put(&hold, "*", &json!({"reason": " "})).refused(422, "blank");
        manager.put(&hold, "*", &json!({"reason": "An inquiry."})).expect(200);
        erase(app, &person).refused(409, "not_possible_now");
        assert_eq!(manager.get(&format!("/people/{person}/retention")).expect(200).json["hold"]["reason"], "An inquiry.");
        manager.delete(&hold).expect(204);
        manager.delete(&hold).refused(404, "not_found");
        app.caseworker().request("POST", &format!("/people/{person}/erasure")).if_match("*").json(&json!({"reason": "x"})).send().refused(403, "forbidden");
        manager.step(&format!("/people/{person}/erasure"), "\"9\"", &json!({"reason": "x"})).refused(412, "stale");
        erase(app, &person).expect(200);
        erase(app, &person).refused(409, "not_possible_now");
        let etag = manager.get(&format!("/people/{person}")).expect(200).etag;
        manager.patch(&format!("/people/{person}"), &etag, &json!({"forename": "Robin", "surname": "Ashdown"})).refused(409, "not_possible_now");
        manager.put(&hold, "*", &json!({"reason": "Too late."})).refused(409, "not_possible_now");
        manager.post("/cases", a_case().without("person").with("person_id", json!(person)).body()).refused(422, "unknown_person");
        let told: Vec<_> = app.events().into_iter().filter(|event| event.subject_id == person).map(|event| event.action).collect();
        assert_eq!(told, ["hold_placed", "hold_lifted", "person_erased"]);
    }
}

/// What SQLite takes out of a row stands in its file, and in its log, until something is written over it.
#[test]
fn neither_the_file_of_the_database_nor_its_log_holds_an_erased_word() {
    TestApp::run_on(Backend::Sqlite, |app| {
        let known = known(app);
        let other = app.caseworker().open_case(a_case()).id();
        let address = app.settings()["EHCP_DATABASE_URL"].trim_start_matches("sqlite://").to_owned();
        let holding = || {
            let mut files = Vec::new();
            for end in ["", "-wal"] {
                let bytes = std::fs::read(format!("{address}{end}")).unwrap_or_default();
                files.extend(bytes.windows(MARK.len()).any(|window| window == MARK.as_bytes()).then(|| end.to_owned()));
            }
            files
        };
        assert!(!holding().is_empty());
        erase(app, &known.person).expect(200);
        assert_eq!(holding(), Vec::<String>::new());
        app.caseworker().case(&other);
    });
}
