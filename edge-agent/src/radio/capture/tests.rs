use std::{io::Write as _, sync::Arc, time::Duration};

use proptest::prelude::*;
use shopbell_domain::time::{Clock, ManualClock};

use super::{
    player::{FrameClock, Pace, Player},
    *,
};
use crate::radio::{Heard, Radio as _};

/// ble_monitor's captures: an iBeacon at -77 dBm, and an iPhone at -60 dBm.
const IBEACON: &str =
    "043E2A02010001433EA2C96B6A1E02011A1AFF4C000215E2C56DB5DFFB48D2B060D0F5A71096E000640000C5B3";
const IPHONE: &str = "043E1D02010001433EA2C96B6A1102011A020A0C0AFF4C001005441CBD08C5BB";
/// Computed by hand from the Core specification: one extended report, scan response, -44 dBm, three bytes of data;
/// and one whose RSSI is not available.
const EXTENDED: &str = "3e1d0d01 1a00 01 060504030201 01 00 ff 7f d4 0000 00 000000000000 03 02011a";
const UNKNOWN_RSSI: &str = "3e0f0201 00 01 060504030201 03 02011a 7f";

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

fn dbm(value: i16) -> Option<Dbm> {
    Dbm::new(value)
}

#[test]
fn captured_events_give_their_reports() {
    let event = bytes(IBEACON);
    let read: Vec<_> = hci::reports(&event[1..]).collect();
    let ad = bytes("02011a1aff4c000215e2c56db5dffb48d2b060d0f5a71096e000640000c5");
    assert_eq!(read, [hci::AdvertisingReport { rssi: dbm(-77), ad: &ad, scan_response: false }]);
    let event = bytes(IPHONE);
    assert_eq!(hci::reports(&event[1..]).next().unwrap().rssi, dbm(-69));
}

#[test]
fn extended_reports_and_missing_rssi() {
    let event = bytes(EXTENDED);
    let report = hci::reports(&event).next().unwrap();
    assert_eq!((report.rssi, report.ad, report.scan_response), (dbm(-44), &[2, 1, 0x1a][..], true));
    let event = bytes(UNKNOWN_RSSI);
    assert_eq!(hci::reports(&event).next().unwrap().rssi, None);
    assert_eq!(hci::reports(&bytes("0e0401030c00")).count(), 0, "another event");
}

proptest! {
    #[test]
    fn any_event_is_read_without_panic(mut event: Vec<u8>, head in 0..4_usize) {
        let heads: [&[u8]; 4] = [&[], &[0x3e, 0xff, 0x02], &[0x3e, 0xff, 0x0d], &[0x3e, 0xff, 0x02, 0xff, 0, 0]];
        event.splice(0..0, heads[head].iter().copied());
        let read: usize = hci::reports(&event).map(|report| report.ad.len() + 10).sum();
        prop_assert!(read <= event.len());
    }

    #[test]
    fn any_file_is_read_without_panic(tail: Vec<u8>, monitor: bool) {
        let mut file = btsnoop_file(if monitor { 2001 } else { 1002 }, &[]);
        file.extend(tail);
        let mut reader = btsnoop::Btsnoop::open(file.as_slice()).unwrap();
        while let Ok(Some(_)) = reader.next_frame() {}
        prop_assert!(matches!(reader.next_frame(), Ok(None)), "it ends");
    }
}

const START_MS: i64 = 1_764_337_260_000;

