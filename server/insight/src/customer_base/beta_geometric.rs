//! BG/NBD and MBG/NBD: buying at a rate of one's own, and after a purchase perhaps never again.
//!
//! While alive, somebody buys in a Poisson process of rate λ; λ differs between people by a gamma distribution of shape `r`
//! and rate `alpha`. After a purchase they stop with probability p, which differs by a beta distribution of `a` and `b`. In
//! the BG/NBD the first purchase ever is not followed by this, in the MBG/NBD it is; all formulas of the two are the same
//! when `k`, 0 or 1, says by how many the purchases that may be followed by the end outnumber the repeat purchases:
//!
//! ```text
//! L = Γ(r+x)/Γ(r) · α^r · B(a, b+x+k)/B(a, b) · [ (α+T)^-(r+x) + a/(b+x+k-1) · (α+t_x)^-(r+x) ]   (second part if x+k > 0)
//! ```
//!
//! That is (3) of Fader, Hardie and Lee 2005 for k = 0. The two parts are those still alive and those gone, so the chance to be
//! alive is the share of the first.

#[cfg(test)]
mod tests;

use super::{
    CustomerBase, Fit, FitError, History, InvalidParameter, NotPredicted,
    counting::time_ahead,
    fit::{Found, Parameter, counted, enough, likeliest, positive},
};
use crate::{
    optimise::Point,
    special::{digamma, ln_beta, ln_gamma, one_minus_power},
};

/// Terms of a series before it counts as one that does not end: enough for a horizon 1,000 times what was observed.
const MOST_TERMS: u32 = 50_000;

/// After which purchases somebody may stop for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// After each but the first. Who never came again is alive.
    BgNbd,
    /// After each.
    MbgNbd,
}

impl Variant {
    /// `k` above.
    fn ends_beside_repeats(self) -> f64 {
        match self {
            Self::BgNbd => 0.0,
            Self::MbgNbd => 1.0,
        }
    }
}

