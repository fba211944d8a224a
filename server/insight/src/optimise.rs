//! The smallest value of a smooth function of a few variables, by BFGS.
//!
//! Quasi-Newton with a dense inverse Hessian (Nocedal and Wright, *Numerical Optimization*, 2nd ed., 6.1), scaled after the
//! first step (6.20), with a bisecting line search for the weak Wolfe conditions (Lewis and Overton, *Nonsmooth
//! optimization via quasi-Newton methods*, Math. Program. 141, 2013). The functions here have up to four variables and an exact
//! gradient, so limiting memory, as L-BFGS does, would save nothing.
//!
//! Deterministic: the same function and start give the same result to the last bit.
//!
//! Never here: what the function means, bounds on its variables (the models take logarithms of what is positive).

use thiserror::Error;

/// A gradient of which no part is larger counts as nothing.
const FLAT: f64 = 1e-9;
/// Where rounding alone decides whether a value is smaller, a gradient up to this is what the arithmetic can tell.
const FLAT_TO_ROUNDING: f64 = 1e-6;
/// No step changes a variable by more: it is a logarithm, and e² is far.
const LONGEST_STEP: f64 = 2.0;
const MOST_STEPS: usize = 500;
const MOST_BISECTIONS: usize = 60;
/// Share of the expected decrease that a step must bring, and share of the slope that it may leave.
const DECREASE: f64 = 1e-4;
const SLOPE_LEFT: f64 = 0.9;

/// A value and its gradient.
pub(crate) type Point<const N: usize> = (f64, [f64; N]);

/// Where the function is smallest, as far as its slope tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Minimum<const N: usize> {
    pub(crate) at: [f64; N],
    /// The largest part of the gradient there.
    pub(crate) slope: f64,
    /// How often the function was computed.
    pub(crate) evaluations: usize,
}

/// Why there is no minimum to tell.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub(crate) enum NoMinimum {
    #[error("the function is not a finite number where the search begins")]
    NotFinite,
    #[error("after {evaluations} evaluations the slope is still {slope:.1e}")]
    NotReached { evaluations: usize, slope: f64 },
}

/// Searches from `start` downhill. A value that is not finite is a wall: the search turns round before it.
pub(crate) fn minimise<const N: usize>(
    start: [f64; N],
    mut function: impl FnMut(&[f64; N]) -> Point<N>,
) -> Result<Minimum<N>, NoMinimum> {
    let (value, gradient) = function(&start);
    if !finite(value, &gradient) {
        return Err(NoMinimum::NotFinite);
    }
    let mut here = Here { at: start, value, gradient };
    let mut hessian = Inverse::identity(1.0);
    let mut evaluations = 1;
    let mut unchanged = 0;
    for step in 0..MOST_STEPS {
        let slope = largest(&here.gradient);
        if slope <= FLAT || (unchanged >= 3 && slope <= FLAT_TO_ROUNDING) {
            return Ok(Minimum { at: here.at, slope, evaluations });
        }
        let Some(next) = search(&here, &hessian.downhill(&here.gradient), &mut function, &mut evaluations)
            .or_else(|| {
                // A direction that leads nowhere: forget what was learnt, and try the steepest one.
                hessian = Inverse::identity(1.0);
                search(&here, &hessian.downhill(&here.gradient), &mut function, &mut evaluations)
            })
        else {
            return if slope <= FLAT_TO_ROUNDING {
                Ok(Minimum { at: here.at, slope, evaluations })
            } else {
                Err(NoMinimum::NotReached { evaluations, slope })
            };
        };
        let (moved, turned) = (minus(&next.at, &here.at), minus(&next.gradient, &here.gradient));
        if step == 0 {
            hessian = Inverse::identity(dot(&moved, &turned) / dot(&turned, &turned));
        }
        hessian.learn(&moved, &turned);
        let gain = here.value - next.value;
        unchanged = if gain <= 4.0 * f64::EPSILON * here.value.abs() { unchanged + 1 } else { 0 };
        here = next;
    }
    Err(NoMinimum::NotReached { evaluations, slope: largest(&here.gradient) })
}

struct Here<const N: usize> {
    at: [f64; N],
    value: f64,
    gradient: [f64; N],
}