fn btsnoop_file(datalink: u32, records: &[(i64, u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = [b"btsnoop\0".as_slice(), &1_u32.to_be_bytes(), &datalink.to_be_bytes()].concat();
    for (millis, flags, data) in records {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let micros = millis * 1_000 + 0x00dc_ddb3_0f2f_8000;
        file.extend([length, length, flags.to_be_bytes(), [0; 4]].concat());
        file.extend(micros.to_be_bytes());
        file.extend(data);
    }
    file
}

fn written(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn all(path: &std::path::Path) -> (Vec<Recorded>, Option<CaptureError>) {
    let mut capture = Capture::open(path).unwrap();
    let mut frames = Vec::new();
    loop {
        match capture.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, None),
            Err(error) => return (frames, Some(error)),
        }
    }
}

#[test]
fn both_kinds_of_btsnoop_give_the_same_frames() {
    let h4 = btsnoop_file(
        1002,
        &[
            (START_MS, 3, bytes(IBEACON)),
            (START_MS + 5, 2, bytes("01030c00")),
            (START_MS + 40, 3, bytes(IPHONE)),
        ],
    );
    let monitor = btsnoop_file(
        2001,
        &[
            (START_MS, 0x0000_0003, bytes(IBEACON)[1..].to_vec()),
            (START_MS + 5, 0x0000_0002, bytes("030c00")),
            (START_MS + 40, 0x0001_0003, bytes(IPHONE)[1..].to_vec()),
        ],
    );
    let (from_h4, damage) = all(written(&h4).path());
    assert!(damage.is_none());
    assert_eq!(from_h4.len(), 2);
    assert_eq!(from_h4[1].time.as_millis(), START_MS + 40);
    assert_eq!(all(written(&monitor).path()).0, from_h4);
}

#[test]
fn a_cut_off_file_is_played_up_to_the_damage() {
    let whole = btsnoop_file(1002, &[(START_MS, 3, bytes(IBEACON)), (START_MS, 3, bytes(IPHONE))]);
    for (keep, frames, place) in [
        (whole.len() - 1, 1, format!("byte {}", 16 + 24 + 45)),
        (16 + 24 + 45 + 10, 1, format!("byte {}", 16 + 24 + 45)),
        (16 + 30, 0, "byte 16".to_owned()),
    ] {
        let (read, damage) = all(written(&whole[..keep]).path());
        assert_eq!(read.len(), frames, "{keep}");
        let message = damage.unwrap().to_string();
        assert!(message.contains(&format!("damaged at {place}:")), "{message}");
    }
    assert!(all(written(&whole[..16 + 24 + 45]).path()).1.is_none(), "a cut between records is an end");
}

#[test]
fn a_claimed_length_is_not_believed() {
    let mut file = btsnoop_file(1002, &[(START_MS, 3, bytes(IPHONE))]);
    file.extend([0xff; 24]);
    let (read, damage) = all(written(&file).path());
    assert_eq!(read.len(), 1);
    assert!(damage.unwrap().to_string().contains("a record claims 4294967295 bytes"));
}

#[test]
fn what_cannot_be_played_says_what_can() {
    let error = Capture::open(written(&btsnoop_file(1001, &[])).path()).unwrap_err().to_string();
    assert!(error.contains("datalink 1001: only 1002") && error.contains("btmon -w"), "{error}");
    let error = Capture::open(std::path::Path::new("/nowhere/air.btsnoop")).unwrap_err().to_string();
    assert!(error.contains("/nowhere/air.btsnoop") && error.contains("check the path"), "{error}");
}

#[test]
fn json_lines_are_read_and_a_bad_line_is_named() {
    let good = r#"{"t_ms":1764337260000,"rssi":-61,"ad_hex":"02011a","addr":"aa:bb","addr_type":"random","scan_rsp":true}"#;
    let content = format!(
        "{good}\n\n{{\"t_ms\":1764337260100,\"rssi\":127,\"ad_hex\":\"\"}}\n{{\"t_ms\": oops\n{good}\n"
    );
    let (read, damage) = all(written(content.as_bytes()).path());
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].rssi, read[0].scan_response, read[1].rssi), (dbm(-61), true, None));
    assert!(damage.unwrap().to_string().contains("damaged at line 4:"));
    let long = format!("{{\"t_ms\":0,\"ad_hex\":\"{}\"}}\n", "00".repeat(256));
    assert!(all(written(long.as_bytes()).path()).1.unwrap().to_string().contains("at most 255 fit"));
    let binary = [b"{\"t_ms\":0,\"ad_hex\":\"\"}\n".as_slice(), &[0xff, 0xfe, b'\n']].concat();
    assert!(all(written(&binary).path()).1.unwrap().to_string().contains("line 2: it is no text"));
}

