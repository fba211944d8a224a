//! What customers decide, and how fast it holds.

use shopbell_domain::{
    consent::SharingLevel,
    id::CustomerId,
    ports::{Customers as _, Ledger as _},
    time::Timestamp,
};
use shopbell_proto::{customer::v1 as customer, floor::v1 as floor};
use tonic::Code;

use crate::world::{World, lyon};

fn sharing(
    id: &CustomerId,
    level: customer::SharingLevel,
    alone_until: Option<Timestamp>,
) -> customer::SetSharingRequest {
    let sharing = customer::Sharing {
        level: level.into(),
        greet_by_name: Some(true),
        alone_until_ms: alone_until.map(Timestamp::as_millis),
    };
    customer::SetSharingRequest { customer_id: id.to_string(), sharing: Some(sharing) }
}

/// What `docs/phone.md` lets a backend send for "shares less".
fn only_level(id: &CustomerId, level: customer::SharingLevel) -> customer::SetSharingRequest {
    let sharing = customer::Sharing { level: level.into(), ..Default::default() };
    customer::SetSharingRequest { customer_id: id.to_string(), sharing: Some(sharing) }
}

#[tokio::test]
async fn opting_out_takes_the_row_away_with_the_next_change_and_ends_the_visit() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Browsing).await;
    let ((mut ines, _), (mut tom, _)) = (world.tablet("ines").await, world.tablet("tom").await);
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = ines.row().await.visit_id;
    tom.row().await;
    world.pass(30);
    world.backend().await.set_sharing(sharing(&id, customer::SharingLevel::Invisible, None)).await.unwrap();
    assert_eq!(ines.removed().await, visit_id);
    assert_eq!(tom.removed().await, visit_id);
    let request = floor::GetCardRequest { visit_id, language: String::new() };
    assert_eq!(world.floor("ines").await.get_card(request).await.unwrap_err().code(), Code::NotFound);
    let visit = world.store.visits_of(&id).await.unwrap().remove(0);
    assert!(visit.ended.is_some() && visit.withdrawn.is_some());

    world.pass(30);
    agent.still_here(&mut world, phone).await;
    let after = world.store.visits_of(&id).await.unwrap();
    assert_eq!(after, [visit], "what is heard afterwards is discarded");
    assert!(world.server.metrics().text().contains("shopbell_ingest_events_total{fate=\"NotShared\"} 1"));
}

#[tokio::test]
async fn left_alone_means_off_the_floor_while_the_visit_goes_on() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let until = world.now() + std::time::Duration::from_secs(600);
    let mut backend = world.backend().await;
    backend.set_sharing(sharing(&id, customer::SharingLevel::Present, Some(until))).await.unwrap();
    assert_eq!(tablet.removed().await, visit_id);
    world.pass(60);
    agent.still_here(&mut world, phone).await;
    let visit = world.store.visits_of(&id).await.unwrap().remove(0);
    assert_eq!((visit.ended, visit.last_heard), (None, world.now()));
    let over = Some(world.now());
    backend.set_sharing(sharing(&id, customer::SharingLevel::Present, over)).await.unwrap();
    assert_eq!(tablet.row().await.visit_id, visit_id, "whoever wants to be seen again is seen again");
}

#[tokio::test]
async fn at_level_0_nothing_is_kept_and_at_level_1_one_count_for_an_arrival() {
    let mut world = World::new().await;
    let (hidden, hidden_phone) = world.customer("Hidden", SharingLevel::Invisible).await;
    let (counted, counted_phone) = world.customer("Counted", SharingLevel::Counted).await;
    let (mut door, mut shoes) = (world.agent("lyon-door").await, world.agent("lyon-shoes").await);
    for phone in [hidden_phone, counted_phone] {
        door.entered(&mut world, phone).await;
        shoes.entered(&mut world, phone).await;
        world.pass(60);
        door.still_here(&mut world, phone).await;
    }
    let hour = Timestamp::from_secs(world.now().as_secs() / 3_600 * 3_600);
    assert_eq!(world.store.anonymous_count(&lyon(), hour).await.unwrap(), 1);
    for id in [hidden, counted] {
        assert!(world.store.visits_of(&id).await.unwrap().is_empty());
    }
    let (_, snapshot) = world.tablet("ines").await;
    assert!(snapshot.guests.is_empty());
}

#[tokio::test]
async fn without_the_switch_no_name_is_shown() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    assert_eq!(tablet.row().await.display_name.as_deref(), Some("Camille"));
    let mut request = sharing(&id, customer::SharingLevel::Present, None);
    request.sharing.as_mut().unwrap().greet_by_name = Some(false);
    world.backend().await.set_sharing(request).await.unwrap();
    assert_eq!(tablet.row().await.display_name, None);
}

