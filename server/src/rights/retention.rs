//! Erasures that nobody asked for: the time for which data may be kept is over.

use async_trait::async_trait;
use shopbell_domain::{
    id::CustomerId,
    inbox::InboxNumber,
    ports::StoreError,
    redacted::Redacted,
    rights::{Asker, Kind, MAX_USERS},
};

use super::service::Rights;
use crate::retention::Forgetter;

#[async_trait]
impl Forgetter for Rights {
    /// By a regulation, so that a restart goes on with it, and each gets a receipt.
    async fn erase(&self, customers: Vec<CustomerId>) -> Result<(), StoreError> {
        for some in customers.chunks(MAX_USERS) {
            let users = some.iter().map(|id| Redacted::new(id.as_str().to_owned())).collect();
            let asked = self.create(Kind::DeleteOnly, users, Asker::Retention, None).await?;
            if let Err(refused) = asked {
                return Err(StoreError::Unavailable(refused.to_string()));
            }
        }
        Ok(())
    }

    async fn drop_failed(&self, numbers: Vec<InboxNumber>) -> Result<(), StoreError> {
        self.parts().kept.drop_failed(numbers).await.map(drop)
    }
}
