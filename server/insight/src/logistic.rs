//! How likely something is by some numbers that are known of it: logistic regression with a ridge.
//!
//! Newton's method (iteratively reweighted least squares: Hastie, Tibshirani and Friedman, *The elements of statistical
//! learning*, 4.4.1) on the weighted log likelihood less `ridge / 2 · |weights|²`, which has one maximum. Its end does not depend on
//! the order of rows but for rounding.

/// Steps of Newton's method, at most. It takes about eight.
const MOST_STEPS: usize = 40;
/// A step of which no part is larger is the last.
const STILL: f64 = 1e-8;
/// No step is longer in any direction: far from the end, the curvature there says little.
const LONGEST_STEP: f64 = 2.0;

/// What is known of one case, what it counts, and whether it happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row<const N: usize> {
    pub(crate) known: [f32; N],
    pub(crate) counts: f32,
    pub(crate) happened: bool,
}

/// A weight for each number that is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Logistic<const N: usize> {
    weights: [f64; N],
    /// The mean of each in what it was fitted to: a part says how far a case is from it.
    means: [f64; N],
}

impl<const N: usize> Logistic<N> {
    /// None where nothing is given, or not a number.
    pub(crate) fn fit(rows: &[Row<N>], ridge: f64) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let all: f64 = rows.iter().map(|row| f64::from(row.counts)).sum();
        let mut weights = [0.0; N];
        for _ in 0..MOST_STEPS {
            let step = newton_step(rows, &weights, ridge)?;
            let longest = step.iter().fold(0.0_f64, |longest, part| longest.max(part.abs()));
            let scale = if longest > LONGEST_STEP { LONGEST_STEP / longest } else { 1.0 };
            weights.iter_mut().zip(step).for_each(|(weight, part)| *weight += scale * part);
            if longest < STILL {
                break;
            }
        }
        let mut means = [0.0; N];
        for row in rows {
            let share = f64::from(row.counts) / all;
            means.iter_mut().zip(&row.known).for_each(|(mean, known)| *mean += share * f64::from(*known));
        }
        weights.iter().chain(&means).all(|number| number.is_finite()).then_some(Self { weights, means })
    }

    pub(crate) fn probability(&self, known: &[f32; N]) -> f64 {
        probability(&self.weights, known)
    }

    pub(crate) fn weights(&self) -> &[f64; N] {
        &self.weights
    }

    /// What each number adds to the logarithm of the odds, compared with the mean of all cases.
    pub(crate) fn parts(&self, known: &[f32; N]) -> [f64; N] {
        std::array::from_fn(|at| {
            let of = |numbers: &[f64; N]| numbers.get(at).copied().unwrap_or_default();
            of(&self.weights) * (known.get(at).copied().map_or(0.0, f64::from) - of(&self.means))
        })
    }
}

fn probability<const N: usize>(weights: &[f64; N], known: &[f32; N]) -> f64 {
    let odds: f64 = weights.iter().zip(known).map(|(weight, known)| weight * f64::from(*known)).sum();
    1.0 / (1.0 + (-odds).exp())
}

fn newton_step<const N: usize>(rows: &[Row<N>], weights: &[f64; N], ridge: f64) -> Option<[f64; N]> {
    let mut gradient: [f64; N] = weights.map(|weight| -ridge * weight);
    let mut curvature = [[0.0; N]; N];
    for row in rows {
        let counts = f64::from(row.counts);
        let expected = probability(weights, &row.known);
        let missed = counts * (f64::from(u8::from(row.happened)) - expected);
        let bend = counts * expected * (1.0 - expected);
        let known = row.known.map(f64::from);
        // Both halves of the curvature are alike: one is enough until all rows are in.
        for (at, ((gradient, curvature), of)) in
            gradient.iter_mut().zip(&mut curvature).zip(&known).enumerate()
        {
            *gradient += missed * of;
            let factor = bend * of;
            curvature.iter_mut().zip(&known).take(at + 1).for_each(|(sum, other)| *sum += factor * other);
        }
    }
    let half = curvature;
    for (at, row) in curvature.iter_mut().enumerate() {
        for (other, number) in half.iter().zip(row.iter_mut()).skip(at + 1) {
            *number = other.get(at).copied()?;
        }
        *row.get_mut(at)? += ridge;
    }
    solved(curvature, gradient)
}

/// Gauss and Jordan's elimination, without pivots: the matrix is positive definite.
fn solved<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for pivot in 0..N {
        let (row, value) = (*matrix.get(pivot)?, *right.get(pivot)?);
        let by = *row.get(pivot)?;
        if by.is_nan() || by <= 0.0 {
            return None;
        }
        for (at, (other, right)) in matrix.iter_mut().zip(&mut right).enumerate() {
            if at == pivot {
                continue;
            }
            let factor = *other.get(pivot)? / by;
            other.iter_mut().zip(&row).for_each(|(number, of_pivot)| *number -= factor * of_pivot);
            *right -= factor * value;
        }
    }
    for (at, (right, row)) in right.iter_mut().zip(&matrix).enumerate() {
        *right /= *row.get(at)?;
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[expect(clippy::cast_possible_truncation, reason = "any numbers will do")]
    fn rows() -> Vec<Row<3>> {
        let mut chance = Chance::from_seed(7);
        let mut row = |_| {
            let known = [1.0, chance.uniform() as f32, chance.uniform() as f32 * 10.0];
            let odds = -2.0 + 3.0 * f64::from(known[1]) - 0.2 * f64::from(known[2]);
            Row { known, counts: 1.0, happened: chance.uniform() < 1.0 / (1.0 + (-odds).exp()) }
        };
        (0..20_000).map(&mut row).collect()
    }

    #[test]
    fn what_made_the_outcomes_is_found() {
        let model = Logistic::fit(&rows(), 1e-6).unwrap();
        for (weight, made) in model.weights.iter().zip([-2.0, 3.0, -0.2]) {
            assert!((weight - made).abs() < 0.15, "{:?}", model.weights);
        }
        assert!((model.probability(&[1.0, 0.0, 0.0]) - 0.119).abs() < 0.01);
    }

    #[test]
    fn at_the_end_there_is_no_slope() {
        let (rows, ridge) = (rows(), 5.0);
        let model = Logistic::fit(&rows, ridge).unwrap();
        for at in 0..3 {
            let likelihood: f64 = rows
                .iter()
                .map(|row| {
                    let happened = f64::from(u8::from(row.happened));
                    (happened - model.probability(&row.known)) * f64::from(row.known[at])
                })
                .sum();
            assert!((likelihood - ridge * model.weights[at]).abs() < 1e-6, "{at}");
        }
    }

    #[test]
    fn parts_say_what_differs_from_the_mean() {
        let row = |known, happened| Row { known, counts: 1.0, happened };
        let rows = [row([1.0, 2.0], true), row([1.0, 4.0], false), row([1.0, 3.0], true)];
        let model = Logistic::fit(&rows, 0.1).unwrap();
        let [constant, part] = model.parts(&[1.0, 4.0]);
        assert!(constant.abs() < 1e-9 && (part - model.weights[1]).abs() < 1e-9 && part < 0.0);
    }

    #[test]
    fn nothing_and_no_numbers_fit_nothing() {
        assert_eq!(Logistic::<1>::fit(&[], 0.0), None);
        let row = Row { known: [f32::NAN], counts: 1.0, happened: true };
        assert_eq!(Logistic::fit(&[row], 1.0), None);
    }
}
