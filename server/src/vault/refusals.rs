//! The file of exported refusals: what customers took back, for the day on which the vault itself is an older one.
//!
//! Made anew when the server starts, written on at its end from then on; its head then says how many are whole. It is there
//! also when nobody took back anything, so that whoever restores can tell that from a file that was lost.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use shopbell_vault::{ReplayError, ReplayedRefusals, Vault};

use super::{TombstoneError, make_directory, owners_file, sync_directory};

const FILE: &str = "refusals.export";

/// The file of exported refusals.
#[derive(Debug, Clone)]
pub struct ExportedRefusals {
    path: PathBuf,
}

impl ExportedRefusals {
    /// The one in a directory, which need not be there.
    pub fn within(directory: &Path) -> Self {
        Self { path: directory.join(FILE) }
    }

    /// This file, whatever its name.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds what the vault does not know of the file, if there is one: before anything else is done with the vault. Blocks.
    pub fn replay(&self, vault: &Vault) -> Result<Option<ReplayedRefusals>, TombstoneError> {
        let file = match fs::File::open(&self.path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(source)),
        };
        vault.replay_refusals_blocking(file).map(Some).map_err(|error| match error {
            ReplayError::Read(source) => self.failed(source),
            ReplayError::Vault(source) => TombstoneError::Replay { path: self.path.clone(), source },
        })
    }

    /// Puts all of the vault's refusals in the file's place, whole or not at all; how many there are. Blocks.
    pub fn write(&self, vault: &Vault) -> Result<u64, TombstoneError> {
        let made = || -> io::Result<(PathBuf, fs::File)> {
            if let Some(directory) = self.directory() {
                make_directory(directory)?;
            }
            let part = self.path.with_extension("part");
            owners_file(&part).map(|file| (part, file))
        };
        let (part, file) = made().map_err(|source| self.failed(source))?;
        let mut file = BufWriter::new(file);
        let count = self.export(vault, None, &mut file)?;
        let finished = || -> io::Result<()> {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&part, &self.path)?;
            sync_directory(self.directory().unwrap_or(Path::new(".")))
        };
        finished().map_err(|source| self.failed(source))?;
        Ok(count)
    }

    /// Writes those after the first ones on at the end; how many there are. Blocks.
    pub fn write_on(&self, vault: &Vault, have: u64) -> Result<u64, TombstoneError> {
        let opened = || -> io::Result<fs::File> {
            let mut file = OpenOptions::new().write(true).open(&self.path)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let mut file = BufWriter::new(opened().map_err(|source| self.failed(source))?);
        let count = self.export(vault, Some(have), &mut file)?;
        let finished = || -> io::Result<()> {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            // Only now: the head says what is whole.
            file.rewind()?;
            file.write_all(&vault.head_of_refusals(count))?;
            file.sync_all()
        };
        finished().map_err(|source| self.failed(source))?;
        Ok(count)
    }

    fn export(
        &self,
        vault: &Vault,
        have: Option<u64>,
        file: &mut BufWriter<fs::File>,
    ) -> Result<u64, TombstoneError> {
        let count = vault.export_refusals(have, |bytes| file.write_all(bytes));
        count.map_err(|error| self.failed(io::Error::other(error)))
    }

    fn directory(&self) -> Option<&Path> {
        self.path.parent().filter(|directory| !directory.as_os_str().is_empty())
    }

    fn failed(&self, source: io::Error) -> TombstoneError {
        TombstoneError::File { path: self.path.clone(), source }
    }
}
