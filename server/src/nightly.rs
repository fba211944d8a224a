//! What is learnt at night: what people buy, and what suggestions are worth; one after the other, and at the start.
//!
//! A fit that fails is logged and counted, the models before it stay, and it is tried again in an hour.
//!
//! To add something that is learnt: its line in [`Nightly::fit`].

use std::{convert::Infallible, sync::Arc, time::Duration};

use shopbell_domain::time::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{config::TimeOfDay, demand::Demand, metrics::Metrics, ranking::Learner, rounds};

/// After a fit that failed.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// The job.
pub struct Nightly {
    /// What suggestions are worth.
    pub learner: Learner,
    /// What people buy.
    pub demand: Demand,
    /// When.
    pub at: TimeOfDay,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Nightly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nightly")
    }
}

impl Nightly {
    /// At once and then each night, until `stop`.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        rounds::repeat(&self.clock, &stop, || self.fit()).await;
        Ok(())
    }

    /// Learns everything anew; when it is to be done again.
    async fn fit(&self) -> Timestamp {
        let mut whole = true;
        if let Err(error) = self.demand.refit().await {
            whole = self.told("what people buy", &error);
        }
        if let Err(error) = self.learner.refit().await {
            whole = self.told("what suggestions are worth", &error);
        }
        let now = self.clock.now();
        if whole { self.at.after(now) } else { now + AGAIN }
    }

    fn told(&self, what: &str, error: &dyn std::error::Error) -> bool {
        self.metrics.learning.refit_failures.inc();
        tracing::error!(what, %error, "could not be learnt; what was learnt before stays, and it is tried again in an hour");
        false
    }
}
