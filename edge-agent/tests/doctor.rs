//! `shopbell-edge doctor` and the messages of a wrong start: each names the thing and the way out.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[path = "support/bluez.rs"]
#[allow(dead_code, reason = "each test uses its own part")]
mod bluez;
mod support;

use std::process::Stdio;

use bluez::{Bluez, Bus, no_bus};
use rustls_pki_types::PrivateKeyDer;
use support::{FakeServer, Home, demo_capture};
use tokio::process::Command;
use tokio_rustls::rustls::ServerConfig;

async fn edge(bus: &str, settings: &[String], args: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopbell-edge"));
    command.args(args).env("DBUS_SYSTEM_BUS_ADDRESS", bus).kill_on_drop(true).stdin(Stdio::null());
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = tokio::time::timeout(std::time::Duration::from_secs(60), command.output());
    let output = output.await.expect("it ends").unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn a_healthy_agent_is_told_so_and_disturbs_nobody() {
    let (bus, server, home) = (Bus::start().await, FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let _bluez = Bluez::start(&bus, &[("hci1", "00:00:00:00:00:09"), ("hci0", "00:1A:7D:DA:71:13")]).await;
    let (success, report) = edge(&bus.address, &home.settings(running.address), &["doctor"]).await;
    assert!(success, "{report}");
    for line in [
        "ok   config  every setting makes sense",
        "ok   radio   adapter hci0 (00:1A:7D:DA:71:13)",
        "ok   token   the server knows this agent",
        "ok   time    this machine's clock agrees with the server's",
        "will be made at the first start",
        "MiB free for the outbox",
    ] {
        assert!(report.contains(line), "{line} is not in:\n{report}");
    }
    assert_eq!(server.told(|told| told.greetings.len()), 0, "no boot was announced");
    assert!(!home.dir.path().join("outbox").exists(), "nothing was made");
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let mut settings = home.settings(running.address);
    settings.push("outbox.dir=/proc/shopbell/outbox".to_owned());
    std::fs::write(home.dir.path().join("token"), "another").unwrap();
    let (success, report) = edge(&no_bus(), &settings, &["doctor"]).await;
    assert!(!success);
    for line in [
        "FAIL radio   D-Bus cannot be reached",
        "FAIL token   the server does not know this agent: issue a token",
        "FAIL outbox  /proc/shopbell/outbox cannot be made",
    ] {
        assert!(report.contains(line), "{line} is not in:\n{report}");
    }
    assert!(!report.contains("MiB free"), "{report}");
    std::fs::write(home.dir.path().join("token"), support::TABLETS_TOKEN).unwrap();
    let (_, report) = edge(&no_bus(), &settings, &["doctor"]).await;
    assert!(report.contains("FAIL token   the server knows this token, and not as an agent's"), "{report}");
    let address = running.address;
    running.stop().await;
    let (_, report) = edge(&no_bus(), &home.settings(address), &["doctor"]).await;
    assert!(
        report.contains("FAIL server") && report.contains("nobody listens there: check server.url"),
        "{report}"
    );
    let (success, report) = edge(&no_bus(), &["radio.adaptor=hci0".to_owned()], &["doctor"]).await;
    assert!(!success && report.contains("FAIL config") && report.contains("radio.adaptor"), "{report}");
}

#[tokio::test]
async fn a_wrong_start_says_what_to_do() {
    let (home, capture) = (Home::new(), demo_capture());
    let address = "127.0.0.1:9".parse().unwrap();
    let fails = async |more: &[&str], args: &[&str]| {
        let mut settings = home.settings(address);
        settings.extend(more.iter().map(ToString::to_string));
        let (success, text) = edge(&no_bus(), &settings, args).await;
        assert!(!success, "{text}");
        text
    };
    let replay = ["replay", capture.to_str().unwrap()];
    let text = fails(&["server.token_file="], &replay).await;
    assert!(text.contains("server.token_file is not set"), "{text}");
    let text = fails(&["server.token_file=/nonexistent"], &replay).await;
    assert!(text.contains("could not read the secret in /nonexistent"), "{text}");
    let text = fails(&[], &["replay", "/nonexistent"]).await;
    assert!(text.contains("cannot read the recording /nonexistent"), "{text}");
    let clock = ["clock.origin=\"2026-11-20T13:41:00Z\"", "clock.anchor=\"2026-11-20T13:41:00Z\""];
    let text = fails(&clock, &["replay", capture.to_str().unwrap(), "--speed", "2"]).await;
    assert!(text.contains("--speed and [clock]"), "{text}");
    let text = fails(&["outbox.dir=/proc/shopbell"], &replay).await;
    assert!(
        text.contains("the outbox cannot be opened") && text.contains("name a directory on a disk"),
        "{text}"
    );
    let text = fails(&["log.level=loud"], &replay).await;
    assert!(text.contains("log.level (in --set log.level): must be error, warn"), "{text}");
    let text = fails(&[], &["replay", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]).await;
    assert!(text.contains("Cargo.toml is neither btsnoop nor JSON lines"), "{text}");
    let text = fails(&[], &["-c", "/nonexistent.toml", "run"]).await;
    assert!(
        text.contains("/nonexistent.toml") && text.contains("check the path given with --config"),
        "{text}"
    );
    let text = fails(&[], &["replay", capture.to_str().unwrap(), "--speed", "0"]).await;
    assert!(text.contains("a whole number of at least 1, or max"), "{text}");
}

#[tokio::test]
async fn scan_counts_and_never_names() {
    let (bus, home) = (Bus::start().await, Home::new());
    let capture = demo_capture();
    let settings = home.settings("127.0.0.1:9".parse().unwrap());
    let args = ["scan", "--capture", capture.to_str().unwrap(), "--speed", "max"];
    let (success, text) = edge(&bus.address, &settings, &args).await;
    assert!(success, "{text}");
    let sums = text.lines().skip(1).filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    assert!(sums.sum::<u64>() > 8_000, "{text}");
    let hexadecimal =
        |word: &str| word.len() >= 12 && word.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    assert!(!text.split_whitespace().any(hexadecimal), "{text}");
}

/// Somebody who speaks TLS with a certificate for `localhost`, and nothing behind it.
async fn tls_door() -> (std::net::SocketAddr, String, tokio::task::JoinHandle<()>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test's own peer, ended by the test")]
    let task = tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            // The client's complaint is what the test reads.
            let _ = acceptor.accept(line).await;
        }
    });
    (address, made.cert.pem(), task)
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    let (home, (address, pem, door)) = (Home::new(), tls_door().await);
    let ca = home.dir.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let ca = format!("server.ca_file={}", ca.display());
    let report = async |more: &[&str]| {
        let mut settings = home.settings(address);
        settings.extend(more.iter().map(ToString::to_string));
        edge(&no_bus(), &settings, &["doctor"]).await.1
    };
    let unknown = report(&[&format!("server.url=https://localhost:{}", address.port())]).await;
    assert!(unknown.contains("FAIL server") && unknown.contains("set server.ca_file"), "{unknown}");
    let other = report(&[&ca, &format!("server.url=https://{address}")]).await;
    assert!(other.contains("FAIL server") && other.contains("for another name"), "{other}");
    let plain = report(&[]).await;
    assert!(plain.contains("FAIL server") && plain.contains("begins with https://"), "{plain}");
    assert!(!plain.contains("ok   server"), "{plain}");
    door.abort();
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let mut settings = home.settings(running.address);
    settings.push(format!("server.url=https://{}", running.address));
    let (_, report) = edge(&no_bus(), &settings, &["doctor"]).await;
    assert!(report.contains("FAIL server") && report.contains("no TLS is spoken there"), "{report}");
}

