//! The visits of one shop, kept up with what its agents say.

mod ending;
mod orders;

use std::collections::{BTreeSet, HashMap};

use super::{
    TillOrders, Visit, VisitPolicy,
    agents::Agents,
    entry::{Entry, PresenceKey, Standing},
};
use crate::{
    floor::GuestState,
    id::{AgentId, BootId, CustomerId, StoreId, VisitId, ZoneId},
    presence::PresenceKind,
    signal::Dbm,
    time::Timestamp,
    token::PresenceToken,
};

/// What one agent says of one token, after the token was opened and consent was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The agent.
    pub agent: AgentId,
    /// The boot of the agent that made the event.
    pub boot: BootId,
    /// The agent's zone.
    pub zone: ZoneId,
    /// The token.
    pub token: PresenceToken,
    /// What happened.
    pub kind: PresenceKind,
    /// When, in the server's corrected time; never after the time of receipt.
    pub at: Timestamp,
    /// How strong.
    pub rssi: Dbm,
}

/// The visits of one shop: those that are open, and those that late news can still change.
///
/// Whoever changes something takes the changed records with [`ShopVisits::take_changed`] and stores them.
#[derive(Debug)]
pub struct ShopVisits {
    store: StoreId,
    policy: VisitPolicy,
    entries: HashMap<VisitId, Entry>,
    of_customer: HashMap<CustomerId, Vec<VisitId>>,
    /// Visits that time alone can change: open ones, and past ones with a presence that has not left.
    watched: BTreeSet<VisitId>,
    /// Where visits went that proved to be a part of another.
    merged: HashMap<VisitId, VisitId>,
    withdrawn: HashMap<CustomerId, Timestamp>,
    /// What was told of orders at the shop's tills, of customers who have a visit here.
    orders: HashMap<CustomerId, TillOrders>,
    agents: Agents,
    changed: BTreeSet<VisitId>,
    changed_to_parts: Vec<Visit>,
    next_clean_up: Timestamp,
}

impl ShopVisits {
    /// No visits yet.
    pub fn new(store: StoreId, policy: VisitPolicy) -> Self {
        Self {
            store,
            policy,
            entries: HashMap::new(),
            of_customer: HashMap::new(),
            watched: BTreeSet::new(),
            merged: HashMap::new(),
            withdrawn: HashMap::new(),
            orders: HashMap::new(),
            agents: Agents::default(),
            changed: BTreeSet::new(),
            changed_to_parts: Vec::new(),
            next_clean_up: Timestamp::EPOCH,
        }
    }

    /// Takes over stored visits, after a start: those that are open or ended within
    /// [`super::VisitSettings::remember_for`].
    pub fn load(&mut self, visits: Vec<Visit>) {
        for visit in visits {
            if let Some(into) = visit.merged_into {
                self.merged.insert(visit.id, into);
                continue;
            }
            if let Some(at) = visit.withdrawn {
                self.note_withdrawal(&visit.customer, at);
            }
            let customer = visit.customer.clone();
            self.insert(visit);
            self.settle(&customer);
        }
    }

    /// Takes in one event; the visit that it belongs to, `None` when it belongs to none: it was heard before the
    /// customer withdrew, or tells of leaving without ever having come.
    ///
    /// `random` makes the identifier of a visit that begins. The same event twice changes nothing.
    pub fn apply(&mut self, customer: &CustomerId, heard: &Heard, random: u128) -> Option<VisitId> {
        if self.withdrawn.get(customer).is_some_and(|at| heard.at <= *at) {
            return None;
        }
        let key = PresenceKey::of(heard);
        let known = self.standing(customer, &key);
        let target = match known {
            Some((holder, standing)) if standing.is_told(heard) => return Some(holder),
            Some((holder, standing)) if standing.lasts_until(heard.kind) => Some(holder),
            _ => self.near(customer, heard.at),
        };
        let target = match target {
            Some(target) => target,
            None if heard.kind == PresenceKind::Left => return None,
            None => self.begin(customer, heard.at, random),
        };
        if let Some((holder, _)) = known.filter(|(holder, _)| *holder != target)
            && self.entries.get_mut(&holder).is_some_and(|entry| entry.forget(&key))
        {
            self.changed.insert(holder);
        }
        let entry = self.entries.get_mut(&target)?;
        if entry.hear(key, heard) {
            self.changed.insert(target);
        }
        let target = self.join(customer, target);
        self.settle(customer);
        self.rejoin(customer);
        Some(target)
    }

