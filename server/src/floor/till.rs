//! Orders of tills on their way to the shops' visits.
//!
//! The applier tells of them twice. Before the change is in the store, for visits that no shop has at hand any more: those
//! are written at once, and told again when the process ends between the two. After it, for visits at hand: tablets hear
//! of these, and a shop that starts asks for what it may have missed.

use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::{
    id::{CustomerId, OrderId, StoreId},
    ports::StoreError,
    visit::TillOrders,
};

use super::{handle::ShopError, hub::Hub};

impl Hub {
    /// Joins orders to visits that no shop has at hand any more, before the profile that tells them is in the store.
    /// `standing` names all orders of the customer where the profile was made anew: whatever a visit has beside them is
    /// taken back, however long ago it was.
    pub async fn join_past_orders(
        &self,
        customer: &CustomerId,
        orders: &BTreeMap<StoreId, TillOrders>,
        standing: Option<&BTreeSet<OrderId>>,
    ) -> Result<(), StoreError> {
        let mut shops = orders.clone();
        if let Some(standing) = standing {
            let profile = BTreeSet::from_iter(standing);
            for visit in self.store().visits_of(customer).await? {
                if visit.orders.iter().any(|recorded| !profile.contains(&recorded.order)) {
                    shops.entry(visit.store).or_insert_with(TillOrders::all_missing);
                }
            }
        }
        for (store, orders) in shops {
            let Some(shop) = self.shop(&store) else { continue };
            let orders = match standing {
                Some(standing) => orders.standing(standing.clone()),
                None => orders,
            };
            match shop.past_orders(customer.clone(), orders).await {
                Ok(()) => {}
                Err(ShopError::Store(error)) => return Err(error),
                Err(_) => tracing::debug!(%store, "a shop that is ending was not told of orders"),
            }
        }
        Ok(())
    }

    /// Tells the shops what is known now of a customer's orders at their tills.
    pub async fn join_orders(&self, customer: &CustomerId, orders: &BTreeMap<StoreId, TillOrders>) {
        for (store, orders) in orders {
            let Some(shop) = self.shop(store) else { continue };
            if shop.orders_changed(customer.clone(), orders.clone()).await.is_err() {
                tracing::debug!(%store, "a shop that is ending was not told of orders");
            }
        }
    }
}
