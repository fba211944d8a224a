//! How long data is kept, and its end: at the start and once a day, class by class, in small steps.
//!
//! | class | grows old from | and then |
//! |---|---|---|
//! | presences, visits, looks, the log of showings, anonymous counts | the time in their keys | is deleted ([`EmbeddedStore::age`]) |
//! | failed events | when they were found unusable | is forgotten with its key |
//! | profiles | what the customer did last ([`activity`]) | the customer is erased, as if they had asked for it, reason *retention* |
//! | persons whom nobody put in as customers | their last event ([`persons`]) | the same |
//!
//! The configuration can only shorten the times. A pass that fails says so, counts nothing as done and is tried again in an
//! hour; what it deleted is deleted.
//!
//! To add a class: where it is stored (the store's `Class`), a setting, and its line in [`Retention::pass`].
//!
//! Never here: how something is deleted or a key destroyed.

mod activity;
mod persons;

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use shopbell_domain::{
    consent::port::Consents,
    event::port::Events,
    identity::Identifier,
    inbox::{Inbox, InboxNumber},
    ports::{Store, StoreError},
    time::{Clock, Timestamp},
};
use shopbell_store::{Class, EmbeddedStore, Mode};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::activity::Activity;
use crate::{config, metrics::Metrics, rounds};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// After a pass that failed.
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// Between two steps: whoever serves customers comes first.
const PAUSE: Duration = Duration::from_millis(20);
/// Failed messages that are looked at at once.
const FAILED_AT_ONCE: usize = 256;

/// Carries out what ends somebody's data.
#[async_trait]
pub trait Forgetter: Send + Sync {
    /// Sees to it that the persons are erased whom these name. Again for the same ones it changes nothing.
    async fn erase(&self, persons: Vec<Identifier>) -> Result<(), StoreError>;
    /// All identifiers of the person whom this one names, itself among them; `None` when too much hangs together to say.
    async fn person(&self, named: &Identifier) -> Result<Option<Vec<Identifier>>, StoreError>;
    /// Forgets failed messages.
    async fn drop_failed(&self, numbers: Vec<InboxNumber>) -> Result<(), StoreError>;
}

/// What the retention needs.
pub struct RetentionParts {
    /// What grows old.
    pub embedded: EmbeddedStore,
    /// Customers, visits, orders.
    pub store: Arc<dyn Store>,
    /// Views, by which the last event is known.
    pub events: Arc<dyn Events>,
    /// Decisions.
    pub consents: Arc<dyn Consents>,
    /// Failed messages.
    pub inbox: Arc<dyn Inbox>,
    /// Ends it; without, failed events and profiles stay.
    pub forgetter: Option<Arc<dyn Forgetter>>,
    /// How long.
    pub times: config::Retention,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// The job; clones share it.
#[derive(Clone)]
pub struct Retention {
    parts: Arc<RetentionParts>,
}

impl std::fmt::Debug for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Retention")
    }
}

/// What a pass found of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The class's name, as in the settings.
    pub class: &'static str,
    /// How long it is kept.
    pub days: u32,
    /// Records that were due: deleted, unless it was a preview.
    pub due: u64,
    /// Records that stay.
    pub kept: u64,
}

