//! Chains of digests: what was altered, removed, moved or slipped in is found, and told.

use ehcp_tracker::audit::{Root, RootFault};
use ehcp_tracker::db::{migrate, revert_last};
use ehcp_tracker::time::Clock;

use super::{faults, sound, unlock};
use crate::support::cases::{a_case, to_assess};
use crate::support::{Backend, TestApp, both, json};
use crate::upkeep::run;

/// A case with a handful of changes and readings; answers its id.
fn a_record(app: &TestApp) -> String {
    let caseworker = app.caseworker();
    let id = caseworker.open_case(a_case()).id();
    for n in 1..=4 {
        caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": format!("Note {n}.")})).expect(201);
    }
    for _ in 0..4 {
        caseworker.case(&id);
    }
    caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01"));
    id
}

/// The ids of the events of a case, oldest first.
fn events(app: &TestApp, case: &str) -> Vec<String> {
    app.texts(&format!("SELECT CAST(id AS text) AS text FROM audit_events WHERE case_id = '{case}' ORDER BY sequence"))
}

both! {
    fn what_was_recorded_is_sound(app: &TestApp) {
        let id = a_record(app);
        app.caseworker().case_step(&id, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let outcome = sound(app);
        assert!(outcome.stdout.starts_with("4 chain(s): "), "{outcome:?}");
        let events = app.count("audit_events");
        assert!(outcome.stdout.contains(&format!("{events} change(s), of which 0 have lost")), "{outcome:?}");
    }

    fn the_database_refuses_to_change_what_is_on_record(app: &TestApp) {
        a_record(app);
        for sql in [
            "UPDATE audit_events SET action = 'nothing'",
            "DELETE FROM audit_events",
            "UPDATE access_records SET user_name = 'Nobody'",
            "DELETE FROM access_records",
            "UPDATE audit_details SET content = '{}'",
        ] {
            let refused = app.db().write(|tx| Ok(diesel::connection::SimpleConnection::batch_execute(&mut **tx, sql)?));
            let why = format!("{:?}", refused.expect_err(sql));
            assert!(why.contains("append-only"), "{sql}: {why}");
        }
        let replacing: &[&str] = match app.backend() {
            Backend::Sqlite => &[
                "REPLACE INTO audit_events SELECT * FROM audit_events",
                "REPLACE INTO access_records SELECT * FROM access_records",
                "REPLACE INTO audit_details SELECT * FROM audit_details",
                "INSERT OR REPLACE INTO audit_details (event_id, case_id, salt, content) SELECT event_id, case_id, salt, '{}' FROM audit_details",
            ],
            Backend::Postgres => &[
                "INSERT INTO audit_details SELECT * FROM audit_details ON CONFLICT (event_id) DO UPDATE SET content = '{}'",
            ],
        };
        for sql in replacing {
            let refused = app.db().write(|tx| Ok(diesel::connection::SimpleConnection::batch_execute(&mut **tx, sql)?));
            let why = format!("{:?}", refused.expect_err(sql));
            assert!(why.contains("append-only"), "{sql}: {why}");
        }
        sound(app);
    }

    fn a_record_without_its_place_is_refused_and_never_taken_into_a_chain(app: &TestApp) {
        let id = a_record(app);
        assert_eq!(run(app, &["migrate"], &[]).code, 0);
        let slipped = "01a20043-353a-76c2-a2c1-b6d8007653c9";
        let sql = format!(
            "INSERT INTO audit_events (id, at, actor_name, request_id, case_id, subject_kind, action) \
            SELECT '{slipped}', at, actor_name, request_id, case_id, subject_kind, action FROM audit_events WHERE case_id = '{id}' AND number = 2"
        );
        let refused = app.db().write(|tx| Ok(diesel::connection::SimpleConnection::batch_execute(&mut **tx, &sql)?));
        let why = format!("{:?}", refused.unwrap_err());
        assert!(why.contains("its place in its chain"), "{why}");
        // Whoever owns the database takes the trigger away.
        unlock(app);
        app.execute(&sql);
        let started = run(app, &["migrate"], &[]);
        assert!(started.code == 0 && !started.stdout.contains("added"), "{started:?}");
        assert_eq!(faults(app), [format!("case {id}, record 0 (event {slipped}): it belongs to no chain")]);
    }

    fn an_altered_event_is_named(app: &TestApp) {
        let id = a_record(app);
        let event = events(app, &id)[2].clone();
        unlock(app);
        app.execute(&format!("UPDATE audit_events SET actor_name = 'Somebody Else' WHERE id = '{event}'"));
        assert_eq!(faults(app), [format!("case {id}, record 3 (event {event}): it was altered")]);
    }

    fn altered_and_removed_details_are_named(app: &TestApp) {
        let id = a_record(app);
        let ids = events(app, &id);
        unlock(app);
        app.execute(&format!("UPDATE audit_details SET content = '{{}}' WHERE event_id = '{}'", ids[1]));
        app.execute(&format!("DELETE FROM audit_details WHERE event_id = '{}'", ids[3]));
        assert_eq!(faults(app), [
            format!("case {id}, record 2 (event {}): its details were altered", ids[1]),
            format!("case {id}, record 4 (event {}): its details were removed", ids[3]),
        ]);
    }

    fn a_removed_event_is_named_the_last_one_too(app: &TestApp) {
        let id = a_record(app);
        let ids = events(app, &id);
        unlock(app);
        app.execute(&format!("DELETE FROM audit_events WHERE id IN ('{}', '{}')", ids[1], ids[4]));
        assert_eq!(faults(app), [
            format!("case {id}, record 2: it was removed"),
            format!("case {id}, record 5: it was removed"),
        ]);
    }

    fn events_that_changed_places_are_named(app: &TestApp) {
        let id = a_record(app);
        let ids = events(app, &id);
        unlock(app);
        if app.backend() == Backend::Postgres {
            app.execute("ALTER TABLE audit_events ALTER COLUMN sequence DROP IDENTITY");
        }
        let place = |n: usize| app.texts(&format!("SELECT CAST(sequence AS text) AS text FROM audit_events WHERE id = '{}'", ids[n])).remove(0);
        let (second, third) = (place(1), place(2));
        app.execute(&format!("UPDATE audit_events SET sequence = -1 WHERE id = '{}'", ids[1]));
        app.execute(&format!("UPDATE audit_events SET sequence = {second} WHERE id = '{}'", ids[2]));
        app.execute(&format!("UPDATE audit_events SET sequence = {third} WHERE id = '{}'", ids[1]));
        assert_eq!(faults(app), [format!("case {id}, record 2 (event {}): it was moved to another place", ids[1])]);
    }

    fn an_event_that_was_slipped_in_is_named(app: &TestApp) {
        let id = a_record(app);
        app.execute(&format!(
            "INSERT INTO audit_events (id, at, actor_name, request_id, case_id, subject_kind, action, number, digest) \
            SELECT '01a20043-353a-76c2-a2c1-b6d8007653c9', at, actor_name, request_id, case_id, subject_kind, action, number, digest \
            FROM audit_events WHERE case_id = '{id}' AND number = 2"
        ));
        assert_eq!(faults(app), [format!("case {id}, record 2 (event 01a20043-353a-76c2-a2c1-b6d8007653c9): it was slipped in")]);
    }

    fn an_altered_a_removed_and_the_last_reading_are_named(app: &TestApp) {
        a_record(app);
        let last = app.count("access_records");
        unlock(app);
        app.execute("UPDATE access_records SET user_name = 'Somebody Else' WHERE number = 1");
        app.execute(&format!("DELETE FROM access_records WHERE number IN (3, {last})"));
        assert_eq!(faults(app), [
            "readings, record 1: it was altered".to_owned(),
            "readings, record 3: it was removed".to_owned(),
            format!("readings, record {last}: it was removed"),
        ]);
    }

    fn a_case_whose_whole_record_is_gone_is_named(app: &TestApp) {
        let id = a_record(app);
        unlock(app);
        app.execute(&format!("DELETE FROM audit_events WHERE case_id = '{id}'; DELETE FROM audit_details WHERE case_id = '{id}'; DELETE FROM audit_heads WHERE chain = '{id}'"));
        let outcome = run(app, &["audit", "verify"], &[]);
        assert!(outcome.code == 1 && outcome.stdout.contains(&format!("case {id}: nothing is on record of it")), "{outcome:?}");
    }

    fn a_chain_that_was_made_anew_differs_from_an_exported_root(app: &TestApp) {
        let id = a_record(app);
        let now = Clock::new(None).read();
        let later = now.at.plus(chrono::TimeDelta::days(3));
        assert!(Root::of(&app.db(), now.today, now.at).is_err(), "a day that is not over has no root");
        let root = Root::of(&app.db(), now.today, later).unwrap();
        let at = |text: &str| text.parse::<ehcp_tracker::time::Instant>().unwrap();
        // The record of the 11th goes on for an hour after midnight in London, where it is summer.
        assert_eq!(Root::last_whole_day(at("2026-06-11T23:59:00Z")), chrono::NaiveDate::from_ymd_opt(2026, 6, 10));
        assert_eq!(Root::last_whole_day(at("2026-06-12T00:00:00Z")), chrono::NaiveDate::from_ymd_opt(2026, 6, 11));
        assert_eq!(Root::read(&root.export()).unwrap(), root);
        let file = app.data_dir().join("root.txt");
        std::fs::write(&file, root.export()).unwrap();
        let against = ["audit", "verify", "--against", &file.to_string_lossy()];
        // What is recorded later changes nothing of it.
        app.caseworker().post(&format!("/cases/{id}/notes"), &json!({"text": "Later."})).expect(201);
        let clean = run(app, &against, &[]);
        assert!(clean.code == 0 && clean.stdout.contains("0 difference(s)"), "{clean:?}");
        // Whoever owns the database takes the end off a chain and puts its head right.
        unlock(app);
        app.execute(&format!("DELETE FROM audit_details WHERE event_id IN (SELECT id FROM audit_events WHERE case_id = '{id}' AND number > 3); DELETE FROM audit_events WHERE case_id = '{id}' AND number > 3"));
        app.execute(&format!("UPDATE audit_heads SET number = 3, digest = (SELECT digest FROM audit_events WHERE case_id = '{id}' AND number = 3) WHERE chain = '{id}'"));
        sound(app);
        let found = run(app, &against, &[]);
        assert!(found.code == 1 && found.stdout.contains(&format!("case {id}, record 5: not what was exported")), "{found:?}");
        let broken = root.export().replace(" 5 ", " 4 ");
        assert_eq!(Root::read(&broken).unwrap().check(&app.db()).unwrap(), [RootFault::File]);
        assert_eq!(run(app, &["audit", "root"], &[]).code, 0);
    }

    fn records_from_before_there_were_chains_are_added_to_theirs(app: &TestApp) {
        let id = a_record(app);
        let address = app.db().url().clone();
        let chains = "2026-11-25-000090".replace('-', "");
        // Back to how an earlier version kept the record, which goes on for a while.
        while migrations(app).iter().any(|version| version.as_str() >= chains.as_str()) {
            revert_last(&address).unwrap();
        }
        app.execute(&format!(
            "INSERT INTO audit_events (id, at, actor_name, request_id, case_id, subject_kind, action, reason, before, after) \
            SELECT '01a20043-353a-76c2-a2c1-b6d8007653c9', at, 'Cass Caseworker', 'r', case_id, 'case', 'case_changed', 'Why.', '{{\"a\": 1}}', '{{\"a\": 2}}' \
            FROM audit_events WHERE case_id = '{id}' LIMIT 1"
        ));
        migrate(&address).unwrap();
        let before = run(app, &["audit", "verify"], &[]);
        assert!(before.code == 1 && before.stdout.contains("it belongs to no chain"), "{before:?}");
        let chained = run(app, &["migrate"], &[]);
        assert!(chained.code == 0 && chained.stdout.contains("were added to theirs"), "{chained:?}");
        sound(app);
        let newest = app.caseworker().get(&format!("/cases/{id}/history?limit=1")).expect(200).json["items"][0].clone();
        assert_eq!((&newest["reason"], &newest["before"], &newest["after"]), (&json!("Why."), &json!({"a": 1}), &json!({"a": 2})));
        app.caseworker().post(&format!("/cases/{id}/notes"), &json!({"text": "After."})).expect(201);
        sound(app);
        assert!(!run(app, &["migrate"], &[]).stdout.contains("added"), "there is nothing left to add");
    }

    fn many_changes_at_once_leave_sound_chains(app: &TestApp) {
        let ids: Vec<String> = (0..3).map(|n| app.caseworker().open_case(a_case().of("Kim", &format!("Lee{n}"), "2015-01-01")).id()).collect();
        std::thread::scope(|scope| {
            for n in 0..6 {
                let (id, caseworker) = (&ids[n % 3], app.caseworker());
                scope.spawn(move || {
                    for _ in 0..8 {
                        caseworker.post(&format!("/cases/{id}/notes"), &json!({"text": "At once."})).expect(201);
                        caseworker.case(id);
                    }
                });
            }
        });
        sound(app);
    }
}

fn migrations(app: &TestApp) -> Vec<String> {
    app.texts("SELECT version AS text FROM __diesel_schema_migrations")
}

#[test]
fn one_case_does_not_wait_for_the_chain_of_another() {
    TestApp::run_on(Backend::Postgres, |app| {
        let caseworker = app.caseworker();
        let (held, free) =
            (caseworker.open_case(a_case()).id(), caseworker.open_case(a_case().of("Kim", "Lee", "2015-01-01")).id());
        let done = app.db().write(|tx| {
            let sql = format!("UPDATE audit_heads SET number = number WHERE chain = '{held}'");
            diesel::connection::SimpleConnection::batch_execute(&mut **tx, &sql)?;
            let (tell, told) = std::sync::mpsc::channel();
            let caseworker = caseworker.clone();
            let path = format!("/cases/{free}/notes");
            std::thread::spawn(move || tell.send(caseworker.post(&path, &json!({"text": "Free."})).status));
            Ok(told.recv_timeout(std::time::Duration::from_secs(20)))
        });
        assert_eq!(done.unwrap(), Ok(201));
    });
}
