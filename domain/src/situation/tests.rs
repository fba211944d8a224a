use std::collections::BTreeSet;

use super::*;
use crate::{
    catalogue::Product,
    consent::{SharingLevel, differing},
    event::ServiceKind,
    example::{self, NOW},
    profile::{Item, OrderLine, Service, Source},
};

fn gather(consent: Consent, confirmed: bool) -> Situation {
    let customer = Customer { consent, ..example::customer() };
    let profile = example::profile();
    Situation::gather(NOW, &example::visit(), &customer, &profile, Around::of(example::shelves()), confirmed)
}

/// Which fields a situation tells something of. Without `..`: a new part does not compile until it stands here.
fn fields(situation: Situation) -> BTreeSet<Field> {
    let Situation {
        now: _,
        visit: _,
        customer: _,
        store: _,
        began: _,
        local: _,
        level: _,
        shares: _,
        withheld: _,
        help_since,
        stay: _,
        verdicts: _,
        known,
        shelves,
        goes_with,
        due,
        by_rhythm,
        outlook: _,
        brand,
        moment: _,
        arm: _,
        past: _,
        minor: _,
        // Only to keep silent: `charter` alone reads it.
        gifts: _,
        had: _,
    } = situation;
    let mut named = products_of(&known, |_| true);
    named.extend(goes_with.iter().map(|pairing| pairing.product.clone()));
    named.extend(brand.iter().filter_map(|campaign| campaign.product().cloned()));
    assert!(shelves.keys().all(|product| named.contains(product)), "a shelf that nothing allowed names");
    let owned = |product: &ProductId| known.bought.iter().any(|bought| bought.product == *product);
    assert!(
        goes_with.iter().all(|pairing| owned(&pairing.with)) && due.keys().chain(by_rhythm.keys()).all(owned)
    );
    let mut fields = differing(&known, &Profile::default());
    fields.extend(help_since.map(|_| Field::HelpWanted));
    fields
}

#[test]
fn a_situation_holds_what_is_allowed_and_nothing_else() {
    let whole = fields(gather(example::everything(), true));
    for consent in example::all_levels() {
        for confirmed in [false, true] {
            let held = fields(gather(consent, confirmed));
            let allowed =
                |field: &&Field| consent.shows(**field, NOW) && (confirmed || !field.needs_confirmation());
            let expected: BTreeSet<Field> = whole.iter().filter(allowed).copied().collect();
            assert_eq!(held, expected, "{consent:?}, confirmed: {confirmed}");
        }
    }
    assert!(whole.len() > 5);
}

