//! Who is suppressed gives nothing more, and takes away whatever they like; and what the disk refused is written later.

use std::sync::atomic::Ordering;

use shopbell_domain::{
    consent::{Collection, SharingLevel, port::Consents as _},
    identity::Identifier,
    ports::Customers as _,
    rights::port::Gate as _,
};
use shopbell_proto::customer::v1 as customer;
use tonic::Code;

use crate::{refusing::refusing_world, world::World};

fn sharing(id: &str, level: customer::SharingLevel) -> customer::SetSharingRequest {
    let sharing = customer::Sharing { level: level.into(), ..customer::Sharing::default() };
    customer::SetSharingRequest { customer_id: id.to_owned(), sharing: Some(sharing) }
}

#[tokio::test]
async fn nothing_comes_in_of_who_is_suppressed_and_everything_can_be_taken_away() {
    let world = World::new().await;
    let (id, _) = world.customer("Camille", SharingLevel::Purchases).await;
    let named = Identifier::from(&id);
    world.store.suppress(&named, &[]).await.unwrap();
    let mut backend = world.backend().await;
    let put = customer::PutCustomerRequest { customer_id: id.to_string(), name: "Camille B.".to_owned() };
    let phone = customer::RegisterPhoneRequest { customer_id: id.to_string() };
    for refused in [
        backend.put_customer(put.clone()).await.unwrap_err(),
        backend.register_phone(phone.clone()).await.unwrap_err(),
        backend.set_sharing(sharing(id.as_str(), customer::SharingLevel::Browsing)).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        assert!(refused.message().contains("UNSUPPRESS"), "it names the way out: {refused}");
    }
    let known = world.store.customer(&id).await.unwrap().unwrap();
    assert_eq!(
        (known.name.reveal().as_str(), known.consent.sharing.level),
        ("Camille", SharingLevel::Purchases)
    );
    backend.set_sharing(sharing(id.as_str(), customer::SharingLevel::Present)).await.unwrap();
    backend.set_sharing(sharing(id.as_str(), customer::SharingLevel::Invisible)).await.unwrap();
    let refused =
        backend.set_sharing(sharing(id.as_str(), customer::SharingLevel::Present)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "the way back is not open");
    world.store.lift(&named).await.unwrap();
    backend.set_sharing(sharing(id.as_str(), customer::SharingLevel::Present)).await.unwrap();
    backend.put_customer(put).await.unwrap();
    backend.register_phone(phone).await.unwrap();
}

#[tokio::test]
async fn a_withdrawal_that_the_disk_refused_is_written_when_it_takes_it() {
    let (world, refuses) = refusing_world().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Purchases).await;
    let before = world.store.history(&id).await.unwrap().len();
    refuses.store(true, Ordering::SeqCst);
    let mut backend = world.backend().await;
    for _ in 0..2 {
        let status =
            backend.set_sharing(sharing(id.as_str(), customer::SharingLevel::Invisible)).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
    let revoke = customer::RevokePhoneRequest { phone_id: phone.to_string() };
    assert_eq!(backend.revoke_phone(revoke).await.unwrap_err().code(), Code::Unavailable);
    let refused_at = world.now();
    world.pass(60);
    refuses.store(false, Ordering::SeqCst);
    let store = &world.store;
    world
        .eventually("the withdrawal is on disk", || async {
            let level = store.customer(&id).await.unwrap().unwrap().consent.sharing.level;
            (level == SharingLevel::Invisible).then_some(())
        })
        .await;
    world
        .eventually("the phone is revoked", || async {
            store.phone_owner(phone).await.unwrap().is_none().then_some(())
        })
        .await;
    let proofs = store.history(&id).await.unwrap();
    assert_eq!(proofs.len(), before + 1, "said twice, it is one decision");
    let proof = proofs.last().unwrap();
    assert_eq!((proof.at, proof.told.how), (refused_at, Collection::NotTold), "of the time when it was said");
}
