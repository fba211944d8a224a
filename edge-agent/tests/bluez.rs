//! btleplug itself against a mocked `org.bluez` on a private bus: the agent's binary hears what the mock says.
//!
//! The bus address is an environment variable of the whole process, so each agent is a child process.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[path = "support/bluez.rs"]
mod bluez;
mod support;

use std::{process::Stdio, time::Duration};

use bluez::{Bluez, Bus, no_bus, rssi, service_data, uuids};
use shopbell_domain::{presence::PresenceKind, signal::Carrier};
use shopbell_proto::convert::edge::RadioHealth;
use support::{FakeServer, Home, Running, Told};
use tokio::process::{Child, Command};

const STICK: &str = "00:1A:7D:DA:71:13";
const PHONE: &str = "C6:00:00:00:00:01";
const STRANGER: &str = "C6:00:00:00:00:02";

/// An agent, its server and its bus.
struct World {
    bus: Bus,
    server: FakeServer,
    _running: Running,
    home: Home,
    settings: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let (bus, server, home) = (Bus::start().await, FakeServer::default(), Home::new());
        let running = server.serve(0).await;
        let mut settings = home.settings(running.address);
        let short = [
            "radio.join_ms=20",
            "radio.rescan_after_s=1",
            "radio.reconnect_after_s=2",
            "radio.dead_after_s=30",
        ];
        settings.extend(short.map(str::to_owned));
        settings.push("uplink.heartbeat_s=0.1".to_owned());
        Self { bus, server, _running: running, home, settings }
    }

    fn agent(&self, more: &[&str]) -> Child {
        command(&self.bus.address, &self.settings, more).spawn().unwrap()
    }

    async fn entered(&self, token: [u8; 16], carrier: Carrier) {
        let entered = |told: &Told| {
            told.events.iter().any(|(_, event)| {
                event.kind == PresenceKind::Entered && event.token.0 == token && event.carrier == carrier
            })
        };
        self.server.until("the token enters", entered).await;
    }

    /// Time passes for the agent, as its heartbeats tell.
    async fn passes(&self, time: Duration) {
        let uptime = |told: &Told| told.pulses.last().map(|pulse| pulse.sent_at.uptime).unwrap_or_default();
        let begin = self.server.told(uptime);
        self.server.until("time passes", |told| uptime(told) >= begin + time).await;
    }

    async fn radio(&self, health: RadioHealth) {
        let says = |told: &Told| told.pulses.last().is_some_and(|pulse| pulse.radio == health);
        self.server.until("the radio's health is told", says).await;
    }
}

/// Phones pause between advertisements; what comes at once is one.
async fn next_advertisement() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn command(bus: &str, settings: &[String], more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopbell-edge"));
    command.arg("run").env("DBUS_SYSTEM_BUS_ADDRESS", bus).kill_on_drop(true).stdin(Stdio::null());
    for setting in settings.iter().map(String::as_str).chain(more.iter().copied()) {
        command.args(["--set", setting]);
    }
    command
}

#[tokio::test]
async fn the_first_advertisement_counts_and_the_second_is_joined() {
    let world = World::new().await;
    let bluez = Bluez::start(&world.bus, &[("hci0", STICK)]).await;
    let _agent = world.agent(&[]);
    bluez.scanning("hci0", 1).await;
    // Two sightings make an entry, so both the first, which stands in properties only, and the second must be heard;
    // and the pieces of one must not count as two.
    bluez.appear("hci0", STRANGER, [rssi(-50)]).await;
    bluez.appear("hci0", PHONE, [rssi(-60), service_data([1; 16])]).await;
    bluez.hear("hci0", STRANGER, [rssi(-51)]).await;
    world.passes(Duration::from_millis(400)).await;
    assert_eq!(world.server.told(|told| told.events.len()), 0, "one sighting is no entry");
    bluez.hear("hci0", PHONE, [rssi(-64), service_data([1; 16])]).await;
    world.entered([1; 16], Carrier::ServiceData).await;
    world.server.told(|told| {
        assert_eq!(told.events.len(), 1);
        assert!((-64..=-60).contains(&told.events[0].1.rssi.get()), "{:?}", told.events[0].1.rssi);
    });
}

