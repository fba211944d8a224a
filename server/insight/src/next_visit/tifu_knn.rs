//! TIFU-KNN: what one buys oneself, lately more than long ago, and a part of what those buy who buy the like.
//!
//! A person's visits are put in groups of about equal size, counted from the newest. Within a group a visit counts the less
//! the older it is, and a group the less the older it is (Hu, He, Gao and Zhang 2020, 4.1). The person's answer is a share of their
//! own vector and the rest of the mean vector of those whose vectors are nearest (4.2).
//!
//! Where the number of visits is no multiple of the number of groups, the paper's code cuts them in a way that the paper does
//! not say; here a group has `ceil(visits / groups)` visits, and the oldest has what remains.

use super::{Scores, Visit};

/// How it remembers and whom it asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TifuOptions {
    /// Groups of a person's visits, at most.
    pub groups: u32,
    /// What a visit counts of the next newer one in its group: from 0 to 1.
    pub within_group: f64,
    /// What a group counts of the next newer one: from 0 to 1.
    pub between_groups: f64,
    /// How many people are asked.
    pub neighbours: usize,
    /// What one's own vector counts of the whole: from 0 to 1.
    pub own_share: f64,
}

impl Default for TifuOptions {
    /// The paper's for retail data.
    fn default() -> Self {
        Self { groups: 7, within_group: 0.9, between_groups: 0.7, neighbours: 300, own_share: 0.7 }
    }
}

impl TifuOptions {
    /// What somebody's visits, the oldest first, come to.
    pub fn vector(&self, visits: &[Visit]) -> Scores {
        let group = visits.len().div_ceil(self.groups.max(1) as usize).max(1);
        let groups = visits.len().div_ceil(group);
        // The oldest group is as large as what remains.
        let oldest = visits.len() - groups.saturating_sub(1) * group;
        Scores::sum(visits.iter().rev().enumerate().flat_map(|(age, visit)| {
            let (of, place) = (age / group, age % group);
            let size = if of + 1 == groups { oldest } else { group };
            let weight = power(self.between_groups, of) * power(self.within_group, place)
                / count(size)
                / count(groups);
            visit.labels.iter().map(move |label| (*label, weight))
        }))
    }
}

fn power(base: f64, exponent: usize) -> f64 {
    i32::try_from(exponent).map_or(0.0, |exponent| base.powi(exponent))
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// The vectors of many people, of whom the nearest are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct TifuKnn {
    options: TifuOptions,
    people: Vec<Scores>,
    /// The squared lengths of their vectors.
    squares: Vec<f64>,
    /// Of each label, who bought it, and its score with them.
    buyers: Vec<Vec<(u32, f64)>>,
}

impl TifuKnn {
    /// Of people's vectors, which [`TifuOptions::vector`] made.
    pub fn new(options: TifuOptions, people: Vec<Scores>) -> Self {
        let mut buyers: Vec<Vec<(u32, f64)>> = Vec::new();
        for (person, vector) in (0_u32..).zip(&people) {
            for (label, score) in vector.iter() {
                let label = label as usize;
                if buyers.len() <= label {
                    buyers.resize_with(label + 1, Vec::new);
                }
                if let Some(buyers) = buyers.get_mut(label) {
                    buyers.push((person, score));
                }
            }
        }
        let squares = people.iter().map(Scores::square).collect();
        Self { options, people, squares, buyers }
    }

    /// The scores of somebody with this vector; `person`, if given, is their own number, and is not asked.
    pub fn scores(&self, vector: &Scores, person: Option<usize>) -> Scores {
        let near = self.nearest(vector, person);
        let share = (1.0 - self.options.own_share) / count(near.len().max(1));
        let asked =
            near.into_iter().filter_map(|person| self.people.get(person)).map(|theirs| (theirs, share));
        // A place for every label: to add up hundreds of vectors in one is faster than to merge them.
        let mut sums = vec![0.0; self.buyers.len()];
        let mut unknown = Vec::new();
        for (vector, share) in [(vector, self.options.own_share)].into_iter().chain(asked) {
            for (label, score) in vector.iter() {
                match sums.get_mut(label as usize) {
                    Some(sum) => *sum += score * share,
                    None => unknown.push((label, score * share)),
                }
            }
        }
        let known = (0..).zip(sums).filter(|(_, sum)| *sum > 0.0);
        Scores::sum(known.chain(unknown))
    }

