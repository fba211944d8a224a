//! What lies on the disk: nothing personal in clear, only its own vault opens it, and raw messages are forgotten.

use std::{fs, ops::RangeInclusive, path::Path, time::Duration};

use shopbell_domain::{
    event::EventId,
    id::{MessageId, PhoneId, SourceId},
    identity::{Identifier, IdentifierKind},
    inbox::{Failure, Inbox, InboxNumber, Message, Settlement},
    redacted::Redacted,
};
use shopbell_store::{EmbeddedStore, OpenError, Options};

use crate::{
    rights::live,
    support::vault,
    world::{OnDisk, World as _, at, customer, is_whole},
};

fn message(name: &str, received: i64, body: &str) -> Message {
    Message {
        id: EventId {
            source: SourceId::new("web").unwrap(),
            message: MessageId::new(format!("canary-message-{name}")).unwrap(),
        },
        received: at(received),
        sent: None,
        privacy_control: false,
        body: Redacted::new(body.as_bytes().to_vec()),
    }
}

fn settled(taken: RangeInclusive<u64>, failures: &[u64], when: i64) -> Settlement {
    let failure = Failure { reason: "r".into(), field: "canary-field".into(), explanation: "e".into() };
    let failures = failures.iter().map(|number| (InboxNumber(*number), failure.clone())).collect();
    Settlement { taken: taken.map(InboxNumber).collect(), failures, at: at(when) }
}

/// Every byte of every file below.
fn bytes_of(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { bytes_of(&path) } else { fs::read(path).unwrap() });
    }
    all
}

fn hits(bytes: &[u8], canary: &str) -> usize {
    bytes.windows(canary.len()).filter(|window| *window == canary.as_bytes()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_lies_in_clear() {
    let mut world = OnDisk(tempfile::tempdir().unwrap());
    let store = world.open();
    let person = vec![
        Identifier::from(&customer("canary-customer")),
        Identifier::new(IdentifierKind::Email, "canary-mail@example.com").unwrap(),
        Identifier::new(IdentifierKind::Loyalty, "canary-loyalty").unwrap(),
        Identifier::from(PhoneId(0xCA11_AB1E_CA11_AB1E)),
        Identifier::new(IdentifierKind::Anonymous, "canary-browser").unwrap(),
    ];
    live(&store, "canary-customer", &person, 7).await;
    let waiting = message("waits", 1_000, "{\"canary-body\":1}");
    let long = message("long", 1_000, &"canary-body ".repeat(5_000));
    store.accept(vec![message("failed", 1_000, "canary-body"), long, waiting]).await.unwrap();
    store.settle(settled(1..=2, &[1], 1_001)).await.unwrap();
    is_whole(&store).await;
    drop(store);

    let raw = bytes_of(&world.0.path().join("store"));
    assert!(raw.len() > 80_000, "{} bytes", raw.len());
    let canaries =
        ["canary-", "Name canary", "order-of", "event-of", "browser-of", "ca11ab1e", "coat", "example.com"];
    for canary in canaries {
        assert_eq!(hits(&raw, canary), 0, "{canary}");
    }
    assert!(hits(&raw, "lyon") > 0, "what is public is there in clear: the search works");
}

#[test]
fn a_store_of_another_vault_or_of_none_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    drop(EmbeddedStore::open(&dir, Options::default(), vault(&home.path().join("one"))).unwrap());
    let other = vault(&home.path().join("other"));
    let error = EmbeddedStore::open(&dir, Options::default(), other.clone()).unwrap_err();
    assert!(matches!(error, OpenError::OtherVault { .. }), "{error}");
    assert!(error.to_string().contains("belongs to another vault"), "{error}");

    let former = home.path().join("former");
    {
        let raw = shopbell_durable::Store::open(&former, Options::default()).unwrap();
        let mut batch = shopbell_durable::WriteBatch::new();
        batch.put(b"canna\0\x01".to_vec(), vec![2, 4]);
        raw.commit_blocking(batch).unwrap();
    }
    let error = EmbeddedStore::open(&former, Options::default(), other.clone()).unwrap_err();
    assert!(matches!(error, OpenError::Unsealed { .. }), "{error}");
    assert!(error.to_string().contains("shopbell-server import"), "{error}");
    let error = EmbeddedStore::recover(&former, Options::default(), other, at(1), |_| ()).unwrap_err();
    assert!(error.to_string().contains("did not encrypt"), "{error}");
}

/// The key of an epoch goes with its last message; the keys of messages that wait or failed stay.
#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_raw_messages_are_destroyed_once_all_are_settled() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let live = || vault.counts().slots - vault.counts().free;
    let open = || EmbeddedStore::open(home.path().join("store"), Options::default(), vault.clone()).unwrap();
    let store = open();
    store.accept(vec![message("1", 1_000, "a"), message("2", 1_000, "b")]).await.unwrap();
    store.accept(vec![message("3", 2_000, "c")]).await.unwrap();
    assert_eq!(live(), 1, "one epoch");
    store.settle(settled(1..=2, &[2], 3_000)).await.unwrap();
    assert_eq!(live(), 2, "the epoch is young and one waits in it; one failed");
    store.settle(settled(3..=3, &[], 70_000)).await.unwrap();
    assert_eq!(live(), 1, "all of the epoch are settled, and it was old");
    store.accept(vec![message("4", 71_000, "d")]).await.unwrap();
    assert!(store.retry(InboxNumber(2), None).await.unwrap());
    assert_eq!(live(), 1, "the failed one is back, under the new epoch");
    assert_eq!(store.waiting(10).await.unwrap().len(), 2);
    drop(store);

    let store = open();
    assert_eq!(store.waiting(10).await.unwrap().len(), 2, "closed by the restart, and still wanted");
    store.accept(vec![message("6", 72_000, "e")]).await.unwrap();
    assert_eq!(live(), 2);
    store.settle(settled(4..=5, &[], 72_500)).await.unwrap();
    assert_eq!(live(), 1, "the old one has ended, the young one is open");
    store.settle(settled(6..=6, &[], 72_501)).await.unwrap();
    drop(store);
    drop(open());
    assert_eq!(live(), 0, "what was open at the end goes at the next opening");
}

