//! What goes with what, with how many people have both: for words that are said aloud, and so never of a few.
//!
//! The strength is the cosine of [`super::ItemKnn`], with the same shrinkage. What it adds is the floor: a pair that fewer than so
//! many people have is not counted as weak, it is not there at all (k-anonymity: Sweeney, *k-anonymity: a model for protecting
//! privacy*, IJUFKS 2002). So nobody learns of a pair what one of few bought.
//!
//! Memory of a fit, beside what is given: 4 bytes for each label of each person and 12 for each label; a link that is kept takes
//! 16.

use super::{Label, Neighbours};

/// How it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairsOptions {
    /// What keeps rare coincidences from counting: 0 is the plain cosine.
    pub shrinkage: f64,
    /// The fewest people who have both.
    pub least: u32,
    /// How many links of each label are kept: the strongest.
    pub links: usize,
}

/// One label that goes with another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// What goes with it.
    pub to: Label,
    /// How many people have both.
    pub people: u32,
    /// How strongly, from 0 to 1.
    pub strength: f64,
}

/// From each label to those that go with it, the strongest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pairs {
    ends: Vec<usize>,
    links: Vec<Pair>,
}

impl Pairs {
    /// Of what people have: of each person every label once.
    pub fn fit(options: PairsOptions, people: &[Vec<Label>]) -> Self {
        let buyers = Buyers::of(people, options.least);
        let mut both = vec![0_u32; buyers.ends.len()];
        let mut found: Vec<Label> = Vec::new();
        let mut pairs = Self::default();
        for from in 0..buyers.ends.len() {
            let having = buyers.of_label(from);
            for to in having.iter().filter_map(|person| people.get(*person as usize)).flatten() {
                if let Some(count) = both.get_mut(*to as usize) {
                    if *count == 0 {
                        found.push(*to);
                    }
                    *count += 1;
                }
            }
            let mut links = Vec::new();
            for to in found.drain(..) {
                let people = both.get_mut(to as usize).map_or(0, std::mem::take);
                if people < options.least || to as usize == from {
                    continue;
                }
                let [one, other] = [having.len(), buyers.of_label(to as usize).len()].map(count);
                let strength = f64::from(people) / ((one * other).sqrt() + options.shrinkage);
                links.push(Pair { to, people, strength });
            }
            links.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.to.cmp(&b.to)));
            links.truncate(options.links);
            pairs.links.append(&mut links);
            pairs.ends.push(pairs.links.len());
        }
        pairs
    }

    /// What goes with a label, the strongest first.
    pub fn of(&self, label: Label) -> &[Pair] {
        row(&self.ends, &self.links, label as usize)
    }

    /// The same links as scores, for [`super::Crowd`]: so neither does a ranking rest on a pair of few.
    pub fn neighbours(&self) -> Neighbours {
        let mut neighbours = Neighbours::default();
        for label in (0..).take(self.ends.len()) {
            let links = self.of(label).iter().map(|pair| (pair.to, narrow(pair.strength)));
            neighbours.push(links.collect(), usize::MAX);
        }
        neighbours
    }

    /// How many links there are.
    pub fn links(&self) -> usize {
        self.links.len()
    }

    /// What it takes of memory.
    pub fn bytes(&self) -> usize {
        self.links.len() * size_of::<Pair>() + self.ends.len() * size_of::<usize>()
    }
}

/// Of each label that enough people have, who has it: the rows one after the other, and where each ends.
struct Buyers {
    ends: Vec<usize>,
    people: Vec<u32>,
}

