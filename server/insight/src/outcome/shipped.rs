//! The weights that are shipped: `fitted.toml`, as the test in `tests/tests/outcomes.rs` writes it.
//!
//! A line for each feature, with its mean and a weight for each outcome, so that it can be read, and compared with another
//! fit, line by line.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Deserialize;
use thiserror::Error;

use super::{
    AnyDue, Model, OUTCOMES, Outcome, Outcomes,
    features::{COUNT, FEATURES},
};
use crate::evaluation::calibration::Platt;

const SHIPPED: &str = include_str!("fitted.toml");

/// Why a file of weights is none.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unreadable {
    /// It is not in the form of one.
    #[error("the file of weights cannot be read: {0}")]
    Form(String),
    /// It is one of other outcomes, or in another order.
    #[error("the file of weights is of the outcomes {0:?}; this program knows {known:?}", known = Outcome::ALL.map(Outcome::name))]
    Outcomes(Vec<String>),
    /// Something is missing.
    #[error("the file of weights has no line `{0}`: fit it again with this program's test")]
    Missing(&'static str),
    /// Something is in it that this program does not know.
    #[error(
        "the file of weights has a line `{0}` that this program does not know: fit it again with this program's test"
    )]
    Unknown(String),
    /// A line is too long or too short, or something in it is no number.
    #[error("`{0}` in the file of weights has not the numbers that it needs: {1} of them, all finite")]
    Numbers(&'static str, usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    outcomes: Vec<String>,
    any_due: Vec<f64>,
    slope: Vec<f64>,
    offset: Vec<f64>,
    /// The mean, then the weights in the order of the outcomes.
    features: BTreeMap<String, (f64, Vec<f64>)>,
}

fn exactly<const N: usize>(name: &'static str, numbers: Vec<f64>) -> Result<[f64; N], Unreadable> {
    let numbers: Option<[f64; N]> = numbers.try_into().ok();
    numbers
        .filter(|numbers| numbers.iter().all(|number| number.is_finite()))
        .ok_or(Unreadable::Numbers(name, N))
}

impl Outcomes {
    /// Those that the program brings.
    pub fn shipped() -> Result<Self, Unreadable> {
        Self::read(SHIPPED)
    }

    /// Out of a file.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut file: File = toml::from_str(text).map_err(|error| Unreadable::Form(error.to_string()))?;
        if !file.outcomes.iter().map(String::as_str).eq(Outcome::ALL.map(Outcome::name)) {
            return Err(Unreadable::Outcomes(file.outcomes));
        }
        let mut means = [0.0; COUNT];
        let mut models = [Model::NONE; OUTCOMES];
        for (place, (name, _)) in FEATURES.iter().enumerate() {
            let (mean, weights) = file.features.remove(*name).ok_or(Unreadable::Missing(name))?;
            let [mean] = exactly(name, vec![mean])?;
            let weights: [f64; OUTCOMES] = exactly(name, weights)?;
            let put = |numbers: &mut [f64; COUNT], number| {
                numbers.iter_mut().skip(place).take(1).for_each(|of| *of = number);
            };
            put(&mut means, mean);
            models.iter_mut().zip(weights).for_each(|(model, weight)| put(&mut model.weights, weight));
        }
        if let Some(name) = file.features.into_keys().next() {
            return Err(Unreadable::Unknown(name));
        }
        let slopes: [f64; OUTCOMES] = exactly("slope", file.slope)?;
        let offsets: [f64; OUTCOMES] = exactly("offset", file.offset)?;
        for (model, (slope, offset)) in models.iter_mut().zip(slopes.into_iter().zip(offsets)) {
            model.calibration = Platt { slope, offset };
        }
        Ok(Self { any_due: AnyDue { weights: exactly("any_due", file.any_due)? }, means, models })
    }

    /// As such a file, with a header of comments that says what it was fitted to.
    pub fn write(&self, header: &str) -> String {
        let mut text = String::new();
        for line in header.lines() {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        let names = Outcome::ALL.map(|outcome| format!("\"{}\"", outcome.name()));
        let slopes = self.models.map(|model| model.calibration.slope);
        let offsets = self.models.map(|model| model.calibration.offset);
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\noutcomes = [{}]\n\n# That any of what is due is bought: constant, logit of the likeliest, its square, ln(1 + number due).\n\
             any_due = [{}]\n\n# What makes probabilities true: log odds = offset + slope * (sum of weight * feature).\n\
             slope  = [{}]\noffset = [{}]\n\n# Of each feature: its mean, and its weight for each outcome.\n[features]\n",
            names.join(", "),
            numbers(&self.any_due.weights),
            numbers(&slopes),
            numbers(&offsets),
        );
        for (place, (name, _)) in FEATURES.iter().enumerate() {
            let of = |numbers: &[f64; COUNT]| numbers.get(place).copied().unwrap_or_default();
            let weights = self.models.map(|model| of(&model.weights));
            let _ = writeln!(text, "{name:<19} = [{:>9.5}, [{}]]", of(&self.means), numbers(&weights));
        }
        text
    }
}

fn numbers(numbers: &[f64]) -> String {
    // No "-0.00000", which a fit on another machine might write without its sign.
    let number = |number: &f64| format!("{:>9.5}", if number.abs() < 5e-6 { 0.0 } else { *number });
    numbers.iter().map(number).collect::<Vec<_>>().join(", ")
}
