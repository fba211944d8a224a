//! The ports of the domain on an embedded store, with a twin in memory.
//!
//! ```text
//!  Ledger Customers Profiles Looks Imports Inbox Identities Events Gate Forgetting ..   shopbell_domain, under ports/
//!        \     |      |      /      /      /      /     /     /      /
//!      locks -> draft -> records and keys       one writer a subject; all writes of a call in one commit
//!                  |           \
//!               engine          vault           marks and sealing, `keys.rs`
//!           shopbell-durable (disk), or a map (twin)
//! ```
//!
//! What is personal is sealed by whom it is about, and no key of the store names anybody: `keys.rs` and `record.rs`. Whoever
//! is forgotten (`ports/forgetting.rs`) is so in the log, in old segments and in backups too, since the keys are destroyed.
//!
//! * Every write reads, changes and commits on a blocking thread, under the locks of what it touches. It is finished
//!   even when its caller goes away, so no later writer can see half of it.
//! * Reads of one record are made in place: they are answered by the page cache in microseconds. Scans and joins
//!   go to a blocking thread.
//! * One call is one commit, but for [`Imports::apply`](shopbell_domain::ports::Imports::apply), which cuts a long
//!   list of changes between two changes, and a request's messages beyond a bound.
//! * The inbox takes no locks: many senders' messages are to share one sync. What takes their place is in `inbox.rs`.
//!
//! What never comes here: rules about who may see what (the domain's), clocks, sockets, and sled itself. Errors name
//! records by kind and fingerprint; [`EmbeddedStore::check`] prints the key beside it.
//!
//! To add a kind of record: see `key.rs`. To change one: see `record.rs`. To add an engine: implement
//! `Engine` of `engine.rs` and add it to the contract test in `tests/contract/`.

mod audit;
mod backup;
mod check;
mod draft;
mod engine;
mod evidence;
mod inbox;
mod key;
mod keys;
mod locks;
mod log;
mod opening;
mod ports;
mod record;
mod recover;
mod refusals;
mod retention;
mod store;
mod sweep;

pub use audit::{Audit, HighWater};
pub use backup::RestoringError;
pub use check::{CheckReport, Problem};
pub use opening::OpenError;
pub use recover::{RecoverError, Recovered, RecoveryReport, Step};
pub use refusals::Replayed;
pub use retention::{Aged, Class, Mode, Place};
pub use shopbell_durable::{
    BackupError, BackupFile, Contents as BackupContents, OpenError as EngineError, Options, RestoreError,
    Stats, Verification,
};
pub use store::EmbeddedStore;
