//! Any profile, any shelves, anything around them: what the truth of facts is tried on.

use proptest::prelude::*;

use std::sync::Arc;

use super::*;
use crate::{
    campaign::{Campaign, For, Texts, When},
    catalogue::{Price, Sale},
    event::{ServiceKind, ServiceStep},
    example::{note, service},
    id::StoreId,
    money::Money,
    profile::{Item, Note, Order, Preference, Service, Source},
    situation::Pairing,
    time::{Day, Timestamp},
    words::Phrase,
};

fn any_item() -> impl Strategy<Value = Item> {
    (0_u8..5, prop::option::of(0_u8..3), 0_u32..3, -2_i64..60 * 24, 0_u8..3).prop_map(
        |(id, size, quantity, hours, source)| {
            let source = [Source::Web, Source::Customer, Source::Import][usize::from(source)];
            let at = Timestamp::from_secs(NOW.as_secs() - hours * 3_600);
            let size = size.map(|size| format!("s{size}"));
            let product = product(&format!("p{id}"));
            Item { product, name: None, size, quantity, at, source }
        },
    )
}

fn any_bought() -> impl Strategy<Value = Vec<Bought>> {
    let rhythm = (1_u64..40, 0_u64..60, 0_usize..6);
    prop::collection::vec(rhythm, 0..5).prop_map(|rhythms| {
        let with = |(number, (gap, last, times)): (usize, (u64, u64, usize))| {
            let days: Vec<u64> = (0..=times).rev().map(|k| last + gap * k as u64).collect();
            bought(&format!("p{number}"), &days)
        };
        rhythms.into_iter().enumerate().map(with).collect()
    })
}

fn euros(units: u8) -> Money {
    Money { minor: i64::from(units) * 100, currency: "EUR".parse().unwrap() }
}

fn any_price() -> impl Strategy<Value = Option<Price>> {
    let sale = (1_u8..9, -48_i64..48).prop_map(|(price, hours)| Sale {
        price: euros(price),
        from: Some(Timestamp::from_secs(NOW.as_secs() + hours * 3_600)),
        until: None,
    });
    let price = (1_u8..9, prop::option::of(sale));
    prop::option::of(price.prop_map(|(regular, sale)| Price { regular: euros(regular), sale }))
}

pub(super) fn any_shelves() -> impl Strategy<Value = BTreeMap<ProductId, Shelf>> {
    let pieces = prop::collection::vec((prop::option::of(0_u8..3), 0_u32..3), 0..4);
    prop::collection::vec(prop::option::of((pieces, any_price())), 5).prop_map(|shelves| {
        type Pieces = Vec<(Option<u8>, u32)>;
        let of = |(number, pieces): (usize, Option<(Pieces, Option<Price>)>)| {
            let (pieces, price) = pieces?;
            let sizes: Vec<(Option<String>, u32)> =
                pieces.into_iter().map(|(size, n)| (size.map(|size| format!("s{size}")), n)).collect();
            let sizes: Vec<(Option<&str>, u32)> =
                sizes.iter().map(|(size, n)| (size.as_deref(), *n)).collect();
            let (id, mut shelf) = shelf(&format!("p{number}"), "things", &sizes);
            shelf.product.price = price;
            Some((id, shelf))
        };
        shelves.into_iter().enumerate().filter_map(of).collect()
    })
}

pub(super) fn any_pairings() -> impl Strategy<Value = Vec<Pairing>> {
    let pairing = (0_u8..5, 0_u8..5, 10_u32..40).prop_map(|(of, with, people)| Pairing {
        product: product(&format!("p{of}")),
        with: product(&format!("p{with}")),
        people,
        strength: f64::from(people) / 40.0,
    });
    prop::collection::vec(pairing, 0..5)
}

fn any_services() -> impl Strategy<Value = Vec<Service>> {
    let (kind, step) = (0_usize..3, 0_usize..4);
    let one = (kind, step, prop::option::of(any::<bool>()), prop::option::of(-48_i64..48), any::<bool>());
    let one = one.prop_map(|(kind, step, here, until, page)| Service {
        step: ServiceStep::ALL[step],
        store: here.map(|here| StoreId::new(if here { "lyon" } else { "paris" }).unwrap()),
        until: until.map(|hours| Timestamp::from_secs(NOW.as_secs() + hours * 3_600)),
        source: if page { Source::Page } else { Source::Web },
        ..service("S1", ServiceKind::ALL[kind])
    });
    prop::collection::vec(one, 0..3)
}

