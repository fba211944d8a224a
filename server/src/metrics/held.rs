//! What a gauge counts as long as it lives.

use prometheus_client::metrics::gauge::Gauge;

/// Holds a gauge one higher while it lives.
#[derive(Debug)]
pub struct Held(Gauge);

impl Held {
    /// Raises the gauge.
    pub fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}
