//! Files that are sent to the service, as `multipart/form-data` (RFC 7578).

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::StreamExt;
use utoipa::ToSchema;

use super::limits::was_too_slow;
use crate::app::App;
use crate::body::escape;
use crate::codes::Code;
use crate::content::{self, Arrived, Incoming, MediaType, Scan, Verdict};
use crate::error::{Error, Fault, Faults};

/// The longest title, in characters.
const TITLE: usize = 200;

/// The longest text field that is read, in bytes.
const FIELD: usize = 4096;

/// The most parts of a form: more than there are fields, so that somebody hears of those that are too many.
const PARTS: usize = 10;

/// How long an upload may take. What is swept up after a crash is older than this.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long the rest of a body that is not wanted is read: a client that is cut off while it sends never reads why.
const DRAIN: Duration = Duration::from_secs(20);

const EXPECTED: &str = "Send multipart/form-data with the fields file, title and shared_with_advisers.";
const INFECTED: &str =
    "The scanner found malware in this file, so that it was not kept. Clean it, or send another copy.";
const TAKEN: &str = "The content is of none of the types that are taken here: pdf, docx, doc, odt, rtf, txt, png, jpg.";

/// A document to be kept. Its type is told from its content.
#[derive(Debug, ToSchema)]
#[schema(as = DocumentUpload)]
#[expect(dead_code, reason = "documents the form; its fields are read one by one as they come")]
pub struct UploadForm {
    /// The file: pdf, docx, doc, odt, rtf, txt, png or jpg.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// What it is; the file's name unless told.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// Whether requests for advice may share it. An answer to a request is shared with nobody
    /// else, whatever is told here.
    shared_with_advisers: Option<bool>,
}

/// A file that has come and may be kept, and what was said of it. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Uploaded {
    /// What it is called.
    pub title: String,
    /// Its name, with an extension that suits its type.
    pub file_name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Whether requests for advice may share it.
    pub shared_with_advisers: bool,
    /// What the scanner said of it.
    pub scan: Scan,
    /// The file.
    pub file: Arrived,
}

/// Takes a file in, and has it scanned where there is a scanner. Nothing stays of one that is refused.
pub async fn receive(app: &App, mut form: Multipart) -> Result<Uploaded, Error> {
    let outcome = read(app, &mut form).await;
    // Any other failure comes after the form was read to its end, or because it can't be.
    if let Err(Error::TooLarge { .. } | Error::DiskFull | Error::Unavailable(_) | Error::Internal(_)) = &outcome {
        drop(tokio::time::timeout(DRAIN, drain(&mut form)).await);
    }
    outcome
}

async fn drain(form: &mut Multipart) {
    while let Some(Ok(mut field)) = form.next().await {
        while let Some(Ok(_)) = field.next().await {}
    }
}

/// Reads a part that is not wanted, up to the most that a file may have.
async fn skip(app: &App, mut field: Field) -> Result<(), Error> {
    let limit = app.settings().http.upload_limit;
    let mut size: usize = 0;
    while let Some(piece) = field.next().await {
        size = size.saturating_add(piece.map_err(broken)?.len());
        if size > limit {
            return Err(Error::TooLarge { limit });
        }
    }
    Ok(())
}

/// The fields as they were sent.
#[derive(Debug, Default)]
struct Sent {
    file: Option<(String, Arrived)>,
    title: Option<String>,
    shared_with_advisers: Option<bool>,
    faults: Faults,
}

async fn read(app: &App, form: &mut Multipart) -> Result<Uploaded, Error> {
    let mut sent = Sent::default();
    let outcome = tokio::time::timeout(LONGEST, read_fields(app, form, &mut sent)).await;
    let outcome = outcome.unwrap_or(Err(Error::MalformedForm));
    let Sent { file, title, shared_with_advisers, mut faults } = sent;
    let Some((name, arrived)) = file else {
        outcome?;
        faults.add("/file", Code::MissingField, "This field is required.");
        return Err(faults.into());
    };
    let judged = match outcome {
        Ok(()) => judge(app, &arrived, faults).await,
        Err(fault) => Err(fault),
    };
    match judged {
        Ok((media_type, scan)) => {
            let file_name = content::with_extension(&name, media_type);
            Ok(Uploaded {
                title: title.unwrap_or_else(|| file_name.clone()),
                file_name,
                media_type,
                shared_with_advisers: shared_with_advisers.unwrap_or(false),
                scan,
                file: arrived,
            })
        }
        Err(fault) => {
            arrived.discard().await?;
            Err(fault)
        }
    }
}