#[tokio::test]
async fn phones_get_tokens_that_open_and_lose_them_when_revoked() {
    let mut world = World::new().await;
    let (id, _) = world.customer("Camille", SharingLevel::Present).await;
    let mut backend = world.backend().await;
    let register = customer::RegisterPhoneRequest { customer_id: id.to_string() };
    let phone_id = backend.register_phone(register).await.unwrap().into_inner().phone_id;
    let issue = |days| customer::IssueTokensRequest { phone_id: phone_id.clone(), days };
    let issued = backend.issue_tokens(issue(14)).await.unwrap().into_inner();
    assert_eq!(issued.tokens.len(), 14 * 96 * 16);
    assert_eq!(i64::from(issued.first_window), world.now().as_secs() / 900);
    let phone = phone_id.parse().unwrap();
    assert_eq!(world.shown_by(phone).0, issued.tokens[..16]);

    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    backend.revoke_phone(customer::RevokePhoneRequest { phone_id: phone_id.clone() }).await.unwrap();
    assert_eq!(tablet.removed().await, visit_id, "nothing else says that the customer is here");
    let before = world.store.visits_of(&id).await.unwrap();
    assert_eq!(before[0].ended, Some(world.now()));
    world.pass(60);
    agent.still_here(&mut world, phone).await;
    assert_eq!(world.store.visits_of(&id).await.unwrap(), before);
    assert_eq!(backend.issue_tokens(issue(1)).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_revoked_phone_takes_its_guest_off_also_after_leaving() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (_, other) = world.customer("Other", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    for guest in [other, phone] {
        agent.entered(&mut world, guest).await;
        tablet.row().await;
        world.pass(1);
        let token = world.shown_by(guest);
        let left = agent.event(&world, token, shopbell_proto::edge::v1::PresenceKind::Left, 0);
        agent.report(&world, vec![left]).await;
    }
    tablet.row().await;
    let visit_id = tablet.row().await.visit_id;
    let revoke = customer::RevokePhoneRequest { phone_id: phone.to_string() };
    world.backend().await.revoke_phone(revoke).await.unwrap();
    assert_eq!(tablet.removed().await, visit_id);
    let (_, snapshot) = world.tablet("tom").await;
    assert_eq!(snapshot.guests.len(), 1, "nobody else's row goes");
}

#[tokio::test]
async fn a_new_customer_shares_nothing_and_gets_no_tokens() {
    let world = World::new().await;
    let mut backend = world.backend().await;
    let put = customer::PutCustomerRequest { customer_id: "new".to_owned(), name: "Nora".to_owned() };
    backend.put_customer(put).await.unwrap();
    let get = customer::GetSharingRequest { customer_id: "new".to_owned() };
    let sharing = backend.get_sharing(get).await.unwrap().into_inner().sharing.unwrap();
    assert_eq!(sharing.level(), customer::SharingLevel::Invisible);
    let register = customer::RegisterPhoneRequest { customer_id: "new".to_owned() };
    let phone_id = backend.register_phone(register).await.unwrap().into_inner().phone_id;
    let refused = backend.issue_tokens(customer::IssueTokensRequest { phone_id, days: 1 }).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let unknown = customer::RegisterPhoneRequest { customer_id: "nobody".to_owned() };
    assert_eq!(backend.register_phone(unknown).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn what_was_heard_without_consent_is_not_kept_when_it_is_told_after_a_new_one() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Invisible).await;
    let mut agent = world.agent("lyon-door").await;
    world.pass(60);
    let token = world.shown_by(phone);
    world.backend().await.set_sharing(sharing(&id, customer::SharingLevel::Present, None)).await.unwrap();
    world.pass(10);
    // A restart must not forget it either.
    let boot = agent.boot;
    drop(agent);
    let mut world = world.restart().await;
    agent = crate::clients::Agent::open(&world, "lyon-door", boot, 0).await;
    let late = agent.event(&world, token, shopbell_proto::edge::v1::PresenceKind::Entered, 20);
    agent.report(&world, vec![late]).await;
    assert!(world.store.visits_of(&id).await.unwrap().is_empty());
    agent.still_here(&mut world, phone).await;
    let visit = world.store.visits_of(&id).await.unwrap().remove(0);
    assert_eq!(visit.began, world.now(), "what is heard since is a visit");
}

#[tokio::test]
async fn help_is_for_who_may_be_seen_and_goes_with_the_withdrawal() {
    let world = World::new().await;
    let (id, _) = world.customer("Camille", SharingLevel::Counted).await;
    let mut backend = world.backend().await;
    let wanted = |wanted| customer::SetHelpWantedRequest { customer_id: id.to_string(), wanted };
    let refused = backend.set_help_wanted(wanted(true)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    backend.set_help_wanted(wanted(false)).await.unwrap();
    backend.set_sharing(sharing(&id, customer::SharingLevel::Present, None)).await.unwrap();
    backend.set_help_wanted(wanted(true)).await.unwrap();
    let kept = || async { world.store.customer(&id).await.unwrap().unwrap().help_since };
    assert_eq!(kept().await, Some(world.now()));
    backend.set_sharing(sharing(&id, customer::SharingLevel::Counted, None)).await.unwrap();
    assert_eq!(kept().await, None);
}

#[tokio::test]
async fn sharing_less_says_nothing_of_being_left_alone_or_of_the_name() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Browsing).await;
    let (_, other) = world.customer("Other", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let until = world.now() + std::time::Duration::from_secs(600);
    let mut backend = world.backend().await;
    backend.set_sharing(sharing(&id, customer::SharingLevel::Browsing, Some(until))).await.unwrap();
    assert_eq!(tablet.removed().await, visit_id);
    backend.set_sharing(only_level(&id, customer::SharingLevel::Present)).await.unwrap();
    agent.still_here(&mut world, phone).await;
    agent.entered(&mut world, other).await;
    assert_eq!(tablet.row().await.display_name.as_deref(), Some("Other"), "Camille stays alone");
    let get = customer::GetSharingRequest { customer_id: id.to_string() };
    let stored = backend.get_sharing(get).await.unwrap().into_inner().sharing.unwrap();
    assert_eq!(stored, sharing(&id, customer::SharingLevel::Present, Some(until)).sharing.unwrap());

    let over = world.now() - std::time::Duration::from_secs(1);
    backend.set_sharing(sharing(&id, customer::SharingLevel::Present, Some(over))).await.unwrap();
    let row = tablet.row().await;
    assert_eq!(
        (row.visit_id, row.display_name.as_deref()),
        (visit_id, Some("Camille")),
        "a time that is over"
    );
}

#[tokio::test]
async fn a_time_to_be_left_alone_is_a_time() {
    let world = World::new().await;
    let (id, _) = world.customer("Camille", SharingLevel::Present).await;
    let mut backend = world.backend().await;
    for millis in [-5, 0, 1, world.now().as_secs(), 4_102_444_800_000, i64::MAX, i64::MIN] {
        let odd = sharing(&id, customer::SharingLevel::Present, Some(Timestamp::from_millis(millis)));
        let refused = backend.set_sharing(odd).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{millis}");
        assert!(refused.message().contains("sharing.alone_until_ms"), "{}", refused.message());
        assert!(refused.message().contains("milliseconds"), "{}", refused.message());
    }
    assert_eq!(world.store.customer(&id).await.unwrap().unwrap().consent.sharing.alone_until, None);
}

#[tokio::test]
async fn a_phone_that_nobody_registered_is_not_revoked() {
    let world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut backend = world.backend().await;
    let revoke =
        |phone: shopbell_domain::id::PhoneId| customer::RevokePhoneRequest { phone_id: phone.to_string() };
    let unknown = backend.revoke_phone(revoke(shopbell_domain::id::PhoneId(0xdead))).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.message()), (Code::NotFound, "there is no such phone"));
    backend.revoke_phone(revoke(phone)).await.unwrap();
    backend.revoke_phone(revoke(phone)).await.unwrap();
}

