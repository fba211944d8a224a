//! The vault beside a running server: its figures, and the tombstones of the erased, which must outlive every backup.
//!
//! A backup of the vault that is put back brings keys back that were destroyed after it. So the tombstones stand in a file
//! of their own, written anew whenever there are more of them, in a directory apart; and whoever opens the vault replays
//! that file first ([`Exported::replay`]). The export is signed by the vault: another vault's is refused. What customers took
//! back is exported and replayed in the same way ([`ExportedRefusals`]): a backup of the store gives it again.
//!
//! Never here: what is sealed, who may ask for an erasure, keys.

mod refusals;

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

pub use self::refusals::ExportedRefusals;
use crate::metrics::Metrics;

/// How often the vault is looked at: an erasure's tombstone is exported within this time.
const ROUND: Duration = Duration::from_millis(500);

const FILE: &str = "tombstones.export";

/// Why tombstones or refusals could not be replayed or exported.
#[derive(Debug, thiserror::Error)]
pub enum TombstoneError {
    /// The file cannot be read or written.
    #[error(
        "what the vault exports (vault.tombstone_directory), {}: {source}; give the directory to the user of this process",
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
        "what is in {} was not replayed: {source}. Move that file aside. If the vault in vault.directory is the one that was in \
         use until now, and no copy of it, or is to begin anew, go on without the file (restore: --vault-was-in-use): the \
         server makes it anew. Otherwise restore with the newest other export there is (--tombstones FILE --refusals FILE, \
         both are beside each backup)",
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

/// Keeps figures, and the exports in a directory if there are to be any, true until `stop`.
pub async fn watch(
    vault: Vault,
    directory: Option<PathBuf>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let exported = directory.as_deref().map(Exported::within);
    let refused = directory.as_deref().map(ExportedRefusals::within);
    // Where nobody was erased there is nothing to export.
    let (mut written, mut refusals) = (0, None);
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
        if let Some(refused) = &refused
            && refusals != Some(counts.refusals)
        {
            refusals = export_refusals(&vault, refused, refusals).await;
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

/// How many are in the file then; `None` when it must be made anew.
async fn export_refusals(vault: &Vault, refused: &ExportedRefusals, have: Option<u64>) -> Option<u64> {
    let (vault, refused) = (vault.clone(), refused.clone());
    let written = tokio::task::spawn_blocking(move || match have {
        Some(have) => refused.write_on(&vault, have),
        None => refused.write(&vault),
    });
    match written.await {
        Ok(Ok(count)) => Some(count),
        Ok(Err(error)) => {
            tracing::error!(%error, "the refusals are not exported; tried again");
            None
        }
        Err(error) => {
            tracing::error!(%error, "the refusals are not exported; tried again");
            None
        }
    }
}

fn figure(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