async fn judge(app: &App, arrived: &Arrived, mut faults: Faults) -> Result<(MediaType, Scan), Error> {
    let media_type = if arrived.size() == 0 {
        faults.add("/file", Code::TooShort, "The file is empty.");
        None
    } else {
        Some(arrived.media_type().await?.ok_or(Error::UnsupportedMediaType(TAKEN))?)
    };
    match media_type {
        Some(media_type) if faults.is_empty() => Ok((media_type, scan(app, arrived).await?)),
        _ => Err(faults.into()),
    }
}

/// A scanner that is out of reach refuses nobody: the file waits.
async fn scan(app: &App, arrived: &Arrived) -> Result<Scan, Error> {
    let Some(scanner) = &app.settings().scan.scanner else {
        return Ok(Scan::NotScanned);
    };
    match arrived.scan(scanner).await {
        Ok(Verdict::Clean) => Ok(Scan::Clean),
        Ok(Verdict::Infected) => Err(Fault::new("/file", Code::InfectedFile, INFECTED).into()),
        Err(fault) => {
            tracing::warn!(%fault, "an upload could not be scanned");
            Ok(Scan::Unscanned)
        }
    }
}

async fn read_fields(app: &App, form: &mut Multipart, sent: &mut Sent) -> Result<(), Error> {
    let mut parts: usize = 0;
    while let Some(field) = form.next().await {
        let field = field.map_err(broken)?;
        parts = parts.saturating_add(1);
        if parts > PARTS {
            sent.faults.add("", Code::OutOfRange, format!("A form has at most {PARTS} parts."));
            drop(field);
            drop(tokio::time::timeout(DRAIN, drain(form)).await);
            return Ok(());
        }
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" if sent.file.is_some() => {
                sent.faults.add("/file", Code::InvalidFormat, "Send one file at a time.");
                skip(app, field).await?;
            }
            "file" => sent.file = Some(read_file(app, field).await?),
            "title" => {
                if let Some(title) = read_text(field, "/title", &mut sent.faults).await? {
                    let title = title.trim();
                    sent.faults.unless(!title.is_empty(), "/title", Code::Blank, "Give a text, or leave it out.");
                    let fits = title.chars().count() <= TITLE;
                    sent.faults.unless(fits, "/title", Code::TooLong, format!("At most {TITLE} characters."));
                    sent.title = Some(title.to_owned());
                }
            }
            "shared_with_advisers" => match read_text(field, "/shared_with_advisers", &mut sent.faults).await? {
                Some(word) if word == "true" || word == "false" => sent.shared_with_advisers = Some(word == "true"),
                Some(_) => sent.faults.add("/shared_with_advisers", Code::WrongType, "Expected true or false."),
                None => {}
            },
            other => {
                sent.faults.add(format!("/{}", escape(other)), Code::UnknownField, "There is no such field here.");
                skip(app, field).await?;
            }
        }
    }
    Ok(())
}

async fn read_file(app: &App, mut field: Field) -> Result<(String, Arrived), Error> {
    let limit = app.settings().http.upload_limit;
    let name = field.content_disposition().and_then(|header| {
        let extended = header.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok());
        extended.or_else(|| header.get_filename().map(str::to_owned))
    });
    let mut incoming = Incoming::begin(app.documents().clone()).await?;
    let outcome = loop {
        match field.next().await {
            None => break Ok(()),
            Some(Err(fault)) => break Err(broken(fault)),
            Some(Ok(piece)) => match incoming.write(piece).await {
                Err(fault) => break Err(fault),
                Ok(size) if size > u64::try_from(limit).unwrap_or(u64::MAX) => break Err(Error::TooLarge { limit }),
                Ok(_) => {}
            },
        }
    };
    match outcome {
        Ok(()) => Ok((content::cleaned(&name.unwrap_or_default()), incoming.finish().await?)),
        Err(fault) => {
            incoming.abandon().await?;
            Err(fault)
        }
    }
}

async fn read_text(mut field: Field, pointer: &str, faults: &mut Faults) -> Result<Option<String>, Error> {
    match field.bytes(FIELD).await {
        Err(_too_long) => faults.add(pointer, Code::TooLong, format!("At most {FIELD} bytes.")),
        Ok(Err(fault)) => return Err(broken(fault)),
        Ok(Ok(bytes)) => match String::from_utf8(bytes.into()) {
            Ok(text) if text.contains(char::is_control) => {
                faults.add(pointer, Code::InvalidFormat, "A text of one line can't hold control characters.");
            }
            Ok(text) => return Ok(Some(text)),
            Err(_fault) => faults.add(pointer, Code::InvalidFormat, "Expected text in UTF-8."),
        },
    }
    Ok(None)
}

fn broken(fault: MultipartError) -> Error {
    match fault {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible
        | MultipartError::BoundaryMissing => Error::UnsupportedMediaType(EXPECTED),
        MultipartError::Payload(fault) if was_too_slow(&fault) => Error::TooSlow,
        _ => Error::MalformedForm,
    }
}
