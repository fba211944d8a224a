//! Canaries: where they lie in the clear, and where somebody with the vault of now can still read them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use shopbell_durable::every_value;
use shopbell_tests::world::World;
use shopbell_vault::{KeyId, Vault};

use super::told::Shopper;

/// First byte of a sealed value.
const SEALED: u8 = 0xFE;
/// What all canaries begin with: a word, or the digits of telephone numbers.
const BEGINNINGS: [&[u8]; 2] = [b"kanari", b"336900"];

/// Whose canaries are looked for.
pub(super) struct Canaries(BTreeSet<usize>);

impl Canaries {
    pub(super) fn of(gone: &[&Shopper]) -> Self {
        Self(gone.iter().map(|one| one.number).collect())
    }

    /// How many are in these bytes: of the erased, and of anybody.
    fn count(&self, bytes: &[u8]) -> (u64, u64) {
        let (mut erased, mut anybody) = (0, 0);
        for beginning in BEGINNINGS {
            for at in places(bytes, beginning) {
                let digits = bytes.get(at + beginning.len()..at + beginning.len() + 5);
                let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
                let Some(number) = number else { continue };
                anybody += 1;
                erased += u64::from(self.0.contains(&number));
            }
        }
        (erased, anybody)
    }
}

fn places<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = wanted[0];
    bytes
        .iter()
        .enumerate()
        .filter(move |(_, byte)| **byte == first)
        .map(|(at, _)| at)
        .filter(move |at| bytes[*at..].starts_with(wanted))
}

/// Canaries in the clear.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) of_erased: u64,
    pub(super) of_anybody: u64,
}

impl Hits {
    /// In the raw files of store, vault, tombstones and log.
    pub(super) fn in_files(world: &World, canaries: &Canaries) -> Self {
        let mut hits = Self::default();
        let roots =
            [world.store_dir(), world.vault_dir(), world.path("tombstones"), world.path("server.log")];
        for file in roots.iter().flat_map(|root| files(root)) {
            let bytes = std::fs::read(&file).unwrap();
            let (erased, anybody) = canaries.count(&bytes);
            hits.files += 1;
            hits.bytes += bytes.len() as u64;
            hits.of_erased += erased;
            hits.of_anybody += anybody;
        }
        hits
    }
}

fn files(root: &Path) -> Vec<PathBuf> {
    if root.is_file() {
        return vec![root.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    entries.flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// What of all values that ever lay in the store's log can be opened.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) values: u64,
    pub(super) sealed: u64,
    pub(super) read: u64,
    pub(super) of_erased: u64,
    /// Keys that seal something of the erased.
    pub(super) keys_of_erased: BTreeSet<KeyId>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("values", &self.values)
            .field("sealed", &self.sealed)
            .field("read", &self.read)
            .field("of_erased", &self.of_erased)
            .field("keys_of_erased", &self.keys_of_erased.len())
            .finish()
    }
}

/// How many of these keys are still there.
pub(super) fn still_there(keys: &BTreeSet<KeyId>, vault: &Vault) -> usize {
    keys.iter().filter(|key| vault.key(**key).is_ok()).count()
}

impl Opened {
    /// By the vault as it is now.
    pub(super) fn all(world: &World, canaries: &Canaries) -> Self {
        let (vault, mut found) = (world.vault(), Self::default());
        every_value(world.store_dir(), |entry| {
            found.values += 1;
            found.open(&vault, canaries, &entry.key, &entry.value, &[]);
        })
        .unwrap();
        found
    }

    /// Everything sealed in these bytes: the whole of them, or a part behind its length.
    fn open(&mut self, vault: &Vault, canaries: &Canaries, aad: &[u8], bytes: &[u8], outer: &[KeyId]) {
        if bytes.first() == Some(&SEALED) && self.one(vault, canaries, aad, bytes, outer) {
            return;
        }
        for at in places(bytes, &[SEALED]) {
            for length in lengths(bytes, at) {
                if let Some(sealed) = bytes.get(at..at + length) {
                    self.one(vault, canaries, aad, sealed, outer);
                }
            }
        }
    }

    fn one(
        &mut self,
        vault: &Vault,
        canaries: &Canaries,
        aad: &[u8],
        sealed: &[u8],
        outer: &[KeyId],
    ) -> bool {
        let Some((id, rest)) = sealed.get(1..).and_then(|rest| rest.split_first_chunk::<{ KeyId::BYTES }>())
        else {
            return false;
        };
        let key = KeyId::from_bytes(*id);
        self.sealed += 1;
        let Ok(plain) = vault.unseal(key, aad, rest) else { return false };
        self.read += 1;
        let keys = [outer, &[key]].concat();
        let (erased, _) = canaries.count(&plain);
        if erased > 0 {
            self.of_erased += 1;
            self.keys_of_erased.extend(&keys);
        }
        if plain.first() == Some(&SEALED) {
            self.one(vault, canaries, aad, &plain, &keys);
        }
        true
    }
}

/// Lengths that may stand before this place, as postcard writes them.
fn lengths(bytes: &[u8], at: usize) -> Vec<usize> {
    let mut lengths = Vec::new();
    let before = |back: usize| at.checked_sub(back).and_then(|place| bytes.get(place)).copied();
    if let Some(one) = before(1).filter(|byte| *byte < 0x80) {
        lengths.push(usize::from(one));
        if let Some(low) = before(2).filter(|byte| *byte >= 0x80) {
            lengths.push(usize::from(low & 0x7F) | usize::from(one) << 7);
        }
    }
    lengths
}