/// Sources are taken up in turn, so a later epoch may be through before an earlier one.
#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_ends_with_the_last_of_its_own_messages() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let live = || vault.counts().slots - vault.counts().free;
    let open = || EmbeddedStore::open(home.path().join("store"), Options::default(), vault.clone()).unwrap();
    let store = open();
    store.accept(vec![message("1", 1_000, "a"), message("2", 1_000, "b")]).await.unwrap();
    store.settle(settled(2..=2, &[], 70_000)).await.unwrap();
    store.accept(vec![message("3", 71_000, "c")]).await.unwrap();
    assert_eq!(live(), 2);
    store.settle(settled(3..=3, &[], 140_000)).await.unwrap();
    assert_eq!(live(), 1, "the second has ended, of the first one waits");
    drop(store);
    let store = open();
    let waiting = store.waiting(10).await.unwrap();
    assert_eq!(waiting, [(InboxNumber(1), message("1", 1_000, "a"))], "and can be read");
    store.settle(settled(1..=1, &[], 141_000)).await.unwrap();
    assert_eq!(live(), 0);
    is_whole(&store).await;
}

/// No settlement comes, and what was said is forgotten all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_inbox_forgets_what_is_settled_and_old() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let live = || vault.counts().slots - vault.counts().free;
    let store = EmbeddedStore::open(home.path().join("store"), Options::default(), vault.clone()).unwrap();
    assert_eq!(store.forget_settled(at(0)).await.unwrap(), None, "nothing came yet");
    store.accept(vec![message("1", 1_000, "a"), message("2", 1_000, "b")]).await.unwrap();
    assert_eq!(store.forget_settled(at(2_000)).await.unwrap(), Some(Duration::from_secs(59)));
    assert!(store.forget_settled(at(70_000)).await.unwrap().is_some(), "they still wait");
    assert_eq!(store.waiting(10).await.unwrap().len(), 2);
    store.accept(vec![message("3", 71_000, "c")]).await.unwrap();
    assert_eq!(live(), 2, "the old epoch takes no more numbers");
    store.settle(settled(1..=3, &[], 72_000)).await.unwrap();
    assert_eq!(live(), 1, "the young one is open");
    assert_eq!(store.forget_settled(at(130_000)).await.unwrap(), Some(Duration::from_secs(1)));
    assert_eq!(live(), 1);
    assert_eq!(store.forget_settled(at(131_000)).await.unwrap(), None);
    assert_eq!(live(), 0, "an idle inbox holds no key");

    let failure = Failure { reason: "x".to_owned(), field: String::new(), explanation: String::new() };
    store.accept_failed(vec![(message("4", 200_000, "d"), failure)]).await.unwrap();
    assert_eq!(live(), 2);
    assert_eq!(store.forget_settled(at(300_000)).await.unwrap(), None);
    assert_eq!(live(), 1, "what failed is wanted, and nothing else");
    store.accept(vec![message("5", 300_001, "e")]).await.unwrap();
    assert_eq!(store.waiting(10).await.unwrap().len(), 1, "a new epoch opens");
    is_whole(&store).await;
}

/// An older copy of the vault, put back by hand: what was accepted since is not silently missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_is_older_than_the_store_is_found_out() {
    let home = tempfile::tempdir().unwrap();
    let (place, copy) = (home.path().join("vault"), home.path().join("copy"));
    let open = || EmbeddedStore::open(home.path().join("store"), Options::default(), vault(&place)).unwrap();
    let store = open();
    store.accept(vec![message("1", 1_000, "a")]).await.unwrap();
    assert_eq!(store.lost_messages().await.unwrap(), 0);
    drop(store);
    fs::create_dir(&copy).unwrap();
    for name in ["keys", "tombstones"] {
        fs::copy(place.join(name), copy.join(name)).unwrap();
    }
    let store = open();
    store.accept(vec![message("2", 2_000, "b"), message("3", 2_000, "c")]).await.unwrap();
    store.settle(settled(1..=2, &[2], 3_000)).await.unwrap();
    assert_eq!(store.lost_messages().await.unwrap(), 0);
    drop(store);
    for name in ["keys", "tombstones"] {
        fs::copy(copy.join(name), place.join(name)).unwrap();
    }

    let store = open();
    assert!(store.waiting(10).await.unwrap().is_empty(), "nobody would have known");
    assert_eq!(store.lost_messages().await.unwrap(), 2, "one waits, one failed");
    assert!(store.sweep().await.unwrap() >= 2);
    assert_eq!(store.lost_messages().await.unwrap(), 0);
    drop(store);
    let store = open();
    store.accept(vec![message("4", 9_000, "d")]).await.unwrap();
    assert_eq!(store.waiting(10).await.unwrap().len(), 1);
    is_whole(&store).await;
}
