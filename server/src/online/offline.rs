//! Views made anew where no server runs: at the end of an import.
//!
//! It does what the applier does with what is stale, by the same plan, with nobody to tell. So customers of whom somebody must
//! be told stay stale, and the next server makes their views as it starts: those of whose browsers one asked for privacy, and
//! those whose orders at a till may belong to a visit.

use std::collections::BTreeSet;

use shopbell_domain::{
    event::port::{Effects, Events},
    id::CustomerId,
    identity::Identifier,
    ports::{Ledger, StoreError},
};

use super::{
    persons::{Ground, Resting, TooLarge},
    plan::{self, Changed, Planned},
    reading::Readings,
};

/// Stale identifiers that are looked at together.
const AT_ONCE: usize = 64;

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MadeAnew {
    /// Views.
    pub views: u64,
    /// Customers whose views the next server makes.
    pub left: u64,
}

/// Makes all views anew that are stale, but for those that need a server. `progress` is told of each step.
pub async fn make_views_anew(
    events: &dyn Events,
    visits: &dyn Ledger,
    readings: &Readings,
    mut progress: impl FnMut(MadeAnew) + Send,
) -> Result<MadeAnew, StoreError> {
    let (too_large, resting) = (TooLarge::default(), Resting::default());
    let (rules, believed) = (readings.rules(), readings.believed());
    let ground = Ground { store: events, rules, believed, too_large: &too_large, resting: &resting };
    let (mut made, mut left) = (MadeAnew::default(), BTreeSet::new());
    loop {
        let mut stale = events.stale(AT_ONCE + left.len()).await?;
        stale.retain(|identifier| !left.contains(identifier));
        if stale.is_empty() {
            return Ok(made);
        }
        let planned = plan::of_stale(ground, stale).await?;
        let (effects, needs_server) = without_those_to_tell(planned, visits).await?;
        made.views += effects.views.len() as u64;
        made.left += needs_server.len() as u64;
        left.extend(needs_server.iter().map(Identifier::from));
        events.write_effects(effects).await?;
        progress(made);
    }
}

/// What is written now, and the customers of whom it says nothing.
async fn without_those_to_tell(
    planned: Planned,
    visits: &dyn Ledger,
) -> Result<(Effects, BTreeSet<CustomerId>), StoreError> {
    let Planned { mut effects, changed, privacy, .. } = planned;
    let mut needs_server: BTreeSet<CustomerId> = privacy.into_keys().collect();
    for Changed { customer, orders, .. } in changed {
        if !orders.is_empty() && !visits.visits_of(&customer).await?.is_empty() {
            needs_server.insert(customer);
        }
    }
    effects.views.retain(|(customer, _)| !needs_server.contains(customer));
    for customer in &needs_server {
        // Its person's other identifiers lead to the same view.
        let customer = Identifier::from(customer);
        effects.refreshed.retain(|identifier| *identifier != customer);
        effects.stale.push(customer);
    }
    Ok((effects, needs_server))
}
