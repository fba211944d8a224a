//! The applier on a store that dies, and after a kill.

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_store::Options;
use shopbell_vault::{Kek, Options as VaultOptions, Vault};

use super::{watched::Watched, *};

#[tokio::test(start_paused = true)]
async fn a_store_that_dies_at_any_commit_loses_and_doubles_nothing() {
    let mut dice = Dice(7);
    let messages: Vec<Message> = (0..60).map(|number| any_message(number, &mut dice)).collect();
    let store = EmbeddedStore::in_memory();
    let dying = Arc::new(Watched::dying(store.clone()));
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
