//! The handle.

use std::{fmt, path::Path, sync::Arc, thread};

use ed25519_dalek::{Signature, Signer as _};
use rand::CryptoRng;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::{
    Counts, DataKey, Erased, Erasure, Kek, KeyId, OpenError, Options, Pseudonym, PublicKey, Receipt,
    Replayed, Report, Rotation, Tombstone, VaultError,
    copy::{Copying, Step},
    directory::{self, Lock},
    keeper::{Answer, Keeper, Request},
    kek::NONCE_BYTES,
    media::Files,
    opening,
    state::{Entry, Shared},
    tombstone::{Tail, Tombstones},
};

const EXPORT_INFO: &[u8] = b"shopbell tombstones v1";
const SIGNATURE_BYTES: usize = 64;
/// Requests of one caller that are handed over at once.
const GROUP: usize = 512;

/// A handle; clones share the vault, and the last one to go closes it (which waits for what is queued).
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    /// Taken when the last handle goes: the committer then ends.
    commands: Option<mpsc::Sender<Command>>,
    committer: Option<thread::JoinHandle<()>>,
    _lock: Option<Lock>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(committer) = self.committer.take() {
            // A committer that panicked has nothing left to write.
            let _ = committer.join();
        }
    }
}

pub(crate) enum Command {
    /// All of them in one group.
    Requests(Vec<Request>),
    BeginRotation {
        kek: Kek,
        answer: Answer<Rotation>,
    },
    RotateBatch {
        rotation: Rotation,
        answer: Answer<Rotation>,
    },
    EndRotation {
        rotation: Rotation,
        answer: Answer<Rotation>,
    },
    Copy {
        copying: Option<Copying>,
        answer: Answer<Step>,
    },
    EndCopy,
}

impl Vault {
    /// Opens the vault, or makes it. Blocks: reads every slot, and finishes what a power cut left half done.
    ///
    /// Keys and nonces come from `rng`, which must be seeded by the system (`StdRng::from_os_rng()`).
    pub fn open(
        options: &Options,
        rng: impl CryptoRng + Send + 'static,
    ) -> Result<(Self, Report), OpenError> {
        let (lock, files) = directory::open(&options.dir)?;
        Self::on(options, files, Some(lock), rng)
    }

    /// An empty vault that is gone with its last handle; for tests, and for trying things without a disk.
    pub fn in_memory(options: &Options, rng: impl CryptoRng + Send + 'static) -> Result<Self, OpenError> {
        Self::on(options, Files::in_memory(), None, rng).map(|(vault, _)| vault)
    }

    fn on(
        options: &Options,
        files: Files,
        lock: Option<Lock>,
        rng: impl CryptoRng + Send + 'static,
    ) -> Result<(Self, Report), OpenError> {
        let (keeper, report) = opening::open(options, files, Box::new(rng))?;
        let shared = Arc::clone(&keeper.shared);
        let (commands, queue) = mpsc::channel(options.queued_requests.max(1));
        let most = options.grouped_requests.max(1);
        let committer = thread::Builder::new()
            .name("vault".to_owned())
            .spawn(move || run(keeper, queue, most))
            .map_err(|e| OpenError::io(&options.dir, "start a thread for", e))?;
        let inner = Inner { shared, commands: Some(commands), committer: Some(committer), _lock: lock };
        Ok((Self { inner: Arc::new(inner) }, report))
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.inner.shared.dir
    }

    /// What it holds now.
    pub fn counts(&self) -> Counts {
        let state = self.inner.shared.state();
        Counts {
            slots: state.index.entries.len() as u64,
            free: state.index.free.len() as u64,
            tombstones: state.tombstones.len() as u64,
            refusals: state.refusals,
        }
    }

    /// The name of a value in storage keys: the same for the same kind and value, and nothing to whoever lacks the vault.
    ///
    /// `kind` keeps apart values that look alike (`customer`, `email`); it is never changed once it was used.
    pub fn pseudonym(&self, kind: &str, value: &[u8]) -> Pseudonym {
        Pseudonym::of(&self.inner.shared.pepper, kind, value)
    }

    /// Makes a key for a subject, and returns when it is safe. A subject that has one gets that one.
    pub async fn create(&self, subject: Pseudonym) -> Result<KeyId, VaultError> {
        self.ask(|answer| Command::Requests(vec![Request::Create { subject, answer }])).await
    }

    /// The same for many subjects, in one group, for threads that may block (never one of an async runtime). The ids come
    /// in the order of the subjects. Of an erased subject nothing is made, for nobody.
    pub fn create_all_blocking(&self, subjects: &[Pseudonym]) -> Result<Vec<KeyId>, VaultError> {
        self.ask_all_blocking(subjects.iter().map(|subject| {
            let subject = *subject;
            move |answer| Request::Create { subject, answer }
        }))
    }

