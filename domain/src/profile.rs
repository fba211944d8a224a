//! What is known of a customer, each fact with its source and date.
//!
//! A profile is only data: whether a part of it may be shown is decided by [`crate::consent`] at the moment of use.
//!
//! # A view over events
//!
//! A [`View`] is the left fold of a person's events in canonical order ([`crate::event::Position`]: time, source,
//! message), whatever identifier they name. An event that comes last is folded onto the stored view with
//! [`View::take`]; for every other one, for a correction, and when events join or leave the person, the view is made
//! anew by [`View::rebuild`]. So the order of arrival cannot matter, an event counts once, and taking a merge back
//! leaves each side as it was alone. [`FOLD_VERSION`] names the rules: a view of other rules is rebuilt.
//!
//! # What each event does
//!
//! Cart. An item is a product in a size.
//!
//! | event | the cart |
//! |---|---|
//! | added | the pieces (1 when not told) add up with those that are there; the item is the newest now. No pieces: the cart stays |
//! | removed | the pieces told go, or all; what stays keeps its date. No size told: the item without a size, else the newest of the product |
//! | cart is | is exactly this; lines of one item add up; what was there in at least this quantity keeps its date |
//! | checkout started | items of its lines that the cart lacks are put there, a size that one side lacks being no difference; the rest is untouched. A checkout begins anew |
//! | checkout step | begins a checkout when none is known; no step told: the last known one stays |
//! | wish to cart | like added, with the wish's size and price where none is told |
//! | order first told of | the bought items leave, whatever their quantity; a size that one side lacks is no difference. A web order without lines empties the cart |
//! | the same order told again, refunded, cancelled | nothing: what was given back does not return to the cart |
//! | order placed in the web shop | also ends the checkout and the use of coupons from before it was first told of; later ones are of another order |
//!
//! Where an item comes without a price, the one that was told before stays. The events of cart and checkout, and a web
//! order when it is placed, touch the cart also when they change nothing in it: the customer was there.
//!
//! A cart that was left behind is no event: [`Profile::cart_left`] derives it at each read.
//!
//! Orders. An order is its number, whoever tells of it: the web shop and the till speak of the same one.
//!
//! | event | of an unknown order | of a known order |
//! |---|---|---|
//! | placed | the order; date and source are this event's | fills in lines, total, coupon that were not told before; counts no second time |
//! | placed after updated | | the update stands: it was made after the order was, whatever two clocks say |
//! | updated | the order; date and source are this event's | lines, total, coupon are these; what it does not tell stays. What was given back stays given back |
//! | refunded, lines | remembered, and applied when the order is told | these pieces are given back, all of a line when no number is told; never more than were bought |
//! | refunded, no lines | remembered likewise | everything is given back |
//! | refunded, its number told before | remembered likewise | nothing: it is the same refund |
//! | refunded, no amount | the amount is not known | the price of the lines, or what is not paid back yet; not known without prices, nor by a page's when somebody else refunds |
//! | cancelled | remembered: the order will not count when it is told | leaves the last orders, usual items, sizes, brands and figures |
//! | anything after cancelled | | stays cancelled |
//!
//! Who tells. What a page tells ([`Source::Page`]) may be anybody's word. An order is a page's until somebody who is
//! believed tells it: the web shop's server, a till, an import. So is a wish or a cart that anybody tells of a browser alone:
//! whose browser it is, any page may say. A page that repeats what is believed of a wish or a cart changes nothing.
//!
//! | a page says | of a page's order | of an order that was told by who is believed |
//! |---|---|---|
//! | placed, updated | as above | nothing |
//! | refunded, cancelled | as above, until who is believed says anything of the order | nothing |
//!
//! A page's order is shown, marked as its word, and counts for nothing: no figure, no usual item, size or brand bought. It
//! does from the moment on when who is believed tells it, as one order.
//! When who is believed tells a page's order, it is as if no page had: date, source, lines and amounts are the believed
//! ones, and what pages said to be refunded or cancelled never was. A refund or cancellation by who is believed also takes
//! the place of those by pages. Of the orders that may still change and of those shown, pages' take at most
//! [`MAX_PAGES_OPEN`] and [`Profile::MAX_PAGES_ORDERS`] places that others need.
//!
//! A line that the order itself calls a gift ([`crate::event::Line::gift`]) is one, as if the customer had said so (below), also when
//! only one of several tellings says it; and what is put into the cart as a gift is no interest.
//!
//! A line of which nothing is kept is no usual item and no evidence of size or brand; it stays in its order with no
//! pieces. An order that was given back whole stays an order. Of the figures, spend is what was paid and refunded what
//! was paid back, of an order never more than was paid for it; the price of the lines counts when no total is told. A refund
//! counts from the moment on when who is believed tells the order.
//!
//! What an event calls a product stays with the fact that it tells. An item that is told again keeps its name where none is
//! told; a page's name never comes to what somebody else told.
//!
//! What waits in a shop: pick-ups, returns, repairs. One is its kind and its number ([`Service`]).
//!
//! | event | effect |
//! |---|---|
//! | a step of an unknown one | it is known, and is at that step |
//! | a step of a known one | it is at that step, whichever came before; the same step again keeps its date. Shop, time, order and products are these; what is not told stays |
//! | any step of one that is done or cancelled | nothing: it is over. What goes on after that has a number of its own |
//! | an order is cancelled | its pick-ups are; so is one that is told later |
//! | a page tells a step | of what who is believed told: nothing. Of its own: as above, and it never counts as ready ([`Service::is_ready`]) |
//! | who is believed tells a page's | it is as if no page had told |
//!
//! One that is over stays, as such, until its place is needed: of those too many the pages' fall out that have more than half
//! of the places, then the one that is over longest, then the oldest.
//!
//! Wish list, and the rest.
//!
//! | event | effect |
//! |---|---|
//! | wish added | the newest of the list, with today's date also when it was there; no removed wish any more |
//! | wish removed, wish to cart | from the list to the removed ones, without a size as in the cart; nothing when it is not on the list. Buying leaves the list alone |
//! | product viewed | the newest of those looked at; one look for interest and brand |
//! | list viewed | one look for interest |
//! | shared | two looks for interest, one for the brand |
//! | wish and cart added | three looks for interest, and the brand is wanted once more; not when a wish goes to the cart: it was counted |
//! | searched, reviewed, designed | the newest; the one with the same words, product, design number is replaced |
//! | preferred | the preference of this name; no value takes it back. `size:shoes` is a size ([`Size::preference`]). A page's word stands beside what is vouched for, and neither replaces it nor takes it back |
//! | preferred `birthday`, `date:…`, `address`, `age` | a preference like any other; what it tells of the person is read from it (`person`) |
//! | identified | each preference told along with it; a language is the preference `language`. Names belong to the customer, not to the profile |
//! | coupon entered, applied | in use; denied or removed: not in use |
//! | noted | the newest of the notes; of a known one the newest version, with the promise that it tells, the others are its history. Without a text: gone |
//! | page viewed, other | nothing |
//!
//! Corrections, which reach back (see `corrections`):
//!
//! | said of | a gift | not me |
//! |---|---|---|
//! | an order, or a product of it | stays in orders and figures; no usual item, no size, no brand | as if never told; its price leaves the order's total |
//! | looks at a product until now | stays among those looked at; no interest, no brand | as if never looked at |
//! | a note | nothing | as if never written, whatever is written into it later |
//!
//! # Bounds
//!
//! Each list of [`Profile`] names its bound, and what falls out. Of items, sizes and preferences a page's word takes at most
//! half of the places that others need. Of texts the first 128 characters are kept. The fold
//! itself remembers the last [`MAX_OPEN_ORDERS`] orders, each with [`MAX_ORDER_LINES`] lines, and [`MAX_STANDING`]
//! corrections; older orders are settled (`orders`). What one event costs does not grow with the number of events.
//!
//! To add a fact: 1. its shape in `facts`; 2. a bounded list in [`Profile`]; 3. its rule beside its kind, called from
//! `view`; 4. a row above and a test of it; 5. raise [`FOLD_VERSION`].

