//! The owner task: takes messages up in order, and decisions about evidence.

mod gate;

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shopbell_domain::{
    event::{
        Event,
        port::{Decision, Walk},
    },
    id::CustomerId,
    identity::{Identifier, Retracted},
    inbox::{InboxNumber, Message, Settlement},
    ports::StoreError,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    handle::{ApplierHandle, Asked, DecideError, Pause},
    parts::ApplierParts,
    persons::{Ground, Resting, TooLarge},
    plan::{self, Planned},
    reading::Said,
};
use crate::metrics::AppliedFate;

/// Most messages of one run.
const RUN_MESSAGES: usize = 256;
/// A run ends with the message that reaches this number of bytes: what follows from it fits into a commit.
const RUN_BYTES: usize = 512 * 1_024;
/// Stale identifiers that are looked up at once; those that hang together are made anew together.
const STALE_AT_ONCE: usize = 1_024;
/// Identifiers that are walked over at once.
const WALKED_AT_ONCE: usize = 64;
/// Decisions that may wait.
const DECISIONS: usize = 16;
/// After the store refused, until it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// The owner task.
pub struct Applier {
    parts: ApplierParts,
    asked: mpsc::Receiver<Asked>,
    memory: Mutex<Memory>,
}

/// What is remembered from run to run: nothing that a restart may not forget.
#[derive(Debug, Clone, Default)]
struct Memory {
    too_large: Arc<TooLarge>,
    resting: Arc<Resting>,
}

impl std::fmt::Debug for Applier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applier")
    }
}

