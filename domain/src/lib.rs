//! The pure rules of Shopbell: what a token means, when a phone is here, what a visit is, what may be known of
//! a customer and what is worth saying.
//!
//! Everything here is a function of its arguments: no clock is read, no file opened, no task spawned. Time comes
//! in as [`time::Timestamp`] or through [`time::Clock`]; storage is reached through the traits in [`ports`].
//!
//! # One visit, from rule to rule
//!
//! 1. The server gives a phone its tokens with [`token::TokenKeys::seal`]; the phone shows one for 15 minutes.
//! 2. An agent hears it: a [`signal::Sighting`]. [`presence::PresenceTable`] makes of many sightings few words:
//!    entered, still here, left. It knows tokens and nobody's name.
//! 3. On the server [`token::TokenKeys::open`] tells the phone; the store tells whose it is; and
//!    [`consent::Consent::permits`] tells whether anything may be recorded at all.
//! 4. [`whereabouts::Whereabouts`] tells whether the phone is in this shop only, or relayed from another;
//!    [`visit::ShopVisits`] joins what all agents of the shop say, late or not, into visits with zones and dwell.
//! 5. [`floor::Floor`] keeps the rows that the shop's tablets show, and the changes that a tablet missed.
//! 6. An associate opens a card: [`situation::Situation::gather`] takes from the [`profile::Profile`] what is allowed
//!    at this moment and nothing else; [`starter::choose`] finds at most three things worth saying, each resting on
//!    facts of the situation; [`card::Card::compose`] puts together what this associate may see.
//!
//! ```
//! use shopbell_domain::{
//!     id::{AgentId, BootId, CustomerId, PhoneId, StoreId, ZoneId},
//!     presence::{PresencePolicy, PresenceTable},
//!     signal::{Carrier, Dbm, Sighting},
//!     time::Timestamp,
//!     token::{MasterKey, TokenKeys, Window},
//!     visit::{Heard, ShopVisits, VisitPolicy},
//! };
//! use std::time::Duration;
//!
//! let now = Timestamp::from_secs(1_795_255_200);
//! let mut keys = TokenKeys::new(MasterKey::new([7; 32]));
//! let token = keys.seal(PhoneId(1), Window::at(now));
//!
//! // In the shop: two sightings in ten seconds enter.
//! let mut table = PresenceTable::new(PresencePolicy::default());
//! let sighting = |secs| Sighting {
//!     token,
//!     uptime: Duration::from_secs(secs),
//!     rssi: Dbm::new(-60),
//!     carrier: Carrier::ServiceData,
//! };
//! assert_eq!(table.hear(&sighting(1)), None);
//! let presence = table.hear(&sighting(3)).ok_or("should have entered")?;
//!
//! // On the server: the token is opened, and the visit begins.
//! assert_eq!(keys.open(presence.token, now)?.phone, PhoneId(1));
//! let heard = Heard {
//!     agent: AgentId::new("lyon-door")?,
//!     boot: BootId(1),
//!     zone: ZoneId::new("door")?,
//!     token: presence.token,
//!     kind: presence.kind,
//!     at: now,
//!     rssi: presence.rssi,
//! };
//! let mut visits = ShopVisits::new(StoreId::new("lyon")?, VisitPolicy::default());
//! let visit = visits.apply(&CustomerId::new("c1")?, &heard, 42).ok_or("should be a visit")?;
//! assert!(visits.get(visit).is_some_and(|visit| visit.is_open()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to change what
//!
//! | to change | open |
//! |---|---|
//! | when a phone counts as here | [`presence`] |
//! | when a phone in two shops is contested | [`whereabouts`] |
//! | when a visit begins, joins, ends | [`visit`] |
//! | what a sharing level allows | [`consent`] |
//! | what is worth saying, in which order | [`starter`] |
//! | what headquarters may tell guests | [`campaign`] |
//! | what is never said | [`charter`] |
//! | when it is said | [`moment`] |
//! | for whom nothing is said, to learn what it is worth | [`holdout`] |
//! | what a card shows | [`card`] |
//! | what is stored | [`profile`], [`visit::Visit`], [`ports`] |
//!
//! Tests that need time take [`time`]'s `ManualClock` (feature `test-clock`).
//!
//! Never here: tokio, tonic, prost, sled, btleplug, files, sockets, ambient time or randomness.

pub mod campaign;
pub mod card;
pub mod catalogue;
pub mod charter;
pub mod consent;
pub mod event;
#[cfg(test)]
mod example;
pub mod floor;
pub mod holdout;
pub mod id;
pub mod identity;
pub mod inbox;
pub mod moment;
pub mod money;
pub mod note;
pub mod outlook;
pub mod ports;
pub mod presence;
pub mod profile;
pub mod redacted;
pub mod rights;
pub mod showing;
pub mod signal;
pub mod situation;
pub mod starter;
pub mod time;
pub mod token;
pub mod visit;
pub mod whereabouts;
pub mod words;
