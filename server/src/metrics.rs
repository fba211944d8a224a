//! Every metric: its name, unit and labels. The names are an interface: dashboards and alerts read them.
//!
//! To add one: a field, its registration in [`Metrics::new`], and the call where it happens. A label's values are a
//! closed list in code.
//!
//! Never in a label: a customer, a visit, a phone, a token, an associate, an address.

mod held;
mod learning;
mod presence;
mod starters;

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

pub use self::{
    held::Held,
    learning::Learning,
    presence::{EventFate, FateLabels},
    starters::RuleLabels,
};

/// What became of a request with events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum TrackingOutcome {
    /// All of it is safe.
    Taken,
    /// No good write key, or from a page that may not send.
    Unauthorized,
    /// It cannot be read, or nothing takes it.
    Invalid,
    /// More than is taken.
    TooLarge,
    /// The sender was told to come back: no room, or too many wait.
    Busy,
    /// The store takes no writes.
    Failed,
}

/// Labels of [`Metrics::tracking_requests`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TrackingLabels {
    /// What became of it.
    pub outcome: TrackingOutcome,
}

/// What became of a message of a request that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum MessageFate {
    /// Waits to be taken up.
    New,
    /// Had come before.
    Duplicate,
    /// Is kept among the failed ones.
    Failed,
    /// Was too large to be kept at all.
    Refused,
}

/// Labels of [`Metrics::tracking_messages`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct MessageLabels {
    /// What became of it.
    pub fate: MessageFate,
}

/// What became of a message that was taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum AppliedFate {
    /// Its event is kept, with what follows from it.
    Applied,
    /// It could not be used; it is kept with the reason.
    Failed,
}

/// Labels of [`Metrics::applied_messages`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AppliedLabels {
    /// What became of it.
    pub fate: AppliedFate,
}

/// Why something that was told of a person was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum KeptOut {
    /// Nothing is kept of the person.
    Suppressed,
    /// It is from before the person was erased.
    Erased,
}

/// Labels of [`Metrics::kept_out_events`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KeptOutLabels {
    /// Why.
    pub why: KeptOut,
}

/// Labels of [`Metrics::retention_deleted`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ClassLabels {
    /// The class's name in the settings.
    pub class: &'static str,
}

/// Why a connection was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum TurnedAway {
    /// Its address had as many as one may have.
    Address,
    /// It showed no credentials in time.
    Stranger,
}

/// Labels of [`Metrics::turned_away`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TurnedAwayLabels {
    /// Why.
    pub why: TurnedAway,
}

/// All metrics of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Presence events received, by what became of them.
    pub events: Family<FateLabels, Counter>,
    /// Events too old to show anybody. Those of leaving are not counted: they are always told late, and always count.
    pub late_events: Counter,
    /// From the receipt of a batch to its acknowledgement.
    pub batch_seconds: Histogram,
    /// Batches that could not be recorded; the agent sends them again.
    pub failed_batches: Counter,
    /// Open streams of agents.
    pub report_streams: Gauge,
    /// Open streams of tablets.
    pub floor_streams: Gauge,
    /// Streams of tablets that were cut because they read too slowly.
    pub floor_cut: Counter,
    /// Rows on all floors.
    pub guests: Gauge,
    /// Times that an agent's wall clock was too far off.
    pub clock_alarms: Counter,
    /// Calls refused for want of a good token or role.
    pub refused_calls: Counter,
    /// Requests with events, by what became of them.
    pub tracking_requests: Family<TrackingLabels, Counter>,
    /// Messages of requests that were taken, by what became of them.
    pub tracking_messages: Family<MessageLabels, Counter>,
    /// Messages that wait to be taken up, as of the run that is under way; 0 when there is none.
    pub inbox_backlog: Gauge,
    /// How long the oldest message of the run that is under way has waited; 0 when there is none.
    pub inbox_lag: Gauge<f64, AtomicU64>,
    /// Messages that were taken up, by what became of them.
    pub applied_messages: Family<AppliedLabels, Counter>,
    /// Views of profiles that were made anew from all their events.
    pub views_rebuilt: Counter,
    /// Components of identifiers that were found to be too large, and are left alone: look at the log.
    pub components_cut: Counter,
    /// Browsers that pages wanted to tie to customers beyond what they may.
    pub newcomers_turned_away: Counter,
    /// Records that the retention deleted, by class.
    pub retention_deleted: Family<ClassLabels, Counter>,
    /// Passes of the retention that did not get through.
    pub retention_failures: Counter,
    /// When the last pass of the retention got through, in seconds since 1970.
    pub retention_last_success_seconds: Gauge,
    /// Keys of personal fields in the vault.
    pub vault_keys: Gauge,
    /// Erased subjects.
    pub vault_tombstones: Gauge,
    /// Erased subjects in the last export; fewer than there are for longer than a second is an alarm.
    pub vault_exported_tombstones: Gauge,
    /// Events that were not kept, since their person was erased or is suppressed.
    pub kept_out_events: Family<KeptOutLabels, Counter>,
    /// From the asking of a regulation to its end.
    pub regulation_seconds: Histogram,
    /// Requests of customers that others passed on and nobody has answered yet.
    pub open_requests: Gauge,
    /// Those of them that should have been answered: more than none is an alarm.
    pub overdue_requests: Gauge,
    /// Open connections.
    pub connections: Gauge,
    /// Connections that were turned away, by why.
    pub turned_away: Family<TurnedAwayLabels, Counter>,
    /// What is learnt.
    pub learning: Learning,
    /// Suggestions that were not shown, by rule, each time a card is made.
    pub suppressed_starters: Family<RuleLabels, Counter>,
}