    /// An agent said hello with this boot. Presences of its earlier boots end soon unless it confirms them.
    pub fn agent_booted(&mut self, agent: &AgentId, boot: BootId, at: Timestamp) {
        self.agents.booted(agent, boot, at);
    }

    /// An agent is connected from now on.
    pub fn agent_connected(&mut self, agent: &AgentId, at: Timestamp) {
        self.agents.connected(agent, at);
    }

    /// An agent's connection ended. What it heard last stays, uncertain, until it is back or `lost_after` has passed.
    pub fn agent_gone(&mut self, agent: &AgentId, at: Timestamp) {
        self.agents.gone(agent, at);
    }

    /// A connected agent said that its radio is down: its silence means nothing. Saying it again changes nothing.
    pub fn agent_blind(&mut self, agent: &AgentId, at: Timestamp) {
        self.agents.blind(agent, at);
    }

    /// A connected agent said that its radio hears. Saying it again changes nothing.
    pub fn agent_hearing(&mut self, agent: &AgentId, at: Timestamp) {
        self.agents.hearing(agent, at);
    }

    /// What time alone changes: presences and visits that end, and visits that become uncertain or certain again.
    /// To be called about once a second; the visits whose row on the floor may differ now.
    pub fn tick(&mut self, now: Timestamp) -> Vec<VisitId> {
        let mut differ = Vec::new();
        for id in self.watched.clone() {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let dropped = entry.drop_presences(|presence| self.agents.is_over(presence, now, &self.policy));
            let ended = entry.end_if_over(now, self.policy.settings().resume_within);
            let doubted = entry.doubt(self.agents.all_unsure(&entry.visit().live));
            if dropped || ended {
                self.changed.insert(id);
            }
            if dropped || ended || doubted {
                differ.push(id);
            }
            if !entry.is_watched() {
                self.watched.remove(&id);
            }
        }
        if now >= self.next_clean_up {
            self.clean_up(now);
        }
        differ
    }

    /// A visit, also by the identifier of one that was merged into it.
    pub fn get(&self, id: VisitId) -> Option<&Visit> {
        self.entries.get(&self.resolve(id)).map(Entry::visit)
    }

    /// The same, to record what the associate says: greeted, feedback, outcome. It counts as changed.
    pub fn get_mut(&mut self, id: VisitId) -> Option<&mut Visit> {
        let id = self.resolve(id);
        let visit = self.entries.get_mut(&id)?.visit_mut();
        self.changed.insert(id);
        Some(visit)
    }

    /// The visit that `id` is now: another one where it was merged into that.
    pub fn resolve(&self, id: VisitId) -> VisitId {
        let mut id = id;
        // As many steps as there are merges: damaged records that point at each other end here too.
        for _ in 0..self.merged.len() {
            let Some(into) = self.merged.get(&id) else { break };
            id = *into;
        }
        id
    }

    /// The visits that have not ended, by beginning.
    pub fn open(&self) -> Vec<&Visit> {
        let watched = self.watched.iter().filter_map(|id| self.entries.get(id));
        let mut open: Vec<&Visit> = watched.map(Entry::visit).filter(|visit| visit.is_open()).collect();
        open.sort_by_key(|visit| (visit.began, visit.id));
        open
    }

    /// The open visit of a customer; there is at most one.
    pub fn open_of(&self, customer: &CustomerId) -> Option<&Visit> {
        let ids = self.of_customer.get(customer)?;
        ids.iter().filter_map(|id| self.entries.get(id)).map(Entry::visit).find(|visit| visit.is_open())
    }

    /// All visits at hand, in no order: open ones, and ended ones that late news can still change.
    pub fn all(&self) -> impl Iterator<Item = &Visit> {
        self.entries.values().map(Entry::visit)
    }

    /// Whether nobody can tell if the customer is still here: all agents that heard it are gone or blind.
    pub fn is_uncertain(&self, visit: &Visit) -> bool {
        self.agents.all_unsure(&visit.live)
    }

    /// What the floor says of a visit.
    pub fn guest_state(&self, visit: &Visit) -> GuestState {
        if visit.live.is_empty() || !visit.is_open() {
            return GuestState::Left { at: visit.last_heard };
        }
        if self.is_uncertain(visit) { GuestState::Uncertain } else { GuestState::Here }
    }

    /// The visits that changed since this was asked last, as they are to be stored; also those that proved to be a
    /// part of another.
    pub fn take_changed(&mut self) -> Vec<Visit> {
        let changed = std::mem::take(&mut self.changed);
        let mut records = std::mem::take(&mut self.changed_to_parts);
        records.extend(changed.iter().filter_map(|id| Some(self.entries.get(id)?.visit().clone())));
        records
    }

