//! Notes of associates: off unless the retailer turns them on, and never of what nobody may keep.
//!
//! A note is an event of the customer like any other (`Action::Noted`), told to the applier: so it is sealed, exported,
//! corrected and erased with everything else, and its history is the events. Who may write: an associate who confirmed the
//! person, while the customer shares notes. Who wrote it may write it anew; any associate of the shop who confirmed the
//! person may take it back. A note may hold a promise with a day; whoever may take the note back, or wrote it, may say that
//! the promise was kept. What may be written: [`shopbell_domain::note`], with the list in `block_list.txt` or the
//! retailer's own.
//!
//! Never here: showing notes. A card holds them where consent allows (`brief`).

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rand::{Rng as _, rngs::StdRng};
use shopbell_domain::{
    consent::Field,
    event::{Action, Event, EventId, Origin, Promise},
    id::{AssociateId, CustomerId, InvalidId, MessageId, NoteId, SourceId},
    identity::Identifier,
    note::{Forbidden, InvalidBlockList, NoteRefused},
    ports::{Store, StoreError},
    profile::{Note, Profile},
    redacted::Redacted,
    time::{Clock, Timestamp},
    visit::Visit,
};

use shopbell_proto::convert::floor::PromiseTold;

use crate::{
    config,
    configured::{self, Configured, Unreadable},
    floor::Decisions,
    online::{ApplierHandle, DecideError},
    phrases::Language,
};

/// The list of this program, with comments that tell how to write one's own.
pub const BLOCK_LIST: &str = include_str!("block_list.txt");

/// The source of events that are notes; their messages' numbers are random.
const SOURCE: &str = "shopbell-notes";

/// Why there are no notes.
#[derive(Debug, thiserror::Error)]
pub enum BlockListError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] Unreadable),
    /// The file is no list.
    #[error("notes.block_list_file: {path}: {source}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: InvalidBlockList,
    },
}

/// The list that the configuration names; `None` where notes are off.
pub fn block_list(config: &config::Notes) -> Result<Option<Forbidden>, BlockListError> {
    if !config.enabled {
        return Ok(None);
    }
    let own = ("the list of this program", BLOCK_LIST);
    let file = config.block_list_file.as_deref();
    let Configured { path, text } = configured::read("notes.block_list_file", file, own)?;
    Forbidden::read(&text).map(Some).map_err(|source| BlockListError::Invalid { path, source })
}

/// Why a note was not written, by what the associate can do.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// The configuration has none.
    #[error("notes are off here: the retailer's configuration can turn them on (`notes.enabled`)")]
    Off,
    /// The associate has not confirmed the person.
    #[error("greet the guest first: notes are for the person who stands before you")]
    NotConfirmed,
    /// The customer does not share notes.
    #[error("this customer lets nothing be noted")]
    NotShared,
    /// There are as many as are kept.
    #[error("there are {} notes already: delete one first", Profile::MAX_NOTES)]
    TooMany,
    /// There is no such note.
    #[error("there is no such note of this customer")]
    NoSuchNote,
    /// It is another associate's, or another shop's.
    #[error("this note is not yours: its author can change it, and its shop delete it")]
    NotYours,
    /// The day of the promise is none that one promises for.
    #[error("a promise is for today or a day within a year: choose another day")]
    NoSuchDay,
    /// The note promises nothing.
    #[error("nothing is promised with this note")]
    NoPromise,
    /// The text must not be noted; why, in the associate's language.
    #[error("{0}")]
    Refused(String),
    /// The store refused or could not read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is on its way out: call again, elsewhere or later.
    #[error("the server is shutting down")]
    Stopping,
    /// A mistake in this program.
    #[error(transparent)]
    Invalid(#[from] InvalidId),
}

impl From<DecideError> for NoteError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Store(error) => Self::Store(error),
            DecideError::Stopping => Self::Stopping,
        }
    }
}

