//! Tells the service manager that the server is ready, well, and on its way out.
//!
//! Well means that every shop's owner task answers: a server whose port is open while a shop stands still would be
//! taken for a good one, and is better started anew.

use std::{io, time::Duration};

use futures::future::join_all;
use shopbell_kit::notify::Notify;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::floor::{Hub, ShopHandle};

/// How often the shops are asked when the service manager set no watchdog, and at least.
const ROUND: Duration = Duration::from_secs(10);

/// Says ready at once, and alive for as long as every shop answers; ends with `stop`.
pub async fn watch(notify: Notify, hub: Hub, stop: CancellationToken) -> io::Result<()> {
    notify.ready()?;
    let mut round = interval(notify.watchdog_interval().unwrap_or(ROUND).min(ROUND));
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return notify.stopping(),
            _ = round.tick() => {}
        }
        let alive = tokio::select! {
            () = stop.cancelled() => continue,
            answers = join_all(hub.shops().map(answers)) => answers.into_iter().all(|answered| answered),
        };
        // A manager that does not listen is no reason to stop.
        if alive {
            let _ = notify.alive();
        }
    }
}

async fn answers(shop: &ShopHandle) -> bool {
    let answered = timeout(ROUND, shop.agents()).await.is_ok_and(|answer| answer.is_ok());
    if !answered {
        tracing::error!(shop = %shop.shop().id, "a shop's task does not answer; the service manager will restart the server");
    }
    answered
}
