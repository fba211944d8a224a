//! `token`.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};

use super::{CliError, say};
use crate::config::TokenHash;

/// Makes a token for an agent, a tablet or a backend; or, with --master-key, the brand's key.
///
/// The token is printed once and kept nowhere: give it to its bearer in a file that only they can read. The line with
/// its SHA-256 goes into the server's configuration.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// Makes the brand's key instead and writes it to this file, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
}

/// 32 random bytes as 64 hexadecimal digits.
pub(super) fn mint() -> String {
    let mut bytes = [0; 32];
    StdRng::from_os_rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

impl Token {
    pub(super) fn run(self) -> Result<(), CliError> {
        if let Some(path) = self.master_key {
            write_secret(&path, &mint())?;
            return say(format_args!(
                "{} holds the brand's key. Keep a copy in a safe: without it no phone is recognised.",
                path.display()
            ));
        }
        let token = mint();
        say(format_args!("token (shown once):  {token}"))?;
        say(format_args!("for the server:      token_sha256 = \"{}\"", TokenHash::of(&token)))
    }
}

/// Writes a new file that only its owner can read.
pub(super) fn write_secret(path: &Path, secret: &str) -> Result<(), CliError> {
    let failed = |source| CliError::File {
        what: "cannot write",
        path: path.display().to_string(),
        source,
        way_out: "name a file that is not there yet, in a directory that you may write to",
    };
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    writeln!(file, "{secret}").and_then(|()| file.sync_all()).map_err(failed)
}