/// What notes need.
pub struct NotesParts {
    /// What may not be noted; `None` turns notes off.
    pub forbidden: Option<Forbidden>,
    /// Takes what is noted.
    pub applier: ApplierHandle,
    /// Where notes are read.
    pub store: Arc<dyn Store>,
    /// What customers allow.
    pub decisions: Arc<Decisions>,
    /// The server's clock.
    pub clock: Arc<dyn Clock>,
    /// Makes notes' numbers.
    pub rng: Mutex<StdRng>,
}

impl std::fmt::Debug for NotesParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NotesParts")
    }
}

/// Writes notes.
pub struct Notes(NotesParts);

impl std::fmt::Debug for Notes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notes")
    }
}

impl Notes {
    /// From its parts.
    pub const fn new(parts: NotesParts) -> Self {
        Self(parts)
    }

    /// Whether the configuration has notes at all.
    pub const fn are_on(&self) -> bool {
        self.0.forbidden.is_some()
    }

    /// Notes something of the customer of a visit. The note as it is kept.
    pub async fn add(
        &self,
        visit: &Visit,
        author: &AssociateId,
        text: &str,
        promise: PromiseTold,
        language: Language,
    ) -> Result<Note, NoteError> {
        self.may_write(visit, author).await?;
        let text = self.admitted(text, language)?;
        let promise = self.promised(promise, None)?;
        if self.notes_of(&visit.customer).await?.len() >= Profile::MAX_NOTES {
            return Err(NoteError::TooMany);
        }
        let note = NoteId(self.random());
        self.tell(visit, note, author, Some(text), promise).await?;
        self.note(&visit.customer, note).await
    }

    /// Writes a note anew. The note as it is kept.
    pub async fn edit(
        &self,
        visit: &Visit,
        note: NoteId,
        author: &AssociateId,
        text: &str,
        promise: PromiseTold,
        language: Language,
    ) -> Result<Note, NoteError> {
        self.may_write(visit, author).await?;
        let known = self.note(&visit.customer, note).await?;
        if !may_edit(&known, author) {
            return Err(NoteError::NotYours);
        }
        let text = self.admitted(text, language)?;
        let promise = self.promised(promise, known.present().and_then(|version| version.promise))?;
        self.tell(visit, note, author, Some(text), promise).await?;
        self.note(&visit.customer, note).await
    }

    /// Says whether what a note promises was kept. The note as it is kept.
    pub async fn keep(
        &self,
        visit: &Visit,
        note: NoteId,
        teller: &AssociateId,
        kept: bool,
    ) -> Result<Note, NoteError> {
        self.may_write(visit, teller).await?;
        let known = self.note(&visit.customer, note).await?;
        if !may_keep(&known, visit, teller) {
            return Err(NoteError::NotYours);
        }
        let present = known.present().and_then(|version| Some((version, version.promise?)));
        let (version, promise) = present.ok_or(NoteError::NoPromise)?;
        if promise.kept != kept {
            let promise = Some(Promise { kept, ..promise });
            self.tell(visit, note, teller, Some(version.text.clone()), promise).await?;
        }
        self.note(&visit.customer, note).await
    }

    /// Takes a note back. Also while the customer shares none: less is always allowed.
    pub async fn delete(&self, visit: &Visit, note: NoteId, author: &AssociateId) -> Result<(), NoteError> {
        if !visit.is_confirmed_by(author) {
            return Err(NoteError::NotConfirmed);
        }
        let known = self.note(&visit.customer, note).await?;
        if !may_delete(&known, visit) {
            return Err(NoteError::NotYours);
        }
        self.tell(visit, note, author, None, None).await
    }

    async fn may_write(&self, visit: &Visit, author: &AssociateId) -> Result<(), NoteError> {
        if !self.are_on() {
            return Err(NoteError::Off);
        }
        if !visit.is_confirmed_by(author) {
            return Err(NoteError::NotConfirmed);
        }
        let customer = self.0.decisions.customer(&visit.customer).await?;
        let now = self.0.clock.now();
        if !customer.is_some_and(|customer| customer.consent.shows(Field::Notes, now)) {
            return Err(NoteError::NotShared);
        }
        Ok(())
    }

