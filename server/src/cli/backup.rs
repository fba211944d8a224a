//! `backup`.

use std::{
    fs::{self, File},
    io::{self, IsTerminal as _, Write as _, stderr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use fs2::FileExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shopbell_domain::time::Timestamp;
use shopbell_proto::admin::v1::{
    ExportRefusalsRequest, ExportTombstonesRequest, TakeBackupRequest,
    maintenance_service_client::MaintenanceServiceClient,
};
use shopbell_store::BackupFile;

use super::{
    CliError, Source,
    error::cannot,
    open,
    remote::{Server, refused},
    say,
};
use crate::vault::{ExportedRefusals, make_directory, owners_file, sync_directory, write_whole};

/// Copies the store of a running server into a file, exact to the commit, while it goes on.
///
/// The file is DIR/shopbell-TIME.backup; it is there only when it is whole and was read back. Beside it are written the
/// tombstones of the erased, as DIR/tombstones.export, and what customers took back, as DIR/refusals.export: a restore takes
/// the newest of both, also with an older backup. What is personal in the file is sealed: its keys are in the vault, which is
/// backed up apart (`shopbell-server vault backup`), and never into this directory. docs/backup.md tells of restoring.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The directory; made when it is not there.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// No server runs: opens the store itself, as the configuration says.
    #[arg(long, conflicts_with_all = ["url", "token_file", "ca_file"])]
    offline: bool,
    #[command(flatten)]
    server: Option<Server>,
    #[command(flatten)]
    more: Source,
}

impl Backup {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        make_directory(&self.to).map_err(failed(&self.to))?;
        match (self.offline, self.server) {
            (true, _) => offline(source.then(self.more), &self.to).await,
            (false, Some(server)) => online(&server, &self.to).await,
            (false, None) => Err(CliError::NoServer),
        }
    }
}

async fn online(server: &Server, to: &Path) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = MaintenanceServiceClient::new(line.channel.clone());
    let request = line.request(TakeBackupRequest {});
    let mut parts = client.take_backup(request).await.map_err(refused)?.into_inner();
    let mut file = Unfinished::new(to)?;
    while let Some(message) = parts.message().await.map_err(refused)? {
        file.write(&message.part)?;
    }
    file.finish()?;
    let request = line.request(ExportTombstonesRequest {});
    let answer = client.export_tombstones(request).await.map_err(refused)?.into_inner();
    tombstones(to, &answer.export, answer.tombstones)?;
    let request = line.request(ExportRefusalsRequest {});
    let mut parts = client.export_refusals(request).await.map_err(refused)?.into_inner();
    let path = to.join("refusals.export");
    let part = path.with_extension("part");
    let mut file = owners_file(&part).map_err(failed(&part))?;
    while let Some(message) = parts.message().await.map_err(refused)? {
        file.write_all(&message.part).map_err(failed(&part))?;
    }
    file.sync_all().and_then(|()| fs::rename(&part, &path)).map_err(failed(&path))?;
    sync_directory(to).map_err(failed(to))?;
    say(format_args!("{} holds what customers took back", path.display()))
}

async fn offline(source: Source, to: &Path) -> Result<(), CliError> {
    let config = source.load()?;
    let clock = open::process(&config)?;
    if !config.store.directory.exists() {
        return Err(CliError::NoStore(config.store.directory.display().to_string()));
    }
    let vault = open::vault(&config).await?;
    let store = open::store(&config, &vault).await?;
    let (mut file, now) = (Unfinished::new(to)?, clock.now());
    let file = tokio::task::spawn_blocking(move || -> Result<Unfinished, CliError> {
        store.back_up(&mut file, now, |_| ())?;
        Ok(file)
    });
    file.await??.finish()?;
    tombstones(to, &vault.export_tombstones(), vault.counts().tombstones)?;
    let exported = ExportedRefusals::within(to);
    let path = exported.path().to_owned();
    tokio::task::spawn_blocking(move || exported.write(&vault)).await??;
    say(format_args!("{} holds what customers took back", path.display()))
}

fn tombstones(to: &Path, export: &[u8], count: u64) -> Result<(), CliError> {
    let path = to.join("tombstones.export");
    write_whole(&path, export).map_err(failed(&path))?;
    say(format_args!("{} holds {count} tombstones", path.display()))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> CliError + use<> {
    cannot("cannot write", path, "name a directory with room that you may write to")
}

/// A backup on its way into its file. Under another name until it is whole; gone when it never is, or with the next one
/// when this process is killed: its lock tells that nobody writes it.
struct Unfinished {
    directory: PathBuf,
    path: PathBuf,
    file: File,
    bar: ProgressBar,
    finished: bool,
}

impl Unfinished {
    fn new(directory: &Path) -> Result<Self, CliError> {
        sweep(directory);
        let path = directory.join(format!(".shopbell-{}.part", std::process::id()));
        let file = owners_file(&path).map_err(failed(&path))?;
        file.try_lock_exclusive().map_err(failed(&path))?;
        let target =
            if stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        // A wrong template would be a mistake of this file; the bar then keeps its default look.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes}  {binary_bytes_per_sec}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self { directory: directory.to_owned(), path, file, bar, finished: false })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.file.write_all(bytes).map_err(failed(&self.path))?;
        self.bar.inc(bytes.len() as u64);
        Ok(())
    }

    /// Reads it back whole, and gives it its name.
    fn finish(mut self) -> Result<(), CliError> {
        self.file.sync_all().map_err(failed(&self.path))?;
        let told = BackupFile::verify(&self.path)?;
        let mut name = self.directory.join(format!("{}.backup", stem(told.taken_at_unix_millis)));
        let mut copy = 1;
        while name.exists() {
            copy += 1;
            name = self.directory.join(format!("{}-{copy}.backup", stem(told.taken_at_unix_millis)));
        }
        fs::rename(&self.path, &name).map_err(failed(&name))?;
        self.finished = true;
        sync_directory(&self.directory).map_err(failed(&self.directory))?;
        let contents = told.contents;
        say(format_args!(
            "{} holds {} entries and {} later commits in {} bytes; read back whole",
            name.display(),
            contents.entries,
            contents.commits,
            contents.bytes
        ))
    }
}

/// Deletes what backups that were killed have left. What cannot be deleted takes room and does no other harm.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ours = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(".shopbell-"))
            && path.extension().is_some_and(|extension| extension == "part");
        if ours && File::open(&path).is_ok_and(|file| file.try_lock_exclusive().is_ok()) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// As in `shopbell-20261122T0915Z`.
fn stem(taken_at_unix_millis: i64) -> String {
    let format = time::macros::format_description!("shopbell-[year][month][day]T[hour][minute][second]Z");
    let nanos = i128::from(Timestamp::from_millis(taken_at_unix_millis).as_millis()) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_else(|| "shopbell".to_owned())
}

impl io::Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bar.inc(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if !self.finished {
            // Half a backup is of no use to anybody.
            let _ = fs::remove_file(&self.path);
        }
    }
}
