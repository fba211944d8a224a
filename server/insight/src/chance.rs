//! Random numbers that are the same for the same seed, on every machine and in every version.
//!
//! A card that was drawn can be drawn again from its log, years later, so the generator is written out here: xoshiro256++
//! (Blackman and Vigna, *Scrambled linear pseudorandom number generators*, ACM Trans. Math. Softw. 47, 2021), seeded by
//! SplitMix64 as its authors ask. Logarithms are `libm`'s, which do not differ between machines as the system's may.
//!
//! Never here: a seed. Whoever calls brings one; and nothing that is secret, since who sees some numbers can tell the next.

/// A source of random numbers, at one place of its sequence.
#[derive(Debug, Clone)]
pub struct Chance {
    state: [u64; 4],
    /// The second of two normal numbers that were made together.
    spare: Option<f64>,
}

impl Chance {
    /// The sequence of a seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut at = seed;
        let state = [(); 4].map(|()| {
            at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (at ^ (at >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        });
        Self { state, spare: None }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Evenly from 0 to below 1, in steps of 2^-53.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds")]
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly from 0 to below `count`; 0 when there is nothing to choose from.
    ///
    /// The high half of a product (Lemire 2019), without its rejection: no number is likelier than another by more than
    /// `count / 2^64`.
    #[expect(clippy::cast_possible_truncation, reason = "less than `count`, which is a usize")]
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// Normally, with mean 0 and variance 1: Marsaglia's polar method (SIAM Review 6, 1964).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_its_authors() {
        // SplitMix64 of 0, as the reference program prints it, is the state; the first output follows from it.
        let mut chance = Chance::from_seed(0);
        assert_eq!(
            chance.state,
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec]
        );
        // xoshiro256++ of 1, 2, 3, 4, as `rand_xoshiro` tests it.
        chance.state = [1, 2, 3, 4];
        let first = [(); 4].map(|()| chance.bits());
        assert_eq!(first, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn uniform_numbers_fill_their_range() {
        let mut chance = Chance::from_seed(7);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            let number = chance.uniform();
            assert!((0.0..1.0).contains(&number));
            counts[chance.below(10)] += 1;
        }
        // Five standard deviations of 95.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 475), "{counts:?}");
        assert_eq!(chance.below(1), 0);
        assert_eq!(chance.below(0), 0);
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let mut chance = Chance::from_seed(11);
        let mut moments = [0.0_f64; 4];
        for _ in 0..200_000 {
            let number = chance.normal();
            for (power, moment) in (1..).zip(&mut moments) {
                *moment += number.powi(power) / 200_000.0;
            }
        }
        // Standard deviations: sqrt(1/n), sqrt(2/n), sqrt(15/n), sqrt(96/n); five of them.
        for ((found, expected), tolerance) in
            moments.iter().zip([0.0, 1.0, 0.0, 3.0]).zip([0.012, 0.016, 0.044, 0.11])
        {
            assert!((found - expected).abs() < tolerance, "{moments:?}");
        }
    }
}
