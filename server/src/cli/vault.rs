//! `vault`.

mod backup;
mod status;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use shopbell_vault::{Options, PublicKey};

use super::{
    CliError, Source, open,
    remote::{PerhapsServer, Server},
    say, token,
};
use crate::{config::Config, vault::write_whole};

/// The keys of customers' personal fields: their own key, the tombstones of the erased, and receipts.
///
/// Each customer's personal fields are sealed with a key of their own. All these keys are in the vault, wrapped by one
/// key-encryption key in a file. docs/keys.md tells how to keep them, apart from the store and its backups.
#[derive(Debug, Args)]
pub(super) struct Vault {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes a key-encryption key, in a file that must not be there yet.
    ///
    /// Name it in the configuration as vault.kek_file. Keep a copy in a safe, never beside a backup of the vault: with both,
    /// everything can be read; without the key, nothing.
    NewKey {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Prints the key that checks erasure receipts. It is no secret: publish it.
    ///
    /// A running server tells it to everybody, at /v1/receipts/key and /v1/receipts/key.pem.
    PublicKey {
        /// As other programs read it, such as openssl.
        #[arg(long)]
        pem: bool,
        #[command(flatten)]
        server: PerhapsServer,
        #[command(flatten)]
        more: Source,
    },
    /// Prints what the vault holds: keys, free slots, tombstones, refusals.
    ///
    /// Of a running server with --token-file, else as the configuration says.
    Status {
        #[command(flatten)]
        server: PerhapsServer,
        #[command(flatten)]
        more: Source,
    },
    /// Puts every key under a new key-encryption key.
    ///
    /// Afterwards nothing is readable with the old one: neither a stolen copy of it, nor old blocks of a disk. Do it once
    /// a year, and after an erasure that must hold against somebody who takes the disk apart. Interrupted, run it again
    /// with the same new key. The server must not run meanwhile.
    Rotate {
        /// The new key's file, made by `vault new-key`. Name it as vault.kek_file afterwards.
        #[arg(value_name = "NEW_KEY_FILE")]
        to: PathBuf,
        #[command(flatten)]
        more: Source,
    },
    /// The tombstones of the erased: what keeps them erased after a restore.
    #[command(subcommand)]
    Tombstones(Tombstones),
    /// Copies the vault of a running server into a directory that must be empty or new, while it goes on.
    ///
    /// Never into the directory of the store's backups, and not beside the key-encryption key. Such a copy holds keys that
    /// are destroyed after it: keep one or two, for days.
    Backup {
        /// The directory.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// No server runs: opens the vault itself, as the configuration says.
        #[arg(long, conflicts_with_all = ["url", "token_file", "ca_file"])]
        offline: bool,
        #[command(flatten)]
        server: Option<Server>,
        #[command(flatten)]
        more: Source,
    },
    /// Checks an erasure receipt; needs no vault.
    VerifyReceipt {
        /// The receipt, as it was handed out.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The key that `vault public-key` prints.
        #[arg(long, value_name = "HEX")]
        public_key: String,
    },
}

#[derive(Debug, Subcommand)]
enum Tombstones {
    /// Writes all of them, signed, to a file. A running server does so by itself, into vault.tombstone_directory.
    Export {
        /// The file; one that is there is replaced.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        more: Source,
    },
    /// Adds those of an export that the vault does not know, and destroys their keys.
    ///
    /// After a backup of the vault was put back this comes before anything else. The server does it by itself with the file
    /// in vault.tombstone_directory.
    Replay {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        more: Source,
    },
}

impl Vault {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let load = |more: Source| -> Result<Config, CliError> {
            let config = source.clone().then(more).load()?;
            open::process(&config)?;
            Ok(config)
        };
        match self.what {
            What::NewKey { file } => new_key(&file),
            What::PublicKey { pem, server, more } => {
                let key = match server.named() {
                    Some(server) => PublicKey::from_hex(&status::online(&server).await?.receipt_public_key)?,
                    None => open::vault(&existing(load(more)?)?).await?.public_key(),
                };
                if pem { say(key.to_pem().trim_end()) } else { say(key) }
            }
            What::Status { server, more } => status::print(&match server.named() {
                Some(server) => status::online(&server).await?,
                None => status::offline(&existing(load(more)?)?).await?,
            }),
            What::Rotate { to, more } => rotate(&existing(load(more)?)?, &to).await,
            What::Tombstones(Tombstones::Export { file, more }) => {
                export(&existing(load(more)?)?, &file).await
            }
            What::Tombstones(Tombstones::Replay { file, more }) => {
                replay(&existing(load(more)?)?, &file).await
            }
            What::Backup { to, offline: true, more, .. } => {
                backup::offline(&existing(load(more)?)?, &to).await
            }
            What::Backup { to, server: Some(server), .. } => backup::online(&server, &to).await,
            What::Backup { .. } => Err(CliError::NoServer),
            What::VerifyReceipt { file, public_key } => verify_receipt(&file, &public_key),
        }
    }
}

