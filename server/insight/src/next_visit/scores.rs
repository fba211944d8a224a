//! A score for each of some labels, and 0 for all others.

use super::Label;

/// Sparse, in the order of labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores(Vec<(Label, f64)>);

impl Scores {
    /// Adds up what is given of each label, in the order in which it is given.
    pub fn sum(parts: impl IntoIterator<Item = (Label, f64)>) -> Self {
        let mut parts: Vec<(Label, f64)> = parts.into_iter().collect();
        parts.sort_by_key(|(label, _)| *label);
        parts.dedup_by(|(label, part), (kept, sum)| {
            let same = label == kept;
            if same {
                *sum += *part;
            }
            same
        });
        Self(parts)
    }

    /// Of one label.
    pub fn of(&self, label: Label) -> f64 {
        let found = self.0.binary_search_by_key(&label, |(label, _)| *label);
        found.ok().and_then(|index| self.0.get(index)).map_or(0.0, |(_, score)| *score)
    }

    /// Those that are not 0, in the order of labels.
    pub fn iter(&self) -> impl Iterator<Item = (Label, f64)> {
        self.0.iter().copied()
    }

    /// Each score that is not 0 changed.
    #[must_use]
    pub fn map(mut self, change: impl Fn(f64) -> f64) -> Self {
        self.0.iter_mut().for_each(|(_, score)| *score = change(*score));
        self
    }

    /// The squared length of the vector.
    pub(crate) fn square(&self) -> f64 {
        self.0.iter().map(|(_, score)| score * score).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_label_add_up() {
        let scores = Scores::sum([(3, 1.0), (1, 2.0), (3, 0.5)]);
        assert_eq!(scores.iter().collect::<Vec<_>>(), [(1, 2.0), (3, 1.5)]);
        assert_eq!((scores.of(3), scores.of(2), scores.square()), (1.5, 0.0, 6.25));
        assert_eq!(scores.map(|score| score * 2.0), Scores::sum([(1, 4.0), (3, 3.0)]));
        assert_eq!(Scores::sum([]), Scores::default());
    }
}
