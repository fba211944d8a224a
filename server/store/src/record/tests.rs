use std::fmt::Debug;

use shopbell_domain::{
    consent::{Field, Sharing, SharingLevel},
    event::{Action, EventId, Line, Origin},
    holdout::Arm,
    id::{AssociateId, MessageId, OrderId, PhoneId, ProductId, SourceId, StoreId, ZoneId},
    identity::{Retraction, port::Withdrawal},
    outlook::{Outlook, Prospect},
    ports::LookKind,
    profile::{Source, View},
    redacted::Redacted,
    showing::{Candidate, Element, Entry, Fate, Remark, Said, Showing, Texts},
    situation::Unknown,
    starter::{StarterKind, Verdict},
    token::{PresenceToken, Window},
    visit::{LivePresence, Outcome, TillOrder, ZoneStay},
};

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn key() -> Key {
    Key::Customer { customer: crate::key::Mark([1; 16]) }
}

fn anna() -> CustomerId {
    CustomerId::new("anna").unwrap()
}

fn product() -> ProductId {
    ProductId::new("p1").unwrap()
}

fn a_visit() -> Visit {
    let zone = ZoneId::new("door").unwrap();
    let live = LivePresence {
        agent: AgentId::new("lyon-1").unwrap(),
        boot: BootId(7),
        token: PresenceToken([5; 16]),
        zone: zone.clone(),
        heard: at(900),
        rssi: -61,
    };
    let order = TillOrder { order: OrderId::new("o1").unwrap(), at: at(850), total: None, pieces: 2 };
    Visit {
        last_heard: at(900),
        ended: Some(at(900)),
        stays: vec![ZoneStay { zone, from: at(800), to: at(900) }],
        live: vec![live],
        greeted: vec![AssociateId::new("zoe").unwrap()],
        feedback: vec![("cart-left/p1".into(), Verdict::NotNow)],
        outcome: Some(Outcome::Talked),
        withdrawn: Some(at(950)),
        merged_into: Some(VisitId(3)),
        orders: vec![order],
        ..Visit::new(VisitId(2), anna(), StoreId::new("lyon").unwrap(), at(800))
    }
}

/// Bytes of a record, which reads back.
#[track_caller]
fn hex_of<R: Record + PartialEq + Debug>(record: &R) -> String {
    let value = encode(&key(), record).unwrap();
    assert_eq!(decode::<R>(&key(), &value).unwrap(), *record);
    hex::encode(value)
}

/// Holds bytes that are on disks.
#[track_caller]
fn hold(found: &[String], expected: &[&str]) {
    assert_eq!(found, expected, "a layout changed: raise its VERSION, and read the former one too");
}

#[test]
fn small_records_have_the_bytes_on_disk() {
    let row = PresenceRow {
        sequence: 4,
        customer: anna(),
        kind: PresenceKind::Left,
        observed: at(1_000),
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceUuid,
        visit: VisitId(2),
    };
    let found = [
        hex_of(&HighWaterRecord { sequence: 300, received: at(-2) }),
        hex_of(&IndexRecord),
        hex_of(&CountRecord(300)),
        hex_of(&PhoneRecord { revoked: true, owner: Some(Sealed::of(vec![7, 8])) }),
        hex_of(&OwnerRecord { phone: PhoneId(5), customer: anna() }),
        hex_of(&PresencesRecord(vec![SealedRow { sequence: 4, row: Sealed::of(vec![7, 8]) }])),
        hex_of(&row),
        hex_of(&ContestRecord {
            phone: PhoneId(5),
            contest: Contest { first: Window(300), last: Window(301) },
        }),
        hex_of(&LayoutRecord { vault: [1; 16] }),
        hex_of(&RecoveredRecord { at: at(7) }),
        hex_of(&Product::new(product(), "Robe", "dresses")),
        hex_of(&StockRecord(vec![Stock::new(Some("38".into()), 2, at(3))])),
    ];
    hold(
        &found,
        &[
            "01ac0203",
            "01",
            "01ac02",
            "020101020708",
            "010504616e6e61",
            "020104020708",
            "010404616e6e6102d00fc40102",
            "0105ac02ad02",
            "0401010101010101010101010101010101",
            "010e",
            "0202703104526f6265076472657373657300000000000000",
            "020101023338020600",
        ],
    );
}

