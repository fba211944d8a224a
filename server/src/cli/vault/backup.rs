//! `vault backup`: the vault's files, laid into an empty directory for their owner alone.
//!
//! ```text
//! DIR/tombstones, DIR/refusals, DIR/keys.part   while it is taken; gone when it does not come to its end
//! DIR/tombstones, DIR/refusals, DIR/keys        whole
//! ```
//!
//! Never here: the key-encryption key.

use std::{
    fs::{self, File},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use shopbell_proto::admin::v1::{
    TakeVaultBackupRequest, maintenance_service_client::MaintenanceServiceClient,
    take_vault_backup_response::Body,
};
use shopbell_vault::{Piece, VaultFile};

use super::super::{
    CliError,
    error::cannot,
    open,
    remote::{Server, refused},
    say,
};
use crate::{
    config::Config,
    vault::{make_directory, owners_file, sync_directory},
};

/// From a running server.
pub(super) async fn online(server: &Server, to: &Path) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = MaintenanceServiceClient::new(line.channel.clone());
    let request = line.request(TakeVaultBackupRequest {});
    let mut parts = client.take_vault_backup(request).await.map_err(refused)?.into_inner();
    let mut copy = Unfinished::new(to)?;
    while let Some(message) = parts.message().await.map_err(refused)? {
        let (file, piece) = match message.body {
            Some(Body::Keys(piece)) => (VaultFile::Keys, piece),
            Some(Body::Tombstones(piece)) => (VaultFile::Tombstones, piece),
            Some(Body::Refusals(piece)) => (VaultFile::Refusals, piece),
            Some(Body::End(end)) => return copy.finish(end.keys),
            None => continue,
        };
        copy.lay(&Piece { file, offset: piece.offset, bytes: piece.content }).map_err(failed(to))?;
    }
    Err(CliError::Refused("the copy has no end".to_owned()))
}

/// Of a vault that no server holds.
pub(super) async fn offline(config: &Config, to: &Path) -> Result<(), CliError> {
    let vault = open::vault(config).await?;
    let mut copy = Unfinished::new(to)?;
    let copied = tokio::task::spawn_blocking(move || {
        let counts = vault.copy_blocking(|piece| copy.lay(&piece))?;
        Ok::<_, CliError>((copy, counts))
    });
    let (copy, counts) = copied.await??;
    copy.finish(counts.slots - counts.free)
}

fn failed(path: &Path) -> impl Fn(io::Error) -> CliError + use<> {
    cannot("cannot write", path, "name an empty or new directory, with room, that you may write to")
}

/// A copy on its way. The keys get their name last: one that was cut short does not open.
struct Unfinished {
    directory: PathBuf,
    keys: File,
    tombstones: File,
    refusals: File,
    finished: bool,
}

impl Unfinished {
    fn new(directory: &Path) -> Result<Self, CliError> {
        make_directory(directory).map_err(failed(directory))?;
        if fs::read_dir(directory).map_err(failed(directory))?.next().is_some() {
            return Err(failed(directory)(io::ErrorKind::DirectoryNotEmpty.into()));
        }
        let made = |path: PathBuf| owners_file(&path).map_err(failed(&path));
        let other = |file: VaultFile| made(directory.join(file.name()));
        let (tombstones, refusals) = (other(VaultFile::Tombstones)?, other(VaultFile::Refusals)?);
        let keys = made(part(directory))?;
        Ok(Self { directory: directory.to_owned(), keys, tombstones, refusals, finished: false })
    }

    fn lay(&mut self, piece: &Piece) -> io::Result<()> {
        let file = match piece.file {
            VaultFile::Keys => &mut self.keys,
            VaultFile::Tombstones => &mut self.tombstones,
            VaultFile::Refusals => &mut self.refusals,
        };
        file.seek(SeekFrom::Start(piece.offset))?;
        file.write_all(&piece.bytes)
    }

    fn finish(mut self, keys: u64) -> Result<(), CliError> {
        let directory = self.directory.clone();
        let failed = failed(&directory);
        for file in [&self.tombstones, &self.refusals, &self.keys] {
            file.sync_all().map_err(&failed)?;
        }
        fs::rename(part(&directory), directory.join(VaultFile::Keys.name())).map_err(&failed)?;
        self.finished = true;
        sync_directory(&directory).map_err(&failed)?;
        say(format_args!("{} holds {keys} keys", directory.display()))
    }
}

fn part(directory: &Path) -> PathBuf {
    directory.join(format!("{}.part", VaultFile::Keys.name()))
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // Half a copy is of no use to anybody, and the directory is empty for the next one.
            let _ = fs::remove_file(part(&self.directory));
            for file in [VaultFile::Tombstones, VaultFile::Refusals] {
                let _ = fs::remove_file(self.directory.join(file.name()));
            }
        }
    }
}
