//! What the core needs of a store. Small, object-safe; each implementation passes one contract test.
//!
//! Writes return only when a power cut can no longer undo them.

use async_trait::async_trait;

use crate::{
    catalogue::{Product, Stock, port::Catalogue},
    consent::{Sharing, port::Consents},
    event::{Purchase, ServiceTold},
    id::{AgentId, AssociateId, BootId, CustomerId, PhoneId, ProductId, StoreId, VisitId},
    presence::PresenceKind,
    profile::{Customer, Item, Profile, Size, Source},
    redacted::Redacted,
    showing::Showings,
    signal::{Carrier, Dbm},
    time::Timestamp,
    visit::Visit,
    whereabouts::Contest,
};

/// Why a store could not do what was asked, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written, and the store takes no more writes until the process is restarted or space is made.
    #[error("the store takes no writes: {0}")]
    Unavailable(String),
    /// A record could not be read; the message names it.
    #[error("a stored record cannot be read: {0}")]
    Damaged(String),
    /// The record that a write refers to is not there.
    #[error("not found: {0}")]
    NotFound(&'static str),
}

/// One presence event after the token was opened and consent was asked, as kept for 7 days.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RecordedPresence {
    /// The agent that said so.
    pub agent: AgentId,
    /// Its boot.
    pub boot: BootId,
    /// Number of the event within the boot.
    pub sequence: u64,
    /// Whose phone.
    pub customer: CustomerId,
    /// What happened.
    pub kind: PresenceKind,
    /// When, in the server's corrected time.
    pub observed: Timestamp,
    /// How strong.
    pub rssi: Dbm,
    /// How carried.
    pub carrier: Carrier,
    /// The visit that it became part of.
    pub visit: VisitId,
}

/// Everything that one accepted batch changes: written whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The shop.
    pub store: StoreId,
    /// The agent of the batch.
    pub agent: AgentId,
    /// The boot of the batch.
    pub boot: BootId,
    /// Highest sequence number of the batch, accepted or discarded.
    pub high_water: u64,
    /// When the batch was received.
    pub received: Timestamp,
    /// The presences that consent lets us keep.
    pub presences: Vec<RecordedPresence>,
    /// Visits that are new or changed.
    pub visits: Vec<Visit>,
    /// Arrivals to add to the anonymous count of their hour: (start of the hour, how many).
    pub anonymous: Vec<(Timestamp, u32)>,
}

/// The ingest log, with exactly-once effect per (agent, boot, sequence), and the visits.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Highest sequence number recorded of a boot; `None` before the first.
    async fn high_water(&self, agent: &AgentId, boot: BootId) -> Result<Option<u64>, StoreError>;
    /// Records one batch.
    async fn record(&self, entry: LedgerEntry) -> Result<(), StoreError>;
    /// Writes visits that changed without a batch: ended by the clock, greeted, given an outcome.
    async fn put_visits(&self, visits: Vec<Visit>) -> Result<(), StoreError>;
    /// The visits of a shop that have not ended, and those that ended at or after `since`, by beginning.
    async fn recent_visits(&self, store: &StoreId, since: Timestamp) -> Result<Vec<Visit>, StoreError>;
    /// All visits of a customer, by beginning.
    async fn visits_of(&self, customer: &CustomerId) -> Result<Vec<Visit>, StoreError>;
    /// The anonymous count of a shop and hour.
    async fn anonymous_count(&self, store: &StoreId, hour: Timestamp) -> Result<u32, StoreError>;
}

/// Customers, what they share, and their phones.
#[async_trait]
pub trait Customers: Send + Sync {
    /// The customer; `None` when nobody has this number.
    async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError>;
    /// Makes a customer known, or changes the name; sharing stays as it is (level 0 for a new one).
    async fn put_customer(&self, id: &CustomerId, name: Redacted<String>) -> Result<(), StoreError>;
    /// Notes level, name and "leave me alone" as of `now` ([`Customer::decided`]), and returns the customer as it is then;
    /// what was decided use by use stays, but for what a lower level takes back. For what a retailer's file tells.
    async fn set_sharing(
        &self,
        id: &CustomerId,
        sharing: Sharing,
        now: Timestamp,
    ) -> Result<Customer, StoreError>;
    /// Sets or clears the wish for help, and returns the customer as it is now.
    async fn set_help(&self, id: &CustomerId, since: Option<Timestamp>) -> Result<Customer, StoreError>;
    /// Clears the wish for help that was asked at `since`; another one stays.
    async fn end_help(&self, id: &CustomerId, since: Timestamp) -> Result<(), StoreError>;
    /// Registers a phone; `NotFound("customer")` when there is no such customer.
    async fn put_phone(&self, phone: PhoneId, customer: &CustomerId) -> Result<PhoneOutcome, StoreError>;
    /// Whose phone it is; `None` when it is unknown or revoked.
    async fn phone_owner(&self, phone: PhoneId) -> Result<Option<CustomerId>, StoreError>;
    /// Forgets a phone; `NotFound("phone")` when nobody ever had it. Forgetting it again changes nothing.
    async fn revoke_phone(&self, phone: PhoneId) -> Result<(), StoreError>;
}

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneOutcome {
    /// The phone is registered for this customer (now, or already before).
    Registered,
    /// The number belongs to another customer, or was revoked: take another number.
    Taken,
}

