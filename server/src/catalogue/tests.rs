//! Tables through to the store: real files by the software of others, and what a table may do wrong.

mod hostile;
mod rows;
mod snapshots;

use std::path::{Path, PathBuf};

use shopbell_domain::{
    catalogue::{Price, Product, Sale, Sku, Stock, Variant, port::Catalogue as _},
    id::{ProductId, StoreId},
    money::Money,
    ports::Profiles as _,
    time::Timestamp,
};
use shopbell_store::EmbeddedStore;

use super::Layout;
use crate::import::{self, Counts, ImportError, Kind, Options, Silent, Summary};

const NOW: Timestamp = Timestamp::from_secs(1_795_182_300);

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/catalogue").join(name)
}

struct World {
    store: EmbeddedStore,
    dir: tempfile::TempDir,
    options: Options,
}

impl World {
    fn new() -> Self {
        let options = Options { now: NOW, ..Options::default() };
        Self { store: EmbeddedStore::in_memory(), dir: tempfile::tempdir().unwrap(), options }
    }

    async fn file(&self, path: &Path) -> Result<Summary, ImportError> {
        // A copy, so that no file of rejected rows is left in the tree.
        let copy = self.dir.path().join(path.file_name().unwrap());
        if copy != path {
            std::fs::copy(path, &copy).unwrap();
        }
        import::run(&self.store, &copy, &self.options, &mut Silent).await
    }

    async fn fixture(&self, name: &str) -> Summary {
        self.file(&fixture(name)).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    async fn text(&self, text: impl AsRef<[u8]>) -> Result<Summary, ImportError> {
        let path = self.dir.path().join("table.csv");
        std::fs::write(&path, text).unwrap();
        self.file(&path).await
    }

    fn rejected(&self) -> Vec<serde_json::Value> {
        let text =
            std::fs::read_to_string(self.dir.path().join("table.csv.rejected.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    async fn products(&self) -> Vec<Product> {
        self.store.products(None, 1_000).await.unwrap()
    }

    async fn stock(&self, shop: &str, product: &str) -> Option<Vec<Stock>> {
        self.store.stock(&StoreId::new(shop).unwrap(), &id(product)).await.unwrap()
    }
}

fn id(text: &str) -> ProductId {
    ProductId::new(text).unwrap()
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

fn variant(sku: &str, size: Option<&str>, price: Option<Price>) -> Variant {
    Variant { skus: vec![Sku::new(sku).unwrap()], size: size.map(str::to_owned), price }
}

/// What each of the files in `tests/data/catalogue` tells; see `make.py` there.
fn expected() -> Vec<Product> {
    let day = |text: &str| super::cells::time(text).unwrap();
    let sale = Sale { price: euros(9_990), from: Some(day("2026-11-20")), until: Some(day("2026-11-28")) };
    vec![
        Product {
            brand: Some("Nord".into()),
            price: Some(Price::of(euros(129_900))),
            variants: vec![variant("NORD/40", Some("40"), None)],
            ..Product::new(id("bottes-nord"), "=Bottes Nord", "Shoes")
        },
        Product {
            brand: Some("Maison É".into()),
            price: Some(Price { regular: euros(12_990), sale: Some(sale) }),
            variants: vec![
                variant("ALBA-36", Some("36"), None),
                variant("ALBA-38", Some("38"), None),
                variant("ALBA-46", Some("46"), Some(Price::of(euros(13_990)))),
            ],
            ..Product::new(id("robe-alba"), "Robe Alba", "Dresses")
        },
        Product {
            price: Some(Price::of(euros(29))),
            variants: vec![variant("SAVON", None, None)],
            ..Product::new(id("savon"), "Savon «Lavande», 100 g", "Care")
        },
    ]
}

const FILES: [&str; 10] = [
    "duckdb-snappy.parquet",
    "excel.csv",
    "fastparquet-gzip.parquet",
    "google.tsv.gz",
    "pandas.csv",
    "polars-zstd.parquet",
    "pyarrow-gzip-int96.parquet",
    "pyarrow-snappy.parquet",
    "pyarrow-spark.parquet",
    "pyarrow-zstd-v2.parquet",
];

#[tokio::test]
async fn the_files_of_every_writer_tell_the_same() {
    for name in FILES {
        let world = World::new();
        let summary = world.fixture(name).await;
        assert_eq!(summary.of(Kind::Product), Counts { new: 5, known: 0, rejected: 0 }, "{name}: {summary}");
        assert_eq!(world.products().await, expected(), "{name}");
    }
}

#[tokio::test]
async fn what_one_writer_told_another_changes_nothing_of() {
    let world = World::new();
    world.fixture("pyarrow-snappy.parquet").await;
    for name in FILES {
        let summary = world.fixture(name).await;
        assert_eq!(summary.of(Kind::Product), Counts { new: 0, known: 5, rejected: 0 }, "{name}: {summary}");
    }
}

#[tokio::test]
async fn stock_is_told_by_the_numbers_of_the_catalogue() {
    let world = World::new();
    let early = world.fixture("stock.parquet").await;
    assert_eq!(early.of(Kind::Stock), Counts { new: 0, known: 0, rejected: 4 }, "no catalogue yet: {early}");
    world.fixture("pandas.csv").await;
    let summary = world.fixture("stock.parquet").await;
    assert_eq!(summary.of(Kind::Stock), Counts { new: 4, known: 0, rejected: 0 }, "{summary}");
    let counted = super::cells::time("2026-11-22T06:00:00Z").unwrap();
    let pieces = |size: Option<&str>, quantity| Stock::counted(size.map(str::to_owned), quantity, counted);
    let alba = world.stock("lyon", "robe-alba").await.unwrap();
    assert_eq!(alba, [pieces(Some("36"), 1), pieces(Some("38"), 0)]);
    assert_eq!(world.stock("lyon", "savon").await.unwrap(), [pieces(None, 120)]);
    assert_eq!(world.stock("paris", "bottes-nord").await.unwrap(), [pieces(Some("40"), 3)]);
    assert_eq!(world.stock("paris", "savon").await, None);
    let again = world.fixture("stock.parquet").await;
    assert_eq!(again.of(Kind::Stock), Counts { new: 0, known: 4, rejected: 0 }, "{again}");
}

#[tokio::test]
async fn columns_that_mean_nothing_are_named() {
    let world = World::new();
    let summary = world.fixture("google.tsv.gz").await;
    assert_eq!(summary.unused_columns, ["availability"]);
    assert!(summary.to_string().contains("columns that mean nothing here: availability"), "{summary}");
    let lists = world.fixture("pyarrow-snappy.parquet").await;
    assert_eq!(lists.unused_columns, ["colours.list.element"]);
}
