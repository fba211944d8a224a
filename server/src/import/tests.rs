use std::path::PathBuf;

use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    id::{CustomerId, ProductId, StoreId},
    ports::{Customers, Profiles},
};
use shopbell_store::EmbeddedStore;

use super::*;

mod demo_shop;

/// A directory with an import in it, and an empty store.
struct World {
    dir: tempfile::TempDir,
    store: EmbeddedStore,
}

impl World {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), store: EmbeddedStore::in_memory() }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("import.jsonl")
    }

    fn rejected_file(&self) -> PathBuf {
        self.dir.path().join("import.jsonl.rejected.jsonl")
    }

    async fn import(&self, text: &str) -> Summary {
        self.import_with(text, &Options::default()).await
    }

    async fn import_with(&self, text: impl AsRef<[u8]>, options: &Options) -> Summary {
        std::fs::write(self.file(), text).unwrap();
        run(&self.store, &self.file(), options, &mut Silent).await.unwrap()
    }

    fn rejected(&self) -> Vec<(u64, String, String)> {
        let text = std::fs::read_to_string(self.rejected_file()).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        rows.map(|row| {
            let field = |name: &str| row[name].as_str().unwrap().to_owned();
            (row["line"].as_u64().unwrap(), field("reason"), field("text"))
        })
        .collect()
    }

    async fn sharing(&self, customer: &str) -> Sharing {
        self.store.customer(&CustomerId::new(customer).unwrap()).await.unwrap().unwrap().consent.sharing
    }
}

const CAMILLE: &str =
    r#"{"type":"customer","customer_id":"c1","name":"Camille","level":3,"greet_by_name":true}"#;
const WISH: &str =
    r#"{"type":"wish","customer_id":"c1","product_id":"p1","size":"38","at":"2026-11-01T10:00:00Z"}"#;

fn counts(new: u64, known: u64, rejected: u64) -> Counts {
    Counts { new, known, rejected }
}

/// The code blocks of `docs/import.md` are lines that the importer takes.
#[tokio::test]
async fn the_examples_of_the_manual_are_imported_whole() {
    let manual = include_str!("../../../docs/import.md");
    let blocks = manual.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let examples: String = blocks.collect();
    let world = World::new();
    let summary = world.import(&examples).await;
    assert_eq!(summary.rejected(), 0, "{:?}", world.rejected());
    let kinds = ["customer", "phone", "product", "stock", "order", "view", "cart", "wish", "size", "service"];
    let found: Vec<&str> = summary.kinds.keys().map(|kind| kind.name()).collect();
    assert_eq!(found, kinds, "each type has an example");
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let world = World::new();
    let text = format!("{CAMILLE}\r\n\n{WISH}\n");
    let first = world.import(&text).await;
    assert_eq!((first.of(Kind::Customer), first.of(Kind::Wish)), (counts(1, 0, 0), counts(1, 0, 0)));
    let second = world.import(&text).await;
    assert_eq!((second.of(Kind::Customer), second.of(Kind::Wish)), (counts(0, 1, 0), counts(0, 1, 0)));
    assert_eq!(second.rejected_file, None);
}

