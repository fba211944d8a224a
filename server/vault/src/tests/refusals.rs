//! Refusals: kept in their order, exported, replayed, and never taken from another vault.

use std::{fs, path::Path};

use shopbell_domain::time::Timestamp;

use super::{disk::Disk, kek, rng, subject};
use crate::{
    OpenError, Options, Refusal, ReplayError, ReplayedRefusals, Vault, VaultError, opening,
    refusal::RECORD_BYTES,
};

fn options(dir: &Path) -> Options {
    Options { extent_slots: 8, ..Options::new(dir, kek(1)) }
}

fn open(dir: &Path) -> Vault {
    Vault::open(&options(dir), rng(1)).unwrap().0
}

fn refusal(number: u32) -> Refusal {
    let text = vec![7; usize::try_from(number).unwrap() % (Refusal::TEXT_BYTES + 1)];
    Refusal { kind: 3, subject: subject(number), at: Timestamp::from_secs(number.into()), text }
}

fn refuse(vault: &Vault, numbers: std::ops::Range<u32>) {
    vault.refuse_all_blocking(numbers.map(refusal).collect()).unwrap();
}

fn all(vault: &Vault) -> Vec<Refusal> {
    let mut found = Vec::new();
    let count = vault
        .refusals(|one| {
            found.push(one);
            Ok(())
        })
        .unwrap();
    assert_eq!(count, found.len() as u64);
    found
}

fn export(vault: &Vault, have: Option<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut write = |part: &[u8]| {
        bytes.extend_from_slice(part);
        Ok(())
    };
    assert_eq!(vault.export_refusals(have, &mut write).unwrap(), vault.counts().refusals);
    bytes
}

fn replay(vault: &Vault, export: &[u8]) -> Result<ReplayedRefusals, ReplayError> {
    vault.replay_refusals_blocking(std::io::Cursor::new(export))
}

#[test]
fn refusals_stay_in_their_order_and_travel() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("vault"), home.path().join("copy"));
    let vault = open(&here);
    assert_eq!(all(&vault), []);
    refuse(&vault, 0..150);
    let long = Refusal { text: vec![0; Refusal::TEXT_BYTES + 1], ..refusal(1) };
    assert_eq!(
        vault.refuse_all_blocking(vec![long]),
        Err(VaultError::TooLarge { bytes: Refusal::TEXT_BYTES + 1 })
    );
    drop(vault);
    fs::create_dir(&there).unwrap();
    let vault = open(&here);
    // A copy of now, and an export that is written on.
    let mut counts = None;
    for name in ["keys", "tombstones", "refusals"] {
        let bytes = fs::read(here.join(name)).unwrap();
        fs::write(there.join(name), bytes).unwrap();
        counts = Some(vault.counts());
    }
    assert_eq!(counts.unwrap().refusals, 150);
    let mut exported = export(&vault, None);
    refuse(&vault, 150..220);
    exported.extend(export(&vault, Some(150)));
    assert_eq!(exported[RECORD_BYTES..], export(&vault, None)[RECORD_BYTES..]);
    let wanted: Vec<Refusal> = (0..220).map(refusal).collect();
    assert_eq!(all(&vault), wanted);

    super::copying::own(&there);
    let copy = open(&there);
    assert_eq!(copy.counts().refusals, 150);
    // It was in use before anybody thought of the export.
    refuse(&copy, 900..901);
    for added in [70, 0] {
        assert_eq!(replay(&copy, &exported).unwrap().added, added);
    }
    let mut merged: Vec<Refusal> = (0..150).map(refusal).collect();
    merged.push(refusal(900));
    merged.extend((150..220).map(refusal));
    assert_eq!(all(&copy), merged);
    // An export that is being written.
    refuse(&vault, 220..222);
    let mut growing = exported;
    growing[..RECORD_BYTES].copy_from_slice(&vault.head_of_refusals(220));
    growing.extend(export(&vault, Some(220)));
    growing.truncate(growing.len() - 9);
    assert_eq!(replay(&copy, &growing).unwrap(), ReplayedRefusals { added: 1, torn: true, spoilt: false });
}

#[test]
fn anothers_refusals_and_altered_ones_are_not_taken() {
    let home = tempfile::tempdir().unwrap();
    let vault = open(&home.path().join("one"));
    let (other, _) = Vault::open(&options(&home.path().join("other")), rng(2)).unwrap();
    refuse(&vault, 0..3);
    let error = replay(&other, &export(&vault, None)).unwrap_err();
    assert!(matches!(error, ReplayError::Vault(VaultError::ForeignRefusals { .. })), "{error}");
    // Somebody lowers another customer, with a checksum that holds.
    let mut forged = export(&vault, None);
    let last = forged.len() - RECORD_BYTES;
    forged[last + 25] ^= 1;
    let checksum = crc32fast::hash(&forged[last..last + RECORD_BYTES - 4]).to_be_bytes();
    forged[last + RECORD_BYTES - 4..].copy_from_slice(&checksum);
    let error = replay(&vault, &forged).unwrap_err();
    assert!(matches!(error, ReplayError::Vault(VaultError::ForeignRefusals { .. })), "{error}");
    assert_eq!(vault.counts().refusals, 3);
    // The same thing again is another one.
    let (copy, again) = (home.path().join("copy"), refusal(1));
    fs::create_dir(&copy).unwrap();
    vault.refuse_all_blocking(vec![again.clone()]).unwrap();
    vault
        .copy_blocking(|piece| {
            super::copying::lay(&copy, &piece);
            Ok(())
        })
        .unwrap();
    super::copying::own(&copy);
    vault.refuse_all_blocking(vec![again]).unwrap();
    let exported = export(&vault, None);
    let copy = open(&copy);
    refuse(&copy, 90..91);
    assert_eq!(replay(&copy, &exported).unwrap().added, 1);
    // No name stands in it.
    let named = vault.pseudonym("customer", b"camille");
    vault.refuse_all_blocking(vec![Refusal { subject: named, ..refusal(1) }]).unwrap();
    assert!(!export(&vault, None).windows(7).any(|bytes| bytes == b"camille"));
}

