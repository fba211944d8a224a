//! What was paid in the course of a visit. The rest of a card stands in the consent matrix of the server's own tests.

use shopbell_domain::{
    consent::{Channel, Consent, Decision, Purpose, Sharing, SharingLevel, Use},
    id::{CustomerId, OrderId, ProductId, StoreId, VisitId},
    money::Money,
    profile::{Address, Profile, Source},
    redacted::Redacted,
    situation::Around,
    visit::TillOrder,
};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

fn told(consent: Consent, confirmed: bool) -> (bool, bool) {
    let (id, store) = (CustomerId::new("c1").unwrap(), StoreId::new("lyon").unwrap());
    let customer = Customer {
        id: id.clone(),
        name: Redacted::default(),
        consent,
        help_since: None,
        consented_since: Timestamp::EPOCH,
    };
    let total = Money { minor: 7_000_001, currency: "EUR".parse().unwrap() };
    let order =
        TillOrder { order: OrderId::new("o-canary").unwrap(), at: NOW, total: Some(total), pieces: 3 };
    let visit = Visit { orders: vec![order], ..Visit::new(VisitId(1), id, store, NOW) };
    let text = format!("{:?}", visit_orders(&visit, &customer, confirmed, NOW));
    (text.contains("o-canary"), text.contains("7000001"))
}

fn at_level(level: u8) -> Consent {
    let level = SharingLevel::from_number(level).unwrap();
    Sharing { level, ..Sharing::default() }.into()
}

#[test]
fn orders_of_the_visit_are_told_where_orders_are_shared_and_amounts_where_their_details_are() {
    for level in 0..=5 {
        let shared = level >= 4;
        assert_eq!(told(at_level(level), true), (shared, shared), "level {level}");
        assert_eq!(told(at_level(level), false), (false, false), "level {level}, not confirmed");
    }
    let without = |field| {
        let refused = Use { purpose: Purpose::Advise, channel: Channel::Tablet, field };
        told(Decision::refuse([refused]).after(at_level(5)), true)
    };
    assert_eq!(without(Field::Orders), (false, false));
    assert_eq!(without(Field::OrderDetails), (true, false));
    let paused = Consent { paused_until: Some(NOW + std::time::Duration::from_secs(1)), ..at_level(5) };
    assert_eq!(told(paused, true), (false, false));
}

/// The backend told "Coat", and no catalogue knows the product.
#[test]
fn a_product_that_the_catalogue_does_not_know_has_the_name_that_was_told() {
    let (id, store) = (CustomerId::new("c1").unwrap(), StoreId::new("lyon").unwrap());
    let customer = Customer {
        id: id.clone(),
        name: Redacted::default(),
        consent: at_level(5),
        help_since: None,
        consented_since: Timestamp::EPOCH,
    };
    let visit = Visit::new(VisitId(1), id, store, NOW);
    let phrases = Phrases::load().unwrap();
    let product = ProductId::new("p1").unwrap();
    let named = |told: Option<&str>, source: Source| {
        let item = shopbell_domain::profile::Item {
            product: product.clone(),
            name: told.map(str::to_owned),
            size: None,
            quantity: 1,
            at: NOW,
            source,
        };
        let profile = Profile { wish_list: vec![item], ..Profile::default() };
        let situation = Situation::gather(NOW, &visit, &customer, &profile, Around::default(), true);
        let words = Words::new(&phrases, Language::English, Address::Formal, &situation);
        words.name(&product, source)
    };
    assert_eq!(named(Some("Coat"), Source::Web), "Coat");
    assert_eq!(named(None, Source::Web), "p1");
    assert_ne!(named(Some("Call 555"), Source::Page), "Call 555", "a page may be anybody");
}
