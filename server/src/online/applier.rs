//! The owner task: takes messages up in order, and decisions about evidence.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use shopbell_domain::{
    event::{
        Event,
        port::{Decision, Events},
    },
    identity::{Identifier, Retracted},
    inbox::{Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    time::Clock,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    bell::Bell,
    plan::{self, Changed, Planned},
    reading::Readings,
};
use crate::floor::Hub;
/// Most messages of one run.
const RUN_MESSAGES: usize = 256;
/// A run ends with the message that reaches this number of bytes: what follows from it fits into a commit.
const RUN_BYTES: usize = 512 * 1_024;
/// Stale identifiers that are refreshed at once.
const STALE_AT_ONCE: usize = 64;
/// Decisions that may wait.
const DECISIONS: usize = 16;
/// After the store refused, until it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Is told of profiles that changed, after they are in the store.
#[async_trait]
pub trait Audience: Send + Sync {
    /// One has changed. The applier waits meanwhile.
    async fn profile_changed(&self, changed: &Changed);
}

#[async_trait]
impl Audience for Hub {
    async fn profile_changed(&self, changed: &Changed) {
        Self::profile_changed(self, &changed.customer, &changed.fields).await;
    }
}

/// What the applier needs.
pub struct ApplierParts {
    /// Where messages wait.
    pub inbox: Arc<dyn Inbox>,
    /// Where their effects go: the same store as the inbox's.
    pub events: Arc<dyn Events>,
    /// How messages are read, and who may be one person.
    pub readings: Readings,
    /// The server's clock.
    pub clock: Arc<dyn Clock>,
    /// Rung when messages wait.
    pub bell: Bell,
    /// Who is told of profiles that changed.
    pub audience: Arc<dyn Audience>,
}

impl std::fmt::Debug for ApplierParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApplierParts")
    }
}

/// Why a decision about evidence was not made.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The store refused or could not read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is on its way out: call again, elsewhere or later.
    #[error("the server is shutting down")]
    Stopping,
}

struct Asked {
    decision: Decision,
    answer: oneshot::Sender<Result<bool, DecideError>>,
}

/// Asks the applier. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ApplierHandle(mpsc::Sender<Asked>);

impl ApplierHandle {
    /// Decides about evidence. Returns when views are as if what counts now had always been all; `false` when the decision
    /// changes nothing.
    pub async fn decide(&self, decision: Decision) -> Result<bool, DecideError> {
        let (answer, result) = oneshot::channel();
        self.0.send(Asked { decision, answer }).await.map_err(|_| DecideError::Stopping)?;
        result.await.map_err(|_| DecideError::Stopping)?
    }
}

/// The owner task.
pub struct Applier {
    parts: ApplierParts,
    asked: mpsc::Receiver<Asked>,
}

impl std::fmt::Debug for Applier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applier")
    }
}

/// Whether there may be more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    Perhaps,
    No,
}

impl Applier {
    /// Begins with what waits; nothing runs before [`Applier::run`].
    pub fn new(parts: ApplierParts) -> (Self, ApplierHandle) {
        let (asks, asked) = mpsc::channel(DECISIONS);
        (Self { parts, asked }, ApplierHandle(asks))
    }

