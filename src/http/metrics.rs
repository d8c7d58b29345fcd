//! What a monitor reads: the requests of this process, and how the jobs and the mail of the whole service fare.
//!
//! A label is a method, the pattern of a route, a status, the name of a job or of an alarm: never what somebody typed.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::{HttpResponse, get, web};
use chrono::TimeDelta;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::error::Error;
use crate::jobs::Health;
use crate::words::Vocabulary;

/// The bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NameLabels {
    name: &'static str,
}

/// The requests of this process. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(super) struct Requests(Family<RequestLabels, Histogram, fn() -> Histogram>, Arc<Registry>);

impl Requests {
    pub(super) fn new() -> Self {
        let requests: Family<RequestLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::default();
        let help = "How long requests took, by the pattern of their route";
        registry.register("ehcp_http_request_duration_seconds", help, requests.clone());
        Self(requests, Arc::new(registry))
    }

    /// Counts a request that was answered.
    pub(super) fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        let method = known.iter().zip(names).find(|(known, _)| *known == method).map_or("other", |(_, name)| name);
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.0.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// Tells how the service fares, for Prometheus and whatever reads OpenMetrics.
///
/// An alarm is 1 while somebody should look: `nothing_sent`, a run found mail due and sent none; `mail_failing`, no mail
/// has left for an hour; `scheduler_stopped`, a job has not run for two of its intervals.
#[utoipa::path(tag = "operation", responses((status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text")))]
#[get("/metrics")]
pub(super) async fn metrics(app: App, requests: web::Data<Requests>) -> HttpResponse {
    let health = app.block(|app| app.db().read(|conn| Health::of(app, conn))).await;
    let mut text = String::new();
    let written = encode_registry(&mut text, &requests.1)
        .and_then(|()| encode_registry(&mut text, &fares(&health)))
        .and_then(|()| encode_eof(&mut text));
    match written {
        Ok(()) => HttpResponse::Ok().content_type(OPENMETRICS).body(text),
        Err(_fault) => HttpResponse::InternalServerError().finish(),
    }
}

fn fares(health: &Result<Health, Error>) -> Registry {
    let mut registry = Registry::default();
    let mut one = |name: &str, help: &str, value: i64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let health = match health {
        Ok(health) => health,
        Err(_) => {
            one("ehcp_database_up", "Whether the database answers", 0);
            return registry;
        }
    };
    one("ehcp_database_up", "Whether the database answers", 1);
    if let Some(time) = health.last_sent {
        one("ehcp_mail_seconds_since_last_sent", "How long ago the last mail left", seconds(time));
    }
    let failing = health.failing_for.map_or(0, seconds);
    one("ehcp_mail_failing_seconds", "For how long mail has failed; 0 while it leaves", failing);
    let oldest = health.oldest_due.map_or(0, seconds);
    one(
        "ehcp_mail_oldest_due_seconds",
        "For how long the oldest mail that is due has been so; 0 where none is",
        oldest,
    );
    one(
        "ehcp_mail_addresses_refusing",
        "How many addresses refuse mail, so that no more is tried there",
        health.refusing,
    );
    let mut many = |name: &str, help: &str, values: Vec<(&'static str, i64)>| {
        let family = Family::<NameLabels, Gauge>::default();
        for (name, value) in values {
            family.get_or_create(&NameLabels { name }).set(value);
        }
        registry.register(name, help, family);
    };
    many(
        "ehcp_mail_queue",
        "How many messages wait, are being sent, and were given up",
        vec![("queued", health.queued), ("sending", health.being_sent), ("failed", health.failed)],
    );
    let ran = health.jobs.iter().filter_map(|(job, ago)| Some((job.as_str(), seconds((*ago)?)))).collect();
    many("ehcp_job_seconds_since_last_run", "How long ago each job last ran to its end", ran);
    let stopped = health.stopped_jobs();
    let late = health.jobs.iter().map(|(job, _)| (job.as_str(), i64::from(stopped.contains(job)))).collect();
    many("ehcp_job_late", "Whether a job has not run for two of its intervals", late);
    many(
        "ehcp_alarm",
        "Whether somebody should look",
        vec![
            ("nothing_sent", i64::from(health.nothing_sent)),
            ("mail_failing", i64::from(health.mail_is_failing())),
            ("scheduler_stopped", i64::from(!stopped.is_empty())),
        ],
    );
    registry
}

fn seconds(time: TimeDelta) -> i64 {
    time.num_seconds().max(0)
}
