//! What a situation is gathered from: the profile, the shelves, the log, the shop's clock.

use std::{collections::BTreeMap, sync::Arc};

use shopbell_domain::{
    campaign::Campaign,
    charter::Charter,
    consent::Field,
    moment::{Circumstances, Moment, Receptiveness},
    ports::{Store, StoreError},
    profile::{Customer, Profile},
    situation::{Around, Shelf, help_wanted, products_needed},
    starter::{Past, WRONG},
    time::Timestamp,
    visit::Visit,
};

use crate::{demand::Demand, shops::Shop};

/// Most entries of the log that are read of one customer: those of some fifty visits.
const ENTRIES: usize = 500;

/// Reads for cards.
pub(super) struct Reader {
    pub(super) store: Arc<dyn Store>,
    pub(super) charter: Arc<Charter>,
    pub(super) demand: Demand,
    pub(super) campaigns: Vec<Arc<Campaign>>,
}

impl Reader {
    /// The profile, and what is known around it; nothing of either before the person is confirmed.
    pub(super) async fn read(
        &self,
        customer: &Customer,
        visit: &Visit,
        shop: &Shop,
        confirmed: bool,
        now: Timestamp,
    ) -> Result<(Profile, Around), StoreError> {
        let mut around =
            Around { local: shop.local_time(now), arm: self.charter.arm(&customer.id), ..Around::default() };
        let circumstances = |receptiveness| Circumstances {
            now,
            help_since: help_wanted(now, visit, customer),
            met: confirmed,
            fitting_rooms: &shop.fitting_rooms,
            receptiveness,
        };
        if !confirmed {
            // Of the shop's floor alone: how this person takes words is read of those whom one has met.
            around.moment = Some(self.moment(visit, &circumstances(Receptiveness::default())));
            return Ok((Profile::default(), around));
        }
        let entries = self.store.log_in_short(&customer.id, now - WRONG, ENTRIES).await?;
        around.past = Past::of(&entries, visit.id, now);
        around.moment = Some(self.moment(visit, &circumstances(around.past.receptiveness(now))));
        let profile = self.store.profile(&customer.id).await?;
        around.minor = profile.is_minor(now);
        let told = self.demand.around(&profile, now);
        let mut needed = products_needed(&profile, &customer.consent, now);
        if customer.consent.shows(Field::Bought, now) {
            needed.extend(told.goes_with.iter().map(|pairing| pairing.product.clone()));
            (around.goes_with, around.due, around.by_rhythm) = (told.goes_with, told.due, told.by_rhythm);
        }
        around.brand.clone_from(&self.campaigns);
        needed.extend(around.brand.iter().filter_map(|campaign| campaign.product().cloned()));
        let mut shelves = BTreeMap::new();
        for id in needed {
            if let Some(product) = self.store.product(&id).await? {
                let stock = self.store.stock(&visit.store, &id).await?;
                shelves.insert(id, Shelf { product, stock });
            }
        }
        around.shelves = shelves;
        Ok((profile, around))
    }

    fn moment(&self, visit: &Visit, circumstances: &Circumstances<'_>) -> Moment {
        Moment::of(visit, self.charter.moment(), circumstances)
    }
}
