//! An associate promised something, and it is time.

use std::time::Duration;

use super::{Fact, Rule, Starter, StarterKind};
use crate::{
    profile::{Note, NoteVersion},
    situation::Situation,
    time::Timestamp,
};

/// So long before it is due, a promise is spoken of: 2 days.
const SOON: Duration = Duration::from_secs(2 * 86_400);
/// So long after, nobody waits for it any more: 60 days.
const OVER: Duration = Duration::from_secs(60 * 86_400);

/// Proposes to follow up what was promised in a note and is not kept: due within two days, or overdue for less than 60; the
/// one that is due first, first.
#[derive(Debug, Clone, Copy)]
pub struct Promise;

impl Rule for Promise {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let now = situation.now;
        let is_time = |due: Timestamp| due <= now + SOON && now.since(due) < OVER;
        let mut due: Vec<(Timestamp, &Note, &NoteVersion)> = situation
            .known
            .notes
            .iter()
            .filter_map(|note| Some((note.open_promise()?.due, note, note.present()?)))
            .filter(|(due, _, version)| is_time(*due) && version.at <= now)
            .collect();
        due.sort_by_key(|(due, note, _)| (*due, note.id));
        due.into_iter().map(|(due, note, version)| starter(due, note, version)).collect()
    }
}

/// What was promised stands in the note, which is on the card too.
fn starter(due: Timestamp, note: &Note, version: &NoteVersion) -> Starter {
    let promised = Fact::Promised { note: note.id, due, at: version.at, source: note.source };
    Starter {
        kind: StarterKind::Promise,
        product: None,
        thing: Some(note.id.to_string()),
        facts: vec![promised],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        example::{NOW, days_ago, note},
        id::NoteId,
        profile::Profile,
        starter::tests::situation,
    };

    fn proposed(notes: Vec<Note>) -> Vec<String> {
        let profile = Profile { notes, ..Profile::default() };
        Promise.propose(&situation(&profile, [].into())).iter().map(Starter::id).collect()
    }

    #[test]
    fn a_promise_is_followed_up_from_two_days_before_until_sixty_after() {
        let at = |due: Timestamp| proposed(vec![note(1, due, false)]).len();
        let tick = Duration::from_millis(1);
        assert_eq!([at(NOW + SOON), at(NOW + SOON + tick)], [1, 0]);
        assert_eq!([at(NOW - OVER + tick), at(NOW - OVER)], [1, 0]);
    }

    #[test]
    fn what_was_kept_or_never_promised_is_no_promise() {
        assert_eq!(proposed(vec![note(1, NOW, true)]), [""; 0]);
        let mut plain = note(1, NOW, false);
        plain.versions[0].promise = None;
        assert_eq!(proposed(vec![plain]), [""; 0]);
        let two = proposed(vec![note(1, NOW, false), note(2, days_ago(1), false)]);
        assert_eq!(two, [format!("promise/{}", NoteId(2)), format!("promise/{}", NoteId(1))]);
        assert!(two.iter().all(|id| Starter::could_have_id(id)));
    }
}
