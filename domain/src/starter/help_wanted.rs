//! The customer asked for help: the one starter that needs no confirmation, since the customer made it.

use super::{Fact, Rule, Starter, StarterKind};
use crate::situation::Situation;

/// Proposes to help whoever asked for it.
#[derive(Debug, Clone, Copy)]
pub struct HelpWanted;

impl Rule for HelpWanted {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let asked = situation.help_since.map(|at| Starter {
            kind: StarterKind::HelpWanted,
            product: None,
            thing: None,
            facts: vec![Fact::AskedForHelp { at }],
        });
        asked.into_iter().collect()
    }
}
