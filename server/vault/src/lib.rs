//! The keys with which personal fields are encrypted, and their forgetting.
//!
//! Each customer has one data key. What is personal is sealed with it before it goes into the store; whoever is erased
//! loses the key, and with it every copy that lies in the store's segments, in its snapshots and in old backups. So the
//! keys must not lie in the store: sled appends, and keeps deleted values in its segments. They stand here, each in a
//! slot of fixed place that is overwritten where it stands.
//!
//! ```text
//!                  key-encryption key (a file outside, see `Kek`)
//!                     | wraps
//!      +--------------+--------------------------+
//!      v                                         v
//!  <dir>/keys                                <dir>/tombstones
//!  header A | header B | slot | slot | ..    head | erased | erased | ..
//!    pepper, signing key  (nonce, key, tag)    who (a pseudonym), when, why, receipt
//!      |          |          |               <dir>/refusals
//!      |          |          |               head | refusal | refusal | ..
//!      |          |          |                 who (a pseudonym), when, what was taken back
//!      |          |          |
//!      v          v          v
//!  Pseudonym   Receipt    DataKey -> seal, unseal                <dir>/lock: one process
//!
//!  create, destroy, erase, refuse, rotate -> one committer thread -> groups, each with one sync for every step
//! ```
//!
//! # What a power cut can leave
//!
//! The disk is trusted with this: what was synced stays, and a sector of 512 bytes is written whole or not at all. What
//! was not synced may be there, may not, in any order. A slot of 128 bytes never crosses a sector's border; of the header
//! there are two copies, in sectors 4,096 bytes apart; an append to the tombstones stays in one sector.
//!
//! | cut during | found at opening | what opening does |
//! |---|---|---|
//! | making the vault | no slots yet | makes it anew: nobody was answered |
//! | writing a header | one whole copy of the epoch before, or the new one | takes the highest whole epoch |
//! | growing | fewer zeros, or a part of a slot | counts whole slots; the next growth writes over the rest |
//! | `create`, before its sync | a free slot, or a live one that nobody was told of | keeps it: asking again for the subject gives this key |
//! | `destroy`, before its first sync | the live key, or random bytes | the live key stays (nobody was answered); random bytes are zeroed |
//! | `destroy`, before its second sync | random bytes, or zeros | zeroes them, syncs |
//! | `erase`, after its tombstone | the tombstone and a live key | destroys the key before anybody is served |
//! | appending tombstones | all or none of them; a last record without a checksum | cuts that record off |
//! | appending refusals | some of the last 64 without a checksum | cuts off from the first of them on: nobody was answered |
//! | `rotate` | each slot under the one key-encryption key or the other | needs both; `rotate` goes on |
//!
//! Anything else is damage, is said and is never guessed at: a slot without a checksum counts as damaged and is left
//! alone until it is destroyed; a broken tombstone that is not the last, or fewer tombstones than the header knows,
//! refuse to open. So it is with refusals.
//!
//! # What forgetting does not reach
//!
//! Flash disks write elsewhere and keep old blocks for a while; so do file systems that copy on write, and snapshots.
//! What lies there is the *wrapped* key. [`Vault::rotate`] and destroying the old key-encryption key closes that: do it
//! on a schedule, and after any erasure that must hold against somebody who takes the disk apart. A [`DataKey`] in use
//! outlives [`Vault::destroy`] until it is dropped.
//!
//! # Backup and restore
//!
//! The vault is backed up apart from the store, by [`Vault::copy_blocking`] while it is in use, and its tombstones more
//! often, by [`Vault::export_tombstones`]. A backup of `keys` holds keys that were destroyed after it: keep few, and for a
//! short time. To restore, put the files back and, before anything is served, [`Vault::replay_tombstones`] the newest
//! export: it adds the later tombstones and destroys those subjects' keys once more. Generations are not given twice even
//! so: each opening leaps ahead by a random number.
//!
//! A store that is put back gives again what people took back since: a level, a purpose, that nothing is kept of them. So
//! each [`Refusal`] is written down here first, and whoever restores the store takes them from [`Vault::refusals`]. They are
//! exported and replayed as the tombstones are.
//!
//! A subject that was erased never gets a key again. Who comes back is a new subject: take the pseudonym of a number that
//! is never used again, not of an e-mail address.
//!
//! # To change something
//!
//! A new field in slot, header or tombstone goes where zeros are now, and zero must mean "as before"; anything else is a
//! new version number, which older programs refuse by name. What is bound into a wrapping or a sealing never changes.
//! `known_answers.rs` in the tests holds the formats to values that another implementation computed.
//!
//! Never here: what a field means, whose consent is needed, HTTP, sled, clocks.

mod cache;
mod copy;
mod directory;
mod error;
mod fields;
mod header;
mod journal;
mod keeper;
mod kek;
mod key;
mod media;
mod opening;
mod options;
mod pseudonym;
mod receipt;
mod refusal;
mod rotate;
mod slot;
mod state;
mod tombstone;
mod vault;

#[cfg(test)]
mod tests;

pub use copy::{Piece, VaultFile};
pub use error::{OpenError, VaultError};
pub use journal::{ReplayError, ReplayedRefusals};
pub use keeper::{Erased, Erasure};
pub use kek::{Kek, KekId};
pub use key::{DataKey, KeyId, MAX_PLAINTEXT_BYTES, SEALED_OVERHEAD_BYTES};
pub use opening::Report;
pub use options::{Counts, Options, Replayed};
pub use pseudonym::Pseudonym;
pub use receipt::{PublicKey, Receipt, ReceiptError, StoreName};
pub use refusal::Refusal;
pub use rotate::Rotation;
pub use tombstone::{Reason, Tombstone};
pub use vault::Vault;
