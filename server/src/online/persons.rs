//! Who is who around an identifier, also with evidence that is about to be kept.
//!
//! All questions of one run share what was found: each identifier is read once, and each component is walked through once.
//! One that is too large is left alone: nobody of it is joined with anybody. What was found to be too large is remembered
//! from run to run ([`TooLarge`]), so that a flood costs its first walk, and is one alarm.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use shopbell_domain::{
    event::port::Events,
    id::{CustomerId, SourceId},
    identity::{
        Atlas, Evidence, Exploration, Identifier, Known, Person, Place, Resolution, Retractions, Rules,
    },
    ports::StoreError,
};

/// Which evidence is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Believed {
    /// What is kept.
    Kept,
    /// Also what comes.
    Coming,
}

/// What questions are asked of.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) store: &'a dyn Events,
    pub(super) rules: &'a Rules,
    /// Sources that are believed in whatever they say of who is who.
    pub(super) believed: &'a BTreeSet<SourceId>,
    pub(super) too_large: &'a TooLarge,
    pub(super) resting: &'a Resting,
}

/// Customers whose views took long to be made anew, and are not made anew again before a time that is long beside that: who
/// sends events out of order for one customer must not keep the applier busy with nobody else.
#[derive(Debug, Clone, Default)]
pub(super) struct Resting {
    /// Until when, on the clock that only runs forward.
    until: BTreeMap<CustomerId, Duration>,
    now: Duration,
}

impl Resting {
    /// A view of so many events takes no time worth a rest.
    const FREE_EVENTS: usize = 1_000;
    /// The rest for each event: a hundred times what an event takes at most.
    const PER_EVENT: Duration = Duration::from_millis(2);

    pub(super) fn has(&self, customer: &CustomerId) -> bool {
        self.until.contains_key(customer)
    }

    pub(super) fn len(&self) -> usize {
        self.until.len()
    }

    /// It is now so late.
    pub(super) fn advance(&mut self, now: Duration) {
        self.now = now;
        self.until.retain(|_, until| *until > now);
    }

    /// When the first of them may be made anew, from now.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.until.values().min().map(|until| until.saturating_sub(self.now))
    }

    /// A view was made anew of so many events.
    pub(super) fn made(&mut self, customer: CustomerId, events: usize) {
        if events > Self::FREE_EVENTS {
            let rest = Self::PER_EVENT.saturating_mul(u32::try_from(events).unwrap_or(u32::MAX));
            self.until.insert(customer, self.now.saturating_add(rest));
        }
    }
}

/// Components that were found to be too large, by their identifiers.
///
/// Evidence that comes may also make one fall apart, when it makes a wall of the identifier that held it together. So it
/// is walked through again after as much evidence as the walk takes steps: each piece then pays for one step.
#[derive(Debug, Clone, Default)]
pub(super) struct TooLarge {
    members: Arc<BTreeSet<Identifier>>,
    since: usize,
}

impl TooLarge {
    /// Identifiers that are remembered at most.
    const REMEMBERED: usize = 100_000;

    pub(super) fn has(&self, identifier: &Identifier) -> bool {
        self.members.contains(identifier)
    }

    /// So many pieces of evidence came for what is remembered, and these were found.
    pub(super) fn learn(&mut self, found: BTreeSet<Identifier>, pieces: usize, most: usize) {
        self.since += pieces;
        if self.since > most || self.members.len() + found.len() > Self::REMEMBERED {
            self.forget();
        }
        if !found.is_empty() {
            Arc::make_mut(&mut self.members).extend(found);
        }
    }

    /// Somebody decided about evidence: all is looked at anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Asks the store for what counts at identifiers, each once.
pub(super) struct Persons<'a> {
    ground: Ground<'a>,
    coming: HashMap<Identifier, Vec<Evidence>>,
    /// By what is kept.
    places: HashMap<Identifier, Arc<Place>>,
    kept: Atlas,
    with_coming: Atlas,
    cut: usize,
}

impl<'a> Persons<'a> {
    /// `coming` must hold only evidence that will count.
    pub(super) fn new(ground: Ground<'a>, coming: &[Evidence]) -> Self {
        let mut by_end: HashMap<Identifier, Vec<Evidence>> = HashMap::new();
        for piece in coming {
            for end in [&piece.a, &piece.b] {
                by_end.entry(end.clone()).or_default().push(piece.clone());
            }
        }
        let (places, kept, with_coming) = (HashMap::new(), Atlas::default(), Atlas::default());
        Self { ground, coming: by_end, places, kept, with_coming, cut: 0 }
    }

