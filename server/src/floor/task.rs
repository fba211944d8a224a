//! The owner task of one shop: the only place that changes its visits and rows.
//!
//! A command is handled to its end before the next one. What changes visits is on disk before it is answered, and
//! before a tablet sees it; only taking something off a tablet does not wait for the disk. When the disk refuses, the
//! visits in memory are ahead of it: they are loaded anew before anything else is done with them.

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    sync::Arc,
};

use rand::{Rng as _, rngs::StdRng};
use shopbell_domain::{
    consent::Field,
    floor::GuestState,
    id::{AgentId, BootId, VisitId},
    ports::{LedgerEntry, RecordedPresence, Store, StoreError},
    time::{Clock, Timestamp},
    token::PresenceToken,
    visit::{ShopVisits, Visit, VisitPolicy},
};
use shopbell_proto::convert::edge::{Greeting, Receipt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    agents::AgentDesk,
    contested::Contested,
    handle::{AgentStream, Command, Delivery, Seen, ShopError},
    hub::Hub,
    present::Present,
    remark::Remark,
    rows::{CardChange, LEFT_KEPT, Rows},
};
use crate::{
    config::Limits,
    ingest::{Ingest, Sifted},
    metrics::{EventFate, Metrics},
    shops::Shop,
};

mod consent;
mod disk;

/// Characters of an agent's version that are logged.
const LOGGED_VERSION: usize = 64;

/// What a shop's task needs.
pub(super) struct ShopParts {
    pub(super) shop: Arc<Shop>,
    pub(super) hub: Hub,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ingest: Ingest,
    pub(super) present: Arc<Present>,
    pub(super) contested: Arc<Contested>,
    pub(super) limits: Limits,
    pub(super) metrics: Arc<Metrics>,
    pub(super) epoch: u64,
    pub(super) rng: StdRng,
}

/// One shop's state.
pub(super) struct ShopTask {
    shop: Arc<Shop>,
    hub: Hub,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ingest: Ingest,
    contested: Arc<Contested>,
    limits: Limits,
    metrics: Arc<Metrics>,
    rng: StdRng,
    visits: ShopVisits,
    rows: Rows,
    agents: AgentDesk,
    high_water: HashMap<(AgentId, BootId), u64>,
    /// Whether the visits in memory are ahead of the disk.
    ahead: bool,
}

impl ShopTask {
    /// Loads the shop's visits and rebuilds its floor.
    pub(super) async fn load(parts: ShopParts) -> Result<Self, StoreError> {
        let ShopParts { shop, hub, store, clock, ingest, present, contested, limits, metrics, epoch, rng } =
            parts;
        let mut task = Self {
            visits: ShopVisits::new(shop.id.clone(), VisitPolicy::default()),
            rows: Rows::new(epoch, limits.tablet_queue, present, Arc::clone(&metrics)),
            agents: AgentDesk::new(limits.clone()),
            high_water: HashMap::new(),
            ahead: false,
            shop,
            hub,
            store,
            clock,
            ingest,
            contested,
            limits,
            metrics,
            rng,
        };
        task.reload().await?;
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
            Command::ProfileChanged { customer, fields } => self.profile_changed(&customer, &fields).await,
            Command::PhoneRevoked { phone, answer } => {
                let _ = answer.send(self.phone_revoked(phone).await);
            }
            Command::Remark { visit, remark, answer } => {
                let _ = answer.send(self.remark(visit, remark).await);
            }
            Command::Look { visit, answer } => {
                let seen = self.catch_up().await.map_err(ShopError::from).and_then(|()| self.look(visit));
                let _ = answer.send(seen);
            }
            Command::Contested { token } => self.withhold(&token),
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
        let (batch, now) = (&delivery.batch, delivery.received);
        self.agents.heard_of(&delivery.agent, delivery.stream, batch.sent_at, now, &mut self.visits)?;
        let Some(zone) = self.shop.agents.get(&delivery.agent).cloned() else {
            return Err(ShopError::Superseded);
        };
        let known = self.known_high_water(&delivery.agent, batch.boot).await?;
        let highest = batch.events.last().map_or(0, |event| event.sequence);
        let receipt = |sequence| Receipt { boot: batch.boot, sequence };
        let mut sifted = self.ingest.sift(&self.shop.id, &zone, delivery, known).await?;
        if highest <= known {
            return Ok(receipt(known));
        }
        let (entry, fresh) = self.apply(delivery, &sifted, highest);
        let parts =
            entry.visits.iter().filter(|visit| visit.merged_into.is_some()).map(|visit| visit.id).collect();
        self.record(self.store_clone().record(entry)).await?;
        self.ingest.recorded(&mut sifted);
        self.note_high_water(&delivery.agent, batch.boot, highest);
        self.push(&fresh, parts, now).await?;
        self.tell_contested(sifted);
        Ok(receipt(highest))
    }

