//! Gauss's hypergeometric function with 1 as its first parameter, and its derivatives.

/// More than any pair of parameters needs that is let in.
const MOST_TERMS: u32 = 100_000;

/// `H = F(1, c; d; z) = Σ (c)_n/(d)_n · z^n` for `0 < c < d` and `0 <= z < 1`, and its derivatives.
///
/// Each is a sum of terms of one sign that shrink, by z in the end: nothing is lost but rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Series {
    pub(super) value: f64,
    pub(super) by_c: f64,
    pub(super) by_d: f64,
    pub(super) by_z: f64,
}

impl Series {
    pub(super) fn of(c: f64, d: f64, z: f64) -> Self {
        let mut sum = Self { value: 1.0, by_c: 0.0, by_d: 0.0, by_z: 0.0 };
        let (mut term, mut ln_c, mut ln_d) = (1.0, 0.0, 0.0);
        for n in 0..MOST_TERMS {
            let n = f64::from(n);
            let ratio = (c + n) / (d + n);
            ln_c += 1.0 / (c + n);
            ln_d += 1.0 / (d + n);
            sum.by_z += (n + 1.0) * term * ratio;
            term *= ratio * z;
            sum.value += term;
            sum.by_c += term * ln_c;
            sum.by_d -= term * ln_d;
            // What is left of the slowest sum is at most this over 1 - z, and a bit.
            if (n + 2.0) * term <= f64::EPSILON / 4.0 * (1.0 - z) {
                return sum;
            }
        }
        // Never a figure that is not one.
        Self { value: f64::NAN, ..sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_it_is_known_to_be() {
        // F(1, 1; 2; z) = -ln(1-z)/z.
        for z in [1e-9_f64, 0.1, 0.5, 0.9, 0.99, 0.999] {
            let known = -(-z).ln_1p() / z;
            assert!((Series::of(1.0, 2.0, z).value / known - 1.0).abs() < 1e-13, "{z}");
        }
        // F(1, 2; 3; z) = -2 (z + ln(1-z)) / z².
        let z = 0.7_f64;
        let known = -2.0 * (z + (-z).ln_1p()) / (z * z);
        assert!((Series::of(2.0, 3.0, z).value - known).abs() < 1e-14);
        assert_eq!(Series::of(0.3, 5.0, 0.0), Series { value: 1.0, by_c: 0.0, by_d: 0.0, by_z: 0.3 / 5.0 });
    }

    #[test]
    fn its_derivatives_are_its_slopes() {
        for (c, d, z) in [(0.6, 2.3, 0.05), (1.4, 3.0, 0.8), (29.0, 31.0, 0.3), (2.0, 30.0, 0.97)] {
            let of = Series::of(c, d, z);
            let step = 1e-6;
            let slope = |high: Series, low: Series| (high.value - low.value) / (2.0 * step);
            let close = |found: f64, slope: f64| {
                assert!(
                    (found - slope).abs() < 1e-7 * slope.abs().max(1.0),
                    "{c} {d} {z}: {found} is not {slope}"
                );
            };
            close(of.by_c, slope(Series::of(c + step, d, z), Series::of(c - step, d, z)));
            close(of.by_d, slope(Series::of(c, d + step, z), Series::of(c, d - step, z)));
            close(of.by_z, slope(Series::of(c, d, z + step), Series::of(c, d, z - step)));
        }
    }
}
