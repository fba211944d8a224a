//! Data keys that were used lately, so that not every read unwraps one. Bounded; second chance (Corbató 1968).

use std::collections::{HashMap, VecDeque};

use crate::key::{DataKey, KeyId};

pub(crate) struct Cache {
    keys: HashMap<KeyId, (DataKey, Chance)>,
    /// Who goes next. May name keys that are gone.
    queue: VecDeque<KeyId>,
    most: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chance {
    Used,
    Unused,
}

impl Cache {
    pub(crate) fn new(most: usize) -> Self {
        Self { keys: HashMap::new(), queue: VecDeque::new(), most }
    }

    pub(crate) fn get(&mut self, id: KeyId) -> Option<DataKey> {
        let (key, chance) = self.keys.get_mut(&id)?;
        *chance = Chance::Used;
        Some(key.clone())
    }

    pub(crate) fn put(&mut self, key: DataKey) {
        if self.most == 0 || self.keys.contains_key(&key.id()) {
            return;
        }
        while self.keys.len() >= self.most {
            self.evict_one();
        }
        // Removed keys leave their names behind; they go before the queue is twice as long as the cache.
        if self.queue.len() >= 2 * self.most {
            self.queue.retain(|id| self.keys.contains_key(id));
        }
        self.queue.push_back(key.id());
        self.keys.insert(key.id(), (key, Chance::Unused));
    }

    /// The key is wiped when nobody else holds it.
    pub(crate) fn remove(&mut self, id: KeyId) {
        self.keys.remove(&id);
    }

    fn evict_one(&mut self) {
        let Some(id) = self.queue.pop_front() else {
            self.keys.clear();
            return;
        };
        if let Some((_, chance)) = self.keys.get_mut(&id) {
            if *chance == Chance::Used {
                *chance = Chance::Unused;
                self.queue.push_back(id);
            } else {
                self.keys.remove(&id);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn key(slot: u32) -> DataKey {
        DataKey::new(KeyId { slot, generation: 1 }, Zeroizing::new([0; 32]))
    }

    #[test]
    fn a_key_that_is_used_stays_and_the_cache_keeps_its_bound() {
        let mut cache = Cache::new(4);
        for slot in 0..100 {
            cache.put(key(slot));
            assert!(cache.get(key(0).id()).is_some(), "evicted at {slot}");
            cache.remove(key(slot / 2 + 1).id());
            assert!(cache.len() <= 4 && cache.queue.len() <= 9, "{} {}", cache.len(), cache.queue.len());
        }
        assert!(cache.get(key(50).id()).is_none());
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let mut cache = Cache::new(0);
        cache.put(key(1));
        assert!(cache.get(key(1).id()).is_none());
    }
}
