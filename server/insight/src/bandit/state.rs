//! A model as it is stored: a version, and nothing that follows from the rest.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    experience::{Experience, Prior},
    model::LinearModel,
};

/// Raised when the meaning of a field changes; a field more needs no other.
const VERSION: u32 = 1;

/// Why something is no model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidModel {
    /// Written by another version of this program.
    #[error(
        "a model of version {found}, and this program reads version {VERSION}: start from the prior again"
    )]
    Version {
        /// As stored.
        found: u32,
    },
    /// Not as many names as the prior has numbers.
    #[error("{names} names for {features} features")]
    Names {
        /// As given.
        names: usize,
        /// Of the prior.
        features: usize,
    },
    /// An explanation could not tell features apart.
    #[error("the feature {0:?} is named twice, or by nothing")]
    Name(String),
    /// A model of other features than are wanted.
    #[error(
        "the model has the feature {known:?} where {wanted:?} is wanted: start from a prior of these features again"
    )]
    OtherFeatures {
        /// The first that differs, as the model has it.
        known: Option<String>,
        /// As it is wanted.
        wanted: Option<String>,
    },
    /// A prior that is damaged, or says nothing in some direction.
    #[error("the prior is damaged: its matrix is not positive definite, or its numbers do not fit")]
    Prior,
    /// What was seen is damaged.
    #[error("what the model has seen is damaged: its numbers do not fit; start from the prior again")]
    Seen,
}

/// Refuses names that do not tell the features apart.
pub(super) fn check_names(names: &[String], features: usize) -> Result<(), InvalidModel> {
    if names.len() != features {
        return Err(InvalidModel::Names { names: names.len(), features });
    }
    for (place, name) in names.iter().enumerate() {
        if name.is_empty() || names.iter().take(place).any(|earlier| earlier == name) {
            return Err(InvalidModel::Name(name.clone()));
        }
    }
    Ok(())
}

/// What is stored of a [`LinearModel`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    names: Vec<String>,
    prior: Prior,
    seen: Experience,
    forgotten: f64,
}

impl From<LinearModel> for State {
    fn from(model: LinearModel) -> Self {
        let LinearModel { names, prior, seen, forgotten, .. } = model;
        Self { version: VERSION, names, prior, seen, forgotten }
    }
}

impl TryFrom<State> for LinearModel {
    type Error = InvalidModel;

    fn try_from(state: State) -> Result<Self, InvalidModel> {
        if state.version != VERSION {
            return Err(InvalidModel::Version { found: state.version });
        }
        Self::of(state.names, state.prior, state.seen, state.forgotten)
    }
}
