//! The owner task of one shop: the only place that changes its visits and rows.
//!
//! A command is handled to its end before the next one. What changes visits is on disk before it is answered, and
//! before a tablet sees it; only taking something off a tablet does not wait for the disk. When the disk refuses, the
//! visits in memory are ahead of it: they are loaded anew before anything else is done with them.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc};

use rand::{Rng as _, rngs::StdRng};
use shopbell_domain::{
    consent::Field,
    floor::GuestState,
    id::{AgentId, VisitId},
    moment::MomentSettings,
    ports::{LedgerEntry, RecordedPresence, Store, StoreError},
    time::{Clock, Timestamp},
    visit::{ShopVisits, Visit, VisitPolicy},
};
use shopbell_proto::convert::edge::{Greeting, Receipt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    agents::AgentDesk,
    handle::{AgentStream, Command, Delivery, Seen, ShopError},
    hub::Hub,
    moments::Moments,
    present::Present,
    remark::Remark,
    rows::{CardChange, Rows},
    whereabouts::PhoneRegistry,
};
use crate::{
    config::Limits,
    ingest::{Ingest, Sifted},
    metrics::{EventFate, Metrics},
    shops::Shop,
};

mod consent;
mod disk;
mod elsewhere;
mod help;
mod high_water;
mod showing;
mod till;

use self::high_water::HighWaters;

/// Characters of an agent's version that are logged.
const LOGGED_VERSION: usize = 64;

/// What a shop's task needs.
pub(super) struct ShopParts {
    pub(super) shop: Arc<Shop>,
    pub(super) hub: Hub,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ingest: Ingest,
    pub(super) registry: Arc<PhoneRegistry>,
    pub(super) present: Arc<Present>,
    pub(super) limits: Limits,
    pub(super) moment: MomentSettings,
    pub(super) metrics: Arc<Metrics>,
    pub(super) epoch: u64,
    pub(super) rng: StdRng,
}

/// The visits that a batch tells something of.
#[derive(Default)]
struct Told {
    /// Something of now.
    fresh: BTreeSet<VisitId>,
    /// Something older than what is pushed.
    stale: BTreeSet<VisitId>,
}

/// One shop's state.
pub(super) struct ShopTask {
    shop: Arc<Shop>,
    hub: Hub,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ingest: Ingest,
    registry: Arc<PhoneRegistry>,
    limits: Limits,
    metrics: Arc<Metrics>,
    rng: StdRng,
    visits: ShopVisits,
    rows: Rows,
    moments: Moments,
    agents: AgentDesk,
    high_water: HighWaters,
    /// Whether the visits in memory are ahead of the disk.
    ahead: bool,
}

impl ShopTask {
    /// Loads the shop's visits and rebuilds its floor.
    pub(super) async fn load(parts: ShopParts) -> Result<Self, StoreError> {
        let ShopParts {
            shop,
            hub,
            store,
            clock,
            ingest,
            present,
            registry,
            limits,
            moment,
            metrics,
            epoch,
            rng,
        } = parts;
        let mut task = Self {
            visits: ShopVisits::new(shop.id.clone(), VisitPolicy::default()),
            rows: Rows::new(epoch, limits.tablet_queue, present, Arc::clone(&metrics)),
            moments: Moments::new(moment, shop.fitting_rooms.clone()),
            agents: AgentDesk::new(limits.clone()),
            high_water: HighWaters::default(),
            ahead: false,
            shop,
            hub,
            store,
            clock,
            ingest,
            registry,
            limits,
            metrics,
            rng,
        };
        task.reload().await?;
        let lacking = task.visits.lacking_orders();
        task.learn_orders(lacking.iter()).await;
        task.rebuild_rows().await?;
        Ok(task)
    }

