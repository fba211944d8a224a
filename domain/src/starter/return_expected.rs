//! A return may be handed in here, or a repair may be fetched.

use super::{Rule, Starter, StarterKind, waiting::ready};
use crate::{event::ServiceKind, situation::Situation};

/// Proposes to take care of a return or a repair that this shop is ready for, by the word of somebody who is believed.
#[derive(Debug, Clone, Copy)]
pub struct ReturnExpected;

impl Rule for ReturnExpected {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        ready(situation, &[ServiceKind::Return, ServiceKind::Repair], StarterKind::ReturnExpected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{example::service, profile::Profile, starter::tests::situation};

    #[test]
    fn returns_and_repairs_are_proposed_each_number_once() {
        let services = vec![
            service("R1", ServiceKind::Return),
            service("R2", ServiceKind::Repair),
            service("R2", ServiceKind::Return),
            service("S1", ServiceKind::PickUp),
        ];
        let profile = Profile { services, ..Profile::default() };
        let proposed = ReturnExpected.propose(&situation(&profile, [].into()));
        let ids: Vec<String> = proposed.iter().map(Starter::id).collect();
        assert_eq!(
            ids,
            ["return-expected/R1"],
            "one sentence for all returns; R2 is told once, as one of them"
        );
    }
}
