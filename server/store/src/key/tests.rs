use std::collections::BTreeSet;

use proptest::prelude::*;
use shopbell_domain::{
    id::{MessageId, SourceId},
    rights::RegulationNumber,
};
use shopbell_durable::KeyError;

use super::{decode::InvalidKey, *};

fn mark(byte: u8) -> Mark {
    Mark([byte; 16])
}

fn event() -> EventId {
    EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m1").unwrap() }
}

fn one_of_each() -> Vec<Key> {
    let store = StoreId::new("lyon").unwrap();
    let agent = AgentId::new("lyon-1").unwrap();
    let customer = CustomerId::new("c1").unwrap();
    let product = ProductId::new("p-9").unwrap();
    let (boot, visit, at) = (BootId(0x0102), VisitId(0x0A0B), Timestamp::from_millis(0x1122));
    vec![
        Key::HighWater { agent: agent.clone(), boot },
        Key::Presences { store: store.clone(), received: at, agent, boot, first: 7 },
        Key::Visit { id: visit },
        Key::OpenVisit { store: store.clone(), visit },
        Key::EndedVisit { store: store.clone(), ended: at, visit },
        Key::VisitOf { customer: customer.clone(), visit },
        Key::Anonymous { store: store.clone(), hour: at },
        Key::Customer { id: customer.clone() },
        Key::Phone { phone: PhoneId(0x0102_0304_0506_0708) },
        Key::Profile { customer: customer.clone() },
        Key::Order { customer: customer.clone(), order: OrderId::new("o-1").unwrap() },
        Key::Product { id: product.clone() },
        Key::Stock { store, product },
        Key::Sku { sku: Sku::new("12/é").unwrap() },
        Key::Look {
            customer,
            at,
            associate: AssociateId::new("ana").unwrap(),
            visit,
            what: LookKind::GreetedTakenBack,
        },
        Key::Consent { customer: CustomerId::new("c1").unwrap(), at, number: 0x0102 },
        Key::Contest { phone: PhoneId(0x0102_0304_0506_0708) },
        Key::Recovered,
        Key::Restored,
        Key::LastVisit { customer: CustomerId::new("c1").unwrap() },
        Key::Seen {
            event: EventId {
                source: SourceId::new("web").unwrap(),
                message: MessageId::new("ajs 1/é").unwrap(),
            },
        },
        Key::Waiting { number: InboxNumber(0x0102_0304) },
        Key::Failed { number: InboxNumber(0x0102_0304) },
        Key::Settled,
        Key::Event { home: mark(1), at, event: event() },
        Key::Evidence { a: mark(1), b: mark(2), at, event: event() },
        Key::EvidenceOf { event: event() },
        Key::Pair { a: mark(1), b: mark(2) },
        Key::Counted { end: mark(1), kinds: [5, 0], at, event: event(), other: mark(2) },
        Key::EventDecisions { event: event() },
        Key::PairDecisions { a: mark(1), b: mark(2) },
        Key::DecisionOn { identifier: mark(1), what: [7; 16] },
        Key::Found { identifier: mark(1) },
        Key::View { customer: CustomerId::new("c1").unwrap() },
        Key::FoldState { customer: CustomerId::new("c1").unwrap() },
        Key::Stale { identifier: mark(1) },
        Key::Rights(RightsKey::Plan { of: RegulationNumber(7), index: 3 }),
        Key::Part { of: b"bc1\0\x01".to_vec(), index: 2 },
    ]
}

#[test]
fn every_kind_reads_back_and_has_a_tag_of_its_own() {
    let keys = one_of_each();
    let tags: BTreeSet<u8> = keys.iter().map(|key| key.encode()[0]).collect();
    assert_eq!(tags.len(), keys.len());
    for key in keys {
        assert_eq!(Key::decode(&key.encode()).unwrap(), key);
    }
}