    fn standing(&self, customer: &CustomerId, key: &PresenceKey) -> Option<(VisitId, Standing)> {
        let ids = self.of_customer.get(customer)?;
        ids.iter().find_map(|id| Some((*id, self.entries.get(id)?.standing(key)?)))
    }

    /// A visit to which a moment belongs by its time.
    fn near(&self, customer: &CustomerId, at: Timestamp) -> Option<VisitId> {
        let reach = self.policy.settings().resume_within;
        let ids = self.of_customer.get(customer)?;
        ids.iter().copied().find(|id| self.entries.get(id).is_some_and(|entry| entry.touches(at, at, reach)))
    }

    fn begin(&mut self, customer: &CustomerId, at: Timestamp, random: u128) -> VisitId {
        let id = VisitId::new(at, random);
        self.insert(Visit::new(id, customer.clone(), self.store.clone(), at));
        self.changed.insert(id);
        id
    }

    fn insert(&mut self, visit: Visit) {
        let id = visit.id;
        let ids = self.of_customer.entry(visit.customer.clone()).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
        self.watched.insert(id);
        self.entries.insert(id, Entry::new(visit));
    }

    /// Makes one visit of all that touch `id` by now. The open one goes on, since tablets show it; else the earliest.
    fn join(&mut self, customer: &CustomerId, id: VisitId) -> VisitId {
        let reach = self.policy.settings().resume_within;
        let mut id = id;
        while let Some(other) = self.touching(customer, id, reach) {
            let first = [id, other].into_iter().min_by_key(|id| {
                self.entries.get(id).map(|entry| (!entry.visit().is_open(), entry.visit().began, *id))
            });
            let (into, part) = if first == Some(other) { (other, id) } else { (id, other) };
            self.merge(customer, into, part);
            id = into;
        }
        id
    }

    fn touching(&self, customer: &CustomerId, id: VisitId, reach: std::time::Duration) -> Option<VisitId> {
        let visit = self.entries.get(&id)?.visit();
        let others = self.of_customer.get(customer)?.iter().copied().filter(|other| *other != id);
        others.into_iter().find(|id| {
            self.entries.get(id).is_some_and(|entry| entry.touches(visit.began, visit.last_heard, reach))
        })
    }

    fn merge(&mut self, customer: &CustomerId, into: VisitId, part: VisitId) {
        let Some(absorbed) = self.entries.remove(&part) else { return };
        if let Some(ids) = self.of_customer.get_mut(customer) {
            ids.retain(|id| *id != part);
        }
        self.watched.remove(&part);
        self.changed.remove(&part);
        self.merged.insert(part, into);
        self.changed_to_parts.push(absorbed.as_part_of(into));
        if let Some(entry) = self.entries.get_mut(&into) {
            entry.absorb(absorbed);
            self.watched.insert(into);
            self.changed.insert(into);
        }
    }

    /// Holds the rule that only a customer's newest visit can be open, and opens it when a presence lives.
    fn settle(&mut self, customer: &CustomerId) {
        let Some(ids) = self.of_customer.get(customer) else { return };
        let newest = ids.iter().filter_map(|id| self.entries.get(id)).map(Entry::age).max();
        for id in ids {
            let Some(entry) = self.entries.get_mut(id) else { continue };
            if entry.settle(Some(entry.age()) == newest) {
                self.changed.insert(*id);
            }
            if entry.is_watched() {
                self.watched.insert(*id);
            } else {
                self.watched.remove(id);
            }
        }
    }

    /// Forgets what no late news can change any more.
    fn clean_up(&mut self, now: Timestamp) {
        self.next_clean_up = now + self.policy.settings().silent_after;
        let oldest = now - self.policy.settings().remember_for;
        let (watched, changed) = (&self.watched, &self.changed);
        self.entries.retain(|id, entry| {
            entry.visit().last_heard >= oldest || watched.contains(id) || changed.contains(id)
        });
        for ids in self.of_customer.values_mut() {
            ids.retain(|id| self.entries.contains_key(id));
        }
        self.of_customer.retain(|_, ids| !ids.is_empty());
        self.orders.retain(|customer, _| self.of_customer.contains_key(customer));
        self.merged.retain(|_, into| self.entries.contains_key(into));
        self.withdrawn.retain(|_, at| *at >= oldest);
    }
}

#[cfg(test)]
impl ShopVisits {
    /// Keeps all visits, so that a test can look at them long after.
    pub(super) const fn keep_all(&mut self) {
        self.next_clean_up = Timestamp::from_millis(i64::MAX);
    }
}
