//! What others may ask of a shop: a cheap handle on its owner task.

use std::{collections::BTreeSet, sync::Arc};

use shopbell_domain::{
    consent::Field,
    floor::{Delta, Guest},
    id::{AgentId, BootId, CustomerId, PhoneId, VisitId},
    ports::StoreError,
    time::Timestamp,
    visit::{TillOrders, Visit},
};
use shopbell_proto::convert::edge::{Greeting, Pulse, Receipt, Received};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::remark::Remark;
use crate::shops::Shop;

/// Why a shop could not do what was asked, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The visit is not on this shop's floor: never was, has ended, or the customer withdrew.
    #[error("there is no such visit on this shop's floor")]
    NoSuchVisit,
    /// The guest has left: nobody can be greeted any more.
    #[error("the guest has left: only the outcome and what became of starters can still be told")]
    GuestLeft,
    /// The store refused or could not read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another stream of the same agent took over.
    #[error("another stream of this agent took over")]
    Superseded,
    /// The server is on its way out: call again, elsewhere or later.
    #[error("the server is shutting down")]
    Stopping,
}

/// Names one stream of an agent, so that a late word of an old one is told from the present one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamId(pub(super) u64);

/// A stream of an agent that the shop has accepted.
#[derive(Debug)]
pub struct AgentStream {
    /// Names the stream in what it reports.
    pub id: StreamId,
    /// Cancelled when a newer stream of the same agent takes over.
    pub superseded: CancellationToken,
}

/// A batch on its way into a shop.
#[derive(Debug)]
pub struct Delivery {
    /// Who delivers.
    pub agent: AgentId,
    /// On which stream.
    pub stream: StreamId,
    /// The boot that opened the stream.
    pub stream_boot: BootId,
    /// The events.
    pub received: Received,
    /// When the batch arrived, on the server's clock.
    pub at: Timestamp,
}

/// How an agent is doing, as far as its shop knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentReport {
    /// Which agent.
    pub agent: AgentId,
    /// When it was last heard of; `None` if never since the server started.
    pub last_seen: Option<Timestamp>,
    /// Whether a stream is open.
    pub connected: bool,
    /// Whether its radio hears nothing.
    pub blind: bool,
    /// Its version.
    pub version: String,
    /// Its wall clock less the server's, in milliseconds.
    pub clock_skew_ms: i64,
    /// Events in its outbox.
    pub outbox_events: u64,
    /// Events it dropped since its start.
    pub dropped_events: u64,
}

/// A tablet's place on the floor.
#[derive(Debug)]
pub struct Subscription {
    /// What comes first.
    pub opening: Opening,
    /// The cursor of the opening.
    pub cursor: String,
    /// Every later change. Ends when the tablet fell too far behind, or with the shop.
    pub changes: mpsc::Receiver<Arc<Delta>>,
}

/// How a tablet catches up.
#[derive(Debug)]
pub enum Opening {
    /// The whole floor.
    Snapshot(Vec<Guest>),
    /// What it missed.
    Deltas(Vec<Delta>),
}

/// The row and the visit, read together.
#[derive(Debug)]
pub struct Seen {
    /// The row.
    pub guest: Guest,
    /// The visit.
    pub visit: Visit,
}

type Answer<T> = oneshot::Sender<Result<T, ShopError>>;

/// What the owner task is asked.
#[derive(Debug)]
pub(super) enum Command {
    Hello { agent: AgentId, greeting: Greeting, at: Timestamp, answer: Answer<AgentStream> },
    Pulse { agent: AgentId, stream: StreamId, pulse: Pulse, at: Timestamp, answer: Answer<()> },
    Gone { agent: AgentId, stream: StreamId },
    Batch { delivery: Delivery, answer: Answer<Receipt> },
    CustomerChanged { customer: CustomerId, answer: Answer<()> },
    PhoneRevoked { phone: PhoneId, owner: Option<CustomerId>, answer: Answer<()> },
    CustomersForgotten { customers: Arc<BTreeSet<CustomerId>>, answer: Answer<()> },
    ProfileChanged { customer: CustomerId, fields: BTreeSet<Field> },
    CardsChanged { visits: BTreeSet<VisitId> },
    CardMade { visit: VisitId, until: Timestamp },
    OrdersChanged { customer: CustomerId, orders: TillOrders },
    PastOrders { customer: CustomerId, orders: TillOrders, answer: Answer<()> },
    Remark { visit: VisitId, remark: Remark, answer: Answer<Seen> },
    Look { visit: VisitId, answer: Answer<Seen> },
    OpenVisit { customer: CustomerId, answer: Answer<Option<Visit>> },
    Withhold { phone: PhoneId },
    Subscribe { cursor: String, answer: Answer<Subscription> },
    Agents { answer: Answer<Vec<AgentReport>> },
}

/// Asks one shop's owner task. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ShopHandle {
    shop: Arc<Shop>,
    commands: mpsc::Sender<Command>,
}

impl ShopHandle {
    pub(super) const fn new(shop: Arc<Shop>, commands: mpsc::Sender<Command>) -> Self {
        Self { shop, commands }
    }

    /// The shop as configured.
    pub fn shop(&self) -> &Shop {
        &self.shop
    }

    async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, ShopError> {
        let (answer, result) = oneshot::channel();
        self.commands.send(command(answer)).await.map_err(|_| ShopError::Stopping)?;
        result.await.map_err(|_| ShopError::Stopping)?
    }

