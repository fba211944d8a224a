//! The keys with which records are sealed, and the marks that stand for people in the store's keys.

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_vault::{Kek, Options, Vault};

/// The vault, as the store uses it.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    vault: Vault,
}

impl Keys {
    /// Of a vault.
    pub(crate) const fn of(vault: Vault) -> Self {
        Self { vault }
    }

    /// Of a vault that is gone with its last handle. It guards nothing that outlives the process, so that its secrets need
    /// not be random.
    pub(crate) fn in_memory() -> Self {
        let options = Options { extent_slots: 64, ..Options::new("memory", Kek::new([7; 32].into())) };
        #[expect(
            clippy::expect_used,
            reason = "memory does not fail, and a process without threads cannot go on"
        )]
        let vault = Vault::in_memory(&options, StdRng::seed_from_u64(7)).expect("a vault in memory opens");
        Self { vault }
    }

    /// The vault.
    pub(crate) const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Why no keys are made now, if so.
    pub(crate) fn failure(&self) -> Option<String> {
        self.vault.check_writable().err().map(|error| error.to_string())
    }
}
