//! What every inbox owes its senders and whoever takes its messages up, in memory and on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use shopbell_domain::{
    event::EventId,
    id::{MessageId, SourceId},
    inbox::{Acceptance, Failure, Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_store::EmbeddedStore;

use crate::world::{World, is_whole};

fn message_from(source: &str, name: &str, bytes: usize) -> Message {
    Message {
        id: EventId { source: SourceId::new(source).unwrap(), message: MessageId::new(name).unwrap() },
        received: Timestamp::from_millis(1_000),
        sent: Some(Timestamp::from_millis(990)),
        privacy_control: true,
        body: Redacted::new(vec![b'x'; bytes]),
    }
}

fn message(name: &str) -> Message {
    message_from("web", name, 30)
}

fn failure(reason: &str) -> Failure {
    Failure {
        reason: reason.to_owned(),
        field: "properties.price".to_owned(),
        explanation: "a number".to_owned(),
    }
}

fn settlement(taken: RangeInclusive<u64>, failures: Vec<(InboxNumber, Failure)>) -> Settlement {
    Settlement { taken: taken.map(InboxNumber).collect(), failures, at: Timestamp::from_millis(2_000) }
}

/// All that wait, by their numbers.
async fn all(store: &EmbeddedStore) -> Vec<(InboxNumber, Message)> {
    let mut waiting = store.waiting(1_000_000).await.unwrap();
    waiting.sort_by_key(|(number, _)| *number);
    waiting
}

async fn names(store: &EmbeddedStore) -> Vec<String> {
    all(store).await.iter().map(|(_, message)| message.id.message.as_str().to_owned()).collect()
}

async fn numbers(store: &EmbeddedStore) -> Vec<u64> {
    all(store).await.iter().map(|(number, _)| number.0).collect()
}

use Acceptance::{Duplicate, New};

async fn each_message_once_for_ever(world: &mut impl World) {
    let store = world.open();
    assert_eq!(store.backlog().await.unwrap(), 0);
    let first = vec![message("a"), message("b"), message("a")];
    assert_eq!(store.accept(first).await.unwrap(), [New, New, Duplicate], "also within one request");
    let again = vec![message("b"), message_from("till", "a", 5), message("c")];
    assert_eq!(store.accept(again).await.unwrap(), [Duplicate, New, New], "a name is its source's own");
    assert_eq!(store.accept(vec![]).await.unwrap(), []);
    assert_eq!(store.backlog().await.unwrap(), 4);
    drop(store);

    let store = world.open();
    assert_eq!(store.backlog().await.unwrap(), 4);
    assert_eq!(names(&store).await, ["a", "b", "a", "c"], "in order of acceptance");
    assert_eq!(numbers(&store).await, [1, 2, 3, 4]);
    assert_eq!(all(&store).await[1], (InboxNumber(2), message("b")), "as it came");
    assert_eq!(store.waiting(1).await.unwrap().len(), 1);
    store.settle(settlement(1..=4, vec![])).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!((store.backlog().await.unwrap(), names(&store).await.len()), (0, 0));
    assert_eq!(store.accept(vec![message("a"), message("d")]).await.unwrap(), [Duplicate, New], "for ever");
    assert_eq!(numbers(&store).await, [5], "no number twice");
    is_whole(&store).await;
}

async fn what_was_taken_up_waits_no_longer(world: &mut impl World) {
    let store = world.open();
    let long = message_from("web", "long", 40_000);
    store.accept(vec![message("a"), long.clone(), message("b"), message("c")]).await.unwrap();
    let bad = vec![(InboxNumber(2), failure("missing_product_id"))];
    store.settle(settlement(1..=3, bad)).await.unwrap();
    assert_eq!((names(&store).await, store.backlog().await.unwrap()), (vec!["c".to_owned()], 1));
    let failed = store.failed(None, 10).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].number, &failed[0].message), (InboxNumber(2), &long), "whole, and as it came");
    assert_eq!((&failed[0].failure, failed[0].at.as_millis()), (&failure("missing_product_id"), 2_000));
    let unknown = settlement(4..=4, vec![(InboxNumber(3), failure("x"))]);
    assert!(matches!(store.settle(unknown).await, Err(StoreError::NotFound(_))));
    assert_eq!(names(&store).await, ["c"], "whole or not at all");
    is_whole(&store).await;
}

