//! The rows of one shop and the tablets that watch them.
//!
//! A tablet's queue is bounded: one that falls behind is dropped and comes back with its cursor. A row's
//! `card_revision` rises with each change that an open card should show.

use std::{sync::Arc, time::Duration};

use shopbell_domain::{
    consent::Field,
    floor::{Delta, Floor, Guest, GuestState, Resume},
    id::VisitId,
    moment::Trigger,
    profile::Customer,
    situation::help_wanted,
    time::Timestamp,
    visit::Visit,
};
use tokio::sync::mpsc;

use super::{
    handle::{Opening, Subscription},
    present::Present,
};
use crate::metrics::Metrics;

/// How long a guest who left stays on the floor, and a card can be opened. A rule of privacy, so no setting.
pub(super) const LEFT_KEPT: Duration = Duration::from_secs(15 * 60);

/// Whether an open card of the row should be fetched anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardChange {
    /// Only the row may differ.
    Same,
    /// What the card shows may differ.
    Changed,
}

/// How a guest stands on the floor now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) state: GuestState,
    /// A sign that they may be spoken to.
    pub(super) sign: Option<Trigger>,
}

pub(super) struct Rows {
    floor: Floor,
    tablets: Vec<mpsc::Sender<Arc<Delta>>>,
    tablet_queue: usize,
    present: Arc<Present>,
    metrics: Arc<Metrics>,
}

impl Rows {
    /// `epoch` is random, so that no cursor of an earlier run fits.
    pub(super) fn new(epoch: u64, tablet_queue: usize, present: Arc<Present>, metrics: Arc<Metrics>) -> Self {
        Self { floor: Floor::new(epoch), tablets: Vec::new(), tablet_queue, present, metrics }
    }

    pub(super) fn get(&self, visit: VisitId) -> Option<&Guest> {
        self.floor.get(visit)
    }

    pub(super) fn visits(&self) -> Vec<VisitId> {
        self.floor.snapshot().into_iter().map(|guest| guest.visit).collect()
    }

    /// Shows a visit as it is now, or takes its row away where nothing may be shown.
    pub(super) fn show(
        &mut self,
        visit: &Visit,
        standing: Standing,
        customer: &Customer,
        now: Timestamp,
        card: CardChange,
    ) {
        let known = self.floor.get(visit.id);
        // What may be said goes with the guest, and comes back with them.
        let left = |state: GuestState| matches!(state, GuestState::Left { .. });
        let anew = |guest: &Guest| card == CardChange::Changed || left(guest.state) != left(standing.state);
        let revision = known.map_or(1, |guest| guest.card_revision + u64::from(anew(guest)));
        let Some(row) = row(visit, standing, customer, now, revision) else { return self.remove(visit.id) };
        if known.is_none() {
            self.metrics.guests.inc();
            self.present.shows(visit.id, &visit.customer, &visit.store);
        }
        let delta = self.floor.upsert(row);
        self.tell(delta);
    }

    /// Forgets a row at once, on every tablet.
    pub(super) fn remove(&mut self, visit: VisitId) {
        let delta = self.floor.remove(visit);
        if delta.is_some() {
            self.present.hides(visit);
            self.metrics.guests.dec();
        }
        self.tell(delta);
    }

    pub(super) fn subscribe(&mut self, cursor: &str) -> Subscription {
        let opening = match self.floor.resume_text(cursor) {
            Resume::Deltas(deltas) => Opening::Deltas(deltas),
            Resume::Snapshot => Opening::Snapshot(self.floor.snapshot().into_iter().cloned().collect()),
        };
        let (tablet, changes) = mpsc::channel(self.tablet_queue);
        self.tablets.retain(|tablet| !tablet.is_closed());
        self.tablets.push(tablet);
        Subscription { opening, cursor: self.floor.cursor().to_string(), changes }
    }

    fn tell(&mut self, delta: Option<Delta>) {
        // Shared: a queue's room is taken for every tablet, however little waits in it.
        let Some(delta) = delta.map(Arc::new) else { return };
        self.tablets.retain(|tablet| match tablet.try_send(Arc::clone(&delta)) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.metrics.floor_cut.inc();
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        });
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        let rows = i64::try_from(self.floor.snapshot().len()).unwrap_or(i64::MAX);
        self.metrics.guests.dec_by(rows);
        self.visits().into_iter().for_each(|visit| self.present.hides(visit));
    }
}

/// The row of a visit as every associate of the shop may see it at `now`; `None` when they may not, or when the guest
/// has not been heard for too long.
fn row(
    visit: &Visit,
    Standing { state, sign }: Standing,
    customer: &Customer,
    now: Timestamp,
    card_revision: u64,
) -> Option<Guest> {
    if visit.withdrawn.is_some() || !customer.consent.shows(Field::PresenceOnFloor, now) {
        return None;
    }
    if state != GuestState::Here && now.since(visit.last_heard) >= LEFT_KEPT {
        return None;
    }
    let named = customer.consent.shows(Field::Name, now) && !customer.name.reveal().is_empty();
    Some(Guest {
        visit: visit.id,
        name: named.then(|| customer.name.clone()),
        zone: visit.zone()?.clone(),
        began: visit.began,
        state,
        help_since: help_wanted(now, visit, customer),
        greeted_by: visit.greeted.last().cloned(),
        card_revision,
        sign,
        bought: !visit.orders.is_empty() && customer.consent.shows(Field::Orders, now),
    })
}
