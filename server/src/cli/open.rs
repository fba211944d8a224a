//! What several commands open: the log, the clock, the key and the store; and what can go wrong with them.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{time::Clock, token::MasterKey};
use shopbell_kit::{
    config::{ConfigError, Invalid},
    lifecycle::TaskFailed,
    secret::{SecretError, read_key},
    telemetry::{self, LogError},
};
use shopbell_store::{EmbeddedStore, OpenError, Options, RecoverError};

use crate::{
    app::{Parts, StartError},
    config::Config,
    http::tls::TlsError,
    import::ImportError,
};

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
            OpenError::Locked { dir } => Self::StoreInUse(dir.display().to_string()),
            OpenError::Damaged { dir, reason } => Self::Damaged { dir: dir.display().to_string(), reason },
            error => Self::Open(error),
        }
    }
}

impl From<RecoverError> for CliError {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Open(error @ OpenError::Locked { .. }) => error.into(),
            error => Self::Recover(error),
        }
    }
}

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

/// Opens the store as it is. A damaged one is refused: whoever went on with an empty one would forget who opted out.
pub(super) async fn store(config: &Config) -> Result<EmbeddedStore, CliError> {
    let (directory, options) = (config.store.directory.clone(), options(config));
    Ok(tokio::task::spawn_blocking(move || EmbeddedStore::open(directory, options)).await??)
}

/// The parts of a real server.
pub(super) fn parts(store: EmbeddedStore, clock: Arc<dyn Clock>, master: MasterKey) -> Parts {
    let store_takes_writes = Arc::new(health_of(store.clone()));
    let (inbox, events) = (Arc::new(store.clone()), Arc::new(store.clone()));
    Parts {
        store: Arc::new(store),
        inbox,
        events,
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
