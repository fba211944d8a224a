//! All that is known and allowed at one moment of one visit: what the starters are made from.
//!
//! A situation is built for one use and never kept: [`Situation::gather`] asks consent for each part, at that moment.
//!
//! To add a part of the profile: its line in [`crate::consent`]; where it names products, a line in [`products_needed`].
//! To add something that is known beside the profile: 1. a field of [`Around`]; 2. a field here, and what of consent it
//! needs in [`Situation::gather`]; 3. a line in the test that takes a situation apart.

mod around;
mod changes;
mod elements;
mod stay;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

pub use self::{
    around::{Around, Pairing},
    elements::{OnlineAct, Unknown},
    stay::{Stay, ZoneTime},
};
use crate::{
    campaign::Campaign,
    catalogue::{Product, Stock},
    consent::{Consent, Field, SharingLevel, shared},
    holdout::Arm,
    id::{CustomerId, ProductId, StoreId, VisitId},
    moment::Moment,
    outlook::{Outlook, Prospect},
    profile::{Bought, Customer, Profile, utc_day},
    starter::{Past, Verdict},
    time::{Day, LocalTime, Timestamp},
    visit::Visit,
};

/// A product on hand: its catalogue entry and its stock in this shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// The catalogue entry.
    pub product: Product,
    /// Pieces here by size; `None` when the shop's stock of it is not known.
    pub stock: Option<Vec<Stock>>,
}

/// All that is known and allowed now. What is not allowed is not here: no rule can leak it.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// The moment.
    pub now: Timestamp,
    /// The visit.
    pub visit: VisitId,
    /// Who.
    pub customer: CustomerId,
    /// Where.
    pub store: StoreId,
    /// Since when.
    pub began: Timestamp,
    /// The clock on the shop's wall; `None` where the shop's time zone is not configured.
    pub local: Option<LocalTime>,
    /// How much the customer shares in shops.
    pub level: SharingLevel,
    /// What may be used now.
    pub shares: BTreeSet<Field>,
    /// What may be once the person is confirmed.
    pub withheld: BTreeSet<Field>,
    /// When help was asked for.
    pub help_since: Option<Timestamp>,
    /// Where the guest has been in the shop, and for how long.
    pub stay: Stay,
    /// What was said of starters in this visit, by starter id, in order.
    pub verdicts: Vec<(String, Verdict)>,
    /// The profile, without what may not be used.
    pub known: Profile,
    /// The products that the above name, as far as the catalogue knows them.
    pub shelves: BTreeMap<ProductId, Shelf>,
    /// What goes with what the guest owns, by what others have of both; the likeliest to be bought first.
    pub goes_with: Vec<Pairing>,
    /// How likely each usual item is bought at this visit, where a model says so.
    pub due: BTreeMap<ProductId, f64>,
    /// The same by own gaps alone: for the outlook, which was fitted to it.
    pub by_rhythm: BTreeMap<ProductId, f64>,
    /// What the visit may become, likeliest first, where models say so: they look at all of the above.
    pub outlook: Vec<Outlook>,
    /// What headquarters would like guests to know, whether or not it is told here and now.
    pub brand: Vec<Arc<Campaign>>,
    /// Whether the guest may be spoken to; `None` where nobody judged it, and it is as if they may.
    pub moment: Option<Moment>,
    /// Which part of the experiment the customer is in.
    pub arm: Arm,
    /// What is remembered of earlier showings: for what is not to be said again, and never to be told itself.
    pub past: Past,
    /// Whether the customer is a minor, where that is known: only to keep silent.
    pub minor: Option<bool>,
    /// Products that were bought as a gift, whatever is shared of it: only to keep silent about that.
    pub gifts: BTreeSet<ProductId>,
    /// When each product was bought last, whatever is shared of it: only to keep silent about wishes that came true.
    pub had: BTreeMap<ProductId, Timestamp>,
}

