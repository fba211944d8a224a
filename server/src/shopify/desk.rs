//! What webhooks ask that is no event: products, stock, consent, rights. Each may be done again, and is then the same.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use shopbell_domain::{
    catalogue::{
        Stock,
        port::{Catalogue as _, Told},
    },
    consent::{self, Decision},
    event::EventId,
    id::{CustomerId, MessageId, SourceId},
    identity::Identifier,
    inbox::{Failure, Message},
    ports::{Store, StoreError},
    rights::{
        NewRequest, Wish,
        port::{Admission, Gate},
    },
    time::{Clock, Timestamp},
};
use shopbell_proto::shopify::{self, Meaning, Reading, Right};

use crate::{
    catalogue::Watched,
    config,
    floor::{Hub, ShopError},
    rights::{EraseError, Rights},
};

/// What the desk needs.
pub(crate) struct DeskParts {
    /// Where products and stock go.
    pub(crate) store: Arc<dyn Store>,
    /// Where decisions go, and hold also when the disk refuses.
    pub(crate) hub: Hub,
    /// Keeps out what would give something of who is suppressed.
    pub(crate) gate: Arc<dyn Gate>,
    /// The server's clock.
    pub(crate) clock: Arc<dyn Clock>,
}

/// Does what webhooks ask.
pub(crate) struct Desk {
    readings: HashMap<SourceId, Reading>,
    parts: DeskParts,
    /// Who carries rights out; they are made after the applier, which asks this desk.
    rights: OnceLock<Rights>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("readings", &self.readings).finish_non_exhaustive()
    }
}

impl Desk {
    /// For the shops of a configuration that was validated.
    pub(crate) fn new(shops: &[config::Shopify], parts: DeskParts) -> Self {
        let readings = shops.iter().map(|shop| (shop.id.clone(), reading(shop))).collect();
        Self { readings, parts, rights: OnceLock::new() }
    }

    /// From now on requests about rights are carried out. Before, they wait.
    pub(crate) fn connect(&self, rights: Rights) {
        // A second time there is nothing to connect.
        let _ = self.rights.set(rights);
    }

    /// What a message of one of the shops means; `None` when it is of another source.
    pub(crate) fn read(&self, message: &Message) -> Option<Result<Meaning, Failure>> {
        self.readings.get(&message.id.source).map(|reading| shopify::meaning(message, reading))
    }

    /// Does what is no event. A failure is kept with the message.
    pub(crate) async fn carry_out(
        &self,
        message: &Message,
        what: Meaning,
    ) -> Result<Result<(), Failure>, StoreError> {
        match what {
            // Those are the applier's.
            Meaning::Event(_) | Meaning::Nothing => Ok(Ok(())),
            Meaning::Product(product) => self.tell(Told::Product(*product)).await,
            Meaning::ProductEnded { product, at } => self.tell(Told::Ended { product, at }).await,
            Meaning::Stock { store, sku, quantity, at } => {
                let Some((product, size)) = self.parts.store.variant(&sku).await? else {
                    return Ok(Err(unknown_inventory_item()));
                };
                let pieces = vec![Stock::counted(size, quantity, at)];
                self.tell(Told::Stock { store, product, pieces }).await
            }
            Meaning::Consent { customer, decision, at } => {
                self.decide(message, &customer, *decision, at).await
            }
            Meaning::Rights { asked: Right::Erase, who, .. } => self.erase(message, &who).await,
            Meaning::Rights { asked: Right::Export, who, reference } => {
                self.ask(message, Wish::Export, who, reference).await
            }
            Meaning::ShopLeft => self.ask(message, Wish::EraseSource, Vec::new(), String::new()).await,
        }
    }

    async fn tell(&self, told: Told) -> Result<Result<(), Failure>, StoreError> {
        let catalogue = Watched::new(Arc::clone(&self.parts.store) as _, self.parts.hub.clone());
        catalogue.tell(vec![told]).await.map(|_| Ok(()))
    }

