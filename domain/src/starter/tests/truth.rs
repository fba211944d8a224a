//! The truth of every fact, for any profile.

use proptest::prelude::*;

use std::sync::Arc;

use super::*;
use crate::{
    campaign::{Campaign, For, Texts, When},
    catalogue::{Price, Sale},
    consent::Field,
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

fn any_shelves() -> impl Strategy<Value = BTreeMap<ProductId, Shelf>> {
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

fn any_pairings() -> impl Strategy<Value = Vec<Pairing>> {
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

fn any_profile() -> impl Strategy<Value = Profile> {
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

fn told_day(day: Day) -> String {
    format!("-{:02}-{:02}", day.month, day.day)
}

fn any_campaigns() -> impl Strategy<Value = Vec<Arc<Campaign>>> {
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
            say: texts.clone(),
            reason: texts,
        })
    });
    prop::collection::vec(one, 0..3)
}

fn priced(items: Vec<(Item, Option<u8>)>) -> (Vec<Item>, Vec<Option<Money>>) {
    items.into_iter().map(|(item, price)| (item, price.map(euros))).unzip()
}

/// Derives a fact anew from what is stored, without a look at the rules.
fn is_true(fact: &Fact, customer: &Customer, profile: &Profile, around: &Around) -> bool {
    let shelves = &around.shelves;
    match fact {
        Fact::Owns { product, at, source } => {
            profile.bought.iter().any(|b| (&b.product, b.last, b.source) == (product, *at, *source))
        }
        Fact::GoesWith { product, with, people, at } => {
            let told = |one: &Pairing| (&one.product, &one.with, one.people) == (product, with, *people);
            *at == NOW && *people >= 20 && around.goes_with.iter().any(told)
        }
        Fact::Waits { what, service, until, at, source } => profile.services.iter().any(|one| {
            (one.kind, &one.id, one.until, one.at, one.source) == (*what, service, *until, *at, *source)
                && one.step == ServiceStep::Ready
                && one.source != Source::Page
                && one.until.is_none_or(|until| until >= NOW)
                && one.store.as_ref().is_none_or(|store| *store == example::visit().store)
        }),
        Fact::Promised { note, due, at, source } => profile.notes.iter().any(|one| {
            let version = &one.versions[0];
            let promise = version.promise.is_some_and(|promise| promise.due == *due && !promise.kept);
            (one.id, version.at, one.source) == (*note, *at, *source) && promise
        }),
        Fact::LastOrder { at, source } => {
            let vouched = profile.orders.iter().filter(|order| order.source != Source::Page);
            let last = vouched.max_by_key(|order| order.at);
            last.is_some_and(|last| (last.at, last.source) == (*at, *source))
        }
        Fact::DayTold { name, on, at, source } => {
            let told = |told: &Preference| {
                let of_name = told.name == *name || told.name == format!("date:{name}");
                of_name && (told.at, told.source) == (*at, *source) && told.value.ends_with(&told_day(*on))
            };
            *source != Source::Page && profile.preferences.iter().any(told)
        }
        Fact::Announced { campaign, until, at } => around.brand.iter().any(|one| {
            (&one.id, one.from.about(), one.until.about()) == (campaign, *at, *until)
                && *at <= NOW
                && NOW < *until
        }),
        Fact::CaresFor { category, part, at, source } => {
            let of = |product: &ProductId| {
                shelves.get(product).is_some_and(|one| one.product.category == *category)
            };
            match part {
                Field::WishList => {
                    profile.wish_list.iter().any(|i| (i.at, i.source) == (*at, *source) && of(&i.product))
                }
                Field::Bought => {
                    profile.bought.iter().any(|b| (b.last, b.source) == (*at, *source) && of(&b.product))
                }
                _ => false,
            }
        }
        Fact::AskedForHelp { at } => customer.help_since == Some(*at) && *at <= NOW,
        Fact::LookedUp { product, at, source } => profile.viewed.iter().any(|i| {
            (&i.product, i.at, i.source) == (product, *at, *source)
                && (example::visit().began..=NOW).contains(at)
        }),
        Fact::OnWishList { product, size, at, source } => profile
            .wish_list
            .iter()
            .any(|i| (&i.product, &i.size, i.at, i.source) == (product, size, *at, *source) && i.at <= NOW),
        Fact::InCart { product, quantity, at, source } => profile.cart.iter().any(|i| {
            (&i.product, i.quantity, i.at, i.source) == (product, *quantity, *at, *source) && *quantity > 0
        }),
        Fact::IsHere { at } => *at == example::visit().began,
        Fact::CostsNow { product, size, price, at } => {
            let known = shelves.get(product).and_then(|shelf| shelf.product.price_at(size.as_deref(), NOW));
            *at == NOW && known == Some(*price)
        }
        Fact::CostThen { product, price, at, list, source } => {
            let same = |(item, told): (&Item, Option<Money>)| {
                (&item.product, item.at, item.source, told) == (product, *at, *source, Some(*price))
            };
            match list {
                Field::WishList => profile.priced_wishes().any(same),
                Field::Cart => profile.priced_cart().any(same),
                _ => false,
            }
        }
        Fact::InStockHere { product, size, quantity, at } => {
            let pieces = shelves.get(product).and_then(|shelf| shelf.stock.as_ref());
            *quantity > 0
                && pieces.is_some_and(|pieces| {
                    pieces.iter().any(|p| (&p.size, p.quantity, p.since) == (size, *quantity, *at))
                })
        }
        Fact::BoughtBefore { product, times, last, every_days, source } => profile.bought.iter().any(|b| {
            let gap = Duration::from_secs(u64::from(*every_days) * 86_400);
            (&b.product, b.times, b.last, b.source) == (product, *times, *last, *source)
                && *times >= 3
                && b.typical_gap() == Some(gap)
                && NOW.since(*last) <= gap * 3
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_fact_of_every_starter_is_true_and_allowed(
        profile in any_profile(),
        shelves in any_shelves(),
        goes_with in any_pairings(),
        brand in any_campaigns(),
        level in 0_u8..6,
        confirmed: bool,
        help: bool,
    ) {
        let sharing = Sharing {
            level: SharingLevel::from_number(level).unwrap(),
            greet_by_name: false,
            alone_until: None,
        };
        let help_since = help.then(|| NOW - Duration::from_secs(60));
        let consent = lets_note(Consent::from(sharing));
        let customer = Customer { consent, help_since, ..example::customer() };
        let around = Around { goes_with, brand, ..Around::of(shelves.clone()) };
        let gathered = around.clone();
        let situation = Situation::gather(NOW, &example::visit(), &customer, &profile, gathered, confirmed);
        let starters = shown(&situation, &FixedOrder, &[]);
        // What is not shown is as true.
        for candidate in rules(CART_LEFT_AFTER).iter().flat_map(|rule| rule.propose(&situation)) {
            for fact in &candidate.facts {
                prop_assert!(is_true(fact, &customer, &profile, &around), "{:?}", fact);
            }
        }

        prop_assert!(starters.len() <= MAX_STARTERS);
        for starter in &starters {
            prop_assert!(!starter.facts.is_empty());
            for fact in &starter.facts {
                prop_assert!(is_true(fact, &customer, &profile, &around), "{:?}", fact);
            }
            for field in starter.fields() {
                prop_assert!(consent.shows(field, NOW) && (confirmed || !field.needs_confirmation()));
            }
            let Some(product) = &starter.product else { continue };
            prop_assert_eq!(starters.iter().filter(|other| other.product.as_ref() == Some(product)).count(), 1);
            prop_assert!(shelves.contains_key(product));
            if level >= 4 && starter.kind != StarterKind::UsualDue {
                let since = starter.facts.iter().find_map(|fact| match fact {
                    Fact::LookedUp { at, .. } | Fact::OnWishList { at, .. } | Fact::InCart { at, .. } => Some(*at),
                    _ => None,
                });
                let bought = profile.bought.iter().any(|b| b.product == *product && Some(b.last) >= since);
                prop_assert!(!bought, "bought since");
            }
        }
    }

    #[test]
    fn choosing_is_the_same_every_time(profile in any_profile(), shelves in any_shelves()) {
        let situation = situation(&profile, shelves);
        let once = shown(&situation, &FixedOrder, &[]);
        prop_assert_eq!(shown(&situation, &FixedOrder, &[]), once);
    }

    #[test]
    fn what_did_not_fit_never_comes_back(profile in any_profile(), shelves in any_shelves()) {
        let situation = situation(&profile, shelves);
        let mut verdicts = Vec::new();
        // Said "not now" to everything, again and again, until nothing is left.
        for _ in 0..20 {
            let chosen = shown(&situation, &FixedOrder, &verdicts);
            prop_assert!(chosen.iter().all(|starter| !verdicts.iter().any(|(id, _)| *id == starter.id())));
            verdicts.extend(chosen.iter().map(|starter| (starter.id(), Verdict::NotNow)));
        }
        prop_assert!(shown(&situation, &FixedOrder, &verdicts).is_empty());
    }
}
