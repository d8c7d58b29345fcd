//! A mail server on loopback that does what a test tells it to: takes mail, puts it off, refuses it, breaks off, is slow,
//! is down; in clear, by STARTTLS or with TLS from the first byte.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

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
    /// Answers this to the sender.
    AtSender(&'static str),
    /// Answers this once it has the content.
    AtContent(&'static str),
    /// Takes its content and breaks off before it says so.
    DropAfterData,
}

/// A moment of a conversation, before the server's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Somebody connected and has not been greeted.
    Greeting,
    /// They said who they are.
    Hello,
    /// They said from whom the mail is.
    Sender,
    /// They said to whom.
    Recipient,
    /// They want to send the content.
    Data,
    /// The content is coming, and has not been read.
    Content,
    /// The content is there.
    Receipt,
}

/// How the server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// In clear.
    None,
    /// In clear until STARTTLS.
    StartTls,
    /// With TLS from the first byte.
    Implicit,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Mail>,
    next: VecDeque<Behaviour>,
    sessions: usize,
    greeting: Option<&'static str>,
    login: Option<(String, String)>,
    up: bool,
    streams: Vec<TcpStream>,
    in_clear: Vec<String>,
    /// Nothing is answered at this moment, once it was passed so many times, until this is let go.
    held: Option<(Moment, usize)>,
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

    /// Waits where the test wants this moment to last.
    fn pass(&self, moment: Moment) {
        let mut state = self.lock();
        match &mut state.held {
            Some((held, left)) if *held == moment && *left == 0 => {}
            Some((held, left)) if *held == moment => {
                *left -= 1;
                return;
            }
            _ => return,
        }
        state.waiting += 1;
        self.changed.notify_all();
        let held = |state: &mut State| state.held.is_some();
        let mut state = self.changed.wait_while(state, held).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
    }
}

/// A certificate and its key, made for a test.
#[derive(Debug)]
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl Identity {
    fn of(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        Self {
            pem: made.cert.pem(),
            certificate: made.cert.der().clone(),
            key: PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap(),
        }
    }

    fn config(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = versions.with_no_client_auth();
        Arc::new(config.with_single_cert(vec![self.certificate.clone()], self.key.clone_key()).unwrap())
    }
}

/// A mail server.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    encryption: Encryption,
    identity: Option<Identity>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl MailServer {
    /// Starts one on a free port; it takes every mail, in clear.
    pub fn start() -> Self {
        Self::new(Encryption::None, None)
    }

    /// Starts one with a certificate for a name.
    pub fn with_tls(encryption: Encryption, name: &str) -> Self {
        Self::new(encryption, Some(Identity::of(name)))
    }

    fn new(encryption: Encryption, identity: Option<Identity>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, shared: Arc::default(), encryption, identity, listening: Mutex::default() };
        server.listen(listener);
        server
    }

    /// The setting that names it.
    pub fn url(&self) -> String {
        match self.encryption {
            Encryption::None => format!("smtp://{}", self.address),
            Encryption::StartTls => format!("smtp://{}?tls=required", self.address),
            Encryption::Implicit => format!("smtps://{}", self.address),
        }
    }

    /// The same, with a user and a password.
    pub fn url_for(&self, user: &str, password: &str) -> String {
        self.url().replacen("://", &format!("://{user}:{password}@"), 1)
    }

    /// Writes its certificate to a file in a folder.
    pub fn certificate_in(&self, folder: &Path) -> PathBuf {
        let file = folder.join("ca.pem");
        std::fs::write(&file, &self.identity.as_ref().unwrap().pem).unwrap();
        file
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does this with the next mails, one each; then takes every mail again.
    pub fn then(&self, behaviours: &[Behaviour]) {
        self.shared.lock().next.extend(behaviours);
    }

    /// Greets everybody so from now on.
    pub fn greets_with(&self, greeting: &'static str) {
        self.shared.lock().greeting = Some(greeting);
    }

    /// Wants this user and password from now on.
    pub fn wants_login(&self, user: &str, password: &str) {
        self.shared.lock().login = Some((user.to_owned(), password.to_owned()));
    }

    /// Every mail whose content arrived, in order.
    pub fn received(&self) -> Vec<Mail> {
        self.shared.lock().received.clone()
    }

    /// Every line that anybody said in clear.
    pub fn heard_in_clear(&self) -> Vec<String> {
        self.shared.lock().in_clear.clone()
    }

    /// How many times somebody connected.
    pub fn sessions(&self) -> usize {
        self.shared.lock().sessions
    }

    /// Takes mails without answering until [`Self::let_go`].
    pub fn hold(&self) {
        self.hold_at(Moment::Receipt, 0);
    }

    /// Answers nothing at this moment until [`Self::let_go`], once it was passed so many times.
    pub fn hold_at(&self, moment: Moment, passed: usize) {
        self.shared.lock().held = Some((moment, passed));
    }

    /// Waits until somebody waits for an answer.
    pub fn wait_for_held(&self) {
        self.wait_for_so_many_held(1);
    }

    /// Waits until so many wait for an answer at once.
    pub fn wait_for_so_many_held(&self, many: usize) {
        let state = self.shared.lock();
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(state, Duration::from_secs(60), |state| state.waiting < many)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{many} were to come: {state:?}");
    }

    /// Answers those who wait.
    pub fn let_go(&self) {
        self.shared.lock().held = None;
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
        let (encryption, config) = (self.encryption, self.identity.as_ref().map(Identity::config));
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
                let (shared, config) = (Arc::clone(&shared), config.clone());
                std::thread::spawn(move || {
                    let ending = stream.try_clone().unwrap();
                    // A client that breaks off ends its session, and that is all.
                    drop(serve(stream, &shared, encryption, config));
                    drop(ending.shutdown(std::net::Shutdown::Both));
                });
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

/// The two ends of a connection, in clear or not.
enum Stream {
    Clear(TcpStream),
    Encrypted(Box<StreamOwned<ServerConnection, TcpStream>>),
    /// Between the two.
    Gone,
}

/// A connection, read by lines.
struct Wire {
    stream: Stream,
    read: Vec<u8>,
}

impl Wire {
    fn encrypt(&mut self, config: Arc<ServerConfig>) {
        if let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Gone) {
            let connection = ServerConnection::new(config).unwrap();
            self.stream = Stream::Encrypted(Box::new(StreamOwned::new(connection, stream)));
        }
    }

    fn is_clear(&self) -> bool {
        matches!(self.stream, Stream::Clear(_))
    }

    fn say(&mut self, text: &str) -> std::io::Result<()> {
        let line = format!("{text}\r\n");
        match &mut self.stream {
            Stream::Clear(stream) => stream.write_all(line.as_bytes()),
            Stream::Encrypted(stream) => stream.write_all(line.as_bytes()).and_then(|()| stream.flush()),
            Stream::Gone => Err(std::io::ErrorKind::NotConnected.into()),
        }
    }

    /// A line with its end.
    fn line(&mut self) -> std::io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(end + 1);
                return Ok(std::mem::replace(&mut self.read, rest));
            }
            let mut some = [0; 4096];
            let count = match &mut self.stream {
                Stream::Clear(stream) => stream.read(&mut some)?,
                Stream::Encrypted(stream) => stream.read(&mut some)?,
                Stream::Gone => 0,
            };
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            self.read.extend_from_slice(&some[..count]);
        }
    }

    fn text(&mut self) -> std::io::Result<String> {
        Ok(String::from_utf8_lossy(&self.line()?).trim_end().to_owned())
    }

    /// The content of a mail, up to the dot that ends it.
    fn content(&mut self) -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let line = self.line()?;
            if line == b".\r\n" {
                return Ok(content);
            }
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    fn break_off(&self) -> std::io::Result<()> {
        match &self.stream {
            Stream::Clear(stream) => stream.shutdown(std::net::Shutdown::Both),
            Stream::Encrypted(stream) => stream.sock.shutdown(std::net::Shutdown::Both),
            Stream::Gone => Ok(()),
        }
    }
}

