//! A store under watch: it counts what is read of it, and may die.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::*;

/// A store whose reads are counted.
pub(super) struct Watched {
    store: EmbeddedStore,
    reads: AtomicU64,
    /// At some commits it dies: before it, or after it and before anybody hears of it.
    dying: Option<AtomicU32>,
}

impl Watched {
    pub(super) fn counting(store: EmbeddedStore) -> Self {
        Self { store, reads: AtomicU64::new(0), dying: None }
    }

    pub(super) fn dying(store: EmbeddedStore) -> Self {
        Self { dying: Some(AtomicU32::new(0)), ..Self::counting(store) }
    }

    /// Identifiers, events and views that were read since this was asked last.
    pub(super) fn take_reads(&self) -> u64 {
        self.reads.swap(0, Ordering::Relaxed)
    }

    fn read(&self, things: usize) {
        self.reads.fetch_add(things as u64, Ordering::Relaxed);
    }

    fn next(&self) -> u32 {
        self.dying.as_ref().map_or(2, |commits| commits.fetch_add(1, Ordering::Relaxed) % 3)
    }
}

fn died() -> StoreError {
    StoreError::Unavailable("the disk is gone".to_owned())
}

#[async_trait]
impl Identities for Watched {
    async fn add_evidence(&self, evidence: Vec<Evidence>) -> Result<(), StoreError> {
        self.store.add_evidence(evidence).await
    }
    async fn known_of(&self, identifier: &Identifier, pairs: usize) -> Result<Known, StoreError> {
        self.read(1);
        self.store.known_of(identifier, pairs).await
    }
    async fn retract(&self, retraction: Retraction) -> Result<bool, StoreError> {
        self.store.retract(retraction).await
    }
    async fn withdraw(&self, what: &Retracted, withdrawal: Withdrawal) -> Result<bool, StoreError> {
        self.store.withdraw(what, withdrawal).await
    }
    async fn decisions_of(&self, identifier: &Identifier) -> Result<Vec<RetractionRecord>, StoreError> {
        self.store.decisions_of(identifier).await
    }
    async fn customer_of(&self, identifier: &Identifier) -> Result<Option<Option<CustomerId>>, StoreError> {
        self.read(1);
        self.store.customer_of(identifier).await
    }
    async fn remember(&self, found: Vec<(Identifier, Option<CustomerId>)>) -> Result<(), StoreError> {
        self.store.remember(found).await
    }
}

#[async_trait]
impl Events for Watched {
    async fn would_count(&self, evidence: Vec<Evidence>) -> Result<Vec<bool>, StoreError> {
        self.read(evidence.len());
        self.store.would_count(evidence).await
    }
    async fn evidence_of(&self, what: &Retracted) -> Result<Vec<Evidence>, StoreError> {
        self.store.evidence_of(what).await
    }
    async fn events_of(&self, home: &Identifier) -> Result<Vec<Event>, StoreError> {
        let events = self.store.events_of(home).await?;
        self.read(1 + events.len());
        Ok(events)
    }
    async fn view(&self, customer: &CustomerId) -> Result<Option<View>, StoreError> {
        self.read(1);
        self.store.view(customer).await
    }
    async fn write_effects(&self, effects: Effects) -> Result<(), StoreError> {
        match self.next() {
            0 => Err(died()),
            1 => self.store.write_effects(effects).await.and(Err(died())),
            _ => self.store.write_effects(effects).await,
        }
    }
    async fn decide(&self, decision: Decision, stale: Vec<Identifier>) -> Result<bool, StoreError> {
        self.store.decide(decision, stale).await
    }
    async fn walk(
        &self,
        from: Option<Walk>,
        limit: usize,
    ) -> Result<(Vec<Identifier>, Option<Walk>), StoreError> {
        self.read(limit);
        self.store.walk(from, limit).await
    }
    async fn has_current_view(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        self.read(1);
        self.store.has_current_view(customer).await
    }
    async fn stale(&self, limit: usize) -> Result<Vec<Identifier>, StoreError> {
        self.store.stale(limit).await
    }
}