    /// [`Vault::destroy`] for many keys, in one group, for threads that may block.
    pub fn destroy_all_blocking(&self, keys: &[KeyId]) -> Result<(), VaultError> {
        let requests = keys.iter().map(|key| {
            let key = *key;
            move |answer| Request::Destroy { key, answer }
        });
        self.ask_all_blocking(requests).map(drop)
    }

    /// [`Vault::erase`] for many subjects, in one group, for threads that may block.
    pub fn erase_all_blocking(&self, erasures: &[Erasure]) -> Result<Vec<Erased>, VaultError> {
        self.ask_all_blocking(erasures.iter().map(|erasure| {
            let erasure = *erasure;
            move |answer| Request::Erase { erasure, answer }
        }))
    }

    /// The key that a subject has.
    pub fn key_of(&self, subject: &Pseudonym) -> Option<KeyId> {
        self.inner.shared.state().index.key_of(subject)
    }

    /// The key, from memory or from its slot.
    pub fn key(&self, id: KeyId) -> Result<DataKey, VaultError> {
        self.inner.shared.key(id)
    }

    /// Seals a field. The associated data name its place: record and field.
    pub fn seal(&self, id: KeyId, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = self.key(id)?;
        let mut nonce = [0; NONCE_BYTES];
        self.inner.shared.rng().fill_bytes(&mut nonce);
        key.seal_with(nonce, aad, plaintext)
    }

    /// Opens a field. The plaintext is wiped when it is dropped.
    pub fn unseal(&self, id: KeyId, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.key(id)?.unseal(aad, sealed)
    }

    /// Destroys a key: overwritten with random bytes, synced, zeroed, synced; only then this returns. From the moment
    /// of the call on nobody gets the key any more. A key that is gone already is no error.
    pub async fn destroy(&self, key: KeyId) -> Result<(), VaultError> {
        self.ask(|answer| Command::Requests(vec![Request::Destroy { key, answer }])).await
    }

    /// Erases a subject: the tombstone is safe first, then the key is destroyed. Cut short in between, opening finishes
    /// it. Doing it again changes nothing.
    pub async fn erase(&self, erasure: Erasure) -> Result<Erased, VaultError> {
        self.ask(|answer| Command::Requests(vec![Request::Erase { erasure, answer }])).await
    }

    /// The tombstone of a subject. What is from before [`Tombstone::at`] must not be taken.
    pub fn tombstone(&self, subject: &Pseudonym) -> Option<Tombstone> {
        self.inner.shared.state().tombstones.get(subject)
    }

    /// Whether the subject was erased.
    pub fn is_tombstoned(&self, subject: &Pseudonym) -> bool {
        self.tombstone(subject).is_some()
    }

    /// All tombstones, signed, for [`Vault::replay_tombstones`] after a restore.
    pub fn export_tombstones(&self) -> Vec<u8> {
        let shared = &self.inner.shared;
        let mut bytes = shared.state().tombstones.encode(&shared.vault);
        let signature = shared.signer().sign(&[EXPORT_INFO, &bytes].concat());
        bytes.extend_from_slice(&signature.to_bytes());
        bytes
    }

    /// Adds what this vault does not know of an export of its own, and destroys those subjects' keys. After a backup was
    /// restored this comes before anything is served. Doing it again changes nothing.
    pub async fn replay_tombstones(&self, export: &[u8]) -> Result<Replayed, VaultError> {
        let shared = &self.inner.shared;
        let foreign = |reason| VaultError::ForeignTombstones { reason };
        let (bytes, signature) =
            export.split_last_chunk::<SIGNATURE_BYTES>().ok_or_else(|| foreign("they are too short"))?;
        shared
            .signer()
            .verifying_key()
            .verify_strict(&[EXPORT_INFO, bytes].concat(), &Signature::from_bytes(signature))
            .map_err(|_| foreign("the signature is another's"))?;
        let (tombstones, tail) = Tombstones::decode(&shared.vault, bytes).map_err(foreign)?;
        if tail == Tail::Torn {
            return Err(foreign("a record is broken"));
        }
        let mut replayed = Replayed::default();
        let mut answers = Vec::new();
        for tombstone in tombstones.iter().filter(|tombstone| !self.is_tombstoned(&tombstone.subject)) {
            let Tombstone { subject, at, reason, receipt, .. } = *tombstone;
            let erasure = Erasure { subject, at, reason, receipt };
            // All are queued before the first is waited for, so that they share their syncs.
            answers
                .push(self.send(|answer| Command::Requests(vec![Request::Erase { erasure, answer }])).await?);
        }
        for answer in answers {
            let erased = self.answered(answer).await?;
            replayed.added += 1;
            replayed.destroyed += u64::from(erased.destroyed.is_some());
        }
        Ok(replayed)
    }

    /// The receipt's text, signed.
    pub fn sign(&self, receipt: &Receipt) -> String {
        receipt.sign(&self.inner.shared.signer())
    }

