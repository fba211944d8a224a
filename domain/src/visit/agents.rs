//! What the shop's agents are doing: whether their silence means that a customer is gone.

use std::collections::HashMap;

use super::{LivePresence, VisitPolicy};
use crate::{
    id::{AgentId, BootId},
    time::Timestamp,
};

/// What is known of one agent.
#[derive(Debug, Default)]
struct Agent {
    /// The present boot, and when it said hello first.
    boot: Option<(BootId, Timestamp)>,
    /// Since when it is connected, or since when it is not.
    line: Option<Line>,
    /// Since when its radio is down.
    blind: Option<Timestamp>,
    /// When its radio was back last.
    hearing: Timestamp,
}

#[derive(Debug, Clone, Copy)]
enum Line {
    Up(Timestamp),
    Down(Timestamp),
}

/// The agents of one shop, as far as they were heard of.
#[derive(Debug, Default)]
pub(super) struct Agents(HashMap<AgentId, Agent>);

impl Agents {
    fn of(&mut self, agent: &AgentId) -> &mut Agent {
        self.0.entry(agent.clone()).or_default()
    }

    pub(super) fn booted(&mut self, agent: &AgentId, boot: BootId, at: Timestamp) {
        let known = self.of(agent);
        if known.boot.is_none_or(|(present, _)| present != boot) {
            known.boot = Some((boot, at));
            known.blind = None;
        }
    }

    pub(super) fn connected(&mut self, agent: &AgentId, at: Timestamp) {
        self.of(agent).line = Some(Line::Up(at));
    }

    pub(super) fn gone(&mut self, agent: &AgentId, at: Timestamp) {
        let known = self.of(agent);
        if !matches!(known.line, Some(Line::Down(_))) {
            known.line = Some(Line::Down(at));
        }
    }

    pub(super) fn blind(&mut self, agent: &AgentId, at: Timestamp) {
        self.of(agent).blind.get_or_insert(at);
    }

    pub(super) fn hearing(&mut self, agent: &AgentId, at: Timestamp) {
        let known = self.of(agent);
        if known.blind.take().is_some() {
            known.hearing = at;
        }
    }

    /// Whether a presence is to be given up.
    pub(super) fn is_over(&self, presence: &LivePresence, now: Timestamp, policy: &VisitPolicy) -> bool {
        let settings = policy.settings();
        let lost = |since: Timestamp| now > since.max(presence.heard) + settings.lost_after;
        let Some(agent) = self.0.get(&presence.agent) else {
            return lost(presence.heard);
        };
        if let Some((boot, hello)) = agent.boot
            && boot != presence.boot
            && now > hello + settings.confirm_within
        {
            return true;
        }
        match (agent.line, agent.blind) {
            (Some(Line::Up(_)), Some(blind)) => lost(blind),
            (Some(Line::Up(since)), None) => {
                now > presence.heard.max(since).max(agent.hearing) + settings.silent_after
            }
            (Some(Line::Down(since)), _) => lost(since),
            (None, _) => lost(presence.heard),
        }
    }

    /// Whether there are presences, and no agent that could tell if they still last.
    pub(super) fn all_unsure(&self, presences: &[LivePresence]) -> bool {
        !presences.is_empty() && !presences.iter().any(|presence| self.is_sure(presence))
    }

    fn is_sure(&self, presence: &LivePresence) -> bool {
        self.0.get(&presence.agent).is_some_and(|agent| {
            matches!(agent.line, Some(Line::Up(_)))
                && agent.blind.is_none()
                && agent.boot.is_none_or(|(boot, _)| boot == presence.boot)
        })
    }
}
