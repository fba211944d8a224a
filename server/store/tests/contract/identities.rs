//! What every store owes those who tell who is who, in memory and on disk.

use std::collections::BTreeSet;

use shopbell_domain::{
    event::{
        EventId,
        port::{Decision, Events},
    },
    id::{CustomerId, MessageId, SourceId},
    identity::{
        Evidence, Exploration, Identifier, IdentifierKind, Pair, Resolution, Retracted, Retraction,
        Retractions, RuleSettings, Rules,
        port::{Identities, Withdrawal},
        resolve,
    },
    redacted::Redacted,
};
use shopbell_store::EmbeddedStore;

use crate::world::{OnDisk, World, at, is_whole};

fn named(name: &str) -> EventId {
    EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(name).unwrap() }
}

/// `c1` is a customer, `e1` an e-mail address, `a1` a browser.
fn who(name: &str) -> Identifier {
    let (kind, raw) = match &name[..1] {
        "c" => (IdentifierKind::Customer, format!("customer-{name}")),
        "e" => (IdentifierKind::Email, format!("{name}@example.com")),
        _ => (IdentifierKind::Anonymous, format!("browser-{name}")),
    };
    Identifier::new(kind, &raw).unwrap()
}

fn evidence(event: &str, when: i64, one: &str, other: &str) -> Evidence {
    let pair = Pair::new(who(one), who(other));
    let (a, b) = pair.ends();
    Evidence { id: named(event), at: at(when), a: a.clone(), b: b.clone() }
}

fn retraction(what: Retracted, when: i64) -> Retraction {
    Retraction {
        what,
        by: Redacted::new("ana".into()),
        at: at(when),
        why: Redacted::new("two people".into()),
    }
}

fn withdrawal(when: i64) -> Withdrawal {
    Withdrawal { by: Redacted::new("bo".into()), at: at(when), why: Redacted::new("one person".into()) }
}

fn pair(one: &str, other: &str) -> Retracted {
    Retracted::Pair(Pair::new(who(one), who(other)))
}

async fn explore(store: &EmbeddedStore, start: &Identifier, rules: &Rules) -> Resolution {
    let mut exploration = Exploration::new(start.clone(), rules, 10_000);
    while let Some(wanted) = exploration.wanted().unwrap().cloned() {
        let known = store.known_of(&wanted, rules.pairs_per_identifier()).await.unwrap();
        exploration.learn(&wanted, known);
    }
    exploration.finish()
}

async fn known(store: &EmbeddedStore, one: &str, pairs: usize) -> Vec<(String, i64)> {
    let known = store.known_of(&who(one), pairs).await.unwrap();
    assert_eq!(known.retractions, Retractions::default(), "only what counts is told");
    known.evidence.iter().map(|e| (e.id.message.as_str().to_owned(), e.at.as_millis())).collect()
}

fn told(all: &[(&str, i64)]) -> Vec<(String, i64)> {
    all.iter().map(|(name, when)| ((*name).to_owned(), *when)).collect()
}

async fn the_first_evidence_of_each_pair_is_found_from_both_ends(world: &mut impl World) {
    let store = world.open();
    let all = vec![
        evidence("m3", 30, "c1", "a1"),
        evidence("m1", 20, "c1", "a1"),
        evidence("m1", 20, "c1", "e1"),
        evidence("m2", 10, "c1", "a2"),
    ];
    store.add_evidence(all.clone()).await.unwrap();
    store.add_evidence(all[..2].to_vec()).await.unwrap();
    drop(store);
    let store = world.open();
    let expected = told(&[("m1", 20), ("m2", 10), ("m1", 20)]);
    assert_eq!(known(&store, "c1", 10).await, expected, "strongest first, then oldest, each pair once");
    assert_eq!(known(&store, "c1", 2).await, expected[..2]);
    assert_eq!(known(&store, "a1", 10).await, told(&[("m1", 20)]));
    assert_eq!(known(&store, "a3", 10).await, []);
    let counts = vec![
        evidence("m3", 30, "c1", "a1"),
        evidence("m4", 40, "c1", "a1"),
        evidence("m0", 19, "c1", "a1"),
        evidence("m4", 40, "c1", "a3"),
    ];
    assert_eq!(store.would_count(counts).await.unwrap(), [false, false, true, true]);
    let of_event = store.evidence_of(&Retracted::Event(named("m1"))).await.unwrap();
    assert_eq!(of_event, [all[2].clone(), all[1].clone()]);
    assert_eq!(store.evidence_of(&pair("a1", "c1")).await.unwrap(), [all[1].clone(), all[0].clone()]);
    is_whole(&store).await;
}

