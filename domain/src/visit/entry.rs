//! One visit as the shop keeps it: the record, and what each presence of it was last heard to do.

use std::{collections::HashMap, time::Duration};

use super::{Heard, LivePresence, Visit, till};
use crate::{
    id::{AgentId, BootId, VisitId},
    presence::PresenceKind,
    time::Timestamp,
    token::PresenceToken,
};

/// Names a presence: one token at one boot of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PresenceKey {
    pub(super) agent: AgentId,
    pub(super) boot: BootId,
    pub(super) token: PresenceToken,
}

impl PresenceKey {
    pub(super) fn of(heard: &Heard) -> Self {
        Self { agent: heard.agent.clone(), boot: heard.boot, token: heard.token }
    }
}

/// How a live presence is named in the notes of [`Entry`].
impl From<&LivePresence> for PresenceKey {
    fn from(live: &LivePresence) -> Self {
        Self { agent: live.agent.clone(), boot: live.boot, token: live.token }
    }
}

/// What is known of a presence, and when it was last heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has not left.
    Live(Timestamp),
    /// The agent said that it left.
    Left(Timestamp),
    /// The shop gave it up for want of news; the agent may know better.
    GivenUp(Timestamp),
}

impl Standing {
    const fn at(self) -> Timestamp {
        match self {
            Self::Live(at) | Self::Left(at) | Self::GivenUp(at) => at,
        }
    }

    /// Whether this event, or a later one of the presence, was taken in already. An agent tells of one presence in
    /// order; only `Left` can have the same time as what was said before it.
    pub(super) fn is_told(self, heard: &Heard) -> bool {
        let leaves = heard.kind == PresenceKind::Left && !matches!(self, Self::Left(_));
        heard.at < self.at() || (heard.at == self.at() && !leaves)
    }

    /// Whether news of this kind says that the presence lasted until then. `Entered` says that it began then.
    pub(super) const fn lasts_until(self, kind: PresenceKind) -> bool {
        !matches!(self, Self::Left(_)) && !matches!(kind, PresenceKind::Entered)
    }
}

/// One visit of a shop.
#[derive(Debug)]
pub(super) struct Entry {
    visit: Visit,
    /// Presences that are no longer live.
    past: HashMap<PresenceKey, Standing>,
    doubted: bool,
}

impl Entry {
    pub(super) fn new(visit: Visit) -> Self {
        Self { visit, past: HashMap::new(), doubted: false }
    }

    pub(super) const fn visit(&self) -> &Visit {
        &self.visit
    }

    pub(super) const fn visit_mut(&mut self) -> &mut Visit {
        &mut self.visit
    }

    pub(super) const fn is_watched(&self) -> bool {
        self.visit.is_open() || !self.visit.live.is_empty()
    }

    pub(super) fn standing(&self, key: &PresenceKey) -> Option<Standing> {
        let live = self.visit.live.iter().find(|live| is(live, key)).map(|live| Standing::Live(live.heard));
        live.or_else(|| self.past.get(key).copied())
    }

    /// Whether the time from `from` to `to` lies in the visit or at most `reach` beside it. A withdrawn visit touches
    /// nothing.
    pub(super) fn touches(&self, from: Timestamp, to: Timestamp, reach: Duration) -> bool {
        let Visit { began, last_heard, withdrawn, .. } = &self.visit;
        withdrawn.is_none() && to + reach >= *began && *last_heard + reach >= from
    }

    /// Which of a customer's visits is newer; one that was withdrawn is never the newest.
    pub(super) const fn age(&self) -> (bool, Timestamp, VisitId) {
        (self.visit.withdrawn.is_none(), self.visit.last_heard, self.visit.id)
    }

    /// Takes in one event; false when it changes nothing.
    pub(super) fn hear(&mut self, key: PresenceKey, heard: &Heard) -> bool {
        let visit = &mut self.visit;
        let rssi = heard.rssi.get();
        let traced = match heard.kind {
            PresenceKind::Left => visit.trace.leave(&heard.zone, heard.at, rssi),
            PresenceKind::Entered | PresenceKind::StillHere => visit.trace.hear(&heard.zone, heard.at, rssi),
        };
        if traced {
            visit.began = visit.began.min(heard.at);
            visit.last_heard = visit.last_heard.max(heard.at);
            visit.stays = visit.trace.stays();
        }
        if heard.kind == PresenceKind::Left {
            let was_live = visit.live.len();
            visit.live.retain(|live| !is(live, &key));
            let before = self.past.insert(key, Standing::Left(heard.at));
            return traced || self.visit.live.len() != was_live || before != Some(Standing::Left(heard.at));
        }
        self.past.remove(&key);
        let live = LivePresence {
            agent: key.agent.clone(),
            boot: key.boot,
            token: key.token,
            zone: heard.zone.clone(),
            heard: heard.at,
            rssi,
        };
        self.confirm(&key, heard.at);
        match self.visit.live.iter_mut().find(|known| is(known, &key)) {
            Some(known) => *known = live,
            None => self.visit.live.push(live),
        }
        true
    }

