//! The contract of the log of showings.

mod made;

use std::collections::BTreeSet;

use shopbell_domain::{
    id::CustomerId,
    identity::Identifier,
    ports::Customers,
    redacted::Redacted,
    rights::port::{Erasure, Forgetting, Gate, Reason},
    showing::{Entry, MAX_CANDIDATES, MAX_REMARKS, MAX_SHOWINGS, MAX_VALUE_CHARS, Said, Showing, Showings},
    starter::Verdict,
    time::Timestamp,
    visit::Outcome,
};
use shopbell_store::{Class, EmbeddedStore, Mode};

pub(crate) use self::made::shown_and_said;
use self::made::{remark, showing, verdict};
use crate::world::{World, at, customer, is_whole};

contract!(
    entries_of_a_customer,
    the_same_again_is_once,
    a_visit_has_room_for_so_much,
    what_is_long_is_cut,
    pages_of_everybody,
    pages_hold_each_entry_once_while_others_write,
    who_was_erased_is_in_no_log,
    an_erasure_in_the_midst_of_writing_leaves_nothing,
    who_is_suppressed_is_not_logged,
    what_is_old_goes,
);

async fn all_of(store: &EmbeddedStore, who: &str) -> Vec<Entry> {
    store.log_of(&customer(who), Timestamp::EPOCH, usize::MAX).await.unwrap()
}

