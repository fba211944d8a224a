//! What the applier does when nothing comes.

use super::*;

/// The key of the last messages goes within two minutes, and nobody needs to send another message for that.
#[tokio::test(start_paused = true)]
async fn what_was_said_is_forgotten_though_nothing_follows() {
    let Desk { store, inbox, applier, clock, .. } = Desk::on(EmbeddedStore::in_memory());
    let stop = CancellationToken::new();
    let keys = || store.vault().counts().slots - store.vault().counts().free;
    let sending = async {
        let watched = wish("p1", 1, &json!({ "anonymousId": "b1" }));
        inbox.accept(vec![Message { received: clock.now(), ..watched }]).await.unwrap();
        let first = keys();
        assert!(first > 0);
        while inbox.backlog().await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
        let before = keys();
        let mut waited = Duration::ZERO;
        while keys() == before {
            assert!(waited < Duration::from_secs(120), "{before} keys after {waited:?}");
            let moment = Duration::from_secs(5);
            clock.advance(moment);
            tokio::time::sleep(moment).await;
            waited += moment;
        }
        assert_eq!(keys(), before - 1, "the raw messages' one, not the browser's");
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(applier.run(stop.clone()), sending);
    ended.unwrap();
}
