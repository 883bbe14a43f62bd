//! What `/metrics` tells, in Prometheus' form.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

const METHODS: [&str; 4] = ["GET", "HEAD", "OPTIONS", "POST"];

/// All figures.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
    batch_texts: Histogram,
    batch_tokens: Histogram,
    tokens: Counter,
    cache_hits: Counter,
    cache_misses: Counter,
    cache_bytes: Gauge,
    queued_tokens: Gauge,
    queued_reasons: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let sizes = || Histogram::new(exponential_buckets(1.0, 2.0, 14));
        let times: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 17));
        let mut all = Self {
            registry: Registry::with_prefix("whysim"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(times),
            batch_texts: sizes(),
            batch_tokens: sizes(),
            tokens: Counter::default(),
            cache_hits: Counter::default(),
            cache_misses: Counter::default(),
            cache_bytes: Gauge::default(),
            queued_tokens: Gauge::default(),
            queued_reasons: Gauge::default(),
        };
        let r = &mut all.registry;
        r.register(
            "requests",
            "Requests that were answered, by route and status; 499 where the client left",
            all.requests.clone(),
        );
        r.register_with_unit(
            "request_duration",
            "From a request's head to its answer",
            Unit::Seconds,
            all.seconds.clone(),
        );
        r.register("batch_texts", "Texts that were embedded together", all.batch_texts.clone());
        r.register("batch_tokens", "Tokens that were embedded together", all.batch_tokens.clone());
        r.register("tokens", "Tokens that were given to models", all.tokens.clone());
        r.register("cache_hits", "Decompositions that were kept", all.cache_hits.clone());
        r.register("cache_misses", "Decompositions that had to be made", all.cache_misses.clone());
        r.register_with_unit("cache", "Size of the decompositions that are kept", Unit::Bytes, all.cache_bytes.clone());
        r.register("queued_tokens", "Tokens that wait to be embedded, or are", all.queued_tokens.clone());
        r.register("queued_reasons", "Explanations and the like that wait or run", all.queued_reasons.clone());
        all
    }
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Whoever sends methods of their own makes no figures of their own.
        let method = if METHODS.contains(&method) { method } else { "other" };
        let [method, route] = [method, route].map(str::to_owned);
        self.requests.get_or_create(&Answered { method: method.clone(), route: route.clone(), status }).inc();
        self.seconds.get_or_create(&Route { method, route }).observe(took.as_secs_f64());
    }

    /// Texts go through a model together.
    pub fn batch(&self, texts: usize, tokens: usize) {
        self.batch_texts.observe(texts as f64);
        self.batch_tokens.observe(tokens as f64);
        self.tokens.inc_by(tokens as u64);
    }

    /// A decomposition was asked for.
    pub fn cached(&self, hit: bool) {
        if hit {
            self.cache_hits.inc()
        } else {
            self.cache_misses.inc()
        };
    }

    /// The cache's size now.
    pub fn cache_bytes(&self, bytes: usize) {
        self.cache_bytes.set(bytes as i64);
    }

    /// Everything, with the queues as they are now.
    ///
    /// # Errors
    /// If a figure cannot be written as text.
    pub fn text(&self, queued_tokens: usize, queued_reasons: usize) -> Result<String, std::fmt::Error> {
        self.queued_tokens.set(queued_tokens as i64);
        self.queued_reasons.set(queued_reasons as i64);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