fn any_notes() -> impl Strategy<Value = Vec<Note>> {
    let one = (0_u128..9, -90_i64..5, any::<bool>());
    let one = one.prop_map(|(number, days, kept)| {
        note(number, Timestamp::from_secs(NOW.as_secs() + days * 86_400), kept)
    });
    prop::collection::vec(one, 0..3)
}

fn any_orders() -> impl Strategy<Value = Vec<Order>> {
    let one = (-1_i64..400, any::<bool>()).prop_map(|(days, page)| Order {
        at: Timestamp::from_secs(NOW.as_secs() - days * 86_400),
        source: if page { Source::Page } else { Source::Till },
        ..example::profile().orders.remove(0)
    });
    prop::collection::vec(one, 0..3)
}

pub(super) fn any_profile() -> impl Strategy<Value = Profile> {
    let items = || prop::collection::vec((any_item(), prop::option::of(1_u8..9)), 0..6);
    let viewed = prop::collection::vec((any_item(), -2_i64..20), 0..4).prop_map(|items| {
        let at = |minutes: i64| Timestamp::from_secs(NOW.as_secs() - minutes * 60);
        items.into_iter().map(|(item, minutes)| Item { at: at(minutes), ..item }).collect()
    });
    let lists = (items(), items(), viewed, any_bought(), prop::option::of(0_u8..3));
    let others = (any_services(), any_notes(), any_orders(), any_preferences());
    (lists, others).prop_map(|((wishes, cart, viewed, bought, size), others)| {
        let (services, notes, orders, preferences) = others;
        let (wish_list, wish_prices) = priced(wishes);
        let (cart, cart_prices) = priced(cart);
        Profile {
            wish_list,
            wish_prices,
            cart,
            cart_prices,
            viewed,
            bought,
            services,
            notes,
            orders,
            preferences,
            sizes: size
                .map(|size| Size {
                    of: "things".into(),
                    size: format!("s{size}"),
                    at: days_ago(1),
                    source: Source::Web,
                })
                .into_iter()
                .collect(),
            ..Profile::default()
        }
    })
}

fn any_preferences() -> impl Strategy<Value = Vec<Preference>> {
    let one = (any::<bool>(), 10_u8..13, 1_u8..29, any::<bool>()).prop_map(|(birth, month, day, page)| {
        Preference {
            name: if birth { "birthday" } else { "date:wedding" }.to_owned(),
            value: format!("1980-{month:02}-{day:02}"),
            at: days_ago(9),
            source: if page { Source::Page } else { Source::Customer },
        }
    });
    prop::collection::vec(one, 0..3)
}

pub(super) fn told_day(day: Day) -> String {
    format!("-{:02}-{:02}", day.month, day.day)
}

pub(super) fn any_campaigns() -> impl Strategy<Value = Vec<Arc<Campaign>>> {
    let one = (0_u8..3, 0_u8..5, -3_i64..3, 0_i64..3, any::<bool>());
    let one = one.prop_map(|(of, number, from, lasts, price)| {
        let text = if price && of == 1 { "It is {price} now." } else { "Come and see." };
        let texts = Texts { english: text.into(), french: text.into(), french_informal: None };
        let moment = |days: i64| When::Moment(Timestamp::from_secs(NOW.as_secs() + days * 86_400));
        Arc::new(Campaign {
            id: format!("c{number}"),
            kind: StarterKind::Campaign,
            from: moment(from),
            until: moment(from + lasts),
            stores: BTreeSet::new(),
            of: match of {
                0 => For::Everybody,
                1 => For::Product(product(&format!("p{number}"))),
                _ => For::Category { name: "things".into(), phrase: Phrase::read("things").unwrap() },
            },
            is_for_strangers: false,
            say: texts.clone(),
            reason: texts,
        })
    });
    prop::collection::vec(one, 0..3)
}

fn priced(items: Vec<(Item, Option<u8>)>) -> (Vec<Item>, Vec<Option<Money>>) {
    items.into_iter().map(|(item, price)| (item, price.map(euros))).unzip()
}
