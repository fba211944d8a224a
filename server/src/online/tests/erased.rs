//! What comes of an order later, when its customer was erased.

use shopbell_domain::rights::port::{Erasure, Forgetting as _, Reason};

use super::*;

/// When Anna was erased: a minute ago.
const ERASED: Timestamp = Timestamp::from_millis(NOW - 60_000);

fn of_order(event: &str, order: &str, who: &str, at: i64) -> Message {
    told_by("web", event, order, who, at)
}

fn told_by(source: &str, event: &str, order: &str, who: &str, at: i64) -> Message {
    let body = json!({
        "type": "track", "event": event, "userId": who, "timestamp": at,
        "properties": { "order_id": order, "products": [{ "product_id": "coat" }] },
    });
    message(source, &format!("{event}-{order}-{who}-{at}"), body)
}

async fn orders(desk: &Desk, who: &str) -> Vec<String> {
    desk.profile(who).await.orders.iter().map(|order| order.id.to_string()).collect()
}

#[tokio::test]
async fn an_order_that_was_erased_does_not_bring_its_customer_back() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let before = ERASED.as_millis() - 60_000;
    desk.take(&[
        of_order("Order Completed", "o1", "anna", before),
        of_order("Order Completed", "o2", "ben", before),
    ])
    .await;
    let erasure = Erasure { reason: Reason::Request, receipt: 1, at: ERASED };
    desk.store.forget(vec![customer("anna")], erasure).await.unwrap();
    let later = NOW - 1_000;
    for event in ["Order Updated", "Order Refunded", "Order Cancelled", "Order Completed"] {
        desk.take(&[of_order(event, "o1", "anna", later)]).await;
        assert_eq!(orders(&desk, "anna").await, [""; 0], "{event}");
        assert!(desk.store.events_of(&customer("anna")).await.unwrap().is_empty(), "{event}");
    }
    // Who comes back is new; and somebody else's order is not hers, whatever its number.
    desk.take(&[
        of_order("Order Completed", "o3", "anna", later),
        of_order("Order Updated", "o2", "ben", later),
        of_order("Order Completed", "o1", "cleo", later),
    ])
    .await;
    assert_eq!(orders(&desk, "anna").await, ["o3"]);
    assert_eq!(orders(&desk, "ben").await, ["o2"]);
    assert_eq!(orders(&desk, "cleo").await, ["o1"]);
}

#[tokio::test]
async fn whoever_tells_of_an_erased_order_brings_nobody_back() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let (before, later) = (ERASED.as_millis() - 60_000, NOW - 1_000);
    desk.take(&[
        told_by("till", "Order Completed", "o1", "anna", before),
        told_by("page", "Order Completed", "o2", "anna", before),
    ])
    .await;
    let erasure = Erasure { reason: Reason::Request, receipt: 1, at: ERASED };
    desk.store.forget(vec![customer("anna")], erasure).await.unwrap();
    // One that is believed told of it: it is the same order for all of them, and for a page.
    for (source, order) in [("web", "o1"), ("till", "o1"), ("page", "o1"), ("page", "o2")] {
        for event in ["Order Updated", "Order Refunded", "Order Cancelled"] {
            desk.take(&[told_by(source, event, order, "anna", later)]).await;
            let known = desk.store.events_of(&customer("anna")).await.unwrap();
            assert!(known.is_empty(), "{source}: {event} of {order}");
        }
    }
    // What a page says is no ground to keep out what is believed: it may be anybody's word about orders to come.
    desk.take(&[told_by("web", "Order Completed", "o2", "anna", later)]).await;
    assert_eq!(orders(&desk, "anna").await, ["o2"]);
}