async fn a_decision_holds_until_it_is_withdrawn_and_is_kept(world: &mut impl World) {
    let store = world.open();
    let all = vec![evidence("m1", 10, "c1", "a1"), evidence("m2", 20, "c1", "a1")];
    store.add_evidence(all).await.unwrap();
    let first = Retracted::Event(named("m1"));
    assert!(store.retract(retraction(first.clone(), 100)).await.unwrap());
    assert!(!store.retract(retraction(first.clone(), 101)).await.unwrap(), "the first decision stands");
    assert_eq!(known(&store, "a1", 10).await, told(&[("m2", 20)]), "the next one counts");
    assert!(store.retract(retraction(pair("c1", "a1"), 102)).await.unwrap());
    assert_eq!(known(&store, "a1", 10).await, []);
    store.add_evidence(vec![evidence("m0", 5, "c1", "a1")]).await.unwrap();
    assert_eq!(known(&store, "a1", 10).await, [], "also what comes later");
    drop(store);

    let store = world.open();
    assert!(store.withdraw(&pair("a1", "c1"), withdrawal(103)).await.unwrap());
    assert!(!store.withdraw(&pair("a1", "c1"), withdrawal(104)).await.unwrap());
    assert_eq!(known(&store, "c1", 10).await, told(&[("m0", 5)]));
    assert!(store.retract(retraction(Retracted::Event(named("m0")), 105)).await.unwrap());
    assert!(store.withdraw(&first, withdrawal(106)).await.unwrap());
    assert_eq!(known(&store, "c1", 10).await, told(&[("m1", 10)]));
    assert!(store.retract(retraction(pair("a1", "c1"), 107)).await.unwrap(), "it may be decided again");
    let decisions = store.decisions_of(&who("a1")).await.unwrap();
    let times: Vec<(i64, Option<i64>)> = decisions
        .iter()
        .map(|d| (d.retraction.at.as_millis(), d.withdrawn.as_ref().map(|w| w.at.as_millis())))
        .collect();
    assert_eq!(times, [(100, Some(106)), (102, Some(103)), (105, None), (107, None)]);
    assert_eq!(store.decisions_of(&who("c1")).await.unwrap(), decisions);
    assert_eq!(store.decisions_of(&who("c2")).await.unwrap(), []);
    is_whole(&store).await;
}

async fn an_event_that_is_taken_back_before_it_comes_never_counts(world: &mut impl World) {
    let store = world.open();
    assert!(store.retract(retraction(Retracted::Event(named("m1")), 100)).await.unwrap());
    let late = evidence("m1", 10, "c1", "a1");
    assert_eq!(store.would_count(vec![late.clone()]).await.unwrap(), [false]);
    store.add_evidence(vec![late]).await.unwrap();
    assert_eq!(known(&store, "a1", 10).await, []);
    assert_eq!(store.decisions_of(&who("a1")).await.unwrap().len(), 1);
    is_whole(&store).await;
}

async fn whose_an_identifier_is_is_remembered_until_evidence_comes(world: &mut impl World) {
    let store = world.open();
    let anna = CustomerId::new("anna").unwrap();
    assert_eq!(store.customer_of(&who("a1")).await.unwrap(), None);
    store.remember(vec![(who("a1"), Some(anna.clone())), (who("a2"), None)]).await.unwrap();
    drop(store);
    let store = world.open();
    assert_eq!(store.customer_of(&who("a1")).await.unwrap(), Some(Some(anna.clone())));
    assert_eq!(store.customer_of(&who("a2")).await.unwrap(), Some(None));
    store.remember(vec![(who("a2"), Some(anna.clone()))]).await.unwrap();
    store.add_evidence(vec![evidence("m1", 10, "c1", "a1")]).await.unwrap();
    assert_eq!(store.customer_of(&who("a1")).await.unwrap(), None);
    assert_eq!(store.customer_of(&who("a2")).await.unwrap(), Some(Some(anna)));
}

