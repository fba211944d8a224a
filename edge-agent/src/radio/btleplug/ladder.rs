//! What to do about silence: a pure policy.
//!
//! A radio that has died looks like a shop without phones: BlueZ says nothing when its daemon restarts, the adapter
//! goes away or the bus is lost. So silence of *all* devices is the alarm, and the answers grow stronger:
//!
//! ```text
//!  hearing --rescan_after--> rescan --reconnect_after--> reconnect (again at every failure) --dead_after--> give up
//!     ^                         |                           |
//!     +------- any advertisement +---------------------------+
//! ```
//!
//! Traps that others fell into: the silence counts from the start too (dead from the beginning); each step is taken once
//! per silence, not again and again; and an adapter that has just come back gets time to be heard before anybody gives
//! up, yet not for ever. Source of the steps: `habluetooth`, and BlueZ issue 1554.

use std::time::Duration;

/// When each step is due, as silence of all devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LadderPolicy {
    /// Start the scan again.
    pub rescan_after: Duration,
    /// Make a new connection to Bluetooth.
    pub reconnect_after: Duration,
    /// Give up, so that the process is started again.
    pub dead_after: Duration,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Start the scan again on the same connection.
    Rescan,
    /// Make a new connection, and look the adapter up again.
    Reconnect,
    /// Give up.
    GiveUp,
}

/// The state of one silence. Times are of any clock that never steps.
#[derive(Debug, Clone)]
pub struct Ladder {
    policy: LadderPolicy,
    silent_since: Duration,
    taken: Option<Step>,
    /// When to give up.
    dead_at: Duration,
}

impl Ladder {
    /// Silence counts from `now`.
    pub const fn new(policy: LadderPolicy, now: Duration) -> Self {
        Self { policy, silent_since: now, taken: None, dead_at: now.saturating_add(policy.dead_after) }
    }

    /// Some device was heard.
    pub const fn heard(&mut self, now: Duration) {
        *self = Self::new(self.policy, now);
    }

    /// A new connection scans. It gets as much time as any silence has before the first step, but the whole silence
    /// lasts at most twice as long as it may.
    pub fn reopened(&mut self, now: Duration) {
        if self.silence(now) >= self.policy.rescan_after {
            self.taken = self.taken.max(Some(Step::Reconnect));
        }
        let latest = self.silent_since.saturating_add(self.policy.dead_after * 2);
        self.dead_at = self.dead_at.max((now + self.policy.rescan_after).min(latest));
    }

    /// How long nothing was heard.
    pub const fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.silent_since)
    }

    /// The strongest step that is due and was not taken in this silence.
    pub fn due(&mut self, now: Duration) -> Option<Step> {
        let silence = self.silence(now);
        let step = match silence {
            _ if now >= self.dead_at => Step::GiveUp,
            _ if silence >= self.policy.reconnect_after => Step::Reconnect,
            _ if silence >= self.policy.rescan_after => Step::Rescan,
            _ => return None,
        };
        if self.taken >= Some(step) {
            return None;
        }
        self.taken = Some(step);
        Some(step)
    }

    /// Whether it is time to give up, for loops that reconnect at every failure.
    pub fn is_dead(&self, now: Duration) -> bool {
        now >= self.dead_at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const POLICY: LadderPolicy =
        LadderPolicy { rescan_after: s(90), reconnect_after: s(150), dead_after: s(300) };

    #[test]
    fn steps_come_in_order_and_once() {
        let mut ladder = Ladder::new(POLICY, s(1_000));
        let taken: Vec<_> =
            (1_000..1_400).filter_map(|at| ladder.due(s(at)).map(|step| (at, step))).collect();
        assert_eq!(taken, [(1_090, Step::Rescan), (1_150, Step::Reconnect), (1_300, Step::GiveUp)]);
    }

    #[test]
    fn hearing_starts_anew() {
        let mut ladder = Ladder::new(POLICY, s(0));
        assert_eq!(ladder.due(s(149)), Some(Step::Rescan));
        ladder.heard(s(149));
        assert_eq!(ladder.due(s(150)), None, "a new silence");
        assert_eq!(ladder.due(s(239)), Some(Step::Rescan));
    }

    #[test]
    fn an_adapter_that_came_back_gets_time_but_not_for_ever() {
        let mut ladder = Ladder::new(POLICY, s(0));
        ladder.reopened(s(290));
        assert_eq!(ladder.due(s(291)), None, "it has just been reconnected");
        assert!(!ladder.is_dead(s(379)) && ladder.is_dead(s(380)));
        for at in (300..1_000).step_by(10) {
            ladder.reopened(s(at));
        }
        assert!(!ladder.is_dead(s(599)));
        assert_eq!(ladder.due(s(600)), Some(Step::GiveUp));
    }

    proptest! {
        #[test]
        fn whoever_looks_rarely_still_gives_up(looks in prop::collection::vec(1_u64..400, 1..50)) {
            let mut ladder = Ladder::new(POLICY, s(0));
            let (mut now, mut steps) = (0, Vec::new());
            for wait in looks {
                now += wait;
                steps.extend(ladder.due(s(now)));
            }
            prop_assert!(steps.is_sorted_by(|a, b| a < b), "stronger each time: {steps:?}");
            prop_assert_eq!(steps.contains(&Step::GiveUp), now >= 300);
            prop_assert_eq!(ladder.is_dead(s(now)), now >= 300);
        }
    }
}
