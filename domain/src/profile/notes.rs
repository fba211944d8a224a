//! What associates noted, each note with its history.
//!
//! A note that was taken back is gone from the profile; its events tell that it was. One that fell out or was taken back,
//! and is written once more, begins anew.

use serde::{Deserialize, Serialize};

use super::{Moment, Profile, Source, lists};
use crate::{
    event::{Action, Promise},
    id::{AssociateId, NoteId, StoreId, VisitId},
    redacted::Redacted,
    time::Timestamp,
};

/// A note of an associate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which note.
    pub id: NoteId,
    /// The shop where it was written.
    pub store: StoreId,
    /// The visit in which it was written.
    pub visit: VisitId,
    /// When it was written first.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
    /// Newest first: the note as it is now, then what it was, at most [`Profile::MAX_NOTE_VERSIONS`]; of more, the one
    /// after the first falls out.
    pub versions: Vec<NoteVersion>,
}

/// What a note says, or said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteVersion {
    /// What.
    pub text: Redacted<String>,
    /// Who wrote it so.
    pub author: AssociateId,
    /// When.
    pub at: Timestamp,
    /// What was promised with it, and whether it was kept by then.
    pub promise: Option<Promise>,
}

impl Note {
    /// The note as it is now. There always is one.
    pub fn present(&self) -> Option<&NoteVersion> {
        self.versions.first()
    }

    /// The version that first said what the note says now: later ones only tell of its promise.
    pub fn wording(&self) -> Option<&NoteVersion> {
        let present = self.present()?;
        self.versions.iter().take_while(|version| version.text == present.text).last()
    }

    /// What is promised with it and not kept yet.
    pub fn open_promise(&self) -> Option<Promise> {
        self.present()?.promise.filter(|promise| !promise.kept)
    }
}

/// Takes in what an [`Action::Noted`] says.
pub(super) fn noted(profile: &mut Profile, action: &Action, now: Moment) {
    let Action::Noted { note, author, store, visit, text, promise } = action else { return };
    lists::touched(profile.notes.len());
    let known = profile.notes.iter().position(|known| known.id == *note).map(|at| profile.notes.remove(at));
    let Some(text) = text else { return };
    let mut entry = known.unwrap_or_else(|| Note {
        id: *note,
        store: store.clone(),
        visit: *visit,
        at: now.at,
        source: now.source,
        versions: Vec::new(),
    });
    let version = NoteVersion { text: text.clone(), author: author.clone(), at: now.at, promise: *promise };
    entry.versions.insert(0, version);
    if entry.versions.len() > Profile::MAX_NOTE_VERSIONS {
        // Who wrote it first, and what, stays.
        entry.versions.remove(Profile::MAX_NOTE_VERSIONS - 1);
    }
    profile.notes.insert(0, entry);
    profile.notes.truncate(Profile::MAX_NOTES);
}
