//! What is done with messages.

use serde_json::json;

use super::model::{Message, MessageState, Moot, NewMessage, RetriedView};
use super::store;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::{EmptyBody, Submitted};
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::mail::NoticeWord;
use crate::text::fold_address;
use crate::time::Instant;
use crate::words::Word;

/// Queues a message in the transaction of the change that causes it. A second one with the same dedupe key is the same
/// message: it is let go without a word.
pub fn enqueue(tx: &mut Tx<'_>, acting: &Acting, message: NewMessage) -> Result<(), Error> {
    store::insert(tx, &queued(acting, message))
}

/// Queues many messages at once. Answers of each whether it is new; one whose dedupe key is there already is let go.
pub fn enqueue_all(tx: &mut Tx<'_>, acting: &Acting, messages: Vec<NewMessage>) -> Result<Vec<bool>, Error> {
    let rows: Vec<Message> = messages.into_iter().map(|message| queued(acting, message)).collect();
    let new = store::insert_all(tx, &rows)?;
    Ok(rows.iter().map(|row| new.contains(&row.id)).collect())
}

fn queued(acting: &Acting, message: NewMessage) -> Message {
    // The day of casework may stand still, before or after the machine's.
    let not_before = message.not_before.or_else(|| Instant::in_london(acting.today, 0)).unwrap_or(acting.at);
    Message {
        id: Id::new(),
        dedupe_key: Some(message.dedupe_key),
        kind: Word(message.kind),
        recipient: message.recipient,
        params: Doc(message.params),
        case_id: message.case_id,
        advice_request_id: message.advice_request_id,
        chase_number: message.chase_number,
        at_any_hour: message.at_any_hour,
        not_before,
        state: Word(MessageState::Queued),
        attempts: 0,
        first_attempt_at: None,
        next_attempt_at: acting.at,
        lease: None,
        leased_until: None,
        server_answer: None,
        created_at: acting.at,
        settled_at: None,
        insisted: false,
        lost: false,
        information_request_id: message.information_request_id,
    }
}

/// Withdraws the messages that a step makes moot, in its transaction. Answers how many there were.
pub fn withdraw(tx: &mut Tx<'_>, acting: &Acting, moot: &Moot) -> Result<usize, Error> {
    let about_requests = !moot.advice_requests.is_empty() || moot.information_request.is_some();
    if moot.case_id.is_none() && !about_requests && moot.dedupe_key.is_none() {
        return Err(Error::internal(
            "a step makes messages moot that are about a case or a request, or one of them, not all there are",
        ));
    }
    store::withdraw(tx, moot, acting.at)
}

/// Mail to an address is tried again, whatever it refused before: somebody has given it anew.
pub fn trust_again(tx: &mut Tx<'_>, address: &str) -> Result<(), Error> {
    store::forget_bounces(tx, address)
}

/// Sends a message that was given up once more, also to an address that has refused mail before.
pub fn retry(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    body: Submitted<EmptyBody>,
) -> Result<(Message, Option<String>), Error> {
    let (message, _) = store::visible(tx, acting, id)?.ok_or(Error::NotFound)?;
    body.open()?;
    if store::requeue(tx, &[id], true, acting.at)? == 0 {
        return Err(Error::conflict(
            Code::NotNow,
            "Only a message that failed can be sent again, and only while no newer one has taken its place.",
        ));
    }
    audit::record(tx, acting, retried(id, message.kind, message.case_id))?;
    store::visible(tx, acting, id)?.ok_or_else(|| Error::internal(format!("message {id} vanished")))
}

/// How many messages one call sends again at most.
const RETRIED_AT_ONCE: i64 = 5000;

/// Sends all messages that were given up once more, but for those to addresses that refuse mail: each of these is for
/// somebody to look at.
pub fn retry_all(tx: &mut Tx<'_>, acting: &Acting, body: Submitted<EmptyBody>) -> Result<RetriedView, Error> {
    body.open()?;
    let failed = store::failed(tx)?;
    let mut found = store::retryable(tx, RETRIED_AT_ONCE)?;
    let marked = store::marked(tx, found.iter().map(|(_, _, _, to)| to))?;
    found.retain(|(_, _, _, to)| !marked.contains(&fold_address(to)));
    let ids: Vec<Id> = found.iter().map(|(id, ..)| *id).collect();
    let queued = store::requeue(tx, &ids, false, acting.at)?;
    let events = found.into_iter().map(|(id, kind, case, _)| retried(id, kind, case)).collect();
    audit::record_all(tx, acting, events)?;
    let left = usize::try_from(failed).unwrap_or(usize::MAX).saturating_sub(queued);
    Ok(RetriedView { queued, left })
}

fn retried(id: Id, kind: NoticeWord, case: Option<Id>) -> Event {
    let event = Event::new("notification_retried", "notification", id).after(&json!({ "kind": kind }));
    case.into_iter().fold(event, Event::case)
}