#[test]
fn an_export_that_is_not_whole_is_refused_before_any_of_it_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("vault"), home.path().join("copy"));
    let vault = open(&here);
    fs::create_dir(&there).unwrap();
    let lay = |piece: crate::Piece| {
        super::copying::lay(&there, &piece);
        Ok(())
    };
    vault.copy_blocking(lay).unwrap();
    super::copying::own(&there);
    let copy = open(&there);
    refuse(&vault, 0..11);
    let exported = export(&vault, None);
    let at = |number: usize| number * RECORD_BYTES;
    let refused = |export: &[u8], wanted: &str| {
        let error = replay(&copy, export).map(drop).unwrap_err();
        assert!(matches!(error, ReplayError::Vault(VaultError::DamagedRefusals { .. })), "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
        assert_eq!(copy.counts().refusals, 0, "none of it is taken");
    };
    // A bit that turned.
    let mut flipped = exported.clone();
    flipped[1_500] ^= 4;
    refused(&flipped, "number 5 ");
    let mut last = exported.clone();
    last[at(11) + 3] ^= 1;
    refused(&last, "10 of 11");
    // A file that did not travel whole, within a record and between two.
    refused(&exported[..exported.len() - 100], "10 of 11");
    refused(&exported[..at(8)], "7 of 11");
    refused(&exported[..at(1)], "0 of 11");
    // Records that stand elsewhere, twice, or are missing.
    let mut swapped = exported.clone();
    let (one, two) = swapped[at(3)..at(5)].split_at_mut(RECORD_BYTES);
    one.swap_with_slice(two);
    refused(&swapped, "number 3 ");
    let mut twice = exported.clone();
    twice.copy_within(at(2)..at(3), at(6));
    refused(&twice, "number 6 ");
    refused(&[&exported[..at(4)], &exported[at(5)..]].concat(), "number 4 ");
    let whole = ReplayedRefusals { added: 11, ..ReplayedRefusals::default() };
    assert_eq!(replay(&copy, &exported).unwrap(), whole);
    // Whoever has all of it loses nothing: the vault in use starts with any of them.
    for damaged in [&flipped[..], &last, &exported[..exported.len() - 100], &exported[..at(8)]] {
        let known = ReplayedRefusals { spoilt: true, ..ReplayedRefusals::default() };
        assert_eq!(replay(&vault, damaged).unwrap(), known);
    }
    for strange in [&swapped, &twice] {
        assert!(replay(&vault, strange).is_err(), "it is no copy");
    }
    assert_eq!(vault.counts().refusals, 11);
}

#[test]
fn refusals_that_are_lost_refuse_to_open() {
    let disk = Disk::new();
    let options = options(Path::new("/simulated"));
    let open = || opening::open(&options, disk.files(), Box::new(rng(5)));
    let (keeper, _) = open().unwrap();
    let written = |numbers: std::ops::Range<u32>| {
        let (refusals, answers): (Vec<_>, Vec<_>) = numbers
            .map(|number| {
                let (answer, answered) = tokio::sync::oneshot::channel();
                ((refusal(number), [0; 8], answer), answered)
            })
            .unzip();
        keeper.write_down(refusals);
        for mut answered in answers {
            answered.try_recv().unwrap().unwrap();
        }
    };
    written(0..100);
    let torn = disk.copy();
    torn.shorten(2, RECORD_BYTES * 60 - 3);
    assert!(
        opening::open(&options, torn.files(), Box::new(rng(5))).is_ok(),
        "the header does not know of them"
    );
    drop(keeper);
    let (keeper, _) = open().unwrap();
    assert_eq!(keeper.shared.state().refusals, 100);
    let message = |disk: &Disk| {
        let error = opening::open(&options, disk.files(), Box::new(rng(5))).err().unwrap();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
        error.to_string()
    };
    let middle = disk.copy();
    middle.flip(2, RECORD_BYTES * 20 + 7);
    assert!(message(&middle).contains("more records are broken"));
    let late = disk.copy();
    late.flip(2, RECORD_BYTES * 70 + 7);
    assert!(message(&late).contains("69 refusals are there, and there were 100"));
    let none = disk.copy();
    none.shorten(2, 0);
    assert!(message(&none).contains("0 refusals are there"));
    disk.shorten(0, 0);
    disk.shorten(1, 0);
    assert!(message(&disk).contains("there are refusals, and no slots"));
}
