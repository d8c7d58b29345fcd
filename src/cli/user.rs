//! `user add`: adds somebody who can sign in at once. The password comes on standard input, where neither the list of
//! processes nor the shell's history shows it.

use std::io::BufRead;

use clap::{Args, Subcommand};

use super::{Failure, open};
use crate::auth::Role;
use crate::config::Settings;
use crate::db::Conn;
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::user::model::{UserBody, fold_email};
use crate::user::{commands, store};
use crate::words::{Vocabulary, Word, one_of};

#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Adds a user; the password is one line on standard input, of 12 to 256 characters.
    Add(Add),
    /// Takes somebody's one-time codes away, for whoever has lost the device and the recovery codes too.
    ResetOtp(ResetOtp),
}

#[derive(Debug, Args)]
struct ResetOtp {
    /// The e-mail address with which they sign in.
    #[arg(long)]
    email: String,
}

#[derive(Debug, Args)]
struct Add {
    /// The e-mail address with which they sign in.
    #[arg(long)]
    email: String,
    /// What they are called.
    #[arg(long)]
    name: String,
    /// caseworker, manager, adviser or admin.
    #[arg(long, value_parser = role)]
    role: Role,
    /// Whom they answer for: an organisation's id or its exact name. An adviser needs one.
    #[arg(long, value_name = "ID_OR_EXACT_NAME")]
    organisation: Option<String>,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(one_of::<Role>)
}

impl User {
    pub(super) fn run(self, settings: Settings) -> Result<(), Failure> {
        match self.command {
            Command::Add(add) => add.run(settings),
            Command::ResetOtp(reset) => reset.run(settings),
        }
    }
}

impl Add {
    fn run(self, settings: Settings) -> Result<(), Failure> {
        let password = password_from_stdin()?;
        let app = open(settings)?;
        let acting = app.system("command line");
        let password_hash = app.passwords().hash(&password)?;
        let outcome = app.db().write(|tx| {
            let organisation_id =
                match self.organisation.as_deref().map(|named| organisation_of(tx, named)).transpose()? {
                    None => None,
                    Some(Ok(id)) => Some(id),
                    Some(Err(why)) => return Ok(Err(Failure::Failed(why))),
                };
            let body = UserBody {
                email: self.email,
                name: self.name,
                role: Word(self.role),
                organisation_id,
                active: None,
                password: Some(password),
            };
            commands::create(tx, &acting, &body, Some(password_hash)).map(Ok)
        });
        println!("{}", outcome??.id);
        Ok(())
    }
}

impl ResetOtp {
    fn run(&self, settings: Settings) -> Result<(), Failure> {
        let app = open(settings)?;
        let acting = app.system("command line");
        let done = app.db().write(|tx| {
            let Some(user) = store::by_email(tx, &fold_email(&self.email))? else {
                return Ok(Err("there is no user with this e-mail address"));
            };
            match commands::reset_otp(tx, &acting, user.id) {
                Err(Error::NotFound) => Ok(Err("this user has no one-time codes")),
                other => other.map(Ok),
            }
        });
        done?.map_err(Failure::failed)
    }
}

fn password_from_stdin() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|fault| Failure::failed(format_args!("the password can't be read from standard input: {fault}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Failed("no password: give it as one line on standard input".to_owned()));
    }
    Ok(password.to_owned())
}

/// The organisation that somebody means, or why that is not clear.
fn organisation_of(conn: &mut Conn, named: &str) -> Result<Result<Id, String>, Error> {
    let found = match named.parse() {
        Ok(id) => organisation::store::find(conn, id)?.into_iter().collect(),
        Err(_no_id) => organisation::store::by_name(conn, named)?,
    };
    Ok(match found.as_slice() {
        [only] => Ok(only.id),
        [] => Err(format!("there is no organisation with the id or the exact name '{named}'")),
        several => {
            let ids: Vec<_> = several.iter().map(|organisation| organisation.id.to_string()).collect();
            Err(format!("several organisations are called '{named}': name one by its id ({})", ids.join(", ")))
        }
    })
}
