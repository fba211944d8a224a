//! What can go wrong with a command. Each text names the thing and the way out.

use std::{io, path::Path};

use shopbell_kit::{
    config::{ConfigError, Invalid},
    lifecycle::TaskFailed,
    secret::SecretError,
    telemetry::LogError,
};
use shopbell_store::{BackupError, EngineError, OpenError, RecoverError, RestoreError, RestoringError};
use shopbell_vault::VaultError;

use crate::{app::StartError, http::tls::TlsError, import::ImportError, vault::TombstoneError};

/// Why a command did not do what it says. Each text names the thing and the way out.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration is wrong.
    #[error("the configuration is wrong:\n{0}")]
    Config(#[from] ConfigError),
    /// A setting is wrong.
    #[error("the configuration is wrong:\n{0}")]
    Setting(#[from] Invalid),
    /// Logging cannot start.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The brand's key cannot be read.
    #[error("the brand's key (keys.master_key_file): {0}{way_out}", way_out = key_way_out(.0))]
    Key(#[source] SecretError),
    /// The store is held by another process.
    #[error(
        "the store in {0} is in use by another process, most likely a running server: stop it first (`systemctl stop \
         shopbell-server`), or name another directory with --set store.directory=DIR"
    )]
    StoreInUse(String),
    /// The store is damaged.
    #[error(
        "the store in {dir} is damaged: {reason}. Nothing was started and nothing was deleted. Ways out:\n  \
         shopbell-server recover   makes a new store of what can still be read, and keeps the damaged one beside it\n  \
         a backup                  move {dir} aside and put the backup in its place\n\
         docs/recover.md says what each of them keeps"
    )]
    Damaged {
        /// The store's directory.
        dir: String,
        /// What was found.
        reason: String,
    },
    /// The store cannot be opened.
    #[error("the store (store.directory): {0}")]
    Open(#[source] OpenError),
    /// A key of the vault cannot be read.
    #[error("the vault's key ({setting}): {source}{way_out}", way_out = kek_way_out(source))]
    VaultKey {
        /// The setting, or the argument, that names its file.
        setting: &'static str,
        /// What is wrong with it.
        source: SecretError,
    },
    /// The vault cannot be opened.
    #[error("the vault (vault.directory): {0}")]
    OpenVault(#[source] shopbell_vault::OpenError),
    /// The vault did not do what was asked.
    #[error("the vault (vault.directory): {0}")]
    Vault(#[from] VaultError),
    /// Neither a server nor the store itself was named.
    #[error(
        "name the running server's operator token with --token-file FILE, or give --offline when no server runs"
    )]
    NoServer,
    /// No backup was taken.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A backup is not whole.
    #[error(transparent)]
    BackupFile(#[from] RestoreError),
    /// A backup was not restored.
    #[error("{0}. Nothing was changed")]
    Restore(#[from] RestoringError),
    /// The store was restored, and may hold people who were erased since.
    #[error(
        "the store in {0} was restored from a backup, and the tombstones of those who were erased since were not replayed: \
         run `shopbell-server restore` once more, without --from (docs/backup.md)"
    )]
    Unsettled(String),
    /// The vault has no keys for what was accepted.
    #[error(
        "{} in the store in {dir} were accepted and cannot be read: the vault in {vault} has no key for them, as if it were a \
         copy that is older than the store. So is everything else lost that was sealed with a key made after that copy. Ways \
         out:\n  \
         the newest vault          put it in the place of {vault} (docs/keys.md)\n  \
         restore --accept-loss     if there is no newer one: sweeps away what cannot be read any more, and says how much",
        crate::import::count(*messages, "message")
    )]
    OlderVault {
        /// The store's directory.
        dir: String,
        /// The vault's directory.
        vault: String,
        /// Messages that cannot be read.
        messages: u64,
    },
    /// There is no vault to read a restored store with.
    #[error(
        "there is no vault in {0}, and without its vault nothing personal in the backup can be read: put the vault's own \
         backup there first, or name the right one with --set vault.directory=DIR"
    )]
    NoVaultToRestore(String),
    /// Nobody knows who was erased since the backup.
    #[error(
        "there are no exported tombstones in {0}: name the newest export with --tombstones FILE (one is beside each backup), \
         or say with --vault-was-in-use that the vault is no copy, so that it knows of all the erased itself"
    )]
    NoTombstones(String),
    /// Nobody knows who took back what since the backup.
    #[error(
        "there are no exported refusals in {0}, which say what customers took back since the backup: name the newest export \
         with --refusals FILE (one is beside each backup), or say with --vault-was-in-use that the vault is no copy, so that \
         it knows of them itself"
    )]
    NoRefusals(String),
    /// There is no vault.
    #[error(
        "there is no vault in {0}: the server makes it at its first start; or name the right one with --config FILE or \
         --set vault.directory=DIR"
    )]
    NoVault(String),
    /// The new key is the old one.
    #[error(
        "the new key is the one that the vault has: make another with `shopbell-server vault new-key FILE`"
    )]
    SameKey,
    /// Some keys are under the old key still.
    #[error(
        "{} cannot be read and stay under the old key, which must be kept for them: restore the vault's backup, or erase \
         those customers",
        crate::import::count(*keys, "key")
    )]
    Unrotated {
        /// How many.
        keys: u64,
    },
    /// A receipt or its key is not what it should be.
    #[error(transparent)]
    Receipt(#[from] shopbell_vault::ReceiptError),
    /// Tombstones were not replayed or exported.
    #[error(transparent)]
    Tombstones(#[from] TombstoneError),
    /// There is no store to recover.
    #[error("there is no store in {0}: name the right one with --config FILE or --set store.directory=DIR")]
    NoStore(String),
    /// The store cannot be recovered.
    #[error(
        "the store cannot be recovered: {0}. The damaged one is as it was; run the command again after that"
    )]
    Recover(#[source] RecoverError),
    /// The store has problems.
    #[error("the store has {}, listed above with the way out", crate::import::count(*.0, "problem"))]
    StoreProblems(u64),
    /// The store cannot be read.
    #[error("the store cannot be read: {0}")]
    Store(#[from] shopbell_domain::ports::StoreError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    /// The texts of consent cannot be used.
    Texts(#[from] crate::texts::TextsError),
    /// The server died.
    #[error("the server stopped by itself: {0}; its log says more")]
    Died(#[from] TaskFailed),
    /// An import ended early.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// An import went through, but not all of it.
    #[error(
        "{} rejected, and not in the store; all others are. Mend what is in the files named above, with the reasons, \
         and import those",
        crate::import::count(*lines, "line")
    )]
    Rejected {
        /// How many.
        lines: u64,
    },
    /// A file of the demo, or of a new key, is missing or in the way.
    #[error("{what} {path}: {source}; {way_out}")]
    File {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: String,
        /// The system's answer.
        source: io::Error,
        /// What to do.
        way_out: &'static str,
    },
    /// The server cannot be reached.
    #[error(
        "the server at {server} cannot be reached: {cause}; start it, or name its address with --server, and with --ca-file \
         the authority of its certificate"
    )]
    Unreachable {
        /// Its address.
        server: String,
        /// What was found.
        cause: String,
    },
    /// The server refused a call; it says why.
    #[error("the server refused: {0}")]
    Refused(String),
    /// The operator's token, or the authority's certificate, cannot be read.
    #[error("{0}")]
    Token(#[source] SecretError),
    /// The operator's token is none.
    #[error("the token holds characters that no token has: make one with `shopbell-server token`")]
    UnusableToken,
    /// The file is larger than any event may be.
    #[error(
        "{path} has {bytes} bytes: an event that is taken up again may have {most}; leave something out of it"
    )]
    EventFileTooLarge {
        /// Which file.
        path: String,
        /// Its size.
        bytes: usize,
        /// What may be.
        most: usize,
    },
    /// The file is no event.
    #[error(
        "{path} is not one JSON object: {error}; begin with what `events failed show NUMBER` prints last"
    )]
    NoJson {
        /// Which file.
        path: String,
        /// Where reading it ended.
        error: String,
    },
    /// Nothing failed for this reason.
    #[error(
        "no event has failed for the reason {reason:?}: `events failed list` shows those that have, with their reasons"
    )]
    NoneFailed {
        /// The reason.
        reason: String,
    },
    /// An identifier cannot be read.
    #[error(
        "{0:?} is no identifier: write kind:value, such as email:camille@example.com; kinds are customer, loyalty, email, phone_number, phone and anonymous"
    )]
    NoIdentifier(String),
    /// One file cannot be what several events say.
    #[error("--json mends one event: give one number with it")]
    OneFileForMany,
    /// Signals cannot be heard.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    /// The service manager's socket is wrong.
    #[error("NOTIFY_SOCKET of the service manager cannot be used: {0}")]
    Notify(#[source] io::Error),
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    /// A thread of this process ended.
    #[error("a thread of this process ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// A new key in the place of one that is there would make every phone a stranger.
fn key_way_out(error: &SecretError) -> &'static str {
    match error {
        missing if missing.is_missing() => {
            "\nmake one with `shopbell-server token --master-key FILE`; if there was one, restore it: with another key \
             no phone is recognised"
        }
        SecretError::Content { .. } => "\nrestore yours: with another key no phone is recognised",
        _ => "",
    }
}

