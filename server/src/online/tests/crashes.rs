//! The applier on a store that dies, and after a kill.

use std::sync::atomic::{AtomicU32, Ordering};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_store::Options;
use shopbell_vault::{Kek, Options as VaultOptions, Vault};

use super::*;

/// A store that dies at some commits: before it, or after it and before anybody hears of it.
struct Dying {
    store: EmbeddedStore,
    commits: AtomicU32,
}

impl Dying {
    fn next(&self) -> u32 {
        self.commits.fetch_add(1, Ordering::Relaxed) % 3
    }
}

fn died() -> StoreError {
    StoreError::Unavailable("the disk is gone".to_owned())
}

#[async_trait]
impl Identities for Dying {
    async fn add_evidence(&self, evidence: Vec<Evidence>) -> Result<(), StoreError> {
        self.store.add_evidence(evidence).await
    }
    async fn known_of(&self, identifier: &Identifier, pairs: usize) -> Result<Known, StoreError> {
        self.store.known_of(identifier, pairs).await
    }
    async fn retract(&self, retraction: Retraction) -> Result<bool, StoreError> {
        self.store.retract(retraction).await
    }
    async fn withdraw(&self, what: &Retracted, withdrawal: Withdrawal) -> Result<bool, StoreError> {
        self.store.withdraw(what, withdrawal).await
    }
    async fn decisions_of(&self, identifier: &Identifier) -> Result<Vec<RetractionRecord>, StoreError> {
        self.store.decisions_of(identifier).await
    }
    async fn customer_of(&self, identifier: &Identifier) -> Result<Option<Option<CustomerId>>, StoreError> {
        self.store.customer_of(identifier).await
    }
    async fn remember(&self, found: Vec<(Identifier, Option<CustomerId>)>) -> Result<(), StoreError> {
        self.store.remember(found).await
    }
}

#[async_trait]
impl Events for Dying {
    async fn would_count(&self, evidence: Vec<Evidence>) -> Result<Vec<bool>, StoreError> {
        self.store.would_count(evidence).await
    }
    async fn evidence_of(&self, what: &Retracted) -> Result<Vec<Evidence>, StoreError> {
        self.store.evidence_of(what).await
    }
    async fn events_of(&self, home: &Identifier) -> Result<Vec<Event>, StoreError> {
        self.store.events_of(home).await
    }
    async fn view(&self, customer: &CustomerId) -> Result<Option<View>, StoreError> {
        self.store.view(customer).await
    }
    async fn write_effects(&self, effects: Effects) -> Result<(), StoreError> {
        match self.next() {
            0 => Err(died()),
            1 => self.store.write_effects(effects).await.and(Err(died())),
            _ => self.store.write_effects(effects).await,
        }
    }
    async fn decide(&self, decision: Decision, stale: Vec<Identifier>) -> Result<bool, StoreError> {
        self.store.decide(decision, stale).await
    }
    async fn stale(&self, limit: usize) -> Result<Vec<Identifier>, StoreError> {
        self.store.stale(limit).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_dies_at_any_commit_loses_and_doubles_nothing() {
    let mut dice = Dice(7);
    let messages: Vec<Message> = (0..60).map(|number| any_message(number, &mut dice)).collect();
    let store = EmbeddedStore::in_memory();
    let dying = Arc::new(Dying { store: store.clone(), commits: AtomicU32::new(0) });
    let Desk { inbox, applier, handle, .. } = Desk::with(store.clone(), dying);
    let stop = CancellationToken::new();
    let running = async {
        applier.run(stop.clone()).await.unwrap();
    };
    let pair = Retracted::Pair(Pair::new(customer("anna"), browser("b1")));
    let sending = async {
        for (at, some) in messages.chunks(7).enumerate() {
            inbox.accept(some.to_vec()).await.unwrap();
            if at == 4 {
                // What was decided holds, whether or not the views could follow at once.
                let _ = handle.decide(retract(pair.clone())).await;
            }
        }
        while inbox.backlog().await.unwrap() > 0 || !store.stale(1).await.unwrap().is_empty() {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        stop.cancel();
    };
    tokio::join!(running, sending);
    let back = Retractions::from_iter([pair]);
    for name in CUSTOMERS {
        let found = store.profile(&CustomerId::new(name).unwrap()).await.unwrap();
        assert_eq!(found, expected(&messages, &back, name), "{name}");
    }
    let events = store.check(|_| ()).await.unwrap().records["event"];
    assert_eq!(events, 60, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_before_a_kill_is_taken_up_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let options = VaultOptions::new(directory.path().join("vault"), Kek::new([3; 32].into()));
        let (vault, _) = Vault::open(&options, StdRng::from_os_rng()).unwrap();
        EmbeddedStore::open(directory.path().join("store"), Options::default(), vault).unwrap()
    };
    let mut dice = Dice(11);
    let messages: Vec<Message> = (0..30).map(|number| any_message(number, &mut dice)).collect();
    for (at, some) in messages.chunks(5).enumerate() {
        let desk = Desk::on(open());
        desk.inbox.accept(some.to_vec()).await.unwrap();
        // Killed with messages waiting; or with a run in the store; or with a decision and no view that follows it yet.
        if at % 3 == 1 {
            desk.take(&[]).await;
        }
        if at == 3 {
            let pair = Retracted::Pair(Pair::new(customer("bo"), browser("b2")));
            let stale = vec![customer("bo"), browser("b2"), customer("anna"), customer("cy")];
            assert!(desk.store.decide(retract(pair), stale).await.unwrap());
        }
    }
    let desk = Desk::on(open());
    let stop = CancellationToken::new();
    let Desk { store, inbox, applier, .. } = desk;
    let watching = async {
        let deadline = Instant::now() + Duration::from_secs(30);
        while inbox.backlog().await.unwrap() > 0 || !store.stale(1).await.unwrap().is_empty() {
            assert!(Instant::now() < deadline, "nothing is taken up");
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(applier.run(stop.clone()), watching);
    ended.unwrap();
    let back = Retractions::from_iter([Retracted::Pair(Pair::new(customer("bo"), browser("b2")))]);
    for name in CUSTOMERS {
        let found = store.profile(&CustomerId::new(name).unwrap()).await.unwrap();
        assert_eq!(found, expected(&messages, &back, name), "{name}");
    }
    assert_eq!(store.waiting(10).await.unwrap(), Vec::<(InboxNumber, Message)>::new());
    assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
}
