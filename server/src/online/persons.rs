//! Who is who around an identifier, also with evidence that is about to be kept.

use std::collections::{BTreeSet, HashMap};

use shopbell_domain::{
    event::port::Events,
    identity::{Evidence, Exploration, Identifier, Known, Person, Retractions, Rules},
    ports::StoreError,
};

/// Most identifiers that are looked at for one question; what hangs together beyond it is left alone.
const MOST: usize = 5_000;

/// Which evidence is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Believed {
    /// What is kept.
    Kept,
    /// Also what comes.
    Coming,
}

/// Asks the store for what counts at identifiers, each once.
pub(super) struct Persons<'a> {
    store: &'a dyn Events,
    rules: &'a Rules,
    coming: HashMap<Identifier, Vec<Evidence>>,
    kept: HashMap<Identifier, Vec<Evidence>>,
}

impl<'a> Persons<'a> {
    /// `coming` must hold only evidence that will count.
    pub(super) fn new(store: &'a dyn Events, rules: &'a Rules, coming: &[Evidence]) -> Self {
        let mut by_end: HashMap<Identifier, Vec<Evidence>> = HashMap::new();
        for piece in coming {
            for end in [&piece.a, &piece.b] {
                by_end.entry(end.clone()).or_default().push(piece.clone());
            }
        }
        Self { store, rules, coming: by_end, kept: HashMap::new() }
    }

    /// All persons of the component of `start`, one of whom is whose `start` is.
    pub(super) async fn around(
        &mut self,
        start: &Identifier,
        believed: Believed,
    ) -> Result<Vec<Person>, StoreError> {
        let mut exploration = Exploration::new(start.clone(), self.rules, MOST);
        loop {
            let wanted = match exploration.wanted() {
                Ok(Some(wanted)) => wanted.clone(),
                Ok(None) => break,
                Err(too_large) => {
                    tracing::error!(error = %too_large, "an identifier is left alone");
                    return Ok(vec![Person::alone(start.clone())]);
                }
            };
            let evidence = self.at(&wanted, believed).await?;
            exploration.learn(&wanted, Known { evidence, retractions: Retractions::default() });
        }
        let resolution = exploration.finish();
        let mut persons: Vec<Person> = resolution.persons().cloned().collect();
        if !persons.iter().any(|person| person.has(start)) {
            persons.push(Person::alone(start.clone()));
        }
        Ok(persons)
    }

    /// What was seen with an identifier.
    pub(super) async fn neighbours(&mut self, of: &Identifier) -> Result<BTreeSet<Identifier>, StoreError> {
        let evidence = self.at(of, Believed::Coming).await?;
        Ok(evidence.iter().filter_map(|piece| piece.other_end(of)).cloned().collect())
    }

    async fn at(&mut self, identifier: &Identifier, believed: Believed) -> Result<Vec<Evidence>, StoreError> {
        if !self.kept.contains_key(identifier) {
            let known = self.store.known_of(identifier, self.rules.pairs_per_identifier()).await?;
            self.kept.insert(identifier.clone(), without(known));
        }
        let mut evidence = self.kept.get(identifier).cloned().unwrap_or_default();
        if believed == Believed::Coming {
            evidence.extend(self.coming.get(identifier).into_iter().flatten().cloned());
        }
        Ok(evidence)
    }
}

fn without(known: Known) -> Vec<Evidence> {
    let Known { mut evidence, retractions } = known;
    evidence.retain(|piece| !retractions.cover(piece));
    evidence
}