    /// What an earlier boot of the agent heard is now heard by this one.
    fn confirm(&mut self, by: &PresenceKey, at: Timestamp) {
        self.drop_presences(|live| {
            live.agent == by.agent && live.token == by.token && live.boot != by.boot && live.heard <= at
        });
    }

    /// Gives up presences; false when there is none to give up.
    pub(super) fn drop_presences(&mut self, is_over: impl Fn(&LivePresence) -> bool) -> bool {
        let (over, live): (Vec<_>, Vec<_>) = self.visit.live.drain(..).partition(is_over);
        self.visit.live = live;
        self.past.extend(over.iter().map(|live| (PresenceKey::from(live), Standing::GivenUp(live.heard))));
        !over.is_empty()
    }

    /// Forgets a presence that goes on in another visit; true when the record changed by it.
    pub(super) fn forget(&mut self, key: &PresenceKey) -> bool {
        self.past.remove(key);
        let before = self.visit.live.len();
        self.visit.live.retain(|live| !is(live, key));
        self.visit.live.len() != before
    }

    /// Ends the visit when nothing lives and nobody came back in time.
    pub(super) fn end_if_over(&mut self, now: Timestamp, resume_within: Duration) -> bool {
        let over =
            self.visit.is_open() && self.visit.live.is_empty() && now > self.visit.last_heard + resume_within;
        if over {
            self.visit.ended = Some(self.visit.last_heard);
        }
        over
    }

    /// Ends the visit when nothing lives, without waiting for anybody to come back.
    pub(super) const fn end_if_silent(&mut self) -> bool {
        let over = self.visit.is_open() && self.visit.live.is_empty();
        if over {
            self.visit.ended = Some(self.visit.last_heard);
        }
        over
    }

    /// Notes whether the visit is uncertain; true when that is new.
    pub(super) const fn doubt(&mut self, doubted: bool) -> bool {
        let new = self.doubted != doubted;
        self.doubted = doubted;
        new
    }

    /// Only the newest visit can be open, and it is while a presence lives; false when nothing changes.
    pub(super) fn settle(&mut self, is_newest: bool) -> bool {
        let before = self.visit.ended;
        let can_open = is_newest && self.visit.withdrawn.is_none();
        self.visit.ended = match before {
            None if can_open => None,
            Some(_) if can_open && !self.visit.live.is_empty() => None,
            _ => Some(self.visit.last_heard),
        };
        self.visit.ended != before
    }

    /// Lets no presence that was given up go on any more.
    pub(super) fn let_go(&mut self) {
        for standing in self.past.values_mut() {
            *standing = Standing::Left(standing.at());
        }
    }

    /// Ends the visit for good.
    pub(super) fn withdraw(&mut self, at: Timestamp) {
        let live = std::mem::take(&mut self.visit.live);
        self.past.extend(live.iter().map(|live| (PresenceKey::from(live), Standing::Left(live.heard))));
        self.visit.withdrawn = Some(at);
        self.visit.ended = Some(self.visit.last_heard);
    }

    /// Takes in another visit of the same customer.
    pub(super) fn absorb(&mut self, other: Self) {
        let part = other.visit;
        let part_is_later = part.began > self.visit.began;
        let visit = &mut self.visit;
        visit.began = visit.began.min(part.began);
        visit.last_heard = visit.last_heard.max(part.last_heard);
        visit.trace.absorb(part.trace);
        visit.stays = visit.trace.stays();
        visit.orders.extend(part.orders);
        till::sort(&mut visit.orders);
        visit.live.extend(part.live);
        self.past.extend(other.past);
        if part.ended.is_none() {
            visit.ended = None;
        }
        let mine = (std::mem::take(&mut visit.greeted), std::mem::take(&mut visit.feedback), visit.outcome);
        let others = (part.greeted, part.feedback, part.outcome);
        let (first, then) = if part_is_later { (mine, others) } else { (others, mine) };
        visit.greeted = first.0;
        visit.greeted.retain(|associate| !then.0.contains(associate));
        visit.greeted.extend(then.0);
        visit.feedback = first.1;
        visit.feedback.retain(|(id, _)| !then.1.iter().any(|(later, _)| later == id));
        visit.feedback.extend(then.1);
        visit.outcome = then.2.or(first.2);
    }

    /// The record that tells where this visit went: it holds nothing else any more.
    pub(super) fn as_part_of(&self, into: VisitId) -> Visit {
        let Visit { id, customer, store, began, last_heard, .. } = &self.visit;
        Visit {
            last_heard: *last_heard,
            ended: Some(*last_heard),
            merged_into: Some(into),
            ..Visit::new(*id, customer.clone(), store.clone(), *began)
        }
    }
}

fn is(live: &LivePresence, key: &PresenceKey) -> bool {
    live.token == key.token && live.boot == key.boot && live.agent == key.agent
}