impl Situation {
    /// What may be used of the profile at `now`: each part is asked of the customer's consent, and those that wait for
    /// the associate's confirmation stay out until `confirmed`.
    ///
    /// `around` may hold more than is allowed; only what an allowed part names is taken over.
    pub fn gather(
        now: Timestamp,
        visit: &Visit,
        customer: &Customer,
        profile: &Profile,
        around: Around,
        confirmed: bool,
    ) -> Self {
        let may =
            |field: Field| (confirmed || !field.needs_confirmation()) && customer.consent.shows(field, now);
        let known = shared(profile, may);
        let on_tablets = |field: &Field| customer.consent.shows(*field, now);
        let (shares, withheld): (BTreeSet<Field>, _) =
            Field::ALL.into_iter().filter(on_tablets).partition(|field| may(*field));
        let Around {
            mut shelves,
            mut goes_with,
            mut due,
            mut by_rhythm,
            brand,
            local,
            moment,
            arm,
            past,
            minor,
        } = around;
        let owns = |product: &ProductId| known.bought.iter().any(|bought| bought.product == *product);
        goes_with.retain(|pairing| owns(&pairing.with));
        due.retain(|product, _| owns(product));
        by_rhythm.retain(|product, _| owns(product));
        let mut named = products_of(&known, |_| true);
        named.extend(goes_with.iter().map(|pairing| pairing.product.clone()));
        named.extend(brand.iter().filter_map(|campaign| campaign.product().cloned()));
        shelves.retain(|product, _| named.contains(product));
        Self {
            now,
            visit: visit.id,
            customer: customer.id.clone(),
            store: visit.store.clone(),
            began: visit.began,
            local,
            level: customer.consent.sharing.level,
            shares,
            withheld,
            help_since: help_wanted(now, visit, customer),
            stay: Stay::of(visit),
            verdicts: visit.feedback.clone(),
            known,
            shelves,
            goes_with,
            due,
            by_rhythm,
            outlook: Vec::new(),
            brand,
            moment,
            arm,
            past,
            minor,
            gifts: gifts_of(profile),
            had: had(profile),
        }
    }

    /// The day, by the clock on the shop's wall; by UTC where that is not known.
    pub fn today(&self) -> Day {
        self.local.map_or_else(|| utc_day(self.now), |local| local.date)
    }

    /// How likely the visit becomes this, where models say so.
    pub fn chance_of(&self, prospect: Prospect) -> Option<f64> {
        let foretold = self.outlook.iter().find(|outlook| outlook.prospect == prospect);
        foretold.map(|outlook| outlook.probability)
    }

    /// Whether the product is known to be in the shop, in any size.
    pub fn is_here(&self, product: &ProductId) -> bool {
        let pieces = self.shelves.get(product).and_then(|shelf| shelf.stock.as_ref());
        pieces.into_iter().flatten().any(|piece| piece.quantity > 0)
    }

    /// What somebody who is believed called a product, as far as what they told of it is allowed: the last one does. Pages
    /// may have been anybody.
    pub fn told_name(&self, product: &ProductId) -> Option<&str> {
        let items = [&self.known.wish_list, &self.known.cart, &self.known.viewed].into_iter().flatten();
        let items = items.map(|item| (item.at, item.source, &item.product, &item.name));
        let lines = self.known.orders.iter().flat_map(|order| {
            order.lines.iter().map(|line| (order.at, order.source, &line.product, &line.name))
        });
        let waits = self.known.services.iter().flat_map(|service| {
            service.lines.iter().map(|line| (service.at, service.source, &line.product, &line.name))
        });
        items
            .chain(lines)
            .chain(waits)
            .filter(|(_, source, of, _)| *of == product && source.is_vouched())
            .filter_map(|(at, _, _, name)| Some((at, name.as_deref()?)))
            .max()
            .map(|(_, name)| name)
    }

    /// Whether the product was bought at `since` or later, whatever is shared of it: for what is not to be said.
    pub fn bought_since(&self, product: &ProductId, since: Timestamp) -> bool {
        self.had.get(product).is_some_and(|last| *last >= since)
    }

    /// Whether something was put on a list on the way here or in the shop, by a phone: who spoke of it would show that the
    /// phone is followed.
    pub fn is_of_this_visit(&self, at: Timestamp) -> bool {
        at + HELP_BEFORE_VISIT >= self.began
    }

    /// Whether it was bought later than `last`.
    pub fn bought_after(&self, product: &ProductId, last: Timestamp) -> bool {
        self.had.get(product).is_some_and(|had| *had > last)
    }
}

