//! `restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use shopbell_store::EmbeddedStore;

use super::{CliError, Source, open, say};

/// Makes the store out of a backup, into an empty directory, and erases in it whom the tombstones name.
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
    /// The vault is the one that was in use until now, and no copy: its own tombstones are the newest.
    #[arg(long, conflicts_with = "tombstones")]
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
        let config = source.then(self.more).load()?;
        open::process(&config)?;
        if !config.vault.directory.join("keys").exists() {
            return Err(CliError::NoVaultToRestore(config.vault.directory.display().to_string()));
        }
        let export = match (&self.tombstones, self.vault_was_in_use) {
            (_, true) => None,
            (Some(file), _) => Some(file.clone()),
            (None, false) => {
                let exported = crate::vault::Exported::within(&config.vault.tombstone_directory);
                if !exported.path().exists() {
                    return Err(CliError::NoTombstones(exported.path().display().to_string()));
                }
                Some(exported.path().to_owned())
            }
        };
        // Before the store is made: a wrong file is said before the long work.
        let vault = open::vault(&config).await?;
        if let Some(file) = &export {
            let replayed = vault.replay_tombstones(&read(file)?).await?;
            say(format_args!(
                "{}: {} tombstones were new to the vault; {} keys were destroyed",
                file.display(),
                replayed.added,
                replayed.destroyed
            ))?;
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
    store.settle_restored().await?;
    if messages > 0 {
        say(format_args!(
            "the vault is older than the store: {messages} messages that were accepted are lost, and who came after the vault's \
             copy is unknown"
        ))?;
        say(format_args!("{swept} records that nobody can read any more were swept away"))?;
    } else {
        say(format_args!("{swept} records of people who were erased since the backup were swept away"))?;
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