impl Buyers {
    fn of(people: &[Vec<Label>], least: u32) -> Self {
        let labels = people.iter().flatten().map(|label| *label as usize + 1).max();
        let mut counts = vec![0_u32; labels.unwrap_or(0)];
        for label in people.iter().flatten() {
            if let Some(count) = counts.get_mut(*label as usize) {
                *count += 1;
            }
        }
        // What too few have can be in no pair.
        let enough = |label: usize| counts.get(label).is_some_and(|count| *count >= least);
        let mut all = 0;
        let mut ends: Vec<usize> = Vec::with_capacity(counts.len());
        for (label, count) in counts.iter().enumerate() {
            // For now where each begins: what is put there moves it to where it ends.
            ends.push(all);
            all += if enough(label) { *count as usize } else { 0 };
        }
        let mut having = vec![0; all];
        for (person, has) in (0_u32..).zip(people) {
            for label in has.iter().map(|label| *label as usize).filter(|label| enough(*label)) {
                if let Some(end) = ends.get_mut(label) {
                    if let Some(place) = having.get_mut(*end) {
                        *place = person;
                    }
                    *end += 1;
                }
            }
        }
        Self { ends, people: having }
    }

    fn of_label(&self, label: usize) -> &[u32] {
        row(&self.ends, &self.people, label)
    }
}

fn row<'a, T>(ends: &[usize], all: &'a [T], label: usize) -> &'a [T] {
    let start = label.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(label).and_then(|end| all.get(start..*end)).unwrap_or_default()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

#[expect(clippy::cast_possible_truncation, reason = "a cosine needs no more digits than that")]
fn narrow(cosine: f64) -> f32 {
    cosine as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{ItemKnn, Scores},
        *,
    };

    const OPTIONS: PairsOptions = PairsOptions { shrinkage: 0.0, least: 1, links: 9 };

    fn people() -> Vec<Vec<Label>> {
        vec![vec![0, 2], vec![0, 2, 3], vec![0], vec![3]]
    }

    #[test]
    fn pairs_by_hand() {
        let pairs = Pairs::fit(OPTIONS, &people());
        let of = |label| pairs.of(label).iter().map(|pair| (pair.to, pair.people)).collect::<Vec<_>>();
        assert_eq!((of(0), of(2), of(3)), (vec![(2, 2), (3, 1)], vec![(0, 2), (3, 1)], vec![(2, 1), (0, 1)]));
        assert!((pairs.of(0)[0].strength - 2.0 / 6.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!((of(1), of(9)), (vec![], vec![]));
        assert_eq!(pairs.links(), 6);
    }

    #[test]
    fn what_few_have_is_not_there() {
        let pairs = Pairs::fit(PairsOptions { least: 2, ..OPTIONS }, &people());
        assert_eq!(pairs.links(), 2);
        assert!(pairs.of(3).is_empty());
        assert_eq!(Pairs::fit(PairsOptions { least: 3, ..OPTIONS }, &people()).links(), 0);
        assert_eq!(Pairs::fit(OPTIONS, &[]), Pairs::default());
    }

    proptest! {
        /// The same strengths as the model whose figures are told, and never a pair of too few.
        #[test]
        fn strengths_are_those_of_item_knn(
            people in prop::collection::vec(prop::collection::btree_set(0_u32..12, 0..6), 0..40), least in 1_u32..6,
        ) {
            let people: Vec<Vec<Label>> = people.into_iter().map(|has| has.into_iter().collect()).collect();
            let pairs = Pairs::fit(PairsOptions { shrinkage: 5.0, least, links: 100 }, &people);
            let scores: Vec<Scores> =
                people.iter().map(|has| Scores::sum(has.iter().map(|label| (*label, 1.0)))).collect();
            let neighbours = ItemKnn { shrinkage: 5.0, links: 100 }.fit(&scores);
            let of_pairs = pairs.neighbours();
            prop_assert_eq!(of_pairs.links(), pairs.links());
            for from in 0..12 {
                let all = neighbours.scores(&Scores::sum([(from, 1.0)]));
                let told = of_pairs.scores(&Scores::sum([(from, 1.0)]));
                for pair in pairs.of(from) {
                    let both = people.iter().filter(|has| has.contains(&from) && has.contains(&pair.to)).count();
                    prop_assert_eq!(both, pair.people as usize);
                    prop_assert!(pair.people >= least);
                    prop_assert!((all.of(pair.to) - pair.strength).abs() < 1e-6);
                    prop_assert!((told.of(pair.to) - pair.strength).abs() < 1e-6);
                }
            }
        }
    }
}
