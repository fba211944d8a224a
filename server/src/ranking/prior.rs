//! What is believed before anything is learnt: `prior.toml`, read at the start.

use std::collections::BTreeMap;

use serde::Deserialize;
use shopbell_domain::starter::StarterKind;
use shopbell_insight::bandit::{InvalidExperience, InvalidModel, LinearModel, Prior};

use super::features;

/// The beliefs of this program.
const SHIPPED: &str = include_str!("prior.toml");

/// Why beliefs are none: a mistake in this program.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPrior {
    /// The file is no such file.
    #[error("the ranking's prior cannot be read: {0}")]
    File(#[from] toml::de::Error),
    /// A feature without a belief, or a belief without a feature.
    #[error("the ranking's prior has no {0:?}, or something that is no feature")]
    Names(String),
    /// A number that is none.
    #[error("the ranking's prior: {0}")]
    Number(#[from] InvalidExperience),
    /// A model that it does not fit.
    #[error("the ranking's prior: {0}")]
    Model(#[from] InvalidModel),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beliefs {
    counts_as: f64,
    hello: f64,
    kinds: BTreeMap<String, f64>,
    features: BTreeMap<String, f64>,
}

/// The model that has learnt nothing.
pub(super) fn model() -> Result<LinearModel, InvalidPrior> {
    read(SHIPPED)
}

fn read(text: &str) -> Result<LinearModel, InvalidPrior> {
    let mut beliefs: Beliefs = toml::from_str(text)?;
    let mut weights = Vec::with_capacity(features::COUNT);
    for kind in StarterKind::ALL {
        if kind == StarterKind::Hello {
            weights.push(beliefs.hello);
            continue;
        }
        let kind = kind.name();
        weights.push(beliefs.kinds.remove(kind).ok_or_else(|| InvalidPrior::Names(kind.to_owned()))?);
    }
    for name in features::others() {
        weights.push(beliefs.features.remove(name).ok_or_else(|| InvalidPrior::Names(name.to_owned()))?);
    }
    if let Some(unknown) = beliefs.kinds.into_keys().chain(beliefs.features.into_keys()).next() {
        return Err(InvalidPrior::Names(unknown));
    }
    Ok(LinearModel::new(features::names(), Prior::guess(&weights, beliefs.counts_as)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_belief_and_every_belief_a_feature() {
        assert!(model().is_ok());
        let without = SHIPPED.replace("fresh = 0.04\n", "");
        assert!(matches!(read(&without), Err(InvalidPrior::Names(name)) if name == "fresh"));
        let more = SHIPPED.replace("fresh = 0.04\n", "fresh = 0.04\nfresher = 0.04\n");
        assert!(matches!(read(&more), Err(InvalidPrior::Names(name)) if name == "fresher"));
        let endless = SHIPPED.replace("counts_as = 25.0", "counts_as = inf");
        assert!(matches!(read(&endless), Err(InvalidPrior::Number(_))));
    }

    #[test]
    fn kinds_stand_in_their_usual_order() {
        let model = model().unwrap();
        let weights = &model.theta().as_slice()[..StarterKind::ALL.len()];
        assert!(weights.windows(2).all(|pair| pair[0] > pair[1]), "{weights:?}");
    }
}