/// One session, as RFC 5321 has it.
fn serve(
    stream: TcpStream,
    shared: &Shared,
    encryption: Encryption,
    config: Option<Arc<ServerConfig>>,
) -> std::io::Result<()> {
    let mut wire = Wire { stream: Stream::Clear(stream), read: Vec::new() };
    shared.pass(Moment::Greeting);
    if let (Encryption::Implicit, Some(config)) = (encryption, &config) {
        wire.encrypt(Arc::clone(config));
    }
    let greeting = shared.lock().greeting;
    wire.say(greeting.unwrap_or("220 mail.test ready"))?;
    let (mut to, mut then, mut known) = (Vec::new(), Behaviour::Accept, false);
    loop {
        let line = wire.text()?;
        if wire.is_clear() {
            shared.lock().in_clear.push(line.clone());
        }
        let login = shared.lock().login.clone();
        let starttls = encryption == Encryption::StartTls && config.is_some() && wire.is_clear();
        match line.to_ascii_uppercase().split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                shared.pass(Moment::Hello);
                let starttls = if starttls { "250-STARTTLS\r\n" } else { "" };
                let auth = if login.is_some() { "250-AUTH PLAIN LOGIN\r\n" } else { "" };
                wire.say(&format!("250-mail.test\r\n{starttls}{auth}250 8BITMIME"))?;
            }
            "STARTTLS" if starttls => {
                wire.say("220 go ahead")?;
                wire.encrypt(config.clone().unwrap());
            }
            "AUTH" => {
                known = login.is_some_and(|(user, password)| {
                    line == format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")))
                });
                wire.say(if known { "235 come in" } else { "535 5.7.8 wrong user or password" })?;
            }
            "MAIL" if login.is_some() && !known => wire.say("530 5.7.0 sign in first")?,
            "MAIL" => {
                to.clear();
                shared.pass(Moment::Sender);
                then = shared.lock().next.pop_front().unwrap_or(Behaviour::Accept);
                wire.say(if let Behaviour::AtSender(answer) = then { answer } else { "250 go on" })?;
            }
            "RCPT" => {
                shared.pass(Moment::Recipient);
                if let Behaviour::Defer(answer) | Behaviour::Reject(answer) = then {
                    wire.say(answer)?;
                } else {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    to.push(address.to_owned());
                    wire.say("250 go on")?;
                }
            }
            "DATA" => {
                shared.pass(Moment::Data);
                wire.say("354 end with a dot")?;
                shared.pass(Moment::Content);
                let content = wire.content()?;
                if let Behaviour::AtContent(answer) = then {
                    wire.say(answer)?;
                    continue;
                }
                shared.lock().received.push(Mail::read(&content, std::mem::take(&mut to)));
                shared.pass(Moment::Receipt);
                if then == Behaviour::DropAfterData {
                    return wire.break_off();
                }
                wire.say("250 2.0.0 taken as 4711")?;
            }
            "QUIT" => return wire.say("221 goodbye"),
            "NOOP" | "RSET" => wire.say("250 fine")?,
            _ => wire.say("502 not here")?,
        }
    }
}
