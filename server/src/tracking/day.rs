//! How much a source whose key everybody can read may tell in a day: what fills the disk is bounded, whoever sends it.
//!
//! Days are of UTC. What was told is remembered in memory only: a restart begins the day anew. The request that goes beyond is
//! still taken; the next one is not.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use shopbell_domain::{id::SourceId, time::Timestamp};

const DAY_MS: i64 = 86_400_000;

/// What each such source has told of its day.
#[derive(Debug)]
pub(super) struct Day {
    most: u64,
    told: Mutex<HashMap<SourceId, (i64, u64)>>,
}

impl Day {
    /// So many bytes for each source.
    pub(super) fn new(most: u64) -> Self {
        Self { most, told: Mutex::default() }
    }

    /// Counts what a source tells.
    pub(super) fn tell(&self, source: &SourceId, now: Timestamp, bytes: u64) {
        let today = day(now);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (day, sum) = told.entry(source.clone()).or_insert((today, 0));
        if *day != today {
            (*day, *sum) = (today, 0);
        }
        let before = *sum;
        *sum = sum.saturating_add(bytes);
        if before < self.most && *sum >= self.most {
            let (source, most) = (source.as_str(), self.most);
            tracing::warn!(source, most, "a source with a public key has told as much as it may today");
        }
    }

    /// Whether it may tell more today.
    pub(super) fn is_over(&self, source: &SourceId, now: Timestamp) -> bool {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(source).is_some_and(|(of, sum)| *of == day(now) && *sum >= self.most)
    }
}

/// How long the day still lasts.
pub(super) fn left(now: Timestamp) -> Duration {
    Timestamp::from_millis((day(now) + 1) * DAY_MS).since(now)
}

const fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lasts_until_the_next() {
        assert_eq!(left(Timestamp::from_millis(3 * DAY_MS)), Duration::from_secs(86_400));
        assert_eq!(left(Timestamp::from_millis(4 * DAY_MS - 1)), Duration::from_millis(1));
    }

    #[test]
    fn a_day_has_so_many_bytes_for_each_source_and_the_next_begins_anew() {
        let day = Day::new(100);
        let [web, app] = ["web", "app"].map(|id| SourceId::new(id).unwrap());
        let at = |days: i64, ms: i64| Timestamp::from_millis(days * DAY_MS + ms);
        day.tell(&web, at(3, 0), 99);
        assert!(!day.is_over(&web, at(3, 1)));
        day.tell(&web, at(3, 1), 1);
        assert!(day.is_over(&web, at(3, DAY_MS - 1)) && !day.is_over(&app, at(3, 1)));
        assert!(!day.is_over(&web, at(4, 0)));
        day.tell(&web, at(4, 0), 99);
        assert!(!day.is_over(&web, at(4, 0)));
        day.tell(&web, at(4, 0), u64::MAX);
        assert!(day.is_over(&web, at(4, 0)));
    }
}
