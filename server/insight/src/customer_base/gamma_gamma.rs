//! Gamma-Gamma: what a purchase is worth, of somebody of whom few are known.
//!
//! The value of each purchase has a gamma distribution of shape `p` and a rate of the customer's own; the rates have a
//! gamma distribution of shape `q` and rate `v`. So somebody's expected value lies between their own mean and everybody's,
//! the nearer to their own the more purchases are known. It rests on how often people buy telling nothing about what they
//! pay: look at the correlation of the two before (CDNOW: .11).
//!
//! For the mean m of x purchases (Fader and Hardie 2013, (1a)):
//!
//! ```text
//! f(m) = Γ(px+q) / (Γ(px) Γ(q)) · v^q · m^(px-1) · x^px / (v + xm)^(px+q)
//! ```

#[cfg(test)]
mod tests;

use super::{
    Fit, FitError, InvalidParameter, Spending,
    fit::{Found, Parameter, enough, likeliest, positive},
};
use crate::{
    optimise::Point,
    special::{digamma, ln_gamma},
};

/// The Gamma-Gamma model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    v: f64,
}

impl GammaGamma {
    /// With known parameters.
    pub fn try_new(p: f64, q: f64, v: f64) -> Result<Self, InvalidParameter> {
        Ok(Self { p: positive("p", p)?, q: positive("q", q)?, v: positive("v", v)? })
    }

    /// With the parameters under which these values are likeliest. Who never bought again tells nothing and is left out.
    pub fn fit(spending: &[Spending]) -> Result<Fit<Self>, FitError> {
        let mut known: Vec<Spending> =
            spending.iter().copied().filter(|spending| spending.frequency() > 0).collect();
        enough(spending.len(), known.len())?;
        known.sort_by(|a, b| a.frequency().cmp(&b.frequency()).then(a.mean().total_cmp(&b.mean())));
        let customers = f64::from(u32::try_from(known.len()).unwrap_or(u32::MAX));
        let mean = known.iter().map(Spending::mean).sum::<f64>() / customers;
        let start = |name, start| Parameter { name, start };
        let Found { parameters: [p, q, v], evaluations, slope } =
            likeliest(&[start("p", 1.0), start("q", 2.0), start("v", mean)], customers, |&[p, q, v]| {
                Self { p, q, v }.with_gradient(&known)
            })?;
        let model = Self { p, q, v };
        let log_likelihood = model.log_likelihood(&known);
        Ok(Fit { model, log_likelihood, customers: known.len(), evaluations, slope })
    }

    /// `p`, `q`, `v`.
    pub fn parameters(&self) -> [f64; 3] {
        [self.p, self.q, self.v]
    }

    /// Logarithm of the density of these mean values, all together.
    pub fn log_likelihood(&self, spending: &[Spending]) -> f64 {
        self.with_gradient(spending).0
    }

    /// The mean value to expect of a purchase (Fader and Hardie 2013, (5)).
    ///
    /// None of somebody who never bought again, where the model's mean over all customers is infinite (q ≤ 1): a few of
    /// them pay without measure.
    pub fn expected_value(&self, spending: &Spending) -> Option<f64> {
        let &Self { p, q, v } = self;
        let weight = p * spending.x() + q - 1.0;
        (weight > 0.0).then(|| p * (v + spending.x() * spending.mean()) / weight)
    }

    /// The log-likelihood, and its derivatives by p, q and v.
    fn with_gradient(&self, spending: &[Spending]) -> Point<3> {
        let mut value = 0.0;
        let mut gradient = [0.0; 3];
        let mut shared = Shared::of(self, 1);
        for one in spending.iter().filter(|one| one.frequency() > 0) {
            if shared.frequency != one.frequency() {
                shared = Shared::of(self, one.frequency());
            }
            let (own, slopes) = self.of_one(one, &shared);
            value += own;
            for (sum, slope) in gradient.iter_mut().zip(slopes) {
                *sum += slope;
            }
        }
        (value, gradient)
    }

    fn of_one(&self, spending: &Spending, shared: &Shared) -> Point<3> {
        let &Self { p, q, v } = self;
        let (x, mean) = (spending.x(), spending.mean());
        let paid = x * mean;
        let (shape, ln_all) = (p * x + q, (v + paid).ln());
        let value = shared.value + p * x * paid.ln() - mean.ln() - shape * ln_all;
        let [by_p, by_q] = shared.slopes;
        let slopes = [by_p + x * (paid.ln() - ln_all), by_q - ln_all, q / v - shape / (v + paid)];
        (value, slopes)
    }
}

/// What all customers with as many purchases have in common.
struct Shared {
    frequency: u32,
    value: f64,
    /// By p and q.
    slopes: [f64; 2],
}

impl Shared {
    fn of(model: &GammaGamma, frequency: u32) -> Self {
        let &GammaGamma { p, q, v } = model;
        let x = f64::from(frequency);
        let value = ln_gamma(p * x + q) - ln_gamma(p * x) - ln_gamma(q) + q * v.ln();
        let all = digamma(p * x + q);
        Self { frequency, value, slopes: [x * (all - digamma(p * x)), all - digamma(q) + v.ln()] }
    }
}
