//! What the record of who read what costs a case reading: the same service with it and without, in turns.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use ehcp_tracker::app::App;
use ehcp_tracker::config::{Settings, Source};
use ehcp_tracker::http;

use super::cases::Caseload;
use super::client::{Sample, drive};
use super::data::Dice;
use super::service::{get, settings, sign_in_at};

/// How often each is measured.
const ROUNDS: u32 = 4;

/// The service in this process: only code can take the record away, no setting.
struct Inside {
    address: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Inside {
    fn start(url: &str, folder: &Path, recorded: bool) -> Self {
        let pairs: HashMap<String, String> = settings(url, folder).into_iter().collect();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let settings = Settings::read(Source::from_pairs(pairs)).unwrap();
        let app = if recorded { App::new(settings) } else { App::to_measure_without_access_record(settings) }.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let (started, starting) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = http::start(app, listener, workers).unwrap();
                started.send((running.handle(), running.address.to_string())).unwrap();
                running.server.await.unwrap();
            });
        });
        let (handle, address) = starting.recv().unwrap();
        Self { address, handle, thread: Some(thread) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Measures on copies of one database; answers a table.
pub fn measure(
    database: &str,
    folder: &Path,
    caseload: &Caseload,
    (clients, span): (usize, Duration),
    copy: impl Fn(&str) -> String,
) -> String {
    // What still closes a database in this process must not meet its next copy.
    let copies = AtomicUsize::new(0);
    let once = |recorded: bool| -> Sample {
        let name = format!("service{}", copies.fetch_add(1, Ordering::Relaxed));
        let service = Inside::start(&copy(&name), folder, recorded);
        let token = sign_in_at(&service.address);
        let readings: Vec<Vec<u8>> = caseload.readings.iter().map(|case| get(&case.path(), Some(&token))).collect();
        let dice: Vec<_> = (0..clients).map(|client| Mutex::new(Dice::new(u64::try_from(client).unwrap()))).collect();
        let any = |client: usize| Some(readings[dice[client].lock().unwrap().below(readings.len())].clone());
        drive(&service.address, clients, Duration::from_secs(1), any);
        drive(&service.address, clients, span, any)
    };
    let mut text = format!(
        "{database}, `GET /cases/{{id}}`, {clients} connections\n\n| round | with the record, 1/s | without, 1/s | it costs |\n|---|---|---|---|\n"
    );
    let (mut with, mut without) = (0.0, 0.0);
    for round in 1..=ROUNDS {
        eprintln!("{database}: round {round} of {ROUNDS}");
        // In turns, and each first as often as second: the machine is not equally fast all the time.
        let (on, off) = if round % 2 == 1 {
            let on = once(true);
            (on, once(false))
        } else {
            let off = once(false);
            (once(true), off)
        };
        with += on.rate;
        without += off.rate;
        writeln!(text, "| {round} | {:.0} | {:.0} | {:.1} % |", on.rate, off.rate, 100.0 * (1.0 - on.rate / off.rate))
            .unwrap();
    }
    writeln!(
        text,
        "| all | {:.0} | {:.0} | {:.1} % |",
        with / f64::from(ROUNDS),
        without / f64::from(ROUNDS),
        100.0 * (1.0 - with / without)
    )
    .unwrap();
    text
}
