//! The demo's invented shop is imported whole, and gives the starters that its stories tell.

use std::collections::BTreeMap;

use shopbell_domain::{
    charter::Charter,
    id::VisitId,
    ports::{Customers, Profiles},
    situation::{Around, Shelf, Situation, products_needed},
    starter::{CART_LEFT_AFTER, FixedOrder, StarterKind, choose, rules},
    time::Timestamp,
    visit::Visit,
};

use super::*;

/// 2026-11-20 13:45 UTC, in the middle of the recording.
const DEMO: Timestamp = Timestamp::from_secs(1_795_182_300);

async fn demo_shop() -> EmbeddedStore {
    let dir = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::in_memory();
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo/shop");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&shop).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    assert_eq!(files.len(), 6);
    for file in files {
        // A copy, so that no file of rejected lines is left in the tree.
        let copy = dir.path().join(file.file_name().unwrap());
        std::fs::copy(&file, &copy).unwrap();
        let summary = run(&store, &copy, &Options::default(), &mut Silent).await.unwrap();
        assert_eq!(summary.rejected(), 0, "{}: {summary}", file.display());
        assert_eq!(summary.kinds.values().map(|counts| counts.known).sum::<u64>(), 0, "{}", file.display());
    }
    store
}

async fn starters(store: &EmbeddedStore, customer: &str) -> Vec<(StarterKind, Option<String>)> {
    let id = CustomerId::new(customer).unwrap();
    let customer = store.customer(&id).await.unwrap().unwrap();
    let profile = store.profile(&id).await.unwrap();
    let shop = StoreId::new("lyon-republique").unwrap();
    let mut shelves = BTreeMap::new();
    for product in products_needed(&profile, &customer.consent, DEMO) {
        let found = store.product(&product).await.unwrap().expect("each product named is in the catalogue");
        let stock = store.stock(&shop, &product).await.unwrap();
        shelves.insert(product, Shelf { product: found, stock });
    }
    let visit = Visit::new(VisitId(1), id, shop, DEMO);
    let situation = Situation::gather(DEMO, &visit, &customer, &profile, Around::of(shelves), true);
    let chosen = choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, &Charter::default());
    chosen.shown().map(|one| (one.kind, one.product.clone().map(String::from))).collect()
}

#[tokio::test]
async fn each_story_gives_its_starters() {
    use StarterKind::{BackIn, CartLeft, HelpWanted, UsualDue};
    let store = demo_shop().await;
    let about = |kind, product: &str| (kind, Some(product.to_owned()));
    assert_eq!(starters(&store, "demo-camille").await, [about(BackIn, "coat-solene")]);
    assert_eq!(starters(&store, "demo-aminata").await, [about(UsualDue, "tights-voile")]);
    let jean_paul = [about(CartLeft, "knit-port")];
    assert_eq!(starters(&store, "demo-jean-paul").await, jean_paul, "the shoes are not here in his size");
    for quiet in ["demo-ines-b", "demo-marc", "demo-sofia"] {
        assert_eq!(starters(&store, quiet).await, [], "{quiet}");
    }
    // Help is asked through the API while the demo runs.
    let ines = CustomerId::new("demo-ines-b").unwrap();
    store.set_help(&ines, Some(DEMO)).await.unwrap();
    assert_eq!(starters(&store, "demo-ines-b").await, [(HelpWanted, None)]);
}

#[tokio::test]
async fn each_phone_of_the_recording_has_its_customer() {
    let store = demo_shop().await;
    let phones = include_str!("../../../../deploy/demo/phones.json");
    let phones: Vec<serde_json::Value> = serde_json::from_str(phones).unwrap();
    assert_eq!(phones.len(), 6);
    for phone in phones {
        let field = |name: &str| phone[name].as_str().unwrap();
        let owner = store.phone_owner(field("phone_id").parse().unwrap()).await.unwrap();
        assert_eq!(owner.unwrap().as_str(), field("customer_id"), "run deploy/demo/shop/make.py again");
    }
}