#[tokio::test]
async fn a_wish_for_help_that_counts_no_more_gives_way_to_a_new_one() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut backend = world.backend().await;
    let help = customer::SetHelpWantedRequest { customer_id: id.to_string(), wanted: true };
    backend.set_help_wanted(help.clone()).await.unwrap();
    world.pass(31 * 60);
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    assert_eq!(tablet.row().await.help_since_ms, None, "asked long before the visit");
    backend.set_help_wanted(help.clone()).await.unwrap();
    let asked = world.now();
    assert_eq!(tablet.row().await.help_since_ms, Some(asked.as_millis()));
    for _ in 0..8 {
        world.pass(5 * 60);
        agent.still_here(&mut world, phone).await;
    }
    backend.set_help_wanted(help).await.unwrap();
    let row = tablet.vouched_row().await;
    assert_eq!(
        row.help_since_ms,
        Some(asked.as_millis()),
        "asked twice in one visit is once, at the first time"
    );
}

#[tokio::test]
async fn a_wish_for_help_ends_with_its_visit() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut backend = world.backend().await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let first = tablet.row().await.visit_id;
    let help = customer::SetHelpWantedRequest { customer_id: id.to_string(), wanted: true };
    backend.set_help_wanted(help).await.unwrap();
    assert!(tablet.row().await.help_since_ms.is_some());
    world.pass(60);
    let token = world.shown_by(phone);
    let left = agent.event(&world, token, shopbell_proto::edge::v1::PresenceKind::Left, 0);
    agent.report(&world, vec![left]).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Left);
    world.pass(11 * 60);
    let store = &world.store;
    world
        .eventually("the wish has ended", || async {
            store.customer(&id).await.unwrap().unwrap().help_since.is_none().then_some(())
        })
        .await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    loop {
        let row = tablet.row().await;
        if row.visit_id != first {
            assert_eq!(row.help_since_ms, None, "a new visit, for which nobody asked anything");
            break;
        }
    }
}
