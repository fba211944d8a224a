//! What proves a decision: what was shown, how it was collected, what held before and after. Written once, never changed.

use serde::{Deserialize, Serialize};

use super::{Consent, Decision, TextShown};
use crate::time::Timestamp;

/// How a decision came to the retailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// It was not told: by a program that does not know of proofs.
    NotTold,
    /// In the web shop.
    Web,
    /// In the retailer's app.
    App,
    /// In a shop, in words or on paper.
    Shop,
    /// By telephone.
    Telephone,
    /// By post or e-mail.
    Letter,
    /// With a file of the retailer.
    File,
    /// By a signal of the customer's browser.
    Signal,
}

/// What the one who hands in a decision tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The text that the customer was shown; `None` when none was, or when it was not told.
    pub text: Option<TextShown>,
    /// How the decision was collected.
    pub how: Collection,
    /// The program that handed it in, by its name in the configuration.
    pub by: String,
}

impl Told {
    /// That nothing was told, by a program of this name.
    pub fn nothing(by: impl Into<String>) -> Self {
        Self { text: None, how: Collection::NotTold, by: by.into() }
    }

    /// With a file of the retailer.
    pub fn file() -> Self {
        Self { text: None, how: Collection::File, by: "import".to_owned() }
    }

    /// By a signal that came with an event of the web shop.
    pub fn signal() -> Self {
        Self { text: None, how: Collection::Signal, by: "events".to_owned() }
    }
}

/// One decision, as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When it was noted.
    pub at: Timestamp,
    /// What was decided.
    pub decision: Decision,
    /// What held before.
    pub before: Consent,
    /// What held from then on.
    pub after: Consent,
    /// What was shown, how it was collected, and by whom.
    pub told: Told,
}
