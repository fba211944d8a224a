//! Those who keep the server: copies of its store, and the tombstones of the erased.

use std::{io, sync::Arc};

use shopbell_domain::time::Clock;
use shopbell_proto::admin::v1::{
    self, maintenance_service_server::MaintenanceService, take_vault_backup_response::Body,
};
use shopbell_store::{BackupError, EmbeddedStore, Mode};
use shopbell_vault::{Piece, VaultError, VaultFile};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, async_trait};

use super::status;
use crate::retention::Retention;

/// Bytes of one part of a backup.
const PART_BYTES: usize = 256 * 1_024;
/// Parts that wait for whoever reads; then the thread that copies waits.
const WAITING_PARTS: usize = 4;

type Part = Result<v1::TakeBackupResponse, Status>;
type VaultPart = Result<v1::TakeVaultBackupResponse, Status>;

/// The API for copies.
pub struct MaintenanceApi {
    store: EmbeddedStore,
    retention: Retention,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for MaintenanceApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MaintenanceApi")
    }
}

impl MaintenanceApi {
    /// Of a store.
    pub const fn new(store: EmbeddedStore, retention: Retention, clock: Arc<dyn Clock>) -> Self {
        Self { store, retention, clock }
    }
}

#[async_trait]
impl MaintenanceService for MaintenanceApi {
    type TakeBackupStream = ReceiverStream<Part>;