    /// An agent opens a stream; an older stream of the same agent is superseded.
    pub async fn hello(
        &self,
        agent: AgentId,
        greeting: Greeting,
        at: Timestamp,
    ) -> Result<AgentStream, ShopError> {
        self.ask(|answer| Command::Hello { agent, greeting, at, answer }).await
    }

    /// An agent tells how it is doing.
    pub async fn pulse(
        &self,
        agent: AgentId,
        stream: StreamId,
        pulse: Pulse,
        at: Timestamp,
    ) -> Result<(), ShopError> {
        self.ask(|answer| Command::Pulse { agent, stream, pulse, at, answer }).await
    }

    /// Takes a batch; returns when its effect is on disk.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Receipt, ShopError> {
        self.ask(|answer| Command::Batch { delivery, answer }).await
    }

    /// A stream of an agent ended. For destructors: when the queue is full the word is lost, and the agent's silence
    /// tells the same a little later.
    pub fn gone(&self, agent: AgentId, stream: StreamId) {
        if self.commands.try_send(Command::Gone { agent, stream }).is_err() {
            tracing::debug!("the end of an agent's stream was not told");
        }
    }

    /// What a customer shares, or the wish for help, has changed in the store. Returns when every tablet's stream of
    /// this shop has been told.
    pub async fn customer_changed(&self, customer: CustomerId) -> Result<(), ShopError> {
        self.ask(|answer| Command::CustomerChanged { customer, answer }).await
    }

    /// These customers were erased: what the shop remembers of them goes.
    pub(super) async fn customers_forgotten(
        &self,
        customers: Arc<BTreeSet<CustomerId>>,
    ) -> Result<(), ShopError> {
        self.ask(|answer| Command::CustomersForgotten { customers, answer }).await
    }

    /// What is known of a customer has changed in these fields: an open card is to be fetched anew where it may show one
    /// of them. Waits for room in the queue, not for the shop.
    pub(super) async fn profile_changed(
        &self,
        customer: CustomerId,
        fields: BTreeSet<Field>,
    ) -> Result<(), ShopError> {
        let command = Command::ProfileChanged { customer, fields };
        self.commands.send(command).await.map_err(|_| ShopError::Stopping)
    }

    /// What the cards of these visits show has changed: those that are open are to be fetched anew. Waits for room in the
    /// queue, not for the shop.
    pub(super) async fn cards_changed(&self, visits: BTreeSet<VisitId>) -> Result<(), ShopError> {
        let command = Command::CardsChanged { visits };
        self.commands.send(command).await.map_err(|_| ShopError::Stopping)
    }

    /// A card of a visit was made, and tells what is so before this moment: at it, open ones are to be fetched anew. Waits for
    /// room in the queue, not for the shop.
    pub async fn card_made(&self, visit: VisitId, until: Timestamp) -> Result<(), ShopError> {
        let command = Command::CardMade { visit, until };
        self.commands.send(command).await.map_err(|_| ShopError::Stopping)
    }

    /// What is known of a customer's orders at this shop's tills has changed in the store: visits at hand are joined anew.
    /// Waits for room in the queue, not for the shop.
    pub(super) async fn orders_changed(
        &self,
        customer: CustomerId,
        orders: TillOrders,
    ) -> Result<(), ShopError> {
        let command = Command::OrdersChanged { customer, orders };
        self.commands.send(command).await.map_err(|_| ShopError::Stopping)
    }

    /// The same before it is in the store, for visits that are no longer at hand. Returns when they are on disk.
    pub(super) async fn past_orders(
        &self,
        customer: CustomerId,
        orders: TillOrders,
    ) -> Result<(), ShopError> {
        self.ask(|answer| Command::PastOrders { customer, orders, answer }).await
    }

    /// A phone of `owner`, where that is known, is revoked. Returns when every tablet's stream of this shop has been told.
    pub async fn phone_revoked(&self, phone: PhoneId, owner: Option<CustomerId>) -> Result<(), ShopError> {
        self.ask(|answer| Command::PhoneRevoked { phone, owner, answer }).await
    }

    /// An associate says something of a visit; returns when it is on disk.
    pub async fn remark(&self, visit: VisitId, remark: Remark) -> Result<Seen, ShopError> {
        self.ask(|answer| Command::Remark { visit, remark, answer }).await
    }

    /// The row and visit behind a card.
    pub async fn look(&self, visit: VisitId) -> Result<Seen, ShopError> {
        self.ask(|answer| Command::Look { visit, answer }).await
    }

    /// The open visit of a customer.
    pub async fn open_visit(&self, customer: CustomerId) -> Result<Option<Visit>, ShopError> {
        self.ask(|answer| Command::OpenVisit { customer, answer }).await
    }

    /// A tablet opens the floor; an empty cursor, or one that is too old, gives a snapshot.
    pub async fn subscribe(&self, cursor: String) -> Result<Subscription, ShopError> {
        self.ask(|answer| Command::Subscribe { cursor, answer }).await
    }

    /// A phone that this shop may show is heard in another shop too, or has gone over to a neighbour. For the other
    /// shop's owner task: it never waits, so that two shops cannot wait for each other; when the queue is full, the shop
    /// finds out at its next hearing.
    pub(super) fn withhold(&self, phone: PhoneId) {
        if self.commands.try_send(Command::Withhold { phone }).is_err() {
            tracing::warn!("a shop could not be told of a phone that it must not show");
        }
    }

    /// How the agents are doing, those never heard of included.
    pub async fn agents(&self) -> Result<Vec<AgentReport>, ShopError> {
        self.ask(|answer| Command::Agents { answer }).await
    }
}
