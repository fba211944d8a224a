//! The contract of what is kept and no other port tells.

use shopbell_domain::{
    event::EventId,
    id::{AgentId, BootId, MessageId, PhoneId, SourceId, VisitId},
    inbox::{Failure, Inbox, Message},
    ports::{Customers, Ledger, LedgerEntry, RecordedPresence},
    presence::PresenceKind,
    redacted::Redacted,
    rights::port::Kept,
    signal::{Carrier, Dbm},
    visit::Visit,
};

use crate::world::{World, at, customer, is_whole, lyon};

contract!(phones_of_a_customer, presences_of_a_customer, failed_messages_are_dropped);

async fn phones_of_a_customer(world: &mut impl World) {
    let store = world.open();
    let (anna, ben) = (customer("anna"), customer("ben"));
    assert_eq!(store.phones_of(&anna).await.unwrap(), []);
    for (owner, phones) in [(&anna, [7, 3]), (&ben, [5, 9])] {
        store.put_customer(owner, Redacted::default()).await.unwrap();
        for phone in phones {
            store.put_phone(PhoneId(phone), owner).await.unwrap();
        }
    }
    store.revoke_phone(PhoneId(3)).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(store.phones_of(&anna).await.unwrap(), [PhoneId(3), PhoneId(7)]);
    assert_eq!(store.phones_of(&ben).await.unwrap(), [PhoneId(5), PhoneId(9)]);
    is_whole(&store).await;
}

fn presence(sequence: u64, name: &str, visit: VisitId) -> RecordedPresence {
    RecordedPresence {
        agent: AgentId::new("lyon-1").unwrap(),
        boot: BootId(1),
        sequence,
        customer: customer(name),
        kind: PresenceKind::Entered,
        observed: at(1_000 - i64::try_from(sequence).unwrap()),
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceData,
        visit,
    }
}

async fn presences_of_a_customer(world: &mut impl World) {
    let store = world.open();
    for name in ["anna", "ben"] {
        store.put_customer(&customer(name), Redacted::default()).await.unwrap();
    }
    let presences = vec![
        presence(1, "anna", VisitId(1)),
        presence(2, "ben", VisitId(2)),
        presence(3, "anna", VisitId(1)),
    ];
    let visits = vec![
        Visit::new(VisitId(1), customer("anna"), lyon(), at(1)),
        Visit::new(VisitId(2), customer("ben"), lyon(), at(1)),
    ];
    let entry = LedgerEntry {
        store: lyon(),
        agent: AgentId::new("lyon-1").unwrap(),
        boot: BootId(1),
        high_water: 3,
        received: at(2_000),
        presences: presences.clone(),
        visits,
        anonymous: Vec::new(),
    };
    store.record(entry).await.unwrap();
    drop(store);

    let store = world.open();
    let of_anna = [presences[2].clone(), presences[0].clone()];
    assert_eq!(store.presences_of(&customer("anna")).await.unwrap(), of_anna, "by time");
    assert_eq!(store.presences_of(&customer("nobody")).await.unwrap(), []);
    is_whole(&store).await;
}

async fn failed_messages_are_dropped(world: &mut impl World) {
    let store = world.open();
    let failure = Failure { reason: "x".to_owned(), field: String::new(), explanation: String::new() };
    let message = |name: &str| Message {
        id: EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(name).unwrap() },
        received: at(1),
        sent: None,
        privacy_control: false,
        body: Redacted::new(b"{}".to_vec()),
    };
    let failed = ["a", "b", "c"].map(|name| (message(name), failure.clone())).to_vec();
    store.accept_failed(failed).await.unwrap();
    let numbers: Vec<_> = store.failed(None, 9).await.unwrap().iter().map(|failed| failed.number).collect();
    assert_eq!(store.drop_failed(vec![numbers[0], numbers[2]]).await.unwrap(), 2);
    assert_eq!(store.drop_failed(vec![numbers[0]]).await.unwrap(), 0, "once");
    drop(store);

    let store = world.open();
    let left: Vec<_> = store.failed(None, 9).await.unwrap().iter().map(|failed| failed.number).collect();
    assert_eq!(left, [numbers[1]]);
    is_whole(&store).await;
}
