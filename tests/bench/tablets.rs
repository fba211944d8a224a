//! A thousand tablets on one store: how long until the last one shows a change, and what each costs the server.

use std::time::Instant;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use shopbell_domain::presence::PresenceKind;
use shopbell_proto::floor::v1::{SetOutcomeRequest, floor_service_client::FloorServiceClient};
use shopbell_tests::world::{App, World, token_of};
use tonic::transport::Channel;

use crate::{
    guests::{ORIGIN, names, register, shown_at},
    measure::{Pair, Paired, memory_kb, millis, quantile, runtime},
    peer,
    report::{Goal, Row},
    reporter::Reporter,
    watchers::Watchers,
};

const TABLETS: usize = 1_000;
/// Rows on the floor when the tablets come: their snapshots are as long as on a busy day.
const GUESTS: usize = 50;
const WARM_UP: usize = 5;
const ROUNDS: usize = 31;
/// Files that this process opens: a connection a tablet, to the server and to the peer.
const FILES: u64 = 2 * TABLETS as u64 + 500;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    allow_files();
    // They all sign in as one associate, who may have so many only here.
    let streams = format!("limits.tablet_streams={}", TABLETS + 1);
    let mut world = World::at(ORIGIN).shop("lyon", &[("lyon-1", "shop")]).server_setting(&streams);
    world.start_server().await;
    let app = world.app().await;
    let names = names("guest", GUESTS);
    let tokens = shown_at(&register(&app, &names).await, world.clock.now());
    let mut agent = Reporter::open(&world.url(), "lyon-1", world.clock, tokens).await;
    agent.say(PresenceKind::Entered).await;
    let token = token_of("ines-lyon");

    // One tablet alone first: what any stream needs once is not counted as the thousand's, and its message is the
    // one that the peer sends.
    let mut first = Watchers::open(&world.url(), &token, 1).await;
    first.expect(true);
    app.help(&names[0], true).await.expect("help is asked for");
    let (_, message) = first.last_served().await;
    app.help(&names[0], false).await.expect("help is not needed any more");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (peer, peer_url) = peer::start_fan_out(dir.path(), &message, None).await;

    let server = world.server.as_ref().expect("the server runs").id();
    let before = (memory_kb(server, "VmRSS"), memory_kb(peer.id(), "VmRSS"));
    let watchers = Watchers::open(&world.url(), &token, TABLETS).await;
    let beside = Watchers::open(&peer_url, "nobody", TABLETS).await;
    let trigger = FloorServiceClient::connect(peer_url).await.expect("the peer answers");
    let mut floors = Floors { app, guest: names[0].clone(), watchers, trigger, beside };
    for round in 0..WARM_UP {
        floors.round(round).await;
    }
    let after = (memory_kb(server, "VmRSS"), memory_kb(peer.id(), "VmRSS"));
    let memory =
        Pair { ours: (after.0 - before.0) / TABLETS as f64, beside: (after.1 - before.1) / TABLETS as f64 };
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in WARM_UP..WARM_UP + ROUNDS {
        rounds.push(floors.round(round).await);
    }
    rows(&rounds, memory)
}

fn rows(rounds: &[Pair], memory: Pair) -> Vec<Row> {
    let worst = quantile(rounds.iter().map(|pair| pair.ours).collect(), 100);
    let served = format!(
        "from the call of the customer API that asks for help (durable, and every shop is told) to the last of {TABLETS} \
         tablets, native gRPC, each on a connection of its own; the worst of {ROUNDS} changes took {worst:.0} ms; beside \
         a bare tonic server that sends the same message to as many streams at a call, without a store"
    );
    let held = format!(
        "growth of the server's resident memory by {TABLETS} tablets after {WARM_UP} changes, with {GUESTS} rows on the \
         floor and nothing but this; beside that of the bare tonic server"
    );
    vec![
        Row::new("tablets-1000", "ms", Paired::of(rounds), Goal::AtMost(100.0), served),
        Row::new("tablets-1000.memory", "kB each", Paired::of(&[memory]), Goal::AtMost(32.0), held),
    ]
}

/// Both floors with their tablets.
struct Floors {
    app: App,
    guest: String,
    watchers: Watchers,
    trigger: FloorServiceClient<Channel>,
    beside: Watchers,
}

impl Floors {
    /// One change on each floor; milliseconds until the last tablet showed it.
    async fn round(&mut self, number: usize) -> Pair {
        let help = number.is_multiple_of(2);
        self.watchers.expect(help);
        let began = Instant::now();
        let (called, (last, _)) = tokio::join!(self.app.help(&self.guest, help), self.watchers.last_served());
        called.expect("the customer API answers");
        let ours = millis(last - began);

        self.beside.expect(true);
        let began = Instant::now();
        let request = SetOutcomeRequest::default();
        let (called, (last, _)) = tokio::join!(self.trigger.set_outcome(request), self.beside.last_served());
        called.expect("the peer answers");
        Pair { ours, beside: millis(last - began) }
    }
}

/// Raises the limit of open files, for this process and those that it starts.
fn allow_files() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit of open files is readable");
    if soft < FILES {
        setrlimit(Resource::RLIMIT_NOFILE, FILES.min(hard), hard)
            .expect("a process may raise its limit up to the hard one");
        assert!(
            hard >= FILES,
            "this bench opens {FILES} files and the machine allows {hard}: raise `ulimit -Hn`"
        );
    }
}
