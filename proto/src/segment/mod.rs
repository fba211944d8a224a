//! What Segment's tracking API means: request bodies to messages, messages to events.
//!
//! ```text
//!  body --envelope::read--> items, to be kept as they came --event--> domain Event
//!                     \--> refused: too large to keep         \--> Failure: kept, named, to be mended
//! ```
//!
//! [`envelope`] knows calls, batches and limits, and looks into no event. [`event`] is asked later, when a kept message
//! is taken up: [`item`](self) reads who and when ([`who`], [`instant`]), and then what by the type of call: a track by
//! its name ([`commerce`]), an identify by its traits ([`traits`]).
//!
//! Invariants: reading is total and its depth and output are bounded, whatever the bytes. What the event *is* (type, who,
//! when, which product, which order, how much) must be right, or the event is a failure that names the field; what only
//! describes it (names, brands, categories) is taken when it can be. A failure never holds a value. An event name that
//! nobody knows is no failure. Texts that describe are without control and hidden characters, and what anybody may have
//! written, a page's, is short ([`tame`]). For those who send events all of this is told in `docs/events.md`; a test holds the list
//! of reasons there to [`Reason`].
//!
//! To add an event name: a line in [`commerce`], a row in `docs/events.md`, lines in `proto/tests/segment/`.
//!
//! Never here: storage, HTTP, consent, whose event it is (that is the identity's to say).

mod commerce;
mod decimal;
pub mod envelope;
mod failure;
pub(crate) mod fields;
mod instant;
mod item;
mod lines;
mod service;
mod store;
mod tame;
mod traits;
mod who;

pub use self::{
    envelope::{Call, Envelope, EnvelopeError, Item, Kind, Limits, Refused},
    failure::Reason,
    item::{earliest, event},
    service::last_day,
    store::stores_told,
};

use shopbell_domain::{event::Origin, money::Currency, time::Timestamp};

/// Who tells, and how far that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Teller {
    /// A page or an app of the web shop, whose write key everybody can read.
    Page,
    /// A server of the web shop.
    WebShop,
    /// A till.
    Till,
}

impl Teller {
    /// The origin of what it tells.
    const fn origin(self, received: Timestamp) -> Origin {
        match self {
            Self::Page => Origin::Page { received },
            Self::WebShop => Origin::Web,
            Self::Till => Origin::Till,
        }
    }
}

/// What is known of a source of events, to read them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Who tells its events.
    pub teller: Teller,
    /// The currency of amounts that name none; without it they are left out.
    pub currency: Option<Currency>,
    /// Most characters of a message id.
    pub message_id_chars: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self { teller: Teller::WebShop, currency: None, message_id_chars: Limits::default().message_id_chars }
    }
}
