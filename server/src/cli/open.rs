//! What several commands open: the log, the clock, the key and the store.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{time::Clock, token::MasterKey};
use shopbell_kit::{secret::read_key, telemetry};
use shopbell_store::{EmbeddedStore, Options};
use shopbell_vault::{Kek, ReplayedRefusals, Vault};

use super::CliError;
use crate::{
    app::Parts,
    config::Config,
    vault::{Exported, ExportedRefusals},
};

/// Starts the log and the clock.
pub(super) fn process(config: &Config) -> Result<Arc<dyn Clock>, CliError> {
    telemetry::init(&config.log)?;
    Ok(config.clock.start()?)
}

/// Reads the brand's key.
pub(super) fn master_key(path: &Path) -> Result<MasterKey, CliError> {
    let key = read_key::<32>(path).map_err(CliError::Key)?;
    Ok(MasterKey::new(*key))
}

pub(super) fn options(config: &Config) -> Options {
    Options { cache_bytes: config.store.cache_bytes, ..Options::default() }
}

/// Opens the vault, and replays the tombstones and refusals that were exported: a backup of the vault brings nobody back, and
/// makes nobody share again.
pub(super) async fn vault(config: &Config) -> Result<Vault, CliError> {
    let vault = vault_as_it_is(config).await?;
    let replayed = Exported::within(&config.vault.tombstone_directory).replay(&vault).await?;
    if let Some(replayed) = replayed.filter(|replayed| replayed.added > 0) {
        let (added, destroyed) = (replayed.added, replayed.destroyed);
        tracing::warn!(added, destroyed, "the vault did not know of all tombstones; they were replayed");
    }
    let replayed = refusals(&vault, ExportedRefusals::within(&config.vault.tombstone_directory)).await?;
    let ReplayedRefusals { added, torn, spoilt } = replayed.unwrap_or_default();
    if added > 0 {
        tracing::warn!(added, "the vault did not know of all refusals; they were replayed");
    }
    if torn {
        tracing::warn!("the export of refusals ends in one that was being written; it is left out");
    }
    if spoilt {
        tracing::warn!(
            "the export of refusals is damaged; the vault has all of it, and the server makes it anew"
        );
    }
    Ok(vault)
}

/// Replays exported refusals, if there is such a file.
pub(super) async fn refusals(
    vault: &Vault,
    exported: ExportedRefusals,
) -> Result<Option<ReplayedRefusals>, CliError> {
    let vault = vault.clone();
    Ok(tokio::task::spawn_blocking(move || exported.replay(&vault)).await??)
}

/// Opens the vault, and leaves what was exported alone.
pub(super) async fn vault_as_it_is(config: &Config) -> Result<Vault, CliError> {
    let settings = &config.vault;
    let mut options =
        shopbell_vault::Options::new(&settings.directory, kek("vault.kek_file", &settings.kek_file)?);
    if let Some(path) = &settings.previous_kek_file {
        options.previous_kek = Some(kek("vault.previous_kek_file", path)?);
    }
    open_vault(options).await
}

/// Opens a vault with these keys, and says what was found.
pub(super) async fn open_vault(options: shopbell_vault::Options) -> Result<Vault, CliError> {
    let opened = tokio::task::spawn_blocking(move || Vault::open(&options, StdRng::from_os_rng())).await?;
    let (vault, report) = opened.map_err(CliError::OpenVault)?;
    if report.damaged > 0 {
        tracing::error!(slots = report.damaged, "slots of the vault cannot be read: restore its backup");
    }
    if report.to_rewrap > 0 {
        let keys = report.to_rewrap;
        tracing::warn!(keys, "a rotation was interrupted: run `shopbell-server vault rotate` again");
    }
    if report.finished > 0 {
        tracing::info!(keys = report.finished, "destructions of keys that were cut short are finished");
    }
    Ok(vault)
}

/// Reads a key-encryption key.
pub(super) fn kek(setting: &'static str, path: &Path) -> Result<Kek, CliError> {
    let key = read_key::<32>(path).map_err(|source| CliError::VaultKey { setting, source })?;
    Ok(Kek::new(key))
}

/// Opens the store as it is. A damaged one is refused: whoever went on with an empty one would forget who opted out. So is one
/// that is newer than its vault: what was accepted since would be missing, and nobody would know.
pub(super) async fn store(config: &Config, vault: &Vault) -> Result<EmbeddedStore, CliError> {
    let store = unsettled_store(config, vault).await?;
    if store.restored()?.is_some() {
        return Err(CliError::Unsettled(config.store.directory.display().to_string()));
    }
    older_vault(config, store.lost_messages().await?).map_or(Ok(store), Err)
}

/// What is wrong when the vault has no keys for so many messages.
pub(super) fn older_vault(config: &Config, messages: u64) -> Option<CliError> {
    let (dir, vault) = (&config.store.directory, &config.vault.directory);
    let named = || CliError::OlderVault {
        dir: dir.display().to_string(),
        vault: vault.display().to_string(),
        messages,
    };
    (messages > 0).then(named)
}

/// Opens the store even if it was restored and may hold people who were erased since: for settling that, and nothing else.
pub(super) async fn unsettled_store(config: &Config, vault: &Vault) -> Result<EmbeddedStore, CliError> {
    let (directory, options, vault) = (config.store.directory.clone(), options(config), vault.clone());
    Ok(tokio::task::spawn_blocking(move || EmbeddedStore::open(directory, options, vault)).await??)
}

/// The parts of a real server.
pub(super) fn parts(store: EmbeddedStore, clock: Arc<dyn Clock>, master: MasterKey) -> Parts {
    let store_takes_writes = Arc::new(health_of(store.clone()));
    let (inbox, events) = (Arc::new(store.clone()), Arc::new(store.clone()));
    Parts {
        store: Arc::new(store.clone()),
        inbox,
        events,
        embedded: store,
        clock,
        master,
        rng: StdRng::from_os_rng(),
        store_takes_writes,
    }
}

/// Whether the store takes writes. Health checks come every few seconds: only a change is logged.
fn health_of(store: EmbeddedStore) -> impl Fn() -> bool + Send + Sync {
    let took_writes = AtomicBool::new(true);
    move || {
        let obstacle = store.write_failure();
        let takes_writes = obstacle.is_none();
        if took_writes.swap(takes_writes, Ordering::Relaxed) != takes_writes {
            if let Some(obstacle) = obstacle {
                tracing::error!(obstacle, "the store takes no writes");
            } else {
                tracing::info!("the store takes writes again");
            }
        }
        takes_writes
    }
}
