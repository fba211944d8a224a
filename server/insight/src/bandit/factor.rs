//! Symmetric matrices, and the triangles that solve them.
//!
//! A [`Symmetric`] holds the lower half of a matrix by rows, a [`Factor`] the `L` of `A = L Lᵀ` (Cholesky; Golub and Van Loan,
//! *Matrix Computations*, 4th ed., 4.2). Dense and small: a model has tens of features.
//!
//! Never here: what the numbers mean.

use serde::{Deserialize, Serialize};

/// What is added to a diagonal that rounding has made no longer positive, of its largest part.
const NUDGE: f64 = 1e-14;

/// A symmetric matrix: row `i` has its entries 0 to `i`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Symmetric(Vec<Vec<f64>>);

impl Symmetric {
    /// `diagonal` times the unit matrix.
    pub(super) fn diagonal(size: usize, diagonal: f64) -> Self {
        let row = |index: usize| (0..=index).map(|at| if at == index { diagonal } else { 0.0 }).collect();
        Self((0..size).map(row).collect())
    }

    /// How many rows it has, if it is one: each row one longer than the one before, of finite numbers.
    pub(super) fn size(&self) -> Option<usize> {
        let fits = |(index, row): (usize, &Vec<f64>)| {
            row.len() == index + 1 && row.iter().all(|entry| entry.is_finite())
        };
        self.0.iter().enumerate().all(fits).then_some(self.0.len())
    }

    /// An entry of the diagonal.
    pub(super) fn diagonal_at(&self, index: usize) -> Option<f64> {
        self.0.get(index).and_then(|row| row.last()).copied()
    }

    /// Adds `weight · x xᵀ`.
    pub(super) fn add_outer(&mut self, x: &[f64], weight: f64) {
        for (row, left) in self.0.iter_mut().zip(x) {
            for (entry, right) in row.iter_mut().zip(x) {
                *entry += weight * left * right;
            }
        }
    }

    /// Multiplies each entry.
    pub(super) fn scale(&mut self, by: f64) {
        self.0.iter_mut().flatten().for_each(|entry| *entry *= by);
    }

    /// The sum of both.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let row = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
        Self(self.0.iter().zip(&other.0).map(row).collect())
    }

    fn largest_of_diagonal(&self) -> f64 {
        self.0.iter().filter_map(|row| row.last()).fold(0.0, |largest, entry| largest.max(entry.abs()))
    }
}

/// `L` of `A = L Lᵀ`: row `i` has its entries 0 to `i`, and its diagonal is positive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factor(Vec<Vec<f64>>);

impl Factor {
    /// Of a positive definite matrix; `None` of any other.
    pub(super) fn of(matrix: &Symmetric) -> Option<Self> {
        Self::of_nudged(matrix, 0.0)
    }

    /// Of a matrix that is positive definite but for rounding: a diagonal that is not enough is raised, at first by 1e-14 of
    /// its largest part, then by ten times as much, until it is. `None` of what even that does not help, such as no numbers.
    pub(super) fn of_about(matrix: &Symmetric) -> Option<Self> {
        let least = NUDGE * matrix.largest_of_diagonal();
        Self::of(matrix)
            .or_else(|| (0..14).find_map(|power| Self::of_nudged(matrix, least * 10_f64.powi(power))))
    }

