//! The contract of consent: what was decided holds, and its proof stays as it was written.

use shopbell_domain::{
    consent::{
        Channel, Collection, Consent, Decision, Field, Proof, Purpose, Sharing, SharingLevel, TextName,
        TextShown, Told, Use, port::Consents,
    },
    ports::{Applied, Change, Customers, Imports, SharingTold, StoreError},
    redacted::Redacted,
};

use crate::world::{World, at, customer, is_whole};

contract!(
    decisions_and_proofs,
    decisions_of_one_moment,
    what_a_file_tells,
    pages_of_proofs,
    texts_that_were_shown
);

fn told() -> Told {
    let name = TextName { id: "in-shop".into(), version: 2, language: "fr".into() };
    Told { text: Some(TextShown { name, sha256: [7; 32] }), how: Collection::App, by: "shop-app".into() }
}

async fn decisions_and_proofs(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    let present = Decision::level(SharingLevel::Present);
    assert!(matches!(
        store.decide_consent(&anna, present, told(), at(1)).await,
        Err(StoreError::NotFound("customer"))
    ));
    assert_eq!(store.history(&anna).await.unwrap(), [], "what was refused was not decided");
    for name in ["anna", "annabel"] {
        store.put_customer(&customer(name), Redacted::default()).await.unwrap();
    }
    let decided = store.decide_consent(&anna, present, told(), at(2)).await.unwrap();
    assert_eq!((decided.consent, decided.consented_since), (present.after(Consent::default()), at(2)));
    store.decide_consent(&customer("annabel"), present, Told::nothing("app"), at(3)).await.unwrap();
    let cart = Use { purpose: Purpose::Advise, channel: Channel::Tablet, field: Field::Cart };
    let more = Decision { restrict: Some(true), pause_until: Some(at(99)), ..Decision::give([cart]) };
    let last = store.decide_consent(&anna, more, told(), at(4)).await.unwrap();
    drop(store);

    let store = world.open();
    let kept = store.customer(&anna).await.unwrap().unwrap();
    assert_eq!(kept, last);
    let first = Proof {
        at: at(2),
        decision: present,
        before: Consent::default(),
        after: decided.consent,
        told: told(),
    };
    let second =
        Proof { at: at(4), decision: more, before: decided.consent, after: last.consent, told: told() };
    assert_eq!(store.history(&anna).await.unwrap(), [first.clone(), second.clone()]);
    let file = Sharing { level: SharingLevel::Counted, ..Sharing::default() };
    let by_file = store.set_sharing(&anna, file, at(5)).await.unwrap();
    assert!(by_file.consent.restricted, "a file knows of levels only");
    let history = store.history(&anna).await.unwrap();
    assert_eq!(history[..2], [first, second]);
    assert_eq!((history.len(), &history[2].told, history[2].after), (3, &Told::file(), by_file.consent));
    is_whole(&store).await;
}

/// Each has its proof, in the order in which they were written.
async fn decisions_of_one_moment(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    store.put_customer(&anna, Redacted::default()).await.unwrap();
    let levels = SharingLevel::ALL;
    for level in levels {
        store.decide_consent(&anna, Decision::level(level), told(), at(7)).await.unwrap();
    }
    let history = store.history(&anna).await.unwrap();
    let decided: Vec<_> = history.iter().map(|proof| proof.decision.level).collect();
    assert_eq!(decided, levels.map(Some));
    for pair in history.windows(2) {
        assert_eq!(pair[0].after, pair[1].before, "each begins where the one before it ended");
    }
}

async fn what_a_file_tells(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    let line = |level, millis| {
        let sharing = Sharing { level, ..Sharing::default() };
        let sharing = Some(SharingTold { sharing, at: at(millis) });
        Change::Customer { id: anna.clone(), name: Redacted::default(), sharing }
    };
    let applied = store.apply(vec![line(SharingLevel::Wishes, 5), line(SharingLevel::Wishes, 6)]).await;
    assert_eq!(applied.unwrap(), [Applied::New, Applied::Known]);
    let sizes = Use { purpose: Purpose::Advise, channel: Channel::Tablet, field: Field::Sizes };
    let mut held =
        store.decide_consent(&anna, Decision::refuse([sizes]), told(), at(7)).await.unwrap().consent;
    store.apply(vec![line(SharingLevel::Purchases, 8)]).await.unwrap();
    held.sharing.level = SharingLevel::Purchases;
    assert_eq!(store.customer(&anna).await.unwrap().unwrap().consent, held, "what was refused stays so");
    let history = store.history(&anna).await.unwrap();
    let proved: Vec<_> = history.iter().map(|proof| (proof.at, proof.told.how)).collect();
    assert_eq!(
        proved,
        [(at(5), Collection::File), (at(7), Collection::App), (at(8), Collection::File)],
        "a line that changes nothing decides nothing"
    );
}

async fn pages_of_proofs(world: &mut impl World) {
    let (store, anna) = (world.open(), customer("anna"));
    assert_eq!(store.history_page(&anna, 0, 9).await.unwrap(), (vec![], 0));
    store.put_customer(&anna, Redacted::default()).await.unwrap();
    for n in 0..600 {
        let decision = Decision { pause_until: Some(at(1_000 + n)), ..Decision::default() };
        store.decide_consent(&anna, decision, Told::nothing("app"), at(n)).await.unwrap();
    }
    let times = |proofs: Vec<Proof>| proofs.into_iter().map(|proof| proof.at).collect::<Vec<_>>();
    let (newest, total) = store.history_page(&anna, 0, 2).await.unwrap();
    assert_eq!((times(newest), total), (vec![at(599), at(598)], 600));
    let (last, _) = store.history_page(&anna, 598, 9).await.unwrap();
    assert_eq!(times(last), [at(1), at(0)]);
    assert_eq!(store.history_page(&anna, 600, 9).await.unwrap(), (vec![], 600));
}

async fn texts_that_were_shown(world: &mut impl World) {
    let (store, anna) = (world.open(), customer("anna"));
    store.put_customer(&anna, Redacted::default()).await.unwrap();
    let present = Decision::level(SharingLevel::Present);
    store.decide_consent(&anna, present, told(), at(1)).await.unwrap();
    drop(store);
    let store = world.open();
    let shown = told().text.unwrap();
    assert_eq!(store.pinned_texts().await.unwrap(), std::slice::from_ref(&shown), "a proof names it");
    let other = TextShown { name: TextName { version: 3, ..shown.name.clone() }, sha256: [8; 32] };
    assert_eq!(store.pin_texts(vec![shown.clone(), other.clone()]).await.unwrap(), None);
    let changed = TextShown { sha256: [9; 32], ..shown.clone() };
    assert_eq!(store.pin_texts(vec![changed.clone()]).await.unwrap(), Some(shown.clone()));
    let lied = Told { text: Some(changed), ..told() };
    assert!(matches!(
        store.decide_consent(&anna, present, lied, at(2)).await,
        Err(StoreError::Unavailable(why)) if why.contains("in-shop version 2 (fr)")
    ));
    let mut pinned = store.pinned_texts().await.unwrap();
    pinned.sort_by_key(|text| text.name.version);
    assert_eq!(pinned, [shown, other]);
    is_whole(&store).await;
}
