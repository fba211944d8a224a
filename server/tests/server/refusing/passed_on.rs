//! The ports that are passed on as they are, but that a disk that refuses takes no writes.

use shopbell_domain::{
    catalogue::{
        Product, Sku, Stock,
        port::{Catalogue, Told},
    },
    id::{CustomerId, PhoneId, ProductId, StoreId},
    ports::{Applied, Change, Contests, Imports, Look, Looks},
    showing::{Entry, Showings},
    time::Timestamp,
    whereabouts::Contest,
};
use tonic::async_trait;

use super::{Answer, Refusing};

#[async_trait]
impl Looks for Refusing {
    async fn record_looks(&self, looks: Vec<Look>) -> Answer<()> {
        self.store.record_looks(looks).await
    }
    async fn looks_at(&self, customer: &CustomerId, limit: usize) -> Answer<Vec<Look>> {
        self.store.looks_at(customer, limit).await
    }
}

#[async_trait]
impl Showings for Refusing {
    async fn log(&self, entries: Vec<Entry>) -> Answer<()> {
        self.write()?;
        if let Some(gate) = &self.remarks
            && entries.iter().any(|entry| matches!(entry, Entry::Remark(_)))
        {
            gate.reached.notify_one();
            gate.passes.acquire().await.unwrap().forget();
        }
        self.store.log(entries).await
    }
    async fn log_of(&self, customer: &CustomerId, since: Timestamp, limit: usize) -> Answer<Vec<Entry>> {
        self.store.log_of(customer, since, limit).await
    }
    async fn log_in_short(
        &self,
        customer: &CustomerId,
        since: Timestamp,
        limit: usize,
    ) -> Answer<Vec<Entry>> {
        self.store.log_in_short(customer, since, limit).await
    }
    async fn log_since(
        &self,
        since: Timestamp,
        after: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<(u64, Entry)>> {
        self.store.log_since(since, after, limit).await
    }
}

#[async_trait]
impl Contests for Refusing {
    async fn contests(&self) -> Answer<Vec<(PhoneId, Contest)>> {
        self.store.contests().await
    }
    async fn put_contests(&self, contests: Vec<(PhoneId, Contest)>) -> Answer<()> {
        self.write()?;
        self.store.put_contests(contests).await
    }
    async fn forget_contests(&self, phones: Vec<PhoneId>) -> Answer<()> {
        self.write()?;
        self.store.forget_contests(phones).await
    }
}

#[async_trait]
impl Imports for Refusing {
    async fn apply(&self, changes: Vec<Change>) -> Answer<Vec<Applied>> {
        self.store.apply(changes).await
    }
}

#[async_trait]
impl Catalogue for Refusing {
    async fn tell(&self, changes: Vec<Told>) -> Answer<Vec<bool>> {
        self.write()?;
        self.store.tell(changes).await
    }
    async fn variant(&self, sku: &Sku) -> Answer<Option<(ProductId, Option<String>)>> {
        self.store.variant(sku).await
    }
    async fn products(&self, after: Option<&ProductId>, limit: usize) -> Answer<Vec<Product>> {
        self.store.products(after, limit).await
    }
    async fn stock_in(
        &self,
        store: &StoreId,
        after: Option<&ProductId>,
        limit: usize,
    ) -> Answer<Vec<(ProductId, Vec<Stock>)>> {
        self.store.stock_in(store, after, limit).await
    }
}
