//! What is several people's stays so when one of them is erased.
//!
//! A family's computer is nobody's because two customers signed in on it. With the one who is erased goes what speaks for
//! her, and all that was ever done on it would become the other's, and be handed out to him. So a nobody takes her place
//! beforehand: one for each such thing, by a name made of the regulation's seed, which tells nothing and is the same again when
//! the job is killed and goes on.

use std::collections::BTreeMap;

use shopbell_domain::{
    event::{EventId, port::Effects},
    id::{MessageId, SourceId},
    identity::{Evidence, Identifier, IdentifierKind},
    ports::StoreError,
};

use super::{
    derived::Seed,
    job::Planned,
    person::{NotFound, resolved},
    service::Rights,
};

/// The source of what speaks for nobodies.
const NOBODIES: &str = "shopbell-nobody";

impl Rights {
    /// Puts nobodies in the place of a person who will be erased.
    pub(super) async fn stand_in(&self, one: &Planned) -> Result<(), StoreError> {
        let Some(named) = one.plan.who.first() else { return Ok(()) };
        let parts = self.parts();
        let resolution = match resolved(parts.events.as_ref(), &parts.rules, named.clone()).await {
            Ok(resolution) => resolution,
            Err(NotFound::Store(error)) => return Err(error),
            // Where too much hangs together nothing is anybody's.
            Err(NotFound::TooLarge(_) | NotFound::Unusable(_)) => return Ok(()),
        };
        let person = resolution.person_of(named);
        // By what they share: one stronger end is enough.
        let mut shared: BTreeMap<&Identifier, IdentifierKind> = BTreeMap::new();
        for (evidence, _) in resolution.standings() {
            for (end, other) in [(&evidence.a, &evidence.b), (&evidence.b, &evidence.a)] {
                if person.has(end) && resolution.is_shared(other) {
                    shared.insert(other, end.kind());
                }
            }
        }
        let seed = Seed::of(one.plan.seed.clone());
        let evidence: Vec<Evidence> = shared
            .into_iter()
            .filter_map(|(thing, kind)| {
                let name = seed.name("shared", thing.value().reveal().as_bytes());
                let id = EventId {
                    source: SourceId::new(NOBODIES).ok()?,
                    message: MessageId::new(format!("nobody-{name}")).ok()?,
                };
                Some(Evidence { id, at: one.plan.at, a: nobody(kind, &name)?, b: thing.clone() })
            })
            .collect();
        if evidence.is_empty() {
            return Ok(());
        }
        parts.events.write_effects(Effects { evidence, ..Effects::default() }).await
    }
}

/// A name of nobody, of a kind.
fn nobody(kind: IdentifierKind, name: &str) -> Option<Identifier> {
    let text = match kind {
        IdentifierKind::Email => format!("nobody-{name}@nobody.invalid"),
        _ => format!("nobody-{name}"),
    };
    Identifier::new(kind, &text).ok()
}
