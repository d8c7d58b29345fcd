//! `serve [--check]`: serves the HTTP API until it is told to stop; requests in flight finish.

use std::net::TcpListener;

use clap::Args;

use super::{Failure, open};
use crate::app::App;
use crate::config::Settings;
use crate::{http, jobs, logging};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Reads the settings, says whether they can be used, and stops.
    #[arg(long)]
    check: bool,
}

impl Serve {
    pub(super) fn run(self, settings: Settings) -> Result<(), Failure> {
        if self.check {
            println!("the settings can be used");
            return Ok(());
        }
        log_to_stderr();
        let listener = listen(&settings)?;
        serve(open(settings)?, listener)
    }
}

/// Takes the address before anything else is done: a port in use must not cost a migration.
pub(super) fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    let address = settings.http.listen;
    TcpListener::bind(address).map_err(|fault| {
        Failure::Failed(format!("cannot listen on {address}: {fault}; choose another address with EHCP_LISTEN"))
    })
}

/// Serves until SIGTERM or SIGINT, with the jobs beside it unless the settings switch them off.
pub(super) fn serve(app: App, listener: TcpListener) -> Result<(), Failure> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let scheduler = if app.settings().casework.jobs { Some(jobs::start(app.clone())?) } else { None };
    let served = actix_web::rt::System::new().block_on(async move {
        let running = http::start(app, listener, workers)?;
        tracing::info!(address = %running.address, "serving");
        running.server.await
    });
    if let Some(scheduler) = scheduler {
        scheduler.stop();
    }
    served.map_err(Failure::failed)
}

/// One JSON line an event on stderr; `RUST_LOG` chooses what, `info` unless told.
pub(super) fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("info"));
    logging::start(filter, std::io::stderr);
}