impl Retention {
    /// Does nothing before [`Retention::run`] or [`Retention::pass`].
    pub fn new(parts: RetentionParts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// A pass at once and then one each day, until `stop`.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let pass = || async {
            let began = self.parts.clock.now();
            began + self.told(self.pass(Mode::Delete).await)
        };
        rounds::repeat(&self.parts.clock, &stop, pass).await;
        Ok(())
    }

    /// Logs and counts what came of a pass; when the next one is due.
    fn told(&self, done: Result<Vec<Found>, StoreError>) -> Duration {
        let metrics = &self.parts.metrics;
        match done {
            Ok(found) => {
                for found in &found {
                    metrics.retained(found.class, found.due);
                    let Found { class, days, due, kept } = *found;
                    tracing::info!(class, days, deleted = due, kept, "retention");
                }
                metrics.retention_last_success_seconds.set(self.parts.clock.now().as_secs());
                DAY
            }
            Err(error) => {
                metrics.retention_failures.inc();
                tracing::error!(%error, "the retention did not get through; it is tried again in an hour");
                AGAIN
            }
        }
    }

    /// Goes through all classes once.
    pub async fn pass(&self, mode: Mode) -> Result<Vec<Found>, StoreError> {
        let times = self.parts.times;
        let now = self.parts.clock.now();
        let mut all = Vec::new();
        for (name, class, days) in [
            ("presences", Class::Presences, times.presences_days),
            ("visits", Class::Visits, times.visits_days),
            ("looks", Class::Looks, times.looks_days),
            ("showings", Class::Showings, times.showings_days),
            ("anonymous", Class::Anonymous, times.anonymous_days),
        ] {
            let (due, kept) = self.records(class, before(now, days), mode).await?;
            all.push(Found { class: name, days, due, kept });
        }
        if mode == Mode::Delete && self.parts.forgetter.is_none() {
            return Ok(all);
        }
        let (due, kept) = self.failed(before(now, times.failed_events_days), mode).await?;
        all.push(Found { class: "failed_events", days: times.failed_events_days, due, kept });
        let (due, kept) = self.profiles(before(now, times.profiles_days), mode).await?;
        all.push(Found { class: "profiles", days: times.profiles_days, due, kept });
        let (due, kept) = self.persons(before(now, times.profiles_days), mode).await?;
        all.push(Found { class: "persons", days: times.profiles_days, due, kept });
        Ok(all)
    }

    async fn records(&self, class: Class, before: Timestamp, mode: Mode) -> Result<(u64, u64), StoreError> {
        let (mut due, mut kept, mut from) = (0, 0, None);
        loop {
            let aged = self.parts.embedded.age(class, before, from, mode).await?;
            due += aged.due;
            kept += aged.kept;
            if aged.next.is_none() {
                return Ok((due, kept));
            }
            from = aged.next;
            sleep(PAUSE).await;
        }
    }

    fn forgetter(&self, mode: Mode) -> Option<&Arc<dyn Forgetter>> {
        self.parts.forgetter.as_ref().filter(|_| mode == Mode::Delete)
    }

    async fn failed(&self, before: Timestamp, mode: Mode) -> Result<(u64, u64), StoreError> {
        let (mut due, mut kept, mut after) = (0, 0, None);
        loop {
            let page = self.parts.inbox.failed(after, FAILED_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok((due, kept)) };
            after = Some(last.number);
            let all = page.len() as u64;
            let old: Vec<InboxNumber> =
                page.into_iter().filter(|failed| failed.at < before).map(|failed| failed.number).collect();
            due += old.len() as u64;
            kept += all - old.len() as u64;
            if let Some(forgetter) = self.forgetter(mode).filter(|_| !old.is_empty()) {
                forgetter.drop_failed(old).await?;
            }
            sleep(PAUSE).await;
        }
    }

    async fn profiles(&self, before: Timestamp, mode: Mode) -> Result<(u64, u64), StoreError> {
        let (mut due, mut kept, mut from) = (0, 0, None);
        loop {
            let (customers, next) = self.parts.embedded.some_customers(from).await?;
            let all = customers.len() as u64;
            let mut old = Vec::new();
            for customer in customers {
                match self.parts.activity(&customer, before).await? {
                    Activity::Before => old.push(Identifier::from(&customer.id)),
                    // Their age counts from now on.
                    Activity::Unknown if mode == Mode::Delete => {
                        self.parts.embedded.date_customer(&customer.id, self.parts.clock.now()).await?;
                    }
                    Activity::Since | Activity::Unknown => {}
                }
            }
            due += old.len() as u64;
            kept += all - old.len() as u64;
            if let Some(forgetter) = self.forgetter(mode).filter(|_| !old.is_empty()) {
                forgetter.erase(old).await?;
            }
            if next.is_none() {
                return Ok((due, kept));
            }
            from = next;
            sleep(PAUSE).await;
        }
    }
}

fn before(now: Timestamp, days: u32) -> Timestamp {
    now - config::Retention::days(days)
}

#[cfg(test)]
mod tests;
