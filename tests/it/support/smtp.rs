//! A mail server on loopback that does what a test tells it to: takes mail, puts it off, refuses it, breaks off, is down.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::mail::Mail;

/// What the server does with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it.
    Accept,
    /// Puts it off, at the address, with this code and text.
    Defer(&'static str),
    /// Refuses it, at the address, with this code and text.
    Reject(&'static str),
    /// Takes its content and breaks off before it says so.
    DropAfterData,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Mail>,
    next: VecDeque<Behaviour>,
    sessions: usize,
    login: Option<String>,
    up: bool,
    streams: Vec<TcpStream>,
    /// Mails are answered only once this is let go.
    held: bool,
    waiting: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mail server.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl MailServer {
    /// Starts one on a free port; it takes every mail.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, shared: Arc::default(), listening: Mutex::default() };
        server.listen(listener);
        server
    }

    /// The setting that names it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Does this with the next mails, one each; then takes every mail again.
    pub fn then(&self, behaviours: &[Behaviour]) {
        self.shared.lock().next.extend(behaviours);
    }

    /// Wants this user and password from now on.
    pub fn wants_login(&self, user: &str, password: &str) {
        use base64::Engine;
        let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0{user}\0{password}"));
        self.shared.lock().login = Some(plain);
    }

    /// Every mail whose content arrived, in order.
    pub fn received(&self) -> Vec<Mail> {
        self.shared.lock().received.clone()
    }

    /// How many times somebody connected.
    pub fn sessions(&self) -> usize {
        self.shared.lock().sessions
    }

    /// Takes mails without answering until [`Self::let_go`].
    pub fn hold(&self) {
        self.shared.lock().held = true;
    }

    /// Waits until a mail's content is there and waits for its answer.
    pub fn wait_for_held(&self) {
        let state = self.shared.lock();
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(state, Duration::from_secs(30), |state| state.waiting == 0)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "no mail came: {state:?}");
    }

    /// Answers the mails that wait.
    pub fn let_go(&self) {
        self.shared.lock().held = false;
        self.shared.changed.notify_all();
    }

    /// Refuses connections, and breaks off those there are.
    pub fn go_down(&self) {
        let streams = {
            let mut state = self.shared.lock();
            state.up = false;
            std::mem::take(&mut state.streams)
        };
        for stream in streams {
            // One whose other end has gone already needs no breaking off.
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
        if let Some(thread) = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take() {
            thread.join().unwrap();
        }
    }

    /// Takes connections again, at the same address.
    pub fn come_up(&self) {
        self.listen(TcpListener::bind(self.address).unwrap());
    }

    fn listen(&self, listener: TcpListener) {
        listener.set_nonblocking(true).unwrap();
        self.shared.lock().up = true;
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::spawn(move || {
            while shared.lock().up {
                let Ok((stream, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                stream.set_nonblocking(false).unwrap();
                let mut state = shared.lock();
                state.sessions += 1;
                state.streams.push(stream.try_clone().unwrap());
                drop(state);
                let shared = Arc::clone(&shared);
                // A client that breaks off ends its session, and that is all.
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.let_go();
        self.go_down();
    }
}

/// One session, as RFC 5321 has it.
fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut say = move |text: &str| out.write_all(format!("{text}\r\n").as_bytes());
    say("220 mail.test ready")?;
    let (mut to, mut then, mut known) = (Vec::new(), Behaviour::Accept, false);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let login = shared.lock().login.clone();
        match line.to_ascii_uppercase().split([' ', ':']).next().unwrap_or_default() {
            "EHLO" if login.is_some() => say("250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME")?,
            "EHLO" => say("250-mail.test\r\n250 8BITMIME")?,
            "AUTH" => {
                known = login.is_some_and(|login| line == format!("AUTH PLAIN {login}"));
                say(if known { "235 come in" } else { "535 5.7.8 wrong user or password" })?;
            }
            "MAIL" if login.is_some() && !known => say("530 5.7.0 sign in first")?,
            "MAIL" => {
                to.clear();
                then = shared.lock().next.pop_front().unwrap_or(Behaviour::Accept);
                say("250 go on")?;
            }
            "RCPT" => match then {
                Behaviour::Defer(answer) | Behaviour::Reject(answer) => say(answer)?,
                Behaviour::Accept | Behaviour::DropAfterData => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    to.push(address.to_owned());
                    say("250 go on")?;
                }
            },
            "DATA" => {
                say("354 end with a dot")?;
                let content = read_content(&mut lines)?;
                let mut state = shared.lock();
                state.received.push(Mail::read(&content, std::mem::take(&mut to)));
                state.waiting += 1;
                shared.changed.notify_all();
                let mut state =
                    shared.changed.wait_while(state, |state| state.held).unwrap_or_else(PoisonError::into_inner);
                state.waiting -= 1;
                drop(state);
                if then == Behaviour::DropAfterData {
                    return lines.get_ref().shutdown(std::net::Shutdown::Both);
                }
                say("250 2.0.0 taken as 4711")?;
            }
            "QUIT" => return say("221 goodbye"),
            "NOOP" | "RSET" => say("250 fine")?,
            _ => say("502 not here")?,
        }
    }
}

/// The content of a mail, up to the dot that ends it.
fn read_content(lines: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(content);
        }
        content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
