//! Erasures that nobody asked for: the time for which data may be kept is over.

use async_trait::async_trait;
use shopbell_domain::{
    identity::Identifier,
    inbox::InboxNumber,
    ports::StoreError,
    redacted::Redacted,
    rights::{Asker, Kind, MAX_USERS, subject_text},
};

use super::{
    person::{NotFound, whole_of},
    service::Rights,
};
use crate::retention::Forgetter;

#[async_trait]
impl Forgetter for Rights {
    /// By a regulation, so that a restart goes on with it, and each gets a receipt.
    async fn erase(&self, persons: Vec<Identifier>) -> Result<(), StoreError> {
        for some in persons.chunks(MAX_USERS) {
            let users = some.iter().map(|one| Redacted::new(subject_text(one))).collect();
            let asked = self.create(Kind::DeleteOnly, users, Asker::Retention, None).await?;
            if let Err(refused) = asked {
                return Err(StoreError::Unavailable(refused.to_string()));
            }
        }
        Ok(())
    }

    async fn person(&self, named: &Identifier) -> Result<Option<Vec<Identifier>>, StoreError> {
        let parts = self.parts();
        match whole_of(parts.events.as_ref(), parts.kept.as_ref(), &parts.rules, named.clone()).await {
            Ok(whole) => Ok(Some(whole.all())),
            Err(NotFound::Store(error)) => Err(error),
            Err(NotFound::TooLarge(_) | NotFound::Unusable(_)) => Ok(None),
        }
    }

    async fn drop_failed(&self, numbers: Vec<InboxNumber>) -> Result<(), StoreError> {
        self.parts().kept.drop_failed(numbers).await.map(drop)
    }
}
