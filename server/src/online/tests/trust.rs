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

const DAY: i64 = 86_400_000;

/// Anna signs in on a browser, so many days from now.
fn signs_in(source: &str, browser: &str, day: i64) -> Message {
    let body = json!({ "type": "identify", "userId": "anna", "anonymousId": browser });
    let received = Timestamp::from_millis(NOW + day * DAY);
    Message { received, ..message(source, &format!("{browser}-{day}"), body) }
}

fn flood(day: i64) -> Vec<Message> {
    (0..120).map(|n| signs_in("page", &format!("x{day}-{n}"), day)).collect()
}

async fn wishes_by(desk: &Desk, browser: &str) -> bool {
    desk.take(&[wish(&format!("of-{browser}"), 30, &json!({ "anonymousId": browser }))]).await;
    // What rests after a flood.
    desk.clock.advance(Duration::from_secs(60));
    desk.applier.refresh().await.unwrap();
    desk.wishes("anna").await.contains(&format!("of-{browser}"))
}

/// Anybody may post what a page posts: made-up browsers fill neither a day's places for long nor all of them ever.
#[tokio::test]
async fn a_flood_of_browsers_leaves_places_to_the_customers_own() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    desk.take(&[signs_in("page", "home", 0)]).await;
    desk.take(&flood(0)).await;
    assert!(wishes_by(&desk, "home").await, "who was there stays");
    assert!(wishes_by(&desk, "x0-8").await && !wishes_by(&desk, "x0-9").await, "ten a day");
    assert_eq!(desk.metrics.newcomers_turned_away.get(), 111);
    desk.take(&[signs_in("page", "work", 0)]).await;
    assert!(!wishes_by(&desk, "work").await, "the day's places are taken");
    desk.take(&[signs_in("web", "work", 0)]).await;
    assert!(wishes_by(&desk, "work").await, "who is believed has places");
    desk.take(&[signs_in("page", "phone", 1)]).await;
    assert!(wishes_by(&desk, "phone").await, "the next day too");
    for day in 1..12 {
        desk.take(&flood(day)).await;
    }
    desk.take(&[signs_in("page", "late", 12), signs_in("web", "laptop", 12)]).await;
    assert!(!wishes_by(&desk, "late").await, "pages have three quarters of the places");
    assert!(wishes_by(&desk, "laptop").await, "and who is believed the rest");
    assert!(wishes_by(&desk, "home").await && wishes_by(&desk, "work").await);
}

#[tokio::test]
async fn what_a_page_says_too_much_still_counts_for_the_customer() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    desk.take(&flood(0)).await;
    let wished = json!({ "userId": "anna", "anonymousId": "one-more" });
    let mut told = wish("coat", 30, &wished);
    told.id.source = SourceId::new("page").unwrap();
    desk.take(&[told]).await;
    assert_eq!(desk.wishes("anna").await, ["coat"]);
}

/// A page view with Global Privacy Control.
fn asks(source: &str, name: &str, who: &Value) -> Message {
    let mut body = who.clone();
    body["type"] = "page".into();
    body["context"] = json!({ "globalPrivacyControl": true });
    message(source, name, body)
}

#[tokio::test]
async fn a_browser_asks_for_privacy_for_whom_it_is_vouched_to_be() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let asked = || desk.told.1.lock().unwrap().iter().map(|(who, _)| who.to_string()).collect::<Vec<_>>();
    let both = json!({ "userId": "anna", "anonymousId": "home" });
    desk.take(&[
        asks("page", "g1", &json!({ "userId": "anna" })),
        asks("page", "g2", &both),
        asks("page", "g3", &json!({ "anonymousId": "home" })),
    ])
    .await;
    assert_eq!(asked(), [""; 0], "a page says so, of whomever it likes");
    desk.take(&[signs_in("web", "home", 0), asks("page", "g4", &both)]).await;
    assert_eq!(asked(), ["anna"], "the web shop's server has said whose browser it is");
    desk.told.1.lock().unwrap().clear();
    desk.take(&[asks("page", "g5", &json!({ "anonymousId": "home" }))]).await;
    assert_eq!(asked(), ["anna"], "it need not name her");
    desk.told.1.lock().unwrap().clear();
    desk.take(&[asks("page", "g6", &json!({ "userId": "bo", "anonymousId": "elsewhere" }))]).await;
    assert_eq!(asked(), [""; 0]);
    desk.take(&[asks("web", "g7", &json!({ "userId": "anna" }))]).await;
    assert_eq!(asked(), ["anna"], "who is believed is believed");
    // Taken back, the browser speaks for nobody.
    desk.told.1.lock().unwrap().clear();
    let pair = Retracted::Pair(Pair::new(customer("anna"), browser("home")));
    assert!(desk.applier.decided(retract(pair)).await.unwrap());
    desk.told.1.lock().unwrap().clear();
    desk.take(&[asks("page", "g8", &json!({ "anonymousId": "home" }))]).await;
    assert_eq!(asked(), [""; 0]);
}
