//! A disk that is full, or can only be read.
//!
//! A small file system of the test's own is made in a mount namespace, which needs root or a kernel that lets others have
//! user namespaces. Where neither is had, the test says that nothing was checked.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::cases::a_case;
use crate::support::database::Database;
use crate::support::replica::{Replica, within};
use crate::support::{Backend, Persona, TestApp, json};

/// Runs a script in a mount namespace of its own: what it mounts, nobody else sees.
fn apart(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]);
    command
}

/// Whether such a namespace, with a small file system in it, can be had here.
pub(super) fn can_mount() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let tried = apart("mount -t tmpfs -o size=1m tmpfs \"$1\"").arg(folder.path()).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        say_not_checked();
    }
    can
}

/// Says so even where the output of tests that pass is not shown.
pub(super) fn say_not_checked() {
    let said = "\nno file system can be mounted here: what a full disk does is NOT CHECKED\n";
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}

/// Copies what the folder holds to a disk of so many KiB, mounts that in its place, and runs the service on it.
const ON_A_SMALL_DISK: &str = r#"
program=$1 folder=$2 size=$3
cp -a "$folder" "$folder.copy"
mount -t tmpfs -o "size=${size}k" tmpfs "$folder" || exit 1
cp -a "$folder.copy/." "$folder"
rm -rf "$folder.copy"
exec "$program" serve
"#;

/// The process of a replica that lives on a disk of its own, seen from outside through its root.
fn inside(replica: &Replica, folder: &Path) -> std::path::PathBuf {
    Path::new("/proc").join(replica.id().to_string()).join("root").join(folder.strip_prefix("/").unwrap())
}

/// An installation in one folder, with a replica that runs on a small disk in its place.
struct Small {
    app: TestApp,
    folder: tempfile::TempDir,
    replica: Replica,
    who: Persona,
}

impl Small {
    fn start(kibibytes: u32) -> Self {
        let app = TestApp::on(Backend::Sqlite, "2026-01-05");
        let who = app.caseworker();
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("ehcp.db");
        let taken = crate::upkeep::run(&app, &["backup", &database.to_string_lossy()], &[]);
        assert_eq!(taken.code, 0, "{taken:?}");
        let mut settings = app.settings();
        settings.insert("EHCP_DATABASE_URL".into(), format!("sqlite://{}", database.display()));
        settings.insert("EHCP_DATA_DIR".into(), folder.path().join("data").to_string_lossy().into_owned());
        let mut command = apart(ON_A_SMALL_DISK);
        command.arg(env!("CARGO_BIN_EXE_ehcp-tracker")).arg(folder.path()).arg(kibibytes.to_string());
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").envs(settings);
        let replica = Replica::of(command);
        Self { app, folder, replica, who }
    }

    fn open_case(&self, number: usize) -> crate::support::replica::Answer {
        let mut body = a_case().of("Robin", &format!("Ash{number}"), "2016-03-04").body().clone();
        body["contacts"] = json!([{"name": "A contact", "relationship": "parent", "address": "x".repeat(500)}]);
        self.replica.ask("POST", "/api/v1/cases", Some(&self.who), &[], Some(&body)).expect("an answer")
    }
}

#[test]
fn a_full_disk_is_said_and_spoils_nothing() {
    if !can_mount() {
        return;
    }
    let small = Small::start(6_000);
    let mut made = Vec::new();
    let refused = (0..5_000)
        .find_map(|number| {
            let answer = small.open_case(number);
            match answer.status {
                201 => {
                    made.push(answer.json["id"].as_str().unwrap().to_owned());
                    None
                }
                _ => Some(answer),
            }
        })
        .expect("the disk fills up");
    assert_eq!((refused.status, refused.json["code"].as_str().unwrap()), (507, "disk_full"), "{refused:?}");
    assert!(!made.is_empty());
    // What is there is still read, as far as the record of the reading still fits; nothing else is answered.
    let read = small.replica.ask("GET", &format!("/api/v1/cases/{}", made[0]), Some(&small.who), &[], None).unwrap();
    assert!([200, 503, 507].contains(&read.status), "{read:?}");
    let healthy = small.replica.ask("GET", "/healthz", None, &[], None).unwrap();
    assert_eq!(healthy.status, 200);
    // With room again, and no restart, it goes on; all that was acknowledged is there.
    let folder = inside(&small.replica, small.folder.path());
    let more = Command::new("nsenter")
        .args(["--mount", "--user", "--preserve-credentials", "-t", &small.replica.id().to_string()])
        .args(["mount", "-o", "remount,size=64m"])
        .arg(small.folder.path())
        .output()
        .unwrap();
    assert!(more.status.success(), "{}", String::from_utf8_lossy(&more.stderr));
    within("writing again", || small.open_case(9_999).status == 201);
    for case in &made {
        let read = small.replica.ask("GET", &format!("/api/v1/cases/{case}"), Some(&small.who), &[], None).unwrap();
        assert_eq!(read.status, 200, "{case}");
    }
    let copy = small.app.data_dir().join("after.db");
    let copied = Database::copy_of(&folder.join("ehcp.db"), &copy);
    let url = format!("sqlite://{}", copied.display());
    for check in [&["doctor"][..], &["audit", "verify"]] {
        let checked = crate::upkeep::run(&small.app, check, &[("EHCP_DATABASE_URL", &url)]);
        assert_eq!(checked.code, 0, "{check:?}: {checked:?}");
    }
}

/// Mounts the folder so that it can only be read, and runs a command of the program.
const READ_ONLY: &str = r#"
program=$1 folder=$2
shift 2
mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" || exit 99
exec "$program" "$@"
"#;

#[test]
fn a_disk_that_can_only_be_read_stops_the_start_with_what_to_do() {
    if !can_mount() {
        return;
    }
    let app = TestApp::on(Backend::Sqlite, "2026-01-05");
    let database = app.settings()["EHCP_DATABASE_URL"].strip_prefix("sqlite://").unwrap().to_owned();
    let folder = Path::new(&database).parent().unwrap();
    let output = apart(READ_ONLY)
        .arg(env!("CARGO_BIN_EXE_ehcp-tracker"))
        .arg(folder)
        .arg("serve")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .envs(app.settings())
        .env("EHCP_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .and_then(Child::wait_with_output)
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("ehcp-tracker: ") && said.contains("EHCP_DATABASE_URL"), "{said}");
}
