//! The presence token: 16 bytes that a phone shows on the air for 15 minutes, and only the server can open.
//!
//! One AES-128 block over `phone_id (8 bytes BE) | window (4 bytes BE) | 4 zero bytes`, under the key of the
//! window's UTC day: `K(day) = HKDF-SHA256(ikm = master, no salt, info = "shopbell presence v1" | day (4 bytes BE))`.
//! A random block passes the zero and window checks with probability 3 * 2^-64 (encode-then-encipher: Bellare and
//! Rogaway, ASIACRYPT 2000), before the phone must also be known.
//!
//! Opening costs one block decryption, and the schedules of the few days in question are kept, so the cost does not
//! grow with the number of customers.

use std::fmt;

use aes::{
    Aes128,
    cipher::{BlockDecrypt as _, BlockEncrypt as _, KeyInit as _},
};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{id::PhoneId, time::Timestamp};

/// Seconds that one token is shown.
pub const WINDOW_SECS: u32 = 900;
/// Windows of one day.
pub const WINDOWS_PER_DAY: u32 = 96;
const INFO: &[u8] = b"shopbell presence v1";

/// What a phone shows on the air. Opaque to everybody but the server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PresenceToken(pub [u8; 16]);

/// A token links a phone to a place for 15 minutes: it is not printed.
impl fmt::Debug for PresenceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresenceToken([redacted])")
    }
}

/// A quarter of an hour: Unix seconds divided by 900.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window(pub u32);

impl Window {
    /// The window of an instant. Instants before 1970 or after the year 124,000 count as the nearest window.
    pub fn at(instant: Timestamp) -> Self {
        // Unsigned, which divides faster: each token that is opened comes by here.
        let windows = instant.as_millis().max(0).cast_unsigned() / (1_000 * u64::from(WINDOW_SECS));
        Self(u32::try_from(windows).unwrap_or(u32::MAX))
    }

    /// When the window begins.
    pub fn begins(self) -> Timestamp {
        Timestamp::from_secs(i64::from(self.0) * i64::from(WINDOW_SECS))
    }

    /// Whether this is the other window or a neighbour of it.
    fn is_near(self, other: Self) -> bool {
        self.0.abs_diff(other.0) <= 1
    }

    /// The UTC day that the window belongs to, in days since 1970.
    pub fn day(self) -> u32 {
        self.0 / WINDOWS_PER_DAY
    }
}

/// The secret from which all tokens of a brand come. Wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// From 32 secret bytes, which should come from a cryptographic random generator.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn day_cipher(&self, day: u32) -> Aes128 {
        let mut key = [0_u8; 16];
        let info = [INFO, &day.to_be_bytes()].concat();
        // Sixteen bytes are always a valid HKDF length (at most 255 * 32), and always a valid AES-128 key.
        let expanded = Hkdf::<Sha256>::new(None, &self.0).expand(&info, &mut key);
        debug_assert!(expanded.is_ok());
        let cipher = Aes128::new(&key.into());
        key.zeroize();
        cipher
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

/// A token that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The phone that the token was issued to. It may have been revoked since.
    pub phone: PhoneId,
    /// The window it was issued for.
    pub window: Window,
}

/// Why a token means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not made with this key: forged, damaged, or another brand's.
    #[error("the token was not issued by this server")]
    Forged,
    /// Made with this key, but for a window that is neither the sighting's own nor its neighbour.
    #[error("the token was issued for another time")]
    Stale,
}

/// The tokens of one UTC day.
#[derive(Debug)]
struct Day {
    first: Window,
    cipher: Aes128,
}

impl Day {
    const fn holds(&self, window: Window) -> bool {
        window.0.wrapping_sub(self.first.0) < WINDOWS_PER_DAY
    }

    /// What a token of this day holds.
    fn open(&self, token: PresenceToken) -> Option<Opened> {
        let mut block = token.0.into();
        self.cipher.decrypt_block(&mut block);
        let plain = <[u8; 16]>::from(block);
        let (phone, rest) = plain.split_first_chunk::<8>()?;
        let (window, zeros) = rest.split_first_chunk::<4>()?;
        let window = Window(u32::from_be_bytes(*window));
        let phone = PhoneId(u64::from_be_bytes(*phone));
        (zeros == [0; 4] && self.holds(window)).then_some(Opened { phone, window })
    }
}

/// Seals and opens tokens; keeps the ciphers of the days around the present.
#[derive(Debug)]
pub struct TokenKeys {
    master: MasterKey,
    /// A day stands at its number modulo the length, so that days in a row never push each other out.
    days: [Option<Day>; KEPT_DAYS],
    /// Where the day that was last asked for stands: nearly always the one that is asked for next.
    recent: usize,
}

/// Yesterday, today and tomorrow, and room for late events of two more days.
const KEPT_DAYS: usize = 5;

impl TokenKeys {
    /// For tokens under this master key.
    pub const fn new(master: MasterKey) -> Self {
        Self { master, days: [const { None }; KEPT_DAYS], recent: 0 }
    }

    /// The token that a phone shows during a window.
    pub fn seal(&mut self, phone: PhoneId, window: Window) -> PresenceToken {
        let plain = u128::from(phone.0) << 64 | u128::from(window.0) << 32;
        let mut block = plain.to_be_bytes().into();
        self.with_day(window, |day| day.cipher.encrypt_block(&mut block));
        PresenceToken(block.into())
    }

    /// Opens a token heard at `heard`, by the server's corrected time.
    ///
    /// Accepted windows: the sighting's own and its two neighbours, since phones' clocks differ and a phone may
    /// change its token late.
    pub fn open(&mut self, token: PresenceToken, heard: Timestamp) -> Result<Opened, OpenError> {
        let now = Window::at(heard);
        if let Some(Some(day)) = self.days.get(self.recent)
            && day.holds(now)
            && let Some(opened) = day.open(token)
            && opened.window.is_near(now)
        {
            return Ok(opened);
        }
        self.open_otherwise(now, token)
    }

    /// What the day that was asked for last does not open: a token of another day, next to midnight one of the
    /// neighbouring day, or none. Apart from [`TokenKeys::open`], which is the faster for it.
    #[cold]
    fn open_otherwise(&mut self, now: Window, token: PresenceToken) -> Result<Opened, OpenError> {
        let mut outcome = OpenError::Forged;
        let mut tried = None;
        for window in [now.0, now.0.saturating_sub(1), now.0.saturating_add(1)].map(Window) {
            if tried.replace(window.day()) == Some(window.day()) {
                continue;
            }
            match self.with_day(window, |day| day.open(token)) {
                Some(opened) if opened.window.is_near(now) => return Ok(opened),
                Some(_) => outcome = OpenError::Stale,
                None => {}
            }
        }
        Err(outcome)
    }

    fn with_day<T>(&mut self, window: Window, apply: impl FnOnce(&Day) -> T) -> T {
        let number = window.day();
        let make = || Day { first: Window(number * WINDOWS_PER_DAY), cipher: self.master.day_cipher(number) };
        self.recent = number as usize % KEPT_DAYS;
        match self.days.get_mut(self.recent) {
            Some(Some(day)) if day.holds(window) => apply(day),
            Some(slot) => apply(slot.insert(make())),
            None => apply(&make()),
        }
    }
}

#[cfg(test)]
mod tests;
