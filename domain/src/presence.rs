//! One token at one agent: a pure state machine.
//!
//! ```text
//!            2 sightings in 10 s, smoothed RSSI >= -80 dBm
//!  unknown ------------------------------------------------> here --+
//!     ^  ^                                                    |  ^  | still here, once a minute or when it moves
//!     |  |                                                    |  +--+
//!     |  +--- forgotten after `forget_after` --- left <-------+
//!     |                                            |    silence of max(120 s, 3 x learned gap), at most 300 s
//!     +--------- re-entry gate: enter rule with RSSI 6 dB stronger, for a while after leaving
//! ```
//!
//! *Blind is not gone*: while the radio is down ([`PresenceTable::blind`]), exit timers stand still. To that end the
//! table counts in *listening time*: uptime less all blind time.
//!
//! Invariants: nothing is kept of a frame without a token; at most [`PresenceSettings::max_tokens`] tokens are held, the
//! longest silent one that is not here goes first, and one that is here is never pushed out; time is the agent's
//! uptime, so a stepping wall clock changes nothing.
//!
//! Cost: a sighting is one look-up in a hash map; the queue of exits is touched once a minute and token, not at each
//! sighting (an entry that comes due too early is put back).
//!
//! Signal strength is smoothed by the mean inside Tukey's fences over the last 15 s (at most 16 readings): over time
//! and not over frames, since one phone is heard ten times a second and another every ten seconds; with fences, since
//! one reflection can be 20 dB off. A sighting without a reading counts as heard and not as strong: what was never
//! measured does not enter, for it may be in the street.

mod policy;
mod track;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use serde::{Deserialize, Serialize};

pub use self::policy::{InvalidPolicy, PresencePolicy, PresenceSettings};
use self::track::Track;
use crate::{
    signal::{Carrier, Dbm, Sighting},
    token::PresenceToken,
};

/// The ways a presence can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PresenceKind {
    /// In range by the enter rule.
    Entered,
    /// Still heard.
    StillHere,
    /// Fell silent.
    Left,
}

/// What the machine says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Which token.
    pub token: PresenceToken,
    /// What happened.
    pub kind: PresenceKind,
    /// When: for `Left`, when it was last heard.
    pub uptime: Duration,
    /// Smoothed signal strength.
    pub rssi: Dbm,
    /// How it was carried last.
    pub carrier: Carrier,
}

/// What the table did not keep, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PresenceCounts {
    /// Tokens pushed out by newer ones before they entered or after they left.
    pub evicted: u64,
    /// Sightings of new tokens that found the table full of tokens that are here.
    pub refused: u64,
}

/// All tokens that one agent hears.
#[derive(Debug)]
pub struct PresenceTable {
    policy: PresencePolicy,
    tracks: HashMap<PresenceToken, Track>,
    /// Tokens that are here, by when their silence is to be looked at: never later than they may be due.
    exits: BTreeSet<(Duration, PresenceToken)>,
    /// Tokens that are not here, by when they were last heard or left.
    idle: BTreeSet<(Duration, PresenceToken)>,
    clock: ListeningClock,
    counts: PresenceCounts,
}

impl PresenceTable {
    /// An empty table of an agent that is listening.
    pub fn new(policy: PresencePolicy) -> Self {
        Self {
            policy,
            tracks: HashMap::new(),
            exits: BTreeSet::new(),
            idle: BTreeSet::new(),
            clock: ListeningClock::default(),
            counts: PresenceCounts::default(),
        }
    }

    /// Takes in one sighting; says so when the token entered by it, or when it is time to report that it is still
    /// here. A sighting that is older than the newest one counts as heard with it.
    pub fn hear(&mut self, sighting: &Sighting) -> Option<Presence> {
        let now = self.clock.listening(sighting.uptime);
        let uptime = self.clock.uptime;
        let token = sighting.token;
        if !self.tracks.contains_key(&token) && !self.make_room(now, sighting) {
            return None;
        }
        let track = self.tracks.get_mut(&token)?;
        let (was_here, was_queued_at) = (track.is_here(), track.queued_at);
        track.hear(now, uptime, sighting);
        let said = track.advance(now, &self.policy);
        let is_here = track.is_here();
        track.queued_at = match (was_here, is_here) {
            // The queued look stays right while it is not after the earliest possible exit.
            (true, true) => was_queued_at.min(now + self.policy.settings().exit_min),
            (false, true) => now + self.policy.settings().exit_min,
            (_, false) => now,
        };
        let queued_at = track.queued_at;
        if (was_here, was_queued_at) != (is_here, queued_at) {
            self.queue(was_here).remove(&(was_queued_at, token));
            self.queue(is_here).insert((queued_at, token));
        }
        let (kind, rssi) = said?;
        Some(Presence { token, kind, uptime, rssi, carrier: sighting.carrier })
    }

