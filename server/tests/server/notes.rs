//! What associates note, who may, and what it becomes.

use shopbell_domain::{
    consent::{Channel, Decision, Field, Purpose, SharingLevel, Told, Use, port::Consents as _},
    event::{Action, port::Events as _},
    id::CustomerId,
    identity::Identifier,
    ports::Profiles as _,
};
use shopbell_proto::floor::v1 as floor;
use tonic::{Code, Status};

use crate::world::{FloorClient, World};

const NOTES: Use = Use { purpose: Purpose::Advise, channel: Channel::Tablet, field: Field::Notes };

/// Camille, who lets notes be written, in the shop; Inès and Tom have greeted her.
struct Scene {
    world: World,
    camille: CustomerId,
    visit: String,
    ines: FloorClient,
    tom: FloorClient,
}

impl Scene {
    async fn begin() -> Self {
        let mut world = World::with(&["notes.enabled=true", "consent.withheld=[]"]).await;
        let (camille, phone) = world.customer("Camille", SharingLevel::Present).await;
        let (mut tablet, _) = world.tablet("ines").await;
        world.agent("lyon-door").await.entered(&mut world, phone).await;
        let visit = tablet.row().await.visit_id;
        let (mut ines, mut tom) = (world.floor("ines").await, world.floor("tom").await);
        for client in [&mut ines, &mut tom] {
            client.set_greeted(greet(&visit)).await.unwrap();
        }
        let scene = Self { world, camille, visit, ines, tom };
        scene.decide(Decision::give([NOTES])).await;
        scene
    }

    async fn decide(&self, decision: Decision) {
        let now = self.world.now();
        self.world.store.decide_consent(&self.camille, decision, Told::nothing("test"), now).await.unwrap();
    }

    async fn add(&mut self, text: &str) -> Result<floor::NoteFact, Status> {
        let request = add(&self.visit, text, "fr");
        Ok(self.ines.add_note(request).await?.into_inner().note.unwrap())
    }

    async fn edit(&mut self, note: &str, text: &str) -> Result<floor::NoteFact, Status> {
        let request = edit(&self.visit, note, text);
        Ok(self.ines.edit_note(request).await?.into_inner().note.unwrap())
    }

    async fn card(&mut self) -> floor::Card {
        let request = floor::GetCardRequest { visit_id: self.visit.clone(), language: String::new() };
        self.ines.get_card(request).await.unwrap().into_inner().card.unwrap()
    }

    async fn texts(&mut self) -> Vec<String> {
        self.card().await.notes.into_iter().map(|note| note.text).collect()
    }
}

fn greet(visit: &str) -> floor::SetGreetedRequest {
    floor::SetGreetedRequest { visit_id: visit.to_owned(), greeted: true, language: String::new() }
}

fn add(visit: &str, text: &str, language: &str) -> floor::AddNoteRequest {
    floor::AddNoteRequest {
        visit_id: visit.to_owned(),
        text: text.to_owned(),
        language: language.to_owned(),
        promise_due_ms: None,
    }
}

fn edit(visit: &str, note: &str, text: &str) -> floor::EditNoteRequest {
    let (visit_id, note_id) = (visit.to_owned(), note.to_owned());
    floor::EditNoteRequest {
        visit_id,
        note_id,
        text: text.to_owned(),
        language: String::new(),
        promise_due_ms: None,
    }
}

fn delete(visit: &str, note: &str) -> floor::DeleteNoteRequest {
    floor::DeleteNoteRequest { visit_id: visit.to_owned(), note_id: note.to_owned() }
}

