//! The contract of regulations: nothing that was asked is lost, each number ends once, and nobody is named afterwards.

use shopbell_domain::{
    event::EventId,
    id::{MessageId, SourceId},
    identity::{Identifier, IdentifierKind},
    redacted::Redacted,
    rights::{
        Asker, Kind, NewRegulation, Outcome, RegulationNumber, State,
        port::{Ending, Plan, Receipt, Regulations, Subject},
    },
};

use crate::world::{World, at, is_whole};

contract!(
    asked_in_order,
    plans_and_endings_are_kept,
    a_number_ends_once,
    the_end_forgets_who_was_named,
    receipts_are_found,
    as_many_as_one_may_name,
    asked_again_by_the_same_message_it_is_the_same,
    one_source_alone,
);

fn users(names: &[&str]) -> Vec<Redacted<String>> {
    names.iter().map(|name| Redacted::new((*name).to_owned())).collect()
}

fn of(names: &[&str]) -> NewRegulation {
    let users = users(names);
    NewRegulation { kind: Kind::DeleteOnly, users, by: Asker::App, at: at(1), source: None, message: None }
}

fn plan(user: &str, receipt: u64) -> Plan {
    let who = vec![Identifier::new(IdentifierKind::Customer, user).unwrap()];
    Plan { who, receipt, at: at(5), seed: Redacted::new([7; 32]) }
}

fn done(index: u32, receipt: Option<(u64, &str)>) -> Ending {
    let number = receipt.map(|(number, _)| number);
    let receipt = receipt.map(|(number, of)| Receipt {
        number,
        of: Redacted::new(of.to_owned()),
        text: format!("receipt {number}"),
    });
    Ending { index, outcome: Outcome::Done { receipt: number, records: 3 }, receipt }
}

fn named(subjects: &[Subject]) -> Vec<&str> {
    subjects.iter().map(|subject| subject.user.reveal().as_str()).collect()
}