/// From 0.25 ms, doubled, to 4 s.
fn latency() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 15))
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All metrics at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("shopbell"),
            events: Family::default(),
            late_events: Counter::default(),
            batch_seconds: latency(),
            failed_batches: Counter::default(),
            report_streams: Gauge::default(),
            floor_streams: Gauge::default(),
            floor_cut: Counter::default(),
            guests: Gauge::default(),
            clock_alarms: Counter::default(),
            refused_calls: Counter::default(),
            tracking_requests: Family::default(),
            tracking_messages: Family::default(),
            inbox_backlog: Gauge::default(),
            inbox_lag: Gauge::default(),
            applied_messages: Family::default(),
            views_rebuilt: Counter::default(),
            components_cut: Counter::default(),
            newcomers_turned_away: Counter::default(),
            retention_deleted: Family::default(),
            retention_failures: Counter::default(),
            retention_last_success_seconds: Gauge::default(),
            vault_keys: Gauge::default(),
            vault_tombstones: Gauge::default(),
            vault_exported_tombstones: Gauge::default(),
            kept_out_events: Family::default(),
            regulation_seconds: Histogram::new(exponential_buckets(0.05, 2.0, 14)),
            open_requests: Gauge::default(),
            overdue_requests: Gauge::default(),
            connections: Gauge::default(),
            turned_away: Family::default(),
            learning: Learning::default(),
            suppressed_starters: Family::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("ingest_events", "Presence events received, by fate", self.events.clone());
        registry.register("ingest_late_events", "Events too old to show anybody", self.late_events.clone());
        registry.register_with_unit(
            "ingest_batch",
            "From the receipt of a batch to its acknowledgement",
            Unit::Seconds,
            self.batch_seconds.clone(),
        );
        registry.register("ingest_failed_batches", "Batches not recorded", self.failed_batches.clone());
        registry.register("report_streams", "Open streams of agents", self.report_streams.clone());
        registry.register("floor_streams", "Open streams of tablets", self.floor_streams.clone());
        registry.register("floor_streams_cut", "Tablets cut for reading slowly", self.floor_cut.clone());
        registry.register("floor_guests", "Rows on all floors", self.guests.clone());
        registry.register(
            "agent_clock_alarms",
            "Agents with a wall clock far off",
            self.clock_alarms.clone(),
        );
        registry.register("refused_calls", "Calls without a good token", self.refused_calls.clone());
        let requests = self.tracking_requests.clone();
        registry.register("tracking_requests", "Requests with events, by outcome", requests);
        let messages = self.tracking_messages.clone();
        registry.register("tracking_messages", "Messages of requests that were taken, by fate", messages);
        registry.register("inbox_backlog", "Messages that wait to be taken up", self.inbox_backlog.clone());
        let lag = self.inbox_lag.clone();
        registry.register_with_unit("inbox_lag", "Waited, the oldest of this run", Unit::Seconds, lag);
        let applied = self.applied_messages.clone();
        registry.register("applied_messages", "Messages that were taken up, by fate", applied);
        registry.register("views_rebuilt", "Views made anew from all events", self.views_rebuilt.clone());
        let cut = self.components_cut.clone();
        registry.register("identity_components_cut", "Components of identifiers too large to resolve", cut);
        let away = self.newcomers_turned_away.clone();
        registry.register("identity_newcomers_turned_away", "Browsers beyond what pages may tie", away);
        let deleted = self.retention_deleted.clone();
        registry.register("retention_deleted", "Records deleted for their age, by class", deleted);
        registry.register("retention_failures", "Passes that did not end", self.retention_failures.clone());
        let success = self.retention_last_success_seconds.clone();
        registry.register("retention_last_success_seconds", "When the last pass got through", success);
        registry.register("vault_keys", "Keys of personal fields", self.vault_keys.clone());
        registry.register("vault_tombstones", "Erased subjects", self.vault_tombstones.clone());
        let exported = self.vault_exported_tombstones.clone();
        registry.register("vault_exported_tombstones", "Erased subjects in the last export", exported);
        let kept_out = self.kept_out_events.clone();
        registry.register(
            "kept_out_events",
            "Events of persons who were erased or suppressed, by why",
            kept_out,
        );
        let regulation = self.regulation_seconds.clone();
        registry.register_with_unit("regulation", "From asking to the end", Unit::Seconds, regulation);
        registry.register("open_requests", "Privacy requests to be answered", self.open_requests.clone());
        registry.register("overdue_requests", "Those that are late", self.overdue_requests.clone());
        self.register_connections();
    }

    fn register_connections(&mut self) {
        let registry = &mut self.registry;
        let suppressed = self.suppressed_starters.clone();
        registry.register(
            "starters_suppressed",
            "Suggestions not shown, by rule, each time a card is made",
            suppressed,
        );
        self.learning.register(registry);
        registry.register("connections", "Open connections", self.connections.clone());
        let away = self.turned_away.clone();
        registry.register("connections_turned_away", "Connections turned away, by why", away);
    }

    /// Counts a connection that was turned away; how many there were of its kind.
    pub fn turned_away(&self, why: TurnedAway) -> u64 {
        self.turned_away.get_or_create(&TurnedAwayLabels { why }).inc() + 1
    }

    /// Counts what became of an event.
    pub fn event(&self, fate: EventFate) {
        self.events.get_or_create(&FateLabels { fate }).inc();
    }

    /// Counts messages that were taken up.
    pub fn applied(&self, fate: AppliedFate, messages: usize) {
        if messages > 0 {
            self.applied_messages.get_or_create(&AppliedLabels { fate }).inc_by(messages as u64);
        }
    }

    /// Counts an event that was not kept.
    pub fn kept_out(&self, why: KeptOut) {
        self.kept_out_events.get_or_create(&KeptOutLabels { why }).inc();
    }

    /// Counts what became of a request with events.
    pub fn tracking_request(&self, outcome: TrackingOutcome) {
        self.tracking_requests.get_or_create(&TrackingLabels { outcome }).inc();
    }

    /// Counts what became of messages.
    pub fn tracking_message(&self, fate: MessageFate, messages: u64) {
        if messages > 0 {
            self.tracking_messages.get_or_create(&MessageLabels { fate }).inc_by(messages);
        }
    }

    /// Counts what the retention deleted.
    pub fn retained(&self, class: &'static str, deleted: u64) {
        self.retention_deleted.get_or_create(&ClassLabels { class }).inc_by(deleted);
    }

    /// All metrics in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail; a partial text is better than none.
        if prometheus_client::encoding::text::encode(&mut text, &self.registry).is_err() {
            tracing::error!("metrics could not be written whole");
        }
        text
    }
}

#[cfg(test)]
mod tests;