mod cart;
mod corrections;
mod facts;
mod interest;
mod lists;
mod notes;
mod orders;
mod person;
mod services;
mod standing;
mod tastes;
mod usual;
mod view;
mod wishes;

use serde::{Deserialize, Serialize};

pub(crate) use self::person::utc_day;
pub use self::{
    corrections::MAX_STANDING,
    facts::{
        Bought, BoughtSize, Brand, Checkout, CorrectionMade, CouponInUse, Design, Evidence, InShop, Item,
        Lifetime, LineDetail, Order, OrderDetail, OrderLine, Preference, RemovedWish, Review, Search, Size,
        WishEnd,
    },
    interest::{INTEREST_HALF_LIFE, Interest},
    notes::{Note, NoteVersion},
    orders::{MAX_OPEN_ORDERS, MAX_ORDER_LINES, MAX_PAGES_OPEN},
    person::{ADDRESS, AGE, Address, BIRTHDAY, DATE_PREFIX, DayTold, NearDate},
    services::{MAX_SERVICE_LINES, Service},
    standing::standing_orders,
    view::{FOLD_VERSION, FoldState, Taken, View},
};
use crate::{
    consent::{Consent, Field},
    id::{CustomerId, OrderId, ProductId},
    money::Money,
    redacted::Redacted,
    time::Timestamp,
};