async fn a_decision_tells_what_is_stale_in_the_same_commit(world: &mut impl World) {
    let store = world.open();
    store.add_evidence(vec![evidence("m1", 10, "c1", "a1")]).await.unwrap();
    let retract = || Decision::Retract(retraction(pair("c1", "a1"), 100));
    assert!(store.decide(retract(), vec![who("c1"), who("a1")]).await.unwrap());
    assert!(!store.decide(retract(), vec![who("c2")]).await.unwrap());
    drop(store);
    let store = world.open();
    let stale: BTreeSet<Identifier> = store.stale(10).await.unwrap().into_iter().collect();
    assert_eq!(stale, BTreeSet::from([who("c1"), who("a1")]));
    assert_eq!(store.stale(1).await.unwrap().len(), 1);
    let refreshed = shopbell_domain::event::port::Effects {
        refreshed: vec![who("c1")],
        ..shopbell_domain::event::port::Effects::default()
    };
    store.write_effects(refreshed).await.unwrap();
    assert_eq!(store.stale(10).await.unwrap(), [who("a1")]);
    let withdraw = Decision::Withdraw { what: pair("c1", "a1"), withdrawal: withdrawal(101) };
    assert!(store.decide(withdraw.clone(), vec![]).await.unwrap());
    assert!(!store.decide(withdraw, vec![]).await.unwrap());
    assert_eq!(known(&store, "a1", 10).await, told(&[("m1", 10)]));
}

/// SplitMix64: small, and good enough to choose.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn name(&mut self) -> String {
        format!("{}{}", ["c", "e", "a"][usize::try_from(self.below(3)).unwrap()], self.below(4))
    }
}

/// Evidence and decisions in any order: what is told suffices to find the persons that all of it makes.
async fn persons_are_those_that_all_evidence_makes(store: &EmbeddedStore, seed: u64, pairs: usize) {
    let rules = Rules::try_new(RuleSettings {
        pairs_per_identifier: pairs,
        shared_above: RuleSettings::default()
            .shared_above
            .into_iter()
            .filter(|(_, most)| usize::try_from(*most).unwrap() < pairs)
            .collect(),
        ..RuleSettings::default()
    })
    .unwrap();
    let mut dice = Dice(seed);
    let (mut all, mut back) = (Vec::new(), Retractions::default());
    for step in 0..40 {
        let what = if dice.below(2) == 0 {
            Retracted::Event(named(&format!("m{}", dice.below(30))))
        } else {
            Retracted::Pair(Pair::new(who(&dice.name()), who(&dice.name())))
        };
        match dice.below(8) {
            0 => {
                store.retract(retraction(what.clone(), step)).await.unwrap();
                back.insert(what);
            }
            1 => {
                store.withdraw(&what, withdrawal(step)).await.unwrap();
                back.remove(&what);
            }
            _ => {
                let (one, other) = (dice.name(), dice.name());
                let when = i64::try_from(dice.below(6)).unwrap();
                if one != other {
                    let piece = evidence(&format!("m{}", dice.below(30)), when, &one, &other);
                    let counts = store.would_count(vec![piece.clone()]).await.unwrap();
                    let before = explore(store, &piece.a, &rules).await;
                    store.add_evidence(vec![piece.clone()]).await.unwrap();
                    let after = explore(store, &piece.a, &rules).await;
                    assert!(counts[0] || before == after, "seed {seed}: what does not count changes nothing");
                    all.push(piece);
                }
            }
        }
    }
    let expected = resolve(all, &back, &rules);
    for kind in ["c", "e", "a"] {
        for number in 0..4 {
            let one = who(&format!("{kind}{number}"));
            let found = explore(store, &one, &rules).await.person_of(&one);
            assert_eq!(found, expected.person_of(&one), "seed {seed}");
        }
    }
    is_whole(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_history_in_memory() {
    for seed in 0..50 {
        persons_are_those_that_all_evidence_makes(&EmbeddedStore::in_memory(), seed, 1_000).await;
        persons_are_those_that_all_evidence_makes(&EmbeddedStore::in_memory(), seed, 4).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_history_on_disk() {
    let mut world = OnDisk(tempfile::tempdir().unwrap());
    persons_are_those_that_all_evidence_makes(&world.open(), 1, 1_000).await;
}

contract!(
    the_first_evidence_of_each_pair_is_found_from_both_ends,
    a_decision_holds_until_it_is_withdrawn_and_is_kept,
    an_event_that_is_taken_back_before_it_comes_never_counts,
    whose_an_identifier_is_is_remembered_until_evidence_comes,
    a_decision_tells_what_is_stale_in_the_same_commit,
);
