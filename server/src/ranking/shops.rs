//! How shops took what was said, shop by shop: of each kind, and of all together.
//!
//! A shop whose guests or associates want no suggestions is left alone by its own word, not by that of others: after a long run
//! of refusals its cards say hello and no more, and those of other shops go on. A word counts here at once, as in the model.
//!
//! Never here: persons. What is kept is two fading sums a kind, made of the log.

use std::{collections::BTreeMap, sync::Arc};

use shopbell_domain::{id::StoreId, starter::StarterKind, time::Timestamp};
use shopbell_insight::bandit::{Acceptance, Habit, InvalidExperience, InvalidHabit};

use super::features::days;

/// The reward that suggestions are taken to have where nothing is known: one in four is said or helps, and a few are put aside.
const USUAL: f64 = 0.3;
/// As many suggestions as all of a shop count for what is usual: more than those of one kind do, since of them there are more,
/// and one word is no mood.
const STRENGTH: f64 = 20.0;
/// Days after which a word counts half.
const HALF_LIFE_DAYS: f64 = 90.0;

/// How one shop took what was said.
#[derive(Debug, Clone, Default)]
struct Taken {
    kinds: BTreeMap<StarterKind, Acceptance>,
    all: Acceptance,
}

/// How shops took what was said, of what is known to have ended somehow.
#[derive(Debug, Clone, Default)]
pub struct ByShop(BTreeMap<StoreId, Arc<Taken>>);

fn of_all() -> Result<Habit, InvalidHabit> {
    Habit::try_new(USUAL, STRENGTH, HALF_LIFE_DAYS)
}

impl ByShop {
    /// Nothing is known of any.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts what something is worth that was shown in a shop; `before`: what it was counted as until then.
    pub(super) fn count(
        &mut self,
        store: &StoreId,
        kind: StarterKind,
        at: Timestamp,
        before: Option<f64>,
        reward: f64,
    ) -> Result<(), InvalidExperience> {
        let Ok(habit) = of_all() else { return Ok(()) };
        let taken = Arc::make_mut(self.0.entry(store.clone()).or_default());
        let of_kind = taken.kinds.entry(kind).or_default();
        for (acceptance, habit) in [(of_kind, Habit::default()), (&mut taken.all, habit)] {
            match before {
                None => acceptance.add(habit, days(at), reward)?,
                Some(before) => acceptance.mend(habit, days(at), reward - before)?,
            }
        }
        Ok(())
    }

    /// How much better or worse than usual a shop took what is of a kind, as a reward.
    pub fn of_kind(&self, store: &StoreId, kind: StarterKind, now: Timestamp) -> f64 {
        let habit = Habit::default();
        let nobody = Acceptance::default().rate(habit, days(now));
        let taken = self.0.get(store).and_then(|taken| taken.kinds.get(&kind));
        taken.map_or(0.0, |taken| taken.rate(habit, days(now)) - nobody)
    }

    /// How a shop took suggestions of all kinds: from -1, none was ever welcome, over 0, as usual, to 1.
    pub fn of_all(&self, store: &StoreId, now: Timestamp) -> f64 {
        let (Some(taken), Ok(habit)) = (self.0.get(store), of_all()) else { return 0.0 };
        let away = taken.all.rate(habit, days(now)) - USUAL;
        if away < 0.0 { away / USUAL } else { away / (1.0 - USUAL) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::example::{NOW, shop};

    #[test]
    fn one_word_is_no_mood_and_a_long_run_is() {
        assert!(of_all().is_ok());
        let mut shops = ByShop::new();
        let mut after = |words: usize, reward| {
            for _ in 0..words {
                shops.count(&shop(), StarterKind::CartLeft, NOW, None, reward).unwrap();
            }
            shops.of_all(&shop(), NOW)
        };
        assert!((after(1, 0.0) + 1.0 / 21.0).abs() < 1e-9);
        assert!((after(24, 0.0) + 25.0 / 45.0).abs() < 1e-9);
        assert!(after(1_000, 0.0) > -1.0, "never all the way");
        let elsewhere = StoreId::new("nice").unwrap();
        assert!(shops.of_all(&elsewhere, NOW).abs() < 1e-12, "another shop is another shop");
    }

    #[test]
    fn another_word_takes_the_place_of_the_first() {
        let (mut changed, mut at_once) = (ByShop::new(), ByShop::new());
        changed.count(&shop(), StarterKind::Story, NOW, None, 0.0).unwrap();
        changed.count(&shop(), StarterKind::Story, NOW, Some(0.0), 0.8).unwrap();
        at_once.count(&shop(), StarterKind::Story, NOW, None, 0.8).unwrap();
        let of =
            |shops: &ByShop| [shops.of_all(&shop(), NOW), shops.of_kind(&shop(), StarterKind::Story, NOW)];
        assert!(of(&changed).iter().zip(of(&at_once)).all(|(one, other)| (one - other).abs() < 1e-12));
        assert!(of(&changed).iter().all(|number| *number > 0.0));
        assert!(changed.of_kind(&shop(), StarterKind::CartLeft, NOW).abs() < 1e-12, "another kind");
    }
}
