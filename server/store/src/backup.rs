//! A copy of the store, and a store out of one.
//!
//! The copy holds what the store holds: sealed values and public ones. Its keys are the vault's and go another way
//! (`docs/backup.md`). A restored store carries a mark until the tombstones of the erased were replayed on its vault and
//! what is left of the erased was swept away; whoever serves asks [`EmbeddedStore::restored`] first.

use std::{io, path::Path};

use shopbell_domain::{ports::StoreError, time::Timestamp};
use shopbell_durable::{BackupError, BackupFile, Contents, Options, RestoreError, WriteBatch};
use shopbell_vault::Vault;

use crate::{
    EmbeddedStore, engine,
    key::Key,
    record::{self, RestoredRecord},
    store::Kind,
};

/// What a backup says of itself: whose store it is.
fn about(vault: &Vault) -> String {
    format!("shopbell-server store of vault {}", vault.public_key())
}

/// Why a backup was not restored. Nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum RestoringError {
    /// The file or the directory is not right.
    #[error(transparent)]
    Engine(#[from] RestoreError),
    /// The file is of another store.
    #[error(
        "the backup is of another store ({found}; this vault's is {wanted}); restore the vault that belongs to it first, or \
         give the right file"
    )]
    OtherVault {
        /// What the file says.
        found: String,
        /// What it should say.
        wanted: String,
    },
    /// The mark cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EmbeddedStore {
    /// The keys with which it was opened.
    pub fn vault(&self) -> &Vault {
        self.keys().vault()
    }

    /// Whether it is gone with its last handle.
    pub fn is_in_memory(&self) -> bool {
        matches!(self.kind(), Kind::Memory(_))
    }

    /// Copies the store into `out` while it is in use. Blocks; `progress` is told the bytes so far.
    pub fn back_up(
        &self,
        out: impl io::Write,
        now: Timestamp,
        progress: impl FnMut(u64),
    ) -> Result<Contents, BackupError> {
        let about = about(self.vault());
        match self.kind() {
            Kind::Durable(store) => store.backup(out, now.as_millis(), &about, progress),
            Kind::Memory(_) => Err(BackupError::Write(io::Error::new(
                io::ErrorKind::Unsupported,
                "a store in memory has no backup",
            ))),
        }
    }

    /// Makes the store in `dir`, which must be empty or missing, out of a backup of this vault's store. Blocks; `progress`
    /// is told how many bytes of the file's were taken.
    pub fn restore(
        file: &Path,
        dir: &Path,
        options: Options,
        vault: &Vault,
        progress: impl FnMut(u64),
    ) -> Result<BackupFile, RestoringError> {
        let (told, wanted) = (BackupFile::about(file)?, about(vault));
        if told.about != wanted {
            return Err(RestoringError::OtherVault { found: told.about, wanted });
        }
        let taken = Timestamp::from_millis(told.taken_at_unix_millis);
        let mut mark = WriteBatch::new();
        mark.put(Key::Restored.encode(), record::encode(&Key::Restored, &RestoredRecord { taken })?);
        Ok(BackupFile::restore(file, dir, options, mark, progress)?)
    }

    /// When the backup was taken out of which this store was made, as long as [`EmbeddedStore::settle_restored`] was not
    /// called: it must not be served.
    pub fn restored(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(engine::read::<RestoredRecord>(self.ground(), &Key::Restored)?.map(|record| record.taken))
    }

    /// Takes the mark away: the erased are erased here too.
    pub async fn settle_restored(&self) -> Result<(), StoreError> {
        self.write([], |draft| {
            draft.remove(&Key::Restored);
            Ok(())
        })
        .await
    }
}
