//! What stands in the database, where the API does not show it.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::TestApp;

/// An event on record, as text.
#[derive(Debug, QueryableByName)]
pub struct EventText {
    #[diesel(sql_type = Text)]
    pub action: String,
    #[diesel(sql_type = Text)]
    pub actor_name: String,
    #[diesel(sql_type = Text)]
    pub subject_id: String,
    #[diesel(sql_type = Text)]
    pub request_id: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<Text>)]
    pub address: Option<String>,
    /// Before and after.
    #[diesel(sql_type = Text)]
    pub details: String,
}

#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct OneNumber {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl TestApp {
    /// Every event on record, oldest first.
    pub fn events(&self) -> Vec<EventText> {
        let sql = "SELECT action, actor_name, CAST(subject_id AS text) AS subject_id, request_id, address, \
            COALESCE(content, '') AS details \
            FROM audit_events LEFT JOIN audit_details ON event_id = audit_events.id ORDER BY sequence";
        self.db().read(|conn| Ok(sql_query(sql).load(conn)?)).unwrap()
    }

    /// The texts that a query answers in the column `text`.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Vec<OneText> = self.db().read(|conn| Ok(sql_query(sql).load(conn)?)).unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS number FROM {table}");
        let row: OneNumber = self.db().read(|conn| Ok(sql_query(sql).get_result(conn)?)).unwrap();
        row.number
    }
}
