//! Jobs that are done at once and again whenever their time has come, such as each night.
//!
//! Their clock may be another than the system's, so it is looked at every few seconds instead of being slept through.
//!
//! Never here: what is done, and when it is to be done again; the job says both.

use std::{sync::Arc, time::Duration};

use shopbell_domain::time::{Clock, Timestamp};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at.
pub(crate) const ROUND: Duration = Duration::from_secs(10);

/// Does a job, which answers when it is due again, until `stop`; that interrupts it, too.
pub async fn repeat<F: Future<Output = Timestamp>>(
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
    mut job: impl FnMut() -> F,
) {
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut due = None;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = round.tick() => {}
        }
        if due.is_some_and(|due| clock.now() < due) {
            continue;
        }
        due = Some(tokio::select! {
            biased;
            () = stop.cancelled() => return,
            next = job() => next,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use shopbell_domain::time::ManualClock;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_job_is_done_at_once_and_again_when_its_clock_says_so() {
        let manual = Arc::new(ManualClock::new(Timestamp::from_secs(1_000)));
        let clock: Arc<dyn Clock> = Arc::clone(&manual) as Arc<dyn Clock>;
        let (stop, done) = (CancellationToken::new(), AtomicU32::new(0));
        let job = || async {
            done.fetch_add(1, Ordering::Relaxed);
            clock.now() + Duration::from_secs(60)
        };
        let watched = async {
            for (passed, expected) in [(0, 1), (59, 1), (1, 2), (500, 3)] {
                manual.advance(Duration::from_secs(passed));
                // Two rounds, which a paused runtime lets go by at once.
                tokio::time::sleep(ROUND * 2).await;
                assert_eq!(done.load(Ordering::Relaxed), expected, "after {passed} s more");
            }
            stop.cancel();
        };
        tokio::join!(repeat(&clock, &stop, job), watched);
    }
}
