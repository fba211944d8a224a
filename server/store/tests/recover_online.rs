//! Damaged stores, many seeds, that lived an online life: no message twice, nothing that was undone comes back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of a test fail it by panicking")]

mod damaged;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use damaged::{at, copy, damage, options};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    event::{
        Action, Event, EventId, Line, Origin,
        port::{Decision, Effects, Events},
    },
    id::{CustomerId, MessageId, ProductId, SourceId},
    identity::{
        Evidence, Identifier, IdentifierKind, Pair, Retracted, Retraction, Retractions,
        port::{Identities, Withdrawal},
    },
    inbox::{Acceptance, Failure, Inbox, InboxNumber, Message, Settlement},
    profile::View,
    redacted::Redacted,
};
use shopbell_store::{EmbeddedStore, Recovered, RecoveryReport};
use shopbell_vault::Vault;
use support::vault;

const CASES: u64 = 40;
const PEOPLE: u64 = 60;
const MENDED: &[u8] = b"mended";

fn anna(person: u64) -> CustomerId {
    CustomerId::new(format!("customer-{person:03}")).unwrap()
}

fn browser(number: u64) -> Identifier {
    Identifier::new(IdentifierKind::Anonymous, &format!("browser-{number:03}")).unwrap()
}

fn pair(person: u64, number: u64) -> Retracted {
    Retracted::Pair(Pair::new(Identifier::from(&anna(person)), browser(number)))
}

/// Its name says everything: whose it is, from which browser, and whether it can be used as it is.
fn message(rng: &mut StdRng, number: u64) -> Message {
    let person = rng.random_range(0..PEOPLE);
    // Now and then on somebody else's browser, and too long for one record.
    let browser = if rng.random_ratio(1, 5) { rng.random_range(0..PEOPLE) } else { person };
    let sound = if rng.random_ratio(1, 8) { "bad" } else { "good" };
    let bytes = if rng.random_ratio(1, 25) { 30_000 } else { 60 };
    Message {
        id: EventId {
            source: SourceId::new("web").unwrap(),
            message: MessageId::new(format!("{number}-{person}-{browser}-{sound}")).unwrap(),
        },
        received: at(i64::try_from(number).unwrap()),
        sent: None,
        privacy_control: false,
        body: Redacted::new(vec![b'x'; bytes]),
    }
}

fn read(message: &Message) -> Result<Event, Failure> {
    let name = message.id.message.as_str();
    let fields: Vec<&str> = name.split('-').collect();
    if fields[3] == "bad" && message.body.reveal() != MENDED {
        let (reason, explanation) = ("bad".to_owned(), "it is bad".to_owned());
        return Err(Failure { reason, field: String::new(), explanation });
    }
    let (person, number) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
    Ok(Event {
        id: message.id.clone(),
        at: message.received,
        who: vec![Identifier::from(&anna(person)), browser(number)],
        origin: Origin::Web,
        privacy_control: false,
        action: Action::WishAdded(Line::of(ProductId::new(format!("p-{}", fields[0])).unwrap())),
    })
}

/// What the applier does.
async fn take_up(store: &EmbeddedStore) {
    loop {
        let waiting = store.waiting(50).await.unwrap();
        if waiting.is_empty() {
            return;
        }
        let mut effects = Effects::default();
        let mut failures = Vec::new();
        let taken = waiting.iter().map(|(number, _)| *number).collect();
        for (number, message) in waiting {
            match read(&message) {
                Ok(event) => {
                    let customer = event.who[0].customer().unwrap();
                    effects.evidence.extend(Evidence::of(&event));
                    effects.found.push((event.who[0].clone(), Some(customer.clone())));
                    effects.views.push((customer, View::rebuild([&event])));
                    effects.events.push(event);
                }
                Err(failure) => failures.push((number, failure)),
            }
        }
        effects.settlement = Some(Settlement { taken, failures, at: at(0) });
        store.write_effects(effects).await.unwrap();
    }
}

