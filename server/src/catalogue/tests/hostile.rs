//! Files that are made to hurt, and files that are broken.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::body::Bytes;
use proptest::prelude::*;

use super::*;
use crate::catalogue::{
    csv::Csv,
    parquet::Parquet,
    table::{MAX_ROW_BYTES, Table},
};

/// Reads all of a table, at most so many rows: a few bytes may promise billions of empty ones.
fn drain(mut table: Box<dyn Table>) {
    let columns: Vec<usize> = (0..table.header().len()).collect();
    table.select(&columns);
    for _ in 0..20_000 {
        match table.next() {
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return,
        }
    }
}

#[tokio::test]
async fn a_quote_that_is_never_closed_does_not_take_the_whole_file_into_memory() {
    let world = World::new();
    let text = format!("product_id,name\na,A\nb,\"B\n{}", "c,C\n".repeat(MAX_ROW_BYTES));
    let error = world.text(text).await.unwrap_err().to_string();
    assert!(
        error.contains(
            "the row that begins in line 3 has more than 1048576 bytes: a quotation mark may be missing there"
        ),
        "{error}"
    );
    assert_eq!(world.products().await.len(), 0, "the first batch was not full yet");
}

#[tokio::test]
async fn a_packed_file_is_unpacked_no_further_than_it_is_read() {
    use std::io::Write as _;
    let world = World::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(b"product_id,name\n\"").unwrap();
    for _ in 0..64 {
        packed.write_all(&vec![b'x'; 1_024 * 1_024]).unwrap();
    }
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 100_000);
    let error = world.text(packed).await.unwrap_err().to_string();
    assert!(error.contains("more than 1048576 bytes"), "{error}");
}

/// The header of the first page of a real file, with a size that no page has.
#[tokio::test]
async fn a_page_that_promises_gigabytes_is_refused_before_they_are_taken() {
    let world = World::new();
    let mut bytes = std::fs::read(fixture("pyarrow-zstd-v2.parquet")).unwrap();
    // The file begins with its magic, then the first page: type (15, xx), unpacked size (15, varint).
    assert_eq!((bytes[4], bytes[6]), (0x15, 0x15));
    let former: usize = bytes[7..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    // Zigzag of 2 GiB less one, in as many bytes as a varint needs; the file grows, so its page no longer fits, too.
    bytes.splice(7..7 + former, [0xFE, 0xFF, 0xFF, 0xFF, 0x0F]);
    let path = world.dir.path().join("bomb.parquet");
    std::fs::write(&path, bytes).unwrap();
    let error = world.file(&path).await.unwrap_err().to_string();
    assert!(error.contains("a page has 2147483647 bytes, unpacked: at most 67108864 are read"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_cut_off_is_named_so() {
    let world = World::new();
    let bytes = std::fs::read(fixture("pyarrow-snappy.parquet")).unwrap();
    let path = world.dir.path().join("cut.parquet");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = world.file(&path).await.unwrap_err().to_string();
    assert!(error.contains("the Parquet file is cut off: its end is missing"), "{error}");
}

#[tokio::test]
async fn formulas_are_text() {
    let world = World::new();
    let row = "product_id,name\np,\"=HYPERLINK(\"\"http://evil.example\"\",\"\"Sale\"\")\"\nq,@SUM(1)\n";
    world.text(row).await.unwrap();
    let names: Vec<String> = world.products().await.into_iter().map(|product| product.name).collect();
    assert_eq!(names, ["=HYPERLINK(\"http://evil.example\",\"Sale\")", "@SUM(1)"]);
}

#[test]
fn page_headers_of_any_bytes_are_read_or_refused() {
    let file = std::fs::read(fixture("pyarrow-snappy.parquet")).unwrap();
    bolero_like(|bytes| {
        crate::catalogue::parquet::page_header(bytes);
    });
    assert!(crate::catalogue::parquet::page_header(&file[4..]).is_some());
}

/// Some thousand pseudo-random inputs, short and long.
fn bolero_like(check: impl Fn(&[u8])) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..20_000_usize {
        let length = round % 97;
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            })
            .collect();
        check(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_table_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(table) = Csv::open(std::io::Cursor::new(bytes.clone())) {
            drain(Box::new(table));
        }
        let bytes = Bytes::from([b"PAR1".as_slice(), &bytes, b"PAR1"].concat());
        if let Ok(table) = Parquet::open(bytes.clone(), bytes) {
            drain(Box::new(table));
        }
    }

    /// The reader of the format may give up on a damaged file with a panic, which ends its thread only and is told as an error.
    /// It must neither hang nor take the process with it.
    #[test]
    fn a_damaged_file_is_read_or_refused(
        which in 0..6_usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let names: Vec<&str> = FILES.into_iter().filter(|name| name.ends_with(".parquet")).collect();
        let mut bytes = std::fs::read(fixture(names[which])).unwrap();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let bytes = Bytes::from(bytes);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Ok(table) = Parquet::open(bytes.clone(), bytes) {
                drain(Box::new(table));
            }
        }));
    }
}
