//! Figures: `cargo test -p shopbell-vault --release figures -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use shopbell_domain::time::Timestamp;
use tokio::task::JoinSet;

use super::{kek, rng, subject};
use crate::{Erasure, Options, Reason, Vault};

const KEYS: u32 = 10_000;
const AT_ONCE: u32 = 256;

#[expect(clippy::disallowed_methods, reason = "figures are of real time")]
fn now() -> Instant {
    Instant::now()
}

fn tell(what: &str, many: u32, took: Duration) {
    println!("{what:<44} {many:>7} in {took:>10.1?} = {:>9.0}/s", f64::from(many) / took.as_secs_f64());
}

/// Runs `work` for every number, with `AT_ONCE` tasks.
async fn all<F, W>(vault: &Vault, work: W) -> Duration
where
    W: Fn(Vault, u32) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let begin = now();
    let mut tasks = JoinSet::new();
    for task in 0..AT_ONCE {
        let (vault, work) = (vault.clone(), work.clone());
        tasks.spawn(async move {
            for number in (task..KEYS).step_by(AT_ONCE as usize) {
                work(vault.clone(), number).await;
            }
        });
    }
    tasks.join_all().await;
    begin.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long and only prints"]
async fn figures() {
    // Beside the program: a real disk, where the system's temporary directory may be memory.
    let home = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let options = Options { cached_keys: 1_000, ..Options::new(home.path().join("vault"), kek(1)) };
    let (vault, _) = Vault::open(&options, rng(1)).unwrap();
    let begin = now();
    for number in 0..200 {
        vault.create(subject(KEYS + number)).await.unwrap();
    }
    tell("created one after the other", 200, begin.elapsed());
    let took = all(&vault, |vault, number| async move {
        vault.create(subject(number)).await.unwrap();
    })
    .await;
    tell("created, 256 at once", KEYS, took);
    let id = vault.key_of(&subject(1)).unwrap();
    let begin = now();
    for _ in 0..KEYS {
        let sealed = vault.seal(id, b"email", b"camille@example.com").unwrap();
        vault.unseal(id, b"email", &sealed).unwrap();
    }
    tell("sealed and opened, key in memory", KEYS, begin.elapsed());
    let begin = now();
    for number in 0..KEYS {
        vault.key(vault.key_of(&subject(number)).unwrap()).unwrap();
    }
    tell("keys read from their slots", KEYS, begin.elapsed());
    let begin = now();
    let rotation = vault.rotate(kek(2), |_| {}).await.unwrap();
    tell("rewrapped", u32::try_from(rotation.rewrapped).unwrap(), begin.elapsed());
    let took = all(&vault, |vault, number| async move {
        if number % 10 != 0 {
            vault.destroy(vault.key_of(&subject(number)).unwrap()).await.unwrap();
        }
    })
    .await;
    tell("destroyed, 256 at once", KEYS - KEYS / 10, took);
    let took = all(&vault, |vault, number| async move {
        if number % 10 == 0 {
            let at = Timestamp::EPOCH;
            let erasure = Erasure { subject: subject(number), at, reason: Reason::Request, receipt: 1 };
            vault.erase(erasure).await.unwrap();
        }
    })
    .await;
    tell("erased with tombstones", KEYS / 10, took);
    drop(vault);
    let begin = now();
    let options = Options { kek: kek(2), ..options };
    let (_, report) = Vault::open(&options, rng(2)).unwrap();
    tell("opened, slots", u32::try_from(report.live + report.free).unwrap(), begin.elapsed());
    assert_eq!((report.live, report.tombstones, report.damaged), (200, u64::from(KEYS / 10), 0));
}
