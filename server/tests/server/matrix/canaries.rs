//! A profile in which each field holds values that stand nowhere else.

use std::{collections::BTreeMap, time::Duration};

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::Field,
    event::{Correction, Disputed, ServiceKind, ServiceStep},
    id::{AssociateId, NoteId, OrderId, ProductId, StoreId, VisitId},
    money::{Currency, Money},
    ports::{Applied, Change, Imports as _},
    profile::{
        Bought, BoughtSize, Brand, Checkout, CorrectionMade, CouponInUse, Design, Evidence, InShop, Interest,
        Item, Lifetime, LineDetail, Note, NoteVersion, Order, OrderDetail, OrderLine, Preference, Profile,
        RemovedWish, Review, Search, Service, Size, Source, WishEnd,
    },
    redacted::Redacted,
    time::Timestamp,
};

use crate::world::{World, lyon};

/// The customer's name.
pub(super) const NAME: &str = "Canarina";

/// What tells that a field is shown.
#[derive(Default)]
pub(super) struct Held {
    /// Must not be seen anywhere unless the field is allowed.
    pub(super) all: Vec<String>,
    /// Those of them that a card shows when the field is allowed.
    pub(super) on_cards: Vec<String>,
}

/// All of them.
pub(super) struct Canaries {
    held: BTreeMap<Field, Held>,
    products: Vec<ProductId>,
    now: Timestamp,
    numbers: i64,
}

const EUR: &str = "EUR";

impl Canaries {
    pub(super) fn of(&self, field: Field) -> &Held {
        static NONE: Held = Held { all: Vec::new(), on_cards: Vec::new() };
        self.held.get(&field).unwrap_or(&NONE)
    }

    /// Products with stock, so that starters have something to say; their names hold their numbers.
    pub(super) async fn on_the_shelf(&self, world: &World) {
        let pieces = || vec![Stock::new(None, 3, self.now - Duration::from_secs(86_400))];
        let changes: Vec<Change> = self
            .products
            .iter()
            .flat_map(|id| {
                let name = format!("Named {id}");
                let product = Product::new(id.clone(), name, String::new());
                let stock = Change::Stock { store: lyon(), product: id.clone(), pieces: pieces() };
                [Change::Product(product), stock]
            })
            .collect();
        let applied = world.store.apply(changes).await.unwrap();
        assert!(applied.iter().all(|applied| *applied == Applied::New));
    }

    fn note(&mut self, field: Field, canary: &str, on_cards: bool) {
        let held = self.held.entry(field).or_default();
        held.all.push(canary.to_owned());
        if on_cards {
            held.on_cards.push(canary.to_owned());
        }
    }

    /// A text that cards show.
    fn text(&mut self, field: Field, text: &str) -> String {
        self.note(field, text, true);
        text.to_owned()
    }

    /// A text that no card shows.
    fn hidden(&mut self, field: Field, text: &str) -> String {
        self.note(field, text, false);
        text.to_owned()
    }

    fn product(&mut self, field: Field, id: &str) -> ProductId {
        let text = self.text(field, id);
        self.hidden_product(&text)
    }

    fn hidden_product(&mut self, id: &str) -> ProductId {
        let id = ProductId::new(id).unwrap();
        self.products.push(id.clone());
        id
    }

    /// A number of ten digits that stands nowhere else.
    fn number(&mut self, field: Field, on_cards: bool) -> i64 {
        self.numbers += 1_111;
        let number = 7_000_000_000 + self.numbers;
        self.note(field, &number.to_string(), on_cards);
        number
    }

    fn money(&mut self, field: Field, on_cards: bool) -> Money {
        let currency: Currency = EUR.parse().unwrap();
        Money { minor: self.number(field, on_cards), currency }
    }

    /// A time that stands nowhere else, some days ago.
    fn at(&mut self, field: Field, days: u64, on_cards: bool) -> Timestamp {
        self.numbers += 1_111;
        let odd = Duration::from_millis(u64::try_from(self.numbers).unwrap());
        let at = self.now - Duration::from_secs(days * 86_400) - odd;
        self.note(field, &at.as_millis().to_string(), on_cards);
        at
    }

    fn evidence(&mut self, field: Field) -> Evidence {
        let (first, last) = (self.at(field, 90, true), self.at(field, 9, true));
        Evidence { times: 3, first, last, source: Source::Web }
    }

    fn item(&mut self, field: Field, name: &str) -> Item {
        let product = self.product(field, &format!("{name}-product"));
        // Cards call it what the catalogue does.
        let told = Some(self.hidden(field, &format!("{name}-as-told")));
        let size = Some(self.text(field, &format!("{name}-size")));
        let at = self.at(field, 3, true);
        Item { product, name: told, size, quantity: 1, at, source: Source::Web }
    }
}

