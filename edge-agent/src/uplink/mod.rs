//! The line to the server: it reconnects for ever, and nothing that was not acknowledged is forgotten.
//!
//! [`Uplink::run`] is the only place that reconnects; [`session`] is one stream; [`pump`] decides what to send.
//! Invariant: an event leaves the outbox only by a receipt, so a stream may be cut at any moment.

pub mod channel;
pub mod pump;
pub mod session;
pub mod trouble;

use std::time::Duration;

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_kit::{backoff::Backoff, lifecycle::Tasks};
use tokio::time::{Instant, interval, timeout};
use tonic::Code;

pub use self::channel::{ChannelError, Server};
use self::session::{Context, Session, SessionError};
use crate::{health::Part, outbox::OutboxError};

/// At a stop, how long to wait for the receipts of what was sent. What is not acknowledged stays on the disk.
const LINGER: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(3);

/// Reports to the server.
pub struct Uplink {
    /// What a stream works with.
    pub context: Context,
    /// The waits between attempts.
    pub backoff: Backoff,
    /// Seed of the waits' jitter.
    pub seed: u64,
}

impl Uplink {
    /// Runs until the soft stop. Only a failing outbox ends it before.
    pub async fn run(self, tasks: Tasks) -> Result<(), OutboxError> {
        let stop = tasks.soft();
        let mut attempts = self.backoff.start();
        let mut rng = StdRng::seed_from_u64(self.seed);
        loop {
            let mut healthy_since = None;
            let error = match self.attempt(&mut healthy_since, &tasks).await {
                Ok(()) => return Ok(()),
                Err(SessionError::Outbox(error)) => return Err(error),
                Err(error) => error,
            };
            let healthy_for = healthy_since.map(|since: Instant| since.elapsed()).unwrap_or_default();
            let wait = attempts.failed(healthy_for, &mut rng);
            report(self.context.server.url(), &error, attempts.failures(), wait);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.while_alive(tokio::time::sleep(wait)) => {}
            }
        }
    }

    /// One stream. `Ok` after a soft stop.
    async fn attempt(&self, healthy_since: &mut Option<Instant>, tasks: &Tasks) -> Result<(), SessionError> {
        let stop = tasks.soft();
        let mut session = tokio::select! {
            session = self.while_alive(Session::open(self.context.clone())) => session?,
            () = stop.cancelled() => return Ok(()),
        };
        *healthy_since = Some(Instant::now());
        tokio::select! {
            ended = session.run() => return ended,
            () = stop.cancelled() => {}
        }
        let mut level = self.context.outbox.level();
        let flushed = async {
            tokio::select! {
                ended = session.run() => ended,
                _ = level.wait_for(|level| level.closed && level.events == 0) => Ok(()),
            }
        };
        match timeout(LINGER, flushed).await {
            Ok(Err(SessionError::Outbox(error))) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Shows the watchdog that waiting is not being stuck.
    async fn while_alive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut round = interval(ROUND);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = round.tick() => self.context.health.tick(Part::Uplink),
            }
        }
    }
}

fn report(url: &str, error: &SessionError, failures: u32, wait: Duration) {
    let wait_s = wait.as_secs_f64();
    let code = match error {
        SessionError::Refused(status) => Some(status.code()),
        _ => None,
    };
    match code {
        Some(Code::Unauthenticated) => tracing::error!(
            url, %error, wait_s,
            "the server does not accept this agent's token: check server.token_file, and that the server knows the \
             token's hash; events are kept meanwhile"
        ),
        Some(Code::PermissionDenied) => tracing::error!(
            url, %error, wait_s,
            "the server knows this token, and not as an agent's: put the token of this agent into \
             server.token_file; events are kept meanwhile"
        ),
        Some(Code::Aborted) => tracing::error!(
            url, %error, wait_s,
            "another agent uses the same token: give each agent its own; events are kept meanwhile"
        ),
        Some(Code::InvalidArgument | Code::Unimplemented) => tracing::error!(
            url, %error, wait_s,
            "the server does not understand this agent: update the older of the two; events are kept meanwhile"
        ),
        _ => {
            tracing::warn!(url, %error, failures, wait_s, "no line to the server; trying again, events are kept");
        }
    }
}
