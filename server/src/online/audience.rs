//! Who is told of profiles that changed.

use async_trait::async_trait;
use shopbell_domain::{id::CustomerId, ports::StoreError, time::Timestamp};

use super::plan::Changed;
use crate::floor::Hub;

/// Is told of profiles that changed, after they are in the store.
#[async_trait]
pub trait Audience: Send + Sync {
    /// One is about to change. What must not be lost with the process is written before this returns: when it fails, or the
    /// process ends before the change is in the store, it is told again.
    async fn profile_will_change(&self, changed: &Changed) -> Result<(), StoreError>;

    /// A browser of a customer asked for privacy at this time (Global Privacy Control); it may have been told before.
    /// Written before this returns, like the above.
    async fn privacy_asked(
        &self,
        customer: &CustomerId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// One has changed. The applier waits meanwhile.
    async fn profile_changed(&self, changed: &Changed);
}

#[async_trait]
impl Audience for Hub {
    async fn profile_will_change(&self, changed: &Changed) -> Result<(), StoreError> {
        self.join_past_orders(&changed.customer, &changed.orders, changed.standing.as_ref()).await
    }

    async fn privacy_asked(
        &self,
        customer: &CustomerId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        Self::privacy_asked(self, customer, at, now).await
    }

    async fn profile_changed(&self, changed: &Changed) {
        self.join_orders(&changed.customer, &changed.orders).await;
        Self::profile_changed(self, &changed.customer, &changed.fields).await;
    }
}