/// Where a fact came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The web shop, by the retailer's own server.
    Web,
    /// The till of a shop.
    Till,
    /// The stock of the shop.
    Stock,
    /// The customer, in words or by a switch.
    Customer,
    /// A file that the retailer imported.
    Import,
    /// A page or an app of the web shop, by a key that everybody can read: it may be anybody's word.
    Page,
    /// An associate, in words.
    Associate,
}

impl Source {
    /// Whether the retailer or the customer says so, rather than anybody.
    pub const fn is_vouched(self) -> bool {
        match self {
            Self::Web | Self::Till | Self::Stock | Self::Customer | Self::Import | Self::Associate => true,
            Self::Page => false,
        }
    }

    /// Whether it happened in the web shop.
    const fn is_web_shop(self) -> bool {
        matches!(self, Self::Web | Self::Page)
    }
}

/// A customer as stored beside the profile: small, read at every use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Who.
    pub id: CustomerId,
    /// The name to be greeted by; may be empty.
    pub name: Redacted<String>,
    /// What the customer decided.
    pub consent: Consent,
    /// When help was asked for; `None` when it is not wanted.
    pub help_since: Option<Timestamp>,
    /// When the customer last came to let visits be kept: nothing from before may become one. The
    /// earliest time for who came with the retailer's file: the consent was given there, at a time that it does not tell.
    pub consented_since: Timestamp,
}

impl Customer {
    /// With a decision of `now`. Who withdraws asks for no help any more.
    #[must_use]
    pub fn decided(self, consent: Consent, now: Timestamp) -> Self {
        let present = |consent: &Consent| consent.records(Field::Visit, now);
        let rises = present(&consent) && !present(&self.consent);
        Self {
            consent,
            help_since: self.help_since.filter(|_| present(&consent)),
            consented_since: if rises { now } else { self.consented_since },
            ..self
        }
    }
}

/// When and where an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Moment {
    at: Timestamp,
    source: Source,
}

/// What is known of a customer: one read at an arrival.
///
/// Each field falls under one field of consent, as far as its parts do not say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Wish list, newest first, at most [`Profile::MAX_ITEMS`]; the oldest falls out.
    pub wish_list: Vec<Item>,
    /// Cart of the web shop, newest first, at most [`Profile::MAX_ITEMS`]; the oldest falls out.
    pub cart: Vec<Item>,
    /// Products looked at, newest first, at most [`Profile::MAX_ITEMS`]; the oldest falls out.
    pub viewed: Vec<Item>,
    /// Sizes that were told, newest first, one for each thing and beside it a page's word, at most
    /// [`Profile::MAX_ITEMS`]; the oldest falls out.
    pub sizes: Vec<Size>,
    /// The last orders, newest first, at most [`Profile::MAX_ORDERS`]; the oldest falls out, and of more than
    /// [`Profile::MAX_PAGES_ORDERS`] that are a page's word the oldest of those.
    pub orders: Vec<Order>,
    /// Number of all orders that were not cancelled and are not only a page's word.
    pub order_count: u32,
    /// Products bought at least once for oneself, by product, at most [`Profile::MAX_BOUGHT`] (the least often and
    /// longest ago go first, a tenth at once).
    pub bought: Vec<Bought>,
    /// The price of each wish when it was made, beside [`Profile::wish_list`].
    pub wish_prices: Vec<Option<Money>>,
    /// The price of one piece of each item, beside [`Profile::cart`].
    pub cart_prices: Vec<Option<Money>>,
    /// The price of each product when it was looked at, beside [`Profile::viewed`].
    pub viewed_prices: Vec<Option<Money>>,
    /// What else is known of each order, beside [`Profile::orders`].
    pub order_details: Vec<OrderDetail>,
    /// Wishes that ended, newest first, at most [`Profile::MAX_REMOVED_WISHES`]; the oldest falls out.
    pub removed_wishes: Vec<RemovedWish>,
    /// The last event of the cart or a checkout, whether or not it changed anything; or the last web order.
    pub cart_touched: Option<Timestamp>,
    /// The checkout that was begun and not ended.
    pub checkout: Option<Checkout>,
    /// Coupons in use, newest first, at most [`Profile::MAX_COUPONS`]; the oldest falls out.
    pub coupons: Vec<CouponInUse>,
    /// Sizes bought for oneself, by category and size, at most [`Profile::MAX_ITEMS`]; the one bought longest ago falls
    /// out.
    pub bought_sizes: Vec<BoughtSize>,
    /// Brands, by name, at most [`Profile::MAX_BRANDS`]; one never bought and seen longest ago falls out first.
    pub brands: Vec<Brand>,
    /// Preferences that were told and are no sizes, newest first, at most [`Profile::MAX_PREFERENCES`]; the oldest falls
    /// out.
    pub preferences: Vec<Preference>,
    /// Designs, newest first, at most [`Profile::MAX_DESIGNS`]; the oldest falls out.
    pub designs: Vec<Design>,
    /// Reviews, newest first, one for each product, at most [`Profile::MAX_REVIEWS`]; the oldest falls out.
    pub reviews: Vec<Review>,
    /// Searches, newest first, at most [`Profile::MAX_SEARCHES`]; the oldest falls out.
    pub searches: Vec<Search>,
    /// Recent interests, by category, at most [`Profile::MAX_INTERESTS`]; the weakest falls out.
    pub interests: Vec<Interest>,
    /// The figures of the whole time.
    pub lifetime: Lifetime,
    /// What the customer corrected, newest first, at most [`Profile::MAX_CORRECTIONS`]; the oldest falls out here, and
    /// still counts ([`MAX_STANDING`]).
    pub corrections: Vec<CorrectionMade>,
    /// Notes of associates, newest first, at most [`Profile::MAX_NOTES`]; the oldest falls out.
    pub notes: Vec<Note>,
    /// Pick-ups, returns and repairs by the time of their last step, newest first, at most [`Profile::MAX_SERVICES`].
    pub services: Vec<Service>,
}