    /// Says which tokens have left by now, and forgets those that are long silent.
    pub fn tick(&mut self, uptime: Duration) -> Vec<Presence> {
        let now = self.clock.listening(uptime);
        self.forget(now);
        let mut left = Vec::new();
        while let Some((_, token)) = self.exits.first().copied().filter(|(due, _)| *due <= now) {
            self.exits.pop_first();
            let Some(track) = self.tracks.get_mut(&token) else { continue };
            let exit_at = track.last + self.policy.exit_after(track.learned_gap());
            if exit_at > now {
                track.queued_at = exit_at;
                self.exits.insert((exit_at, token));
                continue;
            }
            track.queued_at = now;
            self.idle.insert((now, token));
            if let Some(rssi) = track.leave(now, &self.policy) {
                let (kind, uptime, carrier) = (PresenceKind::Left, track.last_uptime, track.carrier);
                left.push(Presence { token, kind, uptime, rssi, carrier });
            }
        }
        left
    }

    /// The radio is down from now on: silence means nothing until [`PresenceTable::hearing`].
    pub fn blind(&mut self, uptime: Duration) {
        self.clock.stop(uptime);
    }

    /// The radio hears again: exit timers go on where they stood.
    pub fn hearing(&mut self, uptime: Duration) {
        self.clock.go_on(uptime);
    }

    /// Whether the radio is down.
    pub const fn is_blind(&self) -> bool {
        self.clock.stopped
    }

    /// When [`PresenceTable::tick`] should be called at the latest, as uptime; `None` while nothing can leave.
    pub fn next_deadline(&self) -> Option<Duration> {
        let (due, _) = self.exits.first()?;
        (!self.clock.stopped).then(|| self.clock.uptime + due.saturating_sub(self.clock.listened))
    }

    /// How many tokens are held.
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Whether no token is held.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// How many tokens are here.
    pub fn here(&self) -> usize {
        self.exits.len()
    }

    /// What was not kept.
    pub const fn counts(&self) -> PresenceCounts {
        self.counts
    }

    fn queue(&mut self, is_here: bool) -> &mut BTreeSet<(Duration, PresenceToken)> {
        if is_here { &mut self.exits } else { &mut self.idle }
    }

    /// Makes a track for a new token; false when everything held is here.
    fn make_room(&mut self, now: Duration, sighting: &Sighting) -> bool {
        self.forget(now);
        if self.tracks.len() >= self.policy.settings().max_tokens {
            let Some((_, silent)) = self.idle.pop_first() else {
                self.counts.refused += 1;
                return false;
            };
            self.tracks.remove(&silent);
            self.counts.evicted += 1;
        }
        self.tracks.insert(sighting.token, Track::new(now, self.clock.uptime, sighting.carrier));
        self.idle.insert((now, sighting.token));
        true
    }

    /// Forgets tokens that are not here and were silent long enough.
    fn forget(&mut self, now: Duration) {
        let forget_after = self.policy.settings().forget_after;
        while let Some((_, token)) =
            self.idle.first().copied().filter(|(since, _)| *since + forget_after < now)
        {
            self.idle.pop_first();
            self.tracks.remove(&token);
        }
    }
}

/// Counts the time in which the radio hears.
#[derive(Debug, Default)]
struct ListeningClock {
    uptime: Duration,
    listened: Duration,
    stopped: bool,
}

impl ListeningClock {
    /// The listening time at this uptime; never runs backwards.
    fn listening(&mut self, uptime: Duration) -> Duration {
        let passed = uptime.saturating_sub(self.uptime);
        self.uptime += passed;
        if !self.stopped {
            self.listened += passed;
        }
        self.listened
    }

    fn stop(&mut self, uptime: Duration) {
        self.listening(uptime);
        self.stopped = true;
    }

    fn go_on(&mut self, uptime: Duration) {
        self.listening(uptime);
        self.stopped = false;
    }
}

#[cfg(test)]
mod tests;
