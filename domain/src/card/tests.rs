use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::*;
use crate::{
    catalogue::Price,
    charter::Charter,
    consent::{Sharing, differing},
    event::ServiceKind,
    example::{self, NOW, note, service},
    money::Money,
    profile::{
        BoughtSize, Brand, Checkout, CouponInUse, Design, Evidence, Interest, Lifetime, Order, OrderDetail,
        Preference, Review, Search, Source,
    },
    redacted::Redacted,
    situation::{Around, Pairing, Situation},
    starter::{CART_LEFT_AFTER, FixedOrder, choose, rules},
};

/// A situation as if everything were allowed: whatever a mistake elsewhere lets in, the card must hold back.
fn careless() -> Situation {
    careless_of(&with_tastes(example::profile()))
}

fn careless_of(profile: &Profile) -> Situation {
    let mut shelves = example::shelves();
    let coat = shelves.get_mut(&example::product("coat")).unwrap();
    coat.product.price = Some(Price::of(euros(80)));
    coat.stock.iter_mut().flatten().for_each(|piece| piece.since = example::days_ago(3));
    let goes_with = vec![Pairing {
        product: example::product("secret"),
        with: example::product("soap"),
        people: 99,
        strength: 1.0,
    }];
    let brand = vec![Arc::new(example::campaign())];
    let around = Around { goes_with, brand, ..Around::of(shelves) };
    let mut situation =
        Situation::gather(NOW, &example::visit(), &example::customer(), profile, around, true);
    // Notes are shared at no level.
    situation.known.notes = vec![note(1, NOW, false)];
    situation
}

fn euros(units: i64) -> Money {
    Money { minor: units * 100, currency: "EUR".parse().unwrap() }
}

/// With something in each part that a level allows, so that what the quiet line speaks of is on the card.
fn with_tastes(profile: Profile) -> Profile {
    let (at, source, coat) = (NOW, Source::Web, example::product("coat"));
    let once = Evidence { times: 1, first: at, last: at, source };
    Profile {
        checkout: Some(Checkout { began: at, last: at, step: None, source }),
        coupons: vec![CouponInUse { code: "TEN".into(), applied: true, at, source }],
        preferences: vec![Preference { name: "birthday".into(), value: "11-25".into(), at, source }],
        designs: vec![Design {
            design: "d1".into(),
            product: coat.clone(),
            choices: BTreeMap::new(),
            at,
            source,
        }],
        brands: vec![Brand {
            name: "Lune".into(),
            bought: Some(once),
            wanted: Some(once),
            looked_at: Some(once),
        }],
        order_details: vec![OrderDetail {
            order: profile.orders[0].id.clone(),
            total: None,
            refunded: Vec::new(),
            coupon: None,
            updated: None,
            lines: Vec::new(),
            in_shop: None,
        }],
        bought_sizes: vec![BoughtSize { of: "Coats".into(), size: "38".into(), bought: once }],
        lifetime: Lifetime { orders: Some(once), ..Lifetime::default() },
        reviews: vec![Review { product: coat, rating_tenths: None, at, source }],
        viewed: vec![example::item("boots", None, NOW)],
        searches: vec![Search { query: Redacted::new("coat".to_owned()), at, source }],
        interests: vec![Interest { category: "Coats".into(), sum: 1, last: at, source }],
        wish_prices: vec![Some(euros(100))],
        services: vec![service("S1", ServiceKind::PickUp), service("R1", ServiceKind::Return)],
        ..profile
    }
}

fn card(situation: &Situation, consent: &Consent, confirmed: bool) -> Card {
    let rules = rules(CART_LEFT_AFTER);
    let of = |situation: &Situation| -> BTreeMap<StarterKind, Starter> {
        let first = rules.iter().filter_map(|rule| rule.propose(situation).into_iter().next());
        first.map(|starter| (starter.kind, starter)).collect()
    };
    // Nobody who is back after long bought something lately.
    let order = Order { at: example::days_ago(400), ..example::profile().orders.remove(0) };
    let long_ago = careless_of(&Profile { orders: vec![order], ..Profile::default() });
    let long_ago = Situation { known: Profile { notes: Vec::new(), ..long_ago.known }, ..long_ago };
    let mut all = of(&long_ago);
    all.extend(of(situation));
    assert_eq!(all.len(), rules.len(), "one of each kind");
    let all = all.into_values().collect();
    Card::compose(example::guest(), situation, confirmed, consent, all, &[], Some(Outcome::Talked))
}