impl Profile {
    /// Longest list of items or sizes.
    pub const MAX_ITEMS: usize = 100;
    /// How many orders are kept whole in the profile.
    pub const MAX_ORDERS: usize = 20;
    /// How many of them may be a page's word where there are others.
    pub const MAX_PAGES_ORDERS: usize = 10;
    /// How many bought products are kept.
    pub const MAX_BOUGHT: usize = 2_000;
    /// How many ended wishes are kept.
    pub const MAX_REMOVED_WISHES: usize = 50;
    /// How many coupons are kept.
    pub const MAX_COUPONS: usize = 10;
    /// How many brands are kept.
    pub const MAX_BRANDS: usize = 100;
    /// How many preferences are kept.
    pub const MAX_PREFERENCES: usize = 50;
    /// How many designs are kept.
    pub const MAX_DESIGNS: usize = 20;
    /// How many reviews are kept.
    pub const MAX_REVIEWS: usize = 50;
    /// How many searches are kept.
    pub const MAX_SEARCHES: usize = 20;
    /// How many interests are kept.
    pub const MAX_INTERESTS: usize = 50;
    /// How many corrections are shown.
    pub const MAX_CORRECTIONS: usize = 100;
    /// How many notes are kept.
    pub const MAX_NOTES: usize = 20;
    /// How many versions of one note are kept, the present one included.
    pub const MAX_NOTE_VERSIONS: usize = 10;
    /// How many pick-ups, returns and repairs are kept.
    pub const MAX_SERVICES: usize = 20;
    /// In how many currencies sums are kept; amounts in a further one are not summed.
    pub const MAX_CURRENCIES: usize = 8;

    /// What else is known of one of the last orders.
    pub fn detail(&self, order: &OrderId) -> Option<&OrderDetail> {
        self.order_details.iter().find(|detail| detail.order == *order)
    }

    /// Whether a product of one of the last orders was bought for somebody else, as the customer or the order itself says. Where
    /// the customer says it of looks or orders that fell out, it is among the corrections.
    pub fn bought_as_gift(&self, order: &OrderId, product: &ProductId) -> bool {
        let lines = self.orders.iter().zip(&self.order_details).filter(|(known, _)| known.id == *order);
        lines
            .flat_map(|(known, detail)| known.lines.iter().zip(&detail.lines))
            .any(|(line, detail)| line.product == *product && detail.gift)
    }

    /// The cart with the price of one piece of each item, as far as it was told.
    pub fn priced_cart(&self) -> impl Iterator<Item = (&Item, Option<Money>)> {
        priced(&self.cart, &self.cart_prices)
    }

    /// The wish list with the price of each wish when it was made, as far as it was told.
    pub fn priced_wishes(&self) -> impl Iterator<Item = (&Item, Option<Money>)> {
        priced(&self.wish_list, &self.wish_prices)
    }

    /// What was looked at, with the price then, as far as it was told.
    pub fn priced_views(&self) -> impl Iterator<Item = (&Item, Option<Money>)> {
        priced(&self.viewed, &self.viewed_prices)
    }

    /// The interests, strongest first at `now`, with [`Interest::strength`].
    pub fn interests_at(&self, now: Timestamp) -> Vec<(&Interest, f64)> {
        let mut all: Vec<_> = self.interests.iter().map(|known| (known, known.strength(now))).collect();
        all.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.category.cmp(&b.category)));
        all
    }
}

fn priced<'a>(
    items: &'a [Item],
    prices: &'a [Option<Money>],
) -> impl Iterator<Item = (&'a Item, Option<Money>)> {
    items.iter().zip(prices.iter().copied().chain(std::iter::repeat(None)))
}

#[cfg(test)]
mod tests;