    async fn take_backup(
        &self,
        _request: Request<v1::TakeBackupRequest>,
    ) -> Result<Response<Self::TakeBackupStream>, Status> {
        let (parts, stream) = mpsc::channel(WAITING_PARTS);
        let (store, now) = (self.store.clone(), self.clock.now());
        // It ends by itself: with the store's last page, or with the stream that nobody reads any more.
        tokio::task::spawn_blocking(move || {
            tracing::info!("a backup begins");
            let mut line = Parts { parts: parts.clone(), part: Vec::with_capacity(PART_BYTES) };
            match store.back_up(&mut line, now, |_| ()) {
                Ok(contents) => tracing::info!(bytes = contents.bytes, "a backup was taken"),
                Err(error) => {
                    tracing::error!(%error, "a backup failed");
                    let _ = parts.blocking_send(Err(refusal(&error)));
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    type TakeVaultBackupStream = ReceiverStream<VaultPart>;

    async fn take_vault_backup(
        &self,
        _request: Request<v1::TakeVaultBackupRequest>,
    ) -> Result<Response<Self::TakeVaultBackupStream>, Status> {
        let (parts, stream) = mpsc::channel(WAITING_PARTS);
        let vault = self.store.vault().clone();
        // It ends by itself: with the vault's last slot, or with the stream that nobody reads any more.
        tokio::task::spawn_blocking(move || {
            tracing::info!("a copy of the vault begins");
            let send = |body| {
                parts
                    .blocking_send(Ok(v1::TakeVaultBackupResponse { body: Some(body) }))
                    .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "whoever asked for it went away"))
            };
            let copied = vault.copy_blocking(|piece| send(part(piece)));
            match copied {
                Ok(counts) => {
                    let (keys, tombstones) = (counts.slots - counts.free, counts.tombstones);
                    let refusals = counts.refusals;
                    tracing::info!(keys, tombstones, refusals, "a copy of the vault was taken");
                    // Whoever went away before the end has no copy.
                    let _ = send(Body::End(v1::VaultBackupEnd { keys, tombstones, refusals }));
                }
                Err(error) => {
                    tracing::error!(%error, "a copy of the vault failed");
                    let _ = parts.blocking_send(Err(vault_refusal(&error)));
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn export_tombstones(
        &self,
        _request: Request<v1::ExportTombstonesRequest>,
    ) -> Result<Response<v1::ExportTombstonesResponse>, Status> {
        let vault = self.store.vault();
        // Counted first: the export may hold more by then, and never fewer.
        let tombstones = vault.counts().tombstones;
        let receipt_public_key = vault.public_key().to_string();
        let export = vault.export_tombstones();
        Ok(Response::new(v1::ExportTombstonesResponse { export, tombstones, receipt_public_key }))
    }

    type ExportRefusalsStream = ReceiverStream<Result<v1::ExportRefusalsResponse, Status>>;

    async fn export_refusals(
        &self,
        _request: Request<v1::ExportRefusalsRequest>,
    ) -> Result<Response<Self::ExportRefusalsStream>, Status> {
        let (parts, stream) = mpsc::channel(WAITING_PARTS);
        let vault = self.store.vault().clone();
        tokio::task::spawn_blocking(move || {
            let send = |part| parts.blocking_send(Ok(v1::ExportRefusalsResponse { part }));
            let mut part = Vec::with_capacity(PART_BYTES);
            let exported = vault.export_refusals(None, |record| {
                if part.len() + record.len() > PART_BYTES {
                    send(std::mem::take(&mut part)).map_err(io::Error::other)?;
                }
                part.extend_from_slice(record);
                Ok(())
            });
            match exported {
                // Whoever went away does not need the rest.
                Ok(_) => drop(send(part)),
                Err(error) => {
                    tracing::error!(%error, "an export of the refusals failed");
                    let _ = parts.blocking_send(Err(vault_refusal(&error)));
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn get_vault_status(
        &self,
        _request: Request<v1::GetVaultStatusRequest>,
    ) -> Result<Response<v1::GetVaultStatusResponse>, Status> {
        let vault = self.store.vault();
        let counts = vault.counts();
        Ok(Response::new(v1::GetVaultStatusResponse {
            keys: counts.slots - counts.free,
            free_slots: counts.free,
            tombstones: counts.tombstones,
            refusals: counts.refusals,
            receipt_public_key: vault.public_key().to_string(),
        }))
    }

    async fn preview_retention(
        &self,
        _request: Request<v1::PreviewRetentionRequest>,
    ) -> Result<Response<v1::PreviewRetentionResponse>, Status> {
        let found = self.retention.pass(Mode::Preview).await.map_err(status::store)?;
        let classes = found.into_iter().map(|found| v1::RetentionClass {
            name: found.class.to_owned(),
            kept_days: found.days,
            due: found.due,
            kept: found.kept,
        });
        Ok(Response::new(v1::PreviewRetentionResponse { classes: classes.collect() }))
    }
}

fn refusal(error: &BackupError) -> Status {
    match error {
        BackupError::UnderWay => Status::resource_exhausted(error.to_string()),
        BackupError::TooSlow => Status::aborted(error.to_string()),
        BackupError::Write(cause) if cause.kind() == io::ErrorKind::Unsupported => {
            Status::failed_precondition(cause.to_string())
        }
        BackupError::Write(_)
        | BackupError::Read(_)
        | BackupError::Store(_)
        | BackupError::LongText { .. } => {
            Status::unavailable("the store cannot be copied now; the server's log says why")
        }
    }
}

fn part(piece: Piece) -> Body {
    let content = v1::VaultPiece { offset: piece.offset, content: piece.bytes };
    match piece.file {
        VaultFile::Keys => Body::Keys(content),
        VaultFile::Tombstones => Body::Tombstones(content),
        VaultFile::Refusals => Body::Refusals(content),
    }
}

fn vault_refusal(error: &VaultError) -> Status {
    match error {
        VaultError::OtherCopy => Status::aborted(error.to_string()),
        _ => Status::unavailable("the vault cannot be copied now; the server's log says why"),
    }
}

/// Sends what is written in parts, and waits while nobody takes them.
struct Parts {
    parts: mpsc::Sender<Part>,
    part: Vec<u8>,
}

impl Parts {
    fn send(&mut self) -> io::Result<()> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
        self.parts
            .blocking_send(Ok(v1::TakeBackupResponse { part }))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "whoever asked for the backup went away"))
    }
}

impl io::Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PART_BYTES - self.part.len();
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.part.extend_from_slice(taken);
        if self.part.len() == PART_BYTES {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() { Ok(()) } else { self.send() }
    }
}