async fn failed_messages_are_listed_mended_and_taken_up_again(world: &mut impl World) {
    let store = world.open();
    let nameless =
        vec![(message("n1"), failure("no_name")), (message_from("web", "n2", 30_000), failure("long"))];
    assert_eq!(store.accept_failed(nameless.clone()).await.unwrap(), [New, New]);
    assert_eq!(store.accept_failed(nameless).await.unwrap(), [Duplicate, Duplicate]);
    assert_eq!((store.backlog().await.unwrap(), names(&store).await.len()), (0, 0), "none of them waits");
    drop(store);

    let store = world.open();
    store.accept(vec![message("a")]).await.unwrap();
    assert_eq!(numbers(&store).await, [3], "the failed ones have their numbers");
    let page = store.failed(Some(InboxNumber(1)), 10).await.unwrap();
    assert_eq!(page.iter().map(|failed| failed.number.0).collect::<Vec<u64>>(), [2]);
    assert_eq!(store.failed(None, 1).await.unwrap()[0].number, InboxNumber(1));
    assert!(store.failed(Some(InboxNumber(u64::MAX)), 1).await.unwrap().is_empty());

    assert!(!store.retry(InboxNumber(3), None).await.unwrap(), "it waits, and did not fail");
    assert!(store.retry(InboxNumber(2), None).await.unwrap());
    let mended = Redacted::new(b"mended".to_vec());
    assert!(store.retry(InboxNumber(1), Some(mended.clone())).await.unwrap());
    assert!(!store.retry(InboxNumber(1), None).await.unwrap(), "once");
    assert_eq!(
        (names(&store).await, store.backlog().await.unwrap()),
        (["a", "n2", "n1"].map(str::to_owned).to_vec(), 3)
    );
    let waiting = store.waiting(10).await.unwrap();
    assert_eq!(waiting[1].1, message_from("web", "n2", 30_000));
    assert_eq!(waiting[2].1, Message { body: mended, ..message("n1") });
    assert!(store.failed(None, 10).await.unwrap().is_empty());
    is_whole(&store).await;
}

/// Fifty senders, each of whose messages is sent twice at the same time; somebody takes up meanwhile.
async fn nothing_is_passed_by_or_taken_twice(world: &mut impl World) {
    const SENDERS: usize = 50;
    const EACH: usize = 8;
    let store = world.open();
    let senders = (0..SENDERS * 2).map(|sender| {
        let store = store.clone();
        async move {
            let mut fresh = 0;
            for number in 0..EACH {
                let name = format!("{}-{number}", sender / 2);
                let batch = vec![message(&name), message_from("till", &name, 9_000)];
                let answers = store.accept(batch).await.unwrap();
                fresh += answers.iter().filter(|answer| **answer == New).count();
            }
            fresh
        }
    });
    let applier = async {
        let mut taken = Vec::new();
        while taken.len() < SENDERS * EACH * 2 {
            let waiting = store.waiting(37).await.unwrap();
            if waiting.is_empty() {
                tokio::task::yield_now().await;
                continue;
            }
            let settled = waiting.iter().map(|(number, _)| *number).collect();
            taken.extend(waiting.into_iter().map(|(_, message)| message.id));
            let at = Timestamp::from_millis(2_000);
            store.settle(Settlement { taken: settled, failures: vec![], at }).await.unwrap();
        }
        taken
    };
    let (fresh, names) = tokio::join!(join_all(senders), applier);
    assert_eq!(fresh.iter().sum::<usize>(), SENDERS * EACH * 2, "of each two, one was the first");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), SENDERS * EACH * 2);
    assert_eq!(store.backlog().await.unwrap(), 0);
    is_whole(&store).await;
}

async fn join_all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<T>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (slot, result) in running.iter_mut().zip(&mut done) {
            if let Some(future) = slot
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
                *slot = None;
            }
        }
        if running.iter().any(Option::is_some) {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
    })
    .await
}

/// A request of 4 MB takes more than one commit, and is answered when all of it is safe.
async fn the_largest_request_is_kept(world: &mut impl World) {
    let store = world.open();
    let batch: Vec<Message> =
        (0..130).map(|number| message_from("web", &format!("m{number}"), 32 * 1_024)).collect();
    assert_eq!(store.accept(batch.clone()).await.unwrap(), vec![New; 130]);
    drop(store);
    let store = world.open();
    let waiting: Vec<Message> =
        store.waiting(1_000).await.unwrap().into_iter().map(|(_, message)| message).collect();
    assert_eq!(waiting, batch);
    store.settle(settlement(1..=130, vec![])).await.unwrap();
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(
        (report.problem_count, report.records.get("part of a long record")),
        (0, None),
        "no part stays"
    );
}

/// Messages that came together share records; nobody sees it.
async fn a_shared_record_is_taken_up_in_pieces(world: &mut impl World) {
    let store = world.open();
    let batch: Vec<Message> =
        (1..=50).map(|number| message_from("web", &format!("m{number}"), 600)).collect();
    store.accept(batch).await.unwrap();
    let records = store.check(|_| ()).await.unwrap().records["waiting message"];
    assert!(records < 10, "{records} records of 50 messages");
    assert_eq!(store.waiting(3).await.unwrap().len(), 3, "no more than was asked for");
    let whole = store.waiting(20).await.unwrap().len();
    assert!((10..=20).contains(&whole), "{whole}: a record is left whole where that is possible");
    let bad = vec![(InboxNumber(2), failure("x")), (InboxNumber(3), failure("y"))];
    store.settle(settlement(1..=3, bad)).await.unwrap();
    assert_eq!((store.backlog().await.unwrap(), numbers(&store).await[0]), (47, 4));
    store.settle(settlement(4..=20, vec![])).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(store.backlog().await.unwrap(), 30);
    assert_eq!(numbers(&store).await, (21..=50).collect::<Vec<u64>>());
    assert_eq!(store.waiting(1).await.unwrap()[0].1, message_from("web", "m21", 600), "as it came");
    assert_eq!(store.failed(None, 10).await.unwrap()[1].message, message_from("web", "m3", 600));
    store.settle(settlement(21..=50, vec![])).await.unwrap();
    assert_eq!((store.backlog().await.unwrap(), names(&store).await.len()), (0, 0));
    is_whole(&store).await;
}

