//! How long and how slow a request may be. Whoever sends addresses or headers without end, or a body by drops, would hold a
//! connection and memory that others need.
//!
//! The head of a request has the server's own time limit, see [`HEAD_WITHIN`]. A body is timed here, while it is waited for:
//! the time that the service itself takes is no fault of the client's.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

use super::problem::bare_problem;
use crate::codes::Code;

/// How long the head of a request may take to come.
pub(super) const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// The longest path and query, in bytes.
const LONGEST_ADDRESS: usize = 8_192;

/// The most that the headers of a request may take, in bytes.
const MOST_HEADERS: usize = 16_384;

/// How long the next piece of a body may take to come.
const IDLE: Duration = Duration::from_secs(10);

/// How long a body may be waited for whatever its length.
const GRACE: Duration = Duration::from_secs(15);

/// How many bytes a second a body comes at least, beyond the grace.
const SLOWEST: u32 = 2_000;

/// Refuses what is too long, and times the body of what is not.
pub(super) async fn limits<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let refusal = if address > LONGEST_ADDRESS {
        Some((Code::UriTooLong, format!("At most {LONGEST_ADDRESS} bytes; what is longer goes into a body.")))
    } else if headers > MOST_HEADERS {
        Some((Code::HeadersTooLarge, format!("At most {MOST_HEADERS} bytes of headers are taken here.")))
    } else {
        None
    };
    if let Some((code, detail)) = refusal {
        return Ok(request.into_response(bare_problem(code, &detail)).map_into_right_body());
    }
    let payload = request.take_payload();
    if !matches!(payload, Payload::None) {
        request.set_payload(Payload::Stream { payload: Box::pin(Timed::new(payload)) });
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Whether a body ended because its client was too slow.
pub(super) fn was_too_slow(fault: &PayloadError) -> bool {
    matches!(fault, PayloadError::Io(fault) if fault.kind() == io::ErrorKind::TimedOut)
}

/// A body that must come at a pace.
struct Timed {
    body: Payload,
    received: u64,
    /// How long it was waited for so far.
    waited: Duration,
    /// Since when it is waited for now, and until when.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Timed {
    fn new(body: Payload) -> Self {
        Self { body, received: 0, waited: Duration::ZERO, waiting: None }
    }

    /// How much longer it may be waited for.
    fn patience(&self) -> Duration {
        let earned = Duration::from_secs(self.received / u64::from(SLOWEST));
        (GRACE + earned).saturating_sub(self.waited).min(IDLE)
    }
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(piece) = Pin::new(&mut this.body).poll_next(context) {
            if let Some((since, _)) = this.waiting.take() {
                this.waited += since.elapsed();
            }
            if let Some(Ok(piece)) = &piece {
                this.received = this.received.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            }
            return Poll::Ready(piece);
        }
        let patience = this.patience();
        let (_, until) = this.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(patience))));
        until.as_mut().poll(context).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_earns_time_by_what_has_come() {
        let mut body = Timed::new(Payload::None);
        assert_eq!(body.patience(), IDLE);
        body.waited = Duration::from_secs(12);
        assert_eq!(body.patience(), Duration::from_secs(3));
        body.waited = Duration::from_secs(16);
        assert_eq!(body.patience(), Duration::ZERO);
        body.received = 20_000;
        assert_eq!(body.patience(), Duration::from_secs(9));
    }
}
