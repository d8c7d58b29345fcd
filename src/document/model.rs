//! What a document is.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Acting, Actor, Role};
use crate::content::{Arrived, MediaType, MediaTypeWord, Scan, ScanWord};
use crate::db::schema::documents;
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// A document on its way in: its file has come and is not kept yet.
#[derive(Debug)]
pub struct NewDocument {
    /// What it is called.
    pub title: String,
    /// The name it is saved under.
    pub file_name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Whether requests for advice may share it.
    pub shared_with_advisers: bool,
    /// What the scanner said of it.
    pub scan: Scan,
    /// Its file. To be kept last in the transaction that writes the row, and after the row.
    pub file: Arrived,
}

/// A document as it is kept. Its content lies in the document store, under its digest.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = documents)]
pub struct Document {
    /// Its id.
    pub id: Id,
    /// The case it belongs to.
    pub case_id: Id,
    /// The request for advice in answer to which it came.
    pub advice_request_id: Option<Id>,
    /// What it is called.
    pub title: String,
    /// The name it is saved under.
    pub file_name: String,
    /// What it is, by its content.
    pub media_type: MediaTypeWord,
    /// How many bytes it has.
    pub size: i64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Whether requests for advice may share it.
    pub shared_with_advisers: bool,
    /// Who sent it in; none where it came without an account.
    pub uploaded_by: Option<Id>,
    /// When.
    pub created_at: Instant,
    /// The body whose answer it belongs to: the one that was asked when it came. None for the authority's own.
    pub organisation_id: Option<Id>,
    /// Whether the authority recorded it for that body.
    pub on_behalf: bool,
    /// What is known of its harmlessness.
    pub scan: ScanWord,
}

impl Document {
    /// A new document of a case, sent in by the authority.
    pub fn new(case_id: Id, new: &NewDocument, acting: &Acting) -> Result<Self, Error> {
        let content = new.file.content();
        Ok(Self {
            id: Id::new(),
            case_id,
            advice_request_id: None,
            title: new.title.clone(),
            file_name: new.file_name.clone(),
            media_type: new.media_type.into(),
            size: i64::try_from(content.size).map_err(|fault| Error::internal(fault.to_string()))?,
            sha256: content.sha256.clone(),
            shared_with_advisers: new.shared_with_advisers,
            uploaded_by: acting.user_id(),
            created_at: acting.at,
            organisation_id: None,
            on_behalf: false,
            scan: new.scan.into(),
        })
    }

    /// Which side sent it in.
    pub fn sender(&self) -> Side {
        match self.organisation_id {
            Some(body) if !self.on_behalf => Side::Body(body),
            _ => Side::Authority,
        }
    }
}

/// Who sends a document in, or reads it: the authority's people, or those of a body that is asked for advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The local authority.
    Authority,
    /// A body that is asked for advice, with an account or without.
    Body(Id),
}

impl Side {
    /// The side of whoever acts. The service itself acts for the authority.
    pub fn of(acting: &Acting) -> Result<Self, Error> {
        match &acting.actor {
            Actor::User(user) if user.role == Role::Adviser => {
                user.organisation_id.map(Self::Body).ok_or(Error::NotFound)
            }
            Actor::Link(holder) => Ok(Self::Body(holder.organisation_id)),
            Actor::User(_) | Actor::System(_) => Ok(Self::Authority),
        }
    }
}

/// Who sent a document in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Uploader {
    /// Their id.
    pub id: Id,
    /// Their name.
    pub name: String,
}

/// A document as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Document)]
pub struct DocumentView {
    /// Its id.
    pub id: Id,
    /// The case it belongs to.
    pub case_id: Id,
    /// The request for advice in answer to which it came.
    pub advice_request_id: Option<Id>,
    /// What it is called.
    pub title: String,
    /// The name it is saved under.
    pub file_name: String,
    /// What it is, by its content.
    pub media_type: MediaTypeWord,
    /// How many bytes it has.
    pub size: i64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Whether requests for advice may share it.
    pub shared_with_advisers: bool,
    /// Who sent it in; null where it came without an account.
    pub uploaded_by: Option<Uploader>,
    /// When.
    pub created_at: Instant,
    /// The body whose answer it belongs to: the one that was asked when it came.
    pub organisation_id: Option<Id>,
    /// Whether the authority recorded it for that body.
    pub on_behalf: bool,
    /// What is known of its harmlessness. `not_scanned`: no scanner was set up when it came. `clean`: the scanner found
    /// nothing. `unscanned`: the scanner was out of reach; until it has been scanned, only the side that sent it in
    /// downloads it. `infected`: the scanner found something; the content is gone.
    pub scan: ScanWord,
}

impl DocumentView {
    /// A document, with the name of whoever sent it in.
    pub fn new(row: Document, uploader: Option<String>) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            advice_request_id: row.advice_request_id,
            title: row.title,
            file_name: row.file_name,
            media_type: row.media_type,
            size: row.size,
            sha256: row.sha256,
            shared_with_advisers: row.shared_with_advisers,
            uploaded_by: row.uploaded_by.zip(uploader).map(|(id, name)| Uploader { id, name }),
            created_at: row.created_at,
            organisation_id: row.organisation_id,
            on_behalf: row.on_behalf,
            scan: row.scan,
        }
    }
}
