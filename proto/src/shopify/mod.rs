//! What Shopify's webhooks mean: deliveries to messages, messages to events and to what is no event.
//!
//! ```text
//!  delivery --messages--> messages, to be kept --meaning--> Event | products | stock | consent | rights | nothing
//!                                                    \--> Failure: kept, named, to be mended
//! ```
//!
//! [`messages`] is asked at the door, when the signature has been found good; [`meaning`] later, when a kept message is taken
//! up. Both are pure.
//!
//! Amounts are those of the shop's own currency, never of the one that they were shown in (`presentment_money`): the sums of
//! one customer stay in one currency. Products are named by Shopify's product number; sizes by the option that the source's
//! configuration names ([`Reading::size_option`]).
//!
//! A refund is no webhook of its own here. `refunds/create` tells nobody's name; `orders/updated`, which Shopify sends with
//! it, tells the whole order with all of its refunds. So each refund of an order becomes a message of its own at the door, named by
//! the refund's number: however often it is told, it counts once.
//!
//! So does each step of a pick-up that the order's fulfilments tell: by the fulfilment's number and the step.
//!
//! Invariants as in [`crate::segment`]: reading is total and bounded; what it *is* must be right, what only describes it is
//! taken when it can be; a failure never holds a value. `docs/shopify.md` tells all of this to those who set it up; a test holds
//! the list of reasons there to [`Reason`].
//!
//! To add a topic: a variant of [`Topic`], an arm in [`meaning`], a row in `docs/shopify.md`, cases in `proto/tests/shopify/`.
//!
//! Never here: HTTP, signatures, storage, whose event it is.

mod consent;
mod delivery;
mod failure;
mod goods;
mod orders;
mod people;
mod values;

use std::collections::BTreeMap;

use serde_json::Value;
use shopbell_domain::{
    catalogue::{Product, Sku},
    consent::Decision,
    event::{Action, Event, Origin},
    id::{CustomerId, ProductId, StoreId},
    identity::Identifier,
    inbox::{Failure, Message},
    money::Currency,
    time::Timestamp,
};

pub use self::{
    delivery::{Delivery, messages},
    failure::Reason,
};
use crate::segment::fields::{self, Fields};

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// What a webhook is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Topic {
            $($(#[$doc])* $variant,)*
        }

        impl Topic {
            /// All that mean something here.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As Shopify writes it in `X-Shopify-Topic`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

topics! {
    /// An order was made.
    OrderCreated "orders/create",
    /// An order was paid.
    OrderPaid "orders/paid",
    /// An order is now this.
    OrderUpdated "orders/updated",
    /// An order was cancelled.
    OrderCancelled "orders/cancelled",
    /// Something was given back: told by the order itself.
    RefundCreated "refunds/create",
    /// A refund of an order, as the door makes one of what the order tells.
    OrderRefund "shopbell/refund",
    /// A step of a pick-up, as the door makes one of what the order tells.
    PickUp "shopbell/pickup",
    /// A checkout was begun.
    CheckoutCreated "checkouts/create",
    /// A checkout is now this.
    CheckoutUpdated "checkouts/update",
    /// A cart was begun.
    CartCreated "carts/create",
    /// A cart is now this.
    CartUpdated "carts/update",
    /// Somebody is a customer.
    CustomerCreated "customers/create",
    /// A customer's data is now this.
    CustomerUpdated "customers/update",
    /// A customer said whether they may be written to.
    EmailConsent "customers_email_marketing_consent/update",
    /// A customer said whether text messages may be sent.
    SmsConsent "customers_marketing_consent/update",
    /// There is a new product.
    ProductCreated "products/create",
    /// A product is now this.
    ProductUpdated "products/update",
    /// A product is gone.
    ProductDeleted "products/delete",
    /// So many pieces are at a location.
    InventoryUpdated "inventory_levels/update",
    /// A customer asks what is known.
    DataRequest "customers/data_request",
    /// A customer asks to be forgotten.
    CustomerRedact "customers/redact",
    /// The shop has left, and all of its data is to be forgotten.
    ShopRedact "shop/redact",
}

impl Topic {
    /// The topic of this name. Shopify's own tools also write it as `ORDERS_CREATE`.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain = |name: &str| name.to_ascii_lowercase().replace('/', "_");
        let name = plain(name);
        Self::ALL.iter().copied().find(|topic| plain(topic.name()) == name)
    }
}

/// What is known of a Shopify shop, to read its webhooks by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The currency of prices that name none: those of products and, in older versions, of carts.
    pub currency: Option<Currency>,
    /// Which option of a variant is its size, from 1.
    pub size_option: usize,
    /// Our shops, by Shopify's numbers of their locations.
    pub locations: BTreeMap<String, StoreId>,
    /// The address of the web shop, for the pages of products, such as `https://www.example.com`.
    pub web_address: String,
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Something that somebody did.
    Event(Box<Event>),
    /// A product as it is now.
    Product(Box<Product>),
    /// A product is no longer sold.
    ProductEnded {
        /// Which.
        product: ProductId,
        /// Since when.
        at: Timestamp,
    },
    /// So many pieces of a number of the catalogue are in a shop.
    Stock {
        /// The shop.
        store: StoreId,
        /// The number.
        sku: Sku,
        /// How many.
        quantity: u32,
        /// When that was so.
        at: Timestamp,
    },
    /// A customer decided about being written to.
    Consent {
        /// Who.
        customer: CustomerId,
        /// What.
        decision: Box<Decision>,
        /// When it was decided.
        at: Timestamp,
    },
    /// Somebody asks for what is known, or to be forgotten.
    Rights {
        /// Which of the two.
        asked: Right,
        /// Who, strongest first.
        who: Vec<Identifier>,
        /// Shopify's number of the request; empty when it has none.
        reference: String,
    },
    /// The shop has left.
    ShopLeft,
    /// Nothing that follows, and nothing that is wrong.
    Nothing,
}