#[tokio::test]
async fn rejected_lines_stand_beside_the_file_with_number_and_reason() {
    let world = World::new();
    let nobody = r#"{"type":"view","customer_id":"nobody","product_id":"p1","at":1793523600000}"#;
    let summary = world.import(&format!("no json\n{CAMILLE}\n{nobody}\n{WISH}\n{{\"type\":\"wish\"}}")).await;
    assert_eq!((summary.untyped, summary.rejected()), (1, 3));
    assert_eq!((summary.of(Kind::View), summary.of(Kind::Wish)), (counts(0, 0, 1), counts(1, 0, 1)));
    assert_eq!(summary.rejected_file, Some(world.rejected_file()));
    let rejected = world.rejected();
    assert_eq!(rejected.iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [1, 3, 5]);
    assert!(rejected[1].1.contains("no customer has this number") && rejected[1].2 == nobody);
    assert!(rejected[2].1.contains("missing field `customer_id`"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.rejected_file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it holds personal data");
    }
    // A better import takes the old file away.
    assert_eq!(world.import(CAMILLE).await.rejected_file, None);
    assert!(!world.rejected_file().exists());
}

#[tokio::test]
async fn hostile_lines_are_refused_one_by_one() {
    let world = World::new();
    let mut text = vec![b'x'; 3 * 1_024 * 1_024];
    text.extend_from_slice(b"\n\xFF\xFE\n");
    text.extend_from_slice(br#"{"type":"#);
    text.extend(vec![b'['; 100_000]);
    text.extend_from_slice(b"\n");
    text.extend_from_slice(CAMILLE.as_bytes());
    let summary = world.import_with(&text, &Options::default()).await;
    assert_eq!((summary.of(Kind::Customer), summary.untyped), (counts(1, 0, 0), 3));
    let rejected = world.rejected();
    assert!(rejected[0].1.contains("longer than 1048576 bytes") && rejected[0].2.len() < 1_000);
    assert!(rejected[1].1.contains("not UTF-8"));
    assert!(rejected[2].1.contains("at column"), "{}", rejected[2].1);
}

#[tokio::test]
async fn consecutive_stock_lines_are_all_pieces_of_a_product_in_a_shop() {
    let world = World::new();
    let piece = |store: &str, product: &str, size: &str, quantity: u32| {
        format!(
            r#"{{"type":"stock","store_id":"{store}","product_id":"{product}","size":"{size}","quantity":{quantity},"since":"2026-11-01T10:00:00Z"}}"#
        )
    };
    let lines = [
        piece("lyon", "p1", "36", 1),
        "no json".to_owned(),
        piece("lyon", "p1", "38", 2),
        piece("lyon", "p1", "38", 9),
        piece("paris", "p1", "36", 3),
        piece("lyon", "p2", "36", 4),
    ];
    for batch in [1, 2, 1_000] {
        let options = Options { batch, ..Options::default() };
        let summary = world.import_with(lines.join("\n"), &options).await;
        assert_eq!(summary.of(Kind::Stock).rejected, 1, "a size twice");
        let product = ProductId::new("p1").unwrap();
        let stock = world.store.stock(&StoreId::new("lyon").unwrap(), &product).await.unwrap().unwrap();
        let sizes: Vec<_> =
            stock.iter().map(|piece| (piece.size.as_deref().unwrap(), piece.quantity)).collect();
        assert_eq!(sizes, [("36", 1), ("38", 2)], "batches of {batch}");
    }
    // A later delivery takes the place of all pieces.
    world.import(&piece("lyon", "p1", "40", 5)).await;
    let stock =
        world.store.stock(&StoreId::new("lyon").unwrap(), &ProductId::new("p1").unwrap()).await.unwrap();
    assert_eq!(stock.unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_customer_decided_since_stays() {
    let world = World::new();
    world.import(CAMILLE).await;
    assert_eq!(world.sharing("c1").await.level, SharingLevel::Wishes);
    let withdrawn = Sharing { level: SharingLevel::Invisible, ..world.sharing("c1").await };
    world
        .store
        .set_sharing(&CustomerId::new("c1").unwrap(), withdrawn, shopbell_domain::time::Timestamp::EPOCH)
        .await
        .unwrap();
    let summary = world.import(&format!("{CAMILLE}\n{WISH}")).await;
    assert_eq!((world.sharing("c1").await, summary.kept_sharing), (withdrawn, 1));
    assert!(summary.to_string().contains("1 customer decided otherwise"), "{summary}");

    let options = Options { stored_sharing: StoredSharing::Replace, ..Options::default() };
    let summary = world.import_with(CAMILLE, &options).await;
    assert_eq!((world.sharing("c1").await.level, summary.kept_sharing), (SharingLevel::Wishes, 0));
}

#[tokio::test]
async fn a_customer_twice_in_one_batch_keeps_the_first_level() {
    let world = World::new();
    let lower = r#"{"type":"customer","customer_id":"c1","name":"Camille D.","level":1}"#;
    for batch in [1, 1_000] {
        let options = Options { batch, ..Options::default() };
        world.import_with(format!("{CAMILLE}\n{lower}"), &options).await;
        assert_eq!(world.sharing("c1").await.level, SharingLevel::Wishes);
    }
}

#[tokio::test]
async fn a_missing_file_is_named_with_the_way_out() {
    let error =
        run(&EmbeddedStore::in_memory(), Path::new("no/such.jsonl"), &Options::default(), &mut Silent)
            .await
            .unwrap_err()
            .to_string();
    assert!(
        error.contains("cannot open no/such.jsonl") && error.contains("`-` for standard input"),
        "{error}"
    );
    let dir = tempfile::tempdir().unwrap();
    let error =
        run(&EmbeddedStore::in_memory(), dir.path(), &Options::default(), &mut Silent).await.unwrap_err();
    assert!(error.to_string().contains("it is a directory"), "{error}");
}

#[tokio::test]
async fn progress_reaches_the_end() {
    #[derive(Default)]
    struct Told(Vec<(u64, u64)>, Option<u64>, u64, bool);
    impl Progress for Told {
        fn begin(&mut self, bytes: Option<u64>) {
            self.1 = bytes;
        }
        fn at(&mut self, bytes: u64, lines: u64) {
            self.0.push((bytes, lines));
        }
        fn profiles(&mut self, made: u64) {
            assert!(!self.3 && !self.0.is_empty());
            self.2 = made;
        }
        fn end(&mut self) {
            self.3 = true;
        }
    }
    let world = World::new();
    let text = format!("{CAMILLE}\n{WISH}\n");
    std::fs::write(world.file(), &text).unwrap();
    let mut told = Told::default();
    let options = Options { batch: 1, ..Options::default() };
    run(&world.store, &world.file(), &options, &mut told).await.unwrap();
    let length = text.len() as u64;
    assert_eq!((told.1, told.2, told.3), (Some(length), 1, true), "one profile");
    assert!(told.0.is_sorted() && told.0.last() == Some(&(length, 2)), "{:?}", told.0);
}
