//! What the owner task keeps on disk, and how it follows the disk when a write fails.

use std::sync::Arc;

use shopbell_domain::{
    id::{AgentId, BootId, VisitId},
    ports::{Store, StoreError},
    visit::{ShopVisits, VisitPolicy},
};

use super::{CardChange, ShopError, ShopTask};
use crate::floor::rows::LEFT_KEPT;

impl ShopTask {
    pub(super) fn store_clone(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    pub(super) async fn store_changed(&mut self) -> Result<(), ShopError> {
        let changed = self.visits.take_changed();
        if changed.is_empty() {
            return Ok(());
        }
        self.end_wishes(&changed).await;
        let store = self.store_clone();
        self.record(async move { store.put_visits(changed).await }).await
    }

    /// Waits for a write. When it fails, the visits in memory are ahead of the disk, and go back to what it holds.
    pub(super) async fn record(
        &mut self,
        write: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), ShopError> {
        self.ahead = true;
        let written = write.await;
        self.ahead = written.is_err();
        self.catch_up().await?;
        Ok(written?)
    }

    /// Does nothing but after a failed write whose reload failed too.
    pub(super) async fn catch_up(&mut self) -> Result<(), StoreError> {
        if self.ahead { self.reload().await } else { Ok(()) }
    }

    /// Takes the visits as they are on disk.
    pub(super) async fn reload(&mut self) -> Result<(), StoreError> {
        let policy = VisitPolicy::default();
        let now = self.clock.now();
        let since = now - policy.settings().remember_for;
        let stored = self.store.recent_visits(&self.shop.id, since).await?;
        let mut visits = ShopVisits::new(self.shop.id.clone(), policy);
        visits.load(stored);
        visits.take_over_orders(&mut self.visits);
        self.agents.retell(&mut visits);
        self.visits = visits;
        self.high_water.forget();
        self.ahead = false;
        Ok(())
    }

    pub(super) async fn rebuild_rows(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let lately: Vec<VisitId> = self
            .visits
            .all()
            .filter(|visit| now.since(visit.last_heard) < LEFT_KEPT)
            .map(|visit| visit.id)
            .collect();
        for id in lately {
            self.show(id, now, CardChange::Same).await?;
        }
        Ok(())
    }

    pub(super) async fn known_high_water(
        &mut self,
        agent: &AgentId,
        boot: BootId,
    ) -> Result<u64, StoreError> {
        if let Some(known) = self.high_water.get(agent, boot) {
            return Ok(known);
        }
        let stored = self.store.high_water(agent, boot).await?.unwrap_or(0);
        self.high_water.note(agent, boot, stored);
        Ok(stored)
    }
}
