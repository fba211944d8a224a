//! From a customer number to the whole person.

use std::collections::BTreeSet;

use shopbell_domain::{
    event::port::Events,
    id::CustomerId,
    identity::{Exploration, Identifier, Resolution, Rules, TooLarge, Unusable},
    ports::StoreError,
    rights::{port::Kept, subject},
};

/// Most identifiers that are looked at for one person, as for events.
const MOST: usize = 5_000;

/// Why somebody was not found out.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFound {
    /// It names nobody.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// Too much hangs together to say who is who.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The store could not tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that names one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole {
    /// The number that was asked for.
    pub(super) named: Identifier,
    /// All others, strongest first.
    pub(super) others: Vec<Identifier>,
}

impl Whole {
    /// All, the named one first.
    pub(super) fn all(self) -> Vec<Identifier> {
        let mut all = vec![self.named];
        all.extend(self.others);
        all
    }
}

/// Who `user` is: all identifiers that are effective evidence of the same person, and the registered phones.
///
/// What several people share (a family's computer) is nobody's, and stays.
pub(super) async fn whole(
    events: &dyn Events,
    kept: &dyn Kept,
    rules: &Rules,
    user: &str,
) -> Result<Whole, NotFound> {
    whole_of(events, kept, rules, subject(user)?).await
}

/// Who is who around an identifier.
pub(super) async fn resolved(
    events: &dyn Events,
    rules: &Rules,
    named: Identifier,
) -> Result<Resolution, NotFound> {
    let mut exploration = Exploration::new(named, rules, MOST);
    while let Some(wanted) = exploration.wanted()?.cloned() {
        let known = events.known_of(&wanted, rules.pairs_per_identifier()).await?;
        exploration.learn(&wanted, known);
    }
    Ok(exploration.finish())
}

/// The same, of an identifier.
pub(super) async fn whole_of(
    events: &dyn Events,
    kept: &dyn Kept,
    rules: &Rules,
    named: Identifier,
) -> Result<Whole, NotFound> {
    let person = resolved(events, rules, named.clone()).await?.person_of(&named);
    let mut all: BTreeSet<Identifier> = person.identifiers().cloned().collect();
    let customers: Vec<CustomerId> = all.iter().filter_map(Identifier::customer).collect();
    for customer in customers {
        all.extend(kept.phones_of(&customer).await?.into_iter().map(Identifier::from));
    }
    all.remove(&named);
    Ok(Whole { named, others: all.into_iter().collect() })
}
