//! What goes with what: of each label, some others and how much it speaks for each.

use std::cmp::Reverse;

use super::{Label, Scores};

/// From each label to those that it speaks for. Negative is against.
///
/// Eight bytes a link: 100,000 labels with 50 links each are 40 MB.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Neighbours {
    /// Where in the links those of each label end.
    ends: Vec<usize>,
    links: Vec<(Label, f32)>,
    /// One more than the highest that any of them leads to.
    labels: usize,
}

impl Neighbours {
    /// Adds the next label, with the `most` strongest of its links.
    pub(super) fn push(&mut self, mut links: Vec<(Label, f32)>, most: usize) {
        if most < links.len() {
            // Numbers that are not negative are in the order of their bits.
            links.select_nth_unstable_by_key(most, |(to, weight)| (Reverse(weight.abs().to_bits()), *to));
            links.truncate(most);
        }
        links.sort_unstable_by_key(|(to, _)| *to);
        self.labels = links.last().map_or(0, |(to, _)| *to as usize + 1).max(self.labels);
        self.links.append(&mut links);
        self.ends.push(self.links.len());
    }

    /// The scores of what goes with what somebody has, also of what they have.
    pub fn scores(&self, owned: &Scores) -> Scores {
        let [scores] = self.scores_by(owned.iter().map(|(label, amount)| (label, [amount])));
        scores
    }

    /// The same, of several amounts of each at once.
    pub(super) fn scores_by<const N: usize>(
        &self,
        owned: impl Iterator<Item = (Label, [f64; N])>,
    ) -> [Scores; N] {
        // A place for every label: thousands of links are added up faster so than sorted.
        let mut sums = vec![[0.0; N]; self.labels];
        for (label, amounts) in owned {
            for (to, weight) in self.of(label) {
                if let Some(sums) = sums.get_mut(*to as usize) {
                    sums.iter_mut()
                        .zip(amounts)
                        .for_each(|(sum, amount)| *sum += amount * f64::from(*weight));
                }
            }
        }
        let found: Vec<(Label, [f64; N])> =
            (0..).zip(sums).filter(|(_, sums)| sums.iter().any(|sum| *sum != 0.0)).collect();
        std::array::from_fn(|of| {
            let scores = found.iter().filter_map(|(label, sums)| Some((*label, *sums.get(of)?)));
            Scores::sum(scores.filter(|(_, sum)| *sum != 0.0))
        })
    }

    /// Why: of what somebody has, what speaks most for a label, the strongest first, and how much of its score each gave.
    pub fn grounds(&self, label: Label, owned: &Scores, number: usize) -> Vec<(Label, f64)> {
        let weight = |from| self.of(from).iter().find(|(to, _)| *to == label).map(|(_, weight)| *weight);
        let mut grounds: Vec<(Label, f64)> = owned
            .iter()
            .filter_map(|(from, amount)| Some((from, amount * f64::from(weight(from)?))))
            .filter(|(_, part)| *part > 0.0)
            .collect();
        grounds.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        grounds.truncate(number);
        grounds
    }

    /// How many links there are.
    pub fn links(&self) -> usize {
        self.links.len()
    }

    /// What it takes of memory.
    pub fn bytes(&self) -> usize {
        self.links.len() * size_of::<(Label, f32)>() + self.ends.len() * size_of::<usize>()
    }

    fn of(&self, label: Label) -> &[(Label, f32)] {
        let label = label as usize;
        let start = label.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(label).and_then(|end| self.links.get(start..*end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours() -> Neighbours {
        let mut neighbours = Neighbours::default();
        neighbours.push(vec![(2, 0.5), (1, -0.75), (3, 0.25)], 2);
        neighbours.push(vec![], 2);
        neighbours.push(vec![(3, 1.0), (1, 0.5)], 2);
        neighbours
    }

    #[test]
    fn the_strongest_links_are_kept() {
        let neighbours = neighbours();
        assert_eq!((neighbours.links(), neighbours.bytes()), (4, 4 * 8 + 3 * 8));
        assert_eq!(neighbours.of(0), [(1, -0.75), (2, 0.5)]);
        assert_eq!(neighbours.of(1), []);
        assert_eq!(neighbours.of(9), []);
    }

    #[test]
    fn a_score_is_the_sum_of_its_grounds() {
        let owned = Scores::sum([(0, 2.0), (2, 1.0), (9, 5.0)]);
        assert_eq!(neighbours().scores(&owned), Scores::sum([(1, -1.0), (2, 1.0), (3, 1.0)]));
        assert_eq!(neighbours().grounds(1, &owned, 5), [(2, 0.5)], "what speaks against it is no ground");
        assert_eq!(neighbours().grounds(3, &owned, 5), [(2, 1.0)], "a link that was not kept says nothing");
        assert_eq!(neighbours().grounds(3, &owned, 0), []);
    }
}
