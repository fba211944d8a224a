//! What stops being true by time alone goes off open cards: nothing is told here but by the clock.

use std::time::Duration;

use shopbell_domain::{
    catalogue::{Price, Product, Sale},
    consent::SharingLevel,
    id::ProductId,
    money::Money,
    ports::{Change, Imports as _},
    time::Timestamp,
};
use shopbell_proto::floor::v1 as floor;

use crate::{
    clients::{Agent, Tablet},
    services,
    world::{World, charter_file, config},
};

/// A guest whom Inès has met, and the row since then.
struct Met {
    tablet: Tablet,
    row: floor::Guest,
    // The guest stays as long as the agent does.
    _door: Agent,
}

async fn meet(world: &mut World, phone: shopbell_domain::id::PhoneId) -> Met {
    let (mut tablet, _) = world.tablet("ines").await;
    let mut door = world.agent("lyon-door").await;
    door.entered(world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let request = floor::SetGreetedRequest { visit_id, greeted: true, language: "en".to_owned() };
    world.floor("ines").await.set_greeted(request).await.unwrap();
    let row = tablet.row().await;
    Met { tablet, row, _door: door }
}

impl Met {
    async fn card(&self, world: &World) -> floor::Card {
        let request =
            floor::GetCardRequest { visit_id: self.row.visit_id.clone(), language: "en".to_owned() };
        world.floor("ines").await.get_card(request).await.unwrap().into_inner().card.unwrap()
    }

    /// The row moves, and asks for the card to be fetched anew. It may move before that for what the row tells itself.
    async fn is_renewed(&mut self) {
        let before = self.row.card_revision;
        while self.row.card_revision == before {
            self.row = self.tablet.row().await;
        }
        assert_eq!(self.row.card_revision, before + 1);
    }
}

async fn put_on_sale(world: &World, from: Timestamp, until: Timestamp) {
    let euros = |units: i64| Money { minor: units * 100, currency: "EUR".parse().unwrap() };
    let sale = Sale { price: euros(40), from: Some(from), until: Some(until) };
    let price = Some(Price { regular: euros(100), sale: Some(sale) });
    let coat = Product::new(ProductId::new("coat").unwrap(), "Linen coat", "Coats");
    world.store.apply(vec![Change::Product(Product { price, ..coat })]).await.unwrap();
}

#[tokio::test]
async fn a_sale_begins_and_ends_on_the_open_card() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    crate::floor::wish(&world, &id).await;
    let in_secs = |secs| world.now() + Duration::from_secs(secs);
    put_on_sale(&world, in_secs(20), in_secs(50)).await;
    let mut met = meet(&mut world, phone).await;
    let price = |card: floor::Card| card.wish_list[0].price.as_ref().unwrap().minor;
    assert_eq!(price(met.card(&world).await), 10_000);
    world.pass(20);
    met.is_renewed().await;
    assert_eq!(price(met.card(&world).await), 4_000);
    world.pass(30);
    met.is_renewed().await;
    assert_eq!(price(met.card(&world).await), 10_000);
}

/// The world's clock shows the afternoon of 18 November 2026 in Europe, its morning in California.
#[tokio::test]
async fn a_day_without_a_time_is_waited_through_where_the_shop_is() {
    for (zone, end) in [("Europe/Paris", 1_795_042_799_999), ("America/Los_Angeles", 1_795_075_199_999)] {
        let mut settings = services::settings();
        settings.shops[0].time_zone = Some(zone.to_owned());
        let mut world = World::of(&settings).await;
        let (id, phone) = world.customer("Camille", SharingLevel::Purchases).await;
        let parcel = serde_json::json!({ "order_id": "o-7", "store": "LYON", "until": "2026-11-18" });
        services::tell(&world, id.as_str(), 1, "Order Ready for Pickup", parcel).await;
        let met = meet(&mut world, phone).await;
        let card = met.card(&world).await;
        assert_eq!(card.services[0].until_ms, Some(end), "{zone}");
        let ready = card.starters.iter().find(|one| one.kind() == floor::StarterKind::OrderReady).unwrap();
        assert!(ready.reason.ends_with("is kept until the end of today."), "{zone}: {}", ready.reason);
    }
}

#[tokio::test]
async fn what_waits_no_longer_goes_off_the_open_card() {
    let mut world = World::of(&services::settings()).await;
    let (id, phone) = world.customer("Camille", SharingLevel::Purchases).await;
    let until = (world.now() + Duration::from_secs(30)).as_millis();
    let parcel = serde_json::json!({ "order_id": "o-7", "store": "LYON", "until": until });
    services::tell(&world, id.as_str(), 1, "Order Ready for Pickup", parcel).await;
    let mut met = meet(&mut world, phone).await;
    let open = met.card(&world).await;
    assert_eq!(open.services.len(), 1);
    assert!(open.starters.iter().any(|one| one.kind() == floor::StarterKind::OrderReady));
    world.pass(31);
    met.is_renewed().await;
    let over = met.card(&world).await;
    assert_eq!(over.services, []);
    assert!(!over.starters.iter().any(|one| one.kind() == floor::StarterKind::OrderReady));
}

/// The world's clock shows 14:53:20 in Paris.
#[tokio::test]
async fn a_quiet_time_of_the_charter_begins_and_ends_on_the_open_card() {
    let changes = [
        ("holdout_share = 0.05", "holdout_share = 0"),
        ("quiet_for = \"15s\"", "quiet_for = \"0s\""),
        ("[control]", "[[quiet]]\nfrom = \"14:54\"\nuntil = \"14:56\"\n\n[control]"),
    ];
    let file = charter_file("quiet-time", &changes);
    let mut settings = config(&[&format!("charter.file={}", file.display())]);
    settings.shops.iter_mut().for_each(|shop| shop.time_zone = Some("Europe/Paris".to_owned()));
    let mut world = World::of(&settings).await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    crate::floor::wish(&world, &id).await;
    let mut met = meet(&mut world, phone).await;
    let kinds = |card: floor::Card| -> Vec<_> { card.starters.iter().map(floor::Starter::kind).collect() };
    assert_eq!(kinds(met.card(&world).await), [floor::StarterKind::WishArrived]);
    world.pass(40);
    met.is_renewed().await;
    assert_eq!(kinds(met.card(&world).await), []);
    world.pass(120);
    met.is_renewed().await;
    assert_eq!(kinds(met.card(&world).await), [floor::StarterKind::WishArrived]);
}
