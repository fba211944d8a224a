//! The truth of every fact, for any profile.

use proptest::prelude::*;

use super::{
    any::{any_campaigns, any_pairings, any_profile, any_shelves, told_day},
    *,
};
use crate::{
    consent::Field,
    event::ServiceStep,
    money::Money,
    profile::{Item, Preference, Source},
    situation::Pairing,
};

/// Derives a fact anew from what is stored, without a look at the rules.
fn is_true(fact: &Fact, customer: &Customer, profile: &Profile, around: &Around) -> bool {
    match fact {
        Fact::LookedUp { .. } | Fact::OnWishList { .. } | Fact::InCart { .. } | Fact::CostThen { .. } => {
            on_lists(fact, profile)
        }
        Fact::Owns { .. } | Fact::BoughtBefore { .. } | Fact::LastOrder { .. } | Fact::Waits { .. } => {
            of_purchases(fact, profile)
        }
        Fact::InStockHere { .. } | Fact::CostsNow { .. } | Fact::GoesWith { .. } | Fact::Announced { .. } => {
            of_the_shop(fact, around)
        }
        Fact::AskedForHelp { .. }
        | Fact::IsHere { .. }
        | Fact::Promised { .. }
        | Fact::DayTold { .. }
        | Fact::CaresFor { .. } => of_the_person(fact, customer, profile, around),
    }
}

fn on_lists(fact: &Fact, profile: &Profile) -> bool {
    match fact {
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
        _ => false,
    }
}

fn of_purchases(fact: &Fact, profile: &Profile) -> bool {
    match fact {
        Fact::Owns { product, at, source } => {
            profile.bought.iter().any(|b| (&b.product, b.last, b.source) == (product, *at, *source))
        }
        Fact::BoughtBefore { product, times, last, every_days, source } => profile.bought.iter().any(|b| {
            let gap = Duration::from_secs(u64::from(*every_days) * 86_400);
            (&b.product, b.times, b.last, b.source) == (product, *times, *last, *source)
                && *times >= 3
                && b.typical_gap() == Some(gap)
                && NOW.since(*last) <= gap * 3
        }),
        Fact::LastOrder { at, source } => {
            let vouched = profile.orders.iter().filter(|order| order.source != Source::Page);
            let last = vouched.max_by_key(|order| order.at);
            last.is_some_and(|last| (last.at, last.source) == (*at, *source))
        }
        Fact::Waits { what, service, until, at, source } => profile.services.iter().any(|one| {
            (one.kind, &one.id, one.until, one.at, one.source) == (*what, service, *until, *at, *source)
                && one.step == ServiceStep::Ready
                && one.source != Source::Page
                && one.until.is_none_or(|until| until >= NOW)
                && one.store.as_ref().is_none_or(|store| *store == example::visit().store)
        }),
        _ => false,
    }
}

fn of_the_shop(fact: &Fact, around: &Around) -> bool {
    let shelves = &around.shelves;
    match fact {
        Fact::InStockHere { product, size: None, quantity, at } => {
            // Of sizes that nobody chose: all of them together, since the last came in.
            let pieces = shelves.get(product).and_then(|shelf| shelf.stock.as_ref());
            let here =
                || pieces.into_iter().flatten().filter(|piece| piece.quantity > 0 && piece.since <= NOW);
            let unsized_alone = here().any(|p| (&p.size, p.quantity, p.since) == (&None, *quantity, *at));
            let all: u32 = here().map(|piece| piece.quantity).sum();
            let all = all == *quantity && here().map(|piece| piece.since).max() == Some(*at);
            *quantity > 0 && (unsized_alone || all)
        }
        Fact::InStockHere { product, size, quantity, at } => {
            let pieces = shelves.get(product).and_then(|shelf| shelf.stock.as_ref());
            *quantity > 0
                && pieces.is_some_and(|pieces| {
                    pieces.iter().any(|p| (&p.size, p.quantity, p.since) == (size, *quantity, *at))
                })
        }
        Fact::CostsNow { product, size, price, at } => {
            let known = shelves.get(product).and_then(|shelf| shelf.product.price_at(size.as_deref(), NOW));
            *at == NOW && known == Some(*price)
        }
        Fact::GoesWith { product, with, people, at } => {
            let told = |one: &Pairing| (&one.product, &one.with, one.people) == (product, with, *people);
            *at == NOW && *people >= 20 && around.goes_with.iter().any(told)
        }
        Fact::Announced { campaign, until, at } => around.brand.iter().any(|one| {
            (&one.id, one.from.about(), one.until.about()) == (campaign, *at, *until)
                && *at <= NOW
                && NOW < *until
        }),
        _ => false,
    }
}

fn of_the_person(fact: &Fact, customer: &Customer, profile: &Profile, around: &Around) -> bool {
    match fact {
        Fact::AskedForHelp { at } => customer.help_since == Some(*at) && *at <= NOW,
        Fact::IsHere { at } => *at == example::visit().began,
        Fact::Promised { note, due, at, source } => profile.notes.iter().any(|one| {
            let version = &one.versions[0];
            let promise = version.promise.is_some_and(|promise| promise.due == *due && !promise.kept);
            (one.id, version.at, one.source) == (*note, *at, *source) && promise
        }),
        Fact::DayTold { name, on, at, source } => {
            let told = |told: &Preference| {
                let of_name = told.name == *name || told.name == format!("date:{name}");
                of_name && (told.at, told.source) == (*at, *source) && told.value.ends_with(&told_day(*on))
            };
            *source != Source::Page && profile.preferences.iter().any(told)
        }
        Fact::CaresFor { category, part, at, source } => {
            let of = |product: &ProductId| {
                around.shelves.get(product).is_some_and(|one| one.product.category == *category)
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
        _ => false,
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