#[test]
fn shelves_are_needed_only_for_what_is_shared() {
    let needed = |level| {
        let needed = products_needed(&example::profile(), &example::at_level(level), NOW);
        needed.iter().map(|product| product.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert!(needed(SharingLevel::Present).is_empty());
    assert_eq!(needed(SharingLevel::Wishes), ["coat", "shirt"]);
    assert_eq!(
        needed(SharingLevel::Purchases),
        ["coat", "shirt", "socks", "soap"]
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(needed(SharingLevel::Browsing).len(), 5);
}

#[test]
fn shelves_that_are_needed_are_those_that_the_shared_profile_names() {
    let profile = example::profile();
    for consent in example::all_levels() {
        let known = shared(&profile, |field| consent.shows(field, NOW));
        assert_eq!(products_needed(&profile, &consent, NOW), products_of(&known, |_| true), "{consent:?}");
    }
}

#[test]
fn the_number_of_shelves_is_bounded_and_wishes_come_first() {
    let mut profile = example::profile();
    let template = profile.bought[0].clone();
    profile.bought = (0..2_000)
        .map(|number| Bought {
            product: ProductId::new(format!("p{number:04}")).unwrap(),
            times: number,
            ..template.clone()
        })
        .collect();
    let needed = products_needed(&profile, &example::everything(), NOW);
    assert_eq!(needed.len(), MAX_PRODUCTS);
    let has = |id: &str| needed.contains(&ProductId::new(id).unwrap());
    assert!(has("coat") && has("shirt") && has("p1999") && !has("p0000"), "then what is bought most often");
}

#[test]
fn a_wish_for_help_belongs_to_its_visit() {
    let visit = example::visit();
    let wanted = |since| {
        let customer =
            Customer { help_since: Some(since), consent: example::everything(), ..example::customer() };
        help_wanted(NOW, &visit, &customer)
    };
    let early = visit.began - HELP_BEFORE_VISIT;
    assert_eq!(wanted(early), Some(early), "asked on the way here");
    assert_eq!(wanted(early - Duration::from_millis(1)), None, "of an earlier visit");
    assert_eq!(wanted(NOW + Duration::from_millis(1)), None, "from the future");
}

#[test]
fn what_was_bought_silences_whatever_is_shared_and_what_is_here_is_known() {
    let all = gather(example::everything(), true);
    let id = |text: &str| ProductId::new(text).unwrap();
    assert!(all.bought_since(&id("soap"), NOW - Duration::from_secs(86_400 * 30)));
    let wishes = gather(example::at_level(SharingLevel::Wishes), true);
    assert!(wishes.bought_since(&id("soap"), Timestamp::EPOCH), "to keep silent about it");
    assert!(wishes.elements().iter().all(|element| !element.value.reveal().contains("soap")), "and not told");
    assert!(all.is_here(&id("coat")));
    assert!(!all.is_here(&id("hat")), "none left");
    let nothing = Shelf { product: Product::new(id("x"), "", ""), stock: None };
    assert_eq!(nothing.stock, None);
    assert!(!all.is_here(&id("x")));
}

#[test]
fn a_wish_that_stands_is_one_of_an_open_visit_or_of_the_way_to_it() {
    let visit = example::visit();
    let open = [visit.clone()];
    let long_ago = visit.began - HELP_BEFORE_VISIT - Duration::from_millis(1);
    let later = visit.began + Duration::from_secs(3 * 3_600);
    assert!(help_stands(visit.began, later, &open), "of hours ago in the same visit");
    assert!(!help_stands(visit.began, later, &[]), "nobody is there");
    assert!(!help_stands(long_ago, later, &open), "of an earlier visit");
    assert!(help_stands(NOW - HELP_BEFORE_VISIT, NOW, &[]), "on the way");
    assert!(!help_stands(NOW + Duration::from_millis(1), NOW, &open), "from the future");
}

#[test]
fn a_wish_ends_with_the_visit_that_it_was_for() {
    let open = example::visit();
    assert!(!help_ended(open.began, &open), "not before the end");
    let ended = open.began + Duration::from_secs(600);
    let visit = Visit { ended: Some(ended), last_heard: ended, ..open };
    assert!(help_ended(visit.began, &visit) && help_ended(visit.began - HELP_BEFORE_VISIT, &visit));
    assert!(!help_ended(ended + Duration::from_millis(1), &visit), "asked since: for the next one");
    assert!(!help_ended(visit.began - HELP_BEFORE_VISIT - Duration::from_millis(1), &visit));
}

#[test]
fn a_product_is_called_as_the_last_one_who_is_believed_and_whose_fact_is_shared_called_it() {
    let coat = ProductId::new("unlisted").unwrap();
    let called = |name: &str, days, source| Item {
        name: Some(name.to_owned()),
        source,
        ..example::item("unlisted", None, example::days_ago(days))
    };
    let profile = Profile {
        wish_list: vec![called("Coat", 9, Source::Web)],
        cart: vec![called("Coat, long", 5, Source::Till)],
        viewed: vec![called("Call me", 1, Source::Page), called("Old coat", 30, Source::Web)],
        ..Profile::default()
    };
    let name = |level| {
        let customer = Customer { consent: example::at_level(level), ..example::customer() };
        let visit = example::visit();
        let told = Situation::gather(NOW, &visit, &customer, &profile, Around::default(), true);
        told.told_name(&coat).map(str::to_owned)
    };
    assert_eq!(name(SharingLevel::Browsing).as_deref(), Some("Coat, long"), "no page's word");
    assert_eq!(name(SharingLevel::Present), None, "nothing of it is shared");
}

#[test]
fn every_element_names_the_consent_that_allows_it() {
    for consent in example::all_levels() {
        for confirmed in [false, true] {
            let situation = gather(consent, confirmed);
            for element in situation.elements() {
                let Some(field) = element.field else { continue };
                assert!(situation.shares.contains(&field), "{element:?} of {consent:?}, {confirmed}");
                assert!(element.at.is_none_or(|at| at <= NOW));
            }
            for act in situation.online() {
                assert!(situation.shares.contains(&act.field), "{act:?} of {consent:?}, {confirmed}");
            }
        }
    }
}

#[test]
fn a_situation_says_what_it_does_not_know() {
    let of = |level, confirmed| gather(example::at_level(level), confirmed).unknown();
    let met = of(SharingLevel::Wishes, true);
    assert!(met.contains(&Unknown::NotShared(Field::Orders)));
    assert!(met.contains(&Unknown::NotTold(Field::Designs)));
    assert!(!met.contains(&Unknown::NotTold(Field::WishList)) && met.contains(&Unknown::LocalTime));
    let before = of(SharingLevel::Wishes, false);
    assert!(before.contains(&Unknown::NotMet(Field::WishList)));
    assert!(before.contains(&Unknown::NotShared(Field::Orders)));
}

#[test]
fn online_life_begins_where_somebody_was_last_in_a_shop() {
    let situation = gather(example::everything(), true);
    // The order of thirty days ago was paid at a till.
    assert_eq!(situation.last_in_shop(), Some(example::days_ago(30)));
    let acts: Vec<_> = situation.online().into_iter().map(|act| (act.field, act.at)).collect();
    let [boots, shirt, coat] = [1, 2, 9].map(example::days_ago);
    assert_eq!(acts, [(Field::Viewed, boots), (Field::Cart, shirt), (Field::WishList, coat)]);
    let wishes = gather(example::at_level(SharingLevel::Wishes), true);
    assert_eq!(wishes.last_in_shop(), None, "purchases are not shared");
    assert_eq!(wishes.online().len(), 2);
}

#[test]
fn what_waits_is_called_by_the_name_of_its_product() {
    let line =
        OrderLine { product: example::product("cape"), name: Some("Cape".into()), size: None, quantity: 1 };
    let service = Service { lines: vec![line], ..example::service("k1", ServiceKind::PickUp) };
    let profile = Profile { services: vec![service], ..Profile::default() };
    let needed = products_needed(&profile, &example::everything(), NOW);
    assert!(needed.contains(&example::product("cape")), "{needed:?}");
    let around = Around::of(BTreeMap::new());
    let told = Situation::gather(NOW, &example::visit(), &example::customer(), &profile, around, true);
    assert_eq!(told.told_name(&example::product("cape")), Some("Cape"));
}
