use shopbell_domain::{
    catalogue::Product,
    id::{CustomerId, ProductId},
};

use super::*;
use crate::{
    engine::{Engine as _, Memory, read},
    record::{IndexRecord, StockRecord},
};

fn key() -> Key {
    Key::Product { id: ProductId::new("p1").unwrap() }
}

fn product(name_bytes: usize) -> Product {
    Product::new(ProductId::new("p1").unwrap(), "x".repeat(name_bytes), "")
}

fn stored_parts(engine: &Memory) -> usize {
    engine.page(b"+", b"+", usize::MAX).unwrap().len()
}

#[test]
fn a_draft_reads_its_own_writes_and_writes_nothing_before_the_commit() {
    let (engine, keys) = (Memory::default(), Keys::in_memory());
    let ground = Ground::new(&engine, &keys);
    let mut draft = Draft::new(ground);
    draft.put(&key(), &product(5)).unwrap();
    assert_eq!(draft.read::<Product>(&key()).unwrap(), Some(product(5)));
    assert!(draft.holds(&key()).unwrap());
    assert_eq!(read::<Product>(ground, &key()).unwrap(), None);
    draft.commit().unwrap();
    assert_eq!(read::<Product>(ground, &key()).unwrap(), Some(product(5)));
}

/// Grows and shrinks one record through all numbers of parts, within one draft and across commits.
#[test]
fn long_records_are_cut_and_no_part_stays_behind() {
    let (engine, keys) = (Memory::default(), Keys::in_memory());
    let ground = Ground::new(&engine, &keys);
    let sizes = [10, PART_BYTES, 3 * PART_BYTES, 2 * PART_BYTES, PART_BYTES - 20, 5 * PART_BYTES, 1];
    for pair in sizes.windows(2) {
        let mut draft = Draft::new(ground);
        for size in pair {
            draft.put(&key(), &product(*size)).unwrap();
            assert_eq!(draft.read::<Product>(&key()).unwrap(), Some(product(*size)));
        }
        draft.commit().unwrap();
        let last = pair[1];
        assert_eq!(read::<Product>(ground, &key()).unwrap(), Some(product(last)));
        let bytes = record::encode(&key(), &product(last)).unwrap().len();
        assert_eq!(stored_parts(&engine), if bytes > PART_BYTES { bytes.div_ceil(PART_BYTES) } else { 0 });
    }
}

#[test]
fn a_lost_part_is_named() {
    let (engine, keys) = (Memory::default(), Keys::in_memory());
    let ground = Ground::new(&engine, &keys);
    let mut draft = Draft::new(ground);
    draft.put(&key(), &product(2 * PART_BYTES)).unwrap();
    draft.commit().unwrap();
    engine.commit(vec![(Key::Part { of: key().encode(), index: 1 }.encode(), None)]).unwrap();
    let error = read::<Product>(ground, &key()).unwrap_err().to_string();
    assert!(error.contains("product #") && error.contains("misses its part 1 of 3"), "{error}");
}

#[test]
fn another_version_and_foreign_bytes_are_refused_by_name() {
    let customer = Key::Customer { customer: Keys::in_memory().customer(&CustomerId::new("anna").unwrap()) };
    let newer = record::decode::<IndexRecord>(&customer, &[7]).unwrap_err().to_string();
    assert!(
        newer.contains("customer #") && newer.contains("version 7") && newer.contains("reads version 1"),
        "{newer}"
    );
    assert!(!newer.contains("anna"), "a customer's number must not reach a log: {newer}");
    for damaged in [
        vec![],
        vec![1, 0xFF, 0xFF],
        [record::encode(&key(), &StockRecord(vec![])).unwrap(), vec![9]].concat(),
    ] {
        let error = record::decode::<StockRecord>(&key(), &damaged).unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    }
}
