//! All shops of this server.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Field, Set},
    id::{CustomerId, PhoneId, ProductId, StoreId, VisitId},
    moment::MomentSettings,
    ports::{Store, StoreError},
    time::Clock,
    token::{MasterKey, TokenKeys},
    visit::Visit,
};
use shopbell_kit::lifecycle::Tasks;
use tokio::sync::mpsc;

use super::{
    decisions::Decisions,
    handle::{ShopError, ShopHandle},
    present::Present,
    task::{ShopParts, ShopTask},
    whereabouts::PhoneRegistry,
};
use crate::{config::Limits, ingest::Ingest, metrics::Metrics, shops::Shops};

/// What the shops need.
pub struct HubParts<'a> {
    /// The shops as configured.
    pub shops: &'a Shops,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The server's clock.
    pub clock: Arc<dyn Clock>,
    /// Opens tokens.
    pub master: MasterKey,
    /// Fields that nobody reads, whatever customers allow.
    pub withheld: Set<Field>,
    /// Bounds and times.
    pub limits: &'a Limits,
    /// How long things take until a moment is a good one.
    pub moment: MomentSettings,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Makes visit identifiers and cursors' epochs.
    pub rng: &'a mut StdRng,
}

impl std::fmt::Debug for HubParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HubParts")
    }
}

/// Finds a shop's handle. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    shops: Arc<BTreeMap<StoreId, ShopHandle>>,
    decisions: Arc<Decisions>,
    present: Arc<Present>,
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}

impl Hub {
    /// Loads each shop's visits and starts its owner task.
    pub async fn start(parts: HubParts<'_>, tasks: &Tasks) -> Result<Self, StoreError> {
        let mut handles = BTreeMap::new();
        let mut queues = Vec::new();
        for shop in parts.shops.iter() {
            let (commands, queue) = mpsc::channel(parts.limits.shop_queue);
            handles.insert(shop.id.clone(), ShopHandle::new(Arc::clone(shop), commands));
            queues.push((Arc::clone(shop), queue));
        }
        let decisions = Arc::new(Decisions::new(Arc::clone(&parts.store), parts.withheld));
        let present = Arc::new(Present::default());
        let hub = Self {
            shops: Arc::new(handles),
            decisions: Arc::clone(&decisions),
            present: Arc::clone(&present),
            store: Arc::clone(&parts.store),
        };
        let registry = PhoneRegistry::load(parts.store.as_ref(), parts.clock.now()).await?;
        let registry = Arc::new(registry);
        for (shop, queue) in queues {
            let name = format!("floor of {}", shop.id);
            let ingest = Ingest::new(
                Arc::clone(&decisions),
                TokenKeys::new(parts.master.clone()),
                Arc::clone(&registry),
                Arc::clone(&parts.metrics),
                parts.limits,
            );
            let shop_parts = ShopParts {
                shop,
                hub: hub.clone(),
                store: Arc::clone(&parts.store),
                clock: Arc::clone(&parts.clock),
                ingest,
                present: Arc::clone(&present),
                registry: Arc::clone(&registry),
                limits: parts.limits.clone(),
                moment: parts.moment,
                metrics: Arc::clone(&parts.metrics),
                epoch: parts.rng.random(),
                rng: StdRng::from_rng(parts.rng),
            };
            let task = ShopTask::load(shop_parts).await?;
            tasks.spawn_service(name, task.run(queue, tasks.soft()));
        }
        tasks.spawn_service("withdrawals", hub.clone().write_again(tasks.soft()));
        Ok(hub)
    }

    /// What customers decided, to be asked at each use.
    pub const fn decisions(&self) -> &Arc<Decisions> {
        &self.decisions
    }

    /// Where everything is kept.
    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The handle of a shop.
    pub fn shop(&self, id: &StoreId) -> Option<&ShopHandle> {
        self.shops.get(id)
    }

    /// All shops, by identifier.
    pub fn shops(&self) -> impl Iterator<Item = &ShopHandle> {
        self.shops.values()
    }

    /// Tells every shop that a customer's record has changed. Returns when all tablets' streams were told: each is, also
    /// when another one fails.
    ///
    /// All shops, not only those where the customer is known to be: a batch that is on its way could show the customer
    /// a moment later, and the word comes behind it in the same queue.
    pub async fn customer_changed(&self, customer: &CustomerId) -> Result<(), ShopError> {
        let all = self.shops.values().map(|shop| shop.customer_changed(customer.clone()));
        futures::future::join_all(all).await.into_iter().collect()
    }

    /// Tells every shop that these customers were erased. A shop that cannot read its visits now reads them before it
    /// writes any again.
    pub async fn customers_forgotten(&self, customers: BTreeSet<CustomerId>) {
        let customers = Arc::new(customers);
        let all = self.shops.values().map(|shop| shop.customers_forgotten(Arc::clone(&customers)));
        for error in futures::future::join_all(all).await.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "a shop could not be told at once of customers that were erased");
        }
    }

    /// The customer's open visits in all shops.
    pub async fn open_visits(&self, customer: &CustomerId) -> Result<Vec<Visit>, ShopError> {
        let all = self.shops.values().map(|shop| shop.open_visit(customer.clone()));
        let visits = futures::future::try_join_all(all).await?;
        Ok(visits.into_iter().flatten().collect())
    }

    /// Tells the shops that show a customer what of the profile has changed, for cards that are open.
    ///
    /// A row that appears meanwhile is fetched after the change. A shop that is ending needs no word.
    pub async fn profile_changed(&self, customer: &CustomerId, fields: &BTreeSet<Field>) {
        for store in self.present.shops_of(customer) {
            let Some(shop) = self.shops.get(&store) else { continue };
            if shop.profile_changed(customer.clone(), fields.clone()).await.is_err() {
                tracing::debug!(%store, "a shop that is ending was not told of a profile");
            }
        }
    }

    /// A card of a visit, as somebody sees it now, names these products.
    pub fn card_names(&self, visit: VisitId, products: BTreeSet<ProductId>) {
        self.present.names(visit, products);
    }

    /// Products, or the stock of one shop, have changed: open cards that name one of them are fetched anew. A shop that is
    /// ending needs no word.
    pub async fn goods_changed(&self, goods: &BTreeSet<(ProductId, Option<StoreId>)>) {
        for (store, visits) in self.present.naming(goods) {
            let Some(shop) = self.shops.get(&store) else { continue };
            if shop.cards_changed(visits).await.is_err() {
                tracing::debug!(%store, "a shop that is ending was not told of goods");
            }
        }
    }

    /// Tells every shop that a phone is revoked. Returns when all tablets' streams were told: each is, also when
    /// another one fails.
    pub async fn phone_revoked(&self, phone: PhoneId, owner: Option<&CustomerId>) -> Result<(), ShopError> {
        let all = self.shops.values().map(|shop| shop.phone_revoked(phone, owner.cloned()));
        futures::future::join_all(all).await.into_iter().collect()
    }
}
