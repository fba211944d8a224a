//! The truth of every fact, for any profile.

use proptest::prelude::*;

use super::*;
use crate::{
    consent::Field,
    money::Money,
    profile::{Item, Source},
    time::Timestamp,
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

fn any_shelves() -> impl Strategy<Value = BTreeMap<ProductId, Shelf>> {
    let pieces = prop::collection::vec((prop::option::of(0_u8..3), 0_u32..3), 0..4);
    prop::collection::vec(prop::option::of(pieces), 5).prop_map(|shelves| {
        type Pieces = Vec<(Option<u8>, u32)>;
        let of = |(number, pieces): (usize, Option<Pieces>)| {
            let pieces = pieces?;
            let sizes: Vec<(Option<String>, u32)> =
                pieces.into_iter().map(|(size, n)| (size.map(|size| format!("s{size}")), n)).collect();
            let sizes: Vec<(Option<&str>, u32)> =
                sizes.iter().map(|(size, n)| (size.as_deref(), *n)).collect();
            Some(shelf(&format!("p{number}"), "things", &sizes))
        };
        shelves.into_iter().enumerate().filter_map(of).collect()
    })
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let items = || prop::collection::vec(any_item(), 0..6);
    let viewed = prop::collection::vec((any_item(), -2_i64..20), 0..4).prop_map(|items| {
        let at = |minutes: i64| Timestamp::from_secs(NOW.as_secs() - minutes * 60);
        items.into_iter().map(|(item, minutes)| Item { at: at(minutes), ..item }).collect()
    });
    let lists = (items(), items(), viewed, any_bought(), prop::option::of(0_u8..3));
    lists.prop_map(|(wish_list, cart, viewed, bought, size)| Profile {
        wish_list,
        cart,
        viewed,
        bought,
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
    })
}

/// Derives a fact anew from what is stored, without a look at the rules.
fn is_true(
    fact: &Fact,
    customer: &Customer,
    profile: &Profile,
    shelves: &BTreeMap<ProductId, Shelf>,
) -> bool {
    match fact {
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
        let consent = Consent::from(sharing);
        let customer = Customer { consent, help_since, ..example::customer() };
        let situation = Situation::gather(NOW, &example::visit(), &customer, &profile, Around::of(shelves.clone()), confirmed);
        let starters = shown(&situation, &FixedOrder, &[]);

        prop_assert!(starters.len() <= MAX_STARTERS);
        for starter in &starters {
            prop_assert!(!starter.facts.is_empty());
            for fact in &starter.facts {
                prop_assert!(is_true(fact, &customer, &profile, &shelves), "{:?}", fact);
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