/// The BG/NBD or MBG/NBD model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaGeometric {
    variant: Variant,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl BetaGeometric {
    /// With known parameters.
    pub fn try_new(variant: Variant, r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, InvalidParameter> {
        Ok(Self {
            variant,
            r: positive("r", r)?,
            alpha: positive("alpha", alpha)?,
            a: positive("a", a)?,
            b: positive("b", b)?,
        })
    }

    /// With the parameters under which these histories are likeliest.
    pub fn fit(variant: Variant, histories: &[History]) -> Result<Fit<Self>, FitError> {
        let repeaters = histories.iter().filter(|history| history.frequency() > 0).count();
        enough(histories.len(), repeaters)?;
        let customers = f64::from(u32::try_from(histories.len()).unwrap_or(u32::MAX));
        let mean_age = histories.iter().map(History::age).sum::<f64>() / customers;
        let start = |name, start| Parameter { name, start };
        let parameters = [start("r", 1.0), start("alpha", mean_age), start("a", 1.0), start("b", 1.0)];
        let counted = counted(histories.to_vec(), History::order);
        let Found { parameters: [r, alpha, a, b], evaluations, slope } =
            likeliest(&parameters, customers, |&[r, alpha, a, b]| {
                Self { variant, r, alpha, a, b }.with_gradient(&counted)
            })?;
        let model = Self { variant, r, alpha, a, b };
        let log_likelihood = model.with_gradient(&counted).0;
        Ok(Fit { model, log_likelihood, customers: histories.len(), evaluations, slope })
    }

    /// `r`, `alpha`, `a`, `b`.
    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    /// Chance that a new customer buys again exactly `purchases` times in a time `within` (Fader, Hardie and Lee, (8)).
    pub fn probability_of(&self, purchases: u32, within: f64) -> Result<f64, NotPredicted> {
        let t = time_ahead(within)?;
        let &Self { r, alpha, a, b, .. } = self;
        let (n, k) = (f64::from(purchases), self.variant.ends_beside_repeats());
        // Chances of 0, 1, .., n purchases of somebody who never stops: negative binomial.
        let (still, mut chance, mut fewer) = (t / (alpha + t), (alpha / (alpha + t)).powf(r), 0.0);
        for before in 0..purchases {
            fewer += chance;
            chance *= (r + f64::from(before)) / (f64::from(before) + 1.0) * still;
        }
        let alive = (ln_beta(a, b + n + k) - ln_beta(a, b)).exp() * chance;
        if n + k == 0.0 {
            return Ok(alive);
        }
        let gone = (ln_beta(a + 1.0, b + n + k - 1.0) - ln_beta(a, b)).exp() * (1.0 - fewer).max(0.0);
        Ok(alive + gone)
    }

    /// The log-likelihood of histories, each with how many have it, and its derivatives by r, alpha, a and b.
    fn with_gradient(&self, histories: &[(History, f64)]) -> Point<4> {
        let mut value = 0.0;
        let mut gradient = [0.0; 4];
        let mut shared = Shared::of(self, 0);
        for (history, count) in histories {
            if shared.frequency != history.frequency() {
                shared = Shared::of(self, history.frequency());
            }
            let (one, slopes) = self.of_one(history, &shared);
            value += count * one;
            for (sum, slope) in gradient.iter_mut().zip(slopes) {
                *sum += count * slope;
            }
        }
        (value, gradient)
    }

    fn of_one(&self, history: &History, shared: &Shared) -> Point<4> {
        let &Self { r, alpha, a, .. } = self;
        let shape = r + history.x();
        let Ends { alive, gone, log_sum, ln_age, ln_recency } = self.ends(history);
        let (by_age, by_recency) = (alive / (alpha + history.age()), gone / (alpha + history.recency()));
        let after_last = self.ends_of(history) - 1.0;
        let [by_r, by_a, by_b] = shared.slopes;
        let slopes = [
            by_r - alive * ln_age - gone * ln_recency,
            r / alpha - shape * (by_age + by_recency),
            by_a + gone / a,
            by_b - if gone > 0.0 { gone / after_last } else { 0.0 },
        ];
        (shared.value + log_sum, slopes)
    }

    /// `b + x + k`.
    fn ends_of(&self, history: &History) -> f64 {
        self.b + history.x() + self.variant.ends_beside_repeats()
    }

    /// The bracket of the likelihood.
    fn ends(&self, history: &History) -> Ends {
        let &Self { r, alpha, a, .. } = self;
        let shape = r + history.x();
        let ln_age = (alpha + history.age()).ln();
        let staying = -shape * ln_age;
        if history.frequency() == 0 && self.variant == Variant::BgNbd {
            return Ends { alive: 1.0, gone: 0.0, log_sum: staying, ln_age, ln_recency: 0.0 };
        }
        let ln_recency = (alpha + history.recency()).ln();
        let going = (a / (self.ends_of(history) - 1.0)).ln() - shape * ln_recency;
        let odds = (going - staying).exp();
        let (alive, gone) =
            if odds.is_finite() { (1.0 / (1.0 + odds), odds / (1.0 + odds)) } else { (0.0, 1.0) };
        let log_sum = staying.max(going) + (-(going - staying).abs()).exp().ln_1p();
        Ends { alive, gone, log_sum, ln_age, ln_recency }
    }

    /// Mean purchases in `t` of somebody who is alive now.
    ///
    /// The paper's (10) times the chance to be alive, `(c-1)/(a-1) · [1 - (u/(u+t))^(r+x) · F(r+x, b'; c-1; w)]` with
    /// `b' = b+x+k`, `c = a+b'`, `u = α+T`, `w = t/(u+t)`, after Euler's transformation of F (Abramowitz and Stegun, 15.3.3).
    /// What is left has no hole at a = 1 and no difference of large numbers:
    /// `(c-1) · (1 - (1-w)^(a-1))/(a-1) - (1-w)^(a-1) · Σ (c-1-r-x)_n (a)_(n-1) / ((c)_(n-1) n!) · w^n`, n from 1.
    fn while_alive(&self, history: &History, t: f64) -> Option<f64> {
        let &Self { r, alpha, a, .. } = self;
        let (observed, ends) = (alpha + history.age(), self.ends_of(history));
        let (w, c) = (t / (observed + t), a + ends);
        let ln_left = -(t / observed).ln_1p();
        if (a - 1.0) * -ln_left > 600.0 {
            return None;
        }
        let mut term = (c - 1.0 - r - history.x()) * w;
        let mut sum = term;
        let mut ended = term == 0.0;
        for n in 1..MOST_TERMS {
            if ended {
                break;
            }
            let n = f64::from(n);
            term *= (c - 1.0 - r - history.x() + n) * (a + n - 1.0) / ((c + n - 1.0) * (n + 1.0)) * w;
            sum += term;
            ended = term.abs() <= f64::EPSILON * (1.0 - w) * sum.abs();
        }
        let expected = (c - 1.0) * one_minus_power(a - 1.0, ln_left) - ((a - 1.0) * ln_left).exp() * sum;
        (ended && expected.is_finite()).then_some(expected)
    }
}

impl CustomerBase for BetaGeometric {
    fn log_likelihood(&self, histories: &[History]) -> f64 {
        self.with_gradient(&counted(histories.to_vec(), History::order)).0
    }

    /// To the BG/NBD, 1 for everybody who never bought again.
    fn probability_alive(&self, history: &History) -> f64 {
        self.ends(history).alive
    }

    fn expected_purchases(&self, history: &History, within: f64) -> Result<f64, NotPredicted> {
        let t = time_ahead(within)?;
        let expected =
            self.while_alive(history, t).ok_or(NotPredicted::TooFar { within, age: history.age() })?;
        Ok(self.ends(history).alive * expected)
    }
}

/// The two ways in which a history can have ended, as shares, and the logarithm of their sum.
struct Ends {
    alive: f64,
    gone: f64,
    log_sum: f64,
    ln_age: f64,
    ln_recency: f64,
}

/// What all customers with as many purchases have in common.
struct Shared {
    frequency: u32,
    value: f64,
    /// By r, a and b.
    slopes: [f64; 3],
}

impl Shared {
    fn of(model: &BetaGeometric, frequency: u32) -> Self {
        let &BetaGeometric { variant, r, alpha, a, b } = model;
        let x = f64::from(frequency);
        let ends = b + x + variant.ends_beside_repeats();
        let value = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + ln_beta(a, ends) - ln_beta(a, b);
        let (both, at_first) = (digamma(a + ends), digamma(a + b));
        let slopes = [
            digamma(r + x) - digamma(r) + alpha.ln(),
            at_first - both,
            digamma(ends) - digamma(b) + at_first - both,
        ];
        Self { frequency, value, slopes }
    }
}