/// Profiles, products and stock: what an arrival reads.
#[async_trait]
pub trait Profiles: Send + Sync {
    /// What is known of a customer, as the view tells; empty when there is none.
    async fn profile(&self, customer: &CustomerId) -> Result<Profile, StoreError>;
    /// A product; `None` when it is not in the catalogue.
    async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError>;
    /// The pieces of a product in a shop, by size; `None` when the shop's stock of it is not known.
    async fn stock(&self, store: &StoreId, product: &ProductId) -> Result<Option<Vec<Stock>>, StoreError>;
}

/// One look at a customer's card, or one action on it: kept for the customer to read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// In which shop.
    pub store: StoreId,
    /// By whom.
    pub associate: AssociateId,
    /// Of whom.
    pub customer: CustomerId,
    /// In which visit.
    pub visit: VisitId,
    /// What was done.
    pub what: LookKind,
}

/// What an associate did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LookKind {
    /// Confirmed the person, which opened the card.
    Greeted,
    /// Took the confirmation back.
    GreetedTakenBack,
    /// Opened a confirmed card.
    CardOpened,
    /// Opened the minimal card of somebody not yet confirmed: zone, dwell, whether help is wanted. Once a visit.
    MinimalCardOpened,
    /// The same with the name on it.
    NamedMinimalCardOpened,
    /// Looked into who the customer is: identifiers, and the evidence for them. Not in a shop, and by no associate.
    IdentityShown,
    /// Read a message that names the customer and could not be used. By no associate.
    FailedMessageShown,
    /// Read everything that is kept, for an export. By no associate.
    Exported,
    /// The same by a backend of the retailer, such as the customer's own app.
    ExportedByApp,
    /// Asked why something was suggested in a shop, or not: with all that was known for it. By no associate.
    CardExplained,
}

/// The record of looks.
#[async_trait]
pub trait Looks: Send + Sync {
    /// Records looks.
    async fn record_looks(&self, looks: Vec<Look>) -> Result<(), StoreError>;
    /// Looks at a customer, newest first, at most `limit`.
    async fn looks_at(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Look>, StoreError>;
}

/// Phones that are heard in two places, so that a restart does not show them again.
#[async_trait]
pub trait Contests: Send + Sync {
    /// All that are kept.
    async fn contests(&self) -> Result<Vec<(PhoneId, Contest)>, StoreError>;
    /// Keeps contests, in the place of what was kept of the same phones.
    async fn put_contests(&self, contests: Vec<(PhoneId, Contest)>) -> Result<(), StoreError>;
    /// Forgets the contests of these phones. Forgetting an unknown one is no error.
    async fn forget_contests(&self, phones: Vec<PhoneId>) -> Result<(), StoreError>;
}

/// What a retailer's file tells that a customer shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharingTold {
    /// Level, name, and "leave me alone".
    pub sharing: Sharing,
    /// When it was told, for the proof.
    pub at: Timestamp,
}

/// One change that an import makes. What a customer did becomes events ([`crate::event::Event::of_import`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A customer, with sharing where the file tells it (a file never lowers nor raises what is stored without saying so).
    Customer {
        /// Who.
        id: CustomerId,
        /// The name to be greeted by.
        name: Redacted<String>,
        /// What is shared from now on; `None` leaves it as it is.
        sharing: Option<SharingTold>,
    },
    /// A phone of a customer.
    Phone {
        /// The phone's number.
        phone: PhoneId,
        /// Whose it is.
        customer: CustomerId,
    },
    /// A product of the catalogue.
    Product(Product),
    /// All pieces of a product in a shop; replaces what was known.
    Stock {
        /// The shop.
        store: StoreId,
        /// The product.
        product: ProductId,
        /// Pieces by size.
        pieces: Vec<Stock>,
    },
    /// An order. The same order number twice is once.
    Order {
        /// Whose.
        customer: CustomerId,
        /// When it was placed, or paid.
        at: Timestamp,
        /// Where: the web shop or a till.
        source: Source,
        /// What was bought.
        purchase: Purchase,
    },
    /// An item put on the wish list.
    Wish {
        /// Whose.
        customer: CustomerId,
        /// The item.
        item: Item,
    },
    /// The whole cart of the web shop as it is at `at`; an empty one clears it.
    Cart {
        /// Whose.
        customer: CustomerId,
        /// When it was so.
        at: Timestamp,
        /// The items.
        items: Vec<Item>,
    },
    /// A product that was looked at.
    View {
        /// Whose.
        customer: CustomerId,
        /// The item.
        item: Item,
    },
    /// A size.
    Size {
        /// Whose.
        customer: CustomerId,
        /// The size.
        size: Size,
    },
    /// A pick-up, a return or a repair goes on.
    Service {
        /// Whose.
        customer: CustomerId,
        /// When it came to the step.
        at: Timestamp,
        /// How it stands.
        told: ServiceTold,
    },
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is in the store.
    New,
    /// It was there already; nothing changed.
    Known,
    /// Refused: no customer has this number. Customers come first in a file.
    UnknownCustomer,
    /// Refused: the phone number belongs to another customer or was revoked.
    PhoneTaken,
}

/// Brings data in, many changes in one durable write.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Applies changes in order, each whole; the answer has one entry for each. Views of those of whom something was told
    /// are stale then ([`crate::event::port::Events::stale`]).
    async fn apply(&self, changes: Vec<Change>) -> Result<Vec<Applied>, StoreError>;
}

/// All that the server needs of a store.
pub trait Store:
    Consents + Ledger + Customers + Profiles + Looks + Showings + Contests + Imports + Catalogue
{
}

impl<T: Consents + Ledger + Customers + Profiles + Looks + Showings + Contests + Imports + Catalogue> Store
    for T
{
}
