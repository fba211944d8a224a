//! A wish for help ends with its visit.

use shopbell_domain::{ports::StoreError, situation::help_ended, visit::Visit};

use super::ShopTask;

impl ShopTask {
    /// Ends the wishes that were for visits which have ended. To be called before their end is on disk: a visit that is
    /// found open after a crash ends again, and its wish with it.
    ///
    /// A wish that the disk does not let go shows for half an hour more at the most, in a visit that begins by then.
    pub(super) async fn end_wishes(&self, changed: &[Visit]) {
        for visit in changed.iter().filter(|visit| visit.ended.is_some() && visit.merged_into.is_none()) {
            if let Err(error) = self.end_wish(visit).await {
                tracing::warn!(shop = %self.shop.id, %error, "a wish for help could not be ended with its visit");
            }
        }
    }

    async fn end_wish(&self, visit: &Visit) -> Result<(), StoreError> {
        let customer = self.store.customer(&visit.customer).await?;
        match customer.and_then(|customer| customer.help_since) {
            Some(since) if help_ended(since, visit) => self.store.end_help(&visit.customer, since).await,
            _ => Ok(()),
        }
    }
}
