use std::collections::BTreeSet;

use shopbell_domain::{
    id::PhoneId,
    token::{MasterKey, TokenKeys},
};
use shopbell_proto::frame::find_token;

use super::*;

const PHONE: PhoneId = PhoneId(0x0102_0304_0506_0708);
const FIRST: Window = Window(1_994_646);

fn keys() -> TokenKeys {
    TokenKeys::new(MasterKey::new([7; 32]))
}

fn tokens(windows: u32) -> Tokens {
    let mut keys = keys();
    Tokens::new(FIRST, (0..windows).map(|i| keys.seal(PHONE, Window(FIRST.0 + i))).collect())
}

fn minutes(from: u64, until: u64) -> Stretch {
    let at = |minutes: u64| FIRST.begins() + Duration::from_secs(minutes * 60);
    Stretch { during: at(from)..at(until), rssi: -60 }
}

fn ad(frame: &Frame) -> Vec<u8> {
    hex::decode(&frame.ad_hex).unwrap()
}

#[test]
fn every_frame_opens_to_this_phone_at_its_own_time() {
    let mut keys = keys();
    for phone in [Phone::android(tokens(3), 1), Phone::iphone(tokens(3), 2)] {
        let frames = phone.heard(&[minutes(0, 45)]);
        assert!(frames.len() > 9_000, "{} frames in 45 minutes", frames.len());
        for frame in &frames {
            let found = find_token(phone.brand, &ad(frame)).unwrap();
            let opened = keys.open(found.token, Timestamp::from_millis(frame.t_ms)).unwrap();
            assert_eq!(opened.phone, PHONE);
            assert_eq!(opened.window, Window::at(Timestamp::from_millis(frame.t_ms)));
        }
    }
}

#[test]
fn the_address_turns_with_the_token_and_only_then() {
    let frames = Phone::android(tokens(4), 3).heard(&[minutes(0, 60)]);
    let pairs: BTreeSet<(&str, &str)> = frames.iter().map(|f| (f.ad_hex.as_str(), f.addr.as_str())).collect();
    let addresses: BTreeSet<&str> = pairs.iter().map(|(_, address)| *address).collect();
    assert_eq!((pairs.len(), addresses.len()), (4, 4));
}

#[test]
fn a_phone_without_a_token_for_now_is_silent() {
    let phone = Phone::android(tokens(1), 4);
    assert_eq!(phone.heard(&[minutes(15, 30)]), []);
    assert_eq!(phone.shows(FIRST.begins() - Duration::from_millis(1)), None);
    assert!(phone.shows(FIRST.begins()).is_some());
}

#[test]
fn an_opt_out_ends_everything_at_once() {
    let off = FIRST.begins() + Duration::from_secs(120);
    let phone = Phone { silent_from: Some(off), ..Phone::iphone(tokens(1), 5) };
    let frames = phone.heard(&[minutes(0, 5)]);
    assert!(!frames.is_empty() && frames.iter().all(|frame| frame.t_ms < off.as_millis()));
}

#[test]
fn two_stretches_leave_a_silence_between() {
    let frames = Phone::android(tokens(1), 6).heard(&[minutes(0, 1), minutes(3, 4)]);
    let gap = frames.windows(2).map(|pair| pair[1].t_ms - pair[0].t_ms).max().unwrap();
    assert!((119_000..=121_000).contains(&gap), "{gap} ms");
}

#[test]
fn an_answer_of_the_server_becomes_tokens_and_a_torn_one_does_not() {
    let issued = tokens(2);
    let bytes: Vec<u8> = issued.tokens.iter().flat_map(|token| token.0).collect();
    let answer = IssueTokensResponse { first_window: FIRST.0, tokens: bytes };
    let read = Tokens::try_from(&answer).unwrap();
    assert_eq!((read.first, read.tokens), (issued.first, issued.tokens));
    let torn = IssueTokensResponse { tokens: vec![0; 17], ..answer };
    assert_eq!(
        Tokens::try_from(&torn).unwrap_err().to_string(),
        "17 bytes of tokens are not a whole number of 16"
    );
}

#[test]
fn a_capture_is_sorted_lines_of_json() {
    let frames = [Phone::iphone(tokens(1), 8), Phone::android(tokens(1), 9)];
    let frames: Vec<Frame> = frames.iter().flat_map(|phone| phone.heard(&[minutes(0, 1)])).collect();
    let mut out = Vec::new();
    write_capture(frames.clone(), &mut out).unwrap();
    let read: Vec<Frame> = out.lines_of_json();
    assert_eq!(read.len(), frames.len());
    assert!(read.is_sorted_by_key(|frame| frame.t_ms));
}

trait LinesOfJson {
    fn lines_of_json(&self) -> Vec<Frame>;
}

impl LinesOfJson for Vec<u8> {
    fn lines_of_json(&self) -> Vec<Frame> {
        std::str::from_utf8(self).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The document's example: a line `carrier X: ...` for each carrier, under one token.
#[test]
fn the_documented_bytes_are_what_phones_send_and_agents_recognise() {
    let document = include_str!("../../../docs/phone.md");
    let line = |start: &str| {
        let mut lines = document.lines().filter_map(|line| line.strip_prefix(start));
        let bytes: String = lines
            .next()
            .unwrap_or_else(|| panic!("docs/phone.md lost its line {start:?}"))
            .split(' ')
            .collect();
        assert!(lines.next().is_none(), "docs/phone.md has {start:?} twice");
        hex::decode(bytes).unwrap()
    };
    let token = PresenceToken(line("token:     ").try_into().unwrap());
    let tokens = Tokens::new(FIRST, vec![token]);
    for (start, phone) in [
        ("carrier A: ", Phone::android(tokens.clone(), 0)),
        ("carrier B: ", Phone::iphone(tokens.clone(), 0)),
    ] {
        let documented = line(start);
        assert!(documented.len() <= 31, "{start} does not fit a legacy advertisement");
        assert_eq!(phone.shows(FIRST.begins()).unwrap(), documented, "{start}");
        assert_eq!(find_token(phone.brand, &documented).unwrap().token, token, "{start}");
    }
}
