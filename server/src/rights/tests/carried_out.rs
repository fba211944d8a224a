//! What the job does with regulations.

use shopbell_domain::{
    consent::{Decision, SharingLevel, Told, port::Consents as _},
    event::{Action, port::Events as _},
    id::PhoneId,
    inbox::{Failure, Inbox as _},
    ports::{Customers as _, Profiles as _},
    rights::port::{Plan, Reason, Regulations},
};
use shopbell_vault::PublicKey;

use super::*;

const SIGNED_IN: &str = r#"{"type":"track","event":"Product Viewed","userId":"c1","anonymousId":"browser-7f3a",
    "properties":{"product_id":"coat-1","name":"secret","email":"c1@example.com"}}"#;

#[tokio::test]
async fn a_person_is_erased_whole_and_gets_a_receipt() {
    let desk = Desk::new().await;
    desk.tell("m1", SIGNED_IN).await;
    desk.played.state().phones.push((CustomerId::new("c1").unwrap(), PhoneId(17)));
    let number = desk.ask(Kind::DeleteOnly, &["c1"]).await;
    assert_eq!(desk.state(number).await, (State::Initialized, vec![]));
    desk.carry_out().await;

    let done = Outcome::Done { receipt: Some(1), records: 5 };
    assert_eq!(desk.state(number).await, (State::Finished, vec![done]));
    let (who, erasure) = desk.played.state().forgotten.only();
    let expected = [
        number_of("c1"),
        identifier(IdentifierKind::Email, "c1@example.com"),
        Identifier::from(PhoneId(17)),
        identifier(IdentifierKind::Anonymous, "browser-7f3a"),
    ];
    assert_eq!(who, expected);
    assert_eq!((erasure.reason, erasure.receipt), (Reason::Operator, 1));
    let (receipt, text) = desk.rights.last_receipt_of("c1").await.unwrap().unwrap();
    let read = PublicKey::from_hex(&desk.rights.public_key()).unwrap().verify(&text).unwrap();
    assert_eq!((receipt, read.number, read.tombstone, read.keys.len(), read.stores.len()), (1, 1, 1, 1, 2));
    assert!(desk.played.state().suppressed.is_empty(), "who comes back is a new person");
}

#[tokio::test]
async fn who_comes_by_an_address_is_found_by_it() {
    let desk = Desk::new().await;
    desk.tell("m1", SIGNED_IN).await;
    desk.ask(Kind::DeleteOnly, &["C1@example.com"]).await;
    desk.carry_out().await;
    let (who, _) = desk.played.state().forgotten.only();
    assert_eq!(who.first(), Some(&identifier(IdentifierKind::Email, "c1@example.com")));
    assert!(who.contains(&number_of("c1")));
}

/// A family's computer.
const ON_THE_FAMILYS: &str = r#"{"type":"track","event":"Product Viewed","anonymousId":"family-pc",
    "properties":{"product_id":"coat-1"}}"#;

