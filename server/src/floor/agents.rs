//! The agents of one shop: their streams and how they are doing.
//!
//! What their silence means for visits is the domain's rule; this desk tells it when an agent is connected, gone,
//! hearing or blind. A short break of the line is not told: rows would flicker at every reconnect.

use std::collections::BTreeMap;

use shopbell_domain::{
    id::{AgentId, BootId},
    time::Timestamp,
    visit::ShopVisits,
};
use shopbell_proto::convert::edge::{AgentInstant, Greeting, Pulse, RadioHealth};
use tokio_util::sync::CancellationToken;

use super::handle::{AgentReport, AgentStream, ShopError, StreamId};
use crate::{config::Limits, shops::Shop};

#[derive(Debug, Default)]
struct Agent {
    stream: Option<(StreamId, CancellationToken)>,
    boot: Option<BootId>,
    version: String,
    last_seen: Option<Timestamp>,
    /// When the last stream ended.
    ended: Option<Timestamp>,
    blind: bool,
    clock_skew_ms: i64,
    outbox_events: u64,
    dropped_events: u64,
    /// When the visits were told that it is connected; `None` while they believe that it is not.
    told_connected: Option<Timestamp>,
    /// When its radio was back last.
    hearing_since: Option<Timestamp>,
}

/// All agents that were heard of since the start.
#[derive(Debug)]
pub(super) struct AgentDesk {
    agents: BTreeMap<AgentId, Agent>,
    streams: u64,
    limits: Limits,
}

impl AgentDesk {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { agents: BTreeMap::new(), streams: 0, limits }
    }

    /// A stream opens; the older one of the same agent is cancelled. Also whether the agent's wall clock is far off.
    pub(super) fn hello(
        &mut self,
        id: &AgentId,
        greeting: &Greeting,
        at: Timestamp,
        visits: &mut ShopVisits,
    ) -> (AgentStream, bool) {
        self.streams += 1;
        let (stream, superseded) = (StreamId(self.streams), CancellationToken::new());
        let agent = self.agents.entry(id.clone()).or_default();
        if let Some((_, older)) = agent.stream.replace((stream, superseded.clone())) {
            older.cancel();
        }
        agent.boot = Some(greeting.boot);
        agent.version = greeting.agent_version.chars().take(64).collect();
        agent.blind = false;
        agent.seen(greeting.sent_at, at);
        agent.tell(id, visits, at);
        let far_off = u128::from(agent.clock_skew_ms.unsigned_abs()) > self.limits.clock_skew.as_millis();
        (AgentStream { id: stream, superseded }, far_off)
    }

    /// A word of an agent on its stream; refused when a newer stream took over.
    pub(super) fn heard_of(
        &mut self,
        id: &AgentId,
        stream: StreamId,
        sent_at: AgentInstant,
        at: Timestamp,
        visits: &mut ShopVisits,
    ) -> Result<(), ShopError> {
        let agent = self.present(id, stream)?;
        agent.seen(sent_at, at);
        if agent.told_connected.is_none() {
            agent.tell(id, visits, at);
        }
        Ok(())
    }

    pub(super) fn pulse(
        &mut self,
        id: &AgentId,
        stream: StreamId,
        pulse: &Pulse,
        at: Timestamp,
        visits: &mut ShopVisits,
    ) -> Result<(), ShopError> {
        self.heard_of(id, stream, pulse.sent_at, at, visits)?;
        let agent = self.present(id, stream)?;
        agent.outbox_events = pulse.outbox_events;
        agent.dropped_events = pulse.drops.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count));
        match pulse.radio {
            RadioHealth::Blind => agent.blind = true,
            RadioHealth::Hearing => {
                if std::mem::take(&mut agent.blind) {
                    agent.hearing_since = Some(at);
                }
            }
            RadioHealth::Unknown => return Ok(()),
        }
        agent.tell_radio(id, visits, at);
        Ok(())
    }

    /// A stream ended; nothing happens when a newer one took over.
    pub(super) fn gone(&mut self, id: &AgentId, stream: StreamId, at: Timestamp) {
        if let Ok(agent) = self.present(id, stream) {
            agent.stream = None;
            agent.ended = Some(at);
        }
    }

    /// Tells the visits of agents that are gone or silent by now.
    pub(super) fn tick(&mut self, now: Timestamp, visits: &mut ShopVisits) {
        for (id, agent) in &mut self.agents {
            let seen = agent.last_seen.unwrap_or(now);
            let gone_since = match (&agent.stream, agent.ended) {
                (None, Some(ended)) if now.since(ended) >= self.limits.agent_gone => ended,
                (Some(_), _) if now.since(seen) >= self.limits.agent_late => seen,
                _ => continue,
            };
            if agent.told_connected.take().is_some() {
                tracing::info!(agent = %id, "an agent is silent");
                visits.agent_gone(id, gone_since);
            }
        }
    }

    /// Tells visits that were loaded anew all that is known, and since when: their silence counts on.
    pub(super) fn retell(&mut self, visits: &mut ShopVisits) {
        for (id, agent) in &mut self.agents {
            let Some(since) = agent.told_connected else { continue };
            agent.tell(id, visits, since);
            if let Some(back) = agent.hearing_since.filter(|_| !agent.blind) {
                visits.agent_blind(id, back);
                visits.agent_hearing(id, back);
            }
        }
    }

    /// How all agents of the shop are doing.
    pub(super) fn report(&self, shop: &Shop) -> Vec<AgentReport> {
        let unknown = Agent::default();
        let report = |id: &AgentId| {
            let agent = self.agents.get(id).unwrap_or(&unknown);
            AgentReport {
                agent: id.clone(),
                last_seen: agent.last_seen,
                connected: agent.stream.is_some(),
                blind: agent.blind,
                version: agent.version.clone(),
                clock_skew_ms: agent.clock_skew_ms,
                outbox_events: agent.outbox_events,
                dropped_events: agent.dropped_events,
            }
        };
        shop.agents.keys().map(report).collect()
    }

    fn present(&mut self, id: &AgentId, stream: StreamId) -> Result<&mut Agent, ShopError> {
        let same = |agent: &&mut Agent| agent.stream.as_ref().is_some_and(|(present, _)| *present == stream);
        self.agents.get_mut(id).filter(same).ok_or(ShopError::Superseded)
    }
}

impl Agent {
    fn seen(&mut self, sent_at: AgentInstant, at: Timestamp) {
        self.last_seen = Some(at);
        self.clock_skew_ms = sent_at.wall.as_millis().saturating_sub(at.as_millis());
    }

    fn tell(&mut self, id: &AgentId, visits: &mut ShopVisits, at: Timestamp) {
        if let Some(boot) = self.boot {
            visits.agent_booted(id, boot, at);
        }
        visits.agent_connected(id, at);
        self.told_connected = Some(at);
        self.tell_radio(id, visits, at);
    }

    fn tell_radio(&self, id: &AgentId, visits: &mut ShopVisits, at: Timestamp) {
        if self.blind { visits.agent_blind(id, at) } else { visits.agent_hearing(id, at) }
    }
}