/// The profile. Without `..`: a new part does not compile until it has its canaries.
pub(super) fn profile(now: Timestamp) -> (Profile, Canaries) {
    let mut c = Canaries { held: BTreeMap::new(), products: Vec::new(), now, numbers: 0 };
    c.note(Field::Name, NAME, true);
    // Help is asked for now, by the customer's own call.
    c.note(Field::HelpWanted, "help_since_ms: Some", true);
    let profile = Profile {
        wish_list: vec![c.item(Field::WishList, "wish")],
        wish_prices: vec![Some(c.money(Field::WishList, true))],
        removed_wishes: vec![removed_wish(&mut c)],
        cart: vec![c.item(Field::Cart, "cart")],
        cart_prices: vec![Some(c.money(Field::Cart, true))],
        cart_touched: Some(c.at(Field::Cart, 4, false)),
        viewed: vec![c.item(Field::Viewed, "viewed")],
        viewed_prices: vec![Some(c.money(Field::Viewed, true))],
        sizes: vec![size(&mut c)],
        orders: vec![order(&mut c)],
        order_details: vec![order_detail(&mut c)],
        order_count: u32::try_from(c.number(Field::Lifetime, false) % 1_000_000_000).unwrap(),
        bought: vec![bought(&mut c)],
        bought_sizes: vec![bought_size(&mut c)],
        checkout: Some(checkout(&mut c)),
        coupons: vec![coupon(&mut c)],
        brands: brands(&mut c),
        preferences: vec![preference(&mut c)],
        designs: vec![design(&mut c)],
        reviews: vec![review(&mut c)],
        searches: vec![search(&mut c)],
        interests: vec![interest(&mut c)],
        lifetime: lifetime(&mut c),
        corrections: vec![correction(&mut c)],
        notes: vec![note(&mut c)],
        services: vec![service(&mut c)],
    };
    (profile, c)
}

fn removed_wish(c: &mut Canaries) -> RemovedWish {
    let field = Field::RemovedWishes;
    let product = c.hidden(field, "removed-product");
    let product = c.hidden_product(&product);
    let size = Some(c.hidden(field, "removed-size"));
    let name = Some(c.hidden(field, "removed-as-told"));
    let item = Item { product, name, size, quantity: 1, at: c.at(field, 20, false), source: Source::Web };
    RemovedWish { item, at: c.at(field, 10, false), source: Source::Web, why: WishEnd::TakenOff }
}

fn size(c: &mut Canaries) -> Size {
    let field = Field::Sizes;
    let (of, size) = (c.text(field, "sizes-of"), c.text(field, "sizes-size"));
    Size { of, size, at: c.at(field, 5, true), source: Source::Customer }
}

fn order(c: &mut Canaries) -> Order {
    let field = Field::Orders;
    let line = OrderLine {
        product: c.product(field, "order-product"),
        name: Some(c.hidden(field, "order-as-told")),
        size: Some(c.hidden(field, "order-size")),
        quantity: 2,
    };
    let id = OrderId::new(c.text(field, "order-number")).unwrap();
    Order { id, at: c.at(field, 40, true), source: Source::Till, lines: vec![line] }
}

/// What waits in the shop falls under orders.
fn service(c: &mut Canaries) -> Service {
    let field = Field::Orders;
    let line = OrderLine {
        product: c.product(field, "service-product"),
        name: Some(c.hidden(field, "service-as-told")),
        size: Some(c.hidden(field, "service-size")),
        quantity: 1,
    };
    Service {
        id: c.text(field, "service-number").parse().unwrap(),
        kind: ServiceKind::Repair,
        step: ServiceStep::Ready,
        store: Some("lyon".parse().unwrap()),
        until: None,
        order: Some(OrderId::new(c.hidden(field, "service-order")).unwrap()),
        lines: vec![line],
        began: c.at(field, 5, false),
        at: c.at(field, 4, true),
        source: Source::Web,
    }
}

fn order_detail(c: &mut Canaries) -> OrderDetail {
    let field = Field::OrderDetails;
    OrderDetail {
        order: OrderId::new("order-number").unwrap(),
        total: Some(c.money(field, true)),
        refunded: vec![c.money(field, true)],
        coupon: Some(c.hidden(field, "order-coupon")),
        updated: Some(c.at(field, 39, false)),
        lines: vec![LineDetail { price: Some(c.money(field, false)), returned: 0, gift: true }],
        in_shop: Some(InShop {
            store: StoreId::new(c.hidden(field, "order-shop")).unwrap(),
            at: c.at(field, 38, false),
        }),
    }
}

/// Due again: bought each month, last a month ago.
fn bought(c: &mut Canaries) -> Bought {
    let field = Field::Bought;
    let product = c.product(field, "bought-product");
    let (first, last) = (c.at(field, 120, false), c.at(field, 30, true));
    let today = u32::try_from(c.now.as_secs() / 86_400).unwrap();
    let days = [120, 90, 60, 30].map(|ago| today - ago).to_vec();
    Bought { product, times: 4, first, last, source: Source::Till, days }
}

