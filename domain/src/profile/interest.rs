//! What the customer is interested in lately, by category: a sum that halves with time.
//!
//! An event of weight `w` at time `t` is worth `w * 2^(-(now - t) / half life)` at `now`. The sum of all of them is kept
//! as its value at the time of the last one, and is moved on to a later time by one multiplication. Integers only, so
//! that each machine gets the same; each step rounds down by less than [`UNIT`]`/ 2^32`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Moment, Profile, Source, lists};
use crate::time::Timestamp;

/// In this time an interest halves. Another value is another rule: raise [`super::FOLD_VERSION`] with it.
pub const INTEREST_HALF_LIFE: Duration = Duration::from_secs(30 * 86_400);

/// The units of one look at a product.
const UNIT: u64 = 1 << 32;

/// How much an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Looked at a list or a product.
    Look = 1,
    /// Shared.
    Dealt = 2,
    /// Put into the cart or on the wish list.
    Wanted = 3,
}

/// Interest in one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest {
    /// The category, as the web shop writes it.
    pub category: String,
    /// The sum at `last`, in units of 2^-32 of a look.
    pub sum: u64,
    /// The last event that counted.
    pub last: Timestamp,
    /// Where that one was.
    pub source: Source,
}

impl Interest {
    /// What it is worth at `now`: 1.0 is one look at a product just now.
    pub fn strength(&self, now: Timestamp) -> f64 {
        let units = decayed(self.sum, now.since(self.last), INTEREST_HALF_LIFE);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are more than enough to compare interests")]
        let (units, unit) = (units as f64, UNIT as f64);
        units / unit
    }
}

/// `units` after `elapsed`, rounded down.
pub(super) fn decayed(units: u64, elapsed: Duration, half_life: Duration) -> u64 {
    let (elapsed, half_life) = (elapsed.as_millis(), half_life.as_millis().max(1));
    let halves = u32::try_from(elapsed / half_life).unwrap_or(u32::MAX);
    if halves >= u64::BITS {
        return 0;
    }
    let fraction = ((elapsed % half_life) << ROOTS.len()) / half_life;
    let mut factor = ONE;
    for (bit, root) in ROOTS.iter().rev().enumerate() {
        if fraction >> bit & 1 == 1 {
            factor = (factor * root) >> 63;
        }
    }
    u64::try_from(((u128::from(units) * factor) >> 63) >> halves).unwrap_or(u64::MAX)
}

/// 1 in the factors' fixed point.
const ONE: u128 = 1 << 63;

/// `2^-(1/2)`, `2^-(1/4)` and so on: each is the square root of the one before.
const ROOTS: [u128; 32] = {
    let mut roots = [0; 32];
    let (mut root, mut index) = (ONE >> 1, 0);
    while index < roots.len() {
        root = (root << 63).isqrt();
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated when compiled, where a wrong index is an error"
        )]
        {
            roots[index] = root;
        }
        index += 1;
    }
    roots
};

/// Adds an event. Beyond [`Profile::MAX_INTERESTS`] the weakest at this time falls out.
pub(super) fn add(profile: &mut Profile, category: Option<&str>, weight: Weight, now: Moment) {
    let Some(category) = category.and_then(lists::short) else { return };
    let interests = &mut profile.interests;
    let worth = |interest: &Interest| decayed(interest.sum, now.at.since(interest.last), INTEREST_HALF_LIFE);
    let sum = UNIT * weight as u64;
    match interests.binary_search_by(|known| known.category.cmp(&category)) {
        Ok(index) => {
            let Some(known) = interests.get_mut(index) else { return };
            known.sum = worth(known).saturating_add(sum);
            (known.last, known.source) = (now.at, now.source);
        }
        Err(index) => {
            interests.insert(index, Interest { category, sum, last: now.at, source: now.source });
            if interests.len() > Profile::MAX_INTERESTS {
                lists::touched(interests.len());
                let weakest = interests.iter().enumerate().min_by_key(|(_, interest)| worth(interest));
                if let Some(index) = weakest.map(|(index, _)| index) {
                    interests.remove(index);
                }
            }
        }
    }
}