/// What a customer may ask by Shopify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To read everything.
    Export,
    /// To be forgotten.
    Erase,
}

/// A kept webhook, taken apart.
struct Webhook<'a> {
    message: &'a Message,
    reading: &'a Reading,
    topic: Topic,
    payload: Fields<'a>,
}

const LONGEST_TOPIC: usize = 100;

/// When the order, checkout or cart was made that a kept webhook tells of: what it tells may have happened long after that.
pub fn made(message: &Message) -> Option<Timestamp> {
    let body = fields::parse(message.body.reveal()).ok()?;
    let outer = Fields::new(body.as_object()?, "");
    let payload = outer.child("payload");
    let told = match Topic::from_name(&outer.text(&["topic"], LONGEST_TOPIC)?)? {
        Topic::OrderCreated
        | Topic::OrderPaid
        | Topic::OrderUpdated
        | Topic::OrderCancelled
        | Topic::CheckoutCreated
        | Topic::CheckoutUpdated
        | Topic::CartCreated
        | Topic::CartUpdated => payload,
        Topic::OrderRefund | Topic::PickUp => payload.child("order"),
        _ => return None,
    };
    values::time(&told, &["created_at"]).ok().flatten()
}

/// What a message means, or the field that is in the way.
pub fn meaning(message: &Message, reading: &Reading) -> Result<Meaning, Failure> {
    let body = fields::parse(message.body.reveal()).map_err(|_| Reason::InvalidPayload.at(""))?;
    let Value::Object(object) = &body else { return Err(Reason::NotAWebhook.at("")) };
    let outer = Fields::new(object, "");
    let topic = outer.text(&["topic"], LONGEST_TOPIC).ok_or_else(|| Reason::NotAWebhook.at("topic"))?;
    let topic = Topic::from_name(&topic).ok_or_else(|| Reason::UnknownTopic.at("topic"))?;
    let Some(Value::Object(_)) = object.get("payload") else {
        return Err(Reason::InvalidPayload.at("payload"));
    };
    let webhook = Webhook { message, reading, topic, payload: outer.child("payload") };
    match topic {
        Topic::OrderCreated | Topic::OrderPaid | Topic::OrderUpdated => orders::order(&webhook),
        Topic::OrderCancelled => orders::cancelled(&webhook),
        Topic::OrderRefund => orders::refund(&webhook),
        Topic::PickUp => orders::pick_up(&webhook),
        // The order tells it.
        Topic::RefundCreated => Ok(Meaning::Nothing),
        Topic::CheckoutCreated | Topic::CheckoutUpdated => orders::checkout(&webhook),
        Topic::CartCreated | Topic::CartUpdated => orders::cart(&webhook),
        Topic::CustomerCreated | Topic::CustomerUpdated => people::customer(&webhook),
        Topic::EmailConsent | Topic::SmsConsent => consent::marketing(&webhook),
        Topic::ProductCreated | Topic::ProductUpdated => goods::product(&webhook),
        Topic::ProductDeleted => goods::deleted(&webhook),
        Topic::InventoryUpdated => goods::inventory(&webhook),
        Topic::DataRequest => people::rights(&webhook, Right::Export),
        Topic::CustomerRedact => people::rights(&webhook, Right::Erase),
        Topic::ShopRedact => Ok(Meaning::ShopLeft),
    }
}

impl Webhook<'_> {
    /// An event of these persons. Events of nobody are failures.
    fn event(
        &self,
        at: Timestamp,
        who: Vec<Identifier>,
        origin: Origin,
        action: Action,
    ) -> Result<Meaning, Failure> {
        if who.is_empty() {
            return Err(Reason::NoIdentifier.at("payload"));
        }
        let (id, privacy_control) = (self.message.id.clone(), self.message.privacy_control);
        let at = at.min(self.message.received);
        Ok(Meaning::Event(Box::new(Event { id, at, who, origin, privacy_control, action })))
    }
}
