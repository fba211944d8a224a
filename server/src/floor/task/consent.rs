//! What a customer's decision changes in the shop: tablets first, then the disk.

use std::collections::BTreeSet;

use shopbell_domain::{
    consent::Field,
    id::{CustomerId, PhoneId, VisitId},
    token::PresenceToken,
    visit::Visit,
};

use super::{CardChange, ShopError, ShopTask};

impl ShopTask {
    pub(super) async fn customer_changed(&mut self, id: &CustomerId) -> Result<(), ShopError> {
        let now = self.clock.now();
        let customer = self.hub.decisions().customer(id).await?;
        let consent = customer.as_ref().map(|customer| customer.consent).unwrap_or_default();
        let on_floor = consent.shows(Field::PresenceOnFloor, now);
        let shown: Vec<VisitId> = self
            .rows
            .visits()
            .into_iter()
            .filter(|visit| self.visits.get(*visit).is_some_and(|visit| visit.customer == *id))
            .collect();
        if !on_floor {
            // Tablets first: the disk may take its time, or refuse.
            for visit in &shown {
                self.rows.remove(*visit);
            }
        }
        if !consent.records(Field::Visit, now) {
            self.catch_up().await?;
            self.visits.withdraw(id, now);
            return self.store_changed().await;
        }
        let again =
            self.visits.open_of(id).filter(|visit| now.since(visit.last_heard) <= self.limits.push_age);
        let again = again.map(|visit| visit.id).filter(|visit| !shown.contains(visit));
        if on_floor {
            for visit in shown.into_iter().chain(again) {
                self.show(visit, now, CardChange::Changed).await?;
            }
        }
        Ok(())
    }

    /// Takes what is left of erased customers out of memory: what the store holds is what there is.
    pub(super) async fn customers_forgotten(
        &mut self,
        customers: &BTreeSet<CustomerId>,
    ) -> Result<(), ShopError> {
        let of_them: Vec<VisitId> = self
            .visits
            .all()
            .filter(|visit| customers.contains(&visit.customer))
            .map(|visit| visit.id)
            .collect();
        if of_them.is_empty() {
            return Ok(());
        }
        for visit in of_them {
            self.rows.remove(visit);
        }
        // A reload that fails is made up for before the next write.
        self.ahead = true;
        Ok(self.reload().await?)
    }

    /// Lets open cards be fetched anew that may show something of what has changed. A row that may show none of it does not
    /// move: that something happened is not shared either.
    pub(super) async fn profile_changed(&mut self, id: &CustomerId, fields: &BTreeSet<Field>) {
        let now = self.clock.now();
        let may = match self.hub.decisions().customer(id).await {
            Ok(customer) => customer
                .is_some_and(|customer| fields.iter().any(|field| customer.consent.shows(*field, now))),
            Err(error) => {
                tracing::warn!(shop = %self.shop.id, %error, "an open card could not be told of a change");
                false
            }
        };
        for visit in self.rows.visits().into_iter().filter(|_| may) {
            let confirmed = self
                .visits
                .get(visit)
                .is_some_and(|visit| visit.customer == *id && !visit.greeted.is_empty());
            if !confirmed {
                continue;
            }
            if let Err(error) = self.show(visit, now, CardChange::Changed).await {
                tracing::warn!(shop = %self.shop.id, %error, "an open card could not be told of a change");
            }
        }
    }

    /// Takes the visits off the floor that rest on this phone alone: tablets first.
    ///
    /// Nobody remembers which phone a guest had who has left: the rows of all visits of `owner` go that no phone holds.
    pub(super) async fn phone_revoked(
        &mut self,
        phone: PhoneId,
        owner: Option<&CustomerId>,
    ) -> Result<(), ShopError> {
        for id in self.rows.visits() {
            let left = |visit: &Visit| visit.live.is_empty() && owner == Some(&visit.customer);
            if self.visits.get(id).is_some_and(left) {
                self.rows.remove(id);
            }
        }
        let ingest = &mut self.ingest;
        let of_phone: BTreeSet<PresenceToken> = self
            .visits
            .open()
            .into_iter()
            .flat_map(|visit| &visit.live)
            .filter(|live| ingest.phone_of(live) == Some(phone))
            .map(|live| live.token)
            .collect();
        for visit in self.visits.revoke(|live| of_phone.contains(&live.token)) {
            self.rows.remove(visit);
        }
        self.catch_up().await?;
        self.store_changed().await
    }
}
