//! What it changes in the shop that a phone is heard in another one.

use shopbell_domain::{
    id::{PhoneId, VisitId},
    time::Timestamp,
};

use super::ShopTask;
use crate::ingest::Sifted;

impl ShopTask {
    /// Before the disk: what is only taken off tablets does not wait for it.
    pub(super) fn tell_elsewhere(&mut self, sifted: &Sifted, now: Timestamp) {
        for phone in &sifted.withhold {
            self.withhold(*phone, now);
        }
        for (store, phone) in &sifted.to_tell {
            if let Some(other) = self.hub.shop(store) {
                other.withhold(*phone);
            }
        }
    }

    /// Takes rows away that rest on this phone and on others that are elsewhere alone.
    pub(super) fn withhold(&mut self, phone: PhoneId, now: Timestamp) {
        for id in self.rows.visits() {
            let Some(visit) = self.visits.get(id) else { continue };
            let ingest = &mut self.ingest;
            if visit.live.iter().any(|live| ingest.phone_of(live) == Some(phone))
                && self.rests_elsewhere(id, now)
            {
                self.rows.remove(id);
            }
        }
    }

    /// Whether none of the phones that hold a visit open may be shown here.
    pub(super) fn rests_elsewhere(&mut self, id: VisitId, now: Timestamp) -> bool {
        let Some(visit) = self.visits.get(id) else { return false };
        let mut live = visit.live.iter().peekable();
        live.peek().is_some()
            && live.all(|live| {
                let phone = self.ingest.phone_of(live);
                phone.is_some_and(|phone| !self.registry.may_show(phone, &self.shop.id, now))
            })
    }
}
