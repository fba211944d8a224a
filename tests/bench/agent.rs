//! The agent in a crowd: ten thousand frames a second, nearly all of strangers. What it takes of a core, and of memory.

use std::{
    fs::File,
    io::BufWriter,
    path::Path,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::time::Timestamp;
use shopbell_tests::{
    phone::{Frame, Phone, write_capture},
    world::{Process, World},
};

use crate::{
    guests::{ORIGIN, names, register},
    measure::{Pair, Paired, cpu_time, memory_kb, runtime},
    peer,
    report::{Goal, Row},
};

const FRAMES_A_MS: u32 = 10;
/// Our phones; together they advertise 400 times a second, each every 250 ms.
const PHONES: usize = 100;
/// Every so many frames one is of our phones.
const OURS_EVERY: usize = 25;
const STRANGERS: usize = 3_000;
/// From the start of a program to the first frame.
const LEAD: Duration = Duration::from_secs(2);
/// What writing the capture may take.
const WRITING: Duration = Duration::from_secs(3);
/// Between these moments of the capture, processor time is counted.
const FROM: Duration = Duration::from_secs(1);
const TO: Duration = Duration::from_secs(9);
const LENGTH: Duration = Duration::from_secs(10);
const ROUNDS: usize = 3;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let mut world = World::at(ORIGIN).shop("lyon", &[("lyon-1", "shop")]).agent_setting("log.format=json");
    world.start_server().await;
    let phones: Vec<Phone> = register(&world.app().await, &names("guest", PHONES))
        .await
        .into_iter()
        .zip(0..)
        .map(|(tokens, seed)| Phone::android(tokens, seed))
        .collect();
    let capture = world.path("crowd.jsonl");
    let (mut cpu, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // Far enough ahead for the capture to be written and the agent to start.
        let first = world.clock.now() + LEAD + WRITING;
        write(&capture, &phones, first);
        assert!(world.clock.real_until(first) >= LEAD, "the capture took too long to write");
        let mut agent = world.start_agent_on("lyon-1", &capture, &[]);
        let ours = Load::of(&agent, world.clock.real_until(first)).await;
        assert!(agent.stop().success(), "the agent ends in order:\n{}", agent.log());
        assert_heard_all(&agent.log());

        let first = world.clock.now() + LEAD;
        let peer = peer::start_play(&world.path(""), &capture, world.clock.real_at(first).as_millis());
        let beside = Load::of(&peer, world.clock.real_until(first)).await;
        cpu.push(Pair { ours: ours.per_cent, beside: beside.per_cent });
        memory.push(Pair { ours: ours.megabytes, beside: beside.megabytes });
    }
    rows(&cpu, &memory)
}

fn rows(cpu: &[Pair], memory: &[Pair]) -> Vec<Row> {
    let share = format!(
        "processor time (user and kernel) of `shopbell-edge replay` at {} frames a second from a capture of JSON lines, of \
         {STRANGERS} strange devices and {PHONES} phones of ours (every {OURS_EVERY}th frame), outbox and uplink at work; \
         beside a program that only reads the same lines at the same speed, decodes them and looks for tokens",
        FRAMES_A_MS * 1_000
    );
    let peak = "the most resident memory that the agent ever held (VmHWM); beside that of the program that only reads";
    vec![
        Row::new("agent-10k.cpu", "% of a core", Paired::of(cpu), Goal::Below(25.0), share),
        Row::new("agent-10k.memory", "MB", Paired::of(memory), Goal::Below(32.0), peak),
    ]
}

/// What a program takes while it plays a capture.
struct Load {
    per_cent: f64,
    megabytes: f64,
}

