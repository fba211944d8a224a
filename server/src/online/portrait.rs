//! Who somebody is, and by what evidence: for people who look into a merge before they undo it.
//!
//! What is told here is worked out as the applier works it out, from what the store keeps at this moment. Nothing is
//! written; whoever shows it records the look.

use std::{collections::BTreeSet, sync::Arc};

use shopbell_domain::{
    event::port::Events,
    id::CustomerId,
    identity::{Evidence, Identifier, IdentifierKind, Person, Rules, Standing, port::RetractionRecord},
    ports::StoreError,
};

use super::persons::{Believed, Explored, Ground, Persons, Resting, TooLarge};

/// Pieces of evidence of one answer, and of one decision, at most.
const SHOWN: usize = 1_000;

/// Texts of a message that are looked up, at most.
const TEXTS: usize = 500;

/// Tells who somebody is. Cheap to clone.
#[derive(Clone)]
pub struct Portraits {
    events: Arc<dyn Events>,
    rules: Arc<Rules>,
}

impl std::fmt::Debug for Portraits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Portraits")
    }
}

/// What is known of who somebody is.
#[derive(Debug)]
pub struct Portrait {
    /// The person.
    pub person: Person,
    /// Evidence with one of the identifiers at an end, in canonical order, with its standing when it is known.
    pub evidence: Vec<(Evidence, Option<Standing>)>,
    /// All decisions that touch one of them, oldest first.
    pub decisions: Vec<RetractionRecord>,
    /// Whether the identifier that was asked for is several people's.
    pub shared: bool,
    /// Whether more hangs together than is resolved.
    pub too_large: bool,
}

impl Portraits {
    /// From the store of `events`, by the applier's rules.
    pub fn new(events: Arc<dyn Events>, rules: Rules) -> Self {
        Self { events, rules: Arc::new(rules) }
    }

    /// Whether anything kept is of this event or pair.
    pub async fn knows(&self, what: &shopbell_domain::identity::Retracted) -> Result<bool, StoreError> {
        Ok(!self.events.evidence_of(what).await?.is_empty())
    }

    /// The customers whom one of these texts names, whatever kind of identifier it is. Any word may be a number: of many of
    /// them nothing is known.
    pub async fn named_in(&self, texts: &[String]) -> Result<BTreeSet<CustomerId>, StoreError> {
        let texts: BTreeSet<&str> = texts.iter().map(String::as_str).take(TEXTS).collect();
        let mut named = BTreeSet::new();
        for text in texts {
            let all = IdentifierKind::ALL.into_iter().filter_map(|kind| Identifier::new(kind, text).ok());
            for identifier in all {
                named.extend(self.of(&identifier).await?.person.customer());
            }
        }
        Ok(named)
    }

    /// Whether anything was told of a customer.
    pub async fn is_told_of(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        Ok(self.events.view(customer).await?.is_some()
            || !self.events.events_of(&Identifier::from(customer)).await?.is_empty())
    }

    /// Who the owner of an identifier is.
    pub async fn of(&self, identifier: &Identifier) -> Result<Portrait, StoreError> {
        let too_large = TooLarge::default();
        let resting = Resting::default();
        let store = self.events.as_ref();
        let ground = Ground {
            store,
            rules: &self.rules,
            believed: &BTreeSet::new(),
            too_large: &too_large,
            resting: &resting,
        };
        let mut persons = Persons::new(ground, &[]);
        let mut portrait = match persons.explored(identifier, Believed::Kept).await? {
            Explored::Whole(resolution) => {
                let person = resolution.person_of(identifier);
                let touches = |piece: &Evidence| person.has(&piece.a) || person.has(&piece.b);
                let all = resolution.standings().filter(|(piece, _)| touches(piece));
                let evidence = all.map(|(piece, standing)| (piece.clone(), Some(standing))).collect();
                let shared = resolution.is_shared(identifier);
                Portrait { person, evidence, decisions: Vec::new(), shared, too_large: false }
            }
            Explored::Cut(_) => Portrait {
                person: Person::alone(identifier.clone()),
                evidence: Vec::new(),
                decisions: Vec::new(),
                shared: false,
                too_large: true,
            },
        };
        if portrait.evidence.is_empty() {
            // Of what is several people's, and of what is too large, no component tells.
            let standing = portrait.shared.then_some(Standing::Shared);
            let known = persons.standing_at(identifier).await?;
            portrait.evidence = known.into_iter().map(|piece| (piece, standing)).collect();
        }
        self.add_decisions(&mut portrait).await?;
        Ok(portrait)
    }

    /// What was decided, and the evidence that it took back.
    async fn add_decisions(&self, portrait: &mut Portrait) -> Result<(), StoreError> {
        let mut seen = BTreeSet::new();
        let identifiers: Vec<Identifier> = portrait.person.identifiers().cloned().collect();
        for identifier in &identifiers {
            for decision in self.events.decisions_of(identifier).await? {
                let at = decision.retraction.at;
                if seen.insert((decision.retraction.what.clone(), at)) {
                    portrait.decisions.push(decision);
                }
            }
        }
        portrait.decisions.sort_by_key(|decision| decision.retraction.at);
        let known: BTreeSet<Evidence> = portrait.evidence.iter().map(|(piece, _)| piece.clone()).collect();
        let holds = portrait.decisions.iter().filter(|decision| decision.withdrawn.is_none());
        let mut retracted = BTreeSet::new();
        for decision in holds {
            let evidence = self.events.evidence_of(&decision.retraction.what).await?;
            retracted.extend(evidence.into_iter().take(SHOWN).filter(|piece| !known.contains(piece)));
        }
        portrait.evidence.extend(retracted.into_iter().map(|piece| (piece, Some(Standing::Retracted))));
        portrait.evidence.sort_by(|(a, _), (b, _)| a.cmp(b));
        portrait.evidence.truncate(SHOWN);
        Ok(())
    }
}
