//! How long to wait before trying again: a pure policy, and its use by one connection.
//!
//! The constants are those of gRPC's connection backoff (1 s, x1.6, at most 120 s, +-20 %), without an end: a
//! shop may be offline for days, and nobody is there to press a button.

use std::time::Duration;

use rand::Rng;

/// A validated policy. Delays grow by a factor from `initial` to `max`, and each is spread by the jitter, so
/// that ten thousand agents do not come back at the same moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    factor: f64,
    jitter: f64,
    reset_after: Duration,
}

/// Which part of a policy makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBackoff {
    /// The first delay would be no delay.
    #[error("the first delay must be above zero")]
    Initial,
    /// The greatest delay is below the first, or too long for a timer.
    #[error("the greatest delay must be at least the first one, and at most a day")]
    Max,
    /// Delays would shrink or never end.
    #[error("the factor must be between 1 and 10")]
    Factor,
    /// The jitter would make delays negative or double them.
    #[error("the jitter must be at least 0 and below 1")]
    Jitter,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(1),
            max: Duration::from_secs(120),
            factor: 1.6,
            jitter: 0.2,
            reset_after: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// Checks and makes a policy: first delay, greatest delay (before jitter), growth per failure, and jitter as
    /// a share of the delay (0.2 = +-20 %). It resets after 60 s of health; see [`Backoff::with_reset_after`].
    pub fn try_new(
        initial: Duration,
        max: Duration,
        factor: f64,
        jitter: f64,
    ) -> Result<Self, InvalidBackoff> {
        if initial.is_zero() {
            return Err(InvalidBackoff::Initial);
        }
        if max < initial || max > Duration::from_secs(86_400) {
            return Err(InvalidBackoff::Max);
        }
        if !(1.0..=10.0).contains(&factor) {
            return Err(InvalidBackoff::Factor);
        }
        if !(0.0..1.0).contains(&jitter) {
            return Err(InvalidBackoff::Jitter);
        }
        Ok(Self { initial, max, factor, jitter, reset_after: Duration::from_secs(60) })
    }

    /// How long a connection must have been healthy for the next failure to count as the first.
    #[must_use]
    pub const fn with_reset_after(self, reset_after: Duration) -> Self {
        Self { reset_after, ..self }
    }

    /// The delay after so many failures in a row before this one, without jitter.
    pub fn base(&self, earlier_failures: u32) -> Duration {
        let exponent = i32::try_from(earlier_failures).unwrap_or(i32::MAX);
        let seconds = self.initial.as_secs_f64() * self.factor.powi(exponent);
        if seconds >= self.max.as_secs_f64() { self.max } else { Duration::from_secs_f64(seconds) }
    }

    /// Starts counting failures.
    pub const fn start(self) -> Attempts {
        Attempts { policy: self, failures: 0 }
    }
}

/// The failures of one connection.
#[derive(Debug, Clone)]
pub struct Attempts {
    policy: Backoff,
    failures: u32,
}

impl Attempts {
    /// Another attempt failed, after it had been healthy for `healthy_for` (zero when it never was): how long to
    /// wait before the next one.
    pub fn failed(&mut self, healthy_for: Duration, rng: &mut impl Rng) -> Duration {
        if healthy_for >= self.policy.reset_after {
            self.failures = 0;
        }
        let base = self.policy.base(self.failures);
        self.failures = self.failures.saturating_add(1);
        let jitter = self.policy.jitter;
        base.mul_f64(1.0 + jitter * rng.random_range(-1.0..=1.0))
    }

    /// Failures in a row so far.
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn policy() -> impl Strategy<Value = Backoff> {
        (1_u64..10_000, 0_u64..1_000_000, 1.0..=10.0, 0.0..0.99).prop_map(
            |(initial, more, factor, jitter)| {
                let initial = Duration::from_millis(initial);
                Backoff::try_new(initial, initial + Duration::from_millis(more), factor, jitter).unwrap()
            },
        )
    }

    proptest! {
        #[test]
        fn delays_stay_within_jitter_of_a_growing_capped_base(policy in policy(), seed: u64, failures in 1_u32..200) {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut attempts = policy.start();
            let mut previous = Duration::ZERO;
            for failure in 0..failures {
                let base = policy.base(failure);
                prop_assert!(base >= previous && base >= policy.initial && base <= policy.max);
                previous = base;
                let delay = attempts.failed(Duration::ZERO, &mut rng).as_secs_f64();
                prop_assert!(delay >= base.as_secs_f64() * (1.0 - policy.jitter) - 1e-6);
                prop_assert!(delay <= base.as_secs_f64() * (1.0 + policy.jitter) + 1e-6);
            }
        }

        #[test]
        fn health_starts_it_anew(policy in policy(), seed: u64, failures in 0_u32..50, healthy_s in 60_u64..10_000) {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut attempts = policy.start();
            for _ in 0..failures {
                attempts.failed(Duration::from_secs(59), &mut rng);
            }
            prop_assert_eq!(attempts.failures(), failures);
            attempts.failed(Duration::from_secs(healthy_s), &mut rng);
            prop_assert_eq!(attempts.failures(), 1);
        }

        #[test]
        fn no_number_of_failures_ends_it(policy in policy(), failures: u32) {
            prop_assert!(policy.base(failures) <= policy.max);
            prop_assert_eq!(policy.start().policy, policy);
        }
    }

    #[test]
    fn the_default_reaches_two_minutes_at_the_twelfth_failure() {
        let bases: Vec<_> = (0..13).map(|failures| Backoff::default().base(failures).as_secs()).collect();
        assert_eq!(bases, [1, 1, 2, 4, 6, 10, 16, 26, 42, 68, 109, 120, 120]);
        assert_eq!(Backoff::default().base(u32::MAX), Duration::from_secs(120));
    }

    #[test]
    fn nonsense_is_refused() {
        let second = Duration::from_secs(1);
        assert_eq!(Backoff::try_new(Duration::ZERO, second, 2.0, 0.1), Err(InvalidBackoff::Initial));
        assert_eq!(Backoff::try_new(second * 2, second, 2.0, 0.1), Err(InvalidBackoff::Max));
        assert_eq!(Backoff::try_new(second, second, 0.9, 0.1), Err(InvalidBackoff::Factor));
        assert_eq!(Backoff::try_new(second, second, f64::NAN, 0.1), Err(InvalidBackoff::Factor));
        assert_eq!(Backoff::try_new(second, second, 2.0, 1.0), Err(InvalidBackoff::Jitter));
    }
}