#[test]
fn a_file_of_another_kind_is_not_called_damaged() {
    let long = "x".repeat(5_000);
    for content in ["\n[radio]\nsource = \"capture\"\n", "\u{0}\u{1}", long.as_str()] {
        let (read, error) = all(written(content.as_bytes()).path());
        let error = error.unwrap().to_string();
        assert!(read.is_empty() && error.contains("is neither btsnoop nor JSON lines"), "{error}");
    }
    assert!(all(written(&[0xff, 0xfe]).path()).1.unwrap().to_string().contains("neither btsnoop"));
}

#[test]
fn the_recordings_in_the_tree_are_whole_and_agree() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let brand = shopbell_proto::frame::BrandUuid(0xfcf1);
    let tokens = |frames: &[Recorded]| -> std::collections::BTreeSet<_> {
        let found =
            frames.iter().filter_map(|frame| shopbell_proto::frame::find_token(brand, frame.ad.as_slice()));
        found.map(|found| found.token).collect()
    };
    let (sample, damage) = all(&root.join("tests/fixtures/sample.jsonl"));
    assert!(damage.is_none(), "{damage:?}");
    let mut heard = std::collections::BTreeSet::new();
    for agent in ["entrance", "womens"] {
        let (frames, damage) =
            all(&root.join(format!("deploy/demo/captures/lyon-republique-{agent}.btsnoop")));
        assert!(damage.is_none() && frames.len() > 5_000, "{agent}: {damage:?}, {} frames", frames.len());
        heard.extend(tokens(&frames));
    }
    assert!(
        !tokens(&sample).is_empty() && tokens(&sample).is_subset(&heard),
        "the sample is a part of the recordings"
    );
}

fn capture_at(millis: &[i64]) -> tempfile::NamedTempFile {
    let line = |ms: &i64| format!("{{\"t_ms\":{},\"rssi\":-50,\"ad_hex\":\"02011a\"}}\n", START_MS + ms);
    written(millis.iter().map(line).collect::<String>().as_bytes())
}

async fn frame(player: &mut Player) -> Option<Duration> {
    match player.next().await.unwrap() {
        Heard::Frame(frame) => Some(frame.uptime),
        Heard::End => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn as_fast_as_possible_pushes_the_clock() {
    let file = capture_at(&[0, 500, 400, 60_000]);
    let clock = Arc::new(FrameClock::new(Timestamp::from_millis(START_MS)));
    let pace = Pace::AsFastAsPossible(Arc::clone(&clock));
    let mut player = Player::new(Capture::open(file.path()).unwrap(), pace);
    for uptime in [0, 500, 400, 60_000] {
        assert_eq!(frame(&mut player).await, Some(Duration::from_millis(uptime)));
    }
    assert!(clock.uptime() >= Duration::from_secs(60) && clock.now().as_millis() >= START_MS + 60_000);
    assert_eq!(frame(&mut player).await, None, "the end is said once");
    let silent = tokio::time::timeout(Duration::from_millis(20), player.next()).await;
    assert!(silent.is_err(), "then nothing is heard");
}

#[tokio::test]
async fn a_late_start_skips_what_was_missed() {
    let file = capture_at(&[0, 1_000, 9_000, 9_900]);
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START_MS + 10_000)));
    let pace = Pace::Clock { clock, speed: 1.0 };
    let mut player = Player::new(Capture::open(file.path()).unwrap(), pace);
    // The agent has just started: what was on the air a moment before has uptime zero.
    assert_eq!(frame(&mut player).await, Some(Duration::ZERO));
    assert_eq!(frame(&mut player).await, Some(Duration::ZERO));
    assert_eq!(frame(&mut player).await, None);
}

#[tokio::test(start_paused = true)]
async fn frames_wait_for_their_time() {
    let file = capture_at(&[0, 2_000]);
    let clock = Arc::new(FrameClock::new(Timestamp::from_millis(START_MS)));
    let pace = Pace::Clock { clock: Arc::clone(&clock) as Arc<dyn Clock>, speed: 1.0 };
    let mut player = Player::new(Capture::open(file.path()).unwrap(), pace);
    assert_eq!(frame(&mut player).await, Some(Duration::ZERO));
    assert_eq!(frame(&mut player).await, Some(Duration::from_secs(2)));
    assert!(clock.uptime() >= Duration::from_secs(2), "not before it was due");
}