#[test]
fn records_of_people_have_the_bytes_on_disk() {
    let sharing = Sharing { level: SharingLevel::Purchases, greet_by_name: true, alone_until: Some(at(9)) };
    let look = Look {
        at: at(10),
        store: StoreId::new("lyon").unwrap(),
        associate: AssociateId::new("zoe").unwrap(),
        customer: anna(),
        visit: VisitId(2),
        what: LookKind::CardOpened,
    };
    let found = [
        hex_of(&Customer {
            id: anna(),
            name: Redacted::new("Anna".into()),
            consent: sharing.into(),
            help_since: Some(at(8)),
            consented_since: at(7),
        }),
        hex_of(&a_visit()),
        hex_of(&look),
    ];
    hold(
        &found,
        &[
            "0304616e6e6104416e6e61040101120000000000000001100e",
            "020204616e6e61046c796f6ec00c880e01880e0104646f6f72c00c880e01066c796f6e2d310705050505050505\
         05050505050505050504646f6f72880ec301037a6f65010c636172742d6c6566742f7031010101a09c010001ec\
         0e010301026f31a40d0002",
            "0114046c796f6e037a6f6504616e6e610202",
        ],
    );
}

fn a_showing() -> Showing {
    let element = Element {
        what: "wish".into(),
        value: Redacted::new("coat".into()),
        at: Some(at(9)),
        source: Some(Source::Till),
        field: Some(Field::WishList),
    };
    let candidate = |fate| Candidate {
        id: "cart-left/p1".into(),
        kind: StarterKind::CartLeft,
        product: Some(product()),
        facts: vec![element.clone()],
        texts: Some(Texts { say: Redacted::new("s".into()), reason: Redacted::new("r".into()) }),
        score: Some(0.5),
        features: vec![0.0, 1.0],
        fate,
    };
    Showing {
        at: at(10),
        customer: anna(),
        visit: VisitId(2),
        store: StoreId::new("lyon").unwrap(),
        arm: Arm::Holdout,
        moment: "pause".into(),
        charter: 300,
        model: 301,
        seed: 302,
        speech: "fr".into(),
        elements: vec![element.clone()],
        unknown: vec![Unknown::NotShared(Field::Cart), Unknown::Stock(4)],
        outlook: vec![Outlook {
            prospect: Prospect::BuyWished,
            probability: 0.5,
            grounds: vec![("hour".into(), 1.0)],
        }],
        weights: vec![0.5, 0.25],
        candidates: vec![
            candidate(Fate::Shown { slot: 1, here: 0.25, anywhere: 0.5 }),
            candidate(Fate::Suppressed { rule: "NoRoom".into() }),
        ],
        further: 3,
    }
}

#[test]
fn entries_of_the_log_of_showings_have_the_bytes_on_disk() {
    let store = StoreId::new("lyon").unwrap();
    let associate = AssociateId::new("zoe").unwrap();
    let said = Said::OfStarter { starter: "cart-left/p1".into(), verdict: Some(Verdict::Wrong) };
    let remark = Remark { at: at(10), customer: anna(), visit: VisitId(2), store, associate, said };
    let of_visit = Remark { said: Said::OfVisit(Some(Outcome::Talked)), ..remark.clone() };
    let found = [
        hex_of(&Entry::Showing(Box::new(a_showing()))),
        hex_of(&Entry::Remark(remark)),
        hex_of(&Entry::Remark(of_visit.clone())),
        hex_of(&ShortRecord(Entry::Remark(of_visit))),
    ];
    hold(
        &found,
        &[
            "02001404616e6e6102046c796f6e01057061757365ac02ad02ae0202667201047769736804636f61740112010101\
             0602000905040103000000000000e03f0104686f7572000000000000f03f02000000000000e03f000000000000d0\
             3f020c636172742d6c6566742f703109636172742d6c6566740102703101047769736804636f6174011201010106\
             010173017201000000000000e03f020101000000000000f03f0001000000000000d03f000000000000e03f0c6361\
             72742d6c6566742f703109636172742d6c6566740102703101047769736804636f61740112010101060101730172\
             01000000000000e03f020101000000000000f03f01064e6f526f6f6d03",
            "02011404616e6e6102046c796f6e037a6f65000c636172742d6c6566742f70310103",
            "02011404616e6e6102046c796f6e037a6f65010101",
            "02011404616e6e6102046c796f6e037a6f65010101",
        ],
    );
}

