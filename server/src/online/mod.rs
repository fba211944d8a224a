//! From messages in the inbox to profiles.
//!
//! ```text
//!  inbox --waiting--> reading (proto::segment, by source) --Event--> plan (who is who, which views) --Effects--> store
//!    ^ bell                    \--Failure: kept with its reason          |                          one commit with the
//!    |                                                                   |                          inbox's mark
//!  tracking, grpc                                    decisions about evidence        profiles that changed --> floors
//! ```
//!
//! One owner task, the [`Applier`], takes messages up in order. What it owes:
//!
//! * **Exactly once.** All that a run of messages leads to and the mark that they wait no longer are one commit. Killed before
//!   it, the server finds the same messages waiting; after it, their effect.
//! * **Any order of arrival gives the same.** An event that comes last for its customer is folded onto the view; otherwise,
//!   and when identifiers join or leave a person, the view is made anew from the person's events (`plan`).
//! * **Now.** An acceptance rings a bell: nothing is polled. A run is bounded, and what waits beyond it is the next run.
//! * **Nothing is lost.** What cannot be used is kept with its reason, to be mended and taken up again. Events of people who
//!   are no customers are kept under their identifiers and join a profile when evidence comes; so do those of nobody.
//!
//! Events of imports are kept by the importer, and leave their customers stale; at the end of a file `offline` makes the views,
//! by the same plan and with nobody to tell.
//!
//! Consent is not asked here: a view is built of what the web shop was allowed to tell, and nothing shows it. Whoever shows
//! asks [`shopbell_domain::consent::Consent::permits`] at that moment; so does the floor before an open card is fetched anew.
//!
//! To add something that must follow from an event: its part of [`shopbell_domain::event::port::Effects`], made in `plan`.

mod applier;
mod audience;
mod bell;
mod handle;
mod named;
mod newcomers;
mod offline;
mod parts;
mod persons;
mod plan;
mod portrait;
mod reading;

pub use self::{
    applier::Applier,
    audience::Audience,
    bell::{Bell, RingingInbox},
    handle::{ApplierHandle, DecideError, Pause},
    offline::{MadeAnew, make_views_anew},
    parts::ApplierParts,
    plan::Changed,
    portrait::{Portrait, Portraits},
    reading::Readings,
};

#[cfg(test)]
mod tests;