    /// Notes a decision. A yes that is older than a decision about the same is over: webhooks do not come in order.
    async fn decide(
        &self,
        message: &Message,
        customer: &CustomerId,
        decision: Decision,
        at: Timestamp,
    ) -> Result<Result<(), Failure>, StoreError> {
        if self.parts.store.customer(customer).await?.is_none() {
            return Ok(Err(unknown_customer()));
        }
        let by = message.id.source.to_string();
        let about_it = |uses: &consent::Grants| uses.without(&decision.give) != *uses;
        let over = |proof: &consent::Proof| {
            let since = proof.at > at && (about_it(&proof.decision.give) || about_it(&proof.decision.refuse));
            // Taken up again after a crash, it is written once.
            since || (proof.at >= message.received && proof.decision == decision && proof.told.by == by)
        };
        if self.parts.store.history(customer).await?.iter().any(over) {
            return Ok(Ok(()));
        }
        let before =
            self.parts.hub.decisions().said(customer).await?.map(|known| known.consent).unwrap_or_default();
        if decision.gives(before) {
            let who = [Identifier::from(customer)];
            if self.parts.gate.admits(&who, message.received).await? != Admission::Welcome {
                return Ok(Ok(()));
            }
        }
        let told = consent::Told { text: None, how: consent::Collection::Web, by };
        match self.parts.hub.decide(customer, decision, told, self.parts.clock.now()).await {
            Err(ShopError::Store(StoreError::NotFound(_))) => Ok(Err(unknown_customer())),
            Err(ShopError::Store(error)) => Err(error),
            // It is on disk; a shop that is ending shows nobody.
            _ => Ok(Ok(())),
        }
    }

    fn rights(&self) -> Result<&Rights, StoreError> {
        let starting =
            || StoreError::Unavailable("the server is starting: requests about rights wait".to_owned());
        self.rights.get().ok_or_else(starting)
    }

    /// Asks for an erasure; it is on the disk when this returns.
    async fn erase(&self, message: &Message, who: &[Identifier]) -> Result<Result<(), Failure>, StoreError> {
        match self.rights()?.erase_named(who, &message.id).await {
            Ok(Ok(_)) => Ok(Ok(())),
            Ok(Err(_)) => Ok(Err(unknown_customer())),
            Err(EraseError::Store(error)) => Err(error),
            Err(EraseError::Who(_)) => Ok(Err(not_told_apart())),
        }
    }

    /// Keeps a request until it is answered; it is on the disk when this returns.
    async fn ask(
        &self,
        message: &Message,
        wish: Wish,
        who: Vec<Identifier>,
        reference: String,
    ) -> Result<Result<(), Failure>, StoreError> {
        // Shopify's number names the request: told again by another delivery it is the same one.
        let named = (!reference.is_empty()).then(|| MessageId::new(format!("data_request:{reference}")).ok());
        let name = named.flatten().unwrap_or_else(|| message.id.message.clone());
        let message = EventId { source: message.id.source.clone(), message: name };
        let at = self.parts.clock.now();
        self.rights()?.ask(NewRequest { message, wish, reference, at, who }).await.map(|_| Ok(()))
    }
}

fn reading(shop: &config::Shopify) -> Reading {
    let web_address = shop.web_address.clone().unwrap_or_else(|| format!("https://{}", shop.shop));
    Reading {
        currency: shop.currency,
        size_option: shop.size_option,
        locations: shop.locations.clone(),
        web_address,
    }
}

fn failure(reason: &str, field: &str, explanation: &str) -> Failure {
    Failure { reason: reason.to_owned(), field: field.to_owned(), explanation: explanation.to_owned() }
}

fn unknown_inventory_item() -> Failure {
    failure(
        "unknown_inventory_item",
        "payload.inventory_item_id",
        "no product of the catalogue has this: subscribe to products/update, have the product sent, and take this up again",
    )
}

fn unknown_customer() -> Failure {
    failure(
        "unknown_customer",
        "payload",
        "this server does not know the customer, who has consented to nothing here",
    )
}

fn not_told_apart() -> Failure {
    failure(
        "not_told_apart",
        "payload.customer",
        "too much hangs together with this customer to say who is who: look with `shopbell-server identity`, put it right, and take this up again",
    )
}
