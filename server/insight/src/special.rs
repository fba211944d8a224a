//! Functions of mathematics that the standard library has not (stably).
//!
//! Here: what several models need, for positive arguments. Never here: what only one model's formula needs.

/// `ln Γ(x)` for `x > 0`.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// `ln B(a, b) = ln Γ(a) + ln Γ(b) - ln Γ(a + b)`.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `ψ(x) = d ln Γ(x) / dx` for `x > 0`, to about 1e-15 of its size.
///
/// `ψ(x) = ψ(x + 1) - 1/x` until `x` is large, then the asymptotic series (Abramowitz and Stegun, 6.3.5 and 6.3.18).
pub(crate) fn digamma(x: f64) -> f64 {
    /// `B(2k) / 2k` for k = 1, 2, .., the last one first.
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -691.0 / 32_760.0, 1.0 / 132.0, -1.0 / 240.0, 1.0 / 252.0, -1.0 / 120.0, 1.0 / 12.0];
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = SERIES.iter().fold(0.0, |sum, coefficient| (sum + coefficient) * square);
    x.ln() - 0.5 / x - series - below
}

/// `(1 - exp(s · l)) / s`, which is `-l` where `s` is 0: what power functions are integrals of.
pub(crate) fn one_minus_power(s: f64, l: f64) -> f64 {
    if s == 0.0 { -l } else { -libm::expm1(s * l) / s }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 4e-15 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn digamma_has_its_known_values() {
        const EULER: f64 = 0.577_215_664_901_532_9;
        close(digamma(1.0), -EULER);
        close(digamma(0.5), -EULER - 2.0 * 2_f64.ln());
        close(digamma(2.0), 1.0 - EULER);
        close(digamma(0.25), -EULER - std::f64::consts::FRAC_PI_2 - 3.0 * 2_f64.ln());
        // Γ'(10)/Γ(10) = H(9) - γ.
        close(digamma(10.0), 7_129.0 / 2_520.0 - EULER);
        close(digamma(1e8), 18.420_680_738_952_367);
    }

    #[test]
    fn digamma_is_the_slope_of_ln_gamma() {
        for x in [0.03, 0.4, 1.7, 9.9, 10.1, 250.0] {
            let step = 1e-4 * x;
            let slope = (ln_gamma(x + step) - ln_gamma(x - step)) / (2.0 * step);
            assert!((slope - digamma(x)).abs() < 1e-6 * slope.abs().max(1.0), "at {x}: {slope}");
        }
    }

    #[test]
    fn the_beta_function_of_whole_numbers_is_a_fraction() {
        close(ln_beta(3.0, 4.0), (1.0_f64 / 60.0).ln());
        close(ln_beta(1.0, 1.0), 0.0);
    }

    #[test]
    fn a_power_has_no_hole_where_its_exponent_is_nothing() {
        let at = one_minus_power(0.0, -1.3);
        for s in [1e-12, -1e-12, 1e-300] {
            assert!((one_minus_power(s, -1.3) - at).abs() < 1e-11);
        }
        close(one_minus_power(2.0, 0.5_f64.ln()), 0.375);
    }
}
