//! How far each boot of the shop's agents is recorded, as far as it is kept at hand; the store knows the rest.

use std::collections::{BTreeMap, VecDeque};

use shopbell_domain::id::{AgentId, BootId};

/// Boots kept at hand of one agent. It reports on its present one, and for a while on those that it kept events of;
/// who claims more with its token makes the store be read, and takes nothing from other agents.
const BOOTS: usize = 8;

/// Highest sequence numbers, by agent and boot.
#[derive(Debug, Default)]
pub(super) struct HighWaters(BTreeMap<AgentId, VecDeque<(BootId, u64)>>);

impl HighWaters {
    /// How far a boot is recorded, when it is at hand.
    pub(super) fn get(&self, agent: &AgentId, boot: BootId) -> Option<u64> {
        let boots = self.0.get(agent)?;
        boots.iter().find(|(known, _)| *known == boot).map(|(_, sequence)| *sequence)
    }

    /// A boot is recorded so far; the one that was not spoken of for longest gives way.
    pub(super) fn note(&mut self, agent: &AgentId, boot: BootId, sequence: u64) {
        let boots = self.0.entry(agent.clone()).or_default();
        boots.retain(|(known, _)| *known != boot);
        if boots.len() >= BOOTS {
            boots.pop_front();
        }
        boots.push_back((boot, sequence));
    }

    /// What the store says counts again.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_with_ever_new_boots_pushes_out_its_own_only() {
        let agent = |name| AgentId::new(name).unwrap();
        let mut marks = HighWaters::default();
        marks.note(&agent("honest"), BootId(1), 70);
        for boot in 0..10_000 {
            marks.note(&agent("stolen"), BootId(boot), 5);
        }
        assert_eq!(marks.get(&agent("honest"), BootId(1)), Some(70));
        assert_eq!(marks.0.values().map(VecDeque::len).sum::<usize>(), 1 + BOOTS);
        assert_eq!(marks.get(&agent("stolen"), BootId(9_999)), Some(5));
        assert_eq!(marks.get(&agent("stolen"), BootId(0)), None, "the store is asked again");
        marks.note(&agent("honest"), BootId(1), 71);
        assert_eq!(marks.get(&agent("honest"), BootId(1)), Some(71));
    }
}