    /// All persons of the component of `start`, one of whom is whose `start` is.
    pub(super) async fn around(
        &mut self,
        start: &Identifier,
        believed: Believed,
    ) -> Result<Vec<Person>, StoreError> {
        let resolution = match self.explored(start, believed).await? {
            Explored::Whole(resolution) => resolution,
            Explored::Cut(walked) => {
                return Ok(walked.into_iter().chain([start.clone()]).map(Person::alone).collect());
            }
        };
        let mut persons: Vec<Person> = resolution.persons().cloned().collect();
        if !persons.iter().any(|person| person.has(start)) {
            persons.push(Person::alone(start.clone()));
        }
        Ok(persons)
    }

    /// What is said of the component of `start`.
    pub(super) async fn explored(
        &mut self,
        start: &Identifier,
        believed: Believed,
    ) -> Result<Explored, StoreError> {
        let atlas = std::mem::take(self.atlas(believed));
        if self.ground.too_large.has(start) || atlas.too_large().contains(start) {
            *self.atlas(believed) = atlas;
            return Ok(Explored::Cut(BTreeSet::new()));
        }
        let rules = self.ground.rules;
        let mut exploration = Exploration::on(atlas, start.clone(), rules, rules.component());
        let found = loop {
            match exploration.wanted() {
                Ok(Some(wanted)) => {
                    let wanted = wanted.clone();
                    if self.ground.too_large.has(&wanted) {
                        exploration.beware(wanted.clone());
                    }
                    let place = self.place(&wanted, believed).await?;
                    exploration.see(wanted, place);
                }
                Ok(None) => break Ok(exploration.finish_with()),
                Err(too_large) => break Err((too_large, exploration)),
            }
        };
        match found {
            Ok((resolution, atlas)) => {
                *self.atlas(believed) = atlas;
                Ok(Explored::Whole(resolution))
            }
            Err((too_large, exploration)) => {
                let is_new = !exploration.met_too_large();
                let (walked, atlas) = exploration.give_up();
                if is_new && believed == Believed::Coming {
                    self.cut += 1;
                    let walked = walked.len();
                    tracing::error!(error = %too_large, walked, "identifiers are left alone");
                }
                *self.atlas(believed) = atlas;
                Ok(Explored::Cut(walked))
            }
        }
    }

    /// What was seen with an identifier.
    pub(super) async fn neighbours(&mut self, of: &Identifier) -> Result<BTreeSet<Identifier>, StoreError> {
        let place = self.place(of, Believed::Coming).await?;
        Ok(place.standing_evidence().filter_map(|piece| piece.other_end(of)).cloned().collect())
    }

    /// The evidence that counts at an identifier.
    pub(super) async fn standing_at(&mut self, identifier: &Identifier) -> Result<Vec<Evidence>, StoreError> {
        let place = self.place(identifier, Believed::Kept).await?;
        Ok(place.standing_evidence().cloned().collect())
    }

    /// How many components were found to be too large, and which of their identifiers were walked through.
    pub(super) fn into_cut(self) -> (usize, BTreeSet<Identifier>) {
        let mut walked = self.with_coming.into_too_large();
        walked.retain(|identifier| !self.ground.too_large.has(identifier));
        (self.cut, walked)
    }

    const fn atlas(&mut self, believed: Believed) -> &mut Atlas {
        match believed {
            Believed::Kept => &mut self.kept,
            Believed::Coming => &mut self.with_coming,
        }
    }

    async fn place(&mut self, at: &Identifier, believed: Believed) -> Result<Arc<Place>, StoreError> {
        let rules = self.ground.rules;
        let kept = if let Some(place) = self.places.get(at) {
            Arc::clone(place)
        } else {
            let known = self.ground.store.known_of(at, rules.pairs_per_identifier()).await?;
            let place = Arc::new(Place::new(at, known, rules));
            self.places.insert(at.clone(), Arc::clone(&place));
            place
        };
        let coming = match believed {
            Believed::Kept => None,
            Believed::Coming => self.coming.get(at),
        };
        let Some(coming) = coming else { return Ok(kept) };
        let evidence = kept.standing_evidence().chain(coming).cloned().collect();
        let known = Known { evidence, retractions: Retractions::default() };
        Ok(Arc::new(Place::new(at, known, rules)))
    }
}

/// What an exploration came to.
#[derive(Debug)]
pub(super) enum Explored {
    /// Who is who.
    Whole(Resolution),
    /// Too much hangs together; these were walked through now.
    Cut(BTreeSet<Identifier>),
}
