//! Content that is handed out to be saved.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
};

use crate::app::App;
use crate::content::{self, MediaType};
use crate::error::Error;
use crate::words::Vocabulary;

/// The content of a digest, piece by piece: a browser saves it and does not show it on this service's address.
pub async fn download(app: &App, sha256: &str, media_type: MediaType, file_name: &str) -> Result<HttpResponse, Error> {
    let (size, pieces) = content::read(app.documents().as_ref(), sha256).await?;
    Ok(HttpResponse::Ok()
        .content_type(media_type.as_str())
        .insert_header(save_as(file_name))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(SizedStream::new(size, pieces)))
}

/// Saves the content under a name: in plain letters for old clients, and as it is (RFC 6266, section 4.3; RFC 8187).
fn save_as(name: &str) -> ContentDisposition {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_. ()".contains(c) { c } else { '_' };
    let extended = ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(deunicode::deunicode(name).chars().map(plain).collect()),
            DispositionParam::FilenameExt(extended),
        ],
    }
}
