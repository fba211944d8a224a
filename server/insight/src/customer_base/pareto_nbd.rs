//! Pareto/NBD: buying at a rate of one's own, until at a time of one's own nothing follows.
//!
//! While alive, somebody buys in a Poisson process of rate λ; λ differs between people by a gamma distribution of shape `r`
//! and rate `alpha`. They live for an exponential time of rate μ, which differs by a gamma distribution of shape `s` and rate
//! `beta`. With A = r+s+x:
//!
//! ```text
//! L = Γ(r+x)/Γ(r) · α^r β^s · [ (α+T)^-(r+x) (β+T)^-s + s/A · A0 ]      A0 = g(t_x) - g(T)
//! ```
//!
//! (Fader and Hardie 2005, (18) to (20)). `g` is there `F(A, B; A+1; z)/(M+τ)^A` with M the greater of α and β, m the less,
//! `z = (M-m)/(M+τ)`, B = s+1 where α ≥ β and r+x elsewhere. Its terms grow without bound for who buys often. Euler's
//! transformation (Abramowitz and Stegun, 15.3.3) makes it
//!
//! ```text
//! g(τ) = (α+τ)^-p (β+τ)^-q · H(τ),   H(τ) = F(1, C; A+1; z)      (p, q, C) = (r+x, s, r+x)        where α ≥ β
//!                                                                          (r+x-1, s+1, s+1)    elsewhere
//! ```
//!
//! whose terms are positive and shrink, since C < A+1 and z < 1. So do those of its derivatives.

mod series;
#[cfg(test)]
mod tests;

use series::Series;

use super::{
    CustomerBase, Fit, FitError, History, InvalidParameter, NotPredicted,
    counting::time_ahead,
    fit::{Found, Parameter, counted, enough, likeliest, positive},
};
use crate::{
    optimise::Point,
    special::{digamma, ln_gamma, one_minus_power},
};

/// The Pareto/NBD model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

impl ParetoNbd {
    /// With known parameters; of `alpha` and `beta` none may be more than 1,000 times the other.
    pub fn try_new(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self, InvalidParameter> {
        let model = Self {
            r: positive("r", r)?,
            alpha: positive("alpha", alpha)?,
            s: positive("s", s)?,
            beta: positive("beta", beta)?,
        };
        if model.comparable() { Ok(model) } else { Err(InvalidParameter { parameter: "beta", value: beta }) }
    }

    /// With the parameters under which these histories are likeliest.
    pub fn fit(histories: &[History]) -> Result<Fit<Self>, FitError> {
        let repeaters = histories.iter().filter(|history| history.frequency() > 0).count();
        enough(histories.len(), repeaters)?;
        let customers = f64::from(u32::try_from(histories.len()).unwrap_or(u32::MAX));
        let mean_age = histories.iter().map(History::age).sum::<f64>() / customers;
        let start = |name, start| Parameter { name, start };
        let parameters =
            [start("r", 1.0), start("alpha", mean_age), start("s", 1.0), start("beta", mean_age)];
        let counted = counted(histories.to_vec(), History::order);
        let Found { parameters: [r, alpha, s, beta], evaluations, slope } =
            likeliest(&parameters, customers, |&[r, alpha, s, beta]| {
                Self { r, alpha, s, beta }.with_gradient(&counted)
            })?;
        let model = Self { r, alpha, s, beta };
        let log_likelihood = model.with_gradient(&counted).0;
        Ok(Fit { model, log_likelihood, customers: histories.len(), evaluations, slope })
    }

    /// `r`, `alpha`, `s`, `beta`.
    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }

    /// Whether the series end soon enough to be worth computing.
    fn comparable(&self) -> bool {
        (1e-3..=1e3).contains(&(self.alpha / self.beta))
    }

    /// The log-likelihood of histories, each with how many have it, and its derivatives by r, alpha, s and beta.
    fn with_gradient(&self, histories: &[(History, f64)]) -> Point<4> {
        if !self.comparable() {
            // A wall for the search.
            return (f64::NAN, [f64::NAN; 4]);
        }
        let mut value = 0.0;
        let mut gradient = [0.0; 4];
        let mut shared = (0, self.shared(0));
        for (history, count) in histories {
            if shared.0 != history.frequency() {
                shared = (history.frequency(), self.shared(history.frequency()));
            }
            let (of_all, by_r) = shared.1;
            let (own, slopes) = self.of_one(history);
            value += count * (of_all + own);
            let [r, alpha, s, beta] = slopes;
            let slopes =
                [r + by_r, alpha + self.r / self.alpha, s + self.beta.ln(), beta + self.s / self.beta];
            for (sum, slope) in gradient.iter_mut().zip(slopes) {
                *sum += count * slope;
            }
        }
        (value, gradient)
    }