/// A mistyped directory must not become a new vault.
fn existing(config: Config) -> Result<Config, CliError> {
    if config.vault.directory.join("keys").exists() {
        return Ok(config);
    }
    Err(CliError::NoVault(config.vault.directory.display().to_string()))
}

fn new_key(file: &Path) -> Result<(), CliError> {
    token::write_secret(file, &token::mint())?;
    say(format_args!(
        "{} holds a key-encryption key. Name it as vault.kek_file, and keep a copy in a safe: without it nothing personal \
         can be read.",
        file.display()
    ))
}

async fn rotate(config: &Config, to: &Path) -> Result<(), CliError> {
    let new = open::kek("NEW_KEY_FILE", to)?;
    let old = open::kek("vault.kek_file", &config.vault.kek_file)?;
    if new.id() == old.id() {
        return Err(CliError::SameKey);
    }
    let vault = match open::vault(config).await {
        // The rotation was interrupted, and the vault's own secrets are under the new key already.
        Err(CliError::OpenVault(shopbell_vault::OpenError::WrongKek { needed, .. }))
            if needed == new.id() =>
        {
            let mut options = Options::new(&config.vault.directory, new.clone());
            options.previous_kek = Some(old);
            open::open_vault(options).await?
        }
        opened => opened?,
    };
    let rotation = vault.rotate(new, |_| ()).await?;
    say(format_args!(
        "{} of {} slots hold keys that are under the new key now",
        rotation.rewrapped, rotation.total
    ))?;
    if !rotation.unreadable.is_empty() {
        return Err(CliError::Unrotated { keys: rotation.unreadable.len() as u64 });
    }
    say(format_args!(
        "Name {} as vault.kek_file before the server starts, then destroy the old key and its copies.",
        to.display()
    ))
}

async fn export(config: &Config, file: &Path) -> Result<(), CliError> {
    let vault = open::vault(config).await?;
    write_whole(file, &vault.export_tombstones()).map_err(|source| CliError::File {
        what: "cannot write",
        path: file.display().to_string(),
        source,
        way_out: "name a file in a directory that you may write to",
    })?;
    say(format_args!("{} holds {} tombstones", file.display(), vault.counts().tombstones))
}

async fn replay(config: &Config, file: &Path) -> Result<(), CliError> {
    let export = read(file)?;
    let replayed = open::vault(config).await?.replay_tombstones(&export).await?;
    say(format_args!(
        "{} tombstones were new to the vault; {} keys were destroyed",
        replayed.added, replayed.destroyed
    ))
}

fn verify_receipt(file: &Path, public_key: &str) -> Result<(), CliError> {
    let key = PublicKey::from_hex(public_key)?;
    let text = String::from_utf8_lossy(&read(file)?).into_owned();
    let receipt = key.verify(&text)?;
    let at = receipt.at.as_millis();
    say(format_args!("good: receipt {} of an erasure at {at} ms since 1970", receipt.number))?;
    say(format_args!("tombstone {}, {} keys destroyed", receipt.tombstone, receipt.keys.len()))?;
    for (store, records) in &receipt.stores {
        say(format_args!("{store}: {records} records"))?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(file).map_err(|source| CliError::File {
        what: "cannot read",
        path: file.display().to_string(),
        source,
        way_out: "name a file that you may read",
    })
}