#[tokio::test]
async fn scan_without_an_adapter_fails() {
    let (bus, home) = (Bus::start().await, Home::new());
    let settings = home.settings("127.0.0.1:9".parse().unwrap());
    let _bluez = Bluez::start(&bus, &[]).await;
    let (success, text) = edge(&bus.address, &settings, &["scan", "--seconds", "1"]).await;
    assert!(!success && text.contains("there is no Bluetooth adapter: plug one in"), "{text}");
}

#[tokio::test]
async fn every_setting_is_explained_with_its_origin() {
    let home = Home::new();
    let settings = home.settings("127.0.0.1:9".parse().unwrap());
    let (success, text) = edge(&no_bus(), &settings, &["explain-config"]).await;
    assert!(success, "{text}");
    assert!(text.contains("server.url = \"http://127.0.0.1:9\"  (--set server.url)"), "{text}");
    assert!(text.contains("outbox.max_mib = 256  (the built-in defaults)"), "{text}");
    assert!(!text.contains(support::TOKEN), "{text}");
    let (success, text) = edge(&no_bus(), &["log.level=loud".to_owned()], &["explain-config"]).await;
    assert!(!success && text.contains("log.level = \"loud\"") && text.contains("must be error"), "{text}");
    let (success, text) = edge(&no_bus(), &[], &["explain-config", "--defaults"]).await;
    assert!(success && text.trim_end() == include_str!("../agent.default.toml").trim_end(), "{text}");
}