/// All entries, in pages of so many.
async fn in_pages(store: &EmbeddedStore, since: i64, size: usize) -> Vec<(u64, Entry)> {
    let mut all: Vec<(u64, Entry)> = Vec::new();
    loop {
        let after = all.last().map(|(name, _)| *name);
        let page = store.log_since(at(since), after, size).await.unwrap();
        assert!(page.len() <= size);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn entries_of_a_customer(world: &mut impl World) {
    let store = world.open();
    let of_anna = [
        showing("anna", 1, 1_000, 1),
        remark("anna", 1, 1_010, verdict(Verdict::Used)),
        remark("anna", 1, 1_020, Said::OfVisit(Some(Outcome::Talked))),
        showing("anna", 1, 1_030, 2),
        showing("anna", 9, 5_000, 1),
    ];
    store.log(vec![of_anna[0].clone(), of_anna[1].clone(), showing("ben", 2, 1_005, 1)]).await.unwrap();
    // Visits that overlap, and a later one that is told first: by time all the same.
    store.log(vec![of_anna[4].clone()]).await.unwrap();
    store.log(of_anna[2..4].to_vec()).await.unwrap();
    store.log(Vec::new()).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(all_of(&store, "anna").await, of_anna);
    assert_eq!(all_of(&store, "ben").await, [showing("ben", 2, 1_005, 1)]);
    assert_eq!(all_of(&store, "nobody").await, []);
    let of = |since, limit| {
        let (store, anna) = (store.clone(), customer("anna"));
        async move { store.log_of(&anna, at(since), limit).await.unwrap() }
    };
    assert_eq!(of(0, 2).await, of_anna[3..], "the newest, oldest first");
    assert_eq!(of(1_020, 9).await, of_anna[2..]);
    assert_eq!(of(1_021, 1).await, of_anna[4..]);
    assert_eq!(of(0, 0).await, []);
    let short = store.log_in_short(&customer("anna"), at(1_010), 3).await.unwrap();
    let expected: Vec<Entry> = of_anna[2..].iter().map(Entry::in_short).collect();
    assert_eq!(short, expected, "the same, in short");
    is_whole(&store).await;
}

async fn the_same_again_is_once(world: &mut impl World) {
    let store = world.open();
    let one = showing("anna", 1, 1_000, 1);
    let again = |when: i64, seed: u64| match showing("anna", 1, 1_000, 1) {
        Entry::Showing(showing) => Entry::Showing(Box::new(Showing { at: at(when), seed, ..*showing })),
        Entry::Remark(_) => unreachable!(),
    };
    store.log(vec![one.clone(), again(1_001, 5)]).await.unwrap();
    store.log(vec![again(2_000, 6)]).await.unwrap();
    assert_eq!(
        all_of(&store, "anna").await,
        std::slice::from_ref(&one),
        "but for its time and its seed it is the last one"
    );
    let other = showing("anna", 1, 3_000, 2);
    store.log(vec![other.clone(), again(4_000, 7)]).await.unwrap();
    assert_eq!(all_of(&store, "anna").await, [one, other, again(4_000, 7)], "held against the last one only");

    // Two tablets in two languages take turns.
    let speaks = |speech: &str, when: i64, number: u64| match showing("ben", 1, 1_000, number) {
        Entry::Showing(showing) => {
            Entry::Showing(Box::new(Showing { at: at(when), speech: speech.to_owned(), ..*showing }))
        }
        Entry::Remark(_) => unreachable!(),
    };
    let of_ben = [speaks("en", 1_000, 1), speaks("fr", 1_001, 1)];
    store.log(of_ben.to_vec()).await.unwrap();
    store.log(vec![speaks("en", 1_002, 1), speaks("fr", 1_003, 1)]).await.unwrap();
    assert_eq!(all_of(&store, "ben").await, of_ben, "each is held against its own language");
    store.log(vec![speaks("fr", 1_004, 2), speaks("en", 1_005, 1)]).await.unwrap();
    assert_eq!(all_of(&store, "ben").await.len(), 3);

    let (used, wrong) = (verdict(Verdict::Used), verdict(Verdict::Wrong));
    store
        .log(vec![remark("anna", 1, 5_000, used.clone()), remark("anna", 1, 5_001, used.clone())])
        .await
        .unwrap();
    store.log(vec![remark("anna", 1, 5_002, Said::OfVisit(None))]).await.unwrap();
    drop(store);

    let store = world.open();
    store.log(vec![remark("anna", 1, 5_003, used.clone()), again(5_004, 8)]).await.unwrap();
    assert_eq!(all_of(&store, "anna").await.len(), 5, "also across what stands between them");
    store.log(vec![remark("anna", 1, 5_005, wrong), remark("anna", 1, 5_006, used)]).await.unwrap();
    assert_eq!(all_of(&store, "anna").await.len(), 7, "a change of mind, and back");
    is_whole(&store).await;
}

async fn a_visit_has_room_for_so_much(world: &mut impl World) {
    let store = world.open();
    let talked = Said::OfVisit(Some(Outcome::Talked));
    store.log(vec![remark("anna", 1, 900, talked.clone())]).await.unwrap();
    assert_eq!(all_of(&store, "anna").await, [], "of a visit in which nothing was shown nothing is kept");
    let changes = |from: u64| (from..from + 100).map(|number| showing("anna", 1, 1_000, number)).collect();
    store.log(changes(0)).await.unwrap();
    store.log(changes(100)).await.unwrap();
    assert_eq!(all_of(&store, "anna").await.len(), MAX_SHOWINGS);
    let moods = [talked.clone(), Said::OfVisit(Some(Outcome::Sold))];
    let remarks = |count: usize| {
        let said = moods.iter().cycle().take(count).cloned();
        said.map(|said| remark("anna", 1, 1_001, said)).collect()
    };
    store.log(remarks(MAX_REMARKS - 1)).await.unwrap();
    drop(store);

    let store = world.open();
    store.log(remarks(50)).await.unwrap();
    assert_eq!(all_of(&store, "anna").await.len(), MAX_SHOWINGS + MAX_REMARKS);
    store.log(vec![showing("anna", 2, 2_000, 1), remark("anna", 2, 2_001, talked)]).await.unwrap();
    assert_eq!(
        all_of(&store, "anna").await.len(),
        MAX_SHOWINGS + MAX_REMARKS + 2,
        "another visit has its own"
    );
    is_whole(&store).await;
}

async fn what_is_long_is_cut(world: &mut impl World) {
    let store = world.open();
    let Entry::Showing(long) = showing("anna", 1, 1_000, 1) else { unreachable!() };
    let mut long = *long;
    long.elements[0].value = Redacted::new("é".repeat(MAX_VALUE_CHARS + 1));
    long.candidates = vec![long.candidates[0].clone(); MAX_CANDIDATES + 7];
    store.log(vec![Entry::Showing(Box::new(long.clone()))]).await.unwrap();
    store.log(vec![Entry::Showing(Box::new(Showing { at: at(1_001), ..long }))]).await.unwrap();
    drop(store);

    let store = world.open();
    let kept = all_of(&store, "anna").await;
    let [Entry::Showing(kept)] = &kept[..] else { panic!("{} entries", kept.len()) };
    assert_eq!(kept.elements[0].value.reveal(), &"é".repeat(MAX_VALUE_CHARS));
    assert_eq!((kept.candidates.len(), kept.further), (MAX_CANDIDATES, 7));
    is_whole(&store).await;
}

async fn pages_of_everybody(world: &mut impl World) {
    let store = world.open();
    let mut told = Vec::new();
    for (number, when) in (0..40).zip(1_000..) {
        let who = ["anna", "ben", "zoe"][number % 3];
        let entry = showing(who, 1, when, number as u64);
        store.log(vec![entry.clone()]).await.unwrap();
        told.push(entry);
    }
    // The clock went back.
    let early = showing("max", 1, 500, 1);
    store.log(vec![early.clone()]).await.unwrap();
    drop(store);

    let store = world.open();
    let late = showing("max", 2, 1_000, 2);
    store.log(vec![late.clone()]).await.unwrap();
    let everything: Vec<Entry> = told.iter().cloned().chain([early, late.clone()]).collect();
    for size in [1, 7, 40, 1_000] {
        let all = in_pages(&store, 0, size).await;
        assert!(all.is_sorted_by(|(a, _), (b, _)| a < b), "names ascend");
        assert_eq!(all.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(), everything, "{size}");
    }
    let since = in_pages(&store, 1_035, 3).await.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>();
    assert_eq!(since, told[35..], "neither what is older nor what was logged later of a time before");
    let since = in_pages(&store, 1_000, 3).await.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>();
    assert_eq!(since.len(), 41);
    assert_eq!(since.last(), Some(&late));
    is_whole(&store).await;
}

/// Each writer's entries are told once, whoever else is at it, and in the order in which they were logged.
async fn pages_hold_each_entry_once_while_others_write(world: &mut impl World) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 30;
    let store = world.open();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0..EACH {
                // Clocks that differ by up to a second.
                let when = 10_000 + i64::try_from(number * 10 + (writer * 7 % 5) * 200).unwrap();
                store
                    .log(vec![showing(&format!("c{writer}"), u128::from(number), when, number)])
                    .await
                    .unwrap();
            }
        });
    }
    let (mut found, mut after, mut writing) = (Vec::new(), None, true);
    while found.len() < usize::try_from(WRITERS * EACH).unwrap() {
        let page = store.log_since(at(0), after, 5).await.unwrap();
        assert!(!page.is_empty() || writing, "{} found, and nobody writes any more", found.len());
        if page.is_empty() {
            writing = !writers.is_empty() && writers.try_join_next().is_none_or(|ended| ended.is_ok());
        }
        after = page.last().map(|(name, _)| *name).or(after);
        found.extend(page);
        tokio::task::yield_now().await;
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let names: BTreeSet<u64> = found.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), found.len(), "each once");
    assert_eq!(store.log_since(at(0), after, 5).await.unwrap(), [], "and nothing more");
    for writer in 0..WRITERS {
        let who = customer(&format!("c{writer}"));
        let of_one = found.iter().filter(|(_, entry)| *entry.customer() == who);
        let visits: Vec<u128> = of_one.map(|(_, entry)| entry.visit().0).collect();
        assert_eq!(visits, (0..u128::from(EACH)).collect::<Vec<_>>(), "of {who}");
    }
    is_whole(&store).await;
}

