use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    event::{Purchase, port::Events as _},
    holdout::Arm,
    id::{AssociateId, CustomerId, OrderId, StoreId},
    ports::{Change, Customers as _, Imports as _, Ledger as _},
    profile::Source,
    redacted::Redacted,
    showing::{Entry, Remark, Said, Showing, Showings as _},
    time::Timestamp,
    visit::{Outcome, Visit},
};
use shopbell_durable::Options;
use shopbell_vault::{Erasure, Kek, Reason, Vault};

use super::*;

fn id(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn showing(customer: &CustomerId, number: u128) -> Entry {
    Entry::Showing(Box::new(Showing {
        at: at(11),
        customer: customer.clone(),
        visit: VisitId(number),
        store: StoreId::new("lyon").unwrap(),
        arm: Arm::Open,
        moment: String::new(),
        charter: 0,
        model: 0,
        seed: 0,
        speech: String::new(),
        elements: Vec::new(),
        unknown: Vec::new(),
        outlook: Vec::new(),
        weights: Vec::new(),
        candidates: Vec::new(),
        further: 0,
    }))
}

async fn live(store: &EmbeddedStore, name: &str, number: u128) {
    let customer = id(name);
    store.put_customer(&customer, Redacted::new(name.to_owned())).await.unwrap();
    let sharing = Sharing { level: SharingLevel::Present, greet_by_name: true, alone_until: None };
    store.set_sharing(&customer, sharing, at(5)).await.unwrap();
    let mut visit = Visit::new(VisitId(number), customer.clone(), StoreId::new("lyon").unwrap(), at(10));
    visit.ended = Some(at(20));
    store.put_visits(vec![visit]).await.unwrap();
    let said = Said::OfVisit(Some(Outcome::Sold));
    let remark = Remark {
        at: at(12),
        customer: customer.clone(),
        visit: VisitId(number),
        store: StoreId::new("lyon").unwrap(),
        associate: AssociateId::new("zoe").unwrap(),
        said,
    };
    store.log(vec![showing(&customer, number), Entry::Remark(remark)]).await.unwrap();
    let order = OrderId::new(format!("o-{name}")).unwrap();
    let purchase = Purchase { order, lines: Vec::new(), total: None, coupon: None, store: None };
    store.apply(vec![Change::Order { customer, at: at(7), source: Source::Import, purchase }]).await.unwrap();
}

#[tokio::test]
async fn of_who_was_erased_since_the_backup_nothing_is_left() {
    let home = tempfile::tempdir().unwrap();
    let options = shopbell_vault::Options::new(home.path().join("vault"), Kek::new([1; 32].into()));
    let (vault, _) = Vault::open(&options, StdRng::from_os_rng()).unwrap();
    let store = EmbeddedStore::open(home.path().join("store"), Options::default(), vault.clone()).unwrap();
    live(&store, "camille", 1).await;
    live(&store, "anna", 2).await;
    assert_eq!(store.sweep().await.unwrap(), 0, "all can be read");
    let file = home.path().join("a.backup");
    store.back_up(std::fs::File::create(&file).unwrap(), at(30), |_| ()).unwrap();

    let subject = store.keys().customer(&id("camille")).into();
    vault.erase(Erasure { subject, at: at(40), reason: Reason::Request, receipt: 1 }).await.unwrap();
    drop(store);
    let dir = home.path().join("restored");
    EmbeddedStore::restore(&file, &dir, Options::default(), &vault, |_| ()).unwrap();
    let restored = EmbeddedStore::open(&dir, Options::default(), vault).unwrap();
    assert_eq!(restored.restored().unwrap(), Some(at(30)));
    assert!(restored.customer(&id("camille")).await.unwrap().is_none(), "she stays erased");
    assert_eq!(restored.log_of(&id("camille"), at(0), 9).await.unwrap(), []);
    assert!(restored.sweep().await.unwrap() >= 7);
    assert_eq!(restored.sweep().await.unwrap(), 0, "once is enough");
    restored.settle_restored().await.unwrap();
    assert_eq!(restored.restored().unwrap(), None);
    let report = restored.check(|_| ()).await.unwrap();
    assert_eq!(report.problem_count, 0, "{:?}", report.problems);
    assert_eq!(restored.visits_of(&id("anna")).await.unwrap().len(), 1);
    assert_eq!(restored.events_of(&(&id("anna")).into()).await.unwrap().len(), 1);
    assert_eq!(report.records.get("visit"), Some(&1));
    let log = ["showing", "remark", "entry in short"].map(|kind| report.records.get(kind).copied());
    assert_eq!(log, [Some(1), Some(1), Some(2)]);
    assert_eq!(restored.log_of(&id("anna"), at(0), 9).await.unwrap().len(), 2);
    assert_eq!(restored.log_since(at(0), None, 9).await.unwrap().len(), 2);
    // Whoever was erased is not told of anew.
    live(&restored, "camille", 1).await;
    assert_eq!(restored.events_of(&(&id("camille")).into()).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_vault_of_before_cannot_open_may_be_told_once_more() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("vault");
    let options = shopbell_vault::Options::new(&place, Kek::new([1; 32].into()));
    let vault = || Vault::open(&options, StdRng::from_os_rng()).unwrap().0;
    let store = || EmbeddedStore::open(home.path().join("store"), Options::default(), vault()).unwrap();
    drop(store());
    let names = ["keys", "tombstones", "refusals"];
    let before = names.map(|name| std::fs::read(place.join(name)).unwrap());
    let newer = store();
    live(&newer, "camille", 1).await;
    drop(newer);
    for (name, bytes) in names.into_iter().zip(before) {
        std::fs::write(place.join(name), bytes).unwrap();
    }
    let store = store();
    assert!(store.sweep().await.unwrap() >= 3);
    live(&store, "camille", 1).await;
    assert_eq!(store.events_of(&(&id("camille")).into()).await.unwrap().len(), 1, "her order, told again");
    assert_eq!(store.check(|_| ()).await.unwrap().problem_count, 0);
}