    fn admitted(&self, text: &str, language: Language) -> Result<Redacted<String>, NoteError> {
        let Some(forbidden) = &self.0.forbidden else { return Err(NoteError::Off) };
        forbidden.admit(text).map_err(|refused| match &refused {
            NoteRefused::Forbidden { subject } => NoteError::Refused(subject.why(language.tag()).to_owned()),
            NoteRefused::Empty | NoteRefused::TooLong { .. } => NoteError::Refused(refused.to_string()),
        })
    }

    /// What is promised from now on. Another day is not kept yet.
    fn promised(&self, told: PromiseTold, before: Option<Promise>) -> Result<Option<Promise>, NoteError> {
        const DAY: Duration = Duration::from_secs(86_400);
        let due = match told {
            PromiseTold::Unsaid => return Ok(before),
            PromiseTold::Nothing => return Ok(None),
            PromiseTold::By(due) => due,
        };
        if let Some(before) = before.filter(|before| before.due == due) {
            return Ok(Some(before));
        }
        let now = self.0.clock.now();
        if due < now || due > now + 367 * DAY {
            return Err(NoteError::NoSuchDay);
        }
        Ok(Some(Promise { due, kept: false }))
    }

    async fn notes_of(&self, customer: &CustomerId) -> Result<Vec<Note>, StoreError> {
        Ok(self.0.store.profile(customer).await?.notes)
    }

    async fn note(&self, customer: &CustomerId, note: NoteId) -> Result<Note, NoteError> {
        let notes = self.notes_of(customer).await?;
        notes.into_iter().find(|known| known.id == note).ok_or(NoteError::NoSuchNote)
    }

    async fn tell(
        &self,
        visit: &Visit,
        note: NoteId,
        author: &AssociateId,
        text: Option<Redacted<String>>,
        promise: Option<Promise>,
    ) -> Result<(), NoteError> {
        let at = self.after_all(&visit.customer, note).await?;
        let message = MessageId::new(format!("{note}-{:032x}", self.random()))?;
        let event = Event {
            id: EventId { source: SourceId::new(SOURCE)?, message },
            at,
            who: vec![Identifier::from(&visit.customer)],
            origin: Origin::Associate,
            privacy_control: false,
            action: Action::Noted {
                note,
                author: author.clone(),
                store: visit.store.clone(),
                visit: visit.id,
                text,
                promise,
            },
        };
        Ok(self.0.applier.tell(event).await?)
    }

    /// Now; later than the last word of the note also when two come within a millisecond.
    async fn after_all(&self, customer: &CustomerId, note: NoteId) -> Result<Timestamp, StoreError> {
        let now = self.0.clock.now();
        let notes = self.notes_of(customer).await?;
        let last = notes.iter().find(|known| known.id == note).and_then(Note::present);
        Ok(last.map_or(now, |last| now.max(last.at + Duration::from_millis(1))))
    }

    fn random(&self) -> u128 {
        self.0.rng.lock().unwrap_or_else(PoisonError::into_inner).random()
    }
}

/// Whether an associate may write a note anew: who wrote it first.
pub fn may_edit(note: &Note, associate: &AssociateId) -> bool {
    note.versions.last().is_some_and(|first| first.author == *associate)
}

/// Whether a note may be taken back in a visit: in the shop where it was written.
pub fn may_delete(note: &Note, visit: &Visit) -> bool {
    note.store == visit.store
}

/// Whether an associate may say that what a note promises was kept: where it was written, or who wrote it.
pub fn may_keep(note: &Note, visit: &Visit, associate: &AssociateId) -> bool {
    may_delete(note, visit) || may_edit(note, associate)
}

#[cfg(test)]
mod tests;
