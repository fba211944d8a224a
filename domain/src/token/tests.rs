use proptest::prelude::*;

use super::*;

fn master(fill: impl Fn(u8) -> u8) -> MasterKey {
    MasterKey::new(std::array::from_fn(|i| fill(u8::try_from(i).unwrap())))
}

fn keys() -> TokenKeys {
    TokenKeys::new(master(|i| i))
}

fn at(window: u32) -> Timestamp {
    Window(window).begins() + std::time::Duration::from_secs(450)
}

/// Facts, computed with Python's `cryptography` 48.0.0:
///
/// ```python
/// day = window // 96
/// key = HKDF(hashes.SHA256(), 16, None, b"shopbell presence v1" + struct.pack(">I", day)).derive(master)
/// token = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(struct.pack(">QII", phone, window, 0))
/// ```
///
/// The second also with OpenSSL 3.0.22:
///
/// ```sh
/// K=$(openssl kdf -keylen 16 -kdfopt digest:SHA256 -kdfopt hexkey:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f \
///   -kdfopt hexinfo:$(printf 'shopbell presence v1' | xxd -p)$(printf '%08x' $((1993823 / 96))) HKDF | tr -d ':\n')
/// printf '0102030405060708%08x00000000' 1993823 | xxd -r -p | openssl enc -aes-128-ecb -K $K -nopad | xxd -p
/// ```
#[test]
fn tokens_are_those_that_other_implementations_compute() {
    let facts = [
        (master(|i| i), 0x0102_0304_0506_0708, 0, "070e772bf93bdc065297bc3e7ef9ae28"),
        (master(|i| i), 0x0102_0304_0506_0708, 1_993_823, "74faf8b0193006db485058ca369d9183"),
        (master(|i| i), 0x0102_0304_0506_0708, 1_993_824, "51c172eb57577269ba9999c7dd80226c"),
        (master(|_| 0xff), u64::MAX, u32::MAX, "6c1f9b575a7217a774cf306ad841f5d0"),
        (master(|_| 0), 0, 1_980_000, "993ce5019b430345b588486f850637bf"),
    ];
    for (master, phone, window, token) in facts {
        let (phone, window) = (PhoneId(phone), Window(window));
        let mut keys = TokenKeys::new(master);
        assert_eq!(hex::encode(keys.seal(phone, window).0), token, "phone {phone} in {window:?}");
        let heard = window.begins();
        let sealed = PresenceToken(hex::decode(token).unwrap().try_into().unwrap());
        assert_eq!(keys.open(sealed, heard), Ok(Opened { phone, window }));
    }
}

#[test]
fn a_token_opens_on_both_sides_of_midnight() {
    let mut keys = keys();
    let (last_of_day, first_of_day) = (Window(1_993_823), Window(1_993_824));
    assert_eq!((last_of_day.day(), first_of_day.day()), (20_768, 20_769));
    let phone = PhoneId(7);
    let (late, early) = (keys.seal(phone, last_of_day), keys.seal(phone, first_of_day));
    let midnight = first_of_day.begins();
    let just_before = Timestamp::from_millis(midnight.as_millis() - 1);
    for heard in [just_before, midnight] {
        assert_eq!(keys.open(late, heard), Ok(Opened { phone, window: last_of_day }));
        assert_eq!(keys.open(early, heard), Ok(Opened { phone, window: first_of_day }));
    }
}

#[test]
fn the_ends_of_time_are_windows_too() {
    let mut keys = keys();
    let phone = PhoneId(1);
    for (instant, window) in [
        (Timestamp::from_millis(i64::MIN), Window(0)),
        (Timestamp::from_millis(-1), Window(0)),
        (Timestamp::EPOCH, Window(0)),
        (Timestamp::from_millis(i64::MAX), Window(u32::MAX)),
    ] {
        assert_eq!(Window::at(instant), window);
        let token = keys.seal(phone, window);
        assert_eq!(keys.open(token, instant), Ok(Opened { phone, window }));
    }
}

