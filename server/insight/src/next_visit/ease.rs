//! EASE: what goes with what, such that what people have foretells what else they have.
//!
//! Of all matrices with a diagonal of zeros, the one that makes people's labels best from themselves, by least squares with a
//! penalty: `P = (XᵀX + λ)⁻¹`, and a label speaks for another by `-P_ij / P_jj` (Steck 2019, *Embarrassingly shallow
//! autoencoders for sparse data*, equation 8). Unlike a count of what is bought together it is not fooled by what everybody
//! buys: that foretells nothing.
//!
//! The fit is one inverse: its time grows with the cube of the number of labels, and its memory with the square, 4 bytes each: 0.1 s
//! for 300, 4 s and 44 MB for 3,300, and 2 min and 400 MB for 10,000. So this is for types and
//! categories, and [`super::ItemKnn`] for products. The number of people matters little.

use std::cmp::Reverse;

use super::{Label, Neighbours, Scores};
use crate::inverse::Symmetric;

/// How it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ease {
    /// λ: what keeps rare coincidences from counting. It is to grow with the number of people.
    pub penalty: f32,
    /// How many labels take part, at most: those that most people have.
    pub labels: usize,
    /// How many links of each label are kept: the strongest.
    pub links: usize,
}

impl Default for Ease {
    /// For types of goods and a few thousand people.
    fn default() -> Self {
        Self { penalty: 1_000.0, labels: 5_000, links: 300 }
    }
}

impl Ease {
    /// Of what people have: 1 for each label, or more for what they have more of. None where the penalty is not positive.
    pub fn fit(&self, people: &[Scores]) -> Option<Neighbours> {
        self.fit_by(people, |amount| amount)
    }

    /// The same, where what people have counts otherwise: 1 whatever it is, say.
    pub fn fit_by(&self, people: &[Scores], counts: impl Fn(f64) -> f64) -> Option<Neighbours> {
        let chosen = self.chosen(people);
        let mut place: Vec<Option<u32>> =
            vec![None; chosen.iter().max().map_or(0, |most| *most as usize + 1)];
        for (number, label) in (0..).zip(&chosen) {
            if let Some(place) = place.get_mut(*label as usize) {
                *place = Some(number);
            }
        }
        let mut gram = Symmetric::diagonal(chosen.len(), self.penalty);
        for person in people {
            let has: Vec<(usize, f32)> = person
                .iter()
                .filter_map(|(label, amount)| {
                    Some(((*place.get(label as usize)?)? as usize, narrow(counts(amount))))
                })
                .collect();
            for (number, (row, amount)) in has.iter().enumerate() {
                for (column, other) in has.iter().take(number + 1) {
                    gram.add(*row, *column, amount * other);
                }
            }
        }
        Some(self.links(&chosen, &place, &gram.inverse()?))
    }

    /// Those that most people have, in the order of labels; of equals those with the lower number.
    fn chosen(&self, people: &[Scores]) -> Vec<Label> {
        let mut having: Vec<u32> = Vec::new();
        for (label, _) in people.iter().flat_map(Scores::iter) {
            let label = label as usize;
            if having.len() <= label {
                having.resize(label + 1, 0);
            }
            if let Some(having) = having.get_mut(label) {
                *having += 1;
            }
        }
        let mut most: Vec<(Reverse<u32>, Label)> = having
            .into_iter()
            .zip(0..)
            .filter(|(having, _)| *having > 0)
            .map(|(having, label)| (Reverse(having), label))
            .collect();
        most.sort_unstable();
        let mut chosen: Vec<Label> = most.into_iter().map(|(_, label)| label).take(self.labels).collect();
        chosen.sort_unstable();
        chosen
    }

    fn links(&self, chosen: &[Label], place: &[Option<u32>], inverse: &Symmetric) -> Neighbours {
        let mut neighbours = Neighbours::default();
        for from in place {
            let links = from.map_or_else(Vec::new, |from| {
                let others = chosen.iter().enumerate().filter(|(to, _)| *to != from as usize);
                others
                    .map(|(to, label)| (*label, -inverse.get(from as usize, to) / inverse.get(to, to)))
                    .filter(|(_, weight)| *weight != 0.0)
                    .collect()
            });
            neighbours.push(links, self.links);
        }
        neighbours
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an amount needs no more digits than that")]
fn narrow(amount: f64) -> f32 {
    amount as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(labels: &[&[Label]]) -> Vec<Scores> {
        labels.iter().map(|labels| Scores::sum(labels.iter().map(|label| (*label, 1.0)))).collect()
    }

    #[test]
    fn two_labels_by_hand() {
        // XᵀX + 1 is [[3, 1], [1, 2]]; its inverse is [[2, -1], [-1, 3]] / 5.
        let ease = Ease { penalty: 1.0, ..Ease::default() };
        let neighbours = ease.fit(&people(&[&[3, 7], &[3]])).unwrap();
        let close = |score: f64, expected: f64| assert!((score - expected).abs() < 1e-6, "{score}");
        close(neighbours.scores(&Scores::sum([(3, 1.0)])).of(7), 1.0 / 3.0);
        close(neighbours.scores(&Scores::sum([(7, 1.0)])).of(3), 1.0 / 2.0);
        assert_eq!(neighbours.links(), 2);
    }

    #[test]
    fn what_everybody_buys_says_less_than_what_goes_with_it() {
        // Everybody has 0; 1 and 2 are had by the same people.
        let people = people(&[&[0, 1, 2], &[0, 1, 2], &[0, 3], &[0, 4], &[0], &[0]]);
        let neighbours = Ease { penalty: 1.0, ..Ease::default() }.fit(&people).unwrap();
        let grounds = neighbours.grounds(2, &Scores::sum([(0, 1.0), (1, 1.0)]), 2);
        assert_eq!(grounds[0].0, 1);
        assert!(grounds.get(1).is_none_or(|ground| ground.1 < grounds[0].1 / 3.0), "{grounds:?}");
    }

    #[test]
    fn the_commonest_take_part_and_a_penalty_there_must_be() {
        let two = Ease { penalty: 1.0, labels: 2, links: 9 };
        let neighbours = two.fit(&people(&[&[0, 1, 2], &[0, 2]])).unwrap();
        assert_eq!(neighbours.scores(&Scores::sum([(1, 1.0)])), Scores::default());
        assert!(neighbours.scores(&Scores::sum([(0, 1.0)])).of(2) > 0.0);
        assert_eq!(Ease { penalty: 0.0, ..two }.fit(&people(&[&[0, 2]])), None);
        assert_eq!(two.fit(&[]), Some(Neighbours::default()));
    }
}