/// A new key in the place of one that is there would make every sealed field unreadable.
fn kek_way_out(error: &SecretError) -> &'static str {
    match error {
        missing if missing.is_missing() => {
            "\nmake one with `shopbell-server vault new-key FILE`; if there was one, restore it: with another key nothing \
             personal can be read"
        }
        SecretError::Content { .. } => "\nrestore yours: with another key nothing personal can be read",
        _ => "",
    }
}

/// The error of a file or directory, with the way out.
pub(super) fn cannot(
    what: &'static str,
    path: &Path,
    way_out: &'static str,
) -> impl Fn(io::Error) -> CliError + use<> {
    let path = path.display().to_string();
    move |source| CliError::File { what, path: path.clone(), source, way_out }
}

impl CliError {
    /// What a script that ran the command sees: 2 where all was done but what was refused, 3 where the store is damaged
    /// and starting again does not help, else 1.
    pub(super) const fn exit_code(&self) -> u8 {
        match self {
            Self::Rejected { .. } => 2,
            Self::Damaged { .. } => 3,
            _ => 1,
        }
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Engine(EngineError::Locked { dir }) => Self::StoreInUse(dir.display().to_string()),
            OpenError::Engine(EngineError::Damaged { dir, reason }) => {
                Self::Damaged { dir: dir.display().to_string(), reason }
            }
            error => Self::Open(error),
        }
    }
}

impl From<RecoverError> for CliError {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Open(error @ OpenError::Engine(EngineError::Locked { .. })) => error.into(),
            error => Self::Recover(error),
        }
    }
}
