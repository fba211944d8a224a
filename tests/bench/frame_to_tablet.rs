//! From the moment an advertisement is on the air to the tablet's update: the way of every arrival, over the real agent
//! and the real server. The confirmation rule's waiting is taken out: one sighting enters.

use std::{collections::HashMap, path::Path, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::time::Timestamp;
use shopbell_durable::{Options, Store};
use shopbell_proto::floor::v1::{
    FloorDelta, Guest, GuestState, SetOutcomeRequest, WatchFloorRequest, WatchFloorResponse,
    floor_delta::Change, floor_service_client::FloorServiceClient, watch_floor_response::Body,
};
use shopbell_tests::{
    phone::{Frame, Phone},
    world::{Process, World, WorldClock, client, token_of},
};
use tokio::sync::mpsc;
use tonic::{Streaming, transport::Channel};

use crate::{
    guests::{ORIGIN, names, register},
    measure::{Pair, Paired, quantile, runtime, unix_millis},
    peer::{self, small_record},
    report::{Goal, Row},
};

/// Arrivals of a round, and of the rounds together with the first one, which warms up.
const ARRIVALS: usize = 300;
const ROUNDS: usize = 3;
const WARM_UP: usize = 50;
/// Mean time between two arrivals; the single gaps vary, so that they fall on every moment of the programs' own beats.
const GAP: Duration = Duration::from_millis(40);
/// From the end of the registration to the first frame: the agent starts.
const LEAD: Duration = Duration::from_secs(3);

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let mut world =
        World::at(ORIGIN).shop("lyon", &[("lyon-1", "shop")]).agent_setting("presence.enter_sightings=1");
    world.start_server().await;
    let names = names("guest", WARM_UP + ROUNDS * ARRIVALS);
    let phones: Vec<Phone> = register(&world.app().await, &names)
        .await
        .into_iter()
        .zip(0..)
        .map(|(tokens, seed)| Phone::android(tokens, seed))
        .collect();
    let plan = Plan::new(world.clock.now() + LEAD);
    let frames = plan.arrivals.iter().flatten().zip(&phones).map(|(at, phone)| frame(phone, *at)).collect();
    let mut updates = updates(&world).await;
    let _agent = world.start_agent("lyon-1", frames);

    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut bare = Bare::start(dir.path()).await;
    let mut rounds = Vec::new();
    let mut guests = names.iter();
    for arrivals in &plan.arrivals {
        let due: HashMap<&str, Timestamp> =
            guests.by_ref().map(String::as_str).zip(arrivals.iter().copied()).take(arrivals.len()).collect();
        let ours = quantile(delays(&mut updates, &due, &world.clock).await, 99);
        let beside = quantile(bare.delays(arrivals.len()).await, 99);
        rounds.push(Pair { ours, beside });
    }
    // The first one warms up.
    rounds.remove(0);
    let beside_is = format!(
        "p99 of {ARRIVALS} arrivals, {} a second, median of {ROUNDS} rounds: from the moment a frame of the capture is due \
         to its row on a gRPC-Web tablet, through agent (durable outbox) and server (durable ingest) as processes; beside \
         the same way bare: due moment, a commit of one record here, a call to a tonic server, a commit there, a message \
         on an open stream",
        1_000 / GAP.as_millis(),
    );
    vec![Row::new("frame-to-tablet", "ms", Paired::of(&rounds), Goal::Below(20.0), beside_is)]
}

/// When whose first frame is due, by rounds; between two rounds the bare way has its turn.
struct Plan {
    arrivals: Vec<Vec<Timestamp>>,
}

impl Plan {
    fn new(first: Timestamp) -> Self {
        let (mut rng, mut at) = (StdRng::seed_from_u64(7), first);
        let mut arrivals = Vec::new();
        for count in [WARM_UP].into_iter().chain([ARRIVALS; ROUNDS]) {
            let mut round = Vec::with_capacity(count);
            for _ in 0..count {
                at = at + gap(&mut rng);
                round.push(at);
            }
            // The bare way takes as long as ours; and what is late on either side does not reach into the next round.
            at = at + GAP * u32::try_from(count).expect("a small number") + Duration::from_secs(3);
            arrivals.push(round);
        }
        Self { arrivals }
    }
}

fn gap(rng: &mut StdRng) -> Duration {
    rng.random_range(GAP / 2..GAP * 3 / 2)
}