async fn erase(store: &EmbeddedStore, who: &CustomerId, when: i64) -> u64 {
    let erasure = Erasure { reason: Reason::Request, receipt: 1, at: at(when) };
    let forgotten = store.forget(vec![Identifier::from(who)], erasure).await.unwrap();
    let count = |word: &str| forgotten.records.get(word).copied().unwrap_or_default();
    count("showings") + count("remarks")
}

async fn who_was_erased_is_in_no_log(world: &mut impl World) {
    let (anna, used) = (customer("anna"), verdict(Verdict::Used));
    let store = world.open();
    for who in ["anna", "ben"] {
        store.put_customer(&customer(who), Redacted::default()).await.unwrap();
        store.log(vec![showing(who, 1, 1_000, 1), remark(who, 1, 1_001, used.clone())]).await.unwrap();
    }
    let seen = in_pages(&store, 0, 2).await.last().map(|(name, _)| *name);
    assert_eq!(erase(&store, &anna, 2_000).await, 2);
    assert_eq!(all_of(&store, "anna").await, []);
    assert_eq!(store.log_in_short(&anna, at(0), 9).await.unwrap(), []);
    // Whoever held a card of hers in memory does not bring her back; who comes back is new.
    store.log(vec![showing("anna", 1, 1_500, 2), remark("anna", 1, 2_500, used.clone())]).await.unwrap();
    assert_eq!(all_of(&store, "anna").await, []);
    let new = showing("anna", 2, 3_000, 1);
    store.log(vec![new.clone()]).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(all_of(&store, "anna").await, std::slice::from_ref(&new));
    assert_eq!(all_of(&store, "ben").await.len(), 2);
    assert_eq!(in_pages(&store, 0, 1).await.len(), 3);
    let since = store.log_since(at(0), seen, 9).await.unwrap();
    assert_eq!(since.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(), [new], "names go on");
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.records["showing"], report.records["remark"]), (2, 1));
}