    fn of_nudged(matrix: &Symmetric, nudge: f64) -> Option<Self> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.0.len());
        for row in &matrix.0 {
            let mut made = Vec::with_capacity(row.len());
            for (place, entry) in row.iter().enumerate() {
                if let Some(above) = rows.get(place) {
                    made.push((entry - dot(&made, above)) / above.last()?);
                } else {
                    let square = entry + nudge - dot(&made, &made);
                    // Less than rounding leaves of the entry is nothing.
                    if !(square.is_finite() && square > entry.abs() * f64::EPSILON) {
                        return None;
                    }
                    made.push(square.sqrt());
                }
            }
            rows.push(made);
        }
        Some(Self(rows))
    }

    /// Makes it that of `A + x xᵀ`, by a rotation a row (Gill, Golub, Murray and Saunders, Math. Comp. 28, 1974). The diagonal
    /// never shrinks, so that it stays positive whatever rounding does.
    pub(super) fn add_outer(&mut self, x: &[f64]) {
        let mut rotations: Vec<(f64, f64)> = Vec::with_capacity(x.len());
        for (row, part) in self.0.iter_mut().zip(x) {
            let mut rest = *part;
            for (entry, (cosine, sine)) in row.iter_mut().zip(&rotations) {
                let turned = (*entry + sine * rest) / cosine;
                rest = cosine * rest - sine * turned;
                *entry = turned;
            }
            if let Some(diagonal) = row.last_mut() {
                let longer = libm::hypot(*diagonal, rest);
                rotations.push((longer / *diagonal, rest / *diagonal));
                *diagonal = longer;
            }
        }
    }

    /// `L⁻¹ b`.
    pub(super) fn solve_lower(&self, b: &[f64]) -> Vec<f64> {
        let mut solved = Vec::with_capacity(b.len());
        for (row, part) in self.0.iter().zip(b) {
            let diagonal = row.last().copied().unwrap_or(1.0);
            solved.push((part - dot(&solved, row)) / diagonal);
        }
        solved
    }

    /// `L⁻ᵀ b`.
    pub(super) fn solve_upper(&self, b: &[f64]) -> Vec<f64> {
        let mut rest = b.to_vec();
        for (place, row) in self.0.iter().enumerate().rev() {
            let (Some((diagonal, before)), Some((part, earlier))) =
                (row.split_last(), rest.get_mut(..=place).and_then(<[f64]>::split_last_mut))
            else {
                continue;
            };
            *part /= diagonal;
            for (earlier, entry) in earlier.iter_mut().zip(before) {
                *earlier -= entry * *part;
            }
        }
        rest
    }

    /// `A⁻¹ b`.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        self.solve_upper(&self.solve_lower(b))
    }
}

/// Over as many as both have.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(matrix: &Symmetric, x: &[f64]) -> Vec<f64> {
        let at = |row: usize, column: usize| matrix.0[row.max(column)][row.min(column)];
        (0..x.len()).map(|row| (0..x.len()).map(|column| at(row, column) * x[column]).sum()).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_known_matrix_has_its_known_factor() {
        let matrix = Symmetric(vec![vec![4.0], vec![12.0, 37.0], vec![-16.0, -43.0, 98.0]]);
        let factor = Factor::of(&matrix).unwrap();
        assert_eq!(factor.0, [vec![2.0], vec![6.0, 1.0], vec![-8.0, 5.0, 3.0]]);
        assert_eq!(factor.solve_lower(&[2.0, 7.0, 0.0]), [1.0, 1.0, 1.0]);
        assert_eq!(factor.solve_upper(&[0.0, 6.0, 3.0]), [1.0, 1.0, 1.0]);
        assert_eq!(factor.solve(&[0.0, 6.0, 39.0]), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_not_positive_has_none() {
        let of = |entries: [f64; 3]| Symmetric(vec![vec![entries[0]], vec![entries[1], entries[2]]]);
        for matrix in
            [of([1.0, 2.0, 1.0]), of([0.0, 0.0, 1.0]), of([f64::NAN, 0.0, 1.0]), of([1.0, 1.0, 1.0])]
        {
            assert_eq!(Factor::of(&matrix), None, "{matrix:?}");
        }
        // Two features that are always the same, but for rounding.
        let same = of([1e8, 1e8, 1e8]);
        assert!(Factor::of(&same).is_none() && Factor::of_about(&same).is_some());
        assert_eq!(Factor::of_about(&of([f64::NAN, 0.0, 1.0])), None);
        assert_eq!(Factor::of_about(&of([1.0, 0.0, -5.0])), None);
    }

    #[test]
    fn a_matrix_knows_whether_it_is_one() {
        assert_eq!(Symmetric::diagonal(3, 2.0).size(), Some(3));
        assert_eq!(Symmetric(vec![vec![1.0], vec![1.0]]).size(), None);
        assert_eq!(Symmetric(vec![vec![f64::INFINITY]]).size(), None);
    }

    proptest! {
        #[test]
        fn updates_and_a_new_factor_are_one(
            vectors in prop::collection::vec(prop::collection::vec(-3.0..3.0_f64, 5), 1..40), ridge in 0.1..10.0_f64
        ) {
            let mut matrix = Symmetric::diagonal(5, ridge);
            let mut factor = Factor::of(&matrix).unwrap();
            for x in &vectors {
                matrix.add_outer(x, 1.0);
                factor.add_outer(x);
            }
            let anew = Factor::of(&matrix).unwrap();
            for (updated, anew) in factor.0.iter().zip(&anew.0) {
                assert_close(updated, anew, 1e-10);
            }
            let x = &vectors[0];
            assert_close(&times(&matrix, &factor.solve(x)), x, 1e-9);
        }
    }
}
