//! Whatever a customer takes away is off an open card within five seconds.

use std::time::Duration;

use shopbell_domain::{consent::Decision, ports::Ledger as _};
use tokio::time::Instant;

use super::*;

/// The promise.
const PROMISED: Duration = Duration::from_secs(5);

impl Scene {
    /// Decides through the API. What is given was shown in the demo's English text.
    async fn decide(&mut self, decision: Decision) {
        let name = customer::ConsentTextName { id: "in-shop".into(), version: 1, language: "en".into() };
        let request = customer::SetConsentRequest {
            customer_id: self.id.to_string(),
            decision: Some(decision.into()),
            text: Some(name),
            collection: customer::ConsentCollection::App.into(),
        };
        self.world.consents().await.set_consent(request).await.unwrap();
    }

    /// Waits for the word that the open card is old, and fetches it anew, as a tablet does.
    async fn told_anew(&mut self, revision: u64) -> floor::Card {
        loop {
            let row = self.tablet.row().await;
            if row.card_revision > revision {
                return self.fetch("ines").await.unwrap();
            }
        }
    }

    fn shows(&self, card: &floor::Card, field: Field) -> bool {
        let text = format!("{card:?}");
        self.canaries.of(field).all.iter().any(|canary| text.contains(canary))
    }
}

fn revision(card: &floor::Card) -> u64 {
    card.guest.as_ref().unwrap().card_revision
}

#[tokio::test]
async fn each_single_withdrawal_takes_its_field_off_an_open_card_in_time() {
    let mut scene = Scene::new(&[]).await;
    let mut slowest = Duration::ZERO;
    let mut withdrawn = 0;
    for (field, sign, shown) in TABLE {
        if !sign.is_ascii_digit() || shown == Shown::Never || field == Field::PresenceOnFloor {
            continue;
        }
        let before = scene.fetch("ines").await.unwrap();
        assert!(scene.shows(&before, field), "{field:?}");
        let started = Instant::now();
        scene.decide(Decision::refuse([on_tablets(field)])).await;
        let after = scene.told_anew(revision(&before)).await;
        let took = started.elapsed();
        assert!(!scene.shows(&after, field), "{field:?} is still there");
        assert!(took < PROMISED, "{field:?} took {took:?}");
        slowest = slowest.max(took);
        withdrawn += 1;
        scene.decide(Decision::give([on_tablets(field)])).await;
        let again = scene.told_anew(revision(&after)).await;
        assert!(scene.shows(&again, field), "{field:?} is given again");
    }
    assert_eq!(withdrawn, 21);
    eprintln!("slowest of {withdrawn} withdrawals: {slowest:?}");
}

/// A decision that leaves nobody on the tablet, and its name.
type Stop = (&'static str, fn(&Scene) -> Decision);

#[tokio::test]
async fn whatever_stops_all_of_it_takes_the_guest_off_the_tablet_in_time() {
    let decisions: [Stop; 6] = [
        ("paused", |scene| Decision { pause_until: Some(later_by_an_hour(scene)), ..Decision::default() }),
        ("alone", |scene| Decision { alone_until: Some(later_by_an_hour(scene)), ..Decision::default() }),
        ("restricted", |_| Decision { restrict: Some(true), ..Decision::default() }),
        ("level 1", |_| Decision::level(SharingLevel::Counted)),
        ("presence refused", |_| Decision::refuse([on_tablets(Field::PresenceOnFloor)])),
        ("visits refused", |_| {
            let (purpose, channel) = (Purpose::Recognise, Channel::Record);
            Decision::refuse([Use { purpose, channel, field: Field::Visit }])
        }),
    ];
    for (what, decision) in decisions {
        let mut scene = Scene::new(&[]).await;
        let decision = decision(&scene);
        scene.goes(what, decision).await;
    }
    let mut scene = Scene::new(&[]).await;
    let object = [Purpose::Recognise].into_iter().collect();
    scene.goes("no recognising", Decision { object, ..Decision::default() }).await;
}

fn later_by_an_hour(scene: &Scene) -> shopbell_domain::time::Timestamp {
    scene.world.now() + Duration::from_secs(3_600)
}

impl Scene {
    async fn goes(&mut self, what: &str, decision: Decision) {
        let started = Instant::now();
        self.decide(decision).await;
        loop {
            match self.tablet.change().await {
                floor::floor_delta::Change::RemovedVisitId(visit) => break assert_eq!(visit, self.visit_id),
                floor::floor_delta::Change::Guest(_) => {}
            }
        }
        assert!(started.elapsed() < PROMISED, "{what}");
        assert!(self.fetch("ines").await.is_none(), "{what}");
    }
}

#[tokio::test]
async fn an_objection_to_advice_leaves_the_row_and_empties_the_card() {
    let mut scene = Scene::new(&[]).await;
    let before = scene.fetch("ines").await.unwrap();
    let object = [Purpose::Advise].into_iter().collect();
    scene.decide(Decision { object, ..Decision::default() }).await;
    let after = scene.told_anew(revision(&before)).await;
    for (field, _, shown) in TABLE {
        assert!(shown != Shown::Confirmed || !scene.shows(&after, field), "{field:?}");
    }
    assert!(scene.shows(&after, Field::Name));
}

/// What is heard in a pause is of a time in which nothing was to be done, also when it is told after it.
#[tokio::test]
async fn nothing_of_a_pause_is_kept() {
    let mut scene = Scene::new(&[]).await;
    let pause = Decision { pause_until: Some(later_by_an_hour(&scene)), ..Decision::default() };
    scene.goes("paused", pause).await;
    let before = scene.world.store.visits_of(&scene.id).await.unwrap();
    scene.world.pass(60);
    scene.agent.still_here(&mut scene.world, scene.phone).await;
    assert_eq!(scene.world.store.visits_of(&scene.id).await.unwrap(), before);
    let ended = Decision { pause_until: Some(scene.world.now()), ..Decision::default() };
    scene.decide(ended).await;
    scene.world.pass(60);
    scene.agent.still_here(&mut scene.world, scene.phone).await;
    let after = scene.world.store.visits_of(&scene.id).await.unwrap();
    assert_eq!(after.len(), before.len() + 1, "who ends the pause is welcome again");
    let new = after.iter().find(|visit| !before.contains(visit)).unwrap();
    assert!(new.began > before[0].began);
}
