//! The agent's memory at 10,000 frames a second. Alone in its file: the kernel counts all children of one process
//! together.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use std::{io::Write as _, process::Stdio, time::Duration};

use nix::sys::resource::{UsageWho, getrusage};
use shopbell_domain::{presence::PresenceKind, token::PresenceToken};
use shopbell_proto::frame::{BrandUuid, TokenCarrier};
use support::{FakeServer, Home};
use tokio::process::Command;

const START_MS: u64 = 1_795_182_060_000;
const SECONDS: u64 = 6;
const FRAMES_PER_MS: u64 = 10;
const PHONES: u64 = 1_000;
const LIMIT_KIB: i64 = 32 * 1_024;

/// One frame in ten is of one of a thousand phones; the others are of strangers.
fn recording(home: &Home) -> std::path::PathBuf {
    let path = home.dir.path().join("air.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for frame in 0..SECONDS * 1_000 * FRAMES_PER_MS {
        let t_ms = START_MS + frame / FRAMES_PER_MS;
        let ad = if frame % 10 == 0 {
            let mut token = [0; 16];
            token[..8].copy_from_slice(&(frame / 10 % PHONES).to_be_bytes());
            hex::encode(TokenCarrier::ServiceData.advertise(BrandUuid(0xfcf1), PresenceToken(token)))
        } else {
            format!("02011a0aff4c001005{frame:010x}")
        };
        writeln!(file, r#"{{"t_ms":{t_ms},"rssi":-60,"ad_hex":"{ad}","addr":"c6:00:00:00:00:00"}}"#).unwrap();
    }
    file.flush().unwrap();
    path
}

#[tokio::test]
async fn ten_thousand_frames_a_second_fit_into_32_mib() {
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let recording = recording(&home);
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopbell-edge"));
    command.arg("replay").arg(recording).arg("--exit-at-end").stdin(Stdio::null()).stderr(Stdio::piped());
    for setting in home.settings(running.address) {
        command.args(["--set", &setting]);
    }
    let output = tokio::time::timeout(Duration::from_secs(120), command.kill_on_drop(true).output());
    let output = output.await.expect("it ends in time").unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(
        log.contains(&format!("frames={}", SECONDS * 1_000 * FRAMES_PER_MS)),
        "every frame is played: {log}"
    );
    let count =
        |kind| server.told(|told| told.events.iter().filter(|(_, event)| event.kind == kind).count() as u64);
    assert_eq!((count(PresenceKind::Entered), count(PresenceKind::Left)), (PHONES, PHONES));
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    println!("peak {} KiB; cpu {} + {}", usage.max_rss(), usage.user_time(), usage.system_time());
    assert!(usage.max_rss() < LIMIT_KIB, "{} KiB at the peak", usage.max_rss());
}
