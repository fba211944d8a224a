//! What is learnt, how old it is, and what learning takes.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    metrics::{
        counter::Counter,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use shopbell_domain::time::Timestamp;

/// Figures of the models.
#[derive(Debug)]
pub struct Learning {
    /// Showings that the ranking has learnt from, what was said since its last refit among them.
    pub ranking_learnt: Gauge,
    /// When the ranking was last made anew from the log, in seconds since 1970.
    pub ranking_fitted_seconds: Gauge,
    /// What that took.
    pub ranking_refit_seconds: Histogram,
    /// Customers whose purchases the models of what people buy are fitted to.
    pub demand_customers: Gauge,
    /// Pairs of products that go together.
    pub demand_pairs: Gauge,
    /// What they take of memory, in bytes.
    pub demand_bytes: Gauge,
    /// When they were last fitted, in seconds since 1970.
    pub demand_fitted_seconds: Gauge,
    /// What that took, the reading with it.
    pub demand_refit_seconds: Gauge<f64, AtomicU64>,
    /// Refits that did not get through; the models before them stay.
    pub refit_failures: Counter,
}

impl Default for Learning {
    fn default() -> Self {
        Self {
            ranking_learnt: Gauge::default(),
            ranking_fitted_seconds: Gauge::default(),
            ranking_refit_seconds: Histogram::new(exponential_buckets(0.01, 4.0, 9)),
            demand_customers: Gauge::default(),
            demand_pairs: Gauge::default(),
            demand_bytes: Gauge::default(),
            demand_fitted_seconds: Gauge::default(),
            demand_refit_seconds: Gauge::default(),
            refit_failures: Counter::default(),
        }
    }
}

impl Learning {
    /// Names them.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("ranking_learnt", "Showings learnt from", self.ranking_learnt.clone());
        let fitted = self.ranking_fitted_seconds.clone();
        registry.register("ranking_fitted_seconds", "When the ranking was made anew from the log", fitted);
        let refit = self.ranking_refit_seconds.clone();
        registry.register_with_unit("ranking_refit", "To make it anew", Unit::Seconds, refit);
        let customers = self.demand_customers.clone();
        registry.register("demand_customers", "Customers whose purchases may be learnt from", customers);
        registry.register("demand_pairs", "Pairs of products that go together", self.demand_pairs.clone());
        registry.register_with_unit(
            "demand_memory",
            "What the models take",
            Unit::Bytes,
            self.demand_bytes.clone(),
        );
        let fitted = self.demand_fitted_seconds.clone();
        registry.register("demand_fitted_seconds", "When what people buy was last fitted", fitted);
        let refit = self.demand_refit_seconds.clone();
        registry.register_with_unit("demand_refit", "To fit what people buy", Unit::Seconds, refit);
        let failures = self.refit_failures.clone();
        registry.register("refit_failures", "Refits that did not end", failures);
    }

    /// The ranking was made anew.
    pub fn ranked(&self, learnt: u32, at: Timestamp, took: Duration) {
        self.learnt(learnt);
        self.ranking_fitted_seconds.set(at.as_secs());
        self.ranking_refit_seconds.observe(took.as_secs_f64());
    }

    /// What people buy was fitted: to so many customers, with so many pairs, in so many bytes.
    pub fn demand(&self, customers: usize, pairs: usize, bytes: usize, at: Timestamp, took: Duration) {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.demand_customers.set(count(customers));
        self.demand_pairs.set(count(pairs));
        self.demand_bytes.set(count(bytes));
        self.demand_fitted_seconds.set(at.as_secs());
        self.demand_refit_seconds.set(took.as_secs_f64());
    }

    /// The ranking has learnt from so many showings.
    pub fn learnt(&self, showings: u32) {
        self.ranking_learnt.set(i64::from(showings));
    }
}
