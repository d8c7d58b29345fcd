//! The database goes away under load and comes back: answers say so, and the service needs no restart.

use std::collections::HashMap;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use ehcp_tracker::db::{DatabaseUrl, migrate};

use super::disk::{can_mount, say_not_checked};
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
    fn new() -> Self {
        let binaries = find_binaries().unwrap();
        Self { server: Server::start(&binaries, &["fsync=off"]), binaries }
    }

    /// A command that is run as whom the data belong to.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::metadata(self.server.folder.join("data")).unwrap();
        assert_ne!(owner.uid(), 0, "PostgreSQL's data belong to root");
        let mut command = Command::new(program);
        command.current_dir("/");
        // Only root may become somebody else, and need be.
        if std::fs::metadata("/proc/self").unwrap().uid() != owner.uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = self.command(self.binaries.join("pg_ctl"));
        command.arg("-D").arg(self.server.folder.join("data")).arg("-w").args(arguments);
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
        let database = Stoppable::new();
        database.server.execute("CREATE DATABASE ehcp");
        Self::on(database)
    }

    fn on(database: Stoppable) -> Self {
        let url = database.server.url("ehcp");
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
fn a_lock_of_another_session_is_not_waited_for_without_end_and_the_probe_waits_for_nobody() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let served = Served::start();
    let case = served.open_case().json["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/cases/{case}");
    let read = || served.replica.ask("GET", &path, Some(&served.who), &[], None).unwrap();
    let mut other = PgConnection::establish(&served.database.server.url("ehcp")).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE cases IN ACCESS EXCLUSIVE MODE").unwrap();
    std::thread::scope(|scope| {
        // More than there are connections.
        let waiting: Vec<_> = (0..16).map(|_| scope.spawn(read)).collect();
        within("all connections wait", || {
            let ready = served.replica.ask("GET", "/readyz", None, &[], None).unwrap();
            assert_eq!(ready.status, 200, "{ready:?}");
            waiting.iter().any(std::thread::ScopedJoinHandle::is_finished)
        });
        for one in waiting {
            let answer = one.join().unwrap();
            assert_eq!((answer.status, &answer.json["code"]), (503, &json!("unavailable")), "{answer:?}");
            assert!(answer.retry_after.is_some());
        }
    });
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(read().status, 200);
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

/// Starts the server anew where its folder `small` is a disk of so many KiB. Whoever mounts it is root there, which
/// PostgreSQL refuses to be, so it is somebody else again within.
const BESIDE_A_SMALL_DISK: &str = r#"
kibibytes=$1 folder=$2 user=$3 group=$4 postgres=$5
mount -t tmpfs -o "size=${kibibytes}k,mode=0700" tmpfs "$folder/small" && mkdir "$folder/small/tables" || exit 1
exec unshare --user --map-user="$user" --map-group="$group" \
    "$postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off
"#;

/// What that needs, tried on nothing.
const CAN_HAVE_ONE: &str =
    r#"mount -t tmpfs -o size=1m tmpfs "$1" && unshare --user --map-user="$2" --map-group="$3" true"#;

/// A server whose tables are on a small disk, most of which something else takes.
struct Cramped {
    served: Served,
    small: PathBuf,
    _postgres: Child,
}

impl Cramped {
    /// Starts one; none where the database's user may not have a file system of its own.
    fn start() -> Option<Self> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let database = Stoppable::new();
        database.stop();
        let folder = database.server.folder.clone();
        let made = database.command("mkdir").arg(folder.join("small")).status().unwrap();
        assert!(made.success());
        let owner = std::fs::metadata(folder.join("data")).unwrap();
        assert_eq!(owner.permissions().mode() & 0o077, 0);
        let (user, group) = (owner.uid().to_string(), owner.gid().to_string());
        let tried = database
            .command("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", CAN_HAVE_ONE, "sh"])
            .arg(folder.join("small"))
            .args([&user, &group])
            .output();
        if !tried.is_ok_and(|output| output.status.success()) {
            say_not_checked();
            return None;
        }
        let mut apart = database.command("unshare");
        apart.args(["--map-root-user", "--mount", "sh", "-c", BESIDE_A_SMALL_DISK, "sh", "96000"]).arg(&folder);
        apart.args([&user, &group]).arg(database.binaries.join("postgres"));
        let log = std::fs::OpenOptions::new().append(true).open(folder.join("log")).unwrap();
        let postgres = apart.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let admin = || PgConnection::establish(&database.server.url("postgres"));
        within("started", || admin().is_ok());
        let tables = folder.join("small/tables");
        for sql in [
            format!("CREATE TABLESPACE small LOCATION '{}'", tables.display()),
            "CREATE DATABASE ehcp TABLESPACE small".to_owned(),
        ] {
            admin().unwrap().batch_execute(&sql).unwrap();
        }
        let small =
            Path::new("/proc").join(postgres.id().to_string()).join("root").join(folder.strip_prefix("/").unwrap());
        Some(Self { served: Served::on(database), small: small.join("small"), _postgres: postgres })
    }

    /// Takes all of the disk but so many KiB. Only whom it belongs to may write there.
    fn fill_up_to(&self, kibibytes: u32) {
        let script =
            r#"free=$(($(stat -f -c '%a * %S / 1024' "$1"))); exec fallocate -l "$((free - $2))KiB" "$1/else""#;
        let mut filling = self.served.database.command("sh");
        let filled = filling.args(["-c", script, "sh"]).arg(&self.small).arg(kibibytes.to_string()).output().unwrap();
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    }

    fn make_room(&self) {
        assert!(self.served.database.command("rm").arg(self.small.join("else")).status().unwrap().success());
    }
}

#[test]
fn a_full_disk_under_the_database_is_said_and_spoils_nothing() {
    if !Backend::Postgres.is_there() || !can_mount() {
        return;
    }
    let Some(cramped) = Cramped::start() else {
        return;
    };
    let served = &cramped.served;
    cramped.fill_up_to(1_500);
    let mut made = Vec::new();
    let refused = (0..5_000)
        .find_map(|_| {
            let answer = served.open_case();
            match answer.status {
                201 => {
                    made.push(answer.json["id"].as_str().unwrap().to_owned());
                    None
                }
                _ => Some(answer),
            }
        })
        .expect("the disk fills up");
    assert_eq!((refused.status, &refused.json["code"]), (507, &json!("disk_full")), "{refused:?}");
    assert!(!made.is_empty());
    let read = |case: &str| {
        served.replica.ask("GET", &format!("/api/v1/cases/{case}"), Some(&served.who), &[], None).unwrap().status
    };
    // What is there is still read, as far as the record of the reading still fits; nothing else is answered.
    assert!([200, 503, 507].contains(&read(&made[0])));
    assert_eq!(served.replica.ask("GET", "/healthz", None, &[], None).unwrap().status, 200);
    cramped.make_room();
    within("writing again", || served.open_case().status == 201);
    for case in &made {
        assert_eq!(read(case), 200, "{case}");
    }
    served.assert_whole();
}
