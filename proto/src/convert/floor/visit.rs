//! What a card tells beside the profile: what was paid in the course of the visit, and associates' notes.

use shopbell_domain::{id::NoteId, profile::Note, time::Timestamp, visit::TillOrder, words::is_format};

use super::super::ConversionError;
use crate::floor::v1;

/// The note that a request names.
pub fn note_id(text: &str) -> Result<NoteId, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::MissingField("note_id"));
    }
    text.parse().map_err(|error: shopbell_domain::id::InvalidId| ConversionError::InvalidField {
        field: "note_id",
        reason: error.to_string(),
    })
}

/// The text of a note on one line, without characters that are not seen or that turn the text around them.
pub fn note_text(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_format(*c));
    let spaced = seen.map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c });
    spaced.collect::<String>().trim().to_owned()
}

/// A note; `author` is the name of who gave it its words.
pub fn note(note: &Note, author: String) -> v1::NoteFact {
    let (wording, promise) = (note.wording(), note.present().and_then(|version| version.promise));
    v1::NoteFact {
        note_id: note.id.to_string(),
        text: wording.map(|version| version.text.reveal().clone()).unwrap_or_default(),
        author,
        at_ms: note.at.as_millis(),
        changed_at_ms: wording
            .map(|version| version.at)
            .filter(|at| *at != note.at)
            .map(Timestamp::as_millis),
        source: v1::FactSource::from(note.source).into(),
        may_edit: false,
        may_delete: false,
        promise_due_ms: promise.map(|promise| promise.due.as_millis()),
        promise_kept: promise.is_some_and(|promise| promise.kept),
        may_keep: false,
    }
}

/// What a request says of a promise: nothing, that there is none, or by when.
pub fn promise(due_ms: Option<i64>) -> Result<PromiseTold, ConversionError> {
    match due_ms {
        None => Ok(PromiseTold::Unsaid),
        Some(0) => Ok(PromiseTold::Nothing),
        Some(due) => Timestamp::try_from_millis(due).map(PromiseTold::By).map_err(|error| {
            ConversionError::InvalidField { field: "promise_due_ms", reason: error.to_string() }
        }),
    }
}

/// What an associate says of what a note promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseTold {
    /// Nothing: it is as it was.
    Unsaid,
    /// That it promises nothing.
    Nothing,
    /// That it is to be kept by then.
    By(Timestamp),
}

/// What was paid in a visit; `amounts` says whether the customer shares amounts.
pub fn visit_order(order: &TillOrder, amounts: Amounts) -> v1::VisitOrderFact {
    v1::VisitOrderFact {
        order_id: order.order.to_string(),
        at_ms: order.at.as_millis(),
        pieces: order.pieces,
        total: order.total.filter(|_| amounts == Amounts::Shared).map(super::money),
    }
}

/// Whether amounts of orders may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// They may.
    Shared,
    /// They may not.
    Withheld,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_without_what_is_not_seen() {
        assert_eq!(note_text(" likes\nwool\u{7}\u{202e}\u{200b}, blue "), "likes wool , blue");
        assert_eq!(note_id("").unwrap_err().to_string(), "note_id is missing");
        assert!(note_id("12").unwrap_err().to_string().starts_with("note_id is invalid: "));
        assert_eq!(
            (promise(None).unwrap(), promise(Some(0)).unwrap()),
            (PromiseTold::Unsaid, PromiseTold::Nothing)
        );
        assert!(promise(Some(1_795_000_000)).is_err(), "seconds are no milliseconds");
    }
}
