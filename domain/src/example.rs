//! One customer with something in every part of the profile, for the tests of several modules.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    campaign::{Campaign, For, Texts, When},
    catalogue::{Product, Stock},
    consent::{Consent, Sharing, SharingLevel},
    event::{Promise, ServiceKind, ServiceStep},
    floor::{Guest, GuestState},
    id::{AssociateId, CustomerId, NoteId, OrderId, ProductId, ServiceId, StoreId, VisitId, ZoneId},
    profile::{Bought, Customer, Item, Note, NoteVersion, Order, OrderLine, Profile, Service, Size, Source},
    redacted::Redacted,
    situation::Shelf,
    starter::StarterKind,
    time::Timestamp,
    visit::Visit,
};

/// 2026-11-21 10:00:00 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_255_200);

pub(crate) fn days_ago(days: u64) -> Timestamp {
    NOW - Duration::from_secs(days * 86_400)
}

pub(crate) fn product(id: &str) -> ProductId {
    ProductId::new(id).unwrap()
}

pub(crate) fn everything() -> Consent {
    at_level(SharingLevel::Browsing)
}

/// The level, with the name.
pub(crate) fn at_level(level: SharingLevel) -> Consent {
    Sharing { level, greet_by_name: true, alone_until: None }.into()
}

/// Every level, with and without the name, alone or not.
pub(crate) fn all_levels() -> impl Iterator<Item = Consent> {
    let alone = [None, Some(NOW), Some(NOW + Duration::from_secs(1))];
    SharingLevel::ALL.into_iter().flat_map(move |level| {
        [false, true].into_iter().flat_map(move |greet_by_name| {
            let of = move |alone_until| Consent::from(Sharing { level, greet_by_name, alone_until });
            alone.into_iter().map(of)
        })
    })
}

pub(crate) fn visit() -> Visit {
    let (customer, store) = (CustomerId::new("c1").unwrap(), StoreId::new("lyon").unwrap());
    let began = NOW - Duration::from_secs(600);
    Visit::new(VisitId::new(began, 1), customer, store, began)
}

pub(crate) fn customer() -> Customer {
    Customer {
        id: CustomerId::new("c1").unwrap(),
        name: Redacted::new("Camille".to_owned()),
        consent: everything(),
        help_since: Some(NOW - Duration::from_secs(60)),
        consented_since: Timestamp::EPOCH,
    }
}

pub(crate) fn guest() -> Guest {
    Guest {
        visit: visit().id,
        name: Some(customer().name),
        zone: ZoneId::new("shoes").unwrap(),
        began: visit().began,
        state: GuestState::Here,
        help_since: customer().help_since,
        greeted_by: Some(AssociateId::new("ines").unwrap()),
        card_revision: 3,
        sign: None,
        bought: false,
    }
}

pub(crate) fn item(id: &str, size: Option<&str>, at: Timestamp) -> Item {
    let size = size.map(str::to_owned);
    Item { product: product(id), name: None, size, quantity: 1, at, source: Source::Web }
}

pub(crate) fn bought(id: &str, days_ago_each: &[u64]) -> Bought {
    let at: Vec<Timestamp> = days_ago_each.iter().map(|days| days_ago(*days)).collect();
    Bought {
        product: product(id),
        times: u32::try_from(at.len()).unwrap(),
        first: at[0],
        last: at[at.len() - 1],
        source: Source::Till,
        days: at.iter().map(|at| u32::try_from(at.as_secs() / 86_400).unwrap()).collect(),
    }
}

/// Something that has been ready in the shop of the visit since yesterday.
pub(crate) fn service(id: &str, kind: ServiceKind) -> Service {
    Service {
        id: ServiceId::new(id).unwrap(),
        kind,
        step: ServiceStep::Ready,
        store: Some(visit().store),
        until: None,
        order: None,
        lines: Vec::new(),
        began: days_ago(3),
        at: days_ago(1),
        source: Source::Web,
    }
}

/// A campaign for everybody, of these weeks.
pub(crate) fn campaign() -> Campaign {
    let texts =
        Texts { english: "Come and see.".into(), french: "Venez voir.".into(), french_informal: None };
    Campaign {
        id: "winter".to_owned(),
        kind: StarterKind::Campaign,
        from: When::Moment(days_ago(9)),
        until: When::Moment(NOW + Duration::from_secs(86_400)),
        stores: BTreeSet::new(),
        of: For::Everybody,
        is_for_strangers: false,
        say: texts.clone(),
        reason: texts,
    }
}

/// A note of ten days ago with a promise.
pub(crate) fn note(number: u128, due: Timestamp, kept: bool) -> Note {
    let version = NoteVersion {
        text: Redacted::new("I order the belt".to_owned()),
        author: AssociateId::new("ines").unwrap(),
        at: days_ago(10),
        promise: Some(Promise { due, kept }),
    };
    Note {
        id: NoteId(number),
        store: visit().store,
        visit: visit().id,
        at: days_ago(10),
        source: Source::Associate,
        versions: vec![version],
    }
}

/// A coat is wished and here, a shirt lies in the cart, soap is due again, boots were looked at.
pub(crate) fn profile() -> Profile {
    let line = |id: &str| OrderLine { product: product(id), name: None, size: None, quantity: 1 };
    Profile {
        wish_list: vec![item("coat", Some("38"), days_ago(9))],
        cart: vec![item("shirt", None, days_ago(2))],
        viewed: vec![item("boots", None, days_ago(1))],
        sizes: vec![Size {
            of: "coats".into(),
            size: "38".into(),
            at: days_ago(99),
            source: Source::Customer,
        }],
        orders: vec![Order {
            id: OrderId::new("o1").unwrap(),
            at: days_ago(30),
            source: Source::Till,
            lines: vec![line("soap"), line("socks")],
        }],
        order_count: 1,
        bought: vec![bought("soap", &[120, 90, 60, 30]), bought("socks", &[30])],
        ..Profile::default()
    }
}

pub(crate) fn shelf(id: &str, category: &str, pieces: &[(Option<&str>, u32)]) -> (ProductId, Shelf) {
    let stock =
        |(size, quantity): &(Option<&str>, u32)| Stock::new(size.map(str::to_owned), *quantity, days_ago(3));
    let named = Product::new(product(id), format!("The {id}"), category);
    (product(id), Shelf { product: named, stock: Some(pieces.iter().map(stock).collect()) })
}

pub(crate) fn shelves() -> BTreeMap<ProductId, Shelf> {
    let mut shelves = BTreeMap::from([
        shelf("coat", "Coats", &[(Some("36"), 5), (Some("38"), 2)]),
        shelf("shirt", "Shirts", &[(Some("S"), 1)]),
        shelf("hat", "Hats", &[(None, 0)]),
        shelf("soap", "Care", &[(None, 9)]),
        shelf("socks", "Socks", &[(None, 9)]),
        shelf("boots", "Shoes", &[(Some("40"), 1)]),
        shelf("secret", "Nobody's", &[(None, 1)]),
    ]);
    // Longer than anything is wished for: none of it came in since.
    let pieces = shelves.values_mut().flat_map(|shelf: &mut Shelf| shelf.stock.iter_mut().flatten());
    pieces.for_each(|piece| piece.since = days_ago(20));
    shelves
}