#[tokio::test]
async fn a_note_is_written_changed_by_its_author_and_deleted_by_the_shop_with_its_history() {
    let mut scene = Scene::begin().await;
    assert!(scene.card().await.notes_open);
    let note = scene.add("  likes\n\u{202e}wool ").await.unwrap();
    assert_eq!((note.text.as_str(), note.author.as_str(), note.changed_at_ms), ("likes wool", "Inès", None));
    assert_eq!((note.source(), note.may_edit), (floor::FactSource::Associate, true));
    let refused = scene.tom.edit_note(edit(&scene.visit, &note.note_id, "hates wool")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    let changed = scene.edit(&note.note_id, "likes soft wool").await.unwrap();
    assert!(changed.changed_at_ms > Some(changed.at_ms), "the same moment is told apart: {changed:?}");
    scene.world.pass(1);
    scene.add("size 38").await.unwrap();
    assert_eq!(scene.texts().await, ["size 38", "likes soft wool"]);

    let known = scene.world.store.profile(&scene.camille).await.unwrap().notes;
    let versions: Vec<&str> =
        known[1].versions.iter().map(|version| version.text.reveal().as_str()).collect();
    assert_eq!(versions, ["likes soft wool", "likes wool"]);
    scene.tom.delete_note(delete(&scene.visit, &note.note_id)).await.unwrap();
    assert_eq!(scene.texts().await, ["size 38"]);
    let gone = scene.edit(&note.note_id, "again").await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);

    // Its history is the customer's to read.
    let events = scene.world.store.events_of(&Identifier::from(&scene.camille)).await.unwrap();
    let told: Vec<(Option<&str>, &str)> = events
        .iter()
        .filter_map(|event| match &event.action {
            Action::Noted { note: id, author, text, .. } if id.to_string() == note.note_id => {
                Some((text.as_ref().map(|text| text.reveal().as_str()), author.as_str()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, [(Some("likes wool"), "ines"), (Some("likes soft wool"), "ines"), (None, "tom")]);
}

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn a_promise_is_kept_by_any_colleague_of_the_shop_and_goes_with_the_note() {
    let mut scene = Scene::begin().await;
    let due = scene.world.now().as_millis() + DAY_MS;
    let with = |due_ms, visit: &str| floor::AddNoteRequest {
        promise_due_ms: Some(due_ms),
        ..add(visit, "call when the coat is in", "en")
    };
    for due_ms in [due - 2 * DAY_MS, due + 400 * DAY_MS, 1_795_000_000] {
        let refused = scene.ines.add_note(with(due_ms, &scene.visit)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{due_ms}: {refused}");
    }
    let note = scene.ines.add_note(with(due, &scene.visit)).await.unwrap().into_inner().note.unwrap();
    assert_eq!((note.promise_due_ms, note.promise_kept, note.may_keep), (Some(due), false, true));

    let keep = |kept, note: &floor::NoteFact, visit: &str| floor::KeepPromiseRequest {
        visit_id: visit.to_owned(),
        note_id: note.note_id.clone(),
        kept,
    };
    let kept = scene.tom.keep_promise(keep(true, &note, &scene.visit)).await.unwrap().into_inner();
    let kept = kept.note.unwrap();
    assert_eq!((kept.promise_due_ms, kept.promise_kept), (Some(due), true));
    assert_eq!(
        (kept.author.as_str(), kept.changed_at_ms),
        ("Inès", None),
        "its words are hers, and unchanged"
    );
    assert!(scene.card().await.notes[0].promise_kept);

    // A tablet that knows of no promises changes the words alone; another day begins anew; 0 takes it back.
    let edited = scene.edit(&note.note_id, "call when the coat is here").await.unwrap();
    assert_eq!((edited.promise_due_ms, edited.promise_kept), (Some(due), true));
    assert!(edited.changed_at_ms.is_some());
    let mut moved = edit(&scene.visit, &note.note_id, "call when the coat is here");
    moved.promise_due_ms = Some(due + DAY_MS);
    let moved = scene.ines.edit_note(moved).await.unwrap().into_inner().note.unwrap();
    assert_eq!((moved.promise_due_ms, moved.promise_kept), (Some(due + DAY_MS), false));
    let mut plain = edit(&scene.visit, &note.note_id, "call when the coat is here");
    plain.promise_due_ms = Some(0);
    let plain = scene.ines.edit_note(plain).await.unwrap().into_inner().note.unwrap();
    assert_eq!((plain.promise_due_ms, plain.promise_kept), (None, false));
    let refused = scene.ines.keep_promise(keep(true, &note, &scene.visit)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
}

#[tokio::test]
async fn what_nobody_may_keep_is_refused_with_the_reason_in_the_tablets_language() {
    let mut scene = Scene::begin().await;
    let refused = scene.add("Elle est enceinte").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("Rien ne peut être noté sur la santé"), "{refused}");
    let refused = scene.ines.add_note(add(&scene.visit, "goes to church", "en-GB")).await.unwrap_err();
    assert!(refused.message().starts_with("Nothing may be noted of religion"), "{refused}");
    assert_eq!(scene.add(" \u{200b} ").await.unwrap_err().message(), "the note is empty");
    assert_eq!(scene.add(&"x".repeat(501)).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(scene.texts().await, [""; 0]);
    for number in 0..20 {
        scene.add(&format!("note {number}")).await.unwrap();
    }
    let full = scene.add("one more").await.unwrap_err();
    assert_eq!(full.code(), Code::FailedPrecondition, "{full}");
}

#[tokio::test]
async fn without_consent_greeting_or_setting_nothing_is_written_or_shown() {
    let mut scene = Scene::begin().await;
    let note = scene.add("likes wool").await.unwrap();
    scene.decide(Decision::refuse([NOTES])).await;
    let card = scene.card().await;
    assert_eq!((card.notes.len(), card.notes_open), (0, false), "withdrawn is not shown");
    assert_eq!(scene.add("more").await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(scene.edit(&note.note_id, "more").await.unwrap_err().code(), Code::FailedPrecondition);
    scene.ines.delete_note(delete(&scene.visit, &note.note_id)).await.unwrap();
    scene.decide(Decision::give([NOTES])).await;
    assert_eq!(scene.texts().await, [""; 0], "less is always allowed");

    let mut not_greeted = greet(&scene.visit);
    not_greeted.greeted = false;
    scene.ines.set_greeted(not_greeted).await.unwrap();
    assert_eq!(scene.add("likes wool").await.unwrap_err().code(), Code::FailedPrecondition);
    assert!(!scene.card().await.notes_open);
}

#[tokio::test]
async fn notes_are_off_by_default() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit = tablet.row().await.visit_id;
    let mut ines = world.floor("ines").await;
    let card = ines.set_greeted(greet(&visit)).await.unwrap().into_inner().card.unwrap();
    assert!(!card.notes_open);
    let refused = ines.add_note(add(&visit, "likes wool", "")).await.unwrap_err();
    assert!(refused.message().contains("notes.enabled"), "{refused}");
}