async fn asked_in_order(world: &mut impl World) {
    let store = world.open();
    assert_eq!(store.next_open().await.unwrap(), None);
    let first = store.create(of(&["anna"])).await.unwrap();
    let second = store.create(NewRegulation { kind: Kind::SuppressOnly, ..of(&["ben"]) }).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!((first.number, second.number), (RegulationNumber(1), RegulationNumber(2)));
    assert_eq!(store.regulation(first.number).await.unwrap(), Some(first.clone()));
    assert_eq!(store.regulation(RegulationNumber(3)).await.unwrap(), None);
    assert_eq!(store.regulations(None, 9).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(store.regulations(Some(second.number), 9).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(store.regulations(None, 1).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(store.next_open().await.unwrap(), Some(first.clone()));
    store.close(first.number, State::Finished, at(9)).await.unwrap();
    assert_eq!(store.next_open().await.unwrap(), Some(second));
    is_whole(&store).await;
}

async fn asked_again_by_the_same_message_it_is_the_same(world: &mut impl World) {
    let store = world.open();
    let by = |message: &str| NewRegulation {
        message: Some(EventId {
            source: SourceId::new("shopify").unwrap(),
            message: MessageId::new(message).unwrap(),
        }),
        ..of(&["anna"])
    };
    let first = store.create(by("m1")).await.unwrap();
    assert_eq!(store.create(NewRegulation { at: at(9), ..by("m1") }).await.unwrap(), first);
    store.close(first.number, State::Finished, at(9)).await.unwrap();
    drop(store);
    let store = world.open();
    let again = store.create(by("m1")).await.unwrap();
    assert_eq!((again.number, again.state), (first.number, State::Finished), "also when it has ended");
    assert_eq!(store.create(by("m2")).await.unwrap().number, RegulationNumber(2));
    assert_eq!(store.create(of(&["anna"])).await.unwrap().number, RegulationNumber(3));
    is_whole(&store).await;
}

async fn plans_and_endings_are_kept(world: &mut impl World) {
    let store = world.open();
    let number = store.create(of(&["anna", "ben", "cleo"])).await.unwrap().number;
    assert_eq!(named(&store.subjects(number, 0, 9).await.unwrap()), ["anna", "ben", "cleo"]);
    assert_eq!(named(&store.subjects(number, 1, 1).await.unwrap()), ["ben"]);
    assert_eq!(store.reserve_receipts(2).await.unwrap(), 1);
    assert_eq!(store.reserve_receipts(1).await.unwrap(), 3);
    store.decide(number, vec![(0, plan("anna", 1)), (1, plan("ben", 2))]).await.unwrap();
    store.settle(number, vec![done(0, Some((1, "anna")))]).await.unwrap();
    drop(store);

    let store = world.open();
    let regulation = store.regulation(number).await.unwrap().unwrap();
    assert_eq!((regulation.state, regulation.tally.done, regulation.tally.users), (State::Running, 1, 3));
    let subjects = store.subjects(number, 0, 9).await.unwrap();
    let plans: Vec<_> = subjects.iter().map(|subject| subject.plan.clone()).collect();
    assert_eq!(plans, [Some(plan("anna", 1)), Some(plan("ben", 2)), None]);
    let ended: Vec<bool> = subjects.iter().map(|subject| subject.outcome.is_some()).collect();
    assert_eq!(ended, [true, false, false]);
    assert_eq!(store.reserve_receipts(1).await.unwrap(), 4, "no number is given twice");
    is_whole(&store).await;
}

async fn a_number_ends_once(world: &mut impl World) {
    let store = world.open();
    let number = store.create(of(&["anna"])).await.unwrap().number;
    store.settle(number, vec![done(0, Some((1, "anna")))]).await.unwrap();
    let late = Ending { index: 0, outcome: Outcome::Failed("late".to_owned()), receipt: None };
    store.settle(number, vec![late]).await.unwrap();
    let tally = store.regulation(number).await.unwrap().unwrap().tally;
    assert_eq!((tally.done, tally.failed), (1, 0));
    let outcome = Outcome::Done { receipt: Some(1), records: 3 };
    assert_eq!(store.outcomes(number, 0, 9).await.unwrap(), [(0, outcome)]);
    assert_eq!(store.outcomes(number, 1, 9).await.unwrap(), []);
}

async fn the_end_forgets_who_was_named(world: &mut impl World) {
    let store = world.open();
    let number = store.create(of(&["anna"])).await.unwrap().number;
    store.decide(number, vec![(0, plan("anna", 1))]).await.unwrap();
    store.settle(number, vec![done(0, Some((1, "anna")))]).await.unwrap();
    store.close(number, State::Finished, at(9)).await.unwrap();
    drop(store);

    let store = world.open();
    let regulation = store.regulation(number).await.unwrap().unwrap();
    assert_eq!((regulation.state, regulation.ended), (State::Finished, Some(at(9))));
    assert_eq!(store.subjects(number, 0, 9).await.unwrap(), []);
    assert_eq!(store.outcomes(number, 0, 9).await.unwrap().len(), 1, "how it ended stays");
    assert!(store.settle(number, vec![done(0, None)]).await.is_err(), "what has ended stays as it is");
    assert!(store.close(number, State::Failed, at(10)).await.is_err());
    is_whole(&store).await;
}

async fn receipts_are_found(world: &mut impl World) {
    let store = world.open();
    let number = store.create(of(&["anna", "ben"])).await.unwrap().number;
    store.settle(number, vec![done(0, Some((7, "anna"))), done(1, Some((8, "ben")))]).await.unwrap();
    store.close(number, State::Finished, at(9)).await.unwrap();
    let again = store.create(of(&["anna"])).await.unwrap().number;
    store.settle(again, vec![done(0, Some((9, "anna")))]).await.unwrap();
    drop(store);

    let store = world.open();
    let of = |name: &str| Redacted::new(name.to_owned());
    assert_eq!(store.receipts_of(&of("anna")).await.unwrap(), [7, 9]);
    assert_eq!(store.receipts_of(&of("ben")).await.unwrap(), [8]);
    assert_eq!(store.receipts_of(&of("nobody")).await.unwrap(), []);
    assert_eq!(store.receipt(8).await.unwrap().as_deref(), Some("receipt 8"));
    assert_eq!(store.receipt(10).await.unwrap(), None);
}

/// The most that a call may name, each as long as an identifier can be, and one that is none for its length.
async fn as_many_as_one_may_name(world: &mut impl World) {
    let store = world.open();
    let mut all: Vec<Redacted<String>> =
        (0..4_999).map(|number| Redacted::new(format!("{number:é>127}"))).collect();
    all.push(Redacted::new("é".repeat(1_000_000)));
    let number = store.create(NewRegulation { users: all.clone(), ..of(&[]) }).await.unwrap().number;
    let subjects = store.subjects(number, 0, 5_000).await.unwrap();
    assert_eq!(subjects.len(), 5_000);
    assert!(subjects.iter().zip(&all).take(4_999).all(|(subject, user)| subject.user == *user));
    let last = subjects.last().unwrap().user.reveal();
    assert!(last.len() > Identifier::MAX_LEN && last.len() <= 300, "too long stays too long");
    let some = store.subjects(number, 4_990, 64).await.unwrap();
    assert_eq!((some.len(), some[0].index), (10, 4_990));
    store.close(number, State::Invalid, at(9)).await.unwrap();
    is_whole(&store).await;
}

async fn one_source_alone(world: &mut impl World) {
    let store = world.open();
    let new = NewRegulation { source: SourceId::new("web").ok(), ..of(&["anna"]) };
    let regulation = store.create(new).await.unwrap();
    assert_eq!((regulation.state, regulation.ended), (State::NotSupported, Some(at(1))));
    assert_eq!(store.next_open().await.unwrap(), None);
    assert_eq!(store.subjects(regulation.number, 0, 9).await.unwrap(), []);
    is_whole(&store).await;
}
