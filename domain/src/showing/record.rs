//! What the log keeps of a card.

use super::{Candidate, Fate, Showing};
use crate::{
    situation::Situation,
    starter::{self, Choice, Considered},
};

impl Showing {
    /// Of the card that is composed now, by the rules of this [`crate::charter::Charter::digest`].
    pub fn of(situation: &Situation, choice: &Choice, charter: u64) -> Self {
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
            elements: situation.elements(),
            candidates: choice.considered.iter().map(candidate).collect(),
            further: 0,
        }
    }
}

fn candidate(considered: &Considered) -> Candidate {
    let starter = &considered.starter;
    let fate = match &considered.fate {
        starter::Fate::Shown { slot, here, anywhere } => {
            Fate::Shown { slot: u8::try_from(*slot).unwrap_or(u8::MAX), here: *here, anywhere: *anywhere }
        }
        starter::Fate::Suppressed(why) => Fate::Suppressed { rule: why.name().to_owned() },
    };
    Candidate {
        id: starter.id(),
        kind: starter.kind,
        product: starter.product.clone(),
        speaks_of: starter.fields().into_iter().collect(),
        score: considered.score,
        features: considered.features.clone(),
        fate,
    }
}
