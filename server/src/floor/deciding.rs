//! What a customer decides, from the word to the disk: tablets first, then the proof; and once more, when the disk refused.
//!
//! ```text
//!  decide ──> noted (it holds from here) ──> tablets ──> disk ──> settled
//!                                                         └─ refused: it holds on, and what it takes away is written
//!                                                            as soon as the disk takes it
//! ```
//!
//! A withdrawal that no disk takes ends with the process: there is nowhere else to keep it. What came as a message (of a web
//! shop, or by Shopify) waits in the inbox meanwhile, and is taken up by the next process.

use std::{convert::Infallible, time::Duration};

use shopbell_domain::{
    consent::{Decision, PrivacySignal, Told},
    id::CustomerId,
    ports::StoreError,
    profile::Customer,
    time::Timestamp,
};
use tokio_util::sync::CancellationToken;

use super::{DecisionId, Hub, ShopError, decisions::Unwritten};

/// Between two attempts to write what the disk refused.
const AGAIN: Duration = Duration::from_secs(1);

impl Hub {
    /// Lets a decision hold: what it takes away at once, also when the disk refuses, and what it gives once it is on disk with
    /// its proof. `NotFound("customer")` when there is no such customer.
    pub async fn decide(
        &self,
        id: &CustomerId,
        decision: Decision,
        told: Told,
        now: Timestamp,
    ) -> Result<Customer, ShopError> {
        let decisions = self.decisions();
        let _held = decisions.order().read().await;
        let before = match decisions.customer(id).await {
            Ok(Some(customer)) => Some(customer.consent),
            Ok(None) => return Err(StoreError::NotFound("customer").into()),
            // What cannot be read may have allowed anything.
            Err(_) => None,
        };
        let noted = decisions.decided(id, decision);
        if before.is_none_or(|before| decision.narrow(before) != before)
            && let Err(error) = self.customer_changed(id).await
        {
            // The tablets were told; whether the disk takes anything is said by the write that follows.
            tracing::warn!(%error, "a shop could not store what a customer's decision ends");
        }
        match self.store().decide_consent(id, decision, told.clone(), now).await {
            Ok(customer) => {
                decisions.written(id, noted);
                self.customer_changed(id).await?;
                Ok(customer)
            }
            Err(error) => {
                decisions.refused(id, noted, &Unwritten { told, at: now });
                Err(error.into())
            }
        }
    }

    /// Notes with its proof that a browser of the customer asked for privacy. Nothing is written when that is known, when
    /// it was lifted since, and when there is no such customer.
    pub async fn privacy_asked(
        &self,
        id: &CustomerId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let decision = Decision { privacy: Some(PrivacySignal::Seen(at)), ..Decision::default() };
        let Some(customer) = self.store().customer(id).await? else { return Ok(()) };
        if decision.after(customer.consent) == customer.consent {
            return Ok(());
        }
        match self.decide(id, decision, Told::signal(), now).await {
            Err(ShopError::Store(error @ (StoreError::Unavailable(_) | StoreError::Damaged(_)))) => {
                Err(error)
            }
            // It is on disk, a shop that is ending shows nobody, and who is forgotten needs no proof.
            _ => Ok(()),
        }
    }

    /// Writes what the disk refused, until `stop`; then once more.
    pub(super) async fn write_again(self, stop: CancellationToken) -> Result<(), Infallible> {
        loop {
            let wait = async {
                if self.decisions().unwritten() == 0 {
                    self.decisions().bell().notified().await;
                }
                tokio::time::sleep(AGAIN).await;
            };
            let ends = tokio::select! {
                biased;
                () = stop.cancelled() => true,
                () = wait => false,
            };
            self.write_refused().await;
            if ends {
                break;
            }
        }
        let lost = self.decisions().unwritten();
        if lost > 0 {
            tracing::error!(
                lost,
                "withdrawals could not be written and end with this process: they must be said again"
            );
        }
        Ok(())
    }

    async fn write_refused(&self) {
        for phone in self.decisions().refused_phones() {
            if matches!(self.store().revoke_phone(phone).await, Ok(()) | Err(StoreError::NotFound(_))) {
                self.decisions().revocation_written(phone);
            }
        }
        for (id, noted) in self.decisions().refused_ones() {
            let _alone = self.decisions().order().write().await;
            if let Some((decision, unwritten)) = self.decisions().refused_one(&id, noted) {
                self.write_old(&id, noted, decision, unwritten).await;
            }
        }
    }

    /// Writes what an old decision takes away, as far as nothing newer was said.
    async fn write_old(&self, id: &CustomerId, noted: DecisionId, decision: Decision, unwritten: Unwritten) {
        let Unwritten { told, at } = unwritten;
        let before = match self.store().customer(id).await {
            Ok(customer) => customer.map(|customer| customer.consent),
            Err(_) => return,
        };
        let left = before.map(|before| (decision.only_taking(&before), before));
        let Some((taking, _)) = left.filter(|(taking, before)| taking.after(*before) != *before) else {
            // Somebody who is forgotten, or what was said since.
            self.decisions().written(id, noted);
            return;
        };
        match self.store().decide_consent(id, taking, told, at).await {
            Ok(_) | Err(StoreError::NotFound(_)) => {
                self.decisions().written(id, noted);
                tracing::info!("a withdrawal that the disk had refused is written");
                if let Err(error) = self.customer_changed(id).await {
                    tracing::warn!(%error, "a shop could not store what a customer's decision ends");
                }
            }
            Err(error) => tracing::debug!(%error, "a withdrawal waits for the disk"),
        }
    }
}