/// A step along `direction` that goes down far enough, and to where the slope has flattened.
fn search<const N: usize>(
    here: &Here<N>,
    direction: &[f64; N],
    function: &mut impl FnMut(&[f64; N]) -> Point<N>,
    evaluations: &mut usize,
) -> Option<Here<N>> {
    let slope = dot(direction, &here.gradient);
    if slope.is_nan() || slope >= 0.0 {
        return None;
    }
    // Close to the minimum, rounding hides the decrease; then the slope alone decides.
    let rounding = 8.0 * f64::EPSILON * here.value.abs();
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut length = (LONGEST_STEP / largest(direction)).min(1.0);
    for _ in 0..MOST_BISECTIONS {
        let at = zip(&here.at, direction, |at, direction| at + length * direction);
        let (value, gradient) = function(&at);
        *evaluations += 1;
        if !finite(value, &gradient) || value > here.value + DECREASE * length * slope + rounding {
            high = length;
        } else if dot(direction, &gradient) < SLOPE_LEFT * slope {
            low = length;
        } else {
            return Some(Here { at, value, gradient });
        }
        length = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * low };
    }
    None
}

/// The inverse of the Hessian, as far as it is known.
struct Inverse<const N: usize>([[f64; N]; N]);

impl<const N: usize> Inverse<N> {
    fn identity(scale: f64) -> Self {
        Self(std::array::from_fn(|row| std::array::from_fn(|column| if row == column { scale } else { 0.0 })))
    }

    fn times(&self, vector: &[f64; N]) -> [f64; N] {
        self.0.map(|row| dot(&row, vector))
    }

    fn downhill(&self, gradient: &[f64; N]) -> [f64; N] {
        self.times(gradient).map(|part| -part)
    }

    /// The BFGS update (Nocedal and Wright, 6.17, multiplied out).
    fn learn(&mut self, moved: &[f64; N], turned: &[f64; N]) {
        let curvature = dot(moved, turned);
        // The line search sees to it, but for rounding; without it the matrix would stop being positive definite.
        if curvature.is_nan() || curvature <= 0.0 {
            return;
        }
        let through = self.times(turned);
        let stretch = (1.0 + dot(turned, &through) / curvature) / curvature;
        for ((row, moved_i), through_i) in self.0.iter_mut().zip(moved).zip(&through) {
            for ((cell, moved_j), through_j) in row.iter_mut().zip(moved).zip(&through) {
                *cell +=
                    stretch * moved_i * moved_j - (through_i * moved_j + moved_i * through_j) / curvature;
            }
        }
    }
}

fn finite<const N: usize>(value: f64, gradient: &[f64; N]) -> bool {
    value.is_finite() && gradient.iter().all(|part| part.is_finite())
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn zip<const N: usize>(a: &[f64; N], b: &[f64; N], join: impl Fn(f64, f64) -> f64) -> [f64; N] {
    let mut joined = *a;
    for (a, b) in joined.iter_mut().zip(b) {
        *a = join(*a, *b);
    }
    joined
}

fn minus<const N: usize>(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
    zip(a, b, |a, b| a - b)
}

fn largest<const N: usize>(vector: &[f64; N]) -> f64 {
    vector.iter().fold(0.0, |most, part| part.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_a_bent_valley_is_found() {
        // Rosenbrock's function.
        let found = minimise([-1.2, 1.0], |&[x, y]| {
            let (off, short) = (y - x * x, 1.0 - x);
            let value = 100.0 * off * off + short * short;
            (value, [-400.0 * x * off - 2.0 * short, 200.0 * off])
        })
        .unwrap();
        assert!(found.at.iter().all(|part| (part - 1.0).abs() < 1e-8), "{found:?}");
        assert!(found.evaluations < 80, "{found:?}");
    }

    #[test]
    fn a_bowl_needs_few_steps_however_long_it_is() {
        let found = minimise([3.0, -2.0, 1.0, 0.5], |at| {
            let weights = [1.0, 10.0, 100.0, 1_000.0];
            let value = at.iter().zip(weights).map(|(x, weight)| weight * x * x / 2.0).sum();
            (value, zip(at, &weights, |x, weight| weight * x))
        })
        .unwrap();
        assert!(largest(&found.at) < 1e-8 && found.evaluations < 60, "{found:?}");
    }

    #[test]
    fn a_wall_turns_the_search_round() {
        // x - ln x, which is no number left of 0.
        let found =
            minimise([5.0], |&[x]| if x <= 0.0 { (f64::NAN, [0.0]) } else { (x - x.ln(), [1.0 - 1.0 / x]) });
        assert!((found.unwrap().at[0] - 1.0).abs() < 1e-8);
    }

    #[test]
    fn what_has_no_bottom_is_told() {
        let slope = minimise([0.0], |&[x]| (-x, [-1.0]));
        assert!(matches!(slope, Err(NoMinimum::NotReached { .. })), "{slope:?}");
        assert_eq!(minimise([0.0], |_| (f64::NAN, [0.0])), Err(NoMinimum::NotFinite));
    }

    #[test]
    fn a_wrong_gradient_is_no_minimum() {
        let wrong = minimise([1.0], |&[x]| (x * x, [-2.0 * x]));
        assert!(matches!(wrong, Err(NoMinimum::NotReached { .. })), "{wrong:?}");
    }
}