#[derive(Default)]
struct Truth {
    messages: BTreeMap<EventId, Message>,
    mended: BTreeSet<EventId>,
    taken_back: BTreeSet<Retracted>,
    decided: u64,
}

async fn decide(store: &EmbeddedStore, rng: &mut StdRng, truth: &mut Truth) {
    let who = || Redacted::new("ana".to_owned());
    let what = if rng.random_ratio(1, 2) {
        let names: Vec<&EventId> = truth.messages.keys().collect();
        Retracted::Event(names[rng.random_range(0..names.len())].clone())
    } else {
        let person = rng.random_range(0..PEOPLE);
        pair(person, if rng.random_ratio(1, 2) { person } else { rng.random_range(0..PEOPLE) })
    };
    let retraction = Retraction { what: what.clone(), by: who(), at: at(0), why: who() };
    if store.decide(Decision::Retract(retraction), vec![]).await.unwrap() {
        truth.decided += 1;
        truth.taken_back.insert(what);
    }
    if rng.random_ratio(1, 4) {
        let what = truth.taken_back.iter().nth(rng.random_range(0..truth.taken_back.len())).unwrap().clone();
        let withdrawal = Withdrawal { by: who(), at: at(1), why: who() };
        assert!(store.decide(Decision::Withdraw { what: what.clone(), withdrawal }, vec![]).await.unwrap());
        truth.taken_back.remove(&what);
    }
}

/// A store that has lived: messages applied, failed, mended and waiting, and decisions up and down, over several starts.
async fn sound_store(dir: &Path, vault: &Vault, rng: &mut StdRng) -> Truth {
    let mut truth = Truth::default();
    for _ in 0..3 {
        let store = EmbeddedStore::open(dir, options(), vault.clone()).unwrap();
        for _ in 0..60 {
            take_up(&store).await;
            let first = truth.messages.len() as u64;
            let batch: Vec<Message> = (first..first + 8).map(|number| message(rng, number)).collect();
            truth.messages.extend(batch.iter().map(|message| (message.id.clone(), message.clone())));
            store.accept(batch).await.unwrap();
            decide(&store, rng, &mut truth).await;
            if rng.random_ratio(1, 4)
                && let Some(failed) = store.failed(None, 1).await.unwrap().pop()
            {
                assert!(store.retry(failed.number, Some(Redacted::new(MENDED.to_vec()))).await.unwrap());
                truth.mended.insert(failed.message.id);
            }
        }
        assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
    }
    truth
}

/// All that is there, by name: what was applied, what waits, and what failed.
async fn everything(store: &EmbeddedStore) -> [Vec<EventId>; 3] {
    let mut events = Vec::new();
    for person in 0..PEOPLE {
        let found = store.events_of(&Identifier::from(&anna(person))).await.unwrap();
        events.extend(found.into_iter().map(|event| event.id));
    }
    let waiting = store.waiting(100_000).await.unwrap().into_iter().map(|(_, message)| message.id);
    let failed = store.failed(None, 100_000).await.unwrap().into_iter().map(|failed| failed.message.id);
    [events, waiting.collect(), failed.collect()]
}

async fn each_stands_once(store: &EmbeddedStore, truth: &Truth) -> BTreeSet<EventId> {
    assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
    let all = everything(store).await.concat();
    let names: BTreeSet<EventId> = all.iter().cloned().collect();
    assert_eq!(names.len(), all.len(), "a message is in one place, once");
    assert!(names.iter().all(|name| truth.messages.contains_key(name)));
    assert!(names.iter().all(|name| store.has_seen(name).unwrap()), "a name for each");
    assert_eq!(store.messages_seen().await.unwrap(), names.len() as u64, "and no other");
    names
}

