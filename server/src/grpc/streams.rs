//! How many streams one caller may have open: a newer one takes the place of the oldest.
//!
//! So a caller whose line broke without a word is back at once, while its dead streams still seem to stand, and who has
//! stolen a token cannot hold more of the server than its owner.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;
use tonic::Status;

type Live<K> = HashMap<K, VecDeque<CancellationToken>>;

/// The open streams of one kind, by caller. Cheap to clone.
#[derive(Debug)]
pub(super) struct Streams<K> {
    live: Arc<Mutex<Live<K>>>,
    limit: usize,
    setting: &'static str,
}

/// One open stream; its place is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place<K: Eq + Hash> {
    live: Arc<Mutex<Live<K>>>,
    caller: K,
    taken: CancellationToken,
    limit: usize,
    setting: &'static str,
}

fn locked<K>(live: &Mutex<Live<K>>) -> MutexGuard<'_, Live<K>> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone> Streams<K> {
    /// At most `limit` for each caller, as `setting` says.
    pub(super) fn new(limit: usize, setting: &'static str) -> Self {
        Self { live: Arc::default(), limit, setting }
    }

    /// A place for a caller's new stream.
    pub(super) fn open(&self, caller: K) -> Place<K> {
        let taken = CancellationToken::new();
        let mut live = locked(&self.live);
        let streams = live.entry(caller.clone()).or_default();
        streams.push_back(taken.clone());
        while streams.len() > self.limit {
            if let Some(oldest) = streams.pop_front() {
                oldest.cancel();
            }
        }
        Place { live: Arc::clone(&self.live), caller, taken, limit: self.limit, setting: self.setting }
    }
}

impl<K: Eq + Hash> Place<K> {
    /// Waits until a newer stream has taken the place; what to tell the caller then.
    pub(super) async fn taken(&self) -> Status {
        self.taken.cancelled().await;
        Status::resource_exhausted(format!(
            "this token has more than {} streams open ({}): a newer one took the place of this one",
            self.limit, self.setting
        ))
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        // Only this place is marked, so that it is known from those of the same caller.
        self.taken.cancel();
        let mut live = locked(&self.live);
        if let Some(streams) = live.get_mut(&self.caller) {
            streams.retain(|stream| !stream.is_cancelled());
            if streams.is_empty() {
                live.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn the_newest_take_the_place_of_the_oldest_and_callers_do_not_meet() {
        let streams = Streams::new(2, "limits.test");
        let (first, second, other) = (streams.open("ines"), streams.open("ines"), streams.open("tom"));
        assert!(first.taken().now_or_never().is_none());
        let third = streams.open("ines");
        let status = first.taken().now_or_never().unwrap();
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
        assert!(status.message().contains("limits.test"), "{status:?}");
        drop(first);
        assert!(second.taken().now_or_never().is_none() && third.taken().now_or_never().is_none());
        drop(second);
        let fourth = streams.open("ines");
        assert!(third.taken().now_or_never().is_none(), "a place that is free again");
        assert!(other.taken().now_or_never().is_none());
        drop((third, fourth, other));
        assert!(locked(&streams.live).is_empty(), "nothing is kept of those who are gone");
    }
}
