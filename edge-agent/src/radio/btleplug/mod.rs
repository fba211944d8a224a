//! The Bluetooth adapter of this machine, through btleplug.
//!
//! btleplug's traps that are handled here, each where it belongs: the first advertisement of a device comes only
//! through its properties ([`driver`]); one advertisement is several events, and UUIDs pile up ([`join`]); adapters are
//! listed in random order, and calls can hang ([`adapter`]); the queue in front is without bound, so it is drained at
//! once into a bounded one ([`queue`]); and nothing is said when the adapter, the daemon or the bus goes away
//! ([`ladder`]).
//!
//! btleplug asks BlueZ for `Transport=auto`: on an adapter that also speaks classic Bluetooth, half of the air time is
//! lost to inquiry. Set `ControllerMode = le` in `/etc/bluetooth/main.conf`.

pub mod adapter;
mod driver;
pub mod join;
pub mod ladder;
pub mod queue;

use std::sync::Arc;

use async_trait::async_trait;
use shopbell_domain::time::Clock;
use shopbell_kit::lifecycle::Tasks;

use self::{driver::Driver, ladder::LadderPolicy, queue::HeardQueue};
use super::{Heard, Radio, RadioError};
use crate::{config::RadioSection, health::Health};

/// The radio; its driver is a task of its own.
pub struct BtleplugRadio {
    queue: Arc<HeardQueue>,
}

impl BtleplugRadio {
    /// Starts the driver. That there is no adapter is no error yet: it may come.
    pub fn start(config: &RadioSection, clock: Arc<dyn Clock>, health: Arc<Health>, tasks: &Tasks) -> Self {
        let queue = Arc::new(HeardQueue::new(config.queue, health));
        let policy = LadderPolicy {
            rescan_after: config.rescan_after_s.get(),
            reconnect_after: config.reconnect_after_s.get(),
            dead_after: config.dead_after_s.get(),
        };
        let driver =
            Driver::new(config.adapter.clone(), config.join_ms.get(), policy, clock, Arc::clone(&queue));
        tasks.spawn_service("bluetooth", driver.run(tasks.soft()));
        Self { queue }
    }
}

#[async_trait]
impl Radio for BtleplugRadio {
    async fn next(&mut self) -> Result<Heard, RadioError> {
        Ok(self.queue.pop().await)
    }
}
