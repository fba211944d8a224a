//! What cannot be used.

use super::*;

#[tokio::test]
async fn what_cannot_be_used_is_kept_mended_and_taken_up() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let bad =
        json!({ "type": "track", "event": "Product Added to Wishlist", "userId": "anna", "properties": {} });
    let nobodys = json!({ "type": "track", "event": "x", "anonymousId": "null" });
    desk.take(&[
        message("web", "bad", bad.clone()),
        message("web", "nobodys", nobodys),
        wish("p1", 1, &json!({ "userId": "anna" })),
    ])
    .await;
    let failed = desk.store.failed(None, 10).await.unwrap();
    let reasons: Vec<&str> = failed.iter().map(|failed| failed.failure.reason.as_str()).collect();
    assert_eq!(reasons, ["missing_product_id", "no_identifier"]);
    assert_eq!(desk.wishes("anna").await, ["p1"], "the others do not suffer");
    let mut mended = bad;
    mended["properties"]["product_id"] = "p2".into();
    mended["messageId"] = "bad".into();
    let body = Redacted::new(mended.to_string().into_bytes());
    assert!(desk.inbox.retry(failed[0].number, Some(body)).await.unwrap());
    desk.take(&[]).await;
    assert_eq!(desk.wishes("anna").await, ["p2", "p1"]);
    assert_eq!(desk.store.failed(None, 10).await.unwrap().len(), 1);
}
