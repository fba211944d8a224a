//! `kill -9` of the agents and the server at random moments under load: nothing acknowledged is lost, nothing is
//! doubled.
//!
//! What is durable is taken from the disks themselves: when an agent is killed, the events in its outbox are read
//! before it starts again, and each of them must be on the server's disk in the end, exactly once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, also in its helpers, and says what it measured"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::id::{AgentId, BootId};
use shopbell_durable::{Options, Store};
use shopbell_edge::outbox::keys;
use shopbell_proto::customer::v1::SharingLevel;
use shopbell_store::Audit;
use shopbell_tests::{
    phone::{Frame, Phone, Stretch},
    world::{Process, World},
};

const KILLS: usize = 50;
const PHONES: u64 = 120;
const AGENTS: [&str; 2] = ["lyon-1", "lyon-2"];
/// A run with less load than this proves nothing.
const LEAST_EVENTS_PER_SECOND: f64 = 100.0;

/// Events that were on an agent's disk when it was killed.
type Durable = BTreeSet<(String, BootId, u64)>;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_under_load_lose_nothing_and_double_nothing() {
    let seed = std::env::var("SHOPBELL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("SHOPBELL_SEED={seed} repeats the moments of this run");
    let mut rng = StdRng::seed_from_u64(seed);
    // "Still here" every second instead of every minute: the same code under sixty times the load.
    let mut world = World::at("2026-11-20T13:46:00Z")
        .shop("lyon", &[(AGENTS[0], "entrance"), (AGENTS[1], "womens")])
        .agent_setting("presence.still_here_every_s=1");
    world.start_server().await;
    let captures = write_captures(&world).await;
    let mut agents: Vec<Process> = AGENTS.iter().map(|agent| start(&world, agent, &captures)).collect();
    let begun = world.clock.now();

    let mut durable = Durable::new();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(rng.random_range(150..1_000))).await;
        let victim = rng.random_range(0..=agents.len());
        if let Some(agent) = agents.get_mut(victim) {
            agent.kill_9();
            durable.extend(outbox_of(&world, AGENTS[victim]));
            *agent = start(&world, AGENTS[victim], &captures);
        } else {
            world.server.as_mut().expect("the server runs").kill_9();
            world.start_server().await;
        }
    }
    let seconds = world.clock.now().since(begun).as_secs_f64();
    drain(&world, &mut agents).await;
    let audit = world.end().await;
    let rate = count(audit.presences.len()) / seconds;
    println!(
        "{} events in {seconds:.0} s, {} seen in outboxes at kills",
        audit.presences.len(),
        durable.len()
    );
    assert!(rate >= LEAST_EVENTS_PER_SECOND, "only {rate:.0} events a second: this run proves nothing");
    assert!(durable.len() >= KILLS, "only {} events were caught in outboxes", durable.len());
    assert_nothing_lost_or_doubled(&audit, &durable);
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).expect("few"))
}

async fn write_captures(world: &World) -> BTreeMap<&'static str, std::path::PathBuf> {
    let app = world.app().await;
    let begin = world.clock.now();
    let mut frames: BTreeMap<&str, Vec<Frame>> = BTreeMap::new();
    for seed in 0..PHONES {
        let tokens = app.customer(&format!("guest-{seed}"), SharingLevel::Present).await;
        let mut phone = Phone::android(tokens, seed);
        phone.interval = Duration::from_millis(500);
        for (agent, rssi) in AGENTS.iter().zip([-55, -70]) {
            let stay = Stretch { during: begin..begin + Duration::from_secs(240), rssi };
            frames.entry(agent).or_default().extend(phone.heard(&[stay]));
        }
    }
    let mut written = BTreeMap::new();
    for (agent, frames) in frames {
        let path = world.path(&format!("{agent}.jsonl"));
        let file = std::fs::File::create(&path).expect("the capture is created");
        shopbell_tests::phone::write_capture(frames, std::io::BufWriter::new(file))
            .expect("the capture is written");
        written.insert(agent, path);
    }
    written
}

fn start(world: &World, agent: &'static str, captures: &BTreeMap<&str, std::path::PathBuf>) -> Process {
    world.start_agent_on(agent, &captures[agent], &[])
}

fn outbox_of(world: &World, agent: &str) -> Durable {
    read_outbox(&world.outbox_dir(agent))
        .into_iter()
        .map(|(boot, sequence)| (agent.to_owned(), boot, sequence))
        .collect()
}

fn read_outbox(dir: &Path) -> Vec<(BootId, u64)> {
    let store = Store::open(dir, Options::default()).expect("a killed agent's outbox opens");
    let waiting = store.entries(keys::all_events()).map(|entry| {
        let waiting = keys::read(&entry.expect("the entry is read")).expect("the event is read");
        (waiting.boot, waiting.position.sequence)
    });
    waiting.collect()
}

/// Ends the agents in order, and starts them again without a radio's input until their outboxes are empty.
async fn drain(world: &World, agents: &mut [Process]) {
    let silence = world.path("silence.jsonl");
    std::fs::write(&silence, "").expect("an empty capture is written");
    for (process, agent) in agents.iter_mut().zip(AGENTS) {
        process.stop();
        for _ in 0..20 {
            if read_outbox(&world.outbox_dir(agent)).is_empty() {
                break;
            }
            let mut last = world.start_agent_on(agent, &silence, &[]);
            tokio::time::sleep(Duration::from_secs(2)).await;
            last.stop();
        }
        assert!(read_outbox(&world.outbox_dir(agent)).is_empty(), "the outbox of {agent} does not drain");
    }
}

fn assert_nothing_lost_or_doubled(audit: &Audit, durable: &Durable) {
    let mut recorded: BTreeMap<(&AgentId, BootId), Vec<u64>> = BTreeMap::new();
    for presence in &audit.presences {
        recorded.entry((&presence.agent, presence.boot)).or_default().push(presence.sequence);
    }
    for mark in &audit.high_waters {
        let mut sequences = recorded.remove(&(&mark.agent, mark.boot)).unwrap_or_default();
        sequences.sort_unstable();
        let whole: Vec<u64> = (1..=mark.sequence).collect();
        assert_eq!(sequences, whole, "{} {}: lost or doubled", mark.agent, mark.boot);
    }
    assert!(recorded.is_empty(), "presences without an acknowledgement: {:?}", recorded.keys());
    for (agent, boot, sequence) in durable {
        let mark = audit.high_waters.iter().find(|mark| mark.agent.as_str() == agent && mark.boot == *boot);
        assert!(
            mark.is_some_and(|mark| mark.sequence >= *sequence),
            "event {sequence} of {agent} {boot} is lost"
        );
    }
    let mut guests: BTreeMap<_, usize> = BTreeMap::new();
    for visit in audit.visits.iter().filter(|visit| visit.merged_into.is_none()) {
        *guests.entry(&visit.customer).or_default() += 1;
    }
    assert_eq!(guests.len(), usize::try_from(PHONES).expect("few"), "customers with a visit");
    assert!(guests.values().all(|visits| *visits == 1), "one visit each: {guests:?}");
}
