//! There is nothing but a hello.

use super::{Fact, Rule, Starter, StarterKind};
use crate::situation::Situation;

/// Proposes to say hello to everybody of whom a card tells something. It is shown where nothing else is
/// ([`super::Place::Alone`]), so that a card without suggestions does not look like a broken one.
#[derive(Debug, Clone, Copy)]
pub struct Hello;

impl Rule for Hello {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        // Who shares only to be here is left to the associate's own words.
        if !situation.shares.iter().any(|field| field.needs_confirmation()) {
            return Vec::new();
        }
        vec![Starter {
            kind: StarterKind::Hello,
            product: None,
            thing: None,
            facts: vec![Fact::IsHere { at: situation.began }],
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::SharingLevel,
        example::{self, NOW},
        profile::{Customer, Profile},
        situation::Around,
    };

    #[test]
    fn a_hello_is_for_who_shares_something_and_was_met() {
        for level in SharingLevel::ALL {
            for met in [false, true] {
                let customer = Customer { consent: example::at_level(level), ..example::customer() };
                let nothing = Profile::default();
                let around = Around::default();
                let situation = Situation::gather(NOW, &example::visit(), &customer, &nothing, around, met);
                let expected = usize::from(met && level >= SharingLevel::Wishes);
                assert_eq!(Hello.propose(&situation).len(), expected, "{level:?}, met: {met}");
            }
        }
    }
}
