//! What is logged, and what never is.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Writes one JSON line an event, of what `wanted` asks for.
///
/// What the libraries say while they work is left out whatever is asked for: they know nothing of what must not be logged,
/// and a parser of HTML, say, tells every text of a plan. A second call, as in a test of several commands, keeps the first
/// one's choice.
pub fn start<W>(wanted: EnvFilter, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    drop(registry().with(lines(wanted, writer)).try_init());
}

fn lines<S, W>(wanted: EnvFilter, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    fmt::layer().json().with_writer(writer).with_filter(wanted.and(filter_fn(may_be_told)))
}

fn may_be_told(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::INFO || event.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"))
}
