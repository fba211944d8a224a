use super::*;
use crate::{
    event::{Correction, Disputed},
    id::{AssociateId, NoteId, StoreId, VisitId},
};

fn noted(note: u128, author: &str, text: Option<&str>) -> Action {
    Action::Noted {
        note: NoteId(note),
        author: AssociateId::new(author).unwrap(),
        store: StoreId::new("lyon").unwrap(),
        visit: VisitId(1),
        text: text.map(|text| Redacted::new(text.to_owned())),
        promise: None,
    }
}

/// `likes wool (ines) < wool (tom)`: newest version first.
fn shown(profile: &Profile) -> Vec<String> {
    let version = |version: &NoteVersion| format!("{} ({})", version.text.reveal(), version.author);
    let note = |note: &Note| note.versions.iter().map(version).collect::<Vec<_>>().join(" < ");
    profile.notes.iter().map(note).collect()
}

#[test]
fn a_note_keeps_its_history_and_is_gone_when_it_is_taken_back() {
    let told = [
        noted(1, "tom", Some("wool")),
        noted(2, "tom", Some("size 38")),
        noted(1, "ines", Some("likes wool")),
    ];
    let profile = after(told.clone());
    assert_eq!(shown(&profile), ["likes wool (ines) < wool (tom)", "size 38 (tom)"]);
    assert_eq!((profile.notes[0].at, profile.notes[0].versions[0].at), (at(0), at(2 * MINUTE)));
    let profile = after(told.into_iter().chain([noted(1, "ines", None), noted(3, "ines", None)]));
    assert_eq!(shown(&profile), ["size 38 (tom)"]);
}

#[test]
fn a_note_that_the_customer_does_not_stand_by_is_as_if_never_written() {
    let not_me = |how| Action::Corrected { what: Disputed::Note(NoteId(1)), how };
    let told = [
        noted(1, "tom", Some("wool")),
        noted(2, "tom", Some("size 38")),
        not_me(Correction::NotMe),
        noted(1, "tom", Some("wool, surely")),
    ];
    assert_eq!(shown(&after(told.clone())), ["size 38 (tom)"]);
    let profile = after(told.into_iter().chain([not_me(Correction::Withdrawn)]));
    assert_eq!(shown(&profile), ["wool, surely (tom) < wool (tom)", "size 38 (tom)"]);
}

#[test]
fn notes_and_versions_are_bounded_and_the_first_version_stays() {
    let versions = (0..30).map(|n| noted(1, "ines", Some(&format!("v{n}")))).collect::<Vec<_>>();
    let profile = after(versions);
    assert_eq!(profile.notes[0].versions.len(), Profile::MAX_NOTE_VERSIONS);
    let texts: Vec<&str> =
        profile.notes[0].versions.iter().map(|version| version.text.reveal().as_str()).collect();
    assert_eq!((texts[0], texts[texts.len() - 1]), ("v29", "v0"));
    let profile = after((0..30).map(|n| noted(n, "ines", Some("x"))));
    assert_eq!(profile.notes.len(), Profile::MAX_NOTES);
}
