//! Orders at the shop's tills, joined to the customers' visits: facts beside what associates say of a visit.

use std::collections::BTreeSet;

use shopbell_domain::{
    consent::Field,
    id::{CustomerId, OrderId},
    ports::StoreError,
    visit::{TillOrders, Visit, join_orders},
};

use super::{CardChange, ShopError, ShopTask};

impl ShopTask {
    /// Asks for the orders of customers of whom nothing was told yet. One that cannot be read is asked for again with the
    /// next word of the customer.
    pub(super) async fn learn_orders(&mut self, customers: impl Iterator<Item = &CustomerId>) {
        let lacking: BTreeSet<CustomerId> =
            customers.filter(|customer| self.visits.lacks_orders(customer)).cloned().collect();
        for customer in lacking {
            if let Err(error) = self.ask_for_orders(&customer).await {
                tracing::warn!(shop = %self.shop.id, %error, "orders of tills could not be joined to a visit");
            }
        }
    }

    async fn ask_for_orders(&mut self, customer: &CustomerId) -> Result<(), StoreError> {
        let profile = self.store.profile(customer).await?;
        let orders = TillOrders::of(&profile, &self.shop.id);
        let orders = self.as_allowed(customer, orders, &[]).await?;
        self.visits.tell_orders(customer, orders);
        Ok(())
    }

    /// Joins a customer's orders to the visits at hand, and shows that something was bought.
    pub(super) async fn orders_changed(&mut self, customer: &CustomerId, orders: TillOrders) {
        if self.visits.of_customer(customer).next().is_none() {
            return;
        }
        if let Err(error) = self.join_at_hand(customer, orders).await {
            tracing::warn!(shop = %self.shop.id, %error, "orders of tills could not be joined to a visit");
        }
    }

    async fn join_at_hand(&mut self, customer: &CustomerId, orders: TillOrders) -> Result<(), ShopError> {
        self.catch_up().await?;
        let orders = self.as_allowed(customer, orders, &[]).await?;
        let differ = self.visits.tell_orders(customer, orders);
        self.store_changed().await?;
        let now = self.clock.now();
        for visit in differ.into_iter().filter(|visit| self.rows.get(*visit).is_some()).collect::<Vec<_>>() {
            self.show(visit, now, CardChange::Changed).await?;
        }
        Ok(())
    }

    /// Joins a customer's orders to visits that are no longer at hand.
    pub(super) async fn past_orders(
        &mut self,
        customer: &CustomerId,
        orders: TillOrders,
    ) -> Result<(), ShopError> {
        self.catch_up().await?;
        let mut stored = self.store.visits_of(customer).await?;
        stored.retain(|visit| visit.store == self.shop.id && self.visits.get(visit.id).is_none());
        if stored.is_empty() {
            return Ok(());
        }
        let orders = self.as_allowed(customer, orders, &stored).await?;
        // With those at hand, since an order belongs to the last visit that began before it; these are told apart.
        let mut at_hand: Vec<Visit> = self.visits.of_customer(customer).cloned().collect();
        let past = stored.len();
        let mut all: Vec<&mut Visit> = stored.iter_mut().chain(at_hand.iter_mut()).collect();
        let differ = join_orders(&mut all, &orders);
        let mut places = 0..;
        stored.retain(|_| places.next().is_some_and(|place| place < past && differ.contains(&place)));
        if stored.is_empty() {
            return Ok(());
        }
        Ok(self.store.put_visits(stored).await?)
    }

    /// The orders, without new ones where the customer lets no visit be kept any more.
    async fn as_allowed(
        &self,
        customer: &CustomerId,
        orders: TillOrders,
        past: &[Visit],
    ) -> Result<TillOrders, StoreError> {
        let known = self.hub.decisions().customer(customer).await?;
        if known.is_some_and(|known| known.consent.records(Field::Visit, self.clock.now())) {
            return Ok(orders);
        }
        let visits = self.visits.of_customer(customer).chain(past);
        let recorded: BTreeSet<OrderId> =
            visits.flat_map(|visit| &visit.orders).map(|recorded| recorded.order.clone()).collect();
        Ok(orders.among(&recorded))
    }
}
