//! What the shop's visits know of orders at its tills: each customer's, as last told, and the visits that they are joined
//! to.

use std::collections::BTreeSet;

use super::{Entry, ShopVisits};
use crate::{
    id::{CustomerId, VisitId},
    visit::{
        Visit,
        till::{self, TillOrders},
    },
};

impl ShopVisits {
    /// The customers with visits at hand of whose orders nothing was told yet: to be asked for, and told.
    pub fn lacking_orders(&self) -> BTreeSet<CustomerId> {
        self.of_customer.keys().filter(|customer| !self.orders.contains_key(*customer)).cloned().collect()
    }

    /// The customer's visits at hand.
    pub fn of_customer(&self, customer: &CustomerId) -> impl Iterator<Item = &Visit> {
        let ids = self.of_customer.get(customer).into_iter().flatten();
        ids.filter_map(|id| self.entries.get(id)).map(Entry::visit)
    }

    /// Whether nothing was told yet of a customer's orders.
    pub fn lacks_orders(&self, customer: &CustomerId) -> bool {
        !self.orders.contains_key(customer)
    }

    /// What is known of a customer's orders now, in place of what was told before: the visits whose record differs. Visits
    /// that change later are joined anew. Of a customer without a visit at hand nothing is remembered.
    pub fn tell_orders(&mut self, customer: &CustomerId, orders: TillOrders) -> Vec<VisitId> {
        if !self.of_customer.contains_key(customer) {
            return Vec::new();
        }
        self.orders.insert(customer.clone(), orders);
        self.rejoin(customer)
    }

    /// Takes over what another one was told, after the visits were loaded anew.
    pub fn take_over_orders(&mut self, from: &mut Self) {
        for (customer, orders) in std::mem::take(&mut from.orders) {
            self.tell_orders(&customer, orders);
        }
    }

    /// Joins a customer's orders to the visits as they are now.
    pub(super) fn rejoin(&mut self, customer: &CustomerId) -> Vec<VisitId> {
        let Some(orders) = self.orders.get(customer) else { return Vec::new() };
        let ids = self.of_customer.get(customer).into_iter().flatten();
        // Taken out, so that all of them can be changed at once.
        let mut taken: Vec<_> = ids.filter_map(|id| self.entries.remove_entry(id)).collect();
        let mut visits: Vec<&mut Visit> = taken.iter_mut().map(|(_, entry)| entry.visit_mut()).collect();
        let differ = till::join(&mut visits, orders);
        let differ: Vec<VisitId> = differ.iter().filter_map(|place| Some(taken.get(*place)?.0)).collect();
        self.entries.extend(taken);
        self.changed.extend(&differ);
        differ
    }
}
