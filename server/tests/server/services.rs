//! What waits in a shop, from the web shop's event to the card of the associate who stands before the customer.

use shopbell_domain::{consent::SharingLevel, id::SourceId};
use shopbell_proto::{
    customer::v1::{self as customer, event_service_client::EventServiceClient},
    floor::v1::{self as floor},
};
use shopbell_server::config::{Config, Source, SourceKind, TokenHash};

use crate::world::{Bearer, World, config};

const BACKEND: &str = "key-of-the-backend";

pub(crate) fn settings() -> Config {
    let mut settings = config(&[]);
    settings.sources.push(Source {
        id: SourceId::new("web").unwrap(),
        name: "web".to_owned(),
        write_key_sha256: TokenHash::of(BACKEND),
        kind: SourceKind::Backend,
        origins: std::collections::BTreeSet::new(),
        currency: None,
    });
    settings
}

pub(crate) async fn tell(world: &World, who: &str, number: u32, name: &str, properties: serde_json::Value) {
    use shopbell_domain::inbox::Inbox as _;
    let json = serde_json::json!({
        "type": "track", "messageId": format!("{who}-{number}"), "userId": who, "event": name, "properties": properties,
    });
    let mut events = EventServiceClient::with_interceptor(world.channel().await, Bearer(BACKEND.to_owned()));
    let event = customer::SendEventsRequest { json: json.to_string().into_bytes() };
    events.send_events(tokio_stream::iter([event])).await.unwrap();
    let inbox = &world.store;
    world.eventually("it is taken up", async || (inbox.backlog().await.unwrap() == 0).then_some(())).await;
}

#[tokio::test]
async fn an_order_that_waits_here_is_on_the_card_until_it_is_handed_over() {
    let mut world = World::of(&settings()).await;
    for (name, level, shown) in
        [("Camille", SharingLevel::Purchases, true), ("Louise", SharingLevel::Wishes, false)]
    {
        let (id, phone) = world.customer(name, level).await;
        let (mut tablet, _) = world.tablet("ines").await;
        world.agent("lyon-door").await.entered(&mut world, phone).await;
        let visit = loop {
            let row = tablet.row().await;
            if row.display_name.as_deref() == Some(name) {
                break row.visit_id;
            }
        };
        let mut ines = world.floor("ines").await;
        let greet =
            floor::SetGreetedRequest { visit_id: visit.clone(), greeted: true, language: String::new() };
        ines.set_greeted(greet).await.unwrap();
        let mut card = async || {
            let get = floor::GetCardRequest { visit_id: visit.clone(), language: String::new() };
            ines.get_card(get).await.unwrap().into_inner().card.unwrap()
        };
        let parcel = |more: serde_json::Value| {
            let mut told = serde_json::json!({ "order_id": "o-7" });
            told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            told
        };

        let robe = serde_json::json!({ "store": "LYON", "products": [{ "product_id": "p-1", "name": "Robe Alba" }] });
        tell(&world, id.as_str(), 1, "Order Ready for Pickup", parcel(robe)).await;
        let services = card().await.services;
        assert_eq!(services.len(), usize::from(shown), "{name}: {services:?}");
        if let Some(waits) = services.first() {
            assert_eq!((waits.kind(), waits.step()), (floor::ServiceKind::PickUp, floor::ServiceStep::Ready));
            assert_eq!((waits.is_here, waits.store.as_str()), (true, "Lyon"));
            assert_eq!(
                (waits.items.as_slice(), waits.source()),
                (["Robe Alba".to_owned()].as_slice(), floor::FactSource::Web)
            );
        }

        tell(&world, id.as_str(), 2, "Order Picked Up", parcel(serde_json::json!({}))).await;
        assert!(card().await.services.is_empty(), "{name}");
    }
}