/// What a take has of each source.
async fn shares(store: &EmbeddedStore, limit: usize) -> BTreeMap<String, Vec<u64>> {
    let mut shares: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (number, message) in store.waiting(limit).await.unwrap() {
        shares.entry(message.id.source.as_str().to_owned()).or_default().push(number.0);
    }
    shares
}

/// One source floods: whoever takes up meets each of the others at once, and each source's own order stays.
async fn no_source_waits_for_the_end_of_anothers_flood(world: &mut impl World) {
    let store = world.open();
    let flood =
        |from: usize| (from..from + 500).map(|n| message_from("web", &format!("m{n}"), 200)).collect();
    store.accept(flood(0)).await.unwrap();
    store.accept(vec![message_from("till", "t1", 30)]).await.unwrap();
    store.accept(flood(500)).await.unwrap();
    for number in 0..40 {
        store.accept(vec![message_from("backend", &format!("b{number}"), 200)]).await.unwrap();
    }
    let of = async |source: &str| store.backlog_of(&SourceId::new(source).unwrap()).await.unwrap();
    assert_eq!((of("web").await, of("till").await, of("backend").await, of("none").await), (1_000, 1, 40, 0));

    let first = shares(&store, 100).await;
    assert_eq!(first["till"], [501], "not after a thousand others");
    assert!((30..=69).contains(&first["backend"].len()), "{first:?}: about as many of each");
    assert!(first.values().flatten().count() <= 100);
    assert_eq!(shares(&store, 100).await, first, "until something is settled");
    for numbers in first.values() {
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
    let taken: Vec<InboxNumber> = first.values().flatten().copied().map(InboxNumber).collect();
    let bad = vec![(InboxNumber(501), failure("x"))];
    store.settle(Settlement { taken, failures: bad, at: Timestamp::from_millis(2_000) }).await.unwrap();
    assert_eq!((of("till").await, of("backend").await), (0, 40 - first["backend"].len() as u64));
    let seen: BTreeSet<u64> = first.values().flatten().copied().collect();
    let left: Vec<u64> = (1..=1_041).filter(|number| !seen.contains(number)).collect();
    assert_eq!(numbers(&store).await, left);
    drop(store);

    let store = world.open();
    assert_eq!(numbers(&store).await, left, "what is settled among others stays so");
    assert_eq!(store.backlog().await.unwrap(), left.len() as u64);
    let backend = store.backlog_of(&SourceId::new("backend").unwrap()).await.unwrap();
    assert_eq!(backend, 40 - first["backend"].len() as u64);
    store.accept(vec![message_from("till", "t2", 30)]).await.unwrap();
    assert_eq!(shares(&store, 100).await["till"], [1_042], "no number twice");
    is_whole(&store).await;
}

/// As many sources as a take has messages, and more: each is served after some takes.
async fn every_source_has_its_turn(world: &mut impl World) {
    let store = world.open();
    for source in 0..7 {
        let many = (0..30).map(|n| message_from(&format!("s{source}"), &format!("m{n}"), 4_500)).collect();
        store.accept(many).await.unwrap();
    }
    let mut served = BTreeSet::new();
    for _ in 0..7 {
        let waiting = store.waiting(1).await.unwrap();
        served.insert(waiting[0].1.id.source.clone());
        let taken = vec![waiting[0].0];
        store.settle(Settlement { taken, failures: vec![], at: Timestamp::EPOCH }).await.unwrap();
    }
    assert_eq!(served.len(), 7, "{served:?}");
    let twice =
        Settlement { taken: vec![InboxNumber(2), InboxNumber(1)], failures: vec![], at: Timestamp::EPOCH };
    assert!(matches!(store.settle(twice).await, Err(StoreError::NotFound(_))), "1 waits no longer");
    assert_eq!(store.backlog().await.unwrap(), 203, "whole or not at all");
}

contract!(
    each_message_once_for_ever,
    what_was_taken_up_waits_no_longer,
    failed_messages_are_listed_mended_and_taken_up_again,
    nothing_is_passed_by_or_taken_twice,
    the_largest_request_is_kept,
    a_shared_record_is_taken_up_in_pieces,
    no_source_waits_for_the_end_of_anothers_flood,
    every_source_has_its_turn,
);