fn frame(phone: &Phone, at: Timestamp) -> Frame {
    Frame {
        t_ms: at.as_millis(),
        rssi: -58,
        ad_hex: hex::encode(phone.shows(at).expect("a token for now")),
        addr: phone.address(at),
        addr_type: "random".to_owned(),
        scan_rsp: false,
    }
}

/// A row that a tablet got, and when, in real Unix milliseconds.
type Update = (String, f64);

/// Opens a tablet, over gRPC-Web as the page does.
async fn updates(world: &World) -> mpsc::UnboundedReceiver<Update> {
    let mut floor = client(&world.url(), &token_of("ines-lyon"));
    let answer = floor.watch_floor(WatchFloorRequest::default()).await.expect("the floor opens");
    let mut messages = answer.into_inner();
    let (sender, updates) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(Some(message)) = messages.message().await {
            let now = unix_millis();
            let Some(Body::Delta(FloorDelta { change: Some(Change::Guest(guest)) })) = message.body else {
                continue;
            };
            let _ = sender.send((guest.display_name.unwrap_or_default(), now));
        }
    });
    updates
}

/// How long each arrival took, in milliseconds.
async fn delays(
    updates: &mut mpsc::UnboundedReceiver<Update>,
    due: &HashMap<&str, Timestamp>,
    clock: &WorldClock,
) -> Vec<f64> {
    let last = due.values().max().expect("arrivals");
    let at_most = clock.real_until(*last) + Duration::from_secs(20);
    let mut delays: HashMap<&str, f64> = HashMap::new();
    let all = async {
        while delays.len() < due.len() {
            let (name, at) = updates.recv().await.expect("the tablet watches");
            // The app's helper calls the customer "<id> R.".
            let id = name.trim_end_matches(" R.");
            if let Some((id, due)) = due.get_key_value(id) {
                delays.entry(id).or_insert(at - clock.real_at(*due).as_millis() as f64);
            }
        }
    };
    let in_time = tokio::time::timeout(at_most, all).await.is_ok();
    assert!(in_time, "only {} of {} arrivals reached the tablet", delays.len(), due.len());
    delays.into_values().collect()
}

/// The same way without Shopbell: two commits and two hops.
struct Bare {
    _process: Process,
    store: Store,
    calls: FloorServiceClient<Channel>,
    messages: Streaming<WatchFloorResponse>,
    rng: StdRng,
}

impl Bare {
    async fn start(dir: &Path) -> Self {
        let (process, url) = peer::start_fan_out(dir, &message(), Some(&dir.join("far"))).await;
        let mut calls = FloorServiceClient::connect(url.clone()).await.expect("the peer answers");
        let mut floor = FloorServiceClient::connect(url).await.expect("the peer answers");
        let answer = floor.watch_floor(WatchFloorRequest::default()).await.expect("the stream opens");
        let mut messages = answer.into_inner();
        messages.message().await.expect("the stream stands").expect("a first message");
        calls.set_outcome(SetOutcomeRequest::default()).await.expect("the peer answers");
        messages.message().await.expect("the stream stands").expect("a message");
        let store = Store::open(dir.join("near"), Options::default()).expect("a new store opens");
        Self { _process: process, store, calls, messages, rng: StdRng::seed_from_u64(8) }
    }

    async fn delays(&mut self, count: usize) -> Vec<f64> {
        let (mut delays, mut due) = (Vec::with_capacity(count), unix_millis());
        for _ in 0..count {
            due = (due + gap(&mut self.rng).as_secs_f64() * 1_000.0).max(unix_millis());
            tokio::time::sleep(Duration::from_secs_f64((due - unix_millis()).max(0.0) / 1_000.0)).await;
            self.store.commit(small_record()).await.expect("the store commits");
            let (called, message) =
                tokio::join!(self.calls.set_outcome(SetOutcomeRequest::default()), self.messages.message());
            let at = unix_millis();
            called.expect("the peer answers");
            message.expect("the stream stands").expect("a message");
            delays.push(at - due);
        }
        delays
    }
}

/// A row as the server sends it.
fn message() -> WatchFloorResponse {
    let guest = Guest {
        visit_id: "0".repeat(32),
        display_name: Some("guest-100 R.".to_owned()),
        zone_id: "shop".to_owned(),
        began_at_ms: 1_795_183_920_000,
        state: GuestState::Here.into(),
        card_revision: 1,
        bought: false,
        ..Guest::default()
    };
    WatchFloorResponse {
        body: Some(Body::Delta(FloorDelta { change: Some(Change::Guest(guest)) })),
        cursor: "0123456789abcdef-100".to_owned(),
        server_time_ms: 1_795_183_920_000,
    }
}
