//! The command line: one subcommand a file. Exit codes: 0 done, 1 failed, 2 unusable arguments or settings.

mod audit;
mod backup;
mod demo;
mod doctor;
mod documents;
mod import;
mod jobs;
mod migrate;
mod openapi;
mod serve;
mod user;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::calendar;
use crate::config::{SettingError, Settings};
use crate::db::{DatabaseUrl, Db, OpenError};
use crate::error::Error;

/// Tracks EHC needs assessments from request to final plan, on their statutory clock.
#[derive(Debug, Parser)]
#[command(name = "ehcp-tracker", version, arg_required_else_help = true)]
struct Arguments {
    /// A TOML file with settings; environment variables of the same names win.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the HTTP API.
    Serve(serve::Serve),
    /// Fills an empty database with a believable caseload and serves it.
    Demo(demo::Demo),
    /// Brings the database up to date.
    Migrate(migrate::Migrate),
    /// Adds people who can sign in.
    User(user::User),
    /// Checks that what is kept is right: the database, the calendar, every case's clock, every document.
    Doctor,
    /// Checks the record of who did and read what, and exports its root.
    Audit(audit::Audit),
    /// Looks after the files of documents.
    Documents(documents::Documents),
    /// Copies the database to a file while the service runs (SQLite).
    Backup(backup::Backup),
    /// Takes a caseload over from a spreadsheet.
    Import(import::Import),
    /// Runs what the service does by itself, once: queues the mail that is due and delivers it.
    Jobs(jobs::Jobs),
    /// Prints the OpenAPI document.
    Openapi,
}

/// Why a subcommand did not do its work, in one line for a person.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments or settings that can't be used: exit code 2.
    Unusable(String),
    /// The work failed: exit code 1.
    Failed(String),
}

impl Failure {
    /// The work failed.
    pub(crate) fn failed(why: impl fmt::Display) -> Self {
        Self::Failed(why.to_string())
    }
}

impl From<SettingError> for Failure {
    fn from(fault: SettingError) -> Self {
        Self::Unusable(fault.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(fault: OpenError) -> Self {
        Self::Failed(fault.to_string())
    }
}

impl From<Error> for Failure {
    /// On the command line the operator reads what a client may not.
    fn from(fault: Error) -> Self {
        Self::Failed(match fault {
            Error::Internal(hidden) | Error::Unavailable(hidden) => format!("{hidden:?}"),
            Error::Invalid(faults) => {
                faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect::<Vec<_>>().join("; ")
            }
            other => other.to_string(),
        })
    }
}

/// Runs the subcommand that the arguments name.
pub fn run() -> ExitCode {
    end_quietly_on_a_closed_pipe();
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(why)) => complain(&why, 1),
        Err(Failure::Unusable(why)) => complain(&why, 2),
    }
}

/// Whoever reads what is printed may stop reading, as `head` does: that is no fault to tell of.
fn end_quietly_on_a_closed_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>().map(String::as_str).unwrap_or_default();
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

fn complain(why: &str, code: u8) -> ExitCode {
    eprintln!("ehcp-tracker: {why}");
    ExitCode::from(code)
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    if matches!(arguments.command, Command::Openapi) {
        return openapi::run();
    }
    let settings = Settings::load(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve(serve) => serve.run(settings),
        Command::Demo(demo) => demo.run(settings),
        Command::Migrate(migrate) => migrate.run(&settings),
        Command::User(user) => user.run(settings),
        Command::Doctor => doctor::run(&settings),
        Command::Audit(audit) => audit.run(&settings),
        Command::Documents(documents) => documents.run(&settings),
        Command::Backup(backup) => backup.run(&settings),
        Command::Import(import) => import.run(settings),
        Command::Jobs(jobs) => jobs.run(settings),
        Command::Openapi => openapi::run(),
    }
}

/// Opens a database that must be there already: asking about one must not make it.
fn open_existing(settings: &Settings) -> Result<Db, Failure> {
    let url = &settings.database.url;
    if let DatabaseUrl::Sqlite(file) = url
        && !file.is_file()
    {
        return Err(Failure::Failed(format!(
            "there is no database {url}; make one with `ehcp-tracker migrate`, or name another with EHCP_DATABASE_URL"
        )));
    }
    Ok(Db::open(url, settings.database.pool)?)
}

/// Brings the database up to date, gives it the bank holidays that come with the program if it has none, and puts the service together.
pub(crate) fn open(settings: Settings) -> Result<App, Failure> {
    crate::db::migrate(&settings.database.url)?;
    let app = App::new(settings)?;
    crate::audit::chain_earlier(app.db())?;
    // Looking first: a start must not wait for whoever is writing.
    if !app.db().read(calendar::store::has_bank_holidays)? {
        app.db().write(calendar::commands::seed_if_empty)?;
    }
    crate::case::commands::derive_under_new_rules(app.db(), &app.system("rules"))?;
    Ok(app)
}
