//! What of the shop's visits its tablets see: rows, and the moments at which guests may be spoken to.

use std::collections::BTreeSet;

use shopbell_domain::{
    floor::GuestState,
    id::VisitId,
    moment::Receptiveness,
    ports::{Store, StoreError},
    situation::help_wanted,
    starter::{ANSWERS, Past},
    time::Timestamp,
    visit::Visit,
};

use super::{CardChange, ShopError, ShopTask, Told};
use crate::floor::rows::{LEFT_KEPT, Standing};

/// Most entries of the log that are read of one customer for how they take words.
const ENTRIES: usize = 200;

impl ShopTask {
    /// Brings rows up to what was heard. The row of a visit that proved to be a part of another gives way to it.
    ///
    /// What is stale shows nobody. But leaving is never too old for a row: an agent waits to be sure before it tells
    /// of it, and dates it at the last hearing. The visit is asked, which knows the newest word of all agents.
    pub(super) async fn push(
        &mut self,
        told: &Told,
        parts: Vec<VisitId>,
        now: Timestamp,
    ) -> Result<(), ShopError> {
        let mut to_show: BTreeSet<VisitId> = told.fresh.iter().map(|id| self.visits.resolve(*id)).collect();
        for id in told.stale.iter().map(|id| self.visits.resolve(*id)) {
            if self.rows.get(id).is_some() && self.visits.get(id).is_some_and(|visit| self.has_left(visit)) {
                to_show.insert(id);
            }
        }
        for part in parts {
            if self.rows.get(part).is_some() {
                self.rows.remove(part);
                to_show.insert(self.visits.resolve(part));
            }
        }
        for visit in to_show {
            self.show(visit, now, CardChange::Same).await?;
        }
        Ok(())
    }

    /// Brings the row of a visit up to now, or takes it away where nothing may be shown.
    pub(super) async fn show(
        &mut self,
        id: VisitId,
        now: Timestamp,
        card: CardChange,
    ) -> Result<(), StoreError> {
        if self.rests_elsewhere(id, now) {
            self.rows.remove(id);
            return Ok(());
        }
        let Some(visit) = self.visits.get(id) else {
            self.rows.remove(id);
            return Ok(());
        };
        let Some(customer) = self.hub.decisions().customer(&visit.customer).await? else {
            self.rows.remove(id);
            return Ok(());
        };
        if !self.moments.knows(id) {
            self.moments.learn(id, receptiveness(self.store.as_ref(), visit, now).await);
        }
        let (state, help_since) = (self.visits.guest_state(visit), help_wanted(now, visit, &customer));
        let sign = self.moments.sign(visit, state, help_since, now);
        self.rows.show(visit, Standing { state, sign }, &customer, now, card);
        if card == CardChange::Changed {
            self.moments.card_renewed(id);
        }
        Ok(())
    }

    /// Lets the cards of these visits be fetched anew, where their rows are shown.
    pub(super) async fn cards_changed(&mut self, visits: BTreeSet<VisitId>) {
        let now = self.clock.now();
        for visit in visits.into_iter().filter(|visit| self.rows.get(*visit).is_some()).collect::<Vec<_>>() {
            if let Err(error) = self.show(visit, now, CardChange::Changed).await {
                tracing::warn!(shop = %self.shop.id, %error, "an open card could not be told of a change");
            }
        }
    }

    /// A card of a visit was made that tells what is so before this moment.
    pub(super) fn card_made(&mut self, visit: VisitId, until: Timestamp) {
        self.moments.card_made(self.visits.resolve(visit), until);
    }

    /// Lets cards be fetched anew that tell what time has ended. Shows the good moments that have come or gone by themselves,
    /// and opens the cards of those who only just came in.
    pub(super) async fn show_moments(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.moments.keep(|visit| self.rows.get(visit).is_some());
        for visit in self.moments.untrue(now) {
            self.show(visit, now, CardChange::Changed).await?;
        }
        for (visit, was_quiet) in self.moments.due(now) {
            let card = if was_quiet { CardChange::Changed } else { CardChange::Same };
            self.show(visit, now, card).await?;
        }
        Ok(())
    }

    /// Takes the rows of guests away who have not been heard for too long.
    pub(super) fn expire(&mut self, now: Timestamp) {
        for id in self.rows.visits() {
            let over = self.visits.get(id).is_none_or(|visit| {
                self.visits.guest_state(visit) != GuestState::Here && now.since(visit.last_heard) >= LEFT_KEPT
            });
            if over {
                self.rows.remove(id);
            }
        }
    }
}

/// How the guest of a visit takes words, by what is remembered. A row must not wait for it: where it cannot be read, nothing
/// is assumed of the person.
async fn receptiveness(store: &dyn Store, visit: &Visit, now: Timestamp) -> Receptiveness {
    match store.log_in_short(&visit.customer, now - ANSWERS, ENTRIES).await {
        Ok(entries) => Past::of(&entries, visit.id, now).receptiveness(now),
        Err(error) => {
            tracing::warn!(shop = %visit.store, %error, "how a guest takes words could not be read");
            Receptiveness::default()
        }
    }
}
