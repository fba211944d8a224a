//! What an associate does with the tablet: receives a guest, reads the card, answers starters, writes notes.

use shopbell_domain::time::Timestamp;
use shopbell_proto::floor::v1::{
    AddNoteRequest, Card, GetCardRequest, KeepPromiseRequest, SetFeedbackRequest, SetGreetedRequest,
    StarterFeedback,
};
use shopbell_tests::world::{client, token_of};

use super::{
    house::House,
    situation::{Situation, Step},
    span::moment,
    verdict::starter_of,
};

const LANGUAGES: [&str; 2] = ["fr", "en"];

impl House {
    /// Inès greets, and has the card.
    pub(crate) async fn receive(&self, one: &Situation, visit: &str) -> [Card; 2] {
        let mut ines = client(&self.world.url(), &self.token_of("ines", one));
        let request = SetGreetedRequest { visit_id: visit.into(), greeted: true, language: "en".into() };
        ines.set_greeted(request).await.unwrap();
        self.cards(one, visit).await
    }

    pub(crate) async fn cards(&self, one: &Situation, visit: &str) -> [Card; 2] {
        let mut ines = client(&self.world.url(), &self.token_of("ines", one));
        let mut cards = [Card::default(), Card::default()];
        for (card, language) in cards.iter_mut().zip(LANGUAGES) {
            let request = GetCardRequest { visit_id: visit.into(), language: language.into() };
            *card = ines.get_card(request).await.unwrap().into_inner().card.unwrap();
        }
        cards
    }

    fn token_of(&self, associate: &str, one: &Situation) -> String {
        token_of(&format!("{associate}-{}", one.store(&self.trade).id))
    }

    /// What an associate does.
    pub(crate) async fn serve(&self, one: &Situation, visit: &str, card: &Card, step: &Step) {
        match step {
            Step::Answer { starter, said } => {
                let shown = starter_of(card, starter)
                    .unwrap_or_else(|| panic!("{}: no {starter} on {:#?}", one.title, card.starters));
                let feedback = match said.as_str() {
                    "not-now" => StarterFeedback::NotNow,
                    "wrong" => StarterFeedback::Wrong,
                    "used" => StarterFeedback::Used,
                    other => panic!("{}: there is no answer {other}", one.title),
                };
                let (visit_id, starter_id) = (visit.to_owned(), shown.id.clone());
                let request = SetFeedbackRequest { visit_id, starter_id, feedback: feedback.into() };
                client(&self.world.url(), &self.token_of("ines", one)).set_feedback(request).await.unwrap();
            }
            Step::Note { by, text, due, kept } => {
                let mut floor = client(&self.world.url(), &self.token_of(by, one));
                let visit_id = visit.to_owned();
                let greeted =
                    SetGreetedRequest { visit_id: visit_id.clone(), greeted: true, language: "en".into() };
                floor.set_greeted(greeted).await.unwrap();
                let due = end_of_day(moment(due, self.world.clock.now()).expect("a time such as +2d"));
                let (text, language) = (text.clone(), "en".to_owned());
                let note = AddNoteRequest {
                    visit_id: visit_id.clone(),
                    text,
                    language,
                    promise_due_ms: Some(due.as_millis()),
                };
                let note = floor.add_note(note).await.unwrap().into_inner().note.unwrap();
                if *kept {
                    let kept = KeepPromiseRequest { visit_id, note_id: note.note_id, kept: true };
                    floor.keep_promise(kept).await.unwrap();
                }
            }
            other => panic!("{}: that is for the customer to do: {other:?}", one.title),
        }
    }
}

/// The end of the day in Paris, in November.
fn end_of_day(at: Timestamp) -> Timestamp {
    let (day, hour) = (86_400_000, 3_600_000);
    Timestamp::from_millis((at.as_millis() + hour) / day * day + day - hour - 1)
}