    /// Takes up what waits, until `stop`. A run that was begun is not waited for: it is in the store whole, or not at all.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Infallible> {
        // Whatever was stale when the server ended.
        let mut stale = true;
        loop {
            let work = async {
                if stale {
                    self.refresh().await?;
                    stale = false;
                }
                self.take_up().await
            };
            let more = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                done = work => done,
            };
            match more {
                Ok(More::Perhaps) => {
                    // A decision does not wait for the end of a backlog.
                    if let Ok(asked) = self.asked.try_recv() {
                        stale |= self.decide(asked).await;
                    }
                }
                Ok(More::No) => tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    Some(asked) = self.asked.recv() => stale |= self.decide(asked).await,
                    () = self.parts.bell.heard() => {}
                },
                Err(error) => {
                    tracing::error!(%error, "messages could not be taken up; they wait");
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        }
    }

    /// Takes up one run of messages.
    pub(super) async fn take_up(&self) -> Result<More, StoreError> {
        let mut waiting = self.parts.inbox.waiting(RUN_MESSAGES).await?;
        cut(&mut waiting);
        let Some((up_to, _)) = waiting.last() else { return Ok(More::No) };
        let up_to = *up_to;
        let (events, failures) = self.read(waiting);
        let failed = failures.len();
        let mut planned =
            plan::of_events(self.parts.events.as_ref(), self.parts.readings.rules(), events).await?;
        planned.effects.settlement = Some(Settlement { up_to, failures, at: self.parts.clock.now() });
        tracing::debug!(
            events = planned.effects.events.len(),
            failed,
            views = planned.effects.views.len(),
            rebuilt = planned.rebuilt,
            "a run of messages"
        );
        self.write(planned).await?;
        // Views that the commit could not take.
        self.refresh().await?;
        Ok(More::Perhaps)
    }

    fn read(
        &self,
        waiting: Vec<(InboxNumber, Message)>,
    ) -> (Vec<Event>, Vec<(InboxNumber, shopbell_domain::inbox::Failure)>) {
        let (mut events, mut failures) = (Vec::with_capacity(waiting.len()), Vec::new());
        for (number, message) in waiting {
            match self.parts.readings.event(&message) {
                Ok(event) => events.push(event),
                Err(failure) => failures.push((number, failure)),
            }
        }
        (events, failures)
    }

    async fn write(&self, planned: Planned) -> Result<(), StoreError> {
        let Planned { effects, changed, .. } = planned;
        self.parts.events.write_effects(effects).await?;
        for changed in &changed {
            self.parts.audience.profile_changed(changed).await;
        }
        Ok(())
    }

    /// Makes anew what is stale.
    async fn refresh(&self) -> Result<(), StoreError> {
        loop {
            let stale = self.parts.events.stale(STALE_AT_ONCE).await?;
            if stale.is_empty() {
                return Ok(());
            }
            let rules = self.parts.readings.rules();
            let planned = plan::of_stale(self.parts.events.as_ref(), rules, stale).await?;
            tracing::debug!(rebuilt = planned.rebuilt, "stale views");
            self.write(planned).await?;
        }
    }

    /// Decides, and answers when the views say so. Whether something is still stale.
    async fn decide(&self, asked: Asked) -> bool {
        let Asked { decision, answer } = asked;
        let decided = self.decided(decision).await;
        let stale = decided.is_err();
        // An answer that nobody waits for any more is dropped: what was decided stays decided.
        let _ = answer.send(decided.map_err(DecideError::from));
        stale
    }

    pub(super) async fn decided(&self, decision: Decision) -> Result<bool, StoreError> {
        let events = self.parts.events.as_ref();
        let evidence = events.evidence_of(decision.what()).await?;
        let mut ends: BTreeSet<Identifier> =
            evidence.into_iter().flat_map(|piece| [piece.a, piece.b]).collect();
        if let Retracted::Pair(pair) = decision.what() {
            let (a, b) = pair.ends();
            ends.extend([a.clone(), b.clone()]);
        }
        let stale = plan::surroundings(events, self.parts.readings.rules(), ends).await?;
        let decided = events.decide(decision, stale).await?;
        self.refresh().await?;
        Ok(decided)
    }
}

/// Leaves what one commit can take; at least one message.
fn cut(waiting: &mut Vec<(InboxNumber, Message)>) {
    let mut bytes = 0;
    let fitting = waiting.iter().take_while(|(_, message)| {
        let before = bytes;
        bytes += message.body.reveal().len();
        before < RUN_BYTES
    });
    let fitting = fitting.count();
    waiting.truncate(fitting);
}