#[tokio::test]
async fn a_token_in_gathered_uuids_is_followed_when_it_turns() {
    let world = World::new().await;
    let bluez = Bluez::start(&world.bus, &[("hci0", STICK)]).await;
    let _agent = world.agent(&[]);
    bluez.scanning("hci0", 1).await;
    bluez.appear("hci0", PHONE, [rssi(-60), uuids(&[[1; 16]])]).await;
    let heard_again = async |dbm| {
        next_advertisement().await;
        bluez.hear("hci0", PHONE, [rssi(dbm)]).await;
    };
    heard_again(-61).await;
    world.entered([1; 16], Carrier::ServiceUuid).await;
    bluez.hear("hci0", PHONE, [rssi(-60), uuids(&[[1; 16], [2; 16]])]).await;
    heard_again(-62).await;
    world.entered([2; 16], Carrier::ServiceUuid).await;
}

#[tokio::test]
async fn an_adapter_that_comes_back_under_another_name_is_found_by_its_address() {
    let world = World::new().await;
    let bluez = Bluez::start(&world.bus, &[("hci0", STICK), ("hci1", "00:00:00:00:00:09")]).await;
    let _agent =
        world.agent(&["radio.adapter=00:1a:7d:da:71:13", "presence.exit_min_s=3", "presence.exit_max_s=3"]);
    bluez.scanning("hci0", 1).await;
    bluez.appear("hci0", PHONE, [rssi(-60), service_data([1; 16])]).await;
    next_advertisement().await;
    bluez.hear("hci0", PHONE, [rssi(-60), service_data([1; 16])]).await;
    world.entered([1; 16], Carrier::ServiceData).await;
    bluez.unplug("hci0").await;
    world.radio(RadioHealth::Blind).await;
    // Longer than the exit rule: blind is not gone.
    world.passes(Duration::from_secs(4)).await;
    assert_eq!(world.server.told(|told| told.events.len()), 1, "nobody left while the radio was blind");
    bluez.plug("hci5", STICK).await;
    bluez.scanning("hci5", 1).await;
    bluez.appear("hci5", STRANGER, [rssi(-60), service_data([2; 16])]).await;
    next_advertisement().await;
    bluez.hear("hci5", STRANGER, [rssi(-60), service_data([2; 16])]).await;
    world.entered([2; 16], Carrier::ServiceData).await;
    world.radio(RadioHealth::Hearing).await;
    let left = |told: &Told| {
        told.events.iter().any(|(_, event)| event.kind == PresenceKind::Left && event.token.0 == [1; 16])
    };
    let keep_talking = async {
        loop {
            bluez.hear("hci5", STRANGER, [rssi(-60)]).await;
            next_advertisement().await;
        }
    };
    tokio::select! {
        () = world.server.until("the first phone leaves once the radio hears again", left) => {}
        () = keep_talking => {}
    }
}

#[tokio::test]
async fn a_restarted_daemon_is_told_to_scan_again() {
    let world = World::new().await;
    let bluez = Bluez::start(&world.bus, &[("hci0", STICK)]).await;
    let _agent = world.agent(&[]);
    bluez.scanning("hci0", 1).await;
    bluez.crash().await;
    world.radio(RadioHealth::Blind).await;
    let bluez = Bluez::start(&world.bus, &[("hci0", STICK)]).await;
    bluez.scanning("hci0", 1).await;
    bluez.appear("hci0", PHONE, [rssi(-60), service_data([3; 16])]).await;
    next_advertisement().await;
    bluez.hear("hci0", PHONE, [rssi(-60), service_data([3; 16])]).await;
    world.entered([3; 16], Carrier::ServiceData).await;
}

async fn dies(mut command: Command) -> String {
    let output = command.stderr(Stdio::piped()).output();
    let output = tokio::time::timeout(Duration::from_secs(60), output).await.expect("it ends").unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn what_is_missing_is_named_and_the_process_ends() {
    let world = World::new().await;
    let _bluez = Bluez::start(&world.bus, &[("hci0", STICK)]).await;
    let soon = ["radio.adapter=hci7", "radio.dead_after_s=3"];
    let log = dies(command(&world.bus.address, &world.settings, &soon)).await;
    let names = r#"no Bluetooth adapter "hci7"; there are: hci0 (00:1A:7D:DA:71:13)"#;
    assert!(log.contains(names) && log.contains("the scanner is dead"), "{log}");
    let log = dies(command(&no_bus(), &world.settings, &["radio.dead_after_s=3"])).await;
    assert!(log.contains("D-Bus cannot be reached"), "{log}");
    assert!(world.home.dir.path().join("outbox").exists());
    let empty = Bus::start().await;
    let log = dies(command(&empty.address, &world.settings, &["radio.dead_after_s=3"])).await;
    assert!(log.contains("the Bluetooth service is not running"), "{log}");
}