/// Keys of stores in the field: a change here needs a migration.
#[test]
fn layouts_are_those_on_disk() {
    let found: Vec<String> = one_of_each().iter().map(|key| hex::encode(key.encode())).collect();
    let boot = "00000000000000000000000000000102";
    let visit = "00000000000000000000000000000a0b";
    let (one, two, name) = ("01".repeat(16), "02".repeat(16), "77656200016d310001");
    let expected = [
        format!("686c796f6e2d310001{boot}"),
        format!("656c796f6e000180000000000011226c796f6e2d310001{boot}0000000000000007"),
        format!("76{visit}"),
        format!("6f6c796f6e0001{visit}"),
        format!("646c796f6e00018000000000001122{visit}"),
        format!("7763310001{visit}"),
        "616c796f6e00018000000000001122".to_owned(),
        "6363310001".to_owned(),
        "660102030405060708".to_owned(),
        "6263310001".to_owned(),
        "72633100016f2d310001".to_owned(),
        "70702d390001".to_owned(),
        "736c796f6e0001702d390001".to_owned(),
        "4b31322fc3a90001".to_owned(),
        format!("6c633100017fffffffffffeedd616e610001{visit}02"),
        "436331000180000000000011220102".to_owned(),
        "780102030405060708".to_owned(),
        "21".to_owned(),
        "3c".to_owned(),
        "4c63310001".to_owned(),
        "6d7765620001616a7320312fc3a90001".to_owned(),
        "690000000001020304".to_owned(),
        "580000000001020304".to_owned(),
        "6e".to_owned(),
        format!("67{one}8000000000001122{name}"),
        format!("6a{one}{two}8000000000001122{name}"),
        format!("6b{name}"),
        format!("71{one}{two}"),
        format!("75{one}05008000000000001122{name}{two}"),
        format!("79{name}"),
        format!("7a{one}{two}"),
        format!("44{one}{}", "07".repeat(16)),
        format!("46{one}"),
        "7463310001".to_owned(),
        "5463310001".to_owned(),
        format!("53{one}"),
        "5204000000000000000700000003".to_owned(),
        "2b62633100010002".to_owned(),
    ];
    assert_eq!(found, expected);
}

/// A change here loses all that is kept under identifiers.
#[test]
fn a_mark_stands_for_an_identifier_for_ever() {
    use shopbell_domain::identity::IdentifierKind;
    let mark = Mark::of(&Identifier::new(IdentifierKind::Email, "Camille@Example.com").unwrap());
    assert_eq!(hex::encode(mark.0), "eb1352c4c3be62cde6728292822b74d8");
}

#[test]
fn foreign_bytes_are_refused_by_name() {
    assert_eq!(Key::decode(b"").unwrap_err().to_string(), "the key ends inside a field");
    assert_eq!(Key::decode(b"?x").unwrap_err().to_string(), "no kind of record has the tag 0x3f");
    assert_eq!(Key::decode(b"ca b\0\x01").unwrap_err(), InvalidKey::Value);
    assert_eq!(Key::decode(b"f12345678x").unwrap_err(), InvalidKey::Fields(KeyError::Long));
}

#[test]
fn a_fingerprint_does_not_name_the_customer() {
    let key = Key::Profile { customer: CustomerId::new("demo-camille").unwrap() };
    let text = key.fingerprint().to_string();
    assert!(text.starts_with("profile #") && text.len() == "profile #".len() + 8, "{text}");
}

proptest! {
    #[test]
    fn any_bytes_decode_without_panic_and_encode_to_themselves(bytes: Vec<u8>) {
        if let Ok(key) = Key::decode(&bytes) {
            prop_assert_eq!(key.encode(), bytes);
        }
    }

    #[test]
    fn looks_stand_newest_first(a: i64, b: i64) {
        let key = |at| Key::Look {
            customer: CustomerId::new("c").unwrap(),
            at: Timestamp::from_millis(at),
            associate: AssociateId::new("ana").unwrap(),
            visit: VisitId(1),
            what: LookKind::CardOpened,
        };
        prop_assert_eq!(key(a).encode().cmp(&key(b).encode()), b.cmp(&a));
        prop_assert_eq!(Key::decode(&key(a).encode()).unwrap(), key(a));
    }
}
