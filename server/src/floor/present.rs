//! In which shops a customer's row is shown, over all shops of this server: a profile that changes is told to these only.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::id::{CustomerId, StoreId, VisitId};

#[derive(Debug, Default)]
struct Shown {
    of_visit: HashMap<VisitId, (CustomerId, StoreId)>,
    of_customer: HashMap<CustomerId, BTreeSet<VisitId>>,
}

/// The rows of all shops, by customer. Shops' tasks write, and only for their own visits.
#[derive(Debug, Default)]
pub(super) struct Present(Mutex<Shown>);

impl Present {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row of a visit is shown.
    pub(super) fn shows(&self, visit: VisitId, customer: &CustomerId, store: &StoreId) {
        let mut shown = self.shown();
        if let std::collections::hash_map::Entry::Vacant(vacant) = shown.of_visit.entry(visit) {
            vacant.insert((customer.clone(), store.clone()));
            shown.of_customer.entry(customer.clone()).or_default().insert(visit);
        }
    }

    /// The row of a visit is gone.
    pub(super) fn hides(&self, visit: VisitId) {
        let mut shown = self.shown();
        let Some((customer, _)) = shown.of_visit.remove(&visit) else { return };
        if let Some(visits) = shown.of_customer.get_mut(&customer) {
            visits.remove(&visit);
            if visits.is_empty() {
                shown.of_customer.remove(&customer);
            }
        }
    }

    /// The shops that show a customer.
    pub(super) fn shops_of(&self, customer: &CustomerId) -> BTreeSet<StoreId> {
        let shown = self.shown();
        let visits = shown.of_customer.get(customer).into_iter().flatten();
        visits.filter_map(|visit| shown.of_visit.get(visit)).map(|(_, store)| store.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_where_rows_are() {
        let present = Present::default();
        let customer = |name: &str| CustomerId::new(name).unwrap();
        let store = |name: &str| StoreId::new(name).unwrap();
        present.shows(VisitId(1), &customer("anna"), &store("lyon"));
        present.shows(VisitId(1), &customer("anna"), &store("lyon"));
        present.shows(VisitId(2), &customer("anna"), &store("paris"));
        present.shows(VisitId(3), &customer("bo"), &store("lyon"));
        assert_eq!(present.shops_of(&customer("anna")), BTreeSet::from([store("lyon"), store("paris")]));
        present.hides(VisitId(1));
        present.hides(VisitId(1));
        assert_eq!(present.shops_of(&customer("anna")), BTreeSet::from([store("paris")]));
        present.hides(VisitId(2));
        present.hides(VisitId(3));
        let shown = present.shown();
        assert!(shown.of_visit.is_empty() && shown.of_customer.is_empty(), "nobody is remembered");
    }
}
