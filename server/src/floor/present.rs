//! In which shops a customer's row is shown, and which products an open card names, over all shops of this server: what
//! changes is told to these only.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::id::{CustomerId, ProductId, StoreId, VisitId};

#[derive(Debug, Default)]
struct Shown {
    of_visit: HashMap<VisitId, (CustomerId, StoreId)>,
    of_customer: HashMap<CustomerId, BTreeSet<VisitId>>,
    /// What the last cards of a visit name.
    named: HashMap<VisitId, BTreeSet<ProductId>>,
    naming: HashMap<ProductId, BTreeSet<VisitId>>,
}

impl Shown {
    fn unname(&mut self, visit: VisitId) {
        for product in self.named.remove(&visit).into_iter().flatten() {
            if let Some(visits) = self.naming.get_mut(&product) {
                visits.remove(&visit);
                if visits.is_empty() {
                    self.naming.remove(&product);
                }
            }
        }
    }
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
        shown.unname(visit);
        let Some((customer, _)) = shown.of_visit.remove(&visit) else { return };
        if let Some(visits) = shown.of_customer.get_mut(&customer) {
            visits.remove(&visit);
            if visits.is_empty() {
                shown.of_customer.remove(&customer);
            }
        }
    }

    /// A card of a visit whose row is shown names these products, and maybe others no more.
    pub(super) fn names(&self, visit: VisitId, products: BTreeSet<ProductId>) {
        let mut shown = self.shown();
        if !shown.of_visit.contains_key(&visit) {
            return;
        }
        shown.unname(visit);
        for product in &products {
            shown.naming.entry(product.clone()).or_default().insert(visit);
        }
        shown.named.insert(visit, products);
    }

    /// The visits, by shop, whose cards name one of these products, of this shop where one is named.
    pub(super) fn naming(
        &self,
        goods: &BTreeSet<(ProductId, Option<StoreId>)>,
    ) -> BTreeMap<StoreId, BTreeSet<VisitId>> {
        let shown = self.shown();
        let mut visits: BTreeMap<StoreId, BTreeSet<VisitId>> = BTreeMap::new();
        if shown.naming.is_empty() {
            return visits;
        }
        for (product, only) in goods {
            for visit in shown.naming.get(product).into_iter().flatten() {
                let Some((_, store)) = shown.of_visit.get(visit) else { continue };
                if only.as_ref().is_none_or(|only| only == store) {
                    visits.entry(store.clone()).or_default().insert(*visit);
                }
            }
        }
        visits
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

    #[test]
    fn a_card_names_products_until_its_row_is_gone() {
        let present = Present::default();
        let (lyon, nice) = (StoreId::new("lyon").unwrap(), StoreId::new("nice").unwrap());
        let product = |name: &str| ProductId::new(name).unwrap();
        let goods = |name: &str, store: Option<&StoreId>| {
            let visits = present.naming(&BTreeSet::from([(product(name), store.cloned())]));
            visits.into_values().flatten().collect::<Vec<_>>()
        };
        present.shows(VisitId(1), &CustomerId::new("anna").unwrap(), &lyon);
        present.shows(VisitId(2), &CustomerId::new("bo").unwrap(), &nice);
        present.names(VisitId(1), BTreeSet::from([product("coat"), product("soap")]));
        present.names(VisitId(2), BTreeSet::from([product("coat")]));
        present.names(VisitId(3), BTreeSet::from([product("coat")]));
        assert_eq!(goods("coat", None), [VisitId(1), VisitId(2)], "no row, no card");
        assert_eq!(goods("coat", Some(&nice)), [VisitId(2)]);
        assert_eq!(goods("boots", None), []);
        present.names(VisitId(1), BTreeSet::from([product("soap")]));
        assert_eq!(goods("coat", None), [VisitId(2)]);
        present.hides(VisitId(1));
        present.hides(VisitId(2));
        let shown = present.shown();
        assert!(shown.named.is_empty() && shown.naming.is_empty(), "nothing is remembered");
    }
}