    /// Handles commands until `stop`. What is not answered by then was not done: its callers are told to call again.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        stop: CancellationToken,
    ) -> Result<(), Infallible> {
        let mut tick = tokio::time::interval(self.limits.tick);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = tick.tick() => {
                    if let Err(error) = self.tick().await {
                        tracing::warn!(shop = %self.shop.id, %error, "what time changes could not be stored");
                    }
                }
                command = commands.recv() => match command {
                    Some(command) => self.handle(command).await,
                    None => return Ok(()),
                },
            }
        }
    }

    /// An answer that nobody waits for any more is dropped: what was done stays done.
    async fn handle(&mut self, command: Command) {
        match command {
            Command::Hello { agent, greeting, at, answer } => {
                let _ = answer.send(Ok(self.hello(&agent, &greeting, at)));
            }
            Command::Pulse { agent, stream, pulse, at, answer } => {
                let _ = answer.send(self.agents.pulse(&agent, stream, &pulse, at, &mut self.visits));
            }
            Command::Gone { agent, stream } => self.agents.gone(&agent, stream, self.clock.now()),
            Command::Batch { delivery, answer } => {
                let receipt = self.batch(&delivery).await;
                if matches!(receipt, Err(ShopError::Store(_))) {
                    self.metrics.failed_batches.inc();
                }
                let _ = answer.send(receipt);
            }
            Command::CustomerChanged { customer, answer } => {
                let _ = answer.send(self.customer_changed(&customer).await);
            }
            Command::CustomersForgotten { customers, answer } => {
                let _ = answer.send(self.customers_forgotten(&customers).await);
            }
            Command::ProfileChanged { customer, fields } => self.profile_changed(&customer, &fields).await,
            Command::CardsChanged { visits } => self.cards_changed(visits).await,
            Command::CardMade { visit, until } => self.card_made(visit, until),
            Command::PhoneRevoked { phone, owner, answer } => {
                let _ = answer.send(self.phone_revoked(phone, owner.as_ref()).await);
            }
            Command::OrdersChanged { customer, orders } => self.orders_changed(&customer, orders).await,
            Command::PastOrders { customer, orders, answer } => {
                let _ = answer.send(self.past_orders(&customer, orders).await);
            }
            Command::Remark { visit, remark, answer } => {
                let _ = answer.send(self.remark(visit, remark).await);
            }
            Command::Look { visit, answer } => {
                let seen = self.catch_up().await.map_err(ShopError::from).and_then(|()| self.look(visit));
                let _ = answer.send(seen);
            }
            Command::OpenVisit { customer, answer } => {
                let _ = answer.send(Ok(self.visits.open_of(&customer).cloned()));
            }
            Command::Withhold { phone } => self.withhold(phone, self.clock.now()),
            Command::Subscribe { cursor, answer } => {
                let _ = answer.send(Ok(self.rows.subscribe(&cursor)));
            }
            Command::Agents { answer } => {
                let _ = answer.send(Ok(self.agents.report(&self.shop)));
            }
        }
    }

    fn hello(&mut self, agent: &AgentId, greeting: &Greeting, at: Timestamp) -> AgentStream {
        let version: String = greeting.agent_version.chars().take(LOGGED_VERSION).collect();
        tracing::info!(shop = %self.shop.id, %agent, ?version, "an agent connected");
        let (stream, far_off) = self.agents.hello(agent, greeting, at, &mut self.visits);
        if far_off {
            self.metrics.clock_alarms.inc();
            tracing::warn!(shop = %self.shop.id, %agent, "the agent's wall clock is far off: set it, or give it NTP");
        }
        stream
    }

    async fn batch(&mut self, delivery: &Delivery) -> Result<Receipt, ShopError> {
        self.catch_up().await?;
        let (batch, now) = (&delivery.received.batch, delivery.at);
        self.agents.heard_of(&delivery.agent, delivery.stream, batch.sent_at, now, &mut self.visits)?;
        let Some(zone) = self.shop.agents.get(&delivery.agent).cloned() else {
            return Err(ShopError::Superseded);
        };
        let known = self.known_high_water(&delivery.agent, batch.boot).await?;
        let (highest, rejected) = (delivery.received.last(), &delivery.received.rejected);
        if let Some(first) = rejected.first().filter(|_| highest > known) {
            let (shop, count, reason) = (&self.shop.id, rejected.len(), &first.reason);
            tracing::warn!(%shop, agent = %delivery.agent, count, reason, "an agent sends events that mean nothing");
        }
        let receipt = |sequence| Receipt { boot: batch.boot, sequence, rejected: rejected.clone() };
        let mut sifted = self.ingest.sift(&self.shop, &zone, delivery, known).await?;
        self.tell_elsewhere(&sifted, now);
        self.registry.write(self.store.as_ref()).await?;
        if highest <= known {
            return Ok(receipt(known));
        }
        let (presences, told) = self.apply(delivery, &sifted);
        // An order may be known before the visit in which it was paid.
        self.learn_orders(sifted.accepted.iter().map(|accepted| &accepted.customer)).await;
        let entry = self.entry(delivery, &sifted, highest, presences);
        let parts =
            entry.visits.iter().filter(|visit| visit.merged_into.is_some()).map(|visit| visit.id).collect();
        self.end_wishes(&entry.visits).await;
        self.record(self.store_clone().record(entry)).await?;
        self.ingest.recorded(&mut sifted);
        self.high_water.note(&delivery.agent, batch.boot, highest);
        self.push(&told, parts, now).await?;
        Ok(receipt(highest))
    }

    /// Tells the visits what was heard: what is to be recorded of it, and the visits that were told.
    fn apply(&mut self, delivery: &Delivery, sifted: &Sifted) -> (Vec<RecordedPresence>, Told) {
        let mut told = Told::default();
        let mut presences = Vec::with_capacity(sifted.accepted.len());
        for accepted in &sifted.accepted {
            let Some(visit) = self.visits.apply(&accepted.customer, &accepted.heard, self.rng.random())
            else {
                self.metrics.event(EventFate::NoVisit);
                continue;
            };
            self.metrics.event(EventFate::Visit);
            let of_age = if accepted.fresh { &mut told.fresh } else { &mut told.stale };
            of_age.insert(visit);
            presences.push(RecordedPresence {
                agent: delivery.agent.clone(),
                boot: delivery.received.batch.boot,
                sequence: accepted.report.sequence,
                customer: accepted.customer.clone(),
                kind: accepted.report.kind,
                observed: accepted.heard.at,
                rssi: accepted.report.rssi,
                carrier: accepted.report.carrier,
                visit,
            });
        }
        (presences, told)
    }

    /// The entry of a batch for the disk.
    fn entry(
        &mut self,
        delivery: &Delivery,
        sifted: &Sifted,
        high_water: u64,
        presences: Vec<RecordedPresence>,
    ) -> LedgerEntry {
        LedgerEntry {
            store: self.shop.id.clone(),
            agent: delivery.agent.clone(),
            boot: delivery.received.batch.boot,
            high_water,
            received: delivery.at,
            presences,
            visits: self.visits.take_changed(),
            anonymous: sifted.anonymous.iter().map(|(hour, count)| (*hour, *count)).collect(),
        }
    }

    async fn remark(&mut self, id: VisitId, remark: Remark) -> Result<Seen, ShopError> {
        self.catch_up().await?;
        let id = self.visits.resolve(id);
        let seen = self.look(id)?;
        // Consent at the moment of use: a withdrawal may still be on its way to this task.
        let customer = self.hub.decisions().customer(&seen.visit.customer).await?;
        let now = self.clock.now();
        if !customer.is_some_and(|customer| customer.consent.shows(Field::PresenceOnFloor, now)) {
            return Err(ShopError::NoSuchVisit);
        }
        let mut noted = seen.visit.clone();
        let greets = remark.greets();
        remark.note(&mut noted);
        if noted == seen.visit {
            return Ok(seen);
        }
        if greets && self.has_left(&seen.visit) {
            return Err(ShopError::GuestLeft);
        }
        if let Some(visit) = self.visits.get_mut(id) {
            (visit.greeted, visit.feedback, visit.outcome) = (noted.greeted, noted.feedback, noted.outcome);
        }
        self.store_changed().await?;
        self.show(id, now, CardChange::Changed).await?;
        self.look(id)
    }

    fn has_left(&self, visit: &Visit) -> bool {
        matches!(self.visits.guest_state(visit), GuestState::Left { .. })
    }

    fn look(&self, id: VisitId) -> Result<Seen, ShopError> {
        let id = self.visits.resolve(id);
        let guest = self.rows.get(id).ok_or(ShopError::NoSuchVisit)?.clone();
        let visit = self.visits.get(id).ok_or(ShopError::NoSuchVisit)?.clone();
        Ok(Seen { guest, visit })
    }

    /// What time changes. Rows go first and whatever the disk says: a guest is forgotten after a quarter of an hour.
    async fn tick(&mut self) -> Result<(), ShopError> {
        let now = self.clock.now();
        self.agents.tick(now, &mut self.visits);
        self.ingest.tick(now);
        self.registry.forget(now);
        let differ: BTreeSet<VisitId> = self.visits.tick(now).into_iter().collect();
        self.expire(now);
        if self.ahead {
            // What memory made of it goes with the reload; the next tick finds it again.
            return Ok(self.catch_up().await?);
        }
        self.store_changed().await?;
        for id in self.rows.visits().into_iter().filter(|id| differ.contains(id)) {
            self.show(id, now, CardChange::Same).await?;
        }
        self.show_moments(now).await?;
        Ok(self.registry.write(self.store.as_ref()).await?)
    }
}
