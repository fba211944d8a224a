//! What a page may newly say of who is who, and whose word it is when a browser asks for privacy.
//!
//! Anybody can post what a page posts, so a flood of made-up browsers must not fill the places of a customer's own. The rule
//! is the identity's ([`shopbell_domain::identity::Rules::takes_newcomer`]); here it is asked, of what is kept and of what
//! comes with it. What is too much names the customer only: the event counts, and ties nothing.
//!
//! A browser's request for privacy counts for its customer where somebody who is believed has tied the two. Else anybody
//! could object in the name of every customer number there is (`docs/identity.md` weighs it).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shopbell_domain::{
    event::{Event, Origin},
    id::{CustomerId, SourceId},
    identity::{Evidence, Identifier, IdentifierKind, Pair},
    ports::StoreError,
    time::Timestamp,
};

use super::persons::Ground;

/// Pieces of evidence that are looked at to find one of a source that is believed: it is told when somebody signs in, among
/// the first. A bound, for a page makes one with each event.
const LOOKED_AT: usize = 1_000;

/// How many of them are looked at before all of them are.
const LOOKED_AT_FIRST: usize = 8;

const DAY_MS: i64 = 86_400_000;

/// The browsers that are known of a customer.
#[derive(Debug, Default)]
struct Browsers {
    /// Those that came in this run.
    new: BTreeSet<Identifier>,
    known: u32,
    by_day: BTreeMap<i64, u32>,
}

/// Takes what pages say too much of out of the events, and out of their evidence. `counts` says of each piece of evidence
/// whether it would change what counts. How many newcomers were left out.
pub(super) async fn turn_away(
    ground: Ground<'_>,
    events: &mut [Event],
    evidence: &mut Vec<Evidence>,
    counts: &mut Vec<bool>,
) -> Result<usize, StoreError> {
    let pages: HashMap<&_, Timestamp> =
        events.iter().filter_map(|event| Some((&event.id, page(event)?))).collect();
    let mut customers: BTreeMap<Identifier, Browsers> = BTreeMap::new();
    let mut too_many: BTreeSet<Evidence> = BTreeSet::new();
    for (piece, _) in evidence.iter().zip(counts.iter()).filter(|(_, counts)| **counts) {
        let Some(received) = pages.get(&piece.id).copied() else { continue };
        if piece.a.kind() != IdentifierKind::Customer || piece.b.kind() != IdentifierKind::Anonymous {
            continue;
        }
        if !customers.contains_key(&piece.a) {
            customers.insert(piece.a.clone(), Browsers::of(ground, &piece.a).await?);
        }
        let Some(browsers) = customers.get_mut(&piece.a) else { continue };
        if !browsers.take(ground, &piece.b, received) {
            too_many.insert(piece.clone());
        }
    }
    drop(pages);
    if too_many.is_empty() {
        return Ok(0);
    }
    for piece in &too_many {
        for event in events.iter_mut().filter(|event| event.id == piece.id) {
            event.who.retain(|identifier| *identifier != piece.b);
        }
    }
    let mut stays = evidence.iter().map(|piece| !too_many.contains(piece)).collect::<Vec<_>>().into_iter();
    counts.retain(|_| stays.next().unwrap_or(true));
    evidence.retain(|piece| !too_many.contains(piece));
    Ok(too_many.len())
}

/// Whether somebody who is believed has said that the browser is this customer's.
pub(super) async fn is_vouched(
    ground: Ground<'_>,
    customer: &Identifier,
    browser: &Identifier,
) -> Result<bool, StoreError> {
    let pair = Pair::new(customer.clone(), browser.clone());
    let sources: BTreeSet<SourceId> = ground.store.sources_of(pair, LOOKED_AT).await?;
    Ok(sources.iter().any(|source| ground.believed.contains(source)))
}

/// Customers of whom evidence that comes is the first to vouch for a browser that pages told of: what the browser asked for
/// before counts from then on, so their views are made anew.
pub(super) async fn newly_vouched(
    ground: Ground<'_>,
    coming: &[Evidence],
) -> Result<BTreeSet<CustomerId>, StoreError> {
    let (mut looked_at, mut newly) = (BTreeSet::new(), BTreeSet::new());
    for piece in coming.iter().filter(|piece| ground.believed.contains(&piece.id.source)) {
        let (customer, browser) = (&piece.a, &piece.b);
        let Some(id) = customer.customer().filter(|_| browser.kind() == IdentifierKind::Anonymous) else {
            continue;
        };
        if looked_at.insert((customer, browser)) && is_told_by_pages_only(ground, customer, browser).await? {
            newly.insert(id);
        }
    }
    Ok(newly)
}

async fn is_told_by_pages_only(
    ground: Ground<'_>,
    customer: &Identifier,
    browser: &Identifier,
) -> Result<bool, StoreError> {
    let pair = Pair::new(customer.clone(), browser.clone());
    // Mostly the first few tell.
    let first = ground.store.sources_of(pair.clone(), LOOKED_AT_FIRST).await?;
    if first.is_empty() || first.iter().any(|source| ground.believed.contains(source)) {
        return Ok(false);
    }
    let sources = ground.store.sources_of(pair, LOOKED_AT).await?;
    Ok(!sources.iter().any(|source| ground.believed.contains(source)))
}

/// When it was received, if a page told it.
const fn page(event: &Event) -> Option<Timestamp> {
    match event.origin {
        Origin::Page { received } => Some(received),
        _ => None,
    }
}

impl Browsers {
    async fn of(ground: Ground<'_>, customer: &Identifier) -> Result<Self, StoreError> {
        let known = ground.store.known_of(customer, ground.rules.pairs_per_identifier()).await?;
        let mut browsers = Self::default();
        for piece in known.evidence.iter().filter(|piece| piece.b.kind() == IdentifierKind::Anonymous) {
            browsers.count(piece.at);
        }
        Ok(browsers)
    }

    fn count(&mut self, at: Timestamp) {
        self.known = self.known.saturating_add(1);
        let today = self.by_day.entry(day(at)).or_default();
        *today = today.saturating_add(1);
    }

    /// Whether a browser may come to the customer's.
    fn take(&mut self, ground: Ground<'_>, browser: &Identifier, received: Timestamp) -> bool {
        if self.new.contains(browser) {
            return true;
        }
        let today = self.by_day.get(&day(received)).copied().unwrap_or(0);
        let takes = ground.rules.takes_newcomer(self.known, today);
        if takes {
            self.count(received);
            self.new.insert(browser.clone());
        }
        takes
    }
}

const fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}