fn bought_size(c: &mut Canaries) -> BoughtSize {
    let field = Field::BoughtSizes;
    let (of, size) = (c.text(field, "boughtsize-of"), c.text(field, "boughtsize-size"));
    let (first, last) = (c.at(field, 80, false), c.at(field, 8, true));
    BoughtSize { of, size, bought: Evidence { times: 2, first, last, source: Source::Till } }
}

fn checkout(c: &mut Canaries) -> Checkout {
    let field = Field::Checkout;
    let step = u32::try_from(c.number(field, false) % 1_000_000_000).unwrap();
    c.note(field, &step.to_string(), true);
    Checkout {
        began: c.at(field, 4, true),
        last: c.at(field, 3, true),
        step: Some(step),
        source: Source::Web,
    }
}

fn coupon(c: &mut Canaries) -> CouponInUse {
    let field = Field::Coupons;
    let code = c.text(field, "coupon-code");
    CouponInUse { code, applied: true, at: c.at(field, 2, true), source: Source::Web }
}

/// One of each, and one that is known from everything: its name says nothing by itself, its parts do.
fn brands(c: &mut Canaries) -> Vec<Brand> {
    let none = |name: String| Brand { name, bought: None, wanted: None, looked_at: None };
    let bought = none(c.text(Field::BrandsBought, "brand-bought"));
    let looked_at = none(c.text(Field::BrandsLookedAt, "brand-looked-at"));
    let wanted = none(c.text(Field::BrandsWanted, "brand-wanted"));
    vec![
        Brand { bought: Some(c.evidence(Field::BrandsBought)), ..bought },
        Brand {
            bought: Some(c.evidence(Field::BrandsBought)),
            wanted: Some(c.evidence(Field::BrandsWanted)),
            looked_at: Some(c.evidence(Field::BrandsLookedAt)),
            ..none("brand-everywhere".to_owned())
        },
        Brand { looked_at: Some(c.evidence(Field::BrandsLookedAt)), ..looked_at },
        Brand { wanted: Some(c.evidence(Field::BrandsWanted)), ..wanted },
    ]
}

fn preference(c: &mut Canaries) -> Preference {
    let field = Field::Preferences;
    let (name, value) = (c.text(field, "preference-name"), c.text(field, "preference-value"));
    Preference { name, value, at: c.at(field, 6, true), source: Source::Customer }
}

fn design(c: &mut Canaries) -> Design {
    let field = Field::Designs;
    let product = c.product(field, "design-product");
    let choices = BTreeMap::from([(c.text(field, "design-choice"), c.text(field, "design-value"))]);
    let design = c.text(field, "design-number");
    Design { design, product, choices, at: c.at(field, 7, true), source: Source::Web }
}

fn review(c: &mut Canaries) -> Review {
    let field = Field::Reviews;
    let product = c.product(field, "review-product");
    Review { product, rating_tenths: Some(47), at: c.at(field, 12, true), source: Source::Web }
}

fn search(c: &mut Canaries) -> Search {
    let field = Field::Searches;
    let query = Redacted::new(c.text(field, "search-words"));
    Search { query, at: c.at(field, 1, true), source: Source::Web }
}

fn interest(c: &mut Canaries) -> Interest {
    let field = Field::Interests;
    let category = c.text(field, "interest-category");
    Interest { category, sum: 3 << 32, last: c.at(field, 1, true), source: Source::Web }
}

fn lifetime(c: &mut Canaries) -> Lifetime {
    let field = Field::Lifetime;
    Lifetime {
        orders: Some(c.evidence(field)),
        pieces: u64::try_from(c.number(field, true)).unwrap(),
        spend: vec![c.money(field, true)],
        refunds: 1,
        refunded: vec![c.money(field, true)],
        cancelled: 1,
    }
}

fn correction(c: &mut Canaries) -> CorrectionMade {
    let field = Field::Corrections;
    let what = Disputed::Order(OrderId::new(c.hidden(field, "corrected-order")).unwrap());
    CorrectionMade { what, how: Correction::NotMe, at: c.at(field, 11, false), source: Source::Customer }
}

fn note(c: &mut Canaries) -> Note {
    let field = Field::Notes;
    let version = NoteVersion {
        text: Redacted::new(c.text(field, "note-text")),
        author: AssociateId::new(c.hidden(field, "note-author")).unwrap(),
        at: c.at(field, 13, false),
        promise: None,
    };
    Note {
        id: NoteId(7),
        store: StoreId::new(c.hidden(field, "note-shop")).unwrap(),
        visit: VisitId(7),
        at: c.at(field, 14, false),
        source: Source::Associate,
        versions: vec![version],
    }
}
