use std::collections::BTreeSet;

use proptest::prelude::*;
use shopbell_domain::rights::RegulationNumber;
use shopbell_durable::KeyError;

use super::{decode::InvalidKey, *};

fn mark(byte: u8) -> Mark {
    Mark([byte; 16])
}

fn one_of_each() -> Vec<Key> {
    let store = StoreId::new("lyon").unwrap();
    let agent = AgentId::new("lyon-1").unwrap();
    let product = ProductId::new("p-9").unwrap();
    let (boot, visit, at) = (BootId(0x0102), VisitId(0x0A0B), Timestamp::from_millis(0x1122));
    let (customer, what) = (mark(1), LoggedKind::Remark);
    let entry = Logged { number: 0x0708, at, customer, visit, what };
    vec![
        Key::HighWater { agent: agent.clone(), boot },
        Key::Presences { store: store.clone(), received: at, agent, boot, first: 7 },
        Key::Visit { id: visit },
        Key::OpenVisit { store: store.clone(), visit },
        Key::EndedVisit { store: store.clone(), ended: at, visit },
        Key::VisitOf { customer: mark(1), visit },
        Key::Anonymous { store: store.clone(), hour: at },
        Key::Customer { customer: mark(1) },
        Key::Phone { phone: mark(1) },
        Key::PhoneOf { customer: mark(1), phone: mark(2) },
        Key::Product { id: product.clone() },
        Key::Stock { store, product },
        Key::Sku { sku: Sku::new("12/é").unwrap() },
        Key::Look { customer: mark(1), at, associate: mark(2), visit, what: LookKind::GreetedTakenBack },
        Key::Logged(entry),
        Key::LoggedOf(entry),
        Key::Consent { customer: mark(1), at, number: 0x0102 },
        Key::Contest { phone: mark(1) },
        Key::Recovered,
        Key::Restored,
        Key::LastVisit { customer: mark(1) },
        Key::Layout,
        Key::Doomed { key: KeyId { slot: 1, generation: 2 } },
        Key::Epoch { key: KeyId { slot: 1, generation: 2 } },
        Key::Suppressed { who: mark(1), by: mark(2) },
        Key::Suppresses { by: mark(1), who: mark(2) },
        Key::Seen { message: mark(3) },
        Key::Waiting { number: InboxNumber(0x0102_0304), count: 12 },
        Key::Failed { number: InboxNumber(0x0102_0304) },
        Key::Settled,
        Key::Event { home: mark(1), at, event: mark(3) },
        Key::Evidence { a: mark(1), b: mark(2), at, event: mark(3) },
        Key::EvidenceOf { event: mark(3), a: mark(1), b: mark(2) },
        Key::Pair { a: mark(1), b: mark(2) },
        Key::PairOf { b: mark(1), a: mark(2) },
        Key::Counted { end: mark(1), kinds: [5, 0], at, event: mark(3), other: mark(2) },
        Key::EventDecisions { event: mark(3) },
        Key::PairDecisions { a: mark(1), b: mark(2) },
        Key::DecisionOn { identifier: mark(1), what: [7; 16] },
        Key::Found { identifier: mark(1) },
        Key::View { customer: mark(1) },
        Key::FoldState { customer: mark(1) },
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
    let [one, two, name] = [1, 2, 3].map(|byte| hex::encode([byte; 16]));
    let of = |tag: &str| format!("{tag}{one}");
    let sealing_key = "000000010000000000000002";
    let expected = [
        format!("686c796f6e2d310001{boot}"),
        format!("656c796f6e000180000000000011226c796f6e2d310001{boot}0000000000000007"),
        format!("76{visit}"),
        format!("6f6c796f6e0001{visit}"),
        format!("646c796f6e00018000000000001122{visit}"),
        format!("77{one}{visit}"),
        "616c796f6e00018000000000001122".to_owned(),
        of("63"),
        of("66"),
        format!("50{one}{two}"),
        "70702d390001".to_owned(),
        "736c796f6e0001702d390001".to_owned(),
        "4b31322fc3a90001".to_owned(),
        format!("6c{one}7fffffffffffeedd{two}{visit}02"),
        format!("4f00000000000007088000000000001122{one}{visit}02"),
        format!("57{one}{visit}0000000000000708800000000000112202"),
        format!("43{one}80000000000011220102"),
        of("78"),
        "21".to_owned(),
        "3c".to_owned(),
        of("4c"),
        "23".to_owned(),
        format!("2d{sealing_key}"),
        format!("45{sealing_key}"),
        format!("47{one}{two}"),
        format!("48{one}{two}"),
        format!("6d{name}"),
        "690000000001020304000c".to_owned(),
        "580000000001020304".to_owned(),
        "6e".to_owned(),
        format!("67{one}8000000000001122{name}"),
        format!("6a{one}{two}8000000000001122{name}"),
        format!("6b{name}{one}{two}"),
        format!("71{one}{two}"),
        format!("51{one}{two}"),
        format!("75{one}05008000000000001122{name}{two}"),
        format!("79{name}"),
        format!("7a{one}{two}"),
        format!("44{one}{}", "07".repeat(16)),
        of("46"),
        of("74"),
        of("54"),
        of("53"),
        "5204000000000000000700000003".to_owned(),
        "2b62633100010002".to_owned(),
    ];
    assert_eq!(found, expected);
}

/// As they all stood before several shared a record.
#[test]
fn one_waiting_message_stands_without_a_count() {
    let key = Key::Waiting { number: InboxNumber(0x0102_0304), count: 1 };
    assert_eq!(hex::encode(key.encode()), "690000000001020304");
    assert_eq!(Key::decode(&key.encode()).unwrap(), key);
    assert_eq!(Key::decode(b"i\0\0\0\0\0\0\0\x09\0\x01").unwrap_err(), InvalidKey::Value);
}

#[test]
fn foreign_bytes_are_refused_by_name() {
    assert_eq!(Key::decode(b"").unwrap_err().to_string(), "the key ends inside a field");
    assert_eq!(Key::decode(b"?x").unwrap_err().to_string(), "no kind of record has the tag 0x3f");
    assert_eq!(Key::decode(b"sa b\0\x01p\0\x01").unwrap_err(), InvalidKey::Value);
    assert_eq!(Key::decode(b"f0123456789abcdefx").unwrap_err(), InvalidKey::Fields(KeyError::Long));
}

#[test]
fn a_fingerprint_is_short() {
    let key = Key::View { customer: mark(9) };
    let text = key.fingerprint().to_string();
    assert!(text.starts_with("view #") && text.len() == "view #".len() + 8, "{text}");
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
            customer: mark(1),
            at: Timestamp::from_millis(at),
            associate: mark(2),
            visit: VisitId(1),
            what: LookKind::CardOpened,
        };
        prop_assert_eq!(key(a).encode().cmp(&key(b).encode()), b.cmp(&a));
        prop_assert_eq!(Key::decode(&key(a).encode()).unwrap(), key(a));
    }
}
