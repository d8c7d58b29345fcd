//! The database goes away under load and comes back: answers say so, and the service needs no restart.

use std::collections::HashMap;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ehcp_tracker::db::{DatabaseUrl, migrate};

use crate::support::app::JWT_SECRET;
use crate::support::personas::{self, Persona};
use crate::support::postgres::{Server, find_binaries};
use crate::support::replica::{Replica, within};
use crate::support::{Backend, json};

/// A PostgreSQL server of this test's own, which it can stop and start.
struct Stoppable {
    server: Server,
    binaries: PathBuf,
}

impl Stoppable {
    fn control(&self, arguments: &[&str]) {
        use std::os::unix::fs::MetadataExt;
        let data = self.server.folder.join("data");
        let owner = std::fs::metadata(&data).unwrap();
        let mut command = Command::new(self.binaries.join("pg_ctl"));
        command.arg("-D").arg(&data).arg("-w").args(arguments).current_dir("/");
        if owner.uid() == 0 {
            panic!("PostgreSQL's data belong to root");
        }
        // Only root may become somebody else, and need be.
        if std::fs::metadata("/proc/self").unwrap().uid() != owner.uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn stop(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    fn start(&self) {
        let log = self.server.folder.join("log").to_string_lossy().into_owned();
        let options = format!("-k {} -c listen_addresses=", self.server.folder.display());
        self.control(&["-l", &log, "-o", &options, "start"]);
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        // What the test started itself, nobody else stops.
        let data = self.server.folder.join("data");
        if data.join("postmaster.pid").exists() {
            self.stop();
        }
    }
}

/// The service on such a server, and somebody who is signed in to it.
struct Served {
    database: Stoppable,
    replica: Replica,
    who: Persona,
    settings: HashMap<String, String>,
    _folder: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let binaries = find_binaries().unwrap();
        let server = Server::start(&binaries, &["fsync=off"]);
        server.execute("CREATE DATABASE ehcp");
        let url = server.url("ehcp");
        let database = Stoppable { server, binaries };
        migrate(&url.parse::<DatabaseUrl>().unwrap()).unwrap();
        personas::add_to(&url);
        let folder = tempfile::tempdir().unwrap();
        let settings: HashMap<String, String> = [
            ("EHCP_DATABASE_URL", url.as_str()),
            ("EHCP_DATA_DIR", &folder.path().to_string_lossy()),
            ("EHCP_JWT_SECRET", JWT_SECRET),
            ("EHCP_FIXED_TODAY", "2026-01-05"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let replica = Replica::start_with(&settings);
        let who = Persona::sign_in_at(&format!("http://{}", replica.address), &personas::email_of("Cass Caseworker"));
        Self { database, replica, who, settings, _folder: folder }
    }

    fn open_case(&self) -> crate::support::replica::Answer {
        let mut case = crate::support::cases::a_case().body().clone();
        case["confirm_new_person"] = json!(true);
        self.replica.ask("POST", "/api/v1/cases", Some(&self.who), &[], Some(&case)).expect("an answer")
    }

    /// The program itself finds nothing amiss.
    fn assert_whole(&self) {
        for check in [&["doctor"][..], &["audit", "verify"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"));
            let checked = command.args(check).env_clear().envs(&self.settings).output().unwrap();
            assert!(checked.status.success(), "{check:?}: {checked:?}");
        }
    }
}

#[test]
fn a_database_that_was_away_is_used_again_without_a_restart() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let served = Served::start();
    let Served { database, replica, who, .. } = &served;
    let (stopping, answers, away) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stopping.load(Ordering::Relaxed) {
                    let list = replica.ask("GET", "/api/v1/cases?limit=5", Some(who), &[], None).expect("an answer");
                    match list.status {
                        200 => drop(answers.fetch_add(1, Ordering::Relaxed)),
                        503 => {
                            let wait = list.retry_after.as_deref().and_then(|seconds| seconds.parse::<u32>().ok());
                            assert!(wait.is_some_and(|seconds| seconds > 0), "{list:?}");
                            assert_eq!(list.json["code"], "unavailable");
                            away.fetch_add(1, Ordering::Relaxed);
                            std::thread::sleep(Duration::from_millis(50));
                        }
                        _ => panic!("{list:?}"),
                    }
                }
            });
        }
        let came = |count: &AtomicUsize, more: usize| {
            let before = count.load(Ordering::Relaxed);
            within("answered", || count.load(Ordering::Relaxed) >= before + more);
        };
        came(&answers, 20);
        database.stop();
        came(&away, 8);
        let ready = replica.ask("GET", "/readyz", None, &[], None).unwrap();
        assert_eq!(ready.status, 503, "{ready:?}");
        let healthy = replica.ask("GET", "/healthz", None, &[], None).unwrap();
        assert_eq!(healthy.status, 200);
        database.start();
        came(&answers, 20);
        within("writing again", || served.open_case().status == 201);
        let before = away.load(Ordering::Relaxed);
        came(&answers, 50);
        assert!(away.load(Ordering::Relaxed) <= before + 4, "it has recovered");
        stopping.store(true, Ordering::Relaxed);
    });
    served.assert_whole();
}

#[test]
fn a_database_that_can_only_be_read_says_so_and_is_written_again_once_it_can_be() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let served = Served::start();
    let case = served.open_case().json["id"].as_str().unwrap().to_owned();
    let only_read = |on: bool| {
        served.database.server.execute("SET default_transaction_read_only = off");
        served.database.server.execute(&format!("ALTER SYSTEM SET default_transaction_read_only = {on}"));
        served.database.server.execute("SELECT pg_reload_conf()");
    };
    let read = || served.replica.ask("GET", &format!("/api/v1/cases/{case}"), Some(&served.who), &[], None).unwrap();
    only_read(true);
    within("refused", || served.open_case().status == 503);
    // A reading that can't be put on record is not answered.
    let refused = read();
    assert_eq!((refused.status, &refused.json["code"]), (503, &json!("unavailable")), "{refused:?}");
    assert!(refused.retry_after.is_some());
    only_read(false);
    within("written", || served.open_case().status == 201);
    assert_eq!(read().status, 200);
    served.assert_whole();
}
