//! A vault for tests: with one key for all, in a directory of its own.

use std::path::Path;

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_vault::{Kek, Options, Vault};

/// The vault in this directory, which is made when it is missing.
pub(crate) fn vault(dir: &Path) -> Vault {
    Vault::open(&Options::new(dir, Kek::new([9; 32].into())), StdRng::from_os_rng()).unwrap().0
}
