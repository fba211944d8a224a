//! Wakes the applier the moment that something waits.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use shopbell_domain::{
    inbox::{Acceptance, FailedMessage, Failure, Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};
use tokio::sync::Notify;

/// Rung when a message has been accepted. One listener; rings before it listens are not lost.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Something waits.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits for a ring.
    pub async fn heard(&self) {
        self.0.notified().await;
    }
}

/// An inbox that rings when it has taken something in.
pub struct RingingInbox {
    inbox: Arc<dyn Inbox>,
    bell: Bell,
}

impl std::fmt::Debug for RingingInbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RingingInbox")
    }
}

impl RingingInbox {
    /// Rings `bell` for `inbox`.
    pub fn new(inbox: Arc<dyn Inbox>, bell: Bell) -> Self {
        Self { inbox, bell }
    }
}

#[async_trait]
impl Inbox for RingingInbox {
    async fn accept(&self, messages: Vec<Message>) -> Result<Vec<Acceptance>, StoreError> {
        let answers = self.inbox.accept(messages).await;
        // Also after an error: a part may have been taken in.
        self.bell.ring();
        answers
    }

    async fn accept_failed(&self, messages: Vec<(Message, Failure)>) -> Result<Vec<Acceptance>, StoreError> {
        let answers = self.inbox.accept_failed(messages).await;
        // Nothing waits of it; but what its numbers opened is to be closed.
        self.bell.ring();
        answers
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<(InboxNumber, Message)>, StoreError> {
        self.inbox.waiting(limit).await
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        self.inbox.backlog().await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.inbox.settle(settlement).await
    }

    async fn failed(
        &self,
        after: Option<InboxNumber>,
        limit: usize,
    ) -> Result<Vec<FailedMessage>, StoreError> {
        self.inbox.failed(after, limit).await
    }

    async fn retry(&self, number: InboxNumber, body: Option<Redacted<Vec<u8>>>) -> Result<bool, StoreError> {
        let retried = self.inbox.retry(number, body).await;
        self.bell.ring();
        retried
    }

    async fn forget_settled(&self, at: Timestamp) -> Result<Option<Duration>, StoreError> {
        self.inbox.forget_settled(at).await
    }
}