    /// Checks this vault's receipts, without the vault.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::of(&self.inner.shared.signer())
    }

    /// Puts everything under another key-encryption key, while the vault is in use. Interrupted, it is run again with the
    /// same key (and the vault is opened with both until then).
    ///
    /// Destroy the old key afterwards: whatever old blocks of a flash disk, old snapshots or old backups hold is wrapped
    /// by it.
    pub async fn rotate(
        &self,
        kek: Kek,
        mut progress: impl FnMut(&Rotation),
    ) -> Result<Rotation, VaultError> {
        let mut rotation = self.ask(|answer| Command::BeginRotation { kek, answer }).await?;
        while rotation.done < rotation.total {
            rotation = self.ask(|answer| Command::RotateBatch { rotation, answer }).await?;
            progress(&rotation);
        }
        self.ask(|answer| Command::EndRotation { rotation, answer }).await
    }

    #[cfg(test)]
    pub(crate) fn inner_pepper(&self) -> Zeroizing<[u8; 32]> {
        self.inner.shared.pepper.clone()
    }

    /// Whether changes would be taken now.
    pub fn check_writable(&self) -> Result<(), VaultError> {
        self.inner.shared.check_poison()
    }

    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, VaultError> {
        let answer = self.send(command).await?;
        self.answered(answer).await
    }

    /// For what has no answer.
    pub(crate) async fn tell(&self, command: Command) {
        if let Some(commands) = &self.inner.commands {
            // A committer that ended does nothing any more.
            let _ = commands.send(command).await;
        }
    }

    async fn send<T>(
        &self,
        command: impl FnOnce(Answer<T>) -> Command,
    ) -> Result<oneshot::Receiver<Result<T, VaultError>>, VaultError> {
        let (answer, answered) = oneshot::channel();
        let commands = self.inner.commands.as_ref().ok_or_else(|| self.ended())?;
        commands.send(command(answer)).await.map_err(|_| self.ended())?;
        Ok(answered)
    }

    async fn answered<T>(&self, answer: oneshot::Receiver<Result<T, VaultError>>) -> Result<T, VaultError> {
        answer.await.unwrap_or_else(|_| Err(self.ended()))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    /// Asks all of it in groups of the size that syncs are shared by, and waits on this thread.
    pub(crate) fn ask_all_blocking<T, R: FnOnce(Answer<T>) -> Request>(
        &self,
        requests: impl Iterator<Item = R>,
    ) -> Result<Vec<T>, VaultError> {
        let commands = self.inner.commands.as_ref().ok_or_else(|| self.ended())?;
        let (mut group, mut waiting) = (Vec::new(), Vec::new());
        for request in requests {
            let (answer, answered) = oneshot::channel();
            group.push(request(answer));
            waiting.push(answered);
            if group.len() >= GROUP {
                let full = Command::Requests(std::mem::take(&mut group));
                block_on(commands.send(full)).map_err(|_| self.ended())?;
            }
        }
        if !group.is_empty() {
            block_on(commands.send(Command::Requests(group))).map_err(|_| self.ended())?;
        }
        waiting.into_iter().map(|answered| block_on(self.answered(answered))).collect()
    }

    fn ended(&self) -> VaultError {
        self.inner.shared.poison("the committer ended".to_owned())
    }
}

/// Waits on this thread, which may even be one of a runtime (a test's): there, tokio would make whoever did much already
/// wait for a turn that never comes.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(tokio::task::unconstrained(future))
}

/// Runs until every handle is gone.
fn run(mut keeper: Keeper, mut commands: mpsc::Receiver<Command>, most: usize) {
    let mut waiting = None;
    while let Some(command) = waiting.take().or_else(|| commands.blocking_recv()) {
        match command {
            Command::Requests(mut group) => {
                while group.len() < most && waiting.is_none() {
                    match commands.try_recv() {
                        Ok(Command::Requests(more)) => group.extend(more),
                        Ok(other) => waiting = Some(other),
                        Err(_) => break,
                    }
                }
                keeper.commit(group);
            }
            Command::BeginRotation { kek, answer } => {
                let _ = answer.send(keeper.begin_rotation(kek));
            }
            Command::RotateBatch { rotation, answer } => {
                let _ = answer.send(keeper.rotate_batch(rotation));
            }
            Command::EndRotation { rotation, answer } => {
                let _ = answer.send(keeper.end_rotation(&rotation).map(|()| rotation));
            }
            Command::Copy { copying, answer } => {
                let _ = answer.send(keeper.copy(copying));
            }
            Command::EndCopy => keeper.end_copy(),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.inner.shared.state();
        let live = state.index.entries.iter().filter(|entry| matches!(entry, Entry::Live { .. })).count();
        f.debug_struct("Vault")
            .field("dir", &self.inner.shared.dir)
            .field("live", &live)
            .finish_non_exhaustive()
    }
}
