//! How far each kind of source is believed.

use super::*;

#[tokio::test]
async fn who_has_a_pages_key_cannot_call_anothers_card_their_own() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let by_card = json!({ "context": { "traits": { "loyalty_number": "L-106" } } });
    let mut claim =
        json!({ "userId": "eve", "anonymousId": "b-eve", "traits": { "loyalty_number": "L-106" } });
    claim["type"] = "identify".into();
    claim["timestamp"] = "1991-01-01T00:00:00Z".into();
    desk.take(&[wish("coat", 1, &by_card), message("page", "x1", claim.clone())]).await;
    assert!(desk.wishes("eve").await.is_empty(), "a claim by the page's key");
    // The same by the web shop's own server holds, and the page's key still ties the browser.
    desk.take(&[message("web", "x2", claim), wish("hat", 2, &json!({ "anonymousId": "b-eve" }))]).await;
    assert_eq!(desk.wishes("eve").await, ["hat", "coat"]);
}

#[tokio::test]
async fn a_tablet_of_many_joins_nobody_and_nothing_is_lost() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let on_tablet = |name: &str, who: &Value| {
        let wished = wish(name, 1, who);
        Message { id: EventId { source: SourceId::new("tablet").unwrap(), ..wished.id }, ..wished }
    };
    desk.take(&[
        on_tablet("p1", &json!({ "anonymousId": "t1" })),
        on_tablet("p2", &json!({ "anonymousId": "t1", "userId": "anna" })),
        wish("p3", 3, &json!({ "anonymousId": "t1" })),
    ])
    .await;
    assert_eq!(desk.wishes("anna").await, ["p2"]);
    assert_eq!(desk.store.failed(None, 10).await.unwrap(), []);
    let report = desk.store.check(|_| ()).await.unwrap();
    assert_eq!((report.records.get("event"), report.records.get("evidence")), (Some(&3), None));
}