/// How far the walk over all identifiers has come, one after each start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Walking {
    Begin,
    On(Walk),
    Ended,
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
        let handle = ApplierHandle(asks, parts.bell.clone());
        (Self { parts, asked, memory: Mutex::default() }, handle)
    }

    /// Takes up what waits, until `stop`. A run that was begun is not waited for: it is in the store whole, or not at all.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Infallible> {
        // Whatever was stale when the server ended.
        let mut stale = true;
        let mut walking = Walking::Begin;
        let mut forget = None;
        loop {
            let work = async {
                if stale {
                    self.refresh().await?;
                    stale = false;
                }
                let more = self.take_up().await?;
                if more == More::No {
                    forget = self.parts.inbox.forget_settled(self.parts.clock.now()).await?;
                }
                walking = self.walk(&walking).await?;
                Ok::<More, StoreError>(more)
            };
            let more = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                done = work => done,
            };
            match more {
                Ok(More::No) if walking == Walking::Ended => {
                    let rested = self.rested();
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => return Ok(()),
                        Some(asked) = self.asked.recv() => stale |= self.answer(asked, &stop).await,
                        () = self.parts.bell.heard() => stale = true,
                        () = after(forget) => {}
                        () = rested => stale = true,
                    }
                }
                Ok(_) => {
                    // A decision does not wait for the end of a backlog.
                    if let Ok(asked) = self.asked.try_recv() {
                        stale |= self.answer(asked, &stop).await;
                    }
                }
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

    /// Ends when a view that rests may be made anew; never when none does.
    fn rested(&self) -> impl Future<Output = ()> + use<> {
        after(self.remembered().resting.next_due())
    }

    /// Takes up one run of messages.
    pub(super) async fn take_up(&self) -> Result<More, StoreError> {
        let mut waiting = self.parts.inbox.waiting(RUN_MESSAGES).await?;
        self.measure(&waiting).await?;
        cut(&mut waiting);
        if waiting.is_empty() {
            return Ok(More::No);
        }
        let taken = waiting.iter().map(|(number, _)| *number).collect();
        let (events, failures) = self.read(waiting).await?;
        let failed = failures.len();
        let mut planned = self.planned(events).await?;
        planned.effects.settlement = Some(Settlement { taken, failures, at: self.parts.clock.now() });
        tracing::debug!(
            events = planned.effects.events.len(),
            failed,
            views = planned.effects.views.len(),
            rebuilt = planned.rebuilt,
            "a run of messages"
        );
        let applied = planned.effects.events.len();
        self.write(planned).await?;
        self.parts.metrics.applied(AppliedFate::Applied, applied);
        self.parts.metrics.applied(AppliedFate::Failed, failed);
        // Views that the commit could not take.
        self.refresh().await?;
        Ok(More::Perhaps)
    }

    /// Reads messages, and does what is no event: before they are settled, so that it is done at least once.
    async fn read(
        &self,
        waiting: Vec<(InboxNumber, Message)>,
    ) -> Result<(Vec<Event>, Vec<(InboxNumber, shopbell_domain::inbox::Failure)>), StoreError> {
        let (mut events, mut failures) = (Vec::with_capacity(waiting.len()), Vec::new());
        for (number, message) in waiting {
            let done = match self.parts.readings.said(&message) {
                Ok(Said::Event(event)) => {
                    if self.admits(&message, &event).await? {
                        events.push(*event);
                    }
                    continue;
                }
                Ok(Said::Aside(desk, what)) => desk.carry_out(&message, what).await?,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = done
                && !self.is_kept_out(&message).await?
            {
                failures.push((number, failure));
            }
        }
        Ok((events, failures))
    }

    /// What follows from events, with the memory of what is too large.
    async fn planned(&self, events: Vec<Event>) -> Result<Planned, StoreError> {
        plan::of_events(self.ground(&self.remembered()), events).await
    }

    fn ground<'a>(&'a self, memory: &'a Memory) -> Ground<'a> {
        let Memory { too_large, resting } = memory;
        let (rules, believed) = (self.parts.readings.rules(), self.parts.readings.believed());
        Ground { store: self.parts.events.as_ref(), rules, believed, too_large, resting }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As it is now.
    fn remembered(&self) -> Memory {
        let mut memory = self.memory();
        if memory.resting.len() > 0 {
            Arc::make_mut(&mut memory.resting).advance(self.parts.clock.uptime());
        }
        memory.clone()
    }

    fn remember(&self, made: Vec<(CustomerId, usize)>, too_large: BTreeSet<Identifier>, pieces: usize) {
        let mut memory = self.memory();
        if pieces > 0 || !too_large.is_empty() {
            let most = self.parts.readings.rules().component();
            Arc::make_mut(&mut memory.too_large).learn(too_large, pieces, most);
        }
        if !made.is_empty() {
            let resting = Arc::make_mut(&mut memory.resting);
            resting.advance(self.parts.clock.uptime());
            for (customer, events) in made {
                resting.made(customer, events);
            }
        }
    }

    /// How much waits, and since when.
    async fn measure(&self, waiting: &[(InboxNumber, Message)]) -> Result<(), StoreError> {
        let (metrics, now) = (&self.parts.metrics, self.parts.clock.now());
        let backlog = self.parts.inbox.backlog().await?;
        metrics.inbox_backlog.set(i64::try_from(backlog).unwrap_or(i64::MAX));
        // The first of each source is among them.
        let oldest = waiting.iter().map(|(_, message)| now.since(message.received)).max();
        metrics.inbox_lag.set(oldest.unwrap_or_default().as_secs_f64());
        Ok(())
    }

    async fn write(&self, planned: Planned) -> Result<(), StoreError> {
        let Planned { effects, changed, privacy, rebuilt, made, cut, too_large, .. } = planned;
        let Planned { pieces_for_too_large, turned_away, .. } = planned;
        for changed in &changed {
            self.parts.audience.profile_will_change(changed).await?;
        }
        for (customer, at) in &privacy {
            self.parts.audience.privacy_asked(customer, *at, self.parts.clock.now()).await?;
        }
        self.parts.events.write_effects(effects).await?;
        self.parts.metrics.views_rebuilt.inc_by(rebuilt as u64);
        self.parts.metrics.components_cut.inc_by(cut as u64);
        self.parts.metrics.newcomers_turned_away.inc_by(turned_away as u64);
        self.remember(made, too_large, pieces_for_too_large);
        for changed in &changed {
            self.parts.audience.profile_changed(changed).await;
        }
        Ok(())
    }

    /// Some steps over all identifiers, to make anew what other rules made: those of another version of this program, or of
    /// other settings. What waits goes on between the steps.
    pub(super) async fn walk(&self, walking: &Walking) -> Result<Walking, StoreError> {
        let from = match walking {
            Walking::Ended => return Ok(Walking::Ended),
            Walking::Begin => None,
            Walking::On(from) => Some(from.clone()),
        };
        let (identifiers, next) = match self.parts.events.walk(from, WALKED_AT_ONCE).await {
            Err(StoreError::Damaged(error)) => {
                tracing::error!(error, "views may be of other rules: run `shopbell-server check`");
                return Ok(Walking::Ended);
            }
            step => step?,
        };
        if !identifiers.is_empty() {
            let planned = plan::of_walk(self.ground(&self.remembered()), identifiers).await?;
            self.write(planned).await?;
            // Views that the commit could not take.
            self.refresh().await?;
        }
        Ok(next.map_or(Walking::Ended, Walking::On))
    }

    /// Makes anew what is stale and does not rest.
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        loop {
            let memory = self.remembered();
            let resting = &memory.resting;
            let mut stale = self.parts.events.stale(STALE_AT_ONCE + resting.len()).await?;
            stale.retain(|identifier| !identifier.customer().is_some_and(|customer| resting.has(&customer)));
            if stale.is_empty() {
                return Ok(());
            }
            let planned = plan::of_stale(self.ground(&memory), stale).await?;
            tracing::debug!(rebuilt = planned.rebuilt, "stale views");
            self.write(planned).await?;
        }
    }

    /// Does what is asked, and answers when the views say so. Whether something is still stale.
    ///
    /// An answer that nobody waits for any more is dropped: what was done stays done.
    async fn answer(&self, asked: Asked, stop: &CancellationToken) -> bool {
        match asked {
            Asked::Decide { decision, answer } => {
                let decided = self.decided(decision).await;
                let stale = decided.is_err();
                let _ = answer.send(decided.map_err(DecideError::from));
                stale
            }
            Asked::Tell { event, answer } => {
                let told = self.told(*event).await;
                let stale = told.is_err();
                let _ = answer.send(told.map_err(DecideError::from));
                stale
            }
            Asked::Pause { begun } => {
                let (held, released) = oneshot::channel();
                if begun.send(Pause { _held: held }).is_ok() {
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => {}
                        // Nothing is ever sent: it ends when the other end is dropped.
                        _ = released => {}
                    }
                }
                // Whoever held it up may have left views to be made anew.
                true
            }
        }
    }

    pub(super) async fn told(&self, event: Event) -> Result<(), StoreError> {
        let planned = self.planned(vec![event]).await?;
        self.write(planned).await?;
        self.refresh().await
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
        // Without the memory: what was too large may not be so any more, and who decided does not wait.
        *self.memory() = Memory::default();
        let stale = plan::surroundings(self.ground(&Memory::default()), ends).await?;
        let decided = events.decide(decision, stale).await?;
        self.refresh().await?;
        Ok(decided)
    }
}

/// Ends after this time; never without one.
async fn after(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
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
