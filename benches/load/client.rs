//! A client that is small enough not to be what is measured: HTTP/1.1 over connections that are kept, one request at a
//! time on each.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// After how long without a word a connection is opened anew.
const SILENT: Duration = Duration::from_secs(2);

/// A connection that is kept.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body_at: usize,
}

impl Connection {
    /// Connects.
    pub fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream, buffer: Vec::new(), body_at: 0 })
    }

    /// Sends a request and reads the whole answer; answers its status.
    pub fn send(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let (mut chunk, mut end) = ([0; 16384], None);
        loop {
            let length = self.stream.read(&mut chunk)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&chunk[..length]);
            if end.is_none() {
                end = self.head();
            }
            if let Some((status, end)) = end
                && self.buffer.len() >= end
            {
                return Ok(status);
            }
        }
    }

    /// The status and where the answer ends, once its head is here. The service always tells the length of a body.
    fn head(&mut self) -> Option<(u16, usize)> {
        self.body_at = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.buffer[..self.body_at]).to_ascii_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        Some((status, self.body_at + length.unwrap_or(0)))
    }

    /// The body of the last answer.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.buffer[self.body_at..]).into_owned()
    }
}

/// What driving a service showed.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Requests a second.
    pub rate: f64,
    /// The median of the time that an answer took, in milliseconds.
    pub median: f64,
    /// What 99 of 100 answers did not exceed, in milliseconds.
    pub p99: f64,
    /// How many answers there were.
    pub count: f64,
}

/// Keeps so many connections busy for a time: each sends its next request when it has the answer to the one before.
/// Every answer must be a 200. Ends early where `next` has no more requests.
pub fn drive(address: &str, clients: usize, span: Duration, next: impl Fn(usize) -> Option<Vec<u8>> + Sync) -> Sample {
    drive_at(None, address, clients, span, next)
}

/// The same at a pace, in requests a second of all connections together, where one is given. A request that is sent late,
/// since the one before took long, counts from when it was due: a stall is not hidden.
pub fn drive_at(
    pace: Option<f64>,
    address: &str,
    clients: usize,
    span: Duration,
    next: impl Fn(usize) -> Option<Vec<u8>> + Sync,
) -> Sample {
    let step = pace.map(|rate| f64::from(u32::try_from(clients).unwrap()) / rate);
    let begin = Barrier::new(clients);
    let (next, begin) = (&next, &begin);
    let runs: Vec<(Duration, Vec<Duration>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|client| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address).unwrap();
                    let mut took = Vec::new();
                    begin.wait();
                    let started = Instant::now();
                    let share = f64::from(u32::try_from(client).unwrap()) / f64::from(u32::try_from(clients).unwrap());
                    let mut turn = share;
                    while started.elapsed() < span
                        && let Some(request) = next(client)
                    {
                        let mut sent = Instant::now();
                        if let Some(step) = step {
                            let due = started + Duration::from_secs_f64(step * turn);
                            let pause = due.saturating_duration_since(sent);
                            std::thread::sleep(pause);
                            // The service hangs up on whoever says nothing for long.
                            if pause > SILENT {
                                connection = Connection::open(address).unwrap();
                            }
                            sent = due;
                            turn += 1.0;
                        }
                        let status = connection.send(&request).unwrap();
                        took.push(sent.elapsed());
                        assert_eq!(status, 200, "{}", connection.body());
                    }
                    (started.elapsed(), took)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let longest = runs.iter().map(|(ran, _)| *ran).max().unwrap();
    let mut took: Vec<Duration> = runs.into_iter().flat_map(|(_, took)| took).collect();
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).map_or(0.0, |took| took.as_secs_f64() * 1000.0);
    let count = f64::from(u32::try_from(took.len()).unwrap());
    Sample { rate: count / longest.as_secs_f64(), median: at(50), p99: at(99), count }
}