    /// Tells the visits what was heard. The entry for the disk, and the visits that may reach tablets.
    fn apply(
        &mut self,
        delivery: &Delivery,
        sifted: &Sifted,
        high_water: u64,
    ) -> (LedgerEntry, BTreeSet<VisitId>) {
        let mut fresh = BTreeSet::new();
        let mut presences = Vec::with_capacity(sifted.accepted.len());
        for accepted in &sifted.accepted {
            let Some(visit) = self.visits.apply(&accepted.customer, &accepted.heard, self.rng.random())
            else {
                self.metrics.event(EventFate::NoVisit);
                continue;
            };
            self.metrics.event(EventFate::Visit);
            if accepted.fresh {
                fresh.insert(visit);
            }
            presences.push(RecordedPresence {
                agent: delivery.agent.clone(),
                boot: delivery.batch.boot,
                sequence: accepted.report.sequence,
                customer: accepted.customer.clone(),
                kind: accepted.report.kind,
                observed: accepted.heard.at,
                rssi: accepted.report.rssi,
                carrier: accepted.report.carrier,
                visit,
            });
        }
        let entry = LedgerEntry {
            store: self.shop.id.clone(),
            agent: delivery.agent.clone(),
            boot: delivery.batch.boot,
            high_water,
            received: delivery.received,
            presences,
            visits: self.visits.take_changed(),
            anonymous: sifted.anonymous.iter().map(|(hour, count)| (*hour, *count)).collect(),
        };
        (entry, fresh)
    }

    /// Brings rows up to what fresh events say. The row of a visit that proved to be a part of another gives way to it.
    async fn push(
        &mut self,
        fresh: &BTreeSet<VisitId>,
        parts: Vec<VisitId>,
        now: Timestamp,
    ) -> Result<(), ShopError> {
        let mut to_show: BTreeSet<VisitId> = fresh.iter().map(|id| self.visits.resolve(*id)).collect();
        for part in parts {
            if self.rows.get(part).is_some() {
                self.rows.remove(part);
                to_show.insert(self.visits.resolve(part));
            }
        }
        for visit in to_show {
            self.show(visit, now, CardChange::Same).await?;
        }
        Ok(())
    }

    fn tell_contested(&mut self, sifted: Sifted) {
        for token in sifted.withhold {
            self.withhold(&token);
        }
        for (store, token) in sifted.to_tell {
            tracing::warn!(shop = %self.shop.id, other = %store, "one token is heard in two shops: shown in neither");
            if let Some(other) = self.hub.shop(&store) {
                other.contested(token);
            }
        }
    }

    /// Takes rows away that rest on contested tokens alone.
    fn withhold(&mut self, token: &PresenceToken) {
        for id in self.rows.visits() {
            let Some(visit) = self.visits.get(id) else { continue };
            if visit.live.iter().any(|live| live.token == *token) && self.rests_on_contested(visit) {
                self.rows.remove(id);
            }
        }
    }

    fn rests_on_contested(&self, visit: &Visit) -> bool {
        !visit.live.is_empty() && visit.live.iter().all(|live| self.contested.is_contested(&live.token))
    }

    async fn show(&mut self, id: VisitId, now: Timestamp, card: CardChange) -> Result<(), StoreError> {
        let Some(visit) = self.visits.get(id).filter(|visit| !self.rests_on_contested(visit)) else {
            self.rows.remove(id);
            return Ok(());
        };
        match self.hub.decisions().customer(&visit.customer).await? {
            Some(customer) => self.rows.show(visit, self.visits.guest_state(visit), &customer, now, card),
            None => self.rows.remove(id),
        }
        Ok(())
    }

    async fn remark(&mut self, id: VisitId, remark: Remark) -> Result<Seen, ShopError> {
        self.catch_up().await?;
        let id = self.visits.resolve(id);
        let seen = self.look(id)?;
        // Consent at the moment of use: a withdrawal may still be on its way to this task.
        let customer = self.hub.decisions().customer(&seen.visit.customer).await?;
        let now = self.clock.now();
        if !customer.is_some_and(|customer| customer.sharing.permits(Field::PresenceOnFloor, now)) {
            return Err(ShopError::NoSuchVisit);
        }
        let mut noted = seen.visit.clone();
        let greets = remark.greets();
        remark.note(&mut noted);
        if noted == seen.visit {
            return Ok(seen);
        }
        if greets && matches!(self.visits.guest_state(&seen.visit), GuestState::Left { .. }) {
            return Err(ShopError::GuestLeft);
        }
        if let Some(visit) = self.visits.get_mut(id) {
            (visit.greeted, visit.feedback, visit.outcome) = (noted.greeted, noted.feedback, noted.outcome);
        }
        self.store_changed().await?;
        self.show(id, now, CardChange::Changed).await?;
        self.look(id)
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
        self.contested.forget_before(now);
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
        Ok(())
    }

    /// Takes the rows of guests away who have not been heard for too long.
    fn expire(&mut self, now: Timestamp) {
        for id in self.rows.visits() {
            let over = self.visits.get(id).is_none_or(|visit| {
                self.visits.guest_state(visit) != GuestState::Here && now.since(visit.last_heard) >= LEFT_KEPT
            });
            if over {
                self.rows.remove(id);
            }
        }
    }
}