    /// Those whose vectors are nearest; of equals the one with the lower number.
    fn nearest(&self, vector: &Scores, person: Option<usize>) -> Vec<usize> {
        // |u - v|² = |u|² + |v|² - 2uv, and |u|² is the same for all.
        let mut distances = self.squares.clone();
        for (label, score) in vector.iter() {
            for (buyer, theirs) in self.buyers.get(label as usize).into_iter().flatten() {
                if let Some(distance) = distances.get_mut(*buyer as usize) {
                    *distance -= 2.0 * score * theirs;
                }
            }
        }
        let mut others: Vec<(f64, usize)> =
            distances.into_iter().zip(0..).filter(|(_, other)| Some(*other) != person).collect();
        let asked = self.options.neighbours.min(others.len());
        if asked < others.len() {
            others.select_nth_unstable_by(asked, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            others.truncate(asked);
        }
        others.sort_unstable_by_key(|(_, other)| *other);
        others.into_iter().map(|(_, other)| other).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Label, *};

    fn visits(labels: &[&[Label]]) -> Vec<Visit> {
        (0_u32..)
            .zip(labels)
            .map(|(day, labels)| Visit { day: f64::from(day), labels: labels.to_vec() })
            .collect()
    }

    fn options(groups: u32) -> TifuOptions {
        TifuOptions { groups, within_group: 0.5, between_groups: 0.1, neighbours: 1, own_share: 0.75 }
    }

    #[test]
    fn a_vector_counts_groups_from_the_newest() {
        // Five visits in groups of two: newest [5, 4], then [3, 2], then [1] alone.
        let vector = options(3).vector(&visits(&[&[1], &[2], &[3], &[4], &[5]]));
        let third = 1.0 / 3.0;
        let expected = [
            (1, 0.01 * third),
            (2, 0.1 * 0.5 / 2.0 * third),
            (3, 0.1 / 2.0 * third),
            (4, 0.25 * third),
            (5, 0.5 * third),
        ];
        for (label, weight) in expected {
            assert!(
                (vector.of(label) - weight).abs() < 1e-15,
                "{label}: {} is not {weight}",
                vector.of(label)
            );
        }
        assert_eq!(options(3).vector(&[]), Scores::default());
    }

    #[test]
    fn fewer_visits_than_groups_are_a_group_each() {
        let vector = options(7).vector(&visits(&[&[1], &[2]]));
        assert!((vector.of(1) - 0.05).abs() < 1e-15 && (vector.of(2) - 0.5).abs() < 1e-15);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "quarters are exact")]
    fn the_nearest_is_asked_and_not_oneself() {
        let people = [&[(1, 1.0), (2, 1.0)][..], &[(1, 1.0), (3, 1.0)], &[(7, 5.0)]];
        let people: Vec<Scores> = people.iter().map(|parts| Scores::sum(parts.iter().copied())).collect();
        let model = TifuKnn::new(options(7), people.clone());
        assert_eq!(model.scores(&people[0], Some(0)), Scores::sum([(1, 1.0), (2, 0.75), (3, 0.25)]));
        assert_eq!(model.scores(&people[0], None), people[0]);
        // Somebody new has neighbours as well, and who is alone has only themselves.
        assert_eq!(model.scores(&Scores::sum([(7, 4.0)]), None).of(7), 4.25);
        let alone = TifuKnn::new(options(7), vec![people[2].clone()]);
        assert_eq!(alone.scores(&people[2], Some(0)).of(7), 3.75);
        // What nobody else ever bought is not forgotten.
        assert_eq!(alone.scores(&Scores::sum([(99, 4.0)]), None).of(99), 3.0);
    }
}
