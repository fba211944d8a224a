//! The owner task: takes regulations in order, and carries each out, some customer numbers at a time.
//!
//! ```text
//!  next_open ──> subjects (64) ──> decide (plans on disk) ──> carry ──> settle (endings and receipts on disk) ─┐
//!      ^             ^────────────────────────────────────────────────────────────────────────────────────────┤
//!      └──────────────────────────────── close (the customer numbers are forgotten) <── all have ended ───────┘
//! ```

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shopbell_domain::{
    ports::StoreError,
    redacted::Redacted,
    rights::{
        Outcome, Regulation,
        port::{Ending, Plan, Subject},
    },
};
use tokio_util::sync::CancellationToken;

use super::{
    failed,
    leaving::Walking,
    person::{NotFound, whole},
    service::Rights,
};
use crate::online::DecideError;

/// Customer numbers that are carried out together: their writes share syncs.
const AT_ONCE: usize = 64;

/// Between two looks at what is overdue.
const MEASURED: Duration = Duration::from_secs(60);

/// After the store refused, until it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a regulation could not go on for now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Halted {
    /// The store refused or could not read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is on its way out.
    #[error("the server is shutting down")]
    Stopping,
}

impl From<DecideError> for Halted {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Store(error) => Self::Store(error),
            DecideError::Stopping => Self::Stopping,
        }
    }
}

/// The owner task.
#[derive(Debug)]
pub struct Job {
    pub(super) rights: Rights,
    walking: Mutex<Walking>,
}

impl Job {
    /// Nothing is carried out before [`Job::run`].
    pub fn new(rights: Rights) -> Self {
        Self { rights, walking: Mutex::default() }
    }

    pub(super) fn walking(&self) -> MutexGuard<'_, Walking> {
        self.walking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out what is open, until `stop`. A step that was begun is not waited for: it is begun again after a restart.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        loop {
            let done = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                done = self.next() => done,
            };
            let wait = async {
                match done {
                    Ok(More::Perhaps) => {}
                    Ok(More::No) => self.rest().await,
                    Err(error) => {
                        tracing::error!(%error, "a regulation cannot be carried out now; it is tried again");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                () = wait => {}
            }
        }
    }

    /// Until something is asked for; meanwhile requests grow overdue.
    async fn rest(&self) {
        loop {
            if let Err(error) = self.rights.measure().await {
                tracing::warn!(%error, "open requests cannot be counted");
            }
            tokio::select! {
                () = self.rights.inner.bell.notified() => return,
                () = tokio::time::sleep(MEASURED) => {}
            }
        }
    }

    /// Carries out some numbers of the oldest open regulation.
    pub(super) async fn next(&self) -> Result<More, Halted> {
        let regulations = &self.rights.parts().regulations;
        let Some(regulation) = regulations.next_open().await? else { return self.leave().await };
        let from = u32::try_from(regulation.tally.ended()).unwrap_or(u32::MAX);
        let mut subjects = regulations.subjects(regulation.number, from, AT_ONCE).await?;
        subjects.retain(|subject| subject.outcome.is_none());
        if subjects.is_empty() {
            self.close(&regulation).await?;
            return Ok(More::Perhaps);
        }
        let (planned, mut endings) = self.plan(&regulation, subjects).await?;
        endings.extend(self.rights.carry(&regulation, planned).await?);
        regulations.settle(regulation.number, endings).await?;
        Ok(More::Perhaps)
    }

    async fn close(&self, regulation: &Regulation) -> Result<(), StoreError> {
        if regulation.kind.erases() {
            self.forget_failed(regulation).await?;
        }
        let (state, now) = (regulation.tally.last_state(), self.rights.parts().clock.now());
        self.rights.parts().regulations.close(regulation.number, state, now).await?;
        let seconds = now.since(regulation.at).as_secs_f64();
        self.rights.parts().metrics.regulation_seconds.observe(seconds);
        let (number, tally) = (regulation.number.0, regulation.tally);
        tracing::info!(number, state = state.name(), ?tally, seconds, "a regulation has ended");
        Ok(())
    }

    /// Forgets messages that could not be used and tell of those who were erased.
    async fn forget_failed(&self, regulation: &Regulation) -> Result<(), StoreError> {
        let parts = self.rights.parts();
        let (mut who, mut from) = (HashSet::new(), 0);
        loop {
            let subjects = parts.regulations.subjects(regulation.number, from, AT_ONCE).await?;
            let Some(last) = subjects.last() else { break };
            from = last.index + 1;
            who.extend(subjects.into_iter().filter_map(|subject| subject.plan).flat_map(|plan| plan.who));
        }
        if who.is_empty() {
            return Ok(());
        }
        let naming = failed::naming(parts.inbox.as_ref(), &who).await?;
        let dropped = parts.kept.drop_failed(naming).await?;
        tracing::debug!(number = regulation.number.0, dropped, "failed messages of erased persons");
        Ok(())
    }

    /// Decides whom each number names, where that is not decided yet, and keeps it. Those that name nobody end here.
    async fn plan(
        &self,
        regulation: &Regulation,
        subjects: Vec<Subject>,
    ) -> Result<(Vec<Planned>, Vec<Ending>), StoreError> {
        let parts = self.rights.parts();
        let (mut planned, mut new, mut endings) = (Vec::new(), Vec::new(), Vec::new());
        for Subject { index, user, plan, .. } in subjects {
            if let Some(plan) = plan {
                planned.push(Planned { index, user, plan });
                continue;
            }
            match whole(parts.events.as_ref(), parts.kept.as_ref(), &parts.rules, user.reveal()).await {
                Ok(whole) => new.push((index, user, whole)),
                Err(NotFound::Unusable(error)) => {
                    endings.push(ended(index, Outcome::Invalid(error.to_string())));
                }
                Err(NotFound::TooLarge(error)) => {
                    endings.push(ended(index, Outcome::Failed(error.to_string())));
                }
                Err(NotFound::Store(error)) => endings.push(broken(index, error)?),
            }
        }
        if new.is_empty() {
            return Ok((planned, endings));
        }
        let first = parts.regulations.reserve_receipts(new.len() as u64).await?;
        let mut plans = Vec::with_capacity(new.len());
        for (receipt, (index, user, whole)) in (first..).zip(new) {
            let seed = Redacted::new(self.rights.random());
            let plan = Plan { who: whole.all(), receipt, at: parts.clock.now(), seed };
            plans.push((index, plan.clone()));
            planned.push(Planned { index, user, plan });
        }
        parts.regulations.decide(regulation.number, plans).await?;
        Ok((planned, endings))
    }
}

/// Whether there may be more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    Perhaps,
    No,
}

/// A number and whom it names.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) index: u32,
    pub(super) user: Redacted<String>,
    pub(super) plan: Plan,
}

pub(super) const fn ended(index: u32, outcome: Outcome) -> Ending {
    Ending { index, outcome, receipt: None }
}

/// A record of one person that cannot be read ends that person's number; everything else halts the job for a moment.
pub(super) fn broken(index: u32, error: StoreError) -> Result<Ending, StoreError> {
    match error {
        StoreError::Damaged(detail) => {
            tracing::error!(detail, "a regulation could not be carried out for one person");
            let reason = "a stored record cannot be read: run `shopbell-server check`, then ask again";
            Ok(ended(index, Outcome::Failed(reason.to_owned())))
        }
        error @ (StoreError::Unavailable(_) | StoreError::NotFound(_)) => Err(error),
    }
}