/// When each product was bought last, by the word of somebody who is believed. What was given back counts: who has sent
/// something back does not wish for it as before.
fn had(profile: &Profile) -> BTreeMap<ProductId, Timestamp> {
    let counted = profile.bought.iter().map(|bought| (&bought.product, bought.last));
    let orders = profile.orders.iter().filter(|order| order.source.is_vouched());
    let lines = orders.flat_map(|order| order.lines.iter().map(|line| (&line.product, order.at)));
    let mut had = BTreeMap::new();
    for (product, at) in counted.chain(lines) {
        let last: &mut Timestamp = had.entry(product.clone()).or_insert(at);
        *last = at.max(*last);
    }
    had
}

/// The products of the last orders that were bought as a gift.
fn gifts_of(profile: &Profile) -> BTreeSet<ProductId> {
    let lines = profile.orders.iter().filter_map(|order| Some((order, profile.detail(&order.id)?)));
    let lines = lines.flat_map(|(order, detail)| order.lines.iter().zip(&detail.lines));
    lines.filter(|(_, detail)| detail.gift).map(|(line, _)| line.product.clone()).collect()
}

/// How long before a visit a wish for help still belongs to it: it may be asked for on the way to the shop.
pub const HELP_BEFORE_VISIT: Duration = Duration::from_secs(30 * 60);

/// Whether a wish for help of `since` belongs to the visit, or is of another one.
fn is_for(since: Timestamp, visit: &Visit) -> bool {
    since + HELP_BEFORE_VISIT >= visit.began
}

/// Whether a wish for help still counts at `now` for who has these open visits: who asks again asks for the same then.
pub fn help_stands(since: Timestamp, now: Timestamp, open: &[Visit]) -> bool {
    let on_the_way = now.since(since) <= HELP_BEFORE_VISIT;
    since <= now && (on_the_way || open.iter().any(|visit| is_for(since, visit)))
}

/// Whether a wish for help was for this visit, which has ended, and so ended with it.
pub fn help_ended(since: Timestamp, visit: &Visit) -> bool {
    visit.ended.is_some_and(|ended| since <= ended) && is_for(since, visit)
}

/// When help was asked for, if the wish belongs to this visit and may be shown now.
pub fn help_wanted(now: Timestamp, visit: &Visit, customer: &Customer) -> Option<Timestamp> {
    let since = customer.help_since?;
    let this_visit = is_for(since, visit) && since <= now;
    (this_visit && customer.consent.shows(Field::HelpWanted, now)).then_some(since)
}

/// Most products that one situation looks up in the catalogue and the stock.
pub const MAX_PRODUCTS: usize = 200;

/// The products whose shelves a confirmed situation needs, at most [`MAX_PRODUCTS`]: wish list, cart, designs, what was
/// bought most often, what was looked at, last orders, reviews, in this order, as far as consent allows each at `now`.
pub fn products_needed(profile: &Profile, consent: &Consent, now: Timestamp) -> BTreeSet<ProductId> {
    products_of(profile, |field| consent.shows(field, now))
}

/// Of what is known, of the parts that may be read: none of them is copied for that.
fn products_of(known: &Profile, may: impl Fn(Field) -> bool) -> BTreeSet<ProductId> {
    fn of<T>(part: &[T], may: bool) -> std::slice::Iter<'_, T> {
        if may { part.iter() } else { [].iter() }
    }
    let mut most_often: Vec<&Bought> = of(&known.bought, may(Field::Bought)).collect();
    most_often.sort_by_key(|bought| (std::cmp::Reverse((bought.times, bought.last)), &bought.product));
    let lists = of(&known.wish_list, may(Field::WishList)).chain(of(&known.cart, may(Field::Cart)));
    let items = lists.map(|item| &item.product);
    let designs = of(&known.designs, may(Field::Designs)).map(|design| &design.product);
    let viewed = of(&known.viewed, may(Field::Viewed)).map(|item| &item.product);
    let orders = may(Field::Orders);
    let lines = of(&known.orders, orders).flat_map(|order| &order.lines).map(|line| &line.product);
    let waits = of(&known.services, orders).flat_map(|service| &service.lines).map(|line| &line.product);
    let reviews = of(&known.reviews, may(Field::Reviews)).map(|review| &review.product);
    let bought = most_often.into_iter().map(|bought| &bought.product);
    let mut named = BTreeSet::new();
    for product in items.chain(designs).chain(waits).chain(bought).chain(viewed).chain(lines).chain(reviews) {
        if named.len() >= MAX_PRODUCTS {
            break;
        }
        if !named.contains(product) {
            named.insert(product.clone());
        }
    }
    named
}

#[cfg(test)]
mod tests;
