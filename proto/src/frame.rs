//! The bytes of a BLE advertisement: reading any, and writing those that carry a presence token.
//!
//! An advertisement is a row of AD structures, each `length | type | data`, where the length counts the type and the
//! data (Bluetooth Core specification, volume 3, part C, section 11). All numbers are little-endian on the air, so a
//! 128-bit UUID stands there with its last byte first.
//!
//! | carrier | who | bytes |
//! |---|---|---|
//! | A | Android, fobs | `03 03 uuid` and `13 16 uuid token`: service data of the brand's 16-bit UUID, exactly 16 bytes |
//! | B | iPhone, app in front | `03 03 uuid` and `11 07 nekot`: the token as the only 128-bit service UUID beside the brand's |
//!
//! (Hexadecimal lengths: 0x13 is 19 bytes. `nekot`: the token, last byte first.)
//!
//! Invariants: reading is total. Whatever the bytes, nothing panics, nothing is allocated, and the work is linear in
//! what was received. A truncated structure is given as far as it goes and is never a carrier by itself.
//!
//! Never here: addresses, RSSI, time. To add a carrier: a case in [`TokenCarrier`], its bytes in
//! [`TokenCarrier::advertise`], its recognition in [`find_token`], and rows in `frame/tests.rs`.

use shopbell_domain::{signal::Carrier, token::PresenceToken};

/// AD type: incomplete list of 16-bit service UUIDs.
pub const SOME_UUID16: u8 = 0x02;
/// AD type: complete list of 16-bit service UUIDs.
pub const ALL_UUID16: u8 = 0x03;
/// AD type: incomplete list of 128-bit service UUIDs.
pub const SOME_UUID128: u8 = 0x06;
/// AD type: complete list of 128-bit service UUIDs.
pub const ALL_UUID128: u8 = 0x07;
/// AD type: service data of a 16-bit UUID.
pub const SERVICE_DATA16: u8 = 0x16;
/// AD type: service data of a 128-bit UUID.
pub const SERVICE_DATA128: u8 = 0x21;

/// The 16-bit service UUID of the brand, by which its tokens are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BrandUuid(pub u16);

/// One AD structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdStructure<'a> {
    /// The AD type.
    pub kind: u8,
    /// What is there of its data.
    pub data: &'a [u8],
    /// Whether bytes are missing: the length says more than was received.
    pub truncated: bool,
}

/// The AD structures of an advertisement, in order.
///
/// A length of zero ends the significant part early (the rest is padding); a length that points behind the end gives
/// a last structure marked as truncated.
#[derive(Debug, Clone)]
pub struct AdStructures<'a> {
    rest: &'a [u8],
}

/// Reads the AD structures of an advertisement.
pub const fn structures(ad: &[u8]) -> AdStructures<'_> {
    AdStructures { rest: ad }
}

impl<'a> Iterator for AdStructures<'a> {
    type Item = AdStructure<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&length, rest) = self.rest.split_first()?;
        let (&kind, rest) = rest.split_first()?;
        let Some(wanted) = usize::from(length).checked_sub(1) else {
            self.rest = &[];
            return None;
        };
        let (data, rest) = rest.split_at_checked(wanted).unwrap_or((rest, &[]));
        self.rest = rest;
        Some(AdStructure { kind, data, truncated: data.len() < wanted })
    }
}

impl std::iter::FusedIterator for AdStructures<'_> {}

/// A token as found in an advertisement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The token.
    pub token: PresenceToken,
    /// How it was carried.
    pub carrier: Carrier,
}

/// Finds the presence token that an advertisement carries, if it carries one.
///
/// Carrier A wins over carrier B: it names the brand and the token in one structure. An advertisement that would carry
/// two different tokens carries none, since nothing says which one is meant.
pub fn find_token(brand: BrandUuid, ad: &[u8]) -> Option<Found> {
    let uuid = brand.0.to_le_bytes();
    let mut in_service_data = Only::Nothing;
    let mut as_uuid = Only::Nothing;
    let mut brand_listed = false;
    for AdStructure { kind, data, truncated } in structures(ad) {
        match kind {
            SERVICE_DATA16 if !truncated => {
                if let Some(token) = data.strip_prefix(&uuid).and_then(|token| token.try_into().ok()) {
                    in_service_data.add(token);
                }
            }
            SOME_UUID16 | ALL_UUID16 => brand_listed |= data.as_chunks::<2>().0.contains(&uuid),
            // A list that is cut off names UUIDs that are not seen, so "exactly one" cannot be told.
            SOME_UUID128 | ALL_UUID128 if !truncated => {
                data.as_chunks::<16>().0.iter().for_each(|uuid| as_uuid.add(*uuid));
            }
            _ => {}
        }
    }
    match (in_service_data, as_uuid) {
        (Only::One(token), _) => Some(Found { token: PresenceToken(token), carrier: Carrier::ServiceData }),
        (Only::Nothing, Only::One(mut uuid)) if brand_listed => {
            uuid.reverse();
            Some(Found { token: PresenceToken(uuid), carrier: Carrier::ServiceUuid })
        }
        _ => None,
    }
}

/// How many different values were seen: none, one, or too many to choose.
#[derive(Clone, Copy)]
enum Only {
    Nothing,
    One([u8; 16]),
    Several,
}

impl Only {
    fn add(&mut self, value: [u8; 16]) {
        *self = match *self {
            Self::Nothing => Self::One(value),
            Self::One(before) if before == value => Self::One(value),
            Self::One(_) | Self::Several => Self::Several,
        };
    }
}

/// The ways in which a phone can show its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenCarrier {
    /// Carrier A: service data of the brand's UUID.
    ServiceData,
    /// Carrier B: a 128-bit service UUID beside the brand's UUID.
    ServiceUuid,
}

impl TokenCarrier {
    /// The advertising data that a phone shows: at most 25 of the 31 bytes of a legacy advertisement.
    pub fn advertise(self, brand: BrandUuid, token: PresenceToken) -> Vec<u8> {
        let uuid = brand.0.to_le_bytes();
        let mut ad = Vec::with_capacity(25);
        match self {
            Self::ServiceData => {
                push(&mut ad, ALL_UUID16, &[&uuid]);
                push(&mut ad, SERVICE_DATA16, &[&uuid, &token.0]);
            }
            Self::ServiceUuid => {
                let mut reversed = token.0;
                reversed.reverse();
                // Flags as an iPhone sends them; iOS adds them to every connectable advertisement.
                push(&mut ad, 0x01, &[&[0x1a]]);
                push(&mut ad, ALL_UUID16, &[&uuid]);
                push(&mut ad, ALL_UUID128, &[&reversed]);
            }
        }
        ad
    }
}

/// Appends one AD structure; leaves it out, and says `false`, when its data does not fit the length byte.
pub fn push(ad: &mut Vec<u8>, kind: u8, data: &[&[u8]]) -> bool {
    let length = data.iter().map(|part| part.len()).sum::<usize>().saturating_add(1);
    let Ok(length) = u8::try_from(length) else { return false };
    ad.extend_from_slice(&[length, kind]);
    for part in data {
        ad.extend_from_slice(part);
    }
    true
}

#[cfg(test)]
mod tests;
