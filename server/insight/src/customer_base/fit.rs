//! Fitting: from histories to the parameters under which they are likeliest, or the reason why there are none.
//!
//! All models are fitted to the logarithms of their parameters, which are positive, and to the mean log-likelihood, so that
//! one tolerance fits few customers and many.

use thiserror::Error;

use crate::optimise::{Minimum, NoMinimum, Point, minimise};

/// Fewer customers than this who bought again tell nothing about how customers differ. Even ten tell little.
const FEWEST_REPEATERS: usize = 10;
/// Parameters beyond this, or below its inverse, say that the model does not fit: customers do not differ, or do not stop.
const EXTREME: f64 = 1e4;

/// A fitted model, and how well that went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit<M> {
    /// With the parameters found.
    pub model: M,
    /// Of all histories together, at the optimum.
    pub log_likelihood: f64,
    /// How many customers it was fitted to.
    pub customers: usize,
    /// How often the likelihood of all of them was computed.
    pub evaluations: usize,
    /// What is left of the slope: the largest derivative of the mean log-likelihood by the logarithm of a parameter.
    pub slope: f64,
}

/// Why there is no fit.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum FitError {
    /// No history at all.
    #[error("there are no customers to fit to")]
    NoCustomers,
    /// Nobody bought twice.
    #[error("none of {customers} customers bought again: observe them for longer")]
    NobodyBoughtAgain {
        /// As given.
        customers: usize,
    },
    /// Hardly anybody did.
    #[error(
        "only {repeaters} of {customers} customers bought again, and {FEWEST_REPEATERS} are needed at least"
    )]
    TooFewRepeaters {
        /// Who bought again.
        repeaters: usize,
        /// As given.
        customers: usize,
    },
    /// The likelihood cannot be computed of these numbers.
    #[error(
        "the likelihood of these histories is not a finite number: look for times or values of absurd size"
    )]
    NotFinite,
    /// The search did not come to an end.
    #[error("no optimum after {evaluations} evaluations: the slope is still {slope:.1e}")]
    NotConverged {
        /// How often the likelihood was computed.
        evaluations: usize,
        /// What is left of the slope.
        slope: f64,
    },
    /// The likelihood grows for ever towards one end.
    #[error(
        "the likelihood is greatest where {parameter} is extreme ({value:.1e}): these customers do not differ in the way \
         that the model is about"
    )]
    Extreme {
        /// As the papers call it.
        parameter: &'static str,
        /// In units of what was observed, where it has a unit.
        value: f64,
    },
}

/// A parameter that no model can have.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("parameter {parameter} is {value}, and must be finite and above 0")]
pub struct InvalidParameter {
    /// As the papers call it.
    pub parameter: &'static str,
    /// As given.
    pub value: f64,
}

/// Where a search begins, and what its variables are called.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// A guess; also the unit in which the parameter counts as extreme.
    pub(crate) start: f64,
}

/// What a search ends with: parameters, and what [`Fit`] tells of them.
pub(crate) struct Found<const N: usize> {
    pub(crate) parameters: [f64; N],
    pub(crate) evaluations: usize,
    pub(crate) slope: f64,
}

/// Refuses what nothing can be learnt from.
pub(crate) fn enough(customers: usize, repeaters: usize) -> Result<(), FitError> {
    match (customers, repeaters) {
        (0, _) => Err(FitError::NoCustomers),
        (_, 0) => Err(FitError::NobodyBoughtAgain { customers }),
        (_, few) if few < FEWEST_REPEATERS => Err(FitError::TooFewRepeaters { repeaters, customers }),
        _ => Ok(()),
    }
}

/// The parameters at which `log_likelihood`, a value and its gradient by the parameters, is greatest.
pub(crate) fn likeliest<const N: usize>(
    parameters: &[Parameter; N],
    customers: f64,
    mut log_likelihood: impl FnMut(&[f64; N]) -> Point<N>,
) -> Result<Found<N>, FitError> {
    let start = parameters.each_ref().map(|parameter| parameter.start.ln());
    let mut last = start;
    let minimum = minimise(start, |logarithms| {
        last = *logarithms;
        let parameters = logarithms.map(f64::exp);
        let (value, mut gradient) = log_likelihood(&parameters);
        for (slope, parameter) in gradient.iter_mut().zip(parameters) {
            *slope *= -parameter / customers;
        }
        (-value / customers, gradient)
    });
    // Towards an extreme the likelihood flattens out, and a search may end there or not.
    match minimum {
        Ok(Minimum { at, .. }) => not_extreme(parameters, at)?,
        Err(NoMinimum::NotReached { .. }) => not_extreme(parameters, last)?,
        Err(NoMinimum::NotFinite) => {}
    }
    let Minimum { at, slope, evaluations } = minimum.map_err(|none| match none {
        NoMinimum::NotFinite => FitError::NotFinite,
        NoMinimum::NotReached { evaluations, slope } => FitError::NotConverged { evaluations, slope },
    })?;
    Ok(Found { parameters: at.map(f64::exp), evaluations, slope })
}

fn not_extreme<const N: usize>(parameters: &[Parameter; N], at: [f64; N]) -> Result<(), FitError> {
    for (parameter, logarithm) in parameters.iter().zip(at) {
        let value = logarithm.exp() / parameter.start;
        if !(1.0 / EXTREME..=EXTREME).contains(&value) {
            return Err(FitError::Extreme { parameter: parameter.name, value });
        }
    }
    Ok(())
}

/// Refuses a parameter that is none.
pub(crate) fn positive(parameter: &'static str, value: f64) -> Result<f64, InvalidParameter> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(InvalidParameter { parameter, value }) }
}

/// Equal things counted, in an order.
pub(crate) fn counted<T: Copy + PartialEq>(
    mut all: Vec<T>,
    order: fn(&T, &T) -> std::cmp::Ordering,
) -> Vec<(T, f64)> {
    all.sort_by(order);
    let mut counted: Vec<(T, f64)> = Vec::with_capacity(all.len());
    for one in all {
        match counted.last_mut() {
            Some((same, count)) if *same == one => *count += 1.0,
            _ => counted.push((one, 1.0)),
        }
    }
    counted
}
