//! What is common at a moment: what people buy, what they buy again, and what goes with what.

use super::{Ease, History, ItemKnn, Label, Neighbours, Popularity, Scores, rhythm};

/// What counts as lately, in days.
const LATELY: f64 = 30.0;

/// How what goes with what is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GoesWith {
    /// Of types and categories: once by what people have, and once by how often they bought it.
    Ease {
        /// By what people have.
        having: Ease,
        /// By the logarithm of how often they bought it.
        often: Ease,
    },
    /// Of products.
    ItemKnn(ItemKnn),
}

/// One label among everybody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Common {
    /// The share of visits that it was in.
    pub visits: f64,
    /// The same, of each person's last 30 days.
    pub lately: f64,
    /// The share of people who ever bought it.
    pub people: f64,
    /// Of those, the share who bought it again, drawn towards a third where they are few.
    pub again: f64,
}

impl Default for Common {
    /// Of what nobody is known to have bought.
    fn default() -> Self {
        Self { visits: 0.0, lately: 0.0, people: 0.0, again: 1.0 / 3.0 }
    }
}

/// Everybody, at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Crowd {
    popularity: Popularity,
    common: Vec<Common>,
    having: Neighbours,
    often: Option<Neighbours>,
}

impl Crowd {
    /// Of the labels `0..labels`. None where a penalty is not positive.
    ///
    /// While it is made it takes 16 bytes for each label of each person, beside what [`Ease`] takes. Where people are
    /// many, give a sample of them: only what is rare is then known less well.
    pub fn of(labels: Label, people: &[History<'_>], goes_with: GoesWith) -> Option<Self> {
        let bought: Vec<Scores> = people.iter().map(|person| rhythm::frequency(person.visits)).collect();
        let (having, often) = match goes_with {
            GoesWith::Ease { having, often } => {
                (having.fit_by(&bought, |_| 1.0)?, Some(often.fit_by(&bought, f64::ln_1p)?))
            }
            GoesWith::ItemKnn(knn) => (knn.fit(&bought), None),
        };
        let mut counts = Counts::new(labels);
        for person in people {
            counts.add(person);
        }
        Some(Self { often, ..counts.crowd(having) })
    }

    /// Of one label; as of what nobody bought, where it is not known.
    pub fn common(&self, label: Label) -> Common {
        self.common.get(label as usize).copied().unwrap_or_default()
    }

    /// What most people buy.
    pub fn popularity(&self) -> &Popularity {
        &self.popularity
    }

    /// What goes with what people have, for the grounds of a score.
    pub fn goes_with(&self) -> &Neighbours {
        &self.having
    }

    /// What goes with what somebody has, and with how often they bought it.
    pub(super) fn with(&self, bought: &Scores) -> [Scores; 2] {
        let Some(often) = &self.often else {
            return self.having.scores_by(bought.iter().map(|(label, times)| (label, [1.0, times.ln_1p()])));
        };
        [self.having.scores(&bought.clone().map(|_| 1.0)), often.scores(&bought.clone().map(f64::ln_1p))]
    }

    /// What it takes of memory.
    pub fn bytes(&self) -> usize {
        let labels = self.common.len() * (size_of::<Common>() + size_of::<Label>() + size_of::<usize>());
        labels + self.having.bytes() + self.often.as_ref().map_or(0, Neighbours::bytes)
    }
}

/// What everybody did, counted one person after the other: what is kept grows with the labels, and not with the people.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Counts, not yet shares.
    common: Vec<Common>,
    visits: f64,
    lately: f64,
    people: f64,
}

impl Counts {
    /// Of the labels `0..labels`; others are not counted.
    pub fn new(labels: Label) -> Self {
        let none = Common { visits: 0.0, lately: 0.0, people: 0.0, again: 0.0 };
        Self { common: vec![none; labels as usize], visits: 0.0, lately: 0.0, people: 0.0 }
    }

    /// One more person.
    pub fn add(&mut self, person: &History<'_>) {
        self.people += 1.0;
        for visit in person.visits {
            let is_late = f64::from(u8::from(person.now - visit.day < LATELY));
            self.visits += 1.0;
            self.lately += is_late;
            for label in &visit.labels {
                if let Some(common) = self.common.get_mut(*label as usize) {
                    common.visits += 1.0;
                    common.lately += is_late;
                }
            }
        }
        for (label, times) in rhythm::frequency(person.visits).iter() {
            if let Some(common) = self.common.get_mut(label as usize) {
                common.people += 1.0;
                common.again += f64::from(u8::from(times > 1.0));
            }
        }
    }

    /// As shares, with what goes with what.
    pub fn crowd(mut self, goes_with: Neighbours) -> Crowd {
        let counts: Vec<u64> = self.common.iter().map(|common| whole(common.visits)).collect();
        for common in &mut self.common {
            common.visits /= self.visits.max(1.0);
            common.lately /= self.lately.max(1.0);
            common.again = (common.again + 1.0) / (common.people + 3.0);
            common.people /= self.people.max(1.0);
        }
        Crowd {
            popularity: Popularity::by_counts(&counts),
            common: self.common,
            having: goes_with,
            often: None,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn whole(count: f64) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use super::{super::Visit, *};

    #[test]
    fn shares_by_hand() {
        let visit = |day, labels: &[Label]| Visit { day, labels: labels.to_vec() };
        let (one, two) = ([visit(0.0, &[0, 1]), visit(50.0, &[0])], [visit(60.0, &[1])]);
        let people = [History { visits: &one, now: 60.0 }, History { visits: &two, now: 61.0 }];
        let crowd = Crowd::of(3, &people, GoesWith::ItemKnn(ItemKnn::default())).unwrap();
        let third = 1.0 / 3.0;
        let common = |visits, lately, people, again| Common { visits, lately, people, again };
        assert_eq!(crowd.common(0), common(2.0 * third, 0.5, 0.5, 0.5));
        assert_eq!(crowd.common(1), common(2.0 * third, 0.5, 1.0, 0.2));
        assert_eq!(crowd.common(2), common(0.0, 0.0, 0.0, third));
        assert_eq!(crowd.common(9), Common::default());
        let [having, often] = crowd.with(&Scores::sum([(0, 2.0)]));
        assert!(having.of(1) > 0.0 && often.of(1) > having.of(1));
        assert!(crowd.bytes() > 0);
    }
}
