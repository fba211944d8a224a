//! Who is believed about orders, through all the layers: the source's kind, the reading, the fold.

use super::*;

fn order(source: &str, name: &str, minute: u32, event: &str, properties: &Value) -> Message {
    let mut properties = properties.clone();
    properties["order_id"] = "o1".into();
    let body = json!({
        "type": "track", "event": event, "userId": "anna", "properties": properties,
        "timestamp": format!("2026-10-01T10:{minute:02}:00Z"),
    });
    message(source, name, body)
}

#[tokio::test]
async fn a_pages_key_cannot_rewrite_refund_or_cancel_what_a_till_told() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let bought = json!({ "products": [{ "product_id": "coat", "quantity": 1 }] });
    let lie = json!({ "products": [{ "product_id": "sock", "quantity": 9 }] });
    let all = [
        order("page", "x1", 1, "Order Completed", &lie),
        order("page", "x2", 2, "Order Refunded", &json!({})),
        order("till", "t1", 3, "Order Completed", &bought),
        order("page", "x3", 4, "Order Updated", &lie),
        order("page", "x4", 5, "Order Refunded", &json!({})),
        order("page", "x5", 6, "Order Cancelled", &json!({})),
    ];
    desk.take(&all[..1]).await;
    let told = desk.profile("anna").await.orders;
    assert_eq!(told[0].source, shopbell_domain::profile::Source::Page, "the page's word, and no till's");
    desk.take(&all[1..]).await;
    let profile = desk.profile("anna").await;
    assert_eq!((profile.order_count, profile.orders[0].source), (1, shopbell_domain::profile::Source::Till));
    assert_eq!(
        (profile.orders[0].lines[0].product.as_str(), profile.orders[0].lines[0].quantity),
        ("coat", 1)
    );
    assert_eq!((profile.lifetime.refunds, profile.lifetime.cancelled), (0, 0));
    desk.take(&[order("till", "t2", 7, "Order Cancelled", &json!({}))]).await;
    assert_eq!(desk.profile("anna").await.order_count, 0, "the till may");
}

/// Evidence is taken oldest first: who could choose the date would come before everybody.
#[tokio::test]
async fn a_page_cannot_come_first_by_a_made_up_date() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let mut claims: Vec<Message> = Vec::new();
    for n in 0..120 {
        let body = json!({ "type": "identify", "userId": "anna", "anonymousId": format!("x{n}"), "timestamp": "1991-01-01T00:00:00Z" });
        let received = Timestamp::from_millis(NOW + 1_000);
        claims.push(Message { received, ..message("page", &format!("x{n}"), body) });
    }
    desk.take(&claims).await;
    // Her own browser, which the page told before the flood came, is hers whatever the flood says of its own age.
    let own = json!({ "type": "identify", "userId": "anna", "anonymousId": "home", "timestamp": "2026-10-01T11:00:00Z" });
    desk.take(&[message("page", "own", own), wish("coat", 30, &json!({ "anonymousId": "home" }))]).await;
    assert_eq!(desk.wishes("anna").await, ["coat"]);
}
