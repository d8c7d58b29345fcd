//! Killed while it writes, again and again: whatever was acknowledged is there, whole.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rand::Rng;

use super::assert_whole;
use crate::support::cases::{a_case, to_assess};
use crate::support::replica::Replica;
use crate::support::{Persona, Value, both, json};

/// How many times the process is killed, unless `ENDURANCE_ROUNDS` says another number.
const ROUNDS: usize = 20;

/// How long a process may take until the first step is acknowledged.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many write at once.
const CLIENTS: usize = 4;

/// What a client was told: the case, its version, and whether it is being assessed.
#[derive(Debug, Clone)]
struct Told {
    case: String,
    version: i64,
    assessing: bool,
}

/// Opens cases and decides on them until the process is gone.
fn work(replica: &Replica, who: &Persona, told: &Mutex<Vec<Told>>) {
    loop {
        let mut body: Value = a_case().body().clone();
        body["confirm_new_person"] = json!(true);
        let Some(made) = replica.ask("POST", "/api/v1/cases", Some(who), &[], Some(&body)) else { return };
        assert_eq!(made.status, 201, "{:?}", made.json);
        let case = made.json["id"].as_str().unwrap().to_owned();
        let version = made.json["version"].as_i64().unwrap();
        told.lock().unwrap().push(Told { case: case.clone(), version, assessing: false });
        let path = format!("/api/v1/cases/{case}/assessment-decision");
        let decision = to_assess("2026-01-05");
        let headers = [("If-Match", made.etag.as_str())];
        let Some(decided) = replica.ask("POST", &path, Some(who), &headers, Some(&decision)) else { return };
        assert_eq!(decided.status, 200, "{:?}", decided.json);
        let version = decided.json["version"].as_i64().unwrap();
        told.lock().unwrap().push(Told { case, version, assessing: true });
    }
}

both! {
    fn what_was_acknowledged_outlives_every_kill(app: &TestApp) {
        let rounds = std::env::var("ENDURANCE_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
        let who = app.caseworker();
        let told = Mutex::new(Vec::new());
        for _ in 0..rounds {
            let replica = Replica::start(app);
            let dying = Duration::from_millis(rand::rng().random_range(0..400));
            let before = told.lock().unwrap().len();
            std::thread::scope(|scope| {
                for _ in 0..CLIENTS {
                    scope.spawn(|| work(&replica, &who, &told));
                }
                // However slow the machine is, there is something to lose.
                let started = Instant::now();
                while told.lock().unwrap().len() == before && started.elapsed() < PATIENCE {
                    std::thread::sleep(Duration::from_millis(5));
                }
                std::thread::sleep(dying);
                let killed = std::process::Command::new("kill").args(["-KILL", &replica.id().to_string()]).status();
                assert!(killed.unwrap().success());
            });
        }
        let told = told.into_inner().unwrap();
        assert!(told.len() > rounds, "{} steps were acknowledged", told.len());
        for told in &told {
            let case = who.case(&told.case).json;
            assert!(case["version"].as_i64().unwrap() >= told.version, "{told:?}: {case}");
            if told.assessing {
                assert_eq!(case["stage"], "gathering_advice", "{told:?}");
            }
            // A decision and the requests it opens are one step: none is there without the others.
            let requested = case["advice"]["requested"].as_i64().unwrap();
            let decided = !case["decisions"]["assessment"].is_null();
            assert_eq!(decided, requested > 0, "{case}");
        }
        let history: usize = told.iter().filter(|told| told.assessing).count();
        let decided = app.texts("SELECT CAST(COUNT(*) AS text) AS text FROM audit_events WHERE action = 'assessment_decided'");
        assert!(decided[0].parse::<usize>().unwrap() >= history, "each is on record");
        assert_whole(app);
    }
}