    /// What stands before the bracket, and its derivative by r.
    fn shared(&self, frequency: u32) -> (f64, f64) {
        let &Self { r, alpha, s, beta } = self;
        let x = f64::from(frequency);
        let value = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln();
        (value, digamma(r + x) - digamma(r) + alpha.ln())
    }

    /// The logarithm of the bracket, and its derivatives.
    fn of_one(&self, history: &History) -> Point<4> {
        let staying = self.staying(history);
        let last = self.gone_after(history, history.recency());
        let end = self.gone_after(history, history.age());
        // Shares of the bracket; the last one counts against it.
        let most = staying.0.max(last.0);
        let parts = [(staying.0 - most).exp(), (last.0 - most).exp(), -(end.0 - most).exp()];
        let sum: f64 = parts.iter().sum();
        let mut gradient = [0.0; 4];
        for (part, (_, slopes)) in parts.iter().zip([staying, last, end]) {
            for (slope, of_part) in gradient.iter_mut().zip(slopes) {
                *slope += part / sum * of_part;
            }
        }
        (most + sum.ln(), gradient)
    }

    /// `ln [(α+T)^-(r+x) (β+T)^-s]`.
    fn staying(&self, history: &History) -> Point<4> {
        let &Self { r, alpha, s, beta } = self;
        let (shape, buys, lives) = (r + history.x(), alpha + history.age(), beta + history.age());
        let value = -shape * buys.ln() - s * lives.ln();
        (value, [-buys.ln(), -shape / buys, -lives.ln(), -s / lives])
    }

    /// `ln [s/A · g(τ)]`.
    fn gone_after(&self, history: &History, tau: f64) -> Point<4> {
        let &Self { r, alpha, s, beta } = self;
        let shape = r + history.x();
        let sum = shape + s;
        let (buys, lives) = (alpha + tau, beta + tau);
        if alpha >= beta {
            let z = (alpha - beta) / buys;
            let h = Series::of(shape, sum + 1.0, z);
            let value = s.ln() - sum.ln() - shape * buys.ln() - s * lives.ln() + h.value.ln();
            let slopes = [
                -1.0 / sum - buys.ln() + (h.by_c + h.by_d) / h.value,
                -shape / buys + h.by_z / h.value * (1.0 - z) / buys,
                1.0 / s - 1.0 / sum - lives.ln() + h.by_d / h.value,
                -s / lives - h.by_z / h.value / buys,
            ];
            return (value, slopes);
        }
        let z = (beta - alpha) / lives;
        let h = Series::of(s + 1.0, sum + 1.0, z);
        let value = s.ln() - sum.ln() - (shape - 1.0) * buys.ln() - (s + 1.0) * lives.ln() + h.value.ln();
        let slopes = [
            -1.0 / sum - buys.ln() + h.by_d / h.value,
            -(shape - 1.0) / buys - h.by_z / h.value / lives,
            1.0 / s - 1.0 / sum - lives.ln() + (h.by_c + h.by_d) / h.value,
            -(s + 1.0) / lives + h.by_z / h.value * (1.0 - z) / lives,
        ];
        (value, slopes)
    }
}

impl CustomerBase for ParetoNbd {
    fn log_likelihood(&self, histories: &[History]) -> f64 {
        self.with_gradient(&counted(histories.to_vec(), History::order)).0
    }

    fn probability_alive(&self, history: &History) -> f64 {
        (self.staying(history).0 - self.of_one(history).0).exp().min(1.0)
    }

    /// Schmittlein, Morrison and Colombo 1987, (22).
    fn expected_purchases(&self, history: &History, within: f64) -> Result<f64, NotPredicted> {
        let t = time_ahead(within)?;
        let &Self { r, alpha, s, beta } = self;
        let (buys, lives) = (alpha + history.age(), beta + history.age());
        let while_alive = (r + history.x()) * lives / buys * one_minus_power(s - 1.0, -(t / lives).ln_1p());
        let expected = self.probability_alive(history) * while_alive;
        if expected.is_finite() {
            Ok(expected)
        } else {
            Err(NotPredicted::TooFar { within, age: history.age() })
        }
    }
}
