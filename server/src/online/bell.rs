//! Wakes the applier the moment that something waits.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use shopbell_domain::{
    id::SourceId,
    inbox::{Acceptance, FailedMessage, Failure, Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};
use tokio::sync::Notify;

/// Rung when a message has been accepted. One listener; rings before it listens are not lost.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

/// Senders that are served at once from which on the applier gives way.
const PRESSING: usize = 6;

/// How long the applier gives way before each run of messages, when senders press: what they are owed, that their messages
/// are safe, comes before what is made of them. Short beside what an open card may be late.
const WAY: Duration = Duration::from_millis(50);

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

/// An inbox that rings when it has taken something in, and keeps whoever takes up out of the way of many senders.
pub struct RingingInbox {
    inbox: Arc<dyn Inbox>,
    bell: Bell,
    /// Cloned for each sender while it is served.
    served: Arc<()>,
}

impl std::fmt::Debug for RingingInbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RingingInbox")
    }
}

impl RingingInbox {
    /// Rings `bell` for `inbox`.
    pub fn new(inbox: Arc<dyn Inbox>, bell: Bell) -> Self {
        Self { inbox, bell, served: Arc::default() }
    }

    fn is_pressed(&self) -> bool {
        Arc::strong_count(&self.served) > PRESSING
    }
}

#[async_trait]
impl Inbox for RingingInbox {
    async fn accept(&self, messages: Vec<Message>) -> Result<Vec<Acceptance>, StoreError> {
        let served = Arc::clone(&self.served);
        let answers = self.inbox.accept(messages).await;
        drop(served);
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
        if self.is_pressed() {
            tokio::time::sleep(WAY).await;
        }
        self.inbox.waiting(limit).await
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        self.inbox.backlog().await
    }

    async fn backlog_of(&self, source: &SourceId) -> Result<u64, StoreError> {
        self.inbox.backlog_of(source).await
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

#[cfg(test)]
mod tests {
    use shopbell_store::EmbeddedStore;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_up_gives_way_to_many_senders() {
        let inbox = RingingInbox::new(Arc::new(EmbeddedStore::in_memory()), Bell::default());
        let took = async || {
            let began = Instant::now();
            inbox.waiting(1).await.unwrap();
            began.elapsed()
        };
        let mut senders: Vec<Arc<()>> = (1..PRESSING).map(|_| Arc::clone(&inbox.served)).collect();
        assert!(took().await < WAY, "a few are no press");
        senders.push(Arc::clone(&inbox.served));
        assert!(took().await >= WAY);
        inbox.accept(Vec::new()).await.unwrap();
        senders.pop();
        assert!(took().await < WAY, "who was served is gone");
    }
}
