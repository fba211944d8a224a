//! The control group: customers for whom nothing is suggested, so that what suggestions are worth can be measured.
//!
//! Who is in it is no record: it follows from the customer's number, the charter's salt and the charter's share, so that
//! it is the same in every shop, after every restart and in every version of this program, and can be checked by anybody
//! who has the three. A larger share keeps all who were held out before and adds others; another salt draws a new group.
//!
//! What happens to them is said in [`crate::starter`]: the same card, and nothing on it but a hello, as on that of any guest for
//! whom nothing is worth saying. Without it theirs would be the only cards of their kind, and whoever is to treat all alike would
//! know them. So a hello is no suggestion: what is measured are all others. Who asks for help is helped.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::CustomerId;

/// Which part of the experiment a customer is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Arm {
    /// Suggestions are shown.
    #[default]
    Open,
    /// Nothing is suggested.
    Holdout,
}

impl Arm {
    /// Its name in exports and explanations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Holdout => "holdout",
        }
    }

    /// That of a customer.
    pub fn of(customer: &CustomerId, salt: &str, share: Share) -> Self {
        // place / 2^64 < share / 1,000,000, without rounding.
        let place = u128::from(place(customer, salt));
        let bound = u128::from(share.0) << 64;
        if place * u128::from(Share::WHOLE) < bound { Self::Holdout } else { Self::Open }
    }
}

/// Where a customer stands between 0 and 2^64: the first eight bytes of SHA-256 over the salt's length as eight bytes, the
/// salt and the customer's number.
fn place(customer: &CustomerId, salt: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_be_bytes());
    hash.update(salt.as_bytes());
    hash.update(customer.as_str().as_bytes());
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |place, byte| place << 8 | u64::from(*byte))
}

/// A part of all customers, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    const WHOLE: u32 = 1_000_000;
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// One customer in twenty, as GrowthBook's holdouts have it.
    pub const USUAL: Self = Self(50_000);
    /// Half of all: with more, the control group would be the one with suggestions.
    pub const MOST: Self = Self(500_000);

    /// Of a number between 0 and 0.5, rounded to a millionth; `None` for any other.
    pub fn new(share: f64) -> Option<Self> {
        if !(0.0..=0.5).contains(&share) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 500,000 by the line above"
        )]
        let millionths = (share * f64::from(Self::WHOLE)).round() as u32;
        Some(Self(millionths))
    }

    /// In millionths of all customers.
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn customer(id: &str) -> CustomerId {
        CustomerId::new(id).unwrap()
    }

    /// The values are of Python's `hashlib.sha256(struct.pack(">Q", len(salt)) + salt + customer).digest()[:8]`.
    #[test]
    fn where_somebody_stands_never_changes() {
        for (salt, id, at) in [
            ("", "c1", 0xa3a4_81ec_6c2d_6f09_u64),
            ("shopbell", "c1", 0x7aee_5387_a130_3f0f),
            ("shopbell", "demo-camille", 0xfd0d_67d1_96d3_775a),
            ("2027", "demo-camille", 0xe1ef_a30f_8b51_71e7),
        ] {
            assert_eq!(place(&customer(id), salt), at, "{salt} {id}");
        }
    }

    #[test]
    fn a_share_is_a_number_up_to_a_half() {
        let share = |number| Share::new(number).map(Share::millionths);
        assert_eq!([share(0.0), share(0.05), share(0.5)], [Some(0), Some(50_000), Some(500_000)]);
        assert_eq!([share(-0.01), share(0.500_1), share(f64::NAN)], [None; 3]);
        assert_eq!(Share::new(0.05), Some(Share::USUAL));
    }

    #[test]
    fn a_salt_does_not_run_into_a_number() {
        assert_ne!(place(&customer("bc"), "a"), place(&customer("c"), "ab"));
    }

    /// With 20,000 customers the standard deviation of a share of 5 % is 0.15 points, and of a salt's group in another's
    /// 0.7 of 5: five of them are allowed.
    #[test]
    fn each_salt_draws_its_share_without_regard_to_the_others() {
        let held = |salt: &str| -> Vec<bool> {
            let arm = |n: u32| Arm::of(&customer(&format!("customer-{n}")), salt, Share::USUAL);
            (0..20_000).map(|n| arm(n) == Arm::Holdout).collect()
        };
        let groups: Vec<Vec<bool>> = (0..10).map(|n| held(&format!("salt {n}"))).collect();
        for group in &groups {
            let count = group.iter().filter(|held| **held).count();
            assert!((846..=1_154).contains(&count), "{count}");
        }
        let first = &groups[0];
        for other in &groups[1..] {
            let both = first.iter().zip(other).filter(|(a, b)| **a && **b).count();
            assert!((15..=85).contains(&both), "{both} of about 50 are in both");
        }
    }

    /// Sixteen equal drawers over the whole range, by chi-squared: beyond 60 comes one time in two million.
    #[test]
    fn places_are_uniform() {
        let mut drawers = [0_u32; 16];
        for n in 0..16_000 {
            let at = place(&customer(&format!("{n:08}")), "uniform") >> 60;
            drawers[usize::try_from(at).unwrap()] += 1;
        }
        let chi: f64 = drawers.iter().map(|count| (f64::from(*count) - 1_000.0).powi(2) / 1_000.0).sum();
        assert!(chi < 60.0, "{chi}: {drawers:?}");
    }

    proptest! {
        #[test]
        fn a_larger_share_keeps_those_who_are_held_out(
            id in "[a-z0-9]{1,20}", salt in ".{0,20}", less in 0_u32..=500_000, more in 0_u32..=500_000,
        ) {
            let (less, more) = (less.min(more), less.max(more));
            let of = |share| Arm::of(&customer(&id), &salt, Share(share));
            prop_assert!(of(less) == Arm::Open || of(more) == Arm::Holdout);
            prop_assert_eq!(of(0), Arm::Open);
        }
    }
}
