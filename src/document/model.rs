//! What a document is.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::Serialize;
use utoipa::ToSchema;

use crate::content::MediaTypeWord;
use crate::db::schema::documents;
use crate::ids::Id;
use crate::time::Instant;

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
        }
    }
}
