//! What the log keeps of a card.

use std::collections::BTreeMap;

use super::{Candidate, Fate, Showing, Texts, facts};
use crate::{
    situation::Situation,
    starter::{self, Choice, Considered},
};

/// The texts of a card, as they go to a tablet.
#[derive(Debug, Clone, Default)]
pub struct Worded {
    /// [`Showing::speech`].
    pub speech: String,
    /// By the starter's identifier.
    pub texts: BTreeMap<String, Texts>,
}

impl Showing {
    /// Of the card that is composed now, by the rules of this [`crate::charter::Charter::digest`].
    pub fn of(situation: &Situation, choice: &Choice, charter: u64, worded: Worded) -> Self {
        let Worded { speech, mut texts } = worded;
        let mut kept = |considered: &Considered| candidate(considered, situation, &mut texts);
        Self {
            at: situation.now,
            customer: situation.customer.clone(),
            visit: situation.visit,
            store: situation.store.clone(),
            arm: situation.arm,
            moment: situation.moment.map(|moment| moment.name()).unwrap_or_default(),
            charter,
            model: choice.model,
            seed: choice.seed,
            speech,
            elements: situation.elements(),
            unknown: situation.unknown(),
            outlook: situation.outlook.clone(),
            weights: choice.weights.clone(),
            candidates: choice.considered.iter().map(&mut kept).collect(),
            further: 0,
        }
    }
}

fn candidate(
    considered: &Considered,
    situation: &Situation,
    texts: &mut BTreeMap<String, Texts>,
) -> Candidate {
    let starter = &considered.starter;
    let fate = match &considered.fate {
        starter::Fate::Shown { slot, here, anywhere } => {
            Fate::Shown { slot: u8::try_from(*slot).unwrap_or(u8::MAX), here: *here, anywhere: *anywhere }
        }
        starter::Fate::Suppressed(why) => Fate::Suppressed { rule: why.name().to_owned() },
    };
    let id = starter.id();
    Candidate {
        texts: texts.remove(&id),
        facts: facts::of(starter, situation),
        id,
        kind: starter.kind,
        product: starter.product.clone(),
        score: considered.score,
        features: considered.features.clone(),
        fate,
    }
}