#[tokio::test]
async fn what_two_shared_does_not_become_the_others_when_one_is_erased() {
    for kind in [Kind::DeleteOnly, Kind::SuppressWithDelete, Kind::Anonymize] {
        let store = shopbell_store::EmbeddedStore::in_memory();
        let desk = Desk::on(store.clone(), Arc::new(Played::over(store.clone()))).await;
        for (nth, who) in ["one", "other"].into_iter().enumerate() {
            let said = format!(r#"{{"type":"identify","userId":"{who}","anonymousId":"family-pc"}}"#);
            desk.tell(&format!("sign-in-{nth}"), &said).await;
        }
        desk.tell("looked", ON_THE_FAMILYS).await;
        let (other, id) = (number_of("other"), CustomerId::new("other").unwrap());
        assert_eq!(store.profile(&id).await.unwrap().viewed, []);
        desk.ask(kind, &["one"]).await;
        desk.carry_out().await;
        desk.tell("again", r#"{"type":"track","event":"x","userId":"other","anonymousId":"family-pc"}"#)
            .await;
        let rights = &desk.rights;
        let parts = rights.parts();
        let whole =
            super::super::person::whole_of(parts.events.as_ref(), parts.kept.as_ref(), &parts.rules, other);
        assert_eq!(whole.await.unwrap().others, [], "{kind:?}");
        assert_eq!(store.profile(&id).await.unwrap().viewed, [], "{kind:?}");
        assert_eq!(store.check(|_| {}).await.unwrap().problems, []);
    }
}

#[tokio::test]
async fn numbers_that_are_none_do_not_hold_up_the_others() {
    let desk = Desk::new().await;
    let mixed = desk.ask(Kind::DeleteOnly, &["null", "c1", "c2"]).await;
    let none = desk.ask(Kind::DeleteOnly, &["undefined", " "]).await;
    desk.played.state().damaged.insert(number_of("c2"));
    desk.carry_out().await;

    let (state, outcomes) = desk.state(mixed).await;
    assert_eq!(state, State::PartialSuccess);
    assert!(
        matches!(
            outcomes.as_slice(),
            [Outcome::Invalid(_), Outcome::Done { .. }, Outcome::Failed(why)] if why.contains("check")
        ),
        "{outcomes:?}"
    );
    assert_eq!(desk.state(none).await.0, State::Invalid);
}

#[tokio::test]
async fn a_store_that_refuses_is_asked_again() {
    let desk = Desk::new().await;
    let number = desk.ask(Kind::DeleteOnly, &["c1"]).await;
    desk.played.state().refusals = 1;
    assert!(desk.job().next().await.is_err());
    assert_eq!(desk.state(number).await, (State::Running, vec![]));
    desk.carry_out().await;
    assert_eq!(desk.state(number).await.0, State::Finished);
    let forgotten = desk.played.state().forgotten.only();
    assert_eq!(forgotten.1.receipt, 1, "the receipt that was decided first");
}

#[tokio::test]
async fn what_was_decided_is_carried_out_after_a_restart() {
    let desk = Desk::new().await;
    let number = desk.ask(Kind::DeleteOnly, &["c1", "c2"]).await;
    // As far as a killed server got: the plan is on disk, and the evidence is gone already.
    let who = vec![number_of("c1"), identifier(IdentifierKind::Loyalty, "card-1")];
    let plan =
        Plan { who: who.clone(), receipt: 41, at: Timestamp::from_millis(5), seed: Redacted::new([1; 32]) };
    Regulations::decide(&desk.store, number, vec![(0, plan)]).await.unwrap();

    let again = Desk::on(desk.store.clone(), Arc::clone(&desk.played)).await;
    again.carry_out().await;
    assert_eq!(again.state(number).await.0, State::Finished);
    let forgotten = again.played.state().forgotten.clone();
    let first = forgotten.iter().find(|(_, erasure)| erasure.receipt == 41).unwrap();
    assert_eq!((&first.0, first.1.at), (&who, Timestamp::from_millis(5)));
    assert_eq!(forgotten.len(), 2);
}

#[tokio::test]
async fn more_than_one_step_of_numbers() {
    let desk = Desk::new().await;
    let users: Vec<String> = (0..150).map(|number| format!("c{number}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let number = desk.ask(Kind::DeleteOnly, &users).await;
    desk.carry_out().await;
    let regulation = desk.rights.regulation(number).await.unwrap().unwrap();
    assert_eq!((regulation.state, regulation.tally.done), (State::Finished, 150));
    let receipts: std::collections::BTreeSet<u64> =
        desk.played.state().forgotten.iter().map(|(_, erasure)| erasure.receipt).collect();
    assert_eq!(receipts.len(), 150, "each has its own");
}

#[tokio::test]
async fn suppressing_keeps_out_the_whole_person_and_shares_nothing() {
    let desk = Desk::new().await;
    desk.tell("m1", SIGNED_IN).await;
    let c1 = CustomerId::new("c1").unwrap();
    desk.store.put_customer(&c1, Redacted::default()).await.unwrap();
    let level = Decision::level(SharingLevel::Browsing);
    let shared =
        desk.store.decide_consent(&c1, level, Told::nothing("app"), Timestamp::from_millis(NOW)).await;
    assert_eq!(shared.unwrap().consent.sharing.level, SharingLevel::Browsing);
    desk.ask(Kind::SuppressOnly, &["c1"]).await;
    desk.carry_out().await;

    let suppressed = desk.played.state().suppressed.clone();
    let email = identifier(IdentifierKind::Email, "c1@example.com");
    assert!(suppressed[&number_of("c1")].contains(&email), "{suppressed:?}");
    let consent = desk.store.customer(&c1).await.unwrap().unwrap().consent;
    assert!(consent.restricted && consent.sharing.level == SharingLevel::Invisible);
    assert_eq!(desk.store.events_of(&number_of("c1")).await.unwrap().len(), 1, "what is known stays");
    assert!(desk.played.state().forgotten.is_empty());
    assert!(matches!(
        desk.rights
            .correct(
                &c1,
                shopbell_domain::event::Disputed::Viewed("coat-1".parse().unwrap()),
                shopbell_domain::event::Correction::NotMe,
                None
            )
            .await,
        Err(super::super::CorrectError::KeptOut)
    ));

    desk.ask(Kind::Unsuppress, &["c1"]).await;
    desk.carry_out().await;
    assert!(desk.played.state().suppressed.is_empty());
    let consent = desk.store.customer(&c1).await.unwrap().unwrap().consent;
    assert!(
        !consent.restricted && consent.sharing.level == SharingLevel::Invisible,
        "not shared again by that"
    );
}

#[tokio::test]
async fn suppressing_comes_before_deleting() {
    let desk = Desk::new().await;
    desk.ask(Kind::SuppressWithDelete, &["c1"]).await;
    desk.carry_out().await;
    assert!(desk.played.state().suppressed.contains_key(&number_of("c1")));
    assert_eq!(desk.played.state().forgotten.len(), 1);
}

#[tokio::test]
async fn what_is_counted_stays_as_nobodys_and_once() {
    let desk = Desk::new().await;
    desk.tell("m1", SIGNED_IN).await;
    let number = desk.ask(Kind::Anonymize, &["c1"]).await;
    // Killed after the events of nobody were written: all is done again.
    desk.played.state().refusals = 1;
    assert!(desk.job().next().await.is_err());
    desk.carry_out().await;

    let (state, outcomes) = desk.state(number).await;
    assert_eq!((state, outcomes), (State::Finished, vec![Outcome::Done { receipt: Some(1), records: 6 }]));
    let all = desk.store.events_kept().await.unwrap();
    let left: Vec<_> = all.iter().filter(|event| event.id.message.as_str().starts_with("nobody-")).collect();
    let [nobodys] = left.as_slice() else { panic!("{left:?}") };
    assert!(matches!(&nobodys.action, Action::ProductViewed(line) if line.name.is_none()));
    assert!(!serde_json::to_string(nobodys).unwrap().contains("c1@"));
}

#[tokio::test]
async fn failed_messages_that_name_the_person_go() {
    let desk = Desk::new().await;
    let failure = Failure { reason: "x".to_owned(), field: String::new(), explanation: String::new() };
    for (id, body) in [("f1", r#"{"userId":"c1"}"#), ("f2", r#"{"userId":"c2"}"#)] {
        let message = Message {
            id: shopbell_domain::event::EventId {
                source: SourceId::new("shop").unwrap(),
                message: MessageId::new(id).unwrap(),
            },
            received: Timestamp::from_millis(NOW),
            sent: None,
            privacy_control: false,
            body: Redacted::new(body.as_bytes().to_vec()),
        };
        desk.store.accept_failed(vec![(message, failure.clone())]).await.unwrap();
    }
    let failed = desk.store.failed(None, 9).await.unwrap();
    desk.ask(Kind::DeleteOnly, &["c1"]).await;
    desk.carry_out().await;
    assert_eq!(desk.played.state().dropped, [failed[0].number]);
}

#[tokio::test]
async fn the_applier_waits_as_long_as_somebody_holds_it() {
    let desk = Desk::new().await;
    let pause = desk.applier.pause().await.unwrap();
    let told = desk.tell("m1", SIGNED_IN);
    tokio::pin!(told);
    assert!(futures::poll!(&mut told).is_pending());
    assert_eq!(desk.store.events_of(&number_of("c1")).await.unwrap(), []);
    drop(pause);
    told.await;
    assert_eq!(desk.store.events_of(&number_of("c1")).await.unwrap().len(), 1);
}

trait One<T> {
    fn only(&self) -> T;
}

impl<T: Clone> One<T> for Vec<T> {
    /// The only one.
    fn only(&self) -> T {
        assert_eq!(self.len(), 1);
        self[0].clone()
    }
}

/// The moment that no random kill surely hits: all is removed, and nothing tells of it yet.
#[tokio::test]
async fn killed_between_the_removal_and_the_receipt_it_signs_one_receipt_of_the_same_erasure() {
    let store = EmbeddedStore::in_memory();
    let played = Arc::new(Played::over(store.clone()));
    let desk = Desk::on(store.clone(), Arc::clone(&played)).await;
    desk.tell("m1", SIGNED_IN).await;
    desk.tell("m2", &SIGNED_IN.replace("c1", "c2").replace("7f3a", "8b4c")).await;
    played.state().deaths = 1;
    let number = desk.ask(Kind::DeleteOnly, &["c1"]).await;
    assert!(desk.job().next().await.is_err(), "it dies");
    assert_eq!(store.events_of(&number_of("c1")).await.unwrap(), [], "what was removed is removed");
    assert_eq!(desk.state(number).await, (State::Running, vec![]));
    assert_eq!(desk.rights.last_receipt_of("c1").await.unwrap(), None);
    drop(desk);

    let desk = Desk::on(store.clone(), Arc::clone(&played)).await;
    desk.carry_out().await;
    let (state, outcomes) = desk.state(number).await;
    assert!(matches!(outcomes[..], [Outcome::Done { receipt: Some(1), .. }]), "{outcomes:?}");
    assert_eq!(state, State::Finished);
    let asked: Vec<_> = played.state().forgotten.clone();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1], "the same erasure, and no second one");
    let (receipt, text) = desk.rights.last_receipt_of("c1").await.unwrap().unwrap();
    let read = PublicKey::from_hex(&desk.rights.public_key()).unwrap().verify(&text).unwrap();
    assert_eq!((receipt, read.number), (1, 1));
    assert!(read.tombstone > 0, "it names the tombstone of the first time");
    assert_eq!(store.events_of(&number_of("c2")).await.unwrap().len(), 1, "the witness stays");
}
