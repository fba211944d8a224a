//! How a customer's decision ends visits.

use super::ShopVisits;
use crate::{
    id::{CustomerId, VisitId},
    time::Timestamp,
    visit::LivePresence,
};

impl ShopVisits {
    /// The customer withdrew consent: the open visit ends now and is to leave the floor at once. Nothing that was
    /// heard up to now is recorded any more, and what comes after a new consent is another visit.
    ///
    /// A restart remembers a withdrawal by the visit that it ended; one that ended none is remembered until then only.
    pub fn withdraw(&mut self, customer: &CustomerId, at: Timestamp) -> Option<VisitId> {
        self.note_withdrawal(customer, at);
        let mut was_open = None;
        for id in self.of_customer.get(customer).into_iter().flatten() {
            let Some(entry) = self.entries.get_mut(id) else { continue };
            entry.let_go();
            let open = entry.visit().is_open();
            let could_go_on = entry.visit().last_heard + self.policy.settings().resume_within >= at;
            if !open && !could_go_on && entry.visit().live.is_empty() || entry.visit().withdrawn.is_some() {
                continue;
            }
            was_open = was_open.or(open.then_some(*id));
            entry.withdraw(at);
            self.watched.remove(id);
            self.changed.insert(*id);
        }
        was_open
    }

    /// Gives up the presences of open visits that `is_revoked` names, since their phone no longer speaks for the
    /// customer. The visits that nothing else holds open end now, and are to leave the floor at once.
    pub fn revoke(&mut self, is_revoked: impl Fn(&LivePresence) -> bool) -> Vec<VisitId> {
        let mut ended = Vec::new();
        for id in self.watched.clone() {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            if entry.drop_presences(&is_revoked) {
                self.changed.insert(id);
                if entry.end_if_silent() {
                    ended.push(id);
                }
                if !entry.is_watched() {
                    self.watched.remove(&id);
                }
            }
        }
        ended
    }

    pub(super) fn note_withdrawal(&mut self, customer: &CustomerId, at: Timestamp) {
        let known = self.withdrawn.entry(customer.clone()).or_insert(at);
        *known = at.max(*known);
    }
}
