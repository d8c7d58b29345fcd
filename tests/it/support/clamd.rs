//! A scanner that speaks clamd's protocol (clamd(8), INSTREAM) and does what a test tells it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a file must hold for the scanner to find something.
pub const MALWARE: &[u8] = b"this is the malware of the tests";

/// What the scanner does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Scans it.
    Works,
    /// Hangs up at once.
    Closes,
    /// Reads it and never answers.
    Hangs,
    /// Finds it too long.
    Refuses,
}

/// The scanner, listening.
#[derive(Debug)]
pub struct Clamd {
    address: String,
    mood: Arc<Mutex<Mood>>,
    scanned: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Clamd {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (mood, scanned) = (Arc::new(Mutex::new(Mood::Works)), Arc::<Mutex<Vec<_>>>::default());
        let (its_mood, its_scans) = (Arc::clone(&mood), Arc::clone(&scanned));
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mood = *its_mood.lock().unwrap();
                let scans = Arc::clone(&its_scans);
                // A client that has given up is no failure of a test.
                std::thread::spawn(move || drop(serve(stream, mood, &scans)));
            }
        });
        Self { address, mood, scanned }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// From now on it does so.
    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The files that it has scanned.
    pub fn scanned(&self) -> Vec<Vec<u8>> {
        self.scanned.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, mood: Mood, scans: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    if mood == Mood::Closes {
        return Ok(());
    }
    let mut command = [0; 10];
    stream.read_exact(&mut command)?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        if length == 0 {
            break;
        }
        let from = file.len();
        file.resize(from + length, 0);
        stream.read_exact(&mut file[from..])?;
    }
    let found = file.windows(MALWARE.len()).any(|window| window == MALWARE);
    match mood {
        Mood::Hangs => std::thread::sleep(Duration::from_secs(30)),
        Mood::Refuses => stream.write_all(b"INSTREAM size limit exceeded. ERROR\0")?,
        Mood::Works | Mood::Closes => {
            scans.lock().unwrap().push(file);
            stream.write_all(if found { b"stream: Test.Malware FOUND\0" } else { b"stream: OK\0" })?;
        }
    }
    Ok(())
}
