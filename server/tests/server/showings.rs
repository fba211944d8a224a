//! What the log keeps of what tablets see and say.

use shopbell_domain::{
    consent::SharingLevel,
    id::CustomerId,
    showing::{Entry, Said, Showings as _},
    starter::Verdict,
    time::Timestamp,
    visit::Outcome,
};
use shopbell_proto::floor::v1 as floor;

use crate::world::World;

async fn log(world: &World, customer: &CustomerId) -> Vec<Entry> {
    world.store.log_of(customer, Timestamp::EPOCH, usize::MAX).await.unwrap()
}

fn said(entries: &[Entry]) -> Vec<(&str, &Said)> {
    let remarks = entries.iter().filter_map(|entry| match entry {
        Entry::Remark(remark) => Some((remark.associate.as_str(), &remark.said)),
        Entry::Showing(_) => None,
    });
    remarks.collect()
}

#[tokio::test]
async fn what_was_said_is_logged_once_beside_what_was_shown() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let outcome = |outcome: floor::Outcome| floor::SetOutcomeRequest {
        visit_id: visit_id.clone(),
        outcome: outcome.into(),
    };
    let feedback = |feedback: floor::StarterFeedback| floor::SetFeedbackRequest {
        visit_id: visit_id.clone(),
        starter_id: "hello".to_owned(),
        feedback: feedback.into(),
    };
    let (mut ines, mut tom) = (world.floor("ines").await, world.floor("tom").await);
    tom.set_outcome(outcome(floor::Outcome::LeftAlone)).await.unwrap();
    assert_eq!(log(&world, &id).await, [], "nobody has met her, and nothing was shown");

    let greeted =
        floor::SetGreetedRequest { visit_id: visit_id.clone(), greeted: true, language: String::new() };
    ines.set_greeted(greeted).await.unwrap();
    let entries = log(&world, &id).await;
    let [Entry::Showing(showing)] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((showing.visit.to_string(), showing.at), (visit_id.clone(), world.now()));

    for _ in 0..2 {
        ines.set_feedback(feedback(floor::StarterFeedback::Used)).await.unwrap();
        ines.set_outcome(outcome(floor::Outcome::Talked)).await.unwrap();
    }
    ines.set_outcome(outcome(floor::Outcome::Unspecified)).await.unwrap();
    let starter = || "hello".to_owned();
    let used = Said::OfStarter { starter: starter(), verdict: Some(Verdict::Used) };
    let (talked, nothing) = (Said::OfVisit(Some(Outcome::Talked)), Said::OfVisit(None));
    let entries = log(&world, &id).await;
    assert_eq!(said(&entries), [("ines", &used), ("ines", &talked), ("ines", &nothing)]);

    ines.set_feedback(feedback(floor::StarterFeedback::Unspecified)).await.unwrap();
    let unseen = tom.set_feedback(feedback(floor::StarterFeedback::NotNow)).await.unwrap_err();
    assert_eq!(unseen.code(), tonic::Code::InvalidArgument, "he has not met her, and saw nothing");
    let never = floor::SetFeedbackRequest {
        starter_id: "wish-arrived/coat".to_owned(),
        ..feedback(floor::StarterFeedback::Wrong)
    };
    let never = ines.set_feedback(never).await.unwrap_err();
    assert_eq!(never.code(), tonic::Code::InvalidArgument, "no card held it");
    let met = floor::SetGreetedRequest { visit_id: visit_id.clone(), greeted: true, language: String::new() };
    tom.set_greeted(met).await.unwrap();
    tom.set_feedback(feedback(floor::StarterFeedback::NotNow)).await.unwrap();
    let entries = log(&world, &id).await;
    let taken_back = Said::OfStarter { starter: starter(), verdict: None };
    let not_now = Said::OfStarter { starter: starter(), verdict: Some(Verdict::NotNow) };
    assert_eq!(said(&entries)[3..], [("ines", &taken_back), ("tom", &not_now)]);
}