async fn an_erasure_in_the_midst_of_writing_leaves_nothing(world: &mut impl World) {
    let store = world.open();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4_u64 {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0..40 {
                let entry = showing("anna", u128::from(number), 1_000, writer * 100 + number);
                store.log(vec![entry]).await.unwrap();
            }
        });
    }
    while all_of(&store, "anna").await.len() < 20 {
        tokio::task::yield_now().await;
    }
    erase(&store, &customer("anna"), 1_000).await;
    assert_eq!(all_of(&store, "anna").await, []);
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    assert_eq!(all_of(&store, "anna").await, [], "what is not from after it stays out");
    assert_eq!(in_pages(&store, 0, 9).await, []);
    assert_eq!(store.check(|_| ()).await.unwrap().records.get("showing"), None, "not a record is left");
    is_whole(&store).await;
}

async fn who_is_suppressed_is_not_logged(world: &mut impl World) {
    let store = world.open();
    let named = Identifier::from(&customer("anna"));
    store.log(vec![showing("anna", 1, 1_000, 1)]).await.unwrap();
    store.suppress(&named, &[]).await.unwrap();
    store.log(vec![showing("anna", 1, 1_001, 2), showing("ben", 1, 1_001, 2)]).await.unwrap();
    assert_eq!((all_of(&store, "anna").await.len(), all_of(&store, "ben").await.len()), (1, 1));
    store.lift(&named).await.unwrap();
    store.log(vec![showing("anna", 1, 1_002, 3)]).await.unwrap();
    assert_eq!(all_of(&store, "anna").await.len(), 2);
}

async fn what_is_old_goes(world: &mut impl World) {
    let store = world.open();
    store
        .log((0..300).zip(1_000..).map(|(number, when)| showing("anna", number, when, 1)).collect())
        .await
        .unwrap();
    let pass = |mode| {
        let store = store.clone();
        async move {
            let (mut due, mut kept, mut from) = (0, 0, None);
            loop {
                let aged = store.age(Class::Showings, at(1_290), from, mode).await.unwrap();
                (due, kept, from) = (due + aged.due, kept + aged.kept, aged.next);
                if from.is_none() {
                    return (due, kept);
                }
            }
        }
    };
    assert_eq!(pass(Mode::Preview).await, (290, 10));
    assert_eq!(pass(Mode::Delete).await, (290, 10));
    assert_eq!(pass(Mode::Delete).await, (0, 10));
    drop(store);
    let store = world.open();
    assert_eq!(all_of(&store, "anna").await.len(), 10);
    assert_eq!(in_pages(&store, 0, 4).await.len(), 10);
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.records["showing"], report.records["entry in short"]), (10, 10));
}
