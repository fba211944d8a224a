//! A durable embedded store: what a caller was told is safe survives a power cut.
//!
//! This is the only crate that knows sled. sled 0.34 has two habits that a shop's unplugged box turns into
//! lost events, and the whole crate stands around them:
//!
//! * `flush()` is not durable on Linux (it calls `sync_file_range`), so a commit here is
//!   *apply, flush, `sync_all` on a second handle of the `db` file, and only then an answer*;
//! * damage makes it panic, hang, or silently forget the end of the log, so every call runs inside
//!   `catch_unwind`, opening runs in its own thread with a time limit, each value carries a checksum, and a
//!   mark beside the log remembers how many commits it must hold.
//!
//! ```text
//!  caller --WriteBatch--> bounded queue --> committer thread: many batches -> one apply_batch
//!     ^                                                        -> flush -> sync_all -> mark
//!     +------------------ Ok(()) or CommitError <--------------+
//! ```
//!
//! [`Store::open`] makes the committer; [`Store`] is a cheap handle. One store is one directory, one process
//! and one tree: callers keep their records apart by key prefixes, written with [`KeyWriter`].
//!
//! What never comes here: records, their encodings and their migrations (callers own those), retention, a
//! clock, `flush_async` (it deadlocks), a second tree (a batch is atomic on one tree only), and values above
//! [`MAX_VALUE_BYTES`] (sled moves large pages to files that it never syncs).
//!
//! To put another engine below, replace `engine.rs`, which alone calls sled, and `log.rs`, which reads its log when it
//! cannot.

mod backup;
mod batch;
mod block_on;
mod committer;
mod directory;
mod engine;
mod error;
mod key;
mod log;
mod mark;
mod options;
mod recovery;
mod restore;
mod salvage;
mod store;

pub use backup::{BackupError, Contents};
pub use batch::WriteBatch;
pub use error::{CommitError, OpenError, ReadError};
pub use key::{KeyError, KeyReader, KeyWriter};
pub use options::{MAX_BATCH_BYTES, MAX_KEY_BYTES, MAX_VALUE_BYTES, Options, Verification};
pub use recovery::Recovery;
pub use restore::{BackupFile, RestoreError};
pub use salvage::{Found, Salvage, every_value};
pub use store::{Entries, Entry, Opened, Quarantined, Stats, Store};
