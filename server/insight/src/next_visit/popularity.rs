//! What most people buy: an answer for those of whom nothing is known, and the order among equals.

use std::cmp::Reverse;

use super::{Label, Scores, Visit};

/// How many visits each label was in.
#[derive(Debug, Clone, PartialEq)]
pub struct Popularity {
    /// All labels, the most popular first; of equals the one with the lower number.
    order: Vec<Label>,
    /// Where in it each label stands.
    rank: Vec<usize>,
}

impl Popularity {
    /// Of the labels `0..labels` in everybody's visits. A label beyond is not counted.
    pub fn of<'a>(labels: Label, visits: impl IntoIterator<Item = &'a Visit>) -> Self {
        let mut counts = vec![0_u64; labels as usize];
        for label in visits.into_iter().flat_map(|visit| &visit.labels) {
            if let Some(count) = counts.get_mut(*label as usize) {
                *count += 1;
            }
        }
        Self::by_counts(&counts)
    }

    /// The same, of how many visits each label was in.
    pub(super) fn by_counts(counts: &[u64]) -> Self {
        let mut counted: Vec<(Reverse<u64>, Label)> = counts.iter().copied().map(Reverse).zip(0..).collect();
        counted.sort_unstable();
        let order: Vec<Label> = counted.into_iter().map(|(_, label)| label).collect();
        let mut rank = vec![0; order.len()];
        for (place, label) in order.iter().enumerate() {
            if let Some(rank) = rank.get_mut(*label as usize) {
                *rank = place;
            }
        }
        Self { order, rank }
    }

    /// The `number` labels with the highest scores, the highest first; among equals, also those without a score, the more
    /// popular first. A score that is not positive is none.
    pub fn best(&self, scores: &Scores, number: usize) -> Vec<Label> {
        self.best_of(scores, number, |_| true)
    }

    /// The same, of some labels only: of those that are new to somebody, or in the shop.
    pub fn best_of(&self, scores: &Scores, number: usize, among: impl Fn(Label) -> bool) -> Vec<Label> {
        let mut best = self.scored(scores, number, &among);
        for label in self.order.iter().filter(|label| among(**label)) {
            if best.len() >= number {
                break;
            }
            if !best.contains(label) {
                best.push(*label);
            }
        }
        best
    }

    /// The same of those with a score alone.
    pub(super) fn scored(&self, scores: &Scores, number: usize, among: impl Fn(Label) -> bool) -> Vec<Label> {
        let mut found: Vec<(Label, f64)> =
            scores.iter().filter(|(label, score)| *score > 0.0 && among(*label)).collect();
        let order = |a: &(Label, f64), b: &(Label, f64)| {
            b.1.total_cmp(&a.1).then_with(|| self.rank(a.0).cmp(&self.rank(b.0)))
        };
        // Of thousands, a few: only those are put in order.
        if number < found.len() {
            found.select_nth_unstable_by(number, order);
            found.truncate(number);
        }
        found.sort_by(order);
        found.into_iter().map(|(label, _)| label).collect()
    }

    fn rank(&self, label: Label) -> usize {
        self.rank.get(label as usize).copied().unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popular_ones_fill_up_and_part_equals() {
        let visits: Vec<Visit> =
            [vec![2], vec![2, 4], vec![1, 4, 9]].map(|labels| Visit { day: 0.0, labels }).into();
        let popularity = Popularity::of(5, &visits);
        assert_eq!(popularity.best(&Scores::default(), 10), [2, 4, 1, 0, 3]);
        let scores = Scores::sum([(3, 2.0), (1, 0.5), (4, 0.5), (0, 0.0)]);
        assert_eq!(popularity.best(&scores, 4), [3, 4, 1, 2]);
        assert_eq!(popularity.best(&scores, 1), [3]);
        assert_eq!(popularity.best_of(&scores, 3, |label| label != 3 && label != 1), [4, 2, 0]);
    }
}