impl Load {
    /// `lead`: real time until the first frame is due.
    async fn of(process: &Process, lead: Duration) -> Self {
        tokio::time::sleep(lead + FROM).await;
        let (began, before) = (Instant::now(), cpu_time(process.id()));
        tokio::time::sleep(TO.saturating_sub(FROM)).await;
        let (used, elapsed) = (cpu_time(process.id()).saturating_sub(before), began.elapsed());
        tokio::time::sleep(LENGTH.saturating_sub(TO) + Duration::from_secs(1)).await;
        Self {
            per_cent: 100.0 * used.as_secs_f64() / elapsed.as_secs_f64(),
            megabytes: memory_kb(process.id(), "VmHWM") / 1_024.0,
        }
    }
}

/// An agent that fell behind, or dropped frames, would be cheap.
fn assert_heard_all(log: &str) {
    let stopped = log
        .lines()
        .rev()
        .find(|line| line.contains("the agent has stopped"))
        .expect("the agent says how it was");
    let counters: serde_json::Value = serde_json::from_str(stopped).expect("JSON");
    let all = u64::try_from(LENGTH.as_millis()).expect("short") * u64::from(FRAMES_A_MS);
    let heard = counters["frames"].as_u64().expect("a count of frames");
    assert_eq!(heard, all, "frames heard: {counters}");
    let sightings = counters["sightings"].as_u64().expect("a count of sightings");
    assert_eq!(sightings, all / OURS_EVERY as u64, "frames of ours: {counters}");
    let events = counters["acknowledged"].as_u64().expect("a count of acknowledged events");
    assert!(events >= PHONES as u64, "everybody's arrival reached the server: {counters}");
}

fn write(path: &Path, phones: &[Phone], first: Timestamp) {
    let mut rng = StdRng::seed_from_u64(11);
    let strangers: Vec<Vec<u8>> = (0..STRANGERS).map(|kind| strange_advertisement(kind, &mut rng)).collect();
    let count = usize::try_from(LENGTH.as_millis()).expect("short") * FRAMES_A_MS as usize;
    let frames = (0..count).map(|number| {
        let at = first + Duration::from_millis(number as u64 / u64::from(FRAMES_A_MS));
        let ours = number.is_multiple_of(OURS_EVERY).then(|| &phones[number / OURS_EVERY % phones.len()]);
        let ad = match ours {
            Some(phone) => phone.shows(at).expect("a token for now"),
            None => strangers[rng.random_range(0..strangers.len())].clone(),
        };
        let rssi = if ours.is_some() { rng.random_range(-62..-55) } else { rng.random_range(-98..-45) };
        Frame {
            t_ms: at.as_millis(),
            rssi,
            ad_hex: hex::encode(ad),
            addr: "4F:00:00:00:00:00".to_owned(),
            addr_type: "random".to_owned(),
            scan_rsp: false,
        }
    });
    let file = File::create(path).expect("the capture is created");
    write_capture(frames.collect(), BufWriter::new(file)).expect("the capture is written");
}

/// What is on the air of a shopping street: AD structures as they are sent by phones, earbuds, tags and beacons.
fn strange_advertisement(kind: usize, rng: &mut StdRng) -> Vec<u8> {
    let head: &[u8] = match kind % 6 {
        // Apple continuity, nearby info; manufacturer data.
        0 | 1 => &[2, 0x01, 0x1A, 12, 0xFF, 0x4C, 0x00, 0x10, 0x07],
        // iBeacon.
        2 => &[2, 0x01, 0x06, 26, 0xFF, 0x4C, 0x00, 0x02, 0x15],
        // Google Fast Pair: service data of 0xFE2C.
        3 => &[3, 0x03, 0x2C, 0xFE, 6, 0x16, 0x2C, 0xFE],
        // A 128-bit service UUID of somebody else.
        4 => &[2, 0x01, 0x06, 17, 0x07],
        // Microsoft's beacon of a nearby device.
        _ => &[2, 0x01, 0x06, 27, 0xFF, 0x06, 0x00],
    };
    let mut ad = head.to_vec();
    // Up to the end of the last structure, whose length stands where it begins.
    let last = match kind % 6 {
        3 => 4,
        _ => 3,
    };
    let end = last + 1 + usize::from(head[last]);
    ad.resize_with(end.max(head.len()), || rng.random());
    ad
}