/// Pieces of evidence that count, none of which may be taken back.
async fn nothing_undone_counts(store: &EmbeddedStore, truth: &Truth) -> usize {
    let undone: Retractions = truth.taken_back.iter().cloned().collect();
    let mut counting = 0;
    for person in 0..PEOPLE {
        let known = store.known_of(&Identifier::from(&anna(person)), 10_000).await.unwrap().evidence;
        for piece in &known {
            assert!(!undone.cover(piece), "{piece:?} was taken back");
        }
        counting += known.len();
    }
    counting
}

#[derive(Debug, Default)]
struct Tally {
    healthy: u64,
    recovered: u64,
    kept: usize,
    lost: usize,
    counting: usize,
    evidence_closed: u64,
    decisions_closed: u64,
}

async fn holds(
    (dir, vault): (&Path, &Vault),
    truth: &Truth,
    anew: Option<&RecoveryReport>,
    tally: &mut Tally,
) {
    let store = EmbeddedStore::open(dir, options(), vault.clone()).unwrap();
    let names = each_stands_once(&store, truth).await;
    let counting = nothing_undone_counts(&store, truth).await;
    if anew.is_some() {
        tally.kept += names.len();
        tally.lost += truth.messages.len() - names.len();
        tally.counting += counting;
        let stale: BTreeSet<Identifier> = store.stale(100_000).await.unwrap().into_iter().collect();
        for person in 0..PEOPLE {
            let identifier = Identifier::from(&anna(person));
            let has_events = !store.events_of(&identifier).await.unwrap().is_empty();
            assert_eq!(stale.contains(&identifier), has_events, "its view is to be made anew");
            assert_eq!(store.view(&anna(person)).await.unwrap(), None);
            assert_eq!(store.customer_of(&identifier).await.unwrap(), None);
        }
    } else {
        assert_eq!(names.len(), truth.messages.len());
    }
    // Senders send everything again: what was lost comes back, and nothing comes twice.
    let all: Vec<Message> = truth.messages.values().cloned().collect();
    let known = |message: &Message| names.contains(&message.id);
    let answer = |known| if known { Acceptance::Duplicate } else { Acceptance::New };
    let expected: Vec<Acceptance> = all.iter().map(known).map(answer).collect();
    assert_eq!(store.accept(all).await.unwrap(), expected);
    take_up(&store).await;
    assert_eq!(each_stands_once(&store, truth).await.len(), truth.messages.len());
}

#[tokio::test]
async fn no_message_twice_and_nothing_undone_comes_back() {
    let mut rng = StdRng::seed_from_u64(20_261_124);
    let home = tempfile::tempdir().unwrap();
    let (sound, keys) = (home.path().join("sound"), home.path().join("vault"));
    let truth = sound_store(&sound, &vault(&keys), &mut rng).await;
    assert!(truth.taken_back.len() > 30 && truth.mended.len() > 10 && truth.decided > 100);
    let mut tally = Tally::default();
    for case in 0..CASES {
        let place = home.path().join(format!("case-{case}"));
        let dir = place.join("store");
        copy(&sound, &dir);
        // Each has a vault of its own: what one of them has settled, its vault forgets.
        copy(&keys, &place.join("vault"));
        let vault = vault(&place.join("vault"));
        println!("case {case}: {}", damage(&dir, &mut rng));
        match EmbeddedStore::recover(&dir, options(), vault.clone(), at(1_000_000), |_| ()).unwrap() {
            Recovered::Healthy => {
                tally.healthy += 1;
                holds((&dir, &vault), &truth, None, &mut tally).await;
            }
            Recovered::Anew(report) => {
                tally.recovered += 1;
                tally.evidence_closed += report.evidence_closed;
                tally.decisions_closed += report.decisions_closed;
                let again =
                    EmbeddedStore::recover(&dir, options(), vault.clone(), at(1_000_001), |_| ()).unwrap();
                assert!(matches!(again, Recovered::Healthy), "{again:?}");
                holds((&dir, &vault), &truth, Some(&report), &mut tally).await;
            }
        }
        fs::remove_dir_all(&place).unwrap();
    }
    println!("{CASES} damaged stores of {} messages each: {tally:#?}", truth.messages.len());
    assert!(tally.recovered > CASES / 3, "{tally:?}: the damage did not reach anything");
    assert!(tally.kept > tally.lost && tally.lost > 0, "{tally:?}: most messages are given back");
    assert!(tally.counting > 0 && tally.evidence_closed > 0, "{tally:?}");
}

