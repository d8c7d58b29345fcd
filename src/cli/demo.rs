//! `demo`: a believable caseload in an empty database, one login a role, and the service to try them with.

use chrono::NaiveDate;
use clap::Args;
use indicatif::ProgressBar;

use super::{Failure, open, serve};
use crate::app::App;
use crate::config::{Environment, Settings};
use crate::demo::{self, LOGINS, Made, PASSWORD, Wish};
use crate::words::Vocabulary;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many cases to make.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    cases: u32,
    /// The same seed on the same day makes the same cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day on which it is to be, as YYYY-MM-DD; today unless told.
    #[arg(long)]
    today: Option<NaiveDate>,
    /// Makes the cases and stops.
    #[arg(long)]
    no_serve: bool,
}

impl Demo {
    pub(super) fn run(self, mut settings: Settings) -> Result<(), Failure> {
        if settings.environment == Environment::Production {
            return Err(Failure::Unusable("EHCP_ENV: a demonstration is no production".to_owned()));
        }
        settings.casework.fixed_today = self.today.or(settings.casework.fixed_today);
        let listener = if self.no_serve { None } else { Some(serve::listen(&settings)?) };
        let address = match &listener {
            Some(listener) => listener.local_addr().map_err(Failure::failed)?,
            None => settings.http.listen,
        };
        let app = open(settings)?;
        let bar = ProgressBar::new_spinner().with_message("making cases");
        let made = demo::fill(&app, Wish { cases: self.cases, seed: self.seed }, &mut || bar.tick())?;
        if made == Made::New {
            app.db().empty_log()?;
        }
        bar.finish_and_clear();
        print!("{}", describe(&app, made, &format!("http://{address}"), self.no_serve)?);
        match listener {
            None => Ok(()),
            Some(listener) => {
                serve::log_to_stderr();
                serve::serve(app, listener)
            }
        }
    }
}

/// What there is, who can sign in, and what to try.
fn describe(app: &App, made: Made, address: &str, no_serve: bool) -> Result<String, Failure> {
    let by_status = demo::by_status(app)?;
    let total: i64 = by_status.iter().map(|(_, count)| count).sum();
    let url = &app.settings().database.url;
    let today = app.now().today;
    let mut text = match made {
        Made::New => format!("{total} invented cases were made in {url}; it is {today} there.\n\n"),
        Made::Kept => format!("{total} cases are in {url} and stay as they are; it is {today} there.\n\n"),
    };
    text.push_str("cases by status\n");
    for (status, count) in &by_status {
        text.push_str(&format!("  {:<24} {count:>6}\n", status.as_str()));
    }
    text.push_str(&format!("\nsign in with the password '{PASSWORD}' as\n"));
    for login in &LOGINS {
        text.push_str(&format!("  {:<12} {}\n", login.role.as_str(), login.email));
    }
    let [_, manager, ..] = &LOGINS;
    text.push_str(&format!(
        "\ntry\n  \
         TOKEN=$(curl -s {address}/api/v1/auth/login -H 'Content-Type: application/json' \
         -d '{{\"email\":\"{}\",\"password\":\"{PASSWORD}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n  \
         curl -s '{address}/api/v1/cases?status=overdue&limit=5' -H \"Authorization: Bearer $TOKEN\"\n\n",
        manager.email
    ));
    text.push_str(&if no_serve {
        "serve it with `ehcp-tracker demo` or, by the real day, with `ehcp-tracker serve`\n".to_owned()
    } else {
        format!("serving on {address}; every route stands on {address}/docs; stop with Ctrl-C\n")
    });
    Ok(text)
}
