//! `restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use shopbell_store::{EmbeddedStore, Replayed};

use super::{CliError, Source, open, say};
use crate::vault::{Exported, ExportedRefusals};

/// Makes the store out of a backup, into an empty directory, erases in it whom the tombstones name, and takes back what
/// customers took back since.
///
/// The vault must be there: the one in use, or its own backup put back into vault.directory. The server refuses to serve a
/// restored store until its tombstones were replayed; interrupted, run the command again. docs/backup.md tells the whole way.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup. Without it, a restore that was interrupted after the store was made is finished.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The newest export of the tombstones, wherever it is; by default the one in vault.tombstone_directory.
    #[arg(long, value_name = "FILE")]
    tombstones: Option<PathBuf>,
    /// The newest export of what customers took back, wherever it is; by default the one beside the tombstones.
    #[arg(long, value_name = "FILE")]
    refusals: Option<PathBuf>,
    /// The vault is the one that was in use until now, and no copy: what it knows itself of the erased, and of what customers
    /// took back, is the newest.
    #[arg(long, conflicts_with_all = ["tombstones", "refusals"])]
    vault_was_in_use: bool,
    /// The vault is a copy that is older than the store, and there is no newer one: sweeps away what was sealed with keys that
    /// came after it.
    #[arg(long, conflicts_with = "from")]
    accept_loss: bool,
    #[command(flatten)]
    more: Source,
}

impl Restore {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let config = source.then(self.more.clone()).load()?;
        open::process(&config)?;
        if !config.vault.directory.join("keys").exists() {
            return Err(CliError::NoVaultToRestore(config.vault.directory.display().to_string()));
        }
        let exports = self.exports(&config.vault.tombstone_directory)?;
        // Before the store is made: a wrong file is said before the long work.
        let vault = open::vault(&config).await?;
        if let Some((file, refusals)) = &exports {
            let replayed = vault.replay_tombstones(&read(file)?).await?;
            say(format_args!(
                "{}: {} tombstones were new to the vault; {} keys were destroyed",
                file.display(),
                replayed.added,
                replayed.destroyed
            ))?;
            let told = open::refusals(&vault, refusals.clone()).await?.unwrap_or_default();
            let path = refusals.path().display();
            say(format_args!("{path}: {} refusals were new to the vault", told.added))?;
            if told.spoilt {
                say(format_args!("{path} is damaged; the vault has all that was in it"))?;
            }
            if told.torn {
                say(format_args!(
                    "{path} ends in a refusal that was being written: it is left out; look whether another export is newer"
                ))?;
            }
        }
        if let Some(file) = self.from {
            let (directory, options, vault) =
                (config.store.directory.clone(), open::options(&config), vault.clone());
            let restored = tokio::task::spawn_blocking(move || {
                EmbeddedStore::restore(&file, &directory, options, &vault, |_| ())
            });
            let contents = restored.await??.contents;
            say(format_args!(
                "{} entries and {} later commits were restored",
                contents.entries, contents.commits
            ))?;
        } else if !config.store.directory.exists() {
            return Err(CliError::NoStore(config.store.directory.display().to_string()));
        }
        let loss = if self.accept_loss { Loss::Accepted } else { Loss::Refused };
        settle(&config, &vault, loss).await
    }
}

impl Restore {
    /// The newest exports of tombstones and refusals; none when the vault itself knows best.
    fn exports(&self, directory: &Path) -> Result<Option<(PathBuf, ExportedRefusals)>, CliError> {
        if self.vault_was_in_use {
            return Ok(None);
        }
        let tombstones =
            self.tombstones.clone().unwrap_or_else(|| Exported::within(directory).path().to_owned());
        if self.tombstones.is_none() && !tombstones.exists() {
            return Err(CliError::NoTombstones(tombstones.display().to_string()));
        }
        let beside = tombstones.parent().unwrap_or(directory);
        let refusals =
            self.refusals.as_deref().map_or_else(|| ExportedRefusals::within(beside), ExportedRefusals::at);
        if !refusals.path().exists() {
            return Err(CliError::NoRefusals(refusals.path().display().to_string()));
        }
        Ok(Some((tombstones, refusals)))
    }
}

/// Whether what the vault has no keys for may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Accepted,
    Refused,
}

pub(super) async fn settle(
    config: &crate::config::Config,
    vault: &shopbell_vault::Vault,
    loss: Loss,
) -> Result<(), CliError> {
    let store = open::unsettled_store(config, vault).await?;
    let (restored, messages) = (store.restored()?.is_some(), store.lost_messages().await?);
    if !restored && (messages == 0 || loss == Loss::Refused) {
        return match open::older_vault(config, messages) {
            Some(error) => Err(error),
            None => say("the store was not restored, or is settled; nothing was changed"),
        };
    }
    let swept = store.sweep().await?;
    if restored {
        let Replayed { customers, suppressed, phones, shops } = store.replay_refusals().await?;
        say(format_args!(
            "taken back since the backup: {customers} customers share less, {suppressed} identifiers are suppressed, {phones} \
             phones are revoked, {shops} shops have left"
        ))?;
    }
    store.settle_restored().await?;
    if restored {
        say(format_args!("{swept} records that nobody can read any more were swept away"))?;
        if messages > 0 {
            // Keys of messages go when these are settled, and with the person whom a failed one names.
            say(format_args!(
                "among them {messages} messages that waited, or had failed, when the backup was made: they were settled or \
                 erased since; or the vault is a copy that is older than the backup, and has never had their keys"
            ))?;
        }
    } else {
        say(format_args!(
            "the vault is older than the store: {messages} messages that were accepted are lost, and who came after the vault's \
             copy is unknown"
        ))?;
        say(format_args!("{swept} records that nobody can read any more were swept away"))?;
        say(
            "what customers took back after the vault's copy, and that no export has, is in this store alone: take a backup now",
        )?;
    }
    say(format_args!("the store in {} is good; the server may start", config.store.directory.display()))
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(file).map_err(|source| CliError::File {
        what: "cannot read",
        path: file.display().to_string(),
        source,
        way_out: "name the newest export of the tombstones",
    })
}
