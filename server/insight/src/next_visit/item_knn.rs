//! What goes with what, by how many people have both: the cosine of two labels.
//!
//! A label speaks for another by `both / (√(having one · having the other) + shrinkage)` (Sarwar, Karypis, Konstan and Riedl 2001,
//! *Item-based collaborative filtering recommendation algorithms*; the shrinkage is Koren's). It is the model for products:
//! nothing grows with the square of their number.
//!
//! Memory of a fit, beside what is given and what comes out: 4 bytes for each label of each person, and 4 for each label. What
//! comes out is [`Neighbours`]: at most 8 bytes a link, so 50 links of a million products are 400 MB.

use super::{Label, Neighbours, Scores};

/// How it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemKnn {
    /// What keeps rare coincidences from counting: 0 is the plain cosine.
    pub shrinkage: f64,
    /// How many links of each label are kept: the strongest.
    pub links: usize,
}

impl Default for ItemKnn {
    /// For some thousands of people.
    fn default() -> Self {
        Self { shrinkage: 50.0, links: 50 }
    }
}

impl ItemKnn {
    /// Of what people have; how much of it does not count.
    pub fn fit(&self, people: &[Scores]) -> Neighbours {
        let buyers = Buyers::of(people);
        let labels = buyers.ends.len();
        let mut both = vec![0_u32; labels];
        let mut found: Vec<Label> = Vec::new();
        let mut neighbours = Neighbours::default();
        for from in 0..labels {
            let having = buyers.of_label(from);
            let others =
                having.iter().filter_map(|person| people.get(*person as usize)).flat_map(Scores::iter);
            for (to, _) in others {
                if let Some(count) = both.get_mut(to as usize) {
                    if *count == 0 {
                        found.push(to);
                    }
                    *count += 1;
                }
            }
            let one = count(having.len());
            let mut links = Vec::with_capacity(found.len());
            for to in found.drain(..) {
                let together = both.get_mut(to as usize).map_or(0, std::mem::take);
                if to as usize != from {
                    let other = count(buyers.of_label(to as usize).len());
                    links.push((to, narrow(f64::from(together) / ((one * other).sqrt() + self.shrinkage))));
                }
            }
            neighbours.push(links, self.links);
        }
        neighbours
    }
}

/// Of each label, who has it: the rows one after the other, and where each ends.
struct Buyers {
    ends: Vec<usize>,
    people: Vec<u32>,
}

impl Buyers {
    fn of(people: &[Scores]) -> Self {
        let labels = people.iter().flat_map(Scores::iter).map(|(label, _)| label as usize + 1).max();
        let mut ends = vec![0_usize; labels.unwrap_or(0)];
        for (label, _) in people.iter().flat_map(Scores::iter) {
            if let Some(count) = ends.get_mut(label as usize) {
                *count += 1;
            }
        }
        let mut all = 0;
        for end in &mut ends {
            // For now where each begins: what is put there moves it to where it ends.
            all += std::mem::replace(end, all);
        }
        let mut having = vec![0; all];
        for (person, has) in (0_u32..).zip(people) {
            for (label, _) in has.iter() {
                if let Some(end) = ends.get_mut(label as usize) {
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
        let start = label.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(label).and_then(|end| self.people.get(start..*end)).unwrap_or_default()
    }
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
    use super::*;

    fn people() -> Vec<Scores> {
        [&[0, 2][..], &[0, 2, 3], &[0], &[3]]
            .map(|labels| Scores::sum(labels.iter().map(|label| (*label, 7.0))))
            .into()
    }

    #[test]
    fn cosines_by_hand() {
        let neighbours = ItemKnn { shrinkage: 0.0, links: 9 }.fit(&people());
        let of = |from| neighbours.scores(&Scores::sum([(from, 1.0)]));
        let close = |score: f64, expected: f64| assert!((score - expected).abs() < 1e-6, "{score}");
        close(of(0).of(2), 2.0 / 6.0_f64.sqrt());
        close(of(2).of(0), 2.0 / 6.0_f64.sqrt());
        close(of(0).of(3), 1.0 / 6.0_f64.sqrt());
        close(of(2).of(3), 1.0 / 4.0_f64.sqrt());
        assert_eq!(of(1), Scores::default());
        assert_eq!(neighbours.links(), 6, "none with oneself");
    }

    #[test]
    fn shrinkage_and_the_number_of_links_count() {
        let neighbours = ItemKnn { shrinkage: 2.0, links: 1 }.fit(&people());
        assert_eq!(neighbours.links(), 3);
        let score = neighbours.scores(&Scores::sum([(0, 1.0)])).of(2);
        assert!((score - 2.0 / (6.0_f64.sqrt() + 2.0)).abs() < 1e-6, "{score}");
    }
}
