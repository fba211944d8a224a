//! What the models' tests share: integrals computed the slow way, slopes by finite differences, made-up customers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::History;
use crate::special::ln_gamma;

/// Narrow enough for the 30 purchases of [`histories`].
const STEP: f64 = 0.1;

/// `∫ f(x) dx` over 0 .. ∞ with weight `x^(shape-1) rate^shape exp(-rate x)/Γ(shape)`: the mean of `f` under a gamma
/// distribution. The trapezoidal rule on ln x, which is exact to rounding for what is smooth there.
pub(crate) fn over_gamma(shape: f64, rate: f64, f: impl Fn(f64) -> f64) -> f64 {
    over_gamma_in_steps(STEP, shape, rate, f)
}

/// The same with a step for what is narrower.
pub(crate) fn over_gamma_in_steps(step: f64, shape: f64, rate: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (from, to) = (-30.0 / shape.min(1.0), 7.0 + (1.0 + shape).ln());
    let norm = ln_gamma(shape);
    grid(from, to, step)
        .map(|u| {
            // x = e^u / rate, and dx/x = du.
            let density = (shape * u - u.exp() - norm).exp();
            if density == 0.0 { 0.0 } else { density * f(u.exp() / rate) * step }
        })
        .sum()
}

/// The mean of `f(p, 1 - p)` under a beta distribution: the same on the logarithm of p / (1-p).
pub(crate) fn over_beta(a: f64, b: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
    let (from, to, step) = (-30.0 / a.min(1.0), 30.0 / b.min(1.0), STEP);
    let norm = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    grid(from, to, step)
        .map(|u| {
            let (p, left) = (1.0 / (1.0 + (-u).exp()), 1.0 / (1.0 + u.exp()));
            // dp = p (1-p) du.
            let density = (-a * (-u).exp().ln_1p() - b * u.exp().ln_1p() - norm).exp();
            if density == 0.0 { 0.0 } else { density * f(p, left) * step }
        })
        .sum()
}

fn grid(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..).map(move |n| from + f64::from(n) * step).take_while(move |at| *at < to)
}

/// Differs by no more than `tolerance`, in parts of `expected` where that is above 1.
#[track_caller]
pub(crate) fn close(found: f64, expected: f64, tolerance: f64) {
    let off = (found - expected).abs() / expected.abs().max(1.0);
    assert!(off <= tolerance, "{found} is not {expected}: off by {off:.1e}");
}

/// Differs by no more than `tolerance`, in parts of `expected`.
#[track_caller]
pub(crate) fn near(found: f64, expected: f64, tolerance: f64) {
    let off = (found / expected - 1.0).abs();
    assert!(off <= tolerance, "{found} is not {expected}: off by {off:.1e} of it");
}

/// The gradient of `function` at `at`, by central differences.
pub(crate) fn slopes<const N: usize>(at: [f64; N], function: impl Fn([f64; N]) -> f64) -> [f64; N] {
    std::array::from_fn(|index| {
        let step = 1e-5 * at[index];
        let moved = |by: f64| {
            let mut moved = at;
            moved[index] += by;
            function(moved)
        };
        (moved(step) - moved(-step)) / (2.0 * step)
    })
}

/// Any history of up to 30 repeat purchases in up to 80 units of time.
pub(crate) fn histories() -> impl Strategy<Value = History> {
    (0_u32..30, 0.0_f64..=1.0, 0.1_f64..80.0).prop_map(|(frequency, share, age)| {
        let recency = if frequency == 0 { 0.0 } else { (share * age).max(1e-3 * age) };
        History::try_new(frequency, recency, age).unwrap()
    })
}

/// Numbers between 0 and 1, the same each time (Marsaglia, *Xorshift RNGs*, 2003).
pub(crate) struct Chances(u64);

impl Chances {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[expect(clippy::cast_precision_loss, reason = "53 bits of chance")]
        let chance = (self.0 >> 11) as f64;
        (chance + 0.5) / 9_007_199_254_740_992.0
    }

    /// An exponential time of this rate.
    pub(crate) fn wait(&mut self, rate: f64) -> f64 {
        -self.next().ln() / rate
    }
}

/// Customers who live as `ends` says: of the time of a purchase (0 for the first), whether it was the last, and of a new
/// customer, when they die. Their rates have a gamma distribution of shape 1 and rate 8.
pub(crate) fn simulated(
    customers: usize,
    mut death: impl FnMut(&mut Chances) -> f64,
    mut chance_to_end: impl FnMut(&mut Chances) -> f64,
    first_may_be_last: bool,
) -> Vec<History> {
    let mut chances = Chances::new(88_172_645_463_325_252);
    let mut one = |number: usize| {
        let age = 30.0 + f64::from(u32::try_from(number % 23).unwrap());
        let (rate, dies, p) = (chances.wait(8.0), death(&mut chances), chance_to_end(&mut chances));
        let (mut frequency, mut recency) = (0, 0.0);
        let mut over = first_may_be_last && chances.next() < p;
        while !over {
            let next = recency + chances.wait(rate);
            if next > age.min(dies) {
                break;
            }
            (frequency, recency) = (frequency + 1, next);
            over = chances.next() < p;
        }
        History::try_new(frequency, recency, age).unwrap()
    };
    (0..customers).map(&mut one).collect()
}
