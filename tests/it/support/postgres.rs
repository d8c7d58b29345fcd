//! A private PostgreSQL server, started from whatever installed binaries are found, on a socket in a folder of its own and
//! on no port. Statics are never dropped, so the server is the child of a small shell that waits for this process to end,
//! however it ends, and then stops the server and removes the folder. The benchmark uses it too.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// The folder with `initdb` and `postgres`: the newest there is.
pub fn find_binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    let version = |folder: &PathBuf| {
        folder.parent().and_then(|folder| folder.file_name()?.to_str()?.parse::<u32>().ok()).unwrap_or(0)
    };
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    if let Ok(said) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()));
    }
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Whom the server runs as: it refuses root, so then another user that is there already.
fn unprivileged() -> Option<(u32, u32)> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

/// The server, running.
#[derive(Debug)]
pub struct Server {
    /// The folder of its socket, its data and its log.
    pub folder: PathBuf,
    admin: Mutex<Option<Admin>>,
    /// Its standard input is what keeps the server running.
    _keeper: Child,
}

/// A connection that can be debugged.
struct Admin(PgConnection);

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Admin")
    }
}

/// Makes and starts the cluster, tells the server's process id, and stops it when standard input ends. A signal from the
/// terminal reaches the tests too, whose end is what counts.
const KEEPER: &str = r#"
binaries=$1 folder=$2
shift 2
trap '' INT HUP TERM
"$binaries/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; rm -rf "$folder"; exit 1; }
"$binaries/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= "$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
echo "$server"
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$folder"
"#;

impl Server {
    /// Makes a cluster and starts it with these settings, each as `name=value`.
    pub fn start(binaries: &Path, settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("ehcp-pg-").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(binaries).arg(&folder).current_dir("/");
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if fs::metadata(&folder).unwrap().uid() == 0 {
            let (user, group) = unprivileged().expect("a user that is not root, for PostgreSQL to run as");
            chown(&folder, Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let mut keeper = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        said.trim().parse::<u32>().expect("initdb made a cluster and postgres was started");
        let server = Self { folder, admin: Mutex::default(), _keeper: keeper };
        let started = Instant::now();
        let admin = loop {
            match PgConnection::establish(&server.url("postgres")) {
                Ok(admin) => break admin,
                Err(fault) if started.elapsed() > Duration::from_secs(60) => {
                    let log = fs::read_to_string(server.folder.join("log")).unwrap_or_default();
                    panic!("the private PostgreSQL server does not answer: {fault}\n{log}")
                }
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        *server.admin.lock().unwrap() = Some(Admin(admin));
        server
    }

    /// The address of a database, as the service takes it.
    pub fn url(&self, name: &str) -> String {
        format!("postgres:///{name}?host={}&user=postgres", self.folder.display())
    }

    /// Runs a statement as the administrator.
    pub fn execute(&self, sql: &str) {
        let mut admin = self.admin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        admin.as_mut().unwrap().0.batch_execute(sql).unwrap();
    }
}