/// Of a customer who shares everything, with all that a card of such people holds.
#[test]
fn an_entry_of_a_full_card_stays_small() {
    let element = |value: String| Element {
        what: "wish".into(),
        value: Redacted::new(value),
        at: Some(Timestamp::from_secs(1_790_000_000)),
        source: Some(Source::Web),
        field: Some(Field::WishList),
    };
    let text = |chars: usize| Redacted::new("x".repeat(chars));
    let candidate = |number: usize| Candidate {
        id: format!("wish-arrived/product-{number}"),
        kind: StarterKind::WishArrived,
        product: Some(product()),
        facts: vec![element(format!("Loden coat (product-{number}), 38")); 2],
        texts: (number < 3).then(|| Texts { say: text(70), reason: text(70) }),
        score: Some(0.5),
        features: (0..34).map(|place| f64::from(u8::from(place % 4 == 0)) / 2.0).collect(),
        fate: Fate::Suppressed { rule: "NoRoom".into() },
    };
    let outlook = Outlook {
        prospect: Prospect::Browse,
        probability: 0.25,
        grounds: vec![("minutes_in_zone".into(), 0.5); 4],
    };
    let showing = Showing {
        at: Timestamp::from_secs(1_790_000_000),
        customer: anna(),
        visit: VisitId(u128::MAX),
        store: StoreId::new("lyon").unwrap(),
        arm: Arm::Open,
        moment: "open: dwell".into(),
        charter: u64::MAX,
        model: u64::MAX,
        seed: u64::MAX,
        speech: "fr, informal".into(),
        elements: (0..40).map(|number| element(format!("product-{number}, size 38, loden coat"))).collect(),
        unknown: vec![Unknown::NotTold(Field::Cart); 20],
        outlook: vec![outlook; 8],
        weights: vec![0.125; 34],
        candidates: (0..12).map(candidate).collect(),
        further: 0,
    };
    let all = postcard::to_stdvec(&Entry::Showing(Box::new(showing))).unwrap().len();
    // It was 6,018 when texts, facts, outlook and weights were not kept, and every number was.
    assert!(all <= 6_400, "{all} bytes");
}

#[test]
fn records_of_the_inbox_have_the_bytes_on_disk() {
    let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m1").unwrap() };
    let message = Message {
        id,
        received: at(9),
        sent: Some(at(8)),
        privacy_control: true,
        body: Redacted::new(b"{}".to_vec()),
    };
    let failure = Failure { reason: "r".into(), field: "f".into(), explanation: "e".into() };
    let found = [
        hex_of(&message),
        hex_of(&RunRecord(vec![message.clone(), message.clone()])),
        hex_of(&FailedRecord { message, failure, at: at(10) }),
        hex_of(&SettledRecord { up_to: 300 }),
    ];
    hold(
        &found,
        &[
            "0103776562026d3112011001027b7d",
            "010203776562026d3112011001027b7d03776562026d3112011001027b7d",
            "0103776562026d3112011001027b7d01720166016514",
            "01ac02",
        ],
    );
}

#[test]
fn records_of_events_have_the_bytes_on_disk() {
    let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m1").unwrap() };
    let (a, b) = (Identifier::from(&anna()), Identifier::from(PhoneId(1)));
    let evidence = Evidence { id: id.clone(), at: at(5), a: a.clone(), b: b.clone() };
    let line = Line { size: Some("38".into()), quantity: Some(2), ..Line::of(product()) };
    let event = Event {
        id: id.clone(),
        at: at(5),
        who: vec![a.clone(), b],
        origin: Origin::Web,
        privacy_control: true,
        action: Action::WishAdded(line),
    };
    let by = Redacted::new("ana".to_owned());
    let what = Retracted::Pair(evidence.pair());
    let retraction = Retraction { what: what.clone(), by: by.clone(), at: at(7), why: by.clone() };
    let withdrawn = Some(Withdrawal { by: by.clone(), at: at(8), why: by });
    let view = View::rebuild([&event]);
    let found = [
        hex_of(&event),
        hex_of(&evidence),
        hex_of(&NameRecord(id)),
        hex_of(&PairRecord { first: Some(evidence), retracted: true }),
        hex_of(&DecisionsRecord(vec![RetractionRecord { retraction, withdrawn }])),
        hex_of(&RetractedRecord(what)),
        hex_of(&FoundRecord(Some(anna()))),
        hex_of(&IdentifierRecord(a)),
        hex_of(&ViewRecord(view.profile().clone())),
        hex_of(view.state()),
    ];
    // The number of the fold's rules is no layout.
    let state = format!("03{:02x}010a03776562026d31000000", shopbell_domain::profile::FOLD_VERSION);
    hold(
        &found,
        &[
            "0503776562026d310a020004616e6e6104103030303030303030303030303030303100010e0270310102333801020000000000",
            "0103776562026d310a0004616e6e61041030303030303030303030303030303031",
            "0103776562026d31",
            "010103776562026d310a0004616e6e6104103030303030303030303030303030303101",
            "0101010004616e6e6104103030303030303030303030303030303103616e610e03616e610103616e611003616e61",
            "01010004616e6e61041030303030303030303030303030303031",
            "010104616e6e61",
            "010004616e6e61",
            "04010270310001023338010a0000000000000001000000000000000000000000000000000000000000000000",
            &state,
        ],
    );
}

#[test]
fn a_cut_value_is_told_from_every_version() {
    assert_eq!(parts(&[CUT, 1, 2]), Some(258));
    assert_eq!(parts(&[1, 1, 2]), None);
    assert_eq!(parts(&[CUT]), None);
    assert!(
        [HighWaterRecord::VERSION, Visit::VERSION, ViewRecord::VERSION, crate::keys::SEALED]
            .iter()
            .all(|version| *version < CUT)
    );
}
