//! Scanning for malware, by the daemon of ClamAV over its own protocol (clamd(8), INSTREAM).

use std::io;
use std::path::{Path as File, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clamav_client::tokio::{TransportProtocol, scan_stream};
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::place;
use crate::words::vocabulary;

/// The port that clamd listens on unless told otherwise.
const PORT: u16 = 3310;

/// How long the scanner may take to take the call. One that is there does so at once.
const CONNECT: Duration = Duration::from_secs(5);

vocabulary! {
    /// What is known of a file's harmlessness.
    Scan as ScanWord {
        /// It came while no scanner was set up. It can be downloaded.
        NotScanned = "not_scanned",
        /// The scanner found nothing.
        Clean = "clean",
        /// The scanner was out of reach. It waits for its scan; until then only the side that sent it in downloads it.
        Unscanned = "unscanned",
        /// The scanner found something. Its content has been removed.
        Infected = "infected",
    }
}

/// Where clamd listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClamdUrl {
    /// A host and a port.
    Tcp(String),
    /// A socket of this machine.
    Unix(PathBuf),
}

impl FromStr for ClamdUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected tcp://HOST:PORT or unix:///PATH".to_owned();
        let url = url::Url::parse(text).map_err(|_fault| expected())?;
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        match (url.scheme(), url.host_str().filter(|host| !host.is_empty()), url.path()) {
            ("tcp", Some(host), "" | "/") if bare => Ok(Self::Tcp(format!("{host}:{}", url.port().unwrap_or(PORT)))),
            ("unix", None, path) if bare && path.len() > 1 && path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(expected()),
        }
    }
}

/// What the scanner found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Clean,
    /// Malware.
    Infected,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum NotScanned {
    /// The scanner is out of reach, too slow, or broke off: clamd does so with a file that is longer than its
    /// `StreamMaxLength`.
    #[error("the scanner: {0}")]
    Scanner(#[from] io::Error),
    /// The scanner says something that is no verdict.
    #[error("the scanner says: {0}")]
    Answer(String),
    /// The file can't be read.
    #[error("the document store: {0}")]
    Store(#[from] object_store::Error),
}

impl NotScanned {
    /// Whether it is the scanner that is out of reach or too slow, so that other files would fare no better.
    pub fn is_of_scanner(&self) -> bool {
        let broke_off = [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset];
        matches!(self, Self::Scanner(fault) if !broke_off.contains(&fault.kind()))
    }
}

/// Has files scanned.
#[derive(Debug, Clone)]
pub struct Scanner {
    url: ClamdUrl,
    within: Duration,
}

impl Scanner {
    /// The scanner at an address, which answers within a time or is taken to be down.
    pub fn new(url: ClamdUrl, within: Duration) -> Self {
        Self { url, within }
    }

    /// Has the content of a digest scanned.
    pub async fn scan_content(&self, store: &Arc<dyn ObjectStore>, sha256: &str) -> Result<Verdict, NotScanned> {
        self.scan(store, &place(sha256)).await
    }

    /// Has an object scanned, streamed piece by piece.
    pub(super) async fn scan(&self, store: &Arc<dyn ObjectStore>, path: &Path) -> Result<Verdict, NotScanned> {
        let pieces = store.get(path).await?.into_stream().map(|piece| piece.map_err(io::Error::other));
        let answer = timeout(self.within, async {
            match &self.url {
                ClamdUrl::Tcp(address) => scan_stream(pieces, Tcp(address), None).await,
                ClamdUrl::Unix(socket) => scan_stream(pieces, Unix(socket), None).await,
            }
        });
        verdict(&answer.await.map_err(io::Error::from)??)
    }
}

/// What clamd's answer means. Whatever is not plainly a verdict is none.
fn verdict(answer: &[u8]) -> Result<Verdict, NotScanned> {
    let answer = String::from_utf8_lossy(answer);
    let answer = answer.trim_end_matches(['\0', '\n', '\r']);
    match answer {
        "stream: OK" => Ok(Verdict::Clean),
        found if found.starts_with("stream: ") && found.ends_with(" FOUND") => Ok(Verdict::Infected),
        other => Err(NotScanned::Answer(other.chars().take(200).collect())),
    }
}

struct Tcp<'a>(&'a str);

impl TransportProtocol for Tcp<'_> {
    type Stream = TcpStream;

    async fn connect(&self) -> io::Result<TcpStream> {
        let stream = timeout(CONNECT, TcpStream::connect(self.0)).await??;
        // Each chunk is written as its length and its bytes: waiting to join them would take longer than the scan.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

struct Unix<'a>(&'a File);

impl TransportProtocol for Unix<'_> {
    type Stream = UnixStream;

    async fn connect(&self) -> io::Result<UnixStream> {
        timeout(CONNECT, UnixStream::connect(self.0)).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamd_is_a_host_and_a_port_or_a_socket() {
        let tcp = |address: &str| Ok(ClamdUrl::Tcp(address.to_owned()));
        assert_eq!("tcp://127.0.0.1:3311".parse(), tcp("127.0.0.1:3311"));
        assert_eq!("tcp://[::1]:3310".parse(), tcp("[::1]:3310"));
        assert_eq!("tcp://clamd.internal".parse(), tcp("clamd.internal:3310"));
        assert_eq!("unix:///run/clamav/clamd.ctl".parse(), Ok(ClamdUrl::Unix("/run/clamav/clamd.ctl".into())));
        for wrong in [
            "",
            "clamd",
            "127.0.0.1:3310",
            "http://clamd:3310",
            "tcp://",
            "tcp://clamd/path",
            "unix://",
            "unix:///",
            "unix://host/path",
            "tcp://clamd:x",
        ] {
            assert!(wrong.parse::<ClamdUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_plain_verdict_is_one() {
        assert_eq!(verdict(b"stream: OK\0").unwrap(), Verdict::Clean);
        assert_eq!(verdict(b"stream: Win.Test.EICAR_HDB-1 FOUND\0").unwrap(), Verdict::Infected);
        assert_eq!(verdict(b"stream: OK FOUND\0").unwrap(), Verdict::Infected);
        for none in
            ["", "OK", "stream: NOT OK", "INSTREAM size limit exceeded. ERROR\0", "stream: OK\0stream: X FOUND ERROR"]
        {
            assert!(verdict(none.as_bytes()).is_err(), "{none}");
        }
    }
}
