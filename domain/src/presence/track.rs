//! What is remembered of one token: its last sightings and gaps, in fixed room.

use std::time::Duration;

use super::{PresenceKind, PresencePolicy, PresenceSettings};
use crate::signal::{Carrier, Dbm, Sighting};

/// Sightings kept for counting and smoothing: enough for the re-entry gate's 2 x 8.
const KEPT_SIGHTINGS: usize = 16;
/// Gaps kept for learning.
const KEPT_GAPS: usize = 16;

/// A ring of fixed size; the newest push out the oldest.
#[derive(Debug, Clone, Copy)]
struct Ring<T, const N: usize> {
    items: [T; N],
    len: usize,
    next: usize,
}

impl<T: Copy, const N: usize> Ring<T, N> {
    const fn new(filler: T) -> Self {
        Self { items: [filler; N], len: 0, next: 0 }
    }

    fn push(&mut self, item: T) {
        if let Some(slot) = self.items.get_mut(self.next) {
            *slot = item;
        }
        self.next = (self.next + 1) % N;
        self.len = (self.len + 1).min(N);
    }

    /// In no order.
    fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().take(self.len)
    }
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Heard, not yet by the enter rule.
    Candidate,
    /// Entered.
    Here {
        /// When it was last reported.
        reported: Duration,
    },
    /// Left.
    Left {
        /// When that was said.
        at: Duration,
    },
}

/// What a token must pass to enter.
#[derive(Debug, Clone, Copy)]
enum Gate {
    /// The enter rule.
    Open,
    /// The enter rule and more, for it left a short while ago.
    Reentry,
}

/// One token. All times are listening time (see [`super::PresenceTable`]) but for `last_uptime`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    stage: Stage,
    pub(super) carrier: Carrier,
    /// When last heard.
    pub(super) last: Duration,
    /// When last heard, on the agent's clock.
    pub(super) last_uptime: Duration,
    /// Where the token stands in the table's queue.
    pub(super) queued_at: Duration,
    /// As last reported.
    reported_rssi: Option<Dbm>,
    sightings: Ring<(Duration, Option<Dbm>), KEPT_SIGHTINGS>,
    gaps: Ring<Duration, KEPT_GAPS>,
}

impl Track {
    pub(super) const fn new(now: Duration, uptime: Duration, carrier: Carrier) -> Self {
        Self {
            stage: Stage::Candidate,
            carrier,
            last: now,
            last_uptime: uptime,
            queued_at: now,
            reported_rssi: None,
            sightings: Ring::new((Duration::ZERO, None)),
            gaps: Ring::new(Duration::ZERO),
        }
    }

    pub(super) const fn is_here(&self) -> bool {
        matches!(self.stage, Stage::Here { .. })
    }

    /// Takes in one more sighting.
    pub(super) fn hear(&mut self, now: Duration, uptime: Duration, sighting: &Sighting) {
        if self.sightings.len > 0 {
            self.gaps.push(now.saturating_sub(self.last));
        }
        self.last = now;
        self.last_uptime = uptime;
        self.carrier = sighting.carrier;
        self.sightings.push((now, sighting.rssi));
    }

    /// Moves on after a sighting at `now`, and says what is to be reported.
    pub(super) fn advance(&mut self, now: Duration, policy: &PresencePolicy) -> Option<(PresenceKind, Dbm)> {
        let settings = policy.settings();
        let kind = match self.stage {
            Stage::Here { reported } if !self.is_news(now.saturating_sub(reported), settings) => return None,
            Stage::Here { .. } => PresenceKind::StillHere,
            Stage::Candidate => {
                self.may_enter(now, settings, Gate::Open)?;
                PresenceKind::Entered
            }
            Stage::Left { at } => {
                let gate = now.saturating_sub(at) < settings.reentry_for;
                self.may_enter(now, settings, if gate { Gate::Reentry } else { Gate::Open })?;
                PresenceKind::Entered
            }
        };
        self.stage = Stage::Here { reported: now };
        self.report_rssi(settings).map(|rssi| (kind, rssi))
    }

    /// Whether a token that is here is to be reported again, so long after the last report.
    fn is_news(&self, since: Duration, settings: &PresenceSettings) -> bool {
        if since >= settings.still_here_every {
            return true;
        }
        if since < settings.moved_every {
            return false;
        }
        let smoothed = self.smooth(self.last, settings.smooth_over);
        smoothed.zip(self.reported_rssi).is_some_and(|(now, reported)| {
            i16::from(now.get()).abs_diff(reported.get().into()) >= u16::from(settings.moved_db)
        })
    }

