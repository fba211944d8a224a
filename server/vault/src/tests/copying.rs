//! Copies of a vault in use.

use std::{fs, path::Path};

use shopbell_domain::time::Timestamp;

use super::{kek, rng, subject};
use crate::{Erasure, KeyId, Options, Piece, Reason, Refusal, Vault, VaultError, VaultFile};

/// More than two steps of a copy.
const KEYS: u32 = 10_000;

fn options(dir: &Path) -> Options {
    Options { extent_slots: 4_000, ..Options::new(dir, kek(1)) }
}

fn open(dir: &Path) -> Vault {
    Vault::open(&options(dir), rng(1)).unwrap().0
}

fn create(vault: &Vault, numbers: std::ops::Range<u32>) -> Vec<KeyId> {
    let subjects: Vec<_> = numbers.map(subject).collect();
    vault.create_all_blocking(&subjects).unwrap()
}

/// Lays a piece where it belongs.
pub(super) fn lay(dir: &Path, piece: &Piece) {
    let path = dir.join(piece.file.name());
    let mut bytes = fs::read(&path).unwrap_or_default();
    let from = usize::try_from(piece.offset).unwrap();
    let to = from + piece.bytes.len();
    bytes.resize(bytes.len().max(to), 0xEE);
    bytes[from..to].copy_from_slice(&piece.bytes);
    fs::write(path, bytes).unwrap();
}

pub(super) fn own(dir: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).unwrap();
    for file in [VaultFile::Keys, VaultFile::Tombstones, VaultFile::Refusals] {
        fs::set_permissions(dir.join(file.name()), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Between the first step and the last keys are made, destroyed, used again, and people erased, in slots that were copied
/// already and in others; the copy is the vault as it is at the end, byte for byte.
#[test]
fn a_copy_is_exact_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("vault"), home.path().join("copy"));
    fs::create_dir(&there).unwrap();
    let vault = open(&here);
    let ids = create(&vault, 0..KEYS);
    let sealed = vault.seal(ids[9_999], b"name", b"Camille").unwrap();
    let mut steps = 0;
    let counts = vault.copy_blocking(|piece| {
        lay(&there, &piece);
        steps += 1;
        if steps <= 2 {
            let at = steps * 100;
            vault.destroy_all_blocking(&ids[at..at + 50]).unwrap();
            vault.destroy_all_blocking(&ids[9_000 + at..9_050 + at]).unwrap();
            let number = u32::try_from(at).unwrap();
            create(&vault, KEYS + number..KEYS + number + 70);
            let erasure = Erasure {
                subject: subject(number + 60),
                at: Timestamp::from_secs(1_795_255_200),
                reason: Reason::Request,
                receipt: 7,
            };
            vault.erase_all_blocking(&[erasure]).unwrap();
            let (subject, at, text) = (erasure.subject, erasure.at, b"less".to_vec());
            vault.refuse_all_blocking(vec![Refusal { kind: 1, subject, at, text }]).unwrap();
        }
        Ok(())
    });
    let counts = counts.unwrap();
    assert_eq!(counts, vault.counts());
    assert_eq!((counts.tombstones, counts.refusals), (2, 2));
    for file in [VaultFile::Keys, VaultFile::Tombstones, VaultFile::Refusals] {
        let (theirs, ours) =
            (fs::read(there.join(file.name())).unwrap(), fs::read(here.join(file.name())).unwrap());
        assert!(theirs == ours, "{file:?}");
    }
    own(&there);
    let copy = open(&there);
    assert_eq!(copy.unseal(ids[9_999], b"name", &sealed).unwrap().as_slice(), b"Camille");
    assert!(matches!(copy.key(ids[100]), Err(VaultError::Gone { .. })));
    assert!(copy.is_tombstoned(&subject(160)));
    assert_eq!(copy.counts(), counts);
    assert_eq!(copy.public_key(), vault.public_key());
}

#[test]
fn a_copy_that_nobody_takes_ends_and_the_next_one_is_whole() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("vault"), home.path().join("copy"));
    fs::create_dir(&there).unwrap();
    let vault = open(&here);
    let ids = create(&vault, 0..KEYS);
    let error = vault.copy_blocking(|_| Err(std::io::ErrorKind::BrokenPipe.into())).unwrap_err();
    assert!(matches!(error, VaultError::NotCopied { .. }), "{error}");
    let mut inner = None;
    let outer = vault.copy_blocking(|_| {
        if inner.is_none() {
            vault.destroy_all_blocking(&ids[..10]).unwrap();
            inner = Some(vault.copy_blocking(|piece| {
                lay(&there, &piece);
                Ok(())
            }));
        }
        Ok(())
    });
    assert_eq!(outer.unwrap_err(), VaultError::OtherCopy);
    assert_eq!(inner.unwrap().unwrap(), vault.counts());
    assert!(fs::read(there.join("keys")).unwrap() == fs::read(here.join("keys")).unwrap());
}