/// As if the log had given back older records, and lost whole pages: nobody else says so.
#[tokio::test]
async fn what_the_log_gives_back_too_late_is_made_harmless() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let dir = home.path().join("store");
    let mut rng = StdRng::seed_from_u64(6);
    let mut truth = sound_store(&dir, &vault, &mut rng).await;
    let store = EmbeddedStore::open(&dir, options(), vault.clone()).unwrap();
    let raw = |what: &dyn Fn(&shopbell_durable::Store, &mut shopbell_durable::WriteBatch)| {
        let raw = shopbell_durable::Store::open(&dir, options()).unwrap();
        let mut batch = shopbell_durable::WriteBatch::new();
        what(&raw, &mut batch);
        raw.commit_blocking(batch).unwrap();
    };
    let failed = store.failed(None, 1).await.unwrap().pop().unwrap();
    let before = everything(&store).await;
    drop(store);
    let older = {
        let raw = shopbell_durable::Store::open(&dir, options()).unwrap();
        [&b"i"[..], b"X", b"+"].map(|tag| raw.scan_prefix(tag, None, 10_000).unwrap()).concat()
    };
    let store = EmbeddedStore::open(&dir, options(), vault.clone()).unwrap();
    assert!(store.retry(failed.number, Some(Redacted::new(MENDED.to_vec()))).await.unwrap());
    take_up(&store).await;
    let highest = store.failed(None, 10_000).await.unwrap().last().unwrap().number;
    let last = message(&mut rng, 1_000_000);
    truth.messages.insert(last.id.clone(), last.clone());
    store.accept(vec![last.clone()]).await.unwrap();
    let InboxNumber(number) = store.waiting(1).await.unwrap()[0].0;
    assert!(number > highest.0);
    let after = everything(&store).await;
    assert!(!before[1].is_empty() && after[0].len() > before[0].len() && after[1].len() == 1);
    drop(store);
    raw(&|raw, batch| {
        for entry in &older {
            batch.put(entry.key.clone(), entry.value.clone());
        }
        // Decisions about pairs, how far the inbox is taken up, indexes, and one name.
        for (tag, most) in [(&b"z"[..], 10_000), (b"n", 1), (b"j", 50), (b"u", 50), (b"m", 1)] {
            for entry in raw.scan_prefix(tag, None, most).unwrap() {
                batch.delete(entry.key);
            }
        }
    });
    let Recovered::Anew(report) =
        EmbeddedStore::recover(&dir, options(), vault.clone(), at(9), |_| ()).unwrap()
    else {
        panic!("it was not healthy");
    };
    assert!(report.lost["decisions about a pair"] > 10, "{report:?}");
    assert_eq!((report.lost["name of a message"], report.evidence_closed), (1, 0), "{report:?}");
    let store = EmbeddedStore::open(&dir, options(), vault.clone()).unwrap();
    each_stands_once(&store, &truth).await;
    let mut found = everything(&store).await;
    let mut expected = after;
    found.iter_mut().chain(&mut expected).for_each(|names| names.sort());
    assert_eq!(found, expected, "as it was: applied, waiting, failed");
    assert!(nothing_undone_counts(&store, &truth).await > 0);
    let next = message(&mut rng, 1_000_001);
    store.accept(vec![next]).await.unwrap();
    assert_eq!(store.waiting(2).await.unwrap()[1].0, InboxNumber(number + 1), "no number twice");
}