    /// The token fell silent; its signal strength when last heard.
    pub(super) fn leave(&mut self, now: Duration, policy: &PresencePolicy) -> Option<Dbm> {
        self.stage = Stage::Left { at: now };
        self.report_rssi(policy.settings())
    }

    fn may_enter(&self, now: Duration, settings: &PresenceSettings, gate: Gate) -> Option<()> {
        let rssi = self.smooth(now, settings.smooth_over)?.get();
        let heard = self.heard_within(settings.enter_within, now);
        let needed = usize::from(settings.enter_sightings);
        let gain = i16::from(settings.reentry_gain_db);
        let enough = match gate {
            Gate::Open => heard >= needed,
            Gate::Reentry => {
                let strong = i16::from(rssi) >= i16::from(settings.enter_rssi.get()) + gain;
                heard >= 2 * needed || (heard >= needed && strong)
            }
        };
        (enough && rssi >= settings.enter_rssi.get()).then_some(())
    }

    fn report_rssi(&mut self, settings: &PresenceSettings) -> Option<Dbm> {
        self.reported_rssi = self.smooth(self.last, settings.smooth_over).or(self.reported_rssi);
        self.reported_rssi
    }

    /// Sightings heard within `window` before `now`.
    fn heard_within(&self, window: Duration, now: Duration) -> usize {
        self.sightings.iter().filter(|(at, _)| now.saturating_sub(*at) <= window).count()
    }

    /// The second longest of the last gaps; `None` with fewer than four.
    ///
    /// Phones are heard in bursts: with the median, a phone heard three times in a row every 90 s would count as one
    /// that is heard every second. Leaving out the longest forgives one walk behind a wall.
    pub(super) fn learned_gap(&self) -> Option<Duration> {
        let (mut longest, mut second) = (Duration::ZERO, Duration::ZERO);
        for gap in self.gaps.iter() {
            if *gap >= longest {
                (longest, second) = (*gap, longest);
            } else if *gap > second {
                second = *gap;
            }
        }
        (self.gaps.len >= 4).then_some(second)
    }

    /// The mean of the readings of the window inside Tukey's fences (quartiles -+ 1.5 times their distance).
    fn smooth(&self, now: Duration, window: Duration) -> Option<Dbm> {
        let mut values = [0_i16; KEPT_SIGHTINGS];
        let mut len = 0;
        let in_window = self.sightings.iter().filter(|(at, _)| now.saturating_sub(*at) <= window);
        for (slot, rssi) in values.iter_mut().zip(in_window.filter_map(|(_, rssi)| *rssi)) {
            *slot = i16::from(rssi.get());
            len += 1;
        }
        let values = values.get_mut(..len)?;
        values.sort_unstable();
        tukey_mean(values).and_then(Dbm::new)
    }
}

/// `sorted` rises. Empty gives `None`; rounds towards the weaker value, so that smoothing never lets a token in.
fn tukey_mean(sorted: &[i16]) -> Option<i16> {
    let last = sorted.len().checked_sub(1)?;
    // Quartiles outwards, so that two readings are both inside.
    let (lower, upper) = (*sorted.get(last / 4)?, *sorted.get(last - last / 4)?);
    let reach = (upper - lower) * 3 / 2;
    let inside = sorted.iter().filter(|value| (lower - reach..=upper + reach).contains(*value));
    let (sum, count) = inside.fold((0_i16, 0_i16), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum.div_euclid(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::PresenceToken;

    #[test]
    fn the_mean_leaves_out_reflections() {
        assert_eq!(tukey_mean(&[]), None);
        assert_eq!(tukey_mean(&[-70]), Some(-70));
        assert_eq!(tukey_mean(&[-81, -80]), Some(-81), "rounded to the weaker");
        assert_eq!(
            tukey_mean(&[-90, -90, -89, -88, -88, -30]),
            Some(-89),
            "one reflection counts for nothing"
        );
    }

    #[test]
    fn the_learned_gap_sees_bursts_and_forgives_one_silence() {
        let mut track = Track::new(Duration::ZERO, Duration::ZERO, Carrier::ServiceData);
        let mut now = Duration::ZERO;
        let mut after = |secs: u64| {
            now += Duration::from_secs(secs);
            let token = PresenceToken([0; 16]);
            let carrier = Carrier::ServiceData;
            track.hear(now, now, &Sighting { token, uptime: now, rssi: None, carrier });
            track.learned_gap()
        };
        assert_eq!(after(0), None);
        for _ in 0..4 {
            after(1);
            after(1);
            after(90);
        }
        assert_eq!(after(200), Some(Duration::from_secs(90)), "bursts every 90 s; 200 s happened once");
        for _ in 0..KEPT_GAPS {
            after(1);
        }
        assert_eq!(after(1), Some(Duration::from_secs(1)), "only the last 16 count");
    }
}