/// Blocks under the right key of day 20,768 (window 1,993,823) with a wrong inside, made like the facts above: the
/// last four bytes 1, then 0x80000000, then the first window of the next day.
#[test]
fn a_block_under_the_right_key_with_a_wrong_inside_is_forged() {
    for block in [
        "001a4ce63e2b4f1224fc5ef51d0ff372",
        "e097520c8d6273c5949cb31668d05b6a",
        "8dc3ab7daf7a90f481c994d851f53060",
    ] {
        let token = PresenceToken(hex::decode(block).unwrap().try_into().unwrap());
        for window in [1_993_823, 1_993_824] {
            assert_eq!(keys().open(token, at(window)), Err(OpenError::Forged), "{block}");
        }
    }
}

#[test]
fn another_key_opens_nothing() {
    let token = keys().seal(PhoneId(1), Window(1_993_823));
    let mut others = TokenKeys::new(master(|i| i + 1));
    assert_eq!(others.open(token, at(1_993_823)), Err(OpenError::Forged));
}

#[test]
fn a_clock_years_off_makes_stale_or_forged_and_never_a_visit() {
    let mut keys = keys();
    let window = 1_993_823;
    let token = keys.seal(PhoneId(1), Window(window));
    for years in 1..=56 {
        let heard = at(window - years * 365 * WINDOWS_PER_DAY);
        // The key of another day does not open it at all.
        assert_eq!(keys.open(token, heard), Err(OpenError::Forged));
    }
}

#[test]
fn secrets_and_tokens_do_not_print() {
    let mut keys = keys();
    let token = keys.seal(PhoneId(1), Window(0));
    let printed = format!("{token:?} {:?}", master(|i| i));
    assert_eq!(printed, "PresenceToken([redacted]) MasterKey([redacted])");
    assert!(!format!("{keys:?}").contains("00010203"));
}

proptest! {
    #[test]
    fn what_is_sealed_opens_in_its_time(phone: u64, window in 1_u32..u32::MAX, off in -1_i64..=1, ms in 0_i64..900_000) {
        let mut keys = keys();
        let (phone, window) = (PhoneId(phone), Window(window));
        let token = keys.seal(phone, window);
        let heard = Timestamp::from_millis(window.begins().as_millis() + off * 900_000 + ms);
        prop_assert_eq!(keys.open(token, heard), Ok(Opened { phone, window }));
    }

    #[test]
    fn beyond_the_neighbours_it_is_refused(phone: u64, window in 10_u32..u32::MAX - 400, off in 2_u32..400, before: bool) {
        let mut keys = keys();
        let token = keys.seal(PhoneId(phone), Window(window));
        let heard = if before { window.saturating_sub(off) } else { window + off };
        prop_assume!(heard.abs_diff(window) > 1);
        let error = keys.open(token, at(heard)).unwrap_err();
        // Within the same day the key is right and the window is wrong.
        if heard / WINDOWS_PER_DAY == window / WINDOWS_PER_DAY {
            prop_assert_eq!(error, OpenError::Stale);
        }
    }

    #[test]
    fn random_blocks_are_forged(block: [u8; 16], window: u32) {
        prop_assert_eq!(keys().open(PresenceToken(block), at(window)), Err(OpenError::Forged));
    }

    #[test]
    fn one_flipped_bit_is_forged(phone: u64, window: u32, bit in 0_usize..128) {
        let mut keys = keys();
        let PresenceToken(mut block) = keys.seal(PhoneId(phone), Window(window));
        block[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(keys.open(PresenceToken(block), Window(window).begins()), Err(OpenError::Forged));
    }

    #[test]
    fn kept_ciphers_never_mix_up_days(days in prop::collection::vec(20_000_u32..20_020, 1..40)) {
        let mut kept = keys();
        for day in days {
            let window = Window(day * WINDOWS_PER_DAY + 50);
            let fresh = keys().seal(PhoneId(9), window);
            prop_assert_eq!(kept.seal(PhoneId(9), window), fresh);
            prop_assert_eq!(kept.open(fresh, window.begins()), Ok(Opened { phone: PhoneId(9), window }));
        }
    }
}
