//! The bounded queue between the Bluetooth stack and the detector: when it is full the oldest advertisement goes, since
//! the newest says most about who is here. What the radio says of itself is never dropped.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::{
    health::{Drop, Health},
    radio::Heard,
};

/// Shared by the driver, which pushes, and the radio, which pops.
#[derive(Debug)]
pub struct HeardQueue {
    queue: Mutex<VecDeque<Heard>>,
    filled: Notify,
    capacity: usize,
    health: Arc<Health>,
}

impl HeardQueue {
    /// Holds at most `capacity` advertisements.
    pub fn new(capacity: usize, health: Arc<Health>) -> Self {
        Self { queue: Mutex::default(), filled: Notify::new(), capacity, health }
    }

    /// Appends; drops and counts the oldest advertisement when there is no room.
    pub fn push(&self, heard: Heard) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= self.capacity {
            let oldest = queue.iter().position(|heard| matches!(heard, Heard::Frame(_)));
            if oldest.and_then(|at| queue.remove(at)).is_some() {
                self.health.dropped(Drop::RadioQueueFull, 1);
            }
        }
        queue.push_back(heard);
        drop(queue);
        self.filled.notify_one();
    }

    /// Takes the first; waits for one. There is one reader.
    pub async fn pop(&self) -> Heard {
        loop {
            let first = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match first {
                Some(heard) => return heard,
                None => self.filled.notified().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::radio::{AdBytes, Frame};

    fn frame(uptime_ms: u64) -> Heard {
        let uptime = Duration::from_millis(uptime_ms);
        Heard::Frame(Frame { uptime, rssi: None, ad: AdBytes::new(&[]), scan_response: false })
    }

    #[tokio::test]
    async fn the_oldest_advertisement_goes_and_is_counted() {
        let health = Arc::new(Health::default());
        let queue = HeardQueue::new(3, Arc::clone(&health));
        queue.push(Heard::Blind("no adapter".to_owned()));
        (1..=4).for_each(|at| queue.push(frame(at)));
        assert_eq!(queue.pop().await, Heard::Blind("no adapter".to_owned()));
        assert_eq!(queue.pop().await, frame(3));
        assert_eq!(queue.pop().await, frame(4));
        assert_eq!(health.snapshot().drops, [("radio_queue_full", 2)]);
    }
}