/// What a card shows, field by field. Without `..`: a new field of `Card` or `Guest` does not compile until it stands
/// here with the rule it obeys.
fn shown(card: Card) -> BTreeSet<Field> {
    let Card {
        guest:
            Guest {
                visit: _,
                name,
                zone: _,
                began: _,
                state: _,
                help_since,
                greeted_by: _,
                card_revision: _,
                sign: _,
                bought,
            },
        confirmed: _,
        shares: _,
        starters,
        usual_items,
        known,
        outcome: _,
    } = card;
    assert_eq!(known.bought, [], "only as usual items");
    let mut shown = differing(&known, &Profile::default());
    shown.extend(starters.iter().flat_map(|(starter, _)| starter.fields()));
    // That somebody is here the row tells, with or without a hello.
    shown.remove(&Field::PresenceOnFloor);
    shown.extend(bought.then_some(Field::Orders));
    shown.extend(name.map(|_| Field::Name));
    shown.extend(help_since.map(|_| Field::HelpWanted));
    shown.extend(usual_items.first().map(|_| Field::Bought));
    shown
}

#[test]
fn no_card_shows_what_is_not_allowed() {
    let situation = careless();
    let whole = shown(card(&situation, &example::everything(), true));
    for consent in example::all_levels() {
        for confirmed in [false, true] {
            let shown = shown(card(&situation, &consent, confirmed));
            let allowed =
                |field: &&Field| consent.shows(**field, NOW) && (confirmed || !field.needs_confirmation());
            let expected: BTreeSet<Field> = whole.iter().filter(allowed).copied().collect();
            assert_eq!(shown, expected, "{consent:?}, confirmed: {confirmed}");
        }
    }
    // Notes are shared by name, at no level.
    let by_levels = SHOWN_AS_SHARED.iter().filter(|field| **field != Field::Notes);
    assert_eq!(by_levels.filter(|field| !whole.contains(field)).collect::<Vec<_>>(), [&Field::Notes; 0]);
}

#[test]
fn before_the_confirmation_help_is_the_only_starter() {
    let card = card(&careless(), &example::everything(), false);
    let kinds: Vec<StarterKind> = card.starters.iter().map(|(starter, _)| starter.kind).collect();
    assert_eq!(kinds, [StarterKind::HelpWanted]);
    assert!(!card.confirmed);
    let shared = SHOWN_AS_SHARED.into_iter().filter(|field| *field != Field::Notes);
    assert_eq!(
        card.shares,
        shared.collect::<Vec<_>>(),
        "the quiet line tells what is shared, not what it holds"
    );
}

#[test]
fn the_quiet_line_says_only_what_is_shared_now() {
    for consent in example::all_levels() {
        let card = card(&careless(), &consent, true);
        let shared: Vec<Field> =
            SHOWN_AS_SHARED.into_iter().filter(|field| consent.shows(*field, NOW)).collect();
        assert_eq!(card.shares, shared);
    }
}

#[test]
fn usual_items_are_those_bought_twice_most_often_first() {
    let bought: Vec<Bought> = (1..=30)
        .map(|times| example::bought(&format!("p{times:02}"), &(1..=times).rev().collect::<Vec<_>>()))
        .collect();
    let usual = usual_items(&bought);
    assert_eq!(usual.len(), MAX_USUAL_ITEMS);
    assert_eq!(usual[0].times, 30);
    assert_eq!(usual_items(&bought[..2]).len(), 1, "once is no habit");
}

#[test]
fn the_last_verdict_on_a_starter_is_shown() {
    let situation = careless();
    let starters: Vec<_> = choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, &Charter::default())
        .shown()
        .cloned()
        .collect();
    let id = starters[0].id();
    let verdicts = [(id.clone(), Verdict::NotNow), (id, Verdict::Used)];
    let consent = example::everything();
    let card = Card::compose(example::guest(), &situation, true, &consent, starters, &verdicts, None);
    let said: Vec<Option<Verdict>> = card.starters.iter().map(|(_, verdict)| *verdict).collect();
    assert_eq!(said, [Some(Verdict::Used), None, None]);
}

#[test]
fn a_customer_without_a_name_switch_has_no_name_anywhere() {
    let all = example::everything().sharing;
    let consent = Consent::from(Sharing { greet_by_name: false, ..all });
    let card = card(&careless(), &consent, true);
    assert_eq!(card.guest.name, None);
    assert!(!format!("{card:?}").contains("Camille"), "and it never prints");
}

#[test]
fn that_something_was_bought_is_told_where_purchases_are_shared() {
    for consent in example::all_levels() {
        let guest = Guest { bought: true, ..example::guest() };
        let situation = careless();
        let card = Card::compose(guest, &situation, false, &consent, Vec::new(), &[], None);
        let shared = consent.sharing.level >= crate::consent::SharingLevel::Purchases && !consent.alone(NOW);
        assert_eq!(card.guest.bought, shared, "{consent:?}");
    }
}
