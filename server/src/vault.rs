//! The vault beside a running server: its figures, and the tombstones of the erased, which must outlive every backup.
//!
//! A backup of the vault that is put back brings keys back that were destroyed after it. So the tombstones stand in a file
//! of their own, written anew whenever there are more of them, in a directory apart; and whoever opens the vault replays
//! that file first ([`Exported::replay`]). The export is signed by the vault: another vault's is refused.
//!
//! Never here: what is sealed, who may ask for an erasure, keys.

use std::{
    convert::Infallible,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use shopbell_vault::{Replayed, Vault, VaultError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// How often the vault is looked at: an erasure's tombstone is exported within this time.
const ROUND: Duration = Duration::from_millis(500);

const FILE: &str = "tombstones.export";

/// Why the tombstones could not be replayed or exported.
#[derive(Debug, thiserror::Error)]
pub enum TombstoneError {
    /// The file cannot be read or written.
    #[error(
        "the tombstones (vault.tombstone_directory) in {}: {source}; give the directory to the user of this process",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// They were not replayed.
    #[error(
        "the tombstones in {} were not replayed: {source}; if this vault is to begin anew, move that file aside",
        path.display()
    )]
    Replay {
        /// The file.
        path: PathBuf,
        /// What the vault says.
        source: VaultError,
    },
}

/// The file of exported tombstones.
#[derive(Debug, Clone)]
pub struct Exported {
    path: PathBuf,
}

impl Exported {
    /// The one in a directory, which need not be there.
    pub fn within(directory: &Path) -> Self {
        Self { path: directory.join(FILE) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds what the vault does not know of the file, if there is one: before anything else is done with the vault.
    pub async fn replay(&self, vault: &Vault) -> Result<Option<Replayed>, TombstoneError> {
        let export = match fs::read(&self.path) {
            Ok(export) => export,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TombstoneError::File { path: self.path.clone(), source }),
        };
        let replayed = vault.replay_tombstones(&export).await;
        replayed.map(Some).map_err(|source| TombstoneError::Replay { path: self.path.clone(), source })
    }

    /// Puts the vault's tombstones in the file's place, whole or not at all.
    pub fn write(&self, vault: &Vault) -> Result<(), TombstoneError> {
        write_whole(&self.path, &vault.export_tombstones())
            .map_err(|source| TombstoneError::File { path: self.path.clone(), source })
    }
}

/// Writes a file for its owner alone in the place of one that may be there, safe against a power cut.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    make_directory(directory)?;
    let part = path.with_extension("part");
    let mut file = owners_file(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync_directory(directory)
}

/// Makes a directory for its owner alone; one that is there keeps its mode.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// A file for its owner alone, empty.
pub(crate) fn owners_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file is only safe when the directory that holds it is.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// Keeps figures, and the export if there is to be one, true until `stop`.
pub async fn watch(
    vault: Vault,
    exported: Option<Exported>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Where nobody was erased there is nothing to export.
    let mut written = 0;
    loop {
        let last = tokio::select! {
            biased;
            () = stop.cancelled() => true,
            _ = round.tick() => false,
        };
        let counts = vault.counts();
        metrics.vault_keys.set(figure(counts.slots - counts.free));
        metrics.vault_tombstones.set(figure(counts.tombstones));
        if let Some(exported) = &exported
            && written != counts.tombstones
            && export(&vault, exported).await
        {
            written = counts.tombstones;
            metrics.vault_exported_tombstones.set(figure(counts.tombstones));
        }
        if last {
            return Ok(());
        }
    }
}

async fn export(vault: &Vault, exported: &Exported) -> bool {
    let (vault, exported) = (vault.clone(), exported.clone());
    let written = tokio::task::spawn_blocking(move || exported.write(&vault)).await;
    match written {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(%error, "the tombstones are not exported; tried again");
            false
        }
        Err(error) => {
            tracing::error!(%error, "the tombstones are not exported; tried again");
            false
        }
    }
}

fn figure(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
