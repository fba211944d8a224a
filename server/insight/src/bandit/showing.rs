//! What was shown, and what is known by now of what became of it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::slate::Propensity;

/// What an associate said of a starter, in one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reaction {
    /// It was out of place.
    Wrong,
    /// It may be right another time.
    NotNow,
    /// It was said.
    Used,
    /// It was said, and helped.
    Helpful,
}

/// What is known so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Known {
    /// What the associate said last.
    pub reaction: Option<Reaction>,
    /// Whether the customer bought what it was about; `None` while that may still come.
    pub bought: Option<bool>,
}

/// What each outcome is worth, from 0 to 1: the closed set of choices by which the ranking learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Worth", into = "Worth")]
pub struct Rewards(Worth);

/// The values of [`Rewards`], as they are written in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worth {
    /// Not now.
    pub not_now: f64,
    /// Said.
    pub used: f64,
    /// Said, and helped.
    pub helpful: f64,
    /// Bought, whatever was said.
    pub bought: f64,
}

/// Why values are no rewards.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("rewards rise from not_now over used and helpful to bought, within 0 and 1; these do not: {0:?}")]
pub struct InvalidRewards(pub Worth);

impl Default for Rewards {
    /// A starter that helped is worth most of a purchase: the product is to be of help, and a sale that it did not cause must
    /// not teach it much more than that.
    fn default() -> Self {
        Self(Worth { not_now: 0.1, used: 0.5, helpful: 0.8, bought: 1.0 })
    }
}

impl TryFrom<Worth> for Rewards {
    type Error = InvalidRewards;

    fn try_from(worth: Worth) -> Result<Self, InvalidRewards> {
        let Worth { not_now, used, helpful, bought } = worth;
        let rises = [0.0, not_now, used, helpful, bought, 1.0].windows(2).all(|pair| match pair {
            [less, more] => less <= more,
            _ => true,
        });
        if rises { Ok(Self(worth)) } else { Err(InvalidRewards(worth)) }
    }
}

impl From<Rewards> for Worth {
    fn from(rewards: Rewards) -> Self {
        rewards.0
    }
}

impl Rewards {
    /// What the outcome is worth as far as it is known; `None` while nothing is.
    ///
    /// A purchase counts whatever was said, but for "wrong": who had to hear something out of place was not helped by it,
    /// and no sale makes it right. Without a purchase the reaction stays: help is no less for nothing being bought.
    pub fn of(&self, known: Known) -> Option<f64> {
        let Worth { not_now, used, helpful, bought } = self.0;
        match (known.reaction, known.bought) {
            (Some(Reaction::Wrong), _) | (None, Some(false)) => Some(0.0),
            (_, Some(true)) => Some(bought),
            (Some(Reaction::NotNow), _) => Some(not_now),
            (Some(Reaction::Used), _) => Some(used),
            (Some(Reaction::Helpful), _) => Some(helpful),
            (None, None) => None,
        }
    }
}

/// A reward that the model has learnt, and when: how much it had forgotten by then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Credited {
    pub(super) reward: f64,
    pub(super) forgotten: f64,
}

/// One starter in one slot of one card, to be stored with it: what it looked like, how likely it was, and what the model has
/// learnt of it ([`super::LinearModel::credit`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Showing {
    pub(super) features: Vec<f64>,
    propensity: Propensity,
    pub(super) credited: Option<Credited>,
}

impl Showing {
    /// Of which nothing is known yet.
    pub fn new(features: Vec<f64>, propensity: Propensity) -> Self {
        Self { features, propensity, credited: None }
    }

    /// What it looked like when it was shown.
    pub fn features(&self) -> &[f64] {
        &self.features
    }

    /// How likely it was to be shown there.
    pub fn propensity(&self) -> Propensity {
        self.propensity
    }

    /// What the model has learnt of it.
    pub fn reward(&self) -> Option<f64> {
        self.credited.map(|credited| credited.reward)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_has_its_worth() {
        let rewards = Rewards::default();
        let of = |reaction, bought| rewards.of(Known { reaction, bought });
        assert_eq!(of(None, None), None);
        assert_eq!(of(None, Some(false)), Some(0.0));
        assert_eq!(of(None, Some(true)), Some(1.0));
        // At once, and after the tills have spoken.
        for (reaction, at_once) in [(Reaction::NotNow, 0.1), (Reaction::Used, 0.5), (Reaction::Helpful, 0.8)]
        {
            assert_eq!(of(Some(reaction), None), Some(at_once));
            assert_eq!(of(Some(reaction), Some(false)), Some(at_once));
            assert_eq!(of(Some(reaction), Some(true)), Some(1.0));
        }
        for bought in [None, Some(false), Some(true)] {
            assert_eq!(of(Some(Reaction::Wrong), bought), Some(0.0));
        }
    }

    #[test]
    fn rewards_rise() {
        let worth = Worth { not_now: 0.0, used: 0.5, helpful: 0.5, bought: 1.0 };
        assert!(Rewards::try_from(worth).is_ok());
        for wrong in [
            Worth { not_now: -0.1, ..worth },
            Worth { used: 0.6, ..worth },
            Worth { bought: 1.1, ..worth },
            Worth { helpful: f64::NAN, ..worth },
        ] {
            assert!(Rewards::try_from(wrong).is_err(), "{wrong:?}");
        }
        let written = r#"{"not_now":0.2,"used":0.1,"helpful":0.5,"bought":1.0}"#;
        let told = serde_json::from_str::<Rewards>(written).unwrap_err().to_string();
        assert!(told.contains("rewards rise"), "{told}");
    }
}
