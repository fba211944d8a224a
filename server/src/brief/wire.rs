//! A card as it crosses the wire: product numbers become names, with what holds in this shop today.
//!
//! Never here: a question of what may be shown. What [`Card`] holds may.

use std::cmp::Reverse;

use shopbell_domain::{
    card::Card,
    id::ProductId,
    money::Money,
    profile::{Brand, Evidence, Item, Order, Profile, Service, Source},
    situation::Shelf,
};
use shopbell_proto::{
    convert::floor::{self as convert, Today},
    floor::v1,
};

use super::words::Words;
use crate::shops::Shop;

/// Most brands and most interests on a card: beyond them nobody reads.
const MAX_TASTES: usize = 20;

/// The card for the tablet.
pub(super) fn card(card: &Card, shop: &Shop, words: &Words<'_>) -> v1::Card {
    let known = &card.known;
    let greeted_by = card.guest.greeted_by.as_ref().map(|who| shop.associate_name(who));
    let wishes = known.priced_wishes().map(|(item, then)| words.item(item, then));
    let in_cart = known.priced_cart().map(|(item, then)| words.item(item, then));
    let viewed = known.priced_views().map(|(item, then)| words.item(item, then));
    let usual = |bought| convert::usual_item(bought, words.today(&bought.product, None, bought.source));
    let bought_sizes = known.bought_sizes.iter().map(convert::bought_size);
    v1::Card {
        guest: Some(convert::guest(&card.guest, greeted_by)),
        confirmed: card.confirmed,
        shares: shares(card),
        starters: card.starters.iter().map(|(starter, verdict)| words.starter(starter, *verdict)).collect(),
        sizes: known.sizes.iter().map(convert::size).chain(bought_sizes).collect(),
        wish_list: wishes.collect(),
        cart: in_cart.collect(),
        usual_items: card.usual_items.iter().map(usual).collect(),
        viewed: viewed.collect(),
        orders: known.orders.iter().map(|order| words.order(order, known)).collect(),
        outcome: convert::wire_outcome(card.outcome).into(),
        checkout: known.checkout.as_ref().map(convert::checkout),
        brands: best_known(&known.brands).into_iter().map(convert::brand).collect(),
        preferences: known.preferences.iter().filter_map(convert::preference).collect(),
        designs: known
            .designs
            .iter()
            .map(|design| convert::design(design, words.name(&design.product, design.source)))
            .collect(),
        searches: known.searches.iter().map(convert::search).collect(),
        interests: words.interests(known),
        reviews: known
            .reviews
            .iter()
            .map(|review| convert::review(review, words.name(&review.product, review.source)))
            .collect(),
        coupons: known.coupons.iter().map(convert::coupon).collect(),
        lifetime: convert::lifetime(&known.lifetime),
        services: known
            .open_services(words.situation.now)
            .map(|service| words.service(service, shop))
            .collect(),
        ..v1::Card::default()
    }
}

/// For the quiet line: the same kind is told once, also where several fields make it up.
fn shares(card: &Card) -> Vec<i32> {
    let mut kinds: Vec<i32> =
        card.shares.iter().filter_map(|field| convert::shared_kind(*field)).map(Into::into).collect();
    kinds.dedup();
    kinds
}

/// Those that were bought most often first, then those that were wanted, then those that were looked at.
fn best_known(brands: &[Brand]) -> Vec<&Brand> {
    let times = |evidence: Option<Evidence>| evidence.map_or(0, |evidence| evidence.times);
    let mut best: Vec<&Brand> = brands.iter().collect();
    best.sort_by_key(|brand| {
        (Reverse((times(brand.bought), times(brand.wanted), times(brand.looked_at))), &brand.name)
    });
    best.truncate(MAX_TASTES);
    best
}

impl Words<'_> {
    /// What holds of a product in this shop today.
    fn today(&self, product: &ProductId, size: Option<&str>, source: Source) -> Today<'_> {
        let known: Option<&Shelf> = self.situation.shelves.get(product);
        Today {
            name: self.name(product, source),
            stock: known.and_then(|known| known.stock.as_deref()),
            price: known.and_then(|known| known.product.price_at(size, self.situation.now)),
        }
    }

    fn item(&self, item: &Item, then: Option<Money>) -> v1::ItemFact {
        convert::item(item, self.today(&item.product, item.size.as_deref(), item.source), then)
    }

    fn order(&self, order: &Order, known: &Profile) -> v1::OrderFact {
        let names = order.lines.iter().map(|line| self.name(&line.product, order.source));
        convert::order(order, known.detail(&order.id), names)
    }

    fn service(&self, service: &Service, shop: &Shop) -> v1::ServiceFact {
        let names = service.lines.iter().map(|line| self.name(&line.product, service.source));
        convert::service(service, self.situation.now, (&shop.id, &shop.name), names)
    }

    fn interests(&self, known: &Profile) -> Vec<v1::InterestFact> {
        let strongest = known.interests_at(self.situation.now).into_iter().take(MAX_TASTES);
        strongest.map(|(interest, _)| convert::interest(interest)).collect()
    }
}
