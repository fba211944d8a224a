//! The inbox: what senders of events hand in, kept before they are told so, taken up afterwards: of each source in order, and
//! of all sources in turn, so that none waits for the end of another's flood.
//!
//! ```text
//!  sender --accept--> inbox (durable, each message once for ever) --waiting--> applier --settle--> applied | failed
//! ```
//!
//! A message is kept as it came. What it means is decided when it is taken up, so that a message that could not be used
//! can be mended and taken up again. Some can be seen to be unusable at the door, such as one without a name: they are kept
//! among the failed ones at once.

use std::time::Duration;

use async_trait::async_trait;

use crate::{event::EventId, id::SourceId, ports::StoreError, redacted::Redacted, time::Timestamp};

/// One message, as it came.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// Its name: a second message of this name is the same one.
    pub id: EventId,
    /// When it was received, on the server's clock.
    pub received: Timestamp,
    /// What the sender's clock showed when it was sent; the difference is the clock's error.
    pub sent: Option<Timestamp>,
    /// Whether the request asked for Global Privacy Control.
    pub privacy_control: bool,
    /// The message itself, as JSON; what the batch says of all its messages is already in it.
    pub body: Redacted<Vec<u8>>,
}

/// What became of a message that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It is in the inbox.
    New,
    /// The inbox had it already.
    Duplicate,
}

/// The number of a message in the inbox, in the order of acceptance, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct InboxNumber(pub u64);

/// Why a message could not be used, kept with it until it is mended or expires.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    /// A fixed short name of the reason, for counting, such as `missing_product_id`.
    pub reason: String,
    /// The field at fault, as a path such as `properties.products[2].price`; empty when it is the whole message.
    pub field: String,
    /// What is wrong and what would be right, without the value: values may be personal.
    pub explanation: String,
}

/// A message that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FailedMessage {
    /// Its number in the inbox.
    pub number: InboxNumber,
    /// Itself.
    pub message: Message,
    /// Why.
    pub failure: Failure,
    /// When this was found.
    pub at: Timestamp,
}

/// What became of the messages that were taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// These messages wait no longer; in the order in which they were told to be waiting.
    pub taken: Vec<InboxNumber>,
    /// Those of them that could not be used; they are kept with the reason, and all others have been applied.
    pub failures: Vec<(InboxNumber, Failure)>,
    /// When.
    pub at: Timestamp,
}

/// Takes messages in, and keeps those that could not be used.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Keeps messages; one answer for each, in order. Returns when they are safe.
    async fn accept(&self, messages: Vec<Message>) -> Result<Vec<Acceptance>, StoreError>;
    /// Keeps messages that cannot be used whatever happens, among the failed ones; else as [`Inbox::accept`].
    async fn accept_failed(&self, messages: Vec<(Message, Failure)>) -> Result<Vec<Acceptance>, StoreError>;
    /// Messages that nobody has taken up yet, at most `limit`: of each source in order, and of all sources that have any about
    /// as many, beginning with another source after each settlement. The same until something is settled or accepted.
    async fn waiting(&self, limit: usize) -> Result<Vec<(InboxNumber, Message)>, StoreError>;
    /// How many messages wait.
    async fn backlog(&self) -> Result<u64, StoreError>;
    /// How many messages of a source wait.
    async fn backlog_of(&self, source: &SourceId) -> Result<u64, StoreError>;
    /// Takes the messages off that were taken up; none when one of them does not wait. A store that also keeps what they led to does both in one commit.
    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError>;
    /// Messages that could not be used, from `after` on, at most `limit`.
    async fn failed(
        &self,
        after: Option<InboxNumber>,
        limit: usize,
    ) -> Result<Vec<FailedMessage>, StoreError>;
    /// Puts a failed message back at the inbox's end, with `body` in place of its own when one is given. `false` when
    /// there is no such failed message.
    async fn retry(&self, number: InboxNumber, body: Option<Redacted<Vec<u8>>>) -> Result<bool, StoreError>;
    /// Forgets what settled messages said, once that is old enough, without waiting for another settlement: whoever takes
    /// messages up calls it when none waits. After how long there will be something to forget; `None` when nothing is left.
    async fn forget_settled(&self, at: Timestamp) -> Result<Option<Duration>, StoreError>;
}
